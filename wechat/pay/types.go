package pay

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// CNY is the only currency of direct merchants.
const CNY = "CNY"

// TradeType is how a payment was made.
type TradeType string

// Ways of paying.
const (
	TradeJSAPI    TradeType = "JSAPI" // official account and mini-program
	TradeNative   TradeType = "NATIVE"
	TradeApp      TradeType = "APP"
	TradeMicroPay TradeType = "MICROPAY"
	TradeH5       TradeType = "MWEB"
	TradeFacePay  TradeType = "FACEPAY"
)

// TradeState is the state of a payment.
type TradeState string

// States of a payment.
const (
	TradeNotPaid    TradeState = "NOTPAY" // also after a failed attempt
	TradeSuccess    TradeState = "SUCCESS"
	TradeRefund     TradeState = "REFUND" // a refund was accepted, maybe of a part
	TradeClosed     TradeState = "CLOSED" // final
	TradeRevoked    TradeState = "REVOKED"
	TradeUserPaying TradeState = "USERPAYING"
	TradePayError   TradeState = "PAYERROR"
	TradeAccept     TradeState = "ACCEPT"
)

// Paid reports that the buyer's money was taken (and perhaps refunded since).
func (s TradeState) Paid() bool { return s == TradeSuccess || s == TradeRefund }

// RefundState is the state of a refund.
type RefundState string

// States of a refund.
const (
	RefundSuccess    RefundState = "SUCCESS"
	RefundClosed     RefundState = "CLOSED"
	RefundProcessing RefundState = "PROCESSING"
	RefundAbnormal   RefundState = "ABNORMAL" // the buyer's card cannot take it; the merchant must act
)

// RefundChannel is where refunded money goes.
type RefundChannel string

// Channels of a refund.
const (
	ChannelOriginal      RefundChannel = "ORIGINAL"
	ChannelBalance       RefundChannel = "BALANCE"
	ChannelOtherBalance  RefundChannel = "OTHER_BALANCE"
	ChannelOtherBankCard RefundChannel = "OTHER_BANKCARD"
)

// FundsAccount is the merchant's account that pays a refund.
type FundsAccount string

// Accounts of a merchant.
const (
	FundsUnsettled   FundsAccount = "UNSETTLED"
	FundsAvailable   FundsAccount = "AVAILABLE"
	FundsUnavailable FundsAccount = "UNAVAILABLE"
	FundsOperation   FundsAccount = "OPERATION"
	FundsBasic       FundsAccount = "BASIC"
)

// Payer is who pays.
type Payer struct {
	OpenID string `json:"openid,omitempty"`
}

// Scene tells where the buyer pays.
type Scene struct {
	PayerClientIP string  `json:"payer_client_ip,omitempty"`
	DeviceID      string  `json:"device_id,omitempty"`
	H5            *H5Info `json:"h5_info,omitempty"` // of H5
}

// H5Info says what kind of page an H5 payment starts from.
type H5Info struct {
	Type string `json:"type"` // iOS, Android or Wap
}

// Promotion is a discount that WeChat Pay or the merchant gave on a payment.
// Amounts are fen.
type Promotion struct {
	CouponID            string `json:"coupon_id"`
	Name                string `json:"name,omitempty"`
	Scope               string `json:"scope,omitempty"` // GLOBAL or SINGLE
	Type                string `json:"type,omitempty"`  // CASH (settled) or NOCASH (not settled)
	Amount              int64  `json:"amount"`
	StockID             string `json:"stock_id,omitempty"`
	WechatPayContribute int64  `json:"wechatpay_contribute,omitempty"`
	MerchantContribute  int64  `json:"merchant_contribute,omitempty"`
	OtherContribute     int64  `json:"other_contribute,omitempty"`
	Currency            string `json:"currency,omitempty"`
}

var chinaTime = time.FixedZone("CST", 8*3600)

// wireTime is t as WeChat Pay takes it: whole seconds, +08:00. Zero stays zero,
// which omitzero leaves out.
func wireTime(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(chinaTime).Truncate(time.Second)
}

// looseTime reads an RFC 3339 time that WeChat Pay may send as "" for "not yet".
type looseTime struct{ time.Time }

// UnmarshalJSON reads the time in UTC.
func (t *looseTime) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == "" {
		t.Time = time.Time{}
		return nil
	}
	parsed, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return fmt.Errorf("time %q is not RFC 3339", s)
	}
	t.Time = parsed.UTC()
	return nil
}

// Text makes s fit for a description or reason: no emoji or other four-byte
// characters, no broken UTF-8 or control characters, at most max characters.
func Text(s string, max int) string {
	clean := strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r > 0xFFFF, r == utf8.RuneError, r == 0x200D, r >= 0xFE00 && r <= 0xFE0F, r == 0x7F:
			return -1
		case r < 0x20:
			return ' '
		}
		return r
	}, s))
	if utf8.RuneCountInString(clean) <= max {
		return clean
	}
	return strings.TrimSpace(string([]rune(clean)[:max]))
}
