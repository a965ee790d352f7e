// Package visiting counts who looks at what, without making anybody wait: views
// gather in memory and are stored together every second.
package visiting

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// maxWaiting bounds the views in memory; beyond it views are not counted.
const maxWaiting = 100_000

// Counter gathers views. A crash loses at most a second of them.
type Counter struct {
	DB  *db.DB
	Now func() time.Time
	Log *slog.Logger

	mu      sync.Mutex
	waiting []report.Visit
}

// Source turns what a link says of itself into one of the known sources.
func Source(tag string) string {
	switch tag {
	case "inside", "outside", "paid", "floor":
		return tag
	case "singlemessage", "groupmessage", "timeline", "menu", "message":
		return "inside"
	case "weibo", "baidu", "taobao", "douyin":
		return "outside"
	case "gdt", "ads":
		return "paid"
	case "qr", "table", "door", "parcel":
		return "floor"
	}
	return "direct"
}

// Add counts a view; shop 0 is the market itself.
func (c *Counter) Add(shop id.ID, visitor, source string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) < maxWaiting {
		c.waiting = append(c.waiting, report.Visit{ShopID: shop, Visitor: visitor, Source: source, At: c.Now()})
	}
}

// Flush stores what has gathered.
func (c *Counter) Flush(ctx context.Context) error {
	c.mu.Lock()
	batch := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	for len(batch) > 0 {
		n := min(len(batch), 500)
		if err := c.DB.Write(ctx, func(tx *db.Tx) error { return report.AddVisits(tx, batch[:n]) }); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// Run flushes every second until ctx ends, and once more then.
func (c *Counter) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case <-tick.C:
		}
		if err := c.Flush(context.WithoutCancel(ctx)); err != nil {
			c.Log.Error("visits", "err", err)
		}
	}
}
