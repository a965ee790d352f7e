package chaos

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// The market's account and merchant in the pocket WeChat of a simulation.
const (
	appID    = "wx5e1f0chaos0mark"
	mchID    = "1900000119"
	apiV3Key = "0123456789abcdef0123456789abcdef"
	keyName  = "merchant-key.pem"
	// market is our address in a world without sockets. WeChat's are the real ones.
	market = "http://market.invalid"
)

// Size of a simulated market: small, so that people meet at the same shelf.
const (
	shopCount   = 3
	skuCount    = 4 // per shop
	personCount = 8
	firstStock  = 12
	purse       = 1_000_000_00 // fen in every wallet
)

// epoch is when a simulation begins: a moment before a month ends, UTC.
var epoch = time.Date(2026, 11, 29, 6, 0, 0, 0, time.UTC)

// prices of a shop's SKUs in fen; odd, so that splitting leaves fen over.
var prices = [skuCount]int64{101, 2002, 5903, 30003}

// person is a buyer with a phone.
type person struct {
	phone string // id in the pocket WeChat
	buyer id.ID
	home  id.ID // address
}

// stall is a shop with what it sells.
type stall struct {
	id       id.ID
	handle   string
	owner    staff.Member
	products []id.ID
	skus     []id.ID
}

// site is where a market and its pocket WeChat are. The zero site has no
// sockets: WeChat has its real names, and its world is kept in memory.
type site struct {
	market   string // our address; "": market
	wechat   string // address of the pocket WeChat; "": the real hosts
	world    string // file that keeps the pocket WeChat's world
	database string // address of a PostgreSQL database; "": SQLite
	rush     bool   // shelves are fuller, and most people pay at once
}

// ground is a prepared market and a prepared pocket WeChat, made once and copied
// for every run.
type ground struct {
	dir      string // of the template
	snapshot []byte // of the pocket WeChat
	cfg      config.Config
	people   []person
	stalls   []stall
	merchant *rsa.PrivateKey
	key      edge.BuyerKey
	passes   []pass // of the owners
	site
}

// prepare makes the ground in a folder.
func prepare(ctx context.Context, dir string, now func() time.Time, at site) (*ground, error) {
	g := &ground{dir: filepath.Join(dir, "template"), site: at}
	if g.market == "" {
		g.market = market
	}
	if err := os.MkdirAll(g.dir, 0o750); err != nil {
		return nil, err
	}
	var err error
	if g.merchant, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if g.cfg, err = config.Load("", nil); err != nil {
		return nil, err
	}
	s := &sim.Server{Now: now, DataFile: g.world}
	if err := g.pocket(s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := g.house(ctx, s, now); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	var text bytes.Buffer
	err = s.Snapshot(&text)
	g.snapshot = text.Bytes()
	return g, errors.Join(err, s.Close())
}

// pocket registers account, merchant and people, and writes what the market must know.
func (g *ground) pocket(s *sim.Server) error {
	if _, err := s.Handler(); err != nil {
		return err
	}
	if g.wechat == "" {
		s.Clock.Freeze()
	}
	a, err := s.AddAccount(sim.Account{AppID: appID, Name: "熟客集市", Subject: "chaos", Mode: "safe", CallbackURL: g.market + "/callback/wechat/official"})
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&g.merchant.PublicKey)
	if err != nil {
		return err
	}
	m, err := s.AddMerchant(sim.Merchant{MchID: mchID, Name: "熟客集市", AppIDs: []string{appID}, APIv3Key: apiV3Key,
		PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))})
	if err != nil {
		return err
	}
	set, err := s.MoneySettings(mchID)
	if err != nil {
		return err
	}
	set.FeeRate = 0 // so that the merchant's account is what buyers paid less what they got back
	if err := s.SetMoney(set); err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(g.merchant)
	if err != nil {
		return err
	}
	key := filepath.Join(g.dir, keyName)
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		return err
	}
	g.cfg.Server.PublicURL = g.market
	g.cfg.Market.FeeBps = 60
	g.cfg.Official = config.Official{AppID: a.AppID, Secret: a.Secret, Token: a.Token, EncodingAESKey: a.AESKey, Mode: a.Mode,
		BaseURL: g.cfg.Official.BaseURL, OpenURL: g.cfg.Official.OpenURL, MPURL: g.cfg.Official.MPURL}
	g.cfg.Pay = config.Pay{MchID: m.MchID, SerialNo: m.Serial, PrivateKeyFile: key, APIv3Key: m.APIv3Key, BaseURL: g.cfg.Pay.BaseURL}
	if g.wechat != "" {
		g.cfg.Official.BaseURL, g.cfg.Official.OpenURL, g.cfg.Official.MPURL, g.cfg.Pay.BaseURL = g.wechat, g.wechat, g.wechat, g.wechat
	}
	for i := range personCount {
		p := person{phone: fmt.Sprintf("p%d", i)}
		if _, err := s.AddPerson(sim.Person{ID: p.phone, Name: fmt.Sprintf("买家%d", i), Balance: purse, PaysAtOnce: g.rush && i > 1}); err != nil {
			return err
		}
		if err := s.Follow(p.phone, appID); err != nil {
			return err
		}
		g.people = append(g.people, p)
	}
	return nil
}

