package sim

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSubscribeValues holds each type of key to its rule (A6).
func TestSubscribeValues(t *testing.T) {
	for _, tc := range []struct {
		key, value string
		ok         bool
	}{
		{"thing1", "明前龙井", true},
		{"thing1", strings.Repeat("茶", 20), true},
		{"thing1", strings.Repeat("茶", 21), false},
		{"thing1", "", false},
		{"thing1", "   ", false},
		{"number2", "12", true},
		{"number2", "-1.5", true},
		{"number2", "十二", false},
		{"number2", strings.Repeat("1", 33), false},
		{"letter3", "abc", true},
		{"letter3", "abc1", false},
		{"letter3", strings.Repeat("a", 33), false},
		{"symbol4", "★", true},
		{"symbol4", "★★★★★★", false},
		{"character_string5", "NO-2026/1", true},
		{"character_string5", strings.Repeat("x", 33), false},
		{"time6", "2026年11月11日 12:00", true},
		{"time6", "2026-11-11 12:00:01", true},
		{"time6", "15:01", true},
		{"time6", "15:01~16:00", true},
		{"time6", "明天", false},
		{"date7", "2026年11月11日", true},
		{"date7", "2026-11-11", true},
		{"date7", "2026-13-11", false},
		{"amount8", "88.00元", true},
		{"amount8", "￥88", true},
		{"amount8", "CNY 12.5", true},
		{"amount8", "八十八元", false},
		{"amount8", "元", false},
		{"amount8", strings.Repeat("1", 15), false},
		{"phone_number9", "+86-0571 88", true},
		{"phone_number9", "电话", false},
		{"phone_number9", strings.Repeat("1", 18), false},
		{"car_number10", "浙A8Z888挂", true},
		{"car_number10", "浙A8Z8888888", false},
		{"name11", "林小满", true},
		{"name11", strings.Repeat("名", 11), false},
		{"phrase12", "已发货", true},
		{"phrase12", "shipped", false},
		{"phrase12", "已经发货了呀", false},
		{"remark", "anything at all", true},
	} {
		if why := checkSubscribeValue(tc.key, tc.value, true); (why == "") != tc.ok {
			t.Errorf("%s=%q: %q", tc.key, tc.value, why)
		}
	}
	if checkSubscribeValue("thing1", "x", false) == "" {
		t.Error("a key that is not given passes")
	}
}

// TestOneAcceptIsOneSend: whatever a person answers in whatever order, never more is sent than was accepted, and nothing
// accepted is lost unless they switch the template off.
func TestOneAcceptIsOneSend(t *testing.T) {
	g := newMiniRig(t, &Server{})
	token, round := g.token(), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		who := fmt.Sprintf("p%d", round)
		must(g.s.AddPerson(Person{ID: who, Name: who}))(t)
		openID, accepted, sent := g.openID(who), 0, 0
		for _, act := range rapid.SliceOfN(rapid.SampledFrom([]string{"accept", "reject", "send", "send", "off", "on"}), 1, 12).Draw(rt, "acts") {
			g.s.mu.Lock()
			a, f := g.s.world.accounts["wxmini"], g.s.fan("wxmini", who)
			off := g.s.subscribeGrant("wxmini", who, "tmpl-ship").Off
			switch act {
			case "accept", "reject":
				g.s.subscribeAsked(a, f, []subscribeChoice{{Template: "tmpl-ship", Accept: act == "accept"}}, "0")
				if act == "accept" && !off {
					accepted++
				}
			case "on", "off":
				g.s.subscribeSettings(a, f, "tmpl-ship", act == "on")
				if act == "off" {
					accepted, sent = 0, 0
				}
			}
			g.s.mu.Unlock()
			if act != "send" {
				continue
			}
			_, out := g.call("POST", "/cgi-bin/message/subscribe/send?access_token="+token, map[string]any{"touser": openID, "template_id": "tmpl-ship",
				"data": map[string]any{"thing1": map[string]any{"value": "龙井"}, "time2": map[string]any{"value": "12:00"}}})
			want := 43101.0
			if sent < accepted && !off {
				want = 0
				sent++
			}
			if out["errcode"] != want {
				rt.Fatalf("%d of %d sent: %v, want %v", sent, accepted, out, want)
			}
		}
	})
}

