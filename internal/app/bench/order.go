package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// OrderResult is what `shuke bench order` prints.
type OrderResult struct {
	Engine          string         `json:"engine"`
	Hot             bool           `json:"hot,omitempty"` // all orders wanted one SKU
	Cores           int            `json:"cores"`
	Seconds         float64        `json:"seconds"`
	Clients         int            `json:"clients"`
	Orders          int            `json:"orders"`
	OrdersPerSecond float64        `json:"orders_per_second"`
	P50             float64        `json:"p50_ms"`
	P99             float64        `json:"p99_ms"`
	RawPerSecond    float64        `json:"raw_per_second"`
	Ratio           float64        `json:"ratio"`
	CPUPerOrder     float64        `json:"cpu_us_per_order"`
	Oversold        int64          `json:"oversold"`
	BooksAgree      bool           `json:"books_agree"`
	Refused         map[string]int `json:"refused,omitempty"`
}

// Order places orders of two lines through the real handlers from rival buyers,
// then writes the same rows straight to the engine.
func Order(ctx context.Context, o Options) (OrderResult, error) {
	g, err := prepare(ctx, o)
	if err != nil {
		return OrderResult{}, err
	}
	if !o.Keep {
		defer func() { _ = os.RemoveAll(g.dir) }()
	}
	out := OrderResult{Engine: o.Engine, Hot: o.Hot, Cores: runtime.NumCPU(), Clients: o.Clients}
	if err := g.orders(ctx, o, &out); err != nil {
		return out, err
	}
	if err := g.check(ctx, &out); err != nil {
		return out, err
	}
	out.RawPerSecond, err = g.raw(ctx, o)
	if out.RawPerSecond > 0 {
		out.Ratio = out.OrdersPerSecond / out.RawPerSecond
	}
	return out, err
}

func (g *ground) orders(ctx context.Context, o Options, out *OrderResult) error {
	s, err := g.start(ctx)
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(time.Now().UnixNano(), 36)
	cookies := make([]string, len(g.buyers))
	for i, b := range g.buyers {
		cookies[i] = g.key.Token(b, time.Now().Add(time.Hour))
	}
	next := func(client, n int, buf []byte) []byte {
		b := (client*7919 + n) % len(g.buyers)
		return g.orderRequest(buf, s.addr, cookies[b], b, client, n, stamp, o.Hot)
	}
	if _, err := load(s.addr, o.Clients, time.Second, 200, next); err != nil { // warm up
		return errors.Join(err, s.stop())
	}
	stamp += "m"
	before, err := cpu(s.cmd.Process.Pid)
	if err != nil {
		return errors.Join(err, s.stop())
	}
	t, err := load(s.addr, o.Clients, time.Duration(o.Seconds)*time.Second, 200, next)
	after, cpuErr := cpu(s.cmd.Process.Pid)
	if err := errors.Join(err, cpuErr, s.stop()); err != nil {
		return err
	}
	out.Orders, out.Seconds, out.Refused = t.done, t.elapsed.Seconds(), t.failed
	out.OrdersPerSecond, out.P50, out.P99 = float64(t.done)/t.elapsed.Seconds(), t.percentile(0.5), t.percentile(0.99)
	if t.done > 0 {
		out.CPUPerOrder = float64((after - before).Microseconds()) / float64(t.done)
	}
	return nil
}

// orderRequest is one order of two different SKUs of one shop; with hot, the first
// of them is the same in all orders.
func (g *ground) orderRequest(buf []byte, addr, cookie string, b, client, n int, stamp string, hot bool) []byte {
	of := g.shops[(client+n)%len(g.shops)]
	if hot {
		of = g.shops[0]
	}
	skus := g.skus[of]
	i := (client*31 + n*17) % (len(skus) - 1)
	x, y := skus[i], skus[i+1]
	if hot {
		x = skus[0]
	}
	total := g.prices[x] + g.prices[y]
	if total < 9900 {
		total += 800
	}
	var body [512]byte
	j := fmt.Appendf(body[:0], `{"lines":[{"shop_id":"%d","sku_id":"%d","quantity":1},{"shop_id":"%d","sku_id":"%d","quantity":1}],"address_id":"%d","expect_total":%d,"source":"inside"}`,
		of, x, of, y, g.homes[b], total)
	buf = fmt.Appendf(buf, "POST /api/storefront/orders HTTP/1.1\r\nHost: %s\r\nCookie: shuke_buyer=%s\r\nIdempotency-Key: b%s-%d-%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		addr, cookie, stamp, client, n, len(j))
	return append(buf, j...)
}

// check compares books, stock and orders after the load.
func (g *ground) check(ctx context.Context, out *OrderResult) error {
	d, _, err := app.OpenDB(ctx, g.cfg, false)
	if err != nil {
		return err
	}
	r, err := audit.Run(ctx, d)
	out.BooksAgree = err == nil && r.OK()
	for _, of := range g.shops {
		var n int64
		readErr := d.Read(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT CAST(COALESCE(SUM(CASE WHEN reserved > on_hand THEN reserved - on_hand ELSE 0 END), 0) AS BIGINT) FROM stocks WHERE shop_id = $1`, of).Scan(&n)
		})
		err = errors.Join(err, readErr)
		out.Oversold += n
	}
	return errors.Join(err, d.Close())
}
