package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options of a simulation.
type Options struct {
	Rules              // Seed is the first one
	Seeds    int       // how many; 0 with Seconds: until the time is over
	Seconds  int       // how long, when Seeds is 0
	Parallel int       // seeds at once; 0: two
	Dir      string    // scratch folder; "": a temporary one
	Report   func(Run) // called after every seed; nil is fine
}

// Result is what a simulation found.
type Result struct {
	Seed       uint64         `json:"seed"`
	Seeds      int            `json:"seeds"`
	Steps      int            `json:"steps"`
	Seconds    float64        `json:"seconds"`
	Calls      int            `json:"calls"`
	Orders     int            `json:"orders"`
	Compared   int            `json:"orders_compared"`
	Restarts   int            `json:"restarts"`
	Violations int            `json:"violations"`
	Failed     []Failure      `json:"failed,omitempty"`
	Expected   string         `json:"expected,omitempty"` // what was broken on purpose must be found as
	Found      bool           `json:"found,omitempty"`
	Answers    map[string]int `json:"answers"`
}

// Failure is a seed that failed, with the script it shrank to.
type Failure struct {
	Rules     Rules     `json:"rules"`
	Violation Violation `json:"violation"`
	Script    []Step    `json:"script"`
}

// maxShrunk is how many failing seeds of a simulation are shrunk.
const maxShrunk = 3

// Simulate runs seeds and shrinks what fails.
func Simulate(ctx context.Context, o Options) (Result, error) {
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "shuke-chaos-")
		if err != nil {
			return Result{}, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		o.Dir = dir
	}
	m := &many{Options: o, begin: time.Now(), out: Result{Seed: o.Seed, Answers: map[string]int{}}}
	var wg sync.WaitGroup
	workers := max(o.Parallel, 1)
	if o.Parallel == 0 {
		workers = 2
	}
	errs := make([]error, workers)
	for i := range workers {
		wg.Go(func() { errs[i] = m.work(ctx, filepath.Join(o.Dir, fmt.Sprint(i))) })
	}
	wg.Wait()
	m.out.Seconds = time.Since(m.begin).Seconds()
	if o.Break != "" {
		m.out.Expected, m.out.Found = "oversell", false
		for _, f := range m.out.Failed {
			m.out.Found = m.out.Found || f.Violation.Kind == m.out.Expected
		}
	}
	return m.out, errors.Join(errs...)
}

// many is a simulation under way.
type many struct {
	Options
	begin time.Time
	mu    sync.Mutex
	given int
	out   Result
}

// next gives out a seed; false when there is none to come.
func (m *many) next() (Rules, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	over := m.given >= m.Seeds
	if m.Seeds == 0 {
		over = time.Since(m.begin) > time.Duration(m.Options.Seconds)*time.Second
	}
	if over {
		return Rules{}, false
	}
	r := m.Rules
	r.Seed += uint64(m.given)
	m.given++
	return r, true
}

func (m *many) work(ctx context.Context, dir string) error {
	s, err := NewStage(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for ctx.Err() == nil {
		r, ok := m.next()
		if !ok {
			return nil
		}
		run, err := s.Seed(ctx, r)
		if err != nil {
			return fmt.Errorf("seed %d: %w", r.Seed, err)
		}
		if m.add(run); len(run.Violations) > 0 && m.wanted() {
			steps, v := s.Shrink(ctx, r, script(r.Seed, r.Steps), run.Violations[0])
			m.mu.Lock()
			m.out.Failed = append(m.out.Failed, Failure{r, v, steps})
			m.mu.Unlock()
		}
	}
	return ctx.Err()
}

// wanted tells whether another failing seed is to be shrunk.
func (m *many) wanted() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.out.Failed) < maxShrunk
}

func (m *many) add(r Run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := &m.out
	o.Seeds, o.Steps, o.Calls, o.Orders, o.Compared = o.Seeds+1, o.Steps+r.Steps, o.Calls+r.Calls, o.Orders+r.Orders, o.Compared+r.Compared
	o.Restarts += r.Opened - 1
	o.Violations += len(r.Violations)
	for k, n := range r.Codes {
		o.Answers[k] += n
	}
	if m.Report != nil {
		m.Report(r)
	}
}
