package sim

import (
	"regexp"
	"strings"
)

// A web-view of a mini-program is the gateway's browser under a host of its own, {site}.{person}--{appid}.localhost: so the page's
// server and its scripts know that they are inside one (miniProgram in the User-Agent, __wxjs_environment). Cookies are the person's.

var (
	viewForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	miniHostForm = regexp.MustCompile(`^[a-z0-9]+$`)
)

// miniWebView names the web view of a mini-program on a person's phone, for gatewayURL. An appid no host can hold gives the plain one.
func miniWebView(who, appID string) string {
	view := who + "--" + appID
	if !miniHostForm.MatchString(appID) || !viewForm.MatchString(view) {
		return who
	}
	return view
}

// readView takes a view apart into person and appid. The caller holds mu.
func (s *Server) readView(view string) (who, mini string) {
	i := strings.LastIndex(view, "--")
	if i < 1 || s.world.people[view] != nil || s.world.mini.apps[view[i+2:]] == nil {
		return view, ""
	}
	return view[:i], view[i+2:]
}

// userAgent is what the page's server is told.
func (v *visit) userAgent() string {
	if v.mini == "" {
		return UserAgent
	}
	return UserAgent + " miniProgram/" + v.mini
}
