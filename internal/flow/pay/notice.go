package pay

import (
	"context"
	"errors"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// ErrNotice is returned for a notice that lacks an id or its content.
var ErrNotice = errs.New(errs.Malformed, "payment.notice", "通知内容不完整", "The notice is not complete")

// HandlePaymentNotice keeps a verified payment notice under its id and books it.
// A notice that came before and was handled is answered with nil. nil means: tell
// the sender "received"; an error means that it should come again, except for
// payment.not_found and payment.mismatch, which repeating does not heal (they are
// kept and reported; answer "received").
func (d *Deps) HandlePaymentNotice(ctx context.Context, n payment.Notice) error {
	if n.ID == "" || n.Payment == nil {
		return ErrNotice
	}
	return d.once(ctx, n, func() error {
		if n.Payment.State != payment.ResultPaid {
			return nil
		}
		return d.Settle(ctx, *n.Payment)
	})
}

// HandleRefundNotice keeps a verified refund notice under its id and books it;
// see HandlePaymentNotice.
func (d *Deps) HandleRefundNotice(ctx context.Context, n payment.Notice) error {
	if n.ID == "" || n.Refund == nil {
		return ErrNotice
	}
	return d.once(ctx, n, func() error {
		shop, refund, err := payment.ParseRefundNo(n.Refund.RefundNo)
		if err != nil {
			return payment.ErrRefundNotFound.Because(err)
		}
		return d.applyRefund(ctx, shop, refund, *n.Refund)
	})
}

// once stores a notice, handles it unless that was done, and marks it handled.
// A crash in between leaves it unmarked: the sender repeats, and the sweeper asks.
func (d *Deps) once(ctx context.Context, n payment.Notice, handle func() error) error {
	var done bool
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		done, err = payment.Keep(tx, n, d.Now())
		return err
	})
	if err != nil || done {
		return err
	}
	result := handle()
	if result != nil && !errors.Is(result, payment.ErrPaymentNotFound) && !errors.Is(result, payment.ErrRefundNotFound) && !errors.Is(result, ErrMismatch) {
		return result
	}
	if err := d.DB.Write(ctx, func(tx *db.Tx) error { return payment.Handled(tx, n, d.Now()) }); err != nil {
		return err
	}
	return result
}
