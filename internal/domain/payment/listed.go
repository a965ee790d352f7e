package payment

import (
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Account names whose money it is: a provider and the merchant number there.
type Account struct{ Provider, MchID string }

// PaidParts lists the parts of a shop that an account received in [from, to) by
// the provider's clock, in the order of that time; last is the part before the
// page (none for the first).
func PaidParts(tx *db.Tx, a Account, shop id.ID, from, to time.Time, last Part, limit int) ([]Part, error) {
	if !last.PaidAt.IsZero() {
		from = last.PaidAt
	}
	return db.All(tx, scanPart, `SELECT `+partColumns+` FROM order_payments WHERE shop_id = $1 AND paid_at < $2
		AND (paid_at, order_id, payment_id) > ($3, $4, $5) AND provider = $6 AND mch_id = $7
		ORDER BY paid_at, order_id, payment_id LIMIT $8`, shop, to, from, last.OrderID, last.PaymentID, a.Provider, a.MchID, limit)
}

// DoneRefunds lists the refunds of a shop that ended well in [from, to), in the
// order of that time; last is the refund before the page (none for the first).
func DoneRefunds(tx *db.Tx, shop id.ID, from, to time.Time, last Refund, limit int) ([]Refund, error) {
	if !last.FinishedAt.IsZero() {
		from = last.FinishedAt
	}
	return db.All(tx, scanRefund, `SELECT `+refundColumns+` FROM refunds WHERE shop_id = $1 AND finished_at < $2
		AND (finished_at, id) > ($3, $4) AND state = 'succeeded' ORDER BY finished_at, id LIMIT $5`, shop, to, from, last.ID, limit)
}

// PartByNumber reads the part of a shop that has a number at the provider.
func PartByNumber(tx *db.Tx, shop id.ID, tradeNo string) (Part, error) {
	p, err := scanPart(tx.QueryRow(`SELECT `+partColumns+` FROM order_payments WHERE shop_id = $1 AND trade_no = $2`, shop, tradeNo))
	if errors.Is(err, db.ErrNoRow) {
		return p, ErrPaymentNotFound
	}
	return p, err
}

// PartsByPayment gives the accounts of payments, by the keys of their parts; what
// is not there is left out.
func PartsByPayment(tx *db.Tx, shop id.ID, orders []id.ID) (map[[2]id.ID]Part, error) {
	out := make(map[[2]id.ID]Part, len(orders))
	in, args := db.List(2, orders)
	err := tx.Each(func(r db.Row) error {
		p, err := scanPart(r)
		out[[2]id.ID{p.OrderID, p.PaymentID}] = p
		return err
	}, `SELECT `+partColumns+` FROM order_payments WHERE shop_id = $1 AND order_id IN (`+in+`)`, append([]any{shop}, args...)...)
	return out, err
}
