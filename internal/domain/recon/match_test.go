package recon

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

// TestSpillKeepsEverything writes lines and entries of any content to the files of
// a matcher and reads them back.
func TestSpillKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		m, err := NewMatcher(dir, Rules{})
		if err != nil {
			t.Fatal(err)
		}
		at := time.UnixMicro(rapid.Int64Range(1, 1e16).Draw(t, "at")).UTC()
		l := Line{No: rapid.Int64().Draw(t, "no"), Kind: LinePaid, Number: rapid.String().Draw(t, "number"), Trade: rapid.String().Draw(t, "trade"), Transaction: rapid.String().Draw(t, "transaction"),
			Amount: money.Fen(rapid.Int64().Draw(t, "amount")), Fee: -7, State: rapid.String().Draw(t, "state"), At: at}
		o := Ours{Refund: rapid.Bool().Draw(t, "refund"), Number: l.Number, Transaction: l.Transaction, Shop: id.ID(rapid.Int64().Draw(t, "shop")), Order: 2, Payment: 3, Buyer: 4, RefundID: 5,
			Amount: l.Amount, Booked: money.Fen(rapid.Int64().Draw(t, "booked")), State: "paid"}
		if err := m.AddLine(&l); err != nil {
			t.Fatal(err)
		}
		if err := m.AddOurs(&o); err != nil {
			t.Fatal(err)
		}
		i, seen := spillOf(l.Number), 0
		if err := m.lines.each(i, func(r *record) error {
			if got := readLine(r); got != l {
				t.Fatalf("%+v, want %+v", got, l)
			}
			seen++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := m.ours.each(i, func(r *record) error {
			if got := readOurs(r); got != o {
				t.Fatalf("%+v, want %+v", got, o)
			}
			seen++
			return nil
		}); err != nil || seen != 2 {
			t.Fatalf("%d %v", seen, err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Fatalf("%v %v", left, err)
	}
}

func TestARecordThatIsCut(t *testing.T) {
	for n := range 12 {
		r := record{b: appendText(appendNums(nil, 1<<40, 5), "hello")[:n]}
		a, b, text := r.num(), r.num(), r.text()
		if r.err == nil {
			t.Fatalf("%d bytes: %d %d %q", n, a, b, text)
		}
	}
}

// TestEveryNumberIsTold compares random sides: each line and each entry comes out
// exactly once, as agreeing, differing, stray or unlisted.
func TestEveryNumberIsTold(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		m, err := NewMatcher(dir, Rules{FeeBps: 60})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = m.Close() }()
		const both, onlyLine, onlyOurs, twice, wrong = 0, 1, 2, 3, 4
		want := map[int]int{}
		var there Side
		for i := range rapid.IntRange(0, 200).Draw(t, "n") {
			sum := money.Fen(rapid.Int64Range(1, 1e6).Draw(t, "sum"))
			l := Line{No: int64(i + 2), Kind: LinePaid, Number: fmt.Sprint("n", i), Transaction: "4", Amount: sum, Fee: Rules{60}.expectedFee(sum), State: BillSuccess}
			o := Ours{Number: l.Number, Transaction: "4", Amount: sum, Booked: sum, State: "paid"}
			what := rapid.IntRange(0, 4).Draw(t, "what")
			want[what]++
			if what == wrong {
				o.Amount, o.Booked = sum+1, sum+1
			}
			times := map[int]int{both: 1, onlyLine: 1, twice: 2, wrong: 1}[what]
			for range times {
				there.AddLine(&l)
				if err := m.AddLine(&l); err != nil {
					t.Fatal(err)
				}
			}
			if what != onlyLine {
				if err := m.AddOurs(&o); err != nil {
					t.Fatal(err)
				}
			}
		}
		var here Side
		got := map[int]int{}
		for i := range m.Parts() {
			p, err := m.Compare(i)
			if err != nil {
				t.Fatal(err)
			}
			here = here.Plus(p.Here)
			got[onlyLine] += len(p.Strays)
			got[onlyOurs] += len(p.Unlisted)
			for _, d := range p.Differences {
				switch d.Kind {
				case Duplicate:
					got[twice]++
				case AmountDiffers:
					got[wrong]++
				default:
					t.Fatalf("%+v", d)
				}
			}
		}
		for _, what := range []int{onlyLine, onlyOurs, twice, wrong} {
			if got[what] != want[what] {
				t.Fatalf("%d: %d, want %d", what, got[what], want[what])
			}
		}
		if here.Payments != int64(want[both]+want[twice]+want[wrong]) || there.Payments != here.Payments+int64(want[twice]+want[onlyLine]) {
			t.Fatalf("%+v %+v", here, there)
		}
	})
}

