// Package db is the house's way to SQLite (embedded, default) and PostgreSQL:
// one SQL text with $1 parameters, explicit transactions, times in UTC.
//
// Conventions that hold on both engines:
//   - a zero time.Time is bound as NULL and NULL is scanned as a zero time;
//   - every other column is NOT NULL with a default;
//   - times are stored to the microsecond (SQLite: INTEGER microseconds since
//     1970 UTC; PostgreSQL: TIMESTAMP without zone, UTC);
//   - statements are prepared once per connection and reused.
package db

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"
)

// Engine names the database behind a DB.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// ErrNoRow is returned by Row.Scan when the query found nothing.
var ErrNoRow = errors.New("db: no row")

// ErrFull is returned by Write when the disk of the database is full; nothing was
// stored.
var ErrFull = errors.New("db: the disk is full")

// Config opens a database.
type Config struct {
	// URL is postgres://… or a file path / file: URL for SQLite.
	URL string
	// ControlURL is where the tables of kind local are, on a PostgreSQL cluster its
	// coordinator; empty means URL.
	ControlURL string
	// Readers is the number of SQLite read connections or the size of the
	// PostgreSQL pool; 0 means a default fit for two cores.
	Readers int
	// Rehearse runs the function of every Write once more beforehand, and undoes
	// it: tests find functions that do not begin anew when they run again.
	Rehearse bool
	// Now stamps nothing in rows; it times waits only. nil means time.Now.
	Now func() time.Time
}

// DB is an open database. Safe for many goroutines.
type DB struct {
	engine  Engine
	url     string
	lite    *liteDB
	pg      *pgDB
	control *DB // nil: this one
}

// Open opens the database that cfg.URL names and checks that it answers.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	d := &DB{url: cfg.URL}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	var err error
	if strings.HasPrefix(cfg.URL, "postgres://") || strings.HasPrefix(cfg.URL, "postgresql://") {
		d.engine = Postgres
		d.pg, err = openPG(ctx, cfg)
	} else {
		d.engine = SQLite
		d.lite, err = openLite(strings.TrimPrefix(cfg.URL, "sqlite://"), cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s database: %w", d.engine, err)
	}
	return d, d.openControl(ctx, cfg)
}

// Engine tells which engine is behind.
func (d *DB) Engine() Engine { return d.engine }

// Close waits for writes under way and closes all connections.
func (d *DB) Close() error {
	if d.lite != nil {
		return d.lite.close()
	}
	if d.control != nil {
		d.control.pg.pool.Close()
	}
	d.pg.pool.Close()
	return nil
}

