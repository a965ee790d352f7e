package identity_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/flow/identity"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

var ctx = context.Background()

func newFlow(d *db.DB) *identity.Flow {
	ids := &id.Source{Now: time.Now, Node: 1}
	return &identity.Flow{DB: d, IDs: ids, Events: &jobs.Emitter{IDs: ids}, Now: time.Now, AppID: "wxA"}
}

func count(t *testing.T, d *db.DB, sql string, args ...any) (n int) {
	t.Helper()
	if err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(sql, args...).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAFollowCountsOnce has WeChat repeat a push while the first is still under
// way, as it does after five seconds.
func TestAFollowCountsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFlow(d)
		for round := range 8 {
			var wg sync.WaitGroup
			var mu sync.Mutex
			firsts := 0
			open, key := fmt.Sprintf("o%d", round), fmt.Sprintf("event:o%d:1", round)
			for range 3 {
				wg.Go(func() {
					first, err := f.Follow(ctx, key, open, "", "table7", true)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					if first {
						firsts++
					}
				})
			}
			wg.Go(func() { // and a login at the same moment
				if _, err := f.Recognise(ctx, open, "u"+open); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			if firsts != 1 {
				t.Fatalf("%d pushes were the first one", firsts)
			}
			if b, e := count(t, d, `SELECT COUNT(*) FROM buyers`), count(t, d, `SELECT COUNT(*) FROM outbox WHERE kind = $1`, event.BuyerFollowed); b != round+1 || e != round+1 {
				t.Fatalf("%d buyers and %d events of %d people", b, e, round+1)
			}
		}
	})
}

func TestOneSeesOnlyOneself(t *testing.T) {
	d := dbtest.SQLite(t)
	f := newFlow(d)
	ming, err := f.Recognise(ctx, "o1", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Follow(ctx, "k1", "o1", "", "", true); err != nil {
		t.Fatal(err)
	}
	if err := f.Rename(ctx, ming, "小明"); err != nil {
		t.Fatal(err)
	}
	if err := f.Decide(ctx, ming, buyer.Consent{Kind: "privacy", Version: "2", Granted: true}); err != nil {
		t.Fatal(err)
	}
	me, err := f.Me(ctx, ming)
	if err != nil || me.Nickname != "小明" || !me.Following || len(me.Consents) != 1 || me.Consents[0].DecidedAt.IsZero() {
		t.Errorf("%+v %v", me, err)
	}
	if _, err := f.Me(ctx, 999); !errors.Is(err, buyer.ErrNotFound) {
		t.Errorf("%v", err)
	}
	hua, err := f.Recognise(ctx, "o2", "")
	if err != nil {
		t.Fatal(err)
	}
	a := buyer.Address{ID: 5, Name: "王小明", Phone: "13800138000", Province: "浙江省", City: "杭州市", District: "西湖区", Detail: "文三路 1 号"}
	if a, err = f.SaveAddress(ctx, ming, a, false); err != nil || !a.IsDefault {
		t.Fatalf("%+v %v", a, err)
	}
	if _, err := f.SaveAddress(ctx, hua, a, true); !errors.Is(err, buyer.ErrAddressNotFound) {
		t.Errorf("another's address was changed: %v", err)
	}
	if err := f.DeleteAddress(ctx, hua, 5); !errors.Is(err, buyer.ErrAddressNotFound) {
		t.Errorf("another's address was deleted: %v", err)
	}
	if first, err := f.Once(ctx, "k1", "text"); err != nil || first {
		t.Errorf("a key that came before: %v %v", first, err)
	}
}

// TestAGuestBecomesWhoComesFromWeChat: a new openid takes the guest's place; a
// known one stays who he is, and nobody becomes two people.
func TestAGuestBecomesWhoComesFromWeChat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFlow(d)
		ming, err := f.Recognise(ctx, "o-ming", "")
		guest, err2 := f.Guest(ctx)
		if err := errors.Join(err, err2); err != nil || guest == ming {
			t.Fatalf("%v %v %v", guest, ming, err)
		}
		if b, err := f.RecogniseGuest(ctx, guest, "o-ming", ""); err != nil || b != ming {
			t.Fatalf("a known person became %v (%v)", b, err)
		}
		if b, err := f.RecogniseGuest(ctx, guest, "o-lin", "u-lin"); err != nil || b != guest {
			t.Fatalf("a new person is %v, not the guest (%v)", b, err)
		}
		if b, err := f.RecogniseGuest(ctx, guest, "o-zhou", ""); err != nil || b == guest || b == ming {
			t.Fatalf("a second person in that browser is %v (%v)", b, err)
		}
		if b, err := f.RecogniseGuest(ctx, 999, "o-wu", ""); err != nil || b == 999 {
			t.Fatalf("a guest who never was is %v (%v)", b, err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM buyers`); n != 4 {
			t.Errorf("%d buyers", n)
		}
	})
}
