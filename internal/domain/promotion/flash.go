// Package promotion owns flash_sales and flash_claims: a price that some units of
// a SKU have for some time. The units of a flash sale are set aside when it is
// made (they are reserved in the stock until they are sold or the sale ends), so
// that neither the sale nor the shelf can sell what the other has.
package promotion

import (
	"errors"
	"math"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// State is where a flash sale stands.
type State string

// States of a flash sale.
const (
	Open      State = "open"      // planned or running, as the clock says
	Ended     State = "ended"     // final: its time is over
	Cancelled State = "cancelled" // final: the shop called it off
)

// States is the table of a flash sale's life.
func States() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Open), On: "shop plans it; its units are set aside"},
		{From: string(Open), To: string(Ended), On: "its end passes; unsold units go back"},
		{From: string(Open), To: string(Cancelled), On: "shop calls it off; unsold units go back"},
	}
}

// Limits of a flash sale.
const (
	MaxUnits = 1_000_000
	MaxOpen  = 200 // open sales of a shop
)

// Errors of this room.
var (
	ErrNotFound = errs.New(errs.NotFound, "flash.not_found", "没有找到这场限时购", "There is no such flash sale")
	// ErrSoldOut: fewer units are left at this price than asked; params sku, left.
	ErrSoldOut = errs.New(errs.Conflict, "flash.sold_out", "手慢了，限时价的商品已抢完", "Sold out at the flash price")
	// ErrOver: the sale has not begun, is over or was called off; params sku.
	ErrOver = errs.New(errs.Conflict, "flash.not_running", "限时购未开始或已结束", "The flash sale is not running")
	// ErrLimit: one buyer may have only so many; params sku, limit, left.
	ErrLimit   = errs.New(errs.Conflict, "flash.limit", "超过每人限购数量", "More than one buyer may have")
	ErrPlan    = errs.New(errs.Invalid, "flash.plan", "请填写正确的限时价、数量、限购和起止时间", "Price, units, limit or times are not valid")
	ErrOverlap = errs.New(errs.Conflict, "flash.overlap", "这个规格在该时段已有限时购", "This SKU has a flash sale at that time already")
	ErrMany    = errs.New(errs.Conflict, "flash.too_many", "未结束的限时购太多，请先结束一些", "Too many open flash sales; end some first")
	ErrClosed  = errs.New(errs.Conflict, "flash.closed", "这场限时购已经结束", "This flash sale is closed already")
)

// Sale is a row of flash_sales.
type Sale struct {
	ShopID, ID, SKU, ProductID id.ID
	Price                      money.Fen
	Units, Sold                int64 // set aside; sold of them, orders that wait for payment included
	PerBuyer                   int64 // units one buyer may have; 0: no limit
	StartsAt, EndsAt           time.Time
	State                      State
	StaffID                    id.ID
	CreatedAt, UpdatedAt       time.Time
}

// Left is how many units can still be had at the flash price.
func (s Sale) Left() int64 { return s.Units - s.Sold }

// Running tells whether the sale sells at this moment.
func (s Sale) Running(now time.Time) bool {
	return s.State == Open && !now.Before(s.StartsAt) && now.Before(s.EndsAt)
}

// Phase is the state as people see it: an open sale is planned until it begins.
func (s Sale) Phase(now time.Time) string {
	switch {
	case s.State != Open:
		return string(s.State)
	case now.Before(s.StartsAt):
		return "planned"
	case now.Before(s.EndsAt):
		return "running"
	}
	return string(Ended)
}

// Aside is how many units the sale keeps reserved.
func (s Sale) Aside() int64 {
	if s.State == Open {
		return s.Left()
	}
	return 0
}

func (s Sale) check(now time.Time) error {
	if s.Price < 1 || s.Units < 1 || s.Units > MaxUnits || s.PerBuyer < 0 || s.PerBuyer > s.Units ||
		!s.EndsAt.After(s.StartsAt) || !s.EndsAt.After(now) || s.EndsAt.Sub(s.StartsAt) > 31*24*time.Hour || s.StartsAt.Sub(now) > 366*24*time.Hour {
		return ErrPlan
	}
	return nil
}

const columns = `shop_id, id, sku_id, product_id, price, units, sold, per_buyer, starts_at, ends_at, state, staff_id, created_at, updated_at`

