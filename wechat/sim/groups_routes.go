package sim

import (
	"net/http"
	"slices"
	"time"
)

// roomRoutes is the group part of the phone API (docs/social.md). With the key of a member of staff as {id}
// it is that of their 企业微信.
func (s *Server) roomRoutes(mux *http.ServeMux) {
	on := func(pattern string, f func(r *http.Request, who string) (any, error)) {
		s.handle(mux, pattern, s.withPerson(func(r *http.Request, p *person) (any, error) { return f(r, p.ID) }))
	}
	on("GET /people/{id}/rooms", s.apiRooms)
	s.handle(mux, "POST /people/{id}/rooms", s.withPerson(s.apiNewRoom))
	s.handle(mux, "POST /people/{id}/rooms/enter", s.withPerson(s.apiEnter))
	on("GET /people/{id}/rooms/{room}", s.withRoom(s.apiRoom))
	on("POST /people/{id}/rooms/{room}", s.withRoom(s.apiChangeRoom))
	on("GET /people/{id}/rooms/{room}/qr", s.withRoom(func(_ *http.Request, who string, room *room) (any, error) { return s.roomQR(room, who), nil }))
	on("POST /people/{id}/rooms/{room}/members", s.withRoom(s.apiInvite))
	on("DELETE /people/{id}/rooms/{room}/members/{who}", s.withRoom(s.apiRemoveMember))
	on("POST /people/{id}/rooms/{room}/decide", s.withRoom(s.apiDecide))
	on("POST /people/{id}/rooms/{room}/quit", s.withRoom(s.apiQuit))
	on("POST /people/{id}/rooms/{room}/dissolve", s.withRoom(s.apiDissolve))
}

// withRoom finds the group of the path and holds the lock; only members see it.
func (s *Server) withRoom(f func(r *http.Request, who string, room *room) (any, error)) func(r *http.Request, who string) (any, error) {
	return func(r *http.Request, who string) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		room := s.world.social.rooms[r.PathValue("room")]
		if room == nil {
			return nil, missing("group " + r.PathValue("room"))
		}
		if room.member(who) == nil {
			return nil, refuse(http.StatusForbidden, "room.member", "你不在这个群聊里", "not a member of this group")
		}
		if room.Dissolved && r.Method != http.MethodGet {
			return nil, refuse(http.StatusGone, "room.dissolved", "该群聊已解散", "the group is dissolved")
		}
		return f(r, who, room)
	}
}

type memberView struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"` // person, staff
	Name    string    `json:"name"` // as the viewer reads it
	Avatar  string    `json:"avatar"`
	Company string    `json:"company,omitempty"`
	Owner   bool      `json:"owner,omitempty"`
	Admin   bool      `json:"admin,omitempty"`
	Since   time.Time `json:"since"`
}

type inviteView struct {
	Token string `json:"token"`
	By    string `json:"by"`
	Who   string `json:"who"`
}

type roomView struct {
	ID        string       `json:"id"`
	ChatID    string       `json:"chat_id"`
	Name      string       `json:"name"`
	Title     string       `json:"title"`
	Avatar    string       `json:"avatar"`
	Company   string       `json:"company,omitempty"` // of a customer group
	Count     int          `json:"count"`
	Members   []memberView `json:"members"`
	Owner     string       `json:"owner"`
	Rules     bool         `json:"rules"` // the viewer is owner or administrator
	Notice    string       `json:"notice"`
	NoticeBy  string       `json:"notice_by,omitempty"`
	NoticeAt  *time.Time   `json:"notice_at,omitempty"`
	Confirm   bool         `json:"confirm"`
	Nick      string       `json:"nick"`
	Saved     bool         `json:"saved"`
	Dissolved bool         `json:"dissolved"`
	OpenGID   string       `json:"opengid,omitempty"` // of a customer group
	CorpChat  string       `json:"corp_chat_id,omitempty"`
	Greeting  string       `json:"greeting,omitempty"`
	Invites   []inviteView `json:"invites"` // that wait for the viewer's word
}

// roomView shows a group to a member. The caller holds mu.
func (s *Server) roomView(r *room, who string) roomView {
	v := roomView{ID: r.ID, ChatID: r.chatID(), Name: r.Name, Title: s.roomTitle(r), Avatar: roomAvatar(r), Company: s.roomCompany(r), Count: len(r.Members),
		Members: []memberView{}, Owner: r.Owner, Rules: r.rules(who), Notice: r.Notice, Confirm: r.Confirm, Dissolved: r.Dissolved, Invites: []inviteView{}}
	for _, m := range r.Members {
		_, avatar := s.face(memberKind(m.Who), m.Who)
		v.Members = append(v.Members, memberView{m.Who, memberKind(m.Who), s.memberName(who, r, m.Who), avatar, s.staffCompany(m.Who), m.Who == r.Owner, slices.Contains(r.Admins, m.Who), m.Since.In(shanghai)})
	}
	if r.Notice != "" {
		at := r.NoticeAt.In(shanghai)
		v.NoticeBy, v.NoticeAt = s.memberName(who, r, r.NoticeBy), &at
	}
	if r.Corp != nil {
		v.OpenGID, v.CorpChat, v.Greeting = s.openGID(r), r.Corp.ChatID, r.Corp.Greeting
	}
	if m := r.member(who); m != nil {
		v.Nick, v.Saved = m.Nick, m.Saved
	}
	for _, i := range r.Invites {
		if i.Owner && v.Rules {
			v.Invites = append(v.Invites, inviteView{i.Token, s.memberName(who, r, i.By), s.memberName(who, r, i.Who)})
		}
	}
	return v
}

