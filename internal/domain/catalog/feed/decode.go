package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// Encoding names how a file writes its characters.
type Encoding string

// The encodings that are read. GBK files are read as GB18030, which contains it.
const (
	UTF8    Encoding = "utf-8"
	UTF16LE Encoding = "utf-16le"
	UTF16BE Encoding = "utf-16be"
	GB18030 Encoding = "gb18030"
)

const sniffBytes = 64 << 10 // how far detection looks ahead

// decoder gives UTF-8 without a byte order mark, whatever the file holds, and refuses the first wrong byte with its offset.
// It decides between UTF-8 and GB18030 at the first byte that is not ASCII, however far into the file that is.
type decoder struct {
	src   *bufio.Reader
	read  *atomic.Int64 // bytes taken from src
	as    Encoding      // empty: ASCII so far
	out   []byte        // decoded, not yet handed on
	start int           // of what is left in out
	err   error
}

// newDecoder looks at the first bytes. force skips detection; a byte order mark is dropped all the same.
func newDecoder(r io.Reader, force Encoding, read *atomic.Int64) (*decoder, error) {
	d := &decoder{src: bufio.NewReaderSize(r, sniffBytes), read: read, as: force}
	head, err := d.src.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	mark, skip := byMark(head)
	if d.as == "" {
		d.as = mark
	}
	if d.as == "" {
		d.as = byZeros(head)
	}
	if mark == d.as {
		d.skip(skip)
	}
	return d, nil
}

func (d *decoder) skip(n int) {
	n, _ = d.src.Discard(n) // peeked before, so it cannot fail
	d.read.Add(int64(n))
}

// byMark reads the byte order mark and gives its length.
func byMark(head []byte) (Encoding, int) {
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, 3
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, 2
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, 2
	}
	return "", 0
}

// byZeros knows UTF-16 without a mark by the zero halves of its ASCII characters.
func byZeros(head []byte) Encoding {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half >= 4 && zeros[1] > half/4 && zeros[1] > 4*zeros[0]:
		return UTF16LE
	case half >= 4 && zeros[0] > half/4 && zeros[0] > 4*zeros[1]:
		return UTF16BE
	}
	return ""
}

// byHighBytes decides between UTF-8 and GB18030 for bytes that begin with the first non-ASCII one. whole says that the file ends here.
// Western single-byte text also passes as GBK, so most two-byte characters must lie where Chinese text has them (GB 2312: both high).
func byHighBytes(b []byte, whole bool) Encoding {
	if validUTF8Prefix(b, whole) {
		return UTF8
	}
	high, low := 0, 0
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if i+1 == len(b) {
			break
		}
		switch next := b[i+1]; {
		case i+3 < len(b) && digit(next) && b[i+2] > 0x80 && digit(b[i+3]): // a rare character of four bytes says nothing
			i += 2
		case b[i] >= 0xA1 && next >= 0xA1:
			high++
		default:
			low++
		}
		i++
	}
	if high > 3*low {
		return GB18030
	}
	return ""
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func validUTF8Prefix(b []byte, whole bool) bool {
	n := validUTF8(b)
	return n == len(b) || (!whole && len(b)-n < utf8.UTFMax && !utf8.FullRune(b[n:]))
}

// validUTF8 gives the length of the longest valid beginning.
func validUTF8(b []byte) int {
	if utf8.Valid(b) {
		return len(b)
	}
	i := 0
	for i < len(b) {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		i += size
	}
	return i
}

// Read hands on decoded bytes.
func (d *decoder) Read(p []byte) (int, error) {
	for d.start == len(d.out) {
		if d.err != nil {
			return 0, d.err
		}
		d.out, d.start = d.out[:0], 0
		d.err = d.fill()
	}
	n := copy(p, d.out[d.start:])
	d.start += n
	return n, nil
}

// fill decodes one chunk into out. The error, io.EOF at the end, is told after what was decoded before it.
func (d *decoder) fill() error {
	chunk, err := d.src.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(chunk) == 0 {
		return io.EOF
	}
	whole := err != nil
	if d.as == "" {
		if n := ascii(chunk); n > 0 {
			d.out = append(d.out, chunk[:n]...)
			d.skip(n)
			return nil
		}
		if d.as = byHighBytes(chunk, whole); d.as == "" {
			return fatal("encoding_unknown", 0, 0, d.read.Load()+int64(validUTF8(chunk)))
		}
	}
	used, ok := d.decode(chunk, whole)
	at := d.read.Load() + int64(used)
	d.skip(used)
	if !ok {
		return fatal("encoding_broken", 0, 0, at, string(d.as))
	}
	return nil
}

func ascii(b []byte) int {
	for i, c := range b {
		if c >= 0x80 {
			return i
		}
	}
	return len(b)
}

// decode appends what chunk says to out and gives how many bytes it used; not ok means the byte after those is wrong.
func (d *decoder) decode(chunk []byte, whole bool) (used int, ok bool) {
	switch d.as {
	case UTF16LE, UTF16BE:
		return d.decodeUTF16(chunk, whole)
	case GB18030:
		return d.decodeGB(chunk, whole)
	}
	n := validUTF8(chunk)
	d.out = append(d.out, chunk[:n]...)
	return n, n > 0 && !whole && !utf8.FullRune(chunk[n:]) || n == len(chunk)
}

func (d *decoder) decodeUTF16(chunk []byte, whole bool) (int, bool) {
	i := 0
	for i+1 < len(chunk) {
		r := d.unit(chunk[i:])
		size := 2
		if utf16.IsSurrogate(r) {
			if i+3 >= len(chunk) {
				return i, !whole && i > 0
			}
			if r = utf16.DecodeRune(r, d.unit(chunk[i+2:])); r == utf8.RuneError {
				return i, false
			}
			size = 4
		}
		d.out = utf8.AppendRune(d.out, r)
		i += size
	}
	return i, i == len(chunk) || (!whole && i > 0)
}

func (d *decoder) unit(b []byte) rune {
	if d.as == UTF16BE {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

func (d *decoder) decodeGB(chunk []byte, whole bool) (int, bool) {
	gb := simplifiedchinese.GB18030.NewDecoder()
	out := make([]byte, 3*len(chunk)+utf8.UTFMax)
	n, used, err := gb.Transform(out, chunk, whole)
	bad := bytes.Index(out[:n], []byte("\uFFFD"))
	if bad < 0 {
		d.out = append(d.out, out[:n]...)
		return used, used > 0 && (err == nil || errors.Is(err, transform.ErrShortSrc))
	}
	d.out = append(d.out, out[:bad]...)
	return gbLength(chunk, bad), false
}

// gbLength gives how many bytes of chunk decode to the first n bytes of text, decoding it again one character at a time.
func gbLength(chunk []byte, n int) int {
	gb := simplifiedchinese.GB18030.NewDecoder()
	var one [utf8.UTFMax]byte
	used := 0
	for n > 0 && used < len(chunk) {
		size := 1
		for ; size <= 4 && used+size <= len(chunk); size++ {
			if dst, src, err := gb.Transform(one[:], chunk[used:used+size], false); err == nil && src == size {
				n -= dst
				break
			}
		}
		used += size
	}
	return used
}
