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
	ids = &id.Source{Now: func() time.Time { return now }, Node: 4}
)

func put(t *testing.T, d *db.DB, all ...Transfer) error {
	t.Helper()
	return d.Write(ctx, func(tx *db.Tx) error { return Post(tx, ids, now, all) })
}

func books(t *testing.T, d *db.DB, shop id.ID) (b Books) {
	t.Helper()
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		b, err = Read(tx, shop)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPostAndBalances(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := put(t, d, Opened("", 1, 7, 70, 500), Transfer{Shop: 1, Debit: ProviderWechat, Credit: ShopHeld}); err != nil {
			t.Fatal(err)
		}
		if b := books(t, d, 1); b[ShopHeld] != (Totals{PendingCredits: 500}) || b.Net()[BuyerDue] != 500 || b.Net()[ProviderWechat] != 0 {
			t.Fatalf("pending %+v", b)
		}
		if err := put(t, d, Paid(1, 7, 70, 500)); err != nil {
			t.Fatal(err)
		}
		for name, bad := range map[string]Transfer{
			"one account": {Shop: 1, Debit: ShopHeld, Credit: ShopHeld, Amount: 1}, "below zero": {Shop: 1, Debit: ShopHeld, Credit: LateMoney, Amount: -1},
			"no shop": {Debit: ShopHeld, Credit: LateMoney, Amount: 1}, "an end below zero": {Shop: 1, Phase: Posted, Slot: due, Order: 7, Ref: 70, Amount: -1},
		} {
			if put(t, d, bad) == nil {
				t.Errorf("%s was written", name)
			}
		}
		err := d.Read(ctx, func(tx *db.Tx) error {
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
			page, err5 := List(tx, 1, 0, 1)
			if len(rows) != 2 || len(page) != 1 || page[0] != rows[1] || rows[0].Kind != PaymentOpened || rows[1].Ends != 500 || rows[1].Debit != ProviderWechat || !rows[0].At.Equal(now) {
				t.Errorf("%+v %+v", rows, page)
			}
			touched, err6 := OfAccount(tx, 1, ShopHeld, 0, 10)
			none, err7 := OfAccount(tx, 1, PaidOut, 0, 10)
			if len(touched) != 2 || len(none) != 0 {
				t.Errorf("%+v %+v", touched, none)
			}
			vs, err8 := Check(tx, 1)
			if len(vs) != 0 {
				t.Errorf("%v", vs)
			}
			return errors.Join(err, err2, err3, err4, err5, err6, err7, err8)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A pending transfer ends once, never for more than it is, and nothing stands
// twice under one key.
func TestTheKeyIsTheGuard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		steps := []struct {
			name string
			t    Transfer
			want string
		}{
			{"post what was never pending", Paid(1, 7, 70, 5), "none"},
			{"open", Opened("", 1, 7, 70, 500), ""},
			{"open again", Opened("", 1, 7, 70, 500), "twice"},
			{"another payment", Opened("", 1, 7, 71, 500), ""},
			{"more than pending", Paid(1, 7, 70, 501), "none"},
			{"a part", Paid(1, 7, 70, 300), ""},
			{"again", Paid(1, 7, 70, 300), "twice"},
			{"void what was posted", Ended(1, 7, 70, 500, false), "twice"},
			{"expire", Ended(1, 7, 71, 500, true), ""},
			{"post what expired", Paid(1, 7, 71, 500), "twice"},
			{"of another shop", Ended(2, 7, 71, 500, false), "none"},
			{"a fee", Transfer{Shop: 1, Kind: FeeTaken, Debit: ShopPayable, Credit: MarketFee, Amount: 3, Order: 7}, ""},
			{"a fee again", Transfer{Shop: 1, Kind: FeeTaken, Debit: ShopPayable, Credit: MarketFee, Amount: 3, Order: 7}, "twice"},
		}
		for _, s := range steps {
			err := put(t, d, s.t)
			if ok := map[string]bool{"": err == nil, "twice": db.IsUnique(err), "none": errors.Is(err, ErrNoPending)}[s.want]; !ok {
				t.Errorf("%s: %v, want %q", s.name, err, s.want)
			}
		}
		if b := books(t, d, 1); b[ShopHeld] != (Totals{Credits: 300}) || b[ProviderWechat] != (Totals{Debits: 300}) {
			t.Fatalf("%+v", b)
		}
	})
}

func TestCheckSeesWrongBooks(t *testing.T) {
	d := dbtest.SQLite(t)
	for i, bad := range []Transfer{
		{Debit: ShopHeld, Credit: ShopPayable}, {Debit: ShopPayable, Credit: ProviderWechat}, {Debit: "pocket", Credit: ShopPayable}, {Debit: ShopDeposit, Credit: ShopPayable},
		{Debit: ShopDeposit, Credit: DepositBank, Phase: Pending}, {Debit: ShopPayable, Credit: AtProvider("alipay")}, {Debit: PaidOut, Credit: ShopPayable},
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

// Rows that end what is not pending are found, however they came there.
func TestCheckSeesForgedEndings(t *testing.T) {
	d := dbtest.SQLite(t)
	for i, forge := range []string{
		`DELETE FROM ledger_transfers WHERE shop_id = $1 AND phase = 'pending'`,
		`UPDATE ledger_transfers SET amount = 501 WHERE shop_id = $1 AND phase = 'posted'`,
		`UPDATE ledger_transfers SET ends = 499 WHERE shop_id = $1 AND phase = 'posted'`,
		`UPDATE ledger_transfers SET credit = 'late_money' WHERE shop_id = $1 AND phase = 'posted'`,
	} {
		shop := id.ID(20 + i)
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := Post(tx, ids, now, []Transfer{Opened("", shop, 7, 70, 500), Paid(shop, 7, 70, 500)}); err != nil {
				return err
			}
			if vs, err := Check(tx, shop); err != nil || len(vs) != 0 {
				t.Fatal(vs, err)
			}
			if err := tx.Must(forge, shop); err != nil {
				return err
			}
			vs, err := Check(tx, shop)
			if len(vs) == 0 {
				t.Errorf("%s was not seen", forge)
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
		apply([]Transfer{PaidAfterAll("", 1, 2, 3, total)}, nil)
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

func TestBookedByOrderAndReference(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Write(ctx, func(tx *db.Tx) error {
			return Post(tx, ids, now, []Transfer{
				Opened("wechat", 7, 1, 11, 500), Paid(7, 1, 11, 500), Opened("wechat", 7, 2, 12, 300), PaidAfterAll("wechat", 7, 2, 13, 300),
				Refunded("wechat", 7, 1, 21, 200), Unshared("wechat", 7, 1, 21, 3), Refunded("wechat", 7, 1, 22, 50), PaidAfterAll("wechat", 8, 1, 11, 999),
				PaidAfterAll("alipay", 7, 3, 14, 77), Shared("wechat", 7, 1, 5),
			})
		}); err != nil {
			t.Fatal(err)
		}
		for provider, want := range map[string]map[OrderRef]money.Fen{
			"wechat": {{1, 11}: 500, {2, 13}: 300, {1, 21}: -200, {1, 22}: -50}, "alipay": {{3, 14}: 77},
		} {
			if err := d.Read(ctx, func(tx *db.Tx) error {
				got, err := Booked(tx, 7, provider, []id.ID{1, 2, 3})
				for k := range want {
					if got[k] != want[k] {
						t.Errorf("%s %v: %s, want %s", provider, k, got[k], want[k])
					}
					delete(got, k)
				}
				for k, v := range got {
					if v != 0 {
						t.Errorf("%s %v: %s", provider, k, v)
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
