package console

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/deposit"
	"github.com/shuke-commerce/shuke/internal/domain/payout"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/funds"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerMarketFunds(api huma.API) {
	marketOp(api, get, "/funds", "marketFunds", "Held, due, paid out and deposit of every shop", a.marketFunds)
	marketOp(api, get, "/payouts", "marketPayouts", "Payouts of all shops that wait for somebody, newest first", a.marketPayouts)
	marketOp(api, post, "/payout-runs", "runPayouts", "Make a payout for every shop with money due, once per Idempotency-Key", a.runPayouts)
	marketOp(api, post, "/shops/{shop}/payouts/{payout}/{step}", "movePayout", "Approve, send, finish, fail or cancel a payout", a.movePayout)
	marketOp(api, put, "/shops/{shop}/deposit", "requireDeposit", "Set the deposit a shop should have", a.requireDeposit)
	marketOp(api, post, "/shops/{shop}/deposit/receipts", "receiveDeposit", "Book money paid into the deposit, once per Idempotency-Key", a.receiveDeposit)
	marketOp(api, post, "/shops/{shop}/deposit/holds", "freezeDeposit", "Freeze a part of the deposit for a dispute, once per Idempotency-Key", a.freezeDeposit)
	marketOp(api, post, "/shops/{shop}/deposit/holds/{hold}/decision", "decideHold", "Compensate the buyer out of what is frozen, or free it", a.decideHold)
	marketOp(api, post, "/shops/{shop}/deposit/returns", "returnDeposit", "Begin to return deposit to the shop, once per Idempotency-Key", a.returnDeposit)
	marketOp(api, post, "/shops/{shop}/deposit/returns/{move}/end", "endReturn", "Say that a return was sent, or that the deposit is kept", a.endReturn)
}

// ShopFunds is a shop's line in the operator's list.
type ShopFunds struct {
	ShopID   id.ID  `json:"shop_id"`
	ShopName string `json:"shop_name"`
	Funds
}

func (a *API) marketFunds(ctx context.Context, _ *none) (*body[[]ShopFunds], error) {
	out := []ShopFunds{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		out = out[:0]
		all, err := shop.List(tx, 0)
		if err != nil {
			return err
		}
		for _, s := range all {
			o, err := funds.Look(tx, s.ID)
			if err != nil {
				return err
			}
			out = append(out, ShopFunds{ShopID: s.ID, ShopName: s.Name, Funds: fundsOf(o)})
		}
		return nil
	})
	return ok(out, err)
}

func (a *API) marketPayouts(ctx context.Context, in *marketPageIn) (*body[PayoutPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var out PayoutPage
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := payout.Open(tx, before, in.Limit)
		if err != nil {
			return err
		}
		out = payoutPage(all, in.Limit)
		for i := range out.Items {
			s, err := shop.Get(tx, out.Items[i].ShopID)
			if err != nil {
				return err
			}
			out.Items[i].ShopName = s.Name
			// Whoever sends the money has to read the whole number.
			out.Items[i].Payee.Account = all[i].Payee.Account
		}
		return nil
	})
	return ok(out, err)
}

type runPayoutsIn struct {
	Key  string `header:"Idempotency-Key"`
	Body struct {
		Least money.Fen `json:"least,omitempty" minimum:"0" doc:"shops with less due wait for another run"`
	}
}

// PayoutRun is what a payout run made.
type PayoutRun struct {
	ID      id.ID           `json:"id"`
	Payouts []PayoutRow     `json:"payouts"`
	Skipped []PayoutSkipped `json:"skipped" doc:"shops with money due that get none: too little, or no payee"`
}

// PayoutSkipped is a shop with money due that gets no payout.
type PayoutSkipped struct {
	ShopID   id.ID     `json:"shop_id"`
	ShopName string    `json:"shop_name"`
	Due      money.Fen `json:"due"`
}

func (a *API) runPayouts(ctx context.Context, in *runPayoutsIn) (*body[PayoutRun], error) {
	hash, err := inputHash(in.Key, in.Body)
	if err != nil {
		return nil, err
	}
	run, err := a.Funds.PayOut(ctx, funds.RunIn{Staff: me(ctx).ID, Key: in.Key, Hash: hash, Least: in.Body.Least})
	out := PayoutRun{ID: run.ID, Payouts: payoutPage(run.Payouts, -1).Items, Skipped: []PayoutSkipped{}}
	for _, s := range run.Skipped {
		out.Skipped = append(out.Skipped, PayoutSkipped(s))
	}
	return ok(out, err)
}

// inputHash checks a key and hashes what came with it.
func inputHash(key string, input any) (string, error) {
	if err := idem.Check(key); err != nil {
		return "", err
	}
	canonical, err := json.Marshal(input)
	return idem.Hash(canonical), err
}