// Write runs fn in a transaction and returns after its commit is on disk.
//
// On SQLite the functions of rival callers run one after another inside one
// transaction; an error (or panic) of fn undoes only fn. fn may run again: on
// SQLite when a rival in the same transaction failed, on PostgreSQL, up to five
// times, after a serialization failure or deadlock. So fn must not have effects
// outside tx (use tx.AfterCommit), and begins anew each time. fn must not call
// the network.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	var err error
	if d.lite != nil {
		err = d.lite.write(ctx, fn)
	} else {
		err = d.pg.write(ctx, fn)
	}
	if isFull(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// caught runs fn; a panic is its error.
func caught(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("db: panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

// isFull tells that a write failed for want of space.
func isFull(err error) bool {
	if err == nil {
		return false
	}
	var pe *pgconn.PgError
	return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultFull || errors.As(err, &pe) && pe.Code == "53100"
}

// Read runs fn on one consistent snapshot. Writing inside is refused.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if d.lite != nil {
		return d.lite.read(ctx, fn)
	}
	return d.pg.read(ctx, fn)
}

// Ping checks that the database answers.
func (d *DB) Ping(ctx context.Context) error {
	return d.Read(ctx, func(tx *Tx) error {
		var one int
		return tx.QueryRow(`SELECT 1`).Scan(&one)
	})
}

// Tx is one transaction. It belongs to one goroutine and ends with its function.
type Tx struct {
	ctx    context.Context
	engine Engine
	impl   driver
	after  []func()

	counters *counters // of the writer on SQLite
}

// driver is what an engine does for a Tx.
type driver interface {
	exec(ctx context.Context, sql string, args []any) (int64, error)
	each(ctx context.Context, sql string, args []any, fn func(Row) error) error
	eachOf(ctx context.Context, all []Query) error
	later(ctx context.Context, sql string, args []any, check func(int64) error) error
}

// Row is one row of a result; Scan copies its columns, in order, into pointers.
type Row interface {
	Scan(dest ...any) error
}

// Context is the context of the caller of Write or Read.
func (t *Tx) Context() context.Context { return t.ctx }

// Engine tells which engine runs the transaction.
func (t *Tx) Engine() Engine { return t.engine }

// AfterCommit runs f once, after the transaction is durable; never when it fails.
// f must be quick: on SQLite other writers wait for it.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Exec runs a statement and returns the number of rows it changed.
func (t *Tx) Exec(sql string, args ...any) (int64, error) {
	n, err := t.impl.exec(t.ctx, sql, args)
	if err != nil {
		return n, wrap(err, sql)
	}
	return n, nil
}

// Later runs a statement whose answer can wait: at once on SQLite; on PostgreSQL
// together with the next statement that cannot wait, or before the commit. check
// is told how many rows it changed, and may refuse; nil takes any number. An error
// may come back from here or from a later call, and undoes the transaction.
func (t *Tx) Later(check func(n int64) error, sql string, args ...any) error {
	if check != nil {
		asked := check
		check = func(n int64) error {
			if err := asked(n); err != nil {
				return refusal{err}
			}
			return nil
		}
	}
	return wrap(t.impl.later(t.ctx, sql, args, check), sql)
}

// Must runs a statement that has to change exactly one row.
// ErrNoRow tells that it changed none.
func (t *Tx) Must(sql string, args ...any) error {
	n, err := t.Exec(sql, args...)
	if err != nil {
		return err
	}
	if n != 1 {
		return ErrNoRow
	}
	return nil
}

// Each calls fn for every row of a query, in order. fn may run other statements.
func (t *Tx) Each(fn func(Row) error, sql string, args ...any) error {
	return wrap(t.impl.each(t.ctx, sql, args, fn), sql)
}

// Query is one of several that are asked together.
type Query struct {
	SQL  string
	Args []any
	Row  func(Row) error // called for every row, in order
}

// EachOf asks several queries, on PostgreSQL all in one way there and back, and
// calls their functions one query after another.
func (t *Tx) EachOf(all []Query) error { return told(t.impl.eachOf(t.ctx, all)) }

// QueryRow runs a query of at most one row; its Scan gives ErrNoRow for none.
func (t *Tx) QueryRow(sql string, args ...any) Row { return single{t, sql, args} }

type single struct {
	tx   *Tx
	sql  string
	args []any
}

var errStop = errors.New("db: stop")

func (s single) Scan(dest ...any) error {
	found := false
	err := s.tx.impl.each(s.tx.ctx, s.sql, s.args, func(r Row) error {
		found = true
		if err := r.Scan(dest...); err != nil {
			return err
		}
		return errStop
	})
	if err != nil && !errors.Is(err, errStop) {
		return wrap(err, s.sql)
	}
	if !found {
		return ErrNoRow
	}
	return nil
}

// All collects the rows of a query with a scan function.
func All[T any](tx *Tx, scan func(Row) (T, error), sql string, args ...any) ([]T, error) {
	var out []T
	err := tx.Each(func(r Row) error {
		v, err := scan(r)
		if err == nil {
			out = append(out, v)
		}
		return err
	}, sql, args...)
	return out, err
}

// refusal is the error of a check: it is told as it is, whichever statement brings it.
type refusal struct{ error }

func told(err error) error {
	if r, ok := err.(refusal); ok { //nolint:errorlint // never wrapped on its way here
		return r.error
	}
	return err
}

func wrap(err error, sql string) error {
	if err == nil || errors.Is(err, ErrNoRow) {
		return err
	}
	if t := told(err); t != err { //nolint:errorlint // the same value, or not
		return t
	}
	return fmt.Errorf("%w [%s]", err, firstLine(sql))
}

// firstLine keeps statements short in errors; parameters never appear there.
func firstLine(sql string) string {
	s := strings.Join(strings.Fields(sql), " ")
	if len(s) > 120 {
		s = s[:120] + "…"
	}
	return s
}
