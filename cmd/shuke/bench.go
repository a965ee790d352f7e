package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/shuke-commerce/shuke/internal/app/bench"
	"github.com/shuke-commerce/shuke/internal/platform/db/pgserver"
)

// benchmark is something that shuke bench measures. It binds its flags to f and
// gives what runs once they are parsed; the answer is printed as JSON.
type benchmark struct {
	name, measures string
	flags          func(f *flag.FlagSet) func(context.Context) (any, error)
}

// benchmarks in the order of the help.
func benchmarks() []benchmark {
	return []benchmark{
		{"order", "durable orders through HTTP, beside the same row writes straight to the engine", benchOrder},
		{"flash", "a flash sale: many buyers, few units", benchFlash},
		{"product", "product pages", onEngine(measured(bench.Product))},
		{"loop", "whole purchases with a pocket WeChat beside the server: cart, order, prepay, signed notice, paid, heard of", onEngine(measured(bench.Loop))},
		{"bills", "the reconciliation of a day with its bills, faults seeded in, in a process of its own", benchBills},
		{"past", "orders with many past orders in the database, beside a young one in the same run", benchPast},
		{"recovery", "kill -9 under load: the time until a new process is ready", benchRecovery},
		{"sim", "the pocket WeChat: calls, and prepay + notification pairs beside what signing alone allows", benchSim},
		{"all", "all figures one after another, with their aims", benchAll},
		{"report", "the table of a file that all --json wrote", benchReport},
	}
}

func runBench(ctx context.Context, args []string) error {
	all := benchmarks()
	if len(args) > 0 {
		for _, b := range all {
			if b.name == args[0] {
				return b.run(ctx, args[1:])
			}
		}
	}
	var lines strings.Builder
	for _, b := range all {
		fmt.Fprintf(&lines, "  %-10s %s\n", b.name, b.measures)
	}
	usage := "WHAT [flags]\n\nMeasures processes of their own behind sockets, with a database of their own. WHAT is one of\n" + lines.String() +
		"\nshuke bench WHAT --help lists its flags."
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		return errors.Join(flags("bench", usage).Parse(args), errors.New("bench: name what to measure first · 请先指定测试项"))
	}
	flags("bench", usage).Usage()
	if len(args) == 0 {
		return errors.New("bench: name what to measure · 请指定测试项")
	}
	return fmt.Errorf("bench: there is nothing called %q to measure · 没有这个测试项", args[0])
}

func (b benchmark) run(ctx context.Context, args []string) error {
	f := flags("bench "+b.name, "[flags]\n\nMeasures "+b.measures+".")
	asJSON := f.Bool("json", false, "print JSON over several lines")
	measure := b.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 && b.name != "report" {
		return fmt.Errorf("bench %s does not take %q · 多余的参数", b.name, f.Arg(0))
	}
	out, err := measure(ctx)
	if text, ok := out.(string); ok && err == nil {
		fmt.Print(text)
		return nil
	}
	if err != nil {
		return err
	}
	return printBench(out, *asJSON)
}

// measured lets a bench of a certain result be called as any other.
func measured[R any](fn func(context.Context, bench.Options) (R, error)) func(context.Context, bench.Options) (any, error) {
	return func(ctx context.Context, o bench.Options) (any, error) { return fn(ctx, o) }
}

// onEngine binds the flags that benches of the server have in common.
func onEngine(fn func(context.Context, bench.Options) (any, error)) func(f *flag.FlagSet) func(context.Context) (any, error) {
	return func(f *flag.FlagSet) func(context.Context) (any, error) {
		o := engineFlags(f)
		return func(ctx context.Context) (any, error) {
			if err := settle(o); err != nil {
				return nil, err
			}
			return fn(ctx, *o)
		}
	}
}

func engineFlags(f *flag.FlagSet) *bench.Options {
	o := new(bench.Options)
	f.StringVar(&o.Engine, "engine", "sqlite", "sqlite or postgres")
	f.StringVar(&o.URL, "url", "", "`address` of an empty PostgreSQL database; empty: a private server is started")
	f.IntVar(&o.Seconds, "seconds", 10, "how long to measure, 1 to 600")
	f.IntVar(&o.Clients, "clients", 64, "rival clients, 1 to 1000")
	f.StringVar(&o.Dir, "dir", "", "scratch `folder`; empty: a temporary one")
	f.BoolVar(&o.Keep, "keep", false, "keep the scratch folder")
	return o
}

