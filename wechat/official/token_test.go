package official

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func send(c *Client) error {
	return c.SendCustom(context.Background(), "o1", TextMessage{Content: "你好"}, "")
}

func together(n int, f func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(f)
	}
	wg.Wait()
}

func TestTokenSingleFlight(t *testing.T) {
	s := newWechat(t)
	s.says(ok)
	s.set(func() { s.delay = 50 * time.Millisecond })
	c := s.client()
	together(100, func() {
		if err := send(c); err != nil {
			t.Error(err)
		}
	})
	if n := s.count(&s.normal); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

// The server turns the token invalid while 100 calls are made: one new token.
func TestTokenInvalidated(t *testing.T) {
	for _, sticky := range []bool{false, true} {
		s := newWechat(t)
		s.says(ok)
		c := s.client()
		if err := send(c); err != nil {
			t.Fatal(err)
		}
		s.set(func() { s.refused, s.sticky, s.delay = true, sticky, 20*time.Millisecond })
		together(100, func() {
			if err := send(c); err != nil {
				t.Error(err)
			}
		})
		wantForced := 0
		if sticky { // WeChat handed out the refused token again: forced once
			wantForced = 1
		}
		if n, f := s.count(&s.normal), s.count(&s.forced); n != 2 || f != wantForced {
			t.Errorf("sticky %t: %d token requests and %d forced, want 2 and %d", sticky, n, f, wantForced)
		}
	}
}

func TestRetryOnceOnly(t *testing.T) {
	for _, code := range []string{"40001", "40014", "42001"} {
		s := newWechat(t)
		s.says(`{"errcode":` + code + `,"errmsg":"no rid: a-b-c"}`)
		err := send(s.client())
		var e *APIError
		if !errors.As(err, &e) || !IsTokenInvalid(err) || e.RID != "a-b-c" {
			t.Errorf("%s: got %v", code, err)
		}
		if n := len(s.seen()); n != 2 {
			t.Errorf("%s: %d calls, want 2", code, n)
		}
	}
	s := newWechat(t)
	s.says(`{"errcode":45009,"errmsg":"reach max api daily quota limit rid: x"}`)
	if err := send(s.client()); !IsRateLimited(err) || !IsDayQuota(err) || IsRetryable(err) || len(s.seen()) != 1 {
		t.Errorf("quota: %v after %d calls", err, len(s.seen()))
	}
}

func TestEarlyRefresh(t *testing.T) {
	s := newWechat(t)
	s.says(ok)
	c := s.client()
	steps := []struct {
		pass time.Duration
		want int // tokens requested so far
	}{
		{0, 1}, {time.Hour, 1}, {54 * time.Minute, 1}, // 6 min left
		{90 * time.Second, 2}, {time.Hour, 2}, // 4.5 min left: renewed
	}
	for _, k := range steps {
		s.set(func() { s.now = s.now.Add(k.pass) })
		if err := send(c); err != nil {
			t.Fatal(err)
		}
		if n := s.count(&s.normal); n != k.want {
			t.Errorf("after %s: %d token requests, want %d", k.pass, n, k.want)
		}
	}
}

// A renewal that fails does not stop calls while the old token lives, and is not
// tried again with every call.
func TestRefreshFailsWhileOldLives(t *testing.T) {
	s := newWechat(t)
	s.says(ok)
	c := s.client()
	if err := send(c); err != nil {
		t.Fatal(err)
	}
	s.set(func() { s.now = s.now.Add(117 * time.Minute); s.fault = -1 })
	for range 10 {
		if err := send(c); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.count(&s.normal); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
	s.set(func() { s.now = s.now.Add(3 * time.Minute) })
	if err := send(c); !IsBusy(err) || !IsRetryable(err) {
		t.Errorf("after its end: %v", err)
	}
}

func TestCallerGivesUp(t *testing.T) {
	s := newWechat(t)
	s.says(ok)
	s.set(func() { s.delay = 200 * time.Millisecond })
	c := s.client()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.AccessToken(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if token, err := c.AccessToken(context.Background()); err != nil || token != "TOKEN-1" {
		t.Errorf("the other caller got %q, %v", token, err)
	}
}

// Two processes with one store share one token, also after it was refused.
func TestSharedStore(t *testing.T) {
	s := newWechat(t)
	s.says(ok)
	store := NewMemoryStore()
	shared := func(cfg *Config) { cfg.TokenStore = store }
	a, b := s.client(shared), s.client(shared)
	for _, c := range []*Client{a, b} {
		if err := send(c); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.count(&s.normal); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	s.set(func() { s.refused = true })
	for _, c := range []*Client{a, b} {
		if err := send(c); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.count(&s.normal); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
}

// A store that fails costs a request, not the call.
type brokenStore struct{}

func (brokenStore) Load(context.Context, string) (Credential, error) {
	return Credential{}, errors.New("store is down")
}
func (brokenStore) Save(context.Context, string, Credential) error {
	return errors.New("store is down")
}

func TestBrokenStore(t *testing.T) {
	s := newWechat(t)
	s.says(ok)
	if err := send(s.client(func(cfg *Config) { cfg.TokenStore = brokenStore{} })); err != nil {
		t.Error(err)
	}
}

func TestErrorsHideSecrets(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	s.srv.Close()
	_, e1 := c.AccessToken(context.Background())
	_, e2 := c.ExchangeCode(context.Background(), "CODE")
	for _, err := range []error{e1, e2} {
		if err == nil || strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), "CODE") {
			t.Errorf("got %v", err)
		}
	}
}

func TestTicket(t *testing.T) {
	s := newWechat(t)
	c := s.client()
	together(100, func() {
		got, err := c.SignJS(context.Background(), "https://shop.example/p/1?from=singlemessage#top")
		want := jsSignature("TICKET", got.NonceStr, s.clock().Unix(), "https://shop.example/p/1?from=singlemessage")
		if err != nil || got.Signature != want || got.AppID != testAppID || len(got.NonceStr) != 16 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	if n := s.count(&s.tickets); n != 1 {
		t.Errorf("%d ticket requests, want 1", n)
	}
	s.set(func() { s.now = s.now.Add(2 * time.Hour) })
	if _, err := c.SignJS(context.Background(), "https://shop.example/"); err != nil || s.count(&s.tickets) != 2 {
		t.Errorf("after two hours: %v, %d ticket requests", err, s.count(&s.tickets))
	}
}

// A refusal of the old token that comes late does not throw the new one away.
func TestLateRefusal(t *testing.T) {
	s := newWechat(t)
	s.says(ok)
	c := s.client(func(cfg *Config) { cfg.TokenStore = brokenStore{} })
	if err := send(c); err != nil {
		t.Fatal(err)
	}
	s.set(func() { s.refused = true })
	if err := send(c); err != nil {
		t.Fatal(err)
	}
	c.token.reject("TOKEN-1")
	if err := send(c); err != nil {
		t.Fatal(err)
	}
	if n := s.count(&s.normal); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
}
