package order

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Holding is what an open order holds of a SKU.
type Holding struct {
	Order    id.ID
	State    State
	Qty      int64 // reserved units
	PlacedAt time.Time
}

// open are the states in which orders may hold stock.
var open = []State{Pending, Paid, Shipped}

// maxSearched bounds the open orders of a state that one page looks through.
const maxSearched = 2000

// Holdings lists the open orders of a shop that hold units of a SKU, newest first,
// before a cursor (0: from the newest), at most limit (1–100). It looks through so
// many open orders at most, so a page may be short; next is where the following one
// begins, 0 when there is none.
func Holdings(tx *db.Tx, shop, sku, before id.ID, limit int) (out []Holding, next id.ID, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	limit = min(max(limit, 1), 100)
	for _, s := range open {
		var last id.ID
		err := tx.QueryRow(`SELECT id FROM orders WHERE shop_id = $1 AND state = $2 AND id < $3 ORDER BY id DESC LIMIT 1 OFFSET $4`, shop, string(s), before, maxSearched-1).Scan(&last)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return nil, 0, err
		}
		next = max(next, last)
	}
	for _, s := range open {
		some, err := db.All(tx, func(r db.Row) (h Holding, err error) {
			return h, r.Scan(&h.Order, &h.State, &h.Qty, &h.PlacedAt)
		}, `SELECT o.id, o.state, l.quantity - l.shipped - l.released, o.created_at FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
			WHERE o.shop_id = $1 AND o.state = $2 AND o.id >= $3 AND o.id < $4 AND l.sku_id = $5 AND l.quantity > l.shipped + l.released
			ORDER BY o.id DESC LIMIT $6`, shop, string(s), next, before, sku, limit+1)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, some...)
	}
	slices.SortFunc(out, func(a, b Holding) int { return cmp.Compare(b.Order, a.Order) })
	if len(out) > limit {
		out = out[:limit]
		next = out[limit-1].Order
	}
	return out, next, nil
}
