package sim

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plainPushes are the decrypted WeCom events so far, as the inspector keeps them.
func (g *workRig) plainPushes(event string) []string {
	g.t.Helper()
	found := []string{}
	for _, e := range g.get("/_sim/log?kind=push&limit=200")["entries"].([]any) {
		text, _ := g.get("/_sim/log/" + itoa(int64(e.(map[string]any)["seq"].(float64))))["sign_string"].(string)
		if strings.Contains(text, "<Event><![CDATA["+event+"]]>") {
			found = append(found, text)
		}
	}
	return found
}

// pushedWith waits for an event that has all the parts.
func (g *workRig) pushedWith(event string, parts ...string) string {
	g.t.Helper()
	hit := ""
	eventually(g.t, event+" with "+strings.Join(parts, " "), func() bool {
		for _, text := range g.plainPushes(event) {
			ok := true
			for _, part := range parts {
				ok = ok && strings.Contains(text, part)
			}
			if ok {
				hit = text
			}
		}
		return hit != ""
	})
	return hit
}

// customers ties people to a member of the staff.
func (g *workRig) customers(userID string, who ...string) {
	g.t.Helper()
	for _, id := range who {
		must(g.s.AddCustomer("ww0001", userID, id))(g.t)
	}
}

func (g *workRig) customerRoom(owner, name string, others ...string) (chatID, roomID string) {
	g.t.Helper()
	chatID = must(g.s.NewCustomerRoom("ww0001", owner, name, others...))(g.t)
	return chatID, must(g.s.RoomOf(chatID))(g.t)
}

func rows(out map[string]any, name string) []map[string]any {
	list := []map[string]any{}
	for _, x := range out[name].([]any) {
		list = append(list, x.(map[string]any))
	}
	return list
}

func TestCustomerGroup(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou")
	chatID, id := g.customerRoom("an", "茶友一群", "lin", "zhou", "bo@ww0001")
	if !strings.HasPrefix(chatID, "wr") {
		t.Fatalf("chat_id %s", chatID)
	}
	g.pushedWith("change_external_chat", "<ChatId><![CDATA["+chatID+"]]>", "<ChangeType><![CDATA[create]]>")

	row := g.get("/_sim/people/lin/home")["chats"].([]any)
	if i := slices.IndexFunc(row, func(x any) bool { return x.(map[string]any)["id"] == "grp-"+id }); i < 0 || row[i].(map[string]any)["corp"] != "熟客" {
		t.Fatalf("lin's chats: %v", row)
	}
	g.post("/_sim/people/an@ww0001/chats/grp-"+id+"/messages", map[string]any{"text": "欢迎"})
	if line := g.lastLine("lin", "grp-"+id); line["text"] != "欢迎" || line["from"].(map[string]any)["corp"] != "熟客" || line["from"].(map[string]any)["name"] != "安宁" {
		t.Fatalf("lin reads %v", line)
	}
	if line := g.lastLine("bo@ww0001", "grp-"+id); line["text"] != "欢迎" || line["mine"] != false {
		t.Fatalf("the colleague reads %v", line)
	}

	list := g.good("externalcontact/groupchat/list", map[string]any{"limit": 10, "owner_filter": map[string]any{"userid_list": []string{"an"}}})
	if x := rows(list, "group_chat_list"); len(x) != 1 || x[0]["chat_id"] != chatID || x[0]["status"] != 0.0 {
		t.Fatalf("list: %v", list)
	}
	chat := g.good("externalcontact/groupchat/get", map[string]any{"chat_id": chatID, "need_name": 1})["group_chat"].(map[string]any)
	if chat["name"] != "茶友一群" || chat["owner"] != "an" || chat["member_version"] == "" {
		t.Fatalf("get: %v", chat)
	}
	members := rows(chat, "member_list")
	if len(members) != 4 || members[0]["userid"] != "an" || members[0]["type"] != 1.0 || members[1]["userid"] != g.external("lin") || members[1]["type"] != 2.0 ||
		members[1]["join_scene"] != 1.0 || members[1]["invitor"].(map[string]any)["userid"] != "an" || members[1]["name"] != "林小满" || members[1]["unionid"] == "" {
		t.Fatalf("members: %v", members)
	}
	if quiet := g.good("externalcontact/groupchat/get", map[string]any{"chat_id": chatID})["group_chat"].(map[string]any); rows(quiet, "member_list")[1]["name"] != nil {
		t.Fatalf("names without need_name: %v", quiet)
	}
}

