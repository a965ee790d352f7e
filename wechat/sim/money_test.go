package sim

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

func (g *rig) set(change func(*MoneySettings)) {
	g.t.Helper()
	set := must(g.s.MoneySettings("1900000001"))(g.t)
	change(&set)
	if err := g.s.SetMoney(set); err != nil {
		g.t.Fatal(err)
	}
}

func TestFeeIsRoundedHalfUp(t *testing.T) {
	for _, tc := range []struct{ amount, rate, want int64 }{{1, 60, 0}, {83, 60, 0}, {84, 60, 1}, {600, 60, 4}, {2990, 60, 18}, {26000, 60, 156}, {100, 0, 0}, {1_000_000_000, 60, 6_000_000}} {
		if got := feeOf(tc.amount, tc.rate); got != tc.want {
			t.Errorf("fee of %d at %d: %d, want %d", tc.amount, tc.rate, got, tc.want)
		}
	}
}

func TestRefundOutcomes(t *testing.T) {
	for _, tc := range []struct {
		name, event, state string
		spoil              func(g *rig)
		wallet             float64
		basic              int64
	}{
		{"success", "REFUND.SUCCESS", "SUCCESS", func(*rig) {}, 99600, 398},
		{"closed by the merchant's setting", "REFUND.CLOSED", "CLOSED", func(g *rig) { g.set(func(m *MoneySettings) { m.RefundOutcome = "CLOSED" }) }, 99000, 994},
		{"abnormal for this person", "REFUND.ABNORMAL", "ABNORMAL", func(g *rig) { g.post("/_sim/people/lin/money", map[string]any{"refund_outcome": "ABNORMAL"}) }, 99000, 398},
		{"abnormal by a fault", "REFUND.ABNORMAL", "ABNORMAL", func(g *rig) {
			must(g.s.Faults.Add(Fault{Target: FaultOutcome, Kind: "refund_abnormal", Person: "lin"}))(g.t)
		}, 99000, 398},
		{"closed by a fault", "REFUND.CLOSED", "CLOSED", func(g *rig) { must(g.s.Faults.Add(Fault{Target: FaultOutcome, Kind: "refund_closed"}))(g.t) }, 99000, 994},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newRig(t, &Server{})
			g.freeze(billNoon)
			g.pay("order-9001", 1000)
			tc.spoil(g)
			body := strings.Replace(refundJSON("order-9001", "refund-1", 1000, 600), `"amount"`, `"notify_url":"`+g.dev.URL+`/pay-notify/refund","amount"`, 1)
			resp, out := g.raw(g.shop, "POST", "/v3/refund/domestic/refunds", body, nil)
			if resp.StatusCode != 200 || out["status"] != "PROCESSING" {
				t.Fatalf("%d %v", resp.StatusCode, out)
			}
			g.s.Clock.Advance(time.Millisecond)
			eventually(t, "the notice", func() bool { return g.noticeOf("/pay-notify/refund") != nil })
			_, handler := g.official("certificate", g.shop)
			plain := refundNotice{}
			n, err := handler.ParseNotifyRequest(t.Context(), g.noticeOf("/pay-notify/refund"), &plain)
			if err != nil || n.EventType != tc.event || plain.Status != tc.state || (plain.SuccessTime != "") != (tc.state == "SUCCESS") {
				t.Fatalf("notice %v %+v %v", n, plain, err)
			}
			_, out = g.raw(g.shop, "GET", "/v3/refund/domestic/refunds/refund-1", "", nil)
			if out["status"] != tc.state || g.get("/_sim/people/lin/wallet")["balance"] != tc.wallet || g.balances("1900000001").Basic != tc.basic {
				t.Fatalf("query %v, wallet %v, merchant %+v", out, g.get("/_sim/people/lin/wallet"), g.balances("1900000001"))
			}
		})
	}
}

func TestRefundStuckThenDone(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	g.pay("order-9001", 1000)
	must(g.s.Faults.Add(Fault{Target: FaultOutcome, Kind: "refund_processing", Seconds: 3600}))(t)
	g.refund("order-9001", "refund-1", 1000, 600)
	state := func() any {
		_, out := g.raw(g.shop, "GET", "/v3/refund/domestic/refunds/refund-1", "", nil)
		return out["status"]
	}
	g.s.Clock.Advance(59 * time.Minute)
	if state() != "PROCESSING" {
		t.Fatalf("after 59 minutes: %v", state())
	}
	g.s.Clock.Advance(time.Minute)
	if state() != "SUCCESS" {
		t.Fatalf("after an hour: %v", state())
	}
}

