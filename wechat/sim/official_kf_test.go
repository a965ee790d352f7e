package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// staffed is a rig whose account has a bound customer-service account zhou@gh.
func staffed(t *testing.T) *rig {
	t.Helper()
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	wantCode(t, g.api("/customservice/kfaccount/add", map[string]any{"kf_account": "zhou@gh", "nickname": "小周"}), 0)
	wantCode(t, g.api("/customservice/kfaccount/inviteworker", map[string]any{"kf_account": "zhou@gh", "invite_wx": "zhou"}), 0)
	g.follow("zhou")
	g.pushed(1)
	g.post("/_sim/people/zhou/chats/acc-wx0001/messages", map[string]any{"text": "接受邀请", "menu_id": "kf-accept:zhou@gh"})
	return g
}

func TestKFAccounts(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	add := func(account, nick string) map[string]any {
		return g.api("/customservice/kfaccount/add", map[string]any{"kf_account": account, "nickname": nick})
	}
	wantCode(t, add("a@gh", "客服一"), 0)
	wantCode(t, add("a@gh", "客服一"), 65406)
	wantCode(t, add("no-at", "客服"), 65404)
	wantCode(t, add("b@gh", strings.Repeat("长", 17)), 65403)
	wantCode(t, g.api("/customservice/kfaccount/update", map[string]any{"kf_account": "a@gh", "nickname": "甲"}), 0)
	wantCode(t, g.api("/customservice/kfaccount/update", map[string]any{"kf_account": "z@gh", "nickname": "甲"}), 65401)
	invite := func(who string) map[string]any {
		return g.api("/customservice/kfaccount/inviteworker", map[string]any{"kf_account": "a@gh", "invite_wx": who})
	}
	row := func() map[string]any {
		return g.api("/cgi-bin/customservice/getkflist", nil)["kf_list"].([]any)[0].(map[string]any)
	}
	wantCode(t, invite("nobody"), 65409)
	wantCode(t, invite("zhou"), 0)
	wantCode(t, invite("lin"), 65411)
	if row()["invite_status"] != "waiting" || row()["kf_nick"] != "甲" {
		t.Fatalf("%v", row())
	}
	g.s.Clock.Advance(24 * time.Hour)
	if row()["invite_status"] != "expired" {
		t.Fatalf("after a day: %v", row())
	}
	wantCode(t, invite("zhou"), 0)
	g.follow("zhou")
	g.pushed(1)
	g.post("/_sim/people/zhou/chats/acc-wx0001/messages", map[string]any{"text": "拒绝", "menu_id": "kf-refuse:a@gh"})
	if row()["invite_status"] != "rejected" {
		t.Fatalf("refused: %v", row())
	}
	wantCode(t, invite("zhou"), 0)
	g.post("/_sim/people/zhou/chats/acc-wx0001/messages", map[string]any{"text": "接受", "menu_id": "kf-accept:a@gh"})
	if row()["kf_wx"] != "zhou" {
		t.Fatalf("bound: %v", row())
	}
	wantCode(t, invite("lin"), 65407)
	if out := g.api("/cgi-bin/customservice/getonlinekflist", nil)["kf_online_list"].([]any); len(out) != 1 {
		t.Fatalf("online: %v", out)
	}
	wantCode(t, g.uploadFile("/customservice/kfaccount/uploadheadimg?kf_account=a@gh", "a.png", onePNG, nil), 0)
	if address, _ := row()["kf_headimgurl"].(string); !strings.HasPrefix(address, "http://") {
		t.Fatalf("%v", row())
	}
	wantCode(t, g.api("/customservice/kfaccount/del?kf_account=a@gh", nil), 0)
	if out := g.api("/cgi-bin/customservice/getkflist", nil)["kf_list"].([]any); len(out) != 0 {
		t.Fatalf("%v", out)
	}
}

