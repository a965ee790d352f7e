package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tokenless are the calls that take no access token.
var tokenless = []string{"/cgi-bin/gettoken", "/cgi-bin/webhook/send", "/cgi-bin/webhook/upload_media"}

// Whatever is offered wants a token, tells a method it does not take, and survives every kind of nonsense.
func TestEveryWorkEndpointHoldsTheDoor(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{CallsPerMinute: -1, IPPerMinute: -1}}))(t)
	seen := map[string]bool{}
	for _, e := range g.s.workEndpoints() {
		if seen[e.Pattern] || e.Title == "" || e.Fidelity == "" {
			t.Errorf("%s is offered twice or without a word", e.Pattern)
		}
		seen[e.Pattern] = true
		if slices.Contains(tokenless, e.Pattern) {
			continue
		}
		path := "/qyapi" + e.Pattern
		if _, out := g.call("GET", path, nil); out["errcode"] != 41001.0 {
			t.Errorf("%s without a token: %v", e.Pattern, out)
		}
		if _, out := g.call("GET", path+"?access_token=x", nil); out["errcode"] != 40014.0 {
			t.Errorf("%s with a wrong token: %v", e.Pattern, out)
		}
		token := "?access_token=" + g.token("secret-contact")
		refused := 0
		for _, method := range []string{"GET", "POST"} {
			req := must(http.NewRequest(method, g.s.URL()+path+token, nil))(t)
			out := g.do(req)
			if code := out["errcode"]; code == 43001.0 || code == 43002.0 {
				refused++
			} else if code == nil {
				t.Errorf("%s %s: %v", method, e.Pattern, out)
			}
		}
		want := 1
		if e.Pattern == "/cgi-bin/agent/get" { // PowerWeChat posts it
			want = 0
		}
		if refused != want {
			t.Errorf("%s: %d of two methods were refused, want %d", e.Pattern, refused, want)
		}
		for _, nonsense := range []string{"", "x", "[]", "null", `{"userid":7}`, `{"limit":-1}`, `{"cursor":"!"}`, strings.Repeat("[", 2000)} {
			req := must(http.NewRequest("POST", g.s.URL()+path+token, strings.NewReader(nonsense)))(t)
			if out := g.do(req); out["errcode"] == nil || out["errcode"] == -1.0 {
				t.Errorf("%s of %.20q: %v", e.Pattern, nonsense, out)
			}
		}
	}
}

