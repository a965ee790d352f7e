package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	maxMsgCustomers = 10_000
	maxMsgChats     = 2000
	maxGroupMsgs    = 20_000 // of all companies
	remindsPerDay   = 3
)

// State of one target of an 企业群发 (get_groupmsg_send_result).
const (
	sendWaiting  = 0
	sendDone     = 1
	sendStranger = 2 // the customer is no friend of the member
	sendOther    = 3 // the customer has got as many other group messages as may be
)

// groupMessage is an 企业群发: written by API, sent by members of the staff in their clients.
type groupMessage struct {
	MsgID       string          `json:"msgid"`
	CorpID      string          `json:"corpid"`
	ChatType    string          `json:"chat_type"`
	Born        time.Time       `json:"born"`
	Body        workBody        `json:"body"`
	AllowSelect bool            `json:"allow_select,omitempty"`
	Tasks       []*groupMsgTask `json:"tasks"`
	Reminds     []time.Time     `json:"reminds,omitempty"`
	Cancelled   bool            `json:"cancelled,omitempty"`
}

// groupMsgTask is one member's part of it.
type groupMsgTask struct {
	UserID  string            `json:"userid"`
	Status  int               `json:"status"` // 0, 2 sent
	Time    time.Time         `json:"time,omitzero"`
	Targets []*groupMsgTarget `json:"targets"`
}

type groupMsgTarget struct {
	Who    string    `json:"who"` // a person, or a chat_id
	Status int       `json:"status"`
	Time   time.Time `json:"time,omitzero"`
}

func (m *groupMessage) task(userID string) *groupMsgTask {
	for _, t := range m.Tasks {
		if t.UserID == userID {
			return t
		}
	}
	return nil
}

type tagFilter struct {
	Groups []struct {
		Tags []string `json:"tag_list"`
	} `json:"group_list"`
}

// fits tells whether a customer of a member has one tag of every group.
func (f *tagFilter) fits(t *tie) bool {
	for _, g := range f.Groups {
		if !slices.ContainsFunc(g.Tags, func(id string) bool { return slices.Contains(t.Tags, id) }) {
			return false
		}
	}
	return true
}

type addMsgIn struct {
	ChatType    string     `json:"chat_type"`
	Customers   []string   `json:"external_userid"`
	Chats       []string   `json:"chat_id_list"`
	TagFilter   *tagFilter `json:"tag_filter"`
	Sender      string     `json:"sender"`
	AllowSelect bool       `json:"allow_select"`
	workBody
}

// addMsgTemplate is 创建企业群发.
func (s *Server) addMsgTemplate(c *call, in *addMsgIn) {
	in.ChatType = cmp.Or(in.ChatType, "single")
	if code, text, why := in.workBody.check(s, c.corp.CorpID, maxWorkText); code != 0 {
		c.deny(code, text, "%s", why)
		return
	}
	switch {
	case in.ChatType != "single" && in.ChatType != "group":
		c.deny(40058, "invalid Request Parameter", "chat_type is single or group")
		return
	case in.ChatType == "group" && in.Sender == "":
		c.deny(40063, "some parameters are empty", "sender is required for chat_type group")
		return
	case in.ChatType == "single" && in.Sender == "" && len(in.Customers) == 0 && in.TagFilter == nil:
		c.deny(40063, "some parameters are empty", "external_userid, tag_filter or sender is required")
		return
	case len(in.Customers) > maxMsgCustomers || len(in.Chats) > maxMsgChats:
		c.deny(40058, "invalid Request Parameter", "at most 10000 customers, 2000 chats")
		return
	}
	if in.Sender != "" {
		if st := s.worker(c.corp.CorpID, in.Sender); st == nil || !st.inRange() {
			c.deny(84061, "not external contact", "%s", "sender "+in.Sender+" is no member with the right of customer contact")
			return
		}
	}
	m := &groupMessage{MsgID: "msg" + s.text(29), CorpID: c.corp.CorpID, ChatType: in.ChatType, Born: s.Clock.Now(), Body: in.workBody, AllowSelect: in.AllowSelect}
	fails := s.chooseChats(c.corp, in, m)
	if in.ChatType == "single" {
		fails = s.chooseCustomers(c.corp, in, m)
	}
	if len(m.Tasks) == 0 {
		c.deny(41048, "no customer to send", "nobody of them can be reached: unknown, no customer of the sender, or out of this month's quota")
		return
	}
	s.keepGroupMessage(m)
	c.ok(struct {
		apiError
		Fails []string `json:"fail_list"`
		MsgID string   `json:"msgid"`
	}{apiOK, fails, m.MsgID})
}

