package blob_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/shuke-commerce/shuke/internal/platform/blob"
)

func open(t testing.TB, max int64) (*blob.Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := blob.Open(dir, max)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// files counts what lies in the folder.
func files(t testing.TB, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPutGetProperty(t *testing.T) {
	s, dir := open(t, 1<<16)
	stored := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		b := rapid.SliceOf(rapid.Byte()).Draw(rt, "bytes")
		sum := sha256.Sum256(b)
		sha, size, err := s.Put(iotest.HalfReader(bytes.NewReader(b)))
		if err != nil || sha != hex.EncodeToString(sum[:]) || size != int64(len(b)) {
			rt.Fatalf("%s %d %v", sha, size, err)
		}
		stored[sha] = true
		f, err := s.Get(sha)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, b) || f.Size != int64(len(b)) || f.ETag != `"`+sha+`"` {
			rt.Fatalf("%v", err)
		}
	})
	if n := files(t, dir); n != len(stored) {
		t.Errorf("%d files for %d contents", n, len(stored))
	}
}

func TestFailuresLeaveNothing(t *testing.T) {
	s, dir := open(t, 100)
	if _, _, err := s.Put(bytes.NewReader(make([]byte, 101))); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("101 bytes: %v", err)
	}
	if _, _, err := s.Put(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(errors.New("cut off")))); err == nil {
		t.Error("a broken upload was stored")
	}
	if n := files(t, dir); n != 0 {
		t.Errorf("%d files left behind", n)
	}
	sha, _, err := s.Put(bytes.NewReader(make([]byte, 100)))
	if err != nil {
		t.Errorf("100 bytes: %v", err)
	}
	if err := s.Derive(sha, "360", make([]byte, 101)); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("a large derivative: %v", err)
	}
	if _, err := blob.Open(dir, 0); err == nil {
		t.Error("a limit of 0 was taken")
	}
}

func TestNamesCannotLeaveTheFolder(t *testing.T) {
	s, dir := open(t, 100)
	secret := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("a", 64)
	for _, name := range []string{"", "..", "../secret", "/etc/passwd", long[:63], long + "a", strings.ToUpper(long), long + "-", long + "-../x", long + "/x", "tmp"} {
		if _, err := s.Get(name); !errors.Is(err, blob.ErrName) {
			t.Errorf("Get(%q): %v", name, err)
		}
		if s.Has(name) || s.Remove(name) == nil {
			t.Errorf("%q passes as a name", name)
		}
	}
	if err := s.Derive(long, "../../x", nil); !errors.Is(err, blob.ErrName) {
		t.Errorf("Derive: %v", err)
	}
	if _, err := s.Get(long); !errors.Is(err, blob.ErrMissing) {
		t.Errorf("missing: %v", err)
	}
}

func TestRemoveTakesDerivatives(t *testing.T) {
	s, dir := open(t, 100)
	sha, _, _ := s.Put(strings.NewReader("a"))
	other, _, _ := s.Put(strings.NewReader("b"))
	if err := s.Derive(sha, "360", []byte("small")); err != nil || !s.Has(sha+"-360") {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Remove(sha); err != nil {
			t.Error(err)
		}
	}
	if s.Has(sha) || s.Has(sha+"-360") || !s.Has(other) || files(t, dir) != 1 {
		t.Error("the wrong files are gone")
	}
}

func TestSweepTakesTheOld(t *testing.T) {
	s, dir := open(t, 100)
	old, _, _ := s.Put(strings.NewReader("old"))
	again, _, _ := s.Put(strings.NewReader("again"))
	if err := os.WriteFile(filepath.Join(dir, "tmp", "put-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	for _, path := range []string{filepath.Join(dir, old[:2], old[2:4], old), filepath.Join(dir, again[:2], again[2:4], again), filepath.Join(dir, "tmp", "put-123")} {
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Put(strings.NewReader("again")); err != nil { // used once more
		t.Fatal(err)
	}
	n, err := s.Sweep(time.Now().Add(-time.Minute))
	if err != nil || n != 2 || s.Has(old) || !s.Has(again) {
		t.Errorf("swept %d, %v", n, err)
	}
}

func TestRivalsStoreTheSame(t *testing.T) {
	s, dir := open(t, 1<<20)
	body := bytes.Repeat([]byte("x"), 1<<18)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			sha, _, err := s.Put(bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			f, err := s.Get(sha)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = f.Close() }()
			if b, err := io.ReadAll(f); err != nil || len(b) != len(body) {
				t.Errorf("read %d bytes: %v", len(b), err)
			}
		})
	}
	wg.Wait()
	if n := files(t, dir); n != 1 {
		t.Errorf("%d files", n)
	}
}
