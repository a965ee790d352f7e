package schema_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/schema"
)

//go:generate go test -run TestSnapshot -update .

var update = flag.Bool("update", false, "write schema.sql anew")

const snapshotFile = "schema.sql"

// table is what an engine says of one table.
type table struct {
	columns []string // name kind [NOT NULL]
	keys    []string // PRIMARY KEY (…), UNIQUE (…), INDEX (…), in the index's own order
	foreign []string
}

// describe reads the tables of a migrated database, in the same words from both
// engines.
func describe(t *testing.T, d *db.DB) map[string]table {
	t.Helper()
	out := map[string]table{}
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		names, err := texts(tx, map[db.Engine]string{
			db.SQLite:   `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
			db.Postgres: `SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()`,
		}[d.Engine()])
		for _, name := range names {
			var v table
			if v, err = describeTable(tx, d.Engine(), name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			out[name] = v
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func texts(tx *db.Tx, sql string, args ...any) ([]string, error) {
	return db.All(tx, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, sql, args...)
}

const (
	liteColumns = `SELECT name || ' ' || type || CASE WHEN "notnull" = 1 THEN ' NOT NULL' ELSE '' END FROM pragma_table_info($1) ORDER BY name`
	pgColumns   = `SELECT column_name || ' ' || CASE data_type WHEN 'timestamp without time zone' THEN 'TIMESTAMP' ELSE UPPER(data_type) END ||
		CASE WHEN is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name`
	liteKeys = `SELECT CASE WHEN l.origin = 'pk' THEN 'PRIMARY KEY' WHEN l."unique" = 1 THEN 'UNIQUE ' || l.name ELSE 'INDEX ' || l.name END || ' (' ||
		(SELECT group_concat(name, ', ') FROM (SELECT i.name FROM pragma_index_info(l.name) i ORDER BY i.seqno)) || ')' || CASE WHEN l.partial = 1 THEN ' WHERE' ELSE '' END FROM pragma_index_list($1) l`
	pgKeys = `SELECT CASE WHEN x.indisprimary THEN 'PRIMARY KEY' WHEN x.indisunique THEN 'UNIQUE ' || i.relname ELSE 'INDEX ' || i.relname END || ' (' ||
		(SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(CAST(x.indkey AS smallint[])) WITH ORDINALITY k(no, at) JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.no) || ')' ||
		CASE WHEN x.indpred IS NOT NULL THEN ' WHERE' ELSE '' END
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid WHERE c.relname = $1 AND c.relnamespace = CAST(current_schema() AS REGNAMESPACE)`
	liteForeign = `SELECT '(' || group_concat("from", ', ') || ') → ' || "table" || ' (' || group_concat("to", ', ') || ')' FROM (SELECT * FROM pragma_foreign_key_list($1) ORDER BY id, seq) GROUP BY id, "table"`
	pgForeign   = `SELECT '(' || (SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(f.conkey) WITH ORDINALITY k(no, at) JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.no) ||
		') → ' || t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(f.confkey) WITH ORDINALITY k(no, at) JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.no) || ')'
		FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid WHERE f.contype = 'f' AND c.relname = $1 AND c.relnamespace = CAST(current_schema() AS REGNAMESPACE)`
)

func describeTable(tx *db.Tx, e db.Engine, name string) (v table, err error) {
	q := [3]string{liteColumns, liteKeys, liteForeign}
	if e == db.Postgres {
		q = [3]string{pgColumns, pgKeys, pgForeign}
	}
	for i, into := range []*[]string{&v.columns, &v.keys, &v.foreign} {
		if *into, err = texts(tx, q[i], name); err != nil {
			return v, err
		}
		slices.Sort(*into)
	}
	if e == db.SQLite && !slices.ContainsFunc(v.keys, func(k string) bool { return strings.HasPrefix(k, "PRIMARY KEY") }) {
		// A table without rowid, or with an integer key, has its primary key in itself.
		columns, err := texts(tx, `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`, name)
		if err != nil {
			return v, err
		}
		v.keys = append(v.keys, "PRIMARY KEY ("+strings.Join(columns, ", ")+")")
		slices.Sort(v.keys)
	}
	return v, nil
}

func TestBothEnginesHaveTheSameTables(t *testing.T) {
	lite, pg := describe(t, dbtest.SQLite(t)), describe(t, dbtest.Owned(t))
	for name := range schema.Manifest {
		if _, ok := lite[name]; !ok {
			t.Errorf("SQLite has no %s", name)
		}
	}
	if len(lite) != len(schema.Manifest) || len(pg) != len(lite) {
		t.Errorf("%d tables in SQLite, %d in PostgreSQL, %d in the manifest", len(lite), len(pg), len(schema.Manifest))
	}
	for name, l := range lite {
		p := pg[name]
		for what, pair := range map[string][2][]string{"columns": {l.columns, p.columns}, "keys": {l.keys, p.keys}, "foreign keys": {l.foreign, p.foreign}} {
			if !slices.Equal(pair[0], pair[1]) {
				t.Errorf("%s of %s\n  SQLite     %v\n  PostgreSQL %v", what, name, pair[0], pair[1])
			}
		}
		if len(l.columns) == 0 || len(l.keys) == 0 {
			t.Errorf("nothing was read of %s", name)
		}
	}
}

// TestSnapshot holds schema.sql, what all migrations together make, so that a
// change of the schema is seen in one place. go generate writes it anew.
func TestSnapshot(t *testing.T) {
	d := dbtest.SQLite(t)
	var b strings.Builder
	b.WriteString("-- What all migrations make (SQLite). Written by go generate ./schema; do not edit.\n")
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		all, err := texts(tx, `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name`)
		for _, s := range all {
			fmt.Fprintf(&b, "\n%s;\n", s)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(snapshotFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(snapshotFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Error("schema.sql is not what the migrations make; run: go generate ./schema")
	}
}
