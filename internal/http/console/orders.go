package console

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/flow/orderview"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/platform/carrier"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

func (a *API) registerOrders(api huma.API) {
	shopOp(api, get, "/orders", "orders", staff.SeeOrders, "Orders of the shop, newest first", a.orders)
	shopOp(api, get, "/orders/{order}", "order", staff.SeeOrders, "An order with all that belongs to it", a.order)
	shopOp(api, post, "/orders/{order}/ship", "ship", staff.ShipOrders, "Send a parcel, once per Idempotency-Key", a.ship)
	shopOp(api, post, "/orders/{order}/note", "note", staff.SeeOrders, "Write the shop's own note", a.note)
	shopOp(api, post, "/parcels/{parcel}/tracks", "track", staff.ShipOrders, "Note where a parcel is", a.track)
	shopOp(api, post, "/parcels/{parcel}/delivered", "delivered", staff.ShipOrders, "Note that a parcel has arrived", a.delivered)
	shopOp(api, get, "/carriers", "carriers", staff.SeeOrders, "Carriers, the likely ones first when a number is given", a.carriers)
}

type ordersIn struct {
	ShopIn
	PageIn
	State  string `query:"state" enum:"all,pending,paid,shipped,received,closed" default:"all"`
	Refund string `query:"refund" enum:"any,asked,partial,full" default:"any"`
	Search string `query:"q" maxLength:"60" doc:"order number, whole phone number or receiver's name"`
}

