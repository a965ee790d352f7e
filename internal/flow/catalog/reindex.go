package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/discovery"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Weights of the fields of a listing when searched.
const (
	weightTitle = 10
	weightBrand = 6
	weightTag   = 4
	weightOther = 2 // subtitle, categories, option values, the shop's name
)

// OnEvent keeps the market's index and the page cache right. It listens to
// product.changed, product.removed, stock.changed and shop.changed, and may run
// twice and in any order: it always reads how things are now.
func (f *Flow) OnEvent(ctx context.Context, e jobs.Event) error {
	switch e.Kind {
	case event.ProductChanged, event.ProductRemoved:
		var p event.Product
		if err := e.Decode(&p); err != nil {
			return err
		}
		return f.Reindex(ctx, p.ShopID, p.ProductID)
	case event.StockChanged:
		var s event.Stock
		if err := e.Decode(&s); err != nil {
			return err
		}
		return f.ReindexSKUs(ctx, s.ShopID, s.SKUs)
	case event.ShopChanged:
		var s event.Shop
		if err := e.Decode(&s); err != nil {
			return err
		}
		return f.ReindexShop(ctx, s.ShopID)
	}
	return fmt.Errorf("flow/catalog: no listener for %q", e.Kind)
}

// ReindexSKUs renews the listings of the products of these SKUs.
func (f *Flow) ReindexSKUs(ctx context.Context, of id.ID, skus []id.ID) error {
	var products []id.ID
	err := f.DB.Read(ctx, func(tx *db.Tx) (err error) {
		products, err = catalog.OfSKUs(tx, of, skus)
		return err
	})
	for _, p := range products {
		err = errors.Join(err, f.Reindex(ctx, of, p))
	}
	return err
}

// Reindex makes the listing of a product what the product is now; a product
// that is not on sale, or whose shop is closed, is taken off. The product is read
// while its listing is held, so that what is indexed last is what was read last.
func (f *Flow) Reindex(ctx context.Context, of, product id.ID) error {
	return f.DB.Control().Write(ctx, func(tx *db.Tx) error {
		tx.AfterCommit(func() { f.Invalidate(of, product) })
		if err := discovery.Hold(tx, product); err != nil {
			return err
		}
		var now onSale
		if err := f.DB.Read(ctx, func(data *db.Tx) (err error) {
			now, err = readOnSale(data, of, product)
			return err
		}); err != nil {
			return err
		}
		if now.tree == nil {
			return discovery.Unindex(tx, product)
		}
		_, err := discovery.Index(tx, listing(now.shown, now.owner, now.tree), terms(now.shown, now.owner, now.tree))
		return err
	})
}

// onSale is what a listing is made of; without a tree there is to be none.
type onSale struct {
	shown catalog.Shown
	owner shop.Shop
	tree  *catalog.Tree
}

func readOnSale(tx *db.Tx, of, product id.ID) (now onSale, err error) {
	now.shown, err = catalog.Show(tx, of, product)
	if errors.Is(err, catalog.ErrNotFound) || err == nil && now.shown.State != catalog.Listed {
		return onSale{}, nil
	} else if err != nil {
		return now, err
	}
	now.owner, err = shop.Get(tx, of)
	if errors.Is(err, shop.ErrNotFound) || err == nil && now.owner.State == shop.Closed {
		return onSale{}, nil
	} else if err != nil {
		return now, err
	}
	now.tree, err = catalog.Categories(tx)
	return now, err
}

func listing(s catalog.Shown, owner shop.Shop, tree *catalog.Tree) discovery.Listing {
	l := discovery.Listing{ProductID: s.ID, ShopID: s.ShopID, ShopName: owner.Name, CategoryID: s.CategoryID, TopCategoryID: tree.Top(s.CategoryID),
		Title: s.Title, TitleEN: s.TitleEN, Subtitle: s.Subtitle, Picture: s.MainPicture(), PriceMin: s.PriceMin, PriceMax: s.PriceMax,
		Sold: s.Sold, Available: s.Available() > 0, ListedAt: s.ListedAt, Version: s.Version}
	for _, k := range s.SKUs {
		if k.Price == s.PriceMin {
			l.ComparePrice = max(l.ComparePrice, k.ComparePrice)
		}
	}
	return l
}

func terms(s catalog.Shown, owner shop.Shop, tree *catalog.Tree) discovery.Terms {
	t := discovery.Terms{}
	t.Add(s.Title, weightTitle)
	t.Add(s.TitleEN, weightTitle)
	t.Add(s.Brand, weightBrand)
	for _, tag := range s.Tags {
		t.Add(tag, weightTag)
	}
	t.Add(s.Subtitle, weightOther)
	for _, c := range tree.Path(s.CategoryID) {
		t.Add(c.Name, weightOther)
		t.Add(c.NameEN, weightOther)
	}
	t.Add(owner.Name, weightOther)
	for _, k := range s.SKUs {
		t.Add(k.Code, weightOther)
		t.Add(k.GTIN, weightOther)
	}
	for _, a := range s.Options {
		for _, v := range a.Values {
			t.Add(v, weightOther)
		}
	}
	return t
}

// ReindexShop renews every listing of a shop: after its name or state changed,
// or to build the index anew.
func (f *Flow) ReindexShop(ctx context.Context, of id.ID) error {
	const step = 200
	for _, l := range []struct {
		from *db.DB
		list func(*db.Tx, id.ID, id.ID, int) ([]id.ID, error)
	}{{f.DB, catalog.Page}, {f.DB.Control(), discovery.OfShop}} {
		for after, more := id.ID(0), true; more; {
			var products []id.ID
			err := l.from.Read(ctx, func(tx *db.Tx) (err error) {
				products, err = l.list(tx, of, after, step)
				return err
			})
			if err != nil {
				return err
			}
			for _, p := range products {
				if err := f.Reindex(ctx, of, p); err != nil {
					return err
				}
				after = p
			}
			more = len(products) == step
		}
	}
	return nil
}

// Search finds listings of the whole market, or of one shop.
func (f *Flow) Search(ctx context.Context, q discovery.Query) (res discovery.Result, err error) {
	err = f.DB.Control().Read(ctx, func(tx *db.Tx) error {
		res, err = discovery.Search(tx, q)
		return err
	})
	return res, err
}

// Suggest gives phrases that begin what a buyer may be looking for.
func (f *Flow) Suggest(ctx context.Context, typed string, limit int) (out []string, err error) {
	err = f.DB.Control().Read(ctx, func(tx *db.Tx) error {
		out, err = discovery.Suggest(tx, typed, limit)
		return err
	})
	return out, err
}
