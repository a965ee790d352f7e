package checkout

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

// PlaceOrder places one order per shop, all or none, in one transaction: prices
// are read, stock is reserved, orders, checkout and events are written. The same
// key with the same input gives the same answer again. Callers that come at the
// same time are served together, in the order in which they came.
//
// A caller whose ctx ends before its turn gets the error of ctx, and nothing was
// placed; afterwards it waits for the answer, because it must learn it.
//
// Errors: checkout.*, inventory.short (params sku, available), pricing.*,
// address.not_found, idempotency.*.
func (d *Deps) PlaceOrder(ctx context.Context, in In) (Placed, error) {
	shops, err := d.prepare(in)
	if err != nil {
		return Placed{}, err
	}
	if err := idem.Check(in.Key); err != nil {
		return Placed{}, err
	}
	if err := ctx.Err(); err != nil {
		return Placed{}, err
	}
	r := &request{In: in, shops: shops, key: order.CheckoutKey{Buyer: in.Buyer, ID: order.CheckoutID(in.Buyer, in.Key)},
		input: order.Input(in.Buyer, in.InputHash), done: make(chan struct{})}
	if err := d.queue.join(r, d.rivals(), d.serve); err != nil {
		return Placed{}, err
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if d.queue.leave(r) {
			return Placed{}, ctx.Err()
		}
		<-r.done
	}
	return r.out, r.err
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
	if in.AddressID == 0 {
		if err := in.Address.check(); err != nil {
			return nil, err
		}
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

// build makes the order of one shop from what was read, or says why not.
func build(b basket, found map[goodsKey]goods) (order.New, error) {
	var o order.New
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
		o.Lines = append(o.Lines, order.Line{ProductID: g.Product, SKU: l.SKU, Title: g.Title, Options: g.Options, Picture: g.Picture, Price: g.Price, Qty: l.Qty})
	}
	q, err := pricing.Price(items, pricing.Shipping{Fee: rule.Fee, FreeOver: rule.FreeOver})
	if err != nil {
		return o, err
	}
	if q.Total < 1 {
		return o, ErrZero.With("shop", b.shop)
	}
	for i := range o.Lines {
		o.Lines[i].Amount = q.Amounts[i]
	}
	o.ItemsTotal, o.ShippingFee, o.Discount, o.Total = q.Items, q.Shipping, q.Discount, q.Total
	o.Title, o.Picture, o.ShopName = o.Lines[0].Title, o.Lines[0].Picture, rule.Name
	return o, nil
}
