package settings_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/internal/platform/settings"
)

func TestRivalsShareASecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		got := make([][]byte, 6)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = settings.Secret(ctx, d, rand.Reader, time.Now(), "buyer_key", 32); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, s := range got {
			if len(s) != 32 || !bytes.Equal(s, got[0]) {
				t.Fatalf("%x and %x", s, got[0])
			}
		}
		if other, err := settings.Secret(ctx, d, rand.Reader, time.Now(), "other", 32); err != nil || bytes.Equal(other, got[0]) {
			t.Errorf("%v", err)
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			if v, err := settings.Get(tx, "missing"); err != nil || v != "" {
				t.Errorf("%q %v", v, err)
			}
			for _, v := range []string{"1", "2"} {
				if err := settings.Set(tx, "seeded", v, time.Now()); err != nil {
					return err
				}
			}
			v, err := settings.Get(tx, "seeded")
			if v != "2" {
				t.Errorf("%q", v)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
