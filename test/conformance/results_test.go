package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// verdict is what became of one SDK's calls of one endpoint.
type verdict struct {
	Success string   `json:"success,omitempty"` // pass or fail
	Refusal string   `json:"refusal,omitempty"`
	Codes   []string `json:"codes,omitempty"` // the refusals that came as expected
}

// row is one endpoint, push or notice with the verdicts by SDK.
type row struct {
	Group    string              `json:"group"`
	Call     string              `json:"call"`
	Title    string              `json:"title"`
	Fidelity string              `json:"fidelity,omitempty"`
	Verdicts map[string]*verdict `json:"verdicts"`
}

// book collects the verdicts.
type book struct {
	rows   []*row
	sdks   []string
	absent []string // calls of an SDK that the simulator does not offer
}

const sent = "推送与通知 Pushes and notices"

func newBook(offers []offer) *book {
	b := &book{}
	for _, o := range offers {
		b.rows = append(b.rows, &row{Group: o.Group, Call: o.Pattern, Title: o.Title, Fidelity: o.Fidelity, Verdicts: map[string]*verdict{}})
	}
	return b
}

func (b *book) row(call string) *row {
	for _, r := range b.rows {
		if r.Call == call {
			return r
		}
	}
	r := &row{Group: sent, Call: call, Verdicts: map[string]*verdict{}}
	b.rows = append(b.rows, r)
	return r
}

// missing notes a call that an SDK makes and the simulator does not offer.
func (b *book) missing(one trial) {
	if line := fmt.Sprintf("| `%s` | %s |", one.Call, one.SDK); !slices.Contains(b.absent, line) {
		b.absent = append(b.absent, line)
	}
}

func (b *book) note(one trial, part string, err error, t *testing.T) {
	t.Helper()
	if !slices.Contains(b.sdks, one.SDK) {
		b.sdks = append(b.sdks, one.SDK)
	}
	r := b.row(one.Call)
	v := r.Verdicts[one.SDK]
	if v == nil {
		v = &verdict{}
		r.Verdicts[one.SDK] = v
	}
	result := "pass"
	if err != nil {
		result = "fail"
		t.Errorf("%s %s, %s: %v", one.SDK, one.Call, part, err)
	}
	field := &v.Success
	if part == "refusal" {
		field = &v.Refusal
		if err == nil && !slices.Contains(v.Codes, one.Code) {
			v.Codes = append(v.Codes, one.Code)
		}
	}
	if *field != "fail" {
		*field = result
	}
}

