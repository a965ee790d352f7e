package sim

import (
	"net/url"
	"time"
)

// v2Time is how v2 writes times, in +08:00.
const v2Time = "20060102150405"

var v2OrderFields = []v2Field{{"device_info", 32, false}, {"body", 128, true}, {"detail", 6000, false}, {"attach", 128, false}, {"out_trade_no", 32, true}, {"fee_type", 16, false},
	{"total_fee", 12, true}, {"spbill_create_ip", 64, true}, {"time_start", 14, false}, {"time_expire", 14, false}, {"goods_tag", 32, false}, {"limit_pay", 32, false},
	{"receipt", 8, false}, {"scene_info", 512, false}, {"profit_sharing", 16, false}, {"version", 32, false}}

var (
	v2MicropayFields = append([]v2Field{{"auth_code", 128, true}}, v2OrderFields...)
	v2UnifiedFields  = append([]v2Field{{"notify_url", 256, true}, {"trade_type", 16, true}, {"product_id", 32, false}, {"openid", 128, false}, {"sub_openid", 128, false}}, v2OrderFields...)
	v2WhichFields    = []v2Field{{"transaction_id", 32, false}, {"out_trade_no", 32, false}}
)

// v2Order makes an order of the parameters; nil when it has refused.
func (c *call) v2Order(tradeType string) *order {
	q := c.v2.params
	total, ok := c.v2Fen("total_fee")
	if !ok {
		return nil
	}
	p := c.v2.party
	now := c.s.Clock.Now()
	o := &order{AppID: p.appID, MchID: p.mchID, SpMchID: p.spMchID, SubAppID: p.subAppID, OutTradeNo: q["out_trade_no"], Description: q["body"], Attach: q["attach"], DeviceID: q["device_info"],
		Total: total, TradeType: tradeType, Born: now, State: tradeNotPaid, Print: c.v2Print(tradeType), ProfitSharing: q["profit_sharing"] == "Y", V2: c.v2.signType}
	if q["limit_pay"] != "" {
		o.LimitPay = []string{q["limit_pay"]}
	}
	switch {
	case !tradeNoForm.MatchString(o.OutTradeNo):
		c.v2Refuse("PARAM_ERROR", "商户订单号格式有误")
	case q["fee_type"] != "" && q["fee_type"] != "CNY":
		c.v2Refuse("PARAM_ERROR", "fee_type参数有误，境内商户只支持CNY")
	case q["time_expire"] != "" && c.v2Expiry() == "":
		c.v2Refuse("PARAM_ERROR", "time_expire时间格式有误，应为yyyyMMddHHmmss")
	default:
		o.Expires = expiry(c.v2Expiry(), now)
		return o
	}
	return nil
}

// v2Expiry is time_expire as v3 writes it; empty when it cannot be read.
func (c *call) v2Expiry() string {
	t, err := time.ParseInLocation(v2Time, c.v2.params["time_expire"], shanghai)
	if err != nil {
		return ""
	}
	return t.Format(time.RFC3339)
}

// v2Unified answers /pay/unifiedorder.
func (s *Server) v2Unified(c *call) {
	q := c.v2.params
	tradeType, p := q["trade_type"], c.v2.party
	if u, err := url.Parse(q["notify_url"]); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.v2Refuse("PARAM_ERROR", "notify_url参数有误")
		return
	}
	switch tradeType {
	case "JSAPI":
		if p.openID = q["openid"]; q["sub_openid"] != "" {
			p.openID, p.launch = q["sub_openid"], p.subAppID
		}
		if p.openID == "" {
			c.v2Return("JSAPI支付必须传openid")
			c.refused("trade_type JSAPI needs openid, or sub_openid with sub_appid")
			return
		}
	case "NATIVE", "APP":
	case "MWEB":
		if !c.allowClientIP("MWEB", q["spbill_create_ip"]) {
			return
		}
	default:
		c.v2Refuse("PARAM_ERROR", "trade_type参数有误，应为JSAPI、NATIVE、APP或MWEB")
		return
	}
	o := c.v2Order(tradeType)
	if o == nil || !c.allowNotify(q["notify_url"]) {
		return
	}
	o.NotifyURL, o.OpenID = q["notify_url"], p.openID
	s.mu.Lock()
	defer s.unlockDurably()
	if !s.mayOrder(c, p, tradeType == "JSAPI") {
		return
	}
	if ticket := s.place(c, o, p.launch); ticket != nil {
		answer := []pair{{"trade_type", tradeType}, {"prepay_id", ticket.ID}, {"code_url", ticket.CodeURL}}
		if tradeType == "MWEB" {
			answer = append(answer, pair{"mweb_url", c.h5URL(ticket)})
		}
		c.v2OK(answer...)
	}
}

