package funds

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/payout"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// RunIn asks for a payout run.
type RunIn struct {
	Staff     id.ID
	Key, Hash string    // Idempotency-Key and the hash of the input
	Least     money.Fen // shops with less due are left for another time
}

// Run is what a payout run made: a payout for every shop with money due, and the
// shops that have money due but got none.
type Run struct {
	ID      id.ID
	Payouts []payout.Payout
	Skipped []Skipped
}

// Skipped is a shop with money due that gets no payout.
type Skipped struct {
	ShopID   id.ID
	ShopName string
	Due      money.Fen
}

// PayOut makes a payout of what is due to each shop. What a payout asks for is
// reserved in the books, so another run finds nothing due; a run that comes again
// under its key goes on where it stopped. Errors: idempotency.key_reused.
func (d *Deps) PayOut(ctx context.Context, in RunIn) (Run, error) {
	var out Run
	var shops []shop.Shop
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out.ID, _, err = idem.Once(tx, idem.Owner{}, in.Key, in.Hash, 200, d.Now(), func() (id.ID, error) { return d.IDs.Next(), nil })
		if err != nil {
			return err
		}
		shops, err = shop.List(tx, 0)
		return err
	})
	if err != nil {
		return out, err
	}
	for _, s := range shops {
		var made payout.Payout
		var due money.Fen
		err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
			made, due, err = d.payOutShop(tx, s.ID, out.ID, in)
			return err
		})
		switch {
		case err != nil:
			return out, err
		case made.ID != 0:
			out.Payouts = append(out.Payouts, made)
		case due > 0:
			out.Skipped = append(out.Skipped, Skipped{ShopID: s.ID, ShopName: s.Name, Due: due})
		}
	}
	return out, nil
}

// payOutShop makes the payout of one shop, or says what is due and stays.
func (d *Deps) payOutShop(tx *db.Tx, of, run id.ID, in RunIn) (payout.Payout, money.Fen, error) {
	now := d.Now()
	payee, err := payout.LockPayee(tx, of, now)
	if err != nil {
		return payout.Payout{}, 0, err
	}
	if p, err := payout.OfRun(tx, of, run); err == nil {
		return p, p.Amount, nil
	}
	books, err := ledger.Read(tx, of)
	due := books.Free(ledger.ShopPayable)
	if err != nil || due <= 0 || due < in.Least || !payee.Complete() {
		return payout.Payout{}, due, err
	}
	p := payout.Payout{ShopID: of, ID: d.IDs.Next(), RunID: run, Amount: due, State: payout.Requested, Payee: payee, RequestedBy: in.Staff, CreatedAt: now}
	if _, err := payout.Request(tx, p); err != nil {
		return p, due, err
	}
	if err := ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.PayoutRequested(of, p.ID, due)}); err != nil {
		return p, due, err
	}
	return p, due, d.emitPayout(tx, p, payout.Requested, now)
}

func (d *Deps) emitPayout(tx *db.Tx, p payout.Payout, s payout.State, now time.Time) error {
	return d.Emitter.Emit(tx, now, p.ShopID, event.PayoutMoved, event.Payout{ShopID: p.ShopID, PayoutID: p.ID, Amount: p.Amount, State: string(s)})
}

// PayoutStep is what an operator does with a payout.
type PayoutStep struct {
	Shop, Payout, Staff id.ID
	To                  payout.State
	Proof               string // of Sent: the bank's number
	Note                string // of Failed and Cancelled: why
}

// MovePayout takes a payout a step further and books what it means; the same step
// again is fine. Errors: payout.not_found, .state, .proof, .note.
func (d *Deps) MovePayout(ctx context.Context, in PayoutStep) (payout.Payout, error) {
	in.Proof, in.Note = strings.TrimSpace(in.Proof), strings.TrimSpace(in.Note)
	if n := utf8.RuneCountInString(in.Note); (in.To == payout.Failed || in.To == payout.Cancelled) && (n == 0 || n > 200) {
		return payout.Payout{}, payout.ErrNote
	}
	if in.To == payout.Sent && !isProof(in.Proof) {
		return payout.Payout{}, payout.ErrProof
	}
	var out payout.Payout
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		now := d.Now()
		if _, err := payout.LockPayee(tx, in.Shop, now); err != nil {
			return err
		}
		p, err := payout.Get(tx, in.Shop, in.Payout)
		if err != nil {
			return err
		}
		if p.State != in.To {
			if err := d.movePayout(tx, p, in, now); err != nil {
				return err
			}
		} else if in.To == payout.Sent && p.Proof != in.Proof {
			return payout.ErrState
		}
		out, err = payout.Get(tx, in.Shop, in.Payout)
		return err
	})
	return out, err
}

func (d *Deps) movePayout(tx *db.Tx, p payout.Payout, in PayoutStep, now time.Time) error {
	var ok bool
	var err error
	switch in.To {
	case payout.Approved:
		ok, err = payout.Approve(tx, p, in.Staff, now)
	case payout.Sent:
		ok, err = payout.Send(tx, p, in.Proof, now)
	case payout.Done, payout.Failed, payout.Cancelled:
		ok, err = payout.End(tx, p, in.To, in.Note, in.Staff, now)
	}
	if err == nil && !ok {
		err = payout.ErrState
	}
	if err != nil {
		return err
	}
	if in.To == payout.Done || in.To == payout.Failed || in.To == payout.Cancelled {
		if err := ledger.Post(tx, d.IDs, now, []ledger.Transfer{ledger.PayoutEnded(p.ShopID, p.ID, p.Amount, in.To == payout.Done)}); err != nil {
			return err
		}
	}
	return d.emitPayout(tx, p, in.To, now)
}

// isProof tells whether a text can be the number of a receipt.
func isProof(s string) bool { n := utf8.RuneCountInString(s); return n >= 4 && n <= 64 }

// SetPayee writes where a shop wants its money. Payouts that were requested keep
// the payee they had. Errors: payout.payee.
func (d *Deps) SetPayee(ctx context.Context, p payout.Payee) (payout.Payee, error) {
	p, err := p.Check()
	if err != nil {
		return p, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		p.UpdatedAt = d.Now()
		return payout.PutPayee(tx, p)
	})
	return p, err
}
