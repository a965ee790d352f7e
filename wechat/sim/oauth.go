package sim

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	codeLife    = 5 * time.Minute
	refreshLife = 30 * 24 * time.Hour
	maxCodes    = 100_000
)

// oauthCode is what an authorisation page hands out.
type oauthCode struct {
	appID, person, scope string
	until                time.Time
	used                 bool
	snapshot             bool // the page was opened as a snapshot: a made-up user
}

// snsToken is a page-authorisation token (another kind than that of /cgi-bin).
type snsToken struct {
	appID, person, scope, openID string
	refresh                      bool
	until                        time.Time
	snapshot                     bool
}

type personKey struct{}

// holder is the person whose phone a request comes from, as the web-view gateway knows; empty outside.
func holder(ctx context.Context) string {
	id, _ := ctx.Value(personKey{}).(string)
	return id
}

var stateForm = regexp.MustCompile(`^[a-zA-Z0-9]*$`)

// authorize is open.weixin.qq.com/connect/oauth2/authorize.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	who := holder(r.Context())
	e := &entry{Kind: "page", Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Person: who, AppID: r.URL.Query().Get("appid"), Verdict: "refused"}
	defer s.note(e)
	if who == "" {
		if target := s.fromWebView(r); target != "" {
			e.Verdict, e.Reason = "ok", "sent back into the web view it came from"
			http.Redirect(w, r, target, http.StatusFound)
			return
		}
		e.Status, e.Reason = http.StatusOK, "not opened in a phone"
		s.errorPage(w, "请在微信客户端打开链接", "打开模拟器首页，在某个人的手机里打开这个地址。")
		return
	}
	q := r.URL.Query()
	s.mu.Lock()
	a := s.world.accounts[q.Get("appid")]
	if a != nil {
		as := *a // as it is now: settings may change while the page is answered
		a = &as
	}
	corp := s.world.work.companies[q.Get("appid")]
	s.mu.Unlock()
	if a == nil && corp != nil {
		s.authorizeCorp(w, r, corp, who, e)
		return
	}
	back, code, why := s.checkAuthorize(a, q)
	if code == 0 {
		code, why = s.checkVisitor(a, who)
	}
	shown := code
	if code == 10014 {
		shown = 10004 // WeChat has one number for both
	}
	if code != 0 {
		e.Status, e.Reason = http.StatusOK, fmt.Sprintf("%d %s", code, why)
		s.errorPage(w, oauthErrors[code], fmt.Sprintf("错误码：%d", shown))
		return
	}
	e.Verdict, e.Status = "ok", http.StatusFound
	s.grant(w, r, a, who, q, back, e)
}

var oauthErrors = map[int]string{
	10003: "redirect_uri 域名与后台配置不一致",
	10005: "Scope 参数错误或没有 Scope 权限",
	10004: "AppID 参数错误",
	10002: "参数错误",
	10006: "请先关注该测试号",
	10009: "操作太频繁，请稍后再试",
	10014: "该公众号已被封禁",
}

const oauthPerMinute = 60 // authorisations of one person at one account

// checkVisitor holds who opens the page to the account's state and to the pace; a code other than 0 is the page's error.
func (s *Server) checkVisitor(a *account, who string) (code int, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, minute := "oauth|"+a.AppID+"|"+who, s.Clock.Now().Unix()/60
	m := s.world.official.minutes[key]
	if m == nil || m.minute != minute {
		m = &minuteCount{minute: minute}
		s.world.official.minutes[key] = m
	}
	m.n++
	f := s.world.fans[a.AppID+"|"+who]
	switch d := s.world.official.desks[a.AppID]; {
	case d != nil && d.Banned:
		return 10014, "the account is banned"
	case a.Test && (f == nil || !f.Subscribed):
		return 10006, "a test account lets in its followers only"
	case m.n > oauthPerMinute:
		return 10009, "more than sixty authorisations within a minute"
	}
	return 0, ""
}

