package sim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

func (g *rig) h5(number string) string {
	g.t.Helper()
	body := fmt.Sprintf(`{"appid":"wx0001","mchid":"1900000001","description":"明前龙井","out_trade_no":%q,"notify_url":%q,"amount":{"total":100},"scene_info":{"payer_client_ip":"114.1.2.3","h5_info":{"type":"Wap"}}}`, number, g.dev.URL+"/pay-notify")
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/h5", body, nil)
	if resp.StatusCode != 200 {
		g.t.Fatalf("h5: %d %v", resp.StatusCode, out)
	}
	return out["h5_url"].(string)
}

// page opens an address as a browser does.
func (g *rig) page(address, referer, agent string) string {
	g.t.Helper()
	req := mustRequest(g.t, address)
	if referer != "" {
		req.Header.Set("Referer", referer)
	}
	req.Header.Set("User-Agent", agent)
	resp := must(http.DefaultClient.Do(req))(g.t)
	defer resp.Body.Close()
	return string(must(io.ReadAll(resp.Body))(g.t))
}

func TestH5Page(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	must(g.s.AddMerchant(Merchant{MchID: g.shop.MchID, H5Domains: []string{"shop.example.com"}}))(t)
	address := g.h5("h5-000001")
	const from, browser = "https://m.shop.example.com/", "Mozilla/5.0 Safari"
	for _, tc := range []struct{ name, address, referer, agent, want string }{
		{"good", address, from, browser, "用哪部手机的微信支付"},
		{"back to the shop", address + "&redirect_url=" + url.QueryEscape("https://shop.example.com/done?a=1"), from, browser, "https://shop.example.com/done?a=1"},
		{"no Referer", address, "", browser, "商家参数格式有误"},
		{"other domain", address, "https://evil.example.org/", browser, "商家存在未配置的参数"},
		{"inside WeChat", address, from, UserAgent, "请在微信外打开订单"},
		{"foreign redirect", address + "&redirect_url=https%3A%2F%2Fevil.example.org%2F", from, browser, "商家参数格式有误"},
		{"script as redirect", address + "&redirect_url=javascript%3Aalert(1)", from, browser, "商家参数格式有误"},
		{"package guessed", strings.Replace(address, "package=", "package=9", 1), from, browser, "支付请求已失效"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := g.page(tc.address, tc.referer, tc.agent); !strings.Contains(got, tc.want) {
				t.Fatalf("the page lacks %q: %s", tc.want, got)
			}
		})
	}
	newer := g.h5("h5-000001")
	if got := g.page(address, from, browser); !strings.Contains(got, "支付请求已失效") {
		t.Fatal("the older h5_url still opens")
	}
	q := mustURL(t, newer).Query()
	state := func() string {
		return g.get(h5Path + "/state?" + url.Values{"prepay_id": q["prepay_id"], "package": q["package"]}.Encode())["state"].(string)
	}
	out := g.post(h5Path+"/open", map[string]any{"prepay": q.Get("prepay_id"), "package": q.Get("package"), "person": "lin"})
	if state() != "open" {
		t.Fatalf("the state is %s", state())
	}
	g.post("/_sim/people/lin/pay/"+out["pay_id"].(string)+"/confirm", map[string]any{"password": "123456"})
	if state() != "paid" || g.tradeState("h5-000001") != "SUCCESS" {
		t.Fatal("not paid through the page")
	}
	eventually(t, "the notice", func() bool { return g.noticeCount() == 1 })
	late := g.h5("h5-000002")
	g.s.Clock.Advance(5 * time.Minute)
	if got := g.page(late, from, browser); !strings.Contains(got, "支付请求已失效") {
		t.Fatal("the h5_url lives longer than five minutes")
	}
	if status, _ := g.call("POST", h5Path+"/open", map[string]any{"prepay": q.Get("prepay_id"), "package": "0", "person": "lin"}); status != 410 {
		t.Fatalf("opened with a wrong package: %d", status)
	}
	const body = `{"appid":"wx0001","mchid":"1900000001","description":"茶","out_trade_no":"h5-000003","notify_url":"https://a.example/x","amount":{"total":1},"scene_info":{"payer_client_ip":"127.0.0.1","h5_info":{"type":"Wap"}}}`
	resp, refused := g.raw(g.shop, "POST", "/v3/pay/transactions/h5", body, nil)
	wantTrade(t, resp.StatusCode, refused, 400, "PARAM_ERROR")
}

