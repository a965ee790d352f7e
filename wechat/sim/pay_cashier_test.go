package sim

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (g *rig) till(action, api string, more map[string]any) map[string]any {
	g.t.Helper()
	body := map[string]any{"mchid": g.shop.MchID, "api": api}
	for k, v := range more {
		body[k] = v
	}
	return g.post("/_sim/cashier/"+action, body)
}

func TestCashier(t *testing.T) {
	for _, api := range []string{"v3", "v2"} {
		t.Run(api, func(t *testing.T) {
			g := newRig(t, &Server{})
			out := g.till("charge", api, map[string]any{"amount": 8800, "auth_code": g.payCode("lin")})
			if out["state"] != "SUCCESS" || out["openid"] != g.openID("lin") || out["time"] == nil || out["merchant"] != "山野茶铺" {
				t.Fatalf("%v", out)
			}
			if again := g.till("query", api, map[string]any{"out_trade_no": out["out_trade_no"]}); again["state"] != "SUCCESS" || again["transaction_id"] != out["transaction_id"] {
				t.Fatalf("query: %v", again)
			}
			if back := g.till("reverse", api, map[string]any{"out_trade_no": out["out_trade_no"]}); back["state"] != "REVOKED" || g.balance("lin") != 100000 {
				t.Fatalf("reverse: %v, the wallet holds %d", back, g.balance("lin"))
			}
			g.post("/_sim/people/lin/paycode", map[string]any{"ask": "always"})
			wait := g.till("charge", api, map[string]any{"amount": 1, "auth_code": g.payCode("lin")})
			if wait["state"] != "USERPAYING" {
				t.Fatalf("%v", wait)
			}
			pay := g.get("/_sim/people/lin/ask")["pay_id"].(string)
			g.post("/_sim/people/lin/pay/"+pay+"/confirm", map[string]any{"password": "123456"})
			if done := g.till("query", api, map[string]any{"out_trade_no": wait["out_trade_no"]}); done["state"] != "SUCCESS" {
				t.Fatalf("%v", done)
			}
			if none := g.till("charge", api, map[string]any{"amount": 1, "auth_code": "130000000000000000"}); none["state"] != "FAILED" || none["code"] != "AUTH_CODE_INVALID" {
				t.Fatalf("%v", none)
			}
			if lost := g.till("query", api, map[string]any{"out_trade_no": "nothing-there"}); lost["state"] != "FAILED" {
				t.Fatalf("%v", lost)
			}
		})
	}
	g := newRig(t, &Server{})
	must(g.s.AddMerchant(Merchant{MchID: "1900000077", Name: "自带钥匙", AppIDs: []string{"wx0001"}, PublicKey: g.shop.PublicKey}))(t)
	if status, out := g.call("POST", "/_sim/cashier/charge", map[string]any{"mchid": "1900000077", "amount": 1, "auth_code": g.payCode("lin")}); status != 409 || out["code"] != "cashier.key" {
		t.Fatalf("a key we do not have: %d %v", status, out)
	}
}

// What a phone draws, the cashier's machine reads from the picture.
func TestPicturesAreRead(t *testing.T) {
	g := newRig(t, &Server{})
	code := g.payCode("lin")
	for _, address := range []string{"/_sim/barcode?text=" + code, "/_sim/barcode?width=300&height=60&text=" + code, "/_sim/qr?text=" + code, "/_sim/qr?size=150&text=" + url.QueryEscape("https://example.com/")} {
		resp := must(http.Get(g.s.URL() + address))(t)
		picture := must(io.ReadAll(resp.Body))(t)
		resp.Body.Close()
		got := must(http.Post(g.s.URL()+"/_sim/cashier/read", "image/png", bytes.NewReader(picture)))(t)
		text := string(must(io.ReadAll(got.Body))(t))
		got.Body.Close()
		want := code
		if strings.Contains(address, "example") {
			want = "https://example.com/"
		}
		if got.StatusCode != 200 || !strings.Contains(text, `"`+want+`"`) {
			t.Errorf("%s: %d %s", address, got.StatusCode, text)
		}
	}
	for _, body := range []string{"", "no picture"} {
		resp := must(http.Post(g.s.URL()+"/_sim/cashier/read", "image/png", strings.NewReader(body)))(t)
		resp.Body.Close()
		if resp.StatusCode != 400 {
			t.Errorf("%q: %d", body, resp.StatusCode)
		}
	}
}
