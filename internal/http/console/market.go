package console

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// marketOp registers an operation of the operator.
func marketOp[I, O any](api huma.API, method, path, name, summary string, h func(context.Context, *I) (*O, error)) {
	edge.Register(api, huma.Operation{OperationID: name, Method: method, Path: Prefix + "/market" + path, Summary: summary, Metadata: need(staff.RunMarket)}, h)
}

func (a *API) registerMarket(api huma.API) {
	marketOp(api, get, "/shops", "marketShops", "All shops", a.shops)
	marketOp(api, post, "/shops", "createShop", "Make a shop with its owner", a.createShop)
	marketOp(api, get, "/shops/{shop}/sub-merchant", "subMerchant", "By which sub-merchant of the service provider a shop receives", a.subMerchant)
	marketOp(api, put, "/shops/{shop}/sub-merchant", "setSubMerchant", "Set the sub-merchant of a shop; payments under way keep theirs", a.setSubMerchant)
	marketOp(api, get, "/money", "marketMoney", "Money and sales of all shops", a.marketMoney)
	marketOp(api, get, "/orders", "marketOrders", "Orders of all shops, newest first", a.marketOrders)
	marketOp(api, get, "/operators", "operators", "The market's operators", a.operators)
	marketOp(api, post, "/operators", "addOperator", "Add an operator", a.addOperator)
	marketOp(api, put, "/operators/{member}", "changeOperator", "Change an operator", a.changeOperator)
	marketOp(api, post, "/categories", "saveCategory", "Write a category", a.saveCategory)
	marketOp(api, del, "/categories/{category}", "deleteCategory", "Delete a category", a.deleteCategory)
	marketOp(api, get, "/jobs", "marketJobs", "Jobs of all shops that keep failing", a.marketJobs)
	marketOp(api, post, "/jobs/{job}/retry", "retryMarketJob", "Try a failed job again", a.retryMarketJob)
}

// ShopPage is a page of shops.
type ShopPage struct {
	Items []shop.Shop `json:"items"`
	Next  string      `json:"next"`
}

type marketPageIn struct{ PageIn }

func (a *API) shops(ctx context.Context, in *marketPageIn) (*body[ShopPage], error) {
	after, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var out ShopPage
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := shop.List(tx, after)
		if len(all) > in.Limit {
			all = all[:in.Limit]
			out.Next = all[len(all)-1].ID.String()
		}
		out.Items = list(all)
		return err
	})
	return ok(out, err)
}

// NewShop is a shop with its owner.
type NewShop struct {
	Handle string           `json:"handle" maxLength:"40" doc:"name in addresses"`
	Name   string           `json:"name" maxLength:"60"`
	Slogan string           `json:"slogan,omitempty" maxLength:"200"`
	City   string           `json:"city,omitempty" maxLength:"60"`
	Owner  onboarding.Owner `json:"owner"`
}

// SubMerchant is by whom a shop receives money at WeChat Pay.
type SubMerchant struct {
	SubMchID string `json:"sub_mch_id" pattern:"^([0-9]{8,32})?$" doc:"number of the sub-merchant (特约商户); empty: none"`
}

func (a *API) subMerchant(ctx context.Context, in *ShopIn) (*body[SubMerchant], error) {
	var out SubMerchant
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.SubMchID, err = shop.SubMchID(tx, in.Shop)
		return err
	})
	return ok(out, err)
}

func (a *API) setSubMerchant(ctx context.Context, in *struct {
	ShopIn
	Body SubMerchant
}) (*body[SubMerchant], error) {
	return ok(in.Body, a.Onboarding.SetSubMerchant(ctx, in.Shop, in.Body.SubMchID))
}

type createShopIn struct{ Body NewShop }

func (a *API) createShop(ctx context.Context, in *createShopIn) (*body[shop.Shop], error) {
	s, _, err := a.Onboarding.CreateShop(ctx, shop.Shop{Handle: in.Body.Handle, Name: in.Body.Name, Slogan: in.Body.Slogan, City: in.Body.City}, in.Body.Owner)
	return ok(s, err)
}

// MarketMoney is the money of all shops. Shops are read one by one: on a sharded
// cluster the sum over them is not one moment's.
type MarketMoney struct {
	Shops []ShopMoney      `json:"shops"`
	Total []Account        `json:"total"`
	Days  []report.Figures `json:"days" doc:"the market's own pages and all shops' sales, 30 days"`
	Sales money.Fen        `json:"sales_30d"`
}

