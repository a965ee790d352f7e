package loop

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
)

// pass lets the auditor go through all shops once.
func pass(t *testing.T, a *audit.Auditor) audit.Standing {
	t.Helper()
	for before := a.Standing().Passes; a.Standing().Passes == before; {
		if err := a.Round(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return a.Standing()
}

func whats(s audit.Standing) (out []string) {
	for _, f := range s.Found {
		out = append(out, f.What)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// The background auditor sees what was changed behind our back, says it once, and
// forgets it when it is mended.
func TestTheBackgroundAuditor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.paid([3]int64{3, 1, 0}).Orders[0]
		w.ship(w.paid([3]int64{1, 0, 0}).Orders[0])
		w.place([3]int64{0, 1, 0})
		var log bytes.Buffer
		a := &audit.Auditor{DB: d, Now: w.clock.now, Log: slog.New(slog.NewTextHandler(&log, nil))}
		if s := pass(t, a); len(s.Found) != 0 || s.Orders != 3 || s.SKUs != 6 || log.Len() != 0 {
			t.Fatalf("%+v\n%s", s, log.String())
		}
		tamper := func(by int) {
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE stocks SET reserved = reserved + $2 WHERE shop_id = $1 AND sku_id = $3`, o.ShopID, by, w.skus[0][2])
				if err == nil {
					_, err = tx.Exec(`UPDATE order_payments SET amount = amount + $3 WHERE shop_id = $1 AND order_id = $2`, o.ShopID, o.OrderID, by)
				}
				return err
			})
		}
		tamper(1)
		s := pass(t, a)
		if got := whats(s); !slices.Contains(got, "reserved stock differs from open orders") || !slices.Contains(got, "paid payments differ from the order") {
			t.Fatalf("found %v", got)
		}
		said := strings.Count(log.String(), "\n")
		if again := pass(t, a); len(again.Found) != len(s.Found) || strings.Count(log.String(), "\n") != said || said != len(s.Found) {
			t.Fatalf("%d violations, then %d; said:\n%s", len(s.Found), len(again.Found), log.String())
		}
		tamper(-1)
		if s := pass(t, a); len(s.Found) != 0 {
			t.Fatalf("mended, and still %v", whats(s))
		}
	})
}

// Nobody hears events in this test: an auditor that has been awake for a while
// says so, and that the shops do not know of their paid orders; one that slept
// gives the house its time first.
func TestTheAuditorMissesWhatWasNotHeard(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	w.paid([3]int64{1, 0, 0})
	a := &audit.Auditor{DB: d, Now: w.clock.now, Log: slog.New(slog.DiscardHandler)}
	w.clock.add(time.Hour)
	if s := pass(t, a); len(s.Found) != 0 {
		t.Fatalf("after a sleep: %v", whats(s))
	}
	for range 12 {
		w.clock.add(time.Minute)
		pass(t, a)
	}
	want := []string{"a paid order was not delivered to its shop once", "events are not heard"}
	if got := whats(a.Standing()); !slices.Equal(got, want) {
		t.Fatalf("found %v, want %v", got, want)
	}
}
