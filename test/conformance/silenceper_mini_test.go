package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/go-pay/gopay"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/miniprogram"
	"github.com/silenceper/wechat/v2/miniprogram/business"
	miniconfig "github.com/silenceper/wechat/v2/miniprogram/config"
	"github.com/silenceper/wechat/v2/miniprogram/message"
	"github.com/silenceper/wechat/v2/miniprogram/order"
	"github.com/silenceper/wechat/v2/miniprogram/qrcode"
	"github.com/silenceper/wechat/v2/miniprogram/subscribe"
	"github.com/silenceper/wechat/v2/miniprogram/urllink"
	"github.com/silenceper/wechat/v2/miniprogram/urlscheme"
)

// mini is silenceper/wechat for a mini-program.
type mini struct {
	*silenceper
	id      string // of the mini-program
	program *miniprogram.MiniProgram
	revoked *miniprogram.MiniProgram // holds a token that never was one
	openid  string                   // of Lin, to the mini-program
	gopay   *gopayV3                 // pays
}

func newMini(p *silenceper) *mini {
	var made account
	id := "wxmini" + p.Account.AppID[6:]
	p.sim.control(p.t, "POST", "/minis", map[string]any{"appid": id, "name": "熟客小店", "trade_managed": true, "pages": []map[string]string{{"path": "pages/index/index", "title": "首页"}},
		"subscribe_templates": []map[string]any{{"template_id": "tmpl-ship", "title": "发货通知", "content": "订单号:{{character_string1.DATA}}\n商品:{{thing2.DATA}}", "type": 2}}}, &made)
	p.sim.control(p.t, "POST", "/merchants", map[string]any{"mchid": p.Shop.MchID, "name": "山野茶铺", "appids": []string{id}}, nil)
	config := func() *miniconfig.Config {
		return &miniconfig.Config{AppID: id, AppSecret: made.Secret, Token: made.Token, EncodingAESKey: made.AESKey, Cache: cache.NewMemory()}
	}
	m := &mini{silenceper: p, id: id, program: p.sdk.GetMiniProgram(config()), revoked: p.sdk.GetMiniProgram(config())}
	m.revoked.SetAccessTokenHandle(fixedToken("never-was-a-token"))
	return m
}

// phone does something in the mini-program on Lin's phone.
func (m *mini) phone(what string, in any) (out struct {
	Code      string `json:"code"`
	Phone     string `json:"phone"`
	Encrypted string `json:"encrypted_data"`
	IV        string `json:"iv"`
}, err error) {
	return out, m.sim.try("POST", "/people/"+m.Lin+"/minis/"+m.id+"/"+what, in, &out)
}

func (m *mini) login() (openid, key string, err error) {
	at, err := m.phone("login", map[string]any{})
	if err != nil {
		return "", "", err
	}
	r, err := m.program.GetAuth().Code2Session(at.Code)
	m.openid = r.OpenID
	return r.OpenID, r.SessionKey, err
}

func (m *mini) trials() []trial { return append(m.logins(), append(m.links(), m.letters()...)...) }

func (m *mini) logins() []trial {
	auth := m.program.GetAuth()
	number := func(code string) error {
		info, err := m.program.GetBusiness().GetPhoneNumber(&business.GetPhoneNumberRequest{Code: code})
		if err != nil {
			return err
		}
		return check(info.PurePhoneNumber != "" && info.Watermark.AppID == m.id, "the number is %+v", info)
	}
	return []trial{
		{Call: "/sns/jscode2session", Code: "40029", Good: func() error {
			_, key, err := m.login()
			if err != nil {
				return err
			}
			sealed, err := m.phone("phone", map[string]any{})
			if err != nil {
				return err
			}
			plain, err := m.program.GetEncryptor().Decrypt(key, sealed.Encrypted, sealed.IV)
			if err != nil {
				return err
			}
			return check(plain.PurePhoneNumber != "", "the sealed number is %+v", plain)
		}, Bad: func() error { return fails(auth.Code2Session("never-a-code")) }},
		{Call: "/wxa/business/getuserphonenumber", Code: "40029", Good: func() error {
			got, err := m.phone("phone", map[string]any{})
			if err != nil {
				return err
			}
			return number(got.Code)
		}, Bad: func() error { return number("never-a-code") }},
		{Call: "/wxa/checksession", Code: "87009", Good: func() error {
			openid, key, err := m.login()
			if err != nil {
				return err
			}
			return auth.CheckSession(hmacHex(key, ""), openid)
		}, Bad: func() error { return auth.CheckSession("0000", m.openid) }},
		{Call: "/wxa/resetusersessionkey", Code: "87009", Good: func() error {
			openid, key, err := m.login()
			if err != nil {
				return err
			}
			return fails(auth.ResetUserSessionKey(hmacHex(key, ""), openid))
		}, Bad: func() error { return fails(auth.ResetUserSessionKey("0000", m.openid)) }},
	}
}

