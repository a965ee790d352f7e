package order

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// ErrNoCheckout is returned for a checkout that is not there or not the buyer's.
var ErrNoCheckout = errs.New(errs.NotFound, "checkout.not_found", "没有找到这次结算", "There is no such checkout")

// Ref names an order.
type Ref struct {
	Shop  id.ID `json:"shop_id"`
	Order id.ID `json:"order_id"`
}

// Checkout is a row of checkouts: the orders placed and paid together.
type Checkout struct {
	Buyer, ID   id.ID
	Total       money.Fen
	Orders      []Ref // in shop order
	PayDeadline time.Time
	CreatedAt   time.Time
}

// PutCheckout writes a checkout.
func PutCheckout(tx *db.Tx, c Checkout) error {
	shops, err := json.Marshal(c.Orders)
	if err != nil {
		return err
	}
	return tx.Later(nil, `INSERT INTO checkouts (buyer_id, id, total, shops, pay_deadline, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.Buyer, c.ID, c.Total, string(shops), c.PayDeadline, c.CreatedAt)
}

// GetCheckout reads a checkout of a buyer.
func GetCheckout(tx *db.Tx, buyer, checkout id.ID) (Checkout, error) {
	return readCheckout(tx, buyer, checkout, "")
}

// LockCheckout reads a checkout for change; rival transactions wait.
func LockCheckout(tx *db.Tx, buyer, checkout id.ID) (Checkout, error) {
	return readCheckout(tx, buyer, checkout, tx.ForUpdate())
}

func readCheckout(tx *db.Tx, buyer, checkout id.ID, lock string) (Checkout, error) {
	c := Checkout{Buyer: buyer, ID: checkout}
	var shops string
	err := tx.QueryRow(`SELECT total, shops, pay_deadline, created_at FROM checkouts WHERE buyer_id = $1 AND id = $2`+lock, buyer, checkout).
		Scan(&c.Total, &shops, &c.PayDeadline, &c.CreatedAt)
	if errors.Is(err, db.ErrNoRow) {
		return c, ErrNoCheckout
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(shops), &c.Orders)
}

// Place writes a new order with its lines; both are complete but for what only
// later steps know.
func Place(tx *db.Tx, o Order, lines []Line) error {
	err := tx.Later(nil, `INSERT INTO orders (shop_id, id, buyer_id, checkout_id, state, items_total, shipping_fee, discount, total, line_count, title, picture,
		receiver, phone, address, region_code, remark, source, pay_deadline, created_at, updated_at)
		VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)`,
		o.ShopID, o.ID, o.BuyerID, o.CheckoutID, o.ItemsTotal, o.ShippingFee, o.Discount, o.Total, len(lines), o.Title, o.Picture,
		o.Receiver, o.Phone, o.Address, o.RegionCode, o.Remark, o.Source, o.PayDeadline, o.CreatedAt)
	if err != nil {
		return err
	}
	args := make([]any, 0, len(lines)*insertLines.Cols)
	for i, l := range lines {
		args = append(args, o.ShopID, o.ID, i+1, l.ProductID, l.SKU, l.Title, l.Options, l.Picture, l.Price, l.Qty, l.Amount)
	}
	return insertLines.Put(tx, args)
}

var insertLines = db.Rows{
	Into: `INSERT INTO order_lines (shop_id, order_id, line_no, product_id, sku_id, title, options, picture, price, quantity, amount) VALUES`,
	Cols: 11,
}
