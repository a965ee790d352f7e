package wechatbill

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// fine is how many units of a bill's finest decimal (0.00001 yuan) make a fen.
const fine = 1000

// maxYuan bounds an amount of a bill: the sums of a day of any merchant.
const maxYuan = 1_000_000_000_000

// decimal reads an amount of up to five decimals, in units of 0.00001 yuan.
func decimal(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	var whole, part int64
	digits, decimals := 0, -1
	for _, c := range b {
		switch {
		case c == '.' && decimals < 0 && digits > 0:
			decimals = 0
		case c < '0' || c > '9' || decimals >= 5 || whole > maxYuan:
			return 0, false
		case decimals < 0:
			whole, digits = whole*10+int64(c-'0'), digits+1
		default:
			part, decimals = part*10+int64(c-'0'), decimals+1
		}
	}
	if digits == 0 || decimals == 0 || whole > maxYuan {
		return 0, false
	}
	for i := max(decimals, 0); i < 5; i++ {
		part *= 10
	}
	if v := whole*100*fine + part; !negative {
		return v, true
	} else {
		return -v, true
	}
}

// amount reads an amount of whole fen, not below zero.
func amount(b []byte) (money.Fen, bool) {
	v, ok := decimal(b)
	return money.Fen(v / fine), ok && v >= 0 && v%fine == 0
}

// roundFen rounds units to fen, half away from zero.
func roundFen(v int64) money.Fen {
	if v < 0 {
		return -roundFen(-v)
	}
	return money.Fen((v + fine/2) / fine)
}

// moment reads "2006-01-02 15:04:05" in Beijing time.
func moment(b []byte) (time.Time, bool) {
	if len(b) != 19 || b[4] != '-' || b[7] != '-' || b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return time.Time{}, false
	}
	num := func(from, to int) int {
		n := 0
		for _, c := range b[from:to] {
			if c < '0' || c > '9' {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	y, mo, d, h, mi, s := num(0, 4), num(5, 7), num(8, 10), num(11, 13), num(14, 16), num(17, 19)
	if y < 2000 || mo < 1 || mo > 12 || d < 1 || d > 31 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59 {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(mo), d, h, mi, s, 0, recon.Zone)
	return t.UTC(), t.Day() == d
}
