// Package checkout is the recipe from goods to placed orders: Quote shows what
// lines would cost, PlaceOrder places the orders of all shops in one transaction,
// those of callers that come at the same time together.
// Cancelling belongs to flow/pay, because a payment may have to be closed first.
package checkout

import (
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Config sets the limits of a checkout. Zero fields take the defaults.
type Config struct {
	PayWindow time.Duration // time to pay an order; default 30 minutes
	MaxShops  int           // shops in one checkout; default 10, what WeChat Pay combines for a direct merchant
	MaxLines  int           // lines in one checkout; default 100
}

// Deps is what the recipe works with. Safe for concurrent use.
type Deps struct {
	DB      *db.DB
	IDs     *id.Source
	Emitter *jobs.Emitter
	Now     func() time.Time
	Config  Config
	// Look gives the shelf from which is sold; nil is inventory.Look. The simulation
	// puts one without a guard here, to see that it is found out.
	Look func([]inventory.Key) (Shelf, []db.Query)

	keepOnce sync.Once
	kept     *db.Kept[goodsKey, goods]
	homes    *db.Kept[homeKey, Address]
	sold     *db.Kept[promotion.Key, promotion.Sale]
	queue    queue
}

// goods remembers what is sold.
func (d *Deps) goods() *db.Kept[goodsKey, goods] {
	d.keepOnce.Do(d.keep)
	return d.kept
}

// addresses remembers where buyers live.
func (d *Deps) addresses() *db.Kept[homeKey, Address] {
	d.keepOnce.Do(d.keep)
	return d.homes
}

// sales remembers flash sales, as long as none sells.
func (d *Deps) sales() *db.Kept[promotion.Key, promotion.Sale] {
	d.keepOnce.Do(d.keep)
	return d.sold
}

func (d *Deps) keep() { d.kept, d.homes, d.sold = newKeptGoods(), newKeptHomes(), promotion.NewKept() }

// Shelf is what placing needs of inventory.Shelf.
type Shelf interface {
	Holds(shop id.ID, lines []inventory.Line) error
	Take(shop id.ID, lines []inventory.Line)
	Reserve(tx *db.Tx) error
}

func (d *Deps) shelf(keys []inventory.Key) (Shelf, []db.Query) {
	if d.Look != nil {
		return d.Look(keys)
	}
	return inventory.Look(keys)
}

func (d *Deps) payWindow() time.Duration { return or(d.Config.PayWindow, 30*time.Minute) }
func (d *Deps) maxShops() int            { return or(d.Config.MaxShops, 10) }
func (d *Deps) maxLines() int            { return or(d.Config.MaxLines, 100) }

func or[T int | time.Duration](v, fallback T) T {
	if v > 0 {
		return v
	}
	return fallback
}

// Line is something to buy.
type Line struct {
	Shop id.ID
	SKU  id.ID
	Qty  int64
	// Flash is the flash sale at whose price it is bought; 0: the usual price.
	Flash id.ID
}

// Address is where the goods go; it is copied into the orders.
type Address struct {
	Receiver, Phone                  string
	Province, City, District, Detail string
	RegionCode                       string // six digits
}

// In is an order to be placed.
type In struct {
	Buyer     id.ID
	Key       string // Idempotency-Key
	InputHash string // idem.Hash of the canonical request body
	Lines     []Line // of one or several shops; the same SKU may stand twice
	FromCart  bool   // take these SKUs out of the buyer's cart
	AddressID id.ID  // one of the buyer's addresses; 0: Address says where to
	Address   Address
	Remarks   map[id.ID]string // by shop; at most 200 characters each
	Source    string           // where the visit came from, for reports; at most 64 characters
	// ExpectTotal is what the page showed, in fen. Another total is refused with
	// checkout.price_changed. 0: nothing was shown.
	ExpectTotal money.Fen
}

// PlacedOrder is one order of a checkout.
type PlacedOrder struct {
	ShopID  id.ID     `json:"shop_id"`
	OrderID id.ID     `json:"order_id"`
	Total   money.Fen `json:"total"`
}

// Placed is the answer to PlaceOrder.
type Placed struct {
	CheckoutID  id.ID         `json:"checkout_id"`
	Total       money.Fen     `json:"total"`
	PayDeadline time.Time     `json:"pay_deadline"`
	Orders      []PlacedOrder `json:"orders"` // in shop order
	Repeated    bool          `json:"-"`      // the key had come before; nothing was done now
}

// Errors of this recipe.
var (
	ErrEmpty    = errs.New(errs.Invalid, "checkout.empty", "请先选择要买的商品", "There is nothing to buy")
	ErrTooMany  = errs.New(errs.Invalid, "checkout.too_many", "一次结算的店铺或商品太多，请分开下单", "Too many shops or lines in one checkout; please split it")
	ErrUnlisted = errs.New(errs.Conflict, "checkout.unlisted", "有商品已下架或不存在", "Something is no longer for sale")
	ErrShop     = errs.New(errs.Conflict, "checkout.shop_closed", "店铺暂停营业，不能下单", "The shop takes no orders now")
	ErrPrice    = errs.New(errs.Conflict, "checkout.price_changed", "价格有变化，请确认后再下单", "Prices have changed; please look again")
	ErrZero     = errs.New(errs.Invalid, "checkout.zero_total", "订单金额须至少 0.01 元", "An order must cost at least 0.01 yuan")
	ErrAddress  = errs.New(errs.Invalid, "checkout.address", "收货地址不完整", "The address is not complete")
	ErrText     = errs.New(errs.Invalid, "checkout.text_too_long", "留言不能超过 200 字", "A remark may have at most 200 characters")
)
