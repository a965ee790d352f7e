// Package buyerorder keeps each buyer's own list of orders (buyer_orders) in step
// with the shops' orders. A listener calls Project on every order event.
package buyerorder

import (
	"context"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Kinds lists the events after which the list may have changed.
var Kinds = []string{
	event.OrderPlaced, event.OrderPaid, event.OrderClosed, event.OrderShipped, event.OrderDelivered, event.OrderReceived, event.OrderRefunded,
	event.AftersaleRequested, event.AftersaleDecided, event.AftersaleCancelled, event.AftersaleReturning, event.AftersaleReturned,
}

// Handle projects the order that an event is about.
func Handle(ctx context.Context, d *db.DB, e jobs.Event) error {
	var ref struct {
		OrderID id.ID `json:"order_id"`
	}
	if err := e.Decode(&ref); err != nil {
		return err
	}
	return Project(ctx, d, e.ShopID, ref.OrderID)
}

// Project reads an order as it is now and writes it into its buyer's list. Events
// may come late, twice and in any order: an older state never replaces a newer one.
func Project(ctx context.Context, d *db.DB, shop, no id.ID) error {
	var e order.Entry
	err := d.Read(ctx, func(tx *db.Tx) error {
		o, err := order.Get(tx, shop, no)
		if err != nil {
			return err
		}
		e = order.Entry{BuyerID: o.BuyerID, OrderID: o.ID, ShopID: o.ShopID, CheckoutID: o.CheckoutID, State: o.State, RefundState: o.RefundState,
			Total: o.Total, LineCount: o.LineCount, Title: o.Title, Picture: o.Picture, UpdatedAt: o.UpdatedAt}
		return tx.QueryRow(`SELECT name FROM shops WHERE id = $1`, shop).Scan(&e.ShopName)
	})
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error { return order.PutEntry(tx, e) })
}
