package sim

import (
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func (g *rig) arm(f Fault) Fault {
	g.t.Helper()
	return must(g.s.Faults.Add(f))(g.t)
}

// order sends a v3 order and gives the answer; header values go along.
func (g *rig) order(number string, header ...string) (*http.Response, map[string]any) {
	g.t.Helper()
	return g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", g.orderJSON(number, 100, "lin"), func(_ map[string]string, req *http.Request) {
		for _, value := range header {
			req.Header.Add(faultHeader, value)
		}
	})
}

// A fault strikes what fits all of its filters and nothing else.
func TestFaultFilters(t *testing.T) {
	g := newRig(t, &Server{})
	lin := g.openID("lin")
	for name, c := range map[string]struct {
		fault Fault
		hit   bool
	}{
		"path":            {Fault{Path: "/v3/pay/transactions"}, true},
		"another path":    {Fault{Path: "/v3/refund"}, false},
		"merchant":        {Fault{MchID: "1900000001"}, true},
		"another one":     {Fault{MchID: "1900000002"}, false},
		"account":         {Fault{AppID: "wx0001"}, true},
		"another account": {Fault{AppID: "wx0002"}, false},
		"person":          {Fault{Person: "lin"}, true},
		"openid":          {Fault{Person: lin}, true},
		"another person":  {Fault{Person: "zhou"}, false},
		"number":          {Fault{Ref: "order-" + "number"}, true},
		"another number":  {Fault{Ref: "order-0"}, false},
		"all but one":     {Fault{MchID: "1900000001", Person: "lin", Ref: "order-0"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.fault.Target, c.fault.Kind = FaultCall, "system_error"
			g.arm(c.fault)
			defer g.s.Faults.Remove("")
			resp, out := g.order("order-number")
			if hit := resp.StatusCode == 500 && out["code"] == "SYSTEM_ERROR"; hit != c.hit {
				t.Fatalf("%d %v", resp.StatusCode, out)
			}
		})
	}
	g.arm(Fault{Target: FaultCall, Kind: "code", Code: "45009", AppID: "wx0001"})
	wantCode(t, g.apiKeeping("/cgi-bin/menu/get"), 45009)
}

// apiKeeping calls with a token that was fetched before the fault fits.
func (g *rig) apiKeeping(path string) map[string]any {
	g.t.Helper()
	list := g.s.Faults.List()
	g.s.Faults.Remove("")
	token := g.token()
	for _, f := range list {
		g.arm(f)
	}
	_, out := g.call("GET", path+"?access_token="+token, nil)
	return out
}

func TestFaultsByHeader(t *testing.T) {
	g := newRig(t, &Server{})
	for _, c := range []struct {
		header string
		status int
		code   any
	}{
		{"SYSTEM_ERROR", 500, "SYSTEM_ERROR"},
		{"rate_limit", 429, "FREQUENCY_LIMITED"},
		{"CODE; code=NOT_ENOUGH", 403, "NOT_ENOUGH"},
		{"CODE; code=OWN_CODE; status=418; message=茶壶", 418, "OWN_CODE"},
		{"BURN", 400, "PARAM_ERROR"},
		{"SKEW", 400, "PARAM_ERROR"},
		{"DELAY; ms=1", 400, "PARAM_ERROR"},
		{"DELAY; delay_ms=1", 200, nil},
	} {
		if resp, out := g.order("order-head", c.header); resp.StatusCode != c.status || out["code"] != c.code {
			t.Errorf("%s: %d %v", c.header, resp.StatusCode, out)
		}
	}
	before := must(g.s.PlatformKeys())(t)
	if resp, _ := g.order("order-rotate", "ROTATE"); resp.StatusCode != 200 || resp.Header.Get("Wechatpay-Serial") == before.CertificateSerial {
		t.Errorf("the answer %d is signed by %s still", resp.StatusCode, before.CertificateSerial)
	}
	resp, _ := g.order("order-skew", "SKEW; seconds=-900")
	stamp, _ := strconv.ParseInt(resp.Header.Get("Wechatpay-Timestamp"), 10, 64)
	if off := time.Now().Unix() - stamp; off < 895 || off > 905 {
		t.Errorf("the answer's timestamp is %d s old, want about 900", off)
	}
	if list := g.s.Faults.List(); len(list) != 0 {
		t.Errorf("faults of headers stay armed: %v", list)
	}
	other := newRig(t, &Server{IgnoreFaultHeader: true})
	if resp, out := other.order("order-head", "SYSTEM_ERROR"); resp.StatusCode != 200 {
		t.Errorf("a server that ignores the header obeyed it: %d %v", resp.StatusCode, out)
	}
}

