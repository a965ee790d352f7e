package feed

import (
	"slices"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/gtin"
)

// builder makes one product out of its rows and collects what is wrong with them.
type builder struct {
	Product
	opts     *Options
	h        *header
	problems []Problem
	untold   int // problems beyond Limits.Problems
	refused  bool
}

func (b *builder) tell(severity Severity, r record, col int, code string, args ...any) {
	b.refused = b.refused || severity == Refusal
	if len(b.problems) >= b.opts.Limits.Problems {
		b.untold++
		return
	}
	p := problem(severity, code, r.cellLine(col), col+1, args...)
	p.Field, p.Value = b.h.name(col), cut(r.cell(col))
	b.problems = append(b.problems, p)
}

func (b *builder) refuse(r record, col int, code string, args ...any) {
	b.tell(Refusal, r, col, code, args...)
}

func (b *builder) warn(r record, col int, code string, args ...any) {
	b.tell(Warning, r, col, code, args...)
}

// text gives a cell without the white space around it.
func (b *builder) text(r record, col int) string { return strings.TrimSpace(r.cell(col)) }

// widths refuses rows that have more cells than the header has columns: their cells have slipped.
func (b *builder) widths(rows []record) {
	for _, r := range rows {
		for i := len(b.h.names); i < r.len(); i++ {
			if strings.TrimSpace(r.cell(i)) != "" {
				b.refuse(r, i, "row_too_wide", len(b.h.names))
				break
			}
		}
	}
}

// title takes the title from the first row that has one and refuses a different one.
func (b *builder) title(rows []record, col int) {
	var first record
	for _, r := range rows {
		switch t := b.text(r, col); {
		case t == "":
		case b.Title == "":
			b.Title, first = t, r
		case t != b.Title:
			b.refuse(r, col, "title_differs", b.Title, first.cellLine(col))
			return
		}
	}
	if b.Title == "" {
		b.refuse(rows[0], col, "title_missing")
	}
}

// code gives a merchant's code. Exports put an apostrophe before digits so that spreadsheets keep them.
func (b *builder) code(r record, col int) string {
	s := b.text(r, col)
	if len(s) > 1 && s[0] == '\'' {
		return s[1:]
	}
	return s
}

// gtin gives the trade number of the first of the columns that holds a right one; a wrong one is a warning and stays empty.
func (b *builder) gtin(r record, cols ...int) string {
	for _, col := range cols {
		for _, s := range strings.FieldsFunc(b.code(r, col), func(r rune) bool { return strings.ContainsRune(",;|，；", r) }) {
			if code := b.gtinText(r, col, strings.TrimSpace(s)); code != "" {
				return code
			}
		}
	}
	return ""
}

// gtinText checks one number.
func (b *builder) gtinText(r record, col int, s string) string {
	clean := gtin.Clean(s)
	if !gtin.Valid(clean) {
		b.warn(r, col, "gtin_wrong", s)
		return ""
	}
	return clean
}

// picture makes a picture of an address; a zero one, with a warning, when it is of no use.
func (b *builder) picture(r record, col int, address, alt string) Picture {
	address = strings.TrimSpace(address)
	low := strings.ToLower(address)
	switch {
	case address == "":
		return Picture{}
	case strings.HasPrefix(low, "http://") || strings.HasPrefix(low, "https://"):
		scheme, rest, _ := strings.Cut(address, "://")
		return Picture{URL: strings.ToLower(scheme) + "://" + rest, Alt: alt}
	case strings.HasPrefix(address, "//"):
		return Picture{URL: "https:" + address, Alt: alt}
	case strings.Contains(address, "://") || strings.HasPrefix(low, "data:") || strings.HasPrefix(low, "javascript:") || strings.Contains(address, ".."):
		b.warn(r, col, "picture_address", address)
		return Picture{}
	}
	return Picture{LocalName: address, Alt: alt}
}

// addPicture appends a picture that is not there yet. A later alternative text fills an empty one.
func (b *builder) addPicture(r record, col int, p Picture) {
	if p.IsZero() {
		return
	}
	for i, there := range b.Pictures {
		if there.address() == p.address() {
			if there.Alt == "" {
				b.Pictures[i].Alt = p.Alt
			}
			return
		}
	}
	if len(b.Pictures) == b.opts.Limits.Pictures {
		b.warn(r, col, "pictures_too_many", b.opts.Limits.Pictures)
		return
	}
	b.Pictures = append(b.Pictures, p)
}

// attribute adds a value to a named fact.
func (b *builder) attribute(name string, values ...string) {
	for i, a := range b.Attributes {
		if a.Name == name {
			b.Attributes[i].Values = append(a.Values, values...)
			return
		}
	}
	if name != "" && len(values) > 0 {
		b.Attributes = append(b.Attributes, Attribute{Name: name, Values: values})
	}
}

// cells splits a cell into its parts, without blanks around them, empty ones and repetitions.
func cells(s, separator string) []string {
	var out []string
	for part := range strings.SplitSeq(s, separator) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// addCategory adds a path; a path that only begins another one says nothing more and is left out.
func (b *builder) addCategory(path []string) {
	if len(path) == 0 {
		return
	}
	for i, there := range b.Categories {
		n := min(len(there), len(path))
		if slices.Equal(there[:n], path[:n]) {
			if len(path) > len(there) {
				b.Categories[i] = path
			}
			return
		}
	}
	b.Categories = append(b.Categories, path)
}

// finish checks what every product must hold to and gives the result.
func (b *builder) finish() (Product, []Problem) {
	if b.untold > 0 {
		severity := Warning
		if b.refused {
			severity = Refusal
		}
		b.problems = append(b.problems, problem(severity, "problems_more", b.Row, 0, b.untold))
	}
	return b.Product, b.problems
}
