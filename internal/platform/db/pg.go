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
	conn, err := p.pool.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return
	}
	_ = fn(&Tx{ctx: ctx, engine: Postgres, impl: pgTx{conn}})
	_ = conn.Rollback(context.WithoutCancel(ctx))
}

// ErrCommitUnknown tells that the connection broke during COMMIT: the write may
// or may not be durable. Callers look up their idempotency key before retrying.
var ErrCommitUnknown = errors.New("db: outcome of commit unknown")

// once runs fn in one transaction; again tells that a retry may succeed.
func (p *pgDB) once(ctx context.Context, fn func(*Tx) error) (again bool, err error) {
	conn, err := p.pool.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Rollback(context.WithoutCancel(ctx)) }()
	tx := Tx{ctx: ctx, engine: Postgres, impl: pgTx{conn}}
	if err := fn(&tx); err != nil {
		return retryable(err), err
	}
	if err := conn.Commit(ctx); err != nil {
		if retryable(err) {
			return true, err
		}
		return false, fmt.Errorf("%w: %w", ErrCommitUnknown, err)
	}
	for _, f := range tx.after {
		f()
	}
	return false, nil
}

func (p *pgDB) read(ctx context.Context, fn func(*Tx) error) error {
	conn, err := p.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Rollback(context.WithoutCancel(ctx)) }()
	return fn(&Tx{ctx: ctx, engine: Postgres, impl: pgTx{conn}})
}

func retryable(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == "40001" || pe.Code == "40P01")
}

type pgTx struct{ tx pgx.Tx }

func (p pgTx) exec(ctx context.Context, sql string, args []any) (int64, error) {
	tag, err := p.tx.Exec(ctx, sql, pgArgs(args)...)
	return tag.RowsAffected(), err
}

// each reads the whole result before it calls fn, so that fn may run other
// statements on the same connection.
func (p pgTx) each(ctx context.Context, sql string, args []any, fn func(Row) error) error {
	rows, err := p.tx.Query(ctx, sql, pgArgs(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var kept []pgRow
	for rows.Next() {
		kept = append(kept, keepRow(rows))
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range kept {
		if err := fn(&kept[i]); err != nil {
			return err
		}
	}
	return nil
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
