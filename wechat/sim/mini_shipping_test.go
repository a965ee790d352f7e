package sim

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shipBody is a body of upload_shipping_info by transaction id, changed by the given members.
func (g *rig) shipBody(id string, change map[string]any) map[string]any {
	body := map[string]any{"order_key": map[string]any{"order_number_type": 2, "transaction_id": id}, "logistics_type": 1, "delivery_mode": 1,
		"shipping_list": []any{parcelOf("ZTO", "78123456789012")}, "upload_time": g.s.Clock.Now().Format(time.RFC3339Nano), "payer": map[string]any{"openid": g.openID("lin")}}
	for name, value := range change {
		body[name] = value
	}
	return body
}

func parcelOf(company, number string) map[string]any {
	return map[string]any{"tracking_no": number, "express_company": company, "item_desc": "明前龙井 125g"}
}

const shipPath = "/wxa/sec/order/upload_shipping_info"

// ships uploads and gives the errcode; a second passes before, so that upload_time grows.
func (g *rig) ships(id string, change map[string]any) float64 {
	g.t.Helper()
	g.s.Clock.Advance(time.Second)
	code, _ := g.api(shipPath, g.shipBody(id, change))["errcode"].(float64)
	return code
}

func (g *rig) shipOrder(id string) map[string]any {
	g.t.Helper()
	out := g.api("/wxa/sec/order/get_order", map[string]any{"transaction_id": id})
	order, ok := out["order"].(map[string]any)
	if !ok {
		g.t.Fatalf("get_order: %v", out)
	}
	return order
}

func TestShippingFreesTheMoney(t *testing.T) {
	g := newMiniRig(t, &Server{})
	must(g.s.AddMini(Mini{Account: Account{AppID: "wxmini"}, SettleHours: 24}))(t)
	id := g.miniOrder("ship-0001", 8800, "lin")
	if state := g.shipOrder(id)["order_state"]; state != float64(orderToShip) || g.s.FrozenFen(g.shop.MchID) != 8800 {
		t.Fatalf("state %v, frozen %d", state, g.s.FrozenFen(g.shop.MchID))
	}
	if code := g.ships(id, nil); code != 0 {
		t.Fatal(code)
	}
	order := g.shipOrder(id)
	shipping := order["shipping"].(map[string]any)
	if order["order_state"] != float64(orderShipped) || order["paid_amount"] != 8800.0 || shipping["finish_shipping"] != true || shipping["finish_shipping_count"] != 1.0 {
		t.Fatalf("shipped %v", order)
	}
	card := g.get("/_sim/people/lin/chats/svc-notice/messages")["messages"].([]any)[0].(map[string]any)
	if card["title"] != "商家已发货" || !strings.Contains(card["pagepath"].(string), "transaction_id="+id) {
		t.Fatalf("card %v", card)
	}
	g.s.Clock.Advance(40 * time.Hour)
	mine := g.get("/_sim/people/lin/mini-orders")["orders"].([]any)[0].(map[string]any)
	if parcel := mine["parcels"].([]any)[0].(map[string]any); parcel["carrier"] != "中通快递" || len(parcel["tracks"].([]any)) == 0 {
		t.Fatalf("the parcel does not move: %v", parcel)
	}
	if status, _ := g.call("POST", "/_sim/people/zhou/mini-orders/"+id+"/confirm", map[string]any{}); status != 404 {
		t.Errorf("another person confirms: %d", status)
	}
	if done := g.post("/_sim/people/lin/mini-orders/"+id+"/confirm", map[string]any{}); done["state"] != float64(orderToSettle) {
		t.Fatalf("confirmed %v", done)
	}
	if g.s.FrozenFen(g.shop.MchID) != 8800 {
		t.Error("the money is free before it is settled")
	}
	if status, _ := g.call("POST", "/_sim/people/lin/mini-orders/"+id+"/confirm", map[string]any{}); status != 409 {
		t.Error("confirmed twice")
	}
	g.s.Clock.Advance(24 * time.Hour)
	if state := g.shipOrder(id)["order_state"]; state != float64(orderFinished) || g.s.FrozenFen(g.shop.MchID) != 0 {
		t.Fatalf("settled %v, frozen %d", state, g.s.FrozenFen(g.shop.MchID))
	}
	eventually(t, "four events", func() bool {
		all := strings.Join(g.pushed(0), "\n")
		return strings.Contains(all, "trade_manage_remind_access_api") && strings.Contains(all, "<estimated_settlement_time>") && strings.Contains(all, "<settlement_time>") && strings.Contains(all, "<confirm_receive_method>")
	})
}

