package conformance

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// account and merchant are what the simulator hands out for a developer's configuration.
type account struct {
	AppID       string `json:"appid"`
	Secret      string `json:"secret"`
	Subject     string `json:"subject"`
	OriginalID  string `json:"original_id"`
	Token       string `json:"token"`
	AESKey      string `json:"aes_key"`
	Mode        string `json:"mode"`
	CallbackURL string `json:"callback_url"`
}

type merchant struct {
	MchID             string `json:"mchid"`
	APIv3Key          string `json:"apiv3_key"`
	APIv2Key          string `json:"api_key"`
	Serial            string `json:"serial_no"`
	PrivateKey        string `json:"private_key"`
	Certificate       string `json:"certificate"`
	PlatformSerial    string `json:"platform_serial_no"`
	PlatformCert      string `json:"platform_certificate"`
	PlatformKeyID     string `json:"public_key_id"`
	PlatformPublicKey string `json:"wechatpay_public_key"`
}

// scene is the part of the world one SDK plays in: a service account, two merchants, two people and a developer's server.
// Nothing of it is shared with another SDK, so quotas and numbers do not meet.
type scene struct {
	t   testing.TB
	sim *simulator

	Sim     string   `json:"sim"`
	Account account  `json:"account"`
	Shop    merchant `json:"shop"`   // notices signed with the platform certificate
	Second  merchant `json:"second"` // notices signed with the platform public key
	Lin     string   `json:"lin"`    // a fan with money
	Zhou    string   `json:"zhou"`   // a stranger
	OpenID  string   `json:"openid"` // of Lin
	Dev     string   `json:"dev"`    // the developer's server
	Day     string   `json:"first_day"`

	mu       sync.Mutex
	arrived  []*http.Request         // everything that came to the developer's server, bodies readable again
	handlers map[string]http.Handler // by path
	count    int
}

// provider is a merchant of kind 服务商 with a sub-merchant.
type provider struct{ sp, sub merchant }

var scenes int

func newScene(t testing.TB, s *simulator, sdk string) *scene {
	t.Helper()
	scenes++
	n := scenes
	c := &scene{t: t, sim: s, Sim: s.base.String(), Lin: fmt.Sprintf("lin%d", n), Zhou: fmt.Sprintf("zhou%d", n), Day: s.firstDay, handlers: map[string]http.Handler{}}
	dev := httptest.NewServer(http.HandlerFunc(c.receive))
	t.Cleanup(dev.Close)
	c.Dev = dev.URL
	host := strings.TrimPrefix(dev.URL, "http://")
	app := fmt.Sprintf("wx%016d", n)
	s.control(t, "POST", "/accounts", map[string]any{"appid": app, "name": "熟客市集", "subject": sdk, "callback_url": c.Dev + "/push", "oauth_domain": host, "js_domain": host,
		"templates": []map[string]string{{"template_id": "tpl-paid", "title": "支付成功", "content": "订单编号：{{character_string1.DATA}}\n金额：{{amount2.DATA}}"}}}, &c.Account)
	s.control(t, "POST", "/merchants", map[string]any{"mchid": fmt.Sprintf("19000%05d", 2*n), "name": "山野茶铺", "appids": []string{app}}, &c.Shop)
	s.control(t, "POST", "/merchants", map[string]any{"mchid": fmt.Sprintf("19000%05d", 2*n+1), "name": "果然鲜", "appids": []string{app}, "key_mode": "public_key"}, &c.Second)
	s.control(t, "POST", "/people", map[string]any{"id": c.Lin, "name": "林小满", "balance": 100_000_00}, nil)
	s.control(t, "POST", "/people", map[string]any{"id": c.Zhou, "name": "周一", "balance": 500}, nil)
	s.control(t, "POST", "/people/"+c.Lin+"/accounts/"+app+"/follow", map[string]any{"scene": "search"}, nil)
	c.OpenID = c.openID(c.Lin)
	return c
}

// provider makes a provider and a sub-merchant that it may collect for.
func (c *scene) provider() (p provider) {
	sp, sub := "1"+c.Shop.MchID, "2"+c.Shop.MchID
	c.sim.control(c.t, "POST", "/merchants", map[string]any{"mchid": sp, "name": "服务商", "kind": "provider", "appids": []string{c.Account.AppID}}, &p.sp)
	c.sim.control(c.t, "POST", "/merchants", map[string]any{"mchid": sub, "name": "特约商户", "providers": []string{sp}}, &p.sub)
	return p
}

