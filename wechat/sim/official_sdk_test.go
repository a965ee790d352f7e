package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

// passed makes the page pass wx.config for an account with these open tags.
func (g *rig) passed(who, page, appID, ticket string, tags ...string) {
	g.t.Helper()
	out := g.invoke(who, page, "preVerifyJSAPI", map[string]any{"verifyAppId": appID, "verifyTimestamp": "1", "verifyNonceStr": "n", "verifySignature": wxcrypt.JSSignature(ticket, "n", "1", page),
		"verifyJsApiList": []string{"updateAppMessageShareData", "downloadImage", "uploadImage", "scanQRCode"}, "verifyOpenTagList": tags})
	if out.Result["err_msg"] != "config:ok" {
		g.t.Fatalf("config: %v", out)
	}
}

func TestTheScriptIsServed(t *testing.T) {
	g := newRig(t, &Server{})
	resp := must(http.Get(g.s.URL() + "/open/js/jweixin-1.6.0.js"))(t)
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") || !strings.Contains(string(text), "root.wx = root.jWeixin") {
		t.Fatalf("%d %s", resp.StatusCode, text[:min(len(text), 80)])
	}
	for _, name := range []string{"jweixin.js", "jweixin-2.0.0.js", "other.js"} {
		resp := must(http.Get(g.s.URL() + "/open/js/" + name))(t)
		if resp.Body.Close(); resp.StatusCode != 404 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	resp, body := g.fetch("lin", "https://res.wx.qq.com/open/js/jweixin-1.6.0.js", nil)
	if resp.StatusCode != 200 || !strings.Contains(body, "jWeixin") {
		t.Fatalf("inside a web view: %d", resp.StatusCode)
	}
}

func TestJSAPIRightsByKindOfAccount(t *testing.T) {
	g := newRig(t, &Server{})
	page := g.dev.URL + "/p"
	for _, tc := range []struct {
		account Account
		share   string
		tag     bool
	}{
		{Account{AppID: "wxs1", Kind: "service"}, "updateAppMessageShareData:ok", true},
		{Account{AppID: "wxs2", Kind: "service", Unverified: true}, "updateAppMessageShareData:permission denied", false},
		{Account{AppID: "wxs3", Kind: "subscription"}, "updateAppMessageShareData:ok", false},
	} {
		tc.account.JSDomain = "127.0.0.1"
		call := g.of(tc.account)
		ticket := call("/cgi-bin/ticket/getticket?type=jsapi", nil)["ticket"].(string)
		g.passed("lin", page, tc.account.AppID, ticket, "wx-open-subscribe")
		if out := g.invoke("lin", page, "updateAppMessageShareData", map[string]any{"verifyAppId": tc.account.AppID, "link": page}); out.Result["err_msg"] != tc.share {
			t.Errorf("%s shares: %v", tc.account.AppID, out.Result)
		}
		out := g.invoke("lin", page, "openSubscribeMessage", map[string]any{"verifyAppId": tc.account.AppID, "templates": []string{"t"}})
		if (out.Ask == "subscribe") != tc.tag {
			t.Errorf("%s opens the popup: %+v", tc.account.AppID, out)
		}
		if out := g.invoke("lin", page, "launchMiniProgram", map[string]any{"verifyAppId": tc.account.AppID}); out.Ask != "" {
			t.Errorf("%s uses a tag that is not in openTagList: %+v", tc.account.AppID, out)
		}
	}
}

func TestDownloadImage(t *testing.T) {
	g := newRig(t, &Server{})
	page := g.dev.URL + "/p"
	ticket := g.api("/cgi-bin/ticket/getticket?type=jsapi", nil)["ticket"].(string)
	id := g.uploadFile("/cgi-bin/media/upload?type=image", "a.png", onePNG, nil)["media_id"].(string)
	ask := func(serverID string) (int, string) {
		address := mustURL(t, g.open("lin", page))
		req := mustRequest(t, "http://"+address.Host+"/_wx/media?doc=d1&server_id="+url.QueryEscape(serverID))
		resp := must(g.browser().Do(req))(t)
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(raw)
	}
	if status, _ := ask(id); status != 404 {
		t.Fatalf("before wx.config: %d", status)
	}
	g.passed("lin", page, "wx0001", ticket)
	if status, body := ask(id); status != 200 || !strings.Contains(body, fileURL("image/png", onePNG)) {
		t.Fatalf("%d %s", status, body)
	}
	if status, _ := ask("nothing"); status != 404 {
		t.Fatalf("an unknown serverId: %d", status)
	}
	g.s.Clock.Advance(mediaLife)
	if status, _ := ask(id); status != 404 {
		t.Fatalf("after three days: %d", status)
	}
}

