package sim

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSeedIsReadyToWorkWith(t *testing.T) {
	g := newRig(t, &Server{})
	out := g.post("/_sim/seed", map[string]any{"people": 40, "messages": 200})
	if out["count"] != 40.0 || len(out["people"].([]any)) != 40 || out["platform"].(map[string]any)["wechatpay_public_key"] == "" {
		t.Fatalf("seeded %v", out["count"])
	}
	again := must(g.s.Seed(SeedOptions{People: 40, Messages: 1}))(t)
	if again.Account.Secret != out["account"].(map[string]any)["secret"] || again.Merchant.APIv3Key != out["merchant"].(map[string]any)["apiv3_key"] {
		t.Fatal("seeding again made other keys")
	}
	g.s.mu.Lock()
	messages, unread := 0, 0
	for _, c := range g.s.world.chats {
		if strings.HasPrefix(c.Person, "u0") && c.ID != "" {
			for i, m := range c.msgs {
				messages++
				if i > 0 && m.Seq <= c.msgs[i-1].Seq {
					t.Error("messages are out of order")
				}
			}
			unread += c.Unread
		}
	}
	g.s.mu.Unlock()
	if messages < 201 || unread > 5 {
		t.Fatalf("%d messages, %d unread", messages, unread)
	}
	if got := g.get("/_sim/people/u000001/home")["chats"].([]any); len(got) < 2 {
		t.Fatalf("u000001 has %d chats", len(got))
	}
	for _, wrong := range []SeedOptions{{People: -1}, {People: maxPeople + 1}, {Messages: -1}, {Messages: maxSeedMessages + 1}} {
		if _, err := g.s.Seed(wrong); err == nil {
			t.Errorf("seeded %+v", wrong)
		}
	}
}

// A snapshot goes back to its moment, in this simulator or in another, with and without a data file.
func TestSnapshotAndReset(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	g := newRig(t, &Server{DataFile: file})
	g.s.Clock.Freeze()
	lin, home := g.openID("lin"), ""
	prepay := g.prepay("order-0001", 100, "lin")
	if err := g.s.Follow("lin", "wx0001"); err != nil {
		t.Fatal(err)
	}
	read := func(s *Server) string {
		r := &rig{t: t, s: s}
		return strings.ReplaceAll(string(must(encode(r.get("/_sim/people/lin/home")))(t))+string(must(encode(r.get("/_sim/people/lin/wallet")))(t)), s.URL(), "")
	}
	home = read(g.s)
	resp := must(http.Get(g.s.URL() + "/_sim/snapshot"))(t)
	snapshot := must(io.ReadAll(resp.Body))(t)
	resp.Body.Close()
	if _, err := g.s.Pay("lin", prepay, "123456"); err != nil {
		t.Fatal(err)
	}
	if read(g.s) == home {
		t.Fatal("paying changed nothing")
	}
	keys, at := must(g.s.PlatformKeys())(t), g.s.Clock.Now()
	g.post("/_sim/reset", map[string]any{})
	if n := len(g.s.People()); n != 0 {
		t.Fatalf("%d people after a reset", n)
	}
	if must(g.s.PlatformKeys())(t) != keys || !g.s.Clock.Now().Equal(at) {
		t.Fatal("a reset changed WeChat's keys or the clock")
	}
	g.s.Clock.Advance(time.Hour) // nothing of the old world falls due
	if n := g.noticeCount(); n > 1 {
		t.Fatalf("%d notices", n)
	}
	reset := func(s *Server) {
		t.Helper()
		resp := must(http.Post(s.URL()+"/_sim/reset", "application/x-ndjson", bytes.NewReader(snapshot)))(t)
		resp.Body.Close()
		if resp.StatusCode != 204 {
			t.Fatalf("reset to a snapshot: %d", resp.StatusCode)
		}
	}
	reset(g.s)
	if got := read(g.s); got != home || g.openID("lin") != lin {
		t.Fatalf("went back to\n%s\nwant\n%s", got, home)
	}
	if _, err := g.s.Pay("lin", prepay, "123456"); err != nil {
		t.Fatalf("the order of the snapshot: %v", err)
	}
	paid := read(g.s)
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(start(t, &Server{DataFile: file})); got != paid {
		t.Fatalf("the data file kept\n%s\nwant\n%s", got, paid)
	}
	other := start(t, &Server{})
	reset(other)
	if got := read(other); got != home {
		t.Fatalf("another simulator shows\n%s\nwant\n%s", got, home)
	}
}

func TestBrokenSnapshotsChangeNothing(t *testing.T) {
	g := newRig(t, &Server{})
	for name, text := range map[string]string{"empty": "", "no world": "{\"k\":\"counter\",\"id\":\"counter\",\"v\":3}\n", "nonsense": "hello\n", "unknown": "{\"k\":\"moon\",\"id\":\"1\",\"v\":{}}\n"} {
		if err := g.s.Reset(strings.NewReader(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if len(g.s.People()) != 2 {
		t.Fatal("a refused snapshot changed the world")
	}
}
