package audit

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Sizes of one round: what it reads is bounded, however large the market is.
const (
	ordersAtOnce = 500
	skusAtOnce   = 200
	blocksAtOnce = 8
	// openAtMost is how many open orders a shop may have for what they hold to be
	// added up in one go; the stock of a busier shop is left to doctor.
	openAtMost = 20_000
)

// heardWithin is how long an event may wait while processes run; a gap longer than
// asleep between two rounds tells that this one did not run.
const (
	heardWithin = 10 * time.Minute
	asleep      = 5 * time.Minute
)

// Auditor compares books, orders and stock in the background, a little each
// round, shop after shop, for ever. It changes nothing. What it finds is logged
// once and kept until a later pass no longer finds it. Safe for concurrent use.
type Auditor struct {
	DB  *db.DB
	Now func() time.Time
	Log *slog.Logger

	round sync.Mutex // one round at a time
	at    position
	awake time.Time // since when rounds follow each other
	last  time.Time // the round before

	mu    sync.Mutex
	state Standing
	found map[string]Found
	pass  int
}

// position is where the next round goes on.
type position struct {
	shop  id.ID
	phase int
	from  id.ID // order or SKU
	seal  int64
}

// Found is a violation with when it was seen.
type Found struct {
	ledger.Violation
	First time.Time
	Last  time.Time
	pass  int
}

// Standing is how far the auditor has come and what it found.
type Standing struct {
	LastRun  time.Time // end of the newest round
	LastPass time.Time // when all shops were gone through; zero: not yet
	Passes   int
	Orders   int64 // compared since the process started
	SKUs     int64
	Blocks   int64 // of sealed books
	Skipped  int64 // shops with too many open orders to add up
	Found    []Found
}

// Standing tells how far the auditor has come, newest violation first.
func (a *Auditor) Standing() Standing {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.state
	out.Found = slices.SortedFunc(maps.Values(a.found), func(x, y Found) int { return cmp.Or(y.First.Compare(x.First), cmp.Compare(x.String(), y.String())) })
	return out
}

// phases of a shop, in turn. Each compares one portion on one snapshot, moves the
// position on and tells whether it is through with the shop.
var phases = []func(*Auditor, *db.Tx, *portion) error{(*Auditor).seals, (*Auditor).orders, (*Auditor).shelves}

// portion is the work of one round.
type portion struct {
	Report
	at     position
	done   bool // the phase is through with the shop
	blocks int64
	passed bool // over, as too large
}

// Round does one portion of the work. Call it every few seconds.
func (a *Auditor) Round(ctx context.Context) error {
	a.round.Lock()
	defer a.round.Unlock()
	if now := a.Now(); a.last.IsZero() || now.Sub(a.last) > asleep {
		a.awake = now
	}
	a.last = a.Now()
	if a.at.shop == 0 {
		if err := a.nextShop(ctx); err != nil || a.at.shop == 0 {
			return err
		}
	}
	var p portion
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p = portion{at: a.at}
		return phases[a.at.phase](a, tx, &p)
	})
	if err != nil {
		return err
	}
	a.note(p)
	if a.at = p.at; p.done {
		a.at.phase, a.at.from, a.at.seal = a.at.phase+1, 0, 0
	}
	if a.at.phase < len(phases) {
		return nil
	}
	return a.nextShop(ctx)
}

// heardBefore is the time up to which every event must have been heard; the zero
// time after a sleep, when there was nobody to hear.
func (a *Auditor) heardBefore() time.Time {
	limit := a.Now().Add(-heardWithin)
	if a.awake.After(limit) {
		return time.Time{}
	}
	return limit
}

// nextShop goes on to the next shop; after the last one a pass is over, and the
// next round begins with the first.
func (a *Auditor) nextShop(ctx context.Context) error {
	after := a.at.shop
	a.at = position{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		a.at.shop = 0
		return tx.Each(func(r db.Row) error { return r.Scan(&a.at.shop) }, `SELECT id FROM shops WHERE id > $1 ORDER BY id LIMIT 1`, after)
	})
	if err != nil || a.at.shop != 0 {
		return err
	}
	return a.endPass(ctx)
}

// endPass looks at what belongs to no shop and lets go of what was not found again.
func (a *Auditor) endPass(ctx context.Context) error {
	h, err := jobs.ReadHealth(ctx, a.DB)
	if err != nil {
		return err
	}
	var p portion
	if h.EventsWaiting > 0 && h.OldestEvent.Before(a.heardBefore()) {
		p.add(ledger.Violation{What: "events are not heard", Got: int64(h.EventsWaiting), Detail: "the oldest since " + h.OldestEvent.UTC().Format(time.RFC3339)})
	}
	a.note(p)
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.found, func(_ string, f Found) bool { return f.pass < a.pass })
	a.pass++
	a.state.Passes, a.state.LastPass = a.state.Passes+1, a.Now()
	return nil
}

// note takes over what a round found; each violation is logged once.
func (a *Auditor) note(p portion) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Now()
	if a.found == nil {
		a.found = map[string]Found{}
	}
	for _, v := range p.Violations {
		f, known := a.found[v.String()]
		if !known {
			if len(a.found) >= maxViolations {
				continue
			}
			f = Found{Violation: v, First: now}
			a.Log.Error("audit: "+v.What, "shop", v.Shop, "order", v.Order, "want", v.Want, "got", v.Got, "detail", v.Detail)
		}
		f.Last, f.pass = now, a.pass
		a.found[v.String()] = f
	}
	s := &a.state
	s.LastRun, s.Orders, s.SKUs, s.Blocks = now, s.Orders+int64(p.Orders), s.SKUs+int64(p.SKUs), s.Blocks+p.blocks
	if p.passed {
		s.Skipped++
	}
}

// seals holds sealed blocks of the books against their rows.
func (a *Auditor) seals(tx *db.Tx, p *portion) error {
	next, vs, err := ledger.VerifySeals(tx, p.at.shop, p.at.seal, blocksAtOnce)
	p.add(vs...)
	p.blocks, p.done, p.at.seal = next-p.at.seal, next == p.at.seal, next
	return err
}

// orders compares the next orders of the shop with all that speaks of them.
func (a *Auditor) orders(tx *db.Tx, p *portion) error {
	all, err := readOrders(tx, p.at.shop, max(p.at.from, 1), ordersAtOnce)
	if err != nil {
		return err
	}
	from, to := max(p.at.from, 1), id.ID(1<<63-1)
	if p.done = len(all) < ordersAtOnce; !p.done {
		to = all[len(all)-1].ID
	}
	f, err := gather(tx, p.at.shop, from, to)
	if err != nil {
		return err
	}
	reserved := map[id.ID]int64{} // of a part of the orders only: not compared here
	for _, o := range all {
		p.Orders++
		comparison{&p.Report, o, f}.compare(reserved)
		f.forget(o.ID)
	}
	f.orphans(&p.Report, p.at.shop)
	if err := p.delivered(tx, p.at.shop, all, a.heardBefore()); err != nil {
		return err
	}
	p.at.from = to + 1
	if p.done {
		p.at.from = 0
	}
	return nil
}

// shelves holds the next SKUs of the shop against their journal and against what
// open orders hold of them.
func (a *Auditor) shelves(tx *db.Tx, p *portion) error {
	held, ok, err := heldOf(tx, p.at.shop)
	if err != nil {
		return err
	}
	if !ok {
		p.passed, p.done = true, true
		return nil
	}
	last, n, err := p.shelvesFrom(tx, p.at.shop, p.at.from, held)
	p.done, p.at.from = n < skusAtOnce, last+1
	return err
}
