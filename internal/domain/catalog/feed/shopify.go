package feed

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// shopifyColumns are the columns of Shopify's product CSV. Three generations of headings are known, the newest of 2025 ("URL handle",
// "Published on online store", "Weight value (grams)"): https://help.shopify.com/en/manual/products/import-export/using-csv
type shopifyColumns struct {
	handle, title, body, vendor, category, kind, tags, published, status, gift int
	names, values                                                              [3]int
	sku, barcode, price, compare, cost, stock, grams                           int
	image, position, alt, variantImage                                         int
}

func shopifyLayout(h *header) (*layout, error) {
	c := &shopifyColumns{
		handle: h.col("url handle", "handle"), title: h.col("title"), body: h.col("description", "body html", "body"),
		vendor: h.col("vendor"), category: h.col("product category", "standardized product type", "standard product type"),
		kind: h.col("type", "custom product type"), tags: h.col("tags"), gift: h.col("gift card"),
		published: h.col("published on online store", "published"), status: h.col("status"),
		sku: h.col("variant sku", "sku"), barcode: h.col("variant barcode", "barcode", "variant barcodes", "barcodes"),
		price: h.col("variant price", "price"), compare: h.col("variant compare at price", "compare at price"), cost: h.col("cost per item", "variant cost"),
		stock: h.col("variant inventory qty", "inventory quantity", "variant inventory quantity"), grams: h.col("variant grams", "weight value grams", "grams"),
		image: h.col("image src", "product image url"), position: h.col("image position"), alt: h.col("image alt text"),
		variantImage: h.col("variant image", "variant image url"),
	}
	for i := range 3 {
		n := "option" + strconv.Itoa(i+1)
		c.names[i], c.values[i] = h.col(n+" name"), h.col(n+" value")
	}
	if err := required(h, "Shopify", []string{"title"}, []string{"variant price", "price"}); err != nil {
		return nil, err
	}
	return &layout{placed: c.placed, apart: true, build: c.build}, nil
}

// placed groups rows by handle. A row with a title begins a product; such a row under a handle that another product had is no part of it.
// A product without a handle (allowed when it has no variants) gets the one Shopify would make of its title.
func (c *shopifyColumns) placed(r record) place {
	title := strings.TrimSpace(r.cell(c.title))
	ref := c.ref(r)
	if ref == "" {
		return place{}
	}
	return place{keys: []string{ref}, starts: title != ""}
}

func (c *shopifyColumns) ref(r record) string {
	if handle := strings.TrimSpace(r.cell(c.handle)); handle != "" {
		return handle
	}
	return slug(r.cell(c.title))
}

// slug makes a handle of a title: letters and digits in lower case, everything else one hyphen.
func slug(title string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), "-")
}

func (c *shopifyColumns) build(b *builder, rows []record) {
	b.widths(rows)
	b.title(rows, c.title)
	first := rows[max(0, slices.IndexFunc(rows, func(r record) bool { return strings.TrimSpace(r.cell(c.title)) != "" }))]
	b.Ref = c.ref(first)
	b.Description, b.Brand = first.cell(c.body), b.text(first, c.vendor)
	b.Tags = cells(first.cell(c.tags), ",")
	b.addCategory(cells(first.cell(c.category), ">"))
	if kind := b.text(first, c.kind); kind != "" && len(b.Categories) == 0 {
		b.addCategory([]string{kind})
	}
	c.state(b, first)
	if yes(b.text(first, c.gift)) {
		b.refuse(first, c.gift, "gift_card")
	}
	c.pictures(b, rows)
	c.skus(b, rows)
}

// state follows Shopify: a blank Published publishes, a blank Status is active.
func (c *shopifyColumns) state(b *builder, r record) {
	b.State = Listed
	switch status := strings.ToLower(b.text(r, c.status)); status {
	case "draft":
		b.State = Draft
	case "archived", "unlisted":
		b.State = Unlisted
	case "", "active":
		if no(b.text(r, c.published)) {
			b.State = Unlisted
		}
	default:
		b.State = Draft
		b.warn(r, c.status, "state_unknown", status)
	}
}

func yes(s string) bool {
	s = strings.ToLower(s)
	return s == "true" || s == "yes" || s == "1" || s == "y" || s == "是"
}

func no(s string) bool {
	s = strings.ToLower(s)
	return s == "false" || s == "no" || s == "0" || s == "n" || s == "否"
}

// pictures come one per row, with their position; rows without one are in file order behind.
func (c *shopifyColumns) pictures(b *builder, rows []record) {
	type placedPicture struct {
		at  int
		rec record
		pic Picture
	}
	var all []placedPicture
	for _, r := range rows {
		if pic := b.picture(r, c.image, r.cell(c.image), b.text(r, c.alt)); !pic.IsZero() {
			at, err := strconv.Atoi(b.text(r, c.position))
			if err != nil || at < 1 {
				at = len(rows) + 1
			}
			all = append(all, placedPicture{at, r, pic})
		}
	}
	slices.SortStableFunc(all, func(x, y placedPicture) int { return x.at - y.at })
	for _, p := range all {
		b.addPicture(p.rec, c.image, p.pic)
	}
}

// axes gives which of the three options are in use and their names; not ok when that was refused. Names stand on the first row and may be repeated on others.
func (c *shopifyColumns) axes(b *builder, rows, variants []record) (names []string, at []int, ok bool) {
	for i := range 3 {
		var name string
		var named record
		valued := slices.ContainsFunc(variants, func(r record) bool { return b.text(r, c.values[i]) != "" })
		for _, r := range rows {
			switch n := b.text(r, c.names[i]); {
			case n == "":
			case name == "":
				name, named = n, r
			case n != name:
				b.refuse(r, c.names[i], "option_names_differ", name, named.cellLine(c.names[i]), n)
				return nil, nil, false
			}
		}
		if !valued && (name == "" || len(variants) == 1) {
			continue
		}
		if name == "" {
			b.refuse(variants[0], c.values[i], "option_name_missing", i+1)
			return nil, nil, false
		}
		names, at = append(names, name), append(at, i)
	}
	return names, at, true
}

func (c *shopifyColumns) skus(b *builder, rows []record) {
	var variants []record
	for _, r := range rows {
		if c.variant(r) {
			variants = append(variants, r)
		}
	}
	if len(variants) == 0 {
		b.refuse(rows[0], c.price, "price_missing")
		return
	}
	names, at, ok := c.axes(b, rows, variants)
	if !ok {
		return
	}
	skus := make([]rowSKU, 0, len(variants))
	for _, r := range variants {
		s := rowSKU{rec: r, col: c.values[0], code: c.sku}
		if len(at) > 0 {
			s.col = c.values[at[0]]
		}
		for _, i := range at {
			s.values = append(s.values, b.text(r, c.values[i]))
		}
		s.sku = SKU{Code: b.code(r, c.sku), GTIN: b.gtin(r, c.barcode), Stock: b.stock(r, c.stock), WeightGrams: b.weight(r, c.grams, gram)}
		b.prices(r, &s.sku, c.price, c.compare, c.cost)
		s.sku.Picture = b.picture(r, c.variantImage, r.cell(c.variantImage), "")
		skus = append(skus, s)
	}
	b.setSKUs(names, skus, func(name, value string) bool { return strings.EqualFold(value, "default title") })
}

// variant says whether a row is a SKU; rows that only add a picture are not.
func (c *shopifyColumns) variant(r record) bool {
	for _, col := range []int{c.price, c.sku, c.barcode, c.values[0], c.values[1], c.values[2]} {
		if strings.TrimSpace(r.cell(col)) != "" {
			return true
		}
	}
	return false
}
