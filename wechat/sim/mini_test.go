package sim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	reader "github.com/makiuchi-d/gozxing/qrcode"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// newMiniRig is a rig with a mini-program wxmini of the same subject, which its calls are made as.
func newMiniRig(t testing.TB, s *Server) *rig {
	t.Helper()
	g := newRig(t, s)
	g.s.Clock.Freeze()
	m := must(g.s.AddMini(Mini{Account: Account{AppID: "wxmini", Name: "熟客小店", Subject: "熟客", CallbackURL: g.dev.URL + "/push"},
		Pages:      []MiniPage{{Path: "pages/index/index", Title: "首页"}, {Path: "pages/goods/detail", Title: "商品", URL: g.dev.URL + "/m/{path}?code={code}&{query}"}},
		Unreleased: []string{"pages/new/new"}, Subscribe: []SubscribeTemplate{{ID: "tmpl-ship", Title: "订单发货提醒", Content: "商品:{{thing1.DATA}}\n时间:{{time2.DATA}}"}, {ID: "tmpl-long", Title: "通知", Content: "说明:{{thing1.DATA}}", Type: 3}},
		Express: []MiniExpressBound{{BizID: "biz1", DeliveryID: "ZTO", Quota: 2}}}))(t)
	must(g.s.AddMerchant(Merchant{MchID: g.shop.MchID, AppIDs: []string{"wxmini"}}))(t)
	g.app = m.Account
	return g
}

func (g *rig) session(who string) map[string]any {
	g.t.Helper()
	code := must(g.s.MiniLogin(who, "wxmini"))(g.t)
	return g.get("/sns/jscode2session?appid=wxmini&secret=" + g.app.Secret + "&grant_type=authorization_code&js_code=" + code)
}

func TestMiniLogin(t *testing.T) {
	g := newMiniRig(t, &Server{})
	first := g.session("lin")
	if first["openid"] != g.openID("lin") || first["errcode"] != nil || first["unionid"] == nil {
		t.Fatalf("session %v", first)
	}
	if key := must(base64.StdEncoding.DecodeString(first["session_key"].(string)))(t); len(key) != 16 {
		t.Fatalf("session key of %d bytes", len(key))
	}
	if again := g.session("lin"); again["session_key"] != first["session_key"] {
		t.Error("a session that lives keeps its key")
	}
	code := must(g.s.MiniLogin("lin", "wxmini"))(t)
	try := func(query string) map[string]any {
		_, out := g.call("GET", "/sns/jscode2session?"+query, nil)
		return out
	}
	auth := "appid=wxmini&secret=" + g.app.Secret
	wantCode(t, try(auth), 41008)
	wantCode(t, try(auth+"&js_code=nonsense"), 40029)
	wantCode(t, try("appid=wxmini&secret=x&js_code="+code), 40125)
	wantCode(t, try("appid=wxnone&secret=x&js_code="+code), 40013)
	if out := try(auth + "&js_code=" + code); out["openid"] == nil {
		t.Fatal(out)
	}
	wantCode(t, try(auth+"&js_code="+code), 40163)
	late := must(g.s.MiniLogin("lin", "wxmini"))(t)
	g.s.Clock.Advance(miniCodeLife)
	wantCode(t, try(auth+"&js_code="+late), 40029)
	g.post("/_sim/people/lin/minis/wxmini/session", map[string]any{"expire": true})
	if again := g.session("lin"); again["session_key"] == first["session_key"] {
		t.Error("a dead session keeps its key")
	}
	g.post("/_sim/people/lin/minis/wxmini/session", map[string]any{"risky": true})
	if out := g.session("lin"); out["errcode"] != 40226.0 {
		t.Errorf("a risky user gets %v", out)
	}
	for range miniLoginMinute {
		g.session("zhou")
	}
	wantCode(t, g.session("zhou"), 45011)
	g.s.Clock.Advance(time.Minute)
	if g.session("zhou")["openid"] == nil {
		t.Error("the next minute is free again")
	}
}