// v2Micropay answers /pay/micropay.
func (s *Server) v2Micropay(c *call) {
	o := c.v2Order("MICROPAY")
	if o == nil {
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	if o = s.charge(c, o, c.v2.params["auth_code"], c.v2Expiry()); o != nil {
		c.v2OK(s.v2Paid(o)...)
	}
}

// v2Paid is what v2 tells of a paid order. The caller holds mu.
func (s *Server) v2Paid(o *order) []pair {
	f := s.fan(o.AppID, o.Person)
	pairs := []pair{{"openid", f.OpenID}, {"is_subscribe", yesNo(f.Subscribed)}}
	if o.SubAppID != "" {
		sub := s.fan(o.SubAppID, o.Person)
		pairs = append(pairs, pair{"sub_openid", sub.OpenID}, pair{"sub_is_subscribe", yesNo(sub.Subscribed)})
	}
	total := itoa(o.Total)
	return append(pairs, pair{"trade_type", o.TradeType}, pair{"bank_type", "OTHERS"}, pair{"fee_type", "CNY"}, pair{"total_fee", total}, pair{"settlement_total_fee", total},
		pair{"cash_fee_type", "CNY"}, pair{"cash_fee", total}, pair{"transaction_id", o.TransactionID}, pair{"out_trade_no", o.OutTradeNo}, pair{"attach", o.Attach}, pair{"time_end", o.PaidAt.In(shanghai).Format(v2Time)})
}

func yesNo(yes bool) string {
	if yes {
		return "Y"
	}
	return "N"
}

// v2Which finds the order a call names by transaction_id or out_trade_no; nil when it has refused. The caller holds mu.
func (s *Server) v2Which(c *call) *order {
	q := c.v2.params
	if q["transaction_id"] == "" && q["out_trade_no"] == "" {
		c.v2Return("缺少参数transaction_id或out_trade_no")
		c.refused("transaction_id or out_trade_no must be given")
		return nil
	}
	o := s.world.orders[c.v2.party.mchID+"|"+q["out_trade_no"]]
	if q["transaction_id"] != "" {
		o = s.world.paid[q["transaction_id"]]
	}
	return s.own(c, c.v2.party, o)
}

// v2Query answers /pay/orderquery.
func (s *Server) v2Query(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.v2Which(c)
	if o == nil {
		return
	}
	state := []pair{{"trade_state", o.State}, {"trade_state_desc", stateText[o.State]}}
	if o.TransactionID != "" {
		c.v2OK(append(s.v2Paid(o), state...)...)
		return
	}
	c.v2OK(append([]pair{{"out_trade_no", o.OutTradeNo}, {"attach", o.Attach}, {"total_fee", itoa(o.Total)}}, state...)...)
}

// v2Close answers /pay/closeorder.
func (s *Server) v2Close(c *call) {
	s.mu.Lock()
	defer s.unlockDurably()
	if s.closeOrder(c, s.v2Which(c)) {
		c.v2OK()
	}
}

// v2Reverse answers /secapi/pay/reverse. recall tells whether to call again.
func (s *Server) v2Reverse(c *call) {
	s.mu.Lock()
	defer s.unlockDurably()
	if o := s.v2Which(c); o != nil && s.reverse(c, o) {
		c.v2OK(pair{"recall", "N"})
	}
}

// v2OpenID answers /tools/authcodetoopenid: the code is looked at, not used.
func (s *Server) v2OpenID(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if buyer, _ := s.readCode(c, c.v2.params["auth_code"]); buyer != nil {
		c.entry.Person = buyer.ID
		answer := []pair{{"openid", s.fan(c.v2.party.appID, buyer.ID).OpenID}}
		if sub := c.v2.party.subAppID; sub != "" {
			answer = append(answer, pair{"sub_openid", s.fan(sub, buyer.ID).OpenID})
		}
		c.v2OK(answer...)
	}
}

// v2Endpoints lists every v2 call that is offered.
func (s *Server) v2Endpoints() []endpoint {
	const cert = "the client certificate is not asked for: TLS ends before the simulator"
	return []endpoint{
		{Pattern: "/pay/unifiedorder", Title: "统一下单", Fidelity: Full, serve: s.asV2(v2UnifiedFields, s.v2Unified)},
		{Pattern: "/pay/micropay", Title: "付款码支付", Fidelity: Full, serve: s.asV2(v2MicropayFields, s.v2Micropay)},
		{Pattern: "/pay/orderquery", Title: "查询订单", Fidelity: Full, serve: s.asV2(v2WhichFields, s.v2Query)},
		{Pattern: "/pay/closeorder", Title: "关闭订单", Fidelity: Full, serve: s.asV2([]v2Field{{"out_trade_no", 32, true}}, s.v2Close)},
		{Pattern: "/secapi/pay/reverse", Title: "撤销订单", Fidelity: Full, Note: cert, serve: s.asV2(v2WhichFields, s.v2Reverse)},
		{Pattern: "/secapi/pay/refund", Title: "申请退款", Fidelity: Full, Note: cert, serve: s.asV2(v2RefundFields, s.v2Refund)},
		{Pattern: "/pay/refundquery", Title: "查询退款", Fidelity: Full, serve: s.asV2(v2RefundQueryFields, s.v2RefundQuery)},
		{Pattern: "/pay/downloadbill", Title: "下载交易账单", Fidelity: Full, serve: s.asV2(v2BillFields, s.v2Bill)},
		{Pattern: "/tools/authcodetoopenid", Title: "付款码查询openid", Fidelity: Full, serve: s.asV2([]v2Field{{"auth_code", 128, true}}, s.v2OpenID)},
	}
}

// unknownV2 answers what is not offered of v2.
func (s *Server) unknownV2(c *call) {
	c.v2Return("口袋微信不提供 " + c.r.URL.Path)
	c.refused("this call of v2 is not offered")
}
