package cart

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

var now = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)

func TestCart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const buyer = id.ID(5)
		do := func(want error, fn func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(context.Background(), fn); !errors.Is(err, want) {
				t.Fatalf("got %v, want %v", err, want)
			}
		}
		add := func(sku id.ID, n int64) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				return Add(tx, buyer, Item{SKU: sku, Shop: 1, Product: 2, Qty: n, Price: 100}, now.Add(time.Duration(sku)))
			}
		}
		do(nil, add(1, 2))
		do(nil, add(1, 3))
		do(ErrQuantity, add(1, 995))
		do(ErrQuantity, add(1, 0))
		do(ErrQuantity, add(2, 1000))
		for sku := range id.ID(MaxLines - 1) {
			do(nil, add(sku+2, 1))
		}
		do(ErrFull, add(500, 1))
		do(nil, add(2, 1)) // a line that is there may still grow
		lines := func() (out []Line) {
			do(nil, func(tx *db.Tx) (err error) { out, err = List(tx, buyer); return err })
			return out
		}
		if all := lines(); len(all) != MaxLines || all[0].SKU != MaxLines || all[len(all)-1].Qty != 5 || !all[0].Selected || all[0].PriceSeen != 100 {
			t.Fatalf("%d lines, first %+v, last %+v", len(all), all[0], all[len(all)-1])
		}
		seven, off := int64(7), false
		do(nil, func(tx *db.Tx) error { return Set(tx, buyer, 1, &seven, nil, 0, now) })
		do(nil, func(tx *db.Tx) error { return Set(tx, buyer, 1, nil, &off, 120, now) })
		do(ErrNotFound, func(tx *db.Tx) error { return Set(tx, buyer, 999, &seven, nil, 0, now) })
		do(ErrNotFound, func(tx *db.Tx) error { return Set(tx, buyer+1, 1, &seven, nil, 0, now) })
		thousand := int64(1000)
		do(ErrQuantity, func(tx *db.Tx) error { return Set(tx, buyer, 1, &thousand, nil, 0, now) })
		if l := lines()[MaxLines-1]; l.Qty != 7 || l.Selected || l.PriceSeen != 120 {
			t.Fatalf("%+v", l)
		}
		do(nil, func(tx *db.Tx) error { return Select(tx, buyer, []id.ID{2, 3}, false, now) })
		if all := lines(); all[MaxLines-2].Selected || !all[0].Selected {
			t.Fatal("the wrong lines were selected")
		}
		do(nil, func(tx *db.Tx) error { return Select(tx, buyer, nil, true, now) })
		do(nil, func(tx *db.Tx) error { return Remove(tx, buyer, []id.ID{1, 2, 777}) })
		var units int64
		do(nil, func(tx *db.Tx) (err error) { units, err = Count(tx, buyer); return err })
		if all := lines(); len(all) != MaxLines-2 || !all[0].Selected || units != MaxLines-2 {
			t.Fatalf("%d lines, %d units", len(all), units)
		}
	})
}
