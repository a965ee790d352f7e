package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// codes lists problems as "code@line:column".
func codes(problems []Problem) []string {
	out := make([]string, len(problems))
	for i, p := range problems {
		out[i] = fmt.Sprintf("%s@%d:%d", p.Code, p.Line, p.Column)
	}
	return out
}

// read reads a file that has no fatal error.
func read(t *testing.T, text string, o Options) []item {
	t.Helper()
	items, _, err := drain(strings.NewReader(text), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, it := range items {
		for _, p := range it.problems {
			if strings.Contains(p.Message.ZH+p.Message.EN, "%!") || p.Message.ZH == p.Message.EN {
				t.Errorf("%s has a broken text: %+v", p.Code, p.Message)
			}
		}
	}
	return items
}

// wantProblems compares the problems of the only product.
func wantProblems(t *testing.T, items []item, want ...string) {
	t.Helper()
	if len(items) != 1 {
		t.Fatalf("%d products", len(items))
	}
	if got := codes(items[0].problems); !slices.Equal(got, want) {
		t.Errorf("problems %v, want %v", got, want)
	}
}

const newShopify = "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Cost per item,Inventory quantity,Weight value (grams),Weight unit for display,Product image URL,Image position,Image alt text,Variant image URL,Gift card\n"

func TestShopifyNewHeadings(t *testing.T) {
	items := read(t, newShopify+
		"紫砂壶,zisha,\"<p>宜兴\n手工</p>\",熟客,Home > Kitchen > Teapots,壶,\"茶, 壶, 茶\",TRUE,active,ZS-1,6901028075831,容量,200ml,,199.00,259,80.5,12,450,g,https://p.cn/2.jpg,2,正面,https://p.cn/v.jpg,FALSE\n"+
		",zisha,,,,,,,,ZS-2,,,300ml,,229,,,0,520,g,//p.cn/1.jpg,1,,,\n"+
		",zisha,,,,,,,,,,,,,,,,,,,https://p.cn/3.jpg,3,侧面,,\n", Options{})
	wantProblems(t, items)
	p := items[0]
	if p.Row != 2 || p.Ref != "zisha" || p.Title != "紫砂壶" || p.Description != "<p>宜兴\n手工</p>" || p.Brand != "熟客" || p.State != Listed || !slices.Equal(p.Tags, []string{"茶", "壶"}) {
		t.Errorf("%+v", p)
	}
	if fmt.Sprint(p.Categories, p.Options) != "[[Home Kitchen Teapots]] [{容量 [200ml 300ml]}]" {
		t.Errorf("%v %v", p.Categories, p.Options)
	}
	if fmt.Sprint(p.Pictures) != "[{https://p.cn/1.jpg  } {https://p.cn/2.jpg  正面} {https://p.cn/3.jpg  侧面}]" {
		t.Errorf("%v", p.Pictures)
	}
	a, b := p.SKUs[0], p.SKUs[1]
	if a.Code != "ZS-1" || a.GTIN != "6901028075831" || a.Price != 19900 || a.ComparePrice != 25900 || a.Cost != 8050 || *a.Stock != 12 || a.WeightGrams != 450 || a.Picture.URL != "https://p.cn/v.jpg" {
		t.Errorf("%+v", a)
	}
	if b.Row != 4 || b.Options[0] != "300ml" || *b.Stock != 0 || b.ComparePrice != 0 {
		t.Errorf("%+v", b)
	}
}

func TestShopifyStates(t *testing.T) {
	for row, want := range map[string]State{
		"a,A,TRUE,active,1": Listed, "a,A,,,1": Listed, "a,A,FALSE,active,1": Unlisted, "a,A,TRUE,draft,1": Draft, "a,A,TRUE,archived,1": Unlisted, "a,A,false,,1": Unlisted, "a,A,TRUE,odd,1": Draft,
	} {
		if items := read(t, "Handle,Title,Published,Status,Variant Price\n"+row+"\n", Options{}); items[0].State != want {
			t.Errorf("%s: %s, want %s", row, items[0].State, want)
		}
	}
}

func TestShopifyProblems(t *testing.T) {
	const head = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Price,Variant Compare At Price,Variant Inventory Qty,Variant Barcode,Image Src,Gift Card,Variant Grams\n"
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"default title":        {"a,A,Title,Default Title,,,,9,,,,,,\n", nil},
		"same combination":     {"a,A,色,红,,,,9,,,,,,\na,,,红,,,,9,,,,,,\n", []string{"combination_repeated@3:4"}},
		"names differ":         {"a,A,色,红,,,,9,,,,,,\na,,颜色,蓝,,,,9,,,,,,\n", []string{"option_names_differ@3:3"}},
		"value missing":        {"a,A,色,红,号,大,,9,,,,,,\na,,,蓝,,,,9,,,,,,\n", []string{"option_value_missing@3:4"}},
		"no names":             {"a,A,,红,,,,9,,,,,,\na,,,蓝,,,,9,,,,,,\n", []string{"option_name_missing@2:4"}},
		"two without options":  {"a,A,,,,,x,9,,,,,,\na,,,,,,y,9,,,,,,\n", []string{"options_missing@3:4"}},
		"same option twice":    {"a,A,色,红,色,大,,9,,,,,,\n", []string{"option_name_repeated@2:4"}},
		"code twice":           {"a,A,色,红,,,x,9,,,,,,\na,,,蓝,,,x,9,,,,,,\n", []string{"code_repeated@3:7"}},
		"no price":             {"a,A,,,,,x,,,,,,,\n", []string{"price_missing@2:8"}},
		"no SKU at all":        {"a,A,,,,,,,,,,https://p.cn/1.jpg,,\n", []string{"price_missing@2:8"}},
		"thousands":            {"a,A,,,,,,\"1,299.00\",,,,,,\n", []string{"price_thousands@2:8"}},
		"decimals and compare": {"a,A,,,,,,9.999,1,,,,,\n", []string{"price_decimals@2:8"}},
		"compare too low":      {"a,A,,,,,,9,8,,,,,\n", []string{"compare_low@2:9"}},
		"negative":             {"a,A,,,,,,-9,,-3,,,,\n", []string{"stock_negative@2:10", "price_negative@2:8"}},
		"wrong barcode":        {"a,A,,,,,,9,,,6.90103E+12,,,\n", []string{"gtin_wrong@2:11"}},
		"apostrophe barcode":   {"a,A,,,,,'0123,9,,,'036000291452,,,\n", nil},
		"half a piece":         {"a,A,,,,,,9,,1.5,,,,\n", []string{"stock_format@2:10"}},
		"float grams":          {"a,A,,,,,,9,,5.0,,,,680.0\n", nil},
		"bad grams":            {"a,A,,,,,,9,,,,,,heavy\n", []string{"weight_format@2:14"}},
		"gift card":            {"a,A,,,,,,9,,,,,true,\n", []string{"gift_card@2:13"}},
		"picture address":      {"a,A,,,,,,9,,,,javascript:alert(1),,\n", []string{"picture_address@2:12"}},
		"no handle or title":   {",,,,,,x,9,,,,,,\n", []string{"title_missing@2:2", "ref_missing@2:0"}},
		"handle from title":    {",Red  Tea!,,,,,,9,,,,,,\n", nil},
		"title twice":          {"a,A,色,红,,,,9,,,,,,\na,B,,蓝,,,,9,,,,,,\n", []string{"title_differs@3:2"}},
		"slipped cells":        {"a,A,,,,,,9,,,,,,,,oops\n", []string{"row_too_wide@2:16"}},
		"lines count":          {"a,\"A\nA\",,,,,,9,,x,,,,\n", []string{"stock_format@3:10"}},
	} {
		t.Run(name, func(t *testing.T) { wantProblems(t, read(t, head+c.rows, Options{}), c.want...) })
	}
}

