package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	roomCode      = "https://weixin.qq.com/g/" // a group's own code, followed by its token
	roomCodeLife  = 7 * 24 * time.Hour
	maxRooms      = 100_000
	maxRoomName   = 30 // characters
	maxRoomNotice = 2000
	maxInvites    = 500 // of one group, not answered
)

// How a member came in (protocol C2, join_scene).
const (
	joinInvited = 1
	joinLink    = 2
	joinCode    = 3
)

// room is a group chat of people, and of members of staff when it is a customer group (corp is set then).
type room struct {
	ID        string        `json:"id"`
	Name      string        `json:"name,omitempty"`
	Owner     string        `json:"owner"`
	Admins    []string      `json:"admins,omitempty"`
	Members   []*roomMember `json:"members"` // in order of joining
	Notice    string        `json:"notice,omitempty"`
	NoticeBy  string        `json:"notice_by,omitempty"`
	NoticeAt  time.Time     `json:"notice_at,omitzero"`
	Confirm   bool          `json:"confirm,omitempty"` // the owner confirms invitations; the code lets nobody in
	Token     string        `json:"token,omitempty"`   // of its code
	TokenBy   string        `json:"token_by,omitempty"`
	TokenTill time.Time     `json:"token_till,omitzero"`
	Invites   []*roomInvite `json:"invites,omitempty"`
	Born      time.Time     `json:"born"`
	Dissolved bool          `json:"dissolved,omitempty"`
	Version   int64         `json:"version"` // counts changes of members
	Corp      *corpRoom     `json:"corp,omitempty"`
}

// roomMember is one of a group: a person's id, or the key of a member of staff.
type roomMember struct {
	Who     string    `json:"who"`
	Nick    string    `json:"nick,omitempty"`
	Since   time.Time `json:"since"`
	Scene   int       `json:"scene"`
	Inviter string    `json:"inviter,omitempty"`
	State   string    `json:"state,omitempty"` // of the 群活码 they came through
	Saved   bool      `json:"saved,omitempty"` // 保存到通讯录
}

// roomInvite waits for the one invited (card in their chat) or for the owner.
type roomInvite struct {
	Token string    `json:"token"`
	By    string    `json:"by"`
	Who   string    `json:"who"`
	Time  time.Time `json:"time"`
	Owner bool      `json:"owner,omitempty"` // the owner decides, not the one invited
}

func (r *room) chatID() string { return "grp-" + r.ID }

// member finds somebody in the group; nil when not in it.
func (r *room) member(who string) *roomMember {
	for _, m := range r.Members {
		if m.Who == who {
			return m
		}
	}
	return nil
}

// rules tells whether somebody may decide on members.
func (r *room) rules(who string) bool { return who == r.Owner || slices.Contains(r.Admins, who) }

func (s *Server) touchRoom(r *room) { s.touch("room", r.ID) }

// memberName is what a viewer reads as a member's name: the own remark, the group nickname, the name.
func (s *Server) memberName(viewer string, r *room, who string) string {
	if t := s.bond(viewer, who); t != nil && t.Remark != "" {
		return t.Remark
	}
	if m := r.member(who); m != nil && m.Nick != "" {
		return m.Nick
	}
	name, _ := s.face(memberKind(who), who)
	return name
}

// roomTitle is the group's name, or its members' names.
func (s *Server) roomTitle(r *room) string {
	if r.Name != "" {
		return r.Name
	}
	names := []string{}
	for _, m := range r.Members[:min(4, len(r.Members))] {
		name, _ := s.face(memberKind(m.Who), m.Who)
		names = append(names, name)
	}
	if len(names) == 0 {
		return "群聊"
	}
	return strings.Join(names, "、")
}

func roomAvatar(r *room) string { return "/_sim/avatars/group/" + r.ID + ".svg?v=" + itoa(r.Version) }

// say brings one stored content to every member. The caller holds mu.
func (s *Server) say(r *room, from string, body content) (mine *message) {
	s.countSaid(r, from)
	l := s.sharedLetter(memberKind(from), from, body)
	for _, m := range r.Members {
		sent := s.drop(m.Who, r.chatID(), l)
		if m.Who == from {
			mine = sent
		} else if slices.Contains(body.At, m.Who) || slices.Contains(body.At, "all") {
			s.mention(m.Who, r)
		}
	}
	return mine
}

// mention marks a chat with 有人@我 until it is read.
func (s *Server) mention(who string, r *room) {
	if c := s.world.chats[who+"|"+r.chatID()]; c != nil && !c.Called {
		c.Called = true
		s.chatChanged(c)
	}
}

