package catalog_test

import (
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// A paid order counts once however often its event comes, and the last pieces
// take the listing out of stock until they come back.
func TestSoldAndFreed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.listed()
		w.settle()
		lines := []inventory.Line{{SKU: p.SKUs[0].ID, Qty: 3}}
		move := inventory.Move{IDs: w.ids, Shop: w.who.Shop, Order: 8, Now: time.Now()}
		w.write(func(tx *db.Tx) error { return inventory.Reserve(tx, move.Shop, lines) })
		pieces := []catalog.Pieces{{Product: p.ID, Qty: 2}, {Product: p.ID, Qty: 1}}
		event := w.ids.Next()
		for range 3 {
			if err := w.Sold(ctx, event, w.who.Shop, pieces); err != nil {
				t.Fatal(err)
			}
		}
		check := func(sold int64, available bool) {
			t.Helper()
			got, err := w.Product(ctx, w.who.Shop, p.ID)
			if err != nil || got.Sold != sold || got.Version != p.Version {
				t.Errorf("product: sold %d version %d, %v", got.Sold, got.Version, err)
			}
			if l := w.find("龙井").Listings[0]; l.Sold != sold || l.Available != available {
				t.Errorf("listing: sold %d available %v, want %d %v", l.Sold, l.Available, sold, available)
			}
			if page, err := w.PageData(ctx, w.who.Shop, p.ID); err != nil || page.Sold != sold || page.Available > 0 != available {
				t.Errorf("page: sold %d available %d, %v", page.Sold, page.Available, err)
			}
		}
		check(3, false)
		if err := w.Reindex(ctx, w.who.Shop, p.ID); err != nil {
			t.Fatal(err)
		}
		check(3, false)
		w.write(func(tx *db.Tx) error { return inventory.Release(tx, move.Shop, lines) })
		if err := w.Freed(ctx, w.who.Shop, pieces); err != nil {
			t.Fatal(err)
		}
		check(3, true)
	})
}
