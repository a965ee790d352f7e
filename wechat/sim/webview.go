package sim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The web-view gateway is the browser inside a phone: http://{site}.{person}.localhost:PORT/… is the page of a real origin
// as that person sees it. {site} is the origin written as one host label: http-127-0-0-1-8080 is http://127.0.0.1:8080
// ("." becomes "-", "-" becomes "--", the port always last). What does not fit a label gets a hash and is remembered.

// UserAgent is what the phone's web view calls itself.
const UserAgent = "Mozilla/5.0 (Linux; Android 14; Pocket) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 " +
	"XWEB/1160117 MMWEBSDK/20240404 MMWEBID/2603 MicroMessenger/8.0.49.2600(0x2800313D) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64"

const maxSites = 10_000

// weChatHosts are played by the simulator itself when a page goes there.
var weChatHosts = []string{"wx.tenpay.com", "open.weixin.qq.com", "mp.weixin.qq.com", "api.weixin.qq.com", "weixin.qq.com",
	"work.weixin.qq.com", "open.work.weixin.qq.com", "login.work.weixin.qq.com", "res.wx.qq.com", "res2.wx.qq.com"}

// site remembers the origin behind a hashed label.
type site struct {
	Origin string `json:"origin"`
}

// siteLabel writes an origin as a host label; known tells that it can be read back without memory.
func siteLabel(u *url.URL) (label string, known bool) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	host := strings.ToLower(u.Hostname())
	label = u.Scheme + "-" + strings.ReplaceAll(strings.ReplaceAll(host, "-", "--"), ".", "-") + "-" + port
	if len(label) <= 63 && plainHost(host) && readLabel(label) == originOf(u) {
		return label, true
	}
	sum := sha256.Sum256([]byte(originOf(u)))
	return "s-" + hex.EncodeToString(sum[:10]), false
}

func plainHost(host string) bool {
	return host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// originOf is scheme://host[:port] without a default port.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && !(u.Scheme == "http" && p == "80") && !(u.Scheme == "https" && p == "443") {
		host += ":" + p
	}
	return u.Scheme + "://" + host
}

// readLabel reverses siteLabel; empty when it is no such label.
func readLabel(label string) string {
	scheme, rest, ok := strings.Cut(label, "-")
	i := strings.LastIndexByte(rest, '-')
	if !ok || i < 1 || scheme != "http" && scheme != "https" {
		return ""
	}
	host, port := rest[:i], rest[i+1:]
	if port == "" || strings.Trim(port, "0123456789") != "" {
		return ""
	}
	host = strings.ReplaceAll(host, "--", "\x00")
	host = strings.ReplaceAll(strings.ReplaceAll(host, "-", "."), "\x00", "-")
	return originOf(&url.URL{Scheme: scheme, Host: host + ":" + port})
}

// splitGateway reads a gateway host into site label and view: a person, or a person in a mini-program (miniWebView).
func (s *Server) splitGateway(host string) (label, who string, ok bool) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	name, found := strings.CutSuffix(strings.ToLower(host), ".localhost")
	label, who, two := strings.Cut(name, ".")
	if !found || !two || strings.Contains(who, ".") || !viewForm.MatchString(who) {
		return "", "", false
	}
	return label, who, true
}

// origin gives the real origin of a site label, nil when unknown.
func (s *Server) origin(label string) *url.URL {
	text := ""
	if strings.HasPrefix(label, "s-") {
		s.mu.Lock()
		if known := s.world.sites[label]; known != nil {
			text = known.Origin
		}
		s.mu.Unlock()
	} else {
		text = readLabel(label)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil
	}
	return u
}

// gatewayURL is where the web view of a person (or of a mini-program, see miniWebView) finds a real address. Addresses of the gateway are taken apart first.
func (s *Server) gatewayURL(who, address string) (string, error) {
	u, err := url.Parse(s.realURL(strings.TrimSpace(address)))
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return "", bad("webview.url", "不是可以打开的网址", "the address must be absolute http or https")
	}
	if !s.mayOpen(u) {
		return "", refuse(http.StatusForbidden, "webview.private", "模拟器的网页只能打开本机的网站："+u.Host, "web views open loopback sites only; see AllowTarget")
	}
	label, known := siteLabel(u)
	if !known {
		s.mu.Lock()
		if s.world.sites[label] == nil && len(s.world.sites) < maxSites {
			s.world.sites[label] = &site{originOf(u)}
			s.touch("site", label)
		}
		s.mu.Unlock()
	}
	u.Scheme, u.Host = "http", label+"."+who+".localhost:"+s.port()
	return u.String(), nil
}

// realURL translates a gateway address to the real one; others are given back as they are.
func (s *Server) realURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	label, _, ok := s.splitGateway(u.Host)
	if !ok {
		return address
	}
	origin := s.origin(label)
	if origin == nil {
		return address
	}
	u.Scheme, u.Host = origin.Scheme, origin.Host
	return u.String()
}

func (s *Server) mayOpen(u *url.URL) bool {
	return s.isSelf(u) || loopback(u.Hostname()) || s.AllowTarget != nil && s.AllowTarget(u.Host)
}

// isSelf tells whether an address is played by the simulator.
func (s *Server) isSelf(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return slices.Contains(weChatHosts, host) || loopback(host) && u.Port() == s.port()
}

// selfPaths are the pages of the simulator that a web view may open. The control API is not among them.
var selfPaths = []string{"/connect/", "/cgi-bin/showqrcode", "/_sim/avatars/", "/_sim/media/", "/_sim/qr", "/q/", "/s/", "/mp/", "/open/js/", h5Path, "/ca/", "/wwopen/sso/", "/wwlogin/sso/"}

func selfPath(path string) bool {
	return slices.ContainsFunc(selfPaths, func(p string) bool { return strings.HasPrefix(path, p) })
}

type gatewayKey struct{}

// visit is one request of a web view.
type visit struct {
	view, mini    string // the host after the site; the appid when it is a mini-program's web-view
	label, person string
	origin        *url.URL // real
	host          string   // gateway host with port
	page          bool     // a document is loaded, not a part of one
	from          *url.URL // real address of the page that asked
}

// serveGateway answers every request to *.{person}.localhost.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request, label, who string) {
	view := who
	s.mu.Lock()
	who, mini := s.readView(view)
	known := s.world.people[who] != nil
	s.mu.Unlock()
	origin := s.origin(label)
	if !known || origin == nil {
		s.errorPage(w, "无法打开网页", "没有这个人或这个网站："+r.Host)
		return
	}
	if !s.mayOpen(origin) {
		s.errorPage(w, "无法打开网页", "模拟器的网页只能打开本机的网站："+origin.Host)
		return
	}
	v := &visit{label: label, person: who, view: view, mini: mini, origin: origin, host: r.Host}
	dest := r.Header.Get("Sec-Fetch-Dest")
	v.page = dest == "document" || dest == "iframe" || dest == "frame" || dest == "" && r.Header.Get("X-Requested-With") == ""
	if strings.HasPrefix(r.URL.Path, "/_wx/") {
		s.serveBridge(w, r, v)
		return
	}
	ctx := context.WithValue(context.WithValue(r.Context(), gatewayKey{}, v), personKey{}, who)
	s.proxy.ServeHTTP(w, r.WithContext(ctx))
}
