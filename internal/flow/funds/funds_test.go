package funds

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/deposit"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/payout"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

var ctx = context.Background()

// fatal is what tests and rapid's checks have in common.
type fatal interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is a market with two shops and a clock.
type world struct {
	*Deps
	at     time.Time
	shops  []id.ID
	serial int
}

func newWorld(t testing.TB, d *db.DB) *world {
	w := &world{at: time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.at }
	ids := &id.Source{Now: now, Node: 3}
	w.Deps = &Deps{DB: d, IDs: ids, Emitter: &jobs.Emitter{IDs: ids, Poke: func() {}}, Now: now}
	for _, handle := range []string{"tea", "fruit"} {
		s := shop.Shop{ID: ids.Next(), Handle: handle, Name: handle, State: "open"}
		if err := d.Write(ctx, func(tx *db.Tx) error { return shop.Create(tx, s, w.at) }); err != nil {
			t.Fatal(err)
		}
		w.shops = append(w.shops, s.ID)
	}
	return w
}

func (w *world) key() string { w.serial++; return fmt.Sprintf("key-%08d", w.serial) }

func (w *world) post(f fatal, all ...ledger.Transfer) {
	f.Helper()
	if err := w.DB.Write(ctx, func(tx *db.Tx) error { return ledger.Post(tx, w.IDs, w.at, all) }); err != nil {
		f.Fatal(err)
	}
}

// earn lets a shop earn what an order of amount brings, with a fee of 1 %.
func (w *world) earn(f fatal, of id.ID, amount money.Fen) {
	f.Helper()
	o := w.IDs.Next()
	rows, err := ledger.Earned(of, o, amount, 100)
	if err != nil {
		f.Fatal(err)
	}
	w.post(f, append([]ledger.Transfer{ledger.PaidAfterAll("", of, o, 1, amount)}, rows...)...)
}

func (w *world) look(f fatal, of id.ID) (o Overview) {
	f.Helper()
	err := w.DB.Read(ctx, func(tx *db.Tx) (err error) {
		o, err = Look(tx, of)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return o
}

func (w *world) payee(f fatal, of id.ID) {
	f.Helper()
	if _, err := w.SetPayee(ctx, payout.Payee{ShopID: of, Name: "小茶馆", Bank: "招商银行杭州分行", Account: "6225 8800 0000 1234"}); err != nil {
		f.Fatal(err)
	}
}

func (w *world) step(of, no id.ID, to payout.State) error {
	_, err := w.MovePayout(ctx, PayoutStep{Shop: of, Payout: no, Staff: 9, To: to, Proof: "CMB20261111", Note: "账号有误"})
	return err
}

func TestPayouts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		tea, fruit := w.shops[0], w.shops[1]
		w.earn(t, tea, 10_000)
		w.earn(t, fruit, 5_000)
		w.payee(t, tea)
		in := RunIn{Staff: 9, Key: w.key(), Hash: "h"}
		run, err := w.PayOut(ctx, in)
		if err != nil || len(run.Payouts) != 1 || run.Payouts[0].Amount != 9_900 || len(run.Skipped) != 1 || run.Skipped[0].Due != 4_950 {
			t.Fatalf("%+v %v", run, err)
		}
		again, err := w.PayOut(ctx, in)
		if err != nil || len(again.Payouts) != 1 || again.Payouts[0].ID != run.Payouts[0].ID {
			t.Fatalf("the same key: %+v %v", again, err)
		}
		rival, err := w.PayOut(ctx, RunIn{Staff: 9, Key: w.key(), Hash: "h"})
		if err != nil || len(rival.Payouts) != 0 {
			t.Fatalf("a second run paid again: %+v %v", rival, err)
		}
		p := run.Payouts[0]
		if o := w.look(t, tea); o.Due != 0 || o.PayingOut != 9_900 || o.PaidOut != 0 {
			t.Fatalf("%+v", o)
		}
		for _, bad := range []payout.State{payout.Done, payout.Sent, payout.Failed} {
			if err := w.step(tea, p.ID, bad); errs.Code(err) != "payout.state" {
				t.Fatalf("requested to %s: %v", bad, err)
			}
		}
		if _, err := w.MovePayout(ctx, PayoutStep{Shop: fruit, Payout: p.ID, To: payout.Approved}); errs.Code(err) != "payout.not_found" {
			t.Fatal("another shop's payout", err)
		}
		for _, to := range []payout.State{payout.Approved, payout.Approved, payout.Sent, payout.Sent, payout.Failed, payout.Failed} {
			if err := w.step(tea, p.ID, to); err != nil {
				t.Fatalf("to %s: %v", to, err)
			}
		}
		if o := w.look(t, tea); o.Due != 9_900 || o.PayingOut != 0 {
			t.Fatalf("after a failure %+v", o)
		}
		run, err = w.PayOut(ctx, RunIn{Staff: 9, Key: w.key(), Hash: "h"})
		if err != nil || len(run.Payouts) != 1 {
			t.Fatalf("%+v %v", run, err)
		}
		for _, to := range []payout.State{payout.Approved, payout.Sent, payout.Done} {
			if err := w.step(tea, run.Payouts[0].ID, to); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.step(tea, run.Payouts[0].ID, payout.Cancelled); errs.Code(err) != "payout.state" {
			t.Fatal("a done payout was cancelled", err)
		}
		if o := w.look(t, tea); o.Due != 0 || o.PaidOut != 9_900 || o.Fee != 100 {
			t.Fatalf("%+v", o)
		}
	})
}

