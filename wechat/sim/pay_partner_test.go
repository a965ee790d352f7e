package sim

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/h5"
	"github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/partnerpayments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
)

// provided makes the rig's first merchant a provider of its second.
func (g *rig) provided() {
	g.t.Helper()
	must(g.s.AddAccount(Account{AppID: "wx0009", Name: "果然鲜小店", Subject: "果然"}))(g.t)
	must(g.s.AddMerchant(Merchant{MchID: g.shop.MchID, Kind: KindProvider}))(g.t)
	must(g.s.AddMerchant(Merchant{MchID: g.other.MchID, AppIDs: []string{"wx0009"}, Providers: []string{g.shop.MchID}}))(g.t)
}

func TestPartnerBySDK(t *testing.T) {
	g := newRig(t, &Server{})
	g.provided()
	ctx := context.Background()
	client, handler := g.official("certificate", g.shop)
	service := jsapi.JsapiApiService{Client: client}
	subOpenID := must(g.s.OpenID("wx0009", "lin"))(t)
	request := jsapi.PrepayRequest{SpAppid: core.String("wx0001"), SpMchid: &g.shop.MchID, SubAppid: core.String("wx0009"), SubMchid: &g.other.MchID, Description: core.String("果篮"),
		OutTradeNo: core.String("part-0001"), NotifyUrl: core.String(g.dev.URL + "/pay-notify"), Amount: &jsapi.Amount{Total: core.Int64(500)}, Payer: &jsapi.Payer{SubOpenid: &subOpenID}}
	prepay, _, err := service.Prepay(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.s.Pay("lin", *prepay.PrepayId, "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the notice", func() bool { return g.noticeCount() == 1 })
	paid := partnerpayments.Transaction{}
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(0), &paid); err != nil {
		t.Fatal(err)
	}
	if *paid.SpMchid != g.shop.MchID || *paid.SubMchid != g.other.MchID || *paid.SubAppid != "wx0009" || *paid.Payer.SubOpenid != subOpenID || *paid.Payer.SpOpenid != g.openID("lin") {
		t.Fatalf("the notice says %v", paid)
	}
	found, _, err := service.QueryOrderByOutTradeNo(ctx, jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String("part-0001"), SpMchid: &g.shop.MchID, SubMchid: &g.other.MchID})
	if err != nil || *found.TransactionId != *paid.TransactionId || *found.TradeState != "SUCCESS" {
		t.Fatalf("query: %v %v", found, err)
	}
	found, _, err = service.QueryOrderById(ctx, jsapi.QueryOrderByIdRequest{TransactionId: paid.TransactionId, SpMchid: &g.shop.MchID, SubMchid: &g.other.MchID})
	if err != nil || *found.OutTradeNo != "part-0001" {
		t.Fatalf("query by id: %v %v", found, err)
	}
	_, err = service.CloseOrder(ctx, jsapi.CloseOrderRequest{OutTradeNo: core.String("part-0001"), SpMchid: &g.shop.MchID, SubMchid: &g.other.MchID})
	wantAPIError(t, err, 400, "ORDER_PAID")
	g.partnerRefund(client, *paid.TransactionId)

	qr, _, err := (&native.NativeApiService{Client: client}).Prepay(ctx, native.PrepayRequest{SpAppid: core.String("wx0001"), SpMchid: &g.shop.MchID, SubMchid: &g.other.MchID, Description: core.String("果篮"),
		OutTradeNo: core.String("part-0002"), NotifyUrl: core.String(g.dev.URL + "/pay-notify"), Amount: &native.Amount{Total: core.Int64(1)}})
	if err != nil || !strings.HasPrefix(*qr.CodeUrl, nativePrefix) {
		t.Fatalf("native: %v %v", qr, err)
	}
	page, _, err := (&h5.H5ApiService{Client: client}).Prepay(ctx, h5.PrepayRequest{SpAppid: core.String("wx0001"), SpMchid: &g.shop.MchID, SubMchid: &g.other.MchID, Description: core.String("果篮"),
		OutTradeNo: core.String("part-0003"), NotifyUrl: core.String(g.dev.URL + "/pay-notify"), Amount: &h5.Amount{Total: core.Int64(1)},
		SceneInfo: &h5.SceneInfo{PayerClientIp: core.String("114.1.1.1"), H5Info: &h5.H5Info{Type: core.String("iOS")}}})
	if err != nil || !strings.Contains(*page.H5Url, h5Path) {
		t.Fatalf("h5: %v %v", page, err)
	}
}

