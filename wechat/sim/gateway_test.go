package sim

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"pgregory.net/rapid"
)

// site is a shop's web server that a web view opens.
func (g *rig) site(routes map[string]http.HandlerFunc) *httptest.Server {
	mux := http.NewServeMux()
	for pattern, f := range routes {
		mux.HandleFunc(pattern, f)
	}
	server := httptest.NewServer(mux)
	g.t.Cleanup(server.Close)
	return server
}

func (g *rig) fetch(who, address string, header http.Header) (*http.Response, string) {
	g.t.Helper()
	req := mustRequest(g.t, g.open(who, address))
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := g.browser().Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp, string(body)
}

func TestWebViewIsABrowserOfItsOwn(t *testing.T) {
	g := newRig(t, &Server{})
	var seen *http.Request
	site := g.site(map[string]http.HandlerFunc{
		"/login": func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: r.URL.Query().Get("as"), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.SetCookie(w, &http.Cookie{Name: "csrf", Value: "t1", Path: "/"})
			http.SetCookie(w, &http.Cookie{Name: "far", Value: "x", Path: "/deep"})
			http.Redirect(w, r, "http://"+r.Host+"/me?a=1#top", http.StatusFound)
		},
		"/me": func(w http.ResponseWriter, r *http.Request) { seen = r; io.WriteString(w, "ok") },
	})
	host := strings.TrimPrefix(site.URL, "http://")
	for _, who := range []string{"lin", "zhou"} {
		resp, _ := g.fetch(who, site.URL+"/login?as="+who, nil)
		if want := g.open(who, site.URL+"/me?a=1#top"); resp.Header.Get("Location") != want {
			t.Fatalf("Location %s, want %s", resp.Header.Get("Location"), want)
		}
		if set := strings.Join(resp.Header["Set-Cookie"], "; "); strings.Contains(set, "sid") || !strings.Contains(set, "csrf=t1") {
			t.Fatalf("the browser is given %q", set)
		}
	}
	g.fetch("lin", site.URL+"/me", http.Header{"Cookie": {"sid=forged"}, "Origin": {"http://" + mustURL(t, g.open("lin", site.URL)).Host},
		"Referer": {g.open("lin", site.URL+"/login")}, "Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Dest": {"empty"}})
	if got := seen.Header.Get("Cookie"); got != "sid=lin; csrf=t1" {
		t.Errorf("lin's page is asked with cookies %q", got)
	}
	if seen.Host != host || seen.Header.Get("Origin") != site.URL || seen.Header.Get("Referer") != site.URL+"/login" || !strings.Contains(seen.UserAgent(), "MicroMessenger/8.0.49") || seen.Header.Get("X-Forwarded-For") != "" {
		t.Errorf("Host %s, headers %v", seen.Host, seen.Header)
	}
	g.fetch("zhou", site.URL+"/me", http.Header{"Referer": {g.s.URL() + "/"}, "Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Dest": {"iframe"}})
	if seen.Header.Get("Referer") != "" || seen.Header.Get("Sec-Fetch-Site") != "none" || seen.Header.Get("Sec-Fetch-Dest") != "document" || !strings.Contains(seen.Header.Get("Cookie"), "sid=zhou") {
		t.Errorf("opened from the phone: %v", seen.Header)
	}
}