// Runs that meet pay once.
func TestRunsAtOncePayOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.earn(t, w.shops[0], 10_000)
		w.payee(t, w.shops[0])
		sums := make(chan money.Fen, 4)
		for range cap(sums) {
			key := w.key()
			go func() {
				run, err := w.PayOut(ctx, RunIn{Staff: 9, Key: key, Hash: "h"})
				if err != nil {
					t.Error(err)
				}
				var sum money.Fen
				for _, p := range run.Payouts {
					sum += p.Amount
				}
				sums <- sum
			}()
		}
		var sum money.Fen
		for range cap(sums) {
			sum += <-sums
		}
		if sum != 9_900 {
			t.Fatalf("paid %s", sum)
		}
	})
}

func TestPayeeAndProofAreChecked(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for _, bad := range []payout.Payee{{}, {Name: "a", Bank: "b", Account: "12345"}, {Name: "a", Bank: "b", Account: "6225=cmd"}, {Name: strings.Repeat("长", 61), Bank: "b", Account: "622588000000"}} {
		if _, err := w.SetPayee(ctx, bad); errs.Code(err) != "payout.payee" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := w.MovePayout(ctx, PayoutStep{To: payout.Sent, Proof: "abc"}); errs.Code(err) != "payout.proof" {
		t.Error(err)
	}
	if _, err := w.MovePayout(ctx, PayoutStep{To: payout.Failed}); errs.Code(err) != "payout.note" {
		t.Error(err)
	}
}

func (w *world) entry(of id.ID, amount money.Fen) Entry {
	return Entry{Shop: of, Staff: 9, Key: w.key(), Hash: "h", Amount: amount, Proof: "ICBC-778", Note: "假货投诉"}
}

func TestDeposit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		tea := w.shops[0]
		if err := w.RequireDeposit(ctx, tea, 100_000); err != nil {
			t.Fatal(err)
		}
		in := w.entry(tea, 100_000)
		first, err := w.ReceiveDeposit(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.ReceiveDeposit(ctx, in); err != nil || again.ID != first.ID {
			t.Fatalf("the same key: %+v %v", again, err)
		}
		hold, err := w.FreezeDeposit(ctx, w.entry(tea, 80_000))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.FreezeDeposit(ctx, w.entry(tea, 20_001)); errs.Code(err) != "deposit.short" {
			t.Fatal("more was frozen than there is", err)
		}
		if _, err := w.ReturnDeposit(ctx, w.entry(tea, 20_001)); errs.Code(err) != "deposit.short" {
			t.Fatal("frozen money was returned", err)
		}
		if _, err := w.FreezeDeposit(ctx, Entry{Shop: tea, Staff: 9, Key: w.key(), Hash: "h", Amount: 5, Order: 12, Note: "x"}); errs.Code(err) != "order.not_found" {
			t.Fatal(err)
		}
		if o := w.look(t, tea); o.Deposit != 100_000 || o.Frozen != 80_000 || o.Required != 100_000 {
			t.Fatalf("%+v", o)
		}
		decide := Decision{Shop: tea, Hold: hold.ID, Staff: 9, Used: 30_000, Route: deposit.ByMarket, Proof: "WX-1234"}
		for range 2 {
			if h, err := w.DecideHold(ctx, decide); err != nil || h.State != deposit.Compensated {
				t.Fatalf("%+v %v", h, err)
			}
		}
		decide.Used = 0
		if _, err := w.DecideHold(ctx, decide); errs.Code(err) != "deposit.state" {
			t.Fatal("decided twice", err)
		}
		back, err := w.ReturnDeposit(ctx, w.entry(tea, 70_000))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if m, err := w.EndReturn(ctx, tea, back.ID, 9, deposit.Paid, "CCB-5544"); err != nil || m.State != deposit.Paid {
				t.Fatalf("%+v %v", m, err)
			}
		}
		if _, err := w.EndReturn(ctx, tea, back.ID, 9, deposit.Kept, ""); errs.Code(err) != "deposit.state" {
			t.Fatal(err)
		}
		if o := w.look(t, tea); o.Deposit != 0 || o.Frozen != 0 {
			t.Fatalf("%+v", o)
		}
	})
}

