package sim

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

// workRig is a simulator with a company, two members (an and bo) and three people, and the company's own server.
type workRig struct {
	*rig
	corp   Company
	app    CorpApp
	dev    *httptest.Server
	mu     sync.Mutex
	events []workXML
	answer func(event workXML) (status int, body string)
}

// workXML is a decrypted push.
type workXML struct {
	To, From, Created, MsgType, Event, ChangeType       string
	UserID, ExternalUserID, State, WelcomeCode, Source  string
	FailReason, ID, TagType, Content, AgentID, EventKey string
}

func (x *workXML) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	var raw struct {
		To         string `xml:"ToUserName"`
		From       string `xml:"FromUserName"`
		Created    string `xml:"CreateTime"`
		MsgType    string
		Event      string
		ChangeType string
		UserID     string
		External   string `xml:"ExternalUserID"`
		State      string
		Welcome    string `xml:"WelcomeCode"`
		Source     string
		FailReason string
		ID         string `xml:"Id"`
		TagType    string
		Content    string
		AgentID    string
		EventKey   string
	}
	err := d.DecodeElement(&raw, &start)
	*x = workXML{raw.To, raw.From, raw.Created, raw.MsgType, raw.Event, raw.ChangeType, raw.UserID, raw.External, raw.State, raw.Welcome, raw.Source,
		raw.FailReason, raw.ID, raw.TagType, raw.Content, raw.AgentID, raw.EventKey}
	return err
}

func newWorkRig(t testing.TB, s *Server) *workRig {
	t.Helper()
	g := &workRig{rig: &rig{t: t, s: start(t, s)}, answer: func(workXML) (int, string) { return 200, "" }}
	g.dev = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.dev.Close)
	for _, p := range []Person{{ID: "an", Name: "安宁"}, {ID: "bo", Name: "博远"}, {ID: "lin", Name: "林小满"}, {ID: "zhou", Name: "周一"}, {ID: "qiu", Name: "秋实"}} {
		must(s.AddPerson(p))(t)
	}
	g.corp = must(s.AddCompany(Company{CorpID: "ww0001", Name: "熟客", FullName: "熟客市集有限公司", Subject: "熟客", Apps: []CorpApp{
		{AgentID: 1000002, Name: "助手", Secret: "secret-contact", CallbackURL: g.dev.URL + "/work", CustomerContact: true, AddressBook: true, TrustedDomain: "127.0.0.1"},
		{AgentID: 1000003, Name: "公告", Secret: "secret-plain"}}, Departments: []Department{{ID: 1, Name: "熟客"}, {ID: 2, Name: "门店", ParentID: 1}}}))(t)
	g.app = g.corp.Apps[0]
	must(s.AddStaff(Staff{CorpID: "ww0001", UserID: "an", Person: "an", Departments: []int64{2}}))(t)
	must(s.AddStaff(Staff{CorpID: "ww0001", UserID: "bo", Person: "bo"}))(t)
	return g
}

// serve is the company's callback: it holds every push to its signature and opens it.
func (g *workRig) serve(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	box, err := wxcrypt.NewCipher(g.app.AESKey, g.corp.CorpID)
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	sealed := q.Get("echostr")
	var envelope struct{ ToUserName, AgentID, Encrypt string }
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		if err := xml.Unmarshal(body, &envelope); err != nil || envelope.ToUserName != g.corp.CorpID || envelope.AgentID != "1000002" {
			g.t.Errorf("envelope %s: %v", body, err)
		}
		sealed = envelope.Encrypt
	}
	if q.Get("msg_signature") != wxcrypt.Signature(g.app.Token, q.Get("timestamp"), q.Get("nonce"), sealed) {
		g.t.Errorf("msg_signature of %s is wrong", r.URL)
	}
	plain, err := box.Decrypt(sealed)
	if err != nil {
		g.t.Errorf("push: %v", err)
	}
	if r.Method == http.MethodGet {
		w.Write(plain)
		return
	}
	var event workXML
	if err := xml.Unmarshal(plain, &event); err != nil {
		g.t.Errorf("push %s: %v", plain, err)
	}
	g.mu.Lock()
	g.events = append(g.events, event)
	answer := g.answer
	g.mu.Unlock()
	status, body := answer(event)
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// event waits for the n-th push (from 1).
func (g *workRig) event(n int) workXML {
	g.t.Helper()
	eventually(g.t, fmt.Sprintf("%d pushes", n), func() bool { return g.eventCount() >= n })
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.events[n-1]
}

