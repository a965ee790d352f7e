package chaos

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// smallDisk is a file system of its own in memory, small enough to be filled.
type smallDisk struct {
	dir     string
	mounted bool
	says    string
}

const smallDiskSize = "512m"

// newSmallDisk mounts one; that takes root, and says so where it cannot.
func newSmallDisk(dir string) *smallDisk {
	s := &smallDisk{dir: dir}
	err := os.MkdirAll(dir, 0o750)
	if err == nil {
		err = syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+smallDiskSize)
	}
	s.mounted = err == nil
	s.says = "disk full: serve's folder is a small file system that is filled to the last byte, serve is killed in the midst of it, room is made again"
	if err != nil {
		s.says = "disk full: not done, a file system of its own cannot be mounted here: " + err.Error()
	}
	return s
}

// fill takes all the room there is.
func (s *smallDisk) fill() {
	f, err := os.Create(filepath.Join(s.dir, "filler"))
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	block := make([]byte, 1<<20)
	for len(block) > 0 {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
}

// free makes room again.
func (s *smallDisk) free() { _ = os.Remove(filepath.Join(s.dir, "filler")) }

func (s *smallDisk) close() error {
	if s == nil || !s.mounted {
		return nil
	}
	return syscall.Unmount(s.dir, syscall.MNT_DETACH)
}

// hold stops a process for a while and lets it go on: what a disk that hangs, a
// machine that swaps or a host that moves does to it.
func hold(ctx context.Context, p *os.Process, d time.Duration) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return errors.Join(p.Signal(syscall.SIGCONT), ctx.Err())
}
