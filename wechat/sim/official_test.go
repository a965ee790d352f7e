package sim

import (
	"bytes"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	reader "github.com/makiuchi-d/gozxing/qrcode"
)

func (g *rig) plainToken() string {
	_, out := g.call("GET", "/cgi-bin/token?grant_type=client_credential&appid=wx0001&secret="+g.app.Secret, nil)
	token, _ := out["access_token"].(string)
	return token
}

func (g *rig) tokenWorks(token string) float64 {
	_, out := g.call("GET", "/cgi-bin/getcallbackip?access_token="+token, nil)
	code, _ := out["errcode"].(float64)
	return code
}

func TestTokenPools(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	first, stable := g.plainToken(), g.token()
	second := g.plainToken()
	if first == second || g.token() != stable {
		t.Fatal("the plain pool renews at every call, the stable pool does not")
	}
	for _, token := range []string{first, second, stable} {
		if code := g.tokenWorks(token); code != 0 {
			t.Fatalf("a fresh token gives %v", code)
		}
	}
	g.s.Clock.Advance(5*time.Minute + time.Second)
	if g.tokenWorks(first) != 42001 || g.tokenWorks(second) != 0 || g.tokenWorks(stable) != 0 {
		t.Fatal("after the overlap only the older plain token is dead")
	}
	g.s.Clock.Advance(110 * time.Minute) // inside the stable token's last five minutes
	renewed := g.token()
	if renewed == stable || g.tokenWorks(stable) != 0 || g.tokenWorks(renewed) != 0 {
		t.Fatal("the stable token is renewed five minutes early and both hold")
	}
	force := func() map[string]any {
		_, out := g.call("POST", "/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": "wx0001", "secret": g.app.Secret, "force_refresh": true})
		return out
	}
	forced := force()["access_token"].(string)
	if g.tokenWorks(renewed) == 0 || g.tokenWorks(forced) != 0 {
		t.Fatal("a forced refresh kills the token before it")
	}
	wantCode(t, force(), 45011)
	for range 19 {
		g.s.Clock.Advance(31 * time.Second)
		wantCode(t, force(), 0)
	}
	g.s.Clock.Advance(31 * time.Second)
	wantCode(t, force(), 45009)
}

func TestOfficialErrors(t *testing.T) {
	g := newRig(t, &Server{})
	token := g.token()
	cases := []struct {
		method, path string
		body         any
		code         float64
	}{
		{"GET", "/cgi-bin/token?grant_type=client_credential&appid=wxno&secret=x", nil, 40013},
		{"GET", "/cgi-bin/token?grant_type=client_credential&appid=wx0001&secret=x", nil, 40125},
		{"GET", "/cgi-bin/token?grant_type=x&appid=wx0001&secret=x", nil, 40002},
		{"GET", "/cgi-bin/token?grant_type=client_credential&secret=x", nil, 41002},
		{"GET", "/cgi-bin/menu/get", nil, 41001},
		{"GET", "/cgi-bin/menu/get?access_token=x", nil, 40001},
		{"GET", "/cgi-bin/menu/get?access_token=" + token, nil, 46003},
		{"GET", "/cgi-bin/menu/create?access_token=" + token, nil, 43002},
		{"POST", "/cgi-bin/menu/get?access_token=" + token, map[string]any{}, 43001},
		{"POST", "/cgi-bin/menu/create?access_token=" + token, nil, 44002},
		{"POST", "/cgi-bin/menu/create?access_token=" + token, "text", 47001},
		{"GET", "/cgi-bin/user/info?access_token=" + token + "&openid=x", nil, 40003},
		{"GET", "/cgi-bin/ticket/getticket?type=wx_card&access_token=" + token, nil, 40035},
		{"POST", "/cgi-bin/freepublish/paint?access_token=" + token, map[string]any{}, 40066},
		{"GET", "/cgi-bin/media/get?media_id=x&access_token=" + token, nil, 40007},
	}
	for _, tc := range cases {
		_, out := g.call(tc.method, tc.path, tc.body)
		if out["errcode"] != tc.code || !strings.Contains(out["errmsg"].(string), " rid: ") {
			t.Errorf("%s %s: %v, want %v", tc.method, tc.path, out, tc.code)
		}
	}
	must(g.s.AddAccount(Account{AppID: "wxsub", Name: "日报", Kind: "subscription", IPAllow: []string{"10.0.0.1"}, Secret: "s"}))(t)
	_, out := g.call("GET", "/cgi-bin/token?grant_type=client_credential&appid=wxsub&secret=s", nil)
	wantCode(t, out, 40164)
}

