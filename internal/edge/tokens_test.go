package edge_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"pgregory.net/rapid"
)

var (
	key  = edge.BuyerKey("a key of thirty-two bytes, random")
	noon = time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)
)

func TestBuyerTokens(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := id.ID(rapid.Int64Range(1, 1<<62).Draw(r, "buyer"))
		life := time.Duration(rapid.Int64Range(1, 1000).Draw(r, "seconds")) * time.Second
		token := key.Token(b, noon.Add(life))
		if got, err := key.Read(token, noon.Add(life-time.Second)); err != nil || got != b {
			r.Fatalf("%s: %v %v", token, got, err)
		}
		if _, err := key.Read(token, noon.Add(life)); err == nil {
			r.Fatal("an ended token was believed")
		}
		if _, err := edge.BuyerKey("another key of thirty-two bytes").Read(token, noon); err == nil {
			r.Fatal("another house's token was believed")
		}
		raw, _ := base64.RawURLEncoding.DecodeString(token[3:])
		raw[rapid.IntRange(0, len(raw)-1).Draw(r, "byte")] ^= byte(1 << rapid.IntRange(0, 7).Draw(r, "bit"))
		if got, err := key.Read("v1."+base64.RawURLEncoding.EncodeToString(raw), noon); err == nil {
			r.Fatalf("a changed token was believed: %v", got)
		}
	})
}

func FuzzBuyerToken(f *testing.F) {
	good := key.Token(7, noon.Add(time.Hour))
	for _, seed := range []string{good, "", "v1.", "v2." + good[3:], good + "A", good[:len(good)-1], strings.ToUpper(good), "v1." + strings.Repeat("A", 64), "v1.!!!"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if b, err := key.Read(token, noon); err == nil && (token != good || b != 7) {
			// Base64 has spare bits at no place of 48 bytes: there is one spelling only.
			t.Fatalf("%q was believed as %v", token, b)
		}
	})
}

func TestVisitors(t *testing.T) {
	visit := func(cookie string, buyer string) (string, *http.Cookie) {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		if cookie != "" {
			r.Header.Add("Cookie", "shuke_visitor="+cookie)
		}
		if buyer != "" {
			r.Header.Add("Cookie", "shuke_buyer="+buyer)
		}
		var who string
		key.WithBuyer(func() time.Time { return noon }, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { who = edge.Visitor(w, r, true) })).ServeHTTP(w, r)
		set := w.Result().Cookies()
		if len(set) == 0 {
			return who, nil
		}
		return who, set[0]
	}
	first, c := visit("", "")
	if c == nil || first != "v"+c.Value || len(c.Value) != 16 || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
		t.Fatalf("%s %+v", first, c)
	}
	if again, set := visit(c.Value, ""); again != first || set != nil {
		t.Errorf("the same browser is %s, then %s", first, again)
	}
	if other, _ := visit("", ""); other == first {
		t.Error("two browsers are one visitor")
	}
	if made, set := visit("short", ""); set == nil || made == "vshort" {
		t.Errorf("a made-up cookie was kept: %s", made)
	}
	if who, set := visit(c.Value, key.Token(7, noon.Add(time.Hour))); who != "b7" || set != nil {
		t.Errorf("a buyer is %s", who)
	}
	if who, _ := visit(c.Value, "v1.forged"); who != first {
		t.Errorf("a forged buyer is %s", who)
	}
}

