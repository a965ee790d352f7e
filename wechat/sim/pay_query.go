package sim

import "net/http"

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

// partnerPayer is who paid an order of a provider's, in both their apps.
type partnerPayer struct {
	SpOpenID  string `json:"sp_openid"`
	SubOpenID string `json:"sub_openid,omitempty"`
}

// partnerView is the order object of a provider.
type partnerView struct {
	SpAppID        string        `json:"sp_appid"`
	SpMchID        string        `json:"sp_mchid"`
	SubAppID       string        `json:"sub_appid,omitempty"`
	SubMchID       string        `json:"sub_mchid"`
	OutTradeNo     string        `json:"out_trade_no"`
	TransactionID  string        `json:"transaction_id,omitempty"`
	TradeType      string        `json:"trade_type,omitempty"`
	TradeState     string        `json:"trade_state"`
	TradeStateDesc string        `json:"trade_state_desc"`
	BankType       string        `json:"bank_type,omitempty"`
	Attach         string        `json:"attach,omitempty"`
	SuccessTime    string        `json:"success_time,omitempty"`
	Payer          *partnerPayer `json:"payer,omitempty"`
	Amount         amountView    `json:"amount"`
	Scene          *sceneView    `json:"scene_info,omitempty"`
}

// orderObject shows an order to the merchant that made it. The caller holds mu.
func (s *Server) orderObject(o *order) any {
	v := s.view(o)
	if o.SpMchID == "" {
		return v
	}
	p := partnerView{SpAppID: o.AppID, SpMchID: o.SpMchID, SubAppID: o.SubAppID, SubMchID: o.MchID, OutTradeNo: v.OutTradeNo, TransactionID: v.TransactionID, TradeType: v.TradeType,
		TradeState: v.TradeState, TradeStateDesc: v.TradeStateDesc, BankType: v.BankType, Attach: v.Attach, SuccessTime: v.SuccessTime, Amount: v.Amount, Scene: v.Scene}
	if o.TransactionID != "" {
		p.Payer = &partnerPayer{SpOpenID: v.Payer.OpenID}
		if o.SubAppID != "" {
			p.Payer.SubOpenID = s.fan(o.SubAppID, o.Person).OpenID
		}
	}
	return p
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

// own finds a single order of the caller; on failure it has answered. The caller holds mu.
func (s *Server) own(c *call, p party, o *order) *order {
	if o == nil || o.MchID != p.mchID || o.SpMchID != p.spMchID || o.Combine != "" {
		c.payFail(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在", nil)
		return nil
	}
	if o.settle(s.Clock.Now()) {
		s.touch("order", o.key())
	}
	return o
}

// queryParty reads who asks about an order: ?mchid=, or ?sp_mchid=&sub_mchid= of a provider; on failure it has answered.
func (c *call) queryParty(partner bool) (p party, ok bool) {
	q := c.r.URL.Query()
	names := map[string]*string{"mchid": &p.caller}
	if partner {
		names = map[string]*string{"sp_mchid": &p.caller, "sub_mchid": &p.mchID}
	}
	for name, target := range names {
		if *target = q.Get(name); *target == "" {
			c.payFail(http.StatusBadRequest, "PARAM_ERROR", "输入源“/query/"+name+"”映射到值字段“商户号”必填性规则校验失败，此字段为必填项", map[string]string{"field": "/query/" + name, "location": "query"})
			return p, false
		}
	}
	if partner {
		p.spMchID = p.caller
	} else {
		p.mchID = p.caller
	}
	return p, c.signedBy(p.caller)
}

// signedBy checks that the merchant a request names is the one that signed it.
func (c *call) signedBy(mchID string) bool {
	if mchID == c.mch.MchID {
		return true
	}
	c.payFail(http.StatusForbidden, "NO_AUTH", "商户号与签名商户号不一致", nil)
	c.refused("the request names merchant %s, the signature is of %s", mchID, c.mch.MchID)
	return false
}

func (s *Server) queryByNumber(partner bool) func(*call) {
	return func(c *call) {
		p, ok := c.queryParty(partner)
		if !ok {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if o := s.own(c, p, s.world.orders[p.mchID+"|"+c.r.PathValue("no")]); o != nil {
			c.payOK(s.orderObject(o))
		}
	}
}

func (s *Server) queryByTransaction(partner bool) func(*call) {
	return func(c *call) {
		p, ok := c.queryParty(partner)
		if !ok {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if o := s.own(c, p, s.world.paid[c.r.PathValue("id")]); o != nil {
			c.payOK(s.orderObject(o))
		}
	}
}

var (
	closeFields        = []field{{name: "mchid", label: "直连商户号", required: true, max: 32}}
	partnerCloseFields = []field{{name: "sp_mchid", label: "服务商户号", required: true, max: 32}, {name: "sub_mchid", label: "子商户号", required: true, max: 32}}
)

func (s *Server) closeSingle(partner bool) func(*call) {
	fields := closeFields
	if partner {
		fields = partnerCloseFields
	}
	return func(c *call) {
		var in orderBody
		if !c.strict(fields, &in) {
			return
		}
		p := in.party()
		if !c.signedBy(p.caller) {
			return
		}
		s.mu.Lock()
		defer s.unlockDurably()
		if s.closeOrder(c, s.own(c, p, s.world.orders[p.mchID+"|"+c.r.PathValue("no")])) {
			c.status = http.StatusNoContent
		}
	}
}

// closeOrder closes an unpaid order; false when it has refused (or there is none). The caller holds mu.
func (s *Server) closeOrder(c *call, o *order) bool {
	switch {
	case o == nil:
		return false
	case o.State == tradeSuccess || o.State == tradeRefund:
		c.payFail(http.StatusBadRequest, "ORDER_PAID", "该订单已支付", nil)
		return false
	case o.TradeType == "MICROPAY":
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "付款码支付的订单不能关闭，请使用撤销订单接口", nil)
		c.numbered("268449641")
		return false
	}
	o.State = tradeClosed
	s.touch("order", o.key())
	return true
}
