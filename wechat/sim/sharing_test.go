package sim

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/profitsharing"
	"pgregory.net/rapid"
)

// sharingRig is a rig whose clock stands, with an order of 100 yuan made for splitting and paid an hour ago.
type sharingRig struct {
	*rig
	transaction string
}

func newSharingRig(t testing.TB, s *Server) *sharingRig {
	g := newRig(t, s)
	g.freeze(billNoon)
	return &sharingRig{g, g.paySharing("order-share-1", 10_000)}
}

func (g *rig) paySharing(number string, total int64) string {
	g.t.Helper()
	body := strings.Replace(g.orderJSON(number, total, "lin"), `"amount"`, `"settle_info":{"profit_sharing":true},"amount"`, 1)
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", body, nil)
	if resp.StatusCode != 200 {
		g.t.Fatalf("prepay: %d %v", resp.StatusCode, out)
	}
	if _, err := g.s.Pay("lin", out["prepay_id"].(string), "123456"); err != nil {
		g.t.Fatal(err)
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.world.orders["1900000001|"+number].TransactionID
}

func (g *rig) balances(mchID string) Balances {
	g.t.Helper()
	return must(g.s.Balances(mchID))(g.t)
}

// addReceivers lets the shop share with the other merchant and with zhou.
func (g *rig) addReceivers(client *core.Client) {
	g.t.Helper()
	service := profitsharing.ReceiversApiService{Client: client}
	merchant := profitsharing.AddReceiverRequest{Appid: core.String("wx0001"), Type: profitsharing.RECEIVERTYPE_MERCHANT_ID.Ptr(), Account: core.String("1900000002"), Name: core.String("果然鲜"),
		RelationType: profitsharing.RECEIVERRELATIONTYPE_SUPPLIER.Ptr()}
	got, _, err := service.AddReceiver(context.Background(), merchant)
	if err != nil || *got.Name != "果然鲜" {
		g.t.Fatalf("add a merchant: %v %v", got, err)
	}
	person := profitsharing.AddReceiverRequest{Appid: core.String("wx0001"), Type: profitsharing.RECEIVERTYPE_PERSONAL_OPENID.Ptr(), Account: core.String(g.openID("zhou")),
		RelationType: profitsharing.RECEIVERRELATIONTYPE_DISTRIBUTOR.Ptr()}
	for range 2 { // twice is once
		if _, _, err := service.AddReceiver(context.Background(), person); err != nil {
			g.t.Fatalf("add a person: %v", err)
		}
	}
}

func splitting(transaction, number string, unfreeze bool, receivers ...profitsharing.CreateOrderReceiver) profitsharing.CreateOrderRequest {
	return profitsharing.CreateOrderRequest{Appid: core.String("wx0001"), TransactionId: &transaction, OutOrderNo: &number, UnfreezeUnsplit: &unfreeze, Receivers: receivers}
}

func part(kind, account string, amount int64) profitsharing.CreateOrderReceiver {
	return profitsharing.CreateOrderReceiver{Type: &kind, Account: &account, Amount: &amount, Description: core.String("分给" + account)}
}

func TestOfficialSDKSharesProfit(t *testing.T) {
	for _, mode := range []string{"certificate", "public_key"} {
		t.Run(mode, func(t *testing.T) {
			g := newSharingRig(t, &Server{SettleDelay: time.Minute})
			client, handler := g.official(mode, g.shop)
			_, otherHandler := g.official("public_key", g.other)
			_ = handler
			set := must(g.s.MoneySettings("1900000002"))(t)
			set.SharingNotifyURL = g.dev.URL + "/pay-notify/shares"
			if err := g.s.SetMoney(set); err != nil {
				t.Fatal(err)
			}
			ctx, orders := context.Background(), profitsharing.OrdersApiService{Client: client}
			g.addReceivers(client)
			_, _, err := orders.CreateOrder(ctx, splitting(g.transaction, "split-1", false, part("MERCHANT_ID", "1900000002", 2000)))
			wantAPIError(t, err, 400, "INVALID_REQUEST") // within the first minute
			g.s.Clock.Advance(time.Minute)
			if b := g.balances("1900000001"); b.Basic != 9940 || b.Frozen != 9940 {
				t.Fatalf("before the split: %+v", b)
			}
			done, _, err := orders.CreateOrder(ctx, splitting(g.transaction, "split-1", false, part("MERCHANT_ID", "1900000002", 2000), part("PERSONAL_OPENID", g.openID("zhou"), 500)))
			if err != nil || *done.State != profitsharing.ORDERSTATUS_PROCESSING || len(done.Receivers) != 2 || *done.Receivers[0].Result != profitsharing.DETAILSTATUS_PENDING {
				t.Fatalf("split: %v %v", done, err)
			}
			g.s.Clock.Advance(time.Minute)
			query, _, err := orders.QueryOrder(ctx, profitsharing.QueryOrderRequest{TransactionId: &g.transaction, OutOrderNo: core.String("split-1")})
			if err != nil || *query.State != profitsharing.ORDERSTATUS_FINISHED || *query.Receivers[1].Result != profitsharing.DETAILSTATUS_SUCCESS || *query.OrderId != *done.OrderId {
				t.Fatalf("after a minute: %v %v", query, err)
			}
			if a, b := g.balances("1900000001"), g.balances("1900000002"); a.Basic != 7440 || a.Frozen != 7440 || b.Basic != 2000 {
				t.Fatalf("balances %+v and %+v", a, b)
			}
			if wallet := g.get("/_sim/people/zhou/wallet"); wallet["balance"] != 1000.0 {
				t.Fatalf("the person got %v", wallet)
			}
			eventually(t, "the receiver's notice", func() bool { return g.noticeOf("/pay-notify/shares") != nil })
			plain := shareNoticeView{}
			if _, err := otherHandler.ParseNotifyRequest(ctx, g.noticeOf("/pay-notify/shares"), &plain); err != nil || plain.Receiver.Amount != 2000 || plain.OutNo != "split-1" {
				t.Fatalf("notice: %+v %v", plain, err)
			}
			left, _, err := (&profitsharing.TransactionsApiService{Client: client}).QueryOrderAmount(ctx, profitsharing.QueryOrderAmountRequest{TransactionId: &g.transaction})
			if err != nil || *left.UnsplitAmount != 7440 {
				t.Fatalf("left: %v %v", left, err)
			}
			g.returnSome(client)
			rest, _, err := orders.UnfreezeOrder(ctx, profitsharing.UnfreezeOrderRequest{TransactionId: &g.transaction, OutOrderNo: core.String("unfreeze-1"), Description: core.String("解冻")})
			if err != nil || *rest.Receivers[0].Amount != 7440 {
				t.Fatalf("unfreeze: %v %v", rest, err)
			}
			if b := g.balances("1900000001"); b.Frozen != 0 || b.Basic != 8140 {
				t.Fatalf("unfrozen: %+v", b)
			}
			_, _, err = orders.CreateOrder(ctx, splitting(g.transaction, "split-9", false, part("MERCHANT_ID", "1900000002", 1)))
			wantAPIError(t, err, 400, "INVALID_REQUEST")
			g.s.Clock.Set(billNoon.Add(22 * time.Hour))
			bill, _, err := (&profitsharing.BillShipmentApiService{Client: client}).SplitBill(ctx, profitsharing.SplitBillRequest{BillDate: core.String("2026-03-10")})
			if err != nil {
				t.Fatal(err)
			}
			_, text := g.fetchBill(g.shop, *bill.DownloadUrl)
			if b := readBill(t, text); len(b.rows) != 3 || b.sum["分账总金额"] != "25.00" || b.sum["回退总金额"] != "7.00" || b.rows[0]["分账接收方"] != "1900000002" {
				t.Fatalf("bill: %s", text)
			}
		})
	}
}

// returnSome takes 7 of the 20 yuan back that the other merchant got.
func (g *sharingRig) returnSome(client *core.Client) {
	g.t.Helper()
	t, ctx, service := g.t, context.Background(), profitsharing.ReturnOrdersApiService{Client: client}
	ask := func(number string, amount int64) (*profitsharing.ReturnOrdersEntity, error) {
		out, _, err := service.CreateReturnOrder(ctx, profitsharing.CreateReturnOrderRequest{OutOrderNo: core.String("split-1"), OutReturnNo: &number, ReturnMchid: core.String("1900000002"), Amount: &amount, Description: core.String("退货")})
		return out, err
	}
	first, err := ask("return-1", 700)
	if err != nil || *first.Result != profitsharing.RETURNORDERSTATUS_PROCESSING {
		t.Fatalf("return: %v %v", first, err)
	}
	if again, err := ask("return-1", 700); err != nil || *again.ReturnId != *first.ReturnId {
		t.Fatalf("the same return again: %v %v", again, err)
	}
	_, err = ask("return-1", 701)
	wantAPIError(t, err, 400, "INVALID_REQUEST")
	_, err = ask("return-2", 1301)
	wantAPIError(t, err, 400, "INVALID_REQUEST")
	must(g.s.MoveMoney("1900000002", accountBasic, -1100))(t)
	if _, err := ask("return-3", 1300); err != nil {
		t.Fatal(err)
	}
	g.s.Clock.Advance(time.Minute)
	if poor, _, err := service.QueryReturnOrder(ctx, profitsharing.QueryReturnOrderRequest{OutOrderNo: core.String("split-1"), OutReturnNo: core.String("return-3")}); err != nil || *poor.Result != profitsharing.RETURNORDERSTATUS_FAILED || string(*poor.FailReason) != "BALANCE_NOT_ENOUGH" {
		t.Fatalf("a return the merchant cannot pay: %v %v", poor, err)
	}
	if a, b := g.balances("1900000001"), g.balances("1900000002"); a.Basic != 8140 || a.Frozen != 7440 || b.Basic != 200 {
		t.Fatalf("after the return: %+v %+v", a, b)
	}
}

// noticeOf is the first notification that came to a path, as the SDK reads it; nil when there is none.
func (g *rig) noticeOf(path string) *http.Request {
	g.mu.Lock()
	at := -1
	for i, r := range g.notices {
		if r.URL.Path == path && at < 0 {
			at = i
		}
	}
	g.mu.Unlock()
	if at < 0 {
		return nil
	}
	return g.notice(at)
}

func TestSharingRefusals(t *testing.T) {
	g := newSharingRig(t, &Server{})
	client, _ := g.official("public_key", g.shop)
	g.addReceivers(client)
	plain := g.pay("order-plain", 1000)
	g.s.Clock.Advance(time.Hour)
	ctx, orders, receivers := context.Background(), profitsharing.OrdersApiService{Client: client}, profitsharing.ReceiversApiService{Client: client}
	cases := []struct {
		name   string
		in     profitsharing.CreateOrderRequest
		status int
		code   string
	}{
		{"an order not made for it", splitting(plain, "s-1", false, part("MERCHANT_ID", "1900000002", 10)), 400, "INVALID_REQUEST"},
		{"no such order", splitting("4200000000000000000000000000", "s-1", false, part("MERCHANT_ID", "1900000002", 10)), 404, "RESOURCE_NOT_EXISTS"},
		{"a receiver not added", splitting(g.transaction, "s-1", false, part("PERSONAL_OPENID", g.openID("lin"), 10)), 400, "INVALID_REQUEST"},
		{"more than 30 percent", splitting(g.transaction, "s-1", false, part("MERCHANT_ID", "1900000002", 3001)), 403, "RULE_LIMIT"},
		{"nobody", splitting(g.transaction, "s-1", false), 400, "PARAM_ERROR"},
		{"a strange kind", splitting(g.transaction, "s-1", false, part("ROBOT", "1900000002", 10)), 400, "PARAM_ERROR"},
		{"nothing", splitting(g.transaction, "s-1", false, part("MERCHANT_ID", "1900000002", 0)), 400, "PARAM_ERROR"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := orders.CreateOrder(ctx, tc.in)
			wantAPIError(t, err, tc.status, tc.code)
		})
	}
	named := part("MERCHANT_ID", "1900000002", 10)
	named.Name = core.String("别家")
	_, _, err := orders.CreateOrder(ctx, splitting(g.transaction, "s-1", false, named))
	wantAPIError(t, err, 400, "PARAM_ERROR")
	if !strings.Contains(g.lastReason(), "果然鲜") {
		t.Fatalf("the inspector says %q", g.lastReason())
	}
	_, _, err = receivers.AddReceiver(ctx, profitsharing.AddReceiverRequest{Appid: core.String("wx0001"), Type: profitsharing.RECEIVERTYPE_MERCHANT_ID.Ptr(), Account: core.String("1900000002"),
		RelationType: profitsharing.RECEIVERRELATIONTYPE_SUPPLIER.Ptr()})
	wantAPIError(t, err, 400, "PARAM_ERROR") // a merchant needs its full name
	_, _, err = (&profitsharing.MerchantsApiService{Client: client}).QueryMerchantRatio(ctx, profitsharing.QueryMerchantRatioRequest{SubMchid: core.String("1900000002")})
	wantAPIError(t, err, 403, "NO_AUTH")
	must(g.s.Faults.Add(Fault{Target: FaultCall, Kind: "rate_limit"}))(t)
	_, _, err = orders.CreateOrder(ctx, splitting(g.transaction, "s-1", false, part("MERCHANT_ID", "1900000002", 1)))
	wantAPIError(t, err, 429, "RATELIMIT_EXCEED")
	for i := range 3 { // together not more than 30 percent
		_, _, err = orders.CreateOrder(ctx, splitting(g.transaction, fmt.Sprintf("many-%d", i), false, part("MERCHANT_ID", "1900000002", 1400)))
	}
	wantAPIError(t, err, 403, "RULE_LIMIT")
	_, _, err = orders.CreateOrder(ctx, splitting(g.transaction, "many-0", false, part("MERCHANT_ID", "1900000002", 1399)))
	wantAPIError(t, err, 400, "INVALID_REQUEST")
}

