// Package ledger owns ledger_transfers, the double-entry books of each shop.
// Every row moves an amount from the credited to the debited account, so every
// row balances; rows are added, never changed or deleted.
//
// Accounts and what makes them move (balance = debits − credits):
//
//	provider_wechat  money of the shop's orders at WeChat Pay
//	buyer_due        what open payments ask of buyers
//	unpaid_orders    its counterpart; mirrors buyer_due
//	shop_held        paid by buyers, held until receipt (credit balance)
//	shop_payable     earned by the shop, to be paid out (credit balance)
//	market_fee       the market's fee (credit balance)
//	refund_due       decided refunds the provider has not finished (credit balance)
//	late_money       paid for an order that was closed; sent back by itself
package ledger

import (
	"fmt"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Account is an account of a shop's books.
type Account string

// The accounts.
const (
	ProviderWechat Account = "provider_wechat"
	BuyerDue       Account = "buyer_due"
	UnpaidOrders   Account = "unpaid_orders"
	ShopHeld       Account = "shop_held"
	ShopPayable    Account = "shop_payable"
	MarketFee      Account = "market_fee"
	RefundDue      Account = "refund_due"
	LateMoney      Account = "late_money"
)

// Accounts lists all of them.
var Accounts = []Account{ProviderWechat, BuyerDue, UnpaidOrders, ShopHeld, ShopPayable, MarketFee, RefundDue, LateMoney}

// Kind says what a transfer records.
type Kind string

// Kinds of transfers.
const (
	PaymentOpened Kind = "payment.opened"
	PaymentEnded  Kind = "payment.ended" // ended unpaid: reverses payment.opened
	OrderSettled  Kind = "order.settled"
	OrderHeld     Kind = "order.held"
	OrderEarned   Kind = "order.earned"
	FeeTaken      Kind = "fee.taken"
	FeeReturned   Kind = "fee.returned"
	RefundDecided Kind = "refund.decided"
	RefundDone    Kind = "refund.done"
	LateReceived  Kind = "late.received"
	LateReturned  Kind = "late.returned"
)

// Transfer moves Amount (fen, above 0) from Credit to Debit.
type Transfer struct {
	Shop, ID      id.ID
	Kind          Kind
	Debit, Credit Account
	Amount        money.Fen
	Order         id.ID
	Ref           id.ID // payment, refund or after-sale it belongs to
	At            time.Time
}

// Post writes transfers, giving each an id; those of amount 0 are left out.
func Post(tx *db.Tx, ids *id.Source, now time.Time, all []Transfer) error {
	args := make([]any, 0, len(all)*9)
	for _, t := range all {
		if t.Amount == 0 {
			continue
		}
		if t.Amount < 0 || t.Debit == t.Credit || t.Shop == 0 {
			return fmt.Errorf("ledger: %s of %s from %s to %s in shop %s is no transfer", t.Kind, t.Amount, t.Credit, t.Debit, t.Shop)
		}
		args = append(args, t.Shop, ids.Next(), string(t.Kind), string(t.Debit), string(t.Credit), t.Amount, t.Order, t.Ref, now)
	}
	return insertTransfers.Put(tx, args)
}

var insertTransfers = db.Rows{
	Into: `INSERT INTO ledger_transfers (shop_id, id, kind, debit, credit, amount, order_id, ref_id, created_at) VALUES`,
	Cols: 9,
}

// Balances sums every account of a shop: debits minus credits, fen.
func Balances(tx *db.Tx, shop id.ID) (map[Account]money.Fen, error) {
	return sum(tx, `SELECT account, CAST(SUM(amount) AS BIGINT) FROM (
			SELECT debit AS account, amount FROM ledger_transfers WHERE shop_id = $1
			UNION ALL SELECT credit, -amount FROM ledger_transfers WHERE shop_id = $1
		) AS t GROUP BY account`, shop)
}

// OrderBalances sums every account over the transfers of one order.
func OrderBalances(tx *db.Tx, shop, order id.ID) (map[Account]money.Fen, error) {
	return sum(tx, `SELECT account, CAST(SUM(amount) AS BIGINT) FROM (
			SELECT debit AS account, amount FROM ledger_transfers WHERE shop_id = $1 AND order_id = $2
			UNION ALL SELECT credit, -amount FROM ledger_transfers WHERE shop_id = $1 AND order_id = $2
		) AS t GROUP BY account`, shop, order)
}

func sum(tx *db.Tx, sql string, args ...any) (map[Account]money.Fen, error) {
	out := make(map[Account]money.Fen, len(Accounts))
	err := tx.Each(func(r db.Row) error {
		var a Account
		var f money.Fen
		if err := r.Scan(&a, &f); err != nil {
			return err
		}
		out[a] = f
		return nil
	}, sql, args...)
	return out, err
}

// ByOrder sums every account per order for the orders in [from, to].
func ByOrder(tx *db.Tx, shop, from, to id.ID) (map[id.ID]map[Account]money.Fen, error) {
	out := map[id.ID]map[Account]money.Fen{}
	err := tx.Each(func(r db.Row) error {
		var o id.ID
		var debit, credit Account
		var f money.Fen
		if err := r.Scan(&o, &debit, &credit, &f); err != nil {
			return err
		}
		if out[o] == nil {
			out[o] = map[Account]money.Fen{}
		}
		out[o][debit] += f
		out[o][credit] -= f
		return nil
	}, `SELECT order_id, debit, credit, CAST(SUM(amount) AS BIGINT) FROM ledger_transfers
		WHERE shop_id = $1 AND order_id >= $2 AND order_id <= $3 GROUP BY order_id, debit, credit`, shop, from, to)
	return out, err
}

// Statement lists the transfers of an order, oldest first.
func Statement(tx *db.Tx, shop, order id.ID) ([]Transfer, error) {
	return db.All(tx, scan, `SELECT shop_id, id, kind, debit, credit, amount, order_id, ref_id, created_at FROM ledger_transfers
		WHERE shop_id = $1 AND order_id = $2 ORDER BY id LIMIT 1000`, shop, order)
}

// List gives the transfers of a shop, newest first, before a cursor (0: from the
// newest), at most limit (1–200).
func List(tx *db.Tx, shop, before id.ID, limit int) ([]Transfer, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return db.All(tx, scan, `SELECT shop_id, id, kind, debit, credit, amount, order_id, ref_id, created_at FROM ledger_transfers
		WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, shop, before, min(max(limit, 1), 200))
}

func scan(r db.Row) (t Transfer, err error) {
	return t, r.Scan(&t.Shop, &t.ID, &t.Kind, &t.Debit, &t.Credit, &t.Amount, &t.Order, &t.Ref, &t.At)
}

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
// exist, balances of the wrong sign, buyer_due that unpaid_orders does not mirror.
func Check(tx *db.Tx, shop id.ID) ([]Violation, error) {
	b, err := Balances(tx, shop)
	if err != nil {
		return nil, err
	}
	var out []Violation
	for a, f := range b {
		if !slices.Contains(Accounts, a) {
			out = append(out, Violation{Shop: shop, What: "unknown account " + string(a), Got: int64(f)})
		}
	}
	for _, a := range []Account{ShopHeld, MarketFee, RefundDue, LateMoney, UnpaidOrders} {
		if b[a] > 0 {
			out = append(out, Violation{Shop: shop, What: string(a) + " has a debit balance", Got: int64(b[a])})
		}
	}
	for _, a := range []Account{ProviderWechat, BuyerDue} {
		if b[a] < 0 {
			out = append(out, Violation{Shop: shop, What: string(a) + " has a credit balance", Got: int64(b[a])})
		}
	}
	if b[BuyerDue]+b[UnpaidOrders] != 0 {
		out = append(out, Violation{Shop: shop, What: "buyer_due and unpaid_orders differ", Want: -int64(b[UnpaidOrders]), Got: int64(b[BuyerDue])})
	}
	return out, nil
}
