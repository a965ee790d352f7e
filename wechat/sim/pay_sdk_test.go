package sim

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
)

// toSim sends whatever goes to api.mch.weixin.qq.com to the simulator.
type toSim struct{ base *url.URL }

func (t toSim) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = t.base.Scheme, t.base.Host
	return http.DefaultTransport.RoundTrip(r)
}

// official makes clients of the official Go SDK in both key modes, with a notification handler each.
func (g *rig) official(mode string, m Merchant) (*core.Client, *notify.Handler) {
	g.t.Helper()
	ctx := context.Background()
	key := merchantKey(g.t, m)
	via := option.WithHTTPClient(&http.Client{Transport: toSim{mustURL(g.t, g.s.URL())}})
	keys := must(g.s.PlatformKeys())(g.t)
	if mode == "public_key" {
		block, _ := pem.Decode([]byte(keys.PublicKey))
		public := must(x509.ParsePKIXPublicKey(block.Bytes))(g.t)
		client, err := core.NewClient(ctx, option.WithWechatPayPublicKeyAuthCipher(m.MchID, m.Serial, key, keys.PublicKeyID, rsaPublic(public)), via)
		if err != nil {
			g.t.Fatal(err)
		}
		handler := must(notify.NewRSANotifyHandler(m.APIv3Key, verifiers.NewSHA256WithRSAPubkeyVerifier(keys.PublicKeyID, *rsaPublic(public))))(g.t)
		return client, handler
	}
	boot, err := core.NewClient(ctx, option.WithMerchantCredential(m.MchID, m.Serial, key), option.WithoutValidator(), via)
	if err != nil {
		g.t.Fatal(err)
	}
	manager := downloader.NewCertificateDownloaderMgr(ctx)
	if err := manager.RegisterDownloaderWithClient(ctx, boot, m.MchID, m.APIv3Key); err != nil {
		g.t.Fatalf("download the platform certificate: %v", err)
	}
	client, err := core.NewClient(ctx, option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(m.MchID, m.Serial, key, manager), via)
	if err != nil {
		g.t.Fatal(err)
	}
	var verifier auth.Verifier = verifiers.NewSHA256WithRSAVerifier(manager.GetCertificateVisitor(m.MchID))
	return client, must(notify.NewRSANotifyHandler(m.APIv3Key, verifier))(g.t)
}

func TestOfficialSDK(t *testing.T) {
	for _, mode := range []string{"certificate", "public_key"} {
		t.Run(mode, func(t *testing.T) {
			g := newRig(t, &Server{})
			m := g.shop
			if mode == "public_key" {
				m = g.other
			}
			client, handler := g.official(mode, m)
			g.single(client, handler, m)
			g.combined(client, handler, m)
		})
	}
}

