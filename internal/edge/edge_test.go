package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// site is the threshold in front of a few handlers, on a real socket.
type site struct {
	t     *testing.T
	url   string
	guard *edge.Guard
	mu    sync.Mutex
	log   bytes.Buffer
}

func (s *site) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

func (s *site) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

type echoIn struct {
	Limit int    `query:"limit" minimum:"1" maximum:"10" default:"5"`
	Q     string `query:"q"`
	Body  struct {
		Name  string `json:"name" maxLength:"10"`
		Count int64  `json:"count,omitempty"`
	}
}

type echoOut struct{ Body struct{ Name, Q string } }

var errShort = errs.New(errs.Conflict, "inventory.short", "库存不足", "Not enough in stock")

func newSite(t *testing.T) *site {
	t.Helper()
	edge.InstallProblems()
	mux := http.NewServeMux()
	api := edge.NewAPI(mux, "test", "Test", "1", "")
	edge.Register(api, huma.Operation{OperationID: "echo", Method: http.MethodPost, Path: "/echo"}, func(_ context.Context, in *echoIn) (*echoOut, error) {
		out := &echoOut{}
		out.Body.Name, out.Body.Q = in.Body.Name, in.Q
		return out, nil
	})
	fail := map[string]error{
		"/short":    errShort.With("available", 3).At("lines[0].quantity"),
		"/wrapped":  fmt.Errorf("place: %w", errShort),
		"/broken":   errors.New("dial postgres://root:hunter2@db: refused"),
		"/deadline": fmt.Errorf("query: %w", context.DeadlineExceeded),
		"/unknown":  fmt.Errorf("write: %w", db.ErrCommitUnknown),
		"/full":     fmt.Errorf("write: %w", db.ErrFull),
	}
	for path, err := range fail {
		edge.Register(api, huma.Operation{OperationID: path[1:], Method: http.MethodGet, Path: path}, func(context.Context, *struct{}) (*echoOut, error) { return nil, err })
	}
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("the secret is hunter2") })
	mux.HandleFunc("GET /half", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half of ")
		_ = http.NewResponseController(w).Flush()
		panic("then it broke")
	})
	mux.HandleFunc("GET /abort", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half of ")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /ip", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, edge.RequestOf(r.Context()).IP) })
	mux.HandleFunc("POST /raw/pictures", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v", n, err)
	})
	s := &site{t: t}
	s.guard = &edge.Guard{Log: slog.New(slog.NewTextHandler(s, nil)), Now: time.Now, MaxBody: 1000, BigBodies: map[string]int64{"/pictures": 5000}, Metrics: metrics.NewSet()}
	server := httptest.NewServer(s.guard.Wrap(mux))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

type reply struct {
	code   int
	header http.Header
	body   string
	err    error // of reading the body
}

func (r reply) problem(t *testing.T) (p edge.Problem) {
	t.Helper()
	if r.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d %s is no problem document: %s", r.code, r.header.Get("Content-Type"), r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != r.code || p.RequestID == "" || p.RequestID != r.header.Get("X-Request-Id") || p.Code == "" || p.Title == "" || p.Type != "about:blank" {
		t.Errorf("%d %v is not a whole problem: %s", r.code, r.header, r.body)
	}
	return p
}

func (s *site) do(method, path, body string, header ...string) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(raw), err}
}

func TestErrorsBecomeProblems(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]struct {
		code   int
		stable string
	}{"/short": {409, "inventory.short"}, "/wrapped": {409, "inventory.short"}, "/broken": {500, "internal"}, "/deadline": {503, "try_again"}, "/unknown": {503, "try_again"}, "/full": {503, "storage.full"}} {
		r := s.do("GET", path, "")
		if p := r.problem(t); r.code != want.code || p.Code != want.stable {
			t.Errorf("%s: %d %s", path, r.code, r.body)
		}
		if strings.Contains(r.body, "hunter2") || strings.Contains(r.body, "postgres") {
			t.Errorf("%s tells a secret: %s", path, r.body)
		}
	}
	p := s.do("GET", "/short", "").problem(t)
	if p.Params["available"] != 3.0 || len(p.Errors) != 1 || p.Errors[0].Field != "lines[0].quantity" || p.Errors[0].Message != "库存不足" {
		t.Errorf("facts and fields: %+v", p)
	}
	if !strings.Contains(s.logged(), "hunter2") {
		t.Error("the cause of a 500 is not in the log")
	}
}

