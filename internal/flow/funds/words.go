package funds

import "github.com/shuke-commerce/shuke/internal/domain/ledger"

// accountWords and kindWords are what a statement calls accounts and kinds.
var accountWords = map[ledger.Account]string{
	ledger.ShopPayable: "可结算 Due", ledger.ShopHeld: "担保中 Held", ledger.PaidOut: "已打款 Paid out", ledger.ShopDeposit: "保证金 Deposit",
	ledger.MarketFee: "平台服务费 Market fee", ledger.RefundDue: "退款中 Refunding", ledger.ProviderWechat: "微信支付 WeChat Pay",
}

var kindWords = map[ledger.Kind]string{
	ledger.OrderSettled: "收到付款 Paid", ledger.OrderEarned: "货款入账 Earned", ledger.FeeTaken: "收服务费 Fee", ledger.FeeReturned: "退服务费 Fee returned",
	ledger.FeeShared: "服务费分账 Fee shared", ledger.FeeUnshared: "服务费分账回退 Shared fee returned",
	ledger.RefundDecided: "同意退款 Refund decided", ledger.RefundDone: "退款完成 Refunded", ledger.LateReceived: "收到迟到款 Late money", ledger.LateReturned: "退回迟到款 Late money returned",
	ledger.PayoutDone: "打款完成 Paid out", ledger.DepositPaid: "缴纳保证金 Deposit paid", ledger.DepositTaken: "扣划保证金 Deposit taken",
	ledger.CompensationPaid: "赔付买家 Compensated", ledger.CompensationRefund: "原路赔付 Compensated by refund", ledger.ReturnDone: "退还保证金 Deposit returned",
}

func accountWord(a ledger.Account) string {
	if w, has := accountWords[a]; has {
		return w
	}
	return string(a)
}

func kindWord(k ledger.Kind) string {
	if w, has := kindWords[k]; has {
		return w
	}
	return string(k)
}
