package sim

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// rig is a started simulator with an account, two merchants and two people, and a developer's server that records.
type rig struct {
	t        testing.TB
	s        *Server
	app      Account
	shop     Merchant // certificate mode
	other    Merchant
	dev      *httptest.Server
	mu       sync.Mutex
	pushes   []*http.Request
	bodies   []string
	notices  []*http.Request
	noticeIn []string
	answer   func(r *http.Request, body string) (int, string) // to pushes
	notified func(n int) int                                  // status of the n-th notice
}

func start(t testing.TB, s *Server) *Server {
	t.Helper()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var keyOnce = sync.OnceValue(func() [2]string {
	var pems [2]string
	for i := range pems {
		_, text, err := paycrypt.GenerateKey(nil)
		if err != nil {
			panic(err)
		}
		pems[i] = text
	}
	return pems
})

func newRig(t testing.TB, s *Server) *rig {
	t.Helper()
	g := &rig{t: t, s: start(t, s), answer: func(*http.Request, string) (int, string) { return 200, "success" }, notified: func(int) int { return 200 }}
	g.dev = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.dev.Close)
	host := strings.TrimPrefix(g.dev.URL, "http://")
	g.app = must(s.AddAccount(Account{AppID: "wx0001", Name: "熟客市集", Subject: "熟客", CallbackURL: g.dev.URL + "/push", OAuthDomain: host, JSDomain: "127.0.0.1",
		Templates: []Template{{ID: "tpl-paid", Title: "支付成功", Content: "订单编号：{{character_string1.DATA}}\n金额：{{amount2.DATA}}\n{{remark.DATA}}"}}}))(t)
	g.shop = must(s.AddMerchant(Merchant{MchID: "1900000001", Name: "山野茶铺", AppIDs: []string{"wx0001"}, PrivateKey: keyOnce()[0]}))(t)
	g.other = must(s.AddMerchant(Merchant{MchID: "1900000002", Name: "果然鲜", AppIDs: []string{"wx0001"}, PrivateKey: keyOnce()[1], KeyMode: "public_key"}))(t)
	must(s.AddPerson(Person{ID: "lin", Name: "林小满", Balance: 100000}))(t)
	must(s.AddPerson(Person{ID: "zhou", Name: "周一", Balance: 500}))(t)
	return g
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (g *rig) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	if strings.HasPrefix(r.URL.Path, "/pay-notify") {
		g.notices = append(g.notices, r)
		g.noticeIn = append(g.noticeIn, string(body))
		status := g.notified(len(g.notices))
		g.mu.Unlock()
		w.WriteHeader(status)
		return
	}
	g.pushes = append(g.pushes, r)
	g.bodies = append(g.bodies, string(body))
	answer := g.answer
	g.mu.Unlock()
	status, text := answer(r, string(body))
	w.WriteHeader(status)
	io.WriteString(w, text)
}

func (g *rig) openID(who string) string {
	g.t.Helper()
	return must(g.s.OpenID(g.app.AppID, who))(g.t)
}

// pushed waits for n pushes and gives the bodies.
func (g *rig) pushed(n int) []string {
	g.t.Helper()
	eventually(g.t, fmt.Sprintf("%d pushes", n), func() bool { g.mu.Lock(); defer g.mu.Unlock(); return len(g.bodies) >= n })
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string{}, g.bodies...)
}

func (g *rig) noticeCount() int { g.mu.Lock(); defer g.mu.Unlock(); return len(g.notices) }

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

// call talks to the simulator and decodes the JSON answer.
func (g *rig) call(method, path string, body any) (int, map[string]any) {
	g.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			g.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, g.s.URL()+path, in)
	if err != nil {
		g.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	out := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			g.t.Fatalf("%s %s: %v in %q", method, path, err, raw)
		}
	}
	return resp.StatusCode, out
}

func (g *rig) post(path string, body any) map[string]any {
	g.t.Helper()
	status, out := g.call("POST", path, body)
	if status >= 300 {
		g.t.Fatalf("POST %s: %d %v", path, status, out)
	}
	return out
}

func (g *rig) get(path string) map[string]any {
	g.t.Helper()
	status, out := g.call("GET", path, nil)
	if status >= 300 {
		g.t.Fatalf("GET %s: %d %v", path, status, out)
	}
	return out
}

func (g *rig) token() string {
	g.t.Helper()
	out := g.post("/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": g.app.AppID, "secret": g.app.Secret})
	return out["access_token"].(string)
}

func (g *rig) api(path string, body any) map[string]any {
	g.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	method := "GET"
	if body != nil {
		method = "POST"
	}
	_, out := g.call(method, path+sep+"access_token="+g.token(), body)
	return out
}

func wantCode(t testing.TB, out map[string]any, code float64) {
	t.Helper()
	got, _ := out["errcode"].(float64)
	if got != code {
		t.Fatalf("errcode %v, want %v: %v", got, code, out)
	}
}

