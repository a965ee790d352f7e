package sim

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const h5Life = 5 * time.Minute

var directFields = []field{
	{name: "appid", label: "公众账号ID", required: true, max: 32},
	{name: "mchid", label: "直连商户号", required: true, max: 32},
}

var partnerFields = []field{
	{name: "sp_appid", label: "服务商应用ID", required: true, max: 32},
	{name: "sp_mchid", label: "服务商户号", required: true, max: 32},
	{name: "sub_appid", label: "子商户应用ID", max: 32},
	{name: "sub_mchid", label: "子商户号", required: true, max: 32},
}

var identityField = field{name: "identity", kind: "object", sub: []field{{name: "type", required: true, enum: []string{"IDCARD", "OVERSEA_WALLET"}}, {name: "number", required: true, max: 512}, {name: "name", required: true, max: 512}}}

// payerField tells who pays, in JSAPI.
func payerField(partner bool) field {
	f := field{name: "payer", label: "支付者", kind: "object", required: true, sub: []field{{name: "openid", label: "用户标识", required: true, max: 128}, identityField}}
	if partner {
		f.sub = []field{{name: "sp_openid", label: "用户服务标识", max: 128}, {name: "sub_openid", label: "用户子标识", max: 128}, identityField}
	}
	return f
}

// sceneField is scene_info; H5 must tell where the browser is.
func sceneField(tradeType string) field {
	h5 := tradeType == "MWEB"
	f := field{name: "scene_info", label: "场景信息", kind: "object", required: h5, sub: []field{
		{name: "payer_client_ip", label: "用户终端IP", required: h5, min: 7, max: 45},
		{name: "device_id", label: "商户端设备号", max: 32},
		{name: "store_info", kind: "object", sub: []field{{name: "id", required: true, max: 32}, {name: "name", max: 256}, {name: "area_code", max: 32}, {name: "address", max: 512}}},
	}}
	if h5 {
		f.sub = append(f.sub, h5Field)
	}
	return f
}

var h5Field = field{name: "h5_info", label: "H5场景信息", kind: "object", required: true, sub: []field{
	{name: "type", label: "场景类型", required: true, max: 32}, {name: "app_name", max: 64}, {name: "app_url", max: 128}, {name: "bundle_id", max: 128}, {name: "package_name", max: 128}}}

// prepayFields describes the body of a prepay by its way and mode.
func prepayFields(tradeType string, partner bool) []field {
	fields := slices.Clone(directFields)
	if partner {
		fields = slices.Clone(partnerFields)
	}
	fields = append(append(fields, orderFields...), sceneField(tradeType))
	if tradeType == "JSAPI" {
		fields = append(fields, payerField(partner))
	}
	return fields
}

// orderBody is what is read of an order, direct or through a provider.
type orderBody struct {
	AppID       string   `json:"appid"`
	MchID       string   `json:"mchid"`
	SpAppID     string   `json:"sp_appid"`
	SpMchID     string   `json:"sp_mchid"`
	SubAppID    string   `json:"sub_appid"`
	SubMchID    string   `json:"sub_mchid"`
	Description string   `json:"description"`
	OutTradeNo  string   `json:"out_trade_no"`
	TimeExpire  string   `json:"time_expire"`
	Attach      string   `json:"attach"`
	NotifyURL   string   `json:"notify_url"`
	LimitPay    []string `json:"limit_pay"`
	Amount      struct {
		Total int64 `json:"total"`
	} `json:"amount"`
	Payer struct {
		OpenID    string `json:"openid"`
		SpOpenID  string `json:"sp_openid"`
		SubOpenID string `json:"sub_openid"`
		AuthCode  string `json:"auth_code"`
	} `json:"payer"`
	Scene struct {
		ClientIP string `json:"payer_client_ip"`
		DeviceID string `json:"device_id"`
	} `json:"scene_info"`
	Settle struct {
		ProfitSharing bool `json:"profit_sharing"`
	} `json:"settle_info"`
}

