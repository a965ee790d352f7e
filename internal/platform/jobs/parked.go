package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Parked is a job that kept failing and waits for a person.
type Parked struct {
	ID        id.ID     `json:"id"`
	Listener  string    `json:"listener"`
	Kind      string    `json:"kind"`
	ShopID    id.ID     `json:"shop_id"`
	Attempts  int       `json:"attempts"`
	LastError string    `json:"last_error"`
	CreatedAt time.Time `json:"created_at"`
}

const parkedColumns = `id, listener, kind, shop_id, attempts, last_error, created_at`

// ListParked lists parked jobs of a shop, newest first, at most limit; shop -1
// means all shops (for the operator).
func (q *Queue) ListParked(ctx context.Context, shop id.ID, limit int) (out []Parked, err error) {
	scan := func(r db.Row) (p Parked, err error) {
		return p, r.Scan(&p.ID, &p.Listener, &p.Kind, &p.ShopID, &p.Attempts, &p.LastError, &p.CreatedAt)
	}
	err = q.DB.Control().Read(ctx, func(tx *db.Tx) error {
		if shop == -1 {
			out, err = db.All(tx, scan, `SELECT `+parkedColumns+` FROM jobs WHERE state = 'parked' ORDER BY id DESC LIMIT $1`, limit)
			return err
		}
		out, err = db.All(tx, scan, `SELECT `+parkedColumns+` FROM jobs WHERE state = 'parked' AND shop_id = $1 ORDER BY id DESC LIMIT $2`, shop, limit)
		return err
	})
	return out, err
}

// CountParked counts the parked jobs of a shop, up to 1,000.
func (q *Queue) CountParked(ctx context.Context, shop id.ID) (n int64, err error) {
	return n, q.DB.Control().Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE shop_id = $1 AND state = 'parked' LIMIT 1000) c`, shop).Scan(&n)
	})
}

// ErrNotParked is returned for a job that is not (or no longer) parked.
var ErrNotParked = errs.New(errs.NotFound, "job.not_parked", "没有这个待处理的任务", "There is no such parked job")

// Retry makes a parked job of a shop ready again (shop -1: of any shop).
func (q *Queue) Retry(ctx context.Context, shop, job id.ID) error {
	err := q.DB.Control().Write(ctx, func(tx *db.Tx) error {
		return tx.Must(`UPDATE jobs SET state = 'ready', attempts = 0, run_at = $3 WHERE id = $1 AND state = 'parked' AND (shop_id = $2 OR $2 = -1)`,
			job, shop, q.Now())
	})
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotParked
	}
	q.Poke()
	return err
}

// Health is what /metrics and doctor say of the queue.
type Health struct {
	EventsWaiting int       `json:"events_waiting"` // counted up to 10,000
	OldestEvent   time.Time `json:"oldest_event"`   // zero: none waits
	JobsReady     int       `json:"jobs_ready"`     // counted up to 10,000
	JobsParked    int       `json:"jobs_parked"`    // counted up to 10,000
}

// Health looks at what waits, with capped counts.
func (q *Queue) Health(ctx context.Context) (h Health, err error) {
	return ReadHealth(ctx, q.DB)
}

// ReadHealth is Health without a queue (doctor has only a database).
func ReadHealth(ctx context.Context, d *db.DB) (h Health, err error) {
	err = d.Control().Read(ctx, func(tx *db.Tx) error {
		for sql, dest := range map[string]*int{
			`SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE state = 'ready' LIMIT 10000) w`:  &h.JobsReady,
			`SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE state = 'parked' LIMIT 10000) w`: &h.JobsParked,
		} {
			if err := tx.QueryRow(sql).Scan(dest); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return h, err
	}
	return h, d.Read(ctx, func(tx *db.Tx) error {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE relayed_at IS NULL LIMIT 10000) w`).Scan(&h.EventsWaiting); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT MIN(created_at) FROM outbox WHERE relayed_at IS NULL`).Scan(&h.OldestEvent)
	})
}
