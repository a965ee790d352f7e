package sim

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

func TestAppMessages(t *testing.T) {
	g := newWorkRig(t, &Server{})
	picture := g.upload("media/upload?type=image", "a.png", smallPNG)["media_id"]
	send := func(more map[string]any) map[string]any {
		body := map[string]any{"touser": "an", "agentid": 1000002}
		for name, v := range more {
			body[name] = v
		}
		return g.work("message/send", body)
	}
	for name, c := range map[string]struct {
		body  map[string]any
		kind  string
		check func(m map[string]any) bool
	}{
		"text":     {map[string]any{"msgtype": "text", "text": map[string]any{"content": "开会"}, "agentid": "1000002"}, "text", func(m map[string]any) bool { return m["text"] == "开会" }},
		"markdown": {map[string]any{"msgtype": "markdown", "markdown": map[string]any{"content": "**好**"}}, "markdown", func(m map[string]any) bool { return m["text"] == "**好**" }},
		"image":    {map[string]any{"msgtype": "image", "image": map[string]any{"media_id": picture}}, "image", func(m map[string]any) bool { return strings.HasPrefix(m["image_url"].(string), "/_sim/media/") }},
		"textcard": {map[string]any{"msgtype": "textcard", "textcard": map[string]any{"title": "领奖", "description": `<div class="gray">9月</div><div>恭喜</div>`, "url": "http://127.0.0.1/x"}}, "template", func(m map[string]any) bool {
			return m["title"] == "领奖" && m["first"] == "9月\n恭喜" && m["tail"] == "详情"
		}},
		"news": {map[string]any{"msgtype": "news", "news": map[string]any{"articles": []any{map[string]any{"title": "周报", "url": "http://127.0.0.1/w"}}}}, "news", func(m map[string]any) bool {
			return m["articles"].([]any)[0].(map[string]any)["title"] == "周报"
		}},
		"mini": {map[string]any{"msgtype": "miniprogram_notice", "miniprogram_notice": map[string]any{"appid": "wxm", "page": "p", "title": "会议室预订成功", "content_item": []any{map[string]any{"key": "时间", "value": "9 点"}}}}, "template", func(m map[string]any) bool {
			return m["appid"] == "wxm" && m["lines"].([]any)[0].(map[string]any)["value"] == "9 点"
		}},
		"card": {map[string]any{"msgtype": "template_card", "template_card": map[string]any{"card_type": "text_notice", "main_title": map[string]any{"title": "欢迎"}, "emphasis_content": map[string]any{"title": "100", "desc": "单"}, "card_action": map[string]any{"type": 1, "url": "http://127.0.0.1/y"}}}, "template", func(m map[string]any) bool {
			return m["title"] == "欢迎" && m["url"] == "http://127.0.0.1/y"
		}},
	} {
		out := send(c.body)
		if out["errcode"] != 0.0 || out["msgid"] == "" || (out["response_code"] != nil) != (name == "card") {
			t.Errorf("%s: %v", name, out)
			continue
		}
		if m := g.lastOf("an@ww0001", "cap-1000002@ww0001"); m["type"] != c.kind || !c.check(m) {
			t.Errorf("%s arrived as %v", name, m)
		}
	}
	if home := g.get("/_sim/people/an@ww0001/home")["chats"].([]any)[0].(map[string]any); home["title"] != "助手" || home["kind"] != "corpapp" {
		t.Errorf("the chat: %v", home)
	}
	g.good("tag/create", map[string]any{"tagname": "班长", "tagid": 4})
	g.good("tag/addtagusers", map[string]any{"tagid": 4, "userlist": []string{"bo"}})
	out := send(map[string]any{"touser": "Ghost|an", "toparty": "77|2", "totag": "4|5", "msgtype": "text", "text": map[string]any{"content": "都来"}})
	if out["errcode"] != 0.0 || out["invaliduser"] != "ghost" || out["invalidparty"] != "77" || out["invalidtag"] != "5" {
		t.Errorf("partly known: %v", out)
	}
	if m := g.lastOf("bo@ww0001", "cap-1000002@ww0001"); m["text"] != "都来" {
		t.Errorf("by tag: %v", m)
	}
	g.good("message/recall", map[string]any{"msgid": out["msgid"]})
	if m := g.lastOf("bo@ww0001", "cap-1000002@ww0001"); m["type"] != "system" {
		t.Errorf("recalled: %v", m)
	}
	wantCode(t, g.work("message/recall", map[string]any{"msgid": out["msgid"]}), 40058)
}

