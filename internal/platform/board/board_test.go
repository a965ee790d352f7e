package board_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/board"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

func start(t *testing.T, d *db.DB, self string) (*board.Board, chan string) {
	heard := make(chan string, 10_000)
	b := &board.Board{DB: d, Self: self, Hear: func(h string) { heard <- h }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { b.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return b, heard
}

func next(t *testing.T, heard chan string) string {
	t.Helper()
	select {
	case h := <-heard:
		return h
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was heard")
		return ""
	}
}

func TestOthersHear(t *testing.T) {
	d := dbtest.Postgres(t)
	a, heardA := start(t, d, "a")
	b, heardB := start(t, d, "b")
	// Whoever begins to listen may have missed something.
	if x, y := next(t, heardA), next(t, heardB); x != board.Everything || y != board.Everything {
		t.Fatalf("%q %q", x, y)
	}
	a.Say("page/1/2")
	a.Say("page/1/2")
	if got := next(t, heardB); got != "page/1/2" {
		t.Errorf("b heard %q", got)
	}
	b.Say("tree")
	if got := next(t, heardA); got != "tree" {
		t.Errorf("a heard %q, its own hint perhaps", got)
	}
	for i := range 5000 {
		a.Say(fmt.Sprint("page/", i))
	}
	for range 5000 {
		if next(t, heardB) == board.Everything {
			return
		}
	}
	t.Error("a flood was not told as everything")
}

func TestALostLineIsTakenUpAgain(t *testing.T) {
	d := dbtest.Postgres(t)
	_, heard := start(t, d, "a")
	b, _ := start(t, d, "b")
	next(t, heard)
	err := d.Control().Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, heard); got != board.Everything {
		t.Fatalf("after the line broke: %q", got)
	}
	b.Say("tree")
	if got := next(t, heard); got != "tree" {
		t.Errorf("heard %q", got)
	}
}

func TestAloneItIsSilent(t *testing.T) {
	b := &board.Board{DB: dbtest.SQLite(t), Hear: func(h string) { t.Errorf("heard %q", h) }}
	b.Say("x")
	b.Run(context.Background()) // returns at once
}
