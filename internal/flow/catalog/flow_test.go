package catalog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	room "github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/discovery"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

var ctx = context.Background()

// world is a market with one shop, a category and a clock that stands.
type world struct {
	*catalog.Flow
	t    testing.TB
	d    *db.DB
	ids  *id.Source
	now  atomic.Int64
	who  catalog.Who
	tea  id.ID
	last id.ID // event handed on last
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, d: d, ids: &id.Source{Now: time.Now, Node: 3}}
	w.now.Store(time.Now().UnixNano())
	media, err := blob.Open(t.TempDir(), 20<<20)
	if err != nil {
		t.Fatal(err)
	}
	w.Flow, err = catalog.New(catalog.Config{DB: d, IDs: w.ids, Emit: &jobs.Emitter{IDs: w.ids}, Now: func() time.Time { return time.Unix(0, w.now.Load()) }, Media: media})
	if err != nil {
		t.Fatal(err)
	}
	w.who = catalog.Who{Shop: w.ids.Next(), Staff: 9}
	w.write(func(tx *db.Tx) error {
		return shop.Create(tx, shop.Shop{ID: w.who.Shop, Handle: "tea", Name: "云山茶铺", State: shop.Open}, time.Now())
	})
	c, err := w.SaveCategory(ctx, room.Category{Code: "tea", Name: "茶叶", NameEN: "Tea"})
	if err != nil {
		t.Fatal(err)
	}
	w.tea = c.ID
	return w
}

func (w *world) write(fn func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

// settle hands the events so far to the flow, as the relay does.
func (w *world) settle() (kinds []string) {
	w.t.Helper()
	var events []jobs.Event
	err := w.d.Read(ctx, func(tx *db.Tx) error {
		events = nil
		return tx.Each(func(r db.Row) error {
			var e jobs.Event
			var payload string
			err := r.Scan(&e.ID, &e.ShopID, &e.Kind, &payload)
			e.Payload = []byte(payload)
			events = append(events, e)
			return err
		}, `SELECT id, shop_id, kind, payload FROM outbox WHERE shop_id = $1 AND id > $2 ORDER BY id`, w.who.Shop, w.last)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		for range 2 { // a job may run twice
			if err := w.OnEvent(ctx, e); err != nil {
				w.t.Fatal(err)
			}
		}
		w.last = e.ID
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (w *world) picture() string {
	w.t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 20, 20))); err != nil {
		w.t.Fatal(err)
	}
	m, err := w.UploadPicture(ctx, w.who.Shop, &b)
	if err != nil {
		w.t.Fatal(err)
	}
	return m.URL
}

func pieces(n int64) *int64 { return &n }

func (w *world) input() room.Input {
	return room.Input{Title: "明前龙井", CategoryID: w.tea, Media: []room.Picture{{URL: w.picture(), Alt: "一罐龙井"}}, Description: `<p>好茶</p><script>x</script>`,
		Options: []room.Axis{{Name: "规格", Values: []string{"50g", "100g"}}},
		SKUs:    []room.SKUInput{{Code: "L50", Options: []string{"50g"}, Price: 6800, ComparePrice: 8800, Stock: pieces(3)}, {Code: "L100", Options: []string{"100g"}, Price: 12800}}}
}

// listed makes a product on sale.
func (w *world) listed() catalog.Product {
	w.t.Helper()
	p, err := w.CreateProduct(ctx, w.who, "", w.input())
	if err == nil {
		p, err = w.SetState(ctx, w.who, p.ID, room.Listed)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) find(words string) discovery.Result {
	w.t.Helper()
	res, err := w.Search(ctx, discovery.Query{Words: words, Limit: 10})
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func TestFromDraftToMarketAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		in := w.input()
		p, err := w.CreateProduct(ctx, w.who, "key-12345678", in)
		if err != nil || p.State != room.Draft || p.SKUs[0].OnHand != 3 || p.SKUs[1].OnHand != 0 || len(p.Lacks) != 0 || p.Description != "<p>好茶</p>" {
			t.Fatalf("%+v %v", p, err)
		}
		again, err := w.CreateProduct(ctx, w.who, "key-12345678", in)
		if err != nil || again.ID != p.ID {
			t.Errorf("the same key made %d and %d: %v", p.ID, again.ID, err)
		}
		if _, err := w.Page(ctx, w.who.Shop, p.ID); errs.Code(err) != "catalog.not_found" {
			t.Errorf("a draft has a page: %v", err)
		}
		if kinds := w.settle(); !slices.Equal(kinds, []string{event.StockChanged, event.ProductChanged}) || len(w.find("龙井").Listings) != 0 {
			t.Errorf("events %v", kinds)
		}
		if p, err = w.SetState(ctx, w.who, p.ID, room.Listed); err != nil {
			t.Fatal(err)
		}
		w.settle()
		res := w.find("龙井")
		if len(res.Listings) != 1 || res.Listings[0].ShopName != "云山茶铺" || !res.Listings[0].Available || res.Listings[0].ComparePrice != 8800 || res.Listings[0].TopCategoryID != w.tea {
			t.Errorf("%+v", res.Listings)
		}
		for _, words := range []string{"tea", "云山", "L50", "100g"} {
			if len(w.find(words).Listings) != 1 {
				t.Errorf("not found by %q", words)
			}
		}
		page, err := w.PageData(ctx, w.who.Shop, p.ID)
		if err != nil || page.Available != 3 || page.SKUs[0].Available != 3 || page.Categories[0].Code != "tea" || page.Shop.Name != "云山茶铺" || !strings.HasSuffix(page.Pictures[0].Small, "-750.jpg") {
			t.Errorf("%+v %v", page, err)
		}
		edit := p.Product.Edit()
		edit.Version = p.Version
		edit.Title = "雨前龙井"
		p, err = w.SaveProduct(ctx, w.who, p.ID, edit)
		if err != nil {
			t.Fatal(err)
		}
		w.settle()
		if len(w.find("明前").Listings) != 0 || len(w.find("雨前").Listings) != 1 {
			t.Error("the index has the old title")
		}
		if _, err := w.SaveProduct(ctx, w.who, p.ID, edit); errs.Code(err) != "catalog.version" {
			t.Errorf("an old version was saved: %v", err)
		}
		bare := p.Product.Edit()
		bare.Media = nil
		if _, err := w.SaveProduct(ctx, w.who, p.ID, bare); errs.Code(err) != "catalog.not_listable" {
			t.Errorf("a listed product lost its picture: %v", err)
		}
		if _, err := w.SetState(ctx, w.who, p.ID, room.Unlisted); err != nil {
			t.Fatal(err)
		}
		w.settle()
		if _, err := w.Page(ctx, w.who.Shop, p.ID); errs.Code(err) != "catalog.unlisted" || len(w.find("龙井").Listings) != 0 {
			t.Errorf("still on the market: %v", err)
		}
		if _, err := w.Product(ctx, w.ids.Next(), p.ID); errs.Code(err) != "catalog.not_found" {
			t.Errorf("another shop sees it: %v", err)
		}
	})
}

