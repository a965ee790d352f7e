package importing_test

import (
	"bytes"
	"fmt"
	"image/color"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/fetch"
)

const head = "product_ref,title,categories,state,option1_name,option1_value,sku_code,price_yuan,stock,sku_picture,pictures,description_html\r\n"

// sharedData gives the folder of real files; tests skip where it is absent.
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
		shared := filepath.Join(dir, "shared", "data")
		if info, err := os.Stat(shared); err == nil && info.IsDir() {
			return shared
		}
		if dir == filepath.Dir(dir) {
			t.Skip("no folder shared/data beside the project; set SHUKE_SHARED_DATA to test with real files")
		}
		dir = filepath.Dir(dir)
	}
}

// Every real file twice: the second run changes nothing. Then out and in again: still nothing.
func TestRealFilesTwice(t *testing.T) {
	shared := sharedData(t)
	var files []string
	for _, folder := range []string{"shopify-csv", "woocommerce-csv", "taobao-assistant-format", "magento-csv", "medusa-csv"} {
		list, err := filepath.Glob(filepath.Join(shared, folder, "*.csv"))
		if err != nil || len(list) == 0 {
			t.Fatalf("no files in %s: %v", folder, err)
		}
		files = append(files, list...)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		total := int64(0)
		for _, path := range files {
			dry, err := w.CLI(ctx, importing.Command{Shop: w.shop, Path: path, Settings: settings(path), DryRun: true})
			if err != nil {
				t.Fatal(err)
			}
			first := w.run(path, settings(path))
			again := w.run(path, settings(path))
			t.Logf("%s: %s %+v, pictures %d failed, %d problems", filepath.Base(path), first.State, of(first), first.PicturesFailed, len(first.Problems))
			if of(dry) != of(first) || dry.State == importing.Failed != (first.State == importing.Failed) {
				t.Errorf("%s: the preview said %+v, the run did %+v", path, of(dry), of(first))
			}
			if again.Created+again.Changed != 0 || again.Refused != first.Refused || again.Unchanged != first.Created+first.Changed+first.Unchanged {
				t.Errorf("%s: second run did %+v after %+v", path, of(again), of(first))
			}
			if first.State == importing.Failed && len(first.Problems) == 0 {
				t.Errorf("%s failed without a word", path)
			}
			total += first.Created
		}
		if total < 50 {
			t.Errorf("only %d products came in from all files", total)
		}
		roundTrip(t, w)
	})
}

// settings gives the currency of files whose prices are not yuan.
func settings(path string) importing.Settings {
	if strings.Contains(path, "medusa") {
		return importing.Settings{Currency: "USD", Rate: "7.1"}
	}
	return importing.Settings{}
}

// roundTrip exports, imports the export and exports again: nothing changes, and
// a new shop gets the same file out again.
func roundTrip(t *testing.T, w *world) {
	t.Helper()
	before := w.export()
	r := w.run(w.file("export.csv", before), importing.Settings{})
	if r.Created+r.Changed+r.Refused != 0 || r.State != importing.Done {
		t.Errorf("importing the export did %+v (%s): %+v", of(r), r.State, r.Problems[:min(len(r.Problems), 5)])
	}
	if after := w.export(); after != before {
		t.Errorf("the export changed:\n%s", firstDifference(before, after))
	}
	other := *w
	other.shop = w.cfg.IDs.Next()
	if r := other.run(w.file("export.csv", before), importing.Settings{}); r.Refused != 0 {
		t.Errorf("a new shop refused %d: %+v", r.Refused, r.Problems)
	}
	if after := other.export(); after != before {
		t.Errorf("a new shop's export differs:\n%s", firstDifference(before, after))
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d\n%q\n%q", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

func TestWhatAFileChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		first := w.run(w.file("a.csv", head+
			"mug,马克杯,茶叶,listed,颜色,红,M-R,12.80,5,,,\r\nmug,,,,,蓝,M-B,12.80,7,,,\r\npot,茶壶,没有的类目,draft,,,P-1,99.00,1,,,<p>好<script>x</script></p>\r\n"), importing.Settings{})
		if of(first) != (counts{created: 2}) || first.Warnings != 1 || first.Problems[0].Code != "category_unknown" {
			t.Fatalf("%+v %+v", of(first), first.Problems)
		}
		list := w.products()
		if p := list[0]; p.State != catalog.Draft || p.CategoryID != w.tea || len(p.SKUs) != 2 {
			t.Errorf("mug came in as %+v", p)
		}
		if p := list[1]; p.Description != "<p>好</p>" || p.CategoryID != 0 {
			t.Errorf("pot came in as %+v", p)
		}
		ids := map[string]string{"M-R": list[0].SKUs[0].ID.String(), "M-B": list[0].SKUs[1].ID.String()}
		second := w.run(w.file("b.csv", head+"mug,马克杯,茶叶,listed,颜色,深蓝,M-B,13.00,9,,,\r\nmug,,,,,红,M-R,12.80,5,,,\r\nmug,,,,,绿,M-G,12.80,3,,,\r\n"), importing.Settings{})
		if of(second) != (counts{changed: 1}) {
			t.Fatalf("%+v %+v", of(second), second.Problems)
		}
		p := w.products()[0]
		if p.SKUs[0].ID.String() != ids["M-B"] || p.SKUs[1].ID.String() != ids["M-R"] || p.SKUs[0].Price != 1300 || p.PriceMax != 1300 {
			t.Errorf("SKUs moved: %+v", p.SKUs)
		}
		if b, r, g := w.onHand("M-B"), w.onHand("M-R"), w.onHand("M-G"); b != 9 || r != 5 || g != 3 {
			t.Errorf("stock is %d %d %d", b, r, g)
		}
		kept := w.run(w.file("c.csv", head+"mug,马克杯,茶叶,listed,颜色,深蓝,M-B,13.00,100,,,\r\nmug,,,,,红,M-R,12.80,100,,,\r\nmug,,,,,绿,M-G,12.80,100,,,\r\n"), importing.Settings{KeepStock: true})
		if of(kept) != (counts{unchanged: 1}) || w.onHand("M-B") != 9 {
			t.Errorf("KeepStock: %+v", of(kept))
		}
	})
}

