package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// toolRoutes is the part of the control API for developers: world, clock, faults, notices, inspector.
func (s *Server) toolRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /world", s.apiWorld)
	s.handle(mux, "GET /endpoints", func(*http.Request) (any, error) { return map[string]any{"endpoints": s.Endpoints()}, nil })
	s.handle(mux, "GET /people/{id}/openid", s.apiOpenID)
	s.handle(mux, "GET /accounts", func(*http.Request) (any, error) { return map[string]any{"accounts": s.Accounts()}, nil })
	s.handle(mux, "POST /accounts", s.apiAddAccount)
	s.handle(mux, "POST /accounts/{appid}/verify", s.apiVerify)
	s.handle(mux, "GET /merchants", s.apiMerchants)
	s.handle(mux, "POST /merchants", s.apiAddMerchant)
	s.handle(mux, "GET /platform", func(*http.Request) (any, error) { return s.PlatformKeys() })
	s.handle(mux, "POST /pay", s.apiPayDirectly)
	s.handle(mux, "GET /clock", func(*http.Request) (any, error) { return s.Clock.State(), nil })
	s.handle(mux, "POST /clock", s.apiClock)
	s.handle(mux, "GET /faults", s.apiFaults)
	s.handle(mux, "POST /faults", s.apiAddFault)
	s.handle(mux, "DELETE /faults", func(*http.Request) (any, error) { s.Faults.Remove(""); return nil, nil })
	s.handle(mux, "DELETE /faults/{fid}", s.apiRemoveFault)
	s.handle(mux, "POST /faults/notifications", s.apiPause)
	s.handle(mux, "GET /notifications", s.apiNotices)
	s.handle(mux, "POST /notifications/{id}/send", s.apiSendNotice)
	s.inspectorRoutes(mux)
}

// pageRoutes serves pictures and the phone page.
func (s *Server) pageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/avatars/{kind}/{file}", s.serveAvatar)
	mux.HandleFunc("GET /_sim/media/{id}", s.serveMedia)
	mux.HandleFunc("GET /_sim/qr", s.drawQR)
	mux.HandleFunc("GET /_sim/picture", s.guard(s.servePicture))
	mux.HandleFunc("/_sim/", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusNotFound, missing(r.Method+" "+r.URL.Path))
	})
	mux.HandleFunc("/", s.servePhone)
}

func (s *Server) apiWorld(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]int{"people": len(s.world.people), "accounts": len(s.world.accounts), "merchants": len(s.world.merchants)}
	return map[string]any{"version": 1, "now": s.Clock.Now(), "origin": "http://" + r.Host, "counts": counts, "clock": s.Clock.State()}, nil
}

// apiOpenID tells who a person is to an account, followed or not.
func (s *Server) apiOpenID(r *http.Request) (any, error) {
	openID, err := s.OpenID(r.URL.Query().Get("appid"), r.PathValue("id"))
	return map[string]string{"openid": openID}, err
}

func (s *Server) apiAddAccount(r *http.Request) (any, error) {
	var in Account
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	a, err := s.AddAccount(in)
	if err != nil {
		return nil, err
	}
	s.durable()
	return a, nil
}

func (s *Server) apiVerify(r *http.Request) (any, error) {
	return nil, s.VerifyCallback(r.Context(), r.PathValue("appid"))
}

type merchantAnswer struct {
	Merchant
	PlatformKeys
}

func (s *Server) apiMerchants(*http.Request) (any, error) {
	keys, err := s.PlatformKeys()
	return map[string]any{"merchants": s.Merchants(), "platform": keys}, err
}

func (s *Server) apiAddMerchant(r *http.Request) (any, error) {
	var in Merchant
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	m, err := s.AddMerchant(in)
	if err != nil {
		return nil, err
	}
	s.durable()
	keys, err := s.PlatformKeys()
	return merchantAnswer{m, keys}, err
}