func TestShippingRefuses(t *testing.T) {
	g := newMiniRig(t, &Server{})
	id := g.miniOrder("ship-0001", 100, "lin")
	things := func(list ...any) map[string]any { return map[string]any{"shipping_list": list} }
	with := func(thing map[string]any, name string, value any) map[string]any {
		thing[name] = value
		return things(thing)
	}
	many := slices.Repeat([]any{parcelOf("ZTO", "78123456789012")}, 16)
	for name, tc := range map[string]struct {
		change map[string]any
		code   float64
	}{
		"no such payment":  {map[string]any{"order_key": map[string]any{"order_number_type": 2, "transaction_id": "4200"}}, 10060001},
		"no such number":   {map[string]any{"order_key": map[string]any{"order_number_type": 1, "mchid": g.shop.MchID, "out_trade_no": "none"}}, 10060001},
		"no kind of key":   {map[string]any{"order_key": map[string]any{"order_number_type": 3}}, 268485194},
		"no logistics":     {map[string]any{"logistics_type": 5}, 10060005},
		"no mode":          {map[string]any{"delivery_mode": 3}, 268485224},
		"split same city":  {map[string]any{"delivery_mode": 2, "logistics_type": 2, "is_all_delivered": true}, 10060006},
		"split, not all":   {map[string]any{"delivery_mode": 2}, 10060007},
		"no description":   {with(parcelOf("ZTO", "781"), "item_desc", ""), 10060008},
		"long description": {with(parcelOf("ZTO", "781"), "item_desc", strings.Repeat("长", 121)), 10060009},
		"no number":        {things(parcelOf("ZTO", "")), 10060014},
		"long number":      {things(parcelOf("ZTO", strings.Repeat("1", 129))), 10060026},
		"long company":     {things(parcelOf(strings.Repeat("Z", 129), "1")), 10060025},
		"no such company":  {things(parcelOf("zhongtong", "78123456789012")), 10060014},
		"SF bare":          {things(parcelOf("SF", "SF1234567890123")), 10060014},
		"SF not masked":    {with(parcelOf("SF", "SF1234567890123"), "contact", map[string]any{"receiver_contact": "13812345678"}), 10060014},
		"two unified":      {things(parcelOf("ZTO", "781"), parcelOf("ZTO", "782")), 10060014},
		"none":             {things(), 10060014},
		"sixteen":          {map[string]any{"shipping_list": many, "delivery_mode": 2, "is_all_delivered": true}, 10060024},
		"no time":          {map[string]any{"upload_time": "2026-11-11 12:00:00"}, 268485216},
		"not the payer":    {map[string]any{"payer": map[string]any{"openid": g.openID("zhou")}}, 10060031},
	} {
		if code := g.ships(id, tc.change); code != tc.code {
			t.Errorf("%s: %v, want %v", name, code, tc.code)
		}
	}
	if g.shipOrder(id)["order_state"] != float64(orderToShip) {
		t.Fatal("a refused upload ships")
	}
	if code := g.ships(id, with(parcelOf("SF", "SF1234567890123"), "contact", map[string]any{"receiver_contact": "138****5678"})); code != 0 {
		t.Errorf("SF with a masked contact gives %v", code)
	}
	if out := g.api(shipPath, g.shipBody(id, map[string]any{"upload_time": g.s.Clock.Now().Add(-time.Hour).Format(time.RFC3339)})); out["errcode"] != 10060012.0 {
		t.Errorf("an older upload_time gives %v", out)
	}
}