func (g *workRig) eventCount() int { g.mu.Lock(); defer g.mu.Unlock(); return len(g.events) }

func (g *workRig) token(secret string) string {
	g.t.Helper()
	out := g.get("/cgi-bin/gettoken?corpid=ww0001&corpsecret=" + secret)
	wantCode(g.t, out, 0)
	return out["access_token"].(string)
}

// work calls qyapi as the application that may do everything; body nil: GET.
func (g *workRig) work(path string, body any) map[string]any {
	g.t.Helper()
	return g.workAs("secret-contact", path, body)
}

func (g *workRig) workAs(secret, path string, body any) map[string]any {
	g.t.Helper()
	sep, method := "?", "POST"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	if fields, ok := body.(map[string]any); body == nil || ok && fields == nil {
		method, body = "GET", nil
	}
	_, out := g.call(method, "/qyapi/cgi-bin/"+path+sep+"access_token="+g.token(secret), body)
	return out
}

// good is a call that must succeed.
func (g *workRig) good(path string, body any) map[string]any {
	g.t.Helper()
	out := g.work(path, body)
	wantCode(g.t, out, 0)
	return out
}

func (g *workRig) external(who string) string {
	g.t.Helper()
	return must(g.s.ExternalUserID("ww0001", who))(g.t)
}

func TestCorpToken(t *testing.T) {
	g := newWorkRig(t, &Server{})
	first := g.token("secret-contact")
	if again, other := g.token("secret-contact"), g.token("secret-plain"); again != first || other == first {
		t.Fatal("an application has one token while it lives, and every application its own")
	}
	for query, code := range map[string]float64{"corpsecret=x": 41002, "corpid=ww0001": 41004, "corpid=wwno&corpsecret=x": 40013, "corpid=ww0001&corpsecret=x": 40001} {
		out := g.get("/cgi-bin/gettoken?" + query)
		wantCode(t, out, code)
		if text := out["errmsg"].(string); !strings.Contains(text, ", hint: [") || !strings.Contains(text, ", from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e=") {
			t.Errorf("%s: errmsg %q", query, text)
		}
	}
	wantCode(t, g.get("/qyapi/cgi-bin/getcallbackip"), 41001)
	wantCode(t, g.get("/qyapi/cgi-bin/getcallbackip?access_token=no"), 40014)
	g.s.Clock.Advance(2 * time.Hour)
	wantCode(t, g.get("/qyapi/cgi-bin/getcallbackip?access_token="+first), 42001)
	if g.token("secret-contact") == first {
		t.Fatal("an expired token was given again")
	}
	must(g.s.AddCompany(Company{CorpID: "ww0001", Apps: []CorpApp{{AgentID: 1000003, TrustedIPs: []string{"10.0.0.1"}}}}))(t)
	wantCode(t, g.get("/cgi-bin/gettoken?corpid=ww0001&corpsecret=secret-plain"), 60020)
}

// Both hosts have /cgi-bin/getcallbackip; who is meant is told by host, prefix, or the owner of the token.
func TestWhichHostIsMeant(t *testing.T) {
	g := newWorkRig(t, &Server{})
	app := must(g.s.AddAccount(Account{AppID: "wx0001", Name: "熟客市集"}))(t)
	official := g.get("/cgi-bin/token?grant_type=client_credential&appid=wx0001&secret=" + app.Secret)["access_token"].(string)
	work := g.token("secret-contact")
	for _, c := range []struct {
		path, host string
		work       bool
	}{
		{"/cgi-bin/getcallbackip?access_token=" + official, "", false},
		{"/cgi-bin/getcallbackip?access_token=" + work, "", true},
		{"/cgi-bin/getcallbackip?access_token=x", "", false},
		{"/cgi-bin/getcallbackip?access_token=" + official, "qyapi.weixin.qq.com", true},
		{"/cgi-bin/getcallbackip?access_token=" + work, "api.weixin.qq.com", false},
		{"/qyapi/cgi-bin/getcallbackip?access_token=" + official, "", true},
		{"/cgi-bin/gettoken?corpid=x&corpsecret=y", "", true},
		{"/cgi-bin/nothing?access_token=" + work, "qyapi.weixin.qq.com", true},
		{"/cgi-bin/nothing?access_token=" + official, "", false},
	} {
		req := mustRequest(t, g.s.URL()+c.path)
		if c.host != "" {
			req.Header.Set("X-Orig-Host", c.host)
		}
		out := g.do(req)
		text, _ := out["errmsg"].(string)
		if isWork := out["errcode"] == 0.0 || strings.Contains(text, "devtool/query"); isWork != c.work {
			t.Errorf("%s at %q: %v", c.path, c.host, out)
		}
	}
}

