package sim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// of makes an account of a kind and gives a caller of its API.
func (g *rig) of(a Account) func(path string, body any) map[string]any {
	g.t.Helper()
	a.Name, a.Secret = "甲", "s"
	must(g.s.AddAccount(a))(g.t)
	_, out := g.call("GET", "/cgi-bin/token?grant_type=client_credential&appid="+a.AppID+"&secret=s", nil)
	token, _ := out["access_token"].(string)
	return func(path string, body any) map[string]any {
		g.t.Helper()
		method, sep := "GET", "?"
		if body != nil {
			method = "POST"
		}
		if strings.Contains(path, "?") {
			sep = "&"
		}
		_, out := g.call(method, path+sep+"access_token="+token, body)
		return out
	}
}

func TestRightsByKindOfAccount(t *testing.T) {
	g := newRig(t, &Server{})
	accounts := []Account{
		{AppID: "wxsubno", Kind: "subscription", Unverified: true}, {AppID: "wxsubyes", Kind: "subscription"},
		{AppID: "wxserno", Kind: "service", Unverified: true}, {AppID: "wxseryes", Kind: "service"}, {AppID: "wxtest", Kind: "subscription", Unverified: true, Test: true},
	}
	cases := []struct {
		path string
		body any
		may  string // one digit for each account: 1 may
	}{
		{"/cgi-bin/menu/get", nil, "01111"},
		{"/cgi-bin/user/get", nil, "01011"},
		{"/cgi-bin/draft/count", nil, "01011"},
		{"/cgi-bin/message/mass/speed/get", map[string]any{}, "01011"},
		{"/cgi-bin/template/get_industry", nil, "00011"},
		{"/cgi-bin/qrcode/create", map[string]any{"action_name": "QR_STR_SCENE", "action_info": map[string]any{"scene": map[string]any{"scene_str": "a"}}}, "00011"},
		{"/cgi-bin/getcallbackip", nil, "11111"},
	}
	for i, a := range accounts {
		call := g.of(a)
		for _, tc := range cases {
			out := call(tc.path, tc.body)
			refused := out["errcode"] == 48001.0
			if refused == (tc.may[i] == '1') {
				t.Errorf("%s calls %s: %v", a.AppID, tc.path, out)
			}
		}
	}
}

func TestDayQuotaAndItsReset(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 3, 31, 23, 0, 0, 0, shanghai))
	g.s.Clock.Freeze()
	g.post("/_sim/accounts/wx0001/official", map[string]any{"limits": map[string]int{"/cgi-bin/user/get": 2}})
	list := func() map[string]any { return g.api("/cgi-bin/user/get", nil) }
	wantCode(t, list(), 0)
	quota := func() map[string]any {
		return g.api("/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": "/cgi-bin/user/get"})["quota"].(map[string]any)
	}
	if q := quota(); q["daily_limit"] != 2.0 || q["used"] != 1.0 || q["remain"] != 1.0 {
		t.Fatalf("quota: %v", q)
	}
	wantCode(t, list(), 0)
	wantCode(t, list(), 45009)
	wantCode(t, g.api("/cgi-bin/clear_quota", map[string]any{"appid": "wx0002"}), 40013)
	for i := range clearsPerMonth {
		wantCode(t, g.api("/cgi-bin/clear_quota", map[string]any{"appid": "wx0001"}), 0)
		wantCode(t, list(), 0)
		if i > 7 {
			wantCode(t, list(), 0)
			wantCode(t, list(), 45009)
		}
	}
	wantCode(t, g.api("/cgi-bin/clear_quota", map[string]any{"appid": "wx0001"}), 48006)
	_, out := g.call("POST", "/cgi-bin/clear_quota/v2?appid=wx0001&appsecret="+g.app.Secret, nil)
	wantCode(t, out, 48006)
	wantCode(t, list(), 45009)
	g.s.Clock.Advance(time.Hour) // 00:00 +08:00 on the first of April
	wantCode(t, list(), 0)
	_, out = g.call("POST", "/cgi-bin/clear_quota/v2", map[string]any{"appid": "wx0001", "appsecret": g.app.Secret})
	wantCode(t, out, 0)
	wantCode(t, g.api("/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": "/cgi-bin/no/such"}), 76021)
}

