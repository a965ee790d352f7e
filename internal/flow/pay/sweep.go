package pay

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// SweepDue asks about payments that are due and closes orders whose time to pay
// is over; at most limit of each. It returns how many it worked on. One that
// fails is logged and comes again; it does not stop the others. Call it every few
// seconds from any number of processes.
func (d *Deps) SweepDue(ctx context.Context, now time.Time, limit int) (int, error) {
	var due []payment.Payment
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = payment.Due(tx, now, limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	done := inParallel(ctx, d.rivals(), due, func(p payment.Payment) bool {
		err := d.sweepPayment(ctx, p, now)
		if err != nil {
			d.warn(ctx, "sweeping a payment failed; it comes again", "payment", p.ID, "err", err)
		}
		return err == nil
	})
	if ctx.Err() != nil {
		return done, ctx.Err()
	}
	n, err := d.sweepOrders(ctx, now, limit)
	return done + n, err
}

// Resume asks about every open payment soon: call it when a process starts, for a
// notice may have come to a closed door.
func (d *Deps) Resume(ctx context.Context) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := payment.AskSoon(tx, d.Now())
		return err
	})
}

// inParallel runs fn on every item, a few at a time, until ctx ends; it returns
// how often fn said true.
func inParallel[T any](ctx context.Context, rivals int, items []T, fn func(T) bool) int {
	var wg sync.WaitGroup
	var done atomic.Int64
	slots := make(chan struct{}, rivals)
	for _, it := range items {
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if fn(it) {
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return int(done.Load())
}

// sweepPayment asks about one payment and, past its deadline, ends it with its orders.
func (d *Deps) sweepPayment(ctx context.Context, p payment.Payment, now time.Time) error {
	var mine bool
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		mine, err = payment.ClaimDue(tx, p, nextCheck(p, now), now)
		return err
	})
	if err != nil || !mine {
		return err
	}
	b, err := d.bundleOf(ctx, p.BuyerID, p.ID)
	if err != nil {
		return err
	}
	s, err := d.check(ctx, b)
	if err != nil || s != payment.Open || now.Before(p.PayDeadline) {
		return err
	}
	if b.payment.Way.Handed() { // the buyer may show another code for the same order
		_, err = d.end(ctx, b, nil, "")
		return err
	}
	var all []order.Ref
	for _, part := range b.parts {
		all = append(all, order.Ref{Shop: part.ShopID, Order: part.OrderID})
	}
	_, err = d.end(ctx, b, all, order.ReasonDeadline)
	return err
}

// nextCheck doubles the wait from 30 s to 5 minutes; the deadline itself is
// always one of the times. A payment by code is asked about every few seconds
// until it is certain.
func nextCheck(p payment.Payment, now time.Time) time.Time {
	if p.Way.Handed() && now.Before(p.PayDeadline.Add(time.Minute)) {
		return now.Add(askCodeEvery)
	}
	wait := min(30*time.Second<<min(p.Checks, 5), 5*time.Minute)
	next := now.Add(wait)
	if now.Before(p.PayDeadline) && next.After(p.PayDeadline) {
		return p.PayDeadline
	}
	return next
}

// sweepOrders closes pending orders past their deadline that no payment covers.
func (d *Deps) sweepOrders(ctx context.Context, now time.Time, limit int) (int, error) {
	var due []order.Ref
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = order.DueUnpaid(tx, now, limit)
		return err
	})
	for i, r := range due {
		if err := d.DB.Write(ctx, func(tx *db.Tx) error { return d.closeUnpaid(tx, r, order.ReasonDeadline, d.Now()) }); err != nil {
			return i, err
		}
	}
	return len(due), err
}
