package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	contactCode    = "https://u.wechat.com/w-" // what the picture of a contact way says, followed by its id
	tempPerDay     = 100_000
	tempLife       = 7 * 24 * 3600 // seconds
	tempChatLife   = 24 * 3600
	maxTempLife    = 14 * 24 * 3600
	wayListSpan    = 90 * 24 * time.Hour
	usualWays      = 500_000
	usualWayUsers  = 100
	maxWaysInWorld = 1_000_000
)

// contactWay is a 「联系我」 code (渠道活码).
type contactWay struct {
	ConfigID      string          `json:"config_id"`
	CorpID        string          `json:"corpid"`
	Type          int             `json:"type"`
	Scene         int             `json:"scene"`
	Style         int             `json:"style"`
	Remark        string          `json:"remark,omitempty"`
	SkipVerify    bool            `json:"skip_verify"`
	State         string          `json:"state,omitempty"`
	User          []string        `json:"user,omitempty"`
	Party         []int64         `json:"party,omitempty"`
	IsTemp        bool            `json:"is_temp,omitempty"`
	ExpiresIn     int64           `json:"expires_in,omitempty"` // seconds
	ChatExpiresIn int64           `json:"chat_expires_in,omitempty"`
	UnionID       string          `json:"unionid,omitempty"`
	IsExclusive   bool            `json:"is_exclusive,omitempty"`
	MarkSource    bool            `json:"mark_source"`
	Conclusions   *workConclusion `json:"conclusions,omitempty"`
	Born          time.Time       `json:"born"`
	Turn          int             `json:"turn,omitempty"` // whose turn it is among the members
}

// workConclusion is what a temporary conversation ends with.
type workConclusion struct {
	Text  *workText    `json:"text,omitempty"`
	Image *attachImage `json:"image,omitempty"`
	Link  *attachLink  `json:"link,omitempty"`
	Mini  *attachMini  `json:"miniprogram,omitempty"`
}

func (w *contactWay) expired(now time.Time) bool {
	return w.IsTemp && !now.Before(w.Born.Add(time.Duration(w.ExpiresIn)*time.Second))
}

func (w *contactWay) text() string { return contactCode + w.ConfigID }

// wayInput is the body of add_contact_way and update_contact_way; pointers tell what was given.
type wayInput struct {
	ConfigID      string          `json:"config_id"`
	Type          int             `json:"type"`
	Scene         int             `json:"scene"`
	Style         *int            `json:"style"`
	Remark        *string         `json:"remark"`
	SkipVerify    *bool           `json:"skip_verify"`
	State         *string         `json:"state"`
	User          []string        `json:"user"`
	Party         []int64         `json:"party"`
	IsTemp        bool            `json:"is_temp"`
	ExpiresIn     int64           `json:"expires_in"`
	ChatExpiresIn int64           `json:"chat_expires_in"`
	UnionID       string          `json:"unionid"`
	IsExclusive   *bool           `json:"is_exclusive"`
	MarkSource    *bool           `json:"mark_source"`
	Conclusions   *workConclusion `json:"conclusions"`
}

func (s *Server) addContactWay(c *call) {
	var in wayInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &contactWay{CorpID: c.corp.CorpID, Type: in.Type, Scene: in.Scene, SkipVerify: true, MarkSource: true, IsTemp: in.IsTemp, Born: s.Clock.Now()}
	if in.Type != 1 && in.Type != 2 || in.Scene != 1 && in.Scene != 2 {
		c.invalid("type must be 1 or 2, scene 1 or 2")
		return
	}
	if !s.fillWay(c, w, &in) || !s.countWay(c, w) {
		return
	}
	w.ConfigID = s.hexLower(16)
	s.world.work.ways[w.ConfigID] = w
	s.touch("contact_way", w.ConfigID)
	s.hub.all("codes", struct{}{})
	answer := struct {
		apiError
		ConfigID string `json:"config_id"`
		QRCode   string `json:"qr_code,omitempty"`
	}{apiOK, w.ConfigID, ""}
	if w.Scene == 2 {
		answer.QRCode = s.wayPicture(w)
	}
	c.ok(answer)
}

func (s *Server) wayPicture(w *contactWay) string {
	return "http://" + s.hostPort() + qrPicture(w.text()) + "&size=430"
}

// countWay takes one of the company's places for contact ways, or of today's temporary ones; on failure it has answered.
func (s *Server) countWay(c *call, w *contactWay) bool {
	corp, most := c.corp, or(c.corp.Settings.MaxContactWays, usualWays)
	used := &corp.Ways
	if w.IsTemp {
		if day := s.Clock.Now().Format(time.DateOnly); corp.TempDay != day {
			corp.TempDay, corp.Temps = day, 0
		}
		used, most = &corp.Temps, tempPerDay
	}
	if *used >= most || len(s.world.work.ways) >= maxWaysInWorld {
		c.deny(41044, "contact way count exceed limit", "the company has %d contact ways, %d are allowed", *used, most)
		return false
	}
	*used++
	s.touchCompany(corp)
	return true
}