type roomRow struct {
	ID      string `json:"id"`
	ChatID  string `json:"chat_id"`
	Title   string `json:"title"`
	Avatar  string `json:"avatar"`
	Company string `json:"company,omitempty"`
	Count   int    `json:"count"`
	Saved   bool   `json:"saved"`
	Mine    bool   `json:"mine"` // the viewer is the owner
}

func (s *Server) roomRow(r *room, who string) roomRow {
	m := r.member(who)
	return roomRow{r.ID, r.chatID(), s.roomTitle(r), roomAvatar(r), s.roomCompany(r), len(r.Members), m != nil && m.Saved, r.Owner == who}
}

func (s *Server) apiRooms(_ *http.Request, who string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := []roomRow{}
	for _, r := range s.roomsOf(who) {
		rows = append(rows, s.roomRow(r, who))
	}
	return map[string]any{"rooms": rows}, nil
}

// roomsOf lists the living groups somebody is in, oldest first. The caller holds mu.
func (s *Server) roomsOf(who string) []*room {
	list := []*room{}
	for _, c := range s.world.personChats[who] {
		if kind, id := chatParts(c.ID); kind == "group" {
			if r := s.world.social.rooms[id]; r != nil && !r.Dissolved && r.member(who) != nil {
				list = append(list, r)
			}
		}
	}
	slices.SortFunc(list, func(a, b *room) int { return a.Born.Compare(b.Born) })
	return list
}

// NewRoom makes an ordinary group of a person and their friends and gives its id; the chat is "grp-" + id on every member's phone.
func (s *Server) NewRoom(owner, name string, friends ...string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.roomOfFriends(owner, name, friends)
	if err != nil {
		return "", err
	}
	return r.ID, nil
}

func (s *Server) roomOfFriends(owner, name string, friends []string) (*room, error) {
	if s.world.people[owner] == nil {
		return nil, missing("person " + owner)
	}
	name, ok := cleanText(name, maxRoomName)
	if !ok {
		return nil, bad("room.name", "群名最多 30 个字", "name may have 30 characters")
	}
	friends = once(friends)
	most := s.world.social.settings.filled().RoomCreateMax
	if len(friends) < 1 || len(friends)+1 > most {
		return nil, bad("room.members", "请选择 1 到 "+itoa(int64(most-1))+" 位朋友", "a group begins with 1 to "+itoa(int64(most-1))+" friends; invite more afterwards")
	}
	if err := s.allFriends(owner, friends); err != nil {
		return nil, err
	}
	return s.newRoom(owner, name, friends, nil)
}

