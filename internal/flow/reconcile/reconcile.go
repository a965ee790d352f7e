// Package reconcile is the recipe of reconciliation: every day the bills of the
// day before are fetched, kept as they came, and compared with what we say; what a
// question to the provider can heal is healed at once, the rest waits for a person.
package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Account is an account at a provider whose bills are reconciled.
type Account struct {
	payment.Account
	Source recon.Source
	FeeBps int64 // the provider's contracted fee in basis points; 0: not compared
}

// Deps is what the recipe works with. Safe for concurrent use.
type Deps struct {
	DB       *db.DB
	IDs      *id.Source
	Emitter  *jobs.Emitter
	Now      func() time.Time
	Log      *slog.Logger
	Accounts []Account
	Bills    *blob.Store // the files of bills, as they came
	Dir      string      // folder for temporary files

	// AskPayment and AskRefund ask the provider and book what it says; they return
	// its word. nil: nothing is asked.
	AskPayment func(ctx context.Context, buyer, payment id.ID) (string, error)
	AskRefund  func(ctx context.Context, shop, refund id.ID) (string, error)

	mu      sync.Mutex
	planned string // the last day that was planned for
}

// market is whose the accounts are.
const market id.ID = 0

const (
	// firstTry is when the bill of a day is asked for: WeChat Pay has it from 10:00
	// of the next day, Beijing time.
	firstTry = 10*time.Hour + 30*time.Minute
	// lease is how long a run without a sign of life belongs to its worker.
	lease = 2 * time.Minute
	// maxTries is after how many tries a run waits for a person; with retryWait they
	// last three days.
	maxTries = 72
	// mostDays bounds the days that are made up for after a standstill: WeChat Pay
	// keeps bills for three months.
	mostDays = 90
)

// retryWait is when a bill that could not be had is asked for again.
func retryWait(tries int64) time.Duration {
	if tries < 4 {
		return 10 * time.Minute
	}
	return time.Hour
}

// Sweep plans the run of every day that has ended and works on those that are due,
// one after another. It returns how many it worked on. Call it every few seconds
// from any number of processes.
func (d *Deps) Sweep(ctx context.Context, now time.Time) (int, error) {
	if err := d.plan(ctx, now); err != nil {
		return 0, err
	}
	var due []recon.Run
	if err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = recon.Due(tx, market, now, 10)
		return err
	}); err != nil {
		return 0, err
	}
	done := 0
	for _, r := range due {
		a, known := d.account(r.Provider, r.Account)
		if !known {
			continue // configured no more; its day stays to be seen
		}
		worked, err := d.work(ctx, a, r)
		if err != nil && !errors.Is(err, recon.ErrLost) {
			return done, err
		}
		if worked {
			done++
		}
	}
	return done, nil
}

