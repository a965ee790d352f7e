package importing

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// A file of Magento may hold no products but pictures for them, by the code of a
// SKU. Such a list is imported too: its pictures are added to the products.

// maxPictureRows bounds such a file.
const maxPictureRows = 200_000

// isPictureList says that reading products failed because the file is such a list.
func isPictureList(err error) bool {
	var e *feed.FileError
	return errors.As(err, &e) && e.Problem.Code == "magento_pictures"
}

// pictureList reads a list as items of one product each: the code, its pictures
// and what is wrong with its rows.
func (f *Flow) pictureList(r io.Reader, s Settings) ([]item, error) {
	o, err := s.options(f.Now())
	if err != nil {
		return nil, err
	}
	reader, err := feed.OpenPictures(r, o)
	if err != nil {
		return nil, err
	}
	var list []item
	at := map[string]int{}
	for n := 0; ; n++ {
		row, problems, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		if n == maxPictureRows {
			return list, ErrTooLarge.With("max_rows", maxPictureRows)
		}
		i, there := at[row.SKUCode]
		if !there || row.SKUCode == "" {
			i = len(list)
			at[row.SKUCode] = i
			list = append(list, newItem(feed.Product{Row: row.Row, Ref: row.SKUCode}, nil))
		}
		found := newItem(feed.Product{}, problems)
		list[i].problems, list[i].refused = append(list[i].problems, found.problems...), list[i].refused || found.refused
		if !row.Picture.IsZero() {
			list[i].Pictures = append(list[i].Pictures, row.Picture)
		}
	}
}

// addPictures gives the product of a code the pictures it lacks.
func (s *session) addPictures(tx *db.Tx, it *item, write bool) (result, error) {
	refused := result{item: it, outcome: Refused}
	if it.refused {
		return refused, nil
	}
	holders, err := catalog.ByCodes(tx, s.shop, []string{it.Ref})
	if err != nil {
		return refused, err
	}
	holder, ok := holders[it.Ref]
	if !ok {
		it.refused = true
		it.problems = append(it.problems, Problem{Line: it.Row, Severity: string(feed.Refusal), Code: "sku_unknown", Field: "sku", Value: cut(it.Ref, 80),
			Zh: "店里没有这个商家编码，请先导入商品", En: "The shop has no SKU of this code; import the products first"})
		return refused, nil
	}
	read := catalog.Load
	if write {
		read = catalog.Lock
	}
	old, err := read(tx, s.shop, holder.ProductID)
	if err != nil {
		return refused, err
	}
	in := old.Edit()
	for _, p := range it.Pictures {
		address := s.f.address(p)
		if !slices.ContainsFunc(in.Media, func(m catalog.Picture) bool { return m.Source == address || m.URL == address }) && len(in.Media) < 100 {
			m, err := s.picture(tx, nil, address, cut(plain(p.Alt), 199))
			if err != nil {
				return refused, err
			}
			in.Media = append(in.Media, m)
		}
	}
	r := result{item: it, outcome: Unchanged, product: old}
	p, changes, err := catalog.Plan(old, in, catalog.Imported, s.ids)
	if err == nil && write {
		p, changes, err = catalog.Save(tx, s.f.IDs, old, in, catalog.Imported, s.f.Now())
	}
	if err != nil {
		if !isRefusal(err) {
			return refused, err
		}
		it.refuse(err)
		return refused, nil
	}
	if !changes.None() {
		r.outcome, r.product, r.fields = Changed, p, changes.Fields
	}
	if write {
		return r, s.tell(tx, it, nil, r, nil)
	}
	return r, nil
}

// pictureRows runs a list of pictures, going on where the last worker stopped.
func (w *worker) pictureRows(ctx context.Context, r io.Reader) error {
	list, err := w.f.pictureList(r, w.i.Settings)
	if b := broken(err); b != nil {
		return w.fail(ctx, *b)
	} else if isRefusal(err) {
		return w.fail(ctx, Problem{Severity: "refusal", Code: ErrTooLarge.Code, Zh: ErrTooLarge.Zh, En: ErrTooLarge.En})
	} else if err != nil {
		return err
	}
	w.i.Format = string(feed.MagentoPictures)
	s := w.f.session(&w.i, w.f.IDs.Next)
	if err := w.skipPictures(ctx, list[:min(int(w.i.seen()), len(list))]); err != nil {
		return err
	}
	list = list[min(int(w.i.seen()), len(list)):]
	for batch := range slices.Chunk(list, batchSize) {
		if err := w.batch(ctx, s, batch, w.i.Size/2, s.addPictures); err != nil {
			return err
		}
		w.show()
	}
	return nil
}

// skipPictures notes whose pictures a worker before left to be fetched.
func (w *worker) skipPictures(ctx context.Context, done []item) error {
	for batch := range slices.Chunk(done, batchSize) {
		var codes []string
		for _, it := range batch {
			codes = append(codes, it.Ref)
		}
		err := w.f.DB.Read(ctx, func(tx *db.Tx) error {
			holders, err := catalog.ByCodes(tx, w.i.ShopID, codes)
			for _, h := range holders {
				w.touched[h.ProductID] = true
			}
			if err != nil {
				return err
			}
			w.problems, err = w.lastProblem(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// previewPictures says what running a list of pictures would do.
func (f *Flow) previewPictures(ctx context.Context, i *Import, r io.Reader) (Preview, error) {
	out := Preview{Format: string(feed.MagentoPictures), Columns: []string{"sku", "image"}, Rows: []PreviewRow{}, Problems: []Problem{}}
	list, err := f.pictureList(r, i.Settings)
	if out.Broken = broken(err); err != nil && out.Broken == nil {
		return out, err
	}
	s := f.session(i, f.IDs.Next)
	for batch := range slices.Chunk(list, batchSize) {
		err := f.DB.Read(ctx, func(tx *db.Tx) error {
			for n := range batch {
				r, err := s.addPictures(tx, &batch[n], false)
				if err != nil {
					return err
				}
				r.item.Title = r.product.Title
				out.add(r)
			}
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}
