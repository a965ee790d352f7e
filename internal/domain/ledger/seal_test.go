package ledger

import (
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// sealAll seals every row of a shop before an id.
func sealAll(t *testing.T, d *db.DB, shop, before id.ID) (blocks int) {
	t.Helper()
	for {
		more := false
		err := d.Write(ctx, func(tx *db.Tx) error {
			last, err := LastSeal(tx, shop)
			if err != nil {
				return err
			}
			s, found, err := NextSeal(tx, last, before, now)
			if err != nil || !found {
				more = false
				return err
			}
			more, err = PutSeal(tx, s)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return blocks
		}
		blocks++
	}
}

func verify(tx *db.Tx, shop id.ID) (out []Violation, err error) {
	for seq := int64(0); ; {
		next, vs, err := VerifySeals(tx, shop, seq, 2)
		out = append(out, vs...)
		if err != nil || next == seq {
			return out, err
		}
		seq = next
	}
}

// fill writes n paid orders of 1, 2, 3 … fen.
func fill(t *testing.T, d *db.DB, shop, from id.ID, n int) (sum money.Fen) {
	t.Helper()
	var all []Transfer
	for i := range n {
		o, f := from+id.ID(i), money.Fen(i+1)
		all = append(all, Opened("", shop, o, 1, f), Paid(shop, o, 1, f))
		sum += f
	}
	if err := put(t, d, all...); err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestSealsCarryBalancesAndChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		sum := fill(t, d, 1, 1000, 300) // 600 rows: three blocks
		fill(t, d, 2, 1000, 3)
		border := ids.Next()
		if n := sealAll(t, d, 1, border); n != 3 {
			t.Fatalf("%d blocks", n)
		}
		sum += fill(t, d, 1, 5000, 10) // not sealed
		if n := sealAll(t, d, 1, border); n != 0 {
			t.Fatalf("%d blocks beyond the border", n)
		}
		b := books(t, d, 1)
		if b[ShopHeld] != (Totals{Credits: sum}) || b[ProviderWechat] != (Totals{Debits: sum}) {
			t.Fatalf("%+v, want %s", b, sum)
		}
		if n := sealAll(t, d, 1, 1<<62); n != 1 {
			t.Fatalf("%d blocks", n)
		}
		err := d.Read(ctx, func(tx *db.Tx) error {
			vs, err := verify(tx, 1)
			if err != nil || len(vs) != 0 {
				t.Fatal(vs, err)
			}
			at, err := ReadBefore(tx, 1, border)
			if err != nil || at[ShopHeld].Credits != sum-55 {
				t.Fatalf("%+v %v", at, err)
			}
			last, err := LastSeal(tx, 1)
			if last.Seq != 4 || last.Rows != 20 || !last.At.Equal(now) {
				t.Fatalf("%+v", last)
			}
			vs, err2 := Check(tx, 1)
			if len(vs) != 0 {
				t.Fatal(vs)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Two processes that seal at once make one chain.
func TestOneSealsABlock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fill(t, d, 1, 1000, 3)
		var a Seal
		err := d.Write(ctx, func(tx *db.Tx) error {
			last, err := LastSeal(tx, 1)
			if err != nil {
				return err
			}
			if a, _, err = NextSeal(tx, last, 1<<62, now); err != nil {
				return err
			}
			first, err := PutSeal(tx, a)
			if err != nil {
				return err
			}
			second, err := PutSeal(tx, a)
			if !first || second {
				t.Errorf("sealed: %v, and again: %v", first, second)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever is changed in a sealed row, in a seal, or among the rows is named.
func TestTamperingIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fill(t, d, 1, 1000, 200)
		var victim Transfer
		err := d.Read(ctx, func(tx *db.Tx) error {
			all, err := Statement(tx, 1, 1150)
			victim = all[1]
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		sealAll(t, d, 1, 1<<62)
		for sql, want := range map[string]string{
			`UPDATE ledger_transfers SET amount = amount + 1, ends = ends + 1 WHERE shop_id = 1 AND id = $1`:                                                                      "was changed",
			`UPDATE ledger_transfers SET credit = 'late_money' WHERE shop_id = 1 AND id = $1`:                                                                                     "was changed",
			`UPDATE ledger_transfers SET order_id = 9 WHERE shop_id = 1 AND id = $1`:                                                                                              "was changed",
			`UPDATE ledger_transfers SET kind = 'order.earned' WHERE shop_id = 1 AND id = $1`:                                                                                     "was changed",
			`UPDATE ledger_transfers SET phase = 'voided' WHERE shop_id = 1 AND id = $1`:                                                                                          "was changed",
			`UPDATE ledger_transfers SET created_at = '2026-11-10 00:00:00' WHERE shop_id = 1 AND id = $1`:                                                                        "was changed",
			`DELETE FROM ledger_transfers WHERE shop_id = 1 AND id = $1`:                                                                                                          "was removed",
			`INSERT INTO ledger_transfers (shop_id, id, kind, slot, debit, credit, amount, created_at) VALUES (1, $1 - 4000000000, 'x', 'x', 'a', 'b', 1, '2026-11-10 00:00:00')`: "inserted",
			`UPDATE ledger_seals SET balances = '{}' WHERE shop_id = 1 AND seq = 1 AND to_id <> $1`:                                                                               "a seal was changed",
			`UPDATE ledger_seals SET hash = 'x' WHERE shop_id = 1 AND seq = 1 AND to_id <> $1`:                                                                                    "a seal was changed",
			`DELETE FROM ledger_seals WHERE shop_id = 1 AND seq = 1 AND to_id <> $1`:                                                                                              "chain of seals is broken",
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				if err := tx.Must(sql, victim.ID); err != nil {
					return err
				}
				vs, err := verify(tx, 1)
				if err != nil {
					return err
				}
				seen := false
				for _, v := range vs {
					named := strings.Contains(v.Detail, victim.ID.String()) || !strings.Contains(sql, "ledger_transfers") || strings.HasPrefix(sql, "INSERT")
					seen = seen || strings.Contains(v.What, want) && named
				}
				if !seen {
					t.Errorf("%s: %v", sql, vs)
				}
				return errUndo
			})
			if err != errUndo {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	})
}

type undo struct{}

func (undo) Error() string { return "undo" }

var errUndo error = undo{}

// What reads alike is not alike: texts are quoted in what is hashed.
func TestCanonicalRowsDiffer(t *testing.T) {
	base := Transfer{Shop: 1, ID: 2, Kind: "a", Phase: "b", Slot: "c", Debit: "d", Credit: "e", Amount: 3, Ends: 4, Order: 5, Ref: 6, At: now}
	seen := map[string]bool{string(base.canonical(nil)): true}
	for i, change := range []func(*Transfer){
		func(t *Transfer) { t.Kind, t.Phase = `a" "b`, "" }, func(t *Transfer) { t.Slot, t.Debit = "cd", "" }, func(t *Transfer) { t.At = t.At.Add(time.Microsecond) },
		func(t *Transfer) { t.Amount, t.Ends = 34, 0 }, func(t *Transfer) { t.Order, t.Ref = 6, 5 }, func(t *Transfer) { t.Shop = 12 },
	} {
		c := base
		change(&c)
		text := string(c.canonical(nil))
		if seen[text] {
			t.Errorf("change %d does not show: %s", i, text)
		}
		seen[text] = true
	}
}
