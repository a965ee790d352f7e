package feed

import (
	"slices"
	"strings"
)

// taobaoColumns are the columns of 淘宝助理's export, found by its second line (the third, in Chinese, may be damaged).
type taobaoColumns struct {
	title, subtitle, description, wireless, cid, price, num, outerID, numID, state int
	picture, skuProps, propAlias, customCPV, cateProps, inputPids, inputValues     int
	barcode, skuBarcode, weight                                                    int
}

func taobaoLayout(h *header) (*layout, error) {
	c := &taobaoColumns{
		title: h.col("title"), subtitle: h.col("subtitle"), description: h.col("description"), wireless: h.col("wireless desc"),
		cid: h.col("cid"), price: h.col("price"), num: h.col("num"), outerID: h.col("outer id"), numID: h.col("num id"),
		state: h.col("approve status"), picture: h.col("picture"), skuProps: h.col("skuprops"), propAlias: h.col("propalias"),
		customCPV: h.col("input custom cpv"), cateProps: h.col("cateprops"), inputPids: h.col("inputpids"),
		inputValues: h.col("inputvalues"), barcode: h.col("barcode"), skuBarcode: h.col("sku barcode"), weight: h.col("item weight"),
	}
	if err := required(h, "淘宝助理", []string{"title"}, []string{"price"}, []string{"num"}); err != nil {
		return nil, err
	}
	return &layout{placed: c.placed, lazy: true, accept: c.accept, build: c.build}, nil
}

// accept drops the line of Chinese captions: a line that has words where price and stock are, and nothing of an item.
func (c *taobaoColumns) accept(r record) bool {
	price := strings.TrimSpace(r.cell(c.price))
	num := strings.TrimSpace(r.cell(c.num))
	caption := price != "" && num != "" && !strings.ContainsAny(price+num, "0123456789")
	return !caption || r.line > 3
}

// ref is the item's number at Taobao, else the merchant's code, else the title.
func (c *taobaoColumns) ref(r record) string {
	for _, col := range []int{c.numID, c.outerID, c.title} {
		if s := strings.TrimSpace(r.cell(col)); strings.Trim(s, "0") != "" {
			return s
		}
	}
	return ""
}

func (c *taobaoColumns) placed(r record) place {
	ref := c.ref(r)
	if ref == "" {
		return place{}
	}
	return place{keys: []string{ref}, starts: true, single: true}
}

func (c *taobaoColumns) build(b *builder, rows []record) {
	r := rows[0]
	b.widths(rows)
	b.title(rows, c.title)
	b.Ref, b.Subtitle, b.Description = c.ref(r), b.text(r, c.subtitle), r.cell(c.description)
	if strings.TrimSpace(b.Description) == "" {
		b.Description = r.cell(c.wireless)
	}
	if cid := b.text(r, c.cid); strings.Trim(cid, "0") != "" {
		b.CategoryCode = "taobao:" + cid
	}
	b.Brand = c.brand(b, r)
	// The column is called 放入仓库 (put into the warehouse): 1 is finished but not for sale. An item is never put on sale by a guess.
	b.State = Unlisted
	if s := b.text(r, c.state); s == "0" || s == "onsale" {
		b.State = Listed
	}
	shown := c.names(b, r)
	skuPictures := c.pictures(b, r)
	c.skus(b, r, shown, skuPictures)
}

// brandPID is Taobao's property 品牌.
const brandPID = "20000"

// brand reads the typed-in value of 品牌: inputPids is "20000,13021751", inputValues has one value per pid, with sub-properties behind ";".
func (c *taobaoColumns) brand(b *builder, r record) string {
	pids := strings.Split(b.text(r, c.inputPids), ",")
	values := strings.Split(b.text(r, c.inputValues), ",")
	if i := slices.Index(pids, brandPID); i >= 0 && i < len(values) && len(pids) == len(values) {
		name, _, _ := strings.Cut(values[i], ";")
		return strings.TrimSpace(name)
	}
	return ""
}

// names reads the names the merchant gave to property values: "pid:vid:name;…" of propAlias, then of input_custom_cpv.
func (c *taobaoColumns) names(b *builder, r record) map[string]string {
	shown := map[string]string{}
	for _, col := range []int{c.customCPV, c.propAlias} {
		for _, item := range cells(r.cell(col), ";") {
			parts := strings.SplitN(item, ":", 3)
			if len(parts) == 3 && strings.TrimSpace(parts[2]) != "" {
				shown[parts[0]+":"+parts[1]] = strings.TrimSpace(parts[2])
			}
		}
	}
	return shown
}

// pictures reads "hash:1:index:|url;" (pictures of the item) and "hash:2:0:pid:vid|url;" (of a property value), which it gives by
// "pid:vid". Without an address the picture is a file beside the CSV, called hash.tbi.
func (c *taobaoColumns) pictures(b *builder, r record) map[string]Picture {
	bySKU := map[string]Picture{}
	type main struct {
		at  string
		pic Picture
	}
	var mains []main
	for _, item := range cells(r.cell(c.picture), ";") {
		left, address, _ := strings.Cut(item, "|")
		parts := strings.Split(left, ":")
		if strings.TrimSpace(address) == "" {
			address = parts[0] + ".tbi"
		}
		pic := b.picture(r, c.picture, address, "")
		switch {
		case len(parts) < 3 || parts[0] == "" || (parts[1] != "1" && parts[1] != "2"):
			b.warn(r, c.picture, "taobao_picture", item)
		case parts[1] == "1":
			mains = append(mains, main{parts[2], pic})
		case len(parts) >= 5:
			bySKU[parts[3]+":"+parts[4]] = pic
		}
	}
	slices.SortStableFunc(mains, func(x, y main) int {
		if len(x.at) != len(y.at) {
			return len(x.at) - len(y.at)
		}
		return strings.Compare(x.at, y.at)
	})
	for _, m := range mains {
		b.addPicture(r, c.picture, m.pic)
	}
	return bySKU
}
