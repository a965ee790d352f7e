package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

const (
	stateReady   = "ready"
	stateRunning = "running"
	stateParked  = "parked"
)

// Listener hears one or more kinds of events, in one of two ways. Both may hear
// an event twice and out of order: they must be idempotent.
type Listener struct {
	Name  string
	Kinds []string
	// Handle hears one event as a job of its own. It opens its own transactions
	// and may call the network.
	Handle func(context.Context, Event) error
	// Project hears events of one shop together, in the transaction that marks
	// them as heard: for what only writes to the database and is quick.
	Project func(*db.Tx, []Event) error
}

func (l Listener) works() bool    { return l.Project == nil }
func (l Listener) projects() bool { return l.Project != nil }

// Queue relays events to listeners and runs their jobs. Several processes may
// work one queue on PostgreSQL.
type Queue struct {
	DB  *db.DB
	IDs *id.Source
	Now func() time.Time
	Log *slog.Logger
	// Workers is how many jobs run at once; 0 means 8.
	Workers int
	// MaxAttempts before a job is parked; 0 means 12 (about a day).
	MaxAttempts int
	// Poll is the longest wait before looking for work unasked; 0 means 1 s.
	Poll time.Duration

	byKind     map[string][]Listener
	byName     map[string]Listener
	projecting []Listener
	wake       chan struct{}
}

// Listen registers the listeners; call it once, before Run.
func (q *Queue) Listen(all ...Listener) error {
	q.byKind, q.byName, q.projecting = map[string][]Listener{}, map[string]Listener{}, nil
	q.wake = make(chan struct{}, 1)
	for _, l := range all {
		if _, twice := q.byName[l.Name]; twice || l.Name == "" || (l.Handle == nil) == (l.Project == nil) {
			return fmt.Errorf("jobs: listener %q is registered twice or incomplete", l.Name)
		}
		q.byName[l.Name] = l
		if l.projects() {
			q.projecting = append(q.projecting, l)
		}
		for _, k := range l.Kinds {
			q.byKind[k] = append(q.byKind[k], l)
		}
	}
	return nil
}

// Heard tells whether anybody listens to a kind of events. Before Listen, all
// kinds count as heard.
func (q *Queue) Heard(kind string) bool { return q.byKind == nil || len(q.byKind[kind]) > 0 }

// Poke wakes Run; cheap, never blocks.
func (q *Queue) Poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Run relays and works until ctx ends, then waits for the jobs under way.
func (q *Queue) Run(ctx context.Context) {
	poll := q.Poll
	if poll <= 0 {
		poll = time.Second
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := q.Drain(ctx); err != nil && ctx.Err() == nil {
			q.Log.Error("jobs", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-tick.C:
		}
	}
}

// Drain relays and works until nothing is ready. Tests call it to settle.
func (q *Queue) Drain(ctx context.Context) error {
	for ctx.Err() == nil {
		relayed, err := q.Relay(ctx)
		if err != nil {
			return err
		}
		worked, err := q.workBatch(ctx)
		if err != nil {
			return err
		}
		if relayed == 0 && worked == 0 {
			return nil
		}
	}
	return ctx.Err()
}

type job struct {
	id       id.ID
	listener string
	attempts int
	event    Event
}

// lockFor is how long a claimed job belongs to its worker.
const lockFor = 2 * time.Minute

func (q *Queue) claim(ctx context.Context, n int) (out []job, err error) {
	now := q.Now()
	err = q.DB.Control().Write(ctx, func(tx *db.Tx) error {
		out, err = db.All(tx, func(r db.Row) (j job, err error) {
			return j, r.Scan(&j.id, &j.listener, &j.attempts, &j.event.ID, &j.event.ShopID, &j.event.Kind, &j.event.Payload, &j.event.At)
		}, `UPDATE jobs SET state = 'running', attempts = attempts + 1, locked_until = $1
			WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND run_at <= $2 ORDER BY run_at LIMIT $3`+tx.SkipLocked()+`)
			RETURNING id, listener, attempts, event_id, shop_id, kind, payload, created_at`, now.Add(lockFor), now, n)
		return err
	})
	return out, err
}

// workBatch claims a batch, runs it and records the outcomes together.
func (q *Queue) workBatch(ctx context.Context) (int, error) {
	workers := q.Workers
	if workers <= 0 {
		workers = 8
	}
	jobs, err := q.claim(ctx, workers*16)
	if err != nil || len(jobs) == 0 {
		return 0, err
	}
	results := make([]error, len(jobs))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(jobs)) {
		wg.Go(func() {
			for i := range next {
				results[i] = q.run(ctx, jobs[i])
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	return len(jobs), q.settle(context.WithoutCancel(ctx), jobs, results)
}

func (q *Queue) run(ctx context.Context, j job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	l, ok := q.byName[j.listener]
	if !ok {
		return fmt.Errorf("no listener %q in this binary", j.listener)
	}
	ctx, cancel := context.WithTimeout(ctx, lockFor/2)
	defer cancel()
	if l.projects() {
		return q.DB.Write(ctx, func(tx *db.Tx) error { return l.Project(tx, []Event{j.event}) })
	}
	return l.Handle(ctx, j.event)
}

func (q *Queue) settle(ctx context.Context, jobs []job, results []error) error {
	now := q.Now()
	var done []id.ID
	for i, j := range jobs {
		if results[i] == nil {
			done = append(done, j.id)
		}
	}
	return q.DB.Control().Write(ctx, func(tx *db.Tx) error {
		if len(done) > 0 {
			list, args := db.List(1, done)
			if _, err := tx.Exec(`DELETE FROM jobs WHERE id IN (`+list+`)`, args...); err != nil {
				return err
			}
		}
		for i, j := range jobs {
			if results[i] != nil {
				if err := q.retry(tx, j, results[i], now); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// ErrGiveUp wrapped by a handler's error parks the job at once.
var ErrGiveUp = errors.New("jobs: give up")

func (q *Queue) retry(tx *db.Tx, j job, cause error, now time.Time) error {
	limit := q.MaxAttempts
	if limit <= 0 {
		limit = 12
	}
	state, at := stateReady, now.Add(backoff(j.attempts))
	if j.attempts >= limit || errors.Is(cause, ErrGiveUp) {
		state = stateParked
	}
	q.Log.Warn("job failed", "listener", j.listener, "event", j.event.Kind, "shop", j.event.ShopID, "attempts", j.attempts, "state", state, "err", cause)
	_, err := tx.Exec(`UPDATE jobs SET state = $2, run_at = $3, locked_until = NULL, last_error = $4 WHERE id = $1`,
		j.id, state, at, clip(cause.Error()))
	return err
}

// backoff grows from one second to six hours: 1 s, 4 s, 16 s, …
func backoff(attempts int) time.Duration {
	d := time.Second
	for i := 1; i < attempts && d < 6*time.Hour; i++ {
		d *= 4
	}
	return min(d, 6*time.Hour)
}
