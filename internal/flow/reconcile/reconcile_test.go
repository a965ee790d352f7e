package reconcile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

const day = "2026-03-10"

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, recon.Zone)

func keys(m map[string]recon.Difference) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), "\n")
}

func TestADayThatAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		b := w.bill(day)
		for i := range 1200 { // more than two pages of each shop
			at := noon.Add(time.Duration(i%7) * time.Second)
			p := w.pay(payment.Paid, money.Fen(100+i), money.Fen(100+i), at, i%2 == 0)
			b.paid(p, at)
			if i%10 == 0 {
				b.refunded(p, w.refund(p, payment.RefundDone, 50, at), 50, "SUCCESS", at)
			}
		}
		w.put(day)
		r := w.reconcile(day)
		if r.State != recon.Done || r.Problem != "" || r.Open != 0 || r.Lines != 1320 || len(w.found(r, "")) != 0 {
			t.Fatalf("%+v\n%s", r, keys(w.found(r, "")))
		}
		f := r.Figures
		f.Here.Booked = 0
		if f.There != f.Here || f.There.Payments != 1200 || f.There.Refunds != 120 || r.Figures.Here.Booked != f.There.Amount-f.There.RefundAmount || f.Flows["交易"].In != f.There.Amount {
			t.Fatalf("%+v", r.Figures)
		}
		if left, err := w.deps.Bills.Get(r.TradeBlob); err != nil || left.Close() != nil {
			t.Fatal(err)
		}
	})
}

// TestExactlyTheFaults makes random days with random faults: the run finds exactly these.
func TestExactlyTheFaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			start := time.Date(2025, 1, 1, 0, 0, 0, 0, recon.Zone).AddDate(0, 0, n%300)
			day := fmt.Sprint(recon.Day(start))
			delete(w.bills, day)
			want := map[string]bool{}
			for range rapid.IntRange(0, 8).Draw(rt, "lines") {
				w.fault(rt, day, start, want)
			}
			w.put(day)
			r := w.reconcile(day)
			all := w.found(r, "")
			if got, should := keys(all), strings.Join(slices.Sorted(maps.Keys(want)), "\n"); got != should || r.State != recon.Done {
				rt.Fatalf("day %s, %s:\ngot\n%s\nwant\n%s", day, r.State, got, should)
			}
			open := int64(0)
			for _, x := range all {
				if x.State == recon.Open {
					open++
				}
			}
			here := r.Figures.Here
			here.Booked = 0
			if r.Open != open || len(all) == 0 && here != r.Figures.There {
				rt.Fatalf("%d open of %d, figures %+v", r.Open, open, r.Figures)
			}
			// A second look finds the same and keeps what it had.
			again := w.found(w.reconcile(day), "")
			for k, x := range again {
				if all[k].ID != x.ID || x.State != all[k].State {
					rt.Fatalf("%s is another one in the second round", k)
				}
			}
			if len(again) != len(all) {
				rt.Fatalf("second round: %s", keys(again))
			}
		})
	})
}

