package payment

// Way is how a buyer pays.
type Way string

// Ways to pay.
const (
	JSAPI      Way = "jsapi"       // inside WeChat
	Native     Way = "native"      // a QR code on another screen, scanned with WeChat
	H5         Way = "h5"          // a phone's browser outside WeChat opens WeChat
	Codepay    Way = "codepay"     // 付款码: the till reads the buyer's payment code
	AlipayPage Way = "alipay_page" // Alipay's page on a desk
	AlipayWap  Way = "alipay_wap"  // Alipay's page on a phone
)

// Provider is the name of the provider that a way belongs to; "" for none.
func (w Way) Provider() string {
	switch w {
	case JSAPI, Native, H5, Codepay:
		return Wechat
	case AlipayPage, AlipayWap:
		return Alipay
	}
	return ""
}

// Handed tells that the goods go over the counter while the buyer pays.
func (w Way) Handed() bool { return w == Codepay }
