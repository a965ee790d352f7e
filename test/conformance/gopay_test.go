package conformance

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-pay/gopay"
	wechat "github.com/go-pay/gopay/wechat/v3"
)

// gopayV3 is gopay's client of v3, verifying every answer with the downloaded platform certificates.
type gopayV3 struct {
	*scene
	ctx    context.Context
	client *wechat.ClientV3
	forged *wechat.ClientV3
}

func newGopay(s *scene) *gopayV3 {
	g := &gopayV3{scene: s, ctx: context.Background()}
	g.client, g.forged = g.made(s.Shop, s.Shop.PrivateKey), g.made(s.Shop, s.Second.PrivateKey)
	if err := g.client.AutoVerifySign(false); err != nil {
		s.t.Fatalf("gopay downloads the platform certificates: %v", err)
	}
	return g
}

func (g *gopayV3) made(m merchant, key string) *wechat.ClientV3 {
	c, err := wechat.NewClientV3(m.MchID, m.Serial, m.APIv3Key, key)
	if err != nil {
		g.t.Fatal(err)
	}
	c.SetProxyHost(g.Sim)
	return c
}

// said turns gopay's answer into an error when WeChat refused.
func said(rsp any, err error) error {
	if err != nil {
		return err
	}
	v := reflect.Indirect(reflect.ValueOf(rsp))
	if code := v.FieldByName("Code").Int(); code != 0 {
		return fmt.Errorf("status %d: %s", code, v.FieldByName("Error"))
	}
	return nil
}

// calls is a call of a client, so that a trial can make it with the right and with the forged signature.
type calls func(*wechat.ClientV3) error

// forge makes a call with another merchant's key: every v3 call has to refuse it.
func (g *gopayV3) forge(f calls) func() error { return func() error { return f(g.forged) } }

func (g *gopayV3) as(f calls) func() error { return func() error { return f(g.client) } }

func (g *gopayV3) order(total int64) gopay.BodyMap {
	bm := make(gopay.BodyMap)
	return bm.Set("appid", g.Account.AppID).Set("mchid", g.Shop.MchID).Set("description", "明前龙井").Set("out_trade_no", g.number("gp")).Set("notify_url", g.Dev+"/gopay").
		SetBodyMap("amount", func(b gopay.BodyMap) { b.Set("total", total).Set("currency", "CNY") })
}

func (g *gopayV3) jsapi(total int64) gopay.BodyMap {
	return g.order(total).SetBodyMap("payer", func(b gopay.BodyMap) { b.Set("openid", g.OpenID) })
}

func (g *gopayV3) h5(total int64) gopay.BodyMap {
	return g.order(total).SetBodyMap("scene_info", func(b gopay.BodyMap) {
		b.Set("payer_client_ip", "14.23.150.211").SetBodyMap("h5_info", func(b gopay.BodyMap) { b.Set("type", "Wap") })
	})
}

// paid is an order that was paid and whose notice gopay verified and decrypted.
func (g *gopayV3) paid(total int64) (*wechat.V3DecryptPayResult, error) {
	rsp, err := g.client.V3TransactionJsapi(g.ctx, g.jsapi(total))
	if err := said(rsp, err); err != nil {
		return nil, err
	}
	if err := g.pay(rsp.Response.PrepayId); err != nil {
		return nil, err
	}
	n, err := g.told()
	if err != nil {
		return nil, err
	}
	return n.DecryptPayCipherText(g.Shop.APIv3Key)
}

func (g *gopayV3) told() (*wechat.V3NotifyReq, error) { return g.toldAt("/gopay") }

func (g *gopayV3) toldAt(path string) (*wechat.V3NotifyReq, error) {
	r, err := g.notice(path)
	if err != nil {
		return nil, err
	}
	n, err := wechat.V3ParseNotify(r)
	if err != nil {
		return nil, err
	}
	return n, n.VerifySignByPKMap(g.client.WxPublicKeyMap())
}

func gopayTrials(s *scene) []trial {
	g := newGopay(s)
	return slices.Concat(g.ways(), g.orders(), g.combined(), g.partner(), g.refunds(), g.transfers(), g.complaints(), g.abnormal(), g.bills(), g.sharing(), newGopayV2(s).trials())
}

