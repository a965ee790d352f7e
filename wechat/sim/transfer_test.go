package sim

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const transferPath = "/v3/fund-app/mch-transfer/transfer-bills"

func (g *rig) transferJSON(number string, amount int64) string {
	return fmt.Sprintf(`{"appid":"wx0001","out_bill_no":%q,"transfer_scene_id":"1005","openid":%q,"transfer_amount":%d,"transfer_remark":"七月佣金","notify_url":%q,"transfer_scene_report_infos":[{"info_type":"岗位类型","info_content":"团长"},{"info_type":"报酬说明","info_content":"七月佣金"}]}`,
		number, g.openID("zhou"), amount, g.dev.URL+"/pay-notify/transfer")
}

func (g *rig) transfer(number string, amount int64) map[string]any {
	g.t.Helper()
	resp, out := g.raw(g.shop, "POST", transferPath, g.transferJSON(number, amount), nil)
	if resp.StatusCode != 200 {
		g.t.Fatalf("transfer: %d %v", resp.StatusCode, out)
	}
	return out
}

func (g *rig) transferState(number string) map[string]any {
	g.t.Helper()
	_, out := g.raw(g.shop, "GET", transferPath+"/out-bill-no/"+number, "", nil)
	return out
}

func newTransferRig(t testing.TB, s *Server) *rig {
	g := newRig(t, s)
	g.freeze(billNoon)
	must(g.s.MoveMoney("1900000001", accountBasic, 500_000))(t)
	return g
}

func TestTransferIsConfirmedOnThePhone(t *testing.T) {
	g := newTransferRig(t, &Server{})
	made := g.transfer("tr0001", 6600)
	if made["state"] != "WAIT_USER_CONFIRM" || made["package_info"] == "" || g.balances("1900000001").Basic != 493_400 {
		t.Fatalf("%v %+v", made, g.balances("1900000001"))
	}
	if again := g.transfer("tr0001", 6600); again["transfer_bill_no"] != made["transfer_bill_no"] || g.balances("1900000001").Basic != 493_400 {
		t.Fatalf("the same again: %v", again)
	}
	params := map[string]any{"mchId": "1900000001", "appId": "wx0001", "package": made["package_info"]}
	answer := g.invoke("zhou", g.dev.URL+"/", "requestMerchantTransfer", params)
	if answer.Ask != "transfer" {
		t.Fatalf("the phone was asked %v", answer)
	}
	id := answer.Params["transfer_id"].(string)
	offer := g.get("/_sim/people/zhou/transfers/" + id)
	if offer["amount"] != 6600.0 || offer["merchant"] != "山野茶铺" || offer["shown"] != "劳务报酬" {
		t.Fatalf("offer %v", offer)
	}
	done := g.post("/_sim/people/zhou/transfers/"+id+"/accept", map[string]any{})
	if done["state"] != "SUCCESS" || g.balance("zhou") != 7100 {
		t.Fatalf("accepted: %v, wallet %d", done, g.balance("zhou"))
	}
	if status, out := g.call("POST", "/_sim/people/zhou/transfers/"+id+"/accept", map[string]any{}); status != 409 {
		t.Fatalf("twice: %d %v", status, out)
	}
	eventually(t, "the notice", func() bool { return g.noticeOf("/pay-notify/transfer") != nil })
	_, handler := g.official("certificate", g.shop)
	plain := map[string]any{}
	n, err := handler.ParseNotifyRequest(t.Context(), g.noticeOf("/pay-notify/transfer"), &plain)
	if err != nil || n.EventType != "MCHTRANSFER.BILL.FINISHED" || plain["state"] != "SUCCESS" || plain["out_bill_no"] != "tr0001" || plain["transfer_amount"] != 6600.0 {
		t.Fatalf("notice %v %v %v", n, plain, err)
	}
	_, byID := g.raw(g.shop, "GET", transferPath+"/transfer-bill-no/"+id, "", nil)
	if byID["state"] != "SUCCESS" || byID["mch_id"] != "1900000001" || byID["openid"] != g.openID("zhou") {
		t.Fatalf("query %v", byID)
	}
	bills := g.get("/_sim/people/zhou/wallet/bills")["bills"].([]any)
	if row := bills[0].(map[string]any); row["kind"] != "transfer" || row["amount"] != 6600.0 || row["state"] != "已入账" {
		t.Fatalf("bill %v", bills)
	}
}