// keepGroupMessage stores a message, forgetting the oldest when there are too many, and calls the members.
func (s *Server) keepGroupMessage(m *groupMessage) {
	all := s.world.social.messages
	if len(all) >= maxGroupMsgs {
		oldest := oldestOf(all, func(x *groupMessage) time.Time { return x.Born })
		delete(all, oldest.MsgID)
		s.touchMsg(oldest)
	}
	all[m.MsgID] = m
	s.touchMsg(m)
	s.callSenders(m)
}

func (s *Server) touchMsg(m *groupMessage) { s.touch("group_message", m.MsgID) }

// callSenders tells the members who have not sent yet.
func (s *Server) callSenders(m *groupMessage) {
	for _, t := range m.Tasks {
		if t.Status == 0 {
			s.tell(staffKey(m.CorpID, t.UserID), "tasks", map[string]string{"msgid": m.MsgID})
		}
	}
}

// chooseChats gives the sender's groups to send to.
func (s *Server) chooseChats(corp *company, in *addMsgIn, m *groupMessage) []string {
	fails := []string{}
	if in.ChatType != "group" {
		return fails
	}
	t := &groupMsgTask{UserID: in.Sender}
	for _, r := range s.corpRooms(corp.CorpID, []string{in.Sender}) {
		if (len(in.Chats) == 0 || slices.Contains(in.Chats, r.Corp.ChatID)) && s.quotaLeft(corp, r.Corp.ChatID) {
			t.Targets = append(t.Targets, &groupMsgTarget{Who: r.Corp.ChatID})
		}
	}
	for _, id := range in.Chats {
		if !slices.ContainsFunc(t.Targets, func(x *groupMsgTarget) bool { return x.Who == id }) {
			fails = append(fails, id)
		}
	}
	if len(t.Targets) > 0 {
		m.Tasks = append(m.Tasks, t)
	}
	return fails
}

// chooseCustomers gives every customer to one member: the sender, or who spoke with them last.
func (s *Server) chooseCustomers(corp *company, in *addMsgIn, m *groupMessage) []string {
	fails, who := []string{}, []string{}
	for _, id := range in.Customers {
		if x := s.external(corp.CorpID, id); x != nil && len(s.senders(corp, in, x.Person)) > 0 && s.quotaLeft(corp, x.Person) {
			who = append(who, x.Person)
		} else {
			fails = append(fails, id)
		}
	}
	if len(in.Customers) == 0 {
		for _, st := range s.world.work.corpStaff[corp.CorpID] {
			for _, t := range s.ties(corp, st.UserID) {
				if (in.Sender == "" || st.UserID == in.Sender) && len(s.senders(corp, in, t.Person)) > 0 && s.quotaLeft(corp, t.Person) {
					who = append(who, t.Person)
				}
			}
		}
	}
	slices.Sort(who)
	for _, id := range slices.Compact(who) {
		sender := s.lastTalker(corp, s.senders(corp, in, id))
		t := m.task(sender.UserID)
		if t == nil {
			t = &groupMsgTask{UserID: sender.UserID}
			m.Tasks = append(m.Tasks, t)
		}
		t.Targets = append(t.Targets, &groupMsgTarget{Who: id})
	}
	slices.SortFunc(m.Tasks, func(a, b *groupMsgTask) int { return strings.Compare(a.UserID, b.UserID) })
	return fails
}

// senders are the ties through which a customer can be reached and which fit the filter.
func (s *Server) senders(corp *company, in *addMsgIn, who string) []*tie {
	return slices.DeleteFunc(slices.Clone(s.tiesOfCustomer(corp, who)), func(t *tie) bool {
		st := s.worker(corp.CorpID, t.UserID)
		return st == nil || !st.inRange() || in.Sender != "" && t.UserID != in.Sender || in.TagFilter != nil && !in.TagFilter.fits(t)
	})
}