// fault writes one payment, right or wrong, and notes what should be found.
func (w *world) fault(rt *rapid.T, day string, start time.Time, want map[string]bool) {
	b := w.bill(day)
	at := start.Add(time.Duration(rapid.IntRange(0, 24*3600-1).Draw(rt, "second")) * time.Second)
	sum := money.Fen(rapid.IntRange(100, 100_000).Draw(rt, "amount"))
	combined := rapid.Bool().Draw(rt, "combined")
	expect := func(k recon.Kind, number string) { want[string(k)+" "+number] = true }
	ok := func() paid {
		p := w.pay(payment.Paid, sum, sum, at, combined)
		b.paid(p, at)
		return p
	}
	switch rapid.IntRange(0, 19).Draw(rt, "fault") {
	case 0:
		ok()
	case 1:
		p := w.pay(rapid.SampledFrom([]payment.State{payment.Open, payment.Closed}).Draw(rt, "state"), sum, 0, at, combined)
		b.paid(p, at)
		expect(recon.MissingHere, p.number)
	case 2:
		expect(recon.MissingThere, w.pay(payment.Paid, sum, sum, at, combined).number)
	case 3:
		number := fmt.Sprint("other-system-", len(b.rows))
		b.add(at, "9"+number, number, "SUCCESS", sum, "0", "0", 0, "", feeOf(sum))
		expect(recon.UnknownOrder, number)
	case 4:
		p := w.pay(payment.Paid, sum, sum, at, combined)
		b.add(at, p.part.TransactionID, p.number, "SUCCESS", sum+1, "0", "0", 0, "", feeOf(sum+1))
		expect(recon.AmountDiffers, p.number)
	case 5:
		p := w.pay(payment.Paid, sum, sum, at, combined)
		b.add(at, "4200000000", p.number, "SUCCESS", sum, "0", "0", 0, "", feeOf(sum))
		expect(recon.TransactionDiffers, p.number)
	case 6:
		p := w.pay(payment.Paid, sum, sum, at, combined)
		b.add(at, p.part.TransactionID, p.number, "SUCCESS", sum, "0", "0", 0, "", feeOf(sum)+1)
		expect(recon.FeeDiffers, p.number)
	case 7:
		p := ok()
		b.paid(p, at)
		expect(recon.Duplicate, p.number)
	case 8:
		p := w.pay(payment.Paid, sum, sum-1, at, combined)
		b.paid(p, at)
		expect(recon.LedgerDiffers, p.number)
	case 9:
		p := ok()
		b.refunded(p, w.refund(p, payment.RefundDone, sum/2, at), sum/2, "SUCCESS", at)
	case 10:
		p := ok()
		f := payment.Refund{RefundNo: "by-hand-" + p.number, ProviderID: "5"}
		b.refunded(p, f, 10, "SUCCESS", at)
		expect(recon.RefundMissingHere, f.RefundNo)
	case 11:
		p := ok()
		expect(recon.RefundMissingThere, w.refund(p, payment.RefundDone, 10, at).RefundNo)
	case 12:
		p := ok()
		f := w.refund(p, payment.RefundDone, 10, at)
		b.refunded(p, f, 11, "SUCCESS", at)
		expect(recon.RefundDiffers, f.RefundNo)
	case 13:
		p := ok()
		f := w.refund(p, payment.RefundSent, 10, at)
		b.refunded(p, f, 10, "SUCCESS", at)
		expect(recon.StateDiffers, f.RefundNo)
	case 14: // under way on both sides
		p := ok()
		f := w.refund(p, payment.RefundSent, 10, at)
		b.refunded(p, f, 10, "PROCESSING", at)
		expect(recon.OtherDay, f.RefundNo)
	case 15:
		p := w.pay(payment.Late, sum, sum, at, combined)
		b.paid(p, at)
	case 16: // theirs before midnight, ours after it
		p := w.pay(payment.Paid, sum, sum, start.Add(400*24*time.Hour+time.Second), combined)
		b.paid(p, at)
		expect(recon.OtherDay, p.number)
	case 17: // reversed at the counter: money came and went
		p := w.pay(payment.Closed, sum, 0, at, combined)
		b.paid(p, at)
		b.add(at, p.part.TransactionID, p.number, "REVOKED", 0, "5", "0", sum, "SUCCESS", -feeOf(sum))
	case 18: // reversed there, paid with us
		p := ok()
		b.add(at, p.part.TransactionID, p.number, "REVOKED", 0, "5", "0", sum, "SUCCESS", -feeOf(sum))
		expect(recon.StateDiffers, p.number)
	case 19: // refunded another day than the bill's
		p := ok()
		f := w.refund(p, payment.RefundDone, 10, start.Add(400*24*time.Hour))
		b.refunded(p, f, 10, "PROCESSING", at)
		expect(recon.OtherDay, f.RefundNo)
	}
}

