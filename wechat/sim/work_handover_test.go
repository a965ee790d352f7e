package sim

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTransferOfACustomer(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	id := must(s.AddCustomer("ww0001", "an", "lin"))(t)
	g.event(1)
	g.good("externalcontact/remark", map[string]any{"userid": "an", "external_userid": id, "remark": "林姐"})
	body := map[string]any{"handover_userid": "an", "takeover_userid": "bo", "external_userid": []string{id, "wmno", g.external("zhou")}}
	rows := g.good("externalcontact/transfer_customer", body)["customer"].([]any)
	for i, want := range []float64{0, 40096, 40131} {
		if got := rows[i].(map[string]any)["errcode"]; got != want {
			t.Errorf("customer %d: %v, want %v", i, got, want)
		}
	}
	if rows := g.good("externalcontact/transfer_customer", body)["customer"].([]any); rows[0].(map[string]any)["errcode"] != 40129.0 {
		t.Fatalf("begun twice: %v", rows)
	}
	result := func() map[string]any {
		return g.good("externalcontact/transfer_result", map[string]any{"handover_userid": "an", "takeover_userid": "bo"})["customer"].([]any)[0].(map[string]any)
	}
	s.Clock.Advance(24*time.Hour - time.Second)
	if r := result(); r["status"] != 2.0 {
		t.Fatalf("before a day: %v", r)
	}
	s.Clock.Advance(time.Second)
	if r := result(); r["status"] != 1.0 || r["takeover_time"].(float64) != float64(s.Clock.Now().Unix()) {
		t.Fatalf("after a day: %v", r)
	}
	got := map[string]workXML{}
	for i := range 2 {
		e := g.event(i + 2)
		got[e.ChangeType] = e
	}
	if got["del_external_contact"].Source != "DELETE_BY_TRANSFER" || got["del_external_contact"].UserID != "an" || got["add_external_contact"].UserID != "bo" {
		t.Fatalf("events: %+v", got)
	}
	wantCode(t, g.work("externalcontact/list?userid=an", nil), 84061)
	follow := g.good("externalcontact/get?external_userid="+id, nil)["follow_user"].([]any)[0].(map[string]any)
	if follow["userid"] != "bo" || follow["remark"] != "林姐" || follow["add_way"] != 202.0 || follow["oper_userid"] != "an" {
		t.Fatalf("follow: %v", follow)
	}
	if last := g.lastOf("lin", "stf-bo@ww0001"); !strings.Contains(last["text"].(string), "博远@熟客") {
		t.Fatalf("told the customer: %v", last)
	}
}

func TestTransferIsRefusedAndLimited(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	id := must(s.AddCustomer("ww0001", "an", "lin"))(t)
	g.event(1)
	try := func(from, to string) any {
		return g.good("externalcontact/transfer_customer", map[string]any{"handover_userid": from, "takeover_userid": to, "external_userid": []string{id}})["customer"].([]any)[0].(map[string]any)["errcode"]
	}
	if code := try("an", "bo"); code != 0.0 {
		t.Fatalf("begun: %v", code)
	}
	if list := g.get("/_sim/people/lin/handovers")["handovers"].([]any); len(list) != 1 || list[0].(map[string]any)["to"] != "博远" {
		t.Fatalf("the customer sees %v", list)
	}
	if out := g.post("/_sim/people/lin/handovers/refuse", map[string]any{}); out["refused"] != 1.0 {
		t.Fatal(out)
	}
	if e := g.event(2); e.ChangeType != "transfer_fail" || e.FailReason != "customer_refused" || e.UserID != "bo" {
		t.Fatalf("refused: %+v", e)
	}
	s.Clock.Advance(48 * time.Hour)
	if ids := g.good("externalcontact/list?userid=an", nil)["external_userid"].([]any); len(ids) != 1 {
		t.Fatalf("a refused customer went: %v", ids)
	}
	if code := try("an", "bo"); code != 0.0 {
		t.Fatalf("second time: %v", code)
	}
	s.Clock.Advance(24 * time.Hour)
	if code := try("bo", "an"); code != 40128.0 {
		t.Fatalf("third time within 90 days: %v", code)
	}
	s.Clock.Advance(90 * 24 * time.Hour)
	if code := try("bo", "an"); code != 0.0 {
		t.Fatalf("after 90 days: %v", code)
	}
	for name, c := range map[string]struct {
		body map[string]any
		code float64
	}{
		"to oneself":     {map[string]any{"handover_userid": "an", "takeover_userid": "an", "external_userid": []string{id}}, 40130},
		"nobody":         {map[string]any{"handover_userid": "an", "takeover_userid": "bo"}, 41035},
		"too many":       {map[string]any{"handover_userid": "an", "takeover_userid": "bo", "external_userid": make([]string, 101)}, 40058},
		"unknown giver":  {map[string]any{"handover_userid": "x", "takeover_userid": "bo", "external_userid": []string{id}}, 60111},
		"unknown taker":  {map[string]any{"handover_userid": "an", "takeover_userid": "x", "external_userid": []string{id}}, 60111},
		"a long message": {map[string]any{"handover_userid": "an", "takeover_userid": "bo", "external_userid": []string{id}, "transfer_success_msg": strings.Repeat("字", 201)}, 40058},
	} {
		if out := g.work("externalcontact/transfer_customer", c.body); out["errcode"] != c.code {
			t.Errorf("%s: %v, want %v", name, out, c.code)
		}
	}
}

