package sim

import "time"

// Defaults of 企业微信 访问频率限制.
const (
	corpPerMinute = 10_000
	corpPerHour   = 150_000
	ipPerMinute   = 20_000
	ipPerHour     = 600_000
	maxRateKeys   = 10_000
)

// corpRate counts the calls of one company. It lives in memory only: a restart forgives.
type corpRate struct {
	parallel int
	windows  map[string]*rateWindow // by API path, or by "ip "+address
}

// rateWindow counts calls in the running minute and hour, and knows until when the caller is shut out.
type rateWindow struct {
	minute, hour   time.Time
	inMin, inHour  int
	blocked        time.Time
	perMin, perHou int
}

// enterCorp counts a call of a company; a code other than 0 is the refusal. A minute's excess shuts out for 60 seconds, an hour's
// for 60 minutes.
func (s *Server) enterCorp(c *call) (code int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set, r := c.corp.Settings, &c.corp.rate
	if set.Parallel > 0 && r.parallel >= set.Parallel {
		return 45033, "api concurrent out of limit"
	}
	if r.windows == nil || len(r.windows) > maxRateKeys {
		r.windows = map[string]*rateWindow{}
	}
	now := s.Clock.Now()
	ok := r.window(c.r.URL.Path, or(set.CallsPerMinute, corpPerMinute), or(set.CallsPerHour, corpPerHour)).count(now)
	if !r.window("ip "+c.callerIP(), or(set.IPPerMinute, ipPerMinute), or(set.IPPerHour, ipPerHour)).count(now) || !ok {
		return 45009, "api freq out of limit"
	}
	r.parallel++
	return 0, ""
}

func (s *Server) leaveCorp(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.corp.rate.parallel--
}

func (r *corpRate) window(key string, perMinute, perHour int) *rateWindow {
	w := r.windows[key]
	if w == nil {
		w = &rateWindow{}
		r.windows[key] = w
	}
	w.perMin, w.perHou = perMinute, perHour
	return w
}

// count notes a call and tells whether it is within the limits; a negative limit is none.
func (w *rateWindow) count(now time.Time) bool {
	if now.Before(w.blocked) {
		return false
	}
	if m := now.Truncate(time.Minute); !m.Equal(w.minute) {
		w.minute, w.inMin = m, 0
	}
	if h := now.Truncate(time.Hour); !h.Equal(w.hour) {
		w.hour, w.inHour = h, 0
	}
	w.inMin++
	w.inHour++
	switch {
	case w.perHou >= 0 && w.inHour > w.perHou:
		w.blocked = now.Add(time.Hour)
	case w.perMin >= 0 && w.inMin > w.perMin:
		w.blocked = now.Add(time.Minute)
	default:
		return true
	}
	return false
}

// within notes a call and tells whether it is within the limits, without shutting anybody out for longer than the window.
func (w *rateWindow) within(now time.Time) bool {
	ok := w.count(now)
	w.blocked = time.Time{}
	return ok
}
