package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/shuke-commerce/shuke/internal/app/chaos"
)

const chaosUsage = `[--seed 1] [--seeds 100 | --seconds 60] [--steps 10000] [--break guard] [--json]

A simulation of the whole market and the whole pocket WeChat in this process, with a clock that is moved by hand: the same
seed is the same run. After every step, books, stock and orders are compared; a run that fails is printed as the few steps
that matter. --break guard takes the guard of the stock away; the run must find the oversell.`

func runChaos(ctx context.Context, args []string) error {
	f := flags("chaos", chaosUsage)
	o := chaos.Options{}
	f.Uint64Var(&o.Seed, "seed", 1, "the first seed")
	f.IntVar(&o.Seeds, "seeds", 0, "how many seeds to run; 0: as many as fit into --seconds")
	f.IntVar(&o.Seconds, "seconds", 60, "how long to run")
	f.IntVar(&o.Steps, "steps", 10_000, "steps of a seed")
	f.IntVar(&o.Parallel, "parallel", 2, "seeds at once")
	f.StringVar(&o.Break, "break", "", "take something away that must be missed: guard")
	f.StringVar(&o.Dir, "dir", "", "scratch `folder`; empty: a temporary one")
	asJSON := f.Bool("json", false, "print JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	if o.Steps < 1 || o.Steps > 1_000_000 || o.Seeds < 0 || o.Seconds < 1 || o.Parallel < 1 || o.Parallel > 64 {
		return errors.New("chaos: --steps must be 1 to 1000000, --seeds not below 0, --seconds at least 1, --parallel 1 to 64")
	}
	if o.Break != "" && o.Break != chaos.BreakGuard {
		return fmt.Errorf("chaos: there is nothing called %q to break", o.Break)
	}
	o.Whole = 500
	if !*asJSON {
		o.Report = func(r chaos.Run) {
			fmt.Printf("seed %d: %d steps, %d orders, %d calls, opened %d times, %d violations\n", r.Seed, r.Steps, r.Orders, r.Calls, r.Opened, len(r.Violations))
		}
	}
	out, err := chaos.Simulate(ctx, o)
	if err != nil {
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	err = e.Encode(out)
	switch {
	case o.Break != "" && !out.Found:
		return errors.Join(err, fmt.Errorf("chaos: the guard is gone and nobody noticed"))
	case o.Break == "" && out.Violations > 0:
		return errors.Join(err, fmt.Errorf("chaos: %d violations · 发现不一致", out.Violations))
	}
	return err
}
