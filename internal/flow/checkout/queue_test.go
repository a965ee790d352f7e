package checkout

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

var (
	ctx   = context.Background()
	start = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
)

func waiting(buyer id.ID, key string) *request {
	return &request{In: In{Buyer: buyer, Key: key}, key: order.CheckoutKey{Buyer: buyer, ID: order.CheckoutID(buyer, key)}, done: make(chan struct{})}
}

func TestTheQueueKeepsItsOrder(t *testing.T) {
	var q queue
	served := make(chan struct{}, 9)
	serve := func() { served <- struct{}{} }
	join := func(r *request) *request {
		if err := q.join(r, 1, serve); err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, twin, b := join(waiting(1, "k")), join(waiting(1, "k")), join(waiting(2, "k"))
	gone := join(waiting(3, "k"))
	<-served
	if !q.leave(gone) || q.leave(gone) {
		t.Error("who waits may leave, once")
	}
	if got := q.take(); len(got) != 2 || got[0] != a || got[1] != b {
		t.Errorf("%v", got)
	}
	if q.leave(a) {
		t.Error("left when its turn had come")
	}
	if got := q.take(); len(got) != 1 || got[0] != twin {
		t.Errorf("the second of a key came with the first: %v", got)
	}
	if got := q.take(); got != nil || q.serving != 0 {
		t.Errorf("%v, %d serve", got, q.serving)
	}
	for i := range maxBatch + 3 {
		join(waiting(id.ID(10+i), "k"))
	}
	if got := q.take(); len(got) != maxBatch {
		t.Errorf("%d together", len(got))
	}
	for len(q.waiting) < maxWaiting {
		q.waiting = append(q.waiting, a)
	}
	if err := q.join(waiting(5, "k"), 1, serve); !errors.Is(err, ErrBusy) {
		t.Errorf("a full queue: %v", err)
	}
}

// market makes a shop with one SKU of price 5.00 and ten on hand.
func market(t *testing.T, d *db.DB) *Deps {
	ids := &id.Source{Now: time.Now, Node: 2}
	err := d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO shops (id, handle, name, state, created_at, updated_at) VALUES (1, 'a', '店', 'open', $1, $1)`, start)
		_, err2 := tx.Exec(`INSERT INTO products (shop_id, id, title, options, media, state, created_at, updated_at) VALUES (1, 2, '茶', '[]', '[]', 'listed', $1, $1)`, start)
		_, err3 := tx.Exec(`INSERT INTO skus (shop_id, id, product_id, options, price, state, updated_at) VALUES (1, 3, 2, '[]', 500, 'active', $1)`, start)
		_, err4 := inventory.SetOnHand(tx, inventory.Move{IDs: ids, Shop: 1, Now: start}, 3, 10)
		return errors.Join(err, err2, err3, err4)
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Deps{DB: d, IDs: ids, Emitter: &jobs.Emitter{IDs: ids}, Now: func() time.Time { return start }}
}

func wants(t *testing.T, d *Deps, buyer id.ID, qty int64) *request {
	in := In{Buyer: buyer, Key: "key-00001", InputHash: "h", Lines: []Line{{Shop: 1, SKU: 3, Qty: qty}}, Address: Address{Receiver: "李雷", Phone: "13800138000", Province: "浙江省", Detail: "文三路"}}
	shops, err := d.prepare(in)
	if err != nil {
		t.Fatal(err)
	}
	r := waiting(buyer, in.Key)
	r.In, r.shops, r.input = in, shops, order.Input(buyer, in.InputHash)
	return r
}

// loose is a shelf that falls on who wants exactly one.
type loose struct{ *inventory.Shelf }

func (l *loose) Holds(shop id.ID, lines []inventory.Line) error {
	if lines[0].Qty == 1 {
		panic("the shelf falls")
	}
	return l.Shelf.Holds(shop, lines)
}

// One of a batch panics: it hears so, the others get their orders.
func TestAPanicIsItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		d := market(t, store)
		good, bad, late, last := wants(t, d, 10, 4), wants(t, d, 11, 1), wants(t, d, 12, 7), wants(t, d, 13, 6)
		d.Look = func(keys []inventory.Key) (Shelf, []db.Query) {
			s, q := inventory.Look(keys)
			return &loose{s}, q
		}
		d.answer([]*request{good, bad, late, last})
		for _, r := range []*request{good, bad, late, last} {
			<-r.done
		}
		if good.err != nil || last.err != nil || !errors.Is(late.err, inventory.ErrShort) || bad.err == nil || !strings.Contains(bad.err.Error(), "panic") {
			t.Errorf("good %v, bad %v, late %v, last %v", good.err, bad.err, late.err, last.err)
		}
		if len(bad.out.Orders) != 0 || len(good.out.Orders) != 1 || good.out.Total != 2000 {
			t.Errorf("%+v %+v", good.out, bad.out)
		}
	})
}

// The stock moves between the decision and the reservation, as when a rival process
// sells: the batch is decided anew, and nobody gets what is not there.
func TestStockThatMovesIsDecidedAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		d := market(t, store)
		rounds := 0
		d.Look = func(keys []inventory.Key) (Shelf, []db.Query) {
			s, q := inventory.Look(keys)
			if rounds++; rounds == 1 {
				return &moving{s}, q
			}
			// What the rival sold meanwhile.
			sold := db.Query{SQL: `UPDATE stocks SET reserved = 5 WHERE shop_id = $1 AND sku_id = $2 RETURNING sku_id`, Args: []any{id.ID(1), id.ID(3)}, Row: func(db.Row) error { return nil }}
			return s, append([]db.Query{sold}, q...)
		}
		first, second := wants(t, d, 10, 4), wants(t, d, 11, 4)
		d.answer([]*request{first, second})
		if first.err != nil || !errors.Is(second.err, inventory.ErrShort) || rounds != 2 {
			t.Errorf("%v, %v after %d rounds", first.err, second.err, rounds)
		}
		d.Look = func(keys []inventory.Key) (Shelf, []db.Query) {
			s, q := inventory.Look(keys)
			return &moving{s}, q
		}
		third := wants(t, d, 12, 1)
		d.answer([]*request{third})
		if !errors.Is(third.err, ErrBusy) || len(third.out.Orders) != 0 {
			t.Errorf("%+v %v", third.out, third.err)
		}
	})
}

// moving is a shelf whose stock a rival takes before it is reserved.
type moving struct{ *inventory.Shelf }

func (*moving) Reserve(*db.Tx) error { return inventory.ErrMoved }

// A closed database is everybody's trouble, told once.
func TestAClosedDatabase(t *testing.T) {
	store := dbtest.SQLite(t)
	d := market(t, store)
	a, b := wants(t, d, 10, 1), wants(t, d, 11, 1)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	d.answer([]*request{a, b})
	if !errors.Is(a.err, db.ErrClosed) || !errors.Is(b.err, db.ErrClosed) {
		t.Errorf("%v %v", a.err, b.err)
	}
}
