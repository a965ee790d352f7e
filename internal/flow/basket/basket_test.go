package basket_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/basket"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

var (
	ctx   = context.Background()
	start = time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)
)

const buyer, tea, fruit = id.ID(7), id.ID(100), id.ID(200)

// world is two shops (shipping 10 yuan; the tea shop ships free from 99 yuan on)
// with three SKUs each of 30, 50 and 99 yuan, ten pieces of each.
type world struct {
	t  *testing.T
	d  *db.DB
	at time.Time
	*basket.Flow
}

var prices = []money.Fen{3000, 5000, 9900}

func sku(of id.ID, i int) id.ID { return of + 10 + id.ID(i) }

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, d: d, at: start}
	w.Flow = &basket.Flow{DB: d, Now: func() time.Time { w.at = w.at.Add(time.Second); return w.at }}
	ids := &id.Source{Now: time.Now, Node: 1}
	w.write(func(tx *db.Tx) error {
		for of, free := range map[id.ID]money.Fen{tea: 9900, fruit: 0} {
			if err := shop.Create(tx, shop.Shop{ID: of, Handle: "s" + of.String(), Name: "小店", ShippingFee: 1000, FreeOver: free, State: shop.Open}, start); err != nil {
				return err
			}
			for i, price := range prices {
				if _, err := tx.Exec(`INSERT INTO products (shop_id, id, title, options, media, state, created_at, updated_at) VALUES ($1, $2, '茶', '[]', '[]', 'listed', $3, $3)`, of, of+1+id.ID(i), start); err != nil {
					return err
				}
				if _, err := tx.Exec(`INSERT INTO skus (shop_id, id, product_id, options, price, state, updated_at) VALUES ($1, $2, $3, '["250g"]', $4, 'active', $5)`, of, sku(of, i), of+1+id.ID(i), price, start); err != nil {
					return err
				}
				if _, err := inventory.SetOnHand(tx, inventory.Move{IDs: ids, Shop: of, Now: start}, sku(of, i), 10); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return w
}

func (w *world) write(fn func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) add(of id.ID, i int, qty int64) {
	w.t.Helper()
	if _, err := w.Add(ctx, buyer, of, sku(of, i), qty); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) part(of id.ID) basket.Part {
	w.t.Helper()
	v, err := w.See(ctx, buyer)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range v.Shops {
		if p.Shop.ID == of {
			return p
		}
	}
	return basket.Part{}
}

func (w *world) sums(what string, of id.ID, items, fee, lack money.Fen) {
	w.t.Helper()
	if p := w.part(of); p.Items != items || p.Fee != fee || p.Lack != lack {
		w.t.Errorf("%s: goods %v, shipping %v, lacks %v; want %v, %v, %v", what, p.Items, p.Fee, p.Lack, items, fee, lack)
	}
}

func TestFeesAndWhatIsMissingForFreeShipping(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.add(tea, 0, 2)
		w.sums("60 yuan", tea, 6000, 1000, 3900)
		w.add(tea, 1, 1)
		w.sums("110 yuan", tea, 11000, 0, 0)
		w.add(fruit, 2, 1)
		w.sums("a shop that never ships free", fruit, 9900, 1000, 0)
		if v, err := w.See(ctx, buyer); err != nil || v.Count != 4 || len(v.Shops) != 2 || v.Shops[0].Shop.ID != fruit {
			t.Errorf("the shop of the newest line stands first: %+v %v", v, err)
		}
		off := false
		if _, err := w.Set(ctx, buyer, sku(tea, 1), nil, &off, 0); err != nil {
			t.Fatal(err)
		}
		w.sums("one line is not selected", tea, 6000, 1000, 3900)
		if _, err := w.Select(ctx, buyer, nil, false); err != nil {
			t.Fatal(err)
		}
		w.sums("nothing is selected", tea, 0, 0, 0)
		if v, err := w.Remove(ctx, buyer, []id.ID{sku(tea, 0), sku(tea, 1), sku(fruit, 2)}); err != nil || len(v.Shops) != 0 || v.Count != 0 {
			t.Errorf("%+v %v", v, err)
		}
	})
}

func TestWhatCannotBeBoughtDoesNotCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.add(tea, 0, 1)
		w.add(tea, 1, 1)
		w.write(func(tx *db.Tx) error {
			return tx.Must(`UPDATE products SET state = 'unlisted' WHERE shop_id = $1 AND id = $2`, tea, tea+1)
		})
		w.sums("one product was taken down", tea, 5000, 1000, 4900)
		ten := int64(11)
		if _, err := w.Set(ctx, buyer, sku(tea, 1), &ten, nil, 0); err != nil {
			t.Fatal(err)
		}
		w.sums("more than there are", tea, 0, 0, 0)
		if p := w.part(tea); len(p.Lines) != 2 || p.Lines[0].Available != 10 || !p.Lines[0].OnSale || p.Lines[1].OnSale {
			t.Errorf("%+v", p.Lines)
		}
		one := int64(1)
		if _, err := w.Set(ctx, buyer, sku(tea, 1), &one, nil, 0); err != nil {
			t.Fatal(err)
		}
		for _, state := range []shop.State{shop.Paused, shop.Closed} {
			w.write(func(tx *db.Tx) error { return tx.Must(`UPDATE shops SET state = $2 WHERE id = $1`, tea, state) })
			w.sums("the shop is "+string(state), tea, 0, 0, 0)
		}
		if _, err := w.Add(ctx, buyer, tea, sku(tea, 1), 1); !errors.Is(err, shop.ErrNotFound) {
			t.Errorf("into a closed shop's part: %v", err)
		}
	})
}

