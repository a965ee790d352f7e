package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Customer-service accounts, sessions and records (客服消息).
const (
	maxKFAccounts  = 100
	maxKFNick      = 16 // characters
	inviteLife     = 24 * time.Hour
	sessionPatient = 30 * time.Minute // after which a silent session no longer takes messages
	maxRecords     = 10_000           // of an account's day, and of one answer
	kfSaid         = 2002
	kfHeard        = 2003
)

// kfAccount is a customer-service account: a prefix and the account's own id.
type kfAccount struct {
	Account  string    `json:"account"`
	ID       int       `json:"id"`
	Nick     string    `json:"nick"`
	Head     string    `json:"head,omitempty"`   // media id
	Worker   string    `json:"worker,omitempty"` // person who answers
	Invited  string    `json:"invited,omitempty"`
	Until    time.Time `json:"until,omitzero"` // of the invitation
	Rejected bool      `json:"rejected,omitempty"`
}

// kfSession is a fan in the hands of customer service; without an account the fan waits.
type kfSession struct {
	AppID   string    `json:"appid"`
	Person  string    `json:"person"`
	Account string    `json:"account,omitempty"`
	Since   time.Time `json:"since"`
	Last    time.Time `json:"last"`
}

// kfRecords are the messages between fans and customer service of one day.
type kfRecords struct {
	List []kfRecordLine `json:"list"`
}

type kfRecordLine struct {
	ID     int64     `json:"id"`
	OpenID string    `json:"openid"`
	Worker string    `json:"worker"`
	Code   int       `json:"code"`
	Text   string    `json:"text"`
	Time   time.Time `json:"time"`
}

func (d *desk) staff(account string) *kfAccount {
	for i := range d.Staff {
		if d.Staff[i].Account == account {
			return &d.Staff[i]
		}
	}
	return nil
}

type kfBody struct {
	Account string `json:"kf_account"`
	Nick    string `json:"nickname"`
	Invite  string `json:"invite_wx"`
}

// kf reads a call about a customer-service account; the account's name may stand in the query. The call goes on in f,
// which holds mu.
func (s *Server) kf(f func(c *call, d *desk, in kfBody)) func(*call) {
	return s.withRight("", verified, func(c *call) {
		in := kfBody{Account: c.r.URL.Query().Get("kf_account")}
		if c.r.Method == http.MethodPost && len(c.body) > 0 && !strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/") && !c.json(&in) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		f(c, s.desk(c.app.AppID), in)
	})
}

// theStaff finds the account a call names; on failure it has answered.
func (c *call) theStaff(d *desk, in kfBody) *kfAccount {
	k := d.staff(in.Account)
	if k == nil {
		c.fail(65401, "invalid custom service account")
	}
	return k
}

func (c *call) nick(in kfBody) bool {
	if n := utf8.RuneCountInString(in.Nick); n < 1 || n > maxKFNick {
		c.deny(65403, "invalid nickname", "nickname has %d characters, 1 to %d are allowed", n, maxKFNick)
		return false
	}
	return true
}

func (s *Server) kfAdd(c *call, d *desk, in kfBody) {
	prefix, suffix, ok := strings.Cut(in.Account, "@")
	switch {
	case !ok || suffix == "" || prefix == "" || len(prefix) > 10 || strings.Trim(prefix, letters+"_") != "":
		c.deny(65404, "illegal kf account", "kf_account is a prefix of 1 to 10 letters, digits or _ and @ and the account's id")
	case d.staff(in.Account) != nil:
		c.fail(65406, "kf account exsited")
	case len(d.Staff) >= maxKFAccounts:
		c.fail(65405, "kf account count out of limit")
	case c.nick(in):
		d.Staff = append(d.Staff, kfAccount{Account: in.Account, ID: 1001 + len(d.Staff), Nick: in.Nick})
		if n := len(d.Staff); n > 1 {
			d.Staff[n-1].ID = slices.MaxFunc(d.Staff[:n-1], func(a, b kfAccount) int { return cmp.Compare(a.ID, b.ID) }).ID + 1
		}
		s.touchDesk(c.app.AppID)
		c.ok(apiOK)
	}
}

