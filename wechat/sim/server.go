// Package sim is the pocket WeChat: WeChat's servers and its phones in one process, offline, on real sockets, with real
// signatures both ways. The zero value of Server works:
//
//	s := &sim.Server{}
//	if err := s.Start(); err != nil { … }
//	defer s.Close()
//	acc, _ := s.AddAccount(sim.Account{Name: "熟客市集"})
//
// Point an SDK's base URL at s.URL(); open s.URL() in a browser for the phones.
// What it verifies it verifies as WeChat does, with the official error codes; what it does not do it refuses clearly.
package sim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"
	"time"
)

const (
	callbackDeadline = 5 * time.Second // WeChat waits this long for the developer's server
	saveEvery        = 200 * time.Millisecond
	maxBody          = 1 << 20  // bytes of an API request
	maxUpload        = 11 << 20 // bytes of a media upload
	maxReply         = 1 << 20  // bytes read of a developer's answer
)

// Server is the whole simulator. Set fields before Start or Handler, not after.
type Server struct {
	Addr     string            // listen address, default 127.0.0.1:0
	TLSAddr  string            // listen address for TLS in WeChat's names; empty: none
	Now      func() time.Time  // the real time, default time.Now
	Rand     io.Reader         // default crypto/rand
	Clock    *Clock            // the simulated time, default a real clock
	DataFile string            // where the world is kept; empty: in memory
	PhoneFS  fs.FS             // the built phone page, served at /
	Log      *slog.Logger      // default: discards
	Faults   *Faults           // what goes wrong on purpose
	Outbound http.RoundTripper // for pushes, notices and web views; default a plain transport

	AllowTarget          func(host string) bool // web-view hosts allowed besides loopback
	AllowOrigins         []string               // further origins that may call /_sim/ (a phone page under development)
	IgnoreFaultHeader    bool                   // a request may not ask for a fault by its Wechatpay-Negative-Test header
	RefuseLoopbackNotify bool                   // refuse a loopback notify_url, as production does
	RefundDelay          time.Duration          // how long a refund is PROCESSING; 0: done at once, after the answer
	SettleDelay          time.Duration          // how long a split, a return of it and a transfer are PROCESSING; 0: done at once, after the answer
	BillReady            time.Duration          // time of day from which yesterday's bills can be fetched; 0: 10 h

	once     sync.Once
	initErr  error
	mux      *http.ServeMux
	workMux  *http.ServeMux // of qyapi.weixin.qq.com, see workRequest
	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc
	ctx      context.Context
	jobs     sync.WaitGroup
	journal  *journal
	outbound *http.Client
	hub      hub
	inspect  inspector
	pushSlot chan struct{}
	proxy    *httputil.ReverseProxy

	authority   atomic.Pointer[authority]
	hosts       []string // that are played
	tunnels     *tunnels
	tunnelHTTP  *http.Server
	tlsListener net.Listener

	seenPort atomic.Value // of requests, when there is no socket of our own

	platform atomic.Pointer[platformKeys] // replaced whole by a rotation
	probes   prober
	replays  replayGuard

	mu         sync.Mutex // guards world; never held during RSA work or network calls
	world      world
	heldPushes map[string][]func() // by appid: pushes kept behind the next one
	gate       sync.RWMutex        // held for reading by calls and background work; for writing while the world is replaced

	ridMu sync.Mutex // guards world.official.rids
}

// Start listens and serves. It returns once the socket is open and the saved world is loaded.
func (s *Server) Start() error {
	if err := s.init(); err != nil {
		return err
	}
	addr := s.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("pocket WeChat cannot listen on %s: %w", addr, err)
	}
	s.listener = ln
	if err := s.listenTLS(); err != nil {
		return errors.Join(err, ln.Close())
	}
	s.http = s.newHTTP()
	s.jobs.Go(func() {
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.Log.Error("pocket WeChat stopped serving", "error", err)
		}
	})
	s.Log.Info("pocket WeChat is up", "url", s.URL())
	return nil
}

func (s *Server) newHTTP() *http.Server {
	return &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, BaseContext: func(net.Listener) context.Context { return s.ctx },
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)}
}

// Handler serves everything without a socket of its own; call Close when done.
func (s *Server) Handler() (http.Handler, error) {
	if err := s.init(); err != nil {
		return nil, err
	}
	return s, nil
}