func TestStrays(t *testing.T) {
	paid := func(state string) *Ours {
		return &Ours{Number: "n", Transaction: "4", Amount: 100, Booked: 100, State: state}
	}
	refund := func(state string) *Ours {
		return &Ours{Refund: true, RefundID: 9, Number: "r", Transaction: "5", Amount: 100, Booked: -100, State: state}
	}
	for _, c := range []struct {
		name    string
		kind    LineKind
		state   string
		ours    *Ours
		want    string
		belongs bool
	}{
		{"unknown", LinePaid, BillSuccess, nil, "unknown_order", false},
		{"unknown refund", LineRefund, BillSuccess, nil, "refund_missing_here", false},
		{"unknown and reversed", LineReversed, BillSuccess, nil, "", false},
		{"open", LinePaid, BillSuccess, paid("open"), "missing_here", false},
		{"closed", LinePaid, BillSuccess, paid("closed"), "missing_here", false},
		{"another day", LinePaid, BillSuccess, paid("paid"), "other_day", true},
		{"late", LinePaid, BillSuccess, paid("late"), "other_day", true},
		{"reversed, paid here", LineReversed, BillSuccess, paid("paid"), "state_differs", false},
		{"undone, open here", lineUndone, BillSuccess, paid("open"), "", false},
		{"refund on its way", LineRefund, "PROCESSING", refund("processing"), "other_day", false},
		{"refund done there", LineRefund, BillSuccess, refund("processing"), "state_differs", false},
		{"refund done", LineRefund, BillSuccess, refund("succeeded"), "other_day", true},
		{"refund failed there", LineRefund, "FAIL", refund("succeeded"), "other_day state_differs", true},
	} {
		l := Line{Kind: c.kind, Number: "n", Transaction: "4", Amount: 100, Fee: 1, State: c.state}
		if c.kind == LineRefund {
			l.Number, l.Transaction = "r", "5"
		}
		all, belongs := Rules{FeeBps: 60}.Stray(&l, c.ours)
		got := ""
		for i, d := range all {
			if i > 0 {
				got += " "
			}
			got += string(d.Kind)
		}
		if got != c.want || belongs != c.belongs {
			t.Errorf("%s: %q %v, want %q %v", c.name, got, belongs, c.want, c.belongs)
		}
	}
}

func TestRemedies(t *testing.T) {
	if k := (Difference{Kind: StateDiffers, RefundID: 1}).Remedy(); k != AskRefund {
		t.Error(k)
	}
	if k := (Difference{Kind: StateDiffers}).Remedy(); k != AskPayment {
		t.Error(k)
	}
	for _, day := range []string{"2026-02-29", "2026-1-01", "", "x"} {
		if _, _, err := Bounds(day); err == nil {
			t.Error(day)
		}
	}
	from, to, err := Bounds("2026-03-10")
	if err != nil || from.Format(time.RFC3339) != "2026-03-09T16:00:00Z" || to.Sub(from) != 24*time.Hour || Day(from) != "2026-03-10" || Day(from.Add(-1)) != "2026-03-09" {
		t.Error(from, to, err)
	}
	if got := (Rules{60}).expectedFee(1); got != 0 {
		t.Error(got)
	}
	if got := (Rules{60}).expectedFee(84); got != 1 { // 0.504 fen
		t.Error(got)
	}
}

func TestFunds(t *testing.T) {
	f := Figures{There: Side{Amount: 1000, RefundAmount: 500}, Fee: 6, FeeBack: 3}
	paid, back, fees := Moved{In: 1000}, Moved{Out: 497}, Moved{Out: 6}
	if got := CompareFunds(f, paid, back, fees); len(got) != 0 {
		t.Fatalf("%+v", got)
	}
	paid.In, back.Out, fees.In = 999, 500, 1
	if got := CompareFunds(f, paid, back, fees); len(got) != 3 || got[0].There != 999 || got[0].Here != 1000 || got[1].There != 500 || got[1].Here != 497 || got[2].There != 5 {
		t.Fatalf("%+v", got)
	}
}
