package importing

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Upload stores a file and notes it as an import that has not started.
func (f *Flow) Upload(ctx context.Context, who Who, fileName string, r io.Reader, s Settings) (Import, error) {
	if _, err := s.options(f.Now()); err != nil {
		return Import{}, err
	}
	sha, size, err := f.Uploads.Put(r)
	if errors.Is(err, blob.ErrTooLarge) {
		return Import{}, ErrTooLarge.With("max_bytes", f.Uploads.Max())
	}
	if err != nil {
		return Import{}, err
	}
	if size == 0 {
		return Import{}, ErrEmpty
	}
	settings, err := json.Marshal(s)
	if err != nil {
		return Import{}, err
	}
	var out Import
	imp, now := f.IDs.Next(), f.Now()
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO imports (shop_id, id, file_name, blob, format, settings, state, size, staff_id, created_at, updated_at)
			VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, $9)`, who.Shop, imp, cleanName(fileName), sha, string(settings), Uploaded, size, who.Staff, now)
		if err != nil {
			return err
		}
		out, err = load(tx, who.Shop, imp)
		return err
	})
	return out, err
}

// cleanName keeps the last part of a file's name, at most 120 characters.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	if utf8.RuneCountInString(name) > 120 {
		name = string([]rune(name)[:120])
	}
	return name
}

// Start sends an uploaded import to the workers. With settings they replace
// those of the upload. Starting it twice is ErrState.
func (f *Flow) Start(ctx context.Context, who Who, imp id.ID, s *Settings) (out Import, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		if out, err = load(tx, who.Shop, imp); err != nil {
			return err
		}
		if s != nil {
			if _, err := s.options(f.Now()); err != nil {
				return err
			}
			out.Settings = *s
		}
		settings, err := json.Marshal(out.Settings)
		if err != nil {
			return err
		}
		out.State, out.UpdatedAt = Waiting, f.Now()
		err = tx.Must(`UPDATE imports SET state = $3, settings = $4, updated_at = $5 WHERE shop_id = $1 AND id = $2 AND state = $6`,
			who.Shop, imp, Waiting, string(settings), f.Now(), Uploaded)
		if errors.Is(err, db.ErrNoRow) {
			return ErrState
		}
		if err != nil {
			return err
		}
		return f.Emit.Emit(tx, f.Now(), who.Shop, event.ImportStarted, event.Import{ShopID: who.Shop, ImportID: imp})
	})
	return out, err
}

// Sweep deletes uploaded files older than keep and returns how many.
func (f *Flow) Sweep(keep time.Duration) (int, error) { return f.Uploads.Sweep(f.Now().Add(-keep)) }

// open opens the file of an import.
func (f *Flow) open(i *Import) (*blob.File, error) {
	file, err := f.Uploads.Get(i.blob)
	if errors.Is(err, blob.ErrMissing) {
		return nil, ErrGone
	}
	return file, err
}
