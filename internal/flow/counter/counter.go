// Package counter is the recipe of selling at a shop's own counter: goods found by
// barcode, code or name, or only an amount, become an order of the shop's walk-in
// buyer. Its money is taken by flow/pay (Charge); what is paid is handed over.
package counter

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Flow is what the recipe works with. Safe for concurrent use.
type Flow struct {
	DB      *db.DB
	IDs     *id.Source
	Emitter *jobs.Emitter
	Now     func() time.Time
}

// Limits of a sale.
const (
	MaxLines  = 100
	MaxAmount = money.Fen(100_000_00) // of a sale without goods
	payWithin = 10 * time.Minute      // an unpaid sale gives its stock back after this
)

// Source is what reports call a sale at a counter.
const Source = "counter"

// Errors of this recipe.
var (
	ErrEmpty  = errs.New(errs.Invalid, "counter.empty", "请先添加商品或输入金额", "Add goods or enter an amount first")
	ErrAmount = errs.New(errs.Invalid, "counter.amount", "金额须在 0.01 到 100000 元之间", "The amount must be between 0.01 and 100,000 yuan")
	ErrNote   = errs.New(errs.Invalid, "counter.note", "说明最多 60 个字", "The description has at most 60 characters")
	ErrGoods  = errs.New(errs.Conflict, "counter.unlisted", "有商品已下架或不存在", "Something is not for sale")
)

// Line is goods of a sale.
type Line struct {
	SKU id.ID
	Qty int64
}

// In is a sale to be placed: goods, an amount, or both.
type In struct {
	Shop           id.ID
	Key, InputHash string
	Lines          []Line
	Amount         money.Fen // beside the goods; 0: none
	Note           string    // what the amount is for; "": 柜台收款
}

// Placed is the answer to Place.
type Placed struct {
	OrderID id.ID     `json:"order_id"`
	Total   money.Fen `json:"total"`
}

// Place writes a pending order of the walk-in buyer and reserves its stock, once
// per key. Unpaid after ten minutes it closes by itself.
//
// Errors: counter.*, pricing.*, inventory.short, idempotency.*.
func (f *Flow) Place(ctx context.Context, in In) (Placed, error) {
	if err := in.check(); err != nil {
		return Placed{}, err
	}
	var out Placed
	err := f.DB.Write(ctx, func(tx *db.Tx) (err error) {
		now := f.Now()
		out, _, err = idem.Once(tx, idem.Owner{Shop: in.Shop}, in.Key, in.InputHash, http.StatusCreated, now, func() (Placed, error) { return f.place(tx, in, now) })
		return err
	})
	if err != nil {
		return Placed{}, err
	}
	return out, nil
}

func (in In) check() error {
	switch {
	case len(in.Lines) == 0 && in.Amount == 0, len(in.Lines) > MaxLines:
		return ErrEmpty
	case in.Amount < 0 || in.Amount > MaxAmount:
		return ErrAmount.At("amount")
	case utf8.RuneCountInString(in.Note) > 60:
		return ErrNote.At("note")
	}
	for _, l := range in.Lines {
		if l.Qty < 1 || l.Qty > pricing.MaxQty {
			return pricing.ErrQuantity.With("sku", l.SKU)
		}
	}
	return nil
}

