package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/platform/config"
)

// collectLess lets the heap grow to four times what lives before it is collected
// again: what lives is small, and orders come a tenth faster (shuke bench order).
// GOGC in the environment wins.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
}

func runServe(ctx context.Context, args []string) error {
	collectLess()
	f := flags("serve", "[--config file]")
	path := configFlag(f)
	menu := f.Bool("set-menu", false, "write the service account's menu at WeChat at start")
	own := f.Usage
	f.Usage = func() {
		own()
		fmt.Println("\nSettings, in a TOML file as [section] key = value, or in the environment (which wins):")
		fmt.Print(config.Help())
	}
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := loadConfig(*path)
	if err != nil {
		return err
	}
	lock, err := app.LockData(c)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	// The address is taken first: where it is not to be had, nothing was migrated.
	ln, err := net.Listen("tcp", c.Server.Addr)
	if err != nil {
		return err
	}
	log := logger(c.Log)
	h, err := app.Open(ctx, c, log)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	if *menu && h.Official != nil {
		if err := h.Official.CreateMenu(ctx, h.OfficialCallback().Menu()); err != nil {
			return errors.Join(fmt.Errorf("the menu was not set: %w", err), ln.Close(), h.Close())
		}
	}
	err = h.ServeOn(ctx, ln, func(addr string) {
		log.Info("ready", "addr", addr, "public_url", c.BaseURL(), "engine", h.DB.Engine(), "version", app.Version)
	})
	return errors.Join(err, h.Close())
}
