package loop

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

var ctx = context.Background()

const appID, mchID = "wx0123456789abcdef", "1900000109"

var start = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)

// clock is a time the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Microsecond)
	return c.at
}

func (c *clock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

// world is a market with two shops of three SKUs each (prices 1.01, 20.02 and
// 300.03 yuan, ten of each on hand), shipping 10 yuan, free from 99 yuan on.
type world struct {
	tb       testing.TB
	d        *db.DB
	ids      *id.Source
	clock    *clock
	bank     *bank
	checkout *checkout.Deps
	pay      *pay.Deps
	after    *aftersale.Deps
	delivery *delivery.Deps
	shops    []id.ID
	skus     [][]id.ID
	buyer    id.ID
	keys     int
	mu       sync.Mutex
}

var prices = []money.Fen{101, 2002, 30003}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	c := &clock{at: start}
	w := &world{tb: tb, d: d, clock: c, ids: &id.Source{Now: c.now, Node: 1}, bank: newBank(c.now)}
	emit := &jobs.Emitter{IDs: w.ids}
	w.checkout = &checkout.Deps{DB: d, IDs: w.ids, Emitter: emit, Now: c.now}
	w.pay = &pay.Deps{DB: d, IDs: w.ids, Emitter: emit, Now: c.now, Provider: w.bank, Config: pay.Config{AppID: appID, MchID: mchID, FeeBps: 60}}
	w.after = &aftersale.Deps{DB: d, IDs: w.ids, Emitter: emit, Now: c.now}
	w.delivery = &delivery.Deps{DB: d, IDs: w.ids, Emitter: emit, Now: c.now, Config: delivery.Config{FeeBps: 60}}
	w.buyer = w.ids.Next()
	w.write(func(tx *db.Tx) error {
		w.shops, w.skus = nil, nil
		for s := range 2 {
			if err := w.addShop(tx, s); err != nil {
				return err
			}
		}
		return addOpenID(tx, w.buyer, "o-buyer", start)
	})
	return w
}

