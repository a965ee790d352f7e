package sim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCompanyIsRefused(t *testing.T) {
	g := newWorkRig(t, &Server{})
	for name, c := range map[string]struct {
		body map[string]any
		code string
	}{
		"no name":          {map[string]any{"corpid": "ww0002"}, "company.name"},
		"bad corpid":       {map[string]any{"corpid": "企业", "name": "x"}, "company.corpid"},
		"short key":        {map[string]any{"corpid": "ww0002", "name": "x", "apps": []any{map[string]any{"aes_key": "short"}}}, "company.aes_key"},
		"bad token":        {map[string]any{"corpid": "ww0002", "name": "x", "apps": []any{map[string]any{"token": "a-b"}}}, "company.token"},
		"one secret twice": {map[string]any{"corpid": "ww0002", "name": "x", "apps": []any{map[string]any{"agentid": 1, "secret": "s"}, map[string]any{"agentid": 2, "secret": "s"}}}, "company.secret"},
		"no such parent":   {map[string]any{"corpid": "ww0002", "name": "x", "departments": []any{map[string]any{"id": 1, "name": "x"}, map[string]any{"id": 2, "name": "y", "parentid": 9}}}, "company.department"},
		"unknown member":   {map[string]any{"corpid": "ww0002", "name": "x", "colour": "blue"}, "body.json"},
	} {
		if status, out := g.call("POST", "/_sim/companies", c.body); status < 400 || out["code"] != c.code {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	for name, c := range map[string]struct {
		body map[string]any
		code string
	}{
		"nobody":             {map[string]any{"userid": "x", "person": "nobody"}, "missing"},
		"no such department": {map[string]any{"userid": "x", "person": "lin", "department": []int{7}}, "staff.department"},
		"bad userid":         {map[string]any{"userid": "林", "name": "林"}, "staff.userid"},
		"second job":         {map[string]any{"userid": "an2", "person": "an"}, "staff.twice"},
		"another's userid":   {map[string]any{"userid": "an", "person": "lin"}, "staff.person"},
		"no name":            {map[string]any{"userid": "x"}, "staff.name"},
	} {
		if status, out := g.call("POST", "/_sim/companies/ww0001/staff", c.body); status < 400 || out["code"] != c.code {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if _, err := g.s.AddCustomer("ww0001", "an", "an"); err == nil {
		t.Error("a member became their own customer")
	}
}

// What is left out of an update stays as it was, and secrets are made once.
func TestCompanyIsUpdated(t *testing.T) {
	s := start(t, &Server{})
	first := must(s.AddCompany(Company{Name: "山野"}))(t)
	if !strings.HasPrefix(first.CorpID, "ww") || len(first.Apps) != 1 || !first.Apps[0].CustomerContact || len(first.Apps[0].AESKey) != 43 || first.Departments[0].Name != "山野" {
		t.Fatalf("made: %+v", first)
	}
	second := must(s.AddCompany(Company{CorpID: first.CorpID, Apps: []CorpApp{{AgentID: 1000002, CallbackURL: "http://127.0.0.1/x", CustomerContact: true}, {Name: "二号"}},
		Departments: []Department{{ID: 5, Name: "仓库", ParentID: 1}}}))(t)
	if second.Name != "山野" || second.Apps[0].Secret != first.Apps[0].Secret || second.Apps[0].CallbackURL == "" || second.Apps[1].AgentID != 1000003 || len(second.Departments) != 2 {
		t.Fatalf("updated: %+v", second)
	}
	if list := s.Companies(); len(list) != 1 || list[0].CorpID != first.CorpID {
		t.Fatalf("companies: %+v", list)
	}
}

// A push that is not answered with 200 is sent three times; the third may succeed.
func TestWorkPushIsTriedThreeTimes(t *testing.T) {
	g := newWorkRig(t, &Server{})
	n := 0
	g.mu.Lock()
	g.answer = func(workXML) (int, string) { n++; return map[bool]int{true: 200, false: 500}[n == 3], "" }
	g.mu.Unlock()
	must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	third := g.event(3)
	if third.ChangeType != "add_external_contact" || g.event(1).WelcomeCode != third.WelcomeCode {
		t.Fatalf("another event came: %+v", third)
	}
	must(g.s.AddCustomer("ww0001", "bo", "lin"))(t)
	if e := g.event(4); e.UserID != "bo" {
		t.Fatalf("the push was sent a fourth time: %+v", e)
	}
}

// The departments below some are exactly those whose way up meets one of them.
func TestBelowProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &company{Company: Company{Departments: []Department{{ID: 1}}}}
		for id := range int64(rapid.IntRange(0, 12).Draw(t, "departments")) {
			c.Departments = append(c.Departments, Department{ID: id + 2, ParentID: rapid.Int64Range(1, id+1).Draw(t, "parent")})
		}
		asked := rapid.SliceOfDistinct(rapid.Int64Range(1, int64(len(c.Departments))), rapid.ID[int64]).Draw(t, "asked")
		got := c.below(asked)
		for _, d := range c.Departments {
			want := false
			for at := d; ; at = c.Departments[at.ParentID-1] {
				if want = want || slices.Contains(asked, at.ID); at.ID == 1 {
					break
				}
			}
			if got[d.ID] != want {
				t.Fatalf("department %d below %v: %v, want %v", d.ID, asked, got[d.ID], want)
			}
		}
	})
}

// Windows of rates against a plain count: within one minute no more than the limit pass.
func TestRateWindowProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &rateWindow{perMin: 3, perHou: -1}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai)
		passed := map[time.Time]int{}
		var shut time.Time
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 90), 1, 40).Draw(t, "seconds") {
			now = now.Add(time.Duration(step) * time.Second)
			minute := now.Truncate(time.Minute)
			want := !now.Before(shut) && passed[minute] < 3
			if want {
				passed[minute]++
			} else if !now.Before(shut) {
				shut = now.Add(time.Minute)
			}
			if got := w.count(now); got != want {
				t.Fatalf("at %v: %v, want %v", now, got, want)
			}
		}
	})
}

