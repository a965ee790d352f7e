package official

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testAppID  = "wx0123456789abcdef"
	testSecret = "0123456789abcdef0123456789abcdef"
)

// wechat is api.weixin.qq.com on a real socket: it hands out stable tokens and
// refuses calls with any other.
type wechat struct {
	t   testing.TB
	srv *httptest.Server

	mu      sync.Mutex
	now     time.Time
	token   string
	until   time.Time // end of token
	serial  int       // of tokens
	normal  int       // token requests
	forced  int
	tickets int
	fault   int           // errcode of token requests, 0: well
	delay   time.Duration // of token requests
	sticky  bool          // hands out token again although calls with it fail
	refused bool          // refuses calls with the present token until it changes
	calls   []string      // "METHOD uri-without-token body"
	answer  func(w http.ResponseWriter, r *http.Request, body string)
}

func newWechat(t testing.TB) *wechat {
	s := &wechat{t: t, now: time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)}
	s.srv = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.srv.Close)
	return s
}

func (s *wechat) client(change ...func(*Config)) *Client {
	s.t.Helper()
	cfg := Config{AppID: testAppID, Secret: testSecret, Token: "token123", BaseURL: s.srv.URL, Now: s.clock}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *wechat) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *wechat) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// count reads a field safely.
func (s *wechat) count(n *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *n
}

func (s *wechat) says(text string) {
	s.set(func() {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, text) }
	})
}

func (s *wechat) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// freshen makes a new token when the old one is forced out or near its end.
func (s *wechat) freshen(force bool) {
	if s.token == "" || force || s.until.Sub(s.now) <= 5*time.Minute {
		s.serial++
		s.token = fmt.Sprintf("TOKEN-%d", s.serial)
		s.until = s.now.Add(7200 * time.Second)
		s.refused = false
	}
}

func (s *wechat) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	body := string(raw)
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	if r.URL.Path == "/cgi-bin/stable_token" {
		s.serveToken(w, body)
		return
	}
	s.mu.Lock()
	query := r.URL.Query()
	token := query.Get("access_token")
	query.Del("access_token")
	s.calls = append(s.calls, strings.TrimSpace(r.Method+" "+r.URL.Path+"?"+query.Encode()+" "+body))
	good := strings.HasPrefix(r.URL.Path, "/sns/") || (token == s.token && !s.refused && s.now.Before(s.until))
	answer := s.answer
	if r.URL.Path == "/cgi-bin/ticket/getticket" && good {
		s.tickets++
	}
	s.mu.Unlock()
	switch {
	case !good:
		_, _ = io.WriteString(w, `{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest rid: 68d49773-32044106-7794eb1b"}`)
	case r.URL.Path == "/cgi-bin/ticket/getticket":
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","ticket":"TICKET","expires_in":7200}`)
	case answer != nil:
		answer(w, r, body)
	default:
		s.t.Errorf("unexpected %s %s", r.Method, r.URL)
	}
}

func (s *wechat) serveToken(w http.ResponseWriter, body string) {
	var in struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	if json.Unmarshal([]byte(body), &in) != nil || in.Grant != "client_credential" || in.AppID != testAppID || in.Secret != testSecret {
		s.t.Errorf("token request %s", body)
	}
	s.mu.Lock()
	delay := s.delay
	s.mu.Unlock()
	time.Sleep(delay)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != 0 {
		s.normal++
		_, _ = fmt.Fprintf(w, `{"errcode":%d,"errmsg":"system busy rid: 1-2-3"}`, s.fault)
		return
	}
	if in.Force {
		s.forced++
	} else {
		s.normal++
	}
	s.freshen(in.Force || (s.refused && !s.sticky))
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"expires_in":%d}`, s.token, int(s.until.Sub(s.now).Seconds()))
}

const ok = `{"errcode":0,"errmsg":"ok"}`
