package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerRecon(api huma.API) {
	marketOp(api, get, "/recon", "reconRuns", "Days compared with the providers' bills, newest first", a.reconRuns)
	marketOp(api, post, "/recon/days/{day}", "reconAgain", "Compare a day (again): soon it is at work", a.reconAgain)
	marketOp(api, get, "/recon/runs/{run}", "reconRun", "One day, and how many differences there are of each kind", a.reconRun)
	marketOp(api, get, "/recon/runs/{run}/differences", "reconDifferences", "What differs on a day, in the order it was found", a.reconDifferences)
	marketOp(api, get, "/recon/runs/{run}/differences.csv", "reconExport", "What differs on a day, as a CSV file", a.reconExport)
	marketOp(api, post, "/recon/differences/{difference}/ask", "reconAsk", "Ask the provider; what it says is booked", a.reconAsk)
	marketOp(api, post, "/recon/differences/{difference}/accept", "reconAccept", "Say what was done about a difference", a.reconAccept)
}

// ReconRun is a day of an account and its bill.
type ReconRun struct {
	ID         id.ID         `json:"id"`
	Provider   string        `json:"provider"`
	Account    string        `json:"account"`
	Day        string        `json:"day"`
	State      string        `json:"state" enum:"waiting,running,done,failed"`
	Problem    string        `json:"problem" doc:"why it waits or failed: not_ready, missing, hash_wrong, broken, provider, ours; empty: nothing"`
	Round      int64         `json:"round"`
	Lines      int64         `json:"lines"`
	Open       int64         `json:"open" doc:"differences that wait for a person"`
	Figures    recon.Figures `json:"figures"`
	NextTryAt  *time.Time    `json:"next_try_at,omitempty"`
	StartedAt  *time.Time    `json:"started_at,omitempty"`
	FinishedAt *time.Time    `json:"finished_at,omitempty"`
	Counts     []recon.Count `json:"counts,omitempty" doc:"of one run: its stored differences by kind and state"`
}

func runOf(r recon.Run) ReconRun {
	return ReconRun{ID: r.ID, Provider: r.Provider, Account: r.Account, Day: r.Day, State: string(r.State), Problem: r.Problem, Round: r.Round, Lines: r.Lines, Open: r.Open,
		Figures: r.Figures, NextTryAt: when(r.NextTryAt), StartedAt: when(r.StartedAt), FinishedAt: when(r.FinishedAt)}
}

// ReconPage is a page of days.
type ReconPage struct {
	Items []ReconRun `json:"items"`
	Next  string     `json:"next"`
}

func (a *API) reconRuns(ctx context.Context, in *marketPageIn) (*body[ReconPage], error) {
	last, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	out := ReconPage{Items: []ReconRun{}}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		var before recon.Run
		if last != 0 {
			if before, err = recon.GetRun(tx, 0, last); err != nil {
				return err
			}
		}
		all, err := recon.Runs(tx, 0, before, in.Limit)
		for _, r := range all {
			out.Items = append(out.Items, runOf(r))
		}
		if len(all) == in.Limit {
			out.Next = all[len(all)-1].ID.String()
		}
		return err
	})
	return ok(out, err)
}

type reconDayIn struct {
	Day      string `path:"day" maxLength:"10" doc:"YYYY-MM-DD, Beijing time"`
	Provider string `query:"provider" default:"wechat"`
	Account  string `query:"account" doc:"merchant number; empty: the configured one"`
}

func (a *API) reconAgain(ctx context.Context, in *reconDayIn) (*body[ReconRun], error) {
	account := in.Account
	for _, known := range a.Reconcile.Accounts {
		if account == "" && known.Provider == in.Provider {
			account = known.MchID
		}
	}
	r, err := a.Reconcile.Again(ctx, in.Provider, account, in.Day, me(ctx).ID)
	return ok(runOf(r), err)
}

// ReconRunIn names a run in a path.
type ReconRunIn struct {
	Run id.ID `path:"run"`
}

func (a *API) reconRun(ctx context.Context, in *ReconRunIn) (*body[ReconRun], error) {
	var out ReconRun
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		r, err := recon.GetRun(tx, 0, in.Run)
		if err != nil {
			return err
		}
		out = runOf(r)
		out.Counts, err = recon.Counts(tx, 0, in.Run)
		return err
	})
	return ok(out, err)
}

