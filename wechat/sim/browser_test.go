package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

type browserReport struct {
	Results   map[string]any
	Address   string
	Elsewhere string
	Back      string
	Phone     string
	Seen      []struct {
		Type, Name, Method string
		Data               map[string]any
	}
}

// The bridge in a real browser, with the unchanged npm package weixin-js-sdk.
func TestBridgeInABrowser(t *testing.T) {
	web, chromium := browserTools(t)
	sdk := must(os.ReadFile(filepath.Join(web, "node_modules/weixin-js-sdk/index.js")))(t)
	g := newRig(t, &Server{})
	site := g.shopPage(sdk)
	out, err := exec.Command("node", "testdata/browser.mjs", web, chromium, g.s.URL(), g.open("lin", site+"/")).Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var r browserReport
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	raw, _ := json.Marshal(r.Results)
	for _, want := range []string{"MicroMessenger/8.0.49", `"cookie":"csrf=tok"`, `"cookieAfter":"csrf=tok; lang=zh"`, `"ready":true`, `"sse":"hi"`,
		`"share":{"errMsg":"updateAppMessageShareData:ok"}`, `"check":{"checkResult":{"chooseWXPay":true,"startRecord":false},"errMsg":"checkJsApi:ok"}`,
		`"resultStr":"EAN_13,6901234567892"`, `"errMsg":"openAddress:ok"`, `"detailInfo":"文三路"`, "offline verifying", `"pay":{"errMsg":"chooseWXPay:ok"}`,
		`"cookie":"sid=1; csrf=tok; lang=zh"`, `"origin":"` + site + `"`, `"referer":"` + site + `/"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the page saw no %s in\n%s", want, raw)
		}
	}
	if g.s.realURL(r.Address) != site+"/cart?x=1#y" || !strings.Contains(r.Elsewhere, ".lin.localhost:") || r.Phone != g.s.URL()+"/" || !strings.HasPrefix(g.s.realURL(r.Back), site+"/") {
		t.Errorf("addresses: %s, then %s, back to %s, phone at %s", r.Address, r.Elsewhere, r.Back, r.Phone)
	}
	shared, titles := "", []string{}
	for _, m := range r.Seen {
		if m.Name == "shareData" && shared == "" {
			shared, _ = m.Data["link"].(string)
		}
		if m.Name == "page" {
			title, _ := m.Data["title"].(string)
			titles = append(titles, title)
		}
	}
	if shared != site+"/" || !strings.Contains(strings.Join(titles, " "), "店铺 ") || !strings.Contains(strings.Join(titles, " "), "购物车") {
		t.Errorf("the phone was told link %q, titles %v", shared, titles)
	}
	if balance := g.get("/_sim/people/lin")["balance"]; balance != 91200.0 {
		t.Errorf("the wallet holds %v", balance)
	}
}

// browserTools finds the web workspace, node and a browser, or skips.
func browserTools(t *testing.T) (web, chromium string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	web = must(filepath.Abs("../../web"))(t)
	if _, err := os.Stat(filepath.Join(web, "node_modules/weixin-js-sdk/index.js")); err != nil {
		t.Skip("web/node_modules is not installed")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return web, path
		}
	}
	t.Skip("no Chromium is installed")
	return "", ""
}

// shopPage serves testdata/shop.html with the SDK and gives its origin.
func (g *rig) shopPage(sdk []byte) string {
	t := g.t
	ticket := g.api("/cgi-bin/ticket/getticket?type=jsapi", nil)["ticket"].(string)
	pkg := "prepay_id=" + g.prepay("order-0001", 8800, "lin")
	sign := must(paycrypt.Sign(merchantKey(t, g.shop), paycrypt.PayMessage("wx0001", "1", "n", pkg)))(t)
	elsewhere := g.site(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<title>elsewhere</title>")
	}})
	page := template.Must(template.ParseFiles("testdata/shop.html"))
	site := g.site(map[string]http.HandlerFunc{
		"/sdk.js": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			io.WriteString(w, "var module={exports:{}};"+string(sdk)+";window.wx=module.exports;")
		},
		"/echo": func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, 200, map[string]string{"cookie": r.Header.Get("Cookie"), "origin": r.Header.Get("Origin"), "referer": r.Header.Get("Referer")})
		},
		"/sse": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, "data: hi\n\n")
		},
		"/sign": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, wxcrypt.JSSignature(ticket, "n", "1414587457", r.URL.Query().Get("url")))
		},
		"/": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("X-Frame-Options", "DENY")
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", HttpOnly: true, Path: "/"})
			http.SetCookie(w, &http.Cookie{Name: "csrf", Value: "tok", Path: "/"})
			_ = page.Execute(w, map[string]string{"Elsewhere": elsewhere.URL, "Origin": "http://" + r.Host, "Package": pkg, "PaySign": sign})
		},
	})
	return site.URL
}