func TestScriptCookies(t *testing.T) {
	g := newRig(t, &Server{})
	site := g.site(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", Path: "/", HttpOnly: true})
		io.WriteString(w, r.Header.Get("Cookie"))
	}})
	g.fetch("lin", site.URL+"/", nil)
	set := func(text string) string {
		req := must(http.NewRequest("POST", g.open("lin", site.URL+"/_wx/cookie?path=/a/b"), strings.NewReader(text)))(t)
		resp := must(g.browser().Do(req))(t)
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return string(body)
	}
	if got := set("lang=zh; path=/"); got != "lang=zh" {
		t.Fatalf("document.cookie is %q", got)
	}
	if got := set("sid=stolen; path=/"); got != "lang=zh" {
		t.Fatalf("a script touched an HttpOnly cookie: %q", got)
	}
	if _, body := g.fetch("lin", site.URL+"/", nil); body != "sid=1; lang=zh" {
		t.Fatalf("the site sees %q", body)
	}
	if got := set("lang=; path=/; max-age=0"); got != "" {
		t.Fatalf("after deleting: %q", got)
	}
	req := must(http.NewRequest("GET", g.open("lin", site.URL+"/_wx/cookie?path=/"), nil))(t)
	req.Header.Set("Origin", "http://evil.example")
	if resp := must(g.browser().Do(req))(t); resp.StatusCode != 403 {
		t.Fatalf("another origin read cookies: %d", resp.StatusCode)
	}
}

