package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// errAlone is returned on SQLite, where nobody else could listen.
var errAlone = errors.New("db: only PostgreSQL carries notifications")

// Notify tells every connection that listens on a channel of this PostgreSQL node;
// it may be lost. On a cluster call it on Control.
func (d *DB) Notify(ctx context.Context, channel, payload string) error {
	if d.pg == nil {
		return errAlone
	}
	_, err := d.pg.pool.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, payload)
	return err
}

// Listen calls heard for every notification of a channel until ctx ends or the
// connection, its own, breaks; began is called once it listens.
func (d *DB) Listen(ctx context.Context, channel string, began func(), heard func(payload string)) error {
	if d.pg == nil {
		return errAlone
	}
	c, err := pgx.ConnectConfig(ctx, d.pg.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if _, err := c.Exec(ctx, `LISTEN `+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	began()
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		heard(n.Payload)
	}
}