// benchBills binds the flags of the day that is reconciled.
func benchBills(f *flag.FlagSet) func(context.Context) (any, error) {
	common := engineFlags(f)
	var o bench.BillsOptions
	f.IntVar(&o.Lines, "lines", 1_000_000, "payments of the day, 10,000 to 20,000,000")
	f.StringVar(&o.Prepared, "prepared", "", "`folder` that this bench has prepared: only reconcile it (it calls itself so)")
	f.StringVar(&o.Hashes, "hashes", "", "of the bills in that folder")
	return func(ctx context.Context) (any, error) {
		if o.Lines < 10_000 || o.Lines > 20_000_000 {
			return nil, errors.New("bench: --lines must be 10000 to 20000000")
		}
		if err := settle(common); err != nil {
			return nil, err
		}
		o.Options = *common
		return bench.Bills(ctx, o)
	}
}

// settle checks the flags and starts a PostgreSQL where none was named.
func settle(o *bench.Options) error {
	if o.Seconds < 1 || o.Seconds > 600 || o.Clients < 1 || o.Clients > 1000 {
		return errors.New("bench: --seconds must be 1 to 600 and --clients 1 to 1000")
	}
	switch o.Engine {
	case "sqlite":
		o.URL = ""
	case "postgres":
		if o.URL != "" {
			return nil
		}
		var err error
		if o.URL, err = pgserver.Start(os.TempDir()); err != nil {
			return fmt.Errorf("bench: no --url given, and a private PostgreSQL cannot be started: %w", err)
		}
	default:
		return fmt.Errorf("bench: --engine %q is not sqlite or postgres", o.Engine)
	}
	return nil
}

func benchOrder(f *flag.FlagSet) func(context.Context) (any, error) {
	o := engineFlags(f)
	f.BoolVar(&o.Hot, "hot", false, "all orders want the same SKU")
	return func(ctx context.Context) (any, error) {
		if err := settle(o); err != nil {
			return nil, err
		}
		return bench.Order(ctx, *o)
	}
}

func benchFlash(f *flag.FlagSet) func(context.Context) (any, error) {
	o := bench.FlashOptions{}
	shared := engineFlags(f)
	f.IntVar(&o.Units, "units", 1000, "how many units are set aside, 1 to 1000000")
	f.IntVar(&o.Buyers, "buyers", 50_000, "how many buyers ask, each once for one, 1 to 1000000")
	return func(ctx context.Context) (any, error) {
		if err := settle(shared); err != nil {
			return nil, err
		}
		if o.Units < 1 || o.Units > 1_000_000 || o.Buyers < 1 || o.Buyers > 1_000_000 {
			return nil, errors.New("bench: --units and --buyers must be 1 to 1000000")
		}
		o.Options = *shared
		return bench.Flash(ctx, o)
	}
}

func benchSim(f *flag.FlagSet) func(context.Context) (any, error) {
	var o bench.SimOptions
	f.IntVar(&o.People, "people", 100_000, "how many people its world has")
	f.IntVar(&o.Messages, "messages", 1_000_000, "how many messages")
	f.IntVar(&o.Seconds, "seconds", 10, "how long to measure, 1 to 600")
	return func(ctx context.Context) (any, error) {
		if o.Seconds < 1 || o.Seconds > 600 {
			return nil, errors.New("bench: --seconds must be 1 to 600")
		}
		return bench.Sim(ctx, o)
	}
}

func benchAll(f *flag.FlagSet) func(context.Context) (any, error) {
	only := f.String("only", "", "figures whose command begins with this `text`")
	return func(ctx context.Context) (any, error) { return bench.All(ctx, *only, os.Stderr) }
}

func benchReport(f *flag.FlagSet) func(context.Context) (any, error) {
	return func(context.Context) (any, error) {
		if f.NArg() != 1 {
			return nil, errors.New("bench report: name the file that bench all --json wrote · 请指定结果文件")
		}
		b, err := os.ReadFile(f.Arg(0))
		if err != nil {
			return nil, err
		}
		var r bench.Report
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, fmt.Errorf("%s is not what bench all --json writes: %w", f.Arg(0), err)
		}
		return r.Markdown(), nil
	}
}

func printBench(out any, indented bool) error {
	e := json.NewEncoder(os.Stdout)
	if indented {
		e.SetIndent("", "  ")
	}
	return e.Encode(out)
}
