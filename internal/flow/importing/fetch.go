package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/fetch"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// fetchers is how many pictures are fetched at once.
const fetchers = 4

// fetch gets the pictures the file's products wait for, and tries again those
// that could not be had before. It walks by product id, so each is tried once.
func (w *worker) fetch(ctx context.Context) error {
	if w.i.Settings.NoPictures {
		return nil
	}
	var waiting int64
	err := w.unfetched(ctx, func(p catalog.Product) error {
		waiting += int64(len(missing(&p)))
		return nil
	})
	if err != nil || waiting == 0 {
		return err
	}
	w.i.State, w.i.PicturesWait, w.i.PicturesFailed = Pictures, waiting, 0
	if err := w.pictures(ctx); err != nil {
		return err
	}
	return w.unfetched(ctx, func(p catalog.Product) error { return w.product(ctx, p.ID, missing(&p)) })
}

// unfetched calls fn for every product of the file that lacks a picture.
func (w *worker) unfetched(ctx context.Context, fn func(catalog.Product) error) error {
	for after := id.ID(0); ; {
		var list []catalog.Product
		var ids []id.ID
		err := w.f.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if ids, err = catalog.Unfetched(tx, w.i.ShopID, after, 100); err != nil {
				return err
			}
			mine := slices.DeleteFunc(slices.Clone(ids), func(p id.ID) bool { return !w.touched[p] })
			list, err = catalog.LoadMany(tx, w.i.ShopID, mine)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		for _, p := range list {
			if err := fn(p); err != nil {
				return err
			}
		}
	}
}

// missing gives the sources of the pictures a product lacks.
func missing(p *catalog.Product) []string {
	var out []string
	for _, m := range p.Media {
		if m.URL == "" && !slices.Contains(out, m.Source) {
			out = append(out, m.Source)
		}
	}
	return out
}

// got is what became of one picture.
type got struct {
	source  string
	url     string
	problem *Problem
}

// product fetches the pictures of one product and puts them into it.
func (w *worker) product(ctx context.Context, product id.ID, sources []string) error {
	all := make([]got, len(sources))
	failed := make([]error, len(sources))
	var wg sync.WaitGroup
	slots := make(chan struct{}, fetchers)
	for n, source := range sources {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			all[n], failed[n] = w.one(ctx, source)
		})
	}
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	err := w.f.DB.Write(ctx, func(tx *db.Tx) error { return w.attach(tx, product, all) })
	if err != nil {
		return fmt.Errorf("pictures of product %d: %w", product, err)
	}
	for _, g := range all {
		w.i.PicturesWait = max(w.i.PicturesWait-1, 0)
		if g.problem == nil {
			w.i.PicturesDone++
		} else {
			w.i.PicturesFailed++
		}
	}
	w.show()
	return w.pictures(ctx)
}

// pictures stores how far the pictures are.
func (w *worker) pictures(ctx context.Context) error {
	return w.f.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Must(`UPDATE imports SET state = $3, pictures_waiting = $4, pictures_done = $5, pictures_failed = $6, updated_at = $7 WHERE shop_id = $1 AND id = $2`,
			w.i.ShopID, w.i.ID, w.i.State, w.i.PicturesWait, w.i.PicturesDone, w.i.PicturesFailed, w.f.Now())
	})
}

// attach gives a product its pictures by their sources; what was edited
// meanwhile stays. Problems are stored with the import.
func (w *worker) attach(tx *db.Tx, product id.ID, all []got) error {
	p, err := catalog.Lock(tx, w.i.ShopID, product)
	if err != nil {
		return err
	}
	in := p.Edit()
	in.Media = slices.Clone(in.Media)
	seq, err := w.lastProblem(tx)
	if err != nil {
		return err
	}
	for _, g := range all {
		for n := range in.Media {
			if m := &in.Media[n]; m.Source == g.source && m.URL == "" {
				if m.URL, m.Problem = g.url, ""; g.problem != nil {
					m.Problem = g.problem.Code
				}
			}
		}
		if g.problem != nil && seq < keptProblems {
			seq++
			if err := w.writeProblem(tx, seq, *g.problem); err != nil {
				return err
			}
		}
	}
	in.Settle()
	_, changes, err := catalog.Save(tx, w.f.IDs, p, in, catalog.Imported, w.f.Now())
	if err != nil || changes.None() {
		return err
	}
	tx.AfterCommit(func() { w.f.Changed(w.i.ShopID, product) })
	return w.f.Emit.Emit(tx, w.f.Now(), w.i.ShopID, event.ProductChanged, event.Product{ShopID: w.i.ShopID, ProductID: product})
}

func (w *worker) lastProblem(tx *db.Tx) (seq int64, err error) {
	err = tx.QueryRow(`SELECT COALESCE(MAX(seq), 0) FROM import_problems WHERE shop_id = $1 AND import_id = $2`, w.i.ShopID, w.i.ID).Scan(&seq)
	return seq, err
}

