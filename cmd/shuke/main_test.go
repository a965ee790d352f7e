package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/platform/db"
)

func TestWordsTooManyAreRefused(t *testing.T) {
	t.Setenv("SHUKE_DATA_DIR", t.TempDir())
	for _, args := range []string{"serve config.toml", "demo data", "sim 9900", "migrate up", "doctor now", "operator market", "frobnicate"} {
		words := strings.Fields(args)
		err := dispatch(context.Background(), words)
		if err == nil || !strings.Contains(err.Error(), words[len(words)-1]) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestDoctorKnowsAnOlderProgram(t *testing.T) {
	t.Setenv("SHUKE_DATA_DIR", t.TempDir())
	c, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := app.OpenDB(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if k, err := migrated(t.Context(), d); err != nil || !k.OK {
		t.Fatalf("%+v %v", k, err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (999, 'later', '', $1)`, time.Now())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if k, err := migrated(t.Context(), d); err != nil || k.OK || !strings.Contains(k.Advice, "newer") {
		t.Errorf("%+v %v", k, err)
	}
}
