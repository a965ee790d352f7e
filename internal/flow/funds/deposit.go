package funds

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/deposit"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Entry is what an operator enters about a shop's deposit.
type Entry struct {
	Shop, Staff id.ID
	Key, Hash   string // Idempotency-Key and the hash of the input
	Amount      money.Fen
	Order       id.ID  // of a hold: the order in dispute; none if there is none
	Proof       string // of a receipt
	Note        string // of a hold: why
}

func (e *Entry) check() error {
	e.Proof, e.Note = strings.TrimSpace(e.Proof), strings.TrimSpace(e.Note)
	if e.Amount <= 0 || e.Amount > deposit.MaxAmount {
		return deposit.ErrAmount
	}
	if utf8.RuneCountInString(e.Note) > 200 {
		return deposit.ErrReason
	}
	return nil
}

// RequireDeposit sets how much deposit a shop should have. Errors: shop.not_found, deposit.amount.
func (d *Deps) RequireDeposit(ctx context.Context, of id.ID, required money.Fen) error {
	if required < 0 || required > deposit.MaxAmount {
		return deposit.ErrAmount
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := shop.Get(tx, of); err != nil {
			return err
		}
		return deposit.Require(tx, of, required, d.Now())
	})
}

// onDeposit does something with the locked deposit of a shop, once per key.
func onDeposit[T any](ctx context.Context, d *Deps, e Entry, do func(tx *db.Tx, now time.Time) (T, error)) (T, error) {
	var out T
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		now := d.Now()
		if _, err := shop.Get(tx, e.Shop); err != nil {
			return err
		}
		if _, err := deposit.Lock(tx, e.Shop, now); err != nil {
			return err
		}
		var err error
		out, _, err = idem.Once(tx, idem.Owner{Shop: e.Shop}, e.Key, e.Hash, 200, now, func() (T, error) { return do(tx, now) })
		return err
	})
	return out, err
}

// free refuses more than no pending transfer has reserved of the deposit.
func free(tx *db.Tx, of id.ID, amount money.Fen) error {
	books, err := ledger.Read(tx, of)
	if err == nil && books.Free(ledger.ShopDeposit) < amount {
		err = deposit.ErrShort.With("available", int64(max(books.Free(ledger.ShopDeposit), 0)))
	}
	return err
}

// ReceiveDeposit books money that a shop paid into its deposit outside of our
// payments, with the number of its proof. Errors: shop.not_found, deposit.amount, .proof.
func (d *Deps) ReceiveDeposit(ctx context.Context, e Entry) (deposit.Move, error) {
	if err := e.check(); err != nil {
		return deposit.Move{}, err
	}
	if !isProof(e.Proof) {
		return deposit.Move{}, deposit.ErrProof
	}
	return onDeposit(ctx, d, e, func(tx *db.Tx, now time.Time) (deposit.Move, error) {
		m := deposit.Move{ShopID: e.Shop, ID: d.IDs.Next(), Kind: deposit.Receipt, Amount: e.Amount, State: deposit.Booked, Proof: e.Proof, Note: e.Note, StaffID: e.Staff, EndedBy: e.Staff, CreatedAt: now, EndedAt: now}
		if err := deposit.PutMove(tx, m); err != nil {
			return m, err
		}
		return m, ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.DepositReceived(e.Shop, m.ID, e.Amount)})
	})
}

// FreezeDeposit reserves a part of a shop's deposit for a dispute.
// Errors: shop.not_found, order.not_found, deposit.amount, .reason, .short.
func (d *Deps) FreezeDeposit(ctx context.Context, e Entry) (deposit.Hold, error) {
	if err := e.check(); err != nil {
		return deposit.Hold{}, err
	}
	if e.Note == "" {
		return deposit.Hold{}, deposit.ErrReason
	}
	return onDeposit(ctx, d, e, func(tx *db.Tx, now time.Time) (deposit.Hold, error) {
		h := deposit.Hold{ShopID: e.Shop, ID: d.IDs.Next(), OrderID: e.Order, Amount: e.Amount, State: deposit.Frozen, Reason: e.Note, StaffID: e.Staff, CreatedAt: now}
		if e.Order != 0 {
			if _, err := order.Get(tx, e.Shop, e.Order); err != nil {
				return h, err
			}
		}
		if err := free(tx, e.Shop, e.Amount); err != nil {
			return h, err
		}
		if err := deposit.PutHold(tx, h); err != nil {
			return h, err
		}
		if err := ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.Frozen(e.Shop, h.ID, e.Amount)}); err != nil {
			return h, err
		}
		return h, d.emitDeposit(tx, h, now)
	})
}

func (d *Deps) emitDeposit(tx *db.Tx, h deposit.Hold, now time.Time) error {
	return d.Emitter.Emit(tx, now, h.ShopID, event.DepositMoved, event.Deposit{ShopID: h.ShopID, HoldID: h.ID, OrderID: h.OrderID, Amount: h.Amount, Used: h.Used, State: string(h.State)})
}

// Decision ends a hold: nothing is owed (Used 0), or the buyer gets Used by Route.
type Decision struct {
	Shop, Hold, Staff id.ID
	Used              money.Fen
	Route             deposit.Route
	Proof             string // of deposit.ByMarket
}

