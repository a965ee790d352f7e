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
// deleted. What was answered is written before the answer goes out, so a killed process loses nothing; the disk is told to keep it
// within saveEvery, so a power cut loses no more than that. When the file has grown by compactAfter bytes, and by as much as it was,
// it is written anew beside and renamed, while work goes on.
const (
	compactAfter = 64 << 20
	keptBuffer   = 1 << 20 // bytes of a written flush whose memory is used again
	keptDirty    = 256     // changed entities of one flush
)

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
	stale   bool     // as loaded: much of the file is out of date
	size    int64    // bytes of the file when it was last written anew
	grown   int64    // bytes since
	flushed int64
	buf     bytes.Buffer  // of flush, kept
	loose   bool          // something was written since the disk was last told to keep it
	broken  bool          // a write failed: the next one rewrites everything
	tail    *bytes.Buffer // what was written while the file is written anew; nil: it is not
	epoch   int           // counts rewrites: one that goes on beside gives up when another was faster
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
	if j.stale, err = j.load(); err != nil {
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
	j.forget()
	j.gen++
}

// load reads the file and cuts off a last line that was being written when the process died. It tells whether half of it is out of date.
func (j *journal) load() (stale bool, err error) {
	f, err := os.Open(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines, whole, err := readRecords(f, j.order)
	if err != nil {
		return false, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > whole {
		err = os.Truncate(j.path, whole)
	}
	live := 0
	for _, t := range j.order {
		err = errors.Join(err, t.each(func(string, any) error { live++; return nil }))
	}
	j.size = whole
	return lines > 2*live+1000, err
}

// touch notes that an entity changed. The caller holds mu (or has the world to itself).
func (s *Server) touch(kind, id string) {
	if s.journal == nil {
		return
	}
	s.journal.dirty[entity{kind, id}] = struct{}{}
	s.journal.gen++
}

// durable returns when every change noted so far is in the file, safe from the end of this process. Callers wait together for one
// write. A disk that fails is logged and keeps the world in memory.
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
	buf := &j.buf
	if buf.Cap() > keptBuffer {
		*buf = bytes.Buffer{}
	}
	buf.Reset()
	s.mu.Lock()
	gen := j.gen
	for e := range j.dirty {
		if err := encodeRecord(buf, e.kind, e.id, j.tables[e.kind].get(e.id)); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	j.forget()
	s.mu.Unlock()
	if j.tail != nil {
		j.tail.Write(buf.Bytes())
	}
	if _, err := j.file.Write(buf.Bytes()); err != nil {
		j.broken = true
		return err
	}
	j.flushed, j.loose = gen, true
	if j.grown += int64(buf.Len()); j.grown > max(compactAfter, j.size) && j.tail == nil && s.ctx.Err() == nil {
		j.tail = &bytes.Buffer{}
		epoch := j.epoch
		s.jobs.Go(func() { j.renew(s, epoch) })
	}
	return nil
}

// forget empties the list of what changed. A map that was long once takes as long to walk for ever, so it is not kept.
// The caller holds Server.mu.
func (j *journal) forget() {
	if len(j.dirty) > keptDirty {
		j.dirty = map[entity]struct{}{}
		return
	}
	clear(j.dirty)
}

// sync makes the disk keep what was written, while further writes go on.
func (j *journal) sync() error {
	j.mu.Lock()
	file, loose := j.file, j.loose
	j.loose = false
	j.mu.Unlock()
	if !loose || file == nil {
		return nil
	}
	err := file.Sync()
	if err == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != file {
		return nil // written anew meanwhile, and kept
	}
	j.broken, j.flushed = true, -1
	return err
}

// encodeRecord appends one line to buf; what it appended before it failed is not a line.
func encodeRecord(buf *bytes.Buffer, kind, id string, v any) error {
	name, err := json.Marshal(id)
	if err != nil {
		return err
	}
	buf.WriteString(`{"k":"`)
	buf.WriteString(kind)
	buf.WriteString(`","id":`)
	buf.Write(name)
	if v != nil {
		buf.WriteString(`,"v":`)
		if err := json.NewEncoder(buf).Encode(v); err != nil {
			return fmt.Errorf("encode %s %s: %w", kind, id, err)
		}
		buf.Truncate(buf.Len() - 1) // the encoder ends with a line feed
	}
	buf.WriteString("}\n")
	return nil
}

// writeTable writes every entity of a kind.
func writeTable(w io.Writer, t table) error {
	var line bytes.Buffer
	return t.each(func(id string, v any) error {
		line.Reset()
		if err := encodeRecord(&line, t.kind, id, v); err != nil {
			return err
		}
		_, err := w.Write(line.Bytes())
		return err
	})
}

// begin opens the file for appending; one that is new, or mostly out of date, is written first.
func (j *journal) begin(s *Server) (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stale {
		return j.rewrite(s)
	}
	j.file, err = os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// rewrite puts the whole world into a new file and swaps it in. The caller holds j.mu.
func (j *journal) rewrite(s *Server) error {
	tmp, err := os.OpenFile(j.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	j.epoch++
	j.tail = nil
	out := bufio.NewWriterSize(tmp, 1<<20)
	s.mu.Lock()
	gen := j.gen
	for _, t := range j.order {
		if err = writeTable(out, t); err != nil {
			break
		}
	}
	j.forget()
	s.mu.Unlock()
	if err = errors.Join(err, out.Flush()); err == nil {
		err = j.swap(tmp)
	} else {
		tmp.Close()
	}
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", j.path, err)
	}
	j.flushed, j.grown, j.broken = gen, 0, false
	return nil
}

// swap makes a finished file the data file. The caller holds j.mu.
func (j *journal) swap(tmp *os.File) error {
	info, err := tmp.Stat()
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), j.path)
	}
	if err != nil {
		return err
	}
	if j.file != nil {
		j.file.Close()
	}
	j.size, j.loose = info.Size(), false
	if j.file, err = os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		j.broken = true
	}
	return err
}

