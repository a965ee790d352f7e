package discovery_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"github.com/shuke-commerce/shuke/internal/domain/discovery"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

var (
	ctx = context.Background()
	day = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
)

func index(t testing.TB, d *db.DB, l discovery.Listing) (did bool) {
	t.Helper()
	terms := discovery.Terms{}
	terms.Add(l.Title, 10)
	terms.Add(l.Subtitle, 2)
	if l.ListedAt.IsZero() {
		l.ListedAt = day
	}
	err := d.Control().Write(ctx, func(tx *db.Tx) (err error) {
		did, err = discovery.Index(tx, l, terms)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return did
}

func search(t testing.TB, d *db.DB, q discovery.Query) (res discovery.Result) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	err := d.Control().Read(ctx, func(tx *db.Tx) (err error) {
		res, err = discovery.Search(tx, q)
		return err
	})
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return res
}

func found(res discovery.Result) (out []id.ID) {
	for _, l := range res.Listings {
		out = append(out, l.ProductID)
	}
	return out
}

func shelf(t testing.TB, d *db.DB) {
	t.Helper()
	for i, l := range []discovery.Listing{
		{Title: "明前西湖龙井绿茶 250g", ShopID: 1, CategoryID: 11, TopCategoryID: 10, PriceMin: 28800, Sold: 40, Available: true},
		{Title: "安溪铁观音 乌龙茶", ShopID: 1, CategoryID: 11, TopCategoryID: 10, PriceMin: 16800, Sold: 90, Available: true},
		{Title: "纯棉T恤 Cotton Shirt", ShopID: 2, CategoryID: 20, TopCategoryID: 20, PriceMin: 9900, Sold: 40},
		{Title: "ＩＰｈｏｎｅ１５Pro 手机壳", Subtitle: "送茶杯", ShopID: 2, CategoryID: 30, TopCategoryID: 30, PriceMin: 3900, Sold: 5, Available: true},
	} {
		l.ProductID, l.Version, l.PriceMax, l.ListedAt = id.ID(i+1), 1, l.PriceMin, day.Add(time.Duration(i)*time.Hour)
		index(t, d, l)
	}
}

func TestSearch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shelf(t, d)
		for _, c := range []struct {
			q     discovery.Query
			want  []id.ID
			loose bool
		}{
			{discovery.Query{Words: "龙井"}, []id.ID{1}, false},
			{discovery.Query{Words: "茶"}, []id.ID{2, 1, 4}, false}, // title before subtitle, then what sold more
			{discovery.Query{Words: "乌龙茶"}, []id.ID{2}, false},
			{discovery.Query{Words: "龙井 铁观音"}, []id.ID{2, 1}, true},
			{discovery.Query{Words: "SHIRT cott"}, []id.ID{3}, false},
			{discovery.Query{Words: "shi"}, []id.ID{3}, false},
			{discovery.Query{Words: "t恤"}, []id.ID{3}, false},
			{discovery.Query{Words: "iphone"}, []id.ID{4}, false},
			{discovery.Query{Words: "pro"}, []id.ID{4}, false},
			{discovery.Query{Words: "15"}, []id.ID{4}, false},
			{discovery.Query{Words: "２５０Ｇ"}, []id.ID{1}, false},
			{discovery.Query{Words: "自行车"}, nil, false},
			{discovery.Query{Words: "！？"}, nil, false},
			{discovery.Query{Words: "'; DROP TABLE listings; --"}, nil, false},
			{discovery.Query{}, []id.ID{2, 3, 1, 4}, false},
			{discovery.Query{Sort: discovery.Newest}, []id.ID{4, 3, 2, 1}, false},
			{discovery.Query{Sort: discovery.Cheapest}, []id.ID{4, 3, 2, 1}, false},
			{discovery.Query{Sort: discovery.Dearest, Words: "茶"}, []id.ID{1, 2, 4}, false},
			{discovery.Query{Top: 10}, []id.ID{2, 1}, false},
			{discovery.Query{Category: 20}, []id.ID{3}, false},
			{discovery.Query{Shop: 2, InStock: true}, []id.ID{4}, false},
			{discovery.Query{From: 9900, To: 16800}, []id.ID{2, 3}, false},
			{discovery.Query{Words: "茶", Shop: 1, To: 20000}, []id.ID{2}, false},
		} {
			res := search(t, d, c.q)
			if got := found(res); !slices.Equal(got, c.want) || res.Loose != c.loose || res.Total != int64(len(c.want)) || res.Cursor != "" {
				t.Errorf("%+v: %v loose %v total %d, want %v", c.q, got, res.Loose, res.Total, c.want)
			}
		}
	})
}

