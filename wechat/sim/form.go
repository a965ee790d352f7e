package sim

import (
	"bytes"
	"errors"
	"mime"
	"mime/multipart"
)

var errNoForm = errors.New("Content-Type is not multipart/form-data")

// formReader reads a body as multipart/form-data. A Content-Type that names no boundary (wechatpayv3 of Python sends one) is
// made good from the body's first line.
func formReader(contentType string, body []byte) (*multipart.Reader, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return nil, errNoForm
	}
	boundary := params["boundary"]
	if first, _, found := bytes.Cut(body, []byte("\r\n")); boundary == "" && found && bytes.HasPrefix(first, []byte("--")) {
		boundary = string(first[2:])
	}
	if boundary == "" {
		return nil, errors.New("the multipart body has no boundary")
	}
	return multipart.NewReader(bytes.NewReader(body), boundary), nil
}
