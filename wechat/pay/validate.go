package pay

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Limits of WeChat Pay's fields.
const (
	MaxDescription  = 127 // characters
	MaxAttach       = 128 // characters
	MaxRefundReason = 80  // characters
	MaxSubOrders    = 50  // of a combined order; 10 for direct merchants, which WeChat Pay checks
	MaxSubTotal     = 10_000_000_00

	minTradeNo   = 6
	maxTradeNo   = 32
	maxRefundNo  = 64
	maxNotifyURL = 255
	maxIDLength  = 64
	minSubOrders = 2
)

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRequest}, args...)...)
}

// first returns the first error of a list of checks.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkNo checks a merchant's own number: letters, digits and _ - | * (and @ in
// refund numbers).
func checkNo(field, no string, minLen, maxLen int, extra string) error {
	if len(no) < minLen || len(no) > maxLen {
		return broken("%s %q must be %d–%d characters", field, no, minLen, maxLen)
	}
	for _, r := range no {
		letter := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && !strings.ContainsRune("_-|*"+extra, r) {
			return broken("%s %q holds %q; letters, digits and _-|*%s are allowed", field, no, r, extra)
		}
	}
	return nil
}

func checkTradeNo(no string) error { return checkNo("out_trade_no", no, minTradeNo, maxTradeNo, "") }

func checkRefundNo(no string) error { return checkNo("out_refund_no", no, 1, maxRefundNo, "@") }

// checkID checks an id that WeChat Pay gave, before it becomes part of a path.
func checkID(field, id string) error { return checkNo(field, id, 1, maxIDLength, "") }

func checkText(field, s string, minLen, maxLen int) error {
	if n := utf8.RuneCountInString(s); n < minLen || n > maxLen {
		return broken("%s is %d characters, it must be %d–%d", field, n, minLen, maxLen)
	}
	return nil
}

func checkNotifyURL(s string, required bool) error {
	if s == "" && !required {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || len(s) > maxNotifyURL {
		return broken("notify_url %q must be a full address without query, at most %d bytes", s, maxNotifyURL)
	}
	return nil
}

func checkPositive(field string, fen int64) error {
	if fen < 1 {
		return broken("%s is %d fen, at least 1 is required", field, fen)
	}
	return nil
}

func checkFilled(field, s string) error {
	if s == "" {
		return broken("%s is empty", field)
	}
	return nil
}

func checkH5(s *Scene) error {
	if s == nil || s.PayerClientIP == "" || s.H5 == nil || s.H5.Type == "" {
		return broken("an H5 order needs scene_info with payer_client_ip and h5_info")
	}
	return nil
}
