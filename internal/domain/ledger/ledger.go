// Package ledger owns ledger_transfers, the double-entry books of each shop, and
// ledger_seals, the chain of hashes over them. Every row moves an amount from the
// credited to the debited account, so every row balances; rows are added, never
// changed or deleted.
//
// A transfer happens at once (direct) or in two phases: a pending one moves
// nothing yet, and a later row that refers to it posts it, whole or in part,
// voids it or lets it expire; what is not posted is free again.
//
// Accounts (balance = debits − credits):
//
//	provider_…         money of the shop's orders at a payment provider
//	shop_held          paid by buyers, held until receipt (credit balance)
//	shop_payable       earned by the shop, to be paid out (credit balance; below
//	                   zero the shop owes for refunds after a payout)
//	paid_out           paid out to the shop (credit balance)
//	market_fee         the market's fee (credit balance)
//	fee_collected      the part of the fee that profit sharing brought to the market
//	refund_due         decided refunds the provider has not finished (credit balance)
//	late_money         paid for an order that was closed; sent back by itself
//	deposit_bank       the shop's deposit, where the market keeps it
//	shop_deposit       the shop's deposit (credit balance)
//	compensation_due   compensation out of the deposit on its way to a buyer
//
// buyer_due is not stored: it is what open payments ask of buyers, the pending
// debits of the provider accounts.
package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Account is an account of a shop's books.
type Account string

// The accounts; see the package's comment.
const (
	ProviderWechat  Account = "provider_wechat"
	ShopHeld        Account = "shop_held"
	ShopPayable     Account = "shop_payable"
	PaidOut         Account = "paid_out"
	MarketFee       Account = "market_fee"
	FeeCollected    Account = "fee_collected"
	RefundDue       Account = "refund_due"
	LateMoney       Account = "late_money"
	DepositBank     Account = "deposit_bank"
	ShopDeposit     Account = "shop_deposit"
	CompensationDue Account = "compensation_due"
	BuyerDue        Account = "buyer_due" // derived, never stored
)

// Accounts lists those that are stored; other providers have one each, see AtProvider.
var Accounts = []Account{ProviderWechat, ShopHeld, ShopPayable, PaidOut, MarketFee, FeeCollected, RefundDue, LateMoney, DepositBank, ShopDeposit, CompensationDue}

const providerPrefix = "provider_"

// AtProvider is the account of money at a payment provider ("": WeChat Pay).
func AtProvider(name string) Account {
	if name == "" {
		return ProviderWechat
	}
	return Account(providerPrefix + name)
}

// IsProvider tells whether an account is that of a payment provider.
func (a Account) IsProvider() bool { return strings.HasPrefix(string(a), providerPrefix) }

// known tells whether there may be rows of an account.
func (a Account) known() bool { return a.IsProvider() || slices.Contains(Accounts, a) }

// Kind says what a transfer records.
type Kind string

// Kinds of transfers.
const (
	PaymentOpened Kind = "payment.opened" // pending: what an open payment asks
	PaymentEnded  Kind = "payment.ended"  // voids or expires it
	OrderSettled  Kind = "order.settled"  // posts it: the provider has the money, it is held for the shop
	OrderEarned   Kind = "order.earned"
	FeeTaken      Kind = "fee.taken"
	FeeReturned   Kind = "fee.returned"
	FeeShared     Kind = "fee.shared"   // profit sharing brought the fee to the market
	FeeUnshared   Kind = "fee.unshared" // and took it back for a refund
	RefundDecided Kind = "refund.decided"
	RefundDone    Kind = "refund.done"
	LateReceived  Kind = "late.received"
	LateReturned  Kind = "late.returned"

	PayoutAsked   Kind = "payout.requested" // pending: what a payout reserves
	PayoutDone    Kind = "payout.done"
	PayoutStopped Kind = "payout.stopped" // refused, cancelled or failed

	DepositPaid        Kind = "deposit.paid"
	DepositFrozen      Kind = "deposit.frozen" // pending, for a dispute
	DepositFreed       Kind = "deposit.freed"
	DepositTaken       Kind = "deposit.taken" // posts a part of what was frozen: the buyer is compensated
	CompensationPaid   Kind = "compensation.paid"
	CompensationRefund Kind = "compensation.refund" // goes back the way it was paid
	ReturnAsked        Kind = "deposit.return"      // pending: a return reserves the deposit
	ReturnDone         Kind = "deposit.returned"
	ReturnStopped      Kind = "deposit.kept"
)

// Phase is what a row does to its two accounts.
type Phase string

// Phases of a row.
const (
	Direct  Phase = "direct"  // moves Amount at once
	Pending Phase = "pending" // will move up to Amount
	Posted  Phase = "posted"  // ends a pending row: moves Amount of it, the rest is free
	Voided  Phase = "voided"  // ends a pending row: nothing moves
	Expired Phase = "expired" // the same, by time
)

// Transfer moves Amount (fen, above 0) from Credit to Debit. What it is for is its
// key in the books of the shop: Order, Ref and Slot; a second row with the same
// key is refused.
type Transfer struct {
	Shop, ID      id.ID
	Kind          Kind
	Phase         Phase  // empty: Direct
	Slot          string // empty: the Kind
	Debit, Credit Account
	Amount        money.Fen
	Ends          money.Fen // of a row that ends a pending one: that one's amount
	Order         id.ID
	Ref           id.ID // payment, refund, payout, hold … it belongs to
	At            time.Time
}

