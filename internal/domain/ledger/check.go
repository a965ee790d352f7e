package ledger

import (
	"fmt"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Violation is something wrong in the books of a shop.
type Violation struct {
	Shop   id.ID
	Order  id.ID // none for the shop as a whole
	What   string
	Want   int64
	Got    int64
	Detail string
}

// String says it in one line.
func (v Violation) String() string {
	return fmt.Sprintf("shop %s order %s: %s: want %d, got %d %s", v.Shop, v.Order, v.What, v.Want, v.Got, v.Detail)
}

// Check looks for what must never be, whatever orders say: accounts that do not
// exist, balances of the wrong sign, rows that end what is not pending, balances
// that are not the sum of their rows. It reads all rows of the shop.
func Check(tx *db.Tx, shop id.ID) ([]Violation, error) {
	b, err := Recount(tx, shop)
	if err != nil {
		return nil, err
	}
	carried, err := Read(tx, shop)
	if err != nil {
		return nil, err
	}
	var out []Violation
	say := func(want, got int64, format string, args ...any) {
		out = append(out, Violation{Shop: shop, What: fmt.Sprintf(format, args...), Want: want, Got: got})
	}
	for a, t := range b {
		if !a.known() {
			say(0, int64(t.Net()), "unknown account %s", a)
		}
		if t.PendingDebits < 0 || t.PendingCredits < 0 {
			say(0, int64(min(t.PendingDebits, t.PendingCredits)), "more of %s was ended than was pending", a)
		}
		if c := carried[a]; c != t {
			say(int64(t.Net()), int64(c.Net()), "balance of %s is not the sum of its rows", a)
		}
		if t.Net() < 0 && (a.IsProvider() || a == FeeCollected || a == DepositBank) {
			say(0, int64(t.Net()), "%s has a credit balance", a)
		}
	}
	for _, a := range []Account{ShopHeld, PaidOut, MarketFee, RefundDue, LateMoney, ShopDeposit, CompensationDue} {
		if b[a].Net() > 0 {
			say(0, int64(b[a].Net()), "%s has a debit balance", a)
		}
	}
	if free := b.Free(ShopDeposit); free < 0 {
		say(0, int64(free), "more of the deposit is frozen than there is")
	}
	return endings(tx, shop, out)
}

// endings finds rows that end a pending one wrongly.
func endings(tx *db.Tx, shop id.ID, out []Violation) ([]Violation, error) {
	err := tx.Each(func(r db.Row) error {
		v := Violation{Shop: shop, What: "a transfer ends what is not pending"}
		var row id.ID
		var kind string
		err := r.Scan(&row, &v.Order, &kind, &v.Got)
		v.Detail = kind + " " + row.String()
		out = append(out, v)
		return err
	}, `SELECT e.id, e.order_id, e.kind, e.amount FROM ledger_transfers AS e
		LEFT JOIN ledger_transfers AS p ON p.shop_id = e.shop_id AND p.order_id = e.order_id AND p.ref_id = e.ref_id AND p.slot || '/end' = e.slot AND p.phase = 'pending'
		WHERE e.shop_id = $1 AND e.phase IN ('posted', 'voided', 'expired')
		AND (p.id IS NULL OR e.amount > p.amount OR e.ends <> p.amount OR e.debit <> p.debit OR e.credit <> p.credit) ORDER BY e.id LIMIT 100`, shop)
	return out, err
}
