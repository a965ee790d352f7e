package loop

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Many buyers, staff and sweepers at once, every third call to the provider lost
// on its way there or back, notices repeated or never sent. Refusals are fine;
// faults of ours are not. When the storm is over and the sweepers have had their
// time, nothing is open and the provider holds exactly what paid orders are worth.
func TestStormWithLostAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(func(tx *db.Tx) error {
			_, err := inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: w.shops[0], Now: start}, w.skus[0][0], 40)
			return err
		})
		var dice sync.Mutex
		rnd := rand.New(rand.NewPCG(7, 11))
		roll := func(n int) int {
			dice.Lock()
			defer dice.Unlock()
			return rnd.IntN(n)
		}
		w.bank.lose = func(string, string) string { return []string{"", "", "", "", "before", "after"}[roll(6)] }
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() { w.shopper(id.ID(900+i), roll) })
		}
		stop := make(chan struct{})
		var sweepers sync.WaitGroup
		sweepers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.sweepAll(10 * time.Second)
				}
			}
		})
		wg.Wait()
		close(stop)
		sweepers.Wait()
		w.audit()
		w.bank.lose = nil
		for range 30 {
			w.sweepAll(10 * time.Minute)
		}
		w.audit()
		var open, worth int64
		w.read(func(tx *db.Tx) error {
			if err := tx.QueryRow(`SELECT (SELECT COUNT(*) FROM payments WHERE state = 'open') + (SELECT COUNT(*) FROM orders WHERE state = 'pending') + (SELECT COUNT(*) FROM refunds WHERE state <> 'succeeded')`).Scan(&open); err != nil {
				return err
			}
			return tx.QueryRow(`SELECT CAST(COALESCE(SUM(total - refunded), 0) AS BIGINT) FROM orders WHERE paid_at IS NOT NULL`).Scan(&worth)
		})
		if open != 0 || int64(w.bank.holds()) != worth || worth == 0 {
			t.Fatalf("%d left open; the provider holds %d, paid orders are worth %d", open, w.bank.holds(), worth)
		}
	})
}

func (w *world) sweepAll(step time.Duration) {
	now := w.clock.add(step)
	w.tolerate(errOf(w.pay.SweepDue(ctx, now, 50)))
	w.tolerate(errOf(w.pay.SweepRefunds(ctx, now, 50)))
	w.tolerate(errOf(w.delivery.SweepReceive(ctx, now, 50)))
}

func errOf(_ int, err error) error { return err }

// tolerate lets refusals pass and reports faults.
func (w *world) tolerate(err error) bool {
	if err != nil && errs.KindOf(err) == errs.Internal {
		w.tb.Errorf("fault: %v", err)
	}
	return err == nil
}

// shopper buys a few times, impatiently.
func (w *world) shopper(buyer id.ID, roll func(int) int) {
	if !w.tolerate(w.d.Write(ctx, func(tx *db.Tx) error { return addOpenID(tx, buyer, "o-"+buyer.String(), start) })) {
		return
	}
	for range 5 {
		in := w.in([3]int64{int64(1 + roll(2)), int64(roll(2)), 0}, [3]int64{int64(roll(2)), 0, 0})
		in.Buyer = buyer
		p, err := w.checkout.PlaceOrder(ctx, in)
		if !w.tolerate(err) {
			continue
		}
		if again, err := w.checkout.PlaceOrder(ctx, in); w.tolerate(err) && again.CheckoutID != p.CheckoutID {
			w.tb.Errorf("one key placed twice")
		}
		for range 1 + roll(3) {
			s, err := w.pay.Start(ctx, buyer, p.CheckoutID)
			if !w.tolerate(err) || roll(3) == 0 {
				continue
			}
			r := w.bank.pay(payment.TradeNo(buyer, s.PaymentID))
			for n := range roll(3) {
				if r != nil {
					w.tolerate(w.pay.HandlePaymentNotice(ctx, notice("EV-"+r.TradeNo+string(rune('a'+n)), r)))
				}
			}
			break
		}
		o := p.Orders[roll(len(p.Orders))]
		if roll(2) == 0 {
			w.tolerate(second(w.pay.Cancel(ctx, buyer, o.ShopID, o.OrderID)))
		}
		w.tolerate(second(w.pay.State(ctx, buyer, p.CheckoutID)))
		w.serve(buyer, o, roll)
	}
}

func second[T any](_ T, err error) error { return err }

// serve is what shop and buyer do with an order, if it is paid.
func (w *world) serve(buyer id.ID, o checkout.PlacedOrder, roll func(int) int) {
	if w.order(o).State != order.Paid {
		return
	}
	if roll(2) == 0 {
		w.tolerate(second(w.delivery.Ship(ctx, delivery.ShipIn{Shop: o.ShopID, Order: o.OrderID, Key: w.key(), InputHash: "h", Carrier: carrierCode, TrackingNo: "SF1234567890123"})))
	}
	if roll(2) == 0 {
		return
	}
	a, err := w.after.Request(ctx, aftersale.RequestIn{Buyer: buyer, Key: w.key(), InputHash: "h", Shop: o.ShopID, Order: o.OrderID, Kind: daftersale.Refund, Reason: "x",
		Lines: []aftersale.AskedLine{{LineNo: 1, Qty: 1}}})
	if !w.tolerate(err) {
		return
	}
	if roll(4) == 0 {
		w.tolerate(second(w.after.CancelRequest(ctx, buyer, o.ShopID, a.AftersaleID)))
	}
	w.tolerate(second(w.after.Approve(ctx, o.ShopID, a.AftersaleID)))
}