type movePayoutIn struct {
	ShopIn
	Payout id.ID  `path:"payout"`
	Step   string `path:"step" enum:"approve,send,done,fail,cancel"`
	Body   struct {
		Proof string `json:"proof,omitempty" maxLength:"64" doc:"of send: the bank's number"`
		Note  string `json:"note,omitempty" maxLength:"200" doc:"of fail and cancel: why"`
	}
}

func (a *API) movePayout(ctx context.Context, in *movePayoutIn) (*body[PayoutRow], error) {
	to := map[string]payout.State{"approve": payout.Approved, "send": payout.Sent, "done": payout.Done, "fail": payout.Failed, "cancel": payout.Cancelled}[in.Step]
	p, err := a.Funds.MovePayout(ctx, funds.PayoutStep{Shop: in.Shop, Payout: in.Payout, Staff: me(ctx).ID, To: to, Proof: in.Body.Proof, Note: in.Body.Note})
	return ok(payoutOf(p), err)
}

type requireDepositIn struct {
	ShopIn
	Body struct {
		Required money.Fen `json:"required" minimum:"0"`
	}
}

func (a *API) requireDeposit(ctx context.Context, in *requireDepositIn) (*none, error) {
	return nil, a.Funds.RequireDeposit(ctx, in.Shop, in.Body.Required)
}

// DepositEntry is what an operator enters about a deposit.
type DepositEntry struct {
	Amount  money.Fen `json:"amount" minimum:"1"`
	OrderID id.ID     `json:"order_id,omitempty" doc:"of a hold: the order in dispute"`
	Proof   string    `json:"proof,omitempty" maxLength:"64" doc:"of a receipt: number of its proof"`
	Note    string    `json:"note,omitempty" maxLength:"200" doc:"of a hold: why"`
}

type depositEntryIn struct {
	ShopIn
	Key  string `header:"Idempotency-Key"`
	Body DepositEntry
}

// entry is what a flow is told; what tells apart the operations that share a key.
func (in *depositEntryIn) entry(ctx context.Context, what string) (funds.Entry, error) {
	hash, err := inputHash(in.Key, struct {
		What string
		In   DepositEntry
	}{what, in.Body})
	return funds.Entry{Shop: in.Shop, Staff: me(ctx).ID, Key: in.Key, Hash: hash, Amount: in.Body.Amount, Order: in.Body.OrderID, Proof: in.Body.Proof, Note: in.Body.Note}, err
}

func (a *API) receiveDeposit(ctx context.Context, in *depositEntryIn) (*body[DepositMove], error) {
	e, err := in.entry(ctx, "receipt")
	if err != nil {
		return nil, err
	}
	m, err := a.Funds.ReceiveDeposit(ctx, e)
	return ok(moveOf(m), err)
}

func (a *API) freezeDeposit(ctx context.Context, in *depositEntryIn) (*body[DepositHold], error) {
	e, err := in.entry(ctx, "hold")
	if err != nil {
		return nil, err
	}
	h, err := a.Funds.FreezeDeposit(ctx, e)
	return ok(holdOf(h), err)
}

func (a *API) returnDeposit(ctx context.Context, in *depositEntryIn) (*body[DepositMove], error) {
	e, err := in.entry(ctx, "return")
	if err != nil {
		return nil, err
	}
	m, err := a.Funds.ReturnDeposit(ctx, e)
	return ok(moveOf(m), err)
}

type decideHoldIn struct {
	ShopIn
	Hold id.ID `path:"hold"`
	Body struct {
		Used  money.Fen `json:"used" minimum:"0" doc:"what the buyer gets; 0 frees the hold"`
		Route string    `json:"route,omitempty" enum:"refund,offline" doc:"the way the order was paid, or sent by the market with a proof"`
		Proof string    `json:"proof,omitempty" maxLength:"64"`
	}
}

func (a *API) decideHold(ctx context.Context, in *decideHoldIn) (*body[DepositHold], error) {
	route := deposit.Route(in.Body.Route)
	if route == "" {
		route = deposit.ByMarket
	}
	h, err := a.Funds.DecideHold(ctx, funds.Decision{Shop: in.Shop, Hold: in.Hold, Staff: me(ctx).ID, Used: in.Body.Used, Route: route, Proof: in.Body.Proof})
	return ok(holdOf(h), err)
}

type endReturnIn struct {
	ShopIn
	Move id.ID `path:"move"`
	Body struct {
		Sent  bool   `json:"sent"`
		Proof string `json:"proof,omitempty" maxLength:"64"`
	}
}

func (a *API) endReturn(ctx context.Context, in *endReturnIn) (*body[DepositMove], error) {
	to := deposit.Kept
	if in.Body.Sent {
		to = deposit.Paid
	}
	m, err := a.Funds.EndReturn(ctx, in.Shop, in.Move, me(ctx).ID, to, in.Body.Proof)
	return ok(moveOf(m), err)
}
