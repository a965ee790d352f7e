package conformance

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-pay/gopay"
	wechatv2 "github.com/go-pay/gopay/wechat"
)

// gopayV2 is gopay's client of the XML calls, signed with MD5 or HMAC-SHA256; every answer's signature is verified by gopay.
type gopayV2 struct {
	*scene
	ctx    context.Context
	client *wechatv2.Client
	wrong  *wechatv2.Client // holds a key that is not the merchant's
}

func newGopayV2(s *scene) *gopayV2 {
	made := func(key string) *wechatv2.Client {
		c := wechatv2.NewClient(s.Account.AppID, s.Shop.MchID, key, true)
		c.BaseURL = s.Sim
		return c
	}
	return &gopayV2{scene: s, ctx: context.Background(), client: made(s.Shop.APIv2Key), wrong: made("0123456789abcdef0123456789abcdef")}
}

// judge turns an answer into an error when WeChat refused, and verifies its signature else.
func (g *gopayV2) judge(rsp any, signType string, err error) error {
	if err != nil {
		return err
	}
	v := reflect.Indirect(reflect.ValueOf(rsp))
	if v.FieldByName("ReturnCode").String() != "SUCCESS" {
		return fmt.Errorf("%s: %s", v.FieldByName("ReturnCode"), v.FieldByName("ReturnMsg"))
	}
	if v.FieldByName("ResultCode").String() != "SUCCESS" {
		return fmt.Errorf("%s: %s", v.FieldByName("ErrCode"), v.FieldByName("ErrCodeDes"))
	}
	ok, err := wechatv2.VerifySign(g.Shop.APIv2Key, signType, rsp)
	if err != nil {
		return err
	}
	return check(ok, "the signature of the answer does not verify: %+v", rsp)
}

func (g *gopayV2) body(signType string) gopay.BodyMap {
	return make(gopay.BodyMap).Set("nonce_str", g.number("nonce")).Set("sign_type", signType)
}

func (g *gopayV2) order(kind, signType string) gopay.BodyMap {
	return g.body(signType).Set("body", "明前龙井").Set("out_trade_no", g.number("gv2")).Set("total_fee", 300).Set("spbill_create_ip", "14.23.150.211").Set("notify_url", g.Dev+"/v2").Set("trade_type", kind).Set("openid", g.OpenID)
}

func (g *gopayV2) unified(c *wechatv2.Client, kind, signType string) (*wechatv2.UnifiedOrderResponse, error) {
	rsp, err := c.UnifiedOrder(g.ctx, g.order(kind, signType))
	return rsp, g.judge(rsp, signType, err)
}

// charge takes the code on Lin's phone and gives the order number.
func (g *gopayV2) charge(code, signType string) (string, error) {
	body := g.body(signType).Set("body", "柜台").Set("out_trade_no", g.number("gmp")).Set("total_fee", 100).Set("spbill_create_ip", "14.23.150.211").Set("auth_code", code)
	rsp, err := g.client.Micropay(g.ctx, body)
	return body.GetString("out_trade_no"), g.judge(rsp, signType, err)
}

func (g *gopayV2) charged(signType string) (string, error) {
	code, err := g.payCode()
	if err != nil {
		return "", err
	}
	return g.charge(code, signType)
}

func (g *gopayV2) query(number, signType string) error {
	rsp, all, err := g.client.QueryOrder(g.ctx, g.body(signType).Set("out_trade_no", number))
	if err := g.judge(rsp, signType, err); err != nil {
		return err
	}
	ok, err := wechatv2.VerifySign(g.Shop.APIv2Key, signType, all)
	return errors.Join(err, check(ok && rsp.TradeState == "SUCCESS" && rsp.TotalFee == "100", "the order is %+v", rsp))
}

// paid orders with unifiedorder, pays and reads the notice.
func (g *gopayV2) paid() error {
	rsp, err := g.unified(g.client, "JSAPI", wechatv2.SignType_MD5)
	if err != nil {
		return err
	}
	if err := g.pay(rsp.PrepayId); err != nil {
		return err
	}
	r, err := g.notice("/v2")
	if err != nil {
		return err
	}
	told, err := wechatv2.ParseNotifyToBodyMap(r)
	if err != nil {
		return err
	}
	total := told.GetString("total_fee")
	ok, err := wechatv2.VerifySign(g.Shop.APIv2Key, wechatv2.SignType_MD5, told)
	return errors.Join(err, check(ok && total == "300", "the notice is %v", told))
}

func (g *gopayV2) refund(order, number, signType string) error {
	rsp, _, err := g.client.Refund(g.ctx, g.body(signType).Set("out_trade_no", order).Set("out_refund_no", number).Set("total_fee", 100).Set("refund_fee", 60))
	return g.judge(rsp, signType, err)
}

