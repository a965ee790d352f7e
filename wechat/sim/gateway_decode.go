package sim

import (
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
)

// decoded undoes the compression of a document whose site does not honour Accept-Encoding: identity.
func decoded(resp *http.Response) (io.Reader, error) {
	encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	resp.Header.Del("Content-Encoding")
	switch encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(resp.Body)
	case "deflate":
		return flate.NewReader(resp.Body), nil
	case "br":
		return brotli.NewReader(resp.Body), nil
	}
	return nil, fmt.Errorf("the page is encoded as %q, which the web view cannot read", encoding)
}
