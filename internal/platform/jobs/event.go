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
	// Poke is called after the commit of a transaction that wrote an event which
	// is heard, to wake the relay; nil is fine.
	Poke func()
	// Heard tells whether anybody listens to a kind. Events that nobody hears are
	// kept for those who look, and do not wait for the relay. nil: all are heard.
	Heard func(kind string) bool
}

// Happened is an event that is about to be written.
type Happened struct {
	ShopID  id.ID
	Kind    string
	Payload any // marshalled to JSON; small: ids and facts a listener needs
}

// Emit writes an event of a shop in the transaction of its cause.
func (m *Emitter) Emit(tx *db.Tx, now time.Time, shopID id.ID, kind string, payload any) error {
	return m.EmitAll(tx, now, []Happened{{shopID, kind, payload}})
}

var insertEvents = db.Rows{
	Into: `INSERT INTO outbox (shop_id, id, kind, payload, created_at, relayed_at) VALUES`,
	Cols: 6,
}

// EmitAll writes events in the transaction of their causes.
func (m *Emitter) EmitAll(tx *db.Tx, now time.Time, all []Happened) error {
	args := make([]any, 0, len(all)*insertEvents.Cols)
	waits := false
	for _, h := range all {
		body, err := json.Marshal(h.Payload)
		if err != nil {
			return err
		}
		relayed := now
		if m.Heard == nil || m.Heard(h.Kind) {
			relayed, waits = time.Time{}, true
		}
		args = append(args, h.ShopID, m.IDs.Next(), h.Kind, string(body), now, relayed)
	}
	if waits && m.Poke != nil {
		tx.AfterCommit(m.Poke)
	}
	return insertEvents.Put(tx, args)
}
