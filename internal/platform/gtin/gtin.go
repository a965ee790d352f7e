// Package gtin checks the trade numbers printed under barcodes: GTIN-8, GTIN-12 (UPC-A), GTIN-13 (EAN-13, ISBN-13) and GTIN-14.
//
// Rule: GS1 General Specifications, section 7.9 (check digit, modulo 10, weights 3 and 1 from the right).
package gtin

import "strings"

// lengths are the only lengths a GTIN may have.
var lengths = [...]int{8, 12, 13, 14}

// CheckDigit gives the check digit (as '0'–'9') that belongs behind body, a GTIN without its last digit.
// It reports false when body is empty, longer than 13 digits or holds anything but ASCII digits.
func CheckDigit(body string) (byte, bool) {
	if body == "" || len(body) > 13 {
		return 0, false
	}
	sum := 0
	for i := range len(body) {
		c := body[len(body)-1-i]
		if c < '0' || c > '9' {
			return 0, false
		}
		weight := 1
		if i%2 == 0 {
			weight = 3
		}
		sum += int(c-'0') * weight
	}
	return byte('0' + (10-sum%10)%10), true
}

// Valid says whether code is a GTIN of a known length, made of digits only, whose check digit is right.
// A code of zeros alone identifies nothing and is not valid.
func Valid(code string) bool {
	known := false
	for _, n := range lengths {
		known = known || len(code) == n
	}
	if !known || strings.Trim(code, "0") == "" {
		return false
	}
	last := len(code) - 1
	digit, ok := CheckDigit(code[:last])
	return ok && digit == code[last]
}

// Normalize gives the 14-digit form of a code as people type it (spaces and hyphens are dropped, zeros put in front), the form to
// store and compare. It reports false when the code is not valid.
func Normalize(code string) (string, bool) {
	code = Clean(code)
	if !Valid(code) {
		return "", false
	}
	return strings.Repeat("0", 14-len(code)) + code, true
}

// Clean drops the spaces and hyphens people and books put into a code ("978-7-111-11111-1"). It checks nothing.
func Clean(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, code)
}
