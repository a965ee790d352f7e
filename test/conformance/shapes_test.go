package conformance

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Requests as SDKs that are not of this suite write them on the wire: read in the source of wechatpay-java, wechatpay-php,
// wechatpayv3 and wechatpy (Python), WxJava, PowerWeChat and EasyWeChat. What they vary must not matter; what WeChat refuses stays refused.

// wire sends what a client of one merchant would: signed, with exactly these headers, the answer verified.
type wire struct {
	t      *testing.T
	m      merchant
	client *http.Client
	base   string
}

type shape struct {
	method, path, body string
	signed             string // when it is not the body that is signed
	header             map[string]string
	chunked            bool
	auth               string // order of the members of Authorization
}

const usual = "mchid nonce_str timestamp serial_no signature"

func (w *wire) send(s shape) (status int, body []byte) {
	w.t.Helper()
	stamp, nonce := fmt.Sprint(time.Now().Unix()), rand.Text()
	signed := s.body
	if s.signed != "" {
		signed = s.signed
	}
	sum := sha256.Sum256([]byte(s.method + "\n" + s.path + "\n" + stamp + "\n" + nonce + "\n" + signed + "\n"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, w.m.key(w.t), crypto.SHA256, sum[:])
	if err != nil {
		w.t.Fatal(err)
	}
	parts := map[string]string{"mchid": w.m.MchID, "nonce_str": nonce, "timestamp": stamp, "serial_no": w.m.Serial, "signature": base64.StdEncoding.EncodeToString(signature)}
	var auth []string
	for _, name := range strings.Fields(s.auth + " " + usual)[:5] {
		auth = append(auth, fmt.Sprintf("%s=%q", name, parts[name]))
	}
	var in io.Reader = strings.NewReader(s.body)
	if s.chunked {
		in = io.MultiReader(in) // of unknown length
	}
	req, err := http.NewRequest(s.method, w.base+s.path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "WECHATPAY2-SHA256-RSA2048 "+strings.Join(auth, ","))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "anything/1.0")
	for name, value := range s.header {
		req.Header.Set(name, value)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			w.t.Fatal(err)
		}
		if body, err = io.ReadAll(plain); err != nil {
			w.t.Fatal(err)
		}
	}
	if resp.StatusCode < 300 {
		w.verify(resp, body)
	}
	return resp.StatusCode, body
}

// verify holds an answer to what every SDK holds it to: four headers, JSON, the platform's signature.
func (w *wire) verify(resp *http.Response, body []byte) {
	w.t.Helper()
	h := resp.Header
	sum := sha256.Sum256([]byte(h.Get("Wechatpay-Timestamp") + "\n" + h.Get("Wechatpay-Nonce") + "\n" + string(body) + "\n"))
	signature, err := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
	if err != nil {
		w.t.Fatal(err)
	}
	key := w.m.platformKey(w.t)
	if h.Get("Wechatpay-Serial") == w.m.PlatformSerial {
		key = w.m.certificateKey(w.t)
	}
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		w.t.Errorf("the answer's signature does not verify: %v", err)
	}
	if h.Get("Wechatpay-Signature-Type") != "WECHATPAY2-SHA256-RSA2048" || h.Get("Request-Id") == "" || !slices.Contains([]string{w.m.PlatformSerial, w.m.PlatformKeyID}, h.Get("Wechatpay-Serial")) {
		w.t.Errorf("the answer's headers are %v", h)
	}
	if len(body) > 0 && !strings.HasPrefix(h.Get("Content-Type"), "application/json") { // wechatpay-java takes nothing else
		w.t.Errorf("the answer is %s", h.Get("Content-Type"))
	}
}

