package aftersale

import "github.com/shuke-commerce/shuke/internal/platform/money"

// Bought is what pays for a line: amounts in fen.
type Bought struct {
	Paid  money.Fen // the line's share of what was paid for goods, after discounts
	Qty   int64     // units bought
	Asked money.Fen // asked or paid back of the line so far
	Left  int64     // units not yet asked back
}

// Share is what qty units of a line are worth: their exact share of what was
// paid, and for the last units all that is left. It is never more than is left,
// so the shares of a line add up to at most what was paid.
func Share(b Bought, qty int64) money.Fen {
	left := b.Paid - b.Asked
	if qty >= b.Left {
		return max(left, 0)
	}
	part := money.Allocate(b.Paid, []int64{qty, b.Qty - qty})[0]
	return max(min(part, left), 0)
}

// PaidByLine splits what was paid for the goods of an order over its lines in
// proportion to their amounts, keeping every fen.
func PaidByLine(items, discount money.Fen, amounts []money.Fen) []money.Fen {
	weights := make([]int64, len(amounts))
	for i, a := range amounts {
		weights[i] = int64(a)
	}
	return money.Allocate(items-discount, weights)
}