func TestMiniSessionKey(t *testing.T) {
	g := newMiniRig(t, &Server{})
	x := g.session("lin")
	check := func(key string) map[string]any {
		mac := hmac.New(sha256.New, []byte(key))
		return g.api("/wxa/checksession?sig_method=hmac_sha256&openid="+g.openID("lin")+"&signature="+hex.EncodeToString(mac.Sum(nil)), nil)
	}
	wantCode(t, check(x["session_key"].(string)), 0)
	wantCode(t, check("x"), 87009)
	mac := hmac.New(sha256.New, []byte(x["session_key"].(string)))
	fresh := g.api("/wxa/resetusersessionkey?sig_method=hmac_sha256&openid="+g.openID("lin")+"&signature="+hex.EncodeToString(mac.Sum(nil)), nil)
	wantCode(t, check(x["session_key"].(string)), 87009)
	wantCode(t, check(fresh["session_key"].(string)), 0)
}

// openSealed decrypts encryptedData as every SDK does.
func openSealed(t *testing.T, key string, box map[string]any) map[string]any {
	t.Helper()
	k := must(base64.StdEncoding.DecodeString(key))(t)
	iv := must(base64.StdEncoding.DecodeString(box["iv"].(string)))(t)
	data := must(base64.StdEncoding.DecodeString(box["encrypted_data"].(string)))(t)
	cipher.NewCBCDecrypter(must(aes.NewCipher(k))(t), iv).CryptBlocks(data, data)
	out := map[string]any{}
	if err := json.Unmarshal(data[:len(data)-int(data[len(data)-1])], &out); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return out
}

func TestMiniPhoneAndUserInfo(t *testing.T) {
	g := newMiniRig(t, &Server{})
	key := g.session("lin")["session_key"].(string)
	box := g.post("/_sim/people/lin/minis/wxmini/phone", map[string]any{"phone": "13912345678"})
	if got := openSealed(t, key, box); got["purePhoneNumber"] != "13912345678" || got["watermark"].(map[string]any)["appid"] != "wxmini" {
		t.Fatalf("encrypted phone %v", got)
	}
	out := g.api("/wxa/business/getuserphonenumber", map[string]any{"code": box["code"]})
	if info := out["phone_info"].(map[string]any); info["phoneNumber"] != "13912345678" || info["countryCode"] != "86" {
		t.Fatalf("phone %v", out)
	}
	wantCode(t, g.api("/wxa/business/getuserphonenumber", map[string]any{"code": box["code"]}), 40029)
	wantCode(t, g.api("/wxa/business/getuserphonenumber", map[string]any{"code": must(g.s.MiniLogin("lin", "wxmini"))(t)}), 40029)
	user := g.post("/_sim/people/lin/minis/wxmini/userinfo", map[string]any{})
	if signRaw(user["raw_data"].(string), key) != user["signature"] || !strings.Contains(user["raw_data"].(string), "林小满") {
		t.Fatalf("user %v", user)
	}
	if got := openSealed(t, key, user); got["openId"] != g.openID("lin") || got["unionId"] == nil {
		t.Fatalf("decrypted %v", got)
	}
	g.app = must(g.s.AddAccount(Account{AppID: "wx0001"}))(t)
	wantCode(t, g.api("/wxa/business/getuserphonenumber", map[string]any{"code": "x"}), 48001)
}

// picture posts a code call and gives either the text the picture says or the refusal.
func (g *rig) picture(path string, body map[string]any) (string, map[string]any) {
	g.t.Helper()
	raw := must(json.Marshal(body))(g.t)
	resp := must(http.Post(g.s.URL()+path+"?access_token="+g.token(), "application/json", bytes.NewReader(raw)))(g.t)
	defer resp.Body.Close()
	data := must(io.ReadAll(resp.Body))(g.t)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		out := map[string]any{}
		if err := json.Unmarshal(data, &out); err != nil {
			g.t.Fatal(err)
		}
		return "", out
	}
	picture, kind, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		g.t.Fatalf("%s: %v", kind, err)
	}
	if want := body["width"]; want != nil && picture.Bounds().Dx() != want {
		g.t.Errorf("the picture is %d wide, want %v", picture.Bounds().Dx(), want)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	read, err := reader.NewQRCodeReader().Decode(must(gozxing.NewBinaryBitmapFromImage(picture))(g.t), hints)
	if err != nil {
		g.t.Fatalf("%s %v cannot be read: %v", path, body, err)
	}
	return read.GetText(), nil
}

