package app_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/config"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

// chat reads the texts that the account has written into a person's chat.
func (h *house) chat(person string) (texts []string) {
	h.t.Helper()
	var out struct {
		Messages []struct {
			Mine bool   `json:"mine"`
			Text string `json:"text"`
		} `json:"messages"`
	}
	h.control(http.MethodGet, "/_sim/people/"+person+"/chats/acc-"+h.Config.Official.AppID+"/messages", nil, &out)
	for _, m := range out.Messages {
		if !m.Mine {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// control calls the phones' own API of the pocket WeChat.
func (h *house) control(method, path string, in, out any) {
	h.t.Helper()
	raw, err := json.Marshal(in)
	must(h.t, err)
	r, err := http.NewRequestWithContext(ctx, method, h.sim.URL()+path, bytes.NewReader(raw))
	must(h.t, err)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	must(h.t, err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		h.t.Fatalf("%s %s: %d", method, path, resp.StatusCode)
	}
	if out != nil {
		must(h.t, json.NewDecoder(resp.Body).Decode(out))
	}
}

func (h *house) count(sql string, args ...any) (n int) {
	h.t.Helper()
	must(h.t, h.DB.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(sql, args...).Scan(&n) }))
	return n
}

func (h *house) events(kind string) int {
	return h.count(`SELECT COUNT(*) FROM outbox WHERE shop_id = 0 AND kind = $1`, kind)
}

func (h *house) said(person, part string) func() bool {
	return func() bool { return strings.Contains(strings.Join(h.chat(person), "\n"), part) }
}

func TestPushesOfTheAccount(t *testing.T) {
	for _, mode := range []string{"plain", "compatible", "safe"} {
		t.Run(mode, func(t *testing.T) {
			h := openHouse(t, func(c *config.Config) { c.Official.Mode = mode })
			app := h.Config.Official.AppID
			if mode != "safe" {
				_, err := h.sim.AddAccount(sim.Account{AppID: app, Mode: mode})
				must(t, err)
			}
			h.journey(app)
		})
	}
}

func (h *house) journey(app string) {
	t := h.t
	person := "/_sim/people/ming"
	must(t, h.sim.Follow("ming", app))
	h.until("the welcome", h.said("ming", "进集市逛逛"))
	if n := h.count(`SELECT COUNT(*) FROM buyer_openids WHERE subscribed = TRUE`); n != 1 || h.events(event.BuyerFollowed) != 1 {
		t.Errorf("%d followers, %d events", n, h.events(event.BuyerFollowed))
	}
	c, _ := h.buyer("ming")
	if me := into[struct{ Following bool }](c, c.do("GET", "/api/storefront/me", nil)); !me.Following {
		t.Error("the follower is not known as one")
	}
	must(t, h.Official.CreateMenu(ctx, h.OfficialCallback().Menu()))
	h.control("POST", person+"/accounts/"+app+"/menu", map[string]any{"path": "2"}, nil)
	h.until("help", h.said("ming", "需要帮忙吗"))
	for word, part := range map[string]string{"我的快递呢": "/orders?from=message", "明前龙井": "/search?from=message", "购物车": "/cart?from=message"} {
		h.control("POST", person+"/chats/acc-"+app+"/messages", map[string]any{"text": word}, nil)
		h.until(word, h.said("ming", part))
	}
	h.control("POST", person+"/accounts/"+app+"/unfollow", nil, nil)
	h.until("leaving", func() bool { return h.events(event.BuyerUnfollowed) == 1 })
	if n := h.count(`SELECT COUNT(*) FROM buyer_openids WHERE subscribed = TRUE`); n != 0 {
		t.Errorf("%d followers after leaving", n)
	}
	h.sim.Clock.Advance(2 * time.Second) // WeChat's own key of a push is sender and second
	must(t, h.sim.Follow("ming", app))
	h.until("coming back", func() bool { return h.events(event.BuyerFollowed) == 2 })
	h.noBuyers(t, 1)
}

// signature is SHA-1 of the sorted parts, as the account's server settings say.
func signature(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// push sends a subscribe event by hand, signed with the account's token.
func (h *house) push(open, token string, at time.Time, created int64) answer {
	h.t.Helper()
	stamp := fmt.Sprint(at.Unix())
	body := fmt.Sprintf("<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe]]></Event></xml>", open, created)
	path := "/callback/wechat/official?timestamp=" + stamp + "&nonce=n1&signature=" + signature(token, stamp, "n1")
	return h.guest().do("POST", path, body, "Content-Type", "text/xml")
}

func TestRepeatedAndForgedPushes(t *testing.T) {
	h := openHouse(t, func(c *config.Config) { c.Official.Mode = "plain" })
	token, now := h.Config.Official.Token, time.Now()
	for range 3 { // WeChat repeats what it thinks unanswered: the words again, the effect once
		if a := h.push("oSame", token, now, now.Unix()); a.code != 200 || !strings.Contains(a.body, "进集市逛逛") {
			t.Fatalf("%d %s", a.code, a.body)
		}
	}
	if n := h.events(event.BuyerFollowed); n != 1 {
		t.Errorf("%d events of one push", n)
	}
	if a := h.push("oSame", token, now, now.Unix()+60); a.code != 200 || h.events(event.BuyerFollowed) != 2 {
		t.Errorf("another push of the same person: %d, %d events", a.code, h.events(event.BuyerFollowed))
	}
	for what, a := range map[string]answer{"a wrong token": h.push("oEvil", "wrong", now, now.Unix()), "an old one": h.push("oEvil", token, now.Add(-2*time.Hour), now.Unix()),
		"no signature": h.guest().do("POST", "/callback/wechat/official", "<xml/>", "Content-Type", "text/xml"), "a check without signature": h.guest().do("GET", "/callback/wechat/official?echostr=x", nil)} {
		if a.code != 403 && a.code != 400 || strings.Contains(a.body, token) {
			t.Errorf("%s: %d %s", what, a.code, a.body)
		}
	}
	if n := h.count(`SELECT COUNT(*) FROM buyer_openids WHERE open_id = 'oEvil'`); n != 0 {
		t.Error("a forged push made a buyer")
	}
	h.noBuyers(t, 1)
}

func TestPlainPushesAreRefusedInSafeMode(t *testing.T) {
	h := openHouse(t, nil) // the demo's account is in safe mode
	now := time.Now()
	if a := h.push("oPlain", h.Config.Official.Token, now, now.Unix()); a.code != 403 {
		t.Errorf("%d %s", a.code, a.body)
	}
	h.noBuyers(t, 0)
}
