package sim

import (
	"net/http"
)

type payerView struct {
	OpenID string `json:"openid"`
}

type amountView struct {
	Total         int64  `json:"total"`
	PayerTotal    *int64 `json:"payer_total,omitempty"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency,omitempty"`
}

type sceneView struct {
	DeviceID string `json:"device_id,omitempty"`
}

// orderView is the order object of queries and notices (B2).
type orderView struct {
	AppID          string     `json:"appid"`
	MchID          string     `json:"mchid"`
	OutTradeNo     string     `json:"out_trade_no"`
	TransactionID  string     `json:"transaction_id,omitempty"`
	TradeType      string     `json:"trade_type,omitempty"`
	TradeState     string     `json:"trade_state"`
	TradeStateDesc string     `json:"trade_state_desc"`
	BankType       string     `json:"bank_type,omitempty"`
	Attach         string     `json:"attach,omitempty"`
	SuccessTime    string     `json:"success_time,omitempty"`
	Payer          *payerView `json:"payer,omitempty"`
	Amount         amountView `json:"amount"`
	Scene          *sceneView `json:"scene_info,omitempty"`
}

// view shows an order. The caller holds mu.
func (s *Server) view(o *order) orderView {
	v := orderView{AppID: o.AppID, MchID: o.MchID, OutTradeNo: o.OutTradeNo, TradeState: o.State, TradeStateDesc: stateText[o.State],
		Attach: o.Attach, Amount: amountView{Total: o.Total, Currency: "CNY"}}
	if o.DeviceID != "" {
		v.Scene = &sceneView{o.DeviceID}
	}
	if o.TransactionID != "" {
		total := o.Total
		v.TransactionID, v.TradeType, v.BankType, v.SuccessTime = o.TransactionID, o.TradeType, "OTHERS", cst(o.PaidAt)
		v.Payer = &payerView{s.fan(o.AppID, o.Person).OpenID}
		v.Amount.PayerTotal, v.Amount.PayerCurrency = &total, "CNY"
	}
	return v
}

// own finds a single order of the calling merchant; on failure it has answered. The caller holds mu.
func (s *Server) own(c *call, o *order) *order {
	if o == nil || o.MchID != c.mch.MchID || o.Combine != "" && c.r.PathValue("id") == "" {
		c.payFail(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在", nil)
		return nil
	}
	if o.settle(s.Clock.Now()) {
		s.touch("order", o.key())
	}
	return o
}

// mchidParam checks ?mchid= of a query.
func (c *call) mchidParam() bool {
	switch c.r.URL.Query().Get("mchid") {
	case c.mch.MchID:
		return true
	case "":
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "输入源“/query/mchid”映射到值字段“直连商户号”必填性规则校验失败，此字段为必填项", map[string]string{"field": "/query/mchid", "location": "query"})
	default:
		c.payFail(http.StatusForbidden, "NO_AUTH", "商户号与签名商户号不一致", nil)
	}
	return false
}

func (s *Server) queryByNumber(c *call) {
	if !c.mchidParam() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.own(c, s.world.orders[c.mch.MchID+"|"+c.r.PathValue("no")]); o != nil {
		c.payOK(s.view(o))
	}
}

func (s *Server) queryByTransaction(c *call) {
	if !c.mchidParam() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.world.paid[c.r.PathValue("id")]
	if o != nil && o.Combine != "" {
		o = nil // parts of a combine are queried together
	}
	if o = s.own(c, o); o != nil {
		c.payOK(s.view(o))
	}
}

func (s *Server) closeSingle(c *call) {
	var in struct {
		MchID string `json:"mchid"`
	}
	if !c.strict([]field{{name: "mchid", label: "直连商户号", required: true, max: 32}}, &in) {
		return
	}
	if in.MchID != c.mch.MchID {
		c.payFail(http.StatusForbidden, "NO_AUTH", "商户号与签名商户号不一致", nil)
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	o := s.own(c, s.world.orders[in.MchID+"|"+c.r.PathValue("no")])
	switch {
	case o == nil:
	case o.State == tradeSuccess || o.State == tradeRefund:
		c.payFail(http.StatusBadRequest, "ORDER_PAID", "该订单已支付", nil)
	default:
		o.State = tradeClosed
		s.touch("order", o.key())
		c.status = http.StatusNoContent
	}
}