func TestMenu(t *testing.T) {
	g := newRig(t, &Server{})
	view := func(name, address string) map[string]any {
		return map[string]any{"type": "view", "name": name, "url": address}
	}
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{view("一", "http://a/"), view("二", "http://a/"), view("三", "http://a/"), view("四", "http://a/")}}), 40016)
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{view("一二三四五六", "http://a/")}}), 40018)
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{map[string]any{"type": "fly", "name": "一"}}}), 40017)
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{view("一", "ftp://a/")}}), 40054)
	sub := map[string]any{"name": "我的", "sub_button": []any{view("订单", g.dev.URL+"/orders"), map[string]any{"type": "click", "name": "客服", "key": "KF"}}}
	wantCode(t, g.api("/cgi-bin/menu/create", map[string]any{"button": []any{view("逛市集", g.dev.URL+"/?a=1&b=2"), sub}}), 0)
	profile := g.get("/_sim/people/lin/accounts/wx0001")
	if menu := profile["menu"].([]any); len(menu) != 2 {
		t.Fatalf("menu on the phone: %v", menu)
	}
	out := g.post("/_sim/people/lin/accounts/wx0001/menu", map[string]any{"path": "1.0"})
	if out["action"] != "open" || out["url"] != g.dev.URL+"/orders" || !strings.Contains(out["gateway_url"].(string), ".lin.localhost:") {
		t.Fatalf("view entry: %v", out)
	}
	if out := g.post("/_sim/people/lin/accounts/wx0001/menu", map[string]any{"path": "1.1"}); out["action"] != "none" {
		t.Fatalf("click entry: %v", out)
	}
	bodies := strings.Join(g.pushed(2), "\n")
	if !strings.Contains(bodies, "<Event><![CDATA[VIEW]]></Event>") || !strings.Contains(bodies, "<EventKey><![CDATA[KF]]></EventKey>") {
		t.Fatalf("pushes: %s", bodies)
	}
	if status, _ := g.call("POST", "/_sim/people/lin/accounts/wx0001/menu", map[string]any{"path": "7"}); status != 404 {
		t.Fatalf("an entry that is not there: %d", status)
	}
	wantCode(t, g.api("/cgi-bin/menu/delete", nil), 0)
}

