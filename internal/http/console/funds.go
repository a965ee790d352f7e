package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/deposit"
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/payout"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/funds"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerFunds(api huma.API) {
	shopOp(api, get, "/funds", "funds", staff.SeeMoney, "What is held for the shop, due, paid out, and its deposit", a.funds)
	shopOp(api, get, "/funds/transfers", "fundsTransfers", staff.SeeMoney, "Every transfer that touches an account, newest first", a.fundsTransfers)
	shopOp(api, get, "/payouts", "payouts", staff.SeeMoney, "Payouts to the shop, newest first", a.payouts)
	shopOp(api, put, "/payee", "setPayee", staff.EditPayee, "Say where the shop wants its money", a.setPayee)
	shopOp(api, get, "/deposit", "deposit", staff.SeeMoney, "Receipts, returns and holds of the deposit, newest first", a.deposit)
	shopOp(api, get, "/statement", "statement", staff.SeeMoney, "Statement of an account over some days, as CSV or JSON lines", a.statement)
}

// Funds is where a shop's money stands; amounts are fen.
type Funds struct {
	Held       money.Fen  `json:"held" doc:"paid by buyers, not yet received"`
	Due        money.Fen  `json:"due" doc:"can be paid out; below zero the shop owes"`
	PayingOut  money.Fen  `json:"paying_out" doc:"reserved by payouts under way"`
	PaidOut    money.Fen  `json:"paid_out"`
	Refunding  money.Fen  `json:"refunding"`
	Fee        money.Fen  `json:"fee"`
	Deposit    money.Fen  `json:"deposit"`
	Frozen     money.Fen  `json:"frozen" doc:"of the deposit: reserved by disputes and returns"`
	Required   money.Fen  `json:"required" doc:"deposit that was agreed"`
	Payee      Payee      `json:"payee"`
	SealedTo   *time.Time `json:"sealed_to,omitempty" doc:"transfers up to then are under seal"`
	SealNumber int64      `json:"seal_number"`
	SealHash   string     `json:"seal_hash"`
}

// Payee is where a shop wants its money.
type Payee struct {
	Name    string `json:"name" maxLength:"60"`
	Bank    string `json:"bank" maxLength:"60"`
	Account string `json:"account" maxLength:"50" doc:"only the last four figures are shown"`
}

func payeeOf(p payout.Payee) Payee {
	return Payee{Name: p.Name, Bank: p.Bank, Account: payout.Masked(p.Account)}
}

func fundsOf(o funds.Overview) Funds {
	return Funds{Held: o.Held, Due: o.Due, PayingOut: o.PayingOut, PaidOut: o.PaidOut, Refunding: o.Refunding, Fee: o.Fee, Deposit: o.Deposit, Frozen: o.Frozen,
		Required: o.Required, Payee: payeeOf(o.Payee), SealedTo: when(o.SealedTo), SealNumber: o.SealNumber, SealHash: o.SealHash}
}

func (a *API) funds(ctx context.Context, in *ShopIn) (*body[Funds], error) {
	var out Funds
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		o, err := funds.Look(tx, in.Shop)
		out = fundsOf(o)
		return err
	})
	return ok(out, err)
}

type fundsTransfersIn struct {
	ShopIn
	PageIn
	Account string `query:"account" enum:"shop_held,shop_payable,paid_out,market_fee,refund_due,shop_deposit" required:"true"`
}

// LedgerPage is a page of transfers.
type LedgerPage struct {
	Items []LedgerRow `json:"items"`
	Next  string      `json:"next"`
}

func (a *API) fundsTransfers(ctx context.Context, in *fundsTransfersIn) (*body[LedgerPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var all []ledger.Transfer
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = ledger.OfAccount(tx, in.Shop, ledger.Account(in.Account), before, in.Limit)
		return err
	})
	out := LedgerPage{Items: ledgerRows(all)}
	if len(all) == in.Limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return ok(out, err)
}

