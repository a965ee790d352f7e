package kuaidi100

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var ctx = context.Background()

// TestGoldenSignatures holds the signatures against values made with md5sum(1).
func TestGoldenSignatures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{SignQuery(`{"com":"yunda","num":"3950055201640"}`, "ABCDEFGH123", "C8F4A1DE7F2B0"), "1C1C6683EAEDC02C082BAE4349BC4182"},
		{SignQuery("", "", ""), "D41D8CD98F00B204E9800998ECF8427E"},
		{SignPush(`{"status":"polling"}`, "盐"), "2237A5599EF3393604B49379A4730CA0"},
		{SignPush("a", "bc"), "900150983CD24FB0D6963F7D28E17F72"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

// answers starts a server that gives body to every call, and a client of it.
func answers(t *testing.T, status int, body string) (*Client, *url.Values) {
	t.Helper()
	seen := &url.Values{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		*seen = r.PostForm
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	c, err := New(Config{Customer: "CUST", Key: "KEY", BaseURL: srv.URL + "/", Now: func() time.Time { return time.Unix(1, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return c, seen
}

const known = `{"message":"ok","nu":"SF1","ischeck":1,"com":"shunfeng","status":"200","state":"301","condition":"F00","data":[
 {"time":"2026-11-12 09:00:00","ftime":"2026-11-12 09:00:00","context":"派件","status":"派件","statusCode":"5"},
 {"time":"2026-11-12 11:30:05","context":" 已签收 ","statusCode":301,"areaCode":"CN440305000000","areaName":"广东,深圳市,南山区"},
 {"time":"2026-11-11 20:00","context":"揽收","status":"揽收","statusCode":"103"},
 {"time":"nonsense","ftime":"2026-11-11 21:00:00","context":"在途"},
 {"time":"yesterday","context":"lost"},{"time":"2026-11-11 20:00:00","context":"  "}]}`

func TestQuery(t *testing.T) {
	c, sent := answers(t, 200, known)
	r, err := c.Query(ctx, Query{Com: "shunfeng", Num: "SF1", Phone: "8000", To: "广东省 <深圳> & 南山"})
	if err != nil {
		t.Fatal(err)
	}
	param := sent.Get("param")
	if !strings.Contains(param, `"to":"广东省 <深圳> & 南山"`) || !strings.Contains(param, `"phone":"8000"`) || !strings.Contains(param, `"resultv2":"4"`) || strings.Contains(param, "from") {
		t.Errorf("param %s", param)
	}
	if sent.Get("customer") != "CUST" || sent.Get("sign") != SignQuery(param, "KEY", "CUST") {
		t.Errorf("sent %v", *sent)
	}
	if !r.Delivered() || r.State.Basic() != Signed || !r.Checked || r.Skipped != 2 || len(r.Tracks) != 4 || !r.AskedAt.Equal(time.Unix(1, 0)) {
		t.Fatalf("result %+v", r)
	}
	first := r.Tracks[0]
	if first.Context != "已签收" || first.State != "301" || !first.Time.Equal(time.Date(2026, 11, 12, 3, 30, 5, 0, time.UTC)) {
		t.Errorf("newest track %+v", first)
	}
	if last := r.Tracks[3]; last.Context != "揽收" || !last.Time.Equal(time.Date(2026, 11, 11, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("oldest track %+v", last)
	}
}

func TestRefusals(t *testing.T) {
	for code, want := range queryCodes {
		c, _ := answers(t, 200, fmt.Sprintf(`{"result":false,"returnCode":"%s","message":"不行"}`, code))
		_, err := c.Query(ctx, Query{Com: "yunda", Num: "1"})
		var api *APIError
		if !errors.Is(err, want) || !errors.As(err, &api) || api.Code != code || api.Message != "不行" {
			t.Errorf("%s: %v, want %v", code, err, want)
		}
	}
	for body, want := range map[string]error{`{"result":false,"returnCode":500,"message":"x"}`: ErrNoResult, `{"status":"201","message":"x"}`: ErrNoResult, `{"result":"false","returnCode":"777"}`: ErrUnknown} {
		if _, err := ParseResult([]byte(body)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", body, err, want)
		}
	}
	for _, body := range []string{"", "<html>", "[]", `{"message":"ok"}`, `{"status":"200","data":{}}`, `{"status":"200","state":{}}`} {
		var he *HTTPError
		if _, err := ParseResult([]byte(body)); !errors.As(err, &he) {
			t.Errorf("%q: %v, want an HTTPError", body, err)
		}
	}
}

func TestBadServers(t *testing.T) {
	var he *HTTPError
	c, _ := answers(t, 502, known)
	if _, err := c.Query(ctx, Query{}); !errors.As(err, &he) || he.Status != 502 {
		t.Errorf("502 gives %v", err)
	}
	c, _ = answers(t, 200, strings.Repeat(" ", maxAnswer+1))
	if _, err := c.Query(ctx, Query{}); !errors.As(err, &he) || !strings.Contains(he.Reason, "longer") {
		t.Errorf("a flood gives %v", err)
	}
	srv := httptest.NewServer(http.RedirectHandler("http://example.com/", http.StatusFound))
	defer srv.Close()
	c, _ = New(Config{Customer: "C", Key: "secret", BaseURL: srv.URL})
	if _, err := c.Query(ctx, Query{}); !errors.As(err, &he) || he.Status != 302 {
		t.Errorf("a redirect gives %v", err)
	}
	srv.Close()
	if _, err := c.Query(ctx, Query{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("no server gives %v", err)
	}
	stop, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Query(stop, Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled gives %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, bad := range []Config{{}, {Customer: "a"}, {Key: "a"}, {Customer: "a", Key: "b", BaseURL: "ftp://x"}, {Customer: "a", Key: "b", BaseURL: "http://x?y"}, {Customer: "a", Key: "b", BaseURL: "::"}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	if c, err := New(Config{Customer: "a", Key: "b"}); err != nil || c.cfg.BaseURL != DefaultBaseURL {
		t.Errorf("%v", err)
	}
}

func TestStates(t *testing.T) {
	for fine, want := range map[State]State{"0": Moving, "1001": Moving, "1003": Moving, "103": Collected, "205": Trouble, "304": Signed, "401": SignedBack, "501": Delivering, "14": Declined, "11": Customs, "": "", "x": "x", "99999": "99999"} {
		if got := fine.Basic(); got != want {
			t.Errorf("%q is %q, want %q", fine, got, want)
		}
	}
	if (Result{State: SignedBack, Checked: true}).Delivered() || !(Result{Checked: true}).Delivered() || (Result{State: "501"}).Delivered() {
		t.Error("delivered is told wrongly")
	}
}

func TestSubscribe(t *testing.T) {
	c, sent := answers(t, 200, `{"result":true,"returnCode":"200","message":"提交成功"}`)
	sub := Subscription{Com: "yunda", Num: "3950055201640", To: "深圳", Phone: "8000", CallbackURL: "https://shuke.example/callback/kuaidi100", Salt: "s"}
	if err := c.Subscribe(ctx, sub); err != nil {
		t.Fatal(err)
	}
	var p subscribeParam
	if err := json.Unmarshal([]byte(sent.Get("param")), &p); err != nil || sent.Get("schema") != "json" || p.Key != "KEY" || p.Company != "yunda" || p.Parameters.Salt != "s" || p.Parameters.Phone != "8000" {
		t.Errorf("%v: %v", err, *sent)
	}
	for code, want := range subscribeCodes {
		c, _ := answers(t, 200, `{"result":false,"returnCode":"`+code+`","message":"POLL"}`)
		if err := c.Subscribe(ctx, sub); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", code, err, want)
		}
	}
	c, _ = answers(t, 200, `nothing`)
	var he *HTTPError
	if err := c.Subscribe(ctx, sub); !errors.As(err, &he) {
		t.Errorf("%v", err)
	}
	if err := c.Subscribe(ctx, Subscription{Com: "yunda", Num: "1"}); err == nil {
		t.Error("a subscription without salt is taken")
	}
}

func pushRequest(param, sign string) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/callback/kuaidi100", strings.NewReader(url.Values{"param": {param}, "sign": {sign}}.Encode()))
}

func TestParsePush(t *testing.T) {
	param := `{"status":"shutdown","billstatus":"check","message":"","autoCheck":"1","comOld":"yuantong","comNew":"ems","lastResult":` + known + `}`
	p, err := ParsePush(pushRequest(param, strings.ToLower(SignPush(param, "salt"))), "salt")
	if err != nil || p.Status != Shutdown || !p.AutoCheck || p.ComNew != "ems" || p.Last.Num != "SF1" || !p.Last.Delivered() || len(p.Last.Tracks) != 4 {
		t.Fatalf("%v: %+v", err, p)
	}
	for _, sign := range []string{"", SignPush(param, ""), SignPush(param+" ", "salt"), "x"} {
		if _, err := ParsePush(pushRequest(param, sign), "salt"); !errors.Is(err, ErrPushSignature) {
			t.Errorf("signature %q gives %v", sign, err)
		}
	}
	if _, err := ParsePush(pushRequest("[]", SignPush("[]", "salt")), "salt"); !errors.Is(err, ErrPushForm) {
		t.Errorf("a list gives %v", err)
	}
	if _, err := ParsePush(httptest.NewRequest(http.MethodGet, "/", nil), ""); !errors.Is(err, ErrPushForm) {
		t.Errorf("GET gives %v", err)
	}
	if _, err := ParsePush(httptest.NewRequest(http.MethodPost, "/", strings.NewReader("%zz")), ""); !errors.Is(err, ErrPushForm) {
		t.Errorf("a broken form gives %v", err)
	}
	if _, err := ParsePush(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", maxPush+1))), ""); !errors.Is(err, ErrPushForm) {
		t.Errorf("a flood gives %v", err)
	}
}

// TestResultsAreBounded holds that whatever is sent, tracks are limited, clean and newest first.
func TestResultsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 700).Draw(t, "n")
		var b strings.Builder
		b.WriteString(`{"status":"200","data":[`)
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"time":"20%02d-01-%02d 10:00:00","context":"第%d站"}`, i%40, i%30+1, i)
		}
		b.WriteString("]}")
		r, err := ParseResult([]byte(b.String()))
		if err != nil || len(r.Tracks) != min(n, MaxTracks) || len(r.Tracks)+r.Skipped != n {
			t.Fatalf("%v: %d tracks, %d skipped of %d", err, len(r.Tracks), r.Skipped, n)
		}
		for i := 1; i < len(r.Tracks); i++ {
			if r.Tracks[i].Time.After(r.Tracks[i-1].Time) {
				t.Fatal("tracks are not newest first")
			}
		}
	})
}

func FuzzParseResult(f *testing.F) {
	for _, seed := range []string{known, `{"result":false,"returnCode":"500"}`, `{"status":200,"state":3,"ischeck":true,"data":[{"time":null}]}`, `{`, `{"status":"200","data":[{"context":"\ud800"}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseResult(body)
		var api *APIError
		var he *HTTPError
		if err != nil && !errors.As(err, &api) && !errors.As(err, &he) {
			t.Fatalf("error %T is not one of this package", err)
		}
		for i, tr := range r.Tracks {
			if tr.Context == "" || tr.Time.IsZero() || len([]rune(tr.Context)) > maxText || i > 0 && tr.Time.After(r.Tracks[i-1].Time) {
				t.Fatalf("track %d is %+v", i, tr)
			}
		}
	})
}

func FuzzParsePush(f *testing.F) {
	f.Add(`{"status":"polling","lastResult":{"state":"0","data":[]}}`, "salt")
	f.Add(`null`, "")
	f.Fuzz(func(t *testing.T, param, salt string) {
		if _, err := parsePush(param, SignPush(param, salt), salt); err != nil && !errors.Is(err, ErrPushForm) {
			t.Fatalf("%v", err)
		}
		if _, err := parsePush(param, "", salt); !errors.Is(err, ErrPushSignature) {
			t.Fatal("an unsigned push is taken")
		}
	})
}