// Whatever happens to a shop's money, in any order: the books balance, no account
// passes its bound, every fen that came in is somewhere, seals hold.
func TestMoneyIsNeverLost(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	rapid.Check(t, func(r *rapid.T) { w.story(r) })
}

func TestMoneyIsNeverLostPostgres(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if d.Engine() != db.Postgres {
			return
		}
		w := newWorld(t, d)
		rapid.Check(t, func(r *rapid.T) { w.story(r) })
	})
}

func (w *world) story(r *rapid.T) {
	of := w.shops[rapid.IntRange(0, 1).Draw(r, "shop")]
	w.payee(r, of)
	var payouts, holds, returns []id.ID
	amount := func() money.Fen { return money.Fen(rapid.Int64Range(1, 50_000).Draw(r, "amount")) }
	one := func(of []id.ID) id.ID { return of[rapid.IntRange(0, len(of)-1).Draw(r, "which")] }
	ok := func(err error, codes ...string) {
		if err == nil {
			return
		}
		for _, c := range codes {
			if errs.Code(err) == c {
				return
			}
		}
		r.Fatal(err)
	}
	for range rapid.IntRange(1, 25).Draw(r, "steps") {
		w.at = w.at.Add(time.Duration(rapid.IntRange(0, 600).Draw(r, "seconds")) * time.Second)
		switch k := rapid.IntRange(0, 9).Draw(r, "kind"); {
		case k == 0:
			w.earn(r, of, amount())
		case k == 1: // an open payment: paid, or not
			o, f := w.IDs.Next(), amount()
			w.post(r, ledger.Opened("", of, o, 1, f))
			if rapid.Bool().Draw(r, "paid") {
				w.post(r, ledger.Paid(of, o, 1, f))
			} else {
				w.post(r, ledger.Ended(of, o, 1, f, rapid.Bool().Draw(r, "expired")))
			}
		case k == 2: // a refund after receipt
			o, f := w.IDs.Next(), amount()
			rows, err := ledger.Earned(of, o, f, 250)
			ok(err)
			w.post(r, append(rows, ledger.PaidAfterAll("", of, o, 1, f))...)
			back := money.Fen(rapid.Int64Range(1, int64(f)).Draw(r, "back"))
			err = w.DB.Write(ctx, func(tx *db.Tx) error {
				b, err := ledger.OrderBalances(tx, of, o)
				if err != nil {
					return err
				}
				rows, err := ledger.Decided(of, o, 7, back, b)
				if err != nil {
					return err
				}
				return ledger.Post(tx, w.IDs, w.at, append(rows, ledger.Refunded("", of, o, 7, back)))
			})
			ok(err)
		case k == 3:
			run, err := w.PayOut(ctx, RunIn{Staff: 9, Key: w.key(), Hash: "h"})
			ok(err)
			for _, p := range run.Payouts {
				if p.ShopID == of {
					payouts = append(payouts, p.ID)
				}
			}
		case k == 4 && len(payouts) > 0:
			ok(w.step(of, one(payouts), rapid.SampledFrom([]payout.State{payout.Approved, payout.Sent, payout.Done, payout.Failed, payout.Cancelled}).Draw(r, "to")), "payout.state")
		case k == 5:
			_, err := w.ReceiveDeposit(ctx, w.entry(of, amount()))
			ok(err)
		case k == 6:
			h, err := w.FreezeDeposit(ctx, w.entry(of, amount()))
			ok(err, "deposit.short")
			if err == nil {
				holds = append(holds, h.ID)
			}
		case k == 7 && len(holds) > 0:
			_, err := w.DecideHold(ctx, Decision{Shop: of, Hold: one(holds), Staff: 9, Used: amount() - 1, Route: deposit.ByMarket, Proof: "WX-1234"})
			ok(err, "deposit.state", "deposit.amount")
		case k == 8:
			m, err := w.ReturnDeposit(ctx, w.entry(of, amount()))
			ok(err, "deposit.short")
			if err == nil {
				returns = append(returns, m.ID)
			}
		case k == 9 && len(returns) > 0:
			_, err := w.EndReturn(ctx, of, one(returns), 9, deposit.Paid, "CCB-5544")
			ok(err, "deposit.state")
		}
		if rapid.IntRange(0, 4).Draw(r, "seal") == 0 {
			_, err := w.Seal(ctx, w.at, 3)
			ok(err)
		}
	}
	w.sound(r, of)
}

