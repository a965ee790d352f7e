package order

import (
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/states"
)

func TestStates(t *testing.T) {
	if err := states.Check(States()); err != nil {
		t.Error(err)
	}
	if states.Allowed(States(), string(Closed), string(Paid)) || states.Allowed(States(), string(Pending), string(Shipped)) {
		t.Error("a closed order can be paid, or an unpaid one shipped")
	}
}

func TestCountersOfALine(t *testing.T) {
	l := Line{Qty: 10, Shipped: 4, Refunding: 2, Refunded: 3, Held: 4, Released: 3}
	if l.Shippable() != 2 || l.Refundable() != 5 || l.Returnable() != 3 || l.Reserved() != 3 {
		t.Fatalf("%d %d %d %d", l.Shippable(), l.Refundable(), l.Returnable(), l.Reserved())
	}
	for want, s := range map[RefundState]Sums{RefundNone: {Qty: 2}, RefundPartial: {Qty: 2, Refunded: 1}, RefundFull: {Qty: 2, Refunded: 2}} {
		if got := s.RefundState(false); got != want {
			t.Errorf("%+v is %s, want %s", s, got, want)
		}
		if s.RefundState(true) != RefundAsked {
			t.Errorf("%+v with an open after-sale is not asked", s)
		}
	}
}