// Tidy removes the temporary files of runs that a crash cut off.
func (d *Deps) Tidy() error {
	left, err := filepath.Glob(filepath.Join(d.Dir, "recon-*"))
	for _, dir := range left {
		info, statErr := os.Stat(dir)
		if statErr == nil && d.Now().Sub(info.ModTime()) > 24*time.Hour { // no run takes a day, in whichever process
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
}

func (d *Deps) account(provider, mchID string) (Account, bool) {
	for _, a := range d.Accounts {
		if a.Provider == provider && a.MchID == mchID {
			return a, true
		}
	}
	return Account{}, false
}

// plan makes the runs of the days that have ended since the last one.
func (d *Deps) plan(ctx context.Context, now time.Time) error {
	yesterday := recon.Day(now.Add(-24 * time.Hour))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.planned == yesterday || len(d.Accounts) == 0 {
		return nil
	}
	var last []recon.Run
	if err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		last, err = recon.Runs(tx, market, recon.Run{}, 1)
		return err
	}); err != nil {
		return err
	}
	days := []string{yesterday}
	for back := 2; len(last) > 0 && back <= mostDays; back++ {
		day := recon.Day(now.Add(-24 * time.Hour * time.Duration(back)))
		if day <= last[0].Day {
			break
		}
		days = append(days, day)
	}
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, day := range days {
			for _, a := range d.Accounts {
				if err := d.planDay(tx, a, day, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		d.planned = yesterday
	}
	return err
}

func (d *Deps) planDay(tx *db.Tx, a Account, day string, now time.Time) error {
	_, to, err := recon.Bounds(day)
	if err != nil {
		return err
	}
	return recon.Plan(tx, recon.Run{ShopID: market, ID: d.IDs.Next(), Provider: a.Provider, Account: a.MchID, Day: day}, to.Add(firstTry), now)
}

// Again asks for the run of a day, for a person: soon it is made, or made again.
// Errors: recon.running, recon.day, recon.not_found (no such account).
func (d *Deps) Again(ctx context.Context, provider, account, day string, staff id.ID) (recon.Run, error) {
	a, known := d.account(provider, account)
	if !known {
		return recon.Run{}, recon.ErrNotFound
	}
	if _, _, err := recon.Bounds(day); err != nil {
		return recon.Run{}, err
	}
	now := d.Now()
	if day >= recon.Day(now) || day < recon.Day(now.AddDate(-5, 0, 0)) {
		return recon.Run{}, recon.ErrDay
	}
	var r recon.Run
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err := d.planDay(tx, a, day, now); err != nil {
			return err
		}
		if r, err = recon.RunOf(tx, market, provider, account, day); err != nil {
			return err
		}
		if err := recon.Again(tx, market, r.ID, staff, now); err != nil {
			return err
		}
		r, err = recon.GetRun(tx, market, r.ID)
		return err
	})
	return r, err
}

// work claims a run and makes it. worked is false when a rival has it.
func (d *Deps) work(ctx context.Context, a Account, r recon.Run) (worked bool, err error) {
	var mine bool
	var claimed recon.Run
	err = d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		now := d.Now()
		claimed, mine, err = recon.Claim(tx, r, now.Add(lease), now)
		return err
	})
	if err != nil || !mine {
		return false, err
	}
	r = claimed
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go d.keepLease(ctx, r, stop)
	err = d.make(ctx, a, &r)
	if cause := context.Cause(ctx); cause != nil {
		return true, cause
	}
	return true, d.end(ctx, r, err)
}

// keepLease shows that a run is alive, until ctx ends.
func (d *Deps) keepLease(ctx context.Context, r recon.Run, stop context.CancelCauseFunc) {
	tick := time.NewTicker(lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := d.DB.Write(ctx, func(tx *db.Tx) error { return recon.KeepLease(tx, r, d.Now().Add(lease)) })
		if errors.Is(err, recon.ErrLost) {
			stop(err)
			return
		}
	}
}

// end writes how a round ended that did not come to its figures.
func (d *Deps) end(ctx context.Context, r recon.Run, why error) error {
	if why == nil || errors.Is(why, recon.ErrLost) {
		return why
	}
	problem := recon.ProblemOurs
	switch {
	case errors.Is(why, recon.ErrNoBill):
		problem = recon.ProblemMissing
		if _, to, err := recon.Bounds(r.Day); err == nil && d.Now().Before(to.Add(24*time.Hour)) {
			problem = recon.ProblemNotReady
		}
	case errors.Is(why, recon.ErrHash):
		problem = recon.ProblemHash
	case errors.Is(why, recon.ErrBroken):
		problem = recon.ProblemBroken
	case errors.Is(why, errProvider):
		problem = recon.ProblemProvider
	}
	if d.Log != nil {
		d.Log.WarnContext(ctx, "a day could not be reconciled", "day", r.Day, "provider", r.Provider, "problem", problem, "err", why)
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		now := d.Now()
		next := now.Add(retryWait(r.Tries))
		if r.Tries+1 >= maxTries {
			next = time.Time{}
		}
		if err := recon.Rest(tx, r, problem, next, now); err != nil || !next.IsZero() {
			return err
		}
		return d.Emitter.Emit(tx, now, market, event.ReconFailed, event.Recon{RunID: r.ID, Provider: r.Provider, Account: r.Account, Day: r.Day, Problem: problem})
	})
}
