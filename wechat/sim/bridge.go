package sim

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed bridge.js
var bridgeScript string

// serveBridge answers /_wx/…: what the bridge inside a page asks of the gateway.
func (s *Server) serveBridge(w http.ResponseWriter, r *http.Request, v *visit) {
	if !sameOrigin(r) {
		writeJSON(w, http.StatusForbidden, refuse(403, "origin.refused", "不允许的来源", "only the page itself may ask"))
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /_wx/bridge.js":
		s.bridgeJS(w, v)
	case "POST /_wx/jsapi":
		s.jsapi(w, r, v)
	case "GET /_wx/cookie", "POST /_wx/cookie":
		s.scriptCookie(w, r, v)
	case "GET /_wx/open":
		s.openFromPage(w, r, v)
	case "GET /_wx/real":
		writeJSON(w, http.StatusOK, map[string]string{"url": s.realURL(r.URL.Query().Get("url"))})
	case "GET /_wx/media":
		s.bridgeDownload(w, r, v)
	case "POST /_wx/media":
		s.bridgeMedia(w, r, v)
	case "GET /_wx/refused":
		s.errorPage(w, "无法打开网页", "模拟器的网页只能打开本机的网站："+r.URL.Query().Get("url"))
	case "GET /_wx/report":
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

// sameOrigin refuses requests that another page makes.
func sameOrigin(r *http.Request) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	if origin != "" && origin != "http://"+r.Host {
		return false
	}
	navigation := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
	return site == "" || site == "same-origin" || site == "none" || navigation
}

func (s *Server) bridgeJS(w http.ResponseWriter, v *visit) {
	facts, err := json.Marshal(map[string]string{"origin": originOf(v.origin), "person": v.person, "ua": v.userAgent(), "mini": v.mini, "suffix": "." + v.view + ".localhost:" + s.port()})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write([]byte(strings.Replace(bridgeScript, "__SITE__", string(facts), 1)))
}

// scriptCookie is document.cookie: GET ?path= reads, POST sets one.
func (s *Server) scriptCookie(w http.ResponseWriter, r *http.Request, v *visit) {
	page := *v.origin
	page.Path = r.URL.Query().Get("path")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodPost {
		buf := make([]byte, maxCookieLen+512)
		n, _ := readFull(r, buf)
		if c, err := http.ParseSetCookie(string(buf[:n])); err == nil {
			s.keepCookie(v.person, &page, c, true)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(s.cookies(v.person, &page, false)))
}

func readFull(r *http.Request, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Body.Read(buf[n:])
		n += m
	}
	return n, err
}

// openFromPage sends a page on to another real address, inside the gateway.
func (s *Server) openFromPage(w http.ResponseWriter, r *http.Request, v *visit) {
	target, err := s.gatewayURL(v.view, r.URL.Query().Get("url"))
	if err != nil {
		target = "/_wx/refused?url=" + url.QueryEscape(r.URL.Query().Get("url"))
	}
	http.Redirect(w, r, target, http.StatusFound)
}

// bridgeMedia takes a picture that a page uploads with wx.uploadImage and gives its media_id.
func (s *Server) bridgeMedia(w http.ResponseWriter, r *http.Request, v *visit) {
	var in struct {
		Doc  string `json:"doc"`
		Data string `json:"data_url"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxUpload*4/3)).Decode(&in); err != nil {
		writeJSON(w, http.StatusBadRequest, bad("body.json", "内容无法读取", err.Error()))
		return
	}
	_, encoded, _ := strings.Cut(in.Data, "base64,")
	data, err := base64.StdEncoding.DecodeString(encoded)
	detected := http.DetectContentType(data)
	if err != nil || !strings.HasPrefix(detected, "image/") {
		writeJSON(w, http.StatusBadRequest, bad("media.type", "不是图片", "data_url must be a base64 picture"))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := s.world.docs[v.person+"|"+in.Doc]
	if doc == nil {
		writeJSON(w, http.StatusForbidden, refuse(403, "jsapi.config", "页面还没有通过 wx.config", "the page has not passed wx.config"))
		return
	}
	m := s.storeMedia(doc.appID, "image", detected, data, s.Clock.Now().Add(mediaLife))
	writeJSON(w, http.StatusOK, map[string]string{"media_id": m.ID})
}

// jsDoc is a loaded page that has passed wx.config.
type jsDoc struct {
	appID   string
	allowed map[string]bool
	tags    map[string]bool // open tags
	born    time.Time
}
