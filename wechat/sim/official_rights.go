package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// right is what an account must be to use a call (section 0 of the rights matrix).
type right int

const (
	anyone      right = iota
	menuRight         // all but unverified subscription accounts
	verified          // verified accounts of either kind
	serviceOnly       // verified service accounts
)

// allows tells whether the account holds a right; a test account (测试号) holds them all.
func (a *account) allows(r right) bool {
	service := a.Kind == "service"
	switch {
	case a.Test:
		return true
	case a.Kind == kindMini:
		return r == anyone // and miniRights
	case r == menuRight:
		return service || !a.Unverified
	case r == verified:
		return !a.Unverified
	case r == serviceOnly:
		return service && !a.Unverified
	}
	return true
}

// dayLimits are the calls a day of a new account by path (接口调用频次限制说明); a test account has a tenth.
var dayLimits = map[string]int{
	"/cgi-bin/token": tokensPerDay, "/cgi-bin/stable_token": 500_000, "/cgi-bin/menu/create": 1000, "/cgi-bin/menu/get": 10_000, "/cgi-bin/menu/delete": 1000,
	"/cgi-bin/menu/addconditional": 2000, "/cgi-bin/menu/delconditional": 2000, "/cgi-bin/menu/trymatch": 20_000, "/cgi-bin/media/upload": 5000, "/cgi-bin/media/get": 10_000,
	"/cgi-bin/message/custom/send": 500_000, "/cgi-bin/message/mass/sendall": 100, "/cgi-bin/message/mass/send": 100, "/cgi-bin/message/mass/preview": 100,
	"/cgi-bin/message/mass/delete": 10, "/cgi-bin/qrcode/create": 100_000, "/cgi-bin/user/get": 500, "/cgi-bin/user/info": 5_000_000, "/cgi-bin/user/info/updateremark": 10_000,
	"/cgi-bin/message/template/send": 100_000, "/cgi-bin/ticket/getticket": 10_000, "/cgi-bin/tags/create": 1000, "/cgi-bin/tags/get": 1000, "/cgi-bin/user/tag/get": 500,
}

const usualDayLimit = 10_000 // of a call that the table does not name

// minuteLimits are the calls a minute that the documentation states.
var minuteLimits = map[string]int{"/cgi-bin/stable_token": 10_000, "/cgi-bin/message/mass/sendall": 60, "/cgi-bin/message/mass/send": 60}

const (
	clearsPerMonth = 10
	textDayQuota   = "reach max api daily quota limit"
	textMinQuota   = "api minute-quota reach limit  must slower  retry next minute"
)

// usage counts an account's calls of one day (+08:00) and its resets of one month.
type usage struct {
	Day    string         `json:"day"`
	Used   map[string]int `json:"used"`
	Month  string         `json:"month,omitempty"`
	Clears int            `json:"clears,omitempty"`
}

type minuteCount struct {
	minute int64
	n      int
}

func (s *Server) dayLimit(a *account, path string) int {
	limit, known := dayLimits[path]
	if !known {
		limit = usualDayLimit
	}
	if a.Test {
		limit = max(1, limit/10)
	}
	if d := s.world.official.desks[a.AppID]; d != nil {
		if own, set := d.Limits[path]; set {
			return own
		}
	}
	return limit
}

// usageOf gives the counters of today. The caller holds mu.
func (s *Server) usageOf(appID string) *usage {
	u := s.world.official.usage[appID]
	day := s.Clock.Now().Format(time.DateOnly)
	if u == nil {
		u = &usage{}
		s.world.official.usage[appID] = u
	}
	if u.Day != day {
		u.Day, u.Used = day, map[string]int{}
	}
	return u
}

