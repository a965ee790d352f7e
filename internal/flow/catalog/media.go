package catalog

import (
	"context"
	"errors"
	"io"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// UploadPicture stores a picture of the shop (at most 10 MB; JPEG, PNG, GIF or
// WebP). The same picture twice is one.
func (f *Flow) UploadPicture(ctx context.Context, shop id.ID, r io.Reader) (m catalog.Media, err error) {
	select {
	case f.work <- struct{}{}:
		defer func() { <-f.work }()
	case <-ctx.Done():
		return m, ctx.Err()
	}
	b, err := io.ReadAll(io.LimitReader(r, catalog.MaxPictureBytes+1))
	if err != nil {
		return m, err
	}
	pic, err := catalog.Prepare(b)
	if err != nil {
		return m, err
	}
	if err := pic.Store(f.Media); err != nil {
		return m, err
	}
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		m, err = catalog.Keep(tx, f.IDs, shop, pic, "", f.Now())
		return err
	})
	return m, err
}

// OpenPicture opens what /media/{shop}/{name} shows; name is {sha}.{ext} or
// {sha}-360.jpg or {sha}-750.jpg. The caller closes the file.
func (f *Flow) OpenPicture(name string) (*blob.File, string, error) {
	full, mime, ok := catalog.FileName(name)
	if !ok {
		return nil, "", catalog.ErrPictureMissing
	}
	file, err := f.Media.Get(full)
	if errors.Is(err, blob.ErrMissing) {
		return nil, "", catalog.ErrPictureMissing
	}
	return file, mime, err
}
