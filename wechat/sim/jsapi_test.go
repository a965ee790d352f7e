package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

// invoke does what bridge.js does for WeixinJSBridge.invoke.
func (g *rig) invoke(who, page, name string, params map[string]any) jsAnswer {
	g.t.Helper()
	address := g.open(who, page)
	raw, _ := json.Marshal(map[string]any{"doc": "d1", "name": name, "url": address, "params": params})
	req := must(http.NewRequest("POST", "http://"+mustURL(g.t, address).Host+"/_wx/jsapi", strings.NewReader(string(raw))))(g.t)
	req.Header.Set("Content-Type", "application/json")
	resp := must(g.browser().Do(req))(g.t)
	defer resp.Body.Close()
	var out jsAnswer
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		g.t.Fatal(err)
	}
	return out
}

func (g *rig) config(ticket, signed string) map[string]any {
	return map[string]any{"verifyAppId": "wx0001", "verifyTimestamp": "1414587457", "verifyNonceStr": "n",
		"verifySignature": wxcrypt.JSSignature(ticket, "n", "1414587457", signed), "verifyJsApiList": []string{"getBrandWCPayRequest", "scanQRCode", "updateAppMessageShareData"}}
}

func TestWXConfig(t *testing.T) {
	g := newRig(t, &Server{})
	page := g.dev.URL + "/home?a=1"
	ticket := g.api("/cgi-bin/ticket/getticket?type=jsapi", nil)["ticket"].(string)
	for what, tc := range map[string]struct {
		params map[string]any
		page   string
		want   string
	}{
		"real address":    {g.config(ticket, page), page, "config:ok"},
		"visible address": {g.config(ticket, g.open("lin", page)), page, "config:ok"},
		"with a fragment": {g.config(ticket, page), page + "#/cart", "config:ok"},
		"other address":   {g.config(ticket, g.dev.URL+"/home"), page, "config:fail,invalid signature"},
		"other ticket":    {g.config("x", page), page, "config:fail,invalid signature"},
		"other domain":    {g.config(ticket, strings.Replace(page, "127.0.0.1", "localhost", 1)), strings.Replace(page, "127.0.0.1", "localhost", 1), "config:fail,invalid url domain"},
	} {
		if out := g.invoke("lin", tc.page, "preVerifyJSAPI", tc.params); out.Result["err_msg"] != tc.want {
			t.Errorf("%s: %v, want %s", what, out.Result, tc.want)
		}
	}
	sdk := func(extra map[string]any) map[string]any { extra["verifyAppId"] = "wx0001"; return extra }
	if out := g.invoke("zhou", page, "scanQRCode", sdk(map[string]any{})); !strings.Contains(fmt.Sprint(out.Result["err_msg"]), "offline verifying") {
		t.Errorf("without config: %v", out)
	}
	if out := g.invoke("lin", page, "scanQRCode", sdk(map[string]any{"needResult": 1})); out.Ask != "scan" || out.Params["need_result"] != true {
		t.Errorf("with config: %+v", out)
	}
	if out := g.invoke("lin", page, "chooseImage", sdk(map[string]any{})); out.Ask != "" {
		t.Errorf("not in jsApiList: %+v", out)
	}
	share := g.invoke("lin", page, "updateAppMessageShareData", sdk(map[string]any{"link": g.open("lin", page)}))
	if share.Result["share_link"] != page {
		t.Errorf("the shared link is %v, want the real %s", share.Result, page)
	}
	if out := g.invoke("lin", page, "updateAppMessageShareData", sdk(map[string]any{"link": "http://example.com/"})); strings.HasSuffix(out.Result["err_msg"].(string), ":ok") {
		t.Errorf("a foreign link: %v", out)
	}
	if out := g.invoke("lin", page, "checkJsApi", map[string]any{"jsApiList": []string{"getBrandWCPayRequest", "fly"}}); out.Result["checkResult"] != `{"fly":false,"getBrandWCPayRequest":true}` {
		t.Errorf("checkJsApi: %v", out)
	}
	if out := g.invoke("lin", page, "fly", nil); !strings.Contains(out.Result["err_msg"].(string), "does not offer") {
		t.Errorf("unknown JSAPI: %v", out)
	}
}