// house fills the template database with shops, goods and buyers.
func (g *ground) house(ctx context.Context, s *sim.Server, now func() time.Time) error {
	cfg := g.cfg
	cfg.Data.Dir, cfg.Database.URL = g.dir, g.database
	h, err := app.OpenIn(ctx, cfg, slog.New(slog.DiscardHandler), app.Outside{Now: now, OneByOne: true})
	if err != nil {
		return err
	}
	g.key = h.BuyerKey
	fill := func() error {
		for i := range shopCount {
			if err := g.open(ctx, h, i); err != nil {
				return err
			}
		}
		if err := h.Queue.Drain(ctx); err != nil {
			return err
		}
		for i := range g.people {
			if err := g.meet(ctx, h, s, &g.people[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.Join(fill(), h.Close())
}

func (g *ground) open(ctx context.Context, h *app.House, n int) error {
	t := stall{handle: fmt.Sprintf("stall-%d", n)}
	s, m, err := h.Onboarding.CreateShop(ctx, shop.Shop{Handle: t.handle, Name: "小店 " + t.handle, ShippingFee: 1000, FreeOver: 9900, ReturnAddress: "杭州市西湖区文三路 1 号"},
		onboarding.Owner{Login: t.handle, Name: "店主", Password: "chaos-password"})
	if err != nil {
		return err
	}
	t.id, t.owner = s.ID, m
	if err := h.DB.Write(ctx, func(tx *db.Tx) error {
		token, session, err := staff.OpenSession(tx, m, h.Rand, h.Now())
		g.passes = append(g.passes[:n], pass{token: token, csrf: session.CSRF})
		return err
	}); err != nil {
		return err
	}
	who := flow.Who{Shop: s.ID, Staff: m.ID}
	tea, picture, err := g.look(ctx, h, s.ID)
	if err != nil {
		return err
	}
	for i, price := range prices {
		stock := int64(firstStock)
		if g.rush {
			stock = 40
		}
		if n == 0 && i == 0 {
			stock = 2 // the shelf everybody meets at
		}
		in := catalog.Input{CategoryID: tea, Title: fmt.Sprintf("明前龙井 %d 号", i), Media: []catalog.Picture{{URL: picture}},
			SKUs: []catalog.SKUInput{{Price: moneyOf(price), Stock: &stock}}}
		p, err := h.Catalog.CreateProduct(ctx, who, "", in)
		if err != nil {
			return err
		}
		if p, err = h.Catalog.SetState(ctx, who, p.ID, catalog.Listed); err != nil {
			return err
		}
		t.products, t.skus = append(t.products, p.ID), append(t.skus, p.SKUs[0].ID)
	}
	g.stalls = append(g.stalls, t)
	return nil
}

// look gives goods what they need to be sold: a category and a picture.
func (g *ground) look(ctx context.Context, h *app.House, of id.ID) (category id.ID, picture string, err error) {
	c, err := h.Catalog.SaveCategory(ctx, catalog.Category{Code: "c" + of.String(), Name: "茶"})
	if err != nil {
		return 0, "", err
	}
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 20, 20))); err != nil {
		return 0, "", err
	}
	m, err := h.Catalog.UploadPicture(ctx, of, &file)
	return c.ID, m.URL, err
}

func (g *ground) meet(ctx context.Context, h *app.House, s *sim.Server, p *person) error {
	open, err := s.OpenID(appID, p.phone)
	if err != nil {
		return err
	}
	return h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if p.buyer, err = buyer.Recognise(tx, buyer.OpenID{AppID: appID, OpenID: open}, h.IDs.Next(), h.Now()); err != nil {
			return err
		}
		p.home = h.IDs.Next()
		return buyer.SaveAddress(tx, p.buyer, buyer.Address{ID: p.home, Name: "王小明", Phone: "13800138000", Province: "浙江省", City: "杭州市", District: "西湖区",
			RegionCode: "330106", Detail: "文三路 88 号 2 幢 " + strings.TrimPrefix(p.phone, "p") + "01"}, h.Now())
	})
}

// copyTo lays the template into a folder for one run.
func (g *ground) copyTo(dir string) (config.Config, error) {
	cfg := g.cfg
	cfg.Data.Dir = dir
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return cfg, err
	}
	text, err := os.ReadFile(filepath.Join(g.dir, "shuke.db"))
	if err != nil {
		return cfg, err
	}
	return cfg, os.WriteFile(filepath.Join(dir, "shuke.db"), text, 0o600)
}
