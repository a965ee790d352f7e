// Package flash is the recipe of flash sales: planning one sets its units aside,
// ending one gives back what was not sold. Buying is flow/checkout's.
package flash

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Deps is what the recipe works with. Safe for concurrent use.
type Deps struct {
	DB  *db.DB
	IDs *id.Source
	Now func() time.Time
	// Changed notes, in the transaction, that buyers see something else of a product.
	Changed func(tx *db.Tx, shop, product id.ID) error
}

// Who acts for a shop.
type Who struct{ Shop, Staff id.ID }

// In is a flash sale to be planned.
type In struct {
	SKU      id.ID     `json:"sku_id"`
	Price    money.Fen `json:"price" minimum:"1" doc:"fen; below the SKU's price"`
	Units    int64     `json:"units" minimum:"1" maximum:"1000000" doc:"set aside out of what is available"`
	PerBuyer int64     `json:"per_buyer" minimum:"0" maximum:"1000000" doc:"units one buyer may have; 0: no limit"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at" doc:"at most 31 days after starts_at"`
}

// Sale is a flash sale with what it sells.
type Sale struct {
	promotion.Sale
	Title, Picture string
	Options        []string
	Usual          money.Fen // the SKU's price
}

// ErrPrice is returned for a flash price that is not below the SKU's price.
var ErrPrice = errs.New(errs.Invalid, "flash.price", "限时价须低于原价", "The flash price must be below the SKU's price")

// Plan makes a flash sale, once per key.
//
// Errors: flash.*, inventory.short, catalog.*, idempotency.*.
func (d *Deps) Plan(ctx context.Context, who Who, key string, in In) (out promotion.Sale, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		now := d.Now()
		out, _, err = idem.Once(tx, idem.Owner{Shop: who.Shop}, key, idem.Hash(body), 201, now, func() (promotion.Sale, error) {
			return d.plan(tx, who, in, now)
		})
		return err
	})
	return out, err
}

func (d *Deps) plan(tx *db.Tx, who Who, in In, now time.Time) (s promotion.Sale, err error) {
	known, err := catalog.Sellables(tx, who.Shop, []id.ID{in.SKU})
	if err != nil {
		return s, err
	}
	sku, ok := known[in.SKU]
	switch {
	case !ok || sku.SKUState != catalog.Active:
		return s, catalog.ErrSKUNotFound.With("sku_id", in.SKU)
	case in.Price >= sku.Price:
		return s, ErrPrice.With("usual", sku.Price)
	}
	s = promotion.Sale{ShopID: who.Shop, ID: d.IDs.Next(), SKU: in.SKU, ProductID: sku.ProductID, Price: in.Price, Units: in.Units, PerBuyer: in.PerBuyer,
		StartsAt: in.StartsAt.UTC().Truncate(time.Second), EndsAt: in.EndsAt.UTC().Truncate(time.Second), State: promotion.Open, StaffID: who.Staff, CreatedAt: now, UpdatedAt: now}
	// The stock row is locked first: rival plans for the SKU come one after another.
	if err := inventory.SetAside(tx, who.Shop, in.SKU, in.Units); err != nil {
		return s, err
	}
	if err := promotion.Plan(tx, s, now); err != nil {
		return s, err
	}
	return s, d.Changed(tx, who.Shop, sku.ProductID)
}

// Cancel calls a sale off; what was sold stays sold.
func (d *Deps) Cancel(ctx context.Context, who Who, sale id.ID) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error { return d.end(tx, who.Shop, sale, promotion.Cancelled) })
}

func (d *Deps) end(tx *db.Tx, shop, sale id.ID, to promotion.State) error {
	s, err := promotion.Get(tx, shop, sale)
	if err != nil {
		return err
	}
	left, err := promotion.End(tx, shop, sale, to, d.Now())
	if err != nil {
		return err
	}
	if left > 0 {
		if err := inventory.Release(tx, shop, []inventory.Line{{SKU: s.SKU, Qty: left}}); err != nil {
			return err
		}
	}
	return d.Changed(tx, shop, s.ProductID)
}

// Sweep ends sales whose time is over, at most limit of them, and tells how many.
func (d *Deps) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	var due []promotion.Sale
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = promotion.Due(tx, now, limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, s := range due {
		err := d.DB.Write(ctx, func(tx *db.Tx) error { return d.end(tx, s.ShopID, s.ID, promotion.Ended) })
		switch {
		case err == nil:
			n++
		case !errors.Is(err, promotion.ErrClosed): // another process was first
			return n, err
		}
	}
	return n, nil
}

// List gives the sales of a shop, newest first, with what they sell.
func (d *Deps) List(ctx context.Context, shop id.ID, s promotion.State, before id.ID, limit int) ([]Sale, error) {
	var out []Sale
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := promotion.List(tx, shop, s, before, limit)
		if err != nil {
			return err
		}
		skus := make([]id.ID, len(all))
		for i, s := range all {
			skus[i] = s.SKU
		}
		known, err := catalog.Sellables(tx, shop, skus)
		if err != nil {
			return err
		}
		out = make([]Sale, len(all))
		for i, s := range all {
			k := known[s.SKU]
			out[i] = Sale{Sale: s, Title: k.Title, Picture: k.Picture, Options: k.Options, Usual: k.Price}
		}
		return nil
	})
	return out, err
}
