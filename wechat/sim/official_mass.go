package sim

import (
	"encoding/json"
	"slices"
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

func (s *Server) massSendAll(c *call) {
	var in massBody
	if !c.json(&in) {
		return
	}
	if in.Filter == nil {
		c.deny(40035, "invalid parameter", "filter is missing")
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
		c.deny(40130, "invalid openid list size, at least two openid", "touser must be a list of 2 to %d openids, it has %d", massMost, len(list))
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
		c.deny(45028, "has no masssend quota", "%s", why)
		return
	}
	bodies, p, code, text, why := s.massContent(c.app, in, true)
	if code != 0 {
		c.deny(code, text, "%s", why)
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
