package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Migration is one ordered file of portable statements.
type Migration struct {
	Version    int
	Name       string
	Checksum   string // SHA-256 of the file, hex
	Statements []string
}

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// ErrNewer tells that the database was migrated by a newer binary.
var ErrNewer = errors.New("db: the database is newer than this binary; use the newer binary")

// LoadMigrations reads NNNN_name.sql files; versions must be 1, 2, 3 …
func LoadMigrations(fsys fs.FS) ([]Migration, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var out []Migration
	for _, e := range entries {
		m := migrationName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		text, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, err
		}
		v, _ := strconv.Atoi(m[1])
		sum := sha256.Sum256(text)
		out = append(out, Migration{Version: v, Name: m[2], Checksum: hex.EncodeToString(sum[:]), Statements: SplitSQL(string(text))})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Version < out[j].Version })
	for i, m := range out {
		if m.Version != i+1 {
			return nil, fmt.Errorf("db: migration %04d_%s.sql: version %04d was expected", m.Version, m.Name, i+1)
		}
	}
	return out, nil
}

// SplitSQL cuts a file at semicolons outside quotes and drops -- comments, so
// that each statement can be sent alone.
func SplitSQL(text string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case !quoted && c == '-' && strings.HasPrefix(text[i:], "--"):
			for i < len(text) && text[i] != '\n' {
				i++
			}
			b.WriteByte('\n')
		case !quoted && c == ';':
			if s := strings.TrimSpace(b.String()); s != "" {
				out = append(out, s)
			}
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	if s := strings.TrimSpace(b.String()); s != "" {
		out = append(out, s)
	}
	return out
}

// liteOnly marks text that only SQLite gets: /*sqlite: WITHOUT ROWID */.
var liteOnly = regexp.MustCompile(`/\*sqlite:([^*]*)\*/`)

// dialect turns a portable statement into the engine's own.
func dialect(e Engine, stmt string) string {
	if e == SQLite {
		return liteOnly.ReplaceAllString(stmt, "$1")
	}
	return liteOnly.ReplaceAllString(stmt, "")
}

const createVersions = `CREATE TABLE IF NOT EXISTS schema_migrations (
	version BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TIMESTAMP NOT NULL,
	CONSTRAINT schema_migrations_pkey PRIMARY KEY (version))`

// migrateLock is the advisory lock that keeps two migrators apart on PostgreSQL.
const migrateLock = 0x5368756b65

// Migrate applies what is missing, each file in its own transaction on Control,
// and returns the versions it applied. It refuses a database that is newer than
// the files, or whose applied files were changed since. On a PostgreSQL cluster
// every table is placed in the transaction that made it (schema.Place); one that
// became a cluster later is placed at the next call.
func (d *DB) Migrate(ctx context.Context, all []Migration, now time.Time) ([]int, error) {
	var applied []int
	for {
		var did int
		err := d.Control().Write(ctx, func(tx *Tx) error {
			did = 0
			if tx.Engine() == Postgres {
				if _, err := tx.Exec(`SELECT pg_advisory_xact_lock($1)`, int64(migrateLock)); err != nil {
					return err
				}
			}
			next, err := pending(tx, all)
			if err != nil {
				return err
			}
			if next != nil {
				did = next.Version
				if err := apply(tx, *next, now); err != nil {
					return err
				}
			}
			return place(tx)
		})
		if err != nil {
			return applied, err
		}
		if did == 0 {
			return applied, nil
		}
		applied = append(applied, did)
	}
}

func pending(tx *Tx, all []Migration) (*Migration, error) {
	if _, err := tx.Exec(createVersions); err != nil {
		return nil, err
	}
	type row struct {
		version  int
		checksum string
	}
	have, err := All(tx, func(r Row) (v row, err error) {
		return v, r.Scan(&v.version, &v.checksum)
	}, `SELECT version, checksum FROM schema_migrations ORDER BY version`)
	if err != nil {
		return nil, err
	}
	if len(have) > len(all) {
		return nil, fmt.Errorf("%w (database %04d, binary %04d)", ErrNewer, have[len(have)-1].version, len(all))
	}
	for i, h := range have {
		if h.version != all[i].Version || h.checksum != all[i].Checksum {
			return nil, fmt.Errorf("db: migration %04d was changed after it had been applied", h.version)
		}
	}
	if len(have) == len(all) {
		return nil, nil
	}
	return &all[len(have)], nil
}

func apply(tx *Tx, m Migration, now time.Time) error {
	for _, s := range m.Statements {
		if _, err := tx.Exec(dialect(tx.Engine(), s)); err != nil {
			return fmt.Errorf("migration %04d_%s: %w", m.Version, m.Name, err)
		}
	}
	_, err := tx.Exec(`INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)`,
		m.Version, m.Name, m.Checksum, now)
	return err
}
