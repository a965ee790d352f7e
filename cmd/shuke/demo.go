package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/app/demo"
	"github.com/shuke-commerce/shuke/internal/app/demo/world"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// runDemo is everything in one process: the market on an embedded database, the
// pocket WeChat beside it, and a world to play in. Starting it again keeps all.
func runDemo(ctx context.Context, args []string) error {
	collectLess()
	f := flags("demo", "[--config file] [--no-seed]")
	path := configFlag(f)
	empty := f.Bool("no-seed", false, "start with an empty market")
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := loadConfig(*path)
	if err != nil {
		return err
	}
	if os.Getenv("SHUKE_LOG_LEVEL") == "" {
		c.Log = config.Log{Level: "warn", Format: "text"}
	}
	if err := os.MkdirAll(c.Data.Dir, 0o750); err != nil {
		return fmt.Errorf("data.dir: %w", err)
	}
	lock, err := app.LockData(c)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	w, err := world.Load()
	if err != nil {
		return err
	}
	ln, err := demo.Listen(c.Server.Addr, isDefault(c.Server.Addr, "server.addr"))
	if err != nil {
		return fmt.Errorf("server.addr: %w", err)
	}
	wechat, err := startPocket(c)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer func() { _ = wechat.Close() }()
	if err := demo.Connect(wechat, &c, w, "http://"+ln.Addr().String()); err != nil {
		return errors.Join(err, ln.Close())
	}
	h, err := app.Open(ctx, c, logger(c.Log))
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	if !*empty {
		start := time.Now()
		if err := demo.Seed(ctx, h, func(what string) { fmt.Printf("  %5.1fs  %s\n", time.Since(start).Seconds(), what) }); err != nil {
			return errors.Join(fmt.Errorf("seeding: %w", err), h.Close(), ln.Close())
		}
	}
	err = h.ServeOn(ctx, ln, func(string) {
		if err := h.Official.CreateMenu(ctx, h.OfficialCallback().Menu()); err != nil {
			h.Log.Error("the account's menu was not set", "err", err)
		}
		announce(c, wechat, w)
	})
	return errors.Join(err, h.Close())
}

// isDefault tells whether a setting has its default value: then a taken port is
// replaced by a free one.
func isDefault(v, key string) bool {
	for _, k := range config.Keys() {
		if k.Name == key {
			return k.Default == v
		}
	}
	return false
}

// startPocket starts the pocket WeChat on its address or, when that is the
// default one and taken, on a free port.
func startPocket(c config.Config) (*sim.Server, error) {
	if isDefault(c.Sim.Addr, "sim.addr") {
		probe, err := demo.Listen(c.Sim.Addr, true)
		if err != nil {
			return nil, err
		}
		c.Sim.Addr = probe.Addr().(*net.TCPAddr).String()
		if err := probe.Close(); err != nil {
			return nil, err
		}
	}
	s := newSim(c, filepath.Join(c.Data.Dir, "pocket-wechat.data"))
	return s, s.Start()
}

func announce(c config.Config, wechat *sim.Server, w world.World) {
	fmt.Printf(`
熟客 Shuke is ready · 已就绪

  口袋微信 Pocket WeChat   %s        买家手机：关注「%s」，进集市，下单，付款（支付密码 123456）
  商家后台 Console         %s/console/   商家 tea / fruit / shoes / ceramics / snacks / books，运营 %s，密码 %s
  商城 Storefront          %s        在微信外以访客购买，扫码付款
  接口 OpenAPI             %s/openapi    指标 %s/metrics

  数据在 Data in           %s        Ctrl-C 停止，再次运行数据仍在
`, wechat.URL(), w.Market.Name, c.BaseURL(), demo.OperatorLogin, demo.Password, c.BaseURL(), c.BaseURL(), c.BaseURL(), c.Data.Dir)
}
