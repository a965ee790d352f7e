package reconcile

import (
	"errors"
	"slices"

	"github.com/shuke-commerce/shuke/internal/domain/ledger"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/domain/recon"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// page is how many of our entries are read at once, and how many numbers asked for.
const page = 500

// ours hands what we say of the run's day to each: payments by the provider's
// time, refunds by the time they were done.
func (w *making) ours(each func(*recon.Ours) error) error {
	last := id.ID(0)
	for {
		var shops []shop.Shop
		if err := w.DB.Read(w.ctx, func(tx *db.Tx) (err error) {
			shops, err = shop.List(tx, last)
			return err
		}); err != nil || len(shops) == 0 {
			return err
		}
		for _, s := range shops {
			if err := errors.Join(w.payments(s.ID, each), w.refunds(s.ID, each)); err != nil {
				return err
			}
			last = s.ID
		}
	}
}

func (w *making) payments(of id.ID, each func(*recon.Ours) error) error {
	from, to, err := recon.Bounds(w.r.Day)
	if err != nil {
		return err
	}
	var last payment.Part
	for {
		var parts []payment.Part
		var booked map[ledger.OrderRef]money.Fen
		if err := w.DB.Read(w.ctx, func(tx *db.Tx) (err error) {
			if parts, err = payment.PaidParts(tx, w.a.Account, of, from, to, last, page); err != nil || len(parts) == 0 {
				return err
			}
			booked, err = ledger.Booked(tx, of, w.a.Provider, ordersOf(parts))
			return err
		}); err != nil {
			return err
		}
		for _, p := range parts {
			o := oursOf(p, booked)
			if err := each(&o); err != nil {
				return err
			}
		}
		if len(parts) < page {
			return nil
		}
		last = parts[len(parts)-1]
	}
}

func ordersOf(parts []payment.Part) []id.ID {
	out := make([]id.ID, len(parts))
	for i, p := range parts {
		out[i] = p.OrderID
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func oursOf(p payment.Part, booked map[ledger.OrderRef]money.Fen) recon.Ours {
	return recon.Ours{Number: p.TradeNo, Transaction: p.TransactionID, Shop: p.ShopID, Order: p.OrderID, Payment: p.PaymentID, Buyer: p.BuyerID,
		Amount: p.Amount, Booked: booked[ledger.OrderRef{Order: p.OrderID, Ref: p.PaymentID}], State: string(p.State), At: p.PaidAt}
}

func (w *making) refunds(of id.ID, each func(*recon.Ours) error) error {
	from, to, err := recon.Bounds(w.r.Day)
	if err != nil {
		return err
	}
	var last payment.Refund
	for {
		var all []payment.Refund
		var out []recon.Ours
		if err := w.DB.Read(w.ctx, func(tx *db.Tx) (err error) {
			if all, err = payment.DoneRefunds(tx, of, from, to, last, page); err != nil {
				return err
			}
			out, err = w.ownRefunds(tx, of, all)
			return err
		}); err != nil {
			return err
		}
		for i := range out {
			if err := each(&out[i]); err != nil {
				return err
			}
		}
		if len(all) < page {
			return nil
		}
		last = all[len(all)-1]
	}
}

// ownRefunds turns those refunds of a shop into entries that belong to the account.
func (w *making) ownRefunds(tx *db.Tx, of id.ID, all []payment.Refund) ([]recon.Ours, error) {
	if len(all) == 0 {
		return nil, nil
	}
	var orders []id.ID
	for _, f := range all {
		orders = append(orders, f.OrderID)
	}
	slices.Sort(orders)
	orders = slices.Compact(orders)
	parts, err := payment.PartsByPayment(tx, of, orders)
	if err != nil {
		return nil, err
	}
	booked, err := ledger.Booked(tx, of, w.a.Provider, orders)
	if err != nil {
		return nil, err
	}
	var out []recon.Ours
	for _, f := range all {
		p := parts[[2]id.ID{f.OrderID, f.PaymentID}]
		if p.Provider != w.a.Provider || p.MchID != w.a.MchID {
			continue
		}
		out = append(out, recon.Ours{Refund: true, Number: f.RefundNo, Transaction: f.ProviderID, Shop: f.ShopID, Order: f.OrderID, Payment: f.PaymentID, Buyer: p.BuyerID,
			RefundID: f.ID, Amount: f.Amount, Booked: booked[ledger.OrderRef{Order: f.OrderID, Ref: f.ID}], State: string(f.State), At: f.FinishedAt})
	}
	return out, nil
}

// compare compares one part of the day and stores what differs.
func (w *making) compare(i int) error {
	p, err := w.m.Compare(i)
	if err != nil {
		return err
	}
	here := &w.r.Figures.Here
	*here = here.Plus(p.Here)
	if err := w.store(p.Differences); err != nil {
		return err
	}
	for chunk := range slices.Chunk(p.Strays, page) {
		if err := w.strays(chunk); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(p.Unlisted, page) {
		if err := w.unlisted(chunk); err != nil {
			return err
		}
	}
	return nil
}

// strays looks lines up whose numbers we have not on that day.
func (w *making) strays(lines []recon.Line) error {
	found := make([]*recon.Ours, len(lines))
	if err := w.DB.Read(w.ctx, func(tx *db.Tx) error {
		for i := range lines {
			o, err := w.lookUp(tx, lines[i].Kind == recon.LineRefund, lines[i].Number)
			if err != nil {
				return err
			}
			found[i] = o
		}
		return nil
	}); err != nil {
		return err
	}
	var all []recon.Difference
	var numbers []string
	here := &w.r.Figures.Here
	rules := recon.Rules{FeeBps: w.a.FeeBps}
	for i := range lines {
		differences, belongs := rules.Stray(&lines[i], found[i])
		all = append(all, differences...)
		switch {
		case belongs:
			here.Add(found[i])
			numbers = append(numbers, lines[i].Number)
		case len(differences) == 0: // reversed there, and not paid here: nothing remains on either side
			here.AddLine(&lines[i])
		}
	}
	if len(numbers) > 0 {
		if err := w.DB.Write(w.ctx, func(tx *db.Tx) error { return recon.HealOther(tx, *w.r, numbers, w.Now()) }); err != nil {
			return err
		}
	}
	return w.store(all)
}

// unlisted sorts out entries of ours that the bill does not tell of: those that a
// bill of another day tells of, and those that are missing there.
func (w *making) unlisted(entries []recon.Ours) error {
	numbers := make([]string, len(entries))
	for i, o := range entries {
		numbers[i] = o.Number
	}
	var known map[string]bool
	if err := w.DB.Read(w.ctx, func(tx *db.Tx) (err error) {
		known, err = recon.OnOtherDay(tx, *w.r, numbers)
		return err
	}); err != nil {
		return err
	}
	var all []recon.Difference
	for i := range entries {
		if !known[entries[i].Number] {
			w.r.Figures.Here.Add(&entries[i])
			all = append(all, recon.Unlisted(&entries[i]))
		}
	}
	return w.store(all)
}

// store writes differences, up to so many of a kind, and counts them.
func (w *making) store(all []recon.Difference) error {
	var keep []recon.Difference
	for _, d := range all {
		if w.found[d.Kind]++; w.found[d.Kind] <= kept {
			keep = append(keep, d)
		}
	}
	for chunk := range slices.Chunk(keep, page) {
		if err := w.DB.Write(w.ctx, func(tx *db.Tx) error { return recon.Store(tx, w.IDs, *w.r, chunk, w.Now()) }); err != nil {
			return err
		}
	}
	return nil
}

// lookUp finds what we have under a number of the provider's bill, nil for nothing.
func (w *making) lookUp(tx *db.Tx, refund bool, number string) (*recon.Ours, error) {
	if refund {
		of, no, err := payment.ParseRefundNo(number)
		if err != nil {
			return nil, nil
		}
		f, err := payment.GetRefund(tx, of, no)
		if errors.Is(err, payment.ErrRefundNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out, err := w.ownRefunds(tx, of, []payment.Refund{f})
		if err != nil || len(out) == 0 {
			return nil, err
		}
		return &out[0], nil
	}
	p, err := partOf(tx, number)
	if errors.Is(err, payment.ErrPaymentNotFound) || errors.Is(err, order.ErrNoCheckout) {
		return nil, nil
	}
	if err != nil || p.Provider != w.a.Provider || p.MchID != w.a.MchID {
		return nil, err
	}
	booked, err := ledger.Booked(tx, p.ShopID, w.a.Provider, []id.ID{p.OrderID})
	o := oursOf(p, booked)
	return &o, err
}

// partOf finds the part with a number: that of a single payment names the buyer,
// that of a part of a combined one the shop.
func partOf(tx *db.Tx, number string) (payment.Part, error) {
	if of, _, err := payment.ParsePartNo(number); err == nil {
		return payment.PartByNumber(tx, of, number)
	}
	buyer, no, err := payment.ParseTradeNo(number)
	if err != nil {
		return payment.Part{}, payment.ErrPaymentNotFound
	}
	pay, err := payment.Get(tx, buyer, no)
	if err != nil {
		return payment.Part{}, err
	}
	c, err := order.GetCheckout(tx, buyer, pay.CheckoutID)
	if err != nil {
		return payment.Part{}, err
	}
	for _, r := range c.Orders {
		p, err := payment.GetPart(tx, r.Shop, r.Order, pay.ID)
		if !errors.Is(err, payment.ErrPaymentNotFound) && (err != nil || p.TradeNo == number) {
			return p, err
		}
	}
	return payment.Part{}, payment.ErrPaymentNotFound
}
