package loop

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// crowd lets all place at once and gives what each was told.
func crowd(w *world, all []checkout.In) ([]checkout.Placed, []error) {
	out, wrong := make([]checkout.Placed, len(all)), make([]error, len(all))
	var wg sync.WaitGroup
	for i, in := range all {
		wg.Go(func() { out[i], wrong[i] = w.checkout.PlaceOrder(ctx, in) })
	}
	wg.Wait()
	return out, wrong
}

// In one crowd are good orders, a changed price, goods that are gone, a paused
// shop, more than there is, a repeated key and the same key for something else.
// Each hears its own answer.
func TestACrowdIsAnsweredEachByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		before := w.place([3]int64{0, 0, 1})
		again := w.in([3]int64{0, 0, 1})
		again.Key = "key-000001" // of the first order of this world
		reused := again
		reused.InputHash = "something else"
		var all []checkout.In
		var want []string
		add := func(code string, in checkout.In, spoil func(*checkout.In)) {
			in.Buyer = w.buyer
			if spoil != nil {
				spoil(&in)
			}
			all, want = append(all, in), append(want, code)
		}
		for range 5 {
			add("", w.in([3]int64{1, 1, 0}, [3]int64{0, 1, 0}), nil)
			add("checkout.price_changed", w.in([3]int64{1, 0, 0}), func(in *checkout.In) { in.ExpectTotal = 5 })
			add("checkout.unlisted", w.in([3]int64{1, 0, 0}), func(in *checkout.In) { in.Lines[0].SKU = 9 })
			add("inventory.short", w.in([3]int64{11, 0, 0}), nil)
			add("checkout.too_many", w.in([3]int64{1, 0, 0}), func(in *checkout.In) { in.Lines = make([]checkout.Line, 101) })
			add("", again, nil)
			add("idempotency.key_reused", reused, nil)
		}
		out, wrong := crowd(w, all)
		for i, err := range wrong {
			if errs.Code(err) != want[i] {
				t.Errorf("%d: got %q (%v), want %q", i, errs.Code(err), err, want[i])
			}
			if all[i].Key == again.Key && want[i] == "" && (!out[i].Repeated || out[i].CheckoutID != before.CheckoutID || out[i].Orders[0] != before.Orders[0]) {
				t.Errorf("%d: the repeated key got %+v, want %+v", i, out[i], before)
			}
		}
		if a, b := w.stock(0, 0), w.stock(1, 1); a.Reserved != 5 || b.Reserved != 5 || w.events(event.OrderPlaced) != 11 {
			t.Errorf("%+v %+v, %d events", a, b, w.events(event.OrderPlaced))
		}
		w.audit()
	})
}

// Of a crowd on the last units, those who are served win as long as there is
// something; who wants less than is left is not harmed by who wants more, and a
// loser may come again with the same key when there is stock again.
func TestTheLastUnits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var all []checkout.In
		for i := range 40 {
			in := w.in([3]int64{int64(1 + i%3), 0, 0}, [3]int64{1, 0, 0}) // ten of each
			in.Buyer = id.ID(7000 + i)
			all = append(all, in)
		}
		_, wrong := crowd(w, all)
		sold, loser := int64(0), -1
		for i, err := range wrong {
			switch {
			case err == nil:
				sold += all[i].Lines[0].Qty
			case errors.Is(err, inventory.ErrShort):
				loser = i
			default:
				t.Fatal(err)
			}
		}
		if s := w.stock(0, 0); loser < 0 || s.Reserved != sold || s.Available() > 2 && w.stock(1, 0).Available() > 0 {
			t.Fatalf("%d sold, stock %+v", sold, s)
		}
		w.audit()
		w.write(func(tx *db.Tx) error {
			for s := range 2 {
				if _, err := inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: w.shops[s], Now: start}, w.skus[s][0], 50); err != nil {
					return err
				}
			}
			return nil
		})
		if p, err := w.checkout.PlaceOrder(ctx, all[loser]); err != nil || p.Repeated {
			t.Fatalf("%+v %v", p, err)
		}
		w.audit()
	})
}

// The caller hangs up: before its turn nothing is placed, after it the order stands
// and the same key finds it.
func TestCallersWhoHangUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := w.checkout.PlaceOrder(gone, w.in([3]int64{1, 0, 0})); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		placed := 0
		for i := range 30 {
			leaving, leave := context.WithCancel(ctx)
			in := w.in([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
			in.Lines = in.Lines[i%2 : i%2+1]
			done := make(chan error, 1)
			go func() { _, err := w.checkout.PlaceOrder(leaving, in); done <- err }()
			leave()
			err := <-done
			var found bool
			w.read(func(tx *db.Tx) error {
				_, err := order.GetCheckout(tx, in.Buyer, order.CheckoutID(in.Buyer, in.Key))
				found = err == nil
				return nil
			})
			if found != (err == nil) {
				t.Fatalf("told %v, placed %v", err, found)
			}
			if again, err := w.checkout.PlaceOrder(ctx, in); errors.Is(err, inventory.ErrShort) {
				break
			} else if err != nil || again.Repeated != found {
				t.Fatalf("%+v %v, found %v", again, err, found)
			}
			placed++
		}
		if a, b := w.stock(0, 0), w.stock(1, 0); a.Reserved+b.Reserved != int64(placed) {
			t.Fatalf("%d placed, %+v %+v", placed, a, b)
		}
		w.audit()
	})
}

