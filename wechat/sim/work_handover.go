package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	handoverWait  = 24 * time.Hour
	handoverSpan  = 90 * 24 * time.Hour
	handoverTimes = 2
	maxHandover   = 100
)

// States of a transfer, as transfer_result tells them.
const (
	handoverDone    = 1
	handoverWaiting = 2
	handoverRefused = 3
	handoverFull    = 4
)

// transfer hands a customer from one member to another; it happens by itself a day later unless the customer refuses.
type handover struct {
	CorpID   string    `json:"corpid"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	Person   string    `json:"person"`
	Resigned bool      `json:"resigned,omitempty"`
	Message  string    `json:"message,omitempty"`
	Born     time.Time `json:"born"`
	State    int       `json:"state"`
	Done     time.Time `json:"done,omitzero"`
}

func (m *handover) key() string { return m.CorpID + "|" + m.From + "|" + m.Person }

type handoverInput struct {
	From     string   `json:"handover_userid"`
	To       string   `json:"takeover_userid"`
	External []string `json:"external_userid"`
	Message  string   `json:"transfer_success_msg"`
	Cursor   string   `json:"cursor"`
}

type handoverAnswer struct {
	External string `json:"external_userid"`
	Code     int    `json:"errcode"`
}

// handoverCustomer answers 分配在职成员的客户 and, resigned, 分配离职成员的客户.
func (s *Server) handoverCustomer(resigned bool) func(*call) {
	return func(c *call) {
		var in handoverInput
		if !c.json(&in) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.handoverParties(c, &in, resigned) {
			return
		}
		switch {
		case len(in.External) == 0:
			c.fail(41035, "missing external userid")
			return
		case len(in.External) > maxHandover:
			c.invalid("external_userid takes %d customers", maxHandover)
			return
		case tooLong(in.Message, 200):
			c.invalid("transfer_success_msg takes 200 characters")
			return
		}
		rows := []handoverAnswer{}
		for _, id := range in.External {
			rows = append(rows, handoverAnswer{id, s.startHandover(c.corp, &in, id, resigned)})
		}
		c.ok(struct {
			apiError
			List []handoverAnswer `json:"customer"`
		}{apiOK, rows})
	}
}

// handoverParties checks who gives and who takes; on failure it has answered.
func (s *Server) handoverParties(c *call, in *handoverInput, resigned bool) bool {
	from := s.world.work.staff[staffKey(c.corp.CorpID, in.From)]
	if from == nil {
		c.deny(60111, "userid not found", "handover_userid %q is unknown", in.From)
		return false
	}
	if resigned == from.Left.IsZero() {
		if resigned {
			c.fail(40097, "user has not resigned")
		} else {
			c.deny(60111, "userid not found", "%s has left: use resigned/transfer_customer", in.From)
		}
		return false
	}
	to := c.workerOf(in.To)
	if to == nil {
		return false
	}
	if in.From == in.To {
		c.fail(40130, "handover_userid and takeover_userid are the same")
		return false
	}
	if !to.inRange() {
		c.deny(84074, "no external contact privilege", "%s may not have customers (no_contact)", in.To)
		return false
	}
	return true
}

// startHandover begins one transfer and gives its code. The caller holds mu.
func (s *Server) startHandover(corp *company, in *handoverInput, externalID string, resigned bool) int {
	known := s.external(corp.CorpID, externalID)
	if known == nil {
		return 40096
	}
	t := s.tie(corp.CorpID, in.From, known.Person)
	if t == nil || !t.Gone.IsZero() {
		return 40131
	}
	m := &handover{CorpID: corp.CorpID, From: in.From, To: in.To, Person: known.Person, Resigned: resigned, Message: in.Message, Born: s.Clock.Now(), State: handoverWaiting}
	if old := s.world.work.moves[m.key()]; old != nil && old.State == handoverWaiting {
		return 40129
	}
	if n := len(slices.DeleteFunc(slices.Clone(known.Moves), func(at time.Time) bool { return at.Before(m.Born.Add(-handoverSpan)) })); !resigned && n >= handoverTimes {
		return 40128
	}
	if len(s.ties(corp, in.To)) >= or(corp.Settings.MaxCustomers, usualCustomers) {
		return 40099
	}
	if !resigned {
		known.Moves = append(known.Moves, m.Born)
		s.touch("customer", corp.CorpID+"|"+known.Person)
	}
	s.world.work.moves[m.key()] = m
	s.touch("handover", m.key())
	s.watchHandover(m)
	s.tell(m.Person, "handovers", struct{}{})
	return 0
}

func (s *Server) watchHandover(m *handover) {
	key, born := m.key(), m.Born
	s.Clock.schedule(born.Add(handoverWait), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if m := s.world.work.moves[key]; m != nil && m.State == handoverWaiting && m.Born.Equal(born) {
			s.finishHandover(m)
		}
	})
}

// finishHandover hands the customer over. The caller holds mu.
func (s *Server) finishHandover(m *handover) {
	corp, to := s.world.work.companies[m.CorpID], s.worker(m.CorpID, m.To)
	old := s.tie(m.CorpID, m.From, m.Person)
	if to == nil || old == nil || !old.Gone.IsZero() || len(s.ties(corp, m.To)) >= or(corp.Settings.MaxCustomers, usualCustomers) {
		s.failHandover(m, handoverFull, "customer_limit_exceed")
		return
	}
	m.State, m.Done = handoverDone, s.Clock.Now()
	s.touch("handover", m.key())
	s.staffDeletes(corp, old, "DELETE_BY_TRANSFER")
	old.Lost = old.Gone
	kept := *old
	t := s.tie(m.CorpID, m.To, m.Person)
	if t == nil || !t.open() {
		t = s.befriend(corp, to, m.Person, arrival{way: wayAssigned, state: kept.State, oper: m.From})
	}
	t.Remark, t.Description, t.RemarkCorp, t.Mobiles, t.Picture = kept.Remark, kept.Description, kept.RemarkCorp, kept.Mobiles, kept.Picture
	t.mark(kept.Tags, nil)
	s.touchTie(t)
	text := m.Message
	if text == "" {
		text = "您好，您的服务已升级，后续将由我的同事" + to.Name + "@" + corp.Name + "接替我的工作，继续为您服务。"
	}
	s.greetTie(t, content{Type: "text", Text: text})
}

func (s *Server) failHandover(m *handover, state int, reason string) {
	m.State, m.Done = state, s.Clock.Now()
	s.touch("handover", m.key())
	fields := []xmlField{{"Event", "change_external_contact"}, {"ChangeType", "transfer_fail"}, {"FailReason", reason}, {"UserID", m.To},
		{"ExternalUserID", s.customer(m.CorpID, m.Person).ExternalID}}
	s.pushWork(s.world.work.companies[m.CorpID], m.Person, fields...)
	s.tell(m.Person, "handovers", struct{}{})
}

// RefuseHandover makes a customer refuse every transfer that waits, and tells how many there were.
func (s *Server) RefuseHandover(personID string) (int, error) {
	if err := s.init(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, m := range s.world.work.moves {
		if m.Person == personID && m.State == handoverWaiting {
			s.failHandover(m, handoverRefused, "customer_refused")
			n++
		}
	}
	return n, nil
}

func (s *Server) handoverResult(resigned bool) func(*call) {
	return func(c *call) {
		var in handoverInput
		if !c.json(&in) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.handoverParties(c, &in, resigned) {
			return
		}
		var all []*handover
		for _, m := range s.world.work.moves {
			if m.CorpID == c.corp.CorpID && m.From == in.From && m.To == in.To && m.Resigned == resigned {
				all = append(all, m)
			}
		}
		slices.SortFunc(all, func(a, b *handover) int { return cmp.Or(a.Born.Compare(b.Born), strings.Compare(a.Person, b.Person)) })
		page, next, ok := pageOf(all, in.Cursor, 1000)
		if !ok {
			c.invalid("cursor is not one that was given")
			return
		}
		type row struct {
			External string `json:"external_userid"`
			State    int    `json:"status"`
			At       int64  `json:"takeover_time"`
		}
		rows := []row{}
		for _, m := range page {
			at := int64(0)
			if m.State == handoverDone {
				at = m.Done.Unix()
			}
			rows = append(rows, row{s.customer(m.CorpID, m.Person).ExternalID, m.State, at})
		}
		c.ok(struct {
			apiError
			List []row  `json:"customer"`
			Next string `json:"next_cursor"`
		}{apiOK, rows, next})
	}
}

// unassigned answers 获取待分配的离职成员列表.
func (s *Server) unassigned(c *call) {
	var in struct {
		Cursor string `json:"cursor"`
		Size   int    `json:"page_size"`
	}
	if len(c.body) > 0 && !c.json(&in) || !c.limitIn(&in.Size, 1000, 1000) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	type row struct {
		From     string `json:"handover_userid"`
		External string `json:"external_userid"`
		Left     int64  `json:"dimission_time"`
	}
	var all []row
	for _, st := range s.world.work.corpStaff[c.corp.CorpID] {
		if st.Left.IsZero() {
			continue
		}
		for _, t := range s.ties(c.corp, st.UserID) {
			if m := s.world.work.moves[t.key()]; m == nil || m.State != handoverWaiting {
				all = append(all, row{st.UserID, s.customer(t.CorpID, t.Person).ExternalID, st.Left.Unix()})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Compare(b.Left, a.Left) })
	page, next, ok := pageOf(all, in.Cursor, in.Size)
	if !ok {
		c.invalid("cursor is not one that was given")
		return
	}
	c.ok(struct {
		apiError
		Info []row  `json:"info"`
		Last bool   `json:"is_last"`
		Next string `json:"next_cursor"`
	}{apiOK, page, next == "", next})
}

func (s *Server) handoverEndpoints() []endpoint {
	post := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightContact, f) }
	const at = "/cgi-bin/externalcontact/"
	return []endpoint{
		{Pattern: at + "transfer_customer", Title: "分配在职成员的客户", Fidelity: Full, serve: post(s.handoverCustomer(false))},
		{Pattern: at + "transfer_result", Title: "查询客户接替状态（在职）", Fidelity: Full, serve: post(s.handoverResult(false))},
		{Pattern: at + "resigned/transfer_customer", Title: "分配离职成员的客户", Fidelity: Full, serve: post(s.handoverCustomer(true))},
		{Pattern: at + "resigned/transfer_result", Title: "查询客户接替状态（离职）", Fidelity: Full, serve: post(s.handoverResult(true))},
		{Pattern: at + "get_unassigned_list", Title: "获取待分配的离职成员列表", Fidelity: Full, serve: post(s.unassigned)},
		{Pattern: at + "get_user_behavior_data", Title: "获取「联系客户统计」数据", Fidelity: Full, serve: post(s.behaviour)},
	}
}
