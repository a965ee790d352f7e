// Package blob keeps files by the SHA-256 of their bytes in a folder: written
// once, whole or not at all, never changed. Several processes may share one folder.
package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Errors callers tell apart.
var (
	ErrTooLarge = errors.New("blob: the file is larger than allowed")
	ErrMissing  = errors.New("blob: there is no such file")
	ErrName     = errors.New("blob: not the name of a file of this store")
)

// name is a SHA-256 in hex, with "-suffix" for a file derived from that one.
var name = regexp.MustCompile(`^[0-9a-f]{64}(-[0-9a-z]{1,16})?$`)

// Store is a folder of files. Safe for many goroutines.
type Store struct {
	dir string
	max int64
}

// Open makes the folder where needed. max is the largest file in bytes.
func Open(dir string, max int64) (*Store, error) {
	if max <= 0 {
		return nil, fmt.Errorf("blob: the largest size must be above 0, it is %d", max)
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o750); err != nil {
		return nil, fmt.Errorf("blob: cannot make the folder of files: %w", err)
	}
	return &Store{dir: dir, max: max}, nil
}

// Max is the largest file the store takes, in bytes.
func (s *Store) Max() int64 { return s.max }

// Put stores what r gives and returns its name and size. The file is on disk,
// whole, when Put returns. Storing the same bytes again touches the old file.
func (s *Store) Put(r io.Reader) (sha string, size int64, err error) {
	sum := sha256.New()
	sha = ""
	err = s.place(func(f *os.File) (string, error) {
		size, err = io.Copy(io.MultiWriter(f, sum), io.LimitReader(r, s.max+1))
		if err != nil {
			return "", err
		}
		if size > s.max {
			return "", ErrTooLarge
		}
		sha = hex.EncodeToString(sum.Sum(nil))
		return sha, nil
	})
	if err != nil {
		return "", 0, err
	}
	return sha, size, nil
}

// Derive stores bytes made from another file, under that file's name and a suffix.
func (s *Store) Derive(sha, suffix string, b []byte) error {
	full := sha + "-" + suffix
	if !name.MatchString(full) {
		return ErrName
	}
	if int64(len(b)) > s.max {
		return ErrTooLarge
	}
	return s.place(func(f *os.File) (string, error) {
		_, err := f.Write(b)
		return full, err
	})
}

// place writes a temporary file, syncs it and moves it to the name fill gives.
func (s *Store) place(fill func(*os.File) (string, error)) error {
	f, err := os.CreateTemp(filepath.Join(s.dir, "tmp"), "put-*")
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone after the rename
	to, err := fill(f)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		if errors.Is(err, ErrTooLarge) {
			return err
		}
		return fmt.Errorf("blob: cannot write: %w", err)
	}
	path := s.path(to)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the new name last through a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

// path spreads files over 65,536 folders.
func (s *Store) path(full string) string {
	return filepath.Join(s.dir, full[:2], full[2:4], full)
}

// File is an open file of a store.
type File struct {
	*os.File
	Size int64
	ETag string // strong, quoted: the name says it all
}

// Get opens a file. ErrMissing tells that it is not there, ErrName that the
// name cannot be one.
func (s *Store) Get(full string) (*File, error) {
	if !name.MatchString(full) {
		return nil, ErrName
	}
	f, err := os.Open(s.path(full))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	} else if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &File{File: f, Size: info.Size(), ETag: `"` + full + `"`}, nil
}

// Has says whether a file is there.
func (s *Store) Has(full string) bool {
	if !name.MatchString(full) {
		return false
	}
	_, err := os.Stat(s.path(full))
	return err == nil
}

// Remove deletes a file and those derived from it. It is no error when it is not there.
func (s *Store) Remove(sha string) error {
	if !name.MatchString(sha) {
		return ErrName
	}
	list, err := filepath.Glob(s.path(sha) + "*")
	for _, path := range list {
		err = errors.Join(err, os.Remove(path))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Sweep deletes files last stored before a time and returns how many: for
// stores of uploads that only live for a while. Writes that a crash left half
// done go the same way.
func (s *Store) Sweep(before time.Time) (int, error) {
	n := 0
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		if !info.ModTime().Before(before) || !(name.MatchString(d.Name()) || strings.HasPrefix(d.Name(), "put-")) {
			return nil
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		n++
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("blob: cannot sweep: %w", err)
	}
	return n, nil
}
