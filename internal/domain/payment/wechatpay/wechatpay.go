// Package wechatpay lets WeChat Pay (APIv3, JSAPI) stand as a payment.Provider: a
// payment of one order is a JSAPI transaction, one of several orders a combined
// transaction (合单).
package wechatpay

import (
	"context"
	"errors"
	"fmt"
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

var _ payment.Provider = (*Provider)(nil)

// New makes the provider from a client of the merchant.
func New(client *pay.Client, cfg Config) *Provider { return &Provider{client, cfg} }

// prepayLives is how long a prepay id opens the payment sheet (2 hours), less a
// margin for the way to the phone.
const prepayLives = 2*time.Hour - 5*time.Minute

// maxDescription is WeChat Pay's limit; it counts characters, we count bytes,
// which also fits older merchants' pages.
const maxDescription = 127

// Prepay implements payment.Provider.
func (p *Provider) Prepay(ctx context.Context, in payment.PrepayIn) (payment.PrepayOut, error) {
	var prepay string
	var err error
	if in.Kind == payment.Combined {
		prepay, err = p.client.CombinedPrepay(ctx, p.combined(in))
	} else {
		prepay, err = p.client.Prepay(ctx, pay.PrepayRequest{
			AppID: in.AppID, Description: text(in.Description), OutTradeNo: in.TradeNo, TimeExpire: in.Deadline, NotifyURL: p.cfg.PayNotifyURL,
			Amount: pay.Amount{Total: int64(in.Amount), Currency: pay.CNY}, Payer: pay.Payer{OpenID: in.OpenID},
		})
	}
	if err != nil {
		return payment.PrepayOut{}, outcome(err)
	}
	return payment.PrepayOut{PrepayID: prepay, Lives: prepayLives}, nil
}

func (p *Provider) combined(in payment.PrepayIn) pay.CombinedRequest {
	r := pay.CombinedRequest{CombineAppID: in.AppID, CombineNo: in.TradeNo, Payer: pay.Payer{OpenID: in.OpenID}, TimeExpire: in.Deadline, NotifyURL: p.cfg.PayNotifyURL}
	for _, it := range in.Items {
		r.SubOrders = append(r.SubOrders, pay.SubOrder{
			MchID: it.MchID, Attach: it.TradeNo, OutTradeNo: it.TradeNo, Description: text(it.Description),
			Amount: pay.SubAmount{Total: int64(it.Amount), Currency: pay.CNY},
		})
	}
	return r
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
	t, err := p.client.QueryByOutTradeNo(ctx, ref.TradeNo)
	if err != nil {
		return payment.Result{}, outcome(err)
	}
	return singleResult(t), nil
}

// Close implements payment.Provider.
func (p *Provider) Close(ctx context.Context, ref payment.Ref) error {
	if ref.Kind != payment.Combined {
		return outcome(p.client.Close(ctx, ref.TradeNo))
	}
	subs := make([]pay.SubRef, len(ref.Parts))
	for i, part := range ref.Parts {
		subs[i] = pay.SubRef{MchID: part.MchID, OutTradeNo: part.TradeNo}
	}
	return outcome(p.client.CloseCombined(ctx, ref.AppID, ref.TradeNo, subs))
}

// JSParams implements payment.Provider.
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
	out, err := p.client.CreateRefund(ctx, r)
	if err != nil {
		return payment.RefundResult{}, outcome(err)
	}
	return refundResult(out), nil
}

// QueryRefund implements payment.Provider.
func (p *Provider) QueryRefund(ctx context.Context, refundNo string) (payment.RefundResult, error) {
	out, err := p.client.QueryRefund(ctx, refundNo)
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
	case pay.IsClosed(err):
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
	r := payment.Result{TradeNo: t.OutTradeNo, State: state(t.TradeState)}
	r.Parts = []payment.PartResult{{TradeNo: t.OutTradeNo, MchID: t.MchID, TransactionID: t.TransactionID,
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
		r.Parts = append(r.Parts, payment.PartResult{TradeNo: s.OutTradeNo, MchID: s.MchID, TransactionID: s.TransactionID,
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
