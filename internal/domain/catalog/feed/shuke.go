package feed

import (
	"strconv"
	"strings"
)

// shukeHeader is Shuke's own CSV: one row per SKU, comma separated, UTF-8 with a byte order mark, CRLF. What belongs to the product
// stands on its first row only. Text is verbatim; a cell a spreadsheet would take for a formula or shorten as a number has an
// apostrophe in front, which does not belong to it. Lists use "|", category paths ">", attributes "name=value"; "\" escapes.
// Money is yuan with two decimals, weight grams.
var shukeHeader = []string{
	"product_ref", "title", "subtitle", "brand", "categories", "category_code", "tags", "state",
	"option1_name", "option1_value", "option2_name", "option2_value", "option3_name", "option3_value", "option4_name", "option4_value",
	"option5_name", "option5_value", "sku_code", "gtin", "price_yuan", "compare_price_yuan", "cost_yuan", "stock", "weight_g",
	"sku_picture", "pictures", "picture_alts", "attributes", "description_html",
}

const shukeAxes = 5

// shukeColumns says where the columns are; a spreadsheet may have moved or dropped some.
type shukeColumns struct {
	ref, title, subtitle, brand, categories, categoryCode, tags, state      int
	names, values                                                           [shukeAxes]int
	code, gtin, price, compare, cost, stock, weight, skuPicture, pics, alts int
	attributes, description                                                 int
}

func shukeLayout(h *header) (*layout, error) {
	c := &shukeColumns{
		ref: h.col("product ref"), title: h.col("title"), subtitle: h.col("subtitle"), brand: h.col("brand"),
		categories: h.col("categories"), categoryCode: h.col("category code"), tags: h.col("tags"), state: h.col("state"),
		code: h.col("sku code"), gtin: h.col("gtin"), price: h.col("price yuan"), compare: h.col("compare price yuan"),
		cost: h.col("cost yuan"), stock: h.col("stock"), weight: h.col("weight g"), skuPicture: h.col("sku picture"),
		pics: h.col("pictures"), alts: h.col("picture alts"), attributes: h.col("attributes"), description: h.col("description html"),
	}
	for i := range shukeAxes {
		n := "option" + strconv.Itoa(i+1)
		c.names[i], c.values[i] = h.col(n+" name"), h.col(n+" value")
	}
	if err := required(h, "Shuke", []string{"product ref"}, []string{"title"}, []string{"price yuan"}); err != nil {
		return nil, err
	}
	return &layout{placed: c.placed, apart: true, build: c.build}, nil
}

// verbatim gives a text cell as it was written.
func verbatim(r record, col int) string { return strings.TrimPrefix(r.cell(col), "'") }

func (c *shukeColumns) placed(r record) place {
	ref := verbatim(r, c.ref)
	if strings.TrimSpace(ref) == "" {
		return place{}
	}
	return place{keys: []string{ref}}
}

func (c *shukeColumns) build(b *builder, rows []record) {
	b.widths(rows)
	b.title(rows, c.title)
	main := rows[0]
	for _, r := range rows {
		if strings.TrimSpace(r.cell(c.title)) != "" {
			main = r
			break
		}
	}
	b.Ref, b.Title, b.Subtitle, b.Brand = verbatim(main, c.ref), verbatim(main, c.title), verbatim(main, c.subtitle), verbatim(main, c.brand)
	b.CategoryCode, b.Description = verbatim(main, c.categoryCode), verbatim(main, c.description)
	for _, path := range splitEscaped(verbatim(main, c.categories), '|') {
		b.Categories = append(b.Categories, unescapeAll(splitEscaped(path, '>')))
	}
	b.Tags = unescapeAll(splitEscaped(verbatim(main, c.tags), '|'))
	for _, pair := range splitEscaped(verbatim(main, c.attributes), '|') {
		c.attribute(b, main, pair)
	}
	switch b.State = State(b.text(main, c.state)); b.State {
	case Draft, Listed, Unlisted:
	case "":
		b.State = Draft
	default:
		b.refuse(main, c.state, "state_unknown", string(b.State))
		b.State = Draft
	}
	c.pictures(b, main)
	c.skus(b, main, rows)
}

func (c *shukeColumns) attribute(b *builder, r record, pair string) {
	parts := splitEscaped(pair, '=')
	if len(parts) != 2 {
		b.refuse(r, c.attributes, "attribute_format", pair)
		return
	}
	parts = unescapeAll(parts)
	if n := len(b.Attributes); n > 0 && b.Attributes[n-1].Name == parts[0] {
		b.Attributes[n-1].Values = append(b.Attributes[n-1].Values, parts[1])
		return
	}
	b.Attributes = append(b.Attributes, Attribute{Name: parts[0], Values: parts[1:]})
}

func (c *shukeColumns) pictures(b *builder, r record) {
	alts := unescapeAll(splitEscaped(verbatim(r, c.alts), '|'))
	for i, address := range unescapeAll(splitEscaped(verbatim(r, c.pics), '|')) {
		alt := ""
		if i < len(alts) {
			alt = alts[i]
		}
		b.addPicture(r, c.pics, b.picture(r, c.pics, address, alt))
	}
}

func (c *shukeColumns) skus(b *builder, main record, rows []record) {
	var names []string
	for i := range shukeAxes {
		name := verbatim(main, c.names[i])
		if name == "" {
			break
		}
		names = append(names, name)
	}
	skus := make([]rowSKU, 0, len(rows))
	for _, r := range rows {
		s := rowSKU{rec: r, col: c.ref, code: c.code}
		for i := range names {
			s.values, s.col = append(s.values, verbatim(r, c.values[i])), c.values[0]
		}
		for i := len(names); i < shukeAxes; i++ {
			if r.cell(c.values[i]) != "" {
				b.refuse(r, c.values[i], "option_name_missing", i+1)
			}
		}
		s.sku = SKU{Code: verbatim(r, c.code), GTIN: b.gtin(r, c.gtin), Stock: b.stock(r, c.stock), WeightGrams: b.weight(r, c.weight, gram)}
		b.shukePrices(r, &s.sku, c)
		s.sku.Picture = b.picture(r, c.skuPicture, verbatim(r, c.skuPicture), "")
		skus = append(skus, s)
	}
	b.setSKUs(names, skus, nil)
}

// shukePrices reads prices, which are always yuan here.
func (b *builder) shukePrices(r record, sku *SKU, c *shukeColumns) {
	o := *b.opts
	o.Rate = nil
	b.opts = &o
	b.prices(r, sku, c.price, c.compare, c.cost)
}

// splitEscaped cuts at a separator that no backslash escapes; parts keep their escapes. An empty text has no parts.
func splitEscaped(s string, separator byte) []string {
	if s == "" {
		return nil
	}
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case separator:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// unescapeAll drops the backslashes that escape.
func unescapeAll(parts []string) []string {
	for i, p := range parts {
		if strings.IndexByte(p, '\\') < 0 {
			continue
		}
		var out strings.Builder
		for j := 0; j < len(p); j++ {
			if p[j] == '\\' && j+1 < len(p) {
				j++
			}
			out.WriteByte(p[j])
		}
		parts[i] = out.String()
	}
	return parts
}

// escaper puts a backslash before everything that separates.
var escaper = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `>`, `\>`, `=`, `\=`)

// listEscaper does so where only the list's own separator counts, so that addresses stay readable.
var listEscaper = strings.NewReplacer(`\`, `\\`, `|`, `\|`)
