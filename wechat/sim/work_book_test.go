package sim

import (
	"strings"
	"testing"
)

func TestAddressBook(t *testing.T) {
	g := newWorkRig(t, &Server{})
	made := g.good("department/create", map[string]any{"name": "仓库", "parentid": 1, "order": 3})
	if made["id"] != 3.0 || made["errmsg"] != "created" {
		t.Fatalf("made: %v", made)
	}
	if out := g.good("user/create", map[string]any{"userid": "chen", "name": "陈仓", "mobile": "13900000001", "department": []int{3}, "is_leader_in_dept": []int{1}, "gender": "1", "position": "库管"}); out["errmsg"] != "created" {
		t.Fatalf("created: %v", out)
	}
	user := g.good("user/get?userid=chen", nil)
	if user["name"] != "陈仓" || user["gender"] != "1" || user["status"] != 4.0 || user["position"] != "库管" || user["main_department"] != 3.0 || user["is_leader_in_dept"].([]any)[0] != 1.0 {
		t.Fatalf("user: %v", user)
	}
	must(g.s.AddStaff(Staff{CorpID: "ww0001", UserID: "chen", Name: "陈仓"}))(t)
	g.good("user/update", map[string]any{"userid": "chen", "position": "主管", "department": []int{2}})
	if user := g.good("user/get?userid=chen", nil); user["position"] != "主管" || user["mobile"] != "13900000001" || user["main_department"] != 2.0 {
		t.Fatalf("updated: %v", user)
	}
	names := func(path, list, field string) string {
		var got []string
		for _, row := range g.good(path, nil)[list].([]any) {
			got = append(got, row.(map[string]any)[field].(string))
		}
		return strings.Join(got, " ")
	}
	for path, want := range map[string]string{"user/simplelist?department_id=2": "安宁 陈仓", "user/simplelist?department_id=1": "博远", "user/simplelist?department_id=1&fetch_child=1": "安宁 博远 陈仓", "user/list?department_id=2": "安宁 陈仓"} {
		if got := names(path, "userlist", "name"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := names("department/list", "department", "name"); got != "熟客 门店 仓库" {
		t.Errorf("departments: %s", got)
	}
	if got := names("department/list?id=2", "department", "name"); got != "门店" {
		t.Errorf("below 2: %s", got)
	}
	if d := g.good("department/get?id=3", nil)["department"].(map[string]any); d["order"] != 3.0 || d["parentid"] != 1.0 {
		t.Errorf("department: %v", d)
	}
	if ids := g.good("department/simplelist", nil)["department_id"].([]any); len(ids) != 3 {
		t.Errorf("ids: %v", ids)
	}
	if rows := g.good("user/list_id", map[string]any{"limit": 2}); len(rows["dept_user"].([]any)) != 2 || rows["next_cursor"] == nil {
		t.Errorf("ids of users: %v", rows)
	}
	g.good("department/update", map[string]any{"id": 3, "name": "总仓", "parentid": 2})
	g.good("user/batchdelete", map[string]any{"useridlist": []string{"chen"}})
	wantCode(t, g.work("user/get?userid=chen", nil), 60111)
	g.good("department/delete?id=3", nil)
	wantCode(t, g.workAs("secret-plain", "department/create", map[string]any{"name": "x", "parentid": 1}), 60011)
}

func TestAddressBookIsRefused(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.good("user/create", map[string]any{"userid": "chen", "name": "陈仓", "mobile": "13900000001", "email": "c@x.cn", "department": []int{2}})
	g.good("department/create", map[string]any{"name": "柜台", "parentid": 2, "id": 9})
	user := func(more map[string]any) map[string]any {
		body := map[string]any{"userid": "new", "name": "新人", "mobile": "13900000002", "department": []int{1}}
		for name, v := range more {
			body[name] = v
		}
		return body
	}
	for name, c := range map[string]struct {
		path string
		body map[string]any
		code float64
	}{
		"bad userid":          {"user/create", user(map[string]any{"userid": "新"}), 40003},
		"userid twice":        {"user/create", user(map[string]any{"userid": "chen"}), 60102},
		"no name":             {"user/create", user(map[string]any{"name": ""}), 60112},
		"nobody to reach":     {"user/create", user(map[string]any{"mobile": ""}), 60129},
		"no department":       {"user/create", user(map[string]any{"department": []int{}}), 60127},
		"unknown department":  {"user/create", user(map[string]any{"department": []int{77}}), 60003},
		"mobile twice":        {"user/create", user(map[string]any{"mobile": "13900000001"}), 60104},
		"email twice":         {"user/create", user(map[string]any{"email": "c@x.cn"}), 60106},
		"update of nobody":    {"user/update", map[string]any{"userid": "ghost"}, 60111},
		"delete of nobody":    {"user/delete?userid=ghost", nil, 60111},
		"batch of none":       {"user/batchdelete", map[string]any{"useridlist": []string{}}, 40031},
		"no parent":           {"department/create", map[string]any{"name": "x", "parentid": 77}, 60004},
		"same name beside":    {"department/create", map[string]any{"name": "门店", "parentid": 1}, 60008},
		"same id":             {"department/create", map[string]any{"name": "y", "parentid": 1, "id": 9}, 60008},
		"no name at all":      {"department/create", map[string]any{"parentid": 1}, 60125},
		"below itself":        {"department/update", map[string]any{"id": 2, "parentid": 9}, 60124},
		"unknown to change":   {"department/update", map[string]any{"id": 77}, 60003},
		"the root":            {"department/delete?id=1", nil, 60007},
		"one with children":   {"department/delete?id=2", nil, 60006},
		"users of no such":    {"user/list?department_id=77", nil, 60003},
		"department of no id": {"department/get?id=77", nil, 60003},
		"list of no id":       {"department/list?id=77", nil, 60003},
	} {
		if out := g.work(c.path, c.body); out["errcode"] != c.code {
			t.Errorf("%s: %v, want %v", name, out, c.code)
		}
	}
	g.good("department/delete?id=9", nil)
	wantCode(t, g.work("department/delete?id=2", nil), 60005)
}

func TestBookTags(t *testing.T) {
	g := newWorkRig(t, &Server{})
	if out := g.good("tag/create", map[string]any{"tagname": "讲师"}); out["tagid"] != 1.0 {
		t.Fatalf("made: %v", out)
	}
	g.good("tag/create", map[string]any{"tagname": "评委", "tagid": 12})
	out := g.good("tag/addtagusers", map[string]any{"tagid": 12, "userlist": []string{"an", "ghost"}, "partylist": []int{2, 77}})
	if out["invalidlist"] != "ghost" || out["invalidparty"].([]any)[0] != 77.0 {
		t.Fatalf("added: %v", out)
	}
	got := g.good("tag/get?tagid=12", nil)
	if got["tagname"] != "评委" || got["userlist"].([]any)[0].(map[string]any)["name"] != "安宁" || got["partylist"].([]any)[0] != 2.0 {
		t.Fatalf("tag: %v", got)
	}
	if out := g.good("tag/deltagusers", map[string]any{"tagid": 12, "partylist": []int{2}}); out["errmsg"] != "deleted" {
		t.Fatalf("removed: %v", out)
	}
	g.good("tag/update", map[string]any{"tagid": 12, "tagname": "嘉宾"})
	if list := g.good("tag/list", nil)["taglist"].([]any); len(list) != 2 || list[1].(map[string]any)["tagname"] != "嘉宾" {
		t.Fatalf("list: %v", list)
	}
	for name, c := range map[string]struct {
		path string
		body map[string]any
		code float64
	}{
		"name twice":    {"tag/create", map[string]any{"tagname": "讲师"}, 40071},
		"id twice":      {"tag/create", map[string]any{"tagname": "x", "tagid": 12}, 40070},
		"long name":     {"tag/create", map[string]any{"tagname": strings.Repeat("字", 33)}, 40072},
		"rename twice":  {"tag/update", map[string]any{"tagid": 12, "tagname": "讲师"}, 40071},
		"unknown":       {"tag/update", map[string]any{"tagid": 5, "tagname": "x"}, 40068},
		"nobody known":  {"tag/addtagusers", map[string]any{"tagid": 12, "userlist": []string{"ghost"}}, 40070},
		"nobody at all": {"tag/addtagusers", map[string]any{"tagid": 12}, 40070},
		"gone":          {"tag/get?tagid=5", nil, 40068},
	} {
		if out := g.work(c.path, c.body); out["errcode"] != c.code {
			t.Errorf("%s: %v, want %v", name, out, c.code)
		}
	}
	g.good("tag/delete?tagid=12", nil)
	if out := g.good("tag/create", map[string]any{"tagname": "再来"}); out["tagid"] != 13.0 {
		t.Fatalf("an id is given once: %v", out)
	}
}
