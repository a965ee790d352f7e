package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// miniRoutes is the control API of mini-programs (docs/mini.md).
func (s *Server) miniRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /minis", func(*http.Request) (any, error) { return map[string]any{"minis": s.Minis()}, nil })
	s.handle(mux, "POST /minis", s.apiAddMini)
	mine := func(method, path string, f func(r *http.Request, p *person, app *miniApp) (any, error)) {
		s.handle(mux, method+" /people/{id}/minis/{appid}"+path, s.withPerson(func(r *http.Request, p *person) (any, error) {
			s.mu.Lock()
			app := s.world.mini.apps[r.PathValue("appid")]
			s.mu.Unlock()
			if app == nil {
				return nil, missing("mini-program " + r.PathValue("appid"))
			}
			return f(r, p, app)
		}))
	}
	s.handle(mux, "GET /people/{id}/minis", s.withPerson(s.apiMinis))
	s.handle(mux, "POST /people/{id}/minis/link", s.withPerson(s.apiMiniLink))
	s.handle(mux, "GET /people/{id}/mini-orders", s.withPerson(s.apiMiniOrders))
	s.handle(mux, "POST /people/{id}/mini-orders/{transaction}/confirm", s.withPerson(s.apiMiniConfirm))
	s.handle(mux, "GET /merchants/{mchid}/frozen", func(r *http.Request) (any, error) {
		return map[string]int64{"frozen": s.FrozenFen(r.PathValue("mchid"))}, nil
	})
	mine("POST", "/open", s.apiMiniOpen)
	mine("POST", "/forget", s.apiMiniForget)
	mine("POST", "/login", s.apiMiniLogin)
	mine("POST", "/phone", s.apiMiniPhone)
	mine("POST", "/userinfo", s.apiMiniUserInfo)
	mine("POST", "/session", s.apiMiniSession)
	mine("POST", "/subscribe", s.apiMiniSubscribe)
	mine("GET", "/subscribe", s.apiMiniSubscriptions)
	mine("POST", "/subscribe/settings", s.apiMiniSubscribeSettings)
	mine("POST", "/contact", s.apiMiniContact)
	mine("POST", "/share", s.apiMiniShare)
	mine("POST", "/pay", s.apiMiniPay)
}

func (s *Server) apiAddMini(r *http.Request) (any, error) {
	var in Mini
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	m, err := s.AddMini(in)
	if err != nil {
		return nil, err
	}
	s.durable()
	return m, nil
}

type miniRow struct {
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	Avatar string     `json:"avatar"`
	Intro  string     `json:"intro"`
	Path   string     `json:"path"` // where it was left
	Time   *time.Time `json:"time,omitempty"`
}

// apiMinis lists the mini-programs a person used, newest first, and all others.
func (s *Server) apiMinis(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	recent, others := []miniRow{}, []miniRow{}
	for id, app := range s.world.mini.apps {
		a := s.world.accounts[id]
		row := miniRow{ID: id, Name: a.Name, Avatar: accountAvatar(a), Intro: a.Intro, Path: app.home()}
		if v := s.world.mini.visits[p.ID+"|"+id]; v != nil {
			at := v.Time.In(shanghai)
			row.Time, row.Path = &at, v.Path
			recent = append(recent, row)
		} else {
			others = append(others, row)
		}
	}
	slices.SortFunc(recent, func(a, b miniRow) int { return b.Time.Compare(*a.Time) })
	slices.SortFunc(others, func(a, b miniRow) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return map[string]any{"recent": recent[:min(len(recent), maxMiniVisits)], "others": others}, nil
}

type miniOpened struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Avatar    string            `json:"avatar"`
	Intro     string            `json:"intro"`
	Path      string            `json:"path"`
	Query     map[string]string `json:"query"`
	RawQuery  string            `json:"raw_query"`
	Scene     int               `json:"scene"`
	Title     string            `json:"title"`
	Exists    bool              `json:"exists"` // the page is one of the released version
	Pages     []MiniPage        `json:"pages"`
	Web       *webView          `json:"web,omitempty"`
	Templates []SubscribeAsk    `json:"templates"`
	ChatID    string            `json:"chat_id"`
	OpenID    string            `json:"openid"`
}

// SubscribeAsk is a template as the popup and the settings show it.
type SubscribeAsk struct {
	ID     string `json:"template_id"`
	Title  string `json:"title"`
	Left   int    `json:"left"`
	Always bool   `json:"always"`
	Choice bool   `json:"choice"`
	On     bool   `json:"on"`
}