// The day's counters follow what was really said.
func TestDayIsCounted(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	must(s.AddCustomer("ww0001", "an", "lin"))(t)
	g.post("/_sim/people/lin/chats/stf-an@ww0001/messages", map[string]any{"text": "在吗"})
	s.Clock.Advance(90 * time.Second)
	g.post("/_sim/people/lin/chats/stf-an@ww0001/messages", map[string]any{"text": "？"})
	g.post("/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "在的"})
	g.post("/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "您说"})
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.workDay(s.member("an@ww0001"))
	if d.NewContacts != 1 || d.Messages != 2 || len(d.Chats) != 1 || !d.Asked["lin"] || d.Answers != 1 || d.WaitSeconds != 90 {
		t.Fatalf("the day: %+v", d)
	}
}

// Members of one company write to each other; another company's cannot be reached.
func TestColleaguesTalk(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddCompany(Company{CorpID: "ww0002", Name: "果然"}))(t)
	must(g.s.AddStaff(Staff{CorpID: "ww0002", UserID: "qiu", Person: "qiu"}))(t)
	g.post("/_sim/people/an@ww0001/chats/stf-bo@ww0001/messages", map[string]any{"text": "开会"})
	if home := g.get("/_sim/people/bo@ww0001/home"); home["unread"] != 1.0 || home["chats"].([]any)[0].(map[string]any)["id"] != "stf-an@ww0001" {
		t.Fatalf("a colleague's word: %v", home)
	}
	if home := g.get("/_sim/people/an@ww0001/home"); home["unread"] != 0.0 {
		t.Fatalf("own words count as unread: %v", home)
	}
	if status, _ := g.call("POST", "/_sim/people/an@ww0001/chats/stf-qiu@ww0002/messages", map[string]any{"text": "你好"}); status != 404 {
		t.Fatalf("another company answered %d", status)
	}
	if status, _ := g.call("POST", "/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "你好"}); status != 409 {
		t.Fatalf("a stranger: %d", status)
	}
}