func TestMiniCodes(t *testing.T) {
	g := newMiniRig(t, &Server{})
	for _, look := range []map[string]any{{}, {"width": 280}, {"width": 1280}, {"auto_color": true}, {"line_color": map[string]any{"r": 0, "g": 60, "b": "120"}}} {
		look["scene"], look["page"] = "id=42&from=moments", "pages/goods/detail"
		text, refusal := g.picture("/wxa/getwxacodeunlimit", look)
		if refusal != nil {
			t.Fatalf("%v: %v", look, refusal)
		}
		scan := g.post("/_sim/people/lin/scan", map[string]any{"text": text})
		if scan["kind"] != "mini" || scan["appid"] != "wxmini" || scan["path"] != "pages/goods/detail" || scan["query"] != "scene=id=42&from=moments" || scan["scene"] != 1047.0 {
			t.Fatalf("scan %v", scan)
		}
	}
	long := strings.Repeat("x", 33)
	for i, tc := range []struct {
		body map[string]any
		code float64
	}{
		{map[string]any{}, 40169},
		{map[string]any{"scene": long}, 40169},
		{map[string]any{"scene": "中文"}, 40129},
		{map[string]any{"scene": "a b"}, 40129},
		{map[string]any{"scene": "a", "page": "/pages/index/index"}, 41030},
		{map[string]any{"scene": "a", "page": "pages/index/index?x=1"}, 41030},
		{map[string]any{"scene": "a", "page": "pages/none"}, 41030},
		{map[string]any{"scene": "a", "page": "pages/new/new"}, 41030},
		{map[string]any{"scene": "a", "width": 279}, 40097},
		{map[string]any{"scene": "a", "width": 1281}, 40097},
		{map[string]any{"scene": "a", "env_version": "beta"}, 40097},
		{map[string]any{"scene": "a", "line_color": map[string]any{"r": 256}}, 40097},
	} {
		if _, out := g.picture("/wxa/getwxacodeunlimit", tc.body); out["errcode"] != tc.code {
			t.Errorf("%d %v: %v, want %v", i, tc.body, out, tc.code)
		}
	}
	for _, fine := range []map[string]any{{"scene": "a", "page": "pages/none", "check_path": false}, {"scene": "a", "page": "pages/new/new", "env_version": "trial"}, {"scene": strings.Repeat("x", 32)}} {
		if _, out := g.picture("/wxa/getwxacodeunlimit", fine); out != nil {
			t.Errorf("%v: %v", fine, out)
		}
	}
	for _, path := range []string{"/wxa/getwxacode", "/cgi-bin/wxaapp/createwxaqrcode"} {
		text, _ := g.picture(path, map[string]any{"path": "pages/goods/detail?id=7", "width": 430})
		if scan := g.post("/_sim/people/lin/scan", map[string]any{"text": text}); scan["query"] != "id=7" {
			t.Errorf("%s: %v", path, scan)
		}
		_, out := g.picture(path, map[string]any{"path": ""})
		wantCode(t, out, 40159)
	}
	_, out := g.picture("/cgi-bin/wxaapp/createwxaqrcode", map[string]any{"path": "p?" + strings.Repeat("x", 127)})
	wantCode(t, out, 40159)
	if scan := g.post("/_sim/people/lin/scan", map[string]any{"text": miniCodePrefix + "eyJhIjoid3htaW5pIn0.forged00"}); scan["kind"] == "mini" {
		t.Error("a forged code is taken for one of this world")
	}
	codes := g.get("/_sim/people/lin/codes")["codes"].([]any)
	if first := codes[0].(map[string]any); first["kind"] != "mini" || !strings.HasPrefix(first["title"].(string), "熟客小店") {
		t.Errorf("codes %v", first)
	}
}