// apiMiniOpen opens a page: the visit is remembered, and a login code goes into the address of the page's web-view.
func (s *Server) apiMiniOpen(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		Path  string `json:"path"` // may carry a query
		Query string `json:"query"`
		Scene int    `json:"scene"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(in.Path, "/"), "?")
	if in.Query != "" {
		query = strings.TrimPrefix(query+"&"+in.Query, "&")
	}
	if len(path) > 1024 || len(query) > 4096 {
		return nil, bad("mini.path", "路径或参数过长", "path or query is too long")
	}
	if in.Scene == 0 {
		in.Scene = 1001
	}
	s.mu.Lock()
	page, exists := app.page(path)
	a, f := s.world.accounts[app.AppID], s.fan(app.AppID, p.ID)
	key := p.ID + "|" + app.AppID
	v := s.world.mini.visits[key]
	if v == nil {
		v = &miniVisit{Person: p.ID, AppID: app.AppID}
		s.world.mini.visits[key] = v
	}
	v.Path, v.Query, v.Scene, v.Time = page.Path, query, in.Scene, s.Clock.Now()
	v.Starts++
	s.touch("mini_visit", key)
	o := miniOpened{ID: app.AppID, Name: a.Name, Avatar: accountAvatar(a), Intro: a.Intro, Path: page.Path, RawQuery: query, Query: map[string]string{}, Scene: in.Scene,
		Title: page.Title, Exists: exists, Pages: app.Pages, ChatID: "acc-" + app.AppID, OpenID: f.OpenID, Templates: s.subscribeAsks(app.AppID, p.ID)}
	code := ""
	if page.URL != "" {
		s.miniSession(app.AppID, p.ID)
		code = s.miniTicket(miniTicket{AppID: app.AppID, Person: p.ID, Kind: "login"}, "0"+s.text(31))
	}
	s.mu.Unlock()
	if o.Title == "" {
		o.Title = o.Name
	}
	if o.Pages == nil {
		o.Pages = []MiniPage{}
	}
	values, _ := url.ParseQuery(query) // what cannot be read is left out; raw_query has it
	for name := range values {
		o.Query[name] = values.Get(name)
	}
	if page.URL == "" {
		return o, nil
	}
	address := strings.NewReplacer("{code}", url.QueryEscape(code), "{path}", page.Path, "{query}", query, "{scene}", itoa(int64(in.Scene)), "{openid}", o.OpenID).Replace(page.URL)
	web, err := s.viewWeb(miniWebView(p.ID, app.AppID), address)
	if err != nil {
		return nil, err
	}
	if w, ok := web.(webView); ok {
		o.Web = &w
	}
	return o, nil
}

// subscribeAsks lists an account's templates with a person's will. The caller holds mu.
func (s *Server) subscribeAsks(appID, who string) []SubscribeAsk {
	list := []SubscribeAsk{}
	for _, t := range s.subscribeBook(appID).Templates {
		ask := SubscribeAsk{ID: t.ID, Title: t.Title, On: true}
		if g := s.world.subscribe.grants[appID+"|"+who+"|"+t.ID]; g != nil {
			ask.Left, ask.Always, ask.Choice, ask.On = g.Left, g.Always, g.Choice, !g.Off
		}
		list = append(list, ask)
	}
	return list
}

func (s *Server) apiMiniForget(_ *http.Request, p *person, app *miniApp) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.world.mini.visits, p.ID+"|"+app.AppID)
	s.touch("mini_visit", p.ID+"|"+app.AppID)
	return nil, nil
}

func (s *Server) apiMiniLogin(_ *http.Request, p *person, app *miniApp) (any, error) {
	code, err := s.MiniLogin(p.ID, app.AppID)
	return map[string]any{"code": code, "expires_in": int(miniCodeLife / time.Second)}, err
}

// apiMiniPhone is the button of open-type getPhoneNumber.
func (s *Server) apiMiniPhone(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		Phone string `json:"phone"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if len(in.Phone) > 20 || strings.Trim(in.Phone, "0123456789") != "" {
		return nil, bad("mini.phone", "手机号只能是数字", "phone must be digits")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Phone == "" {
		in.Phone = s.mobileOf(p)
	}
	x := s.miniSession(app.AppID, p.ID)
	box, err := s.sealFor(x, s.phoneInfo(app.AppID, in.Phone))
	if err != nil {
		return nil, err
	}
	code := s.miniTicket(miniTicket{AppID: app.AppID, Person: p.ID, Kind: "phone", Phone: in.Phone}, s.hexLower(32))
	return struct {
		Code  string `json:"code"`
		Phone string `json:"phone"`
		sealed
	}{code, in.Phone, box}, nil
}

// apiMiniUserInfo is wx.getUserInfo: a signed text and, encrypted, the same with openid and unionid.
func (s *Server) apiMiniUserInfo(_ *http.Request, p *person, app *miniApp) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, a := s.miniSession(app.AppID, p.ID), s.world.accounts[app.AppID]
	info := map[string]any{"nickName": p.Name, "gender": 0, "language": "zh_CN", "city": "", "province": "", "country": "", "avatarUrl": "http://" + s.hostPort() + personAvatar(p.ID)}
	raw, err := encode(info)
	if err != nil {
		return nil, err
	}
	info["openId"], info["watermark"] = s.fan(app.AppID, p.ID).OpenID, watermark{s.Clock.Now().Unix(), app.AppID}
	if union := s.unionID(a, p.ID); union != "" {
		info["unionId"] = union
	}
	box, err := s.sealFor(x, info)
	box.RawData, box.Signature = string(raw), signRaw(string(raw), x.Key)
	return box, err
}

