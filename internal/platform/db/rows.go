package db

import (
	"fmt"
	"math/bits"
	"sync"
)

// Rows is an INSERT of many rows; keep it in a package variable. SQLite gets the
// rows one by one, through one prepared statement; PostgreSQL gets up to 64 in
// one statement, which saves the way there and back.
type Rows struct {
	Into string // INSERT INTO t (a, b) VALUES
	Cols int
	Tail string // ON CONFLICT …, or nothing

	once  sync.Once
	texts [7]string // for 1, 2, 4 … 64 rows
}

// Put inserts the rows whose values stand one after another in args; the answer
// can wait (Tx.Later).
func (r *Rows) Put(tx *Tx, args []any) error {
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
		if err := tx.Later(nil, r.texts[i], args[:end:end]...); err != nil {
			return err
		}
		args = args[end:]
	}
	return nil
}
