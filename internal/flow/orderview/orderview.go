// Package orderview reads an order with all that belongs to it, for the pages of
// buyers and of staff: lines, parcels with their way, after-sales, payments.
package orderview

import (
	"context"

	"github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Full is an order with all that belongs to it.
type Full struct {
	Order      order.Order
	Lines      []order.Line
	Shop       shop.Shop
	Parcels    []Parcel
	Aftersales []Aftersale
	Payments   []payment.Part
	Ledger     []ledger.Transfer
}

// Parcel is a shipment with its contents and its way, newest track first.
type Parcel struct {
	shipment.Shipment
	Lines  []shipment.Line
	Tracks []shipment.Track
}

// Aftersale is an after-sale with its lines.
type Aftersale struct {
	aftersale.Aftersale
	Lines []aftersale.Line
}

// OfBuyer reads an order of a buyer; another's is not found.
func OfBuyer(ctx context.Context, d *db.DB, buyer, shopID, no id.ID) (f Full, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		if f.Order, err = order.OfBuyer(tx, buyer, shopID, no); err != nil {
			return err
		}
		return f.read(tx, false)
	})
	return f, err
}

// OfShop reads an order of a shop, with payments and books.
func OfShop(ctx context.Context, d *db.DB, shopID, no id.ID) (f Full, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		if f.Order, err = order.Get(tx, shopID, no); err != nil {
			return err
		}
		return f.read(tx, true)
	})
	return f, err
}

func (f *Full) read(tx *db.Tx, inside bool) (err error) {
	shopID, no := f.Order.ShopID, f.Order.ID
	if f.Lines, err = order.Lines(tx, shopID, no); err != nil {
		return err
	}
	if f.Shop, err = shop.Get(tx, shopID); err != nil {
		return err
	}
	if f.Parcels, err = parcels(tx, shopID, no); err != nil {
		return err
	}
	if f.Aftersales, err = aftersales(tx, shopID, no); err != nil || !inside {
		return err
	}
	if f.Payments, err = payment.PartsOfOrder(tx, shopID, no); err != nil {
		return err
	}
	f.Ledger, err = ledger.Statement(tx, shopID, no)
	return err
}

func parcels(tx *db.Tx, shopID, no id.ID) ([]Parcel, error) {
	all, err := shipment.OfOrder(tx, shopID, no)
	if err != nil {
		return nil, err
	}
	out := make([]Parcel, len(all))
	for i, s := range all {
		out[i].Shipment = s
		if out[i].Lines, err = shipment.Lines(tx, shopID, s.ID); err != nil {
			return nil, err
		}
		if out[i].Tracks, err = shipment.Tracks(tx, shopID, s.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func aftersales(tx *db.Tx, shopID, no id.ID) ([]Aftersale, error) {
	all, err := aftersale.OfOrder(tx, shopID, no)
	if err != nil {
		return nil, err
	}
	out := make([]Aftersale, len(all))
	for i, a := range all {
		out[i].Aftersale = a
		if out[i].Lines, err = aftersale.Lines(tx, shopID, a.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AftersaleOfShop reads one after-sale of a shop with its lines.
func AftersaleOfShop(ctx context.Context, d *db.DB, shopID, no id.ID) (a Aftersale, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		if a.Aftersale, err = aftersale.Get(tx, shopID, no); err != nil {
			return err
		}
		a.Lines, err = aftersale.Lines(tx, shopID, no)
		return err
	})
	return a, err
}

// AftersaleOfBuyer is AftersaleOfShop for a buyer: another's is not found.
func AftersaleOfBuyer(ctx context.Context, d *db.DB, buyer, shopID, no id.ID) (Aftersale, error) {
	a, err := AftersaleOfShop(ctx, d, shopID, no)
	if err == nil && a.BuyerID != buyer {
		return Aftersale{}, aftersale.ErrNotFound
	}
	return a, err
}
