package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// By is how a buyer means to pay.
type By struct {
	Way      payment.Way
	ClientIP string // of the browser; H5 needs it
}

// Start is StartBy inside WeChat.
func (d *Deps) Start(ctx context.Context, buyer, checkout id.ID) (Started, error) {
	return d.StartBy(ctx, buyer, checkout, By{Way: payment.JSAPI})
}

// StartBy gives the page what it needs to pay the pending orders of a checkout.
// There is one open payment per checkout; its row is durable before the provider
// hears of it, and a repeated start sends the same number again or reuses a
// prepay that still lives. When an order was cancelled meanwhile, or the buyer
// chose another way, the old payment is closed at the provider before a new one
// covers the orders.
//
// Errors: checkout.not_found, payment.already_paid, payment.nothing_due,
// payment.expired, payment.no_openid, payment.way, payment.no_sub_merchant,
// payment.provider (try again), payment.refused.
func (d *Deps) StartBy(ctx context.Context, buyer, checkout id.ID, by By) (Started, error) {
	if by.Way.Handed() {
		return Started{}, ErrWay
	}
	if _, err := d.provider(by.Way.Provider()); err != nil {
		return Started{}, err
	}
	for range 4 {
		b, err := d.open(ctx, buyer, checkout, by)
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
	stale   bool // it no longer covers exactly the pending orders, or the buyer chose another way
}

func (b bundle) ref() payment.Ref {
	r := payment.Ref{Kind: b.payment.Kind, Way: b.payment.Way, TradeNo: b.payment.TradeNo, AppID: b.payment.AppID}
	if b.payment.Kind != payment.Combined {
		r.SubMchID = b.parts[0].SubMchID
		return r
	}
	for _, p := range b.parts {
		r.Parts = append(r.Parts, payment.PartRef{MchID: p.MchID, SubMchID: p.SubMchID, TradeNo: p.TradeNo})
	}
	return r
}

// open finds or makes the open payment of a checkout.
func (d *Deps) open(ctx context.Context, buyer, checkout id.ID, by By) (bundle, error) {
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
				out.stale = !covers(out.parts, due) || p.Way != by.Way
				return err
			}
		}
		out, err = d.create(tx, c, due, by, now)
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
func (d *Deps) create(tx *db.Tx, c order.Checkout, due []order.Order, by By, now time.Time) (bundle, error) {
	p := payment.Payment{
		BuyerID: c.Buyer, ID: d.IDs.Next(), CheckoutID: c.ID, Provider: by.Way.Provider(), Way: by.Way, Kind: payment.Single, State: payment.Open,
		AppID: d.Config.AppID, PayDeadline: c.PayDeadline, NextCheckAt: now.Add(d.firstCheck()), CreatedAt: now, UpdatedAt: now,
	}
	var err error
	if err = d.payer(tx, &p, by); err != nil {
		return bundle{}, err
	}
	p.TradeNo = payment.TradeNo(c.Buyer, p.ID)
	if len(due) > 1 && p.Provider == payment.Wechat {
		p.Kind = payment.Combined
	}
	if p.Way.Handed() {
		p.PayDeadline, p.NextCheckAt = now.Add(codePatience), now.Add(askCodeEvery)
	}
	b := bundle{orders: due}
	for _, o := range due {
		if p.Amount, err = p.Amount.Add(o.Total); err != nil {
			return bundle{}, err
		}
		part := payment.Part{ShopID: o.ShopID, OrderID: o.ID, PaymentID: p.ID, BuyerID: c.Buyer, Provider: p.Provider, MchID: d.merchant(p.Provider),
			TradeNo: p.TradeNo, Amount: o.Total, State: payment.Open}
		if part.SubMchID, err = d.subMchID(tx, p.Provider, o.ShopID); err != nil {
			return bundle{}, err
		}
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

// payer fills in what a way asks of the one who pays.
func (d *Deps) payer(tx *db.Tx, p *payment.Payment, by By) (err error) {
	switch by.Way {
	case payment.JSAPI:
		p.OpenID, err = d.openID(tx, p.BuyerID)
	case payment.H5:
		if p.ClientIP = by.ClientIP; p.ClientIP == "" {
			err = ErrWay
		}
	}
	return err
}

// merchant is who receives at a provider.
func (d *Deps) merchant(provider string) string {
	if provider == payment.Alipay {
		return d.Config.AlipayID
	}
	return d.Config.MchID
}

// subMchID is the sub-merchant by which a shop receives, "" where the market's
// own merchant does.
func (d *Deps) subMchID(tx *db.Tx, provider string, no id.ID) (string, error) {
	if provider != payment.Wechat || !d.Config.Partner {
		return "", nil
	}
	sub, err := shop.SubMchID(tx, no)
	if err == nil && sub == "" {
		err = ErrNoSubMch.With("shop", no)
	}
	return sub, err
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
	if p.PrepayID != "" && d.Now().Add(time.Minute).Before(p.PrepayExpiresAt) {
		out, err = d.started(p, p.PrepayID, p.PrepayExpiresAt)
		return out, false, err
	}
	provider, err := d.provider(p.Provider)
	if err != nil {
		return out, false, err
	}
	got, err := provider.Prepay(ctx, d.prepayIn(b))
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
	until := now.Add(got.Lives)
	var open bool
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		open, err = payment.SetPrepay(tx, p, got.PrepayID, until, now.Add(d.firstCheck()), now)
		return err
	})
	if err != nil {
		return out, false, err
	}
	if !open { // cancelled or settled while the provider answered
		if err := d.closeThere(ctx, b); err != nil {
			d.warn(ctx, "payment ended while it was started; closing it again failed", "payment", p.ID, "err", err)
		}
		return out, true, nil
	}
	out, err = d.started(p, got.PrepayID, until)
	return out, false, err
}

// started is what the page does with the provider's handle.
func (d *Deps) started(p payment.Payment, handle string, until time.Time) (Started, error) {
	out := Started{PaymentID: p.ID, Amount: p.Amount, Deadline: p.PayDeadline, Way: p.Way, Until: until}
	if p.PayDeadline.Before(until) {
		out.Until = p.PayDeadline
	}
	switch p.Way {
	case payment.Native:
		out.QR = handle
	case payment.JSAPI:
		bridge, ok := d.Provider.(payment.Bridge)
		if !ok {
			return out, ErrWay
		}
		var err error
		out.Params, err = bridge.JSParams(handle)
		return out, err
	default:
		out.URL = handle
	}
	return out, nil
}

// definite tells that repeating a call does not heal its refusal.
func definite(err error) bool { return outside(err).Code == ErrRefused.Code }

func (d *Deps) prepayIn(b bundle) payment.PrepayIn {
	in := payment.PrepayIn{Ref: b.ref(), OpenID: b.payment.OpenID, Amount: b.payment.Amount, Description: describe(b.orders[0]), Deadline: b.payment.PayDeadline,
		ClientIP: b.payment.ClientIP}
	if d.Config.ReturnURL != "" {
		in.ReturnURL = d.Config.ReturnURL + b.payment.CheckoutID.String()
	}
	for i, part := range b.parts {
		in.Items = append(in.Items, payment.PrepayItem{
			PartRef: payment.PartRef{MchID: part.MchID, SubMchID: part.SubMchID, TradeNo: part.TradeNo}, Amount: part.Amount, Description: describe(b.orders[i]),
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
