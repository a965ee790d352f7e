package feed

import (
	"slices"
	"strconv"
	"strings"
)

// medusaColumns are the columns of Medusa's product export: one row per variant, prices per currency in major units. Medusa 1 called
// some of them otherwise ("Option 1 Name", "Image 1 Url", "Price USD", "Price Denmark [DKK]") and had the stock.
// Ids in the file (prod_…, pcat_…) belong to another database and are not used.
type medusaColumns struct {
	handle, title, subtitle, description, state, thumbnail, material int
	code, upc, ean, barcode, weight, productWeight, price, stock     int
	images, tags, categories                                         []int
	names, values                                                    []int
}

func medusaLayout(h *header, o *Options) (*layout, error) {
	c := &medusaColumns{
		handle: h.col("product handle"), title: h.col("product title"), subtitle: h.col("product subtitle"),
		description: h.col("product description"), state: h.col("product status"), thumbnail: h.col("product thumbnail"),
		material: h.col("product material"), code: h.col("variant sku"), upc: h.col("variant upc"), ean: h.col("variant ean"),
		barcode: h.col("variant barcode"), weight: h.col("variant weight"), productWeight: h.col("product weight"),
		stock: h.col("variant inventory quantity"),
	}
	c.images, c.tags = append(numbered(h, "product image ", ""), numbered(h, "image ", " url")...), numbered(h, "product tag ", "")
	c.categories = numbered(h, "product category ", "")
	c.names, c.values = numbered(h, "variant option ", " name"), numbered(h, "variant option ", " value")
	if err := required(h, "Medusa", []string{"product handle"}, []string{"product title"}); err != nil {
		return nil, err
	}
	if len(c.names) == 0 {
		c.names, c.values = numbered(h, "option ", " name"), numbered(h, "option ", " value")
	}
	if len(c.names) != len(c.values) {
		return nil, fatal("columns_missing", h.line, 0, "Medusa", "Variant Option N Name/Value")
	}
	currency := "CNY"
	if o.foreign() {
		currency = o.Currency
	}
	known := currencies(h)
	if len(known) == 0 {
		return nil, fatal("prices_missing", h.line, 0)
	}
	if c.price = priceColumn(h, currency); c.price < 0 {
		return nil, fatal("currency_needed", h.line, 0, currency, strings.Join(known, ", "))
	}
	return &layout{placed: c.placed, apart: true, build: c.build}, nil
}

// numbered gives the columns before1after, before2after …
func numbered(h *header, before, after string) []int {
	var out []int
	for n := 1; n <= 100; n++ {
		if i := h.col(before + strconv.Itoa(n) + after); i >= 0 {
			out = append(out, i)
		}
	}
	return out
}

// currencies lists those the file has prices in.
func currencies(h *header) []string {
	var out []string
	for _, name := range h.names {
		if code := priceCurrency(name); code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// priceCurrency gives the currency of a price column, "" for other columns: "Variant Price EUR", "Price EUR", "Price Denmark [DKK]".
func priceCurrency(name string) string {
	words := strings.Fields(strings.TrimPrefix(normal(name), "variant "))
	if len(words) < 2 || words[0] != "price" || len(words[len(words)-1]) != 3 || len(words) > 2 && !strings.HasSuffix(name, "]") {
		return ""
	}
	return strings.ToUpper(words[len(words)-1])
}

// priceColumn finds the prices in a currency, those of no region before those of one.
func priceColumn(h *header, currency string) int {
	if i := h.col("variant price "+strings.ToLower(currency), "price "+strings.ToLower(currency)); i >= 0 {
		return i
	}
	return slices.IndexFunc(h.names, func(name string) bool { return priceCurrency(name) == strings.ToUpper(currency) })
}

func (c *medusaColumns) placed(r record) place {
	handle := strings.TrimSpace(r.cell(c.handle))
	if handle == "" {
		return place{}
	}
	return place{keys: []string{handle}}
}

func (c *medusaColumns) build(b *builder, rows []record) {
	r := rows[0]
	b.widths(rows)
	b.title(rows, c.title)
	b.Ref, b.Subtitle, b.Description = b.text(r, c.handle), b.text(r, c.subtitle), r.cell(c.description)
	switch s := strings.ToLower(b.text(r, c.state)); s {
	case "published":
		b.State = Listed
	case "", "draft", "proposed", "rejected":
		b.State = Draft
	default:
		b.State = Draft
		b.warn(r, c.state, "state_unknown", s)
	}
	for _, col := range c.tags {
		b.Tags = append(b.Tags, foreignID(b.text(r, col))...)
	}
	for _, col := range c.categories {
		b.addCategory(foreignID(b.text(r, col)))
	}
	if m := b.text(r, c.material); m != "" {
		b.attribute("Material", m)
	}
	for _, col := range append([]int{c.thumbnail}, c.images...) {
		b.addPicture(r, col, b.picture(r, col, r.cell(col), ""))
	}
	c.skus(b, rows)
}

// foreignID drops a value that is only an id of the other database.
func foreignID(s string) []string {
	for _, prefix := range []string{"pcat_", "ptyp_", "pcol_", "ptag_"} {
		if strings.HasPrefix(s, prefix) {
			return nil
		}
	}
	if s == "" {
		return nil
	}
	return []string{s}
}

func (c *medusaColumns) skus(b *builder, rows []record) {
	var names []string
	var at []int
	for i, col := range c.names {
		name := b.text(rows[0], col)
		if name == "" && !slices.ContainsFunc(rows, func(r record) bool { return b.text(r, c.values[i]) != "" }) {
			continue
		}
		for _, r := range rows {
			if n := b.text(r, col); n != name {
				b.refuse(r, col, "option_names_differ", name, rows[0].cellLine(col), n)
				return
			}
		}
		names, at = append(names, name), append(at, i)
	}
	skus := make([]rowSKU, 0, len(rows))
	for _, r := range rows {
		s := rowSKU{rec: r, col: c.price, code: c.code}
		for _, i := range at {
			s.values, s.col = append(s.values, b.text(r, c.values[i])), c.values[at[0]]
		}
		s.sku = SKU{Code: b.code(r, c.code), GTIN: b.gtin(r, c.ean, c.upc, c.barcode), WeightGrams: b.weight(r, c.weight, gram)}
		s.sku.Stock = b.stock(r, c.stock)
		if s.sku.WeightGrams == 0 {
			s.sku.WeightGrams = b.weight(r, c.productWeight, gram)
		}
		b.prices(r, &s.sku, c.price, -1, -1)
		skus = append(skus, s)
	}
	b.setSKUs(names, skus, func(_, value string) bool { return strings.EqualFold(value, "default option value") })
}
