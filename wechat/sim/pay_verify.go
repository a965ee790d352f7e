package sim

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const maxSkew = 300 * time.Second

// payError is the error body of v3.
type payError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Detail  any    `json:"detail,omitempty"`
}

// requestIDCode is the number at the end of Request-ID, by error code.
var requestIDCode = map[string]string{
	"ORDER_NOT_EXIST": "268512771", "FREQUENCY_LIMITED": "268447840", "PARAM_ERROR": "268435461", "ORDER_PAID": "268449538",
	"SIGN_ERROR": "268443699", "APPID_MCHID_NOT_MATCH": "268445527", "ORDER_CLOSED": "268447914", "INVALID_REQUEST": "268498688",
}

func (c *call) payFail(status int, code, message string, detail any) {
	if c.entry.Kind == v2Kind {
		c.v2Refuse(code, message)
		return
	}
	c.status = status
	c.out, _ = encode(payError{code, message, detail})
	c.header.Set("Request-ID", "08"+c.s.hex(18)+"-"+requestIDCode[code])
	c.refused("%s %s", code, message)
}

// numbered gives a refusal its own number at the end of Request-ID.
func (c *call) numbered(code string) {
	if id, _, ok := strings.Cut(c.header.Get("Request-ID"), "-"); ok {
		c.header.Set("Request-ID", id+"-"+code)
	}
}

func (c *call) payOK(v any) {
	out, err := encode(v)
	if err != nil {
		c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试", nil)
		return
	}
	c.out = out
}

// sign puts WeChat Pay's signature on the answer.
func (c *call) sign() {
	if c.unsigned {
		return
	}
	s := c.s
	keys := s.platform.Load()
	want := c.r.Header.Get("Wechatpay-Serial")
	key, serial := keys.signer(keys.modeOf(want, c.key))
	if c.lists && key == keys.cert.key && want != serial {
		listed := keys.listed(s.Clock.Now())
		oldest := listed[len(listed)-1] // what the caller has: with the new one alone it could not verify the list that brings it
		key, serial = oldest.key, oldest.serial
	}
	timestamp, nonce := itoa(s.Now().Add(c.skew).Unix()), s.hexLower(16)
	signature, err := paycrypt.Sign(key, paycrypt.ResponseMessage(timestamp, nonce, c.out))
	if err != nil {
		s.Log.Error("pocket WeChat cannot sign", "error", err)
		return
	}
	if c.mch != nil && s.probes.draw(s, c.mch.MchID) {
		signature = s.probeSignature()
		c.entry.Reason = "SIGNTEST probe: the signature of this answer is wrong on purpose; a merchant must refuse it. " + c.entry.Reason
	}
	if c.header.Get("Request-ID") == "" {
		c.header.Set("Request-ID", "08"+s.hex(18)+"-0")
	}
	setSignature(c.header, timestamp, nonce, signature, serial)
}

func setSignature(h http.Header, timestamp, nonce, signature, serial string) {
	h.Set("Wechatpay-Timestamp", timestamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature", signature)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Signature-Type", paycrypt.Scheme)
}

// asMerchant verifies the caller as WeChat Pay does before f.
func (s *Server) asMerchant(f func(*call)) func(*call) {
	return func(c *call) {
		if c.r.Header.Get("Accept") == "" || c.r.UserAgent() == "" {
			c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "Http头缺少Accept或User-Agent", nil)
			return
		}
		if !c.authorize() {
			return
		}
		if kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";"); len(c.body) > 0 && strings.TrimSpace(kind) != "application/json" {
			c.payFail(http.StatusUnsupportedMediaType, "PARAM_ERROR", "Http头Content-Type必须为application/json", nil)
			return
		}
		f(c)
	}
}

