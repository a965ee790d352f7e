package feed

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// sharedData gives the folder of real files, found by SHUKE_SHARED_DATA or beside the project; tests skip where it is absent.
func sharedData(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("SHUKE_SHARED_DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if shared := filepath.Join(dir, "shared", "data"); isDir(shared) {
			return shared
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("no folder shared/data beside the project; set SHUKE_SHARED_DATA to test with real files")
		}
		dir = up
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// item is what Next gave.
type item struct {
	Product
	problems []Problem
}

// drain reads a file to its end.
func drain(r io.Reader, o Options) ([]item, *Reader, error) {
	f, err := Open(r, o)
	if err != nil {
		return nil, f, err
	}
	var out []item
	for {
		p, problems, err := f.Next()
		if errors.Is(err, io.EOF) {
			return out, f, nil
		}
		if err != nil {
			return out, f, err
		}
		out = append(out, item{p, problems})
	}
}

func openReal(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedData(t), path))
	if err != nil {
		t.Skipf("this real file is absent: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
