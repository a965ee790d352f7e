package audit

import (
	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// comparison holds one order against the facts.
type comparison struct {
	r *Report
	o order.Order
	f facts
}

func (c comparison) same(what string, want, got int64, detail string) {
	if want != got {
		c.r.add(ledger.Violation{Shop: c.o.ShopID, Order: c.o.ID, What: what, Want: want, Got: got, Detail: detail})
	}
}

func (c comparison) compare(reserved map[id.ID]int64) {
	c.lines(reserved)
	paid, late, due := c.payments()
	c.money(paid, late, due)
	c.aftersales()
}

// lines checks amounts and counters of lines, and collects what they reserve.
func (c comparison) lines(reserved map[id.ID]int64) {
	o, lines := c.o, c.f.lines[c.o.ID]
	var items money.Fen
	for _, l := range lines {
		items += l.Amount
		at := "line " + l.No.String()
		u := c.f.units[o.ID][l.No]
		c.same("amount of a line is not price × quantity", int64(l.Price)*l.Qty, int64(l.Amount), at)
		c.same("refunding units differ from after-sales", u.refunding, l.Refunding, at)
		c.same("refunded units differ from after-sales", u.refunded, l.Refunded, at)
		c.same("held units differ from after-sales", u.held, l.Held, at)
		c.same("released units differ from after-sales", u.released, l.Released, at)
		c.same("shipped units differ from parcels", u.shipped, l.Shipped, at)
		switch {
		case o.State == order.Pending, o.State == order.Paid, o.State == order.Shipped:
			if l.SKU != 0 { // an amount without goods, from a till
				reserved[l.SKU] += l.Reserved()
			}
		case !o.PaidAt.IsZero():
			c.same("an ended order still reserves stock", 0, l.Reserved(), at)
		}
	}
	c.same("goods total differs from its lines", int64(items), int64(o.ItemsTotal), "")
	c.same("total is not goods + shipping − discount", int64(o.ItemsTotal+o.ShippingFee-o.Discount), int64(o.Total), "")
	c.same("number of lines differs", int64(len(lines)), o.LineCount, "")
	open := false
	for _, a := range c.f.aftersales[o.ID] {
		open = open || a.State != "refunded" && a.State != "refused" && a.State != "cancelled"
	}
	if want := order.Sum(lines).RefundState(open); want != o.RefundState {
		c.r.add(ledger.Violation{Shop: o.ShopID, Order: o.ID, What: "refund state does not fit", Detail: "want " + string(want) + ", got " + string(o.RefundState)})
	}
}

// payments checks the parts of payments and returns what was paid in time and
// late, and what open ones ask.
func (c comparison) payments() (paid, late, due money.Fen) {
	o := c.o
	refunds := map[id.ID]money.Fen{}
	for _, v := range c.f.refunds[o.ID] {
		refunds[v.PaymentID] += v.Amount
	}
	open := 0
	for _, p := range c.f.parts[o.ID] {
		at := "payment " + p.PaymentID.String()
		want := p.State
		switch p.State {
		case payment.Paid:
			paid += p.Amount
		case payment.Late:
			late += p.Amount
			want = payment.Paid
			c.same("late money was not sent back whole", int64(p.Amount), int64(p.Refunded), at)
		case payment.Open:
			open++
			due += p.Amount
		}
		c.same("refunded of a payment differs from its refunds", int64(refunds[p.PaymentID]), int64(p.Refunded), at)
		if got := c.f.payments[p.PaymentID]; got != want {
			c.r.add(ledger.Violation{Shop: o.ShopID, Order: o.ID, What: "payment and its part disagree", Detail: at + ": part " + string(p.State) + ", payment " + string(got)})
		}
	}
	if open > 1 {
		c.same("several open payments for one order", 1, int64(open), "")
	}
	want := money.Fen(0)
	if !o.PaidAt.IsZero() {
		want = o.Total
	}
	c.same("paid payments differ from the order", int64(want), int64(paid), "")
	return paid, late, due
}

// money holds the ledger of the order against what payments and refunds say.
func (c comparison) money(paid, late, due money.Fen) {
	o, b := c.o, c.f.books[c.o.ID]
	var decided, lateBack, compensated, done, doneAsked money.Fen
	cameLate := map[id.ID]bool{}
	for _, p := range c.f.parts[o.ID] {
		cameLate[p.PaymentID] = p.State == payment.Late
	}
	for _, v := range c.f.refunds[o.ID] {
		switch {
		case v.AftersaleID != 0:
			decided += v.Amount
		case cameLate[v.PaymentID]:
			lateBack += v.Amount
		default:
			compensated += v.Amount // out of the shop's deposit
		}
		if v.State == payment.RefundDone {
			done += v.Amount
			if v.AftersaleID != 0 {
				doneAsked += v.Amount
			}
		}
	}
	c.same("refunded of the order differs from its refunds", int64(doneAsked), int64(o.Refunded), "")
	net := money.Fen(0)
	if !o.PaidAt.IsZero() {
		net = o.Total - decided
	}
	held, earned := net, money.Fen(0)
	if o.State == order.Received || o.State == order.Closed {
		held, earned = 0, net
	}
	at := b[ledger.FeeCollected]
	for a, f := range b {
		if a.IsProvider() {
			at += f
		}
	}
	c.same("ledger: money at the provider, and the fee that was shared", int64(paid+late-done), int64(at), "")
	c.same("ledger: due from the buyer", int64(due), int64(b[ledger.BuyerDue]), "")
	c.same("ledger: held for the shop", int64(held), -int64(b[ledger.ShopHeld]), "")
	c.same("ledger: earned by shop and market", int64(earned), -int64(b[ledger.ShopPayable]+b[ledger.MarketFee]), "")
	c.same("ledger: refunds due", int64(decided+lateBack+compensated-done), -int64(b[ledger.RefundDue]), "")
	c.same("ledger: late money not sent back", int64(late-lateBack), -int64(b[ledger.LateMoney]), "")
	if b[ledger.MarketFee] > 0 {
		c.same("ledger: fee below zero", 0, -int64(b[ledger.MarketFee]), "")
	}
}

// aftersales checks that each granted after-sale has exactly its refund.
func (c comparison) aftersales() {
	count, sum, done := map[id.ID]int64{}, map[id.ID]money.Fen{}, map[id.ID]bool{}
	for _, v := range c.f.refunds[c.o.ID] {
		count[v.AftersaleID]++
		sum[v.AftersaleID] += v.Amount
		done[v.AftersaleID] = v.State == payment.RefundDone
	}
	for no, a := range c.f.aftersales[c.o.ID] {
		at := "after-sale " + no.String()
		c.same("amount of an after-sale differs from its lines", int64(a.LineSum+a.Shipping), int64(a.Amount), at)
		granted := int64(0)
		if a.State == "refunding" || a.State == "refunded" {
			granted = 1
			c.same("refund differs from its after-sale", int64(a.Amount), int64(sum[no]), at)
		}
		c.same("number of refunds of an after-sale", granted, count[no], at)
		if done[no] != (a.State == "refunded") {
			c.r.add(ledger.Violation{Shop: c.o.ShopID, Order: c.o.ID, What: "after-sale and its refund disagree", Detail: at + " is " + a.State})
		}
	}
}
