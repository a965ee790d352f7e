package pay

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const refundNotice = `{"mchid":"1900009191","out_trade_no":"20261121000001","transaction_id":"42","out_refund_no":"R1",
	"refund_id":"5030","refund_status":"SUCCESS","success_time":"2026-11-21T12:00:01+08:00","user_received_account":"招商银行信用卡0403",
	"amount":{"total":999,"refund":100,"payer_total":999,"payer_refund":100}}`

func TestNotices(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	parse := func(event, original, plain string) *Notice {
		t.Helper()
		h, body := p.notice(event, original, plain)
		n, err := c.ParseNotice(context.Background(), h, body)
		if err != nil {
			t.Fatal(err)
		}
		if string(n.Plaintext) != plain || n.ID != "EV-2018022511223320873" || string(n.Event) != event {
			t.Errorf("notice %+v", n)
		}
		return n
	}
	paid := parse("TRANSACTION.SUCCESS", "transaction", paidOrder)
	if paid.Transaction == nil || paid.Combined != nil || paid.Refund != nil || paid.Transaction.Amount.Total != 12800 {
		t.Errorf("payment %+v", paid)
	}
	combined := parse("TRANSACTION.SUCCESS", "transaction", combinedPaid)
	if combined.Combined == nil || combined.Transaction != nil || !combined.Combined.Paid() {
		t.Errorf("combined %+v", combined)
	}
	refund := parse("REFUND.SUCCESS", "refund", refundNotice)
	if refund.Refund == nil || refund.Refund.State != RefundSuccess || refund.Refund.Amount.PayerRefund != 100 ||
		refund.Refund.SuccessTime.IsZero() || refund.Refund.MchID != testMchID {
		t.Errorf("refund %+v", refund.Refund)
	}
	share := parse("TRANSACTION.SUCCESS", "profitsharing", `{"order_id":"1"}`)
	if share.Transaction != nil || share.Combined != nil {
		t.Error("profit sharing was typed as a payment")
	}
}

func TestNoticeRefused(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	change := func(f func(h http.Header, body []byte) []byte) func() (http.Header, []byte) {
		return func() (http.Header, []byte) {
			h, body := p.notice("TRANSACTION.SUCCESS", "transaction", paidOrder)
			return h, f(h, body)
		}
	}
	signed := func(body string) func() (http.Header, []byte) {
		return func() (http.Header, []byte) {
			h := http.Header{}
			signHeader(h, p.signs, p.clock(), []byte(body))
			return h, []byte(body)
		}
	}
	plain := func(event, original, text string) func() (http.Header, []byte) {
		return func() (http.Header, []byte) { return p.notice(event, original, text) }
	}
	resource := func(sealed string) func() (http.Header, []byte) {
		return signed(`{"id":"E","event_type":"TRANSACTION.SUCCESS","resource_type":"encrypt-resource","resource":` + sealed + `}`)
	}
	cases := []struct {
		name string
		make func() (http.Header, []byte)
		want error
		http int
	}{
		{"tampered", change(func(_ http.Header, b []byte) []byte { return bytes.Replace(b, []byte("EV-"), []byte("EW-"), 1) }), ErrSignature, 401},
		{"no headers", func() (http.Header, []byte) { return http.Header{}, []byte("{}") }, ErrSignature, 401},
		{"probe", change(func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/abc"); return b }), ErrProbe, 401},
		{"timestamp moved", change(func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Timestamp", "1795233601"); return b }), ErrSignature, 401},
		{"timestamp not a number", change(func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Timestamp", "x"); return b }), ErrMalformed, 400},
		{"long header", change(func(h http.Header, b []byte) []byte { h.Set("Wechatpay-Nonce", strings.Repeat("n", 5000)); return b }), ErrMalformed, 400},
		{"not JSON", signed("<xml/>"), ErrMalformed, 400},
		{"no resource", signed(`{"id":"E","event_type":"TRANSACTION.SUCCESS"}`), ErrMalformed, 400},
		{"other APIv3 key", resource(sealJSON(strings.Repeat("z", 32), []byte(paidOrder), "transaction")), ErrDecrypt, 400},
		{"short nonce", resource(strings.Replace(sealJSON(testAPIKey, []byte(paidOrder), "transaction"), "d215b0511e9c", "d2", 1)), ErrMalformed, 400},
		{"other algorithm", resource(strings.Replace(sealJSON(testAPIKey, []byte(paidOrder), "transaction"), "AEAD_AES_256_GCM", "AEAD_SM4_GCM", 1)), ErrMalformed, 400},
		{"plaintext not JSON", plain("TRANSACTION.SUCCESS", "transaction", "hello"), ErrMalformed, 400},
		{"payment without number", plain("TRANSACTION.SUCCESS", "transaction", `{"trade_state":"SUCCESS"}`), ErrMalformed, 400},
		{"combined without subs", plain("TRANSACTION.SUCCESS", "transaction", `{"combine_out_trade_no":"C1"}`), ErrMalformed, 400},
		{"refund without number", plain("REFUND.SUCCESS", "refund", `{"refund_status":"SUCCESS"}`), ErrMalformed, 400},
		{"too long", func() (http.Header, []byte) { return http.Header{}, make([]byte, MaxNoticeBytes+1) }, ErrTooLarge, 413},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			h, body := k.make()
			n, err := c.ParseNotice(context.Background(), h, body)
			if n != nil || !errors.Is(err, k.want) {
				t.Fatalf("got %v, %v; want %v", n, err, k.want)
			}
			w := httptest.NewRecorder()
			Answer(w, err)
			if w.Code != k.http || !strings.Contains(w.Body.String(), `"FAIL"`) {
				t.Errorf("answer %d %s", w.Code, w.Body)
			}
		})
	}
}

// A captured notice is worthless after five minutes; within them its ID is the
// same, which is what the caller keeps.
func TestNoticeReplay(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	h, body := p.notice("TRANSACTION.SUCCESS", "transaction", paidOrder)
	first, err := c.ParseNotice(context.Background(), h, body)
	if err != nil {
		t.Fatal(err)
	}
	p.pass(299 * time.Second)
	again, err := c.ParseNotice(context.Background(), h, body)
	if err != nil || again.ID != first.ID {
		t.Fatalf("within the window: %v", err)
	}
	p.pass(time.Second)
	if _, err := c.ParseNotice(context.Background(), h, body); !errors.Is(err, ErrStale) {
		t.Errorf("after the window: %v", err)
	}
}

// The whole way over a socket, as WeChat Pay walks it.
func TestReadNoticeOverSocket(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	var got *Notice
	url := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := c.ReadNotice(r)
		got = n
		Answer(w, err)
	}))
	post := func(h http.Header, body []byte) int {
		t.Helper()
		req, _ := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
		req.Header = h
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	h, body := p.notice("REFUND.CLOSED", "refund", strings.Replace(refundNotice, "SUCCESS", "CLOSED", 1))
	if status := post(h, body); status != http.StatusOK || got.Refund.State != RefundClosed {
		t.Errorf("got %d, %+v", status, got)
	}
	if status := post(h, append(body, '\n')); status != http.StatusUnauthorized {
		t.Errorf("tampered: %d", status)
	}
	if status := post(http.Header{}, make([]byte, MaxNoticeBytes+10)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("long: %d", status)
	}
}

func TestAnswerHidesOurErrors(t *testing.T) {
	w := httptest.NewRecorder()
	Answer(w, errors.New("database password is hunter2"))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "hunter2") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
