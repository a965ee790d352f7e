package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	tokenLife     = 7200 * time.Second
	tokenOverlap  = 5 * time.Minute
	tokensPerDay  = 2000
	forcedPerDay  = 20
	forcedSpacing = 30 * time.Second
)

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

// withToken checks the access token of an official-account call before f. right means: verified service accounts only.
func (s *Server) withToken(method string, right bool, f func(*call)) func(*call) {
	if right {
		return s.withRight(method, serviceOnly, f)
	}
	return s.withRight(method, anyone, f)
}

func (s *Server) tokenOwner(token string) (*account, int, string) {
	app := s.world.accounts[s.world.apiTokens[token]]
	if app == nil {
		return nil, 40001, "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r"
	}
	now := s.Clock.Now()
	for _, t := range []*apiToken{app.Plain, app.Stable, app.OldPlain, app.OldStable} {
		if t != nil && t.Value == token {
			if now.Before(t.Until) {
				return app, 0, ""
			}
			return nil, 42001, "access_token expired"
		}
	}
	delete(s.world.apiTokens, token)
	return nil, 40001, "invalid credential, access_token is invalid or not latest"
}

func (s *Server) newToken(a *account) *apiToken {
	t := &apiToken{Value: "92_" + s.text(133), Until: s.Clock.Now().Add(tokenLife)}
	s.world.apiTokens[t.Value] = a.AppID
	s.touch("account", a.AppID)
	return t
}

// retire keeps an old token alive for the overlap only and forgets the one before it.
func (s *Server) retire(old, older *apiToken, overlap time.Duration) *apiToken {
	if older != nil {
		delete(s.world.apiTokens, older.Value)
	}
	if old == nil {
		return nil
	}
	if end := s.Clock.Now().Add(overlap); end.Before(old.Until) {
		old.Until = end
	}
	return old
}

// credentials finds the account of appid and secret; on failure it has answered.
func (c *call) credentials(appID, secret string) *account {
	if appID == "" {
		c.fail(41002, "appid missing")
		return nil
	}
	if secret == "" {
		c.fail(41004, "appsecret missing")
		return nil
	}
	a := c.s.world.accounts[appID]
	if a == nil {
		c.fail(40013, "invalid appid")
		return nil
	}
	c.entry.AppID = appID
	if a.Secret != secret {
		c.fail(40125, "invalid appsecret")
		return nil
	}
	if !c.mayAskFromHere(a) {
		return nil
	}
	return a
}

// mayAskFromHere holds a call with the secret to the account's address list and its frozen secret; on failure it has answered.
func (c *call) mayAskFromHere(a *account) bool {
	d := c.s.world.official.desks[a.AppID]
	ip := c.callerIP()
	switch {
	case d != nil && d.Frozen:
		c.fail(40243, "AppSecret has been frozen, please unfreeze and try again")
	case !strings.HasPrefix(c.r.URL.Path, "/cgi-bin/") || len(a.IPAllow) == 0 || slices.Contains(a.IPAllow, ip):
		return true
	case d != nil && d.ConfirmIP:
		c.fail(89503, "this ip calls must be confirmed by the administrator, please contact the administrator "+ip)
	default:
		c.fail(40164, "invalid ip "+ip+" ipv6 ::ffff:"+ip+", not in whitelist")
	}
	return false
}

func (s *Server) token(c *call) {
	q := c.r.URL.Query()
	if q.Get("grant_type") != "client_credential" {
		c.fail(40002, "invalid grant_type")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := c.credentials(q.Get("appid"), q.Get("secret"))
	if a == nil {
		return
	}
	if code, text := s.spendCall(a, "/cgi-bin/token"); code != 0 {
		c.fail(code, text)
		return
	}
	a.OldPlain = s.retire(a.Plain, a.OldPlain, tokenOverlap)
	a.Plain = s.newToken(a)
	c.ok(tokenAnswer{a.Plain.Value, int64(tokenLife / time.Second)})
}

func (s *Server) stableToken(c *call) {
	var in struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	if !c.method(http.MethodPost) || !c.json(&in) {
		return
	}
	if in.GrantType != "client_credential" {
		c.fail(40002, "invalid grant_type")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := c.credentials(in.AppID, in.Secret)
	if a == nil {
		return
	}
	if code, text := s.spendCall(a, "/cgi-bin/stable_token"); code != 0 {
		c.fail(code, text)
		return
	}
	now := s.Clock.Now()
	switch {
	case in.Force:
		if !s.mayForce(c, a, now) {
			return
		}
		a.OldStable = s.retire(a.Stable, a.OldStable, 0)
		a.Stable = s.newToken(a)
	case a.Stable == nil || !now.Before(a.Stable.Until.Add(-tokenOverlap)):
		a.OldStable = s.retire(a.Stable, a.OldStable, tokenOverlap)
		a.Stable = s.newToken(a)
	}
	c.ok(tokenAnswer{a.Stable.Value, int64(a.Stable.Until.Sub(now) / time.Second)})
}

func (s *Server) mayForce(c *call, a *account, now time.Time) bool {
	day := now.Format(time.DateOnly)
	a.Forced = slices.DeleteFunc(a.Forced, func(t time.Time) bool { return t.In(shanghai).Format(time.DateOnly) != day })
	if n := len(a.Forced); n >= forcedPerDay {
		c.fail(45009, "reach max api daily quota limit")
		return false
	} else if n > 0 && now.Sub(a.Forced[n-1]) < forcedSpacing {
		c.fail(45011, "api minute-quota reach limit  must slower  retry next minute")
		return false
	}
	a.Forced = append(a.Forced, now)
	return true
}

// ticket answers /cgi-bin/ticket/getticket.
func (s *Server) ticket(c *call) {
	if kind := c.r.URL.Query().Get("type"); kind != "jsapi" {
		c.deny(40035, "invalid parameter", "ticket type %q is not offered here, only jsapi", kind)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	if t := c.app.Ticket; t == nil || !now.Before(t.Until.Add(-tokenOverlap)) {
		c.app.OldTicket = c.app.Ticket
		c.app.Ticket = &apiToken{Value: s.text(86), Until: now.Add(tokenLife)}
		s.touch("account", c.app.AppID)
	}
	c.ok(struct {
		apiError
		Ticket    string `json:"ticket"`
		ExpiresIn int64  `json:"expires_in"`
	}{apiOK, c.app.Ticket.Value, int64(c.app.Ticket.Until.Sub(now) / time.Second)})
}

func (s *Server) callbackIPs(c *call) {
	c.ok(map[string][]string{"ip_list": {"127.0.0.1"}})
}