// spendCall counts a call; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) spendCall(a *account, path string) (code int, text string) {
	if limit, ok := minuteLimits[path]; ok {
		key, minute := a.AppID+"|"+path, s.Clock.Now().Unix()/60
		m := s.world.official.minutes[key]
		if m == nil || m.minute != minute {
			m = &minuteCount{minute: minute}
			s.world.official.minutes[key] = m
		}
		if m.n >= limit {
			return 45011, textMinQuota
		}
		m.n++
	}
	u := s.usageOf(a.AppID)
	if u.Used[path] >= s.dayLimit(a, path) {
		return 45009, textDayQuota
	}
	u.Used[path]++
	s.touch("usage", a.AppID)
	return 0, ""
}

// withRight checks token, method, right and quota of an official-account call before f.
func (s *Server) withRight(method string, need right, f func(*call)) func(*call) {
	return func(c *call) {
		token := c.r.URL.Query().Get("access_token")
		if token == "" {
			c.fail(41001, "access_token missing")
			return
		}
		s.mu.Lock()
		app, code, text := s.tokenOwner(token)
		s.mu.Unlock()
		if code != 0 {
			c.fail(code, text)
			return
		}
		c.app, c.entry.AppID = app, app.AppID
		if method != "" && !c.method(method) {
			return
		}
		if !app.allows(need) && !(app.Kind == kindMini && miniRights[c.r.URL.Path]) {
			c.deny(48001, "api unauthorized", "a %s account (verified: %v) has no right to call %s", app.Kind, !app.Unverified, c.r.URL.Path)
			return
		}
		s.mu.Lock()
		code, text = s.spendCall(app, c.r.URL.Path)
		s.mu.Unlock()
		if code != 0 {
			c.fail(code, text)
			return
		}
		f(c)
	}
}

// clear forgets the counts of the day, ten times a month. The caller holds mu.
func (s *Server) clear(c *call, a *account) {
	u := s.usageOf(a.AppID)
	if month := s.Clock.Now().Format("2006-01"); u.Month != month {
		u.Month, u.Clears = month, 0
	}
	if u.Clears >= clearsPerMonth {
		c.fail(48006, "forbid to clear quota because of reaching the limit")
		return
	}
	u.Clears++
	u.Used = map[string]int{}
	a.Forced = nil
	s.touch("usage", a.AppID)
	s.touch("account", a.AppID)
	c.ok(apiOK)
}

