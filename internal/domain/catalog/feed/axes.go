package feed

import (
	"strings"
)

// rowSKU is a SKU with the row it came from, for problems, and its values by axis name.
type rowSKU struct {
	sku    SKU
	rec    record
	col    int // where to point when its combination is wrong
	code   int // where its code stands, to point there when it is wrong; 0 when that is col
	values []string
	spread bool // one of several made of one row: another row may say more about its combination
}

// setSKUs gives the product its axes and SKUs, after checking that axes agree and that no combination stands twice.
// names are the axes; every SKU has one value per name. standIn says that a single SKU's only value stands for "no choice".
func (b *builder) setSKUs(names []string, skus []rowSKU, standIn func(name, value string) bool) {
	l := b.opts.Limits
	if len(skus) > l.SKUs {
		b.refuse(skus[l.SKUs].rec, skus[l.SKUs].col, "skus_too_many", len(skus), l.SKUs)
	}
	if len(names) > l.OptionAxes {
		b.refuse(skus[0].rec, skus[0].col, "options_too_many", len(names), l.OptionAxes)
		return
	}
	if len(skus) == 1 && len(names) == 1 && standIn != nil && standIn(names[0], skus[0].values[0]) {
		names, skus[0].values = nil, nil
	}
	b.checkAxes(names, skus)
	skus = skus[:min(len(skus), l.SKUs)]
	for _, s := range skus {
		s.sku.Row, s.sku.Options = s.rec.line, s.values
		b.SKUs = append(b.SKUs, s.sku)
	}
	b.checkCombinations(names, skus)
	b.checkCodes(skus)
}

// checkAxes collects the values of each axis in the order of the file.
func (b *builder) checkAxes(names []string, skus []rowSKU) {
	seen := map[string]bool{}
	for i, name := range names {
		if name == "" {
			b.refuse(skus[0].rec, skus[0].col, "option_name_missing", i+1)
			return
		}
		if low := strings.ToLower(name); seen[low] {
			b.refuse(skus[0].rec, skus[0].col, "option_name_repeated", name)
			return
		} else {
			seen[low] = true
		}
		values := map[string]bool{}
		o := Option{Name: name}
		for _, s := range skus {
			switch v := s.values[i]; {
			case v == "":
				b.refuse(s.rec, s.col, "option_value_missing", name)
			case !values[v]:
				values[v] = true
				o.Values = append(o.Values, v)
			}
		}
		if len(o.Values) > b.opts.Limits.OptionValues {
			b.refuse(skus[0].rec, skus[0].col, "option_values_too_many", name, len(o.Values), b.opts.Limits.OptionValues)
			return
		}
		b.Options = append(b.Options, o)
	}
}

func (b *builder) checkCombinations(names []string, skus []rowSKU) {
	if len(names) == 0 && len(skus) > 1 {
		b.refuse(skus[1].rec, skus[1].col, "options_missing", skus[0].rec.line)
		return
	}
	first := map[string]int{}
	for _, s := range skus {
		key := strings.Join(s.values, "\x00")
		if line, there := first[key]; there {
			b.refuse(s.rec, s.col, "combination_repeated", strings.Join(s.values, " / "), line, s.rec.line)
			continue
		}
		first[key] = s.rec.line
	}
}

func (b *builder) checkCodes(skus []rowSKU) {
	first := map[string]int{}
	for _, s := range skus {
		if s.sku.Code == "" {
			continue
		}
		if line, there := first[s.sku.Code]; there {
			col := s.col
			if s.code > 0 {
				col = s.code
			}
			b.warn(s.rec, col, "code_repeated", s.sku.Code, line)
			continue
		}
		first[s.sku.Code] = s.rec.line
	}
}
