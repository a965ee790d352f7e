package db

import (
	"strconv"
	"strings"
)

// ForUpdate is the row lock of a SELECT: nothing on SQLite, where the one
// writer already holds everything.
func (t *Tx) ForUpdate() string {
	if t.engine == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// SkipLocked is ForUpdate that passes over rows other processes hold.
func (t *Tx) SkipLocked() string {
	if t.engine == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// List makes the text "$from,$from+1,…" of a parameter list for IN (…) and the
// arguments padded (by repeating the last value) to a power of two, so that few
// distinct statements are prepared. An empty list gives a text no row matches.
func List[T any](from int, values []T) (string, []any) {
	if len(values) == 0 {
		return "NULL", nil
	}
	size := 1
	for size < len(values) {
		size *= 2
	}
	args := make([]any, size)
	var b strings.Builder
	for i := range args {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
		args[i] = values[min(i, len(values)-1)]
	}
	return b.String(), args
}

// Values makes "($1,…,$c),($c+1,…)" for a multi-row INSERT, first parameter $from.
func Values(from, rows, cols int) string {
	var b strings.Builder
	b.Grow(rows * cols * 5)
	n := from
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range cols {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			n++
		}
		b.WriteByte(')')
	}
	return b.String()
}
