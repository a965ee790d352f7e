// Package message is the room of what is said to buyers: each message once per
// reason, with what became of it.
package message

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Message is one thing said to a buyer.
type Message struct {
	BuyerID   id.ID
	ID        id.ID
	DedupeKey string // e.g. "order.paid/123": the same reason is never sent twice
	Channel   string // "official"
	Kind      string // the reason's kind, e.g. "order.paid"
	Body      string
	State     string // "sending", "sent", "failed" or "skipped"
	Error     string
}

// Begin claims a message before it is sent. False means that it was claimed
// before: it must not be sent again.
func Begin(tx *db.Tx, m Message, now time.Time) (bool, error) {
	n, err := tx.Exec(`INSERT INTO messages (buyer_id, id, dedupe_key, channel, kind, body, state, created_at) VALUES ($1,$2,$3,$4,$5,$6,'sending',$7)
		ON CONFLICT (buyer_id, dedupe_key) DO NOTHING`, m.BuyerID, m.ID, m.DedupeKey, m.Channel, m.Kind, m.Body, now)
	return n == 1, err
}

// Unclaim takes a claim back whose message certainly was not sent, so that it may
// be tried again.
func Unclaim(tx *db.Tx, b, message id.ID) error {
	return tx.Must(`DELETE FROM messages WHERE buyer_id = $1 AND id = $2 AND state = 'sending'`, b, message)
}

// Finish notes what became of a claimed message.
func Finish(tx *db.Tx, b, message id.ID, state, problem string, now time.Time) error {
	sent := now
	if state != "sent" {
		sent = time.Time{}
	}
	return tx.Must(`UPDATE messages SET state = $3, error = $4, sent_at = $5 WHERE buyer_id = $1 AND id = $2`, b, message, state, problem, sent)
}
