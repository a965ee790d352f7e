// Command go is a shop of ten lines: it orders, hears of the payment, refunds, downloads the day's bill and reconciles it,
// with WeChat Pay's official SDK, unchanged, at WeChat Pay's own addresses. What is no business of a shop's is in world.go.
//
//	shuke sim --addr 127.0.0.1:9527 --ca-file ca.pem
//	go build -o shop ./wechat/sim/examples/go
//	HTTPS_PROXY=http://127.0.0.1:9527 SSL_CERT_FILE=ca.pem ./shop http://127.0.0.1:9527
package main

import (
	"context"
	"fmt"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
)

func main() {
	ctx, w := context.Background(), newWorld()
	client := must(core.NewClient(ctx, option.WithWechatPayAutoAuthCipher(w.MchID, w.Serial, w.key(), w.APIv3Key)))
	notices := w.listen()
	prepay, _, err := (&jsapi.JsapiApiService{Client: client}).Prepay(ctx, jsapi.PrepayRequest{Appid: &w.AppID, Mchid: &w.MchID, OutTradeNo: core.String("order-0001"), Description: core.String("明前龙井"),
		NotifyUrl: &w.notifyURL, Amount: &jsapi.Amount{Total: core.Int64(8800)}, Payer: &jsapi.Payer{Openid: &w.openID}})
	w.buyerPays(*must(prepay, err).PrepayId)
	paid := <-notices
	must2((&refunddomestic.RefundsApiService{Client: client}).Create(ctx, refunddomestic.CreateRequest{OutTradeNo: core.String("order-0001"), OutRefundNo: core.String("refund-0001"), NotifyUrl: &w.notifyURL,
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(3000), Total: core.Int64(8800), Currency: core.String("CNY")}}))
	back := <-notices
	day := w.nextDay()
	bill := w.download(must(client.Get(ctx, "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date="+day)))
	fmt.Println(paid["trade_state"], back["refund_status"], "received", bill.sum("应结订单金额"), "refunded", bill.sum("退款金额"))
}
