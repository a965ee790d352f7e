package catalog

import (
	"slices"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Changes says what saving an Input does to a product.
type Changes struct {
	Fields  []string // names of the product's own fields that change
	Added   []id.ID  // SKUs that are new or come back
	Edited  []id.ID
	Removed []id.ID
}

// None says that nothing changes.
func (c Changes) None() bool {
	return len(c.Fields) == 0 && len(c.Added) == 0 && len(c.Edited) == 0 && len(c.Removed) == 0
}

// Plan gives what the product would be after saving in, and what changes. old is
// the stored product, or an empty one for a new product. SKUs keep their ids:
// by the id in the input, else by code, else by combination; removed SKUs come
// back the same way. The SKUs of the result stand in the order of the input.
// Nothing is written.
func Plan(old Product, in Input, l Limits, next func() id.ID) (Product, Changes, error) {
	if in.Version != 0 && in.Version != old.Version {
		return Product{}, Changes{}, ErrVersion.With("version", old.Version)
	}
	in.tidy()
	if err := in.check(l.room(&old)); err != nil {
		return Product{}, Changes{}, err
	}
	m := matcher{old: old.SKUs, gone: old.gone}
	found, err := m.match(in.SKUs)
	if err != nil {
		return Product{}, Changes{}, err
	}
	p := old
	p.CategoryID, p.Title, p.TitleEN, p.Subtitle, p.Brand, p.Description = in.CategoryID, in.Title, in.TitleEN, in.Subtitle, in.Brand, in.Description
	p.Options, p.Media, p.Tags, p.Attributes = in.Options, in.Media, in.Tags, in.Attributes
	c := Changes{Fields: p.differs(&old)}
	p.setSKUs(&c, in.SKUs, found, next)
	p.leave(&c, m, found)
	p.prices()
	if !sameOrder(p.SKUs, old.SKUs) && len(c.Added)+len(c.Removed) == 0 {
		c.Fields = append(c.Fields, "sku_order")
	}
	return p, c, nil
}

func sameOrder(a, b []SKU) bool {
	return slices.EqualFunc(a, b, func(x, y SKU) bool { return x.ID == y.ID })
}

func (p *Product) setSKUs(c *Changes, wanted []SKUInput, found []*SKU, next func() id.ID) {
	p.SKUs = make([]SKU, len(wanted))
	for i, w := range wanted {
		s := SKU{Code: w.Code, GTIN: w.GTIN, Options: w.Options, Price: w.Price, ComparePrice: w.ComparePrice, Cost: w.Cost,
			WeightG: w.WeightG, Picture: w.Picture, Source: w.Source, State: Active}
		switch was := found[i]; {
		case was == nil:
			s.ID = next()
			c.Added = append(c.Added, s.ID)
		case was.State == Removed:
			s.ID = was.ID
			c.Added = append(c.Added, s.ID)
		default:
			s.ID = was.ID
			if !s.same(was) {
				c.Edited = append(c.Edited, s.ID)
			}
		}
		p.SKUs[i] = s
	}
}

// leave puts the SKUs nobody asked for among the removed ones.
func (p *Product) leave(c *Changes, m matcher, found []*SKU) {
	p.gone = nil
	for i := range m.gone {
		if s := &m.gone[i]; !slices.Contains(found, s) {
			p.gone = append(p.gone, *s)
		}
	}
	for i := range m.old {
		if s := &m.old[i]; !slices.Contains(found, s) {
			left := *s
			left.State = Removed
			p.gone = append(p.gone, left)
			c.Removed = append(c.Removed, s.ID)
		}
	}
}

func (p *Product) prices() {
	p.PriceMin, p.PriceMax = 0, 0
	for i, s := range p.SKUs {
		if i == 0 || s.Price < p.PriceMin {
			p.PriceMin = s.Price
		}
		p.PriceMax = max(p.PriceMax, s.Price)
	}
}

func (s *SKU) same(o *SKU) bool {
	return s.Code == o.Code && s.GTIN == o.GTIN && slices.Equal(s.Options, o.Options) && s.Price == o.Price &&
		s.ComparePrice == o.ComparePrice && s.Cost == o.Cost && s.WeightG == o.WeightG && s.Picture == o.Picture && s.Source == o.Source
}

// differs names the fields of the product itself that are not as in old.
func (p *Product) differs(old *Product) []string {
	var names []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"category_id", p.CategoryID == old.CategoryID}, {"title", p.Title == old.Title}, {"title_en", p.TitleEN == old.TitleEN},
		{"subtitle", p.Subtitle == old.Subtitle}, {"brand", p.Brand == old.Brand}, {"description", p.Description == old.Description},
		{"options", slices.EqualFunc(p.Options, old.Options, func(a, b Axis) bool { return a.Name == b.Name && slices.Equal(a.Values, b.Values) })},
		{"media", slices.Equal(p.Media, old.Media)}, {"tags", slices.Equal(p.Tags, old.Tags)},
		{"attributes", slices.EqualFunc(p.Attributes, old.Attributes, func(a, b Attribute) bool { return a.Name == b.Name && slices.Equal(a.Values, b.Values) })},
	} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return names
}