func TestRates(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	must(s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{CallsPerMinute: 3}}))(t)
	for range 3 {
		g.good("getcallbackip", nil)
	}
	wantCode(t, g.work("getcallbackip", nil), 45009)
	g.good("get_api_domain_ip", nil)
	s.Clock.Advance(59 * time.Second)
	wantCode(t, g.work("getcallbackip", nil), 45009)
	s.Clock.Advance(2 * time.Second)
	g.good("getcallbackip", nil)
	must(s.Faults.Add(Fault{Target: "call", Path: "/cgi-bin/getcallbackip", Kind: "parallel"}))(t)
	wantCode(t, g.work("getcallbackip", nil), 45033)
}

func TestCorpCallbackIsVerified(t *testing.T) {
	g := newWorkRig(t, &Server{})
	if err := g.s.VerifyCorpCallback(t.Context(), "ww0001", 1000002); err != nil {
		t.Fatal(err)
	}
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `"echo"`) }))
	defer bad.Close()
	must(g.s.AddCompany(Company{CorpID: "ww0001", Apps: []CorpApp{{AgentID: 1000003, CallbackURL: bad.URL}}}))(t)
	if err := g.s.VerifyCorpCallback(t.Context(), "ww0001", 1000003); err == nil || !strings.Contains(err.Error(), "echostr") {
		t.Fatalf("a wrong answer: %v", err)
	}
}

func TestCustomerComesAndGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.sim")
	s := &Server{DataFile: path}
	g := newWorkRig(t, s)
	id := must(s.AddCustomer("ww0001", "an", "lin"))(t)
	e := g.event(1)
	if e.Event != "change_external_contact" || e.ChangeType != "add_external_contact" || e.UserID != "an" || e.ExternalUserID != id || e.WelcomeCode == "" || e.From != "sys" || e.To != "ww0001" {
		t.Fatalf("the event: %+v", e)
	}
	if !strings.HasPrefix(id, "wm") || len(id) != 32 || id != g.external("lin") {
		t.Fatalf("external_userid %q", id)
	}
	g.post("/_sim/people/lin/chats/stf-an@ww0001/messages", map[string]any{"text": "在吗"})
	g.post("/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "在的"})
	list := g.get("/_sim/people/lin/chats/stf-an@ww0001/messages")
	if chat := list["chat"].(map[string]any); chat["corp"] != "熟客" || chat["title"] != "安宁" || chat["last"].(map[string]any)["text"] != "在的" {
		t.Fatalf("the customer's chat: %v", list)
	}
	if home := g.get("/_sim/people/an@ww0001/home"); home["unread"] != 2.0 {
		t.Fatalf("the member's WeCom: %v", home)
	}
	if home := g.get("/_sim/people/an/home"); len(home["chats"].([]any)) != 0 {
		t.Fatalf("the member's own WeChat knows nothing of it: %v", home)
	}
	s.mu.Lock()
	s.customerDeletes(s.world.work.companies["ww0001"], s.tie("ww0001", "an", "lin"))
	s.mu.Unlock()
	if e := g.event(2); e.ChangeType != "del_follow_user" || e.WelcomeCode != "" {
		t.Fatalf("deleted by the customer: %+v", e)
	}
	g.post("/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "还在吗"})
	if last := g.get("/_sim/people/lin/chats/stf-an@ww0001/messages")["messages"].([]any); last[len(last)-1].(map[string]any)["text"] != "在的" {
		t.Fatalf("a deleted member still writes: %v", last)
	}
	if status, out := g.call("POST", "/_sim/people/lin/chats/stf-bo@ww0001/messages", map[string]any{"text": "你好"}); status != 409 {
		t.Fatalf("a stranger: %d %v", status, out)
	}
	token := g.token("secret-contact")
	s.Close()
	again := &Server{DataFile: path}
	start(t, again)
	again.mu.Lock()
	defer again.mu.Unlock()
	if again.tie("ww0001", "an", "lin").Lost.IsZero() || again.external("ww0001", id) == nil || again.member("an@ww0001") == nil || again.world.work.tokens[token].agent != 1000002 {
		t.Fatal("the company was forgotten")
	}
}
