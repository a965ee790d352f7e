package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// adsRig is a rig with an account on each platform.
func adsRig(t *testing.T, s *Server) *rig {
	g := newRig(t, s)
	for _, platform := range []string{"tencent", "baidu", "ocean", "so360", "kuaishou"} {
		must(g.s.AddAdAccount(AdAccount{Platform: platform, ID: "1001", Token: platform + "-token", Secret: "secret", Sets: []string{"77"}}))(t)
	}
	return g
}

func (g *rig) click(platform, who string) (id string, landing *url.URL) {
	g.t.Helper()
	address, id, err := g.s.AdClick(platform, "https://shop.example/p/1?utm_source="+platform, who)
	if err != nil {
		g.t.Fatal(err)
	}
	return id, mustURL(g.t, address)
}

func (g *rig) action(click string, change map[string]any) map[string]any {
	a := map[string]any{"outer_action_id": "o1", "action_time": g.s.Clock.Now().Unix(), "action_type": "PURCHASE", "trace": map[string]any{"click_id": click}, "action_param": map[string]any{"value": 8800}}
	for name, value := range change {
		a[name] = value
	}
	return a
}

var nonces int

// tencent reports by query; the query may be changed.
func (g *rig) tencent(version string, body map[string]any, change url.Values) map[string]any {
	g.t.Helper()
	nonces++
	q := url.Values{"access_token": {"tencent-token"}, "timestamp": {fmt.Sprint(time.Now().Unix())}, "nonce": {fmt.Sprintf("n%d", nonces)}}
	for name, value := range change {
		q[name] = value
	}
	_, out := g.call("POST", "/"+version+"/user_actions/add?"+q.Encode(), body)
	return out
}

