// Package buyer is the room of the people who buy: who they are at WeChat, their
// addresses and what they agreed to.
package buyer

import (
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Buyer is one person, whatever number of openids he has.
type Buyer struct {
	ID        id.ID     `json:"id"`
	Nickname  string    `json:"nickname"`
	Avatar    string    `json:"avatar"`
	Phone     string    `json:"phone"`
	Locale    string    `json:"locale"`
	CreatedAt time.Time `json:"created_at"`
}

// OpenID is a buyer's identity in one account of WeChat.
type OpenID struct {
	AppID        string
	OpenID       string
	UnionID      string
	Subscribed   bool
	SubscribedAt time.Time
	Scene        string
}

// Errors of the room.
var (
	ErrNotFound = errs.New(errs.NotFound, "buyer.not_found", "没有这位买家", "There is no such buyer")
	ErrLogin    = errs.New(errs.Unauthenticated, "buyer.login_needed", "请在微信中打开并登录", "Please open this in WeChat to log in")
	ErrNickname = errs.New(errs.Invalid, "buyer.nickname", "昵称须为 1–30 个字", "The nickname must have 1–30 characters")
)

// Recognise finds the buyer of an openid (and unionid, if WeChat gave one) or
// makes a new one with the id fresh. New openids of a known unionid join the
// same buyer; an openid that has a buyer already keeps him. Rivals end with one
// buyer: who claims an identity second takes the first one's.
func Recognise(tx *db.Tx, w OpenID, fresh id.ID, now time.Time) (id.ID, error) {
	keys := []string{"openid:" + w.AppID + ":" + w.OpenID}
	if w.UnionID != "" {
		keys = append(keys, "unionid:"+w.UnionID)
	}
	owner, err := find(tx, keys)
	if err != nil {
		return 0, err
	}
	if owner == 0 {
		owner = fresh
	}
	for _, k := range slices.Backward(keys) { // the unionid first, so that rivals with two openids meet there
		if owner, err = claim(tx, k, owner, now); err != nil {
			return 0, err
		}
	}
	if owner == fresh {
		_, err = tx.Exec(`INSERT INTO buyers (id, state, created_at, updated_at) VALUES ($1, 'active', $2, $2) ON CONFLICT (id) DO NOTHING`, owner, now)
	} else if w.UnionID != "" {
		// A rival had the openid first: a unionid claimed a moment ago is his too.
		_, err = tx.Exec(`UPDATE buyer_identities SET buyer_id = $2 WHERE identity = $1 AND buyer_id = $3`, "unionid:"+w.UnionID, owner, fresh)
	}
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO buyer_openids (buyer_id, app_id, open_id, union_id, updated_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (buyer_id, app_id) DO UPDATE SET union_id = CASE WHEN excluded.union_id = '' THEN buyer_openids.union_id ELSE excluded.union_id END, updated_at = excluded.updated_at`,
		owner, w.AppID, w.OpenID, w.UnionID, now)
	return owner, err
}

// claim gives an identity to a buyer and returns who has it: a rival may have been
// first. An openid's word counts more than a unionid's, so it is asked last.
func claim(tx *db.Tx, identity string, owner id.ID, now time.Time) (id.ID, error) {
	n, err := tx.Exec(`INSERT INTO buyer_identities (identity, buyer_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (identity) DO NOTHING`, identity, owner, now)
	if err == nil && n == 0 {
		err = tx.QueryRow(`SELECT buyer_id FROM buyer_identities WHERE identity = $1`, identity).Scan(&owner)
	}
	return owner, err
}

func find(tx *db.Tx, keys []string) (id.ID, error) {
	for _, k := range keys {
		var b id.ID
		err := tx.QueryRow(`SELECT buyer_id FROM buyer_identities WHERE identity = $1`, k).Scan(&b)
		if err == nil {
			return b, nil
		}
		if !errors.Is(err, db.ErrNoRow) {
			return 0, err
		}
	}
	return 0, nil
}

// Follow notes that a buyer follows (or left) an account. scene is where from.
func Follow(tx *db.Tx, b id.ID, appID string, subscribed bool, scene string, now time.Time) error {
	at := now
	if !subscribed {
		at = time.Time{}
	}
	return tx.Must(`UPDATE buyer_openids SET subscribed = $3, subscribed_at = $4, scene = CASE WHEN $5 = '' THEN scene ELSE $5 END, updated_at = $6
		WHERE buyer_id = $1 AND app_id = $2`, b, appID, subscribed, at, scene, now)
}

// Get returns a buyer.
func Get(tx *db.Tx, b id.ID) (Buyer, error) {
	var v Buyer
	err := tx.QueryRow(`SELECT id, nickname, avatar, phone, locale, created_at FROM buyers WHERE id = $1`, b).
		Scan(&v.ID, &v.Nickname, &v.Avatar, &v.Phone, &v.Locale, &v.CreatedAt)
	if errors.Is(err, db.ErrNoRow) {
		return v, ErrNotFound
	}
	return v, err
}

// SetNickname stores the name a buyer chose.
func SetNickname(tx *db.Tx, b id.ID, nickname string, now time.Time) error {
	if n := utf8.RuneCountInString(nickname); n < 1 || n > 30 {
		return ErrNickname.At("nickname")
	}
	return tx.Must(`UPDATE buyers SET nickname = $2, updated_at = $3 WHERE id = $1`, b, nickname, now)
}

// OpenIDOf returns a buyer's identity in an account; ErrNotFound for none.
func OpenIDOf(tx *db.Tx, b id.ID, appID string) (OpenID, error) {
	w := OpenID{AppID: appID}
	err := tx.QueryRow(`SELECT open_id, union_id, subscribed, subscribed_at, scene FROM buyer_openids WHERE buyer_id = $1 AND app_id = $2`, b, appID).
		Scan(&w.OpenID, &w.UnionID, &w.Subscribed, &w.SubscribedAt, &w.Scene)
	if errors.Is(err, db.ErrNoRow) {
		return w, ErrNotFound
	}
	return w, err
}

// Consent is what a buyer agreed to (or withdrew), the newest decision per kind.
type Consent struct {
	Kind      string    `json:"kind" doc:"e.g. privacy, marketing"`
	Version   string    `json:"version"`
	Granted   bool      `json:"granted"`
	DecidedAt time.Time `json:"decided_at"`
}

// Decide stores a buyer's decision.
func Decide(tx *db.Tx, b id.ID, c Consent) error {
	_, err := tx.Exec(`INSERT INTO consents (buyer_id, kind, version, granted, decided_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (buyer_id, kind) DO UPDATE SET version = excluded.version, granted = excluded.granted, decided_at = excluded.decided_at`,
		b, c.Kind, c.Version, c.Granted, c.DecidedAt)
	return err
}

// Consents lists a buyer's decisions.
func Consents(tx *db.Tx, b id.ID) ([]Consent, error) {
	return db.All(tx, func(r db.Row) (c Consent, err error) {
		return c, r.Scan(&c.Kind, &c.Version, &c.Granted, &c.DecidedAt)
	}, `SELECT kind, version, granted, decided_at FROM consents WHERE buyer_id = $1 ORDER BY kind LIMIT 50`, b)
}

// Guest makes a buyer whom no account knows: he is whoever holds his cookie.
func Guest(tx *db.Tx, b id.ID, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO buyers (id, nickname, state, created_at, updated_at) VALUES ($1, '', 'active', $2, $2)`, b, now)
	return err
}

// WalkIn makes sure that a shop's walk-in buyer exists: who pays at the counter
// without saying who he is. He has the number of the shop itself, which no other
// buyer can have, no openid, and nobody can log in as him.
func WalkIn(tx *db.Tx, shop id.ID, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO buyers (id, nickname, state, created_at, updated_at) VALUES ($1, '到店顾客', 'active', $2, $2) ON CONFLICT (id) DO NOTHING`, shop, now)
	return err
}
