package inventory

import (
	"math"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Movement is a row of the journal.
type Movement struct {
	ID, SKU, Order, Staff id.ID
	Kind                  Kind
	OnHand                int64 // difference
	Note                  string
	At                    time.Time
}

// Journal lists the movements of a SKU, newest first, before a cursor (0: from
// the newest), at most limit (1–200).
func Journal(tx *db.Tx, shop, sku, before id.ID, limit int) ([]Movement, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return db.All(tx, func(r db.Row) (m Movement, err error) {
		return m, r.Scan(&m.ID, &m.SKU, &m.Kind, &m.OnHand, &m.Order, &m.Staff, &m.Note, &m.At)
	}, `SELECT id, sku_id, kind, d_on_hand, order_id, staff_id, note, created_at FROM stock_movements
		WHERE shop_id = $1 AND sku_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`, shop, sku, before, min(max(limit, 1), 200))
}

// Drift is a SKU whose movements do not add up to what its stock row has on hand.
type Drift struct {
	SKU         id.ID
	OnHand, Sum int64
}

// Drifts compares the movements of a shop with its stock rows, at most limit.
func Drifts(tx *db.Tx, shop id.ID, limit int) ([]Drift, error) {
	return db.All(tx, func(r db.Row) (d Drift, err error) {
		return d, r.Scan(&d.SKU, &d.OnHand, &d.Sum)
	}, `SELECT sku_id, CAST(SUM(h) AS BIGINT), CAST(SUM(m) AS BIGINT) FROM (
			SELECT sku_id, on_hand AS h, 0 AS m FROM stocks WHERE shop_id = $1
			UNION ALL SELECT sku_id, 0, d_on_hand FROM stock_movements WHERE shop_id = $1
		) AS t GROUP BY sku_id HAVING SUM(h) <> SUM(m) ORDER BY sku_id LIMIT $2`, shop, limit)
}
