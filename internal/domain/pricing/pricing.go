// Package pricing computes what an order of one shop costs: SKU prices times
// quantities plus the shop's flat shipping fee, which is waived from a threshold
// on. Pure functions; amounts are fen and never overflow silently.
package pricing

import (
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Limits of one order.
const (
	MaxQty  = 999                      // units of a line
	MaxPart = money.Fen(10_000_000_00) // fen, WeChat Pay's limit of one (sub-)order
)

// Errors of this room.
var (
	ErrQuantity = errs.New(errs.Invalid, "pricing.quantity", "每种商品数量须为 1–999", "A quantity must be 1 to 999")
	ErrTooMuch  = errs.New(errs.Invalid, "pricing.too_much", "单笔订单金额超过 1000 万元上限", "An order may not exceed 10 million yuan")
)

// Item is a line to price.
type Item struct {
	Price money.Fen // of one unit, now
	Qty   int64
}

// Shipping is a shop's fee rule.
type Shipping struct {
	Fee      money.Fen // flat, per order
	FreeOver money.Fen // goods worth at least this ship free; 0: never free
}

// Quote is the price of an order of one shop.
type Quote struct {
	Amounts  []money.Fen // of each item, in order
	Items    money.Fen
	Shipping money.Fen
	Discount money.Fen
	Total    money.Fen // Items + Shipping - Discount
}

// Price quotes items of one shop.
func Price(items []Item, s Shipping) (Quote, error) {
	q := Quote{Amounts: make([]money.Fen, len(items))}
	for i, it := range items {
		if it.Qty < 1 || it.Qty > MaxQty {
			return Quote{}, ErrQuantity
		}
		amount, err := it.Price.Mul(it.Qty)
		if err != nil || amount < 0 || amount > MaxPart {
			return Quote{}, ErrTooMuch
		}
		q.Amounts[i] = amount
		if q.Items += amount; q.Items > MaxPart {
			return Quote{}, ErrTooMuch
		}
	}
	q.Shipping = s.For(q.Items)
	q.Total = q.Items + q.Shipping - q.Discount
	if q.Total > MaxPart {
		return Quote{}, ErrTooMuch
	}
	return q, nil
}

// For is the fee for goods worth items.
func (s Shipping) For(items money.Fen) money.Fen {
	if s.Fee < 0 || s.FreeOver > 0 && items >= s.FreeOver {
		return 0
	}
	return s.Fee
}
