package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"golang.org/x/sync/errgroup"
)

// relayBatch is how many events one round of the relay takes.
const relayBatch = 500

// Relay takes the waiting events, oldest first, until none waits; it returns how
// many it took. Listeners that project hear the events of a shop together, in
// the transaction that marks them; for the others a job is made. On a sharded
// cluster jobs and outbox rows live apart, so jobs are committed before the
// events are marked. Two relays at once do no harm: a job is unique by event and
// listener, and an event is marked by one of them.
func (q *Queue) Relay(ctx context.Context) (int, error) {
	total := 0
	for ctx.Err() == nil {
		events, err := q.waiting(ctx)
		if err != nil || len(events) == 0 {
			return total, err
		}
		if err := q.insert(ctx, events, Listener.works); err != nil {
			return total, err
		}
		if err := q.hearAll(ctx, events); err != nil {
			return total, err
		}
		total += len(events)
	}
	return total, ctx.Err()
}

// hearers is how many shops are heard at once, unless there is but one worker.
const hearers = 4

func (q *Queue) hearAll(ctx context.Context, events []Event) error {
	var g errgroup.Group
	g.SetLimit(hearers)
	if q.Workers == 1 {
		g.SetLimit(1)
	}
	for start := 0; start < len(events); {
		end := start
		for end < len(events) && events[end].ShopID == events[start].ShopID {
			end++
		}
		ofShop := events[start:end]
		g.Go(func() error { return q.hear(ctx, ofShop) })
		start = end
	}
	return g.Wait()
}

// hear lets the projecting listeners hear events of one shop. What cannot be
// heard together is tried alone, as jobs, so that no event holds up another.
func (q *Queue) hear(ctx context.Context, events []Event) error {
	err := q.DB.Write(ctx, func(tx *db.Tx) error {
		mine, err := q.mark(tx, events)
		if err != nil {
			return err
		}
		return q.project(tx, mine)
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	q.Log.Warn("events are heard one by one", "shop", events[0].ShopID, "events", len(events), "err", err)
	if err := q.insert(ctx, events, Listener.projects); err != nil {
		return err
	}
	return q.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := q.mark(tx, events)
		return err
	})
}

// project calls every projecting listener with those of its kinds, in order.
func (q *Queue) project(tx *db.Tx, events []Event) error {
	for _, l := range q.projecting {
		var its []Event
		for _, e := range events {
			if slices.Contains(l.Kinds, e.Kind) {
				its = append(its, e)
			}
		}
		if len(its) == 0 {
			continue
		}
		if err := l.Project(tx, its); err != nil {
			return fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	return nil
}

func (q *Queue) waiting(ctx context.Context) (out []Event, err error) {
	err = q.DB.Read(ctx, func(tx *db.Tx) error {
		// Over all shops on purpose: the relay is the one reader of the whole outbox.
		out, err = db.All(tx, func(r db.Row) (e Event, err error) {
			return e, r.Scan(&e.ShopID, &e.ID, &e.Kind, &e.Payload, &e.At)
		}, `SELECT shop_id, id, kind, payload, created_at FROM outbox WHERE relayed_at IS NULL ORDER BY shop_id, id LIMIT $1`, relayBatch)
		return err
	})
	return out, err
}

const jobCols = 11

// insert makes a job of every event for each of its listeners that is wanted.
func (q *Queue) insert(ctx context.Context, events []Event, wanted func(Listener) bool) error {
	now := q.Now()
	var args []any
	for _, e := range events {
		for _, l := range q.byKind[e.Kind] {
			if !wanted(l) {
				continue
			}
			args = append(args, q.IDs.Next(), fmt.Sprintf("%d/%d/%s", e.ShopID, e.ID, l.Name), l.Name, e.Kind,
				e.ShopID, e.ID, string(e.Payload), stateReady, now, "", e.At)
		}
	}
	if len(args) == 0 {
		return nil
	}
	return q.DB.Control().Write(ctx, func(tx *db.Tx) error {
		args := args // a transaction may run again
		for len(args) > 0 {
			n := min(len(args), 50*jobCols)
			_, err := tx.Exec(`INSERT INTO jobs (id, unique_key, listener, kind, shop_id, event_id, payload, state, run_at, last_error, created_at) VALUES `+
				db.Values(1, n/jobCols, jobCols)+` ON CONFLICT (unique_key) DO NOTHING`, args[:n]...)
			if err != nil {
				return err
			}
			args = args[n:]
		}
		return nil
	})
}

// mark notes events of one shop as relayed and gives those that were still
// waiting: another relay may have been quicker.
func (q *Queue) mark(tx *db.Tx, events []Event) ([]Event, error) {
	ids := make([]id.ID, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	marked := make(map[id.ID]bool, len(ids))
	list, args := db.List(3, ids)
	err := tx.Each(func(r db.Row) error {
		var n id.ID
		err := r.Scan(&n)
		marked[n] = true
		return err
	}, `UPDATE outbox SET relayed_at = $2 WHERE shop_id = $1 AND id IN (`+list+`) AND relayed_at IS NULL RETURNING id`,
		append([]any{events[0].ShopID, q.Now()}, args...)...)
	mine := make([]Event, 0, len(events))
	for _, e := range events {
		if marked[e.ID] {
			mine = append(mine, e)
		}
	}
	return mine, err
}

// Sweep deletes relayed events older than keep and frees jobs whose worker died.
func (q *Queue) Sweep(ctx context.Context, keep time.Duration) error {
	now := q.Now()
	err := q.DB.Control().Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE jobs SET state = 'ready', locked_until = NULL WHERE state = 'running' AND locked_until < $1`, now)
		return err
	})
	if err != nil {
		return err
	}
	old := id.At(now.Add(-keep))
	for shop := id.ID(-1); ; {
		var found bool
		if shop, found, err = q.nextShop(ctx, shop); err != nil || !found {
			return err
		}
		if err := q.forget(ctx, shop, old); err != nil {
			return err
		}
	}
}

// nextShop is the first shop after another one that has events.
func (q *Queue) nextShop(ctx context.Context, after id.ID) (shop id.ID, found bool, err error) {
	err = q.DB.Read(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(`SELECT shop_id FROM outbox WHERE shop_id > $1 ORDER BY shop_id LIMIT 1`, after).Scan(&shop)
		if errors.Is(err, db.ErrNoRow) {
			return nil
		}
		found = err == nil
		return err
	})
	return shop, found, err
}

// sweepBatch bounds the events that one transaction deletes: others wait for it.
const sweepBatch = 1000

// forget deletes the relayed events of a shop that are older than an id.
func (q *Queue) forget(ctx context.Context, shop, old id.ID) error {
	for n := int64(sweepBatch); n == sweepBatch; {
		err := q.DB.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM outbox WHERE shop_id = $1 AND id IN (
				SELECT id FROM outbox WHERE shop_id = $1 AND id < $2 AND relayed_at IS NOT NULL ORDER BY id LIMIT $3)`, shop, old, sweepBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// clip keeps an error text short enough to show.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 1000 {
		return string(r[:1000]) + "…"
	}
	return s
}