func (g *gopayV3) ways() []trial {
	return []trial{
		{Call: "GET /v3/certificates", Code: "SIGN_ERROR", Good: func() error {
			serial, certs, err := g.client.GetAndSelectNewestCertRSA()
			if err != nil {
				return err
			}
			return check(serial == g.Shop.PlatformSerial && certs[serial] != "", "the certificates are %v", certs)
		}, Bad: func() error { _, _, err := g.forged.GetAndSelectNewestCertRSA(); return err }},
		{Call: "POST /v3/pay/transactions/jsapi", Code: "PARAM_ERROR", Good: func() error {
			rsp, err := g.client.V3TransactionJsapi(g.ctx, g.jsapi(8800))
			if err := said(rsp, err); err != nil {
				return err
			}
			_, err = g.client.PaySignOfJSAPI(g.Account.AppID, rsp.Response.PrepayId)
			return err
		}, Bad: func() error { return said(g.client.V3TransactionJsapi(g.ctx, g.jsapi(-1))) }},
		{Call: "POST /v3/pay/transactions/native", Code: "PARAM_ERROR", Good: func() error {
			rsp, err := g.client.V3TransactionNative(g.ctx, g.order(100))
			if err := said(rsp, err); err != nil {
				return err
			}
			return check(strings.HasPrefix(rsp.Response.CodeUrl, "weixin://"), "code_url is %s", rsp.Response.CodeUrl)
		}, Bad: func() error { return said(g.client.V3TransactionNative(g.ctx, g.order(100).Set("description", ""))) }},
		{Call: "POST /v3/pay/transactions/h5", Code: "PARAM_ERROR", Good: func() error {
			rsp, err := g.client.V3TransactionH5(g.ctx, g.h5(100))
			if err := said(rsp, err); err != nil {
				return err
			}
			return check(strings.Contains(rsp.Response.H5Url, "prepay_id="), "h5_url is %s", rsp.Response.H5Url)
		}, Bad: func() error { return said(g.client.V3TransactionH5(g.ctx, g.order(100))) }},
		{Call: "POST /v3/pay/transactions/app", Code: "SIGN_ERROR", Good: func() error {
			rsp, err := g.client.V3TransactionApp(g.ctx, g.order(100))
			if err := said(rsp, err); err != nil {
				return err
			}
			_, err = g.client.PaySignOfApp(g.Account.AppID, rsp.Response.PrepayId)
			return err
		}, Bad: g.forge(func(c *wechat.ClientV3) error { return said(c.V3TransactionApp(g.ctx, g.order(100))) })},
	}
}

func (g *gopayV3) orders() []trial {
	query := func(kind wechat.OrderNoType, number string) (*wechat.QueryOrder, error) {
		rsp, err := g.client.V3TransactionQueryOrder(g.ctx, kind, number)
		if err := said(rsp, err); err != nil {
			return nil, err
		}
		return rsp.Response, nil
	}
	return []trial{
		{Call: "GET /v3/pay/transactions/out-trade-no/{no}", Code: "ORDER_NOT_EXIST", Good: func() error {
			done, err := g.paid(500)
			if err != nil {
				return err
			}
			r, err := query(wechat.OutTradeNo, done.OutTradeNo)
			if err != nil {
				return err
			}
			return check(r.TradeState == "SUCCESS" && r.Amount.PayerTotal == 500 && r.Payer.Openid == g.OpenID, "the order is %+v", r)
		}, Bad: func() error { _, err := query(wechat.OutTradeNo, "never-ordered"); return err }},
		{Call: "GET /v3/pay/transactions/id/{id}", Code: "ORDER_NOT_EXIST", Good: func() error {
			done, err := g.paid(500)
			if err != nil {
				return err
			}
			r, err := query(wechat.TransactionId, done.TransactionId)
			if err != nil {
				return err
			}
			return check(r.OutTradeNo == done.OutTradeNo, "the order is %+v", r)
		}, Bad: func() error { _, err := query(wechat.TransactionId, "4200000000000000000000000000"); return err }},
		{Call: "POST /v3/pay/transactions/out-trade-no/{no}/close", Code: "ORDER_PAID", Good: func() error {
			order := g.order(100)
			if err := said(g.client.V3TransactionNative(g.ctx, order)); err != nil {
				return err
			}
			return said(g.client.V3TransactionCloseOrder(g.ctx, order.GetString("out_trade_no")))
		}, Bad: func() error {
			done, err := g.paid(100)
			if err != nil {
				return err
			}
			return said(g.client.V3TransactionCloseOrder(g.ctx, done.OutTradeNo))
		}},
		{Call: "→ TRANSACTION.SUCCESS (platform certificate)", Good: func() error {
			done, err := g.paid(700)
			if err != nil {
				return err
			}
			return check(done.TradeState == "SUCCESS" && done.Amount.Total == 700, "the notice is %+v", done)
		}},
	}
}

