package sim

import (
	"net/http"
	"slices"
	"time"
)

const (
	reverseWindow = 7 * 24 * time.Hour
	codeOrderLife = 2 * time.Hour // an order of a payment code that names no time_expire
)

// codepayOwn is what the body of codepay has beside who orders.
var codepayOwn = []field{
	{name: "description", label: "商品描述", required: true, max: 127},
	{name: "out_trade_no", label: "商户订单号", required: true, min: 6, max: 32, form: tradeNoForm},
	{name: "attach", label: "附加数据", max: 128},
	{name: "goods_tag", label: "订单优惠标记", max: 32},
	{name: "support_fapiao", kind: "bool"},
	{name: "time_expire", label: "交易结束时间", kind: "time", max: 64},
	{name: "limit_pay", kind: "texts", max: 4, enum: []string{"no_balance", "no_credit", "no_debit", "balance_only"}},
	{name: "payer", label: "支付者", kind: "object", required: true, sub: []field{{name: "auth_code", label: "付款码", required: true, max: 32}}},
	amountField,
	{name: "scene_info", label: "场景信息", kind: "object", required: true, sub: []field{
		{name: "device_id", max: 32}, {name: "device_ip", label: "商户端设备IP", max: 45},
		{name: "store_info", kind: "object", sub: []field{{name: "id", max: 32}, {name: "out_id", max: 32}, {name: "name", max: 256}, {name: "area_code", max: 32}, {name: "address", max: 512}}}}},
	{name: "detail", kind: "object", sub: goodsFields},
	{name: "settle_info", kind: "object", sub: []field{{name: "profit_sharing", kind: "bool"}}},
}

// codepay answers POST /v3/pay/transactions/codepay and the same of a provider.
func (s *Server) codepay(partner bool) func(*call) {
	fields := slices.Concat(directFields, codepayOwn)
	if partner {
		fields = slices.Concat(partnerFields, codepayOwn)
	}
	return func(c *call) {
		var in orderBody
		if !c.strict(fields, &in) {
			return
		}
		p := in.party()
		print := "MICROPAY" + fingerprint(c.members)
		s.mu.Lock()
		defer s.unlockDurably()
		c.entry.AppID = p.appID
		if !s.mayOrder(c, p, false) {
			return
		}
		o := &order{AppID: p.appID, MchID: p.mchID, SpMchID: p.spMchID, SubAppID: p.subAppID, OutTradeNo: in.OutTradeNo, Description: in.Description, Attach: in.Attach, DeviceID: in.Scene.DeviceID,
			Total: in.Amount.Total, Print: print, LimitPay: in.LimitPay, ProfitSharing: in.Settle.ProfitSharing}
		if o = s.charge(c, o, in.Payer.AuthCode, in.TimeExpire); o != nil {
			c.payOK(s.orderObject(o))
		}
	}
}

// charge takes the money of whoever shows a payment code; nil when it has refused, or when the buyer has to enter the password
// first (USERPAYING). The caller holds mu.
func (s *Server) charge(c *call, o *order, authCode, timeExpire string) *order {
	now := s.Clock.Now()
	if old := s.world.orders[o.key()]; old != nil {
		s.chargeAgain(c, old, o.Print, now)
		return nil
	}
	buyer, code := s.readCode(c, authCode)
	if buyer == nil {
		return nil
	}
	c.entry.Person = buyer.ID
	o.TradeType, o.Born, o.State, o.Payer, o.KeyMode = "MICROPAY", now, tradePaying, buyer.ID, s.keyMode(c)
	if o.Expires = now.Add(codeOrderLife); timeExpire != "" {
		o.Expires = expiry(timeExpire, now)
	}
	fault := c.outcome(where{mchID: o.notifier(), appID: o.AppID, persons: []string{buyer.ID}, refs: []string{o.OutTradeNo}}, "userpaying", "payerror")
	if refusal := s.cannotCharge(buyer, o, fault != nil); refusal != nil {
		c.payFail(refusal.status, refusal.Code, refusal.Message, nil)
		c.refused("%s", refusal.MessageEN)
		return nil
	}
	s.world.orders[o.key()] = o
	s.useCode(buyer, code, o)
	p := s.newPrepay(prepay{AppID: o.AppID, MchID: o.notifier(), SubMch: subOf(o), SubApp: o.SubAppID, Order: o.key()}, "MICROPAY", "")
	o.Prepay = p.ID
	s.touch("order", o.key())
	if fault != nil || s.needsPassword(buyer.ID, o.Total) {
		s.awaitPassword(c, buyer, o, fault != nil && fault.Kind == "payerror")
		return nil
	}
	s.takeCharge(buyer, o, p)
	return o
}

