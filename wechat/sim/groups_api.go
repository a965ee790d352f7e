package sim

import (
	"cmp"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxWayChats    = 5
	maxTransfers   = 100 // chats of one call
	transfersADay  = 300 // chats a new owner may take over in a day
	maxGreetings   = 100 // of one company
	maxOwnerFilter = 100
)

func parseCursor(text string) (int, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(raw), "at "))
	if err != nil || n < 0 || !strings.HasPrefix(string(raw), "at ") {
		return 0, errors.New("no cursor")
	}
	return n, nil
}

func makeCursor(at int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("at " + strconv.Itoa(at)))
}

type ownerFilter struct {
	Users []string `json:"userid_list"`
}

// corpRooms lists a company's living customer groups, the newest first.
func (s *Server) corpRooms(corpID string, owners []string) []*room {
	list := []*room{}
	for _, r := range s.world.social.roomChats {
		if r.Corp.CorpID == corpID && !r.Dissolved && (len(owners) == 0 || slices.ContainsFunc(owners, func(id string) bool { return staffKey(corpID, id) == r.Owner })) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *room) int { return cmp.Or(b.Born.Compare(a.Born), strings.Compare(a.ID, b.ID)) })
	return list
}

type groupChatRow struct {
	ChatID string `json:"chat_id"`
	Status int    `json:"status"`
}

type groupChatListAnswer struct {
	apiError
	Chats []groupChatRow `json:"group_chat_list"`
	Next  string         `json:"next_cursor,omitempty"`
}

type groupChatListIn struct {
	Status int         `json:"status_filter"`
	Owner  ownerFilter `json:"owner_filter"`
	Cursor string      `json:"cursor"`
	Limit  int         `json:"limit"`
}

func (s *Server) groupChatList(c *call, in *groupChatListIn) {
	if in.Limit == 0 {
		c.deny(40058, "invalid Request Parameter", "limit is required, 1 to 1000")
		return
	}
	if in.Status < 0 || in.Status > 3 || len(in.Owner.Users) > maxOwnerFilter {
		c.deny(40058, "invalid Request Parameter", "status_filter is 0 to 3, userid_list has at most 100")
		return
	}
	rows := []groupChatRow{}
	for _, r := range s.corpRooms(c.corp.CorpID, in.Owner.Users) {
		if status := s.roomStatus(r); in.Status == 0 || status == in.Status {
			rows = append(rows, groupChatRow{r.Corp.ChatID, status})
		}
	}
	page, next, ok := cursorPage(c, rows, in.Cursor, in.Limit, 0, 1000)
	if ok {
		c.ok(groupChatListAnswer{apiOK, page, next})
	}
}

// roomStatus tells how far the inheritance of a group is: one whose owner has left waits for an heir.
func (s *Server) roomStatus(r *room) int {
	if st := s.member(r.Owner); st == nil || !st.Left.IsZero() {
		return chatOrphan
	}
	return r.Corp.Status
}

type invitor struct {
	UserID string `json:"userid"`
}

type groupMemberView struct {
	UserID   string   `json:"userid"`
	Type     int      `json:"type"` // 1 staff, 2 external
	UnionID  string   `json:"unionid,omitempty"`
	JoinTime int64    `json:"join_time"`
	Scene    int      `json:"join_scene"`
	Invitor  *invitor `json:"invitor,omitempty"`
	State    string   `json:"state,omitempty"`
	Nick     string   `json:"group_nickname"`
	Name     string   `json:"name,omitempty"`
}

type groupChatView struct {
	ChatID  string            `json:"chat_id"`
	Name    string            `json:"name"`
	Owner   string            `json:"owner"`
	Created int64             `json:"create_time"`
	Notice  string            `json:"notice,omitempty"`
	Members []groupMemberView `json:"member_list"`
	Admins  []invitor         `json:"admin_list"`
	Version string            `json:"member_version"`
}

type groupChatGetIn struct {
	ChatID   string `json:"chat_id"`
	NeedName int    `json:"need_name"`
}

// corpChat finds the group of a call; on failure it has answered.
func (s *Server) corpChat(c *call, chatID string) *room {
	r := s.roomByChat(c.corp.CorpID, chatID)
	switch {
	case chatID == "":
		c.deny(40063, "some parameters are empty", "chat_id is missing")
	case r == nil:
		c.deny(40050, "invalid chatid", "%s", chatID+" is no customer group of this company")
		r = nil
	case r.Dissolved:
		c.deny(49008, "chat has been dismissed", "the group was dissolved")
		r = nil
	}
	return r
}

