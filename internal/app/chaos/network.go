package chaos

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// Outcomes of a call without an answer.
var (
	errLost = errors.New("chaos: the connection was lost")
	errDown = errors.New("chaos: the house has fallen")
)

// faultHeader asks the pocket WeChat for a fault; it is not part of what is signed.
const faultHeader = "Wechatpay-Negative-Test"

// toPocket is the house's way to the pocket WeChat: its real handler, without a
// socket, and with all that may happen on the way.
type toPocket struct{ w *world }

// RoundTrip implements http.RoundTripper.
func (t toPocket) RoundTrip(r *http.Request) (*http.Response, error) {
	w := t.w
	if w.down {
		return nil, errDown
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	f := w.fate(r)
	switch f {
	case "lost before":
		return nil, errLost
	case "fall before":
		w.fall()
		return nil, errDown
	case "twice":
		w.serve(r, body, "")
	}
	a := w.serve(r, body, f)
	switch f {
	case "lost after":
		return nil, errLost
	case "fall after":
		w.fall()
		return nil, errDown
	case "notice first":
		w.deliver()
	}
	return a, nil
}

// serve lets the pocket WeChat answer a request of the house, and do what it has
// to do at once because of it.
func (w *world) serve(r *http.Request, body []byte, f string) *http.Response {
	in := httptest.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
	in.Header = r.Header.Clone()
	in.Host = r.URL.Host
	if f == strings.ToUpper(f) && f != "" {
		in.Header.Set(faultHeader, f)
	}
	rec := httptest.NewRecorder()
	w.pocket.ServeHTTP(rec, in)
	w.sync()
	out := rec.Result()
	out.Request = r
	return out
}

// Fates of a call to WeChat Pay, as often as they stand here out of a hundred.
// What is in capitals is done by the pocket WeChat.
var fates = spread(100, map[string]int{"lost before": 2, "lost after": 3, "fall after": 1, "twice": 2, "notice first": 8, "SYSTEM_ERROR": 2, "RATE_LIMIT": 1})

// refundFates are those of a call that sends money back.
var refundFates = spread(100, map[string]int{"lost before": 3, "lost after": 6, "fall before": 1, "fall after": 2, "twice": 4, "notice first": 10, "SYSTEM_ERROR": 3,
	"RATE_LIMIT": 1, "REFUND_ABNORMAL": 2, "REFUND_CLOSED": 1, "REFUND_PROCESSING": 6})

// fate says what becomes of a call.
func (w *world) fate(r *http.Request) string {
	if w.calm || w.rules.NoFaults {
		return ""
	}
	n := w.dice.IntN(100)
	f := ""
	switch {
	case strings.HasPrefix(r.URL.Path, "/v3/refund/domestic/refunds") && r.Method == http.MethodPost:
		f = refundFates[n]
	case strings.HasPrefix(r.URL.Path, "/v3/pay/") || strings.HasPrefix(r.URL.Path, "/v3/combine-transactions") || strings.HasPrefix(r.URL.Path, "/v3/refund/"):
		f = fates[n]
	case n < 2:
		f = "lost after"
	}
	if w.rules.NoCrashes && strings.HasPrefix(f, "fall") {
		return ""
	}
	return f
}

// letter is a notice of the pocket WeChat on its way to the house.
type letter struct {
	r    *http.Request
	body []byte
	at   time.Time
}

// fromPocket is the pocket WeChat's way to the market. What it sends is put into
// a mailbox, from which the world delivers; the answer it gets says whether it
// will send again. It runs while the world waits for the pocket WeChat.
type fromPocket struct{ d *desk }

// RoundTrip implements http.RoundTripper.
func (f fromPocket) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	w := f.d.world.Load()
	if w == nil {
		return nil, errDown
	}
	return w.post(r, body)
}

func (w *world) post(r *http.Request, body []byte) (*http.Response, error) {
	l := letter{r: r.Clone(w.ctx), body: body, at: w.now()}
	n := 99
	if !w.calm && !w.rules.NoFaults {
		n = w.dice.IntN(100)
	}
	switch {
	case n < 8: // it does not get through and comes again in its time
		return nil, errLost
	case n < 12: // it is lost for good
	case n < 20: // it gets through, the answer does not: it comes again
		w.mail = append(w.mail, l)
		return nil, errLost
	case n < 28: // the network sends it twice
		w.mail = append(w.mail, l, l)
	default:
		w.mail = append(w.mail, l)
	}
	return answer(r, http.StatusOK), nil
}

func answer(r *http.Request, code int) *http.Response {
	return &http.Response{StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader("")), Request: r}
}

// deliver brings the mail to the house, in any order. One that the house answers
// with an error because it fell is lost here; it was acknowledged to the pocket
// WeChat, so only asking heals it.
func (w *world) deliver() {
	mail := w.mail
	w.mail = nil
	w.dice.Shuffle(len(mail), func(i, j int) { mail[i], mail[j] = mail[j], mail[i] })
	for _, l := range mail {
		if !w.calm && !w.rules.NoFaults && w.dice.IntN(10) == 0 && w.now().Sub(l.at) < 4*time.Minute {
			w.mail = append(w.mail, l) // it dallies; a signature is good for five minutes
			continue
		}
		if w.down {
			return
		}
		in := httptest.NewRequest(l.r.Method, l.r.URL.String(), bytes.NewReader(l.body))
		in.Header = l.r.Header.Clone()
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, in)
		w.heard(l, rec.Code, rec.Body.String())
	}
}

// spread gives every name as many of n places as it is to have; the rest stays empty.
func spread(n int, in map[string]int) []string {
	out := make([]string, n)
	at := 0
	for _, name := range sortedKeys(in) {
		for range in[name] {
			out[at] = name
			at++
		}
	}
	return out
}
