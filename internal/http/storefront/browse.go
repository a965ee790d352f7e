package storefront

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/discovery"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/visiting"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// How long what everybody sees may be behind.
const (
	homeLife = 2 * time.Second
	treeLife = 5 * time.Second
)

func (a *API) registerBrowse(api huma.API) {
	open(api, http.MethodGet, "/home", "home", "The market's front page", func(ctx context.Context, _ *none) (*body[Home], error) {
		return ok(a.home.get(a.Now(), homeLife, func() (Home, error) { return a.loadHome(ctx) }))
	})
	open(api, http.MethodGet, "/categories", "categories", "The tree of categories", func(ctx context.Context, _ *none) (*body[[]Category], error) {
		return ok(a.categories(ctx))
	})
	open(api, http.MethodGet, "/products", "products", "Products by words, category, shop and price", a.products)
	open(api, http.MethodGet, "/suggest", "suggest", "Words to search for", a.suggest)
	open(api, http.MethodGet, "/shops/{handle}", "shop", "A shop's page", a.shopPage)
	open(api, http.MethodPost, "/visits", "visit", "Count a page view", a.visit)
}

func (a *API) categories(ctx context.Context) ([]Category, error) {
	return a.tree.get(a.Now(), treeLife, func() (out []Category, err error) {
		err = a.DB.Read(ctx, func(tx *db.Tx) error {
			t, err := catalog.Categories(tx)
			if err == nil {
				out = branch(t.All(), 0)
			}
			return err
		})
		return out, err
	})
}

func branch(all []catalog.Category, parent id.ID) []Category {
	out := []Category{}
	for _, c := range all {
		if c.ParentID == parent {
			out = append(out, Category{ID: c.ID, Code: c.Code, Name: c.Name, NameEn: c.NameEN, Icon: c.Icon, Children: branch(all, c.ID)})
		}
	}
	return out
}

func (a *API) loadHome(ctx context.Context) (Home, error) {
	h := Home{Name: a.Market.Name, NameEn: a.Market.NameEn, Shops: []ShopCard{}}
	var err error
	if h.Categories, err = a.categories(ctx); err != nil {
		return h, err
	}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		shops, err := shop.List(tx, 0)
		if err != nil {
			return err
		}
		for _, s := range shops {
			if s.State != shop.Closed {
				h.Shops = append(h.Shops, card(s))
			}
		}
		return nil
	})
	if err != nil {
		return h, err
	}
	err = a.DB.Control().Read(ctx, func(tx *db.Tx) error {
		fresh, err := discovery.Search(tx, discovery.Query{Sort: discovery.Newest, InStock: true, Limit: 10})
		if err != nil {
			return err
		}
		popular, err := discovery.Search(tx, discovery.Query{Sort: discovery.Popular, InStock: true, Limit: 20})
		h.Fresh, h.Popular = listings(fresh.Listings), listings(popular.Listings)
		return err
	})
	return h, err
}

func card(s shop.Shop) ShopCard {
	return ShopCard{ID: s.ID, Handle: s.Handle, Name: s.Name, NameEn: s.NameEn, Slogan: s.Slogan, Logo: s.Logo, Cover: s.Cover, City: s.City}
}

func page(s shop.Shop) Shop {
	return Shop{ShopCard: card(s), Intro: s.Intro, Notice: s.Notice, Hours: s.Hours, ShippingFee: s.ShippingFee, FreeOver: s.FreeOver, Open: s.State == shop.Open}
}

func listings(in []discovery.Listing) []ListingCard {
	out := make([]ListingCard, 0, len(in))
	for _, l := range in {
		out = append(out, ListingCard{ShopID: l.ShopID, ProductID: l.ProductID, ShopName: l.ShopName, Title: l.Title, TitleEn: l.TitleEN, Subtitle: l.Subtitle,
			Picture: l.Picture, PriceMin: l.PriceMin, PriceMax: l.PriceMax, ComparePrice: l.ComparePrice, Sold: l.Sold, Available: l.Available})
	}
	return out
}