func TestMiniLinks(t *testing.T) {
	g := newMiniRig(t, &Server{})
	in := func(d time.Duration) int64 { return g.s.Clock.Now().Add(d).Unix() }
	for i, tc := range []struct {
		body map[string]any
		code float64
	}{
		{map[string]any{"path": "pages/none"}, 40165},
		{map[string]any{"path": "pages/index/index?x"}, 40165},
		{map[string]any{"query": strings.Repeat("q", 1025)}, 40212},
		{map[string]any{"query": "中"}, 40212},
		{map[string]any{"expire_time": in(59 * time.Second)}, 85401},
		{map[string]any{"expire_time": in(31 * 24 * time.Hour)}, 85401},
		{map[string]any{"expire_type": 1, "expire_interval": 31}, 85401},
		{map[string]any{"expire_type": 1}, 85401},
		{map[string]any{"env_version": "x"}, 85402},
	} {
		if out := g.api("/wxa/generate_urllink", tc.body); out["errcode"] != tc.code {
			t.Errorf("%d: %v, want %v", i, out, tc.code)
		}
	}
	out := g.api("/wxa/generatescheme", map[string]any{"jump_wxa": map[string]any{"path": "/pages/goods/detail", "query": "id=1"}, "is_expire": true, "expire_type": 1, "expire_interval": 1})
	scheme := out["openlink"].(string)
	link := g.api("/wxa/generate_urllink", map[string]any{"path": "pages/goods/detail", "query": "id=2", "expire_time": in(time.Hour)})["url_link"].(string)
	short := g.api("/wxa/genwxashortlink", map[string]any{"page_url": "pages/goods/detail?id=3", "page_title": "龙井"})["link"].(string)
	if !strings.HasPrefix(scheme, "weixin://dl/business/?t=") || !strings.HasPrefix(link, "https://wxaurl.cn/") || !strings.HasPrefix(short, "#小程序://龙井/") {
		t.Fatal(scheme, link, short)
	}
	for text, query := range map[string]string{scheme: "id=1", link: "id=2", short: "id=3"} {
		if to := g.post("/_sim/people/lin/minis/link", map[string]any{"link": text}); to["query"] != query || to["path"] != "pages/goods/detail" {
			t.Errorf("%s leads to %v", text, to)
		}
	}
	info := g.api("/wxa/queryscheme", map[string]any{"scheme": scheme})
	if x := info["scheme_info"].(map[string]any); x["query"] != "id=1" || x["env_version"] != "release" || info["visit_openid"] != g.openID("lin") {
		t.Errorf("query %v", info)
	}
	if x := g.api("/wxa/query_urllink", map[string]any{"url_link": link})["url_link_info"].(map[string]any); x["expire_time"] != float64(in(time.Hour)) {
		t.Errorf("query %v", x)
	}
	wantCode(t, g.api("/wxa/query_urllink", map[string]any{"url_link": "x"}), 85403)
	g.s.Clock.Advance(time.Hour)
	if to := g.post("/_sim/people/lin/minis/link", map[string]any{"link": link}); to["kind"] != "expired" {
		t.Errorf("an hour later %v", to)
	}
	must(g.s.AddMini(Mini{Account: Account{AppID: "wxempty", Name: "未发布", Secret: "s"}}))(t)
	g.app = Account{AppID: "wxempty", Secret: "s"}
	wantCode(t, g.api("/wxa/generate_urllink", map[string]any{}), 85079)
}

