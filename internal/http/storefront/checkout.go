package storefront

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
	"github.com/shuke-commerce/shuke/internal/domain/payment"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/checkout"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/flow/visiting"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerCheckout(api huma.API) {
	send(api, http.MethodPost, "/checkout/quote", "quote", "What a checkout would cost", a.quote)
	send(api, http.MethodPost, "/orders", "placeOrder", "Place the orders of a checkout, once per Idempotency-Key", a.placeOrder)
	send(api, http.MethodPost, "/checkouts/{checkout}/pay", "pay", "Begin to pay in a way the browser can: what WeChat's pay sheet takes, the text of a QR code, or an address to go to", a.pay)
	get(api, "/checkouts/{checkout}/payment", "payment", "Where the payment stands, by the provider's word", a.payment)
}

// LineInput is what is bought.
type LineInput struct {
	ShopID   id.ID `json:"shop_id"`
	SkuID    id.ID `json:"sku_id"`
	Quantity int64 `json:"quantity" minimum:"1" maximum:"999"`
	FlashID  id.ID `json:"flash_id,omitempty" doc:"the flash sale at whose price it is bought; none: the usual price"`
}

func lines(in []LineInput) []checkout.Line {
	out := make([]checkout.Line, len(in))
	for i, l := range in {
		out[i] = checkout.Line{Shop: l.ShopID, SKU: l.SkuID, Qty: l.Quantity, Flash: l.FlashID}
	}
	return out
}

type quoteIn struct {
	Body struct {
		Lines []LineInput `json:"lines,omitempty" maxItems:"100" doc:"none: the selected lines of the cart"`
	}
}

func (a *API) quote(ctx context.Context, in *quoteIn) (*body[Quote], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	q, err := a.Checkout.Quote(ctx, b, lines(in.Body.Lines))
	if err != nil {
		return nil, err
	}
	shops, err := a.shopCards(ctx)
	if err != nil {
		return nil, err
	}
	out := Quote{Shops: []QuoteShop{}, Total: q.Total, OK: q.OK}
	for _, s := range q.Shops {
		part := QuoteShop{Shop: shops(s.Shop, s.Name), Lines: []QuoteLine{}, ItemsTotal: s.Items, ShippingFee: s.Shipping, Total: s.Total}
		for _, l := range s.Lines {
			part.Lines = append(part.Lines, QuoteLine{SkuID: l.SKU, ProductID: l.Product, Title: l.Title, Options: options(l.Options), Picture: l.Picture,
				Price: l.Price, Quantity: l.Qty, Amount: l.Amount, Problem: string(l.Problem), Available: l.Available, FlashID: l.Flash, UsualPrice: l.Usual})
		}
		out.Shops = append(out.Shops, part)
	}
	return ok(out, nil)
}

// shopCards looks shops up in the cached front page; a shop that is not there
// keeps the name that is known of it.
func (a *API) shopCards(ctx context.Context) (func(id.ID, string) ShopCard, error) {
	home, err := a.home.get(a.Now(), homeLife, func() (Home, error) { return a.loadHome(ctx) })
	return func(shop id.ID, name string) ShopCard {
		for _, s := range home.Shops {
			if s.ID == shop {
				return s
			}
		}
		return ShopCard{ID: shop, Name: name}
	}, err
}

type placeOrderIn struct {
	Key  string `header:"Idempotency-Key" doc:"8 to 80 characters, new for each order the buyer means to place"`
	Body struct {
		Lines       []LineInput       `json:"lines" minItems:"1" maxItems:"100"`
		FromCart    bool              `json:"from_cart,omitempty" doc:"take the lines out of the cart"`
		AddressID   id.ID             `json:"address_id"`
		Remarks     map[string]string `json:"remarks,omitempty" doc:"by shop id; at most 200 characters each"`
		ExpectTotal money.Fen         `json:"expect_total" minimum:"0" doc:"the total the buyer saw; another one is refused"`
		Source      string            `json:"source,omitempty" maxLength:"40" doc:"what the link that led here said of itself"`
	}
}

var errRemark = errs.New(errs.Invalid, "checkout.remarks", "留言的店铺编号有误", "A remark names no shop")

func (a *API) placeOrder(ctx context.Context, in *placeOrderIn) (*body[Placed], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	canonical, err := json.Marshal(in.Body)
	if err != nil {
		return nil, err
	}
	if in.Body.AddressID == 0 {
		return nil, buyer.ErrAddressNotFound
	}
	remarks := make(map[id.ID]string, len(in.Body.Remarks))
	for k, text := range in.Body.Remarks {
		shop, err := id.Parse(k)
		if err != nil {
			return nil, errRemark.At("remarks")
		}
		remarks[shop] = text
	}
	p, err := a.Checkout.PlaceOrder(ctx, checkout.In{Buyer: b, Key: in.Key, InputHash: idem.Hash(canonical), Lines: lines(in.Body.Lines), FromCart: in.Body.FromCart,
		AddressID: in.Body.AddressID, Remarks: remarks, Source: visiting.Source(in.Body.Source), ExpectTotal: in.Body.ExpectTotal})
	if err != nil {
		return nil, err
	}
	out := Placed{CheckoutID: p.CheckoutID, Total: p.Total, PayDeadline: p.PayDeadline, Orders: make([]OrderRef, 0, len(p.Orders))}
	for _, o := range p.Orders {
		out.Orders = append(out.Orders, OrderRef{ShopID: o.ShopID, OrderID: o.OrderID, Total: o.Total})
	}
	return ok(out, nil)
}

// CheckoutIn names one checkout in a path; exported, because huma reads no other
// embedded fields.
type CheckoutIn struct {
	Checkout id.ID `path:"checkout"`
}

type payIn struct {
	CheckoutIn
	Way string `query:"way" enum:"jsapi,native,h5,alipay_page,alipay_wap" default:"jsapi"`
}

// PayStart is what the page does next; which fields are filled depends on the way.
type PayStart struct {
	payment.JSParams
	Way   string    `json:"way"`
	QR    string    `json:"qr" doc:"native: text of the QR code"`
	URL   string    `json:"url" doc:"h5 and Alipay: where the browser goes"`
	Until time.Time `json:"until" doc:"from then on the same call gives a new code or address"`
}

func (a *API) pay(ctx context.Context, in *payIn) (*body[PayStart], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	s, err := a.Pay.StartBy(ctx, b, in.Checkout, pay.By{Way: payment.Way(in.Way), ClientIP: edge.RequestOf(ctx).IP})
	return ok(PayStart{JSParams: s.Params, Way: string(s.Way), QR: s.QR, URL: s.URL, Until: s.Until}, err)
}

type paymentIn struct {
	CheckoutIn
	Agent string `header:"User-Agent"`
}

func (a *API) payment(ctx context.Context, in *paymentIn) (*body[PaymentState], error) {
	b, err := buyerOf(ctx)
	if err != nil {
		return nil, err
	}
	s, err := a.Pay.State(ctx, b, in.Checkout)
	if err != nil {
		return nil, err
	}
	out := PaymentState{State: string(s.State), Total: s.Total, PayDeadline: s.Deadline, Orders: make([]OrderRef, 0, len(s.Orders)), Ways: []string{}}
	for _, w := range a.Pay.Ways(in.Agent, edge.RequestOf(ctx).IP) {
		out.Ways = append(out.Ways, string(w))
	}
	for _, o := range s.Orders {
		out.Orders = append(out.Orders, OrderRef{ShopID: o.Shop, OrderID: o.Order, Total: o.Total, State: string(o.State)})
	}
	return ok(out, nil)
}
