package ledger

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
	"pgregory.net/rapid"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	ids = &id.Source{Now: time.Now, Node: 4}
)

func TestPostAndBalances(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := Post(tx, ids, now, append(Paid(1, 7, 70, 500), Opened(1, 7, 70, 500), Transfer{Shop: 1, Debit: BuyerDue, Credit: ShopHeld})); err != nil {
				return err
			}
			if Post(tx, ids, now, []Transfer{{Shop: 1, Debit: ShopHeld, Credit: ShopHeld, Amount: 1}}) == nil ||
				Post(tx, ids, now, []Transfer{{Shop: 1, Debit: ShopHeld, Credit: BuyerDue, Amount: -1}}) == nil ||
				Post(tx, ids, now, []Transfer{{Debit: ShopHeld, Credit: BuyerDue, Amount: 1}}) == nil ||
				Post(tx, ids, now, make([]Transfer, 0)) != nil {
				t.Error("a transfer that is none was written, or nothing was refused")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			b, err := Balances(tx, 1)
			if b[ProviderWechat] != 500 || b[ShopHeld] != -500 || b[BuyerDue] != 0 {
				t.Errorf("%v", b)
			}
			one, err2 := OrderBalances(tx, 1, 7)
			by, err3 := ByOrder(tx, 1, 1, 100)
			if one[ShopHeld] != -500 || by[7][ShopHeld] != -500 || len(by) != 1 {
				t.Errorf("%v %v", one, by)
			}
			rows, err4 := Statement(tx, 1, 7)
			page, err5 := List(tx, 1, 0, 2)
			if len(rows) != 3 || len(page) != 2 || page[0].ID != rows[2].ID || rows[0].Kind != OrderSettled || !rows[0].At.Equal(now) {
				t.Errorf("%+v %+v", rows, page)
			}
			vs, err6 := Check(tx, 1)
			if len(vs) != 0 {
				t.Errorf("%v", vs)
			}
			return errors.Join(err, err2, err3, err4, err5, err6)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestCheckSeesWrongBooks(t *testing.T) {
	d := dbtest.SQLite(t)
	for i, bad := range []Transfer{
		{Debit: ShopHeld, Credit: ShopPayable}, {Debit: ShopPayable, Credit: ProviderWechat}, {Debit: "pocket", Credit: ShopPayable}, {Debit: BuyerDue, Credit: ShopPayable},
	} {
		shop := id.ID(10 + i)
		bad.Shop, bad.Amount, bad.Kind = shop, 5, "test"
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := Post(tx, ids, now, []Transfer{bad}); err != nil {
				return err
			}
			vs, err := Check(tx, shop)
			if len(vs) == 0 || vs[0].String() == "" {
				t.Errorf("%s from %s was not seen", bad.Debit, bad.Credit)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// However an order of any size is refunded after receipt, in whatever pieces, the
// fee never goes below zero and is gone when everything is refunded.
func TestFeeFollowsRefundsAfterReceipt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := money.Fen(rapid.Int64Range(1, 1_000_000_000).Draw(t, "total"))
		b := map[Account]money.Fen{}
		apply := func(rows []Transfer, err error) {
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Amount < 0 {
					t.Fatalf("%+v", r)
				}
				b[r.Debit] += r.Amount
				b[r.Credit] -= r.Amount
			}
		}
		apply(append(Paid(1, 2, 3, total), Opened(1, 2, 3, total)), nil)
		apply(Earned(1, 2, total, rapid.Int64Range(0, 10_000).Draw(t, "bps")))
		fee := -b[MarketFee]
		left := total
		for left > 0 {
			n := money.Fen(rapid.Int64Range(1, int64(left)).Draw(t, "refund"))
			if rapid.IntRange(0, 5).Draw(t, "all") == 0 {
				n = left
			}
			apply(Decided(1, 2, 4, n, b))
			left -= n
			if -b[MarketFee] < 0 || -b[MarketFee] > fee || -b[MarketFee]-b[ShopPayable] != left {
				t.Fatalf("%s left: %v", left, b)
			}
		}
		if b[MarketFee] != 0 || b[ShopPayable] != 0 || -b[RefundDue] != total {
			t.Fatalf("%v", b)
		}
	})
}

func TestRefundBeforeReceiptComesOutOfWhatIsHeld(t *testing.T) {
	rows, err := Decided(1, 2, 3, 40, map[Account]money.Fen{ShopHeld: -100})
	if err != nil || len(rows) != 1 || rows[0].Debit != ShopHeld || rows[0].Credit != RefundDue || rows[0].Amount != 40 {
		t.Fatalf("%+v %v", rows, err)
	}
}