func TestRefundRules(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	g.pay("order-9001", 1000)
	ask := func(body string) (int, any) {
		resp, out := g.raw(g.shop, "POST", "/v3/refund/domestic/refunds", body, nil)
		g.s.Clock.Advance(time.Millisecond)
		return resp.StatusCode, out["code"]
	}
	want := func(what, body string, status int, code any) {
		t.Helper()
		if gotStatus, gotCode := ask(body); gotStatus != status || gotCode != code {
			t.Fatalf("%s: %d %v, want %d %v", what, gotStatus, gotCode, status, code)
		}
	}
	first := refundJSON("order-9001", "refund-1", 1000, 100)
	want("the first", first, 200, nil)
	want("the same again", first, 200, nil)
	want("the same number with a reason", strings.Replace(first, `"amount"`, `"reason":"x","amount"`, 1), 400, "INVALID_REQUEST")
	want("the same number, more money", refundJSON("order-9001", "refund-1", 1000, 101), 400, "INVALID_REQUEST")
	from := strings.Replace(refundJSON("order-9001", "refund-2", 1000, 100), `"currency"`, `"from":[{"account":"AVAILABLE","amount":60},{"account":"UNAVAILABLE","amount":%d}],"currency"`, 1)
	want("from does not add up", fmt.Sprintf(from, 39), 400, "PARAM_ERROR")
	want("from adds up", fmt.Sprintf(from, 40), 200, nil)
	want("another total", refundJSON("order-9001", "refund-3", 999, 1), 400, "INVALID_REQUEST")
	want("more than is left", refundJSON("order-9001", "refund-3", 1000, 801), 400, "INVALID_REQUEST")
	must(g.s.MoveMoney("1900000001", accountBasic, -700))(t)
	want("the merchant is short", refundJSON("order-9001", "refund-3", 1000, 800), 403, "NOT_ENOUGH")
	if !strings.Contains(g.lastReason(), "the basic account has 95 available") {
		t.Fatalf("the inspector says %q", g.lastReason())
	}
	g.set(func(m *MoneySettings) { m.Overdraft = true })
	want("overdrawn", refundJSON("order-9001", "refund-3", 1000, 700), 200, nil)
	g.s.Clock.Advance(31 * 24 * time.Hour)
	want("an old order, long after", refundJSON("order-9001", "refund-4", 1000, 1), 200, nil)
	want("an old order, at once", refundJSON("order-9001", "refund-5", 1000, 1), 429, "FREQUENCY_LIMITED")
	g.s.Clock.Advance(time.Minute)
	for i := 5; i <= 50; i++ {
		want("one of fifty", refundJSON("order-9001", fmt.Sprintf("refund-%d", i), 1000, 1), 200, nil)
		g.s.Clock.Advance(time.Minute)
	}
	want("the fifty-first", refundJSON("order-9001", "refund-51", 1000, 1), 400, "INVALID_REQUEST")
	g.pay("order-9002", 1000)
	g.s.Clock.Advance(365*24*time.Hour + time.Second)
	want("after a year", refundJSON("order-9002", "refund-99", 1000, 1), 400, "INVALID_REQUEST")
}