func TestForeignPicturesAndCategories(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for want, change := range map[string]func(*room.Input){
		"catalog.category":        func(in *room.Input) { in.CategoryID = 77 },
		"catalog.picture_missing": func(in *room.Input) { in.Media[0].URL = room.Path(1, strings.Repeat("0", 64), "image/png") },
		"catalog.invalid":         func(in *room.Input) { in.Title = "" },
	} {
		in := w.input()
		change(&in)
		if _, err := w.CreateProduct(ctx, w.who, "", in); errs.Code(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if list, _, err := w.List(ctx, w.who.Shop, room.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("refused products are stored: %v %v", list, err)
	}
}

func TestStockEdits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.listed()
		a, b := p.SKUs[0].ID, p.SKUs[1].ID
		w.write(func(tx *db.Tx) error {
			return inventory.Reserve(tx, w.who.Shop, []inventory.Line{{SKU: a, Qty: 2}})
		})
		edits := []catalog.StockEdit{{SKUID: b, OnHand: pieces(7)}, {SKUID: a, Diff: pieces(5), Note: "到货"}}
		for range 2 { // the same key: once
			out, err := w.AdjustStock(ctx, w.who, "stock-key-1", edits)
			if err != nil || len(out) != 2 || out[0] != (catalog.StockLine{SKUID: a, OnHand: 8, Reserved: 2, Available: 6}) || out[1].OnHand != 7 {
				t.Fatalf("%+v %v", out, err)
			}
		}
		for want, bad := range map[string][]catalog.StockEdit{
			"inventory.below_reserved": {{SKUID: b, OnHand: pieces(1)}, {SKUID: a, OnHand: pieces(1)}},
			"catalog.sku_not_found":    {{SKUID: 5, OnHand: pieces(1)}},
			"catalog.stock_edit":       {{SKUID: a}},
			"catalog.bulk":             {{SKUID: a, Diff: pieces(1)}, {SKUID: a, Diff: pieces(1)}},
			"inventory.quantity":       {{SKUID: a, Diff: pieces(-100)}},
		} {
			if _, err := w.AdjustStock(ctx, w.who, "", bad); errs.Code(err) != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		got, err := w.Product(ctx, w.who.Shop, p.ID)
		if err != nil || got.SKUs[0].OnHand != 8 || got.SKUs[1].OnHand != 7 {
			t.Errorf("a refused edit left something behind: %+v %v", got.SKUs, err)
		}
		var sum, rows int64
		_ = d.Read(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT CAST(SUM(d_on_hand) AS BIGINT), COUNT(*) FROM stock_movements WHERE shop_id = $1 AND d_on_hand <> 0`, w.who.Shop).Scan(&sum, &rows)
		})
		if sum != 15 || rows != 3 {
			t.Errorf("movements add up to %d in %d rows", sum, rows)
		}
	})
}

func TestPriceEdits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.listed()
		none := money.Fen(0)
		err := w.SetPrices(ctx, w.who, []room.PriceEdit{{SKUID: p.SKUs[0].ID, Price: 9900, ComparePrice: &none}, {SKUID: p.SKUs[1].ID, Price: 19900}})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := w.Product(ctx, w.who.Shop, p.ID)
		if got.PriceMin != 9900 || got.PriceMax != 19900 || got.SKUs[0].ComparePrice != 0 || got.Version != p.Version+1 {
			t.Errorf("%+v", got)
		}
		for want, bad := range map[string][]room.PriceEdit{
			"catalog.invalid":       {{SKUID: p.SKUs[0].ID, Price: -1}},
			"catalog.not_listable":  {{SKUID: p.SKUs[0].ID, Price: 0}},
			"catalog.sku_not_found": {{SKUID: 3, Price: 1}},
			"catalog.bulk":          nil,
		} {
			if err := w.SetPrices(ctx, w.who, bad); errs.Code(err) != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		moved, err := w.SetStates(ctx, w.who, []id.ID{p.ID, 99}, room.Unlisted)
		if err != nil || moved[0].Code != "" || moved[1].Code != "catalog.not_found" {
			t.Errorf("%+v %v", moved, err)
		}
	})
}

func TestShopChangesReachTheMarket(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.listed()
		w.settle()
		set := func(name string, state shop.State) {
			w.write(func(tx *db.Tx) error {
				s, err := shop.Get(tx, w.who.Shop)
				if err != nil {
					return err
				}
				s.Name, s.State = name, state
				return shop.Update(tx, s, time.Now())
			})
			body, _ := json.Marshal(event.Shop{ShopID: w.who.Shop})
			if err := w.OnEvent(ctx, jobs.Event{Kind: event.ShopChanged, ShopID: w.who.Shop, Payload: body}); err != nil {
				t.Fatal(err)
			}
		}
		set("新名字", shop.Open)
		if len(w.find("新名字").Listings) != 1 || len(w.find("云山").Listings) != 0 {
			t.Error("the new name is not in the index")
		}
		set("新名字", shop.Closed)
		if len(w.find("龙井").Listings) != 0 {
			t.Error("a closed shop is on the market")
		}
	})
}

// What a process changed itself shows at once; what another one changed, after a second.
func TestPageCache(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	p := w.listed()
	available := func() int64 {
		d, err := w.PageData(ctx, w.who.Shop, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		return d.Available
	}
	if available() != 3 {
		t.Fatal("3 are on hand")
	}
	w.write(func(tx *db.Tx) error { // another process: nobody tells this one
		_, err := inventory.SetOnHand(tx, inventory.Move{IDs: w.ids, Shop: w.who.Shop, Now: time.Now()}, p.SKUs[0].ID, 2)
		return err
	})
	w.now.Add(int64(999 * time.Millisecond))
	if available() != 3 {
		t.Error("the page is not kept for a second")
	}
	w.now.Add(int64(2 * time.Millisecond))
	if available() != 2 {
		t.Error("the page is kept for longer than a second")
	}
	if _, err := w.AdjustStock(ctx, w.who, "", []catalog.StockEdit{{SKUID: p.SKUs[0].ID, OnHand: pieces(9)}}); err != nil {
		t.Fatal(err)
	}
	if available() != 9 {
		t.Error("an own change does not show at once")
	}
	before, _ := w.Page(ctx, w.who.Shop, p.ID)
	if again, _ := w.Page(ctx, w.who.Shop, p.ID); again.ETag != before.ETag || before.ETag == "" {
		t.Error("the ETag is not stable")
	}
}

// Readers that race with a writer never see an older page after its commit.
func TestPageIsNeverOlderThanTheCommit(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	p := w.listed()
	var committed atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				floor := committed.Load()
				d, err := w.PageData(ctx, w.who.Shop, p.ID)
				if err != nil || d.Available < floor {
					t.Errorf("page says %d after %d was committed: %v", d.Available, floor, err)
					return
				}
			}
		})
	}
	for n := int64(10); n < 160; n++ {
		if _, err := w.AdjustStock(ctx, w.who, "", []catalog.StockEdit{{SKUID: p.SKUs[0].ID, OnHand: &n}}); err != nil {
			t.Fatal(err)
		}
		committed.Store(n)
	}
	close(stop)
	wg.Wait()
}

func TestCategoryCacheFollows(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	if tree, err := w.Categories(ctx); err != nil || len(tree.All()) != 1 {
		t.Fatal(err)
	}
	c, err := w.SaveCategory(ctx, room.Category{Code: "green", Name: "绿茶", ParentID: w.tea})
	if err != nil {
		t.Fatal(err)
	}
	if tree, _ := w.Categories(ctx); len(tree.All()) != 2 {
		t.Error("the new category does not show")
	}
	if err := w.DeleteCategory(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if tree, _ := w.Categories(ctx); len(tree.All()) != 1 {
		t.Error("the deleted category still shows")
	}
}

func TestOpenPicture(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	url := w.picture()
	name := url[strings.LastIndexByte(url, '/')+1:]
	for _, n := range []string{name, strings.TrimSuffix(name, ".png") + "-360.jpg"} {
		f, mime, err := w.OpenPicture(n)
		if err != nil || !strings.HasPrefix(mime, "image/") || f.Size == 0 {
			t.Fatalf("%s: %v", n, err)
		}
		_ = f.Close()
	}
	for _, n := range []string{"../" + name, strings.Repeat("0", 64) + ".png", name + ".html", ""} {
		if _, _, err := w.OpenPicture(n); errs.Code(err) != "catalog.picture_missing" {
			t.Errorf("%q: %v", n, err)
		}
	}
	if _, err := w.UploadPicture(ctx, w.who.Shop, strings.NewReader("<svg/>")); errs.Code(err) != "catalog.picture" {
		t.Errorf("%v", err)
	}
	if _, err := w.UploadPicture(ctx, w.who.Shop, io.LimitReader(zeros{}, 11<<20)); errs.Code(err) != "catalog.picture_too_large" {
		t.Errorf("%v", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// BenchmarkPageHTTP answers product pages through net/http over loopback.
func BenchmarkPageHTTP(b *testing.B) {
	w := newWorld(b, dbtest.SQLite(b))
	p := w.listed()
	live, err := catalog.New(catalog.Config{DB: w.d, IDs: w.ids, Emit: w.Emit, Now: time.Now, Media: w.Media})
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		page, err := live.Page(r.Context(), w.who.Shop, p.ID)
		if err != nil {
			http.Error(rw, err.Error(), 500)
			return
		}
		rw.Header().Set("ETag", page.ETag)
		_, _ = rw.Write(page.JSON)
	}))
	defer srv.Close()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		client := &http.Client{Transport: &http.Transport{}}
		for pb.Next() {
			res, err := client.Get(srv.URL)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// BenchmarkPageMiss reads and encodes a page every time.
func BenchmarkPageMiss(b *testing.B) {
	w := newWorld(b, dbtest.SQLite(b))
	p := w.listed()
	for b.Loop() {
		w.Invalidate(w.who.Shop, p.ID)
		if _, err := w.Page(ctx, w.who.Shop, p.ID); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
