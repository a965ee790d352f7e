package chaos

import (
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// BreakGuard takes the guard of the shelves away: then more can be promised than
// there is, and a simulation that does not find it is worth nothing.
const BreakGuard = "guard"

// unguard takes the lowest guard away, the checks of the stock table.
func (w *world) unguard() error {
	return w.house.DB.Write(w.ctx, func(tx *db.Tx) error {
		for _, sql := range []string{
			`CREATE TABLE stocks_unguarded (shop_id BIGINT NOT NULL, sku_id BIGINT NOT NULL, on_hand BIGINT NOT NULL, reserved BIGINT NOT NULL DEFAULT 0,
				CONSTRAINT stocks_unguarded_pkey PRIMARY KEY (shop_id, sku_id))`,
			`INSERT INTO stocks_unguarded (shop_id, sku_id, on_hand, reserved) SELECT shop_id, sku_id, on_hand, reserved FROM stocks`,
			`DROP TABLE stocks`,
			`ALTER TABLE stocks_unguarded RENAME TO stocks`,
		} {
			if _, err := tx.Exec(sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// bottomless is a shelf that promises units without looking whether they are there.
type bottomless map[inventory.Key]int64

func lookAway([]inventory.Key) (checkout.Shelf, []db.Query) { return bottomless{}, nil }

// Holds agrees to everything.
func (bottomless) Holds(id.ID, []inventory.Line) error { return nil }

// Take notes what was promised.
func (s bottomless) Take(shop id.ID, lines []inventory.Line) {
	for _, l := range lines {
		s[inventory.Key{Shop: shop, SKU: l.SKU}] += l.Qty
	}
}

// Reserve writes it, whatever is on hand.
func (s bottomless) Reserve(tx *db.Tx) error {
	for k, n := range s {
		if _, err := tx.Exec(`UPDATE stocks SET reserved = reserved + $3 WHERE shop_id = $1 AND sku_id = $2`, k.Shop, k.SKU, n); err != nil {
			return err
		}
	}
	return nil
}
