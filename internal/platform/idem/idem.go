// Package idem makes a write happen once per Idempotency-Key: the key, the hash
// of its input and the answer are stored in the effect's own transaction.
package idem

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Owner is who sent the key; keys of different owners never meet.
type Owner struct {
	Shop  id.ID // a merchant's staff, or
	Buyer id.ID // a buyer
}

// Answer is what was answered the first time.
type Answer struct {
	HTTPCode int
	Body     string // JSON
}

// ErrReused is returned when a key comes again with another input.
var ErrReused = errs.New(errs.Conflict, "idempotency.key_reused",
	"这个 Idempotency-Key 已用于另一个请求，请换一个新的", "This Idempotency-Key was used for another request; use a new one")

// ErrKey is returned for a missing or overlong key.
var ErrKey = errs.New(errs.Invalid, "idempotency.key_missing",
	"缺少 Idempotency-Key 请求头（8–80 个字符）", "The Idempotency-Key header is missing (8–80 characters)")

// Check refuses a key that is not 8 to 80 printable ASCII characters.
func Check(key string) error {
	if len(key) < 8 || len(key) > 80 {
		return ErrKey
	}
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' {
			return ErrKey
		}
	}
	return nil
}

// Hash is the SHA-256 of an input in its canonical bytes, hex.
func Hash(input []byte) string {
	sum := sha256.Sum256(input)
	return hex.EncodeToString(sum[:])
}

// Begin claims the key inside the effect's transaction. A non-nil Answer means
// that the effect happened before: return it and do nothing. ErrReused means
// the key came with another input. After the effect, call Finish.
func Begin(tx *db.Tx, o Owner, key, hash string, now time.Time) (*Answer, error) {
	if err := Check(key); err != nil {
		return nil, err
	}
	table, owner := o.place()
	if tx.Engine() == db.Postgres {
		// A rival with the same key waits here until this transaction ends.
		n, err := tx.Exec(claimText[table], owner, key, hash, now)
		if err != nil || n == 1 {
			return nil, err
		}
	}
	var have string
	var a Answer
	err := tx.QueryRow(selectText[table], owner, key).Scan(&have, &a.HTTPCode, &a.Body)
	if errors.Is(err, db.ErrNoRow) && tx.Engine() == db.SQLite {
		return nil, nil // the one writer: nobody else can claim it before Finish
	}
	if err != nil {
		return nil, err
	}
	if have != hash {
		return nil, ErrReused
	}
	return &a, nil
}

// Finish stores the answer of a key that Begin found free in the same
// transaction, with the hash and time given there.
func Finish(tx *db.Tx, o Owner, key, hash string, now time.Time, a Answer) error {
	table, owner := o.place()
	return tx.Later(func(n int64) error {
		if n != 1 {
			return errors.New("idem: Finish of a key that is answered")
		}
		return nil
	}, finishText[table], owner, key, hash, a.HTTPCode, a.Body, now)
}

func (o Owner) place() (table int, owner id.ID) {
	if o.Buyer != 0 {
		return 1, o.Buyer
	}
	return 0, o.Shop
}

var claimText = [2]string{
	`INSERT INTO shop_idempotency (shop_id, idem_key, input_hash, http_code, answer, created_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (shop_id, idem_key) DO NOTHING`,
	`INSERT INTO buyer_idempotency (buyer_id, idem_key, input_hash, http_code, answer, created_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (buyer_id, idem_key) DO NOTHING`,
}
var selectText = [2]string{
	`SELECT input_hash, http_code, answer FROM shop_idempotency WHERE shop_id = $1 AND idem_key = $2`,
	`SELECT input_hash, http_code, answer FROM buyer_idempotency WHERE buyer_id = $1 AND idem_key = $2`,
}

// A claimed key has code 0; an answer never replaces another.
var finishText = [2]string{
	`INSERT INTO shop_idempotency (shop_id, idem_key, input_hash, http_code, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (shop_id, idem_key) DO UPDATE SET http_code = excluded.http_code, answer = excluded.answer WHERE shop_idempotency.http_code = 0`,
	`INSERT INTO buyer_idempotency (buyer_id, idem_key, input_hash, http_code, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (buyer_id, idem_key) DO UPDATE SET http_code = excluded.http_code, answer = excluded.answer WHERE buyer_idempotency.http_code = 0`,
}