func (s *Server) kfUpdate(c *call, d *desk, in kfBody) {
	if k := c.theStaff(d, in); k != nil && c.nick(in) {
		k.Nick = in.Nick
		s.touchDesk(c.app.AppID)
		c.ok(apiOK)
	}
}

func (s *Server) kfDelete(c *call, d *desk, in kfBody) {
	if c.theStaff(d, in) == nil {
		return
	}
	d.Staff = slices.DeleteFunc(d.Staff, func(k kfAccount) bool { return k.Account == in.Account })
	for key, session := range s.world.official.sessions {
		if session.AppID == c.app.AppID && session.Account == in.Account {
			delete(s.world.official.sessions, key)
			s.touch("kf_session", key)
		}
	}
	s.touchDesk(c.app.AppID)
	c.ok(apiOK)
}

func (s *Server) kfHead(c *call) {
	data, detected := c.file("image")
	if data == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := c.theStaff(s.desk(c.app.AppID), kfBody{Account: c.r.URL.Query().Get("kf_account")})
	if k == nil {
		return
	}
	m := s.storeMedia(c.app.AppID, "image", detected, data, zeroTime)
	m.Kept, m.Type = true, "head"
	k.Head = m.ID
	s.touchDesk(c.app.AppID)
	c.ok(apiOK)
}

// kfInvite asks a person to be the one who answers; they accept in their phone within a day.
func (s *Server) kfInvite(c *call, d *desk, in kfBody) {
	k := c.theStaff(d, in)
	if k == nil {
		return
	}
	busy := slices.ContainsFunc(d.Staff, func(o kfAccount) bool { return o.Worker == in.Invite })
	now := s.Clock.Now()
	switch {
	case s.world.people[in.Invite] == nil:
		c.fail(65409, "invalid wx account")
	case k.Worker != "":
		c.fail(65407, "kf account has been bound")
	case busy:
		c.fail(65410, "wx account has been bound")
	case k.Invited != "" && !k.Rejected && now.Before(k.Until):
		c.fail(65411, "already sent an invitation")
	default:
		k.Invited, k.Until, k.Rejected = in.Invite, now.Add(inviteLife), false
		s.touchDesk(c.app.AppID)
		s.fromAccount(c.app, in.Invite, content{Type: "menu", Head: "“" + c.app.Name + "”邀请你成为客服“" + k.Nick + "”", Items: []menuItem{{kfAccept + k.Account, "接受邀请"}, {kfRefuse + k.Account, "拒绝"}}})
		c.ok(apiOK)
	}
}

// Answers to an invitation, as ids of the entries of its message.
const (
	kfAccept = "kf-accept:"
	kfRefuse = "kf-refuse:"
)

// kfInvited takes a person's answer to an invitation; it tells whether the message was one. The caller holds mu.
func (s *Server) kfInvited(appID, who, menuID string) bool {
	account, yes := strings.CutPrefix(menuID, kfAccept)
	if !yes {
		var no bool
		if account, no = strings.CutPrefix(menuID, kfRefuse); !no {
			return false
		}
	}
	k := s.desk(appID).staff(account)
	if k == nil || k.Invited != who || !s.Clock.Now().Before(k.Until) || k.Worker != "" {
		return true
	}
	if yes {
		k.Worker, k.Invited = who, ""
	} else {
		k.Rejected = true
	}
	s.touchDesk(appID)
	return true
}

func (s *Server) kfList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, k := range s.desk(c.app.AppID).Staff {
		row := map[string]any{"kf_account": k.Account, "kf_headimgurl": "", "kf_id": k.ID, "kf_nick": k.Nick}
		if m := s.world.media[k.Head]; m != nil {
			row["kf_headimgurl"] = s.mediaURL(m)
		}
		switch {
		case k.Worker != "":
			row["kf_wx"] = k.Worker
		case k.Invited != "":
			state := "waiting"
			if k.Rejected {
				state = "rejected"
			} else if !s.Clock.Now().Before(k.Until) {
				state = "expired"
			}
			row["invite_wx"], row["invite_expire_time"], row["invite_status"] = k.Invited, k.Until.Unix(), state
		}
		list = append(list, row)
	}
	c.ok(map[string]any{"kf_list": list})
}

