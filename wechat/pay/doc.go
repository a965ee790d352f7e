// Package pay is a merchant's client for WeChat Pay APIv3: JSAPI payments, single
// and combined (合单), queries, closing, refunds and notifications.
//
//	key, err := pay.LoadPrivateKey(pem) // apiclient_key.pem
//	client, err := pay.New(pay.Config{
//		MchID: "1900009191", SerialNo: serial, PrivateKey: key, APIv3Key: apiv3Key,
//		AppID: "wx0123456789abcdef",
//		PublicKeyID: "PUB_KEY_ID_0…", PublicKey: publicKey, // or neither: platform certificates
//	})
//
//	prepayID, err := client.Prepay(ctx, pay.PrepayRequest{
//		Description: "龙井 250g", OutTradeNo: "20261121000001", NotifyURL: "https://shop.example/pay/notice",
//		Amount: pay.Amount{Total: 12800}, Payer: pay.Payer{OpenID: openID},
//	})
//	params, err := client.PaySign(prepayID) // for WeixinJSBridge; params.ChooseWXPay() for wx.chooseWXPay
//
//	// Later WeChat Pay calls NotifyURL:
//	notice, err := client.ReadNotice(r)
//	if err == nil && notice.Transaction != nil { … }
//	pay.Answer(w, err)
//
// # What is checked
//
// Requests are signed and answers verified with the official library's signer and
// verifiers (github.com/wechatpay-apiv3/wechatpay-go). An answer that says
// "done" is believed only when its signature is right and younger than five
// minutes. This package has its own short request loop around them, because the
// library's reads the process clock, fixes the host, and reads bodies of any
// length.
//
// # Keys of WeChat Pay
//
// Answers and notices are verified with platform certificates (downloaded when
// first needed, again every twelve hours and when an unknown serial number
// appears), with WeChat Pay's public key, or with both while a merchant migrates:
// see [Mode]. New makes no network call.
//
// # Errors
//
// A refusal is an *[Error] with WeChat's code. The predicates tell what to do:
// after [IsOutcomeUnknown] ask by query (or repeat with the very same
// parameters), after [IsRetryable] repeat later, [IsPaid], [IsClosed] and
// [IsOrderNotExist] are answers in themselves. A request that this package
// refuses to send wraps [ErrRequest].
//
// # Money and time
//
// All amounts are int64 fen. Times are time.Time; they are sent in RFC 3339 with
// seconds, in China Standard Time.
package pay
