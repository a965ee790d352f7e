package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// logged gives the newest entries that fit a query.
func (g *rig) logged(query string) []map[string]any {
	g.t.Helper()
	var list []map[string]any
	for _, e := range g.get("/_sim/log?" + query)["entries"].([]any) {
		list = append(list, e.(map[string]any))
	}
	return list
}

func (g *rig) detail(e map[string]any) map[string]any {
	g.t.Helper()
	return g.get(fmt.Sprintf("/_sim/log/%.0f", e["seq"]))
}

func TestInspectorFindsAndPauses(t *testing.T) {
	g := newRig(t, &Server{})
	g.prepay("order-0001", 100, "lin")
	resp, _ := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", "{}", func(auth map[string]string, req *http.Request) {
		req.Body, req.ContentLength = http.NoBody, 0
	})
	if resp.StatusCode != 401 {
		t.Fatalf("an unsigned body: %d", resp.StatusCode)
	}
	g.api("/cgi-bin/menu/get", nil)
	for query, want := range map[string]int{
		"kind=pay": 2, "kind=pay&verdict=refused": 1, "verdict=ok&mchid=1900000001": 1, "path=/cgi-bin/menu": 1, "q=ORDER-0001": 1,
		"appid=wx0001&method=GET": 1, "appid=wx0002": 0, "kind=pay&limit=1": 1, "person=lin&kind=pay": 0,
	} {
		if got := g.logged(query); len(got) != want {
			t.Errorf("%s: %d entries, want %d", query, len(got), want)
		}
	}
	g.post("/_sim/log/pause", map[string]any{"paused": true})
	g.api("/cgi-bin/menu/get", nil)
	if got := g.logged("path=menu/get"); len(got) != 1 {
		t.Errorf("paused it took %d", len(got)-1)
	}
	g.post("/_sim/log/pause", map[string]any{"paused": false})
	if status, _ := g.call("DELETE", "/_sim/log", nil); status != 204 {
		t.Fatalf("clear: %d", status)
	}
	if got := g.logged(""); len(got) != 0 {
		t.Errorf("%d entries after clearing", len(got))
	}
	if status, _ := g.call("GET", "/_sim/log/1", nil); status != 404 {
		t.Errorf("a cleared entry: %d", status)
	}
}

// The log is bounded by bytes as well as by number, whatever passes through.
func TestInspectorIsBounded(t *testing.T) {
	i := &inspector{}
	for range 2 * keptBytes / keptBody {
		i.add(&entry{request: exchange{body: make([]byte, keptBody)}})
	}
	if i.bytes > keptBytes || len(i.entries) < keptBytes/keptBody/2 {
		t.Errorf("%d entries with %d bytes", len(i.entries), i.bytes)
	}
	for range 2 * keptEntries {
		i.add(&entry{Path: "/x"})
	}
	if len(i.entries) != keptEntries || i.get(i.seq) == nil || i.get(i.seq-keptEntries) != nil || i.get(i.seq+1) != nil || i.get(0) != nil {
		t.Errorf("%d entries", len(i.entries))
	}
	before, seen := int64(0), 0
	for {
		page, more := i.search(query{limit: 700, before: before})
		seen += len(page)
		if !more {
			break
		}
		before = page[len(page)-1].Seq
	}
	if seen != keptEntries {
		t.Errorf("pages hold %d of %d", seen, keptEntries)
	}
}

// What went wrong is sent again as it was: requests to us, pushes and notices to the developer.
func TestReplay(t *testing.T) {
	g := newRig(t, &Server{})
	prepay := g.prepay("order-0001", 100, "lin")
	if _, err := g.s.Pay("lin", prepay, "123456"); err != nil {
		t.Fatal(err)
	}
	if err := g.s.Follow("lin", "wx0001"); err != nil {
		t.Fatal(err)
	}
	g.pushed(1)
	eventually(t, "the notice is noted", func() bool { return len(g.logged("kind=notify")) == 1 && len(g.logged("kind=push")) == 1 })
	for _, kind := range []string{"pay", "notify", "push"} {
		first := g.logged("kind=" + kind)[0]
		again := g.post(fmt.Sprintf("/_sim/log/%.0f/replay", first["seq"]), map[string]any{})
		if again["seq"] == nil || again["seq"].(float64) <= first["seq"].(float64) {
			t.Fatalf("%s: replayed as %v", kind, again)
		}
		second := g.detail(again)
		if second["replay_of"] != first["seq"] || second["path"] != first["path"] || second["request"].(map[string]any)["body"] != g.detail(first)["request"].(map[string]any)["body"] {
			t.Errorf("%s: the second differs: %v", kind, second)
		}
		if kind != "pay" && second["verdict"] != "ok" || kind == "pay" && second["verdict"] == "failed" {
			t.Errorf("%s: %v %v", kind, second["verdict"], second["reason"])
		}
	}
	if g.noticeCount() != 2 || g.noticeIn[0] != g.noticeIn[1] || len(g.pushed(2)) != 2 {
		t.Error("the developer should have got both twice")
	}
	g.arm(Fault{Target: FaultCall, Kind: "drop", Path: "/v3"})
	g.post(fmt.Sprintf("/_sim/log/%.0f/replay", g.logged("kind=pay")[0]["seq"]), map[string]any{})
	if status, _ := g.call("POST", "/_sim/log/999999/replay", map[string]any{}); status != 404 {
		t.Errorf("a replay of nothing: %d", status)
	}
}

