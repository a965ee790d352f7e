package sim

import (
	"net/http"
	"slices"
	"time"
)

// combine is one payment for several merchants' orders.
type combine struct {
	AppID      string    `json:"appid"`
	MchID      string    `json:"mchid"`
	OutTradeNo string    `json:"out_trade_no"`
	NotifyURL  string    `json:"notify_url"`
	OpenID     string    `json:"openid,omitempty"`
	DeviceID   string    `json:"device_id,omitempty"`
	Expires    time.Time `json:"expires"`
	Born       time.Time `json:"born"`
	Orders     []string  `json:"orders"` // keys
	Print      string    `json:"print"`
	Prepay     string    `json:"prepay,omitempty"`
	KeyMode    string    `json:"key_mode"`
}

func (k *combine) key() string { return k.MchID + "|" + k.OutTradeNo }

var subFields = []field{
	{name: "mchid", label: "子单商户号", required: true, max: 32},
	{name: "attach", label: "附加数据", required: true, max: 128},
	{name: "amount", label: "订单金额", kind: "object", required: true, sub: []field{
		{name: "total_amount", label: "标价金额", kind: "int", required: true, min: 1, max: maxOrderFen},
		{name: "currency", label: "标价币种", required: true, enum: []string{"CNY"}},
	}},
	{name: "out_trade_no", label: "子单商户订单号", required: true, min: 6, max: 32, form: tradeNoForm},
	{name: "description", label: "商品描述", required: true, max: 127},
	{name: "goods_tag", label: "订单优惠标记", max: 32},
	{name: "detail", label: "商品详情", max: 6000},
	{name: "settle_info", kind: "object", sub: []field{{name: "profit_sharing", kind: "bool"}, {name: "subsidy_amount", kind: "int"}}},
}

var combineFields = []field{
	{name: "combine_appid", label: "合单商户appid", required: true, max: 32},
	{name: "combine_mchid", label: "合单商户号", required: true, max: 32},
	{name: "combine_out_trade_no", label: "合单商户订单号", required: true, min: 6, max: 32, form: tradeNoForm},
	{name: "scene_info", kind: "object", sub: []field{{name: "device_id", max: 32}, {name: "payer_client_ip", label: "用户终端IP", required: true, min: 7, max: 45}}},
	{name: "sub_orders", label: "子单信息", kind: "list", required: true, min: 2, max: 10, sub: subFields},
	{name: "time_start", kind: "time", max: 32},
	{name: "time_expire", label: "交易结束时间", kind: "time", max: 32},
	{name: "notify_url", label: "通知地址", kind: "url", required: true, max: 255},
}

var combinePayer = field{name: "combine_payer_info", label: "支付者", kind: "object", required: true, sub: []field{{name: "openid", label: "用户标识", required: true, max: 128}}}

type combineBody struct {
	AppID      string `json:"combine_appid"`
	MchID      string `json:"combine_mchid"`
	OutTradeNo string `json:"combine_out_trade_no"`
	Scene      struct {
		DeviceID string `json:"device_id"`
	} `json:"scene_info"`
	Subs []struct {
		MchID  string `json:"mchid"`
		Attach string `json:"attach"`
		Amount struct {
			Total int64 `json:"total_amount"`
		} `json:"amount"`
		OutTradeNo  string `json:"out_trade_no"`
		Description string `json:"description"`
	} `json:"sub_orders"`
	Payer struct {
		OpenID string `json:"openid"`
	} `json:"combine_payer_info"`
	TimeExpire string `json:"time_expire"`
	NotifyURL  string `json:"notify_url"`
}

// prepayCombined answers POST /v3/combine-transactions/jsapi and /native.
func (s *Server) prepayCombined(tradeType string) func(*call) {
	fields := combineFields
	if tradeType == "JSAPI" {
		fields = append(append([]field{}, combineFields...), combinePayer)
	}
	return func(c *call) {
		var in combineBody
		if !c.strict(fields, &in) || !c.allowNotify(in.NotifyURL) {
			return
		}
		if in.MchID != c.mch.MchID {
			c.payFail(http.StatusForbidden, "NO_AUTH", "合单商户号与签名商户号不一致", nil)
			return
		}
		print := fingerprint(c.members)
		s.mu.Lock()
		defer s.unlockDurably()
		c.entry.AppID = in.AppID
		if !s.mayPay(c, in.AppID, in.MchID, in.Payer.OpenID, tradeType) {
			return
		}
		k := s.world.combines[in.MchID+"|"+in.OutTradeNo]
		if k == nil {
			if k = s.newCombine(c, &in, print, tradeType); k == nil {
				return
			}
		} else if !s.mayReorder(c, &order{State: s.combineState(k), Print: k.Print, Born: k.Born}, print, s.Clock.Now()) {
			return
		}
		k.KeyMode = s.keyMode(c)
		p := s.world.prepays[k.Prepay]
		if p == nil || !s.Clock.Now().Before(p.Until) || tradeType == "NATIVE" {
			p = s.newPrepay(prepay{AppID: k.AppID, MchID: k.MchID, Combine: k.key(), OpenID: k.OpenID}, tradeType, k.Prepay)
			k.Prepay = p.ID
		}
		s.touch("combine", k.key())
		c.payPrepay(p)
	}
}

