package money

import (
	"cmp"
	"math/bits"
	"slices"
)

// Allocate splits total in proportion to weights and keeps every fen: the
// parts add up to total, each is within one fen of its exact share, a larger
// weight never gets less, and a weight of 0 gets nothing. Fen left over go to
// the largest remainders, the earlier one first, so the same input always
// gives the same parts. A negative total gives the negated parts of the
// positive one, so a refund mirrors its charge.
//
// When all weights are 0 the total is split evenly. Without weights the
// result is nil. It panics on a negative weight and when the weights add up
// to more than 1.8e19: both are faults of the caller.
func Allocate(total Fen, weights []int64) []Fen {
	if len(weights) == 0 {
		return nil
	}
	sum := weigh(weights)
	if sum == 0 {
		return Allocate(total, slices.Repeat([]int64{1}, len(weights)))
	}
	amount := magnitude(total)
	parts := make([]uint64, len(weights))
	remainders := make([]uint64, len(weights))
	left := amount
	for i, w := range weights {
		hi, lo := bits.Mul64(amount, uint64(w))
		parts[i], remainders[i] = bits.Div64(hi, lo, sum)
		left -= parts[i]
	}
	for _, i := range largest(remainders)[:left] {
		parts[i]++
	}
	return signAll(parts, total < 0)
}

func weigh(weights []int64) uint64 {
	var sum, carry uint64
	for _, w := range weights {
		if w < 0 {
			panic("money: Allocate got a negative weight")
		}
		if sum, carry = bits.Add64(sum, uint64(w), 0); carry != 0 {
			panic("money: the weights of Allocate are too large to add up")
		}
	}
	return sum
}

// largest lists the indices of remainders from the largest down; equal ones
// keep their order.
func largest(remainders []uint64) []int {
	order := make([]int, len(remainders))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(remainders[b], remainders[a])
	})
	return order
}

func signAll(parts []uint64, negative bool) []Fen {
	out := make([]Fen, len(parts))
	for i, p := range parts {
		out[i], _ = signed(p, negative)
	}
	return out
}
