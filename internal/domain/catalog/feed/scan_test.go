package feed

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

func gbk(t *testing.T, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// scanAll reads records as slices of cells.
func scanAll(s *scanner) (rows [][]string, recs []record, err error) {
	for {
		rec, err := s.next()
		if errors.Is(err, io.EOF) {
			return rows, recs, nil
		}
		if err != nil {
			return rows, recs, err
		}
		row := make([]string, rec.len())
		for i := range row {
			row[i] = rec.cell(i)
		}
		rows, recs = append(rows, row), append(recs, rec)
	}
}

func TestScanPlaces(t *testing.T) {
	text := "a,b\r\n\r\n\"1\n2\",\"x\"\"y\",\"3\r\n4\"\nlast,\"\""
	rows, recs, err := scanAll(newScanner(strings.NewReader(text), ',', false, Limits{}.withDefaults()))
	want := [][]string{{"a", "b"}, {"1\n2", `x"y`, "3\r\n4"}, {"last", ""}}
	if err != nil || !slices.EqualFunc(rows, want, slices.Equal) {
		t.Fatalf("%q %v", rows, err)
	}
	if recs[1].line != 3 || recs[1].cellLine(1) != 4 || recs[1].cellLine(2) != 4 || recs[2].line != 6 || recs[2].cellLine(1) != 6 {
		t.Errorf("lines %+v %+v", recs[1], recs[2])
	}
	if recs[0].cell(9) != "" || recs[0].cell(-1) != "" {
		t.Error("cells beyond a row are empty")
	}
}

func TestScanBrokenQuotes(t *testing.T) {
	limits := Limits{FieldBytes: 50, RecordBytes: 200, Columns: 4}.withDefaults()
	for _, c := range []struct {
		text, code   string
		line, column int
	}{
		{"a,b\n1,\"open\n2,3\n", "quote_open", 2, 2},
		{"a,b\n1,\"x\"y,3\n", "quote_inside", 2, 2},
		{"a,b\n\"1\n2\n3\"x\",4\n", "quote_inside", 2, 1},
		{"a,b\n1,x\"y\n", "quote_bare", 2, 2},
		{"a,b\n1,\"" + strings.Repeat("long\n", 30), "quote_too_long", 2, 2},
		{"a,b\nx," + strings.Repeat("y", 51) + "\n", "field_too_long", 2, 2},
		{"a,b\n\n" + strings.Repeat("y", 70000), "record_too_long", 3, 0},
		{"a,b\n1,2,3,4,5\n", "columns_too_many", 2, 5},
		{"a,b\n1,2\x003\n", "nul_byte", 2, 0},
	} {
		_, _, err := scanAll(newScanner(strings.NewReader(c.text), ',', false, limits))
		fe := new(FileError)
		if !errors.As(err, &fe) || fe.Problem.Code != c.code || fe.Problem.Line != c.line || fe.Problem.Column != c.column {
			t.Errorf("%q: %v, want %s at %d:%d", cut(c.text), err, c.code, c.line, c.column)
		}
	}
}

// 淘宝助理 and its imitators: doubled quotes, single quotes, line breaks in both, quotes at line ends.
func TestScanLazyQuotes(t *testing.T) {
	for text, want := range map[string][]string{
		"\"a\"\"b\"\t2\t3\n":                       {`a"b`, "2", "3"},
		"\"<h3 style=\"x\">\"\t2\t3\n":             {`<h3 style="x">`, "2", "3"},
		"\"<p class=\"x\"\nid=\"y\">\"\t2\t3\n":    {"<p class=\"x\"\nid=\"y\">", "2", "3"},
		"\"<i a=\"\" b=\"c\">\"\t2\t3\n":           {`<i a="" b="c">`, "2", "3"},
		"\"<i a=\"x\" b=\"y\"\"\t2\t3\n":           {`<i a="x" b="y"`, "2", "3"},
		"plain \"q\" text\t2\t\"end\"\n":           {`plain "q" text`, "2", "end"},
		"\"two\nlines\"\t\"\"\t\"l\"\"a\"\"st\"\n": {"two\nlines", "", `l"a"st`},
	} {
		s := newScanner(strings.NewReader(text+"x\ty\tz\n"), '\t', true, Limits{}.withDefaults())
		s.columns = 3
		rows, _, err := scanAll(s)
		if err != nil || len(rows) != 2 || !slices.Equal(rows[0], want) || rows[1][2] != "z" {
			t.Errorf("%q: %q %v, want %q", text, rows, err, want)
		}
	}
}

// Where the standard library's reader and ours both accept a text, they read the same cells (ours keeps CRLF inside quotes).
func FuzzScan(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n\"x\ny\",", "a,\"b", "\xff,\x00"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	limits := Limits{FieldBytes: 1 << 10, RecordBytes: 1 << 12, Columns: 20}.withDefaults()
	f.Fuzz(func(t *testing.T, text string, lazy bool) {
		rows, recs, err := scanAll(newScanner(strings.NewReader(text), ',', lazy, limits))
		for _, rec := range recs {
			if rec.len() > limits.Columns || len(rec.text) > 2*limits.RecordBytes {
				t.Fatalf("limits passed: %d cells, %d bytes", rec.len(), len(rec.text))
			}
		}
		if err != nil || lazy {
			return
		}
		std := csv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		want, stdErr := std.ReadAll()
		if stdErr != nil {
			return
		}
		for i := range rows {
			for j := range rows[i] {
				rows[i][j] = strings.ReplaceAll(rows[i][j], "\r\n", "\n")
			}
		}
		if !strings.Contains(text, "\r") && !slices.EqualFunc(rows, want, slices.Equal) {
			t.Fatalf("%q\nours %q\nlibrary %q", text, rows, want)
		}
	})
}

// What a correct writer wrote is read to the byte, whatever the chunks the source comes in.
func TestScanReadsWhatWasQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(nasty, 2, 5), 1, 5).Draw(t, "rows")
		var b strings.Builder
		for _, row := range want {
			for i, cell := range row {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
			}
			b.WriteString("\r\n")
		}
		rows, recs, err := scanAll(newScanner(strings.NewReader(b.String()), ',', false, Limits{}.withDefaults()))
		if err != nil || !slices.EqualFunc(rows, want, slices.Equal) {
			t.Fatalf("%q %v", rows, err)
		}
		line := 1
		for i, rec := range recs {
			if rec.line != line {
				t.Fatalf("row %d begins on line %d, not %d", i, line, rec.line)
			}
			line += 1 + strings.Count(strings.Join(want[i], ""), "\n")
		}
	})
}
