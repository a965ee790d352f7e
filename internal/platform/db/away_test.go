package db_test

import (
	"errors"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// A server that ends the session is told from one that refuses: who asked may try
// again, and the next call works.
func TestAServerThatEndsTheSessionIsAway(t *testing.T) {
	d := dbtest.Postgres(t)
	end := func(tx *db.Tx) error {
		_, err := tx.Exec(`SELECT pg_terminate_backend(pg_backend_pid())`)
		return err
	}
	if err := d.Read(ctx, end); !errors.Is(err, db.ErrAway) {
		t.Errorf("a read gave %v", err)
	}
	if err := d.Write(ctx, end); !errors.Is(err, db.ErrAway) {
		t.Errorf("a write gave %v", err)
	}
	if err := d.Read(ctx, func(tx *db.Tx) error { _, err := tx.Exec(`SELECT no_such_function()`); return err }); err == nil || errors.Is(err, db.ErrAway) {
		t.Errorf("a wrong statement gave %v", err)
	}
	if err := d.Ping(ctx); err != nil {
		t.Errorf("the next call failed: %v", err)
	}
}
