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
	n, err := tx.Exec(insertText[table], owner, key, hash, now)
	if err != nil {
		return nil, err
	}
	if n == 1 {
		return nil, nil
	}
	var have string
	var a Answer
	if err := tx.QueryRow(selectText[table], owner, key).Scan(&have, &a.HTTPCode, &a.Body); err != nil {
		return nil, err
	}
	if have != hash {
		return nil, ErrReused
	}
	return &a, nil
}

// Finish stores the answer of a key that Begin claimed in the same transaction.
func Finish(tx *db.Tx, o Owner, key string, a Answer) error {
	table, owner := o.place()
	err := tx.Must(updateText[table], owner, key, a.HTTPCode, a.Body)
	if errors.Is(err, db.ErrNoRow) {
		return errors.New("idem: Finish without Begin")
	}
	return err
}

func (o Owner) place() (table int, owner id.ID) {
	if o.Buyer != 0 {
		return 1, o.Buyer
	}
	return 0, o.Shop
}

var insertText = [2]string{
	`INSERT INTO shop_idempotency (shop_id, idem_key, input_hash, http_code, answer, created_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (shop_id, idem_key) DO NOTHING`,
	`INSERT INTO buyer_idempotency (buyer_id, idem_key, input_hash, http_code, answer, created_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (buyer_id, idem_key) DO NOTHING`,
}
var selectText = [2]string{
	`SELECT input_hash, http_code, answer FROM shop_idempotency WHERE shop_id = $1 AND idem_key = $2`,
	`SELECT input_hash, http_code, answer FROM buyer_idempotency WHERE buyer_id = $1 AND idem_key = $2`,
}
var updateText = [2]string{
	`UPDATE shop_idempotency SET http_code = $3, answer = $4 WHERE shop_id = $1 AND idem_key = $2`,
	`UPDATE buyer_idempotency SET http_code = $3, answer = $4 WHERE buyer_id = $1 AND idem_key = $2`,
}
