package aftersale

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/carrier"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// step runs fn on a locked after-sale and its locked order.
func (d *Deps) step(ctx context.Context, shop, no id.ID, fn func(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error) (aftersale.Aftersale, error) {
	var out aftersale.Aftersale
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := aftersale.Get(tx, shop, no)
		if err != nil {
			return err
		}
		o, err := order.Lock(tx, shop, a.OrderID)
		if err != nil {
			return err
		}
		if a, err = aftersale.Lock(tx, shop, no); err != nil {
			return err
		}
		if err := fn(tx, o, a, d.Now()); err != nil {
			return err
		}
		out, err = aftersale.Get(tx, shop, no)
		return err
	})
	return out, err
}

// Approve grants an after-sale: of kind refund, the refund is created now; of
// kind return, the buyer is asked to send the goods. Approving twice is fine.
// It returns the after-sale as it stands. Errors: aftersale.not_found, .state.
func (d *Deps) Approve(ctx context.Context, shop, no id.ID) (aftersale.Aftersale, error) {
	return d.step(ctx, shop, no, func(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error {
		switch a.State {
		case aftersale.Requested:
		case aftersale.Approved, aftersale.Returning, aftersale.Refunding, aftersale.Refunded:
			return nil
		default:
			return aftersale.ErrState
		}
		to := aftersale.Refunding
		if a.Kind == aftersale.Return {
			to = aftersale.Approved
		}
		if err := moved(aftersale.Decide(tx, a, to, "", now)); err != nil {
			return err
		}
		if to == aftersale.Refunding {
			if err := d.payBack(tx, a, now); err != nil {
				return err
			}
		}
		if err := order.Touch(tx, o.ShopID, o.ID, now); err != nil {
			return err
		}
		return d.emit(tx, event.AftersaleDecided, a, to, "", now)
	})
}

// payBack creates the refund of an after-sale: row and ledger.
func (d *Deps) payBack(tx *db.Tx, a aftersale.Aftersale, now time.Time) error {
	parts, err := payment.PartsOfOrder(tx, a.ShopID, a.OrderID)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.State != payment.Paid {
			continue
		}
		refund := payment.Refund{ShopID: a.ShopID, ID: d.IDs.Next(), OrderID: a.OrderID, PaymentID: p.PaymentID, AftersaleID: a.ID, Amount: a.Amount, Reason: a.Reason}
		if err := payment.Ask(tx, refund, now); err != nil {
			return err
		}
		b, err := ledger.OrderBalances(tx, a.ShopID, a.OrderID)
		if err != nil {
			return err
		}
		rows, err := ledger.Decided(a.ShopID, a.OrderID, refund.ID, a.Amount, b)
		if err != nil {
			return err
		}
		return ledger.Post(tx, d.IDs, now, rows)
	}
	return fmt.Errorf("aftersale: order %s has no paid payment", a.OrderID)
}

