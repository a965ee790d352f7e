package loop

import (
	"slices"

	daftersale "github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/shipment"
	"github.com/shuke-commerce/shuke/internal/flow/aftersale"
	"github.com/shuke-commerce/shuke/internal/flow/delivery"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// actions are what a script may do, each as often as it stands here.
var actions = weigh([]weighed{
	{"place", 2, (*model).doPlace}, {"buy", 5, (*model).doBuy}, {"start", 2, (*model).doStart}, {"pay", 2, (*model).doPay},
	{"notify", 2, (*model).doNotify}, {"cancel", 1, (*model).doCancel}, {"ship", 6, (*model).doShip}, {"ask", 8, (*model).doAsk},
	{"approve", 6, (*model).doApprove}, {"refuse", 1, (*model).doRefuse}, {"withdraw", 1, (*model).doWithdraw}, {"parcel", 3, (*model).doParcel},
	{"returned", 4, (*model).doReturned}, {"refunds", 4, (*model).doRefunds}, {"receive", 2, (*model).doReceive}, {"edit", 2, (*model).edit},
	{"lost answer", 1, (*model).doLost}, {"expire", 1, (*model).expire},
})

type weighed struct {
	name   string
	weight int
	do     func(*model, op)
}

func weigh(in []weighed) (out []weighed) {
	for _, w := range in {
		out = append(out, slices.Repeat([]weighed{w}, w.weight)...)
	}
	return out
}

func (m *model) doPlace(o op) {
	var qty [2][3]int64
	for i := range 3 {
		qty[0][i], qty[1][i] = int64(o.A>>(2*i)%4), int64(o.B>>(2*i)%4)
	}
	out, err := m.world.checkout.PlaceOrder(ctx, m.in(qty[0], qty[1]))
	box := &mBox{placed: out}
	code := "checkout.empty"
	for s := range 2 {
		mo := &mOrder{shop: s, state: order.Pending, box: box}
		for i, n := range qty[s] {
			if n == 0 {
				continue
			}
			if code == "checkout.empty" {
				code = ""
			}
			if n > m.hand[s][i]-m.held[s][i] {
				code = "inventory.short"
			}
			mo.lines = append(mo.lines, mLine{sku: i, price: prices[i], Line: order.Line{No: id.ID(len(mo.lines) + 1), Qty: n, Amount: prices[i] * money.Fen(n)}})
		}
		if len(mo.lines) > 0 {
			box.orders = append(box.orders, mo)
		}
	}
	if !m.want(err, code) {
		return
	}
	for i, mo := range box.orders {
		mo.placed = out.Orders[i]
		var items money.Fen
		for _, l := range mo.lines {
			m.held[mo.shop][l.sku] += l.Qty
			items += l.Amount
		}
		if items < 9900 {
			items += 1000
		}
		if items != mo.placed.Total {
			m.f.Fatalf("total %s, want %s", mo.placed.Total, items)
		}
	}
	m.boxes, m.orders = append(m.boxes, box), append(m.orders, box.orders...)
}

// doBuy places, starts, pays and hears of it.
func (m *model) doBuy(o op) {
	before := len(m.boxes)
	m.doPlace(op{A: o.A, B: o.B &^ 63})
	if len(m.boxes) == before {
		return
	}
	b := m.boxes[before]
	m.start(b.placed.CheckoutID)
	p, _ := m.open(b)
	b.result = m.bank.pay(p.TradeNo)
	m.notify(b.result)
	m.settle(b)
}

func (m *model) doStart(o op) {
	b := prefer(m.boxes, o.A, func(b *mBox) bool { return b.orders[0].state == order.Pending })
	if b == nil {
		return
	}
	pending, paid := 0, 0
	for _, mo := range b.orders {
		if mo.state == order.Pending {
			pending++
		} else if !m.order(mo.placed).PaidAt.IsZero() {
			paid++
		}
	}
	_, living := m.open(b)
	_, err := m.world.pay.Start(ctx, m.buyer, b.placed.CheckoutID)
	switch {
	case pending == 0 && paid > 0:
		m.want(err, "payment.already_paid")
	case pending == 0:
		m.want(err, "payment.nothing_due")
	case living && b.result != nil && !b.booked && err != nil:
		// Asked the bank again because no prepay was stored, and heard that it is paid.
		m.want(err, "payment.already_paid")
		m.settle(b)
	default:
		m.want(err, "")
	}
}

// doLost starts a payment whose answer is lost on the way.
func (m *model) doLost(o op) {
	b := pick(m.boxes, o.A)
	if b == nil || b.result != nil {
		return
	}
	how := []string{"before", "after"}[o.B%2]
	m.bank.lose = func(string, string) string { return how }
	_, err := m.world.pay.Start(ctx, m.buyer, b.placed.CheckoutID)
	m.bank.lose = nil
	switch code := errs.Code(err); code {
	case "", "payment.provider", "payment.already_paid", "payment.nothing_due":
	default:
		m.f.Fatalf("lost answer: %v", err)
	}
}

func (m *model) doPay(o op) {
	b := prefer(m.boxes, o.A, func(b *mBox) bool { return b.result == nil && b.orders[0].state == order.Pending })
	if b == nil || b.result != nil {
		return
	}
	if p, ok := m.open(b); ok {
		b.result = m.bank.pay(p.TradeNo)
	}
}

func (m *model) doNotify(o op) {
	b := prefer(m.boxes, o.A, func(b *mBox) bool { return b.result != nil && !b.booked })
	if b == nil || b.result == nil {
		return
	}
	no := []string{"EV-same-", "EV-other-" + m.key()}[o.B%2] + b.result.TradeNo
	m.want(m.world.pay.HandlePaymentNotice(ctx, notice(no, b.result)), "")
	m.settle(b)
}

func (m *model) doCancel(o op) {
	mo := prefer(m.orders, o.A, func(mo *mOrder) bool { return mo.state == order.Pending })
	if mo == nil {
		return
	}
	_, open := m.open(mo.box)
	c, err := m.world.pay.Cancel(ctx, m.buyer, mo.placed.ShopID, mo.placed.OrderID)
	switch {
	case mo.state == order.Closed && mo.byUs:
		m.want(err, "")
	case mo.state != order.Pending:
		m.want(err, "order.state")
	case open && mo.box.result != nil && !mo.box.booked:
		m.want(err, "")
		m.settle(mo.box)
		if !c.Paid {
			m.f.Fatalf("cancel of a paid order did not say so")
		}
	default:
		m.want(err, "")
		m.close(mo, true)
	}
}

func (m *model) doShip(o op) {
	mo := prefer(m.orders, o.A, func(mo *mOrder) bool { return mo.state == order.Paid })
	if mo == nil {
		return
	}
	in := delivery.ShipIn{Shop: mo.placed.ShopID, Order: mo.placed.OrderID, Key: m.key(), InputHash: "h", Carrier: carrierCode, TrackingNo: "SF1234567890123"}
	one := o.B%2 == 0
	l := &mo.lines[o.C%len(mo.lines)]
	if one {
		in.Lines = []shipment.Line{{LineNo: l.No, Qty: 1}}
	}
	_, err := m.world.delivery.Ship(ctx, in)
	switch {
	case mo.state != order.Paid && mo.state != order.Shipped:
		m.want(err, "order.state")
		return
	case one && l.Shippable() < 1:
		m.want(err, "delivery.quantity")
		return
	case mo.sum().Shippable == 0:
		m.want(err, "delivery.nothing_left")
		return
	}
	m.want(err, "")
	for i := range mo.lines {
		n := mo.lines[i].Shippable()
		if one {
			n = 0
			if &mo.lines[i] == l {
				n = 1
			}
		}
		mo.lines[i].Shipped += n
		m.hand[mo.shop][mo.lines[i].sku] -= n
		m.held[mo.shop][mo.lines[i].sku] -= n
	}
	if mo.sum().Shippable == 0 {
		mo.state = order.Shipped
	}
}

func (m *model) doAsk(o op) {
	mo := prefer(m.orders, o.A, func(mo *mOrder) bool { return mo.state != order.Pending && mo.state != order.Closed })
	if mo == nil {
		return
	}
	i := o.C % len(mo.lines)
	l := &mo.lines[i]
	a := &mAsk{kind: daftersale.Refund, state: daftersale.Requested, line: i, qty: 1 + int64(o.C>>8)%3}
	if o.B%2 == 1 {
		a.kind = daftersale.Return
	}
	out, err := m.ask(mo.placed, a.kind, aftersale.AskedLine{LineNo: l.No, Qty: a.qty})
	limit := l.Refundable()
	if a.kind == daftersale.Return {
		limit = min(limit, l.Shipped-(l.Refunding+l.Refunded-l.Held))
	} else {
		a.held = min(a.qty, l.Shippable())
	}
	switch {
	case mo.state == order.Pending || mo.state == order.Closed:
		m.want(err, "aftersale.order_state")
		return
	case a.qty > limit:
		m.want(err, "aftersale.quantity")
		return
	}
	m.want(err, "")
	a.id, a.amount = out.AftersaleID, out.Amount
	l.Refunding, l.Held = l.Refunding+a.qty, l.Held+a.held
	mo.asks = append(mo.asks, a)
	m.amounts(mo)
}

// amounts checks that what is asked never exceeds what was paid, and is all of a
// line's money when all of its units are asked back.
func (m *model) amounts(mo *mOrder) {
	var all money.Fen
	byLine := make([]money.Fen, len(mo.lines))
	for _, a := range mo.asks {
		if a.state != daftersale.Refused && a.state != daftersale.Cancelled {
			all += a.amount
			byLine[a.line] += a.amount
		}
	}
	if all > mo.placed.Total {
		m.f.Fatalf("%s asked back of %s", all, mo.placed.Total)
	}
	for i, l := range mo.lines {
		if l.Refunding+l.Refunded == l.Qty && byLine[i] < l.Amount {
			m.f.Fatalf("all %d units of a line are asked back, but only %s of %s", l.Qty, byLine[i], l.Amount)
		}
	}
}

// pickAsk picks an after-sale, preferably one in the given states.
func (m *model) pickAsk(o op, in ...daftersale.State) (*mOrder, *mAsk) {
	fits := func(a *mAsk) bool { return slices.Contains(in, a.state) }
	mo := prefer(m.orders, o.A, func(mo *mOrder) bool { return slices.ContainsFunc(mo.asks, fits) })
	if mo == nil {
		return nil, nil
	}
	return mo, prefer(mo.asks, o.B, fits)
}

func (m *model) doApprove(o op) {
	mo, a := m.pickAsk(o, daftersale.Requested)
	if a == nil {
		return
	}
	_, err := m.after.Approve(ctx, mo.placed.ShopID, a.id)
	if a.state == daftersale.Refused || a.state == daftersale.Cancelled {
		m.want(err, "aftersale.state")
		return
	}
	m.want(err, "")
	if a.state == daftersale.Requested {
		a.state = daftersale.Refunding
		if a.kind == daftersale.Return {
			a.state = daftersale.Approved
		}
	}
}

// letGo gives the units of an after-sale back to their line.
func (mo *mOrder) letGo(a *mAsk, s daftersale.State) {
	a.state = s
	mo.lines[a.line].Refunding -= a.qty
	mo.lines[a.line].Held -= a.held
}

func (m *model) doRefuse(o op) {
	mo, a := m.pickAsk(o, daftersale.Requested, daftersale.Returning)
	if a == nil {
		return
	}
	_, err := m.after.Refuse(ctx, mo.placed.ShopID, a.id, "不同意")
	switch a.state {
	case daftersale.Requested, daftersale.Returning:
		m.want(err, "")
		mo.letGo(a, daftersale.Refused)
	case daftersale.Refused:
		m.want(err, "")
	default:
		m.want(err, "aftersale.state")
	}
}

func (m *model) doWithdraw(o op) {
	mo, a := m.pickAsk(o, daftersale.Requested, daftersale.Approved)
	if a == nil {
		return
	}
	_, err := m.after.CancelRequest(ctx, m.buyer, mo.placed.ShopID, a.id)
	switch a.state {
	case daftersale.Requested, daftersale.Approved:
		m.want(err, "")
		mo.letGo(a, daftersale.Cancelled)
	case daftersale.Cancelled:
		m.want(err, "")
	default:
		m.want(err, "aftersale.state")
	}
}

func (m *model) doParcel(o op) {
	mo, a := m.pickAsk(o, daftersale.Approved)
	if a == nil {
		return
	}
	_, err := m.after.GiveReturnParcel(ctx, m.buyer, mo.placed.ShopID, a.id, carrierCode, "SF9999999999999")
	if a.state != daftersale.Approved && a.state != daftersale.Returning {
		m.want(err, "aftersale.state")
		return
	}
	m.want(err, "")
	a.state = daftersale.Returning
}

func (m *model) doReturned(o op) {
	mo, a := m.pickAsk(o, daftersale.Approved, daftersale.Returning)
	if a == nil {
		return
	}
	restock := o.C%2 == 0
	_, err := m.after.ConfirmReturned(ctx, mo.placed.ShopID, a.id, 0, restock)
	switch {
	case a.state == daftersale.Approved || a.state == daftersale.Returning:
		m.want(err, "")
		a.state = daftersale.Refunding
		if restock {
			m.hand[mo.shop][mo.lines[a.line].sku] += a.qty
		}
	case a.kind == daftersale.Return && (a.state == daftersale.Refunding || a.state == daftersale.Refunded):
		m.want(err, "")
	default:
		m.want(err, "aftersale.state")
	}
}

func (m *model) doRefunds(op) {
	if _, err := m.world.pay.SweepRefunds(ctx, m.clock.now(), 1000); err != nil {
		m.f.Fatalf("%v", err)
	}
	for _, mo := range m.orders {
		for _, a := range mo.asks {
			if a.state == daftersale.Refunding {
				m.refunded(mo, a)
			}
		}
	}
	var holds money.Fen
	m.read(func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT CAST(COALESCE(SUM(CASE WHEN debit = 'provider_wechat' THEN amount WHEN credit = 'provider_wechat' THEN -amount ELSE 0 END), 0) AS BIGINT) FROM ledger_transfers WHERE phase IN ('direct', 'posted')`).Scan(&holds)
	})
	var unbooked money.Fen
	for _, b := range m.boxes {
		if b.result != nil && !b.booked {
			for _, p := range b.result.Parts {
				unbooked += p.Amount
			}
		}
	}
	if got := m.bank.holds(); got != holds+unbooked {
		m.f.Fatalf("the bank holds %s, the ledger says %s and %s are not booked yet", got, holds, unbooked)
	}
}

func (m *model) refunded(mo *mOrder, a *mAsk) {
	a.state = daftersale.Refunded
	l := &mo.lines[a.line]
	l.Refunding, l.Refunded, l.Released = l.Refunding-a.qty, l.Refunded+a.qty, l.Released+a.held
	m.held[mo.shop][l.sku] -= a.held
	s := mo.sum()
	switch {
	case mo.state != order.Paid && mo.state != order.Shipped:
	case s.Refunded == s.Qty:
		mo.state = order.Closed
	case mo.state == order.Paid && s.Shippable == 0 && s.Shipped > 0:
		mo.state = order.Shipped
	}
}

func (m *model) doReceive(o op) {
	mo := prefer(m.orders, o.A, func(mo *mOrder) bool { return mo.state == order.Shipped })
	if mo == nil {
		return
	}
	err := m.world.delivery.ConfirmReceived(ctx, m.buyer, mo.placed.ShopID, mo.placed.OrderID)
	switch {
	case mo.state == order.Received:
		m.want(err, "")
	case mo.state != order.Shipped:
		m.want(err, "order.state")
	case mo.refundState() == order.RefundAsked:
		m.want(err, "delivery.aftersale_open")
	case mo.sum().Shippable > 0:
		m.want(err, "order.state")
	default:
		m.want(err, "")
		mo.state = order.Received
	}
}
