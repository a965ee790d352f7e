package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Step is one thing that somebody does. What exactly follows from its own chance
// and from where the run stands, so that a script from which steps were taken out
// is still a script.
type Step struct {
	Do   string `json:"do"`
	Seed uint64 `json:"seed"`
}

// deeds are all the things that are done, each as often as its weight.
var deeds = []struct {
	name   string
	weight int
	do     func(*world)
}{
	{"browse", 12, browse}, {"cart", 10, fillCart}, {"place", 24, place}, {"repeat", 8, repeat}, {"buy", 36, buy}, {"start", 8, start}, {"pay", 12, pay},
	{"two devices", 3, twoDevices}, {"result", 8, result}, {"cancel", 10, cancel}, {"receive", 8, receive}, {"ask", 18, ask}, {"withdraw", 5, withdraw}, {"send back", 6, sendBack},
	{"ship", 24, ship}, {"approve", 16, approve}, {"refuse", 4, refuse}, {"returned", 8, returned}, {"retry refund", 3, retryRefund}, {"count", 20, count}, {"reprice", 5, reprice},
	{"shutters", 2, shutters}, {"take down", 2, takeDown}, {"look", 6, look},
	{"tick", 24, tick}, {"work", 18, work}, {"mail", 20, mail}, {"minutes", 8, minutes}, {"hours", 2, hours}, {"days", 1, days}, {"crash", 1, crash}, {"restart", 1, restart},
}

// script draws the steps of a seed.
func script(seed uint64, n int) []Step {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var lots []string
	for _, d := range deeds {
		lots = append(lots, slices.Repeat([]string{d.name}, d.weight)...)
	}
	out := make([]Step, n)
	for i := range out {
		out[i] = Step{lots[rnd.IntN(len(lots))], rnd.Uint64()}
	}
	return out
}

func deed(name string) (func(*world), error) {
	for _, d := range deeds {
		if d.name == name {
			return d.do, nil
		}
	}
	return nil, fmt.Errorf("chaos: there is no step called %q", name)
}

// take does a step and compares what it touched.
func (w *world) take(i int, s Step) error {
	do, err := deed(s.Do)
	if err != nil {
		return err
	}
	w.step = i
	w.dice = rand.New(rand.NewPCG(s.Seed, 2))
	w.mark(s.Do)
	do(w)
	if w.often(70) {
		w.deliver()
	}
	if err := w.rise(); err != nil {
		return err
	}
	w.pass(1e6) // a millisecond, so that steps are told apart
	return w.look()
}

// play takes all steps, lets everything come to rest and compares it. It stops at
// the first violation.
func (w *world) play(steps []Step) error {
	whole := max(w.rules.Whole, 1)
	for i, s := range steps {
		if err := w.take(i, s); err != nil {
			return fmt.Errorf("step %d (%s): %w", i, s.Do, err)
		}
		if (i+1)%whole == 0 && len(w.violations) == 0 {
			if err := w.whole(); err != nil {
				return err
			}
		}
		if len(w.violations) > 0 || w.ctx.Err() != nil {
			return w.ctx.Err()
		}
	}
	w.step = len(steps)
	return errors.Join(w.settle(), w.whole(), w.judge())
}
