package pay

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The page's parameters verify with the merchant's public key, as WeChat checks
// them, and every call has a nonce of its own.
func TestPaySignVerifies(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	seen := map[string]bool{}
	for range 5 {
		got, err := c.PaySign("wx26112221580621e9b071c00d9e093b0000")
		if err != nil {
			t.Fatal(err)
		}
		message := strings.Join([]string{got.AppID, got.TimeStamp, got.NonceStr, got.Package, ""}, "\n")
		sum := sha256.Sum256([]byte(message))
		raw, _ := base64.StdEncoding.DecodeString(got.PaySign)
		if err := rsa.VerifyPKCS1v15(&merchantKey().PublicKey, crypto.SHA256, sum[:], raw); err != nil || seen[got.NonceStr] {
			t.Errorf("%+v: %v", got, err)
		}
		seen[got.NonceStr] = true
	}
	noApp := p.client(func(cfg *Config) { cfg.AppID = "" })
	_, e1 := noApp.PaySign("wx1")
	_, e2 := noApp.AppSign("wx1")
	_, e3 := c.PaySign("")
	for i, err := range []error{e1, e2, e3} {
		if !errors.Is(err, ErrRequest) {
			t.Errorf("%d: %v", i, err)
		}
	}
	short := p.client(func(cfg *Config) { cfg.Rand = strings.NewReader("short") })
	if _, err := short.PaySign("wx1"); err == nil {
		t.Error("a random source that ends gave a signature")
	}
}

// Money rule: an error is of unknown outcome or certain, and what is unknown is
// always worth repeating with the same parameters.
func TestPredicateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := &Error{
			HTTPStatus: rapid.SampledFrom([]int{0, 200, 202, 400, 401, 403, 404, 429, 500, 502, 503}).Draw(t, "status"),
			Code:       rapid.SampledFrom([]string{"", CodeOrderPaid, CodeFrequencyLimited, CodeSystemError}).Draw(t, "code"),
			Err: rapid.SampledFrom([]error{nil, ErrSignature, ErrStale, notSent{errors.New("x")},
				&net.OpError{Op: "dial", Err: errors.New("refused")}, &net.OpError{Op: "read", Err: errors.New("reset")}}).Draw(t, "err"),
		}
		unknown, retry := IsOutcomeUnknown(e), IsRetryable(e)
		if unknown && !retry {
			t.Fatalf("%v is unknown but not retryable", e)
		}
		if e.Err == nil && e.HTTPStatus >= 200 && e.HTTPStatus < 500 && unknown {
			t.Fatalf("%v: a refusal is certain", e)
		}
		if (e.HTTPStatus >= 500 || errors.Is(e.Err, ErrSignature)) && !unknown {
			t.Fatalf("%v: may have taken effect", e)
		}
		if e.HTTPStatus == http.StatusTooManyRequests && !IsRateLimited(e) {
			t.Fatalf("%v: rate limit not seen", e)
		}
	})
	plain := errors.New("no WeChat error")
	if IsOutcomeUnknown(plain) || IsRetryable(plain) || IsRateLimited(plain) || Code(plain) != "" {
		t.Error("a foreign error was taken for WeChat Pay's")
	}
}
