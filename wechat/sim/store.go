package sim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// The data file is a journal of JSON lines {"k":kind,"id":id,"v":entity}: the last line of an entity is its state, no "v" means
// deleted. It is rewritten whole (beside, then renamed) at every start and close, and when it has grown by compactAfter bytes.
const compactAfter = 64 << 20

type record struct {
	Kind string          `json:"k"`
	ID   string          `json:"id"`
	V    json.RawMessage `json:"v,omitempty"`
}

type entity struct{ kind, id string }

// table is one kind of entity: how to find, restore and walk it.
type table struct {
	kind string
	get  func(id string) any
	put  func(id string, raw []byte) error
	each func(visit func(id string, v any) error) error
}

type journal struct {
	path   string
	tables map[string]table
	order  []table

	dirty map[entity]struct{} // guarded by Server.mu
	gen   int64               // guarded by Server.mu: changes noted

	mu      sync.Mutex // one writer at a time
	file    *os.File
	lock    *os.File // held while the world is open: one process per file
	grown   int64
	flushed int64
	broken  bool // a write failed: the next one rewrites everything
}

func mapTable[T any](kind string, m map[string]*T) table {
	return table{
		kind: kind,
		get: func(id string) any {
			if v, ok := m[id]; ok {
				return v
			}
			return nil
		},
		put: func(id string, raw []byte) error {
			if raw == nil {
				delete(m, id)
				return nil
			}
			v := new(T)
			if err := json.Unmarshal(raw, v); err != nil {
				return err
			}
			m[id] = v
			return nil
		},
		each: func(visit func(string, any) error) error {
			for id, v := range m {
				if err := visit(id, v); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func openJournal(s *Server, path string) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("data file of the pocket WeChat: %w", err)
	}
	j := &journal{path: path, dirty: map[entity]struct{}{}}
	j.adopt(s.world.tables())
	lock, free, err := hold(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("data file of the pocket WeChat: %w", err)
	}
	if !free {
		return nil, fmt.Errorf("data file %s is in use by another pocket WeChat; stop it, or name another file", path)
	}
	j.lock = lock
	if err := j.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("data file %s: %w", path, err), lock.Close())
	}
	return j, s.world.link()
}

// adopt makes the journal one of other tables, with nothing noted yet. The caller holds Server.mu.
func (j *journal) adopt(order []table) {
	j.order, j.tables = order, make(map[string]table, len(order))
	for _, t := range order {
		j.tables[t.kind] = t
	}
	clear(j.dirty)
	j.gen++
}

func (j *journal) load() error {
	f, err := os.Open(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return readRecords(f, j.order)
}

// touch notes that an entity changed. The caller holds mu (or has the world to itself).
func (s *Server) touch(kind, id string) {
	if s.journal == nil {
		return
	}
	s.journal.dirty[entity{kind, id}] = struct{}{}
	s.journal.gen++
}

// durable returns when every change noted so far is on disk. Callers wait together for one write.
// A disk that fails is logged and keeps the world in memory.
func (s *Server) durable() {
	if s.journal == nil {
		return
	}
	s.touchFaults()
	s.mu.Lock()
	want := s.journal.gen
	s.mu.Unlock()
	if err := s.journal.flush(s, want); err != nil {
		s.Log.Error("pocket WeChat cannot save", "file", s.DataFile, "error", err)
	}
}

func (j *journal) flush(s *Server, want int64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.flushed >= want || j.file == nil {
		return nil
	}
	if j.broken {
		return j.rewrite(s)
	}
	var buf bytes.Buffer
	s.mu.Lock()
	gen := j.gen
	for e := range j.dirty {
		if err := encodeRecord(&buf, e.kind, e.id, j.tables[e.kind].get(e.id)); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	clear(j.dirty)
	s.mu.Unlock()
	_, err := j.file.Write(buf.Bytes())
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		j.broken = true
		return err
	}
	j.flushed = gen
	if j.grown += int64(buf.Len()); j.grown > compactAfter {
		return j.rewrite(s)
	}
	return nil
}

func encodeRecord(w io.Writer, kind, id string, v any) error {
	r := record{Kind: kind, ID: id}
	if v != nil {
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode %s %s: %w", kind, id, err)
		}
		r.V = raw
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

func (j *journal) compact(s *Server) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rewrite(s)
}

// rewrite puts the whole world into a new file and swaps it in. The caller holds j.mu.
func (j *journal) rewrite(s *Server) error {
	tmp, err := os.OpenFile(j.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(tmp, 1<<20)
	s.mu.Lock()
	gen := j.gen
	for _, t := range j.order {
		if err = t.each(func(id string, v any) error { return encodeRecord(out, t.kind, id, v) }); err != nil {
			break
		}
	}
	clear(j.dirty)
	s.mu.Unlock()
	err = errors.Join(err, out.Flush(), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(j.path+".new", j.path)
	}
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", j.path, err)
	}
	if j.file != nil {
		j.file.Close()
	}
	j.file, err = os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0o600)
	j.flushed, j.grown, j.broken = gen, 0, err != nil
	return err
}

func (j *journal) close(s *Server) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.rewrite(s)
	if j.file != nil {
		err = errors.Join(err, j.file.Close())
		j.file = nil
	}
	return errors.Join(err, j.lock.Close())
}
