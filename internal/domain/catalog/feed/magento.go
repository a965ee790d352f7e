package feed

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"sync/atomic"
)

// magentoColumns are the columns of Magento 2's sample-data fixtures (category, name, sku, price, qty, description, then one column
// per attribute, several values on several lines of a cell) and of simple products in its own export (product_type, categories …).
type magentoColumns struct {
	sku, name, price, special, qty, description, short, category, kind, visibility, online, view int
	weight, image, images                                                                        int
	attributes                                                                                   []int
	roots                                                                                        map[string]bool
}

// magentoPlain are columns of fixtures and exports that say nothing to a buyer.
var magentoPlain = []string{"attribute set", "eco collection", "performance fabric", "erin recommends", "new", "sale"}

// magentoRoots are the top categories of the sample store. A fixture writes its category paths one behind the other, and only these
// names tell where the next path begins.
var magentoRoots = []string{"Gear", "Men", "Women", "Training", "Collections", "Promotions", "Sale", "What's New"}

func magentoLayout(h *header) (*layout, error) {
	c := &magentoColumns{
		sku: h.col("sku"), name: h.col("name"), price: h.col("price"), special: h.col("special price"), qty: h.col("qty"),
		description: h.col("description"), short: h.col("short description"), category: h.col("category", "categories"), kind: h.col("product type"),
		visibility: h.col("visibility"), online: h.col("product online"), view: h.col("store view code"), weight: h.col("weight"),
		image: h.col("base image", "image"), images: h.col("additional images"), roots: map[string]bool{},
	}
	if err := required(h, "Magento", []string{"sku"}, []string{"name"}, []string{"price"}); err != nil {
		return nil, err
	}
	for _, root := range magentoRoots {
		c.roots[root] = true
	}
	if c.kind < 0 { // a fixture: every other column is an attribute
		for i, name := range h.names {
			if n := normal(name); n != "" && !h.used[n] && !slices.Contains(magentoPlain, n) {
				c.attributes = append(c.attributes, i)
			}
		}
	}
	return &layout{placed: c.placed, build: c.build}, nil
}

func (c *magentoColumns) placed(r record) place {
	sku := strings.TrimSpace(r.cell(c.sku))
	if sku == "" {
		return place{}
	}
	return place{keys: []string{sku}, starts: true, single: true}
}

func (c *magentoColumns) build(b *builder, rows []record) {
	r := rows[0]
	b.widths(rows)
	b.title(rows, c.name)
	b.Ref, b.Description, b.Subtitle = b.text(r, c.sku), r.cell(c.description), b.text(r, c.short)
	b.State = Listed
	if s := b.text(r, c.online); s != "" && s != "1" {
		b.State = Unlisted
	}
	if kind := b.text(r, c.kind); kind != "" && kind != "simple" || b.text(r, c.view) != "" || strings.EqualFold(b.text(r, c.visibility), "Not Visible Individually") {
		b.refuse(r, c.kind, "magento_type", kind)
	}
	c.categories(b, r)
	for _, col := range c.attributes {
		b.attribute(b.h.name(col), cells(r.cell(col), "\n")...)
	}
	b.addPicture(r, c.image, b.picture(r, c.image, r.cell(c.image), ""))
	for _, address := range cells(r.cell(c.images), ",") {
		b.addPicture(r, c.images, b.picture(r, c.images, address, ""))
	}
	s := SKU{Code: b.Ref, Stock: b.stock(r, c.qty), WeightGrams: b.weight(r, c.weight, kilogram)}
	if b.text(r, c.special) != "" {
		b.prices(r, &s, c.special, c.price, -1)
	} else {
		b.prices(r, &s, c.price, -1, -1)
	}
	b.setSKUs(nil, []rowSKU{{sku: s, rec: r, col: c.sku}}, nil)
}

// categories: the export writes "Default Category/Gear/Bags,…", a fixture one name per line.
func (c *magentoColumns) categories(b *builder, r record) {
	cell := r.cell(c.category)
	if c.kind >= 0 {
		for _, path := range cells(cell, ",") {
			names := cells(path, "/")
			if len(names) > 0 && names[0] == "Default Category" {
				names = names[1:]
			}
			b.addCategory(names)
		}
		return
	}
	var path []string
	for _, name := range cells(cell, "\n") {
		if c.roots[name] {
			b.addCategory(path)
			path = nil
		}
		path = append(path, name)
	}
	b.addCategory(path)
}

// PictureRow ties a picture to the code of a SKU.
type PictureRow struct {
	Row     int // line, from 1
	SKUCode string
	Picture Picture
}

// PictureReader gives the rows of a Magento pictures file (columns sku, image).
type PictureReader struct {
	rows       *scanner
	sku, image int
	b          *builder
}

// OpenPictures gets ready to read a Magento pictures file. Errors are Open's.
func OpenPictures(r io.Reader, opts Options) (*PictureReader, error) {
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
	found, err := sniff(head, "", opts.Limits)
	if err != nil {
		return nil, err
	}
	if found.format != MagentoPictures {
		return nil, fatal("columns_missing", found.h.line, 0, "Magento pictures", "image")
	}
	rows := newScanner(bufio.NewReader(text), found.comma, false, opts.Limits)
	if _, err := rows.next(); err != nil {
		return nil, err
	}
	return &PictureReader{rows: rows, sku: found.h.col("sku"), image: found.h.col("image"), b: &builder{opts: &f.opts, h: found.h}}, nil
}

// Next gives the next picture, io.EOF at the end. Rows without a code or a usable picture come with problems and a zero picture.
func (p *PictureReader) Next() (PictureRow, []Problem, error) {
	rec, err := p.rows.next()
	if err != nil {
		return PictureRow{}, nil, err
	}
	p.b.problems, p.b.refused = nil, false
	row := PictureRow{Row: rec.line, SKUCode: p.b.text(rec, p.sku), Picture: p.b.picture(rec, p.image, rec.cell(p.image), "")}
	if row.SKUCode == "" || strings.TrimSpace(rec.cell(p.image)) == "" {
		p.b.refuse(rec, p.sku, "picture_row")
	}
	return row, p.b.problems, nil
}
