package sim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

var (
	corpIDForm = regexp.MustCompile(`^[0-9A-Za-z_-]{3,32}$`)
	userIDForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_.-]{0,63}$`)
)

// AddCompany creates a company and gives it back with every secret a developer needs. A corpid that exists already is updated with
// what is given: applications and departments by their ids, settings whole. Without applications one is made (agentid 1000002)
// that may call everything.
func (s *Server) AddCompany(c Company) (Company, error) {
	if err := s.init(); err != nil {
		return Company{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.world.work.companies[c.CorpID]
	made := Company{CorpID: c.CorpID}
	if old != nil {
		made = old.Company
		made.Apps, made.Departments = slices.Clone(old.Apps), slices.Clone(old.Departments)
	} else if len(s.world.work.companies) >= maxCompanies {
		return c, refuse(http.StatusConflict, "company.full", "企业太多", "there are too many companies")
	}
	s.mergeCompany(&made, c)
	if err := checkCompany(made); err != nil {
		return c, err
	}
	if old == nil {
		old = &company{Born: s.Clock.Now(), AppState: map[int64]*agent{}}
		s.world.work.companies[made.CorpID] = old
	}
	old.Company = made
	for _, a := range made.Apps {
		if old.AppState[a.AgentID] == nil {
			old.AppState[a.AgentID] = &agent{}
		}
	}
	s.touchCompany(old)
	return made, nil
}

func (s *Server) touchCompany(c *company) { s.touch("company", c.CorpID) }

// mergeCompany lays what is given over what is there and fills the rest.
func (s *Server) mergeCompany(made *Company, c Company) {
	for _, pair := range []struct{ to, from *string }{{&made.Name, &c.Name}, {&made.FullName, &c.FullName}, {&made.Subject, &c.Subject}} {
		if *pair.from != "" {
			*pair.to = *pair.from
		}
	}
	if c.Settings != (WorkSettings{}) {
		made.Settings = c.Settings
	}
	if made.CorpID == "" {
		made.CorpID = "ww" + s.hexLower(8)
	}
	if made.FullName == "" {
		made.FullName = made.Name
	}
	if len(c.Apps) == 0 && len(made.Apps) == 0 {
		c.Apps = []CorpApp{{AgentID: 1000002, Name: "客户联系", CustomerContact: true, AddressBook: true}}
	}
	for _, a := range c.Apps {
		s.mergeApp(made, a)
	}
	if len(made.Departments) == 0 {
		made.Departments = []Department{{ID: 1, Name: made.Name}}
	}
	for _, d := range c.Departments {
		if i := slices.IndexFunc(made.Departments, func(x Department) bool { return x.ID == d.ID }); i >= 0 {
			made.Departments[i] = d
		} else {
			made.Departments = append(made.Departments, d)
		}
	}
}

func (s *Server) mergeApp(made *Company, a CorpApp) {
	if a.AgentID == 0 {
		a.AgentID = 1000002
		for _, x := range made.Apps {
			a.AgentID = max(a.AgentID, x.AgentID+1)
		}
	}
	i := slices.IndexFunc(made.Apps, func(x CorpApp) bool { return x.AgentID == a.AgentID })
	if i < 0 {
		made.Apps = append(made.Apps, CorpApp{AgentID: a.AgentID, Name: "应用" + itoa(a.AgentID), Secret: s.text(43), Token: s.text(16), AESKey: s.text(43)})
		i = len(made.Apps) - 1
	}
	app := &made.Apps[i]
	for _, pair := range []struct{ to, from *string }{{&app.Name, &a.Name}, {&app.Secret, &a.Secret}, {&app.Token, &a.Token}, {&app.AESKey, &a.AESKey},
		{&app.CallbackURL, &a.CallbackURL}, {&app.TrustedDomain, &a.TrustedDomain}} {
		if *pair.from != "" {
			*pair.to = *pair.from
		}
	}
	if a.TrustedIPs != nil {
		app.TrustedIPs = a.TrustedIPs
	}
	app.CustomerContact, app.AddressBook = a.CustomerContact, a.AddressBook
}

func checkCompany(c Company) error {
	if !corpIDForm.MatchString(c.CorpID) {
		return bad("company.corpid", "corpid 格式不正确", "corpid must be 3 to 32 letters, digits, - or _")
	}
	if n := len([]rune(c.Name)); n < 1 || n > 32 {
		return bad("company.name", "企业简称需要 1 到 32 个字", "name must have 1 to 32 characters")
	}
	if len(c.Apps) > maxCorpApps || len(c.Departments) > maxDepartments {
		return bad("company.size", "应用或部门太多", "too many applications or departments")
	}
	secrets := map[string]bool{}
	for _, a := range c.Apps {
		if secrets[a.Secret] {
			return bad("company.secret", "两个应用的 secret 相同", "two applications have the same secret")
		}
		secrets[a.Secret] = true
		if !tokenForm.MatchString(a.Token) {
			return bad("company.token", "Token 必须为 3-32 位英文或数字", "token must be 3 to 32 letters or digits")
		}
		if _, err := wxcrypt.NewCipher(a.AESKey, c.CorpID); err != nil {
			return bad("company.aes_key", "EncodingAESKey 必须为 43 位", "aes_key must be 43 characters of base64")
		}
	}
	ids := map[int64]bool{}
	for _, d := range c.Departments {
		ids[d.ID] = true
	}
	for _, d := range c.Departments {
		if d.Name == "" || d.ID < 1 || d.ID != 1 && !ids[d.ParentID] {
			return bad("company.department", "部门需要名称和存在的上级", "a department needs a name and a parent that exists; the root has id 1")
		}
	}
	return nil
}

// Companies lists all companies by corpid.
func (s *Server) Companies() []Company {
	if s.init() != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Company, 0, len(s.world.work.companies))
	for _, c := range s.world.work.companies {
		list = append(list, c.Company)
	}
	slices.SortFunc(list, func(a, b Company) int { return strings.Compare(a.CorpID, b.CorpID) })
	return list
}

// AddStaff makes somebody a member of a company's staff. A userid that exists already is updated with what is given (not empty).
func (s *Server) AddStaff(st Staff) (Staff, error) {
	if err := s.init(); err != nil {
		return Staff{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.world.work.companies[st.CorpID]
	if c == nil {
		return st, missing("company " + st.CorpID)
	}
	p := s.world.people[st.Person]
	if st.Person != "" && p == nil {
		return st, missing("person " + st.Person)
	}
	if st.UserID == "" {
		st.UserID = st.Person
	}
	if st.Name == "" && p != nil {
		st.Name = p.Name
	}
	old := s.world.work.staff[staffKey(st.CorpID, st.UserID)]
	made := Staff{CorpID: st.CorpID, UserID: st.UserID, Person: st.Person, Departments: []int64{1}}
	if old != nil {
		made = old.Staff
		if st.Person != "" && st.Person != made.Person {
			return st, refuse(http.StatusConflict, "staff.person", "这个成员属于另一个人", "this userid is another person's")
		}
	} else if len(s.world.work.staff) >= maxStaff {
		return st, refuse(http.StatusConflict, "staff.full", "成员太多", "there are too many members")
	}
	mergeStaff(&made, st)
	if err := s.checkStaff(c, made, old == nil); err != nil {
		return st, err
	}
	s.putStaff(made)
	return made, nil
}

// putStaff writes a member, new or changed. The caller holds mu.
func (s *Server) putStaff(made Staff) *staff {
	key := staffKey(made.CorpID, made.UserID)
	st := s.world.work.staff[key]
	if st == nil {
		st = &staff{Staff: made, Born: s.Clock.Now()}
		s.world.work.staff[key] = st
		s.world.work.indexStaff(st)
	}
	st.Staff = made
	s.touch("staff", key)
	if made.Person != "" {
		s.hub.send(made.Person, "jobs", struct{}{})
	}
	return st
}

func mergeStaff(made *Staff, st Staff) {
	for _, pair := range []struct{ to, from *string }{{&made.Name, &st.Name}, {&made.Alias, &st.Alias}, {&made.Position, &st.Position}, {&made.Mobile, &st.Mobile}, {&made.Email, &st.Email}} {
		if *pair.from != "" {
			*pair.to = *pair.from
		}
	}
	if st.Gender != 0 {
		made.Gender = st.Gender
	}
	if len(st.Departments) > 0 {
		made.Departments = st.Departments
	}
	if st.Leads != nil {
		made.Leads = st.Leads
	}
	made.NoContact, made.Open = st.NoContact, st.Open
}

func (s *Server) checkStaff(c *company, st Staff, fresh bool) error {
	if !userIDForm.MatchString(st.UserID) {
		return bad("staff.userid", "userid 需要 1 到 64 位字母、数字、点、横线或下划线", "userid must be 1 to 64 letters, digits, dots, dashes or underscores")
	}
	if n := len([]rune(st.Name)); n < 1 || n > 64 {
		return bad("staff.name", "成员姓名需要 1 到 64 个字", "name must have 1 to 64 characters")
	}
	for _, id := range st.Departments {
		if !slices.ContainsFunc(c.Departments, func(d Department) bool { return d.ID == id }) {
			return bad("staff.department", "部门不存在", "department "+itoa(id)+" does not exist")
		}
	}
	if fresh && st.Person != "" {
		for _, job := range s.world.work.personJobs[st.Person] {
			if job.CorpID == st.CorpID && job.Left.IsZero() {
				return refuse(http.StatusConflict, "staff.twice", "这个人已经是本企业成员", "this person is a member already, as "+job.UserID)
			}
		}
	}
	return nil
}

// worker finds a member who has not left. The caller holds mu.
func (s *Server) worker(corpID, userID string) *staff {
	if st := s.world.work.staff[staffKey(corpID, userID)]; st != nil && st.Left.IsZero() {
		return st
	}
	return nil
}
