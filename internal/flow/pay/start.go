package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Start gives the page what it needs to pay the pending orders of a checkout.
// There is one open payment per checkout; its row is durable before the provider
// hears of it, and a repeated Start sends the same number again or reuses a
// prepay that still lives. When an order was cancelled meanwhile, the old payment
// is closed at the provider and a new one covers the rest.
//
// Errors: checkout.not_found, payment.already_paid, payment.nothing_due,
// payment.expired, payment.no_openid, payment.provider (try again), payment.refused.
func (d *Deps) Start(ctx context.Context, buyer, checkout id.ID) (Started, error) {
	for range 4 {
		b, err := d.open(ctx, buyer, checkout)
		if err != nil {
			return Started{}, err
		}
		if b.stale {
			if _, err := d.end(ctx, b, nil, ""); err != nil {
				return Started{}, err
			}
			continue
		}
		out, again, err := d.prepay(ctx, b)
		if !again {
			return out, err
		}
	}
	return Started{}, ErrProvider
}

// bundle is a payment with its parts, in shop order, and their orders.
type bundle struct {
	payment payment.Payment
	parts   []payment.Part
	orders  []order.Order
	stale   bool // it no longer covers exactly the pending orders
}

func (b bundle) ref() payment.Ref {
	r := payment.Ref{Kind: b.payment.Kind, TradeNo: b.payment.TradeNo, AppID: b.payment.AppID}
	if b.payment.Kind == payment.Combined {
		for _, p := range b.parts {
			r.Parts = append(r.Parts, payment.PartRef{MchID: p.MchID, TradeNo: p.TradeNo})
		}
	}
	return r
}

// open finds or makes the open payment of a checkout.
func (d *Deps) open(ctx context.Context, buyer, checkout id.ID) (bundle, error) {
	var out bundle
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		out = bundle{}
		now := d.Now()
		c, err := order.LockCheckout(tx, buyer, checkout)
		if err != nil {
			return err
		}
		all, err := payment.OfCheckout(tx, buyer, checkout)
		if err != nil {
			return err
		}
		due, err := pending(tx, c, now)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.State == payment.Open {
				out, err = load(tx, p, c, order.Get)
				out.stale = !covers(out.parts, due)
				return err
			}
		}
		out, err = d.create(tx, c, due, now)
		return err
	})
	return out, err
}

// pending locks the orders of a checkout and gives those to be paid.
func pending(tx *db.Tx, c order.Checkout, now time.Time) ([]order.Order, error) {
	var due []order.Order
	paid := false
	for _, r := range c.Orders {
		o, err := order.Lock(tx, r.Shop, r.Order)
		if err != nil {
			return nil, err
		}
		switch {
		case o.State == order.Pending:
			due = append(due, o)
		case !o.PaidAt.IsZero():
			paid = true
		}
	}
	switch {
	case len(due) == 0 && paid:
		return nil, ErrAlreadyPaid
	case len(due) == 0:
		return nil, ErrNothingDue
	case !now.Before(c.PayDeadline):
		return nil, ErrExpired
	}
	return due, nil
}

// load reads the parts of a payment and, with get (order.Get or order.Lock), their orders.
func load(tx *db.Tx, p payment.Payment, c order.Checkout, get func(tx *db.Tx, shop, no id.ID) (order.Order, error)) (bundle, error) {
	b := bundle{payment: p}
	for _, r := range c.Orders {
		part, err := payment.GetPart(tx, r.Shop, r.Order, p.ID)
		if errors.Is(err, payment.ErrPaymentNotFound) {
			continue
		}
		if err != nil {
			return b, err
		}
		o, err := get(tx, r.Shop, r.Order)
		if err != nil {
			return b, err
		}
		b.parts, b.orders = append(b.parts, part), append(b.orders, o)
	}
	if len(b.parts) == 0 {
		return b, fmt.Errorf("pay: payment %s has no parts", p.ID)
	}
	return b, nil
}

func covers(parts []payment.Part, due []order.Order) bool {
	if len(parts) != len(due) {
		return false
	}
	for i, p := range parts {
		if p.ShopID != due[i].ShopID || p.OrderID != due[i].ID || p.Amount != due[i].Total {
			return false
		}
	}
	return true
}

