package onboarding_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

var ctx = context.Background()

func newFlow(d *db.DB) *onboarding.Flow {
	ids := &id.Source{Now: time.Now, Node: 1}
	return &onboarding.Flow{DB: d, IDs: ids, Events: &jobs.Emitter{IDs: ids}, Now: time.Now, Rand: rand.Reader}
}

func count(t *testing.T, d *db.DB, sql string) (n int) {
	t.Helper()
	if err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(sql).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func owner(login string) onboarding.Owner {
	return onboarding.Owner{Login: login, Name: "店主", Password: "a-good-password"}
}

func TestAShopAndItsOwnerComeTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFlow(d)
		s, m, err := f.CreateShop(ctx, shop.Shop{Handle: "tea", Name: "山间茶铺"}, owner("tea"))
		if err != nil || s.State != shop.Open || m.Role != staff.Owner || m.ShopID != s.ID {
			t.Fatalf("%+v %+v %v", s, m, err)
		}
		// A taken login undoes the shop and its handle, a taken handle the owner.
		if _, _, err := f.CreateShop(ctx, shop.Shop{Handle: "fruit", Name: "山间果铺"}, owner("tea")); !errors.Is(err, staff.ErrLoginTaken) {
			t.Errorf("%v", err)
		}
		if _, _, err := f.CreateShop(ctx, shop.Shop{Handle: "tea", Name: "山间果铺"}, owner("fruit")); !errors.Is(err, shop.ErrHandleTaken) {
			t.Errorf("%v", err)
		}
		if _, _, err := f.CreateShop(ctx, shop.Shop{Handle: "fruit", Name: "山间果铺"}, onboarding.Owner{Login: "fruit", Name: "x", Password: "short"}); errs.Code(err) != "staff.invalid" {
			t.Errorf("%v", err)
		}
		for sql, want := range map[string]int{`SELECT COUNT(*) FROM shops`: 1, `SELECT COUNT(*) FROM handles`: 1, `SELECT COUNT(*) FROM staff`: 1, `SELECT COUNT(*) FROM staff_logins`: 1} {
			if n := count(t, d, sql); n != want {
				t.Errorf("%s: %d", sql, n)
			}
		}
		if _, _, err := f.CreateShop(ctx, shop.Shop{Handle: "fruit", Name: "山间果铺"}, owner("fruit")); err != nil {
			t.Errorf("what was undone is not free: %v", err)
		}
	})
}

func TestRivalShops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFlow(d)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				_, _, err := f.CreateShop(ctx, shop.Shop{Handle: "tea", Name: "山间茶铺"}, owner(fmt.Sprintf("tea%d", i)))
				if err != nil && !errors.Is(err, shop.ErrHandleTaken) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if s, m := count(t, d, `SELECT COUNT(*) FROM shops`), count(t, d, `SELECT COUNT(*) FROM staff_logins`); s != 1 || m != 1 {
			t.Errorf("%d shops, %d logins", s, m)
		}
	})
}

func TestLogins(t *testing.T) {
	d := dbtest.SQLite(t)
	f := newFlow(d)
	s, m, err := f.CreateShop(ctx, shop.Shop{Handle: "tea", Name: "山间茶铺"}, owner("tea"))
	if err != nil {
		t.Fatal(err)
	}
	token, session, err := f.Login(ctx, " Tea ", "a-good-password")
	if err != nil || token == "" || session.Member.ID != m.ID {
		t.Fatalf("%+v %v", session, err)
	}
	for login, password := range map[string]string{"tea": "a-bad-password", "nobody": "a-good-password", "": ""} {
		if _, _, err := f.Login(ctx, login, password); !errors.Is(err, staff.ErrLogin) {
			t.Errorf("%s: %v", login, err)
		}
	}
	find := func() error {
		return d.Read(ctx, func(tx *db.Tx) error { _, err := staff.FindSession(tx, token, time.Now()); return err })
	}
	if err := f.ChangeOwnPassword(ctx, m, "a-bad-password", "another-password"); errs.Code(err) != "staff.login_wrong" || find() != nil {
		t.Errorf("with a wrong old password: %v, session %v", err, find())
	}
	if err := f.ChangeOwnPassword(ctx, m, "a-good-password", "another-password"); err != nil || !errors.Is(find(), staff.ErrSession) {
		t.Errorf("%v, session %v", err, find())
	}
	if _, _, err := f.Login(ctx, "tea", "a-good-password"); !errors.Is(err, staff.ErrLogin) {
		t.Errorf("the old password: %v", err)
	}
	helper, err := f.AddMember(ctx, staff.Member{ShopID: s.ID, Login: "helper", Name: "帮手", Role: staff.Cashier}, "a-good-password")
	if err != nil {
		t.Fatal(err)
	}
	helper.Name, helper.Login, helper.State = "换名", "stolen", "disabled"
	if got, err := f.ChangeMember(ctx, helper, ""); err != nil || got.Login != "helper" || got.Name != "换名" {
		t.Errorf("%+v %v", got, err)
	}
	if _, _, err := f.Login(ctx, "helper", "a-good-password"); !errors.Is(err, staff.ErrLogin) {
		t.Errorf("a disabled member: %v", err)
	}
	foreign := helper
	foreign.ShopID = s.ID + 1
	if _, err := f.ChangeMember(ctx, foreign, "a-new-password"); !errors.Is(err, staff.ErrNotFound) {
		t.Errorf("a member of another shop: %v", err)
	}
}

func TestChangedShopsAreTold(t *testing.T) {
	d := dbtest.SQLite(t)
	f := newFlow(d)
	s, _, err := f.CreateShop(ctx, shop.Shop{Handle: "tea", Name: "山间茶铺"}, owner("tea"))
	if err != nil {
		t.Fatal(err)
	}
	s.Name = "换了名字"
	if got, err := f.SaveShop(ctx, s); err != nil || got.Name != s.Name {
		t.Fatalf("%+v %v", got, err)
	}
	s.State = "ghost"
	if _, err := f.SaveShop(ctx, s); errs.Code(err) != "shop.invalid" {
		t.Errorf("%v", err)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM outbox WHERE kind = '`+event.ShopChanged+`'`); n != 1 {
		t.Errorf("%d events for one change", n)
	}
}
