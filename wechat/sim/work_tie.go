package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Ways a customer came (添加客户的来源, document 客户来源定义).
const (
	wayUnknown     = 0
	wayQR          = 1
	wayCard        = 3
	wayGroup       = 4
	wayAcquisition = 16
	wayShared      = 201
	wayAssigned    = 202
)

// workID derives a stable 32-character id that begins with prefix, such as an external_userid.
func (w *world) workID(prefix string, parts ...string) string {
	mac := hmac.New(sha256.New, []byte(w.meta.Seed))
	mac.Write([]byte(prefix + "\x00" + strings.Join(parts, "\x00")))
	return prefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:30]
}

// customer gives a person as a company knows them, making them known. The caller holds mu.
func (s *Server) customer(corpID, who string) *customer {
	key := corpID + "|" + who
	c := s.world.work.customers[key]
	if c == nil {
		c = &customer{CorpID: corpID, Person: who, ExternalID: s.world.workID("wm", corpID, who), Born: s.Clock.Now()}
		s.world.work.customers[key] = c
		s.world.work.externals[corpID+"|"+c.ExternalID] = c
		s.touch("customer", key)
	}
	return c
}

// ExternalUserID is a person's id at a company; asking for it makes them known to it.
func (s *Server) ExternalUserID(corpID, personID string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.work.companies[corpID] == nil || s.world.people[personID] == nil {
		return "", missing("company or person")
	}
	return s.customer(corpID, personID).ExternalID, nil
}

// external finds a customer by external_userid, nil if the company has none such. The caller holds mu.
func (s *Server) external(corpID, externalID string) *customer {
	return s.world.work.externals[corpID+"|"+externalID]
}

// tie finds what a member and a person know of each other, nil if nothing. The caller holds mu.
func (s *Server) tie(corpID, userID, who string) *tie {
	return s.world.work.ties[corpID+"|"+userID+"|"+who]
}

// tieOf finds the tie to an external_userid that the company's lists show, nil if there is none. The caller holds mu.
func (s *Server) tieOf(corp *company, userID, externalID string) *tie {
	c := s.external(corp.CorpID, externalID)
	if c == nil {
		return nil
	}
	if t := s.tie(corp.CorpID, userID, c.Person); t != nil && t.held(corp.Settings.DropLost) {
		return t
	}
	return nil
}

func (s *Server) touchTie(t *tie) { s.touch("tie", t.key()) }

// ties lists the customers a member holds, the oldest first. The caller holds mu.
func (s *Server) ties(corp *company, userID string) []*tie {
	var list []*tie
	for _, t := range s.world.work.staffTies[staffKey(corp.CorpID, userID)] {
		if t.held(corp.Settings.DropLost) {
			list = append(list, t)
		}
	}
	return list
}

// tiesOfCustomer lists the members who hold a customer, the oldest first. The caller holds mu.
func (s *Server) tiesOfCustomer(corp *company, who string) []*tie {
	var list []*tie
	for _, t := range s.world.work.buyerTies[corp.CorpID+"|"+who] {
		if t.held(corp.Settings.DropLost) {
			list = append(list, t)
		}
	}
	return list
}

// openTie makes or renews the tie between a member and a person. Nothing is told to anybody. The caller holds mu.
func (s *Server) openTie(st *staff, who string, way int, state, oper string) *tie {
	t := s.tie(st.CorpID, st.UserID, who)
	c := s.customer(st.CorpID, who)
	if oper == "" {
		oper = c.ExternalID
	}
	if t == nil {
		t = &tie{CorpID: st.CorpID, UserID: st.UserID, Person: who}
		s.world.work.ties[t.key()] = t
		t.Since = s.Clock.Now()
		s.world.work.indexTie(t)
	}
	if !t.Gone.IsZero() { // the staff member forgot everything about them
		*t = tie{CorpID: t.CorpID, UserID: t.UserID, Person: t.Person, Since: s.Clock.Now()}
	}
	t.AddWay, t.State, t.OperUserID, t.Gone, t.Lost, t.Temp = way, state, oper, time.Time{}, time.Time{}, time.Time{}
	s.touchTie(t)
	return t
}

// AddCustomer ties a person to a member of the staff as if they had added each other in the clients (add_way 13, WeChat friend),
// with its event and welcome code. It gives the external_userid. Nothing happens when the tie is open already.
func (s *Server) AddCustomer(corpID, userID, personID string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, corp := s.worker(corpID, userID), s.world.work.companies[corpID]
	if st == nil || s.world.people[personID] == nil {
		return "", missing("member or person")
	}
	if st.Person == personID {
		return "", refuse(http.StatusConflict, "customer.self", "不能添加自己", "a member cannot be their own customer")
	}
	if t := s.tie(corpID, userID, personID); t == nil || !t.open() {
		s.befriend(corp, st, personID, arrival{way: 13})
	}
	return s.customer(corpID, personID).ExternalID, nil
}

// unionIDOf is a customer's unionid for a company that is bound to the open platform.
func (s *Server) unionIDOf(corp *company, who string) string {
	if corp.Subject == "" {
		return ""
	}
	return s.world.derive("unionid", corp.Subject, who)
}

// inRange tells whether a member may have customers.
func (st *staff) inRange() bool { return st.Left.IsZero() && !st.NoContact }

// membersOf lists the members in the given departments and below, once each, by birth. The caller holds mu.
func (s *Server) membersOf(corp *company, departments []int64) []*staff {
	below := corp.below(departments)
	var list []*staff
	for _, st := range s.world.work.corpStaff[corp.CorpID] {
		if st.Left.IsZero() && slices.ContainsFunc(st.Departments, func(id int64) bool { return below[id] }) {
			list = append(list, st)
		}
	}
	return list
}

// below gives the departments and everything under them.
func (c *company) below(ids []int64) map[int64]bool {
	found := map[int64]bool{}
	for _, id := range ids {
		found[id] = true
	}
	for grown := true; grown; {
		grown = false
		for _, d := range c.Departments {
			if found[d.ParentID] && d.ID != 1 && !found[d.ID] {
				found[d.ID], grown = true, true
			}
		}
	}
	return found
}
