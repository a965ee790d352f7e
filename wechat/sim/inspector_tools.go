package sim

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

func (s *Server) inspectorRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /log", s.apiLog)
	s.handle(mux, "DELETE /log", func(*http.Request) (any, error) { s.inspect.clear(); return nil, nil })
	s.handle(mux, "POST /log/pause", func(r *http.Request) (any, error) {
		var in struct {
			Paused bool `json:"paused"`
		}
		if err := readControl(r, &in); err != nil {
			return nil, err
		}
		s.inspect.pause(in.Paused)
		return map[string]bool{"paused": in.Paused}, nil
	})
	s.handle(mux, "GET /log/{seq}", func(r *http.Request) (any, error) {
		e, err := s.logged(r)
		if err != nil {
			return nil, err
		}
		return s.viewEntry(e), nil
	})
	s.handle(mux, "POST /log/{seq}/replay", s.apiReplay)
	s.handle(mux, "GET /log.har", func(r *http.Request) (any, error) {
		q := logQuery(r, keptEntries)
		entries, _ := s.inspect.search(q)
		slices.Reverse(entries)
		return har(entries), nil
	})
}

func logQuery(r *http.Request, most int) query {
	q := r.URL.Query()
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64)
	limit := limitOf(q.Get("limit"), most)
	if q.Get("limit") == "" && most == keptEntries {
		limit = most
	}
	return query{text: q.Get("q"), kind: q.Get("kind"), verdict: q.Get("verdict"), person: q.Get("person"), appID: q.Get("appid"), mchID: q.Get("mchid"),
		method: q.Get("method"), path: q.Get("path"), before: before, limit: limit}
}

func (s *Server) apiLog(r *http.Request) (any, error) {
	entries, more := s.inspect.search(logQuery(r, 500))
	return map[string]any{"entries": entries, "more": more, "paused": s.inspect.isPaused()}, nil
}

func (s *Server) logged(r *http.Request) (*entry, error) {
	seq, _ := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	e := s.inspect.get(seq)
	if e == nil {
		return nil, missing("log entry " + r.PathValue("seq"))
	}
	return e, nil
}

// decrypted is the inside of an encrypted notice or push, empty when there is none.
func (s *Server) decrypted(e *entry) string {
	s.mu.Lock()
	var key string
	var box *wxcrypt.Cipher
	if m := s.world.merchants[e.MchID]; m != nil {
		key = m.APIv3Key
	}
	if a := s.world.accounts[e.AppID]; a != nil && e.Kind == "push" {
		box, _ = wxcrypt.NewCipher(a.AESKey, a.AppID)
	}
	s.mu.Unlock()
	switch {
	case e.Kind == "notify" && key != "":
		var in struct {
			Resource struct {
				Nonce      string `json:"nonce"`
				Data       string `json:"associated_data"`
				Ciphertext string `json:"ciphertext"`
			} `json:"resource"`
		}
		if json.Unmarshal(e.request.body, &in) != nil {
			return ""
		}
		plain, err := paycrypt.Open(key, in.Resource.Nonce, in.Resource.Data, in.Resource.Ciphertext)
		if err != nil {
			return ""
		}
		return string(plain)
	case box != nil:
		var in struct {
			Encrypt string `xml:"Encrypt"`
		}
		if xml.Unmarshal(e.request.body, &in) != nil || in.Encrypt == "" {
			return ""
		}
		plain, err := box.Decrypt(in.Encrypt)
		if err != nil {
			return ""
		}
		return string(plain)
	}
	return ""
}

type replayKey struct{}

// replayed is how a call that is sent again tells the seq of its new entry.
type replayed struct{ of, seq int64 }

