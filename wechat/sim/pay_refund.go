package sim

import (
	"fmt"
	"net/http"
	"time"
)

const maxRefunds = 50 // of one order

// refund gives money of an order back. Amounts are fen.
type refund struct {
	ID        string    `json:"id"`
	MchID     string    `json:"mchid"`
	OutNo     string    `json:"out_refund_no"`
	Order     string    `json:"order"`
	Amount    int64     `json:"amount"`
	Reason    string    `json:"reason,omitempty"`
	NotifyURL string    `json:"notify_url,omitempty"`
	State     string    `json:"state"` // PROCESSING, SUCCESS
	Born      time.Time `json:"born"`
	DoneAt    time.Time `json:"done_at"` // when it will be, or was, in the wallet
	KeyMode   string    `json:"key_mode"`
}

func (r *refund) key() string { return r.MchID + "|" + r.OutNo }

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
	Amount        struct {
		Refund int64 `json:"refund"`
		Total  int64 `json:"total"`
	} `json:"amount"`
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
	now := s.Clock.Now()
	r := s.world.refunds[payee+"|"+in.OutRefundNo]
	if r != nil {
		if r.Order != o.key() || r.Amount != in.Amount.Refund || in.Amount.Total != o.Total {
			c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试", nil)
			return
		}
		c.payOK(s.refundView(r, o))
		return
	}
	if why := mayRefund(o, &in, now); why != "" {
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", why, nil)
		return
	}
	r = &refund{ID: "5030" + s.digits(25), MchID: o.MchID, OutNo: in.OutRefundNo, Order: o.key(), Amount: in.Amount.Refund, Reason: in.Reason,
		NotifyURL: in.NotifyURL, State: "PROCESSING", Born: now, DoneAt: now.Add(s.RefundDelay), KeyMode: s.keyMode(c)}
	s.world.refunds[r.key()] = r
	o.Refunded += r.Amount
	o.Refunds = append(o.Refunds, r.key())
	o.State = tradeRefund
	s.touch("refund", r.key())
	s.touch("order", o.key())
	c.entry.Person = o.Person
	c.payOK(s.refundView(r, o))
	s.Clock.schedule(r.DoneAt, func() { s.completeRefund(r.key()) })
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

func mayRefund(o *order, in *refundBody, now time.Time) string {
	switch {
	case o.State != tradeSuccess && o.State != tradeRefund:
		return "订单未支付，不能发起退款"
	case in.Amount.Total != o.Total:
		return fmt.Sprintf("订单金额 %d 与原订单不一致，请核实后再试", in.Amount.Total)
	case in.Amount.Refund > o.Total-o.Refunded:
		return fmt.Sprintf("申请退款金额 %d 大于可退金额 %d", in.Amount.Refund, o.Total-o.Refunded)
	case len(o.Refunds) >= maxRefunds:
		return "同一订单最多支持50次部分退款"
	case now.Sub(o.PaidAt) > refundWindow:
		return "订单已超过可退款的最大期限(1年)"
	}
	return ""
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
	v := refundView{RefundID: r.ID, OutRefundNo: r.OutNo, TransactionID: o.TransactionID, OutTradeNo: o.OutTradeNo, Channel: "ORIGINAL", Account: "支付用户零钱",
		CreateTime: cst(r.Born), Status: r.State, FundsAccount: "UNSETTLED",
		Amount: refundAmount{Total: o.Total, Refund: r.Amount, PayerTotal: o.Total, PayerRefund: r.Amount, SettlementRefund: &r.Amount, SettlementTotal: &o.Total, DiscountRefund: &zero, Currency: "CNY"}}
	if r.State == "SUCCESS" {
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

type refundNotice struct {
	MchID         string `json:"mchid,omitempty"`
	SpMchID       string `json:"sp_mchid,omitempty"`
	SubMchID      string `json:"sub_mchid,omitempty"`
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	OutRefundNo   string `json:"out_refund_no"`
	RefundID      string `json:"refund_id"`
	Status        string `json:"refund_status"`
	SuccessTime   string `json:"success_time,omitempty"`
	Account       string `json:"user_received_account"`
	Amount        struct {
		Total       int64 `json:"total"`
		Refund      int64 `json:"refund"`
		PayerTotal  int64 `json:"payer_total"`
		PayerRefund int64 `json:"payer_refund"`
	} `json:"amount"`
}

// completeRefund puts the money into the wallet, writes the 微信支付 message and sends the notice.
func (s *Server) completeRefund(key string) {
	s.mu.Lock()
	r := s.world.refunds[key]
	if r == nil || r.State != "PROCESSING" {
		s.mu.Unlock()
		return
	}
	o := s.world.orders[r.Order]
	r.State, r.DoneAt = "SUCCESS", s.Clock.Now()
	s.touch("refund", key)
	s.creditRefund(r, o)
	var n *notice
	if r.NotifyURL != "" {
		out := refundNotice{MchID: r.MchID, OutTradeNo: o.OutTradeNo, TransactionID: o.TransactionID, OutRefundNo: r.OutNo, RefundID: r.ID, Status: r.State,
			SuccessTime: cst(r.DoneAt), Account: "支付用户零钱"}
		out.Amount.Total, out.Amount.Refund, out.Amount.PayerTotal, out.Amount.PayerRefund = o.Total, r.Amount, o.Total, r.Amount
		if o.SpMchID != "" {
			out.MchID, out.SpMchID, out.SubMchID = "", o.SpMchID, o.MchID
		}
		n = s.newNotice(o.notifier(), r.NotifyURL, r.KeyMode, "REFUND.SUCCESS", "refund", "退款成功", out)
	}
	s.unlockDurably()
	s.startNotice(n)
}
