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
	{name: "sub_mchid", label: "二级商户号", max: 32},
	{name: "sub_appid", label: "子商户应用ID", max: 32},
}

var combineFields = []field{
	{name: "combine_appid", label: "合单商户appid", required: true, max: 32},
	{name: "combine_mchid", label: "合单商户号", required: true, max: 32},
	{name: "combine_out_trade_no", label: "合单商户订单号", required: true, min: 6, max: 32, form: tradeNoForm},
	{name: "sub_orders", label: "子单信息", kind: "list", required: true, min: 1, max: 50, sub: subFields},
	{name: "time_start", kind: "time", max: 32},
	{name: "time_expire", label: "交易结束时间", kind: "time", max: 32},
	{name: "notify_url", label: "通知地址", kind: "url", required: true, max: 255},
}

// combineFieldsOf describes the body of a combined prepay by its way.
func combineFieldsOf(tradeType string) []field {
	scene := field{name: "scene_info", label: "场景信息", kind: "object", required: tradeType == "MWEB", sub: []field{{name: "device_id", max: 32}, {name: "payer_client_ip", label: "用户终端IP", required: true, min: 7, max: 45}}}
	if tradeType == "MWEB" {
		scene.sub = append(scene.sub, h5Field)
	}
	fields := append(append([]field{}, combineFields...), scene)
	payer := field{name: "combine_payer_info", label: "支付者", kind: "object", required: tradeType == "JSAPI", sub: []field{
		{name: "openid", label: "用户标识", max: 128}, {name: "sub_openid", label: "用户子标识", max: 128}}}
	return append(fields, payer)
}

type combineBody struct {
	AppID      string `json:"combine_appid"`
	MchID      string `json:"combine_mchid"`
	OutTradeNo string `json:"combine_out_trade_no"`
	Scene      struct {
		ClientIP string `json:"payer_client_ip"`
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
		SubMchID    string `json:"sub_mchid"`
		SubAppID    string `json:"sub_appid"`
		Settle      struct {
			ProfitSharing bool `json:"profit_sharing"`
		} `json:"settle_info"`
	} `json:"sub_orders"`
	Payer struct {
		OpenID    string `json:"openid"`
		SubOpenID string `json:"sub_openid"`
	} `json:"combine_payer_info"`
	TimeExpire string `json:"time_expire"`
	NotifyURL  string `json:"notify_url"`
}

// launch is the app in which the payer starts the payment, and their openid there.
func (in *combineBody) launch() (appID, openID string) {
	if in.Payer.SubOpenID != "" {
		return in.Subs[0].SubAppID, in.Payer.SubOpenID
	}
	return in.AppID, in.Payer.OpenID
}

// partner tells whether sub-merchants of a provider are paid.
func (in *combineBody) partner() bool {
	for _, sub := range in.Subs {
		if sub.SubMchID != "" {
			return true
		}
	}
	return false
}

// prepayCombined answers POST /v3/combine-transactions/{jsapi,native,h5,app}.
func (s *Server) prepayCombined(tradeType string) func(*call) {
	fields := combineFieldsOf(tradeType)
	return func(c *call) {
		var in combineBody
		if !c.strict(fields, &in) || !c.allowNotify(in.NotifyURL) || !c.allowClientIP(tradeType, in.Scene.ClientIP) || !c.allowParts(&in) {
			return
		}
		launch, openID := in.launch()
		if tradeType == "JSAPI" && openID == "" {
			c.payFail(http.StatusBadRequest, "PARAM_ERROR", "输入源“/body/combine_payer_info/openid”映射到值字段“用户标识”必填性规则校验失败，此字段为必填项", map[string]string{"field": "/body/combine_payer_info/openid", "location": "body"})
			return
		}
		print := tradeType + fingerprint(c.members)
		s.mu.Lock()
		defer s.unlockDurably()
		c.entry.AppID = in.AppID
		if !s.mayOrder(c, party{caller: in.MchID, mchID: in.MchID, appID: in.AppID, openID: openID, launch: launch}, tradeType == "JSAPI") {
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
			p = s.newPrepay(prepay{AppID: launch, MchID: k.MchID, Combine: k.key(), OpenID: k.OpenID}, tradeType, k.Prepay)
			k.Prepay = p.ID
		}
		s.touch("combine", k.key())
		c.payPrepay(p, tradeType)
	}
}

