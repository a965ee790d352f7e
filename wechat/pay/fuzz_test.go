package pay

import (
	"context"
	"net/http"
	"testing"
)

// Any signed-or-not notice gives a notice or a named error, never a panic.
func FuzzParseNotice(f *testing.F) {
	p := newPlatform(f)
	c := p.client(withPublicKey)
	p.set(func() { p.signs = publicSigner() })
	f.Add(paidOrder, "transaction", "TRANSACTION.SUCCESS", "1795233600", "x")
	f.Add(refundNotice, "refund", "REFUND.SUCCESS", "", "")
	f.Add(combinedPaid, "transaction", "TRANSACTION.SUCCESS", "-1", "WECHATPAY/SIGNTEST/")
	f.Fuzz(func(t *testing.T, plain, original, event, timestamp, signature string) {
		h, body := p.notice(event, original, plain)
		n, err := c.ParseNotice(context.Background(), h, body)
		if (n == nil) == (err == nil) {
			t.Fatalf("notice %v, error %v", n, err)
		}
		if n != nil && string(n.Plaintext) != plain {
			t.Fatal("another plaintext")
		}
		h.Set("Wechatpay-Timestamp", timestamp)
		h.Set("Wechatpay-Signature", signature)
		if n, err := c.ParseNotice(context.Background(), h, []byte(plain)); n != nil || err == nil {
			t.Fatal("a forged notice was believed")
		}
	})
}

// The part behind the signature is reached by whoever holds the keys only; it
// must still not panic.
func FuzzSignedBody(f *testing.F) {
	p := newPlatform(f)
	c := p.client(withPublicKey)
	f.Add([]byte(`{"id":"E","event_type":"X","resource":{"algorithm":"AEAD_AES_256_GCM","nonce":"d215b0511e9c","ciphertext":"AAAA"}}`))
	f.Add([]byte(`{"id":"E","event_type":"X","resource":null,"create_time":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h := http.Header{}
		signHeader(h, publicSigner(), p.clock(), body)
		if n, err := c.ParseNotice(context.Background(), h, body); (n == nil) == (err == nil) {
			t.Fatalf("notice %v, error %v", n, err)
		}
	})
}
