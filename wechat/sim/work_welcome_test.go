package sim

import (
	"strings"
	"testing"
	"time"
)

func (g *workRig) lastOf(who, chat string) map[string]any {
	g.t.Helper()
	messages := g.get("/_sim/people/" + who + "/chats/" + chat + "/messages")["messages"].([]any)
	return messages[len(messages)-1].(map[string]any)
}

func TestWelcomeWords(t *testing.T) {
	s := &Server{Clock: &Clock{}}
	g := newWorkRig(t, s)
	s.Clock.Freeze()
	picture := g.upload("media/upload?type=image", "a.png", smallPNG)["media_id"]
	send := func(code string, more map[string]any) map[string]any {
		body := map[string]any{"welcome_code": code, "text": map[string]any{"content": "欢迎！"}}
		for name, v := range more {
			body[name] = v
		}
		return g.work("externalcontact/send_welcome_msg", body)
	}
	must(s.AddCustomer("ww0001", "an", "lin"))(t)
	code := g.event(1).WelcomeCode
	wantCode(t, send("nobody's", nil), 40058)
	wantCode(t, send(code, map[string]any{"text": map[string]any{"content": strings.Repeat("x", 4001)}}), 40058)
	wantCode(t, send(code, map[string]any{"attachments": make([]map[string]any, 10)}), 40058)
	wantCode(t, send(code, map[string]any{"attachments": []any{map[string]any{"msgtype": "image", "image": map[string]any{"media_id": "gone"}}}}), 40007)
	wantCode(t, send(code, map[string]any{"attachments": []any{map[string]any{"msgtype": "poem"}}}), 41065)
	s.Clock.Advance(19 * time.Second)
	wantCode(t, send(code, map[string]any{"attachments": []any{
		map[string]any{"msgtype": "image", "image": map[string]any{"media_id": picture}},
		map[string]any{"msgtype": "link", "link": map[string]any{"title": "店铺", "url": "http://127.0.0.1/shop", "desc": "看看"}},
		map[string]any{"msgtype": "miniprogram", "miniprogram": map[string]any{"title": "小店", "pic_media_id": picture, "appid": "wxmini", "page": "pages/index"}}}}), 0)
	messages := g.get("/_sim/people/lin/chats/stf-an@ww0001/messages")["messages"].([]any)
	var kinds []string
	for _, m := range messages {
		kinds = append(kinds, m.(map[string]any)["type"].(string))
	}
	if strings.Join(kinds, " ") != "system text image link miniprogram" {
		t.Fatalf("arrived: %v", kinds)
	}
	wantCode(t, send(code, nil), 41051)

	must(s.AddCustomer("ww0001", "an", "zhou"))(t)
	late := g.event(2).WelcomeCode
	s.Clock.Advance(20 * time.Second)
	wantCode(t, send(late, nil), 41050)

	must(s.AddCustomer("ww0001", "an", "qiu"))(t)
	spoken := g.event(3).WelcomeCode
	g.post("/_sim/people/qiu/chats/stf-an@ww0001/messages", map[string]any{"text": "你好"})
	wantCode(t, send(spoken, nil), 41051)

	must(s.AddCompany(Company{CorpID: "ww0001", Settings: WorkSettings{ConsoleWelcome: true}}))(t)
	must(s.AddCustomer("ww0001", "bo", "qiu"))(t)
	if e := g.event(4); e.WelcomeCode != "" {
		t.Fatalf("a code came although the console has welcome words: %+v", e)
	}
	must(s.Faults.Add(Fault{Target: "call", Path: "/cgi-bin/externalcontact/send_welcome_msg", Kind: "code", Code: "41096"}))(t)
	wantCode(t, send(code, nil), 41096)
}

func TestCustomersAreListed(t *testing.T) {
	g := newWorkRig(t, &Server{})
	wantCode(t, g.work("externalcontact/list?userid=an", nil), 84061)
	wantCode(t, g.work("externalcontact/list?userid=ghost", nil), 60111)
	for _, who := range []string{"lin", "zhou", "qiu"} {
		must(g.s.AddCustomer("ww0001", "an", who))(t)
	}
	must(g.s.AddCustomer("ww0001", "bo", "lin"))(t)
	ids := g.good("externalcontact/list?userid=an", nil)["external_userid"].([]any)
	if len(ids) != 3 || ids[0] != g.external("lin") {
		t.Fatalf("list: %v", ids)
	}
	out := g.good("externalcontact/get?external_userid="+g.external("lin"), nil)
	contact := out["external_contact"].(map[string]any)
	app := must(g.s.AddAccount(Account{AppID: "wx0001", Name: "熟客市集", Subject: "熟客"}))(t)
	unionID := g.s.unionID(&account{Account: app}, "lin")
	if contact["name"] != "林小满" || contact["type"] != 1.0 || contact["unionid"] != unionID || len(out["follow_user"].([]any)) != 2 {
		t.Fatalf("detail: %v", out)
	}
	wantCode(t, g.work("externalcontact/get?external_userid=wmno", nil), 40096)
	wantCode(t, g.work("externalcontact/get", nil), 41035)
	wantCode(t, g.work("externalcontact/get?external_userid="+g.external("bo"), nil), 84061)
	openID := must(g.s.OpenID("wx0001", "lin"))(t)
	for _, body := range []map[string]any{{"unionid": unionID, "openid": openID}, {"unionid": unionID}} {
		if got := g.good("externalcontact/unionid_to_external_userid", body); got["external_userid"] != g.external("lin") {
			t.Fatalf("%v: %v", body, got)
		}
	}
	wantCode(t, g.work("externalcontact/unionid_to_external_userid", map[string]any{"unionid": "o-nobody"}), 84061)
	if users := g.good("externalcontact/get_follow_user_list", nil)["follow_user"].([]any); len(users) != 2 {
		t.Fatalf("members: %v", users)
	}
}