// URL is the origin of a started server, e.g. http://127.0.0.1:9527.
func (s *Server) URL() string {
	if s.listener == nil {
		return ""
	}
	return "http://" + s.hostPort()
}

func (s *Server) hostPort() string {
	if s.listener == nil {
		if port, ok := s.seenPort.Load().(string); ok {
			return "127.0.0.1:" + port
		}
		return "127.0.0.1:80"
	}
	host, port, _ := net.SplitHostPort(s.listener.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.hostPort())
	return port
}

// Close stops serving, waits for what is on its way (at most six seconds) and saves the world.
func (s *Server) Close() error {
	if s.init() != nil {
		return nil
	}
	s.stop()
	s.hub.close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, server := range []*http.Server{s.http, s.tunnelHTTP} {
		if server != nil && server.Shutdown(ctx) != nil {
			server.Close()
		}
	}
	done := make(chan struct{})
	go func() { s.jobs.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(callbackDeadline + time.Second):
	}
	if s.journal == nil {
		return nil
	}
	return s.journal.close(s)
}

func (s *Server) init() error {
	s.once.Do(func() { s.initErr = s.prepare() })
	return s.initErr
}

func (s *Server) prepare() error {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Rand == nil {
		s.Rand = rand.Reader
	} else {
		s.Rand = &lockedReader{r: s.Rand}
	}
	if s.Clock == nil {
		s.Clock = &Clock{}
	}
	if s.Clock.base == nil {
		s.Clock.base = s.Now
	}
	if s.Faults == nil {
		s.Faults = &Faults{}
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Outbound == nil {
		s.Outbound = &http.Transport{MaxIdleConnsPerHost: maxInFlight, IdleConnTimeout: 30 * time.Second, DisableCompression: true, ForceAttemptHTTP2: false}
	}
	s.outbound = &http.Client{Transport: s.Outbound, Timeout: callbackDeadline, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.pushSlot = make(chan struct{}, maxInFlight)
	s.heldPushes = map[string][]func(){}
	s.world.make()
	s.world.faults = s.Faults
	if err := s.open(); err != nil {
		return err
	}
	s.Clock.changed = s.clockChanged
	s.Faults.released = s.releaseNotices
	s.proxy = s.newProxy()
	s.mux = s.routes()
	s.hosts = s.allHosts()
	s.serveTunnels()
	s.resumeAll()
	s.jobs.Go(func() { s.Clock.run(s.ctx) })
	return nil
}

// resumeAll takes up what the loaded world had on its way.
func (s *Server) resumeAll() {
	s.resume()
	s.resumeCarrier()
	s.resumeShipments()
	s.resumeExpress()
	s.resumeSharing()
	s.resumeTransfers()
	s.resumeWork()
	s.resumeOfficial()
}

// open loads the saved world, or begins one, and starts saving.
func (s *Server) open() error {
	if s.DataFile != "" {
		j, err := openJournal(s, s.DataFile)
		if err != nil {
			return err
		}
		s.journal = j
	}
	if err := s.world.begin(s); err != nil {
		return err
	}
	s.world.money.link(s)
	s.world.complaints.link()
	if s.journal == nil {
		return nil
	}
	s.touch("meta", "meta")
	if err := s.journal.begin(s); err != nil {
		return err
	}
	s.jobs.Go(s.saveLoop)
	return nil
}

func (s *Server) saveLoop() {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
			s.durable()
			if err := s.journal.sync(); err != nil {
				s.Log.Error("pocket WeChat cannot save", "file", s.DataFile, "error", err)
			}
		}
	}
}

func (s *Server) clockChanged() {
	s.mu.Lock()
	s.world.meta.Clock = s.Clock.save()
	s.touch("meta", "meta")
	s.mu.Unlock()
	s.hub.all("clock", s.Clock.State())
}

// background runs f beside the request, counted by Close.
func (s *Server) background(f func()) {
	if s.ctx.Err() != nil {
		return
	}
	s.jobs.Go(func() {
		select {
		case s.pushSlot <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		defer func() { <-s.pushSlot }()
		s.gate.RLock()
		defer s.gate.RUnlock()
		f()
	})
}

type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

// Read implements io.Reader for several goroutines.
func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}
