package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// LoopResult is what `shuke bench loop` prints. A loop is: into the cart, order, prepay at the pocket WeChat, the payer pays, the signed
// notice, paid, and every listener has heard of it, the one that writes to the buyer's chat too. Of its four RSA-2048 signatures the
// server makes two (the prepay, the pay sheet's parameters) and the simulator two (the answer, the notice).
type LoopResult struct {
	Engine  string  `json:"engine"`
	Cores   int     `json:"cores"`
	Seconds float64 `json:"seconds"` // from the first request until the last event was handled
	Clients int     `json:"clients"`
	Loops   int     `json:"loops"`
	P50     float64 `json:"p50_ms"` // of the four requests of a buyer together
	P99     float64 `json:"p99_ms"`

	LoopsPerSecond        float64 `json:"loops_per_second"`
	SignaturesPerSecond   float64 `json:"signatures_per_second"` // RSA-2048 on all cores, nothing else
	SigningLoopsPerSecond float64 `json:"signing_loops_per_second"`
	Ratio                 float64 `json:"ratio"`

	ServerCPU    float64 `json:"server_cpu_us_per_loop"`
	ServerRSACPU float64 `json:"server_rsa_cpu_us_per_loop"` // two signatures made and two verified, as measured alone
	ServerOwnCPU float64 `json:"server_own_cpu_us_per_loop"` // the difference
	SimCPU       float64 `json:"sim_cpu_us_per_loop"`

	BooksAgree bool `json:"books_agree"`
}

// loopRun is a server and a simulator that know each other.
type loopRun struct {
	g       *ground
	server  *server
	sim     *simProcess
	db      *db.DB
	cookies []string
}

// Loop measures whole purchases.
func Loop(ctx context.Context, o Options) (out LoopResult, err error) {
	out = LoopResult{Engine: o.Engine, Cores: runtime.NumCPU(), Clients: min(o.Clients, benchBuyers)}
	r := &loopRun{}
	defer func() { err = errors.Join(err, r.close(o.Keep)) }()
	keys, err := r.open(ctx, o)
	if err != nil {
		return out, err
	}
	if _, err := r.load(ctx, out.Clients, time.Second); err != nil { // warm up
		return out, err
	}
	rate, cost, err := keys.measure(time.Duration(o.Seconds) * time.Second / 4)
	if err != nil {
		return out, err
	}
	if err := r.measure(ctx, time.Duration(o.Seconds)*time.Second, &out); err != nil {
		return out, err
	}
	after, costAfter, err := keys.measure(time.Duration(o.Seconds) * time.Second / 4)
	if err != nil {
		return out, err
	}
	out.SignaturesPerSecond = (rate + after) / 2
	out.SigningLoopsPerSecond = out.SignaturesPerSecond / 4
	out.Ratio = out.LoopsPerSecond / out.SigningLoopsPerSecond
	out.ServerRSACPU = float64((cost + costAfter).Nanoseconds()) / 2 / 1000
	out.ServerOwnCPU = out.ServerCPU - out.ServerRSACPU
	report, err := audit.Run(ctx, r.db)
	out.BooksAgree = err == nil && report.OK()
	return out, err
}

// measure lets buyers buy for a time and waits until all of it is paid and heard.
func (r *loopRun) measure(ctx context.Context, d time.Duration, out *LoopResult) error {
	server, err := cpu(r.server.cmd.Process.Pid)
	if err != nil {
		return err
	}
	sim := cpuTime(r.sim.cmd.Process.Pid)
	t, err := r.load(ctx, out.Clients, d)
	if err != nil {
		return err
	}
	serverAfter, err := cpu(r.server.cmd.Process.Pid)
	if err != nil {
		return err
	}
	out.Loops, out.Seconds, out.P50, out.P99 = t.done, t.elapsed.Seconds(), t.percentile(0.5), t.percentile(0.99)
	if t.done == 0 {
		return errors.New("bench: not one loop was completed")
	}
	out.LoopsPerSecond = float64(t.done) / t.elapsed.Seconds()
	out.ServerCPU = float64((serverAfter - server).Microseconds()) / float64(t.done)
	out.SimCPU = float64((cpuTime(r.sim.cmd.Process.Pid) - sim).Microseconds()) / float64(t.done)
	return nil
}

