package message

import (
	"context"
	"errors"
)

// Card is what a buyer reads: a title, a line or two, and where a tap leads.
type Card struct {
	Kind    string // "order.paid", "order.shipped", "order.refunded", "aftersale.decided", "order.closed"
	Title   string
	Text    string
	URL     string
	Picture string
	// Fields fill template messages: order_no, title, total, time, carrier, tracking_no, reason.
	Fields map[string]string
}

// Outcome says what became of a card.
type Outcome struct {
	Sent   bool
	Reason string // when not sent: why the channel refused, for the log of messages
}

// ErrNotSent is in the chain of an error after which nothing can have arrived: the
// same card may be sent again.
var ErrNotSent = errors.New("message: not sent")

// Sender is a channel to buyers. It returns an error only where it is not known
// what became of the card, or with ErrNotSent; a refusal for good is an Outcome.
type Sender interface {
	Send(ctx context.Context, openID string, c Card) (Outcome, error)
}
