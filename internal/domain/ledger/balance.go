package ledger

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Totals is what was ever debited and credited to an account, and what pending
// transfers will. Amounts are fen.
type Totals struct {
	Debits         money.Fen `json:"d,omitempty"`
	Credits        money.Fen `json:"c,omitempty"`
	PendingDebits  money.Fen `json:"pd,omitempty"`
	PendingCredits money.Fen `json:"pc,omitempty"`
}

// Net is debits minus credits of what was posted.
func (t Totals) Net() money.Fen { return t.Debits - t.Credits }

// Books is the totals of every account that was touched.
type Books map[Account]Totals

// Free is how much of an account with a credit balance no pending transfer has
// reserved.
func (b Books) Free(a Account) money.Fen {
	t := b[a]
	return t.Credits - t.Debits - t.PendingDebits
}

// Net gives debits − credits of each account, and BuyerDue.
func (b Books) Net() map[Account]money.Fen {
	out := make(map[Account]money.Fen, len(b)+1)
	for a, t := range b {
		out[a] = t.Net()
		if a.IsProvider() {
			out[BuyerDue] += t.PendingDebits
		}
	}
	return out
}

// add books a sum of rows of one kind of movement.
func (b Books) add(debit, credit Account, p Phase, amount, ends money.Fen) {
	d, c := b[debit], b[credit]
	switch p {
	case Direct:
		d.Debits, c.Credits = d.Debits+amount, c.Credits+amount
	case Pending:
		d.PendingDebits, c.PendingCredits = d.PendingDebits+amount, c.PendingCredits+amount
	case Posted:
		d.Debits, c.Credits = d.Debits+amount, c.Credits+amount
		fallthrough
	default:
		d.PendingDebits, c.PendingCredits = d.PendingDebits-ends, c.PendingCredits-ends
	}
	b[debit], b[credit] = d, c
}

// collect adds what a query of (debit, credit, phase, amount, ends) gives.
func (b Books) collect(tx *db.Tx, sql string, args ...any) error {
	return tx.Each(func(r db.Row) error {
		var debit, credit Account
		var p Phase
		var amount, ends money.Fen
		if err := r.Scan(&debit, &credit, &p, &amount, &ends); err != nil {
			return err
		}
		b.add(debit, credit, p, amount, ends)
		return nil
	}, sql, args...)
}

const sums = `debit, credit, phase, CAST(SUM(amount) AS BIGINT), CAST(SUM(ends) AS BIGINT) FROM ledger_transfers`

// Read gives the books of a shop: what its last seal carries and the rows since.
func Read(tx *db.Tx, shop id.ID) (Books, error) { return ReadBefore(tx, shop, 1<<63-1) }

// ReadBefore gives the books of a shop as its rows before an id make them.
func ReadBefore(tx *db.Tx, shop, before id.ID) (Books, error) {
	b := Books{}
	from := id.ID(-1 << 63)
	var text string
	err := tx.QueryRow(`SELECT to_id, balances FROM ledger_seals WHERE shop_id = $1 AND to_id < $2 ORDER BY to_id DESC LIMIT 1`, shop, before).Scan(&from, &text)
	switch {
	case errors.Is(err, db.ErrNoRow):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			return nil, fmt.Errorf("ledger: seal of shop %s up to %s: %w", shop, from, err)
		}
	}
	return b, b.collect(tx, `SELECT `+sums+` WHERE shop_id = $1 AND id > $2 AND id < $3 GROUP BY debit, credit, phase`, shop, from, before)
}

// Recount sums all rows of a shop, seals or not: what Read must equal.
func Recount(tx *db.Tx, shop id.ID) (Books, error) {
	b := Books{}
	return b, b.collect(tx, `SELECT `+sums+` WHERE shop_id = $1 GROUP BY debit, credit, phase`, shop)
}

// Balances gives debits minus credits of every account of a shop, fen.
func Balances(tx *db.Tx, shop id.ID) (map[Account]money.Fen, error) {
	b, err := Read(tx, shop)
	return b.Net(), err
}

// OrderBalances sums every account over the transfers of one order. The order of the
// rows leads SQLite to the index by order; a GROUP BY led it through all the books
// of the shop.
func OrderBalances(tx *db.Tx, shop, order id.ID) (map[Account]money.Fen, error) {
	b := Books{}
	err := b.collect(tx, `SELECT debit, credit, phase, amount, ends FROM ledger_transfers WHERE shop_id = $1 AND order_id = $2 ORDER BY ref_id, slot`, shop, order)
	return b.Net(), err
}

// ByOrder sums every account per order for the orders in [from, to].
func ByOrder(tx *db.Tx, shop, from, to id.ID) (map[id.ID]map[Account]money.Fen, error) {
	books := map[id.ID]Books{}
	err := tx.Each(func(r db.Row) error {
		var o id.ID
		var debit, credit Account
		var p Phase
		var amount, ends money.Fen
		if err := r.Scan(&o, &debit, &credit, &p, &amount, &ends); err != nil {
			return err
		}
		if books[o] == nil {
			books[o] = Books{}
		}
		books[o].add(debit, credit, p, amount, ends)
		return nil
	}, `SELECT order_id, `+sums+`
		WHERE shop_id = $1 AND order_id >= $2 AND order_id <= $3 GROUP BY order_id, debit, credit, phase`, shop, from, to)
	out := make(map[id.ID]map[Account]money.Fen, len(books))
	for o, b := range books {
		out[o] = b.Net()
	}
	return out, err
}