// Stock that orders hold is not taken away by a file.
func TestReservedStockStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		w.run(w.file("a.csv", head+"mug,马克杯,,draft,,,M,12.80,5,,,\r\n"), importing.Settings{})
		sku := w.products()[0].SKUs[0].ID
		w.write(func(tx *db.Tx) error {
			return inventory.Reserve(tx, w.shop, []inventory.Line{{SKU: sku, Qty: 4}})
		})
		r := w.run(w.file("b.csv", head+"mug,马克杯,,draft,,,M,12.80,2,,,\r\n"), importing.Settings{})
		if of(r) != (counts{unchanged: 1}) || r.Warnings != 1 || w.onHand("M") != 5 {
			t.Errorf("%+v %+v, %d on hand", of(r), r.Problems, w.onHand("M"))
		}
	})
}

// Products made by hand are found by their codes; codes of others are left out.
func TestCodesFindAndCollide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		w.write(func(tx *db.Tx) error {
			_, err := catalog.Insert(tx, w.cfg.IDs, w.shop, "", catalog.Draft, catalog.Input{Title: "手写的", SKUs: []catalog.SKUInput{{Code: "H-1", Price: 100}}}, catalog.Written, time.Now())
			return err
		})
		r := w.run(w.file("a.csv", head+"hand,手写的,,draft,,,H-1,1.00,0,,,\r\nother,别的,,draft,,,H-1,2.00,0,,,\r\nthird,第三,,draft,,,T-1,2.00,0,,,\r\nfourth,第四,,draft,,,T-1,2.00,0,,,\r\n"), importing.Settings{})
		if of(r) != (counts{created: 3, unchanged: 1}) || r.Warnings != 2 {
			t.Fatalf("%+v %+v", of(r), r.Problems)
		}
		list := w.products()
		if list[0].SourceRef != "hand" || list[1].SKUs[0].Code != "" || list[2].SKUs[0].Code != "T-1" || list[3].SKUs[0].Code != "" {
			t.Errorf("%+v", list)
		}
	})
}

