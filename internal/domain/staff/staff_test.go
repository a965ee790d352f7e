package staff_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

var now = time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)

func write(t *testing.T, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func try(d *db.DB, fn func(*db.Tx) error) error { return d.Write(context.Background(), fn) }

func member(shop, no id.ID, login string, r staff.Role) staff.Member {
	return staff.Member{ShopID: shop, ID: no, Login: login, Name: "员工", Role: r, State: "active"}
}

func TestPasswords(t *testing.T) {
	hash, err := staff.HashPassword("correct horse", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := staff.HashPassword("correct horse", rand.Reader)
	if hash == again || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, "horse") {
		t.Errorf("%s", hash)
	}
	if !staff.CheckPassword(hash, "correct horse") || staff.CheckPassword(hash, "correct horse ") || staff.CheckPassword(hash, "") {
		t.Error("a password is mistaken")
	}
	for _, broken := range []string{"", "x", "$argon2id$v=19$m=1,t=1,p=1$!$!", "$argon2id$v=19$m=9999999,t=2,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=99,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=8,t=0,p=1$AAAAAAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=0$AAAAAAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$AAAA$", "$2y$10$abcdefghijklmnopqrstuv"} {
		if staff.CheckPassword(broken, "correct horse") {
			t.Errorf("%q lets somebody in", broken)
		}
	}
	for _, bad := range []string{"", "seven77", strings.Repeat("x", 129)} {
		if _, err := staff.HashPassword(bad, rand.Reader); errs.Code(err) != "staff.invalid" {
			t.Errorf("%d characters: %v", len(bad), err)
		}
	}
	if _, err := staff.HashPassword("八个字的密码就够", rand.Reader); err != nil {
		t.Errorf("characters are counted, not bytes: %v", err)
	}
}

// TestUnknownLoginCostsAsMuch holds that nobody can tell by the clock which logins
// exist.
func TestUnknownLoginCostsAsMuch(t *testing.T) {
	hash, _ := staff.HashPassword("correct horse", rand.Reader)
	cost := func(h string) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			staff.CheckPassword(h, "wrong password")
			best = min(best, time.Since(start))
		}
		return best
	}
	if known, unknown := cost(hash), cost(""); unknown < known/3 {
		t.Errorf("a known login takes %s, an unknown one %s", known, unknown)
	}
}

func TestGrants(t *testing.T) {
	for _, r := range append(staff.Roles(), staff.Operator) {
		if len(r.Permissions()) == 0 || !r.Can(staff.SeeOrders) {
			t.Errorf("%s may nothing", r)
		}
		if r.Can(staff.RunMarket) != (r == staff.Operator) {
			t.Errorf("%s and the market", r)
		}
		r.Permissions()[0] = "changed"
		if r.Permissions()[0] == "changed" {
			t.Error("the table of grants can be written")
		}
	}
	for p, only := range map[staff.Permission]staff.Role{staff.ManageStaff: staff.Owner} {
		for _, r := range staff.Roles() {
			if r.Can(p) != (r == only) {
				t.Errorf("%s: %s", p, r)
			}
		}
	}
	if staff.Role("ghost").Can(staff.SeeOrders) {
		t.Error("an unknown role may something")
	}
}

func TestSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := member(5, 6, "lin", staff.Manager)
		var one, two string
		write(t, d, func(tx *db.Tx) (err error) {
			if err := staff.Create(tx, m, "h", now); err != nil {
				return err
			}
			if err := staff.Create(tx, member(5, 7, "boss", staff.Owner), "h", now); err != nil {
				return err
			}
			if one, _, err = staff.OpenSession(tx, m, rand.Reader, now); err != nil {
				return err
			}
			two, _, err = staff.OpenSession(tx, m, rand.Reader, now)
			return err
		})
		find := func(token string, at time.Time) (s staff.Session, err error) {
			err = d.Read(context.Background(), func(tx *db.Tx) (err error) { s, err = staff.FindSession(tx, token, at); return err })
			return s, err
		}
		if s, err := find(one, now); err != nil || s.Member.ID != 6 || s.CSRF == "" || s.Member.Role != staff.Manager {
			t.Fatalf("%+v %v", s, err)
		}
		for what, c := range map[string]struct {
			token string
			at    time.Time
		}{"ended": {one, now.Add(staff.SessionLife)}, "unknown": {"x", now}, "empty": {"", now}, "the stored hash": {stored(t, d), now}} {
			if _, err := find(c.token, c.at); !errors.Is(err, staff.ErrSession) {
				t.Errorf("%s: %v", what, err)
			}
		}
		write(t, d, func(tx *db.Tx) error { return staff.CloseSession(tx, one) })
		if _, err := find(one, now); !errors.Is(err, staff.ErrSession) {
			t.Errorf("logged out: %v", err)
		}
		// A changed role counts at once, a disabled member is out, so is one with a new password.
		m.Role = staff.Cashier
		write(t, d, func(tx *db.Tx) error { return staff.Change(tx, m, now) })
		if s, err := find(two, now); err != nil || s.Member.Role != staff.Cashier {
			t.Errorf("after the role changed: %+v %v", s.Member, err)
		}
		write(t, d, func(tx *db.Tx) error { return staff.SetPassword(tx, 5, 6, "new", now) })
		if _, err := find(two, now); !errors.Is(err, staff.ErrSession) {
			t.Errorf("after the password changed: %v", err)
		}
		var three string
		write(t, d, func(tx *db.Tx) (err error) { three, _, err = staff.OpenSession(tx, m, rand.Reader, now); return err })
		m.State = "disabled"
		write(t, d, func(tx *db.Tx) error { return staff.Change(tx, m, now) })
		if _, err := find(three, now); !errors.Is(err, staff.ErrSession) {
			t.Errorf("after being disabled: %v", err)
		}
		if err := d.Read(context.Background(), func(tx *db.Tx) error { _, _, err := staff.ForLogin(tx, "lin"); return err }); !errors.Is(err, staff.ErrLogin) {
			t.Errorf("a disabled member's login: %v", err)
		}
		write(t, d, func(tx *db.Tx) error {
			if _, _, err := staff.OpenSession(tx, member(5, 7, "boss", staff.Owner), rand.Reader, now); err != nil {
				return err
			}
			return staff.SweepSessions(tx, now.Add(staff.SessionLife+time.Second))
		})
		if n := count(t, d, `SELECT COUNT(*) FROM staff_sessions`); n != 0 {
			t.Errorf("%d sessions are left of those that ended", n)
		}
	})
}

