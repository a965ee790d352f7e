package sim

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const ticketLife = 30 * time.Minute // of a user_ticket

// authorizeCorp is the authorisation page for a corpid: silent, for members and strangers alike.
func (s *Server) authorizeCorp(w http.ResponseWriter, r *http.Request, corp *company, who string, e *entry) {
	q := r.URL.Query()
	back, code, why := s.checkAuthorizeCorp(corp, q)
	if code != 0 {
		e.Status, e.Reason = http.StatusOK, fmt.Sprintf("%d %s", code, why)
		s.errorPage(w, oauthErrors[code], fmt.Sprintf("错误码：%d", code))
		return
	}
	s.mu.Lock()
	value := s.newCode(corp.CorpID, who, q.Get("scope"))
	s.mu.Unlock()
	e.Verdict, e.Status = "ok", http.StatusFound
	back.RawQuery = joinQuery(back.RawQuery, url.Values{"code": {value}, "state": {q.Get("state")}})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *Server) checkAuthorizeCorp(corp *company, q url.Values) (back *url.URL, code int, why string) {
	scope := q.Get("scope")
	if scope != "snsapi_base" && scope != "snsapi_privateinfo" || scope == "snsapi_privateinfo" && q.Get("agentid") == "" {
		return nil, 10005, "scope must be snsapi_base, or snsapi_privateinfo with agentid"
	}
	if q.Get("response_type") != "code" {
		return nil, 10002, "response_type must be code"
	}
	return s.corpRedirect(corp, q)
}

// corpRedirect checks redirect_uri against the trusted domains of the named application, or of any.
func (s *Server) corpRedirect(corp *company, q url.Values) (back *url.URL, code int, why string) {
	back, err := url.Parse(s.realURL(q.Get("redirect_uri")))
	if err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https" {
		return nil, 10003, "redirect_uri is not an absolute address"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, app := range corp.Apps {
		if id := q.Get("agentid"); (id == "" || number(id) == app.AgentID) && inDomains(app.TrustedDomain, back.Host) {
			return back, 0, ""
		}
	}
	return nil, 10003, fmt.Sprintf("redirect_uri is on %s, which is no trusted_domain of the application", back.Host)
}

// corpLogin is login.work.weixin.qq.com/wwlogin/sso/login and open.work.weixin.qq.com/wwopen/sso/qrConnect: the web login. In a
// member's phone it asks that member; outside it offers everybody who works there, as if they scanned the code.
func (s *Server) corpLogin(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	corpID := q.Get("appid")
	e := &entry{Kind: "page", Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), AppID: corpID, Verdict: "refused", Status: http.StatusOK}
	defer s.note(e)
	s.mu.Lock()
	corp := s.world.work.companies[corpID]
	s.mu.Unlock()
	if corp == nil {
		e.Reason = "unknown corpid"
		s.errorPage(w, oauthErrors[10004], "错误码：10004")
		return
	}
	back, code, why := s.corpRedirect(corp, q)
	if code != 0 {
		e.Reason = fmt.Sprintf("%d %s", code, why)
		s.errorPage(w, oauthErrors[code], fmt.Sprintf("错误码：%d", code))
		return
	}
	e.Verdict = "ok"
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows strings.Builder
	for _, st := range s.world.work.corpStaff[corpID] {
		if st.Person == "" || !st.Left.IsZero() || holder(r.Context()) != "" && holder(r.Context()) != st.Person {
			continue
		}
		target := *back
		target.RawQuery = joinQuery(back.RawQuery, url.Values{"code": {s.newCode(corpID, st.Person, "snsapi_base")}, "state": {q.Get("state")}, "appid": {corpID}})
		fmt.Fprintf(&rows, `<p><a class="go" href="%s">以 %s 的身份登录</a></p>`, html.EscapeString(target.String()), html.EscapeString(st.Name))
	}
	if rows.Len() == 0 {
		rows.WriteString("<p>这个企业还没有使用企业微信的成员</p>")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, pageStyle+`<style>a.go{display:inline-block;min-width:184px;padding:8px 16px;border-radius:6px;background:#2563c9;color:#fff;text-decoration:none;font-size:17px}</style><main><h1 style="font-size:20px">企业微信登录 · %s</h1>%s</main>`,
		"企业微信登录", html.EscapeString(corp.Name), rows.String())
}

type identity struct {
	apiError
	UserID   string `json:"userid,omitempty"`
	Ticket   string `json:"user_ticket,omitempty"`
	OpenID   string `json:"openid,omitempty"`
	External string `json:"external_userid,omitempty"`
	Device   string `json:"deviceid,omitempty"`
	Old      string `json:"UserId,omitempty"` // as /cgi-bin/user/getuserinfo wrote it
	OldOpen  string `json:"OpenId,omitempty"`
	OldDev   string `json:"DeviceId,omitempty"`
}

