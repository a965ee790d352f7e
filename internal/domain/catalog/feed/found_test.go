package feed

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// What files of real shops have shown, with rows of our own.

const foundHead = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Image Src\n"

// Excel for the Mac once ended lines with CR alone; no row may be lost to that.
func TestBareReturns(t *testing.T) {
	text := strings.ReplaceAll(foundHead+"a,龙井,规格,一两,A1,12.50,3,\na,,,二两,A2,24,4,\nb,\"碧螺春\n新茶\",,,B1,8,1,\n", "\n", "\r")
	items := read(t, text, Options{})
	if len(items) != 2 || len(items[0].SKUs) != 2 || items[1].Title != "碧螺春\n新茶" || items[1].Row != 4 || *items[1].SKUs[0].Stock != 1 {
		t.Errorf("%+v", items)
	}
	if format, _, err := Detect([]byte(text)); format != Shopify || err != nil {
		t.Errorf("%s %v", format, err)
	}
}

// Excel and others write the delimiter before the header.
func TestSeparatorLine(t *testing.T) {
	for _, comma := range []string{",", ";", "\t"} {
		text := "sep=" + comma + "\r\n" + strings.ReplaceAll(foundHead+"a,龙井,,,A1,12.50,3,\n", ",", comma)
		if items := read(t, text, Options{}); len(items) != 1 || items[0].SKUs[0].Price != 1250 || items[0].Row != 3 {
			t.Errorf("%q: %+v", comma, items)
		}
	}
}

// Spaces between a closing quote and the delimiter line columns up; anything else there is a broken quote.
func TestSpacesBehindQuotes(t *testing.T) {
	items := read(t, foundHead+"a,\"红茶, 特级\"   ,,,\"A1\" ,12.50,3,\"\"  \n", Options{})
	if len(items) != 1 || items[0].Title != "红茶, 特级" || items[0].SKUs[0].Code != "A1" || len(items[0].problems) > 0 {
		t.Errorf("%+v", items)
	}
	for _, row := range []string{"a,\"红茶\" x,,,A1,12.50,3,\n", "a,\"红 \"茶\" ,,,A1,12.50,3,\n"} {
		f, err := Open(strings.NewReader(foundHead+row), Options{})
		if err == nil {
			_, _, err = f.Next()
		}
		if e, ok := err.(*FileError); !ok || e.Problem.Code != "quote_inside" {
			t.Errorf("%q: %v", row, err)
		}
	}
}

// Rare characters take four bytes in GB 18030; they say nothing against it.
func TestFourByteCharacters(t *testing.T) {
	text, err := simplifiedchinese.GB18030.NewEncoder().String(foundHead + "a,𠮷野㐂茶,,,A1,12.50,3,\n")
	if err != nil {
		t.Fatal(err)
	}
	if items := read(t, text, Options{}); len(items) != 1 || items[0].Title != "𠮷野㐂茶" {
		t.Errorf("%+v", items)
	}
}

// A page of a web server is told whatever the case of its first tag.
func TestForeignFilesInAnyCase(t *testing.T) {
	for _, text := range []string{"\uFEFF<!doctype html><html></html>", "<HTML><body>", "\n\n <!DocType HTML>"} {
		_, err := Open(strings.NewReader(text), Options{})
		if e, ok := err.(*FileError); !ok || e.Problem.Code != "not_csv" || !strings.Contains(e.Problem.Message.EN, "HTML") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLongKeys(t *testing.T) {
	wantProblems(t, read(t, foundHead+strings.Repeat("k", 255)+",A,,,,1,,\n", Options{}))
	wantProblems(t, read(t, foundHead+strings.Repeat("k", 256)+",A,,,,1,,\n", Options{}), "ref_too_long@2:0")
}

// The number of values in the message is that of the file, also when there are too many SKUs.
func TestTooManySKUsCountsAll(t *testing.T) {
	var b strings.Builder
	b.WriteString(foundHead + "a,A,规格,v0,,1,,\n")
	for i := 1; i < 8; i++ {
		b.WriteString("a,,,v" + string(rune('0'+i)) + ",,1,,\n")
	}
	items := read(t, b.String(), Options{Limits: Limits{SKUs: 6, OptionValues: 4}})
	wantProblems(t, items, "skus_too_many@8:4", "option_values_too_many@2:4")
	if got := items[0].problems[1].Message.EN; !strings.Contains(got, "8 values") || len(items[0].SKUs) != 6 {
		t.Errorf("%s, %d SKUs", got, len(items[0].SKUs))
	}
}

func TestPictureSchemeInCapitals(t *testing.T) {
	items := read(t, foundHead+"a,A,,,,1,,HTTPS://Cdn.example.cn/A.jpg\n", Options{})
	if len(items[0].Pictures) != 1 || items[0].Pictures[0].URL != "https://Cdn.example.cn/A.jpg" {
		t.Errorf("%+v", items[0].Pictures)
	}
}

// Medusa 1 named options, pictures and prices otherwise, had the stock, and prices of regions beside those of currencies.
func TestMedusa1(t *testing.T) {
	const medusaHead = "Product Handle;Product Title;Product Status;Variant Title;Variant SKU;Variant Inventory Quantity;Price France [CNY];Price CNY;Price USD;Option 1 Name;Option 1 Value;Image 1 Url\n"
	items := read(t, medusaHead+"cha;龙井;published;一两;T1;7;1;88.5;9;规格;一两;https://p.cn/1.png\ncha;龙井;published;二两;T2;0;1;170;20;规格;二两;https://p.cn/1.png\n", Options{})
	wantProblems(t, items)
	p := items[0]
	if p.State != Listed || len(p.SKUs) != 2 || p.SKUs[0].Price != 8850 || *p.SKUs[0].Stock != 7 || p.SKUs[1].Options[0] != "二两" || len(p.Pictures) != 1 {
		t.Errorf("%+v", p)
	}
	regional := read(t, strings.Replace(medusaHead, ";Price CNY;", ";Note;", 1)+"cha;龙井;published;一两;T1;7;1.25;x;9;规格;一两;\n", Options{})
	if regional[0].SKUs[0].Price != 125 {
		t.Errorf("%+v", regional[0].SKUs)
	}
	_, err := Open(strings.NewReader("Product Handle;Product Title;Variant SKU\n"), Options{})
	if e, ok := err.(*FileError); !ok || e.Problem.Code != "prices_missing" {
		t.Error(err)
	}
}

// sku_barcode has a semicolon between its numbers or behind each.
func TestTaobaoBarcodesEmptyAtTheEnd(t *testing.T) {
	const tb = "version 1.00\ntitle\tcid\tprice\tnum\touter_id\tskuProps\tsku_barcode\n"
	for cell, want := range map[string]string{"6901234567892;": "6901234567892", "6901234567892;;": "6901234567892", ";6901234567892;": "", ";6901234567892": ""} {
		items := read(t, tb+"茶\t1\t9\t5\tT\t9:3::1627207:28326;9:2::1627207:28335;\t"+cell+"\n", Options{})
		wantProblems(t, items)
		skus := items[0].SKUs
		if skus[0].GTIN != want || skus[0].GTIN == skus[1].GTIN {
			t.Errorf("%q: %q %q", cell, skus[0].GTIN, skus[1].GTIN)
		}
	}
}
