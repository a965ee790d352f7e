package alipay

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// gateway is Alipay on a real socket: it checks each request's RSA2 signature with
// the application's key and signs each answer with its own.
type gateway struct {
	t         *testing.T
	app, own  *rsa.PrivateKey
	srv       *httptest.Server
	mu        sync.Mutex
	trades    map[string]*trade
	down      bool // answers 20000
	lieSigned bool // signs with a wrong key
}

type trade struct {
	no, total, state, paidAt string
	refunds                  map[string]money.Fen
}

func key(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(k *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	s, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(s)
}

// joined is what is signed of a form: all but sign (and sign_type in notices), by name.
func joined(v url.Values, without ...string) string {
	var names []string
	for k := range v {
		if v.Get(k) != "" && !slices.Contains(without, k) {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	for i, k := range names {
		names[i] = k + "=" + v.Get(k)
	}
	return strings.Join(names, "&")
}

func newGateway(t *testing.T) (*gateway, *Provider) {
	t.Helper()
	g := &gateway{t: t, app: key(t), own: key(t), trades: map[string]*trade{}}
	g.srv = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.srv.Close)
	private, err := x509.MarshalPKCS8PrivateKey(g.app)
	public, err2 := x509.MarshalPKIXPublicKey(&g.own.PublicKey)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{AppID: "2021000000000001", PrivateKey: base64.StdEncoding.EncodeToString(private), PublicKey: base64.StdEncoding.EncodeToString(public),
		BaseURL: g.srv.URL, NotifyURL: "https://market.example/callback/alipay"})
	if err != nil {
		t.Fatal(err)
	}
	return g, p
}

func (g *gateway) checked(v url.Values) {
	g.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(v.Get("sign"))
	sum := sha256.Sum256([]byte(joined(v, "sign")))
	if err != nil || rsa.VerifyPKCS1v15(&g.app.PublicKey, crypto.SHA256, sum[:], raw) != nil || v.Get("sign_type") != "RSA2" {
		g.t.Errorf("the request is not signed by the application: %v", v)
	}
}

func (g *gateway) serve(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		g.t.Error(err)
	}
	g.checked(r.Form)
	var in struct {
		OutTradeNo, TradeNo, RefundAmount, OutRequestNo string
	}
	var wire map[string]any
	_ = json.Unmarshal([]byte(r.Form.Get("biz_content")), &wire)
	in.OutTradeNo, _ = wire["out_trade_no"].(string)
	in.RefundAmount, _ = wire["refund_amount"].(string)
	in.OutRequestNo, _ = wire["out_request_no"].(string)
	g.mu.Lock()
	defer g.mu.Unlock()
	answer := g.answer(r.Form.Get("method"), g.trades[in.OutTradeNo], in.OutTradeNo, in.RefundAmount, in.OutRequestNo)
	body, _ := json.Marshal(answer)
	k := g.own
	if g.lieSigned {
		k = g.app
	}
	_, _ = fmt.Fprintf(w, `{"%s_response":%s,"sign":%q}`, strings.ReplaceAll(r.Form.Get("method"), ".", "_"), body, sign(k, string(body)))
}

func (g *gateway) answer(method string, t *trade, no, amount, request string) map[string]string {
	refused := func(sub string) map[string]string {
		return map[string]string{"code": "40004", "msg": "Business Failed", "sub_code": sub, "sub_msg": sub}
	}
	switch {
	case g.down:
		return map[string]string{"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"}
	case t == nil:
		return refused("ACQ.TRADE_NOT_EXIST")
	}
	ok := map[string]string{"code": "10000", "msg": "Success", "out_trade_no": no, "trade_no": t.no}
	switch method {
	case "alipay.trade.query":
		ok["trade_status"], ok["total_amount"], ok["send_pay_date"] = t.state, t.total, t.paidAt
	case "alipay.trade.close":
		if t.state != "WAIT_BUYER_PAY" {
			return refused("ACQ.TRADE_STATUS_ERROR")
		}
		t.state = "TRADE_CLOSED"
	case "alipay.trade.refund":
		f, err := money.Parse(amount)
		total, err2 := money.Parse(t.total)
		if err := errors.Join(err, err2); err != nil {
			g.t.Error(err)
		}
		ok["fund_change"] = "N"
		if _, known := t.refunds[request]; !known {
			sum := f
			for _, r := range t.refunds {
				sum += r
			}
			if sum > total {
				return refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
			}
			t.refunds[request], ok["fund_change"] = f, "Y"
			if sum == total {
				t.state = "TRADE_CLOSED"
			}
		}
	case "alipay.trade.fastpay.refund.query":
		if f, known := t.refunds[request]; known {
			ok["refund_status"], ok["refund_amount"] = "REFUND_SUCCESS", yuan(f)
		}
	}
	return ok
}

