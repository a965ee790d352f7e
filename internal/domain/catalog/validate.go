package catalog

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/gtin"
)

// checker collects every mistake of an input, each with the path of its field.
type checker struct{ details []errs.Detail }

func (c *checker) tell(field, code, zh, en string) {
	if len(c.details) < 100 {
		c.details = append(c.details, errs.Detail{Field: field, Code: code, Zh: zh, En: en})
	}
}

// text tells when s is longer than most characters or holds control characters.
func (c *checker) text(field, s string, most int) {
	if n := length(s); n > most {
		c.tell(field, "catalog.too_long", fmt.Sprintf("最多 %d 个字，现在有 %d 个", most, n), fmt.Sprintf("At most %d characters, there are %d", most, n))
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		c.tell(field, "catalog.characters", "含有不可见字符", "There are invisible characters inside")
	}
}

func (c *checker) count(field string, n, most int) {
	if n > most {
		c.tell(field, "catalog.too_many", fmt.Sprintf("最多 %d 项，现在有 %d 项", most, n), fmt.Sprintf("At most %d, there are %d", most, n))
	}
}

func (c *checker) err() error {
	if len(c.details) == 0 {
		return nil
	}
	e := *ErrInvalid
	e.Details = c.details
	return &e
}

func length(s string) int { return utf8.RuneCountInString(s) }

// tidy takes white space off the ends, drops empty tags and pictures, cleans
// the description and writes trade numbers in their usual form. It is
// idempotent; it never refuses.
func (in *Input) tidy() {
	in.Title, in.TitleEN, in.Subtitle, in.Brand = line(in.Title), line(in.TitleEN), line(in.Subtitle), line(in.Brand)
	in.Description = Sanitize(in.Description)
	in.Tags = tidyList(in.Tags, func(s string) string { return strings.ReplaceAll(line(s), ",", "，") })
	in.Options = slices.Clone(in.Options)
	for i, a := range in.Options {
		in.Options[i] = Axis{Name: line(a.Name), Values: each(a.Values, line)}
	}
	in.Attributes = tidyFacts(in.Attributes)
	var pictures []Picture
	for _, m := range in.Media {
		if m.URL != "" || m.Source != "" {
			m.Alt = line(m.Alt)
			pictures = append(pictures, m)
		}
	}
	in.Media = pictures
	in.SKUs = slices.Clone(in.SKUs)
	for i := range in.SKUs {
		s := &in.SKUs[i]
		s.Code, s.Options = line(s.Code), each(s.Options, line)
		if long, ok := gtin.Normalize(s.GTIN); ok {
			s.GTIN = shortGTIN(long)
		} else {
			s.GTIN = line(s.GTIN)
		}
	}
}

// tidyFacts drops empty attributes and puts those of one name together.
func tidyFacts(list []Attribute) []Attribute {
	var out []Attribute
	at := map[string]int{}
	for _, a := range list {
		name, values := line(a.Name), tidyList(a.Values, line)
		if name == "" || len(values) == 0 {
			continue
		}
		if i, there := at[name]; there {
			out[i].Values = tidyList(append(slices.Clone(out[i].Values), values...), line)
			continue
		}
		at[name] = len(out)
		out = append(out, Attribute{Name: name, Values: values})
	}
	return out
}

// line makes one line of a text: white space of any kind is one blank, none at the ends.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

func each(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}

