package sim

import (
	"net/http"
	"slices"
	"strconv"
)

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
