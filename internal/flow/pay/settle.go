package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// reasonLate is what the buyer reads on a refund of money that came too late.
const reasonLate = "订单已关闭，原路退回"

// Settle books the provider's word that a payment is paid, exactly once: numbers,
// merchant and amounts are compared with what was asked, pending orders become
// paid with ledger rows and events, and money for an order that was not pending
// (any more) is refunded by itself. Repeating it changes nothing.
//
// Errors: payment.not_found for a number that is not ours; payment.mismatch when
// what was paid is not what was due: recorded as event payment.refused, nothing booked.
func (d *Deps) Settle(ctx context.Context, r payment.Result) error {
	var refused error
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		refused, err = d.settle(tx, r)
		return err
	})
	if err == nil {
		err = refused
	}
	return err
}

// settle is Settle inside a write. refused is for good: what has to be kept of it
// (a mismatch) is written.
func (d *Deps) settle(tx *db.Tx, r payment.Result) (refused, err error) {
	buyer, no, err := payment.ParseTradeNo(r.TradeNo)
	if err != nil {
		return payment.ErrPaymentNotFound.Because(err), nil
	}
	if r.State != payment.ResultPaid {
		return nil, fmt.Errorf("pay: Settle of %s which is %s", r.TradeNo, r.State)
	}
	now := d.Now()
	p, err := payment.Lock(tx, buyer, no)
	if errors.Is(err, payment.ErrPaymentNotFound) {
		return err, nil
	}
	if err != nil || p.State == payment.Paid {
		return nil, err
	}
	c, err := order.GetCheckout(tx, buyer, p.CheckoutID)
	if err != nil {
		return nil, err
	}
	b, err := load(tx, p, c, order.Lock)
	if err != nil {
		return nil, err
	}
	if mismatch := compare(b, r); mismatch != nil {
		return ErrMismatch.Because(mismatch), d.recordMismatch(tx, b, mismatch, now)
	}
	return nil, d.book(tx, b, r, now)
}

// compare says what does not fit between a payment and the provider's word.
func compare(b bundle, r payment.Result) error {
	if b.payment.Kind == payment.Single && len(b.parts) > 1 {
		return compareWhole(b, r)
	}
	if r.TradeNo != b.payment.TradeNo || len(r.Parts) != len(b.parts) {
		return fmt.Errorf("payment %s: %d parts under %s, want %d under %s", b.payment.ID, len(r.Parts), r.TradeNo, len(b.parts), b.payment.TradeNo)
	}
	for _, p := range b.parts {
		got := find(r, p.TradeNo)
		switch {
		case got.TradeNo == "":
			return fmt.Errorf("payment %s: part %s is missing", b.payment.ID, p.TradeNo)
		case got.Amount != p.Amount:
			return fmt.Errorf("payment %s: part %s is %s, want %s", b.payment.ID, p.TradeNo, got.Amount, p.Amount)
		case got.SubMchID != p.SubMchID:
			return fmt.Errorf("payment %s: part %s went to sub-merchant %q, want %q", b.payment.ID, p.TradeNo, got.SubMchID, p.SubMchID)
		case got.MchID != p.MchID || got.Currency != "CNY" && got.Currency != "":
			return fmt.Errorf("payment %s: part %s went to merchant %s in %s, want %s in CNY", b.payment.ID, p.TradeNo, got.MchID, got.Currency, p.MchID)
		case got.TransactionID == "":
			return fmt.Errorf("payment %s: part %s has no transaction id", b.payment.ID, p.TradeNo)
		}
	}
	return nil
}

// compareWhole is compare for a provider that takes the orders of several shops as
// one trade.
func compareWhole(b bundle, r payment.Result) error {
	whole := b
	one := b.parts[0]
	one.Amount = b.payment.Amount
	whole.parts = []payment.Part{one}
	return compare(whole, r)
}

func find(r payment.Result, tradeNo string) payment.PartResult {
	for _, p := range r.Parts {
		if p.TradeNo == tradeNo {
			return p
		}
	}
	return payment.PartResult{}
}

