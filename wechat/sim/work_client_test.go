package sim

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWorkClient(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	must(g.s.AddCustomer("ww0001", "bo", "lin"))(t)
	must(g.s.AddCustomer("ww0001", "an", "zhou"))(t)
	jobs := g.get("/_sim/people/an/jobs")["jobs"].([]any)
	if job := jobs[0].(map[string]any); len(jobs) != 1 || job["id"] != "an@ww0001" || job["corp"] != "熟客" || job["unread"] != 2.0 {
		t.Fatalf("jobs: %v", jobs)
	}
	if jobs := g.get("/_sim/people/lin/jobs")["jobs"].([]any); len(jobs) != 0 {
		t.Fatalf("a customer works nowhere: %v", jobs)
	}
	contacts := g.get("/_sim/work/an@ww0001/contacts")
	customers := contacts["customers"].([]any)
	if len(customers) != 2 || customers[0].(map[string]any)["person"] != "zhou" || len(contacts["colleagues"].([]any)) != 2 || contacts["corp_full"] != "熟客市集有限公司" {
		t.Fatalf("contacts: %v", contacts)
	}
	if found := g.get("/_sim/work/an@ww0001/contacts?q=林小")["customers"].([]any); len(found) != 1 {
		t.Fatalf("found: %v", found)
	}
	detail := g.get("/_sim/work/an@ww0001/customers/lin")
	if others := detail["others"].([]any); detail["add_way"] != 13.0 || len(others) != 1 || others[0].(map[string]any)["name"] != "博远" {
		t.Fatalf("detail: %v", detail)
	}
	staff := g.get("/_sim/people/lin/staff")["staff"].([]any)
	if len(staff) != 2 || staff[0].(map[string]any)["corp_full"] != "熟客市集有限公司" {
		t.Fatalf("the customer's contacts: %v", staff)
	}
	me := g.get("/_sim/work/an@ww0001/me")
	if me["customers"] != 2.0 || me["departments"].([]any)[0] != "门店" || !strings.HasPrefix(me["code"].(string), "https://u.wechat.com/") {
		t.Fatalf("me: %v", me)
	}
	g.event(3) // the three new customers have been told of: pushes do not wait for one another
	if status, _ := g.call("POST", "/_sim/work/an@ww0001/customers/zhou/delete", map[string]any{}); status != 204 {
		t.Fatalf("delete: %d", status)
	}
	if e := g.event(4); e.ChangeType != "del_external_contact" || e.Source != "" || e.ExternalUserID != g.external("zhou") {
		t.Fatalf("deleted in the client: %+v", e)
	}
	g.post("/_sim/people/zhou/chats/stf-an@ww0001/messages", map[string]any{"text": "还在吗"})
	if last := g.lastOf("zhou", "stf-an@ww0001"); last["type"] != "system" || !strings.Contains(last["text"].(string), "拒收") {
		t.Fatalf("written to who deleted them: %v", last)
	}
	card := g.post("/_sim/people/lin/staff/an@ww0001/delete", map[string]any{})
	if card["added"] != false {
		t.Fatalf("card: %v", card)
	}
	if detail := g.get("/_sim/work/an@ww0001/customers/lin"); detail["lost"] != true {
		t.Fatalf("lost: %v", detail)
	}
}

func TestWorkClientRefuses(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	for path, c := range map[string]struct {
		body   map[string]any
		status int
	}{
		"/_sim/work/ghost@ww0001/requests/x":                  {map[string]any{"accept": true}, 404},
		"/_sim/work/an@ww0001/requests/x":                     {map[string]any{"accept": true}, 404},
		"/_sim/work/an@ww0001/customers/zhou/remark":          {map[string]any{"remark": "x"}, 404},
		"/_sim/work/an@ww0001/customers/lin/remark":           {map[string]any{"remark": strings.Repeat("字", 21)}, 400},
		"/_sim/work/an@ww0001/customers/lin/tags":             {map[string]any{"add": []string{"et-no"}}, 404},
		"/_sim/people/lin/staff/ghost@ww0001/add":             {map[string]any{}, 404},
		"/_sim/people/an/staff/an@ww0001/add":                 {map[string]any{}, 409},
		"/_sim/people/zhou/staff/an@ww0001/add":               {map[string]any{"ticket": "https://u.wechat.com/w-gone"}, 410},
		"/_sim/people/qiu/staff/an@ww0001/add":                {map[string]any{"hello": strings.Repeat("字", 51)}, 400},
		"/_sim/people/zhou/staff/an@ww0001/delete":            {map[string]any{}, 404},
		"/_sim/companies/ww0001/robots":                       {map[string]any{"name": "x"}, 400},
		"/_sim/companies/wwno/robots":                         {map[string]any{"name": "x", "userids": []string{"an"}}, 404},
		"/_sim/companies/ww0001/staff/ghost/resign":           {map[string]any{}, 404},
		"/_sim/companies/wwno/tags":                           {map[string]any{}, 404},
		"/_sim/companies/ww0001/apps/x/verify":                {map[string]any{}, 404},
		"/_sim/companies/ww0001/apps/7/verify":                {map[string]any{}, 404},
		"/_sim/companies/wwno/customers":                      {map[string]any{"userid": "an", "person": "lin"}, 404},
		"/_sim/people/an@ww0001/chats/stf-an@ww0001/messages": {map[string]any{"text": "自己"}, 404},
	} {
		if status, out := g.call("POST", path, c.body); status != c.status || out["message"] == nil {
			t.Errorf("%s: %d %v, want %d", path, status, out, c.status)
		}
	}
	must(g.s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{MaxCustomers: 1}}))(t)
	if status, out := g.call("POST", "/_sim/people/zhou/staff/an@ww0001/add", map[string]any{}); status != 409 || out["code"] != "staff.full" {
		t.Errorf("a full member: %d %v", status, out)
	}
}