func TestPicturesAreFetchedAndListingFollows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var asked atomic.Int64
		srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			switch r.URL.Path {
			case "/red.png":
				_, _ = rw.Write(pngBytes(t, 900, 600, color.RGBA{200, 0, 0, 255}))
			case "/blue.png":
				_, _ = rw.Write(pngBytes(t, 20, 20, color.RGBA{0, 0, 200, 255}))
			case "/text.png":
				_, _ = rw.Write([]byte("<html>"))
			default:
				http.NotFound(rw, r)
			}
		}))
		defer srv.Close()
		w := newWorld(t, d, fetch.Config{AllowPrivate: true})
		text := head + "mug,马克杯,茶叶,listed,颜色,红,M-R,12.80,5,,U/red.png|U/gone.png|beside.png|../../etc/passwd.png,\r\nmug,,,,,蓝,M-B,12.80,7,U/blue.png,,\r\n" +
			"pot,茶壶,茶叶,listed,,,P,1.00,1,,U/text.png,\r\n"
		path := w.file("a.csv", strings.ReplaceAll(text, "U/", srv.URL+"/"))
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "beside.png"), pngBytes(t, 30, 30, color.Black), 0o600); err != nil {
			t.Fatal(err)
		}
		r := w.run(path, importing.Settings{})
		if of(r) != (counts{created: 2}) || r.PicturesDone != 3 || r.PicturesFailed != 2 {
			t.Fatalf("%+v pictures %d %d: %+v", of(r), r.PicturesDone, r.PicturesFailed, r.Problems)
		}
		list := w.products()
		mug := list[0]
		if mug.State != catalog.Listed || list[1].State != catalog.Draft {
			t.Errorf("mug is %s, pot (without a picture) %s", mug.State, list[1].State)
		}
		if mug.SKUs[1].Picture == "" || mug.SKUs[1].Picture != mug.Media[3].URL || mug.Media[1].Problem != "picture_answer" {
			t.Errorf("pictures: %+v, SKU %+v", mug.Media, mug.SKUs[1])
		}
		for _, m := range mug.Media {
			if name, _, ok := catalog.FileName(filepath.Base(m.URL)); m.URL != "" && (!ok || !w.cfg.Media.Has(name) || !w.cfg.Media.Has(name+"-360") || !w.cfg.Media.Has(name+"-750")) {
				t.Errorf("%s is not stored with its copies", m.URL)
			}
		}
		before := asked.Load()
		if r := w.run(path, importing.Settings{}); of(r) != (counts{unchanged: 2}) || asked.Load() != before+2 {
			t.Errorf("second run: %+v, asked %d times (only the two failures are worth it)", of(r), asked.Load()-before)
		}
		roundTrip(t, w)
	})
}

// A run that is broken off at any point goes on and ends as if it had not been.
func TestRunGoesOnAfterACrash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		var b strings.Builder
		b.WriteString(head)
		for n := range 230 {
			fmt.Fprintf(&b, "p%d,商品 %d,茶叶,draft,,,C-%d,%d.00,%d,,,\r\n", n, n, n%200, n+1, n)
		}
		i, err := w.Upload(ctx, importing.Who{Shop: w.shop}, "big.csv", strings.NewReader(b.String()), importing.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Start(ctx, importing.Who{Shop: w.shop}, i.ID, nil); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		for range 20 {
			cfg := w.cfg
			cfg.Now = func() time.Time { return now }
			f, err := importing.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			func() {
				defer func() { _ = recover() }()
				err = f.Run(ctx, w.shop, i.ID, func(importing.Import) {
					if seen++; seen == 2 {
						panic("crash")
					}
				})
			}()
			now = now.Add(10 * time.Minute) // the lease runs out
			if last, _ := w.Get(ctx, w.shop, i.ID); last.State == importing.Done {
				break
			}
		}
		last, err := w.Get(ctx, w.shop, i.ID)
		if err != nil || last.State != importing.Done || last.Created != 230 || last.Warnings != 30 || last.Refused != 0 {
			t.Fatalf("%+v %v", last, err)
		}
		problems, err := w.Problems(ctx, w.shop, i.ID, 0, 500)
		if err != nil || len(problems) != 30 {
			t.Errorf("%d problems stored: %v", len(problems), err)
		}
		if n := len(w.products()); n != 230 {
			t.Errorf("%d products", n)
		}
	})
}

