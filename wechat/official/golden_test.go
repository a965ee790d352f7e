package official

import (
	"crypto/rand"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	workToken  = "QDG6eK"
	workKey    = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	workCorpID = "wx5823bf96d3bd56c7"

	workEcho = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
	workPush = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="

	oaToken = "spamtest"
	oaKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	oaAppID = "wx2c2769f8efd9abc2"
	oaPush  = "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
	oaSig   = "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
)

// H1: the JS-SDK signature; what follows '#' does not count.
func TestGoldenJSSignature(t *testing.T) {
	const ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
	for _, page := range []string{"http://mp.weixin.qq.com?params=value", "http://mp.weixin.qq.com?params=value#/order/1"} {
		if got := jsSignature(ticket, "Wm3WZYTPz0wzccnW", 1414587457, page); got != "0f9de62fce790f9a083d5c99e95740ceb90c27ed" {
			t.Errorf("%s: %s", page, got)
		}
	}
}

func crypter(t testing.TB, token, key, receiver string) *Crypter {
	t.Helper()
	c, err := NewCrypter(token, key, receiver, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// H2: the URL verification of WeCom, which has the same scheme.
func TestGoldenWorkURL(t *testing.T) {
	plain, err := crypter(t, workToken, workKey, workCorpID).
		Open("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", workEcho)
	if err != nil || string(plain) != "1616140317555161061" {
		t.Fatalf("got %q, %v", plain, err)
	}
}

// H3: a push of WeCom.
func TestGoldenWorkPush(t *testing.T) {
	plain, err := crypter(t, workToken, workKey, workCorpID).
		Open("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149", workPush)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMessage(plain)
	if err != nil || m.MsgType != MsgText || m.Content != "hello" || m.MsgID != 4561255354251345929 ||
		!strings.Contains(string(m.Raw), "<AgentID>218</AgentID>") {
		t.Fatalf("got %+v, %v", m, err)
	}
}

func goldenConfig() Config {
	return Config{
		AppID: oaAppID, Token: oaToken, EncodingAESKey: oaKey, Mode: ModeSafe,
		Now: func() time.Time { return time.Unix(1409735669, 0) },
	}
}

func goldenQuery() url.Values {
	return url.Values{
		"encrypt_type": {"aes"}, "msg_signature": {oaSig}, "timestamp": {"1409735669"}, "nonce": {"1320562132"},
	}
}

// H4: a push of an official account in safe mode.
func TestGoldenOfficialPush(t *testing.T) {
	c, err := New(goldenConfig())
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.ParsePush(goldenQuery(), []byte("<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA["+oaPush+"]]></Encrypt></xml>"))
	if err != nil {
		t.Fatal(err)
	}
	if !p.Encrypted || p.Message.Content != "abcdteT" || p.Message.MsgID != 6054768590064713728 ||
		p.Message.DedupeKey() != "msg:6054768590064713728" {
		t.Errorf("got %+v", p)
	}
}

// H5: the signature of a plain push and of the URL check.
func TestGoldenPlainSignature(t *testing.T) {
	now := time.Unix(1409659589, 0)
	c, err := New(Config{AppID: "wx", Token: "token123", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{"signature": {"272dcf83f73e2f687e22fdb8d62db5746ca2ea9e"}, "timestamp": {strconv.Itoa(1409659589)},
		"nonce": {"263014780"}, "echostr": {"4412345678901234567"}}
	if echo, err := c.VerifyURL(q); err != nil || echo != "4412345678901234567" {
		t.Fatalf("got %q, %v", echo, err)
	}
	q.Set("nonce", "263014781")
	if _, err := c.VerifyURL(q); !errors.Is(err, ErrSignature) {
		t.Errorf("another nonce: %v", err)
	}
}
