package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func jsonInto(text string, v any) error { return json.Unmarshal([]byte(text), v) }

// template creates an 企业群发 that must be taken.
func (g *workRig) template(body map[string]any) (msgID string, fails []any) {
	g.t.Helper()
	if body["text"] == nil {
		body["text"] = map[string]any{"content": "新茶到了"}
	}
	out := g.good("externalcontact/add_msg_template", body)
	return out["msgid"].(string), out["fail_list"].([]any)
}

func (g *workRig) results(msgID, userID string) []map[string]any {
	g.t.Helper()
	return rows(g.good("externalcontact/get_groupmsg_send_result", map[string]any{"msgid": msgID, "userid": userID}), "send_list")
}

func TestGroupMessageToCustomers(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou")
	g.customers("bo", "lin", "qiu")
	g.post("/_sim/people/lin/chats/stf-bo@ww0001/messages", map[string]any{"text": "在吗"})
	picture := "http://127.0.0.1/tea.png"
	msg, fails := g.template(map[string]any{"external_userid": []string{g.external("lin"), g.external("zhou"), "wmno"},
		"attachments": []any{map[string]any{"msgtype": "image", "image": map[string]any{"pic_url": picture}}, map[string]any{"msgtype": "link", "link": map[string]any{"title": "买", "url": "http://127.0.0.1/buy"}}}})
	if mustJSON(t, fails) != `["wmno"]` {
		t.Fatalf("fail_list: %v", fails)
	}
	tasks := rows(g.good("externalcontact/get_groupmsg_task", map[string]any{"msgid": msg}), "task_list")
	if len(tasks) != 2 || tasks[0]["userid"] != "an" || tasks[1]["userid"] != "bo" || tasks[1]["status"] != 0.0 {
		t.Fatalf("lin belongs to who spoke last: %v", tasks)
	}
	if list := g.get("/_sim/people/bo@ww0001/work-tasks"); list["waiting"] != 1.0 {
		t.Fatalf("bo's tasks: %v", list)
	}
	if line := g.lastLine("lin", "stf-bo@ww0001"); line["text"] == "新茶到了" {
		t.Fatal("it arrived before the member confirmed")
	}
	g.post("/_sim/people/bo@ww0001/group-messages/"+msg+"/send", map[string]any{})
	list := g.get("/_sim/people/lin/chats/stf-bo@ww0001/messages")["messages"].([]any)
	n := len(list)
	if list[n-3].(map[string]any)["text"] != "新茶到了" || list[n-2].(map[string]any)["image_url"] != picture || list[n-1].(map[string]any)["url"] != "http://127.0.0.1/buy" {
		t.Fatalf("lin reads %v", list)
	}
	if r := g.results(msg, "bo"); len(r) != 1 || r[0]["external_userid"] != g.external("lin") || r[0]["status"] != 1.0 || r[0]["send_time"] == nil {
		t.Fatalf("result: %v", r)
	}
	if r := g.results(msg, "an"); r[0]["status"] != 0.0 || r[0]["send_time"] != nil {
		t.Fatalf("result of who has not sent: %v", r)
	}
	g.refused("POST", "/_sim/people/bo@ww0001/group-messages/"+msg+"/send", map[string]any{}, "task.done")
	g.refused("POST", "/_sim/people/an@ww0001/group-messages/"+msg+"/send", map[string]any{"targets": []string{"zhou"}}, "task.choose")

	now := time.Now().Unix()
	made := rows(g.good("externalcontact/get_groupmsg_list_v2", map[string]any{"chat_type": "single", "start_time": now - 3600, "end_time": now + 3600}), "group_msg_list")
	if len(made) != 1 || made[0]["msgid"] != msg || made[0]["create_type"] != 0.0 || made[0]["creator"] != nil || len(made[0]["attachments"].([]any)) != 2 {
		t.Fatalf("list: %v", made)
	}
	if at, number := made[0]["create_time"].(float64); !number || at < float64(now-3600) || at > float64(now) {
		t.Fatalf("create_time is %#v, not Unix seconds as a number", made[0]["create_time"])
	}
	g.good("externalcontact/cancel_groupmsg_send", map[string]any{"msgid": msg})
	g.refused("POST", "/_sim/people/an@ww0001/group-messages/"+msg+"/send", map[string]any{}, "task.cancelled")
}

