package order

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	all = []State{Pending, Paid, Shipped, Received, Closed}
)

// put writes an order of two lines and forces it into a state.
func put(tx *db.Tx, no id.ID, s State) error {
	o := Order{ShopID: 1, ID: no, BuyerID: 2, CheckoutID: 3, ItemsTotal: 500, ShippingFee: 10, Total: 510, Title: "茶", PayDeadline: now, CreatedAt: now}
	if err := Place(tx, []New{{Order: o, Lines: []Line{{SKU: 7, ProductID: 8, Title: "茶", Options: "[]", Price: 100, Qty: 4, Amount: 400}, {SKU: 9, ProductID: 8, Title: "杯", Options: "[]", Price: 100, Qty: 1, Amount: 100}}}}); err != nil {
		return err
	}
	return tx.Must(`UPDATE orders SET state = $3 WHERE shop_id = $1 AND id = $2`, 1, no, string(s))
}

func write(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// Every step is tried from every state: only what the table allows happens.
func TestStepsObeyTheTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		steps := map[State][]func(tx *db.Tx, no id.ID, from State) (bool, error){
			Paid:     {func(tx *db.Tx, no id.ID, _ State) (bool, error) { return Pay(tx, 1, no, now, now) }},
			Shipped:  {func(tx *db.Tx, no id.ID, _ State) (bool, error) { return Ship(tx, 1, no, now.Add(time.Hour), now) }},
			Received: {func(tx *db.Tx, no id.ID, _ State) (bool, error) { return Receive(tx, 1, no, now) }},
			Closed: {func(tx *db.Tx, no id.ID, from State) (bool, error) {
				if from == Received || from == Closed { // nobody asks for these
					return Close(tx, 1, no, Pending, ReasonBuyer, now)
				}
				return Close(tx, 1, no, from, ReasonBuyer, now)
			}},
		}
		no := id.ID(100)
		write(t, d, func(tx *db.Tx) error {
			for _, from := range all {
				for to, fns := range steps {
					for _, fn := range fns {
						no++
						if err := put(tx, no, from); err != nil {
							return err
						}
						ok, err := fn(tx, no, from)
						if err != nil {
							return err
						}
						want := states.Allowed(States(), string(from), string(to)) || from == Shipped && to == Shipped
						got, err := Get(tx, 1, no)
						if ok != want || ok && got.State != to || !ok && got.State != from || err != nil {
							t.Errorf("%s → %s: %v, now %s (%v)", from, to, ok, got.State, err)
						}
					}
				}
			}
			return nil
		})
	})
}

func TestCountKeepsItsLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error { return put(tx, 1, Paid) })
		for i, c := range []struct {
			c  Counts
			ok bool
		}{
			{Counts{Refunding: 5}, false}, {Counts{Refunding: 2, Held: 2}, true}, {Counts{Shipped: 3}, false}, {Counts{Shipped: 2}, true},
			{Counts{Shipped: 1}, false}, {Counts{Refunding: 3}, false}, {Counts{Refunding: -3}, false}, {Counts{Refunding: -2, Refunded: 2, Released: 3}, false},
			{Counts{Refunding: -2, Refunded: 2, Released: 2}, true}, {Counts{Held: -1}, false}, {Counts{Refunding: 2}, true}, {Counts{Refunded: 1}, false},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error { return Count(tx, 1, 1, 1, c.c) })
			if c.ok != (err == nil) || !c.ok && !errors.Is(err, db.ErrNoRow) {
				t.Errorf("step %d %+v: %v", i, c.c, err)
			}
		}
		write(t, d, func(tx *db.Tx) error {
			lines, err := Lines(tx, 1, 1)
			want := Line{No: 1, SKU: 7, ProductID: 8, Title: "茶", Options: "[]", Price: 100, Amount: 400, Qty: 4, Shipped: 2, Refunding: 2, Refunded: 2, Held: 2, Released: 2}
			if len(lines) != 2 || lines[0] != want || lines[1].Shipped != 0 {
				t.Errorf("%+v", lines)
			}
			return err
		})
	})
}

func TestRefundedStaysBelowTheTotal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error { return put(tx, 1, Shipped) })
		add := func(n int64) error {
			return d.Write(ctx, func(tx *db.Tx) error { return AddRefunded(tx, 1, 1, money.Fen(n), now) })
		}
		if add(500) != nil || add(11) == nil || add(10) != nil || add(1) == nil {
			t.Fatal("more than the total can be refunded, or the total cannot")
		}
	})
}

func TestDeadlineMovesOnlyLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			if err := put(tx, 1, Paid); err != nil {
				return err
			}
			deadline := func() time.Time {
				o, err := Get(tx, 1, 1)
				if err != nil {
					t.Fatal(err)
				}
				return o.ReceiveDeadline
			}
			day := 24 * time.Hour
			_, err := Ship(tx, 1, 1, now.Add(10*day), now)
			if !deadline().Equal(now.Add(10 * day)) {
				t.Errorf("deadline %s", deadline())
			}
			_, err2 := Ship(tx, 1, 1, now.Add(5*day), now)
			err3 := SetRefundState(tx, 1, 1, RefundNone, now.Add(3*day), now)
			err4 := SetRefundState(tx, 1, 1, RefundAsked, time.Time{}, now)
			if !deadline().Equal(now.Add(10 * day)) {
				t.Errorf("deadline came nearer: %s", deadline())
			}
			if ok, _ := Receive(tx, 1, 1, now); ok {
				t.Error("received with an open after-sale")
			}
			if due, _ := DueUnreceived(tx, now.Add(99*day), 10); len(due) != 0 {
				t.Error("an order with an open after-sale is due")
			}
			err5 := SetRefundState(tx, 1, 1, RefundNone, now.Add(12*day), now)
			if !deadline().Equal(now.Add(12 * day)) {
				t.Errorf("deadline %s", deadline())
			}
			if due, _ := DueUnreceived(tx, now.Add(12*day), 10); len(due) != 1 || due[0] != (Ref{1, 1}) {
				t.Errorf("due %v", due)
			}
			return errors.Join(err, err2, err3, err4, err5)
		})
	})
}

func TestCheckoutsAreClaimedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id1, id2 := CheckoutID(5, "key-1"), CheckoutID(5, "key-2")
		c := Checkout{Buyer: 5, ID: id1, Input: Input(5, "h"), Total: 700, Orders: []Ref{{1, 2}, {3, 4}}, PayDeadline: now.Add(time.Hour), CreatedAt: now}
		other := c
		other.ID, other.Total = id2, 800
		again := c
		again.Total = 900
		write(t, d, func(tx *db.Tx) error {
			first, err := ClaimCheckouts(tx, []Checkout{c})
			second, err2 := ClaimCheckouts(tx, []Checkout{other, again})
			if !first[CheckoutKey{5, id1}] || second[CheckoutKey{5, id1}] || !second[CheckoutKey{5, id2}] {
				t.Errorf("claimed %v, then %v", first, second)
			}
			got, err3 := LockCheckout(tx, 5, id1)
			if len(got.Orders) != 2 || got.Orders[1] != c.Orders[1] || got.Total != 700 || got.Input != c.Input || !got.PayDeadline.Equal(c.PayDeadline) {
				t.Errorf("%+v", got)
			}
			if _, err := GetCheckout(tx, 7, id1); !errors.Is(err, ErrNoCheckout) {
				t.Errorf("another buyer's checkout: %v", err)
			}
			err4 := DropCheckout(tx, CheckoutKey{5, id2})
			if _, err := GetCheckout(tx, 5, id2); !errors.Is(err, ErrNoCheckout) {
				t.Errorf("a claim that was taken back: %v", err)
			}
			return errors.Join(err, err2, err3, err4)
		})
	})
}

func TestCheckoutIDs(t *testing.T) {
	seen := map[id.ID]bool{}
	for b := range id.ID(50) {
		for _, key := range []string{"a", "b", "12345678", "12345678 "} {
			n := CheckoutID(b, key)
			if n < 1 || seen[n] || n != CheckoutID(b, key) || int64(n) == Input(b, key) {
				t.Fatalf("buyer %s, key %q: %s", b, key, n)
			}
			seen[n] = true
		}
	}
}

func TestHoldingsOfASKU(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			for no, s := range []State{Pending, Received, Paid, Closed, Shipped, Pending} {
				if err := put(tx, id.ID(no+1), s); err != nil {
					return err
				}
			}
			// 4 of SKU 7 each; of order 3 one is shipped, of order 5 all.
			err := errors.Join(Count(tx, 1, 3, 1, Counts{Shipped: 1}), Count(tx, 1, 5, 1, Counts{Shipped: 4}))
			page, next, err2 := Holdings(tx, 1, 7, 0, 2)
			if len(page) != 2 || page[0].Order != 6 || page[0].Qty != 4 || page[1].Order != 3 || page[1].Qty != 3 || page[1].State != Paid || next != 3 {
				t.Errorf("%+v, next %s", page, next)
			}
			rest, end, err3 := Holdings(tx, 1, 7, next, 2)
			if len(rest) != 1 || rest[0].Order != 1 || end != 0 {
				t.Errorf("%+v, next %s", rest, end)
			}
			other, _, err4 := Holdings(tx, 2, 7, 0, 2)
			if len(other) != 0 {
				t.Errorf("of another shop: %+v", other)
			}
			return errors.Join(err, err2, err3, err4)
		})
	})
}
