package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pgDB is PostgreSQL by pgx: one transaction per Write.
type pgDB struct {
	pool     *pgxpool.Pool
	rehearse bool
}

// maxAttempts bounds the retries of a transaction that lost a race.
const maxAttempts = 5

func openPG(ctx context.Context, cfg Config) (*pgDB, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("database.url: %w", err)
	}
	pc.MaxConns = int32(cfg.Readers)
	if pc.MaxConns <= 0 {
		pc.MaxConns = 16
	}
	pc.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if pc.ConnConfig.RuntimeParams["application_name"] == "" {
		pc.ConnConfig.RuntimeParams["application_name"] = "shuke"
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return &pgDB{pool: pool, rehearse: cfg.Rehearse}, nil
}

func (p *pgDB) write(ctx context.Context, fn func(*Tx) error) error {
	if p.rehearse {
		p.rehearsal(ctx, fn)
	}
	var err error
	wait := 2 * time.Millisecond
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		var again bool
		if again, err = p.once(ctx, fn); !again {
			return err
		}
		select {
		case <-time.After(wait):
			wait *= 3
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("db: gave up after %d attempts: %w", maxAttempts, err)
}

// rehearsal runs fn and undoes it (Config.Rehearse).
func (p *pgDB) rehearsal(ctx context.Context, fn func(*Tx) error) {
	_ = p.in(ctx, beginWrite, func(t *pgTx) error {
		if err := caught(fn, &Tx{ctx: ctx, engine: Postgres, impl: t}); err != nil {
			return err
		}
		return t.flush(ctx)
	})
}

// ErrCommitUnknown tells that the connection broke during COMMIT: the write may
// or may not be durable. Callers look up their idempotency key before retrying.
var ErrCommitUnknown = errors.New("db: outcome of commit unknown")

// once runs fn in one transaction; again tells that a retry may succeed.
func (p *pgDB) once(ctx context.Context, fn func(*Tx) error) (again bool, err error) {
	tx := Tx{ctx: ctx, engine: Postgres}
	err = p.in(ctx, beginWrite, func(t *pgTx) error {
		tx.impl = t
		err := caught(fn, &tx)
		if err == nil {
			err = told(t.flush(ctx))
		}
		if err != nil {
			again = retryable(err)
			return err
		}
		if err := t.commit(ctx); err != nil {
			again = retryable(err)
			if again {
				return err
			}
			return fmt.Errorf("%w: %w", ErrCommitUnknown, err)
		}
		return nil
	})
	if err != nil {
		return again, err
	}
	for _, f := range tx.after {
		f()
	}
	return false, nil
}

func (p *pgDB) read(ctx context.Context, fn func(*Tx) error) error {
	return p.in(ctx, beginRead, func(t *pgTx) error { return fn(&Tx{ctx: ctx, engine: Postgres, impl: t}) })
}

const (
	beginWrite = `BEGIN`
	beginRead  = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
)

// in runs fn in a transaction that begins with its first statement; one that fn
// did not commit is undone.
func (p *pgDB) in(ctx context.Context, begin string, fn func(*pgTx) error) error {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // closes a connection that is left inside a transaction
	t := &pgTx{conn: conn.Conn(), begin: begin}
	defer func() {
		if t.open {
			_, _ = t.conn.Exec(context.WithoutCancel(ctx), `ROLLBACK`)
		}
	}()
	return fn(t)
}

func retryable(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == "40001" || pe.Code == "40P01")
}

// pgTx is a transaction. Statements whose answer can wait are sent together with
// the next one that cannot, and BEGIN with the first: each trip saved is a tenth
// of a millisecond.
type pgTx struct {
	conn    *pgx.Conn
	begin   string
	open    bool
	waiting []laterCall
}

type laterCall struct {
	sql   string
	args  []any
	check func(int64) error
}

// maxWaiting bounds the statements that wait.
const maxWaiting = 64

func (t *pgTx) later(ctx context.Context, sql string, args []any, check func(int64) error) error {
	t.waiting = append(t.waiting, laterCall{sql, args, check})
	if len(t.waiting) < maxWaiting {
		return nil
	}
	return t.flush(ctx)
}

func (t *pgTx) flush(ctx context.Context) error {
	if len(t.waiting) == 0 {
		return nil
	}
	return t.send(ctx, nil, nil)
}

