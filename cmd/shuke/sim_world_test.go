package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/wechat/sim"
)

// A world is seeded, kept, emptied and brought back, in a data file and in a running simulator.
func TestSimWorldCommands(t *testing.T) {
	dir := t.TempDir()
	data, kept := filepath.Join(dir, "world"), filepath.Join(dir, "kept")
	run := func(args ...string) {
		t.Helper()
		if err := runSim(t.Context(), args); err != nil {
			t.Fatalf("sim %s: %v", strings.Join(args, " "), err)
		}
	}
	people := func(s *sim.Server) int {
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return len(s.People())
	}
	stdout := os.Stdout
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = out
	run("seed", "--data", data, "--people", "5")
	os.Stdout = stdout
	var seeded sim.Seeded
	raw, _ := os.ReadFile(out.Name())
	if err := json.Unmarshal(raw, &seeded); err != nil || seeded.Count != 5 || seeded.Merchant.PrivateKey == "" {
		t.Fatalf("printed %s: %v", raw, err)
	}
	run("snapshot", kept, "--data", data)
	run("snapshot", "--data", data, kept+"-too")
	run("reset", "--data", data)
	s := &sim.Server{DataFile: data}
	if n := people(s); n != 0 {
		t.Fatalf("%d people after a reset", n)
	}
	run("reset", "--to", kept, "--addr", s.URL())
	if n := len(s.People()); n != 5 {
		t.Fatalf("%d people after going back, want 5", n)
	}
	if n := people(&sim.Server{DataFile: kept}); n != 5 {
		t.Fatalf("the snapshot as a data file has %d people", n)
	}
	for _, wrong := range [][]string{{"snapshot"}, {"snapshot", "--data", data}, {"reset", "--to", filepath.Join(dir, "none")}, {"seed", "--addr", "127.0.0.1:1", "--data", data}, {"seed", "--addr", "127.0.0.1:1"}, {"seed", "extra"}} {
		if err := runSim(t.Context(), wrong); err == nil {
			t.Errorf("sim %s succeeded", strings.Join(wrong, " "))
		}
	}
}