func (s *Server) checkAuthorize(a *account, q url.Values) (back *url.URL, code int, why string) {
	if a == nil {
		return nil, 10004, "unknown appid"
	}
	if !a.may() {
		return nil, 10005, "the account has no right of web authorisation"
	}
	if scope := q.Get("scope"); scope != "snsapi_base" && scope != "snsapi_userinfo" {
		return nil, 10005, "scope " + scope
	}
	if q.Get("response_type") != "code" {
		return nil, 10002, "response_type must be code"
	}
	if state := q.Get("state"); len(state) > 128 || !stateForm.MatchString(state) {
		return nil, 10002, "state must be a-zA-Z0-9, at most 128 bytes"
	}
	back, err := url.Parse(s.realURL(q.Get("redirect_uri")))
	if err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https" {
		return nil, 10003, "redirect_uri is not an absolute address"
	}
	if !inDomains(a.OAuthDomain, back.Host) {
		return nil, 10003, fmt.Sprintf("redirect_uri is on %s, the account's domain is %q", back.Host, a.OAuthDomain)
	}
	return back, 0, ""
}

// grant hands out a code, silently for snsapi_base and for who agreed before; else it asks.
func (s *Server) grant(w http.ResponseWriter, r *http.Request, a *account, who string, q url.Values, back *url.URL, e *entry) {
	scope := q.Get("scope")
	s.mu.Lock()
	f := s.fan(a.AppID, who)
	ask := scope == "snsapi_userinfo" && (!f.Granted && !f.Subscribed || q.Get("forcePopup") == "true")
	if r.Method == http.MethodPost {
		if r.PostFormValue("consent") == "yes" {
			f.Granted, ask = true, false
			s.touchFan(f)
		}
	}
	var code string
	if !ask {
		code = s.newCode(a.AppID, who, scope)
		s.world.codes[code].snapshot = scope == "snsapi_userinfo" && q.Get("forceSnapShot") == "true"
	}
	name, logo := a.Name, accountAvatar(a)
	s.mu.Unlock()
	if ask {
		e.Status = http.StatusOK
		s.consentPage(w, r, name, logo)
		return
	}
	back.RawQuery = joinQuery(back.RawQuery, url.Values{"code": {code}, "state": {q.Get("state")}})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *Server) newCode(appID, who, scope string) string {
	now := s.Clock.Now()
	if len(s.world.codes) >= maxCodes {
		for code, c := range s.world.codes {
			if now.After(c.until) {
				delete(s.world.codes, code)
			}
		}
	}
	code := "0" + s.text(31)
	s.world.codes[code] = &oauthCode{appID: appID, person: who, scope: scope, until: now.Add(codeLife)}
	return code
}

const pageStyle = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>%s</title>
<style>body{margin:0;font:17px/1.6 -apple-system,"PingFang SC","Microsoft YaHei",sans-serif;background:#f7f7f7;color:#191919;text-align:center}
main{padding:72px 24px}img{width:64px;height:64px;border-radius:8px}p{color:#737373;font-size:14px}button{font:inherit;width:184px;margin:8px;padding:8px;border:0;border-radius:6px;background:#07a35a;color:#fff}
button.no{background:#e4e4e4;color:#333}@media(prefers-color-scheme:dark){body{background:#191919;color:#d5d5d5}}</style>`

func (s *Server) errorPage(w http.ResponseWriter, title, detail string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, pageStyle+`<main role="alert"><h1 style="font-size:20px">%s</h1><p>%s</p></main>`, "提示", html.EscapeString(title), html.EscapeString(detail))
}

func (s *Server) consentPage(w http.ResponseWriter, r *http.Request, name, logo string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, pageStyle+`<main><img src="%s" alt=""><h1 style="font-size:20px">%s</h1><p>申请获取你的昵称、头像</p>
<form method="post" action="%s"><button name="consent" value="yes">允许</button><br><button class="no" type="button" onclick="history.length>1?history.back():WeixinJSBridge.call('closeWindow')">拒绝</button></form></main>`,
		"微信授权", html.EscapeString(logo), html.EscapeString(name), html.EscapeString(r.URL.RequestURI()))
}

type snsAnswer struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	OpenID       string `json:"openid"`
	Scope        string `json:"scope"`
	Snapshot     int    `json:"is_snapshotuser,omitempty"`
	UnionID      string `json:"unionid,omitempty"`
}

