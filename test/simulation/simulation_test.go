package simulation

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/shuke-commerce/shuke/internal/app/chaos"
)

var ctx = context.Background()

func stage(t *testing.T) *chaos.Stage {
	t.Helper()
	s, err := chaos.NewStage(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func clean(t *testing.T, r chaos.Run, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Violations {
		t.Errorf("seed %d, step %d: %s: %s", r.Seed, v.Step, v.Kind, v.Detail)
	}
}

// A few seeds; shuke chaos runs as many as there is time for.
func TestSeeds(t *testing.T) {
	s := stage(t)
	orders, opened := 0, 0
	for seed := range uint64(3) {
		r, err := s.Seed(ctx, chaos.Rules{Seed: 1 + seed, Steps: 500, Whole: 250})
		clean(t, r, err)
		orders, opened = orders+r.Orders, opened+r.Opened
	}
	if orders < 60 || opened < 5 {
		t.Fatalf("%d orders were placed and the house was opened %d times: this proves little", orders, opened)
	}
}

func TestTheSameSeedIsTheSameRun(t *testing.T) {
	s, rules := stage(t), chaos.Rules{Seed: 42, Steps: 300, Whole: 300}
	first, err := s.Seed(ctx, rules)
	clean(t, first, err)
	second, err := s.Seed(ctx, rules)
	clean(t, second, err)
	other, err := s.Seed(ctx, chaos.Rules{Seed: 43, Steps: 300, Whole: 300})
	clean(t, other, err)
	if first.Trace != second.Trace || first.Trace == other.Trace {
		t.Fatalf("traces of one seed are %s and %s, of another %s", first.Trace, second.Trace, other.Trace)
	}
}

// The check can fail: without the guard of the stock the same simulation finds the
// oversell, and shrinks it to little more than the order that did it.
func TestAMissingGuardIsFound(t *testing.T) {
	out, err := chaos.Simulate(ctx, chaos.Options{Rules: chaos.Rules{Seed: 5, Steps: 400, Whole: 400, Break: chaos.BreakGuard}, Seeds: 1, Parallel: 1, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if !out.Found || len(out.Failed) != 1 || len(out.Failed[0].Script) > 5 {
		t.Fatalf("%+v", out)
	}
}

// Scripts that failed once stay mended.
func TestKeptScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/seeds/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var f chaos.Failure
			if err := json.Unmarshal(text, &f); err != nil {
				t.Fatal(err)
			}
			r, err := stage(t).Play(ctx, f.Rules, f.Script)
			clean(t, r, err)
		})
	}
}