func TestParametricCodeFollowAndScan(t *testing.T) {
	g := newRig(t, &Server{})
	out := g.api("/cgi-bin/qrcode/create", map[string]any{"expire_seconds": 600, "action_name": "QR_STR_SCENE", "action_info": map[string]any{"scene": map[string]any{"scene_str": "door"}}})
	ticket := out["ticket"].(string)
	req := mustRequest(t, g.s.URL()+"/cgi-bin/showqrcode")
	req.URL.RawQuery = "ticket=" + strings.ReplaceAll(ticket, "=", "%3D")
	resp := must(http.DefaultClient.Do(req))(t)
	defer resp.Body.Close()
	picture := must(png.Decode(resp.Body))(t)
	bitmap := must(gozxing.NewBinaryBitmapFromImage(picture))(t)
	pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true} // its search for corners misses one perfect picture in a hundred
	read := must(reader.NewQRCodeReader().Decode(bitmap, pure))(t)
	if read.GetText() != out["url"] {
		t.Fatalf("the picture says %s, want %s", read.GetText(), out["url"])
	}
	scan := g.post("/_sim/people/lin/scan", map[string]any{"text": read.GetText()})
	if scan["kind"] != "account" || scan["followed"] != false || scan["scene"] != "door" {
		t.Fatalf("first scan: %v", scan)
	}
	g.post("/_sim/people/lin/accounts/wx0001/follow", map[string]any{"scene": "qr", "ticket": scan["ticket"]})
	if body := g.pushed(1)[0]; !strings.Contains(body, "<EventKey><![CDATA[qrscene_door]]></EventKey>") || !strings.Contains(body, "<Ticket>") {
		t.Fatalf("subscribe: %s", body)
	}
	info := g.api("/cgi-bin/user/info?openid="+g.openID("lin"), nil)
	if info["subscribe_scene"] != "ADD_SCENE_QR_CODE" || info["qr_scene_str"] != "door" || info["unionid"] == nil {
		t.Fatalf("user info: %v", info)
	}
	if scan := g.post("/_sim/people/lin/scan", map[string]any{"text": read.GetText()}); scan["followed"] != true {
		t.Fatalf("second scan: %v", scan)
	}
	if body := g.pushed(2)[1]; !strings.Contains(body, "<Event><![CDATA[SCAN]]></Event>") || !strings.Contains(body, "<EventKey><![CDATA[door]]></EventKey>") {
		t.Fatalf("scan: %s", body)
	}
	g.s.Clock.Advance(11 * time.Minute)
	if scan := g.post("/_sim/people/lin/scan", map[string]any{"text": read.GetText()}); scan["kind"] != "expired" {
		t.Fatalf("after its time: %v", scan)
	}
	wantCode(t, g.api("/cgi-bin/qrcode/create", map[string]any{"action_name": "QR_LIMIT_SCENE", "action_info": map[string]any{"scene": map[string]any{"scene_id": 100001}}}), 40053)
	wantCode(t, g.api("/cgi-bin/qrcode/create", map[string]any{"action_name": "QR", "action_info": map[string]any{}}), 40052)
	g.post("/_sim/people/lin/accounts/wx0001/unfollow", map[string]any{})
	if info := g.api("/cgi-bin/user/info?openid="+g.openID("lin"), nil); info["subscribe"] != 0.0 || info["subscribe_time"] != nil {
		t.Fatalf("after unfollowing: %v", info)
	}
}

func TestCustomerServiceWindows(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	send := func() map[string]any {
		return g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "text", "text": map[string]any{"content": "您好"}})
	}
	wantCode(t, send(), 45015) // never spoke
	if err := g.s.Follow("lin", "wx0001"); err != nil {
		t.Fatal(err)
	}
	for range 3 { // follow: three within a minute
		wantCode(t, send(), 0)
	}
	wantCode(t, send(), 45047)
	g.s.Clock.Advance(time.Minute)
	wantCode(t, send(), 45015)
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "在吗"})
	for range 5 {
		wantCode(t, send(), 0)
	}
	wantCode(t, send(), 45047)
	g.post("/_sim/people/lin/chats/acc-wx0001/messages", map[string]any{"text": "还在吗"})
	wantCode(t, send(), 0)
	g.s.Clock.Advance(48 * time.Hour)
	wantCode(t, send(), 45015)
	if _, err := g.s.Pay("lin", g.prepay("order-0001", 100, "lin"), "123456"); err != nil {
		t.Fatal(err)
	}
	for range 12 { // after a payment: no count
		wantCode(t, send(), 0)
	}
	page := g.get("/_sim/people/lin/chats/acc-wx0001/messages?limit=5")
	if messages := page["messages"].([]any); len(messages) != 5 || page["more"] != true || messages[4].(map[string]any)["text"] != "您好" {
		t.Fatalf("chat: %v", page)
	}
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "image", "image": map[string]any{"media_id": "x"}}), 40007)
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "dance"}), 40008)
	wantCode(t, g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "news", "news": map[string]any{"articles": []any{}}}), 45008)
}

