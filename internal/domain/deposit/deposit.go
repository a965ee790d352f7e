// Package deposit owns what is agreed and decided about shops' deposits (保证金):
// deposits (what is required), deposit_moves (paid in, returned) and
// deposit_holds (frozen for a dispute). The money itself stands in the ledger.
package deposit

import (
	"errors"
	"math"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

// State is where a hold or a move stands.
type State string

// States of holds, and of moves.
const (
	Frozen      State = "frozen"
	Compensated State = "compensated"
	Released    State = "released"

	Booked    State = "booked" // a receipt
	Requested State = "requested"
	Paid      State = "paid"
	Kept      State = "kept"
)

// HoldStates is the table of the life of a hold.
func HoldStates() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Frozen), On: "operator freezes for a dispute"},
		{From: string(Frozen), To: string(Compensated), On: "decision: the buyer is compensated, the rest is free"},
		{From: string(Frozen), To: string(Released), On: "decision: nothing is owed"},
	}
}

// MoveStates is the table of the life of a receipt or a return.
func MoveStates() []states.Transition {
	return []states.Transition{
		{From: "", To: string(Booked), On: "operator books a receipt with its proof"},
		{From: "", To: string(Requested), On: "operator wants to return deposit"},
		{From: string(Requested), To: string(Paid), On: "it was sent, with its proof"},
		{From: string(Requested), To: string(Kept), On: "operator keeps it after all"},
	}
}

// Kind is which way a move goes.
type Kind string

// Kinds of moves.
const (
	Receipt Kind = "receipt"
	Return  Kind = "return"
)

// Route is how a compensation reaches the buyer.
type Route string

// Routes of a compensation.
const (
	ByRefund Route = "refund"  // the way the order was paid
	ByMarket Route = "offline" // the market sent it itself, with a proof
)

// Errors of this room.
var (
	ErrNotFound = errs.New(errs.NotFound, "deposit.not_found", "没有找到这条保证金记录", "There is no such entry of the deposit")
	ErrState    = errs.New(errs.Conflict, "deposit.state", "已是别的状态，请刷新", "It is in another state by now; please reload")
	ErrShort    = errs.New(errs.Conflict, "deposit.short", "可用保证金不足", "Not enough of the deposit is free")
	ErrProof    = errs.New(errs.Invalid, "deposit.proof", "请填写凭证号（4–64 个字符）", "Give the number of the proof (4–64 characters)")
	ErrReason   = errs.New(errs.Invalid, "deposit.reason", "请填写原因（200 字以内）", "Give a reason (at most 200 characters)")
	ErrAmount   = errs.New(errs.Invalid, "deposit.amount", "金额须在 0.01 元到 1000 万元之间", "The amount must be between 0.01 and 10 million yuan")
)

// MaxAmount bounds one entry, fen.
const MaxAmount = 10_000_000 * money.Yuan

// Move is a row of deposit_moves.
type Move struct {
	ShopID, ID         id.ID
	Kind               Kind
	Amount             money.Fen
	State              State
	Proof, Note        string
	StaffID, EndedBy   id.ID
	CreatedAt, EndedAt time.Time
}

// Hold is a row of deposit_holds.
type Hold struct {
	ShopID, ID, OrderID  id.ID
	Amount, Used         money.Fen
	State                State
	Reason               string
	Route                Route
	Proof                string
	RefundID             id.ID
	StaffID, DecidedBy   id.ID
	CreatedAt, DecidedAt time.Time
}

// Lock reads what is required of a shop and keeps rivals of the shop's deposit waiting.
func Lock(tx *db.Tx, shop id.ID, now time.Time) (required money.Fen, err error) {
	if _, err := tx.Exec(`INSERT INTO deposits (shop_id, updated_at) VALUES ($1, $2) ON CONFLICT (shop_id) DO NOTHING`, shop, now); err != nil {
		return 0, err
	}
	return required, tx.QueryRow(`SELECT required FROM deposits WHERE shop_id = $1`+tx.ForUpdate(), shop).Scan(&required)
}

// Required is the deposit a shop should have; none when nothing was agreed.
func Required(tx *db.Tx, shop id.ID) (required money.Fen, err error) {
	err = tx.QueryRow(`SELECT required FROM deposits WHERE shop_id = $1`, shop).Scan(&required)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	return required, err
}

