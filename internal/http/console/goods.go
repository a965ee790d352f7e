package console

import (
	"context"
	"mime/multipart"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shuke-commerce/shuke/internal/domain/catalog"
	"github.com/shuke-commerce/shuke/internal/domain/inventory"
	"github.com/shuke-commerce/shuke/internal/domain/order"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
	"github.com/shuke-commerce/shuke/internal/edge"
	flow "github.com/shuke-commerce/shuke/internal/flow/catalog"
	"github.com/shuke-commerce/shuke/internal/platform/db"
	"github.com/shuke-commerce/shuke/internal/platform/errs"
	"github.com/shuke-commerce/shuke/internal/platform/id"
	"github.com/shuke-commerce/shuke/internal/platform/idem"
)

func (a *API) registerGoods(api huma.API) {
	edge.Register(api, huma.Operation{OperationID: "categories", Method: get, Path: Prefix + "/categories", Summary: "The market's categories"}, a.categories)
	shopOp(api, get, "/products", "products", staff.SeeGoods, "Products of the shop, newest first", a.products)
	shopOp(api, post, "/products", "createProduct", staff.EditGoods, "Write a new product as a draft, once per Idempotency-Key", a.createProduct)
	shopOp(api, get, "/products/{product}", "product", staff.SeeGoods, "A product with stock and what it lacks", a.product)
	shopOp(api, put, "/products/{product}", "saveProduct", staff.EditGoods, "Write over a product", a.saveProduct)
	shopOp(api, post, "/products/{product}/state", "setProductState", staff.EditGoods, "Put a product on sale or take it down", a.setState)
	shopOp(api, post, "/products/states", "setProductStates", staff.EditGoods, "The same for up to 200 products", a.setStates)
	shopOp(api, post, "/prices", "setPrices", staff.EditGoods, "Edit prices of SKUs, all or none", a.setPrices)
	shopOp(api, post, "/stock", "adjustStock", staff.EditStock, "Edit stock of SKUs, all or none, once per Idempotency-Key", a.adjustStock)
	shopOp(api, get, "/stock/{sku}/holdings", "holdings", staff.SeeGoods, "The open orders that hold units of a SKU, newest first", a.holdings)
	shopOp(api, get, "/stock/{sku}/movements", "movements", staff.SeeGoods, "What moved a SKU's stock, newest first", a.movements)
	shopOp(api, post, "/pictures", "uploadPicture", staff.EditGoods, "Store a picture (JPEG, PNG, GIF, WebP; up to 10 MB)", a.uploadPicture)
}

func (a *API) categories(ctx context.Context, _ *none) (*body[[]catalog.Category], error) {
	t, err := a.Catalog.Categories(ctx)
	if err != nil {
		return nil, err
	}
	return ok(list(t.All()), nil)
}

// ProductPage is a page of products.
type ProductPage struct {
	Items []catalog.Summary `json:"items"`
	Next  string            `json:"next"`
}

type productsIn struct {
	ShopIn
	PageIn
	State    string `query:"state" enum:"all,draft,listed,unlisted" default:"all"`
	Category id.ID  `query:"category"`
	Search   string `query:"q" maxLength:"60" doc:"part of a title, a merchant code or a trade number"`
}

func (a *API) products(ctx context.Context, in *productsIn) (*body[ProductPage], error) {
	after, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	f := catalog.Filter{Category: in.Category, Query: in.Search, After: after, Limit: in.Limit}
	if in.State != "all" {
		f.State = catalog.State(in.State)
	}
	items, next, err := a.Catalog.List(ctx, in.Shop, f)
	out := ProductPage{Items: list(items)}
	if next != 0 {
		out.Next = next.String()
	}
	return ok(out, err)
}

// ProductIn names one product in a path; exported, because huma reads no other
// embedded fields.
type ProductIn struct {
	ShopIn
	Product id.ID `path:"product"`
}

func (a *API) who(ctx context.Context, shop id.ID) flow.Who {
	return flow.Who{Shop: shop, Staff: me(ctx).ID}
}

type createProductIn struct {
	ShopIn
	Key  string `header:"Idempotency-Key"`
	Body catalog.Input
}

func (a *API) createProduct(ctx context.Context, in *createProductIn) (*body[flow.Product], error) {
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	return productOf(a.Catalog.CreateProduct(ctx, a.who(ctx, in.Shop), in.Key, in.Body))
}

// productOf fills empty lists, so that pages need not tell null from [].
func productOf(p flow.Product, err error) (*body[flow.Product], error) {
	p.Options, p.Media, p.Tags, p.Attributes, p.SKUs = list(p.Options), list(p.Media), list(p.Tags), list(p.Attributes), list(p.SKUs)
	p.Lacks = list(p.Lacks)
	for i := range p.SKUs {
		p.SKUs[i].Options = list(p.SKUs[i].Options)
	}
	return ok(p, err)
}

func (a *API) product(ctx context.Context, in *ProductIn) (*body[flow.Product], error) {
	return productOf(a.Catalog.Product(ctx, in.Shop, in.Product))
}

type saveProductIn struct {
	ProductIn
	Body catalog.Input
}

func (a *API) saveProduct(ctx context.Context, in *saveProductIn) (*body[flow.Product], error) {
	return productOf(a.Catalog.SaveProduct(ctx, a.who(ctx, in.Shop), in.Product, in.Body))
}