func TestCustomersInPages(t *testing.T) {
	g := newWorkRig(t, &Server{})
	for _, pair := range [][2]string{{"an", "lin"}, {"an", "zhou"}, {"an", "qiu"}, {"bo", "lin"}} {
		must(g.s.AddCustomer("ww0001", pair[0], pair[1]))(t)
	}
	var got []string
	cursor := ""
	for range 2 {
		out := g.good("externalcontact/batch/get_by_user", map[string]any{"userid_list": []string{"an", "bo"}, "limit": 3, "cursor": cursor})
		for _, row := range out["external_contact_list"].([]any) {
			r := row.(map[string]any)
			got = append(got, r["follow_info"].(map[string]any)["userid"].(string)+":"+r["external_contact"].(map[string]any)["name"].(string))
		}
		cursor = out["next_cursor"].(string)
	}
	if strings.Join(got, " ") != "an:林小满 an:周一 an:秋实 bo:林小满" || cursor != "" {
		t.Fatalf("%v, cursor %q", got, cursor)
	}
	wantCode(t, g.work("externalcontact/batch/get_by_user", map[string]any{"userid_list": []string{}}), 40031)
	wantCode(t, g.work("externalcontact/batch/get_by_user", map[string]any{"userid_list": []string{"an"}, "limit": 101}), 40058)
	wantCode(t, g.work("externalcontact/batch/get_by_user", map[string]any{"userid_list": []string{"ghost"}}), 60111)
}

func TestRemark(t *testing.T) {
	g := newWorkRig(t, &Server{})
	id := must(g.s.AddCustomer("ww0001", "an", "lin"))(t)
	g.event(1)
	body := map[string]any{"userid": "an", "external_userid": id, "remark": "林姐", "description": "爱喝龙井", "remark_company": "果然", "remark_mobiles": []string{"13800000000", "13900000000"}}
	g.good("externalcontact/remark", body)
	follow := func() map[string]any {
		return g.good("externalcontact/get?external_userid="+id, nil)["follow_user"].([]any)[0].(map[string]any)
	}
	f := follow()
	if f["remark"] != "林姐" || f["description"] != "爱喝龙井" || f["remark_corp_name"] != "果然" || len(f["remark_mobiles"].([]any)) != 2 {
		t.Fatalf("%v", f)
	}
	g.good("externalcontact/remark", map[string]any{"userid": "an", "external_userid": id, "remark_mobiles": []string{""}})
	if f := follow(); f["remark"] != "林姐" || len(f["remark_mobiles"].([]any)) != 0 {
		t.Fatalf("what was not given must stay, [\"\"] clears the numbers: %v", f)
	}
	for name, c := range map[string]struct {
		body map[string]any
		code float64
	}{
		"long remark":      {map[string]any{"userid": "an", "external_userid": id, "remark": strings.Repeat("字", 21)}, 40058},
		"long description": {map[string]any{"userid": "an", "external_userid": id, "description": strings.Repeat("字", 151)}, 40058},
		"not theirs":       {map[string]any{"userid": "bo", "external_userid": id, "remark": "x"}, 84061},
		"no such customer": {map[string]any{"userid": "an", "external_userid": "wmx", "remark": "x"}, 40096},
		"no picture":       {map[string]any{"userid": "an", "external_userid": id, "remark_pic_mediaid": "x"}, 40007},
	} {
		if out := g.work("externalcontact/remark", c.body); out["errcode"] != c.code {
			t.Errorf("%s: %v", name, out)
		}
	}
	if n := g.eventCount(); n != 1 {
		t.Fatalf("the API raised %d events", n-1)
	}
	g.post("/_sim/work/an@ww0001/customers/lin/remark", map[string]any{"remark": "林小满老师"})
	if e := g.event(2); e.ChangeType != "edit_external_contact" || e.ExternalUserID != id {
		t.Fatalf("edited in the client: %+v", e)
	}
	g.post("/_sim/work/an@ww0001/customers/lin/remark", map[string]any{"mobiles": []string{"13800000000"}})
	must(g.s.AddCustomer("ww0001", "bo", "lin"))(t)
	if e := g.event(3); e.ChangeType != "add_external_contact" {
		t.Fatalf("a change of numbers alone raised %+v", e)
	}
}
