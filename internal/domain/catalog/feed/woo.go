package feed

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wooColumns are the columns of WooCommerce's product CSV in English. Source: the exporter's headings,
// https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema
type wooColumns struct {
	id, kind, sku, gtin, name, published, visible, short, description, starts, ends, inStock, stock int
	weight, sale, regular, cost, categories, tags, brands, images, parent                           int
	grams                                                                                           *big.Rat
	attributes                                                                                      []wooAttribute
}

type wooAttribute struct{ name, values int }

func wooLayout(h *header) (*layout, error) {
	c := &wooColumns{
		id: h.col("id"), kind: h.col("type"), sku: h.col("sku"), gtin: h.col("gtin upc ean or isbn", "gtin"), name: h.col("name"),
		published: h.col("published"), visible: h.col("visibility in catalog"), short: h.col("short description"),
		description: h.col("description"), starts: h.col("date sale price starts"), ends: h.col("date sale price ends"),
		inStock: h.col("in stock"), stock: h.col("stock"), weight: -1, sale: h.col("sale price"), regular: h.col("regular price", "price"),
		cost: h.col("cost of goods"), categories: h.col("categories"), tags: h.col("tags"), brands: h.col("brands", "brand"),
		images: h.col("images"), parent: h.col("parent"),
	}
	for _, u := range []string{"kg", "g", "lbs", "lb", "oz"} {
		if i := h.col("weight " + u); i >= 0 && c.weight < 0 {
			c.weight, c.grams = i, unit(u)
		}
	}
	for n := 1; n <= 100; n++ {
		if i := h.col("attribute " + strconv.Itoa(n) + " name"); i >= 0 {
			c.attributes = append(c.attributes, wooAttribute{i, h.col("attribute "+strconv.Itoa(n)+" value s", "attribute "+strconv.Itoa(n)+" value")})
		}
	}
	err := required(h, "WooCommerce", []string{"type"}, []string{"name"}, []string{"regular price", "price"})
	if err != nil {
		return nil, err
	}
	return &layout{placed: c.placed, apart: true, build: c.build}, nil
}

// kinds gives the words of the type column ("simple, downloadable, virtual").
func (c *wooColumns) kinds(r record) []string { return cells(strings.ToLower(r.cell(c.kind)), ",") }

func (c *wooColumns) variation(r record) bool { return slices.Contains(c.kinds(r), "variation") }

// placed puts a variation to its parent, which it names by "id:N" or SKU; rows of a parent may stand anywhere in the window.
func (c *wooColumns) placed(r record) place {
	if c.variation(r) {
		parent := strings.TrimSpace(r.cell(c.parent))
		if parent == "" {
			return place{}
		}
		if id, byID := strings.CutPrefix(strings.ToLower(parent), "id:"); byID {
			return place{keys: []string{"id:" + strings.TrimSpace(id)}}
		}
		return place{keys: []string{"sku:" + parent}}
	}
	p := place{starts: true, single: true}
	if id := strings.TrimSpace(r.cell(c.id)); id != "" {
		p.keys = append(p.keys, "id:"+id)
	}
	if sku := strings.TrimSpace(r.cell(c.sku)); sku != "" {
		p.keys = append(p.keys, "sku:"+sku)
	}
	if name := slug(r.cell(c.name)); len(p.keys) == 0 && name != "" {
		p.keys = []string{"name:" + name}
	}
	return p
}

func (c *wooColumns) build(b *builder, rows []record) {
	b.widths(rows)
	at := slices.IndexFunc(rows, func(r record) bool { return !c.variation(r) })
	if at < 0 {
		b.Title, b.Ref = c.clean(b, rows[0], c.name), b.text(rows[0], c.parent)
		b.refuse(rows[0], c.parent, "parent_missing", b.Ref)
		return
	}
	parent := rows[at]
	variations := slices.Delete(slices.Clone(rows), at, at+1)
	c.product(b, parent)
	switch kinds := c.kinds(parent); {
	case slices.Contains(kinds, "variable"):
		c.variable(b, parent, variations)
	case slices.Contains(kinds, "simple") || len(kinds) == 0 || slices.Equal(kinds, []string{"virtual"}):
		c.simple(b, parent, variations)
	case slices.Contains(kinds, "downloadable") && !slices.Contains(kinds, "external"):
		c.simple(b, parent, variations)
	default:
		b.refuse(parent, c.kind, "woo_type", strings.Join(kinds, ", "))
	}
}

// clean gives a text cell without the apostrophe the exporter puts before = + - @ against spreadsheet formulas.
func (c *wooColumns) clean(b *builder, r record, col int) string {
	s := b.text(r, col)
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte("=+-@", s[1]) >= 0 {
		return s[1:]
	}
	return s
}

