package sim

import (
	"encoding/base64"
	"slices"
	"time"
)

// expressOrder is a waybill of 物流助手.
type expressOrder struct {
	AppID     string          `json:"appid"`
	OrderID   string          `json:"order_id"`
	OpenID    string          `json:"openid,omitempty"` // empty: of an app or a page, without notices
	Delivery  string          `json:"delivery_id"`
	BizID     string          `json:"biz_id"`
	Waybill   string          `json:"waybill_id"`
	Mark      string          `json:"mark"`
	Receiver  expressEnd      `json:"receiver"`
	Goods     string          `json:"goods,omitempty"`
	Path      string          `json:"path,omitempty"` // opened by the notice
	Cancelled bool            `json:"cancelled,omitempty"`
	Told      int             `json:"told"` // steps the mini-program was told of
	Actions   []expressAction `json:"actions,omitempty"`
}

func (o *expressOrder) key() string { return o.AppID + "|" + o.OrderID }

type expressEnd struct {
	Name     string `json:"name"`
	Tel      string `json:"tel,omitempty"`
	Mobile   string `json:"mobile,omitempty"`
	Company  string `json:"company,omitempty"`
	PostCode string `json:"post_code,omitempty"`
	Country  string `json:"country,omitempty"`
	Province string `json:"province"`
	City     string `json:"city"`
	Area     string `json:"area"`
	Address  string `json:"address"`
}

func (e expressEnd) place() string { return e.Province + e.City + e.Area + e.Address }

// fits tells whether the lengths are those of the document.
func (e expressEnd) fits() bool {
	within := func(v string, least, most int) bool { return len(v) >= least && len(v) <= most }
	return within(e.Name, 1, 64) && len(e.Tel) <= 32 && len(e.Mobile) <= 32 && e.Tel+e.Mobile != "" && len(e.Company) <= 64 && len(e.PostCode) <= 10 &&
		len(e.Country) <= 64 && within(e.Province, 1, 64) && within(e.City, 1, 64) && within(e.Area, 1, 64) && within(e.Address, 1, 512)
}

// expressAction is a node of a waybill's path.
type expressAction struct {
	Time int64  `json:"action_time"`
	Type int    `json:"action_type"`
	Msg  string `json:"action_msg"`
}

// expressActions are the kinds of nodes (运单轨迹更新事件).
var expressActions = []int{100001, 100002, 100003, 200001, 300002, 300003, 300004, 400001, 400002}

// action writes a step of a parcel as 物流助手 does.
func (x step) action() expressAction {
	a := expressAction{x.At.Unix(), 200001, x.Context}
	switch {
	case x.State == "1":
		a.Type = 100001
	case x.Code == "5":
		a.Type = 300002
	case x.State == stateSigned:
		a.Type = 300003
	}
	return a
}

type expressParam struct {
	Source   *int       `json:"add_source"`
	WxAppID  string     `json:"wx_appid"`
	OrderID  string     `json:"order_id"`
	OpenID   string     `json:"openid"`
	Delivery string     `json:"delivery_id"`
	BizID    string     `json:"biz_id"`
	Remark   string     `json:"custom_remark"`
	Sender   expressEnd `json:"sender"`
	Receiver expressEnd `json:"receiver"`
	Cargo    struct {
		Count  int     `json:"count"`
		Weight float64 `json:"weight"` // kg
		X      float64 `json:"space_x"`
		Y      float64 `json:"space_y"`
		Z      float64 `json:"space_z"`
		List   []struct {
			Name  string `json:"name"`
			Count int    `json:"count"`
		} `json:"detail_list"`
	} `json:"cargo"`
	Shop    *expressShop `json:"shop"`
	Insured *struct {
		Use   int   `json:"use_insured"`
		Value int64 `json:"insured_value"` // fen
	} `json:"insured"`
	Service *expressService `json:"service"`
	Expect  *int64          `json:"expect_time"`
}

type expressShop struct {
	Path  string         `json:"wxa_path"`
	Image string         `json:"img_url"`
	Goods string         `json:"goods_name"`
	Count int            `json:"goods_count"`
	List  []traceProduct `json:"detail_list"`
}

// fits tells whether the shop names its goods: one of them, or a list.
func (x *expressShop) fits() bool {
	if len(x.List) > 0 {
		return !slices.ContainsFunc(x.List, func(g traceProduct) bool { return g.Name == "" || g.Image == "" })
	}
	return x.Goods != "" && x.Image != "" && x.Count > 0
}

func (x *expressShop) goods() string {
	if len(x.List) > 0 {
		return x.List[0].Name
	}
	return x.Goods
}

