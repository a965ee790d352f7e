package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
	"pgregory.net/rapid"
)

// lastReason is what the inspector says about the newest refused request.
func (g *rig) lastReason() string {
	g.t.Helper()
	entries, _ := g.s.inspect.search(query{text: "refused", kind: "", limit: 1})
	if len(entries) == 0 {
		g.t.Fatal("the inspector saw no refusal")
	}
	return entries[0].Reason
}

func TestRefusesWhatWeChatRefuses(t *testing.T) {
	g := newRig(t, &Server{})
	const path = "/v3/pay/transactions/jsapi"
	good := g.orderJSON("order-0100", 100, "lin")
	edit := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	cases := []struct {
		name, body string
		change     func(auth map[string]string, req *http.Request)
		status     int
		code, why  string
	}{
		{"signature of another key", good, func(a map[string]string, r *http.Request) {
			a["signature"], _ = paycrypt.Sign(merchantKey(t, g.other), paycrypt.RequestMessage("POST", path, a["timestamp"], a["nonce_str"], []byte(good)))
		}, 401, "SIGN_ERROR", "another key"},
		{"body changed after signing", good, func(a map[string]string, r *http.Request) {
			a["signature"], _ = paycrypt.Sign(merchantKey(t, g.shop), paycrypt.RequestMessage("POST", path, a["timestamp"], a["nonce_str"], []byte(good+"\n")))
		}, 401, "SIGN_ERROR", fmt.Sprintf("body differs from the signed one at byte %d", len(good))},
		{"host signed", good, func(a map[string]string, r *http.Request) {
			a["signature"], _ = paycrypt.Sign(merchantKey(t, g.shop), paycrypt.RequestMessage("POST", "https://api.mch.weixin.qq.com"+path, a["timestamp"], a["nonce_str"], []byte(good)))
		}, 401, "SIGN_ERROR", "host must not be signed"},
		{"skewed clock", good, func(a map[string]string, r *http.Request) {
			a["timestamp"] = fmt.Sprint(time.Now().Add(-301 * time.Second).Unix())
		}, 401, "SIGN_ERROR", "away from WeChat's clock"},
		{"wrong serial", good, func(a map[string]string, r *http.Request) { a["serial_no"] = g.other.Serial }, 401, "SIGN_ERROR", "serial_no"},
		{"no authorization", good, func(a map[string]string, r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401, "SIGN_ERROR", "scheme"},
		{"unknown merchant", good, func(a map[string]string, r *http.Request) { a["mchid"] = "1999999999" }, 404, "MCH_NOT_EXISTS", ""},
		{"no Accept", good, func(a map[string]string, r *http.Request) { r.Header.Del("Accept") }, 400, "INVALID_REQUEST", "Accept"},
		{"unknown field", edit(`"appid"`, `"colour":"red","appid"`), nil, 400, "PARAM_ERROR", "/body/colour"},
		{"null", edit(`"description":"明前龙井 125g"`, `"description":null`), nil, 400, "PARAM_ERROR", "null"},
		{"missing field", edit(`"description":"明前龙井 125g",`, ``), nil, 400, "PARAM_ERROR", "必填"},
		{"four-byte character", edit("明前龙井", "🍵"), nil, 400, "PARAM_ERROR", "4字节"},
		{"description too long", edit("明前龙井", strings.Repeat("茶", 43)), nil, 400, "PARAM_ERROR", "大于最大值 127"},
		{"total of zero", edit(`"total":100`, `"total":0`), nil, 400, "PARAM_ERROR", "低于最小值 1"},
		{"total as text", edit(`"total":100`, `"total":"100"`), nil, 400, "PARAM_ERROR", "整数"},
		{"total as fraction", edit(`"total":100`, `"total":1.5`), nil, 400, "PARAM_ERROR", "整数"},
		{"notify_url with a query", edit(`/pay-notify`, `/pay-notify?a=1`), nil, 400, "PARAM_ERROR", "URL"},
		{"number too short", edit("order-0100", "o-1"), nil, 400, "PARAM_ERROR", "最小值 6"},
		{"appid not bound", edit("wx0001", "wx0002"), nil, 400, "APPID_MCHID_NOT_MATCH", "bound"},
		{"openid of nobody", edit(g.openID("lin"), "oNobody"), nil, 400, "PARAM_ERROR", "openid"},
		{"other mchid", edit("1900000001", "1900000002"), nil, 403, "NO_AUTH", ""},
		{"not JSON", good + "}", nil, 400, "PARAM_ERROR", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			resp, out := g.raw(g.shop, "POST", path, tc.body, tc.change)
			if resp.StatusCode != tc.status || out["code"] != tc.code {
				t.Fatalf("got %d %v, want %d %s", resp.StatusCode, out, tc.status, tc.code)
			}
			if !strings.Contains(g.lastReason(), tc.why) {
				t.Fatalf("the inspector says %q, want something with %q", g.lastReason(), tc.why)
			}
		})
	}
	if g.hasOrder("1900000001|order-0100") {
		t.Fatal("an order was left behind")
	}
	resp, out := g.raw(g.shop, "POST", path, good, func(a map[string]string, r *http.Request) { a["signature"] = "AAAA" })
	info := out["detail"].(map[string]any)["sign_information"].(map[string]any)
	if resp.StatusCode != 401 || info["url"] != path || info["method"] != "POST" || !strings.HasPrefix(info["truncated_sign_message"].(string), "POST\n"+path+"\n") {
		t.Fatalf("sign_information: %v", out)
	}
}