func TestDecryptedAndExported(t *testing.T) {
	g := newRig(t, &Server{})
	must(g.s.AddAccount(Account{AppID: "wx0003", Name: "密", Mode: ModeSafe, CallbackURL: g.dev.URL + "/push"}))(t)
	if _, err := g.s.Pay("lin", g.prepay("order-0001", 100, "lin"), "123456"); err != nil {
		t.Fatal(err)
	}
	if err := g.s.Follow("lin", "wx0003"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are noted", func() bool { return len(g.logged("kind=notify"))+len(g.logged("kind=push&appid=wx0003")) >= 2 })
	if plain, _ := g.detail(g.logged("kind=notify")[0])["decrypted"].(string); !strings.Contains(plain, `"out_trade_no":"order-0001"`) {
		t.Errorf("inside the notice: %q", plain)
	}
	pushes := g.logged("kind=push&appid=wx0003&method=POST")
	if plain, _ := g.detail(pushes[len(pushes)-1])["decrypted"].(string); !strings.Contains(plain, "subscribe") {
		t.Errorf("inside the push: %q", plain)
	}
	out := must(json.Marshal(g.get("/_sim/log.har")))(t)
	var archive struct {
		Log struct {
			Version string
			Entries []struct {
				StartedDateTime time.Time
				Request         struct {
					Method, URL string
					PostData    struct{ Text string }
				}
				Response struct{ Status int }
			}
		}
	}
	if err := json.Unmarshal(out, &archive); err != nil || archive.Log.Version != "1.2" || len(archive.Log.Entries) < 3 {
		t.Fatalf("%v: %s", err, out)
	}
	first := archive.Log.Entries[0]
	if first.Request.Method != "POST" || first.Response.Status != 200 || !strings.Contains(first.Request.PostData.Text, "order-0001") || first.StartedDateTime.IsZero() {
		t.Errorf("the oldest entry is %+v", first)
	}
}

// The line that is offered for a shell is the request, quotes and all.
func TestCurlLine(t *testing.T) {
	e := &entry{Method: "POST", Host: "api.weixin.qq.com", Path: "/x?a=1&b='", request: exchange{header: http.Header{"Content-Type": {"application/json"}, "Content-Length": {"9"}}, body: []byte(`{"a":"it's"}`)}}
	var out bytes.Buffer
	run := exec.CommandContext(t.Context(), "sh", "-c", "curl() { for a in \"$@\"; do printf '%s\\n' \"$a\"; done; }\n"+e.curl())
	run.Stdout = &out
	if err := run.Run(); err != nil {
		t.Fatal(err)
	}
	if want := "-X\nPOST\nhttp://api.weixin.qq.com/x?a=1&b='\n-H\nContent-Type: application/json\n--data-raw\n{\"a\":\"it's\"}\n"; out.String() != want {
		t.Errorf("a shell reads %q, want %q", out.String(), want)
	}
}

func TestClockJumpsToWhatIsNext(t *testing.T) {
	g := newRig(t, &Server{})
	g.notified = func(int) int { return 500 }
	g.s.Clock.Freeze()
	if status, out := g.call("POST", "/_sim/clock", map[string]any{"jump": true}); status != 409 || out["code"] != "clock.idle" {
		t.Fatalf("nothing waits: %d %v", status, out)
	}
	if _, err := g.s.Pay("lin", g.prepay("order-0001", 100, "lin"), "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first attempt", func() bool { v := g.noticeViews(); return len(v) == 1 && len(v[0].Attempts) == 1 })
	for n := 2; n <= 4; n++ {
		g.post("/_sim/clock", map[string]any{"jump": true})
		if got := g.noticeCount(); got != n {
			t.Fatalf("after %d jumps %d attempts", n-1, got)
		}
	}
	if state := g.get("/_sim/clock"); state["waiting"] != 1.0 || state["next"] == nil {
		t.Fatalf("the clock says %v", state)
	}
}
