package sim

import (
	"net/http"
	"slices"
	"strconv"
)

// workEndpoints is everything of qyapi.weixin.qq.com but customer groups, group messages and Moments.
func (s *Server) workEndpoints() []endpoint {
	return slices.Concat([]endpoint{
		{Pattern: "/cgi-bin/gettoken", Title: "获取access_token", Fidelity: Full, serve: s.corpToken},
		{Pattern: "/cgi-bin/getcallbackip", Title: "获取企业微信回调IP段", Fidelity: Full, serve: s.withCorp(http.MethodGet, rightAny, s.corpIPs)},
		{Pattern: "/cgi-bin/get_api_domain_ip", Title: "获取企业微信接口IP段", Fidelity: Full, serve: s.withCorp(http.MethodGet, rightAny, s.corpIPs)},
	}, s.corpOAuthEndpoints(), s.bookEndpoints(), s.openIDEndpoints(), s.agentEndpoints(), s.bookTagEndpoints(), s.workMediaEndpoints(), s.appEndpoints(),
		s.customerEndpoints(), s.wayEndpoints(), s.acquireEndpoints(), s.handoverEndpoints())
}

func (s *Server) corpIPs(c *call) {
	c.ok(struct {
		apiError
		List []string `json:"ip_list"`
	}{apiOK, []string{"127.0.0.1"}})
}

// workRoutes is the control API of companies; docs/work.md describes it.
func (s *Server) workRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /companies", func(*http.Request) (any, error) { return map[string]any{"companies": s.Companies()}, nil })
	s.handle(mux, "POST /companies", s.apiAddCompany)
	s.handle(mux, "POST /companies/{corp}/apps/{agent}/verify", s.apiVerifyApp)
	s.handle(mux, "GET /companies/{corp}/staff", s.apiStaff)
	s.handle(mux, "POST /companies/{corp}/staff", s.apiAddStaff)
	s.handle(mux, "POST /companies/{corp}/staff/{user}/resign", s.apiResign)
	s.handle(mux, "POST /companies/{corp}/customers", s.apiAddCustomer)
	s.handle(mux, "POST /companies/{corp}/robots", s.apiAddRobot)
	s.handle(mux, "POST /companies/{corp}/tags", s.apiConsoleTags)
	s.clientRoutes(mux)
	mux.HandleFunc("GET /wwopen/sso/qrConnect", s.corpLogin)
	mux.HandleFunc("GET /wwlogin/sso/login", s.corpLogin)
	mux.HandleFunc("/ca/{link}", s.linkPage)
}

func (s *Server) apiAddCompany(r *http.Request) (any, error) {
	var in Company
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	c, err := s.AddCompany(in)
	if err != nil {
		return nil, err
	}
	s.durable()
	return c, nil
}

func (s *Server) apiVerifyApp(r *http.Request) (any, error) {
	agentID, err := strconv.ParseInt(r.PathValue("agent"), 10, 64)
	if err != nil {
		return nil, missing("application " + r.PathValue("agent"))
	}
	return nil, s.VerifyCorpCallback(r.Context(), r.PathValue("corp"), agentID)
}

func (s *Server) apiStaff(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world.work.companies[r.PathValue("corp")] == nil {
		return nil, missing("company " + r.PathValue("corp"))
	}
	list := []Staff{}
	for _, st := range s.world.work.corpStaff[r.PathValue("corp")] {
		if st.Left.IsZero() {
			list = append(list, st.Staff)
		}
	}
	return map[string]any{"staff": list}, nil
}

func (s *Server) apiAddStaff(r *http.Request) (any, error) {
	var in Staff
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	in.CorpID = r.PathValue("corp")
	st, err := s.AddStaff(in)
	if err != nil {
		return nil, err
	}
	s.durable()
	return st, nil
}

