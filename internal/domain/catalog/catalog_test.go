package catalog_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

var (
	ctx  = context.Background()
	ids  = &id.Source{Now: time.Now, Node: 2}
	noon = time.Date(2026, 5, 1, 4, 0, 0, 0, time.UTC)
)

func write(t testing.TB, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func shirt() catalog.Input {
	return catalog.Input{Title: "衬衫", Options: []catalog.Axis{{Name: "颜色", Values: []string{"红", "蓝"}}, {Name: "尺码", Values: []string{"S", "M"}}},
		SKUs: []catalog.SKUInput{
			{Code: "R-S", Options: []string{"红", "S"}, Price: 100}, {Code: "R-M", Options: []string{"红", "M"}, Price: 200},
			{Code: "B-S", Options: []string{"蓝", "S"}, Price: 300, GTIN: "6901234567892"},
		}}
}

func insert(t testing.TB, d *db.DB, shop id.ID, in catalog.Input) (p catalog.Product) {
	t.Helper()
	write(t, d, func(tx *db.Tx) (err error) {
		p, err = catalog.Insert(tx, ids, shop, "", catalog.Draft, in, catalog.Written, noon)
		return err
	})
	return p
}

func save(d *db.DB, shop, product id.ID, in catalog.Input) (p catalog.Product, c catalog.Changes, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		old, err := catalog.Lock(tx, shop, product)
		if err != nil {
			return err
		}
		p, c, err = catalog.Save(tx, ids, old, in, catalog.Written, noon)
		return err
	})
	return p, c, err
}

func load(t testing.TB, d *db.DB, shop, product id.ID) (p catalog.Product) {
	t.Helper()
	if err := d.Read(ctx, func(tx *db.Tx) (err error) { p, err = catalog.Load(tx, shop, product); return err }); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestInputMistakesAreNamed(t *testing.T) {
	long := strings.Repeat("长", 61)
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for field, change := range map[string]func(*catalog.Input){
		"title":                 func(in *catalog.Input) { in.Title = long },
		"options":               func(in *catalog.Input) { in.Options = make([]catalog.Axis, 4) },
		"options[0].values":     func(in *catalog.Input) { in.Options[0].Values = many },
		"options[1].name":       func(in *catalog.Input) { in.Options[1].Name = " 颜色 " },
		"options[0].values[1]":  func(in *catalog.Input) { in.Options[0].Values[1] = "红" },
		"skus":                  func(in *catalog.Input) { in.SKUs = nil },
		"skus[1].options":       func(in *catalog.Input) { in.SKUs[1].Options = []string{"红", "S"} },
		"skus[1].options[1]":    func(in *catalog.Input) { in.SKUs[1].Options = []string{"红", "XL"} },
		"skus[0].options":       func(in *catalog.Input) { in.SKUs[0].Options = []string{"红"} },
		"skus[0].price":         func(in *catalog.Input) { in.SKUs[0].Price = -1 },
		"skus[1].price":         func(in *catalog.Input) { in.SKUs[1].Price = catalog.MaxPrice + 1 },
		"skus[0].compare_price": func(in *catalog.Input) { in.SKUs[0].ComparePrice = 99 },
		"skus[2].gtin":          func(in *catalog.Input) { in.SKUs[2].GTIN = "6901234567893" },
		"skus[1].code":          func(in *catalog.Input) { in.SKUs[1].Code = "R-S" },
		"skus[0].stock":         func(in *catalog.Input) { n := int64(-1); in.SKUs[0].Stock = &n },
		"skus[0].picture":       func(in *catalog.Input) { in.SKUs[0].Picture = "javascript:alert(1)" },
		"media[0].url":          func(in *catalog.Input) { in.Media = []catalog.Picture{{URL: "https://elsewhere/x.jpg"}} },
		"tags[0]":               func(in *catalog.Input) { in.Tags = []string{long + long} },
	} {
		in := shirt()
		change(&in)
		_, _, err := catalog.Plan(catalog.Product{}, in, catalog.Written, ids.Next)
		e := errs.Of(err)
		if e.Kind != errs.Invalid || !slices.ContainsFunc(e.Details, func(d errs.Detail) bool { return d.Field == field && d.Zh != "" && d.En != "" }) {
			t.Errorf("%s: %v %+v", field, err, e.Details)
		}
	}
	in := shirt()
	for range 498 {
		in.SKUs = append(in.SKUs, in.SKUs[0])
	}
	if _, _, err := catalog.Plan(catalog.Product{}, in, catalog.Written, ids.Next); errs.Code(err) != "catalog.invalid" {
		t.Errorf("501 SKUs: %v", err)
	}
}

func TestSaveKeepsSKUs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shop := ids.Next()
		p := insert(t, d, shop, shirt())
		if p.PriceMin != 100 || p.PriceMax != 300 || p.Version != 1 || p.State != catalog.Draft {
			t.Errorf("%+v", p)
		}
		was := map[string]id.ID{}
		for _, s := range p.SKUs {
			was[s.Code] = s.ID
		}
		in := p.Edit()
		if _, c, err := save(d, shop, p.ID, in); err != nil || !c.None() || load(t, d, shop, p.ID).Version != 1 {
			t.Errorf("saving without a change: %+v %v", c, err)
		}
		// 红 becomes 朱红 by id, two codes are swapped, B-S goes, one is new.
		in.Options[0].Values = []string{"朱红", "蓝"}
		in.SKUs = []catalog.SKUInput{in.SKUs[1], in.SKUs[0], {Options: []string{"蓝", "M"}, Price: 400}}
		in.SKUs[0].Options, in.SKUs[1].Options = []string{"朱红", "M"}, []string{"朱红", "S"}
		in.SKUs[0].Code, in.SKUs[1].Code = "R-S", "R-M"
		got, c, err := save(d, shop, p.ID, in)
		if err != nil || len(c.Added) != 1 || len(c.Removed) != 1 || c.Removed[0] != was["B-S"] || got.Version != 2 {
			t.Fatalf("%+v %v", c, err)
		}
		stored := load(t, d, shop, p.ID)
		if stored.SKUs[0].ID != was["R-M"] || stored.SKUs[0].Code != "R-S" || stored.SKUs[1].ID != was["R-S"] || len(stored.SKUs) != 3 {
			t.Errorf("%+v", stored.SKUs)
		}
		if _, _, err := save(d, shop, p.ID, p.Edit()); errs.Code(err) != "catalog.version" {
			t.Errorf("an old version was saved: %v", err)
		}
		// The removed SKU comes back with its id.
		in = stored.Edit()
		in.SKUs = append(in.SKUs, catalog.SKUInput{Options: []string{"蓝", "S"}, Price: 1})
		if got, _, err := save(d, shop, p.ID, in); err != nil || got.SKUs[3].ID != was["B-S"] {
			t.Errorf("%+v %v", got.SKUs, err)
		}
		in.Version, in.SKUs[0].ID = 0, 42
		if _, _, err := save(d, shop, p.ID, in); errs.Code(err) != "catalog.invalid" {
			t.Errorf("a foreign SKU id was taken: %v", err)
		}
	})
}

