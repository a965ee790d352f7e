package feed

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestFen(t *testing.T) {
	seven := big.NewRat(71234, 10000)
	for _, c := range []struct {
		in   string
		rate *big.Rat
		want int64
		code string
	}{
		{"12", nil, 1200, ""}, {"12.5", nil, 1250, ""}, {"0.07", nil, 7, ""}, {".5", nil, 50, ""}, {"12.", nil, 1200, ""},
		{"34.0000", nil, 3400, ""}, {"0", nil, 0, ""}, {"-0.00", nil, 0, ""}, {"100000000", nil, maxFen, ""},
		{"100000000.01", nil, 0, "price_too_big"}, {"12.345", nil, 0, "price_decimals"}, {"-1", nil, 0, "price_negative"},
		{"1,299.00", nil, 0, "price_thousands"}, {"1 299", nil, 0, "price_thousands"}, {"1，299", nil, 0, "price_thousands"}, {"1,299", nil, 0, "price_thousands"},
		{"12,50", nil, 0, "price_comma"}, {"1.299,5", nil, 0, "price_comma"}, {"¥12", nil, 0, "price_format"}, {"abc", nil, 0, "price_format"},
		{"1e3", nil, 0, "price_format"}, {"NaN", nil, 0, "price_format"}, {"0x10", nil, 0, "price_format"}, {"1/2", nil, 0, "price_format"}, {"1_000", nil, 0, "price_format"},
		{"9999999999999999999", nil, 0, "price_format"},
		{"9.99", seven, 7116, ""}, {"0.005", big.NewRat(1, 1), 0, ""}, {"0.015", big.NewRat(1, 1), 2, ""}, {"0.025", big.NewRat(1, 1), 2, ""},
	} {
		if got, code := fen(c.in, c.rate); got != c.want || code != c.code {
			t.Errorf("fen(%q, %v) = %d %q, want %d %q", c.in, c.rate, got, code, c.want, c.code)
		}
	}
}

// Every whole number of fen is read as itself.
func TestFenIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, maxFen).Draw(t, "fen")
		if got, code := fen(fmt.Sprintf("%d.%02d", n/100, n%100), nil); got != n || code != "" {
			t.Fatalf("%d became %d %s", n, got, code)
		}
	})
}

// Rounding never moves by more than half, and by exactly half only to an even number.
func TestRoundHalfEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := big.NewRat(rapid.Int64Range(-1e6, 1e6).Draw(t, "n"), rapid.Int64Range(1, 64).Draw(t, "d"))
		got := roundHalfEven(v)
		off := new(big.Rat).Sub(v, new(big.Rat).SetInt(got))
		switch off.Abs(off).Cmp(big.NewRat(1, 2)) {
		case 1:
			t.Fatalf("%v became %v", v, got)
		case 0:
			if got.Bit(0) != 0 {
				t.Fatalf("%v became the odd %v", v, got)
			}
		}
	})
}

func TestNumber(t *testing.T) {
	for in, want := range map[string]string{"7.09434e-39": "tiny", "2.9e+001": "29", "0.25": "1/4", "1e9999": "no", "": "no", "x": "no", "1e99": "big"} {
		v, ok := number(in)
		got := "no"
		switch {
		case ok && v.Sign() > 0 && v.Cmp(big.NewRat(1, 1e18)) < 0:
			got = "tiny"
		case ok && v.Cmp(big.NewRat(1e18, 1)) > 0:
			got = "big"
		case ok:
			got = v.RatString()
		}
		if got != want {
			t.Errorf("number(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzFen(f *testing.F) {
	f.Add("12.50")
	f.Fuzz(func(t *testing.T, s string) {
		n, code := fen(s, nil)
		if code == "" && (n < 0 || n > maxFen) {
			t.Fatalf("fen(%q) = %d", s, n)
		}
		if _, known := texts[code]; code != "" && !known {
			t.Fatalf("no text for %q", code)
		}
	})
}
