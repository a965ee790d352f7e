package funds

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/deposit"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/payout"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Overview is where a shop's money stands. Amounts are fen.
type Overview struct {
	Held       money.Fen // paid by buyers, not yet received
	Due        money.Fen // earned, can be paid out; below zero the shop owes
	PayingOut  money.Fen // reserved by payouts under way
	PaidOut    money.Fen
	Refunding  money.Fen
	Fee        money.Fen // taken by the market in all
	Deposit    money.Fen
	Frozen     money.Fen // of the deposit: reserved by disputes and returns
	Required   money.Fen // deposit that was agreed
	Payee      payout.Payee
	SealedTo   time.Time // transfers up to then are under seal; zero: none yet
	SealNumber int64
	SealHash   string
}

// Look reads the overview of a shop.
func Look(tx *db.Tx, of id.ID) (Overview, error) {
	b, err := ledger.Read(tx, of)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{
		Held: -b[ledger.ShopHeld].Net(), Due: b.Free(ledger.ShopPayable), PayingOut: b[ledger.PaidOut].PendingCredits, PaidOut: -b[ledger.PaidOut].Net(),
		Refunding: -b[ledger.RefundDue].Net(), Fee: -b[ledger.MarketFee].Net(), Deposit: -b[ledger.ShopDeposit].Net(), Frozen: b[ledger.ShopDeposit].PendingDebits,
	}
	if o.Required, err = deposit.Required(tx, of); err != nil {
		return o, err
	}
	if o.Payee, err = payout.GetPayee(tx, of); err != nil {
		return o, err
	}
	s, err := ledger.LastSeal(tx, of)
	if s.Seq > 0 {
		o.SealedTo, o.SealNumber, o.SealHash = s.To.Time(), s.Seq, s.Hash
	}
	return o, err
}
