package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestMenuRules(t *testing.T) {
	s := start(t, &Server{})
	must(s.AddAccount(Account{AppID: "wx0001", Name: "甲"}))(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	long := func(n int) string { return strings.Repeat("k", n) }
	top := func(b menuButton) []menuButton { return []menuButton{b} }
	sub := func(b menuButton) []menuButton { return []menuButton{{Name: "组", Sub: []menuButton{b}}} }
	six := make([]menuButton, 6)
	for i := range six {
		six[i] = menuButton{Type: "click", Name: "a", Key: "k"}
	}
	for _, tc := range []struct {
		what string
		menu []menuButton
		code int
	}{
		{"none", nil, 40016},
		{"six below", []menuButton{{Name: "组", Sub: six}}, 40023},
		{"five below", []menuButton{{Name: "组", Sub: six[:5]}}, 0},
		{"three tops", six[:3], 0},
		{"four tops", six[:4], 40016},
		{"sixteen bytes", top(menuButton{Type: "click", Name: long(16), Key: "k"}), 0},
		{"seventeen bytes", top(menuButton{Type: "click", Name: long(17), Key: "k"}), 40018},
		{"no name", top(menuButton{Type: "click", Key: "k"}), 40018},
		{"sixty bytes below", sub(menuButton{Type: "click", Name: long(60), Key: "k"}), 0},
		{"sixty-one bytes below", sub(menuButton{Type: "click", Name: long(61), Key: "k"}), 40025},
		{"a key of 128", top(menuButton{Type: "click", Name: "a", Key: long(128)}), 0},
		{"a key of 129", top(menuButton{Type: "click", Name: "a", Key: long(129)}), 40019},
		{"a key of 129 below", sub(menuButton{Type: "click", Name: "a", Key: long(129)}), 40026},
		{"a long address", top(menuButton{Type: "view", Name: "a", URL: "http://a/" + long(1016)}), 40020},
		{"a long address below", sub(menuButton{Type: "view", Name: "a", URL: "http://a/" + long(1016)}), 40027},
		{"no scheme", sub(menuButton{Type: "view", Name: "a", URL: "a.test"}), 40055},
		{"no type", top(menuButton{Name: "a"}), 40017},
		{"an unknown type below", sub(menuButton{Name: "a", Type: "fly"}), 40024},
		{"a mini-program without page", top(menuButton{Type: "miniprogram", Name: "a", URL: "http://a/", AppID: "wx"}), 40035},
		{"a mini-program", top(menuButton{Type: "miniprogram", Name: "a", URL: "http://a/", AppID: "wx", PagePath: "p"}), 0},
		{"a place", top(menuButton{Type: "location_select", Name: "a", Key: "k"}), 0},
		{"pictures without key", top(menuButton{Type: "pic_weixin", Name: "a"}), 40019},
		{"unknown material", top(menuButton{Type: "view_limited", Name: "a", MediaID: "x"}), 40007},
		{"unknown article", top(menuButton{Type: "article_view_limited", Name: "a", ArticleID: "x"}), 53600},
	} {
		if code, text, why := s.checkMenu("wx0001", tc.menu); code != tc.code || code != 0 && (text == "" || why == "") {
			t.Errorf("%s: %d %s (%s), want %d", tc.what, code, text, why, tc.code)
		}
	}
}

func TestWhichMenuFits(t *testing.T) {
	with := func(tags ...int) *fan { return &fan{Tags: tags} }
	for _, tc := range []struct {
		rule matchRule
		fan  *fan
		want bool
	}{
		{matchRule{Tag: "101"}, with(101), true},
		{matchRule{Tag: "101"}, with(100, 101, 102), true},
		{matchRule{Tag: "101"}, with(100), false},
		{matchRule{Tag: "101"}, nil, false},
		{matchRule{Group: "101"}, with(101), true},
		{matchRule{Platform: "2"}, nil, true},
		{matchRule{Platform: "1"}, with(), false},
		{matchRule{Platform: "3"}, with(), false},
		{matchRule{Tag: "101", Platform: "2"}, with(101), true},
		{matchRule{Tag: "101", Platform: "1"}, with(101), false},
		{matchRule{Tag: "101", Platform: "2"}, with(), false},
	} {
		if got := tc.rule.fits(tc.fan); got != tc.want {
			t.Errorf("%+v fits %+v: %v", tc.rule, tc.fan, got)
		}
	}
}

func TestAllowanceOfACustomMessage(t *testing.T) {
	now := time.Date(2026, 4, 1, 12, 0, 0, 0, shanghai)
	before, after := now.Add(-time.Second), now.Add(time.Second)
	for what, tc := range map[string]struct {
		fan   fan
		code  int
		brief int // left afterwards
		long  int
	}{
		"nothing happened":              {fan{}, 45015, 0, 0},
		"a message":                     {fan{MsgUntil: after, MsgLeft: 5}, 0, 0, 4},
		"a message, used up":            {fan{MsgUntil: after}, 45047, 0, 0},
		"a message, too long ago":       {fan{MsgUntil: before, MsgLeft: 5}, 45015, 0, 5},
		"a window that ends now":        {fan{MsgUntil: now, MsgLeft: 5}, 45015, 0, 5},
		"a click goes before a message": {fan{MsgUntil: after, MsgLeft: 5, BriefUntil: after, BriefLeft: 3}, 0, 2, 5},
		"a click, used up":              {fan{BriefUntil: after}, 45047, 0, 0},
		"a click used up, a message":    {fan{BriefUntil: after, MsgUntil: after, MsgLeft: 1}, 0, 0, 0},
		"a payment":                     {fan{PaidUntil: after}, 0, 0, 0},
		"a payment spends no message":   {fan{PaidUntil: after, MsgUntil: after, MsgLeft: 1}, 0, 0, 1},
	} {
		f := tc.fan
		if code, _ := f.spend(now); code != tc.code || f.BriefLeft != tc.brief || f.MsgLeft != tc.long {
			t.Errorf("%s: %d with %d and %d left, want %d, %d, %d", what, code, f.BriefLeft, f.MsgLeft, tc.code, tc.brief, tc.long)
		}
	}
}

func TestSettingsOverHTTP(t *testing.T) {
	g := newRig(t, &Server{})
	if status, _ := g.call("POST", "/_sim/accounts/wxno/official", map[string]any{}); status != 404 {
		t.Errorf("an unknown account: %d", status)
	}
	if status, _ := g.call("POST", "/_sim/accounts/wx0001/official", map[string]any{"limits": map[string]int{"/x": -1}}); status != 400 {
		t.Errorf("a negative limit: %d", status)
	}
	if status, _ := g.call("POST", "/_sim/accounts/wx0001/official", map[string]any{"colour": "red"}); status != 400 {
		t.Errorf("an unknown setting: %d", status)
	}
	g.post("/_sim/accounts/wx0001/official", map[string]any{"json_push": true})
	if out := g.post("/_sim/accounts/wx0001/official", map[string]any{"frozen": true}); fmt.Sprint(out["json_push"], out["frozen"], out["banned"]) != "true true false" {
		t.Errorf("settings add up: %v", out)
	}
}

func TestArticleAddressesAndPages(t *testing.T) {
	if got := articleURL("abc"); got != "http://mp.weixin.qq.com/s/abc" {
		t.Fatal(got)
	}
	for _, tc := range []struct{ offset, count, from, to int }{{0, 2, 0, 2}, {2, 5, 2, 3}, {3, 1, 3, 3}, {9, 1, 3, 3}, {0, 3, 0, 3}} {
		got := page([]int{0, 1, 2}, tc.offset, tc.count)
		if len(got) != tc.to-tc.from || len(got) > 0 && got[0] != tc.from {
			t.Errorf("page %d+%d is %v", tc.offset, tc.count, got)
		}
	}
	for text, want := range map[string]string{"<p>春茶  <b>上市</b></p>": "春茶 上市", "": "", strings.Repeat("字", 60): strings.Repeat("字", 54)} {
		if got := firstWords(text, 54); got != want {
			t.Errorf("the digest of %q is %q", text, got)
		}
	}
}

func TestNumbersWrittenAsText(t *testing.T) {
	for text, want := range map[string]flexID{"12": 12, `"12"`: 12, `"-3"`: -3, "null": 0} {
		var got flexID
		if err := got.UnmarshalJSON([]byte(text)); err != nil || got != want {
			t.Errorf("%s is read as %d, %v", text, got, err)
		}
	}
	for _, text := range []string{`"x"`, "1.5", `"null"`, `""`, "{}"} {
		var got flexID
		if err := got.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is read as %d", text, got)
		}
	}
	for text, want := range map[string]looseNumber{"2": "2", `"2"`: "2", `""`: ""} {
		var got looseNumber
		if err := got.UnmarshalJSON([]byte(text)); err != nil || got != want {
			t.Errorf("%s is read as %q, %v", text, got, err)
		}
	}
	var bad looseNumber
	if bad.UnmarshalJSON([]byte(`"two"`)) == nil {
		t.Error("two is no number")
	}
	for text, want := range map[string]flexBool{"1": true, "0": false, "true": true, "false": false} {
		var got flexBool
		if err := got.UnmarshalJSON([]byte(text)); err != nil || got != want {
			t.Errorf("%s is read as %v", text, got)
		}
	}
}

