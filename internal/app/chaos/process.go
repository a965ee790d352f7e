package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// program is one of ours as a process, which is started again after it was killed.
type program struct {
	name string
	args []string
	env  []string
	dir  string
	ask  string // address that answers 200 when it is ready
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// bootTime is how long a program may take to get ready; much, because others may
// use the machine, too.
const bootTime = 60 * time.Second

// freeAddr finds an address that is free now. The program that gets it is started
// again under the same one.
func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// start starts the program and returns how long it took to get ready.
func (p *program) start(ctx context.Context) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	out, err := os.OpenFile(filepath.Join(p.dir, p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { _ = out.Close() }()
	p.cmd = exec.CommandContext(ctx, self, p.args...)
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = append(os.Environ(), p.env...), p.dir, out, out
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return 0, err
	}
	p.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) { _ = cmd.Wait(); close(done) }(p.cmd, p.done)
	client := &http.Client{Timeout: time.Second}
	for time.Since(begin) < bootTime {
		if r, err := client.Get(p.ask); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return time.Since(begin), nil
			}
		}
		select {
		case <-p.done:
			return 0, fmt.Errorf("chaos: %s ended at its start; see %s", p.name, out.Name())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return 0, fmt.Errorf("chaos: %s did not get ready; see %s", p.name, out.Name())
}

// kill ends the program with SIGKILL and waits until it is gone.
func (p *program) kill() error {
	err := p.cmd.Process.Kill()
	<-p.done
	return err
}

// stop ends the program as an operator does.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(bootTime):
		return errors.Join(fmt.Errorf("chaos: %s does not stop", p.name), p.kill())
	}
}