func TestCodesAreUniqueInAShop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shop := ids.Next()
		insert(t, d, shop, shirt())
		insert(t, d, ids.Next(), shirt()) // another shop may
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := catalog.Insert(tx, ids, shop, "", catalog.Draft, shirt(), catalog.Written, noon)
			return err
		})
		if e := errs.Of(err); e.Code != "catalog.code_taken" || e.Details[0].Field != "skus[0].code" {
			t.Errorf("%v %+v", err, e.Details)
		}
	})
}

func TestListingNeedsACompleteProduct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shop := ids.Next()
		p := insert(t, d, shop, shirt())
		set := func(to catalog.State) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				p, err := catalog.Lock(tx, shop, p.ID)
				if err != nil {
					return err
				}
				_, err = catalog.SetState(tx, p, to, noon)
				return err
			})
		}
		if e := errs.Of(set(catalog.Listed)); e.Code != "catalog.not_listable" || len(e.Details) != 2 {
			t.Errorf("%v", e)
		}
		if err := set(catalog.Unlisted); errs.Code(err) != "catalog.state" {
			t.Errorf("a draft was unlisted: %v", err)
		}
		in := p.Edit()
		in.CategoryID, in.Media = 7, []catalog.Picture{{Source: "https://x/y.jpg"}, {URL: catalog.Path(shop, strings.Repeat("ab", 32), "image/png")}}
		if _, _, err := save(d, shop, p.ID, in); err != nil {
			t.Fatal(err)
		}
		for _, to := range []catalog.State{catalog.Listed, catalog.Listed, catalog.Unlisted, catalog.Listed} {
			if err := set(to); err != nil {
				t.Fatal(err)
			}
		}
		if got := load(t, d, shop, p.ID); got.State != catalog.Listed || !got.ListedAt.Equal(noon) || got.Version != 5 {
			t.Errorf("%+v", got)
		}
		if err := set(catalog.Draft); errs.Code(err) != "catalog.state" {
			t.Errorf("back to draft: %v", err)
		}
		free := p.Edit()
		free.CategoryID, free.Media, free.SKUs[0].Price, free.Version = 7, in.Media, 0, 0
		if q, _, err := catalog.Plan(p, free, catalog.Written, ids.Next); err != nil || len(q.Unlistable()) != 1 {
			t.Errorf("a price of 0 is listable: %v", err)
		}
	})
}

