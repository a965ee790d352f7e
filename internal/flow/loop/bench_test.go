package loop

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// BenchmarkPlaceOrder places orders of two lines in one shop from 64 rival buyers.
//
//	go test -bench PlaceOrder -benchtime 3s -run '^$' ./internal/flow/loop
func BenchmarkPlaceOrder(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchPlace(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchPlace(b, dbtest.Postgres(b)) })
}

func benchPlace(b *testing.B, d *db.DB) {
	w := newWorld(b, d)
	w.write(func(tx *db.Tx) error {
		for s := range 2 {
			for _, sku := range w.skus[s] {
				if _, err := inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: w.shops[s], Now: start}, sku, inventory.MaxOnHand); err != nil {
					return err
				}
			}
		}
		return nil
	})
	var n atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			shop := i % 2
			_, err := w.checkout.PlaceOrder(ctx, checkout.In{
				Buyer: id.ID(1_000_000 + i), Key: fmt.Sprintf("bench-%08d", i), InputHash: "h", Address: home, ExpectTotal: 101 + 2002 + 1000,
				Lines: []checkout.Line{{Shop: w.shops[shop], SKU: w.skus[shop][0], Qty: 1}, {Shop: w.shops[shop], SKU: w.skus[shop][1], Qty: 1}},
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	w.audit()
}
