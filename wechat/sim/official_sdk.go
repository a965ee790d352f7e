package sim

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed jweixin.js
var jweixin string

var sdkFile = regexp.MustCompile(`^jweixin-1\.[0-9]+\.[0-9]+\.js$`)

// serveSDK is res.wx.qq.com/open/js/jweixin-1.6.0.js: an implementation of its own, any version.
func (s *Server) serveSDK(w http.ResponseWriter, r *http.Request) {
	if !sdkFile.MatchString(r.PathValue("file")) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Write([]byte(jweixin))
}

// advanced are the JSAPIs that an unverified account does not hold (JS-SDK, 接口权限).
var advanced = map[string]bool{"updateAppMessageShareData": true, "updateTimelineShareData": true, "menu:share:appmessage": true, "menu:share:timeline": true,
	"sendAppMessage": true, "shareTimeline": true}

// mayUse tells whether the account of a page that passed wx.config holds the right to a JSAPI. The caller holds mu.
func (s *Server) mayUse(appID, name string) bool {
	a := s.world.accounts[appID]
	switch {
	case a == nil:
		return true // a company's page
	case a.allows(verified):
		return (name != "openSubscribeMessage" && name != "launchMiniProgram" || a.allows(serviceOnly))
	}
	return !advanced[name] && name != "openSubscribeMessage" && name != "launchMiniProgram"
}

// bridgeDownload gives a page the picture behind a serverId (wx.downloadImage).
func (s *Server) bridgeDownload(w http.ResponseWriter, r *http.Request, v *visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := s.world.docs[v.person+"|"+r.URL.Query().Get("doc")]
	m := s.world.media[r.URL.Query().Get("server_id")]
	if doc == nil || m == nil || m.AppID != doc.appID || m.expired(s.Clock.Now()) || !strings.HasPrefix(m.MIME, "image/") {
		writeJSON(w, http.StatusNotFound, refuse(404, "media.id", "没有这个图片", "no such serverId of this account"))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"data_url": "data:" + m.MIME + ";base64," + base64.StdEncoding.EncodeToString(m.Data)})
}

// One-off subscription (一次性订阅消息): a page asks, one answer allows one message of a scene.

const (
	maxOnceScene = 10_000
	maxOnceTitle = 15  // characters
	maxOnceText  = 200 // characters
)

// subscription counts what a person allowed an account to send once.
type subscription struct {
	Left int `json:"left"`
}

func onceKey(appID, who, scene, template string) string {
	return appID + "|" + who + "|" + scene + "|" + template
}

// subscribeMsgPage is mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&….
func (s *Server) subscribeMsgPage(w http.ResponseWriter, r *http.Request) {
	who, q := holder(r.Context()), r.URL.Query()
	e := &entry{Kind: "page", Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Person: who, AppID: q.Get("appid"), Verdict: "refused", Status: http.StatusOK}
	defer s.note(e)
	if who == "" {
		e.Reason = "not opened in a phone"
		s.errorPage(w, "请在微信客户端打开链接", "打开模拟器首页，在某个人的手机里打开这个地址。")
		return
	}
	s.mu.Lock()
	a := s.world.accounts[q.Get("appid")]
	var name, logo, domain, openID string
	if a != nil {
		name, logo, domain, openID = a.Name, accountAvatar(a), a.OAuthDomain+","+a.JSDomain, s.fan(a.AppID, who).OpenID
	}
	s.mu.Unlock()
	scene, err := strconv.Atoi(q.Get("scene"))
	back, backErr := url.Parse(s.realURL(q.Get("redirect_url")))
	switch {
	case a == nil || !a.may():
		e.Reason = "the account is unknown or has no right"
	case q.Get("action") != "get_confirm" || err != nil || scene < 0 || scene > maxOnceScene || q.Get("template_id") == "" || len(q.Get("reserved")) > 128:
		e.Reason = "action, scene (0 to 10000), template_id or reserved is wrong"
	case backErr != nil || !inDomains(domain, back.Host):
		e.Reason = "redirect_url is on none of the account's domains"
	}
	if e.Reason != "" {
		s.errorPage(w, "参数错误", e.Reason)
		return
	}
	e.Verdict = "ok"
	if r.Method != http.MethodPost {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, pageStyle+`<main><img src="%s" alt=""><h1 style="font-size:20px">%s</h1><p>申请给你发送一条消息</p>
<form method="post" action="%s"><button name="answer" value="confirm">同意</button><br><button class="no" name="answer" value="cancel">拒绝</button></form></main>`,
			"订阅消息", html.EscapeString(logo), html.EscapeString(name), html.EscapeString(r.URL.RequestURI()))
		return
	}
	answer := url.Values{"template_id": {q.Get("template_id")}, "action": {"cancel"}, "scene": {q.Get("scene")}, "reserved": {q.Get("reserved")}}
	if r.PostFormValue("answer") == "confirm" {
		answer.Set("action", "confirm")
		answer.Set("openid", openID)
		s.allowOnce(onceKey(q.Get("appid"), who, q.Get("scene"), q.Get("template_id")))
	}
	back.RawQuery = joinQuery(back.RawQuery, answer)
	e.Status = http.StatusFound
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (s *Server) allowOnce(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.official.grants[key] = &subscription{Left: 1}
	s.touch("sub_grant", key)
}

// templateSubscribe is message/template/subscribe: the one message that was allowed.
func (s *Server) templateSubscribe(c *call) {
	var in struct {
		ToUser   string `json:"touser"`
		Template string `json:"template_id"`
		URL      string `json:"url"`
		Mini     struct {
			AppID    string `json:"appid"`
			PagePath string `json:"pagepath"`
		} `json:"miniprogram"`
		Scene flexID `json:"scene"`
		Title string `json:"title"`
		Data  struct {
			Content struct {
				Value string `json:"value"`
				Color string `json:"color"`
			} `json:"content"`
		} `json:"data"`
	}
	if !c.json(&in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := c.fanOf(in.ToUser)
	if f == nil {
		return
	}
	key := onceKey(f.AppID, f.Person, itoa(int64(in.Scene)), in.Template)
	g := s.world.official.grants[key]
	switch {
	case in.Title == "" || utf8.RuneCountInString(in.Title) > maxOnceTitle:
		c.fail(45003, "title size out of limit")
	case in.Data.Content.Value == "" || utf8.RuneCountInString(in.Data.Content.Value) > maxOnceText:
		c.fail(45002, "content size out of limit")
	case g == nil || g.Left < 1:
		c.deny(43101, "user refuse to accept the msg", "the user allowed no message of scene %d and this template_id that is left", int64(in.Scene))
	default:
		delete(s.world.official.grants, key)
		s.touch("sub_grant", key)
		s.fromAccount(c.app, f.Person, content{Type: "template", Title: in.Title, Lines: []line{{Label: "内容", Value: in.Data.Content.Value, Color: in.Data.Content.Color}},
			URL: in.URL, AppID: in.Mini.AppID, PagePath: in.Mini.PagePath})
		c.ok(apiOK)
	}
}
