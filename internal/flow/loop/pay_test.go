package loop

import (
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

func TestAnswerOfPrepayLostThenTheSameNumberAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		for _, how := range []string{"before", "after"} {
			w.bank.lose = func(op, _ string) string { return how }
			_, err := w.pay.Start(ctx, w.buyer, p.CheckoutID)
			wantCode(t, err, "payment.provider")
		}
		w.bank.lose = nil
		s := w.start(p.CheckoutID)
		if len(w.bank.payments) != 1 || w.bank.payments[w.tradeNo(s.PaymentID)] == nil {
			t.Fatalf("%d payments at the provider", len(w.bank.payments))
		}
		w.notify(w.bank.pay(w.tradeNo(s.PaymentID)))
		w.audit()
		w.is(p.Orders[0], order.Paid, order.RefundNone)
	})
}

// The buyer may pay and the notice may come while the answer to prepay is still
// on its way to us.
func TestNoticeBeforeThePrepayIsStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0})
		w.bank.during = func(op, no string) {
			if op == "prepay" {
				w.notify(w.bank.pay(no))
			}
		}
		_, err := w.pay.Start(ctx, w.buyer, p.CheckoutID)
		wantCode(t, err, "payment.already_paid")
		w.is(p.Orders[0], order.Paid, order.RefundNone)
		w.audit()
		if w.bank.calls["close"] != 1 || len(w.bank.payments) != 1 {
			t.Fatalf("calls %v", w.bank.calls)
		}
	})
}

func TestWrongAmountsAreRefusedAndRecorded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		s := w.start(p.CheckoutID)
		good := w.bank.pay(w.tradeNo(s.PaymentID))
		for i, spoil := range []func(r *payment.Result){
			func(r *payment.Result) { r.Parts[0].Amount-- },
			func(r *payment.Result) { r.Parts[1].Amount += 100 },
			func(r *payment.Result) { r.Parts[0].MchID = "1900000110" },
			func(r *payment.Result) { r.Parts[0].Currency = "USD" },
			func(r *payment.Result) { r.Parts[0].TransactionID = "" },
			func(r *payment.Result) { r.Parts = r.Parts[:1] },
			func(r *payment.Result) { r.Parts[1] = r.Parts[0] },
		} {
			bad := payment.Result{TradeNo: good.TradeNo, State: good.State, Parts: append([]payment.PartResult(nil), good.Parts...)}
			spoil(&bad)
			wantCode(t, w.pay.HandlePaymentNotice(ctx, notice("EV-bad"+string(rune('a'+i)), &bad)), "payment.mismatch")
			w.is(p.Orders[0], order.Pending, order.RefundNone)
			if n := w.events(event.PaymentRefused); n != i+1 {
				t.Fatalf("%d events of a refused payment", n)
			}
		}
		wantCode(t, w.pay.HandlePaymentNotice(ctx, notice("EV-other", &payment.Result{TradeNo: "P1-2", State: payment.ResultPaid})), "payment.not_found")
		wantCode(t, w.pay.HandlePaymentNotice(ctx, notice("EV-form", &payment.Result{TradeNo: "x", State: payment.ResultPaid})), "payment.not_found")
		wantCode(t, w.pay.HandlePaymentNotice(ctx, payment.Notice{}), "payment.notice")
		w.audit()
		w.notify(good)
		w.is(p.Orders[1], order.Paid, order.RefundNone)
		w.audit()
	})
}

func TestLostNoticeIsHealedByAsking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0})
		s := w.start(p.CheckoutID)
		w.bank.pay(w.tradeNo(s.PaymentID))
		if st, err := w.pay.State(ctx, w.buyer, p.CheckoutID); err != nil || st.State != order.Pending || w.bank.calls["query"] != 0 {
			t.Fatalf("%+v %v: asked too early (%v)", st, err, w.bank.calls)
		}
		w.clock.add(3 * time.Second)
		if st, err := w.pay.State(ctx, w.buyer, p.CheckoutID); err != nil || st.State != order.Paid {
			t.Fatalf("%+v %v", st, err)
		}
		q := w.place([3]int64{1, 0, 0})
		s = w.start(q.CheckoutID)
		w.bank.pay(w.tradeNo(s.PaymentID))
		if n, err := w.pay.SweepDue(ctx, w.clock.add(20*time.Second), 10); n != 0 || err != nil {
			t.Fatalf("%d swept early, %v", n, err)
		}
		if n, err := w.pay.SweepDue(ctx, w.clock.add(11*time.Second), 10); n != 1 || err != nil {
			t.Fatalf("%d swept, %v", n, err)
		}
		w.is(q.Orders[0], order.Paid, order.RefundNone)
		w.audit()
	})
}

