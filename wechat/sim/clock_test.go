package sim

import (
	"context"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestClockModes(t *testing.T) {
	real := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := &Clock{base: func() time.Time { return real }}
	if !c.Now().Equal(real) || c.State().Mode != "real" {
		t.Fatalf("a zero clock is %+v", c.State())
	}
	c.Freeze()
	real = real.Add(time.Hour)
	if got := real.Sub(c.Now()); got != time.Hour || c.State().Mode != "frozen" {
		t.Fatalf("frozen it runs on by %s", time.Hour-got)
	}
	c.Unfreeze()
	c.SetSpeed(60)
	before := c.Now()
	real = real.Add(time.Minute)
	if got := c.Now().Sub(before); got != time.Hour {
		t.Fatalf("at speed 60 a minute is %s", got)
	}
	c.Set(real.Add(-24 * time.Hour))
	if got := real.Sub(c.Now()); got != 24*time.Hour {
		t.Fatalf("set back by a day it is %s behind", got)
	}
	saved := &Clock{base: c.base}
	saved.restore(c.save())
	if !saved.Now().Equal(c.Now()) {
		t.Fatal("a restored clock shows another time")
	}
	c.Reset()
	if !c.Now().Equal(real) {
		t.Fatal("reset it is not real")
	}
}

// However tasks are planned, Advance runs each at its own moment and in order, also those planned on the way.
func TestAdvanceRunsEverythingInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		c := &Clock{base: func() time.Time { return start }}
		c.Freeze()
		var ran []time.Duration
		want := 0
		span := 1000 * time.Second
		var plan func(at time.Duration, deep int)
		plan = func(at time.Duration, deep int) {
			if at <= span {
				want++
			}
			c.schedule(start.Add(at), func() {
				if got := c.Now().Sub(start); got != at {
					t.Fatalf("planned for %s, ran at %s", at, got)
				}
				ran = append(ran, at)
				if deep > 0 {
					plan(at+time.Duration(deep)*7*time.Second, deep-1)
				}
			})
		}
		for _, second := range rapid.SliceOfN(rapid.IntRange(0, 2000), 0, 20).Draw(t, "tasks") {
			plan(time.Duration(second)*time.Second, rapid.IntRange(0, 3).Draw(t, "deep"))
		}
		c.Advance(span)
		if !c.Now().Equal(start.Add(span)) {
			t.Fatalf("the clock stands at %s", c.Now())
		}
		if len(ran) != want {
			t.Fatalf("%d tasks ran, want %d", len(ran), want)
		}
		for i := 1; i < len(ran); i++ {
			if ran[i] < ran[i-1] {
				t.Fatalf("out of order: %v", ran)
			}
		}
	})
}

func TestLiveClockRunsWhatFallsDue(t *testing.T) {
	c := &Clock{}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go c.run(ctx)
	var all sync.WaitGroup
	all.Add(500)
	for i := range 500 {
		c.schedule(c.Now().Add(time.Duration(i%50)*time.Millisecond), all.Done)
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("500 tasks within 50 ms were not run in 5 s")
	}
	late := make(chan struct{})
	c.schedule(c.Now().Add(time.Hour), func() { close(late) })
	c.SetSpeed(100_000)
	select {
	case <-late:
	case <-time.After(5 * time.Second):
		t.Fatal("a faster clock did not wake the sleeper")
	}
}
