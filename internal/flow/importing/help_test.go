package importing_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/fetch"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

var ctx = context.Background()

// world is a market with one shop.
type world struct {
	*importing.Flow
	t    testing.TB
	shop id.ID
	tea  id.ID // category 茶叶
	cfg  importing.Config
}

func newWorld(t testing.TB, d *db.DB, f fetch.Config) *world {
	t.Helper()
	ids := &id.Source{Now: time.Now, Node: 1}
	media, err := blob.Open(t.TempDir(), 20<<20)
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := blob.Open(t.TempDir(), 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, shop: ids.Next(), cfg: importing.Config{DB: d, IDs: ids, Emit: &jobs.Emitter{IDs: ids}, Now: time.Now, Media: media, Uploads: uploads,
		Fetch: fetch.New(f), PublicURL: "https://market.example", Report: func(err error) { t.Error(err) }}}
	if w.Flow, err = importing.New(w.cfg); err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error {
		return shop.Create(tx, shop.Shop{ID: w.shop, Handle: "tea", Name: "茶铺", State: shop.Open}, time.Now())
	})
	err = d.Control().Write(ctx, func(tx *db.Tx) error {
		c, err := catalog.SaveCategory(tx, ids, catalog.Category{Code: "tea", Name: "茶叶", NameEN: "Tea"})
		w.tea = c.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// offline is a network where nothing answers.
var offline = fetch.Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("offline") }}

func (w *world) write(fn func(*db.Tx) error) {
	w.t.Helper()
	if err := w.cfg.DB.Write(ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(fn func(*db.Tx) error) {
	w.t.Helper()
	if err := w.cfg.DB.Read(ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

// file writes a catalog file and gives its path.
func (w *world) file(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) run(path string, s importing.Settings) importing.Report {
	w.t.Helper()
	r, err := w.CLI(ctx, importing.Command{Shop: w.shop, Path: path, Settings: s})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) export() string {
	w.t.Helper()
	var out bytes.Buffer
	if _, err := w.Export(ctx, w.shop, &out); err != nil {
		w.t.Fatal(err)
	}
	return out.String()
}

// products gives all products of the shop in the order they were made.
func (w *world) products() (out []catalog.Product) {
	w.t.Helper()
	w.read(func(tx *db.Tx) error {
		ids, err := catalog.Page(tx, w.shop, 0, 500)
		if err == nil {
			out, err = catalog.LoadMany(tx, w.shop, ids)
		}
		return err
	})
	return out
}

// onHand gives the stock of a SKU by its code.
func (w *world) onHand(code string) (n int64) {
	w.t.Helper()
	w.read(func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT k.on_hand FROM stocks k JOIN skus s ON s.shop_id = k.shop_id AND s.id = k.sku_id WHERE s.shop_id = $1 AND s.code = $2`, w.shop, code).Scan(&n)
	})
	return n
}

func pngBytes(t testing.TB, w, h int, c color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// counts is the outcome of a run in a comparable form.
type counts struct{ created, changed, unchanged, refused int64 }

func of(r importing.Report) counts { return counts{r.Created, r.Changed, r.Unchanged, r.Refused} }
