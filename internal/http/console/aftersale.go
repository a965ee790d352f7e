package console

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/flow/orderview"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

func (a *API) registerAftersale(api huma.API) {
	shopOp(api, get, "/aftersales", "aftersales", staff.SeeAftersale, "Requests for money back, newest first", a.aftersales)
	shopOp(api, get, "/aftersales/{aftersale}", "aftersale", staff.SeeAftersale, "One request", a.aftersale)
	shopOp(api, post, "/aftersales/{aftersale}/approve", "approve", staff.DecideRefund, "Approve: a refund is sent, a return awaited", a.approve)
	shopOp(api, post, "/aftersales/{aftersale}/refuse", "refuse", staff.DecideRefund, "Refuse, with a reason for the buyer", a.refuse)
	shopOp(api, post, "/aftersales/{aftersale}/returned", "returned", staff.ReceiveReturn, "The goods are back: the refund is sent", a.returned)
}

type aftersalesIn struct {
	ShopIn
	PageIn
	State string `query:"state" enum:"all,requested,approved,refused,cancelled,returning,refunding,refunded" default:"all"`
}

func (a *API) aftersales(ctx context.Context, in *aftersalesIn) (*body[AftersalePage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	state := aftersale.State(in.State)
	if in.State == "all" {
		state = ""
	}
	var all []aftersale.Aftersale
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = aftersale.List(tx, in.Shop, state, before, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := AftersalePage{Items: make([]AftersaleRow, 0, len(all))}
	for _, s := range all {
		out.Items = append(out.Items, aftersaleOf(orderview.Aftersale{Aftersale: s}))
	}
	if len(all) == in.Limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return ok(out, nil)
}

func aftersaleOf(s orderview.Aftersale) AftersaleRow {
	out := AftersaleRow{ShopID: s.ShopID, ID: s.ID, OrderID: s.OrderID, Kind: string(s.Kind), State: string(s.State), Title: s.Title, Picture: s.Picture,
		Reason: s.Reason, Note: s.Note, Amount: s.Amount, RefuseReason: s.RefuseReason, Carrier: s.Carrier, TrackingNo: s.TrackingNo,
		CreatedAt: s.CreatedAt, DecidedAt: when(s.DecidedAt), FinishedAt: when(s.FinishedAt)}
	for _, l := range s.Lines {
		out.Lines = append(out.Lines, AftersaleLine{LineNo: int64(l.LineNo), Quantity: l.Qty, Amount: l.Amount})
	}
	return out
}

// AftersaleIn names one after-sale in a path; exported, because huma reads no other
// embedded fields.
type AftersaleIn struct {
	ShopIn
	Aftersale id.ID `path:"aftersale"`
}

func (a *API) aftersale(ctx context.Context, in *AftersaleIn) (*body[AftersaleRow], error) {
	s, err := orderview.AftersaleOfShop(ctx, a.DB, in.Shop, in.Aftersale)
	return ok(aftersaleOf(s), err)
}

func (a *API) approve(ctx context.Context, in *AftersaleIn) (*body[AftersaleRow], error) {
	if _, err := a.Aftersale.Approve(ctx, in.Shop, in.Aftersale); err != nil {
		return nil, err
	}
	return a.aftersale(ctx, in)
}

type refuseIn struct {
	AftersaleIn
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200"`
	}
}

func (a *API) refuse(ctx context.Context, in *refuseIn) (*body[AftersaleRow], error) {
	if _, err := a.Aftersale.Refuse(ctx, in.Shop, in.Aftersale, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.aftersale(ctx, &in.AftersaleIn)
}

type returnedIn struct {
	AftersaleIn
	Body struct {
		Restock bool `json:"restock" doc:"the goods can be sold again"`
	}
}

func (a *API) returned(ctx context.Context, in *returnedIn) (*body[AftersaleRow], error) {
	if _, err := a.Aftersale.ConfirmReturned(ctx, in.Shop, in.Aftersale, me(ctx).ID, in.Body.Restock); err != nil {
		return nil, err
	}
	return a.aftersale(ctx, &in.AftersaleIn)
}
