package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxScreens   = 200
	maxCodeList  = 100
	accountCode  = "http://weixin.qq.com/r/" // an account's own code, followed by its original id
	nativePrefix = "weixin://wxpay/bizpayurl?pr="
)

// screen is a text that someone shows as a code on another screen.
type screen struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	Text  string    `json:"text"`
	Born  time.Time `json:"born"`
}

type codeView struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"` // account, link, pay, group
	Title    string     `json:"title"`
	Subtitle string     `json:"subtitle"`
	Text     string     `json:"text"`
	ImageURL string     `json:"image_url"`
	Time     time.Time  `json:"time"`
	Expires  *time.Time `json:"expires,omitempty"`
}

func (s *Server) apiCodes(*http.Request, *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	codes := s.openCodes()
	slices.SortFunc(codes, func(a, b codeView) int { return b.Time.Compare(a.Time) })
	return map[string]any{"codes": codes[:min(len(codes), maxCodeList)]}, nil
}

func (s *Server) openCodes() []codeView {
	now := s.Clock.Now()
	codes := []codeView{}
	add := func(v codeView, until time.Time) {
		v.ImageURL, v.Time = qrPicture(v.Text), v.Time.In(shanghai)
		if !until.IsZero() {
			until = until.In(shanghai)
			v.Expires = &until
		}
		codes = append(codes, v)
	}
	for _, a := range s.world.accounts {
		if a.Kind == kindMini {
			continue // its codes are those that were made of its pages
		}
		add(codeView{ID: "acc-" + a.AppID, Kind: "account", Title: a.Name, Subtitle: "公众号二维码", Text: accountCode + a.OriginalID, Time: a.Born}, time.Time{})
	}
	for _, q := range s.world.qrs {
		if !q.expired(now) {
			add(codeView{ID: "qr-" + q.Ticket, Kind: "account", Title: s.world.accounts[q.AppID].Name, Subtitle: "关注二维码 · " + q.scene(), Text: q.URL, Time: q.Born}, q.Until)
		}
	}
	for _, x := range s.world.screens {
		kind, subtitle := "link", x.Text
		if _, ok := s.world.readMiniCode(x.Text); ok {
			kind, subtitle = kindMini, "小程序码"
		}
		add(codeView{ID: x.ID, Kind: kind, Title: x.Title, Subtitle: subtitle, Text: x.Text, Time: x.Born}, time.Time{})
	}
	s.roomCodes(now, add)
	s.workCodes(add)
	for _, p := range s.world.prepays {
		if p.CodeURL != "" && s.openState(p) == "open" {
			add(codeView{ID: "pay-" + p.ID, Kind: "pay", Title: s.world.merchants[p.MchID].Name, Subtitle: s.ordersOf(p)[0].Description, Text: p.CodeURL, Time: p.Until.Add(-prepayLife)}, p.Until)
		}
	}
	return codes
}

func (s *Server) apiAddCode(r *http.Request) (any, error) {
	var in struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Text == "" || len(in.Text) > maxQRText || len(in.Title) > 200 {
		return nil, bad("code.text", "二维码内容为空或过长", "text must have 1 to 2000 bytes, title at most 200")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.world.screens {
		if x.Text == in.Text && x.Title == in.Title {
			return codeView{ID: x.ID, Kind: "link", Title: x.Title, Subtitle: x.Text, Text: x.Text, ImageURL: qrPicture(x.Text), Time: x.Born.In(shanghai)}, nil
		}
	}
	x := s.addScreen(in.Title, in.Text)
	return codeView{ID: x.ID, Kind: "link", Title: x.Title, Subtitle: x.Text, Text: x.Text, ImageURL: qrPicture(x.Text), Time: x.Born}, nil
}

func (s *Server) apiScan(r *http.Request, p *person) (any, error) {
	var in struct {
		Text   string `json:"text"`
		CodeID string `json:"code_id"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if in.CodeID != "" {
		codes := s.openCodes()
		i := slices.IndexFunc(codes, func(c codeView) bool { return c.ID == in.CodeID })
		if i < 0 {
			s.mu.Unlock()
			return map[string]any{"kind": "expired", "message": "二维码已过期"}, nil
		}
		in.Text = codes[i].Text
	}
	result, push := s.read(p, strings.TrimSpace(in.Text))
	s.mu.Unlock()
	if push != nil {
		s.background(func() { s.push(*push) })
	}
	if result != nil {
		return result, nil
	}
	if u, err := url.Parse(in.Text); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		gateway, err := s.gatewayURL(p.ID, in.Text)
		if err != nil {
			return nil, err
		}
		return map[string]any{"kind": "url", "url": s.realURL(in.Text), "gateway_url": gateway}, nil
	}
	return map[string]any{"kind": "text", "text": in.Text}, nil
}

// read understands WeChat's own codes; nil for all others. The caller holds mu.
func (s *Server) read(p *person, text string) (map[string]any, *outPush) {
	if result := s.readMini(p, text); result != nil {
		return result, nil
	}
	if result := s.readWork(p, text); result != nil {
		return result, nil
	}
	if q := s.world.qrTexts[text]; q != nil {
		if q.expired(s.Clock.Now()) {
			return map[string]any{"kind": "expired", "message": "二维码已过期"}, nil
		}
		a := s.world.accounts[q.AppID]
		f := s.fan(q.AppID, p.ID)
		result := map[string]any{"kind": "account", "account": s.accountRow(a, p.ID), "followed": f.Subscribed, "chat_id": "acc-" + a.AppID, "scene": q.scene(), "ticket": q.Ticket}
		if !f.Subscribed {
			return result, nil
		}
		s.openWindow(a, f, "brief")
		push := s.event(a, f, "SCAN", xmlField{"EventKey", q.scene()}, xmlField{"Ticket", q.Ticket})
		return result, &push
	}
	if original, ok := strings.CutPrefix(text, accountCode); ok {
		if a := s.world.originals[original]; a != nil {
			row := s.accountRow(a, p.ID)
			return map[string]any{"kind": "account", "account": row, "followed": row.Followed, "chat_id": "acc-" + a.AppID}, nil
		}
	}
	if token, ok := roomToken(text); ok {
		return s.readRoom(p.ID, token), nil
	}
	if strings.HasPrefix(text, nativePrefix) {
		for _, prepay := range s.world.prepays {
			if prepay.CodeURL == text {
				return map[string]any{"kind": "pay", "pay_id": s.openSheet(p.ID, prepay.ID).id}, nil
			}
		}
		return map[string]any{"kind": "expired", "message": "二维码已过期"}, nil
	}
	return nil, nil
}

type webView struct {
	GatewayURL string `json:"gateway_url"`
	URL        string `json:"url"`
	Host       string `json:"host"`
}

func (s *Server) apiOpenWebView(r *http.Request, p *person) (any, error) {
	var in struct {
		URL string `json:"url"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.viewWeb(p.ID, in.URL)
}

func (s *Server) apiWebView(r *http.Request, p *person) (any, error) {
	return s.viewWeb(p.ID, r.URL.Query().Get("gateway_url"))
}

func (s *Server) viewWeb(who, address string) (any, error) {
	gateway, err := s.gatewayURL(who, address)
	if err != nil {
		return nil, err
	}
	real := s.realURL(strings.TrimSpace(address))
	u, err := url.Parse(real)
	if err != nil {
		return nil, bad("webview.url", "不是可以打开的网址", err.Error())
	}
	return webView{gateway, real, u.Host}, nil
}

// OpenWebView gives the gateway address under which a person's phone shows a page.
func (s *Server) OpenWebView(personID, address string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	return s.gatewayURL(personID, address)
}
