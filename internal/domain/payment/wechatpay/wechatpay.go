// Package wechatpay lets WeChat Pay (APIv3) stand as a payment.Provider, for a
// direct merchant or a service provider with sub-merchants: a payment of one order
// is a transaction of its way (JSAPI, Native, H5), one of several orders a
// combined transaction (合单).
package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/wechat/pay"
)

// Config says where WeChat Pay sends its notices; full addresses without query.
type Config struct {
	PayNotifyURL    string
	RefundNotifyURL string
}

// Provider is WeChat Pay for one merchant. Safe for concurrent use.
type Provider struct {
	client *pay.Client
	cfg    Config
}

var (
	_ payment.Provider = (*Provider)(nil)
	_ payment.Bridge   = (*Provider)(nil)
	_ payment.Till     = (*Provider)(nil)
)

// New makes the provider from a client of the merchant.
func New(client *pay.Client, cfg Config) *Provider { return &Provider{client, cfg} }

// How long a handle opens the payment (2 hours; 5 minutes for H5), less a margin
// for the way to the phone.
const (
	prepayLives = 2*time.Hour - 5*time.Minute
	h5Lives     = 5*time.Minute - 30*time.Second
)

// maxDescription is WeChat Pay's limit; it counts characters, we count bytes,
// which also fits older merchants' pages.
const maxDescription = 127

// Prepay implements payment.Provider.
func (p *Provider) Prepay(ctx context.Context, in payment.PrepayIn) (payment.PrepayOut, error) {
	out := payment.PrepayOut{Lives: prepayLives}
	order := p.single
	if in.Kind == payment.Combined {
		order = p.together
	}
	var err error
	if out.PrepayID, err = order(ctx, in); err != nil {
		return payment.PrepayOut{}, outcome(err)
	}
	if in.Way == payment.H5 {
		out.Lives = h5Lives
		if in.ReturnURL != "" {
			out.PrepayID += "&redirect_url=" + url.QueryEscape(in.ReturnURL)
		}
	}
	return out, nil
}

// errWay is a definite refusal: WeChat Pay has no such way.
var errWay = errors.New("wechatpay: no such way to pay")

func (p *Provider) single(ctx context.Context, in payment.PrepayIn) (string, error) {
	r := pay.PrepayRequest{
		AppID: in.AppID, Description: text(in.Description), OutTradeNo: in.TradeNo, TimeExpire: in.Deadline, NotifyURL: p.cfg.PayNotifyURL,
		Amount: pay.Amount{Total: int64(in.Amount), Currency: pay.CNY}, Scene: scene(in), Settle: settle(in.ProfitSharing),
	}
	c := p.client.Sub(in.SubMchID)
	switch in.Way {
	case payment.JSAPI:
		r.Payer.OpenID = in.OpenID
		return c.Prepay(ctx, r)
	case payment.Native:
		return c.Native(ctx, r)
	case payment.H5:
		return c.H5(ctx, r)
	}
	return "", errWay
}

func scene(in payment.PrepayIn) *pay.Scene {
	if in.Way != payment.H5 {
		return nil
	}
	return &pay.Scene{PayerClientIP: in.ClientIP, H5: &pay.H5Info{Type: "Wap"}}
}

func settle(sharing bool) *pay.Settle {
	if !sharing {
		return nil
	}
	return &pay.Settle{ProfitSharing: true}
}

func (p *Provider) together(ctx context.Context, in payment.PrepayIn) (string, error) {
	r := pay.CombinedRequest{CombineAppID: in.AppID, CombineNo: in.TradeNo, TimeExpire: in.Deadline, NotifyURL: p.cfg.PayNotifyURL, Scene: scene(in)}
	for _, it := range in.Items {
		r.SubOrders = append(r.SubOrders, pay.SubOrder{
			MchID: it.MchID, SubMchID: it.SubMchID, Attach: it.TradeNo, OutTradeNo: it.TradeNo, Description: text(it.Description),
			Amount: pay.SubAmount{Total: int64(it.Amount), Currency: pay.CNY}, Settle: settle(in.ProfitSharing),
		})
	}
	switch in.Way {
	case payment.JSAPI:
		r.Payer = &pay.Payer{OpenID: in.OpenID}
		return p.client.CombinedPrepay(ctx, r)
	case payment.Native:
		return p.client.CombinedNative(ctx, r)
	case payment.H5:
		return p.client.CombinedH5(ctx, r)
	}
	return "", errWay
}