// one gets, prepares and stores one picture. An error is ours; what is wrong
// with the picture is in got.
func (w *worker) one(ctx context.Context, source string) (got, error) {
	g := got{source: source}
	var m catalog.Media
	var there bool
	err := w.f.DB.Read(ctx, func(tx *db.Tx) (err error) {
		m, there, err = catalog.BySource(tx, w.i.ShopID, source)
		return err
	})
	if err != nil || there {
		g.url = m.URL
		return g, err
	}
	b, err := w.bytes(ctx, source)
	if ctx.Err() != nil {
		return g, ctx.Err()
	}
	var pic catalog.Prepared
	if err == nil {
		w.f.decode <- struct{}{}
		pic, err = catalog.Prepare(b)
		<-w.f.decode
	}
	if err != nil {
		g.problem = why(source, err)
		return g, nil
	}
	if err := pic.Store(w.f.Media); err != nil {
		return g, err
	}
	err = w.f.DB.Write(ctx, func(tx *db.Tx) (err error) {
		m, err = catalog.Keep(tx, w.f.IDs, w.i.ShopID, pic, source, w.f.Now())
		return err
	})
	g.url = m.URL
	return g, err
}

// bytes gets a picture from this market, from the web, or from beside the file.
func (w *worker) bytes(ctx context.Context, source string) ([]byte, error) {
	if catalog.IsPath(source) {
		name, _, _ := catalog.FileName(source[strings.LastIndexByte(source, '/')+1:])
		file, err := w.f.Media.Get(name)
		if err != nil {
			return nil, errMissing
		}
		defer func() { _ = file.Close() }()
		return io.ReadAll(file)
	}
	if strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") {
		pic, err := w.f.Fetch.Get(ctx, source)
		return pic.Bytes, err
	}
	if w.dir == nil {
		return nil, errNoFolder
	}
	return w.dir.read(source)
}

// What can be wrong with a picture that lies beside the file.
var (
	errMissing  = errs.New(errs.NotFound, "picture_missing", "找不到图片文件", "The picture's file is not there")
	errNoFolder = errs.New(errs.NotFound, "picture_local", "图片在原来的电脑上，上传的表格不包含它；请用命令行导入整个文件夹，或手动上传", "The picture lies on another computer; import the whole folder by command line or upload it")
)

var fetchTexts = map[fetch.Reason][2]string{
	fetch.BadAddress:  {"图片地址不正确", "The picture's address is wrong"},
	fetch.Forbidden:   {"图片地址不是公网地址，不予下载", "The picture's address is not public and is not fetched"},
	fetch.Redirects:   {"图片地址跳转过多或不正确", "The picture's address redirects too often or to nowhere"},
	fetch.TooLarge:    {"图片超过 10 MB", "The picture is larger than 10 MB"},
	fetch.Slow:        {"下载图片超时", "Fetching the picture took too long"},
	fetch.Unreachable: {"连不上图片所在的网站", "The picture's site cannot be reached"},
	fetch.Answer:      {"图片所在的网站没有给出图片", "The picture's site did not give it"},
	fetch.NoPicture:   {"地址给出的不是 JPEG、PNG、GIF 或 WebP 图片", "The address gives no JPEG, PNG, GIF or WebP"},
	fetch.Cancelled:   {"下载被中断", "Fetching was interrupted"},
}

// why makes a problem of what is wrong with a picture.
func why(source string, err error) *Problem {
	p := &Problem{Severity: "warning", Field: "pictures", Value: cut(source, 200)}
	var e *fetch.Error
	if errors.As(err, &e) {
		p.Code, p.Zh, p.En = "picture_"+string(e.Reason), fetchTexts[e.Reason][0], fetchTexts[e.Reason][1]
		if e.Status != 0 {
			p.Zh, p.En = fmt.Sprintf("%s（HTTP %d）", p.Zh, e.Status), fmt.Sprintf("%s (HTTP %d)", p.En, e.Status)
		}
		return p
	}
	house := errs.Of(err)
	p.Code, p.Zh, p.En = house.Code, house.Zh, house.En
	return p
}

// list puts the new products on sale that the file says are, now that their
// pictures are here. Those that lack something stay drafts.
func (w *worker) list(ctx context.Context) error {
	for product := range w.wishes {
		err := w.f.DB.Write(ctx, func(tx *db.Tx) error {
			p, err := catalog.Lock(tx, w.i.ShopID, product)
			if err != nil {
				return err
			}
			if p.State != catalog.Draft || p.CreatedAt.Before(w.i.CreatedAt) || len(p.Unlistable()) > 0 {
				return nil
			}
			if _, err := catalog.SetState(tx, p, catalog.Listed, w.f.Now()); err != nil {
				return err
			}
			tx.AfterCommit(func() { w.f.Changed(w.i.ShopID, product) })
			return w.f.Emit.Emit(tx, w.f.Now(), w.i.ShopID, event.ProductChanged, event.Product{ShopID: w.i.ShopID, ProductID: product})
		})
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
	}
	return nil
}
