package console

import (
	"context"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Audit is what the background auditor says since this process started.
type Audit struct {
	LastRun  *time.Time  `json:"last_run" doc:"null: it has not begun"`
	LastPass *time.Time  `json:"last_pass" doc:"when all shops were gone through; null: not yet"`
	Passes   int         `json:"passes"`
	Orders   int64       `json:"orders" doc:"compared"`
	SKUs     int64       `json:"skus" doc:"compared"`
	Blocks   int64       `json:"blocks" doc:"sealed blocks of the books compared"`
	Skipped  int64       `json:"skipped" doc:"times a shop had too many open orders for its stock to be added up; doctor does it"`
	Found    []AuditFind `json:"found"`
}

// AuditFind is something that does not fit.
type AuditFind struct {
	ShopID  id.ID     `json:"shop_id"`
	OrderID id.ID     `json:"order_id" doc:"0: of the shop as a whole"`
	What    string    `json:"what"`
	Want    int64     `json:"want"`
	Got     int64     `json:"got"`
	Detail  string    `json:"detail"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// shownFinds bounds the list of a page; metrics and log know all.
const shownFinds = 50

func (a *API) marketAudit(context.Context, *none) (*body[Audit], error) {
	s := a.Auditor.Standing()
	out := Audit{LastRun: when(s.LastRun), LastPass: when(s.LastPass), Passes: s.Passes, Orders: s.Orders, SKUs: s.SKUs, Blocks: s.Blocks, Skipped: s.Skipped, Found: []AuditFind{}}
	for _, f := range s.Found[:min(len(s.Found), shownFinds)] {
		out.Found = append(out.Found, AuditFind{ShopID: f.Shop, OrderID: f.Order, What: f.What, Want: f.Want, Got: f.Got, Detail: f.Detail, First: f.First, Last: f.Last})
	}
	return ok(out, nil)
}
