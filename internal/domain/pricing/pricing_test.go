package pricing

import (
	"errors"
	"math"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

func TestPrice(t *testing.T) {
	rule := Shipping{Fee: 1000, FreeOver: 9900}
	q, err := Price([]Item{{Price: 101, Qty: 2}, {Price: 2002, Qty: 1}}, rule)
	if err != nil || q.Items != 2204 || q.Shipping != 1000 || q.Total != 3204 || q.Amounts[0] != 202 {
		t.Fatalf("%+v %v", q, err)
	}
	for items, fee := range map[money.Fen]money.Fen{0: 1000, 9899: 1000, 9900: 0, 20000: 0} {
		if got := rule.For(items); got != fee {
			t.Errorf("goods of %s ship for %s, want %s", items, got, fee)
		}
	}
	if (Shipping{Fee: 500}).For(1_000_000) != 500 || (Shipping{Fee: -5}).For(1) != 0 {
		t.Error("a fee without threshold is always due, a negative one never")
	}
	for name, c := range map[string]struct {
		items []Item
		want  error
	}{
		"zero": {[]Item{{1, 0}}, ErrQuantity}, "many": {[]Item{{1, 1000}}, ErrQuantity}, "dear": {[]Item{{MaxPart, 1}, {1, 1}}, ErrTooMuch},
		"overflow": {[]Item{{math.MaxInt64, 999}}, ErrTooMuch}, "negative": {[]Item{{-1, 1}}, ErrTooMuch},
	} {
		if _, err := Price(c.items, rule); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTotalsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
			return Item{money.Fen(rapid.Int64Range(0, 2_000_000_000).Draw(t, "price")), rapid.Int64Range(1, MaxQty).Draw(t, "qty")}
		}), 0, 8).Draw(t, "items")
		q, err := Price(items, Shipping{Fee: money.Fen(rapid.Int64Range(0, 5000).Draw(t, "fee")), FreeOver: money.Fen(rapid.Int64Range(0, 10_000).Draw(t, "free"))})
		if err != nil {
			if !errors.Is(err, ErrTooMuch) {
				t.Fatal(err)
			}
			return
		}
		var sum money.Fen
		for _, a := range q.Amounts {
			sum += a
		}
		if sum != q.Items || q.Total != q.Items+q.Shipping-q.Discount || q.Total < 0 || q.Total > MaxPart {
			t.Fatalf("%+v", q)
		}
	})
}
