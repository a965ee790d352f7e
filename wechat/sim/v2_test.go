package sim

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// v2 signs and sends a v2 request and verifies the answer.
func (g *rig) v2(path string, signType string, params map[string]string, header ...string) map[string]string {
	g.t.Helper()
	all := map[string]string{"appid": "wx0001", "mch_id": g.shop.MchID, "nonce_str": "n" + fmt.Sprint(time.Now().UnixNano()), "sign_type": signType}
	for k, v := range params {
		if all[k] = v; v == "" {
			delete(all, k)
		}
	}
	if all["sign"] == "" {
		all["sign"] = paycrypt.SignV2(all, g.shop.APIKey, signType)
	}
	pairs := []pair{}
	for k, v := range all {
		pairs = append(pairs, pair{k, v})
	}
	return g.v2Raw(path, string(writeV2(pairs)), signType, header...)
}

func (g *rig) v2Raw(path, body, signType string, header ...string) map[string]string {
	g.t.Helper()
	req := must(http.NewRequest("POST", g.s.URL()+path, strings.NewReader(body)))(g.t)
	if len(header) > 0 {
		req.Header.Set(faultHeader, header[0])
	}
	resp := must(http.DefaultClient.Do(req))(g.t)
	defer resp.Body.Close()
	raw := must(io.ReadAll(resp.Body))(g.t)
	out, err := parseV2(raw)
	if err != nil || resp.StatusCode != 200 {
		g.t.Fatalf("%s: %d %v in %q", path, resp.StatusCode, err, raw)
	}
	if out["sign"] != "" && !paycrypt.VerifyV2(out, g.shop.APIKey, signType) {
		g.t.Fatalf("%s: the answer is not signed well: %v", path, out)
	}
	return out
}

func (g *rig) micropay(number, code, fen string) map[string]string {
	return map[string]string{"body": "柜台", "out_trade_no": number, "total_fee": fen, "spbill_create_ip": "10.0.0.1", "auth_code": code}
}

func wantV2(t testing.TB, out map[string]string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if out[pairs[i]] != pairs[i+1] {
			t.Fatalf("%s is %q, want %q: %v", pairs[i], out[pairs[i]], pairs[i+1], out)
		}
	}
}

func TestV2Micropay(t *testing.T) {
	for _, signType := range []string{paycrypt.MD5, paycrypt.HMACSHA256} {
		t.Run(signType, func(t *testing.T) {
			g := newRig(t, &Server{})
			out := g.v2("/pay/micropay", signType, g.micropay("v2-000001", g.payCode("lin"), "8800"))
			wantV2(t, out, "return_code", "SUCCESS", "result_code", "SUCCESS", "trade_type", "MICROPAY", "total_fee", "8800", "openid", g.openID("lin"), "out_trade_no", "v2-000001", "is_subscribe", "N")
			query := g.v2("/pay/orderquery", signType, map[string]string{"transaction_id": out["transaction_id"]})
			wantV2(t, query, "trade_state", "SUCCESS", "time_end", out["time_end"])
			out = g.v2("/pay/micropay", signType, g.micropay("v2-000002", g.payCode("lin"), "5"), "MICROPAY_USERPAYING")
			wantV2(t, out, "result_code", "FAIL", "err_code", "USERPAYING")
			wantV2(t, g.v2("/pay/orderquery", signType, map[string]string{"out_trade_no": "v2-000002"}), "trade_state", "USERPAYING")
			wantV2(t, g.v2("/pay/closeorder", signType, map[string]string{"out_trade_no": "v2-000002"}), "err_code", "INVALID_REQUEST")
			wantV2(t, g.v2("/secapi/pay/reverse", signType, map[string]string{"out_trade_no": "v2-000002"}), "result_code", "SUCCESS", "recall", "N")
			wantV2(t, g.v2("/pay/orderquery", signType, map[string]string{"out_trade_no": "v2-000002"}), "trade_state", "REVOKED")
			wantV2(t, g.v2("/secapi/pay/reverse", signType, map[string]string{"out_trade_no": "v2-000001"}), "recall", "N")
			if g.balance("lin") != 100000 {
				t.Fatalf("the wallet holds %d", g.balance("lin"))
			}
			code := g.payCode("lin")
			wantV2(t, g.v2("/tools/authcodetoopenid", signType, map[string]string{"auth_code": code}), "openid", g.openID("lin"))
			wantV2(t, g.v2("/pay/micropay", signType, g.micropay("v2-000003", code, "5")), "result_code", "SUCCESS")
		})
	}
}

