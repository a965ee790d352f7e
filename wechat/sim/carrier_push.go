package sim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// 快递100's rules of subscriptions.
const (
	carrierTimes   = 4                   // per number and month
	carrierRetry   = 35 * time.Minute    // between attempts of one push
	carrierRetries = 3                   // after the first attempt
	carrierGiveUp  = 3 * 24 * time.Hour  // of a number nobody knows
	carrierMonth   = 30 * 24 * time.Hour // as subscriptions are counted
)

// carrierSub is a subscription: 快递100 tells the customer of every step.
type carrierSub struct {
	Customer    string      `json:"customer"`
	Com         string      `json:"com"`
	Num         string      `json:"num"`
	CallbackURL string      `json:"callback_url"`
	Dialect     string      `json:"dialect,omitempty"` // RequestType at 快递鸟; empty: 快递100
	Echo        string      `json:"echo,omitempty"`    // Callback of 快递鸟: goes back as it came
	Salt        *string     `json:"salt,omitempty"`    // nil: pushes carry no sign
	ResultV2    string      `json:"resultv2,omitempty"`
	Times       []time.Time `json:"times"` // it was made
	Ended       bool        `json:"ended,omitempty"`
	Cycle       int         `json:"cycle"` // steps told, or being told; -1: nothing yet, 0: that nothing is known
	Done        bool        `json:"done"`  // the cycle was accepted or given up
	Tries       int         `json:"tries"` // of this cycle, that failed
	Next        time.Time   `json:"next,omitzero"`
}

func (b *carrierSub) key() string {
	key := b.Customer + "|" + b.Com + "|" + b.Num
	if b.Dialect != "" {
		key += "|kdniao"
	}
	return key
}

type carrierSubscribeParam struct {
	Company    string `json:"company"`
	Number     string `json:"number"`
	From       string `json:"from"`
	To         string `json:"to"`
	Key        string `json:"key"`
	Parameters struct {
		CallbackURL string    `json:"callbackurl"`
		Salt        *string   `json:"salt"`
		ResultV2    looseText `json:"resultv2"`
		Phone       looseText `json:"phone"`
		Mobile      looseText `json:"mobiletelephone"`
	} `json:"parameters"`
}

// carrierSubscribe is POST /poll: schema=json, param.
func (s *Server) carrierSubscribe(c *call) {
	form, err := url.ParseQuery(string(c.body))
	var q carrierSubscribeParam
	if err == nil {
		err = json.Unmarshal([]byte(form.Get("param")), &q)
	}
	const wrong = "订阅方的订阅数据存在错误（如不支持的快递公司、单号为空、单号超长等）"
	if c.r.Method != http.MethodPost || err != nil || form.Get("schema") != "json" {
		c.carrierFail("700", wrong)
		c.refused("a POST with schema=json and param is wanted: %v", err)
		return
	}
	q.Company, q.Number = strings.ToLower(q.Company), strings.ToUpper(q.Number)
	firm, known := carrierFirms[q.Company]
	to, err := url.Parse(q.Parameters.CallbackURL)
	switch {
	case !known || !parcelForm.MatchString(q.Number):
		c.carrierFail("700", wrong)
	case err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https":
		c.carrierFail("700", wrong)
		c.refused("callbackurl is not an http(s) address")
	case firm.guarded && len(phoneTail(string(q.Parameters.Phone))) != 4:
		c.carrierFail("700", wrong)
		c.refused("%s needs parameters.phone", firm.name)
	default:
		s.subscribe(c, q)
	}
}

func (s *Server) subscribe(c *call, q carrierSubscribeParam) {
	s.mu.Lock()
	defer s.mu.Unlock()
	customer := s.customerOf(q.Key)
	if customer == nil {
		c.carrierFail("600", "您不是合法的订阅者（即授权Key出错）")
		return
	}
	now := s.Clock.Now()
	sub := &carrierSub{Customer: customer.Customer, Com: q.Company, Num: q.Number, CallbackURL: q.Parameters.CallbackURL, Salt: q.Parameters.Salt, ResultV2: string(q.Parameters.ResultV2), Cycle: -1}
	if old := s.world.carrier.subs[sub.key()]; old != nil {
		for _, at := range old.Times {
			if now.Sub(at) < carrierMonth {
				sub.Times = append(sub.Times, at)
			}
		}
		if !old.Ended || len(sub.Times) >= carrierTimes {
			c.carrierFail("501", "POLL:重复订阅")
			return
		}
	}
	p, ok := s.findParcel(*customer, sub.Com, sub.Num, string(q.Parameters.Phone), q.From, q.To)
	if !ok || len(s.world.carrier.subs) >= maxParcels {
		c.carrierFail("500", "服务器错误")
		c.refused("there are too many parcels in this world")
		return
	}
	sub.Times = append(sub.Times, now)
	s.world.carrier.subs[sub.key()] = sub
	s.touch("carrier_sub", sub.key())
	s.followParcel(sub, p)
	c.out, _ = encode(carrierAnswer{true, "200", "提交成功"})
}

func (s *Server) customerOf(key string) *CarrierCustomer {
	for _, c := range s.world.carrier.customers {
		if c.Key == key && key != "" {
			return c
		}
	}
	return nil
}

