package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// maxRefundTries is after how many tries without an answer a person is told; the
// tries go on, once an hour.
const maxRefundTries = 20

// SweepRefunds sends refunds that are due to the provider, always under the same
// number, and asks about those under way; at most limit. What fails without a
// definite answer comes again with growing waits (5 s to 1 h).
func (d *Deps) SweepRefunds(ctx context.Context, now time.Time, limit int) (int, error) {
	var due []payment.Refund
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = payment.DueRefunds(tx, now, limit)
		return err
	})
	done := inParallel(ctx, d.rivals(), due, func(f payment.Refund) bool {
		err := d.sweepRefund(ctx, f, now)
		if err != nil {
			d.warn(ctx, "sweeping a refund failed; it comes again", "refund", f.ID, "err", err)
		}
		return err == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	return done, err
}

func (d *Deps) sweepRefund(ctx context.Context, f payment.Refund, now time.Time) error {
	var mine bool
	var part payment.Part
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if mine, err = payment.ClaimRefund(tx, f, now.Add(refundWait(f.Attempts)), now); err != nil {
			return err
		}
		part, err = payment.GetPart(tx, f.ShopID, f.OrderID, f.PaymentID)
		return err
	})
	if err != nil || !mine {
		return err
	}
	r, err := d.askRefund(ctx, f, part)
	switch {
	case err == nil:
		return d.applyRefund(ctx, f.ShopID, f.ID, r)
	case errors.Is(err, payment.ErrUnknown), errors.Is(err, payment.ErrLater), ctx.Err() != nil:
		return d.retryRefund(ctx, f, err, now)
	case f.State == payment.RefundSent && errors.Is(err, payment.ErrNotFound):
		return d.retryRefund(ctx, f, err, now)
	}
	why := err.Error()
	return d.DB.Write(ctx, func(tx *db.Tx) error { return d.odd(tx, f.ShopID, f.ID, "", why) })
}

func (d *Deps) askRefund(ctx context.Context, f payment.Refund, part payment.Part) (payment.RefundResult, error) {
	p, err := d.provider(part.Provider)
	if err != nil {
		return payment.RefundResult{}, errors.Join(payment.ErrLater, err) // until the configuration has it again
	}
	in := payment.RefundIn{
		RefundNo: f.RefundNo, TradeNo: part.TradeNo, TransactionID: part.TransactionID, SubMchID: part.SubMchID,
		Amount: f.Amount, Total: part.Amount, Reason: f.Reason,
	}
	if f.State == payment.RefundSent {
		return p.QueryRefund(ctx, in)
	}
	return p.Refund(ctx, in)
}

func refundWait(attempts int64) time.Duration {
	return min(5*time.Second<<min(attempts, 10), time.Hour)
}

// retryRefund notes a try without a definite answer. A refund the provider does
// not know although it took it is sent again (same number).
func (d *Deps) retryRefund(ctx context.Context, f payment.Refund, why error, now time.Time) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		cur, err := payment.LockRefund(tx, f.ShopID, f.ID)
		if err != nil || cur.State != payment.RefundDue && cur.State != payment.RefundSent {
			return err
		}
		if err := payment.NoteTry(tx, cur, errors.Is(why, payment.ErrNotFound), clip(why.Error()), now.Add(refundWait(f.Attempts+1)), now); err != nil {
			return err
		}
		if cur.Attempts+1 != maxRefundTries {
			return nil
		}
		return d.emitRefund(tx, event.RefundAbnormal, cur, event.Refund{Reason: "no answer after 20 tries: " + clip(why.Error())}, now)
	})
}

// RetryRefund puts an abnormal refund back to work: the provider gets the same
// number again. Errors: refund.not_found, refund.state.
func (d *Deps) RetryRefund(ctx context.Context, shop, refund id.ID) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		f, err := payment.LockRefund(tx, shop, refund)
		if err != nil {
			return err
		}
		now := d.Now()
		switch f.State {
		case payment.RefundDone:
			return ErrRefundState
		case payment.RefundOdd, payment.RefundDue:
			_, err = payment.MoveRefund(tx, f, payment.RefundDue, "", f.LastError, now, now)
		case payment.RefundSent:
			err = payment.NoteTry(tx, f, false, f.LastError, now, now)
		}
		return err
	})
}

// ErrRefundState tells that a refund is done already.
var ErrRefundState = errs.New(errs.Conflict, "refund.state", "退款已完成", "The refund is done already")

// applyRefund books the provider's word on a refund; repeating it changes nothing.
func (d *Deps) applyRefund(ctx context.Context, shop, refund id.ID, r payment.RefundResult) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error { return d.bookRefund(tx, shop, refund, r) })
}

func (d *Deps) bookRefund(tx *db.Tx, shop, refund id.ID, r payment.RefundResult) error {
	switch r.State {
	case payment.RefundSucceeded:
		return d.refundDone(tx, shop, refund, r)
	case payment.RefundProcessing:
		now := d.Now()
		f, err := payment.LockRefund(tx, shop, refund)
		if err != nil || f.State != payment.RefundDue && f.State != payment.RefundSent {
			return err
		}
		_, err = payment.MoveRefund(tx, f, payment.RefundSent, r.ProviderID, "", now.Add(refundWait(f.Attempts+2)), now)
		return err
	case payment.RefundClosed, payment.RefundAbnormal:
		return d.odd(tx, shop, refund, r.ProviderID, "provider says "+string(r.State))
	}
	return fmt.Errorf("pay: refund %s: unknown outcome %q", r.RefundNo, r.State)
}

// odd puts a refund before people: the provider will not make it as it stands.
func (d *Deps) odd(tx *db.Tx, shop, refund id.ID, providerID, why string) error {
	now := d.Now()
	f, err := payment.LockRefund(tx, shop, refund)
	if err != nil {
		return err
	}
	if ok, err := payment.MoveRefund(tx, f, payment.RefundOdd, providerID, clip(why), time.Time{}, now); err != nil || !ok {
		return err
	}
	return d.emitRefund(tx, event.RefundAbnormal, f, event.Refund{Reason: clip(why)}, now)
}

func clip(s string) string {
	if len(s) > 300 {
		return s[:300]
	}
	return s
}
