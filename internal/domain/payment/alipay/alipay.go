// Package alipay lets Alipay stand as a payment.Provider: its page on a desk
// (alipay.trade.page.pay) and on a phone (alipay.trade.wap.pay). The orders of
// several shops are one trade. Numbers at Alipay have "_" where ours have "-",
// which it does not take.
package alipay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	sdk "github.com/smartwalle/alipay/v3"
)

// Config is an application at Alipay.
type Config struct {
	AppID      string
	PrivateKey string // the application's: PEM or bare base64
	PublicKey  string // Alipay's: PEM or bare base64
	BaseURL    string // of the gateway; "": the real one
	NotifyURL  string // full address of our callback
	HTTPClient *http.Client
}

// Provider is Alipay for one application. Safe for concurrent use.
type Provider struct {
	client *sdk.Client
	cfg    Config
}

var _ payment.Provider = (*Provider)(nil)

// New makes the provider; no network call.
func New(cfg Config) (*Provider, error) {
	hc := http.Client{Timeout: 15 * time.Second}
	if cfg.HTTPClient != nil {
		hc = *cfg.HTTPClient
	}
	hc.Transport = bounded{hc.Transport}
	c, err := sdk.New(cfg.AppID, cfg.PrivateKey, true, sdk.WithProductionGateway(cfg.BaseURL), sdk.WithHTTPClient(&hc), sdk.WithTimeLocation(chinaTime))
	if err != nil {
		return nil, fmt.Errorf("alipay: private key: %w", err)
	}
	if err := c.LoadAliPayPublicKey(cfg.PublicKey); err != nil {
		return nil, fmt.Errorf("alipay: public key: %w", err)
	}
	return &Provider{c, cfg}, nil
}

// bounded limits what is read of an answer.
type bounded struct{ next http.RoundTripper }

const maxAnswer = 1 << 20

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

var chinaTime = time.FixedZone("CST", 8*3600)

const timeForm = "2006-01-02 15:04:05"

func theirs(no string) string { return strings.ReplaceAll(no, "-", "_") }
func ours(no string) string   { return strings.ReplaceAll(no, "_", "-") }

// addressLives is how long an address is handed out; it is made here, so a new one
// costs nothing.
const addressLives = 10 * time.Minute

// Prepay implements payment.Provider. Alipay hears of the trade when the buyer
// opens the address; it takes no money after the deadline.
func (p *Provider) Prepay(_ context.Context, in payment.PrepayIn) (payment.PrepayOut, error) {
	t := sdk.Trade{NotifyURL: p.cfg.NotifyURL, ReturnURL: in.ReturnURL, Subject: subject(in.Description), OutTradeNo: theirs(in.TradeNo),
		TotalAmount: yuan(in.Amount), TimeExpire: in.Deadline.In(chinaTime).Format(timeForm)}
	var u *url.URL
	var err error
	switch in.Way {
	case payment.AlipayPage:
		t.ProductCode = "FAST_INSTANT_TRADE_PAY"
		u, err = p.client.TradePagePay(sdk.TradePagePay{Trade: t})
	case payment.AlipayWap:
		t.ProductCode = "QUICK_WAP_WAY"
		u, err = p.client.TradeWapPay(sdk.TradeWapPay{Trade: t, QuitURL: in.ReturnURL, TimeExpire: t.TimeExpire})
	default:
		err = fmt.Errorf("alipay: no way %q", in.Way)
	}
	if err != nil {
		return payment.PrepayOut{}, err
	}
	return payment.PrepayOut{PrepayID: u.String(), Lives: addressLives}, nil
}

// subject is a title that Alipay takes: at most 256 characters, none of / = &.
func subject(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("/=&", r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200])
	}
	if strings.TrimSpace(s) == "" {
		return "订单"
	}
	return s
}

func yuan(f money.Fen) string { return fmt.Sprintf("%d.%02d", f/100, f%100) }

// fen reads an amount of Alipay's.
func fen(s string) (money.Fen, error) {
	f, err := money.Parse(s)
	if err == nil && f < 0 {
		err = fmt.Errorf("alipay: amount %s is below zero", f)
	}
	return f, err
}

// Query implements payment.Provider.
func (p *Provider) Query(ctx context.Context, ref payment.Ref) (payment.Result, error) {
	r, err := p.client.TradeQuery(ctx, sdk.TradeQuery{OutTradeNo: theirs(ref.TradeNo)})
	if err != nil {
		return payment.Result{}, outcome(err)
	}
	if !r.IsSuccess() {
		return payment.Result{}, outcome(&r.Error)
	}
	return p.result(r.OutTradeNo, r.TradeNo, r.TradeStatus, r.TotalAmount, r.SendPayDate)
}

// result reads a trade. A trade that was paid and wholly refunded is closed, too:
// the time of payment tells.
func (p *Provider) result(outNo, no string, s sdk.TradeStatus, total, paidAt string) (payment.Result, error) {
	out := payment.Result{TradeNo: ours(outNo), State: payment.ResultUnpaid}
	amount, err := fen(total)
	if err != nil {
		return out, errors.Join(payment.ErrUnknown, err)
	}
	at, _ := time.ParseInLocation(timeForm, paidAt, chinaTime) // none before it is paid
	switch {
	case s == sdk.TradeStatusSuccess, s == sdk.TradeStatusFinished, s == sdk.TradeStatusClosed && !at.IsZero():
		out.State = payment.ResultPaid
	case s == sdk.TradeStatusClosed:
		out.State = payment.ResultClosed
	}
	part := payment.PartResult{TradeNo: out.TradeNo, MchID: p.cfg.AppID, TransactionID: no, Amount: amount, Currency: "CNY"}
	if !at.IsZero() {
		part.PaidAt = at.UTC()
	}
	out.Parts = []payment.PartResult{part}
	return out, nil
}