// recordMismatch keeps the payment open, to be asked about seldom, and tells people.
func (d *Deps) recordMismatch(tx *db.Tx, b bundle, why error, now time.Time) error {
	if err := payment.Asked(tx, b.payment, now.Add(6*time.Hour), now); err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, b.parts[0].ShopID, event.PaymentRefused, event.PaymentProblem{
		ShopID: b.parts[0].ShopID, BuyerID: b.payment.BuyerID, PaymentID: b.payment.ID, Reason: why.Error(),
	})
}

// book writes what a payment means for each of its orders.
func (d *Deps) book(tx *db.Tx, b bundle, r payment.Result, now time.Time) error {
	latest := time.Time{}
	for i, p := range b.parts {
		got := find(r, p.TradeNo)
		if got.PaidAt.IsZero() {
			got.PaidAt = now
		}
		if got.PaidAt.After(latest) {
			latest = got.PaidAt
		}
		if err := d.bookPart(tx, p, b.orders[i], got, now); err != nil {
			return err
		}
		if b.payment.Way.Handed() {
			if err := d.handOver(tx, p.ShopID, p.OrderID, now); err != nil {
				return err
			}
		}
	}
	_, err := payment.Settle(tx, b.payment, latest, now)
	return err
}

// bookPart books a part and its order, which is locked.
func (d *Deps) bookPart(tx *db.Tx, p payment.Part, o order.Order, got payment.PartResult, now time.Time) error {
	to := payment.Late
	if o.State == order.Pending && o.Total == p.Amount {
		to = payment.Paid
	}
	if ok, err := payment.SettlePart(tx, p, to, got.TransactionID, got.PaidAt); err != nil || !ok {
		return err
	}
	if to == payment.Late {
		return d.sendBack(tx, p, now)
	}
	if ok, err := order.Pay(tx, p.ShopID, p.OrderID, got.PaidAt, now); err != nil || !ok {
		return fmt.Errorf("pay: order %s left pending under its lock: %w", p.OrderID, err)
	}
	if err := ledger.Post(tx, d.IDs, now, []ledger.Transfer{paid(p)}); err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, p.ShopID, event.OrderPaid, event.Order{
		ShopID: p.ShopID, OrderID: p.OrderID, BuyerID: p.BuyerID, CheckoutID: o.CheckoutID, PaymentID: p.PaymentID, Total: p.Amount, Source: o.Source,
	})
}

// paid is what the money of a part means that pays its order: what its payment
// asked is posted, unless that had ended.
func paid(p payment.Part) ledger.Transfer {
	if p.State == payment.Closed {
		return ledger.PaidAfterAll(p.Provider, p.ShopID, p.OrderID, p.PaymentID, p.Amount)
	}
	return ledger.Paid(p.ShopID, p.OrderID, p.PaymentID, p.Amount)
}

// sendBack books money that came too late and its refund. A part that was open
// asks no more.
func (d *Deps) sendBack(tx *db.Tx, p payment.Part, now time.Time) error {
	refund := d.IDs.Next()
	all := ledger.Late(p.Provider, p.ShopID, p.OrderID, p.PaymentID, refund, p.Amount)
	if p.State == payment.Open {
		all = append(all, ledger.Ended(p.ShopID, p.OrderID, p.PaymentID, p.Amount, false))
	}
	if err := ledger.Post(tx, d.IDs, now, all); err != nil {
		return err
	}
	return payment.Ask(tx, payment.Refund{ShopID: p.ShopID, ID: refund, OrderID: p.OrderID, PaymentID: p.PaymentID, Amount: p.Amount, Reason: reasonLate}, now)
}

// bundleOf reads a payment with its parts.
func (d *Deps) bundleOf(ctx context.Context, buyer, pay id.ID) (bundle, error) {
	var b bundle
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := payment.Get(tx, buyer, pay)
		if err != nil {
			return err
		}
		c, err := order.GetCheckout(tx, buyer, p.CheckoutID)
		if err != nil {
			return err
		}
		b, err = load(tx, p, c, order.Get)
		return err
	})
	return b, err
}