func TestTencentAdsActions(t *testing.T) {
	g := adsRig(t, &Server{})
	click, landing := g.click("tencent", "lin")
	if landing.Query().Get("gdt_vid") != click || landing.Query().Get("utm_source") != "tencent" {
		t.Fatalf("landing page %s", landing)
	}
	if outside, u := g.click("tencent", ""); u.Query().Get("qz_gdt") != outside {
		t.Errorf("outside of WeChat %s", u)
	}
	body := func(actions ...any) map[string]any {
		return map[string]any{"account_id": 1001, "user_action_set_id": "77", "actions": actions}
	}
	for _, version := range []string{"v1.1", "v1.3", "v3.0"} {
		if out := g.tencent(version, body(g.action(click, map[string]any{"outer_action_id": version})), nil); out["code"] != 0.0 || out["trace_id"] == "" {
			t.Errorf("%s: %v", version, out)
		}
	}
	for name, tc := range map[string]struct {
		body   map[string]any
		change url.Values
		code   float64
	}{
		"no token":      {body(g.action(click, nil)), url.Values{"access_token": {""}}, 11000},
		"late":          {body(g.action(click, nil)), url.Values{"timestamp": {fmt.Sprint(time.Now().Unix() - 301)}}, 10011},
		"early":         {body(g.action(click, nil)), url.Values{"timestamp": {fmt.Sprint(time.Now().Unix() + 310)}}, 10011},
		"no time":       {body(g.action(click, nil)), url.Values{"timestamp": {"now"}}, 10011},
		"no nonce":      {body(g.action(click, nil)), url.Values{"nonce": {""}}, 10012},
		"long nonce":    {body(g.action(click, nil)), url.Values{"nonce": {strings.Repeat("n", 33)}}, 10012},
		"same nonce":    {body(g.action(click, nil)), url.Values{"nonce": {"n1"}}, 10012},
		"other account": {map[string]any{"account_id": 1002, "user_action_set_id": "77", "actions": []any{g.action(click, nil)}}, nil, 11002},
		"other set":     {map[string]any{"account_id": 1001, "user_action_set_id": "78", "actions": []any{g.action(click, nil)}}, nil, 31007},
		"none":          {body(), nil, 10001},
		"fifty-one":     {map[string]any{"account_id": 1001, "user_action_set_id": "77", "actions": make([]map[string]any, 51)}, nil, 10001},
		"unknown type":  {body(g.action(click, map[string]any{"action_type": "DANCE"})), nil, 10001},
		"custom bare":   {body(g.action(click, map[string]any{"action_type": "CUSTOM"})), nil, 10001},
		"half a fen":    {body(g.action(click, map[string]any{"action_param": map[string]any{"value": 0.5}})), nil, 10001},
		"future":        {body(g.action(click, map[string]any{"action_time": time.Now().Unix() + 3600})), nil, 10001},
		"nobody":        {body(g.action("", nil)), nil, 10001},
		"too large":     {body(g.action(click, map[string]any{"url": strings.Repeat("x", maxTencentBody)})), nil, 10010},
	} {
		if out := g.tencent("v3.0", tc.body, tc.change); out["code"] != tc.code {
			t.Errorf("%s: %v, want %v", name, out, tc.code)
		}
	}
	again := g.tencent("v3.0", body(g.action(click, map[string]any{"outer_action_id": "v3.0"})), nil)
	list := g.s.Conversions()
	if again["code"] != 0.0 || len(list) != 4 || !list[0].Duplicate || list[1].Duplicate {
		t.Fatalf("%v: %d conversions, first %+v", again, len(list), list[0])
	}
	if x := list[3]; x.Click != click || x.Person != "lin" || x.Value != 8800 || x.Type != "PURCHASE" || x.Set != "77" {
		t.Errorf("conversion %+v", x)
	}
	nonces++
	req := must(http.NewRequest("POST", g.s.URL()+"/v3.0/user_actions/add?cb="+click, strings.NewReader(must2(encode(map[string]any{"actions": []any{g.action("", map[string]any{"outer_action_id": "cb"})}})))))(t)
	req.Header.Set("access-token", "tencent-token")
	req.Header.Set("timestamp", fmt.Sprint(time.Now().Unix()))
	req.Header.Set("nonce", fmt.Sprintf("n%d", nonces))
	if out := g.do(req); out["code"] != 0.0 || g.s.Conversions()[0].Click != click {
		t.Errorf("by the click's own address: %v %+v", out, g.s.Conversions()[0])
	}
}

func TestMPAds(t *testing.T) {
	g := adsRig(t, &Server{})
	click, _ := g.click("mp", "lin")
	set := g.api("/marketing/user_action_sets/add?version=v1.0", map[string]any{"type": "WEB", "name": "网页"})["data"].(map[string]any)["user_action_set_id"]
	send := func(change map[string]any) map[string]any {
		a := g.action(click, change)
		if _, given := a["user_action_set_id"]; !given {
			a["user_action_set_id"] = set
		}
		return g.api("/marketing/user_actions/add?version=v1.0", map[string]any{"actions": []any{a}})
	}
	wantCode(t, send(nil), 0)
	wantCode(t, send(map[string]any{"trace": map[string]any{}, "user_id": map[string]any{"wechat_app_id": "wx0001", "wechat_openid": g.openID("lin")}, "outer_action_id": "o2"}), 0)
	wantCode(t, send(map[string]any{"user_action_set_id": 5}), 40035)
	wantCode(t, send(map[string]any{"action_type": "DANCE"}), 40035)
	wantCode(t, send(map[string]any{"user_id": map[string]any{"wechat_app_id": "wx0001", "wechat_openid": "nobody"}}), 40035)
	wantCode(t, g.api("/marketing/user_action_sets/add?version=v1.0", map[string]any{"type": "PAPER"}), 40035)
	if list := g.s.Conversions(); len(list) != 2 || list[1].Click != click || list[0].Click != "" {
		t.Errorf("conversions %+v", list)
	}
}

