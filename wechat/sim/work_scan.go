package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	ownCode    = "https://u.wechat.com/u-" // what a member's own picture says, followed by its id
	maxAsks    = 100_000
	addAskLife = 30 * 24 * time.Hour
	maxHello   = 50 // characters of a request to be added
	linkCode   = "https://work.weixin.qq.com/ca/"
	cardCode   = "card"
	askIgnore  = "ignored"
)

// addAsk is a person who waits for a member of a staff to add them.
type addAsk struct {
	ID     string    `json:"id"`
	CorpID string    `json:"corpid"`
	UserID string    `json:"userid"`
	Person string    `json:"person"`
	Hello  string    `json:"hello,omitempty"`
	Ticket string    `json:"ticket"`
	Born   time.Time `json:"born"`
	State  string    `json:"state,omitempty"` // empty: waiting; added, ignored
}

// staffCard is a member of a staff as a customer's phone shows them.
type staffCard struct {
	ID       string `json:"id"` // userid@corpid
	Name     string `json:"name"`
	Avatar   string `json:"avatar"`
	Corp     string `json:"corp"`
	CorpFull string `json:"corp_full"`
	Position string `json:"position,omitempty"`
	Added    bool   `json:"added"`
	Waiting  bool   `json:"waiting"`
	ChatID   string `json:"chat_id"`
	Ticket   string `json:"ticket,omitempty"` // to add them by what was scanned
}

// card shows a member to a person. The caller holds mu.
func (s *Server) card(st *staff, who, ticket string) staffCard {
	corp := s.world.work.companies[st.CorpID]
	t := s.tie(st.CorpID, st.UserID, who)
	waiting := slices.ContainsFunc(s.asksOf(st), func(a *addAsk) bool { return a.Person == who })
	return staffCard{st.key(), st.Name, st.avatar(), corp.Name, corp.FullName, st.Position, t != nil && t.Lost.IsZero(), waiting, "stf-" + st.key(), ticket}
}

// ownText is what a member's own code says.
func (s *Server) ownText(st *staff) string {
	return ownCode + strings.TrimPrefix(s.world.workID("u", st.CorpID, st.UserID), "u")
}

// readWork understands the codes of WeCom; nil for all others. The caller holds mu.
func (s *Server) readWork(p *person, text string) map[string]any {
	expired := map[string]any{"kind": "expired", "message": "二维码已过期"}
	switch {
	case strings.HasPrefix(text, contactCode):
		w := s.world.work.ways[strings.TrimPrefix(text, contactCode)]
		if w == nil || w.expired(s.Clock.Now()) || w.UnionID != "" && w.UnionID != s.unionIDOf(s.world.work.companies[w.CorpID], p.ID) {
			return expired
		}
		if st := s.turn(w, p.ID); st != nil {
			return map[string]any{"kind": "staff", "staff": s.card(st, p.ID, w.text())}
		}
		return expired
	case strings.HasPrefix(text, ownCode):
		for _, st := range s.world.work.staff {
			if st.inRange() && s.ownText(st) == text {
				return map[string]any{"kind": "staff", "staff": s.card(st, p.ID, text)}
			}
		}
		return expired
	case strings.HasPrefix(text, linkCode):
		if st, l := s.openLink(text, p.ID); st != nil {
			s.clickLink(l, p.ID)
			return map[string]any{"kind": "staff", "staff": s.card(st, p.ID, text)}
		}
		return expired
	}
	return nil
}

// turn picks the member a contact way shows to a person: who has them already comes first, always for exclusive codes and for codes
// of one member; else it goes round. The caller holds mu.
func (s *Server) turn(w *contactWay, who string) *staff {
	corp := s.world.work.companies[w.CorpID]
	if w.IsExclusive {
		for _, t := range s.tiesOfCustomer(corp, who) {
			if st := s.worker(t.CorpID, t.UserID); st != nil && t.open() && st.inRange() {
				return st
			}
		}
	}
	users := slices.DeleteFunc(s.wayUsers(corp, w), func(st *staff) bool { return st.Person == who })
	if len(users) == 0 {
		return nil
	}
	w.Turn++
	s.touch("contact_way", w.ConfigID)
	return users[(w.Turn-1)%len(users)]
}