func (s *Server) snsToken(c *call) {
	q := c.r.URL.Query()
	if q.Get("grant_type") != "authorization_code" {
		c.fail(40002, "invalid grant_type")
		return
	}
	if q.Get("code") == "" {
		c.fail(41008, "missing code")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := c.credentials(q.Get("appid"), q.Get("secret"))
	if a == nil {
		return
	}
	code := s.world.codes[q.Get("code")]
	switch {
	case code == nil || code.appID != a.AppID:
		c.fail(40029, "invalid code")
	case code.used:
		c.fail(40163, "code been used")
	case s.Clock.Now().After(code.until):
		c.fail(42003, "code expired")
	default:
		code.used = true
		s.issueSNS(c, a, code.person, code.scope, "", code.snapshot)
	}
}

// issueSNS answers with a new access token, and a refresh token unless one is given.
func (s *Server) issueSNS(c *call, a *account, who, scope, refresh string, snapshot bool) {
	now := s.Clock.Now()
	if len(s.world.snsTokens) >= 2*maxCodes {
		for value, t := range s.world.snsTokens {
			if now.After(t.until) {
				delete(s.world.snsTokens, value)
			}
		}
	}
	openID := s.fan(a.AppID, who).OpenID
	if snapshot {
		openID = s.world.derive("snapshot", a.AppID, who)
	}
	c.entry.Person = who
	access := "92_" + s.text(85)
	s.world.snsTokens[access] = &snsToken{a.AppID, who, scope, openID, false, now.Add(tokenLife), snapshot}
	if refresh == "" {
		refresh = "92_" + s.text(85)
		s.world.snsTokens[refresh] = &snsToken{a.AppID, who, scope, openID, true, now.Add(refreshLife), snapshot}
	}
	answer := snsAnswer{access, int64(tokenLife / time.Second), refresh, openID, scope, 0, ""}
	if snapshot {
		answer.Snapshot = 1
	} else if scope == "snsapi_userinfo" {
		answer.UnionID = s.unionID(a, who)
	}
	c.ok(answer)
}

func (s *Server) snsRefresh(c *call) {
	q := c.r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.accounts[q.Get("appid")]
	t := s.world.snsTokens[q.Get("refresh_token")]
	switch {
	case q.Get("grant_type") != "refresh_token":
		c.fail(40002, "invalid grant_type")
	case a == nil:
		c.fail(40013, "invalid appid")
	case q.Get("refresh_token") == "":
		c.fail(41003, "missing refresh_token")
	case t == nil || !t.refresh || t.appID != a.AppID:
		c.fail(40030, "invalid refresh_token")
	case s.Clock.Now().After(t.until):
		c.fail(42002, "refresh_token expired")
	default:
		s.issueSNS(c, a, t.person, t.scope, q.Get("refresh_token"), t.snapshot)
	}
}

// snsOwner checks access_token and openid of a page-authorisation call; on failure it has answered. The caller holds mu.
func (s *Server) snsOwner(c *call) *snsToken {
	q := c.r.URL.Query()
	t := s.world.snsTokens[q.Get("access_token")]
	switch {
	case t == nil || t.refresh:
		c.fail(40001, "invalid credential, access_token is invalid or not latest")
	case s.Clock.Now().After(t.until):
		c.fail(42001, "access_token expired")
	case q.Get("openid") != t.openID:
		c.fail(40003, "invalid openid")
	default:
		c.entry.AppID, c.entry.Person = t.appID, t.person
		return t
	}
	return nil
}

func (s *Server) snsAuth(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snsOwner(c) != nil {
		c.ok(apiOK)
	}
}

func (s *Server) snsUserInfo(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.snsOwner(c)
	if t == nil {
		return
	}
	if t.scope != "snsapi_userinfo" {
		c.fail(48001, "api unauthorized")
		return
	}
	info := map[string]any{"openid": t.openID, "nickname": s.world.people[t.person].Name, "sex": 0, "language": "", "city": "", "province": "", "country": "",
		"headimgurl": "http://" + s.hostPort() + personAvatar(t.person), "privilege": []string{}}
	if t.snapshot { // a made-up user
		info["nickname"], info["headimgurl"] = "微信用户", ""
	} else if id := s.unionID(s.world.accounts[t.appID], t.person); id != "" {
		info["unionid"] = id
	}
	c.ok(info)
}

// fromWebView tells the gateway address of this request when a web view left for the simulator's own origin by script.
func (s *Server) fromWebView(r *http.Request) string {
	ref, err := url.Parse(r.Referer())
	if err != nil {
		return ""
	}
	_, who, ok := s.splitGateway(ref.Host)
	if !ok {
		return ""
	}
	target := "http://" + r.Host + r.URL.RequestURI()
	if strings.EqualFold(r.Host, "open.weixin.qq.com") {
		target = "https://" + r.Host + r.URL.RequestURI()
	}
	gateway, err := s.gatewayURL(who, target)
	if err != nil {
		return ""
	}
	return gateway
}