// line shows a grey line to all, and another to the one who did it. The caller holds mu.
func (s *Server) line(r *room, actor, toActor, toOthers string) {
	var l *letter
	for _, m := range r.Members {
		switch {
		case m.Who == actor && toActor != "":
			s.deliver(m.Who, r.chatID(), "system", "", content{Type: "system", Text: toActor})
		case m.Who != actor && toOthers != "":
			if l == nil {
				l = s.sharedLetter("system", "", content{Type: "system", Text: toOthers})
			}
			s.drop(m.Who, r.chatID(), l)
		}
	}
}

// newRoom makes a group of an owner and others. The caller holds mu and has checked everyone.
func (s *Server) newRoom(owner, name string, others []string, corp *corpRoom) (*room, error) {
	if len(s.world.social.rooms) >= maxRooms {
		return nil, refuse(http.StatusConflict, "room.full", "群聊太多", "there are too many groups")
	}
	now := s.Clock.Now()
	r := &room{ID: "r" + itoa(s.next()), Name: name, Owner: owner, Born: now, Corp: corp, Members: []*roomMember{{Who: owner, Since: now, Scene: joinInvited}}}
	for _, who := range others {
		r.Members = append(r.Members, &roomMember{Who: who, Since: now, Scene: joinInvited, Inviter: owner})
	}
	r.Version = int64(len(r.Members))
	s.world.social.rooms[r.ID] = r
	if corp != nil {
		s.world.social.roomChats[corp.ChatID] = r
	}
	s.touchRoom(r)
	if len(others) > 0 {
		names := s.memberNames(others)
		ownerName, _ := s.face(memberKind(owner), owner)
		s.line(r, owner, `你邀请`+names+`加入了群聊`, `"`+ownerName+`"邀请`+names+`加入了群聊`)
	} else {
		s.chat(owner, r.chatID())
	}
	s.roomBorn(r)
	return r, nil
}

func (s *Server) memberNames(who []string) string {
	names := []string{}
	for _, id := range who[:min(len(who), 20)] {
		name, _ := s.face(memberKind(id), id)
		names = append(names, name)
	}
	text := `"` + strings.Join(names, "、") + `"`
	if len(who) > 20 {
		text += "等" + itoa(int64(len(who))) + "人"
	}
	return text
}

// admit takes people into a group, all or none for want of room. The caller holds mu.
func (s *Server) admit(r *room, who []string, scene int, inviter, state string) error {
	who = slices.DeleteFunc(slices.Clone(who), func(id string) bool { return r.member(id) != nil })
	if len(who) == 0 {
		return nil
	}
	most := s.world.social.settings.filled().RoomMax
	if r.Dissolved {
		return refuse(http.StatusGone, "room.dissolved", "该群聊已解散", "the group is dissolved")
	}
	if len(r.Members)+len(who) > most {
		return refuse(http.StatusConflict, "room.full", "群聊人数已达上限", "the group may have "+itoa(int64(most))+" members")
	}
	change := s.beginChange(r, "add_member")
	now := s.Clock.Now()
	for _, id := range who {
		r.Members = append(r.Members, &roomMember{Who: id, Since: now, Scene: scene, Inviter: inviter, State: state})
		r.Version++
	}
	r.Invites = slices.DeleteFunc(r.Invites, func(i *roomInvite) bool { return slices.Contains(who, i.Who) })
	s.touchRoom(r)
	names := s.memberNames(who)
	by := ""
	if inviter != "" {
		by, _ = s.face(memberKind(inviter), inviter)
	}
	switch {
	case scene == joinCode && by != "":
		s.line(r, who[0], `你通过扫描"`+by+`"分享的二维码加入群聊`, names+`通过扫描"`+by+`"分享的二维码加入群聊`)
	case scene == joinCode:
		s.line(r, who[0], "你通过扫描二维码加入群聊", names+"通过扫描二维码加入群聊")
	default:
		s.line(r, inviter, "你邀请"+names+"加入了群聊", `"`+by+`"邀请`+names+`加入了群聊`)
	}
	change.scene, change.who = scene, who
	s.endChange(r, change)
	s.greet(r, who)
	return nil
}

