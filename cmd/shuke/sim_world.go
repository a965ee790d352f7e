package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/shuke-commerce/shuke/wechat/sim"
)

// simTarget is a running simulator, by address, or the data file of one that is not running.
type simTarget struct {
	addr, data string
}

func (t *simTarget) flags(f *flag.FlagSet) {
	f.StringVar(&t.addr, "addr", "", "`address` of a running pocket WeChat (default http://127.0.0.1:9527 when no --data is given)")
	f.StringVar(&t.data, "data", "", "`file` of a pocket WeChat that is not running")
}

func (t *simTarget) check() error {
	if t.addr != "" && t.data != "" {
		return errors.New("sim: give --addr or --data, not both · --addr 与 --data 只能给一个")
	}
	if t.addr == "" {
		t.addr = "http://127.0.0.1:9527"
	}
	if !strings.Contains(t.addr, "://") {
		t.addr = "http://" + t.addr
	}
	return nil
}

// with opens the data file, does the work and closes it.
func (t *simTarget) with(work func(*sim.Server) error) error {
	s := &sim.Server{DataFile: t.data}
	if _, err := s.Handler(); err != nil {
		return err
	}
	return errors.Join(work(s), s.Close())
}

// call asks a running simulator; an answer that is no success is an error.
func (t *simTarget) call(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(t.addr, "/")+"/_sim"+path, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	direct := &http.Client{Transport: &http.Transport{}} // HTTPS_PROXY may name the simulator itself
	resp, err := direct.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no pocket WeChat answers at %s: %w · 该地址没有口袋微信在运行", t.addr, err)
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text)
	}
	return resp, nil
}

func runSimSeed(ctx context.Context, args []string) error {
	f := flags("sim seed", "[--people N] [--messages N] [--addr address | --data file]\n\nFills a world: a service account, a merchant bound to it, a company with one member of staff, people who follow and have chatted. Prints what a configuration needs, as JSON.")
	var t simTarget
	var o sim.SeedOptions
	t.flags(f)
	f.IntVar(&o.People, "people", 3, "how many people")
	f.IntVar(&o.Messages, "messages", 0, "how many messages in their chats; 0: a few")
	if err := errors.Join(parse(f, args), t.check()); err != nil {
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	if t.data != "" {
		return t.with(func(s *sim.Server) error {
			out, err := s.Seed(o)
			return errors.Join(err, e.Encode(out))
		})
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	resp, err := t.call(ctx, http.MethodPost, "/seed", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var out sim.Seeded
	return errors.Join(json.NewDecoder(resp.Body).Decode(&out), e.Encode(out))
}

func runSimSnapshot(ctx context.Context, args []string) error {
	f := flags("sim snapshot", "FILE [--addr address | --data file]\n\nWrites the whole world to FILE. shuke sim reset --to FILE goes back to it; FILE may also be the --data of another simulator.")
	var t simTarget
	t.flags(f)
	if n := len(args); n > 2 && strings.HasPrefix(args[0], "-") && !strings.HasPrefix(args[n-1], "-") { // FILE after the flags
		args = append(args[n-1:], args[:n-1]...)
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		f.Usage()
		return errors.New("sim snapshot: name the file to write · 请指定快照文件")
	}
	file := args[0]
	if err := errors.Join(parse(f, args[1:]), t.check()); err != nil {
		return err
	}
	return writeWhole(file, func(w io.Writer) error {
		if t.data != "" {
			return t.with(func(s *sim.Server) error { return s.Snapshot(w) })
		}
		resp, err := t.call(ctx, http.MethodGet, "/snapshot", "", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(w, resp.Body)
		return err
	})
}

// writeWhole writes a file beside its name and puts it there when it is complete.
func writeWhole(file string, write func(io.Writer) error) error {
	tmp, err := os.OpenFile(file+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(tmp), tmp.Sync(), tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(file+".new"))
	}
	return os.Rename(file+".new", file)
}

func runSimReset(ctx context.Context, args []string) error {
	f := flags("sim reset", "[--to FILE] [--addr address | --data file]\n\nEmpties the world, or goes back to a snapshot. An emptied world keeps WeChat's keys, certificates and openids.")
	var t simTarget
	t.flags(f)
	to := f.String("to", "", "the snapshot `file` to go back to")
	if err := errors.Join(parse(f, args), t.check()); err != nil {
		return err
	}
	var snapshot *os.File
	if *to != "" {
		var err error
		if snapshot, err = os.Open(*to); err != nil {
			return err
		}
		defer snapshot.Close()
	}
	switch {
	case t.data != "" && snapshot == nil:
		return t.with(func(s *sim.Server) error { return s.Reset(nil) })
	case t.data != "":
		return t.with(func(s *sim.Server) error { return s.Reset(snapshot) })
	}
	kind, body := "application/json", io.Reader(strings.NewReader("{}"))
	if snapshot != nil {
		kind, body = "application/x-ndjson", snapshot
	}
	resp, err := t.call(ctx, http.MethodPost, "/reset", kind, body)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