func (g *rig) single(client *core.Client, handler *notify.Handler, m Merchant) {
	t, ctx := g.t, context.Background()
	t.Helper()
	service := jsapi.JsapiApiService{Client: client}
	request := jsapi.PrepayRequest{Appid: core.String("wx0001"), Mchid: &m.MchID, Description: core.String("明前龙井"), OutTradeNo: core.String("order-0001"), Attach: core.String("a=1"),
		NotifyUrl: core.String(g.dev.URL + "/pay-notify"), Amount: &jsapi.Amount{Total: core.Int64(8800)}, Payer: &jsapi.Payer{Openid: core.String(g.openID("lin"))}}
	prepay, _, err := service.PrepayWithRequestPayment(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := service.Prepay(ctx, request)
	if err != nil || *again.PrepayId != *prepay.PrepayId {
		t.Fatalf("ordering again with the same parameters: %v %v", again, err)
	}
	unpaid, _, err := service.QueryOrderByOutTradeNo(ctx, jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String("order-0001"), Mchid: &m.MchID})
	if err != nil || *unpaid.TradeState != "NOTPAY" || unpaid.TransactionId != nil {
		t.Fatalf("before payment: %v %v", unpaid, err)
	}
	if _, err := g.s.Pay("lin", *prepay.PrepayId, "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the payment notice", func() bool { return g.noticeCount() == 1 })
	paid := payments.Transaction{}
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(0), &paid); err != nil {
		t.Fatal(err)
	}
	if *paid.TradeState != "SUCCESS" || *paid.Amount.Total != 8800 || *paid.Payer.Openid != g.openID("lin") || len(*paid.TransactionId) != 28 || *paid.Attach != "a=1" {
		t.Fatalf("notice says %v", paid)
	}
	byID, _, err := service.QueryOrderById(ctx, jsapi.QueryOrderByIdRequest{TransactionId: paid.TransactionId, Mchid: &m.MchID})
	if err != nil || *byID.OutTradeNo != "order-0001" {
		t.Fatalf("query by transaction: %v %v", byID, err)
	}
	_, err = service.CloseOrder(ctx, jsapi.CloseOrderRequest{OutTradeNo: core.String("order-0001"), Mchid: &m.MchID})
	wantAPIError(t, err, 400, "ORDER_PAID")
	g.refundTwice(client, handler, m, *paid.TransactionId)

	request.OutTradeNo = core.String("order-0002")
	if _, _, err := service.Prepay(ctx, request); err != nil {
		t.Fatal(err)
	}
	if _, err := service.CloseOrder(ctx, jsapi.CloseOrderRequest{OutTradeNo: core.String("order-0002"), Mchid: &m.MchID}); err != nil {
		t.Fatal(err) // 204, signed over an empty body
	}
	_, _, err = service.Prepay(ctx, request)
	wantAPIError(t, err, 400, "ORDER_CLOSED")
}

func (g *rig) refundTwice(client *core.Client, handler *notify.Handler, m Merchant, transaction string) {
	t, ctx := g.t, context.Background()
	t.Helper()
	service := refunddomestic.RefundsApiService{Client: client}
	ask := func(number string, amount int64) (*refunddomestic.Refund, error) {
		r, _, err := service.Create(ctx, refunddomestic.CreateRequest{TransactionId: &transaction, OutRefundNo: &number, Reason: core.String("少发一盒"), NotifyUrl: core.String(g.dev.URL + "/pay-notify"),
			Amount: &refunddomestic.AmountReq{Refund: &amount, Total: core.Int64(8800), Currency: core.String("CNY")}})
		return r, err
	}
	first, err := ask("refund-1", 3000)
	if err != nil || *first.Amount.Refund != 3000 {
		t.Fatalf("first refund: %v %v", first, err)
	}
	if repeat, err := ask("refund-1", 3000); err != nil || *repeat.RefundId != *first.RefundId {
		t.Fatalf("the same refund again: %v %v", repeat, err)
	}
	_, err = ask("refund-2", 5801)
	wantAPIError(t, err, 400, "INVALID_REQUEST")
	if _, err := ask("refund-3", 5800); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two refund notices", func() bool { return g.noticeCount() == 3 })
	out := map[string]any{}
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(1), &out); err != nil || out["refund_status"] != "SUCCESS" {
		t.Fatalf("refund notice: %v %v", out, err)
	}
	got, _, err := service.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String("refund-3")})
	if err != nil || *got.Status != refunddomestic.STATUS_SUCCESS {
		t.Fatalf("query the refund: %v %v", got, err)
	}
	if wallet := g.get("/_sim/people/lin/wallet"); wallet["balance"] != 100000.0 {
		t.Fatalf("after a full refund the wallet holds %v", wallet["balance"])
	}
	g.mu.Lock()
	g.notices, g.noticeIn = nil, nil
	g.mu.Unlock()
}

