package feed

import (
	"errors"
	"math/big"
	"time"
)

// Options say how to read a file. The zero value detects everything and reads prices as yuan.
type Options struct {
	Format   Format   // empty: detected from the header
	Encoding Encoding // empty: detected from the bytes

	// Currency is the ISO 4217 code of the prices when the file does not name one (Shopify, WooCommerce, Magento) or names several
	// (Medusa). Empty or "CNY" means yuan. Any other needs Rate.
	Currency string
	// Rate is how many yuan one unit of Currency is worth. Prices are converted exactly and rounded half to even to the fen.
	Rate *big.Rat

	// Now decides whether a sale price with dates is running (WooCommerce). Zero: such a sale is never taken as running.
	Now time.Time

	Limits Limits
}

// Limits bound what a file may demand. A zero field means its default.
type Limits struct {
	FieldBytes   int // one cell, UTF-8; default 1 MiB
	RecordBytes  int // one row, UTF-8; default 4 MiB
	Columns      int // default 500
	SKUs         int // per product; default 2,000
	OptionAxes   int // per product; default 5
	OptionValues int // per axis; default 500
	Pictures     int // per product; more are dropped with a warning; default 100
	Products     int // per file; default 200,000
	Window       int // bytes of rows held while waiting for more rows of their products; default 12 MiB
	Problems     int // told per product; default 100
}

func or(n, fallback int) int {
	if n <= 0 {
		return fallback
	}
	return n
}

func (l Limits) withDefaults() Limits {
	return Limits{
		FieldBytes: or(l.FieldBytes, 1<<20), RecordBytes: or(l.RecordBytes, 4<<20), Columns: or(l.Columns, 500),
		SKUs: or(l.SKUs, 2000), OptionAxes: or(l.OptionAxes, 5), OptionValues: or(l.OptionValues, 500),
		Pictures: or(l.Pictures, 100), Products: or(l.Products, 200_000), Window: or(l.Window, 12<<20), Problems: or(l.Problems, 100),
	}
}

// foreign says whether prices have to be converted.
func (o Options) foreign() bool { return o.Currency != "" && o.Currency != "CNY" }

// check refuses options that contradict each other.
func (o Options) check() error {
	if o.foreign() && (o.Rate == nil || o.Rate.Sign() <= 0) {
		return errors.New("feed: option Currency is " + o.Currency + ", so option Rate must say how many yuan one unit is worth")
	}
	if o.Rate != nil && !o.foreign() {
		return errors.New("feed: option Rate is given, so option Currency must say which currency it converts")
	}
	if o.Rate != nil && (o.Rate.Num().BitLen() > 64 || o.Rate.Denom().BitLen() > 64) {
		return errors.New("feed: option Rate has too many digits")
	}
	return nil
}
