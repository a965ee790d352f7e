package feed

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func written(t interface{ Fatal(...any) }, products []Product) []byte {
	var out bytes.Buffer
	w := NewWriter(&out)
	for _, p := range products {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// nasty holds the characters that break careless writers.
var nasty = rapid.StringOf(rapid.SampledFrom([]rune("ab 茶\"',|>=\\\r\n\t;+-@09\uFEFF😀.")))

func nastyText(t *rapid.T, name string) string { return nasty.Draw(t, name) }

// drawProduct draws any product the catalog may hold.
func drawProduct(t *rapid.T, n int) Product {
	p := Product{Ref: fmt.Sprintf("%s#%d", nastyText(t, "ref"), n), Title: nastyText(t, "title") + "题", Subtitle: nastyText(t, "subtitle"),
		Brand: nastyText(t, "brand"), Description: nastyText(t, "description"), CategoryCode: nastyText(t, "category code"),
		State: rapid.SampledFrom([]State{Draft, Listed, Unlisted}).Draw(t, "state"), Tags: rapid.SliceOfN(nasty, 0, 3).Draw(t, "tags"),
		Categories: rapid.SliceOfN(rapid.SliceOfN(nasty, 0, 3), 0, 3).Draw(t, "categories")}
	for i := range rapid.IntRange(0, 3).Draw(t, "attributes") {
		p.Attributes = append(p.Attributes, Attribute{fmt.Sprint(nastyText(t, "attribute"), i), rapid.SliceOfN(nasty, 0, 3).Draw(t, "values")})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "pictures") {
		p.Pictures = append(p.Pictures, Picture{URL: fmt.Sprintf("https://例.cn/%d?a=|\\,%d", i, i), Alt: nastyText(t, "alt")})
	}
	axes := rapid.IntRange(0, shukeAxes).Draw(t, "axes")
	for i := range axes {
		p.Options = append(p.Options, Option{Name: fmt.Sprint(nastyText(t, "option"), i)})
	}
	skus := 1
	if axes > 0 {
		skus = rapid.IntRange(1, 4).Draw(t, "skus")
	}
	for i := range skus {
		p.SKUs = append(p.SKUs, drawSKU(t, p, i))
	}
	return p
}

func drawSKU(t *rapid.T, p Product, n int) SKU {
	s := SKU{Code: nastyText(t, "code"), Price: rapid.Int64Range(0, maxFen).Draw(t, "price"), WeightGrams: rapid.Int64Range(0, 100000).Draw(t, "weight"),
		ComparePrice: rapid.Int64Range(0, maxFen).Draw(t, "compare"), Cost: rapid.Int64Range(0, maxFen).Draw(t, "cost"),
		GTIN: rapid.SampledFrom([]string{"", "6901028075831", "036000291452", "978-0-306-40615-7", "123"}).Draw(t, "gtin")}
	if rapid.Bool().Draw(t, "counted") {
		stock := rapid.Int64Range(0, maxPieces).Draw(t, "stock")
		s.Stock = &stock
	}
	for range p.Options {
		s.Options = append(s.Options, fmt.Sprintf("%s%d", nastyText(t, "value"), n))
	}
	return s
}

func TestOwnFormatComesBackToTheByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var products []Product
		for i := range rapid.IntRange(0, 4).Draw(t, "products") {
			products = append(products, drawProduct(t, i))
		}
		first := written(t, products)
		items, f, err := drain(bytes.NewReader(first), Options{})
		if err != nil {
			t.Fatalf("%v\n%q", err, first)
		}
		if f.Format() != Shuke {
			t.Fatalf("it is taken for %s", f.Format())
		}
		back := make([]Product, len(items))
		for i, it := range items {
			if Refused(it.problems) {
				t.Fatalf("refused: %v\n%q", it.problems, first)
			}
			back[i] = it.Product
		}
		if second := written(t, back); !bytes.Equal(first, second) {
			t.Fatalf("differs\n%q\n%q", first, second)
		}
		for i, p := range products {
			same(t, p, back[i])
		}
	})
}

