package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Rules of mass messages (群发消息).
const (
	massDelay       = time.Second // from the call to the phones, by the clock
	massGuardLimit  = 30 * time.Minute
	massPerMonth    = 4 // received per fan, and is_to_all sent, of a service account
	massKept        = 10_000
	massClientLife  = 24 * time.Hour
	massClientPause = time.Minute
	massDeleteLife  = 10 * 24 * time.Hour
	massMost        = 10_000 // openids
	massSending     = "SENDING"
	massSuccess     = "SEND_SUCCESS"
	massFail        = "SEND_FAIL"
	massDeleted     = "DELETE"
)

// massSpeeds are real speeds in ten thousand a minute by level.
var massSpeeds = [...]int{80, 60, 45, 30, 10}

// massJob is one mass message.
type massJob struct {
	ID       int64     `json:"id"`
	DataID   int64     `json:"data_id"`
	AppID    string    `json:"appid"`
	ClientID string    `json:"client_id,omitempty"`
	All      bool      `json:"all,omitempty"`
	Tag      int       `json:"tag,omitempty"`
	People   []string  `json:"people,omitempty"` // of mass/send
	Bodies   []content `json:"bodies"`
	Articles string    `json:"articles,omitempty"` // publication of an article message
	Born     time.Time `json:"born"`
	Due      time.Time `json:"due"`
	State    string    `json:"state"`
	Waits    bool      `json:"waits,omitempty"` // for the administrator
	Status   string    `json:"status,omitempty"`
	Total    int       `json:"total"`
	Filter   int       `json:"filter"`
	Sent     int       `json:"sent"`
	Error    int       `json:"error"`
}

