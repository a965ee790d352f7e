package chaos

import (
	"errors"
	"time"
)

// tick lets the clock of the house start what is due.
func tick(w *world) {
	w.pass(time.Duration(1+w.roll(20)) * time.Second)
	w.tick()
}

func (w *world) tick() {
	if err := w.house.Tick(w.ctx); err != nil && !w.down {
		w.fail("fault", "the clock's work failed: %v", err)
	}
}

// work lets events be heard.
func work(w *world) { w.work() }

func (w *world) work() {
	if err := w.house.Queue.Drain(w.ctx); err != nil && !w.down {
		w.fail("fault", "events were not heard: %v", err)
	}
}

func mail(w *world) { w.deliver() }

// minutes, hours and days let time go by; the house looks at the clock at its end
// only, as one that was down or slow does.
func minutes(w *world) { w.pass(minute(1 + w.roll(12))); w.tick() }
func hours(w *world)   { w.pass(time.Duration(1+w.roll(12)) * time.Hour); w.tick() }
func days(w *world)    { w.pass(time.Duration(1+w.roll(11)) * 24 * time.Hour); w.tick() }

// crash ends the house as kill -9 does; it is opened again at the end of the step.
func crash(w *world) {
	if !w.rules.NoCrashes {
		w.fall()
	}
}

// restart ends the house in order and opens it again.
func restart(w *world) {
	err := w.house.Close()
	w.down = true
	if err = errors.Join(err, w.open()); err != nil {
		w.fail("fault", "restart: %v", err)
	}
}
