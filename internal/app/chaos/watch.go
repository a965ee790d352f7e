package chaos

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Violation is something that must never be.
type Violation struct {
	Kind   string `json:"kind"` // oversell, stock, money, order, event, fault, provider, lost
	Detail string `json:"detail"`
	Step   int    `json:"step"`
}

// maxViolations bounds what one run reports; the first says the most.
const maxViolations = 20

// watch is what is compared after every step: it follows the events of every shop
// to know which orders were touched, and adds up by itself what they hold.
type watch struct {
	violations []Violation
	step       int
	compared   int
	seen       map[id.ID]id.ID         // by shop: the newest event that was looked at
	touched    map[key]bool            // in this step
	shelves    map[key]bool            // touched in this step
	holds      map[key]map[id.ID]int64 // by order: what it holds, by SKU
	held       map[key]int64
	paid       map[key]int // how often order.paid was told
	states     map[key]state
}

// key names something of a shop: an order or a SKU.
type key struct{ shop, of id.ID }

// state is how an order stands, for people to choose what to do.
type state struct {
	State, Refund string
	Units         int
}

func (v *watch) make(g *ground) {
	v.seen, v.touched, v.shelves = map[id.ID]id.ID{}, map[key]bool{}, map[key]bool{}
	v.holds, v.held, v.paid, v.states = map[key]map[id.ID]int64{}, map[key]int64{}, map[key]int{}, map[key]state{}
	for _, s := range g.stalls {
		v.seen[s.id] = 0
	}
}

func (v *watch) fail(kind, format string, args ...any) {
	if len(v.violations) < maxViolations {
		v.violations = append(v.violations, Violation{kind, fmt.Sprintf(format, args...), v.step})
	}
}

// touch notes that an order is to be compared after this step.
func (v *watch) touch(shop, order id.ID) { v.touched[key{shop, order}] = true }

// logged is told what the house logs as an error.
func (w *world) logged(text string) { w.fail("fault", "the house logged: %s", text) }

// heard is told how the house answered a notice.
func (w *world) heard(l letter, code int, body string) {
	if code >= http.StatusInternalServerError && !w.down {
		w.fail("fault", "a notice to %s was answered %d: %s", l.r.URL.Path, code, body)
	}
}

// look compares what this step touched.
func (w *world) look() error {
	return w.house.DB.Read(w.ctx, func(tx *db.Tx) error {
		for _, s := range w.g.stalls {
			if err := w.follow(tx, s.id); err != nil {
				return err
			}
		}
		for _, k := range sorted(w.touched) {
			if err := w.compare(tx, k); err != nil {
				return err
			}
		}
		for _, k := range sorted(w.shelves) {
			if err := w.shelf(tx, k); err != nil {
				return err
			}
		}
		clear(w.touched)
		clear(w.shelves)
		return nil
	})
}

// follow reads the new events of a shop.
func (w *world) follow(tx *db.Tx, shop id.ID) error {
	return tx.Each(func(r db.Row) error {
		var n id.ID
		var kind, payload string
		if err := r.Scan(&n, &kind, &payload); err != nil {
			return err
		}
		w.seen[shop] = n
		var of struct {
			OrderID id.ID `json:"order_id"`
		}
		if err := json.Unmarshal([]byte(payload), &of); err != nil || of.OrderID == 0 {
			return err
		}
		k := key{shop, of.OrderID}
		w.touched[k] = true
		if kind == event.OrderPaid {
			if w.paid[k]++; w.paid[k] > 1 {
				w.fail("event", "order %s was told paid %d times", of.OrderID, w.paid[k])
			}
		}
		return nil
	}, `SELECT id, kind, payload FROM outbox WHERE shop_id = $1 AND id > $2 ORDER BY id`, shop, w.seen[shop])
}

// compare holds one order against everything that speaks of it.
func (w *world) compare(tx *db.Tx, k key) error {
	holds := map[id.ID]int64{}
	r, err := audit.Order(tx, k.shop, k.of, holds)
	if err != nil {
		return err
	}
	w.compared++
	w.report(r)
	var s state
	var paid bool
	err = tx.QueryRow(`SELECT state, refund_state, line_count, paid_at IS NOT NULL FROM orders WHERE shop_id = $1 AND id = $2`, k.shop, k.of).Scan(&s.State, &s.Refund, &s.Units, &paid)
	if err != nil {
		return err
	}
	w.states[k] = s
	if paid != (w.paid[k] == 1) {
		w.fail("event", "order %s is %s, and its shop was told paid %d times", k.of, s.State, w.paid[k])
	}
	for sku := range maps.Keys(w.holds[k]) {
		w.held[key{k.shop, sku}] -= w.holds[k][sku]
		w.shelves[key{k.shop, sku}] = true
	}
	for sku, n := range holds {
		w.held[key{k.shop, sku}] += n
		w.shelves[key{k.shop, sku}] = true
	}
	w.holds[k] = holds
	return nil
}

// shelf holds the stock of one SKU against the orders that hold of it.
func (w *world) shelf(tx *db.Tx, k key) error {
	var onHand, reserved int64
	if err := tx.QueryRow(`SELECT on_hand, reserved FROM stocks WHERE shop_id = $1 AND sku_id = $2`, k.shop, k.of).Scan(&onHand, &reserved); err != nil {
		return err
	}
	if onHand < reserved || reserved < 0 {
		w.fail("oversell", "SKU %s of shop %s: %d on hand, %d promised", k.of, k.shop, onHand, reserved)
	}
	if reserved != w.held[k] {
		w.fail("stock", "SKU %s of shop %s: %d are reserved, open orders hold %d", k.of, k.shop, reserved, w.held[k])
	}
	return nil
}

// report takes over what the auditor found.
func (w *world) report(r audit.Report) {
	for _, v := range r.Violations {
		w.fail(kindOf(v), "%s", v)
	}
}

func kindOf(v ledger.Violation) string {
	if v.What == "stock is oversold" {
		return "oversell"
	}
	return "books"
}

// whole compares everything there is.
func (w *world) whole() error {
	r, err := audit.Run(w.ctx, w.house.DB)
	if err != nil {
		return err
	}
	w.report(r)
	return nil
}

// sorted gives the keys of a set in an order that is the same each time.
func sorted(set map[key]bool) []key {
	return slices.SortedFunc(maps.Keys(set), func(a, b key) int { return cmp.Or(cmp.Compare(a.shop, b.shop), cmp.Compare(a.of, b.of)) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
