package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"pgregory.net/rapid"
)

func documents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, api := range app.Documents() {
		b, err := app.DocumentJSON(api)
		must(t, err)
		out[name] = string(b)
	}
	return out
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// phone is a person's web view: every address is opened through the gateway of
// the pocket WeChat, which keeps the cookies.
func (h *house) phone(person string) *webView {
	return &webView{h: h, person: person, c: h.guest()}
}

type webView struct {
	h      *house
	person string
	c      *caller
}

// open fetches an address as the person's phone does, following redirects by
// hand; it returns the last answer and all addresses on the way, as the sites
// know them.
func (v *webView) open(address string) (a answer, way []string) {
	v.h.t.Helper()
	for range 10 {
		at, err := v.h.sim.OpenWebView(v.person, address)
		must(v.h.t, err)
		u, err := url.Parse(at)
		must(v.h.t, err)
		way = append(way, address)
		host := u.Host
		u.Host = strings.TrimPrefix(v.h.sim.URL(), "http://")
		a = v.request(u, host)
		if a.code/100 != 3 {
			return a, way
		}
		next, err := url.Parse(a.header.Get("Location"))
		must(v.h.t, err)
		u.Host = host
		address = u.ResolveReference(next).String()
	}
	v.h.t.Fatalf("too many redirects: %v", way)
	return a, way
}