func (s *Server) newCombine(c *call, in *combineBody, print, tradeType string) *combine {
	now := s.Clock.Now()
	k := &combine{AppID: in.AppID, MchID: in.MchID, OutTradeNo: in.OutTradeNo, NotifyURL: in.NotifyURL, OpenID: in.Payer.OpenID, DeviceID: in.Scene.DeviceID,
		Expires: expiry(in.TimeExpire, now), Born: now, Print: print}
	orders := make([]*order, 0, len(in.Subs))
	for _, sub := range in.Subs {
		if !s.mayPay(c, in.AppID, sub.MchID, in.Payer.OpenID, tradeType) {
			return nil
		}
		o := &order{AppID: in.AppID, MchID: sub.MchID, OutTradeNo: sub.OutTradeNo, Description: sub.Description, Attach: sub.Attach, NotifyURL: in.NotifyURL,
			Total: sub.Amount.Total, OpenID: in.Payer.OpenID, TradeType: tradeType, Expires: k.Expires, Born: now, State: tradeNotPaid, Combine: k.key(), KeyMode: c.mch.KeyMode}
		if s.world.orders[o.key()] != nil || slices.Contains(k.Orders, o.key()) {
			c.payFail(http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复", nil)
			c.refused("sub order %s of merchant %s exists already", o.OutTradeNo, o.MchID)
			return nil
		}
		k.Orders = append(k.Orders, o.key())
		orders = append(orders, o)
	}
	for _, o := range orders {
		s.world.orders[o.key()] = o
		s.touch("order", o.key())
	}
	s.world.combines[k.key()] = k
	return k
}

// combineState is that of its first order, since all are paid or closed together; refunds of one count as paid.
func (s *Server) combineState(k *combine) string {
	now := s.Clock.Now()
	for _, key := range k.Orders {
		if o := s.world.orders[key]; o.settle(now) {
			s.touch("order", key)
		}
	}
	return s.world.orders[k.Orders[0]].State
}

type combineAmount struct {
	Total         int64  `json:"total_amount"`
	Currency      string `json:"currency"`
	PayerAmount   *int64 `json:"payer_amount,omitempty"`
	PayerCurrency string `json:"payer_currency,omitempty"`
}

type subView struct {
	MchID         string        `json:"mchid"`
	TradeType     string        `json:"trade_type,omitempty"`
	TradeState    string        `json:"trade_state"`
	BankType      string        `json:"bank_type,omitempty"`
	Attach        string        `json:"attach"`
	Amount        combineAmount `json:"amount"`
	SuccessTime   string        `json:"success_time,omitempty"`
	TransactionID string        `json:"transaction_id,omitempty"`
	OutTradeNo    string        `json:"out_trade_no"`
}

type combineView struct {
	AppID      string     `json:"combine_appid"`
	MchID      string     `json:"combine_mchid"`
	OutTradeNo string     `json:"combine_out_trade_no"`
	Scene      *sceneView `json:"scene_info,omitempty"`
	Subs       []subView  `json:"sub_orders"`
	Payer      *payerView `json:"combine_payer_info,omitempty"`
}

func (s *Server) combineView(k *combine) combineView {
	v := combineView{AppID: k.AppID, MchID: k.MchID, OutTradeNo: k.OutTradeNo}
	if k.DeviceID != "" {
		v.Scene = &sceneView{k.DeviceID}
	}
	for _, key := range k.Orders {
		o := s.world.orders[key]
		sub := subView{MchID: o.MchID, TradeState: o.State, Attach: o.Attach, OutTradeNo: o.OutTradeNo, Amount: combineAmount{Total: o.Total, Currency: "CNY"}}
		if o.TransactionID != "" {
			total := o.Total
			sub.TradeType, sub.BankType, sub.SuccessTime, sub.TransactionID = o.TradeType, "OTHERS", cst(o.PaidAt), o.TransactionID
			sub.Amount.PayerAmount, sub.Amount.PayerCurrency = &total, "CNY"
			v.Payer = &payerView{s.fan(o.AppID, o.Person).OpenID}
		}
		v.Subs = append(v.Subs, sub)
	}
	return v
}

// ownCombine finds a combine of the caller; on failure it has answered. The caller holds mu.
func (s *Server) ownCombine(c *call) *combine {
	k := s.world.combines[c.mch.MchID+"|"+c.r.PathValue("no")]
	if k == nil {
		c.payFail(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在", nil)
	}
	return k
}

func (s *Server) queryCombined(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.ownCombine(c); k != nil {
		s.combineState(k)
		c.payOK(s.combineView(k))
	}
}

func (s *Server) closeCombined(c *call) {
	var in struct {
		AppID string `json:"combine_appid"`
		Subs  []struct {
			MchID      string `json:"mchid"`
			OutTradeNo string `json:"out_trade_no"`
		} `json:"sub_orders"`
	}
	fields := []field{{name: "combine_appid", label: "合单商户appid", required: true, max: 32},
		{name: "sub_orders", label: "子单信息", kind: "list", required: true, min: 2, max: 50, sub: []field{
			{name: "mchid", required: true, max: 32}, {name: "out_trade_no", required: true, max: 32}}}}
	if !c.strict(fields, &in) {
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	k := s.ownCombine(c)
	if k == nil {
		return
	}
	named := make([]string, 0, len(in.Subs))
	for _, sub := range in.Subs {
		named = append(named, sub.MchID+"|"+sub.OutTradeNo)
	}
	have := slices.Sorted(slices.Values(k.Orders))
	slices.Sort(named)
	switch state := s.combineState(k); {
	case in.AppID != k.AppID || !slices.Equal(have, named):
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "子单信息与合单下单时不一致", nil)
	case state == tradeSuccess || state == tradeRefund:
		c.payFail(http.StatusBadRequest, "ORDER_PAID", "该订单已支付", nil)
	default:
		for _, key := range k.Orders {
			s.world.orders[key].State = tradeClosed
			s.touch("order", key)
		}
		c.status = http.StatusNoContent
	}
}
