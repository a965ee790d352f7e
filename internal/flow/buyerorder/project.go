// Package buyerorder keeps each buyer's own list of orders (buyer_orders) in step
// with the shops' orders.
package buyerorder

import (
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Kinds lists the events after which the list may have changed. A new order is put
// into it when it is placed.
var Kinds = []string{
	event.OrderPaid, event.OrderClosed, event.OrderShipped, event.OrderDelivered, event.OrderReceived, event.OrderRefunded,
	event.AftersaleRequested, event.AftersaleDecided, event.AftersaleCancelled, event.AftersaleReturning, event.AftersaleReturned,
}

// Project reads the orders of one shop that events are about, as they are now,
// and writes them into their buyers' lists. Events may come late, twice and in
// any order: an older state never replaces a newer one.
func Project(tx *db.Tx, events []jobs.Event) error {
	var orders []id.ID
	for _, e := range events {
		var ref struct {
			OrderID id.ID `json:"order_id"`
		}
		if err := e.Decode(&ref); err != nil {
			return err
		}
		if !slices.Contains(orders, ref.OrderID) {
			orders = append(orders, ref.OrderID)
		}
	}
	var name string
	if err := tx.QueryRow(`SELECT name FROM shops WHERE id = $1`, events[0].ShopID).Scan(&name); err != nil {
		return err
	}
	entries, err := order.EntriesOf(tx, events[0].ShopID, orders)
	if err != nil {
		return err
	}
	if len(entries) < len(orders) {
		return order.ErrNotFound
	}
	for i := range entries {
		entries[i].ShopName = name
	}
	return order.PutEntries(tx, entries)
}