// fillWay lays what was given over w and checks it; on failure it has answered and w is spoilt.
func (s *Server) fillWay(c *call, w *contactWay, in *wayInput) bool {
	set(&w.Style, in.Style)
	set(&w.Remark, in.Remark)
	set(&w.SkipVerify, in.SkipVerify)
	set(&w.State, in.State)
	set(&w.IsExclusive, in.IsExclusive)
	set(&w.MarkSource, in.MarkSource)
	if in.User != nil {
		w.User = in.User
	}
	if in.Party != nil {
		w.Party = in.Party
	}
	if w.IsTemp {
		w.ExpiresIn, w.ChatExpiresIn = tempOr(in.ExpiresIn, w.ExpiresIn, tempLife), tempOr(in.ChatExpiresIn, w.ChatExpiresIn, tempChatLife)
		if in.UnionID != "" {
			w.UnionID = in.UnionID
		}
		if in.Conclusions != nil {
			w.Conclusions = in.Conclusions
		}
	}
	switch users := s.wayUsers(c.corp, w); {
	case utf8.RuneCountInString(w.Remark) > 30:
		c.invalid("remark has more than 30 characters")
	case len(w.State) > 30:
		c.invalid("state has more than 30 bytes")
	case w.Type == 1 && (len(w.User) != 1 || len(w.Party) > 0):
		c.invalid("type 1 takes exactly one user and no party")
	case w.IsTemp && w.Type != 1:
		c.invalid("a temporary conversation takes type 1")
	case w.ExpiresIn > maxTempLife || w.ChatExpiresIn > maxTempLife || w.ExpiresIn < 0 || w.ChatExpiresIn < 0:
		c.invalid("expires_in and chat_expires_in may be 14 days")
	case len(w.User) == 0 && len(w.Party) == 0:
		c.deny(40063, "some parameters are empty", "neither user nor party is given")
	case len(users) > or(c.corp.Settings.MaxWayUsers, usualWayUsers):
		c.invalid("a contact way takes %d members at most, these are %d", or(c.corp.Settings.MaxWayUsers, usualWayUsers), len(users))
	default:
		return s.wayMembers(c, w)
	}
	return false
}

func tempOr(given, old, usual int64) int64 {
	if given != 0 {
		return given
	}
	if old != 0 {
		return old
	}
	return usual
}

// set takes a value that was given.
func set[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}

// wayMembers checks that everybody named exists and may have customers; on failure it has answered.
func (s *Server) wayMembers(c *call, w *contactWay) bool {
	for _, id := range w.User {
		st := c.workerOf(id)
		if st == nil {
			return false
		}
		if !st.inRange() {
			c.deny(84074, "no external contact privilege", "%s may not have customers (no_contact)", id)
			return false
		}
	}
	for _, id := range w.Party {
		if !slices.ContainsFunc(c.corp.Departments, func(d Department) bool { return d.ID == id }) {
			c.fail(60123, "invalid party id")
			return false
		}
	}
	return true
}

// wayUsers lists the members behind a contact way who may have customers.
func (s *Server) wayUsers(corp *company, w *contactWay) []*staff {
	var list []*staff
	for _, id := range w.User {
		if st := s.worker(corp.CorpID, id); st != nil && st.inRange() {
			list = append(list, st)
		}
	}
	if len(w.Party) > 0 {
		for _, st := range s.membersOf(corp, w.Party) {
			if st.inRange() && !slices.Contains(list, st) {
				list = append(list, st)
			}
		}
	}
	return list
}

// wayOf finds a contact way of the company; on failure it has answered. The caller holds mu.
func (c *call) wayOf(id string) *contactWay {
	w := c.s.world.work.ways[id]
	if w == nil || w.CorpID != c.corp.CorpID {
		c.invalid("config_id %q is unknown", id)
		return nil
	}
	return w
}

type configInput struct {
	ConfigID string `json:"config_id"`
}

func (s *Server) getContactWay(c *call) {
	var in configInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := c.wayOf(in.ConfigID)
	if w == nil {
		return
	}
	view := struct {
		contactWay
		QRCode string    `json:"qr_code,omitempty"`
		CorpID string    `json:"corpid,omitempty"`
		Born   *struct{} `json:"born,omitempty"`
		Turn   *struct{} `json:"turn,omitempty"`
	}{contactWay: *w}
	if w.Scene == 2 {
		view.QRCode = s.wayPicture(w)
	}
	c.ok(struct {
		apiError
		Way any `json:"contact_way"`
	}{apiOK, view})
}