func (g *gopayV3) combine(total int64) gopay.BodyMap {
	sub := func(m merchant, total int64) gopay.BodyMap {
		return make(gopay.BodyMap).Set("mchid", m.MchID).Set("attach", "分店").Set("out_trade_no", g.number("gps")).Set("description", "合单").
			SetBodyMap("amount", func(b gopay.BodyMap) { b.Set("total_amount", total).Set("currency", "CNY") })
	}
	return make(gopay.BodyMap).Set("combine_appid", g.Account.AppID).Set("combine_mchid", g.Shop.MchID).Set("combine_out_trade_no", g.number("gpc")).Set("notify_url", g.Dev+"/gopay").
		SetBodyMap("scene_info", func(b gopay.BodyMap) { b.Set("payer_client_ip", "14.23.150.211") }).
		Set("sub_orders", []gopay.BodyMap{sub(g.Shop, total), sub(g.Second, 200)})
}

func (g *gopayV3) combined() []trial {
	jsapi := func(total int64) gopay.BodyMap {
		return g.combine(total).SetBodyMap("combine_payer_info", func(b gopay.BodyMap) { b.Set("openid", g.OpenID) })
	}
	h5 := func(total int64) gopay.BodyMap {
		return g.combine(total).SetBodyMap("scene_info", func(b gopay.BodyMap) {
			b.Set("payer_client_ip", "14.23.150.211").SetBodyMap("h5_info", func(b gopay.BodyMap) { b.Set("type", "Wap") })
		})
	}
	closing := func(of gopay.BodyMap, subs int) gopay.BodyMap {
		var list []gopay.BodyMap
		for _, s := range of["sub_orders"].([]gopay.BodyMap)[:subs] {
			list = append(list, make(gopay.BodyMap).Set("mchid", s.GetString("mchid")).Set("out_trade_no", s.GetString("out_trade_no")))
		}
		return make(gopay.BodyMap).Set("combine_appid", g.Account.AppID).Set("sub_orders", list)
	}
	close := func(subs int) error {
		order := jsapi(100)
		if err := said(g.client.V3CombineTransactionJsapi(g.ctx, order)); err != nil {
			return err
		}
		return said(g.client.V3CombineCloseOrder(g.ctx, order.GetString("combine_out_trade_no"), closing(order, subs)))
	}
	return []trial{
		{Call: "POST /v3/combine-transactions/jsapi", Code: "PARAM_ERROR", Good: func() error { return said(g.client.V3CombineTransactionJsapi(g.ctx, jsapi(100))) },
			Bad: func() error { return said(g.client.V3CombineTransactionJsapi(g.ctx, jsapi(0))) }},
		{Call: "POST /v3/combine-transactions/native", Code: "PARAM_ERROR", Good: func() error { return said(g.client.V3CombineTransactionNative(g.ctx, g.combine(100))) },
			Bad: func() error { return said(g.client.V3CombineTransactionNative(g.ctx, g.combine(0))) }},
		{Call: "POST /v3/combine-transactions/h5", Code: "PARAM_ERROR", Good: func() error { return said(g.client.V3CombineTransactionH5(g.ctx, h5(100))) },
			Bad: func() error { return said(g.client.V3CombineTransactionH5(g.ctx, g.combine(100))) }},
		{Call: "POST /v3/combine-transactions/app", Code: "SIGN_ERROR", Good: func() error { return said(g.client.V3CombineTransactionApp(g.ctx, g.combine(100))) },
			Bad: g.forge(func(c *wechat.ClientV3) error { return said(c.V3CombineTransactionApp(g.ctx, g.combine(100))) })},
		{Call: "GET /v3/combine-transactions/out-trade-no/{no}", Code: "ORDER_NOT_EXIST", Good: g.combinedPaid(jsapi),
			Bad: func() error { return said(g.client.V3CombineQueryOrder(g.ctx, "never-ordered")) }},
		{Call: "POST /v3/combine-transactions/out-trade-no/{no}/close", Code: "INVALID_REQUEST", Good: func() error { return close(2) }, Bad: func() error { return close(1) }},
	}
}

