package conformance

import (
	"errors"

	"github.com/go-pay/gopay"
	"github.com/go-pay/gopay/pkg/xhttp"
	wechat "github.com/go-pay/gopay/wechat/v3"
)

// partner is the service-provider mode; the provider's client verifies with WeChat Pay's public key.
func (g *gopayV3) partner() []trial {
	p := g.provider()
	c := g.made(p.sp, p.sp.PrivateKey)
	if err := c.AutoVerifySignByPublicKey([]byte(p.sp.PlatformPublicKey), p.sp.PlatformKeyID); err != nil {
		g.t.Fatal(err)
	}
	order := func(sub string) gopay.BodyMap {
		return make(gopay.BodyMap).Set("sp_appid", g.Account.AppID).Set("sp_mchid", p.sp.MchID).Set("sub_mchid", sub).Set("description", "服务商").Set("out_trade_no", g.number("gsp")).Set("notify_url", g.Dev+"/elsewhere").
			SetBodyMap("amount", func(b gopay.BodyMap) { b.Set("total", 100) })
	}
	jsapi := func(sub string) gopay.BodyMap {
		return order(sub).SetBodyMap("payer", func(b gopay.BodyMap) { b.Set("sp_openid", g.OpenID) })
	}
	h5 := func(sub string) gopay.BodyMap {
		return order(sub).SetBodyMap("scene_info", func(b gopay.BodyMap) {
			b.Set("payer_client_ip", "14.23.150.211").SetBodyMap("h5_info", func(b gopay.BodyMap) { b.Set("type", "Wap") })
		})
	}
	parties := func() gopay.BodyMap {
		return make(gopay.BodyMap).Set("sp_mchid", p.sp.MchID).Set("sub_mchid", p.sub.MchID)
	}
	paid := func() (*wechat.PartnerQueryOrder, error) {
		body := jsapi(p.sub.MchID)
		made, err := c.V3PartnerTransactionJsapi(g.ctx, body)
		if err := said(made, err); err != nil {
			return nil, err
		}
		if err := g.pay(made.Response.PrepayId); err != nil {
			return nil, err
		}
		rsp, err := c.V3PartnerQueryOrder(g.ctx, wechat.OutTradeNo, body.GetString("out_trade_no"), parties())
		if err := said(rsp, err); err != nil {
			return nil, err
		}
		return rsp.Response, check(rsp.Response.TradeState == "SUCCESS" && rsp.Response.SubMchid == p.sub.MchID, "the order is %+v", rsp.Response)
	}
	base, stranger := "/v3/pay/partner/transactions/", g.Second.MchID
	return []trial{
		{Call: "POST " + base + "jsapi", Code: "NO_AUTH", Good: func() error { return said(c.V3PartnerTransactionJsapi(g.ctx, jsapi(p.sub.MchID))) }, Bad: func() error { return said(c.V3PartnerTransactionJsapi(g.ctx, jsapi(stranger))) }},
		{Call: "POST " + base + "native", Code: "NO_AUTH", Good: func() error { return said(c.V3PartnerTransactionNative(g.ctx, order(p.sub.MchID))) }, Bad: func() error { return said(c.V3PartnerTransactionNative(g.ctx, order(stranger))) }},
		{Call: "POST " + base + "h5", Code: "PARAM_ERROR", Good: func() error { return said(c.V3PartnerTransactionH5(g.ctx, h5(p.sub.MchID))) }, Bad: func() error { return said(c.V3PartnerTransactionH5(g.ctx, order(p.sub.MchID))) }},
		{Call: "POST " + base + "app", Code: "NO_AUTH", Good: func() error { return said(c.V3PartnerTransactionApp(g.ctx, order(p.sub.MchID))) }, Bad: func() error { return said(c.V3PartnerTransactionApp(g.ctx, order(stranger))) }},
		{Call: "GET " + base + "out-trade-no/{no}", Code: "ORDER_NOT_EXIST", Good: func() error { return fails(paid()) }, Bad: func() error { return said(c.V3PartnerQueryOrder(g.ctx, wechat.OutTradeNo, "never-ordered", parties())) }},
		{Call: "GET " + base + "id/{id}", Code: "ORDER_NOT_EXIST", Good: func() error {
			done, err := paid()
			if err != nil {
				return err
			}
			return said(c.V3PartnerQueryOrder(g.ctx, wechat.TransactionId, done.TransactionId, parties()))
		}, Bad: func() error {
			return said(c.V3PartnerQueryOrder(g.ctx, wechat.TransactionId, "4200000000000000000000000000", parties()))
		}},
		{Call: "POST " + base + "out-trade-no/{no}/close", Code: "ORDER_PAID", Good: func() error {
			body := order(p.sub.MchID)
			if err := said(c.V3PartnerTransactionNative(g.ctx, body)); err != nil {
				return err
			}
			return said(c.V3PartnerCloseOrder(g.ctx, body.GetString("out_trade_no"), parties()))
		}, Bad: func() error {
			done, err := paid()
			if err != nil {
				return err
			}
			return said(c.V3PartnerCloseOrder(g.ctx, done.OutTradeNo, parties()))
		}},
	}
}

