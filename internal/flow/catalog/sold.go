package catalog

import (
	"context"
	"fmt"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/discovery"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

// Pieces is how many pieces of a product an order has.
type Pieces struct {
	Product id.ID
	Qty     int64
}

// Sold counts the pieces of a paid order, once per event, and renews what lists
// say of sold pieces and of what is still there.
func (f *Flow) Sold(ctx context.Context, event, of id.ID, pieces []Pieces) error {
	key := fmt.Sprintf("sold/%d", event)
	return f.DB.Write(ctx, func(tx *db.Tx) error {
		owner := idem.Owner{Shop: of}
		now := f.Now()
		before, err := idem.Begin(tx, owner, key, "", now)
		if err != nil || before != nil {
			return err
		}
		for _, p := range pieces {
			tx.AfterCommit(func() { f.Invalidate(of, p.Product) })
			if err := catalog.AddSold(tx, of, p.Product, p.Qty); err != nil {
				return err
			}
			if err := f.relist(tx, of, p.Product, p.Qty); err != nil {
				return err
			}
		}
		return idem.Finish(tx, owner, key, "", now, idem.Answer{HTTPCode: 200})
	})
}

// Freed renews what lists say after stock of an unpaid order came back.
func (f *Flow) Freed(ctx context.Context, of id.ID, pieces []Pieces) error {
	return f.DB.Write(ctx, func(tx *db.Tx) error {
		for _, p := range pieces {
			tx.AfterCommit(func() { f.Invalidate(of, p.Product) })
			if err := f.relist(tx, of, p.Product, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *Flow) relist(tx *db.Tx, of, product id.ID, sold int64) error {
	free, err := catalog.Available(tx, of, product)
	if err != nil {
		return err
	}
	return discovery.Moved(tx, product, sold, free > 0)
}