// Add makes a person add a member of a staff, by the text of a code or link they scanned; without one as by a card. It tells whether
// they are tied now or the member must confirm first.
func (s *Server) Add(personID, corpID, userID, text string) (added bool, err error) {
	if err := s.init(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, st := s.world.people[personID], s.worker(corpID, userID)
	if p == nil || st == nil {
		return false, missing("person or member")
	}
	return s.askToAdd(p, st, text, "")
}

// askToAdd is 「添加到通讯录」. The caller holds mu.
func (s *Server) askToAdd(p *person, st *staff, ticket, hello string) (added bool, err error) {
	corp := s.world.work.companies[st.CorpID]
	a, confirm, err := s.arrivalOf(corp, st, p, ticket)
	if err != nil {
		return false, err
	}
	if t := s.tie(st.CorpID, st.UserID, p.ID); t != nil && t.open() {
		return true, nil
	}
	if len(s.ties(corp, st.UserID)) >= or(corp.Settings.MaxCustomers, usualCustomers) {
		return false, refuse(http.StatusConflict, "staff.full", "对方客户数量已达上限", "this member has as many customers as allowed")
	}
	if t := s.tie(st.CorpID, st.UserID, p.ID); t != nil && t.Gone.IsZero() {
		confirm = false // the member never deleted them: adding again needs no word
	}
	if !confirm {
		s.arrive(corp, st, p.ID, ticket, a)
		return true, nil
	}
	for _, old := range s.asksOf(st) {
		if old.Person == p.ID {
			old.Ticket, old.Hello = ticket, hello
			s.touch("add_ask", old.ID)
			return false, nil
		}
	}
	s.forgetAsks()
	ask := &addAsk{ID: "ask" + itoa(s.next()), CorpID: st.CorpID, UserID: st.UserID, Person: p.ID, Hello: hello, Ticket: ticket, Born: s.Clock.Now()}
	s.world.work.asks[ask.ID] = ask
	s.touch("add_ask", ask.ID)
	s.tell(st.key(), "requests", struct{}{})
	return false, nil
}

func (s *Server) forgetAsks() {
	all := s.world.work.asks
	if len(all) < maxAsks {
		return
	}
	for id, a := range all {
		if a.State != "" || len(all) >= maxAsks*2 {
			delete(all, id)
			s.touch("add_ask", id)
		}
	}
}

// arrivalOf reads what a person scanned: how they arrive and whether the member confirms.
func (s *Server) arrivalOf(corp *company, st *staff, p *person, ticket string) (a arrival, confirm bool, err error) {
	gone := refuse(http.StatusGone, "code.expired", "二维码已过期", "the code is gone")
	if st.Person == p.ID {
		return a, false, refuse(http.StatusConflict, "customer.self", "不能添加自己", "a member cannot be their own customer")
	}
	if !st.inRange() {
		return a, false, refuse(http.StatusConflict, "staff.range", "对方未开通客户联系", "this member may not have customers")
	}
	switch {
	case ticket == "" || ticket == cardCode:
		return arrival{way: wayCard}, !st.Open, nil
	case strings.HasPrefix(ticket, contactCode):
		w := s.world.work.ways[strings.TrimPrefix(ticket, contactCode)]
		if w == nil || w.CorpID != corp.CorpID || w.expired(s.Clock.Now()) {
			return a, false, gone
		}
		return arrival{way: wayQR, state: w.State}, !w.SkipVerify, nil
	case ticket == s.ownText(st):
		return arrival{way: wayQR, half: st.Open}, !st.Open, nil
	case strings.HasPrefix(ticket, linkCode):
		return s.linkArrival(corp, ticket, gone)
	}
	return a, false, gone
}

// arrive opens the tie and does what the code asks for beyond that. The caller holds mu.
func (s *Server) arrive(corp *company, st *staff, who, ticket string, a arrival) *tie {
	t := s.befriend(corp, st, who, a)
	if t.Half = a.half; a.half {
		s.touchTie(t)
	}
	if strings.HasPrefix(ticket, linkCode) {
		s.linkArrived(corp, t, ticket)
	}
	w := s.world.work.ways[strings.TrimPrefix(ticket, contactCode)]
	if !strings.HasPrefix(ticket, contactCode) || w == nil || !w.IsTemp {
		return t
	}
	t.Temp, t.Ending = s.Clock.Now().Add(time.Duration(w.ChatExpiresIn)*time.Second), w.Conclusions
	s.touchTie(t)
	s.watchTemp(t)
	s.dropWay(w)
	return t
}

// asksOf lists who waits for a member, the newest first. The caller holds mu.
func (s *Server) asksOf(st *staff) []*addAsk {
	var list []*addAsk
	for _, a := range s.world.work.asks {
		if a.CorpID == st.CorpID && a.UserID == st.UserID && a.State == "" && s.Clock.Now().Sub(a.Born) < addAskLife {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *addAsk) int { return b.Born.Compare(a.Born) })
	return list
}

// Confirm makes a member add everybody who waits for it, and tells how many.
func (s *Server) Confirm(corpID, userID string) (int, error) {
	if err := s.init(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.worker(corpID, userID)
	if st == nil {
		return 0, missing("member " + userID)
	}
	n := 0
	for _, a := range s.asksOf(st) {
		if s.accept(st, a) == nil {
			n++
		}
	}
	return n, nil
}

// accept is 「通过验证」 in the member's WeCom. The caller holds mu.
func (s *Server) accept(st *staff, ask *addAsk) error {
	corp := s.world.work.companies[st.CorpID]
	a, _, err := s.arrivalOf(corp, st, s.world.people[ask.Person], ask.Ticket)
	if err != nil { // the code went while the person waited: they come all the same
		a = arrival{way: wayQR}
	}
	a.half = false
	ask.State = "added"
	s.touch("add_ask", ask.ID)
	s.arrive(corp, st, ask.Person, ask.Ticket, a)
	s.tell(st.key(), "requests", struct{}{})
	return nil
}

// confirmHalf tells the applications that a member who lets people in without a word has now confirmed one. The caller holds mu.
func (s *Server) confirmHalf(t *tie) {
	if !t.Half {
		return
	}
	t.Half = false
	s.touchTie(t)
	corp := s.world.work.companies[t.CorpID]
	s.pushWork(corp, t.Person, s.arrivalEvent(corp, t, "add_external_contact", false)...)
}

// workCodes are the codes of WeCom that hang on other screens. The caller holds mu.
func (s *Server) workCodes(add func(v codeView, until time.Time)) {
	for _, w := range s.world.work.ways {
		corp := s.world.work.companies[w.CorpID]
		if w.Scene != 2 || w.expired(s.Clock.Now()) {
			continue
		}
		until := time.Time{}
		if w.IsTemp {
			until = w.Born.Add(time.Duration(w.ExpiresIn) * time.Second)
		}
		title := strings.TrimSpace("联系我 · " + strings.TrimSpace(w.Remark+" "+w.State))
		add(codeView{ID: "way-" + w.ConfigID, Kind: "staff", Title: corp.Name, Subtitle: strings.TrimSuffix(title, " ·"), Text: w.text(), Time: w.Born}, until)
	}
	for _, st := range s.world.work.staff {
		if st.inRange() && st.Person != "" {
			add(codeView{ID: "stf-" + st.key(), Kind: "staff", Title: st.Name, Subtitle: "企业微信名片 · " + s.corpName(st.key()), Text: s.ownText(st), Time: st.Born}, time.Time{})
		}
	}
}
