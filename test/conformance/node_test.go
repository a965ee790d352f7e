package conformance

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// nodeScenes are the scenes the Node drivers ask for by name.
var nodeScenes = []string{"axios", "nodev3", "easypay", "easyofficial", "easymini", "easywork", "crypto"}

// node is the process in which the Node SDKs run, one line of JSON per question and answer.
type node struct {
	in    io.Writer
	lines chan []byte
}

func startNode(t *testing.T) *node {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		t.Fatal("node_modules is missing: run npm ci in test/conformance (make conformance does)")
	}
	program := exec.Command("node", "node/main.mjs")
	program.Stderr = os.Stderr
	in, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	n := &node{in: in, lines: make(chan []byte)}
	go func() {
		defer close(n.lines)
		scan := bufio.NewScanner(out)
		scan.Buffer(nil, 16<<20)
		for scan.Scan() {
			n.lines <- append([]byte(nil), scan.Bytes()...)
		}
	}()
	t.Cleanup(func() {
		in.Close()
		time.AfterFunc(5*time.Second, func() { program.Process.Kill() })
		program.Wait()
	})
	return n
}

func (n *node) ask(question, answer any) error {
	raw, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if _, err := n.in.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("node does not listen: %w", err)
	}
	select {
	case line, ok := <-n.lines:
		if !ok {
			return errors.New("node ended")
		}
		return json.Unmarshal(line, answer)
	case <-time.After(time.Minute):
		return errors.New("node does not answer")
	}
}

func (n *node) part(index int, part string) func() error {
	return func() error {
		var out struct {
			Error string `json:"error"`
		}
		if err := n.ask(map[string]any{"run": index, "part": part}, &out); err != nil {
			return err
		}
		if out.Error != "" {
			return errors.New(out.Error)
		}
		return nil
	}
}

// nodeTrials are the trials of the Node SDKs, run in their process.
func nodeTrials(t *testing.T, s *simulator) (all []trial) {
	t.Helper()
	n := startNode(t)
	scenes := map[string]*scene{}
	for _, name := range nodeScenes {
		scenes[name] = newScene(t, s, name)
	}
	var list struct {
		Trials []struct {
			SDK, Call, Code string
			Good, Bad, Late bool
		} `json:"trials"`
		Error string `json:"error"`
	}
	if err := n.ask(map[string]any{"scenes": scenes}, &list); err != nil || list.Error != "" || len(list.Trials) == 0 {
		t.Fatalf("the Node drivers do not begin: %v %s", err, list.Error)
	}
	for i, one := range list.Trials {
		made := trial{SDK: one.SDK, Call: one.Call, Code: one.Code, Late: one.Late}
		if one.Good {
			made.Good = n.part(i, "good")
		}
		if one.Bad {
			made.Bad = n.part(i, "bad")
		}
		all = append(all, made)
	}
	return all
}
