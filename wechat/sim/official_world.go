package sim

import (
	"fmt"
	"maps"
	"net/http"
	"time"
)

// officialWorld is what official accounts own beyond their settings; Server.mu guards it.
type officialWorld struct {
	desks     map[string]*desk          // by appid
	usage     map[string]*usage         // by appid
	drafts    map[string]*draft         // by media id
	articles  map[string]*publication   // by article id
	publishes map[string]*publishJob    // by publish id
	masses    map[string]*massJob       // by msg id
	sessions  map[string]*kfSession     // appid|person
	records   map[string]*kfRecords     // appid|date
	shorts    map[string]*shortKey      // by short key
	grants    map[string]*subscription  // appid|person|template
	days      map[string]*statDay       // appid|date
	clients   map[string]*clientMessage // openid|client_msg_id

	pages   map[string]*publication // by the key in an article's address
	minutes map[string]*minuteCount // appid|path: calls of this minute, not saved
	rids    ridLog
}

func newOfficialWorld() officialWorld {
	return officialWorld{
		desks: map[string]*desk{}, usage: map[string]*usage{}, drafts: map[string]*draft{}, articles: map[string]*publication{}, publishes: map[string]*publishJob{},
		masses: map[string]*massJob{}, sessions: map[string]*kfSession{}, records: map[string]*kfRecords{}, shorts: map[string]*shortKey{},
		grants: map[string]*subscription{}, days: map[string]*statDay{}, clients: map[string]*clientMessage{}, pages: map[string]*publication{}, minutes: map[string]*minuteCount{},
	}
}

func (w *officialWorld) tables() []table {
	return []table{
		mapTable("desk", w.desks), mapTable("usage", w.usage), mapTable("draft", w.drafts), mapTable("article", w.articles), mapTable("publish", w.publishes),
		mapTable("mass", w.masses), mapTable("kf_session", w.sessions), mapTable("kf_record", w.records), mapTable("short_key", w.shorts),
		mapTable("sub_grant", w.grants), mapTable("stat_day", w.days), mapTable("client_msg", w.clients),
	}
}

// link rebuilds the indexes after loading.
func (w *officialWorld) link() {
	for _, p := range w.articles {
		for _, a := range p.Articles {
			w.pages[a.Key] = p
		}
	}
}

// desk is what an account has arranged for itself in the console or through its API.
type desk struct {
	Tags        []fanTag          `json:"tags,omitempty"`
	NextTag     int               `json:"next_tag,omitempty"`
	Conditional []conditionalMenu `json:"conditional,omitempty"`
	NextMenu    int64             `json:"next_menu,omitempty"`
	Staff       []kfAccount       `json:"staff,omitempty"`
	Industry    *[2]int           `json:"industry,omitempty"`
	IndustrySet time.Time         `json:"industry_set,omitzero"`
	Speed       int               `json:"speed,omitempty"`
	Limits      map[string]int    `json:"limits,omitempty"` // calls a day by path, over the usual ones
	Frozen      bool              `json:"frozen,omitempty"` // the secret is frozen: 40243
	ConfirmIP   bool              `json:"confirm_ip,omitempty"`
	Banned      bool              `json:"banned,omitempty"` // OAuth pages give 10004
	JSONPush    bool              `json:"json_push,omitempty"`
	Location    bool              `json:"location,omitempty"`   // asks for the place when a chat is opened
	MassGuard   bool              `json:"mass_guard,omitempty"` // API 群发保护

	TemplateState string `json:"template_state,omitempty"` // what every template message ends with; empty: as it goes
}

// desk gives an account's desk, creating it. The caller holds mu and touches it after a change.
func (s *Server) desk(appID string) *desk {
	d := s.world.official.desks[appID]
	if d == nil {
		d = &desk{NextTag: 100, NextMenu: 400_000_000}
		s.world.official.desks[appID] = d
	}
	return d
}

func (s *Server) touchDesk(appID string) { s.touch("desk", appID) }