func addOpenID(tx *db.Tx, buyer id.ID, open string, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO buyer_openids (buyer_id, app_id, open_id, updated_at) VALUES ($1, $2, $3, $4)`, buyer, appID, open, now)
	return err
}

func (w *world) addShop(tx *db.Tx, n int) error {
	shop := w.ids.Next()
	w.shops = append(w.shops, shop)
	w.skus = append(w.skus, nil)
	_, err := tx.Exec(`INSERT INTO shops (id, handle, name, shipping_fee, free_over, state, created_at, updated_at) VALUES ($1, $2, $3, 1000, 9900, 'open', $4, $4)`,
		shop, fmt.Sprintf("shop%d", n), fmt.Sprintf("店铺 %d", n), start)
	for i, price := range prices {
		if err != nil {
			return err
		}
		product, sku := w.ids.Next(), w.ids.Next()
		w.skus[n] = append(w.skus[n], sku)
		if _, err = tx.Exec(`INSERT INTO products (shop_id, id, title, options, media, state, created_at, updated_at) VALUES ($1, $2, $3, '[]', '[{"url":"/media/a.jpg","alt":""}]', 'listed', $4, $4)`,
			shop, product, fmt.Sprintf("明前龙井 %d 号", i), start); err != nil {
			return err
		}
		if _, err = tx.Exec(`INSERT INTO skus (shop_id, id, product_id, options, price, state, updated_at) VALUES ($1, $2, $3, '["250g"]', $4, 'active', $5)`,
			shop, sku, product, price, start); err != nil {
			return err
		}
		_, err = inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: shop, Now: start}, sku, 10)
	}
	return err
}

func (w *world) write(fn func(*db.Tx) error) {
	w.tb.Helper()
	if err := w.d.Write(ctx, fn); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) read(fn func(*db.Tx) error) {
	w.tb.Helper()
	if err := w.d.Read(ctx, fn); err != nil {
		w.tb.Fatal(err)
	}
}

// audit fails the test unless every book and every stock fits, and the provider
// holds exactly what the ledger says.
func (w *world) audit() {
	w.tb.Helper()
	if err := w.auditErr(); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) auditErr() error {
	r, err := audit.Run(ctx, w.d)
	if err != nil {
		return err
	}
	return r.Err()
}

func (w *world) key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys++
	return fmt.Sprintf("key-%06d", w.keys)
}

var home = checkout.Address{Receiver: "王小明", Phone: "13800138000", Province: "浙江省", City: "杭州市", District: "西湖区", Detail: "文三路 1 号", RegionCode: "330106"}

// in makes an order of quantities by shop and SKU number.
func (w *world) in(qty ...[3]int64) checkout.In {
	in := checkout.In{Buyer: w.buyer, Key: w.key(), InputHash: "h", Address: home}
	for s, q := range qty {
		for i, n := range q {
			if n > 0 {
				in.Lines = append(in.Lines, checkout.Line{Shop: w.shops[s], SKU: w.skus[s][i], Qty: n})
			}
		}
	}
	return in
}

func (w *world) place(qty ...[3]int64) checkout.Placed {
	w.tb.Helper()
	out, err := w.checkout.PlaceOrder(ctx, w.in(qty...))
	if err != nil {
		w.tb.Fatal(err)
	}
	return out
}

func (w *world) start(c id.ID) pay.Started {
	w.tb.Helper()
	s, err := w.pay.Start(ctx, w.buyer, c)
	if err != nil {
		w.tb.Fatal(err)
	}
	return s
}

// tradeNo is the number of a payment.
func (w *world) tradeNo(p id.ID) string { return payment.TradeNo(w.buyer, p) }

// paid places and pays.
func (w *world) paid(qty ...[3]int64) checkout.Placed {
	w.tb.Helper()
	p := w.place(qty...)
	s := w.start(p.CheckoutID)
	w.notify(w.bank.pay(w.tradeNo(s.PaymentID)))
	return p
}

func (w *world) notify(r *payment.Result) {
	w.tb.Helper()
	if r == nil {
		w.tb.Fatal("the bank did not take the payment")
	}
	if err := w.pay.HandlePaymentNotice(ctx, notice("EV-"+r.TradeNo, r)); err != nil {
		w.tb.Fatal(err)
	}
}

func notice(no string, r *payment.Result) payment.Notice {
	return payment.Notice{ID: no, Source: payment.Wechat, Kind: "TRANSACTION.SUCCESS", Body: "{}", Payment: r}
}

func (w *world) ship(o checkout.PlacedOrder) {
	w.tb.Helper()
	if _, err := w.delivery.Ship(ctx, delivery.ShipIn{Shop: o.ShopID, Order: o.OrderID, Key: w.key(), InputHash: "h", Carrier: carrierCode, TrackingNo: "SF1234567890123"}); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) order(o checkout.PlacedOrder) (out order.Order) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) (err error) {
		out, err = order.Get(tx, o.ShopID, o.OrderID)
		return err
	})
	return out
}

func (w *world) lines(o checkout.PlacedOrder) (out []order.Line) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) (err error) {
		out, err = order.Lines(tx, o.ShopID, o.OrderID)
		return err
	})
	return out
}

func (w *world) stock(shop, sku int) (out inventory.Stock) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) (err error) {
		out, err = inventory.Get(tx, w.shops[shop], w.skus[shop][sku])
		return err
	})
	return out
}

func (w *world) balance(shop int, a ledger.Account) (f money.Fen) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) error {
		b, err := ledger.Balances(tx, w.shops[shop])
		f = b[a]
		return err
	})
	return f
}

func (w *world) refunds(o checkout.PlacedOrder) (out []payment.Refund) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) (err error) {
		out, err = payment.RefundsOfOrder(tx, o.ShopID, o.OrderID)
		return err
	})
	return out
}

// ask requests an after-sale.
func (w *world) ask(o checkout.PlacedOrder, kind daftersale.Kind, lines ...aftersale.AskedLine) (aftersale.Requested, error) {
	return w.after.Request(ctx, aftersale.RequestIn{Buyer: w.buyer, Key: w.key(), InputHash: "h", Shop: o.ShopID, Order: o.OrderID, Kind: kind, Reason: "不想要了", Lines: lines})
}

func (w *world) events(kind string) (n int) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM outbox WHERE kind = $1`, kind).Scan(&n)
	})
	return n
}

func (w *world) is(o checkout.PlacedOrder, s order.State, r order.RefundState) {
	w.tb.Helper()
	if got := w.order(o); got.State != s || got.RefundState != r {
		w.tb.Fatalf("order is %s/%s, want %s/%s", got.State, got.RefundState, s, r)
	}
}

func wantCode(tb testing.TB, err error, code string) {
	tb.Helper()
	if errs.Code(err) != code {
		tb.Fatalf("got %q (%v), want %q", errs.Code(err), err, code)
	}
}

const carrierCode = "shunfeng"
