// Package schema holds the migrations and says, for every table, where its rows
// live when the database is sharded.
package schema

import (
	"embed"
	"io/fs"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations is the folder of ordered NNNN_name.sql files.
func Migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // the path is a constant of this file
	}
	return sub
}
