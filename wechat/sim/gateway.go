package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// newProxy makes the reverse proxy behind the gateway.
func (s *Server) newProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite:        s.outward,
		ModifyResponse: s.inward,
		Transport:      selfTransport{s},
		FlushInterval:  -1,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusBadGateway)
			s.errorPage(w, "网页无法打开", err.Error())
		},
	}
}

// outward makes the browser's request one of WeChat's web view to the real site.
func (s *Server) outward(p *httputil.ProxyRequest) {
	v := p.In.Context().Value(gatewayKey{}).(*visit)
	out := p.Out
	out.URL.Scheme, out.URL.Host, out.Host = v.origin.Scheme, v.origin.Host, v.origin.Host
	h := out.Header
	h.Set("User-Agent", v.userAgent())
	h.Set("Accept-Encoding", "identity")
	if v.page {
		h.Set("X-Requested-With", "com.tencent.mm")
	}
	h.Del("Cookie")
	h.Del("Sec-Ch-Ua")
	h.Del("Sec-Ch-Ua-Platform")
	h.Set("Sec-Ch-Ua-Mobile", "?1")
	if cookies := s.cookies(v.person, out.URL, true); cookies != "" {
		h.Set("Cookie", cookies)
	}
	s.mapOrigin(h, v)
	if h.Get("Sec-Fetch-Dest") == "iframe" {
		h.Set("Sec-Fetch-Dest", "document")
	}
}

// mapOrigin translates Origin, Referer and Sec-Fetch-Site to what they would be on a phone.
func (s *Server) mapOrigin(h http.Header, v *visit) {
	if origin := h.Get("Origin"); origin != "" {
		if real := s.realURL(origin); real != origin {
			h.Set("Origin", real)
		}
	}
	if ref := h.Get("Referer"); ref != "" {
		if real := s.realURL(ref); real != ref {
			h.Set("Referer", real)
			v.from, _ = url.Parse(real)
		} else {
			h.Del("Referer") // the phone around the web view: an address typed in
		}
	}
	switch site := h.Get("Sec-Fetch-Site"); {
	case v.from == nil && (site == "cross-site" || site == "same-site"):
		h.Set("Sec-Fetch-Site", "none")
	case v.from != nil && site == "same-site" && v.from.Hostname() != v.origin.Hostname():
		h.Set("Sec-Fetch-Site", "cross-site")
	}
}

// dropped are headers that would keep a page out of the phone's frame or the bridge out of the page.
var dropped = []string{"Content-Security-Policy", "Content-Security-Policy-Report-Only", "X-Frame-Options", "Cross-Origin-Opener-Policy",
	"Cross-Origin-Embedder-Policy", "Cross-Origin-Resource-Policy", "Strict-Transport-Security", "Alt-Svc", "Clear-Site-Data", "Service-Worker-Allowed"}

// inward makes the site's answer one that lives in the gateway.
func (s *Server) inward(resp *http.Response) error {
	v := resp.Request.Context().Value(gatewayKey{}).(*visit)
	h := resp.Header
	for _, name := range dropped {
		h.Del(name)
	}
	s.mapLocation(h, "Location", v, resp.Request.URL)
	s.mapLocation(h, "Content-Location", v, resp.Request.URL)
	if allowed := h.Get("Access-Control-Allow-Origin"); strings.Contains(allowed, "://") {
		if gateway, err := s.gatewayURL(v.view, allowed); err == nil {
			h.Set("Access-Control-Allow-Origin", gateway)
		}
	}
	s.takeCookies(resp, v)
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	if v.page && strings.EqualFold(strings.TrimSpace(kind), "text/html") && resp.Request.Method != http.MethodHead && resp.Body != nil && resp.StatusCode != http.StatusNotModified {
		return inject(resp)
	}
	return nil
}

// mapLocation keeps an absolute redirect inside the gateway.
func (s *Server) mapLocation(h http.Header, name string, v *visit, base *url.URL) {
	text := h.Get(name)
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return
	}
	gateway, err := s.gatewayURL(v.view, base.ResolveReference(u).String())
	if err != nil {
		gateway = "/_wx/refused?url=" + url.QueryEscape(text)
	}
	h.Set(name, gateway)
}

const (
	bridgeTag  = `<script src="/_wx/bridge.js"></script>`
	headWindow = 64 << 10 // bytes of a document in which <head> is looked for
)

// inject puts the bridge in front of every other script of a document. Only the beginning is held back.
func inject(resp *http.Response) error {
	body, err := decoded(resp)
	if err != nil {
		return err
	}
	start := make([]byte, headWindow)
	n, err := readUntilHead(body, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	start = start[:n]
	at := headEnd(start)
	whole := io.MultiReader(bytes.NewReader(start[:at]), strings.NewReader(bridgeTag), bytes.NewReader(start[at:]), body)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{whole, resp.Body}
	resp.ContentLength = -1
	resp.Header.Del("Content-Length")
	resp.Header.Del("Etag") // the document is no longer the one the site knows
	resp.Header.Del("Last-Modified")
	return nil
}

// readUntilHead reads until the <head> tag is complete or buf is full.
func readUntilHead(r io.Reader, buf []byte) (int, error) {
	n := 0
	for n < len(buf) {
		m, err := r.Read(buf[n:])
		n += m
		if err != nil {
			return n, err
		}
		if i := tagEnd(buf[:n], "<head"); i > 0 {
			return n, nil
		}
	}
	return n, nil
}

// headEnd is the place right behind <head>, else behind <html>, else behind the doctype, else 0.
func headEnd(doc []byte) int {
	for _, tag := range []string{"<head", "<html", "<!doctype"} {
		if i := tagEnd(doc, tag); i > 0 {
			return i
		}
	}
	return 0
}

// tagEnd is the place behind the first such tag; 0 when it is not there. "<head" does not find "<header".
func tagEnd(doc []byte, tag string) int {
	lower := asciiLower(doc)
	for from := 0; ; {
		i := bytes.Index(lower[from:], []byte(tag))
		if i < 0 || from+i+len(tag) >= len(lower) {
			return 0
		}
		i += from + len(tag)
		if c := lower[i]; c == '>' || c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '/' {
			end := bytes.IndexByte(lower[i:], '>')
			if end < 0 {
				return 0
			}
			return i + end + 1
		}
		from = i
	}
}

// asciiLower lowers A-Z and keeps every other byte in its place, whatever the page's encoding.
func asciiLower(doc []byte) []byte {
	lower := bytes.Clone(doc)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return lower
}

// selfTransport goes to the real site, or plays WeChat's own pages.
type selfTransport struct{ s *Server }

// RoundTrip implements http.RoundTripper.
func (t selfTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.s.isSelf(req.URL) {
		return t.s.Outbound.RoundTrip(req)
	}
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	if selfPath(req.URL.Path) {
		req.RequestURI = req.URL.RequestURI()
		t.s.mux.ServeHTTP(rec, req)
	} else {
		t.s.errorPage(rec, "网页无法打开", "微信没有这个网页："+req.URL.Path)
	}
	return &http.Response{StatusCode: rec.status, Status: fmt.Sprintf("%d %s", rec.status, http.StatusText(rec.status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, Body: io.NopCloser(&rec.body), ContentLength: int64(rec.body.Len()), Request: req}, nil
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
