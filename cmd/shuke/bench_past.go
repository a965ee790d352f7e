package main

import (
	"context"
	"errors"
	"flag"

	"github.com/shuke-commerce/shuke/internal/app/bench"
)

// pastFlag binds how many past orders the database has.
func pastFlag(f *flag.FlagSet) *int {
	return f.Int("orders", 1_000_000, "past orders in the database, 1,000 to 100,000,000")
}

func settlePast(o *bench.Options, orders int) error {
	if orders < 1000 || orders > 100_000_000 {
		return errors.New("bench: --orders must be 1000 to 100000000")
	}
	return settle(o)
}

func benchPast(f *flag.FlagSet) func(context.Context) (any, error) {
	o, orders := engineFlags(f), pastFlag(f)
	return func(ctx context.Context) (any, error) {
		if err := settlePast(o, *orders); err != nil {
			return nil, err
		}
		return bench.PastOrders(ctx, *o, *orders)
	}
}

func benchRecovery(f *flag.FlagSet) func(context.Context) (any, error) {
	o, orders := engineFlags(f), pastFlag(f)
	rounds := f.Int("rounds", 3, "how often it is killed, 1 to 100")
	return func(ctx context.Context) (any, error) {
		if err := settlePast(o, *orders); err != nil {
			return nil, err
		}
		if *rounds < 1 || *rounds > 100 {
			return nil, errors.New("bench: --rounds must be 1 to 100")
		}
		return bench.Recovery(ctx, *o, *orders, *rounds)
	}
}