func (a *API) orders(ctx context.Context, in *ordersIn) (*body[OrderPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	f := order.Filter{Search: in.Search, Before: before, Limit: in.Limit}
	if in.State != "all" {
		f.State = order.State(in.State)
	}
	if in.Refund != "any" {
		f.Refund = order.RefundState(in.Refund)
	}
	var all []order.Order
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = order.List(tx, in.Shop, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := OrderPage{Items: make([]OrderRow, 0, len(all))}
	for _, o := range all {
		out.Items = append(out.Items, rowOf(o))
	}
	if len(all) == in.Limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return ok(out, nil)
}

func rowOf(o order.Order) OrderRow {
	return OrderRow{ShopID: o.ShopID, ID: o.ID, State: string(o.State), RefundState: string(o.RefundState), Title: o.Title, Picture: o.Picture, LineCount: o.LineCount,
		Total: o.Total, Refunded: o.Refunded, Receiver: o.Receiver, Phone: o.Phone, Source: o.Source, CreatedAt: o.CreatedAt, PaidAt: when(o.PaidAt)}
}

// OrderIn names one order in a path; exported, because huma reads no other
// embedded fields.
type OrderIn struct {
	ShopIn
	Order id.ID `path:"order"`
}

func (a *API) order(ctx context.Context, in *OrderIn) (*body[Order], error) {
	f, err := orderview.OfShop(ctx, a.DB, in.Shop, in.Order)
	if err != nil {
		return nil, err
	}
	return ok(orderOf(f, me(ctx).Role.Can(staff.SeeMoney)), nil)
}

func orderOf(f orderview.Full, money bool) Order {
	o := f.Order
	out := Order{OrderRow: rowOf(o), CheckoutID: o.CheckoutID, CloseReason: o.CloseReason, ItemsTotal: o.ItemsTotal, ShippingFee: o.ShippingFee, Discount: o.Discount,
		Address: o.Address, Remark: o.Remark, StaffNote: o.StaffNote, PayDeadline: o.PayDeadline, ShippedAt: when(o.ShippedAt), ReceivedAt: when(o.ReceivedAt),
		ClosedAt: when(o.ClosedAt), Lines: []OrderLine{}, Parcels: []Parcel{}, Aftersales: []AftersaleRow{}, Payments: []PaymentRow{}}
	out.ShopName = f.Shop.Name
	for _, l := range f.Lines {
		var options []string
		_ = json.Unmarshal([]byte(l.Options), &options) // written by us; a broken one shows nothing
		out.Lines = append(out.Lines, OrderLine{LineNo: int64(l.No), ProductID: l.ProductID, SkuID: l.SKU, Title: l.Title, Options: list(options), Picture: l.Picture,
			Price: l.Price, Quantity: l.Qty, Amount: l.Amount, Shipped: l.Shipped, Refunding: l.Refunding, Refunded: l.Refunded, Shippable: max(l.Shippable(), 0)})
	}
	for _, p := range f.Parcels {
		out.Parcels = append(out.Parcels, parcelOf(p))
	}
	for _, s := range f.Aftersales {
		out.Aftersales = append(out.Aftersales, aftersaleOf(s))
	}
	if !money {
		return out
	}
	for _, p := range f.Payments {
		out.Payments = append(out.Payments, PaymentRow{Provider: p.Provider, TradeNo: p.TradeNo, TransactionID: p.TransactionID, Amount: p.Amount,
			Refunded: p.Refunded, State: string(p.State), PaidAt: when(p.PaidAt)})
	}
	out.Ledger = ledgerRows(f.Ledger)
	return out
}

func ledgerRows(all []ledger.Transfer) []LedgerRow {
	out := make([]LedgerRow, 0, len(all))
	for _, t := range all {
		out = append(out, LedgerRow{ID: t.ID, Kind: string(t.Kind), Debit: string(t.Debit), Credit: string(t.Credit), Amount: t.Amount, OrderID: t.Order, CreatedAt: t.At})
	}
	return out
}

func parcelOf(p orderview.Parcel) Parcel {
	out := Parcel{ID: p.ID, Carrier: p.Carrier, CarrierName: p.Carrier, TrackingNo: p.TrackingNo, State: string(p.State), ShippedAt: p.ShippedAt,
		Lines: []ParcelLine{}, Tracks: []Track{}}
	if c, known := carrier.ByCode(p.Carrier); known {
		out.CarrierName = c.Name
	}
	if p.Carrier == pay.OverTheCounter {
		out.CarrierName = "当面交付"
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, ParcelLine{LineNo: int64(l.LineNo), Quantity: l.Qty})
	}
	for _, t := range p.Tracks {
		out.Tracks = append(out.Tracks, Track{At: t.At, Text: t.Text})
	}
	return out
}

type shipIn struct {
	OrderIn
	Key  string `header:"Idempotency-Key"`
	Body struct {
		Carrier    string       `json:"carrier" maxLength:"40" doc:"code of the carrier"`
		TrackingNo string       `json:"tracking_no" maxLength:"40"`
		Lines      []ParcelLine `json:"lines,omitempty" maxItems:"100" doc:"none: everything that is left"`
	}
}

func (a *API) ship(ctx context.Context, in *shipIn) (*body[Order], error) {
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	canonical, err := json.Marshal(struct {
		Order id.ID
		In    any
	}{in.Order, in.Body})
	if err != nil {
		return nil, err
	}
	s := delivery.ShipIn{Shop: in.Shop, Staff: me(ctx).ID, Order: in.Order, Key: in.Key, InputHash: idem.Hash(canonical), Carrier: in.Body.Carrier, TrackingNo: in.Body.TrackingNo}
	for _, l := range in.Body.Lines {
		s.Lines = append(s.Lines, shipment.Line{LineNo: id.ID(l.LineNo), Qty: l.Quantity})
	}
	if _, err := a.Delivery.Ship(ctx, s); err != nil {
		return nil, err
	}
	return a.order(ctx, &in.OrderIn)
}

type noteIn struct {
	OrderIn
	Body struct {
		Note string `json:"note" maxLength:"500"`
	}
}

func (a *API) note(ctx context.Context, in *noteIn) (*body[Order], error) {
	if err := a.Delivery.Note(ctx, in.Shop, in.Order, in.Body.Note); err != nil {
		return nil, err
	}
	return a.order(ctx, &in.OrderIn)
}

// ParcelIn names one parcel in a path; exported, because huma reads no other
// embedded fields.
type ParcelIn struct {
	ShopIn
	Parcel id.ID `path:"parcel"`
}

type trackIn struct {
	ParcelIn
	Body struct {
		Text  string `json:"text" minLength:"2" maxLength:"300"`
		State string `json:"state,omitempty" enum:"in_transit,delivered"`
	}
}

func (a *API) track(ctx context.Context, in *trackIn) (*none, error) {
	return nil, a.Delivery.AddTrack(ctx, in.Shop, in.Parcel, shipment.Track{At: a.Now(), Text: in.Body.Text, State: shipment.State(in.Body.State)})
}

func (a *API) delivered(ctx context.Context, in *ParcelIn) (*none, error) {
	return nil, a.Delivery.MarkDelivered(ctx, in.Shop, in.Parcel, a.Now())
}

// Carrier is a parcel service.
type Carrier struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
	Likely bool   `json:"likely" doc:"the number looks like one of this carrier"`
}

type carriersIn struct {
	ShopIn
	No string `query:"no" maxLength:"40" doc:"tracking number"`
}

func (a *API) carriers(_ context.Context, in *carriersIn) (*body[[]Carrier], error) {
	out := []Carrier{}
	for _, c := range carrier.LikelyFirst(in.No) {
		out = append(out, Carrier{Code: c.Code, Name: c.Name, NameEn: c.NameEN, Likely: c.Likely})
	}
	return ok(out, nil)
}
