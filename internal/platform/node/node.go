// Package node leases a node number to a process, so that the ids it makes are
// unique among all processes on one database.
package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// lease is how long a number stays with a process that stopped renewing.
const lease = 2 * time.Minute

// ErrNone is returned when all numbers are held.
var ErrNone = errors.New("node: all node numbers are held by living processes")

// Lease is a held node number.
type Lease struct {
	Number int
	db     *db.DB
	now    func() time.Time
	holder string
}

// Acquire takes the lowest number nobody holds. holder names the process and
// must be unique (host, pid and random text).
func Acquire(ctx context.Context, d *db.DB, now func() time.Time, holder string) (*Lease, error) {
	l := &Lease{db: d, now: now, holder: holder}
	for n := range id.MaxNode + 1 {
		var got bool
		err := d.Control().Write(ctx, func(tx *db.Tx) error {
			at := now()
			rows, err := tx.Exec(`INSERT INTO nodes (node, holder, expires_at) VALUES ($1, $2, $3)
				ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at WHERE nodes.expires_at < $4`,
				n, holder, at.Add(lease), at)
			got = rows == 1
			return err
		})
		if err != nil {
			return nil, err
		}
		if got {
			l.Number = n
			return l, nil
		}
	}
	return nil, ErrNone
}

// Keep renews the lease until ctx ends. When the number was lost to another
// process (this one slept too long), it returns an error: the process must stop.
func (l *Lease) Keep(ctx context.Context) error {
	tick := time.NewTicker(lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := l.renew(ctx); err != nil && ctx.Err() == nil {
			if errors.Is(err, db.ErrNoRow) {
				return fmt.Errorf("node: number %d was taken by another process", l.Number)
			}
		}
	}
}

func (l *Lease) renew(ctx context.Context) error {
	return l.db.Control().Write(ctx, func(tx *db.Tx) error {
		return tx.Must(`UPDATE nodes SET expires_at = $3 WHERE node = $1 AND holder = $2`, l.Number, l.holder, l.now().Add(lease))
	})
}

// Release gives the number back.
func (l *Lease) Release(ctx context.Context) error {
	return l.db.Control().Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM nodes WHERE node = $1 AND holder = $2`, l.Number, l.holder)
		return err
	})
}
