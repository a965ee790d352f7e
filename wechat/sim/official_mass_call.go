package sim

import (
	"encoding/json"
	"slices"
)

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
		c.deny(code, text, "%s", why)
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
		c.deny(40059, "invalid msg id", "only articles and videos can be deleted")
	case s.Clock.Now().Sub(job.Born) > massDeleteLife:
		c.deny(40059, "invalid msg id", "the message is older than ten days")
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