func (s *Server) groupChatGet(c *call, in *groupChatGetIn) {
	r := s.corpChat(c, in.ChatID)
	if r == nil {
		return
	}
	corpID := c.corp.CorpID
	v := groupChatView{ChatID: in.ChatID, Name: r.Name, Owner: s.corpMemberID(corpID, r.Owner), Created: r.Born.Unix(), Notice: r.Notice,
		Members: []groupMemberView{}, Admins: []invitor{}, Version: s.memberVersion(r)}
	for _, m := range r.Members {
		x := groupMemberView{UserID: s.corpMemberID(corpID, m.Who), Type: 1, JoinTime: m.Since.Unix(), Scene: m.Scene, Nick: m.Nick}
		if memberKind(m.Who) == "person" {
			x.Type, x.UnionID, x.State = 2, s.unionIDOf(c.corp, m.Who), m.State
		}
		if m.Inviter != "" && memberKind(m.Inviter) == "staff" {
			x.Invitor = &invitor{s.corpMemberID(corpID, m.Inviter)}
		}
		if in.NeedName == 1 {
			x.Name, _ = s.face(memberKind(m.Who), m.Who)
		}
		v.Members = append(v.Members, x)
	}
	for _, who := range r.Admins {
		v.Admins = append(v.Admins, invitor{s.corpMemberID(corpID, who)})
	}
	c.ok(struct {
		apiError
		Chat groupChatView `json:"group_chat"`
	}{apiOK, v})
}

type groupTransferIn struct {
	Chats []string `json:"chat_id_list"`
	Owner string   `json:"new_owner"`
}

type moveFail struct {
	ChatID string `json:"chat_id"`
	apiError
}

// groupTransfer is 分配离职成员的客户群 (left) and 分配在职成员的客户群.
func (s *Server) groupTransfer(left bool) func(c *call, in *groupTransferIn) {
	return func(c *call, in *groupTransferIn) {
		heir := s.worker(c.corp.CorpID, in.Owner)
		switch {
		case len(in.Chats) == 0 || in.Owner == "":
			c.deny(40063, "some parameters are empty", "chat_id_list and new_owner are required")
			return
		case len(in.Chats) > maxTransfers:
			c.deny(40058, "invalid Request Parameter", "chat_id_list has at most 100")
			return
		case heir == nil || !heir.inRange():
			c.deny(84061, "not external contact", "%s", in.Owner+" is no member with the right of customer contact")
			return
		}
		fails := []moveFail{}
		for _, id := range in.Chats {
			if code, text := s.moveChat(c.corp, id, heir, left); code != 0 {
				fails = append(fails, moveFail{id, apiError{code, text}})
			}
		}
		c.ok(struct {
			apiError
			Failed []moveFail `json:"failed_chat_list"`
		}{apiOK, fails})
	}
}

// moveChat hands one group to another member of the staff by API: no event follows.
func (s *Server) moveChat(corp *company, chatID string, heir *staff, left bool) (int, string) {
	r := s.roomByChat(corp.CorpID, chatID)
	if r == nil || r.Dissolved {
		return 90501, "chat is not external group chat"
	}
	owner := s.member(r.Owner)
	switch resigned := owner == nil || !owner.Left.IsZero(); {
	case left && !resigned:
		return 90500, "the owner of this chat is not resigned"
	case !left && resigned:
		return 90500, "the owner of this chat is resigned"
	case r.Owner == heir.key():
		return 90507, "the new owner already owns this chat"
	}
	now, today := s.Clock.Now(), 0
	for _, other := range s.corpRooms(corp.CorpID, []string{heir.UserID}) {
		for _, at := range other.Corp.Moved {
			if at.In(shanghai).Format(time.DateOnly) == now.Format(time.DateOnly) {
				today++
			}
		}
	}
	if today >= transfersADay {
		return 90506, "the new owner has taken over too many chats today"
	}
	if r.member(heir.key()) == nil {
		r.Members = append(r.Members, &roomMember{Who: heir.key(), Since: now, Scene: joinInvited})
		r.Version++
	}
	if left {
		old := r.Owner
		r.Members = slices.DeleteFunc(r.Members, func(m *roomMember) bool { return m.Who == old })
		r.Corp.Status = chatInherits
		r.Version++
	}
	r.Corp.Moved = append(r.Corp.Moved[max(0, len(r.Corp.Moved)-9):], now)
	s.setOwner(r, heir.key(), true)
	return 0, ""
}

type openGIDIn struct {
	OpenGID string `json:"opengid"`
}

// openGID is a group's id towards mini-programs.
func (s *Server) openGID(r *room) string { return s.world.workID("G", "opengid", r.ID) }

func (s *Server) openGIDToChat(c *call, in *openGIDIn) {
	for _, r := range s.world.social.roomChats {
		if r.Corp.CorpID == c.corp.CorpID && !r.Dissolved && in.OpenGID != "" && s.openGID(r) == in.OpenGID {
			c.ok(struct {
				apiError
				ChatID string `json:"chat_id"`
			}{apiOK, r.Corp.ChatID})
			return
		}
	}
	c.deny(40058, "invalid Request Parameter", "opengid belongs to no customer group of this company")
}
