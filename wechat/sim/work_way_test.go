package sim

import (
	"strings"
	"testing"
	"time"
)

// addWay makes a contact way and gives what its picture says.
func (g *workRig) addWay(body map[string]any) (id, text string) {
	g.t.Helper()
	out := g.good("externalcontact/add_contact_way", body)
	id = out["config_id"].(string)
	if code, _ := out["qr_code"].(string); body["scene"] == 2 {
		text = mustURL(g.t, code).Query().Get("text")
	}
	return id, text
}

// scan lets a person scan a text and gives the card of the member it shows, nil if it is gone.
func (g *workRig) scan(who, text string) map[string]any {
	g.t.Helper()
	out := g.post("/_sim/people/"+who+"/scan", map[string]any{"text": text})
	card, _ := out["staff"].(map[string]any)
	return card
}

// add scans and taps 添加到通讯录.
func (g *workRig) add(who, text string) map[string]any {
	g.t.Helper()
	card := g.scan(who, text)
	if card == nil {
		g.t.Fatalf("%s shows nobody", text)
	}
	return g.post("/_sim/people/"+who+"/staff/"+card["id"].(string)+"/add", map[string]any{"ticket": card["ticket"], "hello": "我是" + who})
}

func TestContactWayBringsACustomer(t *testing.T) {
	g := newWorkRig(t, &Server{})
	id, text := g.addWay(map[string]any{"type": 1, "scene": 2, "state": "门店1", "remark": "前台", "user": []string{"an"}})
	got := g.good("externalcontact/get_contact_way", map[string]any{"config_id": id})["contact_way"].(map[string]any)
	for name, want := range map[string]any{"config_id": id, "type": 1.0, "scene": 2.0, "state": "门店1", "remark": "前台", "skip_verify": true} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if got["corpid"] != nil || got["born"] != nil || got["turn"] != nil || got["qr_code"] == nil {
		t.Errorf("members that are nobody's business: %v", got)
	}
	card := g.scan("lin", text)
	if card["id"] != "an@ww0001" || card["corp"] != "熟客" || card["added"] != false {
		t.Fatalf("the card: %v", card)
	}
	if out := g.add("lin", text); out["added"] != true || out["chat_id"] != "stf-an@ww0001" {
		t.Fatalf("added: %v", out)
	}
	e := g.event(1)
	if e.ChangeType != "add_external_contact" || e.State != "门店1" || e.WelcomeCode == "" || e.ExternalUserID != g.external("lin") {
		t.Fatalf("event: %+v", e)
	}
	follow := g.good("externalcontact/get?external_userid="+e.ExternalUserID, nil)["follow_user"].([]any)[0].(map[string]any)
	if follow["state"] != "门店1" || follow["add_way"] != 1.0 || follow["userid"] != "an" || follow["oper_userid"] != e.ExternalUserID || follow["remark"] != "林小满" {
		t.Fatalf("follow info: %v", follow)
	}
	g.add("lin", text)
	g.good("externalcontact/update_contact_way", map[string]any{"config_id": id, "state": "门店2", "user": []string{"bo"}})
	g.add("zhou", text)
	if e := g.event(2); e.State != "门店2" || e.UserID != "bo" || e.ExternalUserID != g.external("zhou") {
		t.Fatalf("a second tap on an open tie, or the old state: %+v", e)
	}
	g.good("externalcontact/del_contact_way", map[string]any{"config_id": id})
	if g.scan("qiu", text) != nil {
		t.Fatal("a deleted way still works")
	}
	wantCode(t, g.work("externalcontact/get_contact_way", map[string]any{"config_id": id}), 40058)
}

