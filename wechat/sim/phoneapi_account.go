package sim

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
)

type profileView struct {
	accountRow
	OriginalID string       `json:"original_id"`
	Subject    string       `json:"subject"`
	ChatID     string       `json:"chat_id"`
	Menu       []menuButton `json:"menu"`
}

func (s *Server) profile(a *account, who string) profileView {
	return profileView{s.accountRow(a, who), a.OriginalID, a.Subject, "acc-" + a.AppID, a.buttons()}
}

func (s *Server) apiProfile(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.accounts[r.PathValue("appid")]
	if a == nil {
		return nil, missing("account " + r.PathValue("appid"))
	}
	return s.profile(a, p.ID), nil
}

var followScenes = map[string]string{"": "ADD_SCENE_SEARCH", "search": "ADD_SCENE_SEARCH", "card": "ADD_SCENE_PROFILE_CARD", "qr": "ADD_SCENE_QR_CODE", "pay": "ADD_SCENE_PAID"}

func (s *Server) apiFollow(r *http.Request, p *person) (any, error) {
	var in struct {
		Scene  string `json:"scene"`
		Ticket string `json:"ticket"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	scene, ok := followScenes[in.Scene]
	if !ok {
		return nil, bad("follow.scene", "未知的关注来源", "scene must be search, card, qr or pay")
	}
	return s.follow(p.ID, r.PathValue("appid"), scene, in.Ticket)
}

// Follow makes a person follow an account, as by search. Nothing happens when they do already.
func (s *Server) Follow(personID, appID string) error {
	if err := s.init(); err != nil {
		return err
	}
	_, err := s.follow(personID, appID, "ADD_SCENE_SEARCH", "")
	return err
}

func (s *Server) follow(who, appID, scene, ticket string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, p := s.world.accounts[appID], s.world.people[who]
	if a == nil || p == nil {
		return nil, missing("person or account " + appID)
	}
	f := s.fan(appID, who)
	if f.Subscribed {
		return s.profile(a, who), nil
	}
	f.Subscribed, f.Since, f.Scene, f.QRScene, f.QRSceneStr = true, s.Clock.Now(), scene, 0, ""
	extra := []xmlField{{"EventKey", ""}}
	if q := s.world.qrs[ticket]; q != nil && q.AppID == appID && !q.expired(s.Clock.Now()) {
		f.Scene, f.QRScene, f.QRSceneStr = "ADD_SCENE_QR_CODE", q.SceneID, q.SceneStr
		extra = []xmlField{{"EventKey", "qrscene_" + q.scene()}, {"Ticket", q.Ticket}}
	}
	s.chat(who, "acc-"+appID)
	s.openWindow(a, f, "brief")
	push := s.event(a, f, "subscribe", extra...)
	s.hub.send(who, "account", map[string]any{"account": s.accountRow(a, who)})
	s.background(func() { s.push(push) })
	return s.profile(a, who), nil
}

func (s *Server) apiUnfollow(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.accounts[r.PathValue("appid")]
	if a == nil {
		return nil, missing("account " + r.PathValue("appid"))
	}
	f := s.fan(a.AppID, p.ID)
	if f.Subscribed {
		*f = fan{AppID: f.AppID, Person: f.Person, OpenID: f.OpenID, PaidUntil: f.PaidUntil}
		s.touchFan(f)
		push := s.event(a, f, "unsubscribe", xmlField{"EventKey", ""})
		s.hub.send(p.ID, "account", map[string]any{"account": s.accountRow(a, p.ID)})
		s.background(func() { s.push(push) })
	}
	return s.profile(a, p.ID), nil
}

func (s *Server) apiMenu(r *http.Request, p *person) (any, error) {
	var in struct {
		Path   string  `json:"path"`
		Result *string `json:"scan_result"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	a := s.world.accounts[r.PathValue("appid")]
	var button *menuButton
	if a != nil {
		button = findButton(a.buttons(), in.Path)
	}
	if button == nil {
		s.mu.Unlock()
		return nil, missing("menu entry " + in.Path)
	}
	f := s.fan(a.AppID, p.ID)
	answer, push := s.tap(a, f, button, in.Result)
	s.mu.Unlock()
	if push != nil {
		s.background(func() { s.push(*push) })
	}
	if button.Type == "view" || button.Type == "miniprogram" {
		gateway, err := s.gatewayURL(p.ID, button.URL)
		if err != nil {
			return nil, err
		}
		answer["gateway_url"] = gateway
	}
	return answer, nil
}

// tap is what a menu entry does. The caller holds mu.
func (s *Server) tap(a *account, f *fan, b *menuButton, scanned *string) (map[string]any, *outPush) {
	switch b.Type {
	case "view", "miniprogram":
		push := s.event(a, f, "VIEW", xmlField{"EventKey", b.URL}, xmlField{"MenuId", itoa(a.Born.Unix())})
		return map[string]any{"action": "open", "url": b.URL}, &push
	case "click":
		s.openWindow(a, f, "brief")
		push := s.event(a, f, "CLICK", xmlField{"EventKey", b.Key})
		return map[string]any{"action": "none"}, &push
	case "scancode_push", "scancode_waitmsg":
		if scanned == nil {
			return map[string]any{"action": "scan", "wait": b.Type == "scancode_waitmsg"}, nil
		}
		s.openWindow(a, f, "brief")
		push := s.event(a, f, b.Type, xmlField{"EventKey", b.Key}, xmlField{"ScanCodeInfo", "<ScanType><![CDATA[qrcode]]></ScanType><ScanResult>" + escapeXML(*scanned) + "</ScanResult>"})
		return map[string]any{"action": "none"}, &push
	}
	return map[string]any{"action": "unsupported", "type": b.Type}, nil
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}

func findButton(menu []menuButton, path string) *menuButton {
	top, sub, nested := strings.Cut(path, ".")
	i, err := strconv.Atoi(top)
	if err != nil || i < 0 || i >= len(menu) {
		return nil
	}
	if !nested {
		return &menu[i]
	}
	k, err := strconv.Atoi(sub)
	if err != nil || k < 0 || k >= len(menu[i].Sub) {
		return nil
	}
	return &menu[i].Sub[k]
}
