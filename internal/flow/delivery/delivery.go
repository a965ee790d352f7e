// Package delivery is the recipe of the last mile: shipping parcels (whole or
// part), following them, and receipt by the buyer or by time.
package delivery

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/carrier"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Config sets times and the fee. Zero durations take the defaults.
type Config struct {
	ReceiveWindow time.Duration // from shipping to automatic receipt; default 10 days
	FirstPoll     time.Duration // ask the carrier this long after shipping; default 1 hour, or PollEvery when that is shorter
	PollEvery     time.Duration // ask the carrier about a parcel this often at first, later more rarely; default 30 minutes
	FeeBps        int64         // the market's fee in basis points of what an order earns
}

// Deps is what the recipe works with. Safe for concurrent use.
type Deps struct {
	DB      *db.DB
	IDs     *id.Source
	Emitter *jobs.Emitter
	Now     func() time.Time
	Config  Config
	Tracker shipment.Tracker // nil: tracks come from staff only
}

func or(v, fallback time.Duration) time.Duration {
	if v > 0 {
		return v
	}
	return fallback
}

// Errors of this recipe.
var (
	ErrParcel    = errs.New(errs.Invalid, "delivery.parcel", "快递公司或单号不正确", "Carrier or tracking number is not valid")
	ErrQuantity  = errs.New(errs.Conflict, "delivery.quantity", "发货数量超过待发数量（退款中的商品不能发货）", "More units than are left to ship (units in a refund cannot be shipped)")
	ErrNothing   = errs.New(errs.Conflict, "delivery.nothing_left", "没有可发货的商品", "Nothing is left to ship")
	ErrOpen      = errs.New(errs.Conflict, "delivery.aftersale_open", "售后处理中，暂不能确认收货", "An after-sale is open; receipt has to wait")
	ErrDelivered = errs.New(errs.Conflict, "delivery.delivered", "包裹已签收，不能修改", "The parcel has arrived and cannot be changed")
	ErrTrack     = errs.New(errs.Invalid, "delivery.track", "物流信息不完整", "The track is not complete")
)

// ShipIn is a parcel to be sent.
type ShipIn struct {
	Shop, Staff, Order  id.ID
	Key                 string // Idempotency-Key
	InputHash           string
	Carrier, TrackingNo string
	Lines               []shipment.Line // empty: everything that is left
}

// Sent is the answer to Ship.
type Sent struct {
	ShipmentID id.ID `json:"shipment_id"`
	Whole      bool  `json:"whole"` // nothing of the order is left to ship
	Repeated   bool  `json:"-"`
}

// Ship sends a parcel: units leave stock, and when nothing is left to ship the
// order is shipped and its receive deadline runs.
//
// Errors: order.not_found, order.state, delivery.parcel, .quantity, .nothing_left,
// idempotency.*.
func (d *Deps) Ship(ctx context.Context, in ShipIn) (Sent, error) {
	in.TrackingNo = carrier.Clean(in.TrackingNo)
	if err := carrier.ValidTracking(in.Carrier, in.TrackingNo); err != nil {
		return Sent{}, ErrParcel.Because(err)
	}
	var out Sent
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		now := d.Now()
		var repeated bool
		out, repeated, err = idem.Once(tx, idem.Owner{Shop: in.Shop}, in.Key, in.InputHash, http.StatusCreated, now, func() (Sent, error) { return d.ship(tx, in, now) })
		out.Repeated = repeated
		return err
	})
	if err != nil {
		return Sent{}, err
	}
	return out, nil
}