func TestCustomerGroupEvents(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou", "qiu")
	chatID, id := g.customerRoom("an", "群", "lin")
	staff, at := "/_sim/people/an@ww0001/rooms/"+id, "<ChatId><![CDATA["+chatID+"]]>"
	g.post(staff+"/members", map[string]any{"people": []string{"zhou"}})
	added := g.pushedWith("change_external_chat", at, "<UpdateDetail><![CDATA[add_member]]>", "<JoinScene>0</JoinScene>", "<MemChangeCnt>1</MemChangeCnt>", "<Item><![CDATA["+g.external("zhou")+"]]></Item>")
	if !strings.Contains(added, "<LastMemVer>") || !strings.Contains(added, "<CurMemVer>") {
		t.Fatalf("no versions in %s", added)
	}
	token := strings.TrimPrefix(g.get(staff + "/qr")["text"].(string), roomCode)
	g.post("/_sim/people/qiu/rooms/enter", map[string]any{"token": token})
	g.pushedWith("change_external_chat", at, "add_member", "<JoinScene>3</JoinScene>", g.external("qiu"))
	if status, _ := g.call("DELETE", staff+"/members/zhou", nil); status != 200 {
		t.Fatalf("removing: %d", status)
	}
	g.pushedWith("change_external_chat", at, "del_member", "<QuitScene>1</QuitScene>", g.external("zhou"))
	g.post("/_sim/people/qiu/rooms/"+id+"/quit", map[string]any{})
	g.pushedWith("change_external_chat", at, "del_member", "<QuitScene>0</QuitScene>", g.external("qiu"))
	g.post(staff, map[string]any{"name": "新群名"})
	g.pushedWith("change_external_chat", at, "change_name")
	g.post(staff, map[string]any{"notice": "周六品茶"})
	g.pushedWith("change_external_chat", at, "change_notice")
	g.post(staff+"/members", map[string]any{"people": []string{"bo@ww0001"}})
	g.refused("POST", staff, map[string]any{"owner": "lin"}, "room.owner")
	g.post(staff, map[string]any{"owner": "bo@ww0001"})
	g.pushedWith("change_external_chat", at, "change_owner")
	g.post("/_sim/people/bo@ww0001/rooms/"+id+"/dissolve", map[string]any{})
	g.pushedWith("change_external_chat", at, "<ChangeType><![CDATA[dismiss]]>")
	wantCode(t, g.work("externalcontact/groupchat/get", map[string]any{"chat_id": chatID}), 49008)
}

