package feed

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// maxFen bounds a price: a hundred million yuan.
const maxFen = 100_000_000_00

var (
	decimal   = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{0,18})?$|^-?\.[0-9]{1,18}$`)
	thousands = regexp.MustCompile(`^-?[0-9]{1,3}([,， ' ][0-9]{3})+(\.[0-9]*)?$`)
	euro      = regexp.MustCompile(`^-?[0-9.]+,[0-9]{1,2}$`)
	float     = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{0,18})?[eE][+-]?[0-9]{1,3}$`)
)

// amountProblem says what is wrong with an amount of money as people write it; "" when nothing is.
func amountProblem(s string) string {
	switch {
	case decimal.MatchString(s) && s[0] != '-':
	case thousands.MatchString(s):
		return "price_thousands"
	case euro.MatchString(s):
		return "price_comma"
	case !decimal.MatchString(s):
		return "price_format"
	case strings.HasPrefix(s, "-") && strings.Trim(s, "-0.") != "":
		return "price_negative"
	}
	return ""
}

// fen reads an amount exactly. With a rate it is converted and rounded half to even; without one, digits below a fen are refused.
func fen(s string, rate *big.Rat) (int64, string) {
	if code := amountProblem(s); code != "" {
		return 0, code
	}
	if rate == nil {
		return exactFen(s)
	}
	v, ok := new(big.Rat).SetString(strings.TrimSuffix(s, "."))
	if !ok {
		return 0, "price_format"
	}
	n := roundHalfEven(v.Mul(v.Mul(v, rate), big.NewRat(100, 1)))
	if !n.IsInt64() || n.Int64() > maxFen {
		return 0, "price_too_big"
	}
	return n.Int64(), ""
}

// exactFen reads a decimal of at most two digits behind the point; more are allowed when they are zeros.
func exactFen(s string) (int64, string) {
	whole, part, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if strings.Trim(part[min(2, len(part)):], "0") != "" {
		return 0, "price_decimals"
	}
	n, err := strconv.ParseInt("0"+whole, 10, 64)
	if err != nil || n > maxFen/100 {
		return 0, "price_too_big"
	}
	cents, _ := strconv.ParseInt((part + "00")[:2], 10, 64) // digits only, amountProblem saw to that
	if n = 100*n + cents; n > maxFen {
		return 0, "price_too_big"
	}
	return n, ""
}

// roundHalfEven rounds to the nearest whole number, halves to the even one.
func roundHalfEven(v *big.Rat) *big.Int {
	twice := new(big.Int).Lsh(v.Denom(), 1)
	n := new(big.Int).Lsh(v.Num(), 1)
	n.Add(n, v.Denom())
	q, rest := new(big.Int).DivMod(n, twice, new(big.Int))
	if rest.Sign() == 0 && q.Bit(0) == 1 {
		q.Sub(q, big.NewInt(1))
	}
	return q
}

// price reads an amount in fen from a cell. An empty cell is none (ok is false); a wrong one is refused and none as well.
func (b *builder) price(r record, col int) (amount int64, ok bool) {
	s := b.text(r, col)
	if s == "" {
		return 0, false
	}
	amount, code := fen(s, b.opts.Rate)
	if code != "" {
		b.refuse(r, col, code, s)
		return 0, false
	}
	return amount, true
}

// prices reads price, struck-out price and cost of a SKU. The price is required; a struck-out price must be higher to mean anything.
func (b *builder) prices(r record, sku *SKU, price, compare, cost int) {
	refused := b.refused
	b.refused = false
	var ok bool
	if sku.Price, ok = b.price(r, price); !ok && !b.refused {
		b.refuse(r, price, "price_missing")
	}
	b.refused = b.refused || refused
	if c, ok := b.price(r, compare); ok {
		b.compare(r, compare, sku, c)
	}
	sku.Cost, _ = b.price(r, cost)
}

// compare keeps a struck-out price when it is above the price.
func (b *builder) compare(r record, col int, sku *SKU, c int64) {
	switch {
	case c > sku.Price:
		sku.ComparePrice = c
	case c != 0 && c < sku.Price:
		b.warn(r, col, "compare_low", b.text(r, col))
	}
}

// maxPieces bounds stock and weights.
const maxPieces = 1_000_000_000

// stock reads a number of pieces; nil when the cell is empty. Oversold stock (below zero) counts as none left.
func (b *builder) stock(r record, col int) *int64 {
	s := b.text(r, col)
	if s == "" {
		return nil
	}
	n, ok := pieces(s)
	if !ok {
		b.refuse(r, col, "stock_format", s)
		return nil
	}
	if n < 0 {
		b.warn(r, col, "stock_negative", s)
		n = 0
	}
	return &n
}

// pieces reads a whole number, also one written "5.0" or as a float.
func pieces(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return n, n <= maxPieces && n >= -maxPieces
	}
	v, ok := number(s)
	if !ok || !v.IsInt() || v.Num().CmpAbs(big.NewInt(maxPieces)) > 0 {
		return 0, false
	}
	return v.Num().Int64(), true
}

// weight reads a weight given in units of so many grams, rounded half to even; wrong ones are left out with a warning.
func (b *builder) weight(r record, col int, grams *big.Rat) int64 {
	s := strings.TrimPrefix(b.text(r, col), "'")
	if s == "" {
		return 0
	}
	if n, err := strconv.ParseUint(s, 10, 29); err == nil && grams == gram {
		return int64(n)
	}
	v, ok := number(s)
	if !ok || v.Sign() < 0 {
		b.warn(r, col, "weight_format", s)
		return 0
	}
	n := roundHalfEven(v.Mul(v, grams))
	if !n.IsInt64() || n.Int64() > maxPieces {
		b.warn(r, col, "weight_format", s)
		return 0
	}
	return n.Int64()
}

// number reads a decimal number exactly, also with an exponent of at most three digits as programs write floats (7.09434e-39).
func number(s string) (*big.Rat, bool) {
	if !decimal.MatchString(s) && !float.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(strings.TrimSuffix(s, "."))
}

var (
	gram     = big.NewRat(1, 1)
	kilogram = big.NewRat(1000, 1)
	pound    = big.NewRat(45359237, 100000) // international pound, 1959: 453.59237 g
	ounce    = big.NewRat(45359237, 1600000)
)

// unit gives the grams of a unit of weight, nil when it is not known.
func unit(name string) *big.Rat {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "g":
		return gram
	case "kg":
		return kilogram
	case "lb", "lbs":
		return pound
	case "oz":
		return ounce
	}
	return nil
}
