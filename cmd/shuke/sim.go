package main

import (
	"context"
	"fmt"

	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/web"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

func runSim(ctx context.Context, args []string) error {
	f := flags("sim", "[--addr host:port] [--data file]")
	path := configFlag(f)
	addr := f.String("addr", "", "address to listen on; default sim.addr of the configuration")
	data := f.String("data", "", "`file` that keeps the world; empty: memory only")
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := loadConfig(*path)
	if err != nil {
		return err
	}
	if *addr != "" {
		c.Sim.Addr = *addr
	}
	s := newSim(c, *data)
	if err := s.Start(); err != nil {
		return err
	}
	fmt.Printf("口袋微信 Pocket WeChat: %s\n\nNo world is seeded. Create accounts, merchants and people by POST %s/_sim/accounts, /_sim/merchants, /_sim/people.\n", s.URL(), s.URL())
	<-ctx.Done()
	return s.Close()
}

// newSim makes the pocket WeChat with its phone page.
func newSim(c config.Config, data string) *sim.Server {
	s := &sim.Server{Addr: c.Sim.Addr, DataFile: data, Log: logger(config.Log{Level: "warn", Format: c.Log.Format})}
	if files, built := web.App("phone"); built {
		s.PhoneFS = files
	}
	return s
}
