package loop

import (
	"testing"
	"time"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

func TestTwoShopsFromCartToReceipt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.place([3]int64{2, 1, 0}, [3]int64{0, 0, 1})
		// 2×1.01 + 20.02 + 10 shipping; 300.03 ships free.
		if p.Total != 202+2002+1000+30003 || len(p.Orders) != 2 {
			t.Fatalf("placed %+v", p)
		}
		w.audit()
		if w.balance(0, ledger.BuyerDue) != 0 || w.stock(0, 0).Reserved != 2 {
			t.Fatal("something is due before a payment is opened, or nothing is reserved")
		}
		s := w.start(p.CheckoutID)
		w.audit()
		if w.balance(0, ledger.BuyerDue) != 3204 {
			t.Fatal("nothing is due")
		}
		if again := w.start(p.CheckoutID); again.PaymentID != s.PaymentID || again.Params != s.Params || w.bank.calls["prepay"] != 1 {
			t.Fatalf("a living prepay was not reused: %+v", again)
		}
		r := w.bank.pay(w.tradeNo(s.PaymentID))
		w.notify(r)
		w.notify(r)
		w.audit()
		st, err := w.pay.State(ctx, w.buyer, p.CheckoutID)
		if err != nil || st.State != order.Paid || w.events(event.OrderPaid) != 2 {
			t.Fatalf("%+v %v, %d paid events", st, err, w.events(event.OrderPaid))
		}
		if _, err := w.pay.Start(ctx, w.buyer, p.CheckoutID); err == nil {
			t.Fatal("a paid checkout can be paid again")
		}
		o := p.Orders[0]
		sent, err := w.delivery.Ship(ctx, delivery.ShipIn{Shop: o.ShopID, Order: o.OrderID, Key: w.key(), InputHash: "h", Carrier: carrierCode, TrackingNo: "sf 1234567890123", Lines: []shipment.Line{{LineNo: 1, Qty: 1}}})
		if err != nil || sent.Whole {
			t.Fatalf("%+v %v", sent, err)
		}
		w.is(o, order.Paid, order.RefundNone)
		w.audit()
		w.ship(o)
		w.is(o, order.Shipped, order.RefundNone)
		w.audit()
		if got := w.stock(0, 0); got.OnHand != 8 || got.Reserved != 0 {
			t.Fatalf("stock %+v", got)
		}
		for range 2 {
			if err := w.delivery.ConfirmReceived(ctx, w.buyer, o.ShopID, o.OrderID); err != nil {
				t.Fatal(err)
			}
		}
		w.is(o, order.Received, order.RefundNone)
		w.audit()
		if fee := -w.balance(0, ledger.MarketFee); fee != 19 { // 0.6 % of 32.04, half up
			t.Fatalf("fee %s", fee)
		}
		w.ship(p.Orders[1])
		if n, err := w.delivery.SweepReceive(ctx, w.clock.add(9*24*time.Hour), 10); err != nil || n != 0 {
			t.Fatalf("%d received early, %v", n, err)
		}
		if n, err := w.delivery.SweepReceive(ctx, w.clock.add(2*24*time.Hour), 10); err != nil || n != 1 {
			t.Fatalf("%d received, %v", n, err)
		}
		w.is(p.Orders[1], order.Received, order.RefundNone)
		w.audit()
		if w.bank.holds() != w.balance(0, ledger.ProviderWechat)+w.balance(1, ledger.ProviderWechat) {
			t.Fatal("the provider holds something else than the ledger says")
		}
	})
}

func TestTracksAreKeptOnceAndMoveTheParcel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.paid([3]int64{1, 0, 0}).Orders[0]
		w.ship(o)
		var parcel shipment.Shipment
		w.read(func(tx *db.Tx) error {
			all, err := shipment.OfOrder(tx, o.ShopID, o.OrderID)
			parcel = all[0]
			return err
		})
		at := start.Add(time.Hour)
		wantCode(t, w.delivery.Correct(ctx, o.ShopID, parcel.ID, "nobody", "1"), "delivery.parcel")
		if err := w.delivery.Correct(ctx, o.ShopID, parcel.ID, carrierCode, "sf9876543210987"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for _, tr := range []shipment.Track{{At: at, Text: "已揽收"}, {At: at.Add(time.Hour), Text: "已签收", State: shipment.Delivered}} {
				if err := w.delivery.AddTrack(ctx, o.ShopID, parcel.ID, tr); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.read(func(tx *db.Tx) error {
			tracks, err := shipment.Tracks(tx, o.ShopID, parcel.ID)
			if err != nil || len(tracks) != 2 || tracks[0].Text != "已签收" {
				t.Errorf("tracks %+v", tracks)
			}
			parcel, err = shipment.Get(tx, o.ShopID, parcel.ID)
			return err
		})
		if parcel.State != shipment.Delivered || !parcel.NextPollAt.IsZero() || w.events(event.OrderDelivered) != 1 {
			t.Fatalf("%+v, %d delivered events", parcel, w.events(event.OrderDelivered))
		}
		if err := w.delivery.MarkDelivered(ctx, o.ShopID, parcel.ID, at); err != nil || w.events(event.OrderDelivered) != 1 {
			t.Fatal("delivered twice")
		}
		wantCode(t, w.delivery.Correct(ctx, o.ShopID, parcel.ID, carrierCode, "SF9876543210987"), "delivery.delivered")
		wantCode(t, w.delivery.AddTrack(ctx, o.ShopID, 7, shipment.Track{At: at, Text: "x"}), "shipment.not_found")
	})
}