func TestTransferOfAnotherPerson(t *testing.T) {
	g := newTransferRig(t, &Server{})
	made := g.transfer("tr0001", 100)
	params := map[string]any{"mchId": "1900000001", "appId": "wx0001", "package": made["package_info"]}
	answer := g.invoke("lin", g.dev.URL+"/", "requestMerchantTransfer", params)
	if answer.Ask != "alert" || !strings.Contains(fmt.Sprint(answer.Params), "不一致") {
		t.Fatalf("another phone: %v", answer)
	}
	for name := range params {
		bad := map[string]any{"mchId": "1900000001", "appId": "wx0001", "package": made["package_info"]}
		bad[name] = "x"
		if answer := g.invoke("zhou", g.dev.URL+"/", "requestMerchantTransfer", bad); answer.Ask != "alert" {
			t.Errorf("%s is wrong: %v", name, answer)
		}
		delete(bad, name)
		if answer := g.invoke("zhou", g.dev.URL+"/", "requestMerchantTransfer", bad); !strings.Contains(fmt.Sprint(answer.Result), "fail") {
			t.Errorf("%s is missing: %v", name, answer)
		}
	}
}

func TestTransferEnds(t *testing.T) {
	g := newTransferRig(t, &Server{})
	g.transfer("late", 100)
	g.transfer("cancelled", 200)
	resp, out := g.raw(g.shop, "POST", transferPath+"/out-bill-no/cancelled/cancel", "", nil)
	if resp.StatusCode != 200 || out["state"] != "CANCELING" {
		t.Fatalf("cancel: %d %v", resp.StatusCode, out)
	}
	g.s.Clock.Advance(time.Millisecond)
	if got := g.transferState("cancelled"); got["state"] != "CANCELLED" || g.balances("1900000001").Basic != 499_900 {
		t.Fatalf("%v %+v", got, g.balances("1900000001"))
	}
	g.s.Clock.Advance(24 * time.Hour)
	if got := g.transferState("late"); got["state"] != "FAIL" || got["fail_reason"] != "OVERDUE_CLOSE" || g.balances("1900000001").Basic != 500_000 {
		t.Fatalf("%v %+v", got, g.balances("1900000001"))
	}
	if resp, out := g.raw(g.shop, "POST", transferPath+"/out-bill-no/late/cancel", "", nil); resp.StatusCode != 400 || out["code"] != "INVALID_REQUEST" {
		t.Fatalf("cancel too late: %d %v", resp.StatusCode, out)
	}
	g.post("/_sim/people/zhou/money", map[string]any{"transfer_refused": "ACCOUNT_FROZEN"})
	if made := g.transfer("frozen", 100); made["state"] != "ACCEPTED" || made["package_info"] != nil {
		t.Fatalf("%v", made)
	}
	g.s.Clock.Advance(time.Millisecond)
	if got := g.transferState("frozen"); got["state"] != "FAIL" || got["fail_reason"] != "ACCOUNT_FROZEN" {
		t.Fatalf("%v", got)
	}
	g.s.Clock.Advance(31 * 24 * time.Hour)
	if resp, out := g.raw(g.shop, "GET", transferPath+"/out-bill-no/frozen", "", nil); resp.StatusCode != 404 || out["code"] != "NOT_FOUND" {
		t.Fatalf("after thirty days: %d %v", resp.StatusCode, out)
	}
}

