package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Check asks the provider about a payment and books what it says. It returns the
// state of the payment afterwards.
func (d *Deps) Check(ctx context.Context, buyer, pay id.ID) (payment.State, error) {
	b, err := d.bundleOf(ctx, buyer, pay)
	if err != nil {
		return "", err
	}
	return d.check(ctx, b)
}

func (d *Deps) check(ctx context.Context, b bundle) (payment.State, error) {
	p, err := d.provider(b.payment.Provider)
	if err != nil {
		return b.payment.State, err
	}
	r, err := p.Query(ctx, b.ref())
	if errors.Is(err, payment.ErrNotFound) {
		return b.payment.State, nil // prepay has not reached the provider (yet)
	}
	if err != nil {
		return b.payment.State, outside(err)
	}
	return d.heard(ctx, b, r)
}

// heard books what the provider says of a payment.
func (d *Deps) heard(ctx context.Context, b bundle, r payment.Result) (payment.State, error) {
	if r.TradeNo != b.payment.TradeNo {
		return b.payment.State, fmt.Errorf("pay: asked about %s, was told about %s", b.payment.TradeNo, r.TradeNo)
	}
	switch r.State {
	case payment.ResultPaid:
		if err := d.Settle(ctx, r); err != nil {
			return b.payment.State, err
		}
		return payment.Paid, nil
	case payment.ResultFailed:
		settled, err := d.end(ctx, b, nil, "")
		switch {
		case settled:
			return payment.Paid, err
		case err != nil:
			return payment.Open, err
		}
		return payment.Closed, nil
	case payment.ResultClosed:
		settled, err := d.endHere(ctx, b, nil, "")
		if settled {
			return payment.Paid, err
		}
		return payment.Closed, err
	}
	return b.payment.State, nil
}

// askEvery is how often State may ask the provider about one payment.
const askEvery = 2 * time.Second

// State tells how a checkout stands: what the result page polls. While a payment
// is open and the provider was last asked more than two seconds ago, it is asked
// now, so that a lost notice does not keep the buyer waiting. A provider that
// does not answer is no error here.
func (d *Deps) State(ctx context.Context, buyer, checkout id.ID) (CheckoutState, error) {
	out, open, err := d.state(ctx, buyer, checkout)
	if err != nil || open == nil || open.PrepayID == "" || d.Now().Sub(open.UpdatedAt) < askEvery {
		return out, err
	}
	var mine bool
	err = d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		now := d.Now()
		mine, err = payment.Claim(tx, *open, now.Add(-askEvery), now)
		return err
	})
	if err != nil || !mine {
		return out, err
	}
	if _, err := d.Check(ctx, buyer, open.ID); err != nil {
		d.warn(ctx, "asking about a payment failed", "payment", open.ID, "err", err)
		return out, nil
	}
	out, _, err = d.state(ctx, buyer, checkout)
	return out, err
}

func (d *Deps) state(ctx context.Context, buyer, checkout id.ID) (CheckoutState, *payment.Payment, error) {
	var out CheckoutState
	var open *payment.Payment
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := order.GetCheckout(tx, buyer, checkout)
		if err != nil {
			return err
		}
		out.Total, out.Deadline = c.Total, c.PayDeadline
		for _, r := range c.Orders {
			o, err := order.Get(tx, r.Shop, r.Order)
			if err != nil {
				return err
			}
			out.Orders = append(out.Orders, OrderState{r.Shop, r.Order, o.State, o.Total})
			out.add(o)
		}
		all, err := payment.OfCheckout(tx, buyer, checkout)
		for i := range all {
			if all[i].State == payment.Open {
				open = &all[i]
			}
		}
		return err
	})
	return out, open, err
}

// add lets an order weigh on the state of its checkout.
func (s *CheckoutState) add(o order.Order) {
	switch {
	case o.State == order.Pending:
		s.State = order.Pending
	case s.State == order.Pending:
	case !o.PaidAt.IsZero():
		s.State = order.Paid
	case s.State == "":
		s.State = order.Closed
	}
}
