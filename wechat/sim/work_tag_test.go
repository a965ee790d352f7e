package sim

import (
	"slices"
	"strings"
	"testing"
)

func TestCorpTags(t *testing.T) {
	g := newWorkRig(t, &Server{})
	id := must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	g.event(1)
	added := g.good("externalcontact/add_corp_tag", map[string]any{"group_name": "等级", "order": 2, "agentid": "1000002", "tag": []any{map[string]any{"name": "普通", "order": 1}, map[string]any{"name": "贵宾", "order": 5}}})["tag_group"].(map[string]any)
	tags := added["tag"].([]any)
	vip, plain := tags[0].(map[string]any), tags[1].(map[string]any)
	if vip["name"] != "贵宾" || !strings.HasPrefix(vip["id"].(string), "et") || !strings.HasPrefix(added["group_id"].(string), "et") {
		t.Fatalf("added: %v", added)
	}
	again := g.good("externalcontact/add_corp_tag", map[string]any{"group_name": "等级", "tag": []any{map[string]any{"name": "新客"}}})["tag_group"].(map[string]any)
	if again["group_id"] != added["group_id"] || len(again["tag"].([]any)) != 1 {
		t.Fatalf("a group of the same name is the same group: %v", again)
	}
	g.good("externalcontact/mark_tag", map[string]any{"userid": "an", "external_userid": id, "add_tag": []any{vip["id"], plain["id"]}})
	g.good("externalcontact/mark_tag", map[string]any{"userid": "an", "external_userid": id, "remove_tag": []any{plain["id"]}})
	follow := g.good("externalcontact/get?external_userid="+id, nil)["follow_user"].([]any)[0].(map[string]any)
	if list := follow["tags"].([]any); len(list) != 1 || list[0].(map[string]any)["tag_name"] != "贵宾" || list[0].(map[string]any)["group_name"] != "等级" || list[0].(map[string]any)["type"] != 1.0 {
		t.Fatalf("tags: %v", follow["tags"])
	}
	row := g.good("externalcontact/batch/get_by_user", map[string]any{"userid_list": []string{"an"}})["external_contact_list"].([]any)[0].(map[string]any)
	if ids := row["follow_info"].(map[string]any)["tag_id"].([]any); len(ids) != 1 || ids[0] != vip["id"] {
		t.Fatalf("tag ids: %v", row)
	}
	g.good("externalcontact/edit_corp_tag", map[string]any{"id": vip["id"], "name": "至尊"})
	g.good("externalcontact/edit_corp_tag", map[string]any{"id": added["group_id"], "name": "会员等级", "order": 9})
	found := g.good("externalcontact/get_corp_tag_list", map[string]any{"tag_id": []any{vip["id"]}})["tag_group"].([]any)
	if group := found[0].(map[string]any); len(found) != 1 || group["group_name"] != "会员等级" || group["tag"].([]any)[0].(map[string]any)["name"] != "至尊" || len(group["tag"].([]any)) != 1 {
		t.Fatalf("found: %v", found)
	}
	g.good("externalcontact/del_corp_tag", map[string]any{"tag_id": []any{vip["id"]}})
	if follow := g.good("externalcontact/get?external_userid="+id, nil)["follow_user"].([]any)[0].(map[string]any); follow["tags"] != nil {
		t.Fatalf("a deleted tag sticks: %v", follow)
	}
	g.good("externalcontact/del_corp_tag", map[string]any{"group_id": []any{added["group_id"]}})
	if list := g.good("externalcontact/get_corp_tag_list", map[string]any{})["tag_group"].([]any); len(list) != 0 {
		t.Fatalf("left: %v", list)
	}
	if n := g.eventCount(); n != 1 {
		t.Fatalf("the API raised %d events", n-1)
	}
}

