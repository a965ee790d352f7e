package ledger

import (
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// due is the slot of what a payment asks for an order.
const due = "due"

// Opened records what a payment asks of the buyer for an order: pending money at
// the provider, to be held for the shop. Before that, an order is no money.
func Opened(provider string, shop, order, payment id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: PaymentOpened, Phase: Pending, Slot: due, Debit: AtProvider(provider), Credit: ShopHeld, Amount: amount, Order: order, Ref: payment}
}

// Ended voids Opened when the payment ends and its money does not pay the order;
// expired says that its time was over.
func Ended(shop, order, payment id.ID, amount money.Fen, expired bool) Transfer {
	t := Transfer{Shop: shop, Kind: PaymentEnded, Phase: Voided, Slot: due, Amount: amount, Order: order, Ref: payment}
	if expired {
		t.Phase = Expired
	}
	return t
}

// Paid posts Opened: the provider has the money and it is held for the shop.
func Paid(shop, order, payment id.ID, total money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: OrderSettled, Phase: Posted, Slot: due, Amount: total, Order: order, Ref: payment}
}

// PaidAfterAll records money that came for a payment that had ended, while its
// order still wanted it.
func PaidAfterAll(provider string, shop, order, payment id.ID, total money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: OrderSettled, Debit: AtProvider(provider), Credit: ShopHeld, Amount: total, Order: order, Ref: payment}
}

// Late records money that came for an order which no longer wanted it, and the
// refund that sends it back.
func Late(provider string, shop, order, payment, refund id.ID, amount money.Fen) []Transfer {
	return []Transfer{
		{Shop: shop, Kind: LateReceived, Debit: AtProvider(provider), Credit: LateMoney, Amount: amount, Order: order, Ref: payment},
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
func Refunded(provider string, shop, order, refund id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: RefundDone, Debit: RefundDue, Credit: AtProvider(provider), Amount: amount, Order: order, Ref: refund}
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

// Shared records that profit sharing brought the market's fee of an order to the
// market's own account.
func Shared(provider string, shop, order id.ID, fee money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: FeeShared, Debit: FeeCollected, Credit: AtProvider(provider), Amount: fee, Order: order}
}

// Unshared records that a part of Shared went back, so that a refund can be sent.
func Unshared(provider string, shop, order, refund id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: FeeUnshared, Debit: AtProvider(provider), Credit: FeeCollected, Amount: amount, Order: order, Ref: refund}
}

// payout is the slot of what a payout moves.
const payout = "payout"

// PayoutRequested reserves what a payout will send to the shop.
func PayoutRequested(shop, no id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: PayoutAsked, Phase: Pending, Slot: payout, Debit: ShopPayable, Credit: PaidOut, Amount: amount, Ref: no}
}

// PayoutEnded posts a payout that reached the shop, or frees what it reserved.
func PayoutEnded(shop, no id.ID, amount money.Fen, done bool) Transfer {
	if done {
		return Transfer{Shop: shop, Kind: PayoutDone, Phase: Posted, Slot: payout, Amount: amount, Ref: no}
	}
	return Transfer{Shop: shop, Kind: PayoutStopped, Phase: Voided, Slot: payout, Amount: amount, Ref: no}
}

// DepositReceived records money a shop paid into its deposit.
func DepositReceived(shop, receipt id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: DepositPaid, Debit: DepositBank, Credit: ShopDeposit, Amount: amount, Ref: receipt}
}

// Slots of what reserves a deposit.
const (
	hold    = "hold"
	returns = "return"
)

// Frozen reserves a part of the deposit for a dispute.
func Frozen(shop, no id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: DepositFrozen, Phase: Pending, Slot: hold, Debit: ShopDeposit, Credit: CompensationDue, Amount: amount, Ref: no}
}

// Freed gives back what Frozen reserved.
func Freed(shop, no id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: DepositFreed, Phase: Voided, Slot: hold, Amount: amount, Ref: no}
}

// Taken takes used fen of what Frozen reserved for the buyer; the rest is free.
func Taken(shop, no id.ID, used money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: DepositTaken, Phase: Posted, Slot: hold, Amount: used, Ref: no}
}

// Compensated records that the market sent the compensation to the buyer itself.
func Compensated(shop, no id.ID, used money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: CompensationPaid, Debit: CompensationDue, Credit: DepositBank, Amount: used, Ref: no}
}

// CompensatedByRefund records that the compensation goes the way the order was paid.
func CompensatedByRefund(shop, order, refund id.ID, used money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: CompensationRefund, Debit: CompensationDue, Credit: RefundDue, Amount: used, Order: order, Ref: refund}
}

// ReturnRequested reserves a part of the deposit that is to go back to the shop.
func ReturnRequested(shop, no id.ID, amount money.Fen) Transfer {
	return Transfer{Shop: shop, Kind: ReturnAsked, Phase: Pending, Slot: returns, Debit: ShopDeposit, Credit: DepositBank, Amount: amount, Ref: no}
}

// ReturnEnded posts a return that was sent, or keeps the deposit.
func ReturnEnded(shop, no id.ID, amount money.Fen, done bool) Transfer {
	if done {
		return Transfer{Shop: shop, Kind: ReturnDone, Phase: Posted, Slot: returns, Amount: amount, Ref: no}
	}
	return Transfer{Shop: shop, Kind: ReturnStopped, Phase: Voided, Slot: returns, Amount: amount, Ref: no}
}
