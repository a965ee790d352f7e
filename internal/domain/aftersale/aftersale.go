// Package aftersale owns aftersales and aftersale_lines: what a buyer wants back
// of an order, and what became of it. Kind refund pays back without goods
// coming; kind return waits for the parcel.
package aftersale

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// Kind is what the buyer wants.
type Kind string

// Kinds of after-sales.
const (
	Refund Kind = "refund" // money back; goods not shipped, or kept
	Return Kind = "return" // goods back, then money back
)

// State is where an after-sale stands.
type State string

// States of an after-sale.
const (
	Requested State = "requested"
	Approved  State = "approved"  // of a return: the buyer is to send the goods
	Returning State = "returning" // the buyer gave carrier and number
	Refunding State = "refunding" // the money is on its way
	Refunded  State = "refunded"  // final
	Refused   State = "refused"   // final
	Cancelled State = "cancelled" // final
)

// States is the table of an after-sale's life.
func States() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Requested), On: "buyer asks"},
		{From: string(Requested), To: string(Refunding), On: "shop approves a refund"},
		{From: string(Requested), To: string(Approved), On: "shop approves a return"},
		{From: string(Requested), To: string(Refused), On: "shop refuses"},
		{From: string(Requested), To: string(Cancelled), On: "buyer withdraws"},
		{From: string(Approved), To: string(Returning), On: "buyer gives the parcel"},
		{From: string(Approved), To: string(Cancelled), On: "buyer withdraws"},
		{From: string(Approved), To: string(Refunding), On: "shop has the goods (handed over)"},
		{From: string(Returning), To: string(Refunding), On: "shop has the goods"},
		{From: string(Returning), To: string(Refused), On: "shop refuses what came"},
		{From: string(Refunding), To: string(Refunded), On: "provider has sent the money"},
	}
}

// Open lists the states in which something is still to be done.
var Open = []State{Requested, Approved, Returning, Refunding}

// IsOpen tells whether something is still to be done.
func (s State) IsOpen() bool { return slices.Contains(Open, s) }

// Errors of this room.
var (
	ErrNotFound = errs.New(errs.NotFound, "aftersale.not_found", "没有找到这个售后单", "There is no such after-sale")
	ErrState    = errs.New(errs.Conflict, "aftersale.state", "售后状态已变化，请刷新后再试", "The after-sale is no longer in a state that allows this")
)

// Aftersale is a row of aftersales.
type Aftersale struct {
	ShopID, ID, OrderID, BuyerID                            id.ID
	Kind                                                    Kind
	State                                                   State
	Reason, Note                                            string
	Amount                                                  money.Fen // to be paid back, shipping included
	ShippingAmount                                          money.Fen
	RefuseReason, Carrier, TrackingNo                       string
	OrderState                                              string // of the order when asked
	Title, Picture                                          string
	CreatedAt, DecidedAt, ReturnedAt, FinishedAt, UpdatedAt time.Time
}

// Line is a row of aftersale_lines.
type Line struct {
	LineNo    id.ID
	Qty       int64
	Unshipped int64 // of Qty: units that had not been shipped
	Amount    money.Fen
}

const columns = `shop_id, id, order_id, buyer_id, kind, state, reason, note, amount, shipping_amount, refuse_reason, carrier, tracking_no,
	order_state, title, picture, created_at, decided_at, returned_at, finished_at, updated_at`

func scan(r db.Row) (a Aftersale, err error) {
	return a, r.Scan(&a.ShopID, &a.ID, &a.OrderID, &a.BuyerID, &a.Kind, &a.State, &a.Reason, &a.Note, &a.Amount, &a.ShippingAmount, &a.RefuseReason,
		&a.Carrier, &a.TrackingNo, &a.OrderState, &a.Title, &a.Picture, &a.CreatedAt, &a.DecidedAt, &a.ReturnedAt, &a.FinishedAt, &a.UpdatedAt)
}

// Put writes a requested after-sale with its lines.
func Put(tx *db.Tx, a Aftersale, lines []Line) error {
	_, err := tx.Exec(`INSERT INTO aftersales (shop_id, id, order_id, buyer_id, kind, state, reason, note, amount, shipping_amount, order_state, title, picture, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, 'requested', $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
		a.ShopID, a.ID, a.OrderID, a.BuyerID, string(a.Kind), a.Reason, a.Note, a.Amount, a.ShippingAmount, a.OrderState, a.Title, a.Picture, a.CreatedAt)
	for _, l := range lines {
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO aftersale_lines (shop_id, aftersale_id, line_no, quantity, unshipped, amount) VALUES ($1, $2, $3, $4, $5, $6)`,
			a.ShopID, a.ID, l.LineNo, l.Qty, l.Unshipped, l.Amount)
	}
	return err
}

// Get reads an after-sale of a shop.
func Get(tx *db.Tx, shop, aftersale id.ID) (Aftersale, error) { return get(tx, shop, aftersale, "") }

// Lock reads an after-sale for change; rival transactions wait.
func Lock(tx *db.Tx, shop, aftersale id.ID) (Aftersale, error) {
	return get(tx, shop, aftersale, tx.ForUpdate())
}

