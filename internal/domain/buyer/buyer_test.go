package buyer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"pgregory.net/rapid"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)
	ids = &id.Source{Now: time.Now, Node: 1}
)

func recognise(tb rapid.TB, d *db.DB, app, open, union string) (b id.ID) {
	fresh := ids.Next()
	if err := d.Write(ctx, func(tx *db.Tx) (err error) {
		b, err = buyer.Recognise(tx, buyer.OpenID{AppID: app, OpenID: open, UnionID: union}, fresh, now)
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	return b
}

func count(tb rapid.TB, d *db.DB, sql string, args ...any) (n int) {
	if err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(sql, args...).Scan(&n) }); err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestUnionIDsJoinOpenIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ming := recognise(t, d, "wxA", "o1", "")
		if again := recognise(t, d, "wxA", "o1", ""); again != ming {
			t.Fatalf("the same openid is %v, then %v", ming, again)
		}
		if learned := recognise(t, d, "wxA", "o1", "uM"); learned != ming {
			t.Fatalf("learning a unionid made %v", learned)
		}
		if mini := recognise(t, d, "wxMini", "o2", "uM"); mini != ming {
			t.Fatalf("another account's openid of the same person is %v", mini)
		}
		if hua := recognise(t, d, "wxA", "o3", "uH"); hua == ming {
			t.Fatal("two people are one")
		}
		if other := recognise(t, d, "wxB", "o1", ""); other == ming {
			t.Fatal("openids of two accounts are the same person")
		}
		// Known under two buyers before WeChat gave a unionid: each keeps his orders.
		apart := recognise(t, d, "wxC", "o9", "")
		if got := recognise(t, d, "wxC", "o9", "uM"); got != apart {
			t.Fatalf("an openid changed hands: %v", got)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM buyers`); n != 4 {
			t.Errorf("%d buyers", n)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM buyer_openids WHERE union_id = 'uM'`); n != 3 {
			t.Errorf("%d openids know the unionid", n)
		}
	})
}

// TestRivalsOfOnePerson has several processes recognise the same new person at the
// same moment, by one openid or by two that a unionid joins.
func TestRivalsOfOnePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for round := range 15 {
			var wg sync.WaitGroup
			got := make([]id.ID, 6)
			open, union := fmt.Sprintf("o%d", round), ""
			if round%3 != 0 {
				union = fmt.Sprintf("u%d", round)
			}
			for i := range got {
				wg.Go(func() {
					app, mine := "wxA", union
					if round%3 == 1 && i%2 == 1 {
						app = "wxMini"
					}
					if round%3 == 2 && i%2 == 1 {
						mine = "" // a push without, a login with a unionid
					}
					fresh := ids.Next()
					if err := d.Write(ctx, func(tx *db.Tx) (err error) {
						got[i], err = buyer.Recognise(tx, buyer.OpenID{AppID: app, OpenID: open, UnionID: mine}, fresh, now)
						return err
					}); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for _, b := range got {
				if b != got[0] || b == 0 {
					t.Fatalf("round %d: rivals got %v", round, got)
				}
			}
			if n := count(t, d, `SELECT COUNT(*) FROM buyers`); n != round+1 {
				t.Fatalf("round %d: %d buyers", round, n)
			}
		}
		if n := count(t, d, `SELECT COUNT(*) FROM buyer_identities i WHERE NOT EXISTS (SELECT 1 FROM buyers b WHERE b.id = i.buyer_id)`); n != 0 {
			t.Errorf("%d identities of nobody", n)
		}
	})
}

func home(no id.ID, isDefault bool) buyer.Address {
	return buyer.Address{ID: no, Name: "王小明", Phone: "13800138000", Province: "浙江省", City: "杭州市", District: "西湖区", RegionCode: "330106", Detail: "文三路 1 号", IsDefault: isDefault}
}

// TestADefaultAddressIsAlwaysOne changes addresses at will: a buyer with addresses
// has exactly one default, never more than twenty, and what he made the default is.
func TestADefaultAddressIsAlwaysOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		checks := 0
		rapid.Check(t, func(r *rapid.T) {
			if checks++; d.Engine() == db.Postgres && checks > 25 {
				return // the same rules, at a tenth of the pace
			}
			b := recognise(r, d, "wxA", ids.Next().String(), "")
			var mine []id.ID
			for range rapid.IntRange(1, 30).Draw(r, "steps") {
				mine = addressStep(r, d, b, mine)
				var all []buyer.Address
				if err := d.Read(ctx, func(tx *db.Tx) (err error) { all, err = buyer.Addresses(tx, b); return err }); err != nil {
					r.Fatal(err)
				}
				if n := count(r, d, `SELECT COUNT(*) FROM addresses WHERE buyer_id = $1`, b); n != len(mine) || n != len(all) {
					r.Fatalf("%d rows, %d listed, want %d", n, len(all), len(mine))
				}
				defaults := count(r, d, `SELECT COUNT(*) FROM addresses WHERE buyer_id = $1 AND is_default = TRUE`, b)
				if len(all) > 0 && (defaults != 1 || !all[0].IsDefault) {
					r.Fatalf("%d defaults among %d, the first is one: %v", defaults, len(all), all[0].IsDefault)
				}
			}
		})
	})
}

