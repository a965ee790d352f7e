// Package errs is the one error type of the house: a kind (what HTTP says), a
// stable English code (what programs read) and two messages (what people read).
package errs

import (
	"errors"
	"fmt"
)

// Kind is the broad class of an error; each maps to one HTTP answer.
type Kind uint8

// The kinds, from "your input" to "our fault".
const (
	Internal        Kind = iota // 500: a bug or a broken machine
	Invalid                     // 422: the input is wrong; saying what and where
	Malformed                   // 400: the input cannot be read at all
	Unauthenticated             // 401: nobody is logged in
	Forbidden                   // 403: logged in, not allowed
	NotFound                    // 404: no such thing, or not yours to see
	Conflict                    // 409: the state does not allow it (any more)
	Gone                        // 410: it was there and has ended
	TooLarge                    // 413: over a limit of size
	RateLimited                 // 429: later
	Unavailable                 // 503: a helper (database, WeChat) does not answer; try again
)

var httpStatus = [...]int{500, 422, 400, 401, 403, 404, 409, 410, 413, 429, 503}

// HTTPStatus is the status code that answers with this kind.
func (k Kind) HTTPStatus() int {
	if int(k) < len(httpStatus) {
		return httpStatus[k]
	}
	return 500
}

// Detail names one wrong field of an input.
type Detail struct {
	Field string `json:"field" doc:"path of the field, e.g. lines[0].quantity"`
	Code  string `json:"code" doc:"stable code of what is wrong"`
	Zh    string `json:"-"`
	En    string `json:"-"`
}

// Error is what every room returns when it refuses.
type Error struct {
	Kind    Kind
	Code    string // stable, e.g. "inventory.short"
	Zh, En  string // for people
	Details []Detail
	Params  map[string]any // facts for the page, e.g. available quantity
	Err     error          // the cause, for logs only
}

// New makes an error of a kind with its code and its two messages.
func New(kind Kind, code, zh, en string) *Error {
	return &Error{Kind: kind, Code: code, Zh: zh, En: en}
}

// Error is the English text with code and cause, for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.En, e.Err)
	}
	return e.Code + ": " + e.En
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is true for errors of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// With returns a copy that carries a fact for the page.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Params = make(map[string]any, len(e.Params)+1)
	for k, v := range e.Params {
		c.Params[k] = v
	}
	c.Params[key] = value
	return &c
}

// At returns a copy that names a wrong field.
func (e *Error) At(field string) *Error {
	c := *e
	c.Details = append(append([]Detail(nil), e.Details...), Detail{Field: field, Code: e.Code, Zh: e.Zh, En: e.En})
	return &c
}

// Because returns a copy that carries a cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Text returns a copy with other words for people, same kind and code.
func (e *Error) Text(zh, en string) *Error {
	c := *e
	c.Zh, c.En = zh, en
	return &c
}

// Of finds the house error in a chain; anything else becomes Internal.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Zh: "系统出了点问题，请稍后再试", En: "Something broke on our side; please try again", Err: err}
}

// Code is the stable code of an error, "" for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	return Of(err).Code
}

// KindOf is the kind of an error; Internal for foreign ones.
func KindOf(err error) Kind { return Of(err).Kind }
