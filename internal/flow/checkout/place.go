package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// place places what a batch asks for, each wholly or not at all, in the order in
// which they came: who comes too late is refused by an error of its own, and so is
// whose goods are gone or cost something else; who came before gets the answer of
// that time. The error of place itself is nobody's own, and undoes the batch.
func (d *Deps) place(tx *db.Tx, batch []*request, now time.Time) error {
	on, err := d.look(tx, batch, now)
	if err != nil {
		return err
	}
	drafts := make(map[*request][]order.New, len(batch))
	var claims []order.Checkout
	for _, r := range batch {
		drafts[r], r.out, r.err = d.draft(r, on)
		if r.err == nil {
			r.err = r.fits(on)
		}
		if r.err == nil {
			claims = append(claims, r.checkout(now))
		}
	}
	claimed, err := order.ClaimCheckouts(tx, claims)
	if err != nil {
		return err
	}
	var all []order.New
	var emptied []*request
	for _, r := range batch {
		if !claimed[r.key] {
			if err := r.repeat(tx); err != nil {
				return err
			}
			continue
		}
		// Those before may have left too little.
		if r.err = r.fits(on); r.err != nil {
			if err := order.DropCheckout(tx, r.key); err != nil {
				return err
			}
			continue
		}
		for _, b := range r.shops {
			on.shelf.Take(b.shop, b.stock)
			on.sales.Take(b.shop, r.Buyer, b.claims)
		}
		all = append(all, drafts[r]...)
		if r.FromCart {
			emptied = append(emptied, r)
		}
	}
	return d.write(tx, all, emptied, on)
}

// offer is what there is while a batch is decided.
type offer struct {
	goods map[goodsKey]goods
	homes map[homeKey]Address
	shelf Shelf
	sales *promotion.Counter
	now   time.Time
}

// about names the goods, the addresses and the flash sales that a batch is about,
// each once.
func about(batch []*request) (skus []goodsKey, homes []homeKey, holders []promotion.Holder) {
	seen := make(map[goodsKey]bool, 2*len(batch))
	at := make(map[homeKey]bool, len(batch))
	asks := make(map[promotion.Holder]bool)
	for _, r := range batch {
		for _, b := range r.shops {
			for _, k := range b.keys {
				if !seen[k] {
					seen[k] = true
					skus = append(skus, k)
				}
			}
			for _, c := range b.claims {
				if h := (promotion.Holder{Shop: b.shop, Sale: c.Sale, Buyer: r.Buyer}); !asks[h] {
					asks[h] = true
					holders = append(holders, h)
				}
			}
		}
		if h := r.home(); h.address != 0 && !at[h] {
			at[h] = true
			homes = append(homes, h)
		}
	}
	return skus, homes, holders
}

// warm reads beforehand what does not change often.
func (d *Deps) warm(ctx context.Context, batch []*request) error {
	skus, homes, _ := about(batch)
	if err := d.goods().Warm(ctx, d.DB, skus...); err != nil {
		return err
	}
	return d.addresses().Warm(ctx, d.DB, homes...)
}

// look reads what a batch is about.
func (d *Deps) look(tx *db.Tx, batch []*request, now time.Time) (*offer, error) {
	skus, at, holders := about(batch)
	on := &offer{now: now}
	var err error
	if on.goods, err = d.goods().In(tx, skus...); err != nil {
		return nil, err
	}
	if on.homes, err = d.addresses().In(tx, at...); err != nil {
		return nil, err
	}
	keys := make([]inventory.Key, len(skus))
	for i, k := range skus {
		keys[i] = inventory.Key{Shop: k.shop, SKU: k.sku}
	}
	shelf, stock := d.shelf(keys)
	sales, asked := promotion.Look(holders)
	on.shelf, on.sales = shelf, sales
	return on, tx.EachOf(append(stock, asked...))
}