type productsIn struct {
	Q        string    `query:"q" maxLength:"100" doc:"words"`
	Category string    `query:"category" maxLength:"40" doc:"code of a category; of a top category: everything below it"`
	Shop     string    `query:"shop" maxLength:"40" doc:"handle of a shop"`
	From     money.Fen `query:"from" minimum:"0" doc:"lowest price, fen"`
	To       money.Fen `query:"to" minimum:"0" doc:"highest price, fen; 0: open"`
	InStock  bool      `query:"in_stock"`
	Sort     string    `query:"sort" enum:"relevance,sold,newest,price_up,price_down" default:"relevance"`
	Cursor   string    `query:"cursor" maxLength:"300"`
	Limit    int       `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

var errCategory = errs.New(errs.NotFound, "category.not_found", "没有这个分类", "There is no such category")

func (a *API) products(ctx context.Context, in *productsIn) (*body[ListingPage], error) {
	q := discovery.Query{Words: in.Q, From: in.From, To: in.To, InStock: in.InStock, Sort: discovery.Sort(in.Sort), Cursor: in.Cursor, Limit: in.Limit}
	if in.Category != "" {
		tree, err := a.categories(ctx)
		if err != nil {
			return nil, err
		}
		if !locate(tree, in.Category, 0, &q) {
			return nil, errCategory
		}
	}
	if in.Shop != "" {
		err := a.DB.Read(ctx, func(tx *db.Tx) error {
			s, err := shop.ByHandle(tx, in.Shop)
			q.Shop = s.ID
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var out ListingPage
	err := a.DB.Control().Read(ctx, func(tx *db.Tx) error {
		res, err := discovery.Search(tx, q)
		out = ListingPage{Items: listings(res.Listings), Next: res.Cursor, Total: res.Total, Loose: res.Loose}
		return err
	})
	return ok(out, err)
}

// locate turns a category's code into a filter.
func locate(tree []Category, code string, depth int, q *discovery.Query) bool {
	for _, c := range tree {
		if c.Code == code {
			if depth == 0 {
				q.Top = c.ID
			} else {
				q.Category = c.ID
			}
			return true
		}
		if locate(c.Children, code, depth+1, q) {
			return true
		}
	}
	return false
}

type suggestIn struct {
	Q string `query:"q" maxLength:"60"`
}

func (a *API) suggest(ctx context.Context, in *suggestIn) (*body[[]string], error) {
	var out []string
	err := a.DB.Control().Read(ctx, func(tx *db.Tx) (err error) {
		out, err = discovery.Suggest(tx, in.Q, 8)
		return err
	})
	return ok(list(out), err)
}

type handleIn struct {
	Handle string `path:"handle" maxLength:"40"`
}

func (a *API) shopPage(ctx context.Context, in *handleIn) (*body[Shop], error) {
	var s shop.Shop
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		s, err = shop.ByHandle(tx, in.Handle)
		return err
	})
	if err == nil && s.State == shop.Closed {
		err = shop.ErrNotFound
	}
	return ok(page(s), err)
}

type visitIn struct {
	Visitor string `cookie:"shuke_visitor"`
	Body    struct {
		ShopID id.ID  `json:"shop_id,omitempty" doc:"shop of the page; none: the market"`
		From   string `json:"from,omitempty" maxLength:"40" doc:"what the link said of itself"`
	}
}

func (a *API) visit(ctx context.Context, in *visitIn) (*none, error) {
	who := "v" + in.Visitor
	if b := edge.BuyerOf(ctx); b != 0 {
		who = "b" + b.String()
	} else if len(in.Visitor) != 16 {
		return nil, nil // the page sets the cookie; a client without it is not counted
	}
	if !a.views.Allow(who, a.Now()) || !a.places.Allow(edge.RequestOf(ctx).IP, a.Now()) || !a.isShop(ctx, in.Body.ShopID) {
		return nil, nil // figures are for people; nobody is told what is not counted
	}
	a.Visits.Add(in.Body.ShopID, who, visiting.Source(in.Body.From))
	return nil, nil
}

// What one visitor, and one network address (behind which a whole town may sit),
// can add to the figures.
const (
	viewsPerMinute  = 120
	placesPerMinute = 3000
)

// isShop tells whether a shop is one that can be seen; 0 is the market itself.
func (a *API) isShop(ctx context.Context, of id.ID) bool {
	home, err := a.home.get(a.Now(), homeLife, func() (Home, error) { return a.loadHome(ctx) })
	return of == 0 || err == nil && slices.ContainsFunc(home.Shops, func(s ShopCard) bool { return s.ID == of })
}
