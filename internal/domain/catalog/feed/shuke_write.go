package feed

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/gtin"
)

// Writer writes Shuke's own CSV. Reading what it wrote and writing it again gives the same bytes.
type Writer struct {
	out     *bufio.Writer
	started bool
	row     []byte
}

// NewWriter gets ready to write; nothing is written before the first product or Flush.
func NewWriter(w io.Writer) *Writer { return &Writer{out: bufio.NewWriterSize(w, 64<<10)} }

// Write adds a product: one row per SKU. It refuses, without writing any of it, a product that could not be read back.
func (w *Writer) Write(p Product) error {
	if err := writable(p); err != nil {
		return fmt.Errorf("feed: product %q cannot be written: %w", p.Ref, err)
	}
	w.begin()
	for i, s := range p.SKUs {
		w.row = w.row[:0]
		w.product(p, i == 0)
		w.sku(p, s, i == 0)
		w.row = append(w.row[:len(w.row)-1], '\r', '\n')
		if _, err := w.out.Write(w.row); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what is buffered, and the header if there was no product.
func (w *Writer) Flush() error {
	w.begin()
	return w.out.Flush()
}

func (w *Writer) begin() {
	if !w.started {
		w.started = true
		_, _ = w.out.WriteString("\uFEFF" + strings.Join(shukeHeader, ",") + "\r\n") // an error stays in bufio and comes with Flush
	}
}

// writable checks what reading will check.
func writable(p Product) error {
	switch {
	case strings.TrimSpace(p.Ref) == "":
		return fmt.Errorf("it has no ref")
	case strings.TrimSpace(p.Title) == "":
		return fmt.Errorf("it has no title")
	case len(p.SKUs) == 0:
		return fmt.Errorf("it has no SKU")
	case len(p.Options) > shukeAxes:
		return fmt.Errorf("it has %d options, at most %d can be written", len(p.Options), shukeAxes)
	case !slices.Contains([]State{Draft, Listed, Unlisted}, p.State):
		return fmt.Errorf("its state is %q", p.State)
	}
	for _, o := range p.Options {
		if o.Name == "" {
			return fmt.Errorf("an option has no name")
		}
	}
	for _, s := range p.SKUs {
		if len(s.Options) != len(p.Options) {
			return fmt.Errorf("SKU %q has %d option values for %d options", s.Code, len(s.Options), len(p.Options))
		}
		if slices.Contains(s.Options, "") {
			return fmt.Errorf("SKU %q has an empty option value", s.Code)
		}
		if s.Price < 0 || s.Cost < 0 || s.WeightGrams < 0 || s.Stock != nil && *s.Stock < 0 || max(s.Price, s.ComparePrice, s.Cost) > maxFen {
			return fmt.Errorf("SKU %q has an amount out of range", s.Code)
		}
	}
	return writableText(p)
}

// writableText refuses what no text file can hold.
func writableText(p Product) error {
	check := func(texts ...string) error {
		for _, s := range texts {
			if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
				return fmt.Errorf("%q is not clean UTF-8 text", cut(s))
			}
		}
		return nil
	}
	all := []string{p.Ref, p.Title, p.Subtitle, p.Description, p.Brand, p.CategoryCode}
	all = append(all, p.Tags...)
	for _, path := range p.Categories {
		all = append(all, path...)
	}
	for _, a := range p.Attributes {
		all = append(append(all, a.Name), a.Values...)
	}
	for _, o := range p.Options {
		all = append(all, o.Name)
	}
	for _, pic := range p.Pictures {
		all = append(all, pic.address(), pic.Alt)
	}
	for _, s := range p.SKUs {
		all = append(append(all, s.Code, s.Picture.address()), s.Options...)
	}
	return check(all...)
}

// product appends the columns up to state; rows after the first only say whose they are.
func (w *Writer) product(p Product, first bool) {
	w.text(p.Ref)
	if !first {
		w.row = append(w.row, ",,,,,,,"...)
		return
	}
	w.text(p.Title)
	w.text(p.Subtitle)
	w.text(p.Brand)
	paths := make([]string, len(p.Categories))
	for i, path := range p.Categories {
		paths[i] = joinEscaped(path, ">", escaper)
	}
	w.text(strings.Join(paths, "|"))
	w.text(p.CategoryCode)
	w.text(joinEscaped(p.Tags, "|", listEscaper))
	w.text(string(p.State))
}

func joinEscaped(parts []string, separator string, e *strings.Replacer) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = e.Replace(p)
	}
	return strings.Join(out, separator)
}