func TestVersionsAndLeaving(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := discovery.Listing{ProductID: 1, ShopID: 1, Title: "旧的标题", Version: 5}
		index(t, d, l)
		l.Title, l.Version = "更旧的", 4
		if index(t, d, l) {
			t.Error("an older version was taken")
		}
		l.Title, l.Version = "新的标题", 6
		for range 2 {
			if !index(t, d, l) {
				t.Error("a newer version was not taken")
			}
		}
		if len(search(t, d, discovery.Query{Words: "旧的"}).Listings) != 0 || len(search(t, d, discovery.Query{Words: "新的"}).Listings) != 1 {
			t.Error("terms are not those of the new title")
		}
		err := d.Control().Write(ctx, func(tx *db.Tx) error {
			if err := discovery.Hold(tx, 1); err != nil {
				return err
			}
			return discovery.Unindex(tx, 1)
		})
		if err != nil || len(search(t, d, discovery.Query{Words: "标题"}).Listings) != 0 {
			t.Errorf("still there: %v", err)
		}
		var n int
		_ = d.Control().Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM listing_terms`).Scan(&n) })
		if n != 0 {
			t.Errorf("%d terms left", n)
		}
	})
}

func TestPagesAreWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i := range 57 {
			index(t, d, discovery.Listing{ProductID: id.ID(i + 1), ShopID: 1, Title: strings.Repeat("茶壶 ", 1+i%2) + fmt.Sprint(i), Sold: int64(i % 3),
				PriceMin: money.Fen(i % 4), ListedAt: day.Add(time.Duration(i%5) * time.Hour), Version: 1})
		}
		for _, s := range []discovery.Sort{discovery.Relevance, discovery.Popular, discovery.Newest, discovery.Cheapest, discovery.Dearest} {
			for _, words := range []string{"", "茶壶", "茶壶 没有"} {
				whole := found(search(t, d, discovery.Query{Words: words, Sort: s, Limit: 50}))
				var got []id.ID
				q := discovery.Query{Words: words, Sort: s, Limit: 7}
				for pages := 0; ; pages++ {
					res := search(t, d, q)
					got = append(got, found(res)...)
					if pages == 0 && res.Total != 57 || pages > 9 {
						t.Fatalf("%s %q: total %d, %d pages", s, words, res.Total, pages)
					}
					if q.Cursor = res.Cursor; q.Cursor == "" {
						break
					}
				}
				sorted := slices.Sorted(slices.Values(got))
				if len(got) != 57 || len(slices.Compact(sorted)) != 57 || !slices.Equal(got[:50], whole) {
					t.Errorf("%s %q: pages give %d listings: %v", s, words, len(got), got)
				}
			}
		}
		err := d.Control().Read(ctx, func(tx *db.Tx) error {
			for _, bad := range []string{"x", "eyJzIjoic29sZCJ9", strings.Repeat("A", 4000)} {
				if _, err := discovery.Search(tx, discovery.Query{Sort: discovery.Newest, Cursor: bad}); errs.Code(err) != "discovery.cursor" {
					t.Errorf("cursor %q: %v", bad, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestSuggest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shelf(t, d)
		for typed, want := range map[string][]string{"茶": {"乌龙茶", "明前西湖龙井绿茶"}, "cotton s": {"纯棉T恤 Cotton Shirt"}, "没有": nil, " ": nil} {
			err := d.Control().Read(ctx, func(tx *db.Tx) error {
				got, err := discovery.Suggest(tx, typed, 10)
				if !slices.Equal(got, want) {
					t.Errorf("%q suggests %v, want %v", typed, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A product is found by any two letters, digits or characters that stand together in its title.
func TestAnyTwoCharactersFind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		next := id.ID(0)
		rapid.Check(t, func(rt *rapid.T) {
			title := rapid.StringOfN(rapid.RuneFrom([]rune("茶叶龙井乌T恤abXY159 　，·ＡＢ９é가")), 2, 40, -1).Draw(rt, "title")
			next++
			index(t, d, discovery.Listing{ProductID: next, ShopID: next, Title: title, Version: 1})
			runes := []rune(title)
			at := rapid.IntRange(0, len(runes)-2).Draw(rt, "at")
			piece := runes[at : at+2]
			word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
			if !word(piece[0]) || !word(piece[1]) {
				return
			}
			if got := found(search(t, d, discovery.Query{Words: string(piece), Shop: next})); !slices.Equal(got, []id.ID{next}) {
				rt.Fatalf("%q is not found by %q (terms %q)", title, string(piece), discovery.QueryTerms(string(piece)))
			}
		})
	})
}

func FuzzTerms(f *testing.F) {
	f.Add("T恤 龙井ABC123")
	f.Add("ﷺ\u0301\xff")
	f.Fuzz(func(t *testing.T, s string) {
		terms := discovery.Terms{}
		terms.Add(s, 10)
		if len(terms) > 600 {
			t.Errorf("%d terms", len(terms))
		}
		if q := discovery.QueryTerms(s); len(q) > 24 {
			t.Errorf("%d query terms", len(q))
		}
	})
}
