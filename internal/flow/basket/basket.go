// Package basket is the recipe of a cart over all shops: what lies in it, what
// of it can be bought now and what shipping would cost.
package basket

import (
	"context"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Flow holds what the recipe needs.
type Flow struct {
	DB  *db.DB
	Now func() time.Time
}

// View is a cart, by shop, the shop of the newest line first.
type View struct {
	Shops []Part
	Count int64 // pieces in all
}

// Part is what lies in the cart of one shop.
type Part struct {
	Shop  shop.Shop
	Lines []Line
	Items money.Fen // fen, of the selected lines that can be bought
	Fee   money.Fen // fen, shipping of these lines
	Lack  money.Fen // fen missing for free shipping; 0: none or not offered
}

// Line is a line with what is true of its SKU now.
type Line struct {
	cart.Line
	Goods     catalog.Sellable
	Available int64
	OnSale    bool
}

// See reads a buyer's cart.
func (f *Flow) See(ctx context.Context, buyer id.ID) (v View, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		v, err = see(tx, buyer)
		return err
	})
	return v, err
}

// Add puts pieces of a SKU that is on sale into the cart and returns the number
// of pieces in it.
func (f *Flow) Add(ctx context.Context, buyer, shopID, sku id.ID, qty int64) (count int64, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		goods, err := catalog.Sellables(tx, shopID, []id.ID{sku})
		if err != nil {
			return err
		}
		g, known := goods[sku]
		if !known || !g.OnSale() {
			return catalog.ErrUnlisted
		}
		if s, err := shop.Get(tx, shopID); err != nil {
			return err
		} else if s.State == shop.Closed {
			return shop.ErrNotFound
		}
		if err := cart.Add(tx, buyer, cart.Item{SKU: sku, Shop: shopID, Product: g.ProductID, Qty: qty, Price: g.Price}, f.Now()); err != nil {
			return err
		}
		count, err = cart.Count(tx, buyer)
		return err
	})
	return count, err
}

// Set changes quantity, selection or the price the buyer has seen of a line.
func (f *Flow) Set(ctx context.Context, buyer, sku id.ID, qty *int64, selected *bool, seen money.Fen) (View, error) {
	return f.change(ctx, buyer, func(tx *db.Tx) error { return cart.Set(tx, buyer, sku, qty, selected, seen, f.Now()) })
}

// Remove takes lines out.
func (f *Flow) Remove(ctx context.Context, buyer id.ID, skus []id.ID) (View, error) {
	return f.change(ctx, buyer, func(tx *db.Tx) error { return cart.Remove(tx, buyer, skus) })
}

// Select selects or unselects lines; none named: all.
func (f *Flow) Select(ctx context.Context, buyer id.ID, skus []id.ID, selected bool) (View, error) {
	return f.change(ctx, buyer, func(tx *db.Tx) error { return cart.Select(tx, buyer, skus, selected, f.Now()) })
}

func (f *Flow) change(ctx context.Context, buyer id.ID, do func(*db.Tx) error) (v View, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		v, err = see(tx, buyer)
		return err
	})
	return v, err
}

// see puts lines, goods and shops together: three statements a shop.
func see(tx *db.Tx, buyer id.ID) (View, error) {
	var v View
	lines, err := cart.List(tx, buyer)
	if err != nil {
		return v, err
	}
	var order []id.ID
	byShop := map[id.ID][]cart.Line{}
	for _, l := range lines {
		if byShop[l.Shop] == nil {
			order = append(order, l.Shop)
		}
		byShop[l.Shop] = append(byShop[l.Shop], l)
		v.Count += l.Qty
	}
	for _, s := range order {
		p, err := part(tx, s, byShop[s])
		if err != nil {
			return v, err
		}
		v.Shops = append(v.Shops, p)
	}
	return v, nil
}

func part(tx *db.Tx, shopID id.ID, lines []cart.Line) (Part, error) {
	s, err := shop.Get(tx, shopID)
	if err != nil {
		return Part{}, err
	}
	skus := make([]id.ID, len(lines))
	for i, l := range lines {
		skus[i] = l.SKU
	}
	goods, err := catalog.Sellables(tx, shopID, skus)
	if err != nil {
		return Part{}, err
	}
	stock, err := inventory.List(tx, shopID, skus)
	if err != nil {
		return Part{}, err
	}
	p := Part{Shop: s}
	chosen := false
	for _, l := range lines {
		g, known := goods[l.SKU]
		line := Line{Line: l, Goods: g, Available: max(stock[l.SKU].Available(), 0), OnSale: known && g.OnSale() && s.State == shop.Open}
		if l.Selected && line.OnSale && line.Available >= l.Qty {
			p.Items += g.Price * money.Fen(l.Qty)
			chosen = true
		}
		p.Lines = append(p.Lines, line)
	}
	if rule := (pricing.Shipping{Fee: s.ShippingFee, FreeOver: s.FreeOver}); chosen {
		p.Fee = rule.For(p.Items)
		if p.Fee > 0 && rule.FreeOver > 0 {
			p.Lack = rule.FreeOver - p.Items
		}
	}
	return p, nil
}
