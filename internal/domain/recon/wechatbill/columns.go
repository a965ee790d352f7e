package wechatbill

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/recon"
)

// maxLine bounds a line of a bill; real ones stay below 2 KB.
const maxLine = 64 << 10

// sheet reads a bill: a line of column names, rows, a line of names of sums, the
// sums. Every value of a row has a back-quote before it, for spreadsheets.
type sheet struct {
	r      *bufio.Reader
	no     int64
	values [][]byte
}

func newSheet(r io.Reader) *sheet { return &sheet{r: bufio.NewReaderSize(r, maxLine)} }

// errLong is a line above maxLine.
var errLong = errors.New("wechatbill: a line is too long")

// next gives the next line that is not empty, without its end. It is valid until
// the call after.
func (s *sheet) next() ([]byte, error) {
	for {
		line, err := s.r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = s.r.ReadSlice('\n')
			}
			s.no++
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			return nil, errLong
		}
		if err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)) {
			return nil, err
		}
		s.no++
		if s.no == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			return line, nil
		}
	}
}

// isRow tells rows from names.
func isRow(line []byte) bool { return line[0] == '`' }

// split takes a row apart. A comma inside a value is no border: only one with a
// back-quote behind it is.
func (s *sheet) split(line []byte) [][]byte {
	s.values = s.values[:0]
	line = line[1:]
	for {
		at := bytes.Index(line, []byte(",`"))
		if at < 0 {
			s.values = append(s.values, line)
			return s.values
		}
		s.values = append(s.values, line[:at])
		line = line[at+2:]
	}
}

// names are the columns of a line of names.
type names map[string]int

func namesOf(line []byte) (names, int) {
	all := strings.Split(string(line), ",")
	out := make(names, len(all))
	for i, n := range all {
		out[strings.Trim(n, " \t`\"")] = i
	}
	return out, len(all)
}

// one finds a column by the first of its names that is there, -1 when none is.
// Amounts carry their unit in brackets on some bills.
func (n names) one(titles ...string) int {
	for _, t := range titles {
		if i, ok := n[t]; ok {
			return i
		}
		for _, unit := range []string{"(元)", "（元）"} {
			if i, ok := n[t+unit]; ok {
				return i
			}
		}
	}
	return -1
}

// need is one, of a column that must be there.
func (n names) need(err *error, titles ...string) int {
	i := n.one(titles...)
	if i < 0 && *err == nil {
		*err = fmt.Errorf("%w: column %s is missing", recon.ErrBroken, titles[0])
	}
	return i
}

// cell is a value of a row, empty where the column is missing.
func cell(row [][]byte, i int) []byte {
	if i < 0 || i >= len(row) {
		return nil
	}
	return row[i]
}
