// Package pgserver starts a private PostgreSQL server for tests and benches.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Start runs a PostgreSQL server of its own under dir on a private socket and
// returns its URL. The server ends with this process, and its files with it.
func Start(dir string) (string, error) {
	bin, err := serverPrograms()
	if err != nil {
		return "", err
	}
	root, err := os.MkdirTemp(dir, "shuke-pg-")
	if err != nil {
		return "", err
	}
	cred, err := serverUser(root)
	if err != nil {
		return "", err
	}
	data := filepath.Join(root, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "shuke", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.Dir, initdb.SysProcAttr = root, &syscall.SysProcAttr{Credential: cred}
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	if err := run(bin, root, data, cred); err != nil {
		return "", err
	}
	dsn := "postgres:///postgres?user=shuke&host=" + url.QueryEscape(root)
	return dsn, await(dsn)
}

// keeper runs the server until its standard input ends, which happens when the
// process that holds the other end is gone, however it went.
const keeper = `"$1/postgres" -D "$3" -k "$2" -c listen_addresses= -c max_connections=200 -c shared_buffers=128MB >"$2/log" 2>&1 </dev/null &
server=$!
read -r _
kill -QUIT $server
wait $server
rm -rf "$2"`

func run(bin, root, data string, cred *syscall.Credential) error {
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", bin, root, data)
	cmd.Dir = "/"
	// Its own group: an interrupt at the terminal reaches this process only.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

func await(dsn string) error {
	var err error
	for range 200 {
		var c *pgx.Conn
		if c, err = pgx.Connect(context.Background(), dsn); err == nil {
			return c.Close(context.Background())
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("postgres did not start: %w", err)
}

func serverPrograms() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Strings(found)
	if len(found) == 0 {
		return "", errors.New("PostgreSQL's server programs (initdb, postgres) are not installed")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// serverUser gives root's server to the user "postgres", since PostgreSQL
// refuses to run as root.
func serverUser(root string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(root, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
