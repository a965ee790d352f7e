package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

func TestV2Refunds(t *testing.T) {
	g := newRig(t, &Server{})
	g.answer = func(*http.Request, string) (int, string) {
		return 200, "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"
	}
	paid := g.v2("/pay/micropay", "MD5", g.micropay("v2-300001", g.payCode("lin"), "1000"))
	refund := func(number, fee string, more ...string) map[string]string {
		p := map[string]string{"transaction_id": paid["transaction_id"], "out_refund_no": number, "total_fee": "1000", "refund_fee": fee, "notify_url": g.dev.URL + "/push"}
		for i := 0; i < len(more); i += 2 {
			p[more[i]] = more[i+1]
		}
		return g.v2("/secapi/pay/refund", "MD5", p)
	}
	first := refund("vr-1", "300")
	wantV2(t, first, "result_code", "SUCCESS", "refund_fee", "300", "cash_refund_fee", "300", "total_fee", "1000", "out_trade_no", "v2-300001")
	wantV2(t, refund("vr-1", "300"), "refund_id", first["refund_id"])
	wantV2(t, refund("vr-1", "200"), "err_code", "INVALID_REQUEST")
	wantV2(t, refund("vr-2", "701"), "err_code", "INVALID_REQUEST")
	wantV2(t, refund("vr-2", "700", "total_fee", "999"), "err_code", "INVALID_REQUEST")
	wantV2(t, refund("vr-2", "700", "refund_account", "ELSEWHERE"), "err_code", "PARAM_ERROR")
	wantV2(t, refund("vr-2", "0"), "err_code", "PARAM_ERROR")
	wantV2(t, refund("vr-2", "700", "transaction_id", "4200000000000000000000000000"), "err_code", "ORDERNOTEXIST")
	wantV2(t, refund("vr-2", "700"), "result_code", "SUCCESS")
	eventually(t, "the money is back", func() bool { return g.balance("lin") == 100000 })
	wantV2(t, g.v2("/pay/orderquery", "MD5", map[string]string{"out_trade_no": "v2-300001"}), "trade_state", "REFUND")
	all := g.v2("/pay/refundquery", "MD5", map[string]string{"out_trade_no": "v2-300001"})
	wantV2(t, all, "refund_count", "2", "out_refund_no_0", "vr-1", "refund_fee_1", "700", "refund_status_1", "SUCCESS", "refund_fee", "1000")
	wantV2(t, g.v2("/pay/refundquery", "MD5", map[string]string{"refund_id": first["refund_id"]}), "refund_count", "1", "refund_id_0", first["refund_id"])
	wantV2(t, g.v2("/pay/refundquery", "MD5", map[string]string{"out_refund_no": "vr-9"}), "err_code", "REFUNDNOTEXIST")
	notice, err := parseV2([]byte(g.pushed(2)[0]))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := paycrypt.OpenV2(g.shop.APIKey, notice["req_info"])
	if err != nil || !strings.HasPrefix(string(plain), "<root>") || !strings.Contains(string(plain), "<refund_status><![CDATA[SUCCESS]]></refund_status>") {
		t.Fatalf("req_info: %s %v", plain, err)
	}
}

func TestV2Bill(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.s.Clock.Set(time.Date(2026, 3, 2, 12, 0, 0, 0, shanghai))
	g.v2("/pay/micropay", "MD5", g.micropay("v2-400001", g.payCode("lin"), "1000"))
	ask := func(day string, more ...string) string {
		all := map[string]string{"appid": "wx0001", "mch_id": g.shop.MchID, "nonce_str": "n", "bill_date": day}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		all["sign"] = paycrypt.SignV2(all, g.shop.APIKey, "MD5")
		pairs := []pair{}
		for k, v := range all {
			pairs = append(pairs, pair{k, v})
		}
		resp := must(http.Post(g.s.URL()+"/pay/downloadbill", "text/xml", strings.NewReader(string(writeV2(pairs)))))(t)
		defer resp.Body.Close()
		return string(must(io.ReadAll(resp.Body))(t))
	}
	if out := ask("20260302"); !strings.Contains(out, "<error_code><![CDATA[20002]]>") {
		t.Fatalf("a day that is not over: %s", out)
	}
	g.s.Clock.Advance(24 * time.Hour)
	if out := ask("20260302"); !strings.HasPrefix(strings.TrimPrefix(out, "\ufeff"), "交易时间") || !strings.Contains(out, "`v2-400001") || !strings.Contains(out, "`MICROPAY") {
		t.Fatalf("the bill: %s", out)
	}
	if out := ask("20260302", "tar_type", "GZIP"); !strings.HasPrefix(out, "\x1f\x8b") {
		t.Fatal("not packed")
	}
	if out := ask("2026-3-2"); !strings.Contains(out, "20001") {
		t.Fatalf("a wrong day: %s", out)
	}
}

// One call proves signatures and encryption both ways, in both key modes.
func TestSecurityEcho(t *testing.T) {
	g := newRig(t, &Server{})
	keys := must(g.s.PlatformKeys())(t)
	for serial, text := range map[string]string{keys.CertificateSerial: keys.Certificate, keys.PublicKeyID: keys.PublicKey} {
		key, _, err := paycrypt.ParsePublicKey(text)
		if err != nil {
			t.Fatal(err)
		}
		sealed := must(paycrypt.EncryptField(key, "秘密"))(t)
		before := g.noticeCount()
		body := fmt.Sprintf(`{"notify_url":%q,"echo_message":"hello","encrypted_echo_message":%q}`, g.dev.URL+"/pay-notify", sealed)
		resp, out := g.raw(g.shop, "POST", "/v3/security/echo", body, func(_ map[string]string, r *http.Request) { r.Header.Set("Wechatpay-Serial", serial) })
		if resp.StatusCode != 200 || out["echo_message"] != "hello" || resp.Header.Get("Wechatpay-Serial") != serial {
			t.Fatalf("%s: %d %v", serial, resp.StatusCode, out)
		}
		if plain, err := paycrypt.DecryptField(merchantKey(t, g.shop), out["encrypted_echo_message"].(string)); err != nil || plain != "秘密" {
			t.Fatalf("for the merchant: %q %v", plain, err)
		}
		eventually(t, "the notice", func() bool { return g.noticeCount() == before+1 })
		var n struct {
			Event    string `json:"event_type"`
			Resource struct{ Original_type, Ciphertext, Associated_data, Nonce string }
		}
		if err := json.Unmarshal([]byte(g.noticeIn[before]), &n); err != nil || n.Event != "SECURITY_ECHO.SUCCESS" {
			t.Fatalf("%+v %v", n, err)
		}
		if plain, err := paycrypt.Open(g.shop.APIv3Key, n.Resource.Nonce, n.Resource.Associated_data, n.Resource.Ciphertext); err != nil || !strings.Contains(string(plain), `"echo_message":"hello"`) {
			t.Fatalf("%s %v", plain, err)
		}
	}
	resp, out := g.raw(g.shop, "POST", "/v3/security/echo", `{"echo_message":"x","encrypted_echo_message":"AAAA"}`, nil)
	wantTrade(t, resp.StatusCode, out, 400, "PARAM_ERROR")
	resp, out = g.raw(g.shop, "POST", "/v3/security/echo", `{}`, nil)
	wantTrade(t, resp.StatusCode, out, 400, "PARAM_ERROR")
}