func TestCustomerGroupIsRefused(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin")
	chatID, id := g.customerRoom("an", "群", "lin")
	if _, err := g.s.NewCustomerRoom("ww0001", "an", "群", "zhou"); err == nil {
		t.Error("a stranger came into a customer group")
	}
	if _, err := g.s.NewCustomerRoom("ww0001", "nobody", "群"); err == nil {
		t.Error("nobody made a customer group")
	}
	g.refused("POST", "/_sim/people/an@ww0001/rooms/"+id+"/quit", map[string]any{}, "room.owner")
	for _, x := range []struct {
		path string
		body map[string]any
		code float64
	}{
		{"groupchat/list", map[string]any{}, 40058},
		{"groupchat/list", map[string]any{"limit": 1001}, 40058},
		{"groupchat/list", map[string]any{"limit": 10, "status_filter": 4}, 40058},
		{"groupchat/list", map[string]any{"limit": 10, "cursor": "x"}, 50100},
		{"groupchat/get", map[string]any{}, 40063},
		{"groupchat/get", map[string]any{"chat_id": "wrno"}, 40050},
		{"groupchat/transfer", map[string]any{"chat_id_list": []string{chatID}}, 40063},
		{"groupchat/transfer", map[string]any{"chat_id_list": []string{chatID}, "new_owner": "nobody"}, 84061},
		{"groupchat/statistic", map[string]any{}, 40063},
		{"groupchat/statistic", map[string]any{"day_begin_time": time.Now().Unix()}, 40063},
		{"groupchat/statistic", map[string]any{"day_begin_time": time.Now().AddDate(-1, 0, 0).Unix(), "owner_filter": map[string]any{"userid_list": []string{"an"}}}, 40058},
		{"opengid_to_chatid", map[string]any{"opengid": "no"}, 40058},
		{"groupchat/add_join_way", map[string]any{"scene": 2}, 40063},
		{"groupchat/add_join_way", map[string]any{"scene": 3, "chat_id_list": []string{chatID}}, 40058},
		{"groupchat/add_join_way", map[string]any{"scene": 2, "chat_id_list": []string{"wrno"}}, 40050},
		{"groupchat/add_join_way", map[string]any{"scene": 2, "chat_id_list": []string{chatID}, "state": strings.Repeat("长", 31)}, 40058},
		{"groupchat/get_join_way", map[string]any{}, 41043},
		{"groupchat/get_join_way", map[string]any{"config_id": "no"}, 41044},
		{"groupchat/del_join_way", map[string]any{"config_id": "no"}, 41044},
		{"group_welcome_template/add", map[string]any{}, 40063},
		{"group_welcome_template/add", map[string]any{"image": map[string]any{"media_id": "no"}}, 40007},
		{"group_welcome_template/get", map[string]any{"template_id": "no"}, 40058},
	} {
		out := g.work("externalcontact/"+x.path, x.body)
		if out["errcode"] != x.code {
			t.Errorf("%s %v: %v, want %v", x.path, x.body, out, x.code)
		}
	}
	wantCode(t, g.workAs("secret-plain", "externalcontact/groupchat/list", map[string]any{"limit": 10}), 48002)
}

func TestGroupsChangeHands(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin")
	chatID, id := g.customerRoom("an", "群", "lin")
	out := g.good("externalcontact/groupchat/transfer", map[string]any{"chat_id_list": []string{chatID, "wrno"}, "new_owner": "bo"})
	fails := rows(out, "failed_chat_list")
	if len(fails) != 2 || fails[0]["errcode"] != 90500.0 || fails[1]["errcode"] != 90501.0 {
		t.Fatalf("a group of one who has not left: %v", out)
	}
	events := len(g.plainPushes("change_external_chat"))
	out = g.good("externalcontact/groupchat/onjob_transfer", map[string]any{"chat_id_list": []string{chatID}, "new_owner": "bo"})
	if len(rows(out, "failed_chat_list")) != 0 {
		t.Fatalf("handing on: %v", out)
	}
	if room := g.room("lin", id); room["owner"] != "bo@ww0001" {
		t.Fatalf("after handing on: %v", room)
	}
	out = g.good("externalcontact/groupchat/onjob_transfer", map[string]any{"chat_id_list": []string{chatID}, "new_owner": "bo"})
	if fails := rows(out, "failed_chat_list"); len(fails) != 1 || fails[0]["errcode"] != 90507.0 {
		t.Fatalf("handing on to the owner: %v", out)
	}
	g.s.mu.Lock()
	g.s.member("bo@ww0001").Left = g.s.Clock.Now()
	g.s.mu.Unlock()
	waiting := g.good("externalcontact/groupchat/list", map[string]any{"limit": 10, "status_filter": 1})
	if x := rows(waiting, "group_chat_list"); len(x) != 1 || x[0]["chat_id"] != chatID {
		t.Fatalf("waiting for an heir: %v", waiting)
	}
	g.good("externalcontact/groupchat/transfer", map[string]any{"chat_id_list": []string{chatID}, "new_owner": "an"})
	done := g.good("externalcontact/groupchat/list", map[string]any{"limit": 10, "status_filter": 3})
	if x := rows(done, "group_chat_list"); len(x) != 1 {
		t.Fatalf("inherited: %v", done)
	}
	if room := g.room("lin", id); room["owner"] != "an@ww0001" || strings.Contains(names(room["members"]), "bo@") {
		t.Fatalf("inherited: %v", room)
	}
	if now := len(g.plainPushes("change_external_chat")); now != events {
		t.Fatalf("the API raised %d events", now-events)
	}
}

