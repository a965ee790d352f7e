package feed

import (
	"strings"
	"unicode"
)

// header knows where each column is. Columns are found by their normal name (see normal).
type header struct {
	line   int
	names  []string // as in the file
	index  map[string]int
	second map[string]int // a normal name that stands twice: its second place
	used   map[string]bool
}

func newHeader(r record) *header {
	h := &header{line: r.line, index: map[string]int{}, second: map[string]int{}, used: map[string]bool{}}
	for i := range r.len() {
		name := strings.TrimSpace(r.cell(i))
		h.names = append(h.names, name)
		n := normal(name)
		if _, there := h.index[n]; !there {
			h.index[n] = i
		} else if _, there := h.second[n]; !there {
			h.second[n] = i
		}
	}
	return h
}

// normal writes a heading so that the spellings of different exporters meet: lower case, everything that is neither letter nor digit
// is one space. "Compare-at price" and "Compare At Price" are both "compare at price".
func normal(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// has says whether all columns are there.
func (h *header) has(names ...string) bool {
	for _, n := range names {
		if _, there := h.index[n]; !there {
			return false
		}
	}
	return true
}

// any says whether one of the columns is there.
func (h *header) any(names ...string) bool {
	for _, n := range names {
		if h.has(n) {
			return true
		}
	}
	return false
}

// col gives the first of the columns that is there, -1 when none is, and remembers that it matters.
func (h *header) col(names ...string) int {
	for _, n := range names {
		if i, there := h.index[n]; there {
			h.used[n] = true
			return i
		}
	}
	return -1
}

// name gives the heading of a column as the file writes it.
func (h *header) name(col int) string {
	if col < 0 || col >= len(h.names) {
		return ""
	}
	return h.names[col]
}

// conflict refuses a file in which a column that matters stands twice.
func (h *header) conflict() error {
	for n, second := range h.second {
		if h.used[n] {
			return fatal("column_repeated", h.line, second+1, h.names[second], h.index[n]+1)
		}
	}
	return nil
}
