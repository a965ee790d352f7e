package feed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	for head, want := range map[string]Format{
		"Handle,Title,Body (HTML),Variant Price\n":              Shopify,
		"handle;TITLE;body;VARIANT PRICE\n":                     Shopify,
		"Title,Published on online store,Price\n":               Shopify,
		"ID,Type,SKU,Name,Published,Regular price\n":            WooCommerce,
		"version 1.00\ntitle\tcid\tprice\tnum\tskuProps\n":      Taobao,
		"title,cid,price,num,outer_id\n":                        Taobao,
		"Product Id,Product Handle,Product Title,Variant Sku\n": Medusa,
		"category,name,sku,price,qty,attribute_set\n":           Magento,
		"sku,image\n":                MagentoPictures,
		"name,url_key,path,active\n": MagentoCategories,
		"frontend_label,frontend_input,attribute_code\n":                        MagentoAttributes,
		"Name,Email,Financial Status,Lineitem name\n":                           NotProducts,
		"Handle,Title,Option1 Name,SKU,Location,On hand\n":                      NotProducts,
		strings.Join(shukeHeader, ",") + "\r\n":                                 Shuke,
		"\"Handle\",\"Title\",\"Variant Price\"\n\"a\",\"茶\",1" + "\n\"b\",\"饼": Shopify,
	} {
		got, enc, err := Detect([]byte(head))
		if got != want || enc != UTF8 || err != nil {
			t.Errorf("Detect(%q) = %s %s %v, want %s", head, got, enc, err, want)
		}
	}
	cutOff := []byte("\uFEFFHandle,Title,Variant Price\na,茶")
	if f, enc, err := Detect(cutOff[:len(cutOff)-1]); f != Shopify || enc != UTF8 || err != nil {
		t.Errorf("a head that ends within a character: %s %s %v", f, enc, err)
	}
	le := append([]byte{0xFF, 0xFE}, utf16Bytes(binary.LittleEndian, "version 1.00\ntitle\tcid\tprice\tnum\tnum_id\n")...)
	if f, enc, err := Detect(le); f != Taobao || enc != UTF16LE || err != nil {
		t.Errorf("UTF-16: %s %s %v", f, enc, err)
	}
}

// Each kind of unreadable file has its own answer, with a place and what to do.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in, code string
		line     int
		says     string
	}{
		"empty":            {"", "empty_file", 1, ""},
		"only blank lines": {"\n\r\n", "empty_file", 1, ""},
		"xlsx":             {"PK\x03\x04\x14\x00\x06\x00", "not_csv", 1, "xlsx"},
		"xls":              {"\xD0\xCF\x11\xE0\xA1\xB1", "not_csv", 1, "xls"},
		"html":             {"  <!DOCTYPE html>", "not_csv", 1, "HTML"},
		"json":             {`{"a":1}`, "not_csv", 1, "JSON"},
		"unknown":          {"foo,bar\n1,2\n", "format_unknown", 1, "foo, bar"},
		"woo in chinese":   {"ID,类型,SKU,名称,常规价格\n", "header_translated", 1, "Regular price"},
		"woo in german":    {"ID,Typ,Artikelnummer,Name,Regulärer Preis\n", "header_translated", 1, "Type"},
		"open quote":       {"Handle,\"Title,Price\n", "quote_open", 1, ""},
		"too many columns": {strings.Repeat("c,", 5000) + "\n", "columns_too_many", 1, "500"},
		"too long line":    {strings.Repeat("c", 10<<20), "format_unknown", 1, "ccc"},
		"column twice":     {"Handle,Title,Variant Price,Title\n", "column_repeated", 1, "column 2"},
		"no price column":  {"Handle,Title,Body (HTML)\n", "columns_missing", 1, "variant price"},
		"nul":              {"Handle,Ti\x00tle,Variant Price\n", "nul_byte", 1, "10"},
	} {
		_, err := Open(strings.NewReader(c.in), Options{})
		fe := new(FileError)
		if !errors.As(err, &fe) || fe.Problem.Code != c.code || fe.Problem.Line != c.line || !strings.Contains(fe.Problem.Message.EN, c.says) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(fe.Problem.Message.ZH+fe.Error(), "%!") {
			t.Errorf("%s: broken text %v", name, fe.Problem)
		}
	}
}