// A 群活码 fills its chats in order, then opens the next one; a member keeps the state of the code.
func TestJoinWay(t *testing.T) {
	g := newWorkRig(t, &Server{})
	if err := g.s.SetSocial(SocialSettings{JoinWayFull: 3}); err != nil {
		t.Fatal(err)
	}
	ids := crowd(t, g.s, 6)
	first, one := g.customerRoom("an", "一群")
	second, two := g.customerRoom("an", "二群")
	made := g.good("externalcontact/groupchat/add_join_way", map[string]any{"scene": 2, "remark": "门口", "room_base_name": "茶友", "room_base_id": 3, "chat_id_list": []string{first, second}, "state": "door"})
	config := made["config_id"].(string)
	way := g.good("externalcontact/groupchat/get_join_way", map[string]any{"config_id": config})["join_way"].(map[string]any)
	if way["auto_create_room"] != 1.0 || way["state"] != "door" || way["room_base_id"] != 3.0 || !strings.Contains(way["qr_code"].(string), "/_sim/qr?text=") {
		t.Fatalf("join way: %v", way)
	}
	code := ""
	for _, c := range g.get("/_sim/people/p1/codes")["codes"].([]any) {
		if x := c.(map[string]any); x["kind"] == "group" {
			code = x["text"].(string)
		}
	}
	join := func(who string) map[string]any {
		read := g.post("/_sim/people/"+who+"/scan", map[string]any{"text": code})
		if read["kind"] != "group" {
			t.Fatalf("%s reads %v", who, read)
		}
		return g.post("/_sim/people/"+who+"/rooms/enter", map[string]any{"token": read["token"]})
	}
	got := []string{}
	for _, who := range ids {
		got = append(got, join(who)["name"].(string))
	}
	if want := "一群 一群 二群 二群 茶友3 茶友3"; strings.Join(got, " ") != want {
		t.Fatalf("they came into %v, want %s", got, want)
	}
	if again := join("p1"); again["id"] != one {
		t.Fatalf("who is in one chat comes back to it: %v", again)
	}
	way = g.good("externalcontact/groupchat/get_join_way", map[string]any{"config_id": config})["join_way"].(map[string]any)
	chats := way["chat_id_list"].([]any)
	if len(chats) != 3 || way["room_base_id"] != 4.0 {
		t.Fatalf("after the switch: %v", way)
	}
	chat := g.good("externalcontact/groupchat/get", map[string]any{"chat_id": chats[2]})["group_chat"].(map[string]any)
	if m := rows(chat, "member_list")[1]; m["state"] != "door" || m["join_scene"] != 3.0 {
		t.Fatalf("the member: %v", m)
	}
	g.pushedWith("change_external_chat", chats[2].(string), "create")

	g.good("externalcontact/groupchat/update_join_way", map[string]any{"config_id": config, "scene": 2, "chat_id_list": []string{second}, "auto_create_room": 0})
	g.refused("POST", "/_sim/people/lin/rooms/enter", map[string]any{"token": strings.TrimPrefix(code, wayCode)}, "room.code_full")
	g.call("DELETE", "/_sim/people/an@ww0001/rooms/"+two+"/members/p3", nil)
	if room := join("lin"); room["id"] != two {
		t.Fatalf("lin came into %v", room)
	}
	g.good("externalcontact/groupchat/del_join_way", map[string]any{"config_id": config})
	if read := g.post("/_sim/people/zhou/scan", map[string]any{"text": code}); read["kind"] != "expired" {
		t.Fatalf("a deleted code reads %v", read)
	}
}

