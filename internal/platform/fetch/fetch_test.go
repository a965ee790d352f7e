package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/shuke-commerce/shuke/internal/platform/fetch"
)

var (
	ctx = context.Background()
	png = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 64)...)
)

func reason(err error) fetch.Reason {
	var e *fetch.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return fetch.Reason(fmt.Sprint(err))
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestPublicAddresses(t *testing.T) {
	for _, s := range []string{"127.0.0.1", "127.255.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
		"0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.0.192", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "::7f00:1", "fe80::1%eth0"} {
		if fetch.Public(netip.MustParseAddr(s)) {
			t.Errorf("%s counts as public", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "114.114.114.114", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "::ffff:8.8.8.8", "2400:3200::1", "2606:4700::1111"} {
		if !fetch.Public(netip.MustParseAddr(s)) {
			t.Errorf("%s does not count as public", s)
		}
	}
	if fetch.Public(netip.Addr{}) {
		t.Error("no address counts as public")
	}
}

// However an IPv4 address is written, it counts the same.
func TestMappedAddressesCountTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var b [4]byte
		copy(b[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(rt, "address"))
		four := netip.AddrFrom4(b)
		if fetch.Public(four) != fetch.Public(netip.AddrFrom16(four.As16())) {
			rt.Fatalf("%s", four)
		}
		if std := net.IP(b[:]); fetch.Public(four) && (std.IsPrivate() || std.IsLoopback() || std.IsMulticast() || std.IsLinkLocalUnicast() || std.IsUnspecified()) {
			rt.Fatalf("%s is public", four)
		}
	})
}

func TestOwnNetworkIsNotReached(t *testing.T) {
	var asked atomic.Int64
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); _, _ = w.Write(png) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	c := fetch.New(fetch.Config{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1", "100.100.100.200"} {
		if _, err := c.Get(ctx, "http://"+host+":"+port+"/a.png"); reason(err) != fetch.Forbidden && reason(err) != fetch.Unreachable {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := c.Get(ctx, s.URL); reason(err) != fetch.Forbidden {
		t.Errorf("%v", err)
	}
	for _, odd := range []string{"http://2130706433:" + port, "http://0x7f.1:" + port, "http://017700000001:" + port, "http://127.1:" + port} {
		if _, err := c.Get(ctx, odd); err == nil {
			t.Errorf("%s was fetched", odd)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("the own network was asked %d times", asked.Load())
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	c := fetch.New(fetch.Config{AllowPrivate: true})
	for _, bad := range []string{"", "a.png", "ftp://a/b", "file:///etc/passwd", "javascript:alert(1)", "data:image/png;base64,AAAA", "http://", "http:///x", "http://user:pw@a/b", "http://[::1", "gopher://x", "http://a\x00b/", "//a/b"} {
		if _, err := c.Get(ctx, bad); reason(err) != fetch.BadAddress {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A redirect is checked like an address: a public site must not lead inside.
// The public site is played by a dialler that lets one name through.
func TestRedirectsAreChecked(t *testing.T) {
	var inside atomic.Int64
	var s *httptest.Server
	s = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/twice":
			http.Redirect(w, r, "/a.png", http.StatusMovedPermanently)
		case "/a.png":
			if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
				t.Error("a redirect carries a Referer or a cookie")
			}
			inside.Add(1)
			_, _ = w.Write(png)
		}
	})
	c := fetch.New(fetch.Config{AllowPrivate: true, MaxRedirects: 3})
	for path, want := range map[string]fetch.Reason{"/loop": fetch.Redirects, "/file": fetch.Redirects, "/twice": "<nil>"} {
		if _, err := c.Get(ctx, s.URL+path); reason(err) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	inside.Store(0)
	outside := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.URL+"/a.png", http.StatusFound) })
	strict := fetch.New(fetch.Config{Dial: fetch.DialerFor(outside.Listener.Addr().String())})
	if _, err := strict.Get(ctx, outside.URL); reason(err) != fetch.Forbidden || inside.Load() != 0 {
		t.Errorf("a redirect led inside: %v", err)
	}
}

func TestLimits(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/big":
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(append(png, make([]byte, 100000-len(png))...))
		case "/stream":
			for range 100 {
				if _, err := w.Write(append(png, make([]byte, 1000)...)); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		case "/slow":
			_, _ = w.Write(png[:8])
			w.(http.Flusher).Flush()
			select {
			case <-hold:
			case <-r.Context().Done():
			}
		case "/html":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("<html><body>login</body></html>"))
		case "/svg":
			w.Header().Set("Content-Type", "image/svg+xml")
			_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
		case "/cut":
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write(png)
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/ok":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write(png)
		default:
			http.NotFound(w, r)
		}
	})
	c := fetch.New(fetch.Config{AllowPrivate: true, MaxBytes: 10_000, Timeout: 300 * time.Millisecond})
	for path, want := range map[string]fetch.Reason{"/big": fetch.TooLarge, "/stream": fetch.TooLarge, "/slow": fetch.Slow, "/html": fetch.NoPicture,
		"/svg": fetch.NoPicture, "/cut": fetch.Unreachable, "/busy": fetch.Answer, "/none": fetch.Answer, "/ok": "<nil>"} {
		start := time.Now()
		pic, err := c.Get(ctx, s.URL+path)
		if reason(err) != want || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v after %v, want %s", path, err, time.Since(start), want)
		}
		if err == nil && (pic.Type != "image/png" || !bytes.Equal(pic.Bytes, png)) {
			t.Errorf("%s gave %s", path, pic.Type)
		}
		var e *fetch.Error
		if errors.As(err, &e) && (e.URL != s.URL+path || e.Again() != (want == fetch.Slow || want == fetch.Unreachable || path == "/busy") || e.Error() == "") {
			t.Errorf("%s: %+v again %v", path, e, e.Again())
		}
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Get(done, s.URL+"/ok"); reason(err) != fetch.Cancelled {
		t.Errorf("cancelled: %v", err)
	}
}
