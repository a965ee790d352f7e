package pay

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func prepayRequest() PrepayRequest {
	return PrepayRequest{
		Description: "龙井 250g & 茶杯", OutTradeNo: "2026112100|01*", NotifyURL: "https://shop.example/pay/notice",
		Attach: "order=1", Amount: Amount{Total: 12800, Currency: CNY}, Payer: Payer{OpenID: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
		TimeExpire: time.Date(2026, 11, 21, 5, 0, 0, 999, time.UTC),
	}
}

func mustEqualJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if json.Unmarshal([]byte(got), &g) != nil || json.Unmarshal([]byte(want), &w) != nil {
		t.Fatalf("not JSON: %s / %s", got, want)
	}
	gb, _ := json.Marshal(g)
	wb, _ := json.Marshal(w)
	if string(gb) != string(wb) {
		t.Errorf("got  %s\nwant %s", gb, wb)
	}
}

func TestPrepay(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, `{"prepay_id":"wx26112221580621e9b071c00d9e093b0000"}`)
	c := p.client()
	id, err := c.Prepay(context.Background(), prepayRequest())
	if err != nil || id != "wx26112221580621e9b071c00d9e093b0000" {
		t.Fatalf("got %q, %v", id, err)
	}
	r := p.seen()[0]
	if r.method != "POST" || r.uri != "/v3/pay/transactions/jsapi" || r.accept != p.signs.serial {
		t.Errorf("request %+v", r)
	}
	mustEqualJSON(t, r.body, `{"mchid":"1900009191","appid":"wx0123456789abcdef","description":"龙井 250g & 茶杯",
		"out_trade_no":"2026112100|01*","time_expire":"2026-11-21T13:00:00+08:00","attach":"order=1",
		"notify_url":"https://shop.example/pay/notice","amount":{"total":12800,"currency":"CNY"},
		"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}`)
}

const paidOrder = `{"appid":"wx0123456789abcdef","mchid":"1900009191","out_trade_no":"20261121000001",
	"transaction_id":"4200001234202611211234567890","trade_type":"JSAPI","trade_state":"SUCCESS",
	"trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"order=1","success_time":"2026-11-21T12:00:01+08:00",
	"payer":{"openid":"oUpF8u"},"amount":{"total":12800,"payer_total":12000,"currency":"CNY","payer_currency":"CNY"},
	"promotion_detail":[{"coupon_id":"109519","amount":800,"type":"CASH"}],"new_field":{"x":1}}`

func TestQuery(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	c := p.client()
	got, err := c.QueryByOutTradeNo(context.Background(), "20261121|0001*")
	if err != nil {
		t.Fatal(err)
	}
	if !got.TradeState.Paid() || got.Amount.Total != 12800 || got.Amount.PayerTotal != 12000 || got.Payer.OpenID != "oUpF8u" ||
		!got.SuccessTime.Equal(time.Date(2026, 11, 21, 4, 0, 1, 0, time.UTC)) || got.Promotions[0].Amount != 800 {
		t.Errorf("got %+v", got)
	}
	if _, err := c.QueryByTransactionID(context.Background(), "4200001234202611211234567890"); err != nil {
		t.Fatal(err)
	}
	uris := []string{"/v3/pay/transactions/out-trade-no/20261121%7C0001%2A?mchid=1900009191",
		"/v3/pay/transactions/id/4200001234202611211234567890?mchid=1900009191"}
	for i, r := range p.seen() {
		if strings.ReplaceAll(r.uri, "*", "%2A") != uris[i] || r.method != "GET" || r.body != "" {
			t.Errorf("request %d: %+v", i, r)
		}
	}
}

func TestQueryUnpaid(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, `{"mchid":"1900009191","out_trade_no":"20261121000001","trade_state":"NOTPAY",
		"success_time":"","payer":null,"amount":{"total":1},"promotion_detail":[]}`)
	got, err := p.client().QueryByOutTradeNo(context.Background(), "20261121000001")
	if err != nil || got.TradeState != TradeNotPaid || !got.SuccessTime.IsZero() || got.TradeState.Paid() {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestClose(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusNoContent, "")
	if err := p.client().Close(context.Background(), "20261121000001"); err != nil {
		t.Fatal(err)
	}
	r := p.seen()[0]
	if r.uri != "/v3/pay/transactions/out-trade-no/20261121000001/close" || r.body != `{"mchid":"1900009191"}` {
		t.Errorf("request %+v", r)
	}
}

