package conformance

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments"
	partnerapp "github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/app"
	partnerh5 "github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/h5"
	partnerjsapi "github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/jsapi"
	partnernative "github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/app"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/h5"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

func (o *official) ways() []trial {
	webOrder := func(kind string) h5.PrepayRequest {
		return h5.PrepayRequest{Appid: &o.Account.AppID, Mchid: &o.Shop.MchID, Description: core.String("H5"), OutTradeNo: core.String(o.number("h5")), NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &h5.Amount{Total: core.Int64(100)},
			SceneInfo: &h5.SceneInfo{PayerClientIp: core.String("14.23.150.211"), H5Info: &h5.H5Info{Type: &kind}}}
	}
	appOrder := func(total int64) app.PrepayRequest {
		return app.PrepayRequest{Appid: &o.Account.AppID, Mchid: &o.Shop.MchID, Description: core.String("APP"), OutTradeNo: core.String(o.number("app")), NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &app.Amount{Total: &total}}
	}
	combineWeb := func(with bool) map[string]any {
		body := o.combine(o.sub(o.Shop, 100), o.sub(o.Second, 200))
		delete(body, "combine_payer_info")
		if with {
			body["scene_info"].(map[string]any)["h5_info"] = map[string]any{"type": "Wap"}
		}
		return body
	}
	return append([]trial{
		{Call: "POST /v3/pay/transactions/h5", Code: "PARAM_ERROR", Good: func() error {
			r, _, err := (&h5.H5ApiService{Client: o.client}).Prepay(o.ctx, webOrder("Wap"))
			if err != nil {
				return err
			}
			return check(strings.Contains(*r.H5Url, "prepay_id="), "h5_url is %s", *r.H5Url)
		}, Bad: func() error {
			order := webOrder("Wap")
			order.SceneInfo.PayerClientIp = core.String("127.0.0.1")
			_, _, err := (&h5.H5ApiService{Client: o.client}).Prepay(o.ctx, order)
			return err
		}},
		{Call: "POST /v3/pay/transactions/app", Code: "PARAM_ERROR", Good: func() error {
			r, _, err := (&app.AppApiService{Client: o.client}).PrepayWithRequestPayment(o.ctx, appOrder(100))
			if err != nil {
				return err
			}
			return o.sim.try("POST", "/people/"+o.Lin+"/app-pay", map[string]any{"appid": o.Account.AppID, "partnerid": *r.PartnerId, "prepayid": *r.PrepayId, "package": *r.Package, "noncestr": *r.NonceStr, "timestamp": *r.TimeStamp, "sign": *r.Sign}, nil)
		}, Bad: func() error {
			_, _, err := (&app.AppApiService{Client: o.client}).Prepay(o.ctx, appOrder(0))
			return err
		}},
		{Call: "POST /v3/combine-transactions/h5", Code: "PARAM_ERROR", Good: func() error { _, err := o.post("/v3/combine-transactions/h5", combineWeb(true)); return err },
			Bad: func() error { _, err := o.post("/v3/combine-transactions/h5", combineWeb(false)); return err }},
		{Call: "POST /v3/combine-transactions/app", Code: "SIGN_ERROR", Good: func() error { _, err := o.post("/v3/combine-transactions/app", combineWeb(false)); return err },
			Bad: o.signedWrongly("POST", "/v3/combine-transactions/app", combineWeb(false))},
	}, o.counter()...)
}

// counter is paying by the code on the phone.
func (o *official) counter() []trial {
	order := func(code string) map[string]any {
		return map[string]any{"appid": o.Account.AppID, "mchid": o.Shop.MchID, "description": "柜台", "out_trade_no": o.number("cp"), "amount": map[string]any{"total": 100}, "payer": map[string]any{"auth_code": code},
			"scene_info": map[string]any{"device_ip": "14.23.150.211", "store_info": map[string]any{"out_id": "001"}}}
	}
	charge := func() (map[string]any, error) {
		code, err := o.payCode()
		if err != nil {
			return nil, err
		}
		return o.post("/v3/pay/transactions/codepay", order(code))
	}
	reverse := func(number any) (map[string]any, error) {
		return o.post(fmt.Sprintf("/v3/pay/transactions/out-trade-no/%s/reverse", number), map[string]any{"appid": o.Account.AppID, "mchid": o.Shop.MchID})
	}
	return []trial{
		{Call: "POST /v3/pay/transactions/codepay", Code: "AUTH_CODE_INVALID", Good: func() error {
			r, err := charge()
			if err != nil {
				return err
			}
			return check(r["trade_state"] == "SUCCESS" && r["trade_type"] == "MICROPAY", "the order is %v", r)
		}, Bad: func() error {
			_, err := o.post("/v3/pay/transactions/codepay", order("130000000000000000"))
			return err
		}},
		{Call: "POST /v3/pay/transactions/out-trade-no/{no}/reverse", Code: "ORDER_NOT_EXIST", Good: func() error {
			r, err := charge()
			if err != nil {
				return err
			}
			if err := o.advance("20s"); err != nil {
				return err
			}
			back, err := reverse(r["out_trade_no"])
			if err != nil {
				return err
			}
			return check(back["out_trade_no"] == r["out_trade_no"], "the answer is %v", back)
		}, Bad: func() error { _, err := reverse("never-ordered"); return err }},
	}
}