// A receiver that goes before the split is settled gets nothing, and the money can be split again.
func TestReceiverGoneBeforeSettling(t *testing.T) {
	g := newSharingRig(t, &Server{SettleDelay: time.Hour})
	client, _ := g.official("public_key", g.shop)
	g.addReceivers(client)
	g.s.Clock.Advance(time.Hour)
	ctx, orders := context.Background(), profitsharing.OrdersApiService{Client: client}
	if _, _, err := orders.CreateOrder(ctx, splitting(g.transaction, "s-1", false, part("MERCHANT_ID", "1900000002", 3000))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (&profitsharing.ReceiversApiService{Client: client}).DeleteReceiver(ctx, profitsharing.DeleteReceiverRequest{Appid: core.String("wx0001"), Type: profitsharing.RECEIVERTYPE_MERCHANT_ID.Ptr(), Account: core.String("1900000002")}); err != nil {
		t.Fatal(err)
	}
	g.s.Clock.Advance(time.Hour)
	got, _, err := orders.QueryOrder(ctx, profitsharing.QueryOrderRequest{TransactionId: &g.transaction, OutOrderNo: core.String("s-1")})
	if err != nil || *got.Receivers[0].Result != profitsharing.DETAILSTATUS_CLOSED || string(*got.Receivers[0].FailReason) != "NO_RELATION" {
		t.Fatalf("%v %v", got, err)
	}
	g.addReceivers(client)
	if _, _, err := orders.CreateOrder(ctx, splitting(g.transaction, "s-2", false, part("MERCHANT_ID", "1900000002", 3000))); err != nil {
		t.Fatalf("the ratio is free again: %v", err)
	}
}

func TestSharingEnds(t *testing.T) {
	g := newSharingRig(t, &Server{})
	client, _ := g.official("public_key", g.shop)
	g.addReceivers(client)
	orders := profitsharing.OrdersApiService{Client: client}
	late := g.paySharing("order-share-2", 1000)
	g.refund("order-share-1", "refund-1", 10_000, 4000)
	if b := g.balances("1900000001"); b.Frozen != 9940-3976+994 {
		t.Fatalf("a refund takes from what is frozen: %+v", b)
	}
	g.refund("order-share-1", "refund-2", 10_000, 6000)
	g.s.Clock.Advance(time.Hour)
	_, _, err := orders.CreateOrder(context.Background(), splitting(g.transaction, "s-1", false, part("MERCHANT_ID", "1900000002", 10)))
	wantAPIError(t, err, 400, "INVALID_REQUEST")
	if b := g.balances("1900000001"); b.Frozen != 994 || b.Basic != 994 {
		t.Fatalf("after a full refund: %+v", b)
	}
	g.s.Clock.Advance(30 * 24 * time.Hour)
	if b := g.balances("1900000001"); b.Frozen != 0 || b.Basic != 994 {
		t.Fatalf("after thirty days: %+v", b)
	}
	_, _, err = orders.CreateOrder(context.Background(), splitting(late, "s-2", false, part("MERCHANT_ID", "1900000002", 10)))
	wantAPIError(t, err, 400, "INVALID_REQUEST")
}

// What was frozen, split and on its way is there after a kill, and goes on.
func TestSharingSurvivesKill(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.sim")
	g := newSharingRig(t, &Server{DataFile: file, SettleDelay: time.Hour})
	client, _ := g.official("public_key", g.shop)
	g.addReceivers(client)
	g.s.Clock.Advance(time.Hour)
	if _, _, err := (&profitsharing.OrdersApiService{Client: client}).CreateOrder(context.Background(), splitting(g.transaction, "s-1", false, part("MERCHANT_ID", "1900000002", 3000))); err != nil {
		t.Fatal(err)
	}
	before := g.balances("1900000001")
	s := start(t, &Server{DataFile: killed(t, file), SettleDelay: time.Hour})
	if after := must(s.Balances("1900000001"))(t); after != before || after.Frozen != 9940 {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	s.Clock.Advance(time.Hour)
	if got := must(s.Balances("1900000002"))(t); got.Basic != 3000 {
		t.Fatalf("the split was not settled after the restart: %+v", got)
	}
	s.Clock.Advance(30 * 24 * time.Hour)
	if got := must(s.Balances("1900000001"))(t); got.Frozen != 0 || got.Basic != 6940 {
		t.Fatalf("thirty days later: %+v", got)
	}
}

// Whatever is split, returned and refunded: no fen is made or lost, and what is frozen is never more than there is.
func TestSharedMoneyAddsUp(t *testing.T) {
	g := newRig(t, &Server{})
	g.freeze(billNoon)
	must(g.s.TopUp("lin", 50_000_000))(t)
	client, _ := g.official("public_key", g.shop)
	g.addReceivers(client)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		before := g.everything()
		total := rapid.Int64Range(10, 2000).Draw(rt, "total")
		number := fmt.Sprintf("order-r-%d", round)
		transaction := g.paySharing(number, total)
		g.s.Clock.Advance(2 * time.Minute)
		for i := range rapid.IntRange(1, 5).Draw(rt, "steps") {
			amount := rapid.Int64Range(1, total).Draw(rt, "amount")
			var body, path string
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				path, body = "/v3/profitsharing/orders", fmt.Sprintf(`{"appid":"wx0001","transaction_id":%q,"out_order_no":"s-%d-%d","unfreeze_unsplit":%v,"receivers":[{"type":"MERCHANT_ID","account":"1900000002","amount":%d,"description":"分"}]}`,
					transaction, round, i, rapid.Bool().Draw(rt, "unfreeze"), amount/4+1)
			case 1:
				path, body = "/v3/profitsharing/orders", fmt.Sprintf(`{"appid":"wx0001","transaction_id":%q,"out_order_no":"s-%d-%d","unfreeze_unsplit":false,"receivers":[{"type":"PERSONAL_OPENID","account":%q,"amount":%d,"description":"分"}]}`,
					transaction, round, i, g.openID("zhou"), amount/8+1)
			case 2:
				path, body = "/v3/profitsharing/return-orders", fmt.Sprintf(`{"out_order_no":"s-%d-0","out_return_no":"b-%d-%d","return_mchid":"1900000002","amount":%d,"description":"退"}`, round, round, i, amount/8+1)
			default:
				path, body = "/v3/refund/domestic/refunds", refundJSON(number, fmt.Sprintf("f-%d-%d", round, i), total, amount)
			}
			g.raw(g.shop, "POST", path, body, nil)
			g.s.Clock.Advance(time.Millisecond)
			if b := g.balances("1900000001"); b.Frozen < 0 || b.Frozen > b.Basic {
				rt.Fatalf("%d fen frozen of %d", b.Frozen, b.Basic)
			}
		}
		g.s.mu.Lock()
		o := g.s.world.orders["1900000001|"+number]
		fee := o.Fee - o.FeeBack
		g.s.mu.Unlock()
		if now := g.everything(); now != before-fee {
			rt.Fatalf("together %d, before %d, the fee was %d", now, before, fee)
		}
	})
}

// everything is all money of the rig's people and merchants.
func (g *rig) everything() int64 {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	sum := int64(0)
	for _, p := range g.s.world.people {
		sum += p.Balance
	}
	for id := range g.s.world.merchants {
		for _, account := range accountKinds {
			sum += g.s.balance(id, account)
		}
	}
	return sum
}