func TestMinuteQuotaOfMassMessages(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	for i := range 61 {
		out := g.api("/cgi-bin/message/mass/send", map[string]any{"touser": []string{"a"}})
		if want := map[bool]float64{true: 40130, false: 45011}[i < 60]; out["errcode"] != want {
			t.Fatalf("call %d: %v", i, out)
		}
	}
	g.s.Clock.Advance(time.Minute)
	wantCode(t, g.api("/cgi-bin/message/mass/send", map[string]any{"touser": []string{"a"}}), 40130)
}

func TestRidTellsOfARefusal(t *testing.T) {
	g := newRig(t, &Server{})
	out := g.api("/cgi-bin/tags/delete", map[string]any{"tag": map[string]any{"id": 7}})
	_, rid, _ := strings.Cut(out["errmsg"].(string), "rid: ")
	info := g.api("/cgi-bin/openapi/rid/get", map[string]any{"rid": rid})
	request, _ := info["request"].(map[string]any)
	if request == nil || !strings.Contains(request["request_body"].(string), `"id":7`) || !strings.Contains(request["response_body"].(string), "45159") || request["client_ip"] != "127.0.0.1" {
		t.Fatalf("rid %s: %v", rid, info)
	}
	other := g.of(Account{AppID: "wxother"})
	wantCode(t, other("/cgi-bin/openapi/rid/get", map[string]any{"rid": rid}), 76003)
	wantCode(t, g.api("/cgi-bin/openapi/rid/get", map[string]any{"rid": "x"}), 76002)
	wantCode(t, g.api("/cgi-bin/openapi/rid/get", map[string]any{"rid": "00000000-00000000-00000000"}), 76001)
}

func TestFrozenSecretAndAddresses(t *testing.T) {
	g := newRig(t, &Server{})
	ask := func() map[string]any {
		_, out := g.call("GET", "/cgi-bin/token?grant_type=client_credential&appid=wx0001&secret="+g.app.Secret, nil)
		return out
	}
	yes, no := true, false
	must(g.s.SetOfficial("wx0001", OfficialSettings{Frozen: &yes}))(t)
	wantCode(t, ask(), 40243)
	must(g.s.SetOfficial("wx0001", OfficialSettings{Frozen: &no, ConfirmIP: &yes}))(t)
	wantCode(t, ask(), 0)
	must(g.s.AddAccount(Account{AppID: "wx0001", IPAllow: []string{"10.1.1.1"}}))(t)
	wantCode(t, ask(), 89503)
	must(g.s.SetOfficial("wx0001", OfficialSettings{ConfirmIP: &no}))(t)
	wantCode(t, ask(), 40164)
}

func TestCallbackCheckReallyConnects(t *testing.T) {
	g := newRig(t, &Server{})
	check := func(action, operator string) map[string]any {
		return g.api("/cgi-bin/callback/check", map[string]any{"action": action, "check_operator": operator})
	}
	out := check("all", "UNICOM")
	ping := out["ping"].([]any)
	if len(ping) == 0 || ping[0].(map[string]any)["package_loss"] != "0%" || out["dns"].([]any)[0].(map[string]any)["real_operator"] != "UNICOM" {
		t.Fatalf("a host that answers: %v", out)
	}
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	must(g.s.AddAccount(Account{AppID: "wx0001", CallbackURL: dead.URL}))(t)
	if out := check("ping", "DEFAULT"); out["ping"].([]any)[0].(map[string]any)["package_loss"] != "100%" || out["dns"] != nil {
		t.Fatalf("a host that is down: %v", out)
	}
	wantCode(t, check("dance", "DEFAULT"), 40202)
	wantCode(t, check("all", "MOON"), 40203)
	wantCode(t, g.of(Account{AppID: "wxnourl"})("/cgi-bin/callback/check", map[string]any{"action": "all", "check_operator": "CAP"}), 40201)
}

