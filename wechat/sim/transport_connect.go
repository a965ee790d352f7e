package sim

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// proxied serves a request that a client sent to the simulator as to its proxy, or to one of WeChat's hosts by name: CONNECT, or an
// address with scheme and host. It is false for requests to the simulator itself.
func (s *Server) proxied(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodConnect {
		s.serveConnect(w, r)
		return true
	}
	own := loopback(hostOnly(r.Host)) || !r.URL.IsAbs()
	if r.URL.IsAbs() {
		if !own && !s.plays(r.Host) {
			s.refuseHost(w, r.Host)
			return true
		}
		r.RequestURI = r.URL.RequestURI() // what a server sees, and what is signed
		r.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	}
	return false
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// refuseHost tells that this is no way to the internet.
func (s *Server) refuseHost(w http.ResponseWriter, host string) {
	s.note(&entry{Kind: "proxy", Method: http.MethodConnect, Host: host, Status: http.StatusForbidden, Verdict: "refused", Reason: "the pocket WeChat plays WeChat's hosts only and passes nothing on"})
	http.Error(w, fmt.Sprintf("口袋微信不代理 %[1]s。\nThe pocket WeChat does not play %[1]s and passes nothing on; exclude it: NO_PROXY=127.0.0.1,localhost,%[2]s\n", host, hostOnly(host)), http.StatusForbidden)
}

// serveConnect answers a tunnel to one of WeChat's hosts by being that host.
func (s *Server) serveConnect(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || !s.plays(host) || port != "443" && port != "80" {
		s.refuseHost(w, r.Host)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "the connection cannot be taken over: "+err.Error(), http.StatusInternalServerError)
		return
	}
	_ = conn.SetDeadline(time.Time{})
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	var stream net.Conn = conn
	if buffered.Reader.Buffered() > 0 {
		stream = &headedConn{Conn: conn, r: buffered.Reader}
	}
	if port == "443" {
		stream = tls.Server(stream, s.tlsFor(host))
	}
	s.tunnels.give(stream)
}

// headedConn reads first what came along with the CONNECT.
type headedConn struct {
	net.Conn
	r io.Reader
}

// Read implements net.Conn.
func (c *headedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// tunnels is the listener of connections that came through CONNECT.
type tunnels struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newTunnels() *tunnels { return &tunnels{conns: make(chan net.Conn), done: make(chan struct{})} }

func (t *tunnels) give(c net.Conn) {
	select {
	case t.conns <- c:
	case <-t.done:
		c.Close()
	}
}

// Accept implements net.Listener.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.conns:
		return c, nil
	case <-t.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.done) })
	return nil
}

// Addr implements net.Listener.
func (t *tunnels) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// serveTunnels serves what comes through CONNECT until Close.
func (s *Server) serveTunnels() {
	s.tunnels = newTunnels()
	s.tunnelHTTP = s.newHTTP()
	s.jobs.Go(func() {
		if err := s.tunnelHTTP.Serve(s.tunnels); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.Log.Error("pocket WeChat stopped serving tunnels", "error", err)
		}
	})
}

// listenTLS opens TLSAddr, for clients whose hosts file points WeChat's names here.
func (s *Server) listenTLS() error {
	if s.TLSAddr == "" {
		return nil
	}
	ln, err := net.Listen("tcp", s.TLSAddr)
	if err != nil {
		return fmt.Errorf("pocket WeChat cannot listen on %s: %w", s.TLSAddr, err)
	}
	s.tlsListener = ln
	s.jobs.Go(func() {
		if err := s.tunnelHTTP.Serve(tls.NewListener(ln, s.tlsFor(""))); !errors.Is(err, http.ErrServerClosed) {
			s.Log.Error("pocket WeChat stopped serving TLS", "error", err)
		}
	})
	return nil
}

// TLSURL is the origin of TLSAddr, e.g. https://127.0.0.1:9443; empty without it.
func (s *Server) TLSURL() string {
	if s.tlsListener == nil {
		return ""
	}
	return "https://" + s.tlsListener.Addr().String()
}

func (s *Server) serveCA(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("Content-Disposition", `attachment; filename="pocket-wechat-ca.pem"`)
	io.WriteString(w, s.world.meta.CACert)
}

// notPlayed answers a path that a played host does not have here.
func (s *Server) notPlayed(c *call) {
	c.status = http.StatusNotFound
	c.out, _ = encode(map[string]any{"errcode": 40066, "errmsg": "the pocket WeChat does not offer " + c.r.Method + " " + c.r.Host + c.r.URL.Path,
		"code": "RESOURCE_NOT_EXISTS", "message": "口袋微信不提供 " + c.r.Method + " " + c.r.Host + c.r.URL.Path})
	c.refused("%s%s is not offered", c.r.Host, c.r.URL.Path)
}