func TestGroupMessageToGroups(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin")
	one, id := g.customerRoom("an", "一群", "lin")
	two, _ := g.customerRoom("an", "二群")
	msg, fails := g.template(map[string]any{"chat_type": "group", "sender": "an", "chat_id_list": []string{one, "wrno"}, "allow_select": true})
	if mustJSON(t, fails) != `["wrno"]` {
		t.Fatalf("fail_list: %v", fails)
	}
	if err := g.s.SendGroupMessage("ww0001", "an", msg, one); err != nil {
		t.Fatal(err)
	}
	if line := g.lastLine("lin", "grp-"+id); line["text"] != "新茶到了" || line["from"].(map[string]any)["id"] != "an@ww0001" {
		t.Fatalf("lin reads %v", line)
	}
	if r := g.results(msg, "an"); len(r) != 1 || r[0]["chat_id"] != one || r[0]["status"] != 1.0 || r[0]["external_userid"] != nil {
		t.Fatalf("result: %v", r)
	}
	all, _ := g.template(map[string]any{"chat_type": "group", "sender": "an"})
	if r := g.results(all, "an"); len(r) != 2 {
		t.Fatalf("without chat_id_list all chats of the sender, also %s: %v", two, r)
	}
}

func TestGroupMessageToTags(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou", "qiu")
	g.s.mu.Lock()
	for who, tags := range map[string][]string{"lin": {"et1", "et3"}, "zhou": {"et2"}, "qiu": {"et1"}} {
		g.s.tie("ww0001", "an", who).Tags = tags
	}
	g.s.mu.Unlock()
	filter := func(groups ...[]string) map[string]any {
		list := []any{}
		for _, tags := range groups {
			list = append(list, map[string]any{"tag_list": tags})
		}
		return map[string]any{"sender": "an", "tag_filter": map[string]any{"group_list": list}}
	}
	for want, body := range map[int]map[string]any{3: filter([]string{"et1", "et2"}), 2: filter([]string{"et1"}), 1: filter([]string{"et1", "et2"}, []string{"et3"})} {
		msg, _ := g.template(body)
		if r := g.results(msg, "an"); len(r) != want {
			t.Errorf("%v reaches %v, want %d", body, r, want)
		}
	}
	none := filter([]string{"et9"})
	none["text"] = map[string]any{"content": "x"}
	wantCode(t, g.work("externalcontact/add_msg_template", none), 41048)
}

// A customer gets at most as many group messages a month as it has days; on the first the count begins anew.
func TestGroupMessageQuota(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	s.Clock.Set(time.Date(2027, 2, 10, 10, 0, 0, 0, shanghai))
	g.customers("an", "lin")
	send := func() string {
		msg, _ := g.template(map[string]any{"sender": "an"})
		if err := s.SendGroupMessage("ww0001", "an", msg); err != nil {
			t.Fatal(err)
		}
		return msg
	}
	early, _ := g.template(map[string]any{"sender": "an"})
	for range 28 {
		if r := g.results(send(), "an"); r[0]["status"] != 1.0 {
			t.Fatalf("within the quota: %v", r)
		}
	}
	if err := s.SendGroupMessage("ww0001", "an", early); err != nil {
		t.Fatal(err)
	}
	if r := g.results(early, "an"); r[0]["status"] != 3.0 {
		t.Fatalf("the 29th in February: %v", r)
	}
	more := map[string]any{"sender": "an", "text": map[string]any{"content": "x"}}
	wantCode(t, g.work("externalcontact/add_msg_template", more), 41048)
	s.Clock.Set(time.Date(2027, 2, 28, 23, 59, 0, 0, shanghai))
	wantCode(t, g.work("externalcontact/add_msg_template", more), 41048)
	s.Clock.Set(time.Date(2027, 3, 1, 0, 0, 0, 0, shanghai))
	if r := g.results(send(), "an"); r[0]["status"] != 1.0 {
		t.Fatalf("on the first of March: %v", r)
	}
	if err := s.SetSocial(SocialSettings{GroupMsgQuota: 1}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, g.work("externalcontact/add_msg_template", more), 41048)
}

