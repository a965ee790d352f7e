package db

import (
	"context"
	"errors"
	"fmt"
)

// controlConnections is the size of the second pool on PostgreSQL: jobs, leases
// and the market's index share it.
const controlConnections = 8

// openControl opens the second pool. On one PostgreSQL it goes to the same server,
// so that a write on Control may read the data meanwhile without the two waiting
// for each other's connections.
func (d *DB) openControl(ctx context.Context, cfg Config) error {
	if d.engine == SQLite {
		if cfg.ControlURL != "" {
			return errors.Join(errors.New("database.control_url needs a PostgreSQL database.url"), d.lite.close())
		}
		return nil
	}
	if cfg.ControlURL != "" {
		cfg.URL = cfg.ControlURL
	}
	cfg.Readers = min(max(cfg.Readers, controlConnections/2), controlConnections)
	pg, err := openPG(ctx, cfg)
	if err != nil {
		d.pg.pool.Close()
		return fmt.Errorf("open database.control_url: %w", err)
	}
	d.control = &DB{engine: d.engine, url: cfg.URL, pg: pg}
	return nil
}

// Control is where tables of kind local are: schema versions, node numbers, jobs,
// leases, the market's index; on a PostgreSQL cluster also where tables of kind
// reference are written. Elsewhere it is the same database. A transaction there is
// never the one that changes a shop's or a buyer's rows: a cluster commits the two
// apart. While one is open on Control, d may be read; not the other way round.
func (d *DB) Control() *DB {
	if d.control == nil {
		return d
	}
	return d.control
}