// chargeAgain answers a second request with the same number: nothing is charged twice.
func (s *Server) chargeAgain(c *call, o *order, print string, now time.Time) {
	if o.settle(now) {
		s.touch("order", o.key())
	}
	switch {
	case o.Print != print:
		c.payFail(http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复", nil)
		c.refused("order %s was made with other parameters", o.OutTradeNo)
	case o.State == tradePaying:
		c.userPaying()
	case o.State == tradeSuccess || o.State == tradeRefund:
		c.payFail(http.StatusBadRequest, "ORDER_PAID", "该订单已支付", nil)
	case o.State == tradeRevoked:
		c.payFail(http.StatusBadRequest, "ORDER_REVERSED", "订单已撤销", nil)
	default:
		c.payFail(http.StatusForbidden, "TRADE_ERROR", "用户没有输入支付密码", nil)
	}
}

// cannotCharge tells why a wallet cannot pay at all; the code stays unused then, and there is no order.
func (s *Server) cannotCharge(buyer *person, o *order, asked bool) *problem {
	switch {
	case contains(o.LimitPay, "no_balance"):
		return refuse(http.StatusForbidden, "NOT_SUPPORT_CARD", "不支持卡类型，请用户更换支付方式", "limit_pay says no_balance, and the wallet is the only way to pay here")
	case s.Clock.Now().Before(buyer.LockedUntil):
		return refuse(http.StatusForbidden, "USER_ACCOUNT_ABNORMAL", "用户账户异常，请用户在微信上核实后再试", "too many wrong passwords have locked this wallet")
	case !asked && buyer.Balance < o.Total && !s.needsPassword(buyer.ID, o.Total):
		return refuse(http.StatusForbidden, "NOT_ENOUGH", "用户余额不足，请用户换卡支付", "the wallet holds "+itoa(buyer.Balance)+" fen")
	}
	return nil
}

// userPaying tells that the buyer has to enter the password: query, and reverse when it takes too long.
func (c *call) userPaying() {
	c.payFail(http.StatusAccepted, "USERPAYING", "需要用户输入支付密码", nil)
	c.entry.Verdict, c.entry.Reason = "ok", "USERPAYING: the buyer has to enter the password on the phone"
}

// awaitPassword shows the pay sheet on the buyer's phone and gives them a while.
func (s *Server) awaitPassword(c *call, buyer *person, o *order, hopeless bool) {
	wait := time.Duration(s.world.ways.settings.PasswordWait) * time.Second
	if until := o.Born.Add(wait); until.Before(o.Expires) {
		o.Expires = until
	}
	key := o.key()
	if hopeless {
		o.Expires = o.Born.Add(-time.Nanosecond) // the buyer gives up at once
	} else {
		s.askToPay(buyer.ID, o.Prepay, "code")
	}
	s.Clock.schedule(o.Expires.Add(time.Millisecond), func() { s.giveUpCode(key) })
	c.userPaying()
}

// giveUpCode fails a payment whose password nobody entered.
func (s *Server) giveUpCode(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.world.orders[key]; o != nil && o.settle(s.Clock.Now()) {
		s.touch("order", key)
		s.askOver(o.Payer, o.Prepay)
	}
}

// takeCharge moves the money of a code order that needs no password.
func (s *Server) takeCharge(buyer *person, o *order, p *prepay) {
	done := Payment{State: "paid", Total: o.Total, Time: s.Clock.Now(), Merchants: []string{s.world.merchants[o.MchID].Name}}
	s.settlePaid(buyer, o, done.Time)
	done.BillIDs, done.Balance = []string{o.Bill}, buyer.Balance
	s.touch("person", buyer.ID)
	s.openWindow(s.world.accounts[p.AppID], s.fan(p.AppID, buyer.ID), "paid")
	s.paidMessage(buyer, p, []*order{o}, done)
	s.hub.send(buyer.ID, "paycode", map[string]any{"paid": done})
}

// reverseCode answers POST /v3/pay/transactions/out-trade-no/{no}/reverse and the same of a provider.
func (s *Server) reverseCode(partner bool) func(*call) {
	fields := directFields
	if partner {
		fields = partnerFields
	}
	return func(c *call) {
		var in orderBody
		if !c.strict(fields, &in) {
			return
		}
		p := in.party()
		s.mu.Lock()
		defer s.unlockDurably()
		if !s.mayOrder(c, p, false) {
			return
		}
		o := s.own(c, p, s.world.orders[p.mchID+"|"+c.r.PathValue("no")])
		switch {
		case o == nil || !s.reverse(c, o):
		case partner:
			c.payOK(map[string]string{"sp_appid": o.AppID, "sp_mchid": o.SpMchID, "sub_mchid": o.MchID, "out_trade_no": o.OutTradeNo})
		default:
			c.payOK(map[string]string{"appid": o.AppID, "mchid": o.MchID, "out_trade_no": o.OutTradeNo})
		}
	}
}

// reverse takes a code order back: unpaid it is closed for good, paid the money goes back. A second time changes nothing.
// False when it has refused. The caller holds mu.
func (s *Server) reverse(c *call, o *order) bool {
	now := s.Clock.Now()
	wait := time.Duration(s.world.ways.settings.ReverseAfter) * time.Second
	switch {
	case o.TradeType != "MICROPAY":
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "只有付款码支付的订单可以撤销", nil)
		c.refused("order %s was made by %s: close or refund it", o.OutTradeNo, o.TradeType)
	case o.State == tradeRevoked:
		return true
	case o.State == tradeRefund:
		c.payFail(http.StatusForbidden, "TRADE_ERROR", "订单已发生退款，不能撤销", nil)
	case now.Sub(o.Born) > reverseWindow:
		c.payFail(http.StatusBadRequest, "REVERSE_EXPIRE", "订单无法撤销：撤销有效期为7天", nil)
	case o.State == tradeSuccess && now.Sub(o.PaidAt) < wait:
		c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "支付后请稍候再撤销", nil)
		c.refused("the order was paid %s ago, reverse_after is %s", now.Sub(o.PaidAt).Truncate(time.Second), wait)
	case o.State == tradeSuccess && !s.payBack(c, o):
	default:
		o.State = tradeRevoked
		s.touch("order", o.key())
		s.askOver(o.Payer, o.Prepay)
		return true
	}
	return false
}

// refusePassword fails a code order whose buyer closed the pay sheet. The caller holds mu.
func (s *Server) refusePassword(p *prepay) {
	if p == nil || p.Order == "" {
		return
	}
	if o := s.world.orders[p.Order]; o != nil && o.State == tradePaying {
		o.State = tradeFailed
		s.touch("order", o.key())
	}
}

// payBack gives the money of a reversed order back. False when it has refused. The caller holds mu.
func (s *Server) payBack(c *call, o *order) bool {
	if !s.coversRefund(o, o.Total) {
		c.payFail(http.StatusForbidden, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起", nil)
		return false
	}
	s.reversePaid(o)
	return true
}