// Answers that get lost: in the middle, or whole. The work is done.
func TestLostAnswers(t *testing.T) {
	g := newRig(t, &Server{})
	for i, kind := range []string{"cut", "timeout_after_work", "drop"} {
		g.arm(Fault{Target: FaultCall, Path: "/v3/pay", Kind: kind})
		number := fmt.Sprintf("order-000%d", i)
		if err := g.tryPrepay(number); err == nil && kind != "cut" {
			t.Errorf("%s: an answer came", kind)
		}
		if done := g.hasOrder("1900000001|" + number); done != (kind != "drop") {
			t.Errorf("%s: order made: %v", kind, done)
		}
	}
	reasons := []string{}
	for _, e := range g.get("/_sim/log?q=fault")["entries"].([]any) {
		reasons = append(reasons, e.(map[string]any)["reason"].(string))
	}
	if len(reasons) != 3 || !strings.Contains(strings.Join(reasons, "\n"), "in the middle of the answer") {
		t.Errorf("the inspector says %q", reasons)
	}
}

func TestChanceIsSeeded(t *testing.T) {
	strikes := func(seed uint64) (hits []int) {
		f := &Faults{}
		must(f.Add(Fault{Target: FaultCall, Kind: "drop", Probability: 0.25, Seed: seed}))(t)
		for i := range 1000 {
			if f.take(FaultCall, where{}) != nil {
				hits = append(hits, i)
			}
		}
		return hits
	}
	one := strikes(1)
	if !slices.Equal(one, strikes(1)) || slices.Equal(one, strikes(2)) {
		t.Fatal("the same seed must hit the same occasions, another seed others")
	}
	if n := float64(len(one)); math.Abs(n-250) > 60 {
		t.Fatalf("%v of 1000 with probability 0.25", n)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	for name, x := range map[string]Fault{
		"target":      {Target: "moon", Kind: "drop"},
		"kind":        {Target: FaultPush, Kind: "rate_limit"},
		"count":       {Target: FaultCall, Kind: "drop", Count: -1},
		"delay":       {Target: FaultCall, Kind: "delay", DelayMS: 60_001},
		"probability": {Target: FaultCall, Kind: "drop", Probability: 1.5},
		"past":        {Target: FaultPush, Kind: "late", Seconds: -1},
		"no seconds":  {Target: FaultPush, Kind: "skew"},
		"no code":     {Target: FaultCall, Kind: "code"},
		"status":      {Target: FaultCall, Kind: "code", Code: "X", Status: 99},
	} {
		if _, err := (&Faults{}).Add(x); err == nil {
			t.Errorf("%s: %+v was armed", name, x)
		}
	}
	f := &Faults{}
	for range maxFaults {
		must(f.Add(Fault{Target: FaultCall, Kind: "drop"}))(t)
	}
	if _, err := f.Add(Fault{Target: FaultCall, Kind: "drop"}); err == nil {
		t.Error("a fault too many was armed")
	}
}

// Late by the simulator's clock, behind the next one, and with a timestamp an SDK must refuse.
func TestNoticesComeLateOutOfOrderAndSkewed(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	pay := func(number string) {
		t.Helper()
		if _, err := g.s.Pay("lin", g.prepay(number, 100, "lin"), "123456"); err != nil {
			t.Fatal(err)
		}
	}
	idle := func(n int) { // every notice up to the nth has been looked at
		t.Helper()
		eventually(t, "a notice is handled", func() bool {
			v := g.noticeViews()
			return len(v) == n && !slices.ContainsFunc(v, func(x noticeView) bool { return x.Next != nil && !x.Next.After(g.s.Clock.Now()) })
		})
	}
	g.arm(Fault{Target: FaultNotification, Kind: "late", Seconds: 3600, Ref: "order-late"})
	pay("order-late")
	idle(1)
	g.s.Clock.Advance(59 * time.Minute)
	if n := g.noticeCount(); n != 0 {
		t.Fatalf("%d came before the hour was over", n)
	}
	g.s.Clock.Advance(2 * time.Minute)
	if n := g.noticeCount(); n != 1 {
		t.Fatalf("%d came after an hour, want 1", n)
	}
	g.arm(Fault{Target: FaultNotification, Kind: "reorder", MchID: "1900000001"})
	pay("order-first")
	idle(2)
	pay("order-second")
	eventually(t, "both", func() bool { return g.noticeCount() == 3 })
	v := g.noticeViews() // newest first
	if !strings.Contains(g.noticeIn[1], v[0].ID) || !strings.Contains(g.noticeIn[2], v[1].ID) {
		t.Fatal("the second notice should have overtaken the first")
	}
	g.arm(Fault{Target: FaultNotification, Kind: "reorder"})
	pay("order-alone")
	idle(4)
	g.s.Clock.Advance(reorderWait)
	if n := g.noticeCount(); n != 4 {
		t.Fatalf("a held notice that nothing overtakes must go after a while: %d", n)
	}
	g.arm(Fault{Target: FaultNotification, Kind: "skew", Seconds: 600})
	pay("order-skewed")
	eventually(t, "the skewed one", func() bool { return g.noticeCount() == 5 })
	stamp, _ := strconv.ParseInt(g.notices[4].Header.Get("Wechatpay-Timestamp"), 10, 64)
	if ahead := stamp - time.Now().Unix(); ahead < 595 || ahead > 605 {
		t.Fatalf("the notice's timestamp is %d s ahead, want 600", ahead)
	}
}

func TestPushFaults(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	say := func(text string) {
		t.Helper()
		g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": text})
	}
	if err := g.s.Follow("lin", "wx0001"); err != nil {
		t.Fatal(err)
	}
	g.pushed(1)
	order := func(n int) string {
		t.Helper()
		var said []string
		for _, body := range g.pushed(n)[1:] {
			_, text, _ := strings.Cut(body, "<Content><![CDATA[")
			text, _, _ = strings.Cut(text, "]]>")
			said = append(said, text)
		}
		return strings.Join(said, " ")
	}
	held := func() bool { g.s.mu.Lock(); defer g.s.mu.Unlock(); return len(g.s.heldPushes["wx0001"]) == 1 }
	g.arm(Fault{Target: FaultPush, Kind: "reorder", Person: "lin"})
	say("one")
	eventually(t, "one is held", held)
	say("two")
	if got := order(3); got != "two one" {
		t.Fatalf("they came as %q", got)
	}
	g.arm(Fault{Target: FaultPush, Kind: "duplicate", AppID: "wx0001"})
	say("three")
	if got := order(5); got != "two one three three" {
		t.Fatalf("they came as %q", got)
	}
	g.arm(Fault{Target: FaultPush, Kind: "late", Seconds: 60})
	say("four")
	eventually(t, "the fault is used up", func() bool { return len(g.s.Faults.List()) == 0 })
	say("five")
	if got := order(6); got != "two one three three five" {
		t.Fatalf("they came as %q", got)
	}
	eventually(t, "the late one", func() bool {
		g.s.Clock.Advance(61 * time.Second)
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.bodies) == 7
	})
}

