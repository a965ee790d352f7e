package loop

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// bank plays a provider: payments that are unpaid, paid or closed, refunds that
// never exceed what was paid, and answers that get lost.
type bank struct {
	mu       sync.Mutex
	now      func() time.Time
	payments map[string]*deposit
	refunds  map[string]*payback
	calls    map[string]int
	// lose says what happens to a call: "" fine, "before" it never arrives,
	// "after" it takes effect and the answer is lost.
	lose func(op, no string) string
	// during runs inside a call that took effect, before its answer is given.
	during  func(op, no string)
	slow    bool // refunds stay processing until finishRefunds
	verdict payment.RefundOutcome
	serial  int
}

type deposit struct {
	in     payment.PrepayIn
	prepay string
	state  payment.ResultState
	parts  []payment.PartResult
	back   map[string]money.Fen // by transaction
}

type payback struct {
	in    payment.RefundIn
	state payment.RefundOutcome
	id    string
}

func newBank(now func() time.Time) *bank {
	return &bank{now: now, payments: map[string]*deposit{}, refunds: map[string]*payback{}, calls: map[string]int{}, verdict: payment.RefundSucceeded}
}

// call counts a call and loses it when it must.
func (b *bank) call(op, no string, effect func() error) error {
	b.mu.Lock()
	b.calls[op]++
	how := ""
	if b.lose != nil {
		how = b.lose(op, no)
	}
	if how == "before" {
		b.mu.Unlock()
		return payment.ErrUnknown
	}
	err := effect()
	during := b.during
	b.mu.Unlock()
	if during != nil {
		during(op, no)
	}
	if how == "after" {
		return payment.ErrUnknown
	}
	return err
}

func (b *bank) Prepay(_ context.Context, in payment.PrepayIn) (out payment.PrepayOut, err error) {
	err = b.call("prepay", in.TradeNo, func() error {
		p := b.payments[in.TradeNo]
		if p == nil {
			b.serial++
			p = &deposit{in: in, prepay: fmt.Sprintf("wx%d", b.serial), state: payment.ResultUnpaid, back: map[string]money.Fen{}}
			for _, it := range in.Items {
				p.parts = append(p.parts, payment.PartResult{TradeNo: it.TradeNo, MchID: it.MchID, Amount: it.Amount, Currency: "CNY"})
			}
			b.payments[in.TradeNo] = p
		}
		switch {
		case p.state == payment.ResultPaid:
			return payment.ErrPaid
		case p.state == payment.ResultClosed:
			return payment.ErrClosed
		case !reflect.DeepEqual(p.in, in):
			return fmt.Errorf("bank: re-entry of %s with other parameters", in.TradeNo)
		}
		out = payment.PrepayOut{PrepayID: p.prepay, Lives: 2 * time.Hour}
		return nil
	})
	return out, err
}

func (b *bank) Query(_ context.Context, ref payment.Ref) (out payment.Result, err error) {
	err = b.call("query", ref.TradeNo, func() error {
		p := b.payments[ref.TradeNo]
		if p == nil {
			return payment.ErrNotFound
		}
		out = p.result()
		return nil
	})
	return out, err
}

func (p *deposit) result() payment.Result {
	return payment.Result{TradeNo: p.in.TradeNo, State: p.state, Parts: append([]payment.PartResult(nil), p.parts...)}
}

func (b *bank) Close(_ context.Context, ref payment.Ref) error {
	return b.call("close", ref.TradeNo, func() error {
		p := b.payments[ref.TradeNo]
		switch {
		case p == nil:
			return payment.ErrNotFound
		case p.state == payment.ResultPaid:
			return payment.ErrPaid
		case len(ref.Parts) != 0 && len(ref.Parts) != len(p.parts):
			return errors.New("bank: close must list the same sub-orders")
		}
		p.state = payment.ResultClosed
		return nil
	})
}

func (b *bank) Refund(_ context.Context, in payment.RefundIn) (out payment.RefundResult, err error) {
	err = b.call("refund", in.RefundNo, func() error {
		r := b.refunds[in.RefundNo]
		if r == nil {
			if err := b.debit(in); err != nil {
				return err
			}
			b.serial++
			r = &payback{in: in, state: payment.RefundProcessing, id: fmt.Sprintf("50%d", b.serial)}
			if !b.slow {
				r.state = b.verdict
			}
			b.refunds[in.RefundNo] = r
		}
		if r.in != in {
			return errors.New("bank: refund number used with other parameters")
		}
		out = r.result()
		return nil
	})
	return out, err
}

// debit takes a refund out of what was paid.
func (b *bank) debit(in payment.RefundIn) error {
	for _, p := range b.payments {
		for _, part := range p.parts {
			if part.TransactionID != in.TransactionID || part.TransactionID == "" {
				continue
			}
			if in.Total != part.Amount || p.back[part.TransactionID]+in.Amount > part.Amount {
				return fmt.Errorf("bank: refund of %s exceeds what is left of %s", in.Amount, part.Amount)
			}
			p.back[part.TransactionID] += in.Amount
			return nil
		}
	}
	return payment.ErrNotFound
}

func (r *payback) result() payment.RefundResult {
	return payment.RefundResult{RefundNo: r.in.RefundNo, ProviderID: r.id, State: r.state, Amount: r.in.Amount}
}

func (b *bank) QueryRefund(_ context.Context, in payment.RefundIn) (out payment.RefundResult, err error) {
	err = b.call("query refund", in.RefundNo, func() error {
		r := b.refunds[in.RefundNo]
		if r == nil {
			return payment.ErrNotFound
		}
		out = r.result()
		return nil
	})
	return out, err
}

func (b *bank) JSParams(prepayID string) (payment.JSParams, error) {
	return payment.JSParams{Package: "prepay_id=" + prepayID}, nil
}

// pay is the buyer entering the password; nil when it is too late or paid.
func (b *bank) pay(tradeNo string) *payment.Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.payments[tradeNo]
	if p == nil || p.state != payment.ResultUnpaid || b.now().After(p.in.Deadline) {
		return nil
	}
	p.state = payment.ResultPaid
	for i := range p.parts {
		b.serial++
		p.parts[i].TransactionID, p.parts[i].PaidAt = fmt.Sprintf("42%d", b.serial), b.now()
	}
	r := p.result()
	return &r
}

// finishRefunds lets every refund under way end in a state.
func (b *bank) finishRefunds(s payment.RefundOutcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.refunds {
		if r.state == payment.RefundProcessing {
			r.state = s
		}
	}
}

// holds is the money of all payments less what went back.
func (b *bank) holds() (sum money.Fen) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.payments {
		if p.state == payment.ResultPaid {
			for _, part := range p.parts {
				sum += part.Amount
			}
		}
	}
	for _, r := range b.refunds {
		if r.state == payment.RefundSucceeded {
			sum -= r.in.Amount
		}
	}
	return sum
}
