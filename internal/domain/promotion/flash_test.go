package promotion_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/states"
	"pgregory.net/rapid"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
)

func sale(shop, sale id.ID, units, perBuyer int64) promotion.Sale {
	return promotion.Sale{ShopID: shop, ID: sale, SKU: 7, ProductID: 3, Price: 990, Units: units, PerBuyer: perBuyer, StartsAt: now, EndsAt: now.Add(time.Hour)}
}

func plan(t interface{ Fatal(...any) }, d *db.DB, s promotion.Sale) {
	if err := d.Write(ctx, func(tx *db.Tx) error { return promotion.Plan(tx, s, now) }); err != nil {
		t.Fatal(err)
	}
}

// take buys as flow/checkout does: read, decide, write, and decide again when rivals moved it.
func take(d *db.DB, shop id.ID, buyer id.ID, c promotion.Claim, at time.Time) error {
	c.SKU = 7
	for {
		err := d.Write(ctx, func(tx *db.Tx) error {
			counter, questions := promotion.Look([]promotion.Holder{{Shop: shop, Sale: c.Sale, Buyer: buyer}})
			if err := tx.EachOf(questions); err != nil {
				return err
			}
			if err := counter.Holds(shop, buyer, []promotion.Claim{c}, at); err != nil {
				return err
			}
			counter.Take(shop, buyer, []promotion.Claim{c})
			return counter.Sell(tx)
		})
		if !errors.Is(err, promotion.ErrMoved) {
			return err
		}
	}
}

func TestTheTableOfStatesIsSound(t *testing.T) {
	if err := states.Check(promotion.States()); err != nil {
		t.Error(err)
	}
}

func TestPlansAreChecked(t *testing.T) {
	d := dbtest.SQLite(t)
	plan(t, d, sale(1, 1, 10, 2))
	next := func(change func(*promotion.Sale)) promotion.Sale {
		s := sale(1, 2, 10, 2)
		s.StartsAt, s.EndsAt = s.EndsAt, s.EndsAt.Add(time.Hour)
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		s    promotion.Sale
		want error
	}{
		"free":                    {next(func(s *promotion.Sale) { s.Price = 0 }), promotion.ErrPlan},
		"no units":                {next(func(s *promotion.Sale) { s.Units = 0 }), promotion.ErrPlan},
		"limit above units":       {next(func(s *promotion.Sale) { s.PerBuyer = 11 }), promotion.ErrPlan},
		"ends before it begins":   {next(func(s *promotion.Sale) { s.EndsAt = s.StartsAt }), promotion.ErrPlan},
		"over already":            {next(func(s *promotion.Sale) { s.StartsAt, s.EndsAt = now.Add(-time.Hour), now }), promotion.ErrPlan},
		"two months":              {next(func(s *promotion.Sale) { s.EndsAt = s.StartsAt.AddDate(0, 2, 0) }), promotion.ErrPlan},
		"same SKU, same moment":   {next(func(s *promotion.Sale) { s.StartsAt = now.Add(59 * time.Minute) }), promotion.ErrOverlap},
		"same SKU, right after":   {next(func(*promotion.Sale) {}), nil},
		"another SKU at the time": {next(func(s *promotion.Sale) { s.ID, s.SKU, s.StartsAt = 3, 8, now }), nil},
	} {
		if err := d.Write(ctx, func(tx *db.Tx) error { return promotion.Plan(tx, c.s, now) }); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatABuyerMayHave(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plan(t, d, sale(1, 1, 5, 2))
		for _, c := range []struct {
			name  string
			buyer id.ID
			claim promotion.Claim
			at    time.Time
			want  error
			left  any
		}{
			{"too early", 1, promotion.Claim{Sale: 1, Qty: 1}, now.Add(-time.Second), promotion.ErrOver, nil},
			{"at the end", 1, promotion.Claim{Sale: 1, Qty: 1}, now.Add(time.Hour), promotion.ErrOver, nil},
			{"nothing", 1, promotion.Claim{Sale: 1}, now, promotion.ErrOver, nil},
			{"unknown", 1, promotion.Claim{Sale: 9, Qty: 1}, now, promotion.ErrOver, nil},
			{"more than the limit at once", 1, promotion.Claim{Sale: 1, Qty: 3}, now, promotion.ErrLimit, int64(2)},
			{"one", 1, promotion.Claim{Sale: 1, Qty: 1}, now, nil, nil},
			{"the second would be two", 1, promotion.Claim{Sale: 1, Qty: 2}, now, promotion.ErrLimit, int64(1)},
			{"another buyer", 2, promotion.Claim{Sale: 1, Qty: 2}, now, nil, nil},
			{"a third", 3, promotion.Claim{Sale: 1, Qty: 1}, now, nil, nil},
			{"more than is left", 4, promotion.Claim{Sale: 1, Qty: 2}, now, promotion.ErrSoldOut, int64(1)},
			{"the last", 4, promotion.Claim{Sale: 1, Qty: 1}, now, nil, nil},
			{"nothing is left", 5, promotion.Claim{Sale: 1, Qty: 1}, now, promotion.ErrSoldOut, int64(0)},
		} {
			err := take(d, 1, c.buyer, c.claim, c.at)
			if !errors.Is(err, c.want) || c.left != nil && errs.Of(err).Params["left"] != c.left {
				t.Errorf("%s: %v %v", c.name, err, errs.Of(err))
			}
		}
	})
}

func TestRivalsNeverGetMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const units, limit = 20, 3
		plan(t, d, sale(1, 1, units, limit))
		var got [10]atomic.Int64
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				buyer := i % len(got)
				switch err := take(d, 1, id.ID(buyer+1), promotion.Claim{Sale: 1, Qty: 1}, now); {
				case err == nil:
					got[buyer].Add(1)
				case !errors.Is(err, promotion.ErrSoldOut) && !errors.Is(err, promotion.ErrLimit):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		sum := int64(0)
		for b := range got {
			n := got[b].Load()
			sum += n
			if n > limit {
				t.Errorf("buyer %d got %d", b, n)
			}
		}
		if sum != units {
			t.Errorf("%d of %d units were sold", sum, units)
		}
	})
}

// Whatever is taken, returned and ended in whatever order: sold is what buyers
// hold, nothing above units and limit, and what is aside is the rest while it is open.
func TestSalesAddUp(t *testing.T) {
	d := dbtest.SQLite(t)
	shop := id.ID(1000)
	rapid.Check(t, func(rt *rapid.T) {
		shop++
		units := rapid.Int64Range(1, 12).Draw(rt, "units")
		limit := rapid.Int64Range(0, units).Draw(rt, "limit")
		plan(rt, d, sale(shop, 1, units, limit))
		held := map[id.ID]int64{}
		sum, open := int64(0), true
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			buyer := id.ID(rapid.IntRange(1, 3).Draw(rt, "buyer"))
			c := promotion.Claim{Sale: 1, Qty: rapid.Int64Range(1, 4).Draw(rt, "qty")}
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				if open && rapid.IntRange(0, 3).Draw(rt, "end") == 0 {
					var left int64
					err := d.Write(ctx, func(tx *db.Tx) (err error) {
						left, err = promotion.End(tx, shop, 1, promotion.Cancelled, now)
						return err
					})
					if err != nil || left != units-sum {
						rt.Fatalf("%d left of %d, %d sold: %v", left, units, sum, err)
					}
					open = false
				}
			case 1, 2, 3:
				if held[buyer] < c.Qty {
					continue
				}
				var back bool
				if err := d.Write(ctx, func(tx *db.Tx) (err error) {
					back, err = promotion.Return(tx, promotion.Holder{Shop: shop, Sale: 1, Buyer: buyer}, c.Qty)
					return err
				}); err != nil || back != open {
					rt.Fatalf("back %v, open %v: %v", back, open, err)
				}
				held[buyer] -= c.Qty
				if open {
					sum -= c.Qty
				}
			default:
				err := take(d, shop, buyer, c, now)
				fits := open && sum+c.Qty <= units && (limit == 0 || held[buyer]+c.Qty <= limit)
				if (err == nil) != fits {
					rt.Fatalf("take %+v with %d of %d sold, %d held, limit %d, open %v: %v", c, sum, units, held[buyer], limit, open, err)
				}
				if fits {
					held[buyer] += c.Qty
					sum += c.Qty
				}
			}
		}
		var s promotion.Sale
		var aside map[id.ID]int64
		if err := d.Read(ctx, func(tx *db.Tx) (err error) {
			if s, err = promotion.Get(tx, shop, 1); err != nil {
				return err
			}
			aside, err = promotion.Aside(tx, shop)
			return err
		}); err != nil {
			rt.Fatal(err)
		}
		if s.Sold != sum || s.Aside() != aside[7] || open && aside[7] != units-sum || !open && len(aside) != 0 {
			rt.Fatalf("%+v, %d sold, aside %v", s, sum, aside)
		}
	})
}
