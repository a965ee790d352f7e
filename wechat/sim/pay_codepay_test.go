package sim

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func (g *rig) payCode(who string) string {
	g.t.Helper()
	return must(g.s.PayCode(who))(g.t)
}

// scan charges a payment code through v3; header may be empty.
func (g *rig) scan(number, code string, total int64, header string) (int, map[string]any) {
	g.t.Helper()
	body := fmt.Sprintf(`{"appid":"wx0001","mchid":"1900000001","description":"柜台","out_trade_no":%q,"payer":{"auth_code":%q},"amount":{"total":%d,"currency":"CNY"},"scene_info":{"device_ip":"10.0.0.1","store_info":{"out_id":"s1"}}}`, number, code, total)
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/codepay", body, func(_ map[string]string, r *http.Request) {
		if header != "" {
			r.Header.Set(faultHeader, header)
		}
	})
	return resp.StatusCode, out
}

func (g *rig) tradeState(number string) string {
	g.t.Helper()
	_, out := g.raw(g.shop, "GET", "/v3/pay/transactions/out-trade-no/"+number+"?mchid=1900000001", "", nil)
	state, _ := out["trade_state"].(string)
	return state
}

func (g *rig) reverse(number string) (int, map[string]any) {
	g.t.Helper()
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/out-trade-no/"+number+"/reverse", `{"appid":"wx0001","mchid":"1900000001"}`, nil)
	return resp.StatusCode, out
}

func (g *rig) balance(who string) int64 {
	g.t.Helper()
	return int64(g.get("/_sim/people/" + who)["balance"].(float64))
}

func wantTrade(t testing.TB, status int, out map[string]any, wantStatus int, code string) {
	t.Helper()
	if status != wantStatus || out["code"] != code {
		t.Fatalf("got %d %v, want %d %s", status, out, wantStatus, code)
	}
}

func TestPayCodes(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	first := g.payCode("lin")
	if !payCodeForm.MatchString(first) || g.payCode("lin") != first || g.payCode("zhou") == first {
		t.Fatalf("the code is %s", first)
	}
	g.s.Clock.Advance(time.Minute)
	second := g.payCode("lin")
	if second == first {
		t.Fatal("the code is the same after a minute")
	}
	g.s.Clock.Advance(29 * time.Second)
	if status, out := g.scan("code-0001", first, 100, ""); status != 200 {
		t.Fatalf("the code before, within the grace: %d %v", status, out)
	}
	status, out := g.scan("code-0002", first, 100, "")
	wantTrade(t, status, out, 400, "AUTH_CODE_INVALID")
	g.s.Clock.Advance(62 * time.Second)
	status, out = g.scan("code-0002", second, 100, "")
	wantTrade(t, status, out, 400, "AUTHCODEEXPIRE")
	for _, code := range []string{"123", "163456789012345678", "13000000000000000x", "130000000000000000"} {
		status, out = g.scan("code-0002", code, 100, "")
		wantTrade(t, status, out, 400, "AUTH_CODE_INVALID")
	}
	if g.hasOrder("1900000001|code-0002") {
		t.Fatal("a bad code left an order behind")
	}
	if third := g.payCode("lin"); third == second || third == first {
		t.Fatal("a code came back")
	}
}

func TestCodepayAtOnce(t *testing.T) {
	g := newRig(t, &Server{})
	code := g.payCode("lin")
	status, out := g.scan("code-0010", code, 8800, "")
	if status != 200 || out["trade_state"] != "SUCCESS" || out["trade_type"] != "MICROPAY" || out["payer"].(map[string]any)["openid"] != g.openID("lin") {
		t.Fatalf("%d %v", status, out)
	}
	if g.balance("lin") != 100000-8800 {
		t.Fatalf("the wallet holds %d", g.balance("lin"))
	}
	status, out = g.scan("code-0010", code, 8800, "")
	wantTrade(t, status, out, 400, "ORDER_PAID")
	status, out = g.scan("code-0010", g.payCode("lin"), 8800, "")
	wantTrade(t, status, out, 403, "OUT_TRADE_NO_USED")
	status, out = g.scan("code-0011", g.payCode("zhou"), 600, "")
	wantTrade(t, status, out, 403, "NOT_ENOUGH")
	if status, out = g.scan("code-0011", g.payCode("zhou"), 500, ""); status != 200 {
		t.Fatalf("the same code and number after NOT_ENOUGH: %d %v", status, out)
	}
	if g.noticeCount() != 0 {
		t.Fatal("payment codes have no notice")
	}
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/out-trade-no/code-0010/close", `{"mchid":"1900000001"}`, nil)
	wantTrade(t, resp.StatusCode, out, 400, "ORDER_PAID")
	resp, _ = g.raw(g.shop, "POST", "/v3/refund/domestic/refunds", `{"out_trade_no":"code-0010","out_refund_no":"r1","amount":{"refund":800,"total":8800,"currency":"CNY"}}`, nil)
	if resp.StatusCode != 200 {
		t.Fatalf("refund of a code order: %d", resp.StatusCode)
	}
	status, out = g.reverse("code-0010")
	wantTrade(t, status, out, 403, "TRADE_ERROR")
}

