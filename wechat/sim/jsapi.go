package sim

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

const maxDocs = 20_000

// ask names, for each offered JSAPI, what the phone is asked for; empty: the bridge answers by itself.
var offered = map[string]string{
	"getBrandWCPayRequest": "pay", "scanQRCode": "scan", "editAddress": "address", "geoLocation": "location", "chooseImage": "chooseImage",
	"imagePreview": "previewImage", "openLocation": "openLocation", "sendAppMessage": "share", "shareTimeline": "share", "uploadImage": "", "downloadImage": "", "getLocalImgData": "",
	"openSubscribeMessage": "subscribe", "launchMiniProgram": "launchMini",
	"updateAppMessageShareData": "", "updateTimelineShareData": "", "closeWindow": "", "hideOptionMenu": "", "showOptionMenu": "",
	"hideMenuItems": "", "showMenuItems": "", "hideAllNonBaseMenuItem": "", "showAllNonBaseMenuItem": "", "getNetworkType": "",
	"requestMerchantTransfer": "transfer", "checkJsApi": "", "preVerifyJSAPI": "", "menu:share:appmessage": "", "menu:share:timeline": "",
}

// free may be called without wx.config, straight on WeixinJSBridge.
var free = map[string]bool{"getBrandWCPayRequest": true, "closeWindow": true, "hideOptionMenu": true, "showOptionMenu": true, "getNetworkType": true,
	"imagePreview": true, "requestMerchantTransfer": true, "checkJsApi": true, "preVerifyJSAPI": true, "hideMenuItems": true, "showMenuItems": true}

// tagOf names the open tag behind a call.
var tagOf = map[string]string{"openSubscribeMessage": "wx-open-subscribe", "launchMiniProgram": "wx-open-launch-weapp"}

type jsCall struct {
	Doc    string         `json:"doc"`
	Name   string         `json:"name"`
	URL    string         `json:"url"` // as the page sees it
	Params map[string]any `json:"params"`
}

