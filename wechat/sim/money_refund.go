package sim

import (
	"net/http"
	"time"
)

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

var refundSummary = map[string]string{refundSuccess: "退款成功", refundAbnormal: "退款异常", refundClosed: "退款关闭"}

// refundOutcome is what a refund comes to: a person's setting, else the merchant's. The caller holds mu.
func (s *Server) refundOutcome(r *refund, o *order) string {
	if r.Channel != "" {
		return refundSuccess // an abnormal one that goes to a bank card now
	}
	if r.Outcome != "" {
		return r.Outcome
	}
	if own := s.personMoney(o.Person).RefundOutcome; own != "" {
		return own
	}
	if set := s.moneySettings(r.MchID).RefundOutcome; set != "" {
		return set
	}
	return refundSuccess
}

// completeRefund brings a refund to its end: the money goes into the wallet, or back to the merchant, or lies where it is; the merchant
// is told.
func (s *Server) completeRefund(key string) {
	s.mu.Lock()
	r := s.world.refunds[key]
	if r == nil || r.State != refundProcessing || s.Clock.Now().Before(r.DoneAt) {
		s.mu.Unlock()
		return
	}
	o := s.world.orders[r.Order]
	now := s.Clock.Now()
	r.DoneAt = now
	r.step(s.refundOutcome(r, o), now)
	switch {
	case r.State == refundClosed:
		s.bookRefundClosed(r, o)
		s.touch("order", o.key())
	case r.State == refundSuccess && r.Channel == "":
		s.creditRefund(r, o)
	}
	s.touch("refund", key)
	notices := []*notice{s.refundNotice(r, o)}
	if r.State == refundSuccess {
		notices = append(notices, s.complaintRefunded(o))
	}
	s.unlockDurably()
	for _, n := range notices {
		s.startNotice(n)
	}
}

func (s *Server) refundNotice(r *refund, o *order) *notice {
	if r.NotifyURL == "" {
		return nil
	}
	if r.V2 != "" {
		return s.v2RefundNotice(r, o)
	}
	out := refundNotice{MchID: r.MchID, OutTradeNo: o.OutTradeNo, TransactionID: o.TransactionID, OutRefundNo: r.OutNo, RefundID: r.ID, Status: r.State, Account: r.receiver()}
	if r.State == refundSuccess {
		out.SuccessTime = cst(r.DoneAt)
	}
	out.Amount.Total, out.Amount.Refund, out.Amount.PayerTotal, out.Amount.PayerRefund = o.Total, r.Amount, o.Total, r.Amount
	if o.SpMchID != "" {
		out.MchID, out.SpMchID, out.SubMchID = "", o.SpMchID, o.MchID
	}
	return s.newNotice(o.notifier(), r.NotifyURL, r.KeyMode, "REFUND."+r.State, "refund", refundSummary[r.State], out)
}

// reversePaid gives all of a paid order back at once, as a cashier's reversal does: a refund nobody asked for by number. The caller holds
// mu, has made sure of the money, and sets the state of the order.
func (s *Server) reversePaid(o *order) {
	now := s.Clock.Now()
	r := &refund{ID: "5030" + s.digits(25), MchID: o.MchID, OutNo: "reverse-" + o.OutTradeNo, Order: o.key(), Amount: o.Total - o.Refunded, Born: now, DoneAt: now, KeyMode: o.KeyMode}
	r.step(refundSuccess, now)
	s.world.refunds[r.key()] = r
	s.world.money.refundIDs[r.ID] = r
	s.bookRefund(r, o)
	o.Refunds = append(o.Refunds, r.key())
	buyer := s.world.people[o.Person]
	buyer.Balance += r.Amount
	s.touch("person", buyer.ID)
	s.touch("refund", r.key())
	s.touch("order", o.key())
	s.addBill(buyer, &bill{Kind: "refund", Title: s.world.merchants[o.MchID].Name + "-撤销", Amount: r.Amount, Direction: "in", Order: o.key(), Refund: r.key()})
}

var abnormalFields = []field{
	{name: "sub_mchid", label: "子商户号", max: 32},
	{name: "out_refund_no", label: "商户退款单号", required: true, max: 64, form: refundNoForm},
	{name: "type", label: "异常退款处理方式", required: true, enum: []string{"USER_BANK_CARD", "MERCHANT_BANK_CARD"}},
	{name: "bank_type", label: "开户银行", max: 16},
	{name: "bank_account", label: "收款银行卡号", max: 1024},
	{name: "real_name", label: "收款用户姓名", max: 1024},
}

type abnormalBody struct {
	SubMchID    string `json:"sub_mchid"`
	OutRefundNo string `json:"out_refund_no"`
	Type        string `json:"type"`
	BankType    string `json:"bank_type"`
	Account     string `json:"bank_account"`
	RealName    string `json:"real_name"`
}

// applyAbnormal answers POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund.
func (s *Server) applyAbnormal(c *call) {
	var in abnormalBody
	if !c.strict(abnormalFields, &in) {
		return
	}
	channel, account := "OTHER_BANKCARD", "商户结算银行账户"
	if in.Type == "USER_BANK_CARD" {
		if in.BankType == "" || in.Account == "" || in.RealName == "" {
			c.payFail(http.StatusBadRequest, "PARAM_ERROR", "退款到用户银行卡时，bank_type、bank_account、real_name必填", map[string]string{"field": "/body/bank_account", "location": "body"})
			return
		}
		number, ok := c.decrypt("bank_account", in.Account)
		if !ok {
			return
		}
		if _, ok = c.decrypt("real_name", in.RealName); !ok {
			return
		}
		account = in.BankType + number[max(0, len(number)-4):]
	}
	s.mu.Lock()
	defer s.unlockDurably()
	payee, ok := s.actsFor(c, in.SubMchID)
	if !ok {
		return
	}
	r := s.world.money.refundIDs[c.r.PathValue("no")]
	switch {
	case r == nil || r.MchID != payee || r.OutNo != in.OutRefundNo:
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在", nil)
		return
	case r.State == refundProcessing && r.Account == account:
	case r.State != refundAbnormal:
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "退款单状态不是退款异常，不能发起异常退款", nil)
		c.refused("the refund is %s", r.State)
		return
	default:
		now := s.Clock.Now()
		r.Channel, r.Account, r.DoneAt = channel, account, now.Add(max(s.RefundDelay, time.Second))
		r.step(refundProcessing, now)
		s.touch("refund", r.key())
		s.planRefund(r)
	}
	c.payOK(s.refundView(r, s.world.orders[r.Order]))
}

// moneyEndpoints lists refunds beyond the ordinary ones, and the bills.
func (s *Server) moneyEndpoints() []endpoint {
	return []endpoint{
		{Pattern: "POST /v3/refund/domestic/refunds/{no}/apply-abnormal-refund", Title: "发起异常退款", Fidelity: Full, serve: s.asMerchant(s.applyAbnormal)},
		{Pattern: "GET /v3/bill/tradebill", Title: "申请交易账单", Fidelity: Full, serve: s.asMerchant(s.askTradeBill)},
		{Pattern: "GET /v3/bill/fundflowbill", Title: "申请资金账单", Fidelity: Full, serve: s.asMerchant(s.askFundBill)},
		{Pattern: "GET /v3/billdownload/file", Title: "下载账单", Fidelity: Full, Note: "the answer is not signed, as WeChat's is not", serve: s.asMerchant(s.downloadBill)},
	}
}
