package sim

import (
	"net/http"
	"time"
)

const (
	welcomeLife = 20 // seconds, document 发送新客户欢迎语
	maxWelcomes = 10_000
)

// welcome is the right to greet a new customer once.
type welcome struct {
	Code   string    `json:"code"`
	CorpID string    `json:"corpid"`
	UserID string    `json:"userid"`
	Person string    `json:"person"`
	Until  time.Time `json:"until"`
	Used   bool      `json:"used,omitempty"`
}

// arrival is how a customer comes to a member of the staff.
type arrival struct {
	way   int    // add_way
	state string // of the contact way or acquisition link
	oper  string // userid or external_userid of who added; empty: the customer
	half  bool   // the member's own 免验证: the member has not confirmed yet
	greet content
}

// befriend opens the tie in both clients and tells the company's applications, with a welcome code where one is due. The caller
// holds mu.
func (s *Server) befriend(corp *company, st *staff, who string, a arrival) *tie {
	t := s.openTie(st, who, a.way, a.state, a.oper)
	t.Talked, t.Greeted = false, false
	s.workDay(st).NewContacts++
	s.deliver(who, "stf-"+st.key(), "system", "", content{Type: "system", Text: "你已添加了" + st.Name + "，现在可以开始聊天了。"})
	if st.Person != "" {
		s.deliver(st.key(), "per-"+who, "system", "", content{Type: "system", Text: "你已添加了" + s.world.people[who].Name + "，现在可以开始聊天了。"})
	}
	change := "add_external_contact"
	if a.half {
		change = "add_half_external_contact"
	}
	s.pushWork(corp, who, s.arrivalEvent(corp, t, change, !t.Talked && !t.Greeted)...)
	s.tell(who, "contacts", struct{}{})
	s.tell(st.key(), "contacts", struct{}{})
	return t
}

// arrivalEvent is the event of a new customer; greet adds a welcome code. The caller holds mu.
func (s *Server) arrivalEvent(corp *company, t *tie, change string, greet bool) []xmlField {
	fields := append(s.contactEvent(t, change), xmlField{"State", t.State})
	if t.State == "" {
		fields = fields[:len(fields)-1]
	}
	if greet && !corp.Settings.ConsoleWelcome {
		fields = append(fields, xmlField{"WelcomeCode", s.newWelcome(corp, t).Code})
	}
	return fields
}

// contactEvent is what every change_external_contact begins with.
func (s *Server) contactEvent(t *tie, change string) []xmlField {
	return []xmlField{{"Event", "change_external_contact"}, {"ChangeType", change}, {"UserID", t.UserID}, {"ExternalUserID", s.customer(t.CorpID, t.Person).ExternalID}}
}

func (s *Server) newWelcome(corp *company, t *tie) *welcome {
	now := s.Clock.Now()
	if all := s.world.work.welcomes; len(all) >= maxWelcomes {
		for code, w := range all {
			if now.After(w.Until.Add(time.Hour)) || len(all) >= 2*maxWelcomes {
				delete(all, code)
				s.touch("welcome", code)
			}
		}
	}
	life := time.Duration(or(corp.Settings.WelcomeSeconds, welcomeLife)) * time.Second
	w := &welcome{Code: s.pick(43, letters+"-_"), CorpID: t.CorpID, UserID: t.UserID, Person: t.Person, Until: now.Add(life)}
	s.world.work.welcomes[w.Code] = w
	s.touch("welcome", w.Code)
	return w
}

// staffDeletes takes a customer out of a member's contacts, as in the client. source is empty or DELETE_BY_TRANSFER. The caller
// holds mu.
func (s *Server) staffDeletes(corp *company, t *tie, source string) {
	t.Gone = s.Clock.Now()
	s.touchTie(t)
	fields := s.contactEvent(t, "del_external_contact")
	if source != "" {
		fields = append(fields, xmlField{"Source", source})
	}
	s.pushWork(corp, t.Person, fields...)
	s.tell(staffKey(t.CorpID, t.UserID), "contacts", struct{}{})
}

// customerDeletes is a customer who deletes a member of the staff. The caller holds mu.
func (s *Server) customerDeletes(corp *company, t *tie) {
	t.Lost = s.Clock.Now()
	s.touchTie(t)
	if st := s.worker(t.CorpID, t.UserID); st != nil {
		s.workDay(st).Lost++
	}
	if t.Gone.IsZero() {
		s.pushWork(corp, t.Person, s.contactEvent(t, "del_follow_user")...)
	}
	s.tell(t.Person, "contacts", struct{}{})
}

// staffSays puts a message of a member into both clients; it tells whether the customer got it. The caller holds mu.
func (s *Server) staffSays(t *tie, body content) (*message, bool) {
	key := staffKey(t.CorpID, t.UserID)
	m := s.deliver(key, "per-"+t.Person, "staff", key, body)
	if !t.open() {
		s.deliver(key, "per-"+t.Person, "system", "", content{Type: "system", Text: s.world.people[t.Person].Name + "开启了联系人验证，你还不是他（她）的联系人。"})
		return m, false
	}
	s.deliver(t.Person, "stf-"+key, "staff", key, body)
	s.confirmHalf(t)
	s.countStaff(t)
	return m, true
}

// customerSays puts a message of a customer into both clients; it tells whether the member got it. The caller holds mu.
func (s *Server) customerSays(t *tie, body content) (*message, bool) {
	key := staffKey(t.CorpID, t.UserID)
	m := s.deliver(t.Person, "stf-"+key, "person", t.Person, body)
	if !t.open() {
		s.deliver(t.Person, "stf-"+key, "system", "", content{Type: "system", Text: "消息已发出，但被对方拒收了。"})
		return m, false
	}
	s.deliver(key, "per-"+t.Person, "person", t.Person, body)
	s.countCustomer(t)
	return m, true
}

// workSend sends what somebody wrote in a chat between a member of a staff and a customer; nil, nil: it is no such chat. who is the
// phone or the WeCom it is written in. The caller holds mu.
func (s *Server) workSend(who, kind, other string, body content) (*message, error) {
	st := s.member(who)
	switch {
	case kind == "corpapp" && st != nil:
		return s.writeToApp(st, other, body)
	case kind == "corpapp" || kind == "robot":
		return nil, bad("message.robot", "这里不能发消息", "this chat takes no messages")
	case kind == "staff" && st != nil:
		return s.colleagueSays(st, other, body)
	case kind == "staff":
		st = s.member(other)
		if t := s.tie(st.CorpID, st.UserID, who); t != nil {
			m, _ := s.customerSays(t, body)
			return m, nil
		}
	case kind == "person" && st != nil:
		if t := s.tie(st.CorpID, st.UserID, other); t != nil {
			m, _ := s.staffSays(t, body)
			return m, nil
		}
	default:
		return nil, nil
	}
	return nil, refuse(http.StatusConflict, "work.stranger", "你们还不是联系人", "these two have never added each other")
}

// colleagueSays is a message between two members of one company.
func (s *Server) colleagueSays(st *staff, other string, body content) (*message, error) {
	to := s.member(other)
	if to == nil || to.CorpID != st.CorpID || to == st {
		return nil, missing("colleague " + other)
	}
	s.deliver(to.key(), "stf-"+st.key(), "staff", st.key(), body)
	return s.deliver(st.key(), "stf-"+to.key(), "staff", st.key(), body), nil
}

func (s *Server) sentView(c *chat, m *message, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return s.messageView(c, m), nil
}
