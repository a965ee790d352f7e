package reconcile

import (
	"context"
	"strings"
	"sync"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

const (
	// asked is how many differences of a run the house asks the provider about by
	// itself; a person can ask about the others.
	asked = 1000
	// askers is how many questions are under way at once.
	askers = 4
)

// heal asks the provider about what asking may heal, before a person is bothered.
// A question without an answer is no error: the difference stays open.
func (d *Deps) heal(ctx context.Context, r recon.Run) error {
	if d.AskPayment == nil || d.AskRefund == nil {
		return nil
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, askers)
	after := id.ID(0)
	for n := 0; n < asked; {
		var list []recon.Difference
		if err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
			list, err = recon.List(tx, market, recon.Filter{Run: r.ID, State: recon.Open, After: after, Limit: 200})
			return err
		}); err != nil || len(list) == 0 {
			return err
		}
		for _, x := range list {
			after = x.ID
			if k := x.Remedy(); x.Round != r.Round || k != recon.AskPayment && k != recon.AskRefund || ctx.Err() != nil {
				continue
			}
			n++
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				if _, err := d.ask(ctx, x, 0); err != nil && d.Log != nil {
					d.Log.WarnContext(ctx, "asking about a difference failed", "number", x.Number, "kind", x.Kind, "err", err)
				}
			})
		}
	}
	return nil
}

// Ask asks the provider about a difference, for a person: what it says is booked,
// and the difference is healed when that settles it. Errors: recon.not_found,
// recon.state (seen to already), recon.remedy (asking heals no such difference),
// and those of asking.
func (d *Deps) Ask(ctx context.Context, difference, staff id.ID) (recon.Difference, error) {
	x, err := d.open(ctx, difference)
	if err != nil {
		return x, err
	}
	if k := x.Remedy(); k != recon.AskPayment && k != recon.AskRefund || d.AskPayment == nil || d.AskRefund == nil {
		return x, recon.ErrRemedy
	}
	return d.ask(ctx, x, staff)
}

// Accept notes that a person has seen to a difference, and how. Errors:
// recon.not_found, recon.state, recon.note (nothing is said).
func (d *Deps) Accept(ctx context.Context, difference, staff id.ID, note string) (recon.Difference, error) {
	if note = strings.TrimSpace(note); note == "" {
		return recon.Difference{}, recon.ErrNote.At("note")
	}
	x, err := d.open(ctx, difference)
	if err != nil {
		return x, err
	}
	var ok bool
	err = d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		ok, err = recon.Accept(tx, x, note, staff, d.Now())
		return err
	})
	if err == nil && !ok {
		err = recon.ErrState
	}
	if err != nil {
		return x, err
	}
	return d.get(ctx, difference)
}

func (d *Deps) open(ctx context.Context, difference id.ID) (recon.Difference, error) {
	x, err := d.get(ctx, difference)
	if err == nil && x.State != recon.Open {
		err = recon.ErrState
	}
	return x, err
}

func (d *Deps) get(ctx context.Context, difference id.ID) (x recon.Difference, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		x, err = recon.Get(tx, market, difference)
		return err
	})
	return x, err
}

// ask asks, looks at what we say afterwards, and writes what came of it.
func (d *Deps) ask(ctx context.Context, x recon.Difference, staff id.ID) (recon.Difference, error) {
	var word string
	var err error
	if x.Remedy() == recon.AskRefund {
		word, err = d.AskRefund(ctx, x.OfShop, x.RefundID)
	} else {
		word, err = d.AskPayment(ctx, x.BuyerID, x.PaymentID)
	}
	if err != nil && word == "" {
		return x, err
	}
	var now *recon.Ours
	run, readErr := d.runOf(ctx, x.RunID)
	if readErr != nil {
		return x, readErr
	}
	a, _ := d.account(run.Provider, run.Account)
	w := &making{Deps: d, ctx: ctx, a: a, r: &run}
	if err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		now, err = w.lookUp(tx, x.RefundID != 0, x.Number)
		return err
	}); err != nil {
		return x, err
	}
	outcome, healed := judge(x, word, now)
	if err := d.DB.Write(ctx, func(tx *db.Tx) error {
		if healed {
			_, err := recon.Heal(tx, x, outcome, staff, d.Now())
			return err
		}
		return recon.Tried(tx, x, outcome, staff, d.Now())
	}); err != nil {
		return x, err
	}
	return d.get(ctx, x.ID)
}

func (d *Deps) runOf(ctx context.Context, run id.ID) (r recon.Run, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		r, err = recon.GetRun(tx, market, run)
		return err
	})
	return r, err
}

// judge says what came of a question: the provider's word and what we say now.
func judge(x recon.Difference, word string, now *recon.Ours) (outcome string, healed bool) {
	if now == nil {
		return "gone_here", false
	}
	paid := now.State == string(payment.Paid) || now.State == string(payment.Late)
	done := now.State == string(payment.RefundDone)
	switch x.Kind {
	case recon.MissingHere:
		if paid && now.Amount == x.There {
			return "settled", true
		}
	case recon.MissingThere:
		if paid && word == string(payment.ResultPaid) {
			return "confirmed", true
		}
	case recon.RefundMissingThere:
		if done && word == string(payment.RefundSucceeded) {
			return "confirmed", true
		}
	case recon.StateDiffers:
		if x.RefundID != 0 && done == (word == string(payment.RefundSucceeded)) {
			return "settled", true
		}
		if x.RefundID == 0 && !paid {
			return "settled", true
		}
	}
	return "says_" + word, false
}
