// Package lead lets one of several processes on one database lead: it runs what
// the clock starts, and when it dies another takes over within seconds.
package lead

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
)

const (
	// beatEvery is how often the leader says that it lives, and others look.
	beatEvery = 2 * time.Second
	// patience is how long others watch a beat that does not move before one of
	// them takes over. A leader that could not say so for half of it stops leading.
	patience = 8 * time.Second
)

// Claim is a process's claim to lead under a name. No clock of one machine is
// compared with that of another: a follower only times how long the leader's beat
// has stood still.
type Claim struct {
	DB     *db.DB
	Name   string
	Holder string // this process; unique
	Now    func() time.Time
	Log    *slog.Logger
	// Every and Patience are beatEvery and patience, or shorter in tests.
	Every, Patience time.Duration

	renewed atomic.Int64 // when this process last knew that it leads, 0: it does not
	seen    mark         // what the last look found
	seenAt  time.Time
}

// mark is a leases row.
type mark struct {
	holder string
	beat   int64
}

// Held tells that this process leads. On SQLite the one process always does.
func (c *Claim) Held() bool {
	if c.DB.Engine() == db.SQLite {
		return true
	}
	at := c.renewed.Load()
	return at != 0 && c.Now().Sub(time.Unix(0, at)) < c.patience()/2
}

func (c *Claim) patience() time.Duration {
	if c.Patience > 0 {
		return c.Patience
	}
	return patience
}

// Run claims and holds until ctx ends, then lets go, so that another process can
// lead at once.
func (c *Claim) Run(ctx context.Context) {
	if c.DB.Engine() == db.SQLite {
		return
	}
	every := c.Every
	if every <= 0 {
		every = beatEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := c.Step(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("who leads is not known", "claim", c.Name, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	c.renewed.Store(0)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := c.release(end); err != nil {
		c.Log.Warn("the claim was not given back", "claim", c.Name, "err", err)
	}
}

// Step renews the claim, or takes it when nobody holds it or its holder fell silent.
func (c *Claim) Step(ctx context.Context) error {
	at := c.Now()
	var got bool
	var found mark
	err := c.DB.Control().Write(ctx, func(tx *db.Tx) (err error) {
		found, got, err = c.claim(tx, at)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case got && c.renewed.Load() == 0:
		c.Log.Info("this process leads", "claim", c.Name, "before", found.holder)
		fallthrough
	case got:
		c.renewed.Store(at.UnixNano())
		found = mark{}
	case c.renewed.Swap(0) != 0:
		c.Log.Warn("another process leads", "claim", c.Name, "holder", found.holder)
	}
	if found != c.seen || c.seenAt.IsZero() {
		c.seen, c.seenAt = found, at
	}
	return nil
}

func (c *Claim) claim(tx *db.Tx, at time.Time) (found mark, got bool, err error) {
	n, err := tx.Exec(`UPDATE leases SET beat = beat + 1 WHERE name = $1 AND holder = $2`, c.Name, c.Holder)
	if err != nil || n == 1 {
		return found, n == 1, err
	}
	err = tx.QueryRow(`SELECT holder, beat FROM leases WHERE name = $1`, c.Name).Scan(&found.holder, &found.beat)
	switch {
	case errors.Is(err, db.ErrNoRow):
		n, err = tx.Exec(`INSERT INTO leases (name, holder, beat) VALUES ($1, $2, 1) ON CONFLICT (name) DO NOTHING`, c.Name, c.Holder)
	case err == nil && found == c.seen && at.Sub(c.seenAt) >= c.patience():
		n, err = tx.Exec(`UPDATE leases SET holder = $2, beat = beat + 1 WHERE name = $1 AND holder = $3 AND beat = $4`, c.Name, c.Holder, found.holder, found.beat)
	}
	return found, n == 1, err
}

func (c *Claim) release(ctx context.Context) error {
	return c.DB.Control().Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM leases WHERE name = $1 AND holder = $2`, c.Name, c.Holder)
		return err
	})
}
