package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// userView is a member as user/get and user/list give them.
type userView struct {
	UserID      string   `json:"userid"`
	Name        string   `json:"name"`
	Departments []int64  `json:"department"`
	Order       []int64  `json:"order"`
	Position    string   `json:"position"`
	Mobile      string   `json:"mobile"`
	Gender      string   `json:"gender"`
	Email       string   `json:"email"`
	Leads       []int    `json:"is_leader_in_dept"`
	Leaders     []string `json:"direct_leader"`
	Avatar      string   `json:"avatar"`
	ThumbAvatar string   `json:"thumb_avatar"`
	Telephone   string   `json:"telephone"`
	Alias       string   `json:"alias"`
	Address     string   `json:"address"`
	Main        int64    `json:"main_department"`
	Attributes  struct {
		List []string `json:"attrs"`
	} `json:"extattr"`
	State    int    `json:"status"`
	QRCode   string `json:"qr_code"`
	External string `json:"external_position"`
}

func (s *Server) userView(st *staff) userView {
	v := userView{UserID: st.UserID, Name: st.Name, Departments: st.Departments, Position: st.Position, Mobile: st.Mobile, Gender: itoa(int64(st.Gender)), Email: st.Email,
		Leaders: []string{}, Avatar: "http://" + s.hostPort() + st.avatar(), Alias: st.Alias, Main: st.Departments[0], State: 4,
		QRCode: "http://" + s.hostPort() + qrPicture(s.ownText(st))}
	v.ThumbAvatar, v.Attributes.List = v.Avatar, []string{}
	for _, id := range st.Departments {
		leads := 0
		if slices.Contains(st.Leads, id) {
			leads = 1
		}
		v.Leads, v.Order = append(v.Leads, leads), append(v.Order, 0)
	}
	if st.Person != "" {
		v.State = 1
	}
	return v
}

func (s *Server) userGetWork(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := c.workerOf(c.r.URL.Query().Get("userid")); st != nil {
		c.ok(struct {
			apiError
			userView
		}{apiOK, s.userView(st)})
	}
}

// listUsers answers user/list and, simple, user/simplelist.
func (s *Server) listUsers(simple bool) func(*call) {
	return func(c *call) {
		q := c.r.URL.Query()
		s.mu.Lock()
		defer s.mu.Unlock()
		id, err := strconv.ParseInt(q.Get("department_id"), 10, 64)
		if err != nil || c.corp.department(id) == nil {
			c.fail(60003, "department not found")
			return
		}
		type short struct {
			UserID      string  `json:"userid"`
			Name        string  `json:"name"`
			Departments []int64 `json:"department"`
		}
		list := []any{}
		for _, st := range s.membersOf(c.corp, []int64{id}) {
			switch {
			case q.Get("fetch_child") != "1" && !slices.Contains(st.Departments, id):
			case simple:
				list = append(list, short{st.UserID, st.Name, st.Departments})
			default:
				list = append(list, s.userView(st))
			}
		}
		c.ok(struct {
			apiError
			List []any `json:"userlist"`
		}{apiOK, list})
	}
}

func (s *Server) listUserIDs(c *call) {
	var in struct {
		Cursor string `json:"cursor"`
		Limit  int    `json:"limit"`
	}
	if len(c.body) > 0 && !c.json(&in) || !c.limitIn(&in.Limit, 10_000, 10_000) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	type row struct {
		UserID     string `json:"userid"`
		Department int64  `json:"department"`
	}
	var all []row
	for _, st := range s.world.work.corpStaff[c.corp.CorpID] {
		if st.Left.IsZero() {
			for _, id := range st.Departments {
				all = append(all, row{st.UserID, id})
			}
		}
	}
	page, next, ok := pageOf(all, in.Cursor, in.Limit)
	if !ok {
		c.invalid("cursor is not one that was given")
		return
	}
	c.ok(struct {
		apiError
		Next string `json:"next_cursor,omitempty"`
		List []row  `json:"dept_user"`
	}{apiOK, next, page})
}

type userInput struct {
	UserID      string   `json:"userid"`
	Name        string   `json:"name"`
	Alias       string   `json:"alias"`
	Mobile      string   `json:"mobile"`
	Email       string   `json:"email"`
	Position    string   `json:"position"`
	Gender      looseInt `json:"gender"`
	Departments []int64  `json:"department"`
	Leads       []int    `json:"is_leader_in_dept"`
}

