package pay

import (
	"context"
	"errors"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// WordUnknown is the word of a provider that knows no such number.
const WordUnknown = "unknown"

// AskPayment asks the provider about a payment in any state, books what it says
// as Check does, and returns its word: a payment.ResultState, or WordUnknown.
func (d *Deps) AskPayment(ctx context.Context, buyer, pay id.ID) (word string, err error) {
	b, err := d.bundleOf(ctx, buyer, pay)
	if err != nil {
		return "", err
	}
	p, err := d.provider(b.payment.Provider)
	if err != nil {
		return "", err
	}
	r, err := p.Query(ctx, b.ref())
	if errors.Is(err, payment.ErrNotFound) {
		return WordUnknown, nil
	}
	if err != nil {
		return "", outside(err)
	}
	if r.State == payment.ResultClosed && b.payment.State == payment.Paid {
		return string(r.State), nil // reversed there after we had booked it: nothing to book, a person looks
	}
	_, err = d.heard(ctx, b, r)
	return string(r.State), err
}

// AskRefund asks the provider about a refund in any state, books what it says, and
// returns its word: a payment.RefundOutcome, or WordUnknown.
func (d *Deps) AskRefund(ctx context.Context, shop, refund id.ID) (word string, err error) {
	var f payment.Refund
	var part payment.Part
	if err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if f, err = payment.GetRefund(tx, shop, refund); err != nil {
			return err
		}
		part, err = payment.GetPart(tx, f.ShopID, f.OrderID, f.PaymentID)
		return err
	}); err != nil {
		return "", err
	}
	f.State = payment.RefundSent // ask, send nothing
	r, err := d.askRefund(ctx, f, part)
	if errors.Is(err, payment.ErrNotFound) {
		return WordUnknown, nil
	}
	if err != nil {
		return "", outside(err)
	}
	return string(r.State), d.applyRefund(ctx, shop, refund, r)
}