func TestAbnormalRefundGoesToACard(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	g.pay("order-9001", 1000)
	g.set(func(m *MoneySettings) { m.RefundOutcome = refundAbnormal })
	id := g.refund("order-9001", "refund-1", 1000, 600)["refund_id"].(string)
	keys := must(g.s.PlatformKeys())(t)
	public, _, err := paycrypt.ParsePublicKey(keys.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	card, name := must(paycrypt.EncryptField(public, "6225880137001234"))(t), must(paycrypt.EncryptField(public, "林小满"))(t)
	path := "/v3/refund/domestic/refunds/" + id + "/apply-abnormal-refund"
	body := fmt.Sprintf(`{"out_refund_no":"refund-1","type":"USER_BANK_CARD","bank_type":"CMB_DEBIT","bank_account":%q,"real_name":%q}`, card, name)
	named := func(_ map[string]string, r *http.Request) { r.Header.Set("Wechatpay-Serial", keys.PublicKeyID) }
	for _, tc := range []struct {
		body   string
		change func(map[string]string, *http.Request)
		status int
		code   any
	}{
		{body, nil, 400, "PARAM_ERROR"}, // no Wechatpay-Serial
		{body, func(_ map[string]string, r *http.Request) { r.Header.Set("Wechatpay-Serial", keys.CertificateSerial) }, 400, "PARAM_ERROR"},
		{strings.Replace(body, `"bank_type":"CMB_DEBIT",`, "", 1), named, 400, "PARAM_ERROR"},
		{strings.Replace(body, "refund-1", "refund-2", 1), named, 404, "RESOURCE_NOT_EXISTS"},
		{body, named, 200, nil},
		{body, named, 200, nil}, // again
	} {
		resp, out := g.raw(g.shop, "POST", path, tc.body, tc.change)
		if resp.StatusCode != tc.status || out["code"] != tc.code {
			t.Fatalf("%d %v, want %d %v", resp.StatusCode, out, tc.status, tc.code)
		}
		if tc.status == 200 && (out["status"] != "PROCESSING" || out["channel"] != "OTHER_BANKCARD" || out["user_received_account"] != "CMB_DEBIT1234") {
			t.Fatalf("%v", out)
		}
	}
	g.s.Clock.Advance(time.Minute)
	_, out := g.raw(g.shop, "GET", "/v3/refund/domestic/refunds/refund-1", "", nil)
	if out["status"] != "SUCCESS" || g.get("/_sim/people/lin/wallet")["balance"] != 99000.0 {
		t.Fatalf("%v; the wallet must not get what the card got", out)
	}
	if resp, out := g.raw(g.shop, "POST", path, body, named); resp.StatusCode != 400 || out["code"] != "INVALID_REQUEST" {
		t.Fatalf("once more: %d %v", resp.StatusCode, out)
	}
}

func TestBooksSurviveRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.sim")
	g := newRig(t, &Server{DataFile: file, RefundDelay: time.Hour})
	g.freeze(billNoon)
	g.pay("order-9001", 1000)
	g.refund("order-9001", "refund-1", 1000, 600)
	g.post("/_sim/merchants/1900000001/money/move", map[string]any{"account": "OPERATION", "amount": 5000})
	g.post("/_sim/merchants/1900000001/money", map[string]any{"fee_rate": 38})
	before, flow := g.balances("1900000001"), g.get("/_sim/merchants/1900000001/money/flow?limit=2")
	if lines := flow["flow"].([]any); len(lines) != 2 || flow["more"] != true || lines[0].(map[string]any)["kind"] != "refund" {
		t.Fatalf("flow %v", flow)
	}
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	s := start(t, &Server{DataFile: file, RefundDelay: time.Hour})
	if after := must(s.Balances("1900000001"))(t); after != before || after.Basic != 398 || after.Operation != 5000 {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	if set := must(s.MoneySettings("1900000001"))(t); set.FeeRate != 38 || set.MaxRatio != 3000 {
		t.Fatalf("settings %+v", set)
	}
	s.Clock.Advance(time.Hour)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.world.refunds["1900000001|refund-1"]; r.State != refundSuccess || s.world.money.refundIDs[r.ID] != r {
		t.Fatalf("the refund after the restart: %+v", r)
	}
}

func TestMoneySettingsAreChecked(t *testing.T) {
	g := newRig(t, &Server{})
	for _, body := range []map[string]any{{"fee_rate": 1001}, {"fee_rate": -1}, {"max_ratio": 10001}, {"fee_account": "CASH"}, {"transfer_account": "FEES"}, {"refund_outcome": "LOST"}, {"colour": 1}} {
		if status, out := g.call("POST", "/_sim/merchants/1900000001/money", body); status != 400 {
			t.Errorf("%v: %d %v", body, status, out)
		}
	}
	if status, _ := g.call("GET", "/_sim/merchants/1900009999/money", nil); status != 404 {
		t.Errorf("an unknown merchant: %d", status)
	}
	if status, out := g.call("POST", "/_sim/merchants/1900000001/money/move", map[string]any{"account": "BASIC", "amount": -1}); status != 409 {
		t.Errorf("out of an empty account: %d %v", status, out)
	}
}
