package sim

import (
	"net/http"
	"slices"
)

// Fidelity tells how far an endpoint goes.
type Fidelity string

// How far an endpoint goes.
const (
	Full     Fidelity = "full"     // behaves as the documentation says: fields, rules, limits, codes, effects
	Partial  Fidelity = "partial"  // the note says what is missing
	Recorded Fidelity = "recorded" // checked and kept for the inspector; nothing follows from it
)

// endpoint is one call that is offered: the one place that says so. The routes and the printed tables come from it.
type endpoint struct {
	Pattern  string // of http.ServeMux, with the method where WeChat's path has one method only
	Title    string // of WeChat's documentation
	Fidelity Fidelity
	Note     string // what is missing, or worth knowing
	Limit    int64  // bytes of a body; 0: maxBody

	serve func(*call)
}

// group is the endpoints of one server of WeChat's.
type group struct {
	Name      string // heading of the printed table
	Kind      string // of the inspector and of the faults: api, pay, work, carrier, ads
	Host      string // the real one
	Endpoints []endpoint
}

// groups lists everything that is offered; each area keeps its own list.
func (s *Server) groups() []group {
	return []group{
		{"公众号 Official account", "api", "api.weixin.qq.com", s.officialEndpoints()},
		{"微信支付 v3 WeChat Pay v3", "pay", "api.mch.weixin.qq.com", slices.Concat(s.payEndpoints(), s.moneyEndpoints(), s.sharingEndpoints(), s.transferEndpoints(), s.complaintEndpoints())},
		{"企业微信 WeCom", "work", "qyapi.weixin.qq.com", append(s.workEndpoints(), s.socialEndpoints()...)},
		{"微信支付 v2 WeChat Pay v2", v2Kind, "api.mch.weixin.qq.com", s.v2Endpoints()},
		{"快递 Carriers", "carrier", "poll.kuaidi100.com", s.carrierEndpoints()},
		{"广告 Ads", "ads", "api.e.qq.com", s.adsEndpoints()},
		{"小程序 Mini-program", "api", "api.weixin.qq.com", s.miniEndpoints()},
	}
}

// Endpoint is one call that is offered, as the printed tables and GET /_sim/endpoints show it.
type Endpoint struct {
	Group    string   `json:"group"`
	Kind     string   `json:"kind"`    // of the inspector and of the faults
	Host     string   `json:"host"`    // the real one
	Pattern  string   `json:"pattern"` // of http.ServeMux; without a method where WeChat's path answers several or refuses by errcode
	Title    string   `json:"title"`   // of WeChat's documentation
	Fidelity Fidelity `json:"fidelity"`
	Note     string   `json:"note,omitempty"`
}

// Endpoints lists everything that is offered, by group and in the groups' own order.
func (s *Server) Endpoints() []Endpoint {
	list := []Endpoint{}
	for _, g := range s.groups() {
		for _, e := range g.Endpoints {
			list = append(list, Endpoint{g.Name, g.Kind, g.Host, e.Pattern, e.Title, e.Fidelity, e.Note})
		}
	}
	return list
}

func (s *Server) endpointRoutes(mux *http.ServeMux) {
	for _, g := range s.groups() {
		for _, e := range g.Endpoints {
			limit := e.Limit
			if limit == 0 {
				limit = maxBody
			}
			to := mux
			if g.Kind == "work" {
				to = s.workMux
			}
			to.Handle(e.Pattern, s.serveCall(g.Kind, limit, e.serve))
		}
	}
}
