package loop

import (
	"errors"
	"testing"
	"time"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// granted gives an order with an approved refund of one unit.
func granted(t *testing.T, w *world) (checkout.PlacedOrder, payment.Refund) {
	t.Helper()
	o := w.paid([3]int64{2, 0, 0}).Orders[0]
	a, err := w.ask(o, daftersale.Refund, aftersale.AskedLine{LineNo: 1, Qty: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.after.Approve(ctx, o.ShopID, a.AftersaleID); err != nil {
		t.Fatal(err)
	}
	return o, w.refunds(o)[0]
}

func (w *world) sweepRefunds(after time.Duration) {
	w.tb.Helper()
	if _, err := w.pay.SweepRefunds(ctx, w.clock.add(after), 10); err != nil {
		w.tb.Fatal(err)
	}
}

func TestRefundIsRetriedUnderTheSameNumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o, f := granted(t, w)
		for _, how := range []string{"before", "after", "before"} {
			w.bank.lose = func(string, string) string { return how }
			w.sweepRefunds(time.Hour)
			if got := w.refunds(o)[0]; got.State != payment.RefundDue || got.LastError == "" || !got.NextTryAt.After(w.clock.now()) {
				t.Fatalf("%+v", got)
			}
			w.audit()
		}
		w.bank.lose = nil
		w.sweepRefunds(time.Hour)
		if got := w.refunds(o)[0]; got.State != payment.RefundDone || got.ProviderID == "" || len(w.bank.refunds) != 1 || w.bank.refunds[f.RefundNo] == nil {
			t.Fatalf("%+v, %d refunds at the provider", got, len(w.bank.refunds))
		}
		w.audit()
	})
}

func TestSlowRefundEndsByQueryOrNotice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.bank.slow = true
		o, _ := granted(t, w)
		w.sweepRefunds(time.Second)
		w.is(o, order.Paid, order.RefundAsked)
		w.audit()
		w.bank.finishRefunds(payment.RefundSucceeded)
		w.sweepRefunds(time.Hour)
		w.is(o, order.Paid, order.RefundPartial)
		q, f := granted(t, w)
		w.sweepRefunds(time.Second)
		n := payment.Notice{ID: "EV-r", Source: payment.Wechat, Kind: "REFUND.SUCCESS", Body: "{}",
			Refund: &payment.RefundResult{RefundNo: f.RefundNo, ProviderID: "50x", State: payment.RefundSucceeded, Amount: f.Amount}}
		for range 3 {
			if err := w.pay.HandleRefundNotice(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
		n.ID, n.Refund.State = "EV-late", payment.RefundProcessing // out of order: done stays done
		if err := w.pay.HandleRefundNotice(ctx, n); err != nil {
			t.Fatal(err)
		}
		w.is(q, order.Paid, order.RefundPartial)
		w.audit()
		n.ID, n.Refund.RefundNo = "EV-alien", "R1-1"
		wantCode(t, w.pay.HandleRefundNotice(ctx, n), "refund.not_found")
	})
}

func TestAbnormalRefundReachesPeopleAndCanBeRetried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.bank.slow = true
		o, f := granted(t, w)
		w.sweepRefunds(time.Second)
		w.bank.finishRefunds(payment.RefundAbnormal)
		w.sweepRefunds(time.Hour)
		w.sweepRefunds(time.Hour)
		if got := w.refunds(o)[0]; got.State != payment.RefundOdd || w.events(event.RefundAbnormal) != 1 {
			t.Fatalf("%+v, %d events", got, w.events(event.RefundAbnormal))
		}
		w.is(o, order.Paid, order.RefundAsked)
		w.audit()
		w.bank.refunds[f.RefundNo].state = payment.RefundSucceeded // a person helped at the provider
		if err := w.pay.RetryRefund(ctx, f.ShopID, f.ID); err != nil {
			t.Fatal(err)
		}
		w.sweepRefunds(time.Second)
		w.is(o, order.Paid, order.RefundPartial)
		w.audit()
		wantCode(t, w.pay.RetryRefund(ctx, f.ShopID, f.ID), "refund.state")
	})
}

func TestRefundOfAnotherAmountIsNotBooked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o, f := granted(t, w)
		n := payment.Notice{ID: "EV-r", Source: payment.Wechat, Kind: "REFUND.SUCCESS", Body: "{}",
			Refund: &payment.RefundResult{RefundNo: f.RefundNo, State: payment.RefundSucceeded, Amount: f.Amount + 1}}
		if err := w.pay.HandleRefundNotice(ctx, n); err != nil {
			t.Fatal(err)
		}
		if got := w.refunds(o)[0]; got.State != payment.RefundOdd || w.events(event.RefundAbnormal) != 1 {
			t.Fatalf("%+v", got)
		}
		w.audit()
	})
}

func TestRefundsNeverExceedWhatWasPaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o, f := granted(t, w)
		err := d.Write(ctx, func(tx *db.Tx) error {
			return payment.Ask(tx, payment.Refund{ShopID: o.ShopID, ID: w.ids.Next(), OrderID: o.OrderID, PaymentID: f.PaymentID, Amount: o.Total - f.Amount + 1, Reason: "x"}, w.clock.now())
		})
		if !errors.Is(err, payment.ErrRefundTooMuch) {
			t.Fatalf("got %v", err)
		}
		w.audit()
	})
}
