package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// PageSKU is a SKU as buyers see it.
type PageSKU struct {
	ID           id.ID     `json:"id"`
	Options      []string  `json:"options" doc:"one value per axis"`
	Price        money.Fen `json:"price" doc:"fen"`
	ComparePrice money.Fen `json:"compare_price" doc:"struck-out price, fen; 0 for none"`
	Picture      string    `json:"picture" doc:"its own picture, empty for the product's"`
	Available    int64     `json:"available" doc:"pieces that can be bought"`
	WeightG      int64     `json:"weight_g"`
	// Flash is the running or the next flash sale.
	Flash *PageFlash `json:"flash,omitempty"`
}

// PageFlash is a flash sale as buyers see it.
type PageFlash struct {
	ID       id.ID     `json:"id" doc:"name it in the line that is ordered"`
	Price    money.Fen `json:"price" doc:"fen"`
	Units    int64     `json:"units"`
	Left     int64     `json:"left"`
	PerBuyer int64     `json:"per_buyer" doc:"0: no limit"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
}

// PagePicture is a picture as buyers see it.
type PagePicture struct {
	URL   string `json:"url"`
	Small string `json:"small" doc:"copy of at most 750 pixels in width"`
	Alt   string `json:"alt"`
}

// PageCategory is one step of the path to a product.
type PageCategory struct {
	ID     id.ID  `json:"id"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameEN string `json:"name_en"`
}

// PageShop is what a product's page says about its shop.
type PageShop struct {
	ID          id.ID     `json:"id"`
	Handle      string    `json:"handle"`
	Name        string    `json:"name"`
	NameEN      string    `json:"name_en"`
	Logo        string    `json:"logo"`
	State       string    `json:"state" enum:"open,paused"`
	ShippingFee money.Fen `json:"shipping_fee" doc:"fen per order"`
	FreeOver    money.Fen `json:"free_over" doc:"goods total in fen from which shipping is free; 0: never"`
}

// PageData is a listed product as its page shows it.
type PageData struct {
	ID          id.ID               `json:"id"`
	Shop        PageShop            `json:"shop"`
	Categories  []PageCategory      `json:"categories" doc:"from the top down; empty for none"`
	Title       string              `json:"title"`
	TitleEN     string              `json:"title_en"`
	Subtitle    string              `json:"subtitle"`
	Brand       string              `json:"brand"`
	Description string              `json:"description" doc:"sanitised HTML"`
	Options     []catalog.Axis      `json:"options"`
	Attributes  []catalog.Attribute `json:"attributes"`
	Tags        []string            `json:"tags"`
	Pictures    []PagePicture       `json:"pictures"`
	PriceMin    money.Fen           `json:"price_min" doc:"fen"`
	PriceMax    money.Fen           `json:"price_max" doc:"fen"`
	Sold        int64               `json:"sold"`
	Available   int64               `json:"available" doc:"pieces over all SKUs"`
	Version     int64               `json:"version"`
	SKUs        []PageSKU           `json:"skus"`
}

// Page is the page of a listed product, encoded. Do not change the bytes.
type Page struct {
	JSON []byte
	ETag string // strong, quoted
}

// Page gives the encoded page of a listed product of an open shop:
// catalog.ErrNotFound for drafts and unknown ones, catalog.ErrUnlisted for what
// is no longer on sale. What this process changed shows at once, what another
// one changed within a second.
func (f *Flow) Page(ctx context.Context, shop, product id.ID) (Page, error) {
	return f.pages.get(ctx, pageKey{shop, product})
}

// PageData is Page, decoded: for the server's first HTML.
func (f *Flow) PageData(ctx context.Context, shop, product id.ID) (d PageData, err error) {
	p, err := f.Page(ctx, shop, product)
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(p.JSON, &d)
}

// Invalidate forgets the page of a product: call it after a commit that changed
// the product, its stock or what was sold of it. Other processes get a hint.
func (f *Flow) Invalidate(shop, product id.ID) {
	f.pages.forget(pageKey{shop, product})
	f.say(fmt.Sprintf("%s%d/%d", hintPage, shop, product))
}

// render reads a page.
func (f *Flow) render(ctx context.Context, key pageKey) (Page, error) {
	tree, err := f.Categories(ctx)
	if err != nil {
		return Page{}, err
	}
	var shown catalog.Shown
	var of shop.Shop
	var sales []promotion.Sale
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		if shown, err = catalog.Show(tx, key.shop, key.product); err != nil {
			return err
		}
		if of, err = shop.Get(tx, key.shop); err != nil {
			return err
		}
		sales, err = promotion.OfSKUs(tx, key.shop, shown.SKUIDs(), f.Now())
		return err
	})
	switch {
	case err != nil:
		return Page{}, err
	case shown.State == catalog.Draft || of.State == shop.Closed:
		return Page{}, catalog.ErrNotFound
	case shown.State == catalog.Unlisted:
		return Page{}, catalog.ErrUnlisted
	}
	data := pageOf(shown, of, tree)
	data.offer(sales)
	body, err := json.Marshal(data)
	if err != nil {
		return Page{}, err
	}
	sum := fnv.New64a()
	_, _ = sum.Write(body)
	return Page{JSON: body, ETag: fmt.Sprintf(`"%x"`, sum.Sum64())}, nil
}

