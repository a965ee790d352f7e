package feed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

func utf16Bytes(order binary.ByteOrder, s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, 0, 0)
		order.PutUint16(out[len(out)-2:], u)
	}
	return out
}

func decodeAll(r io.Reader, force Encoding) (string, Encoding, error) {
	d, err := newDecoder(r, force, new(atomic.Int64))
	if err != nil {
		return "", "", err
	}
	out, err := io.ReadAll(d)
	return string(out), d.encoding(), err
}

const sampleText = "title,price\n保温杯（大号）,12.50\n😀 emoji,3\n"

func TestDecodeKnowsEncodings(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(sampleText))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   []byte
		want Encoding
	}{
		"utf-8":             {[]byte(sampleText), UTF8},
		"utf-8 with mark":   {[]byte("\uFEFF" + sampleText), UTF8},
		"utf-16le mark":     {append([]byte{0xFF, 0xFE}, utf16Bytes(binary.LittleEndian, sampleText)...), UTF16LE},
		"utf-16be mark":     {append([]byte{0xFE, 0xFF}, utf16Bytes(binary.BigEndian, sampleText)...), UTF16BE},
		"utf-16le bare":     {utf16Bytes(binary.LittleEndian, sampleText), UTF16LE},
		"utf-16be bare":     {utf16Bytes(binary.BigEndian, sampleText), UTF16BE},
		"gb18030":           {gb, GB18030},
		"gb18030 far along": {append(bytes.Repeat([]byte("ascii,1\n"), 30000), gb...), GB18030},
		"utf-8 far along":   {append(bytes.Repeat([]byte("ascii,1\n"), 30000), sampleText...), UTF8},
	} {
		for way, r := range map[string]io.Reader{"whole": bytes.NewReader(c.in), "byte by byte": iotest.OneByteReader(bytes.NewReader(c.in))} {
			got, enc, err := decodeAll(r, "")
			if err != nil || enc != c.want || !strings.HasSuffix(got, sampleText) || strings.HasPrefix(got, "\uFEFF") {
				t.Errorf("%s %s: %s %v %q", name, way, enc, err, cut(got))
			}
		}
	}
}

func TestDecodeRefusesWithOffset(t *testing.T) {
	long := strings.Repeat("茶", 30000) // 90,000 bytes: over one chunk
	gb := strings.Repeat("\xb2\xe8", 40000)
	for name, c := range map[string]struct {
		in     string
		force  Encoding
		code   string
		offset string
	}{
		"latin-1":              {"nom,prix\n\xe9t\xe9,3\n", "", "encoding_unknown", "byte 9"},
		"latin-1 single":       {"caf\xe9,3\n", "", "encoding_unknown", "byte 3"},
		"bad utf-8 later":      {long + "\xffx", "", "encoding_broken", "90000"},
		"utf-8 cut off":        {long + "\xe8\x8c", "", "encoding_broken", "90000"},
		"utf-16 odd":           {"\xff\xfea\x00b", "", "encoding_broken", "byte 4"},
		"utf-16 half pair":     {"\xff\xfea\x00\x00\xd8b\x00", "", "encoding_broken", "byte 4"},
		"utf-16 pair cut off":  {"\xff\xfea\x00\x00\xd8", "", "encoding_broken", "byte 4"},
		"gbk broken":           {gb + "\xb2\x01x", "", "encoding_broken", "80000"},
		"forced utf-8":         {"ab\xb2\xe8", UTF8, "encoding_broken", "byte 2"},
		"forced gb with ascii": {"ab\xff", GB18030, "encoding_broken", "byte 2"},
	} {
		_, _, err := decodeAll(strings.NewReader(c.in), c.force)
		fe := new(FileError)
		if !errors.As(err, &fe) || fe.Problem.Code != c.code || !strings.Contains(strings.ToLower(fe.Problem.Message.EN), c.offset) {
			t.Errorf("%s: %v, want %s at %s", name, err, c.code, c.offset)
		}
	}
}

func TestDecodePassesReadErrors(t *testing.T) {
	broken := errors.New("line dropped")
	if _, err := Open(iotest.ErrReader(broken), Options{}); !errors.Is(err, broken) {
		t.Errorf("Open: %v", err)
	}
	head := "Handle,Title,Variant Price\n" + strings.Repeat("a,b,1\n", 40000)
	_, _, err := drain(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), Options{})
	if !errors.Is(err, broken) {
		t.Errorf("Next: %v", err)
	}
}

// Whatever encoding a text is written in, the same text is read.
func TestDecodeGivesTheTextBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "Handle,Title,Variant Price\n中文标题甲乙丙丁," + rapid.StringOf(rapid.RuneFrom([]rune("abc,\n茶叶淘宝é😀丂㐀"))).Draw(t, "text")
		gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for enc, raw := range map[Encoding][]byte{
			UTF8: []byte(text), GB18030: gb, UTF16LE: append([]byte{0xFF, 0xFE}, utf16Bytes(binary.LittleEndian, text)...),
			UTF16BE: append([]byte{0xFE, 0xFF}, utf16Bytes(binary.BigEndian, text)...),
		} {
			force := Encoding("")
			if enc == GB18030 { // rare characters may outnumber the common ones
				force = enc
			}
			got, found, err := decodeAll(bytes.NewReader(raw), force)
			if err != nil || got != text || found != enc {
				t.Fatalf("%s: %s %v %q, want %q", enc, found, err, got, text)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(sampleText), 0)
	f.Add([]byte("\xff\xfea\x00"), 1)
	f.Add([]byte("\xb2\xe8\xb2\xe8"), 4)
	f.Fuzz(func(t *testing.T, in []byte, force int) {
		encodings := []Encoding{"", UTF8, UTF16LE, UTF16BE, GB18030}
		out, _, err := decodeAll(bytes.NewReader(in), encodings[uint(force)%5])
		if !utf8.ValidString(out) {
			t.Fatalf("not UTF-8: %q", out)
		}
		if len(out) > 3*len(in)+4 {
			t.Fatalf("%d bytes became %d", len(in), len(out))
		}
		if fe := new(FileError); err != nil && !errors.As(err, &fe) {
			t.Fatalf("an error without a place: %v", err)
		}
	})
}
