// Package recon owns recon_runs and recon_differences: for every day and account
// at a provider, whether the provider's bill agrees with what we say, line by
// line, and what does not. It knows a provider only through Source, and our side
// only through the entries it is handed.
package recon

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// Kind is in what way bill and house differ.
type Kind string

// Kinds of differences.
const (
	MissingHere        Kind = "missing_here"         // paid there; open or closed with us
	MissingThere       Kind = "missing_there"        // we say paid; not on their bill
	UnknownOrder       Kind = "unknown_order"        // paid there under a number that is not ours
	AmountDiffers      Kind = "amount_differs"       // of a payment
	StateDiffers       Kind = "state_differs"        // of a payment (reversed there) or a refund
	TransactionDiffers Kind = "transaction_differs"  // the same number, another transaction
	RefundMissingHere  Kind = "refund_missing_here"  // refunded there; we know of none
	RefundMissingThere Kind = "refund_missing_there" // we say refunded; on none of their bills
	RefundDiffers      Kind = "refund_differs"       // amount of a refund
	FeeDiffers         Kind = "fee_differs"          // not the contracted rate
	LedgerDiffers      Kind = "ledger_differs"       // our books say something else than our payment
	FundDiffers        Kind = "fund_differs"         // the fund-flow bill sums up to something else
	Duplicate          Kind = "duplicate_line"
	Unreadable         Kind = "unreadable_line"
	OtherDay           Kind = "other_day" // agrees, but with another day of ours
)

// Remedy is what heals a difference.
type Remedy string

// Remedies.
const (
	AskPayment Remedy = "ask_payment" // the provider is asked, and what it says is booked
	AskRefund  Remedy = "ask_refund"
	Person     Remedy = "person" // somebody has to see to it, and then says so
	Nothing    Remedy = "nothing"
)

// remedies is the one table of what heals what.
var remedies = map[Kind]Remedy{
	MissingHere: AskPayment, MissingThere: AskPayment, AmountDiffers: AskPayment, TransactionDiffers: Person, UnknownOrder: Person,
	StateDiffers: AskPayment, RefundMissingHere: Person, RefundMissingThere: AskRefund, RefundDiffers: AskRefund, LedgerDiffers: Person,
	FundDiffers: Person, Duplicate: Person, Unreadable: Person, FeeDiffers: Nothing, OtherDay: Nothing,
}

// Kinds lists all kinds, the gravest first.
func Kinds() []Kind {
	return []Kind{MissingHere, MissingThere, UnknownOrder, AmountDiffers, StateDiffers, TransactionDiffers, RefundMissingHere, RefundMissingThere,
		RefundDiffers, LedgerDiffers, FundDiffers, Duplicate, Unreadable, FeeDiffers, OtherDay}
}

// Remedy says what heals a difference.
func (d Difference) Remedy() Remedy {
	if d.Kind == StateDiffers && d.RefundID != 0 {
		return AskRefund
	}
	return remedies[d.Kind]
}

// State is where a difference stands.
type State string

// States of a difference.
const (
	Open     State = "open"
	Noted    State = "noted"    // for information; nobody has to act
	Healed   State = "healed"   // its cause is gone
	Accepted State = "accepted" // a person has seen to it
)

// States is the table of a difference's life.
func States() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Open), On: "bill and house differ"},
		{From: "", To: string(Noted), On: "bill and house differ in what needs no act"},
		{From: string(Open), To: string(Healed), On: "asking the provider, a later bill or a repeated run has settled it"},
		{From: string(Healed), To: string(Open), On: "a repeated run finds it again"},
		{From: string(Open), To: string(Accepted), On: "operator has seen to it"},
	}
}

// birth is the first state of a kind.
func (k Kind) birth() State {
	if remedies[k] == Nothing {
		return Noted
	}
	return Open
}

// RunState is where the reconciliation of a day stands.
type RunState string

// States of a run.
const (
	Waiting RunState = "waiting" // for its time, or for the bill
	Running RunState = "running"
	Done    RunState = "done"
	Failed  RunState = "failed" // a person has to look
)

// RunStates is the table of the life of a round of a run; a person may begin
// another round when it has ended.
func RunStates() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Waiting), On: "its day has ended, or a person asks for it (again)"},
		{From: string(Waiting), To: string(Running), On: "its time has come"},
		{From: string(Running), To: string(Done), On: "every line is compared"},
		{From: string(Running), To: string(Waiting), On: "the bill is not there yet, or the provider does not answer"},
		{From: string(Running), To: string(Failed), On: "the bill cannot be believed, or never came"},
	}
}