func TestTemplateMessage(t *testing.T) {
	g := newRig(t, &Server{})
	send := func(id string, value string) map[string]any {
		return g.api("/cgi-bin/message/template/send", map[string]any{"touser": g.openID("lin"), "template_id": id, "url": g.dev.URL + "/o/1",
			"data": map[string]any{"character_string1": map[string]any{"value": value}, "amount2": map[string]any{"value": "88.00元", "color": "#173177"}, "remark": map[string]any{"value": "谢谢"}}})
	}
	wantCode(t, send("tpl-paid", "NO1"), 43004)
	if err := g.s.Follow("lin", "wx0001"); err != nil {
		t.Fatal(err)
	}
	g.pushed(1)
	wantCode(t, send("tpl-none", "NO1"), 40037)
	wantCode(t, send("tpl-paid", strings.Repeat("9", 33)), 47003)
	out := send("tpl-paid", "NO1")
	wantCode(t, out, 0)
	if body := g.pushed(2)[1]; !strings.Contains(body, "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>") || !strings.Contains(body, "<MsgID>") || !strings.Contains(body, "<![CDATA[success]]>") {
		t.Fatalf("event: %s", body)
	}
	messages := g.get("/_sim/people/lin/chats/acc-wx0001/messages")["messages"].([]any)
	card := messages[len(messages)-1].(map[string]any)
	lines := card["lines"].([]any)
	if card["type"] != "template" || card["title"] != "支付成功" || len(lines) != 2 || lines[0].(map[string]any)["label"] != "订单编号" || lines[1].(map[string]any)["value"] != "88.00元" || card["remark"] != "谢谢" {
		t.Fatalf("card: %v", card)
	}
	added := g.api("/cgi-bin/template/api_add_template", map[string]any{"template_id_short": "43216", "keyword_name_list": []string{"订单编号", "支付金额"}})
	wantCode(t, added, 0)
	wantCode(t, g.api("/cgi-bin/template/api_add_template", map[string]any{"template_id_short": "1"}), 40036)
	list := g.api("/cgi-bin/template/get_all_private_template", nil)["template_list"].([]any)
	if len(list) != 2 || !strings.Contains(list[1].(map[string]any)["content"].(string), "订单编号：{{character_string2.DATA}}") {
		t.Fatalf("templates: %v", list)
	}
	wantCode(t, g.api("/cgi-bin/template/del_private_template", map[string]any{"template_id": added["template_id"]}), 0)
}

func TestMedia(t *testing.T) {
	g := newRig(t, &Server{})
	upload := func(kind string, data []byte) map[string]any {
		var buf bytes.Buffer
		form := multipart.NewWriter(&buf)
		part := must(form.CreateFormFile("media", "a.png"))(t)
		part.Write(data)
		form.Close()
		req := must(http.NewRequest("POST", g.s.URL()+"/cgi-bin/media/upload?type="+kind+"&access_token="+g.token(), &buf))(t)
		req.Header.Set("Content-Type", form.FormDataContentType())
		return g.do(req)
	}
	picture := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 64)...)
	id := upload("image", picture)["media_id"].(string)
	wantCode(t, upload("image", []byte("not a picture")), 40005)
	wantCode(t, upload("thumb", append([]byte("\xff\xd8\xff"), make([]byte, 65<<10)...)), 40006)
	wantCode(t, upload("sculpture", picture), 40004)
	resp := must(http.Get(g.s.URL() + "/cgi-bin/media/get?media_id=" + id + "&access_token=" + g.token()))(t)
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "image/png" || resp.ContentLength != int64(len(picture)) {
		t.Fatalf("media/get: %v %d", resp.Header, resp.ContentLength)
	}
	g.s.Clock.Advance(72 * time.Hour)
	if out := g.api("/cgi-bin/media/get?media_id="+id, nil); out["errcode"] != 40007.0 {
		t.Fatalf("after three days: %v", out)
	}
}
