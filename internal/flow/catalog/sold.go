package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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
	err := f.DB.Write(ctx, func(tx *db.Tx) error {
		owner := idem.Owner{Shop: of}
		now := f.Now()
		before, err := idem.Begin(tx, owner, key, "", now)
		if err != nil || before != nil {
			return err
		}
		for _, p := range pieces {
			if err := catalog.AddSold(tx, of, p.Product, p.Qty); err != nil {
				return err
			}
		}
		return idem.Finish(tx, owner, key, "", now, idem.Answer{HTTPCode: 200})
	})
	if err != nil {
		return err
	}
	return f.Freed(ctx, of, pieces)
}

// Freed renews what lists say of sold pieces and of what is still there, after
// stock moved. The figures are read while the listing is held, so that what is
// written last is what was read last; it may run twice.
func (f *Flow) Freed(ctx context.Context, of id.ID, pieces []Pieces) error {
	pieces = slices.Clone(pieces)
	slices.SortFunc(pieces, func(a, b Pieces) int { return cmp.Compare(a.Product, b.Product) }) // a fixed order of locks
	return f.DB.Control().Write(ctx, func(tx *db.Tx) error {
		for _, p := range pieces {
			tx.AfterCommit(func() { f.Invalidate(of, p.Product) })
			if err := f.relist(ctx, tx, of, p.Product); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *Flow) relist(ctx context.Context, tx *db.Tx, of, product id.ID) error {
	if err := discovery.Hold(tx, product); err != nil {
		return err
	}
	var sold, left int64
	err := f.DB.Read(ctx, func(data *db.Tx) (err error) {
		sold, left, err = catalog.Standing(data, of, product)
		return err
	})
	if err != nil {
		return err
	}
	return discovery.Moved(tx, product, sold, left > 0)
}