// party is who orders, for whom, and in which app who pays.
type party struct {
	caller   string // mchid that signs
	mchID    string // the payee
	spMchID  string // the provider; empty: direct
	appID    string // bound to the caller
	subAppID string
	openID   string // of the payer; empty: whoever it is
	launch   string // the appid of that openid
}

func (in *orderBody) party() party {
	p := party{caller: in.MchID, mchID: in.MchID, appID: in.AppID, openID: in.Payer.OpenID, launch: in.AppID}
	if in.SpMchID == "" {
		return p
	}
	p = party{caller: in.SpMchID, mchID: in.SubMchID, spMchID: in.SpMchID, appID: in.SpAppID, subAppID: in.SubAppID, openID: in.Payer.SpOpenID, launch: in.SpAppID}
	if in.Payer.SubOpenID != "" {
		p.openID, p.launch = in.Payer.SubOpenID, in.SubAppID
	}
	return p
}

// prepaySingle answers POST /v3/pay/transactions/{jsapi,native,h5,app} and the same of a provider.
func (s *Server) prepaySingle(tradeType string, partner bool) func(*call) {
	fields := prepayFields(tradeType, partner)
	return func(c *call) {
		var in orderBody
		if !c.strict(fields, &in) || !c.allowNotify(in.NotifyURL) || !c.allowClientIP(tradeType, in.Scene.ClientIP) {
			return
		}
		p := in.party()
		if tradeType == "JSAPI" && p.openID == "" {
			c.payFail(http.StatusBadRequest, "PARAM_ERROR", "sp_openid和sub_openid必须填写一个", map[string]string{"field": "/body/payer/sp_openid", "location": "body"})
			return
		}
		print := tradeType + fingerprint(c.members)
		s.mu.Lock()
		defer s.unlockDurably()
		c.entry.AppID = p.appID
		if !s.mayOrder(c, p, tradeType == "JSAPI") {
			return
		}
		now := s.Clock.Now()
		o := &order{AppID: p.appID, MchID: p.mchID, SpMchID: p.spMchID, SubAppID: p.subAppID, OutTradeNo: in.OutTradeNo, Description: in.Description, Attach: in.Attach,
			NotifyURL: in.NotifyURL, DeviceID: in.Scene.DeviceID, Total: in.Amount.Total, OpenID: p.openID, TradeType: tradeType, Born: now, State: tradeNotPaid, Print: print,
			Expires: expiry(in.TimeExpire, now), LimitPay: in.LimitPay, ProfitSharing: in.Settle.ProfitSharing}
		if ticket := s.place(c, o, p.launch); ticket != nil {
			c.payPrepay(ticket, tradeType)
		}
	}
}

// place stores a new order, or takes up the one there is under the rule for ordering again, and gives the ticket to pay it with;
// nil when it has refused. The caller holds mu.
func (s *Server) place(c *call, want *order, launch string) *prepay {
	now := s.Clock.Now()
	o := s.world.orders[want.key()]
	switch {
	case o == nil:
		o = want
		s.world.orders[o.key()] = o
	case o.SpMchID != want.SpMchID || o.Combine != "":
		c.payFail(http.StatusForbidden, "OUT_TRADE_NO_USED", "商户订单号重复", nil)
		c.refused("order %s of merchant %s was made another way", o.OutTradeNo, o.MchID)
		return nil
	case !s.mayReorder(c, o, want.Print, now):
		return nil
	}
	o.KeyMode = s.keyMode(c)
	p := s.world.prepays[o.Prepay]
	if p == nil || !now.Before(p.Until) || o.TradeType == "NATIVE" {
		p = s.newPrepay(prepay{AppID: launch, MchID: o.notifier(), SubMch: subOf(o), SubApp: o.SubAppID, Order: o.key(), OpenID: o.OpenID}, o.TradeType, o.Prepay)
		o.Prepay = p.ID
	}
	s.touch("order", o.key())
	return p
}

func subOf(o *order) string {
	if o.SpMchID == "" {
		return ""
	}
	return o.MchID
}