// partnerRefund refunds a sub-merchant's order: by the provider with sub_mchid, by nobody else.
func (g *rig) partnerRefund(client *core.Client, transaction string) {
	t, ctx := g.t, context.Background()
	t.Helper()
	service := refunddomestic.RefundsApiService{Client: client}
	request := refunddomestic.CreateRequest{TransactionId: &transaction, OutRefundNo: core.String("pr-1"), NotifyUrl: core.String(g.dev.URL + "/pay-notify"),
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(200), Total: core.Int64(500), Currency: core.String("CNY")}}
	_, _, err := service.Create(ctx, request)
	wantAPIError(t, err, 404, "RESOURCE_NOT_EXISTS")
	own, _ := g.official("public_key", g.other)
	_, _, err = (&refunddomestic.RefundsApiService{Client: own}).Create(ctx, request)
	wantAPIError(t, err, 404, "RESOURCE_NOT_EXISTS")
	request.SubMchid = &g.other.MchID
	if refund, _, err := service.Create(ctx, request); err != nil || *refund.Amount.Refund != 200 {
		t.Fatalf("refund: %v %v", refund, err)
	}
	eventually(t, "the refund notice", func() bool { return g.noticeCount() == 2 })
	found, _, err := service.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String("pr-1"), SubMchid: &g.other.MchID})
	if err != nil || *found.Status != refunddomestic.STATUS_SUCCESS {
		t.Fatalf("query of the refund: %v %v", found, err)
	}
}

func TestPartnerCodepay(t *testing.T) {
	g := newRig(t, &Server{})
	g.provided()
	body := fmt.Sprintf(`{"sp_appid":"wx0001","sp_mchid":"1900000001","sub_appid":"wx0009","sub_mchid":"1900000002","description":"果","out_trade_no":"pcode-01","payer":{"auth_code":%q},"amount":{"total":70},`+
		`"scene_info":{"store_info":{"out_id":"1"}},"detail":{"goods_detail":[{"merchant_goods_id":"1","wxpay_goods_id":"2","quantity":1,"unit_price":70}]}}`, g.payCode("lin"))
	resp, out := g.raw(g.shop, "POST", "/v3/pay/partner/transactions/codepay", body, nil)
	if resp.StatusCode != 200 || out["sub_mchid"] != "1900000002" || out["trade_state"] != "SUCCESS" || out["payer"].(map[string]any)["sub_openid"] != must(g.s.OpenID("wx0009", "lin"))(t) {
		t.Fatalf("%d %v", resp.StatusCode, out)
	}
	const reverse, who = "/v3/pay/partner/transactions/out-trade-no/pcode-01/reverse", `{"sp_appid":"wx0001","sp_mchid":"1900000001","sub_mchid":"1900000002"}`
	if resp, out = g.raw(g.shop, "POST", reverse, who, nil); resp.StatusCode != 200 || out["out_trade_no"] != "pcode-01" || g.balance("lin") != 100000 {
		t.Fatalf("%d %v, the wallet holds %d", resp.StatusCode, out, g.balance("lin"))
	}
	resp, out = g.raw(g.other, "POST", "/v3/pay/transactions/out-trade-no/pcode-01/reverse", `{"appid":"wx0001","mchid":"1900000002"}`, nil)
	wantTrade(t, resp.StatusCode, out, 404, "ORDER_NOT_EXIST")
}

