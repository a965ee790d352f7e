package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/shuke-commerce/shuke/internal/app/chaos"
	"github.com/shuke-commerce/shuke/internal/platform/db/pgserver"
)

const chaosUsage = `[--seed 1] [--seeds 100 | --seconds 60] [--steps 10000] [--break guard] [--json]
       --kills 50 [--engine sqlite|postgres] [--url postgres://…] [--clients 8] [--seed 1] [--json]

A simulation of the whole market and the whole pocket WeChat in this process, with a clock that is moved by hand: the same
seed is the same run. After every step, books, stock and orders are compared; a run that fails is printed as the few steps
that matter. --break guard takes the guard of the stock away; the run must find the oversell.
With --kills: serve and sim as processes of their own under load, ended with SIGKILL at random moments and started again; what
lies in the database is compared after every kill, and with what the pocket WeChat knows at the end.`

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
	k := chaos.KillOptions{}
	f.IntVar(&k.Kills, "kills", 0, "how often to kill the real programs; 0: simulate")
	f.StringVar(&k.Engine, "engine", "sqlite", "of --kills: sqlite or postgres")
	f.StringVar(&k.URL, "url", "", "of --kills: `address` of an empty PostgreSQL database; empty: a private server is started")
	f.IntVar(&k.Clients, "clients", 8, "of --kills: rival buyers")
	asJSON := f.Bool("json", false, "print JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	if k.Kills != 0 {
		k.Seed, k.Dir = o.Seed, o.Dir
		return runKills(ctx, k, *asJSON)
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

func runKills(ctx context.Context, k chaos.KillOptions, quiet bool) error {
	if k.Kills < 1 || k.Kills > 10_000 || k.Clients < 1 || k.Clients > 256 {
		return errors.New("chaos: --kills must be 1 to 10000, --clients 1 to 256")
	}
	switch k.Engine {
	case "sqlite":
		k.URL = ""
	case "postgres":
		if k.URL == "" {
			var err error
			if k.URL, err = pgserver.Start(os.TempDir()); err != nil {
				return fmt.Errorf("chaos: no --url given, and a private PostgreSQL cannot be started: %w", err)
			}
		}
	default:
		return fmt.Errorf("chaos: --engine %q is not sqlite or postgres", k.Engine)
	}
	if !quiet {
		k.Report = func(n int, victim string, ready time.Duration) {
			fmt.Printf("kill %d: %s, ready after %v\n", n+1, victim, ready.Round(time.Millisecond))
		}
	}
	out, err := chaos.Kill(ctx, k)
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	err = errors.Join(err, e.Encode(out))
	if len(out.Violations) > 0 {
		err = errors.Join(err, fmt.Errorf("chaos: %d violations · 发现不一致", len(out.Violations)))
	}
	return err
}
