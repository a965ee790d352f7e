package sim

import (
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// h5Path is the page an h5_url names.
const h5Path = "/cgi-bin/mmpayweb-bin/checkmweb"

//go:embed pay_h5.html
var h5Text string

var h5Page = template.Must(template.New("h5").Parse(h5Text))

const h5Phones = 30 // offered at a time

// h5Routes serves the payment page for browsers outside WeChat.
func (s *Server) h5Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+h5Path, s.serveH5)
	mux.HandleFunc("GET "+h5Path+"/state", s.h5State)
	mux.HandleFunc("POST "+h5Path+"/open", s.h5Open)
}

// serveH5 is the page behind an h5_url: it checks what WeChat checks and offers the phones that may pay.
func (s *Server) serveH5(w http.ResponseWriter, r *http.Request) {
	e := &entry{Kind: "page", Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Person: holder(r.Context()), Status: http.StatusOK, Verdict: "refused"}
	defer s.note(e)
	s.mu.Lock()
	p, m, title, why := s.checkH5(r)
	if title != "" {
		s.mu.Unlock()
		e.Reason = why
		s.errorPage(w, title, why)
		return
	}
	e.Verdict, e.MchID = "ok", m.MchID
	orders := s.ordersOf(p)
	var total int64
	for _, o := range orders {
		total += o.Total
	}
	back := r.URL.Query().Get("redirect_url")
	view := map[string]any{"Merchant": m.Name, "Amount": strings.TrimPrefix(yuan(total), "￥"), "Goods": orders[0].Description, "Prepay": p.ID, "Package": p.H5, "Back": back, "Path": h5Path}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Frame-Options", "DENY")
	if err := h5Page.Execute(w, view); err != nil {
		s.Log.Error("pocket WeChat cannot draw the H5 page", "error", err)
	}
}

// checkH5 finds what an h5_url opens; title is what WeChat shows instead. The caller holds mu.
func (s *Server) checkH5(r *http.Request) (p *prepay, m *merchant, title, why string) {
	q := r.URL.Query()
	refuse := func(title, why string) (*prepay, *merchant, string, string) { return nil, nil, title, why }
	if holder(r.Context()) != "" || strings.Contains(r.UserAgent(), "MicroMessenger") {
		return refuse("请在微信外打开订单，进行支付", "an h5_url is for browsers outside WeChat; inside use JSAPI")
	}
	if p = s.h5Prepay(q.Get("prepay_id"), q.Get("package")); p == nil {
		return refuse("支付请求已失效，请重新发起支付", "the h5_url is unknown, was replaced by a newer one, or is older than five minutes")
	}
	m = s.world.merchants[p.MchID]
	from, err := url.Parse(r.Referer())
	if r.Referer() == "" || err != nil || from.Host == "" {
		return refuse("商家参数格式有误，请联系商家解决", "the browser sent no Referer: open the h5_url from a page of the merchant's, without a no-referrer policy")
	}
	if len(m.H5Domains) > 0 && !onDomains(m.H5Domains, from.Host) {
		return refuse("商家存在未配置的参数，请联系商家解决", "the Referer is on "+from.Host+", the merchant's H5 domains are "+strings.Join(m.H5Domains, ", "))
	}
	if back := q.Get("redirect_url"); back != "" {
		u, err := url.Parse(back)
		allowed := m.H5Domains
		if len(allowed) == 0 {
			allowed = []string{from.Host}
		}
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || !onDomains(allowed, u.Host) {
			return refuse("商家参数格式有误，请联系商家解决", "redirect_url "+back+" is not on the H5 domains "+strings.Join(allowed, ", "))
		}
	}
	switch s.openState(p) {
	case "closed", "expired":
		return refuse("支付请求已失效，请重新发起支付", "the order is closed or its time is over")
	}
	return p, m, "", ""
}

// h5Prepay finds a prepay by the two parts of its address, within the five minutes of it. The caller holds mu.
func (s *Server) h5Prepay(id, pkg string) *prepay {
	p := s.world.prepays[id]
	if p == nil || p.H5 == "" || subtle.ConstantTimeCompare([]byte(p.H5), []byte(pkg)) != 1 || !s.Clock.Now().Before(p.H5Until) {
		return nil
	}
	return p
}

// onDomains tells whether a host is one of the domains or below one; a port must be named to matter.
func onDomains(domains []string, host string) bool {
	bare := host
	if u, err := url.Parse("http://" + host); err == nil {
		bare = u.Hostname()
	}
	return slices.ContainsFunc(domains, func(d string) bool {
		return d == host || d == bare || strings.HasSuffix(bare, "."+d)
	})
}

type h5Phone struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	On   bool   `json:"on"` // its page is open somewhere
}

// h5State tells the page how the order stands and which phones there are.
func (s *Server) h5State(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.world.prepays[q.Get("prepay_id")]
	if p == nil || p.H5 != q.Get("package") {
		writeJSON(w, http.StatusGone, bad("pay.expired", "支付请求已失效，请重新发起支付", "the h5_url is dead"))
		return
	}
	want := strings.ToLower(strings.TrimSpace(q.Get("q")))
	phones := []h5Phone{}
	for _, person := range s.people() {
		if want == "" || strings.Contains(strings.ToLower(person.ID+" "+person.Name), want) {
			phones = append(phones, h5Phone{person.ID, person.Name, s.hub.listening(person.ID)})
		}
	}
	slices.SortStableFunc(phones, func(a, b h5Phone) int {
		if a.On == b.On {
			return 0
		}
		if a.On {
			return -1
		}
		return 1
	})
	writeJSON(w, http.StatusOK, map[string]any{"state": s.openState(p), "phones": phones[:min(len(phones), h5Phones)]})
}

// h5Open opens the pay sheet on a phone. The page is the only one that knows the address's package.
func (s *Server) h5Open(w http.ResponseWriter, r *http.Request) {
	var in struct{ Prepay, Package, Person string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&in); err != nil {
		writeJSON(w, http.StatusBadRequest, bad("body.json", "内容无法读取", err.Error()))
		return
	}
	payID, err := s.OpenH5(in.Person, in.Prepay, in.Package)
	if err != nil {
		control(func(*http.Request) (any, error) { return nil, err })(w, r)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"pay_id": payID})
}

// OpenH5 is what a browser outside WeChat does with an h5_url: it opens WeChat on a person's phone with the pay sheet. prepayID and
// pkg are the two parameters of the h5_url.
func (s *Server) OpenH5(personID, prepayID, pkg string) (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.h5Prepay(prepayID, pkg)
	switch {
	case s.world.people[personID] == nil:
		return "", missing("person " + personID)
	case p == nil:
		return "", refuse(http.StatusGone, "pay.expired", "支付请求已失效，请重新发起支付", "the h5_url is dead or older than five minutes")
	}
	if err := payable(s.openState(p)); err != nil {
		return "", err
	}
	return s.askToPay(personID, p.ID, "h5").id, nil
}
