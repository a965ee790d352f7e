package staff

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
)

// SessionLife is how long a login lasts.
const SessionLife = 14 * 24 * time.Hour

// ErrSession is returned for a missing, unknown or ended session.
var ErrSession = errs.New(errs.Unauthenticated, "staff.session_ended", "登录已失效，请重新登录", "You are not logged in any more; please log in again")

// Session is a login of a member. Only the hash of its token is stored.
type Session struct {
	Member    Member
	CSRF      string
	ExpiresAt time.Time
}

// OpenSession makes a session and returns the token for the cookie.
func OpenSession(tx *db.Tx, m Member, rand io.Reader, now time.Time) (token string, s Session, err error) {
	var raw [48]byte
	if _, err := io.ReadFull(rand, raw[:]); err != nil {
		return "", s, err
	}
	token = base64.RawURLEncoding.EncodeToString(raw[:32])
	s = Session{Member: m, CSRF: base64.RawURLEncoding.EncodeToString(raw[32:]), ExpiresAt: now.Add(SessionLife)}
	if _, err = tx.Exec(`INSERT INTO staff_sessions (token_hash, shop_id, staff_id, csrf, created_at, expires_at) VALUES ($1,$2,$3,$4,$5,$6)`,
		hashToken(token), m.ShopID, m.ID, s.CSRF, now, s.ExpiresAt); err != nil {
		return "", s, err
	}
	_, err = tx.Exec(`UPDATE staff SET seen_at = $3 WHERE shop_id = $1 AND id = $2`, m.ShopID, m.ID, now)
	return token, s, err
}

// FindSession returns the living session of a token with its active member.
func FindSession(tx *db.Tx, token string, now time.Time) (s Session, err error) {
	var m Member
	err = tx.QueryRow(`SELECT shop_id, staff_id, csrf, expires_at FROM staff_sessions WHERE token_hash = $1`, hashToken(token)).
		Scan(&m.ShopID, &m.ID, &s.CSRF, &s.ExpiresAt)
	if errors.Is(err, db.ErrNoRow) || (err == nil && !now.Before(s.ExpiresAt)) {
		return s, ErrSession
	}
	if err != nil {
		return s, err
	}
	s.Member, err = Get(tx, m.ShopID, m.ID)
	if errors.Is(err, ErrNotFound) || (err == nil && s.Member.State != "active") {
		return s, ErrSession
	}
	return s, err
}

// CloseSession ends the session of a token.
func CloseSession(tx *db.Tx, token string) error {
	_, err := tx.Exec(`DELETE FROM staff_sessions WHERE token_hash = $1`, hashToken(token))
	return err
}

// SweepSessions deletes sessions that have ended.
func SweepSessions(tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(`DELETE FROM staff_sessions WHERE expires_at < $1`, now)
	return err
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
