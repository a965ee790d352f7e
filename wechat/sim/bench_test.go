package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// BenchmarkSignatures is the floor of BenchmarkPrepayAndPay: the two signatures WeChat's side must make for one paid order.
func BenchmarkSignatures(b *testing.B) {
	key, err := paycrypt.ParsePrivateKey(keyOnce()[0])
	if err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 300)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			for range 2 {
				if _, err := paycrypt.Sign(key, message); err != nil {
					b.Error(err)
				}
			}
		}
	})
}

// BenchmarkPrepayAndPay orders over the socket (verified and signed) and pays; the notice goes out signed beside it.
func BenchmarkPrepayAndPay(b *testing.B) {
	g := newRig(b, &Server{})
	if _, err := g.s.TopUp("lin", 100_000_000); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			prepay := g.prepay(fmt.Sprintf("order-%010d", n.Add(1)), 1, "lin")
			if _, err := g.s.Pay("lin", prepay, "123456"); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkPair is one paid order without sockets: the signed order verified, answered and signed, the payment, the notice sealed,
// signed and taken. Its time less that of BenchmarkSignatures, and its allocations, are what the simulator adds to RSA.
func BenchmarkPair(b *testing.B) {
	var noticed atomic.Int64
	took := roundTrip(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		noticed.Add(1)
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, err
	})
	g := newRig(b, &Server{Outbound: took, DataFile: filepath.Join(b.TempDir(), "world")})
	if _, err := g.s.TopUp("lin", 100_000_000); err != nil {
		b.Fatal(err)
	}
	orders := make([]*http.Request, b.N)
	for i := range orders {
		orders[i] = g.signedOrder(fmt.Sprintf("order-%010d", i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, order := range orders {
		answer := httptest.NewRecorder()
		g.s.ServeHTTP(answer, order)
		var in struct {
			PrepayID string `json:"prepay_id"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &in); err != nil || in.PrepayID == "" {
			b.Fatal(answer.Body.String())
		}
		if _, err := g.s.Pay("lin", in.PrepayID, "123456"); err != nil {
			b.Fatal(err)
		}
	}
	for noticed.Load() < int64(b.N) {
		runtime.Gosched()
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// signedOrder is a JSAPI order of one fen for lin, as the server sees it.
func (g *rig) signedOrder(number string) *http.Request {
	const path = "/v3/pay/transactions/jsapi"
	body, stamp, nonce := g.orderJSON(number, 1, "lin"), itoa(time.Now().Unix()), g.s.text(32)
	signature := must(paycrypt.Sign(merchantKey(g.t, g.shop), paycrypt.RequestMessage(http.MethodPost, path, stamp, nonce, []byte(body))))(g.t)
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header = http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "User-Agent": {"bench"}, "Authorization": {
		fmt.Sprintf("%s mchid=%q,serial_no=%q,nonce_str=%q,timestamp=%q,signature=%q", paycrypt.Scheme, g.shop.MchID, g.shop.Serial, nonce, stamp, signature)}}
	return r
}
