package db

import (
	"fmt"

	"github.com/shuke-commerce/shuke/schema"
)

// place distributes the tables that a PostgreSQL with the extension citus has not
// placed yet; elsewhere it does nothing.
func place(tx *Tx) error {
	if tx.Engine() != Postgres {
		return nil
	}
	var cluster bool
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')`).Scan(&cluster); err != nil || !cluster {
		return err
	}
	tables, err := tablesOf(tx)
	if err != nil {
		return err
	}
	steps, err := schema.Place(schema.Manifest, tables)
	if err != nil || len(steps) == 0 {
		return err
	}
	// Tables that refer to a reference table would silently become local ones.
	if _, err := tx.Exec(`SET LOCAL citus.enable_local_reference_table_foreign_keys = off`); err != nil {
		return err
	}
	for _, s := range steps {
		if _, err := tx.Exec(s); err != nil {
			return fmt.Errorf("place on the cluster: %w", err)
		}
	}
	return nil
}

// tablesOf reads the tables of the current schema, which of them are placed, and
// what their foreign keys refer to.
func tablesOf(tx *Tx) (map[string]schema.Found, error) {
	out := map[string]schema.Found{}
	err := tx.Each(func(r Row) error {
		var name string
		var placed bool
		err := r.Scan(&name, &placed)
		out[name] = schema.Found{Placed: placed}
		return err
	}, `SELECT c.relname, c.oid IN (SELECT CAST(table_name AS OID) FROM citus_tables)
		FROM pg_class c WHERE c.relnamespace = CAST(current_schema() AS REGNAMESPACE) AND c.relkind IN ('r', 'p')`)
	if err != nil {
		return nil, err
	}
	return out, tx.Each(func(r Row) error {
		var child, parent string
		err := r.Scan(&child, &parent)
		if f, known := out[child]; known && child != parent {
			f.Parents = append(f.Parents, parent)
			out[child] = f
		}
		return err
	}, `SELECT c.relname, p.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
		WHERE k.contype = 'f' AND c.relnamespace = CAST(current_schema() AS REGNAMESPACE)`)
}