// send sends what waits and last statements, whose rows or tags read takes.
func (t *pgTx) send(ctx context.Context, last []laterCall, read func(pgx.BatchResults) error) error {
	var b pgx.Batch
	if !t.open {
		b.Queue(t.begin)
	}
	waiting := t.waiting
	t.waiting = nil
	for _, w := range waiting {
		b.Queue(w.sql, pgArgs(w.args)...)
	}
	for _, l := range last {
		b.Queue(l.sql, pgArgs(l.args)...)
	}
	begun := t.open
	t.open = true
	counts := make([]int64, len(waiting))
	if err := t.take(t.conn.SendBatch(ctx, &b), begun, waiting, counts, read); err != nil {
		return err
	}
	for i, w := range waiting {
		if w.check != nil {
			if err := w.check(counts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *pgTx) take(results pgx.BatchResults, begun bool, waiting []laterCall, counts []int64, read func(pgx.BatchResults) error) (err error) {
	defer func() {
		if e := results.Close(); err == nil {
			err = e
		}
	}()
	if !begun {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	for i, w := range waiting {
		tag, err := results.Exec()
		if err != nil {
			return wrap(err, w.sql)
		}
		counts[i] = tag.RowsAffected()
	}
	if read == nil {
		return nil
	}
	return read(results)
}

func (t *pgTx) commit(ctx context.Context) error {
	if !t.open {
		return nil // nothing was asked of the database
	}
	tag, err := t.conn.Exec(ctx, `COMMIT`)
	if err != nil {
		return err
	}
	t.open = false
	if tag.String() == "ROLLBACK" {
		return errors.New("db: the transaction was undone: a statement in it had failed")
	}
	return nil
}

func (t *pgTx) exec(ctx context.Context, sql string, args []any) (n int64, err error) {
	err = t.send(ctx, []laterCall{{sql: sql, args: args}}, func(r pgx.BatchResults) error {
		tag, err := r.Exec()
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

// each reads the whole result before it calls fn, so that fn may run other
// statements on the same connection.
func (t *pgTx) each(ctx context.Context, sql string, args []any, fn func(Row) error) error {
	var kept []pgRow
	err := t.send(ctx, []laterCall{{sql: sql, args: args}}, func(r pgx.BatchResults) (err error) {
		kept, err = keepRows(r)
		return err
	})
	if err != nil {
		return err
	}
	return tell(kept, fn)
}

// eachOf reads all results before it calls a function.
func (t *pgTx) eachOf(ctx context.Context, all []Query) error {
	calls := make([]laterCall, len(all))
	for i, q := range all {
		calls[i] = laterCall{sql: q.SQL, args: q.Args}
	}
	kept := make([][]pgRow, len(all))
	err := t.send(ctx, calls, func(r pgx.BatchResults) (err error) {
		for i := range all {
			if kept[i], err = keepRows(r); err != nil {
				return wrap(err, all[i].SQL)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, q := range all {
		if err := tell(kept[i], q.Row); err != nil {
			return err
		}
	}
	return nil
}

func tell(rows []pgRow, fn func(Row) error) error {
	for i := range rows {
		if err := fn(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func keepRows(r pgx.BatchResults) (kept []pgRow, err error) {
	rows, err := r.Query()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		kept = append(kept, keepRow(rows))
	}
	rows.Close()
	return kept, rows.Err()
}

// pgRow is a row copied off the wire.
type pgRow struct {
	m      *pgtype.Map
	fields []pgconn.FieldDescription
	raw    [][]byte
}

func keepRow(rows pgx.Rows) pgRow {
	raw := rows.RawValues()
	total := 0
	for _, v := range raw {
		total += len(v)
	}
	buf := make([]byte, 0, total)
	out := make([][]byte, len(raw))
	for i, v := range raw {
		if v == nil {
			continue
		}
		start := len(buf)
		buf = append(buf, v...)
		out[i] = buf[start:len(buf):len(buf)]
	}
	return pgRow{m: rows.Conn().TypeMap(), fields: rows.FieldDescriptions(), raw: out}
}

func (r *pgRow) Scan(dest ...any) error {
	for i, d := range dest {
		f := r.fields[i]
		if t, ok := d.(*time.Time); ok {
			d = (*pgTime)(t)
		}
		if err := r.m.Scan(f.DataTypeOID, f.Format, r.raw[i], d); err != nil {
			return fmt.Errorf("db: column %d (%s): %w", i+1, f.Name, err)
		}
	}
	return nil
}

// pgTime scans a TIMESTAMP with NULL as zero time.
type pgTime time.Time

// ScanTimestamp implements pgtype.TimestampScanner.
func (t *pgTime) ScanTimestamp(v pgtype.Timestamp) error {
	if !v.Valid {
		*t = pgTime{}
		return nil
	}
	*t = pgTime(v.Time.UTC())
	return nil
}

func pgArgs(args []any) []any {
	for i, a := range args {
		if t, ok := a.(time.Time); ok {
			if t.IsZero() {
				args[i] = nil
			} else {
				args[i] = t.UTC().Truncate(time.Microsecond)
			}
		}
	}
	return args
}

// IsUnique tells that a statement hit a unique or primary key, on either engine.
func IsUnique(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code == "23505"
	}
	return isLiteUnique(err)
}
