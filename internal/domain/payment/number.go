package payment

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shuke-commerce/shuke/internal/platform/id"
)

// Numbers that go to a provider say themselves what they name: a letter, the
// shard key and the id, in base 36 upper case, at most 28 characters. They are
// made of ids only, so one thing has exactly one number.

// TradeNo is the number of a payment of a buyer: P<buyer>-<payment>.
func TradeNo(buyer, payment id.ID) string { return number('P', buyer, payment) }

// PartNo is the number of a part that pays a shop: S<shop>-<part>.
func PartNo(shop, part id.ID) string { return number('S', shop, part) }

// RefundNo is the number of a refund of a shop: R<shop>-<refund>.
func RefundNo(shop, refund id.ID) string { return number('R', shop, refund) }

func number(letter byte, a, b id.ID) string {
	buf := make([]byte, 0, 32)
	buf = append(buf, letter)
	buf = strconv.AppendInt(buf, int64(a), 36)
	buf = append(buf, '-')
	buf = strconv.AppendInt(buf, int64(b), 36)
	return strings.ToUpper(string(buf))
}

// ParseTradeNo reads a number made by TradeNo, and nothing else.
func ParseTradeNo(s string) (buyer, payment id.ID, err error) { return parse('P', s) }

// ParsePartNo reads a number made by PartNo, and nothing else.
func ParsePartNo(s string) (shop, part id.ID, err error) { return parse('S', s) }

// ParseRefundNo reads a number made by RefundNo, and nothing else.
func ParseRefundNo(s string) (shop, refund id.ID, err error) { return parse('R', s) }

func parse(letter byte, s string) (a, b id.ID, err error) {
	bad := fmt.Errorf("payment: %.40q is not a number of kind %c", s, letter)
	if len(s) > 32 || s == "" || s[0] != letter {
		return 0, 0, bad
	}
	left, right, ok := strings.Cut(s[1:], "-")
	x, err1 := strconv.ParseInt(left, 36, 64)
	y, err2 := strconv.ParseInt(right, 36, 64)
	if !ok || err1 != nil || err2 != nil || x <= 0 || y <= 0 || number(letter, id.ID(x), id.ID(y)) != s {
		return 0, 0, bad
	}
	return id.ID(x), id.ID(y), nil
}
