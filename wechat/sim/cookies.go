package sim

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxCookies   = 300 // per person
	maxCookieLen = 4096
)

// jar is the cookie store of a person's web views. Ports do not separate cookies, as in any browser.
type jar struct {
	Cookies []*cookie `json:"cookies"`
}

type cookie struct {
	Name     string    `json:"name"`
	Value    string    `json:"value"`
	Host     string    `json:"host"`
	HostOnly bool      `json:"host_only,omitempty"`
	Path     string    `json:"path"`
	Until    time.Time `json:"until,omitzero"` // zero: until the phone forgets
	Secure   bool      `json:"secure,omitempty"`
	HTTPOnly bool      `json:"http_only,omitempty"`
	Born     time.Time `json:"born"`
}

func (k *cookie) fits(u *url.URL, now time.Time) bool {
	host, path := strings.ToLower(u.Hostname()), u.Path
	if path == "" {
		path = "/"
	}
	hostFits := host == k.Host || !k.HostOnly && strings.HasSuffix(host, "."+k.Host)
	pathFits := path == k.Path || strings.HasPrefix(path, k.Path) && (strings.HasSuffix(k.Path, "/") || path[len(k.Path)] == '/')
	return hostFits && pathFits && (k.Until.IsZero() || now.Before(k.Until)) && (!k.Secure || u.Scheme == "https" || loopback(host))
}

// cookies is the Cookie header for an address. Without all the HttpOnly ones are left out, as for document.cookie.
func (s *Server) cookies(who string, u *url.URL, all bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.world.jars[who]
	if j == nil {
		return ""
	}
	var fit []*cookie
	for _, k := range j.Cookies {
		if k.fits(u, s.Now()) && (all || !k.HTTPOnly) {
			fit = append(fit, k)
		}
	}
	slices.SortStableFunc(fit, func(a, b *cookie) int {
		return cmp.Or(len(b.Path)-len(a.Path), a.Born.Compare(b.Born))
	})
	pairs := make([]string, len(fit))
	for i, k := range fit {
		pairs[i] = k.Name + "=" + k.Value
	}
	return strings.Join(pairs, "; ")
}

// keepCookie stores what a site sets. script: it was set through document.cookie.
func (s *Server) keepCookie(who string, u *url.URL, c *http.Cookie, script bool) {
	host := strings.ToLower(u.Hostname())
	k := &cookie{Name: c.Name, Value: c.Value, Host: host, HostOnly: true, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HttpOnly, Born: s.Now()}
	if c.Quoted {
		k.Value = `"` + c.Value + `"`
	}
	if domain := strings.ToLower(strings.TrimPrefix(c.Domain, ".")); domain != "" && domain != host {
		if !strings.HasSuffix(host, "."+domain) || !strings.Contains(domain, ".") {
			return
		}
		k.Host, k.HostOnly = domain, false
	}
	if !strings.HasPrefix(k.Path, "/") {
		k.Path = "/"
		if i := strings.LastIndexByte(u.Path, '/'); i > 0 {
			k.Path = u.Path[:i]
		}
	}
	switch {
	case c.MaxAge < 0:
		k.Until = s.Now().Add(-time.Second)
	case c.MaxAge > 0:
		k.Until = s.Now().Add(time.Duration(c.MaxAge) * time.Second)
	case !c.Expires.IsZero():
		k.Until = c.Expires
	}
	if script && k.HTTPOnly || len(k.Name)+len(k.Value) > maxCookieLen {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putCookie(who, k, script)
}

func (s *Server) putCookie(who string, k *cookie, script bool) {
	j := s.world.jars[who]
	if j == nil {
		j = &jar{Cookies: []*cookie{}}
		s.world.jars[who] = j
	}
	same := slices.IndexFunc(j.Cookies, func(o *cookie) bool {
		return o.Name == k.Name && o.Host == k.Host && o.HostOnly == k.HostOnly && o.Path == k.Path
	})
	if same >= 0 {
		if script && j.Cookies[same].HTTPOnly {
			return // a script cannot touch it
		}
		k.Born = j.Cookies[same].Born
		j.Cookies = slices.Delete(j.Cookies, same, same+1)
	}
	if k.Until.IsZero() || s.Now().Before(k.Until) {
		j.Cookies = append(j.Cookies, k)
	}
	if len(j.Cookies) > maxCookies {
		j.Cookies = slices.Delete(j.Cookies, 0, len(j.Cookies)-maxCookies)
	}
	s.touch("jar", who)
}

// takeCookies moves Set-Cookie into the person's jar; the browser gets a copy of those that scripts may read.
func (s *Server) takeCookies(resp *http.Response, v *visit) {
	set := resp.Cookies()
	resp.Header.Del("Set-Cookie")
	for _, c := range set {
		s.keepCookie(v.person, resp.Request.URL, c, false)
		if !c.HttpOnly {
			c.Domain, c.Secure, c.SameSite, c.Raw = "", false, http.SameSiteDefaultMode, ""
			resp.Header.Add("Set-Cookie", c.String())
		}
	}
}
