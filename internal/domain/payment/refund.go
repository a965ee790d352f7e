package payment

import (
	"errors"
	"math"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// RefundState is where a refund stands.
type RefundState string

// States of a refund.
const (
	RefundDue  RefundState = "due"        // decided, the provider has not taken it yet
	RefundSent RefundState = "processing" // the provider works on it
	RefundDone RefundState = "succeeded"
	RefundOdd  RefundState = "abnormal" // a person has to look
)

// RefundStates is the table of a refund's life.
func RefundStates() []states.Transition {
	return []states.Transition{
		{From: "", To: string(RefundDue), On: "refund decided"},
		{From: string(RefundDue), To: string(RefundSent), On: "provider accepts"},
		{From: string(RefundSent), To: string(RefundDue), On: "provider does not know it, send again"},
		{From: string(RefundDue), To: string(RefundDone), On: "provider has sent it"},
		{From: string(RefundDue), To: string(RefundOdd), On: "provider refuses"},
		{From: string(RefundSent), To: string(RefundDone), On: "provider has sent it"},
		{From: string(RefundSent), To: string(RefundOdd), On: "provider cannot send it"},
		{From: string(RefundOdd), To: string(RefundDue), On: "staff tries again"},
		{From: string(RefundOdd), To: string(RefundDone), On: "provider has sent it after all"},
	}
}

// Refund is a row of refunds.
type Refund struct {
	ShopID, ID, OrderID, PaymentID, AftersaleID id.ID
	RefundNo, ProviderID                        string
	Amount                                      money.Fen
	Reason                                      string
	State                                       RefundState
	Attempts                                    int64
	LastError                                   string
	NextTryAt, CreatedAt, FinishedAt, UpdatedAt time.Time
}

const refundColumns = `shop_id, id, order_id, payment_id, aftersale_id, refund_no, provider_id, amount, reason, state, attempts, last_error,
	next_try_at, created_at, finished_at, updated_at`

func scanRefund(r db.Row) (f Refund, err error) {
	return f, r.Scan(&f.ShopID, &f.ID, &f.OrderID, &f.PaymentID, &f.AftersaleID, &f.RefundNo, &f.ProviderID, &f.Amount, &f.Reason, &f.State,
		&f.Attempts, &f.LastError, &f.NextTryAt, &f.CreatedAt, &f.FinishedAt, &f.UpdatedAt)
}

// Ask writes a refund that is due now and counts it on its part, never above
// what was paid (ErrRefundTooMuch).
func Ask(tx *db.Tx, f Refund, now time.Time) error {
	err := tx.Must(`UPDATE order_payments SET refunded = refunded + $4 WHERE shop_id = $1 AND order_id = $2 AND payment_id = $3
		AND state IN ('paid', 'late') AND refunded + $4 <= amount`, f.ShopID, f.OrderID, f.PaymentID, f.Amount)
	if errors.Is(err, db.ErrNoRow) {
		return ErrRefundTooMuch
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO refunds (shop_id, id, order_id, payment_id, aftersale_id, refund_no, amount, reason, state, next_try_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'due', $9, $9, $9)`,
		f.ShopID, f.ID, f.OrderID, f.PaymentID, f.AftersaleID, RefundNo(f.ShopID, f.ID), f.Amount, f.Reason, now)
	return err
}

// GetRefund reads a refund of a shop.
func GetRefund(tx *db.Tx, shop, refund id.ID) (Refund, error) { return getRefund(tx, shop, refund, "") }

// LockRefund reads a refund for change; rival transactions wait.
func LockRefund(tx *db.Tx, shop, refund id.ID) (Refund, error) {
	return getRefund(tx, shop, refund, tx.ForUpdate())
}

func getRefund(tx *db.Tx, shop, refund id.ID, lock string) (Refund, error) {
	f, err := scanRefund(tx.QueryRow(`SELECT `+refundColumns+` FROM refunds WHERE shop_id = $1 AND id = $2`+lock, shop, refund))
	if errors.Is(err, db.ErrNoRow) {
		return f, ErrRefundNotFound
	}
	return f, err
}

// RefundsOfOrder lists the refunds of an order, newest first, at most 100.
func RefundsOfOrder(tx *db.Tx, shop, order id.ID) ([]Refund, error) {
	return db.All(tx, scanRefund, `SELECT `+refundColumns+` FROM refunds WHERE shop_id = $1 AND order_id = $2 ORDER BY id DESC LIMIT 100`, shop, order)
}

// Refunds lists the refunds of a shop in a state ("": any), newest first.
func Refunds(tx *db.Tx, shop id.ID, s RefundState, before id.ID, limit int) ([]Refund, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return db.All(tx, scanRefund, `SELECT `+refundColumns+` FROM refunds WHERE shop_id = $1 AND ($2 = '' OR state = $2) AND id < $3 ORDER BY id DESC LIMIT $4`,
		shop, string(s), before, min(max(limit, 1), 100))
}

// DueRefunds names refunds of all shops to be sent or asked about, oldest first.
func DueRefunds(tx *db.Tx, now time.Time, limit int) ([]Refund, error) {
	return db.All(tx, scanRefund, `SELECT `+refundColumns+` FROM refunds WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $2`, now, limit)
}

// MoveRefund moves a refund along RefundStates, from any of the states before;
// false when it was in none of them.
func MoveRefund(tx *db.Tx, f Refund, to RefundState, providerID, lastError string, next, now time.Time) (bool, error) {
	finished := time.Time{}
	if to == RefundDone {
		finished = now
	}
	from := map[RefundState]string{
		RefundSent: `state IN ('due', 'processing')`, RefundDone: `state <> 'succeeded'`,
		RefundOdd: `state IN ('due', 'processing')`, RefundDue: `state IN ('due', 'abnormal')`,
	}[to]
	return changed(tx.Exec(`UPDATE refunds SET state = $3, provider_id = CASE WHEN $4 = '' THEN provider_id ELSE $4 END, last_error = $5,
		attempts = attempts + 1, next_try_at = $6, finished_at = $7, updated_at = $8 WHERE shop_id = $1 AND id = $2 AND `+from,
		f.ShopID, f.ID, string(to), providerID, lastError, next, finished, now))
}

// NoteTry notes a try at a refund that brought no definite answer; resend puts it
// back to due, so that it is sent (under the same number) instead of asked about.
func NoteTry(tx *db.Tx, f Refund, resend bool, lastError string, next, now time.Time) error {
	to := f.State
	if resend {
		to = RefundDue
	}
	return tx.Must(`UPDATE refunds SET state = $4, attempts = attempts + 1, last_error = $5, next_try_at = $6, updated_at = $7 WHERE shop_id = $1 AND id = $2 AND state = $3`,
		f.ShopID, f.ID, string(f.State), string(to), lastError, next, now)
}