func TestOverMidnight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const next = "2026-03-11"
		w.now = time.Date(2026, 3, 12, 3, 0, 0, 0, time.UTC)
		before := time.Date(2026, 3, 10, 23, 59, 59, 0, recon.Zone)
		// Ours of the 10th stand on the bill of the 11th, and the other way round.
		a, c := w.pay(payment.Paid, 100, 100, before, false), w.pay(payment.Paid, 200, 200, before.Add(2*time.Second), true)
		f := w.refund(a, payment.RefundDone, 10, before.Add(2*time.Second))
		w.bill(next).paid(a, before.Add(2*time.Second))
		w.bill(day).paid(c, before)
		w.bill(day).refunded(a, f, 10, "PROCESSING", before)
		w.put(day)
		w.put(next)
		r := w.reconcile(day)
		if got := keys(w.found(r, recon.Open)); got != "missing_there "+a.number || r.Open != 1 {
			t.Fatalf("%d: %s", r.Open, got)
		}
		s := w.reconcile(next)
		if got := w.found(s, recon.Open); len(got) != 0 || s.Open != 0 {
			t.Fatalf("%s", keys(got))
		}
		if x := w.found(r, recon.Healed)["missing_there "+a.number]; x.Outcome != "other_day" {
			t.Fatalf("%+v", x)
		}
		if r, _ = w.deps.runOf(ctx, r.ID); r.Open != 0 {
			t.Fatalf("%d are still open", r.Open)
		}
		// A repeated run of the first day knows what the second has told.
		if r = w.reconcile(day); r.Open != 0 || r.Round != 2 {
			t.Fatalf("%+v %s", r, keys(w.found(r, recon.Open)))
		}
	})
}

func TestBillsThatDoNotCome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.reconcile("2026-03-01") // nothing happened there, nothing here
		if r.State != recon.Done || r.Lines != 0 {
			t.Fatalf("%+v", r)
		}
		p := w.pay(payment.Paid, 100, 100, noon, false)
		problem := func(want string, state recon.RunState) {
			t.Helper()
			if r = w.reconcile(day); r.Problem != want || r.State != state || r.Open != 0 {
				t.Fatalf("%s %q, want %s %q", r.State, r.Problem, state, want)
			}
		}
		problem(recon.ProblemNotReady, recon.Waiting)
		w.now = w.now.Add(24 * time.Hour)
		problem(recon.ProblemMissing, recon.Waiting)
		w.bill(day).paid(p, noon)
		w.put(day)
		w.desk.spoil = true
		problem(recon.ProblemHash, recon.Waiting)
		w.desk.spoil = false
		whole := w.desk.trade[day]
		w.desk.trade[day] = strings.Replace(whole, "`100", "`1", 1) + "x"
		for _, cut := range []string{whole[:len(whole)/2], strings.Replace(whole, "\n`1,`1.00", "\n`2,`1.00", 1), strings.Replace(whole, "商户订单号", "订单", 1), "", "<html>"} {
			w.desk.trade[day] = cut
			problem(recon.ProblemBroken, recon.Waiting)
		}
		w.desk.trade[day] = whole
		problem("", recon.Done)
		// Months later the provider has it no more: the kept one stands in.
		delete(w.desk.trade, day)
		problem("", recon.Done)
		if r.Lines != 1 {
			t.Fatalf("%+v", r)
		}
	})
}

func TestTheClockAsksAndGivesUp(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	w.pay(payment.Paid, 100, 100, noon, false)
	sweep := func(at time.Time) int {
		t.Helper()
		w.now = at
		n, err := w.deps.Sweep(ctx, at)
		w.must(err)
		return n
	}
	if n := sweep(noon.Add(22*time.Hour + 29*time.Minute)); n != 0 { // 10:29 of the next day
		t.Fatalf("%d runs before their time", n)
	}
	at := noon.Add(22*time.Hour + 30*time.Minute)
	tries := 0
	for ; at.Before(noon.Add(7 * 24 * time.Hour)); at = at.Add(10 * time.Minute) {
		before := w.desk.asked
		sweep(at)
		if w.desk.asked > before {
			tries++
		}
	}
	var r recon.Run
	w.must(d.Read(ctx, func(tx *db.Tx) (err error) {
		r, err = recon.RunOf(tx, market, payment.Wechat, mch, day)
		return err
	}))
	if r.State != recon.Failed || r.Problem != recon.ProblemMissing || r.Round != maxTries {
		t.Fatalf("%+v after %d tries", r, tries)
	}
	// After a standstill every day is made up for.
	sweep(at.Add(10 * 24 * time.Hour))
	var all []recon.Run
	w.must(d.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = recon.Runs(tx, market, recon.Run{}, 100)
		return err
	}))
	if len(all) != 17 {
		t.Fatalf("%d days", len(all))
	}
}

func TestOneAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r, err := w.deps.Again(ctx, payment.Wechat, mch, day, 5)
		w.must(err)
		claim := func(at time.Time) (recon.Run, bool) {
			t.Helper()
			var got recon.Run
			var ok bool
			w.write(func(tx *db.Tx) (err error) {
				cur, err := recon.GetRun(tx, market, r.ID)
				if err != nil {
					return err
				}
				got, ok, err = recon.Claim(tx, cur, at.Add(lease), at)
				return err
			})
			return got, ok
		}
		first, ok := claim(w.now)
		if _, again := claim(w.now.Add(time.Second)); !ok || again {
			t.Fatalf("%v, a second one at once: %v", ok, again)
		}
		if _, err := w.deps.Again(ctx, payment.Wechat, mch, day, 5); !errors.Is(err, recon.ErrRunning) {
			t.Fatalf("%v", err)
		}
		// The worker is gone; another takes over, and the first may write no more.
		if _, ok := claim(w.now.Add(lease + time.Second)); !ok {
			t.Fatal("the run is lost")
		}
		err = d.Write(ctx, func(tx *db.Tx) error { return recon.Finish(tx, first, w.now) })
		if !errors.Is(err, recon.ErrLost) {
			t.Fatalf("%v", err)
		}
		for _, bad := range []string{"2026-3-1", "heute", "2026-02-30", recon.Day(w.now), "1999-01-01"} {
			if _, err := w.deps.Again(ctx, payment.Wechat, mch, bad, 5); !errors.Is(err, recon.ErrDay) {
				t.Errorf("%s: %v", bad, err)
			}
		}
	})
}

func TestAPersonSeesToIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.bill(day).add(noon, "42", "other-1", "SUCCESS", 100, "0", "0", 0, "", 1)
		w.put(day)
		r := w.reconcile(day)
		x := w.found(r, recon.Open)["unknown_order other-1"]
		if _, err := w.deps.Accept(ctx, x.ID, 5, "  "); !errors.Is(err, recon.ErrNote) {
			t.Fatal(err)
		}
		if _, err := w.deps.Ask(ctx, x.ID, 5); !errors.Is(err, recon.ErrRemedy) {
			t.Fatal(err)
		}
		got, err := w.deps.Accept(ctx, x.ID, 5, "另一套系统收的款")
		if err != nil || got.State != recon.Accepted || got.StaffID != 5 || got.Note == "" || !got.ActedAt.Equal(w.now) {
			t.Fatalf("%+v %v", got, err)
		}
		if _, err := w.deps.Accept(ctx, x.ID, 5, "again"); !errors.Is(err, recon.ErrState) {
			t.Fatal(err)
		}
		if r = w.reconcile(day); r.Open != 0 { // it stays accepted
			t.Fatalf("%+v", r)
		}
		// What a repeated run finds no more is healed.
		p := w.pay(payment.Paid, 100, 100, noon, false)
		if r = w.reconcile(day); r.Open != 1 {
			t.Fatalf("%+v", r)
		}
		w.bill(day).paid(p, noon)
		w.put(day)
		if r = w.reconcile(day); r.Open != 0 || w.found(r, recon.Healed)["missing_there "+p.number].Outcome != "gone" {
			t.Fatalf("%+v", r)
		}
	})
}
