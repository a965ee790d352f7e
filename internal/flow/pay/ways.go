package pay

import (
	"net"
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/payment"
)

// Ways lists how a visitor's browser can pay, the best first. Inside WeChat that is
// JSAPI and nothing else; a phone opens WeChat or Alipay, a desk shows a code or
// Alipay's page. H5 needs the address of the buyer, which a loopback address is not.
func (d *Deps) Ways(userAgent, clientIP string) []payment.Way {
	var out []payment.Way
	has := func(ways ...payment.Way) []payment.Way {
		for _, w := range ways {
			if _, err := d.provider(w.Provider()); err == nil && (w != payment.H5 || routable(clientIP)) {
				out = append(out, w)
			}
		}
		return out
	}
	switch {
	case strings.Contains(userAgent, "MicroMessenger"):
		return has(payment.JSAPI)
	case strings.Contains(userAgent, "AlipayClient"):
		return has(payment.AlipayWap)
	case strings.Contains(userAgent, "Mobile"), strings.Contains(userAgent, "Android"), strings.Contains(userAgent, "iPhone"):
		return has(payment.H5, payment.AlipayWap)
	}
	return has(payment.Native, payment.AlipayPage)
}

// routable tells whether an address can be a buyer's.
func routable(text string) bool {
	ip := net.ParseIP(text)
	return ip != nil && !ip.IsLoopback() && !ip.IsUnspecified()
}
