package report_test

import (
	"context"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

func write(t *testing.T, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// midnight in Shanghai, where 11 November begins, is 16:00 of the 10th in UTC.
var midnight = time.Date(2026, 11, 10, 16, 0, 0, 0, time.UTC)

func TestDaysBeginInShanghai(t *testing.T) {
	if a, b := report.Day(midnight.Add(-time.Microsecond)), report.Day(midnight); a != "2026-11-10" || b != "2026-11-11" {
		t.Errorf("%s | %s", a, b)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			for i, at := range []time.Time{midnight.Add(-time.Second), midnight, midnight.Add(24*time.Hour - time.Second)} {
				if err := report.AddSale(tx, report.Sale{ShopID: 5, OrderID: id.ID(10 + i), BuyerID: 7, Amount: 100, Source: "direct", PaidAt: at}); err != nil {
					return err
				}
				if err := report.AddVisits(tx, []report.Visit{{ShopID: 5, Visitor: "v1", Source: "inside", At: at}}); err != nil {
					return err
				}
			}
			days, err := report.Days(tx, 5, midnight.Add(-24*time.Hour), midnight.Add(24*time.Hour))
			if err != nil {
				return err
			}
			if len(days) != 3 || days[0].Orders != 1 || days[0].Visitors != 1 || days[1].Orders != 2 || days[1].Visitors != 1 || days[1].Pages != 2 || days[2].Orders != 0 || days[2].Day != "2026-11-12" {
				t.Errorf("%+v", days)
			}
			return nil
		})
	})
}

func TestSalesAreCountedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := report.Sale{ShopID: 5, OrderID: 10, BuyerID: 7, Amount: 8800, Source: "paid", PaidAt: midnight}
		write(t, d, func(tx *db.Tx) error {
			for _, refunded := range []money.Fen{0, 0, 3000, 8800} { // the event twice, then two refunds
				s.Refunded = refunded
				if err := report.AddSale(tx, s); err != nil {
					return err
				}
			}
			days, err := report.Days(tx, 5, midnight, midnight)
			if err != nil {
				return err
			}
			if len(days) != 1 || days[0].Orders != 1 || days[0].Sales != 8800 || days[0].Refunded != 8800 {
				t.Errorf("%+v", days)
			}
			if other, err := report.Days(tx, 6, midnight, midnight); err != nil || other[0].Orders != 0 {
				t.Errorf("another shop: %+v %v", other, err)
			}
			return nil
		})
	})
}

func TestSourcesOfAVisitor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			visits := []report.Visit{{5, "v1", "inside", midnight}, {5, "v1", "paid", midnight.Add(time.Hour)}, {5, "v2", "paid", midnight}, {6, "v1", "floor", midnight},
				{5, "v1", "floor", midnight.Add(25 * time.Hour)}}
			if err := report.AddVisits(tx, visits); err != nil {
				return err
			}
			for i, source := range []string{"paid", "paid", "direct"} {
				if err := report.AddSale(tx, report.Sale{ShopID: 5, OrderID: id.ID(10 + i), BuyerID: 7, Amount: 1000 * money.Fen(i+1), Source: source, PaidAt: midnight}); err != nil {
					return err
				}
			}
			got, err := report.BySource(tx, 5, midnight, midnight)
			want := []report.SourceFigures{{"direct", 0, 1, 3000}, {"paid", 1, 2, 3000}, {"inside", 1, 0, 0}}
			if err != nil || len(got) != 3 {
				t.Fatalf("%+v %v", got, err)
			}
			for _, w := range want {
				found := false
				for _, g := range got {
					found = found || g == w
				}
				if !found {
					t.Errorf("%+v lacks %+v: the first view of a day decides", got, w)
				}
			}
			if got[2].Source != "inside" {
				t.Errorf("the source that sells stands first: %+v", got)
			}
			return nil
		})
	})
}

// TestTheFormula holds sales = visitors × conversion × order value, up to the fen
// that the rounded order value leaves over.
func TestTheFormula(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var days []report.Figures
		for range rapid.IntRange(1, 40).Draw(r, "days") {
			f := report.Figures{Visitors: rapid.Int64Range(0, 10_000).Draw(r, "visitors"), Orders: rapid.Int64Range(0, 500).Draw(r, "orders")}
			if f.Orders > 0 {
				f.Sales = money.Fen(rapid.Int64Range(f.Orders, 10_000_000).Draw(r, "sales"))
			}
			days = append(days, f)
		}
		sum := report.Total(days)
		var orders, visitors int64
		for _, d := range days {
			orders, visitors = orders+d.Orders, visitors+d.Visitors
		}
		if sum.Orders != orders || sum.Visitors != visitors {
			r.Fatalf("%+v", sum)
		}
		if sum.Orders > 0 && (sum.OrderValue*money.Fen(sum.Orders) > sum.Sales || sum.Sales-sum.OrderValue*money.Fen(sum.Orders) >= money.Fen(sum.Orders)) {
			r.Fatalf("%d orders of %d are not %d", sum.Orders, sum.OrderValue, sum.Sales)
		}
		if sum.Visitors > 0 {
			if got := sum.Conversion * float64(sum.Visitors); got < float64(sum.Orders)-1e-6 || got > float64(sum.Orders)+1e-6 {
				r.Fatalf("%v of %d visitors are not %d orders", sum.Conversion, sum.Visitors, sum.Orders)
			}
		} else if sum.Conversion != 0 {
			r.Fatal("nobody converts")
		}
	})
}

func TestDaysAreBounded(t *testing.T) {
	d := dbtest.SQLite(t)
	write(t, d, func(tx *db.Tx) error {
		days, err := report.Days(tx, 5, midnight.AddDate(-5, 0, 0), midnight)
		if len(days) != 366 {
			t.Errorf("%d days", len(days))
		}
		return err
	})
}
