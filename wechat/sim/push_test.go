package sim

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

// textReply is a good plain answer to a push.
func (g *rig) textReply(who, text string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>%s</Content></xml>",
		g.openID(who), g.app.OriginalID, escapeXML(text))
}

// say lets a person write and waits for the newest message of the chat that is not theirs.
func (g *rig) say(who, text string) map[string]any {
	g.t.Helper()
	g.post("/_sim/people/"+who+"/chats/acc-wx0001/messages", map[string]any{"text": text})
	var last map[string]any
	eventually(g.t, "an answer to "+text, func() bool {
		messages := g.get("/_sim/people/" + who + "/chats/acc-wx0001/messages")["messages"].([]any)
		last = messages[len(messages)-1].(map[string]any)
		return last["mine"] != true
	})
	return last
}

func (g *rig) follow(who string) {
	g.t.Helper()
	if err := g.s.Follow(who, "wx0001"); err != nil {
		g.t.Fatal(err)
	}
	g.pushed(1)
}

func TestPushModes(t *testing.T) {
	for _, mode := range []string{ModePlain, ModeCompatible, ModeSafe} {
		t.Run(mode, func(t *testing.T) {
			g := newRig(t, &Server{})
			g.app = must(g.s.AddAccount(Account{AppID: "wx0001", Mode: mode}))(t)
			g.follow("lin")
			box := must(wxcrypt.NewCipher(g.app.AESKey, g.app.AppID))(t)
			var problem string
			g.mu.Lock()
			g.answer = func(r *http.Request, body string) (int, string) {
				q := r.URL.Query()
				if q.Get("signature") != wxcrypt.Signature(g.app.Token, q.Get("timestamp"), q.Get("nonce")) {
					problem = "signature"
				}
				in := reply{}
				if err := xml.Unmarshal([]byte(body), &in); err != nil {
					problem = err.Error()
				}
				if (in.Content == "") != (mode == ModeSafe) || (in.Encrypt == "") != (mode == ModePlain) {
					problem = "wrong members for " + mode + ": " + body
				}
				if mode == ModePlain {
					return 200, g.textReply("lin", "答："+in.Content)
				}
				if q.Get("encrypt_type") != "aes" || q.Get("msg_signature") != wxcrypt.Signature(g.app.Token, q.Get("timestamp"), q.Get("nonce"), in.Encrypt) {
					problem = "msg_signature"
				}
				plain, err := box.Decrypt(in.Encrypt)
				if err != nil {
					problem = err.Error()
				}
				_ = xml.Unmarshal(plain, &in)
				sealed, _ := box.Encrypt(g.s.Rand, []byte(g.textReply("lin", "答："+in.Content)))
				return 200, fmt.Sprintf("<xml><Encrypt><![CDATA[%s]]></Encrypt><MsgSignature>%s</MsgSignature><TimeStamp>7</TimeStamp><Nonce>n</Nonce></xml>", sealed, wxcrypt.Signature(g.app.Token, "7", "n", sealed))
			}
			g.mu.Unlock()
			if last := g.say("lin", "有龙井吗]]>？"); last["text"] != "答：有龙井吗]]>？" || problem != "" {
				t.Fatalf("%v, problem %q", last, problem)
			}
		})
	}
}

func TestBrokenRepliesShowTheFault(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	for name, answer := range map[string]string{
		"JSON":          `{"ok":true}`,
		"other openid":  strings.Replace(g.textReply("lin", "x"), g.openID("lin"), "oSomebody", 1),
		"no text":       g.textReply("lin", ""),
		"tail":          g.textReply("lin", "x") + "<xml/>",
		"unknown type":  strings.Replace(g.textReply("lin", "x"), "[text]", "[dance]", 1),
		"two articles":  strings.Replace(g.textReply("lin", "x"), "<MsgType><![CDATA[text]]></MsgType>", "<MsgType>news</MsgType><ArticleCount>2</ArticleCount><Articles><item><Title>a</Title></item><item><Title>b</Title></item></Articles>", 1),
		"unknown media": strings.Replace(g.textReply("lin", "x"), "<MsgType><![CDATA[text]]></MsgType>", "<MsgType>image</MsgType><Image><MediaId>m</MediaId></Image>", 1),
	} {
		t.Run(name, func(t *testing.T) {
			g.mu.Lock()
			g.answer = func(*http.Request, string) (int, string) { return 200, answer }
			g.mu.Unlock()
			if last := g.say("lin", "在吗"); last["type"] != "system" || last["text"] != faultText {
				t.Fatalf("the phone shows %v", last)
			}
		})
	}
}

