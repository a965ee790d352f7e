package recon

import "github.com/shuke-commerce/shuke/internal/platform/money"

// States of bills and of ours that are compared.
const (
	stateSucceeded = "succeeded" // of our refunds
	statePaid      = "paid"      // of our payments
	stateLate      = "late"
	// BillSuccess is the state of a line that needs no further word.
	BillSuccess = "SUCCESS"
)

// differ makes a difference of a line and an entry; either may be missing.
func differ(k Kind, l *Line, o *Ours) Difference {
	d := Difference{Kind: k, State: k.birth()}
	if o != nil {
		d.Number, d.Transaction, d.OfShop, d.OrderID, d.PaymentID, d.BuyerID, d.RefundID = o.Number, o.Transaction, o.Shop, o.Order, o.Payment, o.Buyer, o.RefundID
		d.Here, d.HereState, d.At = o.Amount, o.State, o.At
	}
	if l != nil {
		d.Number, d.Transaction, d.There, d.ThereState, d.Line, d.At = l.Number, l.Transaction, l.Amount, l.State, l.No, l.At
	}
	return d
}

// judge compares a line with the entry of the same number.
func (r Rules) judge(l *Line, o *Ours) []Difference {
	var out []Difference
	add := func(k Kind) *Difference {
		out = append(out, differ(k, l, o))
		return &out[len(out)-1]
	}
	if l.Amount != o.Amount {
		if o.Refund {
			add(RefundDiffers)
		} else {
			add(AmountDiffers)
		}
	}
	if o.Transaction != "" && l.Transaction != o.Transaction {
		d := add(TransactionDiffers)
		d.ThereState, d.HereState = l.Transaction, o.Transaction
	}
	if o.Refund && refundFailed(l.State) && o.State == stateSucceeded {
		add(StateDiffers)
	}
	want := o.Amount
	if o.Refund {
		want = -want
	}
	if o.Booked != want {
		d := add(LedgerDiffers)
		d.There, d.Here = want, o.Booked
	}
	if l.Kind == LinePaid && r.FeeBps > 0 && l.Fee != r.expectedFee(l.Amount) {
		d := add(FeeDiffers)
		d.There, d.Here = l.Fee, r.expectedFee(l.Amount)
	}
	return out
}

// refundFailed tells that a refund of the bill will not be made as it stands.
func refundFailed(state string) bool {
	return state != BillSuccess && state != "PROCESSING" && state != ""
}

// Stray judges a line whose number we have not on its day, given what we have
// under it at all (nil: nothing). belongs tells that our entry, of another day,
// belongs to this bill. A payment that was reversed and that we have not as paid
// is no difference.
func (r Rules) Stray(l *Line, o *Ours) (all []Difference, belongs bool) {
	if o == nil {
		return strange(l), false
	}
	if l.Kind == LineReversed || l.Kind == lineUndone {
		if o.State == statePaid || o.State == stateLate {
			return []Difference{differ(StateDiffers, l, o)}, false
		}
		return nil, false
	}
	ended := o.State == statePaid || o.State == stateLate || o.State == stateSucceeded
	switch {
	case ended:
		return append([]Difference{differ(OtherDay, l, o)}, r.judge(l, o)...), true
	case !o.Refund:
		return []Difference{differ(MissingHere, l, o)}, false
	case l.State == BillSuccess:
		all = []Difference{differ(StateDiffers, l, o)}
	default: // under way on both sides: remembered, for its end comes on another day
		all = []Difference{differ(OtherDay, l, o)}
	}
	if l.Amount != o.Amount {
		all = append(all, differ(RefundDiffers, l, o))
	}
	return all, false
}

// strange is a line that we know nothing of.
func strange(l *Line) []Difference {
	switch l.Kind {
	case LineRefund:
		return []Difference{differ(RefundMissingHere, l, nil)}
	case LineReversed, lineUndone:
		return nil
	}
	return []Difference{differ(UnknownOrder, l, nil)}
}

// Unlisted is an entry of ours that stands on no bill.
func Unlisted(o *Ours) Difference {
	if o.Refund {
		return differ(RefundMissingThere, nil, o)
	}
	return differ(MissingThere, nil, o)
}

// CompareFunds holds the sums of a fund-flow bill against those of the trade bill
// of its day. A refund takes what was given back less the fee that comes back.
func CompareFunds(f Figures, paid, back, fees Moved) []Difference {
	var out []Difference
	add := func(name string, there, here money.Fen) {
		if there != here {
			d := differ(FundDiffers, nil, nil)
			d.Number, d.There, d.Here = name, there, here
			out = append(out, d)
		}
	}
	add("fund:paid", paid.In-paid.Out, f.There.Amount)
	add("fund:refund", back.Out-back.In, f.There.RefundAmount-f.FeeBack)
	add("fund:fee", fees.Out-fees.In, f.Fee)
	return out
}
