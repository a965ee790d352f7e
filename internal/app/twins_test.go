package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/app/demo"
	"github.com/shuke-commerce/shuke/internal/app/demo/world"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/db/dbtest"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// serveAs names the file with the configuration of a process that this test binary
// becomes (TestMain).
const serveAs = "SHUKE_TEST_SERVE"

func TestMain(m *testing.M) {
	if path := os.Getenv(serveAs); path != "" {
		if err := becomeProcess(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// becomeProcess serves a market on the socket that the parent opened.
func becomeProcess(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var cfg config.Config
	if err := json.Unmarshal(text, &cfg); err != nil {
		return err
	}
	ln, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	h, err := app.Open(ctx, cfg, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	if err := h.ServeOn(ctx, ln, func(string) {}); err != nil {
		return err
	}
	return h.Close()
}

// process is a market's process beside this one.
type process struct {
	url string
	cmd *exec.Cmd
	log string
}

// socket opens a port and gives its address and the file to hand on.
func socket(t *testing.T) (url string, file *os.File) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	file, err = ln.(*net.TCPListener).File()
	must(t, err)
	must(t, ln.Close())
	return "http://" + ln.Addr().String(), file
}

func startProcess(t *testing.T, cfg config.Config, name, url string, file *os.File) *process {
	t.Helper()
	text, err := json.Marshal(cfg)
	must(t, err)
	dir := t.TempDir()
	path := filepath.Join(dir, name+".json")
	must(t, os.WriteFile(path, text, 0o600))
	self, err := os.Executable()
	must(t, err)
	p := &process{url: url, cmd: exec.Command(self), log: filepath.Join(dir, name+".log")}
	out, err := os.Create(p.log)
	must(t, err)
	p.cmd.Env, p.cmd.ExtraFiles, p.cmd.Stderr = append(os.Environ(), serveAs+"="+path), []*os.File{file}, out
	must(t, p.cmd.Start())
	must(t, file.Close()) // with the process, the port is gone
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if text, err := os.ReadFile(p.log); t.Failed() && err == nil {
			t.Logf("%s:\n%s", name, text)
		}
	})
	return p
}

// twins are two real processes of one market on one PostgreSQL; h looks at the
// database and at the pocket WeChat, and serves nothing.
func twins(t *testing.T) (h *house, a, b *process) {
	t.Helper()
	s := &sim.Server{Clock: &sim.Clock{}, Faults: &sim.Faults{}}
	must(t, s.Start())
	t.Cleanup(func() { _ = s.Close() })
	urlA, fileA := socket(t)
	urlB, fileB := socket(t)
	cfg, err := config.Load("", nil)
	must(t, err)
	cfg.Data.Dir = t.TempDir()
	cfg.Database.URL, cfg.Database.ControlURL = dbtest.PostgresURLs(t)
	cfg.Database.AutoMigrate = false
	w := world.World{Market: world.Market{Name: "熟客市集", Slogan: "用心的小店"}, People: []world.Person{{Code: "ming", Name: "王小明", City: "杭州"}}}
	must(t, demo.Connect(s, &cfg, w, urlA))
	cfg.Pay.NotifyURL = urlB // what is begun at A is paid at B
	h = &house{t: t, sim: s, url: urlA, log: &logBook{lines: make(chan string, 10_000)}}
	h.House, err = app.Open(ctx, cfg, slog.New(slog.NewTextHandler(h.log, nil)))
	must(t, err)
	t.Cleanup(func() { _ = h.House.Close() })
	a, b = startProcess(t, cfg, "a", urlA, fileA), startProcess(t, cfg, "b", urlB, fileB)
	for _, p := range []*process{a, b} {
		h.until("a process", func() bool {
			resp, err := http.Get(p.url + "/readyz")
			if err != nil {
				return false
			}
			return resp.Body.Close() == nil && resp.StatusCode == 200
		})
	}
	return h, a, b
}

// at is the same caller at another process.
func (c *caller) at(p *process) *caller {
	other := *c
	other.base = p.url
	return &other
}

// leader reads which process leads.
func (h *house) leader() (holder string) {
	h.t.Helper()
	must(h.t, h.DB.Control().Read(ctx, func(tx *db.Tx) error {
		return tx.Each(func(r db.Row) error { return r.Scan(&holder) }, `SELECT holder FROM leases WHERE name = 'schedule'`)
	}))
	return holder
}

func (p *process) is(holder string) bool {
	return strings.Contains(holder, fmt.Sprintf("/%d/", p.cmd.Process.Pid))
}

// lines reads the events of a shop at a process until the test ends.
func (h *house) lines(c *caller, shop string) chan string {
	h.t.Helper()
	run, stop := context.WithCancel(ctx)
	r, err := http.NewRequestWithContext(run, "GET", c.base+"/api/console/shops/"+shop+"/events", nil)
	must(h.t, err)
	r.Header = c.header.Clone()
	resp, err := http.DefaultClient.Do(r)
	must(h.t, err)
	if resp.StatusCode != 200 {
		h.t.Fatalf("events: %d", resp.StatusCode)
	}
	out := make(chan string, 1000)
	go func() {
		in := bufio.NewScanner(resp.Body)
		for in.Scan() {
			out <- in.Text()
		}
		close(out)
	}()
	h.t.Cleanup(func() { stop(); _, _ = io.Copy(io.Discard, resp.Body); _ = resp.Body.Close() })
	return out
}

func TestTwoProcessesAreOneMarket(t *testing.T) {
	h, a, b := twins(t)
	shop, owner := h.shopFront("tea")
	product := h.listed(shop.ID, "明前龙井")
	buyer, _ := h.buyer("ming")

	// Sessions are stored: who logs in at A is known at B, and gone there after leaving A.
	staff := h.guest()
	session := into[map[string]any](staff, staff.do("POST", "/api/console/login", map[string]string{"login": "tea", "password": password}))
	if csrf, _ := session["csrf"].(string); csrf != "" {
		staff.header.Set("X-CSRF-Token", csrf)
	}
	if got := staff.at(b).do("GET", "/api/console/me", nil); got.code != 200 {
		t.Errorf("B does not know who logged in at A: %d %s", got.code, got.body)
	}

	// Node numbers are told apart.
	var nodes, holders int
	must(t, h.DB.Control().Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(DISTINCT node), COUNT(DISTINCT holder) FROM nodes`).Scan(&nodes, &holders)
	}))
	if nodes != 3 || holders != 3 {
		t.Errorf("%d numbers of %d processes, want 3 of 3", nodes, holders)
	}

	// A price that changes at B changes on the page that A keeps.
	path := "/api/storefront/products/" + shop.ID.String() + "/" + product.ID.String()
	for _, p := range []*process{a, b} {
		if got := buyer.at(p).do("GET", path, nil); got.code != 200 || !strings.Contains(got.body, "8800") {
			t.Fatalf("the page: %d %s", got.code, got.body)
		}
	}
	clerk := h.as(owner)
	prices := map[string]any{"edits": []any{map[string]any{"sku_id": product.SKUs[0].ID.String(), "price": 9900}}}
	if got := clerk.at(b).do("POST", "/api/console/shops/"+shop.ID.String()+"/prices", prices); got.code/100 != 2 {
		t.Fatalf("prices: %d %s", got.code, got.body)
	}
	h.until("the new price at A", func() bool { return strings.Contains(buyer.at(a).do("GET", path, nil).body, "9900") })

	// One key at both processes at once is one order.
	seen := h.lines(clerk.at(a), shop.ID.String())
	address := h.address(buyer)
	body := map[string]any{"address_id": address, "expect_total": 9900, "lines": []any{map[string]any{"shop_id": shop.ID.String(), "sku_id": product.SKUs[0].ID.String(), "quantity": 1}}}
	var answers [6]answer
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = buyer.at([]*process{a, b}[i%2]).do("POST", "/api/storefront/orders", body, "Idempotency-Key", "one-key-twice")
		})
	}
	wg.Wait()
	var placed struct {
		CheckoutID string `json:"checkout_id"`
		Orders     []struct {
			OrderID string `json:"order_id"`
		}
	}
	for _, got := range answers {
		was := placed
		placed = into[struct {
			CheckoutID string `json:"checkout_id"`
			Orders     []struct {
				OrderID string `json:"order_id"`
			}
		}](buyer, got)
		if was.CheckoutID != "" && was.CheckoutID != placed.CheckoutID {
			t.Errorf("one key made checkouts %s and %s", was.CheckoutID, placed.CheckoutID)
		}
	}
	o := placedOrder{shop.ID.String(), placed.Orders[0].OrderID, placed.CheckoutID}

	// Begun at A, paid at B, seen at A; every listener heard it once.
	h.paid(buyer.at(a), o, "ming")
	if got := buyer.at(a).do("GET", "/api/storefront/checkouts/"+o.checkout+"/payment", nil); got.code != 200 || !strings.Contains(got.body, `"paid"`) {
		t.Errorf("the payment's page at A: %d %s", got.code, got.body)
	}
	h.until("the event at A's open page", func() bool {
		for {
			select {
			case line := <-seen:
				if strings.Contains(line, "order.paid") && strings.Contains(line, o.order) {
					return true
				}
			default:
				return false
			}
		}
	})
	for what, sql := range map[string]string{
		"sales": `SELECT COUNT(*) FROM sales WHERE shop_id = $1`, "orders": `SELECT COUNT(*) FROM orders WHERE shop_id = $1`,
		"sold": `SELECT CAST(SUM(sold) AS BIGINT) FROM products WHERE shop_id = $1`,
	} {
		if n := h.count(sql, shop.ID); n != 1 {
			t.Errorf("%s: %d, want 1", what, n)
		}
	}

	h.oneLeads(a, b, buyer, shop.ID.String(), product.SKUs[0].ID.String(), address)
}

// oneLeads kills the process that leads; the other one closes what is not paid.
func (h *house) oneLeads(a, b *process, buyer *caller, shop, sku, address string) {
	t := h.t
	t.Helper()
	h.until("a leader", func() bool { return h.leader() != "" })
	first, second := a, b
	if b.is(h.leader()) {
		first, second = b, a
	} else if !a.is(h.leader()) {
		t.Fatalf("%s leads", h.leader())
	}
	body := map[string]any{"address_id": address, "expect_total": 9900, "lines": []any{map[string]any{"shop_id": shop, "sku_id": sku, "quantity": 1}}}
	out := into[struct {
		CheckoutID string `json:"checkout_id"`
		Orders     []struct {
			OrderID string `json:"order_id"`
		}
	}](buyer, buyer.at(second).do("POST", "/api/storefront/orders", body, "Idempotency-Key", "left-alone-1"))
	o := placedOrder{shop, out.Orders[0].OrderID, out.CheckoutID}
	must(t, first.cmd.Process.Signal(syscall.SIGKILL))
	must(t, h.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Must(`UPDATE orders SET pay_deadline = $3 WHERE shop_id = $1 AND id = $2`, parse(t, shop), parse(t, o.order), h.Now().Add(-time.Minute))
	}))
	for range 6 { // until takes ten seconds; taking over takes as long, on a busy machine longer
		if second.is(h.leader()) {
			break
		}
		time.Sleep(5 * time.Second)
	}
	if !second.is(h.leader()) {
		t.Fatalf("%s leads after its death", h.leader())
	}
	h.until("the unpaid order's end", func() bool { return h.stateOf(o) == string(order.Closed) })
}