func TestGroupMessageToAStranger(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou")
	msg, _ := g.template(map[string]any{"sender": "an"})
	g.s.mu.Lock()
	g.s.customerDeletes(g.s.world.work.companies["ww0001"], g.s.tie("ww0001", "an", "lin"))
	g.s.mu.Unlock()
	if err := g.s.SendGroupMessage("ww0001", "an", msg); err != nil {
		t.Fatal(err)
	}
	states := map[any]any{}
	for _, r := range g.results(msg, "an") {
		states[r["external_userid"]] = r["status"]
	}
	if states[g.external("lin")] != 2.0 || states[g.external("zhou")] != 1.0 {
		t.Fatalf("results: %v", states)
	}
}

func TestGroupMessageReminds(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	g.customers("an", "lin")
	msg, _ := g.template(map[string]any{"sender": "an"})
	for range 3 {
		g.good("externalcontact/remind_groupmsg_send", map[string]any{"msgid": msg})
	}
	wantCode(t, g.work("externalcontact/remind_groupmsg_send", map[string]any{"msgid": msg}), 45009)
	s.Clock.Advance(24 * time.Hour)
	g.good("externalcontact/remind_groupmsg_send", map[string]any{"msgid": msg})
}

func TestGroupMessageIsRefused(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin")
	text := map[string]any{"content": "x"}
	attach := func(x map[string]any) map[string]any {
		return map[string]any{"sender": "an", "attachments": []any{x}}
	}
	for _, x := range []struct {
		path string
		body map[string]any
		code float64
	}{
		{"add_msg_template", map[string]any{"sender": "an"}, 40063},
		{"add_msg_template", map[string]any{"text": text}, 40063},
		{"add_msg_template", map[string]any{"text": text, "chat_type": "all", "sender": "an"}, 40058},
		{"add_msg_template", map[string]any{"text": text, "chat_type": "group"}, 40063},
		{"add_msg_template", map[string]any{"text": text, "sender": "nobody"}, 84061},
		{"add_msg_template", map[string]any{"text": text, "external_userid": []string{"wmno"}}, 41048},
		{"add_msg_template", map[string]any{"text": map[string]any{"content": strings.Repeat("x", 4001)}, "sender": "an"}, 40058},
		{"add_msg_template", attach(map[string]any{"msgtype": "voice"}), 41065},
		{"add_msg_template", attach(map[string]any{"msgtype": "image", "image": map[string]any{}}), 40063},
		{"add_msg_template", attach(map[string]any{"msgtype": "image", "image": map[string]any{"media_id": "no"}}), 40007},
		{"add_msg_template", attach(map[string]any{"msgtype": "link", "link": map[string]any{"url": "no"}}), 40063},
		{"add_msg_template", attach(map[string]any{"msgtype": "link", "link": map[string]any{"url": "http://a", "title": strings.Repeat("x", 129)}}), 40058},
		{"add_msg_template", attach(map[string]any{"msgtype": "miniprogram", "miniprogram": map[string]any{"title": "x"}}), 40063},
		{"get_groupmsg_list_v2", map[string]any{"chat_type": "x"}, 40058},
		{"get_groupmsg_list_v2", map[string]any{"chat_type": "single"}, 40063},
		{"get_groupmsg_list_v2", map[string]any{"chat_type": "single", "start_time": 1, "end_time": 1 + 32*86400}, 40058},
		{"get_groupmsg_task", map[string]any{}, 41046},
		{"get_groupmsg_task", map[string]any{"msgid": "no"}, 41047},
		{"get_groupmsg_send_result", map[string]any{"msgid": "no"}, 41047},
		{"remind_groupmsg_send", map[string]any{"msgid": "no"}, 41047},
		{"cancel_groupmsg_send", map[string]any{"msgid": "no"}, 41047},
		{"add_moment_task", map[string]any{}, 40063},
		{"add_moment_task", map[string]any{"attachments": []any{map[string]any{"msgtype": "image", "image": map[string]any{"media_id": "no"}}}}, 40007},
		{"add_moment_task", map[string]any{"attachments": []any{map[string]any{"msgtype": "file", "file": map[string]any{"media_id": "no"}}}}, 41065},
		{"add_moment_task", map[string]any{"text": map[string]any{"content": strings.Repeat("长", 2001)}}, 40058},
		{"add_moment_task", map[string]any{"text": text, "visible_range": map[string]any{"sender_list": map[string]any{"user_list": []string{"nobody"}}}}, 40058},
		{"get_moment_list", map[string]any{}, 40063},
		{"get_moment_list", map[string]any{"start_time": 1, "end_time": 1 + 31*86400}, 40058},
		{"get_moment_list", map[string]any{"start_time": 1, "end_time": 2, "limit": 21}, 40058},
		{"get_moment_task", map[string]any{}, 41059},
		{"get_moment_task", map[string]any{"moment_id": "no"}, 41060},
		{"get_moment_comments", map[string]any{"moment_id": "no", "userid": "an"}, 41060},
		{"cancel_moment_task", map[string]any{"moment_id": "no"}, 41060},
	} {
		if out := g.work("externalcontact/"+x.path, x.body); out["errcode"] != x.code {
			t.Errorf("%s %v: %v, want %v", x.path, x.body, out, x.code)
		}
	}
	wantCode(t, g.work("externalcontact/get_moment_task_result?jobid=no", nil), 40058)
}