type setStateIn struct {
	ProductIn
	Body struct {
		State catalog.State `json:"state" enum:"listed,unlisted"`
	}
}

func (a *API) setState(ctx context.Context, in *setStateIn) (*body[flow.Product], error) {
	return productOf(a.Catalog.SetState(ctx, a.who(ctx, in.Shop), in.Product, in.Body.State))
}

type setStatesIn struct {
	ShopIn
	Body struct {
		ProductIDs []id.ID       `json:"product_ids" minItems:"1" maxItems:"200"`
		State      catalog.State `json:"state" enum:"listed,unlisted"`
	}
}

// Moved is the outcome for one of several products.
type Moved struct {
	ProductID id.ID  `json:"product_id"`
	Code      string `json:"code" doc:"empty when it worked"`
	Message   string `json:"message"`
}

func (a *API) setStates(ctx context.Context, in *setStatesIn) (*body[[]Moved], error) {
	all, err := a.Catalog.SetStates(ctx, a.who(ctx, in.Shop), in.Body.ProductIDs, in.Body.State)
	out := make([]Moved, 0, len(all))
	for _, m := range all {
		row := Moved{ProductID: m.ProductID, Code: m.Code}
		if m.Error != nil {
			row.Message = edge.ProblemOf(ctx, m.Error).Title
		}
		out = append(out, row)
	}
	return ok(out, err)
}

type setPricesIn struct {
	ShopIn
	Body struct {
		Edits []catalog.PriceEdit `json:"edits" minItems:"1" maxItems:"200"`
	}
}

func (a *API) setPrices(ctx context.Context, in *setPricesIn) (*none, error) {
	return nil, a.Catalog.SetPrices(ctx, a.who(ctx, in.Shop), in.Body.Edits)
}

type adjustStockIn struct {
	ShopIn
	Key  string `header:"Idempotency-Key"`
	Body struct {
		Edits []flow.StockEdit `json:"edits" minItems:"1" maxItems:"200"`
	}
}

func (a *API) adjustStock(ctx context.Context, in *adjustStockIn) (*body[[]flow.StockLine], error) {
	if err := idem.Check(in.Key); err != nil {
		return nil, err
	}
	out, err := a.Catalog.AdjustStock(ctx, a.who(ctx, in.Shop), in.Key, in.Body.Edits)
	return ok(list(out), err)
}

// Movement is one change of a SKU's stock.
type Movement struct {
	ID      id.ID  `json:"id"`
	Kind    string `json:"kind"`
	OnHand  int64  `json:"on_hand" doc:"difference"`
	OrderID id.ID  `json:"order_id"`
	StaffID id.ID  `json:"staff_id"`
	Note    string `json:"note"`
	At      string `json:"at" format:"date-time"`
}

type movementsIn struct {
	ShopIn
	PageIn
	SKU id.ID `path:"sku"`
}

// MovementPage is a page of a SKU's journal.
type MovementPage struct {
	Items []Movement `json:"items"`
	Next  string     `json:"next"`
}

func (a *API) movements(ctx context.Context, in *movementsIn) (*body[MovementPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	out := MovementPage{Items: []Movement{}}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := inventory.Journal(tx, in.Shop, in.SKU, before, in.Limit)
		for _, m := range all {
			out.Items = append(out.Items, Movement{ID: m.ID, Kind: string(m.Kind), OnHand: m.OnHand, OrderID: m.Order, StaffID: m.Staff,
				Note: m.Note, At: m.At.Format("2006-01-02T15:04:05.000Z")})
		}
		if len(all) == in.Limit {
			out.Next = all[len(all)-1].ID.String()
		}
		return err
	})
	return ok(out, err)
}

// Holding is what an open order holds of a SKU.
type Holding struct {
	OrderID  id.ID     `json:"order_id"`
	State    string    `json:"state" enum:"pending,paid,shipped"`
	Quantity int64     `json:"quantity" doc:"reserved units"`
	PlacedAt time.Time `json:"placed_at"`
}

// HoldingPage is a page of holdings; it may be short, or empty, and have a next one.
type HoldingPage struct {
	Items []Holding `json:"items"`
	Next  string    `json:"next"`
}

func (a *API) holdings(ctx context.Context, in *movementsIn) (*body[HoldingPage], error) {
	before, err := cursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	out := HoldingPage{Items: []Holding{}}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, next, err := order.Holdings(tx, in.Shop, in.SKU, before, in.Limit)
		for _, h := range all {
			out.Items = append(out.Items, Holding{OrderID: h.Order, State: string(h.State), Quantity: h.Qty, PlacedAt: h.PlacedAt})
		}
		if next != 0 {
			out.Next = next.String()
		}
		return err
	})
	return ok(out, err)
}

type uploadIn struct {
	ShopIn
	RawBody multipart.Form
}

var errUpload = errs.New(errs.Malformed, "upload.file_missing", "没有收到文件", "No file came with the request")

func (a *API) uploadPicture(ctx context.Context, in *uploadIn) (*body[catalog.Media], error) {
	f, _, err := openUpload(&in.RawBody)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return ok(a.Catalog.UploadPicture(ctx, in.Shop, f))
}

// openUpload opens the file of a multipart form's field "file".
func openUpload(form *multipart.Form) (multipart.File, *multipart.FileHeader, error) {
	files := form.File["file"]
	if len(files) != 1 {
		return nil, nil, errUpload.At("file")
	}
	f, err := files[0].Open()
	return f, files[0], err
}