// expressAdd is order/add.
func (s *Server) expressAdd(c *call, app *miniApp) {
	var in expressParam
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.mayExpress(c, app, &in)
	if !ok {
		return
	}
	o := &expressOrder{AppID: app.AppID, OrderID: in.OrderID, Delivery: d.ID, BizID: in.BizID, Receiver: in.Receiver, Mark: s.digits(3) + "-" + s.digits(2) + "-" + s.digits(3)}
	if *in.Source == 0 {
		o.OpenID = in.OpenID
	}
	if in.Shop != nil {
		o.Goods, o.Path = in.Shop.goods(), in.Shop.Path
	}
	if old := s.world.mini.express[o.key()]; old != nil && !old.Cancelled {
		c.deliveryFail(10001, "订单号重复")
		c.refused("order_id %s has the waybill %s already", old.OrderID, old.Waybill)
		return
	}
	i := app.bound(d.ID, in.BizID)
	if d.prepaid() && i >= 0 {
		if app.Express[i].Quota < 1 {
			c.deliveryFail(10003, "电子面单余额不足")
			return
		}
		app.Express[i].Quota--
		s.touch("mini", app.AppID)
	}
	s.printWaybill(d, o, &in)
	c.ok(map[string]any{"order_id": o.OrderID, "waybill_id": o.Waybill, "waybill_data": o.data()})
}

// mayExpress holds an order to the rules of the document; on failure it has answered. The caller holds mu.
func (s *Server) mayExpress(c *call, app *miniApp, in *expressParam) (d miniDelivery, ok bool) {
	d, known := expressDelivery(in.Delivery)
	testing := d.ID == testDelivery && in.BizID == testBiz
	code, text, why := 0, "", ""
	switch f := s.world.openids[in.OpenID]; {
	case in.Source == nil || *in.Source != 0 && *in.Source != 2:
		code, text, why = 40097, "invalid args", "add_source is 0 or 2"
	case *in.Source == 2 && s.world.accounts[in.WxAppID] == nil:
		code, text = 9300536, "invalid wxa_appid"
	case *in.Source == 0 && (f == nil || f.AppID != app.AppID):
		code, text = 40003, "invalid openid"
	case !known:
		code, text = 9300503, "Specified delivery id is not registerred"
	case !testing && app.bound(d.ID, in.BizID) < 0 && (in.BizID == "" || in.BizID != d.cashBiz()):
		code, text, why = 9300525, "biz id not bind", "bind it by account/bind, or set express_accounts"
	case in.Service == nil || !slices.ContainsFunc(servicesOf(d.ID), func(x expressService) bool { return x.Type == in.Service.Type }):
		code, text = 9300510, "invalid service type"
	case *in.Source == 0 && (in.Shop == nil || !in.Shop.fits()):
		code, text = 9300535, "invalid shop args"
	case in.OrderID == "" || len(in.OrderID) > 512 || len(in.Remark) > 1024 || !in.Sender.fits() || !in.Receiver.fits():
		code, text, why = 9300526, "arg size exceed limit", "order_id, custom_remark, sender or receiver is missing or too long"
	default:
		why = in.parcelFault(d, s.Clock.Now())
		code, text = 40097, "invalid args"
		if why == "" {
			code = 0
		}
	}
	if code == 0 && (len(s.world.mini.express) >= maxExpress || len(s.world.carrier.parcels) >= maxParcels) {
		code, text, why = -1, "system error", "there are too many waybills in this world"
	}
	if code != 0 {
		c.fail(code, text)
		if why != "" {
			c.refused("%d %s: %s", code, text, why)
		}
	}
	return d, code == 0
}

// parcelFault tells what is wrong with cargo, insurance or time; empty when nothing is.
func (x *expressParam) parcelFault(d miniDelivery, now time.Time) string {
	g := x.Cargo
	switch {
	case g.Count < 1 || g.Weight <= 0 || g.X <= 0 || g.Y <= 0 || g.Z <= 0 || len(g.List) == 0:
		return "cargo needs count, weight, space_x, space_y, space_z and detail_list"
	case x.Insured == nil || x.Insured.Use < 0 || x.Insured.Use > 1 || x.Insured.Use == 1 && x.Insured.Value <= 0:
		return "insured needs use_insured 0 or 1, and insured_value"
	case d.ID == "SF" && x.Expect == nil:
		return "SF needs expect_time"
	case x.Expect != nil && *x.Expect != 0 && *x.Expect <= now.Unix():
		return "expect_time is in the past"
	}
	for _, i := range g.List {
		if i.Name == "" || len(i.Name) > 128 || i.Count < 1 {
			return "an item of cargo.detail_list needs name and count"
		}
	}
	return ""
}

