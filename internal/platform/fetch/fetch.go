// Package fetch gets pictures from addresses that strangers wrote into files.
// It connects to public addresses only: what a name resolves to is checked at
// the moment of dialling, for every redirect anew, so that no name, no redirect
// and no change of DNS in between leads into the own network.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Reason says why an address gave no picture; stable, for programs and translations.
type Reason string

// The reasons.
const (
	BadAddress  Reason = "bad_address" // not an http(s) address
	Forbidden   Reason = "forbidden"   // leads to an address that is not public
	Redirects   Reason = "redirects"   // too many, or to something that is no http(s) address
	TooLarge    Reason = "too_large"   // above the limit
	Slow        Reason = "slow"        // took too long
	Unreachable Reason = "unreachable" // no connection, no such host, broken off
	Answer      Reason = "answer"      // the server did not answer 200
	NoPicture   Reason = "not_picture" // the bytes are no JPEG, PNG, GIF or WebP
	Cancelled   Reason = "cancelled"   // the caller gave up
)

// Error says what went wrong with an address.
type Error struct {
	Reason Reason
	URL    string
	Status int // of the HTTP answer, with Answer
	Err    error
}

// Error gives reason and address in one line.
func (e *Error) Error() string {
	s := fmt.Sprintf("fetch: %s: %s", e.Reason, e.URL)
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Again says whether trying later may help.
func (e *Error) Again() bool {
	return e.Reason == Slow || e.Reason == Unreachable || e.Reason == Cancelled || e.Reason == Answer && (e.Status >= 500 || e.Status == 429)
}

// Config sets the limits; a zero field means its default.
type Config struct {
	AllowPrivate bool                                                                 // also connect to loopback and private addresses: development and tests only
	MaxBytes     int64                                                                // default 10 MiB
	Timeout      time.Duration                                                        // for one picture in all; default 20 s
	MaxRedirects int                                                                  // default 5
	Agent        string                                                               // User-Agent; default "Shuke"
	Dial         func(ctx context.Context, network, address string) (net.Conn, error) // for tests; nil: a checked dialer
	Resolver     *net.Resolver                                                        // nil: the system's
}

// Client fetches. Safe for many goroutines.
type Client struct {
	cfg  Config
	http *http.Client
}

// Picture is what an address gave.
type Picture struct {
	Bytes []byte
	Type  string // image/jpeg, image/png, image/gif or image/webp, from the bytes
}

var errForbidden = errors.New("the address is not public")
var errRedirect = errors.New("redirect refused")

// New makes a client. It uses no proxy and keeps no cookies.
func New(cfg Config) *Client {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 10 << 20
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 20 * time.Second
	}
	if cfg.MaxRedirects <= 0 {
		cfg.MaxRedirects = 5
	}
	if cfg.Agent == "" {
		cfg.Agent = "Shuke"
	}
	c := &Client{cfg: cfg}
	dial := cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 5 * time.Second, Resolver: cfg.Resolver, ControlContext: c.control}).DialContext
	}
	c.http = &http.Client{
		Transport: &http.Transport{
			Proxy: nil, DialContext: dial, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10, MaxIdleConns: 32, MaxIdleConnsPerHost: 4, MaxConnsPerHost: 8, IdleConnTimeout: 30 * time.Second,
			ForceAttemptHTTP2: true,
		},
		CheckRedirect: c.redirect,
	}
	return c
}

// control runs between resolving and connecting, for every address tried.
func (c *Client) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return errForbidden
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || !c.cfg.AllowPrivate && !Public(at.Addr()) {
		return errForbidden
	}
	return nil
}

func (c *Client) redirect(req *http.Request, via []*http.Request) error {
	if len(via) > c.cfg.MaxRedirects || check(req.URL) != nil {
		return errRedirect
	}
	req.Header.Del("Referer")
	return nil
}

func check(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("only http and https are fetched")
	case u.Hostname() == "":
		return errors.New("the host is missing")
	case u.User != nil:
		return errors.New("an address with a password is not fetched")
	}
	return nil
}

// Get fetches a picture. Every error is an *Error.
func (c *Client) Get(ctx context.Context, address string) (Picture, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err == nil {
		err = check(u)
	}
	if err != nil {
		return Picture{}, &Error{Reason: BadAddress, URL: clip(address), Err: err}
	}
	limited, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	pic, err := c.get(limited, u)
	if err == nil {
		return pic, nil
	}
	e := &Error{}
	if !errors.As(err, &e) {
		e = &Error{Reason: why(ctx, err), Err: err}
	}
	e.URL = clip(address)
	return Picture{}, e
}

func (c *Client) get(ctx context.Context, u *url.URL) (Picture, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Picture{}, &Error{Reason: BadAddress, Err: err}
	}
	req.Header.Set("User-Agent", c.cfg.Agent)
	req.Header.Set("Accept", "image/webp,image/png,image/jpeg,image/gif")
	res, err := c.http.Do(req)
	if err != nil {
		return Picture{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return Picture{}, &Error{Reason: Answer, Status: res.StatusCode}
	}
	if res.ContentLength > c.cfg.MaxBytes {
		return Picture{}, &Error{Reason: TooLarge}
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, c.cfg.MaxBytes+1))
	if err != nil {
		return Picture{}, err
	}
	if int64(len(b)) > c.cfg.MaxBytes {
		return Picture{}, &Error{Reason: TooLarge}
	}
	kind := Sniff(b)
	if kind == "" {
		return Picture{}, &Error{Reason: NoPicture}
	}
	return Picture{Bytes: b, Type: kind}, nil
}

// why names the reason of an error of the HTTP client.
func why(ctx context.Context, err error) Reason {
	var slow net.Error
	switch {
	case errors.Is(err, errForbidden):
		return Forbidden
	case errors.Is(err, errRedirect):
		return Redirects
	case ctx.Err() != nil:
		return Cancelled
	case errors.As(err, &slow) && slow.Timeout():
		return Slow
	}
	return Unreachable
}

// Sniff gives the type of picture the bytes are, "" for anything else. What a
// server says about them does not count.
func Sniff(b []byte) string {
	switch kind := http.DetectContentType(b); kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return kind
	}
	return ""
}

func clip(s string) string {
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return s
}
