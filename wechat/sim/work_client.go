package sim

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"
)

// resumeWork picks up what waited for its time when the simulator was stopped.
func (s *Server) resumeWork() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.world.work.ties {
		if !t.Temp.IsZero() {
			s.watchTemp(t)
		}
	}
	for _, m := range s.world.work.moves {
		if m.State == handoverWaiting {
			s.watchHandover(m)
		}
	}
}

// clientRoutes are the calls of the phone page: a customer's side under /people, a member's WeCom under /work.
func (s *Server) clientRoutes(mux *http.ServeMux) {
	person := func(pattern string, f func(r *http.Request, p *person) (any, error)) {
		s.handle(mux, pattern, s.withPerson(f))
	}
	person("GET /people/{id}/jobs", s.apiJobs)
	person("GET /people/{id}/staff", s.apiStaffContacts)
	person("GET /people/{id}/staff/{key}", s.apiStaffCard)
	person("POST /people/{id}/staff/{key}/add", s.apiStaffAdd)
	person("POST /people/{id}/staff/{key}/delete", s.apiStaffDelete)
	person("GET /people/{id}/handovers", s.apiHandovers)
	person("POST /people/{id}/handovers/refuse", s.apiRefuseHandovers)
	s.handle(mux, "GET /work/{key}/contacts", s.withMember(s.apiWorkContacts))
	s.handle(mux, "GET /work/{key}/customers/{person}", s.withTie(s.apiCustomer))
	s.handle(mux, "POST /work/{key}/customers/{person}/remark", s.withTie(s.apiCustomerRemark))
	s.handle(mux, "POST /work/{key}/customers/{person}/tags", s.withTie(s.apiCustomerTags))
	s.handle(mux, "POST /work/{key}/customers/{person}/delete", s.withTie(s.apiCustomerDelete))
	s.handle(mux, "GET /work/{key}/tags", s.withMember(s.apiWorkTags))
	s.handle(mux, "GET /work/{key}/requests", s.withMember(s.apiRequests))
	s.handle(mux, "POST /work/{key}/requests/{ask}", s.withMember(s.apiAnswerRequest))
	s.handle(mux, "GET /work/{key}/me", s.withMember(s.apiWorkMe))
}

type jobView struct {
	ID       string `json:"id"` // userid@corpid
	CorpID   string `json:"corpid"`
	Corp     string `json:"corp"`
	CorpFull string `json:"corp_full"`
	UserID   string `json:"userid"`
	Name     string `json:"name"`
	Unread   int    `json:"unread"`
	Requests int    `json:"requests"`
}

func (s *Server) apiJobs(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	jobs := []jobView{}
	for _, st := range s.world.work.personJobs[p.ID] {
		if st.Left.IsZero() {
			corp := s.world.work.companies[st.CorpID]
			jobs = append(jobs, jobView{st.key(), st.CorpID, corp.Name, corp.FullName, st.UserID, st.Name, s.unread(st.key()), len(s.asksOf(st))})
		}
	}
	return map[string]any{"jobs": jobs}, nil
}

