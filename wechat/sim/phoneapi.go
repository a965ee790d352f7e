package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxText  = 2048 // characters of a message
	pageSize = 30
)

// phoneRoutes is the API of the phone page; PHONE_API.md is its contract.
func (s *Server) phoneRoutes(mux *http.ServeMux) {
	get := func(path string, f func(r *http.Request, p *person) (any, error)) {
		s.handle(mux, "GET /people/{id}"+path, s.withPerson(f))
	}
	post := func(path string, f func(r *http.Request, p *person) (any, error)) {
		s.handle(mux, "POST /people/{id}"+path, s.withPerson(f))
	}
	s.handle(mux, "GET /people", s.apiPeople)
	s.handle(mux, "POST /people", s.apiAddPerson)
	get("", s.apiPerson)
	get("/home", s.apiHome)
	get("/contacts", s.apiContacts)
	get("/search", s.apiSearch)
	get("/accounts/{appid}", s.apiProfile)
	post("/accounts/{appid}/follow", s.apiFollow)
	post("/accounts/{appid}/unfollow", s.apiUnfollow)
	post("/accounts/{appid}/menu", s.apiMenu)
	get("/chats/{chat}/messages", s.apiMessages)
	post("/chats/{chat}/messages", s.apiSend)
	post("/chats/{chat}/share", s.apiShare)
	post("/chats/{chat}/read", s.apiRead)
	post("/chats/{chat}/settings", s.apiChatSettings)
	get("/codes", s.apiCodes)
	s.handle(mux, "POST /codes", s.apiAddCode)
	post("/scan", s.apiScan)
	post("/webview", s.apiOpenWebView)
	get("/webview", s.apiWebView)
	s.walletRoutes(get, post)
	s.handle(mux, "DELETE /people/{id}/addresses/{aid}", s.withPerson(s.apiDeleteAddress))
	mux.HandleFunc("GET /_sim/people/{id}/events", s.guard(s.serveEvents))
}

func (s *Server) walletRoutes(get, post func(string, func(*http.Request, *person) (any, error))) {
	get("/pay/{pay}", func(r *http.Request, p *person) (any, error) { return s.paySheetView(p.ID, r.PathValue("pay")) })
	post("/pay/{pay}/confirm", s.apiPay)
	post("/pay/{pay}/cancel", func(r *http.Request, p *person) (any, error) { return s.payCancel(p.ID, r.PathValue("pay")) })
	get("/wallet", s.apiWallet)
	post("/wallet/top-up", s.apiTopUp)
	get("/wallet/bills", s.apiBills)
	get("/wallet/bills/{bill}", s.apiBill)
	get("/addresses", s.apiAddresses)
	post("/addresses", s.apiSaveAddress)
	get("/location", s.apiLocation)
	post("/location", s.apiSetLocation)
}

// withPerson finds the person of the path; the handler is called without the lock.
func (s *Server) withPerson(f func(r *http.Request, p *person) (any, error)) func(r *http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		s.mu.Lock()
		p := s.phoneOf(r.PathValue("id"))
		s.mu.Unlock()
		if p == nil {
			return nil, missing("person " + r.PathValue("id"))
		}
		return f(r, p)
	}
}

type personView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Avatar   string `json:"avatar"`
	Region   string `json:"region"`
	WeChatID string `json:"wechat_id"`
	Balance  *int64 `json:"balance,omitempty"`
	Unread   *int   `json:"unread,omitempty"`
}

func viewPerson(p Person) personView {
	return personView{ID: p.ID, Name: p.Name, Avatar: personAvatar(p.ID), Region: p.Region, WeChatID: p.ID}
}

func (s *Server) apiPeople(*http.Request) (any, error) {
	views := []personView{}
	for _, p := range s.People() {
		views = append(views, viewPerson(p))
	}
	return map[string]any{"people": views}, nil
}

func (s *Server) apiAddPerson(r *http.Request) (any, error) {
	var in Person
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	p, err := s.AddPerson(in)
	if err != nil {
		return nil, err
	}
	s.durable()
	return viewPerson(p), nil
}

func (s *Server) apiPerson(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := viewPerson(p.Person)
	balance, unread := p.Balance, s.unread(p.ID)
	v.Balance, v.Unread = &balance, &unread
	return v, nil
}

func (s *Server) apiHome(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := []chatView{}
	for _, c := range s.world.personChats[p.ID] {
		kind, id := chatParts(c.ID)
		followed := kind == "account" && s.world.fans[id+"|"+p.ID] != nil && s.world.fans[id+"|"+p.ID].Subscribed
		if len(c.msgs) > 0 || followed || kind == "group" {
			rows = append(rows, s.chatView(c))
		}
	}
	slices.SortFunc(rows, func(a, b chatView) int {
		if a.Pinned != b.Pinned {
			if a.Pinned {
				return -1
			}
			return 1
		}
		return cmp.Or(b.at.Compare(a.at), strings.Compare(a.ID, b.ID))
	})
	return map[string]any{"unread": s.unread(p.ID), "chats": rows}, nil
}

type accountRow struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Avatar   string `json:"avatar"`
	Intro    string `json:"intro"`
	Kind     string `json:"kind"`
	Verified bool   `json:"verified"`
	Followed bool   `json:"followed"`
}

// accountRow shows an account to a person (may be empty). The caller holds mu.
func (s *Server) accountRow(a *account, who string) accountRow {
	f := s.world.fans[a.AppID+"|"+who]
	return accountRow{a.AppID, a.Name, accountAvatar(a), a.Intro, a.Kind, !a.Unverified, f != nil && f.Subscribed}
}

func (s *Server) accountRows(who string, keep func(accountRow) bool) []accountRow {
	rows := []accountRow{}
	for _, a := range s.world.accounts {
		if row := s.accountRow(a, who); keep(row) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b accountRow) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return rows
}

