package console

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// What the console sees. Amounts are fen, times RFC 3339 in UTC, ids decimal
// strings.

// Me is who is logged in and what he may do.
type Me struct {
	Member      staff.Member       `json:"member"`
	ShopName    string             `json:"shop_name" doc:"the market's name for an operator"`
	ShopHandle  string             `json:"shop_handle"`
	Permissions []staff.Permission `json:"permissions"`
	CSRF        string             `json:"csrf" doc:"send it as X-CSRF-Token with everything that changes"`
}

// Dashboard is today at a glance.
type Dashboard struct {
	Today     report.Figures         `json:"today"`
	Yesterday report.Figures         `json:"yesterday"`
	Days      []report.Figures       `json:"days" doc:"the last days, oldest first"`
	Total     report.Figures         `json:"total" doc:"over the days"`
	Sources   []report.SourceFigures `json:"sources"`
	Todo      Todo                   `json:"todo"`
}

// Todo is what waits for somebody; counts go up to 1,000.
type Todo struct {
	ToShip     int64 `json:"to_ship"`
	Aftersales int64 `json:"aftersales"`
	Returns    int64 `json:"returns" doc:"returned parcels on their way or to be confirmed"`
	LowStock   int64 `json:"low_stock" doc:"SKUs on sale with 5 or fewer pieces"`
	Drafts     int64 `json:"drafts"`
	Refunds    int64 `json:"refunds" doc:"refunds the provider could not send"`
	Parked     int64 `json:"parked" doc:"jobs that keep failing"`
}

// OrderRow is an order in the list.
type OrderRow struct {
	ShopID      id.ID      `json:"shop_id"`
	ID          id.ID      `json:"id"`
	ShopName    string     `json:"shop_name,omitempty" doc:"in the operator's list"`
	State       string     `json:"state" enum:"pending,paid,shipped,received,closed"`
	RefundState string     `json:"refund_state" enum:"none,asked,partial,full"`
	Title       string     `json:"title"`
	Picture     string     `json:"picture"`
	LineCount   int64      `json:"line_count"`
	Total       money.Fen  `json:"total"`
	Refunded    money.Fen  `json:"refunded"`
	Receiver    string     `json:"receiver"`
	Phone       string     `json:"phone"`
	Source      string     `json:"source"`
	CreatedAt   time.Time  `json:"created_at"`
	PaidAt      *time.Time `json:"paid_at,omitempty"`
}

// OrderPage is a page of orders.
type OrderPage struct {
	Items []OrderRow `json:"items"`
	Next  string     `json:"next" doc:"cursor of the next page; empty: the end"`
}

// Order is an order with all that belongs to it.
type Order struct {
	OrderRow
	CheckoutID  id.ID          `json:"checkout_id"`
	CloseReason string         `json:"close_reason"`
	ItemsTotal  money.Fen      `json:"items_total"`
	ShippingFee money.Fen      `json:"shipping_fee"`
	Discount    money.Fen      `json:"discount"`
	Address     string         `json:"address"`
	Remark      string         `json:"remark" doc:"of the buyer"`
	StaffNote   string         `json:"staff_note"`
	PayDeadline time.Time      `json:"pay_deadline"`
	ShippedAt   *time.Time     `json:"shipped_at,omitempty"`
	ReceivedAt  *time.Time     `json:"received_at,omitempty"`
	ClosedAt    *time.Time     `json:"closed_at,omitempty"`
	Lines       []OrderLine    `json:"lines"`
	Parcels     []Parcel       `json:"parcels"`
	Aftersales  []AftersaleRow `json:"aftersales"`
	Payments    []PaymentRow   `json:"payments"`
	Ledger      []LedgerRow    `json:"ledger,omitempty" doc:"only for those who may see money"`
}

// OrderLine is one line of an order.
type OrderLine struct {
	LineNo    int64     `json:"line_no"`
	ProductID id.ID     `json:"product_id"`
	SkuID     id.ID     `json:"sku_id"`
	Title     string    `json:"title"`
	Options   []string  `json:"options"`
	Picture   string    `json:"picture"`
	Price     money.Fen `json:"price"`
	Quantity  int64     `json:"quantity"`
	Amount    money.Fen `json:"amount"`
	Shipped   int64     `json:"shipped"`
	Refunding int64     `json:"refunding"`
	Refunded  int64     `json:"refunded"`
	Shippable int64     `json:"shippable" doc:"pieces that may still be shipped"`
}