// Above the small amount the buyer is asked: paid, given up, closed by the buyer, and reversed while waiting.
func TestUserPaying(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.post("/_sim/pay/settings", map[string]any{"small_amount": 1000})
	asked := func(number string) string {
		t.Helper()
		code := g.payCode("lin")
		status, out := g.scan(number, code, 1001, "")
		wantTrade(t, status, out, 202, "USERPAYING")
		status, out = g.scan(number, code, 1001, "")
		wantTrade(t, status, out, 202, "USERPAYING") // asking again changes nothing
		if state := g.tradeState(number); state != "USERPAYING" {
			t.Fatalf("the state is %s", state)
		}
		return g.get("/_sim/people/lin/ask")["pay_id"].(string)
	}
	pay := asked("code-0020")
	if sheet := g.get("/_sim/people/lin/pay/" + pay); sheet["state"] != "open" || sheet["total"] != 1001.0 {
		t.Fatalf("the sheet: %v", sheet)
	}
	if status, out := g.call("POST", "/_sim/people/lin/pay/"+pay+"/confirm", map[string]any{"password": "000000"}); status != 409 || out["code"] != "pay.password" {
		t.Fatalf("a wrong password: %d %v", status, out)
	}
	g.post("/_sim/people/lin/pay/"+pay+"/confirm", map[string]any{"password": "123456"})
	if g.tradeState("code-0020") != "SUCCESS" || g.balance("lin") != 100000-1001 {
		t.Fatal("not paid by the password")
	}
	if len(g.get("/_sim/people/lin/ask")) != 0 {
		t.Fatal("the phone is still asked")
	}

	pay = asked("code-0021")
	g.post("/_sim/people/lin/pay/"+pay+"/cancel", map[string]any{})
	if state := g.tradeState("code-0021"); state != "PAYERROR" {
		t.Fatalf("the buyer closed the sheet, the state is %s", state)
	}

	pay = asked("code-0022")
	if status, out := g.reverse("code-0022"); status != 200 || out["out_trade_no"] != "code-0022" {
		t.Fatalf("reverse while waiting: %d %v", status, out)
	}
	if status, out := g.call("POST", "/_sim/people/lin/pay/"+pay+"/confirm", map[string]any{"password": "123456"}); status != 410 {
		t.Fatalf("paid a reversed order: %d %v", status, out)
	}
	if g.tradeState("code-0022") != "REVOKED" {
		t.Fatalf("the state is %s", g.tradeState("code-0022"))
	}

	asked("code-0023")
	g.s.Clock.Advance(121 * time.Second)
	if state := g.tradeState("code-0023"); state != "PAYERROR" {
		t.Fatalf("nobody entered the password, the state is %s", state)
	}
	if g.balance("lin") != 100000-1001 {
		t.Fatalf("the wallet holds %d after one payment", g.balance("lin"))
	}
	g.post("/_sim/people/lin/paycode", map[string]any{"ask": "never"})
	if status, _ := g.scan("code-0024", g.payCode("lin"), 5000, ""); status != 200 {
		t.Fatal("this person is never asked, and was")
	}
	g.post("/_sim/people/lin/paycode", map[string]any{"ask": "always"})
	status, out := g.scan("code-0025", g.payCode("lin"), 1, "")
	wantTrade(t, status, out, 202, "USERPAYING")
}

func TestReverseGivesTheMoneyBack(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Freeze()
	g.scan("code-0030", g.payCode("lin"), 3000, "")
	for range 2 {
		if status, out := g.reverse("code-0030"); status != 200 {
			t.Fatalf("%d %v", status, out)
		}
		if g.balance("lin") != 100000 || g.tradeState("code-0030") != "REVOKED" {
			t.Fatalf("the wallet holds %d, the state is %s", g.balance("lin"), g.tradeState("code-0030"))
		}
	}
	status, out := g.reverse("code-9999")
	wantTrade(t, status, out, 404, "ORDER_NOT_EXIST")
	g.prepay("order-0001", 100, "lin")
	status, out = g.reverse("order-0001")
	wantTrade(t, status, out, 400, "INVALID_REQUEST")
	g.scan("code-0031", g.payCode("lin"), 100, "")
	g.s.Clock.Advance(7*24*time.Hour + time.Second)
	status, out = g.reverse("code-0031")
	wantTrade(t, status, out, 400, "REVERSE_EXPIRE")
	g.post("/_sim/pay/settings", map[string]any{"reverse_after": 15})
	g.scan("code-0032", g.payCode("lin"), 100, "")
	status, out = g.reverse("code-0032")
	wantTrade(t, status, out, 500, "SYSTEM_ERROR")
	g.s.Clock.Advance(15 * time.Second)
	if status, _ = g.reverse("code-0032"); status != 200 {
		t.Fatalf("after the wait: %d", status)
	}
}