// apiMiniSession ends a session, or makes the user a risky one.
func (s *Server) apiMiniSession(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		Expire bool  `json:"expire"`
		Risky  *bool `json:"risky"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.miniSession(app.AppID, p.ID)
	if in.Expire {
		x.Until = s.Clock.Now()
	}
	if in.Risky != nil {
		x.Risky = *in.Risky
	}
	return map[string]any{"expires": x.Until.In(shanghai), "risky": x.Risky}, nil
}

// apiMiniSubscribe answers the popup of wx.requestSubscribeMessage.
func (s *Server) apiMiniSubscribe(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		Choices map[string]string `json:"choices"` // template id → accept, reject
		Always  bool              `json:"always"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(in.Choices) < 1 || len(in.Choices) > maxSubscribeAskable {
		return nil, bad("subscribe.count", "一次可以订阅 1 到 3 条消息", "one popup asks for 1 to 3 templates (errCode 20003)")
	}
	book, choices, result := s.subscribeBook(app.AppID), []subscribeChoice{}, map[string]string{"errMsg": "requestSubscribeMessage:ok"}
	for id, said := range in.Choices {
		if _, ok := book.find(id); !ok {
			return nil, bad("subscribe.template", "没有这个模板："+id, "template "+id+" is not one of the mini-program (errCode 20001)")
		}
		if said != "accept" && said != "reject" {
			return nil, bad("subscribe.choice", "只能是 accept 或 reject", "a choice is accept or reject")
		}
		if g := s.world.subscribe.grants[app.AppID+"|"+p.ID+"|"+id]; g != nil && g.Off {
			said = "reject"
		}
		result[id] = said
		choices = append(choices, subscribeChoice{id, said == "accept", in.Always})
	}
	slices.SortFunc(choices, func(a, b subscribeChoice) int { return strings.Compare(a.Template, b.Template) })
	push := s.subscribeAsked(s.world.accounts[app.AppID], s.fan(app.AppID, p.ID), choices, "0")
	s.background(func() { s.push(push) })
	return result, nil
}

func (s *Server) apiMiniSubscriptions(_ *http.Request, p *person, app *miniApp) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"templates": s.subscribeAsks(app.AppID, p.ID)}, nil
}

