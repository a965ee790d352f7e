package pay

import (
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// refundDone books that the provider has sent a refund, exactly once: ledger,
// counters, stock of units that were not shipped, state of after-sale and order.
func (d *Deps) refundDone(tx *db.Tx, shop, refund id.ID, r payment.RefundResult) error {
	now := d.Now()
	f, err := payment.GetRefund(tx, shop, refund)
	if err != nil {
		return err
	}
	o, err := order.Lock(tx, shop, f.OrderID)
	if err != nil {
		return err
	}
	if f, err = payment.LockRefund(tx, shop, refund); err != nil || f.State == payment.RefundDone {
		return err
	}
	if r.Amount != f.Amount {
		why := fmt.Sprintf("provider refunded %s, asked were %s", r.Amount, f.Amount)
		return d.odd(tx, shop, refund, r.ProviderID, why)
	}
	if ok, err := payment.MoveRefund(tx, f, payment.RefundDone, r.ProviderID, "", time.Time{}, now); err != nil || !ok {
		return err
	}
	part, err := payment.GetPart(tx, shop, f.OrderID, f.PaymentID)
	if err != nil {
		return err
	}
	if err := ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.Refunded(part.Provider, shop, f.OrderID, f.ID, f.Amount)}); err != nil {
		return err
	}
	if f.AftersaleID == 0 {
		return d.emitRefund(tx, event.OrderRefunded, f, event.Refund{}, now)
	}
	return d.finishAftersale(tx, o, f, now)
}

// finishAftersale ends the after-sale whose money was sent.
func (d *Deps) finishAftersale(tx *db.Tx, o order.Order, f payment.Refund, now time.Time) error {
	if err := order.AddRefunded(tx, o.ShopID, o.ID, f.Amount, now); err != nil {
		return fmt.Errorf("pay: refund %s exceeds order %s: %w", f.ID, o.ID, err)
	}
	a, err := aftersale.Get(tx, o.ShopID, f.AftersaleID)
	if err != nil {
		return err
	}
	if ok, err := aftersale.Finish(tx, a, now); err != nil || !ok {
		return err
	}
	if err := d.count(tx, o, a, now); err != nil {
		return err
	}
	closed, err := d.restate(tx, o, now)
	if err != nil {
		return err
	}
	return d.emitRefund(tx, event.OrderRefunded, f, event.Refund{Refunded: o.Refunded + f.Amount, Closed: closed, Reason: a.Reason}, now)
}

// count moves the units of an after-sale from refunding to refunded and gives
// those that were never shipped back to stock.
func (d *Deps) count(tx *db.Tx, o order.Order, a aftersale.Aftersale, now time.Time) error {
	asked, err := aftersale.Lines(tx, a.ShopID, a.ID)
	if err != nil {
		return err
	}
	lines, err := order.Lines(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	sku := map[id.ID]id.ID{}
	for _, l := range lines {
		sku[l.No] = l.SKU
	}
	var back []inventory.Line
	for _, l := range asked {
		if err := order.Count(tx, o.ShopID, o.ID, l.LineNo, order.Counts{Refunding: -l.Qty, Refunded: l.Qty, Released: l.Unshipped}); err != nil {
			return fmt.Errorf("pay: counters of order %s line %s: %w", o.ID, l.LineNo, err)
		}
		if l.Unshipped > 0 && sku[l.LineNo] != 0 {
			back = append(back, inventory.Line{SKU: sku[l.LineNo], Qty: l.Unshipped})
		}
	}
	if len(back) == 0 {
		return nil
	}
	return inventory.Release(tx, o.ShopID, back)
}

// restate brings the states of an order in line with what is refunded by now.
func (d *Deps) restate(tx *db.Tx, o order.Order, now time.Time) (closed bool, err error) {
	lines, err := order.Lines(tx, o.ShopID, o.ID)
	if err != nil {
		return false, err
	}
	open, err := aftersale.OpenCount(tx, o.ShopID, o.ID)
	if err != nil {
		return false, err
	}
	s := order.Sum(lines)
	if err := order.SetRefundState(tx, o.ShopID, o.ID, s.RefundState(open > 0), now.Add(d.decidedGrace()), now); err != nil {
		return false, err
	}
	switch {
	case s.Refunded == s.Qty && (o.State == order.Paid || o.State == order.Shipped):
		return true, d.closeRefunded(tx, o, now)
	case o.State == order.Paid && s.Shippable == 0 && s.Shipped > 0:
		_, err = order.Ship(tx, o.ShopID, o.ID, now.Add(d.receiveWindow()), now)
	}
	return false, err
}

// closeRefunded closes an order of which everything was refunded; what is left of
// its money (a shipping fee that was not refunded) is the shop's.
func (d *Deps) closeRefunded(tx *db.Tx, o order.Order, now time.Time) error {
	if ok, err := order.Close(tx, o.ShopID, o.ID, o.State, order.ReasonRefunded, now); err != nil || !ok {
		return err
	}
	b, err := ledger.OrderBalances(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	rest, err := ledger.Earned(o.ShopID, o.ID, -b[ledger.ShopHeld], d.Config.FeeBps)
	if err != nil {
		return err
	}
	if err := ledger.Post(tx, d.IDs, now, rest); err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, o.ShopID, event.OrderClosed, event.Order{
		ShopID: o.ShopID, OrderID: o.ID, BuyerID: o.BuyerID, CheckoutID: o.CheckoutID, Total: o.Total, Reason: order.ReasonRefunded,
	})
}

// emitRefund fills in what every event of a refund carries.
func (d *Deps) emitRefund(tx *db.Tx, kind string, f payment.Refund, e event.Refund, now time.Time) error {
	o, err := order.Get(tx, f.ShopID, f.OrderID)
	if err != nil {
		return err
	}
	e.ShopID, e.OrderID, e.BuyerID, e.RefundID, e.AftersaleID, e.Amount = f.ShopID, f.OrderID, o.BuyerID, f.ID, f.AftersaleID, f.Amount
	if f.AftersaleID == 0 { // late money, or a compensation out of the shop's deposit
		part, err := payment.GetPart(tx, f.ShopID, f.OrderID, f.PaymentID)
		if err != nil {
			return err
		}
		e.Late = part.State == payment.Late
	}
	if e.Refunded == 0 {
		e.Refunded = o.Refunded
	}
	return d.Emitter.Emit(tx, now, f.ShopID, kind, e)
}
