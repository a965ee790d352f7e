package recon

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

const runColumns = `shop_id, id, provider, account, day, state, problem, round, tries, staff_id, next_try_at, started_at, finished_at,
	bill_lines, figures, open_count, trade_blob, trade_hash, fund_blob, fund_hash, created_at`

func scanRun(r db.Row) (v Run, err error) {
	var figures string
	err = r.Scan(&v.ShopID, &v.ID, &v.Provider, &v.Account, &v.Day, &v.State, &v.Problem, &v.Round, &v.Tries, &v.StaffID, &v.NextTryAt, &v.StartedAt, &v.FinishedAt,
		&v.Lines, &figures, &v.Open, &v.TradeBlob, &v.TradeHash, &v.FundBlob, &v.FundHash, &v.CreatedAt)
	if err == nil {
		err = json.Unmarshal([]byte(figures), &v.Figures)
	}
	return v, err
}

// Plan makes the run of a day that has none, to begin at a time.
func Plan(tx *db.Tx, r Run, begin, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO recon_runs (shop_id, id, provider, account, day, state, next_try_at, created_at) VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7)
		ON CONFLICT (shop_id, day, provider, account) DO NOTHING`, r.ShopID, r.ID, r.Provider, r.Account, r.Day, begin, now)
	return err
}

// Again puts a run back to work for a person. ErrRunning tells that it is at work.
func Again(tx *db.Tx, shop, run, staff id.ID, now time.Time) error {
	err := tx.Must(`UPDATE recon_runs SET state = 'waiting', next_try_at = $4, tries = 0, staff_id = $3 WHERE shop_id = $1 AND id = $2
		AND (state <> 'running' OR next_try_at < $4)`, shop, run, staff, now)
	if errors.Is(err, db.ErrNoRow) {
		return ErrRunning
	}
	return err
}

// Due names runs whose time has come, or whose worker is gone; first those that a
// person waits for.
func Due(tx *db.Tx, shop id.ID, now time.Time, limit int) ([]Run, error) {
	return db.All(tx, scanRun, `SELECT `+runColumns+` FROM recon_runs WHERE shop_id = $1 AND next_try_at <= $2 ORDER BY CASE WHEN staff_id = 0 THEN 1 ELSE 0 END, next_try_at LIMIT $3`, shop, now, limit)
}

// Claim takes a due run to work on it until lease, unless its next sign comes
// first; of rivals one gets it. The run it gives is of a new round.
func Claim(tx *db.Tx, r Run, lease, now time.Time) (Run, bool, error) {
	n, err := tx.Exec(`UPDATE recon_runs SET state = 'running', round = round + 1, problem = '', next_try_at = $3, started_at = $4, finished_at = NULL
		WHERE shop_id = $1 AND id = $2 AND next_try_at <= $4 AND state IN ('waiting', 'running') AND round = $5`, r.ShopID, r.ID, lease, now, r.Round)
	r.State, r.Round, r.Problem, r.StartedAt = Running, r.Round+1, "", now
	return r, n == 1, err
}

// ErrLost tells that another worker has taken the run over.
var ErrLost = errors.New("recon: another worker has this run")

// KeepLease tells that the run is still being worked on.
func KeepLease(tx *db.Tx, r Run, lease time.Time) error {
	return lost(tx.Must(`UPDATE recon_runs SET next_try_at = $4 WHERE shop_id = $1 AND id = $2 AND round = $3 AND state = 'running'`, r.ShopID, r.ID, r.Round, lease))
}

// SetBill notes where the file of a bill is kept.
func SetBill(tx *db.Tx, r Run, which Bill, blob, hash string) error {
	text := `UPDATE recon_runs SET trade_blob = $4, trade_hash = $5 WHERE shop_id = $1 AND id = $2 AND round = $3 AND state = 'running'`
	if which == FundBill {
		text = `UPDATE recon_runs SET fund_blob = $4, fund_hash = $5 WHERE shop_id = $1 AND id = $2 AND round = $3 AND state = 'running'`
	}
	return lost(tx.Must(text, r.ShopID, r.ID, r.Round, blob, hash))
}

// Rest ends a round without a result: the run waits until next, or has failed
// when that is zero.
func Rest(tx *db.Tx, r Run, problem string, next, now time.Time) error {
	to := Waiting
	if next.IsZero() {
		to = Failed
	}
	return lost(tx.Must(`UPDATE recon_runs SET state = $4, problem = $5, next_try_at = $6, finished_at = $7, tries = tries + 1
		WHERE shop_id = $1 AND id = $2 AND round = $3 AND state = 'running'`, r.ShopID, r.ID, r.Round, string(to), problem, next, now))
}

// Finish ends a run with its figures.
func Finish(tx *db.Tx, r Run, now time.Time) error {
	figures, err := json.Marshal(r.Figures)
	if err != nil {
		return err
	}
	return lost(tx.Must(`UPDATE recon_runs SET state = 'done', problem = '', next_try_at = NULL, finished_at = $4, bill_lines = $5, figures = $6, tries = 0,
		open_count = (SELECT COUNT(*) FROM recon_differences d WHERE d.shop_id = $1 AND d.run_id = $2 AND d.state = 'open')
		WHERE shop_id = $1 AND id = $2 AND round = $3 AND state = 'running'`, r.ShopID, r.ID, r.Round, now, r.Lines, string(figures)))
}

func lost(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrLost
	}
	return err
}

// GetRun reads a run.
func GetRun(tx *db.Tx, shop, run id.ID) (Run, error) {
	r, err := scanRun(tx.QueryRow(`SELECT `+runColumns+` FROM recon_runs WHERE shop_id = $1 AND id = $2`, shop, run))
	if errors.Is(err, db.ErrNoRow) {
		return r, ErrNotFound
	}
	return r, err
}

// RunOf reads the run of a day.
func RunOf(tx *db.Tx, shop id.ID, provider, account, day string) (Run, error) {
	r, err := scanRun(tx.QueryRow(`SELECT `+runColumns+` FROM recon_runs WHERE shop_id = $1 AND day = $2 AND provider = $3 AND account = $4`, shop, day, provider, account))
	if errors.Is(err, db.ErrNoRow) {
		return r, ErrNotFound
	}
	return r, err
}

// Runs lists runs, the newest day first; before is the last run of the page
// before (none for the first).
func Runs(tx *db.Tx, shop id.ID, before Run, limit int) ([]Run, error) {
	if before.Day == "" {
		before.Day = "9999"
	}
	return db.All(tx, scanRun, `SELECT `+runColumns+` FROM recon_runs WHERE shop_id = $1 AND (day, provider, account) < ($2, $3, $4)
		ORDER BY day DESC, provider DESC, account DESC LIMIT $5`, shop, before.Day, before.Provider, before.Account, limit)
}
