package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// noticeSteps are the pauses between the attempts of one notice: the first goes out at once, then fifteen more (B3).
var noticeSteps = [...]time.Duration{
	15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, 30 * time.Minute,
	30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
}

const (
	maxNotices = 20_000 // kept; delivered ones are forgotten first
	waiting    = "waiting"
	delivered  = "delivered"
	givenUp    = "given_up"
)

// notice is one notification of WeChat Pay to a merchant.
type notice struct {
	ID        string          `json:"id"`
	Seq       int64           `json:"seq"`
	MchID     string          `json:"mchid"`
	URL       string          `json:"url"`
	KeyMode   string          `json:"key_mode"`
	EventType string          `json:"event_type"`
	Original  string          `json:"original_type"`
	Summary   string          `json:"summary"`
	Plain     json.RawMessage `json:"plain"`
	Born      time.Time       `json:"born"`
	State     string          `json:"state"`
	Step      int             `json:"step"` // attempts made by the schedule
	Next      time.Time       `json:"next,omitzero"`
	Attempts  []attempt       `json:"attempts,omitempty"`
	V2        bool            `json:"v2,omitempty"` // Plain is an XML document of v2

	body    []byte // sealed once: every attempt carries the same
	sending bool
	probe   bool // a copy that carries a SIGNTEST probe
	held    bool // fell due while notifications were paused
}

type attempt struct {
	Time   time.Time `json:"time"`
	Status int       `json:"status"`
	Error  string    `json:"error,omitempty"`
	MS     int64     `json:"ms"`
}

// newNotice stores a notice to be started after the world is free. Nil when the merchant has no APIv3 key. The caller holds mu.
func (s *Server) newNotice(mchID, address, keyMode, eventType, original, summary string, plain any) *notice {
	raw, err := encode(plain)
	if err != nil || s.world.merchants[mchID] == nil || s.world.merchants[mchID].APIv3Key == "" {
		return nil
	}
	n := &notice{ID: s.noticeID(), Seq: s.next(), MchID: mchID, URL: address, KeyMode: keyMode, EventType: eventType, Original: original,
		Summary: summary, Plain: raw, Born: s.Clock.Now(), State: waiting, Next: s.Clock.Now()}
	s.world.notices[n.ID] = n
	s.world.noticeLog = append(s.world.noticeLog, n.ID)
	s.touch("notice", n.ID)
	s.forgetNotices()
	return n
}

func (s *Server) noticeID() string {
	return "EV-" + s.Clock.Now().Format("20060102150405") + s.digits(19)
}

func (s *Server) forgetNotices() {
	if len(s.world.noticeLog) <= maxNotices {
		return
	}
	cut := len(s.world.noticeLog) / 4
	kept := make([]string, 0, len(s.world.noticeLog))
	for i, id := range s.world.noticeLog {
		if i < cut && s.world.notices[id].State != waiting {
			delete(s.world.notices, id)
			s.touch("notice", id)
			continue
		}
		kept = append(kept, id)
	}
	s.world.noticeLog = kept
}

// startNotice sets a notice on its way; nil is allowed.
func (s *Server) startNotice(n *notice) {
	if n != nil {
		id := n.ID
		s.Clock.schedule(n.Next, func() { s.sendNotice(id, true) })
	}
}

// resume takes up after a restart what was on its way.
func (s *Server) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.world.noticeLog {
		if n := s.world.notices[id]; n.State == waiting {
			s.startNotice(n)
		}
	}
	for key, r := range s.world.refunds {
		if r.State == "PROCESSING" {
			s.Clock.schedule(r.DoneAt, func() { s.completeRefund(key) })
		}
	}
}

// releaseNotices sends what fell due while notifications were paused.
func (s *Server) releaseNotices() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.world.noticeLog {
		if n := s.world.notices[id]; n.held {
			n.held = false
			s.Clock.schedule(s.Clock.Now(), func() { s.sendNotice(n.ID, true) })
		}
	}
}