func (f *Flow) place(tx *db.Tx, in In, now time.Time) (Placed, error) {
	units := make([]inventory.Line, 0, len(in.Lines))
	for _, l := range in.Lines {
		units = append(units, inventory.Line{SKU: l.SKU, Qty: l.Qty})
	}
	units = inventory.Merge(units)
	o := order.Order{ShopID: in.Shop, ID: f.IDs.Next(), BuyerID: in.Shop, CheckoutID: f.IDs.Next(), Source: Source,
		PayDeadline: now.Add(payWithin).UTC().Truncate(time.Microsecond), CreatedAt: now}
	lines, err := goods(tx, in, units)
	if err != nil {
		return Placed{}, err
	}
	items := make([]pricing.Item, len(lines))
	for i, l := range lines {
		items[i] = pricing.Item{Price: l.Price, Qty: l.Qty}
	}
	q, err := pricing.Price(items, pricing.Shipping{})
	if err != nil {
		return Placed{}, err
	}
	if q.Items < 1 {
		return Placed{}, ErrAmount
	}
	for i := range lines {
		lines[i].Amount = q.Amounts[i]
	}
	o.ItemsTotal = q.Items
	o.Total, o.Title, o.Picture = o.ItemsTotal, lines[0].Title, lines[0].Picture
	if err := buyer.WalkIn(tx, in.Shop, now); err != nil {
		return Placed{}, err
	}
	if len(units) > 0 {
		if err := inventory.Reserve(tx, in.Shop, units); err != nil {
			return Placed{}, err
		}
	}
	at, err := shop.Get(tx, in.Shop)
	if err != nil {
		return Placed{}, err
	}
	if err := order.Place(tx, []order.New{{Order: o, Lines: lines, ShopName: at.Name}}); err != nil {
		return Placed{}, err
	}
	c := order.Checkout{Buyer: o.BuyerID, ID: o.CheckoutID, Total: o.Total, PayDeadline: o.PayDeadline, CreatedAt: now, Orders: []order.Ref{{Shop: in.Shop, Order: o.ID}}}
	if _, err := order.ClaimCheckouts(tx, []order.Checkout{c}); err != nil {
		return Placed{}, err
	}
	return Placed{o.ID, o.Total}, f.Emitter.Emit(tx, now, in.Shop, event.OrderPlaced, event.Order{
		ShopID: in.Shop, OrderID: o.ID, BuyerID: o.BuyerID, CheckoutID: o.CheckoutID, Total: o.Total, Source: o.Source,
	})
}

// goods makes the lines of a sale; an amount is a line without SKU, which no
// stock belongs to.
func goods(tx *db.Tx, in In, units []inventory.Line) ([]order.Line, error) {
	var skus []id.ID
	for _, u := range units {
		skus = append(skus, u.SKU)
	}
	found := map[id.ID]catalog.Sellable{}
	if len(skus) > 0 {
		var err error
		if found, err = catalog.Sellables(tx, in.Shop, skus); err != nil {
			return nil, err
		}
	}
	var out []order.Line
	for _, u := range units {
		s, ok := found[u.SKU]
		if !ok || !s.OnSale() {
			return nil, ErrGoods.With("sku", u.SKU)
		}
		options, err := json.Marshal(slices.Concat([]string{}, s.Options))
		if err != nil {
			return nil, err
		}
		out = append(out, order.Line{ProductID: s.ProductID, SKU: u.SKU, Title: s.Title, Options: string(options), Picture: s.Picture, Price: s.Price, Qty: u.Qty})
	}
	if in.Amount > 0 {
		title := in.Note
		if title == "" {
			title = "柜台收款"
		}
		out = append(out, order.Line{Title: title, Options: "[]", Price: in.Amount, Qty: 1})
	}
	return out, nil
}

// Find looks for goods on sale by barcode, merchant code or a part of the title, at
// most 20.
func (f *Flow) Find(ctx context.Context, shop id.ID, text string) (out []catalog.Found, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = catalog.Find(tx, shop, text, 20)
		return err
	})
	return out, err
}

// Recent lists the latest sales of a shop's counter, newest first.
func (f *Flow) Recent(ctx context.Context, shop, before id.ID, limit int) (out []order.Order, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		refs, err := order.Entries(tx, shop, "", before, limit)
		if err != nil {
			return err
		}
		out = make([]order.Order, 0, len(refs))
		for _, r := range refs {
			o, err := order.Get(tx, shop, r.OrderID)
			if err != nil {
				return err
			}
			out = append(out, o)
		}
		return nil
	})
	return out, err
}