func TestAppPay(t *testing.T) {
	g := newRig(t, &Server{})
	order := func(number string) string {
		_, out := g.raw(g.shop, "POST", "/v3/pay/transactions/app", fmt.Sprintf(`{"appid":"wx0001","mchid":"1900000001","description":"茶","out_trade_no":%q,"notify_url":%q,"amount":{"total":100}}`, number, g.dev.URL+"/pay-notify"), nil)
		return out["prepay_id"].(string)
	}
	handed := func(prepay string) AppPay {
		in := AppPay{AppID: "wx0001", PartnerID: g.shop.MchID, PrepayID: prepay, Package: "Sign=WXPay", Nonce: "593BEC0C", Timestamp: "1554208460"}
		in.Sign = must(paycrypt.Sign(merchantKey(t, g.shop), []byte("wx0001\n1554208460\n593BEC0C\n"+prepay+"\n")))(t)
		return in
	}
	prepay := order("app-000001")
	out := g.post("/_sim/people/lin/app-pay", handed(prepay))
	g.post("/_sim/people/lin/pay/"+out["pay_id"].(string)+"/confirm", map[string]any{"password": "123456"})
	if g.tradeState("app-000001") != "SUCCESS" {
		t.Fatal("not paid")
	}
	prepay = order("app-000002")
	for name, spoil := range map[string]func(*AppPay){
		"prepay_id= in the fourth line": func(a *AppPay) {
			a.Sign = must(paycrypt.Sign(merchantKey(t, g.shop), paycrypt.PayMessage("wx0001", a.Timestamp, a.Nonce, "prepay_id="+prepay)))(t)
		},
		"other merchant":  func(a *AppPay) { a.PartnerID = g.other.MchID },
		"JSAPI prepay":    func(a *AppPay) { *a = handed(g.prepay("app-000003", 1, "lin")) },
		"other timestamp": func(a *AppPay) { a.Timestamp = "1554208461" },
	} {
		in := handed(prepay)
		spoil(&in)
		if status, out := g.call("POST", "/_sim/people/lin/app-pay", in); status != 403 || out["code"] != "app.sign" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if status, _ := g.call("POST", "/_sim/people/lin/app-pay", AppPay{AppID: "wx0001"}); status != 400 {
		t.Errorf("missing members: %d", status)
	}
	v2 := g.v2("/pay/unifiedorder", "MD5", map[string]string{"body": "茶", "out_trade_no": "app-000004", "total_fee": "1", "spbill_create_ip": "1.1.1.1", "notify_url": g.dev.URL + "/push", "trade_type": "APP"})
	in := AppPay{AppID: "wx0001", PartnerID: g.shop.MchID, PrepayID: v2["prepay_id"], Package: "Sign=WXPay", Nonce: "n", Timestamp: "1"}
	in.Sign = paycrypt.SignV2(map[string]string{"appid": "wx0001", "partnerid": g.shop.MchID, "prepayid": in.PrepayID, "package": in.Package, "noncestr": "n", "timestamp": "1"}, g.shop.APIKey, "MD5")
	g.post("/_sim/people/lin/app-pay", in)
}

func TestNativeReorderKillsTheOldCode(t *testing.T) {
	g := newRig(t, &Server{})
	order := func() string {
		_, out := g.raw(g.shop, "POST", "/v3/pay/transactions/native", fmt.Sprintf(`{"appid":"wx0001","mchid":"1900000001","description":"茶","out_trade_no":"nat-0001","notify_url":%q,"amount":{"total":100}}`, g.dev.URL+"/pay-notify"), nil)
		return out["code_url"].(string)
	}
	old, fresh := order(), order()
	if out := g.post("/_sim/people/lin/scan", map[string]any{"text": old}); out["kind"] != "expired" {
		t.Fatalf("the older code: %v", out)
	}
	out := g.post("/_sim/people/lin/scan", map[string]any{"text": fresh})
	g.post("/_sim/people/lin/pay/"+out["pay_id"].(string)+"/confirm", map[string]any{"password": "123456"})
	resp, refused := g.raw(g.shop, "POST", "/v3/pay/transactions/app", fmt.Sprintf(`{"appid":"wx0001","mchid":"1900000001","description":"茶","out_trade_no":"nat-0001","notify_url":%q,"amount":{"total":100}}`, g.dev.URL+"/pay-notify"), nil)
	wantTrade(t, resp.StatusCode, refused, 400, "ORDER_PAID")
}

func TestLimitPay(t *testing.T) {
	g := newRig(t, &Server{})
	body := strings.Replace(g.orderJSON("limit-01", 100, "lin"), `"amount"`, `"limit_pay":["no_balance"],"amount"`, 1)
	_, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", body, nil)
	if _, err := g.s.Pay("lin", out["prepay_id"].(string), "123456"); err == nil || !strings.Contains(err.Error(), "pay.method") {
		t.Fatalf("paid from the wallet: %v", err)
	}
}

func TestReplayIsRefusedWhenAsked(t *testing.T) {
	g := newRig(t, &Server{})
	again := func() (*http.Response, map[string]any) {
		return g.raw(g.shop, "GET", "/v3/certificates", "", func(a map[string]string, r *http.Request) {
			a["nonce_str"] = "same"
			a["timestamp"] = fmt.Sprint(time.Now().Unix() / 100 * 100)
			a["signature"] = must(paycrypt.Sign(merchantKey(t, g.shop), paycrypt.RequestMessage("GET", "/v3/certificates", a["timestamp"], "same", nil)))(t)
		})
	}
	for range 2 {
		if resp, out := again(); resp.StatusCode != 200 {
			t.Fatalf("an SDK that sends once more: %d %v", resp.StatusCode, out)
		}
	}
	g.post("/_sim/pay/settings", map[string]any{"refuse_replay": true})
	again()
	resp, out := again()
	wantTrade(t, resp.StatusCode, out, 401, "SIGN_ERROR")
}

func TestMerchantCertificateChange(t *testing.T) {
	g := newRig(t, &Server{})
	old := g.shop
	out := g.post("/_sim/merchants/1900000001/certificate", map[string]any{"private_key": keyOnce()[1], "overlap_hours": 1})
	g.shop.Serial, g.shop.PrivateKey = out["serial_no"].(string), keyOnce()[1]
	if g.shop.Serial == old.Serial {
		t.Fatal("the serial is the same")
	}
	for name, m := range map[string]Merchant{"new": g.shop, "old": old} {
		if resp, out := g.raw(m, "GET", "/v3/certificates", "", nil); resp.StatusCode != 200 {
			t.Fatalf("%s certificate: %d %v", name, resp.StatusCode, out)
		}
	}
	g.s.Clock.Advance(time.Hour)
	resp, refused := g.raw(old, "GET", "/v3/certificates", "", nil)
	wantTrade(t, resp.StatusCode, refused, 401, "SIGN_ERROR")
	if resp, _ := g.raw(g.shop, "GET", "/v3/certificates", "", nil); resp.StatusCode != 200 {
		t.Fatal("the new certificate is refused")
	}
	if status, _ := g.call("POST", "/_sim/merchants/1999999999/certificate", map[string]any{}); status != 404 {
		t.Fatalf("an unknown merchant: %d", status)
	}
}

// Probes: the SDK refuses the answer and takes the next; a notice comes twice, first with the probe.
func TestSignatureProbes(t *testing.T) {
	g := newRig(t, &Server{})
	client, handler := g.official("public_key", g.other)
	g.post("/_sim/pay/settings", map[string]any{"signtest_rate": 1})
	ctx := context.Background()
	const address = "https://api.mch.weixin.qq.com/v3/certificates"
	if _, err := client.Get(ctx, address); err == nil || !strings.Contains(err.Error(), "verif") {
		t.Fatalf("the SDK took a probe: %v", err)
	}
	if _, err := client.Get(ctx, address); err != nil {
		t.Fatalf("the right answer did not follow: %v", err)
	}
	g.notified = func(n int) int {
		if strings.HasPrefix(g.notices[n-1].Header.Get("Wechatpay-Signature"), probeMark) {
			return 401
		}
		return 200
	}
	body := strings.Replace(g.orderJSON("probe-01", 100, "lin"), "1900000001", g.other.MchID, 1)
	g.post("/_sim/pay/settings", map[string]any{"signtest_rate": 0})
	_, out := g.raw(g.other, "POST", "/v3/pay/transactions/jsapi", body, nil)
	g.post("/_sim/pay/settings", map[string]any{"signtest_rate": 1})
	if _, err := g.s.Pay("lin", out["prepay_id"].(string), "123456"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "probe and notice", func() bool { return g.noticeCount() == 2 })
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(0), &map[string]any{}); err == nil {
		t.Fatal("the SDK took the probe")
	}
	if _, err := handler.ParseNotifyRequest(ctx, g.notice(1), &map[string]any{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one delivered attempt", func() bool {
		n := g.get("/_sim/notifications")["notifications"].([]any)[0].(map[string]any)
		return n["state"] == delivered && len(n["attempts"].([]any)) == 1
	})
}