const renewSlice = 500 // entities written before the world is let go for a moment

// renew writes the file anew while calls go on: entities as they are when their turn comes, then everything that changed meanwhile.
func (j *journal) renew(s *Server, epoch int) {
	err := j.renewed(s, epoch)
	if err == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.epoch == epoch {
		j.tail, j.grown = nil, 0 // tried again after as much growth
	}
	os.Remove(j.path + ".renew")
	if !errors.Is(err, errOvertaken) && s.ctx.Err() == nil {
		s.Log.Error("pocket WeChat cannot write its data file anew", "file", j.path, "error", err)
	}
}

var errOvertaken = errors.New("the file was written anew by another")

func (j *journal) renewed(s *Server, epoch int) error {
	tmp, err := os.OpenFile(j.path+".renew", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer tmp.Close()
	var slice bytes.Buffer
	n := 0
	s.mu.Lock()
	for _, t := range j.order {
		err = t.each(func(id string, v any) error {
			if n++; n%renewSlice == 0 {
				s.mu.Unlock()
				_, err := tmp.Write(slice.Bytes())
				slice.Reset()
				s.mu.Lock()
				if err != nil || s.ctx.Err() != nil {
					return errors.Join(err, s.ctx.Err())
				}
			}
			return encodeRecord(&slice, t.kind, id, v)
		})
		if err != nil {
			break
		}
	}
	s.mu.Unlock()
	if err == nil {
		_, err = tmp.Write(slice.Bytes())
	}
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.epoch != epoch || j.file == nil {
		return errOvertaken
	}
	if _, err := tmp.Write(j.tail.Bytes()); err != nil {
		return err
	}
	j.grown, j.tail = int64(j.tail.Len()), nil
	j.epoch++
	return j.swap(tmp)
}

func (j *journal) close(s *Server) error {
	s.touchFaults() // a pause of a moment ago is not noted yet
	s.mu.Lock()
	want := j.gen
	s.mu.Unlock()
	err := errors.Join(j.flush(s, want), j.sync())
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		err = errors.Join(err, j.file.Close())
		j.file = nil
	}
	return errors.Join(err, j.lock.Close())
}
