package recon

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// spills is over how many files each side is spread by the hash of its number, so
// that only a 64th of a day is in memory at once: 20 MB of ten million lines.
const spills = 64

// pile is one side of a comparison, on disk.
type pile struct {
	files [spills]*os.File
	to    [spills]*bufio.Writer
	buf   []byte
}

func newPile(dir, name string) (*pile, error) {
	p := &pile{}
	for i := range p.files {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%d", name, i)))
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.files[i], p.to[i] = f, bufio.NewWriterSize(f, 16<<10)
	}
	return p, nil
}

func (p *pile) close() error {
	var err error
	for _, f := range p.files {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// spillOf is where a number goes (FNV-1a).
func spillOf(number string) int {
	h := uint32(2166136261)
	for i := range len(number) {
		h = (h ^ uint32(number[i])) * 16777619
	}
	return int(h % spills)
}

// write appends a record, its length before it.
func (p *pile) write(i int) error {
	var n [binary.MaxVarintLen64]byte
	if _, err := p.to[i].Write(n[:binary.PutUvarint(n[:], uint64(len(p.buf)))]); err != nil {
		return err
	}
	_, err := p.to[i].Write(p.buf)
	return err
}

// each reads the records of a file from its beginning.
func (p *pile) each(i int, fn func(*record) error) error {
	if err := p.to[i].Flush(); err != nil {
		return err
	}
	if _, err := p.files[i].Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(p.files[i], 64<<10)
	var buf []byte
	for {
		n, err := binary.ReadUvarint(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if uint64(cap(buf)) < n {
			buf = make([]byte, n)
		}
		buf = buf[:n]
		if _, err := io.ReadFull(r, buf); err != nil {
			return err
		}
		rec := record{b: buf}
		if err := fn(&rec); err != nil {
			return err
		}
		if rec.err != nil {
			return rec.err
		}
	}
}

// record reads the fields of a record one after another.
type record struct {
	b   []byte
	err error
}

var errRecord = errors.New("recon: a temporary file is damaged")

func (r *record) num() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.b, r.err = nil, errRecord
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *record) text() string {
	n := r.num()
	if n < 0 || n > int64(len(r.b)) {
		r.b, r.err = nil, errRecord
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendVarint(b, int64(len(s))), s...)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func appendNums(b []byte, all ...int64) []byte {
	for _, n := range all {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func (p *pile) putLine(l *Line) error {
	b := appendNums(p.buf[:0], l.No, int64(l.Kind), int64(l.Amount), int64(l.Fee), micros(l.At))
	b = appendText(appendText(appendText(appendText(b, l.Number), l.Trade), l.Transaction), l.State)
	p.buf = b
	return p.write(spillOf(l.Number))
}

func readLine(r *record) Line {
	return Line{No: r.num(), Kind: LineKind(r.num()), Amount: money.Fen(r.num()), Fee: money.Fen(r.num()), At: moment(r.num()),
		Number: r.text(), Trade: r.text(), Transaction: r.text(), State: r.text()}
}

func (p *pile) putOurs(o *Ours) error {
	refund := int64(0)
	if o.Refund {
		refund = 1
	}
	b := appendNums(p.buf[:0], refund, int64(o.Shop), int64(o.Order), int64(o.Payment), int64(o.Buyer), int64(o.RefundID), int64(o.Amount), int64(o.Booked), micros(o.At))
	p.buf = appendText(appendText(appendText(b, o.Number), o.Transaction), o.State)
	return p.write(spillOf(o.Number))
}

func readOurs(r *record) Ours {
	return Ours{Refund: r.num() == 1, Shop: id.ID(r.num()), Order: id.ID(r.num()), Payment: id.ID(r.num()), Buyer: id.ID(r.num()), RefundID: id.ID(r.num()),
		Amount: money.Fen(r.num()), Booked: money.Fen(r.num()), At: moment(r.num()), Number: r.text(), Transaction: r.text(), State: r.text()}
}