func (m *mini) links() []trial {
	q, scheme, link := m.program.GetQRCode(), m.program.GetSURLScheme(), m.program.GetURLLink()
	code := func(f func(qrcode.QRCoder) ([]byte, error), coder qrcode.QRCoder) func() error {
		return func() error {
			picture, err := f(coder)
			if err != nil {
				return err
			}
			return check(len(picture) > 200, "the picture has %d bytes", len(picture))
		}
	}
	page, bad := "pages/index/index", "pages/none"
	return []trial{
		{Call: "/wxa/getwxacodeunlimit", Code: "41030", Good: code(q.GetWXACodeUnlimit, qrcode.QRCoder{Page: page, Scene: "shop=1"}), Bad: code(q.GetWXACodeUnlimit, qrcode.QRCoder{Page: bad, Scene: "shop=1"})},
		{Call: "/wxa/getwxacode", Code: "40159", Good: code(q.GetWXACode, qrcode.QRCoder{Path: page}), Bad: code(q.GetWXACode, qrcode.QRCoder{})},
		{Call: "/cgi-bin/wxaapp/createwxaqrcode", Code: "40159", Good: code(q.CreateWXAQRCode, qrcode.QRCoder{Path: page}), Bad: code(q.CreateWXAQRCode, qrcode.QRCoder{})},
		{Call: "/wxa/generatescheme", Code: "40165", Good: func() error {
			return fails(scheme.Generate(&urlscheme.USParams{JumpWxa: &urlscheme.JumpWxa{Path: page}, IsExpire: true, ExpireTime: m.sim.now(m.t).Add(time.Hour).Unix()}))
		},
			Bad: func() error {
				return fails(scheme.Generate(&urlscheme.USParams{JumpWxa: &urlscheme.JumpWxa{Path: bad}}))
			}},
		{Call: "/wxa/queryscheme", Code: "85403", Good: func() error {
			open, err := scheme.Generate(&urlscheme.USParams{JumpWxa: &urlscheme.JumpWxa{Path: page, Query: "a=1"}, IsExpire: true, ExpireType: urlscheme.ExpireTypeInterval, ExpireInterval: 1})
			if err != nil {
				return err
			}
			r, err := scheme.QuerySchemeWithRes(urlscheme.QueryScheme{Scheme: open})
			if err != nil {
				return err
			}
			return check(r.SchemeInfo.Path == page && r.SchemeInfo.Query == "a=1", "the scheme is %+v", r)
		}, Bad: func() error {
			return fails(scheme.QuerySchemeWithRes(urlscheme.QueryScheme{Scheme: "weixin://dl/business/?t=never"}))
		}},
		{Call: "/wxa/generate_urllink", Code: "40165", Good: func() error {
			return fails(link.Generate(&urllink.ULParams{Path: page, IsExpire: true, ExpireType: urllink.ExpireTypeInterval, ExpireInterval: 1}))
		},
			Bad: func() error {
				return fails(link.Generate(&urllink.ULParams{Path: bad, IsExpire: true, ExpireType: urllink.ExpireTypeInterval, ExpireInterval: 1}))
			}},
		{Call: "/wxa/query_urllink", Code: "85403", Good: func() error {
			made, err := link.Generate(&urllink.ULParams{Path: page, Query: "b=2", IsExpire: true, ExpireType: urllink.ExpireTypeInterval, ExpireInterval: 1})
			if err != nil {
				return err
			}
			return fails(link.Query(made))
		}, Bad: func() error { return fails(link.Query("https://wxaurl.cn/never")) }},
		{Call: "/wxa/genwxashortlink", Code: "40066", Good: func() error { return fails(m.program.GetShortLink().GenerateShortLinkTemp(page, "首页")) }, Bad: func() error { return fails(m.program.GetShortLink().GenerateShortLinkTemp(bad, "首页")) }},
	}
}

