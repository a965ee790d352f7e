package feed

import (
	"slices"
	"strings"
)

// taobaoProps names the sale properties (pid) that occur everywhere; taobaoValues those values (vid) of them that have one name in
// every category. Facts of Taobao's property catalogue (taobao.itemprops.get).
var (
	taobaoProps = map[string]string{
		"1627207": "颜色分类", "20509": "尺码", "20518": "尺码", "20549": "鞋码", "148242406": "尺码", "5919063": "套餐类型", "1630696": "手机套餐",
		"5569827": "适用床尺寸", "122216343": "参考身高",
	}
	taobaoValues = map[string]string{
		"3232483": "军绿色", "3232484": "天蓝色", "3232481": "巧克力色", "90554": "桔色", "28332": "浅灰色", "30156": "浅绿色", "60092": "浅黄色",
		"3232482": "深卡其布色", "3232478": "深灰色", "3232479": "深紫色", "28340": "深蓝色", "28320": "白色", "3232480": "粉红色", "80882": "紫罗兰",
		"28329": "紫色", "28326": "红色", "28335": "绿色", "130164": "花色", "28338": "蓝色", "132069": "褐色", "107121": "透明", "28327": "酒红色",
		"28324": "黄色", "28341": "黑色", "28314": "S", "28315": "M", "28316": "L", "28317": "XL", "28318": "XXL",
	}
)

// taobaoSKU is one entry of skuProps.
type taobaoSKU struct {
	price, stock, code string
	pairs              [][2]string // pid, vid
}

// skus reads skuProps; without it the item is one SKU with the item's own price, stock and code.
func (c *taobaoColumns) skus(b *builder, r record, shown map[string]string, pictures map[string]Picture) {
	entries, wrong := parseSKUProps(r.cell(c.skuProps))
	if wrong != "" {
		b.refuse(r, c.skuProps, "taobao_sku_format", wrong)
		return
	}
	grams := b.weight(r, c.weight, kilogram)
	if len(entries) == 0 {
		s := SKU{Code: b.code(r, c.outerID), GTIN: b.gtin(r, c.barcode, c.skuBarcode), WeightGrams: grams}
		s.Price = c.amount(b, r, c.price, b.text(r, c.price))
		s.Stock = c.pieces(b, r, c.num, b.text(r, c.num))
		b.setSKUs(nil, []rowSKU{{sku: s, rec: r, col: c.price}}, nil)
		return
	}
	pids := make([]string, 0, 4)
	for _, pair := range entries[0].pairs {
		pids = append(pids, pair[0])
	}
	barcodes := c.barcodes(b, r, len(entries))
	skus := make([]rowSKU, 0, len(entries))
	for i, e := range entries {
		s := rowSKU{rec: r, col: c.skuProps, values: c.values(b, r, e, pids, shown)}
		s.sku = SKU{Code: e.code, WeightGrams: grams, GTIN: barcodes[i]}
		s.sku.Price = c.amount(b, r, c.skuProps, e.price)
		s.sku.Stock = c.pieces(b, r, c.skuProps, e.stock)
		for _, pair := range e.pairs {
			if pic, there := pictures[pair[0]+":"+pair[1]]; there {
				s.sku.Picture = pic
			}
		}
		skus = append(skus, s)
	}
	b.setSKUs(c.axes(b, r, pids), skus, nil)
}

// parseSKUProps reads "price:stock:code:pid:vid[;pid:vid];" repeated. A part of two fields goes on with the SKU before it; the code
// may itself hold colons. wrong is the part that fits neither.
func parseSKUProps(s string) (entries []taobaoSKU, wrong string) {
	for part := range strings.SplitSeq(s, ";") {
		part = strings.TrimSpace(part)
		f := strings.Split(part, ":")
		n := len(f)
		switch {
		case part == "":
		case n >= 5:
			entries = append(entries, taobaoSKU{price: f[0], stock: f[1], code: strings.TrimSpace(strings.Join(f[2:n-2], ":")), pairs: [][2]string{{f[n-2], f[n-1]}}})
		case n == 2 && len(entries) > 0:
			last := &entries[len(entries)-1]
			last.pairs = append(last.pairs, [2]string{f[0], f[1]})
		default:
			return nil, part
		}
	}
	return entries, ""
}

