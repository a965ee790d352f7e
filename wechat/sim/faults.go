package sim

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// What a fault may befall.
const (
	FaultCall         = "call"         // a request to WeChat's servers
	FaultNotification = "notification" // a notice of WeChat Pay
	FaultPush         = "push"         // a message or event pushed to the developer's URL
	FaultOutcome      = "outcome"      // what becomes of a payment or refund
)

// Fault is something that goes wrong on purpose: at everything that fits all of its filters (an empty one fits anything),
// Count times, each time with Probability.
type Fault struct {
	ID     string `json:"id"`
	Target string `json:"target"` // call, notification, push or outcome
	Kind   string `json:"kind"`   // see FaultKinds

	Path   string `json:"path,omitempty"`   // prefix of a call's path
	Event  string `json:"event,omitempty"`  // of a notice or push, such as REFUND.SUCCESS or subscribe
	MchID  string `json:"mchid,omitempty"`  // merchant
	AppID  string `json:"appid,omitempty"`  // appid or corpid
	Person string `json:"person,omitempty"` // person's id, or an openid or external userid
	Ref    string `json:"ref,omitempty"`    // a number in it: out_trade_no, out_refund_no, transaction_id …

	Count       int     `json:"count"`                 // default 1; with Probability a million
	Left        int     `json:"left"`                  // firings to come
	Probability float64 `json:"probability,omitempty"` // 0 or 1: always
	Seed        uint64  `json:"seed,omitempty"`        // of the probability: the same seed hits the same occasions
	Drawn       uint64  `json:"drawn,omitempty"`       // occasions that fitted so far

	DelayMS int    `json:"delay_ms,omitempty"` // milliseconds of real time: delay, timeout_after_work
	Seconds int64  `json:"seconds,omitempty"`  // simulator's time for late and reorder; how far skew puts a timestamp off, may be negative
	Code    string `json:"code,omitempty"`     // of kind code: errcode, or code of v3
	Status  int    `json:"status,omitempty"`   // HTTP status of kind code
	Message string `json:"message,omitempty"`  // of kind code
}

// FaultKinds lists, by target, what may go wrong.
func FaultKinds() map[string][]string {
	return map[string][]string{
		FaultCall:         {"system_error", "rate_limit", "parallel", "code", "delay", "timeout_after_work", "drop", "cut", "skew", "rotate"},
		FaultNotification: {"drop", "delay", "late", "reorder", "duplicate", "skew"},
		FaultPush:         {"drop", "delay", "late", "reorder", "duplicate", "skew"},
		FaultOutcome:      {"userpaying", "payerror", "refund_abnormal", "refund_closed", "refund_processing"},
	}
}

const (
	maxFaults       = 100
	maxFaultCount   = 1_000_000
	maxFaultDelay   = 60_000
	maxFaultSeconds = 30 * 24 * 3600
)

// Faults is the list of faults to come. The zero value has none.
type Faults struct {
	mu       sync.Mutex
	list     []Fault
	seq      int64
	paused   bool
	released func()
	armed    atomic.Int32 // length of list
	changed  atomic.Bool  // since it was saved
}

// where is an occasion for a fault, as far as it is known. Refs are the numbers that name it.
type where struct {
	path, event, mchID, appID string
	persons                   []string // ids of one person
	refs                      []string
}

func (f *Fault) fits(at where) bool {
	return strings.HasPrefix(at.path, f.Path) && (f.Event == "" || f.Event == at.event) && (f.MchID == "" || f.MchID == at.mchID) &&
		(f.AppID == "" || f.AppID == at.appID) && (f.Person == "" || slices.Contains(at.persons, f.Person)) && (f.Ref == "" || slices.Contains(at.refs, f.Ref))
}

// draws tells whether chance lets it happen this time.
func (f *Fault) draws() bool {
	f.Drawn++
	if f.Probability == 0 || f.Probability >= 1 {
		return true
	}
	return rand.New(rand.NewPCG(f.Seed, f.Drawn)).Float64() < f.Probability
}

