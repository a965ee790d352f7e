// Package app is the hall of the house: it puts the rooms together, says who
// hears which event, and what the clock starts.
package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/shuke-commerce/shuke/internal/domain/message/officialmsg"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/payment/alipay"
	"github.com/shuke-commerce/shuke/internal/domain/payment/wechatpay"
	"github.com/shuke-commerce/shuke/internal/domain/recon/wechatbill"
	tracking "github.com/shuke-commerce/shuke/internal/domain/shipment/kuaidi100"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/basket"
	"github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/counter"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/flow/flash"
	"github.com/shuke-commerce/shuke/internal/flow/funds"
	"github.com/shuke-commerce/shuke/internal/flow/identity"
	"github.com/shuke-commerce/shuke/internal/flow/importing"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/flow/reconcile"
	"github.com/shuke-commerce/shuke/internal/flow/telling"
	"github.com/shuke-commerce/shuke/internal/flow/visiting"
	"github.com/shuke-commerce/shuke/internal/platform/blob"
	"github.com/shuke-commerce/shuke/internal/platform/board"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/fetch"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/lead"
	"github.com/shuke-commerce/shuke/internal/platform/node"
	"github.com/shuke-commerce/shuke/internal/platform/settings"
	"github.com/shuke-commerce/shuke/schema"
	"github.com/shuke-commerce/shuke/wechat/kuaidi100"
	"github.com/shuke-commerce/shuke/wechat/official"
	wxpay "github.com/shuke-commerce/shuke/wechat/pay"
)

// House is a wired process: every flow, and what serves them.
type House struct {
	Config config.Config
	Log    *slog.Logger
	Now    func() time.Time
	Rand   io.Reader

	DB      *db.DB
	IDs     *id.Source
	Queue   *jobs.Queue
	Emitter *jobs.Emitter
	Metrics *metrics.Set

	Official   *official.Client // nil: not configured
	WxPay      *wxpay.Client    // nil: not configured
	Alipay     *alipay.Provider // nil: not configured
	Identity   *identity.Flow
	Onboarding *onboarding.Flow
	Basket     *basket.Flow
	Catalog    *catalog.Flow
	Importing  *importing.Flow
	Checkout   *checkout.Deps
	Pay        *pay.Deps
	Counter    *counter.Flow
	Flash      *flash.Deps
	Aftersale  *aftersale.Deps
	Delivery   *delivery.Deps
	Funds      *funds.Deps
	Telling    *telling.Flow
	Reconcile  *reconcile.Deps
	Visits     *visiting.Counter
	BuyerKey   edge.BuyerKey
	Media      *blob.Store

	lease     *node.Lease
	lead      *lead.Claim
	board     *board.Board
	transport http.RoundTripper
	oneByOne  bool
}

// Open connects to the database, migrates it if the configuration says so, and
// wires the house. Close it when done.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger) (*House, error) {
	return OpenIn(ctx, cfg, log, Outside{})
}

// OpenDB opens the configured database and, if asked, migrates it.
func OpenDB(ctx context.Context, cfg config.Config, migrate bool) (*db.DB, []int, error) {
	d, err := db.Open(ctx, db.Config{URL: cfg.DatabaseURL(), ControlURL: cfg.Database.ControlURL, Readers: cfg.Database.Connections})
	if err != nil {
		return nil, nil, err
	}
	all, err := db.LoadMigrations(schema.Migrations())
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	if !migrate {
		return d, nil, nil
	}
	applied, err := d.Migrate(ctx, all, time.Now())
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return d, applied, nil
}

func (h *House) openDB(ctx context.Context) error {
	d, applied, err := OpenDB(ctx, h.Config, h.Config.Database.AutoMigrate)
	if err != nil {
		return err
	}
	if len(applied) > 0 {
		h.Log.Info("migrated", "versions", applied)
	}
	h.DB = d
	return nil
}

func (h *House) leaseNode(ctx context.Context) error {
	var b [8]byte
	if _, err := io.ReadFull(h.Rand, b[:]); err != nil {
		return err
	}
	host, _ := os.Hostname()
	self := fmt.Sprintf("%s/%d/%s", host, os.Getpid(), hex.EncodeToString(b[:]))
	l, err := node.Acquire(ctx, h.DB, h.Now, self)
	if err != nil {
		return err
	}
	h.lead = &lead.Claim{DB: h.DB, Name: "schedule", Holder: self, Now: h.Now, Log: h.Log}
	h.board = &board.Board{DB: h.DB, Self: self, Log: h.Log, Hear: func(hint string) { h.Catalog.Hear(hint) }}
	h.lease = l
	h.IDs = &id.Source{Now: h.Now, Node: l.Number}
	h.Queue = &jobs.Queue{DB: h.DB, IDs: h.IDs, Now: h.Now, Log: h.Log}
	h.Queue.Workers = h.rivals()
	h.Emitter = &jobs.Emitter{IDs: h.IDs, Poke: h.Queue.Poke, Heard: h.Queue.Heard}
	return h.IDs.Validate()
}

