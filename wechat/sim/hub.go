package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	hubBuffer      = 256 // events a slow phone may lag behind before it is cut off
	maxSubscribers = 10_000
	heartbeat      = 15 * time.Second
)

// hub carries live events to the phones. Sending never waits.
type hub struct {
	mu     sync.Mutex
	subs   map[string]map[*subscriber]struct{}
	count  int
	closed bool
}

type subscriber struct {
	events chan []byte
	gone   chan struct{}
	once   sync.Once
}

func (u *subscriber) cut() { u.once.Do(func() { close(u.gone) }) }

func (h *hub) join(who string) *subscriber {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.count >= maxSubscribers {
		return nil
	}
	if h.subs == nil {
		h.subs = map[string]map[*subscriber]struct{}{}
	}
	if h.subs[who] == nil {
		h.subs[who] = map[*subscriber]struct{}{}
	}
	u := &subscriber{events: make(chan []byte, hubBuffer), gone: make(chan struct{})}
	h.subs[who][u] = struct{}{}
	h.count++
	return u
}

func (h *hub) leave(who string, u *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subs[who][u]; !ok {
		return
	}
	delete(h.subs[who], u)
	if h.count--; len(h.subs[who]) == 0 {
		delete(h.subs, who)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, set := range h.subs {
		for u := range set {
			u.cut()
		}
	}
}

func (h *hub) listening(who string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs[who]) > 0
}

// people lists whose phones are on.
func (h *hub) people() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.subs))
}

func (h *hub) send(who, event string, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.post(h.subs[who], event, data)
}

// all tells every phone.
func (h *hub) all(event string, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, set := range h.subs {
		h.post(set, event, data)
	}
}

func (h *hub) post(set map[*subscriber]struct{}, event string, data any) {
	if len(set) == 0 {
		return
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return
	}
	frame := fmt.Appendf(nil, "event: %s\ndata: %s\n\n", event, raw)
	for u := range set {
		select {
		case u.events <- frame:
		default:
			u.cut()
		}
	}
}

// serveEvents streams a person's events until either side goes.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	who := r.PathValue("id")
	s.mu.Lock()
	known := s.world.people[who] != nil
	s.mu.Unlock()
	if !known {
		writeJSON(w, http.StatusNotFound, missing("person "+who))
		return
	}
	u := s.hub.join(who)
	if u == nil {
		writeJSON(w, http.StatusServiceUnavailable, refuse(503, "events.full", "连接太多", "too many listeners"))
		return
	}
	defer s.hub.leave(who, u)
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	hello, _ := json.Marshal(map[string]any{"now": s.Clock.Now()})
	fmt.Fprintf(w, "event: hello\ndata: %s\n\n", hello)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for out.Flush() == nil {
		select {
		case <-r.Context().Done():
			return
		case <-u.gone:
			return
		case <-beat.C:
			fmt.Fprint(w, ": beat\n\n")
		case frame := <-u.events:
			w.Write(frame)
		}
	}
}
