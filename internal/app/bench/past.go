package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/schema"
)

// PastResult is what `shuke bench past` prints: the same load on a young database
// and on one with a past.
type PastResult struct {
	Engine      string  `json:"engine"`
	Cores       int     `json:"cores"`
	PastOrders  int     `json:"past_orders"`
	FillSeconds float64 `json:"fill_seconds"`
	Young       Placed  `json:"young"` // with 1,000 past orders
	Old         Placed  `json:"old"`   // with PastOrders
	Ratio       float64 `json:"ratio"` // of their orders per second
}

// Placed is what one load placed.
type Placed struct {
	Orders          int            `json:"orders"`
	OrdersPerSecond float64        `json:"orders_per_second"`
	P50             float64        `json:"p50_ms"`
	P99             float64        `json:"p99_ms"`
	CPUPerOrder     float64        `json:"cpu_us_per_order"`
	Refused         map[string]int `json:"refused,omitempty"`
}

// fewPast is how many past orders the young database has.
const fewPast = 1000

// PastOrders measures orders per second with 1,000 and with so many past orders in
// the database, in one run.
func PastOrders(ctx context.Context, o Options, orders int) (PastResult, error) {
	out := PastResult{Engine: o.Engine, Cores: runtime.NumCPU(), PastOrders: orders}
	g, err := prepare(ctx, o)
	if err != nil {
		return out, err
	}
	if !o.Keep {
		defer func() { _ = os.RemoveAll(g.dir) }()
	}
	for _, step := range []struct {
		from, to int
		into     *Placed
	}{{0, fewPast, &out.Young}, {fewPast, orders, &out.Old}} {
		begun := time.Now()
		if err := g.past(ctx, step.from, step.to); err != nil {
			return out, err
		}
		out.FillSeconds += time.Since(begun).Seconds()
		var r OrderResult
		if err := g.orders(ctx, o, &r); err != nil {
			return out, err
		}
		*step.into = Placed{r.Orders, r.OrdersPerSecond, r.P50, r.P99, r.CPUPerOrder, r.Refused}
	}
	if out.Young.OrdersPerSecond > 0 {
		out.Ratio = out.Old.OrdersPerSecond / out.Young.OrdersPerSecond
	}
	return out, nil
}

// pastTables are the tables that an order of the past has rows in, with how many.
var pastTables = []struct {
	name string
	rows int
}{{"orders", 1}, {"order_lines", 2}, {"checkouts", 1}, {"buyer_orders", 1}, {"payments", 1}, {"order_payments", 1}, {"ledger_transfers", 4},
	{"sales", 1}, {"outbox", 3}, {"stock_movements", 2}, {"shipments", 1}, {"shipment_lines", 2}}

// pastBatch is how many orders are written in one transaction.
const pastBatch = 20_000

// past writes the rows of orders that were received long ago. They are there to be
// in the way: only their number, size and order in the indexes are like real ones.
func (g *ground) past(ctx context.Context, from, to int) error {
	d, _, err := app.OpenDB(ctx, g.cfg, false)
	if err != nil {
		return err
	}
	for at := from; at < to && err == nil; at += pastBatch {
		err = g.pastOrders(ctx, d, at, min(at+pastBatch, to))
	}
	if err == nil && d.Engine() == db.Postgres {
		// What autovacuum would do in the hours that have passed.
		err = d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(`ANALYZE`); return err })
	}
	return errors.Join(err, d.Close())
}

func (g *ground) pastOrders(ctx context.Context, d *db.DB, from, to int) error {
	for _, t := range pastTables {
		if _, there := schema.Manifest[t.name]; !there {
			continue
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			columns, err := needed(tx, t.name)
			if err != nil {
				return err
			}
			values := make([]string, len(columns))
			for i, c := range columns {
				values[i] = g.pastValue(d.Engine(), t.name, c)
			}
			names := make([]string, len(columns))
			for i, c := range columns {
				names[i] = c.name
			}
			_, err = tx.Exec(fmt.Sprintf(`INSERT INTO %s (%s) WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d),
				k(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM k WHERE j < %d) SELECT %s FROM n CROSS JOIN k`,
				t.name, strings.Join(names, ", "), from, to, t.rows, strings.Join(values, ", ")))
			return err
		})
		if err != nil {
			return fmt.Errorf("past rows of %s: %w", t.name, err)
		}
	}
	return nil
}