// TestAStartAsksAboutWhatIsOpen: who paid while the server was down does not wait
// for the next round of asking.
func TestAStartAsksAboutWhatIsOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0})
		s := w.start(p.CheckoutID)
		w.bank.pay(w.tradeNo(s.PaymentID))
		if n, err := w.pay.SweepDue(ctx, w.clock.now(), 10); n != 0 || err != nil {
			t.Fatalf("%d swept early, %v", n, err)
		}
		if err := w.pay.Resume(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := w.pay.SweepDue(ctx, w.clock.now(), 10); n != 1 || err != nil {
			t.Fatalf("%d swept after a start, %v", n, err)
		}
		w.is(p.Orders[0], order.Paid, order.RefundNone)
		w.audit()
	})
}

func TestDeadlineClosesThePaymentAndTheOrders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		unpaid := w.place([3]int64{1, 0, 0}) // never started
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		s := w.start(p.CheckoutID)
		for range 12 { // what a scheduler does every few minutes
			if _, err := w.pay.SweepDue(ctx, w.clock.add(3*time.Minute), 10); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range append(unpaid.Orders, p.Orders...) {
			w.is(o, order.Closed, order.RefundNone)
		}
		w.audit()
		if w.stock(0, 0).Reserved != 0 || w.bank.pay(w.tradeNo(s.PaymentID)) != nil || w.events(event.OrderClosed) != 3 {
			t.Fatal("stock is still reserved, or the closed payment can be paid")
		}
		_, err := w.pay.Start(ctx, w.buyer, p.CheckoutID)
		wantCode(t, err, "payment.nothing_due")
	})
}

func TestProviderDownAtTheDeadlineKeepsTheStock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0})
		s := w.start(p.CheckoutID)
		w.bank.pay(w.tradeNo(s.PaymentID)) // the buyer paid, we do not know
		w.bank.lose = func(string, string) string { return "before" }
		for range 15 {
			if _, err := w.pay.SweepDue(ctx, w.clock.add(5*time.Minute), 10); err != nil {
				t.Fatal(err)
			}
		}
		w.is(p.Orders[0], order.Pending, order.RefundNone)
		w.bank.lose = nil
		if _, err := w.pay.SweepDue(ctx, w.clock.add(5*time.Minute), 10); err != nil {
			t.Fatal(err)
		}
		w.is(p.Orders[0], order.Paid, order.RefundNone)
		w.audit()
	})
}

func TestCancelClosesAtTheProviderFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{2, 0, 0})
		first := w.start(p.CheckoutID)
		a, b := p.Orders[0], p.Orders[1]
		w.bank.lose = func(op, _ string) string { return map[string]string{"close": "before"}[op] }
		_, err := w.pay.Cancel(ctx, w.buyer, a.ShopID, a.OrderID)
		wantCode(t, err, "payment.provider")
		w.is(a, order.Pending, order.RefundNone)
		w.bank.lose = nil
		for range 2 {
			if c, err := w.pay.Cancel(ctx, w.buyer, a.ShopID, a.OrderID); err != nil || c.Paid {
				t.Fatalf("%+v %v", c, err)
			}
		}
		_, err = w.pay.Cancel(ctx, w.buyer+1, b.ShopID, b.OrderID)
		wantCode(t, err, "order.not_found")
		w.is(a, order.Closed, order.RefundNone)
		w.is(b, order.Pending, order.RefundNone)
		w.audit()
		second := w.start(p.CheckoutID) // only the other order, single
		if second.PaymentID == first.PaymentID || second.Amount != b.Total || w.bank.pay(w.tradeNo(first.PaymentID)) != nil {
			t.Fatalf("second payment %+v", second)
		}
		// The buyer pays, then cancels before the notice: settled, and said so.
		w.bank.pay(w.tradeNo(second.PaymentID))
		if c, err := w.pay.Cancel(ctx, w.buyer, b.ShopID, b.OrderID); err != nil || !c.Paid {
			t.Fatalf("%+v %v", c, err)
		}
		w.is(b, order.Paid, order.RefundNone)
		w.audit()
		_, err = w.pay.Cancel(ctx, w.buyer, b.ShopID, b.OrderID)
		wantCode(t, err, "order.state")
	})
}

// A payment that we believe closed is paid all the same (the provider's close was
// answered, the buyer's phone was quicker): the money goes back by itself.
func TestLateMoneyGoesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		s := w.start(p.CheckoutID)
		no := w.tradeNo(s.PaymentID)
		a, b := p.Orders[0], p.Orders[1]
		if _, err := w.pay.Cancel(ctx, w.buyer, a.ShopID, a.OrderID); err != nil {
			t.Fatal(err)
		}
		w.bank.payments[no].state = payment.ResultUnpaid
		late := w.bank.pay(no)
		w.notify(late)
		w.notify(late)
		// a was closed: its part goes back. b was pending: it is paid.
		w.is(a, order.Closed, order.RefundNone)
		w.is(b, order.Paid, order.RefundNone)
		w.audit()
		if w.balance(0, ledger.RefundDue) != -a.Total || len(w.refunds(a)) != 1 {
			t.Fatal("the late money is not on its way back")
		}
		if _, err := w.pay.SweepRefunds(ctx, w.clock.now(), 10); err != nil {
			t.Fatal(err)
		}
		w.audit()
		if w.bank.holds() != b.Total || w.balance(0, ledger.ProviderWechat) != 0 || w.events(event.OrderRefunded) != 1 {
			t.Fatalf("the provider holds %s", w.bank.holds())
		}
	})
}