// However many come through a 群活码, every chat is filled before the next, and nobody is lost.
func TestJoinWayProperty(t *testing.T) {
	g := newWorkRig(t, &Server{})
	ids := crowd(t, g.s, 30)
	rapid.Check(t, func(rt *rapid.T) {
		full := rapid.IntRange(2, 8).Draw(rt, "full")
		if err := g.s.SetSocial(SocialSettings{JoinWayFull: full}); err != nil {
			rt.Fatal(err)
		}
		chatID := must(g.s.NewCustomerRoom("ww0001", "an", "群"))(t)
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		way := &joinWay{ConfigID: "c" + chatID, CorpID: "ww0001", Token: "t" + chatID, AutoCreate: 1, Chats: []string{chatID}, State: "s"}
		g.s.world.social.ways[way.ConfigID], g.s.world.social.wayTokens[way.Token] = way, way
		joined := map[string]int{}
		order := []string{}
		for _, who := range rapid.SliceOfN(rapid.SampledFrom(ids), 1, 25).Draw(rt, "who") {
			r, err := g.s.walkIn(who, way.Token)
			if err != nil {
				rt.Fatal(err)
			}
			if joined[who]++; r.member(who) == nil || len(r.Members) > full {
				rt.Fatalf("%s in %v of %d", who, r.member(who), len(r.Members))
			}
			if joined[who] == 1 {
				order = append(order, r.ID)
			}
		}
		perRoom := full - 1 // the owner has a place
		for i, id := range order {
			if i > 0 && order[i-1] != id && i%perRoom != 0 {
				rt.Fatalf("person %d was sent on before the chat was full (%d): %v", i, full, order)
			}
		}
	})
}

func TestGroupStatistics(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	s.Clock.Set(time.Date(2027, 3, 10, 10, 0, 0, 0, shanghai))
	g.customers("an", "lin", "zhou")
	_, id := g.customerRoom("an", "群", "lin")
	g.post("/_sim/people/lin/chats/grp-"+id+"/messages", map[string]any{"text": "一"})
	s.Clock.Advance(24 * time.Hour)
	g.post("/_sim/people/an@ww0001/rooms/"+id+"/members", map[string]any{"people": []string{"zhou"}})
	g.post("/_sim/people/zhou/chats/grp-"+id+"/messages", map[string]any{"text": "二"})
	g.post("/_sim/people/zhou/chats/grp-"+id+"/messages", map[string]any{"text": "三"})
	begin := time.Date(2027, 3, 10, 0, 0, 0, 0, shanghai).Unix()
	days := rows(g.good("externalcontact/groupchat/statistic_group_by_day", map[string]any{"day_begin_time": begin, "day_end_time": begin + 86400}), "items")
	if len(days) != 2 || days[0]["stat_time"] != float64(begin) {
		t.Fatalf("days: %v", days)
	}
	for i, want := range []groupStat{{1, 1, 1, 2, 2, 1, 1, 0}, {0, 1, 1, 1, 3, 2, 3, 0}} {
		if got := mustJSON(t, days[i]["data"]); got != sorted(t, want) {
			t.Errorf("day %d: %s, want %s", i, got, sorted(t, want))
		}
	}
	both := g.good("externalcontact/groupchat/statistic", map[string]any{"day_begin_time": begin, "day_end_time": begin + 86400, "owner_filter": map[string]any{"userid_list": []string{"an", "bo"}}})
	if items := rows(both, "items"); len(items) != 1 || both["total"] != 1.0 || items[0]["owner"] != "an" || mustJSON(t, items[0]["data"]) != sorted(t, groupStat{1, 1, 1, 3, 3, 2, 3, 0}) {
		t.Fatalf("both days: %v", both)
	}
}

// sorted is the JSON of a value with its names in order, as that of a decoded answer.
func sorted(t testing.TB, v any) string {
	t.Helper()
	var out map[string]any
	if err := jsonInto(mustJSON(t, v), &out); err != nil {
		t.Fatal(err)
	}
	return mustJSON(t, out)
}

