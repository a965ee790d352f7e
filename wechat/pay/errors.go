package pay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
)

// Named refusals of an answer or a notice; compare with errors.Is.
var (
	// ErrSignature: the signature is missing or wrong. ErrProbe and
	// ErrUnknownSerial are kinds of it.
	ErrSignature = errors.New("pay: signature is not WeChat Pay's")
	// ErrProbe: WeChat Pay sent a wrong signature on purpose to see it refused.
	ErrProbe = fmt.Errorf("%w (a probe, WECHATPAY/SIGNTEST/)", ErrSignature)
	// ErrUnknownSerial: no certificate or public key with that serial number.
	ErrUnknownSerial = fmt.Errorf("%w (unknown Wechatpay-Serial)", ErrSignature)
	// ErrStale: the timestamp is five minutes or more away from now.
	ErrStale = errors.New("pay: timestamp is five minutes or more away")
	// ErrDecrypt: the APIv3 key does not open the ciphertext.
	ErrDecrypt = errors.New("pay: ciphertext does not open with the APIv3 key")
	// ErrMalformed: the message is not of WeChat Pay's format.
	ErrMalformed = errors.New("pay: message is malformed")
	// ErrTooLarge: the body is longer than this package reads.
	ErrTooLarge = errors.New("pay: body is too long")
	// ErrRequest: the request breaks a rule of WeChat Pay and was not sent.
	ErrRequest = errors.New("pay: request not sent")
)

// Codes of WeChat Pay that callers often tell apart.
const (
	CodeOrderNotExist    = "ORDER_NOT_EXIST"
	CodeResourceNotExist = "RESOURCE_NOT_EXISTS"
	CodeOrderPaid        = "ORDER_PAID"
	CodeOrderClosed      = "ORDER_CLOSED"
	CodeTradeNoUsed      = "OUT_TRADE_NO_USED"
	CodeNotEnough        = "NOT_ENOUGH"
	CodeFrequencyLimited = "FREQUENCY_LIMITED"
	CodeRateLimited      = "RATELIMIT_EXCEED"
	CodeSystemError      = "SYSTEM_ERROR"
	CodeBankError        = "BANK_ERROR"
	CodeSignError        = "SIGN_ERROR"
	CodeParamError       = "PARAM_ERROR"
	CodeInvalidRequest   = "INVALID_REQUEST"
	CodeOpenIDMismatch   = "OPENID_MISMATCH"
	CodeUserPaying       = "USERPAYING"        // codepay: the buyer enters the password
	CodeAuthCodeInvalid  = "AUTH_CODE_INVALID" // codepay: no living payment code
	CodeAuthCodeError    = "AUTH_CODE_ERROR"
	CodeAuthCodeExpired  = "AUTHCODEEXPIRE"
	CodeReversed         = "ORDER_REVERSED"
	CodeTradeError       = "TRADE_ERROR"
)

// Error is a call that WeChat Pay did not grant: its refusal, or the reason why
// no answer could be had or believed.
type Error struct {
	HTTPStatus int             // 0 when no answer came
	Code       string          // WeChat Pay's code; empty without an answer of its format
	Message    string          // WeChat Pay's message, in Chinese
	Detail     json.RawMessage // WeChat Pay's detail, as sent; may be nil
	RequestID  string          // Request-ID of the answer, for WeChat Pay's support
	Method     string
	Path       string // without query
	Err        error  // transport or verification error; nil for a refusal
}

// Error names the call and the refusal or its cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("pay: %s %s: HTTP %d: %v", e.Method, e.Path, e.HTTPStatus, e.Err)
	}
	return fmt.Sprintf("pay: %s %s: HTTP %d %s: %s (request %s)",
		e.Method, e.Path, e.HTTPStatus, e.Code, e.Message, e.RequestID)
}

// Unwrap returns the transport or verification error.
func (e *Error) Unwrap() error { return e.Err }

// Code returns WeChat Pay's code inside err, or "".
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func hasCode(err error, codes ...string) bool {
	code := Code(err)
	return code != "" && slices.Contains(codes, code)
}

// IsOrderNotExist reports that WeChat Pay knows no such payment.
func IsOrderNotExist(err error) bool { return hasCode(err, CodeOrderNotExist) }

// IsRefundNotExist reports that WeChat Pay knows no such refund.
func IsRefundNotExist(err error) bool { return hasCode(err, CodeResourceNotExist) }

// IsPaid reports that the order is paid already; query it.
func IsPaid(err error) bool { return hasCode(err, CodeOrderPaid) }

// IsClosed reports that the order is closed; its number cannot be used again.
func IsClosed(err error) bool { return hasCode(err, CodeOrderClosed) }

// IsUserPaying reports that the buyer was asked for the password: query until the
// outcome is known, and reverse when it takes too long.
func IsUserPaying(err error) bool { return hasCode(err, CodeUserPaying) }

// IsBadAuthCode reports a payment code that is wrong, used or out of date; the
// buyer shows a new one.
func IsBadAuthCode(err error) bool {
	return hasCode(err, CodeAuthCodeInvalid, CodeAuthCodeError, CodeAuthCodeExpired)
}

// IsReversed reports that the order was reversed.
func IsReversed(err error) bool { return hasCode(err, CodeReversed) }

// IsNotEnough reports that the merchant's balance cannot cover a refund, or the
// buyer's wallet a payment by code.
func IsNotEnough(err error) bool { return hasCode(err, CodeNotEnough) }

// IsRateLimited reports too many calls; repeat later.
func IsRateLimited(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.HTTPStatus == http.StatusTooManyRequests ||
		hasCode(err, CodeFrequencyLimited, CodeRateLimited))
}

// IsOutcomeUnknown reports that the call may or may not have taken effect: no
// answer came, the answer could not be believed, or it was a 5xx. Query, or
// repeat with the very same parameters; do not take it for a failure.
func IsOutcomeUnknown(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	if e.HTTPStatus >= 500 {
		return true
	}
	return e.Err != nil && !neverSent(e.Err)
}

// IsRetryable reports that the same request may be repeated a little later:
// outcome unknown, rate limited, or the host could not be reached.
func IsRetryable(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return IsOutcomeUnknown(err) || IsRateLimited(err) || (e.Err != nil && !errors.Is(e.Err, context.Canceled))
}

// notSent wraps the reason why a request never left.
type notSent struct{ error }

func (e notSent) Unwrap() error { return e.error }

func neverSent(err error) bool {
	var ns notSent
	if errors.As(err, &ns) {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// refusal reads an error answer.
func refusal(e *Error, body []byte) *Error {
	var wire struct {
		Code    string          `json:"code"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		e.Message = http.StatusText(e.HTTPStatus)
		return e
	}
	e.Code, e.Message, e.Detail = wire.Code, wire.Message, wire.Detail
	return e
}
