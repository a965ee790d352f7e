package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	prepayLife   = 2 * time.Hour
	orderLife    = 7 * 24 * time.Hour // an unpaid order is closed after this
	maxOrderFen  = 1_000_000_000      // 10 000 000 元
	maxExpiry    = 90 * 24 * time.Hour
	refundWindow = 365 * 24 * time.Hour
)

// States of a trade (B2).
const (
	tradeNotPaid = "NOTPAY"
	tradeSuccess = "SUCCESS"
	tradeRefund  = "REFUND"
	tradeClosed  = "CLOSED"
	tradePaying  = "USERPAYING" // 付款码 only, as the two below
	tradeFailed  = "PAYERROR"
	tradeRevoked = "REVOKED"
)

var stateText = map[string]string{tradeNotPaid: "订单未支付", tradeSuccess: "支付成功", tradeRefund: "转入退款", tradeClosed: "订单已关闭",
	tradePaying: "用户支付中，需要输入密码", tradeFailed: "支付失败", tradeRevoked: "订单已撤销"}

// order is one merchant's order: paid alone, or as part of a combine. Amounts are fen.
type order struct {
	AppID         string    `json:"appid"`
	MchID         string    `json:"mchid"`
	OutTradeNo    string    `json:"out_trade_no"`
	Description   string    `json:"description"`
	Attach        string    `json:"attach,omitempty"`
	NotifyURL     string    `json:"notify_url"`
	DeviceID      string    `json:"device_id,omitempty"`
	Total         int64     `json:"total"`
	OpenID        string    `json:"openid,omitempty"` // who may pay; empty: whoever scans
	TradeType     string    `json:"trade_type"`
	Expires       time.Time `json:"expires"` // last moment of payment
	Born          time.Time `json:"born"`
	State         string    `json:"state"`
	TransactionID string    `json:"transaction_id,omitempty"`
	PaidAt        time.Time `json:"paid_at,omitzero"`
	Person        string    `json:"person,omitempty"` // who paid
	Print         string    `json:"print"`            // hash of the parameters, for the re-order rule
	Prepay        string    `json:"prepay,omitempty"`
	Combine       string    `json:"combine,omitempty"` // key of the combine it is part of
	KeyMode       string    `json:"key_mode"`          // how its notices are signed
	Refunded      int64     `json:"refunded,omitempty"`
	Refunds       []string  `json:"refunds,omitempty"` // keys
	Bill          string    `json:"bill,omitempty"`

	SpMchID       string   `json:"sp_mchid,omitempty"`  // the provider that ordered; MchID is then its sub-merchant
	SubAppID      string   `json:"sub_appid,omitempty"` // of the sub-merchant; AppID is the provider's
	LimitPay      []string `json:"limit_pay,omitempty"`
	ProfitSharing bool     `json:"profit_sharing,omitempty"`
	Payer         string   `json:"payer,omitempty"` // whose payment code was scanned
	V2            string   `json:"v2,omitempty"`    // sign type of an order made by v2: MD5 or HMAC-SHA256

	Rate       int64  `json:"rate,omitempty"` // of the fee, hundredths of a percent, when it was paid
	Fee        int64  `json:"fee,omitempty"`
	FeeBack    int64  `json:"fee_back,omitempty"` // of it, with refunds
	FeeAccount string `json:"fee_account,omitempty"`
}

// notifier is the merchant that is told about the order: the one that made it.
func (o *order) notifier() string {
	if o.SpMchID != "" {
		return o.SpMchID
	}
	return o.MchID
}

func (o *order) key() string { return o.MchID + "|" + o.OutTradeNo }

// settle closes an order nobody paid in time, and fails one whose password nobody entered; it tells whether that changed it.
func (o *order) settle(now time.Time) bool {
	switch {
	case o.State == tradeNotPaid && now.Sub(o.Born) > orderLife && now.After(o.Expires):
		o.State = tradeClosed
	case o.State == tradePaying && now.After(o.Expires):
		o.State = tradeFailed
	default:
		return false
	}
	return true
}

// prepay is a ticket to pay with, for one order or a combine.
type prepay struct {
	ID      string    `json:"id"`
	AppID   string    `json:"appid"`
	MchID   string    `json:"mchid"` // whose key signs paySign
	SubMch  string    `json:"sub_mchid,omitempty"`
	SubApp  string    `json:"sub_appid,omitempty"` // may start the payment too
	Order   string    `json:"order,omitempty"`
	Combine string    `json:"combine,omitempty"`
	OpenID  string    `json:"openid,omitempty"`
	CodeURL string    `json:"code_url,omitempty"`
	Until   time.Time `json:"until"`
	H5      string    `json:"h5,omitempty"` // the newest h5_url's package …
	H5Until time.Time `json:"h5_until,omitzero"`
}

var sceneFields = []field{
	{name: "payer_client_ip", label: "用户终端IP", min: 7, max: 45},
	{name: "device_id", label: "商户端设备号", max: 32},
	{name: "store_info", kind: "object", sub: []field{{name: "id", required: true, max: 32}, {name: "name", max: 256}, {name: "area_code", max: 32}, {name: "address", max: 512}}},
}

var goodsFields = []field{
	{name: "cost_price", kind: "int"}, {name: "invoice_id", max: 32},
	{name: "goods_detail", kind: "list", min: 1, max: 6000, sub: []field{
		{name: "merchant_goods_id", required: true, max: 32}, {name: "wechatpay_goods_id", max: 32}, {name: "wxpay_goods_id", max: 32}, {name: "goods_name", max: 256},
		{name: "quantity", kind: "int", required: true, min: 1}, {name: "unit_price", kind: "int", required: true, min: 0},
	}},
}

