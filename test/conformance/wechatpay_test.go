package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/certificates"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
)

const mch = "https://api.mch.weixin.qq.com"

// official is wechatpay-go in both key modes: with downloaded platform certificates, and with WeChat Pay's public key.
type official struct {
	*scene
	ctx     context.Context
	client  *core.Client // of Shop, certificates
	public  *core.Client // of Second, public key
	forged  *core.Client // signs for Shop with another's key
	notices map[string]*notify.Handler
}

func newOfficial(s *scene) *official {
	o := &official{scene: s, ctx: context.Background(), notices: map[string]*notify.Handler{}}
	via := option.WithHTTPClient(s.sim.client())
	boot := o.made(core.NewClient(o.ctx, option.WithMerchantCredential(s.Shop.MchID, s.Shop.Serial, s.Shop.key(s.t)), option.WithoutValidator(), via))
	manager := downloader.NewCertificateDownloaderMgr(o.ctx)
	if err := manager.RegisterDownloaderWithClient(o.ctx, boot, s.Shop.MchID, s.Shop.APIv3Key); err != nil {
		s.t.Fatalf("download the platform certificates: %v", err)
	}
	o.client = o.made(core.NewClient(o.ctx, option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(s.Shop.MchID, s.Shop.Serial, s.Shop.key(s.t), manager), via))
	o.forged = o.made(core.NewClient(o.ctx, option.WithMerchantCredential(s.Shop.MchID, s.Shop.Serial, s.Second.key(s.t)), option.WithoutValidator(), via))
	key := s.Second.platformKey(s.t)
	o.public = o.made(core.NewClient(o.ctx, option.WithWechatPayPublicKeyAuthCipher(s.Second.MchID, s.Second.Serial, s.Second.key(s.t), s.Second.PlatformKeyID, key), via))
	o.listen("/certificate", s.Shop.APIv3Key, verifiers.NewSHA256WithRSAVerifier(manager.GetCertificateVisitor(s.Shop.MchID)))
	o.listen("/public", s.Second.APIv3Key, verifiers.NewSHA256WithRSAPubkeyVerifier(s.Second.PlatformKeyID, *key))
	return o
}

func (o *official) made(c *core.Client, err error) *core.Client {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *official) listen(path, apiv3 string, verifier auth.Verifier) {
	h, err := notify.NewRSANotifyHandler(apiv3, verifier)
	if err != nil {
		o.t.Fatal(err)
	}
	o.notices[path] = h
}

// told waits for a notice at a path, lets the SDK verify and decrypt it, and gives its event.
func (o *official) told(path string, content any) (string, error) {
	r, err := o.notice(path)
	if err != nil {
		return "", err
	}
	n, err := o.notices[path].ParseNotifyRequest(o.ctx, r, content)
	if err != nil {
		return "", err
	}
	return n.EventType, nil
}

// post, get and the like use the SDK's generic calls, for what it has no types for.
func (o *official) post(path string, body any) (map[string]any, error) {
	return answer(o.client.Post(o.ctx, mch+path, body))
}

func (o *official) get(path string) (map[string]any, error) {
	return answer(o.client.Get(o.ctx, mch+path))
}

func answer(r *core.APIResult, err error) (map[string]any, error) {
	if err != nil {
		return nil, err
	}
	defer r.Response.Body.Close()
	raw, err := io.ReadAll(r.Response.Body)
	if err != nil || r.Response.StatusCode == http.StatusNoContent {
		return nil, err
	}
	out := map[string]any{}
	return out, json.Unmarshal(raw, &out)
}

// signedWrongly makes the same call with a signature of another key: every v3 endpoint has to refuse it.
func (o *official) signedWrongly(method, path string, body any) func() error {
	return func() error {
		var err error
		if method == "GET" {
			_, err = o.forged.Get(o.ctx, mch+path)
		} else {
			_, err = o.forged.Post(o.ctx, mch+path, body)
		}
		return err
	}
}

// prepay orders with JSAPI.
func (o *official) prepay(number string, total int64) (string, error) {
	resp, _, err := (&jsapi.JsapiApiService{Client: o.client}).PrepayWithRequestPayment(o.ctx, o.order(number, total))
	if err != nil {
		return "", err
	}
	return *resp.PrepayId, nil
}