func TestRefundBeforeShipping(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.paid([3]int64{3, 1, 0}).Orders[0]
		a, err := w.ask(o, daftersale.Refund, aftersale.AskedLine{LineNo: 1, Qty: 1})
		if err != nil || a.Amount != 101 || a.Shipping != 0 {
			t.Fatalf("%+v %v", a, err)
		}
		w.audit()
		w.is(o, order.Paid, order.RefundAsked)
		// The asked unit cannot be shipped; the others can, but then nothing is left
		// and the order waits for the decision.
		_, err = w.delivery.Ship(ctx, delivery.ShipIn{Shop: o.ShopID, Order: o.OrderID, Key: w.key(), InputHash: "h", Carrier: carrierCode, TrackingNo: "SF1234567890123", Lines: []shipment.Line{{LineNo: 1, Qty: 3}}})
		wantCode(t, err, "delivery.quantity")
		for range 2 {
			if got, err := w.after.Approve(ctx, o.ShopID, a.AftersaleID); err != nil || got.State != daftersale.Refunding {
				t.Fatalf("%+v %v", got, err)
			}
		}
		w.audit()
		_, err = w.after.CancelRequest(ctx, w.buyer, o.ShopID, a.AftersaleID)
		wantCode(t, err, "aftersale.state")
		if n, err := w.pay.SweepRefunds(ctx, w.clock.now(), 10); n != 1 || err != nil {
			t.Fatalf("%d swept, %v", n, err)
		}
		w.is(o, order.Paid, order.RefundPartial)
		w.audit()
		if got := w.stock(0, 0); got.Reserved != 2 || got.OnHand != 10 {
			t.Fatalf("stock %+v", got)
		}
		// The rest: everything, so the shipping fee comes back and the order closes.
		a, err = w.ask(o, daftersale.Refund, aftersale.AskedLine{LineNo: 1, Qty: 2}, aftersale.AskedLine{LineNo: 2, Qty: 1})
		if err != nil || a.Amount != 202+2002+1000 || a.Shipping != 1000 {
			t.Fatalf("%+v %v", a, err)
		}
		if _, err := w.after.Approve(ctx, o.ShopID, a.AftersaleID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.pay.SweepRefunds(ctx, w.clock.now(), 10); err != nil {
			t.Fatal(err)
		}
		w.is(o, order.Closed, order.RefundFull)
		w.audit()
		if w.bank.holds() != 0 || w.stock(0, 0).Reserved != 0 || w.events(event.OrderRefunded) != 2 {
			t.Fatal("money or stock is left behind")
		}
	})
}

func TestReturnAfterReceiptGivesTheFeeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.paid([3]int64{0, 0, 1}).Orders[0]
		w.ship(o)
		if err := w.delivery.ConfirmReceived(ctx, w.buyer, o.ShopID, o.OrderID); err != nil {
			t.Fatal(err)
		}
		if w.balance(0, ledger.MarketFee) != -180 {
			t.Fatalf("fee %s", w.balance(0, ledger.MarketFee))
		}
		a, err := w.ask(o, daftersale.Return, aftersale.AskedLine{LineNo: 1, Qty: 1})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.after.GiveReturnParcel(ctx, w.buyer, o.ShopID, a.AftersaleID, carrierCode, "SF9999999999999")
		wantCode(t, err, "aftersale.state")
		if _, err := w.after.Approve(ctx, o.ShopID, a.AftersaleID); err != nil {
			t.Fatal(err)
		}
		_, err = w.after.GiveReturnParcel(ctx, w.buyer, o.ShopID, a.AftersaleID, "no such carrier", "1")
		wantCode(t, err, "aftersale.parcel")
		if _, err := w.after.GiveReturnParcel(ctx, w.buyer, o.ShopID, a.AftersaleID, carrierCode, "SF9999999999999"); err != nil {
			t.Fatal(err)
		}
		w.audit()
		for range 2 {
			if _, err := w.after.ConfirmReturned(ctx, o.ShopID, a.AftersaleID, 0, true); err != nil {
				t.Fatal(err)
			}
		}
		w.audit()
		if _, err := w.pay.SweepRefunds(ctx, w.clock.now(), 10); err != nil {
			t.Fatal(err)
		}
		w.is(o, order.Received, order.RefundFull)
		w.audit()
		if w.balance(0, ledger.MarketFee) != 0 || w.balance(0, ledger.ShopPayable) != 0 || w.stock(0, 2).OnHand != 10 {
			t.Fatal("fee, payable or stock is wrong after a whole return")
		}
		_, err = w.ask(o, daftersale.Return, aftersale.AskedLine{LineNo: 1, Qty: 1})
		wantCode(t, err, "aftersale.quantity")
	})
}

func TestRefusedAndWithdrawnRequestsLetGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.paid([3]int64{2, 0, 0}).Orders[0]
		one := aftersale.AskedLine{LineNo: 1, Qty: 1}
		a, err := w.ask(o, daftersale.Refund, one)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.after.Refuse(ctx, o.ShopID, a.AftersaleID, "")
		wantCode(t, err, "aftersale.reason")
		for range 2 {
			if _, err := w.after.Refuse(ctx, o.ShopID, a.AftersaleID, "已经发货"); err != nil {
				t.Fatal(err)
			}
		}
		_, err = w.after.Approve(ctx, o.ShopID, a.AftersaleID)
		wantCode(t, err, "aftersale.state")
		w.is(o, order.Paid, order.RefundNone)
		if a, err = w.ask(o, daftersale.Refund, one); err != nil {
			t.Fatal(err)
		}
		_, err = w.after.CancelRequest(ctx, w.buyer+1, o.ShopID, a.AftersaleID)
		wantCode(t, err, "aftersale.not_found")
		w.ship(o) // ships the unit that is not asked back
		if err := w.delivery.ConfirmReceived(ctx, w.buyer, o.ShopID, o.OrderID); err == nil {
			t.Fatal("received with an open after-sale")
		}
		for range 2 {
			if _, err := w.after.CancelRequest(ctx, w.buyer, o.ShopID, a.AftersaleID); err != nil {
				t.Fatal(err)
			}
		}
		w.audit()
		wantCode(t, w.delivery.ConfirmReceived(ctx, w.buyer, o.ShopID, o.OrderID), "order.state")
		w.ship(o)
		if err := w.delivery.ConfirmReceived(ctx, w.buyer, o.ShopID, o.OrderID); err != nil {
			t.Fatal(err)
		}
		w.clock.add(16 * 24 * time.Hour)
		_, err = w.ask(o, daftersale.Return, one)
		wantCode(t, err, "aftersale.window")
		w.audit()
	})
}

func TestReturnRefusedBeforeShippingNeedsShippedUnits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.paid([3]int64{2, 0, 0}).Orders[0]
		_, err := w.ask(o, daftersale.Return, aftersale.AskedLine{LineNo: 1, Qty: 1})
		wantCode(t, err, "aftersale.quantity")
		_, err = w.ask(o, daftersale.Refund, aftersale.AskedLine{LineNo: 9, Qty: 1})
		wantCode(t, err, "aftersale.lines")
		pending := w.place([3]int64{1, 0, 0}).Orders[0]
		_, err = w.ask(pending, daftersale.Refund, aftersale.AskedLine{LineNo: 1, Qty: 1})
		wantCode(t, err, "aftersale.order_state")
		in := aftersale.RequestIn{Buyer: w.buyer, Key: w.key(), InputHash: "h", Shop: o.ShopID, Order: o.OrderID, Kind: daftersale.Refund, Reason: "x", Lines: []aftersale.AskedLine{{LineNo: 1, Qty: 1}}}
		first, err1 := w.after.Request(ctx, in)
		second, err2 := w.after.Request(ctx, in)
		if err1 != nil || err2 != nil || first.AftersaleID != second.AftersaleID || !second.Repeated {
			t.Fatalf("%+v %v, %+v %v", first, err1, second, err2)
		}
		w.audit()
	})
}