// list splits a cell at commas; a comma that belongs to a value is written "\,".
func list(s string) []string {
	parts := cells(strings.ReplaceAll(s, `\,`, "\x00"), ",")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, "\x00", ",")
	}
	return parts
}

func (c *wooColumns) product(b *builder, r record) {
	b.Title = c.clean(b, r, c.name)
	if b.Title == "" {
		b.refuse(r, c.name, "title_missing")
	}
	b.Ref = b.text(r, c.sku)
	if id := b.text(r, c.id); b.Ref == "" && id != "" {
		b.Ref = "id:" + id
	}
	if b.Ref == "" {
		b.Ref = slug(b.Title)
	}
	// The exporter writes line breaks of texts as the two characters \n.
	b.Description = strings.ReplaceAll(c.clean(b, r, c.description), `\n`, "\n")
	b.Subtitle = strings.ReplaceAll(c.clean(b, r, c.short), `\n`, "\n")
	b.Tags = list(c.clean(b, r, c.tags))
	if brands := list(c.clean(b, r, c.brands)); len(brands) > 0 {
		b.Brand = brands[0]
	}
	for _, path := range list(c.clean(b, r, c.categories)) {
		b.addCategory(cells(path, ">"))
	}
	for _, address := range list(r.cell(c.images)) {
		b.addPicture(r, c.images, b.picture(r, c.images, address, ""))
	}
	c.state(b, r)
	kinds := c.kinds(r)
	if slices.Contains(kinds, "downloadable") {
		b.State = Draft
		b.warn(r, c.kind, "woo_download")
	} else if slices.Contains(kinds, "virtual") {
		b.warn(r, c.kind, "woo_virtual")
	}
}

// state: Published is 1 (public), 0 (private) or -1 (draft); newer exports also write words.
func (c *wooColumns) state(b *builder, r record) {
	switch s := b.text(r, c.published); {
	case s == "" || yes(s):
		b.State = Listed
	case no(s):
		b.State = Unlisted
	case s == "-1" || s == "'-1" || strings.EqualFold(s, "draft"):
		b.State = Draft
	default:
		b.State = Draft
		b.warn(r, c.published, "state_unknown", s)
	}
	if b.State == Listed && strings.EqualFold(b.text(r, c.visible), "hidden") {
		b.State = Unlisted
	}
}

func (c *wooColumns) simple(b *builder, r record, variations []record) {
	for _, a := range c.attributes {
		b.attribute(b.text(r, a.name), list(r.cell(a.values))...)
	}
	for _, v := range variations {
		b.refuse(v, c.parent, "woo_parent_simple", b.Ref)
	}
	s := rowSKU{sku: c.one(b, r), rec: r, col: c.sku}
	b.setSKUs(nil, []rowSKU{s}, nil)
}

// one reads what a row says about its SKU.
func (c *wooColumns) one(b *builder, r record) SKU {
	s := SKU{Code: b.code(r, c.sku), GTIN: b.gtin(r, c.gtin), Stock: c.pieces(b, r)}
	if c.weight >= 0 {
		s.WeightGrams = b.weight(r, c.weight, c.grams)
	}
	sale, onSale := b.price(r, c.sale)
	switch {
	case onSale && b.text(r, c.regular) == "":
		s.Price = sale
		s.Cost, _ = b.price(r, c.cost)
	case onSale && c.running(b, r):
		b.prices(r, &s, c.sale, c.regular, c.cost)
	default:
		b.prices(r, &s, c.regular, -1, c.cost)
	}
	return s
}

// running says whether the sale price holds. One with dates is taken only while it runs, and said to need an end by hand.
func (c *wooColumns) running(b *builder, r record) bool {
	starts, ends := b.text(r, c.starts), b.text(r, c.ends)
	if starts == "" && ends == "" {
		return true
	}
	from, ok1 := day(starts, false)
	to, ok2 := day(ends, true)
	now := b.opts.Now
	if !ok1 || !ok2 || now.IsZero() || now.Before(from) || (ends != "" && now.After(to)) {
		b.warn(r, c.sale, "sale_not_running", b.text(r, c.sale), starts, ends)
		return false
	}
	b.warn(r, c.sale, "sale_running", b.text(r, c.sale), ends)
	return true
}

// day reads a date with or without a time, in UTC; the end of a sale that names only a day is the end of that day.
func day(s string, end bool) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	t, err := time.Parse("2006-01-02", s)
	if end {
		t = t.Add(24*time.Hour - time.Second)
	}
	return t, err == nil
}

// pieces: stock that is not counted is not stated, but "not in stock" means none.
func (c *wooColumns) pieces(b *builder, r record) *int64 {
	if s := b.text(r, c.stock); strings.EqualFold(s, "parent") {
		b.warn(r, c.stock, "stock_shared")
		return nil
	} else if s != "" {
		return b.stock(r, c.stock)
	}
	if no(b.text(r, c.inStock)) {
		return new(int64)
	}
	return nil
}
