package sim

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	keptEntries = 5000
	keptBytes   = 48 << 20 // of all entries together
	keptBody    = 64 << 10 // of one body
)

// entry is one exchange as the inspector shows it.
type entry struct {
	Seq     int64     `json:"seq"`
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"` // api, pay, pay_v2, work, push, notify, page, carrier, ads, proxy
	Method  string    `json:"method"`
	Host    string    `json:"host"`
	TLS     bool      `json:"tls,omitempty"`
	Path    string    `json:"path"` // with the query
	Status  int       `json:"status"`
	MS      int64     `json:"ms"`
	Verdict string    `json:"verdict"` // ok, refused, failed
	Reason  string    `json:"reason,omitempty"`
	Person  string    `json:"person,omitempty"`
	AppID   string    `json:"appid,omitempty"`
	MchID   string    `json:"mchid,omitempty"`
	Replay  int64     `json:"replay_of,omitempty"` // the entry that was sent again

	started    time.Time
	weight     int // size when it was added
	signString string
	request    exchange
	response   exchange
}

type exchange struct {
	header http.Header
	body   []byte
	cut    bool // the body was longer than what is kept
}

// address is where the exchange went: absolute, with the query.
func (e *entry) address() string {
	if e.TLS {
		return "https://" + e.Host + e.Path
	}
	return "http://" + e.Host + e.Path
}

func keep(body []byte) []byte {
	if len(body) > keptBody {
		return body[:keptBody:keptBody]
	}
	return body
}

// size is about what an entry takes in memory.
func (e *entry) size() int {
	n := 400 + len(e.Path) + len(e.Reason) + len(e.signString)
	for _, x := range []exchange{e.request, e.response} {
		n += len(x.body)
		for name, values := range x.header {
			n += 80 + len(name)
			for _, value := range values {
				n += len(value)
			}
		}
	}
	return n
}

// inspector keeps the last exchanges, bounded by number and by bytes.
type inspector struct {
	mu      sync.Mutex
	entries []*entry // oldest first, seq without gaps
	bytes   int
	seq     int64
	paused  bool
}

func (i *inspector) add(e *entry) {
	e.weight = e.size()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.paused {
		return
	}
	i.seq++
	e.Seq = i.seq
	i.entries = append(i.entries, e)
	i.bytes += e.weight
	drop := 0
	for len(i.entries)-drop > keptEntries || i.bytes > keptBytes && drop < len(i.entries)-1 {
		i.bytes -= i.entries[drop].weight
		i.entries[drop] = nil
		drop++
	}
	i.entries = i.entries[drop:]
}

// clear forgets everything; seqs go on.
func (i *inspector) clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.entries, i.bytes = nil, 0
}

func (i *inspector) pause(paused bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.paused = paused
}

func (i *inspector) isPaused() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.paused
}

// query says which entries are wanted; empty members fit all.
type query struct {
	text                                        string // anywhere in the entry, lower case
	kind, verdict, person, appID, mchID, method string
	path                                        string // part of the path, without its query
	before                                      int64  // seq; 0: the end
	limit                                       int
}

func (q query) fits(e *entry) bool {
	path, _, _ := strings.Cut(e.Path, "?")
	return (q.kind == "" || e.Kind == q.kind) && (q.verdict == "" || e.Verdict == q.verdict) && (q.person == "" || e.Person == q.person) &&
		(q.appID == "" || e.AppID == q.appID) && (q.mchID == "" || e.MchID == q.mchID) && (q.method == "" || e.Method == q.method) &&
		strings.Contains(path, q.path) && e.holds(q.text)
}

// search gives the newest entries that fit, and whether there are more.
func (i *inspector) search(q query) (found []*entry, more bool) {
	i.mu.Lock()
	entries := slices.Clone(i.entries)
	i.mu.Unlock()
	q.text, found = strings.ToLower(q.text), []*entry{}
	for n := len(entries) - 1; n >= 0; n-- {
		e := entries[n]
		if q.before > 0 && e.Seq >= q.before || !q.fits(e) {
			continue
		}
		if len(found) == q.limit {
			return found, true
		}
		found = append(found, e)
	}
	return found, false
}

func (i *inspector) get(seq int64) *entry {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.entries) == 0 || seq < i.entries[0].Seq || seq > i.seq {
		return nil
	}
	return i.entries[seq-i.entries[0].Seq]
}

func (e *entry) holds(q string) bool {
	if q == "" {
		return true
	}
	for _, text := range []string{e.Path, e.Host, e.Verdict, e.Reason, e.Person, e.AppID, e.MchID, string(e.request.body), string(e.response.body)} {
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
	Decrypted  string       `json:"decrypted,omitempty"` // what is inside an encrypted notice or push
	Curl       string       `json:"curl"`
}

type exchangeView struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func (x exchange) view() exchangeView {
	v := exchangeView{Headers: make(map[string]string, len(x.header)), Body: x.text()}
	for name, values := range x.header {
		v.Headers[name] = strings.Join(values, ", ")
	}
	return v
}

func (x exchange) text() string { return strings.ToValidUTF8(string(x.body), "\uFFFD") }

func (s *Server) viewEntry(e *entry) entryView {
	return entryView{entry: e, Request: e.request.view(), Response: e.response.view(), SignString: e.signString, Decrypted: s.decrypted(e), Curl: e.curl()}
}

// note records something the simulator judged outside an API call, such as a page's signature.
func (s *Server) note(e *entry) {
	e.Time = s.Clock.Now()
	s.inspect.add(e)
}
