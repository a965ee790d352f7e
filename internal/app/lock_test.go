package app_test

import (
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/platform/config"
)

func TestOneMarketPerFolder(t *testing.T) {
	cfg, err := config.Load("", nil)
	must(t, err)
	cfg.Data.Dir = t.TempDir()
	first, err := app.LockData(cfg)
	must(t, err)
	if _, err := app.LockData(cfg); err == nil || !strings.Contains(err.Error(), cfg.Data.Dir) {
		t.Fatalf("a second process: %v", err)
	}
	shared := cfg
	shared.Database.URL = "postgres://localhost/shuke"
	both, err := app.LockData(shared)
	must(t, err)
	must(t, both.Close())
	must(t, first.Close())
	again, err := app.LockData(cfg)
	must(t, err)
	must(t, again.Close())
}
