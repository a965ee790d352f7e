package checkout

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

const (
	// maxBatch bounds how many callers are served together.
	maxBatch = 256
	// maxWaiting bounds how many callers wait; more are told to come again.
	maxWaiting = 20_000
	// placeTimeout bounds the transaction of a batch.
	placeTimeout = 30 * time.Second
	// attempts bounds how often a batch is decided anew when rivals moved its stock.
	attempts = 4
	// strikes is how many callers in a row may fail alone before the trouble is
	// taken for everybody's.
	strikes = 3
)

// ErrBusy is returned when too many callers wait, or rivals were quicker each time.
var ErrBusy = errs.New(errs.Unavailable, "try_again", "系统正忙，请稍后再试", "Busy; please try again")

// request is a caller of PlaceOrder. Until done is closed, out and err belong to
// who serves it.
type request struct {
	In
	shops []basket
	key   order.CheckoutKey
	input int64

	done chan struct{}
	out  Placed
	err  error
}

// queue holds the callers that wait. The one who finds nobody serving starts to
// serve; serving ends when nobody waits. The zero value is ready.
type queue struct {
	mu      sync.Mutex
	waiting []*request
	serving int
}

// join takes a place in the queue and starts serve when fewer than rivals serve.
func (q *queue) join(r *request, rivals int, serve func()) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= maxWaiting {
		return ErrBusy
	}
	q.waiting = append(q.waiting, r)
	if q.serving < rivals {
		q.serving++
		go serve()
	}
	return nil
}

// leave gives the place in the queue up; false when its turn has come.
func (q *queue) leave(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, r)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	return i >= 0
}

// take gives the next callers, in the order in which they came; of those with the
// same key the first, for the others want its answer. When nobody waits it gives
// none, and who served serves no more.
func (q *queue) take() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.waiting, q.serving = nil, q.serving-1
		return nil
	}
	n := min(len(q.waiting), maxBatch)
	batch, same := make([]*request, 0, n), []*request(nil)
	keys := make(map[order.CheckoutKey]bool, n)
	for _, r := range q.waiting[:n] {
		if keys[r.key] {
			same = append(same, r)
			continue
		}
		keys[r.key] = true
		batch = append(batch, r)
	}
	q.waiting = append(same, q.waiting[n:]...)
	return batch
}

// rivals is how many batches are placed at once: one where one writes; two where a
// second can be decided while the first waits for the disk.
func (d *Deps) rivals() int {
	if d.DB.Engine() == db.SQLite {
		return 1
	}
	return 2
}

// serve places what waits until nothing does.
func (d *Deps) serve() {
	for batch := d.queue.take(); batch != nil; batch = d.queue.take() {
		d.answer(batch)
	}
}

// answer places a batch and wakes its callers. An unexpected error of the batch is
// not everybody's: then each is placed alone.
func (d *Deps) answer(batch []*request) {
	err := d.together(batch)
	if err == nil || len(batch) == 1 || errors.Is(err, db.ErrFull) || errors.Is(err, db.ErrClosed) {
		for _, r := range batch {
			r.end(err)
		}
		return
	}
	failed := 0
	for i, r := range batch {
		if failed < strikes {
			err = d.together(batch[i : i+1])
		}
		if failed++; err == nil {
			failed = 0
		}
		r.end(err)
	}
}

// end wakes the caller; err is the error of the transaction, if any.
func (r *request) end(err error) {
	if err != nil {
		r.out, r.err = Placed{}, err
	}
	close(r.done)
}

// together places a batch in one transaction. The error of it is nobody's own: each
// has its own in its request.
func (d *Deps) together(batch []*request) error {
	ctx, cancel := context.WithTimeout(context.Background(), placeTimeout)
	defer cancel()
	if err := d.warm(ctx, batch); err != nil {
		return err
	}
	for range attempts {
		err := d.DB.Write(ctx, func(tx *db.Tx) error { return d.place(tx, batch, d.Now()) })
		if !errors.Is(err, inventory.ErrMoved) && !errors.Is(err, promotion.ErrMoved) {
			return err
		}
	}
	return ErrBusy
}
