package console

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	"github.com/shuke-commerce/shuke/internal/flow/counter"
	"github.com/shuke-commerce/shuke/internal/flow/orderview"
	"github.com/shuke-commerce/shuke/internal/flow/pay"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
	"github.com/shuke-commerce/shuke/internal/platform/money"
)

func (a *API) registerCounter(api huma.API) {
	shopOp(api, get, "/counter/goods", "counterGoods", staff.UseTill, "Goods on sale by barcode, merchant code or a part of the title", a.counterGoods)
	shopOp(api, get, "/counter/sales", "counterSales", staff.UseTill, "Sales of the counter, newest first", a.counterSales)
	shopOp(api, post, "/counter/sales", "placeSale", staff.UseTill, "Place a sale for a walk-in buyer, once per Idempotency-Key", a.placeSale)
	shopOp(api, get, "/counter/sales/{order}", "counterSale", staff.UseTill, "Where a sale stands, by the provider's word", a.counterSale)
	shopOp(api, post, "/counter/sales/{order}/charge", "chargeSale", staff.UseTill, "Charge the buyer's payment code, once per Idempotency-Key", a.chargeSale)
	shopOp(api, post, "/counter/sales/{order}/cancel", "cancelSale", staff.UseTill, "Give a sale up; a charge that waits is reversed first", a.cancelSale)
}

type counterGoodsIn struct {
	ShopIn
	Search string `query:"q" maxLength:"60" doc:"barcode, merchant code or a part of the title"`
}

func (a *API) counterGoods(ctx context.Context, in *counterGoodsIn) (*body[[]catalog.Found], error) {
	found, err := a.Counter.Find(ctx, in.Shop, in.Search)
	for i := range found {
		found[i].Options = list(found[i].Options)
	}
	return ok(list(found), err)
}

func (a *API) counterSales(ctx context.Context, in *struct {
	ShopIn
	PageIn
}) (*body[OrderPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	all, err := a.Counter.Recent(ctx, in.Shop, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := OrderPage{Items: make([]OrderRow, 0, len(all))}
	for _, o := range all {
		out.Items = append(out.Items, rowOf(o))
	}
	if len(all) == in.Limit {
		out.Next = all[len(all)-1].ID.String()
	}
	return ok(out, nil)
}

type placeSaleIn struct {
	ShopIn
	Key  string `header:"Idempotency-Key"`
	Body struct {
		Lines []struct {
			SkuID    id.ID `json:"sku_id"`
			Quantity int64 `json:"quantity" minimum:"1" maximum:"999"`
		} `json:"lines,omitempty" maxItems:"100"`
		Amount money.Fen `json:"amount,omitempty" minimum:"0" maximum:"10000000" doc:"fen beside the goods"`
		Note   string    `json:"note,omitempty" maxLength:"60" doc:"what the amount is for"`
	}
}

func (a *API) placeSale(ctx context.Context, in *placeSaleIn) (*body[Sale], error) {
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	canonical, err := json.Marshal(in.Body)
	if err != nil {
		return nil, err
	}
	sale := counter.In{Shop: in.Shop, Key: in.Key, InputHash: idem.Hash(canonical), Amount: in.Body.Amount, Note: in.Body.Note}
	for _, l := range in.Body.Lines {
		sale.Lines = append(sale.Lines, counter.Line{SKU: l.SkuID, Qty: l.Quantity})
	}
	p, err := a.Counter.Place(ctx, sale)
	if err != nil {
		return nil, err
	}
	return a.saleOf(ctx, in.Shop, p.OrderID)
}

func (a *API) counterSale(ctx context.Context, in *OrderIn) (*body[Sale], error) {
	return a.saleOf(ctx, in.Shop, in.Order)
}

type chargeSaleIn struct {
	OrderIn
	Key  string `header:"Idempotency-Key"`
	Body struct {
		AuthCode string `json:"auth_code" pattern:"^1[0-5][0-9]{16}$" doc:"the 18 digits of the buyer's payment code"`
	}
}

func (a *API) chargeSale(ctx context.Context, in *chargeSaleIn) (*body[Sale], error) {
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	_, err := a.Pay.Charge(ctx, pay.ChargeIn{Shop: in.Shop, Order: in.Order, Key: in.Key, InputHash: idem.Hash([]byte(in.Order.String() + in.Body.AuthCode)),
		AuthCode: in.Body.AuthCode, DeviceIP: edge.RequestOf(ctx).IP})
	if err != nil {
		return nil, err
	}
	return a.saleOf(ctx, in.Shop, in.Order)
}

func (a *API) cancelSale(ctx context.Context, in *OrderIn) (*body[Sale], error) {
	if _, err := a.Pay.Cancel(ctx, in.Shop, in.Shop, in.Order); err != nil { // the walk-in buyer has the shop's number
		return nil, err
	}
	return a.saleOf(ctx, in.Shop, in.Order)
}

// Sale is a sale at the counter, with what its receipt says.
type Sale struct {
	ID            id.ID       `json:"id"`
	State         string      `json:"state" enum:"ready,paying,paid,closed"`
	Total         money.Fen   `json:"total"`
	Refunded      money.Fen   `json:"refunded"`
	Lines         []OrderLine `json:"lines"`
	ChargeUntil   *time.Time  `json:"charge_until,omitempty" doc:"when a charge that waits for the buyer is reversed"`
	PayDeadline   time.Time   `json:"pay_deadline"`
	CreatedAt     time.Time   `json:"created_at"`
	PaidAt        *time.Time  `json:"paid_at,omitempty"`
	TransactionID string      `json:"transaction_id" doc:"the provider's number, on the buyer's bill"`
	TradeNo       string      `json:"trade_no" doc:"our number, on the buyer's bill"`
	ShopName      string      `json:"shop_name"`
	ShopPhone     string      `json:"shop_phone"`
}

func (a *API) saleOf(ctx context.Context, shop, no id.ID) (*body[Sale], error) {
	s, err := a.Pay.Till(ctx, shop, no)
	if err != nil {
		return nil, err
	}
	f, err := orderview.OfShop(ctx, a.DB, shop, no)
	if err != nil {
		return nil, err
	}
	return ok(Sale{ID: no, State: string(s.State), Total: s.Order.Total, Refunded: s.Order.Refunded, Lines: orderOf(f, false).Lines, ChargeUntil: when(s.Deadline),
		PayDeadline: s.Order.PayDeadline, CreatedAt: s.Order.CreatedAt, PaidAt: when(s.Order.PaidAt), TransactionID: s.Payment.TransactionID,
		TradeNo: s.Payment.TradeNo, ShopName: f.Shop.Name, ShopPhone: f.Shop.Phone}, nil)
}