func combinedRequest() CombinedRequest {
	sub := func(no string, total int64) SubOrder {
		return SubOrder{Attach: "a", OutTradeNo: no, Description: "茶", Amount: SubAmount{Total: total}}
	}
	return CombinedRequest{
		CombineNo: "C20261121000001", Payer: &Payer{OpenID: "oUpF8u"}, NotifyURL: "https://shop.example/n",
		SubOrders: []SubOrder{sub("S20261121000001", 100), sub("S20261121000002", 250)},
	}
}

func TestCombined(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	p.says(http.StatusOK, `{"prepay_id":"wx1"}`)
	request := combinedRequest()
	if id, err := c.CombinedPrepay(context.Background(), request); err != nil || id != "wx1" {
		t.Fatalf("got %q, %v", id, err)
	}
	if request.SubOrders[0].MchID != "" {
		t.Error("the caller's sub-orders were changed")
	}
	p.says(http.StatusOK, combinedPaid)
	got, err := c.QueryCombined(context.Background(), "C20261121000001")
	if err != nil || !got.Paid() || len(got.SubOrders) != 2 || got.SubOrders[1].Amount.Total != 250 ||
		got.SubOrders[0].TransactionID != "4200000001" || got.SubOrders[0].SuccessTime.Unix() != 1795233601 {
		t.Fatalf("got %+v, %v", got, err)
	}
	p.says(http.StatusNoContent, "")
	subs := []SubRef{{OutTradeNo: "S20261121000001"}, {OutTradeNo: "S20261121000002"}}
	if err := c.CloseCombined(context.Background(), "", "C20261121000001", subs); err != nil {
		t.Fatal(err)
	}
	seen := p.seen()
	mustEqualJSON(t, seen[0].body, `{"combine_mchid":"1900009191","combine_appid":"wx0123456789abcdef",
		"combine_out_trade_no":"C20261121000001","combine_payer_info":{"openid":"oUpF8u"},"notify_url":"https://shop.example/n",
		"sub_orders":[
		{"mchid":"1900009191","attach":"a","amount":{"total_amount":100,"currency":"CNY"},"out_trade_no":"S20261121000001","description":"茶"},
		{"mchid":"1900009191","attach":"a","amount":{"total_amount":250,"currency":"CNY"},"out_trade_no":"S20261121000002","description":"茶"}]}`)
	mustEqualJSON(t, seen[2].body, `{"combine_appid":"wx0123456789abcdef","sub_orders":[
		{"mchid":"1900009191","out_trade_no":"S20261121000001"},{"mchid":"1900009191","out_trade_no":"S20261121000002"}]}`)
	if seen[1].uri != "/v3/combine-transactions/out-trade-no/C20261121000001" || !strings.HasSuffix(seen[2].uri, "/close") {
		t.Errorf("requests %+v", seen)
	}
}

