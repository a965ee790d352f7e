package checkout

import (
	"context"
	"errors"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/cart"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/pricing"
	"github.com/shuke-commerce/shuke/internal/domain/promotion"
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
	// Problems of a line at the price of a flash sale.
	ProblemFlashOver  Problem = "flash_over"
	ProblemFlashLimit Problem = "flash_limit"
	ProblemFlashGone  Problem = "flash_sold_out"
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
	Flash          id.ID     // the flash sale at whose price it is; 0: the usual price
	Usual          money.Fen // the usual price
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
// given, without changing anything; those of the cart take the price of a running
// flash sale where the buyer may have it. Lines that cannot be bought are marked,
// not refused.
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
			if err := d.bargains(tx, buyer, lines); err != nil {
				return err
			}
		}
		shops, err := d.group(lines)
		if err != nil {
			return err
		}
		sales, err := salesOf(tx, buyer, shops)
		if err != nil {
			return err
		}
		out.OK = true
		for _, b := range shops {
			q, err := d.quoteShop(tx, buyer, b, seen, sales)
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

// bargains lets lines take the price of a flash sale that runs, where the buyer may
// have that many.
func (d *Deps) bargains(tx *db.Tx, buyer id.ID, lines []Line) error {
	skus := map[id.ID][]id.ID{}
	for _, l := range lines {
		skus[l.Shop] = append(skus[l.Shop], l.SKU)
	}
	now := d.Now()
	for shop, of := range skus {
		all, err := promotion.OfSKUs(tx, shop, of, now)
		if err != nil {
			return err
		}
		for _, s := range all {
			i := slices.IndexFunc(lines, func(l Line) bool { return l.Shop == shop && l.SKU == s.SKU })
			if i < 0 || !s.Running(now) {
				continue
			}
			had, err := promotion.Bought(tx, shop, s.ID, buyer)
			if err != nil {
				return err
			}
			if s.Allows(lines[i].Qty, had, 0) == nil {
				lines[i].Flash = s.ID
			}
		}
	}
	return nil
}

// salesOf reads the flash sales that a buyer's lines name.
func salesOf(tx *db.Tx, buyer id.ID, shops []basket) (*promotion.Counter, error) {
	var holders []promotion.Holder
	for _, b := range shops {
		for _, c := range b.claims {
			h := promotion.Holder{Shop: b.shop, Sale: c.Sale, Buyer: buyer}
			if !slices.Contains(holders, h) {
				holders = append(holders, h)
			}
		}
	}
	sales, questions := promotion.Look(holders)
	return sales, tx.EachOf(questions)
}

// flashProblem says why a line cannot be bought in the flash sale it names.
func flashProblem(err error) Problem {
	switch {
	case errors.Is(err, promotion.ErrSoldOut):
		return ProblemFlashGone
	case errors.Is(err, promotion.ErrLimit):
		return ProblemFlashLimit
	}
	return ProblemFlashOver
}

func (q QuotedShop) fine() bool {
	for _, l := range q.Lines {
		if l.Problem != ProblemNone {
			return false
		}
	}
	return true
}

func (d *Deps) quoteShop(tx *db.Tx, buyer id.ID, b basket, seen map[id.ID]money.Fen, sales *promotion.Counter) (QuotedShop, error) {
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
		g, ok := found[goodsKey{b.shop, l.SKU}]
		available := max(stocks[l.SKU].Available(), 0)
		usual, over := g.Price, error(nil)
		if l.Flash != 0 {
			var s promotion.Sale
			if s, over = sales.Sale(b.shop, l.Flash, l.SKU, d.Now()); over == nil {
				g.Price, available = s.Price, s.Left()
				over = sales.Holds(b.shop, buyer, []promotion.Claim{{Sale: l.Flash, SKU: l.SKU, Qty: l.Qty}}, d.Now())
			}
		}
		line := QuotedLine{Flash: l.Flash, Usual: usual, SKU: l.SKU, Product: g.Product, Title: g.Title, TitleEn: g.TitleEn, Options: g.Options, Picture: g.Picture,
			Price: g.Price, PriceSeen: seen[l.SKU], Qty: l.Qty, Available: available}
		if ok {
			q.Name, q.Fee, q.FreeOver = g.Shop.Name, g.Shop.Fee, g.Shop.FreeOver
		}
		switch {
		case !ok || !g.Listed:
			line.Problem = ProblemUnlisted
		case !g.Shop.Open:
			line.Problem = ProblemShop
		case over != nil:
			line.Problem = flashProblem(over)
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