func (c *call) authorize() bool {
	auth, err := paycrypt.ParseAuthorization(c.r.Header.Get("Authorization"))
	if err != nil {
		c.signError("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》", "authorization malformed", nil)
		c.refused("%v", err)
		return false
	}
	c.entry.MchID = auth.MchID
	s := c.s
	s.mu.Lock()
	m := s.world.merchants[auth.MchID]
	var serial, mode string
	var key *rsa.PublicKey
	if m != nil {
		serial, mode, key = m.Serial, m.KeyMode, m.keyFor(auth.SerialNo, s.Clock.Now())
	}
	s.mu.Unlock()
	seconds, err := strconv.ParseInt(auth.Timestamp, 10, 64)
	skew := s.Now().Sub(time.Unix(seconds, 0)).Abs()
	switch {
	case err != nil || skew > maxSkew:
		c.signError("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟", "timestamp expired", nil)
		c.refused("timestamp %s is %s away from WeChat's clock, %s is allowed", auth.Timestamp, skew.Truncate(time.Second), maxSkew)
		return false
	case m == nil:
		c.payFail(http.StatusNotFound, "MCH_NOT_EXISTS", "商户号不存在", nil)
		return false
	case key == nil:
		c.signError("商户证书序列号有误。请使用签名私钥匹配的证书序列号", "serial_no not match", nil)
		c.refused("serial_no %s; merchant %s has %s", auth.SerialNo, m.MchID, serial)
		return false
	}
	message := paycrypt.RequestMessage(c.r.Method, c.r.RequestURI, auth.Timestamp, auth.Nonce, c.body)
	c.entry.signString = string(keep(message))
	if err := paycrypt.Verify(key, message, auth.Signature); err != nil {
		c.signError("错误的签名，导致验签失败", "sign not match", message)
		c.refused("%s", c.diagnose(key, auth))
		return false
	}
	if c.refuseReplay(auth) {
		return false
	}
	c.mch, c.key, c.mchKey = m, mode, key
	return true
}

func (c *call) signError(text, issue string, message []byte) {
	detail := map[string]any{"detail": map[string]string{"issue": issue}, "field": "signature", "location": "authorization"}
	if message != nil {
		cut := message
		if len(cut) > 256 {
			cut = cut[:256]
		}
		detail["sign_information"] = map[string]any{"method": c.r.Method, "url": c.r.RequestURI, "truncated_sign_message": strings.ToValidUTF8(string(cut), ""), "sign_message_length": len(message)}
	}
	c.payFail(http.StatusUnauthorized, "SIGN_ERROR", text, detail)
}

// diagnose tries what developers usually sign by mistake and says which of it fits the signature.
func (c *call) diagnose(key *rsa.PublicKey, auth paycrypt.Authorization) string {
	for _, body := range c.otherBodies() {
		if paycrypt.Verify(key, paycrypt.RequestMessage(c.r.Method, c.r.RequestURI, auth.Timestamp, auth.Nonce, body), auth.Signature) == nil {
			return fmt.Sprintf("body differs from the signed one at byte %d", firstDifference(body, c.body))
		}
	}
	for what, uri := range c.otherURIs() {
		if paycrypt.Verify(key, paycrypt.RequestMessage(c.r.Method, uri, auth.Timestamp, auth.Nonce, c.body), auth.Signature) == nil {
			return what + ": " + uri
		}
	}
	whole := paycrypt.RequestMessage(c.r.Method, c.r.RequestURI, auth.Timestamp, auth.Nonce, c.body)
	if paycrypt.Verify(key, whole[:len(whole)-1], auth.Signature) == nil {
		return "the last line of the signed text must end with a line feed too"
	}
	return "the signature fits neither this text nor the usual mistakes: it was made with another key, or over another body or address"
}

func (c *call) otherBodies() [][]byte {
	list := [][]byte{{}, []byte("{}"), bytes.TrimSpace(c.body), append(bytes.Clone(c.body), '\n'), append(bytes.Clone(c.body), '\r', '\n')}
	var compact, indented, escaped bytes.Buffer
	if json.Compact(&compact, c.body) == nil {
		json.HTMLEscape(&escaped, compact.Bytes())
		unescaped := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(compact.String())
		_ = json.Indent(&indented, c.body, "", "  ")
		list = append(list, compact.Bytes(), escaped.Bytes(), indented.Bytes(), []byte(unescaped))
		var v any
		if json.Unmarshal(c.body, &v) == nil {
			if sorted, err := json.Marshal(v); err == nil {
				list = append(list, sorted)
			}
		}
	}
	return list
}

func (c *call) otherURIs() map[string]string {
	uris := map[string]string{
		"the query was left out of the signed address": c.r.URL.EscapedPath(),
		"the host must not be signed, only the path":   "https://api.mch.weixin.qq.com" + c.r.RequestURI,
		"the host must not be signed, only the path ":  "http://" + c.r.Host + c.r.RequestURI,
		"the address was signed before it was encoded": c.r.URL.Path,
	}
	if plain, err := url.QueryUnescape(c.r.RequestURI); err == nil {
		uris["the address was signed unencoded"] = plain
	}
	return uris
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// unknownPay answers what is not offered under /v3/.
func (s *Server) unknownPay(c *call) {
	c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "口袋微信不提供 "+c.r.Method+" "+c.r.URL.Path, nil)
}
