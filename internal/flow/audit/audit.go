// Package audit compares everything that speaks of the same money or the same
// goods: ledger against orders, payments and refunds; stock against movements and
// open orders; counters of lines against after-sales and parcels. It changes
// nothing. doctor prints its report.
package audit

import (
	"context"
	"fmt"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// maxViolations bounds a report; a broken book breaks many sums.
const maxViolations = 500

// Report is what an audit found.
type Report struct {
	Shops, Orders, SKUs int
	Balances            map[ledger.Account]money.Fen // over all shops, debits − credits
	Violations          []ledger.Violation
	Truncated           bool // there are more than maxViolations
}

// OK tells that nothing is wrong.
func (r Report) OK() bool { return len(r.Violations) == 0 }

// Err is nil when nothing is wrong, else it names the first violations.
func (r Report) Err() error {
	if r.OK() {
		return nil
	}
	text := ""
	for i, v := range r.Violations {
		if i == 10 {
			text += fmt.Sprintf("\n… and %d more", len(r.Violations)-i)
			break
		}
		text += "\n" + v.String()
	}
	return fmt.Errorf("audit: %d violations:%s", len(r.Violations), text)
}

func (r *Report) add(vs ...ledger.Violation) {
	for _, v := range vs {
		if len(r.Violations) >= maxViolations {
			r.Truncated = true
			return
		}
		r.Violations = append(r.Violations, v)
	}
}

// Run audits every shop, each on one consistent snapshot. Memory grows with the
// SKUs of the largest shop only.
func Run(ctx context.Context, d *db.DB) (Report, error) {
	out := Report{Balances: map[ledger.Account]money.Fen{}}
	var shops []id.ID
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		shops, err = db.All(tx, func(r db.Row) (s id.ID, err error) { return s, r.Scan(&s) }, `SELECT id FROM shops ORDER BY id`)
		return err
	})
	if err != nil {
		return out, err
	}
	for _, shop := range shops {
		if err := d.Read(ctx, func(tx *db.Tx) error { return out.shop(tx, shop) }); err != nil {
			return out, fmt.Errorf("audit of shop %s: %w", shop, err)
		}
		out.Shops++
	}
	return out, nil
}

// Shop audits one shop inside a transaction of the caller.
func Shop(tx *db.Tx, shop id.ID) (Report, error) {
	out := Report{Shops: 1, Balances: map[ledger.Account]money.Fen{}}
	return out, out.shop(tx, shop)
}

func (r *Report) shop(tx *db.Tx, shop id.ID) error {
	vs, err := ledger.Check(tx, shop)
	if err != nil {
		return err
	}
	r.add(vs...)
	for seq := int64(0); ; {
		next, vs, err := ledger.VerifySeals(tx, shop, seq, sealsAtOnce)
		if err != nil {
			return err
		}
		r.add(vs...)
		if next == seq {
			break
		}
		seq = next
	}
	balances, err := ledger.Balances(tx, shop)
	if err != nil {
		return err
	}
	for a, f := range balances {
		r.Balances[a] += f
	}
	drifts, err := inventory.Drifts(tx, shop, maxViolations)
	if err != nil {
		return err
	}
	for _, d := range drifts {
		r.add(ledger.Violation{Shop: shop, What: "stock on hand differs from its movements", Want: d.Sum, Got: d.OnHand, Detail: "SKU " + d.SKU.String()})
	}
	reserved, err := promotion.Aside(tx, shop)
	if err != nil {
		return err
	}
	if err := r.orders(tx, shop, reserved); err != nil {
		return err
	}
	return r.stocks(tx, shop, reserved)
}

// stocks compares reserved stock with the units open orders hold.
func (r *Report) stocks(tx *db.Tx, shop id.ID, reserved map[id.ID]int64) error {
	err := tx.Each(func(row db.Row) error {
		var sku id.ID
		var onHand, got int64
		if err := row.Scan(&sku, &onHand, &got); err != nil {
			return err
		}
		r.SKUs++
		if got != reserved[sku] {
			r.add(ledger.Violation{Shop: shop, What: "reserved stock differs from open orders and flash sales", Want: reserved[sku], Got: got, Detail: "SKU " + sku.String()})
		}
		if got < 0 || onHand < got {
			r.add(ledger.Violation{Shop: shop, What: "stock is oversold", Want: onHand, Got: got, Detail: "SKU " + sku.String()})
		}
		delete(reserved, sku)
		return nil
	}, `SELECT sku_id, on_hand, reserved FROM stocks WHERE shop_id = $1`, shop)
	for sku, n := range reserved {
		if n != 0 {
			r.add(ledger.Violation{Shop: shop, What: "open orders hold stock that has no row", Want: n, Detail: "SKU " + sku.String()})
		}
	}
	return err
}

// sealsAtOnce is how many sealed blocks are read at a time.
const sealsAtOnce = 64

// batch is how many orders are compared at a time.
const batch = 1000

// orders walks all orders of a shop in id order.
func (r *Report) orders(tx *db.Tx, shop id.ID, reserved map[id.ID]int64) error {
	from := id.ID(1)
	for {
		all, err := readOrders(tx, shop, from, batch)
		if err != nil {
			return err
		}
		to := id.ID(1<<63 - 1)
		if len(all) == batch {
			to = all[len(all)-1].ID
		}
		f, err := gather(tx, shop, from, to)
		if err != nil {
			return err
		}
		for _, o := range all {
			r.Orders++
			c := comparison{r, o, f}
			c.compare(reserved)
			f.forget(o.ID)
		}
		f.orphans(r, shop)
		if len(all) < batch {
			return nil
		}
		from = to + 1
	}
}

// readOrders reads orders of a shop in id order, from an id on.
func readOrders(tx *db.Tx, shop, from id.ID, limit int) ([]order.Order, error) {
	return db.All(tx, func(row db.Row) (o order.Order, err error) {
		o.ShopID = shop
		return o, row.Scan(&o.ID, &o.BuyerID, &o.State, &o.RefundState, &o.ItemsTotal, &o.ShippingFee, &o.Discount, &o.Total, &o.Refunded, &o.LineCount, &o.PaidAt)
	}, `SELECT id, buyer_id, state, refund_state, items_total, shipping_fee, discount, total, refunded, line_count, paid_at
		FROM orders WHERE shop_id = $1 AND id >= $2 ORDER BY id LIMIT $3`, shop, from, limit)
}

// Order compares everything that speaks of one order. What its lines still hold of
// the shop's stock is added to reserved, by SKU.
func Order(tx *db.Tx, shop, no id.ID, reserved map[id.ID]int64) (Report, error) {
	out := Report{Shops: 1}
	all, err := readOrders(tx, shop, no, 1)
	if err != nil {
		return out, err
	}
	f, err := gather(tx, shop, no, no)
	if err != nil {
		return out, err
	}
	if len(all) == 1 && all[0].ID == no {
		out.Orders = 1
		comparison{&out, all[0], f}.compare(reserved)
		f.forget(no)
	}
	f.orphans(&out, shop)
	return out, nil
}