// create writes a new open payment over the due orders.
func (d *Deps) create(tx *db.Tx, c order.Checkout, due []order.Order, now time.Time) (bundle, error) {
	openID, err := d.openID(tx, c.Buyer)
	if err != nil {
		return bundle{}, err
	}
	p := payment.Payment{
		BuyerID: c.Buyer, ID: d.IDs.Next(), CheckoutID: c.ID, Provider: payment.Wechat, Kind: payment.Single, State: payment.Open,
		AppID: d.Config.AppID, OpenID: openID, PayDeadline: c.PayDeadline, NextCheckAt: now.Add(d.firstCheck()), CreatedAt: now, UpdatedAt: now,
	}
	p.TradeNo = payment.TradeNo(c.Buyer, p.ID)
	if len(due) > 1 {
		p.Kind = payment.Combined
	}
	b := bundle{orders: due}
	for _, o := range due {
		if p.Amount, err = p.Amount.Add(o.Total); err != nil {
			return bundle{}, err
		}
		part := payment.Part{ShopID: o.ShopID, OrderID: o.ID, PaymentID: p.ID, BuyerID: c.Buyer, Provider: p.Provider, MchID: d.Config.MchID,
			TradeNo: p.TradeNo, Amount: o.Total, State: payment.Open}
		if p.Kind == payment.Combined {
			part.TradeNo = payment.PartNo(o.ShopID, d.IDs.Next())
		}
		b.parts = append(b.parts, part)
	}
	b.payment = p
	if err := payment.Put(tx, p); err != nil {
		return bundle{}, err
	}
	for _, part := range b.parts {
		if err := payment.PutPart(tx, part); err != nil {
			return bundle{}, err
		}
		if err := ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.Opened(part.Provider, part.ShopID, part.OrderID, p.ID, part.Amount)}); err != nil {
			return bundle{}, err
		}
	}
	return b, nil
}

// openID is the buyer's identity in the account in which is paid. The table is
// owned by the buyer room; this is the one place where payment reads it.
func (d *Deps) openID(tx *db.Tx, buyer id.ID) (string, error) {
	var open string
	err := tx.QueryRow(`SELECT open_id FROM buyer_openids WHERE buyer_id = $1 AND app_id = $2`, buyer, d.Config.AppID).Scan(&open)
	if errors.Is(err, db.ErrNoRow) {
		return "", ErrNoOpenID
	}
	return open, err
}

// prepay makes an open payment known to the provider, or reuses its prepay.
// again asks for another round: the payment had ended meanwhile.
func (d *Deps) prepay(ctx context.Context, b bundle) (out Started, again bool, err error) {
	p := b.payment
	out = Started{PaymentID: p.ID, Amount: p.Amount, Deadline: p.PayDeadline}
	if p.PrepayID != "" && d.Now().Add(time.Minute).Before(p.PrepayExpiresAt) {
		out.Params, err = d.Provider.JSParams(p.PrepayID)
		return out, false, err
	}
	got, err := d.Provider.Prepay(ctx, prepayIn(b))
	switch {
	case errors.Is(err, payment.ErrPaid):
		if _, err := d.Check(ctx, p.BuyerID, p.ID); err != nil {
			return out, false, err
		}
		return out, false, ErrAlreadyPaid
	case errors.Is(err, payment.ErrClosed):
		_, err := d.endHere(ctx, b, nil, "")
		return out, true, err
	case err != nil && definite(err):
		// This number will never be taken (say, the notify address was changed since
		// it was first sent): end it, so that the next try gets a new one.
		settled, endErr := d.end(ctx, b, nil, "")
		if settled {
			return out, false, ErrAlreadyPaid
		}
		if endErr != nil {
			d.warn(ctx, "a refused payment could not be ended", "payment", p.ID, "err", endErr)
		}
		return out, false, outside(err)
	case err != nil:
		return out, false, outside(err)
	}
	now := d.Now()
	var open bool
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		open, err = payment.SetPrepay(tx, p, got.PrepayID, now.Add(got.Lives), now.Add(d.firstCheck()), now)
		return err
	})
	if err != nil {
		return out, false, err
	}
	if !open { // cancelled or settled while the provider answered
		if err := d.Provider.Close(ctx, b.ref()); err != nil {
			d.warn(ctx, "payment ended while it was started; closing it again failed", "payment", p.ID, "err", err)
		}
		return out, true, nil
	}
	out.Params, err = d.Provider.JSParams(got.PrepayID)
	return out, false, err
}

// definite tells that repeating a call does not heal its refusal.
func definite(err error) bool { return outside(err).Code == ErrRefused.Code }

func prepayIn(b bundle) payment.PrepayIn {
	in := payment.PrepayIn{Ref: b.ref(), OpenID: b.payment.OpenID, Amount: b.payment.Amount, Description: describe(b.orders[0]), Deadline: b.payment.PayDeadline}
	for i, part := range b.parts {
		in.Items = append(in.Items, payment.PrepayItem{
			PartRef: payment.PartRef{MchID: part.MchID, TradeNo: part.TradeNo}, Amount: part.Amount, Description: describe(b.orders[i]),
		})
	}
	return in
}

// describe is what the buyer reads on the payment sheet. It depends only on what
// was stored when the order was placed.
func describe(o order.Order) string {
	if o.LineCount > 1 {
		return fmt.Sprintf("%s 等 %d 种商品", o.Title, o.LineCount)
	}
	return o.Title
}
