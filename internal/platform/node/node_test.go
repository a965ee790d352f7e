package node_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/node"
)

func TestNumbersAreHeldOnceAndReturn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var mu sync.Mutex
		held := map[int]*node.Lease{}
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				l, err := node.Acquire(ctx, d, func() time.Time { return now }, string(rune('a'+i)))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if held[l.Number] != nil {
					t.Errorf("number %d is held twice", l.Number)
				}
				held[l.Number] = l
			})
		}
		wg.Wait()
		if err := held[3].Release(ctx); err != nil {
			t.Fatal(err)
		}
		l, err := node.Acquire(ctx, d, func() time.Time { return now }, "new")
		if err != nil || l.Number != 3 {
			t.Fatalf("got %+v, %v; want the released 3", l, err)
		}
		later, err := node.Acquire(ctx, d, func() time.Time { return now.Add(time.Hour) }, "later")
		if err != nil || later.Number != 0 {
			t.Fatalf("got %+v, %v; want the expired 0", later, err)
		}
	})
}
