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
	return d.once(ctx, n, func(tx *db.Tx) (refused, err error) {
		if n.Payment.State != payment.ResultPaid {
			return nil, nil
		}
		return d.settle(tx, *n.Payment)
	})
}

// HandleRefundNotice keeps a verified refund notice under its id and books it;
// see HandlePaymentNotice.
func (d *Deps) HandleRefundNotice(ctx context.Context, n payment.Notice) error {
	if n.ID == "" || n.Refund == nil {
		return ErrNotice
	}
	return d.once(ctx, n, func(tx *db.Tx) (refused, err error) {
		shop, refund, err := payment.ParseRefundNo(n.Refund.RefundNo)
		if err != nil {
			return payment.ErrRefundNotFound.Because(err), nil
		}
		err = d.bookRefund(tx, shop, refund, *n.Refund)
		if errors.Is(err, payment.ErrRefundNotFound) {
			return err, nil // found missing before anything was written
		}
		return nil, err
	})
}

// once stores a notice and handles it, in one transaction; one that was handled
// before is answered without a write. A notice whose handling fails is stored all
// the same, and handled when the sender repeats it. handle returns as refused
// what repeating does not heal.
func (d *Deps) once(ctx context.Context, n payment.Notice, handle func(*db.Tx) (refused, err error)) error {
	var done bool
	if err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		done, err = payment.WasHandled(tx, n)
		return err
	}); err != nil || done {
		return err
	}
	var refused error
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		refused = nil
		if done, err := payment.Handle(tx, n, d.Now()); err != nil || done {
			return err
		}
		refused, err = handle(tx)
		return err
	})
	if err == nil {
		return refused
	}
	if keep := d.DB.Write(ctx, func(tx *db.Tx) error { return payment.Keep(tx, n, d.Now()) }); keep != nil {
		d.warn(ctx, "a notice that failed could not be kept; it will come again", "id", n.ID, "err", keep)
	}
	return err
}