// DecideHold ends a frozen hold. The same decision again is fine.
// Errors: deposit.not_found, .state, .amount, .proof, refund.too_much.
func (d *Deps) DecideHold(ctx context.Context, in Decision) (deposit.Hold, error) {
	in.Proof = strings.TrimSpace(in.Proof)
	if in.Used > 0 && in.Route == deposit.ByMarket && !isProof(in.Proof) {
		return deposit.Hold{}, deposit.ErrProof
	}
	var out deposit.Hold
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		now := d.Now()
		if _, err := deposit.Lock(tx, in.Shop, now); err != nil {
			return err
		}
		h, err := deposit.GetHold(tx, in.Shop, in.Hold)
		if err != nil {
			return err
		}
		out = h
		if h.State != deposit.Frozen {
			if h.Used == in.Used && (in.Used == 0 || h.Route == in.Route && h.Proof == in.Proof) {
				return nil
			}
			return deposit.ErrState
		}
		if in.Used < 0 || in.Used > h.Amount || in.Used > 0 && in.Route == deposit.ByRefund && h.OrderID == 0 {
			return deposit.ErrAmount
		}
		out, err = d.decide(tx, h, in, now)
		return err
	})
	return out, err
}

func (d *Deps) decide(tx *db.Tx, h deposit.Hold, in Decision, now time.Time) (deposit.Hold, error) {
	h.DecidedBy, h.DecidedAt, h.Used, h.State = in.Staff, now, in.Used, deposit.Released
	rows := []ledger.Transfer{ledger.Freed(h.ShopID, h.ID, h.Amount)}
	if in.Used > 0 {
		h.State, h.Route = deposit.Compensated, in.Route
		rows = []ledger.Transfer{ledger.Taken(h.ShopID, h.ID, in.Used)}
		if in.Route == deposit.ByRefund {
			h.RefundID = d.IDs.Next()
			rows = append(rows, ledger.CompensatedByRefund(h.ShopID, h.OrderID, h.RefundID, in.Used))
			if err := d.refund(tx, h, now); err != nil {
				return h, err
			}
		} else {
			h.Proof = in.Proof
			rows = append(rows, ledger.Compensated(h.ShopID, h.ID, in.Used))
		}
	}
	if ok, err := deposit.Decide(tx, h); err != nil || !ok {
		return h, deposit.ErrState.Because(err)
	}
	if err := ledger.Post(tx, d.IDs, now, rows); err != nil {
		return h, err
	}
	return h, d.emitDeposit(tx, h, now)
}

// refund sends a compensation the way the order was paid, never above what was.
func (d *Deps) refund(tx *db.Tx, h deposit.Hold, now time.Time) error {
	if _, err := order.Lock(tx, h.ShopID, h.OrderID); err != nil {
		return err
	}
	parts, err := payment.PartsOfOrder(tx, h.ShopID, h.OrderID)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.State == payment.Paid {
			return payment.Ask(tx, payment.Refund{ShopID: h.ShopID, ID: h.RefundID, OrderID: h.OrderID, PaymentID: p.PaymentID, Amount: h.Used, Reason: "保证金赔付"}, now)
		}
	}
	return payment.ErrRefundTooMuch
}

// ReturnDeposit reserves a part of the deposit that is to go back to the shop.
// Errors: shop.not_found, deposit.amount, .short.
func (d *Deps) ReturnDeposit(ctx context.Context, e Entry) (deposit.Move, error) {
	if err := e.check(); err != nil {
		return deposit.Move{}, err
	}
	return onDeposit(ctx, d, e, func(tx *db.Tx, now time.Time) (deposit.Move, error) {
		m := deposit.Move{ShopID: e.Shop, ID: d.IDs.Next(), Kind: deposit.Return, Amount: e.Amount, State: deposit.Requested, Note: e.Note, StaffID: e.Staff, CreatedAt: now}
		if err := free(tx, e.Shop, e.Amount); err != nil {
			return m, err
		}
		if err := deposit.PutMove(tx, m); err != nil {
			return m, err
		}
		return m, ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.ReturnRequested(e.Shop, m.ID, e.Amount)})
	})
}

// EndReturn says that a return was sent (with its proof), or that the deposit is
// kept after all (without). The same again is fine.
// Errors: deposit.not_found, .state, .proof.
func (d *Deps) EndReturn(ctx context.Context, of, no, staff id.ID, to deposit.State, proof string) (deposit.Move, error) {
	proof = strings.TrimSpace(proof)
	if to == deposit.Paid && !isProof(proof) {
		return deposit.Move{}, deposit.ErrProof
	}
	var out deposit.Move
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		now := d.Now()
		if _, err := deposit.Lock(tx, of, now); err != nil {
			return err
		}
		m, err := deposit.GetMove(tx, of, no)
		if err != nil {
			return err
		}
		if m.State == to && m.Proof == proof {
			out = m
			return nil
		}
		ok, err := deposit.EndReturn(tx, m, to, proof, staff, now)
		if err != nil || !ok {
			return deposit.ErrState.Because(err)
		}
		if err := ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.ReturnEnded(of, no, m.Amount, to == deposit.Paid)}); err != nil {
			return err
		}
		out, err = deposit.GetMove(tx, of, no)
		return err
	})
	return out, err
}
