package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const wooHead = "ID,Type,SKU,Name,Published,Visibility in catalog,Short description,Description,Date sale price starts,Date sale price ends,In stock?,Stock,Weight (kg),Sale price,Regular price,Categories,Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Attribute 1 global,Attribute 2 name,Attribute 2 value(s),Meta: x,\"GTIN, UPC, EAN, or ISBN\"\n"

// wooRow fills a row by column heading.
func wooRow(cells map[string]string) string {
	heads := strings.Split(strings.Replace(strings.TrimSpace(wooHead), `"GTIN, UPC, EAN, or ISBN"`, "GTIN", 1), ",")
	row := make([]string, len(heads))
	for i, h := range heads {
		if v, there := cells[h]; there {
			row[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			delete(cells, h)
		}
	}
	if len(cells) > 0 {
		panic(fmt.Sprint("no such columns: ", cells))
	}
	return strings.Join(row, ",") + "\n"
}

type row = map[string]string

func TestWooSimple(t *testing.T) {
	items := read(t, wooHead+wooRow(row{"ID": "7", "Type": "simple", "SKU": "MUG", "Name": "杯", "Published": "1", "Short description": `'-50% \n off`, "Description": `<p>a</p>\n<p>b</p>`,
		"In stock?": "1", "Stock": "5", "Weight (kg)": "0.25", "Sale price": "18", "Regular price": "20.5", "Categories": `Home, Home > Kitchen, Tea \, Coffee`, "Tags": "a, b",
		"Images": "https://p.cn/1.jpg, https://p.cn/2.jpg", "Attribute 1 name": "材质", "Attribute 1 value(s)": "瓷, 木", "GTIN": "036000291452"}), Options{})
	wantProblems(t, items)
	p := items[0]
	if p.Ref != "MUG" || p.Subtitle != "-50% \n off" || p.Description != "<p>a</p>\n<p>b</p>" || p.State != Listed || fmt.Sprintf("%q", p.Categories) != `[["Home" "Kitchen"] ["Tea , Coffee"]]` || len(p.Pictures) != 2 {
		t.Errorf("%+v", p)
	}
	if fmt.Sprint(p.Attributes) != "[{材质 [瓷 木]}]" || len(p.Options) != 0 {
		t.Errorf("%v %v", p.Attributes, p.Options)
	}
	if s := p.SKUs[0]; s.Price != 1800 || s.ComparePrice != 2050 || *s.Stock != 5 || s.WeightGrams != 250 || s.GTIN != "036000291452" || s.Code != "MUG" {
		t.Errorf("%+v", s)
	}
}

// Variations name their parent by id or SKU and may stand anywhere, also before it (as in WooCommerce's own sample file: at the end).
func TestWooVariations(t *testing.T) {
	parent := wooRow(row{"ID": "44", "Type": "variable", "SKU": "tee", "Name": "T 恤", "Published": "1", "Attribute 1 name": "颜色", "Attribute 1 value(s)": "红, 蓝", "Attribute 2 name": "材质", "Attribute 2 value(s)": "棉", "Weight (kg)": "1"})
	other := wooRow(row{"ID": "45", "Type": "simple", "SKU": "x", "Name": "X", "Regular price": "1"})
	red := wooRow(row{"Type": "variation", "SKU": "tee-r", "Regular price": "10", "Parent": "id:44", "Attribute 1 name": "颜色", "Attribute 1 value(s)": "红", "Images": "https://p.cn/r.jpg"})
	blue := wooRow(row{"Type": "variation", "SKU": "tee-b", "Regular price": "11", "Parent": "tee", "Attribute 1 name": "颜色", "Attribute 1 value(s)": "蓝", "Weight (kg)": "2", "In stock?": "0"})
	off := wooRow(row{"Type": "variation", "Published": "0", "Parent": "tee", "Attribute 1 name": "颜色", "Attribute 1 value(s)": "绿"})
	for name, text := range map[string]string{"in order": parent + red + blue + other, "at the end": parent + other + red + blue, "before, by both names": red + blue + other + parent, "one off": parent + red + blue + off + other} {
		items := read(t, wooHead+text, Options{})
		i := slices.IndexFunc(items, func(it item) bool { return it.Ref == "tee" })
		if len(items) != 2 || i < 0 || Refused(items[i].problems) {
			t.Fatalf("%s: %+v", name, items)
		}
		p := items[i]
		if fmt.Sprint(p.Options, p.Attributes) != "[{颜色 [红 蓝]}] [{材质 [棉]}]" || p.SKUs[0].WeightGrams != 1000 || p.SKUs[1].WeightGrams != 2000 || *p.SKUs[1].Stock != 0 || p.SKUs[0].Stock != nil || p.SKUs[0].Picture.URL != "https://p.cn/r.jpg" {
			t.Errorf("%s: %+v", name, p)
		}
		if off := slices.Contains(codes(p.problems), "variation_off@5:5"); off != (name == "one off") {
			t.Errorf("%s: %v", name, p.problems)
		}
	}
}

func TestWooAnyValue(t *testing.T) {
	items := read(t, wooHead+
		wooRow(row{"Type": "variable", "SKU": "v", "Name": "V", "Attribute 1 name": "色", "Attribute 1 value(s)": "红, 绿", "Attribute 2 name": "号", "Attribute 2 value(s)": "大, 小"})+
		wooRow(row{"Type": "variation", "SKU": "r", "Stock": "9", "Regular price": "1", "Parent": "v", "Attribute 1 name": "色", "Attribute 1 value(s)": "红", "Attribute 2 name": "号"})+
		wooRow(row{"Type": "variation", "SKU": "rs", "Stock": "3", "Regular price": "2", "Parent": "v", "Attribute 1 name": "色", "Attribute 1 value(s)": "红", "Attribute 2 name": "号", "Attribute 2 value(s)": "小"}), Options{})
	wantProblems(t, items, "variation_any@3:21")
	p := items[0]
	if len(p.SKUs) != 2 || p.SKUs[0].Code != "r-大" || p.SKUs[0].Price != 100 || p.SKUs[0].Stock != nil || p.SKUs[1].Code != "rs" || *p.SKUs[1].Stock != 3 {
		t.Errorf("%+v", p.SKUs)
	}
}

func TestWooProblems(t *testing.T) {
	simple := func(more row) string {
		r := row{"Type": "simple", "SKU": "s", "Name": "S", "Regular price": "20"}
		for k, v := range more {
			r[k] = v
		}
		return wooRow(r)
	}
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"grouped":         {simple(row{"Type": "grouped"}), []string{"woo_type@2:2"}},
		"external":        {simple(row{"Type": "external"}), []string{"woo_type@2:2"}},
		"subscription":    {simple(row{"Type": "variable-subscription"}), []string{"woo_type@2:2"}},
		"downloadable":    {simple(row{"Type": "simple, downloadable, virtual"}), []string{"woo_download@2:2"}},
		"virtual":         {simple(row{"Type": "simple, virtual"}), []string{"woo_virtual@2:2"}},
		"no price":        {simple(row{"Regular price": ""}), []string{"price_missing@2:15"}},
		"only sale":       {simple(row{"Regular price": "", "Sale price": "5"}), nil},
		"orphan":          {wooRow(row{"Type": "variation", "Parent": "gone", "Regular price": "1"}), []string{"parent_missing@2:19"}},
		"no parent named": {wooRow(row{"Type": "variation", "Regular price": "1"}), []string{"parent_missing@2:19", "ref_missing@2:0"}},
		"simple parent":   {simple(nil) + wooRow(row{"Type": "variation", "Parent": "s", "Regular price": "1"}), []string{"woo_parent_simple@3:19"}},
		"no variations":   {simple(row{"Type": "variable"}), []string{"variations_none@2:2"}},
		"decimal comma":   {simple(row{"Regular price": "12,50"}), []string{"price_comma@2:15"}},
		"stock of parent": {simple(row{"Stock": "parent"}), []string{"stock_shared@2:12"}},
		"odd state":       {simple(row{"Published": "maybe"}), []string{"state_unknown@2:5"}},
		"wrong gtin":      {simple(row{"GTIN": "036000291453"}), []string{"gtin_wrong@2:27"}},
		"no title":        {simple(row{"Name": ""}), []string{"title_missing@2:4"}},
	} {
		t.Run(name, func(t *testing.T) { wantProblems(t, read(t, wooHead+c.rows, Options{}), c.want...) })
	}
	items := read(t, wooHead+simple(nil)+simple(nil), Options{})
	if len(items) != 2 || !slices.Equal(codes(items[1].problems), []string{"ref_repeated@3:0"}) {
		t.Errorf("the same SKU twice: %+v", items)
	}
}