func (w *Writer) sku(p Product, s SKU, first bool) {
	for i := range shukeAxes {
		name, value := "", ""
		if i < len(p.Options) {
			value = s.Options[i]
			if first {
				name = p.Options[i].Name
			}
		}
		w.text(name)
		w.text(value)
	}
	w.text(s.Code)
	code := gtin.Clean(s.GTIN)
	if !gtin.Valid(code) {
		code = ""
	}
	w.text(code)
	w.money(s.Price, true)
	w.money(s.ComparePrice, s.ComparePrice > s.Price)
	w.money(s.Cost, s.Cost > 0)
	if s.Stock != nil {
		w.row = strconv.AppendInt(w.row, *s.Stock, 10)
	}
	w.row = append(w.row, ',')
	if s.WeightGrams > 0 {
		w.row = strconv.AppendInt(w.row, s.WeightGrams, 10)
	}
	w.row = append(w.row, ',')
	w.text(usable(s.Picture))
	if !first {
		w.row = append(w.row, ",,,,"...)
		return
	}
	w.pictures(p.Pictures)
	w.attributes(p.Attributes)
	w.text(p.Description)
}

// usable gives the address of a picture as reading would take it, "" when it would not.
func usable(p Picture) string {
	b := &builder{opts: &Options{}, h: &header{}}
	return b.picture(record{}, -1, p.address(), "").address()
}

func (w *Writer) pictures(pictures []Picture) {
	var addresses, alts []string
	for _, p := range pictures {
		if address := usable(p); address != "" && !slices.Contains(addresses, address) {
			addresses, alts = append(addresses, address), append(alts, p.Alt)
		}
	}
	for len(alts) > 0 && alts[len(alts)-1] == "" {
		alts = alts[:len(alts)-1]
	}
	w.text(joinEscaped(addresses, "|", listEscaper))
	w.text(joinEscaped(alts, "|", listEscaper))
}

func (w *Writer) attributes(attributes []Attribute) {
	var pairs []string
	for _, a := range attributes {
		for _, v := range a.Values {
			pairs = append(pairs, escaper.Replace(a.Name)+"="+escaper.Replace(v))
		}
	}
	w.text(strings.Join(pairs, "|"))
}

// money appends an amount in yuan, or an empty cell.
func (w *Writer) money(fen int64, there bool) {
	if there {
		w.row = strconv.AppendInt(w.row, fen/100, 10)
		w.row = append(w.row, '.', byte('0'+fen%100/10), byte('0'+fen%10))
	}
	w.row = append(w.row, ',')
}

// text appends a cell, quoted when it must be.
func (w *Writer) text(s string) {
	if damaged(s) {
		s = "'" + s
	}
	if strings.ContainsAny(s, "\",\r\n") || strings.TrimSpace(s) != s {
		w.row = append(w.row, '"')
		w.row = append(w.row, strings.ReplaceAll(s, `"`, `""`)...)
		w.row = append(w.row, '"', ',')
		return
	}
	w.row = append(append(w.row, s...), ',')
}

// damaged says whether a spreadsheet would run the text as a formula, or write it shorter as a number. Texts that begin with an
// apostrophe get another one, so that reading may always take one away.
func damaged(s string) bool {
	if s == "" {
		return false
	}
	if strings.IndexByte("=+-@\t\r'", s[0]) >= 0 {
		return true
	}
	return strings.Trim(s, "0123456789") == "" && (len(s) > 11 || s[0] == '0' && len(s) > 1)
}
