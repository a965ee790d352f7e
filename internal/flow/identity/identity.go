// Package identity knows buyers by what WeChat says of them: silent login and
// following the market's account.
package identity

import (
	"context"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
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
	AppID  string // the market's service account
}

// Guest makes a buyer outside WeChat, known by his cookie only.
func (f *Flow) Guest(ctx context.Context) (id.ID, error) {
	b := f.IDs.Next()
	return b, f.DB.Write(ctx, func(tx *db.Tx) error { return buyer.Guest(tx, b, f.Now()) })
}

// RecogniseGuest is Recognise in a browser in which a guest has bought: where the
// openid is new, the guest becomes that person and keeps cart, addresses and
// orders. Who is known already stays who he is, and so does the guest.
func (f *Flow) RecogniseGuest(ctx context.Context, guest id.ID, openID, unionID string) (b id.ID, err error) {
	w := buyer.OpenID{AppID: f.AppID, OpenID: openID, UnionID: unionID}
	fresh := f.IDs.Next()
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		taken := fresh
		_, err := buyer.OpenIDOf(tx, guest, f.AppID)
		if errors.Is(err, buyer.ErrNotFound) {
			if _, err = buyer.Get(tx, guest); err == nil {
				taken = guest
			}
		}
		if err != nil && !errors.Is(err, buyer.ErrNotFound) {
			return err
		}
		b, err = buyer.Recognise(tx, w, taken, f.Now())
		return err
	})
	return b, err
}

// Recognise returns the buyer behind an openid of the market's account, making
// him at first sight.
func (f *Flow) Recognise(ctx context.Context, openID, unionID string) (b id.ID, err error) {
	w := buyer.OpenID{AppID: f.AppID, OpenID: openID, UnionID: unionID}
	fresh := f.IDs.Next()
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		b, err = buyer.Recognise(tx, w, fresh, f.Now())
		return err
	})
	return b, err
}

// Follow notes that the person behind an openid follows (or left) the account;
// key is the sender's own key of the message, handled once.
func (f *Flow) Follow(ctx context.Context, key, openID, unionID, scene string, subscribed bool) (first bool, err error) {
	now, fresh := f.Now(), f.IDs.Next()
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		first, err = once(tx, key, "official", "follow", now)
		if err != nil || !first {
			return err
		}
		b, err := buyer.Recognise(tx, buyer.OpenID{AppID: f.AppID, OpenID: openID, UnionID: unionID}, fresh, now)
		if err != nil {
			return err
		}
		if err := buyer.Follow(tx, b, f.AppID, subscribed, scene, now); err != nil {
			return err
		}
		kind := event.BuyerFollowed
		if !subscribed {
			kind = event.BuyerUnfollowed
		}
		return f.Events.Emit(tx, now, 0, kind, event.Buyer{BuyerID: b, AppID: f.AppID, OpenID: openID, Scene: scene})
	})
	return first, err
}

// Once claims a message of WeChat by its key; false: it came before.
func (f *Flow) Once(ctx context.Context, key, kind string) (first bool, err error) {
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		first, err = once(tx, key, "official", kind, f.Now())
		return err
	})
	return first, err
}

func once(tx *db.Tx, key, source, kind string, now time.Time) (bool, error) {
	n, err := tx.Exec(`INSERT INTO notices (id, source, kind, body, received_at, handled_at) VALUES ($1, $2, $3, '', $4, $4) ON CONFLICT (id) DO NOTHING`,
		source+":"+key, source, kind, now)
	return n == 1, err
}

// Me is what a buyer's own page shows of him.
type Me struct {
	buyer.Buyer
	Following bool            `json:"following" doc:"follows the market's account"`
	Consents  []buyer.Consent `json:"consents"`
}

// Me returns a buyer's own data.
func (f *Flow) Me(ctx context.Context, b id.ID) (me Me, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		if me.Buyer, err = buyer.Get(tx, b); err != nil {
			return err
		}
		w, err := buyer.OpenIDOf(tx, b, f.AppID)
		if err != nil && !errors.Is(err, buyer.ErrNotFound) {
			return err
		}
		me.Following = w.Subscribed
		me.Consents, err = buyer.Consents(tx, b)
		return err
	})
	return me, err
}