func (o *official) order(number string, total int64) jsapi.PrepayRequest {
	return jsapi.PrepayRequest{Appid: &o.Account.AppID, Mchid: &o.Shop.MchID, Description: core.String("明前龙井 125g"), OutTradeNo: &number, Attach: core.String("a=1&b=2"),
		NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &jsapi.Amount{Total: &total, Currency: core.String("CNY")}, Payer: &jsapi.Payer{Openid: &o.OpenID},
		Detail:     &jsapi.Detail{CostPrice: core.Int64(608800), InvoiceId: core.String("123"), GoodsDetail: []jsapi.GoodsDetail{{MerchantGoodsId: core.String("1246464644"), GoodsName: core.String("龙井"), Quantity: core.Int64(1), UnitPrice: &total}}},
		SceneInfo:  &jsapi.SceneInfo{PayerClientIp: core.String("14.23.150.211"), DeviceId: core.String("013467007045764"), StoreInfo: &jsapi.StoreInfo{Id: core.String("0001"), Name: core.String("西湖店"), AreaCode: core.String("330106"), Address: core.String("文三路 1 号")}},
		SettleInfo: &jsapi.SettleInfo{ProfitSharing: core.Bool(false)}}
}

// paid is an order that was paid and whose notice was read.
func (o *official) paid(total int64) (payments.Transaction, error) {
	number := o.number("go")
	id, err := o.prepay(number, total)
	if err != nil {
		return payments.Transaction{}, err
	}
	if err := o.pay(id); err != nil {
		return payments.Transaction{}, err
	}
	var done payments.Transaction
	event, err := o.told("/certificate", &done)
	if err != nil {
		return done, err
	}
	return done, check(event == "TRANSACTION.SUCCESS" && *done.OutTradeNo == number, "the notice is %s of %s, not of %s", event, *done.OutTradeNo, number)
}

func officialTrials(s *scene) []trial {
	o := newOfficial(s)
	return slices.Concat(o.single(), o.combined(), o.ways(), o.partner(), o.echo(), o.refunds(), o.bills(), o.sharing())
}

func (o *official) single() []trial {
	js, nat := &jsapi.JsapiApiService{Client: o.client}, &native.NativeApiService{Client: o.client}
	return []trial{
		{Call: "GET /v3/certificates", Code: "SIGN_ERROR", Good: func() error {
			r, _, err := (&certificates.CertificatesApiService{Client: o.client}).DownloadCertificates(o.ctx)
			if err != nil {
				return err
			}
			return check(len(r.Data) > 0 && *r.Data[len(r.Data)-1].SerialNo != "", "no certificate in %v", r)
		}, Bad: o.signedWrongly("GET", "/v3/certificates", nil)},
		{Call: "POST /v3/pay/transactions/jsapi", Code: "PARAM_ERROR", Good: func() error { _, err := o.prepay(o.number("go"), 8800); return err }, Bad: func() error {
			_, _, err := js.Prepay(o.ctx, o.order(o.number("go"), 0))
			return err
		}},
		{Call: "POST /v3/pay/transactions/jsapi", Code: "APPID_MCHID_NOT_MATCH", Bad: func() error {
			r := o.order(o.number("go"), 100)
			r.Appid = core.String("wx00000000000000ff")
			_, _, err := js.Prepay(o.ctx, r)
			return err
		}},
		{Call: "POST /v3/pay/transactions/jsapi", Code: "SIGN_ERROR", Bad: o.signedWrongly("POST", "/v3/pay/transactions/jsapi", o.order(o.number("go"), 100))},
		{Call: "POST /v3/pay/transactions/native", Code: "PARAM_ERROR", Good: func() error {
			r, _, err := nat.Prepay(o.ctx, o.nativeOrder(o.number("go"), 100))
			if err != nil {
				return err
			}
			return check(len(*r.CodeUrl) > 20, "code_url is %s", *r.CodeUrl)
		}, Bad: func() error { _, _, err := nat.Prepay(o.ctx, o.nativeOrder("no space", 100)); return err }},
		{Call: "GET /v3/pay/transactions/out-trade-no/{no}", Code: "ORDER_NOT_EXIST", Good: func() error {
			done, err := o.paid(8800)
			if err != nil {
				return err
			}
			r, _, err := js.QueryOrderByOutTradeNo(o.ctx, jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: done.OutTradeNo, Mchid: &o.Shop.MchID})
			if err != nil {
				return err
			}
			return check(*r.TradeState == "SUCCESS" && *r.Amount.PayerTotal == 8800 && *r.Attach == "a=1&b=2" && *r.TransactionId == *done.TransactionId, "the order is %v", r)
		}, Bad: func() error {
			_, _, err := js.QueryOrderByOutTradeNo(o.ctx, jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String("never-ordered"), Mchid: &o.Shop.MchID})
			return err
		}},
		{Call: "GET /v3/pay/transactions/id/{id}", Code: "ORDER_NOT_EXIST", Good: func() error {
			done, err := o.paid(100)
			if err != nil {
				return err
			}
			r, _, err := nat.QueryOrderById(o.ctx, native.QueryOrderByIdRequest{TransactionId: done.TransactionId, Mchid: &o.Shop.MchID})
			if err != nil {
				return err
			}
			return check(*r.OutTradeNo == *done.OutTradeNo && *r.TradeType == "JSAPI", "the order is %v", r)
		}, Bad: func() error {
			_, _, err := js.QueryOrderById(o.ctx, jsapi.QueryOrderByIdRequest{TransactionId: core.String("4200000000000000000000000000"), Mchid: &o.Shop.MchID})
			return err
		}},
		{Call: "POST /v3/pay/transactions/out-trade-no/{no}/close", Code: "ORDER_PAID", Good: func() error {
			number := o.number("go")
			if _, err := o.prepay(number, 100); err != nil {
				return err
			}
			_, err := js.CloseOrder(o.ctx, jsapi.CloseOrderRequest{OutTradeNo: &number, Mchid: &o.Shop.MchID})
			return err
		}, Bad: func() error {
			done, err := o.paid(100)
			if err != nil {
				return err
			}
			_, err = js.CloseOrder(o.ctx, jsapi.CloseOrderRequest{OutTradeNo: done.OutTradeNo, Mchid: &o.Shop.MchID})
			return err
		}},
		{Call: "→ TRANSACTION.SUCCESS (platform certificate)", Good: func() error { _, err := o.paid(100); return err }},
		{Call: "→ TRANSACTION.SUCCESS (public key)", Good: o.paidWithPublicKey, Code: "verify", Bad: o.tampered},
	}
}

