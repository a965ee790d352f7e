package payment

import (
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// key is a notice's id among those of all senders.
func (n Notice) key() string { return n.Source + ":" + n.ID }

// WasHandled tells whether a notice was handled before.
func WasHandled(tx *db.Tx, n Notice) (bool, error) {
	var at time.Time
	err := tx.QueryRow(`SELECT handled_at FROM notices WHERE id = $1`, n.key()).Scan(&at)
	if errors.Is(err, db.ErrNoRow) {
		return false, nil
	}
	return !at.IsZero(), err
}

// Handle stores a notice as handled, for the transaction that handles it; done
// tells that it was handled before. A rival with the same notice waits.
func Handle(tx *db.Tx, n Notice, now time.Time) (done bool, err error) {
	fresh, err := putNotice(tx, n, now, now)
	if err != nil || fresh {
		return false, err
	}
	kept, err := changed(tx.Exec(`UPDATE notices SET handled_at = $2 WHERE id = $1 AND handled_at IS NULL`, n.key(), now))
	return !kept, err
}

// Keep stores a notice that could not be handled yet.
func Keep(tx *db.Tx, n Notice, now time.Time) error {
	_, err := putNotice(tx, n, now, time.Time{})
	return err
}

func putNotice(tx *db.Tx, n Notice, now, handled time.Time) (fresh bool, err error) {
	return changed(tx.Exec(`INSERT INTO notices (id, source, kind, body, received_at, handled_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
		n.key(), n.Source, n.Kind, n.Body, now, handled))
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
