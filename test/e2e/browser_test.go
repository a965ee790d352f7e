package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// browser is the Node process that plays the acts; it answers one line a line.
type browser struct {
	cmd   *exec.Cmd
	say   io.WriteCloser
	lines chan []byte
}

// answer is what came of an act.
type answer struct {
	Done, Failed, Why string
	Wrongs            []string // what went wrong in the pages until a failure
	Told              struct {
		Wrongs   []string
		Pictures int
	}
}

func openBrowser(t *testing.T, n needs, m *market, out string) *browser {
	t.Helper()
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	b := &browser{cmd: exec.Command(n.node, filepath.Join(n.root, "test", "e2e", "browser", "main.mjs")), lines: make(chan []byte)}
	b.cmd.Stderr = os.Stderr
	say, err := b.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	hear, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.say = say
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = say.Close() // it ends when nothing more can come
		for range b.lines {
		}
	})
	go func() {
		defer close(b.lines)
		s := bufio.NewScanner(hear)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			b.lines <- append([]byte(nil), s.Bytes()...)
		}
		_ = b.cmd.Wait()
	}()
	b.play(t, "begin", map[string]string{"out": out, "server": m.config.Server.PublicURL, "sim": m.wechat.URL(), "chromium": n.chromium})
	return b
}

// play plays one act and ends the test when it fails.
func (b *browser) play(t *testing.T, act string, give map[string]string) answer {
	t.Helper()
	line, err := json.Marshal(map[string]any{"act": act, "give": give})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if _, err := b.say.Write(append(line, '\n')); err != nil {
		t.Fatalf("%s: the browser is gone: %v", act, err)
	}
	select {
	case heard, ok := <-b.lines:
		var a answer
		if !ok {
			t.Fatalf("%s: the browser ended", act)
		}
		if err := json.Unmarshal(heard, &a); err != nil {
			t.Fatalf("%s: %v: %s", act, err, heard)
		}
		if a.Done != act {
			for _, w := range a.Wrongs {
				t.Log(w)
			}
			t.Fatalf("act %s: %s", act, a.Why)
		}
		t.Logf("act %s: %.1f s", act, time.Since(begin).Seconds())
		return a
	case <-time.After(5 * time.Minute):
		t.Fatalf("act %s did not end within 5 minutes", act)
	}
	return answer{}
}
