package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/flow/flash"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// FlashOptions say how many want how few.
type FlashOptions struct {
	Options
	Units, Buyers int
}

// FlashResult is what `shuke bench flash` prints.
type FlashResult struct {
	Engine            string         `json:"engine"`
	Cores             int            `json:"cores"`
	Clients           int            `json:"clients"`
	Units             int            `json:"units"`
	Buyers            int            `json:"buyers"`
	Sold              int            `json:"sold"` // orders that were placed
	ExactlyAll        bool           `json:"exactly_all"`
	Attempts          int            `json:"attempts"`
	AttemptsPerSecond float64        `json:"attempts_per_second"`
	WinnersP50        float64        `json:"winners_p50_ms"`
	WinnersP99        float64        `json:"winners_p99_ms"`
	OthersP99         float64        `json:"others_p99_ms"`
	SoldOutAfter      float64        `json:"sold_out_after_ms"`
	CPUPerAttempt     float64        `json:"cpu_us_per_attempt"`
	BooksAgree        bool           `json:"books_agree"`
	Refused           map[string]int `json:"refused"` // by problem code
}

// Flash lets every buyer ask once for one unit of a flash sale, all at the same time.
func Flash(ctx context.Context, o FlashOptions) (FlashResult, error) {
	out := FlashResult{Engine: o.Engine, Cores: runtime.NumCPU(), Clients: o.Clients, Units: o.Units, Buyers: o.Buyers, Refused: map[string]int{}}
	g, err := prepare(ctx, o.Options)
	if err != nil {
		return out, err
	}
	if !o.Keep {
		defer func() { _ = os.RemoveAll(g.dir) }()
	}
	sale, err := g.crowd(ctx, o)
	if err != nil {
		return out, err
	}
	s, err := g.start(ctx)
	if err != nil {
		return out, err
	}
	err = g.siege(s, sale, &out)
	if err := errors.Join(err, s.stop()); err != nil {
		return out, err
	}
	var books OrderResult
	if err := g.check(ctx, &books); err != nil {
		return out, err
	}
	out.BooksAgree = books.BooksAgree && books.Oversold == 0
	left, err := g.left(ctx, sale)
	out.ExactlyAll = out.Sold == o.Units && left == 0
	return out, err
}

// crowd adds the buyers, each with an address, and plans the sale.
func (g *ground) crowd(ctx context.Context, o FlashOptions) (promotion.Sale, error) {
	h, err := app.Open(ctx, g.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return promotion.Sale{}, err
	}
	g.buyers, g.homes = nil, nil
	for len(g.buyers) < o.Buyers && err == nil {
		err = h.DB.Write(ctx, func(tx *db.Tx) error {
			for range min(1000, o.Buyers-len(g.buyers)) {
				b, home := h.IDs.Next(), h.IDs.Next()
				a := buyer.Address{ID: home, Name: "李雷", Phone: "13800138000", Province: "浙江省", City: "杭州市", District: "西湖区", RegionCode: "330106", Detail: "文三路 88 号 2 幢 301"}
				if err := buyer.SaveAddress(tx, b, a, h.Now()); err != nil {
					return err
				}
				g.buyers, g.homes = append(g.buyers, b), append(g.homes, home)
			}
			return nil
		})
	}
	if err != nil {
		return promotion.Sale{}, errors.Join(err, h.Close())
	}
	now := h.Now()
	sale, err := h.Flash.Plan(ctx, flash.Who{Shop: g.shops[0]}, "bench-flash-sale", flash.In{SKU: g.skus[g.shops[0]][0], Price: 990, Units: int64(o.Units), PerBuyer: 1,
		StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour)})
	return sale, errors.Join(err, h.Close())
}

// siege sends one order per buyer through as many connections as there are clients.
func (g *ground) siege(s *server, sale promotion.Sale, out *FlashResult) error {
	cookies := make([]string, len(g.buyers))
	for i, b := range g.buyers {
		cookies[i] = g.key.Token(b, time.Now().Add(time.Hour))
	}
	before, err := cpu(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	var next, done atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	var won, lost []time.Duration
	var failed error
	start := time.Now()
	for range out.Clients {
		wg.Go(func() {
			wins, others, codes, last, err := g.besiege(s.addr, sale, cookies, &next, start)
			mu.Lock()
			defer mu.Unlock()
			won, lost, failed = append(won, wins...), append(lost, others...), errors.Join(failed, err)
			for k, v := range codes {
				out.Refused[k] += v
			}
			out.SoldOutAfter = max(out.SoldOutAfter, float64(last.Microseconds())/1000)
			done.Add(int64(len(wins) + len(others)))
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	after, err := cpu(s.cmd.Process.Pid)
	slices.Sort(won)
	slices.Sort(lost)
	out.Sold, out.Attempts = len(won), int(done.Load())
	out.AttemptsPerSecond = float64(out.Attempts) / elapsed.Seconds()
	out.WinnersP50, out.WinnersP99, out.OthersP99 = tally{times: won}.percentile(0.5), tally{times: won}.percentile(0.99), tally{times: lost}.percentile(0.99)
	out.CPUPerAttempt = float64((after - before).Microseconds()) / float64(max(out.Attempts, 1))
	return errors.Join(failed, err)
}

// besiege is one connection that asks for buyer after buyer.
func (g *ground) besiege(addr string, sale promotion.Sale, cookies []string, next *atomic.Int64, start time.Time) (won, lost []time.Duration, codes map[string]int, last time.Duration, err error) {
	c, err := dial(addr)
	if err != nil {
		return nil, nil, nil, 0, err
	}
	defer func() { _ = c.conn.Close() }()
	codes = map[string]int{}
	var buf []byte
	for {
		b := int(next.Add(1) - 1)
		if b >= len(g.buyers) {
			return won, lost, codes, last, nil
		}
		buf = g.flashRequest(buf[:0], addr, cookies[b], b, sale)
		t := time.Now()
		code, body, err := c.do(buf)
		if err != nil {
			return won, lost, codes, last, err
		}
		if code == 200 || code == 201 {
			won, last = append(won, time.Since(t)), time.Since(start)
			continue
		}
		lost = append(lost, time.Since(t))
		_, rest, _ := strings.Cut(string(body), `"code":"`)
		name, _, _ := strings.Cut(rest, `"`)
		codes[name]++
	}
}

func (g *ground) flashRequest(buf []byte, addr, cookie string, b int, sale promotion.Sale) []byte {
	var body [512]byte
	j := fmt.Appendf(body[:0], `{"lines":[{"shop_id":"%d","sku_id":"%d","quantity":1,"flash_id":"%d"}],"address_id":"%d","expect_total":%d,"source":"inside"}`,
		sale.ShopID, sale.SKU, sale.ID, g.homes[b], 990+800)
	buf = fmt.Appendf(buf, "POST /api/storefront/orders HTTP/1.1\r\nHost: %s\r\nCookie: shuke_buyer=%s\r\nIdempotency-Key: flash-buyer-%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		addr, cookie, b, len(j))
	return append(buf, j...)
}

func (g *ground) left(ctx context.Context, sale promotion.Sale) (n int64, err error) {
	d, _, err := app.OpenDB(ctx, g.cfg, false)
	if err != nil {
		return 0, err
	}
	err = d.Read(ctx, func(tx *db.Tx) error {
		now, err := promotion.Get(tx, sale.ShopID, sale.ID)
		n = now.Left()
		return err
	})
	return n, errors.Join(err, d.Close())
}