// printWaybill gives the order its number and lets the parcel begin its way. The caller holds mu.
func (s *Server) printWaybill(d miniDelivery, o *expressOrder, in *expressParam) {
	if code, ok := carrierByCom(d.Com); ok {
		o.Waybill = s.newNumber(code)
		phone := in.Receiver.Mobile
		if phone == "" {
			phone = in.Receiver.Tel
		}
		s.findParcel(CarrierCustomer{}, d.Com, o.Waybill, phone, in.Sender.place(), in.Receiver.place())
	} else {
		o.Waybill = "TEST" + s.digits(12)
	}
	s.world.mini.express[o.key()] = o
	s.touch("express_order", o.key())
	s.watchExpress(o, d)
}

// data is waybill_data: what the label needs besides the number.
func (o *expressOrder) data() []map[string]string {
	return []map[string]string{{"key": o.Delivery + "_bagAddr", "value": short(o.Receiver.City)}, {"key": o.Delivery + "_mark", "value": o.Mark}}
}

func (s *Server) watchExpress(o *expressOrder, d miniDelivery) {
	key := o.key()
	s.watchParcel(d.Com, o.Waybill, o.Told, func(n int) { s.tellExpress(key, n) })
}

// tellExpress pushes the path of a waybill when a step was added, and a notice to the buyer.
func (s *Server) tellExpress(key string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.world.mini.express[key]
	if o == nil || o.Cancelled || n <= o.Told {
		return
	}
	o.Told = n
	s.touch("express_order", key)
	s.pushPath(o)
	d, _ := deliveryOf(o.Delivery)
	if p := s.world.carrier.parcels[d.Com+"|"+o.Waybill]; p != nil && o.OpenID != "" && n <= len(p.Steps) {
		s.parcelNotice(o.AppID, s.world.openids[o.OpenID].Person, o.Delivery, o.Waybill, o.Goods, o.Path, p.Steps[n-1])
	}
}

// pushPath is 运单轨迹更新事件. The caller holds mu.
func (s *Server) pushPath(o *expressOrder) {
	nodes := s.expressNodes(o)
	fields := []xmlField{{"DeliveryID", o.Delivery}, {"WayBillId", o.Waybill}, {"OrderId", o.OrderID}, {"Version", itoa(int64(len(nodes)))}, {"Count", itoa(int64(len(nodes)))}}
	for _, a := range nodes {
		fields = append(fields, xmlField{"Actions", nested(xmlField{"ActionTime", itoa(a.Time)}, xmlField{"ActionType", itoa(int64(a.Type))}, xmlField{"ActionMsg", a.Msg})})
	}
	a := s.world.accounts[o.AppID]
	f := s.world.openids[o.OpenID]
	if f == nil {
		f = &fan{AppID: o.AppID}
	}
	push := s.event(a, f, "add_express_path", fields...)
	s.background(func() { s.push(push) })
}

// expressNodes is the path so far, oldest first. The caller holds mu.
func (s *Server) expressNodes(o *expressOrder) []expressAction {
	if o.Delivery == testDelivery {
		return o.Actions
	}
	list := []expressAction{}
	d, _ := deliveryOf(o.Delivery)
	if p := s.world.carrier.parcels[d.Com+"|"+o.Waybill]; p != nil {
		for _, x := range p.Steps[:p.until(s.Clock.Now())] {
			list = append(list, x.action())
		}
	}
	return list
}

// resumeExpress takes up after a restart the waybills that are on their way.
func (s *Server) resumeExpress() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.world.mini.express {
		if d, ok := deliveryOf(o.Delivery); ok && !o.Cancelled {
			s.watchExpress(o, d)
		}
	}
	for _, x := range s.world.mini.traces {
		s.watchTrace(x)
	}
}

// expressKey names a waybill in a call.
type expressKey struct {
	OrderID  string `json:"order_id"`
	OpenID   string `json:"openid"`
	Delivery string `json:"delivery_id"`
	Waybill  string `json:"waybill_id"`
}

// find gives the waybill, or errcode and errmsg. The caller holds mu.
func (s *Server) findExpress(app *miniApp, k expressKey) (o *expressOrder, refusal apiError) {
	o = s.world.mini.express[app.AppID+"|"+k.OrderID]
	_, known := expressDelivery(k.Delivery)
	switch {
	case !known:
		return nil, apiError{9300503, "Specified delivery id is not registerred"}
	case o == nil || o.Delivery != k.Delivery || k.Waybill != "" && o.Waybill != k.Waybill:
		return nil, apiError{40199, "waybill_id not found"}
	case o.OpenID != "" && k.OpenID != "" && o.OpenID != k.OpenID:
		return nil, apiError{40003, "invalid openid"}
	}
	return o, apiError{}
}

