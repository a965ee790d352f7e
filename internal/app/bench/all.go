package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Aim is a bound that a figure shall keep.
type Aim struct {
	Field string  `json:"field"` // of the bench's answer
	Least float64 `json:"least,omitempty"`
	Most  float64 `json:"most,omitempty"`
	True  bool    `json:"true,omitempty"` // the field shall be true
	Unit  string  `json:"unit,omitempty"` // after the number
}

// Figure is a line of the table of what was promised.
type Figure struct {
	Name string `json:"name"`
	Run  string `json:"run"` // behind "shuke bench"
	Aims []Aim  `json:"aims"`
}

// Taken is a figure as it was measured.
type Taken struct {
	Figure
	Seconds float64         `json:"took_seconds"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	Error   string          `json:"error,omitempty"`
}

// Report is what `shuke bench all` prints.
type Report struct {
	At      time.Time `json:"at"` // UTC
	Cores   int       `json:"cores"`
	Go      string    `json:"go"`
	Figures []Taken   `json:"figures"`
}

// Figures is the table of what was promised, each with the command that measures it.
func Figures() []Figure {
	return []Figure{
		{"durable orders, SQLite, through HTTP", "order --engine sqlite", []Aim{
			{Field: "orders_per_second", Least: 5000, Unit: "/s"}, {Field: "ratio", Least: 0.35, Unit: " of the raw engine"},
			{Field: "p99_ms", Most: 50, Unit: " ms p99"}, {Field: "cpu_us_per_order", Most: 200, Unit: " µs CPU of the server"}, {Field: "books_agree", True: true}}},
		{"durable orders, PostgreSQL, through HTTP", "order --engine postgres", []Aim{
			{Field: "orders_per_second", Least: 2000, Unit: "/s"}, {Field: "books_agree", True: true}}},
		{"durable orders of one hot SKU, PostgreSQL", "order --engine postgres --hot", []Aim{
			{Field: "orders_per_second", Least: 1600, Unit: "/s"}, {Field: "books_agree", True: true}}},
		{"flash sale: 1,000 units, 50,000 buyers", "flash --units 1000 --buyers 50000", []Aim{
			{Field: "exactly_all", True: true}, {Field: "attempts_per_second", Least: 10_000, Unit: "/s"},
			{Field: "winners_p99_ms", Most: 200, Unit: " ms p99 of the winners"}, {Field: "books_agree", True: true}}},
		{"reconciliation of 1 million bill lines", "bills --lines 1000000", []Aim{
			{Field: "exactly_the_seeded", True: true}, {Field: "seconds", Most: 60, Unit: " s"}, {Field: "peak_memory_mb", Most: 200, Unit: " MB"}}},
		{"complete loops, SQLite, four signatures each", "loop --engine sqlite", []Aim{
			{Field: "ratio", Least: 0.6, Unit: " of what signing allows"}, {Field: "loops_per_second", Unit: "/s"},
			{Field: "server_own_cpu_us_per_loop", Most: 800, Unit: " µs CPU of the server without RSA"}, {Field: "books_agree", True: true}}},
		{"complete loops, PostgreSQL, four signatures each", "loop --engine postgres", []Aim{
			{Field: "ratio", Least: 0.4, Unit: " of what signing allows"}, {Field: "loops_per_second", Unit: "/s"}, {Field: "books_agree", True: true}}},
		{"orders with 1 million past orders, SQLite", "past --engine sqlite", []Aim{{Field: "ratio", Least: 0.9, Unit: " of those with 1,000"}}},
		{"orders with 1 million past orders, PostgreSQL", "past --engine postgres", []Aim{{Field: "ratio", Least: 0.9, Unit: " of those with 1,000"}}},
		{"ready after kill -9 with 1 million orders, SQLite", "recovery --engine sqlite --seconds 3", []Aim{{Field: "worst_seconds", Most: 3, Unit: " s at worst"}}},
		{"ready after kill -9 with 1 million orders, PostgreSQL", "recovery --engine postgres --seconds 3", []Aim{{Field: "worst_seconds", Most: 3, Unit: " s at worst"}}},
		{"product pages", "product", []Aim{{Field: "requests_per_second"}, {Field: "p99_ms", Unit: " ms p99"}}},
		{"prepay + notification pairs of the pocket WeChat", "sim --people 100000 --messages 1000000", []Aim{
			{Field: "ratio", Least: 0.8, Unit: " of what signing allows"}, {Field: "median_ms", Most: 1, Unit: " ms median call"}, {Field: "rss_bytes", Most: 1e9, Unit: " bytes"}}},
	}
}

// All measures every figure whose command begins with only, one after another,
// each in a process of its own, and says on progress what it is at.
func All(ctx context.Context, only string, progress io.Writer) (Report, error) {
	self, err := os.Executable()
	if err != nil {
		return Report{}, err
	}
	r := Report{At: time.Now().UTC().Truncate(time.Second), Cores: runtime.NumCPU(), Go: runtime.Version()}
	for _, f := range Figures() {
		if !strings.HasPrefix(f.Run, only) {
			continue
		}
		_, _ = fmt.Fprintf(progress, "shuke bench %s …", f.Run)
		t := f.take(ctx, self)
		_, _ = fmt.Fprintf(progress, " %.0f s\n", t.Seconds)
		r.Figures = append(r.Figures, t)
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
	}
	return r, nil
}

func (f Figure) take(ctx context.Context, self string) Taken {
	t := Taken{Figure: f}
	start := time.Now()
	cmd := exec.CommandContext(ctx, self, append([]string{"bench"}, strings.Fields(f.Run)...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	t.Seconds = time.Since(start).Round(time.Second / 10).Seconds()
	switch {
	case err != nil:
		t.Error = strings.TrimSpace(err.Error() + ": " + tail(said.String(), 400))
	case !json.Valid(out):
		t.Error = "not JSON: " + tail(string(out), 200)
	default:
		t.Answer = bytes.TrimSpace(out)
	}
	return t
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// Markdown is the report as the page docs/performance.md.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Performance · 性能\n\nPrinted by `shuke bench report` from [performance.json](performance.json), which `shuke bench all --json` wrote on %s: %d cores, %s; load generator, simulator and database on the same machine.\n\n",
		r.At.Format("2006-01-02"), r.Cores, r.Go)
	b.WriteString("| figure | aim | measured | |\n|---|---|---|---|\n")
	for _, t := range r.Figures {
		t.write(&b)
	}
	b.WriteString("\n## What was run\n\n| command | took |\n|---|---|\n")
	for _, t := range r.Figures {
		fmt.Fprintf(&b, "| `shuke bench %s` | %.0f s |\n", t.Run, t.Seconds)
	}
	return b.String()
}

func (t Taken) write(b *strings.Builder) {
	if t.Error != "" {
		fmt.Fprintf(b, "| %s | | %s | **failed** |\n", t.Name, strings.ReplaceAll(strings.ReplaceAll(t.Error, "\n", " "), "|", "\\|"))
		return
	}
	var answer map[string]any
	_ = json.Unmarshal(t.Answer, &answer) // valid JSON of an object: take looked
	name := t.Name
	for _, a := range t.Aims {
		aim, measured, verdict := a.judge(answer[a.Field])
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, aim, measured, verdict)
		name = ""
	}
}

// judge compares a measured field with its aim.
func (a Aim) judge(v any) (aim, measured, verdict string) {
	yes, isBool := v.(bool)
	n, isNumber := v.(float64)
	measured = "–"
	switch {
	case isBool:
		measured = strings.ReplaceAll(a.Field, "_", " ") + ": " + strconv.FormatBool(yes)
	case isNumber:
		measured = number(n) + a.Unit
	}
	holds := true
	switch {
	case a.True:
		aim, holds = strings.ReplaceAll(a.Field, "_", " "), yes
	case a.Least > 0:
		aim, holds = "≥ "+number(a.Least)+a.Unit, isNumber && n >= a.Least
	case a.Most > 0:
		aim, holds = "≤ "+number(a.Most)+a.Unit, isNumber && n <= a.Most
	default:
		return "", measured, ""
	}
	if holds {
		return aim, measured, "holds"
	}
	return aim, measured, "**missed**"
}

// number prints three digits that say something, thousands apart.
func number(n float64) string {
	if n < 100 {
		return strconv.FormatFloat(n, 'g', 3, 64)
	}
	s := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