func TestDatesOfStatistics(t *testing.T) {
	g := newRig(t, &Server{})
	g.s.Clock.Set(time.Date(2026, 4, 10, 9, 0, 0, 0, shanghai))
	for _, tc := range []struct {
		path, begin, end string
		code             float64
	}{
		{"getusersummary", "2026-04-03", "2026-04-09", 0}, {"getusersummary", "2026-04-02", "2026-04-09", 61501}, {"getusersummary", "2026-04-09", "2026-04-08", 61501},
		{"getusersummary", "2026-04-10", "2026-04-10", 61501}, {"getarticlesummary", "2026-04-08", "2026-04-09", 61501}, {"getarticlesummary", "2026-04-09", "2026-04-09", 0},
		{"getuserread", "2026-04-07", "2026-04-09", 0}, {"getuserread", "2026-04-06", "2026-04-09", 61501}, {"getupstreammsg", "2026/04/09", "2026-04-09", 61500},
	} {
		if out := g.api("/datacube/"+tc.path, map[string]any{"begin_date": tc.begin, "end_date": tc.end}); tc.code == 0 && out["list"] == nil || tc.code != 0 && out["errcode"] != tc.code {
			t.Errorf("%s %s to %s: %v, want %v", tc.path, tc.begin, tc.end, out, tc.code)
		}
	}
}
