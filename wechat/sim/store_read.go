package sim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// readRecords reads the lines of a data file into tables. A last line without its end is left out: whole is the length without it.
func readRecords(r io.Reader, order []table) (lines int, whole int64, err error) {
	tables := make(map[string]table, len(order))
	for _, t := range order {
		tables[t.kind] = t
	}
	in := bufio.NewReaderSize(r, 1<<20)
	var line []byte
	for {
		if line, err = readLine(in, line[:0]); err == io.EOF {
			return lines, whole, nil
		}
		if err != nil {
			return lines, whole, err
		}
		lines++
		rec, err := readRecord(line)
		if err != nil {
			return lines, whole, fmt.Errorf("line %d is damaged: %w", lines, err)
		}
		t, ok := tables[rec.Kind]
		if !ok {
			return lines, whole, fmt.Errorf("line %d: kind %q is unknown; a newer version wrote this file", lines, rec.Kind)
		}
		if err := t.put(rec.ID, rec.V); err != nil {
			return lines, whole, fmt.Errorf("line %d (%s %s): %w", lines, rec.Kind, rec.ID, err)
		}
		whole += int64(len(line)) + 1
	}
}

// readLine appends the next line without its end to buf; io.EOF when there is none that was finished.
func readLine(in *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		buf = append(buf, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		return bytes.TrimSuffix(buf, []byte("\n")), err
	}
}

// readRecord takes a line apart. Lines as encodeRecord writes them are cut by hand: the entity itself is then parsed once, not twice.
func readRecord(line []byte) (record, error) {
	if rest, ok := bytes.CutPrefix(line, []byte(`{"k":"`)); ok {
		kind, rest, _ := bytes.Cut(rest, []byte(`","id":"`))
		id, rest, ok := bytes.Cut(rest, []byte(`"`))
		value, whole := bytes.CutSuffix(rest, []byte("}"))
		if ok && whole && !bytes.ContainsRune(id, '\\') && !bytes.ContainsAny(kind, `"\`) {
			if len(value) == 0 {
				return record{Kind: string(kind), ID: string(id)}, nil
			}
			if raw, ok := bytes.CutPrefix(value, []byte(`,"v":`)); ok {
				return record{string(kind), string(id), raw}, nil
			}
		}
	}
	var r record
	err := json.Unmarshal(line, &r)
	return r, err
}