// Problems of a run.
const (
	ProblemNotReady = "not_ready"  // the bill is not made yet
	ProblemMissing  = "missing"    // there is no bill, though we have payments of that day
	ProblemHash     = "hash_wrong" // what was fetched is not what was announced
	ProblemBroken   = "broken"     // columns are missing, or sums do not fit the lines
	ProblemProvider = "provider"   // the provider does not answer
	ProblemOurs     = "ours"       // our own database or disk
)

// Errors of this room.
var (
	ErrRunning  = errs.New(errs.Conflict, "recon.running", "这一天正在对账，请稍候", "This day is being reconciled; please wait")
	ErrNotFound = errs.New(errs.NotFound, "recon.not_found", "没有这条对账记录", "There is no such record of reconciliation")
	ErrDay      = errs.New(errs.Invalid, "recon.day", "日期须为 YYYY-MM-DD，且早于今天", "The day must be YYYY-MM-DD and before today")
	ErrState    = errs.New(errs.Conflict, "recon.state", "这条差异已处理", "This difference has been seen to")
	ErrNote     = errs.New(errs.Invalid, "recon.note", "请写明处理情况", "Please say what was done about it")
	ErrRemedy   = errs.New(errs.Conflict, "recon.remedy", "这种差异不能这样处理", "This does not heal such a difference")
)

// Zone is that of bills. China has had no summer time since 1992.
var Zone = time.FixedZone("Asia/Shanghai", 8*3600)

const dayLayout = "2006-01-02"

// Day is the date of a moment on a bill.
func Day(t time.Time) string { return t.In(Zone).Format(dayLayout) }

// Bounds are the first moment of a day and of the next, UTC. ErrDay tells that it
// is none.
func Bounds(day string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation(dayLayout, day, Zone)
	if err != nil {
		return from, to, ErrDay.Because(err)
	}
	return from.UTC(), from.AddDate(0, 0, 1).UTC(), nil
}

// Run is the reconciliation of a day of an account: a row of recon_runs.
type Run struct {
	ShopID                           id.ID // whose account; 0 is the market
	ID                               id.ID
	Provider, Account, Day           string
	State                            RunState
	Problem                          string
	Round, Tries                     int64
	StaffID                          id.ID // who asked for it last; 0: the clock
	NextTryAt, StartedAt, FinishedAt time.Time
	Lines                            int64
	Figures                          Figures
	Open                             int64 // differences
	TradeBlob, TradeHash             string
	FundBlob, FundHash               string
	CreatedAt                        time.Time
}

// Figures are the sums of a day on both sides, fen. Ours are those of the lines of
// the bill and of what should stand on it, so that they are equal when nothing is open.
type Figures struct {
	There   Side             `json:"there"`
	Here    Side             `json:"here"`
	Fee     money.Fen        `json:"fee"`      // taken by the provider
	FeeBack money.Fen        `json:"fee_back"` // given back by it
	Kinds   map[Kind]int64   `json:"kinds,omitempty"`
	Flows   map[string]Moved `json:"flows,omitempty"` // of the fund-flow bill, by its type
	Ends    money.Fen        `json:"ends"`            // balance on the last line of the fund-flow bill
}

// Side is one side's sums.
type Side struct {
	Payments     int64     `json:"payments"`
	Amount       money.Fen `json:"amount"`
	Refunds      int64     `json:"refunds"`
	RefundAmount money.Fen `json:"refund_amount"`
	Booked       money.Fen `json:"booked"` // of ours: what the books moved in, less what they moved out
}

// Moved is what a kind of business moved on the provider's account.
type Moved struct {
	Count int64     `json:"count"`
	In    money.Fen `json:"in"`
	Out   money.Fen `json:"out"`
}

// Difference is a row of recon_differences.
type Difference struct {
	ShopID, ID, RunID     id.ID
	Round                 int64
	Kind                  Kind
	State                 State
	Number                string // ours, at the provider
	Transaction           string // the provider's
	OfShop, OrderID       id.ID
	BuyerID, PaymentID    id.ID
	RefundID              id.ID
	There, Here           money.Fen
	ThereState, HereState string
	Line                  int64 // of the bill, from 1
	At                    time.Time
	Outcome, Note         string
	StaffID               id.ID
	ActedAt               time.Time
	CreatedAt, UpdatedAt  time.Time
}
