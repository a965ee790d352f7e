package sim

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	perMemberMinute = 30   // messages of an application to one member; more are dropped in silence
	perMemberHour   = 1000 // as above
	perAccountDay   = 200  // person-times a day for every account of the company
	robotPerMinute  = 20
	recallWithin    = 24 * time.Hour
	maxAppMessages  = 20_000 // kept for recalls
	maxRobots       = 1000
)

// appMessage remembers what an application sent, for a recall.
type appMessage struct {
	ID      string           `json:"id"`
	CorpID  string           `json:"corpid"`
	AgentID int64            `json:"agentid"`
	Born    time.Time        `json:"born"`
	Seqs    map[string]int64 `json:"seqs"` // member's key → seq of the message
}

// robot is a group robot (群机器人) and who sits in its group.
type robot struct {
	Key     string   `json:"key"`
	CorpID  string   `json:"corpid"`
	Name    string   `json:"name"`
	Members []string `json:"members"` // userids

	rate rateWindow
}

func appChat(corpID string, agentID int64) string { return "cap-" + itoa(agentID) + "@" + corpID }

// messageSend answers 发送应用消息.
func (s *Server) messageSend(c *call) {
	var in struct {
		appBody
		ToUser  string   `json:"touser"`
		ToParty string   `json:"toparty"`
		ToTag   string   `json:"totag"`
		AgentID looseInt `json:"agentid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := c.corp.app(int64(in.AgentID)); !ok {
		c.fail(40056, "invalid agentid")
		return
	}
	if int64(in.AgentID) != c.agent.AgentID {
		c.fail(301002, "not allow operate another agent with this accesstoken")
		return
	}
	body, code, why := s.appContent(c.corp.CorpID, &in.appBody)
	if code != 0 {
		c.fail(code, why)
		return
	}
	to, bad := s.receivers(c.corp, in.ToUser, in.ToParty, in.ToTag)
	if len(to) == 0 {
		c.fail(81013, "user & party & tag all invalid")
		return
	}
	state := c.corp.AppState[c.agent.AgentID]
	if !s.takeDay(c.corp, state, len(to)) {
		c.deny(45009, "api freq out of limit", "the application has sent its %d person-times of today", state.Sent)
		return
	}
	m := s.appSays(c.corp.CorpID, c.agent.AgentID, to, body)
	answer := struct {
		apiError
		Users    string `json:"invaliduser"`
		Parties  string `json:"invalidparty"`
		Tags     string `json:"invalidtag"`
		Licence  string `json:"unlicenseduser"`
		ID       string `json:"msgid"`
		Response string `json:"response_code,omitempty"`
	}{apiOK, strings.ToLower(strings.Join(bad[0], "|")), strings.Join(bad[1], "|"), strings.Join(bad[2], "|"), "", m.ID, ""}
	if in.MsgType == "template_card" {
		answer.Response = s.text(32)
	}
	c.ok(answer)
}

// takeDay counts person-times of today; false: there are none left.
func (s *Server) takeDay(corp *company, state *agent, n int) bool {
	if day := s.Clock.Now().Format(time.DateOnly); state.Day != day {
		state.Day, state.Sent = day, 0
	}
	if state.Sent+n > perAccountDay*max(1, len(s.world.work.corpStaff[corp.CorpID])) {
		return false
	}
	state.Sent += n
	s.touchCompany(corp)
	return true
}

// receivers reads touser, toparty and totag; bad are the unknown ones of each. The caller holds mu.
func (s *Server) receivers(corp *company, users, parties, tags string) (to []*staff, bad [3][]string) {
	add := func(list ...*staff) {
		for _, st := range list {
			if !slices.Contains(to, st) {
				to = append(to, st)
			}
		}
	}
	if users == "@all" {
		return s.membersOf(corp, []int64{1}), bad
	}
	for _, id := range fields(users) {
		if st := s.worker(corp.CorpID, id); st != nil {
			add(st)
		} else {
			bad[0] = append(bad[0], id)
		}
	}
	for _, text := range fields(parties) {
		if id := number(text); corp.department(id) != nil {
			add(s.membersOf(corp, []int64{id})...)
		} else {
			bad[1] = append(bad[1], text)
		}
	}
	for _, text := range fields(tags) {
		t := s.world.work.bookTags[corp.CorpID+"|"+text]
		if t == nil {
			bad[2] = append(bad[2], text)
			continue
		}
		for _, id := range t.Users {
			if st := s.worker(corp.CorpID, id); st != nil {
				add(st)
			}
		}
		add(s.membersOf(corp, t.Parties)...)
	}
	return to, bad
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == ' ' })
}

func number(text string) int64 {
	var n looseInt
	if n.UnmarshalJSON([]byte(text)) != nil {
		return 0
	}
	return int64(n)
}

// appSays delivers what an application says to members who use WeCom. The caller holds mu.
func (s *Server) appSays(corpID string, agentID int64, to []*staff, body content) *appMessage {
	from := itoa(agentID) + "@" + corpID
	m := &appMessage{ID: s.pick(43, letters+"-_"), CorpID: corpID, AgentID: agentID, Born: s.Clock.Now(), Seqs: map[string]int64{}}
	l := s.sharedLetter("corpapp", from, body)
	for _, st := range to {
		if st.Person != "" && s.memberMayHear(corpID, agentID, st) {
			m.Seqs[st.key()] = s.drop(st.key(), appChat(corpID, agentID), l).Seq
		}
	}
	s.forgetUnsent(l)
	s.forgetAppMessages()
	s.world.work.appMsgs[m.ID] = m
	s.touch("app_message", m.ID)
	return m
}

// forgetUnsent drops a shared letter that nobody got. The caller holds mu.
func (s *Server) forgetUnsent(l *letter) {
	if l.refs == 0 {
		l.refs = 1
		s.release(l)
	}
}

// memberMayHear counts an application's messages to one member.
func (s *Server) memberMayHear(corpID string, agentID int64, st *staff) bool {
	corp := s.world.work.companies[corpID]
	if corp.rate.windows == nil || len(corp.rate.windows) > maxRateKeys {
		corp.rate.windows = map[string]*rateWindow{}
	}
	return corp.rate.window(fmt.Sprintf("app %d %s", agentID, st.UserID), perMemberMinute, perMemberHour).within(s.Clock.Now())
}

func (s *Server) forgetAppMessages() {
	all := s.world.work.appMsgs
	if len(all) < maxAppMessages {
		return
	}
	for id, m := range all {
		if s.Clock.Now().Sub(m.Born) > recallWithin || len(all) >= 2*maxAppMessages {
			delete(all, id)
			s.touch("app_message", id)
		}
	}
}

// messageRecall answers 撤回应用消息.
func (s *Server) messageRecall(c *call) {
	var in struct {
		ID string `json:"msgid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.world.work.appMsgs[in.ID]
	if m == nil || m.CorpID != c.corp.CorpID || m.AgentID != c.agent.AgentID || s.Clock.Now().Sub(m.Born) > recallWithin {
		c.invalid("msgid is unknown, or older than 24 hours")
		return
	}
	gone := content{Type: "system", Text: "应用撤回了一条消息"}
	for key, seq := range m.Seqs {
		ch := s.chat(key, appChat(m.CorpID, m.AgentID))
		if i, ok := ch.find(seq); ok {
			s.rewrite(ch, ch.msgs[i], gone)
			s.tell(key, "rewritten", map[string]any{"message": s.messageView(ch, ch.msgs[i]), "chat": s.chatView(ch)})
		}
	}
	delete(s.world.work.appMsgs, m.ID)
	s.touch("app_message", m.ID)
	c.ok(apiOK)
}

// writeToApp is a member who writes to an application: it is pushed to the callback URL, whose encrypted answer is delivered. The
// caller holds mu.
func (s *Server) writeToApp(st *staff, appKey string, body content) (*message, error) {
	id, _, _ := strings.Cut(appKey, "@")
	app, ok := s.world.work.companies[st.CorpID].app(number(id))
	if !ok || appKey != id+"@"+st.CorpID {
		return nil, missing("application " + appKey)
	}
	m := s.deliver(st.key(), "cap-"+appKey, "staff", st.key(), body)
	push := workPush{corpID: st.CorpID, app: app, person: st.Person, fields: []xmlField{{"ToUserName", st.CorpID}, {"FromUserName", st.UserID},
		{"CreateTime", itoa(s.Clock.Now().Unix())}, {"MsgType", "text"}, {"Content", body.Text}, {"MsgId", itoa(s.Clock.Now().Unix()<<31 | s.next()&0x7fffffff)}, {"AgentID", id}}}
	push.reply = func(plain []byte) error { return s.appReplied(st, app, plain) }
	s.pushApp(push)
	return m, nil
}

// appReplied delivers an application's passive reply.
func (s *Server) appReplied(st *staff, app CorpApp, plain []byte) error {
	var in reply
	if err := xml.Unmarshal(bytes.TrimSpace(plain), &in); err != nil {
		return fmt.Errorf("the decrypted answer is not XML: %w", err)
	}
	if in.To != st.UserID || in.From != st.CorpID {
		return fmt.Errorf("ToUserName %q and FromUserName %q must be the member %q and the corpid %q", in.To, in.From, st.UserID, st.CorpID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	body := content{Type: in.Type}
	switch in.Type {
	case "text":
		body.Text = in.Content
	case "image":
		m := s.workMediaOf(st.CorpID, in.Image.MediaID, "image")
		if m == nil {
			return fmt.Errorf("MediaId %q is unknown or expired", in.Image.MediaID)
		}
		body.ImageURL = m.path()
	case "news":
		if body.Articles = in.Articles.Items; len(body.Articles) < 1 || len(body.Articles) > maxCards {
			return fmt.Errorf("%d articles; 1 to %d are allowed", len(body.Articles), maxCards)
		}
	default:
		return fmt.Errorf("MsgType %q cannot be answered with here", in.Type)
	}
	s.deliver(st.key(), appChat(st.CorpID, app.AgentID), "corpapp", itoa(app.AgentID)+"@"+st.CorpID, body)
	return nil
}

// AddRobot makes a group robot for members of a company and gives its key. The group is these members.
func (s *Server) AddRobot(corpID, name string, userIDs []string) (key string, err error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.work.companies[corpID] == nil {
		return "", missing("company " + corpID)
	}
	if name == "" || tooLong(name, 32) || len(userIDs) == 0 || len(userIDs) > 2000 || len(s.world.work.robots) >= maxRobots {
		return "", bad("robot.name", "机器人需要名称和成员", "a robot needs a name of 1 to 32 characters and 1 to 2000 members")
	}
	for _, id := range userIDs {
		if s.worker(corpID, id) == nil {
			return "", missing("member " + id)
		}
	}
	h := s.hexLower(16)
	r := &robot{Key: h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], CorpID: corpID, Name: name, Members: userIDs}
	s.world.work.robots[r.Key] = r
	s.touch("robot", r.Key)
	return r.Key, nil
}

// robotOf finds the robot of ?key= and counts the call; on failure it has answered. The caller holds mu.
func (s *Server) robotOf(c *call) *robot {
	r := s.world.work.robots[c.r.URL.Query().Get("key")]
	if r == nil {
		c.fail(93000, "invalid webhook url")
		return nil
	}
	c.entry.AppID = r.CorpID
	return r
}

// webhookSend answers 群机器人 webhook/send: twenty messages a minute.
func (s *Server) webhookSend(c *call) {
	if !c.method(http.MethodPost) {
		return
	}
	var in appBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.robotOf(c)
	if r == nil {
		return
	}
	r.rate.perMin, r.rate.perHou = robotPerMinute, -1
	if !r.rate.within(s.Clock.Now()) {
		c.fail(45009, "api freq out of limit")
		return
	}
	body, code, why := s.robotContent(r, &in)
	if code != 0 {
		c.fail(code, why)
		return
	}
	l := s.sharedLetter("robot", r.Key, body)
	for _, id := range r.Members {
		if st := s.worker(r.CorpID, id); st != nil && st.Person != "" {
			s.drop(st.key(), "rob-"+r.Key, l)
		}
	}
	s.forgetUnsent(l)
	c.ok(apiOK)
}

func (s *Server) robotContent(r *robot, in *appBody) (body content, code int, why string) {
	if in.MsgType == "text" {
		for _, id := range in.Text.Mentioned {
			if id == "@all" {
				in.Text.Content += " @所有人"
			} else if st := s.worker(r.CorpID, id); st != nil {
				in.Text.Content += " @" + st.Name
			}
		}
	}
	if in.MsgType != "image" {
		return s.appContent(r.CorpID, in)
	}
	data, err := base64.StdEncoding.DecodeString(in.Image.Base64)
	sum := md5.Sum(data)
	if err != nil || len(data) == 0 || len(data) > maxWorkImage || hex.EncodeToString(sum[:]) != strings.ToLower(in.Image.MD5) {
		return body, 40009, "invalid image: base64, size or md5"
	}
	kind := http.DetectContentType(data)
	if kind != "image/png" && kind != "image/jpeg" {
		return body, 40009, "invalid image: jpg and png only"
	}
	return content{Type: "image", ImageURL: s.storeMedia(r.CorpID, "image", kind, data, s.Clock.Now().Add(mediaLife)).path()}, 0, ""
}

func (s *Server) webhookUpload(c *call) {
	if !c.method(http.MethodPost) {
		return
	}
	s.mu.Lock()
	r := s.robotOf(c)
	if r != nil {
		c.corp = s.world.work.companies[r.CorpID]
	}
	s.mu.Unlock()
	if r == nil {
		return
	}
	kind := c.r.URL.Query().Get("type")
	if kind != "file" && kind != "voice" {
		c.fail(40004, "invalid media type")
		return
	}
	if m := s.storeWorkFile(c, kind, workFiles[kind], s.Clock.Now().Add(mediaLife)); m != nil {
		c.ok(struct {
			apiError
			Type    string `json:"type"`
			ID      string `json:"media_id"`
			Created string `json:"created_at"`
		}{apiOK, kind, m.ID, itoa(m.Born.Unix())})
	}
}

// The menu of an application is kept per agentid.
func (s *Server) appMenu(f func(c *call, state *agent)) func(*call) {
	return func(c *call) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if number(c.r.URL.Query().Get("agentid")) != c.agent.AgentID {
			c.fail(40056, "invalid agentid")
			return
		}
		f(c, c.corp.AppState[c.agent.AgentID])
	}
}

func (s *Server) appMenuCreate(c *call, state *agent) {
	var in struct {
		Buttons []json.RawMessage `json:"button"`
	}
	if !c.json(&in) {
		return
	}
	if len(in.Buttons) < 1 || len(in.Buttons) > 3 {
		c.fail(40016, "invalid button size")
		return
	}
	state.Menu = slices.Clone(c.body)
	s.touchCompany(c.corp)
	c.ok(apiOK)
}

func (s *Server) appMenuGet(c *call, state *agent) {
	if state.Menu == nil {
		c.fail(46003, "no menu")
		return
	}
	c.out = state.Menu
}

func (s *Server) appMenuDelete(c *call, state *agent) {
	state.Menu = nil
	s.touchCompany(c.corp)
	c.ok(apiOK)
}

func (s *Server) appEndpoints() []endpoint {
	post := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightAny, f) }
	get := func(f func(*call)) func(*call) { return s.withCorp(http.MethodGet, rightAny, f) }
	return []endpoint{
		{Pattern: "/cgi-bin/message/send", Title: "发送应用消息", Fidelity: Partial, Note: "cards are shown, their buttons and votes raise no events; safe, id translation and duplicate check are ignored", serve: post(s.messageSend)},
		{Pattern: "/cgi-bin/message/recall", Title: "撤回应用消息", Fidelity: Full, serve: post(s.messageRecall)},
		{Pattern: "/cgi-bin/webhook/send", Title: "群机器人配置说明", Fidelity: Partial, Note: "the group is the robot's members; mentioned_mobile_list is ignored", serve: s.webhookSend},
		{Pattern: "/cgi-bin/webhook/upload_media", Title: "群机器人 文件上传接口", Fidelity: Full, Limit: maxWorkUpload, serve: s.webhookUpload},
		{Pattern: "/cgi-bin/menu/create", Title: "创建菜单（应用）", Fidelity: Recorded, Note: "the phone shows no menu of an application", serve: post(s.appMenu(s.appMenuCreate))},
		{Pattern: "/cgi-bin/menu/get", Title: "获取菜单（应用）", Fidelity: Full, serve: get(s.appMenu(s.appMenuGet))},
		{Pattern: "/cgi-bin/menu/delete", Title: "删除菜单（应用）", Fidelity: Full, serve: get(s.appMenu(s.appMenuDelete))},
	}
}