// Rows of a product may lie apart; a second product under the same handle is refused with both lines, and so are rows that come too late.
func TestShopifyRowsApart(t *testing.T) {
	const head = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n"
	apart := head + "a,A,色,红,1\nb,B,,,2\na,,,蓝,3\n"
	items := read(t, apart, Options{})
	if len(items) != 2 || len(items[0].SKUs) != 2 || items[0].SKUs[1].Row != 4 || len(items[0].problems) != 0 {
		t.Errorf("%+v", items)
	}
	items = read(t, apart, Options{Limits: Limits{Window: 220}})
	if len(items) != 3 || !slices.Contains(codes(items[2].problems), "rows_apart@4:0") {
		t.Errorf("%v", items)
	}
	items = read(t, head+"a,A,色,红,1\nb,B,,,2\na,A,色,蓝,3\na,,,绿,3\n", Options{})
	if len(items) != 3 || len(items[0].SKUs) != 1 || len(items[2].SKUs) != 2 || !slices.Equal(codes(items[2].problems), []string{"ref_repeated@4:0"}) {
		t.Errorf("%+v", items)
	}
	if m := items[2].problems[0].Message; !strings.Contains(m.ZH, "第 2 行") || !strings.Contains(m.EN, "line 2") {
		t.Errorf("the other line is not told: %+v", m)
	}
}
