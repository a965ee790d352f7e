// Package aftersale is the recipe of justice: a buyer asks money back, the shop
// decides, goods return. Approving creates the refund in the same transaction;
// flow/pay sends it and finishes the after-sale when the provider has paid.
package aftersale

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/shuke-commerce/shuke/internal/domain/aftersale"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Config sets the limits. Zero fields take the defaults.
type Config struct {
	Window       time.Duration // after receipt in which a buyer may ask; default 15 days
	DecidedGrace time.Duration // least time to receipt after an after-sale ended; default 3 days
}

// Deps is what the recipe works with. Safe for concurrent use.
type Deps struct {
	DB      *db.DB
	IDs     *id.Source
	Emitter *jobs.Emitter
	Now     func() time.Time
	Config  Config
}

func or(v, fallback time.Duration) time.Duration {
	if v > 0 {
		return v
	}
	return fallback
}

// Errors of this recipe.
var (
	ErrOrder    = errs.New(errs.Conflict, "aftersale.order_state", "订单当前状态不能申请售后", "The order is not in a state that allows an after-sale")
	ErrWindow   = errs.New(errs.Gone, "aftersale.window", "已超过售后期限", "The time for after-sales is over")
	ErrQuantity = errs.New(errs.Conflict, "aftersale.quantity", "申请数量超过可售后数量", "More units than may be asked back")
	ErrLines    = errs.New(errs.Invalid, "aftersale.lines", "请选择要售后的商品", "Choose what to give back")
	ErrNothing  = errs.New(errs.Conflict, "aftersale.nothing_to_refund", "所选商品没有可退金额", "Nothing was paid for this")
	ErrReason   = errs.New(errs.Invalid, "aftersale.reason", "请填写原因（200 字以内）", "Give a reason (at most 200 characters)")
	ErrParcel   = errs.New(errs.Invalid, "aftersale.parcel", "快递公司或单号不正确", "Carrier or tracking number is not valid")
)

// AskedLine is what of an order line the buyer wants back.
type AskedLine struct {
	LineNo id.ID
	Qty    int64
}

// RequestIn is a buyer's wish.
type RequestIn struct {
	Buyer     id.ID
	Key       string // Idempotency-Key
	InputHash string
	Shop      id.ID
	Order     id.ID
	Kind      aftersale.Kind
	Reason    string // at most 200 characters, required
	Note      string // at most 500 characters
	Lines     []AskedLine
}

// Requested is the answer to Request and Preview.
type Requested struct {
	AftersaleID id.ID     `json:"aftersale_id"`
	Amount      money.Fen `json:"amount"`   // to be paid back, shipping included
	Shipping    money.Fen `json:"shipping"` // of that, the shipping fee
	Repeated    bool      `json:"-"`
}

// Request asks units of order lines back. The amount is their exact share of what
// was paid; the shipping fee is added when nothing was shipped and nothing is left.
// Unshipped units are held back from shipping until the shop decides.
//
// Errors: order.not_found, aftersale.order_state, .window, .quantity, .lines,
// .reason, .nothing_to_refund, idempotency.*.
func (d *Deps) Request(ctx context.Context, in RequestIn) (Requested, error) {
	if err := in.check(); err != nil {
		return Requested{}, err
	}
	var out Requested
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		now := d.Now()
		var repeated bool
		out, repeated, err = idem.Once(tx, idem.Owner{Buyer: in.Buyer}, in.Key, in.InputHash, http.StatusCreated, now, func() (Requested, error) { return d.request(tx, in, now) })
		out.Repeated = repeated
		return err
	})
	if err != nil {
		return Requested{}, err
	}
	return out, nil
}

func (in RequestIn) check() error {
	if in.Reason == "" || utf8.RuneCountInString(in.Reason) > 200 || utf8.RuneCountInString(in.Note) > 500 {
		return ErrReason
	}
	return in.checkLines()
}

func (in RequestIn) checkLines() error {
	if len(in.Lines) == 0 || len(in.Lines) > 100 || in.Kind != aftersale.Refund && in.Kind != aftersale.Return {
		return ErrLines
	}
	seen := map[id.ID]bool{}
	for _, l := range in.Lines {
		if l.Qty < 1 || seen[l.LineNo] {
			return ErrLines
		}
		seen[l.LineNo] = true
	}
	return nil
}

// Preview tells what Request would pay back, without asking. Key and Reason are
// not needed.
func (d *Deps) Preview(ctx context.Context, in RequestIn) (Requested, error) {
	if err := in.checkLines(); err != nil {
		return Requested{}, err
	}
	var out Requested
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		o, err := order.OfBuyer(tx, in.Buyer, in.Shop, in.Order)
		if err != nil {
			return err
		}
		w, err := d.weigh(tx, in, o, d.Now())
		out.Amount, out.Shipping = w.amount, w.shipping
		return err
	})
	return out, err
}

