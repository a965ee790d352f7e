package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// record is one row of a file. Its cells are substrings of one text; a cell knows its own line because quoted cells span lines.
type record struct {
	line  int     // of its first cell, from 1
	text  string  // all cells, one behind the other
	ends  []int32 // where each cell ends in text
	lines []int32 // line of each cell; nil when all are on line
}

func (r record) len() int { return len(r.ends) }

// cell gives cell i, "" where the row is shorter.
func (r record) cell(i int) string {
	if i < 0 || i >= len(r.ends) {
		return ""
	}
	start := int32(0)
	if i > 0 {
		start = r.ends[i-1]
	}
	return r.text[start:r.ends[i]]
}

func (r record) cellLine(i int) int {
	if r.lines == nil || i < 0 || i >= len(r.lines) {
		return r.line
	}
	return int(r.lines[i])
}

// size is roughly what holding the row costs, in bytes.
func (r record) size() int { return len(r.text) + 4*(len(r.ends)+len(r.lines)) + 160 }

// blank says that all cells are empty.
func (r record) blank() bool { return r.text == "" }

// scanner cuts UTF-8 text into records. Rules are RFC 4180's, with any single-byte delimiter, LF or CRLF; text inside quotes is kept
// byte for byte. lazy additionally takes quotes that are not doubled (淘宝助理 and tools that imitate it).
type scanner struct {
	src     *bufio.Reader
	comma   byte
	lazy    bool
	columns int // lazy: how many columns the header has, 0 while unknown
	limits  Limits

	line  int // number of the line in buf
	long  []byte
	text  []byte
	ends  []int32
	lines []int32
}

func newScanner(r io.Reader, comma byte, lazy bool, limits Limits) *scanner {
	return &scanner{src: bufio.NewReaderSize(r, 64<<10), comma: comma, lazy: lazy, limits: limits}
}

// readLine gives the next line with its line end. It is valid until the next call. io.EOF comes with no bytes.
func (s *scanner) readLine() ([]byte, error) {
	line, err := s.src.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		s.long = append(s.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(s.long) > s.limits.RecordBytes {
				return nil, fatal("record_too_long", s.line+1, 0, s.limits.RecordBytes)
			}
			line, err = s.src.ReadSlice('\n')
			s.long = append(s.long, line...)
		}
		line = s.long
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(line) == 0 {
		return nil, io.EOF
	}
	s.line++
	if i := bytes.IndexByte(line, 0); i >= 0 {
		return nil, fatal("nul_byte", s.line, 0, utf8.RuneCount(line[:i])+1)
	}
	return line, nil
}

// next gives the next record that is not an empty line, io.EOF at the end.
func (s *scanner) next() (record, error) {
	line, err := s.readLine()
	for err == nil && lineEnd(line) == 0 {
		line, err = s.readLine()
	}
	if err != nil {
		return record{}, err
	}
	s.text, s.ends, s.lines = s.text[:0], s.ends[:0], s.lines[:0]
	first := s.line
	for more := true; more; {
		start := len(s.text)
		at := s.line
		if line, more, err = s.field(line); err != nil {
			return record{}, err
		}
		if len(s.ends) == s.limits.Columns {
			return record{}, fatal("columns_too_many", first, s.limits.Columns+1, s.limits.Columns)
		}
		if len(s.text)-start > s.limits.FieldBytes {
			return record{}, fatal("field_too_long", at, len(s.ends)+1, s.limits.FieldBytes)
		}
		s.ends = append(s.ends, int32(len(s.text)))
		s.lines = append(s.lines, int32(at))
	}
	rec := record{line: first, text: string(s.text), ends: append([]int32(nil), s.ends...)}
	if s.line != first {
		rec.lines = append([]int32(nil), s.lines...)
	}
	return rec, nil
}

// lineEnd gives the length of line without its LF or CRLF.
func lineEnd(line []byte) int {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
		if n > 0 && line[n-1] == '\r' {
			n--
		}
	}
	return n
}

// field appends the next cell to text and gives the rest of the line behind its delimiter; more says that a delimiter was there.
func (s *scanner) field(line []byte) (rest []byte, more bool, err error) {
	if len(line) > 0 && line[0] == '"' {
		return s.quoted(line)
	}
	end := lineEnd(line)
	i := bytes.IndexByte(line[:end], s.comma)
	if i >= 0 {
		rest, more, end = line[i+1:], true, i
	}
	if q := bytes.IndexByte(line[:end], '"'); q >= 0 && !s.lazy {
		return nil, false, fatal("quote_bare", s.line, len(s.ends)+1, string(line[:end]))
	}
	s.text = append(s.text, line[:end]...)
	return rest, more, nil
}

// quoted reads a cell that begins with a quote, over as many lines as it takes.
func (s *scanner) quoted(line []byte) (rest []byte, more bool, err error) {
	opened, column, start := s.line, len(s.ends)+1, len(s.text)
	lone := false // lazy: a quote that is not doubled was seen, so that doubled ones are two quotes
	line = line[1:]
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 {
			s.text = append(s.text, line...)
			if len(s.text)-start > s.limits.FieldBytes || len(s.text) > s.limits.RecordBytes {
				return nil, false, fatal("quote_too_long", opened, column, s.limits.FieldBytes)
			}
			if line, err = s.readLine(); errors.Is(err, io.EOF) {
				return nil, false, fatal("quote_open", opened, column)
			}
			if err != nil {
				return nil, false, err
			}
			continue
		}
		s.text = append(s.text, line[:i]...)
		line = line[i+1:]
		doubled := len(line) > 0 && line[0] == '"'
		if doubled && lone { // in such a cell the second of two quotes may be the end
			s.text = append(s.text, '"')
			line, doubled = line[1:], false
		}
		if !s.lazy && !doubled {
			line = s.unpad(line)
		}
		ends, more := s.cellEnds(line, column)
		switch {
		case doubled:
			s.text = append(s.text, `""`...)
			line = line[1:]
		case ends && more:
			s.undouble(start, lone)
			return line[1:], true, nil
		case ends:
			s.undouble(start, lone)
			return nil, false, nil
		case s.lazy:
			s.text = append(s.text, '"')
			lone = true
		default:
			return nil, false, fatal("quote_inside", opened, column, s.line)
		}
	}
}

// unpad drops spaces between a quote and the delimiter or line end behind it, as editors put them there to line columns up.
func (s *scanner) unpad(rest []byte) []byte {
	bare := bytes.TrimLeft(rest, " ")
	if len(bare) < len(rest) && (lineEnd(bare) == 0 || bare[0] == s.comma) {
		return bare
	}
	return rest
}

// cellEnds says whether a quote before rest closes its cell, and whether another cell follows. A quote at the end of a line ends the
// record, unless quotes are lazy and columns are still missing: then it is the end of an HTML attribute.
func (s *scanner) cellEnds(rest []byte, column int) (ends, more bool) {
	if len(rest) > 0 && rest[0] == s.comma {
		return true, true
	}
	return lineEnd(rest) == 0 && (!s.lazy || s.columns == 0 || column >= s.columns), false
}

// undouble turns the doubled quotes of the cell that begins at start into single ones.
func (s *scanner) undouble(start int, lone bool) {
	if cell := s.text[start:]; !lone && bytes.IndexByte(cell, '"') >= 0 {
		s.text = append(s.text[:start], bytes.ReplaceAll(cell, []byte(`""`), []byte(`"`))...)
	}
}