// One company's application never sees or changes what is another's, by whatever id.
func TestCompaniesAreStrangers(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddCompany(Company{CorpID: "ww0002", Name: "果然", Apps: []CorpApp{{AgentID: 1000002, Secret: "secret-other", CustomerContact: true, AddressBook: true}}}))(t)
	must(g.s.AddStaff(Staff{CorpID: "ww0002", UserID: "qiu", Person: "qiu"}))(t)
	id := must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	welcome := g.event(1).WelcomeCode
	way, _ := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}})
	link := g.good("externalcontact/customer_acquisition/create_link", map[string]any{"link_name": "x", "range": map[string]any{"user_list": []string{"an"}}})["link"].(map[string]any)["link_id"]
	group := g.good("externalcontact/add_corp_tag", map[string]any{"group_name": "等级", "tag": []any{map[string]any{"name": "甲"}}})["tag_group"].(map[string]any)
	tag := group["tag"].([]any)[0].(map[string]any)["id"]
	picture := g.upload("media/upload?type=image", "a.png", smallPNG)["media_id"]
	sent := g.good("message/send", map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "text", "text": map[string]any{"content": "x"}})["msgid"]
	token := g.get("/cgi-bin/gettoken?corpid=ww0002&corpsecret=secret-other")["access_token"].(string)
	for name, c := range map[string]struct {
		path string
		body map[string]any
	}{
		"customer":        {"externalcontact/get?external_userid=" + id, nil},
		"customers":       {"externalcontact/list?userid=an", nil},
		"member":          {"user/get?userid=an", nil},
		"member gone":     {"user/delete?userid=an", nil},
		"department":      {"department/get?id=2", nil},
		"batch":           {"externalcontact/batch/get_by_user", map[string]any{"userid_list": []string{"an"}}},
		"remark":          {"externalcontact/remark", map[string]any{"userid": "an", "external_userid": id, "remark": "x"}},
		"welcome":         {"externalcontact/send_welcome_msg", map[string]any{"welcome_code": welcome, "text": map[string]any{"content": "x"}}},
		"way":             {"externalcontact/get_contact_way", map[string]any{"config_id": way}},
		"way changed":     {"externalcontact/update_contact_way", map[string]any{"config_id": way, "state": "x"}},
		"way deleted":     {"externalcontact/del_contact_way", map[string]any{"config_id": way}},
		"link":            {"externalcontact/customer_acquisition/get", map[string]any{"link_id": link}},
		"link deleted":    {"externalcontact/customer_acquisition/delete_link", map[string]any{"link_id": link}},
		"link's people":   {"externalcontact/customer_acquisition/customer", map[string]any{"link_id": link}},
		"tag":             {"externalcontact/edit_corp_tag", map[string]any{"id": tag, "name": "乙"}},
		"tag deleted":     {"externalcontact/del_corp_tag", map[string]any{"tag_id": []any{tag}}},
		"group deleted":   {"externalcontact/del_corp_tag", map[string]any{"group_id": []any{group["group_id"]}}},
		"group filled":    {"externalcontact/add_corp_tag", map[string]any{"group_id": group["group_id"], "tag": []any{map[string]any{"name": "丙"}}}},
		"picture":         {"media/get?media_id=" + picture.(string), nil},
		"picture sent":    {"message/send", map[string]any{"touser": "qiu", "agentid": 1000002, "msgtype": "image", "image": map[string]any{"media_id": picture}}},
		"recall":          {"message/recall", map[string]any{"msgid": sent}},
		"message":         {"message/send", map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "text", "text": map[string]any{"content": "x"}}},
		"customer handed": {"externalcontact/transfer_customer", map[string]any{"handover_userid": "an", "takeover_userid": "qiu", "external_userid": []string{id}}},
	} {
		sep, method := "?", "POST"
		if strings.Contains(c.path, "?") {
			sep = "&"
		}
		var body any = c.body
		if c.body == nil {
			method, body = "GET", nil
		}
		_, out := g.call(method, "/qyapi/cgi-bin/"+c.path+sep+"access_token="+token, body)
		if out["errcode"] == 0.0 || out["errcode"] == nil {
			t.Errorf("%s is open to a stranger: %v", name, out)
		}
	}
	g.good("externalcontact/get?external_userid="+id, nil)
	g.good("externalcontact/get_contact_way", map[string]any{"config_id": way})
	other := must(g.s.ExternalUserID("ww0002", "lin"))(t)
	if other == id {
		t.Error("a person has the same external_userid at two companies")
	}
}

// keysOf gives the names of an object's members in the order they were written, and of the objects in it behind a dot.
func keysOf(t *testing.T, raw string) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(raw))
	var keys []string
	var walk func(prefix string)
	walk = func(prefix string) {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		switch token {
		case json.Delim('{'):
			for dec.More() {
				name := must(dec.Token())(t).(string)
				if !slices.Contains(keys, prefix+name) {
					keys = append(keys, prefix+name)
				}
				walk(prefix + name + ".")
			}
			must(dec.Token())(t)
		case json.Delim('['):
			for dec.More() {
				walk(prefix)
			}
			must(dec.Token())(t)
		}
	}
	walk("")
	return keys
}

