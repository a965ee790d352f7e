package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/app/demo"
	"github.com/shuke-commerce/shuke/internal/app/demo/world"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/flow/onboarding"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/schema"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

var ctx = context.Background()

const password = "a-good-password"

// house is a market that is up: real sockets, a real database, the pocket WeChat
// beside it with two people, Ming and Hua.
type house struct {
	*app.House
	t   *testing.T
	url string
	sim *sim.Server
	log *logBook
}

// logBook keeps what the house logs.
type logBook struct{ lines chan string }

func (l *logBook) Write(b []byte) (int, error) {
	select {
	case l.lines <- string(b):
	default:
	}
	return len(b), nil
}

func openHouse(t *testing.T, change func(*config.Config)) *house {
	t.Helper()
	s := &sim.Server{Clock: &sim.Clock{}, Faults: &sim.Faults{}}
	must(t, s.Start())
	t.Cleanup(func() { _ = s.Close() })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	cfg, err := config.Load("", nil)
	must(t, err)
	cfg.Data.Dir = t.TempDir()
	w := world.World{Market: world.Market{Name: "熟客市集", Slogan: "用心的小店"}, People: []world.Person{{Code: "ming", Name: "王小明", City: "杭州"}, {Code: "hua", Name: "李华", City: "上海"}}}
	must(t, demo.Connect(s, &cfg, w, "http://"+ln.Addr().String()))
	if change != nil {
		change(&cfg)
	}
	h := &house{t: t, sim: s, url: "http://" + ln.Addr().String(), log: &logBook{lines: make(chan string, 10_000)}}
	h.House, err = app.Open(ctx, cfg, slog.New(slog.NewTextHandler(h.log, nil)))
	must(t, err)
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.ServeOn(run, ln, func(string) {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := h.House.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shopFront makes an open shop with its owner.
func (h *house) shopFront(handle string) (shop.Shop, staff.Member) {
	h.t.Helper()
	s, m, err := h.Onboarding.CreateShop(ctx, shop.Shop{Handle: handle, Name: "小店 " + handle}, onboarding.Owner{Login: handle, Name: "店主", Password: password})
	must(h.t, err)
	return s, m
}

// listed puts a product with one SKU and ten pieces on sale.
func (h *house) listed(of id.ID, title string) flow.Product {
	h.t.Helper()
	c, err := h.Catalog.SaveCategory(ctx, catalog.Category{Code: "c" + h.IDs.Next().String(), Name: "茶"})
	must(h.t, err)
	m, err := h.Catalog.UploadPicture(ctx, of, picturePNG(h.t))
	must(h.t, err)
	ten := int64(10)
	who := flow.Who{Shop: of}
	p, err := h.Catalog.CreateProduct(ctx, who, "key-"+h.IDs.Next().String(), catalog.Input{CategoryID: c.ID, Title: title, Media: []catalog.Picture{{URL: m.URL}},
		SKUs: []catalog.SKUInput{{Price: 8800, Stock: &ten}}})
	must(h.t, err)
	p, err = h.Catalog.SetState(ctx, who, p.ID, catalog.Listed)
	must(h.t, err)
	return p
}

// caller is a client with its own cookies and headers.
type caller struct {
	t      *testing.T
	base   string
	client *http.Client
	header http.Header
}

func (h *house) guest() *caller {
	jar, err := cookiejar.New(nil)
	must(h.t, err)
	return &caller{t: h.t, base: h.url, header: http.Header{}, client: &http.Client{Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as opens a session of a member without the cost of a password.
func (h *house) as(m staff.Member) *caller {
	h.t.Helper()
	var token string
	var s staff.Session
	must(h.t, h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		token, s, err = staff.OpenSession(tx, m, h.Rand, h.Now())
		return err
	}))
	c := h.guest()
	c.header.Set("Cookie", "shuke_staff="+token)
	c.header.Set(edge.CSRFHeader, s.CSRF)
	return c
}

// buyer logs a person in with a cookie of the house's own making.
func (h *house) buyer(person string) (*caller, id.ID) {
	h.t.Helper()
	open, err := h.sim.OpenID(h.Config.Official.AppID, person)
	must(h.t, err)
	b, err := h.Identity.Recognise(ctx, open, "")
	must(h.t, err)
	c := h.guest()
	c.header.Set("Cookie", "shuke_buyer="+h.BuyerKey.Token(b, h.Now().Add(time.Hour)))
	return c, b
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (a answer) problem() (p edge.Problem) {
	_ = json.Unmarshal([]byte(a.body), &p)
	return p
}

// do sends a request; body may be nil, a string or anything for JSON.
func (c *caller) do(method, path string, body any, header ...string) answer {
	c.t.Helper()
	return c.doCtx(ctx, method, path, body, header...)
}

func (c *caller) doCtx(ctx context.Context, method, path string, body any, header ...string) answer {
	c.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(c.t, err)
		in = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	r, err := http.NewRequestWithContext(ctx, method, path, in)
	must(c.t, err)
	for k, v := range c.header {
		r.Header[k] = v
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.client.Do(r)
	must(c.t, err)
	defer func() { _ = resp.Body.Close() }()
	if resp.Header.Get("Content-Type") == "text/event-stream" {
		return answer{resp.StatusCode, resp.Header, ""}
	}
	raw, err := io.ReadAll(resp.Body)
	must(c.t, err)
	return answer{resp.StatusCode, resp.Header, string(raw)}
}

// into decodes a JSON answer that must be a success.
func into[T any](c *caller, a answer) (v T) {
	c.t.Helper()
	if a.code/100 != 2 {
		c.t.Fatalf("answered %d: %s", a.code, a.body)
	}
	must(c.t, json.Unmarshal([]byte(a.body), &v))
	return v
}

// dump writes every row of the database but of what works by itself in the
// background, so that "nothing changed" can be said of all of it.
func (h *house) dump() map[string]string {
	h.t.Helper()
	h.settled()
	out := map[string]string{}
	must(h.t, h.DB.Read(ctx, func(tx *db.Tx) error {
		for table := range schema.Manifest {
			if background[table] {
				continue
			}
			var columns, rows string
			if err := tx.QueryRow(`SELECT group_concat(name, ',') FROM pragma_table_info('` + table + `')`).Scan(&columns); err != nil {
				return err
			}
			if err := tx.QueryRow(`SELECT json_group_array(r) FROM (SELECT json_array(` + columns + `) AS r FROM ` + table + ` ORDER BY 1)`).Scan(&rows); err != nil {
				return err
			}
			out[table] = rows
		}
		return nil
	}))
	return out
}

// settled waits until every event is heard and every job done, by whichever of the
// queue's workers has it.
func (h *house) settled() {
	h.t.Helper()
	must(h.t, h.Queue.Drain(ctx))
	h.until("the queue", func() bool {
		q, err := h.Queue.Health(ctx)
		must(h.t, err)
		var running int
		must(h.t, h.DB.Control().Read(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM jobs WHERE state = 'running'`).Scan(&running)
		}))
		return q.EventsWaiting == 0 && q.JobsReady == 0 && running == 0
	})
}

// background names the tables that change without anybody's asking.
var background = map[string]bool{"nodes": true, "jobs": true, "outbox": true, "visits": true, "messages": true, "notices": true, "schema_migrations": true}

// unchanged fails the test unless do leaves every table as it was.
func (h *house) unchanged(t *testing.T, what string, do func()) {
	t.Helper()
	before := h.dump()
	do()
	for table, rows := range h.dump() {
		if rows != before[table] {
			t.Errorf("%s changed %s:\n%s\n→\n%s", what, table, before[table], rows)
		}
	}
}

// until waits for something that comes over a socket.
func (h *house) until(what string, fn func() bool) {
	h.t.Helper()
	for range 400 {
		if fn() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	h.t.Fatalf("waited in vain for: %s", what)
}

// picturePNG is a picture of 20 × 20.
func picturePNG(t testing.TB) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 20, 20))))
	return &b
}
