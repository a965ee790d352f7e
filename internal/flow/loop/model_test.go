package loop

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/schema"
	"pgregory.net/rapid"
)

// The market is driven by random scripts and compared, after every step, with a
// model in plain Go: states, counters, stock. The auditor must agree, too.
//
// A script is a list of numbers; what they mean depends on where the model stands.
type op struct{ Kind, A, B, C int }

var script = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
	n := rapid.IntRange(0, 1<<16)
	// The draws favour small numbers; mixing makes every action as likely as any.
	mix := func(name string) int { return n.Draw(t, name) * 40503 >> 4 & 0xFFFF }
	return op{mix("kind") % len(actions), mix("a"), mix("b"), mix("c")}
}), 40, 80)

func TestMarketFollowsTheModelSQLite(t *testing.T) {
	template := migrated(t)
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "m")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "shuke.db")
		if err := os.WriteFile(path, template, 0o600); err != nil {
			rt.Fatal(err)
		}
		d, err := db.Open(ctx, db.Config{URL: path, Readers: 1})
		if err != nil {
			rt.Fatal(err)
		}
		defer d.Close()
		run(rt, t, d, script.Draw(rt, "script"))
	})
	t.Logf("ends reached: %v", reached)
	for _, end := range []string{"pending", "paid", "shipped", "received", "closed", "refund requested", "refund refunded", "refund refused", "refund cancelled", "return refunded"} {
		if reached[end] == 0 && !t.Failed() && reached["closed"] > 300 { // not in a short run
			t.Errorf("no script reached %q", end)
		}
	}
}

func TestMarketFollowsTheModelPostgres(t *testing.T) {
	for seed := range 4 {
		d := dbtest.Postgres(t)
		ops := script.Filter(func(s []op) bool { return len(s) > 40 }).Example(seed)
		run(t, t, d, ops)
	}
}