// load runs rival buyers; its time ends when nothing is on its way any more.
func (r *loopRun) load(ctx context.Context, clients int, d time.Duration) (tally, error) {
	var out tally
	var mu sync.Mutex
	var all sync.WaitGroup
	problems := make([]error, clients)
	begun := time.Now()
	for i := range clients {
		all.Go(func() {
			times, err := r.buyer(i, clients, begun.Add(d), begun.UnixNano())
			problems[i] = err
			mu.Lock()
			out.times = append(out.times, times...)
			mu.Unlock()
		})
	}
	all.Wait()
	if err := errors.Join(problems...); err != nil {
		return out, err
	}
	if err := r.settle(ctx); err != nil {
		return out, err
	}
	out.elapsed, out.done = time.Since(begun), len(out.times)
	slices.Sort(out.times)
	return out, nil
}

// buyer buys, as each of its share of the buyers in turn, until the end.
func (r *loopRun) buyer(client, clients int, end time.Time, stamp int64) (times []time.Duration, err error) {
	c, err := dial(r.server.addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.conn.Close() }()
	phone, err := dial(r.sim.addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = phone.conn.Close() }()
	var buf []byte
	for n := 0; time.Now().Before(end); n++ {
		b := (client + n*clients) % len(r.g.buyers)
		if b%clients != client { // a buyer belongs to one client: his cart is his own
			b = client
		}
		begun := time.Now()
		if buf, err = r.buy(c, phone, buf, b, n, client, stamp); err != nil {
			return times, err
		}
		times = append(times, time.Since(begun))
	}
	return times, nil
}

// buy puts one piece into the cart, orders it, opens the pay sheet and pays on the phone.
func (r *loopRun) buy(c, phone *client, buf []byte, b, n, client int, stamp int64) ([]byte, error) {
	g := r.g
	of := g.shops[(client+n)%len(g.shops)]
	sku := g.skus[of][(client*31+n*17)%len(g.skus[of])]
	total := g.prices[sku]
	if total < 9900 {
		total += 800
	}
	ask := func(path, body string, want int, into any) error {
		buf = fmt.Appendf(buf[:0], "POST /api/storefront/%s HTTP/1.1\r\nHost: %s\r\nCookie: shuke_buyer=%s\r\nIdempotency-Key: loop-%d-%d-%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			path, r.server.addr, r.cookies[b], stamp, client, n, len(body), body)
		code, answer, err := c.do(buf)
		if err != nil {
			return err
		}
		if code != want {
			return fmt.Errorf("bench: %s answered %d %s", path, code, cut(answer))
		}
		return json.Unmarshal(answer, into)
	}
	var placed struct {
		CheckoutID string `json:"checkout_id"`
	}
	var sheet struct {
		Package string `json:"package"`
	}
	err := ask("cart/lines", fmt.Sprintf(`{"shop_id":"%d","sku_id":"%d","quantity":1}`, of, sku), 200, &struct{}{})
	if err == nil {
		err = ask("orders", fmt.Sprintf(`{"lines":[{"shop_id":"%d","sku_id":"%d","quantity":1}],"from_cart":true,"address_id":"%d","expect_total":%d,"source":"inside"}`, of, sku, g.homes[b], total), 200, &placed)
	}
	if err == nil {
		err = ask("checkouts/"+placed.CheckoutID+"/pay", "{}", 200, &sheet)
	}
	if err != nil {
		return buf, err
	}
	prepay := strings.TrimPrefix(sheet.Package, "prepay_id=")
	code, answer, err := phone.do(plainRequest("POST", "/_sim/pay", fmt.Sprintf(`{"person":"%s-%d","prepay_id":%q,"password":"123456"}`, payerID, b, prepay)))
	if err == nil && code != 200 {
		err = fmt.Errorf("bench: paying answered %d %s", code, cut(answer))
	}
	return buf, err
}

// settle returns when every order is paid, every event relayed and every job done.
func (r *loopRun) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		left, err := r.left(ctx)
		if err != nil || left == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("bench: after a minute %d orders, events or jobs are left", left)
		}
	}
}

// left counts what is on its way.
func (r *loopRun) left(ctx context.Context) (int64, error) {
	var sum int64
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		var n int64
		sum = 0
		for _, of := range r.g.shops {
			for _, text := range []string{`SELECT COUNT(*) FROM orders WHERE shop_id = $1 AND state = 'pending'`, `SELECT COUNT(*) FROM outbox WHERE shop_id = $1 AND relayed_at IS NULL`} {
				if err := tx.QueryRow(text, of).Scan(&n); err != nil {
					return err
				}
				sum += n
			}
		}
		err := tx.QueryRow(`SELECT COUNT(*) FROM jobs`).Scan(&n)
		sum += n
		return err
	})
	return sum, err
}
