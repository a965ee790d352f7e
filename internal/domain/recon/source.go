package recon

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Source is where the bills of a provider come from, and how they are read.
type Source interface {
	// Fetch opens the file of a bill; the caller closes Body. ErrNoBill tells that
	// there is none (yet).
	Fetch(ctx context.Context, which Bill, day string) (File, error)
	// Text reads the text out of a file that Fetch gave, or that was stored. At the
	// end it gives ErrHash in place of io.EOF when the text is not what was announced.
	Text(file io.Reader, hash string) (io.Reader, error)
	// Trades reads a trade bill line by line; lines that cannot be read are handed to
	// bad. ErrBroken tells that it is no such bill, or that it is not whole.
	Trades(text io.Reader, each func(*Line) error, bad func(line int64) error) error
	// Flows reads a fund-flow bill line by line.
	Flows(text io.Reader, each func(*Flow) error) error
}

// Bill is one of the bills of a day.
type Bill string

// The bills of a day.
const (
	TradeBill Bill = "trade"
	FundBill  Bill = "fund"
)

// File is a bill as it comes.
type File struct {
	Body io.ReadCloser
	Hash string // of the text, as Text takes it
}

// Outcomes of a source.
var (
	ErrNoBill = errors.New("recon: there is no bill of that day (yet)")
	ErrHash   = errors.New("recon: the bill is not the one that was announced")
	ErrBroken = errors.New("recon: the bill cannot be read as one, or is not whole")
)

// LineKind is what a line of a trade bill tells.
type LineKind byte

// Kinds of lines.
const (
	LinePaid     LineKind = 1
	LineRefund   LineKind = 2
	LineReversed LineKind = 3 // a payment by code, taken back at the counter
	lineUndone   LineKind = 4 // a payment and its reversal on one bill, taken together
)

// Line is a line of a trade bill. Amounts are above zero.
type Line struct {
	No          int64 // in the bill, from 1
	Kind        LineKind
	Number      string // ours: of the payment or of the refund
	Trade       string // ours: of the payment
	Transaction string // the provider's: of the payment or of the refund
	Amount      money.Fen
	Fee         money.Fen // of a refund: what was given back
	State       string
	At          time.Time // UTC
}

// FlowKind is what a line of a fund-flow bill tells, as far as it is compared.
type FlowKind byte

// Kinds of flows.
const (
	FlowOther  FlowKind = 0
	FlowPaid   FlowKind = 1
	FlowRefund FlowKind = 2 // less the fee that was given back
	FlowFee    FlowKind = 3
)

// Flow is a line of a fund-flow bill.
type Flow struct {
	Kind    FlowKind
	Type    string // in the provider's words
	In      bool
	Amount  money.Fen
	Balance money.Fen // after it
}

// Ours is what we say of a payment or of a refund.
type Ours struct {
	Refund                      bool
	Number, Transaction         string
	Shop, Order, Payment, Buyer id.ID
	RefundID                    id.ID
	Amount                      money.Fen
	Booked                      money.Fen // through the account of the provider in our books
	State                       string
	At                          time.Time
}
