package sim

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// 快递鸟: another dialect of the same parcels. Its EBusinessID and AppKey are Customer and Key of a CarrierCustomer.

// kdniaoOrder is an e-waybill. Order is unique per customer.
type kdniaoOrder struct {
	Customer  string    `json:"customer"`
	OrderCode string    `json:"order_code"`
	Shipper   string    `json:"shipper"`
	Number    string    `json:"number"`
	KDNOrder  string    `json:"kdn_order"`
	To        string    `json:"to"`
	Born      time.Time `json:"born"`
	Cancelled bool      `json:"cancelled,omitempty"`
}

type kdniaoForm struct {
	data, id, kind, sign string
}

// kdniaoSign is DataSign: base64 of the hex text of md5(RequestData+AppKey).
func kdniaoSign(data, key string) string {
	sum := md5.Sum([]byte(data + key))
	return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum[:])))
}

// parseKdniao reads the form; RequestData and DataSign may be encoded twice, as some demos do.
func parseKdniao(body string) (kdniaoForm, error) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return kdniaoForm{}, err
	}
	f := kdniaoForm{form.Get("RequestData"), form.Get("EBusinessID"), form.Get("RequestType"), form.Get("DataSign")}
	if strings.HasPrefix(f.data, "%7B") || strings.HasPrefix(f.data, "%7b") {
		if f.data, err = url.QueryUnescape(f.data); err != nil {
			return kdniaoForm{}, err
		}
	}
	if strings.Contains(f.sign, "%") {
		if f.sign, err = url.QueryUnescape(f.sign); err != nil {
			return kdniaoForm{}, err
		}
	}
	return f, nil
}

type kdniaoAnswer struct {
	EBusinessID string `json:"EBusinessID"`
	Success     bool   `json:"Success"`
	Reason      string `json:"Reason"`
	ResultCode  string `json:"ResultCode,omitempty"`
}

func (c *call) kdniaoFail(id, code, reason, why string, args ...any) {
	c.out, _ = encode(kdniaoAnswer{EBusinessID: id, Reason: reason, ResultCode: code})
	c.refused(why, args...)
}

// kdniao is every gateway of 快递鸟: what is asked for stands in RequestType.
func (s *Server) kdniao(c *call) {
	f, err := parseKdniao(string(c.body))
	if c.r.Method != http.MethodPost || err != nil || f.data == "" || f.id == "" {
		c.kdniaoFail(f.id, "101", "缺少必要参数", "a POST of application/x-www-form-urlencoded with RequestData, EBusinessID, RequestType, DataSign is wanted")
		return
	}
	s.mu.Lock()
	found := s.world.carrier.customers[f.id]
	var customer CarrierCustomer
	if found != nil {
		customer = *found
	}
	s.mu.Unlock()
	c.entry.signString = f.data + "{AppKey}"
	if found == nil {
		c.kdniaoFail(f.id, "104", "用户不存在", "EBusinessID %q is no customer; create it with POST /_sim/carriers", f.id)
		return
	}
	if subtle.ConstantTimeCompare([]byte(kdniaoSign(f.data, customer.Key)), []byte(f.sign)) != 1 {
		why := "DataSign is not base64(hex(md5(RequestData+AppKey)))"
		if raw, err := base64.StdEncoding.DecodeString(f.sign); err == nil && len(raw) == md5.Size {
			why = "DataSign is base64 of the 16 bytes of the MD5; it must be base64 of its 32 letters of hex"
		}
		c.kdniaoFail(f.id, "102", "数据签名验证失败", "%s", why)
		return
	}
	serve := map[string]func(*call, CarrierCustomer, kdniaoForm){"1002": s.kdniaoQuery, "8001": s.kdniaoQuery, "2002": s.kdniaoRecognise, "1008": s.kdniaoSubscribe, "8008": s.kdniaoSubscribe, "1007": s.kdniaoWaybill, "1147": s.kdniaoCancel}[f.kind]
	if serve == nil {
		c.kdniaoFail(f.id, "103", "指令编码错误", "RequestType %q is not offered", f.kind)
		return
	}
	serve(c, customer, f)
}

type kdniaoParam struct {
	OrderCode    string    `json:"OrderCode"`
	ShipperCode  string    `json:"ShipperCode"`
	LogisticCode string    `json:"LogisticCode"`
	CustomerName looseText `json:"CustomerName"`
	Callback     string    `json:"Callback"`
	PayType      looseText `json:"PayType"`
	ExpType      looseText `json:"ExpType"`
	ExpNo        string    `json:"ExpNo"`
	Template     looseText `json:"IsReturnPrintTemplate"`
	Sender       kdniaoEnd `json:"Sender"`
	Receiver     kdniaoEnd `json:"Receiver"`
	Commodity    []struct {
		Name string `json:"GoodsName"`
	} `json:"Commodity"`
}