// draft prices the orders of a caller.
func (d *Deps) draft(r *request, on *offer) ([]order.New, Placed, error) {
	out := Placed{CheckoutID: r.key.ID, PayDeadline: on.now.Add(d.payWindow()).UTC().Truncate(time.Microsecond)}
	to, err := r.goesTo(on.homes)
	if err != nil {
		return nil, Placed{}, err
	}
	address := to.Text()
	all := make([]order.New, 0, len(r.shops))
	for _, b := range r.shops {
		o, err := on.build(b)
		if err != nil {
			return nil, Placed{}, err
		}
		o.ShopID, o.ID, o.BuyerID, o.CheckoutID = b.shop, d.IDs.Next(), r.Buyer, r.key.ID
		o.Receiver, o.Phone, o.Address, o.RegionCode = to.Receiver, to.Phone, address, to.RegionCode
		o.Remark, o.Source, o.PayDeadline, o.CreatedAt = r.Remarks[b.shop], r.Source, out.PayDeadline, on.now
		if out.Total, err = out.Total.Add(o.Total); err != nil {
			return nil, Placed{}, err
		}
		out.Orders = append(out.Orders, PlacedOrder{b.shop, o.ID, o.Total})
		all = append(all, o)
	}
	if r.ExpectTotal != 0 && r.ExpectTotal != out.Total {
		return nil, Placed{}, ErrPrice.With("expected", r.ExpectTotal).With("total", out.Total)
	}
	return all, out, nil
}

// fits tells whether the shelf and the sales hold all that a caller wants.
func (r *request) fits(on *offer) error {
	for _, b := range r.shops {
		err := on.sales.Holds(b.shop, r.Buyer, b.claims, on.now)
		if err == nil {
			err = on.shelf.Holds(b.shop, b.stock)
		}
		if err != nil {
			r.out = Placed{}
			return err
		}
	}
	return nil
}

// checkout is the row of a caller's checkout.
func (r *request) checkout(now time.Time) order.Checkout {
	c := order.Checkout{Buyer: r.Buyer, ID: r.key.ID, Input: r.input, Total: r.out.Total, PayDeadline: r.out.PayDeadline, CreatedAt: now}
	for _, o := range r.out.Orders {
		c.Orders = append(c.Orders, order.Ref{Shop: o.ShopID, Order: o.OrderID})
	}
	return c
}

// repeat gives a caller whose checkout was placed before the answer of that time.
// One who was refused and has none stays refused.
func (r *request) repeat(tx *db.Tx) error {
	c, err := order.GetCheckout(tx, r.key.Buyer, r.key.ID)
	switch {
	case errors.Is(err, order.ErrNoCheckout) && r.err != nil:
		return nil
	case err != nil:
		return err
	case c.Input != r.input:
		r.out, r.err = Placed{}, idem.ErrReused
		return nil
	}
	r.out, r.err = Placed{CheckoutID: c.ID, Total: c.Total, PayDeadline: c.PayDeadline, Repeated: true}, nil
	for _, ref := range c.Orders {
		o, err := order.Get(tx, ref.Shop, ref.Order)
		if err != nil {
			return err
		}
		r.out.Orders = append(r.out.Orders, PlacedOrder{ref.Shop, ref.Order, o.Total})
	}
	return nil
}

// write stores orders and what follows from them. The stock comes last: rivals
// wait for it, and only until the commit.
func (d *Deps) write(tx *db.Tx, all []order.New, emptied []*request, on *offer) error {
	if err := order.Place(tx, all); err != nil {
		return err
	}
	events := make([]jobs.Happened, len(all))
	for i, o := range all {
		events[i] = jobs.Happened{ShopID: o.ShopID, Kind: event.OrderPlaced, Payload: event.Order{
			ShopID: o.ShopID, OrderID: o.ID, BuyerID: o.BuyerID, CheckoutID: o.CheckoutID, Total: o.Total, Source: o.Source,
		}}
	}
	if err := d.Emitter.EmitAll(tx, on.now, events); err != nil {
		return err
	}
	for _, r := range emptied {
		var skus []id.ID
		for _, b := range r.shops {
			skus = append(skus, b.skus...)
		}
		if err := cart.Remove(tx, r.Buyer, skus); err != nil {
			return err
		}
	}
	if err := on.sales.Sell(tx); err != nil {
		return err
	}
	return on.shelf.Reserve(tx)
}
