package sim

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func fileURL(kind string, data []byte) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
}

// answerWith makes the developer answer every push with the inside of a reply.
func (g *rig) answerWith(inner string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = func(*http.Request, string) (int, string) {
		if inner == "" {
			return 200, "success"
		}
		return 200, fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1</CreateTime>%s</xml>", g.openID("lin"), g.app.OriginalID, inner)
	}
}

func TestEveryKindOfUserMessageIsPushed(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	chat := "/_sim/people/lin/chats/acc-wx0001"
	amr := append([]byte("#!AMR\n"), make([]byte, 40)...)
	mp4 := append([]byte("\x00\x00\x00\x18ftypmp42"), make([]byte, 64)...)
	n := len(g.pushed(1))
	cases := []struct {
		path string
		body map[string]any
		kind string // of the message on the phone
		want []string
	}{
		{"/media", map[string]any{"type": "image", "data_url": fileURL("image/png", onePNG)}, "image", []string{"<MsgType><![CDATA[image]]>", "<PicUrl><![CDATA[http://127.0.0.1:", "<MediaId>", "<MsgId>"}},
		{"/media", map[string]any{"type": "voice", "data_url": fileURL("audio/amr", amr), "recognition": "你好"}, "voice", []string{"<MsgType><![CDATA[voice]]>", "<Format><![CDATA[amr]]>", "<MediaId16K>", "<Recognition><![CDATA[你好]]>"}},
		{"/media", map[string]any{"type": "video", "data_url": fileURL("video/mp4", mp4)}, "video", []string{"<MsgType><![CDATA[video]]>", "<ThumbMediaId>"}},
		{"/place", map[string]any{"latitude": 30.25, "longitude": 120.125, "label": "文三路 1 号", "name": "茶铺"}, "place", []string{"<MsgType><![CDATA[location]]>", "<Location_X>30.250000</Location_X>", "<Location_Y>120.125000</Location_Y>", "<Scale>15</Scale>", "<Label><![CDATA[文三路 1 号]]>"}},
		{"/link", map[string]any{"title": "好茶", "description": "一篇", "url": "http://a.test/"}, "link", []string{"<MsgType><![CDATA[link]]>", "<Title><![CDATA[好茶]]>", "<Url><![CDATA[http://a.test/]]>"}},
	}
	for _, tc := range cases {
		if sent := g.post(chat+tc.path, tc.body); sent["type"] != tc.kind || sent["mine"] != true {
			t.Errorf("%s shows %v", tc.path, sent)
		}
		n++
		body := g.pushed(n)[n-1]
		for _, want := range tc.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s pushes %s, want %s", tc.kind, body, want)
			}
		}
	}
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "text", "text": map[string]any{"content": "收到"}}), 0)
	for path, body := range map[string]map[string]any{
		"/media": {"type": "image", "data_url": fileURL("image/png", []byte("no picture"))}, "/place": {"latitude": 91, "longitude": 0}, "/link": {"title": "x", "url": "ftp://a"},
	} {
		if status, _ := g.call("POST", chat+path, body); status != 400 {
			t.Errorf("%s with %v gives %d", path, body, status)
		}
	}
	if status, _ := g.call("POST", "/_sim/people/zhou/chats/acc-wx0001/place", map[string]any{"latitude": 1, "longitude": 1}); status != 409 {
		t.Errorf("who does not follow sends: %d", status)
	}
	if got := g.post("/_sim/people/lin/chats/per-zhou/media", map[string]any{"type": "image", "data_url": fileURL("image/png", onePNG)}); got["type"] != "image" {
		t.Errorf("a picture to a friend: %v", got)
	}
}

func TestAPictureOfAFanCanBeFetched(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	g.post("/_sim/people/lin/chats/acc-wx0001/media", map[string]any{"type": "image", "data_url": fileURL("image/png", onePNG)})
	body := g.pushed(2)[1]
	_, rest, _ := strings.Cut(body, "<MediaId><![CDATA[")
	id, _, _ := strings.Cut(rest, "]]>")
	resp := must(http.Get(g.s.URL() + "/cgi-bin/media/get?media_id=" + id + "&access_token=" + g.token()))(t)
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "image/png" || resp.ContentLength != int64(len(onePNG)) {
		t.Fatalf("media/get gives %v", resp.Header)
	}
}

func TestPlaceWhenAChatIsOpened(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	g.pushed(1)
	g.post("/_sim/people/lin/accounts/wx0001/enter", map[string]any{})
	yes := true
	must(g.s.SetOfficial("wx0001", OfficialSettings{Location: &yes}))(t)
	g.post("/_sim/people/lin/accounts/wx0001/enter", map[string]any{})
	if body := g.pushed(2)[1]; !strings.Contains(body, "<Event><![CDATA[LOCATION]]>") || !strings.Contains(body, "<Latitude>30.274100</Latitude>") {
		t.Fatalf("%s", body)
	}
}

