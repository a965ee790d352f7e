package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/danielgtaylor/huma/v2"
	"github.com/klauspost/compress/gzhttp"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/http/callback"
	"github.com/shuke-commerce/shuke/internal/http/console"
	"github.com/shuke-commerce/shuke/internal/http/storefront"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/web"
	"golang.org/x/sync/errgroup"
)

// Version of the binary, set by the linker.
var Version = "dev"

// Handler puts all receptions on one mux.
func (h *House) Handler() http.Handler {
	edge.InstallProblems()
	mux := http.NewServeMux()
	h.mountStorefront(mux)
	h.mountConsole(mux)
	h.mountCallbacks(mux)
	h.mountOperations(mux)
	mux.HandleFunc("GET /media/{shop}/{name}", h.media)
	guard := &edge.Guard{Log: h.Log, Now: h.Now, MaxBody: h.Config.Server.MaxBody, TrustProxy: h.Config.Server.TrustProxy, Metrics: h.Metrics,
		BigBodies: map[string]int64{"/pictures": maxPicture + 1<<20, "/imports": MaxUpload + 1<<20}}
	return guard.Wrap(squeeze(h.BuyerKey.WithBuyer(h.Now, h.sameOrigin(mux))))
}

// squeeze compresses pages and answers worth it for those who take gzip; files
// built beforehand and event streams pass as they are.
func squeeze(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.CompressionLevel(5),
		gzhttp.ContentTypes([]string{"text/html", "application/json", "application/problem+json"}))
	if err != nil {
		panic(err) // the options are constants of this line
	}
	return wrap(next)
}

// sameOrigin refuses changes that another site's page sends in a person's name.
// What WeChat calls has no browser behind it and is verified by signature.
func (h *House) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.AddInsecureBypassPattern("/callback/")
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { edge.WriteProblem(w, r, edge.ErrCSRF) }))
	return guard.Handler(next)
}

func (h *House) secure() bool { return strings.HasPrefix(h.Config.BaseURL(), "https://") }

// StorefrontAPI describes and mounts the buyers' API.
func (h *House) StorefrontAPI(mux *http.ServeMux) (huma.API, *storefront.API) {
	api := edge.NewAPI(mux, "storefront", "Shuke storefront", Version, "What the storefront calls. Amounts are fen, ids decimal strings, times RFC 3339 in UTC.")
	a := &storefront.API{DB: h.DB, IDs: h.IDs, Now: h.Now, Official: h.Official, Identity: h.Identity, Catalog: h.Catalog, Basket: h.Basket, Checkout: h.Checkout,
		Pay: h.Pay, Aftersale: h.Aftersale, Delivery: h.Delivery, Visits: h.Visits, Secure: h.secure(),
		Market: storefront.Market{Name: h.Config.Market.Name, NameEn: h.Config.Market.NameEn, BaseURL: h.Config.BaseURL()}}
	a.Register(api)
	a.MountProduct(mux, api)
	return api, a
}

func (h *House) mountStorefront(mux *http.ServeMux) {
	_, a := h.StorefrontAPI(mux)
	(&storefront.Auth{Official: h.Official, Identity: h.Identity, Key: h.BuyerKey, BaseURL: h.Config.BaseURL(), Secure: h.secure(), Now: h.Now, Rand: h.Rand,
		Guests: edge.Limiter{Tries: 60, Window: 10 * time.Minute}}).Mount(mux)
	files, built := web.App("storefront")
	(&storefront.Pages{API: a, Files: files, Built: built}).Mount(mux)
}

// ConsoleAPI describes and mounts the staff's API.
func (h *House) ConsoleAPI(mux *http.ServeMux) huma.API {
	api := edge.NewAPI(mux, "console", "Shuke console", Version, "What the console calls. Log in first; send X-CSRF-Token with everything that changes.")
	a := &console.API{DB: h.DB, Now: h.Now, Auth: &edge.StaffAuth{DB: h.DB, Now: h.Now, Secure: h.secure()}, Market: h.Config.Market.Name,
		Onboarding: h.Onboarding, Catalog: h.Catalog, Importing: h.Importing, Aftersale: h.Aftersale, Delivery: h.Delivery, Pay: h.Pay, Counter: h.Counter, Flash: h.Flash, Funds: h.Funds, Queue: h.Queue, Reconcile: h.Reconcile,
		Logins: edge.Limiter{Tries: 10, Window: time.Minute}}
	a.Register(api)
	return api
}

func (h *House) mountConsole(mux *http.ServeMux) {
	h.ConsoleAPI(mux)
	files, built := web.App("console")
	static := &edge.Static{Files: files, Immutable: "assets"}
	mux.Handle("GET /console/", http.StripPrefix("/console/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !built {
			http.Error(w, "页面尚未构建：请先运行 make web。 The pages are not built: run make web.", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("X-Frame-Options", "DENY")
		if r.URL.Path == "" || !static.Serve(w, r, r.URL.Path) {
			static.Serve(w, r, "index.html")
		}
	})))
	mux.Handle("GET /console", http.RedirectHandler("/console/", http.StatusFound))
}