func (s *Server) listContactWay(c *call) {
	var in struct {
		Start  int64  `json:"start_time"`
		End    int64  `json:"end_time"`
		Cursor string `json:"cursor"`
		Limit  int    `json:"limit"`
	}
	if len(c.body) > 0 && !c.json(&in) || !c.limitIn(&in.Limit, 100, 1000) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	end, start := now, now.Add(-wayListSpan)
	if in.End > 0 {
		end = time.Unix(in.End, 0)
	}
	if in.Start > 0 {
		start = time.Unix(in.Start, 0)
	}
	if end.Sub(start) > wayListSpan || end.Before(start) {
		c.invalid("start_time and end_time may be 90 days apart")
		return
	}
	var found []*contactWay
	for _, w := range s.world.work.ways {
		if w.CorpID == c.corp.CorpID && !w.IsTemp && !w.Born.Before(start) && !w.Born.After(end) {
			found = append(found, w)
		}
	}
	slices.SortFunc(found, func(a, b *contactWay) int {
		if d := b.Born.Compare(a.Born); d != 0 {
			return d
		}
		return strings.Compare(a.ConfigID, b.ConfigID)
	})
	page, next, ok := pageOf(found, in.Cursor, in.Limit)
	if !ok {
		c.invalid("cursor is not one that was given")
		return
	}
	list := []configInput{}
	for _, w := range page {
		list = append(list, configInput{w.ConfigID})
	}
	c.ok(struct {
		apiError
		List []configInput `json:"contact_way"`
		Next string        `json:"next_cursor,omitempty"`
	}{apiOK, list, next})
}

func (s *Server) updateContactWay(c *call) {
	var in wayInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := c.wayOf(in.ConfigID)
	if w == nil {
		return
	}
	changed := *w
	if !s.fillWay(c, &changed, &in) {
		return
	}
	*w = changed
	s.touch("contact_way", w.ConfigID)
	c.ok(apiOK)
}

func (s *Server) delContactWay(c *call) {
	var in configInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := c.wayOf(in.ConfigID); w != nil {
		s.dropWay(w)
		c.ok(apiOK)
	}
}

func (s *Server) dropWay(w *contactWay) {
	delete(s.world.work.ways, w.ConfigID)
	s.touch("contact_way", w.ConfigID)
	if corp := s.world.work.companies[w.CorpID]; !w.IsTemp && corp.Ways > 0 {
		corp.Ways--
		s.touchCompany(corp)
	}
	s.hub.all("codes", struct{}{})
}

// closeTempChat answers 结束临时会话.
func (s *Server) closeTempChat(c *call) {
	var in struct {
		UserID   string `json:"userid"`
		External string `json:"external_userid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := c.tieOf(in.UserID, in.External)
	if t == nil {
		return
	}
	if t.Temp.IsZero() {
		c.invalid("%s and %s are in no temporary conversation", in.UserID, in.External)
		return
	}
	s.endTemp(t)
	c.ok(apiOK)
}

// endTemp ends a temporary conversation with its last words; both lose each other. The caller holds mu.
func (s *Server) endTemp(t *tie) {
	if end := t.Ending; end != nil {
		last := end.body()
		for _, body := range last.contents(s, t.CorpID) {
			s.staffSays(t, body)
		}
	}
	now := s.Clock.Now()
	t.Gone, t.Lost, t.Temp, t.Ending = now, now, time.Time{}, nil
	s.touchTie(t)
	s.tell(t.Person, "contacts", struct{}{})
	s.tell(staffKey(t.CorpID, t.UserID), "contacts", struct{}{})
}

// watchTemp ends the conversation when its time has come. The caller holds mu.
func (s *Server) watchTemp(t *tie) {
	key, at := t.key(), t.Temp
	s.Clock.schedule(at, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t := s.world.work.ties[key]; t != nil && t.Temp.Equal(at) {
			s.endTemp(t)
		}
	})
}

// body is the conclusion as a message to customers.
func (w *workConclusion) body() workBody {
	b := workBody{Text: w.Text}
	switch {
	case w.Image != nil && (w.Image.MediaID != "" || w.Image.PicURL != ""):
		b.Attachments = []attachment{{MsgType: "image", Image: w.Image}}
	case w.Link != nil && w.Link.URL != "":
		b.Attachments = []attachment{{MsgType: "link", Link: w.Link}}
	case w.Mini != nil && w.Mini.AppID != "":
		b.Attachments = []attachment{{MsgType: "miniprogram", MiniProgram: w.Mini}}
	}
	return b
}

func (s *Server) wayEndpoints() []endpoint {
	contact := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightContact, f) }
	const at = "/cgi-bin/externalcontact/"
	return []endpoint{
		{Pattern: at + "add_contact_way", Title: "配置客户联系「联系我」方式", Fidelity: Full, serve: contact(s.addContactWay)},
		{Pattern: at + "get_contact_way", Title: "获取企业已配置的「联系我」方式", Fidelity: Full, serve: contact(s.getContactWay)},
		{Pattern: at + "list_contact_way", Title: "获取企业已配置的「联系我」列表", Fidelity: Full, serve: contact(s.listContactWay)},
		{Pattern: at + "update_contact_way", Title: "更新企业已配置的「联系我」方式", Fidelity: Full, serve: contact(s.updateContactWay)},
		{Pattern: at + "del_contact_way", Title: "删除企业已配置的「联系我」方式", Fidelity: Full, serve: contact(s.delContactWay)},
		{Pattern: at + "close_temp_chat", Title: "结束临时会话", Fidelity: Full, serve: contact(s.closeTempChat)},
	}
}
