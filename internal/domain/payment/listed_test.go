package payment

import (
	"fmt"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

func TestPaidPartsAndRefundsOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		day := now.Truncate(24 * time.Hour)
		want := map[string]bool{}
		write(t, d, func(tx *db.Tx) error {
			clear(want)
			for i := range 40 {
				no := id.ID(1000 + i)
				_, part, err := put(tx, no, Open, Open)
				if err != nil {
					return err
				}
				at := day.Add(time.Duration(i%4) * 8 * time.Hour) // three times of the day, and the next day's first
				if _, err := SettlePart(tx, part, []State{Paid, Late}[i%2], fmt.Sprint("42", i), at); err != nil {
					return err
				}
				if i%4 < 3 {
					want[fmt.Sprint(no)] = true
				}
				f := Refund{ShopID: 9, ID: no, OrderID: no, PaymentID: no, Amount: 1, Reason: "x"}
				if err := Ask(tx, f, at); err != nil {
					return err
				}
				if _, err := MoveRefund(tx, f, RefundDone, "5", "", time.Time{}, at); err != nil {
					return err
				}
			}
			return nil
		})
		got := map[string]bool{}
		if err := d.Read(ctx, func(tx *db.Tx) error {
			part, err := GetPart(tx, 9, 1000, 1000)
			if err != nil {
				return err
			}
			a := Account{part.Provider, part.MchID}
			var last Part
			for {
				page, err := PaidParts(tx, a, 9, day, day.Add(24*time.Hour), last, 7)
				if err != nil {
					return err
				}
				for _, p := range page {
					if got[fmt.Sprint(p.PaymentID)] || p.PaidAt.Before(last.PaidAt) {
						t.Errorf("%+v after %+v", p, last)
					}
					got[fmt.Sprint(p.PaymentID)], last = true, p
				}
				if len(page) < 7 {
					break
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d parts, want %d", len(got), len(want))
			}
			if other, err := PaidParts(tx, Account{part.Provider, "another"}, 9, day, day.Add(24*time.Hour), Part{}, 7); err != nil || len(other) != 0 {
				t.Errorf("%v %v", other, err)
			}
			n := 0
			for f := (Refund{}); ; {
				page, err := DoneRefunds(tx, 9, day, day.Add(24*time.Hour), f, 7)
				if err != nil {
					return err
				}
				if n += len(page); len(page) < 7 {
					break
				}
				f = page[len(page)-1]
			}
			if n != len(want) {
				t.Errorf("%d refunds, want %d", n, len(want))
			}
			same, err := PartByNumber(tx, 9, part.TradeNo)
			if err != nil || same.PaymentID != part.PaymentID {
				t.Errorf("%+v %v", same, err)
			}
			if _, err := PartByNumber(tx, 8, part.TradeNo); err == nil {
				t.Error("another shop's number was found")
			}
			all, err := PartsByPayment(tx, 9, []id.ID{1000, 1001, 5})
			if len(all) != 2 || all[[2]id.ID{1001, 1001}].OrderID != 1001 {
				t.Errorf("%+v", all)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
