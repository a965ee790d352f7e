package checkout

import (
	"context"

	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Problem says why a quoted line cannot be bought as it stands.
type Problem string

// Problems of a line.
const (
	ProblemNone     Problem = ""
	ProblemUnlisted Problem = "unlisted" // gone or not for sale
	ProblemShort    Problem = "short"    // fewer available than asked
	ProblemShop     Problem = "shop_closed"
)

// QuotedLine is a line with its present price.
type QuotedLine struct {
	SKU, Product   id.ID
	Title, TitleEn string
	Options        string // JSON ["红","L"], as in skus
	Picture        string
	Price, Amount  money.Fen
	PriceSeen      money.Fen // from the cart; 0: unknown
	Qty, Available int64
	Problem        Problem
}

// QuotedShop is what an order of one shop would cost. Lines with a problem do
// not count.
type QuotedShop struct {
	Shop                   id.ID
	Name                   string
	Lines                  []QuotedLine
	Items, Shipping, Total money.Fen
	Fee, FreeOver          money.Fen // the shop's rule
}

// Quotation is what a checkout would cost.
type Quotation struct {
	Shops []QuotedShop // in shop order
	Total money.Fen    // pass it as In.ExpectTotal
	OK    bool         // PlaceOrder would accept it now
}

// Quote prices lines, or the selected lines of the buyer's cart when none are
// given, without changing anything. Lines that cannot be bought are marked, not
// refused.
func (d *Deps) Quote(ctx context.Context, buyer id.ID, lines []Line) (Quotation, error) {
	var out Quotation
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		seen := map[id.ID]money.Fen{}
		if len(lines) == 0 {
			inCart, err := cart.List(tx, buyer)
			if err != nil {
				return err
			}
			for _, l := range inCart {
				if l.Selected {
					lines = append(lines, Line{Shop: l.Shop, SKU: l.SKU, Qty: l.Qty})
					seen[l.SKU] = l.PriceSeen
				}
			}
		}
		shops, err := d.group(lines)
		if err != nil {
			return err
		}
		out.OK = true
		for _, b := range shops {
			q, err := d.quoteShop(tx, b, seen)
			if err != nil {
				return err
			}
			if out.Total, err = out.Total.Add(q.Total); err != nil {
				return err
			}
			out.OK = out.OK && q.Total > 0 && q.fine()
			out.Shops = append(out.Shops, q)
		}
		return nil
	})
	return out, err
}

func (q QuotedShop) fine() bool {
	for _, l := range q.Lines {
		if l.Problem != ProblemNone {
			return false
		}
	}
	return true
}

func (d *Deps) quoteShop(tx *db.Tx, b basket, seen map[id.ID]money.Fen) (QuotedShop, error) {
	q := QuotedShop{Shop: b.shop}
	found, err := d.goods().In(tx, b.keys...)
	if err != nil {
		return q, err
	}
	stocks, err := inventory.List(tx, b.shop, b.skus)
	if err != nil {
		return q, err
	}
	var items []pricing.Item
	var good []int
	for i, l := range b.lines {
		g, ok := found[b.keys[i]]
		available := max(stocks[l.SKU].Available(), 0)
		line := QuotedLine{SKU: l.SKU, Product: g.Product, Title: g.Title, TitleEn: g.TitleEn, Options: g.Options, Picture: g.Picture,
			Price: g.Price, PriceSeen: seen[l.SKU], Qty: l.Qty, Available: available}
		if ok {
			q.Name, q.Fee, q.FreeOver = g.Shop.Name, g.Shop.Fee, g.Shop.FreeOver
		}
		switch {
		case !ok || !g.Listed:
			line.Problem = ProblemUnlisted
		case !g.Shop.Open:
			line.Problem = ProblemShop
		case available < l.Qty:
			line.Problem = ProblemShort
		default:
			items, good = append(items, pricing.Item{Price: g.Price, Qty: l.Qty}), append(good, i)
		}
		q.Lines = append(q.Lines, line)
	}
	if len(items) == 0 {
		return q, nil
	}
	p, err := pricing.Price(items, pricing.Shipping{Fee: q.Fee, FreeOver: q.FreeOver})
	if err != nil {
		return q, err
	}
	for n, i := range good {
		q.Lines[i].Amount = p.Amounts[n]
	}
	q.Items, q.Shipping, q.Total = p.Items, p.Shipping, p.Total
	return q, nil
}