func TestShippingAnew(t *testing.T) {
	g := newMiniRig(t, &Server{})
	id := g.miniOrder("ship-0001", 100, "lin")
	for i, step := range []struct {
		change map[string]any
		code   float64
	}{
		{nil, 0},
		{nil, 10060023}, // nothing new
		{map[string]any{"shipping_list": []any{parcelOf("YTO", "YT1234567890123")}}, 0}, // the one re-delivery
		{map[string]any{"shipping_list": []any{parcelOf("STO", "771234567890123")}}, 10060003},
		{map[string]any{"delivery_mode": 2, "is_all_delivered": false}, 10060002},
	} {
		if code := g.ships(id, step.change); code != step.code {
			t.Errorf("step %d: %v, want %v", i, code, step.code)
		}
	}
	if err := g.s.ConfirmReceipt(id); err != nil {
		t.Fatal(err)
	}
	if code := g.ships(id, map[string]any{"shipping_list": []any{parcelOf("STO", "771234567890124")}}); code != 10060004 {
		t.Errorf("after it was received: %v", code)
	}
}

func TestSplitShipping(t *testing.T) {
	g := newMiniRig(t, &Server{})
	id := g.miniOrder("ship-0001", 100, "lin")
	part := func(all bool, n int) map[string]any {
		return map[string]any{"delivery_mode": 2, "is_all_delivered": all, "shipping_list": []any{parcelOf("ZTO", fmt.Sprintf("7812345678901%d", n))}}
	}
	for n, all := range []bool{false, false, true} {
		if code := g.ships(id, part(all, n)); code != 0 {
			t.Fatalf("part %d: %v", n, code)
		}
		shipping := g.shipOrder(id)["shipping"].(map[string]any)
		if len(shipping["shipping_list"].([]any)) != n+1 || shipping["finish_shipping"] != all {
			t.Fatalf("after part %d: %v", n, shipping)
		}
	}
}

func TestShippingByTime(t *testing.T) {
	g := newMiniRig(t, &Server{})
	express, pickup, idle, test, presale := g.miniOrder("ship-0001", 100, "lin"), g.miniOrder("ship-0002", 100, "lin"), g.miniOrder("ship-0003", 100, "lin"), g.miniOrder("ship-0004", 100, "lin"), g.miniOrder("ship-0005", 100, "lin")
	wantCode(t, g.api("/wxa/sec/order/opspecialorder", map[string]any{"order_id": test, "type": 2}), 0)
	wantCode(t, g.api("/wxa/sec/order/opspecialorder", map[string]any{"order_id": presale, "type": 1, "delay_to": g.s.Clock.Now().Add(5 * 24 * time.Hour).Unix()}), 0)
	wantCode(t, g.api("/wxa/sec/order/opspecialorder", map[string]any{"order_id": presale, "type": 1, "delay_to": g.s.Clock.Now().Add(16 * 24 * time.Hour).Unix()}), 10060014)
	wantCode(t, g.api("/wxa/sec/order/opspecialorder", map[string]any{"order_id": "x", "type": 2}), 10060001)
	g.ships(express, nil)
	g.ships(pickup, map[string]any{"logistics_type": 4, "shipping_list": []any{map[string]any{"item_desc": "自提"}}})
	state := func(id string) float64 { return g.shipOrder(id)["order_state"].(float64) }
	reminders := func() int { return strings.Count(strings.Join(g.pushed(0), "\n"), "trade_manage_remind_shipping") }
	g.s.Clock.Advance(shipReminder + time.Hour)
	eventually(t, "one reminder", func() bool { return reminders() == 1 })
	if state(pickup) != orderFinished || state(express) != orderShipped || state(idle) != orderToShip {
		t.Errorf("after two days: %v %v %v", state(pickup), state(express), state(idle))
	}
	g.s.Clock.Advance(8 * 24 * time.Hour)
	if state(express) != orderFinished {
		t.Errorf("after ten days: %v", state(express))
	}
	eventually(t, "the presale is reminded of on its day", func() bool { return reminders() == 2 })
	mine := g.get("/_sim/people/lin/mini-orders")["orders"].([]any)
	if len(mine) != 5 {
		t.Errorf("the phone shows %d orders", len(mine))
	}
}

