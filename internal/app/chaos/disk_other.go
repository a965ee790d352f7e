//go:build !linux

package chaos

import (
	"context"
	"os"
	"time"
)

// smallDisk is a file system that can be filled; there is none here.
type smallDisk struct {
	dir     string
	mounted bool
	says    string
}

func newSmallDisk(dir string) *smallDisk {
	return &smallDisk{dir: dir, says: "disk full: done on Linux only"}
}

func (s *smallDisk) fill()        {}
func (s *smallDisk) free()        {}
func (s *smallDisk) close() error { return nil }

// hold needs signals that this system may not have; nothing is held.
func hold(context.Context, *os.Process, time.Duration) error { return nil }