const no, outNo = "P1Y2-3Z", "P1Y2_3Z"

var ref = payment.Ref{Way: payment.AlipayPage, TradeNo: no}

func (g *gateway) opened(state string) *trade {
	t := &trade{no: "2026112222001", total: "128.05", state: state, refunds: map[string]money.Fen{}}
	if state == "TRADE_SUCCESS" {
		t.paidAt = "2026-11-22 12:00:00"
	}
	g.trades[outNo] = t
	return t
}

func TestAddressesOfBothPages(t *testing.T) {
	g, p := newGateway(t)
	in := payment.PrepayIn{Ref: ref, Amount: 12805, Description: "龙井/茶=好&", Deadline: time.Date(2026, 11, 22, 4, 30, 0, 0, time.UTC), ReturnURL: "https://market.example/pay/7"}
	for way, method := range map[payment.Way]string{payment.AlipayPage: "alipay.trade.page.pay", payment.AlipayWap: "alipay.trade.wap.pay"} {
		in.Way = way
		out, err := p.Prepay(context.Background(), in)
		u, err2 := url.Parse(out.PrepayID)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		g.checked(q)
		var biz map[string]string
		if err := json.Unmarshal([]byte(q.Get("biz_content")), &biz); err != nil {
			t.Fatal(err)
		}
		if q.Get("method") != method || biz["out_trade_no"] != outNo || biz["total_amount"] != "128.05" || biz["time_expire"] != "2026-11-22 12:30:00" ||
			biz["subject"] != "龙井 茶 好 " || q.Get("return_url") != in.ReturnURL || !strings.HasPrefix(out.PrepayID, g.srv.URL) {
			t.Errorf("%s: %v %v", way, q, biz)
		}
	}
	in.Way = payment.Native
	if _, err := p.Prepay(context.Background(), in); err == nil {
		t.Error("Alipay made a code of WeChat's")
	}
}

func TestWhatBecameOfATrade(t *testing.T) {
	g, p := newGateway(t)
	ctx := context.Background()
	if _, err := p.Query(ctx, ref); !errors.Is(err, payment.ErrNotFound) {
		t.Fatalf("nobody opened the address: %v", err)
	}
	if err := p.Close(ctx, ref); !errors.Is(err, payment.ErrNotFound) {
		t.Fatalf("%v", err)
	}
	g.opened("WAIT_BUYER_PAY")
	if r, err := p.Query(ctx, ref); err != nil || r.State != payment.ResultUnpaid {
		t.Fatalf("%+v %v", r, err)
	}
	if err := errors.Join(p.Close(ctx, ref), p.Close(ctx, ref)); err != nil {
		t.Fatalf("closing twice: %v", err)
	}
	if r, err := p.Query(ctx, ref); err != nil || r.State != payment.ResultClosed {
		t.Fatalf("%+v %v", r, err)
	}
	g.opened("TRADE_SUCCESS")
	if err := p.Close(ctx, ref); !errors.Is(err, payment.ErrPaid) {
		t.Fatalf("closing what is paid: %v", err)
	}
	r, err := p.Query(ctx, ref)
	if err != nil || r.State != payment.ResultPaid || r.TradeNo != no || r.Parts[0].Amount != 12805 || r.Parts[0].MchID != "2021000000000001" ||
		!r.Parts[0].PaidAt.Equal(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)) {
		t.Fatalf("%+v %v", r, err)
	}
	g.down = true
	if _, err := p.Query(ctx, ref); !errors.Is(err, payment.ErrUnknown) {
		t.Fatalf("%v", err)
	}
	g.down, g.lieSigned = false, true
	if _, err := p.Query(ctx, ref); !errors.Is(err, payment.ErrUnknown) {
		t.Fatalf("an answer that somebody else signed: %v", err)
	}
	g.srv.Close()
	if _, err := p.Query(ctx, ref); !errors.Is(err, payment.ErrUnknown) {
		t.Fatalf("no answer: %v", err)
	}
}

