package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// delivered checks that the shop has heard of every order that was paid before a
// time, exactly once and of the right amount: its sales hold it.
func (r *Report) delivered(tx *db.Tx, shop id.ID, all []order.Order, before time.Time) error {
	var paid []order.Order
	for _, o := range all {
		if !o.PaidAt.IsZero() {
			paid = append(paid, o)
		}
	}
	if len(paid) == 0 {
		return nil
	}
	byTime := func(a, b order.Order) int { return a.PaidAt.Compare(b.PaidAt) }
	from, to := slices.MinFunc(paid, byTime).PaidAt, slices.MaxFunc(paid, byTime).PaidAt
	type sale struct{ n, amount int64 }
	sales := map[id.ID]sale{}
	err := tx.Each(func(row db.Row) error {
		var o id.ID
		var amount int64
		err := row.Scan(&o, &amount)
		s := sales[o]
		sales[o] = sale{s.n + 1, s.amount + amount}
		return err
	}, `SELECT order_id, amount FROM sales WHERE shop_id = $1 AND day >= $2 AND day <= $3 AND order_id >= $4 AND order_id <= $5`,
		shop, report.Day(from), report.Day(to), paid[0].ID, paid[len(paid)-1].ID)
	if err != nil {
		return err
	}
	for _, o := range all {
		s := sales[o.ID]
		switch {
		case o.PaidAt.IsZero() && s.n > 0:
			r.add(ledger.Violation{Shop: shop, Order: o.ID, What: "sales hold an order that is not paid", Got: s.amount})
		case !o.PaidAt.IsZero() && o.PaidAt.Before(before) && s.n != 1:
			r.add(ledger.Violation{Shop: shop, Order: o.ID, What: "a paid order was not delivered to its shop once", Want: 1, Got: s.n})
		case s.n == 1 && s.amount != int64(o.Total):
			r.add(ledger.Violation{Shop: shop, Order: o.ID, What: "sales hold another amount than was paid", Want: int64(o.Total), Got: s.amount})
		}
	}
	return nil
}

// Delivered checks of all shops that every order that was paid before a time was
// delivered to its shop exactly once.
func Delivered(ctx context.Context, d *db.DB, before time.Time) (Report, error) {
	out := Report{}
	shops, err := shopIDs(ctx, d)
	if err != nil {
		return out, err
	}
	for _, shop := range shops {
		err := d.Read(ctx, func(tx *db.Tx) error {
			for from, n := id.ID(1), batch; n == batch; {
				all, err := readOrders(tx, shop, from, batch)
				if err != nil {
					return err
				}
				if n = len(all); n > 0 {
					from = all[n-1].ID + 1
				}
				if err := out.delivered(tx, shop, all, before); err != nil {
					return err
				}
				out.Orders += n
			}
			return nil
		})
		if err != nil {
			return out, fmt.Errorf("audit of shop %s: %w", shop, err)
		}
		out.Shops++
	}
	return out, nil
}

// twice finds payments of the provider that were booked for two orders' parts.
func (r *Report) twice(tx *db.Tx, shop id.ID) error {
	return tx.Each(func(row db.Row) error {
		v := ledger.Violation{Shop: shop, What: "a payment of the provider was booked twice", Want: 1}
		err := row.Scan(&v.Detail, &v.Got)
		r.add(v)
		return err
	}, `SELECT transaction_id, COUNT(*) FROM order_payments WHERE shop_id = $1 AND transaction_id <> '' GROUP BY transaction_id HAVING COUNT(*) > 1 LIMIT 100`, shop)
}

// heldOf adds up what open orders of a shop hold of each SKU; false when there
// are too many of them for one go.
func heldOf(tx *db.Tx, shop id.ID) (held map[id.ID]int64, ok bool, err error) {
	var open int64
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE shop_id = $1 AND state IN ('pending', 'paid', 'shipped') LIMIT $2) AS c`, shop, openAtMost).Scan(&open)
	if err != nil || open >= openAtMost {
		return nil, false, err
	}
	held = map[id.ID]int64{}
	err = tx.Each(func(row db.Row) error {
		var sku id.ID
		var l order.Line
		if err := row.Scan(&sku, &l.Qty, &l.Shipped, &l.Refunding, &l.Refunded, &l.Held, &l.Released); err != nil {
			return err
		}
		held[sku] += l.Reserved()
		return nil
	}, `SELECT l.sku_id, l.quantity, l.shipped, l.refunding, l.refunded, l.held, l.released FROM orders AS o JOIN order_lines AS l ON l.shop_id = o.shop_id AND l.order_id = o.id
		WHERE o.shop_id = $1 AND l.shop_id = $1 AND o.state IN ('pending', 'paid', 'shipped')`, shop)
	return held, true, err
}

// shelvesFrom compares the next SKUs of a shop; it returns the last one and how
// many there were.
func (r *Report) shelvesFrom(tx *db.Tx, shop, from id.ID, held map[id.ID]int64) (last id.ID, n int, err error) {
	type shelf struct{ sku, onHand, reserved int64 }
	all, err := db.All(tx, func(row db.Row) (s shelf, err error) { return s, row.Scan(&s.sku, &s.onHand, &s.reserved) },
		`SELECT sku_id, on_hand, reserved FROM stocks WHERE shop_id = $1 AND sku_id >= $2 ORDER BY sku_id LIMIT $3`, shop, from, skusAtOnce)
	if err != nil || len(all) == 0 {
		return from, 0, err
	}
	last = id.ID(all[len(all)-1].sku)
	moved := map[int64]int64{}
	err = tx.Each(func(row db.Row) error {
		var sku, sum int64
		err := row.Scan(&sku, &sum)
		moved[sku] = sum
		return err
	}, `SELECT sku_id, CAST(SUM(d_on_hand) AS BIGINT) FROM stock_movements WHERE shop_id = $1 AND sku_id >= $2 AND sku_id <= $3 GROUP BY sku_id`, shop, all[0].sku, last)
	if err != nil {
		return last, len(all), err
	}
	for _, s := range all {
		r.SKUs++
		sku := id.ID(s.sku)
		at := "SKU " + sku.String()
		if s.reserved < 0 || s.onHand < s.reserved {
			r.add(ledger.Violation{Shop: shop, What: "stock is oversold", Want: s.onHand, Got: s.reserved, Detail: at})
		}
		if s.reserved != held[sku] {
			r.add(ledger.Violation{Shop: shop, What: "reserved stock differs from open orders", Want: held[sku], Got: s.reserved, Detail: at})
		}
		if s.onHand != moved[s.sku] {
			r.add(ledger.Violation{Shop: shop, What: "stock on hand differs from its movements", Want: moved[s.sku], Got: s.onHand, Detail: at})
		}
	}
	return last, len(all), nil
}