func TestContactWayIsRefused(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddStaff(Staff{CorpID: "ww0001", UserID: "inside", Name: "内勤", NoContact: true}))(t)
	long := strings.Repeat("字", 31)
	for name, c := range map[string]struct {
		body map[string]any
		code float64
	}{
		"no type":             {map[string]any{"scene": 2, "user": []string{"an"}}, 40058},
		"no scene":            {map[string]any{"type": 1, "user": []string{"an"}}, 40058},
		"two for one":         {map[string]any{"type": 1, "scene": 2, "user": []string{"an", "bo"}}, 40058},
		"a party for one":     {map[string]any{"type": 1, "scene": 2, "party": []int{1}}, 40058},
		"nobody":              {map[string]any{"type": 2, "scene": 2}, 40063},
		"unknown member":      {map[string]any{"type": 2, "scene": 2, "user": []string{"ghost"}}, 60111},
		"unknown party":       {map[string]any{"type": 2, "scene": 2, "party": []int{77}}, 60123},
		"no right":            {map[string]any{"type": 1, "scene": 2, "user": []string{"inside"}}, 84074},
		"long remark":         {map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "remark": long}, 40058},
		"long state":          {map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "state": strings.Repeat("x", 31)}, 40058},
		"temp for many":       {map[string]any{"type": 2, "scene": 2, "user": []string{"an"}, "is_temp": true}, 40058},
		"temp for too long":   {map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "is_temp": true, "expires_in": 15 * 24 * 3600}, 40058},
		"members, not a list": {map[string]any{"type": 1, "scene": 2, "user": "an"}, 47001},
	} {
		if out := g.work("externalcontact/add_contact_way", c.body); out["errcode"] != c.code {
			t.Errorf("%s: %v, want %v", name, out, c.code)
		}
	}
	wantCode(t, g.workAs("secret-plain", "externalcontact/add_contact_way", map[string]any{}), 48002)
	must(g.s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{MaxContactWays: 1, MaxWayUsers: 1}}))(t)
	wantCode(t, g.work("externalcontact/add_contact_way", map[string]any{"type": 2, "scene": 2, "user": []string{"an", "bo"}}), 40058)
	id, _ := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}})
	wantCode(t, g.work("externalcontact/add_contact_way", map[string]any{"type": 1, "scene": 2, "user": []string{"an"}}), 41044)
	g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "is_temp": true}) // outside of the count
	g.good("externalcontact/del_contact_way", map[string]any{"config_id": id})
	g.addWay(map[string]any{"type": 1, "scene": 1, "user": []string{"an"}})
}

// A code of several members goes round; an exclusive one brings a customer back to whom they know.
func TestContactWayGoesRound(t *testing.T) {
	g := newWorkRig(t, &Server{})
	_, text := g.addWay(map[string]any{"type": 2, "scene": 2, "user": []string{"an"}, "party": []int{1}, "is_exclusive": true})
	seen := map[any]int{}
	for range 4 {
		seen[g.scan("lin", text)["id"]]++
	}
	if seen["an@ww0001"] != 2 || seen["bo@ww0001"] != 2 {
		t.Fatalf("turns: %v", seen)
	}
	must(g.s.AddCustomer("ww0001", "bo", "lin"))(t)
	for range 3 {
		if id := g.scan("lin", text)["id"]; id != "bo@ww0001" {
			t.Fatalf("exclusive shows %v", id)
		}
	}
	if card := g.scan("bo", text); card["id"] != "an@ww0001" {
		t.Fatalf("a member is shown to themselves: %v", card)
	}
}

func TestMemberConfirms(t *testing.T) {
	g := newWorkRig(t, &Server{})
	_, text := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "skip_verify": false, "state": "s1"})
	if out := g.add("lin", text); out["added"] != false {
		t.Fatalf("added without a word: %v", out)
	}
	g.add("lin", text) // asks once more: still one request
	g.add("zhou", text)
	list := g.get("/_sim/work/an@ww0001/requests")["requests"].([]any)
	if len(list) != 2 || list[1].(map[string]any)["hello"] != "我是lin" || g.eventCount() != 0 {
		t.Fatalf("requests: %v", list)
	}
	wantCode(t, g.work("externalcontact/list?userid=an", nil), 84061)
	first := list[1].(map[string]any)["id"].(string)
	g.post("/_sim/work/an@ww0001/requests/"+first, map[string]any{"accept": true})
	if e := g.event(1); e.State != "s1" || e.ExternalUserID != g.external("lin") || e.WelcomeCode == "" {
		t.Fatalf("confirmed: %+v", e)
	}
	g.post("/_sim/work/an@ww0001/requests/"+list[0].(map[string]any)["id"].(string), map[string]any{"accept": false})
	if status, _ := g.call("POST", "/_sim/work/an@ww0001/requests/"+first, map[string]any{"accept": true}); status != 404 {
		t.Fatalf("a request was answered twice: %d", status)
	}
	if n := must(g.s.Confirm("ww0001", "an"))(t); n != 0 {
		t.Fatalf("%d requests are left", n)
	}
	if card := g.get("/_sim/people/zhou/staff/an@ww0001"); card["added"] != false || card["waiting"] != false {
		t.Fatalf("an ignored person: %v", card)
	}
}

