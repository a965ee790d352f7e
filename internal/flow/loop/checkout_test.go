package loop

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/flow/buyerorder"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

func TestPlaceOrderRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		set := func(sql string, args ...any) {
			w.write(func(tx *db.Tx) error { return tx.Must(sql, args...) })
		}
		good := func() checkout.In { return w.in([3]int64{1, 1, 0}, [3]int64{1, 0, 0}) }
		set(`UPDATE skus SET price = 0 WHERE shop_id = $1 AND id = $2`, w.shops[1], w.skus[1][1])
		cases := map[string]func(in *checkout.In){
			"checkout.empty":          func(in *checkout.In) { in.Lines = nil },
			"pricing.quantity":        func(in *checkout.In) { in.Lines[0].Qty = 1000 },
			"checkout.too_many":       func(in *checkout.In) { in.Lines = slices.Repeat(in.Lines, 40) },
			"checkout.unlisted":       func(in *checkout.In) { in.Lines[0].SKU = 7 },
			"inventory.short":         func(in *checkout.In) { in.Lines[2].Qty = 11 },
			"checkout.price_changed":  func(in *checkout.In) { in.ExpectTotal = 1 },
			"checkout.address":        func(in *checkout.In) { in.Address.Phone = "" },
			"checkout.text_too_long":  func(in *checkout.In) { in.Remarks = map[id.ID]string{w.shops[0]: string(make([]byte, 201))} },
			"idempotency.key_missing": func(in *checkout.In) { in.Key = "" },
		}
		for code, spoil := range cases {
			in := good()
			spoil(&in)
			_, err := w.checkout.PlaceOrder(ctx, in)
			wantCode(t, err, code)
			if code == "inventory.short" && (errs.Of(err).Params["available"] != int64(10) || errs.Of(err).Params["sku"] != w.skus[1][0]) {
				t.Fatalf("params %v", errs.Of(err).Params)
			}
		}
		set(`UPDATE shops SET state = 'paused' WHERE id = $1`, w.shops[1])
		_, err := w.checkout.PlaceOrder(ctx, good())
		wantCode(t, err, "checkout.shop_closed")
		set(`UPDATE shops SET state = 'open', shipping_fee = 0 WHERE id = $1`, w.shops[1])
		_, err = w.checkout.PlaceOrder(ctx, w.in([3]int64{}, [3]int64{0, 1, 0}))
		wantCode(t, err, "checkout.zero_total")
		set(`UPDATE products SET state = 'unlisted' WHERE shop_id = $1 AND id = (SELECT product_id FROM skus WHERE shop_id = $1 AND id = $2)`, w.shops[0], w.skus[0][0])
		_, err = w.checkout.PlaceOrder(ctx, good())
		wantCode(t, err, "checkout.unlisted")
		var rows int
		w.read(func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT (SELECT COUNT(*) FROM orders) + (SELECT COUNT(*) FROM checkouts) + (SELECT COUNT(*) FROM buyer_idempotency) + (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM ledger_transfers)`).Scan(&rows)
		})
		if rows != 0 || w.stock(0, 0).Reserved != 0 || w.stock(1, 0).Reserved != 0 {
			t.Fatalf("refused orders left %d rows or reserved stock", rows)
		}
		w.audit()
	})
}

func TestQuoteTellsWhatPlaceOrderTakes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(func(tx *db.Tx) error {
			for s := range 2 {
				if err := cart.Add(tx, w.buyer, cart.Item{SKU: w.skus[s][0], Shop: w.shops[s], Product: 1, Qty: 2, Price: 99}, w.clock.now()); err != nil {
					return err
				}
			}
			return nil
		})
		q, err := w.checkout.Quote(ctx, w.buyer, nil)
		if err != nil || !q.OK || len(q.Shops) != 2 || q.Total != 2*(202+1000) || q.Shops[0].Lines[0].PriceSeen != 99 || q.Shops[0].Lines[0].Picture != "/media/a.jpg" {
			t.Fatalf("%+v %v", q, err)
		}
		in := w.in([3]int64{2, 0, 0}, [3]int64{2, 0, 0})
		in.FromCart, in.ExpectTotal = true, q.Total
		p, err := w.checkout.PlaceOrder(ctx, in)
		if err != nil || p.Total != q.Total {
			t.Fatalf("%+v %v", p, err)
		}
		_, err = w.checkout.Quote(ctx, w.buyer, nil)
		wantCode(t, err, "checkout.empty") // the cart is empty
		q, err = w.checkout.Quote(ctx, w.buyer, []checkout.Line{{Shop: w.shops[0], SKU: w.skus[0][0], Qty: 9}, {Shop: w.shops[0], SKU: 7, Qty: 1}, {Shop: w.shops[0], SKU: w.skus[0][1], Qty: 1}})
		if err != nil || q.OK || q.Total != 2002+1000 {
			t.Fatalf("%+v %v", q, err)
		}
		problems := map[id.ID]checkout.Problem{}
		for _, l := range q.Shops[0].Lines {
			problems[l.SKU] = l.Problem
		}
		if problems[7] != checkout.ProblemUnlisted || problems[w.skus[0][0]] != checkout.ProblemShort || problems[w.skus[0][1]] != checkout.ProblemNone {
			t.Fatalf("%v", problems)
		}
	})
}

func TestDoubleTapPlacesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		in := w.in([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		answers := make([]checkout.Placed, 16)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				var err error
				if answers[i], err = w.checkout.PlaceOrder(ctx, in); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		fresh := 0
		for _, a := range answers {
			if a.CheckoutID != answers[0].CheckoutID || !a.PayDeadline.Equal(answers[0].PayDeadline) || len(a.Orders) != 2 || a.Orders[1] != answers[0].Orders[1] {
				t.Fatalf("%+v, %+v", a, answers[0])
			}
			if !a.Repeated {
				fresh++
			}
		}
		if fresh != 1 || w.stock(0, 0).Reserved != 1 || w.events(event.OrderPlaced) != 2 {
			t.Fatalf("%d placed", fresh)
		}
		in.InputHash = "other"
		_, err := w.checkout.PlaceOrder(ctx, in)
		wantCode(t, err, "idempotency.key_reused")
		w.audit()
	})
}

func TestTwoHundredBuyersOnAStockOfFifty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(func(tx *db.Tx) error {
			_, err := inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: w.shops[0], Now: start}, w.skus[0][0], 50)
			return err
		})
		var won, short atomic.Int64
		var wg sync.WaitGroup
		for i := range 200 {
			in := w.in([3]int64{1, 0, 0})
			in.Buyer = id.ID(1000 + i)
			wg.Go(func() {
				switch _, err := w.checkout.PlaceOrder(ctx, in); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, inventory.ErrShort):
					short.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 50 || short.Load() != 150 || w.stock(0, 0).Available() != 0 {
			t.Fatalf("%d won, %d short, %d left", won.Load(), short.Load(), w.stock(0, 0).Available())
		}
		w.audit()
	})
}

// Buyers of the same two shops, with SKUs in opposite orders, must not deadlock.
func TestCrossingOrdersDoNotDeadlock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(func(tx *db.Tx) error {
			for s := range 2 {
				for _, sku := range w.skus[s] {
					if _, err := inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: w.shops[s], Now: start}, sku, 1000); err != nil {
						return err
					}
				}
			}
			return nil
		})
		var wg sync.WaitGroup
		for i := range 60 {
			in := w.in([3]int64{1, 1, 1}, [3]int64{1, 1, 1})
			in.Buyer = id.ID(5000 + i)
			if i%2 == 0 {
				slices.Reverse(in.Lines)
			}
			wg.Go(func() {
				if _, err := w.checkout.PlaceOrder(ctx, in); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.audit()
	})
}

func TestBuyersListFollowsTheOrders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 1, 0})
		project := func() {
			for _, o := range p.Orders {
				for range 2 {
					e := jobs.Event{ShopID: o.ShopID, Payload: fmt.Appendf(nil, `{"order_id":"%d"}`, o.OrderID)}
					if err := d.Write(ctx, func(tx *db.Tx) error { return buyerorder.Project(tx, []jobs.Event{e, e}) }); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		project()
		old := order.Entry{}
		w.read(func(tx *db.Tx) error {
			all, err := order.Entries(tx, w.buyer, order.Pending, 0, 10)
			if len(all) != 2 || all[0].OrderID != p.Orders[1].OrderID || all[0].ShopName != "店铺 1" || all[0].LineCount != 2 {
				t.Errorf("%+v", all)
			}
			old = all[0]
			next, err2 := order.Entries(tx, w.buyer, "", all[0].OrderID, 10)
			if len(next) != 1 || next[0].OrderID != p.Orders[0].OrderID {
				t.Errorf("second page %+v", next)
			}
			return errors.Join(err, err2)
		})
		if _, err := w.pay.Cancel(ctx, w.buyer, p.Orders[1].ShopID, p.Orders[1].OrderID); err != nil {
			t.Fatal(err)
		}
		project()
		w.write(func(tx *db.Tx) error { return order.PutEntries(tx, []order.Entry{old}) }) // a late, older event
		w.read(func(tx *db.Tx) error {
			all, err := order.Entries(tx, w.buyer, order.Closed, 0, 10)
			shop, err2 := order.ShopOf(tx, w.buyer, p.Orders[1].OrderID)
			if len(all) != 1 || shop != w.shops[1] {
				t.Errorf("closed %+v in %s", all, shop)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestShopListsItsOrders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var last checkout.PlacedOrder
		for range 5 {
			last = w.place([3]int64{1, 0, 0}).Orders[0]
		}
		w.place([3]int64{}, [3]int64{1, 0, 0})
		w.read(func(tx *db.Tx) error {
			for name, c := range map[string]struct {
				f    order.Filter
				want int
			}{
				"all": {order.Filter{Limit: 10}, 5}, "page": {order.Filter{Limit: 2}, 2}, "older": {order.Filter{Limit: 10, Before: last.OrderID}, 4},
				"state": {order.Filter{Limit: 10, State: order.Pending}, 5}, "none": {order.Filter{Limit: 10, State: order.Paid}, 0},
				"id": {order.Filter{Limit: 10, Search: " " + last.OrderID.String()}, 1}, "phone": {order.Filter{Limit: 10, Search: "13800138000"}, 5},
				"name": {order.Filter{Limit: 10, Search: "王小明"}, 5}, "nobody": {order.Filter{Limit: 10, Search: "王"}, 0},
				"refund": {order.Filter{Limit: 10, State: order.Pending, Refund: order.RefundNone, Search: "王小明", Before: last.OrderID}, 4},
			} {
				got, err := order.List(tx, w.shops[0], c.f)
				if err != nil || len(got) != c.want {
					t.Errorf("%s: %d orders, %v; want %d", name, len(got), err, c.want)
				}
			}
			return nil
		})
	})
}
