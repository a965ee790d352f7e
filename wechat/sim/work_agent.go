package sim

import "net/http"

// agentView is an application as agent/get gives it; its visible range is the whole company.
type agentView struct {
	apiError
	AgentID     int64  `json:"agentid"`
	Name        string `json:"name"`
	Logo        string `json:"square_logo_url"`
	Description string `json:"description"`
	Users       struct {
		List []any `json:"user"`
	} `json:"allow_userinfos"`
	Parties struct {
		List []int64 `json:"partyid"`
	} `json:"allow_partys"`
	Tags struct {
		List []int64 `json:"tagid"`
	} `json:"allow_tags"`
	Close    int    `json:"close"`
	Domain   string `json:"redirect_domain"`
	Location int    `json:"report_location_flag"`
	Enter    int    `json:"isreportenter"`
	Home     string `json:"home_url"`
}

// agentGet answers 获取指定的应用详情: of the application whose token asks, no other.
func (s *Server) agentGet(c *call) {
	asked := number(c.r.URL.Query().Get("agentid"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := c.corp.app(asked); !ok {
		c.fail(40056, "invalid agentid")
		return
	}
	if asked != c.agent.AgentID {
		c.fail(301002, "not allow operate another agent with this accesstoken")
		return
	}
	v := agentView{apiError: apiOK, AgentID: asked, Name: c.agent.Name, Domain: c.agent.TrustedDomain}
	v.Users.List, v.Parties.List, v.Tags.List = []any{}, []int64{1}, []int64{}
	c.ok(v)
}

// agentList answers 获取access_token对应的应用列表: the application itself.
func (s *Server) agentList(c *call) {
	type row struct {
		AgentID int64  `json:"agentid"`
		Name    string `json:"name"`
		Logo    string `json:"square_logo_url"`
	}
	c.ok(struct {
		apiError
		List []row `json:"agentlist"`
	}{apiOK, []row{{AgentID: c.agent.AgentID, Name: c.agent.Name}}})
}

func (s *Server) agentEndpoints() []endpoint {
	get := func(f func(*call)) func(*call) { return s.withCorp(http.MethodGet, rightAny, f) }
	return []endpoint{
		{Pattern: "/cgi-bin/agent/get", Title: "获取指定的应用详情", Fidelity: Partial, Note: "the visible range is the whole company; there is no logo, description or home page", serve: s.withCorp(either, rightAny, s.agentGet)},
		{Pattern: "/cgi-bin/agent/list", Title: "获取access_token对应的应用列表", Fidelity: Full, serve: get(s.agentList)},
	}
}
