// Package onboarding brings shops and their people into the market: shops with
// owners, staff, logins.
package onboarding

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
)

// Flow holds what the recipes need.
type Flow struct {
	DB     *db.DB
	IDs    *id.Source
	Events *jobs.Emitter
	Now    func() time.Time
	Rand   io.Reader
}

// Owner is the first person of a new shop.
type Owner struct {
	Login    string `json:"login"`
	Name     string `json:"name"`
	Password string `json:"password"`
}

// CreateShop makes an open shop with its owner, all or nothing. A zero s.ID is
// given one.
func (f *Flow) CreateShop(ctx context.Context, s shop.Shop, o Owner) (shop.Shop, staff.Member, error) {
	hash, err := staff.HashPassword(o.Password, f.Rand)
	if err != nil {
		return s, staff.Member{}, err
	}
	if s.ID == 0 {
		s.ID = f.IDs.Next()
	}
	if s.State == "" {
		s.State = shop.Open
	}
	s.CreatedAt = f.Now()
	m := staff.Member{ShopID: s.ID, ID: f.IDs.Next(), Login: o.Login, Name: o.Name, Role: staff.Owner, State: "active", CreatedAt: s.CreatedAt}
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		if err := shop.Create(tx, s, s.CreatedAt); err != nil {
			return err
		}
		return staff.Create(tx, m, hash, s.CreatedAt)
	})
	return s, m, err
}

// SaveShop stores changed details of a shop; listeners renew what shows them.
func (f *Flow) SaveShop(ctx context.Context, s shop.Shop) (out shop.Shop, err error) {
	now := f.Now()
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		if err := shop.Update(tx, s, now); err != nil {
			return err
		}
		if err := f.Events.Emit(tx, now, s.ID, event.ShopChanged, event.Shop{ShopID: s.ID}); err != nil {
			return err
		}
		out, err = shop.Get(tx, s.ID)
		return err
	})
	return out, err
}

// AddMember adds a person to a shop's staff (shop 0: an operator).
func (f *Flow) AddMember(ctx context.Context, m staff.Member, password string) (staff.Member, error) {
	hash, err := staff.HashPassword(password, f.Rand)
	if err != nil {
		return m, err
	}
	m.ID, m.State, m.CreatedAt = f.IDs.Next(), "active", f.Now()
	m.Login = strings.ToLower(strings.TrimSpace(m.Login))
	err = f.DB.Write(ctx, func(tx *db.Tx) error { return staff.Create(tx, m, hash, m.CreatedAt) })
	return m, err
}

// ChangeMember changes name, role and state; a password, if not empty, too.
func (f *Flow) ChangeMember(ctx context.Context, m staff.Member, password string) (out staff.Member, err error) {
	hash := ""
	if password != "" {
		if hash, err = staff.HashPassword(password, f.Rand); err != nil {
			return m, err
		}
	}
	now := f.Now()
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		have, err := staff.Get(tx, m.ShopID, m.ID)
		if err != nil {
			return err
		}
		m.Login = have.Login
		if err := staff.Change(tx, m, now); err != nil {
			return err
		}
		if hash != "" {
			if err := staff.SetPassword(tx, m.ShopID, m.ID, hash, now); err != nil {
				return err
			}
		}
		out, err = staff.Get(tx, m.ShopID, m.ID)
		return err
	})
	return out, err
}

// Login checks a password and opens a session. The answer takes as long for a
// login nobody has.
func (f *Flow) Login(ctx context.Context, login, password string) (token string, s staff.Session, err error) {
	var m staff.Member
	var hash string
	readErr := f.DB.Read(ctx, func(tx *db.Tx) error {
		m, hash, err = staff.ForLogin(tx, login)
		return err
	})
	if readErr != nil && !errors.Is(readErr, staff.ErrLogin) {
		return "", s, readErr
	}
	if !staff.CheckPassword(hash, password) {
		return "", s, staff.ErrLogin
	}
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		token, s, err = staff.OpenSession(tx, m, f.Rand, f.Now())
		return err
	})
	return token, s, err
}

// Logout ends a session.
func (f *Flow) Logout(ctx context.Context, token string) error {
	return f.DB.Write(ctx, func(tx *db.Tx) error { return staff.CloseSession(tx, token) })
}

// ChangeOwnPassword checks the old password and sets a new one; all sessions end.
func (f *Flow) ChangeOwnPassword(ctx context.Context, m staff.Member, old, fresh string) error {
	var hash string
	if err := f.DB.Read(ctx, func(tx *db.Tx) (err error) {
		_, hash, err = staff.ForLogin(tx, m.Login)
		return err
	}); err != nil {
		return err
	}
	if !staff.CheckPassword(hash, old) {
		return staff.ErrLogin.Text("原密码不正确", "The old password is wrong").At("old")
	}
	next, err := staff.HashPassword(fresh, f.Rand)
	if err != nil {
		return err
	}
	return f.DB.Write(ctx, func(tx *db.Tx) error { return staff.SetPassword(tx, m.ShopID, m.ID, next, f.Now()) })
}

// SetSubMerchant stores by which sub-merchant of the service provider a shop
// receives. Errors: shop.not_found, shop.sub_mch_id.
func (f *Flow) SetSubMerchant(ctx context.Context, no id.ID, sub string) error {
	return f.DB.Write(ctx, func(tx *db.Tx) error { return shop.SetSubMchID(tx, no, sub, f.Now()) })
}
