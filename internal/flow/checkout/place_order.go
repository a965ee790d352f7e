package checkout

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/platform/db"
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
// Errors: checkout.*, inventory.short (params sku, available), flash.*, pricing.*,
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
	if err := d.gone(ctx, r); err != nil {
		return Placed{}, err
	}
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

// gone refuses who asks for units of a flash sale of which nothing is left, before
// he stands in the queue: when a sale is over in a second, most come too late. One
// who was served before must hear the answer of that time, and stands in the queue.
func (d *Deps) gone(ctx context.Context, r *request) error {
	for _, b := range r.shops {
		for _, c := range b.claims {
			k := promotion.Key{Shop: b.shop, Sale: c.Sale}
			if err := d.sales().Warm(ctx, d.DB, k); err != nil {
				return err
			}
			s, known := d.sales().Known(d.DB, k)
			if !known || s.Left() > 0 || !s.Running(d.Now()) {
				continue
			}
			err := d.DB.Read(ctx, func(tx *db.Tx) error {
				_, err := order.GetCheckout(tx, r.key.Buyer, r.key.ID)
				return err
			})
			if errors.Is(err, order.ErrNoCheckout) {
				return s.Allows(c.Qty, 0, 0)
			}
			return err
		}
	}
	return nil
}

// basket is what is bought of one shop.
type basket struct {
	shop   id.ID
	lines  []Line            // merged, in SKU order
	stock  []inventory.Line  // what of them comes from the shelf, each SKU once
	claims []promotion.Claim // what of them flash sales have set aside, each sale once
	skus   []id.ID           // each once
	keys   []goodsKey        // of skus
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
		b.lines = append(b.lines, l)
	}
	if len(out) > d.maxShops() {
		return nil, ErrTooMany
	}
	for i := range out {
		out[i].merge()
	}
	return out, nil
}

// merge sums lines of the same SKU at the same price, and says where each comes from.
func (b *basket) merge() {
	slices.SortStableFunc(b.lines, func(x, y Line) int { return cmp.Or(cmp.Compare(x.SKU, y.SKU), cmp.Compare(x.Flash, y.Flash)) })
	merged := b.lines[:0]
	for _, l := range b.lines {
		if n := len(merged); n > 0 && merged[n-1].SKU == l.SKU && merged[n-1].Flash == l.Flash {
			merged[n-1].Qty += l.Qty
			continue
		}
		merged = append(merged, l)
	}
	b.lines = merged
	for _, l := range b.lines {
		if n := len(b.skus); n == 0 || b.skus[n-1] != l.SKU {
			b.skus, b.keys = append(b.skus, l.SKU), append(b.keys, goodsKey{b.shop, l.SKU})
		}
		if l.Flash != 0 {
			b.claims = append(b.claims, promotion.Claim{Sale: l.Flash, SKU: l.SKU, Qty: l.Qty})
		} else {
			b.stock = append(b.stock, inventory.Line{SKU: l.SKU, Qty: l.Qty})
		}
	}
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
func (on *offer) build(b basket) (order.New, error) {
	var o order.New
	items := make([]pricing.Item, 0, len(b.lines))
	var rule shopRule
	for _, l := range b.lines {
		g, ok := on.goods[goodsKey{b.shop, l.SKU}]
		switch {
		case !ok || !g.Listed:
			return o, ErrUnlisted.With("sku", l.SKU)
		case !g.Shop.Open:
			return o, ErrShop.With("shop", b.shop)
		}
		rule = g.Shop
		if l.Flash != 0 {
			s, err := on.sales.Sale(b.shop, l.Flash, l.SKU, on.now)
			if err != nil {
				return o, err
			}
			g.Price = s.Price
		}
		items = append(items, pricing.Item{Price: g.Price, Qty: l.Qty})
		o.Lines = append(o.Lines, order.Line{ProductID: g.Product, SKU: l.SKU, Title: g.Title, Options: g.Options, Picture: g.Picture, Price: g.Price, Qty: l.Qty, FlashID: l.Flash})
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