// kfOnline lists who answers: everybody whose account is bound to a person is online in the pocket WeChat.
func (s *Server) kfOnline(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, k := range s.desk(c.app.AppID).Staff {
		if k.Worker != "" {
			list = append(list, map[string]any{"kf_account": k.Account, "status": 1, "kf_id": k.ID, "accepted_case": len(s.kfSessions(c.app.AppID, k.Account))})
		}
	}
	c.ok(map[string]any{"kf_online_list": list})
}

// kfSessions lists the sessions of an account's customer service, oldest first; "" those who wait. The caller holds mu.
func (s *Server) kfSessions(appID, account string) []*kfSession {
	list := []*kfSession{}
	for _, k := range s.world.official.sessions {
		if k.AppID == appID && k.Account == account {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b *kfSession) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Person, b.Person)) })
	return list
}

func (s *Server) touchSession(k *kfSession) {
	key := k.AppID + "|" + k.Person
	s.world.official.sessions[key] = k
	s.touch("kf_session", key)
}

// kfTransfer puts a fan into the queue, or into the hands of one account (消息转发到客服). The caller holds mu.
func (s *Server) kfTransfer(appID, who, account string) {
	now := s.Clock.Now()
	old := s.world.official.sessions[appID+"|"+who]
	if old != nil && old.Account != "" {
		return
	}
	k := &kfSession{AppID: appID, Person: who, Since: now, Last: now}
	if staff := s.desk(appID).staff(account); staff != nil && staff.Worker != "" {
		s.kfOpen(k, account)
		return
	}
	s.touchSession(k)
}

// kfOpen gives a fan to an account and tells the developer. The caller holds mu.
func (s *Server) kfOpen(k *kfSession, account string) {
	k.Account, k.Since, k.Last = account, s.Clock.Now(), s.Clock.Now()
	s.touchSession(k)
	a := s.world.accounts[k.AppID]
	push := s.event(a, s.fan(k.AppID, k.Person), "kf_create_session", xmlField{"KfAccount", account})
	s.background(func() { s.push(push) })
}

type kfSessionBody struct {
	Account string `json:"kf_account"`
	OpenID  string `json:"openid"`
}

func (s *Server) kfCreate(c *call) {
	var in kfSessionBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.OpenID)
	if f == nil {
		return
	}
	staff := s.desk(c.app.AppID).staff(in.Account)
	old := s.world.official.sessions[f.AppID+"|"+f.Person]
	switch {
	case staff == nil:
		c.fail(65401, "invalid custom service account")
	case staff.Worker == "":
		c.fail(65415, "kf offline")
	case old != nil && old.Account != "":
		c.fail(65414, "customer accepted by "+old.Account)
	default:
		s.kfOpen(&kfSession{AppID: f.AppID, Person: f.Person}, in.Account)
		c.ok(apiOK)
	}
}

func (s *Server) kfClose(c *call) {
	var in kfSessionBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.OpenID)
	if f == nil {
		return
	}
	key := f.AppID + "|" + f.Person
	k := s.world.official.sessions[key]
	if k == nil || k.Account == "" || k.Account != in.Account {
		c.fail(65413, "no session with the customer")
		return
	}
	delete(s.world.official.sessions, key)
	s.touch("kf_session", key)
	push := s.event(c.app, f, "kf_close_session", xmlField{"KfAccount", k.Account}, xmlField{"CloseType", "KF"})
	s.background(func() { s.push(push) })
	c.ok(apiOK)
}

func (s *Server) kfGet(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(c.r.URL.Query().Get("openid"))
	if f == nil {
		return
	}
	answer := map[string]any{"createtime": 0, "kf_account": ""}
	if k := s.world.official.sessions[f.AppID+"|"+f.Person]; k != nil && k.Account != "" {
		answer["createtime"], answer["kf_account"] = k.Since.Unix(), k.Account
	}
	c.ok(answer)
}

func (s *Server) kfSessionList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := c.r.URL.Query().Get("kf_account")
	if s.desk(c.app.AppID).staff(account) == nil {
		c.fail(65401, "invalid custom service account")
		return
	}
	list := []map[string]any{}
	for _, k := range s.kfSessions(c.app.AppID, account) {
		list = append(list, map[string]any{"createtime": k.Since.Unix(), "openid": s.fan(k.AppID, k.Person).OpenID})
	}
	c.ok(map[string]any{"sessionlist": list})
}

