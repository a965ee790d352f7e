// Package money holds amounts of Chinese yuan as whole fen and the arithmetic
// that loses none of them.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Fen is an amount of money in fen (1 yuan = 100 fen). It is negative for
// money that flows back. In JSON it is an integer number of fen.
type Fen int64

// Yuan is one yuan in fen.
const Yuan Fen = 100

// ErrOverflow says that a result does not fit into an int64 of fen.
var ErrOverflow = errors.New("money: amount is out of range")

// String gives the amount in yuan with two decimals: "12.80", "-0.05".
func (f Fen) String() string {
	sign, abs := "", magnitude(f)
	if f < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d.%02d", sign, abs/100, abs%100)
}

// Add returns f + g, or ErrOverflow.
func (f Fen) Add(g Fen) (Fen, error) {
	sum := f + g
	if (g > 0 && sum < f) || (g < 0 && sum > f) {
		return 0, fmt.Errorf("%w: %d + %d fen", ErrOverflow, int64(f), int64(g))
	}
	return sum, nil
}

// Sub returns f - g, or ErrOverflow.
func (f Fen) Sub(g Fen) (Fen, error) {
	diff := f - g
	if (g > 0 && diff > f) || (g < 0 && diff < f) {
		return 0, fmt.Errorf("%w: %d - %d fen", ErrOverflow, int64(f), int64(g))
	}
	return diff, nil
}

// Mul returns f × n (a price times a quantity), or ErrOverflow.
func (f Fen) Mul(n int64) (Fen, error) {
	return f.MulDiv(n, 1)
}

// MulDiv returns f × num ÷ den rounded half away from zero, computed without
// an intermediate overflow: a discount of 88 % is MulDiv(88, 100), a fee of
// 60 basis points is MulDiv(60, 10000). It fails with ErrOverflow, or when
// den is not positive.
func (f Fen) MulDiv(num, den int64) (Fen, error) {
	if den <= 0 {
		return 0, fmt.Errorf("money: divisor %d must be above 0", den)
	}
	hi, lo := bits.Mul64(magnitude(f), magnitude(Fen(num)))
	lo, carry := bits.Add64(lo, uint64(den)/2, 0)
	hi += carry
	if hi >= uint64(den) {
		return 0, fmt.Errorf("%w: %d fen × %d ÷ %d", ErrOverflow, int64(f), num, den)
	}
	abs, _ := bits.Div64(hi, lo, uint64(den))
	out, ok := signed(abs, (f < 0) != (num < 0))
	if !ok {
		return 0, fmt.Errorf("%w: %d fen × %d ÷ %d", ErrOverflow, int64(f), num, den)
	}
	return out, nil
}

// Sum adds all amounts, or returns ErrOverflow.
func Sum(amounts ...Fen) (Fen, error) {
	var total Fen
	var err error
	for _, a := range amounts {
		if total, err = total.Add(a); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Parse reads an amount in yuan exactly: "12.80", "12.8", "12", "-3.05",
// "¥1,234.50". Decimals beyond the second must be zeros ("34.0000"), because
// part of a fen cannot be kept. Surrounding spaces are ignored.
func Parse(s string) (Fen, error) {
	fail := func(why string) (Fen, error) {
		return 0, fmt.Errorf("money: %q is not an amount in yuan: %s", clip(s), why)
	}
	rest := strings.TrimSpace(s)
	rest, negative := cutSign(rest)
	whole, decimals, dotted := strings.Cut(rest, ".")
	whole, ok := ungroup(whole)
	switch {
	case rest == "":
		return fail("it is empty")
	case !ok:
		return fail("commas must separate groups of three digits")
	case !digits(whole) || !digits(decimals):
		return fail("only digits, one point and a leading sign or ¥ are allowed")
	case whole == "" || (dotted && decimals == ""):
		return fail("digits are missing before or after the point")
	case len(decimals) > 2 && strings.Trim(decimals[2:], "0") != "":
		return fail("it has parts of a fen (more than two decimals)")
	}
	abs, err := strconv.ParseUint(whole+(decimals + "00")[:2], 10, 64)
	out, fits := signed(abs, negative)
	if err != nil || !fits {
		return fail("it is out of range")
	}
	return out, nil
}

// cutSign removes a sign and a currency mark, in either order.
func cutSign(s string) (rest string, negative bool) {
	s = trimMark(s)
	if r, ok := strings.CutPrefix(s, "-"); ok {
		return trimMark(r), true
	}
	if r, ok := strings.CutPrefix(s, "+"); ok {
		return trimMark(r), false
	}
	return s, false
}

func trimMark(s string) string {
	for _, mark := range []string{"¥", "￥"} {
		if r, ok := strings.CutPrefix(s, mark); ok {
			return strings.TrimLeft(r, " ")
		}
	}
	return s
}

// ungroup drops thousands commas; ok is false when a group is not of three.
func ungroup(whole string) (string, bool) {
	if !strings.Contains(whole, ",") {
		return whole, true
	}
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && (len(g) < 1 || len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// clip keeps error texts short when the input is not.
func clip(s string) string {
	if r := []rune(s); len(r) > 32 {
		return string(r[:32]) + "…"
	}
	return s
}

// magnitude is |f|; the smallest int64 has one, too.
func magnitude(f Fen) uint64 {
	if f < 0 {
		return -uint64(f)
	}
	return uint64(f)
}

// signed puts the sign back; ok is false when the value does not fit.
func signed(abs uint64, negative bool) (Fen, bool) {
	if negative {
		return Fen(-abs), abs <= 1<<63
	}
	return Fen(abs), abs <= math.MaxInt64
}