func TestTypingAndItsLimits(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.follow("lin")
	typing := func(command string) map[string]any {
		return g.api("/cgi-bin/message/custom/typing", map[string]any{"touser": g.openID("lin"), "command": command})
	}
	wantCode(t, typing("Typing"), 45080)
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "在吗"})
	wantCode(t, typing("Typing"), 0)
	wantCode(t, typing("Typing"), 45081)
	wantCode(t, typing("CancelTyping"), 0)
	wantCode(t, typing("Typing"), 0)
	wantCode(t, typing("Dancing"), 45072)
	g.s.Clock.Advance(30 * time.Second)
	wantCode(t, typing("Typing"), 45080)
}

func TestWhoRefusesMessages(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "在吗"})
	profile := g.post("/_sim/people/lin/accounts/wx0001/refuse", map[string]any{"refuse": true})
	if profile["refused"] != true {
		t.Fatalf("%v", profile)
	}
	g.pushed(2)
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "text", "text": map[string]any{"content": "x"}}), 48002)
	send := func() string {
		out := g.api("/cgi-bin/message/template/send", map[string]any{"touser": g.openID("lin"), "template_id": "tpl-paid",
			"data": map[string]any{"character_string1": map[string]any{"value": "NO1"}, "amount2": map[string]any{"value": "1元"}}})
		wantCode(t, out, 0)
		id := fmt.Sprintf("<MsgID>%.0f</MsgID>", out["msgid"])
		found := ""
		eventually(t, "the end of a template message", func() bool {
			g.mu.Lock()
			defer g.mu.Unlock()
			for _, body := range g.bodies {
				if strings.Contains(body, id[:18]) && strings.Contains(body, "TEMPLATESENDJOBFINISH") && body != found {
					found = body
				}
			}
			return found != ""
		})
		return found
	}
	if body := send(); !strings.Contains(body, "<Status><![CDATA[failed:user block]]>") {
		t.Fatalf("%s", body)
	}
	if last := g.lastOf("lin"); last["type"] == "template" {
		t.Fatal("the message arrived at who refuses")
	}
	g.post("/_sim/people/lin/accounts/wx0001/refuse", map[string]any{"refuse": false})
	state := "failed: system failed"
	must(g.s.SetOfficial("wx0001", OfficialSettings{TemplateState: &state}))(t)
	send()
	eventually(t, "the state of the settings", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return strings.Contains(strings.Join(g.bodies, ""), "failed: system failed")
	})
}

func TestTemplateMessagesAreSentOnce(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.follow("lin")
	send := func() map[string]any {
		return g.api("/cgi-bin/message/template/send", map[string]any{"touser": g.openID("lin"), "template_id": "tpl-paid", "client_msg_id": "order-1", "miniprogram": map[string]any{"appid": "wxmini", "pagepath": "p?x=1"},
			"data": map[string]any{"character_string1": map[string]any{"value": "NO1"}, "amount2": map[string]any{"value": "1元"}}})
	}
	first, again := send(), send()
	if first["msgid"] != again["msgid"] {
		t.Fatalf("%v then %v", first, again)
	}
	count := func() (n int) {
		for _, m := range g.get("/_sim/people/lin/chats/acc-wx0001/messages")["messages"].([]any) {
			if m.(map[string]any)["type"] == "template" {
				n++
			}
		}
		return n
	}
	if count() != 1 || g.lastOf("lin")["appid"] != "wxmini" {
		t.Fatalf("%d cards, %v", count(), g.lastOf("lin"))
	}
	g.s.Clock.Advance(10 * time.Minute)
	if send(); count() != 2 {
		t.Fatal("after ten minutes the id is free again")
	}
}

func TestIndustryChangesOnceAMonth(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 4, 15, 0, 0, 0, 0, shanghai))
	set := func(a, b string) map[string]any {
		return g.api("/cgi-bin/template/api_set_industry", map[string]any{"industry_id1": a, "industry_id2": b})
	}
	wantCode(t, set("1", "42"), 40102)
	wantCode(t, set("1", "4"), 0)
	wantCode(t, set("1", "5"), 43100)
	if out := fmt.Sprint(g.api("/cgi-bin/template/get_industry", nil)); !strings.Contains(out, "primary_industry:map[first_class:IT科技 second_class:互联网|电子商务]") || !strings.Contains(out, "电子技术") {
		t.Fatalf("%s", out)
	}
	g.s.Clock.Set(time.Date(2026, 5, 1, 0, 0, 0, 0, shanghai))
	wantCode(t, set("1", "5"), 0)
	wantCode(t, g.api("/wxa/sec/queryblocktmplmsg", map[string]any{"tmpl_msg_id": "x", "limit": 10}), 40037)
	wantCode(t, g.api("/wxa/sec/queryblocktmplmsg", map[string]any{"tmpl_msg_id": "tpl-paid", "limit": 101}), 40097)
	wantCode(t, g.api("/wxa/sec/queryblocktmplmsg", map[string]any{"tmpl_msg_id": "tpl-paid", "limit": 10}), 0)
}