// Refuse turns an after-sale down, with a reason for the buyer: when it was
// asked, or when what came back is not what was sold. Refusing twice is fine.
// Errors: aftersale.not_found, .state, .reason.
func (d *Deps) Refuse(ctx context.Context, shop, no id.ID, reason string) (aftersale.Aftersale, error) {
	if reason == "" || utf8.RuneCountInString(reason) > 200 {
		return aftersale.Aftersale{}, ErrReason
	}
	return d.step(ctx, shop, no, func(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error {
		switch a.State {
		case aftersale.Requested, aftersale.Returning:
		case aftersale.Refused:
			return nil
		default:
			return aftersale.ErrState
		}
		if err := moved(aftersale.Decide(tx, a, aftersale.Refused, reason, now)); err != nil {
			return err
		}
		if err := d.giveUp(tx, o, a, now); err != nil {
			return err
		}
		return d.emit(tx, event.AftersaleDecided, a, aftersale.Refused, reason, now)
	})
}

// CancelRequest lets the buyer withdraw before the goods are on their way or the
// money is. Cancelling twice is fine. Errors: aftersale.not_found, .state.
func (d *Deps) CancelRequest(ctx context.Context, buyer, shop, no id.ID) (aftersale.Aftersale, error) {
	return d.step(ctx, shop, no, func(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error {
		switch {
		case a.BuyerID != buyer:
			return aftersale.ErrNotFound
		case a.State == aftersale.Cancelled:
			return nil
		}
		if err := moved(aftersale.Withdraw(tx, a, now)); err != nil {
			return err
		}
		if err := d.giveUp(tx, o, a, now); err != nil {
			return err
		}
		return d.emit(tx, event.AftersaleCancelled, a, aftersale.Cancelled, "", now)
	})
}

// giveUp lets go of the units of an after-sale that was refused or withdrawn.
func (d *Deps) giveUp(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error {
	lines, err := aftersale.Lines(tx, a.ShopID, a.ID)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := order.Count(tx, o.ShopID, o.ID, l.LineNo, order.Counts{Refunding: -l.Qty, Held: -l.Unshipped}); err != nil {
			return fmt.Errorf("aftersale: counters of order %s line %s: %w", o.ID, l.LineNo, err)
		}
	}
	bought, err := order.Lines(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	open, err := aftersale.OpenCount(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	until := now.Add(or(d.Config.DecidedGrace, 3*24*time.Hour))
	return order.SetRefundState(tx, o.ShopID, o.ID, order.Sum(bought).RefundState(open > 0), until, now)
}

// GiveReturnParcel stores carrier and number of the parcel by which the buyer
// sends goods back; giving it again corrects it.
// Errors: aftersale.not_found, .state, .parcel.
func (d *Deps) GiveReturnParcel(ctx context.Context, buyer, shop, no id.ID, carrierCode, trackingNo string) (aftersale.Aftersale, error) {
	trackingNo = carrier.Clean(trackingNo)
	if err := carrier.ValidTracking(carrierCode, trackingNo); err != nil {
		return aftersale.Aftersale{}, ErrParcel.Because(err)
	}
	return d.step(ctx, shop, no, func(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error {
		if a.BuyerID != buyer {
			return aftersale.ErrNotFound
		}
		if err := moved(aftersale.GiveParcel(tx, a, carrierCode, trackingNo, now)); err != nil {
			return err
		}
		if a.State == aftersale.Returning {
			return nil
		}
		return d.emit(tx, event.AftersaleReturning, a, aftersale.Returning, "", now)
	})
}

// ConfirmReturned says that the shop has the goods: the refund is created, and
// with restock the units go back to stock. Confirming twice is fine.
// Errors: aftersale.not_found, .state.
func (d *Deps) ConfirmReturned(ctx context.Context, shop, no, staff id.ID, restock bool) (aftersale.Aftersale, error) {
	return d.step(ctx, shop, no, func(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error {
		if a.Kind == aftersale.Return && (a.State == aftersale.Refunding || a.State == aftersale.Refunded) {
			return nil
		}
		if err := moved(aftersale.Returned(tx, a, now)); err != nil {
			return err
		}
		if err := d.payBack(tx, a, now); err != nil {
			return err
		}
		if err := order.Touch(tx, o.ShopID, o.ID, now); err != nil {
			return err
		}
		if restock {
			if err := d.restock(tx, o, a, staff, now); err != nil {
				return err
			}
		}
		return d.emit(tx, event.AftersaleReturned, a, aftersale.Refunding, "", now)
	})
}

func (d *Deps) restock(tx *db.Tx, o order.Order, a aftersale.Aftersale, staff id.ID, now time.Time) error {
	lines, err := aftersale.Lines(tx, a.ShopID, a.ID)
	if err != nil {
		return err
	}
	bought, err := order.Lines(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	sku := map[id.ID]id.ID{}
	for _, l := range bought {
		sku[l.No] = l.SKU
	}
	var back []inventory.Line
	for _, l := range lines {
		back = append(back, inventory.Line{SKU: sku[l.LineNo], Qty: l.Qty})
	}
	return inventory.Restock(tx, inventory.Move{IDs: d.IDs, Shop: o.ShopID, Order: o.ID, Staff: staff, Now: now}, back)
}

// moved turns "no row changed" into aftersale.state.
func moved(ok bool, err error) error {
	if err == nil && !ok {
		return aftersale.ErrState
	}
	return err
}
