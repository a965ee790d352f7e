package order

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Filter chooses orders of a shop.
type Filter struct {
	State  State       // "": any
	Refund RefundState // "": any
	// Search is an order id, a whole phone number, or a receiver's name; "": all.
	Search string
	Before id.ID // cursor: only older orders; 0: from the newest
	Limit  int   // 1–100
}

// List gives the orders of a shop, newest first.
func List(tx *db.Tx, shop id.ID, f Filter) ([]Order, error) {
	if f.Before == 0 {
		f.Before = math.MaxInt64
	}
	q := listing{args: []any{shop, f.Before, min(max(f.Limit, 1), 100)}}
	if f.State != "" {
		q.add("state", string(f.State))
	}
	if f.Refund != "" {
		q.add("refund_state", string(f.Refund))
		if f.Refund != RefundNone {
			q.where += ` AND refund_state <> 'none'` // the words of the index
		}
	}
	if s := strings.TrimSpace(f.Search); s != "" {
		return q.search(tx, s, f)
	}
	return q.read(tx, "")
}

// listing is a List under way.
type listing struct {
	args  []any
	where string
}

func (q *listing) add(column string, v any) {
	q.args = append(q.args, v)
	q.where += ` AND ` + column + ` = $` + string(rune('0'+len(q.args)))
}