// payCode is what Lin's phone shows the cashier now.
func (c *scene) payCode() (string, error) {
	var out struct {
		Code string `json:"code"`
	}
	err := c.sim.try("GET", "/people/"+c.Lin+"/paycode", nil, &out)
	return out.Code, err
}

// advance lets time go by.
func (c *scene) advance(by string) error {
	return c.sim.try("POST", "/clock", map[string]any{"advance": by}, nil)
}

// firstDay is the day on which everything but the late trials was done; its bills can be had in those.
func (c *scene) firstDay() string { return c.Day }

// today is a day whose bills are not made yet.
func (c *scene) today() string { return c.sim.now(c.t).Format(time.DateOnly) }

func (c *scene) openID(who string) string {
	var out struct {
		OpenID string `json:"openid"`
	}
	c.sim.control(c.t, "GET", "/people/"+who+"/openid?appid="+c.Account.AppID, nil, &out)
	return out.OpenID
}

// receive is the developer's server: it keeps what comes and answers as the handler of that path, or "success".
func (c *scene) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	kept := r.Clone(r.Context())
	kept.Body = io.NopCloser(bytes.NewReader(body))
	c.mu.Lock()
	c.arrived = append(c.arrived, kept)
	h := c.handlers[r.URL.Path]
	c.mu.Unlock()
	if h == nil {
		io.WriteString(w, "success")
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	h.ServeHTTP(w, r)
}

// on sets the handler of a path of the developer's server; nil takes it away.
func (c *scene) on(path string, h http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h == nil {
		delete(c.handlers, path)
		return
	}
	c.handlers[path] = h
}

// notice waits for the next request to a path and takes it.
func (c *scene) notice(path string) (*http.Request, error) {
	var found *http.Request
	err := eventually("a request to "+path, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for i, r := range c.arrived {
			if r.URL.Path == path {
				found = r
				c.arrived = append(c.arrived[:i:i], c.arrived[i+1:]...)
				return true
			}
		}
		return false
	})
	return found, err
}

// number is a fresh number for an order, refund or bill.
func (c *scene) number(prefix string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	return fmt.Sprintf("%s%s%06d", prefix, c.Shop.MchID[5:], c.count)
}

// pay pays an order as Lin would with her phone.
func (c *scene) pay(prepayID string) error {
	return c.sim.try("POST", "/pay", map[string]any{"person": c.Lin, "prepay_id": prepayID, "password": "123456"}, nil)
}

// oauthCode lets a person open the authorisation page in the phone and gives the code that came back.
func (c *scene) oauthCode(who, scope string) (string, error) {
	page := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + c.Account.AppID + "&redirect_uri=" + url.QueryEscape(c.Dev+"/back") + "&response_type=code&scope=" + scope + "&state=s1#wechat_redirect"
	return c.opened(who, page)
}

// opened lets a person open an authorisation page in the phone and gives the code that came back.
func (c *scene) opened(who, page string) (string, error) {
	var view struct {
		Gateway string `json:"gateway_url"`
	}
	if err := c.sim.try("POST", "/people/"+who+"/webview", map[string]any{"url": page}, &view); err != nil {
		return "", err
	}
	return c.follow(view.Gateway)
}

// follow opens an address as the phone's browser does, without following redirects, and gives the code of the redirect.
func (c *scene) follow(gateway string) (string, error) {
	target, err := url.Parse(gateway)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest("GET", c.Sim+target.RequestURI(), nil)
	if err != nil {
		return "", err
	}
	req.Host = target.Host
	client := &http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		return "", err
	}
	code := back.Query().Get("code")
	return code, check(code != "", "no code came back: %s, to %s", resp.Status, back)
}

func (m merchant) key(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(m.PrivateKey))
	if block == nil {
		t.Fatal("the merchant's private key is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func (m merchant) platformKey(t testing.TB) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(m.PlatformPublicKey))
	if block == nil {
		t.Fatal("the platform's public key is not PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}