// payPrepay answers with what the way of paying needs: prepay_id, code_url or h5_url.
func (c *call) payPrepay(p *prepay, tradeType string) {
	switch tradeType {
	case "NATIVE":
		c.payOK(map[string]string{"code_url": p.CodeURL})
	case "MWEB":
		c.payOK(map[string]string{"h5_url": c.h5URL(p)})
	default:
		c.payOK(map[string]string{"prepay_id": p.ID})
	}
}

// h5URL opens a prepay to a browser outside WeChat for five minutes; an older address of it is dead. The caller holds mu.
func (c *call) h5URL(p *prepay) string {
	s, host := c.s, c.r.Host
	if host == "" || strings.HasSuffix(host, ".qq.com") { // through a transport that knows WeChat's names; browsers do not
		host = s.hostPort()
	}
	p.H5, p.H5Until = strconv.FormatInt(s.Clock.Now().Unix(), 10)+s.digits(4), s.Clock.Now().Add(h5Life)
	s.touch("prepay", p.ID)
	return "http://" + host + h5Path + "?prepay_id=" + p.ID + "&package=" + p.H5
}

// allowClientIP refuses what cannot be a browser's address: H5 looks where the payer is.
func (c *call) allowClientIP(tradeType, text string) bool {
	ip := net.ParseIP(text)
	if tradeType != "MWEB" || ip != nil && !ip.IsLoopback() && !ip.IsUnspecified() {
		return true
	}
	why := "用户终端IP格式错误，请传入用户的真实IP"
	c.payFail(http.StatusBadRequest, "PARAM_ERROR", why, map[string]string{"field": "/body/scene_info/payer_client_ip", "value": text, "issue": why, "location": "body"})
	return false
}

// mayOrder checks that caller, account, payee and payer belong together. The caller holds mu.
func (s *Server) mayOrder(c *call, p party, needsPayer bool) bool {
	if p.caller != c.mch.MchID {
		c.payFail(http.StatusForbidden, "NO_AUTH", "商户号与签名商户号不一致", nil)
		c.refused("the body names merchant %s, the signature is of %s", p.caller, c.mch.MchID)
		return false
	}
	if p.spMchID != "" && !s.provides(c, p.spMchID, p.mchID) || !s.bound(c, p.appID, p.caller) || p.subAppID != "" && !s.bound(c, p.subAppID, p.mchID) {
		return false
	}
	if !needsPayer {
		return true
	}
	if f := s.world.openids[p.openID]; f == nil || f.AppID != p.launch {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "无效的openid", map[string]string{"field": "/body/payer/openid", "value": p.openID, "issue": "无效的openid", "location": "body"})
		c.refused("openid %s is not one of %s", p.openID, p.launch)
		return false
	}
	return true
}

// bound checks that an account is there and tied to a merchant.
func (s *Server) bound(c *call, appID, mchID string) bool {
	m := s.world.merchants[mchID]
	if m == nil {
		c.payFail(http.StatusNotFound, "MCH_NOT_EXISTS", "商户号不存在", nil)
		return false
	}
	if s.world.accounts[appID] == nil || !contains(m.AppIDs, appID) {
		c.payFail(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试", nil)
		c.refused("merchant %s is bound to %v, not to %s", mchID, m.AppIDs, appID)
		return false
	}
	return true
}

// provides checks that a sub-merchant is one of a provider's.
func (s *Server) provides(c *call, spMchID, subMchID string) bool {
	sp, sub := s.world.merchants[spMchID], s.world.merchants[subMchID]
	switch {
	case sub == nil:
		c.payFail(http.StatusNotFound, "MCH_NOT_EXISTS", "子商户号不存在", nil)
	case sp.Kind != KindProvider:
		c.payFail(http.StatusForbidden, "NO_AUTH", "商户号不是服务商，没有此接口权限", nil)
		c.refused("merchant %s is no provider: create it with kind %q", spMchID, KindProvider)
	case !contains(sub.Providers, spMchID):
		c.payFail(http.StatusForbidden, "NO_AUTH", "服务商与子商户没有关联关系", nil)
		c.refused("sub-merchant %s belongs to providers %v, not to %s", subMchID, sub.Providers, spMchID)
	default:
		return true
	}
	return false
}