// orderFields are common to every way of ordering; pay_prepay.go adds who orders, who pays and what a way needs of its own.
var orderFields = []field{
	{name: "description", label: "商品描述", required: true, max: 127},
	{name: "out_trade_no", label: "商户订单号", required: true, min: 6, max: 32, form: tradeNoForm},
	{name: "time_expire", label: "交易结束时间", kind: "time", max: 64},
	{name: "attach", label: "附加数据", max: 128},
	{name: "notify_url", label: "通知地址", kind: "url", required: true, max: 255},
	{name: "goods_tag", label: "订单优惠标记", max: 32},
	{name: "limit_pay", kind: "texts", max: 4, enum: []string{"no_balance", "no_credit", "no_debit", "balance_only"}},
	{name: "support_fapiao", kind: "bool"},
	amountField,
	{name: "detail", kind: "object", sub: goodsFields},
	{name: "settle_info", kind: "object", sub: []field{{name: "profit_sharing", kind: "bool"}}},
}

var amountField = field{name: "amount", label: "订单金额", kind: "object", required: true, sub: []field{
	{name: "total", label: "总金额", kind: "int", required: true, min: 1, max: maxOrderFen}, {name: "currency", label: "货币类型", enum: []string{"CNY"}},
}}

// unlockDurably gives the world free and waits until what was changed is on disk.
func (s *Server) unlockDurably() {
	s.mu.Unlock()
	s.durable()
}

// newPrepay makes a ticket of two hours; the one it replaces is forgotten.
func (s *Server) newPrepay(p prepay, tradeType, old string) *prepay {
	now := s.Clock.Now()
	if old != "" {
		delete(s.world.prepays, old)
		s.touch("prepay", old)
	}
	s.forgetPrepays(now)
	p.ID, p.Until = "wx"+now.Format("20060102150405")+s.hexLower(8)+"0000", now.Add(prepayLife)
	if tradeType == "NATIVE" {
		p.CodeURL = "weixin://wxpay/bizpayurl?pr=" + s.text(9)
	}
	s.world.prepays[p.ID] = &p
	s.touch("prepay", p.ID)
	if p.CodeURL != "" {
		s.hub.all("codes", struct{}{})
	}
	s.payAtOnce(&p)
	return &p
}

// payAtOnce lets a person who pays every order pay this one. The caller holds mu. The notice goes out once that is in the data file,
// maybe before the answer to the order.
func (s *Server) payAtOnce(p *prepay) {
	f := s.world.openids[p.OpenID]
	if f == nil || s.world.people[f.Person] == nil || !s.world.people[f.Person].PaysAtOnce {
		return
	}
	_, n, err := s.pay(f.Person, p.ID, s.world.people[f.Person].PayPassword)
	if err != nil {
		s.note(&entry{Kind: "page", Method: "PAY", Path: p.ID, Person: f.Person, MchID: p.MchID, Verdict: "refused", Reason: err.Error()})
	}
	if n != nil {
		s.Clock.schedule(n.Next, func() {
			s.durable()
			s.sendNotice(n.ID, true)
		})
	}
}

// forgetPrepays drops tickets that expired more than a day ago, now and then.
func (s *Server) forgetPrepays(now time.Time) {
	if len(s.world.prepays)%1000 != 999 {
		return
	}
	for id, p := range s.world.prepays {
		if now.Sub(p.Until) > 24*time.Hour {
			delete(s.world.prepays, id)
			s.touch("prepay", id)
		}
	}
}

// keyMode is the kind of key this caller verifies with.
func (s *Server) keyMode(c *call) string {
	return s.platform.Load().modeOf(c.r.Header.Get("Wechatpay-Serial"), c.mch.KeyMode)
}

func contains(list []string, want string) bool {
	for _, item := range list {
		if item == want {
			return true
		}
	}
	return false
}

// mayReorder holds a second request with the same number to the rules.
func (s *Server) mayReorder(c *call, o *order, print string, now time.Time) bool {
	if o.settle(now) {
		s.touch("order", o.key())
	}
	switch {
	case o.State == tradeClosed:
		c.payFail(http.StatusBadRequest, "ORDER_CLOSED", "订单已关闭", nil)
	case o.State == tradeRevoked:
		c.payFail(http.StatusBadRequest, "ORDER_REVERSED", "订单已撤销", nil)
	case o.State == tradeSuccess || o.State == tradeRefund:
		c.payFail(http.StatusBadRequest, "ORDER_PAID", "该订单已支付", nil)
	case o.Print != print:
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", nil)
	default:
		return true
	}
	return false
}

// allowNotify refuses a loopback notify_url when production rules are asked for.
func (c *call) allowNotify(address string) bool {
	if !c.s.RefuseLoopbackNotify || address == "" {
		return true
	}
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "https" && !loopback(u.Hostname()) {
		return true
	}
	c.payFail(http.StatusBadRequest, "PARAM_ERROR", "输入源“/body/notify_url”映射到值字段“通知地址”格式错误，应为外网可访问的https地址", map[string]string{"field": "/body/notify_url", "value": address, "location": "body"})
	return false
}

// loopback tells whether a host name is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// expiry is the last moment of payment: raised to one minute from now, lowered to 90 days, seven days when not given.
func expiry(text string, now time.Time) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return now.Add(orderLife)
	case t.Before(now.Add(time.Minute)):
		return now.Add(time.Minute)
	case t.After(now.Add(maxExpiry)):
		return now.Add(maxExpiry)
	}
	return t
}

// fingerprint is the hash of a body's content, blind to order and spacing of its members.
func fingerprint(body map[string]any) string {
	canonical, err := json.Marshal(body) // sorts the members
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:16])
}
