package chaos

import (
	"context"
	"errors"
	"os"

	"github.com/jackc/pgx/v5"
)

// killBackend kills a process of PostgreSQL's with SIGKILL: the server ends all
// its sessions at once and recovers from its log, as after a crash.
func (k *killing) killBackend(ctx context.Context) error {
	c, err := pgx.Connect(ctx, k.URL)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	var pid int
	err = c.QueryRow(ctx, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY query_start DESC NULLS LAST LIMIT 1`).Scan(&pid)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // nobody is connected
	}
	if err != nil {
		return err
	}
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
