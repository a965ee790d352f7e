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
	rawIdem     = `INSERT INTO buyer_idempotency (buyer_id, idem_key, input_hash, http_code, answer, created_at) VALUES ($1,$2,$3,$4,$5,$6)`
	rawCheckout = `INSERT INTO checkouts (buyer_id, id, total, shops, pay_deadline, created_at) VALUES ($1,$2,$3,$4,$5,$6)`
	rawOrder    = `INSERT INTO orders (shop_id, id, buyer_id, checkout_id, state, items_total, shipping_fee, total, line_count, title, picture, receiver, phone, address, region_code, remark, source, pay_deadline, created_at, updated_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)`
	rawLine   = `INSERT INTO order_lines (shop_id, order_id, line_no, product_id, sku_id, title, options, picture, price, quantity, amount) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`
	rawLedger = `INSERT INTO ledger_transfers (shop_id, id, kind, debit, credit, amount, order_id, ref_id, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`
	rawOutbox = `INSERT INTO outbox (shop_id, id, kind, payload, created_at) VALUES ($1,$2,$3,$4,$5)`
	rawMove   = `INSERT INTO stock_movements (shop_id, id, sku_id, kind, d_on_hand, d_reserved, order_id, staff_id, note, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`
	rawStock  = `UPDATE stocks SET reserved = reserved + $1 WHERE shop_id = $2 AND sku_id = $3 AND on_hand - reserved >= $4`
)

const answerText = `{"checkout_id":"1","total":11800,"pay_deadline":"2026-01-01T00:30:00Z","orders":[{"shop_id":"1","order_id":"2","total":11800}]}`

// rawOrderOf makes the row writes of one order. at makes the engine's time.
func (g *ground) rawOrderOf(ids *id.Source, n int, at func(time.Time) any) []statement {
	of := g.shops[n%len(g.shops)]
	skus := g.skus[of]
	x, y := skus[(n*17)%len(skus)], skus[(n*17+1)%len(skus)]
	b := g.buyers[n%len(g.buyers)]
	now := time.Now()
	t, pay := at(now), at(now.Add(30*time.Minute))
	checkout, order, key := ids.Next(), ids.Next(), "raw-"+strconv.FormatInt(int64(ids.Next()), 36)
	line := func(no int, sku id.ID) statement {
		return statement{rawLine, []any{of, order, no, g.goods[of][0], sku, "明前龙井 绿茶", `["100克","罐装"]`, "", int64(5900), 1, int64(5900)}}
	}
	move := func(sku id.ID) statement {
		return statement{rawMove, []any{of, ids.Next(), sku, "reserve", 0, 1, order, 0, "", t}}
	}
	return []statement{
		{rawIdem, []any{b, key, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 201, answerText, t}},
		{rawOrder, []any{of, order, b, checkout, "pending", int64(11800), int64(0), int64(11800), 2, "明前龙井 绿茶", "", "李雷", "13800138000",
			"浙江省 杭州市 西湖区 文三路 88 号 2 幢 301", "330106", "", "inside", pay, t, t}},
		line(1, x), line(2, y),
		{rawLedger, []any{of, ids.Next(), "placed", "buyer_due", "unpaid_orders", int64(11800), order, 0, t}},
		{rawOutbox, []any{of, ids.Next(), "order.placed", `{"shop_id":"1","order_id":"2","buyer_id":"3","checkout_id":"4","total":11800,"source":"inside"}`, t}},
		{rawCheckout, []any{b, checkout, int64(11800), `[{"shop_id":"1","order_id":"2"}]`, pay, t}},
		move(x), move(y),
		{rawStock, []any{1, of, x, 1}}, {rawStock, []any{1, of, y, 1}},
	}
}

// raw measures the engine alone for a third of the time, at least 3 s.
func (g *ground) raw(ctx context.Context, o Options) (float64, error) {
	d := max(time.Duration(o.Seconds)*time.Second/3, 3*time.Second)
	if o.Engine == "postgres" {
		return g.rawPostgres(ctx, o, d)
	}
	return g.rawSQLite(d)
}

// rawBatch is how many orders share a commit on SQLite, each in a savepoint.
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
			all := append(append([]statement{{`SAVEPOINT s`, nil}}, g.rawOrderOf(ids, n, micro)...), statement{`RELEASE s`, nil})
			for _, s := range all {
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
