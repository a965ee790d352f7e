package audit

import (
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// facts is what other tables say of the orders of a range, by order.
type facts struct {
	books      map[id.ID]map[ledger.Account]money.Fen
	lines      map[id.ID][]order.Line
	parts      map[id.ID][]payment.Part
	payments   map[id.ID]payment.State
	refunds    map[id.ID][]payment.Refund
	aftersales map[id.ID]map[id.ID]asked // by order, by after-sale
	units      map[id.ID]map[id.ID]units // by order, by line
}

// asked is an after-sale as its order must know it.
type asked struct {
	State            string
	Amount, Shipping money.Fen
	LineSum          money.Fen
}

// units is what after-sales and parcels say of a line.
type units struct{ refunding, refunded, held, released, shipped int64 }

func gather(tx *db.Tx, shop, from, to id.ID) (facts, error) {
	f := facts{lines: map[id.ID][]order.Line{}, parts: map[id.ID][]payment.Part{}, payments: map[id.ID]payment.State{}, refunds: map[id.ID][]payment.Refund{},
		aftersales: map[id.ID]map[id.ID]asked{}, units: map[id.ID]map[id.ID]units{}}
	var err error
	if f.books, err = ledger.ByOrder(tx, shop, from, to); err != nil {
		return f, err
	}
	delete(f.books, 0)
	for _, read := range []func(*db.Tx, id.ID, id.ID, id.ID) error{f.readLines, f.readParts, f.readPayments, f.readRefunds, f.readAftersales, f.readParcels} {
		if err := read(tx, shop, from, to); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *facts) readLines(tx *db.Tx, shop, from, to id.ID) error {
	return tx.Each(func(r db.Row) error {
		var o id.ID
		var l order.Line
		if err := r.Scan(&o, &l.No, &l.SKU, &l.Price, &l.Qty, &l.Amount, &l.Shipped, &l.Refunding, &l.Refunded, &l.Held, &l.Released); err != nil {
			return err
		}
		f.lines[o] = append(f.lines[o], l)
		return nil
	}, `SELECT order_id, line_no, sku_id, price, quantity, amount, shipped, refunding, refunded, held, released FROM order_lines
		WHERE shop_id = $1 AND order_id >= $2 AND order_id <= $3 ORDER BY order_id, line_no`, shop, from, to)
}

func (f *facts) readParts(tx *db.Tx, shop, from, to id.ID) error {
	return tx.Each(func(r db.Row) error {
		var p payment.Part
		if err := r.Scan(&p.OrderID, &p.PaymentID, &p.BuyerID, &p.Amount, &p.Refunded, &p.State); err != nil {
			return err
		}
		f.parts[p.OrderID] = append(f.parts[p.OrderID], p)
		return nil
	}, `SELECT order_id, payment_id, buyer_id, amount, refunded, state FROM order_payments WHERE shop_id = $1 AND order_id >= $2 AND order_id <= $3`, shop, from, to)
}

// readPayments reads the state of the payments whose parts were read; payments
// belong to buyers, so they are asked for by their keys.
func (f *facts) readPayments(tx *db.Tx, _, _, _ id.ID) error {
	var all []payment.Part
	for _, ps := range f.parts {
		all = append(all, ps...)
	}
	for part := range slices.Chunk(all, 128) {
		var buyers, ids []id.ID
		for _, p := range part {
			buyers, ids = append(buyers, p.BuyerID), append(ids, p.PaymentID)
		}
		list1, args1 := db.List(1, buyers)
		list2, args2 := db.List(1+len(args1), ids)
		err := tx.Each(func(r db.Row) error {
			var no id.ID
			var s payment.State
			err := r.Scan(&no, &s)
			f.payments[no] = s
			return err
		}, `SELECT id, state FROM payments WHERE buyer_id IN (`+list1+`) AND id IN (`+list2+`)`, append(args1, args2...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *facts) readRefunds(tx *db.Tx, shop, from, to id.ID) error {
	return tx.Each(func(r db.Row) error {
		var v payment.Refund
		if err := r.Scan(&v.OrderID, &v.ID, &v.PaymentID, &v.AftersaleID, &v.Amount, &v.State); err != nil {
			return err
		}
		f.refunds[v.OrderID] = append(f.refunds[v.OrderID], v)
		return nil
	}, `SELECT order_id, id, payment_id, aftersale_id, amount, state FROM refunds WHERE shop_id = $1 AND order_id >= $2 AND order_id <= $3`, shop, from, to)
}

func (f *facts) readAftersales(tx *db.Tx, shop, from, to id.ID) error {
	return tx.Each(func(r db.Row) error {
		var o, no, line id.ID
		var a asked
		var qty, unshipped int64
		var amount money.Fen
		if err := r.Scan(&o, &no, &a.State, &a.Amount, &a.Shipping, &line, &qty, &unshipped, &amount); err != nil {
			return err
		}
		if f.aftersales[o] == nil {
			f.aftersales[o] = map[id.ID]asked{}
		}
		a.LineSum = f.aftersales[o][no].LineSum + amount
		f.aftersales[o][no] = a
		u := f.unit(o, line)
		switch a.State {
		case "refused", "cancelled":
		case "refunded":
			u.refunded, u.held, u.released = u.refunded+qty, u.held+unshipped, u.released+unshipped
		default:
			u.refunding, u.held = u.refunding+qty, u.held+unshipped
		}
		f.units[o][line] = u
		return nil
	}, `SELECT a.order_id, a.id, a.state, a.amount, a.shipping_amount, l.line_no, l.quantity, l.unshipped, l.amount
		FROM aftersales a JOIN aftersale_lines l ON l.shop_id = a.shop_id AND l.aftersale_id = a.id
		WHERE a.shop_id = $1 AND a.order_id >= $2 AND a.order_id <= $3`, shop, from, to)
}

func (f *facts) readParcels(tx *db.Tx, shop, from, to id.ID) error {
	return tx.Each(func(r db.Row) error {
		var o, line id.ID
		var n int64
		if err := r.Scan(&o, &line, &n); err != nil {
			return err
		}
		u := f.unit(o, line)
		u.shipped = n
		f.units[o][line] = u
		return nil
	}, `SELECT s.order_id, l.line_no, CAST(SUM(l.quantity) AS BIGINT) FROM shipments s JOIN shipment_lines l ON l.shop_id = s.shop_id AND l.shipment_id = s.id
		WHERE s.shop_id = $1 AND s.order_id >= $2 AND s.order_id <= $3 GROUP BY s.order_id, l.line_no`, shop, from, to)
}

func (f *facts) unit(o, line id.ID) units {
	if f.units[o] == nil {
		f.units[o] = map[id.ID]units{}
	}
	return f.units[o][line]
}

// forget drops an order that was compared; what remains belongs to no order.
func (f *facts) forget(o id.ID) {
	delete(f.books, o)
	delete(f.lines, o)
	delete(f.parts, o)
	delete(f.refunds, o)
	delete(f.aftersales, o)
	delete(f.units, o)
}

func (f *facts) orphans(r *Report, shop id.ID) {
	for o := range f.books {
		r.add(ledger.Violation{Shop: shop, Order: o, What: "ledger rows of an order that does not exist"})
	}
	for o := range f.lines {
		r.add(ledger.Violation{Shop: shop, Order: o, What: "lines of an order that does not exist"})
	}
	for o := range f.parts {
		r.add(ledger.Violation{Shop: shop, Order: o, What: "payment of an order that does not exist"})
	}
	for o := range f.refunds {
		r.add(ledger.Violation{Shop: shop, Order: o, What: "refund of an order that does not exist"})
	}
	for o := range f.units {
		r.add(ledger.Violation{Shop: shop, Order: o, What: "after-sale or parcel of an order that does not exist"})
	}
}
