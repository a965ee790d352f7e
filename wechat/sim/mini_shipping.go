package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// 发货信息管理: the money of a mini-program's order stays frozen until the goods are sent and received.

const (
	byExpress      = 1
	deliverUnified = 1
	deliverSplit   = 2
	maxShipped     = 15
	shipReminder   = 48 * time.Hour
)

// States of an order (order_state).
const (
	orderToShip    = 1
	orderShipped   = 2
	orderConfirmed = 3
	orderFinished  = 4
	orderRefunded  = 5
	orderToSettle  = 6
)

// shipment is what 发货信息管理 knows of a payment.
type shipment struct {
	TransactionID string         `json:"transaction_id"`
	AppID         string         `json:"appid"`
	Order         string         `json:"order"` // key of the order
	Logistics     int            `json:"logistics,omitempty"`
	Mode          int            `json:"mode,omitempty"`
	Done          bool           `json:"done,omitempty"`  // everything was sent
	Times         int            `json:"times,omitempty"` // it was said to be
	Parcels       []shippedThing `json:"parcels,omitempty"`
	Uploaded      time.Time      `json:"uploaded,omitzero"` // upload_time of the last call
	ShippedAt     time.Time      `json:"shipped_at,omitzero"`
	Reminded      bool           `json:"reminded,omitempty"` // notify_confirm_receive was used
	ConfirmedAt   time.Time      `json:"confirmed_at,omitzero"`
	Method        int            `json:"method,omitempty"` // 1 by hand, 2 by time
	SettledAt     time.Time      `json:"settled_at,omitzero"`
	Special       int            `json:"special,omitempty"` // 1 presale, 2 test
	DelayTo       time.Time      `json:"delay_to,omitzero"`
}

type shippedThing struct {
	TrackingNo string         `json:"tracking_no,omitempty"`
	Company    string         `json:"express_company,omitempty"`
	Desc       string         `json:"item_desc"`
	Contact    shippedContact `json:"contact,omitzero"`
	At         time.Time      `json:"at"`
}

type shippedContact struct {
	Consignor string `json:"consignor_contact,omitempty"`
	Receiver  string `json:"receiver_contact,omitempty"`
}

type shipOrderKey struct {
	Type          int    `json:"order_number_type"`
	TransactionID string `json:"transaction_id"`
	MchID         string `json:"mchid"`
	OutTradeNo    string `json:"out_trade_no"`
}

type shipParam struct {
	Key       shipOrderKey   `json:"order_key"`
	Logistics int            `json:"logistics_type"`
	Mode      looseText      `json:"delivery_mode"`
	All       *bool          `json:"is_all_delivered"`
	List      []shippedThing `json:"shipping_list"`
	Upload    string         `json:"upload_time"`
	Payer     struct {
		OpenID string `json:"openid"`
	} `json:"payer"`

	mode int
	at   time.Time
}

// shipmentOf gives what is known of a paid order of a mini-program, making it; nil when it is none. The caller holds mu.
func (s *Server) shipmentOf(o *order) *shipment {
	if o == nil || o.TransactionID == "" || s.world.mini.apps[o.AppID] == nil {
		return nil
	}
	x := s.world.mini.shipments[o.TransactionID]
	if x == nil {
		x = &shipment{TransactionID: o.TransactionID, AppID: o.AppID, Order: o.key()}
		s.world.mini.shipments[o.TransactionID] = x
		s.touch("shipment", o.TransactionID)
	}
	return x
}

// miniOrderPaid begins the trade of a mini-program's order: reminders come when it is not sent. The caller holds mu.
func (s *Server) miniOrderPaid(o *order) {
	app := s.world.mini.apps[o.AppID]
	if app == nil || app.Unmanaged {
		return
	}
	x := s.shipmentOf(o)
	if !app.Traded {
		app.Traded = true
		s.touch("mini", app.AppID)
		push := s.tradeEvent(o, "trade_manage_remind_access_api", xmlField{"msg", "小程序已产生交易，请尽快接入发货信息管理服务"})
		s.background(func() { s.push(push) })
	}
	s.scheduleShipment(x, o)
}

