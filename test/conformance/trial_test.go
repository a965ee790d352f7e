package conformance

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write RESULTS.md and RESULTS.json")

// trial is one call of one SDK: once as WeChat would grant it, once as WeChat would refuse it.
type trial struct {
	SDK  string
	Call string       // an endpoint's pattern, or the name of a push or notice ("→ …")
	Good func() error // has to succeed; nil: this SDK is not asked to
	Bad  func() error // has to give the refusal as an error that holds Code; nil: the same
	Code string
	Late bool // only when a day has gone by: bills, profit sharing
}

// driver makes the trials of one SDK in a scene of its own.
type driver struct {
	sdk    string
	trials func(*scene) []trial
}

// drivers are the Go SDKs; the Node ones say themselves who they are.
var drivers = []driver{
	{"wechatpay-go", officialTrials},
	{"gopay", gopayTrials},
	{"silenceper", silenceperTrials},
}

func TestConformance(t *testing.T) {
	s := startSimulator(t)
	book := newBook(s.offers)
	var all []trial
	for _, d := range drivers {
		for _, one := range d.trials(newScene(t, s, d.sdk)) {
			one.SDK = d.sdk
			all = append(all, one)
		}
	}
	all = append(all, nodeTrials(t, s)...)
	for _, late := range []bool{false, true} {
		if late {
			s.tomorrow(t)
		}
		for _, one := range all {
			if one.Late == late {
				run(t, s, book, one)
			}
		}
	}
	if t.Failed() || !complete() {
		return
	}
	book.publish(t)
}

// tomorrow lets a day go by for everybody, until the bills of today can be had.
func (s *simulator) tomorrow(t testing.TB) {
	t.Helper()
	next := s.now(t).AddDate(0, 0, 1)
	s.control(t, "POST", "/clock", map[string]any{"set": time.Date(next.Year(), next.Month(), next.Day(), 11, 0, 0, 0, shanghai)}, nil)
}

var shanghai = time.FixedZone("+08:00", 8*3600)

// now is the simulator's time.
func (s *simulator) now(t testing.TB) time.Time {
	t.Helper()
	var clock struct {
		Now time.Time `json:"now"`
	}
	s.control(t, "GET", "/clock", nil, &clock)
	return clock.Now.In(shanghai)
}

// complete tells whether everything is run, not a choice of -run.
func complete() bool {
	f := flag.Lookup("test.run")
	return f == nil || strings.Trim(f.Value.String(), "^$") == "" || strings.Trim(f.Value.String(), "^$") == "TestConformance"
}

func run(t *testing.T, s *simulator, b *book, one trial) {
	t.Helper()
	t.Run(one.SDK+"·"+strings.NewReplacer(" ", "_", "/", "·").Replace(one.Call), func(t *testing.T) {
		if !isPush(one.Call) && !slices.ContainsFunc(s.offers, func(o offer) bool { return o.Pattern == one.Call }) {
			b.missing(one)
			t.Skipf("%s calls %s, which the simulator does not offer", one.SDK, one.Call)
		}
		if one.Good == nil && one.Bad == nil {
			t.Fatal("a trial without a call")
		}
		if one.Good != nil {
			b.note(one, "success", granted(s, one), t)
		}
		if one.Bad != nil {
			b.note(one, "refusal", refused(s, one), t)
		}
	})
}

// isPush tells whether a trial is about something WeChat sends.
func isPush(call string) bool { return strings.HasPrefix(call, "→ ") }

func granted(s *simulator, one trial) error {
	seq := s.seq()
	if err := one.Good(); err != nil {
		return err
	}
	if isPush(one.Call) {
		return nil
	}
	return s.saw(one.Call, "ok", seq)
}

func refused(s *simulator, one trial) error {
	if one.Code == "" {
		return errors.New("the trial does not say which refusal it expects")
	}
	seq := s.seq()
	err := one.Bad()
	if err == nil {
		return fmt.Errorf("was granted; %s was expected", one.Code)
	}
	if !strings.Contains(err.Error(), one.Code) {
		return fmt.Errorf("was refused, but not with %s: %w", one.Code, err)
	}
	if isPush(one.Call) {
		return nil
	}
	return s.saw(one.Call, "refused", seq)
}

// eventually waits for something that WeChat does by itself.
func eventually(what string, ok func() bool) error {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return nil
		}
	}
	return fmt.Errorf("never happened: %s", what)
}

// check gives an error when something an answer says is not what it has to be.
func check(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}
