// Package edge is the threshold of the house: what every request passes before
// a handler sees it and what every answer passes on its way out.
package edge

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/VictoriaMetrics/metrics"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// Request is what the house knows of a request.
type Request struct {
	ID      string
	English bool
	IP      string
	Log     *slog.Logger
}

type requestKey struct{}

// RequestOf returns the request of a context; a bare one outside of HTTP.
func RequestOf(ctx context.Context) *Request {
	if r, ok := ctx.Value(requestKey{}).(*Request); ok {
		return r
	}
	return &Request{Log: slog.Default()}
}

type closingKey struct{}

// WithClosing tells the requests of a server when it begins to shut down.
func WithClosing(ctx context.Context, closing <-chan struct{}) context.Context {
	return context.WithValue(ctx, closingKey{}, closing)
}

// Closing is closed when the server begins to shut down: a stream to an open page
// ends then, while what a buyer asked for is finished. Outside of a server it
// stays open.
func Closing(ctx context.Context) <-chan struct{} {
	closing, _ := ctx.Value(closingKey{}).(<-chan struct{})
	return closing
}

func (r *Request) say(zh, en string) string {
	if r.English {
		return en
	}
	return zh
}

// Guard is the outermost handler: request id, language, limits, logs, metrics,
// panics.
type Guard struct {
	Log        *slog.Logger
	Now        func() time.Time
	MaxBody    int64 // bytes, unless a route is in BigBodies
	BigBodies  map[string]int64
	TrustProxy bool
	Metrics    *metrics.Set
}

// statusWriter remembers the code of an answer.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach Flush and deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush implements http.Flusher for event streams.
func (w *statusWriter) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Wrap guards a handler.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := g.Now()
		req := &Request{ID: requestID(r), English: prefersEnglish(r), IP: g.clientIP(r)}
		req.Log = g.Log.With("request_id", req.ID)
		sw := &statusWriter{ResponseWriter: w}
		h := w.Header()
		h.Set("X-Request-Id", req.ID)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
		if !readable(r) {
			WriteProblem(sw, r, ErrText)
			g.note(req, r, sw.code, g.Now().Sub(start))
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(sw, r.Body, g.bodyLimit(r.URL.Path))
		}
		defer func() {
			p := recover()
			abort := p == http.ErrAbortHandler
			if p != nil && !abort {
				req.Log.Error("panic", "path", r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if abort = sw.code != 0; !abort {
					WriteProblem(sw, r, fmt.Errorf("panic: %v", p))
				}
			}
			g.note(req, r, sw.code, g.Now().Sub(start))
			if abort {
				// Half an answer is on its way: break the connection, so that nobody
				// takes it for the whole.
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(sw, r)
		if sw.code == 0 {
			sw.code = http.StatusOK // what net/http sends for a handler that wrote nothing
		}
	})
}

// ErrText is returned for text that is not UTF-8 or holds a NUL: PostgreSQL
// stores neither.
var ErrText = errs.New(errs.Malformed, "input.text", "请求包含无法识别的字符", "The request contains characters that are not text")

// readable tells whether address and query are text once they are unescaped.
func readable(r *http.Request) bool {
	if !isText(r.URL.Path) {
		return false
	}
	if !strings.Contains(r.URL.RawQuery, "%") {
		return isText(r.URL.RawQuery)
	}
	for _, pair := range strings.FieldsFunc(r.URL.RawQuery, func(c rune) bool { return c == '&' || c == '=' }) {
		if text, err := url.QueryUnescape(pair); err == nil && !isText(text) {
			return false
		}
	}
	return true
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func (g *Guard) bodyLimit(path string) int64 {
	for suffix, n := range g.BigBodies {
		if strings.HasSuffix(path, suffix) {
			return n
		}
	}
	return g.MaxBody
}

// note counts and, above debug level only for what took long or failed, logs.
func (g *Guard) note(req *Request, r *http.Request, code int, took time.Duration) {
	area := area(r.URL.Path)
	if g.Metrics != nil {
		g.Metrics.GetOrCreateCounter(fmt.Sprintf(`shuke_http_requests_total{area=%q,code="%dxx"}`, area, code/100)).Inc()
		g.Metrics.GetOrCreateHistogram(fmt.Sprintf(`shuke_http_seconds{area=%q}`, area)).Update(took.Seconds())
	}
	level := slog.LevelDebug
	if code >= 500 || took > time.Second && area != "events" {
		level = slog.LevelWarn
	} else if strings.HasPrefix(r.URL.Path, "/callback/") {
		level = slog.LevelInfo
	}
	req.Log.Log(r.Context(), level, "http", "method", r.Method, "path", r.URL.Path, "code", code, "ms", took.Milliseconds(), "ip", req.IP)
}

func area(path string) string {
	switch {
	case strings.HasSuffix(path, "/events"):
		return "events"
	case strings.HasPrefix(path, "/api/storefront/"):
		return "storefront"
	case strings.HasPrefix(path, "/api/console/"):
		return "console"
	case strings.HasPrefix(path, "/callback/"):
		return "callback"
	case strings.HasPrefix(path, "/media/"), strings.HasPrefix(path, "/assets/"), strings.HasPrefix(path, "/console/assets/"):
		return "static"
	}
	return "page"
}

// requestID takes a sane id from a proxy or makes one.
func requestID(r *http.Request) string {
	if in := r.Header.Get("X-Request-Id"); len(in) >= 8 && len(in) <= 64 && !strings.ContainsFunc(in, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' }) {
		return in
	}
	var b [10]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return base32.StdEncoding.EncodeToString(b[:])
}

func prefersEnglish(r *http.Request) bool {
	lang := strings.ToLower(r.Header.Get("Accept-Language"))
	zh, en := strings.Index(lang, "zh"), strings.Index(lang, "en")
	return en >= 0 && (zh < 0 || en < zh)
}

// clientIP is the address the nearest proxy saw: the last one in the header. Those
// before it are the client's own words.
func (g *Guard) clientIP(r *http.Request) string {
	if all := r.Header.Values("X-Forwarded-For"); g.TrustProxy && len(all) > 0 {
		last := all[len(all)-1]
		last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		if net.ParseIP(last) != nil {
			return last
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