func TestLimiter(t *testing.T) {
	l := &edge.Limiter{Tries: 3, Window: time.Minute}
	for i := range 3 {
		if !l.Allow("a", noon) {
			t.Fatalf("try %d was refused", i)
		}
	}
	if l.Allow("a", noon) || !l.Allow("b", noon) {
		t.Error("the fourth try, or another key's first")
	}
	if l.Allow("a", noon.Add(19*time.Second)) || !l.Allow("a", noon.Add(40*time.Second)) {
		t.Error("a third of the window brings one try back")
	}
	rapid.Check(t, func(r *rapid.T) {
		l, at, allowed := &edge.Limiter{Tries: 5, Window: time.Minute}, noon, 0
		for _, wait := range rapid.SliceOfN(rapid.IntRange(0, 30), 1, 50).Draw(r, "waits") {
			at = at.Add(time.Duration(wait) * time.Second)
			if l.Allow("k", at) {
				allowed++
			}
		}
		if most := 5 + int(at.Sub(noon).Seconds()*5/60) + 1; allowed > most {
			r.Fatalf("%d tries in %s, at most %d", allowed, at.Sub(noon), most)
		}
	})
}

// TestLimiterKeepsItsMemory floods a limiter with keys: the one that is being
// guessed at must not be forgotten for them, and memory stays bounded.
func TestLimiterKeepsItsMemory(t *testing.T) {
	l := &edge.Limiter{Tries: 3, Window: time.Minute}
	for i := range 49_000 {
		l.Allow(fmt.Sprint("old ", i), noon)
	}
	later := noon.Add(2 * time.Minute)
	for range 4 {
		l.Allow("victim", later)
	}
	for i := range 3_000 {
		l.Allow(fmt.Sprint("new ", i), later)
	}
	if l.Allow("victim", later) {
		t.Error("a flood of other keys gave the tries back")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 300_000 {
		l.Allow(fmt.Sprint("flood ", i), later)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 20<<20 {
		t.Errorf("300,000 keys took %d MB", grown>>20)
	}
	runtime.KeepAlive(l)
}

// TestStaffSessionsEnd holds that the cache of sessions forgets soon enough.
func TestStaffSessionsEnd(t *testing.T) {
	d := dbtest.SQLite(t)
	now := noon
	auth := &edge.StaffAuth{DB: d, Now: func() time.Time { return now }}
	mux := http.NewServeMux()
	api := edge.NewAPI(mux, "staff", "Staff", "1", "")
	api.UseMiddleware(auth.Middleware(api))
	edge.Register(api, huma.Operation{OperationID: "me", Method: "GET", Path: "/me"}, func(ctx context.Context, _ *struct{}) (*echoOut, error) {
		out := &echoOut{}
		out.Body.Name = edge.StaffOf(ctx).Member.Login
		return out, nil
	})
	m := staff.Member{ShopID: 5, ID: 6, Login: "lin", Name: "林", Role: staff.Owner, State: "active"}
	var token string
	write(t, d, func(tx *db.Tx) error {
		if err := staff.Create(tx, m, "x", now); err != nil {
			return err
		}
		var err error
		token, _, err = staff.OpenSession(tx, m, zeros{}, now)
		return err
	})
	ask := func() int {
		r, w := httptest.NewRequest("GET", "/me", nil), httptest.NewRecorder()
		c := auth.Cookie(token)
		r.AddCookie(&c)
		mux.ServeHTTP(w, r)
		return w.Code
	}
	if ask() != 200 {
		t.Fatal("a good session was refused")
	}
	write(t, d, func(tx *db.Tx) error { return staff.CloseSession(tx, token) }) // as another process would
	now = now.Add(4 * time.Second)
	if code := ask(); code != 401 {
		t.Errorf("four seconds after the end elsewhere: %d", code)
	}
	write(t, d, func(tx *db.Tx) (err error) {
		token, _, err = staff.OpenSession(tx, m, zeros{}, now)
		return err
	})
	if ask() != 200 {
		t.Fatal("a new session was refused")
	}
	write(t, d, func(tx *db.Tx) error { return staff.CloseSession(tx, token) })
	auth.Forget(token)
	if code := ask(); code != 401 {
		t.Errorf("at once after logging out here: %d", code)
	}
	if c := auth.Cookie("x"); !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/console" {
		t.Errorf("%+v", c)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func write(t *testing.T, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}