func (in *userInput) staff(corpID string) Staff {
	st := Staff{CorpID: corpID, UserID: in.UserID, Name: in.Name, Alias: in.Alias, Mobile: in.Mobile, Email: in.Email, Position: in.Position, Gender: int(in.Gender), Departments: in.Departments}
	for i, leads := range in.Leads {
		if leads == 1 && i < len(in.Departments) {
			st.Leads = append(st.Leads, in.Departments[i])
		}
	}
	return st
}

// userCreate makes a member nobody uses yet; AddStaff with the same userid gives it to a person.
func (s *Server) userCreate(c *call) {
	var in userInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	made := in.staff(c.corp.CorpID)
	switch {
	case !userIDForm.MatchString(in.UserID):
		c.fail(40003, "invalid userid")
	case s.worker(c.corp.CorpID, in.UserID) != nil:
		c.fail(60102, "userid existed")
	case in.Name == "" || tooLong(in.Name, 64):
		c.fail(60112, "invalid name")
	case in.Mobile == "" && in.Email == "":
		c.fail(60129, "missing mobile or email")
	case len(in.Departments) == 0:
		c.fail(60127, "missing department")
	case len(s.world.work.staff) >= maxStaff:
		c.deny(45009, "api freq out of limit", "there are too many members")
	default:
		if s.userFits(c, made) {
			st := s.putStaff(made)
			st.Left = time.Time{}
			c.ok(apiError{0, "created"})
		}
	}
}

// userFits checks what must be unique or exist; on failure it has answered.
func (s *Server) userFits(c *call, st Staff) bool {
	for _, id := range st.Departments {
		if c.corp.department(id) == nil {
			c.fail(60003, "department not found")
			return false
		}
	}
	for _, other := range s.world.work.corpStaff[c.corp.CorpID] {
		if other.UserID == st.UserID || !other.Left.IsZero() {
			continue
		}
		if st.Mobile != "" && other.Mobile == st.Mobile {
			c.fail(60104, "mobile existed")
			return false
		}
		if st.Email != "" && other.Email == st.Email {
			c.fail(60106, "email existed")
			return false
		}
	}
	return true
}

func (s *Server) userUpdate(c *call) {
	var in userInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := c.workerOf(in.UserID)
	if st == nil {
		return
	}
	made := st.Staff
	given := in.staff(c.corp.CorpID)
	given.NoContact, given.Open = made.NoContact, made.Open
	mergeStaff(&made, given)
	if s.userFits(c, made) {
		s.putStaff(made)
		c.ok(apiError{0, "updated"})
	}
}

func (s *Server) userDelete(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := c.workerOf(c.r.URL.Query().Get("userid")); st != nil {
		s.resign(st)
		c.ok(apiError{0, "deleted"})
	}
}

