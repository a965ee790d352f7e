package pay

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testMchID    = "1900009191"
	testAppID    = "wx0123456789abcdef"
	testSerial   = "5157F09EFDC096DE15EBE81A47057A72"
	testAPIKey   = "0123456789abcdef0123456789ABCDEF"
	testPublicID = "PUB_KEY_ID_0114232134912410000000000000"
)

// Keys are made once: 2048 bits cost a while.
var testKeys = sync.OnceValue(func() [3]*rsa.PrivateKey {
	var keys [3]*rsa.PrivateKey
	for i := range keys {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = k
	}
	return keys
})

func merchantKey() *rsa.PrivateKey { return testKeys()[0] }

// signKey is a key with which the platform signs, and its serial.
type signKey struct {
	serial string
	key    *rsa.PrivateKey
	cert   []byte // PEM; nil for the public key
}

// platform is WeChat Pay on a real socket: it checks each request's signature
// and signs each answer.
type platform struct {
	t   testing.TB
	srv *httptest.Server

	mu        sync.Mutex
	now       time.Time
	listed    []signKey // certificates it lists
	signs     signKey   // what it signs with
	downloads int
	requests  []recorded
	answer    func(w http.ResponseWriter, r *http.Request, body []byte) (status int, answer string)
	mangle    func(h http.Header, body []byte) []byte // changes a signed answer
	delay     time.Duration                           // of certificate downloads
	certFault int                                     // HTTP status of certificate downloads, 0: well
}

type recorded struct {
	method, uri, body, accept string
}

func newPlatform(t testing.TB) *platform {
	p := &platform{t: t, now: time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)}
	first := newCertificate(t, "3775B6A45ACD588826D15E583A95F5DD", testKeys()[1], p.now)
	p.listed, p.signs = []signKey{first}, first
	p.srv = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.srv.Close)
	return p
}

func newCertificate(t testing.TB, serial string, key *rsa.PrivateKey, from time.Time) signKey {
	t.Helper()
	number, _ := new(big.Int).SetString(serial, 16)
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: "Tenpay.com Root CA"},
		NotBefore: from.Add(-time.Hour), NotAfter: from.Add(24 * 365 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return signKey{serial: serial, key: key, cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func publicSigner() signKey { return signKey{serial: testPublicID, key: testKeys()[2]} }

func (p *platform) config() Config {
	return Config{
		MchID: testMchID, SerialNo: testSerial, PrivateKey: merchantKey(), APIv3Key: testAPIKey,
		AppID: testAppID, BaseURL: p.srv.URL, Now: p.clock,
	}
}

func (p *platform) client(change ...func(*Config)) *Client {
	p.t.Helper()
	cfg := p.config()
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

func withPublicKey(cfg *Config) {
	cfg.PublicKeyID, cfg.PublicKey = testPublicID, &testKeys()[2].PublicKey
}

func (p *platform) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *platform) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

// set changes the platform's fields safely.
func (p *platform) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *platform) seen() []recorded {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]recorded(nil), p.requests...)
}

func (p *platform) downloadCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.downloads
}

var authorizationParts = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="(\d+)",nonce_str="(\w{32})",timestamp="(\d+)",serial_no="(\w+)",signature="([^"]+)"$`)

