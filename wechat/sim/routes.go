package sim

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// ServeHTTP implements http.Handler: web views by host name, everything else by path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.listener == nil {
		if _, port, err := net.SplitHostPort(r.Host); err == nil {
			s.seenPort.Store(port)
		}
	}
	if s.proxied(w, r) {
		return
	}
	if label, who, ok := s.splitGateway(r.Host); ok {
		s.serveGateway(w, r, label, who)
		return
	}
	if r, ok := s.workRequest(r); ok {
		s.workMux.ServeHTTP(w, r)
		return
	}
	if s.plays(r.Host) {
		if _, pattern := s.mux.Handler(r); pattern == "/" || pattern == "" {
			s.serveCall("api", maxBody, s.notPlayed)(w, r)
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	s.workMux = http.NewServeMux()
	s.endpointRoutes(mux)
	s.workMux.Handle("/", s.serveCall("work", maxBody, s.unknownWork))
	mux.Handle("/cgi-bin/", s.serveCall("api", maxBody, s.unknownCall))
	for _, path := range []string{"/wxa/", "/wxaapi/", "/user-order/"} {
		mux.Handle(path, s.serveCall("api", maxBody, s.unknownCall))
	}
	mux.Handle("/sns/", s.serveCall("api", maxBody, s.unknownCall))
	mux.Handle("/v3/", s.serveCall("pay", maxBody, s.unknownPay))
	for _, prefix := range []string{"/pay/", "/secapi/", "/tools/", "/mmpaymkttransfers/"} {
		mux.Handle(prefix, s.serveCall(v2Kind, maxBody, s.unknownV2))
	}
	mux.HandleFunc("/connect/oauth2/authorize", s.authorize)
	mux.HandleFunc("GET /cgi-bin/showqrcode", s.showQR)
	mux.HandleFunc("GET /s/{key}", s.showArticle)
	mux.HandleFunc("GET /mp/subscribemsg", s.subscribeMsgPage)
	mux.HandleFunc("POST /mp/subscribemsg", s.subscribeMsgPage)
	mux.HandleFunc("GET /open/js/{file}", s.serveSDK)
	s.carrierRoutes(mux)
	s.moneyRoutes(mux)
	s.transferRoutes(mux)
	s.complaintRoutes(mux)
	s.workRoutes(mux)
	s.waysRoutes(mux)
	s.miniRoutes(mux)
	s.adsRoutes(mux)
	s.socialRoutes(mux)
	s.officialRoutes(mux)
	s.phoneRoutes(mux)
	s.toolRoutes(mux)
	s.seedRoutes(mux)
	mux.HandleFunc("GET /_sim/ca.pem", s.guard(s.serveCA))
	s.pageRoutes(mux)
	return mux
}

// guard protects the control API: no other site's page may use it, and no foreign name may be pointed at this machine.
func (s *Server) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		site := r.Header.Get("Sec-Fetch-Site")
		ownPage := origin == "http://"+r.Host || slices.Contains(s.AllowOrigins, origin)
		foreign := origin != "" && !ownPage || origin == "" && (site == "cross-site" || site == "same-site") && r.Method != http.MethodGet
		if foreign || !trustedHost(r.Host) {
			writeJSON(w, http.StatusForbidden, refuse(403, "origin.refused", "不允许从这个页面控制模拟器", "this origin or host may not use the control API"))
			return
		}
		next(w, r)
	}
}

// trustedHost accepts this machine's names, IP addresses and single-label names (containers): a name with dots could be
// anyone's, pointed here to get around the browser's rules.
func trustedHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	return net.ParseIP(name) != nil || !strings.Contains(name, ".")
}

// handle registers a JSON call of the control API.
func (s *Server) handle(mux *http.ServeMux, pattern string, f func(r *http.Request) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	mux.HandleFunc(method+" /_sim"+path, s.guard(control(f)))
}
