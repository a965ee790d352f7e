package sim

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Shanghai is the zone of every time WeChat writes for people.
var shanghai = time.FixedZone("CST", 8*3600)

const (
	maxStepTasks = 200_000 // tasks one Advance may run
	maxInFlight  = 64      // tasks that run at once by the live clock
)

// Clock is the simulator's time: real, frozen or running at any speed. Windows, expiries and retry schedules follow it;
// the timestamps inside signatures follow Server.Now, because SDKs compare them with their own clock.
// The zero value is a real clock.
type Clock struct {
	mu       sync.Mutex
	base     func() time.Time
	frozen   bool
	at       time.Time // frozen time
	speed    float64   // 0 means 1
	realAt   time.Time // anchor: base time …
	simAt    time.Time // … and the simulator's time at it; zero: no offset
	tasks    taskHeap
	seq      int64
	stepping bool
	inFlight int
	full     bool      // so many tasks run that due ones wait: whoever is done wakes the loop
	idlers   chan task // to goroutines that are done and stay a moment: a grown stack is worth keeping
	idle     *sync.Cond
	wake     chan struct{}
	changed  func() // told after every change by a person
	stepMu   sync.Mutex
}

// ClockState is the clock as the API shows it. OffsetMS is how far it is ahead of the real one, in milliseconds.
type ClockState struct {
	Mode     string    `json:"mode"` // real, frozen, running
	Now      time.Time `json:"now"`
	Speed    float64   `json:"speed"`
	OffsetMS int64     `json:"offset_ms"`

	Next    *time.Time `json:"next,omitempty"` // when something falls due
	Waiting int        `json:"waiting"`        // how much is waiting for its time
}

type task struct {
	at  time.Time
	seq int64
	run func()
}

type taskHeap []task

func (h taskHeap) Len() int { return len(h) }
func (h taskHeap) Less(i, j int) bool {
	return h[i].at.Before(h[j].at) || h[i].at.Equal(h[j].at) && h[i].seq < h[j].seq
}
func (h taskHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *taskHeap) Push(x any)   { *h = append(*h, x.(task)) }
func (h *taskHeap) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = task{}
	*h = (*h)[:len(*h)-1]
	return last
}

func (c *Clock) init() {
	if c.base == nil {
		c.base = time.Now
	}
	if c.wake == nil {
		c.wake = make(chan struct{}, 1)
		c.idlers = make(chan task)
		c.idle = sync.NewCond(&c.mu)
	}
}

// Now is the simulator's time in +08:00.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	c.init()
	switch {
	case c.frozen:
		return c.at.In(shanghai)
	case c.realAt.IsZero():
		return c.base().In(shanghai)
	default:
		return c.simAt.Add(time.Duration(float64(c.base().Sub(c.realAt)) * c.rate())).In(shanghai)
	}
}

func (c *Clock) rate() float64 {
	if c.speed == 0 {
		return 1
	}
	return c.speed
}

// State describes the clock.
func (c *Clock) State() ClockState {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	s := ClockState{Mode: "real", Now: now, Speed: c.rate(), OffsetMS: now.Sub(c.base()).Milliseconds()}
	if c.frozen {
		s.Mode = "frozen"
	} else if !c.realAt.IsZero() {
		s.Mode = "running"
	}
	if s.Waiting = len(c.tasks); s.Waiting > 0 {
		next := c.tasks[0].at.In(shanghai)
		s.Next = &next
	}
	return s
}

// Freeze stops the clock.
func (c *Clock) Freeze() { c.change(func() { c.at, c.frozen = c.now(), true }) }

// Unfreeze lets the clock run on from where it stands.
func (c *Clock) Unfreeze() { c.change(func() { c.anchor(c.now()); c.frozen = false }) }

// SetSpeed makes the clock run speed times as fast as the real one (above 0, at most 100000).
func (c *Clock) SetSpeed(speed float64) {
	if speed <= 0 {
		return
	}
	c.change(func() { c.anchor(c.now()); c.speed = min(speed, 100_000) })
}

// Reset makes the clock real again.
func (c *Clock) Reset() {
	c.change(func() { c.frozen, c.speed, c.realAt, c.simAt = false, 0, time.Time{}, time.Time{} })
}

// Set moves the clock to t: forward through everything that falls due, backward at once.
func (c *Clock) Set(t time.Time) {
	if d := t.Sub(c.Now()); d > 0 {
		c.Advance(d)
		return
	}
	c.change(func() { c.at = t; c.anchor(t) })
}

