// Package payout owns payees (where a shop wants its money) and payouts (what the
// market sent there, or is about to). How much is due is the ledger's word; a
// flow brings it.
package payout

import (
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// State is where a payout stands.
type State string

// States of a payout.
const (
	Requested State = "requested"
	Approved  State = "approved"
	Sent      State = "sent" // the bank has the order, its number is the proof
	Done      State = "done"
	Failed    State = "failed"    // the bank sent it back
	Cancelled State = "cancelled" // before it was sent
)

// States is the table of a payout's life.
func States() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Requested), On: "a payout run finds money due"},
		{From: string(Requested), To: string(Approved), On: "operator approves"},
		{From: string(Requested), To: string(Cancelled), On: "operator cancels"},
		{From: string(Approved), To: string(Sent), On: "operator has sent it and names the bank's number"},
		{From: string(Approved), To: string(Cancelled), On: "operator cancels"},
		{From: string(Sent), To: string(Done), On: "it has arrived"},
		{From: string(Sent), To: string(Failed), On: "the bank sent it back"},
	}
}

// Errors of this room.
var (
	ErrNotFound = errs.New(errs.NotFound, "payout.not_found", "没有找到这笔打款", "There is no such payout")
	ErrState    = errs.New(errs.Conflict, "payout.state", "打款已是别的状态，请刷新", "The payout is in another state by now; please reload")
	ErrProof    = errs.New(errs.Invalid, "payout.proof", "请填写银行流水号（4–64 个字符）", "Give the bank's number (4–64 characters)")
	ErrPayee    = errs.New(errs.Invalid, "payout.payee", "请完整填写收款户名、开户行和账号", "Give name, bank and account number")
	ErrNote     = errs.New(errs.Invalid, "payout.note", "请填写原因（200 字以内）", "Give a reason (at most 200 characters)")
)

// Payee is where a shop wants its money.
type Payee struct {
	ShopID              id.ID
	Name, Bank, Account string
	UpdatedAt           time.Time
}

// Complete tells whether money can be sent there.
func (p Payee) Complete() bool { return p.Name != "" && p.Bank != "" && p.Account != "" }

// Check cleans a payee and says what is wrong with it.
func (p Payee) Check() (Payee, error) {
	p.Name, p.Bank, p.Account = strings.TrimSpace(p.Name), strings.TrimSpace(p.Bank), strings.ReplaceAll(strings.TrimSpace(p.Account), " ", "")
	digits := strings.Trim(p.Account, "0123456789-") == ""
	if !p.Complete() || utf8.RuneCountInString(p.Name) > 60 || utf8.RuneCountInString(p.Bank) > 60 || len(p.Account) < 6 || len(p.Account) > 40 || !digits {
		return p, ErrPayee
	}
	return p, nil
}

// Masked shows only the last four figures of an account.
func Masked(account string) string {
	if len(account) <= 4 {
		return account
	}
	return "**** " + account[len(account)-4:]
}

// LockPayee reads the payee of a shop and keeps rival payouts of the shop waiting.
func LockPayee(tx *db.Tx, shop id.ID, now time.Time) (Payee, error) {
	if _, err := tx.Exec(`INSERT INTO payees (shop_id, updated_at) VALUES ($1, $2) ON CONFLICT (shop_id) DO NOTHING`, shop, now); err != nil {
		return Payee{}, err
	}
	return getPayee(tx, shop, tx.ForUpdate())
}

// GetPayee reads the payee of a shop; an empty one when none was given.
func GetPayee(tx *db.Tx, shop id.ID) (Payee, error) {
	p, err := getPayee(tx, shop, "")
	if errors.Is(err, db.ErrNoRow) {
		return Payee{ShopID: shop}, nil
	}
	return p, err
}

func getPayee(tx *db.Tx, shop id.ID, lock string) (p Payee, err error) {
	return p, tx.QueryRow(`SELECT shop_id, name, bank, account, updated_at FROM payees WHERE shop_id = $1`+lock, shop).Scan(&p.ShopID, &p.Name, &p.Bank, &p.Account, &p.UpdatedAt)
}

// PutPayee writes a checked payee.
func PutPayee(tx *db.Tx, p Payee) error {
	_, err := tx.Exec(`INSERT INTO payees (shop_id, name, bank, account, updated_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (shop_id) DO UPDATE SET name = excluded.name, bank = excluded.bank, account = excluded.account, updated_at = excluded.updated_at`,
		p.ShopID, p.Name, p.Bank, p.Account, p.UpdatedAt)
	return err
}

