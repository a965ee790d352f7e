package app_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/platform/config"
)

// A request that is under way when the process is told to end is answered as if
// nothing had happened; the next one is not taken.
func TestWhatIsUnderWayIsFinished(t *testing.T) {
	cfg, err := config.Load("", nil)
	must(t, err)
	cfg.Data.Dir = t.TempDir()
	h, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.ServeOn(run, ln, func(string) {}) }()

	// The body comes in two halves, the signal between them.
	body := `{"login":"nobody","password":"a-wrong-password"}`
	line, err := net.Dial("tcp", ln.Addr().String())
	must(t, err)
	defer func() { _ = line.Close() }()
	send := func(s string) {
		_, err := io.WriteString(line, s)
		must(t, err)
	}
	send("POST /api/console/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 48\r\n\r\n")
	if len(body) != 48 {
		t.Fatal(len(body))
	}
	in := bufio.NewReader(line)
	// The server asks for the body when its handler reads: then the request is under way.
	if first, err := in.ReadString('\n'); err != nil || !strings.Contains(first, "100 Continue") {
		t.Fatalf("%q %v", first, err)
	}
	_, err = in.ReadString('\n')
	must(t, err)
	send(body[:20])
	stop()
	time.Sleep(100 * time.Millisecond)
	send(body[20:])
	res, err := http.ReadResponse(in, nil)
	must(t, err)
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(string(text), "staff.login_wrong") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	must(t, <-done)
	must(t, h.Close())
	if c, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("it still listens")
	}
}

// A stream to an open page does not hold the process back.
func TestStreamsEndWithTheServer(t *testing.T) {
	cfg, err := config.Load("", nil)
	must(t, err)
	cfg.Data.Dir = t.TempDir()
	h := &house{t: t}
	h.House, err = app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h.url = "http://" + ln.Addr().String()
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.ServeOn(run, ln, func(string) {}) }()
	s, owner := h.shopFront("tea")
	c := h.as(owner)
	req, err := http.NewRequest(http.MethodGet, h.url+"/api/console/shops/"+s.ID.String()+"/events", nil)
	must(t, err)
	req.Header = c.header
	res, err := c.client.Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	beat, err := bufio.NewReader(res.Body).ReadString('\n')
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d %q %v", res.StatusCode, beat, err)
	}
	began := time.Now()
	stop()
	must(t, <-done)
	if took := time.Since(began); took > cfg.Server.ShutdownGrace/2 {
		t.Errorf("ending took %s", took)
	}
	must(t, h.House.Close())
}

// Without a service account the login says so; it does not lead nowhere.
func TestLoginWithoutAnAccountSaysSo(t *testing.T) {
	cfg, err := config.Load("", nil)
	must(t, err)
	cfg.Data.Dir = t.TempDir()
	h, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	handler := h.Handler()
	for _, path := range []string{"/auth/wechat?return=/orders", "/auth/wechat/callback?code=x&state=y"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "wechat.not_configured") {
			t.Errorf("%s: %d %.200s", path, w.Code, w.Body)
		}
	}
	must(t, h.Close())
}