// PayoutRow is a payout in a list.
type PayoutRow struct {
	ShopID    id.ID      `json:"shop_id"`
	ShopName  string     `json:"shop_name,omitempty"`
	ID        id.ID      `json:"id"`
	Amount    money.Fen  `json:"amount"`
	State     string     `json:"state" enum:"requested,approved,sent,done,failed,cancelled"`
	Payee     Payee      `json:"payee"`
	Proof     string     `json:"proof,omitempty" doc:"the bank's number"`
	Note      string     `json:"note,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

// PayoutPage is a page of payouts.
type PayoutPage struct {
	Items []PayoutRow `json:"items"`
	Next  string      `json:"next"`
}

func payoutOf(p payout.Payout) PayoutRow {
	return PayoutRow{ShopID: p.ShopID, ID: p.ID, Amount: p.Amount, State: string(p.State), Payee: payeeOf(p.Payee), Proof: p.Proof, Note: p.Note,
		CreatedAt: p.CreatedAt, SentAt: when(p.SentAt), EndedAt: when(p.EndedAt)}
}

func payoutPage(all []payout.Payout, limit int) PayoutPage {
	out := PayoutPage{Items: make([]PayoutRow, 0, len(all))}
	for _, p := range all {
		out.Items = append(out.Items, payoutOf(p))
	}
	if len(all) == limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return out
}

type shopPageIn struct {
	ShopIn
	PageIn
}

func (a *API) payouts(ctx context.Context, in *shopPageIn) (*body[PayoutPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var all []payout.Payout
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = payout.List(tx, in.Shop, before, in.Limit)
		return err
	})
	return ok(payoutPage(all, in.Limit), err)
}

type setPayeeIn struct {
	ShopIn
	Body Payee
}

func (a *API) setPayee(ctx context.Context, in *setPayeeIn) (*body[Payee], error) {
	p, err := a.Funds.SetPayee(ctx, payout.Payee{ShopID: in.Shop, Name: in.Body.Name, Bank: in.Body.Bank, Account: in.Body.Account})
	return ok(payeeOf(p), err)
}

// Deposit is what happened to a shop's deposit.
type Deposit struct {
	Moves []DepositMove `json:"moves" doc:"receipts and returns, newest first, at most 100"`
	Holds []DepositHold `json:"holds" doc:"newest first, at most 100"`
}

// DepositMove is money paid into the deposit, or returned.
type DepositMove struct {
	ID        id.ID      `json:"id"`
	Kind      string     `json:"kind" enum:"receipt,return"`
	Amount    money.Fen  `json:"amount"`
	State     string     `json:"state" enum:"booked,requested,paid,kept"`
	Proof     string     `json:"proof,omitempty"`
	Note      string     `json:"note,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

// DepositHold is a part of the deposit frozen for a dispute.
type DepositHold struct {
	ID        id.ID      `json:"id"`
	OrderID   id.ID      `json:"order_id"`
	Amount    money.Fen  `json:"amount"`
	Used      money.Fen  `json:"used" doc:"what the buyer got"`
	State     string     `json:"state" enum:"frozen,compensated,released"`
	Reason    string     `json:"reason"`
	Route     string     `json:"route,omitempty" enum:"refund,offline"`
	Proof     string     `json:"proof,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
}

func moveOf(m deposit.Move) DepositMove {
	return DepositMove{ID: m.ID, Kind: string(m.Kind), Amount: m.Amount, State: string(m.State), Proof: m.Proof, Note: m.Note, CreatedAt: m.CreatedAt, EndedAt: when(m.EndedAt)}
}

func holdOf(h deposit.Hold) DepositHold {
	return DepositHold{ID: h.ID, OrderID: h.OrderID, Amount: h.Amount, Used: h.Used, State: string(h.State), Reason: h.Reason, Route: string(h.Route), Proof: h.Proof,
		CreatedAt: h.CreatedAt, DecidedAt: when(h.DecidedAt)}
}

func (a *API) deposit(ctx context.Context, in *ShopIn) (*body[Deposit], error) {
	var out Deposit
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		out = Deposit{Moves: []DepositMove{}, Holds: []DepositHold{}}
		moves, err := deposit.Moves(tx, in.Shop)
		if err != nil {
			return err
		}
		for _, m := range moves {
			out.Moves = append(out.Moves, moveOf(m))
		}
		holds, err := deposit.Holds(tx, in.Shop, 0, 100)
		for _, h := range holds {
			out.Holds = append(out.Holds, holdOf(h))
		}
		return err
	})
	return ok(out, err)
}

type statementIn struct {
	ShopIn
	Account string `query:"account" enum:"shop_payable,shop_held,paid_out,market_fee,shop_deposit" default:"shop_payable"`
	From    string `query:"from" format:"date" required:"true" doc:"first day, Beijing time"`
	To      string `query:"to" format:"date" required:"true" doc:"last day, Beijing time"`
	Format  string `query:"format" enum:"csv,jsonl" default:"csv"`
}

// statement streams; when it fails halfway the connection is cut, so that half a
// statement is not taken for a whole one.
func (a *API) statement(_ context.Context, in *statementIn) (*huma.StreamResponse, error) {
	s := funds.StatementIn{Shop: in.Shop, Account: ledger.Account(in.Account), From: in.From, To: in.To, Lines: in.Format == "jsonl"}
	if err := s.Check(a.Now()); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		mime := "text/csv; charset=utf-8"
		if s.Lines {
			mime = "application/x-ndjson"
		}
		ctx.SetHeader("Content-Type", mime)
		ctx.SetHeader("Content-Disposition", `attachment; filename="statement-`+in.Account+"-"+in.From+"-"+in.To+"."+in.Format+`"`)
		if err := a.Funds.Statement(ctx.Context(), s, ctx.BodyWriter()); err != nil {
			edge.RequestOf(ctx.Context()).Log.Error("statement", "err", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}