func stored(t *testing.T, d *db.DB) (hash string) {
	t.Helper()
	if err := d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT token_hash FROM staff_sessions LIMIT 1`).Scan(&hash)
	}); err != nil {
		t.Fatal(err)
	}
	return hash
}

func count(t *testing.T, d *db.DB, sql string, args ...any) (n int) {
	t.Helper()
	if err := d.Read(context.Background(), func(tx *db.Tx) error { return tx.QueryRow(sql, args...).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMembersAreValid(t *testing.T) {
	for what, m := range map[string]staff.Member{"login": member(5, 6, "9lin", staff.Owner), "short login": member(5, 6, "ab", staff.Owner), "name": {ShopID: 5, Login: "lin", Role: staff.Owner},
		"role": member(5, 6, "lin", "ghost"), "an operator in a shop": member(5, 6, "lin", staff.Operator), "an owner of the market": member(0, 6, "lin", staff.Owner)} {
		if err := m.Validate(); errs.Code(err) != "staff.invalid" || len(errs.Of(err).Details) != 1 {
			t.Errorf("%s: %v", what, err)
		}
	}
	m := member(5, 6, "  Lin.Xiao ", staff.Owner)
	if err := m.Validate(); err != nil || m.Login != "lin.xiao" {
		t.Errorf("%q %v", m.Login, err)
	}
}

func TestAShopKeepsAnOwner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			shop id.ID
			top  staff.Role
		}{{5, staff.Owner}, {0, staff.Operator}} {
			a, b := member(c.shop, 100+c.shop, "a-"+string(c.top), c.top), member(c.shop, 200+c.shop, "b-"+string(c.top), c.top)
			write(t, d, func(tx *db.Tx) error { return staff.Create(tx, a, "h", now) })
			off := a
			off.State = "disabled"
			if err := try(d, func(tx *db.Tx) error { return staff.Change(tx, off, now) }); !errors.Is(err, staff.ErrLastOwner) {
				t.Errorf("the only %s was disabled: %v", c.top, err)
			}
			write(t, d, func(tx *db.Tx) error { return staff.Create(tx, b, "h", now) })
			// Each takes the other's place away at the same moment, again and again.
			for range 10 {
				var wg sync.WaitGroup
				for _, m := range []staff.Member{a, b} {
					wg.Go(func() {
						m.State = "disabled"
						if err := try(d, func(tx *db.Tx) error { return staff.Change(tx, m, now) }); err != nil && !errors.Is(err, staff.ErrLastOwner) {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if n := count(t, d, `SELECT COUNT(*) FROM staff WHERE shop_id = $1 AND state = 'active'`, c.shop); n != 1 {
					t.Fatalf("%d active members at the top of shop %d", n, c.shop)
				}
				write(t, d, func(tx *db.Tx) error {
					if err := staff.Change(tx, a, now); err != nil {
						return err
					}
					return staff.Change(tx, b, now)
				})
			}
		}
		if err := try(d, func(tx *db.Tx) error { return staff.Change(tx, member(5, 999, "ghost", staff.Owner), now) }); !errors.Is(err, staff.ErrNotFound) {
			t.Errorf("nobody was changed: %v", err)
		}
	})
}

func TestALoginIsTakenOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 8 {
			wg.Go(func() {
				err := try(d, func(tx *db.Tx) error {
					return staff.Create(tx, member(id.ID(10+i), id.ID(20+i), "same", staff.Owner), "h", now)
				})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !errors.Is(err, staff.ErrLoginTaken) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := count(t, d, `SELECT COUNT(*) FROM staff`); won != 1 || n != 1 {
			t.Errorf("%d won, %d members", won, n)
		}
	})
}
