package sim

import "time"

// workDay is what one member of the staff did with customers on one day, Shanghai time.
type workDay struct {
	CorpID      string               `json:"corpid"`
	UserID      string               `json:"userid"`
	Day         string               `json:"day"`
	NewApplies  int                  `json:"new_applies,omitempty"`  // requests the member made to people
	NewContacts int                  `json:"new_contacts,omitempty"` // ties made
	Lost        int                  `json:"lost,omitempty"`         // customers who deleted or blocked the member
	Messages    int                  `json:"messages,omitempty"`     // the member sent in single chats
	Chats       map[string]bool      `json:"chats,omitempty"`        // people the member spoke with
	Asked       map[string]bool      `json:"asked,omitempty"`        // people who began to speak; true: the member answered that day
	FirstAsked  map[string]time.Time `json:"first_asked,omitempty"`  // of those still waiting
	WaitSeconds int64                `json:"wait_seconds,omitempty"` // until the first answers, in all
	Answers     int                  `json:"answers,omitempty"`
}

// workDay gives the counter of today; the caller, who holds mu, changes it at once.
func (s *Server) workDay(st *staff) *workDay {
	day := s.Clock.Now().Format(time.DateOnly)
	key := st.CorpID + "|" + st.UserID + "|" + day
	d := s.world.work.days[key]
	if d == nil {
		d = &workDay{CorpID: st.CorpID, UserID: st.UserID, Day: day}
		s.world.work.days[key] = d
	}
	for _, m := range []*map[string]bool{&d.Chats, &d.Asked} {
		if *m == nil {
			*m = map[string]bool{}
		}
	}
	if d.FirstAsked == nil {
		d.FirstAsked = map[string]time.Time{}
	}
	s.touch("work_day", key)
	return d
}

// countStaff counts a message of a member to a customer. The caller holds mu.
func (s *Server) countStaff(t *tie) {
	s.talked(t)
	st := s.world.work.staff[staffKey(t.CorpID, t.UserID)]
	d := s.workDay(st)
	d.Messages++
	d.Chats[t.Person] = true
	if asked, ok := d.FirstAsked[t.Person]; ok {
		d.WaitSeconds += int64(s.Clock.Now().Sub(asked) / time.Second)
		d.Answers++
		d.Asked[t.Person] = true
		delete(d.FirstAsked, t.Person)
	}
}

// countCustomer counts a message of a customer to a member: a day's first word begins a conversation that waits for an answer.
// The caller holds mu.
func (s *Server) countCustomer(t *tie) {
	s.talked(t)
	d := s.workDay(s.world.work.staff[staffKey(t.CorpID, t.UserID)])
	if _, known := d.Asked[t.Person]; !known && !d.Chats[t.Person] {
		d.Asked[t.Person] = false
		d.FirstAsked[t.Person] = s.Clock.Now()
	}
}

func (s *Server) talked(t *tie) {
	if !t.Talked {
		t.Talked = true
		s.touchTie(t)
	}
}