// sound checks everything that must hold of a shop's money.
func (w *world) sound(f fatal, of id.ID) {
	f.Helper()
	err := w.DB.Read(ctx, func(tx *db.Tx) error {
		vs, err := ledger.Check(tx, of)
		_, sealed, err2 := ledger.VerifySeals(tx, of, 0, 1<<20)
		for _, v := range append(vs, sealed...) {
			f.Fatal(v.String())
		}
		b, err3 := ledger.Balances(tx, of)
		var sum, owed money.Fen
		for a, v := range b {
			if a == ledger.BuyerDue {
				continue
			}
			sum += v
			if a != ledger.ProviderWechat && a != ledger.DepositBank && a != ledger.FeeCollected {
				owed -= v
			}
		}
		if sum != 0 || owed != b[ledger.ProviderWechat]+b[ledger.DepositBank] {
			f.Fatalf("%v", b)
		}
		return errors.Join(err, err2, err3)
	})
	if err != nil {
		f.Fatal(err)
	}
	if o := w.look(f, of); o.PayingOut < 0 || o.Frozen < 0 || o.Deposit < o.Frozen {
		f.Fatalf("%+v", o)
	}
}

func TestStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		of := w.shops[0]
		w.earn(t, of, 10_000)                                 // 11 November, noon in Beijing
		w.at = time.Date(2026, 11, 11, 16, 0, 0, 0, time.UTC) // midnight there: the next day
		for range statementPage {
			w.earn(t, of, 100)
		}
		w.at = w.at.Add(48 * time.Hour)
		w.earn(t, of, 700)
		w.at = w.at.Add(time.Second)
		var out bytes.Buffer
		in := StatementIn{Shop: of, Account: ledger.ShopPayable, From: "2026-11-12", To: "2026-11-12"}
		if err := w.Statement(ctx, in, &out); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\uFEFF")))
		r.FieldsPerRecord = -1
		lines, err := r.ReadAll()
		if err != nil || !strings.HasPrefix(out.String(), "\uFEFF") {
			t.Fatal(err)
		}
		// Two rows (earned, fee) for each of the day's orders, three lines of head, one of columns, two at the end.
		if want := 2*statementPage + 6; len(lines) != want || lines[2][1] != "99.00" || lines[4][4] != "1.00" || lines[5][5] != "0.01" || lines[len(lines)-2][1] != "594.00" {
			t.Fatalf("%d lines, want %d: %q … %q", len(lines), want, lines[:6], lines[len(lines)-2:])
		}
		in.Lines, in.From, in.To = true, "2026-11-11", "2026-12-31"
		out.Reset()
		if err := w.Statement(ctx, in, &out); err != nil {
			t.Fatal(err)
		}
		if text := strings.TrimSpace(out.String()); !strings.HasPrefix(text, `{"account":"shop_payable","balance":0,`) || !strings.Contains(text[strings.LastIndex(text, "\n"):], `"balance":60093`) {
			t.Fatalf("%.200s … %s", text, text[strings.LastIndex(text, "\n"):])
		}
		for _, bad := range [][2]string{{"", ""}, {"2026-11-12", "2026-11-11"}, {"2026-02-30", "2026-03-01"}, {"2025-01-01", "2026-11-01"}} {
			in.From, in.To = bad[0], bad[1]
			if err := w.Statement(ctx, in, &out); !errors.Is(err, ErrPeriod) {
				t.Errorf("%v: %v", bad, err)
			}
		}
	})
}

// A block is sealed when it is settled, once, and doctor's words carry the shop's.
func TestSealWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.earn(t, w.shops[0], 100)
		for _, s := range []struct {
			after time.Duration
			want  int
		}{{0, 0}, {SettledAfter - time.Second, 0}, {2 * time.Second, 1}, {time.Hour, 0}} {
			w.at = w.at.Add(s.after)
			if n, err := w.Seal(ctx, w.at, 10); err != nil || n != s.want {
				t.Fatalf("%s later: %d blocks, %v", s.after, n, err)
			}
		}
		if o := w.look(t, w.shops[0]); o.SealNumber != 1 || o.SealHash == "" || o.SealedTo.IsZero() {
			t.Fatalf("%+v", o)
		}
	})
}