// allowParts holds the number of parts to the rule: 2 to 10 merchants' own, or 1 to 50 of a provider's.
func (c *call) allowParts(in *combineBody) bool {
	if in.partner() || len(in.Subs) >= 2 && len(in.Subs) <= 10 {
		return true
	}
	e := field{name: "sub_orders", label: "子单信息"}.wrong("/body", itoa(int64(len(in.Subs))), "数组规则校验失败，元素个数应在 2 与 10 之间")
	c.payFail(http.StatusBadRequest, "PARAM_ERROR", e.message, map[string]string{"field": e.path, "value": e.value, "issue": e.message, "location": "body"})
	return false
}

func (s *Server) newCombine(c *call, in *combineBody, print, tradeType string) *combine {
	now := s.Clock.Now()
	_, openID := in.launch()
	k := &combine{AppID: in.AppID, MchID: in.MchID, OutTradeNo: in.OutTradeNo, NotifyURL: in.NotifyURL, OpenID: openID, DeviceID: in.Scene.DeviceID,
		Expires: expiry(in.TimeExpire, now), Born: now, Print: print}
	orders := make([]*order, 0, len(in.Subs))
	for _, sub := range in.Subs {
		o := &order{AppID: in.AppID, MchID: sub.MchID, OutTradeNo: sub.OutTradeNo, Description: sub.Description, Attach: sub.Attach, NotifyURL: in.NotifyURL,
			Total: sub.Amount.Total, OpenID: openID, TradeType: tradeType, Expires: k.Expires, Born: now, State: tradeNotPaid, Combine: k.key(), KeyMode: c.mch.KeyMode,
			ProfitSharing: sub.Settle.ProfitSharing}
		if sub.SubMchID != "" {
			o.SpMchID, o.MchID, o.SubAppID = sub.MchID, sub.SubMchID, sub.SubAppID
		}
		if !s.mayBePart(c, o) {
			return nil
		}
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

// mayBePart checks the merchants of one part.
func (s *Server) mayBePart(c *call, o *order) bool {
	if o.SpMchID == "" {
		return s.bound(c, o.AppID, o.MchID)
	}
	return s.bound(c, o.AppID, o.SpMchID) && s.provides(c, o.SpMchID, o.MchID) && (o.SubAppID == "" || s.bound(c, o.SubAppID, o.MchID))
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
	SubMchID      string        `json:"sub_mchid,omitempty"`
	SubAppID      string        `json:"sub_appid,omitempty"`
	SubOpenID     string        `json:"sub_openid,omitempty"`
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
		if o.SpMchID != "" {
			sub.MchID, sub.SubMchID, sub.SubAppID = o.SpMchID, o.MchID, o.SubAppID
		}
		if o.TransactionID != "" {
			if o.SubAppID != "" {
				sub.SubOpenID = s.fan(o.SubAppID, o.Person).OpenID
			}
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
			SubMchID   string `json:"sub_mchid"`
			SubAppID   string `json:"sub_appid"`
		} `json:"sub_orders"`
	}
	fields := []field{{name: "combine_appid", label: "合单商户appid", required: true, max: 32},
		{name: "sub_orders", label: "子单信息", kind: "list", required: true, min: 1, max: 50, sub: []field{
			{name: "mchid", required: true, max: 32}, {name: "out_trade_no", required: true, max: 32}, {name: "sub_mchid", max: 32}, {name: "sub_appid", max: 32}}}}
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
		if sub.SubMchID != "" {
			sub.MchID = sub.SubMchID
		}
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