// matcher finds for wanted SKUs the stored ones they are.
type matcher struct{ old, gone []SKU }

// match gives the stored SKU for each wanted one, nil for a new one.
func (m matcher) match(wanted []SKUInput) ([]*SKU, error) {
	found := make([]*SKU, len(wanted))
	taken := map[id.ID]bool{}
	for i, w := range wanted {
		if w.ID == 0 {
			continue
		}
		if found[i] = byID(m.old, m.gone, w.ID); found[i] == nil {
			e := *ErrInvalid
			e.Details = []errs.Detail{{Field: "skus", Code: "catalog.sku_not_found", Zh: "规格 " + w.ID.String() + " 不属于这个商品", En: "SKU " + w.ID.String() + " is not one of this product"}}
			return nil, &e
		}
		taken[w.ID] = true
	}
	for _, stored := range [][]SKU{m.old, m.gone} {
		claim(stored, wanted, found, taken, func(s *SKU) string { return s.Code }, func(w *SKUInput) string { return w.Code })
		claim(stored, wanted, found, taken,
			func(s *SKU) string { return "=" + combination(s.Options) }, func(w *SKUInput) string { return "=" + combination(w.Options) })
	}
	if len(wanted) == 1 && found[0] == nil && len(m.old) == 1 && wanted[0].ID == 0 {
		found[0] = &m.old[0] // the only SKU stays the only SKU
	}
	return found, nil
}

func byID(old, gone []SKU, want id.ID) *SKU {
	for _, list := range [][]SKU{old, gone} {
		for i := range list {
			if list[i].ID == want {
				return &list[i]
			}
		}
	}
	return nil
}

// claim gives free stored SKUs to wanted ones of the same key; "" is no key.
func claim(stored []SKU, wanted []SKUInput, found []*SKU, taken map[id.ID]bool, of func(*SKU) string, want func(*SKUInput) string) {
	free := map[string]*SKU{}
	for i := range stored {
		if s := &stored[i]; !taken[s.ID] && of(s) != "" {
			free[of(s)] = s
		}
	}
	for i := range wanted {
		if found[i] != nil {
			continue
		}
		if s := free[want(&wanted[i])]; s != nil && !taken[s.ID] {
			found[i], taken[s.ID] = s, true
		}
	}
}

// Unlistable says what a product lacks to go on sale; nothing when it may.
// Rules: a title, a category, a picture that can be shown, at least one SKU, and
// every SKU with a price of at least one fen (nothing can be paid otherwise).
func (p *Product) Unlistable() []errs.Detail {
	var out []errs.Detail
	lack := func(field, code, zh, en string) {
		out = append(out, errs.Detail{Field: field, Code: code, Zh: zh, En: en})
	}
	if p.CategoryID == 0 {
		lack("category_id", "catalog.category_missing", "请选择类目", "Choose a category")
	}
	if p.MainPicture() == "" {
		lack("media", "catalog.picture_missing", "至少要有一张图片", "At least one picture is needed")
	}
	if len(p.SKUs) == 0 {
		lack("skus", "catalog.skus_missing", "至少要有一个规格", "At least one SKU is needed")
	}
	for _, s := range p.SKUs {
		if s.Price < 1 {
			lack("skus", "catalog.price_missing", "每个规格都要有大于 0 的价格", "Every SKU needs a price above 0")
			break
		}
	}
	return out
}

// Move gives the product in another state.
func (p Product) move(to State, now time.Time) (Product, error) {
	allowed := to == Listed && p.State != Listed || to == Unlisted && p.State == Listed
	if !allowed {
		return p, ErrMove.With("state", string(p.State))
	}
	if lacks := p.Unlistable(); to == Listed && len(lacks) > 0 {
		e := *ErrNotListable
		e.Details = lacks
		return p, &e
	}
	p.State = to
	if to == Listed && p.ListedAt.IsZero() {
		p.ListedAt = now
	}
	return p, nil
}

// PriceEdit is a new price of one SKU.
type PriceEdit struct {
	SKUID        id.ID      `json:"sku_id"`
	Price        money.Fen  `json:"price" doc:"fen"`
	ComparePrice *money.Fen `json:"compare_price,omitempty" doc:"struck-out price, fen; none for no change"`
}

// Apply writes new prices into an Input; those of other products' SKUs are passed over.
func (in *Input) Apply(edits []PriceEdit) {
	for _, e := range edits {
		for i := range in.SKUs {
			if s := &in.SKUs[i]; s.ID == e.SKUID {
				s.Price = e.Price
				if e.ComparePrice != nil {
					s.ComparePrice = *e.ComparePrice
				}
			}
		}
	}
}

// Settle gives SKUs that wait for a picture the path it has by now.
func (in *Input) Settle() {
	for i := range in.SKUs {
		for _, m := range in.Media {
			if s := &in.SKUs[i]; s.Source != "" && m.Source == s.Source && m.URL != "" {
				s.Picture = m.URL
			}
		}
	}
}
