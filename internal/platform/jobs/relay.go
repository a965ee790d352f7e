package jobs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// relayBatch is how many events one round of the relay takes.
const relayBatch = 500

// Relay turns waiting events into jobs, oldest first, until none waits; it
// returns how many events it took. Two relays at once do no harm: a job is
// unique by event and listener. On a sharded cluster jobs and outbox rows live
// apart, so jobs are committed before the events are marked.
func (q *Queue) Relay(ctx context.Context) (int, error) {
	total := 0
	for ctx.Err() == nil {
		events, err := q.waiting(ctx)
		if err != nil || len(events) == 0 {
			return total, err
		}
		if err := q.insert(ctx, events); err != nil {
			return total, err
		}
		if err := q.mark(ctx, events); err != nil {
			return total, err
		}
		total += len(events)
	}
	return total, ctx.Err()
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

func (q *Queue) insert(ctx context.Context, events []Event) error {
	now := q.Now()
	var args []any
	for _, e := range events {
		for _, l := range q.byKind[e.Kind] {
			args = append(args, q.IDs.Next(), fmt.Sprintf("%d/%d/%s", e.ShopID, e.ID, l.Name), l.Name, e.Kind,
				e.ShopID, e.ID, string(e.Payload), stateReady, now, "", e.At)
		}
	}
	return q.DB.Write(ctx, func(tx *db.Tx) error {
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

// mark notes events as relayed, one statement a shop.
func (q *Queue) mark(ctx context.Context, events []Event) error {
	now := q.Now()
	return q.DB.Write(ctx, func(tx *db.Tx) error {
		for start := 0; start < len(events); {
			end := start
			var ids []id.ID
			for end < len(events) && events[end].ShopID == events[start].ShopID {
				ids = append(ids, events[end].ID)
				end++
			}
			list, args := db.List(3, ids)
			if _, err := tx.Exec(`UPDATE outbox SET relayed_at = $2 WHERE shop_id = $1 AND id IN (`+list+`)`,
				append([]any{events[start].ShopID, now}, args...)...); err != nil {
				return err
			}
			start = end
		}
		return nil
	})
}

// Sweep deletes relayed events older than keep and frees jobs whose worker died.
func (q *Queue) Sweep(ctx context.Context, keep time.Duration) error {
	now := q.Now()
	return q.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`UPDATE jobs SET state = 'ready', locked_until = NULL WHERE state = 'running' AND locked_until < $1`, now); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM outbox WHERE relayed_at < $1`, now.Add(-keep))
		return err
	})
}

// clip keeps an error text short enough to show.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 1000 {
		return string(r[:1000]) + "…"
	}
	return s
}
