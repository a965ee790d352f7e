package sim

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// authorize walks through the authorisation page in a person's web view and gives where it leads.
func (g *workRig) authorize(who, query string) (string, url.Values) {
	g.t.Helper()
	address := g.open(who, "https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww0001&response_type=code&state=st1&"+query)
	resp := must(g.browser().Get(address))(g.t)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		return "", nil
	}
	back := must(url.Parse(g.s.realURL(resp.Header.Get("Location"))))(g.t)
	return back.Host + back.Path, back.Query()
}

func TestCorpOAuth(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	id := must(s.AddCustomer("ww0001", "an", "lin"))(t)
	base := "scope=snsapi_base&redirect_uri=" + url.QueryEscape(g.dev.URL+"/back")
	where, q := g.authorize("an", base)
	if where != strings.TrimPrefix(g.dev.URL, "http://")+"/back" || q.Get("state") != "st1" || q.Get("code") == "" {
		t.Fatalf("led to %s %v", where, q)
	}
	out := g.good("auth/getuserinfo?code="+q.Get("code"), nil)
	if out["userid"] != "an" || out["openid"] != nil || out["user_ticket"] != nil {
		t.Fatalf("a member: %v", out)
	}
	wantCode(t, g.work("auth/getuserinfo?code="+q.Get("code"), nil), 40029)
	_, q = g.authorize("lin", base)
	if out := g.good("auth/getuserinfo?code="+q.Get("code"), nil); out["external_userid"] != id || out["openid"] == "" || out["userid"] != nil {
		t.Fatalf("a customer: %v", out)
	}
	_, q = g.authorize("qiu", base)
	if out := g.good("user/getuserinfo?code="+q.Get("code"), nil); out["OpenId"] == nil || out["external_userid"] != nil {
		t.Fatalf("a stranger, old call: %v", out)
	}
	_, q = g.authorize("an", "scope=snsapi_privateinfo&agentid=1000002&redirect_uri="+url.QueryEscape(g.dev.URL+"/back"))
	ticket := g.good("auth/getuserinfo?code="+q.Get("code"), nil)["user_ticket"]
	if out := g.good("auth/getuserdetail", map[string]any{"user_ticket": ticket}); out["userid"] != "an" || out["gender"] != "0" {
		t.Fatalf("detail: %v", out)
	}
	s.Clock.Advance(31 * time.Minute)
	wantCode(t, g.work("auth/getuserdetail", map[string]any{"user_ticket": ticket}), 40094)
	_, q = g.authorize("an", base)
	s.Clock.Advance(6 * time.Minute)
	wantCode(t, g.work("auth/getuserinfo?code="+q.Get("code"), nil), 40029)
	for name, query := range map[string]string{
		"foreign domain":     "scope=snsapi_base&redirect_uri=" + url.QueryEscape("http://example.com/x"),
		"no scope":           "redirect_uri=" + url.QueryEscape(g.dev.URL),
		"private, no agent":  "scope=snsapi_privateinfo&redirect_uri=" + url.QueryEscape(g.dev.URL),
		"another's agent":    "scope=snsapi_base&agentid=1000003&redirect_uri=" + url.QueryEscape(g.dev.URL),
		"no address at all":  "scope=snsapi_base&redirect_uri=x",
		"an unknown address": "scope=snsapi_base",
	} {
		if where, _ := g.authorize("an", query); where != "" {
			t.Errorf("%s led to %s", name, where)
		}
	}
}

func TestCorpWebLogin(t *testing.T) {
	g := newWorkRig(t, &Server{})
	page := func(path string) string {
		resp := must(http.Get(g.s.URL() + path))(t)
		defer resp.Body.Close()
		raw := make([]byte, 8192)
		n, _ := resp.Body.Read(raw)
		return string(raw[:n])
	}
	body := page("/wwopen/sso/qrConnect?appid=ww0001&agentid=1000002&state=s9&redirect_uri=" + url.QueryEscape(g.dev.URL+"/login"))
	if !strings.Contains(body, "以 安宁 的身份登录") || !strings.Contains(body, "以 博远 的身份登录") {
		t.Fatalf("the page: %s", body)
	}
	_, rest, _ := strings.Cut(body, `href="`)
	link, _, _ := strings.Cut(rest, `"`)
	q := mustURL(t, strings.ReplaceAll(link, "&amp;", "&")).Query()
	if out := g.good("auth/getuserinfo?code="+q.Get("code"), nil); out["userid"] != "an" || q.Get("state") != "s9" {
		t.Fatalf("logged in: %v", out)
	}
	if body := page("/wwlogin/sso/login?appid=ww0001&agentid=1000002&redirect_uri=" + url.QueryEscape("http://example.com/")); strings.Contains(body, "安宁") {
		t.Fatalf("a foreign domain gets codes: %s", body)
	}
}