// resumeShipments takes up after a restart what has to happen to orders by time.
func (s *Server) resumeShipments() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.world.mini.shipments {
		if o := s.world.orders[x.Order]; o != nil {
			s.scheduleShipment(x, o)
		}
	}
}

// scheduleShipment plans the next thing that happens to an order by itself. The caller holds mu.
func (s *Server) scheduleShipment(x *shipment, o *order) {
	id := x.TransactionID
	switch {
	case !x.SettledAt.IsZero():
	case !x.ConfirmedAt.IsZero():
		s.Clock.schedule(s.settlesAt(x), func() { s.settleShipment(id) })
	case x.Done:
		s.Clock.schedule(s.confirmsAt(x), func() { _ = s.confirmShipment(id, 2) }) // by then it may have been confirmed by hand
	default:
		s.Clock.schedule(o.PaidAt.Add(shipReminder), func() { s.remindToShip(id) })
	}
}

func (s *Server) confirmsAt(x *shipment) time.Time {
	days := s.world.mini.apps[x.AppID].Days
	if x.Logistics == byExpress {
		return x.ShippedAt.AddDate(0, 0, days.Express)
	}
	return x.ShippedAt.AddDate(0, 0, days.Other)
}

func (s *Server) settlesAt(x *shipment) time.Time {
	return x.ConfirmedAt.Add(time.Duration(s.world.mini.apps[x.AppID].SettleHours) * time.Hour)
}

func (s *Server) remindToShip(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.world.mini.shipments[id]
	if x == nil || x.Done {
		return
	}
	o := s.world.orders[x.Order]
	if o == nil || o.State != tradeSuccess || s.Clock.Now().Before(x.DelayTo) {
		return
	}
	push := s.tradeEvent(o, "trade_manage_remind_shipping", append(tradeFields(o), xmlField{"msg", "订单已超过发货时间，请尽快发货"})...)
	s.background(func() { s.push(push) })
}

func tradeFields(o *order) []xmlField {
	return []xmlField{{"transaction_id", o.TransactionID}, {"merchant_id", o.MchID}, {"merchant_trade_no", o.OutTradeNo}, {"pay_time", itoa(o.PaidAt.Unix())}}
}

func (s *Server) tradeEvent(o *order, name string, fields ...xmlField) outPush {
	p := s.event(s.world.accounts[o.AppID], s.fan(o.AppID, o.Person), name, fields...)
	p.shown = false
	return p
}

// orderState is order_state of a payment.
func (s *Server) orderState(x *shipment, o *order) int {
	switch {
	case o.Refunded >= o.Total:
		return orderRefunded
	case !x.SettledAt.IsZero():
		return orderFinished
	case !x.ConfirmedAt.IsZero() && s.world.mini.apps[x.AppID].SettleHours > 0:
		return orderToSettle
	case !x.ConfirmedAt.IsZero():
		return orderConfirmed
	case x.Done:
		return orderShipped
	}
	return orderToShip
}

// shipOrder finds the order of a key; on failure it has answered. The caller holds mu.
func (s *Server) shipOrder(c *call, app *miniApp, key shipOrderKey) (*order, *shipment) {
	var o *order
	switch key.Type {
	case 1:
		o = s.world.orders[key.MchID+"|"+key.OutTradeNo]
	case 2:
		o = s.world.paid[key.TransactionID]
	default:
		c.fail(268485194, "订单单号类型非法")
		return nil, nil
	}
	if o == nil || o.AppID != app.AppID || o.TransactionID == "" {
		c.deny(10060001, "支付单不存在", "no payment of %s has this number", app.AppID)
		return nil, nil
	}
	return o, s.shipmentOf(o)
}

// uploadShipping is POST /wxa/sec/order/upload_shipping_info.
func (s *Server) uploadShipping(c *call, app *miniApp) {
	var in shipParam
	if !c.json(&in) || !c.checkShipping(&in, in.Upload) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, x := s.shipOrder(c, app, in.Key)
	if o == nil || !s.mayShip(c, o, x, &in, in.Payer.OpenID) {
		return
	}
	s.ship(o, x, &in)
	c.ok(apiOK)
}

