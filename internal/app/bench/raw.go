package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"zombiezen.com/go/sqlite"
)

// statement is one row write of an order as the engine gets it.
type statement struct {
	sql  string
	args []any
}

// The row writes of an order with two lines, as flow/checkout makes them.
const (
	rawCheckout = `INSERT INTO checkouts (buyer_id, id, input, total, shops, pay_deadline, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (buyer_id, id) DO NOTHING`
	rawOrder    = `INSERT INTO orders (shop_id, id, buyer_id, checkout_id, state, items_total, shipping_fee, total, line_count, title, picture, receiver, phone, address, region_code, remark, source, pay_deadline, created_at, updated_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)`
	rawLine  = `INSERT INTO order_lines (shop_id, order_id, line_no, product_id, sku_id, title, options, picture, price, quantity, amount) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`
	rawEntry = `INSERT INTO buyer_orders (buyer_id, order_id, shop_id, checkout_id, shop_name, state, refund_state, total, line_count, title, picture, updated_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`
	rawEvent = `INSERT INTO outbox (shop_id, id, kind, payload, created_at, relayed_at) VALUES ($1,$2,$3,$4,$5,$6)`
	rawStock = `UPDATE stocks SET reserved = reserved + $1 WHERE shop_id = $2 AND sku_id = $3 AND on_hand - reserved >= $4`
)

// rawOrderOf makes the row writes of one order. at makes the engine's time.
func (g *ground) rawOrderOf(ids *id.Source, n int, at func(time.Time) any) []statement {
	of := g.shops[n%len(g.shops)]
	skus := g.skus[of]
	x, y := skus[(n*17)%len(skus)], skus[(n*17+1)%len(skus)]
	b := g.buyers[n%len(g.buyers)]
	now := time.Now()
	t, pay := at(now), at(now.Add(30*time.Minute))
	no := ids.Next()
	checkout := order.CheckoutID(b, strconv.FormatInt(int64(no), 36))
	line := func(n int, sku id.ID) statement {
		return statement{rawLine, []any{of, no, n, g.goods[of][0], sku, rawTitle, `["100克","罐装"]`, "", int64(5900), 1, int64(5900)}}
	}
	return []statement{
		{rawCheckout, []any{b, checkout, int64(checkout) / 3, int64(11800), fmt.Sprintf(`[{"shop_id":"%d","order_id":"%d"}]`, of, no), pay, t}},
		{rawOrder, []any{of, no, b, checkout, "pending", int64(11800), int64(0), int64(11800), 2, rawTitle, "", "李雷", "13800138000",
			"浙江省 杭州市 西湖区 文三路 88 号 2 幢 301", "330106", "", "inside", pay, t, t}},
		line(1, x), line(2, y),
		{rawEntry, []any{b, no, of, checkout, "测试店 bench-0", "pending", "none", int64(11800), 2, rawTitle, "", t}},
		{rawEvent, []any{of, ids.Next(), "order.placed", fmt.Sprintf(`{"shop_id":"%d","order_id":"%d","buyer_id":"%d","checkout_id":"%d","total":11800,"source":"inside"}`, of, no, b, checkout), t, t}},
		{rawStock, []any{1, of, x, 1}}, {rawStock, []any{1, of, y, 1}},
	}
}

const rawTitle = "明前龙井 绿茶 第 7 号"

// raw measures the engine alone for a third of the time, at least 3 s.
func (g *ground) raw(ctx context.Context, o Options) (float64, error) {
	d := max(time.Duration(o.Seconds)*time.Second/3, 3*time.Second)
	if o.Engine == "postgres" {
		return g.rawPostgres(ctx, o, d)
	}
	return g.rawSQLite(d)
}

// rawBatch is how many orders share a commit on SQLite.
const rawBatch = 64

func (g *ground) rawSQLite(d time.Duration) (float64, error) {
	c, err := sqlite.OpenConn(filepath.Join(g.dir, "shuke.db"), sqlite.OpenReadWrite)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	for _, p := range []string{`PRAGMA journal_mode = WAL`, `PRAGMA synchronous = FULL`, `PRAGMA foreign_keys = ON`, `PRAGMA cache_size = -32000`, `PRAGMA wal_autocheckpoint = 4000`} {
		if err := rawExec(c, statement{p, nil}); err != nil {
			return 0, err
		}
	}
	ids := &id.Source{Now: time.Now, Node: id.MaxNode}
	micro := func(t time.Time) any { return t.UnixMicro() }
	start := time.Now()
	n := 0
	for time.Since(start) < d {
		if err := rawExec(c, statement{`BEGIN IMMEDIATE`, nil}); err != nil {
			return 0, err
		}
		for range rawBatch {
			for _, s := range g.rawOrderOf(ids, n, micro) {
				if err := rawExec(c, s); err != nil {
					return 0, err
				}
			}
			n++
		}
		if err := rawExec(c, statement{`COMMIT`, nil}); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// rawExec runs a statement that the connection keeps prepared.
func rawExec(c *sqlite.Conn, s statement) error {
	st, err := c.Prepare(s.sql)
	if err != nil {
		return err
	}
	for i, a := range s.args {
		switch v := a.(type) {
		case string:
			st.BindText(i+1, v)
		case int:
			st.BindInt64(i+1, int64(v))
		case int64:
			st.BindInt64(i+1, v)
		case id.ID:
			st.BindInt64(i+1, int64(v))
		default:
			return fmt.Errorf("bench: cannot bind %T", a)
		}
	}
	for {
		if more, err := st.Step(); err != nil || !more {
			return err
		}
	}
}

// rawPostgres sends each order as one pipelined transaction from rival
// connections: the engine's own best with single transactions.
func (g *ground) rawPostgres(ctx context.Context, o Options, d time.Duration) (float64, error) {
	pc, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return 0, err
	}
	pc.MaxConns = 8
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	ids := &id.Source{Now: time.Now, Node: id.MaxNode}
	var n atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	start := time.Now()
	for range 8 {
		wg.Go(func() {
			for time.Since(start) < d {
				if err := g.rawTx(ctx, pool, ids, int(n.Add(1))); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / time.Since(start).Seconds(), failed
}

func (g *ground) rawTx(ctx context.Context, pool *pgxpool.Pool, ids *id.Source, n int) error {
	b := &pgx.Batch{}
	b.Queue(`BEGIN`)
	for _, s := range g.rawOrderOf(ids, n, func(t time.Time) any { return t.UTC() }) {
		args := make([]any, len(s.args))
		for i, a := range s.args {
			if v, ok := a.(id.ID); ok {
				a = int64(v)
			}
			args[i] = a
		}
		b.Queue(s.sql, args...)
	}
	b.Queue(`COMMIT`)
	return pool.SendBatch(ctx, b).Close()
}
