package sim

import (
	"math"
	"slices"
	"time"
)

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

const maxBehaviourDays = 30

// behaviour answers 获取「联系客户统计」数据: a row a day, of all members asked for together.
func (s *Server) behaviour(c *call) {
	var in struct {
		Users   []string `json:"userid"`
		Parties []int64  `json:"partyid"`
		Start   int64    `json:"start_time"`
		End     int64    `json:"end_time"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	users, ok := s.askedMembers(c, in.Users, in.Parties)
	if !ok {
		return
	}
	first := dayOf(time.Unix(in.Start, 0).In(shanghai))
	last := dayOf(time.Unix(in.End, 0).In(shanghai))
	if in.Start <= 0 || last.Before(first) || last.Sub(first) >= maxBehaviourDays*24*time.Hour || s.Clock.Now().Sub(first) > 180*24*time.Hour {
		c.invalid("start_time and end_time may be 30 days apart, within the last 180 days")
		return
	}
	rows := []behaviourRow{}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		if day.After(s.Clock.Now()) {
			break
		}
		rows = append(rows, s.behaviourOf(c.corp.CorpID, users, day))
	}
	c.ok(struct {
		apiError
		Rows []behaviourRow `json:"behavior_data"`
	}{apiOK, rows})
}

func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, shanghai)
}

// askedMembers gathers userids and the members of departments; on failure it has answered.
func (s *Server) askedMembers(c *call, users []string, parties []int64) ([]string, bool) {
	if len(users)+len(parties) == 0 || len(users) > 100 || len(parties) > 100 {
		c.invalid("userid and partyid take 100 together with at least one")
		return nil, false
	}
	for _, id := range users {
		if c.workerOf(id) == nil {
			return nil, false
		}
	}
	for _, st := range s.membersOf(c.corp, parties) {
		if !slices.Contains(users, st.UserID) {
			users = append(users, st.UserID)
		}
	}
	return users, true
}

type behaviourRow struct {
	Time        int64   `json:"stat_time"`
	Chats       int     `json:"chat_cnt"`
	Messages    int     `json:"message_cnt"`
	Replied     float64 `json:"reply_percentage,omitempty"`
	ReplyTime   int64   `json:"avg_reply_time,omitempty"` // minutes
	Lost        int     `json:"negative_feedback_cnt"`
	NewApplies  int     `json:"new_apply_cnt"`
	NewContacts int     `json:"new_contact_cnt"`
}

func (s *Server) behaviourOf(corpID string, users []string, day time.Time) behaviourRow {
	row := behaviourRow{Time: day.Unix()}
	asked, answered, waited, answers := 0, 0, int64(0), int64(0)
	for _, id := range users {
		d := s.world.work.days[corpID+"|"+id+"|"+day.Format(time.DateOnly)]
		if d == nil {
			continue
		}
		row.Chats += len(d.Chats)
		row.Messages += d.Messages
		row.Lost += d.Lost
		row.NewApplies += d.NewApplies
		row.NewContacts += d.NewContacts
		asked += len(d.Asked)
		for _, done := range d.Asked {
			if done {
				answered++
			}
		}
		waited += d.WaitSeconds
		answers += int64(d.Answers)
	}
	if asked > 0 {
		row.Replied = math.Round(float64(answered)*10000/float64(asked)) / 100
	}
	if answers > 0 {
		row.ReplyTime = (waited/answers + 59) / 60
	}
	return row
}
