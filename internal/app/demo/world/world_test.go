package world

import (
	"bytes"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/image/webp"
	"pgregory.net/rapid"
)

func load(t *testing.T) World {
	t.Helper()
	w, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWorldIsWhole(t *testing.T) {
	w := load(t)
	if len(w.Shops) != 6 || len(w.People) != 3 || len(w.Categories) != 8 {
		t.Fatalf("%d shops, %d people, %d top categories", len(w.Shops), len(w.People), len(w.Categories))
	}
	products, low, soldOut := 0, 0, 0
	for _, s := range w.Shops {
		if n := len(s.Products); n < 12 || n > 15 {
			t.Errorf("shop %s has %d products", s.Handle, n)
		}
		if len(s.Staff) != 2 {
			t.Errorf("shop %s has %d staff", s.Handle, len(s.Staff))
		}
		for _, p := range s.Products {
			products++
			var stock int64
			for _, k := range p.SKUs {
				stock += k.Stock
				if k.Stock > 0 && k.Stock < 5 {
					low++
				}
			}
			if stock == 0 {
				soldOut++
			}
		}
	}
	if products < 78 || low == 0 || soldOut == 0 {
		t.Errorf("%d products, %d SKUs low, %d products sold out", products, low, soldOut)
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

// The advertising law (广告法 art. 9) bars superlatives; food may not claim to
// heal (art. 17).
func TestTextsAreSound(t *testing.T) {
	banned := []string{"最好", "最佳", "最优", "最高", "最低", "最大", "第一品牌", "国家级", "世界级", "顶级", "极品", "绝无", "唯一", "首选", "治疗", "疗效", "治愈", "降血", "排毒", "100%"}
	for _, s := range load(t).Shops {
		for _, p := range s.Products {
			plain := tag.ReplaceAllString(p.DescriptionHTML, "")
			if n := utf8.RuneCountInString(plain); n < 80 || n > 250 {
				t.Errorf("%s %s: description has %d characters", p.Code, p.Title, n)
			}
			for _, mark := range tag.FindAllString(p.DescriptionHTML, -1) {
				if !strings.Contains("<p></p><ul></ul><li></li>", mark) {
					t.Errorf("%s: tag %s", p.Code, mark)
				}
			}
			for _, b := range banned {
				if strings.Contains(s.Intro+s.Notice+s.Slogan+p.Title+p.Subtitle+plain, b) {
					t.Errorf("%s %s says %q", p.Code, p.Title, b)
				}
			}
		}
	}
}

func TestPicturesHaveTheirSizes(t *testing.T) {
	w := load(t)
	names, err := Pictures()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string][2]int{w.Market.Logo: {240, 240}}
	for _, top := range w.Categories {
		used[top.Icon] = [2]int{160, 160}
		for _, leaf := range top.Children {
			used[leaf.Icon] = [2]int{160, 160}
		}
	}
	for _, s := range w.Shops {
		used[s.Logo], used[s.Cover] = [2]int{240, 240}, [2]int{1125, 600}
		for _, p := range s.Products {
			for _, n := range p.Pictures {
				used[n] = [2]int{720, 720}
			}
			for _, k := range p.SKUs {
				if k.Picture != "" {
					used[k.Picture] = [2]int{720, 720}
				}
			}
		}
	}
	total := 0
	for _, n := range names {
		size, ok := used[n]
		if !ok {
			t.Errorf("nobody uses picture %s", n)
			continue
		}
		b, err := Picture(n)
		if err != nil {
			t.Fatal(err)
		}
		total += len(b)
		c, err := webp.DecodeConfig(bytes.NewReader(b))
		if err != nil || c.Width != size[0] || c.Height != size[1] {
			t.Errorf("%s: %dx%d, want %v, %v", n, c.Width, c.Height, size, err)
		}
	}
	if total > 8<<20 {
		t.Errorf("pictures weigh %d bytes", total)
	}
}

func TestPictureRefusesWhatIsNotThere(t *testing.T) {
	for _, n := range []string{"", "tea/none.webp", "../market.json", "../tea.json", "/tea/logo.webp", "tea", "market.json", "tea/../tea/logo.webp"} {
		if _, err := Picture(n); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Picture(%q) = %v", n, err)
		}
	}
}

// Each way to spoil the world must be noticed and named.
func TestCheckNames(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*World)
		says  string
	}{
		"gtin digit":        {func(w *World) { flip(&w.Shops[0].Products[0].SKUs[0].GTIN) }, "check digit"},
		"gtin twice":        {func(w *World) { w.Shops[1].Products[0].SKUs[0].GTIN = w.Shops[0].Products[0].SKUs[0].GTIN }, "stands already"},
		"sku code twice":    {func(w *World) { w.Shops[2].Products[0].SKUs[1].Code = w.Shops[2].Products[0].SKUs[0].Code }, "stands already"},
		"missing sku":       {func(w *World) { p := &w.Shops[0].Products[0]; p.SKUs = p.SKUs[1:] }, "combinations"},
		"same combination":  {func(w *World) { k := w.Shops[0].Products[0].SKUs; k[1].Values = k[0].Values }, "stands already"},
		"unknown value":     {func(w *World) { w.Shops[0].Products[0].SKUs[0].Values = []string{"一斤", "罐装"} }, "has no value"},
		"too few values":    {func(w *World) { w.Shops[0].Products[0].SKUs[0].Values = []string{"100克"} }, "values for"},
		"picture":           {func(w *World) { w.Shops[0].Products[0].Pictures[0] = "tea/none.webp" }, "none.webp"},
		"top as category":   {func(w *World) { w.Shops[0].Products[0].Category = "tea" }, "no leaf"},
		"compare-at":        {func(w *World) { k := &w.Shops[0].Products[0].SKUs[0]; k.CompareAtFen = k.PriceFen }, "compare-at"},
		"price":             {func(w *World) { w.Shops[0].Products[0].SKUs[0].PriceFen = 0 }, "price"},
		"stock":             {func(w *World) { w.Shops[0].Products[0].SKUs[0].Stock = -1 }, "stock"},
		"login twice":       {func(w *World) { w.Shops[1].Owner.Login = "tea" }, "stands already"},
		"role":              {func(w *World) { w.Shops[0].Staff[0].Role = "boss" }, "unknown role"},
		"shares":            {func(w *World) { w.Shops[0].History.SourceBP.Paid++ }, "add up"},
		"shipping":          {func(w *World) { w.Shops[0].Shipping.FreeOverFen = 0 }, "shipping"},
		"fourth button":     {func(w *World) { w.Market.Menu = append(w.Market.Menu, w.Market.Menu[1], w.Market.Menu[1]) }, "one to three"},
		"button to nowhere": {func(w *World) { w.Market.Menu[1].Path = "" }, "path or children"},
	} {
		t.Run(name, func(t *testing.T) {
			w := load(t)
			c.spoil(&w)
			if err := Check(w); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want a fault that says %q", err, c.says)
			}
		})
	}
}

