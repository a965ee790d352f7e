package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const maxBookTags = 3000 // of one company

// bookTag is a tag of the address book: members and departments under one name.
type bookTag struct {
	CorpID  string   `json:"corpid"`
	ID      int64    `json:"tagid"`
	Name    string   `json:"tagname"`
	Users   []string `json:"users,omitempty"`
	Parties []int64  `json:"parties,omitempty"`
}

func (t *bookTag) key() string { return t.CorpID + "|" + itoa(t.ID) }

func (s *Server) touchBookTag(t *bookTag) { s.touch("book_tag", t.key()) }

// bookTagOf finds a tag of the company; on failure it has answered. The caller holds mu.
func (c *call) bookTagOf(id int64) *bookTag {
	t := c.s.world.work.bookTags[c.corp.CorpID+"|"+itoa(id)]
	if t == nil {
		c.fail(40068, "invalid tagid")
	}
	return t
}

func (c *call) askedBookTag() *bookTag {
	id, _ := strconv.ParseInt(c.r.URL.Query().Get("tagid"), 10, 64)
	return c.bookTagOf(id)
}

// bookTags lists the company's tags by id. The caller holds mu.
func (s *Server) bookTags(corpID string) []*bookTag {
	var list []*bookTag
	for _, t := range s.world.work.bookTags {
		if t.CorpID == corpID {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *bookTag) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

type bookTagInput struct {
	ID      int64    `json:"tagid"`
	Name    string   `json:"tagname"`
	Users   []string `json:"userlist"`
	Parties []int64  `json:"partylist"`
}

// bookTagName checks a name; on failure it has answered.
func (s *Server) bookTagName(c *call, name string, own int64) bool {
	if strings.TrimSpace(name) == "" || tooLong(name, 32) {
		c.fail(40072, "invalid tag name length")
		return false
	}
	for _, t := range s.bookTags(c.corp.CorpID) {
		if t.Name == name && t.ID != own {
			c.fail(40071, "invalid tag name: existed")
			return false
		}
	}
	return true
}

func (s *Server) tagCreate(c *call) {
	var in bookTagInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.bookTagName(c, in.Name, 0) {
		return
	}
	if in.ID == 0 {
		in.ID = c.corp.LastTag + 1
	} else if s.world.work.bookTags[c.corp.CorpID+"|"+itoa(in.ID)] != nil {
		c.fail(40070, "tagid existed")
		return
	}
	if len(s.bookTags(c.corp.CorpID)) >= maxBookTags {
		c.fail(41042, "tag count exceed limit")
		return
	}
	t := &bookTag{CorpID: c.corp.CorpID, ID: in.ID, Name: in.Name}
	c.corp.LastTag = max(c.corp.LastTag, in.ID)
	s.world.work.bookTags[t.key()] = t
	s.touchBookTag(t)
	s.touchCompany(c.corp)
	c.ok(struct {
		apiError
		ID int64 `json:"tagid"`
	}{apiError{0, "created"}, t.ID})
}

func (s *Server) tagUpdate(c *call) {
	var in bookTagInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := c.bookTagOf(in.ID); t != nil && s.bookTagName(c, in.Name, t.ID) {
		t.Name = in.Name
		s.touchBookTag(t)
		c.ok(apiError{0, "updated"})
	}
}

func (s *Server) tagDelete(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := c.askedBookTag(); t != nil {
		delete(s.world.work.bookTags, t.key())
		s.touchBookTag(t)
		c.ok(apiError{0, "deleted"})
	}
}

func (s *Server) tagGet(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := c.askedBookTag()
	if t == nil {
		return
	}
	type user struct {
		UserID string `json:"userid"`
		Name   string `json:"name"`
	}
	users := []user{}
	for _, id := range t.Users {
		if st := s.worker(c.corp.CorpID, id); st != nil {
			users = append(users, user{id, st.Name})
		}
	}
	c.ok(struct {
		apiError
		Name    string  `json:"tagname"`
		Users   []user  `json:"userlist"`
		Parties []int64 `json:"partylist"`
	}{apiOK, t.Name, users, append([]int64{}, t.Parties...)})
}

func (s *Server) tagList(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	type row struct {
		ID   int64  `json:"tagid"`
		Name string `json:"tagname"`
	}
	rows := []row{}
	for _, t := range s.bookTags(c.corp.CorpID) {
		rows = append(rows, row{t.ID, t.Name})
	}
	c.ok(struct {
		apiError
		List []row `json:"taglist"`
	}{apiOK, rows})
}

// tagUsers answers tag/addtagusers and, remove, tag/deltagusers: what is unknown is left out and named.
func (s *Server) tagUsers(remove bool) func(*call) {
	return func(c *call) {
		var in bookTagInput
		if !c.json(&in) {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		t := c.bookTagOf(in.ID)
		if t == nil {
			return
		}
		if len(in.Users)+len(in.Parties) == 0 || len(in.Users) > 1000 || len(in.Parties) > 100 {
			c.deny(40070, "all list invalid", "userlist takes 1000 members, partylist 100 departments, one of them at least one")
			return
		}
		badUsers, badParties := []string{}, []int64{}
		for _, id := range in.Users {
			if s.worker(c.corp.CorpID, id) == nil {
				badUsers = append(badUsers, id)
				continue
			}
			t.Users = slices.DeleteFunc(t.Users, func(x string) bool { return x == id })
			if !remove {
				t.Users = append(t.Users, id)
			}
		}
		for _, id := range in.Parties {
			if c.corp.department(id) == nil {
				badParties = append(badParties, id)
				continue
			}
			t.Parties = slices.DeleteFunc(t.Parties, func(x int64) bool { return x == id })
			if !remove {
				t.Parties = append(t.Parties, id)
			}
		}
		if len(badUsers)+len(badParties) == len(in.Users)+len(in.Parties) {
			c.fail(40070, "all list invalid")
			return
		}
		s.touchBookTag(t)
		c.ok(struct {
			apiError
			Users   string  `json:"invalidlist,omitempty"`
			Parties []int64 `json:"invalidparty,omitempty"`
		}{apiError{0, map[bool]string{true: "deleted", false: "ok"}[remove]}, strings.Join(badUsers, "|"), badParties})
	}
}

func (s *Server) bookTagEndpoints() []endpoint {
	get := func(f func(*call)) func(*call) { return s.withCorp(http.MethodGet, rightAny, f) }
	change := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightAddressBook, f) }
	return []endpoint{
		{Pattern: "/cgi-bin/tag/create", Title: "创建标签", Fidelity: Full, serve: change(s.tagCreate)},
		{Pattern: "/cgi-bin/tag/update", Title: "更新标签名字", Fidelity: Full, serve: change(s.tagUpdate)},
		{Pattern: "/cgi-bin/tag/delete", Title: "删除标签", Fidelity: Full, serve: s.withCorp(http.MethodGet, rightAddressBook, s.tagDelete)},
		{Pattern: "/cgi-bin/tag/get", Title: "获取标签成员", Fidelity: Full, serve: get(s.tagGet)},
		{Pattern: "/cgi-bin/tag/list", Title: "获取标签列表", Fidelity: Full, serve: get(s.tagList)},
		{Pattern: "/cgi-bin/tag/addtagusers", Title: "增加标签成员", Fidelity: Full, serve: change(s.tagUsers(false))},
		{Pattern: "/cgi-bin/tag/deltagusers", Title: "删除标签成员", Fidelity: Full, serve: change(s.tagUsers(true))},
	}
}