// endSlot is the place of the row that ends the pending one in slot: there is only
// one, whatever it does.
func endSlot(slot string) string { return slot + "/end" }

// ErrNoPending is returned for a row that ends what is not pending, or moves more.
var ErrNoPending = errors.New("ledger: no pending transfer of that amount stands under this key")

// Post writes transfers, giving each an id; those of amount 0 are left out. An
// ending row names Order, Ref and Slot of the pending one and takes its accounts
// from it. Errors (perhaps of a later call, see Tx.Later): ErrNoPending, and
// whatever db.IsUnique knows for a transfer that was posted before.
func Post(tx *db.Tx, ids *id.Source, now time.Time, all []Transfer) error {
	args := make([]any, 0, len(all)*12)
	for _, t := range all {
		if t.Amount == 0 {
			continue
		}
		if t.Slot == "" {
			t.Slot = string(t.Kind)
		}
		switch t.Phase {
		case Posted, Voided, Expired:
			if err := insertTransfers.Put(tx, args); err != nil {
				return err
			}
			args = nil
			if err := end(tx, ids, now, t); err != nil {
				return err
			}
			continue
		case "":
			t.Phase = Direct
		}
		if t.Amount < 0 || t.Debit == t.Credit || t.Shop == 0 {
			return fmt.Errorf("ledger: %s of %s from %s to %s in shop %s is no transfer", t.Kind, t.Amount, t.Credit, t.Debit, t.Shop)
		}
		args = append(args, t.Shop, ids.Next(), string(t.Kind), string(t.Phase), t.Slot, string(t.Debit), string(t.Credit), t.Amount, 0, t.Order, t.Ref, now)
	}
	return insertTransfers.Put(tx, args)
}

var insertTransfers = db.Rows{
	Into: `INSERT INTO ledger_transfers (shop_id, id, kind, phase, slot, debit, credit, amount, ends, order_id, ref_id, created_at) VALUES`,
	Cols: 12,
}

// end writes the row that ends a pending one.
func end(tx *db.Tx, ids *id.Source, now time.Time, t Transfer) error {
	if t.Amount < 0 || t.Shop == 0 {
		return fmt.Errorf("ledger: %s of %s in shop %s ends nothing", t.Kind, t.Amount, t.Shop)
	}
	return tx.Later(func(n int64) error {
		if n != 1 {
			return fmt.Errorf("%w: %s of order %s, ref %s, slot %s, %s", ErrNoPending, t.Kind, t.Order, t.Ref, t.Slot, t.Amount)
		}
		return nil
	}, `INSERT INTO ledger_transfers (shop_id, id, kind, phase, slot, debit, credit, amount, ends, order_id, ref_id, created_at)
		SELECT p.shop_id, $2, $3, $4, $5, p.debit, p.credit, $6, p.amount, p.order_id, p.ref_id, $7 FROM ledger_transfers AS p
		WHERE p.shop_id = $1 AND p.order_id = $8 AND p.ref_id = $9 AND p.slot = $10 AND p.phase = 'pending' AND p.amount >= $11`,
		t.Shop, ids.Next(), string(t.Kind), string(t.Phase), endSlot(t.Slot), t.Amount, now, t.Order, t.Ref, t.Slot, t.Amount)
}

const columns = `shop_id, id, kind, phase, slot, debit, credit, amount, ends, order_id, ref_id, created_at`

func scan(r db.Row) (t Transfer, err error) {
	return t, r.Scan(&t.Shop, &t.ID, &t.Kind, &t.Phase, &t.Slot, &t.Debit, &t.Credit, &t.Amount, &t.Ends, &t.Order, &t.Ref, &t.At)
}

// Statement lists the transfers of an order, oldest first, at most 1,000.
func Statement(tx *db.Tx, shop, order id.ID) ([]Transfer, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM ledger_transfers WHERE shop_id = $1 AND order_id = $2 ORDER BY ref_id, slot LIMIT 1000`, shop, order)
	slices.SortFunc(all, func(a, b Transfer) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}

// List gives the transfers of a shop, newest first, before a cursor (0: from the
// newest), at most limit (1–200).
func List(tx *db.Tx, shop, before id.ID, limit int) ([]Transfer, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM ledger_transfers WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
		shop, newest(before), min(max(limit, 1), 200))
}

func newest(before id.ID) id.ID {
	if before == 0 {
		return 1<<63 - 1
	}
	return before
}

// OfAccount gives the transfers of a shop that touch an account, newest first,
// as List does. Accounts that no order touches are looked up by that.
func OfAccount(tx *db.Tx, shop id.ID, a Account, before id.ID, limit int) ([]Transfer, error) {
	sql := `SELECT ` + columns + ` FROM ledger_transfers WHERE shop_id = $1 AND id < $2 AND (debit = $3 OR credit = $3) ORDER BY id DESC LIMIT $4`
	if a == PaidOut || a == DepositBank || a == ShopDeposit {
		sql = `SELECT ` + columns + ` FROM ledger_transfers WHERE shop_id = $1 AND order_id = 0 AND id < $2 AND (debit = $3 OR credit = $3) ORDER BY id DESC LIMIT $4`
	}
	return db.All(tx, scan, sql, shop, newest(before), string(a), min(max(limit, 1), 200))
}

// Range gives the transfers with after < id < before, oldest first.
func Range(tx *db.Tx, shop, after, before id.ID, limit int) ([]Transfer, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM ledger_transfers WHERE shop_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4`, shop, after, before, limit)
}