// Parcel is one shipment.
type Parcel struct {
	ID          id.ID        `json:"id"`
	Carrier     string       `json:"carrier"`
	CarrierName string       `json:"carrier_name"`
	TrackingNo  string       `json:"tracking_no"`
	State       string       `json:"state" enum:"shipped,in_transit,delivered"`
	Lines       []ParcelLine `json:"lines"`
	Tracks      []Track      `json:"tracks" doc:"newest first"`
	ShippedAt   time.Time    `json:"shipped_at"`
}

// ParcelLine is what of an order line lies in a parcel.
type ParcelLine struct {
	LineNo   int64 `json:"line_no" minimum:"1"`
	Quantity int64 `json:"quantity" minimum:"1" maximum:"999"`
}

// Track is one thing that happened to a parcel.
type Track struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// PaymentRow is how an order was paid.
type PaymentRow struct {
	Provider      string     `json:"provider"`
	TradeNo       string     `json:"trade_no"`
	TransactionID string     `json:"transaction_id"`
	Amount        money.Fen  `json:"amount"`
	Refunded      money.Fen  `json:"refunded"`
	State         string     `json:"state"`
	PaidAt        *time.Time `json:"paid_at,omitempty"`
}

// RefundRow is money on its way back to a buyer.
type RefundRow struct {
	ID          id.ID      `json:"id"`
	OrderID     id.ID      `json:"order_id"`
	AftersaleID id.ID      `json:"aftersale_id" doc:"0: none"`
	RefundNo    string     `json:"refund_no" doc:"the provider knows it by this number"`
	Amount      money.Fen  `json:"amount"`
	Reason      string     `json:"reason"`
	State       string     `json:"state" enum:"due,processing,succeeded,abnormal"`
	Attempts    int64      `json:"attempts"`
	LastError   string     `json:"last_error"`
	NextTryAt   *time.Time `json:"next_try_at,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
	FinishedAt  *time.Time `json:"finished_at,omitempty"`
}

// RefundPage is a page of refunds.
type RefundPage struct {
	Items []RefundRow `json:"items"`
	Next  string      `json:"next"`
}

// LedgerRow is one transfer in the shop's books.
type LedgerRow struct {
	ID        id.ID     `json:"id"`
	Kind      string    `json:"kind"`
	Debit     string    `json:"debit"`
	Credit    string    `json:"credit"`
	Amount    money.Fen `json:"amount"`
	OrderID   id.ID     `json:"order_id"`
	CreatedAt time.Time `json:"created_at"`
}

// AftersaleRow is a request for money back.
type AftersaleRow struct {
	ShopID       id.ID           `json:"shop_id"`
	ID           id.ID           `json:"id"`
	OrderID      id.ID           `json:"order_id"`
	Kind         string          `json:"kind" enum:"refund,return"`
	State        string          `json:"state" enum:"requested,approved,refused,cancelled,returning,refunding,refunded"`
	Title        string          `json:"title"`
	Picture      string          `json:"picture"`
	Reason       string          `json:"reason"`
	Note         string          `json:"note"`
	Amount       money.Fen       `json:"amount"`
	RefuseReason string          `json:"refuse_reason"`
	Carrier      string          `json:"carrier"`
	TrackingNo   string          `json:"tracking_no"`
	Lines        []AftersaleLine `json:"lines,omitempty"`
	CreatedAt    time.Time       `json:"created_at"`
	DecidedAt    *time.Time      `json:"decided_at,omitempty"`
	FinishedAt   *time.Time      `json:"finished_at,omitempty"`
}

// AftersaleLine is what of an order line is asked back.
type AftersaleLine struct {
	LineNo   int64     `json:"line_no"`
	Quantity int64     `json:"quantity"`
	Amount   money.Fen `json:"amount"`
}

// AftersalePage is a page of requests.
type AftersalePage struct {
	Items []AftersaleRow `json:"items"`
	Next  string         `json:"next"`
}

// Money is where a shop's money stands.
type Money struct {
	Accounts []Account   `json:"accounts"`
	Entries  []LedgerRow `json:"entries" doc:"newest first"`
	Next     string      `json:"next"`
}

// Account is one account of a shop's books.
type Account struct {
	Name    string    `json:"name" enum:"buyer_due,provider_wechat,provider_alipay,shop_held,shop_payable,paid_out,market_fee,fee_collected,refund_due,late_money,deposit_bank,shop_deposit,compensation_due"`
	Balance money.Fen `json:"balance" doc:"fen, positive on the account's usual side"`
}

// ShopMoney is a shop's line in the operator's overview.
type ShopMoney struct {
	ShopID   id.ID     `json:"shop_id"`
	ShopName string    `json:"shop_name"`
	Accounts []Account `json:"accounts"`
	Sales30  money.Fen `json:"sales_30d" doc:"fen paid in the last 30 days"`
	Orders30 int64     `json:"orders_30d"`
}