// bills uses a client that reaches api.mch.weixin.qq.com through the simulator as a proxy: the SDK downloads only from an
// address that holds ".com".
func (g *gopayV3) bills() []trial {
	c, err := wechat.NewClientV3(g.Shop.MchID, g.Shop.Serial, g.Shop.APIv3Key, g.Shop.PrivateKey)
	if err != nil {
		g.t.Fatal(err)
	}
	c.SetHttpClient(xhttp.NewClient().SetTransport(g.sim.proxied(g.t)))
	if err := c.AutoVerifySignByPublicKey([]byte(g.Shop.PlatformPublicKey), g.Shop.PlatformKeyID); err != nil {
		g.t.Fatal(err)
	}
	fetch := func(rsp *wechat.BillRsp, err error) (*bill, error) {
		if err := said(rsp, err); err != nil {
			return nil, err
		}
		text, err := c.V3BillDownLoadBill(g.ctx, rsp.Response.DownloadUrl)
		if err != nil {
			return nil, err
		}
		return readBill(text, rsp.Response.HashType, rsp.Response.HashValue)
	}
	day := func() gopay.BodyMap { return make(gopay.BodyMap).Set("bill_date", g.firstDay()) }
	trade := func() error {
		b, err := fetch(c.V3BillTradeBill(g.ctx, day().Set("bill_type", "ALL")))
		if err != nil {
			return err
		}
		return b.reconcile()
	}
	return []trial{
		{Late: true, Call: "GET /v3/bill/tradebill", Code: "PARAM_ERROR", Good: trade, Bad: func() error { return said(c.V3BillTradeBill(g.ctx, day().Set("bill_type", "EVERYTHING"))) }},
		{Late: true, Call: "GET /v3/bill/fundflowbill", Code: "NO_STATEMENT_EXIST", Good: func() error {
			b, err := fetch(c.V3BillFundFlowBill(g.ctx, day().Set("account_type", "BASIC")))
			if err != nil {
				return err
			}
			return check(len(b.rows) > 0, "no rows in %v", b)
		}, Bad: func() error {
			return said(c.V3BillFundFlowBill(g.ctx, make(gopay.BodyMap).Set("bill_date", g.today()).Set("account_type", "BASIC")))
		}},
		{Late: true, Call: "GET /v3/billdownload/file", Code: "INVALID_REQUEST", Good: trade, Bad: func() error {
			return fails(c.V3BillDownLoadBill(g.ctx, mch+"/v3/billdownload/file?token=never-given"))
		}},
	}
}

func (g *gopayV3) receiver() gopay.BodyMap {
	return make(gopay.BodyMap).Set("appid", g.Account.AppID).Set("type", "PERSONAL_OPENID").Set("account", g.OpenID)
}

