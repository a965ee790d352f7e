package pay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

// WeChat Pay's times for a payment by code: ask every 5 to 10 seconds, reverse
// after 30 to 45.
const (
	codePatience = 45 * time.Second
	askCodeEvery = 5 * time.Second
)

// Errors of the till.
var (
	ErrCharging = errs.New(errs.Conflict, "till.charging", "上一次收款还在等待顾客确认", "The last charge still waits for the buyer")
	ErrBadCode  = errs.New(errs.Conflict, "till.bad_code", "付款码无效或已过期，请顾客刷新后再出示", "The payment code is wrong or out of date; the buyer may show a fresh one")
	ErrNoMoney  = errs.New(errs.Conflict, "till.no_money", "顾客余额不足，请更换支付方式", "The buyer's wallet cannot pay; please pay otherwise")
)

// ChargeIn is a payment code read at a till for an order.
type ChargeIn struct {
	Shop, Order    id.ID
	Key, InputHash string // Idempotency-Key and the hash of what came with it
	AuthCode       string
	DeviceIP       string // of the till
}

// TillState is where a sale at a till stands.
type TillState string

// Where a sale at a till stands.
const (
	TillReady  TillState = "ready"  // a code can be read
	TillPaying TillState = "paying" // the buyer confirms on the phone, or the outcome is not known yet
	TillPaid   TillState = "paid"
	TillClosed TillState = "closed" // cancelled or too late
)

// TillSale is a sale at a till as its page polls it.
type TillSale struct {
	Order    order.Order
	State    TillState
	Deadline time.Time // when a charge that waits is reversed, UTC
	Payment  payment.Part
}

// Charge takes the money of whoever shows a payment code, once per key: the
// payment is durable before the provider hears of it, and whatever becomes of this
// process the sweeper asks about it, then settles or reverses it. A state of
// TillPaying means: poll Till.
//
// Errors: order.not_found, payment.already_paid, .nothing_due, .expired, till.*,
// payment.provider, payment.refused, idempotency.*.
func (d *Deps) Charge(ctx context.Context, in ChargeIn) (TillSale, error) {
	p, err := d.provider(payment.Wechat)
	if err != nil {
		return TillSale{}, err
	}
	till, ok := p.(payment.Till)
	if !ok {
		return TillSale{}, ErrWay
	}
	b, fresh, err := d.openCharge(ctx, in)
	if err != nil {
		return TillSale{}, err
	}
	if fresh {
		if err := d.charge(ctx, till, b, in); err != nil {
			return TillSale{}, err
		}
	}
	return d.Till(ctx, in.Shop, in.Order)
}

// openCharge writes the payment of a charge; not fresh: its key came before.
func (d *Deps) openCharge(ctx context.Context, in ChargeIn) (b bundle, fresh bool, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		b, fresh = bundle{}, false
		now := d.Now()
		before, err := idem.Begin(tx, idem.Owner{Shop: in.Shop}, in.Key, in.InputHash, now)
		if err != nil || before != nil {
			return err
		}
		o, err := order.Get(tx, in.Shop, in.Order)
		if err != nil {
			return err
		}
		if o.BuyerID != in.Shop { // see flow/counter: a till sells to the shop's own walk-in buyer
			return order.ErrNotFound
		}
		c, err := order.LockCheckout(tx, o.BuyerID, o.CheckoutID)
		if err != nil {
			return err
		}
		due, err := pending(tx, c, now)
		if err != nil {
			return err
		}
		all, err := payment.OfCheckout(tx, o.BuyerID, o.CheckoutID)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.State == payment.Open {
				return ErrCharging
			}
		}
		if b, err = d.create(tx, c, due, By{Way: payment.Codepay}, now); err != nil {
			return err
		}
		fresh = true
		body, err := json.Marshal(b.payment.ID)
		if err != nil {
			return err
		}
		return idem.Finish(tx, idem.Owner{Shop: in.Shop}, in.Key, in.InputHash, now, idem.Answer{HTTPCode: http.StatusOK, Body: string(body)})
	})
	return b, fresh, err
}

// charge calls the provider and books what it says.
func (d *Deps) charge(ctx context.Context, till payment.Till, b bundle, in ChargeIn) error {
	r, err := till.Charge(ctx, payment.ChargeIn{
		Ref: b.ref(), AuthCode: in.AuthCode, Amount: b.payment.Amount, Description: describe(b.orders[0]), Store: in.Shop.String(), DeviceIP: in.DeviceIP,
	})
	switch {
	case err == nil && r.State == payment.ResultPaid:
		return d.Settle(ctx, r)
	case err == nil, errors.Is(err, payment.ErrPaying), errors.Is(err, payment.ErrUnknown), errors.Is(err, payment.ErrLater), errors.Is(err, payment.ErrPaid), ctx.Err() != nil:
		return nil // asked about by the page and by the sweeper
	}
	// Nothing was taken, and will be: the number ends, and the buyer shows another code.
	if settled, endErr := d.end(ctx, b, nil, ""); settled {
		return nil
	} else if endErr != nil {
		d.warn(ctx, "a refused charge could not be ended; the sweeper does it", "payment", b.payment.ID, "err", endErr)
	}
	switch {
	case errors.Is(err, payment.ErrBadCode):
		return ErrBadCode.Because(err)
	case errors.Is(err, payment.ErrNoMoney):
		return ErrNoMoney.Because(err)
	}
	return outside(err)
}