// uploadCombined is POST /wxa/sec/order/upload_combined_shipping_info: everything or nothing.
func (s *Server) uploadCombined(c *call, app *miniApp) {
	var in struct {
		Key    shipOrderKey `json:"order_key"`
		Subs   []shipParam  `json:"sub_orders"`
		Upload string       `json:"upload_time"`
		Payer  struct {
			OpenID string `json:"openid"`
		} `json:"payer"`
	}
	if !c.json(&in) {
		return
	}
	if len(in.Subs) < 1 || len(in.Subs) > 50 {
		c.deny(10060014, "参数错误", "sub_orders has %d members, 1 to 50 are allowed", len(in.Subs))
		return
	}
	for i := range in.Subs {
		if !c.checkShipping(&in.Subs[i], in.Upload) {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	combined := s.combineOfShip(in.Key)
	if combined == nil {
		c.deny(10060001, "支付单不存在", "no combined payment has this number")
		return
	}
	orders, things := make([]*order, len(in.Subs)), make([]*shipment, len(in.Subs))
	for i := range in.Subs {
		o, x := s.shipOrder(c, app, in.Subs[i].Key)
		if o == nil || !s.mayShip(c, o, x, &in.Subs[i], in.Payer.OpenID) {
			return
		}
		if !slices.Contains(combined.Orders, o.key()) {
			c.deny(10060014, "参数错误", "order %s is not part of the combined payment", o.OutTradeNo)
			return
		}
		orders[i], things[i] = o, x
	}
	for i, o := range orders {
		s.ship(o, things[i], &in.Subs[i])
	}
	c.ok(apiOK)
}

func (s *Server) combineOfShip(key shipOrderKey) *combine {
	if key.Type == 2 {
		if o := s.world.paid[key.TransactionID]; o != nil {
			return s.world.combines[o.Combine]
		}
		return nil
	}
	return s.world.combines[key.MchID+"|"+key.OutTradeNo]
}

// checkShipping holds what is uploaded to the form; on failure it has answered.
func (c *call) checkShipping(in *shipParam, upload string) bool {
	at, err := time.Parse(time.RFC3339, upload)
	in.at = at
	switch in.Mode {
	case "1", "UNIFIED_DELIVERY":
		in.mode = deliverUnified
	case "2", "SPLIT_DELIVERY":
		in.mode = deliverSplit
	}
	code, text := 0, ""
	switch {
	case err != nil:
		code, text = 268485216, "上传时间非法，请按照 RFC 3339 格式填写"
	case in.Logistics < 1 || in.Logistics > 4:
		code, text = 10060005, "物流类型有误"
	case in.mode == 0:
		code, text = 268485224, "发货模式非法"
	case in.mode == deliverSplit && in.Logistics != byExpress:
		code, text = 10060006, "非快递发货时不允许分拆发货"
	case in.mode == deliverSplit && in.All == nil:
		code, text = 10060007, "分拆发货模式下必须填写 is_all_delivered"
	case len(in.List) > maxShipped:
		code, text = 10060024, "物流信息列表太长"
	case len(in.List) == 0 || in.mode == deliverUnified && len(in.List) != 1:
		code, text = 10060014, "参数错误"
	}
	if code != 0 {
		c.fail(code, text)
		return false
	}
	for _, x := range in.List {
		if code, text, why := checkShipped(x, in.Logistics); code != 0 {
			c.deny(code, text, "%s", why)
			return false
		}
	}
	return true
}

func checkShipped(x shippedThing, logistics int) (code int, text, why string) {
	masked := func(phone string) bool { return strings.Contains(phone, "*") && len(phoneTail(phone)) == 4 }
	switch {
	case x.Desc == "":
		return 10060008, "商品描述 item_desc 字段不能为空", ""
	case len([]rune(x.Desc)) > 120:
		return 10060009, "商品描述 item_desc 太长", "120 characters are allowed"
	case logistics != byExpress:
		return 0, "", ""
	case len(x.TrackingNo) > 128:
		return 10060026, "物流单号太长", "128 bytes are allowed"
	case len(x.Company) > 128:
		return 10060025, "物流公司编码太长", "128 bytes are allowed"
	case x.TrackingNo == "" || x.Company == "":
		return 10060014, "参数错误", "an express delivery needs tracking_no and express_company"
	}
	if _, ok := deliveryOf(x.Company); !ok {
		return 10060014, "参数错误", "express_company is not one of get_delivery_list"
	}
	if x.Company == "SF" && x.Contact == (shippedContact{}) {
		return 10060014, "参数错误", "a parcel of SF needs contact"
	}
	if p := x.Contact; p.Consignor != "" && !masked(p.Consignor) || p.Receiver != "" && !masked(p.Receiver) {
		return 10060014, "参数错误", "a contact is masked but for its last four digits: 189****1234"
	}
	return 0, "", ""
}

// mayShip holds an upload to what was uploaded before; on failure it has answered. The caller holds mu.
func (s *Server) mayShip(c *call, o *order, x *shipment, in *shipParam, openID string) bool {
	more := in.mode == deliverSplit && !*in.All
	code, text := 0, ""
	switch state := s.orderState(x, o); {
	case openID != o.OpenID && openID != s.fan(o.AppID, o.Person).OpenID:
		code, text = 10060031, "订单不属于此 openid"
	case state != orderToShip && state != orderShipped:
		code, text = 10060004, "支付单处于不可发货的状态"
	case !x.Uploaded.IsZero() && !in.at.After(x.Uploaded):
		code, text = 10060012, "上传时间不新于上次上传的时间"
	case x.Done && more:
		code, text = 10060002, "支付单已完成发货，无法继续发货"
	case x.Done && x.Mode == in.mode && x.Logistics == in.Logistics && sameThings(x.Parcels, in.List):
		code, text = 10060023, "发货信息未更新"
	case x.Done && x.Times >= 2:
		code, text = 10060003, "支付单已使用重新发货机会"
	case in.mode == deliverSplit && !x.Done && len(x.Parcels)+len(in.List) > maxShipped:
		code, text = 10060024, "物流信息列表太长"
	}
	if code != 0 {
		c.fail(code, text)
	}
	return code == 0
}

func sameThings(a, b []shippedThing) bool {
	return slices.EqualFunc(a, b, func(x, y shippedThing) bool {
		x.At = y.At
		return x == y
	})
}

// ship notes what was sent, tells the buyer and the mini-program, and lets the parcels move. The caller holds mu.
func (s *Server) ship(o *order, x *shipment, in *shipParam) {
	now := s.Clock.Now()
	if x.Done || in.mode == deliverUnified || x.Mode != in.mode {
		x.Parcels = nil // sent anew
	}
	x.Logistics, x.Mode, x.Uploaded = in.Logistics, in.mode, in.at
	for _, thing := range in.List {
		thing.At = now
		x.Parcels = append(x.Parcels, thing)
		s.moveShipped(thing)
	}
	s.shippedNotice(o, x, in.List)
	if in.mode == deliverUnified || *in.All {
		x.Done, x.ShippedAt = true, now
		x.Times++
		push := s.settlementEvent(o, x)
		s.background(func() { s.push(push) })
		s.scheduleShipment(x, o)
	}
	s.touch("shipment", x.TransactionID)
}

// moveShipped lets a parcel begin its way in the carriers' world. The caller holds mu.
func (s *Server) moveShipped(x shippedThing) {
	if d, ok := deliveryOf(x.Company); ok {
		phone := x.Contact.Receiver
		if phone == "" {
			phone = x.Contact.Consignor
		}
		s.findParcel(CarrierCustomer{}, d.Com, x.TrackingNo, phone, "", "") // a number nobody knows just has no tracks
	}
}

// shippedNotice is the card in 服务通知; it opens the page of set_msg_jump_path.
func (s *Server) shippedNotice(o *order, x *shipment, things []shippedThing) {
	lines := []line{{Label: "商品", Value: things[0].Desc}}
	for _, t := range things {
		if d, ok := deliveryOf(t.Company); ok {
			lines = append(lines, line{Label: d.Name, Value: t.TrackingNo})
		}
	}
	lines = append(lines, line{Label: "订单金额", Value: yuan(o.Total)})
	title := map[int]string{1: "商家已发货", 2: "商家已安排配送", 3: "商家已发货", 4: "待自提"}[x.Logistics]
	s.deliver(o.Person, noticeChat, "account", o.AppID, content{Type: "template", Title: title, Lines: lines, AppID: o.AppID, PagePath: s.jumpPath(o), Remark: "收到商品后，可在订单中确认收货"})
}

func (s *Server) jumpPath(o *order) string {
	app := s.world.mini.apps[o.AppID]
	path := app.JumpPath
	if path == "" {
		path = app.home()
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + "transaction_id=" + o.TransactionID + "&merchant_id=" + o.MchID + "&merchant_trade_no=" + o.OutTradeNo
}

func (s *Server) settlementEvent(o *order, x *shipment) outPush {
	fields := append(tradeFields(o), xmlField{"shipped_time", itoa(x.ShippedAt.Unix())}, xmlField{"estimated_settlement_time", itoa(s.estimate(x).Unix())})
	if !x.ConfirmedAt.IsZero() {
		fields = append(fields, xmlField{"confirm_receive_method", itoa(int64(x.Method))}, xmlField{"confirm_receive_time", itoa(x.ConfirmedAt.Unix())})
	}
	if !x.SettledAt.IsZero() {
		fields = append(fields, xmlField{"settlement_time", itoa(x.SettledAt.Unix())})
	}
	return s.tradeEvent(o, "trade_manage_order_settlement", fields...)
}

func (s *Server) estimate(x *shipment) time.Time {
	if !x.ConfirmedAt.IsZero() {
		return s.settlesAt(x)
	}
	return s.confirmsAt(x).Add(time.Duration(s.world.mini.apps[x.AppID].SettleHours) * time.Hour)
}

// ConfirmReceipt is the buyer's 确认收货 of a mini-program's order.
func (s *Server) ConfirmReceipt(transactionID string) error {
	if err := s.init(); err != nil {
		return err
	}
	return s.confirmShipment(transactionID, 1)
}

// confirmShipment confirms by hand (1) or by time (2).
func (s *Server) confirmShipment(id string, method int) error {
	s.mu.Lock()
	defer s.unlockDurably()
	x := s.world.mini.shipments[id]
	if x == nil {
		return missing("shipment of " + id)
	}
	o := s.world.orders[x.Order]
	if state := s.orderState(x, o); state != orderShipped {
		return refuse(http.StatusConflict, "shipment.state", "这笔订单现在不能确认收货", "the order is not one that was sent and waits to be confirmed")
	}
	if method == 2 && s.Clock.Now().Before(s.confirmsAt(x)) {
		return nil // sent anew meanwhile: a later task confirms
	}
	x.ConfirmedAt, x.Method = s.Clock.Now(), method
	s.touch("shipment", id)
	s.scheduleShipment(x, o)
	return nil
}

// settleShipment sets the money free.
func (s *Server) settleShipment(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.world.mini.shipments[id]
	if x == nil || !x.SettledAt.IsZero() || x.ConfirmedAt.IsZero() {
		return
	}
	x.SettledAt = s.Clock.Now()
	s.touch("shipment", id)
	push := s.settlementEvent(s.world.orders[x.Order], x)
	s.background(func() { s.push(push) })
}

// FrozenFen is the money of mini-program orders that a merchant may not use yet: paid, not refunded, not settled.
func (s *Server) FrozenFen(mchID string) int64 {
	if s.init() != nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var sum int64
	for _, x := range s.world.mini.shipments {
		if o := s.world.orders[x.Order]; o != nil && o.MchID == mchID && x.SettledAt.IsZero() && !s.world.mini.apps[x.AppID].Unmanaged {
			sum += o.Total - o.Refunded
		}
	}
	return sum
}
