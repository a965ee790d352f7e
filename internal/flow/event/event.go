// Package event names what happens in the house and the facts each event
// carries. Flows emit these; listeners decode them. Payloads are small: ids and
// what a listener would otherwise have to guess. Amounts are fen, times UTC.
package event

import (
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Kinds of events.
const (
	OrderPlaced        = "order.placed"        // Order
	OrderPaid          = "order.paid"          // Order
	OrderClosed        = "order.closed"        // Order, Reason says why
	OrderShipped       = "order.shipped"       // Parcel; once per parcel
	OrderDelivered     = "order.delivered"     // Parcel
	OrderReceived      = "order.received"      // Order
	OrderRefunded      = "order.refunded"      // Refund
	AftersaleRequested = "aftersale.requested" // Aftersale
	AftersaleDecided   = "aftersale.decided"   // Aftersale: approved or refused
	AftersaleCancelled = "aftersale.cancelled" // Aftersale
	AftersaleReturning = "aftersale.returning" // Aftersale: the buyer gave the parcel
	AftersaleReturned  = "aftersale.returned"  // Aftersale: the merchant has the goods
	RefundAbnormal     = "refund.abnormal"     // Refund: a person has to look
	PayoutMoved        = "payout.moved"        // Payout: requested, approved, sent, done, failed or cancelled
	DepositMoved       = "deposit.moved"       // Deposit: frozen, compensated or released
	PaymentRefused     = "payment.refused"     // PaymentProblem: what was paid is not what was due
	ProductChanged     = "product.changed"     // Product
	ProductRemoved     = "product.removed"     // Product
	StockChanged       = "stock.changed"       // Stock
	ShopChanged        = "shop.changed"        // Shop
	BuyerFollowed      = "buyer.followed"      // Buyer
	BuyerUnfollowed    = "buyer.unfollowed"    // Buyer
	ImportStarted      = "import.started"      // Import: rows are to be read
	ImportFinished     = "import.finished"     // Import
	ReconFinished      = "recon.finished"      // Recon: a day is compared with the provider's bill
	ReconFailed        = "recon.failed"        // Recon: a day could not be compared, a person has to look
)

// Order is the payload of order.placed, paid, closed and received.
type Order struct {
	ShopID     id.ID     `json:"shop_id"`
	OrderID    id.ID     `json:"order_id"`
	BuyerID    id.ID     `json:"buyer_id"`
	CheckoutID id.ID     `json:"checkout_id,omitempty"`
	PaymentID  id.ID     `json:"payment_id,omitempty"`
	Total      money.Fen `json:"total"`
	Source     string    `json:"source,omitempty"`
	Reason     string    `json:"reason,omitempty"`
}

// Parcel is the payload of order.shipped and order.delivered.
type Parcel struct {
	ShopID     id.ID  `json:"shop_id"`
	OrderID    id.ID  `json:"order_id"`
	BuyerID    id.ID  `json:"buyer_id"`
	ShipmentID id.ID  `json:"shipment_id"`
	Carrier    string `json:"carrier"`
	TrackingNo string `json:"tracking_no"`
	Whole      bool   `json:"whole"` // nothing of the order is left to ship
}

// Refund is the payload of order.refunded and refund.abnormal.
type Refund struct {
	ShopID      id.ID     `json:"shop_id"`
	OrderID     id.ID     `json:"order_id"`
	BuyerID     id.ID     `json:"buyer_id"`
	RefundID    id.ID     `json:"refund_id"`
	AftersaleID id.ID     `json:"aftersale_id,omitempty"` // none: late money sent back
	Amount      money.Fen `json:"amount"`
	Refunded    money.Fen `json:"refunded"`         // of the order, in all
	Late        bool      `json:"late,omitempty"`   // money that came for a closed order went back
	Closed      bool      `json:"closed,omitempty"` // everything was refunded, the order is closed
	Reason      string    `json:"reason,omitempty"`
}

// Aftersale is the payload of the aftersale events.
type Aftersale struct {
	ShopID      id.ID     `json:"shop_id"`
	OrderID     id.ID     `json:"order_id"`
	BuyerID     id.ID     `json:"buyer_id"`
	AftersaleID id.ID     `json:"aftersale_id"`
	Kind        string    `json:"kind"`
	State       string    `json:"state"`
	Amount      money.Fen `json:"amount"`
	Reason      string    `json:"reason,omitempty"`
}

// PaymentProblem is the payload of payment.refused.
type PaymentProblem struct {
	ShopID    id.ID  `json:"shop_id"`
	BuyerID   id.ID  `json:"buyer_id"`
	PaymentID id.ID  `json:"payment_id"`
	Reason    string `json:"reason"`
}

// Payout is the payload of payout.moved.
type Payout struct {
	ShopID   id.ID     `json:"shop_id"`
	PayoutID id.ID     `json:"payout_id"`
	Amount   money.Fen `json:"amount"`
	State    string    `json:"state"`
}

// Deposit is the payload of deposit.moved.
type Deposit struct {
	ShopID  id.ID     `json:"shop_id"`
	HoldID  id.ID     `json:"hold_id"`
	OrderID id.ID     `json:"order_id,omitempty"`
	Amount  money.Fen `json:"amount"`
	Used    money.Fen `json:"used,omitempty"` // what the buyer got
	State   string    `json:"state"`
}

// Product is the payload of product.changed and product.removed.
type Product struct {
	ShopID    id.ID `json:"shop_id"`
	ProductID id.ID `json:"product_id"`
}

// Stock is the payload of stock.changed.
type Stock struct {
	ShopID id.ID   `json:"shop_id"`
	SKUs   []id.ID `json:"skus"`
}

// Shop is the payload of shop.changed.
type Shop struct {
	ShopID id.ID `json:"shop_id"`
}

// Buyer is the payload of buyer.followed and buyer.unfollowed.
type Buyer struct {
	BuyerID id.ID  `json:"buyer_id"`
	AppID   string `json:"app_id"`
	OpenID  string `json:"open_id"`
	Scene   string `json:"scene,omitempty"`
	Again   bool   `json:"again,omitempty"` // had followed before
}

// Import is the payload of import.started and import.finished.
type Import struct {
	ShopID   id.ID `json:"shop_id"`
	ImportID id.ID `json:"import_id"`
}

// Recon is the payload of recon.finished and recon.failed.
type Recon struct {
	RunID    id.ID  `json:"run_id"`
	Provider string `json:"provider"`
	Account  string `json:"account"`
	Day      string `json:"day"`
	Lines    int64  `json:"lines,omitempty"`
	Open     int64  `json:"open,omitempty"` // differences that wait for a person
	Problem  string `json:"problem,omitempty"`
}