func (o *official) nativeOrder(number string, total int64) native.PrepayRequest {
	return native.PrepayRequest{Appid: &o.Account.AppID, Mchid: &o.Shop.MchID, Description: core.String("扫码"), OutTradeNo: &number, NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &native.Amount{Total: &total}}
}

func (o *official) paidWithPublicKey() error {
	if err := o.secondPays(); err != nil {
		return err
	}
	var done payments.Transaction
	event, err := o.told("/public", &done)
	if err != nil {
		return err
	}
	return check(event == "TRANSACTION.SUCCESS" && *done.Mchid == o.Second.MchID, "the notice is %s: %v", event, done)
}

func (o *official) secondPays() error {
	r := o.order(o.number("pk"), 300)
	r.Mchid, r.NotifyUrl = &o.Second.MchID, core.String(o.Dev+"/public")
	resp, _, err := (&jsapi.JsapiApiService{Client: o.public}).Prepay(o.ctx, r)
	if err != nil {
		return err
	}
	return o.pay(*resp.PrepayId)
}

// tampered gives the SDK a notice whose body was changed on the way: its own verification has to see it.
func (o *official) tampered() error {
	if err := o.secondPays(); err != nil {
		return err
	}
	r, err := o.notice("/public")
	if err != nil {
		return err
	}
	r.Header.Set("Wechatpay-Nonce", "0123456789abcdef")
	_, err = o.notices["/public"].ParseNotifyRequest(o.ctx, r, &payments.Transaction{})
	return err
}

func (o *official) combine(subs ...map[string]any) map[string]any {
	return map[string]any{"combine_appid": o.Account.AppID, "combine_mchid": o.Shop.MchID, "combine_out_trade_no": o.number("cb"), "notify_url": o.Dev + "/certificate",
		"combine_payer_info": map[string]any{"openid": o.OpenID}, "scene_info": map[string]any{"payer_client_ip": "14.23.150.211", "device_id": "POS1"}, "sub_orders": subs}
}

func (o *official) sub(m merchant, total int64) map[string]any {
	return map[string]any{"mchid": m.MchID, "attach": "深圳分店", "amount": map[string]any{"total_amount": total, "currency": "CNY"}, "out_trade_no": o.number("sub"), "description": "合单"}
}

