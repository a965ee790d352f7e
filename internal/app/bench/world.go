// Package bench measures this machine with the real thing: a server process of
// its own behind a socket, rival clients, and beside it the same row writes
// straight to the engine, in one run.
package bench

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Options say what to measure and how long.
type Options struct {
	Engine  string // sqlite or postgres
	URL     string // of an empty PostgreSQL database; "" with sqlite
	Seconds int
	Clients int
	Hot     bool   // all orders want the same SKU
	Dir     string // scratch folder; "" makes one
	Keep    bool   // keep the scratch folder
}

const (
	benchShops    = 4
	benchProducts = 50
	benchBuyers   = 256
	benchStock    = 100_000_000
)

// ground is a prepared database.
type ground struct {
	cfg    config.Config
	dir    string
	key    edge.BuyerKey
	shops  []id.ID
	skus   map[id.ID][]id.ID // by shop
	goods  map[id.ID][]id.ID // products by shop
	env    []string          // further settings of the server
	prices map[id.ID]int64
	buyers []id.ID
	homes  []id.ID // address of each buyer
}

// prepare makes a scratch database with shops, goods and buyers.
func prepare(ctx context.Context, o Options) (*ground, error) {
	return prepareFor(ctx, o, func(i int) buyer.OpenID { return buyer.OpenID{AppID: "bench", OpenID: fmt.Sprintf("bench-%d", i)} })
}

// prepareFor is prepare for buyers who are known elsewhere: who names the i-th.
func prepareFor(ctx context.Context, o Options, who func(i int) buyer.OpenID) (*ground, error) {
	dir := o.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "shuke-bench-"); err != nil {
			return nil, err
		}
	}
	cfg, err := config.Load("", nil)
	if err != nil {
		return nil, err
	}
	cfg.Data.Dir, cfg.Database.URL, cfg.Server.Addr = dir, o.URL, "127.0.0.1:0"
	h, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	g := &ground{cfg: cfg, dir: dir, key: h.BuyerKey, skus: map[id.ID][]id.ID{}, goods: map[id.ID][]id.ID{}, prices: map[id.ID]int64{}}
	err = g.fill(ctx, h, who)
	if closeErr := h.Close(); err == nil {
		err = closeErr
	}
	return g, err
}

func (g *ground) fill(ctx context.Context, h *app.House, who func(i int) buyer.OpenID) error {
	for i := range benchShops {
		handle := fmt.Sprintf("bench-%d", i)
		s, _, err := h.Onboarding.CreateShop(ctx, shop.Shop{Handle: handle, Name: "测试店 " + handle, ShippingFee: 800, FreeOver: 9900},
			onboarding.Owner{Login: handle, Name: "店主", Password: "bench-password"})
		if err != nil {
			return err
		}
		g.shops = append(g.shops, s.ID)
		for j := range benchProducts {
			if err := g.product(ctx, h, s.ID, j); err != nil {
				return err
			}
		}
	}
	if err := h.Queue.Drain(ctx); err != nil {
		return err
	}
	return h.DB.Write(ctx, func(tx *db.Tx) error {
		for i := range benchBuyers {
			b, err := buyer.Recognise(tx, who(i), h.IDs.Next(), h.Now())
			if err != nil {
				return err
			}
			a := buyer.Address{ID: h.IDs.Next(), Name: "李雷", Phone: "13800138000", Province: "浙江省", City: "杭州市", District: "西湖区", RegionCode: "330106", Detail: "文三路 88 号 2 幢 301"}
			if err := buyer.SaveAddress(tx, b, a, h.Now()); err != nil {
				return err
			}
			g.buyers, g.homes = append(g.buyers, b), append(g.homes, a.ID)
		}
		return nil
	})
}

func (g *ground) product(ctx context.Context, h *app.House, of id.ID, n int) error {
	stock := int64(benchStock)
	in := catalog.Input{Title: fmt.Sprintf("明前龙井 绿茶 第 %d 号", n), Subtitle: "豆香清甜，一芽一叶", Description: strings.Repeat("<p>清明前采的一芽一叶，老师傅手工辉锅，叶片扁平光滑。</p>", 12),
		Options: []catalog.Axis{{Name: "规格", Values: []string{"100克", "250克"}}, {Name: "包装", Values: []string{"罐装", "袋装"}}},
		Media:   []catalog.Picture{{Source: "https://example.com/longjing.jpg"}}}
	for _, a := range in.Options[0].Values {
		for _, b := range in.Options[1].Values {
			in.SKUs = append(in.SKUs, catalog.SKUInput{Options: []string{a, b}, Price: 5900, Stock: &stock})
		}
	}
	p, err := h.Catalog.CreateProduct(ctx, flow.Who{Shop: of}, "", in)
	if err != nil {
		return err
	}
	// The bench lists by hand: its goods have no pictures, which the console asks for.
	if err := h.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Must(`UPDATE products SET state = 'listed', listed_at = $3 WHERE shop_id = $1 AND id = $2`, of, p.ID, h.Now())
	}); err != nil {
		return err
	}
	g.goods[of] = append(g.goods[of], p.ID)
	for _, k := range p.SKUs {
		g.skus[of] = append(g.skus[of], k.ID)
		g.prices[k.ID] = int64(k.Price)
	}
	return nil
}

// server is a server process under measurement.
type server struct {
	cmd  *exec.Cmd
	addr string
	log  string
}

// start runs this binary's serve command on the prepared database.
func (g *ground) start(ctx context.Context) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{log: filepath.Join(g.dir, "server.log")}
	out, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	s.cmd = exec.CommandContext(ctx, self, "serve")
	s.cmd.Env = append(os.Environ(), "SHUKE_SERVER_ADDR=127.0.0.1:0", "SHUKE_DATA_DIR="+g.dir, "SHUKE_DATABASE_URL="+g.cfg.Database.URL, "SHUKE_LOG_FORMAT=json", "SHUKE_LOG_LEVEL=info")
	s.cmd.Env = append(s.cmd.Env, g.env...)
	s.cmd.Dir, s.cmd.Stderr = g.dir, out
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for range 300 {
		time.Sleep(50 * time.Millisecond)
		text, err := os.ReadFile(s.log)
		if err != nil {
			return nil, err
		}
		if _, rest, ok := strings.Cut(string(text), `"msg":"ready","addr":"`); ok {
			s.addr, _, _ = strings.Cut(rest, `"`)
			return s, nil
		}
	}
	return nil, fmt.Errorf("bench: the server did not get ready; see %s", s.log)
}

// stop ends the server as an operator would.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return s.cmd.Wait()
}
