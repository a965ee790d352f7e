package pay_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/pay"
)

// A merchant in public-key mode signs a prepay id for the page and serves the
// notifications of WeChat Pay.
func Example() {
	merchant, _ := rsa.GenerateKey(rand.Reader, 2048) // pay.LoadPrivateKey(pem) in real life
	platform, _ := rsa.GenerateKey(rand.Reader, 2048) // pay.LoadPublicKey(pem) in real life
	client, err := pay.New(pay.Config{
		MchID: "1900009191", SerialNo: "5157F09EFDC096DE15EBE81A47057A72", PrivateKey: merchant,
		APIv3Key: strings.Repeat("k", 32), AppID: "wx0123456789abcdef",
		PublicKeyID: "PUB_KEY_ID_0114232134912410000000000000", PublicKey: &platform.PublicKey,
		Now: func() time.Time { return time.Unix(1554208460, 0) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	params, err := client.PaySign("wx201410272009395522657a690389285100")
	fmt.Println(params.AppID, params.TimeStamp, params.Package, params.SignType, err)

	http.NewServeMux().HandleFunc("POST /pay/notice", func(w http.ResponseWriter, r *http.Request) {
		notice, err := client.ReadNotice(r)
		if err == nil && notice.Transaction != nil {
			err = markPaid(notice.ID, notice.Transaction.OutTradeNo, notice.Transaction.Amount.Total)
		}
		pay.Answer(w, err)
	})
	// Output: wx0123456789abcdef 1554208460 prepay_id=wx201410272009395522657a690389285100 RSA <nil>
}

// markPaid keeps the notice's id and marks the order, in one transaction.
func markPaid(noticeID, outTradeNo string, fen int64) error { return nil }