// migrated is the bytes of a fresh, migrated SQLite file.
func migrated(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "template.db")
	d, err := db.Open(ctx, db.Config{URL: path, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(ctx, all, start); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type failer interface {
	Fatalf(string, ...any)
	Logf(string, ...any)
}

type mLine struct {
	sku   int
	price money.Fen
	order.Line
}

type mOrder struct {
	placed checkout.PlacedOrder
	shop   int
	state  order.State
	lines  []mLine
	asks   []*mAsk
	byUs   bool // closed by the buyer
	box    *mBox
}

type mAsk struct {
	id     id.ID
	kind   daftersale.Kind
	state  daftersale.State
	line   int
	qty    int64
	held   int64
	amount money.Fen
}

// mBox is a checkout.
type mBox struct {
	placed checkout.Placed
	orders []*mOrder
	result *payment.Result // the buyer paid at the bank
	booked bool
}

type model struct {
	*world
	f      failer
	boxes  []*mBox
	orders []*mOrder
	hand   [2][3]int64
	held   [2][3]int64
}

func run(f failer, t *testing.T, d *db.DB, ops []op) {
	m := &model{world: newWorld(t, d), f: f, hand: [2][3]int64{{10, 10, 10}, {10, 10, 10}}}
	for i, o := range ops {
		a := actions[o.Kind]
		a.do(m, o)
		m.check(fmt.Sprintf("step %d %s %v", i, a.name, o))
	}
	for _, o := range m.orders {
		reached[string(o.state)]++
		for _, a := range o.asks {
			reached[string(a.kind)+" "+string(a.state)]++
		}
	}
}

// reached counts how orders and after-sales ended, so that a test can tell that
// scripts go everywhere.
var reached = map[string]int{}

func (m *model) check(at string) {
	for _, o := range m.orders {
		got, lines := m.order(o.placed), m.lines(o.placed)
		if want := o.refundState(); got.State != o.state || got.RefundState != want {
			m.f.Fatalf("%s: order %s is %s/%s, want %s/%s", at, got.ID, got.State, got.RefundState, o.state, want)
		}
		for i, l := range lines {
			w := o.lines[i]
			if l.Shipped != w.Shipped || l.Refunding != w.Refunding || l.Refunded != w.Refunded || l.Held != w.Held || l.Released != w.Released {
				m.f.Fatalf("%s: line %d of %s is %+v, want %+v", at, i, got.ID, l, w.Line)
			}
		}
	}
	for s := range 2 {
		for i := range 3 {
			if got := m.stock(s, i); got.OnHand != m.hand[s][i] || got.Reserved != m.held[s][i] {
				m.f.Fatalf("%s: stock %d/%d is %+v, want %d/%d", at, s, i, got, m.hand[s][i], m.held[s][i])
			}
		}
	}
	if err := m.auditErr(); err != nil {
		m.f.Fatalf("%s: %v", at, err)
	}
}

func (m *model) want(err error, code string) bool {
	if errs.Code(err) != code {
		m.f.Fatalf("got %q (%v), want %q", errs.Code(err), err, code)
	}
	return code == ""
}

func (o *mOrder) refundState() order.RefundState {
	var lines []order.Line
	for _, l := range o.lines {
		lines = append(lines, l.Line)
	}
	open := false
	for _, a := range o.asks {
		open = open || a.state.IsOpen()
	}
	return order.Sum(lines).RefundState(open)
}

func (o *mOrder) sum() (s order.Sums) {
	for _, l := range o.lines {
		s.Qty += l.Qty
		s.Shipped += l.Shipped
		s.Shippable += l.Qty - l.Shipped - l.Held
		s.Refunded += l.Refunded
		s.Refunding += l.Refunding
	}
	return s
}

// settle is what the model does when the house learns that a box is paid.
func (m *model) settle(b *mBox) {
	if b.result == nil || b.booked {
		return
	}
	b.booked = true
	for _, o := range b.orders {
		covered := false
		for _, p := range m.partsOf(o) {
			for _, r := range b.result.Parts {
				covered = covered || p.TradeNo == r.TradeNo
			}
		}
		if covered && o.state == order.Pending {
			o.state = order.Paid
		}
	}
}

func (m *model) partsOf(o *mOrder) (out []payment.Part) {
	m.read(func(tx *db.Tx) (err error) {
		out, err = payment.PartsOfOrder(tx, o.placed.ShopID, o.placed.OrderID)
		return err
	})
	return out
}

// close gives a pending order's stock back.
func (m *model) close(o *mOrder, byUs bool) {
	o.state, o.byUs = order.Closed, byUs
	for _, l := range o.lines {
		m.held[o.shop][l.sku] -= l.Qty
	}
}

// open is the open payment of a box, if any.
func (m *model) open(b *mBox) (p payment.Payment, ok bool) {
	m.read(func(tx *db.Tx) error {
		all, err := payment.OfCheckout(tx, m.buyer, b.placed.CheckoutID)
		for _, one := range all {
			if one.State == payment.Open {
				p, ok = one, true
			}
		}
		return err
	})
	return p, ok
}

func pick[T any](from []*T, n int) *T {
	if len(from) == 0 {
		return nil
	}
	return from[n%len(from)]
}

// prefer picks one for which an action makes sense, three times out of four when
// there is one, else any.
func prefer[T any](from []*T, n int, sensible func(*T) bool) *T {
	var good []*T
	for _, one := range from {
		if sensible(one) {
			good = append(good, one)
		}
	}
	if len(good) > 0 && n%4 != 3 {
		return good[n/4%len(good)]
	}
	return pick(from, n/4)
}

// restock notes a change of the model's stock by an inventory edit.
func (m *model) edit(o op) {
	s, i, n := o.A%2, o.B%3, int64(o.C%25)
	err := m.d.Write(ctx, func(tx *db.Tx) error {
		_, err := inventory.SetOnHand(tx, inventory.Move{IDs: m.ids, Shop: m.shops[s], Now: m.clock.now()}, m.skus[s][i], n)
		return err
	})
	if n < m.held[s][i] {
		m.want(err, "inventory.below_reserved")
		return
	}
	m.want(err, "")
	m.hand[s][i] = n
}

// expire lets half an hour pass: everything pending is paid or closed after it.
func (m *model) expire(op) {
	for range 8 {
		if _, err := m.world.pay.SweepDue(ctx, m.clock.add(6*time.Minute), 1000); err != nil {
			m.f.Fatalf("%v", err)
		}
	}
	for _, b := range m.boxes {
		m.settle(b)
		for _, o := range b.orders {
			if o.state == order.Pending {
				m.close(o, false)
			}
		}
	}
}
