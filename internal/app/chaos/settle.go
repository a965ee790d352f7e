package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// settle lets everything come to rest: no more faults, time goes by, until nothing
// is open that time alone closes.
func (w *world) settle() error {
	w.calm = true
	w.dice = newDice(w.rules.Seed, 3)
	for round := range 60 {
		// Small steps first: what is tried again comes at growing intervals.
		w.pass(min(time.Minute<<min(round, 10), 6*time.Hour))
		w.deliver()
		w.tick()
		w.deliver()
		w.work()
		if w.down {
			return fmt.Errorf("the house fell in calm weather")
		}
		if err := w.look(); err != nil {
			return err
		}
		open, err := w.g.unfinished(w.ctx, w.house.DB, w.now())
		if err != nil {
			return err
		}
		if open == "" && len(w.mail) == 0 {
			return nil
		}
	}
	open, err := w.g.unfinished(w.ctx, w.house.DB, w.now())
	if open != "" {
		w.fail("stuck", "after two weeks of calm: %s", open)
	}
	return err
}

// unfinished says what is still open of what must end by itself, "" for nothing.
func (g *ground) unfinished(ctx context.Context, d *db.DB, now time.Time) (string, error) {
	var orders, refunds int64
	var payments []payment.Payment
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		if payments, err = payment.Due(tx, now.AddDate(1, 0, 0), 1000); err != nil {
			return err
		}
		orders, refunds = 0, 0
		for _, s := range g.stalls {
			var pending, due int64
			err := errors.Join(tx.QueryRow(`SELECT COUNT(*) FROM orders WHERE shop_id = $1 AND state = 'pending'`, s.id).Scan(&pending),
				tx.QueryRow(`SELECT COUNT(*) FROM refunds WHERE shop_id = $1 AND state NOT IN ('succeeded', 'abnormal')`, s.id).Scan(&due))
			if err != nil {
				return err
			}
			orders, refunds = orders+pending, refunds+due
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	h, err := jobs.ReadHealth(ctx, d)
	if err != nil {
		return "", err
	}
	if int64(len(payments))+orders+refunds+int64(h.EventsWaiting)+int64(h.JobsReady) == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d payments, %d orders, %d refunds, %d events, %d jobs", len(payments), orders, refunds, h.EventsWaiting, h.JobsReady), nil
}

// judge compares what people and WeChat know with what the house says, at rest.
func (w *world) judge() error {
	h, err := jobs.ReadHealth(w.ctx, w.house.DB)
	if err != nil {
		return err
	}
	if h.JobsParked > 0 {
		w.fail("event", "%d jobs were given up", h.JobsParked)
	}
	return w.house.DB.Read(w.ctx, func(tx *db.Tx) error {
		for _, b := range w.boxes {
			if err := w.judgeBox(tx, b); err != nil {
				return err
			}
		}
		return w.judgeProvider(tx)
	})
}

// judgeBox: every order that was acknowledged is there, and what its buyer paid is
// booked, to the fen.
func (w *world) judgeBox(tx *db.Tx, b *box) error {
	var paid int64
	for _, d := range b.deals {
		var n, booked int64
		if err := tx.QueryRow(`SELECT COUNT(*) FROM orders WHERE shop_id = $1 AND id = $2 AND checkout_id = $3`, d.shop, d.of, b.id).Scan(&n); err != nil {
			return err
		}
		if n != 1 {
			w.fail("lost", "order %s was acknowledged and is not there", d.of)
		}
		err := tx.QueryRow(`SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM order_payments WHERE shop_id = $1 AND order_id = $2 AND state IN ('paid', 'late')`, d.shop, d.of).Scan(&booked)
		if err != nil {
			return err
		}
		paid += booked
	}
	if paid != b.paid {
		w.fail("provider", "checkout %s: its buyer paid %d fen, %d are booked", b.id, b.paid, paid)
	}
	return nil
}

// judgeProvider: what stands in the merchant's account and in the buyers' wallets
// is what the ledger says. A refund that WeChat could not make has left the account
// and reached nobody: it stays due with us, so the account may be short of it.
func (w *world) judgeProvider(tx *db.Tx) error {
	wrong, err := w.g.provider(tx, w.pocket)
	if wrong != "" {
		w.fail("provider", "%s", wrong)
	}
	return err
}

func (g *ground) provider(tx *db.Tx, pocket *sim.Server) (wrong string, err error) {
	at, err := pocket.Balances(mchID)
	if err != nil {
		return "", err
	}
	var books, spent, odd int64
	for _, t := range g.stalls {
		b, err := ledger.Balances(tx, t.id)
		if err != nil {
			return "", err
		}
		var stuck int64
		if err := tx.QueryRow(`SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds WHERE shop_id = $1 AND state = 'abnormal'`, t.id).Scan(&stuck); err != nil {
			return "", err
		}
		books, odd = books+int64(b[ledger.ProviderWechat]), odd+stuck
	}
	for _, p := range pocket.People() {
		spent += purse - p.Balance
	}
	if books-at.Basic < 0 || books-at.Basic > odd || spent != books {
		return fmt.Sprintf("the merchant's account holds %d fen, buyers have spent %d, the books say %d; %d are in refunds that could not be made", at.Basic, spent, books, odd), nil
	}
	return "", nil
}
