package e2e

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/app/demo"
	"github.com/shuke-commerce/shuke/internal/app/demo/world"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// market is the world of one run: a seeded database and a pocket WeChat that
// outlives the server.
type market struct {
	config config.Config
	wechat *sim.Server
}

// newMarket seeds the demo's world into the database (empty: SQLite in the data
// folder) and connects it with a pocket WeChat of its own.
func newMarket(t *testing.T, root, database string) *market {
	t.Helper()
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Data.Dir = t.TempDir()
	c.Database.URL = database
	c.Server.Addr = freePort(t)
	c.Log.Level = "info"
	m := &market{wechat: &sim.Server{PhoneFS: os.DirFS(filepath.Join(root, "web", "dist", "phone")), DataFile: filepath.Join(c.Data.Dir, "pocket-wechat.data")}}
	if err := m.wechat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.wechat.Close(); err != nil {
			t.Errorf("pocket WeChat: %v", err)
		}
	})
	w, err := world.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Connect(m.wechat, &c, w, "http://"+c.Server.Addr); err != nil {
		t.Fatal(err)
	}
	// Parcels that travel two minutes show their first station within seconds.
	if _, err := m.wechat.AddCarrierCustomer(sim.CarrierCustomer{Customer: c.Carrier.Customer, Key: c.Carrier.Key, JourneySeconds: 120}); err != nil {
		t.Fatal(err)
	}
	c.Carrier.PollEvery = time.Second
	m.config = c
	m.seed(t)
	return m
}

func (m *market) seed(t *testing.T) {
	t.Helper()
	begin := time.Now()
	h, err := app.Open(t.Context(), m.config, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Seed(t.Context(), h, func(string) {}); err != nil {
		t.Fatalf("seeding: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("seeded in %.1f s", time.Since(begin).Seconds())
}

// freePort picks an address the server takes again after each restart.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// environ is the whole configuration as a process gets it.
func (m *market) environ() []string {
	c := m.config
	return append(os.Environ(),
		"SHUKE_SERVER_ADDR="+c.Server.Addr, "SHUKE_SERVER_PUBLIC_URL="+c.Server.PublicURL,
		"SHUKE_DATA_DIR="+c.Data.Dir, "SHUKE_DATABASE_URL="+c.Database.URL, "SHUKE_LOG_LEVEL="+c.Log.Level, "SHUKE_LOG_FORMAT=json",
		"SHUKE_OFFICIAL_APP_ID="+c.Official.AppID, "SHUKE_OFFICIAL_SECRET="+c.Official.Secret, "SHUKE_OFFICIAL_TOKEN="+c.Official.Token,
		"SHUKE_OFFICIAL_AES_KEY="+c.Official.EncodingAESKey, "SHUKE_OFFICIAL_MODE="+c.Official.Mode, "SHUKE_OFFICIAL_BASE_URL="+c.Official.BaseURL,
		"SHUKE_OFFICIAL_OPEN_URL="+c.Official.OpenURL, "SHUKE_OFFICIAL_MP_URL="+c.Official.MPURL,
		"SHUKE_PAY_MCH_ID="+c.Pay.MchID, "SHUKE_PAY_SERIAL_NO="+c.Pay.SerialNo, "SHUKE_PAY_PRIVATE_KEY_FILE="+c.Pay.PrivateKeyFile,
		"SHUKE_PAY_APIV3_KEY="+c.Pay.APIv3Key, "SHUKE_PAY_BASE_URL="+c.Pay.BaseURL,
		"SHUKE_CARRIER_CUSTOMER="+c.Carrier.Customer, "SHUKE_CARRIER_KEY="+c.Carrier.Key, "SHUKE_CARRIER_BASE_URL="+c.Carrier.BaseURL,
		"SHUKE_CARRIER_POLL_EVERY="+c.Carrier.PollEvery.String(), "SHUKE_MARKET_FEE_BPS="+strconv.FormatInt(c.Market.FeeBps, 10))
}