// lastTalker is the tie in which was spoken last, else the newest.
func (s *Server) lastTalker(corp *company, ties []*tie) *tie {
	at := func(t *tie) time.Time {
		if c := s.world.chats[staffKey(corp.CorpID, t.UserID)+"|per-"+t.Person]; c != nil && len(c.msgs) > 0 {
			return c.msgs[len(c.msgs)-1].Time
		}
		return t.Since
	}
	return slices.MaxFunc(ties, func(a, b *tie) int { return cmp.Or(at(a).Compare(at(b)), a.Since.Compare(b.Since)) })
}

// received counts what a customer or a group got from a company in a month.
type received struct {
	Month string `json:"month"`
	N     int    `json:"n"`
}

func (s *Server) month() string { return s.Clock.Now().Format("2006-01") }

// quotaLeft tells whether a customer or a group may get one more 企业群发 this month. The caller holds mu.
func (s *Server) quotaLeft(corp *company, who string) bool {
	most := s.world.social.settings.GroupMsgQuota
	if most == 0 {
		now := s.Clock.Now()
		most = time.Date(now.Year(), now.Month()+1, 0, 0, 0, 0, 0, shanghai).Day()
	}
	return s.gotten(corp.CorpID+"|msg|"+who) < most
}

// gotten is the count of this month.
func (s *Server) gotten(key string) int {
	if x := s.world.social.received[key]; x != nil && x.Month == s.month() {
		return x.N
	}
	return 0
}

// gets counts one more.
func (s *Server) gets(key string) {
	x := s.world.social.received[key]
	if x == nil || x.Month != s.month() {
		x = &received{Month: s.month()}
		s.world.social.received[key] = x
	}
	x.N++
	s.touch("received", key)
}

// SendGroupMessage is the member of the staff who confirms an 企业群发 in the client. chosen names the customers (person ids) or
// chats (chat_id) to send to when the message allows to choose; none: all.
func (s *Server) SendGroupMessage(corpID, userID, msgID string, chosen ...string) error {
	if err := s.init(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, corp := s.world.social.messages[msgID], s.world.work.companies[corpID]
	if m == nil || corp == nil || m.CorpID != corpID || m.task(userID) == nil {
		return missing("group message " + msgID + " of " + userID)
	}
	t := m.task(userID)
	switch {
	case m.Cancelled:
		return refuse(http.StatusGone, "task.cancelled", "该群发已被停止", "the group message was stopped")
	case t.Status != 0:
		return refuse(http.StatusConflict, "task.done", "已经发送过了", "sent already")
	case len(chosen) > 0 && !m.AllowSelect:
		return bad("task.choose", "该群发不能选择客户", "allow_select is false")
	}
	t.Status, t.Time = 2, s.Clock.Now()
	for _, x := range t.Targets {
		if len(chosen) == 0 || slices.Contains(chosen, x.Who) {
			x.Time, x.Status = t.Time, s.sendTarget(corp, m, userID, x.Who)
		}
	}
	s.touchMsg(m)
	return nil
}

// sendTarget brings the message to one customer or group and gives the state of the send result.
func (s *Server) sendTarget(corp *company, m *groupMessage, userID, who string) int {
	if !s.quotaLeft(corp, who) {
		return sendOther
	}
	key := staffKey(corp.CorpID, userID)
	if m.ChatType == "group" {
		r := s.roomByChat(corp.CorpID, who)
		if r == nil || r.Dissolved || r.member(key) == nil {
			return sendStranger
		}
		for _, body := range m.Body.contents(s, corp.CorpID) {
			s.say(r, key, body)
		}
	} else {
		t := s.tie(corp.CorpID, userID, who)
		if t == nil || !t.open() {
			return sendStranger
		}
		for _, body := range m.Body.contents(s, corp.CorpID) {
			s.staffSays(t, body)
		}
	}
	s.gets(corp.CorpID + "|msg|" + who)
	return sendDone
}