func (s *Server) userDeleteBatch(c *call) {
	var in struct {
		Users []string `json:"useridlist"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(in.Users) < 1 || len(in.Users) > 200 {
		c.fail(40031, "invalid userid list")
		return
	}
	for _, id := range in.Users {
		if c.workerOf(id) == nil {
			return
		}
	}
	for _, id := range in.Users {
		s.resign(s.worker(c.corp.CorpID, id))
	}
	c.ok(apiError{0, "deleted"})
}

// resign takes a member out of the company; their customers wait to be assigned. The caller holds mu.
func (s *Server) resign(st *staff) {
	st.Left = s.Clock.Now()
	s.touch("staff", st.key())
	if st.Person != "" {
		s.hub.send(st.Person, "jobs", struct{}{})
	}
}

// Resign takes a member out of the company, as an administrator does in the console.
func (s *Server) Resign(corpID, userID string) error {
	if err := s.init(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.worker(corpID, userID)
	if st == nil {
		return missing("member " + userID)
	}
	s.resign(st)
	return nil
}

// department finds a department by id, nil if there is none.
func (c *company) department(id int64) *Department {
	for i := range c.Departments {
		if c.Departments[i].ID == id {
			return &c.Departments[i]
		}
	}
	return nil
}

type departmentInput struct {
	ID       int64   `json:"id"`
	Name     *string `json:"name"`
	NameEN   *string `json:"name_en"`
	ParentID *int64  `json:"parentid"`
	Order    *int64  `json:"order"`
}

// departmentFits checks a new or changed department; on failure it has answered.
func (c *call) departmentFits(d Department) bool {
	switch {
	case d.Name == "" || tooLong(d.Name, 64):
		c.fail(60125, "invalid department name")
	case d.ID != 1 && c.corp.department(d.ParentID) == nil:
		c.fail(60004, "parent department not found")
	case d.ID != 1 && c.corp.below([]int64{d.ID})[d.ParentID]:
		c.deny(60124, "invalid parent party id", "a department cannot be below itself")
	case slices.ContainsFunc(c.corp.Departments, func(x Department) bool {
		return x.ID != d.ID && x.ParentID == d.ParentID && x.Name == d.Name
	}):
		c.fail(60008, "department existed")
	default:
		return true
	}
	return false
}

func (s *Server) departmentCreate(c *call) {
	var in departmentInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := Department{ID: in.ID}
	set(&d.Name, in.Name)
	set(&d.NameEN, in.NameEN)
	set(&d.ParentID, in.ParentID)
	set(&d.Order, in.Order)
	if d.ID == 0 {
		for _, x := range c.corp.Departments {
			d.ID = max(d.ID, x.ID+1)
		}
	} else if c.corp.department(d.ID) != nil {
		c.fail(60008, "department existed")
		return
	}
	if len(c.corp.Departments) >= maxDepartments {
		c.deny(45009, "api freq out of limit", "there are too many departments")
		return
	}
	if !c.departmentFits(d) {
		return
	}
	c.corp.Departments = append(slices.Clone(c.corp.Departments), d)
	s.touchCompany(c.corp)
	c.ok(struct {
		apiError
		ID int64 `json:"id"`
	}{apiError{0, "created"}, d.ID})
}

func (s *Server) departmentUpdate(c *call) {
	var in departmentInput
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := c.corp.department(in.ID)
	if old == nil {
		c.fail(60003, "department not found")
		return
	}
	d := *old
	set(&d.Name, in.Name)
	set(&d.NameEN, in.NameEN)
	set(&d.ParentID, in.ParentID)
	set(&d.Order, in.Order)
	if c.departmentFits(d) {
		c.corp.Departments = slices.Clone(c.corp.Departments)
		*c.corp.department(in.ID) = d
		s.touchCompany(c.corp)
		c.ok(apiError{0, "updated"})
	}
}

func (s *Server) departmentDelete(c *call) {
	id, _ := strconv.ParseInt(c.r.URL.Query().Get("id"), 10, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.corp.department(id) == nil:
		c.fail(60003, "department not found")
	case id == 1:
		c.fail(60007, "can not delete root department")
	case slices.ContainsFunc(c.corp.Departments, func(d Department) bool { return d.ParentID == id }):
		c.fail(60006, "department contains sub department")
	case len(s.membersOf(c.corp, []int64{id})) > 0:
		c.fail(60005, "department contains user")
	default:
		c.corp.Departments = slices.DeleteFunc(slices.Clone(c.corp.Departments), func(d Department) bool { return d.ID == id })
		s.touchCompany(c.corp)
		c.ok(apiError{0, "deleted"})
	}
}

// askedDepartments gives the departments below ?id=, all without it; on failure it has answered.
func (c *call) askedDepartments() ([]Department, bool) {
	id := int64(1)
	if text := c.r.URL.Query().Get("id"); text != "" {
		var err error
		if id, err = strconv.ParseInt(text, 10, 64); err != nil || c.corp.department(id) == nil {
			c.fail(60003, "department not found")
			return nil, false
		}
	}
	below, list := c.corp.below([]int64{id}), []Department{}
	for _, d := range c.corp.Departments {
		if below[d.ID] {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b Department) int { return cmp.Compare(a.ID, b.ID) })
	return list, true
}

type departmentView struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	NameEN   string   `json:"name_en"`
	Leaders  []string `json:"department_leader"`
	ParentID int64    `json:"parentid"`
	Order    int64    `json:"order"`
}

func (s *Server) departmentView(c *call, d Department) departmentView {
	leaders := []string{}
	for _, st := range s.world.work.corpStaff[c.corp.CorpID] {
		if st.Left.IsZero() && slices.Contains(st.Leads, d.ID) {
			leaders = append(leaders, st.UserID)
		}
	}
	return departmentView{d.ID, d.Name, d.NameEN, leaders, d.ParentID, d.Order}
}

// departmentList answers department/list and, simple, department/simplelist.
func (s *Server) departmentList(simple bool) func(*call) {
	return func(c *call) {
		s.mu.Lock()
		defer s.mu.Unlock()
		list, ok := c.askedDepartments()
		if !ok {
			return
		}
		type short struct {
			ID       int64 `json:"id"`
			ParentID int64 `json:"parentid"`
			Order    int64 `json:"order"`
		}
		shorts, views := []short{}, []departmentView{}
		for _, d := range list {
			shorts, views = append(shorts, short{d.ID, d.ParentID, d.Order}), append(views, s.departmentView(c, d))
		}
		if simple {
			c.ok(struct {
				apiError
				List []short `json:"department_id"`
			}{apiOK, shorts})
			return
		}
		c.ok(struct {
			apiError
			List []departmentView `json:"department"`
		}{apiOK, views})
	}
}

func (s *Server) departmentGet(c *call) {
	id, _ := strconv.ParseInt(c.r.URL.Query().Get("id"), 10, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	d := c.corp.department(id)
	if d == nil {
		c.fail(60003, "department not found")
		return
	}
	c.ok(struct {
		apiError
		Department departmentView `json:"department"`
	}{apiOK, s.departmentView(c, *d)})
}

func (s *Server) bookEndpoints() []endpoint {
	get := func(f func(*call)) func(*call) { return s.withCorp(http.MethodGet, rightAny, f) }
	post := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightAny, f) }
	change := func(f func(*call)) func(*call) { return s.withCorp(http.MethodPost, rightAddressBook, f) }
	remove := func(f func(*call)) func(*call) { return s.withCorp(http.MethodGet, rightAddressBook, f) }
	const note = "the visible range of every application is the whole company; extended attributes are not kept"
	return []endpoint{
		{Pattern: "/cgi-bin/user/get", Title: "读取成员", Fidelity: Partial, Note: note, serve: get(s.userGetWork)},
		{Pattern: "/cgi-bin/user/list", Title: "获取部门成员详情", Fidelity: Partial, Note: note, serve: get(s.listUsers(false))},
		{Pattern: "/cgi-bin/user/simplelist", Title: "获取部门成员", Fidelity: Full, serve: get(s.listUsers(true))},
		{Pattern: "/cgi-bin/user/list_id", Title: "获取成员ID列表", Fidelity: Full, serve: post(s.listUserIDs)},
		{Pattern: "/cgi-bin/user/create", Title: "创建成员", Fidelity: Partial, Note: note, serve: change(s.userCreate)},
		{Pattern: "/cgi-bin/user/update", Title: "更新成员", Fidelity: Partial, Note: note + "; new_userid is not offered", serve: change(s.userUpdate)},
		{Pattern: "/cgi-bin/user/delete", Title: "删除成员", Fidelity: Full, serve: remove(s.userDelete)},
		{Pattern: "/cgi-bin/user/batchdelete", Title: "批量删除成员", Fidelity: Full, serve: change(s.userDeleteBatch)},
		{Pattern: "/cgi-bin/department/create", Title: "创建部门", Fidelity: Full, serve: change(s.departmentCreate)},
		{Pattern: "/cgi-bin/department/update", Title: "更新部门", Fidelity: Full, serve: change(s.departmentUpdate)},
		{Pattern: "/cgi-bin/department/delete", Title: "删除部门", Fidelity: Full, serve: remove(s.departmentDelete)},
		{Pattern: "/cgi-bin/department/list", Title: "获取部门列表", Fidelity: Full, serve: get(s.departmentList(false))},
		{Pattern: "/cgi-bin/department/simplelist", Title: "获取子部门ID列表", Fidelity: Full, serve: get(s.departmentList(true))},
		{Pattern: "/cgi-bin/department/get", Title: "获取单个部门详情", Fidelity: Full, serve: get(s.departmentGet)},
	}
}
