package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

const startWithin = 20 * time.Second

// server is one life of "shuke serve".
type server struct {
	cmd   *exec.Cmd
	ended chan struct{}
	mu    sync.Mutex
	bad   []string // what it logged as an error
}

// serve starts the binary and waits until it says that it is ready.
func serve(t *testing.T, bin string, m *market) *server {
	t.Helper()
	s := &server{cmd: exec.Command(bin, "serve", "--set-menu"), ended: make(chan struct{})}
	s.cmd.Env, s.cmd.Dir = m.environ(), m.config.Data.Dir
	log, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	go s.read(log, ready)
	t.Cleanup(func() { s.kill() })
	select {
	case <-ready:
		t.Logf("ready after %d ms", time.Since(begin).Milliseconds())
	case <-s.ended:
		t.Fatalf("the server ended before it was ready: %v", s.told())
	case <-time.After(startWithin):
		t.Fatalf("the server was not ready within %v: %v", startWithin, s.told())
	}
	return s
}

// read follows the JSON log; a line that is none is a panic or a usage error.
func (s *server) read(log io.Reader, ready chan struct{}) {
	defer close(s.ended)
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Level, Msg string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Level == "ERROR" {
			s.note(lines.Text())
		}
		if line.Msg == "ready" {
			close(ready)
			ready = make(chan struct{})
		}
	}
	_ = s.cmd.Wait()
}

func (s *server) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bad) < 100 {
		s.bad = append(s.bad, line)
	}
}

func (s *server) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.bad...)
}

// stop ends the server as an operator does, and holds that it ended well.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the server did not end within 20 s of SIGTERM")
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the server ended with %d: %v", code, s.told())
	}
	s.check(t)
}

// kill is kill -9: nothing is finished, nothing is said.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// check holds that nothing was logged as an error.
func (s *server) check(t *testing.T) {
	t.Helper()
	for _, line := range s.told() {
		t.Errorf("the server logged: %s", line)
	}
}

// doctor runs "shuke doctor --json" and holds that every check is well.
func doctor(t *testing.T, bin string, m *market) {
	t.Helper()
	cmd := exec.Command(bin, "doctor", "--json")
	cmd.Env, cmd.Dir = m.environ(), m.config.Data.Dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	failed := cmd.Run()
	var report struct {
		OK     bool
		Checks []struct {
			Name, Says string
			OK         bool
			Wrong      []string
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("doctor: %v: %s %s", err, out.String(), said.String())
	}
	if failed != nil || !report.OK || len(report.Checks) < 5 {
		t.Errorf("doctor: %v %s", failed, said.String())
	}
	for _, k := range report.Checks {
		line := fmt.Sprintf("doctor: %s — %s %v", k.Name, k.Says, k.Wrong)
		if k.OK {
			t.Log(line)
		} else {
			t.Error(line)
		}
	}
}
