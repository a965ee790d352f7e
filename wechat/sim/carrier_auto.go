package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// autoNumber is GET /autonumber/auto?num&key of 快递100.
func (s *Server) autoNumber(c *call) {
	q := c.r.URL.Query()
	num := strings.ToUpper(strings.TrimSpace(q.Get("num")))
	s.mu.Lock()
	known := s.customerOf(q.Get("key")) != nil
	s.mu.Unlock()
	switch {
	case !known:
		c.carrierFail("601", "POLL:KEY已过期")
		c.refused("key is that of no customer")
		return
	case !parcelForm.MatchString(num):
		c.carrierFail("400", "订单号格式错误")
		return
	}
	list := []map[string]any{}
	for _, x := range recognise(num) {
		list = append(list, map[string]any{"comCode": x.com, "lengthPre": len(num), "noCount": 1, "noPre": num[:2], "startTime": ""})
	}
	c.out, _ = encode(list)
}

// apiCarrierPush makes a push of 快递100 that does not come by itself: updateall (tracks were corrected) or abort.
func (s *Server) apiCarrierPush(r *http.Request) (any, error) {
	var in struct {
		Customer string `json:"customer"`
		Com      string `json:"com"`
		Num      string `json:"num"`
		Status   string `json:"status"`
		Message  string `json:"message"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"updateall", "abort"}, in.Status) {
		return nil, bad("carrier.status", "只能是 updateall 或 abort", "status is updateall or abort")
	}
	s.mu.Lock()
	sub := s.world.carrier.subs[in.Customer+"|"+in.Com+"|"+strings.ToUpper(in.Num)]
	if sub == nil {
		s.mu.Unlock()
		return nil, missing("subscription of " + in.Com + " " + in.Num)
	}
	form := s.forcedPush(sub, in.Status, in.Message)
	if in.Status == "abort" {
		sub.Ended = true
		s.touch("carrier_sub", sub.key())
	}
	target := sub.CallbackURL
	s.mu.Unlock()
	return map[string]bool{"accepted": s.postCarrier(target, form, false)}, nil
}

// forcedPush is the body of a push of the given status. The caller holds mu.
func (s *Server) forcedPush(sub *carrierSub, status, message string) string {
	result := carrierResult{Message: "ok", Nu: sub.Num, IsCheck: "0", Com: sub.Com, Status: "200", State: "0", Condition: "00", Data: []carrierTrack{}}
	if p := s.world.carrier.parcels[sub.Com+"|"+sub.Num]; p != nil && p.until(s.Clock.Now()) > 0 {
		result = p.wire(p.until(s.Clock.Now()), sub.ResultV2, false)
	}
	if message == "" && status == "abort" {
		message = "60天无变化时"
	}
	param, _ := encode(map[string]any{"status": status, "billstatus": "change", "message": message, "autoCheck": "0", "comOld": "", "comNew": "", "lastResult": result})
	form := url.Values{"param": {string(param)}}
	if sub.Salt != nil {
		form.Set("sign", upperMD5(string(param)+*sub.Salt))
	}
	return form.Encode()
}