func TestAppMessagesAreRefused(t *testing.T) {
	g := newWorkRig(t, &Server{})
	text := map[string]any{"content": "x"}
	for name, c := range map[string]struct {
		body map[string]any
		code float64
	}{
		"unknown application":   {map[string]any{"touser": "an", "agentid": 7, "msgtype": "text", "text": text}, 40056},
		"another's application": {map[string]any{"touser": "an", "agentid": 1000003, "msgtype": "text", "text": text}, 301002},
		"nobody":                {map[string]any{"touser": "ghost", "agentid": 1000002, "msgtype": "text", "text": text}, 81013},
		"empty":                 {map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "text"}, 44004},
		"no kind":               {map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "poem"}, 40008},
		"no such picture":       {map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "image", "image": map[string]any{"media_id": "x"}}, 40007},
		"nine articles":         {map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "news", "news": map[string]any{"articles": make([]map[string]any, 9)}}, 45008},
		"a card without words":  {map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "textcard"}, 40063},
		"no kind of card":       {map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "template_card"}, 42014},
		"a long notice":         {map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "miniprogram_notice", "miniprogram_notice": map[string]any{"appid": "x", "title": strings.Repeat("字", 13)}}, 40058},
	} {
		if out := g.work("message/send", c.body); out["errcode"] != c.code {
			t.Errorf("%s: %v, want %v", name, out, c.code)
		}
	}
}

// More than thirty a minute to one member are dropped in silence; the day's person-times are refused.
func TestAppMessagesAreLimited(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	body := map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "text", "text": map[string]any{"content": "x"}}
	for range 31 {
		g.good("message/send", body)
	}
	s.mu.Lock()
	got := len(s.chat("an@ww0001", "cap-1000002@ww0001").msgs)
	s.world.work.companies["ww0001"].AppState[1000002].Sent = 399
	s.mu.Unlock()
	if got != 30 {
		t.Fatalf("%d arrived", got)
	}
	s.Clock.Advance(time.Minute)
	g.good("message/send", body)
	wantCode(t, g.work("message/send", body), 45009)
	s.Clock.Advance(24 * time.Hour)
	g.good("message/send", body)
}

// A member writes to an application; the encrypted passive answer is shown, a plain or wrongly signed one is not.
func TestMemberWritesToAnApplication(t *testing.T) {
	g := newWorkRig(t, &Server{})
	box := must(wxcrypt.NewCipher(g.app.AESKey, "ww0001"))(t)
	sealedWith := func(token, text string) string {
		plain := fmt.Sprintf("<xml><ToUserName>an</ToUserName><FromUserName>ww0001</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>%s</Content></xml>", text)
		sealed := must(box.Encrypt(g.s.Rand, []byte(plain)))(t)
		return fmt.Sprintf("<xml><Encrypt>%s</Encrypt><MsgSignature>%s</MsgSignature><TimeStamp>7</TimeStamp><Nonce>n</Nonce></xml>", sealed, wxcrypt.Signature(token, "7", "n", sealed))
	}
	answers := []string{sealedWith(g.app.Token, "收到"), sealedWith("wrong", "假的"), "<xml><Content>裸的</Content></xml>"}
	for i, answer := range answers {
		g.mu.Lock()
		g.answer = func(workXML) (int, string) { return 200, answer }
		g.mu.Unlock()
		g.post("/_sim/people/an@ww0001/chats/cap-1000002@ww0001/messages", map[string]any{"text": "第" + itoa(int64(i))})
		if e := g.event(i + 1); e.MsgType != "text" || e.Content != "第"+itoa(int64(i)) || e.From != "an" || e.AgentID != "1000002" {
			t.Fatalf("push: %+v", e)
		}
	}
	eventually(t, "two refused answers", func() bool {
		return len(g.get("/_sim/log?kind=push&q=refused")["entries"].([]any)) == 2
	})
	var texts []string
	for _, m := range g.get("/_sim/people/an@ww0001/chats/cap-1000002@ww0001/messages")["messages"].([]any) {
		texts = append(texts, m.(map[string]any)["text"].(string))
	}
	if got := strings.Join(texts, " "); got != "第0 收到 第1 第2" && got != "第0 第1 收到 第2" && got != "第0 第1 第2 收到" {
		t.Fatalf("the chat: %s", got)
	}
	if status, _ := g.call("POST", "/_sim/people/an@ww0001/chats/cap-7@ww0001/messages", map[string]any{"text": "x"}); status != 404 {
		t.Fatalf("an unknown application: %d", status)
	}
}