type kdniaoEnd struct {
	Name     string    `json:"Name"`
	Tel      looseText `json:"Tel"`
	Mobile   looseText `json:"Mobile"`
	Province string    `json:"ProvinceName"`
	City     string    `json:"CityName"`
	Area     string    `json:"ExpAreaName"`
	Address  string    `json:"Address"`
}

func (e kdniaoEnd) place() string { return e.Province + e.City + e.Area + e.Address }

func (e kdniaoEnd) complete() bool {
	return e.Name != "" && (e.Mobile != "" || e.Tel != "") && e.Province != "" && e.City != "" && e.Address != ""
}

// kdniaoRead decodes RequestData and finds the carrier; on failure it has answered.
func (c *call) kdniaoRead(f kdniaoForm) (in kdniaoParam, code carrierCode, ok bool) {
	if err := json.Unmarshal([]byte(f.data), &in); err != nil {
		c.kdniaoFail(f.id, "103", "数据格式错误", "RequestData is not the JSON of this request: %v", err)
		return in, code, false
	}
	in.LogisticCode = strings.ToUpper(strings.TrimSpace(in.LogisticCode))
	if f.kind == "2002" {
		return in, code, true
	}
	if code, ok = carrierByKdniao(in.ShipperCode); !ok {
		c.kdniaoFail(f.id, "101", "快递公司编码错误", "ShipperCode %q is unknown", in.ShipperCode)
	}
	return in, code, ok
}

type kdniaoTrace struct {
	AcceptTime    string  `json:"AcceptTime"`
	AcceptStation string  `json:"AcceptStation"`
	Remark        *string `json:"Remark,omitempty"`   // of 1002
	Location      *string `json:"Location,omitempty"` // of 8001
	Action        string  `json:"Action,omitempty"`
}

type kdniaoTraces struct {
	EBusinessID  string        `json:"EBusinessID"`
	OrderCode    string        `json:"OrderCode,omitempty"`
	ShipperCode  string        `json:"ShipperCode"`
	LogisticCode string        `json:"LogisticCode"`
	Callback     string        `json:"CallBack,omitempty"`
	Success      bool          `json:"Success"`
	Reason       string        `json:"Reason"`
	State        string        `json:"State"`
	StateEx      string        `json:"StateEx,omitempty"`
	Location     string        `json:"Location,omitempty"`
	Traces       []kdniaoTrace `json:"Traces"`
}

// kdniaoStates translates 快递100's fine codes.
var kdniaoStates = map[string][2]string{
	"103": {"1", "1"}, "0": {"2", "2"}, "1002": {"2", "2"}, "1001": {"2", "201"}, "5": {"2", "202"}, "501": {"2", "211"}, "301": {"3", "301"}, "303": {"3", "304"}, "304": {"3", "311"},
}

// kdniaoWire gives the first n steps as 快递鸟 writes them, oldest first; paid is the richer form of 8001 and 8008.
func (p *parcel) kdniaoWire(n int, paid bool) kdniaoTraces {
	v := kdniaoTraces{LogisticCode: p.Num, Success: true, State: "0", Traces: []kdniaoTrace{}}
	if code, ok := carrierByCom(p.Com); ok {
		v.ShipperCode = code.kdniao
	}
	empty := ""
	for _, st := range p.Steps[:n] {
		states := kdniaoStates[st.Code]
		t := kdniaoTrace{AcceptTime: st.At.In(shanghai).Format(time.DateTime), AcceptStation: st.Context, Remark: &empty}
		if paid {
			t.Remark, t.Location, t.Action = nil, &st.City, states[1]
			v.StateEx, v.Location = states[1], st.City
		}
		v.State = states[0]
		v.Traces = append(v.Traces, t)
	}
	return v
}

