package official

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	eventXML = `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1795233600</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[%s]]></Event>%s</xml>`
	textXML  = `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1795233600</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 <b>]]></Content><MsgId>22</MsgId></xml>`
)

// account is our server as WeChat sees it, on a real socket.
type account struct {
	t      testing.TB
	client *Client
	crypt  *Crypter
	url    string
	now    time.Time
	reply  Reply
	fail   error
	got    []Message
	errs   []error
}

func newAccount(t testing.TB, mode Mode) *account {
	a := &account{t: t, now: time.Unix(1795233600, 0), crypt: crypter(t, oaToken, oaKey, oaAppID)}
	c, err := New(Config{AppID: oaAppID, Token: oaToken, EncodingAESKey: oaKey, Mode: mode, Now: func() time.Time { return a.now }})
	if err != nil {
		t.Fatal(err)
	}
	a.client = c
	srv := httptest.NewServer(c.Handler(func(ctx context.Context, m Message) (Reply, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("no deadline")
		}
		a.got = append(a.got, m)
		return a.reply, a.fail
	}, func(_ *http.Request, err error) { a.errs = append(a.errs, err) }))
	t.Cleanup(srv.Close)
	a.url = srv.URL
	return a
}

func (a *account) query() url.Values {
	ts := strconv.FormatInt(a.now.Unix(), 10)
	return url.Values{"signature": {signature(oaToken, ts, "n1")}, "timestamp": {ts}, "nonce": {"n1"}, "openid": {"o1"}}
}

// sealed is the query and body of an encrypted push; beside stands next to Encrypt.
func (a *account) sealed(plain, beside string) (url.Values, string) {
	encrypted, err := a.crypt.Encrypt([]byte(plain))
	if err != nil {
		a.t.Fatal(err)
	}
	q := a.query()
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", a.crypt.Sign(q.Get("timestamp"), "n1", encrypted))
	return q, "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>" + beside + "<Encrypt><![CDATA[" + encrypted + "]]></Encrypt></xml>"
}

