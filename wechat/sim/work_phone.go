package sim

import "strings"

// A member's WeCom is a phone of its own: it has chats under the key userid@corpid, which is no person's id. Its live events go to
// the person who holds it, as event "work".

// own tells whether a message was written by whose chat it is in.
func own(who, kind, id string) bool { return id == who && (kind == "person" || kind == "staff") }

// member finds whose WeCom a key names, nil if it is a person's id. The caller holds mu.
func (s *Server) member(key string) *staff {
	if !strings.Contains(key, "@") {
		return nil
	}
	return s.world.work.staff[key]
}

// phoneOf finds the holder of a phone or of a WeCom. The caller holds mu.
func (s *Server) phoneOf(id string) *person {
	if st := s.member(id); st != nil && st.Left.IsZero() && st.Person != "" {
		return &person{Person: Person{ID: id, Name: st.Name}}
	}
	return s.world.people[id]
}

func (s *Server) listening(who string) bool {
	if st := s.member(who); st != nil {
		who = st.Person
	}
	return s.hub.listening(who)
}

// tell sends a live event to a phone or a WeCom. The caller holds mu.
func (s *Server) tell(who, event string, data any) {
	st := s.member(who)
	if st == nil {
		s.hub.send(who, event, data)
		return
	}
	if st.Person != "" {
		s.hub.send(st.Person, "work", map[string]any{"id": who, "event": event, "data": data})
	}
}

func (st *staff) avatar() string {
	if st.Person != "" {
		return personAvatar(st.Person)
	}
	return "/_sim/avatars/staff/" + st.key() + ".svg"
}

// corpName is the short name of the company a member's key belongs to.
func (s *Server) corpName(key string) string {
	_, corpID, _ := strings.Cut(key, "@")
	if c := s.world.work.companies[corpID]; c != nil {
		return c.Name
	}
	return ""
}

// workFace is the name and picture of an application or a robot. The caller holds mu.
func (s *Server) workFace(kind, id string) (name, avatar string) {
	if r := s.world.work.robots[id]; kind == "robot" && r != nil {
		return r.Name, "/_sim/avatars/robot/" + r.Key + ".svg"
	}
	agentID, corpID, _ := strings.Cut(id, "@")
	if c := s.world.work.companies[corpID]; c != nil {
		if app, ok := c.app(number(agentID)); ok {
			return app.Name, "/_sim/avatars/corpapp/" + id + ".svg"
		}
	}
	return "", ""
}