// Payout is a row of payouts.
type Payout struct {
	ShopID, ID, RunID                      id.ID
	Amount                                 money.Fen
	State                                  State
	Payee                                  Payee // as it was when the payout was requested
	Proof, Note                            string
	RequestedBy, ApprovedBy, EndedBy       id.ID
	CreatedAt, ApprovedAt, SentAt, EndedAt time.Time
}

const columns = `shop_id, id, run_id, amount, state, payee_name, payee_bank, payee_account, proof, note, requested_by, approved_by, ended_by, created_at, approved_at, sent_at, ended_at`

func scan(r db.Row) (p Payout, err error) {
	return p, r.Scan(&p.ShopID, &p.ID, &p.RunID, &p.Amount, &p.State, &p.Payee.Name, &p.Payee.Bank, &p.Payee.Account, &p.Proof, &p.Note,
		&p.RequestedBy, &p.ApprovedBy, &p.EndedBy, &p.CreatedAt, &p.ApprovedAt, &p.SentAt, &p.EndedAt)
}

// Request writes a payout of a run; false when the run has one for the shop already.
func Request(tx *db.Tx, p Payout) (bool, error) {
	n, err := tx.Exec(`INSERT INTO payouts (shop_id, id, run_id, amount, state, payee_name, payee_bank, payee_account, requested_by, created_at)
		VALUES ($1, $2, $3, $4, 'requested', $5, $6, $7, $8, $9) ON CONFLICT (shop_id, run_id) DO NOTHING`,
		p.ShopID, p.ID, p.RunID, p.Amount, p.Payee.Name, p.Payee.Bank, p.Payee.Account, p.RequestedBy, p.CreatedAt)
	return n == 1, err
}

// Get reads a payout of a shop.
func Get(tx *db.Tx, shop, no id.ID) (Payout, error) {
	p, err := scan(tx.QueryRow(`SELECT `+columns+` FROM payouts WHERE shop_id = $1 AND id = $2`, shop, no))
	if errors.Is(err, db.ErrNoRow) {
		return p, ErrNotFound
	}
	return p, err
}

// OfRun reads the payout that a run made for a shop.
func OfRun(tx *db.Tx, shop, run id.ID) (Payout, error) {
	p, err := scan(tx.QueryRow(`SELECT `+columns+` FROM payouts WHERE shop_id = $1 AND run_id = $2`, shop, run))
	if errors.Is(err, db.ErrNoRow) {
		return p, ErrNotFound
	}
	return p, err
}

// List gives the payouts of a shop, newest first, before a cursor.
func List(tx *db.Tx, shop, before id.ID, limit int) ([]Payout, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM payouts WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, shop, newest(before), min(max(limit, 1), 100))
}

// Open gives the payouts of all shops that wait for somebody, newest first.
func Open(tx *db.Tx, before id.ID, limit int) ([]Payout, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM payouts WHERE ended_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2`, newest(before), min(max(limit, 1), 100))
}

func newest(before id.ID) id.ID {
	if before == 0 {
		return math.MaxInt64
	}
	return before
}

// Approve moves a requested payout on; false when it was not requested.
func Approve(tx *db.Tx, p Payout, staff id.ID, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE payouts SET state = 'approved', approved_by = $3, approved_at = $4 WHERE shop_id = $1 AND id = $2 AND state = 'requested'`, p.ShopID, p.ID, staff, now))
}

// Send notes the bank's number of an approved payout.
func Send(tx *db.Tx, p Payout, proof string, now time.Time) (bool, error) {
	return changed(tx.Exec(`UPDATE payouts SET state = 'sent', proof = $3, sent_at = $4 WHERE shop_id = $1 AND id = $2 AND state = 'approved'`, p.ShopID, p.ID, proof, now))
}

// End moves a payout to Done or Failed (from sent) or to Cancelled (before).
func End(tx *db.Tx, p Payout, to State, note string, staff id.ID, now time.Time) (bool, error) {
	from := map[State]string{Done: `state = 'sent'`, Failed: `state = 'sent'`, Cancelled: `state IN ('requested', 'approved')`}[to]
	return changed(tx.Exec(`UPDATE payouts SET state = $3, note = $4, ended_by = $5, ended_at = $6 WHERE shop_id = $1 AND id = $2 AND `+from, p.ShopID, p.ID, string(to), note, staff, now))
}

func changed(n int64, err error) (bool, error) { return n == 1, err }