// merchantKey is the private key of one of the rig's merchants.
func merchantKey(t testing.TB, m Merchant) *rsa.PrivateKey {
	t.Helper()
	return must(paycrypt.ParsePrivateKey(m.PrivateKey))(t)
}

// raw signs and sends a v3 request by hand, letting change spoil it before it goes.
func (g *rig) raw(m Merchant, method, path, body string, change func(auth map[string]string, req *http.Request)) (*http.Response, map[string]any) {
	g.t.Helper()
	auth := map[string]string{"mchid": m.MchID, "serial_no": m.Serial, "nonce_str": g.s.text(32), "timestamp": fmt.Sprint(time.Now().Unix())}
	req, err := http.NewRequest(method, g.s.URL()+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	auth["signature"] = must(paycrypt.Sign(merchantKey(g.t, m), paycrypt.RequestMessage(method, path, auth["timestamp"], auth["nonce_str"], []byte(body))))(g.t)
	if change != nil {
		change(auth, req)
	}
	pairs := []string{}
	for k, v := range auth {
		pairs = append(pairs, k+`="`+v+`"`)
	}
	if req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", paycrypt.Scheme+" "+strings.Join(pairs, ","))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	out := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			g.t.Fatalf("%s: %v in %q", path, err, raw)
		}
	}
	g.checkSigned(resp, raw)
	return resp, out
}

// checkSigned verifies WeChat Pay's signature on an answer.
func (g *rig) checkSigned(resp *http.Response, body []byte) {
	g.t.Helper()
	keys := must(g.s.PlatformKeys())(g.t)
	text := keys.Certificate
	if resp.Header.Get("Wechatpay-Serial") == keys.PublicKeyID {
		text = keys.PublicKey
	}
	for _, old := range g.s.platform.Load().old {
		if resp.Header.Get("Wechatpay-Serial") == old.serial {
			text = old.pem
		}
	}
	key, _, err := paycrypt.ParsePublicKey(text)
	if err == nil {
		err = paycrypt.Verify(key, paycrypt.ResponseMessage(resp.Header.Get("Wechatpay-Timestamp"), resp.Header.Get("Wechatpay-Nonce"), body), resp.Header.Get("Wechatpay-Signature"))
	}
	if err != nil {
		g.t.Fatalf("the answer %d is not signed well: %v", resp.StatusCode, err)
	}
}

func (g *rig) orderJSON(number string, total int64, who string) string {
	return fmt.Sprintf(`{"appid":"wx0001","mchid":"1900000001","description":"明前龙井 125g","out_trade_no":%q,"notify_url":%q,"amount":{"total":%d,"currency":"CNY"},"payer":{"openid":%q}}`,
		number, g.dev.URL+"/pay-notify", total, g.openID(who))
}

// prepay orders by a hand-made request and gives the prepay id.
func (g *rig) prepay(number string, total int64, who string) string {
	g.t.Helper()
	resp, out := g.raw(g.shop, "POST", "/v3/pay/transactions/jsapi", g.orderJSON(number, total, who), nil)
	if resp.StatusCode != 200 {
		g.t.Fatalf("prepay: %d %v", resp.StatusCode, out)
	}
	return out["prepay_id"].(string)
}

// browser is an HTTP client that finds every *.localhost at the simulator and follows no redirects.
func (g *rig) browser() *http.Client {
	addr := strings.TrimPrefix(g.s.URL(), "http://")
	dialer := &net.Dialer{}
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", addr) }}}
}

func (g *rig) open(who, address string) string {
	g.t.Helper()
	return must(g.s.OpenWebView(who, address))(g.t)
}

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	return must(url.Parse(text))(t)
}

func mustRequest(t testing.TB, address string) *http.Request {
	t.Helper()
	return must(http.NewRequest("GET", address, nil))(t)
}

// tryPrepay orders and gives the transport error, if any.
func (g *rig) tryPrepay(number string) error {
	const path = "/v3/pay/transactions/jsapi"
	body, stamp := g.orderJSON(number, 100, "lin"), fmt.Sprint(time.Now().Unix())
	signature := must(paycrypt.Sign(merchantKey(g.t, g.shop), paycrypt.RequestMessage("POST", path, stamp, "n", []byte(body))))(g.t)
	req := must(http.NewRequest("POST", g.s.URL()+path, strings.NewReader(body)))(g.t)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", fmt.Sprintf(`%s mchid="%s",serial_no="%s",nonce_str="n",timestamp="%s",signature="%s"`, paycrypt.Scheme, g.shop.MchID, g.shop.Serial, stamp, signature))
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

// do sends a request and decodes the JSON answer.
func (g *rig) do(req *http.Request) map[string]any {
	g.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		g.t.Fatal(err)
	}
	return out
}

func (g *rig) hasOrder(key string) bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.world.orders[key] != nil
}
