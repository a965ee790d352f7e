package idem_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 11, 4, 0, 0, 0, time.UTC)
)

// once runs an effect under a key as a flow does.
func once(d *db.DB, o idem.Owner, key, hash, answer string, effect func(*db.Tx) error) (got string, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		before, err := idem.Begin(tx, o, key, hash, now)
		if err != nil {
			return err
		}
		if before != nil {
			got = before.Body
			return nil
		}
		if err := effect(tx); err != nil {
			return err
		}
		got = answer
		return idem.Finish(tx, o, key, hash, now, idem.Answer{HTTPCode: 200, Body: answer})
	})
	return got, err
}

// effect leaves a trace in the database: functions may run again, effects may not.
func effect(tx *db.Tx) error {
	_, err := tx.Exec(`INSERT INTO settings (name, value, updated_at) VALUES ('effects', '1', $1)
		ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)`, now)
	return err
}

func effects(t *testing.T, d *db.DB) (n string) {
	t.Helper()
	if err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT value FROM settings WHERE name = 'effects'`).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAKeyWorksOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i, o := range []idem.Owner{{Shop: 5}, {Buyer: 7}} {
			want := strconv.Itoa(3*i + 1) // two other owners come after each
			do := func(o idem.Owner, hash, answer string) (string, error) {
				return once(d, o, "key-00001", hash, answer, effect)
			}
			if got, err := do(o, "h1", `{"n":1}`); err != nil || got != `{"n":1}` {
				t.Fatalf("%s %v", got, err)
			}
			if got, err := do(o, "h1", `{"n":2}`); err != nil || got != `{"n":1}` || effects(t, d) != want {
				t.Errorf("again: %s %v, %s effects", got, err, effects(t, d))
			}
			if _, err := do(o, "h2", `{}`); !errors.Is(err, idem.ErrReused) || effects(t, d) != want {
				t.Errorf("with another input: %v, %s effects", err, effects(t, d))
			}
			for _, other := range []idem.Owner{{Shop: 500 + o.Shop}, {Buyer: 500 + o.Buyer}} {
				if _, err := do(other, "h2", `{}`); err != nil {
					t.Errorf("another owner's key of the same text: %v", err)
				}
			}
		}
	})
}

func TestAFailedEffectFreesItsKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		broken := errors.New("broken")
		if _, err := once(d, idem.Owner{Buyer: 7}, "key-00001", "h1", `{}`, func(*db.Tx) error { return broken }); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if got, err := once(d, idem.Owner{Buyer: 7}, "key-00001", "h2", `{"n":2}`, func(*db.Tx) error { return nil }); err != nil || got != `{"n":2}` {
			t.Errorf("after a failure: %s %v", got, err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			return idem.Finish(tx, idem.Owner{Buyer: 7}, "key-00001", "h2", now, idem.Answer{HTTPCode: 200, Body: `{"n":3}`})
		}); err == nil {
			t.Error("an answer was replaced by another")
		}
	})
}

// TestRivalsOfOneKey has a page send the same request several times at once: one
// effect, one answer for all, even when the first ones fail.
func TestRivalsOfOneKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for round := range 10 {
			var wg sync.WaitGroup
			answers := make([]string, 6)
			for i := range answers {
				wg.Go(func() {
					var err error
					answers[i], err = once(d, idem.Owner{Shop: 5}, fmt.Sprintf("key-%05d", round), "h", fmt.Sprintf(`{"by":%d}`, i), effect)
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for _, a := range answers {
				if a != answers[0] || a == "" {
					t.Fatalf("answers differ: %v", answers)
				}
			}
			if n := effects(t, d); n != strconv.Itoa(round+1) {
				t.Fatalf("%s effects after %d keys", n, round+1)
			}
		}
	})
}

func TestKeys(t *testing.T) {
	for _, bad := range []string{"", "1234567", strings.Repeat("x", 81), "with space", "tab\tkey-1", "键键键键键键键键", "new\nline1"} {
		if err := idem.Check(bad); !errors.Is(err, idem.ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{"12345678", strings.Repeat("~", 80)} {
		if err := idem.Check(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if idem.Hash([]byte("a")) == idem.Hash([]byte("b")) || len(idem.Hash(nil)) != 64 {
		t.Error("hashes")
	}
}