func TestGroupGreeting(t *testing.T) {
	g := newWorkRig(t, &Server{})
	g.customers("an", "lin", "zhou")
	_, id := g.customerRoom("an", "群", "lin")
	template := g.good("externalcontact/group_welcome_template/add", map[string]any{"text": map[string]any{"content": "欢迎进群"},
		"link": map[string]any{"title": "菜单", "url": "http://127.0.0.1/menu"}, "notify": 1})["template_id"].(string)
	got := g.good("externalcontact/group_welcome_template/get", map[string]any{"template_id": template})
	if got["text"].(map[string]any)["content"] != "欢迎进群" || got["link"].(map[string]any)["title"] != "菜单" || got["image"] != nil {
		t.Fatalf("get: %v", got)
	}
	g.post("/_sim/people/an@ww0001/rooms/"+id, map[string]any{"greeting": template})
	g.post("/_sim/people/an@ww0001/rooms/"+id+"/members", map[string]any{"people": []string{"zhou"}})
	list := g.get("/_sim/people/zhou/chats/grp-" + id + "/messages")["messages"].([]any)
	last, before := list[len(list)-1].(map[string]any), list[len(list)-2].(map[string]any)
	if before["text"] != "@周一 \n欢迎进群" || last["type"] != "link" || last["title"] != "菜单" {
		t.Fatalf("zhou reads %v then %v", before, last)
	}
	g.good("externalcontact/group_welcome_template/edit", map[string]any{"template_id": template, "text": map[string]any{"content": "你好"}})
	if got := g.good("externalcontact/group_welcome_template/get", map[string]any{"template_id": template}); got["link"] != nil {
		t.Fatalf("after edit: %v", got)
	}
	g.good("externalcontact/group_welcome_template/del", map[string]any{"template_id": template})
	wantCode(t, g.work("externalcontact/group_welcome_template/get", map[string]any{"template_id": template}), 40058)
	for range maxGreetings {
		g.good("externalcontact/group_welcome_template/add", map[string]any{"text": map[string]any{"content": "x"}})
	}
	wantCode(t, g.work("externalcontact/group_welcome_template/add", map[string]any{"text": map[string]any{"content": "x"}}), 41055)
}

func TestOpenGID(t *testing.T) {
	g := newWorkRig(t, &Server{})
	chatID, id := g.customerRoom("an", "群")
	opengid := g.room("an@ww0001", id)["opengid"].(string)
	if out := g.good("externalcontact/opengid_to_chatid", map[string]any{"opengid": opengid}); out["chat_id"] != chatID {
		t.Fatalf("opengid: %v", out)
	}
}

// Customer groups, codes, tasks and what was received come back after a kill.
func TestWorkGroupsComeBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world")
	g := newWorkRig(t, &Server{DataFile: file})
	g.customers("an", "lin")
	chatID, id := g.customerRoom("an", "群", "lin")
	way := g.good("externalcontact/groupchat/add_join_way", map[string]any{"scene": 2, "chat_id_list": []string{chatID}})["config_id"]
	msg := g.good("externalcontact/add_msg_template", map[string]any{"chat_type": "group", "sender": "an", "text": map[string]any{"content": "早"}})["msgid"].(string)
	if err := g.s.SendGroupMessage("ww0001", "an", msg); err != nil {
		t.Fatal(err)
	}
	job := g.good("externalcontact/add_moment_task", map[string]any{"text": map[string]any{"content": "新茶"}})["jobid"].(string)
	moment := g.good("externalcontact/get_moment_task_result?jobid="+job, nil)["result"].(map[string]any)["moment_id"].(string)
	must(g.s.PublishMoment("ww0001", "an", moment))(t)
	look := func() string {
		return mustJSON(t, []any{
			g.good("externalcontact/groupchat/get", map[string]any{"chat_id": chatID}),
			g.good("externalcontact/groupchat/get_join_way", map[string]any{"config_id": way})["join_way"].(map[string]any)["chat_id_list"],
			g.good("externalcontact/get_groupmsg_send_result", map[string]any{"msgid": msg, "userid": "an"}),
			g.good("externalcontact/get_moment_send_result", map[string]any{"moment_id": moment, "userid": "an"}),
			g.get("/_sim/people/lin/moments"), g.get("/_sim/people/an@ww0001/work-tasks"), g.get("/_sim/people/lin/chats/grp-" + id + "/messages"),
		})
	}
	before := look()
	g.s.durable()
	g.s.stop()
	g.s.journal.lock.Close() // as the system does for a dead process
	g.s = start(t, &Server{DataFile: file})
	if now := look(); now != before {
		t.Fatalf("before\n%s\nnow\n%s", before, now)
	}
}
