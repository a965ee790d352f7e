package promotion

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Claim is units of a sale that a buyer wants.
type Claim struct {
	Sale, SKU id.ID
	Qty       int64
}

// Key names a sale.
type Key struct{ Shop, Sale id.ID }

// Holder names what a buyer has of a sale.
type Holder struct{ Shop, Sale, Buyer id.ID }

func (h Holder) sale() Key { return Key{h.Shop, h.Sale} }

// Counter is the sales that some buyers ask for while their orders are decided, one
// after another: read once, counted down in memory, and written at the end by
// guarded statements.
type Counter struct {
	sales map[Key]Sale
	had   map[Holder]int64 // before
	taken map[Key]int64
	mine  map[Holder]int64 // taken by this one
}

// ErrMoved tells that rivals have taken so much since the counter was read that
// what was decided at it no longer holds. Nothing is lost by deciding again.
var ErrMoved = errors.New("promotion: a flash sale has moved since it was read")

// Look gives the questions that fill a counter with the sales that buyers ask for;
// it is filled when they are answered (Tx.EachOf). No holder may come twice.
func Look(holders []Holder) (*Counter, []db.Query) {
	c := &Counter{sales: map[Key]Sale{}, had: map[Holder]int64{}, taken: map[Key]int64{}, mine: map[Holder]int64{}}
	buyers := map[Key][]id.ID{}
	for _, h := range holders {
		buyers[h.sale()] = append(buyers[h.sale()], h.Buyer)
	}
	var out []db.Query
	for _, k := range slices.SortedFunc(maps.Keys(buyers), Key.compare) {
		out = append(out, db.Query{SQL: `SELECT ` + columns + ` FROM flash_sales WHERE shop_id = $1 AND id = $2`, Args: []any{k.Shop, k.Sale}, Row: func(r db.Row) error {
			s, err := scan(r)
			c.sales[k] = s
			return err
		}})
		list, args := db.List(3, buyers[k])
		out = append(out, db.Query{SQL: `SELECT buyer_id, bought FROM flash_claims WHERE shop_id = $1 AND sale_id = $2 AND buyer_id IN (` + list + `)`,
			Args: append([]any{k.Shop, k.Sale}, args...), Row: func(r db.Row) error {
				h := Holder{Shop: k.Shop, Sale: k.Sale}
				var n int64
				err := r.Scan(&h.Buyer, &n)
				c.had[h] = n
				return err
			}})
	}
	return c, out
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Shop, o.Shop), cmp.Compare(k.Sale, o.Sale))
}

func (h Holder) compare(o Holder) int {
	return cmp.Or(h.sale().compare(o.sale()), cmp.Compare(h.Buyer, o.Buyer))
}

// keptSales is how many sales are remembered.
const keptSales = 1000

// NewKept remembers sales until one of them changes.
func NewKept() *db.Kept[Key, Sale] {
	return &db.Kept[Key, Sale]{Tables: []string{"flash_sales"}, Max: keptSales, Load: func(tx *db.Tx, keys []Key) (map[Key]Sale, error) {
		out := make(map[Key]Sale, len(keys))
		for _, k := range keys {
			s, err := Get(tx, k.Shop, k.Sale)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out[k] = s
		}
		return out, nil
	}}
}

// Sale gives a sale of a shop that sells a SKU at this moment; ErrOver when it does not.
func (c *Counter) Sale(shop id.ID, sale, sku id.ID, now time.Time) (Sale, error) {
	s := c.sales[Key{shop, sale}]
	if s.SKU != sku || !s.Running(now) {
		return s, ErrOver.With("sku", sku)
	}
	return s, nil
}

