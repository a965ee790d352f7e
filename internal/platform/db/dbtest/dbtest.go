// Package dbtest gives tests real databases: a fresh, migrated SQLite file and
// a fresh, migrated PostgreSQL database. PostgreSQL is taken from
// SHUKE_TEST_POSTGRES (a URL whose user may create databases) or, where the
// server's programs are installed, started on a private socket and stopped with
// the test process. Without either, PostgreSQL tests skip and say so.
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/pgserver"
	"github.com/shuke-commerce/shuke/schema"
)

// Each runs fn once per engine on a fresh, migrated database.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite opens a fresh, migrated SQLite database that goes away with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "shuke.db"))
}

// Postgres opens a fresh, migrated PostgreSQL database, dropped after the test.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, EmptyPostgres(t))
}

// open migrates; in tests every write is rehearsed, in benchmarks not.
func open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	_, rehearse := t.(*testing.T)
	d, err := db.Open(context.Background(), db.Config{URL: dsn, Rehearse: rehearse})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(context.Background(), all, time.Now()); err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	serverOnce sync.Once
	serverURL  string
	serverErr  error
	serial     atomic.Int64
)

// EmptyPostgres makes an empty database and returns its URL.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	serverOnce.Do(func() {
		if serverURL = os.Getenv("SHUKE_TEST_POSTGRES"); serverURL == "" {
			serverURL, serverErr = pgserver.Start(os.TempDir())
		}
	})
	if serverErr != nil {
		t.Skipf("no PostgreSQL for this test: %v", serverErr)
	}
	name := fmt.Sprintf("t%d_%d_%d", os.Getpid(), time.Now().UnixNano(), serial.Add(1))
	admin(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { admin(t, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func admin(t testing.TB, sql string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, serverURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	// A template is briefly "in use" while a rival test copies it: try again.
	for range 50 {
		if _, err = c.Exec(ctx, sql); err == nil || !strings.Contains(err.Error(), "being accessed") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
