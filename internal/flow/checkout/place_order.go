package checkout

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

// PlaceOrder places one order per shop, all or none, in one transaction: prices
// are read, stock is reserved, orders, checkout and events are
// written, and the idempotency key keeps the answer. The same key with the same
// input gives the same answer again.
//
// Errors: checkout.*, inventory.short (params sku, available), pricing.*,
// idempotency.*.
func (d *Deps) PlaceOrder(ctx context.Context, in In) (Placed, error) {
	shops, err := d.prepare(in)
	if err != nil {
		return Placed{}, err
	}
	for _, b := range shops {
		if err := d.goods().Warm(ctx, d.DB, b.keys...); err != nil {
			return Placed{}, err
		}
	}
	var out Placed
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		out, err = d.place(tx, in, shops)
		return err
	})
	if err != nil {
		return Placed{}, err
	}
	return out, nil
}

// basket is what is bought of one shop.
type basket struct {
	shop  id.ID
	lines []inventory.Line // merged, in SKU order
	skus  []id.ID
	keys  []goodsKey
}

// prepare checks the input and groups it by shop, in shop order.
func (d *Deps) prepare(in In) ([]basket, error) {
	if err := in.Address.check(); err != nil {
		return nil, err
	}
	for _, r := range in.Remarks {
		if utf8.RuneCountInString(r) > 200 {
			return nil, ErrText
		}
	}
	if utf8.RuneCountInString(in.Source) > 64 {
		return nil, ErrText
	}
	return d.group(in.Lines)
}

func (d *Deps) group(lines []Line) ([]basket, error) {
	if len(lines) == 0 {
		return nil, ErrEmpty
	}
	if len(lines) > d.maxLines() {
		return nil, ErrTooMany
	}
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b Line) int { return cmp.Compare(a.Shop, b.Shop) })
	var out []basket
	for _, l := range sorted {
		if l.Qty < 1 || l.Qty > pricing.MaxQty {
			return nil, pricing.ErrQuantity.With("sku", l.SKU)
		}
		if n := len(out); n == 0 || out[n-1].shop != l.Shop {
			out = append(out, basket{shop: l.Shop})
		}
		b := &out[len(out)-1]
		b.lines = append(b.lines, inventory.Line{SKU: l.SKU, Qty: l.Qty})
	}
	if len(out) > d.maxShops() {
		return nil, ErrTooMany
	}
	for i := range out {
		out[i].lines = inventory.Merge(out[i].lines)
		for _, l := range out[i].lines {
			out[i].skus = append(out[i].skus, l.SKU)
			out[i].keys = append(out[i].keys, goodsKey{out[i].shop, l.SKU})
		}
	}
	return out, nil
}

func (a Address) check() error {
	if a.Receiver == "" || a.Phone == "" || a.Detail == "" || a.Province == "" {
		return ErrAddress
	}
	if utf8.RuneCountInString(a.Receiver) > 40 || len(a.Phone) > 20 || utf8.RuneCountInString(a.Text()) > 300 {
		return ErrAddress
	}
	return nil
}

// Text is the address in one line, widest part first.
func (a Address) Text() string {
	out := a.Province
	for _, part := range []string{a.City, a.District, a.Detail} {
		if part != "" {
			out += " " + part
		}
	}
	return out
}

// draft is an order about to be written.
type draft struct {
	order order.Order
	lines []order.Line
}

func (d *Deps) place(tx *db.Tx, in In, shops []basket) (Placed, error) {
	now := d.Now()
	owner := idem.Owner{Buyer: in.Buyer}
	before, err := idem.Begin(tx, owner, in.Key, in.InputHash, now)
	if err != nil {
		return Placed{}, err
	}
	if before != nil {
		out := Placed{Repeated: true}
		return out, json.Unmarshal([]byte(before.Body), &out)
	}
	out := Placed{CheckoutID: d.IDs.Next(), PayDeadline: now.Add(d.payWindow()).UTC().Truncate(time.Microsecond)}
	drafts, err := d.drafts(tx, in, shops, &out, now)
	if err != nil {
		return Placed{}, err
	}
	if in.ExpectTotal != 0 && in.ExpectTotal != out.Total {
		return Placed{}, ErrPrice.With("expected", in.ExpectTotal).With("total", out.Total)
	}
	if tx.Alone() {
		err = d.reserve(tx, shops, drafts, now)
	} else {
		err = look(tx, shops)
	}
	if err != nil {
		return Placed{}, err
	}
	for _, o := range drafts {
		if err := d.write(tx, o, now); err != nil {
			return Placed{}, err
		}
	}
	if err := d.finish(tx, in, shops, out, now); err != nil {
		return Placed{}, err
	}
	if tx.Alone() {
		return out, nil
	}
	return out, d.reserve(tx, shops, drafts, now)
}

