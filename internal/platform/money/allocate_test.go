package money

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAllocateExamples(t *testing.T) {
	for _, c := range []struct {
		total   Fen
		weights []int64
		want    []Fen
	}{
		{100, []int64{1, 1, 1}, []Fen{34, 33, 33}},
		{-100, []int64{1, 1, 1}, []Fen{-34, -33, -33}},
		{5, []int64{0, 3, 0, 7}, []Fen{0, 2, 0, 3}}, // 1.5 and 3.5: the earlier takes the fen
		{7, []int64{0, 0}, []Fen{4, 3}},
		{0, []int64{5, 9}, []Fen{0, 0}},
		{1000, []int64{1999, 5990, 10}, []Fen{250, 749, 1}},
		{math.MinInt64, []int64{1}, []Fen{math.MinInt64}},
		{9, nil, nil},
	} {
		if got := Allocate(c.total, c.weights); !slices.Equal(got, c.want) {
			t.Errorf("Allocate(%d, %v) = %v, want %v", c.total, c.weights, got, c.want)
		}
	}
}

func drawWeights(t *rapid.T) []int64 {
	one := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 20), rapid.Int64Range(0, math.MaxInt64/64))
	return rapid.SliceOfN(one, 1, 40).Draw(t, "weights")
}

func TestAllocateKeepsEveryFen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := Fen(rapid.OneOf(rapid.Int64Range(-500, 500), rapid.Int64()).Draw(t, "total"))
		weights := drawWeights(t)
		parts := Allocate(total, weights)
		sum := new(big.Int)
		for _, p := range parts {
			sum.Add(sum, big.NewInt(int64(p)))
		}
		if sum.Cmp(big.NewInt(int64(total))) != 0 {
			t.Fatalf("parts %v add up to %s, not %d", parts, sum, total)
		}
		checkShares(t, total, weights, parts)
	})
}

// checkShares holds each part to less than one fen from its exact share, and
// to the order of the weights.
func checkShares(t *rapid.T, total Fen, weights []int64, parts []Fen) {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, big.NewInt(w))
	}
	if sum.Sign() == 0 {
		return
	}
	for i, p := range parts {
		off := new(big.Int).Mul(big.NewInt(int64(p)), sum)
		off.Sub(off, new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(weights[i])))
		if off.CmpAbs(sum) >= 0 {
			t.Fatalf("part %d of %v is a fen or more from its share of %d by %v", i, parts, total, weights)
		}
		for j := range parts {
			if weights[i] > weights[j] && magnitude(p) < magnitude(parts[j]) {
				t.Fatalf("weight %d got %d, less than weight %d with %d", weights[i], p, weights[j], parts[j])
			}
		}
	}
}

func TestAllocateMirrorsAndRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := Fen(rapid.Int64Range(0, 1<<40).Draw(t, "total"))
		weights := drawWeights(t)
		charge, refund := Allocate(total, weights), Allocate(-total, weights)
		for i := range charge {
			if charge[i] != -refund[i] {
				t.Fatalf("charge %v is not mirrored by refund %v", charge, refund)
			}
		}
		if !slices.Equal(charge, Allocate(total, weights)) {
			t.Fatal("the same input gave other parts")
		}
	})
}

func TestAllocateRefusesFaults(t *testing.T) {
	for _, weights := range [][]int64{{1, -1}, {math.MaxInt64, math.MaxInt64, 2}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("weights %v were accepted", weights)
				}
			}()
			Allocate(1, weights)
		}()
	}
}

func BenchmarkAllocate(b *testing.B) {
	for _, n := range []int{2, 10, 50} {
		weights := make([]int64, n)
		for i := range weights {
			weights[i] = int64(i*997%4999 + 100)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Allocate(123456, weights)
			}
		})
	}
}