func pageOf(s catalog.Shown, of shop.Shop, tree *catalog.Tree) PageData {
	d := PageData{ID: s.ID, Title: s.Title, TitleEN: s.TitleEN, Subtitle: s.Subtitle, Brand: s.Brand, Description: s.Description,
		Options: some(s.Options), Attributes: some(s.Attributes), Tags: some(s.Tags), PriceMin: s.PriceMin, PriceMax: s.PriceMax,
		Sold: s.Sold, Available: s.Available(), Version: s.Version, Categories: []PageCategory{}, Pictures: []PagePicture{}, SKUs: []PageSKU{},
		Shop: PageShop{ID: of.ID, Handle: of.Handle, Name: of.Name, NameEN: of.NameEn, Logo: of.Logo, State: string(of.State),
			ShippingFee: of.ShippingFee, FreeOver: of.FreeOver}}
	for _, c := range tree.Path(s.CategoryID) {
		d.Categories = append(d.Categories, PageCategory{ID: c.ID, Code: c.Code, Name: c.Name, NameEN: c.NameEN})
	}
	for _, m := range s.Media {
		if m.URL != "" {
			d.Pictures = append(d.Pictures, PagePicture{URL: m.URL, Small: catalog.Thumb(m.URL, "750"), Alt: m.Alt})
		}
	}
	for _, k := range s.Stocked {
		d.SKUs = append(d.SKUs, PageSKU{ID: k.ID, Options: some(k.Options), Price: k.Price, ComparePrice: k.ComparePrice, Picture: k.Picture,
			Available: max(k.Available, 0), WeightG: k.WeightG})
	}
	return d
}

// offer shows each SKU's first sale of those that are not over.
func (d *PageData) offer(sales []promotion.Sale) {
	for _, s := range sales {
		i := slices.IndexFunc(d.SKUs, func(k PageSKU) bool { return k.ID == s.SKU })
		if i >= 0 && d.SKUs[i].Flash == nil {
			d.SKUs[i].Flash = &PageFlash{ID: s.ID, Price: s.Price, Units: s.Units, Left: s.Left(), PerBuyer: s.PerBuyer, StartsAt: s.StartsAt, EndsAt: s.EndsAt}
		}
	}
}

// some makes an empty list of no list, so that JSON says [] and not null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type pageKey struct{ shop, product id.ID }

const (
	pageLifetime = time.Second
	pageShards   = 16
	pagesPerPart = 512
)

// pages keeps encoded pages for a second. A page read before a change is never
// kept after it: forgetting raises the count of the part, and a page is kept
// only when the count is what it was before reading.
type pages struct {
	now    func() time.Time
	load   func(context.Context, pageKey) (Page, error)
	flight singleflight.Group
	parts  [pageShards]pagePart
}

type pagePart struct {
	mu    sync.RWMutex
	kept  map[pageKey]keptPage
	count uint64
}

type keptPage struct {
	page    Page
	expires time.Time
}

func newPages(now func() time.Time, load func(context.Context, pageKey) (Page, error)) *pages {
	p := &pages{now: now, load: load}
	for i := range p.parts {
		p.parts[i].kept = map[pageKey]keptPage{}
	}
	return p
}

func (p *pages) part(key pageKey) *pagePart {
	return &p.parts[(uint64(key.product)*0x9E3779B97F4A7C15)>>60]
}

func (p *pages) get(ctx context.Context, key pageKey) (Page, error) {
	part := p.part(key)
	part.mu.RLock()
	kept, ok := part.kept[key]
	count := part.count
	part.mu.RUnlock()
	now := p.now()
	if ok && now.Before(kept.expires) {
		return kept.page, nil
	}
	// The count is part of the name: a read that began before a change is not
	// shared with those who ask after it.
	name := fmt.Sprintf("%d/%d/%d", key.shop, key.product, count)
	v, err, _ := p.flight.Do(name, func() (any, error) {
		page, err := p.load(context.WithoutCancel(ctx), key)
		if err == nil {
			part.keep(key, page, count, now.Add(pageLifetime))
		}
		return page, err
	})
	page, _ := v.(Page)
	return page, err
}

func (p *pagePart) keep(key pageKey, page Page, count uint64, expires time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count != count {
		return
	}
	if len(p.kept) >= pagesPerPart {
		clear(p.kept) // all of them are at most a second old
	}
	p.kept[key] = keptPage{page, expires}
}

func (p *pages) forget(key pageKey) {
	part := p.part(key)
	part.mu.Lock()
	defer part.mu.Unlock()
	delete(part.kept, key)
	part.count++
}