func (q *listing) read(tx *db.Tx, more string) ([]Order, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM orders WHERE shop_id = $1 AND id < $2`+q.where+more+` ORDER BY id DESC LIMIT $3`, q.args...)
}

// search finds an order by its id, or orders by phone or name. The indexes of
// these hold paid and closed orders only, so that placing one does not pay for
// them; the few that wait for payment are looked at one by one.
func (q *listing) search(tx *db.Tx, s string, f Filter) ([]Order, error) {
	switch n, err := id.Parse(s); {
	case err == nil && len(s) > 13:
		q.add("id", n)
		return q.read(tx, "")
	case err == nil || strings.HasPrefix(s, "+"):
		q.add("phone", s)
	default:
		q.add("receiver", s)
	}
	if f.State == Pending {
		return q.read(tx, "")
	}
	out, err := q.read(tx, ` AND state <> 'pending'`)
	if err != nil || f.State != "" {
		return out, err
	}
	unpaid, err := q.read(tx, ` AND state = 'pending'`)
	out = append(out, unpaid...)
	slices.SortFunc(out, func(a, b Order) int { return cmp.Compare(b.ID, a.ID) })
	return out[:min(len(out), min(max(f.Limit, 1), 100))], err
}

// DueUnpaid names orders of all shops past their pay deadline that no open
// payment covers, oldest first.
func DueUnpaid(tx *db.Tx, now time.Time, limit int) ([]Ref, error) {
	return db.All(tx, scanRef, `SELECT shop_id, id FROM orders WHERE state = 'pending' AND pay_deadline <= $1
		AND NOT EXISTS (SELECT 1 FROM order_payments p WHERE p.shop_id = orders.shop_id AND p.order_id = orders.id AND p.state = 'open')
		ORDER BY pay_deadline LIMIT $2`, now, limit)
}

// DueUnreceived names shipped orders of all shops past their receive deadline
// without an open after-sale, oldest first.
func DueUnreceived(tx *db.Tx, now time.Time, limit int) ([]Ref, error) {
	return db.All(tx, scanRef, `SELECT shop_id, id FROM orders WHERE state = 'shipped' AND receive_deadline <= $1 AND refund_state <> 'asked'
		ORDER BY receive_deadline LIMIT $2`, now, limit)
}

func scanRef(r db.Row) (f Ref, err error) { return f, r.Scan(&f.Shop, &f.Order) }

// Entry is a row of buyer_orders: an order as the buyer's list shows it.
type Entry struct {
	BuyerID, OrderID, ShopID, CheckoutID id.ID
	ShopName                             string
	State                                State
	RefundState                          RefundState
	Total                                money.Fen
	LineCount                            int64
	Title, Picture                       string
	UpdatedAt                            time.Time
}

// EntriesOf reads orders of a shop as their buyers' lists show them, without
// the shop's name.
func EntriesOf(tx *db.Tx, shop id.ID, orders []id.ID) ([]Entry, error) {
	list, args := db.List(2, orders)
	return db.All(tx, func(r db.Row) (e Entry, err error) {
		return e, r.Scan(&e.BuyerID, &e.OrderID, &e.ShopID, &e.CheckoutID, &e.State, &e.RefundState, &e.Total, &e.LineCount, &e.Title, &e.Picture, &e.UpdatedAt)
	}, `SELECT buyer_id, id, shop_id, checkout_id, state, refund_state, total, line_count, title, picture, updated_at
		FROM orders WHERE shop_id = $1 AND id IN (`+list+`)`, append([]any{shop}, args...)...)
}

var putEntries = db.Rows{
	Into: `INSERT INTO buyer_orders (buyer_id, order_id, shop_id, checkout_id, shop_name, state, refund_state, total, line_count, title, picture, updated_at) VALUES`,
	Cols: 12,
	Tail: `ON CONFLICT (buyer_id, order_id) DO UPDATE SET shop_name = excluded.shop_name, state = excluded.state, refund_state = excluded.refund_state,
		total = excluded.total, line_count = excluded.line_count, title = excluded.title, picture = excluded.picture, updated_at = excluded.updated_at
		WHERE buyer_orders.updated_at <= excluded.updated_at`,
}

// PutEntries writes orders, each once, into their buyers' lists unless a newer
// state is there.
func PutEntries(tx *db.Tx, entries []Entry) error {
	args := make([]any, 0, len(entries)*putEntries.Cols)
	for _, e := range entries {
		args = append(args, e.BuyerID, e.OrderID, e.ShopID, e.CheckoutID, e.ShopName, string(e.State), string(e.RefundState), e.Total, e.LineCount, e.Title, e.Picture, e.UpdatedAt)
	}
	return putEntries.Put(tx, args)
}

const entryColumns = `buyer_id, order_id, shop_id, checkout_id, shop_name, state, refund_state, total, line_count, title, picture, updated_at`

func scanEntry(r db.Row) (e Entry, err error) {
	return e, r.Scan(&e.BuyerID, &e.OrderID, &e.ShopID, &e.CheckoutID, &e.ShopName, &e.State, &e.RefundState, &e.Total, &e.LineCount, &e.Title, &e.Picture, &e.UpdatedAt)
}

// Entries lists a buyer's orders over all shops, newest first: of one state, or
// of all ("").
func Entries(tx *db.Tx, buyer id.ID, s State, before id.ID, limit int) ([]Entry, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	limit = min(max(limit, 1), 100)
	if s == "" {
		return db.All(tx, scanEntry, `SELECT `+entryColumns+` FROM buyer_orders WHERE buyer_id = $1 AND order_id < $2 ORDER BY order_id DESC LIMIT $3`, buyer, before, limit)
	}
	return db.All(tx, scanEntry, `SELECT `+entryColumns+` FROM buyer_orders WHERE buyer_id = $1 AND state = $4 AND order_id < $2 ORDER BY order_id DESC LIMIT $3`, buyer, before, limit, string(s))
}

// Refunding lists a buyer's orders with money asked or paid back, newest first.
func Refunding(tx *db.Tx, buyer id.ID, before id.ID, limit int) ([]Entry, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return db.All(tx, scanEntry, `SELECT `+entryColumns+` FROM buyer_orders WHERE buyer_id = $1 AND refund_state <> 'none' AND order_id < $2 ORDER BY order_id DESC LIMIT $3`,
		buyer, before, min(max(limit, 1), 100))
}

// ShopOf tells in which shop a buyer's order stands; ErrNotFound until the
// projection has it (within a second of placing) or when it is another's.
func ShopOf(tx *db.Tx, buyer, order id.ID) (id.ID, error) {
	var shop id.ID
	if err := tx.QueryRow(`SELECT shop_id FROM buyer_orders WHERE buyer_id = $1 AND order_id = $2`, buyer, order).Scan(&shop); err != nil {
		return 0, ErrNotFound.Because(err)
	}
	return shop, nil
}
