// Command shuke is the whole of Shuke (熟客): a market on WeChat in one binary.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/shuke-commerce/shuke/internal/app"
)

// command is one word after "shuke".
type command struct {
	name, about string
	run         func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"demo", "everything in one process: a seeded market and a pocket WeChat · 一键演示", runDemo},
		{"serve", "run the market · 运行商城", runServe},
		{"sim", "run the pocket WeChat alone · 运行离线微信", runSim},
		{"operator", "make the market's first login · 创建运营账号", runOperator},
		{"migrate", "bring the database up to date · 升级数据库", runMigrate},
		{"import", "import a catalog file into a shop · 导入商品文件", runImport},
		{"export", "export a shop's products as CSV · 导出商品", runExport},
		{"doctor", "check books, stock, events and configuration · 体检", runDoctor},
		{"bench", "measure this machine · 性能测试", runBench},
		{"chaos", "prove books and stock by simulation and kills · 混沌测试", runChaos},
		{"openapi", "write the OpenAPI documents · 生成接口文档", runOpenAPI},
		{"version", "print the version · 版本", func(context.Context, []string) error { fmt.Println("shuke", app.Version); return nil }},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(0)
		}
		fmt.Fprintln(os.Stderr, "shuke:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(os.Stdout)
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:])
		}
	}
	usage(os.Stderr)
	return fmt.Errorf("there is no command %q · 没有这个命令", args[0])
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "熟客 Shuke — social commerce for shops that sell through WeChat\n\nUsage: shuke <command> [flags]")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.about)
	}
	fmt.Fprintln(w, "\nshuke <command> --help tells more; shuke serve --help lists every setting.")
}

// parse reads the flags of a command that takes nothing else; a word too many is
// refused, since it is a flag misspelt more often than not.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%s does not take %q · 多余的参数", strings.TrimPrefix(f.Name(), "shuke "), f.Arg(0))
	}
	return nil
}

// flags makes a flag set that explains itself.
func flags(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet("shuke "+name, flag.ContinueOnError)
	f.SetOutput(os.Stdout)
	f.Usage = func() {
		fmt.Printf("Usage: shuke %s %s\n\n", name, strings.TrimSpace(usage))
		f.PrintDefaults()
	}
	return f
}