// TestSubscribePopupLimits: a popup asks for three templates at most and for those of the account only.
func TestSubscribePopupLimits(t *testing.T) {
	g := newMiniRig(t, &Server{})
	for _, choices := range []map[string]string{{}, {"tmpl-ship": "maybe"}, {"a": "accept", "b": "accept", "c": "accept", "d": "accept"}} {
		if status, _ := g.call("POST", "/_sim/people/lin/minis/wxmini/subscribe", map[string]any{"choices": choices}); status != 400 {
			t.Errorf("%v gives %d", choices, status)
		}
	}
	out := g.post("/_sim/people/lin/minis/wxmini/subscribe", map[string]any{"choices": map[string]string{"tmpl-ship": "accept", "tmpl-long": "reject"}, "always": true})
	if out["tmpl-ship"] != "accept" || out["tmpl-long"] != "reject" {
		t.Fatal(out)
	}
	asks := g.get("/_sim/people/lin/minis/wxmini/subscribe")["templates"].([]any)
	if a := asks[0].(map[string]any); a["always"] != true || a["choice"] != true || a["left"] != 1.0 {
		t.Errorf("kept answer %v", a)
	}
}

func TestMiniSettingsAreChecked(t *testing.T) {
	s := start(t, &Server{})
	for name, m := range map[string]Mini{
		"slash":    {Account: Account{AppID: "wxm", Name: "店"}, Pages: []MiniPage{{Path: "/pages/index"}}},
		"query":    {Account: Account{AppID: "wxm", Name: "店"}, Pages: []MiniPage{{Path: "pages/index?x=1"}}},
		"template": {Account: Account{AppID: "wxm", Name: "店"}, Subscribe: []SubscribeTemplate{{ID: "x", Content: "no placeholder"}}},
		"days":     {Account: Account{AppID: "wxm", Name: "店"}, Confirm: &MiniConfirmDays{Express: 0, Other: 2}},
		"settle":   {Account: Account{AppID: "wxm", Name: "店"}, SettleHours: -1},
		"name":     {Account: Account{AppID: "wxm"}},
	} {
		if _, err := s.AddMini(m); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	must(s.AddAccount(Account{AppID: "wxoa", Name: "公众号"}))(t)
	if _, err := s.AddMini(Mini{Account: Account{AppID: "wxoa", Name: "店"}}); err == nil {
		t.Error("an official account becomes a mini-program")
	}
	first := must(s.AddMini(Mini{Account: Account{AppID: "wxm", Name: "店"}, Pages: []MiniPage{{Path: "pages/a"}}}))(t)
	no := false
	again := must(s.AddMini(Mini{Account: Account{AppID: "wxm"}, Managed: &no, SettleHours: 5}))(t)
	if again.Secret != first.Secret || len(again.Pages) != 1 || *again.Managed || again.SettleHours != 5 || again.Confirm.Express != 10 {
		t.Errorf("updated %+v", again)
	}
	if list := s.Minis(); len(list) != 1 || list[0].AppID != "wxm" {
		t.Errorf("list %v", list)
	}
}

// TestMiniIsNoOfficialAccount: a mini-program is neither found nor followed as an official account is, and has only its own rights.
func TestMiniIsNoOfficialAccount(t *testing.T) {
	g := newMiniRig(t, &Server{})
	for _, row := range g.get("/_sim/people/lin/search?q=")["accounts"].([]any) {
		if row.(map[string]any)["kind"] == kindMini {
			t.Errorf("the search finds %v", row)
		}
	}
	for _, path := range []string{"/cgi-bin/qrcode/create", "/cgi-bin/message/template/send", "/cgi-bin/template/api_add_template"} {
		if out := g.api(path, map[string]any{}); out["errcode"] != 48001.0 {
			t.Errorf("%s gives %v", path, out)
		}
	}
	if _, out := g.call("POST", "/wxa/nothing?access_token="+g.token(), map[string]any{}); out["errcode"] != 40066.0 {
		t.Errorf("an unknown call gives %v", out)
	}
	if out := g.api("/cgi-bin/message/wxopen/template/uniform_send", map[string]any{}); out["errcode"] == 0.0 {
		t.Error("a retired call works")
	}
}

func TestMobileIsThatOfTheAddress(t *testing.T) {
	g := newMiniRig(t, &Server{})
	first := g.post("/_sim/people/lin/minis/wxmini/phone", map[string]any{})["phone"].(string)
	if len(first) != 11 || g.post("/_sim/people/lin/minis/wxmini/phone", map[string]any{})["phone"] != first {
		t.Errorf("a number made up is %q", first)
	}
	g.post("/_sim/people/lin/addresses", map[string]any{"name": "林小满", "phone": "13711112222", "province": "浙江省", "city": "杭州市", "district": "西湖区", "detail": "龙井路 1 号"})
	if got := g.post("/_sim/people/lin/minis/wxmini/phone", map[string]any{})["phone"]; got != "13711112222" {
		t.Errorf("with an address it is %v", got)
	}
	if status, _ := g.call("POST", "/_sim/people/lin/minis/wxmini/phone", map[string]any{"phone": "abc"}); status != 400 {
		t.Errorf("letters give %d", status)
	}
}