func (s *Server) clearQuota(c *call) {
	var in struct {
		AppID string `json:"appid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.AppID != c.app.AppID {
		c.fail(40013, "invalid appid")
		return
	}
	s.clear(c, c.app)
}

// clearQuotaV2 is the way without a token; appid and appsecret come in the query, a form or JSON.
func (s *Server) clearQuotaV2(c *call) {
	if !c.method(http.MethodPost) {
		return
	}
	in := struct {
		AppID  string `json:"appid"`
		Secret string `json:"appsecret"`
	}{c.r.URL.Query().Get("appid"), c.r.URL.Query().Get("appsecret")}
	if form, err := url.ParseQuery(string(c.body)); err == nil && form.Get("appid") != "" {
		in.AppID, in.Secret = form.Get("appid"), form.Get("appsecret")
	} else if len(c.body) > 0 && json.Unmarshal(c.body, &in) != nil {
		c.fail(47001, "data format error")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := c.credentials(in.AppID, in.Secret); a != nil {
		s.clear(c, a)
	}
}

func (s *Server) quotaGet(c *call) {
	var in struct {
		Path string `json:"cgi_path"`
	}
	if !c.json(&in) {
		return
	}
	if !s.offers(in.Path) {
		c.fail(76021, "cgi_path not found")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	limit, used := s.dayLimit(c.app, in.Path), s.usageOf(c.app.AppID).Used[in.Path]
	answer := map[string]any{"errcode": 0, "errmsg": "ok", "quota": map[string]int{"daily_limit": limit, "used": used, "remain": max(0, limit-used)}}
	if n, ok := minuteLimits[in.Path]; ok {
		answer["rate_limit"] = map[string]int{"call_count": n, "refresh_second": 60}
	}
	c.ok(answer)
}

// offers tells whether a path is one of the official-account calls.
func (s *Server) offers(path string) bool {
	return slices.ContainsFunc(s.officialEndpoints(), func(e endpoint) bool { return e.Pattern == path })
}

var ridForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`)

const keptRIDs = 2000

// ridLog remembers the last refused calls by their rid; it is not saved.
type ridLog struct {
	list []string
	by   map[string]ridEntry
}

type ridEntry struct {
	appID  string
	entry  *entry
	body   string
	answer string
	ip     string
	at     time.Time
}

// remember keeps a refused call under its rid. The caller may hold mu or not: only handlers write here, under inspect.
func (l *ridLog) remember(rid string, e ridEntry) {
	if l.by == nil {
		l.by = map[string]ridEntry{}
	}
	if len(l.list) >= keptRIDs {
		delete(l.by, l.list[0])
		l.list = l.list[1:]
	}
	l.list = append(l.list, rid)
	l.by[rid] = e
}

func (s *Server) ridGet(c *call) {
	var in struct {
		RID string `json:"rid"`
	}
	if !c.json(&in) {
		return
	}
	if !ridForm.MatchString(in.RID) {
		c.fail(76002, "rid is error")
		return
	}
	s.ridMu.Lock()
	e, known := s.world.official.rids.by[in.RID]
	s.ridMu.Unlock()
	switch {
	case !known:
		c.fail(76001, "rid not found")
	case e.appID != c.app.AppID:
		c.fail(76003, "could not query this rid,no permission")
	case s.Clock.Now().Sub(e.at) > 7*24*time.Hour:
		c.fail(76004, "rid time is error")
	default:
		_, query, _ := strings.Cut(e.entry.Path, "?")
		c.ok(map[string]any{"errcode": 0, "errmsg": "ok", "request": map[string]any{"invoke_time": e.at.Unix(), "cost_in_ms": e.entry.MS, "request_url": query,
			"request_body": e.body, "response_body": e.answer, "client_ip": e.ip}})
	}
}

// callbackCheck really looks up and connects to the account's callback host.
func (s *Server) callbackCheck(c *call) {
	var in struct {
		Action   string `json:"action"`
		Operator string `json:"check_operator"`
	}
	if !c.json(&in) {
		return
	}
	address, err := url.Parse(c.app.CallbackURL)
	switch {
	case err != nil || address.Host == "":
		c.fail(40201, "invalid url, default url not exist")
		return
	case !slices.Contains([]string{"dns", "ping", "all"}, in.Action):
		c.fail(40202, "invalid action")
		return
	case !slices.Contains([]string{"DEFAULT", "CHINANET", "UNICOM", "CAP"}, in.Operator):
		c.fail(40203, "invalid check_operator")
		return
	}
	operator := strings.Replace(in.Operator, "DEFAULT", "CAP", 1)
	ctx, cancel := context.WithTimeout(c.r.Context(), callbackDeadline)
	defer cancel()
	ips, _ := net.DefaultResolver.LookupHost(ctx, address.Hostname()) // none: the lists stay empty, which is the finding
	port := address.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[address.Scheme]
	}
	dns, ping := []map[string]string{}, []map[string]string{}
	for _, ip := range ips[:min(len(ips), 4)] {
		dns = append(dns, map[string]string{"ip": ip, "real_operator": operator})
		began, loss := time.Now(), "0%"
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(ip, port)); err != nil {
			loss = "100%"
		} else {
			conn.Close()
		}
		ping = append(ping, map[string]string{"ip": ip, "from_operator": operator, "package_loss": loss, "time": fmt.Sprintf("%.3fms", float64(time.Since(began).Microseconds())/1000)})
	}
	answer := map[string]any{}
	if in.Action != "ping" {
		answer["dns"] = dns
	}
	if in.Action != "dns" {
		answer["ping"] = ping
	}
	c.ok(answer)
}
