package db

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"zombiezen.com/go/sqlite"
)

// liteConn is a connection with its prepared statements. One goroutine at a time.
type liteConn struct {
	c     *sqlite.Conn
	stmts map[string]*liteStmt

	counters *counters        // of the writer; nil on readers
	touched  []*atomic.Uint64 // since the transaction began
	version  int64            // PRAGMA data_version: moves when another process commits
}

// maxStmts bounds the statements kept prepared on a connection.
const maxStmts = 800

type liteStmt struct {
	s     *sqlite.Stmt
	order []int // order[i] is the position in args of parameter i+1
	busy  bool
	row   liteRow
	table *atomic.Uint64 // counter of the table it writes; nil when it reads
}

// writesTo finds the table of a writing statement.
var writesTo = regexp.MustCompile(`(?i)^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)`)

func openLiteConn(path string, flags sqlite.OpenFlags, pragmas []string) (*liteConn, error) {
	conn, err := sqlite.OpenConn(path, flags)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(10 * time.Second)
	c := &liteConn{c: conn, stmts: map[string]*liteStmt{}}
	for _, p := range pragmas {
		if _, err := c.exec(context.Background(), p, nil); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("%s: %w", p, err)
		}
	}
	return c, nil
}

// prepare returns a ready statement; one that is in use (a query inside a query
// of the same text) gets a passing twin.
func (c *liteConn) prepare(sql string) (*liteStmt, bool, error) {
	if st := c.stmts[sql]; st != nil && !st.busy {
		return st, false, nil
	}
	s, rest, err := c.c.PrepareTransient(sql)
	if err != nil {
		return nil, false, err
	}
	if rest != 0 {
		_ = s.Finalize()
		return nil, false, fmt.Errorf("db: more than one statement in one Exec")
	}
	st := &liteStmt{s: s}
	for i := 1; i <= s.BindParamCount(); i++ {
		n, err := strconv.Atoi(s.BindParamName(i)[1:])
		if err != nil {
			_ = s.Finalize()
			return nil, false, fmt.Errorf("db: parameter %q is not $number", s.BindParamName(i))
		}
		st.order = append(st.order, n-1)
	}
	st.row.s = s
	if m := writesTo.FindStringSubmatch(sql); m != nil && c.counters != nil {
		st.table = c.counters.of(m[1])
	}
	if c.stmts[sql] != nil || len(c.stmts) >= maxStmts {
		return st, true, nil
	}
	c.stmts[sql] = st
	return st, false, nil
}

func (c *liteConn) exec(ctx context.Context, sql string, args []any) (int64, error) {
	err := c.each(ctx, sql, args, nil)
	return int64(c.c.Changes()), err
}

func (c *liteConn) later(ctx context.Context, sql string, args []any, check func(int64) error) error {
	n, err := c.exec(ctx, sql, args)
	if err != nil || check == nil {
		return err
	}
	return check(n)
}

func (c *liteConn) eachOf(ctx context.Context, all []Query) error {
	for _, q := range all {
		if err := c.each(ctx, q.SQL, q.Args, q.Row); err != nil {
			return wrap(err, q.SQL)
		}
	}
	return nil
}

func (c *liteConn) each(_ context.Context, sql string, args []any, fn func(Row) error) (err error) {
	st, transient, err := c.prepare(sql)
	if err != nil {
		return err
	}
	st.busy = true
	if st.table != nil {
		c.touch(st.table)
	}
	defer func() {
		st.busy = false
		if transient {
			_ = st.s.Finalize()
			return
		}
		_ = st.s.Reset()
		_ = st.s.ClearBindings()
	}()
	for i, n := range st.order {
		if n >= len(args) {
			return fmt.Errorf("db: parameter $%d has no argument", n+1)
		}
		if err := bind(st.s, i+1, args[n]); err != nil {
			return err
		}
	}
	for {
		more, err := st.s.Step()
		if err != nil || !more {
			return err
		}
		if fn != nil {
			if err := fn(&st.row); err != nil {
				return err
			}
		}
	}
}

