package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync/atomic"
)

// Detect says what a file is by its first bytes (64 KiB are plenty). The error, a *FileError, says why it is nothing that can be read.
func Detect(head []byte) (Format, Encoding, error) {
	var first error
	for drop := 0; drop <= 3 && drop <= len(head); drop++ { // the last character may be cut in two
		d, err := newDecoder(bytes.NewReader(head[:len(head)-drop]), "", new(atomic.Int64))
		if err != nil {
			return "", "", err
		}
		text, err := io.ReadAll(d)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		if bareReturns(text) {
			text = bytes.ReplaceAll(text, []byte{'\r'}, []byte{'\n'})
		}
		found, err := sniff(text, "", Limits{}.withDefaults())
		return found.format, d.encoding(), err
	}
	return "", "", first
}

// encoding is what was found so far; plain ASCII is UTF-8.
func (d *decoder) encoding() Encoding {
	if d.as == "" {
		return UTF8
	}
	return d.as
}

// sniffed is how a file begins.
type sniffed struct {
	format Format
	comma  byte
	skip   int // records before the header
	h      *header
}

// sniff finds delimiter, header and format in the beginning of a file's text. A format given is believed.
func sniff(text []byte, format Format, limits Limits) (sniffed, error) {
	if kind := foreignFile(text); kind != "" {
		return sniffed{}, fatal("not_csv", 1, 0, kind)
	}
	var wide *header
	var firstErr error
	for _, comma := range []byte{',', '\t', ';'} {
		found, err := sniffWith(text, comma, limits)
		if err != nil && firstErr == nil {
			firstErr = err
		}
		if found.h == nil {
			continue
		}
		if format != "" {
			found.format = format
			if _, err := layoutOf(found, &Options{Limits: limits}); err == nil {
				return found, nil
			}
		} else if found.format != "" {
			return found, nil
		}
		if wide == nil || len(found.h.names) > len(wide.names) {
			wide = found.h
		}
	}
	switch {
	case firstErr != nil:
		return sniffed{}, firstErr
	case wide == nil:
		return sniffed{}, fatal("empty_file", 1, 0)
	case format != "":
		_, err := layoutOf(sniffed{format: format, h: wide}, &Options{Limits: limits})
		return sniffed{}, err
	}
	return sniffed{}, unknown(wide)
}

// preamble says whether a record stands before the header: 淘宝助理's "version 1.00", or the "sep=;" that tells Excel the delimiter.
func preamble(rec record) bool {
	s := strings.ToLower(strings.TrimSpace(rec.text))
	return strings.HasPrefix(s, "version ") || strings.HasPrefix(s, "sep=") && len(s) <= len("sep=,")
}

// sniffWith reads the header with one delimiter; a preamble before it is skipped.
func sniffWith(text []byte, comma byte, limits Limits) (sniffed, error) {
	s := newScanner(bytes.NewReader(text), comma, false, limits)
	found := sniffed{comma: comma}
	rec, err := s.next()
	if err == nil && preamble(rec) {
		found.skip = 1
		rec, err = s.next()
	}
	if errors.Is(err, io.EOF) {
		return found, nil
	}
	if err != nil {
		return found, err
	}
	found.h = newHeader(rec)
	found.format = recognise(found.h)
	return found, nil
}

// recognise knows a format by the names of its columns.
func recognise(h *header) Format {
	switch {
	case h.has("product ref", "sku code", "price yuan"):
		return Shuke
	case h.has("title", "cid", "price") && h.any("skuprops", "outer id", "num id"):
		return Taobao
	case h.has("product handle", "product title") && h.any("variant title", "variant sku", "variant id"):
		return Medusa
	case h.has("type", "name") && h.any("regular price", "parent", "tax status", "attribute 1 name", "in stock"):
		return WooCommerce
	case h.has("attribute code") && h.any("frontend label", "frontend input"):
		return MagentoAttributes
	case h.has("url key", "path", "name") && !h.has("sku"):
		return MagentoCategories
	case h.has("sku", "image") && !h.any("name", "price"):
		return MagentoPictures
	case h.has("sku", "name", "price") && h.any("attribute set", "attribute set code", "product type", "qty"):
		return Magento
	case h.any("lineitem name") || h.has("first name", "email") || h.has("handle", "location") && !h.any("variant price", "price"):
		return NotProducts
	case h.any("handle", "url handle") && h.any("variant price", "variant sku", "option1 value", "body html", "image src", "product image url", "compare at price"),
		h.has("title") && h.any("published on online store", "product image url", "compare at price", "body html"):
		return Shopify
	}
	return ""
}

// translated holds headings by which files of known systems exported in other languages are recognised, to give good advice.
var translated = []string{"常规售价", "常规价格", "正常售價", "原價", "regulärer preis", "tarif régulier", "precio normal", "prezzo di listino", "preço normal", "通常価格"}

// unknown says what is missing to make the file a known one.
func unknown(h *header) error {
	names := strings.Join(h.names, ", ")
	if h.any(translated...) {
		return fatal("header_translated", h.line, 0, names)
	}
	return fatal("format_unknown", h.line, 0, names)
}

// foreignFile knows files people take for CSV.
func foreignFile(text []byte) string {
	for _, k := range []struct{ begin, kind string }{
		{"PK\x03\x04", "Excel .xlsx / zip"}, {"\xD0\xCF\x11\xE0", "Excel .xls"}, {"\x1f\x8b", "gzip"}, {"%PDF", "PDF"},
		{"<!doctype", "HTML"}, {"<html", "HTML"}, {"<?xml", "XML"}, {"{", "JSON"}, {"[", "JSON"},
	} {
		begin := bytes.TrimLeft(text[:min(len(text), 64)], " \r\n\t")
		if len(begin) >= len(k.begin) && strings.EqualFold(string(begin[:len(k.begin)]), k.begin) {
			return k.kind
		}
	}
	return ""
}

// peekText looks at the beginning of the decoded text without taking it.
func peekText(r *bufio.Reader) ([]byte, error) {
	text, err := r.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(text) == 0 {
		return nil, err
	}
	return text, nil
}
