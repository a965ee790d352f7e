package storefront

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// What the storefront sees. Amounts are fen, times RFC 3339 in UTC, ids decimal
// strings.

// Home is the market's front page.
type Home struct {
	Name       string        `json:"name"`
	NameEn     string        `json:"name_en"`
	Categories []Category    `json:"categories" doc:"top categories, each with its children"`
	Shops      []ShopCard    `json:"shops"`
	Fresh      []ListingCard `json:"fresh" doc:"newest products"`
	Popular    []ListingCard `json:"popular" doc:"most sold products"`
}

// Category is a node of the market's tree.
type Category struct {
	ID       id.ID      `json:"id"`
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	NameEn   string     `json:"name_en"`
	Icon     string     `json:"icon"`
	Children []Category `json:"children"`
}

// ShopCard is a shop in a list.
type ShopCard struct {
	ID     id.ID  `json:"id"`
	Handle string `json:"handle"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
	Slogan string `json:"slogan"`
	Logo   string `json:"logo"`
	Cover  string `json:"cover"`
	City   string `json:"city"`
}

// Shop is a shop's own page.
type Shop struct {
	ShopCard
	Intro       string    `json:"intro"`
	Notice      string    `json:"notice"`
	Hours       string    `json:"hours"`
	ShippingFee money.Fen `json:"shipping_fee"`
	FreeOver    money.Fen `json:"free_over" doc:"0: shipping is never free"`
	Open        bool      `json:"open" doc:"false: the shop takes no orders now"`
}

// ListingCard is a product in a list.
type ListingCard struct {
	ShopID       id.ID     `json:"shop_id"`
	ProductID    id.ID     `json:"product_id"`
	ShopName     string    `json:"shop_name"`
	Title        string    `json:"title"`
	TitleEn      string    `json:"title_en"`
	Subtitle     string    `json:"subtitle"`
	Picture      string    `json:"picture"`
	PriceMin     money.Fen `json:"price_min"`
	PriceMax     money.Fen `json:"price_max"`
	ComparePrice money.Fen `json:"compare_price" doc:"struck-out price; 0: none"`
	Sold         int64     `json:"sold"`
	Available    bool      `json:"available"`
}

// ListingPage is a page of products.
type ListingPage struct {
	Items []ListingCard `json:"items"`
	Next  string        `json:"next" doc:"cursor of the next page; empty: the end"`
	Total int64         `json:"total" doc:"number of hits, counted up to 1,000"`
	Loose bool          `json:"loose" doc:"nothing had all words; these have some of them"`
}

// A product's page is catalog.PageData of internal/flow/catalog.

// Cart is a buyer's cart, by shop.
type Cart struct {
	Shops []CartShop `json:"shops"`
	Count int64      `json:"count" doc:"units in all"`
}

// CartShop is the part of a cart in one shop.
type CartShop struct {
	Shop  ShopCard   `json:"shop"`
	Lines []CartLine `json:"lines"`
	Items money.Fen  `json:"items_total" doc:"of the selected lines that can be bought"`
	Fee   money.Fen  `json:"shipping_fee" doc:"of the selected lines"`
	Lack  money.Fen  `json:"free_shipping_lack" doc:"what is missing for free shipping; 0: none or not offered"`
}

// CartLine is a line of a cart.
type CartLine struct {
	SkuID     id.ID     `json:"sku_id"`
	ProductID id.ID     `json:"product_id"`
	Title     string    `json:"title"`
	Options   []string  `json:"options"`
	Picture   string    `json:"picture"`
	Price     money.Fen `json:"price" doc:"now"`
	PriceSeen money.Fen `json:"price_seen" doc:"when it was put in; differs: say so"`
	Quantity  int64     `json:"quantity"`
	Available int64     `json:"available"`
	Selected  bool      `json:"selected"`
	OnSale    bool      `json:"on_sale" doc:"false: can no longer be bought"`
}

// Quote is what a checkout would cost.
type Quote struct {
	Shops []QuoteShop `json:"shops"`
	Total money.Fen   `json:"total"`
	OK    bool        `json:"ok" doc:"it can be ordered as it is"`
}

// QuoteShop is the part of a quote in one shop: it becomes one order.
type QuoteShop struct {
	Shop        ShopCard    `json:"shop"`
	Lines       []QuoteLine `json:"lines"`
	ItemsTotal  money.Fen   `json:"items_total"`
	ShippingFee money.Fen   `json:"shipping_fee"`
	Discount    money.Fen   `json:"discount"`
	Total       money.Fen   `json:"total"`
}

// QuoteLine is one line of a quote.
type QuoteLine struct {
	SkuID      id.ID     `json:"sku_id"`
	ProductID  id.ID     `json:"product_id"`
	Title      string    `json:"title"`
	Options    []string  `json:"options"`
	Picture    string    `json:"picture"`
	Price      money.Fen `json:"price"`
	Quantity   int64     `json:"quantity"`
	Amount     money.Fen `json:"amount"`
	Problem    string    `json:"problem,omitempty" doc:"code why it cannot be bought: unlisted, short, shop_closed, flash_over, flash_limit, flash_sold_out"`
	Available  int64     `json:"available"`
	FlashID    id.ID     `json:"flash_id,omitempty" doc:"the flash sale at whose price it is"`
	UsualPrice money.Fen `json:"usual_price"`
}

// Placed is the answer to a placed order.
type Placed struct {
	CheckoutID  id.ID      `json:"checkout_id"`
	Orders      []OrderRef `json:"orders"`
	Total       money.Fen  `json:"total"`
	PayDeadline time.Time  `json:"pay_deadline"`
}

// OrderRef names an order.
type OrderRef struct {
	ShopID  id.ID     `json:"shop_id"`
	OrderID id.ID     `json:"order_id"`
	Total   money.Fen `json:"total"`
	State   string    `json:"state,omitempty" enum:"pending,paid,shipped,received,closed"`
}

// PaymentState is where the payment of a checkout stands, by the provider's word.
type PaymentState struct {
	State       string     `json:"state" enum:"pending,paid,closed" doc:"pending: not paid yet"`
	Total       money.Fen  `json:"total"`
	Orders      []OrderRef `json:"orders"`
	PayDeadline time.Time  `json:"pay_deadline"`
	Ways        []string   `json:"ways" doc:"how this browser can pay, the best first"`
}

// OrderCard is an order in the buyer's list.
type OrderCard struct {
	ShopID      id.ID     `json:"shop_id"`
	OrderID     id.ID     `json:"order_id"`
	CheckoutID  id.ID     `json:"checkout_id"`
	ShopName    string    `json:"shop_name"`
	State       string    `json:"state" enum:"pending,paid,shipped,received,closed"`
	RefundState string    `json:"refund_state" enum:"none,asked,partial,full"`
	Total       money.Fen `json:"total"`
	LineCount   int64     `json:"line_count"`
	Title       string    `json:"title" doc:"of the first line"`
	Picture     string    `json:"picture"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// OrderPage is a page of orders.
type OrderPage struct {
	Items []OrderCard `json:"items"`
	Next  string      `json:"next"`
}

// Order is an order with all that belongs to it.
type Order struct {
	ShopID      id.ID       `json:"shop_id"`
	ID          id.ID       `json:"id"`
	CheckoutID  id.ID       `json:"checkout_id"`
	Shop        ShopCard    `json:"shop"`
	State       string      `json:"state" enum:"pending,paid,shipped,received,closed"`
	RefundState string      `json:"refund_state" enum:"none,asked,partial,full"`
	CloseReason string      `json:"close_reason" doc:"buyer_cancelled, pay_deadline, refunded, shop_cancelled"`
	ItemsTotal  money.Fen   `json:"items_total"`
	ShippingFee money.Fen   `json:"shipping_fee"`
	Discount    money.Fen   `json:"discount"`
	Total       money.Fen   `json:"total"`
	Refunded    money.Fen   `json:"refunded"`
	Receiver    string      `json:"receiver"`
	Phone       string      `json:"phone"`
	Address     string      `json:"address"`
	Remark      string      `json:"remark"`
	Lines       []OrderLine `json:"lines"`
	Parcels     []Parcel    `json:"parcels"`
	Aftersales  []Aftersale `json:"aftersales"`
	PayDeadline time.Time   `json:"pay_deadline"`
	AutoReceive *time.Time  `json:"auto_receive_at,omitempty" doc:"the order counts as received then"`
	CreatedAt   time.Time   `json:"created_at"`
	PaidAt      *time.Time  `json:"paid_at,omitempty"`
	ShippedAt   *time.Time  `json:"shipped_at,omitempty"`
	ReceivedAt  *time.Time  `json:"received_at,omitempty"`
	ClosedAt    *time.Time  `json:"closed_at,omitempty"`
	Can         OrderCan    `json:"can"`
}

// OrderCan says which buttons to show.
type OrderCan struct {
	Pay     bool `json:"pay"`
	Cancel  bool `json:"cancel"`
	Receive bool `json:"receive"`
	Refund  bool `json:"refund" doc:"ask for money back for what was not shipped"`
	Return  bool `json:"return" doc:"send shipped goods back"`
}

// OrderLine is one line of an order.
type OrderLine struct {
	LineNo     int64     `json:"line_no"`
	ProductID  id.ID     `json:"product_id"`
	SkuID      id.ID     `json:"sku_id"`
	Title      string    `json:"title"`
	Options    []string  `json:"options"`
	Picture    string    `json:"picture"`
	Price      money.Fen `json:"price"`
	Quantity   int64     `json:"quantity"`
	Amount     money.Fen `json:"amount"`
	Shipped    int64     `json:"shipped"`
	Refunded   int64     `json:"refunded"`
	Refundable int64     `json:"refundable" doc:"unshipped pieces that can still be asked back"`
	Returnable int64     `json:"returnable" doc:"shipped pieces that can still be sent back"`
}

// Parcel is one shipment and its way.
type Parcel struct {
	ID          id.ID        `json:"id"`
	Carrier     string       `json:"carrier" doc:"code"`
	CarrierName string       `json:"carrier_name"`
	Phone       string       `json:"carrier_phone"`
	TrackingNo  string       `json:"tracking_no"`
	State       string       `json:"state" enum:"shipped,in_transit,delivered"`
	Lines       []ParcelLine `json:"lines"`
	Tracks      []Track      `json:"tracks" doc:"newest first"`
	ShippedAt   time.Time    `json:"shipped_at"`
}

// ParcelLine is what of an order line lies in a parcel.
type ParcelLine struct {
	LineNo   int64 `json:"line_no"`
	Quantity int64 `json:"quantity"`
}

// Track is one thing that happened to a parcel.
type Track struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Aftersale is a request for money back.
type Aftersale struct {
	ID            id.ID           `json:"id"`
	ShopID        id.ID           `json:"shop_id"`
	OrderID       id.ID           `json:"order_id"`
	Kind          string          `json:"kind" enum:"refund,return"`
	State         string          `json:"state" enum:"requested,approved,refused,cancelled,returning,refunding,refunded"`
	Reason        string          `json:"reason"`
	Note          string          `json:"note"`
	Amount        money.Fen       `json:"amount"`
	RefuseReason  string          `json:"refuse_reason"`
	ReturnAddress string          `json:"return_address" doc:"where to send the goods, once approved"`
	Carrier       string          `json:"carrier"`
	TrackingNo    string          `json:"tracking_no"`
	Lines         []AftersaleLine `json:"lines"`
	CreatedAt     time.Time       `json:"created_at"`
	DecidedAt     *time.Time      `json:"decided_at,omitempty"`
	FinishedAt    *time.Time      `json:"finished_at,omitempty"`
}

// AftersaleLine is what of an order line is asked back.
type AftersaleLine struct {
	LineNo   int64     `json:"line_no"`
	Quantity int64     `json:"quantity"`
	Amount   money.Fen `json:"amount"`
}