func TestLanguageOfProblems(t *testing.T) {
	s := newSite(t)
	for lang, want := range map[string]string{"": "库存不足", "zh-CN,zh;q=0.9,en;q=0.8": "库存不足", "en": "Not enough in stock", "en-GB,en;q=0.9,zh;q=0.8": "Not enough in stock", "fr": "库存不足", "EN-us": "Not enough in stock"} {
		if p := s.do("GET", "/short", "", "Accept-Language", lang).problem(t); p.Title != want {
			t.Errorf("%q: %s", lang, p.Title)
		}
	}
}

func TestRefusalsOfTheFrameworkAreProblems(t *testing.T) {
	s := newSite(t)
	json := []string{"Content-Type", "application/json"}
	for name, c := range map[string]struct {
		path, body string
		header     []string
		code       int
		stable     string
		field      string
	}{
		"half a document": {"/echo", `{"name":`, json, 400, "input.malformed", ""},
		"not JSON":        {"/echo", `name=x`, json, 400, "input.malformed", ""},
		"nothing":         {"/echo", ``, json, 400, "input.malformed", ""},
		"a wrong type":    {"/echo", `{"name":7}`, json, 422, "input.invalid", "name"},
		"an unknown name": {"/echo", `{"name":"x","price":1}`, json, 422, "input.invalid", "price"},
		"a missing field": {"/echo", `{}`, json, 422, "input.invalid", "body"},
		"too long":        {"/echo", `{"name":"12345678901"}`, json, 422, "input.invalid", "name"},
		"a huge number":   {"/echo", `{"name":"x","count":1e40}`, json, 422, "input.invalid", ""},
		"out of range":    {"/echo?limit=11", `{"name":"x"}`, json, 422, "input.invalid", "query.limit"},
		"no number":       {"/echo?limit=x", `{"name":"x"}`, json, 422, "input.invalid", "query.limit"},
		"another type":    {"/echo", `<a/>`, []string{"Content-Type", "text/xml"}, 415, "input.media_type", ""},
		"too large":       {"/echo", `{"name":"` + strings.Repeat("x", 2000) + `"}`, json, 413, "input.too_large", ""},
		"a NUL":           {"/echo", `{"name":"a\u0000b"}`, json, 400, "input.malformed", ""},
		"a NUL asked for": {"/echo?q=a%00b", `{"name":"x"}`, json, 400, "input.text", ""},
		"no UTF-8":        {"/echo?q=%ff%fe", `{"name":"x"}`, json, 400, "input.text", ""},
	} {
		for _, lang := range []string{"zh", "en"} {
			r := s.do("POST", c.path, c.body, append(append([]string{}, c.header...), "Accept-Language", lang)...)
			p := r.problem(t)
			if r.code != c.code || p.Code != c.stable || (lang == "zh") != strings.ContainsFunc(p.Title, func(r rune) bool { return r > 0x2E80 }) {
				t.Errorf("%s in %s: %d %s", name, lang, r.code, r.body)
			}
			if c.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != c.field) {
				t.Errorf("%s: the wrong field is not named %q: %s", name, c.field, r.body)
			}
		}
	}
	if r := s.do("POST", "/echo?q=%E8%8C%B6&z=100%", `{"name":"茶\\u0000"}`, json...); r.code != 200 || !strings.Contains(r.body, "茶") {
		t.Errorf("plain text was refused: %d %s", r.code, r.body)
	}
}

func TestPanics(t *testing.T) {
	s := newSite(t)
	r := s.do("GET", "/panic", "")
	if p := r.problem(t); r.code != 500 || p.Code != "internal" || strings.Contains(r.body, "hunter2") {
		t.Errorf("%d %s", r.code, r.body)
	}
	if log := s.logged(); !strings.Contains(log, "hunter2") || !strings.Contains(log, r.header.Get("X-Request-Id")) || !strings.Contains(log, "edge_test.go") {
		t.Errorf("the log says too little: %s", log)
	}
	// Half an answer must not look like a whole one.
	for _, path := range []string{"/half", "/abort"} {
		if r := s.do("GET", path, ""); r.err == nil {
			t.Errorf("%s arrived as if it were whole: %d %q", path, r.code, r.body)
		}
	}
	if r := s.do("GET", "/silent", ""); r.code != 200 {
		t.Errorf("a handler that writes nothing: %d", r.code)
	}
	var b bytes.Buffer
	s.guard.Metrics.WritePrometheus(&b)
	if strings.Contains(b.String(), `code="0xx"`) || !strings.Contains(b.String(), `shuke_http_requests_total{area="page",code="5xx"} 1`) {
		t.Errorf("metrics:\n%s", b.String())
	}
}