func TestNegativeTestHeader(t *testing.T) {
	g := newRig(t, &Server{})
	status, out := g.scan("code-0040", g.payCode("lin"), 1, "MICROPAY_USERPAYING")
	wantTrade(t, status, out, 202, "USERPAYING")
	status, out = g.scan("code-0041", g.payCode("lin"), 1, "MICROPAY_PAYERROR")
	wantTrade(t, status, out, 202, "USERPAYING")
	if state := g.tradeState("code-0041"); state != "PAYERROR" {
		t.Fatalf("the state is %s", state)
	}
	g.post("/_sim/faults", map[string]any{"target": "outcome", "kind": "userpaying", "person": "lin"})
	if status, _ := g.scan("code-0042", g.payCode("zhou"), 1, ""); status != 200 {
		t.Fatalf("the fault is another person's: %d", status)
	}
	status, out = g.scan("code-0043", g.payCode("lin"), 1, "")
	wantTrade(t, status, out, 202, "USERPAYING")
}

// Two cashiers scan one code, and a reverse runs against a password: whatever wins, the money is counted once.
func TestCodeRaces(t *testing.T) {
	g := newRig(t, &Server{})
	for round := range 5 {
		code, before := g.payCode("lin"), g.balance("lin")
		var wait sync.WaitGroup
		paid := make([]int, 4)
		for i := range paid {
			wait.Go(func() { paid[i], _ = g.scan(fmt.Sprintf("race-%d-%d", round, i), code, 10, "") })
		}
		wait.Wait()
		if n := strings.Count(fmt.Sprint(paid), "200"); n != 1 || g.balance("lin") != before-10 {
			t.Fatalf("one code paid %d times: %v, %d fen are gone", n, paid, before-g.balance("lin"))
		}
	}
	for round := range 5 {
		number, before := fmt.Sprintf("rev-00%d", round), g.balance("lin")
		g.scan(number, g.payCode("lin"), 10, "MICROPAY_USERPAYING")
		pay := g.get("/_sim/people/lin/ask")["pay_id"].(string)
		var wait sync.WaitGroup
		wait.Go(func() { g.call("POST", "/_sim/people/lin/pay/"+pay+"/confirm", map[string]any{"password": "123456"}) })
		wait.Go(func() { g.reverse(number) })
		wait.Wait()
		if state := g.tradeState(number); state != "REVOKED" || g.balance("lin") != before {
			t.Fatalf("the state is %s, %d fen are gone", state, before-g.balance("lin"))
		}
	}
}

func TestCodesComeBack(t *testing.T) {
	file := t.TempDir() + "/world"
	s := &Server{DataFile: file}
	g := newRig(t, s)
	g.s.Clock.Freeze()
	used, fresh := g.payCode("lin"), ""
	g.scan("code-0050", used, 1, "MICROPAY_USERPAYING")
	fresh = g.payCode("lin")
	g.post("/_sim/pay/settings", map[string]any{"small_amount": 77})
	rotated := g.post("/_sim/platform/rotate", map[string]any{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	g = newRig(t, &Server{DataFile: file})
	if g.payCode("lin") != fresh {
		t.Fatal("the code was forgotten")
	}
	pay := g.get("/_sim/people/lin/ask")["pay_id"].(string)
	g.post("/_sim/people/lin/pay/"+pay+"/confirm", map[string]any{"password": "123456"})
	status, out := g.scan("code-0051", used, 1, "")
	wantTrade(t, status, out, 400, "AUTH_CODE_INVALID")
	if set := g.get("/_sim/pay/settings"); set["small_amount"] != 77.0 || g.tradeState("code-0050") != "SUCCESS" {
		t.Fatalf("after the restart: %v", set)
	}
	if keys := must(g.s.PlatformKeys())(t); keys.CertificateSerial != rotated["platform_serial_no"] || len(g.s.platform.Load().listed(g.s.Clock.Now())) != 2 {
		t.Fatal("the rotation was forgotten")
	}
}