func TestGroupRobot(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	made := g.post("/_sim/companies/ww0001/robots", map[string]any{"name": "播报", "userids": []string{"an", "bo"}})
	path := strings.TrimPrefix(made["url"].(string), g.s.URL())
	hook := func(body map[string]any) map[string]any { _, out := g.call("POST", path, body); return out }
	chat := "rob-" + made["key"].(string)
	wantCode(t, hook(map[string]any{"msgtype": "text", "text": map[string]any{"content": "早", "mentioned_list": []string{"an", "@all"}}}), 0)
	if m := g.lastOf("bo@ww0001", chat); m["text"] != "早 @安宁 @所有人" || m["from"].(map[string]any)["name"] != "播报" {
		t.Fatalf("text: %v", m)
	}
	sum := md5.Sum(smallPNG)
	image := map[string]any{"base64": base64.StdEncoding.EncodeToString(smallPNG), "md5": hex.EncodeToString(sum[:])}
	wantCode(t, hook(map[string]any{"msgtype": "image", "image": image}), 0)
	if m := g.lastOf("an@ww0001", chat); m["type"] != "image" {
		t.Fatalf("image: %v", m)
	}
	image["md5"] = strings.Repeat("0", 32)
	wantCode(t, hook(map[string]any{"msgtype": "image", "image": image}), 40009)
	for range 17 {
		wantCode(t, hook(map[string]any{"msgtype": "markdown", "markdown": map[string]any{"content": "# 好"}}), 0)
	}
	wantCode(t, hook(map[string]any{"msgtype": "text", "text": map[string]any{"content": "x"}}), 45009)
	s.Clock.Advance(time.Minute)
	wantCode(t, hook(map[string]any{"msgtype": "text", "text": map[string]any{"content": "x"}}), 0)
	_, out := g.call("POST", "/cgi-bin/webhook/send?key=no", map[string]any{"msgtype": "text"})
	wantCode(t, out, 93000)
	if status, _ := g.call("POST", "/_sim/people/an@ww0001/chats/"+chat+"/messages", map[string]any{"text": "x"}); status != 400 {
		t.Fatalf("a robot was answered: %d", status)
	}
}

func TestAppMenuIsKept(t *testing.T) {
	g := newWorkRig(t, &Server{})
	menu := map[string]any{"button": []any{map[string]any{"type": "click", "name": "签到", "key": "IN"}}}
	wantCode(t, g.work("menu/get?agentid=1000002", nil), 46003)
	g.good("menu/create?agentid=1000002", menu)
	if out := g.work("menu/get?agentid=1000002", nil); out["button"].([]any)[0].(map[string]any)["name"] != "签到" {
		t.Fatalf("menu: %v", out)
	}
	wantCode(t, g.work("menu/create?agentid=7", menu), 40056)
	wantCode(t, g.work("menu/create?agentid=1000002", map[string]any{"button": []any{}}), 40016)
	g.good("menu/delete?agentid=1000002", nil)
	wantCode(t, g.work("menu/get?agentid=1000002", nil), 46003)
}
