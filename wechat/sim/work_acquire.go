package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxLinks       = 100_000
	maxLinkName    = 30 // characters
	usualLinkQuota = 10_000
	usualCustomers = 20_000
)

// acquireLink is a link of 获客助手.
type acquireLink struct {
	ID         string         `json:"link_id"`
	CorpID     string         `json:"corpid"`
	Name       string         `json:"link_name"`
	Range      acquireRange   `json:"range"`
	SkipVerify bool           `json:"skip_verify"`
	MarkSource bool           `json:"mark_source"`
	Born       time.Time      `json:"born"`
	Turn       int            `json:"turn,omitempty"`
	Clicks     []acquireClick `json:"clicks,omitempty"` // who opened it first, and when
	Came       []acquireCame  `json:"came,omitempty"`
}

type acquireRange struct {
	Users       []string `json:"user_list,omitempty"`
	Departments []int64  `json:"department_list,omitempty"`
}

type acquireClick struct {
	Person string    `json:"person"`
	At     time.Time `json:"at"`
}

type acquireCame struct {
	Person string    `json:"person"`
	UserID string    `json:"userid"`
	State  string    `json:"state,omitempty"`
	At     time.Time `json:"at"`
}

func (l *acquireLink) url() string { return linkCode + l.ID }

func (s *Server) touchLink(l *acquireLink) { s.touch("acquire_link", l.ID) }

// linkOf reads a link's address: the link and its customer_channel. The caller holds mu.
func (s *Server) linkOf(text string) (*acquireLink, string) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, ""
	}
	channel := u.Query().Get("customer_channel")
	if len(channel) > 64 {
		channel = ""
	}
	return s.world.work.links[strings.TrimPrefix(u.Path, "/ca/")], channel
}

// openLink picks the member a link shows to a person, nil when there is nobody. The caller holds mu.
func (s *Server) openLink(text, who string) (*staff, *acquireLink) {
	l, _ := s.linkOf(text)
	if l == nil || s.linkBalance(s.world.work.companies[l.CorpID]) <= 0 {
		return nil, nil
	}
	users := s.wayUsers(s.world.work.companies[l.CorpID], &contactWay{User: l.Range.Users, Party: l.Range.Departments})
	users = slices.DeleteFunc(users, func(st *staff) bool { return st.Person == who })
	for _, st := range users {
		if t := s.tie(st.CorpID, st.UserID, who); t != nil && t.open() {
			return st, l
		}
	}
	if len(users) == 0 {
		return nil, nil
	}
	l.Turn++
	s.touchLink(l)
	return users[(l.Turn-1)%len(users)], l
}

func (s *Server) clickLink(l *acquireLink, who string) {
	if !slices.ContainsFunc(l.Clicks, func(c acquireClick) bool { return c.Person == who }) {
		l.Clicks = append(l.Clicks, acquireClick{who, s.Clock.Now()})
		s.touchLink(l)
	}
}

// linkArrival is how a person comes by a link: its customer_channel is the State.
func (s *Server) linkArrival(corp *company, ticket string, gone error) (a arrival, confirm bool, err error) {
	l, channel := s.linkOf(ticket)
	if l == nil || l.CorpID != corp.CorpID {
		return a, false, gone
	}
	return arrival{way: wayAcquisition, state: channel}, !l.SkipVerify, nil
}

// linkArrived notes a customer a link has brought; it costs one of the company's quota. The caller holds mu.
func (s *Server) linkArrived(corp *company, t *tie, ticket string) {
	l, channel := s.linkOf(ticket)
	if l == nil {
		return
	}
	l.Came = append(l.Came, acquireCame{t.Person, t.UserID, channel, s.Clock.Now()})
	s.touchLink(l)
	corp.LinkUsed++
	s.touchCompany(corp)
	t.Link = l.ID
	s.touchTie(t)
}

func (s *Server) linkBalance(corp *company) int {
	return max(or(corp.Settings.AcquisitionLeft, usualLinkQuota), 0) - corp.LinkUsed
}

