package sim

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestKindsOfCustomMessages(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "在吗"})
	if _, err := g.s.Pay("lin", g.prepay("order-0001", 1, "lin"), "123456"); err != nil { // opens an unlimited window
		t.Fatal(err)
	}
	g.s.mu.Lock()
	picture := g.s.storeMedia("wx0001", "image", "image/png", []byte("x"), time.Time{})
	g.s.mu.Unlock()
	send := func(kind string, body map[string]any) {
		t.Helper()
		wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": kind, kind: body}), 0)
	}
	send("image", map[string]any{"media_id": picture.ID})
	send("news", map[string]any{"articles": []any{map[string]any{"title": "春茶", "description": "到了", "url": "http://a/", "picurl": "http://a/p.png"}}})
	send("msgmenu", map[string]any{"head_content": "满意吗", "list": []any{map[string]any{"id": "1", "content": "满意"}}, "tail_content": "谢谢"})
	send("miniprogrampage", map[string]any{"title": "小店", "appid": "wxmini", "pagepath": "p"})
	messages := g.get("/_sim/people/lin/chats/acc-wx0001/messages")["messages"].([]any)
	got := []string{}
	for _, m := range messages[len(messages)-4:] {
		got = append(got, m.(map[string]any)["type"].(string))
	}
	if fmt.Sprint(got) != "[image news menu miniprogram]" {
		t.Fatalf("the phone shows %v", got)
	}
	if last := messages[len(messages)-4].(map[string]any); last["image_url"] != picture.path() {
		t.Fatalf("image: %v", last)
	}
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "满意", "menu_id": "1"})
	eventually(t, "the chosen entry", func() bool {
		return strings.Contains(strings.Join(g.pushed(3), ""), "<bizmsgmenuid><![CDATA[1]]></bizmsgmenuid>")
	})
	for kind, body := range map[string]map[string]any{"text": {"content": ""}, "image": {"media_id": "none"}, "msgmenu": {"list": []any{map[string]any{"id": 1, "content": "x"}}}} {
		out := g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": kind, kind: body})
		if out["errcode"] == 0.0 {
			t.Errorf("%s %v was sent", kind, body)
		}
	}
}

func TestKindsOfReplies(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	frame := func(inner string) string {
		return fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1</CreateTime>%s</xml>", g.openID("lin"), g.app.OriginalID, inner)
	}
	g.s.mu.Lock()
	picture := g.s.storeMedia("wx0001", "image", "image/png", []byte("x"), time.Time{})
	g.s.mu.Unlock()
	for kind, inner := range map[string]string{
		"image": "<MsgType>image</MsgType><Image><MediaId>" + picture.ID + "</MediaId></Image>",
		"news":  "<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>春茶</Title><Description>到了</Description><PicUrl>http://a/p</PicUrl><Url>http://a/</Url></item></Articles>",
		"link":  "<MsgType>music</MsgType><Music><Title>曲</Title><MusicUrl>http://a/m</MusicUrl><ThumbMediaId>" + picture.ID + "</ThumbMediaId></Music>",
	} {
		g.mu.Lock()
		g.answer = func(*http.Request, string) (int, string) { return 200, frame(inner) }
		g.mu.Unlock()
		if last := g.say("lin", "来一个"); last["type"] != kind {
			t.Errorf("%s shows %v", kind, last)
		}
	}
}

func TestScanMenuEntries(t *testing.T) {
	g := newRig(t, &Server{})
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{map[string]any{"type": "scancode_waitmsg", "name": "验货", "key": "CHECK"}}}), 0)
	out := g.post("/_sim/people/lin/accounts/wx0001/menu", map[string]any{"path": "0"})
	if out["action"] != "scan" || out["wait"] != true {
		t.Fatalf("%v", out)
	}
	g.post("/_sim/people/lin/accounts/wx0001/menu", map[string]any{"path": "0", "scan_result": "a<b&c"})
	body := g.pushed(1)[0]
	if !strings.Contains(body, "<Event><![CDATA[scancode_waitmsg]]></Event>") || !strings.Contains(body, "<ScanResult>a&lt;b&amp;c</ScanResult>") {
		t.Fatalf("%s", body)
	}
	for what, sub := range map[float64]map[string]any{
		40024: {"type": "fly", "name": "一"}, 40025: {"type": "click", "name": "", "key": "k"}, 40026: {"type": "click", "name": "一"}, 40055: {"type": "view", "name": "一", "url": "/x"},
	} {
		wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{map[string]any{"name": "组", "sub_button": []any{sub}}}}), what)
	}
}

func TestRightsOfASubscriptionAccount(t *testing.T) {
	g := newRig(t, &Server{})
	must(g.s.AddAccount(Account{AppID: "wxsub", Name: "日报", Kind: "subscription", Secret: "s", OAuthDomain: "127.0.0.1"}))(t)
	_, token := g.call("GET", "/cgi-bin/token?grant_type=client_credential&appid=wxsub&secret=s", nil)
	for _, path := range []string{"/cgi-bin/template/get_industry", "/cgi-bin/template/get_all_private_template"} {
		_, out := g.call("GET", path+"?access_token="+token["access_token"].(string), nil)
		wantCode(t, out, 48001)
	}
	_, page := g.fetch("lin", g.s.URL()+"/connect/oauth2/authorize?appid=wxsub&response_type=code&scope=snsapi_base&state=s&redirect_uri="+url.QueryEscape(g.dev.URL), nil)
	if !strings.Contains(page, "10005") {
		t.Fatalf("%s", page)
	}
}

func TestCookieRules(t *testing.T) {
	s := &Server{}
	if err := s.init(); err != nil {
		t.Fatal(err)
	}
	at := func(address string) *url.URL { return mustURL(t, address) }
	set := func(address, text string) {
		t.Helper()
		s.keepCookie("lin", at(address), must(http.ParseSetCookie(text))(t), false)
	}
	set("http://shop.test/a/b", "here=1")
	set("http://shop.test/a/b", "all=1; Path=/")
	set("http://www.shop.test/", "wide=1; Domain=shop.test; Path=/")
	set("http://evil.test/", "foreign=1; Domain=shop.test; Path=/")
	set("http://shop.test/", "top=1; Domain=test; Path=/")
	set("http://shop.test/", "safe=1; Path=/; Secure")
	set("http://shop.test/", "gone=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT")
	set("http://shop.test/", "huge="+strings.Repeat("x", maxCookieLen)+"; Path=/")
	for address, want := range map[string]string{
		"http://shop.test/a/c":     "here=1; all=1; wide=1",
		"http://shop.test/ab":      "all=1; wide=1",
		"http://www.shop.test/":    "wide=1",
		"https://shop.test:8443/x": "all=1; wide=1; safe=1",
		"http://other.test/":       "",
	} {
		if got := s.cookies("lin", at(address), true); got != want {
			t.Errorf("%s gets %q, want %q", address, got, want)
		}
	}
	for i := range maxCookies + 50 {
		set("http://many.test/", fmt.Sprintf("c%d=1; Path=/", i))
	}
	if n := len(s.world.jars["lin"].Cookies); n != maxCookies {
		t.Errorf("the jar holds %d cookies", n)
	}
}
