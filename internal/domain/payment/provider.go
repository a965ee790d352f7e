package payment

import (
	"context"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Provider is what a payment provider does for us. Every call may fail with one
// of the outcomes below (test with errors.Is); any other error is a definite
// refusal that repeating does not heal.
type Provider interface {
	// Prepay makes a payment known to the provider. The same input may be sent
	// again and names the same payment.
	Prepay(ctx context.Context, in PrepayIn) (PrepayOut, error)
	// Query asks what became of a payment.
	Query(ctx context.Context, ref Ref) (Result, error)
	// Close ends an unpaid payment for good; one by payment code is reversed.
	// Closing twice is fine. ErrPaid when it is paid.
	Close(ctx context.Context, ref Ref) error
	// Refund sends money back. The same number may be sent again and names the
	// same refund.
	Refund(ctx context.Context, in RefundIn) (RefundResult, error)
	// QueryRefund asks what became of a refund that was made with the same input.
	QueryRefund(ctx context.Context, in RefundIn) (RefundResult, error)
}

// Bridge is a provider that is paid inside its own web view (JSAPI).
type Bridge interface {
	// JSParams signs what the page hands to the provider's bridge. No network.
	JSParams(prepayID string) (JSParams, error)
}

// Till is a provider that charges a payment code (付款码).
type Till interface {
	// Charge takes the money of whoever shows the code. ErrPaying: the buyer has to
	// confirm on the phone; ask until it is certain. ErrBadCode and ErrNoMoney: the
	// buyer shows another code. The same number is never charged twice.
	Charge(ctx context.Context, in ChargeIn) (Result, error)
}

// Outcomes of a call to a provider.
var (
	ErrPaid     = errors.New("payment: paid already")
	ErrClosed   = errors.New("payment: closed at the provider")
	ErrNotFound = errors.New("payment: unknown to the provider")
	ErrUnknown  = errors.New("payment: outcome unknown; ask, or repeat the same")
	ErrLater    = errors.New("payment: the provider asks to come back later")
	ErrPaying   = errors.New("payment: the buyer has to confirm on the phone")
	ErrBadCode  = errors.New("payment: the payment code is wrong, used or out of date")
	ErrNoMoney  = errors.New("payment: the buyer's wallet cannot pay")
)

// Ref names a payment at the provider.
type Ref struct {
	Kind     Kind
	Way      Way
	TradeNo  string
	AppID    string
	SubMchID string    // of a single payment: "" or the sub-merchant that receives
	Parts    []PartRef // of a combined payment: all of them
}

// PartRef names a part of a combined payment.
type PartRef struct{ MchID, SubMchID, TradeNo string }

// PrepayIn is a payment to be made known. Everything in it comes from stored
// rows, so that a repetition is the same in every field.
type PrepayIn struct {
	Ref
	OpenID      string
	Amount      money.Fen
	Description string // of a single payment
	Items       []PrepayItem
	Deadline    time.Time // last moment of payment, UTC
	ClientIP    string    // of the browser, for H5
	ReturnURL   string    // where a page of the provider's sends the browser afterwards
	// ProfitSharing holds the money back for sharing at the provider (分账).
	ProfitSharing bool
}

// ChargeIn is a payment code to be charged.
type ChargeIn struct {
	Ref
	AuthCode      string
	Amount        money.Fen
	Description   string
	Store         string // our number of the shop, at most 32 characters
	DeviceIP      string
	ProfitSharing bool
}

// PrepayItem is a part of a combined payment.
type PrepayItem struct {
	PartRef
	Amount      money.Fen
	Description string
}

// PrepayOut is the provider's handle for the page.
type PrepayOut struct {
	PrepayID string        // by way: prepay id, text of the QR code, or address to go to
	Lives    time.Duration // from now
}

// ResultState is what a provider says of a payment.
type ResultState string

// What a provider says of a payment.
const (
	ResultUnpaid ResultState = "unpaid"
	ResultPaid   ResultState = "paid" // perhaps refunded since
	ResultClosed ResultState = "closed"
	ResultFailed ResultState = "failed" // by payment code: this try came to nothing; reverse it
)

// Result is the provider's word on a payment.
type Result struct {
	TradeNo string // our payment number
	State   ResultState
	Parts   []PartResult
}

// PartResult is the provider's word on one part; a single payment has one, whose
// number is that of the payment.
type PartResult struct {
	TradeNo, MchID, SubMchID, TransactionID string
	Amount                                  money.Fen
	Currency                                string
	PaidAt                                  time.Time // UTC
}

// RefundIn is a refund to be made.
type RefundIn struct {
	RefundNo, TradeNo, TransactionID string
	SubMchID                         string
	Amount, Total                    money.Fen // of the refund; of the paid part
	Reason                           string
}

// RefundOutcome is what a provider says of a refund.
type RefundOutcome string

// What a provider says of a refund.
const (
	RefundProcessing RefundOutcome = "processing"
	RefundSucceeded  RefundOutcome = "succeeded"
	RefundClosed     RefundOutcome = "closed"   // will not be made
	RefundAbnormal   RefundOutcome = "abnormal" // cannot be made to the card; a person has to act
)

// RefundResult is the provider's word on a refund.
type RefundResult struct {
	RefundNo, ProviderID string
	State                RefundOutcome
	Amount               money.Fen
	DoneAt               time.Time // UTC, when succeeded
}

// JSParams is what the page hands to WeixinJSBridge (getBrandWCPayRequest).
type JSParams struct {
	AppID     string `json:"appId"`
	TimeStamp string `json:"timeStamp" doc:"Unix seconds"`
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package" doc:"prepay_id=…"`
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// Notice is a verified message of a provider. Exactly one of Payment and Refund
// is set, or none when it is of a kind we do not act upon.
type Notice struct {
	ID      string // the sender's, unique
	Source  string // name of the provider
	Kind    string // e.g. TRANSACTION.SUCCESS
	Body    string // decrypted plaintext, stored
	Payment *Result
	Refund  *RefundResult
}
