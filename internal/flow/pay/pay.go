// Package pay is the recipe of money: starting a payment, settling it from the
// provider's notice or by asking, cancelling and expiring orders, sending
// refunds. The provider is only called between transactions; every step can be
// repeated, and a sweeper finishes what a crash or a lost answer left open.
//
// Locks are taken in this order: checkout, payment, orders by shop, refund, stock.
package pay

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Config describes the market at the provider. Zero durations take the defaults.
type Config struct {
	AppID         string        // the service account in which buyers pay
	MchID         string        // the merchant number that receives, or the service provider's
	Partner       bool          // shops receive by sub-merchants of MchID
	AlipayID      string        // the application at Alipay that receives
	ReturnURL     string        // address of the result page, to which the checkout's id is added
	FeeBps        int64         // the market's fee in basis points (1/10,000) of what an order earns
	FirstCheck    time.Duration // ask about a payment this long after its start; default 30 s
	ReceiveWindow time.Duration // from shipping to automatic receipt; default 10 days
	DecidedGrace  time.Duration // least time to receipt after an after-sale ended; default 3 days
	Rivals        int           // provider calls of one sweep that are under way at once; default 8: one that answers slowly must not hold up the rest
}

// Deps is what the recipe works with. Safe for concurrent use.
type Deps struct {
	DB       *db.DB
	IDs      *id.Source
	Emitter  *jobs.Emitter
	Now      func() time.Time
	Provider payment.Provider // WeChat Pay
	Alipay   payment.Provider // nil: not configured
	Log      *slog.Logger     // nil: no logs
	Config   Config
}

func (d *Deps) firstCheck() time.Duration    { return or(d.Config.FirstCheck, 30*time.Second) }
func (d *Deps) receiveWindow() time.Duration { return or(d.Config.ReceiveWindow, 10*24*time.Hour) }
func (d *Deps) decidedGrace() time.Duration  { return or(d.Config.DecidedGrace, 3*24*time.Hour) }

func (d *Deps) rivals() int { return or(d.Config.Rivals, 8) }

func or[T int | time.Duration](v, fallback T) T {
	if v > 0 {
		return v
	}
	return fallback
}

func (d *Deps) warn(ctx context.Context, what string, args ...any) {
	if d.Log != nil {
		d.Log.WarnContext(ctx, what, args...)
	}
}

// Errors of this recipe.
var (
	ErrAlreadyPaid = errs.New(errs.Conflict, "payment.already_paid", "订单已支付，无需重复支付", "This is paid already")
	ErrNothingDue  = errs.New(errs.Conflict, "payment.nothing_due", "订单已关闭，无需支付", "The orders are closed; there is nothing to pay")
	ErrExpired     = errs.New(errs.Gone, "payment.expired", "已超过支付时间，请重新下单", "The time to pay is over; please order again")
	ErrNoOpenID    = errs.New(errs.Conflict, "payment.no_openid", "请在微信中打开后支付", "Please open this page in WeChat to pay")
	ErrWay         = errs.New(errs.Conflict, "payment.way", "这种支付方式暂不可用，请换一种", "This way to pay is not available; please choose another one")
	ErrNoSubMch    = errs.New(errs.Conflict, "payment.no_sub_merchant", "店铺尚未开通收款，请联系客服", "The shop cannot receive money yet; please contact the market")
	ErrProvider    = errs.New(errs.Unavailable, "payment.provider", "支付服务暂时没有响应，请稍后再试", "The payment service does not answer; please try again")
	ErrRefused     = errs.New(errs.Conflict, "payment.refused", "支付服务拒绝了这笔支付", "The payment service refused this payment")
	ErrMismatch    = errs.New(errs.Conflict, "payment.mismatch", "支付结果与订单不符，已记录待核查", "What was paid does not match what was due; recorded")
)

// provider is the one of a name.
func (d *Deps) provider(name string) (payment.Provider, error) {
	switch {
	case name == payment.Wechat:
		return d.Provider, nil
	case name == payment.Alipay && d.Alipay != nil:
		return d.Alipay, nil
	}
	return nil, ErrWay
}

// outside turns an outcome of the provider (not nil) into an error for the page.
func outside(err error) *errs.Error {
	switch {
	case errors.Is(err, payment.ErrUnknown), errors.Is(err, payment.ErrLater), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ErrProvider.Because(err)
	case errors.Is(err, payment.ErrPaid):
		return ErrAlreadyPaid.Because(err)
	}
	return ErrRefused.Because(err)
}

// Started is what the page needs to open the payment sheet.
type Started struct {
	PaymentID id.ID
	Amount    money.Fen
	Deadline  time.Time // last moment of payment, UTC
	Way       payment.Way
	Params    payment.JSParams // JSAPI
	QR        string           // Native: text of the code to be shown
	URL       string           // H5 and Alipay: where the browser goes
	Until     time.Time        // when QR and URL are dead and Start gives new ones, UTC
}

// OrderState is one order of a checkout as the result page shows it.
type OrderState struct {
	Shop, Order id.ID
	State       order.State
	Total       money.Fen
}

// CheckoutState is what the result page shows.
type CheckoutState struct {
	State    order.State // pending while any order is; else paid when any is or was; else closed
	Total    money.Fen
	Deadline time.Time
	Orders   []OrderState
}

// Cancelled tells what Cancel did.
type Cancelled struct {
	// Paid: the provider says the order is paid, so it was settled instead.
	Paid bool
}
