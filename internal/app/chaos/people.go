package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// memory is what the people of a run remember.
type memory struct {
	boxes []*box
	deals []*deal
	keys  int
	trace uint64 // of all answers: two runs of a seed must agree
	calls int
	codes map[string]int
}

// box is a checkout that was placed and acknowledged.
type box struct {
	who     int // person
	id      id.ID
	total   int64
	key     string
	body    map[string]any
	deals   []*deal
	prepays []string
	paid    int64 // fen the person has really paid for it, by the phone
	seen    bool  // a second answer must be the same
}

// deal is an order of a box.
type deal struct {
	key
	box   *box
	stall int
	asks  []id.ID // after-sales
}

func (m *memory) make() { m.codes = map[string]int{} }

func (m *memory) nextKey() string {
	m.keys++
	return fmt.Sprintf("chaos-%06d", m.keys)
}

// reply is what a page got back.
type reply struct {
	code    int
	problem string // stable code of a refusal
	body    []byte
}

func (r reply) ok() bool { return r.code >= 200 && r.code < 300 }

func (r reply) into(v any) bool { return r.ok() && json.Unmarshal(r.body, v) == nil }

// pass is a session of a shop's owner.
type pass struct {
	token, csrf string
	until       time.Time
}

// asBuyer calls the storefront.
func (w *world) asBuyer(who int, method, path, key string, in any) reply {
	r := w.request(method, "/api/storefront"+path, key, in)
	r.Header.Set("Cookie", "shuke_buyer="+w.house.BuyerKey.Token(w.g.people[who].buyer, w.now().Add(time.Hour)))
	return w.send(r)
}

// asOwner calls the console in the name of a stall's owner.
func (w *world) asOwner(stall int, method, path, key string, in any) reply {
	s := w.g.stalls[stall]
	p, ok := w.passes[stall]
	if !ok || w.now().After(p.until) {
		err := w.house.DB.Write(w.ctx, func(tx *db.Tx) error {
			token, session, err := staff.OpenSession(tx, s.owner, w.house.Rand, w.now())
			p = pass{token, session.CSRF, w.now().Add(staff.SessionLife / 2)}
			return err
		})
		if err != nil {
			w.fail("fault", "no session: %v", err)
			return reply{}
		}
		w.passes[stall] = p
	}
	r := w.request(method, "/api/console/shops/"+s.id.String()+path, key, in)
	r.Header.Set("Cookie", "shuke_staff="+p.token)
	r.Header.Set(edge.CSRFHeader, p.csrf)
	return w.send(r)
}

func (w *world) request(method, path, key string, in any) *http.Request {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			panic(err) // what steps send are maps of plain values
		}
	}
	r := httptest.NewRequest(method, market+path, bytes.NewReader(body))
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return r
}

// send makes a call of a page. A refusal is an answer like any other; a failure is
// one only where the house has fallen or WeChat does not answer.
func (w *world) send(r *http.Request) reply {
	if w.down {
		return reply{}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	out := reply{code: rec.Code, body: rec.Body.Bytes()}
	if out.code >= 400 {
		var p struct {
			Code string `json:"code"`
		}
		_ = json.Unmarshal(out.body, &p)
		out.problem = p.Code
	}
	w.note(r, out)
	if out.code >= 500 && !w.down && out.problem != "payment.provider" {
		w.fail("fault", "%s %s was answered %d: %s", r.Method, r.URL.Path, out.code, clip(string(out.body)))
	}
	return out
}

// note adds an answer to the trace of the run.
func (w *world) note(r *http.Request, out reply) {
	w.calls++
	what := out.problem
	if what == "" {
		what = fmt.Sprint(out.code)
	}
	w.codes[what]++
	w.mark(r.Method, strings.TrimLeft(r.URL.Path, "/"), what)
}

// mark folds texts into the trace.
func (w *world) mark(texts ...string) {
	h := fnv.New64a()
	fmt.Fprint(h, w.trace, texts)
	w.trace = h.Sum64()
}

func clip(s string) string { return s[:min(len(s), 300)] }