type linkView struct {
	ID      string `json:"link_id"`
	Name    string `json:"link_name"`
	URL     string `json:"url"`
	Created int64  `json:"create_time"`
}

func (l *acquireLink) view() linkView { return linkView{l.ID, l.Name, l.url(), l.Born.Unix()} }

type linkInput struct {
	ID         string        `json:"link_id"`
	Name       *string       `json:"link_name"`
	Range      *acquireRange `json:"range"`
	SkipVerify *bool         `json:"skip_verify"`
	MarkSource *bool         `json:"mark_source"`
}

// fillLink lays what was given over l and checks it; on failure it has answered and l is spoilt.
func (s *Server) fillLink(c *call, l *acquireLink, in *linkInput) bool {
	set(&l.Name, in.Name)
	set(&l.Range, in.Range)
	set(&l.SkipVerify, in.SkipVerify)
	set(&l.MarkSource, in.MarkSource)
	if l.Name == "" || tooLong(l.Name, maxLinkName) {
		c.invalid("link_name takes 1 to 30 characters")
		return false
	}
	w := &contactWay{Type: 2, User: l.Range.Users, Party: l.Range.Departments}
	if len(w.User)+len(w.Party) == 0 || len(w.User) > 500 || len(w.Party) > 500 {
		c.invalid("range needs 1 to 500 users or departments")
		return false
	}
	return s.wayMembers(c, w)
}

func (s *Server) createLink(c *call) {
	var in linkInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &acquireLink{CorpID: c.corp.CorpID, SkipVerify: true, MarkSource: true, Born: s.Clock.Now()}
	if !s.fillLink(c, l, &in) {
		return
	}
	if len(s.world.work.links) >= maxLinks {
		c.deny(45009, "api freq out of limit", "there are too many links")
		return
	}
	l.ID = "cawcde" + s.hexLower(5)
	s.world.work.links[l.ID] = l
	s.touchLink(l)
	c.ok(struct {
		apiError
		Link linkView `json:"link"`
	}{apiOK, l.view()})
}

// acquired finds a link of the company; on failure it has answered. The caller holds mu.
func (c *call) acquired(id string) *acquireLink {
	l := c.s.world.work.links[id]
	if l == nil || l.CorpID != c.corp.CorpID {
		c.invalid("link_id %q is unknown", id)
		return nil
	}
	return l
}

func (s *Server) updateLink(c *call) {
	var in linkInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := c.acquired(in.ID)
	if l == nil {
		return
	}
	changed := *l
	if s.fillLink(c, &changed, &in) {
		*l = changed
		s.touchLink(l)
		c.ok(apiOK)
	}
}

func (s *Server) deleteLink(c *call) {
	var in linkInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := c.acquired(in.ID); l != nil {
		delete(s.world.work.links, l.ID)
		s.touchLink(l)
		c.ok(apiOK)
	}
}

func (s *Server) getLink(c *call) {
	var in linkInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := c.acquired(in.ID); l != nil {
		c.ok(struct {
			apiError
			Link       linkView     `json:"link"`
			Range      acquireRange `json:"range"`
			SkipVerify bool         `json:"skip_verify"`
			MarkSource bool         `json:"mark_source"`
		}{apiOK, l.view(), l.Range, l.SkipVerify, l.MarkSource})
	}
}

type pageInput struct {
	LinkID string `json:"link_id"`
	Limit  int    `json:"limit"`
	Cursor string `json:"cursor"`
}

