// Package order owns checkouts, orders, order_lines and the buyer's projection
// buyer_orders. An order belongs to one shop; a checkout holds the orders of one
// tap. States change only by conditional updates along States.
package order

import (
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// State is where an order stands.
type State string

// States of an order.
const (
	Pending  State = "pending"  // placed, stock reserved, not paid
	Paid     State = "paid"     // paid, something is left to ship
	Shipped  State = "shipped"  // everything that will be shipped is shipped
	Received State = "received" // final: the buyer has it, the shop has earned it
	Closed   State = "closed"   // final: unpaid, or everything was refunded
)

// States is the table of an order's life.
func States() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Pending), On: "buyer places it"},
		{From: string(Pending), To: string(Paid), On: "provider confirms payment"},
		{From: string(Pending), To: string(Closed), On: "buyer cancels or pay deadline passes"},
		{From: string(Paid), To: string(Shipped), On: "last unit leaves"},
		{From: string(Paid), To: string(Closed), On: "everything refunded"},
		{From: string(Shipped), To: string(Received), On: "buyer confirms or receive deadline passes"},
		{From: string(Shipped), To: string(Closed), On: "everything refunded"},
	}
}

// RefundState says what of an order is asked or refunded.
type RefundState string

// Refund states of an order.
const (
	RefundNone    RefundState = "none"
	RefundAsked   RefundState = "asked" // an after-sale is open
	RefundPartial RefundState = "partial"
	RefundFull    RefundState = "full"
)

// Reasons why an order was closed.
const (
	ReasonBuyer    = "buyer_cancelled"
	ReasonDeadline = "pay_deadline"
	ReasonRefunded = "refunded"
	ReasonShop     = "shop_cancelled"
)

// Errors of this room.
var (
	ErrNotFound = errs.New(errs.NotFound, "order.not_found", "没有找到这个订单", "There is no such order")
	ErrState    = errs.New(errs.Conflict, "order.state", "订单状态已变化，请刷新后再试", "The order is no longer in a state that allows this")
)

// Order is a row of orders.
type Order struct {
	ShopID, ID, BuyerID, CheckoutID                    id.ID
	State                                              State
	RefundState                                        RefundState
	ItemsTotal, ShippingFee, Discount, Total, Refunded money.Fen
	LineCount                                          int64
	Title, Picture                                     string // of the first line
	Receiver, Phone, Address, RegionCode               string // snapshot
	Remark, StaffNote, Source, CloseReason             string
	PayDeadline, ReceiveDeadline                       time.Time
	CreatedAt, PaidAt, ShippedAt, ReceivedAt, ClosedAt time.Time
	UpdatedAt                                          time.Time
}

// Line is a row of order_lines.
type Line struct {
	No, ProductID, SKU      id.ID
	Title, Options, Picture string // Options: JSON ["红","L"], as in skus
	Price, Amount           money.Fen
	Qty                     int64
	Shipped                 int64 // units in parcels
	Refunding, Refunded     int64 // units in open after-sales; units paid back
	Held, Released          int64 // unshipped units in after-sales; those of them given back to stock
	FlashID                 id.ID // the flash sale it was bought in; 0: none
}

// Shippable is how many units may still be shipped.
func (l Line) Shippable() int64 { return l.Qty - l.Shipped - l.Held }

// Refundable is how many units may still be asked back.
func (l Line) Refundable() int64 { return l.Qty - l.Refunding - l.Refunded }

// Returnable is how many shipped units may still be asked back.
func (l Line) Returnable() int64 { return l.Shipped - (l.Refunding + l.Refunded - l.Held) }

// Reserved is how many units of stock the line holds while its order is open.
func (l Line) Reserved() int64 { return l.Qty - l.Shipped - l.Released }

const columns = `shop_id, id, buyer_id, checkout_id, state, refund_state, items_total, shipping_fee, discount, total, refunded, line_count,
	title, picture, receiver, phone, address, region_code, remark, staff_note, source, close_reason, pay_deadline, receive_deadline,
	created_at, paid_at, shipped_at, received_at, closed_at, updated_at`

func scan(r db.Row) (o Order, err error) {
	return o, r.Scan(&o.ShopID, &o.ID, &o.BuyerID, &o.CheckoutID, &o.State, &o.RefundState, &o.ItemsTotal, &o.ShippingFee, &o.Discount, &o.Total,
		&o.Refunded, &o.LineCount, &o.Title, &o.Picture, &o.Receiver, &o.Phone, &o.Address, &o.RegionCode, &o.Remark, &o.StaffNote, &o.Source,
		&o.CloseReason, &o.PayDeadline, &o.ReceiveDeadline, &o.CreatedAt, &o.PaidAt, &o.ShippedAt, &o.ReceivedAt, &o.ClosedAt, &o.UpdatedAt)
}

const lineColumns = `line_no, product_id, sku_id, title, options, picture, price, quantity, amount, shipped, refunding, refunded, held, released, flash_id`

func scanLine(r db.Row) (l Line, err error) {
	return l, r.Scan(&l.No, &l.ProductID, &l.SKU, &l.Title, &l.Options, &l.Picture, &l.Price, &l.Qty, &l.Amount, &l.Shipped, &l.Refunding, &l.Refunded, &l.Held, &l.Released, &l.FlashID)
}

// Get reads an order of a shop.
func Get(tx *db.Tx, shop, order id.ID) (Order, error) {
	return one(scan(tx.QueryRow(`SELECT `+columns+` FROM orders WHERE shop_id = $1 AND id = $2`, shop, order)))
}

// Lock reads an order for change; rival transactions wait for this one.
func Lock(tx *db.Tx, shop, order id.ID) (Order, error) {
	return one(scan(tx.QueryRow(`SELECT `+columns+` FROM orders WHERE shop_id = $1 AND id = $2`+tx.ForUpdate(), shop, order)))
}

// OfBuyer is Get for a buyer: another buyer's order is not found.
func OfBuyer(tx *db.Tx, buyer, shop, order id.ID) (Order, error) {
	o, err := Get(tx, shop, order)
	if err == nil && o.BuyerID != buyer {
		return Order{}, ErrNotFound
	}
	return o, err
}

func one(o Order, err error) (Order, error) {
	if errors.Is(err, db.ErrNoRow) {
		return o, ErrNotFound
	}
	return o, err
}

// Lines reads the lines of an order in their order.
func Lines(tx *db.Tx, shop, order id.ID) ([]Line, error) {
	return db.All(tx, scanLine, `SELECT `+lineColumns+` FROM order_lines WHERE shop_id = $1 AND order_id = $2 ORDER BY line_no`, shop, order)
}

// Sums adds up the units of an order's lines.
type Sums struct{ Qty, Shipped, Shippable, Refunding, Refunded int64 }

// Sum adds up lines.
func Sum(lines []Line) (s Sums) {
	for _, l := range lines {
		s.Qty += l.Qty
		s.Shipped += l.Shipped
		s.Shippable += l.Shippable()
		s.Refunding += l.Refunding
		s.Refunded += l.Refunded
	}
	return s
}

// RefundState is what the sums mean, given whether an after-sale is open.
func (s Sums) RefundState(open bool) RefundState {
	switch {
	case open:
		return RefundAsked
	case s.Refunded == 0:
		return RefundNone
	case s.Refunded == s.Qty:
		return RefundFull
	}
	return RefundPartial
}
