package kuaidi100

import (
	"errors"
	"fmt"
)

// What 快递100 says no with; errors.Is finds them in the error of a call.
var (
	ErrCompany    = errors.New("the carrier's code is not one of 快递100, or the request is not complete")
	ErrPhone      = errors.New("the carrier wants the last four digits of sender's or receiver's phone, and these are not they")
	ErrNoResult   = errors.New("nothing is known of this number, or not yet")
	ErrServer     = errors.New("the server is out of order or busy")
	ErrSignature  = errors.New("the signature is wrong: check customer and key")
	ErrQuota      = errors.New("the key has expired or its queries are used up")
	ErrKey        = errors.New("the key is not a subscriber's")
	ErrRepeated   = errors.New("this number is subscribed already")
	ErrBadRequest = errors.New("what was subscribed is wrong: carrier, number, phone or callback")
	ErrRefused    = errors.New("this carrier cannot be subscribed")
	ErrUnknown    = errors.New("a code this package does not know")
)

var (
	queryCodes     = map[string]error{"400": ErrCompany, "408": ErrPhone, "500": ErrNoResult, "201": ErrNoResult, "501": ErrServer, "502": ErrServer, "503": ErrSignature, "601": ErrQuota}
	subscribeCodes = map[string]error{"500": ErrServer, "501": ErrRepeated, "600": ErrKey, "601": ErrQuota, "700": ErrBadRequest, "701": ErrRefused}
)

// APIError is a refusal by 快递100. It unwraps to one of the errors above.
type APIError struct {
	Path    string // of the call
	Code    string // returnCode
	Message string // as sent, at most 200 characters
	kind    error
}

func newAPIError(path string, kinds map[string]error, code, message string) *APIError {
	kind, ok := kinds[code]
	if !ok {
		kind = ErrUnknown
	}
	return &APIError{Path: path, Code: clip(code, 16), Message: clip(message, 200), kind: kind}
}

// Error implements error.
func (e *APIError) Error() string {
	return fmt.Sprintf("kuaidi100: %s: %s %s: %v", e.Path, e.Code, e.Message, e.kind)
}

// Unwrap gives the kind of the refusal.
func (e *APIError) Unwrap() error { return e.kind }

// HTTPError is an answer that is not one of the API: another HTTP status, a body that is too long or no JSON.
type HTTPError struct {
	Path   string
	Status int
	Reason string
}

// Error implements error.
func (e *HTTPError) Error() string {
	return fmt.Sprintf("kuaidi100: %s answered HTTP %d: %s", e.Path, e.Status, e.Reason)
}

// clip keeps at most n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