// Armed faults and their remaining count survive a restart.
func TestFaultsSurvive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	s := start(t, &Server{DataFile: file})
	must(s.Faults.Add(Fault{Target: FaultCall, Kind: "drop", Count: 3}))(t)
	s.durable()
	s.Faults.take(FaultCall, where{})
	s.durable()
	s.Faults.PauseNotifications(true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Server{DataFile: file})
	list := s.Faults.List()
	if len(list) != 1 || list[0].Left != 2 || !s.Faults.NotificationsPaused() {
		t.Fatalf("came back as %+v, paused %v", list, s.Faults.NotificationsPaused())
	}
	if next := must(s.Faults.Add(Fault{Target: FaultCall, Kind: "drop"}))(t); next.ID == list[0].ID {
		t.Fatal("an id was given twice")
	}
}

func TestOutcomesOfACall(t *testing.T) {
	s := &Server{Faults: &Faults{}}
	must(s.Faults.Add(Fault{Target: FaultOutcome, Kind: "refund_abnormal", Person: "lin"}))(t)
	c := &call{s: s, asked: []Fault{{Target: FaultOutcome, Kind: "userpaying"}}}
	if c.outcome(where{}, "payerror") != nil || c.outcome(where{}, "refund_abnormal") != nil {
		t.Fatal("struck what does not fit")
	}
	if f := c.outcome(where{}, "payerror", "userpaying"); f == nil || f.Kind != "userpaying" {
		t.Fatalf("the header's wish: %v", f)
	}
	if c.outcome(where{}, "userpaying") != nil {
		t.Fatal("a header's wish is granted once")
	}
	if f := c.outcome(where{persons: []string{"lin"}}, "refund_abnormal"); f == nil {
		t.Fatal("the armed one did not strike")
	}
}

func FuzzFaultHeader(f *testing.F) {
	for _, text := range []string{"SYSTEM_ERROR", "CODE; code=A; status=403", "NOTIFICATION_LATE;seconds=5", "MICROPAY_USERPAYING", ";;=;"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseFaultHeader(text)
		for _, x := range list {
			if err == nil && x.check() != nil {
				t.Fatalf("%q gives %+v", text, x)
			}
		}
		visitValues([]byte(text), func(string, string) {})
	})
}
