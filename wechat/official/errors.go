package official

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Codes of WeChat's API that callers often tell apart. The full list is in
// WeChat's "全局返回码" page.
const (
	CodeBusy            = -1
	CodeTokenNotNewest  = 40001
	CodeBadOpenID       = 40003
	CodeBadToken        = 40014
	CodeBadOAuthCode    = 40029
	CodeIPNotAllowed    = 40164
	CodeUsedOAuthCode   = 40163
	CodeTokenExpired    = 42001
	CodeRefreshExpired  = 42002
	CodeOAuthExpired    = 42003
	CodeNotFollowing    = 43004
	CodeBlacklisted     = 43019
	CodeRefusedNotice   = 43101
	CodeDayQuota        = 45009
	CodeMinuteQuota     = 45011
	CodeOutsideWindow   = 45015
	CodeMessageCount    = 45047
	CodeNoMenu          = 46003
	CodeUnauthorised    = 48001
	CodeRefusesMessages = 48002
)

// APIError is a refusal by WeChat's API (HTTP 200 with an errcode).
type APIError struct {
	Code    int    // errcode
	Message string // errmsg, as sent
	RID     string // request id at the end of errmsg, for /cgi-bin/openapi/rid/get; may be empty
	Path    string // API path that was called
}

// Error names the path, the code and WeChat's message.
func (e *APIError) Error() string {
	return fmt.Sprintf("official: %s: errcode %d: %s", e.Path, e.Code, e.Message)
}

// HTTPError is an answer that is not an API answer at all: a status other than
// 200, or a body that is not JSON.
type HTTPError struct {
	Status int    // HTTP status
	Path   string // API path that was called
	Reason string // what was wrong with the answer
}

// Error names the path, the status and what was wrong.
func (e *HTTPError) Error() string {
	return fmt.Sprintf("official: %s: HTTP %d: %s", e.Path, e.Status, e.Reason)
}

// Code returns the errcode inside err, or 0 when err holds no *APIError.
func Code(err error) int {
	var e *APIError
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func hasCode(err error, codes ...int) bool {
	var e *APIError
	return errors.As(err, &e) && slices.Contains(codes, e.Code)
}

// IsBusy reports that WeChat was busy (-1); the call may be repeated.
func IsBusy(err error) bool { return hasCode(err, CodeBusy) }

// IsDayQuota reports that today's quota of the API is used up (45009); it resets
// at 00:00 in Beijing.
func IsDayQuota(err error) bool { return hasCode(err, CodeDayQuota) }

// IsRateLimited reports a quota per day (45009) or per minute (45011).
func IsRateLimited(err error) bool { return hasCode(err, CodeDayQuota, CodeMinuteQuota) }

// IsRetryable reports that the same call may succeed a little later: WeChat was
// busy, the minute's quota is used up, or the answer was an HTTP 5xx.
func IsRetryable(err error) bool {
	var h *HTTPError
	if errors.As(err, &h) {
		return h.Status >= 500
	}
	return hasCode(err, CodeBusy, CodeMinuteQuota)
}

// IsTokenInvalid reports that WeChat refused the access token
// (40001, 40014, 42001), also after the one repetition with a fresh one.
func IsTokenInvalid(err error) bool {
	return hasCode(err, CodeTokenNotNewest, CodeBadToken, CodeTokenExpired)
}

// IsUnauthorised reports that the account has no right to the API (48001).
func IsUnauthorised(err error) bool { return hasCode(err, CodeUnauthorised) }

// IsUnreachable reports that this person cannot be written to now: not
// following, outside the reply window, count used up, refusing or blacklisted.
func IsUnreachable(err error) bool {
	return hasCode(err, CodeNotFollowing, CodeBlacklisted, CodeRefusedNotice,
		CodeOutsideWindow, CodeMessageCount, CodeRefusesMessages)
}

// IsOAuthCodeInvalid reports an OAuth code that is wrong, used or expired; the
// person must be sent through the authorisation page again.
func IsOAuthCodeInvalid(err error) bool {
	return hasCode(err, CodeBadOAuthCode, CodeUsedOAuthCode, CodeOAuthExpired)
}

func newAPIError(path string, code int, message string) *APIError {
	e := &APIError{Code: code, Message: message, Path: path}
	if i := strings.LastIndex(message, "rid: "); i >= 0 {
		e.RID = strings.TrimSpace(message[i+len("rid: "):])
	}
	return e
}
