package sim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faultHeader asks for a fault in the request it stands in, after the header of WeChat Pay's v2 sandbox:
//
//	Wechatpay-Negative-Test: SYSTEM_ERROR
//	Wechatpay-Negative-Test: CODE; code=NOT_ENOUGH; status=403
//	Wechatpay-Negative-Test: NOTIFICATION_LATE; seconds=3600
const faultHeader = "Wechatpay-Negative-Test"

// befall finds out what is to go wrong with this call. It is false when the header was refused; then it has answered.
func (c *call) befall() (*Fault, bool) {
	header := c.r.Header.Get(faultHeader)
	if c.s.IgnoreFaultHeader {
		header = ""
	}
	if header == "" && c.s.Faults.armed.Load() == 0 {
		return nil, true
	}
	c.place = c.s.placeOf(c.r, c.body)
	if header == "" {
		return c.s.Faults.take(FaultCall, c.place), true
	}
	wanted, err := parseFaultHeader(header)
	if err != nil {
		c.status = http.StatusBadRequest
		c.out, _ = encode(map[string]any{"code": "PARAM_ERROR", "message": err.Error(), "errcode": 40035, "errmsg": err.Error()})
		c.refused("%s", err)
		return nil, false
	}
	var now *Fault
	for _, x := range wanted {
		switch x.Target {
		case FaultCall:
			now = &x
		case FaultOutcome:
			c.asked = append(c.asked, x)
		default:
			x.MchID = c.place.mchID
			if len(c.place.refs) > 0 {
				x.Ref = c.place.refs[0]
			}
			if _, err := c.s.Faults.Add(x); err != nil {
				c.entry.Reason = err.Error()
			}
		}
	}
	if now == nil {
		now = c.s.Faults.take(FaultCall, c.place)
	}
	return now, true
}

// outcome takes a fault of one of the kinds for what this call does: one its header asked for, or an armed one. at adds what
// the handler knows and the request does not say. It may be called with or without Server.mu.
func (c *call) outcome(at where, kinds ...string) *Fault {
	for i, x := range c.asked {
		if slices.Contains(kinds, x.Kind) {
			c.asked = slices.Delete(c.asked, i, i+1)
			return &x
		}
	}
	place := c.place
	if at.mchID != "" {
		place.mchID = at.mchID
	}
	if at.appID != "" {
		place.appID = at.appID
	}
	place.persons = append(slices.Clip(place.persons), at.persons...)
	place.refs = append(slices.Clip(place.refs), at.refs...)
	return c.s.Faults.take(FaultOutcome, place, kinds...)
}

// before is what a fault does ahead of the work.
func (c *call) before(w http.ResponseWriter, fault *Fault) {
	if fault == nil {
		return
	}
	switch fault.Kind {
	case "drop":
		c.drop(w, "fault "+fault.ID+": dropped before any work")
	case "delay":
		pause(c.r, time.Duration(fault.DelayMS)*time.Millisecond)
	case "rotate":
		if _, err := c.s.RotatePlatform(0); err != nil {
			c.entry.Reason = err.Error()
		}
	case "skew":
		c.skew = time.Duration(fault.Seconds) * time.Second
		c.header.Set("Date", c.s.Now().Add(c.skew).UTC().Format(http.TimeFormat))
	}
}

// after is what a fault does once the work is done.
func (c *call) after(w http.ResponseWriter, fault *Fault) {
	if fault == nil {
		return
	}
	switch fault.Kind {
	case "timeout_after_work":
		pause(c.r, time.Duration(fault.DelayMS)*time.Millisecond)
		c.drop(w, "fault "+fault.ID+": the work is done, the answer is lost")
	case "cut":
		for name, values := range c.header {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(c.out)))
		w.WriteHeader(c.status)
		w.Write(c.out[:len(c.out)/2])
		http.NewResponseController(w).Flush()
		c.drop(w, "fault "+fault.ID+": the work is done, the connection broke in the middle of the answer")
	case "skew", "delay", "rotate":
		c.entry.Reason = strings.TrimSpace(c.entry.Reason + " fault " + fault.ID + ": " + fault.Kind)
	}
}

var (
	placeMerchants = []string{"mchid", "mch_id", "sp_mchid", "sub_mchid", "sub_mch_id", "combine_mchid"}
	placeApps      = []string{"appid", "app_id", "sp_appid", "sub_appid", "combine_appid", "corpid"}
	placePersons   = []string{"openid", "touser", "sp_openid", "sub_openid", "external_userid", "person"}
	placeRefs      = []string{"out_refund_no", "out_trade_no", "combine_out_trade_no", "out_bill_no", "out_order_no", "transaction_id", "refund_id", "order_id", "out_return_no"}
)