// sendNotice makes one attempt. planned attempts follow the schedule; others are sent by a person's wish, whatever the state.
func (s *Server) sendNotice(id string, planned bool) {
	if s.ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	n := s.world.notices[id]
	if n == nil || n.sending || planned && n.State != waiting {
		s.mu.Unlock()
		return
	}
	if planned && s.Faults.NotificationsPaused() {
		n.held = true
		s.mu.Unlock()
		return
	}
	n.sending = true
	key := s.world.merchants[n.MchID].APIv3Key
	place := s.noticePlace(n)
	s.mu.Unlock()
	fault := s.Faults.take(FaultNotification, place)
	if planned && s.postpone(n, fault) {
		return
	}
	times := 1
	var skew time.Duration
	var tried []attempt
	switch {
	case fault == nil:
	case fault.Kind == "drop":
		times, tried = 0, []attempt{{Time: s.Clock.Now(), Error: "fault " + fault.ID + ": not sent"}}
	case fault.Kind == "delay":
		pauseFor(s.ctx, time.Duration(fault.DelayMS)*time.Millisecond)
	case fault.Kind == "duplicate":
		times = 2
	case fault.Kind == "skew":
		skew = time.Duration(fault.Seconds) * time.Second
	}
	if times > 0 {
		s.probeNotice(n, key)
	}
	for range times {
		tried = append(tried, s.post(n, key, skew))
	}
	s.settleNotice(n, tried, planned)
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// settleNotice writes down what came of the attempts and plans the next one.
func (s *Server) settleNotice(n *notice, tried []attempt, planned bool) {
	if s.ctx.Err() != nil {
		return // cut off by closing: the attempt is made again after the restart
	}
	s.mu.Lock()
	n.sending = false
	n.Attempts = append(n.Attempts, tried...)
	if extra := len(n.Attempts) - 50; extra > 0 {
		n.Attempts = slices.Delete(n.Attempts, 0, extra)
	}
	again := false
	switch {
	case slices.ContainsFunc(tried, func(a attempt) bool { return a.Error == "" }):
		n.State, n.Next, n.body = delivered, time.Time{}, nil
	case !planned || n.State != waiting:
	case n.Step >= len(noticeSteps):
		n.State, n.Next = givenUp, time.Time{}
	default:
		n.Next = tried[len(tried)-1].Time.Add(noticeSteps[n.Step])
		n.Step++
		again = true
	}
	s.touch("notice", n.ID)
	s.overtaken(n)
	next := n.Next
	s.mu.Unlock()
	if again {
		s.Clock.schedule(next, func() { s.sendNotice(n.ID, true) })
	}
}

// post sends a notice once, encrypted and signed, its timestamp off by skew.
func (s *Server) post(n *notice, apiV3Key string, skew time.Duration) attempt {
	if n.V2 {
		return s.postV2(n)
	}
	a := attempt{Time: s.Clock.Now()}
	body, err := s.seal(n, apiV3Key)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	key, serial := s.platform.Load().signer(n.KeyMode)
	timestamp, nonce := itoa(s.Now().Add(skew).Unix()), s.text(32)
	message := paycrypt.ResponseMessage(timestamp, nonce, body)
	signature, err := paycrypt.Sign(key, message)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	if n.probe {
		signature = s.probeSignature()
	}
	ctx, cancel := context.WithTimeout(s.ctx, callbackDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, bytes.NewReader(body))
	if err != nil {
		a.Error = "notify_url: " + err.Error()
		return a
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}, "User-Agent": {"Mozilla/4.0"}, "Request-Id": {"08" + s.hex(18) + "-0"}}
	setSignature(req.Header, timestamp, nonce, signature, serial)
	e := &entry{Kind: "notify", Method: req.Method, Host: req.URL.Host, Path: req.URL.RequestURI(), MchID: n.MchID, started: time.Now(), signString: string(message)}
	_, err = s.exchange(req, body, e)
	if n.probe {
		e.probed(err)
	}
	s.note(e)
	a.Status, a.MS = e.Status, e.MS
	if err != nil {
		a.Error = e.Reason
	}
	return a
}

func (s *Server) seal(n *notice, apiV3Key string) ([]byte, error) {
	if n.body != nil {
		return n.body, nil
	}
	nonce := s.text(12)
	sealed, err := paycrypt.Seal(apiV3Key, nonce, n.Original, n.Plain)
	if err != nil {
		return nil, err
	}
	n.body, err = encode(map[string]any{"id": n.ID, "create_time": cst(n.Born), "resource_type": "encrypt-resource", "event_type": n.EventType, "summary": n.Summary,
		"resource": map[string]string{"original_type": n.Original, "algorithm": "AEAD_AES_256_GCM", "ciphertext": sealed, "associated_data": n.Original, "nonce": nonce}})
	return n.body, err
}
