package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// errProvider tells that the provider was asked in vain.
var errProvider = errors.New("reconcile: the provider does not give the bill")

// kept is how many differences of one kind are stored; all are counted.
const kept = 10_000

// making is a run at work.
type making struct {
	*Deps
	ctx   context.Context
	a     Account
	r     *recon.Run
	m     *recon.Matcher
	found map[recon.Kind]int64
}

// make fetches the bills of a day and compares them, and ends the run.
func (d *Deps) make(ctx context.Context, a Account, r *recon.Run) (err error) {
	w := &making{Deps: d, ctx: ctx, a: a, r: r, found: map[recon.Kind]int64{}}
	r.Figures, r.Lines = recon.Figures{}, 0
	if err := w.fetch(recon.TradeBill); err != nil {
		if errors.Is(err, recon.ErrNoBill) {
			return w.withoutBill(err)
		}
		return err
	}
	if w.m, err = recon.NewMatcher(d.Dir, recon.Rules{FeeBps: a.FeeBps}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.m.Close()) }()
	var bad []recon.Difference
	if err := w.read(recon.TradeBill, func(text io.Reader) error { return w.trades(text, &bad) }); err != nil {
		return err
	}
	if err := w.ours(w.m.AddOurs); err != nil {
		return err
	}
	if err := w.store(bad); err != nil {
		return err
	}
	for i := range w.m.Parts() {
		if err := w.compare(i); err != nil {
			return err
		}
	}
	if err := w.fund(); err != nil {
		return err
	}
	return w.finish()
}

// withoutBill ends the run of a day on which nothing happened. A day of ours that
// has no bill is a problem.
func (w *making) withoutBill(why error) error {
	errSome := errors.New("some")
	err := w.ours(func(*recon.Ours) error { return errSome })
	if errors.Is(err, errSome) {
		return why
	}
	if err != nil {
		return err
	}
	return w.finish()
}

// fetch gets a bill and keeps it as it came. Where the provider has it no more, one
// that was kept before stands in.
func (w *making) fetch(which recon.Bill) error {
	f, err := w.a.Source.Fetch(w.ctx, which, w.r.Day)
	if errors.Is(err, recon.ErrNoBill) {
		if blob, _ := w.file(which); blob != "" && w.Bills.Has(blob) {
			return nil
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errProvider, err)
	}
	name, _, err := w.Bills.Put(f.Body)
	if err := errors.Join(err, f.Body.Close()); err != nil {
		return fmt.Errorf("%w: %w", errProvider, err)
	}
	if which == recon.FundBill {
		w.r.FundBlob, w.r.FundHash = name, f.Hash
	} else {
		w.r.TradeBlob, w.r.TradeHash = name, f.Hash
	}
	return w.DB.Write(w.ctx, func(tx *db.Tx) error { return recon.SetBill(tx, *w.r, which, name, f.Hash) })
}

func (w *making) file(which recon.Bill) (blob, hash string) {
	if which == recon.FundBill {
		return w.r.FundBlob, w.r.FundHash
	}
	return w.r.TradeBlob, w.r.TradeHash
}

// read hands the text of a bill to fn, which reads it to the end, and checks that
// it is the text that was announced. That is the reason where fn stumbles over it.
func (w *making) read(which recon.Bill, fn func(text io.Reader) error) error {
	blob, hash := w.file(which)
	f, err := w.Bills.Get(blob)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	text, err := w.a.Source.Text(f, hash)
	if err != nil {
		return err
	}
	err = fn(text)
	if errors.Is(err, recon.ErrBroken) {
		if _, rest := io.Copy(io.Discard, text); errors.Is(rest, recon.ErrHash) {
			return rest
		}
	}
	return err
}

func (w *making) trades(text io.Reader, bad *[]recon.Difference) error {
	f := &w.r.Figures
	each := func(l *recon.Line) error {
		w.r.Lines++
		f.There.AddLine(l)
		if l.Kind == recon.LinePaid {
			f.Fee += l.Fee
		} else {
			f.FeeBack += l.Fee
		}
		return w.m.AddLine(l)
	}
	return w.a.Source.Trades(text, each, func(line int64) error {
		w.r.Lines++
		*bad = append(*bad, recon.Difference{Kind: recon.Unreadable, State: recon.Open, Number: fmt.Sprintf("line:%d", line), Line: line})
		if len(*bad) > 1000 {
			return fmt.Errorf("%w: more than 1000 of its lines cannot be read", recon.ErrBroken)
		}
		return w.ctx.Err()
	})
}

// fund reads the fund-flow bill, sums it up by type, and holds what it says of
// payments, refunds and fees against the trade bill.
func (w *making) fund() error {
	if err := w.fetch(recon.FundBill); errors.Is(err, recon.ErrNoBill) {
		return nil // the page says so
	} else if err != nil {
		return err
	}
	f := &w.r.Figures
	f.Flows = map[string]recon.Moved{}
	var paid, back, fees recon.Moved
	err := w.read(recon.FundBill, func(text io.Reader) error {
		return w.a.Source.Flows(text, func(l *recon.Flow) error {
			sum := func(m recon.Moved) recon.Moved {
				m.Count++
				if l.In {
					m.In += l.Amount
				} else {
					m.Out += l.Amount
				}
				return m
			}
			f.Ends = l.Balance
			if _, known := f.Flows[l.Type]; known || len(f.Flows) < 100 {
				f.Flows[l.Type] = sum(f.Flows[l.Type])
			}
			switch l.Kind {
			case recon.FlowPaid:
				paid = sum(paid)
			case recon.FlowRefund:
				back = sum(back)
			case recon.FlowFee:
				fees = sum(fees)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return w.store(recon.CompareFunds(*f, paid, back, fees))
}

// finish heals what can be healed by asking, and ends the run.
func (w *making) finish() error {
	w.r.Figures.Kinds = w.found
	if err := w.heal(w.ctx, *w.r); err != nil {
		return err
	}
	return w.DB.Write(w.ctx, func(tx *db.Tx) error {
		now := w.Now()
		if err := recon.HealGone(tx, *w.r, now); err != nil {
			return err
		}
		if err := recon.Finish(tx, *w.r, now); err != nil {
			return err
		}
		r, err := recon.GetRun(tx, market, w.r.ID)
		if err != nil {
			return err
		}
		return w.Emitter.Emit(tx, now, market, event.ReconFinished, event.Recon{RunID: r.ID, Provider: r.Provider, Account: r.Account, Day: r.Day, Lines: r.Lines, Open: r.Open})
	})
}