// dismissMember takes one out: by is empty when they leave by themselves. The caller holds mu.
func (s *Server) dismissMember(r *room, who, by string) {
	change := s.beginChange(r, "del_member")
	name, _ := s.face(memberKind(who), who)
	if by != "" {
		byName, _ := s.face(memberKind(by), by)
		s.deliver(who, r.chatID(), "system", "", content{Type: "system", Text: `你被"` + byName + `"移出群聊`})
	}
	r.Members = slices.DeleteFunc(r.Members, func(m *roomMember) bool { return m.Who == who })
	r.Admins = slices.DeleteFunc(r.Admins, func(id string) bool { return id == who })
	r.Invites = slices.DeleteFunc(r.Invites, func(i *roomInvite) bool { return i.By == who })
	r.Version++
	if by != "" {
		if r.member(by) != nil {
			s.deliver(by, r.chatID(), "system", "", content{Type: "system", Text: `你将"` + name + `"移出了群聊`})
		}
	} else {
		s.forgetChat(who, r.chatID())
		if r.Owner != who && r.member(r.Owner) != nil {
			s.deliver(r.Owner, r.chatID(), "system", "", content{Type: "system", Text: `"` + name + `"退出了群聊`})
		}
	}
	change.who, change.kicked = []string{who}, by != ""
	s.touchRoom(r)
	switch {
	case len(r.Members) == 0:
		r.Dissolved = true
		s.endChange(r, change)
		s.roomGone(r)
		return
	case r.Owner == who:
		s.endChange(r, change)
		s.setOwner(r, s.heir(r, who), false)
		return
	}
	s.endChange(r, change)
}

// setOwner hands a group on; quiet: the API did it, no event follows. The caller holds mu.
func (s *Server) setOwner(r *room, to string, quiet bool) {
	change := s.beginChange(r, "change_owner")
	r.Owner = to
	r.Admins = slices.DeleteFunc(r.Admins, func(id string) bool { return id == to })
	s.touchRoom(r)
	name, _ := s.face(memberKind(to), to)
	s.line(r, to, "你已成为新群主", `"`+name+`"已成为新群主`)
	change.quiet = quiet
	s.endChange(r, change)
}

// dissolve ends a group for all. The caller holds mu.
func (s *Server) dissolve(r *room) {
	if r.Dissolved {
		return
	}
	s.line(r, r.Owner, "你解散了群聊", "群主已解散该群聊")
	r.Dissolved = true
	s.touchRoom(r)
	s.roomGone(r)
	for _, m := range r.Members {
		s.tell(m.Who, "room", map[string]string{"room_id": r.ID})
	}
}

// rename gives a group another name. The caller holds mu.
func (s *Server) rename(r *room, who, name string) {
	if name == r.Name {
		return
	}
	change := s.beginChange(r, "change_name")
	r.Name = name
	s.touchRoom(r)
	by, _ := s.face(memberKind(who), who)
	s.line(r, who, `你修改群名为"`+name+`"`, `"`+by+`"修改群名为"`+name+`"`)
	s.endChange(r, change)
}

// announce changes the notice; all are called to it. The caller holds mu.
func (s *Server) announce(r *room, who, text string) {
	if text == r.Notice {
		return
	}
	change := s.beginChange(r, "change_notice")
	r.Notice, r.NoticeBy, r.NoticeAt = text, who, s.Clock.Now()
	s.touchRoom(r)
	if text != "" {
		s.say(r, who, content{Type: "text", Text: "@所有人\n" + text, At: []string{"all"}})
	}
	s.endChange(r, change)
}

// groupFace names the speaker of a group's message as the reader knows them. The caller holds mu.
func (s *Server) groupFace(c *chat, from *fromView) {
	kind, id := chatParts(c.ID)
	if r := s.world.social.rooms[id]; kind == "group" && r != nil && from.ID != "" {
		from.Name, from.Corp = s.memberName(c.Person, r, from.ID), s.staffCompany(from.ID)
	}
	if b := s.bond(c.Person, from.ID); kind == "person" && b != nil && b.Remark != "" {
		from.Name = b.Remark
	}
}

// socialRow puts remark, group and speaker into a row of the chat list. The caller holds mu.
func (s *Server) socialRow(c *chat, v *chatView, id string) {
	switch v.Kind {
	case "person":
		if b := s.bond(c.Person, id); b != nil && b.Remark != "" {
			v.Title = b.Remark
		}
	case "group":
		r := s.world.social.rooms[id]
		if r == nil {
			return
		}
		v.RoomID, v.Members, v.Called, v.Corp = r.ID, len(r.Members), c.Called, s.roomCompany(r)
		if n := len(c.msgs); n > 0 && v.Last != nil {
			if last := c.msgs[n-1]; last.FromID != "" && !own(c.Person, last.FromKind, last.FromID) {
				v.Last.Text = s.memberName(c.Person, r, last.FromID) + "：" + v.Last.Text
			}
		}
	}
}
