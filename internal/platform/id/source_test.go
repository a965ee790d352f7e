package id

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestUniqueOverNodesAndGoroutines(t *testing.T) {
	const goroutines, each = 4, 20_000
	now := time.Now
	sources := []*Source{{Now: now, Node: 0}, {Now: now, Node: 1}, {Now: now, Node: MaxNode}}
	made := make([][]ID, len(sources)*goroutines)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			for range each {
				made[i] = append(made[i], sources[i%len(sources)].Next())
			}
		})
	}
	wg.Wait()
	seen := make(map[ID]bool, len(made)*each)
	for _, ids := range made {
		for i, one := range ids {
			if seen[one] || one <= 0 || i > 0 && ids[i-1] >= one {
				t.Fatalf("id %d is repeated, out of order or not positive", one)
			}
			seen[one] = true
		}
	}
}

// TestOrderedWhateverTheClockDoes moves the clock at random, also backward and
// before the epoch.
func TestOrderedWhateverTheClockDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := Epoch.Add(time.Duration(rapid.Int64Range(-10, 1e6).Draw(t, "start")) * time.Millisecond)
		src := Source{Now: func() time.Time { return now }, Node: rapid.IntRange(0, MaxNode).Draw(t, "node")}
		var last ID
		high := now
		for _, step := range rapid.SliceOfN(rapid.Int64Range(-5000, 5000), 1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(step) * time.Millisecond)
			if now.After(high) {
				high = now
			}
			next := src.Next()
			if next <= last || next.Node() != src.Node {
				t.Fatalf("%d does not follow %d", next, last)
			}
			if ahead := next.Time().Sub(high); ahead > time.Millisecond && high.After(Epoch) {
				t.Fatalf("id is %s ahead of the highest time seen", ahead)
			}
			last = next
		}
	})
}

func TestBurstBorrowsUpToItsBound(t *testing.T) {
	now := Epoch.Add(time.Hour)
	src := Source{Now: func() time.Time { return now }}
	first := src.Next()
	for range 3 * 4096 {
		src.Next()
	}
	if ahead := src.Next().Time().Sub(first.Time()); ahead != 3*time.Millisecond {
		t.Fatalf("12,289 ids in one millisecond ran %s ahead, want 3ms", ahead)
	}
	src.last.Store((time.Hour.Milliseconds() + maxBorrow) << sequenceBits)
	if _, ok := src.take(src.clock(), false); ok {
		t.Fatal("more was borrowed than the bound allows")
	}
	began := time.Now()
	late := src.Next() // waits for a clock that never moves, then goes on
	if waited := time.Since(began); waited < time.Second || late.Time().Sub(now) < maxBorrow*time.Millisecond {
		t.Fatalf("waited %s and got an id of %s", waited, late.Time())
	}
}

func TestResume(t *testing.T) {
	newest := (&Source{Now: func() time.Time { return Epoch.Add(2 * time.Hour) }, Node: 7}).Next()
	src := &Source{Now: func() time.Time { return Epoch.Add(time.Hour) }, Node: 7}
	src.Resume(newest)
	if next := src.Next(); next <= newest {
		t.Fatalf("%d does not follow the stored %d", next, newest)
	}
	other := &Source{Now: src.Now, Node: 8}
	other.Resume(newest)
	if next := other.Next(); next >= newest {
		t.Fatalf("node 8 took over the time of node 7: %d", next)
	}
}

func TestFaultySourceIsRefused(t *testing.T) {
	far := func() time.Time { return time.Date(2094, 1, 1, 0, 0, 0, 0, time.UTC) }
	for _, src := range []*Source{{}, {Now: time.Now, Node: -1}, {Now: time.Now, Node: 1024}} {
		if src.Validate() == nil {
			t.Errorf("node %d was accepted", src.Node)
		}
	}
	if err := (&Source{Now: time.Now, Node: MaxNode}).Validate(); err != nil {
		t.Error(err)
	}
	for _, src := range []*Source{{Now: time.Now, Node: 1024}, {Now: far}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("an id that does not fit was made")
				}
			}()
			src.Next()
		}()
	}
}

func BenchmarkNext(b *testing.B) {
	src := &Source{Now: time.Now, Node: 1}
	for b.Loop() {
		src.Next()
	}
}

func BenchmarkNextParallel(b *testing.B) {
	src := &Source{Now: time.Now, Node: 1}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			src.Next()
		}
	})
}
