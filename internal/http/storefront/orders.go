package storefront

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/flow/orderview"
	"github.com/shuke-commerce/shuke/internal/platform/carrier"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

func (a *API) registerOrders(api huma.API) {
	get(api, "/orders", "orders", "A buyer's orders over all shops, newest first", a.orders)
	get(api, "/orders/{shop}/{order}", "order", "An order with parcels and after-sales", a.order)
	send(api, http.MethodPost, "/orders/{shop}/{order}/cancel", "cancelOrder", "Cancel an unpaid order", a.cancel)
	send(api, http.MethodPost, "/orders/{shop}/{order}/receive", "receiveOrder", "Confirm receipt", a.receive)
}

type ordersIn struct {
	State  string `query:"state" enum:"all,pending,paid,shipped,received,closed,aftersale" default:"all"`
	Cursor string `query:"cursor" pattern:"^[0-9]{0,19}$"`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

var errCursor = errs.New(errs.Malformed, "cursor", "翻页参数无效，请刷新", "The cursor is not valid; please reload")

// cursor reads a keyset cursor; "" is the first page.
func cursor(text string) (id.ID, error) {
	if text == "" {
		return 0, nil
	}
	c, err := id.Parse(text)
	if err != nil {
		return 0, errCursor.Because(err)
	}
	return c, nil
}

func (a *API) orders(ctx context.Context, in *ordersIn) (*body[OrderPage], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var entries []order.Entry
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		switch in.State {
		case "aftersale":
			entries, err = order.Refunding(tx, b, before, in.Limit)
		case "all":
			entries, err = order.Entries(tx, b, "", before, in.Limit)
		default:
			entries, err = order.Entries(tx, b, order.State(in.State), before, in.Limit)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := OrderPage{Items: make([]OrderCard, 0, len(entries))}
	for _, e := range entries {
		out.Items = append(out.Items, OrderCard{ShopID: e.ShopID, OrderID: e.OrderID, CheckoutID: e.CheckoutID, ShopName: e.ShopName, State: string(e.State),
			RefundState: string(e.RefundState), Total: e.Total, LineCount: e.LineCount, Title: e.Title, Picture: e.Picture, UpdatedAt: e.UpdatedAt})
	}
	if len(entries) == in.Limit {
		out.Next = entries[len(entries)-1].OrderID.String()
	}
	return ok(out, nil)
}

// OrderIn names one order in a path; exported, because huma reads no other
// embedded fields.
type OrderIn struct {
	Shop  id.ID `path:"shop"`
	Order id.ID `path:"order"`
}

func (a *API) order(ctx context.Context, in *OrderIn) (*body[Order], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	f, err := orderview.OfBuyer(ctx, a.DB, b, in.Shop, in.Order)
	if err != nil {
		return nil, err
	}
	return ok(a.orderOf(f), nil)
}

// orderOf shows an order to its buyer.
func (a *API) orderOf(f orderview.Full) Order {
	o := f.Order
	out := Order{ShopID: o.ShopID, ID: o.ID, CheckoutID: o.CheckoutID, Shop: card(f.Shop), State: string(o.State), RefundState: string(o.RefundState),
		CloseReason: o.CloseReason, ItemsTotal: o.ItemsTotal, ShippingFee: o.ShippingFee, Discount: o.Discount, Total: o.Total, Refunded: o.Refunded,
		Receiver: o.Receiver, Phone: o.Phone, Address: o.Address, Remark: o.Remark, PayDeadline: o.PayDeadline, CreatedAt: o.CreatedAt,
		PaidAt: when(o.PaidAt), ShippedAt: when(o.ShippedAt), ReceivedAt: when(o.ReceivedAt), ClosedAt: when(o.ClosedAt),
		Lines: []OrderLine{}, Parcels: []Parcel{}, Aftersales: []Aftersale{}}
	if o.State == order.Shipped {
		out.AutoReceive = when(o.ReceiveDeadline)
	}
	for _, l := range f.Lines {
		unshipped := max(l.Shippable(), 0)
		out.Lines = append(out.Lines, OrderLine{LineNo: int64(l.No), ProductID: l.ProductID, SkuID: l.SKU, Title: l.Title, Options: options(l.Options),
			Picture: l.Picture, Price: l.Price, Quantity: l.Qty, Amount: l.Amount, Shipped: l.Shipped, Refunded: l.Refunded,
			Refundable: min(unshipped, l.Refundable()), Returnable: max(l.Returnable(), 0)})
		out.Can.Refund = out.Can.Refund || o.State == order.Paid && unshipped > 0
		out.Can.Return = out.Can.Return || l.Returnable() > 0 && (o.State == order.Paid || o.State == order.Shipped || o.State == order.Received)
	}
	for _, p := range f.Parcels {
		out.Parcels = append(out.Parcels, parcelOf(p))
	}
	for _, s := range f.Aftersales {
		out.Aftersales = append(out.Aftersales, aftersaleOf(s, f.Shop.ReturnAddress))
	}
	now := a.Now()
	out.Can.Pay = o.State == order.Pending && now.Before(o.PayDeadline)
	out.Can.Cancel = o.State == order.Pending
	out.Can.Receive = o.State == order.Shipped && o.RefundState != order.RefundAsked
	return out
}

func parcelOf(p orderview.Parcel) Parcel {
	out := Parcel{ID: p.ID, Carrier: p.Carrier, CarrierName: p.Carrier, TrackingNo: p.TrackingNo, State: string(p.State), ShippedAt: p.ShippedAt,
		Lines: []ParcelLine{}, Tracks: []Track{}}
	if c, known := carrier.ByCode(p.Carrier); known {
		out.CarrierName, out.Phone = c.Name, c.Phone
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, ParcelLine{LineNo: int64(l.LineNo), Quantity: l.Qty})
	}
	for _, t := range p.Tracks {
		out.Tracks = append(out.Tracks, Track{At: t.At, Text: t.Text})
	}
	return out
}

// Cancelled tells what became of a wish to cancel.
type Cancelled struct {
	Paid bool `json:"paid" doc:"the order turned out to be paid; it was not cancelled"`
}

func (a *API) cancel(ctx context.Context, in *OrderIn) (*body[Cancelled], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	c, err := a.Pay.Cancel(ctx, b, in.Shop, in.Order)
	return ok(Cancelled{c.Paid}, err)
}

func (a *API) receive(ctx context.Context, in *OrderIn) (*body[Order], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.Delivery.ConfirmReceived(ctx, b, in.Shop, in.Order); err != nil {
		return nil, err
	}
	return a.order(ctx, in)
}