func TestPartnerRefusals(t *testing.T) {
	g := newRig(t, &Server{})
	body := func(sp, sub, more string) string {
		return fmt.Sprintf(`{"sp_appid":"wx0001","sp_mchid":%q,"sub_mchid":%q,"description":"果","out_trade_no":"part-0100","notify_url":%q,"amount":{"total":1}%s}`, sp, sub, g.dev.URL+"/pay-notify", more)
	}
	const path = "/v3/pay/partner/transactions/native"
	for _, tc := range []struct {
		name, body, path, code, why string
		status                      int
		before                      func()
	}{
		{"not a provider", body("1900000001", "1900000002", ""), path, "NO_AUTH", "no provider", 403, nil},
		{"no tie", body("1900000001", "1900000002", ""), path, "NO_AUTH", "belongs to providers", 403, func() {
			must(g.s.AddMerchant(Merchant{MchID: g.shop.MchID, Kind: KindProvider}))(t)
		}},
		{"unknown sub-merchant", body("1900000001", "1999999999", ""), path, "MCH_NOT_EXISTS", "", 404, g.provided},
		{"another signs", body("1900000002", "1900000002", ""), path, "NO_AUTH", "signature is of", 403, nil},
		{"sub_appid not bound", body("1900000001", "1900000002", `,"sub_appid":"wx0077"`), path, "APPID_MCHID_NOT_MATCH", "bound", 400, nil},
		{"no payer", body("1900000001", "1900000002", `,"payer":{}`), "/v3/pay/partner/transactions/jsapi", "PARAM_ERROR", "sp_openid", 400, nil},
		{"openid of the other app", body("1900000001", "1900000002", `,"sub_appid":"wx0009","payer":{"sub_openid":"`+g.openID("lin")+`"}`), "/v3/pay/partner/transactions/jsapi", "PARAM_ERROR", "openid", 400, nil},
		{"fields of a direct merchant", strings.Replace(body("1900000001", "1900000002", ""), "sp_mchid", "mchid", 1), path, "PARAM_ERROR", "mchid", 400, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.before != nil {
				tc.before()
			}
			resp, out := g.raw(g.shop, "POST", tc.path, tc.body, nil)
			wantTrade(t, resp.StatusCode, out, tc.status, tc.code)
			if !strings.Contains(g.lastReason(), tc.why) {
				t.Fatalf("the inspector says %q, want something with %q", g.lastReason(), tc.why)
			}
		})
	}
	if resp, out := g.raw(g.shop, "POST", path, body("1900000001", "1900000002", ""), nil); resp.StatusCode != 200 {
		t.Fatalf("%d %v", resp.StatusCode, out)
	}
	resp, out := g.raw(g.other, "GET", "/v3/pay/transactions/out-trade-no/part-0100?mchid=1900000002", "", nil)
	wantTrade(t, resp.StatusCode, out, 404, "ORDER_NOT_EXIST")
	resp, out = g.raw(g.shop, "GET", "/v3/pay/partner/transactions/out-trade-no/part-0100?sp_mchid=1900000001", "", nil)
	wantTrade(t, resp.StatusCode, out, 400, "PARAM_ERROR")
	resp, _ = g.raw(g.shop, "POST", "/v3/pay/partner/transactions/out-trade-no/part-0100/close", `{"sp_mchid":"1900000001","sub_mchid":"1900000002"}`, nil)
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("close: %d", resp.StatusCode)
	}
}

// One sub-merchant alone may be a provider's combined payment; its part is refunded by the provider with sub_mchid.
func TestCombinedOfAProvider(t *testing.T) {
	g := newRig(t, &Server{})
	g.provided()
	part := func(number, more string) string {
		return fmt.Sprintf(`{"mchid":"1900000001","attach":"x","amount":{"total_amount":300,"currency":"CNY"},"out_trade_no":%q,"description":"果"%s}`, number, more)
	}
	body := func(number, parts string) string {
		return fmt.Sprintf(`{"combine_appid":"wx0001","combine_mchid":"1900000001","combine_out_trade_no":%q,"notify_url":%q,"combine_payer_info":{"openid":%q},"sub_orders":[%s]}`,
			number, g.dev.URL+"/pay-notify", g.openID("lin"), parts)
	}
	const path = "/v3/combine-transactions/jsapi"
	resp, out := g.raw(g.shop, "POST", path, body("cmb-000", part("cmb-000001", "")), nil)
	wantTrade(t, resp.StatusCode, out, 400, "PARAM_ERROR") // one part of the merchant's own
	_, out = g.raw(g.shop, "POST", path, body("cmb-001", part("cmb-000001", `,"sub_mchid":"1900000002"`)), nil)
	prepay, _ := out["prepay_id"].(string)
	if _, err := g.s.Pay("lin", prepay, "123456"); err != nil {
		t.Fatal(out, err)
	}
	_, found := g.raw(g.shop, "GET", "/v3/combine-transactions/out-trade-no/cmb-001", "", nil)
	sub := found["sub_orders"].([]any)[0].(map[string]any)
	if sub["mchid"] != "1900000001" || sub["sub_mchid"] != "1900000002" || sub["trade_state"] != "SUCCESS" {
		t.Fatalf("the part: %v", sub)
	}
	refund := fmt.Sprintf(`{"transaction_id":%q,"out_refund_no":"cr-1","sub_mchid":"1900000002","amount":{"refund":100,"total":300,"currency":"CNY"}}`, sub["transaction_id"])
	if resp, out := g.raw(g.shop, "POST", "/v3/refund/domestic/refunds", refund, nil); resp.StatusCode != 200 {
		t.Fatalf("refund by the provider: %d %v", resp.StatusCode, out)
	}
	if sheetTitle := g.combinedTitleOf(prepay); sheetTitle != "山野茶铺" {
		t.Fatalf("the title is %s", sheetTitle)
	}
	for _, way := range []string{"h5", "app"} {
		in := body("cmb-"+way, part("cmb-"+way+"001", `,"sub_mchid":"1900000002"`))
		if way == "h5" {
			in = strings.Replace(in, `"sub_orders"`, `"scene_info":{"payer_client_ip":"114.1.1.1","h5_info":{"type":"Wap"}},"sub_orders"`, 1)
		}
		if resp, out := g.raw(g.shop, "POST", "/v3/combine-transactions/"+way, in, nil); resp.StatusCode != 200 {
			t.Fatalf("combined %s: %d %v", way, resp.StatusCode, out)
		}
	}
}