func TestV2Unified(t *testing.T) {
	g := newRig(t, &Server{})
	good := 0
	order := func(number, tradeType string, more ...string) map[string]string {
		p := map[string]string{"body": "明前龙井", "out_trade_no": number, "total_fee": "300", "spbill_create_ip": "114.114.114.114", "notify_url": g.dev.URL + "/push", "trade_type": tradeType}
		for i := 0; i < len(more); i += 2 {
			p[more[i]] = more[i+1]
		}
		return p
	}
	g.answer = func(*http.Request, string) (int, string) {
		if good++; good == 1 {
			return 200, "ok" // no document: sent again
		}
		return 200, "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"
	}
	wantV2(t, g.v2("/pay/unifiedorder", "MD5", order("v2-100001", "JSAPI")), "return_code", "FAIL")
	out := g.v2("/pay/unifiedorder", "MD5", order("v2-100001", "JSAPI", "openid", g.openID("lin"), "attach", "a"))
	wantV2(t, out, "result_code", "SUCCESS", "trade_type", "JSAPI")
	wantV2(t, g.v2("/pay/unifiedorder", "MD5", order("v2-100001", "JSAPI", "openid", g.openID("lin"), "attach", "b")), "err_code", "INVALID_REQUEST")
	if _, err := g.s.Pay("lin", out["prepay_id"], "123456"); err != nil {
		t.Fatal(err)
	}
	g.pushed(1)
	g.s.Clock.Advance(15 * time.Second)
	notice, err := parseV2([]byte(g.pushed(2)[1]))
	if err != nil || !paycrypt.VerifyV2(notice, g.shop.APIKey, paycrypt.MD5) {
		t.Fatalf("notice %v: %v", notice, err)
	}
	wantV2(t, notice, "return_code", "SUCCESS", "result_code", "SUCCESS", "out_trade_no", "v2-100001", "total_fee", "300", "attach", "a", "openid", g.openID("lin"))
	eventually(t, "the notice is delivered", func() bool {
		list := g.get("/_sim/notifications")["notifications"].([]any)
		return list[0].(map[string]any)["state"] == delivered
	})
	wantV2(t, g.v2("/pay/unifiedorder", "MD5", order("v2-100001", "JSAPI", "openid", g.openID("lin"), "attach", "a")), "err_code", "ORDERPAID")
	native := g.v2("/pay/unifiedorder", "MD5", order("v2-100002", "NATIVE", "product_id", "1"))
	if !strings.HasPrefix(native["code_url"], nativePrefix) {
		t.Fatalf("code_url: %v", native)
	}
	wantV2(t, g.v2("/pay/closeorder", "MD5", map[string]string{"out_trade_no": "v2-100002"}), "result_code", "SUCCESS")
	wantV2(t, g.v2("/pay/orderquery", "MD5", map[string]string{"out_trade_no": "v2-100002"}), "trade_state", "CLOSED")
	wantV2(t, g.v2("/pay/unifiedorder", "MD5", order("v2-100002", "NATIVE", "product_id", "1")), "err_code", "ORDERCLOSED")
	if web := g.v2("/pay/unifiedorder", "MD5", order("v2-100003", "MWEB")); !strings.Contains(web["mweb_url"], h5Path+"?prepay_id=") {
		t.Fatalf("mweb_url: %v", web)
	}
	wantV2(t, g.v2("/pay/unifiedorder", "MD5", order("v2-100004", "APP")), "trade_type", "APP")
}

// A page starts a v2 payment with the sign type of its order; a ticket of another way does not open.
func TestV2PaySign(t *testing.T) {
	g := newRig(t, &Server{})
	page := g.dev.URL + "/checkout"
	for _, signType := range []string{paycrypt.MD5, paycrypt.HMACSHA256} {
		number := "v2-5" + strings.ReplaceAll(strings.ToLower(signType), "-", "")
		out := g.v2("/pay/unifiedorder", signType, map[string]string{"body": "茶", "out_trade_no": number, "total_fee": "1", "spbill_create_ip": "1.1.1.1", "notify_url": g.dev.URL + "/push", "trade_type": "JSAPI", "openid": g.openID("lin")})
		params := map[string]string{"appId": "wx0001", "timeStamp": "1", "nonceStr": "n", "package": "prepay_id=" + out["prepay_id"], "signType": signType}
		sign := func() map[string]any {
			all := map[string]any{"paySign": paycrypt.SignV2(params, g.shop.APIKey, params["signType"])}
			for k, v := range params {
				all[k] = v
			}
			return all
		}
		if got := g.invoke("lin", page, "getBrandWCPayRequest", sign()); got.Ask != "pay" {
			t.Fatalf("%s: %+v", signType, got)
		}
		params["nonceStr"] = ""
		if got := g.invoke("lin", page, "getBrandWCPayRequest", sign()); got.Ask == "pay" {
			t.Fatal("a missing member was taken")
		}
	}
	native := g.v2("/pay/unifiedorder", "MD5", map[string]string{"body": "茶", "out_trade_no": "v2-600001", "total_fee": "1", "spbill_create_ip": "1.1.1.1", "notify_url": g.dev.URL + "/push", "trade_type": "NATIVE"})
	pkg := map[string]string{"appId": "wx0001", "timeStamp": "1", "nonceStr": "n", "package": "prepay_id=" + native["prepay_id"], "signType": "MD5"}
	all := map[string]any{"paySign": paycrypt.SignV2(pkg, g.shop.APIKey, "MD5")}
	for k, v := range pkg {
		all[k] = v
	}
	if got := g.invoke("lin", page, "getBrandWCPayRequest", all); !strings.Contains(fmt.Sprint(got.Params["text"]), "支付场景非法") {
		t.Fatalf("a NATIVE ticket in a page: %+v", got)
	}
}