// moment creates a company's post and gives its moment_id.
func (g *workRig) moment(body map[string]any) string {
	g.t.Helper()
	job := g.good("externalcontact/add_moment_task", body)["jobid"].(string)
	out := g.good("externalcontact/get_moment_task_result?jobid="+job, nil)
	if out["status"] != 3.0 || out["type"] != "add_moment_task" {
		g.t.Fatalf("job: %v", out)
	}
	return out["result"].(map[string]any)["moment_id"].(string)
}

func TestCompanyMoments(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou")
	g.customers("bo", "qiu")
	g.s.mu.Lock()
	g.s.tie("ww0001", "an", "lin").Tags = []string{"et1"}
	g.s.mu.Unlock()
	id := g.moment(map[string]any{"text": map[string]any{"content": "新茶"}, "attachments": []any{map[string]any{"msgtype": "link", "link": map[string]any{"title": "买", "url": "http://127.0.0.1/buy"}}},
		"visible_range": map[string]any{"sender_list": map[string]any{"user_list": []string{"an", "nobody"}}, "external_contact_list": map[string]any{"tag_list": []string{"et1"}}}})
	tasks := rows(g.good("externalcontact/get_moment_task", map[string]any{"moment_id": id}), "task_list")
	if len(tasks) != 1 || tasks[0]["userid"] != "an" || tasks[0]["publish_status"] != 0.0 {
		t.Fatalf("tasks: %v", tasks)
	}
	wantCode(t, g.work("externalcontact/get_moment_send_result", map[string]any{"moment_id": id, "userid": "an"}), 41062)
	wantCode(t, g.work("externalcontact/get_moment_send_result", map[string]any{"moment_id": id, "userid": "bo"}), 41061)
	chosen := rows(g.good("externalcontact/get_moment_customer_list", map[string]any{"moment_id": id, "userid": "an"}), "customer_list")
	if len(chosen) != 1 || chosen[0]["external_userid"] != g.external("lin") || chosen[0]["userid"] != "an" {
		t.Fatalf("customers: %v", chosen)
	}
	if got := g.timeline("lin"); len(got) != 0 {
		t.Fatalf("it appeared before it was published: %v", got)
	}
	post := g.post("/_sim/people/an@ww0001/moment-tasks/"+id+"/publish", map[string]any{})["post_id"].(string)
	g.refused("POST", "/_sim/people/an@ww0001/moment-tasks/"+id+"/publish", map[string]any{}, "task.done")
	for who, want := range map[string]int{"lin": 1, "zhou": 0, "qiu": 0} {
		if got := g.timeline(who); len(got) != want {
			t.Errorf("%s sees %v, want %d", who, got, want)
		}
	}
	seen := g.get("/_sim/people/lin/moments")["posts"].([]any)[0].(map[string]any)
	if seen["company"] != "熟客" || seen["author"].(map[string]any)["name"] != "安宁" || seen["link"].(map[string]any)["url"] != "http://127.0.0.1/buy?from=timeline&isappinstalled=0" {
		t.Fatalf("lin sees %v", seen)
	}
	g.post("/_sim/people/lin/moments/"+post+"/like", map[string]any{"on": true})
	g.post("/_sim/people/lin/moments/"+post+"/comments", map[string]any{"text": "多少钱"})
	voices := g.good("externalcontact/get_moment_comments", map[string]any{"moment_id": id, "userid": "an"})
	if c, l := rows(voices, "comment_list"), rows(voices, "like_list"); len(c) != 1 || c[0]["external_userid"] != g.external("lin") || len(l) != 1 {
		t.Fatalf("voices: %v", voices)
	}
	now := time.Now().Unix()
	list := rows(g.good("externalcontact/get_moment_list", map[string]any{"start_time": now - 60, "end_time": now + 60}), "moment_list")
	if len(list) != 1 || list[0]["moment_id"] != id || list[0]["visible_type"] != 0.0 || list[0]["link"].(map[string]any)["title"] != "买" {
		t.Fatalf("list: %v", list)
	}
	all := g.moment(map[string]any{"text": map[string]any{"content": "公开"}})
	g.good("externalcontact/cancel_moment_task", map[string]any{"moment_id": all})
	g.refused("POST", "/_sim/people/bo@ww0001/moment-tasks/"+all+"/publish", map[string]any{}, "task.cancelled")
	g.s.mu.Lock()
	g.s.customerDeletes(g.s.world.work.companies["ww0001"], g.s.tie("ww0001", "an", "lin"))
	g.s.mu.Unlock()
	if got := g.timeline("lin"); len(got) != 0 {
		t.Fatalf("who deleted the member sees %v", got)
	}
}