func (c *Clock) anchor(t time.Time) { c.realAt, c.simAt = c.base(), t }

func (c *Clock) change(f func()) {
	c.mu.Lock()
	c.init()
	f()
	c.mu.Unlock()
	c.nudge()
}

func (c *Clock) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
	if c.changed != nil {
		c.changed()
	}
}

// Advance moves the clock forward and runs, in order and at its own moment, everything that falls due on the way;
// it returns when all of that is done.
func (c *Clock) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.stepMu.Lock()
	defer c.stepMu.Unlock()
	c.mu.Lock()
	c.init()
	start, wasFrozen := c.now(), c.frozen
	target := start.Add(d)
	c.stepping, c.frozen, c.at = true, true, start
	for c.inFlight > 0 {
		c.idle.Wait()
	}
	for n := 0; len(c.tasks) > 0 && !c.tasks[0].at.After(target) && n < maxStepTasks; n++ {
		next := heap.Pop(&c.tasks).(task)
		if next.at.After(c.at) {
			c.at = next.at
		}
		c.mu.Unlock()
		next.run()
		c.mu.Lock()
	}
	c.at = target
	if !wasFrozen {
		c.frozen = false
		c.anchor(target)
	}
	c.stepping = false
	c.mu.Unlock()
	c.nudge()
}

// Jump advances to the moment when something next falls due; it is false when nothing is waiting.
func (c *Clock) Jump() bool {
	state := c.State()
	if state.Next == nil {
		return false
	}
	c.Advance(max(state.Next.Sub(state.Now), 1))
	return true
}

// schedule runs f once the clock has reached at.
func (c *Clock) schedule(at time.Time, f func()) {
	c.mu.Lock()
	c.init()
	c.seq++
	heap.Push(&c.tasks, task{at: at, seq: c.seq, run: f})
	first := c.tasks[0].seq == c.seq
	c.mu.Unlock()
	if first {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// run is the live clock: it starts what falls due until ctx ends.
func (c *Clock) run(ctx context.Context) {
	c.mu.Lock()
	c.init()
	c.mu.Unlock()
	for {
		timer := time.NewTimer(c.startDue())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// startDue starts every due task and tells how long (real time) to sleep until the next.
func (c *Clock) startDue() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.tasks) > 0 && !c.stepping {
		d := c.tasks[0].at.Sub(c.now())
		if d > 0 && c.frozen {
			break
		}
		if d > 0 {
			return min(time.Duration(float64(d)/c.rate())+time.Millisecond, time.Hour)
		}
		if c.inFlight >= maxInFlight {
			c.full = true
			break
		}
		c.inFlight++
		t := heap.Pop(&c.tasks).(task)
		select {
		case c.idlers <- t:
		default:
			go c.runLive(t)
		}
	}
	return time.Hour
}

const stays = time.Second // how long a goroutine waits for a further task

// runLive runs a task, and then whatever else falls due before it has waited too long.
func (c *Clock) runLive(t task) {
	patience := time.NewTimer(stays)
	defer patience.Stop()
	for {
		for more := true; more; {
			t.run()
			t, more = c.nextDue()
		}
		patience.Reset(stays)
		select {
		case t = <-c.idlers:
		case <-patience.C:
			return
		}
	}
}

// nextDue takes the next task that is due; when there is none, whoever asked is done.
func (c *Clock) nextDue() (task, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tasks) > 0 && !c.stepping && !c.tasks[0].at.After(c.now()) {
		return heap.Pop(&c.tasks).(task), true
	}
	c.inFlight--
	c.idle.Broadcast()
	if c.full {
		c.full = false
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	return task{}, false
}

// savedClock is what a restart needs to go on in the same virtual time.
type savedClock struct {
	Frozen bool      `json:"frozen,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Speed  float64   `json:"speed,omitempty"`
	RealAt time.Time `json:"real_at,omitzero"`
	SimAt  time.Time `json:"sim_at,omitzero"`
}

func (c *Clock) save() savedClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	return savedClock{c.frozen, c.at, c.speed, c.realAt, c.simAt}
}

func (c *Clock) restore(s savedClock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen, c.at, c.speed, c.realAt, c.simAt = s.Frozen, s.At, s.Speed, s.RealAt, s.SimAt
}