// A provider collects by v2 for its sub-merchant.
func TestV2Partner(t *testing.T) {
	g := newRig(t, &Server{})
	g.provided()
	with := func(p map[string]string) map[string]string {
		p["sub_mch_id"], p["sub_appid"] = g.other.MchID, "wx0009"
		return p
	}
	out := g.v2("/pay/micropay", "MD5", with(g.micropay("v2-700001", g.payCode("lin"), "100")))
	wantV2(t, out, "result_code", "SUCCESS", "sub_mch_id", g.other.MchID, "openid", g.openID("lin"), "sub_openid", must(g.s.OpenID("wx0009", "lin"))(t))
	wantV2(t, g.v2("/pay/orderquery", "MD5", map[string]string{"out_trade_no": "v2-700001"}), "err_code", "ORDERNOTEXIST")
	wantV2(t, g.v2("/pay/orderquery", "MD5", with(map[string]string{"out_trade_no": "v2-700001"})), "trade_state", "SUCCESS")
	wantV2(t, g.v2("/secapi/pay/refund", "MD5", with(map[string]string{"out_trade_no": "v2-700001", "out_refund_no": "vp-1", "total_fee": "100", "refund_fee": "40"})), "refund_fee", "40")
	if b := must(g.s.Balances(g.other.MchID))(t); b.Basic <= 0 || b.Basic >= 100 {
		t.Fatalf("the sub-merchant holds %+v", b)
	}
}

func TestV2Refusals(t *testing.T) {
	g := newRig(t, &Server{})
	base := g.micropay("v2-200001", "130000000000000000", "1")
	edit := func(name, value string) map[string]string {
		p := map[string]string{}
		for k, v := range base {
			p[k] = v
		}
		p[name] = value
		return p
	}
	for _, tc := range []struct {
		name   string
		params map[string]string
		want   []string
		why    string
	}{
		{"wrong sign", edit("sign", strings.Repeat("A", 32)), []string{"return_code", "FAIL", "return_msg", "签名错误"}, "APIv2"},
		{"unknown parameter", edit("colour", "red"), []string{"return_code", "FAIL", "return_msg", "不识别的参数colour"}, "colour"},
		{"missing parameter", edit("body", ""), []string{"return_code", "FAIL", "return_msg", "缺少参数body"}, "body"},
		{"unknown merchant", edit("mch_id", "1999999999"), []string{"return_code", "FAIL"}, "does not exist"},
		{"too long", edit("attach", strings.Repeat("x", 129)), []string{"return_code", "FAIL"}, "129"},
		{"other account", edit("appid", "wx9999"), []string{"err_code", "APPID_MCHID_NOT_MATCH"}, "bound"},
		{"no fen", edit("total_fee", "1.5"), []string{"err_code", "PARAM_ERROR"}, "total_fee"},
		{"bad code", base, []string{"err_code", "AUTH_CODE_INVALID"}, "no phone"},
		{"bad number", edit("out_trade_no", "x y"), []string{"err_code", "PARAM_ERROR"}, ""},
		{"not a provider", edit("sub_mch_id", "1900000002"), []string{"err_code", "NOAUTH"}, "provider"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantV2(t, g.v2("/pay/micropay", "MD5", tc.params), tc.want...)
			if !strings.Contains(g.lastReason(), tc.why) {
				t.Fatalf("the inspector says %q, want something with %q", g.lastReason(), tc.why)
			}
		})
	}
	wantV2(t, g.v2("/pay/orderquery", "MD5", map[string]string{"out_trade_no": "nothing"}), "err_code", "ORDERNOTEXIST")
	wantV2(t, g.v2("/pay/orderquery", "MD5", nil), "return_code", "FAIL")
	wantV2(t, g.v2("/pay/report", "MD5", nil), "return_code", "FAIL")
	for _, body := range []string{"", "{}", "<xml></xml>", "<xml><a><b>1</b></a></xml>", "<xml><a>1</a><a>2</a></xml>", `<!DOCTYPE x [<!ENTITY e "x">]><xml><a>&e;</a></xml>`} {
		wantV2(t, g.v2Raw("/pay/micropay", body, ""), "return_code", "FAIL", "return_msg", "XML格式错误")
	}
	g.post("/_sim/faults", map[string]any{"target": "call", "path": "/pay/micropay", "kind": "system_error"})
	wantV2(t, g.v2("/pay/micropay", "MD5", base), "err_code", "SYSTEMERROR")
}

func FuzzV2Document(f *testing.F) {
	f.Add("<xml><a>1</a><b><![CDATA[2]]></b></xml>")
	f.Add("<xml><a>&amp;</a>")
	f.Add("<xml>x<a/></xml>")
	f.Fuzz(func(t *testing.T, text string) {
		params, err := parseV2([]byte(text))
		if err != nil {
			return
		}
		if len(params) == 0 || len(params) > maxV2Params {
			t.Fatalf("%d parameters", len(params))
		}
	})
}
