package aftersale

import (
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
	"pgregory.net/rapid"
)

func TestStates(t *testing.T) {
	if err := states.Check(States()); err != nil {
		t.Error(err)
	}
	for _, tr := range States() {
		if s := State(tr.To); s.IsOpen() == (s == Refunded || s == Refused || s == Cancelled) {
			t.Errorf("%s is both open and ended, or neither", s)
		}
	}
}

// Asking units back in any pieces, with any of the requests given up and asked
// again, never pays more than the line cost, and exactly that in the end.
func TestSharesNeverExceedWhatWasPaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paid := money.Fen(rapid.Int64Range(0, 1_000_000).Draw(t, "paid"))
		qty := rapid.Int64Range(1, 30).Draw(t, "qty")
		type piece struct {
			qty    int64
			amount money.Fen
		}
		var live []piece
		b := Bought{Paid: paid, Qty: qty, Left: qty}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(live) > 0 && rapid.Bool().Draw(t, "give up") {
				i := rapid.IntRange(0, len(live)-1).Draw(t, "which")
				b.Asked, b.Left = b.Asked-live[i].amount, b.Left+live[i].qty
				live = append(live[:i], live[i+1:]...)
				continue
			}
			if b.Left == 0 {
				continue
			}
			n := rapid.Int64Range(1, b.Left).Draw(t, "n")
			p := piece{n, Share(b, n)}
			if p.amount < 0 || b.Asked+p.amount > paid {
				t.Fatalf("share %s of %+v for %d", p.amount, b, n)
			}
			b.Asked, b.Left = b.Asked+p.amount, b.Left-n
			live = append(live, p)
		}
		if b.Left > 0 {
			b.Asked += Share(b, b.Left)
		}
		if b.Asked != paid {
			t.Fatalf("all units are worth %s, paid were %s", b.Asked, paid)
		}
	})
}

func TestPaidByLineKeepsEveryFen(t *testing.T) {
	got := PaidByLine(10000, 1, []money.Fen{3333, 3333, 3334})
	sum, _ := money.Sum(got...)
	if sum != 9999 {
		t.Fatalf("%v", got)
	}
}