// apiStaffContacts lists the members of companies a person has added.
func (s *Server) apiStaffContacts(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cards := []staffCard{}
	for _, corp := range s.world.work.companies {
		for _, t := range s.world.work.buyerTies[corp.CorpID+"|"+p.ID] {
			if st := s.worker(t.CorpID, t.UserID); st != nil && t.Lost.IsZero() {
				cards = append(cards, s.card(st, p.ID, ""))
			}
		}
	}
	slices.SortFunc(cards, func(a, b staffCard) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return map[string]any{"staff": cards}, nil
}

// memberOf finds the member of a path. The caller holds mu.
func (s *Server) memberOf(r *http.Request) (*staff, error) {
	if st := s.member(r.PathValue("key")); st != nil && st.Left.IsZero() {
		return st, nil
	}
	return nil, missing("member " + r.PathValue("key"))
}

func (s *Server) apiStaffCard(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := s.memberOf(r)
	if err != nil {
		return nil, err
	}
	return s.card(st, p.ID, ""), nil
}

func (s *Server) apiStaffAdd(r *http.Request, p *person) (any, error) {
	var in struct {
		Ticket string `json:"ticket"`
		Hello  string `json:"hello"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if tooLong(in.Hello, maxHello) || len(in.Ticket) > maxQRText {
		return nil, bad("add.hello", "验证申请最多 50 个字", "hello may have 50 characters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := s.memberOf(r)
	if err != nil {
		return nil, err
	}
	added, err := s.askToAdd(p, st, in.Ticket, strings.TrimSpace(in.Hello))
	if err != nil {
		return nil, err
	}
	return map[string]any{"added": added, "chat_id": "stf-" + st.key(), "staff": s.card(st, p.ID, in.Ticket)}, nil
}

func (s *Server) apiStaffDelete(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := s.memberOf(r)
	if err != nil {
		return nil, err
	}
	t := s.tie(st.CorpID, st.UserID, p.ID)
	if t == nil || !t.Lost.IsZero() {
		return nil, missing("this contact")
	}
	s.customerDeletes(s.world.work.companies[st.CorpID], t)
	return s.card(st, p.ID, ""), nil
}

type handoverView struct {
	From string    `json:"from"`
	To   string    `json:"to"`
	Corp string    `json:"corp"`
	Due  time.Time `json:"due"`
}

func (s *Server) apiHandovers(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []handoverView{}
	for _, m := range s.world.work.moves {
		if m.Person == p.ID && m.State == handoverWaiting {
			from, to := s.world.work.staff[staffKey(m.CorpID, m.From)], s.world.work.staff[staffKey(m.CorpID, m.To)]
			list = append(list, handoverView{from.Name, to.Name, s.world.work.companies[m.CorpID].Name, m.Born.Add(handoverWait).In(shanghai)})
		}
	}
	slices.SortFunc(list, func(a, b handoverView) int { return a.Due.Compare(b.Due) })
	return map[string]any{"handovers": list}, nil
}

func (s *Server) apiRefuseHandovers(_ *http.Request, p *person) (any, error) {
	n, err := s.RefuseHandover(p.ID)
	return map[string]int{"refused": n}, err
}

func (s *Server) withMember(f func(r *http.Request, st *staff) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		st, err := s.memberOf(r)
		if err != nil {
			return nil, err
		}
		return f(r, st)
	}
}

// withTie finds the member and the customer of a path; the handler holds mu.
func (s *Server) withTie(f func(r *http.Request, t *tie) (any, error)) func(*http.Request) (any, error) {
	return s.withMember(func(r *http.Request, st *staff) (any, error) {
		t := s.tie(st.CorpID, st.UserID, r.PathValue("person"))
		if t == nil || !t.Gone.IsZero() {
			return nil, missing("customer " + r.PathValue("person"))
		}
		return f(r, t)
	})
}

type customerRow struct {
	Person     string    `json:"person"`
	ExternalID string    `json:"external_userid"`
	Name       string    `json:"name"`
	Remark     string    `json:"remark"`
	Avatar     string    `json:"avatar"`
	Tags       []string  `json:"tags"`
	Since      time.Time `json:"since"`
	Lost       bool      `json:"lost"`
	ChatID     string    `json:"chat_id"`
}

func (s *Server) customerRow(t *tie) customerRow {
	row := customerRow{t.Person, s.customer(t.CorpID, t.Person).ExternalID, s.world.people[t.Person].Name, t.Remark, personAvatar(t.Person), []string{},
		t.Since.In(shanghai), !t.Lost.IsZero(), "per-" + t.Person}
	for _, id := range t.Tags {
		if _, tag := s.corpTag(t.CorpID, id); tag != nil {
			row.Tags = append(row.Tags, tag.Name)
		}
	}
	return row
}

type colleagueRow struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Avatar     string `json:"avatar"`
	Position   string `json:"position"`
	Department string `json:"department"`
	ChatID     string `json:"chat_id"`
	Me         bool   `json:"me"`
}

const maxWorkList = 1000 // colleagues and customers the phone shows

func (s *Server) apiWorkContacts(r *http.Request, st *staff) (any, error) {
	corp := s.world.work.companies[st.CorpID]
	colleagues, customers := []colleagueRow{}, []customerRow{}
	for _, x := range s.world.work.corpStaff[st.CorpID] {
		if x.Left.IsZero() && len(colleagues) < maxWorkList {
			colleagues = append(colleagues, colleagueRow{x.key(), x.Name, x.avatar(), x.Position, corp.department(x.Departments[0]).Name, "stf-" + x.key(), x == st})
		}
	}
	q := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q")))
	for _, t := range s.world.work.staffTies[st.key()] {
		row := s.customerRow(t)
		if t.Gone.IsZero() && len(customers) < maxWorkList && strings.Contains(strings.ToLower(row.Name+" "+row.Remark+" "+strings.Join(row.Tags, " ")), q) {
			customers = append(customers, row)
		}
	}
	slices.SortStableFunc(customers, func(a, b customerRow) int { return b.Since.Compare(a.Since) })
	return map[string]any{"corp": corp.Name, "corp_full": corp.FullName, "colleagues": colleagues, "customers": customers, "requests": len(s.asksOf(st))}, nil
}

type customerDetail struct {
	customerRow
	Description string       `json:"description"`
	Company     string       `json:"remark_company"`
	Mobiles     []string     `json:"mobiles"`
	AddWay      int          `json:"add_way"`
	State       string       `json:"state"`
	TagIDs      []string     `json:"tag_ids"`
	Others      []colleagues `json:"others"` // who else of the company has them
}

type colleagues struct {
	Name   string `json:"name"`
	Avatar string `json:"avatar"`
}

func (s *Server) detail(t *tie) customerDetail {
	d := customerDetail{s.customerRow(t), t.Description, t.RemarkCorp, append([]string{}, t.Mobiles...), t.AddWay, t.State, append([]string{}, t.Tags...), []colleagues{}}
	for _, other := range s.tiesOfCustomer(s.world.work.companies[t.CorpID], t.Person) {
		if st := s.worker(t.CorpID, other.UserID); st != nil && other != t {
			d.Others = append(d.Others, colleagues{st.Name, st.avatar()})
		}
	}
	return d
}

func (s *Server) apiCustomer(_ *http.Request, t *tie) (any, error) { return s.detail(t), nil }

// edited tells the applications what a member changed about a customer in the client, and gives the new state.
func (s *Server) edited(t *tie) (any, error) {
	s.touchTie(t)
	s.pushWork(s.world.work.companies[t.CorpID], t.Person, s.contactEvent(t, "edit_external_contact")...)
	s.tell(staffKey(t.CorpID, t.UserID), "contacts", struct{}{})
	return s.detail(t), nil
}

func (s *Server) apiCustomerRemark(r *http.Request, t *tie) (any, error) {
	var in struct {
		Remark      *string  `json:"remark"`
		Description *string  `json:"description"`
		Company     *string  `json:"remark_company"`
		Mobiles     []string `json:"mobiles"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	changed := *t
	set(&changed.Remark, in.Remark)
	set(&changed.Description, in.Description)
	set(&changed.RemarkCorp, in.Company)
	if in.Mobiles != nil {
		changed.Mobiles = slices.DeleteFunc(in.Mobiles, func(m string) bool { return strings.TrimSpace(m) == "" })
	}
	if tooLong(changed.Remark, 20) || tooLong(changed.Description, 150) || tooLong(changed.RemarkCorp, 20) || len(changed.Mobiles) > 5 {
		return nil, bad("customer.remark", "备注和公司最多 20 个字，描述最多 150 个字，电话最多 5 个", "remark and company take 20 characters, description 150, mobiles 5")
	}
	onlyPhones := changed.Remark == t.Remark && changed.Description == t.Description && changed.RemarkCorp == t.RemarkCorp
	*t = changed
	if onlyPhones { // a change of telephone numbers alone raises no event
		s.touchTie(t)
		return s.detail(t), nil
	}
	return s.edited(t)
}

func (s *Server) apiCustomerTags(r *http.Request, t *tie) (any, error) {
	var in struct {
		Add    []string `json:"add"`
		Remove []string `json:"remove"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	for _, id := range in.Add {
		if _, tag := s.corpTag(t.CorpID, id); tag == nil {
			return nil, missing("tag " + id)
		}
	}
	t.mark(in.Add, in.Remove)
	return s.edited(t)
}

func (s *Server) apiCustomerDelete(_ *http.Request, t *tie) (any, error) {
	s.staffDeletes(s.world.work.companies[t.CorpID], t, "")
	return nil, nil
}

func (s *Server) apiWorkTags(_ *http.Request, st *staff) (any, error) {
	views := []tagGroupView{}
	for _, g := range s.corpTagGroups(st.CorpID) {
		views = append(views, g.view(g.Tags))
	}
	return map[string]any{"groups": views}, nil
}

type requestView struct {
	ID     string    `json:"id"`
	Person string    `json:"person"`
	Name   string    `json:"name"`
	Avatar string    `json:"avatar"`
	Hello  string    `json:"hello"`
	Time   time.Time `json:"time"`
}

func (s *Server) apiRequests(_ *http.Request, st *staff) (any, error) {
	list := []requestView{}
	for _, a := range s.asksOf(st) {
		list = append(list, requestView{a.ID, a.Person, s.world.people[a.Person].Name, personAvatar(a.Person), a.Hello, a.Born.In(shanghai)})
	}
	return map[string]any{"requests": list}, nil
}

func (s *Server) apiAnswerRequest(r *http.Request, st *staff) (any, error) {
	var in struct {
		Accept bool `json:"accept"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	a := s.world.work.asks[r.PathValue("ask")]
	if a == nil || a.CorpID != st.CorpID || a.UserID != st.UserID || a.State != "" {
		return nil, missing("request " + r.PathValue("ask"))
	}
	if !in.Accept {
		a.State = askIgnore
		s.touch("add_ask", a.ID)
		return nil, nil
	}
	if err := s.accept(st, a); err != nil {
		return nil, err
	}
	return map[string]string{"chat_id": "per-" + a.Person}, nil
}

func (s *Server) apiWorkMe(_ *http.Request, st *staff) (any, error) {
	corp, names := s.world.work.companies[st.CorpID], []string{}
	for _, id := range st.Departments {
		names = append(names, corp.department(id).Name)
	}
	text := s.ownText(st)
	return map[string]any{"id": st.key(), "userid": st.UserID, "name": st.Name, "alias": st.Alias, "avatar": st.avatar(), "position": st.Position, "departments": names,
		"corp": corp.Name, "corp_full": corp.FullName, "code": text, "image_url": qrPicture(text), "customers": len(s.ties(corp, st.UserID))}, nil
}

// linkPage is work.weixin.qq.com/ca/…, a page of 获客助手: the member's card, and a button that adds them.
func (s *Server) linkPage(w http.ResponseWriter, r *http.Request) {
	text := linkCode + r.PathValue("link")
	if channel := r.URL.Query().Get("customer_channel"); channel != "" {
		text += "?" + r.URL.RawQuery
	}
	title, detail, st := s.visitLink(r, text)
	if st == nil {
		s.errorPage(w, title, detail)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, pageStyle+`<main><img src="%s" alt=""><h1 style="font-size:20px">%s</h1><p>@%s</p><form method="post"><input type="hidden" name="member" value="%s"><button>添加到通讯录</button></form></main>`,
		"添加企业微信", html.EscapeString(st.Avatar), html.EscapeString(st.Name), html.EscapeString(st.CorpFull), html.EscapeString(st.ID))
}

// visitLink does what a visit of a link does and gives what to say, or the card to show.
func (s *Server) visitLink(r *http.Request, text string) (title, detail string, shown *staffCard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.world.people[holder(r.Context())]
	if p == nil {
		return "请在微信客户端打开链接", "打开模拟器首页，在某个人的手机里打开这个地址。", nil
	}
	l, _ := s.linkOf(text)
	if st := s.member(r.PostFormValue("member")); r.Method == http.MethodPost && st != nil && l != nil && st.CorpID == l.CorpID {
		switch added, err := s.askToAdd(p, st, text, ""); {
		case err != nil:
			return "添加失败", err.Error(), nil
		case !added:
			return "已发送", "等待 " + st.Name + " 通过验证。", nil
		}
		return "已添加 " + st.Name, "回到微信聊天列表，可以开始聊天了。", nil
	}
	st, l := s.openLink(text, p.ID)
	if st == nil {
		return "链接已失效", "该获客链接不存在，或企业的使用量已用完。", nil
	}
	s.clickLink(l, p.ID)
	card := s.card(st, p.ID, text)
	return "", "", &card
}
