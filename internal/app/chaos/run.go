package chaos

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

func newDice(a, b uint64) *rand.Rand { return rand.New(rand.NewPCG(a, b)) }

// Run is what one seed did.
type Run struct {
	Rules
	Steps      int            `json:"steps"`
	Calls      int            `json:"calls"`
	Orders     int            `json:"orders"`
	Compared   int            `json:"compared"`
	Opened     int            `json:"opened"` // how often the house was opened
	Codes      map[string]int `json:"codes"`
	Trace      string         `json:"trace"` // equal for equal runs
	Violations []Violation    `json:"violations"`
}

// Stage is a place where runs are made, one after another.
type Stage struct {
	desk *desk
	g    *ground
	dir  string
	n    int
}

// NewStage prepares a market and a pocket WeChat in a folder.
func NewStage(ctx context.Context, dir string) (*Stage, error) {
	b := &Stage{desk: newDesk(), dir: dir}
	var err error
	b.g, err = prepare(ctx, dir, b.desk.now, site{})
	return b, err
}

// Close ends the pocket WeChat.
func (b *Stage) Close() error { return b.desk.pocket.Close() }

// Seed runs the script of a seed.
func (b *Stage) Seed(ctx context.Context, r Rules) (Run, error) {
	return b.Play(ctx, r, script(r.Seed, r.Steps))
}

// Play runs a script.
func (b *Stage) Play(ctx context.Context, r Rules, steps []Step) (Run, error) {
	b.n++
	dir := filepath.Join(b.dir, "run-"+strconv.Itoa(b.n))
	w, err := newWorld(ctx, b.desk, b.g, dir, r)
	if err != nil {
		return Run{Rules: r}, err
	}
	err = w.play(steps)
	out := Run{Rules: r, Steps: len(steps), Calls: w.calls, Orders: len(w.deals), Compared: w.compared, Opened: w.opened, Codes: w.codes,
		Trace: strconv.FormatUint(w.trace, 16), Violations: w.violations}
	return out, errors.Join(err, w.end(), os.RemoveAll(dir))
}