// corpIdentity answers auth/getuserinfo and, old, user/getuserinfo.
func (s *Server) corpIdentity(old bool) func(*call) {
	return func(c *call) {
		s.mu.Lock()
		defer s.mu.Unlock()
		code := s.world.codes[c.r.URL.Query().Get("code")]
		if code == nil || code.appID != c.corp.CorpID || code.used || s.Clock.Now().After(code.until) {
			c.fail(40029, "invalid code")
			if code != nil {
				c.refused("the code is of %s, used %v, valid until %s", code.appID, code.used, code.until.Format(time.TimeOnly))
			}
			return
		}
		code.used = true
		c.entry.Person = code.person
		id := identity{apiError: apiOK}
		if st := s.job(c.corp.CorpID, code.person); st != nil {
			id.UserID = st.UserID
			if code.scope == "snsapi_privateinfo" {
				id.Ticket = s.newUserTicket(c.corp.CorpID, code.person)
			}
		} else {
			id.OpenID = s.world.derive("openid", c.corp.CorpID, code.person)
			if len(s.tiesOfCustomer(c.corp, code.person)) > 0 {
				id.External = s.customer(c.corp.CorpID, code.person).ExternalID
			}
		}
		if old {
			id.Old, id.OldOpen, id.OldDev, id.UserID, id.OpenID = id.UserID, id.OpenID, s.world.workID("d", code.person), "", ""
		}
		c.ok(id)
	}
}

// job is what a person is at a company, nil if they do not work there. The caller holds mu.
func (s *Server) job(corpID, who string) *staff {
	for _, st := range s.world.work.personJobs[who] {
		if st.CorpID == corpID && st.Left.IsZero() {
			return st
		}
	}
	return nil
}

// newUserTicket keeps a user_ticket among the page-authorisation tokens, which live in memory.
func (s *Server) newUserTicket(corpID, who string) string {
	value := "ut_" + s.text(64)
	s.world.snsTokens[value] = &snsToken{appID: corpID, person: who, scope: "user_ticket", refresh: true, until: s.Clock.Now().Add(ticketLife)}
	return value
}

func (s *Server) corpDetail(c *call) {
	var in struct {
		Ticket string `json:"user_ticket"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.world.snsTokens[in.Ticket]
	if t == nil || t.scope != "user_ticket" || t.appID != c.corp.CorpID || s.Clock.Now().After(t.until) {
		c.fail(40094, "invalid user_ticket")
		return
	}
	st := s.job(c.corp.CorpID, t.person)
	if st == nil {
		c.fail(60111, "userid not found")
		return
	}
	v := s.userView(st)
	c.ok(struct {
		apiError
		UserID string `json:"userid"`
		Gender string `json:"gender"`
		Avatar string `json:"avatar"`
		QRCode string `json:"qr_code"`
		Mobile string `json:"mobile"`
		Email  string `json:"email"`
		Biz    string `json:"biz_mail"`
		Home   string `json:"address"`
	}{apiOK, v.UserID, v.Gender, v.Avatar, v.QRCode, v.Mobile, v.Email, "", v.Address})
}

// corpTicket answers get_jsapi_ticket and ticket/get?type=agent_config.
func (s *Server) corpTicket(ofApp bool) func(*call) {
	return func(c *call) {
		if ofApp && c.r.URL.Query().Get("type") != "agent_config" {
			c.invalid("type must be agent_config")
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		state, now := c.corp.AppState[c.agent.AgentID], s.Clock.Now()
		t := &state.CorpTicket
		if ofApp {
			t = &state.AppTicket
		}
		if *t == nil || !now.Before((*t).Until) {
			*t = &apiToken{Value: "kgt8ON7yVITDhtdwci0qe" + s.text(65), Until: now.Add(tokenLife)}
			s.touchCompany(c.corp)
		}
		c.ok(struct {
			apiError
			Ticket  string `json:"ticket"`
			Expires int64  `json:"expires_in"`
		}{apiOK, (*t).Value, int64((*t).Until.Sub(now) / time.Second)})
	}
}

// jsIssuer gives the domains and tickets with which a page of appID may sign wx.config: an account's or a company's. The caller holds mu.
func (s *Server) jsIssuer(appID string) (domains string, tickets []*apiToken, ok bool) {
	if a := s.world.accounts[appID]; a != nil {
		return a.JSDomain, []*apiToken{a.Ticket, a.OldTicket}, true
	}
	corp := s.world.work.companies[appID]
	if corp == nil {
		return "", nil, false
	}
	for _, app := range corp.Apps {
		if app.TrustedDomain != "" {
			domains += "," + app.TrustedDomain
		}
		tickets = append(tickets, corp.AppState[app.AgentID].CorpTicket)
	}
	return domains, tickets, true
}

func (s *Server) corpOAuthEndpoints() []endpoint {
	get := func(f func(*call)) func(*call) { return s.withCorp(http.MethodGet, rightAny, f) }
	const note = "whoever is a member gets userid, also when the page is opened in WeChat"
	return []endpoint{
		{Pattern: "/cgi-bin/auth/getuserinfo", Title: "获取访问用户身份", Fidelity: Partial, Note: note, serve: get(s.corpIdentity(false))},
		{Pattern: "/cgi-bin/user/getuserinfo", Title: "获取访问用户身份（旧）", Fidelity: Partial, Note: note, serve: get(s.corpIdentity(true))},
		{Pattern: "/cgi-bin/auth/getuserdetail", Title: "获取访问用户敏感信息", Fidelity: Full, serve: s.withCorp(http.MethodPost, rightAny, s.corpDetail)},
		{Pattern: "/cgi-bin/get_jsapi_ticket", Title: "获取企业的jsapi_ticket", Fidelity: Full, serve: get(s.corpTicket(false))},
		{Pattern: "/cgi-bin/ticket/get", Title: "获取应用的jsapi_ticket", Fidelity: Partial, Note: "pages cannot call wx.agentConfig here", serve: get(s.corpTicket(true))},
	}
}
