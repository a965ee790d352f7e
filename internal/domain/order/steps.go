package order

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Pay moves a pending order to paid; false when it was not pending.
func Pay(tx *db.Tx, shop, order id.ID, paidAt, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE orders SET state = 'paid', paid_at = $3, updated_at = $4 WHERE shop_id = $1 AND id = $2 AND state = 'pending'`, shop, order, paidAt, now))
}

// Close moves an order from a state to closed; false when it was not there.
func Close(tx *db.Tx, shop, order id.ID, from State, reason string, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE orders SET state = 'closed', close_reason = $4, closed_at = $5, updated_at = $5, receive_deadline = NULL
		WHERE shop_id = $1 AND id = $2 AND state = $3`, shop, order, string(from), reason, now))
}

// Ship moves a paid order to shipped and sets when it counts as received. For an
// order that is shipped already (units shipped after a refused after-sale) the
// deadline moves only later.
func Ship(tx *db.Tx, shop, order id.ID, deadline, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE orders SET state = 'shipped', shipped_at = COALESCE(shipped_at, $4), updated_at = $4,
		receive_deadline = CASE WHEN receive_deadline IS NULL OR receive_deadline < $3 THEN $3 ELSE receive_deadline END
		WHERE shop_id = $1 AND id = $2 AND state IN ('paid', 'shipped')`, shop, order, deadline, now))
}

// Receive moves a shipped order without an open after-sale to received.
func Receive(tx *db.Tx, shop, order id.ID, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE orders SET state = 'received', received_at = $3, updated_at = $3, receive_deadline = NULL
		WHERE shop_id = $1 AND id = $2 AND state = 'shipped' AND refund_state <> 'asked'`, shop, order, now))
}

// Touch marks an order as changed, for projections.
func Touch(tx *db.Tx, shop, order id.ID, now time.Time) error {
	return tx.Must(`UPDATE orders SET updated_at = $3 WHERE shop_id = $1 AND id = $2`, shop, order, now)
}

// SetRefundState stores what is asked or refunded. When nothing is asked any
// more, a receive deadline that has come near moves to until.
func SetRefundState(tx *db.Tx, shop, order id.ID, s RefundState, until, now time.Time) error {
	return tx.Must(`UPDATE orders SET refund_state = $3, updated_at = $5,
		receive_deadline = CASE WHEN state = 'shipped' AND receive_deadline < $4 THEN $4 ELSE receive_deadline END
		WHERE shop_id = $1 AND id = $2`, shop, order, string(s), until, now)
}

// AddRefunded adds to what an order has paid back; never above its total.
func AddRefunded(tx *db.Tx, shop, order id.ID, amount money.Fen, now time.Time) error {
	return tx.Must(`UPDATE orders SET refunded = refunded + $3, updated_at = $4 WHERE shop_id = $1 AND id = $2 AND refunded + $3 <= total`, shop, order, amount, now)
}

// SetStaffNote stores the shop's own note on an order.
func SetStaffNote(tx *db.Tx, shop, order id.ID, note string, now time.Time) error {
	if n, err := tx.Exec(`UPDATE orders SET staff_note = $3, updated_at = $4 WHERE shop_id = $1 AND id = $2`, shop, order, note, now); err != nil || n == 0 {
		return first(err, ErrNotFound)
	}
	return nil
}

// Counts is a change of the counters of a line.
type Counts struct{ Shipped, Refunding, Refunded, Held, Released int64 }

// Count adds to the counters of a line; db.ErrNoRow when a limit forbids it:
// refunding + refunded ≤ quantity, shipped + held ≤ quantity, released ≤ held.
func Count(tx *db.Tx, shop, order, line id.ID, c Counts) error {
	return tx.Must(`UPDATE order_lines SET shipped = shipped + $4, refunding = refunding + $5, refunded = refunded + $6, held = held + $7, released = released + $8
		WHERE shop_id = $1 AND order_id = $2 AND line_no = $3 AND refunding + $5 >= 0 AND held + $7 >= 0
		AND refunding + $5 + refunded + $6 <= quantity AND shipped + $4 + held + $7 <= quantity AND released + $8 <= held + $7`,
		shop, order, line, c.Shipped, c.Refunding, c.Refunded, c.Held, c.Released)
}

func changed(n int64, err error) (bool, error) { return n == 1, err }

func first(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