// apiPayDirectly pays without a phone page: for tests and load benches.
func (s *Server) apiPayDirectly(r *http.Request) (any, error) {
	var in struct {
		Person   string `json:"person"`
		OpenID   string `json:"openid"`
		PrepayID string `json:"prepay_id"`
		Password string `json:"password"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	if in.Person == "" {
		s.mu.Lock()
		if f := s.world.openids[in.OpenID]; f != nil {
			in.Person = f.Person
		}
		s.mu.Unlock()
	}
	return s.Pay(in.Person, in.PrepayID, in.Password)
}

func (s *Server) apiClock(r *http.Request) (any, error) {
	var in struct {
		Freeze  *bool    `json:"freeze"`
		Set     string   `json:"set"`
		Advance string   `json:"advance"`
		Speed   *float64 `json:"speed"`
		Reset   bool     `json:"reset"`
		Jump    bool     `json:"jump"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	step, stepErr := time.ParseDuration(in.Advance)
	at, setErr := time.Parse(time.RFC3339, in.Set)
	switch {
	case in.Advance != "" && (stepErr != nil || step <= 0 || step > 10*365*24*time.Hour):
		return nil, bad("clock.advance", "时长无法识别", "advance must be a positive duration such as 24h, at most ten years")
	case in.Set != "" && setErr != nil:
		return nil, bad("clock.set", "时间无法识别", "set must be RFC 3339")
	case in.Speed != nil && (*in.Speed <= 0 || *in.Speed > 100_000):
		return nil, bad("clock.speed", "速度需在 0 到 100000 之间", "speed must be above 0 and at most 100000")
	}
	if in.Reset {
		s.Clock.Reset()
	}
	if in.Freeze != nil && *in.Freeze {
		s.Clock.Freeze()
	}
	if in.Freeze != nil && !*in.Freeze {
		s.Clock.Unfreeze()
	}
	if in.Speed != nil {
		s.Clock.SetSpeed(*in.Speed)
	}
	if in.Set != "" {
		s.Clock.Set(at)
	}
	if in.Advance != "" {
		s.Clock.Advance(step)
	}
	if in.Jump && !s.Clock.Jump() {
		return nil, refuse(http.StatusConflict, "clock.idle", "没有等待中的事件", "nothing is waiting for a time to come")
	}
	return s.Clock.State(), nil
}

func (s *Server) apiFaults(*http.Request) (any, error) {
	return map[string]any{"faults": s.Faults.List(), "notifications_paused": s.Faults.NotificationsPaused(), "kinds": FaultKinds()}, nil
}

func (s *Server) apiAddFault(r *http.Request) (any, error) {
	var in Fault
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.Faults.Add(in)
}

func (s *Server) apiRemoveFault(r *http.Request) (any, error) {
	if id := r.PathValue("fid"); !s.Faults.Remove(id) {
		return nil, missing("fault " + id)
	}
	return nil, nil
}

func (s *Server) apiPause(r *http.Request) (any, error) {
	var in struct {
		Paused bool `json:"paused"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.Faults.PauseNotifications(in.Paused)
	return s.apiFaults(r)
}

type noticeView struct {
	ID        string     `json:"id"`
	MchID     string     `json:"mchid"`
	EventType string     `json:"event_type"`
	State     string     `json:"state"`
	Attempts  []attempt  `json:"attempts"`
	Next      *time.Time `json:"next,omitempty"`
	URL       string     `json:"url"`
}

func (s *Server) apiNotices(r *http.Request) (any, error) {
	mchID, limit := r.URL.Query().Get("mchid"), limitOf(r.URL.Query().Get("limit"), 500)
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []noticeView{}
	for i := len(s.world.noticeLog) - 1; i >= 0 && len(views) < limit; i-- {
		n := s.world.notices[s.world.noticeLog[i]]
		if mchID != "" && n.MchID != mchID {
			continue
		}
		v := noticeView{ID: n.ID, MchID: n.MchID, EventType: n.EventType, State: n.State, Attempts: append([]attempt{}, n.Attempts...), URL: n.URL}
		if n.State == waiting {
			next := n.Next.In(shanghai)
			v.Next = &next
		}
		views = append(views, v)
	}
	return map[string]any{"notifications": views}, nil
}

func (s *Server) apiSendNotice(r *http.Request) (any, error) {
	id := r.PathValue("id")
	s.mu.Lock()
	known := s.world.notices[id] != nil
	s.mu.Unlock()
	if !known {
		return nil, missing("notification " + id)
	}
	s.sendNotice(id, false)
	return nil, nil
}

const maxPicture = 10 << 20

// servePicture fetches a picture of a card from a loopback site, so that the phone page needs no other origin.
func (s *Server) servePicture(w http.ResponseWriter, r *http.Request) {
	u, err := url.Parse(s.realURL(r.URL.Query().Get("url")))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !s.mayOpen(u) || s.isSelf(u) && !selfPath(u.Path) {
		writeJSON(w, http.StatusForbidden, refuse(403, "picture.refused", "不能读取这个地址的图片", "pictures come from loopback sites only"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), callbackDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	req.Header.Set("User-Agent", UserAgent)
	resp, err := s.Outbound.RoundTrip(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	kind := resp.Header.Get("Content-Type")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "image/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'") // an SVG is a picture, not a page
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "max-age=300")
	io.Copy(w, io.LimitReader(resp.Body, maxPicture))
}

// servePhone serves the built phone page: a file when there is one, index.html for everything else.
func (s *Server) servePhone(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "the pocket WeChat does not offer "+r.Method+" "+r.URL.Path, http.StatusNotFound)
		return
	}
	if s.PhoneFS == nil {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "口袋微信在运行，但没有手机页面。The pocket WeChat is running without a phone page.\nAPI: /_sim/world, /_sim/log\n")
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	body, err := fs.ReadFile(s.PhoneFS, name)
	if errors.Is(err, fs.ErrNotExist) && path.Ext(name) == "" {
		name = "index.html"
		body, err = fs.ReadFile(s.PhoneFS, name)
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}