func TestTags(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	g.follow("zhou")
	tag := func(path string, id int, name string) map[string]any {
		return g.api("/cgi-bin/tags/"+path, map[string]any{"tag": map[string]any{"id": id, "name": name}})
	}
	id := int(tag("create", 0, "茶客")["tag"].(map[string]any)["id"].(float64))
	wantCode(t, tag("create", 0, "茶客"), 45157)
	wantCode(t, tag("create", 0, strings.Repeat("长", 31)), 45158)
	wantCode(t, tag("update", 1, "星"), 45058)
	wantCode(t, tag("update", 999, "星"), 45159)
	wantCode(t, tag("update", id, "老茶客"), 0)
	mark := func(path string, tagID int, people ...string) map[string]any {
		list := []string{}
		for _, who := range people {
			list = append(list, g.openID(who))
		}
		return g.api("/cgi-bin/tags/members/"+path, map[string]any{"openid_list": list, "tagid": tagID})
	}
	wantCode(t, mark("batchtagging", id, "lin", "zhou"), 0)
	wantCode(t, mark("batchtagging", id), 40032)
	wantCode(t, mark("batchtagging", 4711, "lin"), 45159)
	other := must(g.s.AddAccount(Account{AppID: "wx0002", Name: "乙"}))(t)
	foreign := must(g.s.OpenID(other.AppID, "lin"))(t)
	wantCode(t, g.api("/cgi-bin/tags/members/batchtagging", map[string]any{"openid_list": []string{foreign}, "tagid": id}), 49003)
	fans := g.api("/cgi-bin/user/tag/get", map[string]any{"tagid": id})
	if fans["count"] != 2.0 || len(fans["data"].(map[string]any)["openid"].([]any)) != 2 {
		t.Fatalf("fans of the tag: %v", fans)
	}
	wantCode(t, mark("batchuntagging", id, "zhou"), 0)
	if list := g.api("/cgi-bin/tags/getidlist", map[string]any{"openid": g.openID("lin")})["tagid_list"]; fmt.Sprint(list) != fmt.Sprintf("[%d]", id) {
		t.Fatalf("tags of a fan: %v", list)
	}
	if info := g.api("/cgi-bin/user/info?openid="+g.openID("lin"), nil); fmt.Sprint(info["tagid_list"]) != fmt.Sprintf("[%d]", id) {
		t.Fatalf("user info: %v", info)
	}
	list := g.api("/cgi-bin/tags/get", nil)["tags"].([]any)
	if len(list) != 2 || list[1].(map[string]any)["name"] != "老茶客" || list[1].(map[string]any)["count"] != 1.0 {
		t.Fatalf("tags: %v", list)
	}
	wantCode(t, tag("delete", id, ""), 0)
	if list := g.api("/cgi-bin/tags/getidlist", map[string]any{"openid": g.openID("lin")})["tagid_list"]; fmt.Sprint(list) != "[]" {
		t.Fatalf("a deleted tag stays on a fan: %v", list)
	}
	for i := range maxTags {
		wantCode(t, tag("create", 0, fmt.Sprint("标签", i)), 0)
	}
	wantCode(t, tag("create", 0, "多一个"), 45056)
	made := g.api("/cgi-bin/tags/get", nil)["tags"].([]any)
	for i := range maxTagsOfFan + 1 {
		out := mark("batchtagging", int(made[i+1].(map[string]any)["id"].(float64)), "lin")
		if want := map[bool]float64{true: 0, false: 45059}[i < maxTagsOfFan]; want != 0 || out["errcode"] != 0.0 {
			wantCode(t, out, want)
		}
	}
}

func TestBlacklist(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	black := func(path string) map[string]any {
		return g.api("/cgi-bin/tags/members/"+path, map[string]any{"openid_list": []string{g.openID("lin")}})
	}
	wantCode(t, black("batchblacklist"), 0)
	if out := g.api("/cgi-bin/tags/members/getblacklist", map[string]any{"begin_openid": ""}); out["total"] != 1.0 || out["count"] != 1.0 {
		t.Fatalf("blacklist: %v", out)
	}
	before := len(g.pushed(1))
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "在吗"})
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "text", "text": map[string]any{"content": "x"}}), 43019)
	wantCode(t, black("batchunblacklist"), 0)
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "现在呢"})
	if bodies := g.pushed(before + 1); strings.Contains(strings.Join(bodies, ""), "在吗") {
		t.Fatal("what a blacklisted fan says reaches the developer")
	}
}

func TestShortKeys(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	out := g.api("/cgi-bin/shorten/gen", map[string]any{"long_data": "loooong", "expire_seconds": 60})
	key := map[string]any{"short_key": out["short_key"]}
	if got := g.api("/cgi-bin/shorten/fetch", key); got["long_data"] != "loooong" || got["expire_seconds"] != 60.0 {
		t.Fatalf("%v", got)
	}
	g.s.Clock.Advance(time.Minute)
	wantCode(t, g.api("/cgi-bin/shorten/fetch", key), 40035)
	wantCode(t, g.api("/cgi-bin/shorten/gen", map[string]any{"long_data": strings.Repeat("x", maxShortData+1)}), 40035)
	wantCode(t, g.api("/cgi-bin/shorten/gen", map[string]any{"long_data": "x", "expire_seconds": 2592001}), 40035)
}
