package recon

import (
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

const columns = `shop_id, id, run_id, round, kind, state, number, transaction_id, of_shop, order_id, buyer_id, payment_id, refund_id,
	there, here, there_state, here_state, bill_line, at, outcome, note, staff_id, acted_at, created_at, updated_at`

func scan(r db.Row) (d Difference, err error) {
	return d, r.Scan(&d.ShopID, &d.ID, &d.RunID, &d.Round, &d.Kind, &d.State, &d.Number, &d.Transaction, &d.OfShop, &d.OrderID, &d.BuyerID, &d.PaymentID, &d.RefundID,
		&d.There, &d.Here, &d.ThereState, &d.HereState, &d.Line, &d.At, &d.Outcome, &d.Note, &d.StaffID, &d.ActedAt, &d.CreatedAt, &d.UpdatedAt)
}

// insertDifferences writes what a round found. A difference that an earlier round
// found keeps its id and what was done about it; one that was healed is open again.
var insertDifferences = db.Rows{
	Into: `INSERT INTO recon_differences (shop_id, id, run_id, round, kind, state, number, transaction_id, of_shop, order_id, buyer_id, payment_id, refund_id,
		there, here, there_state, here_state, bill_line, at, created_at, updated_at) VALUES`,
	Cols: 21,
	Tail: `ON CONFLICT (shop_id, number, kind, run_id) DO UPDATE SET round = excluded.round, transaction_id = excluded.transaction_id, of_shop = excluded.of_shop,
		order_id = excluded.order_id, buyer_id = excluded.buyer_id, payment_id = excluded.payment_id, refund_id = excluded.refund_id,
		there = excluded.there, here = excluded.here, there_state = excluded.there_state, here_state = excluded.here_state, bill_line = excluded.bill_line,
		at = excluded.at, updated_at = excluded.updated_at,
		state = CASE WHEN recon_differences.state = 'healed' THEN excluded.state ELSE recon_differences.state END`,
}

// Store writes differences that the round of a run found.
func Store(tx *db.Tx, ids *id.Source, r Run, all []Difference, now time.Time) error {
	args := make([]any, 0, len(all)*insertDifferences.Cols)
	seen := make(map[[2]string]bool, len(all)) // one statement must not meet a row twice
	for _, d := range all {
		if key := [2]string{d.Number, string(d.Kind)}; seen[key] {
			continue
		} else {
			seen[key] = true
		}
		args = append(args, r.ShopID, ids.Next(), r.ID, r.Round, string(d.Kind), string(d.State), d.Number, d.Transaction, d.OfShop, d.OrderID, d.BuyerID, d.PaymentID,
			d.RefundID, d.There, d.Here, d.ThereState, d.HereState, d.Line, d.At, now, now)
	}
	return insertDifferences.Put(tx, args)
}

// HealGone heals what earlier rounds of a run found and this one did not.
func HealGone(tx *db.Tx, r Run, now time.Time) error {
	_, err := tx.Exec(`UPDATE recon_differences SET state = 'healed', outcome = 'gone', updated_at = $4 WHERE shop_id = $1 AND run_id = $2 AND round < $3 AND state = 'open'`,
		r.ShopID, r.ID, r.Round, now)
	return err
}

// OnOtherDay tells which of some numbers a bill of another day has told of, and
// heals what was missing there because of that.
func OnOtherDay(tx *db.Tx, r Run, numbers []string) (map[string]bool, error) {
	out := map[string]bool{}
	in, args := db.List(3, numbers)
	err := tx.Each(func(row db.Row) error {
		var n string
		err := row.Scan(&n)
		out[n] = true
		return err
	}, `SELECT number FROM recon_differences WHERE shop_id = $1 AND number IN (`+in+`) AND kind IN ('other_day', 'state_differs') AND run_id <> $2`,
		append([]any{r.ShopID, r.ID}, args...)...)
	return out, err
}

// HealOther heals what runs of other days missed on their bills and this bill
// tells of; it returns how many.
func HealOther(tx *db.Tx, r Run, numbers []string, now time.Time) error {
	in, args := db.List(4, numbers)
	args = append([]any{r.ShopID, r.ID, now}, args...)
	healed, err := db.All(tx, func(row db.Row) (run id.ID, err error) { return run, row.Scan(&run) },
		`UPDATE recon_differences SET state = 'healed', outcome = 'other_day', updated_at = $3 WHERE shop_id = $1 AND run_id <> $2 AND number IN (`+in+`)
		AND kind IN ('missing_there', 'refund_missing_there') AND state = 'open' RETURNING run_id`, args...)
	if err != nil {
		return err
	}
	for _, run := range healed {
		if err := countDown(tx, r.ShopID, run); err != nil {
			return err
		}
	}
	return nil
}

func countDown(tx *db.Tx, shop, run id.ID) error {
	_, err := tx.Exec(`UPDATE recon_runs SET open_count = open_count - 1 WHERE shop_id = $1 AND id = $2 AND open_count > 0`, shop, run)
	return err
}

// Get reads a difference.
func Get(tx *db.Tx, shop, difference id.ID) (Difference, error) {
	d, err := scan(tx.QueryRow(`SELECT `+columns+` FROM recon_differences WHERE shop_id = $1 AND id = $2`, shop, difference))
	if errors.Is(err, db.ErrNoRow) {
		return d, ErrNotFound
	}
	return d, err
}

// Heal moves an open difference to healed; false when it was not open. staff is
// who did it, 0 the house itself.
func Heal(tx *db.Tx, d Difference, outcome string, staff id.ID, now time.Time) (bool, error) {
	return leave(tx, d, Healed, outcome, d.Note, staff, now)
}

// Accept moves an open difference to accepted, with what a person did about it.
func Accept(tx *db.Tx, d Difference, note string, staff id.ID, now time.Time) (bool, error) {
	return leave(tx, d, Accepted, "accepted", note, staff, now)
}

func leave(tx *db.Tx, d Difference, to State, outcome, note string, staff id.ID, now time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE recon_differences SET state = $3, outcome = $4, note = $5, staff_id = $6, acted_at = $7, updated_at = $7
		WHERE shop_id = $1 AND id = $2 AND state = 'open'`, d.ShopID, d.ID, string(to), outcome, note, staff, now)
	if err != nil || n == 0 {
		return false, err
	}
	return true, countDown(tx, d.ShopID, d.RunID)
}

// Tried notes an act that did not heal an open difference.
func Tried(tx *db.Tx, d Difference, outcome string, staff id.ID, now time.Time) error {
	_, err := tx.Exec(`UPDATE recon_differences SET outcome = $3, staff_id = $4, acted_at = $5, updated_at = $5 WHERE shop_id = $1 AND id = $2 AND state = 'open'`,
		d.ShopID, d.ID, outcome, staff, now)
	return err
}

// Filter says which differences are wanted; zero fields want all.
type Filter struct {
	Run   id.ID
	State State
	Kind  Kind
	After id.ID
	Limit int
}

// List gives the differences of a run, or of all runs, in the order they were found.
func List(tx *db.Tx, shop id.ID, f Filter) ([]Difference, error) {
	if f.Run == 0 {
		return db.All(tx, scan, `SELECT `+columns+` FROM recon_differences WHERE shop_id = $1 AND state = 'open' AND id > $2 AND ($3 = '' OR kind = $3) ORDER BY id LIMIT $4`,
			shop, f.After, string(f.Kind), f.Limit)
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM recon_differences WHERE shop_id = $1 AND run_id = $2 AND id > $3 AND ($4 = '' OR state = $4) AND ($5 = '' OR kind = $5)
		ORDER BY id LIMIT $6`, shop, f.Run, f.After, string(f.State), string(f.Kind), f.Limit)
}

// Count is how many differences of a run are of a kind and state.
type Count struct {
	Kind  Kind  `json:"kind"`
	State State `json:"state"`
	N     int64 `json:"n"`
}

// Counts counts the stored differences of a run.
func Counts(tx *db.Tx, shop, run id.ID) ([]Count, error) {
	return db.All(tx, func(r db.Row) (c Count, err error) { return c, r.Scan(&c.Kind, &c.State, &c.N) },
		`SELECT kind, state, COUNT(*) FROM recon_differences WHERE shop_id = $1 AND run_id = $2 GROUP BY kind, state ORDER BY kind, state`, shop, run)
}