// followParcel plans the pushes of a subscription from its cycle on: the latest step that has happened, then each when it happens.
// The caller holds mu.
func (s *Server) followParcel(sub *carrierSub, p *parcel) {
	key := sub.key()
	if p == nil {
		s.Clock.schedule(sub.Times[len(sub.Times)-1].Add(carrierGiveUp), func() { s.pushStep(key, 0) })
		return
	}
	past := p.until(s.Clock.Now())
	if past > 0 && past > sub.Cycle {
		s.Clock.schedule(s.Clock.Now(), func() { s.pushStep(key, past) })
	}
	for n := max(past, sub.Cycle) + 1; n <= len(p.Steps); n++ {
		if n > 0 {
			s.Clock.schedule(p.Steps[n-1].At, func() { s.pushStep(key, n) })
		}
	}
}

// resumeCarrier takes up after a restart what was to be pushed.
func (s *Server) resumeCarrier() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, sub := range s.world.carrier.subs {
		if sub.Ended {
			continue
		}
		if sub.Cycle >= 0 && !sub.Done {
			n := sub.Cycle
			s.Clock.schedule(sub.Next, func() { s.tryPush(key, n) })
		}
		s.followParcel(sub, s.world.carrier.parcels[sub.Com+"|"+sub.Num])
	}
}

// pushStep begins to tell of the first n steps; what was told of fewer is over.
func (s *Server) pushStep(key string, n int) {
	s.mu.Lock()
	sub := s.world.carrier.subs[key]
	if sub == nil || sub.Ended || n <= sub.Cycle {
		s.mu.Unlock()
		return
	}
	sub.Cycle, sub.Done, sub.Tries = n, false, 0
	s.touch("carrier_sub", key)
	s.mu.Unlock()
	s.tryPush(key, n)
}

// tryPush makes one attempt of a cycle and plans the next when it fails.
func (s *Server) tryPush(key string, n int) {
	s.mu.Lock()
	sub := s.world.carrier.subs[key]
	if sub == nil || sub.Ended || sub.Done || sub.Cycle != n || s.ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	body, last := s.pushBody(sub, n)
	target := sub.CallbackURL
	s.mu.Unlock()
	ok := s.postCarrier(target, body, sub.Dialect != "")
	if s.ctx.Err() != nil {
		return // cut off by closing: made again after the restart
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub.Cycle != n {
		return
	}
	if !ok {
		sub.Tries++
	}
	sub.Done = ok || sub.Tries > carrierRetries
	sub.Ended = sub.Done && last
	if !sub.Done {
		sub.Next = s.Clock.Now().Add(carrierRetry)
		s.Clock.schedule(sub.Next, func() { s.tryPush(key, n) })
	}
	s.touch("carrier_sub", key)
}

// pushBody is the form of a push, and whether it is the last of the subscription. The caller holds mu.
func (s *Server) pushBody(sub *carrierSub, n int) (string, bool) {
	if sub.Dialect != "" {
		return s.kdniaoPush(sub, n)
	}
	status, message, last := "polling", "", n == 0
	result := carrierResult{Message: "快递公司参数异常：单号不存在或者已经过期", Nu: sub.Num, IsCheck: "0", Com: sub.Com, Status: "201", State: "0", Condition: "00", Data: []carrierTrack{}}
	if n == 0 {
		status, message = "abort", "3天查询无记录"
	} else {
		p := s.world.carrier.parcels[sub.Com+"|"+sub.Num]
		result = p.wire(n, sub.ResultV2, false)
		if p.Steps[n-1].State == stateSigned {
			status, last = "shutdown", true
		}
	}
	param, _ := encode(map[string]any{"status": status, "billstatus": map[bool]string{true: "check", false: "got"}[result.IsCheck == "1"], "message": message,
		"autoCheck": "0", "comOld": "", "comNew": "", "lastResult": result})
	form := url.Values{"param": {string(param)}}
	if sub.Salt != nil {
		form.Set("sign", upperMD5(string(param)+*sub.Salt))
	}
	return form.Encode(), last
}

// postCarrier delivers a push and tells whether the answer accepts it.
func (s *Server) postCarrier(target, form string, bird bool) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(s.ctx, callbackDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", map[bool]string{false: "kuaidi100", true: "kdniao"}[bird])
	e := &entry{Kind: "carrier", Method: req.Method, Host: u.Host, Path: u.RequestURI(), started: time.Now()}
	answer, err := s.exchange(req, []byte(form), e)
	var said struct {
		Result     looseText `json:"result"`
		ReturnCode looseText `json:"returnCode"`
		Success    looseText `json:"Success"`
	}
	want := `{"result":true,"returnCode":"200",…}`
	ok := err == nil && json.Unmarshal(answer, &said) == nil && said.Result == "true" && said.ReturnCode == "200"
	if bird {
		want, ok = `{"EBusinessID":…,"Success":true,…}`, err == nil && said.Success == "true"
	}
	if err == nil && !ok {
		e.Verdict, e.Reason = "failed", "the answer is not "+want
	}
	s.note(e)
	return ok
}
