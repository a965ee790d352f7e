package payment

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// Keep stores a notice under its sender's id; done tells that it was handled
// before.
func Keep(tx *db.Tx, n Notice, now time.Time) (done bool, err error) {
	key := n.Source + ":" + n.ID
	if _, err := tx.Exec(`INSERT INTO notices (id, source, kind, body, received_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
		key, n.Source, n.Kind, n.Body, now); err != nil {
		return false, err
	}
	var at time.Time
	err = tx.QueryRow(`SELECT handled_at FROM notices WHERE id = $1`, key).Scan(&at)
	return !at.IsZero(), err
}

// Handled marks a notice as handled.
func Handled(tx *db.Tx, n Notice, now time.Time) error {
	_, err := tx.Exec(`UPDATE notices SET handled_at = $2 WHERE id = $1 AND handled_at IS NULL`, n.Source+":"+n.ID, now)
	return err
}

// Claim takes the right to ask the provider about an open payment, when it was
// last touched at or before a time; one of several rivals gets it.
func Claim(tx *db.Tx, p Payment, before, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE payments SET checks = checks + 1, updated_at = $4 WHERE buyer_id = $1 AND id = $2 AND state = 'open' AND updated_at <= $3`,
		p.BuyerID, p.ID, before, now))
}

// ClaimDue takes a due payment to ask about it and sets when it is due again.
func ClaimDue(tx *db.Tx, p Payment, next, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE payments SET checks = checks + 1, next_check_at = $3, updated_at = $4 WHERE buyer_id = $1 AND id = $2 AND state = 'open' AND next_check_at <= $4`,
		p.BuyerID, p.ID, next, now))
}

// ClaimRefund takes a due refund to work on it and sets when it is due again.
func ClaimRefund(tx *db.Tx, f Refund, next, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE refunds SET next_try_at = $3, updated_at = $4 WHERE shop_id = $1 AND id = $2 AND next_try_at <= $4 AND state IN ('due', 'processing')`,
		f.ShopID, f.ID, next, now))
}
