package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
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

// server is the PostgreSQL of this test process.
type server struct {
	url     string
	control string // of a real cluster; "" elsewhere
	err     error
	serial  atomic.Int64

	templateOnce sync.Once
	templateName string
}

var (
	serverOnce sync.Once
	theServer  server
)

func started(t testing.TB) *server {
	t.Helper()
	serverOnce.Do(func() {
		theServer.control = os.Getenv("SHUKE_TEST_CONTROL")
		if theServer.url = os.Getenv("SHUKE_TEST_POSTGRES"); theServer.url == "" {
			theServer.url, theServer.err = pgserver.Start(os.TempDir())
		}
	})
	if theServer.err != nil {
		t.Skipf("no PostgreSQL for this test: %v", theServer.err)
	}
	return &theServer
}

func (s *server) name(kind string) string {
	return fmt.Sprintf("%s%d_%d_%d", kind, os.Getpid(), time.Now().UnixNano(), s.serial.Add(1))
}

// create makes a database, a copy of another one if that is named.
func (s *server) create(t testing.TB, of string) string {
	t.Helper()
	name, like := s.name("t"), ""
	if of != "" {
		like = " TEMPLATE " + of
	}
	s.run(t, s.url, "CREATE DATABASE "+name+like)
	t.Cleanup(func() { s.run(t, s.url, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return name
}

// schema makes a schema of a real cluster's database: a database of its own would
// have to be made on every node.
func (s *server) schema(t testing.TB) (data, control string) {
	t.Helper()
	name := s.name("t")
	s.run(t, s.control, "CREATE SCHEMA "+name)
	t.Cleanup(func() { s.run(t, s.control, "DROP SCHEMA IF EXISTS "+name+" CASCADE") })
	in := func(dsn string) string {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("search_path", name+",public")
		u.RawQuery = q.Encode()
		return u.String()
	}
	return in(s.url), in(s.control)
}

// The two roles that a test's database is opened as.
const (
	dataRole    = "shuke_data"
	controlRole = "shuke_control"
)

// as is the URL of a database for a role; "" is the one that owns it.
func (s *server) as(role, database string) string {
	u, err := url.Parse(s.url)
	if err != nil {
		panic(err) // the server was reached by it
	}
	u.Path = "/" + database
	if role != "" {
		q := u.Query()
		q.Del("user")
		u.RawQuery = q.Encode()
		u.User = url.UserPassword(role, role)
		if u.Host == "" { // a user before an empty host is no URL
			u.User = nil
			q.Set("user", role)
			q.Set("password", role)
			u.RawQuery = q.Encode()
		}
	}
	return u.String()
}

// template is a migrated database with the rights of both roles, made once.
func (s *server) template(t testing.TB) string {
	t.Helper()
	s.templateOnce.Do(func() {
		name := s.name("template")
		s.run(t, s.url, "CREATE DATABASE "+name)
		d, err := db.Open(context.Background(), db.Config{URL: s.as("", name)})
		if err != nil {
			t.Fatal(err)
		}
		migrate(t, d)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		s.run(t, s.as("", name), rights()...)
		s.templateName = name
	})
	if s.templateName == "" {
		t.Fatal("the template database was not made")
	}
	return s.templateName
}

// rights says which role may do what.
func rights() (out []string) {
	tables := map[schema.Kind][]string{}
	for name, p := range schema.Manifest {
		switch p.Kind {
		case schema.Local, schema.Reference:
			tables[p.Kind] = append(tables[p.Kind], name)
		default:
			tables[schema.Shop] = append(tables[schema.Shop], name)
		}
	}
	for _, role := range []string{dataRole, controlRole} {
		out = append(out, fmt.Sprintf(`DO $$ BEGIN CREATE ROLE %s LOGIN PASSWORD '%s'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`, role, role))
	}
	grant := func(what string, kind schema.Kind, role string) {
		out = append(out, "GRANT "+what+" ON "+strings.Join(tables[kind], ", ")+" TO "+role)
	}
	grant("ALL", schema.Shop, dataRole)
	grant("SELECT", schema.Reference, dataRole)
	grant("ALL", schema.Local, controlRole)
	grant("ALL", schema.Reference, controlRole)
	// Tests of the engine use settings as their scratch table, and make others.
	return append(out, "GRANT ALL ON settings TO "+dataRole, "GRANT CREATE ON SCHEMA public TO "+dataRole+", "+controlRole)
}

// run sends statements to the server.
func (s *server) run(t testing.TB, dsn string, all ...string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for _, sql := range all {
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
}