// placeOf reads from a request whom and what it is about: merchant, account, person and numbers, wherever they stand.
func (s *Server) placeOf(r *http.Request, body []byte) where {
	q := r.URL.Query()
	at := where{path: r.URL.Path, mchID: mchHint(r), refs: []string{}}
	take := func(key, value string) {
		switch {
		case value == "":
		case slices.Contains(placeMerchants, key) && at.mchID == "":
			at.mchID = value
		case slices.Contains(placeApps, key) && at.appID == "":
			at.appID = value
		case slices.Contains(placePersons, key):
			at.persons = append(at.persons, value)
		case slices.Contains(placeRefs, key):
			at.refs = append(at.refs, value)
		}
	}
	for _, key := range slices.Concat(placeMerchants, placeApps, placePersons, placeRefs) {
		take(key, q.Get(key))
	}
	visitValues(body, take)
	for _, part := range strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			at.refs = append(at.refs, plain)
			at.persons = append(at.persons, plain)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner := s.world.apiTokens[q.Get("access_token")]; owner != "" {
		at.appID = owner
	}
	if holder := s.world.work.tokens[q.Get("access_token")]; holder.corp != nil {
		at.appID = holder.corp.CorpID
	}
	for _, id := range slices.Clone(at.persons) {
		if customer := s.world.work.externals[at.appID+"|"+id]; customer != nil {
			at.persons = append(at.persons, customer.Person)
		}
		if f := s.world.openids[id]; f != nil {
			at.persons = append(at.persons, f.Person)
		}
	}
	return at
}

// visitValues calls take with every name and text in a JSON or XML body.
func visitValues(body []byte, take func(key, value string)) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return
	}
	if body[0] == '{' {
		var v any
		if json.Unmarshal(body, &v) == nil {
			visitJSON("", v, take)
		}
		return
	}
	if body[0] != '<' {
		return
	}
	name, in := "", xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := in.Token()
		if err != nil {
			return
		}
		switch token := token.(type) {
		case xml.StartElement:
			name = token.Name.Local
		case xml.EndElement:
			name = ""
		case xml.CharData:
			take(name, string(token))
		}
	}
}

func visitJSON(key string, v any, take func(key, value string)) {
	switch v := v.(type) {
	case string:
		take(key, v)
	case map[string]any:
		for name, member := range v {
			visitJSON(name, member, take)
		}
	case []any:
		for _, member := range v {
			visitJSON(key, member, take)
		}
	}
}

// mchHint is the merchant a v3 request names in its Authorization.
func mchHint(r *http.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), `mchid="`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// sandboxFaults are the values of the official v2 sandbox.
var sandboxFaults = map[string][]Fault{
	"MICROPAY_USERPAYING":        {{Target: FaultOutcome, Kind: "userpaying"}},
	"MICROPAY_PAYERROR":          {{Target: FaultOutcome, Kind: "payerror"}},
	"MICROPAY_TIMEOUT":           {{Target: FaultCall, Kind: "timeout_after_work"}},
	"MICROPAY_PAY_QUERY_TIMEOUT": {{Target: FaultCall, Kind: "timeout_after_work"}},
}

// parseFaultHeader reads a Wechatpay-Negative-Test header.
func parseFaultHeader(text string) ([]Fault, error) {
	name, rest, _ := strings.Cut(text, ";")
	name = strings.ToUpper(strings.TrimSpace(name))
	if known := sandboxFaults[name]; known != nil {
		return slices.Clone(known), nil
	}
	x := Fault{Kind: strings.ToLower(name), Target: FaultCall, Count: 1, ID: faultHeader}
	for prefix, target := range map[string]string{"notification_": FaultNotification, "push_": FaultPush} {
		if kind, ok := strings.CutPrefix(x.Kind, prefix); ok {
			x.Kind, x.Target = kind, target
		}
	}
	if slices.Contains(FaultKinds()[FaultOutcome], x.Kind) {
		x.Target = FaultOutcome
	}
	for part := range strings.SplitSeq(rest, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if err := x.set(key, value); err != nil {
			return nil, err
		}
	}
	if err := x.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", faultHeader, err)
	}
	return []Fault{x}, nil
}

// set fills one member named in a header.
func (x *Fault) set(key, value string) (err error) {
	switch key {
	case "":
	case "code":
		x.Code = value
	case "message":
		x.Message = value
	case "event":
		x.Event = value
	case "seconds":
		x.Seconds, err = strconv.ParseInt(value, 10, 64)
	case "delay_ms":
		x.DelayMS, err = strconv.Atoi(value)
	case "status":
		x.Status, err = strconv.Atoi(value)
	case "count":
		x.Count, err = strconv.Atoi(value)
	default:
		err = fmt.Errorf("%s: %q is unknown; code, message, event, seconds, delay_ms, status and count may follow the kind", faultHeader, key)
	}
	if err != nil {
		return fmt.Errorf("%s: %s=%s: %w", faultHeader, key, value, err)
	}
	return nil
}