// Close implements payment.Provider. A trade whose address nobody opened is
// unknown to Alipay; money that comes for it all the same is noticed.
func (p *Provider) Close(ctx context.Context, ref payment.Ref) error {
	r, err := p.client.TradeClose(ctx, sdk.TradeClose{OutTradeNo: theirs(ref.TradeNo)})
	if err == nil && !r.IsSuccess() {
		err = &r.Error
	}
	if err = outcome(err); err == nil || code(err) != "ACQ.TRADE_STATUS_ERROR" {
		return err
	}
	// Not one that can be closed: paid, or closed before.
	got, err := p.Query(ctx, ref)
	switch {
	case err != nil:
		return err
	case got.State == payment.ResultPaid:
		return payment.ErrPaid
	case got.State == payment.ResultClosed:
		return nil
	}
	return payment.ErrLater
}

// Refund implements payment.Provider.
func (p *Provider) Refund(ctx context.Context, in payment.RefundIn) (payment.RefundResult, error) {
	r, err := p.client.TradeRefund(ctx, sdk.TradeRefund{TradeNo: in.TransactionID, OutTradeNo: theirs(in.TradeNo), RefundAmount: yuan(in.Amount),
		RefundReason: in.Reason, OutRequestNo: theirs(in.RefundNo)})
	if err == nil && !r.IsSuccess() {
		err = &r.Error
	}
	if err != nil {
		return payment.RefundResult{}, outcome(err)
	}
	if r.FundChange == "Y" {
		return payment.RefundResult{RefundNo: in.RefundNo, ProviderID: r.TradeNo, State: payment.RefundSucceeded, Amount: in.Amount}, nil
	}
	// Nothing moved now: it was made before, or is under way.
	out, err := p.QueryRefund(ctx, in)
	if errors.Is(err, payment.ErrNotFound) {
		return payment.RefundResult{RefundNo: in.RefundNo, State: payment.RefundProcessing, Amount: in.Amount}, nil
	}
	return out, err
}

// QueryRefund implements payment.Provider. Alipay says nothing of a refund that it
// has not made: that is ErrNotFound, and sending it again is safe.
func (p *Provider) QueryRefund(ctx context.Context, in payment.RefundIn) (payment.RefundResult, error) {
	r, err := p.client.TradeFastPayRefundQuery(ctx, sdk.TradeFastPayRefundQuery{TradeNo: in.TransactionID, OutTradeNo: theirs(in.TradeNo), OutRequestNo: theirs(in.RefundNo)})
	if err == nil && !r.IsSuccess() {
		err = &r.Error
	}
	if err != nil {
		return payment.RefundResult{}, outcome(err)
	}
	if r.RefundStatus != "REFUND_SUCCESS" {
		return payment.RefundResult{}, payment.ErrNotFound
	}
	amount, err := fen(r.RefundAmount)
	if err != nil {
		return payment.RefundResult{}, errors.Join(payment.ErrUnknown, err)
	}
	return payment.RefundResult{RefundNo: in.RefundNo, ProviderID: r.TradeNo, State: payment.RefundSucceeded, Amount: amount}, nil
}

func code(err error) string {
	var e *sdk.Error
	if errors.As(err, &e) {
		return strings.TrimPrefix(e.SubCode, "aop.")
	}
	return ""
}

// outcome types a refusal of Alipay. What is no refusal (no answer, or one that
// does not verify) leaves the outcome unknown.
func outcome(err error) error {
	var e *sdk.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e), e.Code == "20000", strings.HasSuffix(e.SubCode, "SYSTEM_ERROR"), strings.HasSuffix(e.SubCode, "unknow-error"):
		return errors.Join(payment.ErrUnknown, err)
	}
	switch code(err) {
	case "ACQ.TRADE_NOT_EXIST":
		return errors.Join(payment.ErrNotFound, err)
	case "ACQ.TRADE_HAS_SUCCESS":
		return errors.Join(payment.ErrPaid, err)
	case "ACQ.TRADE_HAS_CLOSE":
		return errors.Join(payment.ErrClosed, err)
	case "ACQ.SELLER_BALANCE_NOT_ENOUGH", "isv.code-invalid-rate", "isp.call-limited":
		return errors.Join(payment.ErrLater, err)
	}
	return err
}

// ErrNotice is returned for a notice that is not Alipay's to this application.
var ErrNotice = errors.New("alipay: notice is not for this application")

// Notice verifies a notice (the form Alipay posts); Payment is set when it is paid.
func (p *Provider) Notice(form url.Values) (payment.Notice, error) {
	n, err := p.client.DecodeNotification(form)
	if err != nil {
		return payment.Notice{}, errors.Join(ErrNotice, err)
	}
	if n.AppId != p.cfg.AppID || n.NotifyId == "" {
		return payment.Notice{}, ErrNotice
	}
	out := payment.Notice{ID: n.NotifyId, Source: payment.Alipay, Kind: string(n.TradeStatus), Body: form.Encode()}
	r, err := p.result(n.OutTradeNo, n.TradeNo, n.TradeStatus, n.TotalAmount, n.GmtPayment)
	if err == nil && r.State == payment.ResultPaid {
		out.Payment = &r
	}
	return out, err
}