func TestWhatCannotBePutIn(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	w.write(func(tx *db.Tx) error {
		return tx.Must(`UPDATE skus SET state = 'removed' WHERE shop_id = $1 AND id = $2`, tea, sku(tea, 2))
	})
	for what, c := range map[string]struct {
		shop, sku id.ID
		qty       int64
		want      error
	}{"a removed SKU": {tea, sku(tea, 2), 1, catalog.ErrUnlisted}, "an unknown SKU": {tea, 999, 1, catalog.ErrUnlisted}, "another shop's SKU": {fruit, sku(tea, 0), 1, catalog.ErrUnlisted},
		"none": {tea, sku(tea, 0), 0, cart.ErrQuantity}, "too many": {tea, sku(tea, 0), 1000, cart.ErrQuantity}} {
		if _, err := w.Add(ctx, buyer, c.shop, c.sku, c.qty); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := w.Set(ctx, buyer, sku(tea, 0), nil, nil, 0); !errors.Is(err, cart.ErrNotFound) {
		t.Errorf("a line that is not there: %v", err)
	}
}

// TestPricesThatChanged: the line shows today's price and the one that was seen.
func TestPricesThatChanged(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	w.add(tea, 0, 1)
	w.write(func(tx *db.Tx) error {
		return tx.Must(`UPDATE skus SET price = 3300 WHERE shop_id = $1 AND id = $2`, tea, sku(tea, 0))
	})
	if l := w.part(tea).Lines[0]; l.Goods.Price != 3300 || l.PriceSeen != 3000 {
		t.Errorf("%+v", l)
	}
	w.sums("today's price counts", tea, 3300, 1000, 6600)
	if v, err := w.Set(ctx, buyer, sku(tea, 0), nil, nil, 3300); err != nil || v.Shops[0].Lines[0].PriceSeen != 3300 {
		t.Errorf("%+v %v", v, err)
	}
}

// TestTheCartPromisesWhatCheckoutAsks: for any cart, goods and shipping are those
// that pricing asks for the lines that count.
func TestTheCartPromisesWhatCheckoutAsks(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	rapid.Check(t, func(r *rapid.T) {
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM cart_lines WHERE buyer_id = $1`, buyer)
			return err
		})
		var items []pricing.Item
		for i, price := range prices {
			qty := rapid.Int64Range(0, 12).Draw(r, "qty")
			if qty == 0 {
				continue
			}
			w.add(tea, i, qty)
			selected := rapid.Bool().Draw(r, "selected")
			if _, err := w.Set(ctx, buyer, sku(tea, i), nil, &selected, 0); err != nil {
				r.Fatal(err)
			}
			if selected && qty <= 10 {
				items = append(items, pricing.Item{Price: price, Qty: qty})
			}
		}
		p := w.part(tea)
		if len(items) == 0 {
			if p.Items != 0 || p.Fee != 0 || p.Lack != 0 {
				r.Fatalf("%+v", p)
			}
			return
		}
		q, err := pricing.Price(items, pricing.Shipping{Fee: 1000, FreeOver: 9900})
		if err != nil || p.Items != q.Items || p.Fee != q.Shipping {
			r.Fatalf("the cart says %v + %v, checkout %v + %v (%v)", p.Items, p.Fee, q.Items, q.Shipping, err)
		}
		if free := p.Items + p.Lack; p.Fee > 0 && free != 9900 || p.Fee == 0 && p.Lack != 0 {
			r.Fatalf("with %v more shipping is said to be free at %v", p.Lack, free)
		}
	})
}
