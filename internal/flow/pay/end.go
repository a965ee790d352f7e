package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Cancel closes a buyer's pending order and gives its stock back. An open payment
// is closed at the provider first (the other orders of the checkout stay pending
// and can be paid again); when the provider says that it is paid, the order is
// settled instead and Cancelled.Paid says so. Cancelling a closed order again is fine.
//
// Errors: order.not_found, order.state (paid and further), payment.provider (try again).
func (d *Deps) Cancel(ctx context.Context, buyer, shop, no id.ID) (Cancelled, error) {
	for range 4 {
		var b *bundle
		err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
			b, err = d.cancelHere(tx, buyer, shop, no)
			return err
		})
		if err != nil || b == nil {
			return Cancelled{}, err
		}
		settled, err := d.end(ctx, *b, []order.Ref{{Shop: shop, Order: no}}, order.ReasonBuyer)
		if err != nil {
			return Cancelled{}, err
		}
		if settled {
			return Cancelled{Paid: true}, nil
		}
	}
	return Cancelled{}, order.ErrState
}

// cancelHere closes an order that no open payment covers, or returns the open
// payment that has to be ended first.
func (d *Deps) cancelHere(tx *db.Tx, buyer, shop, no id.ID) (*bundle, error) {
	o, err := order.Lock(tx, shop, no)
	if err != nil {
		return nil, err
	}
	if o.BuyerID != buyer {
		return nil, order.ErrNotFound
	}
	switch {
	case o.State == order.Closed && o.CloseReason == order.ReasonBuyer:
		return nil, nil
	case o.State != order.Pending:
		return nil, order.ErrState
	}
	parts, err := payment.PartsOfOrder(tx, shop, no)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if p.State != payment.Open {
			continue
		}
		pay, err := payment.Get(tx, buyer, p.PaymentID)
		if err != nil {
			return nil, err
		}
		c, err := order.GetCheckout(tx, buyer, pay.CheckoutID)
		if err != nil {
			return nil, err
		}
		b, err := load(tx, pay, c, order.Get)
		return &b, err
	}
	return nil, d.closeOrder(tx, o, order.ReasonBuyer, d.Now())
}

// end closes a payment at the provider and then here, with the named orders.
// settled tells that the provider says it is paid; then it was settled.
func (d *Deps) end(ctx context.Context, b bundle, orders []order.Ref, reason string) (settled bool, err error) {
	err = d.closeThere(ctx, b)
	switch {
	case errors.Is(err, payment.ErrPaid):
		s, err := d.Check(ctx, b.payment.BuyerID, b.payment.ID)
		if err == nil && s != payment.Paid {
			err = ErrProvider.Because(fmt.Errorf("close says paid, query says %s", s))
		}
		return err == nil, err
	case err == nil, errors.Is(err, payment.ErrClosed), errors.Is(err, payment.ErrNotFound):
		return d.endHere(ctx, b, orders, reason)
	}
	return false, outside(err)
}

func (d *Deps) closeThere(ctx context.Context, b bundle) error {
	p, err := d.provider(b.payment.Provider)
	if err != nil {
		return errors.Join(payment.ErrLater, err) // until the configuration has it again
	}
	return p.Close(ctx, b.ref())
}

// endHere closes a payment that is closed at the provider, and the named orders
// as far as they are pending and no other open payment covers them.
func (d *Deps) endHere(ctx context.Context, b bundle, orders []order.Ref, reason string) (settled bool, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		settled = false
		now := d.Now()
		p, err := payment.Lock(tx, b.payment.BuyerID, b.payment.ID)
		if err != nil {
			return err
		}
		if p.State == payment.Paid {
			settled = true
			return nil
		}
		if _, err := payment.Close(tx, p, now); err != nil {
			return err
		}
		for _, part := range b.parts {
			if err := d.endPart(tx, part, reason == order.ReasonDeadline, now); err != nil {
				return err
			}
		}
		for _, r := range orders {
			if err := d.closeUnpaid(tx, r, reason, now); err != nil {
				return err
			}
		}
		return nil
	})
	return settled, err
}

// endPart closes a part of a payment that ends unpaid: nothing is asked of the
// buyer by it any more.
func (d *Deps) endPart(tx *db.Tx, p payment.Part, expired bool, now time.Time) error {
	if ok, err := payment.ClosePart(tx, p.ShopID, p.OrderID, p.PaymentID); err != nil || !ok {
		return err
	}
	return ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.Ended(p.ShopID, p.OrderID, p.PaymentID, p.Amount, expired)})
}

// closeUnpaid closes an order that is pending and that no open payment covers.
func (d *Deps) closeUnpaid(tx *db.Tx, r order.Ref, reason string, now time.Time) error {
	o, err := order.Lock(tx, r.Shop, r.Order)
	if err != nil || o.State != order.Pending {
		return err
	}
	parts, err := payment.PartsOfOrder(tx, r.Shop, r.Order)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.State == payment.Open {
			return nil
		}
	}
	return d.closeOrder(tx, o, reason, now)
}

// closeOrder closes a locked pending order: stock (that of a flash sale goes back to
// the sale while it is open), event.
func (d *Deps) closeOrder(tx *db.Tx, o order.Order, reason string, now time.Time) error {
	if ok, err := order.Close(tx, o.ShopID, o.ID, order.Pending, reason, now); err != nil || !ok {
		return err
	}
	lines, err := order.Lines(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	var units []inventory.Line
	for _, l := range lines {
		kept := l.SKU == 0 // an amount without goods, from a till, has no stock
		if l.FlashID != 0 {
			if kept, err = promotion.Return(tx, promotion.Holder{Shop: o.ShopID, Sale: l.FlashID, Buyer: o.BuyerID}, l.Qty); err != nil {
				return err
			}
		}
		if !kept {
			units = append(units, inventory.Line{SKU: l.SKU, Qty: l.Qty})
		}
	}
	if err := inventory.Release(tx, o.ShopID, units); err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, o.ShopID, event.OrderClosed, event.Order{
		ShopID: o.ShopID, OrderID: o.ID, BuyerID: o.BuyerID, CheckoutID: o.CheckoutID, Total: o.Total, Reason: reason,
	})
}
