package inventory

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Key names a stock row.
type Key struct{ Shop, SKU id.ID }

// Shelf is the stock of some SKUs while orders that came together are decided,
// one after another: read once, counted down in memory, and reserved at the end
// by one guarded UPDATE per SKU.
type Shelf struct {
	free  map[Key]int64
	taken map[Key]int64
}

// ErrMoved tells that rivals have taken so much since the shelf was read that
// what was decided from it no longer holds. Nothing is lost by deciding again.
var ErrMoved = errors.New("inventory: stock has moved since it was read")

// maxTogether bounds the SKUs of one question.
const maxTogether = 256

// Look gives the questions that fill a shelf with SKUs of several shops; it is
// filled when they are answered (Tx.EachOf). No key may come twice.
func Look(keys []Key) (*Shelf, []db.Query) {
	s := &Shelf{free: make(map[Key]int64, len(keys)), taken: make(map[Key]int64, len(keys))}
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, Key.compare)
	var out []db.Query
	for len(sorted) > 0 {
		shop, n := sorted[0].Shop, 0
		skus := make([]id.ID, 0, min(len(sorted), maxTogether))
		for n < len(sorted) && n < maxTogether && sorted[n].Shop == shop {
			skus = append(skus, sorted[n].SKU)
			n++
		}
		sorted = sorted[n:]
		list, args := db.List(2, skus)
		out = append(out, db.Query{
			SQL:  `SELECT sku_id, on_hand - reserved FROM stocks WHERE shop_id = $1 AND sku_id IN (` + list + `)`,
			Args: append([]any{shop}, args...),
			Row: func(r db.Row) error {
				var sku id.ID
				var free int64
				err := r.Scan(&sku, &free)
				s.free[Key{shop, sku}] = free
				return err
			},
		})
	}
	return s, out
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Shop, o.Shop), cmp.Compare(k.SKU, o.SKU))
}

// Holds tells whether lines of a shop are there beside what was taken before; if
// not, it gives ErrShort with the SKU and what is available of it.
func (s *Shelf) Holds(shop id.ID, lines []Line) error {
	for _, l := range lines {
		if l.Qty <= 0 || l.Qty > math.MaxInt32 {
			return ErrQuantity.With("sku", l.SKU)
		}
		k := Key{shop, l.SKU}
		if left := s.free[k] - s.taken[k]; left < l.Qty {
			return ErrShort.With("sku", l.SKU).With("available", max(left, 0))
		}
	}
	return nil
}

// Take takes lines of a shop off the shelf, each SKU once, after Holds agreed.
func (s *Shelf) Take(shop id.ID, lines []Line) {
	for _, l := range lines {
		s.taken[Key{shop, l.SKU}] += l.Qty
	}
}

// Reserve makes what was taken true in the stock rows, in shop and SKU order, so
// that rivals wait and never lock each other out. The condition stands in the
// UPDATE: whatever was decided from the shelf, no unit is reserved twice.
func (s *Shelf) Reserve(tx *db.Tx) error {
	for _, k := range slices.SortedFunc(maps.Keys(s.taken), Key.compare) {
		err := tx.Later(func(n int64) error {
			if n != 1 {
				return ErrMoved
			}
			return nil
		}, `UPDATE stocks SET reserved = reserved + $3 WHERE shop_id = $1 AND sku_id = $2 AND on_hand - reserved >= $3`, k.Shop, k.SKU, s.taken[k])
		if err != nil {
			return err
		}
	}
	return nil
}

// Reserve takes units for one order of a shop, all lines or none (the caller's
// transaction fails with it). It gives ErrShort with the SKU and what is available.
func Reserve(tx *db.Tx, shop id.ID, lines []Line) error {
	lines = Merge(lines)
	keys := make([]Key, len(lines))
	for i, l := range lines {
		keys[i] = Key{shop, l.SKU}
	}
	shelf, questions := Look(keys)
	if err := tx.EachOf(questions); err != nil {
		return err
	}
	if err := shelf.Holds(shop, lines); err != nil {
		return err
	}
	shelf.Take(shop, lines)
	return shelf.Reserve(tx)
}
