package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// ProductResult is what `shuke bench product` prints.
type ProductResult struct {
	Engine            string         `json:"engine"`
	Cores             int            `json:"cores"`
	Clients           int            `json:"clients"`
	Requests          int            `json:"requests"`
	RequestsPerSecond float64        `json:"requests_per_second"`
	P50               float64        `json:"p50_ms"`
	P99               float64        `json:"p99_ms"`
	CPUPerRequest     float64        `json:"cpu_us_per_request"`
	ReadyMs           float64        `json:"ready_ms"` // of serve on this existing database
	IdleMB            float64        `json:"idle_mb"`  // resident, before the load
	Refused           map[string]int `json:"refused,omitempty"`
}

// Product reads product pages through the real handlers.
func Product(ctx context.Context, o Options) (ProductResult, error) {
	g, err := prepare(ctx, o)
	if err != nil {
		return ProductResult{}, err
	}
	if !o.Keep {
		defer func() { _ = os.RemoveAll(g.dir) }()
	}
	begin := time.Now()
	s, err := g.start(ctx)
	if err != nil {
		return ProductResult{}, err
	}
	out := ProductResult{Engine: o.Engine, Cores: runtime.NumCPU(), Clients: o.Clients, ReadyMs: float64(time.Since(begin).Milliseconds())}
	time.Sleep(2 * time.Second)
	idle, err := memory(s.cmd.Process.Pid)
	if err != nil {
		return out, errors.Join(err, s.stop())
	}
	out.IdleMB = float64(idle) / (1 << 20)
	next := func(client, n int, buf []byte) []byte {
		of := g.shops[n%len(g.shops)]
		p := g.goods[of][(client*13+n)%len(g.goods[of])]
		return fmt.Appendf(buf, "GET /api/storefront/products/%d/%d HTTP/1.1\r\nHost: %s\r\n\r\n", of, p, s.addr)
	}
	before, err := cpu(s.cmd.Process.Pid)
	if err != nil {
		return out, errors.Join(err, s.stop())
	}
	t, err := load(s.addr, o.Clients, time.Duration(o.Seconds)*time.Second, 200, next)
	after, cpuErr := cpu(s.cmd.Process.Pid)
	if err := errors.Join(err, cpuErr, s.stop()); err != nil {
		return out, err
	}
	out.Requests, out.Refused = t.done, t.failed
	out.RequestsPerSecond, out.P50, out.P99 = float64(t.done)/t.elapsed.Seconds(), t.percentile(0.5), t.percentile(0.99)
	if t.done > 0 {
		out.CPUPerRequest = float64((after - before).Microseconds()) / float64(t.done)
	}
	return out, nil
}
