package loop

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/flash"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// flash is the recipe of flash sales of this world.
func (w *world) flash() *flash.Deps {
	return &flash.Deps{DB: w.d, IDs: w.ids, Now: w.clock.now, Changed: func(*db.Tx, id.ID, id.ID) error { return nil }}
}

// plan plans a sale of the first shop's SKU no. 1 (usually 20.02 yuan) at 9.90 yuan that runs for an hour.
func (w *world) plan(units, perBuyer int64) promotion.Sale {
	w.tb.Helper()
	now := w.clock.now()
	s, err := w.flash().Plan(ctx, flash.Who{Shop: w.shops[0]}, w.key(), flash.In{SKU: w.skus[0][1], Price: 990, Units: units, PerBuyer: perBuyer, StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour)})
	if err != nil {
		w.tb.Fatal(err)
	}
	return s
}

// inFlash is an order of units of a sale for a buyer.
func (w *world) inFlash(buyer id.ID, s promotion.Sale, qty int64) checkout.In {
	in := w.in()
	in.Buyer, in.Lines = buyer, []checkout.Line{{Shop: w.shops[0], SKU: s.SKU, Qty: qty, Flash: s.ID}}
	return in
}

func (w *world) stockOf(sku id.ID) (s inventory.Stock) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) (err error) {
		s, err = inventory.Get(tx, w.shops[0], sku)
		return err
	})
	return s
}

func (w *world) sale(s promotion.Sale) (out promotion.Sale) {
	w.tb.Helper()
	w.read(func(tx *db.Tx) (err error) {
		out, err = promotion.Get(tx, s.ShopID, s.ID)
		return err
	})
	return out
}

func TestAFlashSaleFromPlanToEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sku := w.skus[0][1]
		s := w.plan(4, 2)
		w.audit()
		if got := w.stockOf(sku); got.Available() != 6 || got.OnHand != 10 {
			t.Fatalf("four of ten are set aside: %+v", got)
		}
		// At the usual price only what is on the shelf can be bought.
		if _, err := w.checkout.PlaceOrder(ctx, w.in([3]int64{0, 7, 0})); !errors.Is(err, inventory.ErrShort) {
			t.Fatalf("%v", err)
		}
		in := w.inFlash(w.buyer, s, 2)
		in.ExpectTotal = 2*990 + 1000
		p, err := w.checkout.PlaceOrder(ctx, in)
		if err != nil || p.Total != in.ExpectTotal {
			t.Fatalf("%+v %v", p, err)
		}
		if _, err := w.checkout.PlaceOrder(ctx, w.inFlash(w.buyer, s, 1)); !errors.Is(err, promotion.ErrLimit) {
			t.Fatalf("a third unit: %v", err)
		}
		other := w.ids.Next()
		mixed := w.inFlash(other, s, 1)
		mixed.Lines = append(mixed.Lines, checkout.Line{Shop: w.shops[0], SKU: sku, Qty: 1}, checkout.Line{Shop: w.shops[1], SKU: w.skus[1][0], Qty: 1})
		m, err := w.checkout.PlaceOrder(ctx, mixed)
		if err != nil || m.Total != 990+2002+1000+101+1000 {
			t.Fatalf("one at each price, and another shop's: %+v %v", m, err)
		}
		w.audit()
		// An unpaid order gives its units back to the sale, and its buyer may try again.
		if _, err := w.pay.Cancel(ctx, w.buyer, p.Orders[0].ShopID, p.Orders[0].OrderID); err != nil {
			t.Fatal(err)
		}
		if got := w.sale(s); got.Sold != 1 || w.stockOf(sku).Available() != 5 {
			t.Fatalf("%+v %+v", got, w.stockOf(sku))
		}
		w.audit()
		p, err = w.checkout.PlaceOrder(ctx, w.inFlash(w.buyer, s, 2))
		if err != nil {
			t.Fatal(err)
		}
		// The end gives back what was not sold; afterwards an unpaid order gives to the shelf.
		if n, err := w.flash().Sweep(ctx, w.clock.add(2*time.Hour), 10); n != 1 || err != nil {
			t.Fatalf("%d ended: %v", n, err)
		}
		if n, err := w.flash().Sweep(ctx, w.clock.now(), 10); n != 0 || err != nil {
			t.Fatalf("ended twice: %d %v", n, err)
		}
		if got := w.stockOf(sku).Available(); got != 6 {
			t.Errorf("%d available: ten less three in flash orders and one at the usual price", got)
		}
		w.audit()
		if _, err := w.checkout.PlaceOrder(ctx, w.inFlash(other, s, 1)); !errors.Is(err, promotion.ErrOver) {
			t.Errorf("%v", err)
		}
		if _, err := w.pay.Cancel(ctx, w.buyer, p.Orders[0].ShopID, p.Orders[0].OrderID); err != nil || w.stockOf(sku).Available() != 8 {
			t.Errorf("%v, %+v", err, w.stockOf(sku))
		}
		w.audit()
	})
}

