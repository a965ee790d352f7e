package callback

import (
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/wechat/official"
)

func TestTalkLeadsToTheRightPage(t *testing.T) {
	o := &Official{BaseURL: "https://m.example", Market: "集市"}
	for text, want := range map[string]string{
		"我的快递到哪了": "/orders", "购物车": "/cart", "明前龙井": "/search?from=message&q=%E6%98%8E", "人工客服": "帮忙",
		`<script>"x"`: "&lt;script&gt;",
	} {
		r, ok := o.talk(text).(official.TextReply)
		if !ok || !strings.Contains(r.Content, want) {
			t.Errorf("%q → %q, want %q", text, r.Content, want)
		}
		if strings.Contains(r.Content, "<script") {
			t.Errorf("%q came back as markup: %q", text, r.Content)
		}
	}
	if o.talk("  ") != nil {
		t.Error("silence was answered")
	}
}
