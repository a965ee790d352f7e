package sim

import "slices"

type joinWayIn struct {
	ConfigID   string   `json:"config_id"`
	Scene      int      `json:"scene"`
	Remark     string   `json:"remark"`
	AutoCreate *int     `json:"auto_create_room"`
	BaseName   string   `json:"room_base_name"`
	BaseID     int      `json:"room_base_id"`
	Chats      []string `json:"chat_id_list"`
	State      string   `json:"state"`
	MarkSource *bool    `json:"mark_source"`
}

// checkWay holds a 群活码 to its limits; on failure it has answered.
func (s *Server) checkWay(c *call, in *joinWayIn) bool {
	switch {
	case in.Scene == 0 || len(in.Chats) == 0:
		c.deny(40063, "some parameters are empty", "scene and chat_id_list are required")
	case in.Scene != 1 && in.Scene != 2:
		c.deny(40058, "invalid Request Parameter", "scene is 1 (mini-program) or 2 (QR code)")
	case len(in.Chats) > maxWayChats:
		c.deny(40058, "invalid Request Parameter", "chat_id_list has at most 5 chats")
	case tooLong(in.Remark, 30) || tooLong(in.State, 30) || tooLong(in.BaseName, 40):
		c.deny(40058, "invalid Request Parameter", "remark and state have at most 30 characters, room_base_name 40")
	case in.AutoCreate != nil && *in.AutoCreate != 0 && *in.AutoCreate != 1 || in.BaseID < 0:
		c.deny(40058, "invalid Request Parameter", "auto_create_room is 0 or 1, room_base_id not negative")
	default:
		for _, id := range in.Chats {
			if s.corpChat(c, id) == nil {
				return false
			}
		}
		return true
	}
	return false
}

// fill writes a call into a 群活码.
func (w *joinWay) fill(in *joinWayIn) {
	w.Scene, w.Remark, w.BaseName, w.BaseID, w.Chats, w.State = in.Scene, in.Remark, in.BaseName, in.BaseID, slices.Clone(in.Chats), in.State
	w.AutoCreate, w.MarkSource = 1, true
	if in.AutoCreate != nil {
		w.AutoCreate = *in.AutoCreate
	}
	if in.MarkSource != nil {
		w.MarkSource = *in.MarkSource
	}
}

func (s *Server) addJoinWay(c *call, in *joinWayIn) {
	if !s.checkWay(c, in) {
		return
	}
	n := 0
	for _, w := range s.world.social.ways {
		if w.CorpID == c.corp.CorpID {
			n++
		}
	}
	if most := or(c.corp.Settings.MaxContactWays, 500_000); n >= most {
		c.deny(41045, "contact way count exceed limit", "%s", "the company has "+itoa(int64(most))+" contact and join ways")
		return
	}
	w := &joinWay{ConfigID: s.hexLower(16), CorpID: c.corp.CorpID, Token: "jw" + s.text(22), Born: s.Clock.Now()}
	w.fill(in)
	s.world.social.ways[w.ConfigID] = w
	s.world.social.wayTokens[w.Token] = w
	s.touch("join_way", w.ConfigID)
	s.hub.all("codes", struct{}{})
	c.ok(struct {
		apiError
		ConfigID string `json:"config_id"`
	}{apiOK, w.ConfigID})
}

// corpWay finds the 群活码 of a call; on failure it has answered.
func (s *Server) corpWay(c *call, id string) *joinWay {
	if id == "" {
		c.deny(41043, "missing config_id", "config_id is missing")
		return nil
	}
	w := s.world.social.ways[id]
	if w == nil || w.CorpID != c.corp.CorpID {
		c.deny(41044, "invalid config_id", "%s", id+" is no join way of this company")
		return nil
	}
	return w
}

type joinWayView struct {
	ConfigID   string   `json:"config_id"`
	Scene      int      `json:"scene"`
	Remark     string   `json:"remark"`
	AutoCreate int      `json:"auto_create_room"`
	BaseName   string   `json:"room_base_name"`
	BaseID     int      `json:"room_base_id"`
	Chats      []string `json:"chat_id_list"`
	QR         string   `json:"qr_code,omitempty"`
	State      string   `json:"state"`
	MarkSource bool     `json:"mark_source"`
}

func (s *Server) getJoinWay(c *call, in *joinWayIn) {
	w := s.corpWay(c, in.ConfigID)
	if w == nil {
		return
	}
	v := joinWayView{w.ConfigID, w.Scene, w.Remark, w.AutoCreate, w.BaseName, w.BaseID, w.Chats, "", w.State, w.MarkSource}
	if w.Scene == 2 {
		v.QR = "http://" + s.hostPort() + qrPicture(w.code())
	}
	c.ok(struct {
		apiError
		Way joinWayView `json:"join_way"`
	}{apiOK, v})
}

func (s *Server) updateJoinWay(c *call, in *joinWayIn) {
	w := s.corpWay(c, in.ConfigID)
	if w == nil || !s.checkWay(c, in) {
		return
	}
	w.fill(in)
	s.touch("join_way", w.ConfigID)
	c.ok(apiOK)
}

func (s *Server) delJoinWay(c *call, in *joinWayIn) {
	w := s.corpWay(c, in.ConfigID)
	if w == nil {
		return
	}
	delete(s.world.social.ways, w.ConfigID)
	delete(s.world.social.wayTokens, w.Token)
	s.touch("join_way", w.ConfigID)
	c.ok(apiOK)
}

