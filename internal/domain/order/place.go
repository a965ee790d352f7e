package order

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
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

// Checkout is a row of checkouts: the orders placed and paid together, and the
// record of the Idempotency-Key they were placed with.
type Checkout struct {
	Buyer, ID   id.ID
	Input       int64 // hash of what was asked for; 0 in rows older than the column
	Total       money.Fen
	Orders      []Ref // in shop order
	PayDeadline time.Time
	CreatedAt   time.Time
}

// CheckoutID is the id of the checkout that a buyer places with a key: the same
// key, the same checkout.
func CheckoutID(buyer id.ID, key string) id.ID {
	return max(id.ID(digest("shuke checkout ", buyer, key)), 1)
}

// Input is what Checkout keeps of what was asked for.
func Input(buyer id.ID, text string) int64 { return max(digest("shuke input ", buyer, text), 1) }

// digest is 63 bits of SHA-256.
func digest(domain string, buyer id.ID, text string) int64 {
	b := make([]byte, 0, 128)
	b = append(b, domain...)
	b = binary.BigEndian.AppendUint64(b, uint64(buyer))
	sum := sha256.Sum256(append(b, text...))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1)
}

// CheckoutKey names a checkout.
type CheckoutKey struct{ Buyer, ID id.ID }

var claimCheckouts = db.Rows{
	Into: `INSERT INTO checkouts (buyer_id, id, input, total, shops, pay_deadline, created_at) VALUES`,
	Cols: 7,
	Tail: `ON CONFLICT (buyer_id, id) DO NOTHING RETURNING buyer_id, id`,
}

// ClaimCheckouts writes checkouts and gives those that were not there before. A
// rival with the same one waits until this transaction ends.
func ClaimCheckouts(tx *db.Tx, all []Checkout) (map[CheckoutKey]bool, error) {
	// In the order of their keys, so that rivals wait for each other in one direction.
	slices.SortFunc(all, func(a, b Checkout) int { return cmp.Or(cmp.Compare(a.Buyer, b.Buyer), cmp.Compare(a.ID, b.ID)) })
	args := make([]any, 0, len(all)*claimCheckouts.Cols)
	for _, c := range all {
		shops, err := json.Marshal(c.Orders)
		if err != nil {
			return nil, err
		}
		args = append(args, c.Buyer, c.ID, c.Input, c.Total, string(shops), c.PayDeadline, c.CreatedAt)
	}
	claimed := make(map[CheckoutKey]bool, len(all))
	return claimed, claimCheckouts.Each(tx, func(r db.Row) error {
		var k CheckoutKey
		err := r.Scan(&k.Buyer, &k.ID)
		claimed[k] = true
		return err
	}, args)
}

// DropCheckout takes back a claim in the transaction that made it.
func DropCheckout(tx *db.Tx, k CheckoutKey) error {
	return tx.Later(nil, `DELETE FROM checkouts WHERE buyer_id = $1 AND id = $2`, k.Buyer, k.ID)
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
	err := tx.QueryRow(`SELECT input, total, shops, pay_deadline, created_at FROM checkouts WHERE buyer_id = $1 AND id = $2`+lock, buyer, checkout).
		Scan(&c.Input, &c.Total, &shops, &c.PayDeadline, &c.CreatedAt)
	if errors.Is(err, db.ErrNoRow) {
		return c, ErrNoCheckout
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(shops), &c.Orders)
}

// New is a new order with its lines, complete but for what only later steps know.
type New struct {
	Order
	Lines    []Line
	ShopName string // for the buyer's list
}

// Place writes new orders with their lines, and puts them into their buyers' lists.
func Place(tx *db.Tx, all []New) error {
	rows := make([]any, 0, len(all)*insertOrders.Cols)
	lines := make([]any, 0, 2*len(all)*insertLines.Cols)
	entries := make([]Entry, 0, len(all))
	for i := range all {
		o := &all[i]
		rows = append(rows, o.ShopID, o.ID, o.BuyerID, o.CheckoutID, string(Pending), o.ItemsTotal, o.ShippingFee, o.Discount, o.Total, len(o.Lines), o.Title, o.Picture,
			o.Receiver, o.Phone, o.Address, o.RegionCode, o.Remark, o.Source, o.PayDeadline, o.CreatedAt, o.CreatedAt)
		for n, l := range o.Lines {
			lines = append(lines, o.ShopID, o.ID, n+1, l.ProductID, l.SKU, l.Title, l.Options, l.Picture, l.Price, l.Qty, l.Amount, l.FlashID)
		}
		entries = append(entries, Entry{BuyerID: o.BuyerID, OrderID: o.ID, ShopID: o.ShopID, CheckoutID: o.CheckoutID, ShopName: o.ShopName, State: Pending,
			RefundState: RefundNone, Total: o.Total, LineCount: int64(len(o.Lines)), Title: o.Title, Picture: o.Picture, UpdatedAt: o.CreatedAt})
	}
	if err := insertOrders.Put(tx, rows); err != nil {
		return err
	}
	if err := insertLines.Put(tx, lines); err != nil {
		return err
	}
	return PutEntries(tx, entries)
}

var insertOrders = db.Rows{
	Into: `INSERT INTO orders (shop_id, id, buyer_id, checkout_id, state, items_total, shipping_fee, discount, total, line_count, title, picture,
		receiver, phone, address, region_code, remark, source, pay_deadline, created_at, updated_at) VALUES`,
	Cols: 21,
}

var insertLines = db.Rows{
	Into: `INSERT INTO order_lines (shop_id, order_id, line_no, product_id, sku_id, title, options, picture, price, quantity, amount, flash_id) VALUES`,
	Cols: 12,
}