func (s *Server) kfWaiting(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waits, list := s.kfSessions(c.app.AppID, ""), []map[string]any{}
	for _, k := range waits[:min(len(waits), 100)] {
		list = append(list, map[string]any{"latest_time": k.Last.Unix(), "openid": s.fan(k.AppID, k.Person).OpenID})
	}
	c.ok(map[string]any{"count": len(waits), "waitcaselist": list})
}

// kfHears takes a fan's message into an open session; the developer does not get it then. The caller holds mu.
func (s *Server) kfHears(a *account, f *fan, body content) bool {
	k := s.world.official.sessions[a.AppID+"|"+f.Person]
	if k == nil {
		return false
	}
	now := s.Clock.Now()
	patient := now.Sub(k.Last) < sessionPatient
	k.Last = now
	s.touchSession(k)
	if k.Account == "" || !patient {
		return false
	}
	s.kfRecord(f, k.Account, kfHeard, body)
	return true
}

// kfRecord keeps what was said with customer service. The caller holds mu.
func (s *Server) kfRecord(f *fan, worker string, code int, body content) {
	now := s.Clock.Now()
	key := f.AppID + "|" + now.Format(time.DateOnly)
	r := s.world.official.records[key]
	if r == nil {
		r = &kfRecords{}
		s.world.official.records[key] = r
	}
	if len(r.List) >= maxRecords {
		return
	}
	text := body.Text
	if text == "" {
		text = "[" + body.Type + "]"
	}
	r.List = append(r.List, kfRecordLine{s.next(), f.OpenID, worker, code, text, now})
	s.touch("kf_record", key)
}

func (s *Server) kfRecordList(c *call) {
	var in struct {
		Start  int64  `json:"starttime"`
		End    int64  `json:"endtime"`
		MsgID  flexID `json:"msgid"`
		Number int    `json:"number"`
	}
	if !c.json(&in) {
		return
	}
	switch {
	case in.Start <= 0 || in.End < in.Start || in.End-in.Start > 24*3600:
		c.deny(65416, "invalid time", "starttime and endtime must be at most 24 hours apart")
		return
	case in.Number < 1 || in.Number > maxRecords:
		c.fail(65402, "invalid args")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list, last := []map[string]any{}, int64(in.MsgID)
	for day := time.Unix(in.Start, 0).In(shanghai); !day.After(time.Unix(in.End, 0).In(shanghai).Add(24 * time.Hour)); day = day.AddDate(0, 0, 1) {
		r := s.world.official.records[c.app.AppID+"|"+day.Format(time.DateOnly)]
		if r == nil {
			continue
		}
		for _, l := range r.List {
			if l.ID >= int64(in.MsgID) && l.Time.Unix() >= in.Start && l.Time.Unix() <= in.End && len(list) < in.Number {
				list = append(list, map[string]any{"openid": l.OpenID, "opercode": l.Code, "text": l.Text, "time": l.Time.Unix(), "worker": l.Worker})
				last = l.ID + 1
			}
		}
	}
	c.ok(map[string]any{"recordlist": list, "number": len(list), "msgid": last})
}

// apiKFAnswer is a member of the customer service speaking to a fan of their session, or closing it.
func (s *Server) apiKFAnswer(r *http.Request) (any, error) {
	var in struct {
		Account string `json:"kf_account"`
		Text    string `json:"text"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.world.openids[r.PathValue("openid")]
	if f == nil || f.AppID != r.PathValue("appid") {
		return nil, missing("openid " + r.PathValue("openid"))
	}
	k := s.world.official.sessions[f.AppID+"|"+f.Person]
	if k == nil || k.Account != in.Account || k.Account == "" || in.Text == "" || len(in.Text) > maxKFText {
		return nil, refuse(http.StatusConflict, "kf.session", "没有这个会话，或内容为空", "the fan is in no session with this account, or text is empty")
	}
	k.Last = s.Clock.Now()
	s.touchSession(k)
	body := content{Type: "text", Text: in.Text}
	s.fromAccount(s.world.accounts[f.AppID], f.Person, body)
	s.kfRecord(f, in.Account, kfSaid, body)
	return nil, nil
}
