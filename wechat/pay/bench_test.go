package pay

import (
	"context"
	"net/http"
	"testing"
)

func BenchmarkPaySign(b *testing.B) {
	c := newPlatform(b).client()
	for b.Loop() {
		if _, err := c.PaySign("wx201410272009395522657a690389285100"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignRequest(b *testing.B) {
	c := newPlatform(b).client()
	body := []byte(paidOrder)
	for b.Loop() {
		if _, err := c.request(context.Background(), http.MethodPost, transactionsPath+"/jsapi", body, ""); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseNotice(b *testing.B) {
	p := newPlatform(b)
	c := p.client()
	h, body := p.notice("TRANSACTION.SUCCESS", "transaction", paidOrder)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := c.ParseNotice(context.Background(), h, body); err != nil {
			b.Fatal(err)
		}
	}
}
