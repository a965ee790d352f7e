// Package report is the room of figures: visitors, conversion and order value,
// whose product is sales.
package report

import (
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// shanghai is the zone of a shop's day. China has had no summer time since 1992.
var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// Day is the date of a moment for people in China, YYYY-MM-DD.
func Day(t time.Time) string { return t.In(shanghai).Format("2006-01-02") }

// Sources lists where visitors come from; other values are kept as "other".
func Sources() []string { return []string{"inside", "outside", "paid", "floor", "direct"} }

// Visit is one page view. Visitor is a buyer's id or an anonymous cookie's text.
type Visit struct {
	ShopID  id.ID // 0: the market's own pages
	Visitor string
	Source  string
	At      time.Time
}

// AddVisits counts page views; the first view of a day decides the source.
func AddVisits(tx *db.Tx, visits []Visit) error {
	for _, v := range visits {
		if _, err := tx.Exec(`INSERT INTO visits (shop_id, day, visitor, source, pages, first_at) VALUES ($1,$2,$3,$4,1,$5)
			ON CONFLICT (shop_id, day, visitor) DO UPDATE SET pages = visits.pages + 1`, v.ShopID, Day(v.At), v.Visitor, v.Source, v.At); err != nil {
			return err
		}
	}
	return nil
}

// Sale is one paid order.
type Sale struct {
	ShopID, OrderID, BuyerID id.ID
	Amount                   money.Fen
	Refunded                 money.Fen
	Source                   string
	PaidAt                   time.Time
}

// AddSale notes a paid order, once.
func AddSale(tx *db.Tx, s Sale) error {
	_, err := tx.Exec(`INSERT INTO sales (shop_id, day, order_id, buyer_id, amount, refunded, source, paid_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (shop_id, day, order_id) DO UPDATE SET refunded = excluded.refunded`,
		s.ShopID, Day(s.PaidAt), s.OrderID, s.BuyerID, s.Amount, s.Refunded, s.Source, s.PaidAt)
	return err
}

// Figures is sales = visitors × conversion × average order value, for a time.
type Figures struct {
	Day        string    `json:"day,omitempty" doc:"YYYY-MM-DD in Asia/Shanghai"`
	Visitors   int64     `json:"visitors" doc:"distinct people a day"`
	Pages      int64     `json:"pages" doc:"page views"`
	Buyers     int64     `json:"buyers" doc:"distinct people who paid"`
	Orders     int64     `json:"orders" doc:"paid orders"`
	Sales      money.Fen `json:"sales" doc:"fen paid, refunds not taken off"`
	Refunded   money.Fen `json:"refunded" doc:"fen given back of these orders"`
	Conversion float64   `json:"conversion" doc:"orders ÷ visitors, so that the formula's product is exact"`
	OrderValue money.Fen `json:"order_value" doc:"sales ÷ orders, fen, rounded down"`
}

func (f *Figures) derive() {
	if f.Visitors > 0 {
		f.Conversion = float64(f.Orders) / float64(f.Visitors)
	}
	if f.Orders > 0 {
		f.OrderValue = f.Sales / money.Fen(f.Orders)
	}
}

// Days returns the figures of each day from first to last (inclusive), also of
// days when nothing happened; at most 366.
func Days(tx *db.Tx, shop id.ID, first, last time.Time) ([]Figures, error) {
	var out []Figures
	at := map[string]int{}
	for d := first.In(shanghai); Day(d) <= Day(last) && len(out) < 366; d = d.AddDate(0, 0, 1) {
		at[Day(d)] = len(out)
		out = append(out, Figures{Day: Day(d)})
	}
	err := tx.Each(func(r db.Row) error {
		var day string
		var f Figures
		if err := r.Scan(&day, &f.Visitors, &f.Pages); err != nil {
			return err
		}
		if i, ok := at[day]; ok {
			out[i].Visitors, out[i].Pages = f.Visitors, f.Pages
		}
		return nil
	}, `SELECT day, COUNT(*), CAST(SUM(pages) AS BIGINT) FROM visits WHERE shop_id = $1 AND day >= $2 AND day <= $3 GROUP BY day`, shop, Day(first), Day(last))
	if err != nil {
		return nil, err
	}
	err = tx.Each(func(r db.Row) error {
		var day string
		var f Figures
		if err := r.Scan(&day, &f.Orders, &f.Buyers, &f.Sales, &f.Refunded); err != nil {
			return err
		}
		if i, ok := at[day]; ok {
			v, p := out[i].Visitors, out[i].Pages
			out[i] = f
			out[i].Day, out[i].Visitors, out[i].Pages = day, v, p
		}
		return nil
	}, `SELECT day, COUNT(*), COUNT(DISTINCT buyer_id), CAST(SUM(amount) AS BIGINT), CAST(SUM(refunded) AS BIGINT) FROM sales
		WHERE shop_id = $1 AND day >= $2 AND day <= $3 GROUP BY day`, shop, Day(first), Day(last))
	for i := range out {
		out[i].derive()
	}
	return out, err
}

// Total adds up days: visitors and buyers are people-days.
func Total(days []Figures) Figures {
	var t Figures
	for _, d := range days {
		t.Visitors += d.Visitors
		t.Pages += d.Pages
		t.Buyers += d.Buyers
		t.Orders += d.Orders
		t.Sales += d.Sales
		t.Refunded += d.Refunded
	}
	t.derive()
	return t
}

// SourceFigures is how a source did.
type SourceFigures struct {
	Source   string    `json:"source"`
	Visitors int64     `json:"visitors"`
	Orders   int64     `json:"orders"`
	Sales    money.Fen `json:"sales" doc:"fen"`
}

// BySource splits a time by where visitors came from.
func BySource(tx *db.Tx, shop id.ID, first, last time.Time) ([]SourceFigures, error) {
	return db.All(tx, func(r db.Row) (f SourceFigures, err error) {
		return f, r.Scan(&f.Source, &f.Visitors, &f.Orders, &f.Sales)
	}, `SELECT source, CAST(SUM(v) AS BIGINT), CAST(SUM(o) AS BIGINT), CAST(SUM(a) AS BIGINT) FROM (
			SELECT source, COUNT(*) AS v, 0 AS o, 0 AS a FROM visits WHERE shop_id = $1 AND day >= $2 AND day <= $3 GROUP BY source
			UNION ALL
			SELECT source, 0, COUNT(*), SUM(amount) FROM sales WHERE shop_id = $1 AND day >= $2 AND day <= $3 GROUP BY source
		) both_kinds GROUP BY source ORDER BY 4 DESC, 2 DESC, 1`, shop, Day(first), Day(last))
}