// apiReplay sends an exchange again, byte for byte: a request to the simulator, a push or notice to the developer.
func (s *Server) apiReplay(r *http.Request) (any, error) {
	e, err := s.logged(r)
	if err != nil {
		return nil, err
	}
	switch {
	case e.request.cut || len(e.request.body) == keptBody:
		return nil, refuse(http.StatusConflict, "replay.cut", "请求体太长，没有完整保存，无法重放", "the body was too long to be kept whole")
	case e.request.header == nil:
		return nil, refuse(http.StatusConflict, "replay.kind", "这条记录不是可以重放的请求", "this entry is no request that could be sent again")
	case e.Kind == "push" || e.Kind == "notify":
		return s.resend(r.Context(), e)
	}
	done := &replayed{of: e.Seq}
	req, err := http.NewRequestWithContext(context.WithValue(r.Context(), replayKey{}, done), e.Method, e.address(), bytes.NewReader(e.request.body))
	if err != nil {
		return nil, bad("replay.request", "请求无法重放", err.Error())
	}
	req.Header, req.RequestURI, req.RemoteAddr = e.request.header.Clone(), e.Path, r.RemoteAddr
	if e.TLS {
		req.TLS = &tls.ConnectionState{}
	}
	req.URL = &url.URL{Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery}
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	s.serveAgain(rec, req)
	return map[string]int64{"seq": done.seq}, nil
}

// serveAgain serves a request from inside; a fault that cuts the connection ends here.
func (s *Server) serveAgain(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
	}()
	s.ServeHTTP(w, r)
}

func (s *Server) resend(ctx context.Context, e *entry) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, callbackDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, e.Method, e.address(), bytes.NewReader(e.request.body))
	if err != nil {
		return nil, bad("replay.request", "请求无法重放", err.Error())
	}
	req.Header = e.request.header.Clone()
	again := &entry{Kind: e.Kind, Method: e.Method, Host: e.Host, Path: e.Path, Person: e.Person, AppID: e.AppID, MchID: e.MchID, Replay: e.Seq, started: time.Now(), signString: e.signString}
	_, _ = s.exchange(req, e.request.body, again) // what comes of it stands in the entry
	s.note(again)
	return map[string]int64{"seq": again.Seq}, nil
}

// curl is a command line that sends the request again.
func (e *entry) curl() string {
	quote := func(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
	var b strings.Builder
	fmt.Fprintf(&b, "curl -X %s %s", e.Method, quote(e.address()))
	for _, name := range slices.Sorted(maps.Keys(e.request.header)) {
		if name == "Content-Length" || name == "Accept-Encoding" || name == "Connection" {
			continue
		}
		for _, value := range e.request.header[name] {
			b.WriteString(" \\\n  -H " + quote(name+": "+value))
		}
	}
	if len(e.request.body) > 0 {
		b.WriteString(" \\\n  --data-raw " + quote(e.request.text()))
	}
	return b.String()
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func harHeaders(h http.Header) []harPair {
	list := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			list = append(list, harPair{name, value})
		}
	}
	return list
}

// har writes entries as an HTTP Archive 1.2.
func har(entries []*entry) map[string]any {
	list := make([]any, 0, len(entries))
	for _, e := range entries {
		address := e.address()
		pairs := []harPair{}
		if u, err := url.Parse(address); err == nil {
			for name, values := range u.Query() {
				for _, value := range values {
					pairs = append(pairs, harPair{name, value})
				}
			}
		}
		slices.SortFunc(pairs, func(a, b harPair) int { return strings.Compare(a.Name, b.Name) })
		request := map[string]any{"method": e.Method, "url": address, "httpVersion": "HTTP/1.1", "cookies": []any{}, "headers": harHeaders(e.request.header), "queryString": pairs,
			"headersSize": -1, "bodySize": len(e.request.body)}
		if len(e.request.body) > 0 {
			request["postData"] = map[string]any{"mimeType": e.request.header.Get("Content-Type"), "text": e.request.text()}
		}
		response := map[string]any{"status": e.Status, "statusText": http.StatusText(e.Status), "httpVersion": "HTTP/1.1", "cookies": []any{}, "headers": harHeaders(e.response.header),
			"content":     map[string]any{"size": len(e.response.body), "mimeType": e.response.header.Get("Content-Type"), "text": e.response.text()},
			"redirectURL": e.response.header.Get("Location"), "headersSize": -1, "bodySize": len(e.response.body)}
		list = append(list, map[string]any{"startedDateTime": e.Time.Format(time.RFC3339Nano), "time": e.MS, "request": request, "response": response, "cache": map[string]any{},
			"timings": map[string]any{"send": 0, "wait": e.MS, "receive": 0}, "comment": strings.TrimSpace(e.Kind + " " + e.Verdict + " " + e.Reason)})
	}
	return map[string]any{"log": map[string]any{"version": "1.2", "creator": map[string]string{"name": "pocket WeChat", "version": "1"}, "entries": list}}
}
