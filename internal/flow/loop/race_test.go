package loop

import (
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// Paying, cancelling, starting again, notices and sweeps of one checkout at the
// same time: whatever wins, the books fit and no money is kept for a closed order.
func TestCancelAgainstPay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		paid, closed := 0, 0
		for round := range 8 {
			p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
			s := w.start(p.CheckoutID)
			no := w.tradeNo(s.PaymentID)
			var wg sync.WaitGroup
			run := func(fn func() error) {
				wg.Go(func() {
					if err := fn(); err != nil && errs.KindOf(err) == errs.Internal {
						t.Error(err)
					}
				})
			}
			o := p.Orders[round%2]
			run(func() error { _, err := w.pay.Cancel(ctx, w.buyer, o.ShopID, o.OrderID); return err })
			run(func() error {
				r := w.bank.pay(no)
				if r == nil {
					return nil
				}
				for i := range 3 {
					if err := w.pay.HandlePaymentNotice(ctx, notice("EV-"+no+string(rune('0'+i)), r)); err != nil {
						return err
					}
				}
				return nil
			})
			run(func() error { _, err := w.pay.Start(ctx, w.buyer, p.CheckoutID); return err })
			run(func() error { _, err := w.pay.SweepDue(ctx, w.clock.add(time.Minute), 10); return err })
			run(func() error { _, err := w.pay.Check(ctx, w.buyer, s.PaymentID); return err })
			wg.Wait()
			w.audit()
			switch w.order(o).State {
			case order.Paid:
				paid++
			case order.Closed:
				closed++
			}
		}
		t.Logf("%d paid, %d closed", paid, closed)
		for range 20 { // everything that was left open comes to an end
			if _, err := w.pay.SweepDue(ctx, w.clock.add(5*time.Minute), 100); err != nil {
				t.Fatal(err)
			}
			if _, err := w.pay.SweepRefunds(ctx, w.clock.now(), 100); err != nil {
				t.Fatal(err)
			}
		}
		w.audit()
		var open int
		w.read(func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT (SELECT COUNT(*) FROM payments WHERE state = 'open') + (SELECT COUNT(*) FROM orders WHERE state = 'pending') + (SELECT COUNT(*) FROM refunds WHERE state <> 'succeeded')`).Scan(&open)
		})
		var due int64
		w.read(func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM orders WHERE paid_at IS NOT NULL`).Scan(&due)
		})
		if open != 0 || int64(w.bank.holds()) != due {
			t.Fatalf("%d left open; provider holds %d, paid orders are %d", open, w.bank.holds(), due)
		}
	})
}

func TestStormOfNotices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		s := w.start(p.CheckoutID)
		r := w.bank.pay(w.tradeNo(s.PaymentID))
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				if err := w.pay.HandlePaymentNotice(ctx, notice("EV-"+string(rune('a'+i%5)), r)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.events(event.OrderPaid); n != 2 {
			t.Fatalf("%d paid events", n)
		}
		w.audit()
		w.read(func(tx *db.Tx) error {
			var waiting int
			err := tx.QueryRow(`SELECT COUNT(*) FROM notices WHERE handled_at IS NULL`).Scan(&waiting)
			if waiting != 0 {
				t.Errorf("%d notices not handled", waiting)
			}
			return err
		})
	})
}

func TestOneOpenPaymentHoweverOftenStarted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := w.pay.Start(ctx, w.buyer, p.CheckoutID); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.read(func(tx *db.Tx) error {
			all, err := payment.OfCheckout(tx, w.buyer, p.CheckoutID)
			if len(all) != 1 {
				t.Errorf("%d payments", len(all))
			}
			return err
		})
		w.audit()
	})
}