// The script of the simulator and its open tags in a real browser.
func TestOwnScriptInABrowser(t *testing.T) {
	web, chromium := browserTools(t)
	g := newRig(t, &Server{})
	made := g.api("/wxaapi/newtmpl/addtemplate", map[string]any{"tid": "307", "kidList": []int{1, 4}, "sceneDesc": "发货"})
	template, _ := made["priTmplId"].(string)
	if template == "" {
		t.Fatalf("%v", made)
	}
	ticket := g.api("/cgi-bin/ticket/getticket?type=jsapi", nil)["ticket"].(string)
	id := g.uploadFile("/cgi-bin/media/upload?type=image", "a.png", onePNG, nil)["media_id"].(string)
	site := g.site(map[string]http.HandlerFunc{
		"/sign": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, wxcrypt.JSSignature(ticket, "n", "1414587457", r.URL.Query().Get("url")))
		},
		"/": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, ownPage, template, id)
		},
	})
	out, err := exec.Command("node", "testdata/own.mjs", web, chromium, g.s.URL(), g.open("lin", site.URL+"/"), template).Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			t.Fatalf("%v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var results map[string]any
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for name, want := range map[string]string{
		"ready": "true", "location": "getLocation:ok", "scan": "6901", "share": "updateAppMessageShareData:ok", "check": `"scanQRCode":true,"startRecord":false`,
		"network": `"networkType":"wifi"`, "denied": "offline verifying", "download": "weixin://resourceid/", "address": `"detailInfo":"文三路"`, "tag": template + `\":\"accept`, "choose": "weixin://resourceid/", "upload": "serverId",
	} {
		raw, _ := json.Marshal(results[name])
		if !strings.Contains(strings.ReplaceAll(string(raw), `\\`, `\`), want) {
			t.Errorf("%s: the page saw %s, want %s", name, raw, want)
		}
	}
	wantCode(t, g.api("/cgi-bin/message/subscribe/bizsend", map[string]any{"touser": g.openID("lin"), "template_id": template, "page": site.URL + "/o", "data": noticeData()}), 0)
}

const ownPage = `<!doctype html><html><head><title>自有脚本</title><script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script></head><body>
<wx-open-subscribe id="sub" template="%s"><script type="text/wxtag-template"><button>订阅</button></script></wx-open-subscribe><script>
window.results = {};
var keep = function (name) { return function (r) { results[name] = r; }; };
var call = function (api, name, o) { o = o || {}; o.success = o.fail = o.cancel = keep(name); wx[api](o); };
fetch('/sign?url=' + encodeURIComponent(location.href.split('#')[0])).then(function (r) { return r.text(); }).then(function (signature) {
  wx.config({ appId: 'wx0001', timestamp: 1414587457, nonceStr: 'n', signature: signature, openTagList: ['wx-open-subscribe'],
    jsApiList: ['getLocation', 'scanQRCode', 'updateAppMessageShareData', 'openAddress', 'downloadImage', 'uploadImage', 'chooseImage'] });
  wx.error(keep('error'));
  wx.ready(function () {
    results.ready = true;
    call('getLocation', 'location'); call('scanQRCode', 'scan', { needResult: 1 }); call('updateAppMessageShareData', 'share', { title: 'T', desc: 'D', link: location.href });
    call('checkJsApi', 'check', { jsApiList: ['scanQRCode', 'startRecord'] }); call('getNetworkType', 'network'); call('openLocation', 'denied', { latitude: 1, longitude: 1 });
    call('downloadImage', 'download', { serverId: '%s' }); call('openAddress', 'address');
    wx.chooseImage({ success: function (r) { results.choose = r; wx.uploadImage({ localId: r.localIds[0], success: keep('upload'), fail: keep('upload') }); } });
    var el = document.getElementById('sub');
    el.addEventListener('success', function (e) { results.tag = e.detail; });
    el.addEventListener('error', function (e) { results.tag = e.detail; });
    setTimeout(function () { el.click(); }, 50);
  });
});
</script></body></html>`

func noticeData() map[string]any {
	return map[string]any{"thing1": map[string]any{"value": "明前龙井"}, "character_string4": map[string]any{"value": "7800001"}}
}

func TestOAuthPagesForVisitors(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	host := strings.TrimPrefix(g.dev.URL, "http://")
	open := func(appID, more string) (*http.Response, string) {
		return g.fetch("lin", g.s.URL()+"/connect/oauth2/authorize?appid="+appID+"&redirect_uri="+url.QueryEscape(g.dev.URL+"/back")+"&response_type=code&scope=snsapi_base&state=s"+more, nil)
	}
	must(g.s.AddAccount(Account{AppID: "wxtest", Name: "测试号", Kind: "subscription", Test: true, OAuthDomain: host}))(t)
	if _, page := open("wxtest", ""); !strings.Contains(page, "10006") {
		t.Fatalf("who does not follow a test account: %s", page)
	}
	must(g.s.follow("lin", "wxtest", "ADD_SCENE_SEARCH", ""))(t)
	if resp, _ := open("wxtest", ""); resp.StatusCode != 302 {
		t.Fatalf("who follows it: %d", resp.StatusCode)
	}
	yes, no := true, false
	must(g.s.SetOfficial("wx0001", OfficialSettings{Banned: &yes}))(t)
	if _, page := open("wx0001", ""); !strings.Contains(page, "10004") || !strings.Contains(page, "封禁") {
		t.Fatalf("a banned account: %s", page)
	}
	must(g.s.SetOfficial("wx0001", OfficialSettings{Banned: &no}))(t)
	for i := range oauthPerMinute - 1 {
		if resp, _ := open("wx0001", ""); resp.StatusCode != 302 {
			t.Fatalf("authorisation %d: %d", i, resp.StatusCode)
		}
	}
	if _, page := open("wx0001", ""); !strings.Contains(page, "10009") {
		t.Fatalf("too many: %s", page)
	}
	g.s.Clock.Advance(time.Minute)
	if _, page := open("wx0001", "&state="+strings.Repeat("a", 129)); strings.Contains(page, "10009") {
		t.Fatalf("a minute later: %s", page)
	}
	if resp, page := g.fetch("lin", g.s.URL()+"/connect/oauth2/authorize?appid=wx0001&redirect_uri="+url.QueryEscape(g.dev.URL)+"&response_type=code&scope=snsapi_base&state="+strings.Repeat("a", 129), nil); resp.StatusCode != 200 || !strings.Contains(page, "10002") {
		t.Fatalf("a long state: %d %s", resp.StatusCode, page)
	}
}

func TestASnapshotUserIsMadeUp(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	code := func(more string) string {
		resp, body := g.fetch("lin", g.s.URL()+"/connect/oauth2/authorize?appid=wx0001&redirect_uri="+url.QueryEscape(g.dev.URL+"/back")+"&response_type=code&scope=snsapi_userinfo&state=s"+more, nil)
		if resp.StatusCode != 302 {
			t.Fatalf("%d %s", resp.StatusCode, body)
		}
		at := must(url.Parse(resp.Header.Get("Location")))(t)
		return at.Query().Get("code")
	}
	token := func(code string) map[string]any {
		_, out := g.call("GET", "/sns/oauth2/access_token?appid=wx0001&secret="+g.app.Secret+"&grant_type=authorization_code&code="+code, nil)
		return out
	}
	info := func(out map[string]any) map[string]any {
		_, got := g.call("GET", fmt.Sprintf("/sns/userinfo?access_token=%s&openid=%s&lang=zh_CN", out["access_token"], out["openid"]), nil)
		return got
	}
	real := token(code(""))
	if real["is_snapshotuser"] != nil || real["openid"] != g.openID("lin") || info(real)["nickname"] != "林小满" {
		t.Fatalf("an ordinary visit: %v", real)
	}
	snap := token(code("&forceSnapShot=true"))
	if snap["is_snapshotuser"] != 1.0 || snap["openid"] == g.openID("lin") || len(snap["openid"].(string)) != 28 || snap["unionid"] != nil {
		t.Fatalf("a snapshot: %v", snap)
	}
	if got := info(snap); got["nickname"] != "微信用户" || got["unionid"] != nil {
		t.Fatalf("its user info: %v", got)
	}
}