func (a *API) marketMoney(ctx context.Context, _ *none) (*body[MarketMoney], error) {
	out := MarketMoney{Shops: []ShopMoney{}}
	sum := map[ledger.Account]money.Fen{}
	now := a.Now()
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := shop.List(tx, 0)
		if err != nil {
			return err
		}
		for _, s := range all {
			b, err := ledger.Balances(tx, s.ID)
			if err != nil {
				return err
			}
			days, err := report.Days(tx, s.ID, days30(now), now)
			if err != nil {
				return err
			}
			for k, v := range b {
				sum[k] += v
			}
			t := report.Total(days)
			out.Sales += t.Sales
			out.Days = addDays(out.Days, days)
			out.Shops = append(out.Shops, ShopMoney{ShopID: s.ID, ShopName: s.Name, Accounts: accounts(b), Sales30: t.Sales, Orders30: t.Orders})
		}
		return nil
	})
	out.Total, out.Days = accounts(sum), list(out.Days)
	return ok(out, err)
}

// addDays adds the days of a shop to those of the market; a person who visits
// two shops is two visitors there.
func addDays(sum, days []report.Figures) []report.Figures {
	if sum == nil {
		return append(sum, days...)
	}
	for i := range sum {
		day := sum[i].Day
		sum[i] = report.Total([]report.Figures{sum[i], days[i]})
		sum[i].Day = day
	}
	return sum
}

type marketOrdersIn struct {
	PageIn
	State string `query:"state" enum:"all,pending,paid,shipped,received,closed" default:"all"`
}

func (a *API) marketOrders(ctx context.Context, in *marketOrdersIn) (*body[OrderPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	out := OrderPage{Items: []OrderRow{}}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		names := map[id.ID]string{}
		shops, err := shop.List(tx, 0)
		if err != nil {
			return err
		}
		var all []order.Order
		for _, s := range shops {
			names[s.ID] = s.Name
			f := order.Filter{Before: before, Limit: in.Limit}
			if in.State != "all" {
				f.State = order.State(in.State)
			}
			part, err := order.List(tx, s.ID, f)
			if err != nil {
				return err
			}
			all = append(all, part...)
		}
		for _, o := range newest(all, in.Limit) {
			row := rowOf(o)
			row.ShopName = names[o.ShopID]
			out.Items = append(out.Items, row)
		}
		if len(out.Items) == in.Limit {
			out.Next = out.Items[len(out.Items)-1].ID.String()
		}
		return nil
	})
	return ok(out, err)
}

func (a *API) operators(ctx context.Context, _ *none) (*body[[]staff.Member], error) {
	return a.members(ctx, 0)
}

type addOperatorIn struct{ Body MemberInput }

func (a *API) addOperator(ctx context.Context, in *addOperatorIn) (*body[staff.Member], error) {
	return ok(a.Onboarding.AddMember(ctx, staff.Member{Login: in.Body.Login, Name: in.Body.Name, Role: staff.Operator}, in.Body.Password))
}

type changeOperatorIn struct {
	Member id.ID `path:"member"`
	Body   MemberChange
}

func (a *API) changeOperator(ctx context.Context, in *changeOperatorIn) (*body[staff.Member], error) {
	in.Body.Role = staff.Operator
	return a.change(ctx, 0, in.Member, in.Body)
}

// CategoryInput is a category as the operator writes it.
type CategoryInput struct {
	ID       id.ID  `json:"id,omitempty" doc:"none: a new one"`
	ParentID id.ID  `json:"parent_id,omitempty"`
	Code     string `json:"code" maxLength:"40"`
	Name     string `json:"name" maxLength:"60"`
	NameEn   string `json:"name_en,omitempty" maxLength:"60"`
	Icon     string `json:"icon,omitempty" maxLength:"500"`
	Position int64  `json:"position,omitempty"`
}

type saveCategoryIn struct{ Body CategoryInput }

func (a *API) saveCategory(ctx context.Context, in *saveCategoryIn) (*body[catalog.Category], error) {
	b := in.Body
	return ok(a.Catalog.SaveCategory(ctx, catalog.Category{ID: b.ID, ParentID: b.ParentID, Code: b.Code, Name: b.Name, NameEN: b.NameEn, Icon: b.Icon, Position: b.Position}))
}

type categoryIn struct {
	Category id.ID `path:"category"`
}

func (a *API) deleteCategory(ctx context.Context, in *categoryIn) (*none, error) {
	return nil, a.Catalog.DeleteCategory(ctx, in.Category)
}

func (a *API) marketJobs(ctx context.Context, _ *none) (*body[[]jobs.Parked], error) {
	out, err := a.Queue.ListParked(ctx, -1, 100)
	return ok(list(out), err)
}

type marketJobIn struct {
	Job id.ID `path:"job"`
}

func (a *API) retryMarketJob(ctx context.Context, in *marketJobIn) (*none, error) {
	return nil, a.Queue.Retry(ctx, -1, in.Job)
}