func (v *webView) request(u *url.URL, host string) answer {
	v.h.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	must(v.h.t, err)
	r.Host = host
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := v.c.client.Do(r)
	must(v.h.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	must(v.h.t, err)
	return answer{resp.StatusCode, resp.Header, string(raw)}
}

func TestSilentLoginInsideWeChat(t *testing.T) {
	h := openHouse(t, nil)
	v := h.phone("ming")
	if a, _ := v.open(h.url + "/api/storefront/me"); a.code != 401 {
		t.Fatalf("a stranger: %d %s", a.code, a.body)
	}
	a, way := v.open(h.url + "/auth/wechat?return=" + url.QueryEscape("/api/storefront/me?x=1#top"))
	if a.code != 200 || !strings.Contains(a.body, `"following":false`) {
		t.Fatalf("%d %s after %v", a.code, a.body, way)
	}
	me := into[struct{ ID string }](v.c, a)
	// Again, from another page: the same buyer, and never a word.
	again, _ := v.open(h.url + "/auth/wechat?return=/api/storefront/me")
	if into[struct{ ID string }](v.c, again).ID != me.ID {
		t.Errorf("a second login made another buyer")
	}
	other, _ := h.phone("hua").open(h.url + "/auth/wechat?return=/api/storefront/me")
	if into[struct{ ID string }](v.c, other).ID == me.ID {
		t.Errorf("two people are one buyer")
	}
}

// begin starts a login in a browser of our own and has WeChat grant it: it returns
// the address the browser is sent back to.
func (h *house) begin(c *caller, person, to string) *url.URL {
	h.t.Helper()
	a := c.do("GET", "/auth/wechat?return="+url.QueryEscape(to), nil)
	if a.code != 302 {
		h.t.Fatalf("login begins with %d %s", a.code, a.body)
	}
	v := h.phone(person)
	at, err := h.sim.OpenWebView(person, a.header.Get("Location"))
	must(h.t, err)
	u, err := url.Parse(at)
	must(h.t, err)
	host := u.Host
	u.Host = strings.TrimPrefix(h.sim.URL(), "http://")
	granted := v.request(u, host)
	back, err := url.Parse(granted.header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		h.t.Fatalf("WeChat answered %d %v %s", granted.code, granted.header, granted.body)
	}
	here, err := url.Parse(h.url)
	must(h.t, err)
	back.Scheme, back.Host = here.Scheme, here.Host // what the gateway writes as an address of its own
	return back
}

func loggedIn(a answer) bool {
	return strings.Contains(strings.Join(a.header.Values("Set-Cookie"), ";"), "shuke_buyer=")
}

func TestLoginRefusals(t *testing.T) {
	h := openHouse(t, nil)
	with := func(u *url.URL, change func(url.Values)) string {
		c, q := *u, u.Query()
		change(q)
		c.RawQuery = q.Encode()
		return c.RequestURI()
	}
	c := h.guest()
	back := h.begin(c, "ming", "/me")
	refuse := func(what string, who *caller, path, code string, status int) {
		t.Helper()
		a := who.do("GET", path, nil)
		if a.code != status || !strings.Contains(a.body, code) || loggedIn(a) {
			t.Errorf("%s: %d %v %s", what, a.code, a.header, a.body)
		}
	}
	refuse("another browser", h.guest(), back.RequestURI(), "oauth.state", 400)
	refuse("no state", c, with(back, func(q url.Values) { q.Del("state") }), "oauth.state", 400)
	refuse("a wrong state", c, with(back, func(q url.Values) { q.Set("state", strings.Repeat("0", 32)) }), "oauth.state", 400)
	forged := h.guest()
	forged.header.Set("Cookie", "shuke_oauth="+back.Query().Get("state")+".Lw."+strings.Repeat("0", 64))
	refuse("a forged cookie", forged, back.RequestURI(), "oauth.state", 400)
	half := h.guest()
	half.header.Set("Cookie", "shuke_oauth=a.b")
	refuse("half a cookie", half, back.RequestURI(), "oauth.state", 400)
	// A refusal of the state costs nothing: the right answer still works, once.
	if a := c.do("GET", back.RequestURI(), nil); a.code != 302 || a.header.Get("Location") != "/me" || !loggedIn(a) {
		t.Fatalf("the right answer: %d %v %s", a.code, a.header, a.body)
	}
	refuse("the same answer again", c, back.RequestURI(), "oauth.state", 400)
	used := h.guest()
	fresh := h.begin(used, "ming", "/me")
	refuse("a used code", used, with(fresh, func(q url.Values) { q.Set("code", back.Query().Get("code")) }), "oauth.code", 401)
	none := h.guest()
	refuse("no code", none, with(h.begin(none, "ming", "/me"), func(q url.Values) { q.Del("code") }), "oauth.code", 401)
	late := h.guest()
	old := h.begin(late, "ming", "/me")
	h.sim.Clock.Advance(6 * time.Minute)
	refuse("an expired code", late, old.RequestURI(), "oauth.code", 401)
	h.noBuyers(t, 1)
}

func (h *house) noBuyers(t *testing.T, want int) {
	t.Helper()
	var n int
	must(t, h.DB.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM buyers`).Scan(&n) }))
	if n != want {
		t.Errorf("%d buyers, want %d", n, want)
	}
}

func TestReturnStaysInTheHouse(t *testing.T) {
	h := openHouse(t, nil)
	for _, to := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "javascript:alert(1)", "evil.example", "",
		"/.//evil.example", "///evil.example", "http:/evil.example", "/" + strings.Repeat("a", 2000), "/\t/evil.example", "//evil.example/%2e%2e"} {
		c := h.guest()
		back := h.begin(c, "ming", to)
		a := c.do("GET", back.RequestURI(), nil)
		if a.code != 302 {
			t.Fatalf("%q: %d %s", to, a.code, a.body)
		}
		if host := landing(t, h.url, a.header.Get("Location")); host != h.url {
			t.Errorf("return=%q leads to %s", to, a.header.Get("Location"))
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		to := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"/", "\\", "evil.example", "..", ".", "?", "#", "@", ":", "http", "https:", "\t", "%2f", "%5c", " ", "a"}), 0, 8).Draw(r, "parts"), "")
		a := h.guest().do("GET", "/auth/wechat?return="+url.QueryEscape(to), nil)
		if a.code != 302 || !strings.HasPrefix(a.header.Get("Location"), h.sim.URL()+"/connect/oauth2/authorize?") {
			r.Fatalf("%q: %d %v", to, a.code, a.header)
		}
	})
}

// landing is the origin a browser goes to for a Location: it reads backslashes as
// slashes and drops tabs and newlines.
func landing(t *testing.T, base, location string) string {
	t.Helper()
	b, err := url.Parse(base)
	must(t, err)
	l, err := url.Parse(strings.NewReplacer("\\", "/", "\t", "", "\n", "", "\r", "").Replace(location))
	must(t, err)
	u := b.ResolveReference(l)
	return u.Scheme + "://" + u.Host
}

// TestSnapshotPageIsNotALogin puts WeChat's mark of a snapshot page (快照页), which
// the pocket WeChat does not play, into its answer on the way.
func TestSnapshotPageIsNotALogin(t *testing.T) {
	var sim *url.URL
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(sim) }, ModifyResponse: func(r *http.Response) error {
		raw, err := io.ReadAll(r.Body)
		text := strings.Replace(string(raw), `"openid"`, `"is_snapshotuser":1,"openid"`, 1)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		r.Header.Del("Content-Length")
		return err
	}}
	between := httptest.NewServer(proxy)
	t.Cleanup(between.Close)
	h := openHouse(t, func(c *config.Config) {
		var err error
		sim, err = url.Parse(c.Official.BaseURL)
		must(t, err)
		c.Official.BaseURL = between.URL
	})
	c := h.guest()
	a := c.do("GET", h.begin(c, "ming", "/me").RequestURI(), nil)
	if a.code != 403 || !strings.Contains(a.body, "oauth.snapshot") || loggedIn(a) {
		t.Errorf("%d %v %s", a.code, a.header, a.body)
	}
	h.noBuyers(t, 0)
}

func TestLoginWhenWeChatIsDown(t *testing.T) {
	h := openHouse(t, nil)
	c := h.guest()
	back := h.begin(c, "ming", "/me")
	must(t, h.sim.Close())
	a := c.do("GET", back.RequestURI(), nil, "Accept-Language", "en")
	if a.code != 503 || !strings.Contains(a.body, "wechat.unreachable") || !strings.Contains(a.body, "WeChat cannot be reached") {
		t.Errorf("%d %s", a.code, a.body)
	}
	if strings.Contains(a.body, h.Config.Official.Secret) {
		t.Error("the page shows the account's secret")
	}
}
