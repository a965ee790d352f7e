package sim

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// call is one request to WeChat's servers. Handlers leave the answer in it; serveCall sends it, so that a fault may
// hold it back after the work is done.
type call struct {
	s     *Server
	r     *http.Request
	body  []byte
	entry *entry

	app *account // of the access token, for /cgi-bin
	mch *merchant
	key string // key mode of the merchant
	v2  *v2Call

	mchKey *rsa.PublicKey // of the certificate the caller signed with

	lists bool // the answer is the list of platform certificates

	corp  *company // of the access token, for WeCom
	agent CorpApp  // of the access token, as it was when the call came

	members map[string]any // a v3 body, after strict

	place where         // what a fault is chosen by; empty when none is armed
	asked []Fault       // outcomes this request asked for by its header
	skew  time.Duration // the answer's timestamp is off by this

	status   int
	header   http.Header
	out      []byte
	stream   func(io.Writer) error // writes a body too long to hold, instead of out
	unsigned bool                  // WeChat Pay does not sign this answer
}

// serveCall makes a handler of f, with inspector and faults around it. kind is api or pay.
func (s *Server) serveCall(kind string, limit int64, f func(*call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, r: r, status: http.StatusOK, header: http.Header{}}
		c.entry = &entry{Time: s.Clock.Now(), started: time.Now(), Kind: kind, Method: r.Method, Host: r.Host, TLS: r.TLS != nil, Path: r.URL.RequestURI(), Verdict: "ok"}
		again, isReplay := r.Context().Value(replayKey{}).(*replayed)
		if isReplay {
			c.entry.Replay = again.of
			defer func() { again.seq = c.entry.Seq }()
		}
		if !c.read(w, limit) {
			c.finish(w)
			return
		}
		s.gate.RLock()
		defer s.gate.RUnlock()
		fault, ok := c.befall()
		switch {
		case !ok:
		case fault != nil && fault.answers():
			c.failOnPurpose(fault)
		default:
			c.before(w, fault)
			f(c)
		}
		if kind == "pay" {
			c.sign()
		}
		c.after(w, fault)
		c.finish(w)
	}
}

func (c *call) read(w http.ResponseWriter, limit int64) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, c.r.Body, limit))
	c.body = body
	c.entry.request = exchange{header: c.r.Header, body: keep(body), cut: len(body) > keptBody}
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		c.status, c.out = http.StatusRequestEntityTooLarge, []byte(`{"code":"PARAM_ERROR","errcode":40006,"errmsg":"request body is too large","message":"请求体过大"}`)
		c.refused("the body is larger than %d bytes", limit)
		return false
	}
	return err == nil
}

func pause(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

// drop records why and cuts the connection.
func (c *call) drop(w http.ResponseWriter, reason string) {
	c.entry.Verdict, c.entry.Reason = "failed", reason
	c.record(0)
	panic(http.ErrAbortHandler)
}

func (c *call) finish(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range c.header {
		h[name] = values
	}
	if h.Get("Content-Type") == "" && len(c.out) > 0 {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(c.status)
	if c.stream != nil {
		c.streamOut(w)
	}
	w.Write(c.out)
	c.record(c.status)
}

// streamOut sends a long body and notes its length for the inspector.
func (c *call) streamOut(w io.Writer) {
	count := &counter{w: w}
	if err := c.stream(count); err != nil {
		c.entry.Verdict, c.entry.Reason = "failed", "the body was not sent whole: "+err.Error()
		return
	}
	c.entry.Reason = fmt.Sprintf("%d bytes were streamed", count.n)
}

type counter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (c *call) record(status int) {
	c.entry.Status = status
	c.entry.MS = time.Since(c.entry.started).Milliseconds()
	c.entry.response = exchange{header: c.header, body: keep(c.out)}
	c.s.inspect.add(c.entry)
}

// refused notes for the inspector why WeChat said no.
func (c *call) refused(format string, args ...any) {
	c.entry.Verdict = "refused"
	if reason := fmt.Sprintf(format, args...); reason != "" {
		c.entry.Reason = reason
	}
}

// deny refuses an official-account or WeCom call with an errcode and tells the inspector precisely why.
func (c *call) deny(code int, text, format string, args ...any) {
	c.fail(code, text)
	c.refused("%d %s: %s", code, text, fmt.Sprintf(format, args...))
}

// ok answers an official-account call.
func (c *call) ok(v any) {
	out, err := encode(v)
	if err != nil {
		c.fail(-1, "system error")
		return
	}
	c.out = out
}

type apiError struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

var apiOK = apiError{0, "ok"}

// fail answers an official-account or WeCom call with an errcode (HTTP 200; rid or WeCom's hint at the end).
func (c *call) fail(code int, text string) {
	if c.entry.Kind == "work" {
		c.out, _ = encode(apiError{code, text + c.workTail(code)})
		c.refused("%d %s", code, text)
		return
	}
	rid := fmt.Sprintf("%08x-%s-%s", c.s.Now().Unix()&0xffffffff, strings.ToLower(c.s.hex(4)), strings.ToLower(c.s.hex(4)))
	c.out, _ = encode(apiError{code, text + " rid: " + rid})
	c.refused("%d %s", code, text)
	if c.app != nil {
		c.s.ridMu.Lock()
		c.s.world.official.rids.remember(rid, ridEntry{c.app.AppID, c.entry, string(keep(c.body)), string(c.out), c.callerIP(), c.s.Clock.Now()})
		c.s.ridMu.Unlock()
	}
}

// json decodes the body of an official-account call; on failure it has answered.
func (c *call) json(v any) bool {
	if len(c.body) == 0 {
		c.fail(44002, "empty post data")
		return false
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		c.deny(47001, "data format error", "the body is not the JSON of this call: %v", err)
		return false
	}
	return true
}

// either is the method of a call that is documented as a GET and that SDKs in wide use make with POST.
const either = "GET or POST"

// method checks the HTTP method of an official-account call.
func (c *call) method(want string) bool {
	if c.r.Method == want || want == either && (c.r.Method == http.MethodGet || c.r.Method == http.MethodPost) {
		return true
	}
	if want == http.MethodGet {
		c.fail(43001, "require GET method")
	} else {
		c.fail(43002, "require POST method")
	}
	return false
}

// callerIP is the address the request came from.
func (c *call) callerIP() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return c.r.RemoteAddr
	}
	return host
}
