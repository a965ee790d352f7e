package db_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/schema"
)

// cluster makes a PostgreSQL say that it has the extension citus, with functions
// that note how they are called and refuse what Citus refuses.
var cluster = []string{
	`INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
		SELECT 999999, 'citus', r.oid, n.oid, false, '13.2' FROM pg_roles r, pg_namespace n WHERE r.rolname = current_user AND n.nspname = 'public'`,
	`CREATE TABLE citus_tables (table_name REGCLASS PRIMARY KEY, seq INT NOT NULL, with_setting TEXT, in_migration INT)`,
	`CREATE FUNCTION placed(t REGCLASS) RETURNS VOID LANGUAGE plpgsql AS $$
	DECLARE parent REGCLASS;
	BEGIN
		IF EXISTS (SELECT 1 FROM citus_tables WHERE table_name = t) THEN RAISE EXCEPTION 'table "%" is already distributed', t; END IF;
		FOR parent IN SELECT confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid = t AND confrelid <> t LOOP
			IF NOT EXISTS (SELECT 1 FROM citus_tables WHERE table_name = parent) THEN RAISE EXCEPTION '% refers to %, which is not distributed', t, parent; END IF;
		END LOOP;
		INSERT INTO citus_tables SELECT t, (SELECT COUNT(*) FROM citus_tables), current_setting('citus.enable_local_reference_table_foreign_keys'),
			(SELECT MAX(version) FROM schema_migrations);
	END $$`,
	`CREATE FUNCTION create_reference_table(t REGCLASS) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN PERFORM placed(t); END $$`,
	`CREATE FUNCTION create_distributed_table(t REGCLASS, key TEXT, colocate_with TEXT DEFAULT 'default') RETURNS VOID LANGUAGE plpgsql AS $$
	BEGIN
		IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = t AND attname = key AND attnotnull) THEN RAISE EXCEPTION 'column "%" of % is not there', key, t; END IF;
		IF colocate_with <> 'none' AND NOT EXISTS (SELECT 1 FROM citus_tables WHERE table_name = CAST(colocate_with AS REGCLASS)) THEN
			RAISE EXCEPTION '% cannot be kept with %', t, colocate_with; END IF;
		PERFORM placed(t);
	END $$`,
}

func becomeCluster(t *testing.T, dsn string) {
	t.Helper()
	c, err := pgx.Connect(context.Background(), dsn)
	must(t, err)
	defer func() { _ = c.Close(context.Background()) }()
	for _, s := range cluster {
		_, err := c.Exec(context.Background(), s)
		must(t, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// placedTables reads what the cluster was told, in the order of the calls.
func placedTables(t *testing.T, d *db.DB) (out []string, migrations []int) {
	t.Helper()
	must(t, d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Each(func(r db.Row) error {
			var name, setting string
			var version int
			err := r.Scan(&name, &setting, &version)
			if setting != "off" {
				t.Errorf("%s was placed with the setting %q", name, setting)
			}
			out, migrations = append(out, name), append(migrations, version)
			return err
		}, `SELECT CAST(table_name AS TEXT), with_setting, COALESCE(in_migration, 0) FROM citus_tables ORDER BY seq`)
	}))
	return out, migrations
}

func sharded() (out []string) {
	for name, p := range schema.Manifest {
		if p.Kind != schema.Local {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// TestMigrateOnACluster holds that each table is placed once, in the transaction
// of the migration that made it.
func TestMigrateOnACluster(t *testing.T) {
	ctx := context.Background()
	dsn := dbtest.EmptyPostgres(t)
	becomeCluster(t, dsn)
	d, err := db.Open(ctx, db.Config{URL: dsn})
	must(t, err)
	defer func() { _ = d.Close() }()
	all, err := db.LoadMigrations(schema.Migrations())
	must(t, err)
	_, err = d.Migrate(ctx, all[:len(all)-1], time.Now())
	must(t, err)
	_, err = d.Migrate(ctx, all, time.Now())
	must(t, err)
	got, versions := placedTables(t, d)
	if !slices.IsSorted(versions) || versions[0] != 1 || versions[len(versions)-1] == 1 {
		t.Errorf("tables were placed after migrations %v", versions)
	}
	slices.Sort(got)
	// A table that was dropped later is not in the manifest, but its place was taken while it was there.
	got = slices.DeleteFunc(got, func(n string) bool { return strings.HasPrefix(n, "0") || strings.ContainsAny(n, "0123456789") })
	if !slices.Equal(got, sharded()) {
		t.Errorf("placed %v, want %v", got, sharded())
	}
	_, err = d.Migrate(ctx, all, time.Now())
	must(t, err)
	if again, _ := placedTables(t, d); len(again) != len(versions) {
		t.Errorf("another migrate placed %d more", len(again)-len(versions))
	}
}

// TestAFilledDatabaseBecomesACluster holds that tables which were there before the
// extension are placed, references first.
func TestAFilledDatabaseBecomesACluster(t *testing.T) {
	ctx := context.Background()
	dsn := dbtest.EmptyPostgres(t)
	d, err := db.Open(ctx, db.Config{URL: dsn})
	must(t, err)
	defer func() { _ = d.Close() }()
	all, err := db.LoadMigrations(schema.Migrations())
	must(t, err)
	_, err = d.Migrate(ctx, all, time.Now())
	must(t, err)
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO stocks (shop_id, sku_id, on_hand) VALUES ($1, $2, $3)`, 1, 2, 3)
		return err
	}))
	becomeCluster(t, dsn)
	for range 2 {
		applied, err := d.Migrate(ctx, all, time.Now())
		must(t, err)
		if len(applied) != 0 {
			t.Errorf("applied %v again", applied)
		}
		got, _ := placedTables(t, d)
		if schema.Manifest[got[0]].Kind != schema.Reference || got[2] != "buyers" || got[3] != "shops" {
			t.Errorf("the order is %v", got[:5])
		}
		slices.Sort(got)
		if !slices.Equal(got, sharded()) {
			t.Errorf("placed %v, want %v", got, sharded())
		}
	}
}

func TestControlIsTheSameDatabaseElsewhere(t *testing.T) {
	ctx := context.Background()
	lite := dbtest.SQLite(t)
	if lite.Control() != lite {
		t.Error("SQLite has another database for control")
	}
	if _, err := db.Open(ctx, db.Config{URL: t.TempDir() + "/x.db", ControlURL: "postgres:///nowhere"}); err == nil {
		t.Error("control_url was taken with SQLite")
	}
	d, err := db.Open(ctx, db.Config{URL: dbtest.EmptyPostgres(t)})
	must(t, err)
	defer func() { _ = d.Close() }()
	if d.Control().Control() != d.Control() {
		t.Error("Control has a Control of its own")
	}
	// As many writers on Control as it has connections may all read the data meanwhile.
	done := make(chan error)
	for range 32 {
		go func() {
			done <- d.Control().Write(ctx, func(*db.Tx) error { return d.Ping(ctx) })
		}()
	}
	for range 32 {
		must(t, <-done)
	}
}
