package world

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// faults gathers what is wrong and refuses the same key twice.
type faults struct {
	list []error
	seen map[string]string
}

func (f *faults) add(where, format string, args ...any) {
	f.list = append(f.list, fmt.Errorf("world: %s: %s", where, fmt.Sprintf(format, args...)))
}

func (f *faults) must(ok bool, where, format string, args ...any) {
	if !ok {
		f.add(where, format, args...)
	}
}

// unique refuses a value of a kind (a GTIN, a login) that was seen before.
func (f *faults) unique(kind, value, where string) {
	key := kind + " " + value
	f.must(value != "", where, "%s is empty", kind)
	if first, twice := f.seen[key]; twice {
		f.add(where, "%s %q stands already at %s", kind, value, first)
		return
	}
	f.seen[key] = where
}

func (f *faults) filled(where string, texts ...string) {
	for i, t := range texts {
		f.must(strings.TrimSpace(t) != "", where, "text %d is empty", i+1)
	}
}

func (f *faults) picture(where, name string) {
	b, err := Picture(name)
	if err != nil {
		f.add(where, "%v", err)
		return
	}
	f.must(len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP", where, "picture %q is not WebP", name)
}

// Check says everything that is wrong with a world, or nil: codes unique over
// the whole market, GTIN check digits, SKUs that are exactly the combinations
// of the options, pictures and categories that exist, shares that add up.
func Check(w World) error {
	f := &faults{seen: map[string]string{}}
	checkMarket(f, w.Market)
	leaves := checkCategories(f, w.Categories)
	for _, s := range w.Shops {
		checkShop(f, s, leaves)
	}
	for _, p := range w.People {
		where := "person " + p.Code
		f.unique("person", p.Code, where)
		f.filled(where, p.Name, p.NameEn, p.Avatar.Glyph, p.Avatar.Background, p.Avatar.Ink)
	}
	return errors.Join(f.list...)
}

func checkMarket(f *faults, m Market) {
	f.filled("market", m.Name, m.NameEn, m.Slogan, m.SloganEn, m.Welcome, m.WelcomeEn)
	f.picture("market", m.Logo)
	// WeChat's menu: three buttons, five below each; names of four and of
	// eight Chinese characters fit.
	f.must(len(m.Menu) > 0 && len(m.Menu) <= 3, "market menu", "%d buttons, WeChat takes one to three", len(m.Menu))
	for _, b := range m.Menu {
		where := "market menu " + b.Name
		f.filled(where, b.Name, b.NameEn)
		f.must(utf8.RuneCountInString(b.Name) <= 4, where, "name is longer than four characters")
		f.must((b.Path == "") == (len(b.Children) > 0), where, "needs either a path or children")
		f.must(len(b.Children) <= 5, where, "has more than five children")
		for _, c := range b.Children {
			f.filled(where, c.Name, c.NameEn)
			f.must(strings.HasPrefix(c.Path, "/") && len(c.Children) == 0, where, "child %s needs a path", c.Name)
		}
	}
}

func checkCategories(f *faults, tops []Category) map[string]bool {
	leaves := map[string]bool{}
	each := func(c Category) {
		where := "category " + c.Code
		f.unique("category", c.Code, where)
		f.filled(where, c.Name, c.NameEn)
		f.picture(where, c.Icon)
	}
	for _, top := range tops {
		each(top)
		f.must(len(top.Children) > 0, "category "+top.Code, "has no leaves")
		for _, leaf := range top.Children {
			each(leaf)
			f.must(len(leaf.Children) == 0, "category "+leaf.Code, "stands on a third level")
			leaves[leaf.Code] = true
		}
	}
	return leaves
}

func checkShop(f *faults, s Shop, leaves map[string]bool) {
	where := "shop " + s.Handle
	f.unique("shop", s.Handle, where)
	f.filled(where, s.Name, s.NameEn, s.Slogan, s.SloganEn, s.Intro, s.Notice, s.City, s.ServiceHours)
	f.picture(where, s.Logo)
	f.picture(where, s.Cover)
	f.must(s.Shipping.FeeFen >= 0 && s.Shipping.FreeOverFen > s.Shipping.FeeFen, where, "shipping rule %+v makes no sense", s.Shipping)
	f.must(s.Owner.Role == "owner", where, "owner has role %q", s.Owner.Role)
	for _, m := range append([]Staff{s.Owner}, s.Staff...) {
		f.unique("login", m.Login, where)
		f.filled(where, m.Name)
	}
	for _, m := range s.Staff {
		f.must(slices.Contains([]string{"manager", "service", "warehouse", "cashier"}, m.Role), where, "staff %s has unknown role %q", m.Login, m.Role)
	}
	checkHistory(f, where, s.History)
	f.must(len(s.Products) > 0, where, "has no products")
	for _, p := range s.Products {
		checkProduct(f, where+" product "+p.Code, p, leaves)
	}
}

func checkHistory(f *faults, where string, h History) {
	m := h.SourceBP
	f.must(m.Inside >= 0 && m.Outside >= 0 && m.Paid >= 0 && m.Floor >= 0 && m.Inside+m.Outside+m.Paid+m.Floor == 10_000, where, "source shares %+v do not add up to 10000", m)
	f.must(h.VisitsPerDay > 0 && h.VisitsPerDay <= 10_000, where, "visits per day %d", h.VisitsPerDay)
	f.must(h.ConversionBP > 0 && h.ConversionBP < 10_000, where, "conversion %d", h.ConversionBP)
	f.must(h.GrowthPercent > 0, where, "growth %d", h.GrowthPercent)
	f.must(slices.Min(h.WeekdayPercent[:]) > 0, where, "a weekday without visits")
	f.must(slices.Min(h.HourWeights[:]) >= 0 && slices.Max(h.HourWeights[:]) > 0, where, "hours without weight")
}

func checkProduct(f *faults, where string, p Product, leaves map[string]bool) {
	f.unique("product", p.Code, where)
	f.filled(where, p.Title, p.TitleEn, p.Subtitle, p.SubtitleEn, p.Brand, p.DescriptionHTML)
	f.must(leaves[p.Category], where, "category %q is no leaf of the tree", p.Category)
	f.must(len(p.Pictures) >= 2, where, "has %d pictures, needs two", len(p.Pictures))
	for _, name := range p.Pictures {
		f.picture(where, name)
	}
	want := 1
	for _, o := range p.Options {
		f.filled(where, o.Name, o.NameEn)
		f.unique(where+" option", o.Name, where)
		want *= len(o.Values)
		for _, v := range o.Values {
			f.filled(where, v.Name, v.NameEn)
			f.unique(where+" option "+o.Name+" value", v.Name, where)
			if v.Picture != "" {
				f.picture(where, v.Picture)
			}
		}
	}
	f.must(len(p.SKUs) == want, where, "%d SKUs for %d combinations", len(p.SKUs), want)
	for _, k := range p.SKUs {
		checkSKU(f, where+" sku "+k.Code, p, k)
	}
}

func checkSKU(f *faults, where string, p Product, k SKU) {
	f.unique("sku", k.Code, where)
	f.unique("gtin", k.GTIN, where)
	f.must(validGTIN13(k.GTIN), where, "GTIN %q has a wrong form or check digit", k.GTIN)
	f.unique(p.Code+" combination", strings.Join(k.Values, " / ")+".", where)
	f.must(k.PriceFen > 0, where, "price %d", k.PriceFen)
	f.must(k.CompareAtFen == 0 || k.CompareAtFen > k.PriceFen, where, "compare-at %d is not above price %d", k.CompareAtFen, k.PriceFen)
	f.must(k.Stock >= 0 && k.WeightGrams > 0, where, "stock %d, weight %d", k.Stock, k.WeightGrams)
	if k.Picture != "" {
		f.picture(where, k.Picture)
	}
	if len(k.Values) != len(p.Options) {
		f.add(where, "%d values for %d options", len(k.Values), len(p.Options))
		return
	}
	for i, v := range k.Values {
		known := slices.ContainsFunc(p.Options[i].Values, func(o Value) bool { return o.Name == v })
		f.must(known, where, "option %s has no value %q", p.Options[i].Name, v)
	}
}

// validGTIN13 checks the form and the check digit (GS1 General Specifications,
// section 7.9: weights 1 and 3 in turn from the left).
func validGTIN13(s string) bool {
	if len(s) != 13 {
		return false
	}
	sum := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * (1 + 2*(i%2))
	}
	return sum%10 == 0
}