// reserve takes the stock of all shops, in shop and SKU order. Where no rival
// runs beside, it comes first, so that who comes too late costs little. Where
// rivals run it comes last, so that they wait for one statement and the commit
// only, and a look comes first.
func (d *Deps) reserve(tx *db.Tx, shops []basket, drafts []draft, now time.Time) error {
	take := d.Reserve
	if take == nil {
		take = inventory.Reserve
	}
	for i, b := range shops {
		m := inventory.Move{IDs: d.IDs, Shop: b.shop, Order: drafts[i].order.ID, Now: now}
		if err := take(tx, m, b.lines); err != nil {
			return err
		}
	}
	return nil
}

// look refuses what is sold out before anything is written.
func look(tx *db.Tx, shops []basket) error {
	for _, b := range shops {
		stocks, err := inventory.List(tx, b.shop, b.skus)
		if err != nil {
			return err
		}
		for _, l := range b.lines {
			if n := stocks[l.SKU].Available(); n < l.Qty {
				return inventory.Short(l.SKU, n)
			}
		}
	}
	return nil
}

// drafts prices every shop's order.
func (d *Deps) drafts(tx *db.Tx, in In, shops []basket, out *Placed, now time.Time) ([]draft, error) {
	address := in.Address.Text()
	all := make([]draft, 0, len(shops))
	for _, b := range shops {
		found, err := d.goods().In(tx, b.keys...)
		if err != nil {
			return nil, err
		}
		o, err := build(b, found)
		if err != nil {
			return nil, err
		}
		o.order.ShopID, o.order.ID, o.order.BuyerID, o.order.CheckoutID = b.shop, d.IDs.Next(), in.Buyer, out.CheckoutID
		o.order.Receiver, o.order.Phone, o.order.Address, o.order.RegionCode = in.Address.Receiver, in.Address.Phone, address, in.Address.RegionCode
		o.order.Remark, o.order.Source, o.order.PayDeadline, o.order.CreatedAt = in.Remarks[b.shop], in.Source, out.PayDeadline, now
		if out.Total, err = out.Total.Add(o.order.Total); err != nil {
			return nil, err
		}
		out.Orders = append(out.Orders, PlacedOrder{b.shop, o.order.ID, o.order.Total})
		all = append(all, o)
	}
	return all, nil
}

// build makes the order of one shop from what was read, or says why not.
func build(b basket, found map[goodsKey]goods) (draft, error) {
	var o draft
	items := make([]pricing.Item, 0, len(b.lines))
	var rule shopRule
	for i, l := range b.lines {
		g, ok := found[b.keys[i]]
		switch {
		case !ok || !g.Listed:
			return o, ErrUnlisted.With("sku", l.SKU)
		case !g.Shop.Open:
			return o, ErrShop.With("shop", b.shop)
		}
		rule = g.Shop
		items = append(items, pricing.Item{Price: g.Price, Qty: l.Qty})
		o.lines = append(o.lines, order.Line{ProductID: g.Product, SKU: l.SKU, Title: g.Title, Options: g.Options, Picture: g.Picture, Price: g.Price, Qty: l.Qty})
	}
	q, err := pricing.Price(items, pricing.Shipping{Fee: rule.Fee, FreeOver: rule.FreeOver})
	if err != nil {
		return o, err
	}
	if q.Total < 1 {
		return o, ErrZero.With("shop", b.shop)
	}
	for i := range o.lines {
		o.lines[i].Amount = q.Amounts[i]
	}
	o.order.ItemsTotal, o.order.ShippingFee, o.order.Discount, o.order.Total = q.Items, q.Shipping, q.Discount, q.Total
	o.order.Title, o.order.Picture = o.lines[0].Title, o.lines[0].Picture
	return o, nil
}

// write stores the order of one shop with its event.
func (d *Deps) write(tx *db.Tx, o draft, now time.Time) error {
	shop, no := o.order.ShopID, o.order.ID
	if err := order.Place(tx, o.order, o.lines); err != nil {
		return err
	}
	return d.Emitter.Emit(tx, now, shop, event.OrderPlaced, event.Order{
		ShopID: shop, OrderID: no, BuyerID: o.order.BuyerID, CheckoutID: o.order.CheckoutID, Total: o.order.Total, Source: o.order.Source,
	})
}

// finish writes the checkout, empties the cart and keeps the answer.
func (d *Deps) finish(tx *db.Tx, in In, shops []basket, out Placed, now time.Time) error {
	c := order.Checkout{Buyer: in.Buyer, ID: out.CheckoutID, Total: out.Total, PayDeadline: out.PayDeadline, CreatedAt: now}
	for _, o := range out.Orders {
		c.Orders = append(c.Orders, order.Ref{Shop: o.ShopID, Order: o.OrderID})
	}
	if err := order.PutCheckout(tx, c); err != nil {
		return err
	}
	if in.FromCart {
		var skus []id.ID
		for _, b := range shops {
			skus = append(skus, b.skus...)
		}
		if err := cart.Remove(tx, in.Buyer, skus); err != nil {
			return err
		}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return idem.Finish(tx, idem.Owner{Buyer: in.Buyer}, in.Key, in.InputHash, now, idem.Answer{HTTPCode: 201, Body: string(body)})
}
