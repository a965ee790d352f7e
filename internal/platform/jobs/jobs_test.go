package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

var ctx = context.Background()

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time          { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

func queue(t *testing.T, d *db.DB, node int, c *clock, ls ...jobs.Listener) *jobs.Queue {
	t.Helper()
	q := &jobs.Queue{DB: d, IDs: &id.Source{Now: time.Now, Node: node}, Now: c.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), MaxAttempts: 3}
	if err := q.Listen(ls...); err != nil {
		t.Fatal(err)
	}
	return q
}

func emit(t *testing.T, d *db.DB, q *jobs.Queue, shop id.ID, n int) {
	t.Helper()
	m := &jobs.Emitter{IDs: q.IDs, Poke: q.Poke}
	err := d.Write(ctx, func(tx *db.Tx) error {
		for i := range n {
			if err := m.Emit(tx, q.Now(), shop, "thing.done", map[string]int{"n": i}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every listener hears every event once while nothing fails, also with two
// processes relaying and working the same tables.
func TestEveryListenerHearsEveryEvent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		var mu sync.Mutex
		heard := map[string]int{}
		hear := func(name string) jobs.Listener {
			return jobs.Listener{Name: name, Kinds: []string{"thing.done"}, Handle: func(_ context.Context, e jobs.Event) error {
				var p struct{ N int }
				if err := e.Decode(&p); err != nil {
					return err
				}
				mu.Lock()
				heard[fmt.Sprint(name, e.ShopID, "/", p.N)]++
				mu.Unlock()
				return nil
			}}
		}
		a, b := queue(t, d, 1, c, hear("x"), hear("y")), queue(t, d, 2, c, hear("x"), hear("y"))
		emit(t, d, a, 1, 120)
		emit(t, d, b, 2, 80)
		var wg sync.WaitGroup
		for _, q := range []*jobs.Queue{a, b} {
			wg.Go(func() {
				if err := q.Drain(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := a.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if len(heard) != 400 {
			t.Errorf("%d of 400 heard", len(heard))
		}
		for k, n := range heard {
			// At-least-once: a relay that loses the race to mark may repeat a finished job.
			if n > 2 {
				t.Errorf("%s heard %d times", k, n)
			}
		}
		if h, err := a.Health(ctx); err != nil || h.EventsWaiting+h.JobsReady+h.JobsParked != 0 {
			t.Errorf("left over: %+v %v", h, err)
		}
	})
}

func TestFailureRetriesThenParksAndAPersonRetries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		var tries atomic.Int64
		fixed := atomic.Bool{}
		q := queue(t, d, 1, c, jobs.Listener{Name: "weak", Kinds: []string{"thing.done"}, Handle: func(context.Context, jobs.Event) error {
			tries.Add(1)
			if fixed.Load() {
				return nil
			}
			panic("weak")
		}})
		emit(t, d, q, 7, 1)
		for range 6 {
			if err := q.Drain(ctx); err != nil {
				t.Fatal(err)
			}
			c.advance(time.Hour)
		}
		if tries.Load() != 3 {
			t.Errorf("%d tries, want 3", tries.Load())
		}
		parked, err := q.ListParked(ctx, 7, 10)
		if err != nil || len(parked) != 1 || parked[0].Attempts != 3 || parked[0].LastError == "" {
			t.Fatalf("parked: %+v %v", parked, err)
		}
		if err := q.Retry(ctx, 8, parked[0].ID); !errors.Is(err, jobs.ErrNotParked) {
			t.Errorf("another shop retried it: %v", err)
		}
		fixed.Store(true)
		if err := q.Retry(ctx, 7, parked[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := q.Drain(ctx); err != nil || tries.Load() != 4 {
			t.Errorf("after retry: %d tries, %v", tries.Load(), err)
		}
	})
}

// A worker that dies keeps its jobs only until the lock runs out.
func TestDeadWorkersJobsAreFreed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		var heard atomic.Int64
		q := queue(t, d, 1, c, jobs.Listener{Name: "x", Kinds: []string{"thing.done"}, Handle: func(context.Context, jobs.Event) error { heard.Add(1); return nil }})
		emit(t, d, q, 1, 1)
		if _, err := q.Relay(ctx); err != nil {
			t.Fatal(err)
		}
		if err := d.Control().Write(ctx, func(tx *db.Tx) error {
			return tx.Must(`UPDATE jobs SET state = 'running', locked_until = $1`, c.now().Add(2*time.Minute))
		}); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			after time.Duration
			want  int64
		}{{time.Minute, 0}, {2 * time.Minute, 1}} {
			c.advance(step.after)
			if err := q.Sweep(ctx, time.Hour); err != nil {
				t.Fatal(err)
			}
			if err := q.Drain(ctx); err != nil || heard.Load() != step.want {
				t.Errorf("after %v: heard %d, want %d (%v)", step.after, heard.Load(), step.want, err)
			}
		}
	})
}

// Old events that were relayed go, of every shop; those that wait stay however old.
func TestSweepForgetsWhatIsOldAndRelayed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
		ids := &id.Source{Now: func() time.Time { return now }, Node: 1}
		q := &jobs.Queue{DB: d, IDs: ids, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
		emit := func(n int, heard bool) {
			e := jobs.Emitter{IDs: ids, Heard: func(string) bool { return heard }}
			if err := d.Write(ctx, func(tx *db.Tx) error {
				var all []jobs.Happened
				for i := range n {
					all = append(all, jobs.Happened{ShopID: id.ID(i % 3), Kind: "k", Payload: i})
				}
				return e.EmitAll(tx, now, all)
			}); err != nil {
				t.Fatal(err)
			}
		}
		emit(3100, false)
		emit(3, true)
		now = now.Add(2 * time.Hour)
		emit(6, false)
		if err := q.Sweep(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		var left, waiting int
		if err := d.Read(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*), CAST(SUM(CASE WHEN relayed_at IS NULL THEN 1 ELSE 0 END) AS BIGINT) FROM outbox`).Scan(&left, &waiting)
		}); err != nil || left != 9 || waiting != 3 {
			t.Errorf("%d left, %d of them wait (%v)", left, waiting, err)
		}
	})
}

// projector writes a mark per event into the database, and fails together with
// an event of number 3 until it is told otherwise.
func projector(name string, poison *atomic.Bool) jobs.Listener {
	return jobs.Listener{Name: name, Kinds: []string{"thing.done"}, Project: func(tx *db.Tx, events []jobs.Event) error {
		for _, e := range events {
			var p struct{ N int }
			if err := e.Decode(&p); err != nil {
				return err
			}
			if p.N == 3 && poison.Load() {
				panic("three")
			}
			_, err := tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES ($1, '1', $2)
				ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)`, fmt.Sprintf("%s/%d/%d", name, e.ShopID, p.N), time.Now())
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

// marks is how often each event was heard by a projector.
func marks(t *testing.T, d *db.DB, name string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.Each(func(r db.Row) error {
			var k, v string
			err := r.Scan(&k, &v)
			out[k] = v
			return err
		}, `SELECT name, value FROM settings WHERE name LIKE $1`, name+"/%")
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What projects hears in the transaction that marks: with rival relays each
// event leaves exactly one mark.
func TestProjectionsHearOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		var poison atomic.Bool
		rivals := []*jobs.Queue{queue(t, d, 1, c, projector("view", &poison)), queue(t, d, 2, c, projector("view", &poison)), queue(t, d, 3, c, projector("view", &poison))}
		for shop := range 5 {
			emit(t, d, rivals[0], id.ID(shop+1), 60)
		}
		var wg sync.WaitGroup
		for _, q := range rivals {
			wg.Go(func() {
				if err := q.Drain(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := rivals[0].Drain(ctx); err != nil {
			t.Fatal(err)
		}
		got := marks(t, d, "view")
		if len(got) != 300 {
			t.Errorf("%d of 300 heard", len(got))
		}
		for k, n := range got {
			if n != "1" {
				t.Errorf("%s heard %s times", k, n)
			}
		}
	})
}

// One event that cannot be heard is parked in the end; its shop's others, and the
// other listeners, do not wait for it.
func TestAPoisonousEventStandsAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		var poison, never atomic.Bool
		poison.Store(true)
		q := queue(t, d, 1, c, projector("weak", &poison), projector("strong", &never))
		emit(t, d, q, 7, 10)
		if err := q.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if weak, strong := marks(t, d, "weak"), marks(t, d, "strong"); len(weak) != 9 || len(strong) != 10 {
			t.Errorf("heard at once: weak %d of 9, strong %d of 10", len(weak), len(strong))
		}
		for range 5 {
			c.advance(time.Hour)
			if err := q.Drain(ctx); err != nil {
				t.Fatal(err)
			}
		}
		parked, err := q.ListParked(ctx, 7, 10)
		if err != nil || len(parked) != 1 || parked[0].Listener != "weak" {
			t.Fatalf("parked: %+v %v", parked, err)
		}
		poison.Store(false)
		if err := q.Retry(ctx, 7, parked[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := q.Drain(ctx); err != nil || len(marks(t, d, "weak")) != 10 {
			t.Errorf("after a person's retry: %v %v", marks(t, d, "weak"), err)
		}
	})
}

func TestListenerNamesAreUnique(t *testing.T) {
	q := &jobs.Queue{}
	h := func(context.Context, jobs.Event) error { return nil }
	if q.Listen(jobs.Listener{Name: "a", Handle: h}, jobs.Listener{Name: "a", Handle: h}) == nil {
		t.Error("accepted twice")
	}
	project := func(*db.Tx, []jobs.Event) error { return nil }
	if q.Listen(jobs.Listener{Name: "a"}) == nil || q.Listen(jobs.Listener{Name: "a", Handle: h, Project: project}) == nil {
		t.Error("a listener that hears in no way, or in two, was accepted")
	}
}
