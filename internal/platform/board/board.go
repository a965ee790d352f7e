// Package board carries hints between the processes of one database: what one of
// them changed, the others forget. A hint may be lost; whoever keeps something for
// speed also lets it grow old by itself.
package board

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// Everything is heard instead of single hints when some may have been missed.
const Everything = "*"

const (
	channel   = "shuke_hints"
	gather    = 20 * time.Millisecond // how long hints gather before they are sent together
	maxHints  = 300                   // distinct hints of one sending; more of them, and it is Everything
	maxText   = 7500                  // bytes of one sending; PostgreSQL takes 8,000
	listenGap = 2 * time.Second       // before listening is tried again
)

// Board is one process's end. Where one process has the database alone (SQLite) it
// is silent.
type Board struct {
	DB *db.DB
	// Self names this process, so that it does not hear itself.
	Self string
	// Hear is told every hint of other processes, or Everything.
	Hear func(hint string)
	Log  *slog.Logger

	once    sync.Once
	wake    chan struct{}
	mu      sync.Mutex
	waiting map[string]bool
}

func (b *Board) ready() {
	b.once.Do(func() { b.wake, b.waiting = make(chan struct{}, 1), map[string]bool{} })
}

// Say notes a hint for the others; it never waits. A hint has no spaces.
func (b *Board) Say(hint string) {
	if b.DB.Engine() == db.SQLite {
		return
	}
	b.ready()
	b.mu.Lock()
	if len(b.waiting) < maxHints {
		b.waiting[hint] = true
	} else {
		b.waiting = map[string]bool{Everything: true}
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run sends and hears until ctx ends.
func (b *Board) Run(ctx context.Context) {
	if b.DB.Engine() == db.SQLite {
		return
	}
	b.ready()
	var wg sync.WaitGroup
	wg.Go(func() { b.send(ctx) })
	wg.Go(func() { b.listen(ctx) })
	wg.Wait()
}

func (b *Board) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gather):
		}
		b.mu.Lock()
		hints := b.waiting
		b.waiting = map[string]bool{}
		b.mu.Unlock()
		text := b.Self
		for h := range hints {
			text += " " + h
		}
		if len(text) > maxText {
			text = b.Self + " " + Everything
		}
		if err := b.DB.Control().Notify(ctx, channel, text); err != nil && ctx.Err() == nil {
			b.Log.Warn("hints were not sent", "err", err)
		}
	}
}

func (b *Board) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.DB.Control().Listen(ctx, channel, func() { b.Hear(Everything) }, b.heard)
		if ctx.Err() != nil {
			return
		}
		b.Log.Warn("hints are not heard", "err", fmt.Errorf("listen: %w", err))
		select {
		case <-ctx.Done():
		case <-time.After(listenGap):
		}
	}
}

func (b *Board) heard(text string) {
	from, hints, _ := strings.Cut(text, " ")
	if from == b.Self {
		return
	}
	for h := range strings.FieldsSeq(hints) {
		b.Hear(h)
	}
}
