package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/schema"
)

// schemaPage is the schema after all migrations, as SQLite holds it: what a
// review of a new migration wants to see as a difference.
func schemaPage() (p page, err error) {
	dir, err := os.MkdirTemp("", "shuke-schema-")
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx := context.Background()
	d, err := db.Open(ctx, db.Config{URL: filepath.Join(dir, "shuke.db"), Readers: 1})
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		return p, err
	}
	if _, err := d.Migrate(ctx, all, time.Now()); err != nil {
		return p, err
	}
	var statements []string
	err = d.Read(ctx, func(tx *db.Tx) error {
		statements, err = db.All(tx, func(r db.Row) (s string, err error) { return s, r.Scan(&s) },
			`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name`)
		return err
	})
	const head = "-- The schema after all migrations, as SQLite holds it. Printed by test/tools/docs (\"make generate\"); migrations/ is what runs.\n\n"
	return page{"schema/schema.sql", head + strings.Join(statements, ";\n\n") + ";\n"}, err
}
