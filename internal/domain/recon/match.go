package recon

import (
	"errors"
	"os"

	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Matcher compares the lines of a bill with our entries of the same day, in
// bounded memory: both are spread over files by their numbers, and one file of
// each is compared at a time.
type Matcher struct {
	rules Rules
	dir   string
	lines *pile
	ours  *pile
}

// Rules are what is compared besides equality.
type Rules struct {
	FeeBps int64 // contracted fee of the provider in basis points (1/10,000); 0: not compared
}

// NewMatcher makes a matcher that keeps its files in a folder of its own below
// dir. Close it.
func NewMatcher(dir string, rules Rules) (*Matcher, error) {
	own, err := os.MkdirTemp(dir, "recon-")
	if err != nil {
		return nil, err
	}
	m := &Matcher{rules: rules, dir: own}
	if m.lines, err = newPile(own, "bill"); err == nil {
		m.ours, err = newPile(own, "ours")
	}
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// Close removes the files.
func (m *Matcher) Close() error {
	var err error
	for _, p := range []*pile{m.lines, m.ours} {
		if p != nil {
			err = errors.Join(err, p.close())
		}
	}
	return errors.Join(err, os.RemoveAll(m.dir))
}

// AddLine takes a line of the bill; AddOurs an entry of ours. Neither keeps it.
func (m *Matcher) AddLine(l *Line) error { return m.lines.putLine(l) }

// AddOurs takes an entry of ours, of the bill's day.
func (m *Matcher) AddOurs(o *Ours) error { return m.ours.putOurs(o) }

// Parts is how many parts there are to compare.
func (m *Matcher) Parts() int { return spills }

// Part is what came of comparing one part.
type Part struct {
	Differences []Difference
	Strays      []Line // lines of numbers that we have not on that day
	Unlisted    []Ours // entries of ours that no line tells of
	Here        Side   // sums of the entries that a line tells of
}

// pair is an entry of ours and what the bill says of it.
type pair struct {
	ours     Ours
	seen     bool
	reversed *Line
}

// Compare compares part i.
func (m *Matcher) Compare(i int) (Part, error) {
	var out Part
	pairs := map[string]*pair{}
	var order []*pair
	err := m.ours.each(i, func(r *record) error {
		p := &pair{ours: readOurs(r)}
		pairs[p.ours.Number] = p
		order = append(order, p)
		return nil
	})
	if err != nil {
		return out, err
	}
	c := comparing{rules: m.rules, out: &out, pairs: pairs, strays: map[string]int{}}
	if err := m.lines.each(i, func(r *record) error { c.line(readLine(r)); return nil }); err != nil {
		return out, err
	}
	for _, p := range order {
		c.rest(p)
	}
	return out, nil
}

// comparing is a part under comparison.
type comparing struct {
	rules  Rules
	out    *Part
	pairs  map[string]*pair
	strays map[string]int // number of a line without an entry → its place in out.Strays, from 1; negative: reversed
}

func (c *comparing) line(l Line) {
	p := c.pairs[l.Number]
	switch {
	case l.Kind == LineReversed && p != nil:
		p.reversed = &l
	case l.Kind == LineReversed:
		c.reversedStray(l)
	case p == nil:
		c.stray(l)
	case p.seen:
		c.out.Differences = append(c.out.Differences, differ(Duplicate, &l, &p.ours))
	default:
		p.seen = true
		c.out.Here.add(&p.ours)
		c.out.Differences = append(c.out.Differences, c.rules.judge(&l, &p.ours)...)
	}
}

// stray keeps a line without an entry of that day. A payment that was reversed on
// the same day is none of our business: money came and went.
func (c *comparing) stray(l Line) {
	switch at := c.strays[l.Number]; {
	case at > 0:
		c.out.Differences = append(c.out.Differences, differ(Duplicate, &l, nil))
	case at == 0:
		c.out.Strays = append(c.out.Strays, l)
		c.strays[l.Number] = len(c.out.Strays)
	}
}

func (c *comparing) reversedStray(l Line) {
	switch at := c.strays[l.Number]; {
	case at > 0:
		c.out.Strays[at-1].Kind = lineUndone
	case at == 0:
		c.out.Strays = append(c.out.Strays, l)
	}
	c.strays[l.Number] = -1
}

// rest says what the bill left open about an entry.
func (c *comparing) rest(p *pair) {
	switch {
	case p.reversed != nil:
		c.out.Differences = append(c.out.Differences, differ(StateDiffers, p.reversed, &p.ours))
	case !p.seen:
		c.out.Unlisted = append(c.out.Unlisted, p.ours)
	}
}

// add counts an entry.
func (s *Side) add(o *Ours) {
	if o.Refund {
		s.Refunds++
		s.RefundAmount += o.Amount
	} else {
		s.Payments++
		s.Amount += o.Amount
	}
	s.Booked += o.Booked
}

// Add counts an entry of ours that belongs to the bill.
func (s *Side) Add(o *Ours) { s.add(o) }

// AddLine counts a line of the bill. A reversal takes a payment back.
func (s *Side) AddLine(l *Line) {
	if l.Kind == LinePaid || l.Kind == lineUndone {
		s.Payments++
		s.Amount += l.Amount
	}
	if l.Kind != LinePaid {
		s.Refunds++
		s.RefundAmount += l.Amount
	}
}

// Plus sums two sides.
func (s Side) Plus(t Side) Side {
	return Side{s.Payments + t.Payments, s.Amount + t.Amount, s.Refunds + t.Refunds, s.RefundAmount + t.RefundAmount, s.Booked + t.Booked}
}

// expectedFee is the provider's fee of a payment: half a fen rounds up.
func (r Rules) expectedFee(amount money.Fen) money.Fen {
	return (amount*money.Fen(r.FeeBps) + 5000) / 10_000
}