func TestThreeTriesAndSilence(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	tries := 0
	g.mu.Lock()
	g.answer = func(_ *http.Request, body string) (int, string) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if tries++; tries < 3 {
			return 502, ""
		}
		return 200, g.textReply("lin", "第三次")
	}
	g.mu.Unlock()
	if last := g.say("lin", "在吗"); last["text"] != "第三次" {
		t.Fatalf("%v", last)
	}
	ids := map[string]bool{}
	for _, body := range g.pushed(4)[1:] {
		_, rest, _ := strings.Cut(body, "<MsgId>")
		id, _, _ := strings.Cut(rest, "<")
		ids[id] = true
	}
	if len(ids) != 1 {
		t.Fatalf("the tries of one message carry ids %v", ids)
	}
	g.mu.Lock()
	g.answer = func(*http.Request, string) (int, string) { return 200, "" }
	g.mu.Unlock()
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "安静"})
	g.pushed(5)
	time.Sleep(30 * time.Millisecond)
	messages := g.get("/_sim/people/lin/chats/acc-wx0001/messages")["messages"].([]any)
	if last := messages[len(messages)-1].(map[string]any); last["text"] != "安静" {
		t.Fatalf("an empty answer shows %v", last)
	}
}

func TestDeadlineIsFiveSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes fifteen seconds")
	}
	g := newRig(t, &Server{Outbound: slow{}})
	g.app = must(g.s.AddAccount(Account{AppID: "wx0001", CallbackURL: "http://127.0.0.1:1/slow"}))(t)
	began := time.Now()
	if err := g.s.Follow("lin", "wx0001"); err != nil {
		t.Fatal(err)
	}
	for time.Since(began) < 20*time.Second {
		if messages := g.get("/_sim/people/lin/chats/acc-wx0001/messages")["messages"].([]any); len(messages) == 1 {
			if took := time.Since(began); took < 15*time.Second || messages[0].(map[string]any)["text"] != faultText {
				t.Fatalf("after %s: %v", took, messages)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("three tries of five seconds never ended")
}

// slow is a server that never answers.
type slow struct{}

func (slow) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestURLVerification(t *testing.T) {
	g := newRig(t, &Server{})
	g.mu.Lock()
	g.answer = func(r *http.Request, _ string) (int, string) { return 200, r.URL.Query().Get("echostr") }
	g.mu.Unlock()
	g.post("/_sim/accounts/wx0001/verify", map[string]any{})
	g.mu.Lock()
	g.answer = func(r *http.Request, _ string) (int, string) { return 200, `"` + r.URL.Query().Get("echostr") + `"` }
	g.mu.Unlock()
	if status, out := g.call("POST", "/_sim/accounts/wx0001/verify", map[string]any{}); status != 409 || !strings.Contains(out["message_en"].(string), "echostr") {
		t.Fatalf("%d %v", status, out)
	}
}

func FuzzReply(f *testing.F) {
	f.Add("success")
	f.Add("<xml><ToUserName>o</ToUserName><FromUserName>g</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>x</Content></xml>")
	f.Add("<xml><Encrypt>AAAA</Encrypt></xml>")
	f.Add("<xml><Articles><item/></Articles>")
	f.Fuzz(func(t *testing.T, body string) {
		r, err := parseReply([]byte(body), false)
		if err != nil || r == nil {
			return
		}
		if r.check("o", "g", false) == nil && r.Type == "text" && r.Content == "" {
			t.Fatal("an empty text passed")
		}
		if _, err := openReply(Account{AppID: "wx", Token: "t", AESKey: strings.Repeat("a", 43)}, r, false); err == nil {
			t.Fatal("an unsigned answer was opened")
		}
	})
}