func flip(s *string) {
	b := []byte(*s)
	b[12] = '0' + (b[12]-'0'+1)%10
	*s = string(b)
}

func TestDecodeRefusesUnknownAndSurplus(t *testing.T) {
	var p Person
	for _, text := range []string{`{"nmae":"x"}`, `{"name":"x"} {}`, `{"name":`} {
		if err := decode("people.json", []byte(text), &p); err == nil || !strings.Contains(err.Error(), "people.json") {
			t.Errorf("decode(%s) = %v", text, err)
		}
	}
}

// One wrong digit is always noticed, and so is a wrong length.
func TestGTINNoticesOneWrongDigit(t *testing.T) {
	if !validGTIN13("4006381333931") || validGTIN13("4006381333930") {
		t.Fatal("the GS1 example is judged wrongly")
	}
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`69[0-9]{10}`).Draw(t, "body")
		for d := byte('0'); d <= '9'; d++ {
			s := []byte(body + string(d))
			if !validGTIN13(string(s)) {
				continue
			}
			i := rapid.IntRange(0, 12).Draw(t, "place")
			s[i] = '0' + (s[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "step")))%10
			if validGTIN13(string(s)) {
				t.Fatalf("%s passes", s)
			}
			if validGTIN13(body) {
				t.Fatalf("%s passes", body)
			}
			return
		}
		t.Fatalf("%s has no check digit", body)
	})
}
