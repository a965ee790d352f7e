package console

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

func (a *API) registerRefunds(api huma.API) {
	shopOp(api, get, "/refunds", "refunds", staff.SeeMoney, "Money on its way back to buyers, newest first", a.refunds)
	shopOp(api, post, "/refunds/{refund}/retry", "retryRefund", staff.DecideRefund, "Send an abnormal refund again, under its own number", a.retryRefund)
}

type refundsIn struct {
	ShopIn
	PageIn
	State string `query:"state" enum:"all,due,processing,succeeded,abnormal" default:"all"`
}

func (a *API) refunds(ctx context.Context, in *refundsIn) (*body[RefundPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	state := payment.RefundState(in.State)
	if in.State == "all" {
		state = ""
	}
	var all []payment.Refund
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = payment.Refunds(tx, in.Shop, state, before, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := RefundPage{Items: make([]RefundRow, 0, len(all))}
	for _, f := range all {
		out.Items = append(out.Items, RefundRow{ID: f.ID, OrderID: f.OrderID, AftersaleID: f.AftersaleID, RefundNo: f.RefundNo, Amount: f.Amount, Reason: f.Reason,
			State: string(f.State), Attempts: f.Attempts, LastError: f.LastError, NextTryAt: when(f.NextTryAt), CreatedAt: f.CreatedAt, FinishedAt: when(f.FinishedAt)})
	}
	if len(all) == in.Limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return ok(out, nil)
}

type refundIn struct {
	ShopIn
	Refund id.ID `path:"refund"`
}

func (a *API) retryRefund(ctx context.Context, in *refundIn) (*none, error) {
	return nil, a.Pay.RetryRefund(ctx, in.Shop, in.Refund)
}