func (s *Server) apiAddCustomer(r *http.Request) (any, error) {
	var in struct {
		UserID string `json:"userid"`
		Person string `json:"person"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	id, err := s.AddCustomer(r.PathValue("corp"), in.UserID, in.Person)
	if err != nil {
		return nil, err
	}
	s.durable()
	return map[string]string{"external_userid": id}, nil
}

func (s *Server) apiResign(r *http.Request) (any, error) {
	if err := s.Resign(r.PathValue("corp"), r.PathValue("user")); err != nil {
		return nil, err
	}
	s.durable()
	return nil, nil
}

func (s *Server) apiAddRobot(r *http.Request) (any, error) {
	var in struct {
		Name  string   `json:"name"`
		Users []string `json:"userids"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	key, err := s.AddRobot(r.PathValue("corp"), in.Name, in.Users)
	if err != nil {
		return nil, err
	}
	s.durable()
	return map[string]string{"key": key, "url": "http://" + s.hostPort() + "/cgi-bin/webhook/send?key=" + key}, nil
}

// apiConsoleTags changes customer tags as an administrator does in the console: applications are told.
func (s *Server) apiConsoleTags(r *http.Request) (any, error) {
	var in struct {
		Group  string   `json:"group"`  // name: made when there is none
		Add    []string `json:"add"`    // names of new tags in the group
		ID     string   `json:"id"`     // of a tag or group to rename
		Name   string   `json:"name"`   // its new name
		Delete []string `json:"delete"` // ids of tags
		Order  []string `json:"order"`  // ids of the group's tags in their new order
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	corp := s.world.work.companies[r.PathValue("corp")]
	if corp == nil {
		return nil, missing("company " + r.PathValue("corp"))
	}
	if in.Group != "" {
		if err := s.consoleAddTags(corp, in.Group, in.Add, in.Order); err != nil {
			return nil, err
		}
	}
	if in.ID != "" {
		if badTagName(in.Name) {
			return nil, bad("tag.name", "标签名需要 1 到 30 个字", "name must have 1 to 30 characters")
		}
		if code, why := s.changeTag(corp.CorpID, in.ID, &in.Name, nil); code != 0 {
			return nil, bad("tag.change", "标签不存在或重名", why)
		}
		s.tagEvent(corp, "update", in.ID, s.tagKind(in.ID))
	}
	for _, id := range in.Delete {
		if _, t := s.corpTag(corp.CorpID, id); t == nil {
			return nil, missing("tag " + id)
		}
		s.dropTag(corp.CorpID, id)
		s.tagEvent(corp, "delete", id, "tag")
	}
	views := []tagGroupView{}
	for _, g := range s.corpTagGroups(corp.CorpID) {
		views = append(views, g.view(g.Tags))
	}
	return map[string]any{"groups": views}, nil
}

func (s *Server) tagKind(id string) string {
	if s.world.work.tagGroups[id] != nil {
		return "tag_group"
	}
	return "tag"
}

func (s *Server) consoleAddTags(corp *company, name string, add, order []string) error {
	groups := s.corpTagGroups(corp.CorpID)
	i := slices.IndexFunc(groups, func(g *corpTagGroup) bool { return g.Name == name })
	var g *corpTagGroup
	if i >= 0 {
		g = groups[i]
	}
	var tags []newTag
	for _, text := range add {
		if badTagName(text) || g != nil && g.named(text) != nil {
			return bad("tag.name", "标签名无效或重名", "tag names must have 1 to 30 characters and be new in the group")
		}
		tags = append(tags, newTag{Name: text})
	}
	if g == nil {
		if badTagName(name) || len(tags) == 0 {
			return bad("tag.group", "新标签组需要名称和标签", "a new group needs a name and tags")
		}
		g = &corpTagGroup{ID: s.newTagID(), CorpID: corp.CorpID, Name: name, Born: s.Clock.Now()}
		s.world.work.tagGroups[g.ID] = g
		s.tagEvent(corp, "create", g.ID, "tag_group")
	}
	first := len(g.Tags)
	s.putTags(g, tags)
	for _, t := range g.Tags[first:] {
		s.tagEvent(corp, "create", t.ID, "tag")
	}
	if len(order) == 0 {
		return nil
	}
	for n, id := range order {
		if t := g.find(id); t != nil {
			t.Order = int64(len(order) - n)
		}
	}
	s.touchTags(g)
	s.tagEvent(corp, "shuffle", g.ID, "tag_group")
	return nil
}
