package importing

import (
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/catalog/feed"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// result is what happened, or would happen, to an item.
type result struct {
	item    *item
	outcome Outcome
	product catalog.Product
	fields  []string // what changes
}

// step plans one item and, when it is to be written, writes it.
func (s *session) step(tx *db.Tx, it *item, k *known, write bool) (result, error) {
	refused := result{item: it, outcome: Refused}
	if it.refused {
		return refused, nil
	}
	old, err := s.find(tx, it, k)
	if err != nil {
		return refused, err
	}
	in, err := s.input(tx, it, old)
	if err == nil {
		var r result
		if r, err = s.put(tx, it, old, in, k, write); err == nil {
			return r, nil
		}
	}
	if !isRefusal(err) {
		return refused, err
	}
	it.refuse(err)
	return refused, nil
}

func (s *session) put(tx *db.Tx, it *item, old *catalog.Product, in catalog.Input, k *known, write bool) (result, error) {
	r := result{item: it, outcome: Created}
	var was catalog.Product
	var changes catalog.Changes
	var err error
	if old != nil {
		was, r.outcome = *old, Unchanged
	}
	switch {
	case !write:
		r.product, changes, err = catalog.Plan(was, in, catalog.Imported, s.ids)
	case old == nil:
		r.product, err = s.insert(tx, it, in)
	default:
		r.product, changes, err = catalog.Save(tx, s.f.IDs, was, in, catalog.Imported, s.f.Now())
	}
	if err != nil {
		return r, err
	}
	moved, err := s.stock(tx, it, in, r.product, was, k, write)
	if err != nil {
		return r, err
	}
	if old != nil && (!changes.None() || len(moved) > 0) {
		r.outcome, r.fields = Changed, fields(changes, moved)
	}
	if write {
		return r, s.tell(tx, it, old, r, moved)
	}
	return r, nil
}

// insert writes a new product in the state its file says, as far as it may.
func (s *session) insert(tx *db.Tx, it *item, in catalog.Input) (catalog.Product, error) {
	state := catalog.Draft
	if it.State == feed.Unlisted {
		state = catalog.Unlisted
	}
	p, err := catalog.Insert(tx, s.f.IDs, s.shop, it.Ref, state, in, catalog.Imported, s.f.Now())
	if err != nil || it.State != feed.Listed || len(p.Unlistable()) > 0 {
		return p, err
	}
	return catalog.SetState(tx, p, catalog.Listed, s.f.Now())
}

// fields names what changes, for the preview.
func fields(c catalog.Changes, moved []id.ID) []string {
	out := slices.Clone(c.Fields)
	if len(c.Added)+len(c.Edited)+len(c.Removed) > 0 {
		out = append(out, "skus")
	}
	if len(moved) > 0 {
		out = append(out, "stock")
	}
	return out
}

// stock sets what is on hand and gives the SKUs whose stock that moves. The
// SKUs of p stand in the order of the input's.
func (s *session) stock(tx *db.Tx, it *item, in catalog.Input, p, was catalog.Product, k *known, write bool) (moved []id.ID, err error) {
	for i, sku := range p.SKUs {
		want := in.SKUs[i].Stock
		isOld := slices.ContainsFunc(was.SKUs, func(o catalog.SKU) bool { return o.ID == sku.ID })
		now := k.stocks[sku.ID]
		switch {
		case want == nil, *want == now.OnHand, isOld && s.settings.KeepStock:
			continue
		case *want < now.Reserved:
			it.warn(it.SKUs[i].Row, "stock_reserved", "stock", "", "库存少于已被订单占用的数量，未修改", "Orders have reserved more than this; the stock was left as it is")
			continue
		}
		moved = append(moved, sku.ID)
		if write {
			m := inventory.Move{IDs: s.f.IDs, Shop: s.shop, Staff: s.staff, Note: "import", Now: s.f.Now()}
			if _, err := inventory.SetOnHand(tx, m, sku.ID, *want); err != nil {
				return moved, err
			}
		}
	}
	return moved, nil
}

// tell notes the key of an adopted product and emits what happened.
func (s *session) tell(tx *db.Tx, it *item, old *catalog.Product, r result, moved []id.ID) error {
	if old != nil && old.SourceRef == "" && readOwnRef(it.Ref) != old.ID {
		if err := catalog.Adopt(tx, s.shop, old.ID, it.Ref); err != nil {
			return err
		}
	}
	if r.outcome == Unchanged {
		return nil
	}
	now, product := s.f.Now(), r.product.ID
	tx.AfterCommit(func() { s.f.Changed(s.shop, product) })
	if len(moved) > 0 {
		if err := s.f.Emit.Emit(tx, now, s.shop, event.StockChanged, event.Stock{ShopID: s.shop, SKUs: moved}); err != nil {
			return err
		}
	}
	return s.f.Emit.Emit(tx, now, s.shop, event.ProductChanged, event.Product{ShopID: s.shop, ProductID: product})
}
