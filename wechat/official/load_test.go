package official

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Many pushes at once, each answered with its own text.
func TestHandlerTogether(t *testing.T) {
	a := newAccount(t, ModeSafe)
	var calls atomic.Int64
	srv := httptest.NewServer(a.client.Handler(func(_ context.Context, m Message) (Reply, error) {
		calls.Add(1)
		return TextReply{Content: "re: " + m.Content}, nil
	}, func(_ *http.Request, err error) { t.Error(err) }))
	defer srv.Close()
	q, body := a.sealed(textXML, "")
	together(50, func() {
		resp, err := http.Post(srv.URL+"?"+q.Encode(), "text/xml", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/xml; charset=utf-8" {
			t.Errorf("got %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
		}
	})
	if calls.Load() != 50 {
		t.Errorf("%d calls", calls.Load())
	}
}

// The function is told to stop before WeChat hangs up; WeChat then repeats.
func TestReplyDeadline(t *testing.T) {
	c, err := New(Config{AppID: testAppID, Token: oaToken, ReplyDeadline: 20 * time.Millisecond, ReplayWindow: -1})
	if err != nil {
		t.Fatal(err)
	}
	var told error
	h := c.Handler(func(ctx context.Context, _ Message) (Reply, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Second):
			return nil, nil
		}
	}, func(_ *http.Request, err error) { told = err })
	w := httptest.NewRecorder()
	target := "/?timestamp=1&nonce=n&signature=" + signature(oaToken, "1", "n")
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, strings.NewReader(textXML)))
	if w.Code != http.StatusInternalServerError || !errors.Is(told, context.DeadlineExceeded) {
		t.Errorf("got %d, %v", w.Code, told)
	}
}
