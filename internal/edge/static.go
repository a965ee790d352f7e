package edge

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Static serves the built files of a page: hashed assets for a year, others
// revalidated, brotli or gzip when the browser takes it and the file exists.
type Static struct {
	Files fs.FS
	// Immutable is the folder whose names carry a hash of their content.
	Immutable string
}

// ServeHTTP implements http.Handler; the path is taken relative to Files.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if !s.Serve(w, r, name) {
		http.NotFound(w, r)
	}
}

// Serve sends a file and tells whether it exists.
func (s *Static) Serve(w http.ResponseWriter, r *http.Request, name string) bool {
	info, err := fs.Stat(s.Files, name)
	if err != nil || info.IsDir() {
		return false
	}
	h := w.Header()
	ct := mime.TypeByExtension(path.Ext(name))
	if ct == "" {
		ct = "application/octet-stream" // never guessed from compressed bytes
	}
	h.Set("Content-Type", ct)
	if s.Immutable != "" && strings.HasPrefix(name, s.Immutable+"/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Vary", "Accept-Encoding")
	accept := r.Header.Get("Accept-Encoding")
	for _, enc := range []struct{ name, ext string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(accept, enc.name) {
			continue
		}
		if b, err := fs.ReadFile(s.Files, name+enc.ext); err == nil {
			h.Set("Content-Encoding", enc.name)
			_, _ = w.Write(b)
			return true
		}
	}
	b, err := fs.ReadFile(s.Files, name)
	if err != nil {
		return false
	}
	_, _ = w.Write(b)
	return true
}

// accepts tells whether an Accept-Encoding header names an encoding and does not
// refuse it with q=0.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q, weighted := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			return !weighted || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
