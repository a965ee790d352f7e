package visiting_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/flow/visiting"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

var noon = time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)

func TestViewsOfAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &visiting.Counter{DB: d, Now: func() time.Time { return noon }, Log: slog.Default()}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { c.Run(ctx); close(done) }()
		var wg sync.WaitGroup
		for p := range 8 {
			wg.Go(func() {
				for i := range 200 {
					c.Add(id.ID(5+i%2), fmt.Sprintf("v%d", p), "inside")
				}
			})
		}
		wg.Wait()
		stop() // what has gathered is stored on the way out
		<-done
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			for _, shop := range []id.ID{5, 6} {
				days, err := report.Days(tx, shop, noon, noon)
				if err != nil {
					return err
				}
				if days[0].Visitors != 8 || days[0].Pages != 800 {
					t.Errorf("shop %d: %+v", shop, days[0])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestViewsInMemoryAreBounded(t *testing.T) {
	d := dbtest.SQLite(t)
	c := &visiting.Counter{DB: d, Now: func() time.Time { return noon }, Log: slog.Default()}
	for range 120_000 {
		c.Add(5, "v1", "direct")
	}
	if err := c.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		days, err := report.Days(tx, 5, noon, noon)
		if len(days) != 1 || days[0].Pages != 100_000 {
			t.Errorf("%+v", days)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestABrokenDatabaseIsLogged(t *testing.T) {
	d := dbtest.SQLite(t)
	var log bytes.Buffer
	c := &visiting.Counter{DB: d, Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(&log, nil))}
	c.Add(5, "v1", "direct")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	c.Run(ctx)
	if !strings.Contains(log.String(), "visits") {
		t.Errorf("lost views are not in the log: %q", log.String())
	}
}

func TestSources(t *testing.T) {
	known := map[string]bool{}
	for _, s := range report.Sources() {
		known[s] = true
	}
	for tag, want := range map[string]string{"timeline": "inside", "menu": "inside", "weibo": "outside", "gdt": "paid", "table": "floor", "": "direct", "'; DROP": "direct", "floor": "floor"} {
		if got := visiting.Source(tag); got != want || !known[got] {
			t.Errorf("%q is %q", tag, got)
		}
	}
}
