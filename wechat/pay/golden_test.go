package pay

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

const (
	goldenAppID  = "wx2421b1c4370ec43b"
	goldenTime   = 1554208460
	goldenNonce  = "593BEC0C930BF1AFEB40B4A08C8FB242"
	goldenPrepay = "wx201410272009395522657a690389285100"
)

func goldenPEM() string { return strings.ReplaceAll(goldenKey, "TESTING KEY", "PRIVATE KEY") }

func goldenClient(t testing.TB) *Client {
	t.Helper()
	key, err := LoadPrivateKey(goldenPEM())
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{
		MchID: "1900009191", SerialNo: goldenSerial, PrivateKey: key, AppID: goldenAppID,
		APIv3Key: strings.Repeat("k", apiV3KeyBytes),
		Now:      func() time.Time { return time.Unix(goldenTime, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// H7: AES-GCM of the official library's test (a 16-byte key).
func TestGoldenAESGCM(t *testing.T) {
	s := sealed{
		Algorithm: algorithmAESGCM, Nonce: "wCq51qZv4Yfg", AssociatedData: "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8",
		Ciphertext: "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC",
	}
	plain, err := s.open("testAPIv3Key0000")
	if err != nil || string(plain) != "Hello World" {
		t.Fatalf("got %q, %v", plain, err)
	}
	if _, err := s.open("testAPIv3Key0001"); !errors.Is(err, ErrDecrypt) {
		t.Errorf("another key: %v, want ErrDecrypt", err)
	}
	s.Nonce = "short"
	if _, err := s.open("testAPIv3Key0000"); !errors.Is(err, ErrMalformed) {
		t.Errorf("a short nonce: %v, want ErrMalformed", err)
	}
}

// H8: the signature of "source", made with the key and verified with the certificate.
func TestGoldenSignature(t *testing.T) {
	c := goldenClient(t)
	signed, err := c.signer.Sign(context.Background(), "source")
	if err != nil || signed.Signature != goldenSignature {
		t.Fatalf("got %v, %v", signed, err)
	}
	cert, err := utils.LoadCertificate(goldenCertificate)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.StdEncoding.DecodeString(goldenSignature)
	sum := sha256.Sum256([]byte("source"))
	if err := rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], raw); err != nil {
		t.Fatal(err)
	}
}

// H9: the JSAPI paySign.
func TestGoldenPaySign(t *testing.T) {
	p, err := goldenClient(t).jsapiParams(goldenAppID, goldenPrepay, goldenTime, goldenNonce)
	if err != nil {
		t.Fatal(err)
	}
	want := JSAPIParams{
		AppID: goldenAppID, TimeStamp: "1554208460", NonceStr: goldenNonce,
		Package: "prepay_id=" + goldenPrepay, SignType: "RSA", PaySign: goldenJSAPISign,
	}
	if p != want {
		t.Errorf("got %+v", p)
	}
	if w := p.ChooseWXPay(); w.Timestamp != p.TimeStamp || w.PaySign != p.PaySign || w.Package != p.Package {
		t.Errorf("chooseWXPay got %+v", w)
	}
}

// H10: the app's sign.
func TestGoldenAppSign(t *testing.T) {
	p, err := goldenClient(t).appParams(goldenAppID, goldenPrepay, goldenTime, goldenNonce)
	if err != nil || p.Sign != goldenAppSign || p.PackageValue != "Sign=WXPay" || p.PrepayID != goldenPrepay {
		t.Fatalf("got %+v, %v", p, err)
	}
}

// H11: the Authorization header of a request.
func TestGoldenRequest(t *testing.T) {
	got, err := goldenClient(t).authorization(http.MethodGet, "/v3/certificates", goldenTime, goldenNonce, nil)
	want := `WECHATPAY2-SHA256-RSA2048 mchid="1900009191",nonce_str="` + goldenNonce +
		`",timestamp="1554208460",serial_no="` + goldenSerial + `",signature="` + goldenRequestSign + `"`
	if err != nil || got != want {
		t.Fatalf("got %s, %v", got, err)
	}
}

// The official library's whole notice: signed, encrypted, of a kind we do not type.
func TestGoldenNotice(t *testing.T) {
	c := goldenNoticeClient(t, noticeTime)
	n, err := c.ParseNotice(context.Background(), goldenNoticeHeader(), []byte(noticeBody))
	if err != nil {
		t.Fatal(err)
	}
	if n.ID != "3119dfba-e649-5eec-ab1e-3412bc4d2e17" || n.Event != "PAYSCORE.USER_OPEN_SERVICE" ||
		n.OriginalType != "payscore" || n.Summary != "签约成功" || n.Serial != noticeSerial ||
		!n.CreateTime.Equal(time.Unix(noticeTime, 0)) || string(n.Plaintext) != noticePlaintext {
		t.Errorf("got %+v", n)
	}
	if n.Transaction != nil || n.Combined != nil || n.Refund != nil {
		t.Error("a payscore notice was typed as a payment or refund")
	}
	late := goldenNoticeClient(t, noticeTime+300)
	if _, err := late.ParseNotice(context.Background(), goldenNoticeHeader(), []byte(noticeBody)); !errors.Is(err, ErrStale) {
		t.Errorf("300 s later: %v, want ErrStale", err)
	}
}

func goldenNoticeHeader() http.Header {
	h := http.Header{}
	h.Set("Wechatpay-Nonce", noticeNonce)
	h.Set("Wechatpay-Timestamp", strconv.Itoa(noticeTime))
	h.Set("Wechatpay-Serial", noticeSerial)
	h.Set("Wechatpay-Signature", noticeSignature)
	return h
}

func goldenNoticeClient(t testing.TB, now int64) *Client {
	t.Helper()
	c := goldenClient(t)
	cert, err := utils.LoadCertificate(noticeCertificate)
	if err != nil {
		t.Fatal(err)
	}
	c.cfg.Now = func() time.Time { return time.Unix(now, 0) }
	c.cfg.APIv3Key = noticeAPIKey
	c.keys = newKeyRing(c.cfg, func(context.Context) (certificates, error) {
		return certificates{noticeSerial: cert}, nil
	})
	return c
}
