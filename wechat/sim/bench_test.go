package sim

import (
	"fmt"
	"sync/atomic"
	"testing"

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
