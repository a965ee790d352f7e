package inventory

import (
	"errors"
	"slices"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Get reads the stock of a SKU; without a row it is all zero.
func Get(tx *db.Tx, shop, sku id.ID) (Stock, error) {
	s := Stock{SKU: sku}
	err := tx.QueryRow(`SELECT on_hand, reserved FROM stocks WHERE shop_id = $1 AND sku_id = $2`, shop, sku).Scan(&s.OnHand, &s.Reserved)
	if errors.Is(err, db.ErrNoRow) {
		err = nil
	}
	return s, err
}

// List reads the stocks of SKUs of a shop; a SKU without a row is absent.
func List(tx *db.Tx, shop id.ID, skus []id.ID) (map[id.ID]Stock, error) {
	out := make(map[id.ID]Stock, len(skus))
	for part := range slices.Chunk(skus, 256) {
		list, args := db.List(2, part)
		err := tx.Each(func(r db.Row) error {
			var s Stock
			if err := r.Scan(&s.SKU, &s.OnHand, &s.Reserved); err != nil {
				return err
			}
			out[s.SKU] = s
			return nil
		}, `SELECT sku_id, on_hand, reserved FROM stocks WHERE shop_id = $1 AND sku_id IN (`+list+`)`, append([]any{shop}, args...)...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func ensure(tx *db.Tx, shop, sku id.ID) error {
	_, err := tx.Exec(`INSERT INTO stocks (shop_id, sku_id, on_hand, reserved) VALUES ($1, $2, 0, 0) ON CONFLICT (shop_id, sku_id) DO NOTHING`, shop, sku)
	return err
}

// Receive adds units that came from a supplier.
func Receive(tx *db.Tx, m Move, lines []Line) error {
	return move(tx, m, KindReceive, lines, 1, 0)
}

// Adjust corrects the units on hand of a SKU by a difference, up or down.
func Adjust(tx *db.Tx, m Move, sku id.ID, diff int64) (Stock, error) {
	s, err := lock(tx, m.Shop, sku)
	if err != nil {
		return s, err
	}
	if diff < -MaxOnHand || diff > MaxOnHand {
		return s, ErrQuantity.With("sku", sku)
	}
	return put(tx, m, KindAdjust, s, s.OnHand+diff)
}

// SetOnHand makes the units on hand of a SKU this many (a count, an import).
// Nothing is written when they are.
func SetOnHand(tx *db.Tx, m Move, sku id.ID, onHand int64) (Stock, error) {
	s, err := lock(tx, m.Shop, sku)
	if err != nil {
		return s, err
	}
	return put(tx, m, KindSet, s, onHand)
}

// lock reads a stock row for change, making it when it is absent.
func lock(tx *db.Tx, shop, sku id.ID) (Stock, error) {
	s := Stock{SKU: sku}
	if err := ensure(tx, shop, sku); err != nil {
		return s, err
	}
	err := tx.QueryRow(`SELECT on_hand, reserved FROM stocks WHERE shop_id = $1 AND sku_id = $2`+tx.ForUpdate(), shop, sku).Scan(&s.OnHand, &s.Reserved)
	return s, err
}

func put(tx *db.Tx, m Move, kind Kind, s Stock, onHand int64) (Stock, error) {
	if onHand < 0 || onHand > MaxOnHand {
		return s, ErrQuantity.With("sku", s.SKU)
	}
	if onHand < s.Reserved {
		return s, ErrReserved.With("sku", s.SKU).With("reserved", s.Reserved)
	}
	diff := onHand - s.OnHand
	if diff == 0 {
		return s, nil
	}
	if err := tx.Must(`UPDATE stocks SET on_hand = $3 WHERE shop_id = $1 AND sku_id = $2`, m.Shop, s.SKU, onHand); err != nil {
		return s, err
	}
	s.OnHand = onHand
	return s, write(tx, m, kind, []Line{{s.SKU, diff}}, 1)
}