// column of a table that a row cannot do without.
type column struct{ name, kind string }

// told are times that may be empty and are not in the past.
var told = []string{"paid_at", "shipped_at", "received_at", "relayed_at", "delivered_at"}

// always are columns that have a default and are part of a key or an index.
var always = []string{"phone", "receiver", "order_id", "ref_id", "slot"}

// needed reads the columns without a default, and those times that the past has.
func needed(tx *db.Tx, table string) ([]column, error) {
	sql := `SELECT name, type, "notnull", CASE WHEN dflt_value IS NULL THEN 0 ELSE 1 END FROM pragma_table_info($1)`
	if tx.Engine() == db.Postgres {
		sql = `SELECT CAST(column_name AS TEXT), CASE WHEN data_type LIKE 'timestamp%' THEN 'TIMESTAMP' ELSE UPPER(data_type) END,
			CASE WHEN is_nullable = 'NO' THEN 1 ELSE 0 END, CASE WHEN column_default IS NULL THEN 0 ELSE 1 END
			FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1`
	}
	var out []column
	return out, tx.Each(func(r db.Row) error {
		var c column
		var must, preset int
		err := r.Scan(&c.name, &c.kind, &must, &preset)
		if must == 1 && preset == 0 || c.kind == "TIMESTAMP" && slices.Contains(told, c.name) || slices.Contains(always, c.name) {
			out = append(out, c)
		}
		return err
	}, sql, table)
}

var pastNumbers = map[string]string{"total": "1000", "items_total": "1000", "amount": "1000", "price": "1000", "quantity": "1", "line_count": "2", "line_no": "j", "slot": "j", "d_on_hand": "-1"}

var pastTexts = map[string]string{"phone": `'138' || (10000000 + i)`, "receiver": `'买家' || (i % 5000)`, "title": `'明前龙井 绿茶 100克 罐装 等 2 件'`,
	"address": `'浙江省杭州市西湖区文三路 88 号 2 幢 301'`, "picture": `'/media/0/0123456789abcdef0123456789abcdef.jpg'`, "day": `'2025-11-' || (10 + i % 20)`,
	"debit": `'provider_wechat'`, "credit": `'buyer_due'`, "payload": `'{"shop_id":"1","order_id":"1","buyer_id":"1"}'`, "shops": `'[1]'`}

var ownID = regexp.MustCompile(`^(id|order_id|checkout_id|payment_id|shipment_id|ref_id)$`)

// pastValue is the SQL of a column of the j-th row of past order i.
func (g *ground) pastValue(e db.Engine, table string, c column) string {
	oldest := time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case c.kind == "TIMESTAMP" && e == db.SQLite:
		return fmt.Sprintf(`%d + i * 1000000`, oldest.UnixMicro())
	case c.kind == "TIMESTAMP":
		return `TIMESTAMP '2025-11-01' + i * INTERVAL '1 second'`
	case c.name == "shop_id":
		text := `CASE i % ` + fmt.Sprint(len(g.shops))
		for n, s := range g.shops {
			text += fmt.Sprintf(` WHEN %d THEN %d`, n, s)
		}
		return text + ` END`
	case c.name == "buyer_id":
		return `4503599627370496 + i / 16`
	case c.name == "sku_id":
		return fmt.Sprint(int64(g.skus[g.shops[0]][0])) + ` + j`
	case c.kind == "BIGINT" && ownID.MatchString(c.name):
		// Ids grow by a second an order, as its time does.
		return fmt.Sprintf(`%d + CAST(i AS BIGINT) * %d + j`, int64(id.At(oldest)), int64(id.At(oldest.Add(time.Second))-id.At(oldest)))
	case c.kind == "BIGINT" && pastNumbers[c.name] != "":
		return pastNumbers[c.name]
	case c.kind == "BIGINT":
		return `0`
	case c.kind == "BOOLEAN":
		return `i < 0`
	case c.name == "state" && strings.HasPrefix(table, "pay"), c.name == "state" && table == "order_payments":
		return `'paid'`
	case c.name == "state" && strings.HasPrefix(table, "shipment"):
		return `'delivered'`
	case c.name == "state":
		return `'received'`
	case strings.HasSuffix(c.name, "state"):
		return `'none'`
	case pastTexts[c.name] != "":
		return pastTexts[c.name]
	}
	return `'past'`
}