func TestPaymentFromAPage(t *testing.T) {
	g := newRig(t, &Server{})
	page := g.dev.URL + "/checkout"
	request := func(prepay string) map[string]any {
		pkg := "prepay_id=" + prepay
		sign := must(paycrypt.Sign(merchantKey(t, g.shop), paycrypt.PayMessage("wx0001", "1", "n", pkg)))(t)
		return map[string]any{"appId": "wx0001", "timeStamp": "1", "nonceStr": "n", "package": pkg, "signType": "RSA", "paySign": sign}
	}
	params := request(g.prepay("order-0001", 8800, "lin"))
	change := func(name, value string) map[string]any {
		out := map[string]any{}
		for k, v := range params {
			out[k] = v
		}
		out[name] = value
		return out
	}
	for what, tc := range map[string]struct {
		who    string
		params map[string]any
		text   string
	}{
		"spoiled time":   {"lin", change("timeStamp", "2"), "支付验证签名失败"},
		"other prepay":   {"lin", change("package", "prepay_id=wx1"), "支付验证签名失败"},
		"missing sign":   {"lin", change("paySign", ""), "缺少参数"},
		"v2 sign type":   {"lin", change("signType", "MD5"), "signType"},
		"another person": {"zhou", params, "下单账号与支付账号不一致"},
	} {
		out := g.invoke(tc.who, page, "getBrandWCPayRequest", tc.params)
		if out.Result["err_msg"] != "get_brand_wcpay_request:fail" || !strings.Contains(fmt.Sprint(out.Params["text"]), tc.text) {
			t.Errorf("%s: %+v", what, out)
		}
	}
	out := g.invoke("lin", page, "getBrandWCPayRequest", params)
	id, _ := out.Params["pay_id"].(string)
	if out.Ask != "pay" || id == "" {
		t.Fatalf("%+v", out)
	}
	sheet := g.get("/_sim/people/lin/pay/" + id)
	if sheet["state"] != "open" || sheet["total"] != 8800.0 || sheet["title"] != "山野茶铺" || sheet["balance"] != 100000.0 {
		t.Fatalf("sheet: %v", sheet)
	}
	if status, _ := g.call("GET", "/_sim/people/zhou/pay/"+id, nil); status != 404 {
		t.Fatalf("another phone sees the sheet: %d", status)
	}
	if status, out := g.call("POST", "/_sim/people/lin/pay/"+id+"/confirm", map[string]any{"password": "1"}); status != 409 || out["left"] != 4.0 {
		t.Fatalf("wrong password: %d %v", status, out)
	}
	done := g.post("/_sim/people/lin/pay/"+id+"/confirm", map[string]any{"password": "123456"})
	if done["state"] != "paid" || done["balance"] != 91200.0 {
		t.Fatalf("%v", done)
	}
	eventually(t, "the notice", func() bool { return g.noticeCount() == 1 })
	bills := g.get("/_sim/people/lin/wallet/bills")["bills"].([]any)
	detail := g.get("/_sim/people/lin/wallet/bills/" + bills[0].(map[string]any)["id"].(string))
	if detail["out_trade_no"] != "order-0001" || detail["state"] != "支付成功" || detail["merchant_full_name"] != "山野茶铺" {
		t.Fatalf("bill: %v", detail)
	}
	chat := g.get("/_sim/people/lin/chats/svc-pay/messages")["messages"].([]any)
	if card := chat[0].(map[string]any); card["type"] != "pay" || card["amount"] != 8800.0 {
		t.Fatalf("微信支付: %v", card)
	}
	if out := g.invoke("lin", page, "getBrandWCPayRequest", params); !strings.Contains(fmt.Sprint(out.Params["text"]), "已支付") {
		t.Fatalf("paying again: %+v", out)
	}
	m := must(g.s.AddMerchant(Merchant{MchID: "1900000001", PayDirs: []string{g.dev.URL + "/cashier/"}}))(t)
	if out := g.invoke("lin", page, "getBrandWCPayRequest", request(g.prepay("order-0002", 1, "lin"))); len(m.PayDirs) != 1 || !strings.Contains(fmt.Sprint(out.Params["text"]), "URL未注册") {
		t.Fatalf("outside the payment directory: %+v", out)
	}
}