// refunded is the number of a refund of a part of what was charged.
func (g *gopayV2) refunded(signType string) (string, error) {
	order, err := g.charged(signType)
	number := g.number("gv2r")
	return number, errors.Join(err, g.refund(order, number, signType))
}

func (g *gopayV2) queryRefund(number, signType string) error {
	rsp, all, err := g.client.QueryRefund(g.ctx, g.body(signType).Set("out_refund_no", number))
	if err := g.judge(rsp, "", err); err != nil && !strings.Contains(err.Error(), "does not verify") {
		return err // the SDK's type leaves the numbered fields out, so the signature is judged over all fields
	}
	fee := all.GetString("refund_fee_0")
	ok, err := wechatv2.VerifySign(g.Shop.APIv2Key, signType, all)
	return errors.Join(err, check(ok && fee == "60", "the refund is %v", all))
}

func (g *gopayV2) bill(day string) (string, error) {
	return g.client.DownloadBill(g.ctx, g.body(wechatv2.SignType_MD5).Set("bill_date", day).Set("bill_type", "ALL"))
}

func (g *gopayV2) trials() []trial {
	const md5, hmac = wechatv2.SignType_MD5, wechatv2.SignType_HMAC_SHA256
	closing := func(number string) error {
		rsp, err := g.client.CloseOrder(g.ctx, g.body(md5).Set("out_trade_no", number))
		return g.judge(rsp, md5, err)
	}
	reverse := func(number string) error {
		rsp, err := g.client.Reverse(g.ctx, g.body(hmac).Set("out_trade_no", number))
		return g.judge(rsp, hmac, err)
	}
	whose := func(code string) error {
		rsp, err := g.client.AuthCodeToOpenId(g.ctx, g.body(md5).Set("auth_code", code))
		return errors.Join(g.judge(rsp, md5, err), err)
	}
	return []trial{
		{Call: "/pay/unifiedorder", Code: "签名", Good: func() error {
			return errors.Join(fails(g.unified(g.client, "JSAPI", md5)), fails(g.unified(g.client, "NATIVE", hmac)), fails(g.unified(g.client, "APP", md5)), fails(g.unified(g.client, "MWEB", hmac)))
		}, Bad: func() error { return fails(g.unified(g.wrong, "NATIVE", md5)) }},
		{Call: "/pay/micropay", Code: "AUTH_CODE_INVALID", Good: func() error { return errors.Join(fails(g.charged(md5)), fails(g.charged(hmac))) }, Bad: func() error { return fails(g.charge("130000000000000000", md5)) }},
		{Call: "/pay/orderquery", Code: "ORDERNOTEXIST", Good: func() error {
			number, err := g.charged(hmac)
			return errors.Join(err, g.query(number, hmac))
		}, Bad: func() error { return g.query("never-ordered", md5) }},
		{Call: "/pay/closeorder", Code: "ORDERPAID", Good: func() error {
			body := g.order("NATIVE", md5)
			rsp, err := g.client.UnifiedOrder(g.ctx, body)
			return errors.Join(g.judge(rsp, md5, err), closing(body.GetString("out_trade_no")))
		}, Bad: func() error {
			number, err := g.charged(md5)
			return errors.Join(err, closing(number))
		}},
		{Call: "/secapi/pay/reverse", Code: "ORDERNOTEXIST", Good: func() error {
			number, err := g.charged(md5)
			return errors.Join(err, g.advance("20s"), reverse(number))
		}, Bad: func() error { return reverse("never-ordered") }},
		{Call: "/tools/authcodetoopenid", Code: "AUTH_CODE_INVALID", Good: func() error {
			code, err := g.payCode()
			return errors.Join(err, whose(code))
		}, Bad: func() error { return whose("130000000000000000") }},
		{Call: "→ v2 payment notice", Good: g.paid},
		{Call: "/secapi/pay/refund", Code: "ORDERNOTEXIST", Good: func() error { return fails(g.refunded(md5)) }, Bad: func() error { return g.refund("never-ordered", "never-refunded", hmac) }},
		{Call: "/pay/refundquery", Code: "REFUNDNOTEXIST", Good: func() error {
			number, err := g.refunded(hmac)
			return errors.Join(err, g.queryRefund(number, hmac))
		}, Bad: func() error { return g.queryRefund("never-refunded", md5) }},
		{Late: true, Call: "/pay/downloadbill", Code: "No Bill Exist", Good: func() error {
			text, err := g.bill(strings.ReplaceAll(g.firstDay(), "-", ""))
			if err != nil {
				return err
			}
			return check(strings.Contains(text, "交易时间,") && strings.Contains(text, g.Shop.MchID), "the bill is %.200s", text)
		}, Bad: func() error {
			text, err := g.bill(strings.ReplaceAll(g.today(), "-", ""))
			return errors.Join(err, errors.New(text))
		}},
	}
}