func get(tx *db.Tx, shop, aftersale id.ID, lock string) (Aftersale, error) {
	a, err := scan(tx.QueryRow(`SELECT `+columns+` FROM aftersales WHERE shop_id = $1 AND id = $2`+lock, shop, aftersale))
	if errors.Is(err, db.ErrNoRow) {
		return a, ErrNotFound
	}
	return a, err
}

// Lines reads the lines of an after-sale.
func Lines(tx *db.Tx, shop, aftersale id.ID) ([]Line, error) {
	return db.All(tx, func(r db.Row) (l Line, err error) {
		return l, r.Scan(&l.LineNo, &l.Qty, &l.Unshipped, &l.Amount)
	}, `SELECT line_no, quantity, unshipped, amount FROM aftersale_lines WHERE shop_id = $1 AND aftersale_id = $2 ORDER BY line_no`, shop, aftersale)
}

// OfOrder lists the after-sales of an order, newest first, at most 200.
func OfOrder(tx *db.Tx, shop, order id.ID) ([]Aftersale, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM aftersales WHERE shop_id = $1 AND order_id = $2 ORDER BY id DESC LIMIT 200`, shop, order)
}

// List gives the after-sales of a shop in a state ("": any), newest first,
// before a cursor (0: from the newest), at most limit (1–100).
func List(tx *db.Tx, shop id.ID, s State, before id.ID, limit int) ([]Aftersale, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	limit = min(max(limit, 1), 100)
	if s == "" {
		return db.All(tx, scan, `SELECT `+columns+` FROM aftersales WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, shop, before, limit)
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM aftersales WHERE shop_id = $1 AND state = $4 AND id < $2 ORDER BY id DESC LIMIT $3`, shop, before, limit, string(s))
}

// Asked is what is asked or paid back of an order by after-sales that were
// neither refused nor cancelled.
type Asked struct {
	Lines    map[id.ID]money.Fen // by line number
	Shipping money.Fen
}

// AskedOf sums Asked of an order.
func AskedOf(tx *db.Tx, shop, order id.ID) (Asked, error) {
	out := Asked{Lines: map[id.ID]money.Fen{}}
	err := tx.QueryRow(`SELECT CAST(COALESCE(SUM(shipping_amount), 0) AS BIGINT) FROM aftersales
		WHERE shop_id = $1 AND order_id = $2 AND state NOT IN ('refused', 'cancelled')`, shop, order).Scan(&out.Shipping)
	if err != nil {
		return out, err
	}
	return out, tx.Each(func(r db.Row) error {
		var no id.ID
		var f money.Fen
		err := r.Scan(&no, &f)
		out.Lines[no] = f
		return err
	}, `SELECT l.line_no, CAST(SUM(l.amount) AS BIGINT) FROM aftersales a JOIN aftersale_lines l ON l.shop_id = a.shop_id AND l.aftersale_id = a.id
		WHERE a.shop_id = $1 AND a.order_id = $2 AND a.state NOT IN ('refused', 'cancelled') GROUP BY l.line_no`, shop, order)
}

// OpenCount is how many after-sales of an order are open.
func OpenCount(tx *db.Tx, shop, order id.ID) (n int, err error) {
	return n, tx.QueryRow(`SELECT COUNT(*) FROM aftersales WHERE shop_id = $1 AND order_id = $2 AND state IN ('requested', 'approved', 'returning', 'refunding')`, shop, order).Scan(&n)
}

// Decide moves a requested after-sale to refunding, approved or refused (with a reason).
func Decide(tx *db.Tx, a Aftersale, to State, reason string, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE aftersales SET state = $4, refuse_reason = $5, decided_at = $6, updated_at = $6,
		finished_at = CASE WHEN $4 = 'refused' THEN $6 ELSE finished_at END WHERE shop_id = $1 AND id = $2 AND state = $3`,
		a.ShopID, a.ID, string(a.State), string(to), reason, now))
}

// Withdraw moves an after-sale to cancelled.
func Withdraw(tx *db.Tx, a Aftersale, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE aftersales SET state = 'cancelled', finished_at = $4, updated_at = $4 WHERE shop_id = $1 AND id = $2 AND state = $3 AND state IN ('requested', 'approved')`,
		a.ShopID, a.ID, string(a.State), now))
}

// GiveParcel stores the buyer's parcel: approved to returning; a parcel already
// given may be corrected.
func GiveParcel(tx *db.Tx, a Aftersale, carrier, no string, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE aftersales SET state = 'returning', carrier = $3, tracking_no = $4, updated_at = $5 WHERE shop_id = $1 AND id = $2 AND state IN ('approved', 'returning')`,
		a.ShopID, a.ID, carrier, no, now))
}

// Returned moves an approved or returning after-sale to refunding.
func Returned(tx *db.Tx, a Aftersale, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE aftersales SET state = 'refunding', returned_at = $4, updated_at = $4 WHERE shop_id = $1 AND id = $2 AND state = $3 AND state IN ('approved', 'returning')`,
		a.ShopID, a.ID, string(a.State), now))
}

// Finish moves a refunding after-sale to refunded.
func Finish(tx *db.Tx, a Aftersale, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE aftersales SET state = 'refunded', finished_at = $3, updated_at = $3 WHERE shop_id = $1 AND id = $2 AND state = 'refunding'`, a.ShopID, a.ID, now))
}

func changed(n int64, err error) (bool, error) { return n == 1, err }
