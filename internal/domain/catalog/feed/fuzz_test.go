package feed

import (
	"bytes"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fuzzRead reads any bytes: it must end, keep its limits, and every product must be either refused or sound.
func fuzzRead(t interface{ Fatalf(string, ...any) }, in []byte, o Options) {
	o.Limits = Limits{FieldBytes: 4 << 10, RecordBytes: 16 << 10, Columns: 80, SKUs: 20, Pictures: 5, Products: 50, Window: 8 << 10, Problems: 10}
	items, f, err := drain(bytes.NewReader(in), o)
	fe := new(FileError)
	if err != nil && !errors.As(err, &fe) {
		t.Fatalf("an error without a place: %v", err)
	}
	if err != nil && (fe.Problem.Message.ZH == "" || strings.Contains(fe.Error(), "%!")) {
		t.Fatalf("%+v", fe.Problem)
	}
	if f != nil && f.Progress() > int64(len(in)) {
		t.Fatalf("progress %d of %d", f.Progress(), len(in))
	}
	var out bytes.Buffer
	w := NewWriter(&out)
	for _, it := range items {
		if len(it.problems) > 11 || len(it.SKUs) > 20 || len(it.Pictures) > 5 {
			t.Fatalf("limits passed: %+v", it)
		}
		if Refused(it.problems) {
			continue
		}
		if err := sound(it.Product); err != "" {
			t.Fatalf("%s: %+v", err, it.Product)
		}
		if err := w.Write(it.Product); err != nil {
			t.Fatalf("what was accepted cannot be written: %v", err)
		}
	}
}

// sound says what an accepted product lacks.
func sound(p Product) string {
	if p.Ref == "" || strings.TrimSpace(p.Title) == "" || p.State == "" || p.Row < 2 || len(p.SKUs) == 0 {
		return "a part is missing"
	}
	for _, s := range p.SKUs {
		if len(s.Options) != len(p.Options) || s.Price < 0 || s.Price > maxFen || s.Cost < 0 || s.WeightGrams < 0 || s.Stock != nil && *s.Stock < 0 || s.Row < p.Row && s.Row < 2 {
			return "a SKU is wrong"
		}
		if s.ComparePrice != 0 && s.ComparePrice <= s.Price {
			return "a struck-out price is not above the price"
		}
	}
	return ""
}

// seed adds the repository's own rows and, where they are, the small real files.
func seed(f *testing.F, real string, rows ...string) {
	for _, r := range rows {
		f.Add([]byte(r))
	}
	dir, err := os.Getwd()
	if err != nil {
		f.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		files, _ := filepath.Glob(filepath.Join(dir, "shared", "data", real))
		for _, name := range files {
			if raw, err := os.ReadFile(name); err == nil && len(raw) < 10<<10 {
				f.Add(raw)
			}
		}
	}
}

func fuzzFormat(f *testing.F, o Options) {
	f.Fuzz(func(t *testing.T, in []byte) { fuzzRead(t, in, o) })
}

func FuzzShopify(f *testing.F) {
	seed(f, "shopify-csv/a*.csv", newShopify+"紫砂壶,zisha,<p>x</p>,熟客,Home > Tea,壶,茶,TRUE,active,ZS,6901028075831,容量,200ml,,199.00,259,80.5,12,450,g,https://p.cn/2.jpg,2,正面,,FALSE\n,zisha,,,,,,,,ZS-2,,,300ml,,229,,,0,520,g,,,,,\n")
	fuzzFormat(f, Options{Format: Shopify})
}

func FuzzWoo(f *testing.F) {
	seed(f, "woocommerce-csv/*.csv", wooHead+wooRow(row{"ID": "4", "Type": "variable", "Name": "V", "Attribute 1 name": "色", "Attribute 1 value(s)": "红, 绿"})+wooRow(row{"Type": "variation", "Parent": "id:4", "Regular price": "1", "Attribute 1 name": "色"}))
	fuzzFormat(f, Options{Format: WooCommerce})
}

func FuzzTaobao(f *testing.F) {
	seed(f, "taobao-assistant-format/*.csv", taobaoFile("\n", taobaoTee()), taobaoFile("\r\n", taobaoTee(), taobaoTee()))
	fuzzFormat(f, Options{Format: Taobao})
}

func FuzzMagento(f *testing.F) {
	seed(f, "magento-csv/*.csv", "category,name,sku,price,qty,material\n\"Gear\nBags\",包,24-X,34,100,Nylon\n")
	fuzzFormat(f, Options{Format: Magento})
}

func FuzzMedusa(f *testing.F) {
	seed(f, "medusa-csv/*.csv", medusaHead+"prod_1,tee,T,published,a,t.png,,,,300,v,T-S,,,尺码,S,59,9.99,\n")
	fuzzFormat(f, Options{Format: Medusa, Currency: "USD", Rate: big.NewRat(7, 1)})
}

func FuzzShuke(f *testing.F) {
	seed(f, "none", strings.Join(shukeHeader, ",")+"\r\nr,t,,,A>B,,x|y,draft,色,红,,,,,,,,,'007,,1.00,,,,,,https://p.cn/1.jpg,,n=v,<p>\r\n")
	fuzzFormat(f, Options{})
}

func FuzzDetect(f *testing.F) {
	seed(f, "*/*.csv", "Handle,Title\n")
	f.Fuzz(func(t *testing.T, in []byte) {
		if format, enc, err := Detect(in); err == nil && (format == "" || enc == "") {
			t.Fatal("neither an answer nor an error")
		}
		p, err := OpenPictures(bytes.NewReader(in), Options{})
		for err == nil {
			_, _, err = p.Next()
		}
		if fe := new(FileError); !errors.Is(err, io.EOF) && !errors.As(err, &fe) {
			t.Fatalf("an error without a place: %v", err)
		}
	})
}