// Require sets it.
func Require(tx *db.Tx, shop id.ID, required money.Fen, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO deposits (shop_id, required, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (shop_id) DO UPDATE SET required = excluded.required, updated_at = excluded.updated_at`, shop, required, now)
	return err
}

const moveColumns = `shop_id, id, kind, amount, state, proof, note, staff_id, ended_by, created_at, ended_at`

func scanMove(r db.Row) (m Move, err error) {
	return m, r.Scan(&m.ShopID, &m.ID, &m.Kind, &m.Amount, &m.State, &m.Proof, &m.Note, &m.StaffID, &m.EndedBy, &m.CreatedAt, &m.EndedAt)
}

// PutMove writes a new receipt or return.
func PutMove(tx *db.Tx, m Move) error {
	_, err := tx.Exec(`INSERT INTO deposit_moves (`+moveColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		m.ShopID, m.ID, string(m.Kind), m.Amount, string(m.State), m.Proof, m.Note, m.StaffID, m.EndedBy, m.CreatedAt, m.EndedAt)
	return err
}

// GetMove reads a receipt or return.
func GetMove(tx *db.Tx, shop, no id.ID) (Move, error) {
	m, err := scanMove(tx.QueryRow(`SELECT `+moveColumns+` FROM deposit_moves WHERE shop_id = $1 AND id = $2`, shop, no))
	if errors.Is(err, db.ErrNoRow) {
		return m, ErrNotFound
	}
	return m, err
}

// Moves lists receipts and returns of a shop, newest first, at most 100.
func Moves(tx *db.Tx, shop id.ID) ([]Move, error) {
	return db.All(tx, scanMove, `SELECT `+moveColumns+` FROM deposit_moves WHERE shop_id = $1 ORDER BY id DESC LIMIT 100`, shop)
}

// EndReturn moves a requested return to Paid or Kept.
func EndReturn(tx *db.Tx, m Move, to State, proof string, staff id.ID, now time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE deposit_moves SET state = $3, proof = $4, ended_by = $5, ended_at = $6 WHERE shop_id = $1 AND id = $2 AND state = 'requested'`,
		m.ShopID, m.ID, string(to), proof, staff, now)
	return n == 1, err
}

const holdColumns = `shop_id, id, order_id, amount, used, state, reason, route, proof, refund_id, staff_id, decided_by, created_at, decided_at`

func scanHold(r db.Row) (h Hold, err error) {
	return h, r.Scan(&h.ShopID, &h.ID, &h.OrderID, &h.Amount, &h.Used, &h.State, &h.Reason, &h.Route, &h.Proof, &h.RefundID, &h.StaffID, &h.DecidedBy, &h.CreatedAt, &h.DecidedAt)
}

// PutHold writes a new hold.
func PutHold(tx *db.Tx, h Hold) error {
	_, err := tx.Exec(`INSERT INTO deposit_holds (shop_id, id, order_id, amount, state, reason, staff_id, created_at) VALUES ($1, $2, $3, $4, 'frozen', $5, $6, $7)`,
		h.ShopID, h.ID, h.OrderID, h.Amount, h.Reason, h.StaffID, h.CreatedAt)
	return err
}

// GetHold reads a hold.
func GetHold(tx *db.Tx, shop, no id.ID) (Hold, error) {
	h, err := scanHold(tx.QueryRow(`SELECT `+holdColumns+` FROM deposit_holds WHERE shop_id = $1 AND id = $2`, shop, no))
	if errors.Is(err, db.ErrNoRow) {
		return h, ErrNotFound
	}
	return h, err
}

// Holds lists the holds of a shop, newest first, before a cursor (0: the newest).
func Holds(tx *db.Tx, shop, before id.ID, limit int) ([]Hold, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return db.All(tx, scanHold, `SELECT `+holdColumns+` FROM deposit_holds WHERE shop_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, shop, before, min(max(limit, 1), 100))
}

// Decide ends a frozen hold; false when it was decided before.
func Decide(tx *db.Tx, h Hold) (bool, error) {
	n, err := tx.Exec(`UPDATE deposit_holds SET state = $3, used = $4, route = $5, proof = $6, refund_id = $7, decided_by = $8, decided_at = $9
		WHERE shop_id = $1 AND id = $2 AND state = 'frozen'`, h.ShopID, h.ID, string(h.State), h.Used, string(h.Route), h.Proof, h.RefundID, h.DecidedBy, h.DecidedAt)
	return n == 1, err
}