func TestCorpTagsAreRefused(t *testing.T) {
	g := newWorkRig(t, &Server{})
	id := must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	group := g.good("externalcontact/add_corp_tag", map[string]any{"group_name": "等级", "tag": []any{map[string]any{"name": "甲"}, map[string]any{"name": "乙"}}})["tag_group"].(map[string]any)
	first := group["tag"].([]any)[0].(map[string]any)
	for name, c := range map[string]struct {
		path string
		body map[string]any
		code float64
	}{
		"same name in the group": {"add_corp_tag", map[string]any{"group_id": group["group_id"], "tag": []any{map[string]any{"name": "甲"}}}, 40071},
		"same name in the call":  {"add_corp_tag", map[string]any{"group_name": "新", "tag": []any{map[string]any{"name": "x"}, map[string]any{"name": "x"}}}, 40071},
		"unknown group":          {"add_corp_tag", map[string]any{"group_id": "et-no", "tag": []any{map[string]any{"name": "x"}}}, 40068},
		"long name":              {"add_corp_tag", map[string]any{"group_name": "新", "tag": []any{map[string]any{"name": strings.Repeat("字", 31)}}}, 40072},
		"no tags":                {"add_corp_tag", map[string]any{"group_name": "新"}, 40063},
		"no group name":          {"add_corp_tag", map[string]any{"tag": []any{map[string]any{"name": "x"}}}, 40063},
		"rename to another's":    {"edit_corp_tag", map[string]any{"id": first["id"], "name": "乙"}, 40071},
		"rename the unknown":     {"edit_corp_tag", map[string]any{"id": "et-no", "name": "丙"}, 40068},
		"delete nothing":         {"del_corp_tag", map[string]any{}, 40063},
		"delete the unknown":     {"del_corp_tag", map[string]any{"tag_id": []string{"et-no"}}, 40068},
		"mark with the unknown":  {"mark_tag", map[string]any{"userid": "an", "external_userid": id, "add_tag": []string{"et-no"}}, 40068},
		"mark with nothing":      {"mark_tag", map[string]any{"userid": "an", "external_userid": id}, 40063},
		"mark another's":         {"mark_tag", map[string]any{"userid": "bo", "external_userid": id, "add_tag": []any{first["id"]}}, 84061},
	} {
		if out := g.work("externalcontact/"+c.path, c.body); out["errcode"] != c.code {
			t.Errorf("%s: %v, want %v", name, out, c.code)
		}
	}
	must(g.s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{MaxTags: 3}}))(t)
	wantCode(t, g.work("externalcontact/add_corp_tag", map[string]any{"group_name": "新", "tag": []any{map[string]any{"name": "x"}, map[string]any{"name": "y"}}}), 41042)
	if list := g.good("externalcontact/get_corp_tag_list", map[string]any{})["tag_group"].([]any); len(list) != 1 {
		t.Fatalf("a refused call left something: %v", list)
	}
}

// Changes in the console and in the client are told; tests of all four kinds of change_external_tag.
func TestTagEvents(t *testing.T) {
	g := newWorkRig(t, &Server{})
	groups := g.post("/_sim/companies/ww0001/tags", map[string]any{"group": "来源", "add": []string{"小红书", "朋友"}})["groups"].([]any)
	group := groups[0].(map[string]any)
	tags := group["tag"].([]any)
	a, b := tags[0].(map[string]any)["id"].(string), tags[1].(map[string]any)["id"].(string)
	g.event(3)
	g.post("/_sim/companies/ww0001/tags", map[string]any{"id": a, "name": "红书"})
	g.event(4)
	g.post("/_sim/companies/ww0001/tags", map[string]any{"group": "来源", "order": []string{b, a}})
	g.event(5)
	g.post("/_sim/companies/ww0001/tags", map[string]any{"delete": []string{b}})
	g.event(6)
	var got []string
	for i := range 6 {
		e := g.event(i + 1)
		got = append(got, e.Event+" "+e.ChangeType+" "+e.TagType+" "+map[string]string{a: "a", b: "b", group["group_id"].(string): "group"}[e.ID])
	}
	want := []string{"change_external_tag create tag_group group", "change_external_tag create tag a", "change_external_tag create tag b",
		"change_external_tag update tag a", "change_external_tag shuffle tag_group group", "change_external_tag delete tag b"}
	slices.Sort(got[:3]) // pushes of one moment may overtake each other
	slices.Sort(want[:3])
	if !slices.Equal(got, want) {
		t.Fatalf("events:\n%s", strings.Join(got, "\n"))
	}
	must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	g.event(7)
	detail := g.post("/_sim/work/an@ww0001/customers/lin/tags", map[string]any{"add": []string{a}})
	if e := g.event(8); e.ChangeType != "edit_external_contact" || detail["tags"].([]any)[0] != "红书" {
		t.Fatalf("tagged in the client: %+v %v", e, detail)
	}
	for _, body := range []map[string]any{{"group": "来源", "add": []string{"红书"}}, {"group": "空"}, {"id": "et-no", "name": "x"}, {"delete": []string{"et-no"}}, {"id": a, "name": " "}} {
		if status, out := g.call("POST", "/_sim/companies/ww0001/tags", body); status < 400 {
			t.Errorf("%v: %d %v", body, status, out)
		}
	}
}
