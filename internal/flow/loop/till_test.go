package loop

import (
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/counter"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// sale places a sale of one piece and an amount at the counter of the first shop.
func (p *pocket) sale(amount money.Fen) id.ID {
	p.tb.Helper()
	f := &counter.Flow{DB: p.d, IDs: p.ids, Emitter: p.world.pay.Emitter, Now: p.world.pay.Now}
	out, err := f.Place(ctx, counter.In{Shop: p.shops[0], Key: p.key(), InputHash: "h", Lines: []counter.Line{{SKU: p.skus[0][0], Qty: 1}}, Amount: amount})
	if err != nil {
		p.tb.Fatal(err)
	}
	if out.Total != prices[0]+amount {
		p.tb.Fatalf("total %s", out.Total)
	}
	return out.OrderID
}

func (p *pocket) code() string {
	p.tb.Helper()
	code, err := p.sim.PayCode("ming")
	if err != nil {
		p.tb.Fatal(err)
	}
	return code
}

func (p *pocket) charge(no id.ID, code string) (pay.TillSale, error) {
	return p.world.pay.Charge(ctx, pay.ChargeIn{Shop: p.shops[0], Order: no, Key: p.key(), InputHash: code, AuthCode: code, DeviceIP: "10.0.0.1"})
}

func (p *pocket) till(no id.ID, want pay.TillState) {
	p.tb.Helper()
	s, err := p.world.pay.Till(ctx, p.shops[0], no)
	if err != nil || s.State != want {
		p.tb.Fatalf("the sale is %s (%v), want %s", s.State, err, want)
	}
}

// later lets time pass for us, not for WeChat.
func (p *pocket) later(d time.Duration) {
	p.clock.add(d)
	p.world.pay.Now = p.clock.now
}

// mustAsk lets every payment by code wait for the password.
func (p *pocket) mustAsk(always bool) {
	ask := "never"
	if always {
		ask = "always"
	}
	p.control("POST", "/_sim/people/ming/paycode", map[string]string{"ask": ask})
}

func (p *pocket) asked() string {
	p.tb.Helper()
	payID, _ := p.control("GET", "/_sim/people/ming/ask", nil)["pay_id"].(string)
	return payID
}

func (p *pocket) wallet() float64 {
	b, _ := p.control("GET", "/_sim/people/ming", nil)["balance"].(float64)
	return b
}

func TestTheCounter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPocket(t, d)
		before := p.wallet()
		p.mustAsk(false)
		// Paid at once: handed over, stock has left, nothing is reserved.
		no := p.sale(500)
		s, err := p.charge(no, p.code())
		if err != nil || s.State != pay.TillPaid || s.Payment.TransactionID == "" || s.Order.State != order.Shipped {
			t.Fatalf("%+v %v", s, err)
		}
		if k := p.stock(0, 0); k.OnHand != 9 || k.Reserved != 0 || p.wallet() != before-601 {
			t.Fatalf("stock %+v, wallet %v", k, p.wallet())
		}
		_, err = p.charge(no, p.code())
		wantCode(t, err, "payment.already_paid")
		// A code that is none: the same sale takes the next one.
		no = p.sale(0)
		_, err = p.charge(no, "150000000000000000")
		wantCode(t, err, "till.bad_code")
		p.till(no, pay.TillReady)
		if s, err = p.charge(no, p.code()); err != nil || s.State != pay.TillPaid {
			t.Fatalf("%+v %v", s, err)
		}
		// The buyer enters the password; nobody tells us, so the page asks.
		p.mustAsk(true)
		no = p.sale(100)
		if s, err = p.charge(no, p.code()); err != nil || s.State != pay.TillPaying || s.Deadline.IsZero() {
			t.Fatalf("%+v %v", s, err)
		}
		_, err = p.charge(no, p.code())
		wantCode(t, err, "till.charging")
		p.confirm(p.asked())
		p.till(no, pay.TillPaying) // asked a moment ago
		p.later(6 * time.Second)
		p.till(no, pay.TillPaid)
		p.audit()
	})
}

// TestAChargeThatNobodyConfirms is reversed by the page or by the sweeper; the sale
// stays open for another code, and what was reserved goes back when it is given up.
func TestAChargeThatNobodyConfirms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPocket(t, d)
		before := p.wallet()
		p.mustAsk(true)
		no := p.sale(100)
		if _, err := p.charge(no, p.code()); err != nil {
			t.Fatal(err)
		}
		payID := p.asked()
		p.later(50 * time.Second)
		p.till(no, pay.TillReady)
		if out := p.confirm(payID); out["error"] == nil {
			t.Fatalf("a reversed charge was confirmed: %v", out)
		}
		// The till died after the second charge: the sweeper asks, then reverses.
		p.control("POST", "/_sim/clock", map[string]any{"advance": "61s"})
		if _, err := p.charge(no, p.code()); err != nil {
			t.Fatal(err)
		}
		for range 12 {
			p.later(5 * time.Second)
			if _, err := p.world.pay.SweepDue(ctx, p.clock.now(), 10); err != nil {
				t.Fatal(err)
			}
		}
		p.till(no, pay.TillReady)
		if c, err := p.world.pay.Cancel(ctx, p.shops[0], p.shops[0], no); err != nil || c.Paid {
			t.Fatalf("%+v %v", c, err)
		}
		p.till(no, pay.TillClosed)
		if k := p.stock(0, 0); k.OnHand != 10 || k.Reserved != 0 || p.wallet() != before {
			t.Fatalf("stock %+v, wallet %v", k, p.wallet())
		}
		p.audit()
	})
}

