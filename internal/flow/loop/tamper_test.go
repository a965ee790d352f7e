package loop

import (
	"errors"
	"testing"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// The auditor must see every row that was changed behind our back.
func TestTheAuditorSeesTampering(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.paid([3]int64{3, 1, 0}).Orders[0]
		w.ship(w.paid([3]int64{1, 0, 0}).Orders[0])
		w.place([3]int64{0, 1, 0})
		a, err := w.ask(o, daftersale.Refund, aftersale.AskedLine{LineNo: 1, Qty: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.after.Approve(ctx, o.ShopID, a.AftersaleID); err != nil {
			t.Fatal(err)
		}
		w.sweepRefunds(0)
		w.audit()
		shop := o.ShopID
		one := func(table string) string {
			return ` WHERE shop_id = $1 AND order_id = $2 AND EXISTS (SELECT 1 FROM ` + table + `)`
		}
		for name, sql := range map[string]string{
			"ledger amount":      `UPDATE ledger_transfers SET amount = amount + 1 WHERE shop_id = $1 AND order_id = $2 AND kind = 'order.settled'`,
			"ledger row gone":    `DELETE FROM ledger_transfers WHERE shop_id = $1 AND order_id = $2 AND kind = 'order.settled'`,
			"ledger account":     `UPDATE ledger_transfers SET credit = 'pocket' WHERE shop_id = $1 AND order_id = $2 AND kind = 'order.settled'`,
			"ledger other order": `UPDATE ledger_transfers SET order_id = 77 WHERE shop_id = $1 AND order_id = $2 AND kind = 'order.settled'`,
			"on hand":            `UPDATE stocks SET on_hand = on_hand + 1 WHERE shop_id = $1 AND reserved > 0 AND CAST($2 AS BIGINT) > 0`,
			"reserved":           `UPDATE stocks SET reserved = reserved - 1 WHERE shop_id = $1 AND reserved > 0 AND CAST($2 AS BIGINT) > 0`,
			"movement":           `DELETE FROM stock_movements WHERE shop_id = $1 AND kind = 'ship' AND CAST($2 AS BIGINT) > 0`,
			"movement and stock": `UPDATE stock_movements SET d_on_hand = d_on_hand - 1 WHERE shop_id = $1 AND kind = 'ship' AND CAST($2 AS BIGINT) > 0`,
			"line quantity":      `UPDATE order_lines SET quantity = quantity + 1` + one("orders"),
			"line price":         `UPDATE order_lines SET price = price + 1` + one("orders"),
			"line refunded":      `UPDATE order_lines SET refunded = refunded + 1 WHERE shop_id = $1 AND order_id = $2 AND line_no = 1`,
			"line shipped":       `UPDATE order_lines SET shipped = shipped + 1 WHERE shop_id = $1 AND order_id = $2 AND line_no = 1`,
			"line gone":          `DELETE FROM order_lines WHERE shop_id = $1 AND order_id = $2 AND line_no = 2`,
			"order state":        `UPDATE orders SET state = 'received' WHERE shop_id = $1 AND id = $2`,
			"order total":        `UPDATE orders SET total = total + 1, shipping_fee = shipping_fee + 1 WHERE shop_id = $1 AND id = $2`,
			"order refunded":     `UPDATE orders SET refunded = refunded - 1 WHERE shop_id = $1 AND id = $2`,
			"order refund state": `UPDATE orders SET refund_state = 'none' WHERE shop_id = $1 AND id = $2`,
			"order gone":         `DELETE FROM orders WHERE shop_id = $1 AND id = $2`,
			"part amount":        `UPDATE order_payments SET amount = amount + 1` + one("orders"),
			"part state":         `UPDATE order_payments SET state = 'closed'` + one("orders"),
			"payment state":      `UPDATE payments SET state = 'closed' WHERE state = 'paid' AND CAST($1 AS BIGINT) > 0 AND CAST($2 AS BIGINT) > 0`,
			"refund amount":      `UPDATE refunds SET amount = amount + 1` + one("orders"),
			"refund state":       `UPDATE refunds SET state = 'due'` + one("orders"),
			"refund gone":        `DELETE FROM refunds` + one("orders"),
			"aftersale amount":   `UPDATE aftersales SET amount = amount + 1` + one("orders"),
			"aftersale state":    `UPDATE aftersales SET state = 'cancelled'` + one("orders"),
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				n, err := tx.Exec(sql, shop, o.OrderID)
				if err != nil || n == 0 {
					t.Errorf("%s: changed %d rows, %v", name, n, err)
					return errUndo
				}
				r, err := audit.Shop(tx, shop)
				if err != nil || r.OK() {
					t.Errorf("%s was not seen (%v)", name, err)
				}
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				t.Fatal(err)
			}
		}
		w.audit()
		w.write(func(tx *db.Tx) error {
			return tx.Must(`UPDATE orders SET refunded = refunded - 1 WHERE shop_id = $1 AND id = $2`, shop, o.OrderID)
		})
		if r, err := audit.Run(ctx, d); err != nil || r.OK() || r.Err() == nil || r.Shops != 2 || r.Orders != 3 {
			t.Fatalf("%+v %v", r, err)
		}
	})
}

type undo struct{}

func (undo) Error() string { return "undo" }

var errUndo = undo{}
