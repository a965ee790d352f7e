package console

import (
	"cmp"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/order"
)

// newest merges orders of several shops: the newest n, newest first.
func newest(all []order.Order, n int) []order.Order {
	slices.SortFunc(all, func(a, b order.Order) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(n, len(all))]
}