// once leaves out what stands in a list again.
func once(list []string) []string {
	out := []string{}
	for _, x := range list {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func (s *Server) allFriends(who string, others []string) error {
	for _, id := range others {
		if s.world.people[id] == nil || id == who {
			return missing("person " + id)
		}
		if !s.friends(who, id) {
			return refuse(http.StatusConflict, "room.friend", s.nameFor(who, id)+"还不是你的朋友，不能邀请", id+" and "+who+" are not friends")
		}
	}
	return nil
}

func (s *Server) apiNewRoom(r *http.Request, p *person) (any, error) {
	var in struct {
		Name   string   `json:"name"`
		People []string `json:"people"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	make := s.roomOfFriends
	if memberKind(p.ID) == "staff" {
		make = s.customerRoom
	}
	room, err := make(p.ID, in.Name, in.People)
	if err != nil {
		return nil, err
	}
	return s.roomView(room, p.ID), nil
}

// apiEnter joins by the token of a code or of an invitation.
func (s *Server) apiEnter(r *http.Request, p *person) (any, error) {
	var in struct {
		Token string `json:"token"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	room, err := s.walkIn(p.ID, in.Token)
	if err != nil {
		return nil, err
	}
	return s.roomView(room, p.ID), nil
}

func (s *Server) apiRoom(_ *http.Request, who string, room *room) (any, error) {
	return s.roomView(room, who), nil
}

type roomChangeIn struct {
	Name     *string   `json:"name"`
	Notice   *string   `json:"notice"`
	Confirm  *bool     `json:"confirm"`
	Admins   *[]string `json:"admins"`
	Owner    *string   `json:"owner"`
	Nick     *string   `json:"nick"`
	Saved    *bool     `json:"saved"`
	Greeting *string   `json:"greeting"` // of a customer group: a template's id, or empty
}

// check holds a change to who may make it and to its limits.
func (in *roomChangeIn) check(room *room, who string) error {
	for _, x := range []struct {
		text *string
		most int
	}{{in.Name, maxRoomName}, {in.Notice, maxRoomNotice}, {in.Nick, 32}} {
		if x.text == nil {
			continue
		}
		text, ok := cleanText(*x.text, x.most)
		if !ok {
			return bad("room.text", "文字最多 "+itoa(int64(x.most))+" 个字", "the text may have "+itoa(int64(x.most))+" characters")
		}
		*x.text = text
	}
	if (in.Notice != nil || in.Confirm != nil) && !room.rules(who) || (in.Admins != nil || in.Owner != nil) && who != room.Owner {
		return refuse(http.StatusForbidden, "room.owner", "只有群主和管理员可以修改", "only the owner (for notice and confirmation also administrators) may do this")
	}
	if in.Admins != nil && len(*in.Admins) > 3 {
		return bad("room.admins", "最多 3 位管理员", "a group has at most three administrators")
	}
	if in.Admins != nil && slices.ContainsFunc(*in.Admins, func(id string) bool { return room.member(id) == nil || id == room.Owner }) {
		return bad("room.admins", "管理员必须是群成员", "an administrator must be a member, and not the owner")
	}
	if in.Owner != nil && room.member(*in.Owner) == nil {
		return bad("room.owner", "新群主必须是群成员", *in.Owner+" is not a member")
	}
	return nil
}

func (s *Server) apiChangeRoom(r *http.Request, who string, room *room) (any, error) {
	var in roomChangeIn
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if err := in.check(room, who); err != nil {
		return nil, err
	}
	if in.Owner != nil && room.Corp != nil && memberKind(*in.Owner) != "staff" {
		return nil, bad("room.owner", "客户群的群主必须是企业成员", "the owner of a customer group must be staff")
	}
	if in.Greeting != nil {
		if g := s.world.social.greetings[*in.Greeting]; room.Corp == nil || *in.Greeting != "" && (g == nil || g.CorpID != room.Corp.CorpID) || !room.rules(who) {
			return nil, missing("greeting template " + *in.Greeting)
		}
		room.Corp.Greeting = *in.Greeting
	}
	if in.Name != nil {
		s.rename(room, who, *in.Name)
	}
	if in.Notice != nil {
		s.announce(room, who, *in.Notice)
	}
	m := room.member(who)
	if in.Confirm != nil {
		room.Confirm = *in.Confirm
	}
	if in.Admins != nil {
		room.Admins = *in.Admins
	}
	if in.Nick != nil {
		m.Nick = *in.Nick
	}
	if in.Saved != nil {
		m.Saved = *in.Saved
	}
	s.touchRoom(room)
	if in.Owner != nil && *in.Owner != room.Owner {
		s.setOwner(room, *in.Owner, false)
	}
	return s.roomView(room, who), nil
}

func (s *Server) apiInvite(r *http.Request, who string, room *room) (any, error) {
	var in struct {
		People []string `json:"people"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if len(in.People) == 0 || len(in.People) > 40 {
		return nil, bad("room.members", "每次邀请 1 到 40 人", "invite 1 to 40 people at a time")
	}
	if err := s.mayInvite(who, in.People); err != nil {
		return nil, err
	}
	joined, asked, waiting, err := s.invite(room, who, in.People)
	if err != nil {
		return nil, err
	}
	list := func(x []string) []string { return append([]string{}, x...) }
	return map[string]any{"joined": list(joined), "invited": list(asked), "waiting": list(waiting), "room": s.roomView(room, who)}, nil
}

func (s *Server) apiRemoveMember(r *http.Request, who string, room *room) (any, error) {
	other := r.PathValue("who")
	switch {
	case room.member(other) == nil:
		return nil, missing("member " + other)
	case other == who || other == room.Owner || !room.rules(who) || slices.Contains(room.Admins, other) && who != room.Owner:
		return nil, refuse(http.StatusForbidden, "room.owner", "只有群主和管理员可以移出成员", "only the owner and administrators may remove members, and not the owner")
	}
	s.dismissMember(room, other, who)
	return s.roomView(room, who), nil
}

func (s *Server) apiDecide(r *http.Request, who string, room *room) (any, error) {
	var in struct {
		Token string `json:"token"`
		Yes   bool   `json:"yes"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if !room.rules(who) {
		return nil, refuse(http.StatusForbidden, "room.owner", "只有群主和管理员可以确认", "only the owner and administrators may confirm")
	}
	if err := s.decide(room, in.Token, in.Yes); err != nil {
		return nil, err
	}
	return s.roomView(room, who), nil
}

func (s *Server) apiQuit(_ *http.Request, who string, room *room) (any, error) {
	if room.Corp != nil && who == room.Owner && s.heir(room, who) == "" {
		return nil, refuse(http.StatusConflict, "room.owner", "请先转让群主或解散群聊", "hand the group to another member of staff, or dissolve it")
	}
	s.dismissMember(room, who, "")
	return nil, nil
}

func (s *Server) apiDissolve(_ *http.Request, who string, room *room) (any, error) {
	if who != room.Owner {
		return nil, refuse(http.StatusForbidden, "room.owner", "只有群主可以解散群聊", "only the owner may dissolve the group")
	}
	s.dissolve(room)
	return nil, nil
}
