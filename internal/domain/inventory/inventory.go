// Package inventory owns stocks and stock_movements: how many units of a SKU a
// shop has on hand, and how many of them are reserved for orders. Every change of
// what is on hand writes a movement; the movements of a SKU add up to its stock
// row. What is reserved is what the lines of open orders hold. Overselling is
// impossible by construction: units are reserved by one conditional UPDATE.
package inventory

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Line is a number of units of a SKU.
type Line struct {
	SKU id.ID
	Qty int64
}

// Kind says why stock moved.
type Kind string

// Kinds of movements.
const (
	KindShip    Kind = "ship"    // units left the house
	KindRestock Kind = "restock" // units came back from a buyer
	KindReceive Kind = "receive" // units came from a supplier
	KindAdjust  Kind = "adjust"  // a correction by a difference
	KindSet     Kind = "set"     // a count: on hand is now this many
)

// MaxOnHand bounds the units of one SKU.
const MaxOnHand = 1_000_000_000

// Errors of this room.
var (
	// ErrShort: fewer units are available than asked; params sku and available.
	ErrShort = errs.New(errs.Conflict, "inventory.short", "库存不足", "Not enough in stock")
	// ErrReserved: a stock edit would leave less on hand than is reserved.
	ErrReserved = errs.New(errs.Conflict, "inventory.below_reserved",
		"库存不能少于已被订单占用的数量", "Stock cannot be less than what orders have reserved")
	// ErrQuantity: a quantity is not a sensible number.
	ErrQuantity = errs.New(errs.Invalid, "inventory.quantity", "数量不正确", "The quantity is not valid")
)

// Stock is a row of stocks.
type Stock struct {
	SKU              id.ID
	OnHand, Reserved int64
}

// Available is what can still be sold.
func (s Stock) Available() int64 { return s.OnHand - s.Reserved }

// Merge sums lines of the same SKU and sorts by SKU, the order of locks.
func Merge(lines []Line) []Line {
	out := slices.Clone(lines)
	slices.SortFunc(out, func(a, b Line) int { return cmp.Compare(a.SKU, b.SKU) })
	n := 0
	for i, l := range out {
		if i > 0 && out[n-1].SKU == l.SKU {
			out[n-1].Qty += l.Qty
			continue
		}
		out[n] = l
		n++
	}
	return out[:n]
}

// Move is a change of stock to be written: who, why, for which order.
type Move struct {
	IDs   *id.Source
	Shop  id.ID
	Order id.ID // none for stock edits
	Staff id.ID // none when no person of the shop did it
	Note  string
	Now   time.Time
}

// Release gives reserved units back.
func Release(tx *db.Tx, shop id.ID, lines []Line) error {
	return apply(tx, shop, Merge(lines), 0, -1)
}

// Ship takes reserved units out of the house.
func Ship(tx *db.Tx, m Move, lines []Line) error {
	return move(tx, m, KindShip, lines, -1, -1)
}

// Restock puts returned units back on the shelf.
func Restock(tx *db.Tx, m Move, lines []Line) error {
	return move(tx, m, KindRestock, lines, 1, 0)
}

func move(tx *db.Tx, m Move, kind Kind, lines []Line, onHand, reserved int64) error {
	lines = Merge(lines)
	if err := apply(tx, m.Shop, lines, onHand, reserved); err != nil {
		return err
	}
	return write(tx, m, kind, lines, onHand)
}

// apply changes on_hand and reserved of every line by its quantity times the
// signs. The conditions can only fail when the books are wrong.
func apply(tx *db.Tx, shop id.ID, lines []Line, onHand, reserved int64) error {
	for _, l := range lines {
		if l.Qty <= 0 {
			return ErrQuantity.With("sku", l.SKU)
		}
		if onHand > 0 { // what comes in may be the first of its SKU
			if err := ensure(tx, shop, l.SKU); err != nil {
				return err
			}
		}
		err := tx.Must(`UPDATE stocks SET on_hand = on_hand + $3, reserved = reserved + $4
			WHERE shop_id = $1 AND sku_id = $2 AND reserved + $4 >= 0 AND on_hand + $3 >= reserved + $4`,
			shop, l.SKU, l.Qty*onHand, l.Qty*reserved)
		if err != nil {
			return errors.Join(errors.New("inventory: a movement of SKU "+l.SKU.String()+" does not fit its stock row"), err)
		}
	}
	return nil
}

// write adds one movement per line.
func write(tx *db.Tx, m Move, kind Kind, lines []Line, onHand int64) error {
	args := make([]any, 0, len(lines)*movements.Cols)
	for _, l := range lines {
		args = append(args, m.Shop, l.SKU, m.IDs.Next(), string(kind), l.Qty*onHand, m.Order, m.Staff, m.Note, m.Now)
	}
	return movements.Put(tx, args)
}

var movements = db.Rows{
	Into: `INSERT INTO stock_movements (shop_id, sku_id, id, kind, d_on_hand, order_id, staff_id, note, created_at) VALUES`,
	Cols: 9,
}