// tidyList applies f and leaves out what is empty or repeated.
func tidyList(list []string, f func(string) string) []string {
	var out []string
	for _, s := range list {
		if s = f(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// shortGTIN writes a 14-digit trade number as printed: 8 or 13 digits where zeros allow it.
func shortGTIN(long string) string {
	switch {
	case strings.HasPrefix(long, "000000"):
		return long[6:]
	case strings.HasPrefix(long, "0"):
		return long[1:]
	}
	return long
}

// check tells every mistake of a tidied input.
func (in *Input) check(l Limits) error {
	c := &checker{}
	if in.Title == "" {
		c.tell("title", "catalog.title_missing", "请填写标题", "The title is missing")
	}
	c.text("title", in.Title, l.Title)
	c.text("title_en", in.TitleEN, maxTitleEN)
	c.text("subtitle", in.Subtitle, maxSubtitle)
	c.text("brand", in.Brand, maxBrand)
	if len(in.Description) > maxDescription {
		c.tell("description", "catalog.too_long", "商品详情最多 512 KB", "The description is limited to 512 KB")
	}
	c.count("tags", len(in.Tags), maxTags)
	for i, t := range in.Tags {
		c.text(fmt.Sprintf("tags[%d]", i), t, maxTag)
	}
	c.count("attributes", len(in.Attributes), maxAttributes)
	for i, a := range in.Attributes {
		field := fmt.Sprintf("attributes[%d]", i)
		c.text(field+".name", a.Name, maxAttribute)
		c.count(field+".values", len(a.Values), 100)
		for j, v := range a.Values {
			c.text(fmt.Sprintf("%s.values[%d]", field, j), v, maxAttribute)
		}
	}
	c.pictures(in.Media)
	c.axes(in.Options, l)
	c.matrix(in, l)
	return c.err()
}

func (c *checker) pictures(media []Picture) {
	c.count("media", len(media), maxPictures)
	for i, m := range media {
		field := fmt.Sprintf("media[%d]", i)
		c.text(field+".alt", m.Alt, maxAlt)
		if m.URL != "" && !IsPath(m.URL) {
			c.tell(field+".url", "catalog.picture_path", "请先上传图片", "Upload the picture first")
		}
		if len(m.Source) > maxAddress {
			c.tell(field+".source", "catalog.too_long", "图片地址太长", "The address of the picture is too long")
		}
	}
}

func (c *checker) axes(axes []Axis, l Limits) {
	c.count("options", len(axes), l.Axes)
	names := map[string]bool{}
	for i, a := range axes {
		field := fmt.Sprintf("options[%d]", i)
		if a.Name == "" {
			c.tell(field+".name", "catalog.axis_name", "请填写规格名", "The option needs a name")
		}
		if names[strings.ToLower(a.Name)] {
			c.tell(field+".name", "catalog.axis_repeated", "规格名重复", "Two options have this name")
		}
		names[strings.ToLower(a.Name)] = true
		c.text(field+".name", a.Name, maxAxisName)
		c.count(field+".values", len(a.Values), l.Values)
		c.values(field, a.Values)
	}
}

func (c *checker) values(field string, values []string) {
	if len(values) == 0 {
		c.tell(field+".values", "catalog.values_missing", "请填写规格值", "The option needs at least one value")
	}
	seen := map[string]bool{}
	for j, v := range values {
		at := fmt.Sprintf("%s.values[%d]", field, j)
		if v == "" || seen[v] {
			c.tell(at, "catalog.value_repeated", "规格值为空或重复", "The value is empty or repeated")
		}
		seen[v] = true
		c.text(at, v, maxValue)
	}
}

// matrix checks the SKUs against the axes and against each other.
func (c *checker) matrix(in *Input, l Limits) {
	c.count("skus", len(in.SKUs), l.SKUs)
	if len(in.SKUs) == 0 {
		c.tell("skus", "catalog.skus_missing", "至少要有一个规格", "At least one SKU is needed")
	}
	combos, codes, ids := map[string]int{}, map[string]int{}, map[string]int{}
	for i := range in.SKUs {
		s, field := &in.SKUs[i], fmt.Sprintf("skus[%d]", i)
		c.sku(field, s, in.Options)
		c.once(combos, combination(s.Options), i, field+".options", "catalog.combination_repeated", "规格组合重复", "Two SKUs have this combination")
		if s.Code != "" {
			c.once(codes, s.Code, i, field+".code", "catalog.code_repeated", "商家编码重复", "Two SKUs have this code")
		}
		if s.ID != 0 {
			c.once(ids, s.ID.String(), i, field+".id", "catalog.sku_repeated", "同一规格出现两次", "The same SKU stands twice")
		}
	}
}

func (c *checker) once(seen map[string]int, key string, i int, field, code, zh, en string) {
	if first, there := seen[key]; there {
		c.tell(field, code, fmt.Sprintf("%s（与第 %d 个相同）", zh, first+1), fmt.Sprintf("%s (as number %d)", en, first+1))
		return
	}
	seen[key] = i
}

// combination is the key of a SKU's values.
func combination(values []string) string { return strings.Join(values, "\x00") }

func (c *checker) sku(field string, s *SKUInput, axes []Axis) {
	if len(s.Options) != len(axes) {
		c.tell(field+".options", "catalog.options_count", "每个规格名都要有一个值", "One value per option is needed")
	} else {
		for j, v := range s.Options {
			if !slices.Contains(axes[j].Values, v) {
				c.tell(fmt.Sprintf("%s.options[%d]", field, j), "catalog.value_unknown", "规格值不在规格列表中", "The value is not among those of its option")
			}
		}
	}
	for _, p := range []struct {
		name  string
		value int64
		most  int64
	}{{"price", int64(s.Price), MaxPrice}, {"compare_price", int64(s.ComparePrice), MaxPrice}, {"cost", int64(s.Cost), MaxPrice}, {"weight_g", s.WeightG, maxWeightG}} {
		if p.value < 0 || p.value > p.most {
			c.tell(field+"."+p.name, "catalog.out_of_range", "数值须在 0 到上限之间", "The number must be between 0 and the limit")
		}
	}
	if s.ComparePrice != 0 && s.ComparePrice <= s.Price {
		c.tell(field+".compare_price", "catalog.compare_price", "划线价须高于售价", "The struck-out price must be above the price")
	}
	if s.Stock != nil && (*s.Stock < 0 || *s.Stock > MaxStock) {
		c.tell(field+".stock", "catalog.out_of_range", "库存须在 0 到 10 亿之间", "Stock must be between 0 and a thousand million")
	}
	if len(s.Source) > maxAddress {
		c.tell(field+".picture_source", "catalog.too_long", "图片地址太长", "The address of the picture is too long")
	}
	c.text(field+".code", s.Code, maxCode)
	if s.GTIN != "" && !gtin.Valid(s.GTIN) {
		c.tell(field+".gtin", "catalog.gtin", "条码应为 8、12、13 或 14 位数字，且校验位正确", "A barcode number has 8, 12, 13 or 14 digits with a right check digit")
	}
	if s.Picture != "" && !IsPath(s.Picture) {
		c.tell(field+".picture", "catalog.picture_path", "请先上传图片", "Upload the picture first")
	}
}