// publish compares the files with what was found, or writes them.
func (b *book) publish(t *testing.T) {
	t.Helper()
	b.justify(t)
	raw, err := json.MarshalIndent(b.rows, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"RESULTS.json": append(raw, '\n'), "RESULTS.md": b.markdown()} {
		have, _ := os.ReadFile(name)
		if bytes.Equal(have, want) {
			continue
		}
		if !*update {
			t.Errorf("%s does not say what this run found; write it anew with: make conformance UPDATE=1", name)
			continue
		}
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *book) markdown() []byte {
	var out bytes.Buffer
	calls, covered := 0, 0
	for _, r := range b.rows {
		if !isPush(r.Call) {
			calls++
			if len(r.Verdicts) > 0 {
				covered++
			}
		}
	}
	fmt.Fprintf(&out, `# Third-party SDKs against the pocket WeChat

Written by the conformance run (%s), which fails when a trial fails or this file is out of date.
Every SDK is used unchanged, over a socket, against %s as a process of its own. %s: the call succeeded and the SDK itself
verified and understood the answer. A code: the call was refused as WeChat refuses it, with that code. %d of %d endpoints are driven.

`, "`make conformance`", "`shuke sim`", "✓", covered, calls)
	for _, g := range b.groups() {
		b.table(&out, g)
	}
	b.uncovered(&out)
	return out.Bytes()
}

func (b *book) groups() (names []string) {
	for _, r := range b.rows {
		if !slices.Contains(names, r.Group) {
			names = append(names, r.Group)
		}
	}
	return names
}

func (b *book) table(out *bytes.Buffer, group string) {
	var rows []*row
	for _, r := range b.rows {
		if r.Group == group && len(r.Verdicts) > 0 {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return
	}
	var sdks []string
	for _, sdk := range b.sdks {
		if slices.ContainsFunc(rows, func(r *row) bool { return r.Verdicts[sdk] != nil }) {
			sdks = append(sdks, sdk)
		}
	}
	fmt.Fprintf(out, "## %s\n\n| call | document | %s |\n|---|---|%s\n", group, strings.Join(sdks, " | "), strings.Repeat("---|", len(sdks)))
	for _, r := range rows {
		fmt.Fprintf(out, "| `%s` | %s |", r.Call, r.Title)
		for _, sdk := range sdks {
			fmt.Fprintf(out, " %s |", r.Verdicts[sdk])
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
}

// silences say, by the beginning of a call or of its title, why no SDK of this suite makes it.
var silences = []struct{ begins, why string }{
	{"快递100 ", "a carrier service's API, not WeChat's: no SDK of this suite has it; the project's own client wechat/kuaidi100 drives it in the simulator's tests"},
	{"快递鸟 ", "a carrier service's API, not WeChat's: no SDK of this suite has it"},
	{"百度 ", adSilence},
	{"巨量引擎 ", adSilence},
	{"360 点睛 ", adSilence},
	{"快手 ", adSilence},
	{"腾讯广告 ", adSilence},
}

const adSilence = "an ad platform's API with a token of its own, not WeChat's: no SDK of this suite has it"

// halves say why a call is driven for success alone or for refusals alone.
var halves = map[string]string{
	"/cgi-bin/message/wxopen/template/uniform_send": "retired by WeChat: there is no success",
}

// silence is why nobody calls r; empty when no reason is known.
func silence(r *row) string {
	for _, s := range silences {
		if strings.HasPrefix(r.Title, s.begins) {
			return s.why
		}
	}
	return ""
}

// half tells what is missing of a call that is driven: its success or its refusal by any SDK.
func half(r *row) string {
	good, bad := false, false
	for _, v := range r.Verdicts {
		good, bad = good || v.Success == "pass", bad || v.Refusal == "pass"
	}
	switch {
	case !good:
		return "success"
	case !bad:
		return "refusal"
	}
	return ""
}

// justify fails the run when a call is undriven, or driven by half, and nothing says why.
func (b *book) justify(t *testing.T) {
	t.Helper()
	for _, r := range b.rows {
		switch {
		case len(r.Verdicts) == 0 && silence(r) == "":
			t.Errorf("%s %s is called by no SDK, and no reason is given", r.Call, r.Title)
		case len(r.Verdicts) > 0 && !isPush(r.Call) && half(r) != "" && halves[r.Call] == "":
			t.Errorf("%s %s: no SDK shows a %s, and no reason is given", r.Call, r.Title, half(r))
		}
	}
}

func (b *book) uncovered(out *bytes.Buffer) {
	fmt.Fprint(out, "## Not driven by an SDK\n\nOffered by the simulator, tested by its own tests, called by no SDK of this suite.\n\n| call | document | fidelity | why |\n|---|---|---|---|\n")
	for _, r := range b.rows {
		if len(r.Verdicts) == 0 {
			fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", r.Call, r.Title, r.Fidelity, silence(r))
		}
	}
	fmt.Fprint(out, "\nDriven by half:\n\n| call | document | missing | why |\n|---|---|---|---|\n")
	for _, r := range b.rows {
		if len(r.Verdicts) > 0 && !isPush(r.Call) && half(r) != "" {
			fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", r.Call, r.Title, half(r), halves[r.Call])
		}
	}
	if len(b.absent) > 0 {
		fmt.Fprintf(out, "\n## Called by an SDK, not offered\n\nTried by this suite; the simulator answers that it does not offer them.\n\n| call | SDK |\n|---|---|\n%s\n", strings.Join(b.absent, "\n"))
	}
}

// String is the cell of the table.
func (v *verdict) String() string {
	if v == nil {
		return ""
	}
	var parts []string
	if v.Success != "" {
		parts = append(parts, map[string]string{"pass": "✓", "fail": "✗"}[v.Success])
	}
	if v.Refusal == "fail" {
		parts = append(parts, "✗")
	}
	return strings.Join(append(parts, v.Codes...), " ")
}
