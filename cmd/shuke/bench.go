package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/shuke-commerce/shuke/internal/app/bench"
	"github.com/shuke-commerce/shuke/internal/platform/db/pgserver"
)

func runBench(ctx context.Context, args []string) error {
	const usage = "order|product|sim [--engine sqlite|postgres] [--url postgres://…] [--seconds 10] [--clients 64] [--json]\n\nMeasures a server process of its own behind a socket, with a database of its own.\nsim measures the pocket WeChat: [--people 100000] [--messages 1000000] [--seconds 10] [--json]"
	f := flags("bench", usage)
	var o bench.Options
	f.StringVar(&o.Engine, "engine", "sqlite", "sqlite or postgres")
	f.StringVar(&o.URL, "url", "", "`address` of an empty PostgreSQL database; empty: a private server is started")
	f.IntVar(&o.Seconds, "seconds", 10, "how long to measure, 1 to 600")
	f.IntVar(&o.Clients, "clients", 64, "rival clients, 1 to 1000")
	f.StringVar(&o.Dir, "dir", "", "scratch `folder`; empty: a temporary one")
	f.BoolVar(&o.Keep, "keep", false, "keep the scratch folder")
	var world bench.SimOptions
	f.IntVar(&world.People, "people", 100_000, "sim: how many people its world has")
	f.IntVar(&world.Messages, "messages", 1_000_000, "sim: how many messages")
	asJSON := f.Bool("json", false, "print JSON")
	if len(args) == 0 {
		f.Usage()
		return errors.New("bench: name what to measure · 请指定测试项")
	}
	if strings.HasPrefix(args[0], "-") {
		if err := f.Parse(args); err != nil {
			return err
		}
		return errors.New("bench: name what to measure first: order, product or sim · 请先指定测试项")
	}
	what := args[0]
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	if o.Seconds < 1 || o.Seconds > 600 || o.Clients < 1 || o.Clients > 1000 {
		return errors.New("bench: --seconds must be 1 to 600 and --clients 1 to 1000")
	}
	if what == "sim" {
		world.Seconds = o.Seconds
		out, err := bench.Sim(ctx, world)
		return errors.Join(err, printBench(out, *asJSON))
	}
	switch o.Engine {
	case "sqlite":
		o.URL = ""
	case "postgres":
		if o.URL == "" {
			var err error
			if o.URL, err = pgserver.Start(os.TempDir()); err != nil {
				return fmt.Errorf("bench: no --url given, and a private PostgreSQL cannot be started: %w", err)
			}
		}
	default:
		return fmt.Errorf("bench: --engine %q is not sqlite or postgres", o.Engine)
	}
	var out any
	var err error
	switch what {
	case "order":
		out, err = bench.Order(ctx, o)
	case "product":
		out, err = bench.Product(ctx, o)
	default:
		return fmt.Errorf("bench: there is nothing called %q to measure", what)
	}
	if err != nil {
		return err
	}
	return printBench(out, *asJSON)
}

func printBench(out any, indented bool) error {
	if indented {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	b, err := json.Marshal(out)
	fmt.Println(string(b))
	return err
}
