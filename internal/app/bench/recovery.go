package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// RecoveryResult is what `shuke bench recovery` prints.
type RecoveryResult struct {
	Engine     string    `json:"engine"`
	Cores      int       `json:"cores"`
	PastOrders int       `json:"past_orders"`
	Rounds     int       `json:"rounds"`
	Seconds    []float64 `json:"ready_seconds"` // of each round
	Worst      float64   `json:"worst_seconds"`
	Placed     int       `json:"orders_before_the_kills"`
	LogBytes   int64     `json:"largest_log_bytes,omitempty"` // SQLite's write-ahead log at a kill
}

// Recovery kills the server under load (kill -9), and times how long a new process
// takes from its start until it answers ready.
func Recovery(ctx context.Context, o Options, orders, rounds int) (RecoveryResult, error) {
	out := RecoveryResult{Engine: o.Engine, Cores: runtime.NumCPU(), PastOrders: orders, Rounds: rounds}
	g, err := prepare(ctx, o)
	if err != nil {
		return out, err
	}
	if !o.Keep {
		defer func() { _ = os.RemoveAll(g.dir) }()
	}
	if err := g.past(ctx, 0, orders); err != nil {
		return out, err
	}
	s, err := g.start(ctx)
	if err != nil {
		return out, err
	}
	for range rounds {
		if err := g.killed(s, o, &out); err != nil {
			return out, err
		}
		begun := time.Now()
		if s, err = g.start(ctx); err != nil {
			return out, err
		}
		if err := s.answers(ctx); err != nil {
			return out, errors.Join(err, s.stop())
		}
		took := time.Since(begun).Seconds()
		out.Seconds, out.Worst = append(out.Seconds, took), max(out.Worst, took)
	}
	return out, s.stop()
}

// killed loads the server and kills it in the middle.
func (g *ground) killed(s *server, o Options, out *RecoveryResult) error {
	stamp := "r" + strconv.FormatInt(time.Now().UnixNano(), 36)
	cookies := make([]string, len(g.buyers))
	for i, b := range g.buyers {
		cookies[i] = g.key.Token(b, time.Now().Add(time.Hour))
	}
	loaded := make(chan tally, 1)
	go func() {
		t, _ := load(s.addr, o.Clients, time.Duration(o.Seconds)*time.Second+time.Second, 200, func(client, n int, buf []byte) []byte {
			b := (client*7919 + n) % len(g.buyers)
			return g.orderRequest(buf, s.addr, cookies[b], b, client, n, stamp, false)
		}) // it ends with an error: that is what the kill is for
		loaded <- t
	}()
	time.Sleep(time.Duration(o.Seconds) * time.Second)
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = s.cmd.Wait() // it was killed
	if info, err := os.Stat(filepath.Join(g.dir, "shuke.db-wal")); err == nil {
		out.LogBytes = max(out.LogBytes, info.Size())
	}
	out.Placed += (<-loaded).done
	return nil
}

// answers waits until the server says that it is ready.
func (s *server) answers(ctx context.Context) error {
	for range 600 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/readyz", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			code := resp.StatusCode
			if err := resp.Body.Close(); err == nil && code == http.StatusOK {
				return nil
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("bench: the server was not ready again; see %s", s.log)
}
