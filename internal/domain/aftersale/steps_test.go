package aftersale

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/states"
)

var now = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)

// Every step is tried from every state: only what the table allows happens.
func TestStepsObeyTheTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		no := id.ID(10)
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			for _, from := range []State{Requested, Approved, Returning, Refunding, Refunded, Refused, Cancelled} {
				for name, step := range map[string]struct {
					to State
					do func(a Aftersale) (bool, error)
				}{
					"withdraw": {Cancelled, func(a Aftersale) (bool, error) { return Withdraw(tx, a, now) }},
					"parcel":   {Returning, func(a Aftersale) (bool, error) { return GiveParcel(tx, a, "shunfeng", "SF1", now) }},
					"finish":   {Refunded, func(a Aftersale) (bool, error) { return Finish(tx, a, now) }},
				} {
					no++
					a := Aftersale{ShopID: 1, ID: no, OrderID: no, BuyerID: 3, Kind: Return, State: from, Reason: "x", Amount: 5, OrderState: "shipped", CreatedAt: now}
					if err := errors.Join(Put(tx, a, []Line{{LineNo: 1, Qty: 1, Amount: 5}}), tx.Must(`UPDATE aftersales SET state = $2 WHERE shop_id = 1 AND id = $1`, no, string(from))); err != nil {
						return err
					}
					ok, err := step.do(a)
					got, err2 := Lock(tx, 1, no)
					want := states.Allowed(States(), string(from), string(step.to)) || name == "parcel" && from == Returning
					if ok != want || ok && got.State != step.to || !ok && got.State != from {
						t.Errorf("%s from %s: %v, now %s", name, from, ok, got.State)
					}
					if err := errors.Join(err, err2); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAskedLeavesOutWhatWasGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			for i, s := range []State{Requested, Refunded, Refused, Cancelled} {
				no := id.ID(20 + i)
				a := Aftersale{ShopID: 1, ID: no, OrderID: 7, BuyerID: 3, Kind: Refund, Reason: "x", Amount: 110, ShippingAmount: 10, OrderState: "paid", CreatedAt: now}
				if err := errors.Join(Put(tx, a, []Line{{LineNo: 1, Qty: 1, Unshipped: 1, Amount: 60}, {LineNo: 2, Qty: 2, Amount: 40}}),
					tx.Must(`UPDATE aftersales SET state = $2 WHERE shop_id = 1 AND id = $1`, no, string(s))); err != nil {
					return err
				}
			}
			got, err := AskedOf(tx, 1, 7)
			if got.Shipping != 20 || got.Lines[1] != 120 || got.Lines[2] != 80 {
				t.Errorf("%+v", got)
			}
			open, err2 := OpenCount(tx, 1, 7)
			of, err3 := OfOrder(tx, 1, 7)
			page, err4 := List(tx, 1, "", 22, 10)
			only, err5 := List(tx, 1, Refused, 0, 10)
			if open != 1 || len(of) != 4 || len(page) != 2 || len(only) != 1 || only[0].ID != 22 {
				t.Errorf("%d open, %d of the order, %d older, %d refused", open, len(of), len(page), len(only))
			}
			lines, err6 := Lines(tx, 1, 20)
			if len(lines) != 2 || lines[0] != (Line{1, 1, 1, 60}) {
				t.Errorf("%+v", lines)
			}
			_, missing := Get(tx, 2, 20)
			if !errors.Is(missing, ErrNotFound) {
				t.Errorf("another shop's after-sale: %v", missing)
			}
			return errors.Join(err, err2, err3, err4, err5, err6)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