func (s *Server) listLinks(c *call) {
	var in pageInput
	if len(c.body) > 0 && !c.json(&in) || !c.limitIn(&in.Limit, 100, 100) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*acquireLink
	for _, l := range s.world.work.links {
		if l.CorpID == c.corp.CorpID {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b *acquireLink) int {
		if d := a.Born.Compare(b.Born); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	page, next, ok := pageOf(all, in.Cursor, in.Limit)
	if !ok {
		c.invalid("cursor is not one that was given")
		return
	}
	ids := []string{}
	for _, l := range page {
		ids = append(ids, l.ID)
	}
	c.ok(struct {
		apiError
		List []string `json:"link_id_list"`
		Next string   `json:"next_cursor"`
	}{apiOK, ids, next})
}

func (s *Server) linkCustomers(c *call) {
	var in pageInput
	if !c.json(&in) || !c.limitIn(&in.Limit, 1000, 1000) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := c.acquired(in.LinkID)
	if l == nil {
		return
	}
	page, next, ok := pageOf(l.Came, in.Cursor, in.Limit)
	if !ok {
		c.invalid("cursor is not one that was given")
		return
	}
	type row struct {
		External string `json:"external_userid"`
		UserID   string `json:"userid"`
		Chat     int    `json:"chat_status"` // 0 the customer has not spoken, 1 they have
		State    string `json:"state"`
	}
	rows := []row{}
	for _, came := range page {
		r := row{s.customer(l.CorpID, came.Person).ExternalID, came.UserID, 0, came.State}
		if t := s.tie(l.CorpID, came.UserID, came.Person); t != nil && t.Talked {
			r.Chat = 1
		}
		rows = append(rows, r)
	}
	c.ok(struct {
		apiError
		List []row  `json:"customer_list"`
		Next string `json:"next_cursor"`
	}{apiOK, rows, next})
}

func (s *Server) linkQuota(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	type batch struct {
		Expires int64 `json:"expire_date"`
		Balance int   `json:"balance"`
	}
	left := max(s.linkBalance(c.corp), 0)
	c.ok(struct {
		apiError
		Total   int     `json:"total"`
		Balance int     `json:"balance"`
		List    []batch `json:"quota_list"`
	}{apiOK, c.corp.LinkUsed + left, left, []batch{{c.corp.Born.AddDate(1, 0, 0).Unix(), left}}})
}

func (s *Server) linkStatistic(c *call) {
	var in struct {
		LinkID string `json:"link_id"`
		Start  int64  `json:"start_time"`
		End    int64  `json:"end_time"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := c.acquired(in.LinkID)
	if l == nil {
		return
	}
	if in.Start <= 0 || in.End < in.Start || in.End-in.Start > 30*24*3600 {
		c.invalid("start_time and end_time may be 30 days apart")
		return
	}
	inside := func(at time.Time) bool { return at.Unix() >= in.Start && at.Unix() < in.End+24*3600 }
	out := struct {
		apiError
		Clicks int `json:"click_link_customer_cnt"`
		Came   int `json:"new_customer_cnt"`
	}{apiError: apiOK}
	for _, x := range l.Clicks {
		if inside(x.At) {
			out.Clicks++
		}
	}
	for _, x := range l.Came {
		if inside(x.At) {
			out.Came++
		}
	}
	c.ok(out)
}

func (s *Server) acquireEndpoints() []endpoint {
	post := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightContact, f) }
	const at = "/cgi-bin/externalcontact/customer_acquisition"
	return []endpoint{
		{Pattern: at + "/create_link", Title: "创建获客链接", Fidelity: Partial, Note: "no priority_option", serve: post(s.createLink)},
		{Pattern: at + "/update_link", Title: "编辑获客链接", Fidelity: Partial, Note: "as 创建获客链接", serve: post(s.updateLink)},
		{Pattern: at + "/delete_link", Title: "删除获客链接", Fidelity: Full, serve: post(s.deleteLink)},
		{Pattern: at + "/list_link", Title: "获取获客链接列表", Fidelity: Full, serve: post(s.listLinks)},
		{Pattern: at + "/get", Title: "获取获客链接详情", Fidelity: Full, serve: post(s.getLink)},
		{Pattern: at + "/customer", Title: "获取由获客链接添加的客户信息", Fidelity: Full, serve: post(s.linkCustomers)},
		{Pattern: at + "/statistic", Title: "查询链接使用详情", Fidelity: Full, serve: post(s.linkStatistic)},
		{Pattern: at + "_quota", Title: "查询剩余使用量", Fidelity: Partial, Note: "one purchase that ends a year after the company began; no quota events", serve: s.withCorp(http.MethodGet, rightContact, s.linkQuota)},
	}
}
