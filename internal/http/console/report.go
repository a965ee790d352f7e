package console

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/report"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

func (a *API) registerReport(api huma.API) {
	shopOp(api, get, "/dashboard", "dashboard", staff.SeeOrders, "Today at a glance, the last days, what waits", a.dashboard)
}

type dashboardIn struct {
	ShopIn
	Days int `query:"days" minimum:"2" maximum:"90" default:"28"`
}

func (a *API) dashboard(ctx context.Context, in *dashboardIn) (*body[Dashboard], error) {
	var out Dashboard
	now := a.Now()
	first := now.AddDate(0, 0, 1-in.Days)
	figures := me(ctx).Role.Can(staff.SeeReports)
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Todo, err = todo(tx, in.Shop)
		if err != nil || !figures {
			return err
		}
		if out.Days, err = report.Days(tx, in.Shop, first, now); err != nil {
			return err
		}
		out.Sources, err = report.BySource(tx, in.Shop, first, now)
		return err
	})
	if err == nil {
		out.Todo.Parked, err = a.Queue.CountParked(ctx, in.Shop)
	}
	out.Days, out.Sources = list(out.Days), list(out.Sources)
	if n := len(out.Days); n > 1 {
		out.Today, out.Yesterday, out.Total = out.Days[n-1], out.Days[n-2], report.Total(out.Days)
	}
	return ok(out, err)
}

// todo counts what waits, each up to 1,000; parked jobs live elsewhere.
func todo(tx *db.Tx, shop id.ID) (t Todo, err error) {
	for _, c := range []struct {
		into *int64
		sql  string
	}{
		{&t.ToShip, `SELECT 1 FROM orders WHERE shop_id = $1 AND state = 'paid'`},
		{&t.Aftersales, `SELECT 1 FROM aftersales WHERE shop_id = $1 AND state = 'requested'`},
		{&t.Returns, `SELECT 1 FROM aftersales WHERE shop_id = $1 AND state = 'returning'`},
		{&t.Refunds, `SELECT 1 FROM refunds WHERE shop_id = $1 AND state = 'abnormal'`},
		{&t.LowStock, `SELECT 1 FROM skus s JOIN products p ON p.shop_id = s.shop_id AND p.id = s.product_id JOIN stocks k ON k.shop_id = s.shop_id AND k.sku_id = s.id
			WHERE s.shop_id = $1 AND s.state = 'active' AND p.state = 'listed' AND k.on_hand - k.reserved <= 5`},
		{&t.Drafts, `SELECT 1 FROM products WHERE shop_id = $1 AND state = 'draft'`},
	} {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM (`+c.sql+` LIMIT 1000) c`, shop).Scan(c.into); err != nil {
			return t, err
		}
	}
	return t, nil
}

// days30 is the time of the operator's overview.
func days30(now time.Time) time.Time { return now.AddDate(0, 0, -29) }
