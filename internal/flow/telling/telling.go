// Package telling tells buyers in the chat what became of their orders: once per
// reason, never twice.
package telling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/message"
	"github.com/shuke-commerce/shuke/internal/domain/shop"
	"github.com/shuke-commerce/shuke/internal/flow/event"
	"github.com/shuke-commerce/shuke/internal/platform/carrier"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/jobs"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

// Flow holds what the recipes need.
type Flow struct {
	DB      *db.DB
	IDs     *id.Source
	Now     func() time.Time
	Sender  message.Sender
	AppID   string
	BaseURL string // of the storefront, without a slash at the end
}

// Kinds lists the events that make a message.
func Kinds() []string {
	return []string{event.OrderPaid, event.OrderShipped, event.OrderRefunded, event.AftersaleDecided}
}

// Handle is the listener. It may run twice: a message is claimed by its reason
// before it is sent. A crash between claim and answer loses the message rather
// than sending it twice; where WeChat certainly did not get it, the job tries again.
func (f *Flow) Handle(ctx context.Context, e jobs.Event) error {
	note, err := f.compose(e)
	if err != nil {
		return fmt.Errorf("%w: %w", jobs.ErrGiveUp, err)
	}
	m := message.Message{BuyerID: note.buyer, ID: f.IDs.Next(), DedupeKey: note.reason, Channel: "official", Kind: e.Kind}
	var open buyer.OpenID
	var card message.Card
	var first bool
	err = f.DB.Write(ctx, func(tx *db.Tx) error {
		open, err = buyer.OpenIDOf(tx, note.buyer, f.AppID)
		if errors.Is(err, buyer.ErrNotFound) {
			return nil // a buyer from outside WeChat
		} else if err != nil {
			return err
		}
		if card, err = f.card(tx, e.Kind, note); err != nil {
			return err
		}
		m.Body = card.Title + "\n" + card.Text
		first, err = message.Begin(tx, m, f.Now())
		return err
	})
	if err != nil || !first {
		return err
	}
	out, sendErr := f.Sender.Send(ctx, open.OpenID, card)
	if errors.Is(sendErr, message.ErrNotSent) {
		return errors.Join(sendErr, f.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
			return message.Unclaim(tx, m.BuyerID, m.ID)
		}))
	}
	state, problem := "sent", ""
	if sendErr != nil {
		state, problem = "failed", sendErr.Error()
	} else if !out.Sent {
		state, problem = "skipped", out.Reason
	}
	return f.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		return message.Finish(tx, m.BuyerID, m.ID, state, problem, f.Now())
	})
}

// note is what an event says, before the shop and the order are looked up.
type note struct {
	buyer, shop, order id.ID
	reason             string // dedupe key
	amount             money.Fen
	carrier, no, why   string
	approved           bool
	whole              bool
}

func (f *Flow) compose(e jobs.Event) (n note, err error) {
	switch e.Kind {
	case event.OrderPaid:
		var p event.Order
		err = e.Decode(&p)
		n = note{buyer: p.BuyerID, shop: p.ShopID, order: p.OrderID, reason: fmt.Sprintf("paid/%d", p.OrderID), amount: p.Total}
	case event.OrderShipped:
		var p event.Parcel
		err = e.Decode(&p)
		n = note{buyer: p.BuyerID, shop: p.ShopID, order: p.OrderID, reason: fmt.Sprintf("shipped/%d", p.ShipmentID), carrier: p.Carrier, no: p.TrackingNo, whole: p.Whole}
	case event.OrderRefunded:
		var p event.Refund
		err = e.Decode(&p)
		n = note{buyer: p.BuyerID, shop: p.ShopID, order: p.OrderID, reason: fmt.Sprintf("refunded/%d", p.RefundID), amount: p.Amount}
	case event.AftersaleDecided:
		var p event.Aftersale
		err = e.Decode(&p)
		n = note{buyer: p.BuyerID, shop: p.ShopID, order: p.OrderID, reason: fmt.Sprintf("decided/%d/%s", p.AftersaleID, p.State), amount: p.Amount, why: p.Reason, approved: p.State != "refused"}
	default:
		err = fmt.Errorf("telling: no message for %s", e.Kind)
	}
	return n, err
}

func (f *Flow) card(tx *db.Tx, kind string, n note) (message.Card, error) {
	s, err := shop.Get(tx, n.shop)
	if err != nil {
		return message.Card{}, err
	}
	var title, picture string
	if err := tx.QueryRow(`SELECT title, picture FROM orders WHERE shop_id = $1 AND id = $2`, n.shop, n.order).Scan(&title, &picture); err != nil {
		return message.Card{}, err
	}
	c := message.Card{Kind: kind, URL: fmt.Sprintf("%s/orders/%d/%d?from=message", f.BaseURL, n.shop, n.order)}
	if picture != "" && picture[0] == '/' {
		picture = f.BaseURL + picture
	}
	c.Picture = picture
	c.Fields = map[string]string{"order_no": n.order.String(), "title": title, "shop": s.Name, "total": n.amount.String() + "元",
		"time": f.Now().In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04"), "carrier": carrierName(n.carrier), "tracking_no": n.no, "reason": n.why}
	what := fmt.Sprintf("%s · %s", s.Name, title)
	switch kind {
	case event.OrderPaid:
		c.Title, c.Text = fmt.Sprintf("付款成功 ¥%s", n.amount), what+"\n商家正在备货，点开查看订单"
	case event.OrderShipped:
		c.Title, c.Text = "包裹已发出", fmt.Sprintf("%s\n%s %s", what, carrierName(n.carrier), n.no)
		if !n.whole {
			c.Title = "部分商品已发出"
		}
	case event.OrderRefunded:
		c.Title, c.Text = fmt.Sprintf("退款到账 ¥%s", n.amount), what+"\n款项已原路退回"
	case event.AftersaleDecided:
		c.Title, c.Text = "售后申请已通过", what
		if !n.approved {
			c.Title, c.Text = "售后申请未通过", what+"\n原因："+n.why
		}
	}
	return c, nil
}

func carrierName(code string) string {
	if c, ok := carrier.ByCode(code); ok {
		return c.Name
	}
	return code
}
