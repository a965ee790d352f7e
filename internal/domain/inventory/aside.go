package inventory

import (
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// SetAside reserves units of a SKU for a sale of its own, outside of any order, and
// locks its stock row. Release gives them back. ErrShort when fewer are available.
func SetAside(tx *db.Tx, shop, sku id.ID, n int64) error {
	if n < 1 || n > MaxOnHand {
		return ErrQuantity.With("sku", sku)
	}
	hit, err := tx.Exec(`UPDATE stocks SET reserved = reserved + $3 WHERE shop_id = $1 AND sku_id = $2 AND on_hand - reserved >= $3`, shop, sku, n)
	if err != nil || hit == 1 {
		return err
	}
	s, err := Get(tx, shop, sku)
	if err != nil {
		return err
	}
	return ErrShort.With("sku", sku).With("available", max(s.Available(), 0))
}
