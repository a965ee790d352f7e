// Package storefront is the buyers' reception: the API of the storefront, the
// login through WeChat and the pages themselves.
package storefront

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/basket"
	"github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/flow/identity"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/flow/visiting"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/wechat/official"
)

// API holds what the handlers need.
type API struct {
	DB        *db.DB
	IDs       *id.Source
	Now       func() time.Time
	Market    Market
	Official  *official.Client // nil: no service account is configured
	Identity  *identity.Flow
	Catalog   *catalog.Flow
	Basket    *basket.Flow
	Checkout  *checkout.Deps
	Pay       *pay.Deps
	Aftersale *aftersale.Deps
	Delivery  *delivery.Deps
	Visits    *visiting.Counter
	Secure    bool // cookies only over https

	home   cached[Home]
	tree   cached[[]Category]
	views  edge.Limiter // by visitor
	places edge.Limiter // by address
}

// Market is what the pages say of the market.
type Market struct {
	Name, NameEn string
	BaseURL      string // without a slash at the end
}

// prefix of all addresses of this API.
const prefix = "/api/storefront"

// get and send register an operation of a logged-in buyer.
func get[I, O any](api huma.API, path, name, summary string, h func(context.Context, *I) (*O, error)) {
	edge.Register(api, huma.Operation{OperationID: name, Method: http.MethodGet, Path: prefix + path, Summary: summary}, h)
}

func send[I, O any](api huma.API, method, path, name, summary string, h func(context.Context, *I) (*O, error)) {
	edge.Register(api, huma.Operation{OperationID: name, Method: method, Path: prefix + path, Summary: summary}, h)
}

// open registers an operation that guests may call too.
func open[I, O any](api huma.API, method, path, name, summary string, h func(context.Context, *I) (*O, error)) {
	edge.Register(api, huma.Operation{OperationID: name, Method: method, Path: prefix + path, Summary: summary,
		Metadata: map[string]any{edge.NeedNobody: true}}, h)
}

// Register adds all operations to the API. All but those registered with open are
// for buyers who are logged in.
func (a *API) Register(api huma.API) {
	a.views.Tries, a.views.Window = viewsPerMinute, time.Minute
	a.places.Tries, a.places.Window = placesPerMinute, time.Minute
	api.UseMiddleware(edge.NeedBuyer(api, buyer.ErrLogin))
	a.registerBrowse(api)
	a.registerAccount(api)
	a.registerCart(api)
	a.registerCheckout(api)
	a.registerOrders(api)
	a.registerAftersale(api)
}

// body wraps an answer for huma.
type body[T any] struct{ Body T }

func ok[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// none is an answer without a body.
type none struct{}

// buyerOf returns the buyer who is logged in.
func buyerOf(ctx context.Context) (id.ID, error) {
	if b := edge.BuyerOf(ctx); b != 0 {
		return b, nil
	}
	return 0, buyer.ErrLogin
}

// when makes a time that may be absent.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// list makes an empty JSON array of nil.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}