// refuse tells what is wrong with a request, as WeChat Pay checks it.
func (p *platform) refuse(r *http.Request, body []byte) string {
	m := authorizationParts.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return "Authorization: " + r.Header.Get("Authorization")
	}
	if m[1] != testMchID || m[4] != testSerial || r.Header.Get("Accept") == "" || r.Header.Get("User-Agent") == "" {
		return "headers"
	}
	message := r.Method + "\n" + r.RequestURI + "\n" + m[3] + "\n" + m[2] + "\n" + string(body) + "\n"
	sum := sha256.Sum256([]byte(message))
	signature, _ := base64.StdEncoding.DecodeString(m[5])
	if rsa.VerifyPKCS1v15(&merchantKey().PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return "signature over " + message
	}
	if ts, _ := strconv.ParseInt(m[3], 10, 64); ts != p.clock().Unix() {
		return "timestamp " + m[3]
	}
	return ""
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if why := p.refuse(r, body); why != "" {
		p.t.Errorf("%s %s refused: %s", r.Method, r.RequestURI, why)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"code":"SIGN_ERROR","message":"签名错误"}`)
		return
	}
	if r.URL.Path == certificatesPath {
		p.serveCertificates(w)
		return
	}
	p.mu.Lock()
	p.requests = append(p.requests, recorded{r.Method, r.RequestURI, string(body), r.Header.Get("Wechatpay-Serial")})
	answer := p.answer
	p.mu.Unlock()
	if answer == nil {
		p.t.Errorf("unexpected %s %s", r.Method, r.RequestURI)
		return
	}
	status, text := answer(w, r, body)
	if status > 0 {
		p.write(w, status, text)
	}
}

func (p *platform) serveCertificates(w http.ResponseWriter) {
	p.mu.Lock()
	p.downloads++
	listed, delay, fault := p.listed, p.delay, p.certFault
	p.mu.Unlock()
	time.Sleep(delay)
	if fault != 0 {
		p.write(w, fault, `{"code":"SYSTEM_ERROR","message":"系统错误"}`)
		return
	}
	var data []string
	for _, k := range listed {
		data = append(data, fmt.Sprintf(`{"serial_no":%q,"effective_time":"2026-01-01T00:00:00+08:00",`+
			`"expire_time":"2031-01-01T00:00:00+08:00","encrypt_certificate":%s}`,
			k.serial, sealJSON(testAPIKey, k.cert, "certificate")))
	}
	p.write(w, http.StatusOK, `{"data":[`+strings.Join(data, ",")+`]}`)
}

func (p *platform) write(w http.ResponseWriter, status int, text string) {
	p.mu.Lock()
	signs, now, mangle := p.signs, p.now, p.mangle
	p.mu.Unlock()
	body := []byte(text)
	h := w.Header()
	signHeader(h, signs, now, body)
	h.Set("Request-ID", "08F78BB5AF0610D302-0")
	h.Set("Content-Type", "application/json")
	if mangle != nil {
		body = mangle(h, body)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func signHeader(h http.Header, k signKey, now time.Time, body []byte) {
	ts, nonce := strconv.FormatInt(now.Unix(), 10), "c5ac7061fccab6bf3e254dcf98995b8c"
	sum := sha256.Sum256([]byte(ts + "\n" + nonce + "\n" + string(body) + "\n"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	h.Set("Wechatpay-Timestamp", ts)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", k.serial)
	h.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
}

// sealJSON encrypts as AEAD_AES_256_GCM.
func sealJSON(key string, plain []byte, aad string) string {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		panic(err)
	}
	gcm, _ := cipher.NewGCM(block)
	const nonce = "d215b0511e9c"
	out, _ := json.Marshal(map[string]string{
		"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": aad, "original_type": aad,
		"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte(aad))),
	})
	return string(out)
}

// notice makes a signed notification.
func (p *platform) notice(event, original, plain string) (http.Header, []byte) {
	body := []byte(fmt.Sprintf(`{"id":"EV-2018022511223320873","create_time":"2026-11-21T11:59:00+08:00",`+
		`"resource_type":"encrypt-resource","event_type":%q,"summary":"支付成功","resource":%s}`,
		event, sealJSON(testAPIKey, []byte(plain), original)))
	h := http.Header{}
	p.mu.Lock()
	defer p.mu.Unlock()
	signHeader(h, p.signs, p.now, body)
	return h, body
}

// says answers every call with one status and text.
func (p *platform) says(status int, text string) {
	p.set(func() {
		p.answer = func(http.ResponseWriter, *http.Request, []byte) (int, string) { return status, text }
	})
}

func newServer(t testing.TB, h http.Handler) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

const combinedPaid = `{"combine_appid":"wx0123456789abcdef","combine_mchid":"1900009191","combine_out_trade_no":"C20261121000001",
	"combine_payer_info":{"openid":"oUpF8u"},"sub_orders":[
	{"mchid":"1900009191","trade_type":"JSAPI","trade_state":"SUCCESS","bank_type":"OTHERS","attach":"a","out_trade_no":"S20261121000001",
	 "transaction_id":"4200000001","success_time":"2026-11-21T12:00:01+08:00","amount":{"total_amount":100,"payer_amount":100,"currency":"CNY"}},
	{"mchid":"1900009191","trade_type":"JSAPI","trade_state":"SUCCESS","attach":"a","out_trade_no":"S20261121000002",
	 "transaction_id":"4200000002","success_time":"2026-11-21T12:00:01+08:00","amount":{"total_amount":250,"payer_amount":250,"currency":"CNY"}}]}`
