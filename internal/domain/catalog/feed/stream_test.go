package feed

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// shopifyStream writes a Shopify file of about so many bytes: products of four rows, the last of them a picture.
func shopifyStream(w io.Writer, bytes int) (products int, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	n, _ := fmt.Fprintln(out, "Handle,Title,Body (HTML),Vendor,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src")
	body := strings.Repeat("<p>手工炒制的明前龙井，\"\"回甘\"\"悠长。</p>\n", 20)
	for n < bytes && err == nil {
		var m int
		products++
		m, err = fmt.Fprintf(out, "p-%[1]d,龙井 %[1]d,\"%[2]s\",熟客,\"茶, 绿茶\",规格,50g,SKU-%[1]d-1,50,10,19.90,https://p.cn/%[1]d.jpg\np-%[1]d,,,,,,100g,SKU-%[1]d-2,100,8,35.00,\np-%[1]d,,,,,,250g,SKU-%[1]d-3,250,3,80.00,\np-%[1]d,,,,,,,,,,,https://p.cn/%[1]d-b.jpg\n", products, body)
		n += m
	}
	if err == nil {
		err = out.Flush()
	}
	return products, err
}

// heapPeak reads a stream to its end and gives the number of products and the highest live heap seen, in bytes.
func heapPeak(t *testing.T, r io.Reader) (products int, peak uint64) {
	t.Helper()
	f, err := Open(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	for {
		p, problems, err := f.Next()
		if errors.Is(err, io.EOF) {
			return products, peak
		}
		if err != nil || len(problems) > 0 || len(p.SKUs) != 3 || len(p.Pictures) != 2 {
			t.Fatalf("%+v %v %v", p, problems, err)
		}
		if products++; products%5000 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 MB")
	}
	in, out := io.Pipe()
	wrote := make(chan int, 1)
	go func() {
		n, err := shopifyStream(out, 200<<20)
		wrote <- n
		_ = out.CloseWithError(err)
	}()
	runtime.GC()
	products, peak := heapPeak(t, in)
	if n := <-wrote; n != products {
		t.Errorf("%d products read of %d", products, n)
	}
	t.Logf("%d products, highest heap %.1f MB", products, float64(peak)/(1<<20))
	if peak > 64<<20 {
		t.Errorf("the heap grew to %d MB", peak>>20)
	}
}

func BenchmarkRead(b *testing.B) {
	var file strings.Builder
	if _, err := shopifyStream(&file, 8<<20); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := drain(strings.NewReader(file.String()), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	var file strings.Builder
	if _, err := shopifyStream(&file, 8<<20); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		s := newScanner(strings.NewReader(file.String()), ',', false, Limits{}.withDefaults())
		for {
			if _, err := s.next(); err != nil {
				break
			}
		}
	}
}

// A cell or row of 10 MB is refused where it begins, without being held.
func TestHugeCells(t *testing.T) {
	for name, c := range map[string]struct{ row, code string }{
		"bare": {strings.Repeat("x", 10<<20), "record_too_long"}, "quoted, one line": {"a,\"" + strings.Repeat("x", 10<<20), "record_too_long"},
		"quoted, many lines": {"a,\"" + strings.Repeat("line\n", 2<<20), "quote_too_long"}, "two megabytes": {"a,\"" + strings.Repeat("x", 2<<20) + "\",1\n", "field_too_long"},
		"many cells": {strings.Repeat("x,", 5000), "columns_too_many"},
	} {
		_, _, err := drain(strings.NewReader("Handle,Title,Variant Price\n"+c.row), Options{})
		fe := new(FileError)
		if !errors.As(err, &fe) || fe.Problem.Code != c.code || fe.Problem.Line != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
