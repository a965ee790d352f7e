package shop_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

var now = time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)

func tea(no id.ID, handle string) shop.Shop {
	return shop.Shop{ID: no, Handle: handle, Name: "山间茶铺", Slogan: "明前茶", ShippingFee: 1000, FreeOver: 9900, State: shop.Open, CreatedAt: now}
}

func TestAHandleIsTakenOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var wg sync.WaitGroup
		var mu sync.Mutex
		var winners []id.ID
		for i := range 8 {
			wg.Go(func() {
				no := id.ID(100 + i)
				err := d.Write(ctx, func(tx *db.Tx) error { return shop.Create(tx, tea(no, "tea"), now) })
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					winners = append(winners, no)
				} else if e := errs.Of(err); !errors.Is(err, shop.ErrHandleTaken) || len(e.Details) != 1 || e.Details[0].Field != "handle" {
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if len(winners) != 1 {
			t.Fatalf("%d shops have the handle", len(winners))
		}
		err := d.Read(ctx, func(tx *db.Tx) error {
			s, err := shop.ByHandle(tx, "tea")
			if err != nil || s != tea(winners[0], "tea") {
				t.Errorf("%+v %v", s, err)
			}
			all, err := shop.List(tx, 0)
			if len(all) != 1 {
				t.Errorf("%d shops: a loser left a row", len(all))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestShopsChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		err := d.Write(ctx, func(tx *db.Tx) error {
			s := tea(100, "tea")
			if err := shop.Create(tx, s, now); err != nil {
				return err
			}
			s.Name, s.State, s.Handle = "新名字", shop.Paused, "other"
			return shop.Update(tx, s, now)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			got, err := shop.Get(tx, 100)
			if got.Name != "新名字" || got.State != shop.Paused || got.Handle != "tea" {
				t.Errorf("%+v", got)
			}
			if _, err := shop.ByHandle(tx, "other"); !errors.Is(err, shop.ErrNotFound) {
				t.Errorf("the handle moved: %v", err)
			}
			if _, err := shop.Get(tx, 101); !errors.Is(err, shop.ErrNotFound) {
				t.Errorf("%v", err)
			}
			if all, err := shop.List(tx, 100); err != nil || len(all) != 0 {
				t.Errorf("after the last one: %v %v", all, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		ghost := tea(999, "ghost")
		if err := d.Write(ctx, func(tx *db.Tx) error { return shop.Update(tx, ghost, now) }); !errors.Is(err, shop.ErrNotFound) {
			t.Errorf("nothing was updated: %v", err)
		}
	})
}

func TestShopsAreValid(t *testing.T) {
	for field, change := range map[string]func(*shop.Shop){
		"handle": func(s *shop.Shop) { s.Handle = "茶" }, "name": func(s *shop.Shop) { s.Name = " 茶 " }, "slogan": func(s *shop.Shop) { s.Slogan = strings.Repeat("茶", 201) },
		"intro": func(s *shop.Shop) { s.Intro = strings.Repeat("茶", 2001) }, "shipping_fee": func(s *shop.Shop) { s.ShippingFee = -1 }, "free_over": func(s *shop.Shop) { s.FreeOver = -1 },
		"state": func(s *shop.Shop) { s.State = "" },
	} {
		s := tea(1, "tea")
		change(&s)
		if e := errs.Of(s.Validate()); e.Code != "shop.invalid" || len(e.Details) != 1 || e.Details[0].Field != field {
			t.Errorf("%s: %+v", field, e)
		}
	}
	for _, handle := range []string{"a", "1a", "-a", "a b", "A", "tea/..", strings.Repeat("a", 31), "a.b", ""} {
		s := tea(1, handle)
		if s.Validate() == nil {
			t.Errorf("%q is a handle", handle)
		}
	}
	s := tea(1, "tea-2")
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
}
