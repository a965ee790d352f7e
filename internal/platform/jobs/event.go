// Package jobs carries events to those who listen. An event is an outbox row of
// its shop, written in the transaction that caused it. A relay lets listeners
// that only project hear the events of a shop together, and makes one job per
// other listener (unique by event and listener); workers run jobs with retries
// and park those that keep failing. Listeners may hear an event twice.
package jobs

import (
	"encoding/json"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Event is something that happened in a shop (shop 0 is the market itself).
type Event struct {
	ID      id.ID
	ShopID  id.ID
	Kind    string // e.g. "order.paid"
	Payload []byte // JSON
	At      time.Time
}

// Decode reads the payload into v.
func (e Event) Decode(v any) error { return json.Unmarshal(e.Payload, v) }

// Emitter writes events. It holds what an event needs besides its content.
type Emitter struct {
	IDs *id.Source
	// Poke is called after the commit of a transaction that wrote an event, to
	// wake the relay; nil is fine.
	Poke func()
}

// Emit writes an event of a shop in the transaction of its cause. payload is
// marshalled to JSON and must be small (ids and facts a listener needs).
func (m *Emitter) Emit(tx *db.Tx, now time.Time, shopID id.ID, kind string, payload any) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	if err := tx.Later(nil, `INSERT INTO outbox (shop_id, id, kind, payload, created_at) VALUES ($1, $2, $3, $4, $5)`,
		shopID, m.IDs.Next(), kind, string(body), now); err != nil {
		return err
	}
	if m.Poke != nil {
		tx.AfterCommit(m.Poke)
	}
	return nil
}
