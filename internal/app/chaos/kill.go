package chaos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/shuke-commerce/shuke/internal/flow/audit"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// KillOptions say how a market is killed.
type KillOptions struct {
	Kills   int
	Engine  string // sqlite or postgres
	URL     string // of an empty PostgreSQL database
	Seed    uint64
	Clients int
	Dir     string
	Report  func(n int, victim string, ready time.Duration) // after each kill; nil is fine
}

// KillResult is what came of it.
type KillResult struct {
	Seed         uint64         `json:"seed"`
	Engine       string         `json:"engine"`
	Kills        int            `json:"kills"`
	Victims      map[string]int `json:"victims"`
	Seconds      float64        `json:"seconds"`
	ReadyP50     float64        `json:"ready_p50_ms"`
	ReadyP99     float64        `json:"ready_p99_ms"`
	Acknowledged int            `json:"orders_acknowledged"`
	Lost         int            `json:"orders_lost"`
	Doubled      int            `json:"orders_doubled"`
	Paid         int64          `json:"orders_paid"`
	Refunds      int64          `json:"refunds"`
	Shipped      int64          `json:"parcels"`
	Requests     map[string]int `json:"requests"`
	Shims        []string       `json:"shims"`
	Violations   []Violation    `json:"violations"`
}

// killing is a run under way.
type killing struct {
	KillOptions
	g      *ground
	serve  *program
	sim    *program
	dice   *rand.Rand
	full   *smallDisk
	mu     sync.Mutex
	acked  map[string]placed // by key
	counts map[string]int
	out    KillResult
}

