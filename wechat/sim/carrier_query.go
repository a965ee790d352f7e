package sim

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// 快递100's codes of a query.
const (
	carrierBadParam = "400"
	carrierBadPhone = "408"
	carrierNothing  = "500"
	carrierBusy     = "502"
	carrierBadSign  = "503"
)

func upperMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

type carrierQueryParam struct {
	Com      string    `json:"com"`
	Num      string    `json:"num"`
	Phone    looseText `json:"phone"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	ResultV2 looseText `json:"resultv2"`
	Show     looseText `json:"show"`
	Order    string    `json:"order"`
}

// looseText is a JSON string or number: demos of 快递100 send both.
type looseText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] != '"' && raw[0] != '{' && raw[0] != '[' {
		if *t = looseText(raw); *t == "null" {
			*t = ""
		}
		return nil
	}
	return json.Unmarshal(raw, (*string)(t))
}

// carrierQuery is POST /poll/query.do: customer, sign = upper MD5(param+key+customer), param.
func (s *Server) carrierQuery(c *call) {
	form, ok := c.carrierForm()
	if !ok {
		return
	}
	customer, ok := c.carrierSigned(form)
	if !ok {
		return
	}
	var q carrierQueryParam
	if err := json.Unmarshal([]byte(form.Get("param")), &q); err != nil {
		c.carrierFail(carrierBadParam, "提交的数据不完整，或者贵公司没授权")
		c.refused("param is not the JSON of a query: %v", err)
		return
	}
	if q.Show != "" && q.Show != "0" {
		c.carrierFail(carrierBadParam, "模拟器只支持 show=0（JSON）")
		return
	}
	q.Com = strings.ToLower(strings.TrimSpace(q.Com))
	firm, known := carrierFirms[q.Com]
	switch {
	case q.Com == "" || !parcelForm.MatchString(strings.ToUpper(q.Num)):
		c.carrierFail(carrierBadParam, "提交的数据不完整，或者单号格式不正确")
		return
	case !known:
		c.carrierFail(carrierBadParam, "找不到对应公司")
		return
	case firm.guarded && len(phoneTail(string(q.Phone))) != 4:
		c.carrierFail(carrierBadPhone, "快递公司参数异常：验证码错误")
		c.refused("%s gives tracks only for the last four digits of a phone of sender or receiver", firm.name)
		return
	}
	s.carrierFind(c, customer, q)
}

func (s *Server) carrierFind(c *call, customer CarrierCustomer, q carrierQueryParam) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.findParcel(customer, q.Com, q.Num, string(q.Phone), q.From, q.To)
	now := s.Clock.Now()
	switch {
	case !ok:
		c.carrierFail(carrierBusy, "服务器繁忙")
		c.refused("there are too many parcels in this world")
	case p == nil:
		c.carrierFail(carrierNothing, "查询无结果，请隔段时间再查")
		c.refused("the number is not one of this carrier")
	case !p.opens(string(q.Phone)):
		c.carrierFail(carrierBadPhone, "快递公司参数异常：验证码错误")
	case p.until(now) == 0:
		c.carrierFail(carrierNothing, "查询无结果，请隔段时间再查")
		c.refused("the parcel is collected at %s", p.Steps[0].At.In(shanghai).Format(time.DateTime))
	default:
		c.out, _ = encode(p.wire(p.until(now), string(q.ResultV2), q.Order == "asc"))
	}
}

func (c *call) carrierForm() (url.Values, bool) {
	form, err := url.ParseQuery(string(c.body))
	if err == nil && c.r.Method == http.MethodPost && form.Get("param") != "" {
		return form, true
	}
	c.carrierFail(carrierBadParam, "提交的数据不完整，或者贵公司没授权")
	c.refused("a POST of application/x-www-form-urlencoded with param is wanted")
	return nil, false
}

func (c *call) carrierSigned(form url.Values) (CarrierCustomer, bool) {
	param, id := form.Get("param"), form.Get("customer")
	c.s.mu.Lock()
	found := c.s.world.carrier.customers[id]
	var customer CarrierCustomer
	if found != nil {
		customer = *found
	}
	c.s.mu.Unlock()
	c.entry.signString = param + "{key}" + id
	want := upperMD5(param + customer.Key + id)
	if found != nil && subtle.ConstantTimeCompare([]byte(want), []byte(form.Get("sign"))) == 1 {
		return customer, true
	}
	c.carrierFail(carrierBadSign, "验证签名失败")
	switch {
	case found == nil:
		c.refused("customer %q does not exist", id)
	case strings.EqualFold(want, form.Get("sign")):
		c.refused("the sign must be in upper case")
	default:
		c.refused("sign is not MD5(param+key+customer)")
	}
	return customer, false
}

// phoneTail is the last four digits of a phone; shorter when there are fewer.
func phoneTail(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	return digits[max(0, len(digits)-4):]
}

type carrierTrack struct {
	Time       string  `json:"time"`
	Context    string  `json:"context"`
	FTime      string  `json:"ftime"`
	AreaCode   *string `json:"areaCode,omitempty"`
	AreaName   *string `json:"areaName,omitempty"`
	Status     string  `json:"status,omitempty"`
	Location   *string `json:"location,omitempty"`
	StatusCode string  `json:"statusCode,omitempty"`
}

type carrierResult struct {
	Message   string         `json:"message"`
	Nu        string         `json:"nu"`
	IsCheck   string         `json:"ischeck"`
	Com       string         `json:"com"`
	Status    string         `json:"status"`
	Data      []carrierTrack `json:"data"`
	State     string         `json:"state"`
	Condition string         `json:"condition"`
	IsLoop    bool           `json:"isLoop"`
	Route     *carrierRoute  `json:"routeInfo,omitempty"`   // resultv2 4 and 6
	Arrival   string         `json:"arrivalTime,omitempty"` // resultv2 6
	Total     string         `json:"totalTime,omitempty"`
	Remain    string         `json:"remainTime,omitempty"`
}

type carrierRoute struct {
	From *carrierPlace `json:"from"`
	Cur  *carrierPlace `json:"cur"`
	To   *carrierPlace `json:"to"`
}

type carrierPlace struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// addRoute adds where a parcel comes from, is and goes to; resultv2 6 adds when it will be there.
func (r *carrierResult) addRoute(p *parcel, n int, estimate bool) {
	place := func(st step) *carrierPlace { return &carrierPlace{carrierAreas[st.City], st.Area} }
	end := p.Steps[len(p.Steps)-1]
	r.Route = &carrierRoute{From: place(p.Steps[0]), Cur: place(p.Steps[n-1])}
	if p.To != "" {
		r.Route.To = place(end)
	}
	if estimate {
		days := func(d time.Duration) string { return strconv.FormatFloat(d.Hours()/24, 'f', 1, 64) + "天" }
		r.Arrival, r.Total, r.Remain = end.At.In(shanghai).Format("2006-01-02 15"), days(end.At.Sub(p.Steps[0].At)), days(end.At.Sub(p.Steps[n-1].At))
	}
}

// wire gives the first n steps as 快递100 writes them: resultv2 1 adds areas and names of states, 4 fine states too.
func (p *parcel) wire(n int, resultV2 string, asc bool) carrierResult {
	last := p.Steps[n-1]
	r := carrierResult{Message: "ok", Nu: p.Num, IsCheck: "0", Com: p.Com, Status: "200", State: last.State, Condition: "F00", Data: make([]carrierTrack, 0, n)}
	if last.State == stateSigned {
		r.IsCheck = "1"
	}
	fine := resultV2 == "4" || resultV2 == "6"
	if fine {
		r.State = last.Code
	}
	if fine {
		r.addRoute(p, n, resultV2 == "6")
	}
	empty := ""
	for i := range n {
		st := p.Steps[i]
		if !asc {
			st = p.Steps[n-1-i]
		}
		at := st.At.In(shanghai).Format(time.DateTime)
		t := carrierTrack{Time: at, FTime: at, Context: st.Context}
		if fine || resultV2 == "1" || resultV2 == "2" {
			t.AreaCode, t.AreaName, t.Location, t.Status = &empty, &st.Area, &empty, st.Status
			if code := carrierAreas[st.City]; code != "" {
				t.AreaCode = &code
			}
		}
		if fine {
			t.StatusCode = st.Code
		}
		r.Data = append(r.Data, t)
	}
	return r
}
