package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

func runImport(ctx context.Context, args []string) error {
	f := flags("import", "--shop handle [flags] file…\n\nReads Shopify, WooCommerce, 淘宝助理, Magento, Medusa and our own CSV; running it twice changes nothing.")
	path := configFlag(f)
	handle := f.String("shop", "", "`handle` of the shop")
	create := f.Bool("create-shop", false, "make the shop if there is none of that handle")
	dry := f.Bool("dry-run", false, "only say what would happen")
	lang := f.String("lang", "zh", "zh or en")
	var s importing.Settings
	format := f.String("format", "", "shuke, shopify, woocommerce, taobao, magento or medusa; empty: detected")
	f.StringVar(&s.Currency, "currency", "", "ISO `code` of the file's prices; empty: CNY")
	f.StringVar(&s.Rate, "rate", "", "yuan for one unit of the currency, e.g. 7.13")
	f.BoolVar(&s.KeepStock, "keep-stock", false, "leave the stock of SKUs that exist alone")
	f.BoolVar(&s.NoPictures, "no-pictures", false, "do not fetch pictures")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() == 0 {
		return errors.New("import: name at least one file · 请给出文件")
	}
	s.Format = feed.Format(*format)
	return withHouse(ctx, *path, func(h *app.House) error {
		of, err := pickShop(ctx, h, *handle, *create, *dry)
		if err != nil {
			return err
		}
		bad := 0
		for _, file := range f.Args() {
			ok, err := importOne(ctx, h, of, file, s, *dry, *lang)
			if err != nil {
				return err
			}
			if !ok {
				bad++
			}
		}
		if err := h.Queue.Drain(ctx); err != nil {
			return err
		}
		if bad > 0 {
			return fmt.Errorf("import: %d of %d files could not be read to the end · 有文件未能读完", bad, f.NArg())
		}
		return nil
	})
}

// importOne imports a file and prints its report; false: it could not be read to
// its end.
func importOne(ctx context.Context, h *app.House, of shop.Shop, file string, s importing.Settings, dry bool, lang string) (bool, error) {
	c := importing.Command{Shop: of.ID, Path: file, Settings: s, DryRun: dry}
	bar := progressBar()
	c.Progress = bar.show
	r, err := h.Importing.CLI(ctx, c)
	bar.clear()
	if err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	return r.State != importing.Failed, r.Print(os.Stdout, lang)
}

// bar draws progress on a terminal; elsewhere it stays silent.
type bar struct {
	on   bool
	last time.Time
}

func progressBar() *bar {
	info, err := os.Stderr.Stat()
	return &bar{on: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (b *bar) show(i importing.Import) {
	if !b.on || time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	const width = 30
	done := int64(width)
	if i.Size > 0 {
		done = min(width, width*i.ReadBytes/i.Size)
	}
	fmt.Fprintf(os.Stderr, "\r%s%s %d 新 %d 改 %d 同 %d 拒 图 %d/%d ", strings.Repeat("█", int(done)), strings.Repeat("░", int(width-done)),
		i.Created, i.Changed, i.Unchanged, i.Refused, i.PicturesDone, i.PicturesDone+i.PicturesWait)
}

func (b *bar) clear() {
	if b.on {
		fmt.Fprint(os.Stderr, "\r\033[K")
	}
}

// pickShop finds the shop of a handle, or the only one. With create a missing one is made; with dry as well it is only imagined: a
// shop without an id, in which nothing is found.
func pickShop(ctx context.Context, h *app.House, handle string, create, dry bool) (of shop.Shop, err error) {
	var all []shop.Shop
	err = h.DB.Read(ctx, func(tx *db.Tx) error {
		if handle != "" {
			of, err = shop.ByHandle(tx, handle)
			return err
		}
		all, err = shop.List(tx, 0)
		return err
	})
	switch {
	case handle != "" && errors.Is(err, shop.ErrNotFound) && create && dry:
		return shop.Shop{Handle: handle}, nil
	case handle != "" && errors.Is(err, shop.ErrNotFound) && create:
		return newShop(ctx, h, handle)
	case err != nil:
		return of, fmt.Errorf("shop %q: %w (use --create-shop to make it)", handle, err)
	case handle != "":
		return of, nil
	case len(all) == 1:
		return all[0], nil
	}
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Handle
	}
	return of, fmt.Errorf("which shop? give --shop with one of: %s · 请用 --shop 指定店铺", strings.Join(names, ", "))
}

// newShop makes a shop whose owner has a random password, printed once.
func newShop(ctx context.Context, h *app.House, handle string) (shop.Shop, error) {
	var raw [9]byte
	if _, err := io.ReadFull(h.Rand, raw[:]); err != nil {
		return shop.Shop{}, err
	}
	password := fmt.Sprintf("%x", raw)
	s, m, err := h.Onboarding.CreateShop(ctx, shop.Shop{Handle: handle, Name: handle}, onboarding.Owner{Login: handle + "-owner", Name: handle, Password: password})
	if err == nil {
		fmt.Printf("new shop %s; login %s, password %s · 已新建店铺\n", s.Handle, m.Login, password)
	}
	return s, err
}

func runExport(ctx context.Context, args []string) error {
	f := flags("export", "--shop handle [--out file]")
	path := configFlag(f)
	handle := f.String("shop", "", "`handle` of the shop")
	out := f.String("out", "", "`file` to write; empty: standard output")
	if err := f.Parse(args); err != nil {
		return err
	}
	return withHouse(ctx, *path, func(h *app.House) error {
		of, err := pickShop(ctx, h, *handle, false, false)
		if err != nil {
			return err
		}
		if *out == "" {
			_, err = h.Importing.Export(ctx, of.ID, os.Stdout)
			return err
		}
		w, err := os.Create(*out)
		if err != nil {
			return err
		}
		n, err := h.Importing.Export(ctx, of.ID, w)
		if err = errors.Join(err, w.Close()); err == nil {
			fmt.Printf("%d 件商品 products → %s\n", n, *out)
		}
		return err
	})
}

// withHouse opens the configured house for one command.
func withHouse(ctx context.Context, path string, do func(*app.House) error) error {
	c, err := loadConfig(path)
	if err != nil {
		return err
	}
	c.Log = config.Log{Level: "warn", Format: "text"}
	h, err := app.Open(ctx, c, logger(c.Log))
	if err != nil {
		return err
	}
	return errors.Join(do(h), h.Close())
}
