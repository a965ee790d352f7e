package inventory

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"pgregory.net/rapid"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	ids = &id.Source{Now: time.Now, Node: 3}
)

func TestMergeSumsAndSorts(t *testing.T) {
	got := Merge([]Line{{3, 1}, {1, 2}, {3, 4}, {2, 1}, {1, 1}})
	if len(got) != 3 || got[0] != (Line{1, 3}) || got[1] != (Line{2, 1}) || got[2] != (Line{3, 5}) {
		t.Fatalf("%v", got)
	}
	if len(Merge(nil)) != 0 {
		t.Fatal("nothing became something")
	}
}

func TestReserveTakesAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := Move{IDs: ids, Shop: 1, Order: 9, Now: now}
		do := func(fn func(tx *db.Tx) error) error { return d.Write(ctx, fn) }
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(do(func(tx *db.Tx) error { return Receive(tx, m, []Line{{10, 5}, {11, 2}}) }))
		// The same SKU twice is summed before it is checked.
		err := do(func(tx *db.Tx) error { return Reserve(tx, m.Shop, []Line{{10, 3}, {11, 1}, {10, 3}}) })
		if !errors.Is(err, ErrShort) || errs.Of(err).Params["sku"] != id.ID(10) || errs.Of(err).Params["available"] != int64(5) {
			t.Fatalf("%v %v", err, errs.Of(err).Params)
		}
		for _, bad := range []int64{0, -1, 1 << 40} {
			if err := do(func(tx *db.Tx) error { return Reserve(tx, m.Shop, []Line{{10, bad}}) }); !errors.Is(err, ErrQuantity) {
				t.Fatalf("%d: %v", bad, err)
			}
		}
		if err := do(func(tx *db.Tx) error { return Reserve(tx, m.Shop, []Line{{99, 1}}) }); !errors.Is(err, ErrShort) {
			t.Fatal(err)
		}
		must(do(func(tx *db.Tx) error { return Reserve(tx, m.Shop, []Line{{10, 5}, {11, 1}}) }))
		must(do(func(tx *db.Tx) error { return Ship(tx, m, []Line{{10, 2}}) }))
		must(do(func(tx *db.Tx) error { return Release(tx, m.Shop, []Line{{10, 2}}) }))
		must(do(func(tx *db.Tx) error { return Restock(tx, m, []Line{{10, 1}}) }))
		for name, fn := range map[string]func(tx *db.Tx) error{
			"release more than reserved": func(tx *db.Tx) error { return Release(tx, m.Shop, []Line{{10, 2}}) },
			"ship more than reserved":    func(tx *db.Tx) error { return Ship(tx, m, []Line{{11, 2}}) },
			"count below reserved":       func(tx *db.Tx) error { _, err := SetOnHand(tx, m, 10, 0); return err },
			"adjust below reserved":      func(tx *db.Tx) error { _, err := Adjust(tx, m, 10, -4); return err },
			"negative count":             func(tx *db.Tx) error { _, err := SetOnHand(tx, m, 12, -1); return err },
		} {
			if do(fn) == nil {
				t.Errorf("%s was accepted", name)
			}
		}
		must(do(func(tx *db.Tx) error {
			s, err := Adjust(tx, m, 10, 6)
			if s.OnHand != 10 {
				t.Errorf("%+v", s)
			}
			return err
		}))
		must(d.Read(ctx, func(tx *db.Tx) error {
			all, err := List(tx, 1, []id.ID{10, 11, 12})
			if len(all) != 2 || all[10] != (Stock{10, 10, 1}) || all[11].Available() != 1 {
				t.Errorf("%v", all)
			}
			page, err2 := Journal(tx, 1, 10, 0, 3)
			if len(page) != 3 || page[0].Kind != KindAdjust || page[0].OnHand != 6 {
				t.Errorf("%+v", page)
			}
			rest, err3 := Journal(tx, 1, 10, page[2].ID, 100)
			if len(rest) != 1 {
				t.Errorf("%d older movements", len(rest))
			}
			drift, err4 := Drifts(tx, 1, 10)
			if len(drift) != 0 {
				t.Errorf("drift %+v", drift)
			}
			return errors.Join(err, err2, err3, err4)
		}))
	})
}

// What changes only what is reserved leaves no movement.
const reserve, release = Kind("reserve"), Kind("release")

// Whatever is done in whatever order, the row is what the movements say, nothing
// is oversold, and a refused step leaves nothing behind.
func TestMovementsAddUp(t *testing.T) {
	d := dbtest.SQLite(t)
	shop := id.ID(100)
	rapid.Check(t, func(rt *rapid.T) {
		shop++
		m := Move{IDs: ids, Shop: shop, Now: now}
		hand, held := int64(0), int64(0)
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			n := rapid.Int64Range(1, 5).Draw(rt, "n")
			one := []Line{{1, n}}
			kind := rapid.SampledFrom([]Kind{reserve, release, KindShip, KindRestock, KindReceive, KindSet}).Draw(rt, "kind")
			ok := true
			err := d.Write(ctx, func(tx *db.Tx) (err error) {
				switch kind {
				case reserve:
					ok, err = hand-held >= n, Reserve(tx, m.Shop, one)
				case release:
					ok, err = held >= n, Release(tx, m.Shop, one)
				case KindShip:
					ok, err = held >= n, Ship(tx, m, one)
				case KindRestock:
					err = Restock(tx, m, one)
				case KindReceive:
					err = Receive(tx, m, one)
				case KindSet:
					ok = n >= held
					_, err = SetOnHand(tx, m, 1, n)
				}
				return err
			})
			if ok != (err == nil) {
				rt.Fatalf("%s of %d on %d/%d: %v", kind, n, hand, held, err)
			}
			if !ok {
				continue
			}
			switch kind {
			case reserve:
				held += n
			case release:
				held -= n
			case KindShip:
				hand, held = hand-n, held-n
			case KindSet:
				hand = n
			default:
				hand += n
			}
		}
		_ = d.Read(ctx, func(tx *db.Tx) error {
			if s, err := Get(tx, shop, 1); err != nil || s.OnHand != hand || s.Reserved != held {
				rt.Fatalf("%+v %v, want %d/%d", s, err, hand, held)
			}
			if drift, err := Drifts(tx, shop, 1); err != nil || len(drift) != 0 {
				rt.Fatalf("%+v %v", drift, err)
			}
			return nil
		})
	})
}