func (c *jsCall) text(name string) string {
	switch v := c.Params[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// jsAnswer goes back to the bridge: either a result for the page, or something to ask the phone.
type jsAnswer struct {
	Result map[string]any `json:"result,omitempty"`
	Ask    string         `json:"ask,omitempty"`
	Params map[string]any `json:"params,omitempty"`
}

func say(message string) jsAnswer { return jsAnswer{Result: map[string]any{"err_msg": message}} }

// jsapi judges one WeixinJSBridge.invoke.
func (s *Server) jsapi(w http.ResponseWriter, r *http.Request, v *visit) {
	var in jsCall
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.UseNumber()
	if err := dec.Decode(&in); err != nil {
		writeJSON(w, http.StatusBadRequest, bad("body.json", "内容无法读取", err.Error()))
		return
	}
	e := &entry{Kind: "page", Method: "JSAPI", Host: v.origin.Host, Path: in.Name, Person: v.person, AppID: in.text("appId"), Status: http.StatusOK, Verdict: "ok"}
	raw, _ := json.Marshal(in.Params)
	e.request.body = keep(raw)
	answer, reason := s.judge(&in, v, e)
	if reason != "" {
		e.Verdict, e.Reason = "refused", reason
	}
	e.response.body, _ = json.Marshal(answer)
	s.note(e)
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) judge(in *jsCall, v *visit, e *entry) (jsAnswer, string) {
	method, known := offered[in.Name]
	if !known {
		return say(in.Name + ":fail, the pocket WeChat does not offer it"), "not offered"
	}
	if in.Name == "preVerifyJSAPI" {
		return s.configure(in, v, e)
	}
	sdk := in.text("verifyAppId") != ""
	if in.Name != "checkJsApi" && (sdk || !free[in.Name]) && !s.permitted(in, v) {
		return say(in.Name + ":fail_the permission value is offline verifying"), "wx.config has not been passed, or its jsApiList lacks " + in.Name
	}
	if why := s.rightOfPage(in, v); why != "" {
		return say(in.Name + ":permission denied"), why
	}
	switch in.Name {
	case "getBrandWCPayRequest":
		return s.judgePay(in, v, e)
	case "requestMerchantTransfer":
		return s.judgeTransfer(in, v, e)
	case "checkJsApi":
		return checkAPIs(in), ""
	case "updateAppMessageShareData", "updateTimelineShareData":
		return s.judgeShare(in, v)
	}
	if method == "" {
		return say(in.Name + ":ok"), ""
	}
	return s.askPhone(in, v, method), ""
}

// rightOfPage tells why the account of a page may not use a JSAPI; empty when it may.
func (s *Server) rightOfPage(in *jsCall, v *visit) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if doc := s.world.docs[v.person+"|"+in.Doc]; doc != nil && !s.mayUse(doc.appID, in.Name) {
		return "the account of this page has no right to " + in.Name
	}
	return ""
}

func (s *Server) permitted(in *jsCall, v *visit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := s.world.docs[v.person+"|"+in.Doc]
	if doc != nil && (in.Name == "openSubscribeMessage" || in.Name == "launchMiniProgram") {
		return doc.tags[tagOf[in.Name]]
	}
	return doc != nil && (doc.allowed[in.Name] || free[in.Name] && in.Name != "getBrandWCPayRequest")
}

// configure verifies wx.config. The signature may be over the real address or over the one the page sees.
func (s *Server) configure(in *jsCall, v *visit, e *entry) (jsAnswer, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	appID := in.text("verifyAppId")
	domains, tickets, known := s.jsIssuer(appID)
	if !known {
		return say("config:fail,invalid appid"), "unknown appid"
	}
	e.AppID = appID
	if !inDomains(domains, v.origin.Host) {
		return say("config:fail,invalid url domain"), fmt.Sprintf("the page is on %s, the account's JS domain is %q", v.origin.Host, domains)
	}
	visible, _, _ := strings.Cut(in.URL, "#")
	rest, here := strings.CutPrefix(visible, "http://"+v.host)
	if !here {
		return say("config:fail,invalid url domain"), "the page says it is at " + visible
	}
	real := originOf(v.origin) + rest
	nonce, timestamp, given := in.text("verifyNonceStr"), in.text("verifyTimestamp"), in.text("verifySignature")
	e.signString = "jsapi_ticket=…&noncestr=" + nonce + "&timestamp=" + timestamp + "&url=" + real
	ok := false
	for _, ticket := range tickets {
		if ticket == nil || !s.Clock.Now().Before(ticket.Until) {
			continue
		}
		for _, page := range []string{real, visible} {
			want := wxcrypt.JSSignature(ticket.Value, nonce, timestamp, page)
			ok = ok || subtle.ConstantTimeCompare([]byte(want), []byte(given)) == 1
		}
	}
	if !ok {
		return say("config:fail,invalid signature"), "no valid ticket gives this signature for " + real + " or " + visible
	}
	doc := &jsDoc{appID: appID, allowed: map[string]bool{}, tags: map[string]bool{}, born: s.Clock.Now()}
	list, _ := in.Params["verifyJsApiList"].([]any)
	for _, name := range list {
		if text, ok := name.(string); ok && len(doc.allowed) < 200 {
			doc.allowed[text] = true
		}
	}
	tags, _ := in.Params["verifyOpenTagList"].([]any)
	for _, name := range tags {
		if text, ok := name.(string); ok && len(doc.tags) < 20 {
			doc.tags[text] = true
		}
	}
	s.keepDoc(v.person+"|"+in.Doc, doc)
	return say("config:ok"), ""
}

func (s *Server) keepDoc(key string, doc *jsDoc) {
	if len(s.world.docs) >= maxDocs {
		for old, d := range s.world.docs {
			if len(s.world.docs) < maxDocs*3/4 || doc.born.Sub(d.born) > 24*time.Hour {
				delete(s.world.docs, old)
			} else if len(s.world.docs) >= maxDocs {
				delete(s.world.docs, old)
			}
		}
	}
	s.world.docs[key] = doc
}

func checkAPIs(in *jsCall) jsAnswer {
	result := map[string]bool{}
	list, _ := in.Params["jsApiList"].([]any)
	for _, name := range list {
		if text, ok := name.(string); ok {
			_, result[text] = offered[text]
		}
	}
	text, _ := json.Marshal(result)
	answer := say("checkJsApi:ok")
	answer.Result["checkResult"] = string(text) // Android clients give it as text
	return answer
}

func (s *Server) judgeShare(in *jsCall, v *visit) (jsAnswer, string) {
	link := s.realURL(in.text("link"))
	u, err := url.Parse(link)
	s.mu.Lock()
	domains, _, _ := s.jsIssuer(in.text("verifyAppId"))
	s.mu.Unlock()
	if err != nil || u.Host == "" || !inDomains(domains, u.Host) {
		return say(in.Name + ":fail, invalid link domain"), fmt.Sprintf("link %q is not on the JS domain %q", link, domains)
	}
	answer := say(in.Name + ":ok")
	answer.Result["share_link"] = link
	return answer, ""
}

// askPhone prepares the question to the phone page.
func (s *Server) askPhone(in *jsCall, v *visit, method string) jsAnswer {
	p := map[string]any{}
	switch in.Name {
	case "openSubscribeMessage":
		s.mu.Lock()
		if doc := s.world.docs[v.person+"|"+in.Doc]; doc != nil {
			p["appid"] = doc.appID
		}
		s.mu.Unlock()
		p["templates"] = in.Params["templates"]
	case "launchMiniProgram":
		p["appid"], p["username"], p["path"] = in.text("appid"), in.text("username"), in.text("path")
	case "scanQRCode":
		p["need_result"] = in.text("needResult") == "1"
		p["scan_types"] = in.Params["scanType"]
	case "geoLocation":
		p["site"] = v.origin.Host
	case "chooseImage":
		p["count"], p["sources"] = in.Params["count"], in.Params["sourceType"]
	case "imagePreview":
		p["current"], p["urls"] = in.Params["current"], in.Params["urls"]
	case "openLocation":
		for _, name := range []string{"latitude", "longitude", "name", "address"} {
			p[name] = in.Params[name]
		}
	case "sendAppMessage", "shareTimeline":
		p["scene"] = map[string]string{"sendAppMessage": "appmessage", "shareTimeline": "timeline"}[in.Name]
		p["title"], p["desc"], p["link"], p["img_url"] = in.text("title"), in.text("desc"), s.realURL(in.text("link")), in.text("img_url")
	}
	return jsAnswer{Ask: method, Params: p}
}

// judgePay verifies a getBrandWCPayRequest and opens a pay sheet.
func (s *Server) judgePay(in *jsCall, v *visit, e *entry) (jsAnswer, string) {
	fail := func(text, reason string) (jsAnswer, string) {
		answer := say("get_brand_wcpay_request:fail")
		answer.Result["err_desc"] = text
		answer.Ask, answer.Params = "alert", map[string]any{"text": text}
		return answer, reason
	}
	appID, timestamp, nonce, pkg := in.text("appId"), in.text("timeStamp"), in.text("nonceStr"), in.text("package")
	for name, value := range map[string]string{"appId": appID, "timeStamp": timestamp, "nonceStr": nonce, "package": pkg, "paySign": in.text("paySign")} {
		if value == "" {
			return fail("调用支付JSAPI缺少参数："+name, name+" is missing")
		}
	}
	prepayID, ok := strings.CutPrefix(pkg, "prepay_id=")
	s.mu.Lock()
	p := s.world.prepays[prepayID]
	var m *merchant
	var dirs []string
	if p != nil {
		m = s.world.merchants[p.MchID]
		dirs = m.PayDirs
		e.MchID = m.MchID
	}
	s.mu.Unlock()
	switch {
	case !ok || p == nil:
		return fail("支付验证签名失败", "package names no known prepay_id")
	case p.AppID != appID:
		return fail("支付验证签名失败", "the prepay belongs to appid "+p.AppID)
	case !mayPayHere(dirs, v.origin, in.URL):
		return fail("当前页面的URL未注册："+originOf(v.origin), fmt.Sprintf("the merchant's payment directories are %v", dirs))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind := s.ordersOf(p)[0].TradeType; kind != "JSAPI" {
		return fail("支付场景非法", "the prepay is of "+kind+", not of JSAPI")
	}
	if kind, want := in.text("signType"), s.ordersOf(p)[0].signType(); kind != want {
		return fail("调用支付JSAPI缺少参数：signType", "signType must be "+want+", as the order was made; it is "+kind)
	}
	text, signed := m.paySigned(appID, timestamp, nonce, pkg, in.text("signType"), in.text("paySign"), s.Clock.Now())
	if e.signString = text; !signed {
		return fail("支付验证签名失败", "paySign does not fit the key of merchant "+m.MchID)
	}
	if f := s.fan(p.AppID, v.person); p.OpenID != "" && p.OpenID != f.OpenID {
		return fail("下单账号与支付账号不一致，请核实后再支付", "the order belongs to openid "+p.OpenID+", this phone is "+f.OpenID)
	}
	if state := s.openState(p); state != "open" {
		return fail(map[string]string{"paid": "该订单已支付", "closed": "该订单已关闭", "expired": "订单已过期，请返回商户页面重新下单"}[state], "the order is "+state)
	}
	return jsAnswer{Ask: "pay", Params: map[string]any{"pay_id": s.openSheet(v.person, p.ID).id}}, ""
}

func mayPayHere(dirs []string, origin *url.URL, page string) bool {
	if len(dirs) == 0 {
		return true
	}
	u, err := url.Parse(page)
	if err != nil {
		return false
	}
	for _, dir := range dirs {
		if strings.HasPrefix(originOf(origin)+u.Path, dir) {
			return true
		}
	}
	return false
}