func TestMiniSubscribe(t *testing.T) {
	g := newMiniRig(t, &Server{})
	send := func(template string, thing, when any, page string) map[string]any {
		return g.api("/cgi-bin/message/subscribe/send", map[string]any{"touser": g.openID("lin"), "template_id": template, "page": page, "miniprogram_state": "formal", "lang": "zh_CN",
			"data": map[string]any{"thing1": map[string]any{"value": thing}, "time2": map[string]any{"value": when}}})
	}
	const at = "2026年11月11日 12:00"
	wantCode(t, send("tmpl-ship", "龙井", at, ""), 43101)
	answer := func(said string) map[string]any {
		return g.post("/_sim/people/lin/minis/wxmini/subscribe", map[string]any{"choices": map[string]string{"tmpl-ship": said}})
	}
	answer("reject")
	wantCode(t, send("tmpl-ship", "龙井", at, ""), 43101)
	if out := answer("accept"); out["tmpl-ship"] != "accept" || out["errMsg"] != "requestSubscribeMessage:ok" {
		t.Fatal(out)
	}
	wantCode(t, send("tmpl-none", "龙井", at, ""), 40037)
	wantCode(t, send("tmpl-ship", strings.Repeat("长", 21), at, ""), 47003)
	wantCode(t, send("tmpl-ship", "龙井", "昨天", ""), 47003)
	wantCode(t, send("tmpl-ship", "", at, ""), 47003)
	wantCode(t, send("tmpl-ship", "龙井", at, "pages/none"), 41030)
	wantCode(t, send("tmpl-ship", "龙井", at, "pages/goods/detail?id=1"), 0)
	wantCode(t, send("tmpl-ship", "龙井", at, ""), 43101) // one accept, one send
	messages := g.get("/_sim/people/lin/chats/svc-notice/messages")["messages"].([]any)
	card := messages[len(messages)-1].(map[string]any)
	if len(messages) != 1 || card["title"] != "订单发货提醒" || card["pagepath"] != "pages/goods/detail?id=1" || card["from"].(map[string]any)["name"] != "熟客小店" {
		t.Fatalf("notice %v", messages)
	}
	bodies := strings.Join(g.pushed(3), "\n")
	for _, want := range []string{"<SubscribeMsgPopupEvent><List><TemplateId>tmpl-ship</TemplateId><SubscribeStatusString>reject</SubscribeStatusString>", "<SubscribeStatusString>accept<", "<ErrorStatus>success</ErrorStatus>"} {
		if !strings.Contains(bodies, want) {
			t.Errorf("no %s in %s", want, bodies)
		}
	}
	answer("accept")
	g.post("/_sim/people/lin/minis/wxmini/subscribe/settings", map[string]any{"template_id": "tmpl-ship", "on": false})
	wantCode(t, send("tmpl-ship", "龙井", at, ""), 43101)
	if out := answer("accept"); out["tmpl-ship"] != "reject" {
		t.Errorf("switched off, the popup answers %v", out)
	}
	g.post("/_sim/people/lin/minis/wxmini/subscribe", map[string]any{"choices": map[string]string{"tmpl-long": "accept"}})
	for range 3 {
		wantCode(t, send("tmpl-long", "龙井", at, ""), 0)
	}
	if status, _ := g.call("POST", "/_sim/people/lin/minis/wxmini/subscribe", map[string]any{"choices": map[string]string{"x": "accept"}}); status != 400 {
		t.Errorf("an unknown template gives %d", status)
	}
}

func TestSubscribeTemplates(t *testing.T) {
	g := newMiniRig(t, &Server{})
	if out := g.api("/wxaapi/newtmpl/getpubtemplatetitles?ids=411&start=0&limit=30", nil); out["count"] != 7.0 || len(out["data"].([]any)) != 7 {
		t.Fatal(out)
	}
	wantCode(t, g.api("/wxaapi/newtmpl/getpubtemplatetitles?ids=411", nil), 200014)
	wantCode(t, g.api("/wxaapi/newtmpl/getpubtemplatekeywords?tid=1", nil), 200020)
	wantCode(t, g.api("/wxaapi/newtmpl/addtemplate", map[string]any{"tid": "307", "kidList": []int{1}}), 200021)
	wantCode(t, g.api("/wxaapi/newtmpl/addtemplate", map[string]any{"tid": "307", "kidList": []int{1, 99}}), 200021)
	made := g.api("/wxaapi/newtmpl/addtemplate", map[string]any{"tid": "307", "kidList": []int{1, 4}, "sceneDesc": "发货"})
	wantCode(t, made, 0)
	list := g.api("/wxaapi/newtmpl/gettemplate", nil)["data"].([]any)
	if len(list) != 3 || list[2].(map[string]any)["content"] != "商品名称:{{thing1.DATA}}\n快递单号:{{character_string4.DATA}}" {
		t.Fatalf("templates %v", list)
	}
	wantCode(t, g.api("/wxaapi/newtmpl/deltemplate", map[string]any{"priTmplId": made["priTmplId"]}), 0)
	wantCode(t, g.api("/wxaapi/newtmpl/deltemplate", map[string]any{"priTmplId": made["priTmplId"]}), 40037)
}

