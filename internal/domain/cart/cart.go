// Package cart owns cart_lines: what a buyer has put aside, over all shops. A
// line remembers the price that was seen, so that a change can be shown.
package cart

import (
	"errors"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Limits of a cart.
const (
	MaxLines = 100
	MaxQty   = 999
)

// Errors of this room.
var (
	ErrFull     = errs.New(errs.Conflict, "cart.full", "购物车最多放 100 种商品", "A cart holds at most 100 different goods")
	ErrQuantity = errs.New(errs.Invalid, "cart.quantity", "每种商品数量须为 1–999", "A quantity must be 1 to 999")
	ErrNotFound = errs.New(errs.NotFound, "cart.no_line", "购物车里没有这件商品", "The cart has no such line")
)

// Line is a row of the cart.
type Line struct {
	SKU, Shop, Product id.ID
	Qty                int64
	Selected           bool
	PriceSeen          money.Fen // fen, when it was last put in or confirmed
	AddedAt, UpdatedAt time.Time
}

// Item is what is put into a cart.
type Item struct {
	SKU, Shop, Product id.ID
	Qty                int64
	Price              money.Fen // as the buyer sees it now, fen
}

// List gives the lines of a buyer, newest first; at most MaxLines.
func List(tx *db.Tx, buyer id.ID) ([]Line, error) {
	return db.All(tx, func(r db.Row) (l Line, err error) {
		return l, r.Scan(&l.SKU, &l.Shop, &l.Product, &l.Qty, &l.Selected, &l.PriceSeen, &l.AddedAt, &l.UpdatedAt)
	}, `SELECT sku_id, shop_id, product_id, quantity, selected, price_seen, added_at, updated_at FROM cart_lines
		WHERE buyer_id = $1 ORDER BY added_at DESC, sku_id DESC LIMIT $2`, buyer, MaxLines)
}

// Count is the number of units in the cart of a buyer, for a badge.
func Count(tx *db.Tx, buyer id.ID) (n int64, err error) {
	return n, tx.QueryRow(`SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM cart_lines WHERE buyer_id = $1`, buyer).Scan(&n)
}

// Add puts units in, on top of those that are there. ErrQuantity when the line
// would exceed MaxQty, ErrFull when the cart has MaxLines other lines.
func Add(tx *db.Tx, buyer id.ID, it Item, now time.Time) error {
	if it.Qty < 1 || it.Qty > MaxQty {
		return ErrQuantity
	}
	n, err := tx.Exec(`UPDATE cart_lines SET quantity = quantity + $3, selected = TRUE, price_seen = $4, updated_at = $5
		WHERE buyer_id = $1 AND sku_id = $2 AND quantity + $3 <= $6`, buyer, it.SKU, it.Qty, it.Price, now, MaxQty)
	if err != nil || n == 1 {
		return err
	}
	if err := room(tx, buyer, it.SKU); err != nil {
		return err
	}
	// Two devices may add the same line at once: the sum is still bounded.
	n, err = tx.Exec(`INSERT INTO cart_lines (buyer_id, sku_id, shop_id, product_id, quantity, selected, price_seen, added_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, TRUE, $6, $7, $7) ON CONFLICT (buyer_id, sku_id) DO UPDATE SET quantity = cart_lines.quantity + excluded.quantity,
		updated_at = excluded.updated_at WHERE cart_lines.quantity + excluded.quantity <= $8`,
		buyer, it.SKU, it.Shop, it.Product, it.Qty, it.Price, now, MaxQty)
	if err == nil && n == 0 {
		return ErrQuantity
	}
	return err
}

// room refuses a line that would be one too many.
func room(tx *db.Tx, buyer, sku id.ID) error {
	var lines, same int
	if err := tx.QueryRow(`SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN sku_id = $2 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM cart_lines WHERE buyer_id = $1`,
		buyer, sku).Scan(&lines, &same); err != nil {
		return err
	}
	if same == 0 && lines >= MaxLines {
		return ErrFull
	}
	return nil
}

// Set changes a line: its quantity and whether it is selected; nil leaves a
// field as it is. seen above 0 confirms a changed price.
func Set(tx *db.Tx, buyer, sku id.ID, qty *int64, selected *bool, seen money.Fen, now time.Time) error {
	if qty != nil && (*qty < 1 || *qty > MaxQty) {
		return ErrQuantity
	}
	var l Line
	err := tx.QueryRow(`SELECT quantity, selected, price_seen FROM cart_lines WHERE buyer_id = $1 AND sku_id = $2`+tx.ForUpdate(), buyer, sku).
		Scan(&l.Qty, &l.Selected, &l.PriceSeen)
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	if qty != nil {
		l.Qty = *qty
	}
	if selected != nil {
		l.Selected = *selected
	}
	if seen > 0 {
		l.PriceSeen = seen
	}
	return tx.Must(`UPDATE cart_lines SET quantity = $3, selected = $4, price_seen = $5, updated_at = $6 WHERE buyer_id = $1 AND sku_id = $2`,
		buyer, sku, l.Qty, l.Selected, l.PriceSeen, now)
}

// Select marks SKUs (all lines of the buyer when none are named) as selected or not.
func Select(tx *db.Tx, buyer id.ID, skus []id.ID, selected bool, now time.Time) error {
	if len(skus) == 0 {
		_, err := tx.Exec(`UPDATE cart_lines SET selected = $2, updated_at = $3 WHERE buyer_id = $1`, buyer, selected, now)
		return err
	}
	for part := range slices.Chunk(skus, 128) {
		list, args := db.List(4, part)
		if _, err := tx.Exec(`UPDATE cart_lines SET selected = $2, updated_at = $3 WHERE buyer_id = $1 AND sku_id IN (`+list+`)`,
			append([]any{buyer, selected, now}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes SKUs out; those that are not in the cart are passed over.
func Remove(tx *db.Tx, buyer id.ID, skus []id.ID) error {
	for part := range slices.Chunk(skus, 128) {
		list, args := db.List(2, part)
		if err := tx.Later(nil, `DELETE FROM cart_lines WHERE buyer_id = $1 AND sku_id IN (`+list+`)`, append([]any{buyer}, args...)...); err != nil {
			return err
		}
	}
	return nil
}