// Kill runs serve and sim as processes under load and kills them.
func Kill(ctx context.Context, o KillOptions) (KillResult, error) {
	k := &killing{KillOptions: o, dice: newDice(o.Seed, 9), acked: map[string]placed{}, counts: map[string]int{}}
	k.out = KillResult{Seed: o.Seed, Engine: o.Engine, Victims: map[string]int{}, Requests: k.counts, Violations: []Violation{}}
	if k.Dir == "" {
		dir, err := os.MkdirTemp("", "shuke-kills-")
		if err != nil {
			return k.out, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		k.Dir = dir
	}
	err := k.run(ctx)
	return k.out, errors.Join(err, k.full.close())
}

func (k *killing) run(ctx context.Context) error {
	begin := time.Now()
	if k.Engine == string(db.SQLite) {
		k.full = newSmallDisk(filepath.Join(k.Dir, "disk"))
		k.out.Shims = append(k.out.Shims, k.full.says)
	}
	if err := k.prepare(ctx); err != nil {
		return err
	}
	if _, err := k.sim.start(ctx); err != nil {
		return err
	}
	first, err := k.serve.start(ctx)
	if err != nil {
		return errors.Join(err, k.sim.kill())
	}
	ready := []time.Duration{first}
	stop := make(chan struct{})
	var load sync.WaitGroup
	k.load(ctx, stop, &load)
	for n := range k.Kills {
		took, err := k.one(ctx, n)
		if err != nil {
			close(stop)
			load.Wait()
			return errors.Join(err, k.serve.kill(), k.sim.kill())
		}
		if took > 0 {
			ready = append(ready, took)
		}
	}
	close(stop)
	load.Wait()
	slices.Sort(ready)
	k.out.Kills = k.Kills
	k.out.ReadyP50, k.out.ReadyP99 = ms(ready[len(ready)/2]), ms(ready[min(len(ready)*99/100, len(ready)-1)])
	err = k.finish(ctx)
	k.out.Seconds = time.Since(begin).Seconds()
	return err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// prepare makes the market and how its programs are started.
func (k *killing) prepare(ctx context.Context) error {
	home, err := freeAddr()
	if err != nil {
		return err
	}
	wechat, err := freeAddr()
	if err != nil {
		return err
	}
	world := filepath.Join(k.Dir, "pocket-wechat.data")
	dir := k.Dir
	if k.full != nil && k.full.mounted {
		dir = k.full.dir
	}
	k.g, err = prepare(ctx, dir, time.Now, site{market: "http://" + home, wechat: "http://" + wechat, world: world, database: k.URL, rush: true})
	if err != nil {
		return err
	}
	c := k.g.cfg
	k.sim = &program{name: "sim", args: []string{"sim", "--addr", wechat, "--data", world}, dir: k.Dir, ask: "http://" + wechat + "/_sim/clock"}
	k.serve = &program{name: "serve", args: []string{"serve"}, dir: k.Dir, ask: "http://" + home + "/readyz", env: []string{
		"SHUKE_SERVER_ADDR=" + home, "SHUKE_SERVER_PUBLIC_URL=http://" + home, "SHUKE_DATA_DIR=" + k.g.dir, "SHUKE_DATABASE_URL=" + k.URL,
		"SHUKE_LOG_LEVEL=warn", "SHUKE_ORDER_PAY_WITHIN=20s", "SHUKE_MARKET_FEE_BPS=" + strconv.FormatInt(c.Market.FeeBps, 10),
		"SHUKE_OFFICIAL_APP_ID=" + c.Official.AppID, "SHUKE_OFFICIAL_SECRET=" + c.Official.Secret, "SHUKE_OFFICIAL_TOKEN=" + c.Official.Token,
		"SHUKE_OFFICIAL_AES_KEY=" + c.Official.EncodingAESKey, "SHUKE_OFFICIAL_BASE_URL=" + c.Official.BaseURL, "SHUKE_OFFICIAL_OPEN_URL=" + c.Official.OpenURL,
		"SHUKE_PAY_MCH_ID=" + c.Pay.MchID, "SHUKE_PAY_SERIAL_NO=" + c.Pay.SerialNo, "SHUKE_PAY_PRIVATE_KEY_FILE=" + c.Pay.PrivateKeyFile,
		"SHUKE_PAY_APIV3_KEY=" + c.Pay.APIv3Key, "SHUKE_PAY_BASE_URL=" + c.Pay.BaseURL}}
	return nil
}

// one waits a moment, kills somebody, and compares. It returns how long serve took
// to get ready, if it was serve.
func (k *killing) one(ctx context.Context, n int) (ready time.Duration, err error) {
	select {
	case <-time.After(time.Duration(200+k.dice.IntN(1300)) * time.Millisecond):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	victim := k.victim()
	k.out.Victims[victim]++
	switch victim {
	case "sim":
		if err = k.sim.kill(); err == nil {
			_, err = k.sim.start(ctx)
		}
	case "backend":
		err = k.killBackend(ctx)
	case "disk full":
		k.full.fill()
		time.Sleep(500 * time.Millisecond)
		err = k.serve.kill() // in the midst of it
		k.full.free()
	case "stall":
		err = hold(ctx, k.serve.cmd.Process, time.Duration(300+k.dice.IntN(1500))*time.Millisecond)
	case "both":
		if err = errors.Join(k.sim.kill(), k.serve.kill()); err == nil {
			_, err = k.sim.start(ctx)
		}
	default:
		err = k.serve.kill()
	}
	if err != nil {
		return 0, err
	}
	if err := k.compare(ctx, n); err != nil {
		return 0, fmt.Errorf("after kill %d (%s): %w", n, victim, err)
	}
	if victim == "serve" || victim == "both" || victim == "disk full" {
		ready, err = k.serve.start(ctx)
	}
	if k.Report != nil {
		k.Report(n, victim, ready)
	}
	return ready, err
}

// victim says who is killed this time.
func (k *killing) victim() string {
	r := k.dice.IntN(100)
	switch {
	case r < 8:
		return "sim"
	case r < 13:
		return "both"
	case r < 18:
		return "stall"
	case r < 38 && k.Engine == string(db.Postgres):
		return "backend"
	case r < 26 && k.full != nil && k.full.mounted:
		return "disk full"
	}
	return "serve"
}

// compare looks at what lies in the database right after a kill, before anything
// is started again.
func (k *killing) compare(ctx context.Context, n int) error {
	d, err := openAgain(ctx, k.address())
	if err != nil {
		return err
	}
	r, err := audit.Run(ctx, d)
	if err == nil {
		for _, v := range r.Violations {
			k.fail(n, kindOf(v), v.String())
		}
		err = k.there(ctx, d, n)
	}
	return errors.Join(err, d.Close())
}

// openAgain opens a database that may be recovering.
func openAgain(ctx context.Context, url string) (d *db.DB, err error) {
	for range 200 {
		if d, err = db.Open(ctx, db.Config{URL: url, Readers: 2}); err == nil {
			if err = d.Ping(ctx); err == nil {
				return d, nil
			}
			_ = d.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, err
}

func (k *killing) fail(n int, kind, detail string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.out.Violations) < maxViolations {
		k.out.Violations = append(k.out.Violations, Violation{kind, detail, n})
	}
}

// there tells whether every order that was acknowledged so far is there.
func (k *killing) there(ctx context.Context, d *db.DB, n int) error {
	k.mu.Lock()
	acked := make(map[string]placed, len(k.acked))
	for key, p := range k.acked {
		acked[key] = p
	}
	k.mu.Unlock()
	lost := 0
	err := d.Read(ctx, func(tx *db.Tx) error {
		lost = 0
		have := map[id.ID]id.ID{}
		for _, s := range k.g.stalls {
			err := tx.Each(func(r db.Row) error {
				var o, c id.ID
				err := r.Scan(&o, &c)
				have[o] = c
				return err
			}, `SELECT id, checkout_id FROM orders WHERE shop_id = $1`, s.id)
			if err != nil {
				return err
			}
		}
		for key, p := range acked {
			for _, o := range p.Orders {
				if have[o.OrderID] != p.CheckoutID {
					lost++
					k.fail(n, "lost", fmt.Sprintf("key %s: order %s was acknowledged and is not there", key, o.OrderID))
				}
			}
		}
		return nil
	})
	k.out.Acknowledged, k.out.Lost = len(acked), max(k.out.Lost, lost)
	return err
}

// finish lets everything come to rest and compares all of it with the pocket WeChat.
func (k *killing) finish(ctx context.Context) error {
	d, err := openAgain(ctx, k.address())
	if err != nil {
		return err
	}
	open := "?"
	for begin := time.Now(); open != "" && time.Since(begin) < 4*time.Minute && ctx.Err() == nil; {
		time.Sleep(500 * time.Millisecond)
		if open, err = k.g.unfinished(ctx, d, time.Now()); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	if open != "" {
		k.fail(k.Kills, "stuck", "after four minutes of calm: "+open)
	}
	err = errors.Join(d.Close(), k.serve.stop(), k.sim.stop())
	if err != nil {
		return err
	}
	if err := k.compare(ctx, k.Kills); err != nil {
		return err
	}
	return k.judge(ctx)
}

func (k *killing) address() string {
	cfg := k.g.cfg
	cfg.Data.Dir, cfg.Database.URL = k.g.dir, k.URL
	return cfg.DatabaseURL()
}

// judge compares house and pocket WeChat, both at rest.
func (k *killing) judge(ctx context.Context) error {
	d, err := openAgain(ctx, k.address())
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	pocket := &sim.Server{DataFile: k.sim.args[len(k.sim.args)-1], Log: slog.New(slog.DiscardHandler), Outbound: nowhere{}}
	if _, err := pocket.Handler(); err != nil {
		return err
	}
	defer func() { _ = pocket.Close() }()
	return d.Read(ctx, func(tx *db.Tx) error {
		wrong, err := k.g.provider(tx, pocket)
		if err != nil {
			return err
		}
		if wrong != "" {
			k.fail(k.Kills, "provider", wrong)
		}
		var checkouts int
		k.out.Paid, k.out.Refunds, k.out.Shipped = 0, 0, 0
		seen := map[id.ID]bool{}
		for _, s := range k.g.stalls {
			var paid, refunds, shipped int64
			err := errors.Join(tx.QueryRow(`SELECT COUNT(*) FROM orders WHERE shop_id = $1 AND paid_at IS NOT NULL`, s.id).Scan(&paid),
				tx.QueryRow(`SELECT COUNT(*) FROM refunds WHERE shop_id = $1 AND state = 'succeeded'`, s.id).Scan(&refunds),
				tx.QueryRow(`SELECT COUNT(*) FROM shipments WHERE shop_id = $1`, s.id).Scan(&shipped),
				tx.Each(func(r db.Row) error {
					var c id.ID
					err := r.Scan(&c)
					seen[c] = true
					return err
				}, `SELECT checkout_id FROM orders WHERE shop_id = $1`, s.id))
			if err != nil {
				return err
			}
			k.out.Paid, k.out.Refunds, k.out.Shipped = k.out.Paid+paid, k.out.Refunds+refunds, k.out.Shipped+shipped
		}
		checkouts = len(seen)
		if k.out.Doubled = max(checkouts-len(k.acked), 0); k.out.Doubled > 0 {
			k.fail(k.Kills, "order", fmt.Sprintf("%d keys were acknowledged, there are %d checkouts", len(k.acked), checkouts))
		}
		return nil
	})
}

// nowhere is the network of a pocket WeChat that is only read.
type nowhere struct{}

// RoundTrip implements http.RoundTripper.
func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, errLost }