func (g *rig) combinedTitleOf(prepay string) string {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	p := g.s.world.prepays[prepay]
	orders := []sheetOrder{}
	for _, o := range g.s.ordersOf(p) {
		orders = append(orders, sheetOrder{MchID: o.MchID})
	}
	return g.s.combinedTitle(p, orders)
}

// The certificate is replaced while the SDK works: it downloads the new one and goes on; both are listed until the overlap ends.
func TestRotationUnderTheSDK(t *testing.T) {
	g := newRig(t, &Server{})
	ctx := context.Background()
	via := option.WithHTTPClient(&http.Client{Transport: toSim{mustURL(t, g.s.URL())}})
	key := merchantKey(t, g.shop)
	boot := must(core.NewClient(ctx, option.WithMerchantCredential(g.shop.MchID, g.shop.Serial, key), option.WithoutValidator(), via))(t)
	manager := downloader.NewCertificateDownloaderMgr(ctx)
	if err := manager.RegisterDownloaderWithClient(ctx, boot, g.shop.MchID, g.shop.APIv3Key); err != nil {
		t.Fatal(err)
	}
	client := must(core.NewClient(ctx, option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(g.shop.MchID, g.shop.Serial, key, manager), via))(t)
	handler := must(notify.NewRSANotifyHandler(g.shop.APIv3Key, verifiers.NewSHA256WithRSAVerifier(manager.GetCertificateVisitor(g.shop.MchID))))(t)
	service := jsapiDirect{client, g}
	first := service.prepay("rot-0001")
	before := must(g.s.PlatformKeys())(t)
	out := g.post("/_sim/platform/rotate", map[string]any{"overlap_hours": 2})
	if out["platform_serial_no"] == before.CertificateSerial {
		t.Fatal("the serial is the same")
	}
	if _, err := g.s.Pay("lin", first, "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the notice under the new certificate", func() bool { return g.noticeCount() == 1 })
	if got := g.notice(0).Header.Get("Wechatpay-Serial"); got != out["platform_serial_no"] {
		t.Fatalf("the notice is signed with %s", got)
	}
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(0), &map[string]any{}); err == nil {
		t.Fatal("the SDK knows the new certificate without having downloaded it")
	}
	manager.DownloadCertificates(ctx)
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(0), &map[string]any{}); err != nil {
		t.Fatalf("after the download: %v", err)
	}
	service.prepay("rot-0002")
	listed := func() int {
		_, out := g.raw(g.shop, "GET", "/v3/certificates", "", nil)
		return len(out["data"].([]any))
	}
	if n := listed(); n != 2 {
		t.Fatalf("%d certificates are listed", n)
	}
	g.s.Clock.Advance(2 * time.Hour)
	if n := listed(); n != 1 {
		t.Fatalf("%d certificates are listed after the overlap", n)
	}
}

type jsapiDirect struct {
	client *core.Client
	g      *rig
}

func (d jsapiDirect) prepay(number string) string {
	d.g.t.Helper()
	result, err := d.client.Post(context.Background(), "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi", map[string]any{"appid": "wx0001", "mchid": d.g.shop.MchID, "description": "茶", "out_trade_no": number,
		"notify_url": d.g.dev.URL + "/pay-notify", "amount": map[string]any{"total": 1}, "payer": map[string]any{"openid": d.g.openID("lin")}})
	if err != nil {
		d.g.t.Fatal(err)
	}
	out := map[string]string{}
	if err := core.UnMarshalResponse(result.Response, &out); err != nil {
		d.g.t.Fatal(err)
	}
	return out["prepay_id"]
}