func TestOnlyOneWorkerRuns(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t), offline)
	i, err := w.Upload(ctx, importing.Who{Shop: w.shop}, "a.csv", strings.NewReader(head+"a,A,,draft,,,,1.00,1,,,\r\n"), importing.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(ctx, w.shop, i.ID, nil); err == nil {
		t.Error("ran before it was started")
	}
	for _, want := range []string{"", "import.state"} {
		if _, err := w.Start(ctx, importing.Who{Shop: w.shop}, i.ID, nil); fmt.Sprint(err) != "<nil>" != (want != "") {
			t.Errorf("Start: %v, want %q", err, want)
		}
	}
	calls := 0
	err = w.Run(ctx, w.shop, i.ID, func(importing.Import) {
		if calls++; calls == 1 {
			if err := w.Run(ctx, w.shop, i.ID, nil); err == nil {
				t.Error("a second worker ran the same import")
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(ctx, w.shop, i.ID, nil); err != nil {
		t.Errorf("running a finished import: %v", err)
	}
}

func TestBrokenFilesSayWhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, offline)
		r := w.run(w.file("a.csv", head+"a,A,,draft,,,,1.00,1,,,\r\nb,\"B"), importing.Settings{})
		if r.State != importing.Failed || len(r.Problems) == 0 || r.Problems[len(r.Problems)-1].Line != 3 {
			t.Errorf("%+v", r)
		}
		r = w.run(w.file("b.csv", head+"a,A,,draft,,,,1.x,1,,,\r\nb,"+strings.Repeat("长", 300)+",,draft,,,,1.00,1,,,\r\nc,C,,draft,,,,1.00,1,,,\r\n"), importing.Settings{})
		if of(r) != (counts{created: 1, refused: 2}) || r.State != importing.Done {
			t.Errorf("%+v %+v", of(r), r.Problems)
		}
		var zh, en bytes.Buffer
		if r.Print(&zh, "zh") != nil || r.Print(&en, "en") != nil || !strings.Contains(zh.String(), "第 3 行") || !strings.Contains(en.String(), "line 2") {
			t.Errorf("report:\n%s\n%s", zh.String(), en.String())
		}
		if _, err := w.Upload(ctx, importing.Who{Shop: w.shop}, "x", strings.NewReader(""), importing.Settings{}); err == nil {
			t.Error("an empty file was taken")
		}
	})
}

// Any shop: out and in changes nothing.
func TestExportImportProperty(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t), offline)
	rapid.Check(t, func(rt *rapid.T) {
		w := *w
		w.shop = w.cfg.IDs.Next()
		for range rapid.IntRange(1, 4).Draw(rt, "products") {
			in := drawInput(rt)
			w.write(func(tx *db.Tx) error {
				p, err := catalog.Insert(tx, w.cfg.IDs, w.shop, "", catalog.Draft, in, catalog.Imported, time.Now())
				for i, s := range p.SKUs {
					if err == nil {
						_, err = inventory.SetOnHand(tx, inventory.Move{IDs: w.cfg.IDs, Shop: w.shop, Now: time.Now()}, s.ID, int64(i))
					}
				}
				return err
			})
		}
		before := w.export()
		r := w.run(w.file("x.csv", before), importing.Settings{})
		if r.Created+r.Changed+r.Refused != 0 {
			rt.Fatalf("%+v %+v\n%s", of(r), r.Problems, before)
		}
		if after := w.export(); after != before {
			rt.Fatal(firstDifference(before, after))
		}
	})
}

func drawInput(rt *rapid.T) catalog.Input {
	text := rapid.StringOfN(rapid.RuneFrom([]rune(`茶a1 ,"'=|>\;<&%.é`+"\n")), 0, 12, -1)
	in := catalog.Input{Title: "T" + text.Draw(rt, "title"), Subtitle: text.Draw(rt, "subtitle"), Brand: text.Draw(rt, "brand"),
		Description: text.Draw(rt, "description") + "<p>" + text.Draw(rt, "html"), Tags: rapid.SliceOfN(text, 0, 3).Draw(rt, "tags")}
	for range rapid.IntRange(0, 3).Draw(rt, "facts") {
		in.Attributes = append(in.Attributes, catalog.Attribute{Name: text.Draw(rt, "name"), Values: []string{text.Draw(rt, "value")}})
	}
	axes := rapid.IntRange(0, 2).Draw(rt, "axes")
	combos := [][]string{nil}
	for a := range axes {
		axis := catalog.Axis{Name: fmt.Sprintf("轴%d%s", a, text.Draw(rt, "axis"))}
		var next [][]string
		for v := range rapid.IntRange(1, 3).Draw(rt, "values") {
			axis.Values = append(axis.Values, fmt.Sprintf("%d%s", v, text.Draw(rt, "v")))
			for _, c := range combos {
				next = append(next, append(append([]string(nil), c...), axis.Values[v]))
			}
		}
		in.Options, combos = append(in.Options, axis), next
	}
	for i, c := range combos {
		in.SKUs = append(in.SKUs, catalog.SKUInput{Options: c, Price: 100, WeightG: int64(i)})
	}
	return in
}

func TestFormatsAreNamedInErrors(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t), offline)
	for _, s := range []importing.Settings{{Rate: "x"}, {Rate: "-1"}, {Currency: "USD"}, {Rate: "7"}, {Format: feed.Format("nonsense")}} {
		r, err := w.CLI(ctx, importing.Command{Shop: w.shop, Path: w.file("a.csv", head), Settings: s})
		if err == nil && r.State != importing.Failed {
			t.Errorf("%+v was taken: %+v", s, r)
		}
	}
}