// Charge implements payment.Till.
func (p *Provider) Charge(ctx context.Context, in payment.ChargeIn) (payment.Result, error) {
	t, err := p.client.Sub(in.SubMchID).CodePay(ctx, pay.CodePayRequest{
		AppID: in.AppID, Description: text(in.Description), OutTradeNo: in.TradeNo, AuthCode: in.AuthCode,
		Amount: pay.Amount{Total: int64(in.Amount), Currency: pay.CNY},
		Scene:  pay.CodeSite{DeviceIP: in.DeviceIP, Store: pay.CodeStore{OutID: in.Store}}, Settle: settle(in.ProfitSharing),
	})
	switch {
	case err == nil:
		return singleResult(t), nil
	case pay.IsUserPaying(err):
		return payment.Result{}, errors.Join(payment.ErrPaying, err)
	case pay.IsBadAuthCode(err), errors.Is(err, pay.ErrRequest):
		return payment.Result{}, errors.Join(payment.ErrBadCode, err)
	case pay.IsNotEnough(err):
		return payment.Result{}, errors.Join(payment.ErrNoMoney, err)
	}
	return payment.Result{}, outcome(err)
}

// text makes a description that WeChat Pay takes: no emoji, at most 127 bytes.
func text(s string) string {
	s = pay.Text(s, maxDescription)
	for len(s) > maxDescription {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	if s == "" {
		return "订单"
	}
	return s
}

// Query implements payment.Provider.
func (p *Provider) Query(ctx context.Context, ref payment.Ref) (payment.Result, error) {
	if ref.Kind == payment.Combined {
		t, err := p.client.QueryCombined(ctx, ref.TradeNo)
		if err != nil {
			return payment.Result{}, outcome(err)
		}
		return combinedResult(t), nil
	}
	t, err := p.client.Sub(ref.SubMchID).QueryByOutTradeNo(ctx, ref.TradeNo)
	if err != nil {
		return payment.Result{}, outcome(err)
	}
	return singleResult(t), nil
}

// Close implements payment.Provider.
func (p *Provider) Close(ctx context.Context, ref payment.Ref) error {
	switch {
	case ref.Way == payment.Codepay:
		return p.reverse(ctx, ref)
	case ref.Kind != payment.Combined:
		return outcome(p.client.Sub(ref.SubMchID).Close(ctx, ref.TradeNo))
	}
	subs := make([]pay.SubRef, len(ref.Parts))
	for i, part := range ref.Parts {
		subs[i] = pay.SubRef{MchID: part.MchID, SubMchID: part.SubMchID, OutTradeNo: part.TradeNo}
	}
	return outcome(p.client.CloseCombined(ctx, ref.AppID, ref.TradeNo, subs))
}

// reverse ends a payment by code. A reversal gives back money that was paid, so
// one that is known to be paid is not reversed; what is paid between the question
// and the reversal goes back to the buyer.
func (p *Provider) reverse(ctx context.Context, ref payment.Ref) error {
	r, err := p.Query(ctx, ref)
	switch {
	case err != nil:
		return err
	case r.State == payment.ResultPaid:
		return payment.ErrPaid
	case r.State == payment.ResultClosed:
		return nil
	}
	return outcome(p.client.Sub(ref.SubMchID).Reverse(ctx, ref.AppID, ref.TradeNo))
}

// JSParams implements payment.Bridge.
func (p *Provider) JSParams(prepayID string) (payment.JSParams, error) {
	s, err := p.client.PaySign(prepayID)
	return payment.JSParams(s), err
}

// Refund implements payment.Provider.
func (p *Provider) Refund(ctx context.Context, in payment.RefundIn) (payment.RefundResult, error) {
	r := pay.RefundRequest{
		TransactionID: in.TransactionID, OutRefundNo: in.RefundNo, Reason: pay.Text(in.Reason, 80), NotifyURL: p.cfg.RefundNotifyURL,
		Amount: pay.RefundAmountRequest{Refund: int64(in.Amount), Total: int64(in.Total), Currency: pay.CNY},
	}
	if in.TransactionID == "" {
		r.OutTradeNo = in.TradeNo
	}
	out, err := p.client.Sub(in.SubMchID).CreateRefund(ctx, r)
	if err != nil {
		return payment.RefundResult{}, outcome(err)
	}
	return refundResult(out), nil
}

// QueryRefund implements payment.Provider.
func (p *Provider) QueryRefund(ctx context.Context, in payment.RefundIn) (payment.RefundResult, error) {
	out, err := p.client.Sub(in.SubMchID).QueryRefund(ctx, in.RefundNo)
	if err != nil {
		return payment.RefundResult{}, outcome(err)
	}
	return refundResult(out), nil
}

// outcome types a refusal of WeChat Pay.
func outcome(err error) error {
	switch {
	case err == nil:
		return nil
	case pay.IsPaid(err):
		return errors.Join(payment.ErrPaid, err)
	case pay.IsClosed(err), pay.IsReversed(err):
		return errors.Join(payment.ErrClosed, err)
	case pay.IsOrderNotExist(err), pay.IsRefundNotExist(err):
		return errors.Join(payment.ErrNotFound, err)
	case pay.IsOutcomeUnknown(err):
		return errors.Join(payment.ErrUnknown, err)
	case pay.IsRetryable(err), pay.IsNotEnough(err):
		return errors.Join(payment.ErrLater, err)
	}
	return err
}

func singleResult(t pay.Transaction) payment.Result {
	if t.SpMchID != "" {
		t.MchID = t.SpMchID
	}
	r := payment.Result{TradeNo: t.OutTradeNo, State: state(t.TradeState)}
	r.Parts = []payment.PartResult{{TradeNo: t.OutTradeNo, MchID: t.MchID, SubMchID: t.SubMchID, TransactionID: t.TransactionID,
		Amount: money.Fen(t.Amount.Total), Currency: t.Amount.Currency, PaidAt: t.SuccessTime}}
	return r
}

func combinedResult(t pay.CombinedTransaction) payment.Result {
	r := payment.Result{TradeNo: t.CombineNo, State: payment.ResultPaid}
	for _, s := range t.SubOrders {
		switch one := state(s.TradeState); {
		case one == payment.ResultUnpaid:
			r.State = payment.ResultUnpaid
		case one == payment.ResultClosed && r.State == payment.ResultPaid:
			r.State = payment.ResultClosed
		}
		r.Parts = append(r.Parts, payment.PartResult{TradeNo: s.OutTradeNo, MchID: s.MchID, SubMchID: s.SubMchID, TransactionID: s.TransactionID,
			Amount: money.Fen(s.Amount.Total), Currency: s.Amount.Currency, PaidAt: s.SuccessTime})
	}
	return r
}

func state(s pay.TradeState) payment.ResultState {
	switch {
	case s.Paid():
		return payment.ResultPaid
	case s == pay.TradeClosed, s == pay.TradeRevoked:
		return payment.ResultClosed
	case s == pay.TradePayError:
		return payment.ResultFailed
	}
	return payment.ResultUnpaid
}

func refundResult(r pay.Refund) payment.RefundResult {
	out := payment.RefundResult{RefundNo: r.OutRefundNo, ProviderID: r.RefundID, Amount: money.Fen(r.Amount.Refund), DoneAt: r.SuccessTime}
	switch r.State {
	case pay.RefundSuccess:
		out.State = payment.RefundSucceeded
	case pay.RefundClosed:
		out.State = payment.RefundClosed
	case pay.RefundAbnormal:
		out.State = payment.RefundAbnormal
	default:
		out.State = payment.RefundProcessing
	}
	return out
}

// Notice turns a verified notice of WeChat Pay into the room's own; Payment or
// Refund is set when the house acts on it.
func Notice(n *pay.Notice) (payment.Notice, error) {
	out := payment.Notice{ID: n.ID, Source: payment.Wechat, Kind: string(n.Event), Body: string(n.Plaintext)}
	switch {
	case n.Combined != nil:
		r := combinedResult(*n.Combined)
		out.Payment = &r
	case n.Transaction != nil:
		r := singleResult(*n.Transaction)
		out.Payment = &r
	case n.Refund != nil:
		r := refundResult(*n.Refund)
		out.Refund = &r
	}
	if out.ID == "" {
		return out, fmt.Errorf("wechatpay: notice %s has no id", out.Kind)
	}
	return out, nil
}