// The members of answers, in the order of WeChat's documents.
func TestAnswersHaveTheDocumentedMembers(t *testing.T) {
	g := newWorkRig(t, &Server{})
	_, text := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "state": "s"})
	g.add("lin", text)
	id := g.external("lin")
	tag := g.good("externalcontact/add_corp_tag", map[string]any{"group_name": "等级", "tag": []any{map[string]any{"name": "甲"}}})["tag_group"].(map[string]any)["tag"].([]any)[0].(map[string]any)["id"]
	g.good("externalcontact/mark_tag", map[string]any{"userid": "an", "external_userid": id, "add_tag": []any{tag}})
	g.good("externalcontact/remark", map[string]any{"userid": "an", "external_userid": id, "remark_company": "果然"})
	for _, c := range []struct{ path, body, want string }{
		{"gettoken?corpid=ww0001&corpsecret=secret-contact", "", "errcode errmsg access_token expires_in"},
		{"externalcontact/get?external_userid=" + id, "", "errcode errmsg external_contact external_contact.external_userid external_contact.name external_contact.avatar external_contact.type external_contact.gender external_contact.unionid follow_user follow_user.userid follow_user.remark follow_user.description follow_user.createtime follow_user.tags follow_user.tags.group_name follow_user.tags.tag_name follow_user.tags.type follow_user.tags.tag_id follow_user.remark_corp_name follow_user.remark_mobiles follow_user.oper_userid follow_user.add_way follow_user.state"},
		{"externalcontact/batch/get_by_user", `{"userid_list":["an"]}`, "errcode errmsg external_contact_list external_contact_list.external_contact external_contact_list.external_contact.external_userid external_contact_list.external_contact.name external_contact_list.external_contact.avatar external_contact_list.external_contact.type external_contact_list.external_contact.gender external_contact_list.external_contact.unionid external_contact_list.follow_info external_contact_list.follow_info.userid external_contact_list.follow_info.remark external_contact_list.follow_info.description external_contact_list.follow_info.createtime external_contact_list.follow_info.tag_id external_contact_list.follow_info.remark_corp_name external_contact_list.follow_info.remark_mobiles external_contact_list.follow_info.oper_userid external_contact_list.follow_info.add_way external_contact_list.follow_info.state next_cursor fail_info fail_info.unlicensed_userid_list"},
		{"externalcontact/get_corp_tag_list", "{}", "errcode errmsg tag_group tag_group.group_id tag_group.group_name tag_group.create_time tag_group.order tag_group.tag tag_group.tag.id tag_group.tag.name tag_group.tag.create_time tag_group.tag.order"},
		{"externalcontact/get_unassigned_list", "{}", "errcode errmsg info is_last next_cursor"},
		{"externalcontact/customer_acquisition_quota", "", "errcode errmsg total balance quota_list quota_list.expire_date quota_list.balance"},
		{"department/list", "", "errcode errmsg department department.id department.name department.name_en department.department_leader department.parentid department.order"},
		{"user/simplelist?department_id=1", "", "errcode errmsg userlist userlist.userid userlist.name userlist.department"},
		{"get_jsapi_ticket", "", "errcode errmsg ticket expires_in"},
		{"message/send", `{"touser":"an","agentid":1000002,"msgtype":"text","text":{"content":"x"}}`, "errcode errmsg invaliduser invalidparty invalidtag unlicenseduser msgid"},
	} {
		sep := "?"
		if strings.Contains(c.path, "?") {
			sep = "&"
		}
		method := "POST"
		if c.body == "" {
			method = "GET"
		}
		req := must(http.NewRequest(method, g.s.URL()+"/qyapi/cgi-bin/"+c.path+sep+"access_token="+g.token("secret-contact"), strings.NewReader(c.body)))(t)
		resp := must(http.DefaultClient.Do(req))(t)
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := strings.Join(keysOf(t, string(raw)), " "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.path, got, c.want)
		}
	}
}