// A payment that was ended is paid all the same, and so is its successor: the
// first pays the order, the second goes back.
func TestBothPaymentsOfAnOrderArePaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		a, b := p.Orders[0], p.Orders[1]
		first := w.tradeNo(w.start(p.CheckoutID).PaymentID)
		if _, err := w.pay.Cancel(ctx, w.buyer, a.ShopID, a.OrderID); err != nil {
			t.Fatal(err)
		}
		second := w.tradeNo(w.start(p.CheckoutID).PaymentID)
		w.bank.payments[first].state = payment.ResultUnpaid
		w.notify(w.bank.pay(first))
		w.is(b, order.Paid, order.RefundNone)
		w.audit()
		if due := w.balance(1, ledger.BuyerDue); due != b.Total {
			t.Fatalf("the open payment asks %s", due)
		}
		w.notify(w.bank.pay(second))
		w.audit()
		if w.balance(1, ledger.BuyerDue) != 0 || w.balance(1, ledger.RefundDue) != -b.Total || w.balance(1, ledger.ShopHeld) != -b.Total {
			t.Fatal("the second payment is not on its way back")
		}
	})
}

// The process dies between transaction and provider call: the next sweep finishes.
func TestCrashPointsAreSweptUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		// 1. Payment row written, provider never heard of it.
		p := w.place([3]int64{1, 0, 0})
		w.bank.lose = func(string, string) string { return "before" }
		_, _ = w.pay.Start(ctx, w.buyer, p.CheckoutID)
		// 2. Closed at the provider, answer lost, order still pending.
		q := w.place([3]int64{1, 0, 0})
		w.bank.lose = nil
		w.start(q.CheckoutID)
		w.bank.lose = func(string, string) string { return "after" }
		_, err := w.pay.Cancel(ctx, w.buyer, q.Orders[0].ShopID, q.Orders[0].OrderID)
		wantCode(t, err, "payment.provider")
		w.bank.lose = nil
		w.audit()
		if _, err := w.pay.SweepDue(ctx, w.clock.add(time.Minute), 10); err != nil {
			t.Fatal(err)
		}
		w.is(q.Orders[0], order.Pending, order.RefundNone)
		s := w.start(q.CheckoutID) // a new payment under a new number
		w.notify(w.bank.pay(w.tradeNo(s.PaymentID)))
		w.is(q.Orders[0], order.Paid, order.RefundNone)
		for range 12 {
			if _, err := w.pay.SweepDue(ctx, w.clock.add(4*time.Minute), 10); err != nil {
				t.Fatal(err)
			}
		}
		w.is(p.Orders[0], order.Closed, order.RefundNone)
		w.audit()
		// 3. A notice was stored but not handled; it comes again.
		r := w.place([3]int64{1, 0, 0})
		s = w.start(r.CheckoutID)
		n := notice("EV-kept", w.bank.pay(w.tradeNo(s.PaymentID)))
		w.write(func(tx *db.Tx) error { return payment.Keep(tx, n, w.clock.now()) })
		if err := w.pay.HandlePaymentNotice(ctx, n); err != nil {
			t.Fatal(err)
		}
		w.is(r.Orders[0], order.Paid, order.RefundNone)
		w.audit()
	})
}

func TestNoIdentityNoPayment(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	w.buyer = w.ids.Next()
	p := w.place([3]int64{1, 0, 0})
	_, err := w.pay.Start(ctx, w.buyer, p.CheckoutID)
	wantCode(t, err, "payment.no_openid")
	_, err = w.pay.Start(ctx, w.buyer+1, p.CheckoutID)
	wantCode(t, err, "checkout.not_found")
	w.clock.add(time.Hour)
	_, err = w.pay.Start(ctx, w.buyer, p.CheckoutID)
	wantCode(t, err, "payment.expired")
}

// A number the provider will never take is given up; the next try has a new one.
func TestRefusedNumberIsReplaced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{1, 0, 0}, [3]int64{1, 0, 0})
		w.bank.lose = func(op, _ string) string { return map[string]string{"prepay": "after"}[op] }
		_, err := w.pay.Start(ctx, w.buyer, p.CheckoutID)
		wantCode(t, err, "payment.provider")
		w.bank.lose = nil
		var old string
		for no, dep := range w.bank.payments {
			old = no
			dep.in.Description = "as it was before the texts were changed"
		}
		_, err = w.pay.Start(ctx, w.buyer, p.CheckoutID)
		wantCode(t, err, "payment.refused")
		s := w.start(p.CheckoutID)
		if w.tradeNo(s.PaymentID) == old || w.bank.payments[old].state != payment.ResultClosed {
			t.Fatal("the refused number still lives")
		}
		w.notify(w.bank.pay(w.tradeNo(s.PaymentID)))
		w.is(p.Orders[1], order.Paid, order.RefundNone)
		w.audit()
	})
}
