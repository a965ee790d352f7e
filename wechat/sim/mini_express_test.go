package sim

import (
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const expressBase = "/cgi-bin/express/business/"

// expressBody is a body of order/add, changed by the given members.
func (g *rig) expressBody(id string, change map[string]any) map[string]any {
	end := func(name, city string) map[string]any {
		return map[string]any{"name": name, "mobile": "13800001234", "province": "浙江省", "city": city, "area": "西湖区", "address": "龙井路 1 号"}
	}
	body := map[string]any{"add_source": 0, "order_id": id, "openid": g.openID("lin"), "delivery_id": "ZTO", "biz_id": "biz1", "sender": end("茶庄", "杭州市"), "receiver": end("林一", "宁波市"),
		"cargo":   map[string]any{"count": 1, "weight": 0.5, "space_x": 20, "space_y": 10, "space_z": 8, "detail_list": []any{map[string]any{"name": "龙井", "count": 1}}},
		"shop":    map[string]any{"wxa_path": "/pages/goods/detail?id=1", "img_url": "https://example.test/a.jpg", "goods_name": "明前龙井", "goods_count": 1},
		"insured": map[string]any{"use_insured": 0, "insured_value": 0}, "service": map[string]any{"service_type": 0, "service_name": "标准快递"}}
	for name, value := range change {
		body[name] = value
	}
	return body
}

func (g *rig) quota() float64 {
	g.t.Helper()
	n, ok := g.api(expressBase+"quota/get", map[string]any{"delivery_id": "ZTO", "biz_id": "biz1"})["quota_num"].(float64)
	if !ok {
		g.t.Fatal("no quota")
	}
	return n
}

func TestExpressOrderTravels(t *testing.T) {
	g := newMiniRig(t, &Server{})
	made := g.api(expressBase+"order/add", g.expressBody("o1", nil))
	number, _ := made["waybill_id"].(string)
	if !strings.HasPrefix(number, "78") || made["order_id"] != "o1" || len(made["waybill_data"].([]any)) != 2 || g.quota() != 1 {
		t.Fatalf("order/add gives %v, quota %v", made, g.quota())
	}
	key := map[string]any{"order_id": "o1", "openid": g.openID("lin"), "delivery_id": "ZTO", "waybill_id": number}
	if out := g.api(expressBase+"path/get", key); out["path_item_num"] != 0.0 || len(out["path_item_list"].([]any)) != 0 {
		t.Fatalf("a path before the courier came: %v", out)
	}
	label := g.api(expressBase+"order/get", key)
	page := must(base64.StdEncoding.DecodeString(label["print_html"].(string)))(t)
	if !strings.Contains(string(page), number) || label["order_status"] != 0.0 {
		t.Fatalf("label %s of %v", page, label)
	}
	g.s.Clock.Advance(5 * 24 * time.Hour)
	path := g.api(expressBase+"path/get", key)
	list := path["path_item_list"].([]any)
	first, last := list[0].(map[string]any), list[len(list)-1].(map[string]any)
	if first["action_type"] != 100001.0 || last["action_type"] != 300003.0 || float64(len(list)) != path["path_item_num"] {
		t.Fatalf("path %v", path)
	}
	g.s.mu.Lock()
	steps := g.s.world.carrier.parcels["zhongtong|"+number].Steps
	g.s.mu.Unlock()
	if len(steps) != len(list) || steps[len(steps)-1].Context != last["action_msg"] || steps[0].Area == "" {
		t.Error("the parcel is not the one of the carriers' world")
	}
	eventually(t, "an event per step", func() bool {
		return strings.Count(strings.Join(g.pushed(0), ""), "<![CDATA[add_express_path]]>") == len(steps)
	})
	all := strings.Join(g.pushed(0), "")
	if !strings.Contains(all, "<WayBillId><![CDATA["+number+"]]></WayBillId>") || !strings.Contains(all, "<OrderId><![CDATA[o1]]></OrderId>") || !strings.Contains(all, "<ActionType>300003</ActionType>") ||
		!strings.Contains(all, "<Count>"+itoa(int64(len(steps)))+"</Count>") {
		t.Errorf("events %s", all)
	}
	titles := []string{}
	for _, m := range g.get("/_sim/people/lin/chats/svc-notice/messages")["messages"].([]any) {
		titles = append(titles, m.(map[string]any)["title"].(string))
	}
	if got := strings.Join(titles, " "); got != "快件已揽收 快件派送中 快件已签收" && got != "快件已签收 快件派送中 快件已揽收" {
		t.Errorf("notices %q", got)
	}
	wantCode(t, g.api(expressBase+"order/cancel", key), 9300506)
}

func TestExpressCancel(t *testing.T) {
	g := newMiniRig(t, &Server{})
	for _, id := range []string{"o1", "o2"} {
		if out := g.api(expressBase+"order/add", g.expressBody(id, nil)); out["waybill_id"] == nil {
			t.Fatal(out)
		}
	}
	out := g.api(expressBase+"order/add", g.expressBody("o3", nil))
	if wantCode(t, out, 9300501); out["delivery_resultmsg"] != "电子面单余额不足" {
		t.Fatalf("without quota: %v", out)
	}
	key := map[string]any{"order_id": "o1", "openid": g.openID("lin"), "delivery_id": "ZTO"}
	if out := g.api(expressBase+"order/cancel", key); out["errcode"] != 0.0 || out["delivery_resultcode"] != 0.0 || g.quota() != 1 {
		t.Fatalf("cancel %v", out)
	}
	wantCode(t, g.api(expressBase+"order/cancel", key), 9300524)
	if out := g.api(expressBase+"order/get", key); out["order_status"] != 1.0 {
		t.Errorf("a cancelled order is %v", out)
	}
	batch := g.api(expressBase+"order/batchget", map[string]any{"order_list": []any{key, map[string]any{"order_id": "none", "delivery_id": "ZTO"}}})["order_list"].([]any)
	if batch[0].(map[string]any)["order_status"] != 1.0 || batch[1].(map[string]any)["errcode"] != 40199.0 {
		t.Errorf("batch %v", batch)
	}
	g.s.Clock.Advance(5 * 24 * time.Hour)
	if out := g.api(expressBase+"path/get", key); out["path_item_num"] != 0.0 {
		t.Errorf("a cancelled parcel moves: %v", out)
	}
}

func TestExpressRefuses(t *testing.T) {
	g := newMiniRig(t, &Server{})
	end := func(name, value string) map[string]any {
		body := g.expressBody("", nil)["receiver"].(map[string]any)
		body[name] = value
		return body
	}
	for name, tc := range map[string]struct {
		change map[string]any
		code   float64
	}{
		"no source":        {map[string]any{"add_source": 1}, 40097},
		"an app unknown":   {map[string]any{"add_source": 2, "wx_appid": "wxnone"}, 9300536},
		"no such user":     {map[string]any{"openid": "o-nobody"}, 40003},
		"no such carrier":  {map[string]any{"delivery_id": "zhongtong"}, 9300503},
		"not bound":        {map[string]any{"delivery_id": "YTO"}, 9300525},
		"another account":  {map[string]any{"biz_id": "biz2"}, 9300525},
		"no such service":  {map[string]any{"service": map[string]any{"service_type": 7}}, 9300510},
		"no goods":         {map[string]any{"shop": map[string]any{"wxa_path": "/a"}}, 9300535},
		"a goods unnamed":  {map[string]any{"shop": map[string]any{"detail_list": []any{map[string]any{"goods_name": "茶"}}}}, 9300535},
		"long order":       {map[string]any{"order_id": strings.Repeat("x", 513)}, 9300526},
		"long remark":      {map[string]any{"custom_remark": strings.Repeat("x", 1025)}, 9300526},
		"no receiver":      {map[string]any{"receiver": end("name", "")}, 9300526},
		"long address":     {map[string]any{"receiver": end("address", strings.Repeat("路", 200))}, 9300526},
		"no phone":         {map[string]any{"receiver": end("mobile", "")}, 9300526},
		"no cargo":         {map[string]any{"cargo": map[string]any{"count": 1}}, 40097},
		"no insurance":     {map[string]any{"insured": nil}, 40097},
		"insured for none": {map[string]any{"insured": map[string]any{"use_insured": 1}}, 40097},
		"yesterday":        {map[string]any{"expect_time": g.s.Clock.Now().Add(-24 * time.Hour).Unix()}, 40097},
	} {
		if out := g.api(expressBase+"order/add", g.expressBody("o1", tc.change)); out["errcode"] != tc.code {
			t.Errorf("%s: %v, want %v", name, out, tc.code)
		}
	}
	if g.quota() != 2 {
		t.Error("a refused order costs quota")
	}
	if out := g.api(expressBase+"order/add", g.expressBody("o1", nil)); out["waybill_id"] == nil {
		t.Fatal(out)
	}
	wantCode(t, g.api(expressBase+"order/add", g.expressBody("o1", nil)), 9300501)
	key := map[string]any{"order_id": "o1", "openid": g.openID("zhou"), "delivery_id": "ZTO"}
	wantCode(t, g.api(expressBase+"order/get", key), 40003)
	wantCode(t, g.api(expressBase+"order/get", map[string]any{"order_id": "o1", "delivery_id": "ZTO", "waybill_id": "1"}), 40199)
	wantCode(t, g.api(expressBase+"order/batchget", map[string]any{}), 40097)
	wantCode(t, g.api(expressBase+"quota/get", map[string]any{"delivery_id": "YTO", "biz_id": "biz1"}), 9300525)
	if status, _ := g.call("POST", "/_sim/minis", map[string]any{"appid": "wxmini", "express_accounts": []any{map[string]any{"biz_id": "b", "delivery_id": "nobody"}}}); status != 400 {
		t.Errorf("an account with an unknown carrier gives %d", status)
	}
}

func TestExpressAccounts(t *testing.T) {
	g := newMiniRig(t, &Server{})
	bind := func(change map[string]any) map[string]any {
		body := map[string]any{"type": "bind", "biz_id": "b9", "delivery_id": "YTO", "password": "p", "remark_content": "总部"}
		for name, value := range change {
			body[name] = value
		}
		return g.api(expressBase+"account/bind", body)
	}
	wantCode(t, bind(map[string]any{"type": "hold"}), 40097)
	wantCode(t, bind(map[string]any{"delivery_id": "none"}), 9300503)
	wantCode(t, bind(map[string]any{"password": ""}), 9300531)
	wantCode(t, bind(map[string]any{"type": "unbind"}), 9300530)
	if out := bind(nil); out["errcode"] != 0.0 {
		t.Fatal(out)
	}
	wantCode(t, bind(nil), 9300529)
	list := g.api(expressBase+"account/getall", nil)
	if list["count"] != 2.0 || list["list"].([]any)[1].(map[string]any)["quota_num"] != 100.0 || list["list"].([]any)[1].(map[string]any)["remark_content"] != "总部" {
		t.Fatalf("accounts %v", list)
	}
	if out := bind(map[string]any{"type": "unbind"}); out["errcode"] != 0.0 || g.api(expressBase+"account/getall", nil)["count"] != 1.0 {
		t.Errorf("unbind %v", out)
	}
	all := g.api(expressBase+"delivery/getall", nil)
	if all["count"] != float64(len(miniDeliveries)+1) || all["data"].([]any)[0].(map[string]any)["can_get_quota"] != 0.0 {
		t.Errorf("deliveries %v", all)
	}
	printer := func(kind, who string) map[string]any {
		return g.api(expressBase+"printer/update", map[string]any{"openid": who, "update_type": kind, "tagid_list": "7,8"})
	}
	wantCode(t, printer("bind", "nobody"), 40003)
	wantCode(t, printer("keep", g.openID("lin")), 9300517)
	printer("bind", g.openID("lin"))
	printer("bind", g.openID("zhou"))
	printer("unbind", g.openID("zhou"))
	if out := g.api(expressBase+"printer/getall", nil); out["count"] != 1.0 || out["openid"].([]any)[0] != g.openID("lin") || out["tagid_list"].([]any)[0] != "7,8" {
		t.Errorf("printers %v", out)
	}
}

func TestExpressSandbox(t *testing.T) {
	g := newMiniRig(t, &Server{})
	made := g.api(expressBase+"order/add", g.expressBody("t1", map[string]any{"delivery_id": "TEST", "biz_id": "test_biz_id", "service": map[string]any{"service_type": 1, "service_name": "test_service_name"}}))
	if made["waybill_id"] == nil {
		t.Fatal(made)
	}
	update := func(change map[string]any) map[string]any {
		body := map[string]any{"biz_id": "test_biz_id", "order_id": "t1", "openid": g.openID("lin"), "delivery_id": "TEST", "waybill_id": made["waybill_id"], "action_time": 1546924844, "action_type": 100001, "action_msg": "揽件成功 ]]> <b>"}
		for name, value := range change {
			body[name] = value
		}
		return g.api(expressBase+"test_update_order", body)
	}
	wantCode(t, update(map[string]any{"biz_id": "biz1"}), 930561)
	wantCode(t, update(map[string]any{"action_type": 5}), 930561)
	wantCode(t, update(map[string]any{"openid": g.openID("zhou")}), 930559)
	wantCode(t, update(map[string]any{"order_id": "t2"}), 40199)
	if out := update(nil); out["errcode"] != 0.0 {
		t.Fatal(out)
	}
	update(map[string]any{"action_type": 300003, "action_msg": "已签收"})
	eventually(t, "two events", func() bool {
		return strings.Count(strings.Join(g.pushed(0), ""), "add_express_path") == 2
	})
	path := g.api(expressBase+"path/get", map[string]any{"order_id": "t1", "openid": g.openID("lin"), "delivery_id": "TEST"})
	if path["path_item_num"] != 2.0 || path["path_item_list"].([]any)[1].(map[string]any)["action_msg"] != "已签收" {
		t.Errorf("path %v", path)
	}
}

// Waybills on their way and followed ones go on after a restart, and nothing is told twice.
func TestExpressSurvivesRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim.jsonl")
	g := newMiniRig(t, &Server{DataFile: file})
	made := g.api(expressBase+"order/add", g.expressBody("o1", nil))
	id := g.miniOrder("ship-0001", 100, "lin")
	token := g.api(traceBase+"follow_waybill", g.traceBody(id, nil))["waybill_token"]
	g.s.Clock.Advance(12 * time.Hour)
	before := len(g.parcelCards(t))
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	g.s = start(t, &Server{DataFile: file})
	g.s.Clock.Advance(5 * 24 * time.Hour)
	if got := len(g.parcelCards(t)); before != 2 || got != 6 {
		t.Errorf("notices before the restart %d, after it %d", before, got)
	}
	if out := g.api(traceBase+"query_trace", map[string]any{"waybill_token": token}); out["waybill_info"].(map[string]any)["status"].(float64) < 4 {
		t.Errorf("trace %v", out)
	}
	if out := g.api(expressBase+"path/get", map[string]any{"order_id": "o1", "delivery_id": "ZTO", "waybill_id": made["waybill_id"]}); out["path_item_num"].(float64) < 9 {
		t.Errorf("path %v", out)
	}
}

// parcelCards are the cards about parcels on lin's phone.
func (g *rig) parcelCards(t *testing.T) []string {
	t.Helper()
	titles := []string{}
	for _, m := range g.get("/_sim/people/lin/chats/svc-notice/messages")["messages"].([]any) {
		if title, _ := m.(map[string]any)["title"].(string); strings.HasPrefix(title, "快件") {
			titles = append(titles, title)
		}
	}
	return titles
}
