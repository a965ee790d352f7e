package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseReadsWhatPeopleWrite(t *testing.T) {
	good := map[string]Fen{
		"12.80": 1280, "12.8": 1280, "12": 1200, "0": 0, "-3.05": -305, "+1": 100,
		"¥1,234.50": 123450, "￥ 9.9": 990, "-¥5": -500, "¥-5": -500, " 7.00 ": 700,
		"34.0000": 3400, "0.01": 1, "-0.00": 0, "007": 700,
		"92233720368547758.07":  math.MaxInt64,
		"-92233720368547758.08": math.MinInt64,
	}
	for in, want := range good {
		if got, err := Parse(in); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestParseRefusesWithAReason(t *testing.T) {
	bad := map[string]string{
		"": "empty", "  ": "empty", "¥": "empty", "-": "empty", "1.005": "parts of a fen",
		".5": "missing", "5.": "missing", "1,23": "groups of three", ",123": "groups of three",
		"1e3": "only digits", "--5": "only digits", "1.2.3": "only digits", "１２": "only digits",
		"NaN": "only digits", "0x10": "only digits", "1_000": "only digits", "12元": "only digits",
		"92233720368547758.08": "out of range", "99999999999999999999": "out of range",
		"-92233720368547758.09": "out of range", "1.0,0": "only digits",
	}
	for in, why := range bad {
		got, err := Parse(in)
		if err == nil || got != 0 || !strings.Contains(err.Error(), why) {
			t.Errorf("Parse(%q) = %d, %v; want an error about %q", in, got, err, why)
		}
	}
}

func TestErrorTextIsShort(t *testing.T) {
	_, err := Parse(strings.Repeat("钱", 10_000))
	if err == nil || len(err.Error()) > 300 {
		t.Fatalf("want a short error, got %d bytes", len(err.Error()))
	}
}

func TestStringParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Fen(rapid.Int64().Draw(t, "fen"))
		if got, err := Parse(f.String()); err != nil || got != f {
			t.Fatalf("%d → %q → %d, %v", f, f.String(), got, err)
		}
	})
}

func TestJSONIsAnIntegerOfFen(t *testing.T) {
	out, err := json.Marshal(map[string]Fen{"pay": 1280})
	if err != nil || string(out) != `{"pay":1280}` {
		t.Fatalf("got %s, %v", out, err)
	}
	for _, bad := range []string{`12.80`, `"1280"`, `true`, `1e30`} {
		var f Fen
		if err := json.Unmarshal([]byte(bad), &f); err == nil {
			t.Errorf("%s was read as %d fen", bad, f)
		}
	}
}

// exact compares a checked result with arbitrary-precision arithmetic.
func exact(t *rapid.T, what string, got Fen, err error, want *big.Int) {
	switch {
	case !want.IsInt64() && !errors.Is(err, ErrOverflow):
		t.Fatalf("%s: want ErrOverflow for %s, got %d, %v", what, want, got, err)
	case want.IsInt64() && (err != nil || int64(got) != want.Int64()):
		t.Fatalf("%s: want %s, got %d, %v", what, want, got, err)
	}
}

func TestArithmeticIsExactOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		sum, err := Fen(a).Add(Fen(b))
		exact(t, "Add", sum, err, new(big.Int).Add(x, y))
		diff, err := Fen(a).Sub(Fen(b))
		exact(t, "Sub", diff, err, new(big.Int).Sub(x, y))
		product, err := Fen(a).Mul(b)
		exact(t, "Mul", product, err, new(big.Int).Mul(x, y))
		den := rapid.Int64Range(1, math.MaxInt64).Draw(t, "den")
		ratio, err := Fen(a).MulDiv(b, den)
		exact(t, "MulDiv", ratio, err, roundHalfAway(new(big.Int).Mul(x, y), den))
	})
}

// roundHalfAway is n ÷ den by the schoolbook: (2|n| + den) ÷ 2den, signed.
func roundHalfAway(n *big.Int, den int64) *big.Int {
	d := big.NewInt(den)
	top := new(big.Int).Add(new(big.Int).Lsh(new(big.Int).Abs(n), 1), d)
	q := top.Quo(top, new(big.Int).Lsh(d, 1))
	if n.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

func TestMulDivRoundsHalfAwayAndNeedsADivisor(t *testing.T) {
	for _, c := range []struct {
		f        Fen
		num, den int64
		want     Fen
	}{{1, 1, 2, 1}, {-1, 1, 2, -1}, {1, 1, 3, 0}, {1999, 88, 100, 1759}, {10000, 60, 10000, 60}, {5, 1, 3, 2}} {
		if got, err := c.f.MulDiv(c.num, c.den); err != nil || got != c.want {
			t.Errorf("%d × %d ÷ %d = %d, %v; want %d", c.f, c.num, c.den, got, err, c.want)
		}
	}
	for _, den := range []int64{0, -1} {
		if _, err := Fen(1).MulDiv(1, den); err == nil {
			t.Errorf("divisor %d was accepted", den)
		}
	}
}

func TestSum(t *testing.T) {
	if got, err := Sum(1, 2, -5); err != nil || got != -2 {
		t.Fatalf("got %d, %v", got, err)
	}
	if _, err := Sum(math.MaxInt64, 1, -1); !errors.Is(err, ErrOverflow) {
		t.Fatalf("want ErrOverflow, got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"12.80", "-¥1,234.5", "", "1.005", "9e9", "￥"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s)
		if err != nil {
			return
		}
		if back, err := Parse(got.String()); err != nil || back != got {
			t.Fatalf("%q → %d → %q → %d, %v", s, got, got.String(), back, err)
		}
	})
}