func (m *mini) letters() []trial {
	s, no := m.program.GetSubscribe(), m.revoked.GetSubscribe()
	accept := func() error {
		if _, _, err := m.login(); err != nil {
			return err
		}
		return fails(m.phone("subscribe", map[string]any{"choices": map[string]string{"tmpl-ship": "accept"}}))
	}
	send := func() error {
		return s.Send(&subscribe.Message{ToUser: m.openid, TemplateID: "tmpl-ship", Page: "pages/index/index", Data: map[string]*subscribe.DataItem{"character_string1": {Value: "1001"}, "thing2": {Value: "明前龙井"}}})
	}
	own := ""
	return append([]trial{
		{Call: "/cgi-bin/message/subscribe/send", Code: "43101", Good: func() error { return errors.Join(accept(), send()) }, Bad: send},
		{Call: "/wxaapi/newtmpl/getcategory", Code: "40001", Good: func() error { return fails(s.GetCategory()) }, Bad: func() error { return fails(no.GetCategory()) }},
		{Call: "/wxaapi/newtmpl/gettemplate", Code: "40001", Good: func() error {
			r, err := s.ListTemplates()
			if err != nil {
				return err
			}
			return check(len(r.Data) > 0, "no templates in %+v", r)
		}, Bad: func() error { return fails(no.ListTemplates()) }},
		{Call: "/wxaapi/newtmpl/getpubtemplatetitles", Code: "40001", Good: func() error {
			// WeChat gives tid as a number; the SDK's mini-program side wants a text, its official-account side a number.
			oa := m.app.GetSubscribe()
			category, err := oa.GetCategory()
			if err != nil {
				return err
			}
			_, titles, err := oa.GetPublicTemplateTitleList(fmt.Sprint(category[0].ID), 0, 30)
			if err != nil {
				return err
			}
			own = fmt.Sprint(titles[0].TitleID)
			return nil
		}, Bad: func() error {
			return fails(no.GetPubTemplateTitleList(&subscribe.GetPubTemplateTitleListRequest{IDs: "1", Limit: 1}))
		}},
		{Call: "/wxaapi/newtmpl/getpubtemplatekeywords", Code: "40001", Good: func() error { return fails(s.GetPubTemplateKeywordsByID(own)) }, Bad: func() error { return fails(no.GetPubTemplateKeywordsByID("1")) }},
		{Call: "/wxaapi/newtmpl/addtemplate", Code: "200020", Good: func() error {
			keys, err := s.GetPubTemplateKeywordsByID(own)
			if err != nil {
				return err
			}
			made, err := s.Add(own, []int{int(keys.Data[0].KID), int(keys.Data[1].KID)}, "发货提醒")
			if err != nil {
				return err
			}
			return s.Delete(made)
		}, Bad: func() error { return fails(s.Add("0", []int{1, 2}, "发货提醒")) }},
		{Call: "/wxaapi/newtmpl/deltemplate", Code: "40037", Good: func() error { return s.Delete("tmpl-ship") }, Bad: func() error { return s.Delete("never-added") }},
	}, m.shipments()...)
}

func (m *mini) shipments() []trial {
	shipping := m.program.GetShipping()
	kf := func() error {
		return m.program.GetCustomerMessage().Send(message.NewCustomerTextMessage(m.openid, "在的"))
	}
	ship := func(transaction string) error {
		at := time.Now()
		return shipping.UploadShippingInfo(&order.UploadShippingInfoRequest{OrderKey: &order.ShippingOrderKey{OrderNumberType: order.NumberTypeTransactionID, TransactionID: transaction}, LogisticsType: order.LogisticsTypeExpress, DeliveryMode: order.DeliveryModeUnifiedDelivery,
			ShippingList: []*order.ShippingInfo{{TrackingNo: "YT1234567890123", ExpressCompany: "YTO", ItemDesc: "明前龙井"}}, UploadTime: &at, Payer: &order.ShippingPayer{Openid: m.openid}})
	}
	never := "4200000000000000000000000000"
	return []trial{
		{Call: "/wxa/sec/order/upload_shipping_info", Code: "10060001", Good: func() error {
			id, err := m.paidOrder()
			if err != nil {
				return err
			}
			return ship(id)
		}, Bad: func() error { return ship(never) }},
		{Call: "/wxa/sec/order/get_order", Code: "10060001", Good: func() error {
			id, err := m.paidOrder()
			if err != nil {
				return err
			}
			r, err := shipping.GetShippingOrder(&order.GetShippingOrderRequest{TransactionID: id})
			if err != nil {
				return err
			}
			return check(r.Order.OrderState == order.StateWaitShipment && r.Order.PaidAmount == 500, "the order is %+v", r.Order)
		}, Bad: func() error {
			return fails(shipping.GetShippingOrder(&order.GetShippingOrderRequest{TransactionID: never}))
		}},
		{Call: "/wxa/sec/order/get_order_list", Code: "40001", Good: func() error {
			r, err := shipping.GetShippingOrderList(&order.GetShippingOrderListRequest{PageSize: 10})
			if err != nil {
				return err
			}
			return check(len(r.OrderList) > 0, "no orders in %+v", r)
		}, Bad: func() error {
			return fails(m.revoked.GetShipping().GetShippingOrderList(&order.GetShippingOrderListRequest{PageSize: 10}))
		}},
		{Call: "/cgi-bin/message/custom/send", Code: "45015", Bad: kf},
	}
}

// paidOrder is the transaction of an order that Lin paid in the mini-program.
func (m *mini) paidOrder() (string, error) {
	if _, _, err := m.login(); err != nil {
		return "", err
	}
	return miniPayment(m)
}

// miniPayment orders with gopay under the mini-program's appid, pays, and gives the transaction.
func miniPayment(m *mini) (string, error) {
	if m.gopay == nil {
		m.gopay = newGopay(m.scene)
	}
	g := m.gopay
	rsp, err := g.client.V3TransactionJsapi(g.ctx, g.order(500).Set("appid", m.id).SetBodyMap("payer", func(b gopay.BodyMap) { b.Set("openid", m.openid) }))
	if err := said(rsp, err); err != nil {
		return "", err
	}
	if err := g.pay(rsp.Response.PrepayId); err != nil {
		return "", err
	}
	n, err := g.told()
	if err != nil {
		return "", err
	}
	done, err := n.DecryptPayCipherText(g.Shop.APIv3Key)
	if err != nil {
		return "", err
	}
	return done.TransactionId, nil
}

// hmacHex is the signature of a session: HMAC-SHA256 with the session key.
func hmacHex(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
