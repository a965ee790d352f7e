package db

import (
	"fmt"
	"math/bits"
	"sync"
)

// Rows is an INSERT of many rows; keep it in a package variable. SQLite gets the
// rows one by one, through one prepared statement; PostgreSQL gets up to 256 in
// one statement, which saves the way there and back.
type Rows struct {
	Into string // INSERT INTO t (a, b) VALUES
	Cols int
	Tail string // ON CONFLICT …, RETURNING …, or nothing

	once  sync.Once
	texts [9]string // for 1, 2, 4 … 256 rows
}

// Put inserts the rows whose values stand one after another in args; the answer
// can wait (Tx.Later).
func (r *Rows) Put(tx *Tx, args []any) error {
	return r.parts(tx, args, func(sql string, args []any) error { return tx.Later(nil, sql, args...) })
}

// Each is Put with a Tail that returns rows: fn is called for each of them, in no
// order.
func (r *Rows) Each(tx *Tx, fn func(Row) error, args []any) error {
	return r.parts(tx, args, func(sql string, args []any) error { return tx.Each(fn, sql, args...) })
}

func (r *Rows) parts(tx *Tx, args []any, do func(string, []any) error) error {
	if len(args)%r.Cols != 0 {
		return fmt.Errorf("db: %d values do not fill rows of %d columns [%s]", len(args), r.Cols, firstLine(r.Into))
	}
	r.once.Do(func() {
		for i := range r.texts {
			r.texts[i] = r.Into + " " + Values(1, 1<<i, r.Cols) + " " + r.Tail
		}
	})
	most := len(r.texts) - 1
	if tx.engine == SQLite {
		most = 0
	}
	for len(args) > 0 {
		i := min(bits.Len(uint(len(args)/r.Cols))-1, most)
		end := r.Cols << i
		if err := do(r.texts[i], args[:end:end]); err != nil {
			return err
		}
		args = args[end:]
	}
	return nil
}