func TestASessionTakesTheMessages(t *testing.T) {
	g := staffed(t)
	g.follow("lin")
	n := len(g.pushed(2))
	open := func(account string) map[string]any {
		return g.api("/customservice/kfsession/create", map[string]any{"kf_account": account, "openid": g.openID("lin")})
	}
	wantCode(t, open("none@gh"), 65401)
	wantCode(t, open("zhou@gh"), 0)
	wantCode(t, open("zhou@gh"), 65414)
	if body := g.pushed(n + 1)[n]; !strings.Contains(body, "kf_create_session") || !strings.Contains(body, "<KfAccount><![CDATA[zhou@gh]]>") {
		t.Fatalf("%s", body)
	}
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "只给客服"})
	g.post("/_sim/accounts/wx0001/kf/"+g.openID("lin"), map[string]any{"kf_account": "zhou@gh", "text": "您好"})
	if last := g.lastOf("lin"); last["text"] != "您好" {
		t.Fatalf("%v", last)
	}
	now := g.s.Clock.Now().Unix()
	records := g.api("/customservice/msgrecord/getmsglist", map[string]any{"starttime": now - 60, "endtime": now + 60, "msgid": 1, "number": 100})
	list := records["recordlist"].([]any)
	if records["number"] != 2.0 || list[0].(map[string]any)["opercode"] != 2003.0 || list[1].(map[string]any)["opercode"] != 2002.0 || list[1].(map[string]any)["text"] != "您好" {
		t.Fatalf("records: %v", records)
	}
	wantCode(t, g.api("/customservice/msgrecord/getmsglist", map[string]any{"starttime": now - 90000, "endtime": now, "msgid": 1, "number": 100}), 65416)
	if out := g.api("/customservice/kfsession/getsession?openid="+g.openID("lin"), nil); out["kf_account"] != "zhou@gh" {
		t.Fatalf("%v", out)
	}
	if out := g.api("/customservice/kfsession/getsessionlist?kf_account=zhou@gh", nil)["sessionlist"].([]any); len(out) != 1 {
		t.Fatalf("%v", out)
	}
	g.s.Clock.Advance(30 * time.Minute) // silent for half an hour: the developer hears again
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "还有人吗"})
	if all := strings.Join(g.pushed(n+2), ""); strings.Contains(all, "只给客服") || !strings.Contains(all, "还有人吗") {
		t.Fatalf("%s", all)
	}
	wantCode(t, g.api("/customservice/kfsession/close", map[string]any{"kf_account": "zhou@gh", "openid": g.openID("lin")}), 0)
	wantCode(t, g.api("/customservice/kfsession/close", map[string]any{"kf_account": "zhou@gh", "openid": g.openID("lin")}), 65413)
	if body := g.pushed(n + 3)[n+2]; !strings.Contains(body, "kf_close_session") {
		t.Fatalf("%s", body)
	}
}

func TestTransferToCustomerService(t *testing.T) {
	g := staffed(t)
	g.follow("lin")
	g.pushed(2)
	g.answerWith("<MsgType>transfer_customer_service</MsgType>")
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "转人工"})
	waiting := func() float64 { return g.api("/customservice/kfsession/getwaitcase", nil)["count"].(float64) }
	eventually(t, "a fan in the queue", func() bool { return waiting() == 1 })
	if last := g.lastOf("lin"); last["text"] != "转人工" {
		t.Fatalf("a transfer shows nothing, not %v", last)
	}
	g.answerWith("<MsgType>transfer_customer_service</MsgType><TransInfo><KfAccount>zhou@gh</KfAccount></TransInfo>")
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "找小周"})
	eventually(t, "a session", func() bool {
		return g.api("/customservice/kfsession/getsession?openid="+g.openID("lin"), nil)["kf_account"] == "zhou@gh"
	})
	if waiting() != 0 {
		t.Fatal("who is in a session does not wait")
	}
}

func TestConditionalMenus(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	click := func(name string) []any { return []any{map[string]any{"type": "click", "name": name, "key": name}} }
	conditional := func(buttons []any, rule map[string]any) map[string]any {
		return g.api("/cgi-bin/menu/addconditional", map[string]any{"button": buttons, "matchrule": rule})
	}
	wantCode(t, conditional(click("甲"), map[string]any{"tag_id": "2"}), 65303)
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": click("普通")}), 0)
	wantCode(t, conditional(click("甲"), map[string]any{}), 65304)
	wantCode(t, conditional([]any{}, map[string]any{"tag_id": 2}), 65307)
	wantCode(t, conditional(click("甲"), map[string]any{"tag_id": 4711}), 45159)
	wantCode(t, conditional(click("一二三四五六"), map[string]any{"tag_id": 2}), 40018)
	star := conditional(click("星标"), map[string]any{"tag_id": "2"})
	wantCode(t, conditional(click("苹果"), map[string]any{"client_platform_type": "1"}), 0)
	seen := func() string {
		return g.get("/_sim/people/lin/accounts/wx0001")["menu"].([]any)[0].(map[string]any)["name"].(string)
	}
	try := func() string {
		return fmt.Sprint(g.api("/cgi-bin/menu/trymatch", map[string]any{"user_id": "lin"})["button"])
	}
	if seen() != "普通" || !strings.Contains(try(), "普通") {
		t.Fatalf("without a tag: %s, %s", seen(), try())
	}
	wantCode(t, g.api("/cgi-bin/tags/members/batchtagging", map[string]any{"openid_list": []string{g.openID("lin")}, "tagid": 2}), 0)
	if seen() != "星标" || !strings.Contains(try(), "星标") {
		t.Fatalf("with the tag: %s, %s", seen(), try())
	}
	g.post("/_sim/people/lin/accounts/wx0001/menu", map[string]any{"path": "0"})
	if body := g.pushed(2)[1]; !strings.Contains(body, "<EventKey><![CDATA[星标]]>") {
		t.Fatalf("%s", body)
	}
	got := g.api("/cgi-bin/menu/get", nil)
	if rules := got["conditionalmenu"].([]any); len(rules) != 2 || got["menu"].(map[string]any)["menuid"] == nil {
		t.Fatalf("%v", got)
	}
	wantCode(t, g.api("/cgi-bin/menu/trymatch", map[string]any{"user_id": "nobody"}), 65302)
	wantCode(t, g.api("/cgi-bin/menu/delconditional", map[string]any{"menuid": star["menuid"]}), 0)
	wantCode(t, g.api("/cgi-bin/menu/delconditional", map[string]any{"menuid": star["menuid"]}), 65301)
	if seen() != "普通" {
		t.Fatal(seen())
	}
	wantCode(t, g.api("/cgi-bin/menu/delete", nil), 0)
	wantCode(t, g.api("/cgi-bin/menu/get", nil), 46003)
}

