package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

var errUndone = errors.New("undone on purpose")

const readSetting = `SELECT value FROM settings WHERE name = $1`

func set(tx *db.Tx, name, value string) error {
	_, err := tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value, time.Now())
	return err
}

func keptSettings(loads *atomic.Int64) *db.Kept[string, string] {
	return &db.Kept[string, string]{Tables: []string{"settings"}, Max: 100, Load: func(tx *db.Tx, names []string) (map[string]string, error) {
		loads.Add(1)
		out := map[string]string{}
		for _, name := range names {
			var v string
			err := tx.QueryRow(readSetting, name).Scan(&v)
			if errors.Is(err, db.ErrNoRow) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out[name] = v
		}
		return out, nil
	}}
}

// get warms and reads as a flow does.
func get(ctx context.Context, k *db.Kept[string, string], d *db.DB, keys ...string) (out map[string]string, err error) {
	if err := k.Warm(ctx, d, keys...); err != nil {
		return nil, err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		out, err = k.In(tx, keys...)
		return err
	})
	return out, err
}

func TestKeptIsReadOnceAndForgottenWhenWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var loads atomic.Int64
		k := keptSettings(&loads)
		write := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) error { return set(tx, "a", "1") })
		for range 5 {
			if v, err := get(ctx, k, d, "a"); v["a"] != "1" || err != nil {
				t.Fatal(v, err)
			}
		}
		if n := loads.Load(); d.Engine() == db.SQLite && n != 1 || d.Engine() == db.Postgres && n < 5 {
			t.Errorf("read %d times", n)
		}
		write(func(tx *db.Tx) error {
			if v, err := k.In(tx, "a"); v["a"] != "1" || err != nil {
				t.Error("before writing:", v, err)
			}
			if err := set(tx, "a", "2"); err != nil {
				return err
			}
			v, err := k.In(tx, "a")
			if v["a"] != "2" {
				t.Errorf("a transaction does not see its own write: %v", v)
			}
			return err
		})
		if v, err := get(ctx, k, d, "a", "nowhere"); v["a"] != "2" || len(v) != 1 || err != nil {
			t.Error("after the commit:", v, err)
		}
	})
}

// TestKeptIsNeverOld compares, inside racing writes, what is kept with what is
// in the table.
func TestKeptIsNeverOld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var loads atomic.Int64
		k := keptSettings(&loads)
		if err := d.Write(ctx, func(tx *db.Tx) error { return set(tx, "a", "0") }); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := range 60 {
					if _, err := get(ctx, k, d, "a"); err != nil {
						t.Error(err)
					}
					err := d.Write(ctx, func(tx *db.Tx) error {
						kept, err := k.In(tx, "a")
						if err != nil {
							return err
						}
						var now string
						if err := tx.QueryRow(readSetting+tx.ForUpdate(), "a").Scan(&now); err != nil {
							return err
						}
						if d.Engine() == db.SQLite && kept["a"] != now {
							t.Errorf("kept %v, the table holds %s", kept, now)
						}
						if i%3 > 0 {
							return nil
						}
						if err := set(tx, "a", strconv.Itoa(w*1000+i)); err != nil || i%2 > 0 {
							return err
						}
						return errUndone
					})
					if err != nil && !errors.Is(err, errUndone) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if d.Engine() == db.SQLite && loads.Load() > 900 {
			t.Errorf("%d reads: nothing was kept", loads.Load())
		}
	})
}

// TestKeptNoticesOtherProcesses writes the file through another DB, as a command
// beside a running server does.
func TestKeptNoticesOtherProcesses(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "two.db")
	var both [2]*db.DB
	for i := range both {
		d, err := db.Open(ctx, db.Config{URL: path})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		both[i] = d
	}
	create := func(tx *db.Tx) error {
		_, err := tx.Exec(`CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, updated_at TIMESTAMP)`)
		return err
	}
	if err := both[0].Write(ctx, create); err != nil {
		t.Fatal(err)
	}
	var loads atomic.Int64
	k := keptSettings(&loads)
	for i := range 5 {
		want := strconv.Itoa(i)
		if err := both[1].Write(ctx, func(tx *db.Tx) error { return set(tx, "a", want) }); err != nil {
			t.Fatal(err)
		}
		if err := both[0].Write(ctx, func(tx *db.Tx) error {
			v, err := k.In(tx, "a")
			if v["a"] != want {
				t.Errorf("kept %v, another process wrote %s", v, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := k.Warm(ctx, both[0], "a"); err != nil {
			t.Fatal(err)
		}
	}
}