func TestBaiduOCPC(t *testing.T) {
	g := adsRig(t, &Server{})
	click, landing := g.click("baidu", "zhou")
	status := func(path string, body map[string]any) float64 {
		_, out := g.call("POST", path, body)
		return out["header"].(map[string]any)["status"].(float64)
	}
	one := func(address string, kind int, value any) map[string]any {
		return map[string]any{"logidUrl": address, "newType": kind, "convertTime": g.s.Clock.Now().Unix(), "convertValue": value}
	}
	body := func(list ...any) map[string]any {
		return map[string]any{"token": "baidu-token", "conversionTypes": list}
	}
	const path = "/ocpcapi/api/uploadConvertData"
	for name, tc := range map[string]struct {
		body map[string]any
		want float64
	}{
		"fine":      {body(one(landing.String(), 10, 8800)), 0},
		"part":      {body(one(landing.String(), 3, 1), one("https://shop.example/", 3, 1)), 1},
		"no bd_vid": {body(one("https://shop.example/", 3, 1)), 2},
		"no type":   {body(one(landing.String(), 0, 1)), 2},
		"negative":  {body(one(landing.String(), 3, -1)), 2},
		"none":      {body(), 2},
		"too many":  {map[string]any{"token": "baidu-token", "conversionTypes": make([]map[string]any, 101)}, 2},
		"no token":  {map[string]any{"token": "x", "conversionTypes": []any{one(landing.String(), 3, 1)}}, 2},
	} {
		if got := status(path, tc.body); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	if got := status("/ocpcapi/api/uploadInvalidConvertData", body(one(landing.String(), 10, 8800))); got != 0 {
		t.Errorf("invalid: %v", got)
	}
	list := g.s.Conversions()
	if len(list) != 3 || !list[0].Invalid || list[1].Click != click || list[1].Person != "zhou" {
		t.Errorf("conversions %+v", list)
	}
	base := "/ocpcapi/cb/actionCb?a_type=orders&a_value=8800&ext_info=" + click
	if _, out := g.call("GET", base+"&sign="+strings.ToLower(upperMD5(g.s.URL()+base+"baidu-token")), nil); out["error_code"] != 0.0 {
		t.Errorf("actionCb %v", out)
	}
	if _, out := g.call("GET", base+"&sign=x", nil); out["error_code"] == 0.0 {
		t.Errorf("actionCb with a wrong sign %v", out)
	}
}

func TestOtherAdPlatforms(t *testing.T) {
	g := adsRig(t, &Server{})
	now := g.s.Clock.Now()
	ocean, landing := g.click("ocean", "lin")
	if landing.Query().Get("clickid") != ocean || landing.Query().Get("adid") == "" {
		t.Errorf("landing page %s", landing)
	}
	convert := func(callback string, at int64) float64 {
		_, out := g.call("POST", "/api/v2/conversion", map[string]any{"event_type": "active_pay", "context": map[string]any{"ad": map[string]any{"callback": callback}}, "properties": map[string]any{"pay_amount": 8800}, "timestamp": at})
		return out["code"].(float64)
	}
	if a, b, c := convert(ocean, now.UnixMilli()), convert("", now.UnixMilli()), convert(ocean, now.Unix()); a != 0 || b != 40002 || c != 40003 {
		t.Errorf("ocean %v %v %v", a, b, c)
	}
	so, _ := g.click("so360", "lin")
	report := func(key, secret string) float64 {
		body := must2(encode(map[string]any{"data": map[string]any{"request_time": now.Unix(), "data_industry": "ocpc_ps_convert", "data_detail": map[string]any{"qhclickid": so, "trans_id": "t1", "event": "ORDER", "event_time": now.Unix()}}}))
		req := must(http.NewRequest("POST", g.s.URL()+"/uploadWebConvert", strings.NewReader(body)))(t)
		req.Header.Set("App-Key", key)
		req.Header.Set("App-Sign", strings.ToLower(upperMD5(secret+body)))
		return g.do(req)["errno"].(float64)
	}
	if a, b, c := report("so360-token", "secret"), report("x", "secret"), report("so360-token", "x"); a != 0 || b != 1002 || c != 1003 {
		t.Errorf("360 %v %v %v", a, b, c)
	}
	kuai, _ := g.click("kuaishou", "lin")
	track := func(query string) float64 {
		_, out := g.call("GET", "/track/activate?"+query, nil)
		return out["result"].(float64)
	}
	good := fmt.Sprintf("event_type=3&event_time=%d&purchase_amount=88.01&callback=%s", now.UnixMilli(), kuai)
	if a, b := track(good), track("event_type=3&callback="+kuai); a != 1 || b != 2 {
		t.Errorf("kuaishou %v %v", a, b)
	}
	list := g.s.Conversions()
	if len(list) != 3 || list[0].Value != 8801 || list[0].Click != kuai || list[1].Click != so || list[2].Click != ocean || list[2].Value != 8800 {
		t.Errorf("conversions %+v", list)
	}
}

func TestAdsOverHTTPAndAfterARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world")
	g := adsRig(t, &Server{DataFile: file})
	made := g.post("/_sim/ads/accounts", map[string]any{"platform": "baidu", "id": "2002"})
	if made["token"] == "" || g.post("/_sim/ads/accounts", map[string]any{"platform": "baidu", "id": "2002"})["token"] != made["token"] {
		t.Errorf("account %v", made)
	}
	for _, wrong := range []map[string]any{{"platform": "mp", "id": "1"}, {"platform": "none", "id": "1"}, {"platform": "baidu"}} {
		if status, _ := g.call("POST", "/_sim/ads/accounts", wrong); status != 400 {
			t.Errorf("%v gives %d", wrong, status)
		}
	}
	click := g.post("/_sim/ads/click", map[string]any{"platform": "baidu", "landing_url": "https://shop.example/", "person": "lin"})
	for _, wrong := range []map[string]any{{"platform": "baidu", "landing_url": "/p"}, {"platform": "x", "landing_url": "https://a/"}} {
		if status, _ := g.call("POST", "/_sim/ads/click", wrong); status != 400 {
			t.Errorf("%v gives %d", wrong, status)
		}
	}
	report := map[string]any{"token": made["token"], "conversionTypes": []any{map[string]any{"logidUrl": click["url"], "newType": 3}}}
	g.call("POST", "/ocpcapi/api/uploadConvertData", report)
	action := map[string]any{"account_id": 1001, "user_action_set_id": "77", "actions": []any{g.action("none", nil)}}
	g.tencent("v3.0", action, nil)
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	g.s = start(t, &Server{DataFile: file})
	list := g.get("/_sim/ads/conversions?click=" + click["click_id"].(string))["conversions"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["person"] != "lin" {
		t.Errorf("after the restart %v", list)
	}
	g.tencent("v3.0", action, nil)
	if !g.s.Conversions()[0].Duplicate {
		t.Error("an outer_action_id is forgotten over a restart")
	}
	must(g.s.Faults.Add(Fault{Target: "call", Path: "/ocpcapi", Kind: "system_error"}))(t)
	if _, out := g.call("POST", "/ocpcapi/api/uploadConvertData", report); out["header"].(map[string]any)["status"] != 4.0 {
		t.Errorf("a fault gives %v", out)
	}
}

func FuzzTencentAction(f *testing.F) {
	f.Add([]byte(`{"action_type":"PURCHASE","action_time":1762833600,"trace":{"click_id":"x"},"action_param":{"value":1}}`))
	f.Add([]byte(`{"action_param":{"value":1e300}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a tencentAction
		if json.Unmarshal(raw, &a) != nil {
			return
		}
		if checkAction(&a, time.Unix(1762833600, 0)) == "" && a.value() < -1 {
			t.Fatalf("%s has the value %d", raw, a.value())
		}
	})
}