func TestMiniCustomerService(t *testing.T) {
	g := newMiniRig(t, &Server{})
	send := func() map[string]any {
		return g.api("/cgi-bin/message/custom/send", map[string]any{"touser": g.openID("lin"), "msgtype": "text", "text": map[string]any{"content": "您好"}})
	}
	wantCode(t, send(), 45015)
	g.post("/_sim/people/lin/minis/wxmini/contact", map[string]any{"session_from": "goods"})
	wantCode(t, send(), 0)
	wantCode(t, send(), 0)
	wantCode(t, send(), 45047)
	g.s.Clock.Advance(time.Minute)
	wantCode(t, send(), 45015)
	g.post("/_sim/people/lin/chats/acc-wxmini/messages", map[string]any{"text": "在吗"})
	for range 5 {
		wantCode(t, send(), 0)
	}
	wantCode(t, send(), 45047)
	bodies := strings.Join(g.pushed(2), "\n")
	if !strings.Contains(bodies, "user_enter_tempsession") || !strings.Contains(bodies, "goods") {
		t.Errorf("pushes %s", bodies)
	}
}

// requestPayment is what a mini-program passes to wx.requestPayment.
func (g *rig) requestPayment(prepay string) map[string]any {
	g.t.Helper()
	stamp := fmt.Sprint(g.s.Clock.Now().Unix())
	sign := must(paycrypt.Sign(merchantKey(g.t, g.shop), paycrypt.PayMessage("wxmini", stamp, "n", "prepay_id="+prepay)))(g.t)
	return map[string]any{"timeStamp": stamp, "nonceStr": "n", "package": "prepay_id=" + prepay, "signType": "RSA", "paySign": sign}
}

// miniOrder orders in the mini-program, pays and gives the transaction id.
func (g *rig) miniOrder(number string, total int64, who string) string {
	g.t.Helper()
	body := strings.Replace(g.orderJSON(number, total, who), "wx0001", "wxmini", 1)
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", body, nil)
	if resp.StatusCode != 200 {
		g.t.Fatalf("prepay: %v", out)
	}
	sheet := g.post("/_sim/people/"+who+"/minis/wxmini/pay", g.requestPayment(out["prepay_id"].(string)))
	g.post("/_sim/people/"+who+"/pay/"+sheet["pay_id"].(string)+"/confirm", map[string]any{"password": "123456"})
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.world.orders[g.shop.MchID+"|"+number].TransactionID
}

func TestMiniPays(t *testing.T) {
	g := newMiniRig(t, &Server{})
	if id := g.miniOrder("mini-0001", 8800, "lin"); !strings.HasPrefix(id, "4200") {
		t.Fatal(id)
	}
	body := strings.Replace(g.orderJSON("mini-0002", 100, "lin"), "wx0001", "wxmini", 1)
	_, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", body, nil)
	good := g.requestPayment(out["prepay_id"].(string))
	for field, wrong := range map[string]any{"paySign": "AAAA", "signType": "MD5", "package": "prepay_id=x", "nonceStr": "m", "timeStamp": ""} {
		changed := map[string]any{}
		for k, v := range good {
			changed[k] = v
		}
		changed[field] = wrong
		if status, out := g.call("POST", "/_sim/people/lin/minis/wxmini/pay", changed); status != 409 || out["code"] != "requestPayment:fail" {
			t.Errorf("%s=%v gives %d %v", field, wrong, status, out)
		}
	}
	if status, _ := g.call("POST", "/_sim/people/zhou/minis/wxmini/pay", good); status != 409 {
		t.Error("another person may pay")
	}
}

