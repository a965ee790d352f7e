package payment

import (
	"math"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/states"
	"pgregory.net/rapid"
)

func TestStates(t *testing.T) {
	for name, table := range map[string][]states.Transition{"payment": States(), "part": PartStates(), "refund": RefundStates()} {
		if err := states.Check(table); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNumbersSayWhatTheyName(t *testing.T) {
	if got := TradeNo(math.MaxInt64, math.MaxInt64); len(got) > 32 || got != "P1Y2P0IJ32E8E7-1Y2P0IJ32E8E7" {
		t.Fatalf("%s is %d long", got, len(got))
	}
	rapid.Check(t, func(t *rapid.T) {
		a := id.ID(rapid.Int64Range(1, math.MaxInt64).Draw(t, "a"))
		b := id.ID(rapid.Int64Range(1, math.MaxInt64).Draw(t, "b"))
		for _, f := range []struct {
			no    string
			parse func(string) (id.ID, id.ID, error)
		}{{TradeNo(a, b), ParseTradeNo}, {PartNo(a, b), ParsePartNo}, {RefundNo(a, b), ParseRefundNo}} {
			if x, y, err := f.parse(f.no); err != nil || x != a || y != b || len(f.no) > 32 {
				t.Fatalf("%s → %d %d %v", f.no, x, y, err)
			}
		}
		if _, _, err := ParseRefundNo(TradeNo(a, b)); err == nil {
			t.Fatal("a payment was read as a refund")
		}
	})
}

func FuzzParseTradeNo(f *testing.F) {
	for _, s := range []string{"", "P", "P-", "P1-2", "p1-2", "P1-2-3", "P01-2", "P+1-2", "P-1-2", "P1-z", "PZZZZZZZZZZZZZZ-1", "S1-2", "P1 -2", "P１-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, b, err := ParseTradeNo(s)
		if err == nil && (TradeNo(a, b) != s || a <= 0 || b <= 0) {
			t.Fatalf("%q was read as %d %d", s, a, b)
		}
		if err != nil && (a != 0 || b != 0 || len(err.Error()) > 300 && !strings.Contains(err.Error(), "not a number")) {
			t.Fatalf("%q: %d %d %v", s, a, b, err)
		}
	})
}
