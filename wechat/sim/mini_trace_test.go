package sim

import (
	"strings"
	"testing"
	"time"
)

const traceBase = "/cgi-bin/express/delivery/open_msg/"

func (g *rig) traceBody(payment string, change map[string]any) map[string]any {
	body := map[string]any{"openid": g.openID("lin"), "receiver_phone": "13800001234", "delivery_id": "ZTO", "waybill_id": "78123456789012", "trans_id": payment, "order_detail_path": "pages/index/index",
		"goods_info": map[string]any{"detail_list": []any{map[string]any{"goods_name": "明前龙井", "goods_img_url": "https://example.test/a.jpg"}}}}
	for name, value := range change {
		body[name] = value
	}
	return body
}

func TestTraceWaybill(t *testing.T) {
	g := newMiniRig(t, &Server{})
	id := g.miniOrder("ship-0001", 100, "lin")
	token, _ := g.api(traceBase+"trace_waybill", g.traceBody(id, map[string]any{"delivery_id": ""}))["waybill_token"].(string)
	if token == "" {
		t.Fatal("no token")
	}
	status := func() float64 {
		out := g.api(traceBase+"query_trace", map[string]any{"waybill_token": token})
		if out["delivery_info"].(map[string]any)["delivery_name"] != "中通快递" {
			t.Fatalf("the carrier was not recognised: %v", out)
		}
		return out["waybill_info"].(map[string]any)["status"].(float64)
	}
	if got := status(); got != 0 {
		t.Errorf("status %v before the courier came", got)
	}
	if again := g.api(traceBase+"trace_waybill", g.traceBody(id, nil))["waybill_token"]; again != token {
		t.Error("the same waybill of the same order gets another token")
	}
	g.s.Clock.Advance(10 * time.Hour)
	if got := status(); got != 2 {
		t.Errorf("status %v on its way", got)
	}
	g.s.Clock.Advance(5 * 24 * time.Hour)
	if got := status(); got != 4 && got != 6 {
		t.Errorf("status %v after delivery", got)
	}
	if cards := g.parcelCards(t); len(cards) != 0 {
		t.Errorf("the component sends notices: %v", cards)
	}
	goods := map[string]any{"detail_list": []any{map[string]any{"goods_name": "碧螺春", "goods_img_url": "https://example.test/b.jpg"}}}
	if out := g.api(traceBase+"update_waybill_goods", map[string]any{"waybill_token": token, "goods_info": goods}); out["errcode"] != 0.0 {
		t.Fatal(out)
	}
	shop := g.api(traceBase+"query_trace", map[string]any{"waybill_token": token})["shop_info"].(map[string]any)
	if shop["goods_info"].(map[string]any)["detail_list"].([]any)[0].(map[string]any)["goods_name"] != "碧螺春" {
		t.Errorf("goods %v", shop)
	}
}

func TestFollowWaybill(t *testing.T) {
	g := newMiniRig(t, &Server{})
	id := g.miniOrder("ship-0001", 100, "lin")
	if out := g.api(traceBase+"follow_waybill", g.traceBody(id, nil)); out["waybill_token"] == nil {
		t.Fatal(out)
	}
	g.s.Clock.Advance(5 * 24 * time.Hour)
	if got := strings.Join(g.parcelCards(t), " "); got != "快件已揽收 快件派送中 快件已签收" && got != "快件已签收 快件派送中 快件已揽收" {
		t.Errorf("notices %q", got)
	}
	if list := g.api(traceBase+"get_delivery_list", map[string]any{}); list["count"] != float64(len(miniDeliveries)) {
		t.Errorf("deliveries %v", list)
	}
}

func TestTraceRefuses(t *testing.T) {
	g := newMiniRig(t, &Server{})
	id := g.miniOrder("ship-0001", 100, "lin")
	for name, tc := range map[string]struct {
		change map[string]any
		code   float64
	}{
		"no such user":       {map[string]any{"openid": "o-nobody"}, 40003},
		"not the payer":      {map[string]any{"openid": g.openID("zhou")}, 40097},
		"no such payment":    {map[string]any{"trans_id": "4200000000"}, 40097},
		"no phone":           {map[string]any{"receiver_phone": ""}, 9300561},
		"no such carrier":    {map[string]any{"delivery_id": "zhongtong"}, 9300503},
		"no carrier's":       {map[string]any{"delivery_id": "", "waybill_id": "hello"}, 9300503},
		"another carrier's":  {map[string]any{"waybill_id": "YT1234567890123"}, 9300559},
		"no goods":           {map[string]any{"goods_info": map[string]any{}}, 9300535},
		"goods without name": {map[string]any{"goods_info": map[string]any{"detail_list": []any{map[string]any{"goods_img_url": "x"}}}}, 9300535},
	} {
		if out := g.api(traceBase+"follow_waybill", g.traceBody(id, tc.change)); out["errcode"] != tc.code {
			t.Errorf("%s: %v, want %v", name, out, tc.code)
		}
	}
	sf := map[string]any{"delivery_id": "SF", "waybill_id": "SF1234567890123"}
	if out := g.api(traceBase+"trace_waybill", g.traceBody(id, sf)); out["waybill_token"] == nil {
		t.Fatal(out)
	}
	sf["receiver_phone"] = "13900009999"
	wantCode(t, g.api(traceBase+"trace_waybill", g.traceBody(id, sf)), 9300561)
	wantCode(t, g.api(traceBase+"query_trace", map[string]any{"waybill_token": "none"}), 40097)
	wantCode(t, g.api(traceBase+"update_waybill_goods", map[string]any{"waybill_token": "none", "goods_info": map[string]any{}}), 9300535)
}
