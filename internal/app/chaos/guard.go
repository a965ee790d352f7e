package chaos

import (
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/platform/db"
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

// reserveUnguarded promises units without looking whether they are there.
func reserveUnguarded(tx *db.Tx, m inventory.Move, lines []inventory.Line) error {
	for _, l := range lines {
		if _, err := tx.Exec(`UPDATE stocks SET reserved = reserved + $3 WHERE shop_id = $1 AND sku_id = $2`, m.Shop, l.SKU, l.Qty); err != nil {
			return err
		}
	}
	return nil
}