func addressStep(r *rapid.T, d *db.DB, b id.ID, mine []id.ID) []id.ID {
	var a buyer.Address
	known := len(mine) > 0 && rapid.Bool().Draw(r, "known")
	if known {
		a = home(rapid.SampledFrom(mine).Draw(r, "which"), rapid.Bool().Draw(r, "default"))
	} else {
		a = home(ids.Next(), rapid.Bool().Draw(r, "default"))
	}
	if known && rapid.IntRange(0, 3).Draw(r, "delete") == 0 {
		if err := d.Write(ctx, func(tx *db.Tx) error { return buyer.DeleteAddress(tx, b, a.ID, now) }); err != nil {
			r.Fatal(err)
		}
		var left []id.ID
		for _, m := range mine {
			if m != a.ID {
				left = append(left, m)
			}
		}
		return left
	}
	err := d.Write(ctx, func(tx *db.Tx) error { return buyer.SaveAddress(tx, b, a, now) })
	if !known && len(mine) == buyer.MaxAddresses {
		if !errors.Is(err, buyer.ErrAddressLimit) {
			r.Fatalf("one too many: %v", err)
		}
		return mine
	}
	if err != nil {
		r.Fatal(err)
	}
	if !known {
		mine = append(mine, a.ID)
	}
	if a.IsDefault {
		if n := count(r, d, `SELECT COUNT(*) FROM addresses WHERE buyer_id = $1 AND id = $2 AND is_default = TRUE`, b, a.ID); n != 1 {
			r.Fatal("what was made the default is not")
		}
	}
	return mine
}

func TestRivalAddresses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := recognise(t, d, "wxA", "o1", "")
		var wg sync.WaitGroup
		for range 30 {
			no := ids.Next()
			wg.Go(func() {
				if err := d.Write(ctx, func(tx *db.Tx) error { return buyer.SaveAddress(tx, b, home(no, false), now) }); err != nil && !errors.Is(err, buyer.ErrAddressLimit) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, defaults := count(t, d, `SELECT COUNT(*) FROM addresses`), count(t, d, `SELECT COUNT(*) FROM addresses WHERE is_default = TRUE`)
		if all != buyer.MaxAddresses || defaults != 1 {
			t.Errorf("%d addresses, %d defaults", all, defaults)
		}
	})
}

func TestAddressesAreValid(t *testing.T) {
	for field, change := range map[string]func(*buyer.Address){
		"name": func(a *buyer.Address) { a.Name = " " }, "phone": func(a *buyer.Address) { a.Phone = "123" }, "province": func(a *buyer.Address) { a.Province = "" },
		"city": func(a *buyer.Address) { a.City = strings.Repeat("市", 31) }, "detail": func(a *buyer.Address) { a.Detail = "x" },
	} {
		a := home(1, false)
		change(&a)
		if e := errs.Of(a.Validate()); e.Code != "address.invalid" || len(e.Details) != 1 || e.Details[0].Field != field {
			t.Errorf("%s: %+v", field, e)
		}
	}
	if a := home(1, false); a.Line() != "浙江省杭州市西湖区文三路 1 号" {
		t.Error(a.Line())
	}
	if a := (buyer.Address{Province: "上海市", City: "上海市", District: "徐汇区", Detail: "漕溪路 1 号"}); a.Line() != "上海市徐汇区漕溪路 1 号" {
		t.Error(a.Line())
	}
}

func TestOthersAddressesAreNotFound(t *testing.T) {
	d := dbtest.SQLite(t)
	a, b := recognise(t, d, "wxA", "o1", ""), recognise(t, d, "wxA", "o2", "")
	if err := d.Write(ctx, func(tx *db.Tx) error { return buyer.SaveAddress(tx, a, home(7, true), now) }); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return buyer.DeleteAddress(tx, b, 7, now) }); !errors.Is(err, buyer.ErrAddressNotFound) {
		t.Errorf("deleted: %v", err)
	}
	if err := d.Read(ctx, func(tx *db.Tx) error { _, err := buyer.GetAddress(tx, b, 7); return err }); !errors.Is(err, buyer.ErrAddressNotFound) {
		t.Errorf("read: %v", err)
	}
}

func TestFollowingAndConsent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := recognise(t, d, "wxA", "o1", "")
		step := func(fn func(*db.Tx) error) {
			t.Helper()
			if err := d.Write(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		openID := func() (w buyer.OpenID) {
			step(func(tx *db.Tx) (err error) { w, err = buyer.OpenIDOf(tx, b, "wxA"); return err })
			return w
		}
		step(func(tx *db.Tx) error { return buyer.Follow(tx, b, "wxA", true, "table7", now) })
		if w := openID(); !w.Subscribed || w.Scene != "table7" || !w.SubscribedAt.Equal(now) {
			t.Errorf("%+v", w)
		}
		step(func(tx *db.Tx) error { return buyer.Follow(tx, b, "wxA", false, "", now) })
		if w := openID(); w.Subscribed || w.Scene != "table7" || !w.SubscribedAt.IsZero() {
			t.Errorf("after leaving: %+v", w)
		}
		for _, granted := range []bool{true, false} {
			step(func(tx *db.Tx) error {
				return buyer.Decide(tx, b, buyer.Consent{Kind: "marketing", Version: "1", Granted: granted, DecidedAt: now})
			})
		}
		var all []buyer.Consent
		step(func(tx *db.Tx) (err error) { all, err = buyer.Consents(tx, b); return err })
		if len(all) != 1 || all[0].Granted {
			t.Errorf("the newest decision counts: %+v", all)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return buyer.SetNickname(tx, b, strings.Repeat("名", 31), now) }); !errors.Is(err, buyer.ErrNickname) {
			t.Errorf("%v", err)
		}
	})
}
