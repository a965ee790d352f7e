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
	Refused    bool         `json:"refused"` // the person switched its messages off
}

func (s *Server) profile(a *account, who string) profileView {
	f := s.world.fans[a.AppID+"|"+who]
	return profileView{s.accountRow(a, who), a.OriginalID, a.Subject, "acc-" + a.AppID, s.menuFor(a, f), f != nil && f.Refuses}
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
	s.statFollow(f, 1)
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
		s.statFollow(f, -1)
		*f = fan{AppID: f.AppID, Person: f.Person, OpenID: f.OpenID, PaidUntil: f.PaidUntil, Black: f.Black, MassMonth: f.MassMonth, MassGot: f.MassGot}
		s.touchFan(f)
		push := s.event(a, f, "unsubscribe", xmlField{"EventKey", ""})
		s.hub.send(p.ID, "account", map[string]any{"account": s.accountRow(a, p.ID)})
		s.background(func() { s.push(push) })
	}
	return s.profile(a, p.ID), nil
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