// frozen is the transaction of a paid order whose money waits to be split.
func (g *gopayV3) frozen() (string, error) {
	made, err := g.client.V3TransactionJsapi(g.ctx, g.jsapi(10_000).SetBodyMap("settle_info", func(b gopay.BodyMap) { b.Set("profit_sharing", true) }))
	if err := said(made, err); err != nil {
		return "", err
	}
	if err := g.pay(made.Response.PrepayId); err != nil {
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
	return done.TransactionId, g.advance("2m")
}

func (g *gopayV3) split(amount int) (transaction, number string, err error) {
	if transaction, err = g.frozen(); err != nil {
		return "", "", err
	}
	number = g.number("gsplit")
	err = said(g.client.V3ProfitShareOrder(g.ctx, make(gopay.BodyMap).Set("appid", g.Account.AppID).Set("transaction_id", transaction).Set("out_order_no", number).Set("unfreeze_unsplit", false).
		Set("receivers", []gopay.BodyMap{make(gopay.BodyMap).Set("type", "PERSONAL_OPENID").Set("account", g.OpenID).Set("amount", amount).Set("description", "分给个人")})))
	return transaction, number, err
}

func (g *gopayV3) sharing() []trial {
	c := g.client
	by := func(transaction string) gopay.BodyMap { return make(gopay.BodyMap).Set("transaction_id", transaction) }
	thaw := func(c *wechat.ClientV3, transaction string) error {
		return said(c.V3ProfitShareOrderUnfreeze(g.ctx, by(transaction).Set("out_order_no", g.number("gthaw")).Set("description", "解冻")))
	}
	return []trial{
		{Late: true, Call: "POST /v3/profitsharing/receivers/add", Code: "PARAM_ERROR", Good: func() error {
			return said(c.V3ProfitShareAddReceiver(g.ctx, g.receiver().Set("relation_type", "STAFF")))
		},
			Bad: func() error {
				return said(c.V3ProfitShareAddReceiver(g.ctx, g.receiver().Set("relation_type", "FRIEND")))
			}},
		{Late: true, Call: "POST /v3/profitsharing/orders", Code: "RULE_LIMIT", Good: func() error { _, _, err := g.split(1000); return err }, Bad: func() error { _, _, err := g.split(9000); return err }},
		{Late: true, Call: "GET /v3/profitsharing/orders/{no}", Code: "RESOURCE_NOT_EXISTS", Good: func() error {
			transaction, number, err := g.split(1000)
			if err != nil {
				return err
			}
			rsp, err := c.V3ProfitShareOrderQuery(g.ctx, number, by(transaction))
			if err := said(rsp, err); err != nil {
				return err
			}
			return check(len(rsp.Response.Receivers) >= 1 && rsp.Response.Receivers[0].Amount == 1000, "the split is %+v", rsp.Response)
		}, Bad: func() error {
			transaction, err := g.frozen()
			return errors.Join(err, said(c.V3ProfitShareOrderQuery(g.ctx, "never-split", by(transaction))))
		}},
		{Late: true, Call: "GET /v3/profitsharing/transactions/{id}/amounts", Code: "RESOURCE_NOT_EXISTS", Good: func() error {
			transaction, err := g.frozen()
			return errors.Join(err, said(c.V3ProfitShareUnsplitAmount(g.ctx, transaction)))
		}, Bad: func() error { return said(c.V3ProfitShareUnsplitAmount(g.ctx, "4200000000000000000000000000")) }},
		{Late: true, Call: "POST /v3/profitsharing/orders/unfreeze", Code: "SIGN_ERROR", Good: func() error {
			transaction, err := g.frozen()
			return errors.Join(err, thaw(c, transaction))
		}, Bad: g.forge(func(c *wechat.ClientV3) error { return thaw(c, "1") })},
		{Late: true, Call: "POST /v3/profitsharing/return-orders", Code: "RESOURCE_NOT_EXISTS", Bad: func() error {
			return said(c.V3ProfitShareReturn(g.ctx, make(gopay.BodyMap).Set("out_order_no", "never-split").Set("out_return_no", g.number("gback")).Set("return_mchid", g.Second.MchID).Set("amount", 1).Set("description", "退")))
		}},
		{Late: true, Call: "GET /v3/profitsharing/return-orders/{no}", Code: "RESOURCE_NOT_EXISTS", Bad: func() error {
			return said(c.V3ProfitShareReturnResult(g.ctx, "never-returned", make(gopay.BodyMap).Set("out_order_no", "never-split")))
		}},
		{Late: true, Call: "POST /v3/profitsharing/receivers/delete", Code: "SIGN_ERROR", Good: func() error { return said(c.V3ProfitShareDeleteReceiver(g.ctx, g.receiver())) },
			Bad: g.forge(func(c *wechat.ClientV3) error { return said(c.V3ProfitShareDeleteReceiver(g.ctx, g.receiver())) })},
		{Late: true, Call: "GET /v3/profitsharing/bills", Code: "NO_STATEMENT_EXIST", Bad: func() error {
			return said(c.V3ProfitShareBills(g.ctx, make(gopay.BodyMap).Set("bill_date", g.today())))
		}},
	}
}