func (h *House) openWeChat(context.Context) error {
	c := h.Config
	client := &http.Client{Timeout: 15 * time.Second, Transport: h.transport}
	if c.Official.AppID != "" {
		o, err := official.New(official.Config{AppID: c.Official.AppID, Secret: c.Official.Secret, Token: c.Official.Token, EncodingAESKey: c.Official.EncodingAESKey,
			Mode: official.Mode(c.Official.Mode), BaseURL: c.Official.BaseURL, OpenBaseURL: c.Official.OpenURL, MPBaseURL: c.Official.MPURL,
			HTTPClient: client, Now: h.Now, Rand: h.Rand})
		if err != nil {
			return err
		}
		h.Official = o
	}
	if c.Pay.MchID == "" {
		return nil
	}
	p := wxpay.Config{MchID: c.Pay.MchID, SerialNo: c.Pay.SerialNo, APIv3Key: c.Pay.APIv3Key, AppID: c.Official.AppID, Mode: wxpay.ModeCertificate,
		BaseURL: c.Pay.BaseURL, HTTPClient: client, Now: h.Now, Rand: h.Rand}
	text, err := os.ReadFile(c.Pay.PrivateKeyFile)
	if err != nil {
		return fmt.Errorf("pay.private_key_file: %w", err)
	}
	if p.PrivateKey, err = wxpay.LoadPrivateKey(string(text)); err != nil {
		return fmt.Errorf("pay.private_key_file: %w", err)
	}
	if c.Pay.PublicKeyID != "" {
		if text, err = os.ReadFile(c.Pay.PublicKeyFile); err != nil {
			return fmt.Errorf("pay.public_key_file: %w", err)
		}
		p.Mode, p.PublicKeyID = wxpay.ModePublicKey, c.Pay.PublicKeyID
		if p.PublicKey, err = wxpay.LoadPublicKey(string(text)); err != nil {
			return fmt.Errorf("pay.public_key_file: %w", err)
		}
	}
	h.WxPay, err = wxpay.New(p)
	return err
}

// Largest files, in bytes.
const (
	maxPicture = 10 << 20
	maxBill    = 4 << 30
	// MaxUpload is the largest catalog file a browser may send; the command line
	// reads larger ones.
	MaxUpload = 512 << 20
)

// NotifyPath is where payment and refund notices arrive.
const NotifyPath = "/callback/wechat/pay"

func (h *House) wireFlows(ctx context.Context) error {
	c := h.Config
	key, err := settings.Secret(ctx, h.DB, h.Rand, h.Now(), "buyer_key", 32)
	if err != nil {
		return err
	}
	h.BuyerKey = key
	if h.Media, err = blob.Open(filepath.Join(c.Data.Dir, "media"), maxPicture); err != nil {
		return err
	}
	uploads, err := blob.Open(filepath.Join(c.Data.Dir, "uploads"), MaxUpload)
	if err != nil {
		return err
	}
	h.Identity = &identity.Flow{DB: h.DB, IDs: h.IDs, Events: h.Emitter, Now: h.Now, AppID: c.Official.AppID}
	h.Onboarding = &onboarding.Flow{DB: h.DB, IDs: h.IDs, Events: h.Emitter, Now: h.Now, Rand: h.Rand}
	h.Basket = &basket.Flow{DB: h.DB, Now: h.Now}
	h.Visits = &visiting.Counter{DB: h.DB, Now: h.Now, Log: h.Log}
	if h.Catalog, err = catalog.New(catalog.Config{DB: h.DB, IDs: h.IDs, Emit: h.Emitter, Now: h.Now, Media: h.Media, Say: h.board.Say}); err != nil {
		return err
	}
	if h.Importing, err = importing.New(importing.Config{DB: h.DB, IDs: h.IDs, Emit: h.Emitter, Now: h.Now, Media: h.Media, Uploads: uploads,
		Fetch: fetch.New(fetch.Config{AllowPrivate: c.Fetch.AllowPrivate}), PublicURL: c.BaseURL(), Changed: h.Catalog.Invalidate,
		Report: func(err error) { h.Log.Warn("import", "err", err) }}); err != nil {
		return err
	}
	h.Checkout = &checkout.Deps{DB: h.DB, IDs: h.IDs, Emitter: h.Emitter, Now: h.Now, Config: checkout.Config{PayWindow: c.Order.PayWithin}}
	h.Flash = &flash.Deps{DB: h.DB, IDs: h.IDs, Now: h.Now, Changed: h.Catalog.Changed}
	h.Pay = &pay.Deps{DB: h.DB, IDs: h.IDs, Emitter: h.Emitter, Now: h.Now, Provider: h.provider(), Log: h.Log,
		Config: pay.Config{AppID: c.Official.AppID, MchID: c.Pay.MchID, Partner: c.Pay.Partner, AlipayID: c.Alipay.AppID,
			ReturnURL: strings.TrimSuffix(c.BaseURL(), "/") + "/pay/", FeeBps: c.Market.FeeBps, ReceiveWindow: c.Order.ReceiveWithin, Rivals: h.rivals()}}
	if err := h.wireAlipay(); err != nil {
		return err
	}
	h.Counter = &counter.Flow{DB: h.DB, IDs: h.IDs, Emitter: h.Emitter, Now: h.Now}
	h.Aftersale = &aftersale.Deps{DB: h.DB, IDs: h.IDs, Emitter: h.Emitter, Now: h.Now}
	h.Funds = &funds.Deps{DB: h.DB, IDs: h.IDs, Emitter: h.Emitter, Now: h.Now, Log: h.Log}
	h.Delivery = &delivery.Deps{DB: h.DB, IDs: h.IDs, Emitter: h.Emitter, Now: h.Now,
		Config: delivery.Config{FeeBps: c.Market.FeeBps, ReceiveWindow: c.Order.ReceiveWithin}}
	if err := h.wireTracking(); err != nil {
		return err
	}
	if err := h.wireReconcile(); err != nil {
		return err
	}
	return h.wireTelling()
}

