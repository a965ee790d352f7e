package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

type shipOrderView struct {
	TransactionID string         `json:"transaction_id"`
	MchID         string         `json:"merchant_id"`
	SubMchID      string         `json:"sub_merchant_id"`
	OutTradeNo    string         `json:"merchant_trade_no"`
	Description   string         `json:"description"`
	Paid          int64          `json:"paid_amount"` // fen
	OpenID        string         `json:"openid"`
	Created       int64          `json:"trade_create_time"`
	PaidAt        int64          `json:"pay_time"`
	State         int            `json:"order_state"`
	InComplaint   bool           `json:"in_complaint"`
	Shipping      map[string]any `json:"shipping"`
}

// shipOrderView is an order as get_order gives it. The caller holds mu.
func (s *Server) shipOrderView(o *order, x *shipment) shipOrderView {
	list := []map[string]any{}
	desc := []string{}
	for _, t := range x.Parcels {
		one := map[string]any{"tracking_no": t.TrackingNo, "express_company": t.Company, "goods_desc": t.Desc, "upload_time": t.At.Unix()}
		if t.Contact != (shippedContact{}) {
			one["contact"] = map[string]string{"consignor_contact": t.Contact.Consignor, "receiver_contact": t.Contact.Receiver}
		}
		list, desc = append(list, one), append(desc, t.Desc)
	}
	shipping := map[string]any{"delivery_mode": x.Mode, "logistics_type": x.Logistics, "finish_shipping": x.Done, "finish_shipping_count": x.Times, "goods_desc": strings.Join(desc, ";"), "shipping_list": list}
	return shipOrderView{TransactionID: o.TransactionID, MchID: o.MchID, OutTradeNo: o.OutTradeNo, Description: o.Description, Paid: o.Total, OpenID: s.fan(o.AppID, o.Person).OpenID,
		Created: o.Born.Unix(), PaidAt: o.PaidAt.Unix(), State: s.orderState(x, o), Shipping: shipping}
}

type shipOrderRef struct {
	TransactionID string `json:"transaction_id"`
	MchID         string `json:"merchant_id"`
	SubMchID      string `json:"sub_merchant_id"`
	OutTradeNo    string `json:"merchant_trade_no"`
}

// refOrder finds the order of a query; on failure it has answered. The caller holds mu.
func (s *Server) refOrder(c *call, app *miniApp, ref shipOrderRef) (*order, *shipment) {
	key := shipOrderKey{Type: 2, TransactionID: ref.TransactionID}
	if ref.TransactionID == "" {
		key = shipOrderKey{Type: 1, MchID: ref.MchID, OutTradeNo: ref.OutTradeNo}
		if ref.MchID == "" || ref.OutTradeNo == "" {
			c.deny(10060014, "参数错误", "transaction_id, or merchant_id with merchant_trade_no, is wanted")
			return nil, nil
		}
	}
	return s.shipOrder(c, app, key)
}

// getShipOrder is POST /wxa/sec/order/get_order.
func (s *Server) getShipOrder(c *call, app *miniApp) {
	var in shipOrderRef
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, x := s.refOrder(c, app, in)
	if o == nil {
		return
	}
	c.ok(struct {
		apiError
		Order shipOrderView `json:"order"`
	}{apiOK, s.shipOrderView(o, x)})
}

// listShipOrders is POST /wxa/sec/order/get_order_list. The index is the last transaction id given.
func (s *Server) listShipOrders(c *call, app *miniApp) {
	var in struct {
		Range struct {
			Begin int64 `json:"begin_time"`
			End   int64 `json:"end_time"`
		} `json:"pay_time_range"`
		State  int    `json:"order_state"`
		OpenID string `json:"openid"`
		Last   string `json:"last_index"`
		Size   int    `json:"page_size"`
	}
	if !c.json(&in) {
		return
	}
	if in.Size == 0 {
		in.Size = 50
	}
	if in.Size < 1 || in.Size > 50 || in.State < 0 || in.State > orderToSettle {
		c.deny(10060014, "参数错误", "page_size is 1 to 50, order_state 1 to 6")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []*shipment{}
	for _, x := range s.world.mini.shipments {
		o := s.world.orders[x.Order]
		if x.AppID != app.AppID || o == nil {
			continue
		}
		at := o.PaidAt.Unix()
		if in.Range.Begin != 0 && at < in.Range.Begin || in.Range.End != 0 && at > in.Range.End || in.State != 0 && s.orderState(x, o) != in.State || in.OpenID != "" && s.fan(o.AppID, o.Person).OpenID != in.OpenID {
			continue
		}
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b *shipment) int {
		return cmp.Or(s.world.orders[b.Order].PaidAt.Compare(s.world.orders[a.Order].PaidAt), strings.Compare(a.TransactionID, b.TransactionID))
	})
	if in.Last != "" {
		i := slices.IndexFunc(all, func(x *shipment) bool { return x.TransactionID == in.Last })
		all = all[i+1:]
	}
	more := len(all) > in.Size
	views, last := []shipOrderView{}, ""
	for _, x := range all[:min(in.Size, len(all))] {
		views, last = append(views, s.shipOrderView(s.world.orders[x.Order], x)), x.TransactionID
	}
	c.ok(struct {
		apiError
		Last string          `json:"last_index"`
		More bool            `json:"has_more"`
		List []shipOrderView `json:"order_list"`
	}{apiOK, last, more, views})
}