func TestButtonsThatAskThePerson(t *testing.T) {
	g := newRig(t, &Server{})
	g.follow("lin")
	n := len(g.pushed(1))
	thumb := g.thumb()
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{map[string]any{"type": "media_id", "name": "图", "media_id": "x"}}}), 40007)
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{map[string]any{"type": "article_id", "name": "文", "article_id": "x"}}}), 53600)
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{map[string]any{"name": "发", "sub_button": []any{
		map[string]any{"type": "pic_sysphoto", "name": "拍照", "key": "P"}, map[string]any{"type": "pic_weixin", "name": "相册", "key": "W"},
		map[string]any{"type": "location_select", "name": "位置", "key": "L"}, map[string]any{"type": "media_id", "name": "图", "media_id": thumb}}}}}), 0)
	tap := func(path string, more map[string]any) map[string]any {
		body := map[string]any{"path": path}
		for k, v := range more {
			body[k] = v
		}
		return g.post("/_sim/people/lin/accounts/wx0001/menu", body)
	}
	if out := tap("0.0", nil); out["action"] != "pictures" || out["camera"] != true || out["album"] != false {
		t.Fatalf("%v", out)
	}
	if out := tap("0.1", nil); out["camera"] != false || out["album"] != true {
		t.Fatalf("%v", out)
	}
	tap("0.0", map[string]any{"pictures": []string{fileURL("image/png", onePNG)}})
	bodies := g.pushed(n + 2)
	if !strings.Contains(bodies[n], "<Event><![CDATA[pic_sysphoto]]>") || !strings.Contains(bodies[n], "<SendPicsInfo><Count>1</Count>") || !strings.Contains(bodies[n], "<item><PicMd5Sum><![CDATA[") || !strings.Contains(bodies[n+1], "<MsgType><![CDATA[image]]>") {
		t.Fatalf("%v", bodies[n:])
	}
	if out := tap("0.2", nil); out["action"] != "place" {
		t.Fatalf("%v", out)
	}
	tap("0.2", map[string]any{"place": map[string]any{"latitude": 30.5, "longitude": 120.5, "label": "湖边", "name": "亭子"}})
	bodies = g.pushed(n + 4)
	if !strings.Contains(bodies[n+2], "<SendLocationInfo><Location_X>30.500000</Location_X>") || !strings.Contains(bodies[n+2], "<Poiname><![CDATA[亭子]]>") || !strings.Contains(bodies[n+3], "<MsgType><![CDATA[location]]>") {
		t.Fatalf("%v", bodies[n+2:])
	}
	tap("0.3", nil)
	if last := g.lastOf("lin"); last["type"] != "image" || last["mine"] != false {
		t.Fatalf("%v", last)
	}
	if status, _ := g.call("POST", "/_sim/people/lin/accounts/wx0001/menu", map[string]any{"path": "0.0", "pictures": []string{"data:,x"}}); status != 400 {
		t.Fatalf("a picture that is none: %d", status)
	}
	if out := fmt.Sprint(g.api("/cgi-bin/get_current_selfmenu_info", nil)); !strings.Contains(out, "sub_button:map[list:[") || !strings.Contains(out, "value:"+thumb) {
		t.Fatalf("%s", out)
	}
}