func TestReorderRule(t *testing.T) {
	g := newRig(t, &Server{})
	first := g.prepay("order-0200", 100, "lin")
	if again := g.prepay("order-0200", 100, "lin"); again != first {
		t.Fatalf("same parameters gave %s, then %s", first, again)
	}
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", g.orderJSON("order-0200", 101, "lin"), nil)
	if resp.StatusCode != 400 || out["code"] != "INVALID_REQUEST" || !strings.HasSuffix(resp.Header.Get("Request-ID"), "-268498688") {
		t.Fatalf("other amount: %d %v %s", resp.StatusCode, out, resp.Header.Get("Request-ID"))
	}
	g.s.Clock.Advance(2*time.Hour + time.Second)
	if again := g.prepay("order-0200", 100, "lin"); again == first {
		t.Fatal("the prepay is still the old one after two hours")
	}
}

func TestPayingRefusals(t *testing.T) {
	g := newRig(t, &Server{})
	prepay := g.prepay("order-0300", 800, "zhou")
	wantProblem := func(who, id, password, code string) {
		t.Helper()
		status, out := g.call("POST", "/_sim/pay", map[string]any{"person": who, "prepay_id": id, "password": password})
		if status < 400 || out["code"] != code {
			t.Fatalf("got %d %v, want %s", status, out, code)
		}
	}
	wantProblem("lin", prepay, "123456", "pay.person")
	wantProblem("zhou", prepay, "123456", "wallet.short")
	for left := 4; left >= 0; left-- {
		_, out := g.call("POST", "/_sim/pay", map[string]any{"person": "zhou", "prepay_id": prepay, "password": "000000"})
		if out["code"] != "pay.password" || out["left"] != float64(left) {
			t.Fatalf("wrong password: %v, want %d left", out, left)
		}
	}
	if _, err := g.s.TopUp("zhou", 1000); err != nil {
		t.Fatal(err)
	}
	wantProblem("zhou", prepay, "123456", "pay.locked")
	g.s.Clock.Advance(10 * time.Minute)
	if _, err := g.s.Pay("zhou", prepay, "123456"); err != nil {
		t.Fatal(err)
	}
	wantProblem("zhou", prepay, "123456", "pay.paid")
	late := g.prepay("order-0301", 100, "zhou")
	g.s.Clock.Advance(2 * time.Hour)
	wantProblem("zhou", late, "123456", "pay.expired")
	if balance := g.get("/_sim/people/zhou")["balance"]; balance != 700.0 {
		t.Fatalf("the wallet holds %v after one payment of 800", balance)
	}
}

func TestTimeExpireAndAutoClose(t *testing.T) {
	g := newRig(t, &Server{})
	body := strings.Replace(g.orderJSON("order-0400", 100, "lin"), `"attach"`, ``, 1)
	body = strings.Replace(body, `"amount"`, fmt.Sprintf(`"time_expire":%q,"amount"`, cst(time.Now().Add(10*time.Minute))), 1)
	_, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", body, nil)
	g.s.Clock.Advance(11 * time.Minute)
	if _, err := g.s.Pay("lin", out["prepay_id"].(string), "123456"); err == nil || !strings.Contains(err.Error(), "pay.expired") {
		t.Fatalf("paid after time_expire: %v", err)
	}
	query := func() string {
		_, out := g.raw(g.shop, "GET", "/v3/pay/transactions/out-trade-no/order-0400?mchid=1900000001", "", nil)
		return out["trade_state"].(string)
	}
	if state := query(); state != "NOTPAY" {
		t.Fatalf("time_expire closes nothing, but the state is %s", state)
	}
	g.s.Clock.Advance(7 * 24 * time.Hour)
	if state := query(); state != "CLOSED" {
		t.Fatalf("after seven days the state is %s", state)
	}
}

