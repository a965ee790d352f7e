package sim

import (
	"fmt"
	"maps"
	"net/http"
	"time"
)

const maxRefunds = 50 // of one order

// States of a refund (B5).
const (
	refundProcessing = "PROCESSING"
	refundSuccess    = "SUCCESS"
	refundClosed     = "CLOSED"
	refundAbnormal   = "ABNORMAL"
)

// refund gives money of an order back. Amounts are fen.
type refund struct {
	ID        string       `json:"id"`
	MchID     string       `json:"mchid"`
	OutNo     string       `json:"out_refund_no"`
	Order     string       `json:"order"`
	Amount    int64        `json:"amount"`
	FeeBack   int64        `json:"fee_back,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	NotifyURL string       `json:"notify_url,omitempty"`
	Funds     string       `json:"funds_account,omitempty"`
	State     string       `json:"state"`
	Steps     []refundStep `json:"steps,omitempty"` // the states after the first PROCESSING
	Channel   string       `json:"channel,omitempty"`
	Account   string       `json:"account,omitempty"` // user_received_account; empty: 支付用户零钱
	Outcome   string       `json:"outcome,omitempty"` // what a fault makes of it
	Print     string       `json:"print,omitempty"`
	Born      time.Time    `json:"born"`
	DoneAt    time.Time    `json:"done_at"` // when it will be, or was, in the wallet
	KeyMode   string       `json:"key_mode"`
	V2        string       `json:"v2,omitempty"` // sign type of a refund asked for by v2
}

type refundStep struct {
	State string    `json:"state"`
	At    time.Time `json:"at"`
}

func (r *refund) key() string { return r.MchID + "|" + r.OutNo }

// step goes to a state and remembers when.
func (r *refund) step(state string, at time.Time) {
	r.State = state
	r.Steps = append(r.Steps, refundStep{state, at})
}

// stateAt is the state it had at a moment; the bills of a day are the same whenever they are asked for.
func (r *refund) stateAt(t time.Time) string {
	if len(r.Steps) == 0 && !r.DoneAt.After(t) {
		return r.State
	}
	state := refundProcessing
	for _, step := range r.Steps {
		if !step.At.After(t) {
			state = step.State
		}
	}
	return state
}

func (r *refund) receiver() string {
	if r.Account != "" {
		return r.Account
	}
	return "支付用户零钱"
}

var refundFields = []field{
	{name: "sub_mchid", label: "子商户号", max: 32},
	{name: "transaction_id", label: "微信支付订单号", max: 32},
	{name: "out_trade_no", label: "商户订单号", max: 32},
	{name: "out_refund_no", label: "商户退款单号", required: true, max: 64, form: refundNoForm},
	{name: "reason", label: "退款原因", max: 80},
	{name: "notify_url", label: "退款结果回调url", kind: "url", max: 256},
	{name: "funds_account", label: "退款资金来源", enum: []string{"AVAILABLE", "UNSETTLED"}},
	{name: "amount", label: "金额信息", kind: "object", required: true, sub: []field{
		{name: "refund", label: "退款金额", kind: "int", required: true, min: 1, max: maxOrderFen},
		{name: "total", label: "原订单金额", kind: "int", required: true, min: 1, max: maxOrderFen},
		{name: "currency", label: "退款币种", required: true, enum: []string{"CNY"}},
		{name: "from", kind: "list", max: 10, sub: []field{{name: "account", required: true, enum: []string{"AVAILABLE", "UNAVAILABLE"}}, {name: "amount", kind: "int", required: true, min: 1}}},
	}},
	{name: "goods_detail", kind: "list", max: 6000, sub: []field{
		{name: "merchant_goods_id", required: true, max: 32}, {name: "wechatpay_goods_id", max: 32}, {name: "goods_name", max: 256},
		{name: "unit_price", kind: "int", required: true}, {name: "refund_amount", kind: "int", required: true}, {name: "refund_quantity", kind: "int", required: true, min: 1},
	}},
}

type refundBody struct {
	SubMchID      string `json:"sub_mchid"`
	TransactionID string `json:"transaction_id"`
	OutTradeNo    string `json:"out_trade_no"`
	OutRefundNo   string `json:"out_refund_no"`
	Reason        string `json:"reason"`
	NotifyURL     string `json:"notify_url"`
	Funds         string `json:"funds_account"`
	Amount        struct {
		Refund int64 `json:"refund"`
		Total  int64 `json:"total"`
		From   []struct {
			Account string `json:"account"`
			Amount  int64  `json:"amount"`
		} `json:"from"`
	} `json:"amount"`
}

// fromFits tells whether amount.from adds up to the refund.
func (in *refundBody) fromFits() bool {
	var sum int64
	for _, from := range in.Amount.From {
		sum += from.Amount
	}
	return len(in.Amount.From) == 0 || sum == in.Amount.Refund
}

// print is the hash of what a repeated request must not change.
func (in *refundBody) print(members map[string]any) string {
	same := maps.Clone(members)
	delete(same, "transaction_id")
	delete(same, "out_trade_no")
	return fingerprint(same)
}

func (s *Server) refundCreate(c *call) {
	var in refundBody
	if !c.strict(refundFields, &in) || !c.allowNotify(in.NotifyURL) {
		return
	}
	if (in.TransactionID == "") == (in.OutTradeNo == "") {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "transaction_id和out_trade_no必须且只能填写一个", map[string]string{"field": "/body/out_trade_no", "location": "body"})
		return
	}
	if !in.fromFits() {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "退款出资账户金额之和与退款金额不一致", map[string]string{"field": "/body/amount/from", "location": "body"})
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	payee, ok := s.refundPayee(c, in.SubMchID)
	if !ok {
		return
	}
	o := s.world.orders[payee+"|"+in.OutTradeNo]
	if in.TransactionID != "" {
		o = s.world.paid[in.TransactionID]
	}
	if !s.mayRefundOrder(c, o, payee) {
		return
	}
	print := in.print(c.members)
	if r := s.world.refunds[payee+"|"+in.OutRefundNo]; r != nil {
		if r.Order != o.key() || r.Amount != in.Amount.Refund || in.Amount.Total != o.Total || r.Print != "" && r.Print != print {
			c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试", nil)
			c.refused("out_refund_no %s was used with other parameters", in.OutRefundNo)
			return
		}
		c.payOK(s.refundView(r, o))
		return
	}
	if !s.mayRefund(c, o, &in) {
		return
	}
	r := s.acceptRefund(o, &in, print, s.keyMode(c))
	c.entry.Person = o.Person
	s.spoilRefund(r, c.outcome(where{mchID: payee, appID: o.AppID, persons: []string{o.Person, s.fan(o.AppID, o.Person).OpenID}, refs: []string{o.OutTradeNo, o.TransactionID}}, "refund_abnormal", "refund_closed", "refund_processing"))
	c.payOK(s.refundView(r, o))
}

// acceptRefund takes the money and sets the refund on its way. The caller holds mu and has checked it.
func (s *Server) acceptRefund(o *order, in *refundBody, print, keyMode string) *refund {
	now := s.Clock.Now()
	r := &refund{ID: "5030" + s.digits(25), MchID: o.MchID, OutNo: in.OutRefundNo, Order: o.key(), Amount: in.Amount.Refund, Reason: in.Reason,
		NotifyURL: in.NotifyURL, Funds: in.Funds, State: refundProcessing, Print: print, Born: now, DoneAt: now.Add(s.RefundDelay), KeyMode: keyMode}
	s.world.refunds[r.key()] = r
	s.world.money.refundIDs[r.ID] = r
	s.bookRefund(r, o)
	o.Refunds = append(o.Refunds, r.key())
	o.State = tradeRefund
	s.touch("refund", r.key())
	s.touch("order", o.key())
	s.planRefund(r)
	return r
}

// planRefund brings a refund to its end when its time has come; a later plan makes this one void.
func (s *Server) planRefund(r *refund) {
	key := r.key()
	s.Clock.schedule(r.DoneAt, func() { s.completeRefund(key) })
}

const stuckFor = 24 * time.Hour // a refund that a fault keeps PROCESSING, when it does not say how long

// spoilRefund does to a refund what a fault wants. The caller holds mu.
func (s *Server) spoilRefund(r *refund, fault *Fault) {
	if fault == nil {
		return
	}
	switch fault.Kind {
	case "refund_abnormal":
		r.Outcome = refundAbnormal
	case "refund_closed":
		r.Outcome = refundClosed
	default:
		stuck := time.Duration(fault.Seconds) * time.Second
		if stuck == 0 {
			stuck = stuckFor
		}
		r.DoneAt = r.DoneAt.Add(stuck)
		s.planRefund(r)
	}
}

// refundPayee is the merchant whose order is refunded: the caller, or the sub-merchant it names; false when it has refused.
func (s *Server) refundPayee(c *call, subMchID string) (string, bool) {
	if subMchID == "" {
		return c.mch.MchID, true
	}
	return subMchID, s.provides(c, c.mch.MchID, subMchID)
}

// mayRefundOrder holds a refund to the merchant that made the order: of a combined payment each part has its own.
func (s *Server) mayRefundOrder(c *call, o *order, payee string) bool {
	if o != nil && o.MchID == payee && o.notifier() == c.mch.MchID {
		return true
	}
	c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在", nil)
	if o != nil {
		c.refused("the order was made by merchant %s for payee %s: that merchant refunds it, a provider with sub_mchid", o.notifier(), o.MchID)
	}
	return false
}

// payRefusal is why WeChat Pay says no, in its words and in ours.
type payRefusal struct {
	status             int
	code, message, why string
}

// mayRefund holds a new refund to the rules; on failure it has answered. The caller holds mu.
func (s *Server) mayRefund(c *call, o *order, in *refundBody) bool {
	no := s.refundRefusal(o, in)
	if no == nil {
		return true
	}
	c.payFail(no.status, no.code, no.message, nil)
	if no.why != "" {
		c.refused("%s", no.why)
	}
	return false
}

// refundRefusal is nil when an order may be refunded. The caller holds mu.
func (s *Server) refundRefusal(o *order, in *refundBody) *payRefusal {
	now := s.Clock.Now()
	invalid := func(message string) *payRefusal {
		return &payRefusal{http.StatusBadRequest, "INVALID_REQUEST", message, ""}
	}
	switch {
	case o.State != tradeSuccess && o.State != tradeRefund:
		return invalid("订单未支付，不能发起退款")
	case in.Amount.Total != o.Total:
		return invalid(fmt.Sprintf("订单金额 %d 与原订单不一致，请核实后再试", in.Amount.Total))
	case in.Amount.Refund > o.Total-o.Refunded:
		return invalid(fmt.Sprintf("申请退款金额 %d 大于可退金额 %d", in.Amount.Refund, o.Total-o.Refunded))
	case len(o.Refunds) >= maxRefunds:
		return invalid("同一订单最多支持50次部分退款")
	case now.Sub(o.PaidAt) > refundWindow:
		return invalid("订单已超过可退款的最大期限(1年)")
	case s.refundedJustNow(o, now):
		return &payRefusal{http.StatusTooManyRequests, "FREQUENCY_LIMITED", "同一笔订单的多次退款需相隔1分钟", "this order was paid more than 30 days ago: its refunds must stand a minute apart"}
	case !s.coversRefund(o, in.Amount.Refund):
		return &payRefusal{http.StatusForbidden, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起",
			fmt.Sprintf("the refund costs %d fen, the basic account has %d available", s.refundCost(o, in.Amount.Refund), s.available(o.MchID))}
	}
	return nil
}

const oldOrder = 30 * 24 * time.Hour // refunds of older orders must stand a minute apart

func (s *Server) refundedJustNow(o *order, now time.Time) bool {
	if len(o.Refunds) == 0 || now.Sub(o.PaidAt) <= oldOrder {
		return false
	}
	last := s.world.refunds[o.Refunds[len(o.Refunds)-1]]
	return now.Sub(last.Born) < time.Minute
}

// coversRefund tells whether the merchant has the money: what the order itself still holds frozen counts.
func (s *Server) coversRefund(o *order, amount int64) bool {
	return s.affords(o.MchID, accountBasic, s.refundCost(o, amount)-s.heldOf(o))
}

type refundAmount struct {
	Total            int64  `json:"total"`
	Refund           int64  `json:"refund"`
	PayerTotal       int64  `json:"payer_total"`
	PayerRefund      int64  `json:"payer_refund"`
	SettlementRefund *int64 `json:"settlement_refund,omitempty"`
	SettlementTotal  *int64 `json:"settlement_total,omitempty"`
	DiscountRefund   *int64 `json:"discount_refund,omitempty"`
	Currency         string `json:"currency,omitempty"`
	RefundFee        *int64 `json:"refund_fee,omitempty"` // of it, the fee that came back
}

type refundView struct {
	RefundID      string       `json:"refund_id"`
	OutRefundNo   string       `json:"out_refund_no"`
	TransactionID string       `json:"transaction_id"`
	OutTradeNo    string       `json:"out_trade_no"`
	Channel       string       `json:"channel"`
	Account       string       `json:"user_received_account"`
	SuccessTime   string       `json:"success_time,omitempty"`
	CreateTime    string       `json:"create_time"`
	Status        string       `json:"status"`
	FundsAccount  string       `json:"funds_account"`
	Amount        refundAmount `json:"amount"`
}

func (s *Server) refundView(r *refund, o *order) refundView {
	zero := int64(0)
	v := refundView{RefundID: r.ID, OutRefundNo: r.OutNo, TransactionID: o.TransactionID, OutTradeNo: o.OutTradeNo, Channel: "ORIGINAL", Account: r.receiver(),
		CreateTime: cst(r.Born), Status: r.State, FundsAccount: "UNSETTLED",
		Amount: refundAmount{Total: o.Total, Refund: r.Amount, PayerTotal: o.Total, PayerRefund: r.Amount, SettlementRefund: &r.Amount, SettlementTotal: &o.Total, DiscountRefund: &zero, Currency: "CNY", RefundFee: &r.FeeBack}}
	if r.Channel != "" {
		v.Channel = r.Channel
	}
	if r.Funds != "" {
		v.FundsAccount = r.Funds
	}
	if r.State == refundSuccess {
		v.SuccessTime = cst(r.DoneAt)
	}
	return v
}

func (s *Server) refundQuery(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	payee, ok := s.refundPayee(c, c.r.URL.Query().Get("sub_mchid"))
	if !ok {
		return
	}
	r := s.world.refunds[payee+"|"+c.r.PathValue("no")]
	if r == nil || s.world.orders[r.Order].notifier() != c.mch.MchID {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在", nil)
		return
	}
	c.payOK(s.refundView(r, s.world.orders[r.Order]))
}
