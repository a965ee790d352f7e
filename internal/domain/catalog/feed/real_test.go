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
	"time"
)

// sharedData gives the folder of real files, found by SHUKE_SHARED_DATA or beside the project; tests skip where it is absent.
func sharedData(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("SHUKE_SHARED_DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if shared := filepath.Join(dir, "shared", "data"); isDir(shared) {
			return shared
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("no folder shared/data beside the project; set SHUKE_SHARED_DATA to test with real files")
		}
		dir = up
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// item is what Next gave.
type item struct {
	Product
	problems []Problem
}

// drain reads a file to its end.
func drain(r io.Reader, o Options) ([]item, *Reader, error) {
	f, err := Open(r, o)
	if err != nil {
		return nil, f, err
	}
	var out []item
	for {
		p, problems, err := f.Next()
		if errors.Is(err, io.EOF) {
			return out, f, nil
		}
		if err != nil {
			return out, f, err
		}
		out = append(out, item{p, problems})
	}
}

func openReal(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedData(t), path))
	if err != nil {
		t.Skipf("this real file is absent: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// realFiles says what reading each real file gives.
var realFiles = []struct {
	path              string
	opts              Options
	format            Format
	encoding          Encoding
	products, refused int
	skus, pictures    int
	fen               int64 // sum of all prices of accepted products
}{
	{"shopify-csv/apparel.csv", Options{}, Shopify, UTF8, 20, 0, 22, 20, 129500},
	{"shopify-csv/packt-theme-book-products.csv", Options{}, Shopify, UTF8, 20, 0, 21, 21, 234584},
	{"shopify-csv/gatsby-demo-products.csv", Options{}, Shopify, UTF8, 100, 1, 297, 99, 1465038},
	{"woocommerce-csv/importer-test-sample.csv", Options{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, WooCommerce, UTF8, 5, 2, 4, 8, 1800 + 500 + 2000 + 1799},
	{"taobao-assistant-format/header_utf8.csv", Options{}, Taobao, UTF8, 0, 0, 0, 0, 0},
	{"taobao-assistant-format/header_utf16le.csv", Options{}, Taobao, UTF16LE, 0, 0, 0, 0, 0},
	{"medusa-csv/exported-products-comma.csv", Options{Currency: "USD", Rate: big.NewRat(7, 1)}, Medusa, UTF8, 2, 0, 3, 4, 70000 + 140000 + 70000},
	{"medusa-csv/product-with-categories.csv", Options{Currency: "EUR", Rate: big.NewRat(15, 2)}, Medusa, UTF8, 1, 0, 2, 2, (45 + 65) * 750},
	{"magento-csv/products_gear_bags.csv", Options{}, Magento, UTF8, 14, 0, 14, 0, 57400},
}

func TestRealFiles(t *testing.T) {
	for _, want := range realFiles {
		t.Run(filepath.Base(want.path), func(t *testing.T) {
			items, f, err := drain(openReal(t, want.path), want.opts)
			if err != nil {
				t.Fatal(err)
			}
			var refused, skus, pictures int
			var sum int64
			for _, it := range items {
				if Refused(it.problems) {
					refused++
					continue
				}
				skus, pictures = skus+len(it.SKUs), pictures+len(it.Pictures)
				for _, s := range it.SKUs {
					sum += s.Price
				}
			}
			if f.Format() != want.format || f.Encoding() != want.encoding {
				t.Errorf("it is %s in %s", f.Format(), f.Encoding())
			}
			if len(items) != want.products || refused != want.refused || skus != want.skus || pictures != want.pictures || sum != want.fen {
				t.Errorf("products %d, refused %d, SKUs %d, pictures %d, fen %d; want %+v", len(items), refused, skus, pictures, sum, want)
			}
			info, err := os.Stat(filepath.Join(sharedData(t), want.path))
			if err != nil || f.Progress() != info.Size() {
				t.Errorf("progress %d of %d bytes", f.Progress(), info.Size())
			}
			roundTrip(t, items)
		})
	}
}

// roundTrip writes what was accepted as Shuke's own CSV, reads it and writes it again: same bytes, same SKUs.
func roundTrip(t *testing.T, items []item) {
	t.Helper()
	var products []Product
	for _, it := range items {
		if !Refused(it.problems) {
			products = append(products, it.Product)
		}
	}
	first := written(t, products)
	again, _, err := drain(bytes.NewReader(first), Options{})
	if err != nil {
		t.Fatal(err)
	}
	back := make([]Product, 0, len(again))
	for _, it := range again {
		if len(it.problems) > 0 {
			t.Errorf("%s came back with %v", it.Ref, it.problems)
		}
		back = append(back, it.Product)
	}
	if second := written(t, back); !bytes.Equal(first, second) {
		t.Errorf("the second writing differs:\n%s\n%s", first, second)
	}
	if len(back) != len(products) {
		t.Fatalf("%d products came back of %d", len(back), len(products))
	}
	for i := range back {
		if len(back[i].SKUs) != len(products[i].SKUs) || back[i].Description != products[i].Description || len(back[i].Pictures) != len(products[i].Pictures) {
			t.Errorf("%s came back different", back[i].Ref)
		}
	}
}

// Files of the same systems that hold no products are answered by name.
func TestRealFilesWithoutProducts(t *testing.T) {
	for path, code := range map[string]string{
		"magento-csv/attributes.csv": "magento_attributes", "magento-csv/categories.csv": "magento_categories", "magento-csv/images_gear_bags.csv": "magento_pictures",
	} {
		_, err := Open(openReal(t, path), Options{})
		if fe := new(FileError); !errors.As(err, &fe) || fe.Problem.Code != code {
			t.Errorf("%s: %v, want %s", path, err, code)
		}
	}
	_, err := Open(openReal(t, "medusa-csv/exported-products-comma.csv"), Options{})
	if fe := new(FileError); !errors.As(err, &fe) || fe.Problem.Code != "currency_needed" || !strings.Contains(fe.Problem.Message.ZH, "DKK, EUR, USD") {
		t.Errorf("a Medusa file without CNY prices: %v", err)
	}
}

func TestRealPictures(t *testing.T) {
	p, err := OpenPictures(openReal(t, "magento-csv/images_gear_bags.csv"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		row, problems, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(problems) > 0 || row.SKUCode == "" || row.Picture.LocalName == "" {
			t.Fatalf("%+v %v %v", row, problems, err)
		}
		n++
	}
	if n != 18 {
		t.Errorf("%d pictures, want 18", n)
	}
}