// same checks that what was written is what was read.
func same(t *rapid.T, p, q Product) {
	if p.Ref != q.Ref || p.Title != q.Title || p.Subtitle != q.Subtitle || p.Brand != q.Brand || p.Description != q.Description || p.State != q.State ||
		len(p.SKUs) != len(q.SKUs) || len(p.Options) != len(q.Options) {
		t.Fatalf("product differs\n%+v\n%+v", p, q)
	}
	if !(len(p.Tags) == 1 && p.Tags[0] == "") && !slices.Equal(p.Tags, q.Tags) {
		t.Fatalf("tags differ: %q %q", p.Tags, q.Tags)
	}
	if !slices.Equal(p.Pictures, q.Pictures) {
		t.Fatalf("pictures differ: %q %q", p.Pictures, q.Pictures)
	}
	for i, s := range p.SKUs {
		r := q.SKUs[i]
		if s.Code != r.Code || s.Price != r.Price || s.Cost != r.Cost || s.WeightGrams != r.WeightGrams || !slices.Equal(s.Options, r.Options) ||
			(s.Stock == nil) != (r.Stock == nil) || s.Stock != nil && *s.Stock != *r.Stock {
			t.Fatalf("SKU differs\n%+v\n%+v", s, r)
		}
	}
}

func TestOwnFormatIsSafeInSpreadsheets(t *testing.T) {
	out := string(written(t, []Product{{Ref: "007", Title: "=HYPERLINK(1)", State: Listed, Brand: "'quoted'", SKUs: []SKU{{Code: "690102807583112", GTIN: "6901028075831", Price: 5}}}}))
	if !strings.HasPrefix(out, "\uFEFFproduct_ref,title,") {
		t.Errorf("no byte order mark or header: %q", out[:30])
	}
	for _, cell := range []string{"'007,", "'=HYPERLINK(1),", "''quoted',", "'690102807583112,", "'6901028075831,", ",0.05,"} {
		if !strings.Contains(out, cell) {
			t.Errorf("%s is not in %s", cell, out)
		}
	}
}

// A spreadsheet sorts rows, drops the mark, saves as GBK and with semicolons: the file is still ours.
func TestOwnFormatSurvivesASpreadsheet(t *testing.T) {
	file := "sku_code;price_yuan;title;product_ref;option1_name;option1_value;state\r\nA2;12.5;;tea;;大;\r\nB;3;饼;cake;;;draft\r\nA1;8;茶;tea;规格;小;listed\r\n"
	items, f, err := drain(bytes.NewReader(gbk(t, file)), Options{})
	if err != nil || len(items) != 2 {
		t.Fatalf("%v %v", items, err)
	}
	tea := items[0]
	if f.Encoding() != GB18030 || tea.Title != "茶" || tea.State != Listed || len(tea.SKUs) != 2 || tea.SKUs[0].Price != 1250 || tea.SKUs[0].Options[0] != "大" || len(tea.problems) > 0 {
		t.Errorf("%+v %v", tea, f.Encoding())
	}
}

func TestWriterRefusesWhatCannotComeBack(t *testing.T) {
	good := Product{Ref: "r", Title: "t", State: Draft, SKUs: []SKU{{Price: 1}}}
	minus := int64(-1)
	for name, spoil := range map[string]func(*Product){
		"ref": func(p *Product) { p.Ref = " " }, "title": func(p *Product) { p.Title = "" }, "SKU": func(p *Product) { p.SKUs = nil },
		"state": func(p *Product) { p.State = "sold" }, "price": func(p *Product) { p.SKUs[0].Price = -1 }, "stock": func(p *Product) { p.SKUs[0].Stock = &minus },
		"options": func(p *Product) { p.Options = make([]Option, 6) }, "values": func(p *Product) { p.SKUs[0].Options = []string{"x"} },
		"text": func(p *Product) { p.Brand = "a\x00" }, "utf8": func(p *Product) { p.Tags = []string{"\xff"} },
	} {
		p := good
		p.SKUs = slices.Clone(good.SKUs)
		spoil(&p)
		var out bytes.Buffer
		w := NewWriter(&out)
		if err := w.Write(p); err == nil {
			t.Errorf("a product with a bad %s was written", name)
		}
		if err := w.Flush(); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: something of it was written: %q", name, out.String())
		}
	}
}