// TestAChargeWhoseAnswerIsLost took the money or did not: asking tells.
func TestAChargeWhoseAnswerIsLost(t *testing.T) {
	d := dbtest.SQLite(t)
	p := newPocket(t, d)
	p.mustAsk(false)
	before := p.wallet()
	for _, kind := range []string{"cut", "drop", "system_error"} {
		if _, err := p.sim.Faults.Add(sim.Fault{Target: "call", Path: "/v3/pay/transactions/codepay", Kind: kind}); err != nil {
			t.Fatal(err)
		}
		no := p.sale(0)
		s, err := p.charge(no, p.code())
		if err != nil || s.State != pay.TillPaying {
			t.Fatalf("%s: %+v %v", kind, s, err)
		}
		paid := p.wallet() < before
		before = p.wallet()
		for range 11 {
			p.later(5 * time.Second)
			if _, err := p.world.pay.SweepDue(ctx, p.clock.now(), 10); err != nil {
				t.Fatal(err)
			}
		}
		want := pay.TillReady
		if paid {
			want = pay.TillPaid
		}
		p.till(no, want)
		p.control("POST", "/_sim/clock", map[string]any{"advance": "61s"})
	}
	p.audit()
}

// TestATillPressedTwiceChargesOnce: with one key any number of presses is one
// charge, and rivals with their own keys never charge beside each other.
func TestATillPressedTwiceChargesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPocket(t, d)
		p.mustAsk(false)
		before := p.wallet()
		no, code := p.sale(0), p.code()
		in := pay.ChargeIn{Shop: p.shops[0], Order: no, Key: "one-key-for-all", InputHash: code, AuthCode: code}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				mine := in
				if i >= 4 {
					mine.Key = p.key()
				}
				_, err := p.world.pay.Charge(ctx, mine)
				switch code := errs.Code(err); code {
				case "", "till.charging", "payment.already_paid", "idempotency.key_reused":
				default:
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		p.later(6 * time.Second)
		p.till(no, pay.TillPaid)
		if p.wallet() != before-101 {
			t.Fatalf("%v fen are gone", before-p.wallet())
		}
		p.read(func(tx *db.Tx) error {
			var n int
			err := tx.QueryRow(`SELECT COUNT(*) FROM order_payments WHERE order_id = $1 AND state = 'paid'`, no).Scan(&n)
			if n != 1 {
				t.Errorf("%d payments", n)
			}
			return err
		})
		p.audit()
	})
}

// TestOnlyTheTillsOwnOrdersAreCharged: an order of a buyer on the net is not one
// of the till's, and no other shop's is.
func TestOnlyTheTillsOwnOrdersAreCharged(t *testing.T) {
	d := dbtest.SQLite(t)
	p := newPocket(t, d)
	online := p.place([3]int64{1, 0, 0})
	_, err := p.charge(online.Orders[0].OrderID, p.code())
	wantCode(t, err, "order.not_found")
	no := p.sale(0)
	_, err = p.world.pay.Charge(ctx, pay.ChargeIn{Shop: p.shops[1], Order: no, Key: p.key(), InputHash: "h", AuthCode: p.code()})
	wantCode(t, err, "order.not_found")
	_, err = p.world.pay.Till(ctx, p.shops[0], online.Orders[0].OrderID)
	wantCode(t, err, "order.not_found")
	for _, in := range []counter.In{{}, {Amount: -1}, {Amount: counter.MaxAmount + 1}, {Lines: []counter.Line{{SKU: p.skus[1][0], Qty: 1}}}, {Lines: []counter.Line{{SKU: p.skus[0][0], Qty: 0}}}} {
		in.Shop, in.Key, in.InputHash = p.shops[0], p.key(), "h"
		f := &counter.Flow{DB: p.d, IDs: p.ids, Emitter: p.world.pay.Emitter, Now: time.Now}
		if out, err := f.Place(ctx, in); err == nil {
			t.Errorf("%+v was sold: %+v", in, out)
		}
	}
	p.audit()
	if payment.Codepay.Provider() != payment.Wechat {
		t.Error("codes are WeChat's")
	}
}