// echo is WeChat Pay's self-test of signatures and encryption, with its notice, in public-key mode.
func (o *official) echo() []trial {
	body := func() (map[string]any, error) {
		sealed, err := utils.EncryptOAEPWithPublicKey("回声", o.Second.platformKey(o.t))
		return map[string]any{"notify_url": o.Dev + "/public", "echo_message": "回声", "encrypted_echo_message": sealed}, err
	}
	return []trial{{Call: "POST /v3/security/echo", Code: "SIGN_ERROR", Good: func() error {
		in, err := body()
		if err != nil {
			return err
		}
		out, err := answer(o.public.Post(o.ctx, mch+"/v3/security/echo", in))
		if err != nil {
			return err
		}
		told := map[string]any{}
		event, err := o.told("/public", &told)
		return errors.Join(err, check(out["echo_message"] == "回声" && event == "SECURITY_ECHO.SUCCESS", "the answer is %v, the notice %s %v", out, event, told))
	}, Bad: o.signedWrongly("POST", "/v3/security/echo", map[string]any{"notify_url": o.Dev + "/public", "echo_message": "x"})}}
}

// partner is the service-provider mode, signed by the provider.
func (o *official) partner() []trial {
	p := o.provider()
	made, err := core.NewClient(o.ctx, option.WithWechatPayPublicKeyAuthCipher(p.sp.MchID, p.sp.Serial, p.sp.key(o.t), p.sp.PlatformKeyID, p.sp.platformKey(o.t)), option.WithHTTPClient(o.sim.client()))
	client := o.made(made, err)
	js, nat := &partnerjsapi.JsapiApiService{Client: client}, &partnernative.NativeApiService{Client: client}
	order := func(sub string, total int64) partnerjsapi.PrepayRequest {
		return partnerjsapi.PrepayRequest{SpAppid: &o.Account.AppID, SpMchid: &p.sp.MchID, SubMchid: &sub, Description: core.String("服务商"), OutTradeNo: core.String(o.number("sp")), NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &partnerjsapi.Amount{Total: &total}, Payer: &partnerjsapi.Payer{SpOpenid: &o.OpenID}}
	}
	code := func(sub string) partnernative.PrepayRequest {
		return partnernative.PrepayRequest{SpAppid: &o.Account.AppID, SpMchid: &p.sp.MchID, SubMchid: &sub, Description: core.String("服务商"), OutTradeNo: core.String(o.number("sp")), NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &partnernative.Amount{Total: core.Int64(100)}}
	}
	web := func(sub string) partnerh5.PrepayRequest {
		return partnerh5.PrepayRequest{SpAppid: &o.Account.AppID, SpMchid: &p.sp.MchID, SubMchid: &sub, Description: core.String("服务商"), OutTradeNo: core.String(o.number("sp")), NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &partnerh5.Amount{Total: core.Int64(100)},
			SceneInfo: &partnerh5.SceneInfo{PayerClientIp: core.String("14.23.150.211"), H5Info: &partnerh5.H5Info{Type: core.String("Wap")}}}
	}
	native := func(sub string) partnerapp.PrepayRequest {
		return partnerapp.PrepayRequest{SpAppid: &o.Account.AppID, SpMchid: &p.sp.MchID, SubMchid: &sub, Description: core.String("服务商"), OutTradeNo: core.String(o.number("sp")), NotifyUrl: core.String(o.Dev + "/certificate"), Amount: &partnerapp.Amount{Total: core.Int64(100)}}
	}
	paid := func() (*partnerpayments.Transaction, error) {
		r := order(p.sub.MchID, 100)
		r.NotifyUrl = core.String(o.Dev + "/elsewhere")
		made, _, err := js.Prepay(o.ctx, r)
		if err != nil {
			return nil, err
		}
		if err := o.pay(*made.PrepayId); err != nil {
			return nil, err
		}
		done, _, err := js.QueryOrderByOutTradeNo(o.ctx, partnerjsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: r.OutTradeNo, SpMchid: &p.sp.MchID, SubMchid: &p.sub.MchID})
		return done, err
	}
	base := "/v3/pay/partner/transactions/"
	return []trial{
		{Call: "POST " + base + "jsapi", Code: "PARAM_ERROR", Good: func() error { _, _, err := js.Prepay(o.ctx, order(p.sub.MchID, 100)); return err }, Bad: func() error { _, _, err := js.Prepay(o.ctx, order(p.sub.MchID, 0)); return err }},
		{Call: "POST " + base + "native", Code: "NO_AUTH", Good: func() error { _, _, err := nat.Prepay(o.ctx, code(p.sub.MchID)); return err }, Bad: func() error { _, _, err := nat.Prepay(o.ctx, code(o.Second.MchID)); return err }},
		{Call: "POST " + base + "h5", Code: "NO_AUTH", Good: func() error {
			_, _, err := (&partnerh5.H5ApiService{Client: client}).Prepay(o.ctx, web(p.sub.MchID))
			return err
		},
			Bad: func() error {
				_, _, err := (&partnerh5.H5ApiService{Client: client}).Prepay(o.ctx, web(o.Second.MchID))
				return err
			}},
		{Call: "POST " + base + "app", Code: "NO_AUTH", Good: func() error {
			_, _, err := (&partnerapp.AppApiService{Client: client}).Prepay(o.ctx, native(p.sub.MchID))
			return err
		},
			Bad: func() error {
				_, _, err := (&partnerapp.AppApiService{Client: client}).Prepay(o.ctx, native(o.Second.MchID))
				return err
			}},
		{Call: "GET " + base + "out-trade-no/{no}", Code: "ORDER_NOT_EXIST", Good: func() error {
			done, err := paid()
			if err != nil {
				return err
			}
			return check(*done.TradeState == "SUCCESS" && *done.SubMchid == p.sub.MchID && *done.Payer.SpOpenid == o.OpenID, "the order is %v", done)
		}, Bad: func() error {
			_, _, err := js.QueryOrderByOutTradeNo(o.ctx, partnerjsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String("never-ordered"), SpMchid: &p.sp.MchID, SubMchid: &p.sub.MchID})
			return err
		}},
		{Call: "GET " + base + "id/{id}", Code: "ORDER_NOT_EXIST", Good: func() error {
			done, err := paid()
			if err != nil {
				return err
			}
			again, _, err := nat.QueryOrderById(o.ctx, partnernative.QueryOrderByIdRequest{TransactionId: done.TransactionId, SpMchid: &p.sp.MchID, SubMchid: &p.sub.MchID})
			if err != nil {
				return err
			}
			return check(*again.OutTradeNo == *done.OutTradeNo, "the order is %v", again)
		}, Bad: func() error {
			_, _, err := nat.QueryOrderById(o.ctx, partnernative.QueryOrderByIdRequest{TransactionId: core.String("4200000000000000000000000000"), SpMchid: &p.sp.MchID, SubMchid: &p.sub.MchID})
			return err
		}},
		{Call: "POST " + base + "out-trade-no/{no}/close", Code: "ORDER_PAID", Good: func() error {
			r := order(p.sub.MchID, 100)
			if _, _, err := js.Prepay(o.ctx, r); err != nil {
				return err
			}
			_, err := js.CloseOrder(o.ctx, partnerjsapi.CloseOrderRequest{OutTradeNo: r.OutTradeNo, SpMchid: &p.sp.MchID, SubMchid: &p.sub.MchID})
			return err
		}, Bad: func() error {
			done, err := paid()
			if err != nil {
				return err
			}
			_, err = js.CloseOrder(o.ctx, partnerjsapi.CloseOrderRequest{OutTradeNo: done.OutTradeNo, SpMchid: &p.sp.MchID, SubMchid: &p.sub.MchID})
			return err
		}},
	}
}
