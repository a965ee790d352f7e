// Package settings keeps the few values the installation makes for itself once,
// such as the key that signs buyers' sessions.
package settings

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// Secret returns the named random secret of n bytes, making it at first use;
// rival processes get the same one. The table is of kind reference: it is written
// on Control.
func Secret(ctx context.Context, d *db.DB, rand io.Reader, now time.Time, name string, n int) ([]byte, error) {
	fresh := make([]byte, n)
	if _, err := io.ReadFull(rand, fresh); err != nil {
		return nil, err
	}
	var text string
	err := d.Control().Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
			name, hex.EncodeToString(fresh), now); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT value FROM settings WHERE name = $1`, name).Scan(&text)
	})
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

// Get returns a value, "" when it was never set.
func Get(tx *db.Tx, name string) (string, error) {
	var v string
	err := tx.QueryRow(`SELECT value FROM settings WHERE name = $1`, name).Scan(&v)
	if errors.Is(err, db.ErrNoRow) {
		return "", nil
	}
	return v, err
}

// Set stores a value.
func Set(tx *db.Tx, name, value string, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, name, value, now)
	return err
}