func (d *Deps) request(tx *db.Tx, in RequestIn, now time.Time) (Requested, error) {
	o, err := order.Lock(tx, in.Shop, in.Order)
	if err != nil {
		return Requested{}, err
	}
	if o.BuyerID != in.Buyer {
		return Requested{}, order.ErrNotFound
	}
	w, err := d.weigh(tx, in, o, now)
	if err != nil {
		return Requested{}, err
	}
	a := aftersale.Aftersale{
		ShopID: in.Shop, ID: d.IDs.Next(), OrderID: in.Order, BuyerID: in.Buyer, Kind: in.Kind, State: aftersale.Requested, Reason: in.Reason, Note: in.Note,
		Amount: w.amount, ShippingAmount: w.shipping, OrderState: string(o.State), Title: w.title, Picture: w.picture, CreatedAt: now,
	}
	if err := aftersale.Put(tx, a, w.lines); err != nil {
		return Requested{}, err
	}
	for _, l := range w.lines {
		err := order.Count(tx, in.Shop, in.Order, l.LineNo, order.Counts{Refunding: l.Qty, Held: l.Unshipped})
		if errors.Is(err, db.ErrNoRow) {
			err = ErrQuantity.With("line", l.LineNo)
		}
		if err != nil {
			return Requested{}, err
		}
	}
	if err := order.SetRefundState(tx, in.Shop, in.Order, order.RefundAsked, time.Time{}, now); err != nil {
		return Requested{}, err
	}
	return Requested{AftersaleID: a.ID, Amount: a.Amount, Shipping: a.ShippingAmount}, d.emit(tx, event.AftersaleRequested, a, a.State, in.Reason, now)
}

// weighed is a wish with its amounts.
type weighed struct {
	lines            []aftersale.Line
	amount, shipping money.Fen
	title, picture   string
}

// weigh checks a wish against the order and computes what it is worth.
func (d *Deps) weigh(tx *db.Tx, in RequestIn, o order.Order, now time.Time) (weighed, error) {
	var w weighed
	switch o.State {
	case order.Paid, order.Shipped:
	case order.Received:
		if now.Sub(o.ReceivedAt) > or(d.Config.Window, 15*24*time.Hour) {
			return w, ErrWindow
		}
	default:
		return w, ErrOrder
	}
	lines, err := order.Lines(tx, o.ShopID, o.ID)
	if err != nil {
		return w, err
	}
	asked, err := aftersale.AskedOf(tx, o.ShopID, o.ID)
	if err != nil {
		return w, err
	}
	amounts := make([]money.Fen, len(lines))
	for i, l := range lines {
		amounts[i] = l.Amount
	}
	paid := aftersale.PaidByLine(o.ItemsTotal, o.Discount, amounts)
	for _, want := range in.Lines {
		i := slices.IndexFunc(lines, func(l order.Line) bool { return l.No == want.LineNo })
		if i < 0 {
			return w, ErrLines
		}
		if err := w.add(in.Kind, lines[i], paid[i], asked.Lines[want.LineNo], want.Qty); err != nil {
			return w, err
		}
	}
	if whole(lines, in.Lines) {
		w.shipping = max(o.ShippingFee-asked.Shipping, 0)
		w.amount += w.shipping
	}
	if w.amount < 1 {
		return w, ErrNothing
	}
	return w, nil
}

func (w *weighed) add(kind aftersale.Kind, l order.Line, paid, asked money.Fen, qty int64) error {
	limit := l.Refundable()
	line := aftersale.Line{LineNo: l.No, Qty: qty}
	if kind == aftersale.Return {
		limit = min(limit, l.Returnable())
	} else {
		line.Unshipped = min(qty, l.Shippable())
	}
	if qty > limit {
		return ErrQuantity.With("line", l.No).With("available", max(limit, 0))
	}
	line.Amount = aftersale.Share(aftersale.Bought{Paid: paid, Qty: l.Qty, Asked: asked, Left: l.Refundable()}, qty)
	w.amount += line.Amount
	w.lines = append(w.lines, line)
	if w.title == "" {
		w.title, w.picture = l.Title, l.Picture
	}
	return nil
}

// whole tells that nothing of the order was shipped and that with these units
// everything of it is asked back.
func whole(lines []order.Line, asked []AskedLine) bool {
	var units int64
	for _, a := range asked {
		units += a.Qty
	}
	s := order.Sum(lines)
	return s.Shipped == 0 && s.Refunding+s.Refunded+units == s.Qty
}

func (d *Deps) emit(tx *db.Tx, kind string, a aftersale.Aftersale, s aftersale.State, reason string, now time.Time) error {
	return d.Emitter.Emit(tx, now, a.ShopID, kind, event.Aftersale{
		ShopID: a.ShopID, OrderID: a.OrderID, BuyerID: a.BuyerID, AftersaleID: a.ID, Kind: string(a.Kind), State: string(s), Amount: a.Amount, Reason: reason,
	})
}