// ReconDifference is one thing in which bill and house do not agree.
type ReconDifference struct {
	ID          id.ID      `json:"id"`
	Kind        string     `json:"kind"`
	State       string     `json:"state" enum:"open,noted,healed,accepted"`
	Remedy      string     `json:"remedy" enum:"ask_payment,ask_refund,person,nothing"`
	Number      string     `json:"number" doc:"ours, at the provider"`
	Transaction string     `json:"transaction_id" doc:"the provider's"`
	ShopID      id.ID      `json:"shop_id,omitempty"`
	OrderID     id.ID      `json:"order_id,omitempty"`
	There       money.Fen  `json:"there"`
	Here        money.Fen  `json:"here"`
	ThereState  string     `json:"there_state"`
	HereState   string     `json:"here_state"`
	Line        int64      `json:"line" doc:"of the bill; 0: none"`
	At          *time.Time `json:"at,omitempty"`
	Outcome     string     `json:"outcome"`
	Note        string     `json:"note"`
	StaffID     id.ID      `json:"staff_id,omitempty" doc:"who acted; none: the house itself"`
	ActedAt     *time.Time `json:"acted_at,omitempty"`
}

func differenceOf(d recon.Difference) ReconDifference {
	return ReconDifference{ID: d.ID, Kind: string(d.Kind), State: string(d.State), Remedy: string(d.Remedy()), Number: d.Number, Transaction: d.Transaction, ShopID: d.OfShop, OrderID: d.OrderID,
		There: d.There, Here: d.Here, ThereState: d.ThereState, HereState: d.HereState, Line: d.Line, At: when(d.At), Outcome: d.Outcome, Note: d.Note, StaffID: d.StaffID, ActedAt: when(d.ActedAt)}
}

// ReconDifferences is a page of differences.
type ReconDifferences struct {
	Items []ReconDifference `json:"items"`
	Next  string            `json:"next"`
}

type reconDifferencesIn struct {
	ReconRunIn
	PageIn
	State string `query:"state" enum:"all,open,noted,healed,accepted" default:"all"`
	Kind  string `query:"kind" maxLength:"40" doc:"empty: all"`
}

func (a *API) reconDifferences(ctx context.Context, in *reconDifferencesIn) (*body[ReconDifferences], error) {
	after, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	f := recon.Filter{Run: in.Run, Kind: recon.Kind(in.Kind), After: after, Limit: in.Limit}
	if in.State != "all" {
		f.State = recon.State(in.State)
	}
	out := ReconDifferences{Items: []ReconDifference{}}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if _, err := recon.GetRun(tx, 0, in.Run); err != nil {
			return err
		}
		all, err := recon.List(tx, 0, f)
		for _, d := range all {
			out.Items = append(out.Items, differenceOf(d))
		}
		if len(all) == in.Limit {
			out.Next = all[len(all)-1].ID.String()
		}
		return err
	})
	return ok(out, err)
}

// ReconFile is a CSV file to be saved.
type ReconFile struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// exported bounds a file; a run stores no more of a kind.
const exported = 100_000

func (a *API) reconExport(ctx context.Context, in *ReconRunIn) (*ReconFile, error) {
	var run recon.Run
	var all []recon.Difference
	if err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if run, err = recon.GetRun(tx, 0, in.Run); err != nil {
			return err
		}
		all, err = recon.List(tx, 0, recon.Filter{Run: in.Run, Limit: exported})
		return err
	}); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	rows := [][]string{{"kind", "state", "number", "transaction_id", "shop_id", "order_id", "there", "here", "there_state", "here_state", "bill_line", "at", "outcome", "note"}}
	for _, d := range all {
		at := ""
		if !d.At.IsZero() {
			at = d.At.In(recon.Zone).Format(time.DateTime)
		}
		rows = append(rows, []string{string(d.Kind), string(d.State), cell(d.Number), cell(d.Transaction), d.OfShop.String(), d.OrderID.String(), d.There.String(), d.Here.String(),
			cell(d.ThereState), cell(d.HereState), strconv.FormatInt(d.Line, 10), at, d.Outcome, cell(d.Note)})
	}
	err := w.WriteAll(rows)
	return &ReconFile{ContentType: "text/csv; charset=utf-8", Disposition: fmt.Sprintf(`attachment; filename="recon-%s-%s.csv"`, run.Provider, run.Day), Body: b.Bytes()}, err
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(s string) string {
	if s != "" && bytes.IndexByte([]byte("=+-@\t\r"), s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// ReconDifferenceIn names a difference in a path.
type ReconDifferenceIn struct {
	Difference id.ID `path:"difference"`
}

func (a *API) reconAsk(ctx context.Context, in *ReconDifferenceIn) (*body[ReconDifference], error) {
	d, err := a.Reconcile.Ask(ctx, in.Difference, me(ctx).ID)
	return ok(differenceOf(d), err)
}

type reconAcceptIn struct {
	ReconDifferenceIn
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"500" doc:"what was done about it"`
	}
}

func (a *API) reconAccept(ctx context.Context, in *reconAcceptIn) (*body[ReconDifference], error) {
	d, err := a.Reconcile.Accept(ctx, in.Difference, me(ctx).ID, in.Body.Note)
	return ok(differenceOf(d), err)
}
