package sim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// corpRight is what an application needs for a call.
type corpRight int

const (
	rightAny         corpRight = iota
	rightContact               // 客户联系-可调用接口的应用
	rightAddressBook           // 通讯录同步
)

// withCorp checks the access token, the caller's address, the rates and the right of a WeCom call before f.
func (s *Server) withCorp(method string, right corpRight, f func(*call)) func(*call) {
	return func(c *call) {
		if !s.corpCaller(c) || !c.method(method) {
			return
		}
		switch {
		case right == rightContact && !c.agent.CustomerContact:
			c.deny(48002, "api forbidden", "application %d is not in 客户联系-可调用接口的应用 (customer_contact)", c.agent.AgentID)
			return
		case right == rightAddressBook && !c.agent.AddressBook:
			c.deny(60011, "no privilege to access/modify contact/party/agent", "application %d may not change the address book (address_book)", c.agent.AgentID)
			return
		}
		if code, text := s.enterCorp(c); code != 0 {
			c.fail(code, text)
			return
		}
		defer s.leaveCorp(c)
		f(c)
	}
}

// corpCaller finds company and application of the access token; on failure it has answered.
func (s *Server) corpCaller(c *call) bool {
	token := c.r.URL.Query().Get("access_token")
	if token == "" {
		c.fail(41001, "access_token missing")
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	who, ok := s.world.work.tokens[token]
	if !ok {
		c.fail(40014, "invalid access_token")
		return false
	}
	c.corp, c.entry.AppID = who.corp, who.corp.CorpID
	c.agent, _ = who.corp.app(who.agent)
	if !s.Clock.Now().Before(who.corp.AppState[who.agent].Access.Until) {
		c.fail(42001, "access_token expired")
		return false
	}
	return c.trustedIP(c.agent)
}

func (c *call) trustedIP(app CorpApp) bool {
	ip := c.callerIP()
	if len(app.TrustedIPs) == 0 || slices.Contains(app.TrustedIPs, ip) {
		return true
	}
	c.deny(60020, "not allow to access from your ip", "%s is not one of the application's trusted_ips", ip)
	return false
}

// app finds an application, as it is configured.
func (c *company) app(agentID int64) (CorpApp, bool) {
	for _, a := range c.Apps {
		if a.AgentID == agentID {
			return a, true
		}
	}
	return CorpApp{AgentID: agentID}, false
}

// workTail is what WeCom puts behind every refusal.
func (c *call) workTail(code int) string {
	return fmt.Sprintf(", hint: [%d%s], from ip: %s, more info at https://open.work.weixin.qq.com/devtool/query?e=%d", c.s.Now().UnixMilli(), c.s.digits(12), c.callerIP(), code)
}

type corpTokenAnswer struct {
	apiError
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

// corpToken answers /cgi-bin/gettoken: one token per application, the same while it lives.
func (s *Server) corpToken(c *call) {
	if !c.method(http.MethodGet) {
		return
	}
	q := c.r.URL.Query()
	corpID, secret := q.Get("corpid"), q.Get("corpsecret")
	s.mu.Lock()
	defer s.mu.Unlock()
	corp := s.world.work.companies[corpID]
	switch {
	case corpID == "":
		c.fail(41002, "corpid missing")
		return
	case secret == "":
		c.fail(41004, "corpsecret missing")
		return
	case corp == nil:
		c.fail(40013, "invalid corpid")
		return
	}
	c.corp, c.entry.AppID = corp, corpID
	i := slices.IndexFunc(corp.Apps, func(a CorpApp) bool { return a.Secret == secret })
	if i < 0 {
		c.deny(40001, "invalid credential", "no application of %s has this corpsecret", corpID)
		return
	}
	app := corp.Apps[i]
	if c.agent = app; !c.trustedIP(app) {
		return
	}
	state, now := corp.AppState[app.AgentID], s.Clock.Now()
	if state.Access == nil || !now.Before(state.Access.Until) {
		if state.Access != nil {
			delete(s.world.work.tokens, state.Access.Value)
		}
		state.Access = &apiToken{Value: s.pick(214, letters+"-_"), Until: now.Add(tokenLife)}
		s.world.work.tokens[state.Access.Value] = corpAgent{corp, app.AgentID}
		s.touchCompany(corp)
	}
	c.ok(corpTokenAnswer{apiOK, state.Access.Value, int64(state.Access.Until.Sub(now) / time.Second)})
}

// workRequest tells whether a request is for qyapi.weixin.qq.com, whose paths partly are those of api.weixin.qq.com, and gives it
// with the path of that host. In this order: the host it names, the /qyapi prefix of a base URL, a path that only one side has,
// the owner of the access token.
func (s *Server) workRequest(r *http.Request) (*http.Request, bool) {
	if path, ok := strings.CutPrefix(r.URL.Path, "/qyapi/"); ok {
		u := *r.URL
		u.Path, u.RawPath = "/"+path, ""
		r2 := *r
		r2.URL = &u
		return &r2, true
	}
	host := r.Header.Get("X-Orig-Host")
	if host == "" {
		host = r.Host
	}
	if strings.HasPrefix(host, "qyapi.") {
		return r, true
	}
	if _, pattern := s.workMux.Handler(r); pattern == "" || pattern == "/" || strings.HasSuffix(host, "weixin.qq.com") {
		return r, false
	}
	if _, pattern := s.mux.Handler(r); pattern == "/cgi-bin/" || pattern == "/" {
		return r, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.world.work.tokens[r.URL.Query().Get("access_token")]
	return r, ok
}

// unknownWork answers a path of WeCom that is not offered.
func (s *Server) unknownWork(c *call) {
	c.status = http.StatusNotFound
	c.deny(40066, "invalid url", "the simulator does not offer %s of qyapi.weixin.qq.com", c.r.URL.Path)
}