type massBody struct {
	Filter *struct {
		All flexBool `json:"is_to_all"`
		Tag flexID   `json:"tag_id"`
	} `json:"filter"`
	ToUser  json.RawMessage `json:"touser"`
	WXName  string          `json:"towxname"`
	Type    string          `json:"msgtype"`
	MPNews  mediaIDBody     `json:"mpnews"`
	Text    struct{ Content string }
	Voice   mediaIDBody `json:"voice"`
	Image   mediaIDBody `json:"image"`
	MPVideo struct {
		ID          string `json:"media_id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"mpvideo"`
	Images struct {
		IDs       []string `json:"media_ids"`
		Recommend string   `json:"recommend"`
	} `json:"images"`
	ClientID string `json:"clientmsgid"`
}

// massContent makes what the fans will see; a code other than 0 is the refusal. The caller holds mu.
func (s *Server) massContent(app *account, in *massBody, sent bool) (bodies []content, articles *publication, code int, text, why string) {
	file := func(id, kind string) *media {
		m := s.world.media[id]
		if m == nil || m.AppID != app.AppID || m.expired(s.Clock.Now()) || m.Type != kind {
			return nil
		}
		return m
	}
	switch in.Type {
	case "text":
		if in.Text.Content == "" {
			return nil, nil, 44004, "empty content", "text.content is empty"
		}
		if len(in.Text.Content) > maxKFText {
			return nil, nil, 45002, "content size out of limit", fmt.Sprintf("text.content has %d bytes, %d are allowed", len(in.Text.Content), maxKFText)
		}
		return []content{{Type: "text", Text: in.Text.Content}}, nil, 0, "", ""
	case "mpnews":
		d := s.world.official.drafts[in.MPNews.ID]
		if d == nil || d.AppID != app.AppID {
			return nil, nil, 40007, "invalid media_id", "mpnews.media_id is no draft of this account"
		}
		p := s.putOut(app.AppID, d.Articles, true)
		return []content{{Type: "news", Articles: p.cards()}}, p, 0, "", ""
	case "voice":
		m := file(in.Voice.ID, "voice")
		if m == nil {
			return nil, nil, 40007, "invalid media_id", "voice.media_id"
		}
		return []content{{Type: "voice", MediaURL: m.path()}}, nil, 0, "", ""
	case "image", "images":
		ids := in.Images.IDs
		if in.Type == "image" || len(ids) == 0 {
			ids = append(slices.Clone(ids), in.Image.ID)
		}
		if len(ids) > maxArticleImages {
			return nil, nil, 40035, "invalid parameter", "images.media_ids has too many pictures"
		}
		if in.Images.Recommend != "" {
			bodies = append(bodies, content{Type: "text", Text: in.Images.Recommend})
		}
		for _, id := range ids {
			m := file(id, "image")
			if m == nil {
				return nil, nil, 40007, "invalid media_id", "media id " + id + " is no picture of this account"
			}
			bodies = append(bodies, content{Type: "image", ImageURL: m.path()})
		}
		return bodies, nil, 0, "", ""
	case "mpvideo":
		m := file(in.MPVideo.ID, "video")
		if m == nil {
			return nil, nil, 40007, "invalid media_id", "mpvideo.media_id"
		}
		return []content{{Type: "video", MediaURL: m.path(), Title: cmp.Or(in.MPVideo.Title, m.Title), Description: cmp.Or(in.MPVideo.Description, m.Intro)}}, nil, 0, "", ""
	case "wxcard":
		return nil, nil, 48001, "api unauthorized", "cards (卡券) are not offered by the pocket WeChat"
	}
	return nil, nil, 40008, "invalid message type", fmt.Sprintf("msgtype %q", in.Type)
}

func (s *Server) massSendAll(c *call) {
	var in massBody
	if !c.json(&in) {
		return
	}
	if in.Filter == nil {
		c.fail(40035, "invalid parameter")
		c.refused("filter is missing")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	job := &massJob{All: bool(in.Filter.All), Tag: int(in.Filter.Tag)}
	if !job.All && job.Tag != starTag && s.desk(c.app.AppID).tag(job.Tag) == nil {
		c.fail(45159, textTagID)
		return
	}
	s.massAccept(c, &in, job)
}

func (s *Server) massSend(c *call) {
	var in massBody
	if !c.json(&in) {
		return
	}
	var list []string
	if err := json.Unmarshal(in.ToUser, &list); err != nil || len(list) < 2 || len(list) > massMost {
		c.fail(40130, "invalid openid list size, at least two openid")
		c.refused("touser must be a list of 2 to %d openids, it has %d", massMost, len(list))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	job := &massJob{}
	for _, id := range list {
		f := s.world.openids[id]
		if f == nil || f.AppID != c.app.AppID {
			c.fail(40003, "invalid openid")
			return
		}
		if !slices.Contains(job.People, f.Person) {
			job.People = append(job.People, f.Person)
		}
	}
	s.massAccept(c, &in, job)
}

// massAccept holds a mass message to the rules and sets it on its way. The caller holds mu.
func (s *Server) massAccept(c *call, in *massBody, job *massJob) {
	now := s.Clock.Now()
	if !s.massClient(c, in.ClientID, now) {
		return
	}
	if why := s.massQuota(c.app, job, now); why != "" {
		c.fail(45028, "has no masssend quota")
		c.refused("45028: %s", why)
		return
	}
	bodies, p, code, text, why := s.massContent(c.app, in, true)
	if code != 0 {
		c.fail(code, text)
		c.refused("%d %s: %s", code, text, why)
		return
	}
	job.ID, job.AppID, job.ClientID, job.Bodies, job.Born, job.State = 1_000_000_000+s.next(), c.app.AppID, in.ClientID, bodies, now, massSending
	job.DataID = 2_247_483_648 + job.ID
	job.Due = now.Add(massDelay)
	if p != nil {
		job.Articles, p.History = p.ArticleID, job.All
		s.touch("article", p.ArticleID)
	}
	if s.desk(c.app.AppID).MassGuard {
		job.Waits, job.Due = true, now.Add(massGuardLimit)
	}
	s.keepMass(job)
	key := itoa(job.ID)
	s.Clock.schedule(job.Due, func() { s.finishMass(key) })
	answer := map[string]any{"errcode": 0, "errmsg": "send job submission success", "msg_id": job.ID}
	if p != nil {
		answer["msg_data_id"] = job.DataID
	}
	c.ok(answer)
}

func (s *Server) keepMass(job *massJob) {
	masses := s.world.official.masses
	if len(masses) >= massKept {
		var oldest *massJob
		for _, m := range masses {
			if oldest == nil || m.ID < oldest.ID {
				oldest = m
			}
		}
		delete(masses, itoa(oldest.ID))
		s.touch("mass", itoa(oldest.ID))
	}
	masses[itoa(job.ID)] = job
	s.touch("mass", itoa(job.ID))
}

// massClient refuses a message that was sent already under the same clientmsgid.
func (s *Server) massClient(c *call, id string, now time.Time) bool {
	if len(id) > 64 {
		c.fail(45067, "invalid clientmsgid size")
		return false
	}
	for _, m := range s.world.official.masses {
		if id == "" || m.AppID != c.app.AppID || m.ClientID != id || now.Sub(m.Born) >= massClientLife {
			continue
		}
		if now.Sub(m.Born) < massClientPause {
			c.fail(45066, "same clientmsgid retry too fast")
			return false
		}
		c.fail(45065, "clientmsgid exist")
		c.out, _ = encode(map[string]any{"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": m.ID, "msg_data_id": m.DataID})
		return false
	}
	return true
}

// massQuota tells why an account may not send now; empty when it may. Days and months turn at 00:00 +08:00. The caller holds mu.
func (s *Server) massQuota(a *account, job *massJob, now time.Time) string {
	if a.Test {
		return "a test account sends no mass messages"
	}
	day, month := 0, 0
	for _, m := range s.world.official.masses {
		if m.AppID != a.AppID || m.State == massFail || a.Kind == "service" && !m.All {
			continue
		}
		born := m.Born.In(shanghai)
		if born.Format("2006-01") == now.Format("2006-01") {
			month++
		}
		if born.Format(time.DateOnly) == now.Format(time.DateOnly) {
			day++
		}
	}
	switch {
	case a.Kind != "service" && day >= 1:
		return "this account sent its mass message of the day"
	case a.Kind == "service" && job.All && day >= 1:
		return "is_to_all may be sent once a day"
	case a.Kind == "service" && job.All && month >= massPerMonth:
		return "is_to_all may be sent four times a calendar month"
	}
	return ""
}

// finishMass brings a mass message to the fans' phones and tells the developer how many got it.
func (s *Server) finishMass(key string) {
	s.mu.Lock()
	job := s.world.official.masses[key]
	if job == nil || job.State != massSending || s.Clock.Now().Before(job.Due) {
		s.mu.Unlock()
		return
	}
	a := s.world.accounts[job.AppID]
	if job.Waits {
		job.State, job.Status = massFail, "err(40002)" // the administrator did not answer in time
	} else {
		s.spreadMass(a, job)
	}
	s.touch("mass", key)
	push := s.massEvent(a, job)
	s.mu.Unlock()
	s.background(func() { s.push(push) })
}

// spreadMass delivers a job. The caller holds mu.
func (s *Server) spreadMass(a *account, job *massJob) {
	fans := s.fansWith(job.AppID, func(f *fan) bool {
		switch {
		case len(job.People) > 0:
			return slices.Contains(job.People, f.Person)
		case job.All:
			return f.Subscribed
		}
		return f.Subscribed && slices.Contains(f.Tags, job.Tag)
	})
	letters := make([]*letter, len(job.Bodies))
	for i, body := range job.Bodies {
		letters[i] = s.sharedLetter("account", job.AppID, body)
	}
	month := s.Clock.Now().Format("2006-01")
	for _, f := range fans {
		job.Total++
		if f.Black || f.Refuses || !f.Subscribed {
			continue // filtered out
		}
		job.Filter++
		if f.MassMonth != month {
			f.MassMonth, f.MassGot = month, 0
		}
		if a.Kind == "service" && f.MassGot >= massPerMonth {
			job.Error++
			continue
		}
		f.MassGot++
		s.touchFan(f)
		job.Sent++
		for _, l := range letters {
			s.drop(f.Person, "acc-"+job.AppID, l)
		}
	}
	for _, l := range letters {
		if l.refs == 0 {
			l.refs = 1
			s.release(l)
		}
	}
	job.State, job.Status = massSuccess, "send success"
	if job.Sent == 0 && job.Total > 0 && job.Error > 0 {
		job.Status = "send fail"
	}
	if p := s.world.official.articles[job.Articles]; p != nil {
		s.statSent(p, job.Sent)
	}
}

// massEvent is MASSSENDJOBFINISH of a job. The caller holds mu.
func (s *Server) massEvent(a *account, job *massJob) outPush {
	fields := []xmlField{{"MsgID", itoa(job.ID)}, {"Status", job.Status}, {"TotalCount", strconv.Itoa(job.Total)}, {"FilterCount", strconv.Itoa(job.Filter)},
		{"SentCount", strconv.Itoa(job.Sent)}, {"ErrorCount", strconv.Itoa(job.Error)}}
	if p := s.world.official.articles[job.Articles]; p != nil {
		links := []xmlField{}
		for i, piece := range p.Articles {
			links = append(links, xmlField{"item", nested(xmlField{"ArticleIdx", strconv.Itoa(i + 1)}, xmlField{"ArticleUrl", articleURL(piece.Key)})})
		}
		fields = append(fields,
			xmlField{"CopyrightCheckResult", nested(xmlField{"Count", "0"}, xmlField{"ResultList", nested()}, xmlField{"CheckState", "2"})},
			xmlField{"ArticleUrlResult", nested(xmlField{"Count", strconv.Itoa(len(links))}, xmlField{"ResultList", nested(links...)})})
	}
	return s.accountEvent(a, "MASSSENDJOBFINISH", fields...)
}

// apiConfirmMass is the administrator's answer to a mass message that waits (API 群发保护).
func (s *Server) apiConfirmMass(r *http.Request) (any, error) {
	var in struct {
		Agree bool `json:"agree"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	job := s.world.official.masses[r.PathValue("msg")]
	if job == nil || job.AppID != r.PathValue("appid") || !job.Waits || job.State != massSending {
		s.mu.Unlock()
		return nil, missing("mass message " + r.PathValue("msg") + " that waits")
	}
	a := s.world.accounts[job.AppID]
	job.Waits = false
	if in.Agree {
		s.spreadMass(a, job)
	} else {
		job.State, job.Status = massFail, "err(40001)"
	}
	s.touch("mass", itoa(job.ID))
	push, view := s.massEvent(a, job), *job
	s.mu.Unlock()
	s.background(func() { s.push(push) })
	return map[string]any{"state": view.State, "sent": view.Sent}, nil
}

func (s *Server) massPreview(c *call) {
	var in massBody
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var to string
	_ = json.Unmarshal(in.ToUser, &to) // not a text: no such openid
	var f *fan
	if in.WXName != "" { // comes before touser
		if s.world.people[in.WXName] == nil {
			c.fail(40132, "invalid username")
			return
		}
		f = s.fan(c.app.AppID, in.WXName)
	} else if f = c.fanOf(to); f == nil {
		return
	}
	if !f.Subscribed {
		c.fail(43004, "require subscribe")
		return
	}
	bodies, p, code, text, why := s.massContent(c.app, &in, false)
	if code != 0 {
		c.fail(code, text)
		c.refused("%d %s: %s", code, text, why)
		return
	}
	for _, body := range bodies {
		s.fromAccount(c.app, f.Person, body)
	}
	answer := map[string]any{"errcode": 0, "errmsg": "preview success", "msg_id": 1_000_000_000 + s.next()}
	if p != nil {
		answer["msg_data_id"] = 2_247_483_648 + p.Seq
	}
	c.ok(answer)
}

// massOf finds a mass message of the account; on failure it has answered. The caller holds mu.
func (c *call) massOf(id int64) *massJob {
	job := c.s.world.official.masses[itoa(id)]
	if job == nil || job.AppID != c.app.AppID {
		c.fail(40059, "invalid msg id")
		return nil
	}
	return job
}

func (s *Server) massDelete(c *call) {
	var in struct {
		ID    flexID `json:"msg_id"`
		Index int    `json:"article_idx"`
		URL   string `json:"url"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var p *publication
	var job *massJob
	if in.ID == 0 && in.URL != "" {
		for _, m := range s.world.official.masses {
			if q := s.world.official.articles[m.Articles]; q != nil && m.AppID == c.app.AppID {
				if i := slices.IndexFunc(q.Articles, func(a pubPiece) bool { return articleURL(a.Key) == in.URL }); i >= 0 {
					job, p, in.Index = m, q, i+1
				}
			}
		}
		if job == nil {
			c.fail(40066, "invalid url")
			return
		}
	} else {
		if job = c.massOf(int64(in.ID)); job == nil {
			return
		}
		p = s.world.official.articles[job.Articles]
	}
	switch {
	case p == nil && job.Bodies[0].Type != "video":
		c.fail(40059, "invalid msg id")
		c.refused("40059: only articles and videos can be deleted")
	case s.Clock.Now().Sub(job.Born) > massDeleteLife:
		c.fail(40059, "invalid msg id")
		c.refused("40059: the message is older than ten days")
	case p != nil && !p.remove(in.Index):
		c.fail(40114, "invalid index value")
	default:
		if p != nil {
			s.touch("article", p.ArticleID)
		}
		if p == nil || p.gone() {
			job.State = massDeleted
			s.touch("mass", itoa(job.ID))
		}
		c.ok(apiOK)
	}
}

func (s *Server) massGet(c *call) {
	var in struct {
		ID flexID `json:"msg_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if job := c.massOf(int64(in.ID)); job != nil {
		c.ok(map[string]any{"msg_id": job.ID, "msg_status": job.State})
	}
}

func (s *Server) massSpeedGet(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.desk(c.app.AppID)
	c.ok(map[string]int{"speed": d.Speed, "realspeed": massSpeeds[d.Speed]})
}

func (s *Server) massSpeedSet(c *call) {
	var in struct {
		Speed *int `json:"speed"`
	}
	if !c.json(&in) {
		return
	}
	if in.Speed == nil || *in.Speed < 0 || *in.Speed >= len(massSpeeds) {
		c.fail(45083, "speed must be an integer from 0 to 4")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.desk(c.app.AppID).Speed = *in.Speed
	s.touchDesk(c.app.AppID)
	c.ok(map[string]any{"errcode": 0, "errmsg": "ok", "speed": *in.Speed, "realspeed": massSpeeds[*in.Speed]})
}

// resumeOfficial takes up after a restart what was under way.
func (s *Server) resumeOfficial() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, job := range s.world.official.publishes {
		if job.State == publishRunning {
			s.Clock.schedule(job.Due, func() { s.finishPublish(key) })
		}
	}
	for key, job := range s.world.official.masses {
		if job.State == massSending {
			s.Clock.schedule(job.Due, func() { s.finishMass(key) })
		}
	}
}
