package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Inheritance of a customer group (离职继承), as groupchat/list tells it.
const (
	chatOK       = 0
	chatOrphan   = 1 // 离职待继承
	chatMoving   = 2 // 离职继承中
	chatInherits = 3 // 离职继承完成
)

const statDays = 180 // days of statistics that are kept

// corpRoom is what makes a group a customer group of a company.
type corpRoom struct {
	CorpID   string              `json:"corpid"`
	ChatID   string              `json:"chat_id"` // wr…
	Status   int                 `json:"status,omitempty"`
	Greeting string              `json:"greeting,omitempty"` // template of the words for those who come in
	Days     map[string]*roomDay `json:"days,omitempty"`     // by day, Shanghai time
	Moved    []time.Time         `json:"moved,omitempty"`
}

// roomDay counts one day of a customer group.
type roomDay struct {
	New      int      `json:"new,omitempty"`      // members who came
	Members  int      `json:"members"`            // at the end of the day
	Messages int      `json:"messages,omitempty"` // said
	Speakers []string `json:"speakers,omitempty"` // members who spoke
}

// memberKind tells a person's id from the key of a member of staff.
func memberKind(who string) string {
	if strings.Contains(who, "@") {
		return "staff"
	}
	return "person"
}

// staffCompany is the company a member of staff speaks for; empty for people.
func (s *Server) staffCompany(who string) string {
	if memberKind(who) == "staff" {
		return s.corpName(who)
	}
	return ""
}

func (s *Server) roomCompany(r *room) string {
	if r.Corp == nil {
		return ""
	}
	return s.corpName("@" + r.Corp.CorpID)
}

// heir is who follows an owner that leaves; empty: nobody may. Customer groups belong to staff.
func (s *Server) heir(r *room, leaving string) string {
	for _, m := range r.Members {
		if m.Who != leaving && (r.Corp == nil || memberKind(m.Who) == "staff") {
			return m.Who
		}
	}
	return ""
}

// mayInvite holds an invitation to whom the inviter knows: friends, own customers, colleagues.
func (s *Server) mayInvite(who string, others []string) error {
	st := s.member(who)
	if st == nil {
		return s.allFriends(who, others)
	}
	for _, id := range others {
		if colleague := s.member(id); colleague != nil {
			if colleague.CorpID != st.CorpID || !colleague.Left.IsZero() {
				return missing("colleague " + id)
			}
			continue
		}
		if s.world.people[id] == nil {
			return missing("person " + id)
		}
		if t := s.tie(st.CorpID, st.UserID, id); t == nil || !t.open() {
			return refuse(http.StatusConflict, "room.friend", "对方不是你的客户，不能邀请", id+" is not a customer of "+who)
		}
	}
	return nil
}

// NewCustomerRoom makes a customer group (客户群) as a member of the staff does in the client: there is no call of WeCom for that.
// others are people who are the member's customers, and colleagues as "userid@corpid". It gives the chat_id (wr…).
func (s *Server) NewCustomerRoom(corpID, userID, name string, others ...string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.customerRoom(staffKey(corpID, userID), name, others)
	if err != nil {
		return "", err
	}
	return r.Corp.ChatID, nil
}

func (s *Server) customerRoom(owner, name string, others []string) (*room, error) {
	st := s.member(owner)
	if st == nil || !st.inRange() {
		return nil, refuse(http.StatusConflict, "room.staff", "没有客户联系权限，不能创建客户群", owner+" is no member with the right of customer contact")
	}
	name, ok := cleanText(name, maxRoomName)
	if !ok {
		return nil, bad("room.name", "群名最多 30 个字", "name may have 30 characters")
	}
	others = once(others)
	most := s.world.social.settings.filled().RoomCreateMax
	if len(others)+1 > most || slices.Contains(others, owner) {
		return nil, bad("room.members", "建群时最多 "+itoa(int64(most))+" 人", "a group begins with at most "+itoa(int64(most))+" members")
	}
	if err := s.mayInvite(owner, others); err != nil {
		return nil, err
	}
	return s.newRoom(owner, name, others, &corpRoom{CorpID: st.CorpID, ChatID: "wr" + s.pick(30, letters+"-_")})
}

// RoomOf gives the id of the group behind a chat_id; its chat on every member's phone is "grp-" + id.
func (s *Server) RoomOf(chatID string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.world.social.roomChats[chatID]; r != nil {
		return r.ID, nil
	}
	return "", missing("customer group " + chatID)
}

// roomUpdate is a change of a customer group on its way to the company's applications.
type roomUpdate struct {
	detail string // UpdateDetail
	scene  int    // of add_member
	kicked bool   // of del_member
	who    []string
	before string // member version
	quiet  bool   // done by API: no event
}

