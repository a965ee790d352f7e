package feed

import (
	"slices"
	"strings"
)

// wooAxis is an attribute of a variable product, with the values its parent lists.
type wooAxis struct {
	name   string
	values []string
}

// variable makes the SKUs of a variable product. Axes are the attributes its variations name; a variation that leaves an attribute
// blank means "any value" and becomes one SKU per value.
func (c *wooColumns) variable(b *builder, parent record, variations []record) {
	variations = slices.DeleteFunc(variations, func(r record) bool {
		off := no(b.text(r, c.published))
		if off {
			b.warn(r, c.published, "variation_off")
		}
		return off
	})
	if len(variations) == 0 {
		b.refuse(parent, c.kind, "variations_none")
		return
	}
	axes := c.axes(b, parent, variations)
	names := make([]string, len(axes))
	for i, a := range axes {
		names[i] = a.name
	}
	if skus := c.expand(b, parent, axes, variations); len(skus) > 0 {
		b.setSKUs(names, skus, nil)
	}
}

// axes gives the attributes used by variations, in the parent's order; the parent's others are facts about the product.
func (c *wooColumns) axes(b *builder, parent record, variations []record) []wooAxis {
	used := map[string]bool{}
	for _, r := range variations {
		for _, a := range c.attributes {
			used[strings.ToLower(b.text(r, a.name))] = true
		}
	}
	var axes []wooAxis
	add := func(r record, a wooAttribute, values []string) {
		name := b.text(r, a.name)
		same := func(x wooAxis) bool { return strings.EqualFold(x.name, name) }
		if name != "" && !slices.ContainsFunc(axes, same) {
			axes = append(axes, wooAxis{name, values})
		}
	}
	for _, a := range c.attributes {
		values := list(parent.cell(a.values))
		if used[strings.ToLower(b.text(parent, a.name))] {
			add(parent, a, values)
		} else {
			b.attribute(b.text(parent, a.name), values...)
		}
	}
	for _, r := range variations {
		for _, a := range c.attributes {
			add(r, a, nil)
		}
	}
	return axes
}

// value gives what a variation says for an axis, "" for any.
func (c *wooColumns) value(b *builder, r record, axis string) string {
	for _, a := range c.attributes {
		if strings.EqualFold(b.text(r, a.name), axis) {
			return strings.ReplaceAll(b.text(r, a.values), `\,`, ",")
		}
	}
	return ""
}

// expand gives the SKUs of all variations. Combinations that are written out go before those of "any".
func (c *wooColumns) expand(b *builder, parent record, axes []wooAxis, variations []record) []rowSKU {
	var skus []rowSKU
	written := map[string]bool{}
	for _, r := range variations {
		values := make([]string, len(axes))
		for i, a := range axes {
			values[i] = c.value(b, r, a.name)
		}
		if !slices.Contains(values, "") {
			written[strings.Join(values, "\x00")] = true
		}
		skus = append(skus, c.spread(b, parent, axes, r, values)...)
		if len(skus) > 2*b.opts.Limits.SKUs {
			b.refuse(r, c.kind, "skus_too_many", len(skus), b.opts.Limits.SKUs)
			return nil
		}
	}
	return slices.DeleteFunc(skus, func(s rowSKU) bool { return s.spread && written[strings.Join(s.values, "\x00")] })
}

// spread gives the SKUs of one variation.
func (c *wooColumns) spread(b *builder, parent record, axes []wooAxis, r record, values []string) []rowSKU {
	sku := c.one(b, r)
	if sku.WeightGrams == 0 && c.weight >= 0 && b.text(r, c.weight) == "" {
		sku.WeightGrams = b.weight(parent, c.weight, c.grams)
	}
	if images := list(r.cell(c.images)); len(images) > 0 {
		sku.Picture = b.picture(r, c.images, images[0], "")
	}
	open := slices.IndexFunc(values, func(v string) bool { return v == "" })
	if open < 0 || len(axes[open].values) == 0 {
		return []rowSKU{{sku: sku, rec: r, col: c.firstValue(), code: c.sku, values: values}} // a missing value is refused where axes are checked
	}
	b.warn(r, c.firstValue(), "variation_any", axes[open].name)
	combinations := [][]string{values}
	for i, a := range axes {
		if values[i] != "" || len(a.values) == 0 {
			continue
		}
		var next [][]string
		for _, combination := range combinations {
			for _, v := range a.values {
				if len(next) > 2*b.opts.Limits.SKUs {
					break
				}
				filled := slices.Clone(combination)
				filled[i] = v
				next = append(next, filled)
			}
		}
		combinations = next
	}
	out := make([]rowSKU, len(combinations))
	for n, combination := range combinations {
		out[n] = rowSKU{sku: sku, rec: r, col: c.firstValue(), code: c.sku, values: combination, spread: true}
		out[n].sku.Stock, out[n].sku.GTIN = nil, "" // stock and number belong to the variation as a whole
		if sku.Code != "" {
			out[n].sku.Code = sku.Code + "-" + anySuffix(values, combination)
		}
	}
	return out
}

// anySuffix names the values that were filled in, to keep SKU codes apart.
func anySuffix(values, combination []string) string {
	var filled []string
	for i, v := range values {
		if v == "" {
			filled = append(filled, combination[i])
		}
	}
	return strings.Join(filled, "-")
}

func (c *wooColumns) firstValue() int {
	if len(c.attributes) == 0 {
		return c.kind
	}
	return c.attributes[0].values
}