func (g *rig) combined(client *core.Client, handler *notify.Handler, m Merchant) {
	t, ctx := g.t, context.Background()
	t.Helper()
	sub := func(mchID, number string, total int64) map[string]any {
		return map[string]any{"mchid": mchID, "attach": "x", "amount": map[string]any{"total_amount": total, "currency": "CNY"}, "out_trade_no": number, "description": "货"}
	}
	body := map[string]any{"combine_appid": "wx0001", "combine_mchid": m.MchID, "combine_out_trade_no": "combine-001", "notify_url": g.dev.URL + "/pay-notify",
		"scene_info": map[string]any{"payer_client_ip": "127.0.0.1"}, "combine_payer_info": map[string]any{"openid": g.openID("lin")},
		"sub_orders": []any{sub("1900000001", "sub-000001", 700), sub("1900000002", "sub-000002", 300)}}
	result, err := client.Post(ctx, "https://api.mch.weixin.qq.com/v3/combine-transactions/jsapi", body)
	if err != nil {
		t.Fatal(err)
	}
	prepay := struct {
		ID string `json:"prepay_id"`
	}{}
	if err := core.UnMarshalResponse(result.Response, &prepay); err != nil {
		t.Fatal(err)
	}
	before := g.get("/_sim/people/lin/wallet")["balance"].(float64)
	done, err := g.s.Pay("lin", prepay.ID, "123456")
	if err != nil || done.Total != 1000 || len(done.BillIDs) != 2 || float64(done.Balance) != before-1000 {
		t.Fatalf("pay both: %+v %v", done, err)
	}
	eventually(t, "one notice for both", func() bool { return g.noticeCount() == 1 })
	out := combineView{}
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(0), &out); err != nil || len(out.Subs) != 2 || out.Subs[1].TradeState != "SUCCESS" {
		t.Fatalf("combined notice: %+v %v", out, err)
	}
	result, err = client.Get(ctx, "https://api.mch.weixin.qq.com/v3/combine-transactions/out-trade-no/combine-001")
	if err != nil {
		t.Fatal(err)
	}
	query := combineView{}
	if err := core.UnMarshalResponse(result.Response, &query); err != nil || query.Subs[0].TransactionID != out.Subs[0].TransactionID {
		t.Fatalf("combined query: %+v %v", query, err)
	}
	_, err = client.Get(ctx, "https://api.mch.weixin.qq.com/v3/pay/transactions/out-trade-no/sub-000001?mchid="+m.MchID)
	wantAPIError(t, err, 404, "ORDER_NOT_EXIST")
	_, err = client.Post(ctx, "https://api.mch.weixin.qq.com/v3/combine-transactions/out-trade-no/combine-001/close", map[string]any{"combine_appid": "wx0001",
		"sub_orders": []any{map[string]any{"mchid": "1900000001", "out_trade_no": "sub-000001"}, map[string]any{"mchid": "1900000002", "out_trade_no": "sub-000002"}}})
	wantAPIError(t, err, 400, "ORDER_PAID")
}

// notice gives a received notification as a request the SDK can read.
func (g *rig) notice(i int) *http.Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := http.NewRequest("POST", "/", strings.NewReader(g.noticeIn[i]))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header = g.notices[i].Header
	return r
}

func wantAPIError(t testing.TB, err error, status int, code string) {
	t.Helper()
	e, ok := err.(*core.APIError)
	if !ok || e.StatusCode != status || e.Code != code {
		t.Fatalf("got %v, want %d %s", err, status, code)
	}
}

func TestCertificateAnswerIsOfficialShape(t *testing.T) {
	g := newRig(t, &Server{})
	_, out := g.raw(g.shop, "GET", "/v3/certificates", "", nil)
	raw, _ := json.Marshal(out)
	for _, name := range []string{"serial_no", "effective_time", "expire_time", "encrypt_certificate", "AEAD_AES_256_GCM", `"associated_data":"certificate"`} {
		if !strings.Contains(string(raw), name) {
			t.Errorf("%s is missing in %s", name, raw)
		}
	}
	item := out["data"].([]any)[0].(map[string]any)
	until := must(time.Parse(time.RFC3339, item["expire_time"].(string)))(t)
	if until.Before(time.Now()) {
		t.Errorf("the certificate ended %s", until)
	}
}

func rsaPublic(key any) *rsa.PublicKey { return key.(*rsa.PublicKey) }
