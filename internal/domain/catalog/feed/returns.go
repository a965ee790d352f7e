package feed

import (
	"bytes"
	"io"
)

// bareReturns says that a file ends its lines with CR alone, as Excel's “CSV (Macintosh)” does. One LF anywhere in the beginning
// means that it does not.
func bareReturns(head []byte) bool {
	return bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0
}

// returnReader gives LF for every CR.
type returnReader struct{ src io.Reader }

// Read hands on what src gives.
func (r returnReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}