// certificateKey is the key of the platform's certificate.
func (m merchant) certificateKey(t testing.TB) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(m.PlatformCert))
	if block == nil {
		t.Fatal("the platform's certificate is not PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert.PublicKey.(*rsa.PublicKey)
}

func TestShapesOfOtherPaySDKs(t *testing.T) {
	s := startSimulator(t)
	c := newScene(t, s, "shapes")
	order := func(m merchant, no string) string {
		raw, err := json.Marshal(map[string]any{"appid": c.Account.AppID, "mchid": m.MchID, "description": "明前龙井", "out_trade_no": no, "notify_url": c.Dev + "/elsewhere", "amount": map[string]any{"total": 100}})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	escaped := func(text string) string { // as Python's json.dumps writes it: no letter beyond ASCII, a blank after , and :
		var out strings.Builder
		for _, r := range text {
			if r > 126 {
				fmt.Fprintf(&out, `\u%04x`, r)
				continue
			}
			out.WriteRune(r)
		}
		return strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(out.String())
	}
	const native, notify = "/v3/pay/transactions/native", "/v3/merchant-service/complaint-notifications"
	picture := string(picture())
	meta := fmt.Sprintf(`{"filename":"a.png","sha256":"%x"}`, sha256.Sum256([]byte(picture)))
	form := "--b0undary\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n" + meta + "\r\n--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" + picture + "\r\n--b0undary--\r\n"
	jsonKind := map[string]string{"Content-Type": "application/json"}
	for _, m := range []merchant{c.Shop, c.Second} {
		key := m.PlatformSerial
		if m.MchID == c.Second.MchID {
			key = m.PlatformKeyID
		}
		w := &wire{t: t, m: m, client: &http.Client{Transport: &http.Transport{DisableCompression: true}}, base: c.Sim}
		for _, step := range []struct {
			name   string
			shape  shape
			status int
			holds  string
		}{
			{"wechatpay-java: Wechatpay-Serial on everything", shape{method: "POST", path: native, body: order(m, c.number("java")), header: map[string]string{"Content-Type": "application/json; charset=utf-8", "Wechatpay-Serial": key}}, 200, "code_url"},
			{"wechatpay-java: certificates of one algorithm", shape{method: "GET", path: "/v3/certificates?algorithm_type=RSA", header: map[string]string{"Wechatpay-Serial": key}}, 200, "AEAD_AES_256_GCM"},
			{"wechatpay-java: POST without body and Content-Type", shape{method: "POST", path: "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/never1/cancel"}, 404, "NOT_FOUND"},
			{"wechatpayv3: escapes, and JSON announced by a GET", shape{method: "POST", path: native, body: escaped(order(m, c.number("py"))), header: jsonKind, auth: "mchid nonce_str signature timestamp serial_no"}, 200, "code_url"},
			{"wechatpayv3: GET with a Content-Type", shape{method: "GET", path: "/v3/pay/transactions/out-trade-no/never-ordered?mchid=" + m.MchID, header: jsonKind}, 404, "ORDER_NOT_EXIST"},
			{"wechatpayv3: a form that names no boundary", shape{method: "POST", path: "/v3/merchant-service/images/upload", body: form, signed: meta, header: map[string]string{"Content-Type": "multipart/form-data"}}, 200, "media_id"},
			{"wechatpay-php: Expect, chunks", shape{method: "POST", path: native, body: order(m, c.number("php")), header: map[string]string{"Content-Type": "application/json; charset=utf-8", "Expect": "100-continue"}, chunked: true}, 200, "code_url"},
			{"EasyWeChat: gzip is welcome", shape{method: "POST", path: native, body: order(m, c.number("easy")), header: map[string]string{"Content-Type": "application/json", "Accept-Encoding": "gzip"}}, 200, "code_url"},
			{"WxJava: Accept is anything", shape{method: "POST", path: native, body: order(m, c.number("wx")), header: map[string]string{"Content-Type": "application/json", "Accept": "*/*"}, auth: "nonce_str mchid serial_no timestamp signature"}, 200, "code_url"},
			{"all: a POST, a PUT and a DELETE of one thing", shape{method: "POST", path: notify, body: `{"url":"` + c.Dev + `/c"}`, header: jsonKind}, 200, "url"},
			{"all: PUT", shape{method: "PUT", path: notify, body: `{"url":"` + c.Dev + `/d"}`, header: jsonKind}, 200, "url"},
			{"all: DELETE with no body, 204 that is signed", shape{method: "DELETE", path: notify, header: jsonKind}, 204, ""},
			{"a number as text is refused", shape{method: "POST", path: native, body: strings.Replace(order(m, c.number("no")), `"total":100`, `"total":"100"`, 1), header: jsonKind}, 400, "PARAM_ERROR"},
			{"what was signed is not what came", shape{method: "POST", path: native, body: order(m, c.number("no")), signed: "{}", header: jsonKind}, 401, "SIGN_ERROR"},
		} {
			t.Run(m.MchID+" "+step.name, func(t *testing.T) {
				w.t = t
				if status, body := w.send(step.shape); status != step.status || !strings.Contains(string(body), step.holds) {
					t.Errorf("%d %s, want %d and %s", status, body, step.status, step.holds)
				}
			})
		}
	}
	for _, host := range []string{"api.mch.weixin.qq.com", "api2.mch.weixin.qq.com", "api.wechatpay.cn", "api2.wechatpay.cn"} { // wechatpay-java goes from one to the next
		t.Run(host, func(t *testing.T) {
			w := &wire{t: t, m: c.Shop, client: &http.Client{Transport: s.proxied(t)}, base: "https://" + host}
			if status, body := w.send(shape{method: "GET", path: "/v3/certificates"}); status != 200 {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

func TestShapesOfOtherV2SDKs(t *testing.T) {
	s := startSimulator(t)
	c := newScene(t, s, "shapes")
	for name, kind := range map[string]string{"WxJava by Apache": "text/plain; charset=ISO-8859-1", "curl": "application/x-www-form-urlencoded", "EasyWeChat": "text/xml", "wechatpy": "", "okhttp": "application/xml; charset=utf-8"} {
		t.Run(name, func(t *testing.T) {
			fields := map[string]string{"appid": c.Account.AppID, "mch_id": c.Shop.MchID, "nonce_str": rand.Text(), "body": "明前龙井", "out_trade_no": c.number("v2"), "total_fee": "100", "spbill_create_ip": "14.23.150.211", "notify_url": c.Dev + "/elsewhere", "trade_type": "NATIVE", "attach": ""}
			names := make([]string, 0, len(fields))
			for field, value := range fields {
				if value != "" {
					names = append(names, field)
				}
			}
			slices.Sort(names)
			var signed, body strings.Builder
			for _, field := range names {
				signed.WriteString(field + "=" + fields[field] + "&")
			}
			sum := md5.Sum([]byte(signed.String() + "key=" + c.Shop.APIv2Key))
			body.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n  <sign>" + fmt.Sprintf("%X", sum) + "</sign>\n")
			for field, value := range fields { // in no order, an empty one too
				fmt.Fprintf(&body, "  <%s><![CDATA[%s]]></%s>\n", field, value, field)
			}
			body.WriteString("</xml>\n")
			req, err := http.NewRequest("POST", c.Sim+"/pay/unifiedorder", strings.NewReader(body.String()))
			if err != nil {
				t.Fatal(err)
			}
			if kind != "" {
				req.Header.Set("Content-Type", kind)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			answer, err := io.ReadAll(resp.Body)
			if err != nil || !strings.Contains(string(answer), "<code_url>") {
				t.Errorf("%v %s", err, answer)
			}
		})
	}
}