func TestCorpTickets(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	corp := g.good("get_jsapi_ticket", nil)
	app := g.good("ticket/get?type=agent_config", nil)
	if corp["expires_in"] != 7200.0 || corp["ticket"] == app["ticket"] || g.good("get_jsapi_ticket", nil)["ticket"] != corp["ticket"] {
		t.Fatalf("tickets: %v %v", corp, app)
	}
	wantCode(t, g.work("ticket/get?type=jsapi", nil), 40058)
	s.mu.Lock()
	domains, tickets, ok := s.jsIssuer("ww0001")
	s.mu.Unlock()
	if !ok || !inDomains(domains, "127.0.0.1:80") || tickets[0].Value != corp["ticket"] {
		t.Fatalf("pages may sign with %v on %q", tickets, domains)
	}
	s.Clock.Advance(2 * time.Hour)
	if g.good("get_jsapi_ticket", nil)["ticket"] == corp["ticket"] {
		t.Fatal("an expired ticket was given again")
	}
}

func TestAcquisitionLink(t *testing.T) {
	g := newWorkRig(t, &Server{})
	link := g.good("externalcontact/customer_acquisition/create_link", map[string]any{"link_name": "抖音", "range": map[string]any{"user_list": []string{"an"}}})["link"].(map[string]any)
	id, address := link["link_id"].(string), link["url"].(string)
	if !strings.HasPrefix(address, "https://work.weixin.qq.com/ca/") {
		t.Fatalf("link: %v", link)
	}
	if card := g.scan("zhou", address); card["id"] != "an@ww0001" {
		t.Fatalf("card: %v", card)
	}
	view := g.open("lin", address+"?customer_channel=ad-7")
	form := url.Values{"member": {"an@ww0001"}}
	resp := must(g.browser().PostForm(view, form))(t)
	resp.Body.Close()
	e := g.event(1)
	if e.State != "ad-7" || e.UserID != "an" || e.WelcomeCode == "" || e.ExternalUserID != g.external("lin") {
		t.Fatalf("event: %+v", e)
	}
	if f := g.good("externalcontact/get?external_userid="+e.ExternalUserID, nil)["follow_user"].([]any)[0].(map[string]any); f["add_way"] != 16.0 || f["state"] != "ad-7" {
		t.Fatalf("follow: %v", f)
	}
	came := g.good("externalcontact/customer_acquisition/customer", map[string]any{"link_id": id})["customer_list"].([]any)
	if row := came[0].(map[string]any); row["state"] != "ad-7" || row["chat_status"] != 0.0 || row["external_userid"] != e.ExternalUserID {
		t.Fatalf("came: %v", came)
	}
	g.post("/_sim/people/lin/chats/stf-an@ww0001/messages", map[string]any{"text": "你好"})
	if row := g.good("externalcontact/customer_acquisition/customer", map[string]any{"link_id": id})["customer_list"].([]any)[0].(map[string]any); row["chat_status"] != 1.0 {
		t.Fatalf("spoke: %v", row)
	}
	now := g.s.Clock.Now().Unix()
	if out := g.good("externalcontact/customer_acquisition/statistic", map[string]any{"link_id": id, "start_time": now - 3600, "end_time": now}); out["click_link_customer_cnt"] != 1.0 || out["new_customer_cnt"] != 1.0 {
		t.Fatalf("statistic: %v", out)
	}
	if out := g.good("externalcontact/customer_acquisition_quota", nil); out["total"] != 10000.0 || out["balance"] != 9999.0 {
		t.Fatalf("quota: %v", out)
	}
	g.good("externalcontact/customer_acquisition/update_link", map[string]any{"link_id": id, "link_name": "快手", "skip_verify": false})
	if out := g.good("externalcontact/customer_acquisition/get", map[string]any{"link_id": id}); out["link"].(map[string]any)["link_name"] != "快手" || out["skip_verify"] != false {
		t.Fatalf("detail: %v", out)
	}
	if ids := g.good("externalcontact/customer_acquisition/list_link", map[string]any{})["link_id_list"].([]any); len(ids) != 1 {
		t.Fatalf("list: %v", ids)
	}
	if out := g.add("zhou", address); out["added"] != false {
		t.Fatalf("with confirmation: %v", out)
	}
	must(g.s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{AcquisitionLeft: 1}}))(t)
	if g.scan("qiu", address) != nil {
		t.Fatal("a link works without quota")
	}
	for name, body := range map[string]map[string]any{"no name": {"range": map[string]any{"user_list": []string{"an"}}}, "nobody": {"link_name": "x"}, "long": {"link_name": strings.Repeat("字", 31), "range": map[string]any{"user_list": []string{"an"}}}} {
		if out := g.work("externalcontact/customer_acquisition/create_link", body); out["errcode"] != 40058.0 {
			t.Errorf("%s: %v", name, out)
		}
	}
	g.good("externalcontact/customer_acquisition/delete_link", map[string]any{"link_id": id})
	wantCode(t, g.work("externalcontact/customer_acquisition/get", map[string]any{"link_id": id}), 40058)
}
