package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
)

// maxBatch bounds how many writers share one commit.
const maxBatch = 512

// liteDB is SQLite: one writing connection owned by one goroutine, and a few
// reading connections.
type liteDB struct {
	writes  chan *writeCall
	readers chan *liteConn
	all     []*liteConn
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once

	counters counters
	rehearse bool
}

// writing is the state of the writer's goroutine.
type writing struct {
	c        *liteConn
	careful  int // batches left that run with savepoints
	rehearse bool
}

type writeCall struct {
	ctx  context.Context
	fn   func(*Tx) error
	done chan error
	tx   Tx
	err  error
}

func openLite(path string, cfg Config) (*liteDB, error) {
	if path == "" {
		return nil, errors.New("the database path is empty")
	}
	if dir := filepath.Dir(strings.TrimPrefix(path, "file:")); dir != "" {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, err
		}
	}
	w, err := openLiteConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenURI, writerPragmas)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (the file must be a SQLite database, it and its folder writable)", path, err)
	}
	n := cfg.Readers
	if n <= 0 {
		n = 4
	}
	l := &liteDB{
		writes: make(chan *writeCall, 4*maxBatch), readers: make(chan *liteConn, n),
		all: []*liteConn{w}, stop: make(chan struct{}), done: make(chan struct{}), rehearse: cfg.Rehearse,
	}
	for range n {
		r, err := openLiteConn(path, sqlite.OpenReadWrite|sqlite.OpenURI, readerPragmas)
		if err != nil {
			return nil, errors.Join(err, l.closeConns())
		}
		l.all = append(l.all, r)
		l.readers <- r
	}
	w.counters = &l.counters
	go l.writer(w)
	return l, nil
}

// The order matters: WAL first, then what depends on it.
var (
	writerPragmas = []string{
		`PRAGMA journal_mode = WAL`, `PRAGMA synchronous = FULL`, `PRAGMA foreign_keys = ON`,
		`PRAGMA cache_size = -32000`, `PRAGMA temp_store = MEMORY`, `PRAGMA wal_autocheckpoint = 4000`,
		`PRAGMA journal_size_limit = 67108864`,
	}
	readerPragmas = []string{
		`PRAGMA query_only = ON`, `PRAGMA cache_size = -4000`, `PRAGMA temp_store = MEMORY`,
		`PRAGMA mmap_size = 268435456`,
	}
)

func (l *liteDB) close() error {
	var err error
	l.once.Do(func() {
		close(l.stop)
		<-l.done
		for range cap(l.readers) { // reads under way end first; later ones find it closed
			<-l.readers
		}
		err = l.closeConns()
	})
	return err
}

func (l *liteDB) closeConns() error {
	var err error
	for _, c := range l.all {
		for _, st := range c.stmts {
			err = errors.Join(err, st.s.Finalize())
		}
		err = errors.Join(err, c.c.Close())
	}
	return err
}

func (l *liteDB) read(ctx context.Context, fn func(*Tx) error) (err error) {
	var c *liteConn
	select {
	case c = <-l.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stop:
		return ErrClosed
	}
	defer func() { l.readers <- c }()
	c.c.SetInterrupt(ctx.Done())
	defer c.c.SetInterrupt(nil)
	if _, err := c.exec(ctx, `BEGIN`, nil); err != nil {
		return err
	}
	// In a defer, so that a panic of fn leaves no open snapshot behind.
	defer func() {
		c.c.SetInterrupt(nil)
		if _, endErr := c.exec(context.WithoutCancel(ctx), `ROLLBACK`, nil); err == nil {
			err = endErr
		}
	}()
	return fn(&Tx{ctx: ctx, engine: SQLite, impl: c})
}

// ErrClosed is returned for work that arrives after Close.
var ErrClosed = errors.New("db: closed")

