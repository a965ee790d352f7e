package sim

import (
	"net/http"
	"slices"
	"time"
)

// invite brings friends into a group: at once, by a card they must accept (many members), or after the owner's word.
// The caller holds mu.
func (s *Server) invite(r *room, by string, who []string) (joined, asked, waiting []string, err error) {
	settings := s.world.social.settings.filled()
	fresh := []string{}
	for _, id := range who {
		if r.member(id) == nil && !slices.Contains(fresh, id) {
			fresh = append(fresh, id)
		}
	}
	switch {
	case len(r.Members)+len(fresh) > settings.RoomMax:
		return nil, nil, nil, refuse(http.StatusConflict, "room.full", "群聊人数已达上限", "the group may have "+itoa(int64(settings.RoomMax))+" members")
	case r.Confirm && !r.rules(by):
		for _, id := range fresh {
			if err := s.addInvite(r, by, id, true); err != nil {
				return nil, nil, nil, err
			}
		}
		if len(fresh) > 0 {
			s.deliver(r.Owner, r.chatID(), "system", "", content{Type: "system", Text: `"` + s.memberName(r.Owner, r, by) + `"想邀请` + s.memberNames(fresh) + `进群，去确认`})
		}
		return nil, nil, fresh, nil
	case len(r.Members) >= settings.InviteConfirmAbove:
		for _, id := range fresh {
			if err := s.addInvite(r, by, id, false); err != nil {
				return nil, nil, nil, err
			}
		}
		return nil, fresh, nil, nil
	}
	return fresh, nil, nil, s.admit(r, fresh, joinInvited, by, "")
}

// addInvite keeps an invitation, once a person, and sends its card unless the owner decides.
func (s *Server) addInvite(r *room, by, who string, owner bool) error {
	r.Invites = slices.DeleteFunc(r.Invites, func(i *roomInvite) bool { return i.Who == who })
	if len(r.Invites) >= maxInvites {
		return refuse(http.StatusConflict, "room.invites", "等待中的邀请太多", "too many invitations are waiting")
	}
	i := &roomInvite{Token: "iv" + s.text(22), By: by, Who: who, Time: s.Clock.Now(), Owner: owner}
	r.Invites = append(r.Invites, i)
	s.touchRoom(r)
	if !owner {
		s.sendTo(by, who, content{Type: "group_invite", Title: "邀请你加入群聊", Ref: i.Token, PicURL: roomAvatar(r),
			Description: `"` + s.nameFor(who, by) + `"邀请你加入群聊` + s.roomTitle(r) + `，进入可查看详情。`})
	}
	return nil
}

// entrance is what a token opens.
type entrance struct {
	room    *room
	scene   int
	inviter string
	state   string
	invite  *roomInvite
	way     *joinWay
}

// enter finds where a token leads: a group's code, an invitation, or a 群活码. The caller holds mu.
func (s *Server) enter(token, who string) (*entrance, error) {
	if r := s.world.social.roomTokens[token]; r != nil {
		switch {
		case !s.Clock.Now().Before(r.TokenTill) || r.member(r.TokenBy) == nil:
			return nil, refuse(http.StatusGone, "room.code", "该二维码已过期", "the code has expired")
		case r.Dissolved:
			return nil, refuse(http.StatusGone, "room.dissolved", "该群聊已解散", "the group is dissolved")
		}
		return &entrance{room: r, scene: joinCode, inviter: r.TokenBy}, nil
	}
	if way := s.wayByToken(token); way != nil {
		return s.enterWay(way, who)
	}
	for _, r := range s.world.social.rooms {
		for _, i := range r.Invites {
			if i.Token == token && i.Who == who && !i.Owner {
				return &entrance{room: r, scene: joinLink, inviter: i.By, invite: i}, nil
			}
		}
	}
	return nil, refuse(http.StatusGone, "room.invite", "邀请已失效", "this invitation or code is not valid")
}

// walkIn joins by a token. The caller holds mu.
func (s *Server) walkIn(who, token string) (*room, error) {
	e, err := s.enter(token, who)
	if err != nil {
		return nil, err
	}
	if e.room == nil {
		if e.room, err = s.nextRoom(e.way); err != nil {
			return nil, err
		}
	}
	if e.room.member(who) != nil {
		return e.room, nil
	}
	if e.scene == joinCode && e.way == nil {
		if e.room.Confirm {
			return nil, refuse(http.StatusConflict, "room.confirm", "该群聊已开启进群验证，只可通过邀请进群", "the owner confirms members; join by invitation")
		}
		if full := s.world.social.settings.filled().RoomQRFull; len(e.room.Members) >= full {
			return nil, refuse(http.StatusConflict, "room.code_full", "当前群聊人数较多，只能通过邀请进入群聊", "the code of a group of "+itoa(int64(full))+" lets nobody in")
		}
	}
	if err := s.admit(e.room, []string{who}, e.scene, e.inviter, e.state); err != nil {
		return nil, err
	}
	return e.room, nil
}

// decide is the owner's word on a waiting invitation. The caller holds mu.
func (s *Server) decide(r *room, token string, yes bool) error {
	at := slices.IndexFunc(r.Invites, func(i *roomInvite) bool { return i.Token == token && i.Owner })
	if at < 0 {
		return missing("invitation " + token)
	}
	i := r.Invites[at]
	if yes {
		return s.admit(r, []string{i.Who}, joinInvited, i.By, "")
	}
	r.Invites = slices.Delete(r.Invites, at, at+1)
	s.touchRoom(r)
	return nil
}

type roomQR struct {
	Text     string    `json:"text"`
	ImageURL string    `json:"image_url"`
	Expires  time.Time `json:"expires"`
}

// roomQR gives the group's code, made anew when it is old or somebody else's. The caller holds mu.
func (s *Server) roomQR(r *room, by string) roomQR {
	now := s.Clock.Now()
	if r.Token == "" || r.TokenTill.Sub(now) < roomCodeLife/2 || r.member(r.TokenBy) == nil {
		delete(s.world.social.roomTokens, r.Token)
		r.Token, r.TokenBy, r.TokenTill = s.text(24), by, now.Add(roomCodeLife)
		s.world.social.roomTokens[r.Token] = r
		s.touchRoom(r)
		s.hub.all("codes", struct{}{})
	}
	text := roomCode + r.Token
	return roomQR{text, qrPicture(text), r.TokenTill.In(shanghai)}
}