// A member who left has no WeCom any more, and nobody can add them.
func TestWhoLeftIsGone(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	_, text := g.addWay(map[string]any{"type": 2, "scene": 2, "user": []string{"an", "bo"}})
	if status, _ := g.call("POST", "/_sim/companies/ww0001/staff/an/resign", map[string]any{}); status != 204 {
		t.Fatalf("resign: %d", status)
	}
	for _, path := range []string{"/_sim/work/an@ww0001/me", "/_sim/people/an@ww0001/home", "/_sim/people/lin/staff/an@ww0001"} {
		if status, _ := g.call("GET", path, nil); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if jobs := g.get("/_sim/people/an/jobs")["jobs"].([]any); len(jobs) != 0 {
		t.Errorf("jobs: %v", jobs)
	}
	for range 3 {
		if id := g.scan("qiu", text)["id"]; id != "bo@ww0001" {
			t.Errorf("the code shows %v", id)
		}
	}
	must(g.s.AddStaff(Staff{CorpID: "ww0001", UserID: "an2", Person: "an"}))(t)
	if jobs := g.get("/_sim/people/an/jobs")["jobs"].([]any); len(jobs) != 1 || jobs[0].(map[string]any)["userid"] != "an2" {
		t.Errorf("back again: %v", jobs)
	}
}

// An acquisition link outside of a phone, with a wrong id, or of a company without quota shows why nothing happens.
func TestLinkPageSaysWhy(t *testing.T) {
	g := newWorkRig(t, &Server{})
	id := g.good("externalcontact/customer_acquisition/create_link", map[string]any{"link_name": "x", "range": map[string]any{"user_list": []string{"an"}}})["link"].(map[string]any)["link_id"].(string)
	page := func(address string) string {
		resp := must(g.browser().Get(address))(t)
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		return string(raw)
	}
	for address, want := range map[string]string{
		g.s.URL() + "/ca/" + id:                                "请在微信客户端打开链接",
		g.open("lin", "https://work.weixin.qq.com/ca/nothing"): "链接已失效",
		g.open("lin", "https://work.weixin.qq.com/ca/"+id):     "添加到通讯录",
		g.open("an", "https://work.weixin.qq.com/ca/"+id):      "链接已失效", // nobody but themselves
	} {
		if got := page(address); !strings.Contains(got, want) {
			t.Errorf("%s lacks %s: %.300s", address, want, got)
		}
	}
}

// Pages put together are the list, whatever the limit.
func TestPagesProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Int(), 0, 50).Draw(t, "list")
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		var got []int
		cursor := ""
		for pages := 0; ; pages++ {
			page, next, ok := pageOf(list, cursor, limit)
			if !ok || len(page) > limit || pages > len(list) {
				t.Fatalf("page %d: %v %v", pages, page, ok)
			}
			got = append(got, page...)
			if cursor = next; cursor == "" {
				break
			}
		}
		if !slices.Equal(got, list) && len(list) > 0 {
			t.Fatalf("%v, want %v", got, list)
		}
	})
}

// A welcome code works once, in time, before a word was said: against a plain model of the rule.
func TestWelcomeProperty(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		who := fmt.Sprintf("w%d", round)
		must(s.AddPerson(Person{ID: who, Name: who}))(g.t)
		must(s.AddCustomer("ww0001", "bo", who))(g.t)
		code := g.event(round).WelcomeCode
		age, used, spoke := time.Duration(0), false, false
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"wait", "send", "speak"}).Draw(t, "step") {
			case "wait":
				d := time.Duration(rapid.IntRange(1, 15).Draw(t, "seconds")) * time.Second
				s.Clock.Advance(d)
				age += d
			case "speak":
				s.mu.Lock()
				s.customerSays(s.tie("ww0001", "bo", who), content{Type: "text", Text: "在吗"})
				s.mu.Unlock()
				spoke = true
			case "send":
				want := 0.0
				switch {
				case used || spoke:
					want = 41051
				case age >= 20*time.Second:
					want = 41050
				}
				if out := g.work("externalcontact/send_welcome_msg", map[string]any{"welcome_code": code, "text": map[string]any{"content": "好"}}); out["errcode"] != want {
					t.Fatalf("after %v, used %v, spoke %v: %v, want %v", age, used, spoke, out, want)
				}
				used = used || want == 0
			}
		}
	})
}

