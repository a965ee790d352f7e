package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// MaxBulk is how many SKUs one bulk edit may name.
const MaxBulk = 200

// Errors of bulk edits.
var (
	ErrBulk      = errs.New(errs.Invalid, "catalog.bulk", "一次可修改 1 到 200 个规格，且不能重复", "Edit 1 to 200 SKUs at a time, each once")
	ErrStockEdit = errs.New(errs.Invalid, "catalog.stock_edit", "请填写库存数量，或增减数量，二者选一", "Give either the pieces on hand or a difference")
)

// StockEdit changes what is on hand of one SKU: to a number, or by a difference.
type StockEdit struct {
	SKUID  id.ID  `json:"sku_id"`
	OnHand *int64 `json:"on_hand,omitempty" doc:"pieces there are now"`
	Diff   *int64 `json:"diff,omitempty" doc:"pieces more (or less, below 0)"`
	Note   string `json:"note,omitempty" maxLength:"200"`
}

// StockLine is the stock of one SKU after an edit.
type StockLine struct {
	SKUID     id.ID `json:"sku_id"`
	OnHand    int64 `json:"on_hand"`
	Reserved  int64 `json:"reserved"`
	Available int64 `json:"available"`
}

// AdjustStock edits the stock of SKUs of the shop, all or none. key is the
// request's Idempotency-Key; "" does without (for callers that repeat safely).
func (f *Flow) AdjustStock(ctx context.Context, who Who, key string, edits []StockEdit) (out []StockLine, err error) {
	skus := make([]id.ID, len(edits))
	for i, e := range edits {
		skus[i] = e.SKUID
		if (e.OnHand == nil) == (e.Diff == nil) {
			return nil, ErrStockEdit.At(fmt.Sprintf("edits[%d]", i))
		}
	}
	if err := bulk(skus); err != nil {
		return nil, err
	}
	return once(ctx, f, who.Shop, key, edits, func(tx *db.Tx) (out []StockLine, err error) {
		known, err := catalog.Sellables(tx, who.Shop, skus)
		if err != nil {
			return nil, err
		}
		byLock := slices.SortedFunc(slices.Values(edits), func(a, b StockEdit) int { return cmp.Compare(a.SKUID, b.SKUID) })
		for _, e := range byLock {
			if _, ok := known[e.SKUID]; !ok {
				return nil, catalog.ErrSKUNotFound.With("sku_id", e.SKUID)
			}
			s, err := f.edit(tx, who, e)
			if err != nil {
				return nil, err
			}
			out = append(out, StockLine{SKUID: e.SKUID, OnHand: s.OnHand, Reserved: s.Reserved, Available: s.Available()})
		}
		return out, f.stockChanged(tx, who.Shop, skus)
	})
}

func (f *Flow) edit(tx *db.Tx, who Who, e StockEdit) (inventory.Stock, error) {
	if e.OnHand != nil {
		return inventory.SetOnHand(tx, f.move(who, e.Note), e.SKUID, *e.OnHand)
	}
	return inventory.Adjust(tx, f.move(who, e.Note), e.SKUID, *e.Diff)
}

// bulk refuses too many, none, or the same SKU twice.
func bulk(skus []id.ID) error {
	sorted := slices.Sorted(slices.Values(skus))
	if len(skus) == 0 || len(skus) > MaxBulk || len(slices.Compact(sorted)) != len(skus) {
		return ErrBulk
	}
	return nil
}

// SetPrices edits prices of SKUs of the shop, all or none.
func (f *Flow) SetPrices(ctx context.Context, who Who, edits []catalog.PriceEdit) error {
	skus := make([]id.ID, len(edits))
	for i, e := range edits {
		skus[i] = e.SKUID
	}
	if err := bulk(skus); err != nil {
		return err
	}
	return f.DB.Write(ctx, func(tx *db.Tx) error {
		known, err := catalog.Sellables(tx, who.Shop, skus)
		if err != nil {
			return err
		}
		for _, sku := range skus {
			if s, ok := known[sku]; !ok || s.SKUState != catalog.Active {
				return catalog.ErrSKUNotFound.With("sku_id", sku)
			}
		}
		products, err := catalog.OfSKUs(tx, who.Shop, skus)
		if err != nil {
			return err
		}
		for _, product := range products {
			if err := f.reprice(tx, who.Shop, product, edits); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *Flow) reprice(tx *db.Tx, shop, product id.ID, edits []catalog.PriceEdit) error {
	old, err := catalog.Lock(tx, shop, product)
	if err != nil {
		return err
	}
	in := old.Edit()
	in.Apply(edits)
	p, changes, err := catalog.Save(tx, f.IDs, old, in, catalog.Written, f.Now())
	if err != nil || changes.None() {
		return err
	}
	if lacks := p.Unlistable(); p.State == catalog.Listed && len(lacks) > 0 {
		e := *catalog.ErrNotListable
		e.Details = lacks
		return &e
	}
	return f.Changed(tx, shop, product)
}

// Moved is the outcome of listing or unlisting one of several products.
type Moved struct {
	ProductID id.ID  `json:"product_id"`
	Code      string `json:"code" doc:"empty when it worked, else why not"`
	Error     error  `json:"-"`
}

// SetStates lists or unlists up to 200 products, each on its own: one that
// cannot does not hold up the others.
func (f *Flow) SetStates(ctx context.Context, who Who, products []id.ID, to catalog.State) ([]Moved, error) {
	if err := bulk(products); err != nil {
		return nil, err
	}
	out := make([]Moved, len(products))
	for i, p := range products {
		_, err := f.SetState(ctx, who, p, to)
		if err != nil && errs.KindOf(err) == errs.Internal {
			return out[:i], err
		}
		out[i] = Moved{ProductID: p, Code: errs.Code(err), Error: err}
	}
	return out, nil
}