func (s *Server) others(who, q string) []friendView {
	views := []friendView{}
	for _, p := range s.people() {
		if p.ID != who && (q == "" || strings.Contains(strings.ToLower(p.Name+" "+p.ID), q)) {
			views = append(views, s.friendView(who, p))
		}
	}
	return views
}

func (s *Server) apiContacts(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"people": s.contacts(p.ID), "new_friends": s.waitingAsks(p.ID), "accounts": s.accountRows(p.ID, func(a accountRow) bool { return a.Followed })}, nil
}

func (s *Server) apiSearch(r *http.Request, p *person) (any, error) {
	q := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q")))
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"people": s.others(p.ID, q), "accounts": s.accountRows(p.ID, func(a accountRow) bool {
		return a.Kind != kindMini && (q == "" || strings.Contains(strings.ToLower(a.Name+" "+a.ID+" "+a.Intro), q))
	})}, nil
}

// chatOf checks that a chat id of a path makes sense for this person. The caller holds mu.
func (s *Server) chatOf(p *person, id string) (*chat, error) {
	kind, other := chatParts(id)
	name, _ := s.face(kind, other)
	if kind == "group" && s.world.chats[p.ID+"|"+id] == nil {
		name = "" // never been in it, or left
	}
	if name == "" || kind == "person" && other == p.ID || kind == "service" && id != payChat && id != noticeChat {
		return nil, missing("chat " + id)
	}
	return s.chat(p.ID, id), nil
}

func (s *Server) apiMessages(r *http.Request, p *person) (any, error) {
	q := r.URL.Query()
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	after, _ := strconv.ParseInt(q.Get("after"), 10, 64)
	limit := limitOf(q.Get("limit"), 100)
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p, r.PathValue("chat"))
	if err != nil {
		return nil, err
	}
	from, to := 0, len(c.msgs)
	if before > 0 {
		to, _ = c.find(before)
	}
	more := false
	if after > 0 {
		if from, _ = c.find(after + 1); to-from > limit {
			to, more = from+limit, true
		}
	} else if to-from > limit {
		from, more = to-limit, true
	}
	views := []messageView{}
	for _, m := range c.msgs[min(from, to):to] {
		views = append(views, s.messageView(c, m))
	}
	return map[string]any{"chat": s.chatView(c), "messages": views, "more": more}, nil
}

func limitOf(text string, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return pageSize
	}
	return min(n, most)
}

func (s *Server) apiSend(r *http.Request, p *person) (any, error) {
	var in struct {
		Text     string   `json:"text"`
		MenuID   string   `json:"menu_id"`
		At       []string `json:"at"`        // in a group
		ImageURL string   `json:"image_url"` // an uploaded picture, instead of text
		Article  string   `json:"article"`   // address of the article that is answered
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	body := content{Type: "text", Text: in.Text, At: in.At}
	if in.ImageURL != "" {
		return s.apiSendPicture(r, p, in.ImageURL)
	}
	if n := utf8.RuneCountInString(in.Text); strings.TrimSpace(in.Text) == "" || n > maxText || len(in.At) > 500 {
		return nil, bad("message.text", "消息需要 1 到 2048 个字", "text must have 1 to 2048 characters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p, r.PathValue("chat"))
	if err != nil {
		return nil, err
	}
	kind, other := chatParts(c.ID)
	if m, err := s.workSend(p.ID, kind, other, body); m != nil || err != nil {
		return s.sentView(c, m, err)
	}
	switch kind {
	case "service":
		return nil, bad("message.service", "这里不接收消息", "this chat takes no messages")
	case "person":
		return s.messageView(c, s.sendTo(p.ID, other, body)), nil
	case "group":
		m, err := s.speak(p.ID, other, body)
		return s.sentView(c, m, err)
	case "account":
		a := s.world.accounts[other]
		f := s.fan(other, p.ID)
		if !f.Subscribed && a.Kind != kindMini {
			return nil, refuse(http.StatusConflict, "account.unfollowed", "关注公众号后才能发消息", "follow the account first")
		}
		if !s.kfInvited(other, p.ID, in.MenuID) {
			s.heard(a, f, "text", s.textPush(a, f, in.Text, in.MenuID, in.Article), content{Type: "text", Text: in.Text})
		}
	}
	return s.messageView(c, s.deliver(p.ID, c.ID, "person", p.ID, content{Type: "text", Text: in.Text})), nil
}

func (s *Server) apiShare(r *http.Request, p *person) (any, error) {
	var in shareCard
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	card, err := s.cleanCard(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.sendCard(p, r.PathValue("chat"), card)
	if err != nil {
		return nil, err
	}
	return s.messageView(s.chat(p.ID, r.PathValue("chat")), m), nil
}

func (s *Server) apiRead(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p, r.PathValue("chat"))
	if err != nil {
		return nil, err
	}
	if c.Unread > 0 || c.Called {
		c.Unread, c.Called = 0, false
		s.chatChanged(c)
	}
	return nil, nil
}

func (s *Server) chatChanged(c *chat) {
	s.touch("chat", c.key())
	s.tell(c.Person, "chat", map[string]any{"chat": s.chatView(c), "unread": s.unread(c.Person)})
}

func (s *Server) apiChatSettings(r *http.Request, p *person) (any, error) {
	var in struct {
		Muted  *bool `json:"muted"`
		Pinned *bool `json:"pinned"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p, r.PathValue("chat"))
	if err != nil {
		return nil, err
	}
	if in.Muted != nil {
		c.Muted = *in.Muted
	}
	if in.Pinned != nil {
		c.Pinned = *in.Pinned
	}
	s.chatChanged(c)
	return s.chatView(c), nil
}