func (h *House) mountCallbacks(mux *http.ServeMux) {
	if h.Official != nil {
		h.OfficialCallback().Mount(mux)
	}
	if h.Alipay != nil {
		(&callback.Alipay{Provider: h.Alipay, Flow: h.Pay}).Mount(mux, AlipayPath)
	}
	if h.WxPay != nil {
		(&callback.Pay{Client: h.WxPay, Flow: h.Pay}).Mount(mux, NotifyPath)
	}
}

// OfficialCallback answers the service account; it also knows the menu.
func (h *House) OfficialCallback() *callback.Official {
	return &callback.Official{Client: h.Official, Identity: h.Identity, Market: h.Config.Market.Name, BaseURL: h.Config.BaseURL(),
		Welcome: h.Config.Market.Welcome, Help: h.Config.Market.HelpText}
}

// mountOperations adds what operators and developers look at.
func (h *House) mountOperations(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := h.DB.Ping(ctx); err != nil {
			h.Log.Warn("not ready", "err", err)
			http.Error(w, "database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.HandleFunc("GET /metrics", h.writeMetrics)
	mux.HandleFunc("GET /openapi", openAPIPage)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		mux.HandleFunc(method+" /api/", func(w http.ResponseWriter, r *http.Request) { edge.WriteProblem(w, r, errNoEndpoint) })
	}
}

// errNoEndpoint answers programs that call what does not exist.
var errNoEndpoint = errs.New(errs.NotFound, "not_found", "没有这个接口，接口列表见 /openapi", "There is no such endpoint; /openapi lists them")

func (h *House) writeMetrics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	var b bytes.Buffer
	h.Metrics.WritePrometheus(&b)
	metrics.WriteProcessMetrics(&b)
	if q, err := jobs.ReadHealth(r.Context(), h.DB); err == nil {
		fmt.Fprintf(&b, "shuke_events_waiting %d\nshuke_jobs_ready %d\nshuke_jobs_parked %d\n", q.EventsWaiting, q.JobsReady, q.JobsParked)
	}
	_, _ = w.Write(b.Bytes())
}

func openAPIPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shuke OpenAPI</title>
<style>:root{color-scheme:light dark}body{font:16px/1.7 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>OpenAPI</h1><ul><li>商城 Storefront: <a href="/openapi/storefront.json">JSON</a> · <a href="/openapi/storefront.yaml">YAML</a></li>
<li>商家后台 Console: <a href="/openapi/console.json">JSON</a> · <a href="/openapi/console.yaml">YAML</a></li></ul></html>`))
}

// media sends pictures; their names are hashes, so they never change.
func (h *House) media(w http.ResponseWriter, r *http.Request) {
	f, mime, err := h.Catalog.OpenPicture(r.PathValue("name"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer func() { _ = f.Close() }()
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(w, r, "", time.Time{}, f)
}

// ServeOn answers on an open socket, works the queue and the clock until ctx ends,
// then finishes what is under way. ready is called once it answers.
func (h *House) ServeOn(ctx context.Context, ln net.Listener, ready func(addr string)) error {
	srv := &http.Server{Handler: h.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	// What is under way outlives the signal to end; streams to open pages end with it.
	requests, cut := context.WithCancel(edge.WithClosing(context.WithoutCancel(ctx), ctx.Done()))
	defer cut()
	srv.BaseContext = func(net.Listener) context.Context { return requests }
	g, _ := errgroup.WithContext(work)
	g.Go(func() error { h.Queue.Run(work); return nil })
	g.Go(func() error {
		if err := h.Pay.Resume(work); err != nil {
			h.Log.Warn("open payments are asked about in their own time", "err", err)
		}
		return nil
	})
	g.Go(func() error { h.Visits.Run(work); return nil })
	g.Go(func() error { h.lead.Run(work); return nil })
	g.Go(func() error { h.board.Run(work); return nil })
	g.Go(func() error { h.Importing.Serve(work); return nil })
	for _, t := range h.Schedule() {
		g.Go(func() error { h.runSchedule(work, t); return nil })
	}
	lost := make(chan error, 1)
	g.Go(func() error {
		if err := h.lease.Keep(work); err != nil {
			lost <- err
		}
		return nil
	})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	ready(ln.Addr().String())
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-lost:
	case failed = <-served:
	}
	grace, cancel := context.WithTimeout(context.Background(), h.Config.Server.ShutdownGrace)
	defer cancel()
	if err := srv.Shutdown(grace); err != nil {
		_ = srv.Close()
	}
	stop()
	_ = g.Wait()
	if errors.Is(failed, http.ErrServerClosed) {
		failed = nil
	}
	return failed
}