// beginChange remembers how the group was; endChange counts and tells. The caller holds mu.
func (s *Server) beginChange(r *room, detail string) *roomUpdate {
	return &roomUpdate{detail: detail, before: s.memberVersion(r)}
}

func (s *Server) endChange(r *room, u *roomUpdate) {
	for _, m := range r.Members {
		s.tell(m.Who, "room", map[string]string{"room_id": r.ID})
	}
	if r.Corp == nil {
		return
	}
	if u.detail == "add_member" || u.detail == "del_member" {
		d := s.roomDay(r)
		d.Members = len(r.Members)
		if u.detail == "add_member" {
			d.New += len(u.who)
		}
	}
	if corp := s.world.work.companies[r.Corp.CorpID]; corp != nil && !u.quiet {
		s.pushWork(corp, "", s.roomEvent(r, u)...)
	}
}

// roomEvent is change_external_chat / update (document 客户群变更事件).
func (s *Server) roomEvent(r *room, u *roomUpdate) []xmlField {
	fields := []xmlField{{"Event", "change_external_chat"}, {"ChatId", r.Corp.ChatID}, {"ChangeType", "update"}, {"UpdateDetail", u.detail}}
	if u.detail == "add_member" {
		scene := 0 // by a member, directly or by link
		if u.scene == joinCode {
			scene = 3
		}
		fields = append(fields, xmlField{"JoinScene", itoa(int64(scene))})
	}
	if u.detail == "del_member" {
		scene := 0
		if u.kicked {
			scene = 1
		}
		fields = append(fields, xmlField{"QuitScene", itoa(int64(scene))})
	}
	if len(u.who) > 0 {
		list := ""
		for _, who := range u.who {
			list += "<Item><![CDATA[" + s.corpMemberID(r.Corp.CorpID, who) + "]]></Item>"
		}
		fields = append(fields, xmlField{"MemChangeCnt", itoa(int64(len(u.who)))}, xmlField{"MemChangeList", list},
			xmlField{"LastMemVer", u.before}, xmlField{"CurMemVer", s.memberVersion(r)})
	}
	return fields
}

// corpMemberID is the userid of a member of staff, or the external_userid of a person.
func (s *Server) corpMemberID(corpID, who string) string {
	if st := s.member(who); st != nil {
		return st.UserID
	}
	return s.customer(corpID, who).ExternalID
}

// memberVersion changes with every change of members.
func (s *Server) memberVersion(r *room) string {
	return strings.ToLower(s.world.workID("", "member version", r.ID, itoa(r.Version))[:30])
}

// roomBorn tells the company of a new group.
func (s *Server) roomBorn(r *room) {
	if r.Corp == nil {
		return
	}
	d := s.roomDay(r)
	d.New, d.Members = len(r.Members), len(r.Members)
	if corp := s.world.work.companies[r.Corp.CorpID]; corp != nil {
		s.pushWork(corp, "", xmlField{"Event", "change_external_chat"}, xmlField{"ChatId", r.Corp.ChatID}, xmlField{"ChangeType", "create"})
	}
}

// roomGone tells the company that a group was dissolved.
func (s *Server) roomGone(r *room) {
	if r.Corp == nil {
		return
	}
	if corp := s.world.work.companies[r.Corp.CorpID]; corp != nil {
		s.pushWork(corp, "", xmlField{"Event", "change_external_chat"}, xmlField{"ChatId", r.Corp.ChatID}, xmlField{"ChangeType", "dismiss"})
	}
}

// roomDay gives today's counter of a customer group. The caller holds mu and changes it at once.
func (s *Server) roomDay(r *room) *roomDay {
	now := s.Clock.Now()
	day := now.Format(time.DateOnly)
	d := r.Corp.Days[day]
	if d == nil {
		if r.Corp.Days == nil {
			r.Corp.Days = map[string]*roomDay{}
		}
		for old := range r.Corp.Days {
			if len(r.Corp.Days) >= statDays && old < now.AddDate(0, 0, -statDays).Format(time.DateOnly) {
				delete(r.Corp.Days, old)
			}
		}
		d = &roomDay{Members: len(r.Members)}
		r.Corp.Days[day] = d
	}
	s.touchRoom(r)
	return d
}

// countSaid counts a message of a member.
func (s *Server) countSaid(r *room, who string) {
	if r.Corp == nil {
		return
	}
	d := s.roomDay(r)
	if d.Messages++; !slices.Contains(d.Speakers, who) {
		d.Speakers = append(d.Speakers, who)
	}
}
