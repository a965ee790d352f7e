package idem

import (
	"encoding/json"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
)

// Once does an effect once per key inside its transaction and gives its answer;
// a repetition gets the answer of the first time, and repeated is true. code is
// the HTTP status kept with it. The answer must survive JSON.
func Once[T any](tx *db.Tx, o Owner, key, hash string, code int, now time.Time, do func() (T, error)) (out T, repeated bool, err error) {
	before, err := Begin(tx, o, key, hash, now)
	if err != nil {
		return out, false, err
	}
	if before != nil {
		return out, true, json.Unmarshal([]byte(before.Body), &out)
	}
	if out, err = do(); err != nil {
		return out, false, err
	}
	body, err := json.Marshal(out)
	if err != nil {
		return out, false, err
	}
	return out, false, Finish(tx, o, key, hash, now, Answer{HTTPCode: code, Body: string(body)})
}