// Holds tells whether a buyer may have units beside what was taken before.
//
// Errors: ErrOver, ErrLimit, ErrSoldOut.
func (c *Counter) Holds(shop, buyer id.ID, claims []Claim, now time.Time) error {
	for _, w := range claims {
		s, err := c.Sale(shop, w.Sale, w.SKU, now)
		if err != nil {
			return err
		}
		h := Holder{shop, w.Sale, buyer}
		if err := s.Allows(w.Qty, c.had[h]+c.mine[h], c.taken[h.sale()]); err != nil {
			return err
		}
	}
	return nil
}

// Allows tells whether a buyer who has had units may have qty more of a sale of
// which others have taken units since it was read.
func (s Sale) Allows(qty, had, taken int64) error {
	left := s.Left() - taken
	switch {
	case qty < 1:
		return ErrOver.With("sku", s.SKU)
	case s.PerBuyer > 0 && had+qty > s.PerBuyer:
		return ErrLimit.With("sku", s.SKU).With("limit", s.PerBuyer).With("left", max(s.PerBuyer-had, 0))
	case qty > left:
		return ErrSoldOut.With("sku", s.SKU).With("left", max(left, 0))
	}
	return nil
}

// Take gives a buyer units, each sale once, after Holds agreed.
func (c *Counter) Take(shop, buyer id.ID, claims []Claim) {
	for _, w := range claims {
		h := Holder{shop, w.Sale, buyer}
		c.taken[h.sale()] += w.Qty
		if c.sales[h.sale()].PerBuyer > 0 {
			c.mine[h] += w.Qty
		}
	}
}

// Sell makes what was taken true, in the order of keys, so that rivals wait and
// never lock each other out. The guards stand in the statements: a sale never sells
// more than its units, and no buyer gets more than the limit, whatever was decided.
func (c *Counter) Sell(tx *db.Tx) error {
	moved := func(n int64) error {
		if n != 1 {
			return ErrMoved
		}
		return nil
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.taken), Key.compare) {
		err := tx.Later(moved, `UPDATE flash_sales SET sold = sold + $3 WHERE shop_id = $1 AND id = $2 AND state = 'open' AND sold + $3 <= units`, k.Shop, k.Sale, c.taken[k])
		if err != nil {
			return err
		}
	}
	for _, h := range slices.SortedFunc(maps.Keys(c.mine), Holder.compare) {
		err := tx.Later(moved, `INSERT INTO flash_claims (shop_id, sale_id, buyer_id, bought) VALUES ($1, $2, $3, $4)
			ON CONFLICT (shop_id, sale_id, buyer_id) DO UPDATE SET bought = flash_claims.bought + excluded.bought WHERE flash_claims.bought + excluded.bought <= $5`,
			h.Shop, h.Sale, h.Buyer, c.mine[h], c.sales[h.sale()].PerBuyer)
		if err != nil {
			return err
		}
	}
	return nil
}

// Bought is how many units of a limited sale a buyer has.
func Bought(tx *db.Tx, shop, sale, buyer id.ID) (int64, error) {
	var n int64
	err := tx.QueryRow(`SELECT bought FROM flash_claims WHERE shop_id = $1 AND sale_id = $2 AND buyer_id = $3`, shop, sale, buyer).Scan(&n)
	if errors.Is(err, db.ErrNoRow) {
		err = nil
	}
	return n, err
}

// Return takes units of a buyer's unpaid order back. True: the sale is open still
// and keeps them aside for the next buyer. False: it is closed, and the caller gives
// them back to the shelf.
func Return(tx *db.Tx, h Holder, qty int64) (bool, error) {
	if _, err := tx.Exec(`UPDATE flash_claims SET bought = bought - $4 WHERE shop_id = $1 AND sale_id = $2 AND buyer_id = $3 AND bought >= $4`, h.Shop, h.Sale, h.Buyer, qty); err != nil {
		return false, err
	}
	n, err := tx.Exec(`UPDATE flash_sales SET sold = sold - $3 WHERE shop_id = $1 AND id = $2 AND state = 'open' AND sold >= $3`, h.Shop, h.Sale, qty)
	return n == 1, err
}
