package discovery

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Words are found by terms. A listing has the terms
//   - of Chinese text: every character and every two neighbours;
//   - of other text: every word, its beginnings, every two neighbours, and its
//     parts where letters and digits meet;
//   - where the scripts meet without a blank (T恤): the two neighbours.
//
// So every two characters of a title that stand together find it.
const (
	maxWord  = 32  // characters; what is longer is cut
	maxTerms = 600 // of one listing
)

// Weights of a term by what it is, multiplied by the weight of its field.
const (
	wholeWord = 8 // a word, or two Chinese characters
	beginning = 3
	single    = 1 // one character, or two inside a word
)

// segment is a stretch of one kind: Chinese characters, or letters and digits.
type segment struct {
	text []rune
	han  bool
}

// fold makes full-width and half-width, large and small the same.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// runs cuts folded text at everything that is neither letter nor digit, and each run into segments.
func runs(s string) [][]segment {
	var out [][]segment
	for _, run := range strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		var segments []segment
		for _, r := range run {
			han := ideograph(r)
			if n := len(segments); n == 0 || segments[n-1].han != han {
				segments = append(segments, segment{han: han})
			}
			last := &segments[len(segments)-1]
			last.text = append(last.text, r)
		}
		out = append(out, segments)
	}
	return out
}

// ideograph says whether a character stands for itself and is not part of a spelled word.
func ideograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// Terms collects the terms of a listing with their weights.
type Terms map[string]int64

// Add takes in a text of a field. A term counts once, as its best.
func (t Terms) Add(text string, weight int64) {
	for _, run := range runs(text) {
		for i, s := range run {
			if i > 0 {
				t.put(pair(run[i-1], s), weight*single)
			}
			if s.han {
				t.addHan(s.text, weight)
			} else {
				t.addWord(s.text, weight)
			}
		}
	}
}

// pair is the last character of one segment and the first of the next.
func pair(a, b segment) string { return string([]rune{a.text[len(a.text)-1], b.text[0]}) }

func (t Terms) put(term string, weight int64) {
	if old, there := t[term]; there || len(t) < maxTerms {
		t[term] = max(old, weight)
	}
}

func (t Terms) addHan(text []rune, weight int64) {
	for i := range text {
		if i > 0 {
			t.put(string(text[i-1:i+1]), weight*wholeWord)
		}
		t.put(string(text[i]), weight*single)
	}
}

func (t Terms) addWord(word []rune, weight int64) {
	for i := range len(word) - 1 {
		t.put(string(word[i:i+2]), weight*single)
	}
	word = word[:min(len(word), maxWord)]
	t.put(string(word), weight*wholeWord)
	parts := mixed(word)
	for _, p := range append(parts, word) {
		for n := 1; n < len(p); n++ {
			t.put(string(p[:n]), weight*beginning)
		}
	}
	for _, p := range parts {
		t.put(string(p), weight*wholeWord/2)
	}
}

// mixed gives the parts of a word of letters and digits (iphone15pro), nothing for a plain word.
func mixed(word []rune) [][]rune {
	var out [][]rune
	start := 0
	for i := 1; i < len(word); i++ {
		if unicode.IsDigit(word[i]) != unicode.IsDigit(word[i-1]) {
			out = append(out, word[start:i])
			start = i
		}
	}
	if start == 0 {
		return nil
	}
	return append(out, word[start:])
}

// QueryTerms gives the terms that what a buyer typed stands for, at most 24.
func QueryTerms(query string) []string {
	var out []string
	put := func(term string) {
		if !slices.Contains(out, term) && len(out) < 24 {
			out = append(out, term)
		}
	}
	for _, run := range runs(query) {
		for i, s := range run {
			n := len(s.text)
			switch {
			case s.han && n > 1:
				for j := range n - 1 {
					put(string(s.text[j : j+2]))
				}
			case len(run) > 1 && n == 1: // a lone character next to another script counts with its neighbour
				if i > 0 {
					put(pair(run[i-1], s))
				} else {
					put(pair(s, run[i+1]))
				}
			default:
				put(string(s.text[:min(n, maxWord)]))
			}
		}
	}
	return out
}
