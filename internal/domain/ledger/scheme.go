package ledger

import (
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Opened records what a payment asks of the buyer for an order. Before that, an
// order is no money.
func Opened(shop, order, payment id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: PaymentOpened, Debit: BuyerDue, Credit: UnpaidOrders, Amount: amount, Order: order, Ref: payment}
}

// Ended takes Opened back when the payment ends and its money does not pay the
// order.
func Ended(shop, order, payment id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: PaymentEnded, Debit: UnpaidOrders, Credit: BuyerDue, Amount: amount, Order: order, Ref: payment}
}

// Paid records, after Opened, that the provider has the money and that it is
// held for the shop.
func Paid(shop, order, payment id.ID, total money.Fen) []Transfer {
	return []Transfer{
		{Shop: shop, Kind: OrderSettled, Debit: ProviderWechat, Credit: BuyerDue, Amount: total, Order: order, Ref: payment},
		{Shop: shop, Kind: OrderHeld, Debit: UnpaidOrders, Credit: ShopHeld, Amount: total, Order: order, Ref: payment},
	}
}

// Late records money that came for an order which no longer wanted it, and the
// refund that sends it back.
func Late(shop, order, payment, refund id.ID, amount money.Fen) []Transfer {
	return []Transfer{
		{Shop: shop, Kind: LateReceived, Debit: ProviderWechat, Credit: LateMoney, Amount: amount, Order: order, Ref: payment},
		{Shop: shop, Kind: LateReturned, Debit: LateMoney, Credit: RefundDue, Amount: amount, Order: order, Ref: refund},
	}
}

// Decided records a refund of an order. The money comes out of what is held for
// the shop or, once the order was received, out of what the shop has earned; in
// that case the market gives back its fee in the same proportion.
func Decided(shop, order, refund id.ID, amount money.Fen, b map[Account]money.Fen) ([]Transfer, error) {
	if -b[ShopHeld] >= amount {
		return []Transfer{{Shop: shop, Kind: RefundDecided, Debit: ShopHeld, Credit: RefundDue, Amount: amount, Order: order, Ref: refund}}, nil
	}
	back, err := feeBack(amount, b)
	if err != nil {
		return nil, err
	}
	return []Transfer{
		{Shop: shop, Kind: FeeReturned, Debit: MarketFee, Credit: ShopPayable, Amount: back, Order: order, Ref: refund},
		{Shop: shop, Kind: RefundDecided, Debit: ShopPayable, Credit: RefundDue, Amount: amount, Order: order, Ref: refund},
	}, nil
}

// feeBack is the part of the fee that belongs to a refund after receipt: fee ×
// amount ÷ (what the order still earned before it), half away from zero. A
// refund of everything gives back all of the fee.
func feeBack(amount money.Fen, b map[Account]money.Fen) (money.Fen, error) {
	fee, earned := -b[MarketFee], -b[MarketFee]-b[ShopPayable]
	if fee <= 0 || earned <= 0 {
		return 0, nil
	}
	back, err := fee.MulDiv(int64(amount), int64(earned))
	return min(back, fee), err
}

// Refunded records that the provider has sent a refund.
func Refunded(shop, order, refund id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: RefundDone, Debit: RefundDue, Credit: ProviderWechat, Amount: amount, Order: order, Ref: refund}
}

// Earned releases what is held for an order (net, fen) to the shop and takes the
// market's fee of feeBps basis points (1/10,000) of it, half a fen rounded up.
func Earned(shop, order id.ID, net money.Fen, feeBps int64) ([]Transfer, error) {
	fee, err := net.MulDiv(feeBps, 10_000)
	if err != nil {
		return nil, err
	}
	return []Transfer{
		{Shop: shop, Kind: OrderEarned, Debit: ShopHeld, Credit: ShopPayable, Amount: net, Order: order},
		{Shop: shop, Kind: FeeTaken, Debit: ShopPayable, Credit: MarketFee, Amount: fee, Order: order},
	}, nil
}