// noticeOthers counts every table once when another process has written the file.
func (c *liteConn) noticeOthers() error {
	var now int64
	err := c.each(context.Background(), `PRAGMA data_version`, nil, func(r Row) error { return r.Scan(&now) })
	if now != c.version && c.counters != nil {
		c.counters.others.Add(1)
	}
	c.version = now
	return err
}

// settled makes the counters of the tables that were written even again, after the
// transaction has ended.
func (c *liteConn) settled() {
	for _, n := range c.touched {
		n.Add(1)
	}
	c.touched = c.touched[:0]
}

func (c *liteConn) touch(n *atomic.Uint64) {
	if n.Load()%2 == 0 {
		n.Add(1)
		c.touched = append(c.touched, n)
	}
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func bind(s *sqlite.Stmt, i int, v any) error {
	switch v := v.(type) {
	case nil:
		s.BindNull(i)
	case int64:
		s.BindInt64(i, v)
	case id.ID:
		s.BindInt64(i, int64(v))
	case money.Fen:
		s.BindInt64(i, int64(v))
	case int:
		s.BindInt64(i, int64(v))
	case string:
		s.BindText(i, v)
	case bool:
		s.BindBool(i, v)
	case time.Time:
		if v.IsZero() {
			s.BindNull(i)
		} else {
			s.BindInt64(i, micros(v))
		}
	case []byte:
		s.BindBytes(i, v)
	case float64:
		s.BindFloat(i, v)
	default:
		return bindKind(s, i, v)
	}
	return nil
}

// bindKind binds named types of basic kinds (states, roles).
func bindKind(s *sqlite.Stmt, i int, v any) error {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.String:
		s.BindText(i, r.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		s.BindInt64(i, r.Int())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		s.BindInt64(i, int64(r.Uint()))
	case reflect.Bool:
		s.BindBool(i, r.Bool())
	default:
		return fmt.Errorf("db: cannot bind %T as parameter %d", v, i)
	}
	return nil
}

type liteRow struct{ s *sqlite.Stmt }

func (r *liteRow) Scan(dest ...any) error {
	for i, d := range dest {
		if err := scanCol(r.s, i, d); err != nil {
			return fmt.Errorf("db: column %d (%s): %w", i+1, r.s.ColumnName(i), err)
		}
	}
	return nil
}

func scanCol(s *sqlite.Stmt, i int, dest any) error {
	switch d := dest.(type) {
	case *int64:
		*d = s.ColumnInt64(i)
	case *id.ID:
		*d = id.ID(s.ColumnInt64(i))
	case *money.Fen:
		*d = money.Fen(s.ColumnInt64(i))
	case *int:
		*d = int(s.ColumnInt64(i))
	case *string:
		*d = s.ColumnText(i)
	case *bool:
		*d = s.ColumnBool(i)
	case *time.Time:
		if s.ColumnIsNull(i) {
			*d = time.Time{}
		} else {
			*d = time.UnixMicro(s.ColumnInt64(i)).UTC()
		}
	case *[]byte:
		b := make([]byte, s.ColumnLen(i))
		*d = b[:s.ColumnBytes(i, b)]
	case *float64:
		*d = s.ColumnFloat(i)
	default:
		return scanKind(s, i, dest)
	}
	return nil
}

func scanKind(s *sqlite.Stmt, i int, dest any) error {
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return fmt.Errorf("cannot scan into %T", dest)
	}
	v := p.Elem()
	switch v.Kind() {
	case reflect.String:
		v.SetString(s.ColumnText(i))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(s.ColumnInt64(i))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(s.ColumnInt64(i)))
	case reflect.Bool:
		v.SetBool(s.ColumnBool(i))
	default:
		return fmt.Errorf("cannot scan into %T", dest)
	}
	return nil
}

func isBusy(err error) bool {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return true
	}
	return false
}

func isLiteUnique(err error) bool {
	switch sqlite.ErrCode(err) {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintRowID:
		return true
	}
	return false
}