// roomGreeting is a template of words for those who enter a customer group (入群欢迎语素材).
type roomGreeting struct {
	ID     string   `json:"id"`
	CorpID string   `json:"corpid"`
	Agent  int64    `json:"agentid,omitempty"`
	Body   workBody `json:"body"`
}

type greetingIn struct {
	ID          string       `json:"template_id"`
	Agent       int64        `json:"agentid"`
	Notify      int          `json:"notify"`
	Text        *workText    `json:"text"`
	Image       *attachImage `json:"image"`
	Link        *attachLink  `json:"link"`
	MiniProgram *attachMini  `json:"miniprogram"`
	File        *attachMedia `json:"file"`
	Video       *attachMedia `json:"video"`
}

// body takes text and the first of image, link, miniprogram, file and video, as documented.
func (in *greetingIn) body() workBody {
	b := workBody{Text: in.Text}
	switch {
	case in.Image != nil:
		b.Attachments = []attachment{{MsgType: "image", Image: in.Image}}
	case in.Link != nil:
		b.Attachments = []attachment{{MsgType: "link", Link: in.Link}}
	case in.MiniProgram != nil:
		b.Attachments = []attachment{{MsgType: "miniprogram", MiniProgram: in.MiniProgram}}
	case in.File != nil:
		b.Attachments = []attachment{{MsgType: "file", File: in.File}}
	case in.Video != nil:
		b.Attachments = []attachment{{MsgType: "video", Video: in.Video}}
	}
	return b
}

func (s *Server) addGreeting(c *call, in *greetingIn) {
	body := in.body()
	if code, text, why := body.check(s, c.corp.CorpID, 3000); code != 0 {
		c.deny(code, text, "%s", why)
		return
	}
	n := 0
	for _, g := range s.world.social.greetings {
		if g.CorpID == c.corp.CorpID {
			n++
		}
	}
	if n >= maxGreetings {
		c.deny(41055, "group welcome template count exceed limit", "a company has at most 100 templates")
		return
	}
	g := &roomGreeting{ID: "msgXXX" + s.text(26), CorpID: c.corp.CorpID, Agent: in.Agent, Body: body}
	s.world.social.greetings[g.ID] = g
	s.touch("room_greeting", g.ID)
	c.ok(struct {
		apiError
		ID string `json:"template_id"`
	}{apiOK, g.ID})
}

// corpGreeting finds the template of a call; on failure it has answered.
func (s *Server) corpGreeting(c *call, id string) *roomGreeting {
	if id == "" {
		c.deny(40063, "some parameters are empty", "template_id is missing")
		return nil
	}
	g := s.world.social.greetings[id]
	if g == nil || g.CorpID != c.corp.CorpID {
		c.deny(40058, "invalid Request Parameter", "%s", id+" is no template of this company")
		return nil
	}
	return g
}

func (s *Server) editGreeting(c *call, in *greetingIn) {
	g := s.corpGreeting(c, in.ID)
	if g == nil {
		return
	}
	body := in.body()
	if code, text, why := body.check(s, c.corp.CorpID, 3000); code != 0 {
		c.deny(code, text, "%s", why)
		return
	}
	g.Body = body
	s.touch("room_greeting", g.ID)
	c.ok(apiOK)
}

type greetingView struct {
	apiError
	Text        *workText    `json:"text,omitempty"`
	Image       *attachImage `json:"image,omitempty"`
	Link        *attachLink  `json:"link,omitempty"`
	MiniProgram *attachMini  `json:"miniprogram,omitempty"`
	File        *attachMedia `json:"file,omitempty"`
	Video       *attachMedia `json:"video,omitempty"`
}

func (s *Server) getGreeting(c *call, in *greetingIn) {
	g := s.corpGreeting(c, in.ID)
	if g == nil {
		return
	}
	v := greetingView{apiError: apiOK, Text: g.Body.Text}
	for _, a := range g.Body.Attachments {
		v.Image, v.Link, v.MiniProgram, v.File, v.Video = a.Image, a.Link, a.MiniProgram, a.File, a.Video
	}
	c.ok(v)
}

func (s *Server) delGreeting(c *call, in *greetingIn) {
	g := s.corpGreeting(c, in.ID)
	if g == nil {
		return
	}
	delete(s.world.social.greetings, g.ID)
	s.touch("room_greeting", g.ID)
	c.ok(apiOK)
}

// greet says the words of a group's template to those who came in, as its owner. The caller holds mu.
func (s *Server) greet(r *room, who []string) {
	if r.Corp == nil || r.Corp.Greeting == "" {
		return
	}
	g := s.world.social.greetings[r.Corp.Greeting]
	guests := slices.DeleteFunc(slices.Clone(who), func(id string) bool { return memberKind(id) == "staff" })
	if g == nil || len(guests) == 0 || r.member(r.Owner) == nil {
		return
	}
	for i, body := range g.Body.contents(s, r.Corp.CorpID) {
		if i == 0 && body.Type == "text" {
			names := ""
			for _, id := range guests {
				name, _ := s.face("person", id)
				names += "@" + name + " "
			}
			body.Text, body.At = names+"\n"+body.Text, guests
		}
		s.say(r, r.Owner, body)
	}
}