// Several processes on one database: rivals for the same keys and the last units.
func TestSeveralProcessesPlace(t *testing.T) {
	d := dbtest.Postgres(t)
	w := newWorld(t, d)
	w.write(func(tx *db.Tx) error {
		_, err := inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: w.shops[0], Now: start}, w.skus[0][0], 40)
		return err
	})
	const processes = 3
	var rivals []*checkout.Deps
	for i := range processes {
		rivals = append(rivals, &checkout.Deps{DB: d, IDs: &id.Source{Now: w.clock.now, Node: 10 + i}, Emitter: w.checkout.Emitter, Now: w.clock.now})
	}
	var wg sync.WaitGroup
	answers := make([][processes]checkout.Placed, 60)
	codes := make([][processes]string, 60)
	for i := range answers {
		in := w.in([3]int64{1, 0, 0})
		in.Buyer = id.ID(9000 + i%20)
		for p, r := range rivals {
			wg.Go(func() {
				var err error
				answers[i][p], err = r.PlaceOrder(ctx, in)
				codes[i][p] = errs.Code(err)
			})
		}
	}
	wg.Wait()
	sold := 0
	for i := range answers {
		fresh, placed := 0, id.ID(0)
		for p := range processes {
			switch {
			case codes[i][p] == "":
				if placed != 0 && answers[i][p].CheckoutID != placed {
					t.Errorf("%d: two checkouts for one key", i)
				}
				placed = answers[i][p].CheckoutID
				if !answers[i][p].Repeated {
					fresh++
				}
			case codes[i][p] != "inventory.short":
				t.Errorf("%d: %s", i, codes[i][p])
			}
		}
		if placed != 0 && fresh != 1 {
			t.Errorf("%d: placed %d times", i, fresh)
		}
		sold += fresh
	}
	if s := w.stock(0, 0); sold != 40 || s.Available() != 0 {
		t.Errorf("%d sold, stock %+v", sold, s)
	}
	w.audit()
}

// An order goes to an address of its buyer, as it is at that moment.
func TestOrdersGoToTheBuyersAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := buyer.Address{ID: w.ids.Next(), Name: "韩梅梅", Phone: "13900139000", Province: "上海市", City: "上海市", District: "徐汇区", Detail: "衡山路 8 号", RegionCode: "310104"}
		save := func() {
			w.write(func(tx *db.Tx) error {
				if _, err := tx.Exec(`INSERT INTO buyers (id, state, created_at, updated_at) VALUES ($1, 'active', $2, $2) ON CONFLICT (id) DO NOTHING`, w.buyer, start); err != nil {
					return err
				}
				return buyer.SaveAddress(tx, w.buyer, a, start)
			})
		}
		save()
		for _, street := range []string{"衡山路 8 号", "永嘉路 9 号"} {
			a.Detail = street
			save()
			in := w.in([3]int64{1, 0, 0})
			in.Address, in.AddressID = checkout.Address{}, a.ID
			p, err := w.checkout.PlaceOrder(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			if o := w.order(p.Orders[0]); o.Receiver != "韩梅梅" || o.RegionCode != "310104" || o.Address != "上海市 上海市 徐汇区 "+street {
				t.Errorf("%+v", o)
			}
		}
		in := w.in([3]int64{1, 0, 0})
		in.Buyer, in.AddressID = 4711, a.ID
		_, err := w.checkout.PlaceOrder(ctx, in)
		wantCode(t, err, "address.not_found")
	})
}

// What was bought from the cart leaves it, and nothing else.
func TestACrowdEmptiesItsCarts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var all []checkout.In
		for i := range 8 {
			in := w.in([3]int64{1, 0, 0})
			in.Buyer, in.FromCart = id.ID(8000+i), i%2 == 0
			all = append(all, in)
			w.write(func(tx *db.Tx) error {
				for _, sku := range w.skus[0][:2] {
					if err := cart.Add(tx, in.Buyer, cart.Item{SKU: sku, Shop: w.shops[0], Product: 1, Qty: 1, Price: 1}, start); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if _, wrong := crowd(w, all); errors.Join(wrong...) != nil {
			t.Fatal(wrong)
		}
		for _, in := range all {
			want := 2
			if in.FromCart {
				want = 1
			}
			w.read(func(tx *db.Tx) error {
				if l, err := cart.List(tx, in.Buyer); err != nil || len(l) != want {
					return fmt.Errorf("%d lines left of buyer %s: %w", len(l), in.Buyer, err)
				}
				return nil
			})
		}
	})
}