// wireReconcile lets the bills of the merchant be compared where one is configured.
func (h *House) wireReconcile() error {
	dir := filepath.Join(h.Config.Data.Dir, "bills")
	bills, err := blob.Open(dir, maxBill)
	if err != nil {
		return err
	}
	h.Reconcile = &reconcile.Deps{DB: h.DB, IDs: h.IDs, Emitter: h.Emitter, Now: h.Now, Log: h.Log, Bills: bills, Dir: dir,
		AskPayment: h.Pay.AskPayment, AskRefund: h.Pay.AskRefund}
	if h.WxPay != nil {
		h.Reconcile.Accounts = append(h.Reconcile.Accounts, reconcile.Account{Account: payment.Account{Provider: payment.Wechat, MchID: h.Config.Pay.MchID},
			Source: &wechatbill.Source{Client: h.WxPay}, FeeBps: h.Config.Pay.FeeBps})
	}
	return h.Reconcile.Tidy()
}

// wireTracking lets parcels be followed where a tracking service is configured.
func (h *House) wireTracking() error {
	c := h.Config.Carrier
	h.Delivery.Config.PollEvery = c.PollEvery
	if c.Customer == "" {
		return nil
	}
	client, err := kuaidi100.New(kuaidi100.Config{Customer: c.Customer, Key: c.Key, BaseURL: c.BaseURL, Now: h.Now})
	if err != nil {
		return fmt.Errorf("carrier: %w", err)
	}
	h.Delivery.Tracker = &tracking.Tracker{Client: client}
	return nil
}

func (h *House) provider() payment.Provider {
	if h.WxPay == nil {
		return unconfigured{}
	}
	base := strings.TrimSuffix(h.Config.NotifyBase(), "/") + NotifyPath
	return wechatpay.New(h.WxPay, wechatpay.Config{PayNotifyURL: base, RefundNotifyURL: base})
}

// AlipayPath is where notices of Alipay arrive.
const AlipayPath = "/callback/alipay"

// wireAlipay adds the second provider where it is configured.
func (h *House) wireAlipay() error {
	c := h.Config.Alipay
	if c.AppID == "" {
		return nil
	}
	private, err := os.ReadFile(c.PrivateKeyFile)
	if err != nil {
		return fmt.Errorf("alipay.private_key_file: %w", err)
	}
	public, err := os.ReadFile(c.PublicKeyFile)
	if err != nil {
		return fmt.Errorf("alipay.public_key_file: %w", err)
	}
	h.Alipay, err = alipay.New(alipay.Config{AppID: c.AppID, PrivateKey: string(private), PublicKey: string(public), BaseURL: c.BaseURL,
		NotifyURL: strings.TrimSuffix(h.Config.NotifyBase(), "/") + AlipayPath, HTTPClient: &http.Client{Timeout: 15 * time.Second, Transport: h.transport}})
	if err == nil {
		h.Pay.Alipay = h.Alipay
	}
	return err
}

func (h *House) wireTelling() error {
	s := &officialmsg.Sender{Client: h.Official, Templates: map[string]officialmsg.Template{}}
	for kind, text := range map[string]string{event.OrderPaid: h.Config.Official.TemplatePaid, event.OrderShipped: h.Config.Official.TemplateShip,
		event.OrderRefunded: h.Config.Official.TemplateRefund} {
		t, err := officialmsg.ParseTemplate(text)
		if err != nil {
			return fmt.Errorf("official templates: %w", err)
		}
		s.Templates[kind] = t
	}
	h.Telling = &telling.Flow{DB: h.DB, IDs: h.IDs, Now: h.Now, Sender: s, AppID: h.Config.Official.AppID, BaseURL: h.Config.BaseURL()}
	return nil
}

// Close gives the node number back and closes the database.
func (h *House) Close() error {
	var err error
	if h.lease != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		err = h.lease.Release(ctx)
	}
	return errors.Join(err, h.DB.Close())
}