func (s *Server) apiMiniSubscribeSettings(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		Template string `json:"template_id"`
		On       bool   `json:"on"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.subscribeBook(app.AppID).find(in.Template); !ok {
		return nil, missing("template " + in.Template)
	}
	push := s.subscribeSettings(s.world.accounts[app.AppID], s.fan(app.AppID, p.ID), in.Template, in.On)
	s.background(func() { s.push(push) })
	return map[string]any{"templates": s.subscribeAsks(app.AppID, p.ID)}, nil
}

// apiMiniContact is the button of open-type contact: the customer-service chat opens.
func (s *Server) apiMiniContact(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		SessionFrom string `json:"session_from"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if len(in.SessionFrom) > 1000 {
		return nil, bad("mini.session_from", "session_from 过长", "session_from may have 1000 bytes")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, f := s.world.accounts[app.AppID], s.fan(app.AppID, p.ID)
	s.openWindow(a, f, "brief")
	s.chat(p.ID, "acc-"+app.AppID)
	push := s.event(a, f, "user_enter_tempsession", xmlField{"SessionFrom", in.SessionFrom})
	push.shown = false
	s.background(func() { s.push(push) })
	return map[string]any{"chat_id": "acc-" + app.AppID, "title": a.Name}, nil
}

// apiMiniShare sends a card of a page to a chat.
func (s *Server) apiMiniShare(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		Chat   string `json:"chat"`
		Title  string `json:"title"`
		Path   string `json:"path"`
		PicURL string `json:"pic_url"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if len([]rune(in.Title)) > 200 || len(in.Path) > 4096 || len(in.PicURL) > 4096 {
		return nil, bad("share.card", "分享内容过长", "the card is too long")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p, in.Chat)
	if err != nil {
		return nil, err
	}
	kind, other := chatParts(c.ID)
	if kind != "person" && kind != "group" {
		return nil, bad("share.chat", "只能分享给朋友和群聊", "cards go to people and groups")
	}
	a := s.world.accounts[app.AppID]
	if in.Title == "" {
		in.Title = a.Name
	}
	if in.Path == "" {
		in.Path = app.home()
	}
	card := content{Type: "miniprogram", Title: in.Title, Description: a.Name, AppID: app.AppID, PagePath: in.Path, PicURL: s.realURL(in.PicURL)}
	if kind == "group" {
		m, err := s.speak(p.ID, other, card)
		return s.sentView(c, m, err)
	}
	return s.messageView(c, s.sendTo(p.ID, other, card)), nil
}

// apiMiniPay is wx.requestPayment: the parameters are verified and the pay sheet opens.
func (s *Server) apiMiniPay(r *http.Request, p *person, app *miniApp) (any, error) {
	var in struct {
		TimeStamp looseText `json:"timeStamp"`
		Nonce     string    `json:"nonceStr"`
		Package   string    `json:"package"`
		SignType  string    `json:"signType"`
		PaySign   string    `json:"paySign"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	e := &entry{Kind: "page", Method: "JSAPI", Host: app.AppID, Path: "requestPayment", Person: p.ID, AppID: app.AppID, Status: http.StatusOK, Verdict: "ok"}
	e.request.body, _ = json.Marshal(in)
	payID, err := s.miniPay(p, app, map[string]string{"timeStamp": string(in.TimeStamp), "nonceStr": in.Nonce, "package": in.Package, "paySign": in.PaySign}, in.SignType, e)
	if err != nil {
		e.Verdict, e.Reason = "refused", err.Error()
	}
	s.note(e)
	if err != nil {
		return nil, err
	}
	return map[string]string{"pay_id": payID}, nil
}

func (s *Server) miniPay(p *person, app *miniApp, given map[string]string, signType string, e *entry) (string, error) {
	fail := func(zh, en string) error {
		return refuse(http.StatusConflict, "requestPayment:fail", zh, "requestPayment:fail "+en)
	}
	for _, name := range []string{"timeStamp", "nonceStr", "package", "paySign"} {
		if given[name] == "" {
			return "", fail("调用支付JSAPI缺少参数："+name, name+" is missing")
		}
	}
	if signType != "RSA" {
		return "", fail("支付验证签名失败", "signType must be RSA for v3")
	}
	prepayID, ok := strings.CutPrefix(given["package"], "prepay_id=")
	s.mu.Lock()
	pre := s.world.prepays[prepayID]
	var m *merchant
	if pre != nil {
		m = s.world.merchants[pre.MchID]
		e.MchID = pre.MchID
	}
	s.mu.Unlock()
	switch {
	case !ok || pre == nil:
		return "", fail("支付验证签名失败", "package names no known prepay_id")
	case pre.AppID != app.AppID:
		return "", fail("支付验证签名失败", "the prepay belongs to appid "+pre.AppID)
	}
	message := paycrypt.PayMessage(app.AppID, given["timeStamp"], given["nonceStr"], given["package"])
	e.signString = string(message)
	if err := paycrypt.Verify(m.key, message, given["paySign"]); err != nil {
		return "", fail("支付验证签名失败", "paySign does not fit the key of merchant "+m.MchID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.fan(app.AppID, p.ID); pre.OpenID != "" && pre.OpenID != f.OpenID {
		return "", fail("下单账号与支付账号不一致，请核实后再支付", fmt.Sprintf("the order belongs to openid %s, this phone is %s", pre.OpenID, f.OpenID))
	}
	if err := payable(s.openState(pre)); err != nil {
		return "", err
	}
	return s.openSheet(p.ID, pre.ID).id, nil
}

// apiMiniLink tells where a scheme, a URL link, a short link or a code leads; the first opening is remembered.
func (s *Server) apiMiniLink(r *http.Request, p *person) (any, error) {
	var in struct {
		Link string `json:"link"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if result := s.readMini(p, strings.TrimSpace(in.Link)); result != nil {
		return result, nil
	}
	return nil, missing("mini-program link")
}

// readMini understands the texts of mini-programs for the scanner; nil for all others. The caller holds mu.
func (s *Server) readMini(p *person, text string) map[string]any {
	target, ok := s.world.readMiniCode(text)
	if l := s.world.mini.links[text]; l != nil {
		if l.expired(s.Clock.Now()) {
			return map[string]any{"kind": "expired", "message": "链接已过期"}
		}
		if target, ok = l.miniTarget, true; l.OpenID == "" {
			l.OpenID = s.fan(l.AppID, p.ID).OpenID
			s.touch("mini_link", text)
		}
	}
	if !ok || s.world.mini.apps[target.AppID] == nil {
		return nil
	}
	return map[string]any{"kind": "mini", "appid": target.AppID, "path": target.Path, "query": target.Query, "scene": target.Scene}
}
