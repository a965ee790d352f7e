package sim

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	keptEntries = 2000
	keptBody    = 64 << 10
)

// entry is one exchange as the inspector shows it.
type entry struct {
	Seq     int64     `json:"seq"`
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"` // api, pay, push, notify, page, carrier
	Method  string    `json:"method"`
	Host    string    `json:"host"`
	Path    string    `json:"path"`
	Status  int       `json:"status"`
	MS      int64     `json:"ms"`
	Verdict string    `json:"verdict"` // ok, refused, failed
	Reason  string    `json:"reason,omitempty"`
	Person  string    `json:"person,omitempty"`
	AppID   string    `json:"appid,omitempty"`
	MchID   string    `json:"mchid,omitempty"`

	started    time.Time
	signString string
	request    exchange
	response   exchange
}

type exchange struct {
	header http.Header
	body   []byte
}

func keep(body []byte) []byte {
	if len(body) > keptBody {
		return body[:keptBody]
	}
	return body
}

// inspector is a ring of the last exchanges.
type inspector struct {
	mu   sync.Mutex
	ring [keptEntries]*entry
	seq  int64
}

func (i *inspector) add(e *entry) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seq++
	e.Seq = i.seq
	i.ring[i.seq%keptEntries] = e
}

// search gives the newest entries before a seq (0: the end) that hold q and are of kind (both may be empty).
func (i *inspector) search(q, kind string, before int64, limit int) (found []*entry, more bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if before <= 0 || before > i.seq+1 {
		before = i.seq + 1
	}
	found = []*entry{}
	q = strings.ToLower(q)
	for seq := before - 1; seq > 0 && seq > i.seq-keptEntries; seq-- {
		e := i.ring[seq%keptEntries]
		if kind != "" && e.Kind != kind || !e.holds(q) {
			continue
		}
		if len(found) == limit {
			return found, true
		}
		found = append(found, e)
	}
	return found, false
}

func (i *inspector) get(seq int64) *entry {
	i.mu.Lock()
	defer i.mu.Unlock()
	if seq <= 0 || seq > i.seq || seq <= i.seq-keptEntries {
		return nil
	}
	return i.ring[seq%keptEntries]
}

func (e *entry) holds(q string) bool {
	if q == "" {
		return true
	}
	for _, text := range []string{e.Path, e.Verdict, e.Reason, e.Person, e.AppID, e.MchID, string(e.request.body), string(e.response.body)} {
		if strings.Contains(strings.ToLower(text), q) {
			return true
		}
	}
	return false
}

type entryView struct {
	*entry
	Request    exchangeView `json:"request"`
	Response   exchangeView `json:"response"`
	SignString string       `json:"sign_string,omitempty"`
}

type exchangeView struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func (x exchange) view() exchangeView {
	v := exchangeView{Headers: make(map[string]string, len(x.header)), Body: strings.ToValidUTF8(string(x.body), "\uFFFD")}
	for name, values := range x.header {
		v.Headers[name] = strings.Join(values, ", ")
	}
	return v
}

func (e *entry) view() entryView {
	return entryView{entry: e, Request: e.request.view(), Response: e.response.view(), SignString: e.signString}
}

// note records something the simulator judged outside an API call, such as a page's signature.
func (s *Server) note(e *entry) {
	e.Time = s.Clock.Now()
	s.inspect.add(e)
}