func TestCombinedAllOrNothing(t *testing.T) {
	g := newRig(t, &Server{})
	body := func(number, sub1, sub2 string, total2 int) string {
		return fmt.Sprintf(`{"combine_appid":"wx0001","combine_mchid":"1900000001","combine_out_trade_no":%q,"notify_url":%q,"combine_payer_info":{"openid":%q},"sub_orders":[`+
			`{"mchid":"1900000001","attach":"x","amount":{"total_amount":300,"currency":"CNY"},"out_trade_no":%q,"description":"茶"},`+
			`{"mchid":"1900000002","attach":"x","amount":{"total_amount":%d,"currency":"CNY"},"out_trade_no":%q,"description":"果"}]}`,
			number, g.dev.URL+"/pay-notify", g.openID("zhou"), sub1, total2, sub2)
	}
	const path = "/v3/combine-transactions/jsapi"
	_, out := g.raw(g.shop, "POST", path, body("combine-1", "sub-000001", "sub-000002", 300), nil)
	if _, err := g.s.Pay("zhou", out["prepay_id"].(string), "123456"); err == nil || !strings.Contains(err.Error(), "wallet.short") {
		t.Fatalf("600 from a wallet of 500: %v", err)
	}
	_, state := g.raw(g.shop, "GET", "/v3/combine-transactions/out-trade-no/combine-1", "", nil)
	for _, sub := range state["sub_orders"].([]any) {
		if sub.(map[string]any)["trade_state"] != "NOTPAY" {
			t.Fatalf("a part was paid: %v", state)
		}
	}
	resp, out := g.raw(g.shop, "POST", path, body("combine-2", "sub-000001", "sub-000009", 1), nil)
	if resp.StatusCode != 403 || out["code"] != "OUT_TRADE_NO_USED" {
		t.Fatalf("a sub number used twice: %d %v", resp.StatusCode, out)
	}
	if g.hasOrder("1900000002|sub-000009") {
		t.Fatal("a refused combine left a part behind")
	}
	closing := `{"combine_appid":"wx0001","sub_orders":[{"mchid":"1900000001","out_trade_no":"sub-000001"},{"mchid":"1900000002","out_trade_no":"sub-000003"}]}`
	if resp, _ := g.raw(g.shop, "POST", "/v3/combine-transactions/out-trade-no/combine-1/close", closing, nil); resp.StatusCode != 400 {
		t.Fatalf("closing with other parts: %d", resp.StatusCode)
	}
	if resp, _ := g.raw(g.shop, "POST", "/v3/combine-transactions/out-trade-no/combine-1/close", strings.Replace(closing, "sub-000003", "sub-000002", 1), nil); resp.StatusCode != 204 {
		t.Fatalf("closing: %d", resp.StatusCode)
	}
}

// Money is neither made nor lost: whatever is paid and refunded, wallets and merchants add up.
func TestMoneyAddsUp(t *testing.T) {
	g := newRig(t, &Server{})
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		total := rapid.Int64Range(1, 900).Draw(rt, "total")
		prepay := g.prepay(fmt.Sprintf("order-%06d", round), total, "lin")
		g.s.mu.Lock()
		have := g.s.world.people["lin"].Balance
		sum := have + g.s.balance("1900000001", accountBasic)
		g.s.mu.Unlock()
		if _, err := g.s.Pay("lin", prepay, "123456"); (err == nil) != (have >= total) {
			rt.Fatalf("pay %d with %d: %v", total, have, err)
		} else if err != nil {
			return
		}
		var back int64
		for i := range rapid.IntRange(0, 4).Draw(rt, "refunds") {
			amount := rapid.Int64Range(1, total).Draw(rt, "amount")
			resp, _ := g.raw(g.shop, "POST", "/v3/refund/domestic/refunds", fmt.Sprintf(`{"out_trade_no":"order-%06d","out_refund_no":"r%d-%d","amount":{"refund":%d,"total":%d,"currency":"CNY"}}`, round, round, i, amount, total), nil)
			if (resp.StatusCode == 200) != (back+amount <= total) {
				rt.Fatalf("refund %d after %d of %d: %d", amount, back, total, resp.StatusCode)
			}
			if resp.StatusCode == 200 {
				back += amount
			}
		}
		g.s.Clock.Advance(time.Millisecond) // waits for refunds on their way
		g.s.mu.Lock()
		defer g.s.mu.Unlock()
		if now := g.s.world.people["lin"].Balance; now != have-total+back {
			rt.Fatalf("wallet %d, want %d - %d + %d", now, have, total, back)
		}
		if now := g.s.world.people["lin"].Balance + g.s.balance("1900000001", accountBasic); now != sum-feeOf(total, 60)+g.s.world.orders[fmt.Sprintf("1900000001|order-%06d", round)].FeeBack {
			rt.Fatalf("together %d, before %d: more is missing than the fee", now, sum)
		}
	})
}

func FuzzStrictBody(f *testing.F) {
	f.Add(`{"appid":"wx","mchid":"1","description":"x","out_trade_no":"123456","notify_url":"https://a.b/c","amount":{"total":1},"payer":{"openid":"o"}}`)
	f.Add(`{"amount":[]}`)
	f.Add(`{"detail":{"goods_detail":[{"quantity":1e9}]}}`)
	fields := prepayFields("JSAPI", false)
	s := &Server{}
	if err := s.init(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c := &call{s: s, body: []byte(body), entry: &entry{}, header: http.Header{}}
		var in orderBody
		if !c.strict(fields, &in) {
			if c.status != 400 || !json.Valid(c.out) {
				t.Fatalf("refused with %d %q", c.status, c.out)
			}
			return
		}
		if in.AppID == "" || in.Amount.Total < 1 || in.Payer.OpenID == "" || len(in.Description) > 127 || !tradeNoForm.MatchString(in.OutTradeNo) {
			t.Fatalf("let through: %+v", in)
		}
	})
}
