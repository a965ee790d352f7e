// Package callback is where WeChat (and carriers) call: pushes of the official
// account and notices of payment.
package callback

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/identity"
	"github.com/shuke-commerce/shuke/wechat/official"
)

// Official answers the pushes of the market's service account.
type Official struct {
	Client   *official.Client
	Identity *identity.Flow
	Market   string // name of the market
	BaseURL  string // of the storefront
	Welcome  string // to new followers; empty: the built-in one
	Help     string // for the help menu; empty: the built-in one
}

// Mount adds the address WeChat's server settings name.
func (o *Official) Mount(mux *http.ServeMux) {
	h := o.Client.Handler(o.answer, func(r *http.Request, err error) {
		edge.RequestOf(r.Context()).Log.Warn("official push refused", "err", err)
	})
	mux.Handle("GET /callback/wechat/official", h)
	mux.Handle("POST /callback/wechat/official", h)
}

// Keys of menu buttons that push an event.
const (
	MenuHelp = "help"
)

// Menu is the account's menu: the market, the buyer's orders, help.
func (o *Official) Menu() []official.Button {
	return []official.Button{
		{Name: "逛集市", Type: official.ButtonView, URL: o.BaseURL + "/?from=menu"},
		{Name: "我的", Sub: []official.Button{
			{Name: "我的订单", Type: official.ButtonView, URL: o.BaseURL + "/orders?from=menu"},
			{Name: "购物车", Type: official.ButtonView, URL: o.BaseURL + "/cart?from=menu"},
		}},
		{Name: "帮助", Type: official.ButtonClick, Key: MenuHelp},
	}
}

// answer handles one push. WeChat repeats a push it thinks unanswered; what
// changes something is done once, the words are the same each time.
func (o *Official) answer(ctx context.Context, m official.Message) (official.Reply, error) {
	switch {
	case m.Event == official.EventSubscribe:
		scene, _ := m.Scene()
		if _, err := o.Identity.Follow(ctx, m.DedupeKey(), m.FromUserName, "", scene, true); err != nil {
			return nil, err
		}
		return o.welcome(), nil
	case m.Event == official.EventUnsubscribe:
		_, err := o.Identity.Follow(ctx, m.DedupeKey(), m.FromUserName, "", "", false)
		return nil, err
	case m.Event == official.EventScan:
		return o.welcome(), nil
	case m.Event == official.EventClick && m.EventKey == MenuHelp:
		return official.TextReply{Content: o.help()}, nil
	case m.MsgType == official.MsgText:
		return o.talk(m.Content), nil
	}
	return nil, nil
}

func (o *Official) welcome() official.Reply {
	text := o.Welcome
	if text == "" {
		text = fmt.Sprintf("欢迎来到%s！\n\n这里的每一家小店都由店主亲自打理。看中就下单，一个购物车、一次付款、一张订单列表。\n\n→ <a href=\"%s/?from=message\">进集市逛逛</a>\n→ <a href=\"%s/orders?from=message\">我的订单</a>", o.Market, o.BaseURL, o.BaseURL)
	}
	return official.TextReply{Content: text}
}

func (o *Official) help() string {
	if o.Help != "" {
		return o.Help
	}
	return fmt.Sprintf("需要帮忙吗？\n\n· 查订单、看物流：<a href=\"%s/orders?from=message\">我的订单</a>\n· 退款退货：在订单里点「申请售后」\n· 回复「订单」「购物车」或商品名，我会把入口发给你", o.BaseURL)
}

// talk answers a buyer's words: orders, cart, or a search for what he named.
func (o *Official) talk(text string) official.Reply {
	text = strings.TrimSpace(text)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	link := func(words, path string) official.Reply {
		return official.TextReply{Content: fmt.Sprintf("<a href=\"%s%s\">%s</a>", o.BaseURL, path, words)}
	}
	switch {
	case text == "":
		return nil
	case has("订单", "物流", "快递", "退款", "退货", "发货"):
		return link("点这里查看你的订单和物流", "/orders?from=message")
	case has("购物车"):
		return link("点这里打开购物车", "/cart?from=message")
	case has("帮助", "客服", "人工", "help"):
		return official.TextReply{Content: o.help()}
	}
	return link("在集市里找「"+clip(text, 20)+"」", "/search?from=message&q="+escape(clip(text, 20)))
}
