package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/flow/reconcile"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// TestBillsOfThePocketWeChat lets a day pass on which everything happens, loses a
// notice, and reconciles it with the bills that the pocket WeChat makes of it.
func TestBillsOfThePocketWeChat(t *testing.T) {
	h := openHouse(t, nil)
	mine, owner := h.shopFront("tea")
	p := h.listed(mine.ID, "明前龙井")
	c, _ := h.buyer("ming")
	day := recon.Day(h.Now())
	var all []placedOrder
	for range 3 {
		all = append(all, h.placed(c, mine.ID, p.SKUs[0].ID, 1))
		h.paid(c, all[len(all)-1], "ming")
	}
	h.refundWhole(c, owner, all[0])
	// The notice is lost, and nobody asks.
	_, err := h.sim.Faults.Add(sim.Fault{Target: "notification", Kind: "drop", Count: 1000})
	must(t, err)
	lost := h.placed(c, mine.ID, p.SKUs[0].ID, 2)
	pay := into[map[string]string](c, c.do("POST", "/api/storefront/checkouts/"+lost.checkout+"/pay", nil))
	must(t, h.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE payments SET next_check_at = NULL WHERE state = 'open'`)
		return err
	}))
	_, err = h.sim.Pay("ming", strings.TrimPrefix(pay["package"], "prepay_id="), "123456")
	must(t, err)
	if h.stateOf(lost) != string(order.Pending) {
		t.Fatal("it was heard of")
	}
	if recon.Day(h.Now()) != day {
		t.Skip("midnight has passed in Beijing")
	}

	// The next day: before its time there is no bill, then it is compared and healed.
	later := 0 * time.Hour
	house := h.Reconcile
	d := &reconcile.Deps{DB: house.DB, IDs: house.IDs, Emitter: house.Emitter, Now: func() time.Time { return h.Now().Add(later) }, Log: house.Log, Accounts: house.Accounts,
		Bills: house.Bills, Dir: house.Dir, AskPayment: house.AskPayment, AskRefund: house.AskRefund}
	_, to, err := recon.Bounds(day)
	must(t, err)
	run := func(at time.Time) recon.Run {
		t.Helper()
		later = at.Sub(h.Now())
		h.sim.Clock.Set(at)
		a := house.Accounts[0]
		r, err := d.Again(ctx, a.Provider, a.MchID, day, 0)
		must(t, err)
		_, err = d.Sweep(ctx, d.Now())
		must(t, err)
		must(t, h.DB.Read(ctx, func(tx *db.Tx) (err error) {
			r, err = recon.GetRun(tx, 0, r.ID)
			return err
		}))
		return r
	}
	if r := run(to.Add(8 * time.Hour)); r.State != recon.Waiting || r.Problem != recon.ProblemNotReady {
		t.Fatalf("%+v", r)
	}
	r := run(to.Add(11 * time.Hour))
	if r.State != recon.Done || r.Open != 0 || r.Lines != 5 || r.Figures.Kinds[recon.MissingHere] != 1 || len(r.Figures.Kinds) != 1 {
		t.Fatalf("%+v", r)
	}
	if h.stateOf(lost) != string(order.Paid) {
		t.Fatal("the lost payment was not healed")
	}
	var x []recon.Difference
	must(t, h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		x, err = recon.List(tx, 0, recon.Filter{Run: r.ID, Limit: 10})
		return err
	}))
	if len(x) != 1 || x[0].State != recon.Healed || x[0].Outcome != "settled" || x[0].OrderID.String() != lost.order {
		t.Fatalf("%+v", x)
	}
	// Once more: to the fen.
	r = run(to.Add(12 * time.Hour))
	f := r.Figures
	f.Here.Booked = 0
	if r.Open != 0 || len(f.Kinds) != 0 || f.There != f.Here || f.There.Amount != 5*8800 || f.There.RefundAmount != 8800 || f.Flows["交易"].In != f.There.Amount || f.Fee == 0 || f.FeeBack == 0 {
		t.Fatalf("%+v", f)
	}
	if h.events("recon.finished") != 2 {
		t.Fatal("nobody was told")
	}
}

// refundWhole lets a buyer ask for a refund of one piece and the owner grant it.
func (h *house) refundWhole(c *caller, owner staff.Member, o placedOrder) {
	h.t.Helper()
	asked := into[struct {
		ID string `json:"aftersale_id"`
	}](c, c.do("POST", "/api/storefront/orders/"+o.shop+"/"+o.order+"/aftersales", map[string]any{"kind": "refund", "reason": "不想要了",
		"lines": []any{map[string]any{"line_no": 1, "quantity": 1}}}, "Idempotency-Key", "ask-"+o.order))
	s := h.as(owner)
	if a := s.do("POST", "/api/console/shops/"+o.shop+"/aftersales/"+asked.ID+"/approve", nil); a.code != 200 {
		h.t.Fatal(a.body)
	}
	h.until("refund", func() bool {
		return h.count(`SELECT COUNT(*) FROM refunds WHERE state = 'succeeded' AND order_id = $1`, parse(h.t, o.order)) == 1
	})
}