func TestWooSaleDates(t *testing.T) {
	now := time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		starts, ends string
		now          time.Time
		price        int64
		code         string
	}{
		{"", "", time.Time{}, 500, ""},
		{"2025-06-01", "2025-06-15", now, 500, "sale_running@2:14"},
		{"2025-06-01 00:00:00", "", now, 500, "sale_running@2:14"},
		{"2025-06-01", "2025-06-15", time.Time{}, 900, "sale_not_running@2:14"},
		{"2025-06-16", "", now, 900, "sale_not_running@2:14"},
		{"", "2025-06-14 9:00:00", now, 900, "sale_not_running@2:14"},
		{"soon", "", now, 900, "sale_not_running@2:14"},
	} {
		items := read(t, wooHead+wooRow(row{"Type": "simple", "SKU": "s", "Name": "S", "Sale price": "5", "Regular price": "9", "Date sale price starts": c.starts, "Date sale price ends": c.ends}), Options{Now: c.now})
		if got := items[0].SKUs[0].Price; got != c.price || strings.Join(codes(items[0].problems), " ") != c.code {
			t.Errorf("%+v: %d %v", c, got, items[0].problems)
		}
	}
}

func TestWooStates(t *testing.T) {
	for _, c := range []struct {
		published, visible string
		want               State
	}{{"1", "visible", Listed}, {"0", "", Unlisted}, {"-1", "", Draft}, {"'-1", "", Draft}, {"Yes", "", Listed}, {"No", "", Unlisted}, {"1", "hidden", Unlisted}, {"", "", Listed}} {
		items := read(t, wooHead+wooRow(row{"Type": "simple", "SKU": "s", "Name": "S", "Regular price": "9", "Published": c.published, "Visibility in catalog": c.visible}), Options{})
		if items[0].State != c.want {
			t.Errorf("%+v: %s", c, items[0].State)
		}
	}
}