func (o *official) combined() []trial {
	two := func() map[string]any { return o.combine(o.sub(o.Shop, 100), o.sub(o.Second, 200)) }
	closing := func(body map[string]any) (string, map[string]any) {
		var subs []map[string]any
		for _, s := range body["sub_orders"].([]map[string]any) {
			subs = append(subs, map[string]any{"mchid": s["mchid"], "out_trade_no": s["out_trade_no"]})
		}
		return fmt.Sprintf("/v3/combine-transactions/out-trade-no/%s/close", body["combine_out_trade_no"]), map[string]any{"combine_appid": o.Account.AppID, "sub_orders": subs}
	}
	return []trial{
		{Call: "POST /v3/combine-transactions/jsapi", Code: "PARAM_ERROR", Good: func() error {
			r, err := o.post("/v3/combine-transactions/jsapi", two())
			if err != nil {
				return err
			}
			return check(r["prepay_id"] != nil, "the answer is %v", r)
		}, Bad: func() error { _, err := o.post("/v3/combine-transactions/jsapi", o.combine()); return err }},
		{Call: "POST /v3/combine-transactions/native", Code: "PARAM_ERROR", Good: func() error {
			body := two()
			delete(body, "combine_payer_info")
			r, err := o.post("/v3/combine-transactions/native", body)
			if err != nil {
				return err
			}
			return check(r["code_url"] != nil, "the answer is %v", r)
		}, Bad: func() error {
			_, err := o.post("/v3/combine-transactions/native", o.combine(o.sub(o.Shop, 0), o.sub(o.Second, 200)))
			return err
		}},
		{Call: "GET /v3/combine-transactions/out-trade-no/{no}", Code: "ORDER_NOT_EXIST", Good: func() error {
			body := two()
			r, err := o.post("/v3/combine-transactions/jsapi", body)
			if err != nil {
				return err
			}
			if err := o.pay(r["prepay_id"].(string)); err != nil {
				return err
			}
			told := map[string]any{}
			if _, err := o.told("/certificate", &told); err != nil {
				return err
			}
			r, err = o.get(fmt.Sprintf("/v3/combine-transactions/out-trade-no/%s", body["combine_out_trade_no"]))
			if err != nil {
				return err
			}
			subs, said := r["sub_orders"].([]any), told["sub_orders"].([]any)
			return check(len(subs) == 2 && len(said) == 2 && subs[0].(map[string]any)["trade_state"] == "SUCCESS", "the answer is %v, the notice %v", r, told)
		}, Bad: func() error { _, err := o.get("/v3/combine-transactions/out-trade-no/never-ordered"); return err }},
		{Call: "POST /v3/combine-transactions/out-trade-no/{no}/close", Code: "INVALID_REQUEST", Good: func() error {
			body := two()
			if _, err := o.post("/v3/combine-transactions/jsapi", body); err != nil {
				return err
			}
			_, err := o.post(closing(body))
			return err
		}, Bad: func() error {
			body := two()
			if _, err := o.post("/v3/combine-transactions/jsapi", body); err != nil {
				return err
			}
			path, end := closing(body)
			end["sub_orders"] = end["sub_orders"].([]map[string]any)[:1]
			_, err := o.post(path, end)
			return err
		}},
	}
}

func (o *official) refund(done payments.Transaction, number string, amount int64) (*refunddomestic.Refund, error) {
	r, _, err := (&refunddomestic.RefundsApiService{Client: o.client}).Create(o.ctx, refunddomestic.CreateRequest{TransactionId: done.TransactionId, OutRefundNo: &number, Reason: core.String("少发一盒"),
		NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &refunddomestic.AmountReq{Refund: &amount, Total: done.Amount.Total, Currency: core.String("CNY")}})
	return r, err
}

func (o *official) refunds() []trial {
	service := &refunddomestic.RefundsApiService{Client: o.client}
	return []trial{
		{Call: "POST /v3/refund/domestic/refunds", Code: "INVALID_REQUEST", Good: func() error {
			done, err := o.paid(8800)
			if err != nil {
				return err
			}
			r, err := o.refund(done, o.number("rf"), 3000)
			if err != nil {
				return err
			}
			if err := check(*r.Amount.Refund == 3000 && *r.Amount.PayerRefund == 3000 && len(*r.RefundId) == 29, "the refund is %v", r); err != nil {
				return err
			}
			told := map[string]any{}
			event, err := o.told("/certificate", &told)
			if err != nil {
				return err
			}
			return check(event == "REFUND.SUCCESS" && told["refund_status"] == "SUCCESS", "the notice is %s: %v", event, told)
		}, Bad: func() error {
			done, err := o.paid(100)
			if err != nil {
				return err
			}
			_, err = o.refund(done, o.number("rf"), 101)
			return err
		}},
		{Call: "GET /v3/refund/domestic/refunds/{no}", Code: "RESOURCE_NOT_EXISTS", Good: func() error {
			done, err := o.paid(500)
			if err != nil {
				return err
			}
			number := o.number("rf")
			if _, err := o.refund(done, number, 500); err != nil {
				return err
			}
			if _, err := o.told("/certificate", &map[string]any{}); err != nil {
				return err
			}
			r, _, err := service.QueryByOutRefundNo(o.ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: &number})
			if err != nil {
				return err
			}
			return check(*r.Status == "SUCCESS" && *r.Amount.Refund == 500, "the refund is %v", r)
		}, Bad: func() error {
			_, _, err := service.QueryByOutRefundNo(o.ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String("never-refunded")})
			return err
		}},
	}
}
