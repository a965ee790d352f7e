package ledger

import (
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// OrderRef names what a transfer belongs to: an order and, of it, a payment or a
// refund.
type OrderRef struct{ Order, Ref id.ID }

// Booked sums what the books of a shop moved at a provider for each payment and
// refund of the orders named (at most a few hundred): in less out.
func Booked(tx *db.Tx, shop id.ID, provider string, orders []id.ID) (map[OrderRef]money.Fen, error) {
	account := AtProvider(provider)
	out := make(map[OrderRef]money.Fen, len(orders))
	in, args := db.List(3, orders)
	err := tx.Each(func(r db.Row) error {
		var k OrderRef
		var debit Account
		var f money.Fen
		if err := r.Scan(&k.Order, &k.Ref, &debit, &f); err != nil {
			return err
		}
		if debit != account {
			f = -f
		}
		out[k] += f
		return nil
	}, `SELECT order_id, ref_id, debit, amount FROM ledger_transfers WHERE shop_id = $1 AND order_id IN (`+in+`) AND (debit = $2 OR credit = $2)
		AND kind IN ('order.settled', 'late.received', 'refund.done')`, append([]any{shop, string(account)}, args...)...)
	return out, err
}