func TestFormatCanBeGiven(t *testing.T) {
	_, err := Open(strings.NewReader("类型,名称\n"), Options{Format: WooCommerce})
	if fe := new(FileError); !errors.As(err, &fe) || fe.Problem.Code != "columns_missing" || !strings.Contains(fe.Error(), "type") {
		t.Errorf("missing columns are named: %v", err)
	}
	items, f, err := drain(strings.NewReader("Title\tPrice\nA\t1\n"), Options{Format: Shopify})
	if err != nil || f.Format() != Shopify || len(items) != 1 || items[0].Ref != "a" {
		t.Errorf("%v %v", items, err)
	}
	if _, err := Open(strings.NewReader("a,b\n"), Options{Format: "excel"}); err == nil {
		t.Error("a format that is not known")
	}
}

// After a fatal error nothing more comes, and the error stays.
func TestFatalErrorEndsTheStream(t *testing.T) {
	text := "Handle,Title,Variant Price\na,A,1\nb,\"B,2\nc,C,3\n"
	items, f, err := drain(strings.NewReader(text), Options{})
	fe := new(FileError)
	if !errors.As(err, &fe) || fe.Problem.Code != "quote_open" || fe.Problem.Line != 3 || fe.Problem.Column != 2 || len(items) > 1 {
		t.Fatalf("%v %v", items, err)
	}
	if _, _, again := f.Next(); !errors.As(again, &fe) {
		t.Errorf("the second answer is %v", again)
	}
	_, f, _ = drain(strings.NewReader("Handle,Title,Variant Price\n"), Options{})
	if _, _, err := f.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
	if !slices.Equal(f.Columns(), []string{"Handle", "Title", "Variant Price"}) {
		t.Errorf("columns %v", f.Columns())
	}
}

func TestLimits(t *testing.T) {
	const head = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src\n"
	rows := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(form, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text   string
		limits Limits
		code   string
	}{
		"SKUs":          {"a,A,色,0,1,\n" + rows(10, "a,,,x#,1,\n"), Limits{SKUs: 5}, "skus_too_many"},
		"option values": {"a,A,色,0,1,\n" + rows(10, "a,,,x#,1,\n"), Limits{OptionValues: 5}, "option_values_too_many"},
		"pictures":      {"a,A,,,1,\n" + rows(10, "a,,,,,https://p.cn/#.jpg\n"), Limits{Pictures: 3}, "pictures_too_many"},
		"problems":      {"a,A,色,0,1,\n" + rows(10, "a,,,x#,-1,\n"), Limits{Problems: 3}, "problems_more"},
		"window":        {"a,A,色,0,1,\n" + rows(100, "a,,,x#,1,\n"), Limits{Window: 2000}, "product_too_big"},
	} {
		items := read(t, head+c.text, Options{Limits: c.limits})
		if len(items) != 1 || !slices.ContainsFunc(items[0].problems, func(p Problem) bool { return p.Code == c.code }) {
			t.Errorf("%s: %d products %v", name, len(items), items[0].problems)
		}
		if name != "pictures" && !Refused(items[0].problems) {
			t.Errorf("%s: not refused", name)
		}
	}
	items, _, err := drain(strings.NewReader(head+rows(10, "p#,T,,,1,\n")), Options{Limits: Limits{Products: 5}})
	if fe := new(FileError); !errors.As(err, &fe) || fe.Problem.Code != "products_too_many" || fe.Problem.Line != 7 {
		t.Errorf("products: %d %v", len(items), err)
	}
}

// Every message has both languages, takes its values in both, and tells no secrets of formatting.
func TestTexts(t *testing.T) {
	for _, code := range slices.Sorted(maps.Keys(texts)) {
		text := texts[code]
		if text.ZH == "" || text.EN == "" || strings.Count(text.ZH, "%v") != strings.Count(text.EN, "%v") {
			t.Errorf("%s: %+v", code, text)
		}
	}
	long := problem(Warning, "price_format", 1, 1, strings.Repeat("长", 5000))
	if len([]rune(long.Message.ZH)) > 200 {
		t.Errorf("a message of %d characters", len([]rune(long.Message.ZH)))
	}
}