// amount reads a price; 淘宝助理 writes some numbers as floats (2.9e+001), which are read exactly.
func (c *taobaoColumns) amount(b *builder, r record, col int, s string) int64 {
	if s = strings.TrimSpace(s); s == "" {
		b.refuse(r, col, "price_missing")
		return 0
	}
	if float.MatchString(s) {
		if v, ok := number(s); ok {
			s = v.FloatString(4)
		}
	}
	amount, code := fen(s, nil)
	if code != "" {
		b.refuse(r, col, code, s)
	}
	return amount
}

// pieces reads a stock out of a part of a cell.
func (c *taobaoColumns) pieces(b *builder, r record, col int, s string) *int64 {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	n, ok := pieces(s)
	if !ok {
		b.refuse(r, col, "stock_format", s)
		return nil
	}
	n = max(0, n)
	return &n
}

// values gives an entry's value names in the order of the axes. Values nobody named get a readable stand-in and a warning.
func (c *taobaoColumns) values(b *builder, r record, e taobaoSKU, pids []string, shown map[string]string) []string {
	values := make([]string, len(pids))
	for _, pair := range e.pairs {
		i := slices.Index(pids, pair[0])
		if i < 0 {
			b.refuse(r, c.skuProps, "taobao_axis", pair[0])
			continue
		}
		name := shown[pair[0]+":"+pair[1]]
		if name == "" {
			name = taobaoValues[pair[1]]
		}
		if name == "" {
			name = propName(pair[0]) + pair[1]
			if !c.warned(b, name) {
				b.warn(r, c.skuProps, "taobao_value", pair[0]+":"+pair[1], name)
			}
		}
		values[i] = name
	}
	return values
}

// warned says whether a stand-in was told already.
func (c *taobaoColumns) warned(b *builder, name string) bool {
	return slices.ContainsFunc(b.problems, func(p Problem) bool {
		return p.Code == "taobao_value" && strings.HasSuffix(p.Message.ZH, "“"+name+"”。")
	})
}

func propName(pid string) string {
	if name, known := taobaoProps[pid]; known {
		return name
	}
	return "规格" + pid
}

// axes names the properties. Two of the same name (尺码 of two kinds) are told apart by their pid.
func (c *taobaoColumns) axes(b *builder, r record, pids []string) []string {
	names := make([]string, 0, len(pids))
	for _, pid := range pids {
		name := propName(pid)
		if _, known := taobaoProps[pid]; !known {
			b.warn(r, c.skuProps, "taobao_prop", pid, name)
		}
		if slices.Contains(names, name) {
			name += pid
		}
		names = append(names, name)
	}
	return names
}

// barcodes reads sku_barcode, one per SKU in order; when their number is another, none is taken.
func (c *taobaoColumns) barcodes(b *builder, r record, n int) []string {
	out := make([]string, n)
	s := b.text(r, c.skuBarcode)
	if strings.Trim(s, "; ") == "" {
		return out
	}
	parts := strings.Split(s, ";")
	if len(parts) == n+1 && strings.TrimSpace(parts[n]) == "" { // the last one is closed as well
		parts = parts[:n]
	}
	if len(parts) != n {
		b.warn(r, c.skuBarcode, "taobao_barcodes", len(parts), n)
		return out
	}
	for i, p := range parts {
		p = strings.TrimSpace(p[strings.LastIndexByte(p, ':')+1:]) // some tools write pid:vid:barcode
		if p != "" {
			out[i] = b.gtinText(r, c.skuBarcode, p)
		}
	}
	return out
}
