package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// proxyClient is an HTTP client as HTTPS_PROXY and SSL_CERT_FILE make it.
func (g *rig) proxyClient() *http.Client {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(must(g.s.CA())(g.t))) {
		g.t.Fatal("the CA is not PEM")
	}
	proxy := mustURL(g.t, g.s.URL())
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}}
	g.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// Through CONNECT the simulator is each of WeChat's hosts, with real TLS and what is signed unchanged.
func TestProxyPlaysWeChatsHosts(t *testing.T) {
	g := newRig(t, &Server{})
	client := g.proxyClient()
	body := g.orderJSON("order-0001", 100, "lin")
	const path = "/v3/pay/transactions/jsapi"
	stamp := fmt.Sprint(time.Now().Unix())
	for i, origin := range []string{"https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com", "http://api.mch.weixin.qq.com"} {
		nonce := fmt.Sprint("n", i) // a nonce is taken once
		signature := must(paycrypt.Sign(merchantKey(t, g.shop), paycrypt.RequestMessage("POST", path, stamp, nonce, []byte(body))))(t)
		req := must(http.NewRequest("POST", origin+path, strings.NewReader(body)))(t)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", fmt.Sprintf(`%s mchid="%s",serial_no="%s",nonce_str="%s",timestamp="%s",signature="%s"`, paycrypt.Scheme, g.shop.MchID, g.shop.Serial, nonce, stamp, signature))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", origin, err)
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode == http.StatusUnauthorized || !strings.HasPrefix(string(raw), "{") {
			t.Fatalf("%s: %d %s", origin, resp.StatusCode, raw)
		}
		g.checkSigned(resp, raw)
		seq := g.logged("kind=pay")[0]["seq"].(float64)
		again := g.post(fmt.Sprintf("/_sim/log/%.0f/replay", seq), map[string]any{})["seq"].(float64)
		for _, n := range []float64{seq, again} {
			if line := g.get(fmt.Sprintf("/_sim/log/%.0f", n))["curl"].(string); !strings.Contains(line, "'"+origin+path+"'") {
				t.Fatalf("entry %.0f is sent again by %s, want %s", n, line, origin)
			}
		}
	}
	for address, want := range map[string]string{
		"https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=wx0001&secret=" + g.app.Secret: `"access_token"`,
		"https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=none&corpsecret=none":                                 `"errcode":`,
		"https://api.weixin.qq.com/no/such/page":                                                                   `does not offer`,
		"https://api.weixin.qq.com/_sim/world":                                                                     `origin.refused`,
	} {
		resp, err := client.Get(address)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s answered %s", address, raw)
		}
	}
}

// It is no way out: what is not played is refused, by CONNECT and by address, and said to whoever looks.
func TestProxyPassesNothingOn(t *testing.T) {
	g := newRig(t, &Server{})
	if _, err := g.proxyClient().Get("https://example.com/"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("CONNECT example.com: %v", err)
	}
	resp := must(g.proxyClient().Get("http://example.com/"))(t)
	raw, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 403 || !strings.Contains(string(raw), "NO_PROXY") {
		t.Errorf("GET example.com: %d %s", resp.StatusCode, raw)
	}
	conn := must(net.Dial("tcp", strings.TrimPrefix(g.s.URL(), "http://")))(t)
	defer conn.Close()
	io.WriteString(conn, "CONNECT api.weixin.qq.com:22 HTTP/1.1\r\nHost: api.weixin.qq.com:22\r\n\r\n")
	if resp := must(http.ReadResponse(bufio.NewReader(conn), nil))(t); resp.StatusCode != 403 {
		t.Errorf("CONNECT to port 22: %d", resp.StatusCode)
	}
	entries := g.get("/_sim/log?kind=proxy")["entries"].([]any)
	if len(entries) != 3 || entries[0].(map[string]any)["verdict"] != "refused" {
		t.Errorf("the inspector saw %v", entries)
	}
}

// The authority belongs to the world: a client that trusts it once goes on doing so after a restart.
func TestAuthorityIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sim")
	s := start(t, &Server{DataFile: file})
	ca := must(s.CA())(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Server{DataFile: file, TLSAddr: "127.0.0.1:0"})
	if again := must(s.CA())(t); again != ca {
		t.Fatal("a restart made another authority")
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(ca))
	addr := strings.TrimPrefix(s.TLSURL(), "https://")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, // a hosts file
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}}}
	for address, ok := range map[string]bool{"https://api.weixin.qq.com/cgi-bin/token": true, "https://localhost/_sim/world": true, "https://example.com/": false} {
		resp, err := client.Get(address)
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			resp.Body.Close()
		}
	}
}

// A Node program that knows nothing of the simulator but HTTPS_PROXY and NODE_EXTRA_CA_CERTS.
func TestNodeThroughTheProxy(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	g := newRig(t, &Server{})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(must(g.s.CA())(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	// CONNECT as every proxy agent makes it; Node's own TLS then judges the certificate.
	const program = `
const http = require('http'), tls = require('tls'), https = require('https'), proxy = new URL(process.env.HTTPS_PROXY);
http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: 'api.weixin.qq.com:443' }).on('connect', (res, socket) => {
  const agent = new https.Agent();
  agent.createConnection = () => tls.connect({ socket, servername: 'api.weixin.qq.com' });
  https.get({ host: 'api.weixin.qq.com', path: process.argv[1], agent }, r => r.pipe(process.stdout));
}).end();`
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	run := exec.CommandContext(ctx, node, "-e", program, "/cgi-bin/token?grant_type=client_credential&appid=wx0001&secret="+url.QueryEscape(g.app.Secret))
	run.Env = append(os.Environ(), "HTTPS_PROXY="+g.s.URL(), "NODE_EXTRA_CA_CERTS="+ca)
	var problems bytes.Buffer
	run.Stderr = &problems
	out, err := run.Output()
	var answer tokenAnswer
	if err != nil || json.Unmarshal(out, &answer) != nil || answer.AccessToken == "" {
		t.Fatalf("node got %q: %v %s", out, err, problems.String())
	}
}