func TestRefundsAreMadeOnceAndNeverExceed(t *testing.T) {
	g, p := newGateway(t)
	ctx := context.Background()
	for seed := range uint64(6) {
		draw := mathrand.New(mathrand.NewPCG(seed, 1))
		tr := g.opened("TRADE_SUCCESS")
		left := money.Fen(12805)
		for i := range 4 {
			in := payment.RefundIn{RefundNo: fmt.Sprintf("R1-%d", i), TradeNo: no, Amount: money.Fen(1 + draw.Int64N(8000)), Total: 12805, Reason: "退"}
			if _, err := p.QueryRefund(ctx, in); !errors.Is(err, payment.ErrNotFound) {
				t.Fatalf("a refund nobody made: %v", err)
			}
			r, err := p.Refund(ctx, in)
			if in.Amount > left {
				if err == nil {
					t.Fatalf("refunded %s of %s", in.Amount, left)
				}
				continue
			}
			again, err2 := p.Refund(ctx, in)
			if err := errors.Join(err, err2); err != nil || r.State != payment.RefundSucceeded || again.State != payment.RefundSucceeded || again.Amount != in.Amount {
				t.Fatalf("%+v %+v %v", r, again, err)
			}
			left -= in.Amount
		}
		if got, err := p.Query(ctx, ref); err != nil || got.State != payment.ResultPaid {
			t.Fatalf("a refunded trade is %s (%v) with %s left of %s", got.State, err, left, tr.total)
		}
	}
}

func TestNoticesAreAlipays(t *testing.T) {
	g, p := newGateway(t)
	form := func() url.Values {
		return url.Values{"notify_id": {"n1"}, "app_id": {"2021000000000001"}, "out_trade_no": {outNo}, "trade_no": {"2026"}, "trade_status": {"TRADE_SUCCESS"},
			"total_amount": {"128.05"}, "gmt_payment": {"2026-11-22 12:00:00"}, "charset": {"utf-8"}, "sign_type": {"RSA2"}}
	}
	signed := func(k *rsa.PrivateKey, v url.Values) url.Values {
		v.Set("sign", sign(k, joined(v, "sign", "sign_type")))
		return v
	}
	n, err := p.Notice(signed(g.own, form()))
	if err != nil || n.ID != "n1" || n.Source != payment.Alipay || n.Payment == nil || n.Payment.TradeNo != no || n.Payment.Parts[0].Amount != 12805 {
		t.Fatalf("%+v %v", n, err)
	}
	waiting := form()
	waiting.Set("trade_status", "WAIT_BUYER_PAY")
	waiting.Del("gmt_payment")
	if n, err := p.Notice(signed(g.own, waiting)); err != nil || n.Payment != nil {
		t.Fatalf("%+v %v", n, err)
	}
	changed := signed(g.own, form())
	changed.Set("total_amount", "0.01")
	foreign := form()
	foreign.Set("app_id", "2021000000000002")
	for name, v := range map[string]url.Values{"changed": changed, "signed by another": signed(g.app, form()), "unsigned": form(), "of another application": signed(g.own, foreign), "empty": {}} {
		if _, err := p.Notice(v); !errors.Is(err, ErrNotice) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
