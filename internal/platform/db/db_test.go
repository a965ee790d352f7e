package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

var ctx = context.Background()

func mustWrite(t *testing.T, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func table(t *testing.T, d *db.DB) {
	t.Helper()
	mustWrite(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(`CREATE TABLE things (id BIGINT NOT NULL, name TEXT NOT NULL, flag BOOLEAN NOT NULL, fen BIGINT NOT NULL, at TIMESTAMP, body BYTEA, CONSTRAINT things_pkey PRIMARY KEY (id))`)
		return err
	})
}

type colour string

func TestValuesComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		at := time.Date(2026, 3, 1, 23, 59, 59, 123456789, time.FixedZone("CST", 8*3600))
		mustWrite(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO things (id, name, flag, fen, at, body) VALUES ($1, $2, $3, $4, $5, $6)`,
				id.ID(7), colour("红'; DROP"), true, money.Fen(1280), at, []byte{0, 1, 255})
			return err
		})
		mustWrite(t, d, func(tx *db.Tx) error {
			// $2 before $1: parameters go by number, not by place.
			_, err := tx.Exec(`INSERT INTO things (name, id, flag, fen, at) VALUES ($2, $1, $3, $4, $5)`, 8, "none", false, -1, time.Time{})
			return err
		})
		err := d.Read(ctx, func(tx *db.Tx) error {
			var (
				i    id.ID
				name colour
				flag bool
				fen  money.Fen
				got  time.Time
				body []byte
			)
			if err := tx.QueryRow(`SELECT id, name, flag, fen, at, body FROM things WHERE id = $1`, 7).Scan(&i, &name, &flag, &fen, &got, &body); err != nil {
				return err
			}
			if i != 7 || name != "红'; DROP" || !flag || fen != 1280 || string(body) != "\x00\x01\xff" {
				t.Errorf("came back as %v %v %v %v %v", i, name, flag, fen, body)
			}
			if want := at.UTC().Truncate(time.Microsecond); !got.Equal(want) || got.Location() != time.UTC {
				t.Errorf("time came back as %v, want %v", got, want)
			}
			if err := tx.QueryRow(`SELECT at, id FROM things WHERE at IS NULL`).Scan(&got, &i); err != nil {
				return err
			}
			if !got.IsZero() || i != 8 {
				t.Errorf("NULL time came back as %v of row %v", got, i)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A failing or panicking function undoes only itself, whatever shares its commit.
func TestRivalsAreIndependent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		boom := errors.New("boom")
		var wg sync.WaitGroup
		var failed, after atomic.Int64
		for i := range 300 {
			wg.Go(func() {
				err := d.Write(ctx, func(tx *db.Tx) error {
					if _, err := tx.Exec(`INSERT INTO things (id, name, flag, fen) VALUES ($1, $2, $3, $4)`, i, "x", true, 1); err != nil {
						return err
					}
					tx.AfterCommit(func() { after.Add(1) })
					if i%3 == 0 {
						return boom
					}
					return nil
				})
				if (i%3 == 0) != errors.Is(err, boom) {
					t.Errorf("write %d: %v", i, err)
				}
				if err != nil {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		var n int
		if err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM things`).Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		if n != 200 || failed.Load() != 100 || after.Load() != 200 {
			t.Fatalf("%d rows, %d failed, %d after-commits", n, failed.Load(), after.Load())
		}
	})
}

func TestPanicInAWriteIsAnErrorOnSQLite(t *testing.T) {
	d := dbtest.SQLite(t)
	table(t, d)
	err := d.Write(ctx, func(tx *db.Tx) error {
		_, _ = tx.Exec(`INSERT INTO things (id, name, flag, fen) VALUES (1, 'x', TRUE, 1)`)
		panic("oh")
	})
	if err == nil || !strings.Contains(err.Error(), "oh") {
		t.Fatalf("got %v", err)
	}
	mustWrite(t, d, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM things`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows, %v", n, err)
		}
		return nil
	})
}

// Concurrent conditional updates never take more than there is.
func TestConditionalUpdateNeverOversells(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		mustWrite(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO things (id, name, flag, fen) VALUES (1, 'stock', TRUE, 100)`)
			return err
		})
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				err := d.Write(ctx, func(tx *db.Tx) error {
					return tx.Must(`UPDATE things SET fen = fen - $2 WHERE id = $1 AND fen >= $2`, 1, 1)
				})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, db.ErrNoRow) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 100 {
			t.Fatalf("%d took one of 100", won.Load())
		}
	})
}

func TestNestedQueryOfTheSameText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		mustWrite(t, d, func(tx *db.Tx) error {
			for i := range 3 {
				if _, err := tx.Exec(`INSERT INTO things (id, name, flag, fen) VALUES ($1, 'x', TRUE, 1)`, i); err != nil {
					return err
				}
			}
			return nil
		})
		const q = `SELECT id FROM things ORDER BY id`
		pairs := 0
		err := d.Read(ctx, func(tx *db.Tx) error {
			return tx.Each(func(db.Row) error {
				return tx.Each(func(db.Row) error { pairs++; return nil }, q)
			}, q)
		})
		if err != nil || pairs != 9 {
			t.Fatalf("%d pairs, %v", pairs, err)
		}
	})
}

func TestUniqueAndReadOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		ins := func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO things (id, name, flag, fen) VALUES (1, 'x', TRUE, 1)`)
			return err
		}
		mustWrite(t, d, ins)
		if err := d.Write(ctx, ins); !db.IsUnique(err) {
			t.Errorf("second insert: %v", err)
		}
		if err := d.Read(ctx, func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM things`); return err }); err == nil {
			t.Error("a read deleted rows")
		}
		err := d.Read(ctx, func(tx *db.Tx) error {
			var n int
			return tx.QueryRow(`SELECT id FROM things WHERE id = 99`).Scan(&n)
		})
		if !errors.Is(err, db.ErrNoRow) {
			t.Errorf("missing row: %v", err)
		}
	})
}

func TestListAndValues(t *testing.T) {
	text, args := db.List(3, []int{1, 2, 3})
	if text != "$3,$4,$5,$6" || fmt.Sprint(args) != "[1 2 3 3]" {
		t.Errorf("%s %v", text, args)
	}
	if text, args = db.List(1, []int(nil)); text != "NULL" || args != nil {
		t.Errorf("%s %v", text, args)
	}
	if v := db.Values(2, 2, 2); v != "($2,$3),($4,$5)" {
		t.Error(v)
	}
}

func TestWritesSurviveCloseAndLateOnesAreRefused(t *testing.T) {
	d := dbtest.SQLite(t)
	table(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrClosed) {
		t.Fatalf("write after close: %v", err)
	}
}

func TestCancelledBeforeItsTurnDoesNothing(t *testing.T) {
	d := dbtest.SQLite(t)
	c, cancel := context.WithCancel(ctx)
	cancel()
	ran := false
	if err := d.Write(c, func(*db.Tx) error { ran = true; return nil }); err == nil || ran {
		t.Fatalf("ran=%v err=%v", ran, err)
	}
}

func TestMigrationsAreGuarded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all, err := db.LoadMigrations(fstest.MapFS{"0001_a.sql": {Data: []byte("CREATE TABLE a (x BIGINT);")}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Migrate(ctx, all, time.Now()); !errors.Is(err, db.ErrNewer) {
			t.Errorf("older binary: %v", err)
		}
	})
	for name, fsys := range map[string]fstest.MapFS{
		"gap":   {"0002_a.sql": {Data: []byte("SELECT 1")}},
		"twice": {"0001_a.sql": {Data: []byte("SELECT 1")}, "0001_b.sql": {Data: []byte("SELECT 1")}},
	} {
		if _, err := db.LoadMigrations(fsys); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	got := db.SplitSQL("-- a; b\nCREATE TABLE a (x TEXT DEFAULT ';'); -- end\n\nSELECT 1")
	if len(got) != 2 || got[0] != "CREATE TABLE a (x TEXT DEFAULT ';')" || got[1] != "SELECT 1" {
		t.Errorf("%q", got)
	}
}

func TestAFileThatIsNoDatabaseIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shuke.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("garbage ", 600)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(context.Background(), db.Config{URL: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v does not name the file", err)
	}
}

func TestAFullDiskIsSaid(t *testing.T) {
	d := dbtest.SQLite(t)
	set := func(pages int) {
		t.Helper()
		if err := d.Write(context.Background(), func(tx *db.Tx) error {
			return tx.QueryRow(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)).Scan(new(int64))
		}); err != nil {
			t.Fatal(err)
		}
	}
	fill := func() error {
		return d.Write(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)`, "filler", strings.Repeat("x", 1<<20), time.Now())
			return err
		})
	}
	set(1) // as large as it is now
	if err := fill(); !errors.Is(err, db.ErrFull) {
		t.Errorf("%v is not ErrFull", err)
	}
	set(1 << 20)
	if err := fill(); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// A panic inside a read must not leave its snapshot open for the next reader.
func TestPanicInAReadLeavesTheConnectionFit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		for i := range 20 {
			func() {
				defer func() { _ = recover() }()
				_ = d.Read(ctx, func(tx *db.Tx) error {
					var n int
					_ = tx.QueryRow(`SELECT COUNT(*) FROM things`).Scan(&n)
					panic("oh")
				})
			}()
			mustWrite(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO things (id, name, flag, fen) VALUES ($1, 'x', TRUE, 1)`, i)
				return err
			})
			var n int
			if err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM things`).Scan(&n) }); err != nil || n != i+1 {
				t.Fatalf("after %d panics: %d rows, %v", i+1, n, err)
			}
		}
	})
}

// A database that is closed says so to those who come late, and lets those who
// read finish: it never pulls a connection from under them.
func TestCloseWaitsForReadersAndRefusesLaterOnes(t *testing.T) {
	d := dbtest.SQLite(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	read := make(chan error, 1)
	go func() {
		read <- d.Read(context.Background(), func(tx *db.Tx) error {
			close(inside)
			<-leave
			var one int
			return tx.QueryRow(`SELECT 1`).Scan(&one)
		})
	}()
	<-inside
	closed := make(chan error, 1)
	go func() { closed <- d.Close() }()
	close(leave)
	if err := errors.Join(<-read, <-closed); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if err := d.Ping(context.Background()); !errors.Is(err, db.ErrClosed) {
			t.Fatalf("a read of a closed database gave %v", err)
		}
	}
}