// Many people use one code at once: everybody is tied exactly once, and every event comes once.
func TestManyComeAtOnce(t *testing.T) {
	g := newWorkRig(t, &Server{})
	_, text := g.addWay(map[string]any{"type": 2, "scene": 2, "user": []string{"an", "bo"}, "is_exclusive": true})
	const people, times = 20, 3
	for i := range people {
		must(g.s.AddPerson(Person{ID: "c" + itoa(int64(i)), Name: "客" + itoa(int64(i))}))(t)
	}
	var all sync.WaitGroup
	for i := range people {
		for range times {
			all.Go(func() {
				who := "c" + itoa(int64(i))
				g.s.mu.Lock()
				defer g.s.mu.Unlock()
				card := g.s.readWork(g.s.world.people[who], text)["staff"].(staffCard)
				if _, err := g.s.askToAdd(g.s.world.people[who], g.s.member(card.ID), card.Ticket, ""); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	seen := map[string]bool{}
	for i := range people {
		e := g.event(i + 1)
		if seen[e.ExternalUserID] {
			t.Errorf("%s came twice", e.ExternalUserID)
		}
		seen[e.ExternalUserID] = true
	}
	total := 0
	for _, user := range []string{"an", "bo"} {
		total += len(g.good("externalcontact/list?userid="+user, nil)["external_userid"].([]any))
	}
	if total != people || g.eventCount() != people {
		t.Fatalf("%d ties, %d events, want %d of each", total, g.eventCount(), people)
	}
}

// Everything that can change is there again after a restart.
func TestAllOfWorkIsSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.sim")
	s := &Server{DataFile: path, Clock: &Clock{}}
	g := newWorkRig(t, s)
	way, text := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "state": "s", "skip_verify": false})
	g.add("zhou", text)
	_, temp := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"bo"}, "is_temp": true, "chat_expires_in": 3600, "conclusions": map[string]any{"text": map[string]any{"content": "再见"}}})
	g.add("lin", temp)
	link := g.good("externalcontact/customer_acquisition/create_link", map[string]any{"link_name": "x", "range": map[string]any{"user_list": []string{"an"}}})["link"].(map[string]any)["link_id"]
	tag := g.good("externalcontact/add_corp_tag", map[string]any{"group_name": "等级", "tag": []any{map[string]any{"name": "甲"}}})["tag_group"].(map[string]any)["tag"].([]any)[0].(map[string]any)["id"]
	g.good("externalcontact/mark_tag", map[string]any{"userid": "bo", "external_userid": g.external("lin"), "add_tag": []any{tag}})
	g.good("tag/create", map[string]any{"tagname": "讲师", "tagid": 9})
	g.good("department/create", map[string]any{"name": "仓库", "parentid": 1})
	sent := g.good("message/send", map[string]any{"touser": "an", "agentid": 1000002, "msgtype": "text", "text": map[string]any{"content": "x"}})["msgid"]
	hook := strings.TrimPrefix(g.post("/_sim/companies/ww0001/robots", map[string]any{"name": "播报", "userids": []string{"an"}})["url"].(string), s.URL())
	ticket := g.good("get_jsapi_ticket", nil)["ticket"]
	picture := g.upload("media/upload?type=image", "图.png", smallPNG)["media_id"].(string)
	s.Close()

	g.s = start(t, &Server{DataFile: path, Clock: &Clock{}})
	if got := g.good("externalcontact/get_contact_way", map[string]any{"config_id": way})["contact_way"].(map[string]any); got["state"] != "s" || got["skip_verify"] != false {
		t.Errorf("way: %v", got)
	}
	if list := g.get("/_sim/work/an@ww0001/requests")["requests"].([]any); len(list) != 1 {
		t.Errorf("requests: %v", list)
	}
	g.good("externalcontact/customer_acquisition/get", map[string]any{"link_id": link})
	if f := g.good("externalcontact/get?external_userid="+g.external("lin"), nil)["follow_user"].([]any)[0].(map[string]any); f["tags"].([]any)[0].(map[string]any)["tag_name"] != "甲" {
		t.Errorf("tags: %v", f)
	}
	if list := g.good("tag/list", nil)["taglist"].([]any); len(list) != 1 {
		t.Errorf("tags of the address book: %v", list)
	}
	if d := g.good("department/get?id=3", nil)["department"].(map[string]any); d["name"] != "仓库" {
		t.Errorf("department: %v", d)
	}
	g.good("message/recall", map[string]any{"msgid": sent})
	if _, out := g.call("POST", hook, map[string]any{"msgtype": "text", "text": map[string]any{"content": "早"}}); out["errcode"] != 0.0 {
		t.Errorf("robot: %v", out)
	}
	if g.good("get_jsapi_ticket", nil)["ticket"] != ticket {
		t.Error("the ticket was lost")
	}
	resp := must(http.Get(g.s.URL() + "/qyapi/cgi-bin/media/get?media_id=" + picture + "&access_token=" + g.token("secret-contact")))(t)
	resp.Body.Close()
	if resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture: %v", resp.Header)
	}
	g.s.Clock.Advance(time.Hour)
	if last := g.lastOf("lin", "stf-bo@ww0001"); last["text"] != "再见" {
		t.Errorf("the temporary conversation did not end: %v", last)
	}
}
