package app

import (
	"context"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/flow/buyerorder"
	"github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/flow/telling"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Listeners is the one place that says who hears which event.
func (h *House) Listeners() []jobs.Listener {
	return []jobs.Listener{
		{Name: "buyer-orders", Kinds: buyerorder.Kinds, Project: buyerorder.Project},
		{Name: "sales", Kinds: []string{event.OrderPaid, event.OrderRefunded}, Project: projectSales},
		{Name: "listing", Kinds: []string{event.ProductChanged, event.ProductRemoved, event.StockChanged, event.ShopChanged}, Handle: h.Catalog.OnEvent},
		{Name: "sold", Kinds: []string{event.OrderPaid, event.OrderClosed}, Handle: h.hearSold},
		{Name: "importing", Kinds: []string{event.ImportStarted}, Handle: h.Importing.OnEvent},
		{Name: "telling", Kinds: h.tellingKinds(), Handle: h.Telling.Handle},
	}
}

// tellingKinds is empty where no service account is configured: nobody to tell.
func (h *House) tellingKinds() []string {
	if h.Official == nil {
		return nil
	}
	return telling.Kinds()
}

func (h *House) wireListeners(context.Context) error { return h.Queue.Listen(h.Listeners()...) }

// projectSales keeps the figures of paid orders and what was given back of them.
func projectSales(tx *db.Tx, events []jobs.Event) error {
	for _, e := range events {
		var p struct {
			OrderID id.ID `json:"order_id"`
		}
		if err := e.Decode(&p); err != nil {
			return err
		}
		o, err := order.Get(tx, e.ShopID, p.OrderID)
		if err != nil {
			return err
		}
		if o.PaidAt.IsZero() {
			continue
		}
		err = report.AddSale(tx, report.Sale{ShopID: o.ShopID, OrderID: o.ID, BuyerID: o.BuyerID, Amount: o.Total, Refunded: o.Refunded, Source: o.Source, PaidAt: o.PaidAt})
		if err != nil {
			return err
		}
	}
	return nil
}

// hearSold renews what pages and lists say of the goods of a paid order.
func (h *House) hearSold(ctx context.Context, e jobs.Event) error {
	var p event.Order
	if err := e.Decode(&p); err != nil {
		return err
	}
	var pieces []catalog.Pieces
	err := h.DB.Read(ctx, func(tx *db.Tx) error {
		lines, err := order.Lines(tx, p.ShopID, p.OrderID)
		for _, l := range lines {
			pieces = append(pieces, catalog.Pieces{Product: l.ProductID, Qty: l.Qty})
		}
		return err
	})
	if err != nil {
		return err
	}
	if e.Kind == event.OrderPaid {
		return h.Catalog.Sold(ctx, e.ID, p.ShopID, pieces)
	}
	return h.Catalog.Freed(ctx, p.ShopID, pieces)
}