func TestCustomArticlesAndMusic(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "在吗"})
	send := func(kind string, body map[string]any) map[string]any {
		return g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": kind, kind: body})
	}
	thumb := g.thumb()
	wantCode(t, send("music", map[string]any{"title": "采茶曲", "musicurl": "http://a/m", "thumb_media_id": thumb}), 0)
	if last := g.lastOf("lin"); last["type"] != "link" || last["title"] != "采茶曲" {
		t.Fatalf("music: %v", last)
	}
	wantCode(t, send("music", map[string]any{"title": "采茶曲", "thumb_media_id": "x"}), 40007)
	wantCode(t, send("mpnews", map[string]any{"media_id": g.draft("手记")}), 0)
	if last := g.lastOf("lin"); fmt.Sprint(last["articles"].([]any)[0].(map[string]any)["title"]) != "手记" {
		t.Fatalf("mpnews: %v", last)
	}
	wantCode(t, send("wxcard", map[string]any{"card_id": "x"}), 48001)
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "text", "text": map[string]any{"content": "x"}, "customservice": map[string]any{"kf_account": "no@one"}}), 65401)
}

func TestJSONPushesAndAnswers(t *testing.T) {
	g := newRig(t, &Server{})
	yes := true
	must(g.s.SetOfficial("wx0001", OfficialSettings{JSONPush: &yes}))(t)
	g.mu.Lock()
	g.answer = func(*http.Request, string) (int, string) {
		return 200, fmt.Sprintf(`{"ToUserName":%q,"FromUserName":%q,"CreateTime":1,"MsgType":"news","ArticleCount":1,"Articles":{"item":[{"Title":"欢迎 <b>","Description":"d","PicUrl":"http://a/p","Url":"http://a/"}]}}`, g.openID("lin"), g.app.OriginalID)
	}
	g.mu.Unlock()
	g.follow("lin")
	body := g.pushed(1)[0]
	if !strings.HasPrefix(body, `{"ToUserName":"`) || !strings.Contains(body, `"MsgType":"event","Event":"subscribe","EventKey":""`) || strings.Contains(body, `"CreateTime":"`) {
		t.Fatalf("%s", body)
	}
	g.mu.Lock()
	kind := g.pushes[0].Header.Get("Content-Type")
	g.mu.Unlock()
	if kind != "application/json" {
		t.Fatal(kind)
	}
	eventually(t, "the JSON answer", func() bool {
		last := g.lastOf("lin")
		return last["type"] == "news" && fmt.Sprint(last["articles"].([]any)[0].(map[string]any)["title"]) == "欢迎 <b>"
	})
	must(g.s.AddAccount(Account{AppID: "wx0001", Mode: ModeSafe}))(t)
	g.answerWith("")
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "密文"})
	if body := g.pushed(2)[1]; !strings.HasPrefix(body, `{"ToUserName":"`) || !strings.Contains(body, `"Encrypt":"`) || strings.Contains(body, "密文") {
		t.Fatalf("safe mode: %s", body)
	}
}

func TestJSONOfNestedFields(t *testing.T) {
	fields := []xmlField{{"CreateTime", "12"}, {"Info", nested(xmlField{"Count", "2"}, xmlField{"ResultList", nested(xmlField{"item", nested(xmlField{"ArticleIdx", "1"})}, xmlField{"item", nested(xmlField{"ArticleIdx", "2"})})})},
		{"SubscribeMsgPopupEvent", "<List><TemplateId>a</TemplateId></List><List><TemplateId>b</TemplateId></List>"}, {"ScanCodeInfo", "<ScanType><![CDATA[qrcode]]></ScanType>"}, {"Text", "<not>an element"}}
	raw := must(pushJSON(fields))(t)
	want := `{"CreateTime":12,"Info":{"Count":"2","ResultList":{"item":[{"ArticleIdx":"1"},{"ArticleIdx":"2"}]}},"List":[{"TemplateId":"a"},{"TemplateId":"b"}],"ScanCodeInfo":{"ScanType":"qrcode"},"Text":"<not>an element"}`
	if string(raw) != want {
		t.Fatalf("%s\nwant %s", raw, want)
	}
	for _, bad := range []string{`[]`, `{"a b":1}`, `{"":1}`, `{"ToUserName":"x"} {}`, `{`, `{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}`} {
		if _, err := replyFromJSON([]byte(bad)); err == nil {
			t.Errorf("%s is taken for an answer", bad)
		}
	}
}

func FuzzReplyFromJSON(f *testing.F) {
	f.Add(`{"ToUserName":"a","Articles":{"item":[{"Title":"t"}]}}`)
	f.Add(`{"x":null,"y":[1,true,{"z":"]]>"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := replyFromJSON([]byte(text))
		if err != nil {
			return
		}
		if _, err := parseReply(raw, false); err != nil && !strings.Contains(err.Error(), "illegal character") && !strings.Contains(err.Error(), "invalid UTF-8") {
			t.Fatalf("%q became %q: %v", text, raw, err)
		}
	})
}