// OfficialSettings are the settings of an account that its console has and that tests want to turn; nil leaves one as it is.
type OfficialSettings struct {
	Limits    map[string]int `json:"limits,omitempty"`     // calls a day by path, e.g. "/cgi-bin/user/get": 3
	Frozen    *bool          `json:"frozen,omitempty"`     // the secret is frozen: tokens give 40243
	ConfirmIP *bool          `json:"confirm_ip,omitempty"` // an address outside ip_allow waits for the administrator: 89503
	Banned    *bool          `json:"banned,omitempty"`     // web authorisation gives page error 10004
	JSONPush  *bool          `json:"json_push,omitempty"`  // pushes are JSON
	Location  *bool          `json:"location,omitempty"`   // LOCATION is pushed when a fan opens the chat
	MassGuard *bool          `json:"mass_guard,omitempty"` // a mass message through the API waits for the administrator

	TemplateState *string `json:"template_state,omitempty"` // template messages end so, e.g. "failed: system failed"; "": as it goes
}

// SetOfficial changes an account's settings.
func (s *Server) SetOfficial(appID string, in OfficialSettings) (OfficialSettings, error) {
	if err := s.init(); err != nil {
		return OfficialSettings{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.accounts[appID] == nil {
		return OfficialSettings{}, missing("account " + appID)
	}
	d := s.desk(appID)
	for path, n := range in.Limits {
		if n < 0 || len(path) > 128 || len(d.Limits) > 200 {
			return OfficialSettings{}, bad("official.limits", "每日次数不正确", fmt.Sprintf("limits[%q] must not be negative", path))
		}
		if d.Limits == nil {
			d.Limits = map[string]int{}
		}
		d.Limits[path] = n
	}
	for _, pair := range []struct{ to, from *bool }{{&d.Frozen, in.Frozen}, {&d.ConfirmIP, in.ConfirmIP}, {&d.Banned, in.Banned}, {&d.JSONPush, in.JSONPush}, {&d.Location, in.Location}, {&d.MassGuard, in.MassGuard}} {
		if pair.from != nil {
			*pair.to = *pair.from
		}
	}
	if in.TemplateState != nil {
		d.TemplateState = *in.TemplateState
	}
	s.touchDesk(appID)
	copied := *d
	return OfficialSettings{maps.Clone(copied.Limits), &copied.Frozen, &copied.ConfirmIP, &copied.Banned, &copied.JSONPush, &copied.Location, &copied.MassGuard, &copied.TemplateState}, nil
}

// officialRoutes is the control API of official accounts; docs/official.md describes it.
func (s *Server) officialRoutes(mux *http.ServeMux) {
	post := func(path string, f func(r *http.Request, p *person) (any, error)) {
		s.handle(mux, "POST /people/{id}"+path, s.withPerson(f))
	}
	get := func(path string, f func(r *http.Request, p *person) (any, error)) {
		s.handle(mux, "GET /people/{id}"+path, s.withPerson(f))
	}
	s.handle(mux, "POST /accounts/{appid}/official", s.apiOfficial)
	s.handle(mux, "POST /accounts/{appid}/mass/{msg}/confirm", s.apiConfirmMass)
	post("/chats/{chat}/media", s.apiSendMedia)
	post("/chats/{chat}/place", s.apiSendPlace)
	post("/chats/{chat}/link", s.apiSendLink)
	post("/accounts/{appid}/enter", s.apiEnterChat)
	post("/accounts/{appid}/refuse", s.apiRefuseMessages)
	get("/accounts/{appid}/articles", s.apiArticlesOf)
	get("/accounts/{appid}/notices", s.apiNoticesOf)
	post("/accounts/{appid}/notices", s.apiDecideNotices)
	post("/accounts/{appid}/notices/settings", s.apiSwitchNotice)
	s.handle(mux, "POST /accounts/{appid}/kf/{openid}", s.apiKFAnswer)
}

func (s *Server) apiOfficial(r *http.Request) (any, error) {
	var in OfficialSettings
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	return s.SetOfficial(r.PathValue("appid"), in)
}
