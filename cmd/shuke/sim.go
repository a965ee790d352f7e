package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/web"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

func runSim(ctx context.Context, args []string) error {
	f := flags("sim", "[--addr host:port] [--data file] [--tls-addr host:port] [--ca-file file]")
	path := configFlag(f)
	addr := f.String("addr", "", "address to listen on; default sim.addr of the configuration")
	data := f.String("data", "", "`file` that keeps the world; empty: memory only")
	tlsAddr := f.String("tls-addr", "", "address to speak TLS on in the names of WeChat's hosts, for clients with a hosts file")
	caFile := f.String("ca-file", "", "`file` the simulator's CA certificate is written to")
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
	s.TLSAddr = *tlsAddr
	if err := s.Start(); err != nil {
		return err
	}
	if *caFile != "" {
		if err := writeCA(s, *caFile); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	fmt.Printf("口袋微信 Pocket WeChat: %s\n\nNo world is seeded. Create accounts, merchants and people by POST %s/_sim/accounts, /_sim/merchants, /_sim/people.\n", s.URL(), s.URL())
	<-ctx.Done()
	return s.Close()
}

// writeCA puts the simulator's CA certificate where SSL_CERT_FILE, NODE_EXTRA_CA_CERTS or keytool find it.
func writeCA(s *sim.Server, file string) error {
	ca, err := s.CA()
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(ca), 0o644); err != nil {
		return fmt.Errorf("write the CA certificate: %w", err)
	}
	return nil
}

// newSim makes the pocket WeChat with its phone page.
func newSim(c config.Config, data string) *sim.Server {
	s := &sim.Server{Addr: c.Sim.Addr, DataFile: data, Log: logger(config.Log{Level: "warn", Format: c.Log.Format})}
	if files, built := web.App("phone"); built {
		s.PhoneFS = files
	}
	return s
}