func (l *liteDB) write(ctx context.Context, fn func(*Tx) error) error {
	call := &writeCall{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case l.writes <- call:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stop:
		return ErrClosed
	}
	// Once queued, the answer is awaited even when ctx ends: the caller must
	// learn whether its write became durable.
	select {
	case err := <-call.done:
		return err
	case <-l.done:
		select {
		case err := <-call.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// writer owns the writing connection: it takes what has gathered, runs it in
// one transaction and commits once for all.
func (l *liteDB) writer(c *liteConn) {
	defer close(l.done)
	w := &writing{c: c, rehearse: l.rehearse}
	batch := make([]*writeCall, 0, maxBatch)
	for {
		select {
		case call := <-l.writes:
			batch = append(batch[:0], call)
		case <-l.stop:
			l.drain(w)
			return
		}
		l.gather(&batch)
		w.runBatch(batch)
	}
}

func (l *liteDB) gather(batch *[]*writeCall) {
	for len(*batch) < maxBatch {
		select {
		case call := <-l.writes:
			*batch = append(*batch, call)
		default:
			return
		}
	}
}

// drain finishes what was accepted before Close.
func (l *liteDB) drain(w *writing) {
	var batch []*writeCall
	l.gather(&batch)
	if len(batch) > 0 {
		w.runBatch(batch)
	}
}

// careful counts the batches that run with savepoints after a function failed:
// failures come in swarms (a sold-out article), and each costs the batch a
// second run.
const careful = 32

// runBatch commits what has gathered at once. It hopes that no function fails:
// then none needs a savepoint. When one does, all is undone and runs again, each
// in its own savepoint.
func (w *writing) runBatch(batch []*writeCall) {
	if w.rehearse {
		w.rehearsal(batch)
	}
	if w.careful > 0 {
		w.careful--
	} else if w.hopefully(batch) {
		return
	} else if len(batch) > 1 {
		w.careful = careful
	}
	w.carefully(batch)
}

// rehearsal runs everything once and undoes it (Config.Rehearse).
func (w *writing) rehearsal(batch []*writeCall) {
	if begin(w.c) != nil {
		return
	}
	for _, call := range batch {
		call.tx = Tx{ctx: call.ctx, engine: SQLite, impl: w.c, counters: w.c.counters}
		_ = runOne(w.c, call)
	}
	_, _ = w.c.exec(context.Background(), `ROLLBACK`, nil)
	w.c.settled()
}

// hopefully runs all functions without savepoints; false: nothing was stored
// and nobody answered.
func (w *writing) hopefully(batch []*writeCall) bool {
	c, bg := w.c, context.Background()
	if err := begin(c); err != nil {
		answer(batch, err)
		return true
	}
	for _, call := range batch {
		call.tx = Tx{ctx: call.ctx, engine: SQLite, impl: c, counters: c.counters}
		if call.err = runFunc(call); call.err != nil {
			_, _ = c.exec(bg, `ROLLBACK`, nil)
			c.settled()
			if len(batch) > 1 {
				return false
			}
			call.done <- call.err
			return true
		}
	}
	commit(c, batch)
	return true
}

func (w *writing) carefully(batch []*writeCall) {
	c := w.c
	if err := begin(c); err != nil {
		answer(batch, err)
		return
	}
	changed := false
	for _, call := range batch {
		call.tx = Tx{ctx: call.ctx, engine: SQLite, impl: c, counters: c.counters}
		call.err = runOne(c, call)
		changed = changed || call.err == nil
	}
	if !changed {
		_, _ = c.exec(context.Background(), `ROLLBACK`, nil)
		c.settled()
		answer(batch, nil)
		return
	}
	commit(c, batch)
}

// commit makes the batch durable and answers everybody.
func commit(c *liteConn, batch []*writeCall) {
	_, err := c.exec(context.Background(), `COMMIT`, nil)
	if err != nil {
		_, _ = c.exec(context.Background(), `ROLLBACK`, nil)
		err = fmt.Errorf("commit: %w", err)
	}
	c.settled()
	answer(batch, err)
}

// answer tells every caller its own error, or else err; who has none runs what
// it asked for after the commit.
func answer(batch []*writeCall, err error) {
	for _, call := range batch {
		if call.err == nil {
			call.err = err
		}
		if call.err == nil {
			for _, f := range call.tx.after {
				f()
			}
		}
		call.done <- call.err
	}
}

// begin takes the write lock, waiting for other processes on the same file.
func begin(c *liteConn) error {
	var err error
	for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
		if _, err = c.exec(context.Background(), `BEGIN IMMEDIATE`, nil); err == nil {
			return c.noticeOthers()
		}
		if !isBusy(err) {
			return err
		}
		time.Sleep(wait)
	}
	return err
}

// runOne runs one caller's function in its savepoint.
func runOne(c *liteConn, call *writeCall) (err error) {
	bg := context.Background()
	if err := call.ctx.Err(); err != nil {
		return err
	}
	if _, err := c.exec(bg, `SAVEPOINT s`, nil); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if _, e := c.exec(bg, `ROLLBACK TO s`, nil); e != nil {
				err = errors.Join(err, e)
			}
		}
		if _, e := c.exec(bg, `RELEASE s`, nil); e != nil {
			err = errors.Join(err, e)
		}
	}()
	return runFunc(call)
}

// runFunc runs one caller's function, unless the caller has gone.
func runFunc(call *writeCall) error {
	if err := call.ctx.Err(); err != nil {
		return err
	}
	return caught(call.fn, &call.tx)
}
