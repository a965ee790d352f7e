package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// TestLaterIsSeenByWhatFollows: what waits is there for the next statement, and
// for everybody after the commit.
func TestLaterIsSeenByWhatFollows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		count := func(tx *db.Tx) (n int) {
			if err := tx.QueryRow(`SELECT COUNT(*) FROM settings WHERE name LIKE 'later/%'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		add := func(tx *db.Tx, n int) error {
			return tx.Later(nil, `INSERT INTO settings (name, value, updated_at) VALUES ($1, 'v', '2026-01-01')`, fmt.Sprintf("later/%03d", n))
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			for i := range 150 {
				if err := add(tx, i); err != nil {
					return err
				}
			}
			if n := count(tx); n != 150 {
				t.Errorf("the same transaction sees %d", n)
			}
			return add(tx, 150)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Read(ctx, func(tx *db.Tx) error {
			if n := count(tx); n != 151 {
				t.Errorf("after the commit: %d", n)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestLaterRefuses: a check, or a statement that fails, undoes everything, even
// when nothing follows but the commit; the check's error comes back as it is.
func TestLaterRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		errFew := errors.New("too few")
		want := func(n int64) func(int64) error {
			return func(got int64) error {
				if got != n {
					return errFew
				}
				return nil
			}
		}
		const insert = `INSERT INTO settings (name, value, updated_at) VALUES ($1, 'v', '2026-01-01')`
		const update = `UPDATE settings SET value = 'w' WHERE name = $1`
		for name, fn := range map[string]func(tx *db.Tx) error{
			"at the commit": func(tx *db.Tx) error { return tx.Later(want(1), update, "nobody") },
			"at the next statement": func(tx *db.Tx) error {
				if err := tx.Later(want(1), update, "nobody"); err != nil {
					return err
				}
				var n int
				return tx.QueryRow(`SELECT COUNT(*) FROM settings`).Scan(&n)
			},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				if err := tx.Later(want(1), insert, "kept"); err != nil {
					return err
				}
				return fn(tx)
			})
			if err != errFew { //nolint:errorlint // as it is
				t.Errorf("%s: %v", name, err)
			}
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			return errors.Join(tx.Later(nil, insert, "twice"), tx.Later(nil, insert, "twice"))
		})
		if !db.IsUnique(err) {
			t.Errorf("a key twice: %v", err)
		}
		if err := d.Read(ctx, func(tx *db.Tx) error {
			var n int
			err := tx.QueryRow(`SELECT COUNT(*) FROM settings WHERE name IN ('kept', 'twice')`).Scan(&n)
			if n != 0 {
				t.Errorf("%d rows stayed", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
