package sim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// documented offsets from the first attempt (B3), in order.
var documentedOffsets = []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 4 * time.Minute, 14 * time.Minute, 34 * time.Minute, 64 * time.Minute,
	94 * time.Minute, 124 * time.Minute, 184 * time.Minute, 364 * time.Minute, 544 * time.Minute, 724 * time.Minute, 1084 * time.Minute, 1444 * time.Minute}

func (g *rig) noticeViews() []noticeView {
	g.t.Helper()
	raw, err := g.s.apiNotices(mustRequest(g.t, "/_sim/notifications"))
	if err != nil {
		g.t.Fatal(err)
	}
	return raw.(map[string]any)["notifications"].([]noticeView)
}

func TestNotificationSchedule(t *testing.T) {
	g := newRig(t, &Server{})
	g.notified = func(int) int { return 500 }
	g.s.Clock.Freeze()
	if _, err := g.s.Pay("lin", g.prepay("order-0001", 100, "lin"), "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first attempt", func() bool { v := g.noticeViews(); return len(v) == 1 && len(v[0].Attempts) == 1 })
	g.s.Clock.Advance(24 * time.Hour)
	if n := g.noticeCount(); n != 15 {
		t.Fatalf("refused for 24 hours it arrived %d times, want 15", n)
	}
	g.s.Clock.Advance(48 * time.Hour)
	v := g.noticeViews()[0]
	if v.State != givenUp || len(v.Attempts) != 16 {
		t.Fatalf("in the end: %s after %d attempts", v.State, len(v.Attempts))
	}
	for i, want := range documentedOffsets {
		if got := v.Attempts[i+1].Time.Sub(v.Attempts[0].Time); got != want {
			t.Errorf("attempt %d came %s after the first, want %s", i+1, got, want)
		}
	}
	for i, body := range g.noticeIn {
		if body != g.noticeIn[0] {
			t.Fatalf("attempt %d carries another body", i)
		}
	}
	g.notified = func(int) int { return 204 }
	g.post("/_sim/notifications/"+v.ID+"/send", map[string]any{})
	if v := g.noticeViews()[0]; v.State != delivered {
		t.Fatalf("sent by hand it is %s", v.State)
	}
}

func TestNotificationFaults(t *testing.T) {
	g := newRig(t, &Server{})
	pay := func(number string) {
		t.Helper()
		if _, err := g.s.Pay("lin", g.prepay(number, 100, "lin"), "123456"); err != nil {
			t.Fatal(err)
		}
	}
	g.post("/_sim/faults", map[string]any{"target": "notification", "kind": "duplicate", "mchid": "1900000001"})
	pay("order-0001")
	eventually(t, "both copies", func() bool { return g.noticeCount() == 2 })
	if g.noticeIn[0] != g.noticeIn[1] {
		t.Fatal("a duplicate carries the same notice")
	}
	g.post("/_sim/faults", map[string]any{"target": "notification", "kind": "drop"})
	pay("order-0002")
	eventually(t, "the dropped attempt", func() bool { return len(g.noticeViews()[0].Attempts) == 1 })
	if g.noticeCount() != 2 {
		t.Fatal("a dropped notice was sent")
	}
	g.s.Clock.Advance(15 * time.Second)
	if g.noticeCount() != 3 {
		t.Fatal("after the drop the schedule did not go on")
	}
	g.post("/_sim/faults/notifications", map[string]any{"paused": true})
	pay("order-0003")
	time.Sleep(30 * time.Millisecond)
	if g.noticeCount() != 3 {
		t.Fatal("a paused notice was sent")
	}
	g.post("/_sim/faults/notifications", map[string]any{"paused": false})
	eventually(t, "the released notice", func() bool { return g.noticeCount() == 4 })
	if status, out := g.call("POST", "/_sim/faults", map[string]any{"target": "notification", "kind": "burn"}); status != 400 || out["code"] != "fault.kind" {
		t.Fatalf("unknown fault: %d %v", status, out)
	}
}

func TestCallFaults(t *testing.T) {
	g := newRig(t, &Server{})
	g.post("/_sim/faults", map[string]any{"target": "call", "path": "/v3/pay", "kind": "system_error"})
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", g.orderJSON("order-0001", 100, "lin"), nil)
	if resp.StatusCode != 500 || out["code"] != "SYSTEM_ERROR" {
		t.Fatalf("%d %v", resp.StatusCode, out)
	}
	g.post("/_sim/faults", map[string]any{"target": "call", "path": "/cgi-bin/menu", "kind": "rate_limit"})
	wantCode(t, g.api("/cgi-bin/menu/get", nil), 45011)
	g.post("/_sim/faults", map[string]any{"target": "call", "path": "/_never", "kind": "drop"})
	g.post("/_sim/faults", map[string]any{"target": "call", "path": "/v3/pay", "kind": "timeout_after_work"})
	if list := g.get("/_sim/faults")["faults"].([]any); len(list) != 2 {
		t.Fatalf("%d faults are left, want 2", len(list))
	}
	if err := g.tryPrepay("order-0002"); err == nil {
		t.Fatal("the answer should have been lost")
	}
	if !g.hasOrder("1900000001|order-0002") {
		t.Fatal("the work should have been done")
	}
}