func (a *account) do(method string, q url.Values, body string) (int, string) {
	a.t.Helper()
	req, _ := http.NewRequest(method, a.url+"?"+q.Encode(), strings.NewReader(body))
	req.Header.Set("Content-Type", "text/xml")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func TestHandlerVerifiesURL(t *testing.T) {
	a := newAccount(t, ModePlain)
	q := a.query()
	q.Set("echostr", "<echo>123")
	if status, body := a.do("GET", q, ""); status != 200 || body != "<echo>123" {
		t.Errorf("got %d %s", status, body)
	}
	q.Set("signature", strings.Repeat("0", 40))
	if status, body := a.do("GET", q, ""); status != 403 || strings.Contains(body, "echo") {
		t.Errorf("forged: %d %s", status, body)
	}
	if status, _ := a.do("PUT", q, ""); status != 405 {
		t.Errorf("PUT: %d", status)
	}
}

func TestHandlerPlain(t *testing.T) {
	a := newAccount(t, ModePlain)
	if status, body := a.do("POST", a.query(), textXML); status != 200 || body != "success" {
		t.Errorf("nil reply: %d %s", status, body)
	}
	if m := a.got[0]; m.Content != "你好 <b>" || m.MsgID != 22 || m.DedupeKey() != "msg:22" || string(m.Raw) != textXML || !m.Time().Equal(a.now) {
		t.Errorf("message %+v", m)
	}
	a.reply = TextReply{Content: "收到 ]]> & <谢谢>\x00"}
	status, body := a.do("POST", a.query(), textXML)
	var got struct{ ToUserName, FromUserName, MsgType, Content, CreateTime string }
	if err := xml.Unmarshal([]byte(body), &got); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	if got.ToUserName != "o1" || got.FromUserName != "gh_1" || got.MsgType != "text" || got.Content != "收到 ]]> & <谢谢>" || got.CreateTime != "1795233600" {
		t.Errorf("reply %+v", got)
	}
}

func TestHandlerSafe(t *testing.T) {
	for _, mode := range []Mode{ModeSafe, ModeCompatible} {
		a := newAccount(t, mode)
		a.reply = NewsReply{Articles: []Article{{Title: "新茶", URL: "https://a"}, {Title: "旧茶"}}}
		beside := ""
		if mode == ModeCompatible { // plain fields beside, which prove nothing
			beside = "<FromUserName>forged</FromUserName><MsgType>text</MsgType><Content>forged</Content>"
		}
		q, body := a.sealed(fmt.Sprintf(eventXML, "subscribe", "<EventKey><![CDATA[qrscene_shop1]]></EventKey><Ticket>T</Ticket>"), beside)
		status, text := a.do("POST", q, body)
		if status != 200 {
			t.Fatalf("%s: %d %s %v", mode, status, text, a.errs)
		}
		m := a.got[0]
		scene, ok := m.Scene()
		if m.FromUserName != "o1" || m.Event != EventSubscribe || !ok || scene != "shop1" || m.Ticket != "T" ||
			m.DedupeKey() != "event:o1:1795233600:subscribe" {
			t.Errorf("message %+v", m)
		}
		var sealed struct{ Encrypt, MsgSignature, TimeStamp, Nonce string }
		if err := xml.Unmarshal([]byte(text), &sealed); err != nil {
			t.Fatal(err)
		}
		plain, err := a.crypt.Open(sealed.MsgSignature, sealed.TimeStamp, sealed.Nonce, sealed.Encrypt)
		if err != nil || !strings.Contains(string(plain), "<ArticleCount>2</ArticleCount><Articles><item><Title><![CDATA[新茶]]></Title>") {
			t.Errorf("reply %s, %v", plain, err)
		}
		a.reply = nil
		if _, text := a.do("POST", q, body); text != "success" || a.got[1].DedupeKey() != m.DedupeKey() {
			t.Errorf("repetition: %s", text)
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	a := newAccount(t, ModeSafe)
	q, body := a.sealed(textXML, "")
	with := func(key, value string) url.Values {
		c := url.Values{}
		for k, v := range q {
			c[k] = v
		}
		c.Set(key, value)
		return c
	}
	strange := crypter(t, oaToken, oaKey, "wxother")
	foreign, _ := strange.Encrypt([]byte(textXML))
	fq := with("msg_signature", strange.Sign(q.Get("timestamp"), "n1", foreign))
	garbage, garbageBody := a.sealed("no XML", "")
	nobody, nobodyBody := a.sealed("<xml><MsgType>text</MsgType></xml>", "")
	cases := []struct {
		name   string
		q      url.Values
		body   string
		status int
		want   error
	}{
		{"plain in safe mode", a.query(), textXML, 403, ErrMode},
		{"wrong signature", with("msg_signature", "x"), body, 403, ErrSignature},
		{"no signature", with("msg_signature", ""), body, 403, ErrSignature},
		{"another nonce", with("nonce", "n2"), body, 403, ErrSignature},
		{"another AppID", fq, "<xml><Encrypt>" + foreign + "</Encrypt></xml>", 403, ErrAppID},
		{"tampered", q, strings.Replace(body, "<Encrypt><![CDATA[", "<Encrypt><![CDATA[AA", 1), 403, ErrSignature},
		{"no XML", q, "{}", 400, ErrXML},
		{"no Encrypt", q, "<xml></xml>", 400, ErrXML},
		{"no XML inside", garbage, garbageBody, 400, ErrXML},
		{"no sender inside", nobody, nobodyBody, 400, ErrXML},
		{"too long", q, strings.Repeat(" ", MaxPushBytes+1), 413, ErrTooLarge},
	}
	for i, k := range cases {
		status, _ := a.do("POST", k.q, k.body)
		if status != k.status || len(a.errs) != i+1 || !errors.Is(a.errs[i], k.want) {
			t.Fatalf("%s: %d %v, want %d %v", k.name, status, a.errs, k.status, k.want)
		}
	}
	if len(a.got) != 0 {
		t.Error("a refused push reached the function")
	}
}

func TestReplayWindow(t *testing.T) {
	for _, mode := range []Mode{ModePlain, ModeSafe} {
		a := newAccount(t, mode)
		q, body := a.query(), textXML
		if mode == ModeSafe {
			q, body = a.sealed(textXML, "")
		}
		for _, k := range []struct {
			skew   time.Duration
			status int
		}{{0, 200}, {5 * time.Minute, 200}, {5*time.Minute + time.Second, 403}, {-5*time.Minute - time.Second, 403}} {
			a.now = time.Unix(1795233600, 0).Add(k.skew)
			if status, _ := a.do("POST", q, body); status != k.status {
				t.Errorf("%s, skew %s: %d, want %d", mode, k.skew, status, k.status)
			}
		}
		a.client.cfg.ReplayWindow = -1
		if status, _ := a.do("POST", q, body); status != 200 {
			t.Errorf("%s, window off: %d", mode, status)
		}
	}
}

func TestHandlerOwnFailures(t *testing.T) {
	a := newAccount(t, ModePlain)
	a.fail = errors.New("database is down: hunter2")
	if status, body := a.do("POST", a.query(), textXML); status != 500 || strings.Contains(body, "hunter2") {
		t.Errorf("got %d %s", status, body)
	}
	a.fail = nil
	for _, bad := range []Reply{TextReply{}, ImageReply{}, NewsReply{}, NewsReply{Articles: make([]Article, 9)}, NewsReply{Articles: make([]Article, 2)}} {
		a.reply = bad
		if status, _ := a.do("POST", a.query(), textXML); status != 500 {
			t.Errorf("%T: %d", bad, status)
		}
	}
	if len(a.errs) != 6 {
		t.Errorf("%d errors told, want 6", len(a.errs))
	}
	for reply, want := range map[Reply]string{
		ImageReply{MediaID: "M"}:    "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[M]]></MediaId></Image>",
		TransferReply{}:             "<MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>",
		TransferReply{Account: "k"}: "<TransInfo><KfAccount><![CDATA[k]]></KfAccount></TransInfo>",
	} {
		a.reply = reply
		if _, body := a.do("POST", a.query(), textXML); !strings.Contains(body, want) {
			t.Errorf("got %s\nwant %s", body, want)
		}
	}
}

func TestEncryptedPushWithoutKey(t *testing.T) {
	c, err := New(Config{AppID: oaAppID, Token: oaToken})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ParsePush(goldenQuery(), []byte("<xml/>")); !errors.Is(err, ErrMode) {
		t.Errorf("got %v", err)
	}
	empty, _ := New(Config{AppID: oaAppID})
	q := url.Values{"signature": {signature("", "1", "n")}, "timestamp": {"1"}, "nonce": {"n"}}
	if _, err := empty.VerifyURL(q); !errors.Is(err, ErrSignature) {
		t.Errorf("an empty Token verifies: %v", err)
	}
}

func TestMessageKinds(t *testing.T) {
	parse := func(event, more string) Message {
		t.Helper()
		m, err := ParseMessage([]byte(fmt.Sprintf(eventXML, event, more)))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := parse("SCAN", "<EventKey>123</EventKey><Ticket>T</Ticket>"); m.Event != EventScan {
		t.Errorf("%+v", m)
	} else if scene, ok := m.Scene(); !ok || scene != "123" {
		t.Errorf("scene %q", scene)
	}
	if _, ok := parse("subscribe", "<EventKey></EventKey>").Scene(); ok {
		t.Error("a scene without a code")
	}
	done := parse("TEMPLATESENDJOBFINISH", "<MsgID>200163836</MsgID><Status><![CDATA[failed:user block]]></Status>")
	if done.JobID != 200163836 || done.JobState != "failed:user block" || done.MsgID != 0 {
		t.Errorf("%+v", done)
	}
	if done.DedupeKey() == parse("TEMPLATESENDJOBFINISH", "<MsgID>200163837</MsgID>").DedupeKey() {
		t.Error("two template messages of one second have one key")
	}
	if m := parse("scancode_waitmsg", "<ScanCodeInfo><ScanType>barcode</ScanType><ScanResult>690</ScanResult></ScanCodeInfo>"); m.ScanCode.Result != "690" {
		t.Errorf("%+v", m.ScanCode)
	}
	if m := parse("pic_weixin", "<SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item><item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>"); len(m.SendPics.MD5) != 2 {
		t.Errorf("%+v", m.SendPics)
	}
	if m := parse("LOCATION", "<Latitude>23.137466</Latitude><Longitude>113.352425</Longitude><Precision>119.385040</Precision>"); m.Latitude != 23.137466 {
		t.Errorf("%+v", m)
	}
}