func TestBodiesHaveLimits(t *testing.T) {
	s := newSite(t)
	if r := s.do("POST", "/raw/pictures", strings.Repeat("x", 5000)); r.body != "5000 <nil>" {
		t.Errorf("a large body where it is allowed: %s", r.body)
	}
	if r := s.do("POST", "/raw/pictures", strings.Repeat("x", 5001)); !strings.Contains(r.body, "5000 http: request body too large") {
		t.Errorf("a larger one: %s", r.body)
	}
}

func TestRequestIDs(t *testing.T) {
	s := newSite(t)
	if got := s.do("GET", "/silent", "", "X-Request-Id", "abcdefgh-1").header.Get("X-Request-Id"); got != "abcdefgh-1" {
		t.Errorf("a proxy's id became %q", got)
	}
	seen := map[string]bool{}
	for _, in := range []string{"", "short", strings.Repeat("x", 65), `quote"quote`, "with space", "中文中文中文"} {
		got := s.do("GET", "/silent", "", "X-Request-Id", in).header.Get("X-Request-Id")
		if got == in || len(got) != 16 || seen[got] {
			t.Errorf("%q → %q", in, got)
		}
		seen[got] = true
	}
}

// TestSomebodyWhoHungUpIsNoFailure: a page that was closed leaves no error in the log.
func TestSomebodyWhoHungUpIsNoFailure(t *testing.T) {
	ctx, hangUp := context.WithCancel(context.Background())
	err := fmt.Errorf("read the order: %w", context.Canceled)
	if p := edge.ProblemOf(ctx, err); p.Status != 500 {
		t.Errorf("a cancellation of our own, with the asker still there, is a failure: %d %s", p.Status, p.Code)
	}
	hangUp()
	if p := edge.ProblemOf(ctx, err); p.Status != 499 || p.Code != "canceled" {
		t.Errorf("after hanging up: %d %s", p.Status, p.Code)
	}
	if p := edge.ProblemOf(ctx, errors.New("disk on fire")); p.Status != 500 {
		t.Errorf("a failure stays one, read or not: %d %s", p.Status, p.Code)
	}
}

func TestClientAddress(t *testing.T) {
	s := newSite(t)
	forged := []string{"X-Forwarded-For", "9.9.9.9, 203.0.113.7"}
	if got := s.do("GET", "/ip", "", forged...).body; got != "127.0.0.1" {
		t.Errorf("the header is believed without a proxy: %s", got)
	}
	s.guard.TrustProxy = true
	for header, want := range map[string]string{"9.9.9.9, 203.0.113.7": "203.0.113.7", "203.0.113.7": "203.0.113.7", "nonsense": "127.0.0.1", "9.9.9.9, ": "127.0.0.1", "2001:db8::1": "2001:db8::1"} {
		if got := s.do("GET", "/ip", "", "X-Forwarded-For", header).body; got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	long := &fstest.MapFile{Data: []byte("plain")}
	st := &edge.Static{Immutable: "assets", Files: fstest.MapFS{"index.html": long, "assets/a-1.js": long, "assets/a-1.js.br": {Data: []byte("BR")}, "assets/a-1.js.gz": {Data: []byte("GZ")},
		"assets/b-2.css": long, "assets/b-2.css.gz": {Data: []byte("GZ")}, "assets/c.weird": long}}
	get := func(path, accept string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", accept)
		st.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct{ path, accept, body, encoding string }{
		{"/assets/a-1.js", "gzip, deflate, br", "BR", "br"}, {"/assets/a-1.js", "gzip", "GZ", "gzip"}, {"/assets/a-1.js", "", "plain", ""},
		{"/assets/a-1.js", "br;q=0, gzip;q=0.5", "GZ", "gzip"}, {"/assets/a-1.js", "br;q=0.0,gzip; q=0", "plain", ""}, {"/assets/a-1.js", "brrr", "plain", ""},
		{"/assets/b-2.css", "br, gzip", "GZ", "gzip"}, {"/assets/c.weird", "br", "plain", ""},
	} {
		w := get(c.path, c.accept)
		if w.Code != 200 || w.Body.String() != c.body || w.Header().Get("Content-Encoding") != c.encoding || w.Header().Get("Vary") != "Accept-Encoding" ||
			w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("Content-Type") == "" {
			t.Errorf("%s for %q: %d %s %v", c.path, c.accept, w.Code, w.Body, w.Header())
		}
	}
	if w := get("/index.html", "br"); w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("the page itself would be kept: %v", w.Header())
	}
	for _, path := range []string{"/", "/assets", "/assets/", "/nothing.js", "/../secret", "/assets/..%2f..%2fgo.mod", "/assets/a-1.js/x"} {
		if w := get(path, ""); w.Code != 404 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