func TestRestartKeepsTheWorld(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim.data")
	g := newRig(t, &Server{DataFile: file})
	g.notified = func(int) int { return 500 }
	token := g.token()
	prepay := g.prepay("order-0001", 100, "lin")
	open := g.prepay("order-0002", 100, "lin")
	if err := g.s.Follow("lin", "wx0001"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.s.Pay("lin", prepay, "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a refused attempt", func() bool { v := g.noticeViews(); return len(v) == 1 && len(v[0].Attempts) == 1 })
	lin, keys := g.openID("lin"), must(g.s.PlatformKeys())(t)
	// what kill -9 leaves: the file as it is now, with half a line at its end
	g.s.durable()
	killed := must(os.ReadFile(file))(t)
	after := file + ".killed"
	if err := os.WriteFile(after, append(killed, `{"k":"person","id":"li`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"closed": file, "killed": after} {
		t.Run(name, func(t *testing.T) {
			before := g.noticeCount()
			s := start(t, &Server{DataFile: path})
			again := &rig{t: t, s: s, app: g.app, shop: g.shop, dev: g.dev}
			if now := must(s.PlatformKeys())(t); now != keys || again.openID("lin") != lin {
				t.Fatal("keys or openids changed")
			}
			if _, err := s.Pay("lin", prepay, "123456"); err == nil || !strings.Contains(err.Error(), "pay.paid") {
				t.Fatalf("paying the paid one again: %v", err)
			}
			if done, err := s.Pay("lin", open, "123456"); err != nil || done.Balance != 100000-200 {
				t.Fatalf("paying the open one: %+v %v", done, err)
			}
			home := again.get("/_sim/people/lin/home")
			if chats := home["chats"].([]any); len(chats) != 2 {
				t.Fatalf("chats after the restart: %v", chats)
			}
			if _, out := again.call("GET", "/cgi-bin/user/info?access_token="+token+"&openid="+lin, nil); out["subscribe"] != 1.0 {
				t.Fatalf("old token or fan are gone: %v", out)
			}
			s.Clock.Advance(20 * time.Second)
			eventually(t, "the waiting notice goes on", func() bool { return g.noticeCount() > before })
		})
	}
}

func TestDamagedDataFileIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim.data")
	if err := os.WriteFile(file, []byte("{\"k\":\"person\",\"id\":\"a\",\"v\":{}}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Server{DataFile: file}
	if err := s.Start(); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatalf("started on a damaged file: %v", err)
	}
}

func TestProductionRefusesLoopbackNotify(t *testing.T) {
	g := newRig(t, &Server{RefuseLoopbackNotify: true})
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", g.orderJSON("order-0001", 100, "lin"), nil)
	if resp.StatusCode != 400 || out["code"] != "PARAM_ERROR" {
		t.Fatalf("loopback notify_url under production rules: %d %v", resp.StatusCode, out)
	}
}

func TestNoticeCanBeOpened(t *testing.T) {
	g := newRig(t, &Server{})
	if _, err := g.s.Pay("lin", g.prepay("order-0001", 100, "lin"), "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the notice", func() bool { return g.noticeCount() == 1 })
	var in struct {
		ID       string `json:"id"`
		Event    string `json:"event_type"`
		Resource struct{ Ciphertext, Nonce, AssociatedData string }
	}
	raw := strings.ReplaceAll(g.noticeIn[0], "associated_data", "AssociatedData")
	if err := json.Unmarshal([]byte(raw), &in); err != nil || len(in.ID) != 36 || in.Event != "TRANSACTION.SUCCESS" {
		t.Fatalf("%v in %s", err, g.noticeIn[0])
	}
	plain, err := paycrypt.Open(g.shop.APIv3Key, in.Resource.Nonce, in.Resource.AssociatedData, in.Resource.Ciphertext)
	if err != nil || !strings.Contains(string(plain), `"trade_state":"SUCCESS"`) {
		t.Fatalf("%s %v", plain, err)
	}
	if _, err := paycrypt.Open(g.other.APIv3Key, in.Resource.Nonce, in.Resource.AssociatedData, in.Resource.Ciphertext); err == nil {
		t.Fatal("another merchant's key opened it")
	}
}
