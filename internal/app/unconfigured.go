package app

import (
	"context"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// errNoPay is what every payment says while no merchant is configured.
var errNoPay = errs.New(errs.Unavailable, "payment.not_configured", "商城尚未开通微信支付", "WeChat Pay is not configured (pay.mch_id)")

// unconfigured stands for the provider while none is configured: it takes no
// money and says so.
type unconfigured struct{}

func (unconfigured) Prepay(context.Context, payment.PrepayIn) (payment.PrepayOut, error) {
	return payment.PrepayOut{}, errNoPay
}
func (unconfigured) Query(context.Context, payment.Ref) (payment.Result, error) {
	return payment.Result{}, errNoPay
}
func (unconfigured) Close(context.Context, payment.Ref) error { return errNoPay }
func (unconfigured) Refund(context.Context, payment.RefundIn) (payment.RefundResult, error) {
	return payment.RefundResult{}, errNoPay
}
func (unconfigured) QueryRefund(context.Context, payment.RefundIn) (payment.RefundResult, error) {
	return payment.RefundResult{}, errNoPay
}
