package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// webViewRig is a mini-program wx77 whose page is a site that says what it was told.
func webViewRig(t *testing.T, body string) (g *rig, web string) {
	t.Helper()
	g = newRig(t, &Server{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/sdk.js":
			w.Header().Set("Content-Type", "text/javascript")
			sdk, _ := os.ReadFile("../../web/node_modules/weixin-js-sdk/index.js") // browserTools has seen that it is there
			fmt.Fprintf(w, "var module={exports:{}};%s;window.wx=module.exports;", sdk)
		case "/next":
			http.Redirect(w, r, "/m", http.StatusFound)
		default:
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			fmt.Fprintf(w, "<html><head></head><body data-ua=%q data-cookie=%q>%s</body></html>", r.UserAgent(), r.Header.Get("Cookie"), body)
		}
	}))
	t.Cleanup(site.Close)
	must(g.s.AddMini(Mini{Account: Account{AppID: "wx77", Name: "小店"}, Pages: []MiniPage{{Path: "pages/index/index", URL: site.URL + "/next?code={code}"}}}))(t)
	opened := g.post("/_sim/people/lin/minis/wx77/open", map[string]any{})
	return g, opened["web"].(map[string]any)["gateway_url"].(string)
}

// gateway asks the gateway as a browser does.
func (g *rig) gateway(address string) string {
	g.t.Helper()
	u := must(url.Parse(address))(g.t)
	req := must(http.NewRequest("GET", g.s.URL()+u.RequestURI(), nil))(g.t)
	req.Host = u.Host
	resp := must(http.DefaultTransport.RoundTrip(req))(g.t)
	defer resp.Body.Close()
	if to := resp.Header.Get("Location"); to != "" {
		return g.gateway(must(u.Parse(to))(g.t).String())
	}
	return string(must(io.ReadAll(resp.Body))(g.t))
}

// The web-view of a mini-program says so to the site, keeps saying so behind redirects, and has the person's cookies.
func TestMiniWebView(t *testing.T) {
	g, web := webViewRig(t, "")
	u := must(url.Parse(web))(t)
	if !strings.Contains(u.Host, ".lin--wx77.localhost:") {
		t.Fatalf("the web-view is at %s", web)
	}
	if page := g.gateway(web); !strings.Contains(page, "miniProgram/wx77") {
		t.Errorf("behind a redirect the site sees %s", page)
	}
	if page := g.gateway(strings.Replace(web, ".lin--wx77.", ".lin.", 1)); strings.Contains(page, "miniProgram") || !strings.Contains(page, `data-cookie="seen=1"`) {
		t.Errorf("a plain web view of the same site: %s", page)
	}
	if page := g.gateway(strings.Replace(web, "--wx77.", "--wx78.", 1)); !strings.Contains(page, "没有这个人") {
		t.Errorf("a mini-program that is not there opens %s", page)
	}
	script := g.gateway(u.Scheme + "://" + u.Host + "/_wx/bridge.js")
	if !strings.Contains(script, `"mini":"wx77"`) || !strings.Contains(script, `"suffix":".lin--wx77.localhost`) || !strings.Contains(script, `"person":"lin"`) {
		t.Error("the bridge does not know that it is in a mini-program")
	}
	if miniWebView("lin", "wx_A") != "lin" {
		t.Error("an appid no host can hold makes a host")
	}
}

// wx.miniProgram.* of the unchanged npm package weixin-js-sdk in a real browser.
func TestMiniProgramInABrowser(t *testing.T) {
	web, chromium := browserTools(t)
	page := `<script src="/sdk.js"></script><script>
		var got = [];
		function done(name) { return function (r) { got.push([name, r && r.errMsg || r]); if (got.length === 6) window.results = got; }; }
		wx.miniProgram.getEnv(function (r) { got.push(['env', r.miniprogram, window.__wxjs_environment, /miniProgram\/wx77/.test(navigator.userAgent)]); });
		var calls = { navigateTo: '/a', redirectTo: '/b', switchTab: '/c', reLaunch: '/none' };
		for (var name in calls) wx.miniProgram[name]({ url: calls[name], success: done(name), fail: done(name) });
		wx.miniProgram.postMessage({ data: { n: 1 } });
		wx.miniProgram.navigateBack({ delta: 2, success: done('navigateBack'), fail: done('navigateBack') });
	</script>`
	g, address := webViewRig(t, page)
	out, err := exec.Command("node", filepath.Join("testdata", "mini.mjs"), web, chromium, g.s.URL(), address).Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var report struct {
		Results [][]any
		Asked   []struct {
			Name string
			Arg  map[string]any
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	results, _ := json.Marshal(report.Results)
	for _, want := range []string{`["env",true,"miniprogram",true]`, `["navigateTo","invokeMiniProgramAPI:ok"]`, `["navigateBack","invokeMiniProgramAPI:ok"]`, `["reLaunch","invokeMiniProgramAPI:fail,page not found"]`} {
		if !strings.Contains(string(results), want) {
			t.Errorf("the page saw no %s in %s", want, results)
		}
	}
	asked, _ := json.Marshal(report.Asked)
	for _, want := range []string{`{"Name":"switchTab","Arg":{"url":"/c"}}`, `{"Name":"postMessage","Arg":{"n":1}}`, `{"Name":"navigateBack","Arg":{"delta":2}}`} {
		if !strings.Contains(string(asked), want) {
			t.Errorf("the phone was not asked %s in %s", want, asked)
		}
	}
}