func (d *Deps) ship(tx *db.Tx, in ShipIn, now time.Time) (Sent, error) {
	o, err := order.Lock(tx, in.Shop, in.Order)
	if err != nil {
		return Sent{}, err
	}
	if o.State != order.Paid && o.State != order.Shipped {
		return Sent{}, order.ErrState
	}
	bought, err := order.Lines(tx, in.Shop, in.Order)
	if err != nil {
		return Sent{}, err
	}
	lines, units, err := choose(bought, in.Lines)
	if err != nil {
		return Sent{}, err
	}
	s := shipment.Shipment{ShopID: in.Shop, ID: d.IDs.Next(), OrderID: in.Order, Carrier: in.Carrier, TrackingNo: in.TrackingNo, StaffID: in.Staff,
		NextPollAt: d.firstPoll(now), ShippedAt: now}
	if err := shipment.Put(tx, s, lines); err != nil {
		return Sent{}, err
	}
	left := order.Sum(bought).Shippable
	for _, l := range lines {
		left -= l.Qty
		err := order.Count(tx, in.Shop, in.Order, l.LineNo, order.Counts{Shipped: l.Qty})
		if errors.Is(err, db.ErrNoRow) {
			err = ErrQuantity.With("line", l.LineNo)
		}
		if err != nil {
			return Sent{}, err
		}
	}
	if err := inventory.Ship(tx, inventory.Move{IDs: d.IDs, Shop: in.Shop, Order: in.Order, Staff: in.Staff, Now: now}, units); err != nil {
		return Sent{}, err
	}
	if err := d.advance(tx, o, left == 0, now); err != nil {
		return Sent{}, err
	}
	return Sent{ShipmentID: s.ID, Whole: left == 0}, d.Emitter.Emit(tx, now, in.Shop, event.OrderShipped, parcel(o, s, left == 0))
}

// advance marks the order as shipped when nothing is left, else only as changed.
func (d *Deps) advance(tx *db.Tx, o order.Order, whole bool, now time.Time) error {
	if !whole {
		return order.Touch(tx, o.ShopID, o.ID, now)
	}
	_, err := order.Ship(tx, o.ShopID, o.ID, now.Add(or(d.Config.ReceiveWindow, 10*24*time.Hour)), now)
	return err
}

// choose gives the lines of a parcel and their units by SKU.
func choose(bought []order.Line, want []shipment.Line) ([]shipment.Line, []inventory.Line, error) {
	byNo := map[id.ID]order.Line{}
	all := len(want) == 0
	for _, l := range bought {
		byNo[l.No] = l
		if all && l.Shippable() > 0 {
			want = append(want, shipment.Line{LineNo: l.No, Qty: l.Shippable()})
		}
	}
	if len(want) == 0 {
		return nil, nil, ErrNothing
	}
	var units []inventory.Line
	seen := map[id.ID]bool{}
	for _, w := range want {
		l, ok := byNo[w.LineNo]
		if !ok || seen[w.LineNo] || w.Qty < 1 || w.Qty > l.Shippable() {
			return nil, nil, ErrQuantity.With("line", w.LineNo).With("available", max(l.Shippable(), 0))
		}
		seen[w.LineNo] = true
		units = append(units, inventory.Line{SKU: l.SKU, Qty: w.Qty})
	}
	return want, units, nil
}

func parcel(o order.Order, s shipment.Shipment, whole bool) event.Parcel {
	return event.Parcel{ShopID: o.ShopID, OrderID: o.ID, BuyerID: o.BuyerID, ShipmentID: s.ID, Carrier: s.Carrier, TrackingNo: s.TrackingNo, Whole: whole}
}

// AddTrack keeps a message of the carrier, once, and moves the parcel along.
// Errors: shipment.not_found, delivery.track.
func (d *Deps) AddTrack(ctx context.Context, shop, no id.ID, t shipment.Track) error {
	if !complete(t) {
		return ErrTrack
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := shipment.Get(tx, shop, no)
		if err != nil {
			return err
		}
		_, err = d.addTrack(tx, s, t)
		return err
	})
}

