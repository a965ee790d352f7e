package console

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/flow/flash"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerFlash(api huma.API) {
	shopOp(api, get, "/flash-sales", "flashSales", staff.SeeGoods, "Flash sales of the shop, newest first", a.flashSales)
	shopOp(api, post, "/flash-sales", "planFlashSale", staff.EditGoods, "Plan a flash sale and set its units aside, once per Idempotency-Key", a.planFlash)
	shopOp(api, post, "/flash-sales/{sale}/cancel", "cancelFlashSale", staff.EditGoods, "Call a flash sale off; unsold units go back to the shelf", a.cancelFlash)
}

// FlashRow is a flash sale in the list.
type FlashRow struct {
	ID        id.ID     `json:"id"`
	SkuID     id.ID     `json:"sku_id"`
	ProductID id.ID     `json:"product_id"`
	Title     string    `json:"title"`
	Options   []string  `json:"options"`
	Picture   string    `json:"picture"`
	Usual     money.Fen `json:"usual" doc:"the SKU's price, fen"`
	Price     money.Fen `json:"price" doc:"fen"`
	Units     int64     `json:"units"`
	Sold      int64     `json:"sold" doc:"orders that wait for payment included"`
	PerBuyer  int64     `json:"per_buyer" doc:"0: no limit"`
	StartsAt  time.Time `json:"starts_at"`
	EndsAt    time.Time `json:"ends_at"`
	State     string    `json:"state" enum:"planned,running,ended,cancelled"`
}

// FlashPage is a page of flash sales.
type FlashPage struct {
	Items []FlashRow `json:"items"`
	Next  string     `json:"next"`
}

type flashIn struct {
	ShopIn
	PageIn
	State string `query:"state" enum:"all,open,ended,cancelled" default:"all"`
}

func (a *API) flashSales(ctx context.Context, in *flashIn) (*body[FlashPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	state := promotion.State(in.State)
	if in.State == "all" {
		state = ""
	}
	all, err := a.Flash.List(ctx, in.Shop, state, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := FlashPage{Items: make([]FlashRow, 0, len(all))}
	for _, s := range all {
		out.Items = append(out.Items, FlashRow{ID: s.ID, SkuID: s.SKU, ProductID: s.ProductID, Title: s.Title, Options: list(s.Options), Picture: s.Picture, Usual: s.Usual,
			Price: s.Price, Units: s.Units, Sold: s.Sold, PerBuyer: s.PerBuyer, StartsAt: s.StartsAt, EndsAt: s.EndsAt, State: s.Phase(a.Now())})
	}
	if len(all) == in.Limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return ok(out, nil)
}

type planFlashIn struct {
	ShopIn
	Key  string `header:"Idempotency-Key"`
	Body flash.In
}

// FlashPlanned is the answer to a plan.
type FlashPlanned struct {
	ID id.ID `json:"id"`
}

func (a *API) planFlash(ctx context.Context, in *planFlashIn) (*body[FlashPlanned], error) {
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	s, err := a.Flash.Plan(ctx, flash.Who{Shop: in.Shop, Staff: me(ctx).ID}, in.Key, in.Body)
	return ok(FlashPlanned{ID: s.ID}, err)
}

type cancelFlashIn struct {
	ShopIn
	Sale id.ID `path:"sale"`
}

func (a *API) cancelFlash(ctx context.Context, in *cancelFlashIn) (*none, error) {
	return nil, a.Flash.Cancel(ctx, flash.Who{Shop: in.Shop, Staff: me(ctx).ID}, in.Sale)
}
