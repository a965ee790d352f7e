package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

// Product is a product as its merchant sees it: with stock and what it lacks.
type Product struct {
	catalog.Product
	SKUs  []catalog.Stocked `json:"skus"`
	Lacks []errs.Detail     `json:"lacks" doc:"what is missing before it can go on sale"`
}

// Product gives a product of the shop in any state.
func (f *Flow) Product(ctx context.Context, shop, product id.ID) (p Product, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = view(tx, shop, product)
		return err
	})
	return p, err
}

func view(tx *db.Tx, shop, product id.ID) (Product, error) {
	shown, err := catalog.Show(tx, shop, product)
	if err != nil {
		return Product{}, err
	}
	return Product{Product: shown.Product, SKUs: shown.Stocked, Lacks: shown.Unlistable()}, nil
}

// List gives a page of the shop's products, newest first; next is what Filter.After
// takes for the page behind it, 0 at the end.
func (f *Flow) List(ctx context.Context, shop id.ID, filter catalog.Filter) (list []catalog.Summary, next id.ID, err error) {
	filter.Limit = min(max(filter.Limit, 1), 100)
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = catalog.List(tx, shop, filter)
		return err
	})
	if len(list) == filter.Limit {
		next = list[len(list)-1].ID
	}
	return list, next, err
}

// CreateProduct writes a new product as a draft, with its first stock. key is
// the request's Idempotency-Key; "" does without.
func (f *Flow) CreateProduct(ctx context.Context, who Who, key string, in catalog.Input) (Product, error) {
	return once(ctx, f, who.Shop, key, in, func(tx *db.Tx) (Product, error) {
		p, err := catalog.Insert(tx, f.IDs, who.Shop, "", catalog.Draft, in, catalog.Written, f.Now())
		if err != nil {
			return Product{}, err
		}
		if err := f.check(tx, &p); err != nil {
			return Product{}, err
		}
		if err := f.stock(tx, who, p, in, addedAll(p)); err != nil {
			return Product{}, err
		}
		if err := f.Changed(tx, who.Shop, p.ID); err != nil {
			return Product{}, err
		}
		return view(tx, who.Shop, p.ID)
	})
}

// once runs fn in a write transaction; with a key at most once, a repetition
// gets the answer of the first time.
func once[T any](ctx context.Context, f *Flow, shop id.ID, key string, input any, fn func(*db.Tx) (T, error)) (out T, err error) {
	if key == "" {
		err = f.DB.Write(ctx, func(tx *db.Tx) (err error) {
			out, err = fn(tx)
			return err
		})
		return out, err
	}
	body, err := json.Marshal(input)
	if err != nil {
		return out, err
	}
	err = f.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out, _, err = idem.Once(tx, idem.Owner{Shop: shop}, key, idem.Hash(body), http.StatusOK, f.Now(), func() (T, error) { return fn(tx) })
		return err
	})
	return out, err
}

// check refuses what only the whole house can know: an unknown category, a
// picture of another shop.
func (f *Flow) check(tx *db.Tx, p *catalog.Product) error {
	if p.CategoryID != 0 {
		tree, err := catalog.Categories(tx)
		if err != nil {
			return err
		}
		if _, ok := tree.Get(p.CategoryID); !ok {
			return catalog.ErrCategory.At("category_id")
		}
	}
	for i, m := range p.Media {
		if m.URL == "" {
			continue
		}
		if media, ok, err := catalog.ByPath(tx, p.ShopID, m.URL); err != nil {
			return err
		} else if !ok || media.URL != m.URL {
			return catalog.ErrPictureMissing.At(fmt.Sprintf("media[%d].url", i))
		}
	}
	return nil
}

func addedAll(p catalog.Product) []id.ID {
	all := make([]id.ID, len(p.SKUs))
	for i, s := range p.SKUs {
		all[i] = s.ID
	}
	return all
}

// stock sets what is on hand of the SKUs whose input says so, and of new ones.
// The SKUs of p stand in the order of the input's.
func (f *Flow) stock(tx *db.Tx, who Who, p catalog.Product, in catalog.Input, added []id.ID) error {
	var moved []id.ID
	for i, s := range p.SKUs {
		want := in.SKUs[i].Stock
		if want == nil && !slices.Contains(added, s.ID) {
			continue
		}
		if want == nil {
			if stock, err := inventory.Get(tx, who.Shop, s.ID); err != nil || stock.OnHand > 0 {
				return err // it comes back with the stock it left with
			}
			want = new(int64)
		}
		before, err := inventory.Get(tx, who.Shop, s.ID)
		if err != nil {
			return err
		}
		after, err := inventory.SetOnHand(tx, f.move(who, ""), s.ID, *want)
		if err != nil {
			return at(err, fmt.Sprintf("skus[%d].stock", i))
		}
		if before.OnHand != after.OnHand {
			moved = append(moved, s.ID)
		}
	}
	return f.stockChanged(tx, who.Shop, moved)
}

// at names the field of a house error.
func at(err error, field string) error {
	if e := errs.Of(err); e.Kind != errs.Internal {
		return e.At(field)
	}
	return err
}

func (f *Flow) stockChanged(tx *db.Tx, shop id.ID, skus []id.ID) error {
	if len(skus) == 0 {
		return nil
	}
	products, err := catalog.OfSKUs(tx, shop, skus)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() {
		for _, p := range products {
			f.Invalidate(shop, p)
		}
	})
	return f.Emit.Emit(tx, f.Now(), shop, event.StockChanged, event.Stock{ShopID: shop, SKUs: skus})
}

// SaveProduct writes over a product. in.Version must be the version that was
// edited (catalog.ErrVersion otherwise). SKUs with a Stock get it, new ones
// without start at 0. A listed product must stay fit to be listed.
func (f *Flow) SaveProduct(ctx context.Context, who Who, product id.ID, in catalog.Input) (out Product, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		old, err := catalog.Lock(tx, who.Shop, product)
		if err != nil {
			return err
		}
		p, changes, err := catalog.Save(tx, f.IDs, old, in, catalog.Written, f.Now())
		if err != nil {
			return err
		}
		if err := f.check(tx, &p); err != nil {
			return err
		}
		if lacks := p.Unlistable(); p.State == catalog.Listed && len(lacks) > 0 {
			e := *catalog.ErrNotListable
			e.Details = lacks
			return &e
		}
		if err := f.stock(tx, who, p, in, changes.Added); err != nil {
			return err
		}
		if !changes.None() {
			if err := f.Changed(tx, who.Shop, product); err != nil {
				return err
			}
		}
		out, err = view(tx, who.Shop, product)
		return err
	})
	return out, err
}

// SetState puts a product on sale or takes it down.
func (f *Flow) SetState(ctx context.Context, who Who, product id.ID, to catalog.State) (out Product, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		old, err := catalog.Lock(tx, who.Shop, product)
		if err != nil {
			return err
		}
		p, err := catalog.SetState(tx, old, to, f.Now())
		if err != nil {
			return err
		}
		if p.Version != old.Version {
			if err := f.Changed(tx, who.Shop, product); err != nil {
				return err
			}
		}
		out, err = view(tx, who.Shop, product)
		return err
	})
	return out, err
}