func TestShippingQueriesAndReminders(t *testing.T) {
	g := newMiniRig(t, &Server{})
	ids := []string{}
	for i := range 5 {
		g.s.Clock.Advance(time.Minute)
		ids = append(ids, g.miniOrder(fmt.Sprintf("ship-000%d", i), int64(100+i), []string{"lin", "zhou"}[i%2]))
	}
	list := func(body map[string]any) map[string]any { return g.api("/wxa/sec/order/get_order_list", body) }
	first := list(map[string]any{"page_size": 2})
	second := list(map[string]any{"page_size": 2, "last_index": first["last_index"]})
	third := list(map[string]any{"page_size": 2, "last_index": second["last_index"]})
	seen := []string{}
	for _, page := range []map[string]any{first, second, third} {
		for _, o := range page["order_list"].([]any) {
			seen = append(seen, o.(map[string]any)["transaction_id"].(string))
		}
	}
	slices.Reverse(seen)
	if !slices.Equal(seen, ids) || first["has_more"] != true || third["has_more"] != false {
		t.Fatalf("pages give %v, want %v", seen, ids)
	}
	g.ships(ids[0], nil)
	for _, tc := range []struct {
		body map[string]any
		n    int
	}{
		{map[string]any{"order_state": orderShipped}, 1},
		{map[string]any{"order_state": orderToShip}, 4},
		{map[string]any{"openid": g.openID("zhou")}, 2},
		{map[string]any{"pay_time_range": map[string]any{"begin_time": g.s.Clock.Now().Unix()}}, 0},
	} {
		if got := list(tc.body)["order_list"].([]any); len(got) != tc.n {
			t.Errorf("%v gives %d", tc.body, len(got))
		}
	}
	wantCode(t, list(map[string]any{"page_size": 51}), 10060014)
	wantCode(t, g.api("/wxa/sec/order/get_order", map[string]any{}), 10060014)
	wantCode(t, g.api("/wxa/sec/order/set_msg_jump_path", map[string]any{"path": "pages/none"}), 41030)
	wantCode(t, g.api("/wxa/sec/order/set_msg_jump_path", map[string]any{"path": "pages/goods/detail?from=msg"}), 0)
	if out := g.api("/wxa/sec/order/is_trade_managed", map[string]any{"appid": "wxmini"}); out["is_trade_managed"] != true {
		t.Error(out)
	}
	wantCode(t, g.api("/wxa/sec/order/is_trade_managed", map[string]any{"appid": "wx0001"}), 40013)
	if out := g.api("/wxa/sec/order/is_trade_management_confirmation_completed", map[string]any{"appid": "wxmini"}); out["completed"] != true {
		t.Error(out)
	}
	remind := func(id string, at time.Time) map[string]any {
		return g.api("/wxa/sec/order/notify_confirm_receive", map[string]any{"transaction_id": id, "received_time": at.Unix()})
	}
	now := g.s.Clock.Now()
	wantCode(t, remind(ids[1], now), 10060004)
	wantCode(t, remind(ids[0], now.Add(time.Hour)), 10060014)
	wantCode(t, remind(ids[0], now), 0)
	wantCode(t, remind(ids[0], now), 10060014)
	messages := g.get("/_sim/people/lin/chats/svc-notice/messages")["messages"].([]any)
	if last := messages[len(messages)-1].(map[string]any); last["title"] != "确认收货提醒" || !strings.HasPrefix(last["pagepath"].(string), "pages/goods/detail?from=msg&transaction_id=") {
		t.Errorf("reminder %v", last)
	}
}

