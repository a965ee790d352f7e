//go:build !unix

package sim

import "os"

// hold opens the lock file; systems without flock do not tell whether another
// process has it.
func hold(path string) (*os.File, bool, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	return f, err == nil, err
}
