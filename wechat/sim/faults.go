package sim

import (
	"slices"
	"strings"
	"sync"
)

// Fault is something that goes wrong on purpose, Count times.
type Fault struct {
	ID      string `json:"id"`
	Target  string `json:"target"`          // call or notification
	Path    string `json:"path,omitempty"`  // prefix, for calls; empty: any
	MchID   string `json:"mchid,omitempty"` // empty: any
	Kind    string `json:"kind"`            // see faultKinds
	Count   int    `json:"count"`
	Left    int    `json:"left"`
	DelayMS int    `json:"delay_ms,omitempty"` // milliseconds, real time
}

var faultKinds = map[string][]string{
	"call":         {"system_error", "rate_limit", "parallel", "delay", "timeout_after_work", "drop"},
	"notification": {"drop", "delay", "duplicate"},
}

const maxFaults = 100

// Faults is the list of faults to come. The zero value has none.
type Faults struct {
	mu       sync.Mutex
	list     []Fault
	seq      int64
	paused   bool
	released func()
}

// Add arms a fault.
func (f *Faults) Add(x Fault) (Fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(faultKinds[x.Target], x.Kind) {
		return x, bad("fault.kind", "未知的故障类型", "target must be call or notification, with a kind it knows: "+strings.Join(faultKinds[x.Target], ", "))
	}
	if x.Count == 0 {
		x.Count = 1
	}
	if x.Count < 0 || x.Count > 1_000_000 || x.DelayMS < 0 || x.DelayMS > 60_000 || len(f.list) >= maxFaults {
		return x, bad("fault.range", "次数、延迟或数量超出范围", "count, delay_ms or the number of faults is out of range")
	}
	f.seq++
	x.ID, x.Left = "f"+itoa(f.seq), x.Count
	f.list = append(f.list, x)
	return x, nil
}

// List gives the faults that still have something to do.
func (f *Faults) List() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Fault{}, f.list...)
}

// Remove disarms one fault, or all when id is empty. It tells whether there was one.
func (f *Faults) Remove(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.list)
	f.list = slices.DeleteFunc(f.list, func(x Fault) bool { return id == "" || x.ID == id })
	return len(f.list) < before
}

// PauseNotifications holds every payment notice back, or lets the held ones go.
func (f *Faults) PauseNotifications(paused bool) {
	f.mu.Lock()
	was := f.paused
	f.paused = paused
	f.mu.Unlock()
	if was && !paused && f.released != nil {
		f.released()
	}
}

// NotificationsPaused tells whether notices are held back.
func (f *Faults) NotificationsPaused() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.paused
}

// take uses up one firing of the first fault that fits.
func (f *Faults) take(target, path, mchID string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		x := &f.list[i]
		if x.Target != target || !strings.HasPrefix(path, x.Path) || x.MchID != "" && x.MchID != mchID {
			continue
		}
		x.Left--
		hit := *x
		if x.Left == 0 {
			f.list = slices.Delete(f.list, i, i+1)
		}
		return &hit
	}
	return nil
}