// A customer sees at most so many company posts a month, whatever is published when.
func TestCompanyMomentsQuota(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	s.Clock.Set(time.Date(2027, 1, 1, 8, 0, 0, 0, shanghai))
	g.customers("an", "lin")
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s.Clock.Advance(time.Duration(rapid.IntRange(1, 20*24).Draw(rt, "hours")) * time.Hour)
		id := g.moment(map[string]any{"text": map[string]any{"content": "x"}})
		post := must(s.PublishMoment("ww0001", "an", id))(t)
		month := s.Clock.Now().Format("2006-01")
		reached := rows(g.good("externalcontact/get_moment_send_result", map[string]any{"moment_id": id, "userid": "an"}), "customer_list")
		status, _ := g.call("GET", "/_sim/people/lin/moments/"+post, nil)
		want := seen[month] < 4
		if (len(reached) == 1) != want || (status == 200) != want {
			rt.Fatalf("post %d of %s: reached %v, status %d", seen[month]+1, month, reached, status)
		}
		if want {
			seen[month]++
		}
	})
}

// No body of any call of WeCom's groups, messages and Moments breaks the simulator.
func FuzzWorkGroupBodies(f *testing.F) {
	g := newWorkRig(f, &Server{})
	g.customers("an", "lin")
	chatID, _ := g.customerRoom("an", "群", "lin")
	paths := []string{}
	for _, e := range g.s.socialEndpoints() {
		if e.Pattern != "/cgi-bin/externalcontact/get_moment_task_result" {
			paths = append(paths, e.Pattern)
		}
	}
	token := g.token("secret-contact")
	for _, seed := range []string{`{}`, `null`, `[]`, `{"limit":1,"cursor":"YXQgMQ"}`, `{"chat_id":"` + chatID + `","need_name":1}`, `{"day_begin_time":9999999999,"owner_filter":{"userid_list":["an"]}}`,
		`{"scene":2,"chat_id_list":["` + chatID + `"],"room_base_id":2147483647}`, `{"chat_type":"group","sender":"an","text":{"content":"x"}}`, `{"attachments":[{"msgtype":"link","link":{"url":"http://"}}],"sender":"an"}`,
		`{"text":{"content":"x"},"visible_range":{"sender_list":{"department_list":[1,-1]},"external_contact_list":{"tag_list":[""]}}}`, `{"text":null,"attachments":[{}]}`} {
		for i := range paths {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, at uint8, body string) {
		req := mustRequest(t, g.s.URL()+"/qyapi"+paths[int(at)%len(paths)]+"?access_token="+token)
		req.Method, req.Body = "POST", bodyOf(body)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var out struct {
			Code *int `json:"errcode"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out.Code == nil {
			t.Fatalf("%s %s: %v", req.URL.Path, body, err)
		}
	})
}

func bodyOf(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