// notifyReceived is POST /wxa/sec/order/notify_confirm_receive: once, after the carrier delivered; the buyer is reminded.
func (s *Server) notifyReceived(c *call, app *miniApp) {
	var in struct {
		shipOrderRef
		Received int64 `json:"received_time"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, x := s.refOrder(c, app, in.shipOrderRef)
	if o == nil {
		return
	}
	switch {
	case x.Logistics != byExpress || s.orderState(x, o) != orderShipped:
		c.deny(10060004, "支付单处于不可发货的状态", "only an express order that was sent and not confirmed can be reminded of")
	case x.Reminded:
		c.deny(10060014, "参数错误", "the buyer was reminded before: once per order")
	case in.Received < x.ShippedAt.Unix() || in.Received > s.Clock.Now().Unix():
		c.deny(10060014, "参数错误", "received_time is between shipping and now, in seconds")
	default:
		x.Reminded = true
		s.touch("shipment", x.TransactionID)
		s.deliver(o.Person, noticeChat, "account", o.AppID, content{Type: "template", Title: "确认收货提醒", AppID: o.AppID, PagePath: s.jumpPath(o),
			Lines: []line{{Label: "商品", Value: x.Parcels[0].Desc}, {Label: "签收时间", Value: time.Unix(in.Received, 0).In(shanghai).Format("2006-01-02 15:04")}}, Remark: "包裹已签收，请确认收货"})
		c.ok(apiOK)
	}
}

// setJumpPath is POST /wxa/sec/order/set_msg_jump_path.
func (s *Server) setJumpPath(c *call, app *miniApp) {
	var in struct {
		Path string `json:"path"`
	}
	if !c.json(&in) {
		return
	}
	page, _, _ := strings.Cut(in.Path, "?")
	if _, ok := app.page(page); !ok || in.Path == "" {
		c.deny(41030, "invalid page", "path is not a page of the released version")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app.JumpPath = in.Path
	s.touch("mini", app.AppID)
	c.ok(apiOK)
}

// tradeManaged answers is_trade_managed and is_trade_management_confirmation_completed.
func (s *Server) tradeManaged(field string) func(c *call, app *miniApp) {
	return func(c *call, app *miniApp) {
		var in struct {
			AppID string `json:"appid"`
		}
		if !c.json(&in) {
			return
		}
		if in.AppID != app.AppID {
			c.fail(40013, "invalid appid")
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		c.ok(map[string]any{"errcode": 0, "errmsg": "ok", field: !app.Unmanaged})
	}
}

// specialOrder is POST /wxa/sec/order/opspecialorder: a presale is not reminded of before its day, a test order never.
func (s *Server) specialOrder(c *call, app *miniApp) {
	var in struct {
		ID    string `json:"order_id"`
		Type  int    `json:"type"`
		Delay int64  `json:"delay_to"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.world.paid[in.ID]
	for _, x := range s.world.orders {
		if o == nil && x.OutTradeNo == in.ID && x.AppID == app.AppID {
			o = x
		}
	}
	if o == nil || o.AppID != app.AppID || o.TransactionID == "" {
		c.fail(10060001, "支付单不存在")
		return
	}
	now := s.Clock.Now()
	until := time.Unix(in.Delay, 0)
	if in.Type != 1 && in.Type != 2 || in.Type == 1 && (until.Before(now) || until.After(o.PaidAt.AddDate(0, 0, 15))) {
		c.deny(10060014, "参数错误", "type is 1 (presale, with delay_to at most 15 days after payment) or 2 (test)")
		return
	}
	x := s.shipmentOf(o)
	if x.Special = in.Type; in.Type == 2 {
		until = now.AddDate(100, 0, 0)
	} else {
		s.Clock.schedule(until, func() { s.remindToShip(x.TransactionID) })
	}
	x.DelayTo = until
	s.touch("shipment", x.TransactionID)
	c.ok(apiOK)
}
