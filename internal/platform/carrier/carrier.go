// Package carrier knows the carriers Chinese shops ship with, their codes at
// the tracking services, and what their tracking numbers look like.
package carrier

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Carrier is a company that moves parcels.
type Carrier struct {
	Code   string // ours and of 快递100: "shunfeng"
	Name   string // Chinese: 顺丰速运
	NameEN string // English: SF Express
	KDNiao string // code of 快递鸟: "SF"; "" when not known
	WeChat string // delivery_id of WeChat logistics: "SF"; "" when it is not documented
	Phone  string // customer service; "" when not known

	patterns []pattern
}

// pattern is one shape of tracking numbers and how much it proves.
type pattern struct {
	expr   string
	weight int
}

// What a matching shape proves.
const (
	fitsLength = iota + 1 // others use the same shape
	fitsDigits            // leading digits of this carrier
	fitsPrefix            // letters that only this carrier uses
)

// Bounds of a tracking number, in characters, and of the guesses returned.
const (
	minTracking = 6
	maxTracking = 32
	maxGuesses  = 5
)

// Errors of ValidTracking.
var (
	ErrUnknownCarrier = errors.New("carrier: unknown carrier code")
	ErrTrackingNo     = errors.New("carrier: not a tracking number")
)

// All lists the carriers, those used most first.
func All() []Carrier {
	return slices.Clone(carriers)
}

// ByCode finds a carrier by its code here, at 快递100, 快递鸟 or WeChat; the
// case does not matter.
func ByCode(code string) (Carrier, bool) {
	i, ok := load().byCode[strings.ToLower(strings.TrimSpace(code))]
	if !ok {
		return Carrier{}, false
	}
	return carriers[i], true
}

// ByName finds a carrier by its Chinese or English name or a part of the
// Chinese one that only one carrier has: 顺丰, 韵达快递.
func ByName(name string) (Carrier, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return Carrier{}, false
	}
	var within []Carrier
	for _, c := range carriers {
		if strings.ToLower(c.Name) == name || strings.ToLower(c.NameEN) == name {
			return c, true
		}
		if strings.Contains(strings.ToLower(c.Name), name) {
			within = append(within, c)
		}
	}
	if len(within) == 0 || len([]rune(name)) < 2 {
		return Carrier{}, false
	}
	// 顺丰 means 顺丰速运 before 顺丰同城: the table begins with those used most.
	return within[0], true
}

// Guess lists up to five carriers whose numbers look like this one, the
// likeliest first. It is empty when none does.
func Guess(trackingNo string) []Carrier {
	no := Clean(trackingNo)
	if len(no) > maxTracking {
		return nil
	}
	type guess struct{ index, weight int }
	var guesses []guess
	for i, shapes := range load().shapes {
		weight := 0
		for _, s := range shapes {
			if s.weight > weight && s.expr.MatchString(no) {
				weight = s.weight
			}
		}
		if weight > 0 {
			guesses = append(guesses, guess{i, weight})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(b.weight, a.weight) })
	var out []Carrier
	for _, g := range guesses[:min(maxGuesses, len(guesses))] {
		out = append(out, carriers[g.index])
	}
	return out
}

// Clean gives a tracking number as carriers print it: upper case, full-width
// characters as ASCII, and without the blanks people copy along.
func Clean(trackingNo string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFEE0
		case strings.ContainsRune(" \t\r\n　\u00a0\u200b\ufeff", r):
			return -1
		}
		return r
	}, trackingNo))
}

// ValidTracking says whether a number may be one of the carrier. It is
// lenient, because carriers add shapes all the time: 6 to 32 letters, digits
// and dashes with at least one digit. The error is ErrUnknownCarrier or
// ErrTrackingNo with the reason.
func ValidTracking(code, no string) error {
	c, ok := ByCode(code)
	if !ok {
		return fmt.Errorf("%w %q: choose one of the list of carriers", ErrUnknownCarrier, clip(code))
	}
	no = Clean(no)
	fail := func(why string) error {
		return fmt.Errorf("%w of %s: %q %s", ErrTrackingNo, c.NameEN, clip(no), why)
	}
	switch {
	case no == "":
		return fail("is empty")
	case strings.ContainsFunc(no, func(r rune) bool { return !allowed(r) }):
		return fail("may only hold letters, digits and dashes")
	case len(no) < minTracking || len(no) > maxTracking:
		return fail(fmt.Sprintf("has %d characters, want %d to %d", len(no), minTracking, maxTracking))
	case !strings.ContainsAny(no, "0123456789"):
		return fail("has no digit")
	}
	return nil
}

func allowed(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r == '-'
}

// clip keeps error texts short when the input is not.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

type shape struct {
	expr   *regexp.Regexp
	weight int
}

// indexes are built from the table on first use.
type indexes struct {
	byCode map[string]int
	shapes [][]shape // by carrier
}

var load = sync.OnceValue(func() indexes {
	x := indexes{byCode: map[string]int{}, shapes: make([][]shape, len(carriers))}
	for i, c := range carriers {
		for _, code := range []string{c.Code, c.KDNiao, c.WeChat} {
			if key := strings.ToLower(code); key != "" {
				x.byCode[key] = i
			}
		}
		for _, p := range c.patterns {
			x.shapes[i] = append(x.shapes[i], shape{regexp.MustCompile(`^(?:` + p.expr + `)$`), p.weight})
		}
	}
	return x
})

// Candidate is a carrier in a list for choosing.
type Candidate struct {
	Carrier
	Likely bool // the tracking number looks like one of this carrier
}

// LikelyFirst lists all carriers, those that a tracking number looks like first;
// an empty number prefers none.
func LikelyFirst(trackingNo string) []Candidate {
	var out []Candidate
	seen := map[string]bool{}
	add := func(all []Carrier, likely bool) {
		for _, c := range all {
			if !seen[c.Code] {
				seen[c.Code] = true
				out = append(out, Candidate{c, likely})
			}
		}
	}
	if trackingNo != "" {
		add(Guess(trackingNo), true)
	}
	add(All(), false)
	return out
}