// Add arms a fault.
func (f *Faults) Add(x Fault) (Fault, error) {
	if err := x.check(); err != nil {
		return x, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) >= maxFaults {
		return x, bad("fault.range", "故障太多", "at most 100 faults may be armed")
	}
	f.seq++
	x.ID, x.Left, x.Drawn = "f"+itoa(f.seq), x.Count, 0
	f.list = append(f.list, x)
	f.noteChange()
	return x, nil
}

func (x *Fault) check() error {
	if kinds := FaultKinds()[x.Target]; !slices.Contains(kinds, x.Kind) {
		return bad("fault.kind", "未知的故障类型", "target must be call, notification, push or outcome, with a kind it knows: "+strings.Join(kinds, ", "))
	}
	if x.Count == 0 {
		if x.Count = 1; x.Probability > 0 {
			x.Count = maxFaultCount
		}
	}
	switch {
	case x.Count < 0 || x.Count > maxFaultCount || x.DelayMS < 0 || x.DelayMS > maxFaultDelay || x.Probability < 0 || x.Probability > 1:
		return bad("fault.range", "次数、延迟或概率超出范围", "count is 1 to 1000000, delay_ms at most 60000, probability 0 to 1")
	case x.Seconds > maxFaultSeconds || x.Seconds < -maxFaultSeconds || x.Seconds < 0 && x.Kind != "skew":
		return bad("fault.range", "秒数超出范围", "seconds is at most 30 days, and negative for skew only")
	case (x.Kind == "skew" || x.Kind == "late") && x.Seconds == 0:
		return bad("fault.seconds", "需要填写秒数", "skew and late need seconds")
	case x.Kind == "code" && (x.Code == "" || len(x.Code) > 64 || x.Status != 0 && (x.Status < 200 || x.Status > 599)):
		return bad("fault.code", "需要错误码，HTTP 状态在 200 到 599 之间", "kind code needs a code, and a status of 200 to 599 if any")
	}
	return nil
}

func (f *Faults) noteChange() {
	f.armed.Store(int32(len(f.list)))
	f.changed.Store(true)
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
	f.noteChange()
	return len(f.list) < before
}

// PauseNotifications holds every payment notice back, or lets the held ones go.
func (f *Faults) PauseNotifications(paused bool) {
	f.mu.Lock()
	was := f.paused
	f.paused = paused
	f.noteChange()
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

// take uses up one firing of the first fault that fits the occasion; with kinds, of one of those kinds only.
// It may be called with or without Server.mu.
func (f *Faults) take(target string, at where, kinds ...string) *Fault {
	if f.armed.Load() == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		x := &f.list[i]
		if x.Target != target || len(kinds) > 0 && !slices.Contains(kinds, x.Kind) || !x.fits(at) {
			continue
		}
		f.changed.Store(true)
		if !x.draws() {
			continue
		}
		x.Left--
		hit := *x
		if x.Left == 0 {
			f.list = slices.Delete(f.list, i, i+1)
			f.noteChange()
		}
		return &hit
	}
	return nil
}

// savedFaults is the list in the data file.
type savedFaults struct {
	Seq    int64   `json:"seq"`
	Paused bool    `json:"paused,omitempty"`
	List   []Fault `json:"list,omitempty"`
}

func (f *Faults) save() savedFaults {
	f.mu.Lock()
	defer f.mu.Unlock()
	return savedFaults{f.seq, f.paused, append([]Fault{}, f.list...)}
}

// restore puts what was saved before what this process armed already.
func (f *Faults) restore(in savedFaults) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq, f.paused, f.list = max(f.seq, in.Seq), f.paused || in.Paused, append(in.List, f.list...)
	f.armed.Store(int32(len(f.list)))
}

func (w *world) faultTable() table {
	return table{
		kind: "faults",
		get:  func(string) any { return w.faults.save() },
		put: func(_ string, raw []byte) error {
			w.savedFaults = savedFaults{}
			return json.Unmarshal(raw, &w.savedFaults)
		},
		each: func(visit func(string, any) error) error { return visit("faults", w.faults.save()) },
	}
}

// touchFaults notes changes of the faults for the data file.
func (s *Server) touchFaults() {
	if s.Faults.changed.Swap(false) {
		s.mu.Lock()
		s.touch("faults", "faults")
		s.mu.Unlock()
	}
}