func TestShoppingOrders(t *testing.T) {
	g := newMiniRig(t, &Server{})
	id := g.miniOrder("ship-0001", 8800, "lin")
	upload := func(change map[string]any) map[string]any {
		body := map[string]any{"order_key": map[string]any{"order_number_type": 2, "transaction_id": id}, "payer": map[string]any{"openid": g.openID("lin")}, "upload_time": g.s.Clock.Now().Format(time.RFC3339), "logistics_type": "LOGISTICS_TYPE_EXPRESS",
			"order_list": []any{map[string]any{"merchant_order_no": "N1", "order_detail_jump_link": map[string]any{"type": 1, "appid": "wxmini", "path": "pages/index/index"},
				"item_list": []any{map[string]any{"merchant_item_id": "sku1", "name": "明前龙井", "unit_price": 8800, "quantity": 1, "image_url": []string{"http://a/b.jpg"}}}}}}
		for name, value := range change {
			body[name] = value
		}
		return g.api("/user-order/orders", body)
	}
	ship := map[string]any{"order_key": map[string]any{"order_number_type": 2, "transaction_id": id}, "payer": map[string]any{"openid": g.openID("lin")}, "upload_time": g.s.Clock.Now().Format(time.RFC3339),
		"delivery_mode": "UNIFIED_DELIVERY", "logistics_type": 1, "shipping_list": []any{map[string]any{"tracking_no": "78123456789012", "express_company": "ZTO", "goods": []any{map[string]any{"merchant_item_id": "sku1"}}}}}
	wantCode(t, g.api("/user-order/orders/shippings", ship), 10060001)
	wantCode(t, upload(map[string]any{"order_list": []any{}}), 10060014)
	wantCode(t, upload(map[string]any{"order_list": []any{map[string]any{"merchant_order_no": "N1", "item_list": []any{map[string]any{"merchant_item_id": "s"}}}}}), 10060014)
	wantCode(t, upload(map[string]any{"upload_time": "yesterday"}), 10060014)
	wantCode(t, upload(map[string]any{"payer": map[string]any{"openid": g.openID("zhou")}}), 10060031)
	wantCode(t, upload(nil), 0)
	wantCode(t, upload(nil), 10060012)
	wantCode(t, g.api("/user-order/orders/shippings", ship), 0)
	wantCode(t, g.api("/user-order/orders/shippings", ship), 10060012)
	mine := g.get("/_sim/people/lin/mini-orders")["orders"].([]any)[0].(map[string]any)
	if len(mine["items"].([]any)) != 1 || len(mine["parcels"].([]any)) != 1 {
		t.Errorf("on the phone: %v", mine)
	}
}

func TestShippingSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world")
	g := newMiniRig(t, &Server{DataFile: file})
	sent, open := g.miniOrder("ship-0001", 100, "lin"), g.miniOrder("ship-0002", 200, "lin")
	g.ships(sent, nil)
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	g.s = start(t, &Server{DataFile: file})
	if g.s.FrozenFen(g.shop.MchID) != 300 {
		t.Errorf("frozen %d", g.s.FrozenFen(g.shop.MchID))
	}
	g.s.Clock.Advance(10*24*time.Hour + time.Minute)
	if a, b := g.shipOrder(sent)["order_state"], g.shipOrder(open)["order_state"]; a != float64(orderFinished) || b != float64(orderToShip) {
		t.Errorf("states %v %v", a, b)
	}
	eventually(t, "the reminder comes after the restart", func() bool {
		return strings.Contains(strings.Join(g.pushed(0), "\n"), "trade_manage_remind_shipping")
	})
}

// TestFrozenMoneyAddsUp: whatever happens to orders, the frozen money is the sum of what was paid and not settled.
func TestFrozenMoneyAddsUp(t *testing.T) {
	g := newMiniRig(t, &Server{})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n > 40 {
			return // a payment costs a signature each
		}
		before := g.s.FrozenFen(g.shop.MchID)
		total := rapid.Int64Range(1, 500).Draw(rt, "total")
		n++
		id := g.miniOrder(fmt.Sprintf("frozen-%04d", n), total, "lin")
		if got := g.s.FrozenFen(g.shop.MchID); got != before+total {
			rt.Fatalf("paid %d: frozen %d, was %d", total, got, before)
		}
		if rapid.Bool().Draw(rt, "ship") {
			g.ships(id, nil)
			if rapid.Bool().Draw(rt, "confirm") {
				if err := g.s.ConfirmReceipt(id); err != nil {
					rt.Fatal(err)
				}
				g.s.Clock.Advance(time.Millisecond)
				if got := g.s.FrozenFen(g.shop.MchID); got != before {
					rt.Fatalf("settled %d: frozen %d, was %d", total, got, before)
				}
			}
		}
		if s := g.s.FrozenFen(g.shop.MchID); s < 0 {
			rt.Fatalf("frozen %d", s)
		}
	})
}
