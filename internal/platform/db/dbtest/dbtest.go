// Package dbtest gives tests real databases: a fresh, migrated SQLite file and
// a fresh, migrated PostgreSQL database. PostgreSQL is taken from
// SHUKE_TEST_POSTGRES (a URL whose user may create databases and roles) or, where
// the server's programs are installed, started on a private socket and stopped
// with the test process. Without either, PostgreSQL tests skip and say so.
//
// A test's PostgreSQL keeps the rules of a cluster: what goes to the data may not
// touch local tables nor write categories, and what goes to Control may not
// touch a shop's or a buyer's rows. Both are roles of one server without the
// rights. With SHUKE_TEST_CONTROL the two URLs are nodes of a real cluster.
package dbtest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
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
	d := open(t, db.Config{URL: filepath.Join(t.TempDir(), "shuke.db")})
	migrate(t, d)
	return d
}

// Postgres opens a fresh, migrated PostgreSQL database, dropped after the test.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	data, control := PostgresURLs(t)
	return open(t, db.Config{URL: data, ControlURL: control})
}

// PostgresURLs makes a migrated database and returns what database.url and
// database.control_url are to be; the database is dropped after the test.
func PostgresURLs(t testing.TB) (data, control string) {
	t.Helper()
	s := started(t)
	if s.control != "" {
		data, control = s.schema(t)
		d, err := db.Open(context.Background(), db.Config{URL: data, ControlURL: control})
		if err != nil {
			t.Fatal(err)
		}
		migrate(t, d)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		return data, control
	}
	name := s.create(t, s.template(t))
	return s.as(dataRole, name), s.as(controlRole, name)
}

// Owned opens a fresh, migrated PostgreSQL database as the one who owns all of it:
// for tests of the schema itself.
func Owned(t testing.TB) *db.DB {
	t.Helper()
	d := open(t, db.Config{URL: EmptyPostgres(t)})
	migrate(t, d)
	return d
}

// EmptyPostgres makes an empty database and returns its URL.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	s := started(t)
	if s.control != "" {
		_, control := s.schema(t)
		return control
	}
	return s.as("", s.create(t, ""))
}

// open opens a database; in tests every write is rehearsed, in benchmarks not.
func open(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	_, cfg.Rehearse = t.(*testing.T)
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func migrate(t testing.TB, d *db.DB) {
	t.Helper()
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(context.Background(), all, time.Now()); err != nil {
		t.Fatal(err)
	}
}