func TestQueries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shop := ids.Next()
		p := insert(t, d, shop, shirt())
		var rest []id.ID
		for n := range 5 {
			rest = append(rest, insert(t, d, shop, catalog.Input{Title: fmt.Sprintf("50%%棉 Nr_%d", n), CategoryID: 9, SKUs: []catalog.SKUInput{{Price: 1}}}).ID)
		}
		insert(t, d, ids.Next(), catalog.Input{Title: "衬衫", SKUs: []catalog.SKUInput{{Price: 1}}})
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO stocks (shop_id, sku_id, on_hand, reserved) VALUES ($1, $2, 10, 3)`, shop, p.SKUs[0].ID)
			return err
		})
		err := d.Read(ctx, func(tx *db.Tx) error {
			for _, c := range []struct {
				f    catalog.Filter
				want []id.ID
			}{
				{catalog.Filter{Limit: 10}, append([]id.ID{p.ID}, rest...)},
				{catalog.Filter{Limit: 2, After: rest[2]}, rest[:2]},
				{catalog.Filter{Limit: 10, Query: "衬"}, []id.ID{p.ID}},
				{catalog.Filter{Limit: 10, Query: "B-S"}, []id.ID{p.ID}},
				{catalog.Filter{Limit: 10, Query: "690-1234567892"}, []id.ID{p.ID}},
				{catalog.Filter{Limit: 10, Query: "0%棉 nr_3"}, rest[3:4]},
				{catalog.Filter{Limit: 10, Query: "0_棉"}, nil},
				{catalog.Filter{Limit: 10, Category: 9}, rest},
				{catalog.Filter{Limit: 10, State: catalog.Listed}, nil},
			} {
				list, err := catalog.List(tx, shop, c.f)
				if err != nil {
					return err
				}
				var got []id.ID
				for _, s := range list {
					got = append(got, s.ID)
					if s.ID == p.ID && (s.Available != 7 || s.SKUs != 3) {
						t.Errorf("counts of %+v", s)
					}
				}
				slices.Reverse(got)
				if !slices.Equal(got, c.want) {
					t.Errorf("%+v: %v, want %v", c.f, got, c.want)
				}
			}
			shown, err := catalog.Show(tx, shop, p.ID)
			if err != nil || shown.Available() != 7 || shown.Stocked[2].GTIN != "6901234567892" || shown.Stocked[0].OnHand != 10 {
				t.Errorf("%+v %v", shown, err)
			}
			some, err := catalog.Sellables(tx, shop, []id.ID{p.SKUs[1].ID, 99})
			if s := some[p.SKUs[1].ID]; err != nil || len(some) != 1 || s.Title != "衬衫" || s.Price != 200 || s.OnSale() || !slices.Equal(s.Options, []string{"红", "M"}) {
				t.Errorf("%+v %v", some, err)
			}
			if _, err := catalog.Show(tx, ids.Next(), p.ID); errs.Code(err) != "catalog.not_found" {
				t.Errorf("another shop sees it: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// However a matrix is edited, a SKU that stays keeps its id, no two active SKUs
// share a combination or an id, and ids never move to another code.
func TestMatrixProperty(t *testing.T) {
	d := dbtest.SQLite(t)
	rapid.Check(t, func(rt *rapid.T) {
		shop := ids.Next()
		p := insert(t, d, shop, catalog.Input{Title: "x", SKUs: []catalog.SKUInput{{Code: "c0", Price: 1}}})
		byCode := map[string]id.ID{"c0": p.SKUs[0].ID}
		codes := 1
		for range rapid.IntRange(1, 6).Draw(rt, "edits") {
			in := p.Edit()
			in.Options, in.SKUs = drawMatrix(rt, p, &codes)
			got, c, err := save(d, shop, p.ID, in)
			if err != nil {
				rt.Fatal(err)
			}
			now := map[string]id.ID{}
			for _, s := range got.SKUs {
				if old, ok := byCode[s.Code]; ok && old != s.ID {
					rt.Fatalf("%s was %d and is %d", s.Code, old, s.ID)
				}
				now[s.Code], byCode[s.Code] = s.ID, s.ID
			}
			if len(now) != len(got.SKUs) || len(slices.Compact(slices.Sorted(maps.Values(now)))) != len(got.SKUs) {
				rt.Fatalf("SKUs collide: %+v", got.SKUs)
			}
			p = load(t, d, shop, p.ID)
			if !slices.EqualFunc(p.SKUs, got.SKUs, func(a, b catalog.SKU) bool {
				return a.ID == b.ID && a.Code == b.Code && slices.Equal(a.Options, b.Options)
			}) {
				rt.Fatalf("stored %+v, told %+v (%+v)", p.SKUs, got.SKUs, c)
			}
			if _, c, err := save(d, shop, p.ID, p.Edit()); err != nil || !c.None() {
				rt.Fatalf("not stable: %+v %v", c, err)
			}
		}
	})
}

// drawMatrix makes new axes and takes over some SKUs, by id or by code.
func drawMatrix(rt *rapid.T, p catalog.Product, codes *int) ([]catalog.Axis, []catalog.SKUInput) {
	combos := [][]string{nil}
	var axes []catalog.Axis
	for a := range rapid.IntRange(0, 2).Draw(rt, "axes") {
		axis := catalog.Axis{Name: fmt.Sprint("axis", a)}
		var next [][]string
		for v := range rapid.IntRange(1, 3).Draw(rt, "values") {
			axis.Values = append(axis.Values, fmt.Sprint(v))
			for _, c := range combos {
				next = append(next, append(slices.Clone(c), fmt.Sprint(v)))
			}
		}
		axes, combos = append(axes, axis), next
	}
	combos = rapid.Permutation(combos).Draw(rt, "order")
	combos = combos[:rapid.IntRange(1, len(combos)).Draw(rt, "sold")]
	old := rapid.Permutation(p.SKUs).Draw(rt, "old")
	skus := make([]catalog.SKUInput, len(combos))
	for i, c := range combos {
		skus[i] = catalog.SKUInput{Options: c, Price: money.Fen(rapid.IntRange(0, 3).Draw(rt, "price"))}
		if i < len(old) && rapid.Bool().Draw(rt, "kept") {
			skus[i].Code = old[i].Code
			if rapid.Bool().Draw(rt, "by id") {
				skus[i].ID = old[i].ID
			}
		} else {
			skus[i].Code = fmt.Sprint("c", *codes)
			*codes++
		}
	}
	return axes, skus
}

func TestCategories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put := func(c catalog.Category) (saved catalog.Category, err error) {
			err = d.Control().Write(ctx, func(tx *db.Tx) error {
				saved, err = catalog.SaveCategory(tx, ids, c)
				return err
			})
			return saved, err
		}
		food, err := put(catalog.Category{Code: "food", Name: "食品", NameEN: "Food"})
		if err != nil {
			t.Fatal(err)
		}
		tea, _ := put(catalog.Category{Code: "tea", Name: "茶叶", NameEN: "Tea", ParentID: food.ID})
		green, err := put(catalog.Category{Code: "green", Name: "绿茶", NameEN: "Green tea", ParentID: tea.ID})
		if err != nil {
			t.Fatal(err)
		}
		for want, c := range map[string]catalog.Category{
			"catalog.category_tree": {Code: "deep", Name: "深", ParentID: green.ID},
			"catalog.category_code": {Code: "tea", Name: "茶"},
			"catalog.category":      {ID: 77, Code: "x", Name: "x"},
			"catalog.invalid":       {Code: "y"},
		} {
			if _, err := put(c); errs.Code(err) != want {
				t.Errorf("%+v: %v", c, err)
			}
		}
		food.ParentID = green.ID
		if _, err := put(food); errs.Code(err) != "catalog.category_tree" {
			t.Errorf("a circle was saved: %v", err)
		}
		var tree *catalog.Tree
		if err := d.Read(ctx, func(tx *db.Tx) (err error) { tree, err = catalog.Categories(tx); return err }); err != nil {
			t.Fatal(err)
		}
		for want, path := range map[id.ID][]string{green.ID: {"食品", "茶叶", "绿茶"}, tea.ID: {" food", "TEA"}, food.ID: {"unknown", "Food"}, 0: {"nothing"}} {
			if got, ok := tree.Find(path); got != want || ok != (want != 0) {
				t.Errorf("%v is %d, want %d", path, got, want)
			}
		}
		if tree.Top(green.ID) != food.ID || len(tree.Path(green.ID)) != 3 || tree.Top(99) != 0 {
			t.Error("paths are wrong")
		}
		if err := d.Control().Write(ctx, func(tx *db.Tx) error { return catalog.DeleteCategory(tx, tea.ID) }); errs.Code(err) != "catalog.category_used" {
			t.Errorf("%v", err)
		}
		if err := d.Control().Write(ctx, func(tx *db.Tx) error { return catalog.DeleteCategory(tx, green.ID) }); err != nil {
			t.Error(err)
		}
	})
}
