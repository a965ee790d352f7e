package app

import (
	"context"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// task is something the clock starts, in the process that leads. It may still
// meet itself, when a leader was taken for dead, and must bear that.
type task struct {
	name  string
	every time.Duration
	do    func(context.Context) error
}

// sweepLimit bounds one round of a sweeper.
const sweepLimit = 200

// sealBlocks bounds what one round seals of each shop's books: 50,000 rows.
const sealBlocks = 200

// taskLimit ends a round that hangs; what it left is done in a later one.
const taskLimit = 2 * time.Minute

// longer are the tasks with another limit: bills may have ten million lines.
var longer = map[string]time.Duration{"bills": 30 * time.Minute}

// keepEvents is how long relayed events stay for looking up.
const keepEvents = 30 * 24 * time.Hour

// Schedule is the one place that says what the clock starts.
func (h *House) Schedule() []task {
	sweep := func(f func(context.Context, time.Time, int) (int, error)) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := f(ctx, h.Now(), sweepLimit)
			return err
		}
	}
	return []task{
		{"payments due", 5 * time.Second, sweep(h.Pay.SweepDue)},
		{"refunds due", 3 * time.Second, sweep(h.Pay.SweepRefunds)},
		{"flash sales over", 2 * time.Second, sweep(h.Flash.Sweep)},
		{"parcel tracks", 10 * time.Second, func(ctx context.Context) error {
			_, err := h.Delivery.SweepTracks(ctx, h.Now(), sweepLimit/4)
			return err
		}},
		{"ledger seals", time.Minute, func(ctx context.Context) error {
			_, err := h.Funds.Seal(ctx, h.Now(), sealBlocks)
			return err
		}},
		{"automatic receipt", time.Minute, sweep(h.Delivery.SweepReceive)},
		{"events and jobs", time.Minute, func(ctx context.Context) error { return h.Queue.Sweep(ctx, keepEvents) }},
		{"staff sessions", time.Hour, func(ctx context.Context) error {
			return h.DB.Write(ctx, func(tx *db.Tx) error { return staff.SweepSessions(tx, h.Now()) })
		}},
		{"uploaded files", time.Hour, func(context.Context) error {
			_, err := h.Importing.Sweep(7 * 24 * time.Hour)
			return err
		}},
		{"bills", 10 * time.Second, func(ctx context.Context) error {
			_, err := h.Reconcile.Sweep(ctx, h.Now())
			return err
		}},
	}
}

// runSchedule starts a task at its interval, while this process leads, until ctx
// ends.
func (h *House) runSchedule(ctx context.Context, t task) {
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !h.lead.Held() {
			continue
		}
		round, cancel := context.WithTimeout(ctx, max(taskLimit, longer[t.name]))
		if err := t.do(round); err != nil && ctx.Err() == nil {
			h.Log.Error("scheduled task failed", "task", t.name, "err", err)
		}
		cancel()
	}
}