func TestTransferRefusals(t *testing.T) {
	g := newTransferRig(t, &Server{})
	good := g.transferJSON("tr0001", 100)
	edit := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, tc := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"a number with a dash", edit("tr0001", "tr-1"), 400, "PARAM_ERROR"},
		{"an unknown scene", edit(`"1005"`, `"1999"`), 403, "NO_AUTH"},
		{"no report", edit(`[{"info_type":"岗位类型","info_content":"团长"},{"info_type":"报酬说明","info_content":"七月佣金"}]`, `[]`), 400, "PARAM_ERROR"},
		{"half a report", edit(`{"info_type":"岗位类型","info_content":"团长"},`, ``), 400, "PARAM_ERROR"},
		{"the report of another scene", edit(`"1005"`, `"1000"`), 400, "PARAM_ERROR"},
		{"a perception of its own", edit(`"notify_url"`, `"user_recv_perception":"佣金报酬","notify_url"`), 400, "INVALID_REQUEST"},
		{"openid of nobody", edit(g.openID("zhou"), "oNobody"), 400, "PARAM_ERROR"},
		{"appid not bound", edit("wx0001", "wx0009"), 400, "PARAM_ERROR"},
		{"no name from 2000 yuan", edit(`"transfer_amount":100`, `"transfer_amount":200000`), 400, "PARAM_ERROR"},
		{"one fen below the name limit", edit(`"transfer_amount":100`, `"transfer_amount":199999`), 200, ""},
		{"unknown field", edit(`"appid"`, `"colour":1,"appid"`), 400, "PARAM_ERROR"},
		{"nothing", edit(`"transfer_amount":100`, `"transfer_amount":0`), 400, "PARAM_ERROR"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, out := g.raw(g.shop, "POST", transferPath, tc.body, nil)
			if code, _ := out["code"].(string); resp.StatusCode != tc.status || code != tc.code {
				t.Fatalf("%d %v, want %d %s", resp.StatusCode, out, tc.status, tc.code)
			}
		})
	}
	must(g.s.MoveMoney("1900000001", accountBasic, -300_000))(t)
	if resp, out := g.raw(g.shop, "POST", transferPath, g.transferJSON("tr0002", 100), nil); resp.StatusCode != 403 || out["code"] != "NOT_ENOUGH" {
		t.Fatalf("with nothing left: %d %v", resp.StatusCode, out)
	}
	g.set(func(m *MoneySettings) { m.TransferAccount = accountOperation })
	must(g.s.MoveMoney("1900000001", accountOperation, 100))(t)
	if g.transfer("tr0003", 100); g.balances("1900000001").Operation != 0 {
		t.Fatalf("from the operation account: %+v", g.balances("1900000001"))
	}
	if resp, out := g.raw(g.shop, "POST", transferPath, g.transferJSON("tr0003", 99), nil); resp.StatusCode != 400 || out["code"] != "INVALID_REQUEST" {
		t.Fatalf("the number again with another amount: %d %v", resp.StatusCode, out)
	}
	if resp, out := g.raw(g.other, "GET", transferPath+"/out-bill-no/tr0003", "", nil); resp.StatusCode != 404 {
		t.Fatalf("another merchant: %d %v", resp.StatusCode, out)
	}
}

func TestTransferName(t *testing.T) {
	g := newTransferRig(t, &Server{})
	keys := must(g.s.PlatformKeys())(t)
	public, _, err := paycrypt.ParsePublicKey(keys.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	send := func(number, name string, amount int64) (*http.Response, map[string]any) {
		sealed := must(paycrypt.EncryptField(public, name))(t)
		body := strings.Replace(g.transferJSON(number, amount), `"notify_url"`, fmt.Sprintf(`"user_name":%q,"notify_url"`, sealed), 1)
		return g.raw(g.shop, "POST", transferPath, body, func(_ map[string]string, r *http.Request) { r.Header.Set("Wechatpay-Serial", keys.PublicKeyID) })
	}
	if _, out := send("right", "周一", 200_000); out["state"] != "WAIT_USER_CONFIRM" {
		t.Fatalf("the right name: %v", out)
	}
	if _, out := send("right", "周一", 200_000); out["state"] != "WAIT_USER_CONFIRM" {
		t.Fatalf("the same again, encrypted anew: %v", out)
	}
	sealed := g.transferState("right")["user_name"].(string)
	if name, err := paycrypt.DecryptField(merchantKey(t, g.shop), sealed); err != nil || name != "周一" {
		t.Fatalf("the name comes back as %q %v", name, err)
	}
	send("wrong", "周二", 100)
	g.s.Clock.Advance(time.Millisecond)
	if got := g.transferState("wrong"); got["state"] != "FAIL" || got["fail_reason"] != "NAME_NOT_CORRECT" {
		t.Fatalf("the wrong name: %v", got)
	}
	if resp, out := send("small", "周一", 29); resp.StatusCode != 400 || out["code"] != "PARAM_ERROR" {
		t.Fatalf("a name for 0.29 yuan: %d %v", resp.StatusCode, out)
	}
}

// killed is the file as a kill -9 would leave it now.
func killed(t testing.TB, file string) string {
	t.Helper()
	raw := must(os.ReadFile(file))(t)
	copied := filepath.Join(t.TempDir(), "killed.sim")
	if err := os.WriteFile(copied, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestTransferSurvivesKill(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.sim")
	g := newTransferRig(t, &Server{DataFile: file})
	id := g.transfer("tr0001", 100)["transfer_bill_no"].(string)
	g.transfer("tr0002", 200)
	s := start(t, &Server{DataFile: killed(t, file)})
	if done, err := s.AcceptTransfer("zhou", id); err != nil || done.State != transferSuccess {
		t.Fatalf("%+v %v", done, err)
	}
	s.Clock.Advance(24 * time.Hour)
	if got := must(s.Balances("1900000001"))(t); got.Basic != 499_900 {
		t.Fatalf("what nobody claimed comes back after the restart too: %+v", got)
	}
}
