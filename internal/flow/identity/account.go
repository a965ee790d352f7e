package identity

import (
	"context"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Rename stores the name a buyer chose.
func (f *Flow) Rename(ctx context.Context, b id.ID, nickname string) error {
	return f.DB.Write(ctx, func(tx *db.Tx) error { return buyer.SetNickname(tx, b, nickname, f.Now()) })
}

// Decide stores what a buyer agreed to or withdrew, now.
func (f *Flow) Decide(ctx context.Context, b id.ID, c buyer.Consent) error {
	c.DecidedAt = f.Now()
	return f.DB.Write(ctx, func(tx *db.Tx) error { return buyer.Decide(tx, b, c) })
}

// Addresses lists a buyer's addresses, the default one first.
func (f *Flow) Addresses(ctx context.Context, b id.ID) (out []buyer.Address, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = buyer.Addresses(tx, b)
		return err
	})
	return out, err
}

// SaveAddress stores an address; known says that it must exist already.
func (f *Flow) SaveAddress(ctx context.Context, b id.ID, a buyer.Address, known bool) (out buyer.Address, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		if known {
			if _, err := buyer.GetAddress(tx, b, a.ID); err != nil {
				return err
			}
		}
		if err := buyer.SaveAddress(tx, b, a, f.Now()); err != nil {
			return err
		}
		out, err = buyer.GetAddress(tx, b, a.ID)
		return err
	})
	return out, err
}

// DeleteAddress removes an address; orders keep their own copy.
func (f *Flow) DeleteAddress(ctx context.Context, b, address id.ID) error {
	return f.DB.Write(ctx, func(tx *db.Tx) error { return buyer.DeleteAddress(tx, b, address, f.Now()) })
}
