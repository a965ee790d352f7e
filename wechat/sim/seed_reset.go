package sim

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// Snapshot writes the whole world, as it is at one moment, in the form of a data file.
func (s *Server) Snapshot(w io.Writer) error {
	if err := s.init(); err != nil {
		return err
	}
	tmp, err := os.CreateTemp("", "pocket-wechat-*.snapshot")
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	out := bufio.NewWriterSize(tmp, 1<<20)
	s.mu.Lock()
	s.world.meta.Clock = s.Clock.save()
	for _, t := range s.world.tables() {
		if err = writeTable(out, t); err != nil {
			break
		}
	}
	s.mu.Unlock()
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		_, err = tmp.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	_, err = io.Copy(w, tmp)
	return err
}

// Reset replaces the world by a snapshot, or by an empty one when r is nil. An empty world keeps what WeChat itself is: its keys and
// certificates, the seed of openids and the clock's setting. What was on its way is forgotten; requests that are being answered finish first.
func (s *Server) Reset(r io.Reader) error {
	if err := s.init(); err != nil {
		return err
	}
	fresh := &world{}
	fresh.make()
	if r != nil {
		if err := fresh.read(r); err != nil {
			return bad("reset.snapshot", "快照无法读取："+err.Error(), "snapshot: "+err.Error())
		}
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := s.replace(fresh, r == nil); err != nil {
		return err
	}
	s.resumeAll()
	s.hub.all("reset", map[string]any{})
	return nil
}

// read fills an empty world from a snapshot.
func (w *world) read(r io.Reader) error {
	if _, _, err := readRecords(r, w.tables()); err != nil {
		return err
	}
	if w.meta.Seed == "" {
		return fmt.Errorf("this is no snapshot of a pocket WeChat: it has no seed")
	}
	return w.link()
}

// replace swaps the worlds, in memory and in the data file. Nothing else of the simulator is at work.
func (s *Server) replace(fresh *world, blank bool) error {
	s.Clock.forget()
	if s.journal != nil {
		s.journal.mu.Lock()
		defer s.journal.mu.Unlock()
	}
	s.mu.Lock()
	if blank {
		fresh.meta = s.world.meta
		fresh.meta.Clock = s.Clock.save()
	}
	if fresh.meta.CACert == "" {
		fresh.meta.CACert, fresh.meta.CAKey = s.world.meta.CACert, s.world.meta.CAKey
	}
	s.Faults.Remove("")
	s.Faults.restore(fresh.savedFaults)
	s.world = *fresh
	s.world.faults = s.Faults
	clear(s.heldPushes)
	if s.journal != nil {
		s.journal.adopt(s.world.tables())
	}
	err := s.world.begin(s)
	s.mu.Unlock()
	if err != nil || s.journal == nil {
		return err
	}
	return s.journal.rewrite(s)
}

// forget waits for what is running and drops everything that was to come.
func (c *Clock) forget() {
	c.stepMu.Lock()
	defer c.stepMu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.init()
	c.tasks = nil
	for c.inFlight > 0 {
		c.idle.Wait()
	}
	c.tasks = nil
}

func (s *Server) seedRoutes(mux *http.ServeMux) {
	s.handle(mux, "POST /seed", func(r *http.Request) (any, error) {
		var in SeedOptions
		if err := readControl(r, &in); err != nil {
			return nil, err
		}
		return s.Seed(in)
	})
	mux.HandleFunc("GET /_sim/snapshot", s.guard(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		w.Header().Set("Content-Disposition", `attachment; filename="wechat.snapshot"`)
		if err := s.Snapshot(w); err != nil {
			s.Log.Error("pocket WeChat cannot write a snapshot", "error", err)
			panic(http.ErrAbortHandler) // half a snapshot must not look like a whole one
		}
	}))
	s.handle(mux, "POST /reset", func(r *http.Request) (any, error) {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-ndjson") {
			return nil, s.Reset(http.MaxBytesReader(nil, r.Body, maxSnapshot))
		}
		if err := readControl(r, &struct{}{}); err != nil {
			return nil, err
		}
		return nil, s.Reset(nil)
	})
}

const maxSnapshot = 8 << 30
