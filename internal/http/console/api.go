// Package console is the reception of merchants' staff and of the market's
// operator: the API behind the console.
package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/counter"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/flow/flash"
	"github.com/shuke-commerce/shuke/internal/flow/funds"
	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/flow/reconcile"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// API holds what the handlers need.
type API struct {
	DB         *db.DB
	Now        func() time.Time
	Auth       *edge.StaffAuth
	Market     string // name of the market
	Onboarding *onboarding.Flow
	Catalog    *catalog.Flow
	Importing  *importing.Flow
	Aftersale  *aftersale.Deps
	Delivery   *delivery.Deps
	Pay        *pay.Deps
	Counter    *counter.Flow
	Funds      *funds.Deps
	Reconcile  *reconcile.Deps
	Flash      *flash.Deps
	Queue      *jobs.Queue
	Logins     edge.Limiter // tries of passwords
}

// Prefix of all addresses of this API.
const Prefix = "/api/console"

// need is the metadata of an operation that asks for a permission.
func need(p staff.Permission) map[string]any { return map[string]any{edge.NeedPermission: p} }

// shopOp registers an operation on one shop: its path begins with /shops/{shop}.
func shopOp[I, O any](api huma.API, method, path, name string, p staff.Permission, summary string, h func(context.Context, *I) (*O, error)) {
	edge.Register(api, huma.Operation{OperationID: name, Method: method, Path: Prefix + "/shops/{shop}" + path, Summary: summary, Metadata: need(p)}, h)
}

// Register adds all operations to the API.
func (a *API) Register(api huma.API) {
	api.UseMiddleware(a.Auth.Middleware(api))
	a.registerLogin(api)
	a.registerReport(api)
	a.registerOrders(api)
	a.registerAftersale(api)
	a.registerGoods(api)
	a.registerImports(api)
	a.registerShop(api)
	a.registerRefunds(api)
	a.registerCounter(api)
	a.registerFlash(api)
	a.registerMarket(api)
	a.registerFunds(api)
	a.registerMarketFunds(api)
	a.registerRecon(api)
	a.registerEvents(api)
}

// body wraps an answer for huma.
type body[T any] struct{ Body T }

func ok[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// none is an input or an answer without content.
type none struct{}

// ShopIn is the shop of an operation; the threshold has checked it.
type ShopIn struct {
	Shop id.ID `path:"shop"`
}

// me is who acts.
func me(ctx context.Context) staff.Member { return edge.StaffOf(ctx).Member }

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

var errCursor = errs.New(errs.Malformed, "cursor", "翻页参数无效，请刷新", "The cursor is not valid; please reload")

func cursor(text string) (id.ID, error) {
	if text == "" {
		return 0, nil
	}
	c, err := id.Parse(text)
	if err != nil {
		return 0, errCursor.Because(err)
	}
	return c, nil
}

// PageIn is a page of a list.
type PageIn struct {
	Cursor string `query:"cursor" pattern:"^[0-9]{0,19}$"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

// in shortens http.MethodX in tables of operations.
const (
	get  = http.MethodGet
	post = http.MethodPost
	put  = http.MethodPut
	del  = http.MethodDelete
)
