package sim

import (
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// AppPay is what a merchant's app hands to WeChat on the same phone (APP调起支付).
type AppPay struct {
	AppID     string `json:"appid"`
	PartnerID string `json:"partnerid"`
	PrepayID  string `json:"prepayid"`
	Package   string `json:"package"` // Sign=WXPay
	Nonce     string `json:"noncestr"`
	Timestamp string `json:"timestamp"` // seconds
	Sign      string `json:"sign"`
}

// PayFromApp stands for an app that opens WeChat on a person's phone: it verifies the app's signature as WeChat does and opens
// the pay sheet there. It gives the pay id; an error is what the app's SDK gets as errCode -1.
func (s *Server) PayFromApp(personID string, in AppPay) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	e := &entry{Kind: "page", Method: "APP", Host: "app", Path: "sendReq", Person: personID, AppID: in.AppID, MchID: in.PartnerID, Status: http.StatusOK, Verdict: "refused"}
	defer s.note(e)
	payID, err := s.payFromApp(personID, in, e)
	if err != nil {
		e.Reason = err.Error()
		return "", err
	}
	e.Verdict = "ok"
	return payID, nil
}

func (s *Server) payFromApp(personID string, in AppPay, e *entry) (string, error) {
	for name, value := range map[string]string{"appid": in.AppID, "partnerid": in.PartnerID, "prepayid": in.PrepayID, "noncestr": in.Nonce, "timestamp": in.Timestamp, "sign": in.Sign} {
		if value == "" {
			return "", bad("app.missing", "支付参数缺少"+name, name+" is missing")
		}
	}
	if in.Package != "Sign=WXPay" {
		return "", bad("app.package", "package 必须是 Sign=WXPay", "package must be Sign=WXPay")
	}
	wrong := func(why string) error {
		return refuse(http.StatusForbidden, "app.sign", "支付验证签名失败", why)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, who := s.world.prepays[in.PrepayID], s.world.people[personID]
	switch {
	case who == nil:
		return "", missing("person " + personID)
	case p == nil:
		return "", wrong("prepayid is unknown")
	case s.ordersOf(p)[0].TradeType != "APP":
		return "", wrong("the prepay is of " + s.ordersOf(p)[0].TradeType + ", not of APP")
	case in.AppID != p.AppID && in.AppID != p.SubApp || in.PartnerID != p.MchID && in.PartnerID != p.SubMch:
		return "", wrong("the prepay belongs to appid " + p.AppID + " and merchant " + p.MchID)
	}
	m := s.world.merchants[p.MchID]
	if v2 := s.ordersOf(p)[0].V2; v2 != "" {
		params := map[string]string{"appid": in.AppID, "partnerid": in.PartnerID, "prepayid": in.PrepayID, "package": in.Package, "noncestr": in.Nonce, "timestamp": in.Timestamp, "sign": in.Sign}
		e.signString = paycrypt.V2Text(params, "…")
		if !paycrypt.VerifyV2(params, m.APIKey, v2) {
			return "", wrong("sign does not fit the APIv2 key of merchant " + m.MchID)
		}
	} else {
		message := paycrypt.PayMessage(in.AppID, in.Timestamp, in.Nonce, in.PrepayID)
		e.signString = string(message)
		if !m.signed(message, in.Sign, s.Clock.Now()) {
			return "", wrong("sign does not fit the key of merchant " + m.MchID + "; the fourth line is the bare prepay id")
		}
	}
	if err := payable(s.openState(p)); err != nil {
		return "", err
	}
	return s.askToPay(personID, p.ID, "app").id, nil
}

func (s *Server) apiAppPay(r *http.Request, p *person) (any, error) {
	var in AppPay
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	payID, err := s.PayFromApp(p.ID, in)
	if err != nil {
		return nil, err
	}
	return map[string]string{"pay_id": payID}, nil
}

// signType is how a payment of the order is signed in the client: RSA for v3, for v2 as the order itself.
func (o *order) signType() string {
	if o.V2 != "" {
		return o.V2
	}
	return "RSA"
}

// paySigned judges the paySign of JSAPI by its sign type: RSA with the merchant's certificate, MD5 and HMAC-SHA256 with the APIv2 key.
// It gives the signed text too.
func (m *merchant) paySigned(appID, timestamp, nonce, pkg, signType, sign string, now time.Time) (string, bool) {
	if signType == "RSA" {
		message := paycrypt.PayMessage(appID, timestamp, nonce, pkg)
		return string(message), m.signed(message, sign, now)
	}
	params := map[string]string{"appId": appID, "timeStamp": timestamp, "nonceStr": nonce, "package": pkg, "signType": signType}
	want := paycrypt.SignV2(params, m.APIKey, signType)
	return paycrypt.V2Text(params, "…"), subtle.ConstantTimeCompare([]byte(want), []byte(sign)) == 1
}
