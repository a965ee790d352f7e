// Package funds is the recipe of what becomes of shops' money: sealing the books,
// sharing and releasing what the provider holds, payouts, deposits, statements.
//
// Locks are taken in this order: shop_funds, order, payment part, payout or hold.
package funds

import (
	"context"
	"log/slog"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Deps is what the recipe works with. Safe for concurrent use.
type Deps struct {
	DB      *db.DB
	IDs     *id.Source
	Emitter *jobs.Emitter
	Now     func() time.Time
	Log     *slog.Logger // nil: no logs
}

func (d *Deps) warn(ctx context.Context, what string, args ...any) {
	if d.Log != nil {
		d.Log.WarnContext(ctx, what, args...)
	}
}

// SettledAfter is how old a transfer is when it is sealed: longer than any
// transaction lives and clocks of processes differ.
const SettledAfter = 5 * time.Minute

// Seal seals at most limit blocks of settled transfers of each shop. Any number
// of processes may do it at once.
func (d *Deps) Seal(ctx context.Context, now time.Time, limit int) (int, error) {
	var shops []shop.Shop
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		shops, err = shop.List(tx, 0)
		return err
	})
	if err != nil {
		return 0, err
	}
	done := 0
	for _, s := range shops {
		n, err := d.SealShop(ctx, s.ID, id.At(now.Add(-SettledAfter)), limit)
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// SealShop seals at most limit blocks of one shop's transfers before an id.
func (d *Deps) SealShop(ctx context.Context, of, before id.ID, limit int) (int, error) {
	for n := range limit {
		var next ledger.Seal
		var found bool
		err := d.DB.Read(ctx, func(tx *db.Tx) error {
			last, err := ledger.LastSeal(tx, of)
			if err != nil {
				return err
			}
			next, found, err = ledger.NextSeal(tx, last, before, d.Now())
			return err
		})
		if err != nil || !found {
			return n, err
		}
		var mine bool
		err = d.DB.Write(ctx, func(tx *db.Tx) (err error) {
			mine, err = ledger.PutSeal(tx, next)
			return err
		})
		if err != nil || !mine {
			return n, err
		}
	}
	return limit, nil
}