func scan(r db.Row) (s Sale, err error) {
	return s, r.Scan(&s.ShopID, &s.ID, &s.SKU, &s.ProductID, &s.Price, &s.Units, &s.Sold, &s.PerBuyer, &s.StartsAt, &s.EndsAt, &s.State, &s.StaffID, &s.CreatedAt, &s.UpdatedAt)
}

// Plan writes a new sale. The caller sets its units aside in the same
// transaction, after it has locked the SKU's stock, which keeps rival plans apart.
func Plan(tx *db.Tx, s Sale, now time.Time) error {
	if err := s.check(now); err != nil {
		return err
	}
	open, err := db.All(tx, scan, `SELECT `+columns+` FROM flash_sales WHERE shop_id = $1 AND state = 'open' LIMIT $2`, s.ShopID, MaxOpen)
	if err != nil {
		return err
	}
	if len(open) == MaxOpen {
		return ErrMany
	}
	for _, o := range open {
		if o.SKU == s.SKU && o.StartsAt.Before(s.EndsAt) && s.StartsAt.Before(o.EndsAt) {
			return ErrOverlap.With("sku", s.SKU).With("sale", o.ID)
		}
	}
	_, err = tx.Exec(`INSERT INTO flash_sales (shop_id, id, sku_id, product_id, price, units, per_buyer, starts_at, ends_at, state, staff_id, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $11)`, s.ShopID, s.ID, s.SKU, s.ProductID, s.Price, s.Units, s.PerBuyer, s.StartsAt, s.EndsAt, s.StaffID, now)
	return err
}

// Get reads a sale of a shop.
func Get(tx *db.Tx, shop, sale id.ID) (Sale, error) {
	s, err := scan(tx.QueryRow(`SELECT `+columns+` FROM flash_sales WHERE shop_id = $1 AND id = $2`, shop, sale))
	if errors.Is(err, db.ErrNoRow) {
		return s, ErrNotFound
	}
	return s, err
}

// List gives the sales of a shop, newest first, of one state or of all ("").
func List(tx *db.Tx, shop id.ID, s State, before id.ID, limit int) ([]Sale, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	limit = min(max(limit, 1), 100)
	if s == "" {
		return db.All(tx, scan, `SELECT `+columns+` FROM flash_sales WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, shop, before, limit)
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM flash_sales WHERE shop_id = $1 AND state = $4 AND id < $2 ORDER BY id DESC LIMIT $3`, shop, before, limit, string(s))
}

// OfSKUs gives the open sales of SKUs of a shop that are not over, soonest first.
func OfSKUs(tx *db.Tx, shop id.ID, skus []id.ID, now time.Time) ([]Sale, error) {
	list, args := db.List(3, skus)
	return db.All(tx, scan, `SELECT `+columns+` FROM flash_sales WHERE shop_id = $1 AND state = 'open' AND ends_at > $2 AND sku_id IN (`+list+`) ORDER BY starts_at, id`,
		append([]any{shop, now}, args...)...)
}

// Aside sums what the open sales of a shop keep reserved, by SKU.
func Aside(tx *db.Tx, shop id.ID) (map[id.ID]int64, error) {
	out := map[id.ID]int64{}
	return out, tx.Each(func(r db.Row) error {
		var sku id.ID
		var n int64
		err := r.Scan(&sku, &n)
		out[sku] += n
		return err
	}, `SELECT sku_id, units - sold FROM flash_sales WHERE shop_id = $1 AND state = 'open'`, shop)
}

// Due names open sales of all shops whose end has passed, oldest first.
func Due(tx *db.Tx, now time.Time, limit int) ([]Sale, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM flash_sales WHERE state = 'open' AND ends_at <= $1 ORDER BY ends_at LIMIT $2`, now, limit)
}

// End closes an open sale and tells how many units were not sold, which the
// caller gives back to the shelf.
func End(tx *db.Tx, shop, sale id.ID, to State, now time.Time) (left int64, err error) {
	s, err := scan(tx.QueryRow(`SELECT `+columns+` FROM flash_sales WHERE shop_id = $1 AND id = $2`+tx.ForUpdate(), shop, sale))
	switch {
	case errors.Is(err, db.ErrNoRow):
		return 0, ErrNotFound
	case err != nil:
		return 0, err
	case s.State != Open:
		return 0, ErrClosed
	}
	return s.Left(), tx.Must(`UPDATE flash_sales SET state = $3, updated_at = $4 WHERE shop_id = $1 AND id = $2 AND state = 'open'`, shop, sale, string(to), now)
}
