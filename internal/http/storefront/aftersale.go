package storefront

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	room "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/orderview"
	"github.com/shuke-commerce/shuke/internal/platform/carrier"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerAftersale(api huma.API) {
	send(api, http.MethodPost, "/orders/{shop}/{order}/aftersales", "askAftersale", "Ask money back, once per Idempotency-Key", a.ask)
	send(api, http.MethodPost, "/orders/{shop}/{order}/aftersales/preview", "previewAftersale", "What would be paid back", a.preview)
	get(api, "/aftersales/{shop}/{aftersale}", "aftersale", "An after-sale", a.aftersale)
	send(api, http.MethodPost, "/aftersales/{shop}/{aftersale}/cancel", "cancelAftersale", "Withdraw an after-sale", a.cancelAftersale)
	send(api, http.MethodPost, "/aftersales/{shop}/{aftersale}/parcel", "returnParcel", "Say how the goods come back", a.returnParcel)
	open(api, http.MethodGet, "/carriers", "carriers", "Carriers, the likely ones first when a number is given", a.carriers)
}

func aftersaleOf(s orderview.Aftersale, returnTo string) Aftersale {
	out := Aftersale{ID: s.ID, ShopID: s.ShopID, OrderID: s.OrderID, Kind: string(s.Kind), State: string(s.State), Reason: s.Reason, Note: s.Note,
		Amount: s.Amount, RefuseReason: s.RefuseReason, Carrier: s.Carrier, TrackingNo: s.TrackingNo, Lines: []AftersaleLine{},
		CreatedAt: s.CreatedAt, DecidedAt: when(s.DecidedAt), FinishedAt: when(s.FinishedAt)}
	if s.Kind == room.Return && s.State != room.Requested && s.State != room.Refused {
		out.ReturnAddress = returnTo
	}
	for _, l := range s.Lines {
		out.Lines = append(out.Lines, AftersaleLine{LineNo: int64(l.LineNo), Quantity: l.Qty, Amount: l.Amount})
	}
	return out
}

// AskInput is what a buyer wants back.
type AskInput struct {
	Kind   string    `json:"kind" enum:"refund,return" doc:"refund: money only; return: goods first"`
	Reason string    `json:"reason" maxLength:"200"`
	Note   string    `json:"note,omitempty" maxLength:"500"`
	Lines  []AskLine `json:"lines" minItems:"1" maxItems:"100"`
}

// AskLine is one line of it.
type AskLine struct {
	LineNo   int64 `json:"line_no" minimum:"1"`
	Quantity int64 `json:"quantity" minimum:"1" maximum:"999"`
}

type askIn struct {
	OrderIn
	Key  string `header:"Idempotency-Key"`
	Body AskInput
}

func (in *askIn) request(buyer id.ID) (aftersale.RequestIn, error) {
	canonical, err := json.Marshal(struct {
		Shop, Order id.ID
		In          AskInput
	}{in.Shop, in.Order, in.Body})
	r := aftersale.RequestIn{Buyer: buyer, Key: in.Key, InputHash: idem.Hash(canonical), Shop: in.Shop, Order: in.Order,
		Kind: room.Kind(in.Body.Kind), Reason: in.Body.Reason, Note: in.Body.Note}
	for _, l := range in.Body.Lines {
		r.Lines = append(r.Lines, aftersale.AskedLine{LineNo: id.ID(l.LineNo), Qty: l.Quantity})
	}
	return r, err
}

// Asked is the answer to a request for money back.
type Asked struct {
	AftersaleID id.ID     `json:"aftersale_id"`
	Amount      money.Fen `json:"amount" doc:"to be paid back, shipping included"`
	Shipping    money.Fen `json:"shipping" doc:"of that, the shipping fee"`
}

func (a *API) ask(ctx context.Context, in *askIn) (*body[Asked], error) {
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	return a.asked(ctx, in, a.Aftersale.Request)
}

func (a *API) preview(ctx context.Context, in *askIn) (*body[Asked], error) {
	return a.asked(ctx, in, a.Aftersale.Preview)
}

func (a *API) asked(ctx context.Context, in *askIn, do func(context.Context, aftersale.RequestIn) (aftersale.Requested, error)) (*body[Asked], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := in.request(b)
	if err != nil {
		return nil, err
	}
	out, err := do(ctx, r)
	return ok(Asked{AftersaleID: out.AftersaleID, Amount: out.Amount, Shipping: out.Shipping}, err)
}

// AftersaleIn names one after-sale in a path; exported, because huma reads no other
// embedded fields.
type AftersaleIn struct {
	Shop      id.ID `path:"shop"`
	Aftersale id.ID `path:"aftersale"`
}

func (a *API) aftersale(ctx context.Context, in *AftersaleIn) (*body[Aftersale], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	s, err := orderview.AftersaleOfBuyer(ctx, a.DB, b, in.Shop, in.Aftersale)
	if err != nil {
		return nil, err
	}
	var of shop.Shop
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		of, err = shop.Get(tx, in.Shop)
		return err
	})
	return ok(aftersaleOf(s, of.ReturnAddress), err)
}

func (a *API) cancelAftersale(ctx context.Context, in *AftersaleIn) (*body[Aftersale], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := a.Aftersale.CancelRequest(ctx, b, in.Shop, in.Aftersale); err != nil {
		return nil, err
	}
	return a.aftersale(ctx, in)
}

type returnParcelIn struct {
	AftersaleIn
	Body struct {
		Carrier    string `json:"carrier" maxLength:"40" doc:"code of the carrier"`
		TrackingNo string `json:"tracking_no" maxLength:"40"`
	}
}

func (a *API) returnParcel(ctx context.Context, in *returnParcelIn) (*body[Aftersale], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := a.Aftersale.GiveReturnParcel(ctx, b, in.Shop, in.Aftersale, in.Body.Carrier, in.Body.TrackingNo); err != nil {
		return nil, err
	}
	return a.aftersale(ctx, &in.AftersaleIn)
}

// Carrier is a parcel service.
type Carrier struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
	Likely bool   `json:"likely" doc:"the number looks like one of this carrier"`
}

type carriersIn struct {
	No string `query:"no" maxLength:"40" doc:"tracking number"`
}

func (a *API) carriers(_ context.Context, in *carriersIn) (*body[[]Carrier], error) {
	out := []Carrier{}
	for _, c := range carrier.LikelyFirst(in.No) {
		out = append(out, Carrier{Code: c.Code, Name: c.Name, NameEn: c.NameEN, Likely: c.Likely})
	}
	return ok(out, nil)
}
