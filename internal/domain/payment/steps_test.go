package payment

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
)

func write(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// put writes a payment with one part and forces both into states.
func put(tx *db.Tx, no id.ID, s, part State) (Payment, Part, error) {
	p := Payment{BuyerID: 1, ID: no, CheckoutID: 2, Provider: Wechat, Kind: Single, TradeNo: TradeNo(1, no), Amount: 100, AppID: "wx", OpenID: "o", PayDeadline: now, NextCheckAt: now, CreatedAt: now}
	o := Part{ShopID: 9, OrderID: no, PaymentID: no, BuyerID: 1, Provider: Wechat, MchID: "19", TradeNo: p.TradeNo, Amount: 100}
	return p, o, errors.Join(Put(tx, p), PutPart(tx, o), tx.Must(`UPDATE payments SET state = $2 WHERE buyer_id = 1 AND id = $1`, no, string(s)),
		tx.Must(`UPDATE order_payments SET state = $2 WHERE shop_id = 9 AND order_id = $1`, no, string(part)))
}

func TestStepsOfPaymentsObeyTheTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		no := id.ID(10)
		write(t, d, func(tx *db.Tx) error {
			for _, from := range []State{Open, Paid, Closed} {
				for to, fn := range map[State]func(p Payment) (bool, error){
					Paid:   func(p Payment) (bool, error) { return Settle(tx, p, now, now) },
					Closed: func(p Payment) (bool, error) { return Close(tx, p, now) },
				} {
					no++
					p, _, err := put(tx, no, from, Open)
					if err != nil {
						return err
					}
					ok, err := fn(p)
					got, err2 := Lock(tx, 1, no)
					if want := states.Allowed(States(), string(from), string(to)); ok != want || ok && (got.State != to || !got.NextCheckAt.IsZero()) || !ok && got.State != from {
						t.Errorf("%s → %s: %v, now %+v", from, to, ok, got)
					}
					if err := errors.Join(err, err2); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
}

func TestStepsOfPartsObeyTheTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		no := id.ID(10)
		write(t, d, func(tx *db.Tx) error {
			for _, from := range []State{Open, Paid, Closed, Late} {
				for _, to := range []State{Paid, Late} {
					no++
					_, part, err := put(tx, no, Open, from)
					if err != nil {
						return err
					}
					ok, err := SettlePart(tx, part, to, "42", now)
					got, err2 := GetPart(tx, 9, no, no)
					if want := states.Allowed(PartStates(), string(from), string(to)); ok != want || ok && (got.State != to || got.TransactionID != "42") {
						t.Errorf("%s → %s: %v, now %+v", from, to, ok, got)
					}
					closed, err3 := ClosePart(tx, 9, no, no)
					if closed {
						t.Errorf("a part that was %s is closed", got.State)
					}
					if err := errors.Join(err, err2, err3); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
}

func TestStepsOfRefundsObeyTheTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := []RefundState{RefundDue, RefundSent, RefundDone, RefundOdd}
		no := id.ID(10)
		write(t, d, func(tx *db.Tx) error {
			for _, from := range all {
				for _, to := range all {
					no++
					_, _, err := put(tx, no, Paid, Paid)
					f := Refund{ShopID: 9, ID: no, OrderID: no, PaymentID: no, Amount: 60, Reason: "x"}
					if err := errors.Join(err, Ask(tx, f, now), tx.Must(`UPDATE refunds SET state = $2 WHERE shop_id = 9 AND id = $1`, no, string(from))); err != nil {
						return err
					}
					ok, err := MoveRefund(tx, f, to, "50", "why", time.Time{}, now)
					got, err2 := LockRefund(tx, 9, no)
					// Staying where it is repeats a try; that is no step. due → due and processing → processing are such.
					want := states.Allowed(RefundStates(), string(from), string(to)) || from == to && (from == RefundDue || from == RefundSent)
					if from == RefundSent && to == RefundDue {
						want = false // only NoteTry sends again
					}
					if ok != want || ok && (got.State != to || got.ProviderID != "50" || (to == RefundDone) == got.FinishedAt.IsZero()) {
						t.Errorf("%s → %s: %v, now %+v", from, to, ok, got)
					}
					if err := errors.Join(err, err2); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
}

func TestAskCountsUpToWhatWasPaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for no, s := range []State{Open, Closed, Paid, Late} {
			no := id.ID(no + 1)
			write(t, d, func(tx *db.Tx) error { _, _, err := put(tx, no, Paid, s); return err })
			refund := 100 * no
			ask := func(n int64) error {
				refund++
				return d.Write(ctx, func(tx *db.Tx) error {
					return Ask(tx, Refund{ShopID: 9, ID: refund, OrderID: no, PaymentID: no, Amount: money.Fen(n), Reason: "x"}, now)
				})
			}
			if s == Open || s == Closed {
				if !errors.Is(ask(1), ErrRefundTooMuch) {
					t.Errorf("a refund of a %s part", s)
				}
				continue
			}
			if ask(60) != nil || !errors.Is(ask(41), ErrRefundTooMuch) || ask(40) != nil || !errors.Is(ask(1), ErrRefundTooMuch) {
				t.Errorf("%s: limits of refunds are wrong", s)
			}
		}
		write(t, d, func(tx *db.Tx) error {
			due, err := DueRefunds(tx, now, 10)
			list, err2 := Refunds(tx, 9, RefundDue, 0, 3)
			any, err3 := Refunds(tx, 9, "", list[2].ID, 10)
			if len(due) != 4 || len(list) != 3 || len(any) != 1 {
				t.Errorf("%d due, %d listed, %d older", len(due), len(list), len(any))
			}
			ok, err4 := ClaimRefund(tx, due[0], now.Add(time.Minute), now)
			again, err5 := ClaimRefund(tx, due[0], now.Add(time.Minute), now)
			if !ok || again {
				t.Errorf("claimed %v, then %v", ok, again)
			}
			return errors.Join(err, err2, err3, err4, err5)
		})
	})
}

func TestClaimsGoToOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			p, _, err := put(tx, 5, Open, Open)
			if err != nil {
				return err
			}
			due, err := Due(tx, now, 10)
			if len(due) != 1 {
				t.Errorf("%d due", len(due))
			}
			a, err1 := ClaimDue(tx, p, now.Add(time.Minute), now)
			b, err2 := ClaimDue(tx, p, now.Add(time.Minute), now)
			c, err3 := Claim(tx, p, now, now.Add(time.Second))
			e, err4 := Claim(tx, p, now, now.Add(time.Second))
			if !a || b || !c || e {
				t.Errorf("claims %v %v %v %v", a, b, c, e)
			}
			ok, err5 := SetPrepay(tx, p, "wx1", now, now, now)
			_, err6 := Close(tx, p, now)
			late, err7 := SetPrepay(tx, p, "wx2", now, now, now)
			if got, _ := Get(tx, 1, 5); !ok || late || got.PrepayID != "wx1" {
				t.Errorf("prepay %v %v", ok, late)
			}
			return errors.Join(err, err1, err2, err3, err4, err5, err6, err7)
		})
	})
}

func TestNoticesAreHandledOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := Notice{ID: "EV-1", Source: Wechat, Kind: "TRANSACTION.SUCCESS", Body: `{"a":1}`}
		is := func(want bool) {
			t.Helper()
			if err := d.Read(ctx, func(tx *db.Tx) error {
				got, err := WasHandled(tx, n)
				if got != want {
					t.Errorf("handled: %v, want %v", got, want)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		handle := func(want bool) {
			t.Helper()
			write(t, d, func(tx *db.Tx) error {
				done, err := Handle(tx, n, now)
				if done != want {
					t.Errorf("done before: %v, want %v", done, want)
				}
				return err
			})
		}
		is(false)
		for range 2 { // kept, not handled: it may come again
			write(t, d, func(tx *db.Tx) error { return Keep(tx, n, now) })
			is(false)
		}
		handle(false)
		is(true)
		handle(true)
		write(t, d, func(tx *db.Tx) error { return Keep(tx, n, now) }) // takes nothing back
		is(true)
		n.ID = "EV-2" // never kept
		handle(false)
		handle(true)
	})
}
