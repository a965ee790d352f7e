package lead_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/lead"
	"pgregory.net/rapid"
)

var ctx = context.Background()

// clock is a clock of one process.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

func claims(d *db.DB, n int) (all []*lead.Claim, clocks []*clock) {
	for i := range n {
		// The clocks of the machines are hours apart: it must not matter.
		k := &clock{t: time.Date(2026, 1, 1, i*5, 0, 0, 0, time.UTC)}
		all = append(all, &lead.Claim{DB: d, Name: "clock", Holder: fmt.Sprint("p", i), Now: k.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		clocks = append(clocks, k)
	}
	return all, clocks
}

func held(all []*lead.Claim) (out []int) {
	for i, c := range all {
		if c.Held() {
			out = append(out, i)
		}
	}
	return out
}

func TestOneLeadsAndAnotherTakesOver(t *testing.T) {
	d := dbtest.Postgres(t)
	all, clocks := claims(d, 3)
	step := func(which ...int) {
		t.Helper()
		for _, k := range clocks {
			k.add(2 * time.Second)
		}
		for _, i := range which {
			if err := all[i].Step(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 10 {
		step(0, 1, 2)
		if got := held(all); len(got) != 1 || got[0] != 0 {
			t.Fatalf("%v lead", got)
		}
	}
	// The leader falls silent: it stops leading before another one begins.
	for range 2 {
		step(1, 2)
	}
	if got := held(all); len(got) != 0 {
		t.Fatalf("%v lead after four seconds of silence", got)
	}
	for range 4 {
		step(1, 2)
	}
	if got := held(all); len(got) != 1 || got[0] == 0 {
		t.Fatalf("%v lead after twelve seconds of silence", got)
	}
	// The old one wakes up and learns that it does not lead any more.
	step(0, 1, 2)
	if got := held(all); len(got) != 1 || got[0] == 0 {
		t.Fatalf("%v lead after the old one woke up", got)
	}
}

func TestTheClaimIsGivenBack(t *testing.T) {
	d := dbtest.Postgres(t)
	all, _ := claims(d, 2)
	all[0].Every, all[0].Now = time.Millisecond, time.Now
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { all[0].Run(run); close(done) }()
	for i := 0; !all[0].Held() && i < 5000; i++ {
		time.Sleep(time.Millisecond)
	}
	stop()
	<-done
	if all[0].Held() {
		t.Error("it leads after its end")
	}
	if err := all[1].Step(ctx); err != nil || !all[1].Held() {
		t.Errorf("the next one has to wait: %v", err)
	}
}

func TestTheOneProcessOfSQLiteLeads(t *testing.T) {
	all, _ := claims(dbtest.SQLite(t), 1)
	all[0].Run(ctx)
	if !all[0].Held() {
		t.Error("nobody leads")
	}
}

// TestNeverTwoLeaders lets processes step, sleep and drift at random.
func TestNeverTwoLeaders(t *testing.T) {
	d := dbtest.Postgres(t)
	rapid.Check(t, func(t *rapid.T) {
		all, clocks := claims(d, 3)
		name := fmt.Sprint("race ", time.Now().UnixNano())
		for _, c := range all {
			c.Name = name
		}
		for range rapid.IntRange(5, 30).Draw(t, "steps") {
			for _, k := range clocks {
				k.add(time.Second)
			}
			for i, c := range all {
				if rapid.Bool().Draw(t, fmt.Sprint("steps ", i)) {
					if err := c.Step(ctx); err != nil {
						t.Fatal(err)
					}
				}
			}
			if got := held(all); len(got) > 1 {
				t.Fatalf("%v lead", got)
			}
		}
	})
}