// A taker who is full when the day comes gets nobody, and the applications learn why.
func TestTransferToAFullMember(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	id := must(s.AddCustomer("ww0001", "an", "lin"))(t)
	g.event(1)
	must(s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{MaxCustomers: 1}}))(t)
	body := map[string]any{"handover_userid": "an", "takeover_userid": "bo", "external_userid": []string{id}}
	g.good("externalcontact/transfer_customer", body)
	must(s.AddCustomer("ww0001", "bo", "zhou"))(t)
	g.event(2)
	s.Clock.Advance(24 * time.Hour)
	if e := g.event(3); e.ChangeType != "transfer_fail" || e.FailReason != "customer_limit_exceed" {
		t.Fatalf("%+v", e)
	}
	if rows := g.good("externalcontact/transfer_result", body)["customer"].([]any); rows[0].(map[string]any)["status"] != 4.0 {
		t.Fatalf("result: %v", rows)
	}
	if rows := g.good("externalcontact/transfer_customer", body)["customer"].([]any); rows[0].(map[string]any)["errcode"] != 40099.0 {
		t.Fatalf("to a full member: %v", rows)
	}
}

// The customers of who left wait to be assigned; a transfer that was under way at a restart still happens.
func TestResignedTransferSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.sim")
	s := &Server{DataFile: path, Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	for _, who := range []string{"lin", "zhou", "qiu"} {
		must(s.AddCustomer("ww0001", "an", who))(t)
	}
	list := func(cursor string) map[string]any {
		return g.good("externalcontact/get_unassigned_list", map[string]any{"page_size": 2, "cursor": cursor})
	}
	if out := list(""); len(out["info"].([]any)) != 0 || out["is_last"] != true {
		t.Fatalf("nobody left yet: %v", out)
	}
	wantCode(t, g.work("externalcontact/resigned/transfer_customer", map[string]any{"handover_userid": "an", "takeover_userid": "bo", "external_userid": []string{g.external("lin")}}), 40097)
	g.good("user/delete?userid=an", nil)
	first := list("")
	row := first["info"].([]any)[0].(map[string]any)
	if len(first["info"].([]any)) != 2 || first["is_last"] != false || row["handover_userid"] != "an" || row["dimission_time"].(float64) <= 0 || len(list(first["next_cursor"].(string))["info"].([]any)) != 1 {
		t.Fatalf("unassigned: %v", first)
	}
	wantCode(t, g.work("externalcontact/transfer_customer", map[string]any{"handover_userid": "an", "takeover_userid": "bo", "external_userid": []string{g.external("lin")}}), 60111)
	body := map[string]any{"handover_userid": "an", "takeover_userid": "bo", "external_userid": []string{g.external("lin")}}
	g.good("externalcontact/resigned/transfer_customer", body)
	s.Close()
	g.s = start(t, &Server{DataFile: path, Clock: &Clock{}})
	g.s.Clock.Advance(24 * time.Hour)
	if rows := g.good("externalcontact/resigned/transfer_result", body)["customer"].([]any); rows[0].(map[string]any)["status"] != 1.0 {
		t.Fatalf("after the restart: %v", rows)
	}
	if left := list("")["info"].([]any); len(left) != 2 {
		t.Fatalf("left: %v", left)
	}
}

func TestBehaviourIsWhatHappened(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Set(time.Date(2027, 3, 1, 10, 0, 0, 0, shanghai))
	s.Clock.Freeze()
	must(s.AddCustomer("ww0001", "an", "lin"))(t)
	must(s.AddCustomer("ww0001", "an", "zhou"))(t)
	say := func(who, chat, text string) {
		g.post("/_sim/people/"+who+"/chats/"+chat+"/messages", map[string]any{"text": text})
	}
	say("lin", "stf-an@ww0001", "在吗")
	say("zhou", "stf-an@ww0001", "在吗")
	s.Clock.Advance(10 * time.Minute)
	say("an@ww0001", "per-lin", "在的")
	say("an@ww0001", "per-lin", "您说")
	s.Clock.Advance(24 * time.Hour)
	g.post("/_sim/people/zhou/staff/an@ww0001/delete", map[string]any{})
	now := s.Clock.Now()
	rows := g.good("externalcontact/get_user_behavior_data", map[string]any{"userid": []string{"an"}, "partyid": []int{2}, "start_time": now.AddDate(0, 0, -1).Unix(), "end_time": now.Unix()})["behavior_data"].([]any)
	if len(rows) != 2 {
		t.Fatalf("%d days", len(rows))
	}
	day, next := rows[0].(map[string]any), rows[1].(map[string]any)
	for name, want := range map[string]float64{"stat_time": float64(time.Date(2027, 3, 1, 0, 0, 0, 0, shanghai).Unix()), "chat_cnt": 1, "message_cnt": 2, "reply_percentage": 50, "avg_reply_time": 10, "new_contact_cnt": 2, "negative_feedback_cnt": 0} {
		if day[name] != want {
			t.Errorf("%s: %v, want %v", name, day[name], want)
		}
	}
	if next["negative_feedback_cnt"] != 1.0 || next["message_cnt"] != 0.0 || next["reply_percentage"] != nil {
		t.Errorf("the next day: %v", next)
	}
	for name, body := range map[string]map[string]any{
		"too long": {"userid": []string{"an"}, "start_time": now.AddDate(0, 0, -40).Unix(), "end_time": now.Unix()},
		"too old":  {"userid": []string{"an"}, "start_time": now.AddDate(0, 0, -190).Unix(), "end_time": now.AddDate(0, 0, -185).Unix()},
		"nobody":   {"start_time": now.Unix(), "end_time": now.Unix()},
	} {
		if out := g.work("externalcontact/get_user_behavior_data", body); out["errcode"] != 40058.0 {
			t.Errorf("%s: %v", name, out)
		}
	}
}