// Correct changes carrier and number of a parcel that has not arrived.
// Errors: shipment.not_found, delivery.parcel, delivery.delivered.
func (d *Deps) Correct(ctx context.Context, shop, no id.ID, carrierCode, trackingNo string) error {
	trackingNo = carrier.Clean(trackingNo)
	if err := carrier.ValidTracking(carrierCode, trackingNo); err != nil {
		return ErrParcel.Because(err)
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := shipment.Get(tx, shop, no); err != nil {
			return err
		}
		ok, err := shipment.Correct(tx, shop, no, carrierCode, trackingNo, d.Now())
		if err == nil && !ok {
			err = ErrDelivered
		}
		return err
	})
}

// MarkDelivered says that a parcel has arrived; saying it twice is fine.
// Errors: shipment.not_found.
func (d *Deps) MarkDelivered(ctx context.Context, shop, no id.ID, at time.Time) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := shipment.Get(tx, shop, no)
		if err != nil {
			return err
		}
		return d.delivered(tx, s, at, d.Now())
	})
}

func (d *Deps) delivered(tx *db.Tx, s shipment.Shipment, at, now time.Time) error {
	if ok, err := shipment.Move(tx, s.ShopID, s.ID, shipment.Delivered, at, now); err != nil || !ok {
		return err
	}
	o, err := order.Get(tx, s.ShopID, s.OrderID)
	if err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, s.ShopID, event.OrderDelivered, parcel(o, s, o.State == order.Shipped))
}

// ConfirmReceived is the buyer's word that everything is there: what is held for
// the shop becomes the shop's, less the market's fee. Saying it twice is fine.
// Errors: order.not_found, order.state, delivery.aftersale_open.
func (d *Deps) ConfirmReceived(ctx context.Context, buyer, shop, no id.ID) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := order.Lock(tx, shop, no)
		if err != nil {
			return err
		}
		switch {
		case o.BuyerID != buyer:
			return order.ErrNotFound
		case o.State == order.Received:
			return nil
		case o.State != order.Shipped:
			return order.ErrState
		case o.RefundState == order.RefundAsked:
			return ErrOpen
		}
		return d.receive(tx, o, "buyer", d.Now())
	})
}

// receive ends a locked shipped order: ledger and event.
func (d *Deps) receive(tx *db.Tx, o order.Order, reason string, now time.Time) error {
	lines, err := order.Lines(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	if order.Sum(lines).Shippable > 0 {
		return order.ErrState // units of a refused after-sale are still to be shipped
	}
	if ok, err := order.Receive(tx, o.ShopID, o.ID, now); err != nil || !ok {
		return err
	}
	b, err := ledger.OrderBalances(tx, o.ShopID, o.ID)
	if err != nil {
		return err
	}
	rows, err := ledger.Earned(o.ShopID, o.ID, -b[ledger.ShopHeld], d.Config.FeeBps)
	if err != nil {
		return err
	}
	if err := ledger.Post(tx, d.IDs, now, rows); err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, o.ShopID, event.OrderReceived, event.Order{
		ShopID: o.ShopID, OrderID: o.ID, BuyerID: o.BuyerID, CheckoutID: o.CheckoutID, Total: o.Total, Source: o.Source, Reason: reason,
	})
}

// SweepReceive marks orders as received whose deadline is over, at most limit. It
// returns how many it received.
func (d *Deps) SweepReceive(ctx context.Context, now time.Time, limit int) (int, error) {
	var due []order.Ref
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = order.DueUnreceived(tx, now, limit)
		return err
	})
	done := 0
	for _, r := range due {
		received := false
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			received = false
			o, err := order.Lock(tx, r.Shop, r.Order)
			if err != nil || o.State != order.Shipped || o.RefundState == order.RefundAsked || o.ReceiveDeadline.After(now) {
				return err
			}
			err = d.receive(tx, o, "deadline", now)
			if errors.Is(err, order.ErrState) { // not all shipped: look again tomorrow
				_, err = order.Ship(tx, r.Shop, r.Order, now.Add(24*time.Hour), now)
				return err
			}
			received = err == nil
			return err
		})
		if err != nil {
			return done, err
		}
		if received {
			done++
		}
	}
	return done, err
}
