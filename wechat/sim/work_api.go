package sim

import (
	"net/http"
	"strconv"
)

// workEndpoints is everything of qyapi.weixin.qq.com but customer groups, group messages and Moments.
func (s *Server) workEndpoints() []endpoint {
	return []endpoint{
		{Pattern: "/cgi-bin/gettoken", Title: "获取access_token", Fidelity: Full, serve: s.corpToken},
		{Pattern: "/cgi-bin/getcallbackip", Title: "获取企业微信回调IP段", Fidelity: Full, serve: s.withCorp(http.MethodGet, rightAny, s.corpIPs)},
		{Pattern: "/cgi-bin/get_api_domain_ip", Title: "获取企业微信接口IP段", Fidelity: Full, serve: s.withCorp(http.MethodGet, rightAny, s.corpIPs)},
	}
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
	s.handle(mux, "POST /companies/{corp}/customers", s.apiAddCustomer)
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