func FuzzLooseInt(f *testing.F) {
	for _, seed := range []string{"7", `"7"`, `""`, "null", "-1", "1e3", `"x"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var n looseInt
		if err := n.UnmarshalJSON([]byte(text)); err == nil && n != 0 && !strings.Contains(text, strings.TrimLeft(itoa(int64(n)), "-")) && !strings.Contains(text, "+") && !strings.Contains(text, "0") {
			t.Fatalf("%q is %d", text, n)
		}
	})
}

func FuzzCut(f *testing.F) {
	f.Add("龙井茶", 4)
	f.Add("abc", 2)
	f.Fuzz(func(t *testing.T, text string, most int) {
		if most < 0 || most > 1000 || !utf8.ValidString(text) {
			t.Skip()
		}
		if got := cutBytes(text, most); len(got) > most || !utf8.ValidString(got) || !strings.HasPrefix(text, got) || len(text) > most && len(got) < most-3 {
			t.Fatalf("cutBytes(%q, %d) = %q", text, most, got)
		}
	})
}

// Whatever is on a code, scanning it answers and names nobody it does not know.
func FuzzScanOfWork(f *testing.F) {
	g := newWorkRig(f, &Server{})
	_, text := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}})
	for _, seed := range []string{text, "https://u.wechat.com/w-", "https://u.wechat.com/u-x", "https://work.weixin.qq.com/ca/%zz", "https://work.weixin.qq.com/ca/?customer_channel=x", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, scanned string) {
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		out := g.s.readWork(g.s.world.people["lin"], scanned)
		if card, ok := out["staff"].(staffCard); ok != (scanned == text) && ok && card.ID != "an@ww0001" {
			t.Fatalf("%q shows %v", scanned, card)
		}
	})
}

// Everybody and everything of WeCom has a face, and a member's is that of the person who holds the phone.
func TestFacesOfWork(t *testing.T) {
	g := newWorkRig(t, &Server{})
	key := must(g.s.AddRobot("ww0001", "播报", []string{"an"}))(t)
	must(g.s.AddStaff(Staff{CorpID: "ww0001", UserID: "nobody", Name: "无人"}))(t)
	draw := func(path string) string {
		resp := must(g.browser().Get(g.s.URL() + path))(t)
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 {
			return ""
		}
		return string(raw)
	}
	for path, name := range map[string]string{
		"/_sim/avatars/staff/nobody@ww0001.svg":     "无人",
		"/_sim/avatars/corpapp/1000002@ww0001.svg":  "助手",
		"/_sim/avatars/robot/" + key + ".svg":       "播报",
		"/_sim/avatars/person/an@ww0001.svg":        "安宁",
		"/_sim/avatars/corpapp/7@ww0001.svg":        "",
		"/_sim/avatars/staff/ghost@ww0001.svg":      "",
		"/_sim/avatars/person/nobody-here@ww01.svg": "",
	} {
		if got := draw(path); (got == "") != (name == "") || !strings.Contains(got, name) {
			t.Errorf("%s: %.120s", path, got)
		}
	}
	if draw("/_sim/avatars/person/an@ww0001.svg") != draw("/_sim/avatars/person/an.svg") {
		t.Error("a member has another face in WeCom")
	}
	self := g.get("/_sim/people/an@ww0001")
	if self["name"] != "安宁" || self["id"] != "an@ww0001" {
		t.Errorf("the member's own: %v", self)
	}
}

// The list of codes on other screens names those of WeCom that work, and no others.
func TestCodesOfWorkHangOnScreens(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	way, text := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "remark": "前台"})
	g.addWay(map[string]any{"type": 1, "scene": 1, "user": []string{"an"}})
	temp, _ := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "is_temp": true, "expires_in": 60})
	codes := func() map[string]string {
		found := map[string]string{}
		for _, c := range g.get("/_sim/people/lin/codes")["codes"].([]any) {
			row := c.(map[string]any)
			if row["kind"] == "staff" {
				found[row["id"].(string)] = row["text"].(string)
			}
		}
		return found
	}
	got := codes()
	if len(got) != 4 || got["way-"+way] != text || got["way-"+temp] == "" || got["stf-an@ww0001"] == "" || got["stf-bo@ww0001"] == "" {
		t.Fatalf("codes: %v", got)
	}
	s.Clock.Advance(time.Minute)
	if got := codes(); len(got) != 3 || got["way-"+temp] != "" {
		t.Fatalf("after a minute: %v", got)
	}
	out := g.post("/_sim/people/lin/scan", map[string]any{"code_id": "way-" + way})
	if out["kind"] != "staff" || out["staff"].(map[string]any)["id"] != "an@ww0001" {
		t.Fatalf("picked from the screen: %v", out)
	}
	if out := g.post("/_sim/people/lin/scan", map[string]any{"text": "https://u.wechat.com/w-nothing"}); out["kind"] != "expired" {
		t.Fatalf("an unknown code: %v", out)
	}
}
