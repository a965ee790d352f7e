package feed

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"sync/atomic"
)

// layout is a format applied to one file's header.
type layout struct {
	placed func(record) place
	apart  bool // rows of one product may lie apart (see grouper)
	lazy   bool // quotes may be not doubled
	accept func(record) bool
	build  func(b *builder, rows []record)
}

// layoutOf finds the columns a format needs; the error names those that are missing.
func layoutOf(found sniffed, o *Options) (*layout, error) {
	h := found.h
	switch found.format {
	case Shuke:
		return shukeLayout(h)
	case Shopify:
		return shopifyLayout(h)
	case WooCommerce:
		return wooLayout(h)
	case Taobao:
		return taobaoLayout(h)
	case Magento:
		return magentoLayout(h)
	case Medusa:
		return medusaLayout(h, o)
	case MagentoCategories:
		return nil, fatal("magento_categories", h.line, 0)
	case MagentoAttributes:
		return nil, fatal("magento_attributes", h.line, 0)
	case MagentoPictures:
		return nil, fatal("magento_pictures", h.line, 0)
	case NotProducts:
		return nil, fatal("not_products", h.line, 0)
	}
	return nil, fatal("format_unknown", h.line, 0, string(found.format))
}

// required refuses a file that lacks a column; each column is given by the names it may have, best known first.
func required(h *header, format string, columns ...[]string) error {
	for _, names := range columns {
		if h.col(names...) < 0 {
			return fatal("columns_missing", h.line, 0, format, names[0])
		}
	}
	return h.conflict()
}

// maxRef is the longest key of a product, bytes.
const maxRef = 255

// Reader gives the products of one file, one after the other. It is not for use by several goroutines, but for Progress.
type Reader struct {
	opts   Options
	found  sniffed
	layout *layout
	dec    *decoder
	groups *grouper
	read   *atomic.Int64
	err    error
}

// Open looks at the beginning of the file and gets ready to read. Errors: a *FileError when the file cannot be understood (what it
// is, where, what to do), the source's own error, or what is wrong with the options.
func Open(r io.Reader, opts Options) (*Reader, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	opts.Limits = opts.Limits.withDefaults()
	f := &Reader{opts: opts, read: new(atomic.Int64)}
	text, err := f.decode(r)
	if err != nil {
		return nil, err
	}
	head, err := peekText(text)
	if err != nil {
		return nil, err
	}
	if bareReturns(head) {
		text = bufio.NewReaderSize(returnReader{text}, sniffBytes)
		if head, err = peekText(text); err != nil {
			return nil, err
		}
	}
	if f.found, err = sniff(head, opts.Format, opts.Limits); err != nil {
		return nil, err
	}
	return f, f.start(text)
}

// decode refuses files that are no text at all and gives the text of the others.
func (f *Reader) decode(r io.Reader) (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(r, sniffBytes)
	if head, _ := raw.Peek(64); len(head) > 0 {
		if kind := foreignFile(head); kind != "" {
			return nil, fatal("not_csv", 1, 0, kind)
		}
	}
	var err error
	if f.dec, err = newDecoder(raw, f.opts.Encoding, f.read); err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(f.dec, sniffBytes), nil
}

// start reads up to the header and finds the columns.
func (f *Reader) start(text *bufio.Reader) error {
	s := newScanner(text, f.found.comma, false, f.opts.Limits)
	for range f.found.skip {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	rec, err := s.next()
	if errors.Is(err, io.EOF) {
		return fatal("empty_file", 1, 0)
	}
	if err != nil {
		return err
	}
	f.found.h = newHeader(rec)
	if f.layout, err = layoutOf(f.found, &f.opts); err != nil {
		return err
	}
	s.lazy, s.columns = f.layout.lazy, rec.len()
	f.groups = &grouper{
		next: func() (record, error) { return f.row(s) }, placed: f.layout.placed, apart: f.layout.apart,
		limits: f.opts.Limits, index: map[string]*group{}, seen: map[uint64]int32{},
	}
	return nil
}

// row gives the next row that says something about a product.
func (f *Reader) row(s *scanner) (record, error) {
	for {
		rec, err := s.next()
		if err != nil || !rec.blank() && (f.layout.accept == nil || f.layout.accept(rec)) {
			return rec, err
		}
	}
}

// Next gives the next product and what is wrong with it, io.EOF at the end. When Refused(problems), the product is only there to be
// shown: it must not be imported. Any other error ends the stream for good; a *FileError says where the file broke, products given
// before it were whole.
func (f *Reader) Next() (Product, []Problem, error) {
	if f.err != nil {
		return Product{}, nil, f.err
	}
	g, err := f.groups.pop()
	if err != nil {
		f.err = err
		return Product{}, nil, err
	}
	b := &builder{opts: &f.opts, h: f.found.h}
	b.Row = g.rows[0].line
	f.layout.build(b, g.rows)
	switch {
	case g.bad == "ref_missing":
		b.refuse(g.rows[0], -1, g.bad)
	case g.bad != "":
		b.refuse(g.rows[0], -1, g.bad, b.Ref, g.badLine)
	}
	if len(b.Ref) > maxRef {
		b.refuse(g.rows[0], -1, "ref_too_long", maxRef, len(b.Ref))
	}
	p, problems := b.finish()
	return p, problems, nil
}

// Progress gives how many bytes of the source were used so far. Any goroutine may ask.
func (f *Reader) Progress() int64 { return f.read.Load() }

// Format says what the file is.
func (f *Reader) Format() Format { return f.found.format }

// Encoding says how the file writes its characters, as far as it was read.
func (f *Reader) Encoding() Encoding { return f.dec.encoding() }

// Columns gives the headings as the file writes them.
func (f *Reader) Columns() []string { return slices.Clone(f.found.h.names) }