func (s *Server) kdniaoQuery(c *call, customer CarrierCustomer, f kdniaoForm) {
	in, code, ok := c.kdniaoRead(f)
	if !ok {
		return
	}
	refuse := func(reason, why string, args ...any) {
		c.out, _ = encode(kdniaoTraces{EBusinessID: f.id, OrderCode: in.OrderCode, ShipperCode: in.ShipperCode, LogisticCode: in.LogisticCode, Reason: reason, State: "0", Traces: []kdniaoTrace{}})
		c.refused(why, args...)
	}
	if !parcelForm.MatchString(in.LogisticCode) {
		refuse("物流单号错误", "LogisticCode %q is no number", in.LogisticCode)
		return
	}
	if carrierFirms[code.com].guarded && len(phoneTail(string(in.CustomerName))) != 4 {
		refuse("顺丰速运的CustomerName必填，为收/寄件人手机后四位", "CustomerName must hold the last four digits of a phone")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, room := s.findParcel(customer, code.com, in.LogisticCode, string(in.CustomerName), "", "")
	switch {
	case !room:
		refuse("系统繁忙", "there are too many parcels in this world")
		return
	case p != nil && !p.opens(string(in.CustomerName)):
		refuse("CustomerName与运单不符", "the phone is not the parcel's")
		return
	}
	v := kdniaoTraces{ShipperCode: in.ShipperCode, LogisticCode: in.LogisticCode, Success: true, State: "0", Traces: []kdniaoTrace{}}
	if p != nil {
		v = p.kdniaoWire(p.until(s.Clock.Now()), f.kind == "8001")
	}
	if len(v.Traces) == 0 {
		v.Reason = "暂无轨迹信息"
	}
	v.EBusinessID, v.OrderCode = f.id, in.OrderCode
	c.out, _ = encode(v)
}

func (s *Server) kdniaoRecognise(c *call, _ CarrierCustomer, f kdniaoForm) {
	in, _, ok := c.kdniaoRead(f)
	if !ok {
		return
	}
	shippers := []map[string]string{}
	for _, x := range recognise(in.LogisticCode) {
		shippers = append(shippers, map[string]string{"ShipperCode": x.kdniao, "ShipperName": carrierFirms[x.com].name})
	}
	answer := map[string]any{"EBusinessID": f.id, "LogisticCode": in.LogisticCode, "Success": len(shippers) > 0, "Code": 100, "Shippers": shippers}
	if len(shippers) == 0 {
		answer["Code"], answer["Reason"] = 105, "没有匹配的快递公司"
	}
	c.out, _ = encode(answer)
}

func (s *Server) kdniaoSubscribe(c *call, customer CarrierCustomer, f kdniaoForm) {
	in, code, ok := c.kdniaoRead(f)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	answer := map[string]any{"EBusinessID": f.id, "UpdateTime": now.Format(time.DateTime), "Success": true, "Reason": "", "EstimatedDeliveryTime": ""}
	refuse := func(reason, why string) {
		answer["Success"], answer["Reason"] = false, reason
		c.out, _ = encode(answer)
		c.refused("%s", why)
	}
	switch {
	case customer.PushURL == "":
		refuse("未配置轨迹推送接口地址", "the customer has no push_url; set it with POST /_sim/carriers")
		return
	case !parcelForm.MatchString(in.LogisticCode):
		refuse("物流单号错误", "LogisticCode is no number")
		return
	case carrierFirms[code.com].guarded && len(phoneTail(string(in.CustomerName))) != 4:
		refuse("CustomerName必填，为收/寄件人手机后四位", "CustomerName must hold the last four digits of a phone")
		return
	}
	sub := &carrierSub{Customer: customer.Customer, Com: code.com, Num: in.LogisticCode, CallbackURL: customer.PushURL, Dialect: f.kind, Echo: in.Callback, Cycle: -1, Times: []time.Time{now}}
	if old := s.world.carrier.subs[sub.key()]; old != nil && !old.Ended {
		c.out, _ = encode(answer) // once more is no fault; the running subscription goes on
		return
	}
	p, room := s.findParcel(customer, sub.Com, sub.Num, string(in.CustomerName), in.Sender.place(), in.Receiver.place())
	if !room || len(s.world.carrier.subs) >= maxParcels {
		refuse("系统繁忙", "there are too many parcels in this world")
		return
	}
	s.world.carrier.subs[sub.key()] = sub
	s.touch("carrier_sub", sub.key())
	s.followParcel(sub, p)
	c.out, _ = encode(answer)
}

// kdniaoPush is the form of a push of the first n steps.
func (s *Server) kdniaoPush(sub *carrierSub, n int) (string, bool) {
	code, _ := carrierByCom(sub.Com)
	v, last := kdniaoTraces{ShipperCode: code.kdniao, LogisticCode: sub.Num, Reason: "三天无轨迹", State: "0", Traces: []kdniaoTrace{}}, n == 0
	kind := "101"
	if sub.Dialect == "8008" {
		kind = "102"
	}
	if p := s.world.carrier.parcels[sub.Com+"|"+sub.Num]; n > 0 && p != nil {
		v = p.kdniaoWire(n, kind == "102")
		last = p.Steps[n-1].State == stateSigned
	}
	v.EBusinessID, v.Callback = sub.Customer, sub.Echo
	data, _ := encode(map[string]any{"PushTime": s.Clock.Now().Format(time.DateTime), "EBusinessID": sub.Customer, "Count": "1", "Data": []kdniaoTraces{v}})
	key := ""
	if customer := s.world.carrier.customers[sub.Customer]; customer != nil {
		key = customer.Key
	}
	return url.Values{"RequestData": {string(data)}, "RequestType": {kind}, "DataSign": {kdniaoSign(string(data), key)}}.Encode(), last
}

// kdniaoWaybill is 1007: a number of the carrier's, and a parcel that begins to move when somebody asks.
func (s *Server) kdniaoWaybill(c *call, customer CarrierCustomer, f kdniaoForm) {
	in, code, ok := c.kdniaoRead(f)
	if !ok {
		return
	}
	switch {
	case in.OrderCode == "" || len(in.OrderCode) > 64 || in.PayType == "" || in.ExpType == "":
		c.kdniaoFail(f.id, "101", "缺少必要参数", "OrderCode, PayType and ExpType are wanted")
		return
	case !in.Sender.complete() || !in.Receiver.complete():
		c.kdniaoFail(f.id, "101", "收寄件人信息不完整", "Sender and Receiver need Name, Mobile or Tel, ProvinceName, CityName and Address")
		return
	case len(in.Commodity) == 0 || in.Commodity[0].Name == "":
		c.kdniaoFail(f.id, "101", "商品信息不能为空", "Commodity needs a GoodsName")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key, result, reason := customer.Customer+"|"+in.OrderCode, "100", "成功"
	o := s.world.carrier.waybills[key]
	switch {
	case o != nil && !o.Cancelled:
		result, reason = "106", "该订单号已下单成功"
	case len(s.world.carrier.waybills) >= maxParcels:
		c.kdniaoFail(f.id, "105", "系统繁忙", "there are too many waybills in this world")
		return
	default:
		o = &kdniaoOrder{Customer: customer.Customer, OrderCode: in.OrderCode, Shipper: in.ShipperCode, Number: s.newNumber(code), KDNOrder: "KDN" + s.digits(14), To: in.Receiver.City, Born: s.Clock.Now()}
		s.world.carrier.waybills[key] = o
		s.touch("kdniao_order", key)
		s.findParcel(customer, code.com, o.Number, string(in.Receiver.Mobile), in.Sender.place(), in.Receiver.place())
	}
	answer := map[string]any{"EBusinessID": f.id, "Order": map[string]string{"OrderCode": o.OrderCode, "ShipperCode": o.Shipper, "LogisticCode": o.Number, "KDNOrderCode": o.KDNOrder, "MarkDestination": short(o.To)},
		"Success": true, "ResultCode": result, "Reason": reason, "UniquerRequestNumber": s.hexLower(16)}
	if in.Template == "1" {
		answer["PrintTemplate"] = "<div>" + html.EscapeString(carrierFirms[code.com].name+" "+o.Number+" "+in.Receiver.Name+" "+in.Receiver.place()) + "</div>"
	}
	c.out, _ = encode(answer)
}

// kdniaoCancel is 1147: only before the courier came.
func (s *Server) kdniaoCancel(c *call, customer CarrierCustomer, f kdniaoForm) {
	in, code, ok := c.kdniaoRead(f)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := customer.Customer + "|" + in.OrderCode
	o := s.world.carrier.waybills[key]
	if o == nil || o.Shipper != in.ShipperCode || in.ExpNo != "" && in.ExpNo != o.Number || o.Cancelled {
		c.kdniaoFail(f.id, "105", "订单不存在或已取消", "no waybill of this order waits to be cancelled")
		return
	}
	parcelKey := code.com + "|" + o.Number
	if p := s.world.carrier.parcels[parcelKey]; p != nil && p.until(s.Clock.Now()) > 0 {
		c.kdniaoFail(f.id, "105", "快件已揽收，不能取消", "the courier has collected the parcel")
		return
	}
	o.Cancelled = true
	s.touch("kdniao_order", key)
	delete(s.world.carrier.parcels, parcelKey)
	s.touch("parcel", parcelKey)
	c.out, _ = encode(kdniaoAnswer{f.id, true, "成功", "100"})
}
