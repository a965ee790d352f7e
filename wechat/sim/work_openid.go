package sim

import "net/http"

// convertToOpenID answers userid转openid: what Pay knows a member by, if a person uses the membership.
func (s *Server) convertToOpenID(c *call) {
	var in struct {
		UserID string `json:"userid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := c.workerOf(in.UserID)
	if st == nil {
		return
	}
	if st.Person == "" {
		c.deny(43004, "require subscribe", "nobody uses %s in WeChat yet", in.UserID)
		return
	}
	c.ok(struct {
		apiError
		OpenID string `json:"openid"`
	}{apiOK, s.world.derive("openid", c.corp.CorpID, st.Person)})
}

// convertToUserID answers openid转userid.
func (s *Server) convertToUserID(c *call) {
	var in struct {
		OpenID string `json:"openid"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.world.work.corpStaff[c.corp.CorpID] {
		if st.Left.IsZero() && st.Person != "" && s.world.derive("openid", c.corp.CorpID, st.Person) == in.OpenID {
			c.ok(struct {
				apiError
				UserID string `json:"userid"`
			}{apiOK, st.UserID})
			return
		}
	}
	c.fail(40073, "invalid openid")
}

func (s *Server) openIDEndpoints() []endpoint {
	post := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightAny, f) }
	return []endpoint{
		{Pattern: "/cgi-bin/user/convert_to_openid", Title: "userid转openid", Fidelity: Full, serve: post(s.convertToOpenID)},
		{Pattern: "/cgi-bin/user/convert_to_userid", Title: "openid转userid", Fidelity: Full, serve: post(s.convertToUserID)},
	}
}