// Till tells how a sale at a till stands. While a charge is open the provider is
// asked, at most every five seconds, and past its time it is reversed; a provider
// that does not answer is no error here.
func (d *Deps) Till(ctx context.Context, shop, no id.ID) (TillSale, error) {
	s, open, err := d.till(ctx, shop, no)
	if err != nil || open == nil || d.Now().Sub(open.UpdatedAt) < askCodeEvery {
		return s, err
	}
	var mine bool
	err = d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		now := d.Now()
		mine, err = payment.Claim(tx, *open, now.Add(-askCodeEvery), now)
		return err
	})
	if err != nil || !mine {
		return s, err
	}
	if err := d.askTill(ctx, *open); err != nil {
		d.warn(ctx, "asking about a charge failed", "payment", open.ID, "err", err)
		return s, nil
	}
	s, _, err = d.till(ctx, shop, no)
	return s, err
}

// askTill asks about a charge and, past its time, reverses it.
func (d *Deps) askTill(ctx context.Context, p payment.Payment) error {
	b, err := d.bundleOf(ctx, p.BuyerID, p.ID)
	if err != nil {
		return err
	}
	s, err := d.check(ctx, b)
	if err != nil || s != payment.Open || d.Now().Before(p.PayDeadline) {
		return err
	}
	_, err = d.end(ctx, b, nil, "")
	return err
}

func (d *Deps) till(ctx context.Context, shop, no id.ID) (s TillSale, open *payment.Payment, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		s, open = TillSale{State: TillReady}, nil
		if s.Order, err = order.OfBuyer(tx, shop, shop, no); err != nil {
			return err
		}
		parts, err := payment.PartsOfOrder(tx, shop, no)
		if err != nil {
			return err
		}
		switch {
		case !s.Order.PaidAt.IsZero():
			s.State = TillPaid
		case s.Order.State == order.Closed:
			s.State = TillClosed
		}
		for _, part := range parts {
			switch part.State {
			case payment.Paid:
				s.Payment = part
			case payment.Open:
				p, err := payment.Get(tx, part.BuyerID, part.PaymentID)
				if err != nil {
					return err
				}
				open, s.State, s.Deadline = &p, TillPaying, p.PayDeadline
			}
		}
		return nil
	})
	return s, open, err
}

// handOver books that the goods of a paid order went over the counter: one parcel
// that has arrived. The order counts as received with the next round of receipts.
func (d *Deps) handOver(tx *db.Tx, shop, no id.ID, now time.Time) error {
	o, err := order.Get(tx, shop, no)
	if err != nil || o.State != order.Paid {
		return err
	}
	lines, err := order.Lines(tx, shop, no)
	if err != nil {
		return err
	}
	var units []inventory.Line
	var all []shipment.Line
	for _, l := range lines {
		all = append(all, shipment.Line{LineNo: l.No, Qty: l.Shippable()})
		if l.SKU != 0 {
			units = append(units, inventory.Line{SKU: l.SKU, Qty: l.Shippable()})
		}
		if err := order.Count(tx, shop, no, l.No, order.Counts{Shipped: l.Shippable()}); err != nil {
			return err
		}
	}
	s := shipment.Shipment{ShopID: shop, ID: d.IDs.Next(), OrderID: no, Carrier: OverTheCounter, ShippedAt: now}
	if err := shipment.Put(tx, s, all); err != nil {
		return err
	}
	if _, err := shipment.Move(tx, shop, s.ID, shipment.Delivered, now, now); err != nil {
		return err
	}
	if len(units) > 0 {
		if err := inventory.Ship(tx, inventory.Move{IDs: d.IDs, Shop: shop, Order: no, Now: now}, units); err != nil {
			return err
		}
	}
	if _, err := order.Ship(tx, shop, no, now, now); err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, shop, event.OrderShipped, event.Parcel{ShopID: shop, OrderID: no, BuyerID: o.BuyerID, ShipmentID: s.ID, Carrier: s.Carrier, Whole: true})
}

// OverTheCounter is the carrier of goods that need none.
const OverTheCounter = "counter"