func TestRefund(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	p.says(http.StatusOK, `{"refund_id":"50300000012026112112345678901","out_refund_no":"R@1","transaction_id":"42","out_trade_no":"20261121000001",
		"channel":"ORIGINAL","user_received_account":"招商银行信用卡0403","create_time":"2026-11-21T12:00:00+08:00","status":"PROCESSING",
		"funds_account":"AVAILABLE","amount":{"total":12800,"refund":100,"payer_total":12800,"payer_refund":100,"currency":"CNY"}}`)
	got, err := c.CreateRefund(context.Background(), RefundRequest{
		OutTradeNo: "20261121000001", OutRefundNo: "R@1", Reason: "不想要了",
		Amount: RefundAmountRequest{Refund: 100, Total: 12800},
	})
	if err != nil || got.State != RefundProcessing || got.Amount.PayerRefund != 100 || got.Channel != ChannelOriginal || !got.SuccessTime.IsZero() {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := c.QueryRefund(context.Background(), "R@1"); err != nil {
		t.Fatal(err)
	}
	mustEqualJSON(t, p.seen()[0].body, `{"out_trade_no":"20261121000001","out_refund_no":"R@1","reason":"不想要了",
		"amount":{"refund":100,"total":12800,"currency":"CNY"}}`)
}

func TestRefusals(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	cases := []struct {
		status    int
		code      string
		is        func(error) bool
		unknown   bool
		retryable bool
	}{
		{404, "ORDER_NOT_EXIST", IsOrderNotExist, false, false},
		{404, "RESOURCE_NOT_EXISTS", IsRefundNotExist, false, false},
		{400, "ORDER_PAID", IsPaid, false, false},
		{400, "ORDER_CLOSED", IsClosed, false, false},
		{403, "NOT_ENOUGH", IsNotEnough, false, false},
		{429, "FREQUENCY_LIMITED", IsRateLimited, false, true},
		{429, "RATELIMIT_EXCEED", IsRateLimited, false, true},
		{500, "SYSTEM_ERROR", IsRetryable, true, true},
		{503, "", IsOutcomeUnknown, true, true},
		{400, "PARAM_ERROR", func(err error) bool { return Code(err) == CodeParamError }, false, false},
	}
	for _, k := range cases {
		p.says(k.status, `{"code":"`+k.code+`","message":"原因","detail":{"field":"/amount","issue":"x"}}`)
		_, err := c.QueryByOutTradeNo(context.Background(), "20261121000001")
		var e *Error
		if !errors.As(err, &e) || e.HTTPStatus != k.status || e.Code != k.code || e.Message != "原因" ||
			e.RequestID == "" || e.Path != "/v3/pay/transactions/out-trade-no/20261121000001" || len(e.Detail) == 0 {
			t.Errorf("%s: got %#v", k.code, err)
			continue
		}
		if !k.is(err) || IsOutcomeUnknown(err) != k.unknown || IsRetryable(err) != k.retryable {
			t.Errorf("%s: predicates wrong for %v", k.code, err)
		}
	}
	p.says(502, "<html>bad gateway</html>")
	if _, err := c.QueryByOutTradeNo(context.Background(), "20261121000001"); !IsOutcomeUnknown(err) {
		t.Errorf("HTML answer: %v", err)
	}
}

func TestAnswersNotBelieved(t *testing.T) {
	cases := []struct {
		name   string
		mangle func(h http.Header, body []byte) []byte
		want   error
	}{
		{"tampered body", func(_ http.Header, b []byte) []byte { return append(b, ' ') }, ErrSignature},
		{"no signature", func(h http.Header, b []byte) []byte { h.Del("Wechatpay-Signature"); return b }, ErrSignature},
		{"no timestamp", func(h http.Header, b []byte) []byte { h.Del("Wechatpay-Timestamp"); return b }, ErrSignature},
		{"probe", func(h http.Header, b []byte) []byte {
			h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+h.Get("Wechatpay-Signature"))
			return b
		}, ErrProbe},
		{"other serial", func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Serial", "ABCD"); return b }, ErrUnknownSerial},
		{"public key in certificate mode", func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Serial", testPublicID); return b }, ErrUnknownSerial},
		{"other type", func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Signature-Type", "SM2"); return b }, ErrSignature},
		{"not base64", func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Signature", "%%%"); return b }, ErrSignature},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			p := newPlatform(t)
			c := p.client()
			if _, err := c.keys.acceptSerial(context.Background()); err != nil {
				t.Fatal(err)
			}
			p.says(http.StatusOK, `{"prepay_id":"wx1"}`)
			p.set(func() { p.mangle = k.mangle })
			_, err := c.Prepay(context.Background(), prepayRequest())
			if !errors.Is(err, k.want) || !IsOutcomeUnknown(err) {
				t.Errorf("got %v, want %v with unknown outcome", err, k.want)
			}
		})
	}
}

func TestAnswerSkewed(t *testing.T) {
	for _, k := range []struct {
		skew  time.Duration
		stale bool
	}{{299 * time.Second, false}, {300 * time.Second, true}, {-299 * time.Second, false}, {-300 * time.Second, true}} {
		p := newPlatform(t)
		p.set(func() {
			p.answer = func(w http.ResponseWriter, _ *http.Request, _ []byte) (int, string) {
				body := []byte(paidOrder)
				signHeader(w.Header(), p.signs, p.clock().Add(k.skew), body)
				_, _ = w.Write(body)
				return 0, ""
			}
		})
		_, err := p.client().QueryByOutTradeNo(context.Background(), "20261121000001")
		if errors.Is(err, ErrStale) != k.stale || (err == nil) == k.stale {
			t.Errorf("skew %s: %v", k.skew, err)
		}
	}
}

func TestTransportFaults(t *testing.T) {
	p := newPlatform(t)
	p.set(func() {
		p.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) (int, string) {
			select { // the work is done, but no answer comes
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
			return 0, ""
		}
	})
	c := p.client()
	if _, err := c.keys.acceptSerial(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Prepay(ctx, prepayRequest())
	if !IsOutcomeUnknown(err) || !IsRetryable(err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timeout: %v", err)
	}

	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	address := closed.Addr().String()
	_ = closed.Close()
	c = p.client(withPublicKey, func(cfg *Config) { cfg.BaseURL = "http://" + address })
	_, err = c.Prepay(context.Background(), prepayRequest())
	if err == nil || IsOutcomeUnknown(err) || !IsRetryable(err) {
		t.Errorf("nobody listens: %v, want a known outcome and retryable", err)
	}
}

func TestLongAnswerAndRedirect(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	p.says(http.StatusOK, `{"prepay_id":"`+strings.Repeat("x", maxAnswerBytes)+`"}`)
	if _, err := c.Prepay(context.Background(), prepayRequest()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("long answer: %v", err)
	}
	p.set(func() {
		p.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) (int, string) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			return 0, ""
		}
	})
	_, err := c.Prepay(context.Background(), prepayRequest())
	var e *Error
	if !errors.As(err, &e) || e.HTTPStatus != http.StatusTemporaryRedirect {
		t.Errorf("redirect: %v", err)
	}
}

func TestEmptyAnswersAreMalformed(t *testing.T) {
	p := newPlatform(t)
	c, ctx := p.client(), context.Background()
	p.says(http.StatusOK, `{}`)
	_, e1 := c.Prepay(ctx, prepayRequest())
	_, e2 := c.QueryByOutTradeNo(ctx, "20261121000001")
	_, e3 := c.QueryCombined(ctx, "20261121000001")
	_, e4 := c.QueryRefund(ctx, "R1")
	for i, err := range []error{e1, e2, e3, e4} {
		if !errors.Is(err, ErrMalformed) || !IsOutcomeUnknown(err) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// Two merchants with hosts of their own, one of them behind a path.
func TestTwoClients(t *testing.T) {
	a, b := newPlatform(t), newPlatform(t)
	a.says(http.StatusOK, `{"prepay_id":"wxA"}`)
	b.says(http.StatusOK, `{"prepay_id":"wxB"}`)
	behind := http.StripPrefix("/proxy", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RequestURI = r.URL.RequestURI()
		b.serve(w, r)
	}))
	srv := newServer(t, behind)
	ca := a.client()
	cb := b.client(func(cfg *Config) { cfg.BaseURL = srv + "/proxy/" })
	for range 3 {
		ia, ea := ca.Prepay(context.Background(), prepayRequest())
		ib, eb := cb.Prepay(context.Background(), prepayRequest())
		if ia != "wxA" || ib != "wxB" {
			t.Fatalf("got %q %v, %q %v", ia, ea, ib, eb)
		}
	}
	if a.downloadCount() != 1 || b.downloadCount() != 1 {
		t.Errorf("downloads %d, %d", a.downloadCount(), b.downloadCount())
	}
}