func TestInjection(t *testing.T) {
	g := newRig(t, &Server{})
	page := func(body string, encode func(io.Writer) io.WriteCloser, encoding string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "script-src 'none'")
			w.Header().Set("X-Frame-Options", "DENY")
			if encode == nil {
				io.WriteString(w, body)
				return
			}
			w.Header().Set("Content-Encoding", encoding)
			out := encode(w)
			io.WriteString(out, body)
			out.Close()
		}
	}
	site := g.site(map[string]http.HandlerFunc{
		"/head":     page("<!doctype html><html><HEAD lang=zh><header>x</header><script src=a.js></script>", nil, ""),
		"/bare":     page("<!DOCTYPE html><p>您好", nil, ""),
		"/fragment": page("<p>您好", nil, ""),
		"/gzip":     page("<html><head><title>x", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, "gzip"),
		"/br":       page("<html><head><title>x", func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, "br"),
		"/json": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"a":"<head>"}`)
		},
	})
	want := map[string]string{
		"/head": "<!doctype html><html><HEAD lang=zh>" + bridgeTag + "<header>x</header><script src=a.js></script>",
		"/bare": "<!DOCTYPE html>" + bridgeTag + "<p>您好", "/fragment": bridgeTag + "<p>您好",
		"/gzip": "<html><head>" + bridgeTag + "<title>x", "/br": "<html><head>" + bridgeTag + "<title>x", "/json": `{"a":"<head>"}`,
	}
	for path, text := range want {
		resp, body := g.fetch("lin", site.URL+path, http.Header{"Sec-Fetch-Dest": {"iframe"}})
		if body != text || resp.Header.Get("Content-Security-Policy") != "" || resp.Header.Get("X-Frame-Options") != "" || resp.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %q %v", path, body, resp.Header)
		}
	}
	if _, body := g.fetch("lin", site.URL+"/head", http.Header{"Sec-Fetch-Dest": {"empty"}}); strings.Contains(body, "bridge.js") {
		t.Error("a fragment fetched by a script was changed")
	}
	resp, body := g.fetch("lin", site.URL+"/_wx/bridge.js", nil)
	if !strings.Contains(body, `"origin":"`+site.URL+`"`) || strings.Contains(body, "__SITE__") || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("bridge.js: %.300s", body)
	}
}

func TestEventStreamPassesThrough(t *testing.T) {
	g := newRig(t, &Server{})
	next := make(chan bool)
	site := g.site(map[string]http.HandlerFunc{"/events": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 2 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	}})
	resp := must(g.browser().Do(mustRequest(t, g.open("lin", site.URL+"/events"))))(t)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for i := range 2 { // the second is written only after the first has arrived
		lines.Scan()
		if lines.Text() != fmt.Sprintf("data: %d", i) {
			t.Fatalf("got %q", lines.Text())
		}
		lines.Scan()
		next <- true
	}
}

func TestSilentOAuth(t *testing.T) {
	g := newRig(t, &Server{})
	authorize := func(scope, redirect string) string {
		return g.s.URL() + "/connect/oauth2/authorize?appid=wx0001&redirect_uri=" + url.QueryEscape(redirect) + "&response_type=code&scope=" + scope + "&state=s1"
	}
	resp, _ := g.fetch("lin", authorize("snsapi_base", g.dev.URL+"/back?x=1"), nil)
	back := mustURL(t, g.s.realURL(resp.Header.Get("Location")))
	if resp.StatusCode != 302 || !strings.HasPrefix(back.String(), g.dev.URL+"/back?x=1&code=") || back.Query().Get("state") != "s1" || !strings.Contains(resp.Header.Get("Location"), ".lin.localhost:") {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	exchange := func(code, secret string) map[string]any {
		_, out := g.call("GET", "/sns/oauth2/access_token?appid=wx0001&grant_type=authorization_code&secret="+secret+"&code="+code, nil)
		return out
	}
	code := back.Query().Get("code")
	wantCode(t, exchange(code, "wrong"), 40125)
	out := exchange(code, g.app.Secret)
	if out["openid"] != g.openID("lin") || out["scope"] != "snsapi_base" {
		t.Fatalf("%v", out)
	}
	wantCode(t, exchange(code, g.app.Secret), 40163)
	wantCode(t, exchange("nonsense", g.app.Secret), 40029)
	_, info := g.call("GET", "/sns/userinfo?access_token="+out["access_token"].(string)+"&openid="+g.openID("lin"), nil)
	wantCode(t, info, 48001)
	_, renewed := g.call("GET", "/sns/oauth2/refresh_token?appid=wx0001&grant_type=refresh_token&refresh_token="+out["refresh_token"].(string), nil)
	if renewed["openid"] != g.openID("lin") {
		t.Fatalf("%v", renewed)
	}
	resp, _ = g.fetch("zhou", authorize("snsapi_base", g.dev.URL+"/back"), nil)
	old := mustURL(t, resp.Header.Get("Location")).Query().Get("code")
	g.s.Clock.Advance(5*time.Minute + time.Second)
	wantCode(t, exchange(old, g.app.Secret), 42003)
	for address, code := range map[string]string{authorize("snsapi_base", "http://127.0.0.1:1/x"): "10003", authorize("snsapi_all", g.dev.URL): "10005"} {
		if _, body := g.fetch("lin", address, nil); !strings.Contains(body, code) {
			t.Errorf("%s shows %s", address, body)
		}
	}
	resp = must(http.Get(authorize("snsapi_base", g.dev.URL)))(t)
	body, _ := io.ReadAll(resp.Body)
	if !strings.Contains(string(body), "请在微信客户端打开链接") {
		t.Errorf("outside a phone: %s", body)
	}
	req := mustRequest(t, authorize("snsapi_base", g.dev.URL)) // a script set location.href to the real address
	req.Header.Set("Referer", "http://"+mustURL(t, g.open("lin", g.dev.URL)).Host+"/")
	if resp := must(g.browser().Do(req))(t); resp.StatusCode != 302 || !strings.Contains(resp.Header.Get("Location"), ".lin.localhost:") {
		t.Errorf("a page that left the web view: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
}

func TestConsentPage(t *testing.T) {
	g := newRig(t, &Server{})
	address := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0001&redirect_uri=" + url.QueryEscape(g.dev.URL+"/back") + "&response_type=code&scope=snsapi_userinfo&state=s"
	if _, body := g.fetch("lin", address, nil); !strings.Contains(body, "申请获取你的昵称") || !strings.Contains(body, bridgeTag) {
		t.Fatalf("%s", body)
	}
	req := must(http.NewRequest("POST", g.open("lin", address), strings.NewReader("consent=yes")))(t)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp := must(g.browser().Do(req))(t)
	code := mustURL(t, resp.Header.Get("Location")).Query().Get("code")
	_, out := g.call("GET", "/sns/oauth2/access_token?appid=wx0001&grant_type=authorization_code&secret="+g.app.Secret+"&code="+code, nil)
	_, info := g.call("GET", fmt.Sprintf("/sns/userinfo?access_token=%s&openid=%s", out["access_token"], out["openid"]), nil)
	if info["nickname"] != "林小满" || out["unionid"] == nil || info["unionid"] != out["unionid"] {
		t.Fatalf("%v %v", out, info)
	}
	if resp, _ := g.fetch("lin", address, nil); resp.StatusCode != 302 {
		t.Fatalf("the second time it asks again: %d", resp.StatusCode)
	}
}

func TestWebViewsStayInTheirPlace(t *testing.T) {
	g := newRig(t, &Server{})
	for _, address := range []string{"http://192.168.0.1/", "https://example.com/", "file:///etc/passwd", "http://user:pw@127.0.0.1/", "javascript:1"} {
		if status, _ := g.call("POST", "/_sim/people/lin/webview", map[string]any{"url": address}); status != 403 && status != 400 {
			t.Errorf("%s was opened: %d", address, status)
		}
	}
	if _, body := g.fetch("lin", g.s.URL()+"/_sim/people", nil); strings.Contains(body, "林小满") {
		t.Error("a web view reached the control API")
	}
	for _, origin := range []string{"http://http-127-0-0-1-80.lin.localhost:" + g.s.port(), "http://evil.example"} {
		req := must(http.NewRequest("POST", g.s.URL()+"/_sim/people/lin/wallet/top-up", strings.NewReader(`{"amount":1}`)))(t)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", origin)
		if resp := must(http.DefaultClient.Do(req))(t); resp.StatusCode != 403 {
			t.Errorf("%s topped up a wallet: %d", origin, resp.StatusCode)
		}
	}
	req := mustRequest(t, g.s.URL()+"/_sim/people")
	req.Host = "evil.example:80"
	if resp := must(http.DefaultClient.Do(req))(t); resp.StatusCode != 403 {
		t.Errorf("a foreign name for this machine: %d", resp.StatusCode)
	}
	open := g.site(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://example.com/x", http.StatusFound)
	}})
	if resp, _ := g.fetch("lin", open.URL+"/", nil); !strings.HasPrefix(resp.Header.Get("Location"), "/_wx/refused") {
		t.Errorf("a redirect left the machine: %s", resp.Header.Get("Location"))
	}
}

func TestSiteLabelsCanBeReadBack(t *testing.T) {
	s := &Server{}
	if err := s.init(); err != nil {
		t.Fatal(err)
	}
	must(s.AddPerson(Person{ID: "lin", Name: "林"}))(t)
	s.AllowTarget = func(string) bool { return true }
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?){0,4}`).Draw(t, "host")
		address := rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme") + "://" + host
		if port := rapid.IntRange(0, 65535).Draw(t, "port"); port != 0 && port != 80 && port != 443 {
			address += fmt.Sprintf(":%d", port)
		}
		address += rapid.StringMatching(`/[a-z0-9/]{0,10}(\?[a-z]=[a-z0-9%]{0,0})?`).Draw(t, "path")
		gateway, err := s.gatewayURL("lin", address)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(gateway)
		label, _, _ := strings.Cut(u.Host, ".")
		if len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			t.Fatalf("label %q", label)
		}
		if real := s.realURL(gateway); real != address {
			t.Fatalf("%s became %s and came back as %s", address, gateway, real)
		}
	})
}

func FuzzHeadEnd(f *testing.F) {
	f.Add("<html><head><title>")
	f.Add("<header><head >")
	f.Add("<!doctype html")
	f.Add("\x8f<heAd>") // bytes of a page in GBK
	f.Fuzz(func(t *testing.T, doc string) {
		if at := headEnd([]byte(doc)); at < 0 || at > len(doc) || at > 0 && doc[at-1] != '>' {
			t.Fatalf("place %d in %q", at, doc)
		}
	})
}