// 免验证 of a member: the half event brings the welcome code, the member's first word the other event, without one.
func TestHalfEvent(t *testing.T) {
	g := newWorkRig(t, &Server{})
	must(g.s.AddStaff(Staff{CorpID: "ww0001", UserID: "an", Open: true}))(t)
	me := g.get("/_sim/work/an@ww0001/me")
	if out := g.add("lin", me["code"].(string)); out["added"] != true {
		t.Fatalf("%v", out)
	}
	if e := g.event(1); e.ChangeType != "add_half_external_contact" || e.WelcomeCode == "" {
		t.Fatalf("half: %+v", e)
	}
	g.post("/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "你好"})
	if e := g.event(2); e.ChangeType != "add_external_contact" || e.WelcomeCode != "" {
		t.Fatalf("whole: %+v", e)
	}
	g.post("/_sim/people/an@ww0001/chats/per-lin/messages", map[string]any{"text": "在吗"})
	must(g.s.AddCustomer("ww0001", "bo", "lin"))(t)
	if e := g.event(3); e.UserID != "bo" {
		t.Fatalf("confirmed twice: %+v", e)
	}
}

func TestTemporaryConversation(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	_, text := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "is_temp": true, "expires_in": 3600, "chat_expires_in": 7200,
		"conclusions": map[string]any{"text": map[string]any{"content": "感谢咨询"}, "link": map[string]any{"title": "评价", "url": "http://127.0.0.1/rate"}}})
	_, late := g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"bo"}, "is_temp": true, "expires_in": 3600})
	g.add("lin", text)
	if g.scan("zhou", text) != nil {
		t.Fatal("a temporary code works for a second person")
	}
	s.Clock.Advance(time.Hour)
	if g.scan("zhou", late) != nil {
		t.Fatal("a temporary code outlived its hour")
	}
	s.Clock.Advance(time.Hour)
	messages := g.get("/_sim/people/lin/chats/stf-an@ww0001/messages")["messages"].([]any)
	last, words := messages[len(messages)-1].(map[string]any), messages[len(messages)-2].(map[string]any)
	if last["type"] != "link" || words["text"] != "感谢咨询" {
		t.Fatalf("the conclusion: %v %v", words, last)
	}
	wantCode(t, g.work("externalcontact/list?userid=an", nil), 84061)
	if g.event(1); g.eventCount() != 1 {
		t.Fatalf("%d events; the end raises none", g.eventCount())
	}
	_, text = g.addWay(map[string]any{"type": 1, "scene": 2, "user": []string{"an"}, "is_temp": true})
	g.add("lin", text)
	g.good("externalcontact/close_temp_chat", map[string]any{"userid": "an", "external_userid": g.external("lin")})
	wantCode(t, g.work("externalcontact/close_temp_chat", map[string]any{"userid": "an", "external_userid": g.external("lin")}), 84061)
}

func TestContactWayList(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	var want []string
	for range 5 {
		id, _ := g.addWay(map[string]any{"type": 1, "scene": 1, "user": []string{"an"}})
		want = append([]string{id}, want...)
		s.Clock.Advance(time.Minute)
	}
	var got []string
	cursor := ""
	for range 3 {
		out := g.good("externalcontact/list_contact_way", map[string]any{"limit": 2, "cursor": cursor})
		for _, row := range out["contact_way"].([]any) {
			got = append(got, row.(map[string]any)["config_id"].(string))
		}
		cursor, _ = out["next_cursor"].(string)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") || cursor != "" {
		t.Fatalf("%v, want %v; cursor %q", got, want, cursor)
	}
	now := s.Clock.Now().Unix()
	wantCode(t, g.work("externalcontact/list_contact_way", map[string]any{"start_time": now - 91*24*3600, "end_time": now}), 40058)
	wantCode(t, g.work("externalcontact/list_contact_way", map[string]any{"limit": 1001}), 40058)
	wantCode(t, g.work("externalcontact/list_contact_way", map[string]any{"cursor": "?"}), 40058)
}