func TestAFlashSaleCannotBePlannedAmiss(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	now := w.clock.now()
	good := flash.In{SKU: w.skus[0][1], Price: 990, Units: 4, StartsAt: now, EndsAt: now.Add(time.Hour)}
	for name, c := range map[string]struct {
		change func(*flash.In)
		want   error
	}{
		"more than there is":     {func(in *flash.In) { in.Units = 11 }, inventory.ErrShort},
		"no bargain":             {func(in *flash.In) { in.Price = 2002 }, flash.ErrPrice},
		"another shop's SKU":     {func(in *flash.In) { in.SKU = w.skus[1][1] }, nil},
		"ends before it begins":  {func(in *flash.In) { in.EndsAt = now.Add(-time.Hour) }, promotion.ErrPlan},
		"a limit above the sale": {func(in *flash.In) { in.PerBuyer = 5 }, promotion.ErrPlan},
	} {
		in := good
		c.change(&in)
		_, err := w.flash().Plan(ctx, flash.Who{Shop: w.shops[0]}, w.key(), in)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.stockOf(good.SKU); got.Reserved != 0 {
		t.Errorf("a refused plan set units aside: %+v", got)
	}
	key := w.key()
	for range 2 {
		if _, err := w.flash().Plan(ctx, flash.Who{Shop: w.shops[0]}, key, good); err != nil {
			t.Error(err)
		}
	}
	if got := w.stockOf(good.SKU); got.Reserved != 4 {
		t.Errorf("the same key planned twice: %+v", got)
	}
}

// Many buyers, few units: exactly the units are sold, nobody gets more than the
// limit, and all the others hear why.
func TestAFlashSaleUnderSiege(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.plan(10, 1)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won, refused := map[id.ID]int{}, map[string]int{}
		for i := range 60 {
			wg.Go(func() {
				buyer := id.ID(1000 + i%30) // each comes twice
				_, err := w.checkout.PlaceOrder(ctx, w.inFlash(buyer, s, 1))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won[buyer]++
				} else {
					refused[errs.Of(err).Code]++
				}
			})
		}
		wg.Wait()
		if len(won) != 10 || refused["flash.sold_out"]+refused["flash.limit"] != 50 {
			t.Errorf("%d won, refused %v", len(won), refused)
		}
		if got := w.sale(s); got.Sold != 10 {
			t.Errorf("%+v", got)
		}
		w.audit()
	})
}

func TestTheQuoteKnowsFlashSales(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	s := w.plan(3, 2)
	sku := w.skus[0][1]
	quote := func(lines ...checkout.Line) checkout.QuotedLine {
		t.Helper()
		q, err := w.checkout.Quote(ctx, w.buyer, lines)
		if err != nil || len(q.Shops) != 1 || len(q.Shops[0].Lines) != 1 {
			t.Fatalf("%+v %v", q, err)
		}
		return q.Shops[0].Lines[0]
	}
	inCart := func(qty int64) {
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO cart_lines (buyer_id, sku_id, shop_id, product_id, quantity, added_at, updated_at) VALUES ($1, $2, $3, 1, $4, $5, $5)
				ON CONFLICT (buyer_id, sku_id) DO UPDATE SET quantity = excluded.quantity`, w.buyer, sku, w.shops[0], qty, start)
			return err
		})
	}
	line := func(qty int64, flash id.ID) checkout.Line {
		return checkout.Line{Shop: w.shops[0], SKU: sku, Qty: qty, Flash: flash}
	}
	inCart(2)
	for name, c := range map[string]struct {
		got     checkout.QuotedLine
		price   money.Fen
		problem checkout.Problem
	}{
		"the cart takes the sale's price": {quote(), 990, ""},
		"a line as it was asked for":      {quote(line(2, s.ID)), 990, ""},
		"at the usual price":              {quote(line(2, 0)), 2002, ""},
		"more than one may have":          {quote(line(3, s.ID)), 990, checkout.ProblemFlashLimit},
		"a sale of something else":        {quote(line(1, 77)), 2002, checkout.ProblemFlashOver},
	} {
		if c.got.Price != c.price || c.got.Problem != c.problem || c.got.Usual != 2002 {
			t.Errorf("%s: %+v", name, c.got)
		}
	}
	inCart(3)
	if got := quote(); got.Price != 2002 || got.Flash != 0 {
		t.Errorf("a cart above the limit keeps the usual price: %+v", got)
	}
	for i := range 3 {
		if _, err := w.checkout.PlaceOrder(ctx, w.inFlash(id.ID(900+i), s, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := quote(line(1, s.ID)); got.Problem != checkout.ProblemFlashGone {
		t.Errorf("%+v", got)
	}
}