// withWaybill is a call about one waybill that is there.
func (s *Server) withWaybill(c *call, app *miniApp, f func(o *expressOrder)) {
	var in expressKey
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, no := s.findExpress(app, in)
	if o == nil {
		c.fail(no.Code, no.Message)
		return
	}
	f(o)
}

type expressWaybill struct {
	apiError
	OrderID  string              `json:"order_id,omitempty"`
	HTML     string              `json:"print_html"` // base64
	Data     []map[string]string `json:"waybill_data"`
	Delivery string              `json:"delivery_id"`
	Waybill  string              `json:"waybill_id"`
	Status   int                 `json:"order_status"` // 0 normal, 1 cancelled
}

func (o *expressOrder) wire() expressWaybill {
	d, _ := expressDelivery(o.Delivery)
	v := expressWaybill{OrderID: o.OrderID, HTML: base64.StdEncoding.EncodeToString([]byte(waybillHTML(d, o))), Data: o.data(), Delivery: o.Delivery, Waybill: o.Waybill}
	v.apiError = apiOK
	if o.Cancelled {
		v.Status = 1
	}
	return v
}

// expressGet is order/get.
func (s *Server) expressGet(c *call, app *miniApp) {
	s.withWaybill(c, app, func(o *expressOrder) {
		v := o.wire()
		v.OrderID = ""
		c.ok(v)
	})
}

// expressBatch is order/batchget.
func (s *Server) expressBatch(c *call, app *miniApp) {
	var in struct {
		List []expressKey `json:"order_list"`
	}
	if !c.json(&in) {
		return
	}
	if len(in.List) < 1 || len(in.List) > express100 {
		c.deny(40097, "invalid args", "order_list holds 1 to %d orders", express100)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []expressWaybill{}
	for _, k := range in.List {
		o, no := s.findExpress(app, k)
		if o == nil {
			list = append(list, expressWaybill{apiError: no, OrderID: k.OrderID, Delivery: k.Delivery, Waybill: k.Waybill, Data: []map[string]string{}})
			continue
		}
		list = append(list, o.wire())
	}
	c.ok(map[string]any{"order_list": list})
}

// expressCancel is order/cancel.
func (s *Server) expressCancel(c *call, app *miniApp) {
	s.withWaybill(c, app, func(o *expressOrder) {
		switch {
		case o.Cancelled:
			c.deny(9300524, "cancel order fail", "the waybill is cancelled already")
			return
		case len(s.expressNodes(o)) > 0:
			c.fail(9300506, "waybill_id has path already, can not be cancelled")
			return
		}
		o.Cancelled = true
		s.touch("express_order", o.key())
		if i := app.bound(o.Delivery, o.BizID); i >= 0 {
			if d, _ := expressDelivery(o.Delivery); d.prepaid() {
				app.Express[i].Quota++
				s.touch("mini", app.AppID)
			}
		}
		if d, ok := deliveryOf(o.Delivery); ok {
			delete(s.world.carrier.parcels, d.Com+"|"+o.Waybill)
			s.touch("parcel", d.Com+"|"+o.Waybill)
		}
		c.ok(struct {
			apiError
			ResultCode int    `json:"delivery_resultcode"`
			ResultMsg  string `json:"delivery_resultmsg"`
		}{apiOK, 0, ""})
	})
}

// expressPath is path/get.
func (s *Server) expressPath(c *call, app *miniApp) {
	s.withWaybill(c, app, func(o *expressOrder) {
		list := s.expressNodes(o)
		if list == nil {
			list = []expressAction{}
		}
		c.ok(map[string]any{"openid": o.OpenID, "delivery_id": o.Delivery, "waybill_id": o.Waybill, "path_item_num": len(list), "path_item_list": list})
	})
}

// expressTestUpdate is test_update_order: the carrier TEST moves a parcel.
func (s *Server) expressTestUpdate(c *call, app *miniApp) {
	var in struct {
		expressKey
		expressAction
		BizID string `json:"biz_id"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.BizID != testBiz || in.Delivery != testDelivery || in.Time <= 0 || in.Msg == "" || !slices.Contains(expressActions, in.Type) {
		c.deny(930561, "args error", "biz_id test_biz_id, delivery_id TEST, action_time, a known action_type and action_msg are wanted")
		return
	}
	o, no := s.findExpress(app, in.expressKey)
	switch {
	case o == nil && no.Code == 40003, o != nil && o.OpenID != in.OpenID:
		c.fail(930559, "invaild openid")
		return
	case o == nil:
		c.fail(no.Code, no.Message)
		return
	case o.Cancelled || len(o.Actions) >= 100:
		c.deny(930561, "args error", "the order was cancelled, or has 100 actions")
		return
	}
	o.Actions = append(o.Actions, in.expressAction)
	s.touch("express_order", o.key())
	s.pushPath(o)
	c.ok(apiOK)
}
