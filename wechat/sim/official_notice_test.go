package sim

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestSubscriptionNotices(t *testing.T) {
	g := newRig(t, &Server{})
	template := g.api("/wxaapi/newtmpl/addtemplate", map[string]any{"tid": "307", "kidList": []int{1, 4}, "sceneDesc": "发货"})["priTmplId"].(string)
	send := func(id string, data map[string]any, more map[string]any) map[string]any {
		body := map[string]any{"touser": g.openID("lin"), "template_id": id, "page": g.dev.URL + "/o", "data": data}
		for k, v := range more {
			body[k] = v
		}
		return g.api("/cgi-bin/message/subscribe/bizsend", body)
	}
	decide := func(said string) (int, map[string]any) {
		return g.call("POST", "/_sim/people/lin/accounts/wx0001/notices", map[string]any{"choices": map[string]string{template: said}})
	}
	wantCode(t, send(template, noticeData(), nil), 43101)
	if _, out := decide("accept"); out["details"].(map[string]any)[template] != "accept" {
		t.Fatalf("%v", out)
	}
	if body := g.pushed(1)[0]; !strings.Contains(body, "subscribe_msg_popup_event") || !strings.Contains(body, "<SubscribeStatusString>accept</SubscribeStatusString>") {
		t.Fatalf("popup: %s", body)
	}
	wantCode(t, send("x", noticeData(), nil), 40037)
	wantCode(t, send(template, map[string]any{"thing1": map[string]any{"value": "只有一个"}}, nil), 47003)
	wantCode(t, send(template, map[string]any{"thing1": map[string]any{"value": strings.Repeat("长", 21)}, "character_string4": map[string]any{"value": "1"}}, nil), 47003)
	wantCode(t, send(template, noticeData(), map[string]any{"page": "pages/index"}), 41030)
	wantCode(t, send(template, noticeData(), nil), 0)
	wantCode(t, send(template, noticeData(), nil), 43101) // one accept is one send
	card := g.get("/_sim/people/lin/chats/svc-notice/messages")["messages"].([]any)[0].(map[string]any)
	if card["type"] != "template" || card["url"] != g.dev.URL+"/o" {
		t.Fatalf("card: %v", card)
	}
	if body := g.pushed(2)[1]; !strings.Contains(body, "subscribe_msg_sent_event") || !strings.Contains(body, "<ErrorStatus>success</ErrorStatus>") {
		t.Fatalf("sent: %s", body)
	}
	decide("reject")
	wantCode(t, send(template, noticeData(), nil), 43101)
	decide("accept")
	g.post("/_sim/people/lin/accounts/wx0001/notices/settings", map[string]any{"template_id": template, "on": false})
	wantCode(t, send(template, noticeData(), nil), 43101)
	if out := g.get("/_sim/people/lin/accounts/wx0001/notices")["templates"].([]any); len(out) != 1 || out[0].(map[string]any)["on"] != false {
		t.Fatalf("%v", out)
	}
	for _, choices := range []map[string]string{{}, {"x": "accept"}, {template: "perhaps"}, {"a": "accept", "b": "accept", "c": "accept", "d": "accept"}} {
		if status, _ := g.call("POST", "/_sim/people/lin/accounts/wx0001/notices", map[string]any{"choices": choices}); status != 400 {
			t.Errorf("%v gives %d", choices, status)
		}
	}
}

func TestOneOffSubscription(t *testing.T) {
	g := newRig(t, &Server{})
	page := func(change map[string]string) string {
		q := url.Values{"action": {"get_confirm"}, "appid": {"wx0001"}, "scene": {"7"}, "template_id": {"one"}, "redirect_url": {g.dev.URL + "/back?x=1"}, "reserved": {"r"}}
		for k, v := range change {
			q.Set(k, v)
		}
		return "https://mp.weixin.qq.com/mp/subscribemsg?" + q.Encode()
	}
	answer := func(said string) *url.URL {
		req := must(http.NewRequest("POST", g.open("lin", page(nil)), strings.NewReader("answer="+said)))(t)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp := must(g.browser().Do(req))(t)
		defer resp.Body.Close()
		return must(url.Parse(g.s.realURL(resp.Header.Get("Location"))))(t)
	}
	send := func(change map[string]any) map[string]any {
		body := map[string]any{"touser": g.openID("lin"), "template_id": "one", "scene": "7", "title": "到货", "url": g.dev.URL, "data": map[string]any{"content": map[string]any{"value": "您要的茶到了", "color": "#ff0000"}}}
		for k, v := range change {
			body[k] = v
		}
		return g.api("/cgi-bin/message/template/subscribe", body)
	}
	if _, text := g.fetch("lin", page(nil), nil); !strings.Contains(text, "申请给你发送一条消息") || !strings.Contains(text, "熟客市集") {
		t.Fatalf("%s", text)
	}
	for name, value := range map[string]string{"scene": "10001", "redirect_url": "http://evil.test/", "template_id": "", "action": "x", "appid": "wxno"} {
		if _, text := g.fetch("lin", page(map[string]string{name: value}), nil); !strings.Contains(text, "参数错误") {
			t.Errorf("%s=%s is taken", name, value)
		}
	}
	wantCode(t, send(nil), 43101)
	if at := answer("cancel"); at.Query().Get("action") != "cancel" || at.Query().Get("openid") != "" || at.Query().Get("x") != "1" {
		t.Fatalf("refused: %s", at)
	}
	wantCode(t, send(nil), 43101)
	if at := answer("confirm"); at.Query().Get("action") != "confirm" || at.Query().Get("openid") != g.openID("lin") || at.Query().Get("scene") != "7" || at.Query().Get("reserved") != "r" {
		t.Fatalf("agreed: %s", at)
	}
	wantCode(t, send(map[string]any{"title": strings.Repeat("长", 16)}), 45003)
	wantCode(t, send(map[string]any{"scene": 8}), 43101)
	wantCode(t, send(nil), 0)
	wantCode(t, send(nil), 43101)
	if last := g.lastOf("lin"); last["type"] != "template" || last["title"] != "到货" {
		t.Fatalf("%v", last)
	}
}
