package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/web"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

const simUsage = `[--addr host:port] [--data file] [--tls-addr host:port] [--ca-file file] [--people N --messages N]
       shuke sim seed [--people N --messages N]   fill the world: account, merchant, company, people
       shuke sim snapshot FILE                    write the whole world to FILE
       shuke sim reset [--to FILE]                empty the world, or go back to a snapshot
The last three speak to a running simulator (--addr, default http://127.0.0.1:9527) or open its data file (--data); each has --help.

Open the address in a browser for the phones and the desk. Three ways to point an SDK here: set its base URL to the address;
or HTTPS_PROXY=<address> and trust the CA file; or a hosts file and --tls-addr. More: wechat/sim/README.md`

func runSim(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "seed":
			return runSimSeed(ctx, args[1:])
		case "snapshot":
			return runSimSnapshot(ctx, args[1:])
		case "reset":
			return runSimReset(ctx, args[1:])
		}
	}
	f := flags("sim", simUsage)
	path := configFlag(f)
	addr := f.String("addr", "", "address to listen on; default sim.addr of the configuration")
	data := f.String("data", "", "`file` that keeps the world; empty: memory only")
	tlsAddr := f.String("tls-addr", "", "address to speak TLS on in the names of WeChat's hosts, for clients with a hosts file")
	caFile := f.String("ca-file", "", "`file` the simulator's CA certificate is written to")
	var seed sim.SeedOptions
	f.IntVar(&seed.People, "people", 0, "seed this many people; 0: none unless --messages is given")
	f.IntVar(&seed.Messages, "messages", 0, "seed this many messages")
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
	debug.SetGCPercent(simGarbage)
	debug.SetMemoryLimit(simMemory)
	if err := s.Start(); err != nil {
		return err
	}
	if *caFile != "" {
		if err := writeCA(s, *caFile); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	if seed != (sim.SeedOptions{}) {
		if _, err := s.Seed(seed); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	fmt.Printf("口袋微信 Pocket WeChat: %s\n\n", s.URL())
	if seed == (sim.SeedOptions{}) && len(s.Accounts()) == 0 {
		fmt.Printf("The world is empty. shuke sim seed --addr %s fills one; or create accounts, merchants and people on the page, or by POST %s/_sim/accounts, /_sim/merchants, /_sim/people.\n", s.URL(), s.URL())
	}
	<-ctx.Done()
	return s.Close()
}

// simMemory is what the simulator alone tries to stay below, in bytes: the collector works harder near it.
const simMemory = 900 << 20

// simGarbage is how much may lie about beside what is in use, in per cent of it: a small world is not swept all the time, and a big
// one is held by simMemory.
const simGarbage = 400

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