func TestMiniOpensAndIsShared(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world")
	g := newMiniRig(t, &Server{DataFile: file})
	open := g.post("/_sim/people/lin/minis/wxmini/open", map[string]any{"path": "/pages/goods/detail?id=9", "scene": 1047})
	if open["exists"] != true || open["title"] != "商品" || open["query"].(map[string]any)["id"] != "9" {
		t.Fatalf("open %v", open)
	}
	web := mustURL(t, open["web"].(map[string]any)["url"].(string))
	if web.Path != "/m/pages/goods/detail" || web.Query().Get("id") != "9" {
		t.Fatalf("web view %v", web)
	}
	x := g.get("/sns/jscode2session?appid=wxmini&secret=" + g.app.Secret + "&js_code=" + url.QueryEscape(web.Query().Get("code")))
	if x["openid"] != open["openid"] {
		t.Fatalf("the code of the address gives %v", x)
	}
	if home := g.post("/_sim/people/lin/minis/wxmini/open", map[string]any{}); home["path"] != "pages/index/index" || home["web"] != nil {
		t.Errorf("home %v", home)
	}
	if none := g.post("/_sim/people/lin/minis/wxmini/open", map[string]any{"path": "pages/none"}); none["exists"] != false {
		t.Errorf("a page that is not there: %v", none)
	}
	g.post("/_sim/people/lin/minis/wxmini/share", map[string]any{"chat": "per-zhou", "title": "看看这个", "path": "pages/goods/detail?id=9"})
	card := g.get("/_sim/people/zhou/chats/per-lin/messages")["messages"].([]any)[0].(map[string]any)
	if card["type"] != "miniprogram" || card["appid"] != "wxmini" || card["pagepath"] != "pages/goods/detail?id=9" {
		t.Fatalf("card %v", card)
	}
	g.post("/_sim/people/lin/minis/wxmini/subscribe", map[string]any{"choices": map[string]string{"tmpl-ship": "accept"}})
	key := g.session("lin")["session_key"]
	link := g.api("/wxa/generate_urllink", map[string]any{"path": "pages/goods/detail"})["url_link"]
	code := must(g.s.MiniLogin("lin", "wxmini"))(t)
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	g.s = start(t, &Server{DataFile: file})
	if list := g.get("/_sim/people/lin/minis"); len(list["recent"].([]any)) != 1 || list["recent"].([]any)[0].(map[string]any)["path"] != "pages/none" {
		t.Errorf("recent after the restart: %v", list)
	}
	if out := g.get("/sns/jscode2session?appid=wxmini&secret=" + g.app.Secret + "&js_code=" + code); out["session_key"] != key {
		t.Errorf("session after the restart: %v", out)
	}
	if to := g.post("/_sim/people/lin/minis/link", map[string]any{"link": link}); to["kind"] != "mini" {
		t.Errorf("link after the restart: %v", to)
	}
	if asks := g.get("/_sim/people/lin/minis/wxmini/subscribe")["templates"].([]any); asks[0].(map[string]any)["left"] != 1.0 {
		t.Errorf("accepts after the restart: %v", asks)
	}
}

func FuzzMiniCode(f *testing.F) {
	w := &world{meta: meta{Seed: "seed"}}
	f.Add(w.miniCodeText(miniTarget{AppID: "wx1", Path: "a/b", Query: "x=1", Scene: 1047}))
	f.Add(miniCodePrefix + "e30.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if target, ok := w.readMiniCode(text); ok && w.miniCodeText(target) != text {
			t.Fatalf("%q is read as %+v, which is written %q", text, target, w.miniCodeText(target))
		}
	})
}