func (g *gopayV3) combinedPaid(order func(int64) gopay.BodyMap) func() error {
	return func() error {
		body := order(100)
		made, err := g.client.V3CombineTransactionJsapi(g.ctx, body)
		if err := said(made, err); err != nil {
			return err
		}
		if err := g.pay(made.Response.PrepayId); err != nil {
			return err
		}
		n, err := g.told()
		if err != nil {
			return err
		}
		told, err := n.DecryptCombineCipherText(g.Shop.APIv3Key)
		if err != nil {
			return err
		}
		rsp, err := g.client.V3CombineQueryOrder(g.ctx, body.GetString("combine_out_trade_no"))
		if err := said(rsp, err); err != nil {
			return err
		}
		r := rsp.Response
		return check(len(told.SubOrders) == 2 && len(r.SubOrders) == 2 && r.SubOrders[0].TradeState == "SUCCESS" && r.CombinePayerInfo.Openid == g.OpenID, "the order is %+v", r)
	}
}

func (g *gopayV3) refund(done *wechat.V3DecryptPayResult, amount int) gopay.BodyMap {
	return make(gopay.BodyMap).Set("transaction_id", done.TransactionId).Set("out_refund_no", g.number("gpr")).Set("notify_url", g.Dev+"/gopay").
		SetBodyMap("amount", func(b gopay.BodyMap) { b.Set("refund", amount).Set("total", done.Amount.Total).Set("currency", "CNY") })
}

func (g *gopayV3) refunds() []trial {
	refunded := func(amount int) (*wechat.RefundOrderResponse, error) {
		done, err := g.paid(500)
		if err != nil {
			return nil, err
		}
		rsp, err := g.client.V3Refund(g.ctx, g.refund(done, amount))
		if err := said(rsp, err); err != nil {
			return nil, err
		}
		n, err := g.told()
		if err != nil {
			return nil, err
		}
		told, err := n.DecryptRefundCipherText(g.Shop.APIv3Key)
		if err != nil {
			return nil, err
		}
		return rsp.Response, check(n.EventType == "REFUND.SUCCESS" && told.RefundId == rsp.Response.RefundId && told.Amount.Refund == amount, "the notice is %s: %+v", n.EventType, told)
	}
	return []trial{
		{Call: "POST /v3/refund/domestic/refunds", Code: "INVALID_REQUEST", Good: func() error { _, err := refunded(300); return err }, Bad: func() error { _, err := refunded(501); return err }},
		{Call: "GET /v3/refund/domestic/refunds/{no}", Code: "RESOURCE_NOT_EXISTS", Good: func() error {
			done, err := refunded(500)
			if err != nil {
				return err
			}
			rsp, err := g.client.V3RefundQuery(g.ctx, done.OutRefundNo, nil)
			if err := said(rsp, err); err != nil {
				return err
			}
			return check(rsp.Response.Status == "SUCCESS" && rsp.Response.Amount.Refund == 500, "the refund is %+v", rsp.Response)
		}, Bad: func() error { return said(g.client.V3RefundQuery(g.ctx, "never-refunded", nil)) }},
	}
}
